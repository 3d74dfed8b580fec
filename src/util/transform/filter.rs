//! A filter object as a DynamoDB expression. The shape, down to spaces and parentheses, is what the service
//! was recorded to give; also where that is no valid expression.

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

#[cfg(test)]
mod tests {
    use super::super::super::tests::{call_json, json};
    use super::expression;
    use serde_json::{Value as Json, json as js};

    fn parsed(filter: &str) -> Json {
        let text = expression(&json(filter)).unwrap_or_else(|| panic!("{filter} gives null"));
        serde_json::from_str(&text).expect("JSON text")
    }

    #[test]
    fn recorded_expressions() {
        for (filter, expected) in [
            (r#"{"title":{"contains":"Hello World"}}"#, "(contains(#title,:title_contains))"),
            (r#"{"v":{"eq":"x"}}"#, "(#v = :v_eq)"),
            (r#"{"v":{"ne":"x"}}"#, "(#v <> :v_ne)"),
            (r#"{"v":{"lt":"x"}}"#, "(#v < :v_lt)"),
            (r#"{"v":{"le":"x"}}"#, "(#v <= :v_le)"),
            (r#"{"v":{"gt":"x"}}"#, "(#v > :v_gt)"),
            (r#"{"v":{"ge":"x"}}"#, "(#v >= :v_ge)"),
            (r#"{"v":{"notContains":"x"}}"#, "(NOT contains(#v,:v_notContains))"),
            (r#"{"v":{"beginsWith":"x"}}"#, "(begins_with(#v,:v_beginsWith))"),
            (r#"{"a":{"eq":1},"b":{"eq":2}}"#, "(#a = :a_eq) AND (#b = :b_eq)"),
            (r#"{"v":{"ge":1,"le":5}}"#, "((#v >= :v_ge) AND (#v <= :v_le))"),
            (r#"{"and":[{"a":{"eq":1}}]}"#, "(#a = :and_0_a_eq)"),
            (r#"{"and":[{"a":{"eq":1}},{"b":{"eq":2}}]}"#, "((#a = :and_0_a_eq) AND (#b = :and_1_b_eq))"),
            (r#"{"or":[{"a":{"eq":1}},{"b":{"eq":2}}]}"#, "((#a = :or_0_a_eq) OR (#b = :or_1_b_eq))"),
            (
                r#"{"or":[{"and":[{"a":{"eq":1}},{"b":{"eq":2}}]},{"c":{"eq":3}}]}"#,
                "(((#a = :or_0_and_0_a_eq) AND (#b = :or_0_and_1_b_eq)) OR (#c = :or_1_c_eq))",
            ),
            (
                r#"{"and":[{"or":[{"a":{"eq":1}},{"b":{"eq":2}}]},{"c":{"eq":3}}]}"#,
                "(((#a = :and_0_or_0_a_eq) OR (#b = :and_0_or_1_b_eq)) AND (#c = :and_1_c_eq))",
            ),
            (r#"{"not":{"a":{"eq":1}}}"#, "(NOT (#a = :not_a_eq))"),
            (
                r#"{"not":{"and":[{"a":{"eq":1}},{"b":{"eq":2}}]}}"#,
                "(NOT ((#a = :not_and_0_a_eq) AND (#b = :not_and_1_b_eq)))",
            ),
            (r#"{"not":{"not":{"a":{"eq":1}}}}"#, "(NOT (NOT (#a = :not_not_a_eq)))"),
            (
                r#"{"and":[{"not":{"a":{"eq":1}}},{"b":{"eq":2}}]}"#,
                "((NOT (#a = :and_0_not_a_eq)) AND (#b = :and_1_b_eq))",
            ),
            (r#"{"a":{"eq":1},"and":[{"b":{"eq":2}}]}"#, "(#a = :a_eq) AND (#b = :and_0_b_eq)"),
            (r#"{"and":[{"or":[{"and":[{"a":{"eq":1}}]}]}]}"#, "(#a = :and_0_or_0_and_0_a_eq)"),
            (r#"{"a.b":{"eq":1}}"#, "(#a.b = :a.b_eq)"),
            (r#"{"v":{"between":["1","9","3"]}}"#, "(#v BETWEEN :v_between_start AND :v_between_end)"),
            (r#"{"v":{"in":["a","b"]}}"#, "(#v IN (:v_in_0, :v_in_1))"),
            (r#"{"v":{"in":["a"]}}"#, "(#v IN (:v_in_0))"),
            (r#"{"v":{"size":{"gt":2}}}"#, "(size(#v) > :v_size_gt)"),
            (r#"{"v":{"size":{"contains":"x"}}}"#, "(contains(size(#v),:v_size_contains))"),
            (r#"{"v":{"size":{"gt":2,"lt":5}}}"#, "((size(#v) > :v_size_gt) AND (size(#v) < :v_size_lt))"),
            (r#"{"v":{"size":{"size":{"gt":1}}}}"#, "(size(#v) > :v_size_size_gt)"),
            (r#"{"v":{"size":{"between":[1,3]}}}"#, "(size(#v) BETWEEN :v_size_between_start AND :v_size_between_end)"),
            (r#"{"v":{"size":{"attributeExists":true}}}"#, "(attribute_exists(size(#v)))"),
            (
                r#"{"id":{"attributeExists":true},"version":{"eq":10}}"#,
                "(attribute_exists(#id)) AND (#version = :version_eq)",
            ),
            (
                r#"{"and":[{"id":{"attributeExists":true}},{"_version":{"eq":1}}]}"#,
                "((attribute_exists(#id)) AND (#_version = :and_1__version_eq))",
            ),
            (
                r#"{"or":[{"content":{"beginsWith":"a"}},{"id":{"between":["1","9"]}}]}"#,
                "((begins_with(#content,:or_0_content_beginsWith)) OR (#id BETWEEN :or_1_id_between_start AND :or_1_id_between_end))",
            ),
            (
                r#"{"not":{"id":{"between":["1","9"]}}}"#,
                "(NOT (#id BETWEEN :not_id_between_start AND :not_id_between_end))",
            ),
            ("{}", ""),
            (r#"{"and":[]}"#, ""),
            (r#"{"v":{}}"#, ""),
            (r#"{"v":{"size":{}}}"#, ""),
            (r#"{"v":{"in":[]}}"#, "(null)"),
            (r#"{"not":{}}"#, "(NOT )"),
            (r#"{"a":{"eq":1},"b":{}}"#, "(#a = :a_eq) AND "),
            (r#"{"and":[{"a":{"eq":1}},{}]}"#, "((#a = :and_0_a_eq) AND )"),
        ] {
            assert_eq!(parsed(filter)["expression"], expected, "{filter}");
        }
    }

    #[test]
    fn recorded_names_and_values() {
        for (filter, names, values) in [
            (
                r#"{"v":{"between":["1","9","3"]}}"#,
                js!({"#v":"v"}),
                js!({":v_between_start":{"S":"1"},":v_between_end":{"S":"9"}}),
            ),
            (r#"{"v":{"in":[]}}"#, js!({"#v":"v"}), js!({})),
            (r#"{"a.b":{"eq":1}}"#, js!({"#a.b":"a.b"}), js!({":a.b_eq":{"N":1}})),
            (r#"{"v":{"eq":null}}"#, js!({"#v":"v"}), js!({":v_eq":{"NULL":null}})),
            (r#"{"v":{"eq":[1,2]}}"#, js!({"#v":"v"}), js!({":v_eq":{"L":[{"N":1},{"N":2}]}})),
            (r#"{"id":{"attributeExists":false}}"#, js!({"#id":"id"}), js!({})),
            (r#"{"a":{"eq":1},"b":{}}"#, js!({"#a":"a","#b":"b"}), js!({":a_eq":{"N":1}})),
            (r#"{"v":{"size":{}}}"#, js!({"#v":"v"}), js!({})),
            ("{}", js!({}), js!({})),
        ] {
            let got = parsed(filter);
            assert_eq!((&got["expressionNames"], &got["expressionValues"]), (&names, &values), "{filter}");
        }
        for (name, code) in [
            ("_null", "NULL"),
            ("string", "S"),
            ("stringSet", "SS"),
            ("number", "N"),
            ("numberSet", "NS"),
            ("binary", "B"),
            ("binarySet", "BS"),
            ("boolean", "BOOL"),
            ("list", "L"),
            ("map", "M"),
        ] {
            let got = parsed(&format!(r#"{{"v":{{"attributeType":"{name}"}}}}"#));
            assert_eq!(got["expression"], "(attribute_type(#v,:v_attributeType))");
            assert_eq!(got["expressionValues"], js!({":v_attributeType":{"S":code}}), "{name}");
        }
    }

    #[test]
    fn a_malformed_filter_gives_null() {
        for filter in [
            r#"{"v":{"foo":1}}"#,
            r#"{"v":"x"}"#,
            r#"{"a":{"b":{"eq":1}}}"#,
            r#"{"and":{"a":{"eq":1}}}"#,
            r#"{"and":null}"#,
            r#"{"and":[{"a":{"eq":1}},null]}"#,
            r#"{"not":[{"a":{"eq":1}}]}"#,
            r#"{"v":{"between":[1]}}"#,
            r#"{"v":{"between":"x"}}"#,
            r#"{"v":{"in":"x"}}"#,
            r#"{"v":{"attributeExists":"yes"}}"#,
            r#"{"v":{"attributeType":"S"}}"#,
            r#"{"v":{"attributeType":"bogus"}}"#,
            r#"{"v":{"size":3}}"#,
        ] {
            assert_eq!(expression(&json(filter)), None, "{filter}");
        }
        let helper = "util.transform.toDynamoDBFilterExpression";
        assert_eq!(call_json(helper, "[null]"), "null");
        for args in ["[]", "[[]]", r#"["string"]"#] {
            assert_eq!(call_json(helper, args), "none", "{args}");
        }
    }

    #[test]
    fn both_helpers_give_the_same_text() {
        let args = r#"[{"content":{"contains":"foo"}}]"#;
        let raw = r##"{"expression":"(contains(#content,:content_contains))","expressionNames":{"#content":"content"},"expressionValues":{":content_contains":{"S":"foo"}}}"##;
        for helper in ["util.transform.toDynamoDBFilterExpression", "util.transform.toDynamoDBConditionExpression"] {
            let text: String = serde_json::from_str(&call_json(helper, args)).expect("a string");
            assert_eq!(text, raw, "{helper}");
        }
    }
}
