//! A filter object as a DynamoDB expression. The shape, down to spaces and parentheses, is what the service
//! was recorded to give, also where that is no valid expression: `tests/conformance/util-vectors.jsonl`, 15.1.

use super::super::dynamodb::to_dynamodb;
use super::{as_list, as_map};
use crate::value::java::{self, MAX_DEPTH};
use crate::value::{Value, json};

/// The JSON text of the three members, or `None` for a filter that is not well-formed.
pub(super) fn expression(filter: &Value) -> Option<String> {
    let mut rendering = Rendering { names: Vec::new(), values: Vec::new(), path: Vec::new() };
    let expression = rendering.filter(filter, false)?;
    let members =
        |pairs: &[(String, Value)]| Value::map(pairs.iter().map(|(name, value)| (name.as_str(), value.clone())));
    Some(json::to_json(&Value::map([
        ("expression", Value::from(expression)),
        ("expressionNames", members(&rendering.names)),
        ("expressionValues", members(&rendering.values)),
    ])))
}

struct Rendering {
    names: Vec<(String, Value)>,
    values: Vec<(String, Value)>,
    /// Where in the filter we are; placeholders carry all of it.
    path: Vec<String>,
}

impl Rendering {
    /// A map of fields and of `and`, `or`, `not`. Several parts are wrapped only under a `not`.
    fn filter(&mut self, filter: &Value, wrap: bool) -> Option<String> {
        let members = as_map(filter)?;
        if self.path.len() > MAX_DEPTH as usize {
            return None;
        }
        let mut parts = Vec::with_capacity(members.len());
        for (key, value) in members.iter() {
            let key = java::to_string(&key.0);
            parts.push(match key.as_str() {
                "and" => self.group(key, value, " AND ")?,
                "or" => self.group(key, value, " OR ")?,
                "not" => format!("(NOT {})", self.at(key, |inner| inner.filter(value, true))?),
                _ => self.field(key, value)?,
            });
        }
        let joined = parts.join(" AND ");
        Some(if wrap && parts.len() > 1 { format!("({joined})") } else { joined })
    }

    /// Runs with one more step in the path.
    fn at<T>(&mut self, step: String, run: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = run(self);
        self.path.pop();
        result
    }

    fn group(&mut self, key: String, members: &Value, joiner: &str) -> Option<String> {
        let members = as_list(members)?;
        self.at(key, |this| {
            let parts: Option<Vec<String>> = members
                .iter()
                .enumerate()
                .map(|(index, member)| this.at(index.to_string(), |inner| inner.filter(member, false)))
                .collect();
            parts.map(|parts| wrapped(&parts, joiner))
        })
    }

    fn field(&mut self, field: String, operators: &Value) -> Option<String> {
        let target = format!("#{field}");
        if !self.names.iter().any(|(name, _)| *name == target) {
            self.names.push((target.clone(), Value::str(&field)));
        }
        self.at(field, |this| this.operators(&target, operators))
    }

    fn operators(&mut self, target: &str, operators: &Value) -> Option<String> {
        let operators = as_map(operators)?;
        let parts: Option<Vec<String>> = operators
            .iter()
            .map(|(operator, operand)| self.condition(target, java::to_string(&operator.0), operand))
            .collect();
        parts.map(|parts| wrapped(&parts, " AND "))
    }

    fn condition(&mut self, target: &str, operator: String, operand: &Value) -> Option<String> {
        if operator == "size" {
            if self.path.len() > MAX_DEPTH as usize {
                return None;
            }
            // A size of a size names the value again and does not nest the call.
            let size = if target.starts_with("size(") { target.to_owned() } else { format!("size({target})") };
            return self.at(operator, |this| this.operators(&size, operand));
        }
        let name = format!(":{}_{operator}", self.path.join("_"));
        let compared = match operator.as_str() {
            "eq" => "=",
            "ne" => "<>",
            "lt" => "<",
            "le" => "<=",
            "gt" => ">",
            "ge" => ">=",
            _ => return self.function(target, &operator, name, operand),
        };
        let condition = format!("({target} {compared} {name})");
        self.put(name, to_dynamodb(operand));
        Some(condition)
    }

    fn function(&mut self, target: &str, operator: &str, name: String, operand: &Value) -> Option<String> {
        match operator {
            "contains" | "notContains" | "beginsWith" => {
                let call = match operator {
                    "contains" => "contains",
                    "notContains" => "NOT contains",
                    _ => "begins_with",
                };
                let condition = format!("({call}({target},{name}))");
                self.put(name, to_dynamodb(operand));
                Some(condition)
            }
            "between" => {
                let bounds = as_list(operand)?;
                let [start, end, ..] = bounds.as_slice() else { return None };
                self.put(format!("{name}_start"), to_dynamodb(start));
                self.put(format!("{name}_end"), to_dynamodb(end));
                Some(format!("({target} BETWEEN {name}_start AND {name}_end)"))
            }
            "in" => {
                let items = as_list(operand)?;
                if items.is_empty() {
                    return Some("(null)".to_owned());
                }
                let names: Vec<String> = (0..items.len()).map(|index| format!("{name}_{index}")).collect();
                let condition = format!("({target} IN ({}))", names.join(", "));
                for (name, item) in names.into_iter().zip(items.iter()) {
                    self.put(name, to_dynamodb(item));
                }
                Some(condition)
            }
            "attributeExists" => match operand {
                Value::Bool(true) => Some(format!("(attribute_exists({target}))")),
                Value::Bool(false) => Some(format!("(attribute_not_exists({target}))")),
                _ => None,
            },
            "attributeType" => {
                let code = type_code(operand.as_str()?)?;
                let condition = format!("(attribute_type({target},{name}))");
                self.put(name, to_dynamodb(&Value::str(code)));
                Some(condition)
            }
            _ => None,
        }
    }

    fn put(&mut self, name: String, value: Value) {
        self.values.push((name, value));
    }
}

fn wrapped(parts: &[String], joiner: &str) -> String {
    let joined = parts.join(joiner);
    if parts.len() > 1 { format!("({joined})") } else { joined }
}

fn type_code(name: &str) -> Option<&'static str> {
    Some(match name {
        "_null" => "NULL",
        "string" => "S",
        "stringSet" => "SS",
        "number" => "N",
        "numberSet" => "NS",
        "binary" => "B",
        "binarySet" => "BS",
        "boolean" => "BOOL",
        "list" => "L",
        "map" => "M",
        _ => return None,
    })
}
