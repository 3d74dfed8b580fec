//! Values sent as variables, made to fit their types.

use async_graphql_parser::types::{BaseType, Type, VariableDefinition};
use async_graphql_parser::{Pos, Positioned};
use serde_json::{Map, Value as Json};

use super::fault::RequestFault;
use super::{SchemaInfo, TypeKind, kind_of, literal};

/// Coerces the variables of an operation. One that was not sent and has no default is absent from the result.
pub(super) fn variables(
    schema: &dyn SchemaInfo,
    definitions: &[Positioned<VariableDefinition>],
    sent: &Map<String, Json>,
) -> Result<Map<String, Json>, RequestFault> {
    let mut out = Map::new();
    for definition in definitions {
        let (at, definition) = (definition.pos, &definition.node);
        let (name, ty) = (definition.name.node.as_str(), &definition.var_type.node);
        match (sent.get(name), &definition.default_value) {
            (Some(value), _) => {
                let coerced = Coercion { schema, variable: name, at }.value(name, ty, value)?;
                out.insert(name.to_owned(), coerced);
            }
            (None, Some(default)) => {
                let value = default.node.clone().into_value();
                out.insert(name.to_owned(), literal::convert(schema, ty, &value, &Map::new()).unwrap_or_default());
            }
            (None, None) if !ty.nullable => return Err(RequestFault::null_variable(name, &ty.to_string(), at)),
            (None, None) => {}
        }
    }
    Ok(out)
}

struct Coercion<'a> {
    schema: &'a dyn SchemaInfo,
    /// The variable that is being read, and where it is defined.
    variable: &'a str,
    at: Pos,
}

impl Coercion<'_> {
    /// `name` is the variable's or, inside an input object, the field's.
    fn value(&self, name: &str, ty: &Type, json: &Json) -> Result<Json, RequestFault> {
        if json.is_null() {
            return if ty.nullable {
                Ok(Json::Null)
            } else {
                Err(RequestFault::null_variable(self.variable, &ty.to_string(), self.at))
            };
        }
        let named = match (&ty.base, json) {
            (BaseType::List(inner), Json::Array(items)) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.value(name, inner, item)).collect();
                return items.map(Json::Array);
            }
            // A single value stands for a list of one.
            (BaseType::List(inner), single) => {
                return self.value(name, inner, single).map(|one| Json::Array(vec![one]));
            }
            (BaseType::Named(named), _) => named.as_str(),
        };
        let invalid = |why: String| RequestFault::invalid_variable(name, &why, self.at);
        match kind_of(self.schema, named) {
            Some(TypeKind::InputObject) => match json {
                Json::Object(members) => self.input_object(named, members),
                other => Err(invalid(format!("Expected type 'Map' but was '{}'.", java_class(other)))),
            },
            Some(TypeKind::Enum) => match json.as_str() {
                Some(value) if self.schema.has_enum_value(named, value) => Ok(json.clone()),
                _ => {
                    let shown = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
                    Err(invalid(format!("Invalid input for Enum '{named}'. No value found for name '{shown}'")))
                }
            },
            _ => scalar(named, json).map_err(invalid),
        }
    }

    /// Fields come out in the order of the schema, whatever the order they were sent in.
    fn input_object(&self, type_name: &str, members: &Map<String, Json>) -> Result<Json, RequestFault> {
        let fields = self.schema.input_fields(type_name);
        if members.keys().any(|key| !fields.iter().any(|field| field.name == *key)) {
            return Err(RequestFault::unknown_input_field(type_name));
        }
        let mut out = Map::new();
        for field in fields {
            let Some(ty) = Type::new(&field.ty) else { continue };
            match (members.get(&field.name), field.default) {
                (Some(value), _) => {
                    let coerced = self.value(&field.name, &ty, value)?;
                    out.insert(field.name, coerced);
                }
                (None, Some(default)) => {
                    out.insert(field.name, default);
                }
                (None, None) if !ty.nullable => {
                    return Err(RequestFault::null_variable(self.variable, &ty.to_string(), self.at));
                }
                (None, None) => {}
            }
        }
        Ok(Json::Object(out))
    }
}

/// A scalar from a variable.
///
/// Unverified: numbers sent as texts and texts sent as numbers fit, as in graphql-java before version 20, which
/// AppSync's other messages come from.
pub(super) fn scalar(type_name: &str, json: &Json) -> Result<Json, String> {
    let mismatch = || format!("Expected type '{type_name}' but was '{}'.", java_class(json));
    let number = || match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    };
    match type_name {
        "Int" => match number() {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 32 bits")]
            Some(n) if n.fract() == 0.0 && n >= f64::from(i32::MIN) && n <= f64::from(i32::MAX) => {
                Ok(Json::from(n as i32))
            }
            _ => Err(mismatch()),
        },
        "Float" => number().map(Json::from).ok_or_else(mismatch),
        "Boolean" => match json {
            Json::Bool(_) => Ok(json.clone()),
            Json::String(text) if text == "true" || text == "false" => Ok(Json::Bool(text == "true")),
            _ => Err(mismatch()),
        },
        "ID" => match json {
            Json::String(_) => Ok(json.clone()),
            Json::Number(number) if !number.is_f64() => Ok(Json::String(number.to_string())),
            _ => Err(mismatch()),
        },
        "String" => match json {
            Json::String(_) => Ok(json.clone()),
            Json::Number(_) | Json::Bool(_) => Ok(Json::String(json.to_string())),
            _ => Err(mismatch()),
        },
        "AWSTimestamp" => match json {
            Json::Number(number) if !number.is_f64() => Ok(json.clone()),
            _ => Err(format!("Unable to parse `{}` as a valid timestamp.", plain(json))),
        },
        "AWSJSON" => json
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| format!("Unable to parse {} as valid JSON.", plain(json))),
        name if name.starts_with("AWS") => aws_text(name, json),
        _ => Ok(json.clone()),
    }
}

/// AWS's text scalars. Only what is surely refused is refused: no text, or dates that are none.
fn aws_text(type_name: &str, json: &Json) -> Result<Json, String> {
    let Some(text) = json.as_str() else {
        return Err(format!("Expected type '{type_name}' but was '{}'.", java_class(json)));
    };
    let date = || text.get(..10).is_some_and(|date| date.parse::<jiff::civil::Date>().is_ok());
    let time = || text.get(10..).and_then(|rest| rest.strip_prefix('T'));
    let (fits, object) = match type_name {
        "AWSDate" => (date(), "Date"),
        "AWSDateTime" => (date() && time().is_some_and(|time| time.contains(['Z', '+', '-'])), "DateTime"),
        _ => (true, ""),
    };
    if fits { Ok(json.clone()) } else { Err(format!("Unable to parse `{text}` as a valid {object} Object.")) }
}

fn plain(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// The Java class that graphql-java names for a value.
fn java_class(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "Boolean",
        Json::Number(number) if number.is_f64() => "Double",
        Json::Number(_) => "Integer",
        Json::String(_) => "String",
        Json::Array(_) => "ArrayList",
        Json::Object(_) => "LinkedHashMap",
    }
}
