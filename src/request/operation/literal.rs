//! Values written in the document: checked against their types, and turned into data.

use async_graphql_parser::Positioned;
use async_graphql_parser::types::{BaseType, Type};
use async_graphql_value::{Name, Value};
use serde_json::{Map, Value as Json};

use super::coerce::scalar;
use super::print::java_literal;
use super::{InputInfo, SchemaInfo, TypeKind, kind_of};

/// What is wrong with a literal, as AppSync words it after `argument '…' `; variables inside count as right.
pub(super) fn check(schema: &dyn SchemaInfo, argument: &str, ty: &Type, value: &Value) -> Option<String> {
    let shown = || format!("argument '{argument}' with value '{}'", java_literal(value));
    if matches!(value, Value::Variable(_)) {
        return None;
    }
    if *value == Value::Null {
        return (!ty.nullable).then(|| format!("{} must not be null", shown()));
    }
    let named = match (&ty.base, value) {
        (BaseType::List(inner), Value::List(items)) => {
            let mut items = items.iter().enumerate();
            return items.find_map(|(index, item)| check(schema, &format!("{argument}[{index}]"), inner, item));
        }
        (BaseType::List(inner), single) => return check(schema, argument, inner, single),
        (BaseType::Named(named), _) => named.as_str(),
    };
    let fits = match (kind_of(schema, named), value) {
        (Some(TypeKind::InputObject), Value::Object(members)) => {
            let fields = schema.input_fields(named);
            let missing = fields.iter().filter(|f| is_required(f) && !members.contains_key(f.name.as_str()));
            let missing: Vec<_> = missing.map(|field| field.name.as_str()).collect();
            if !missing.is_empty() {
                return Some(format!("{} is missing required fields '[{}]'", shown(), missing.join(", ")));
            }
            for (name, member) in members {
                let Some(field) = fields.iter().find(|field| field.name == name.as_str()) else {
                    return Some(format!("{} contains a field not in '{named}': '{name}'", shown()));
                };
                let wrong =
                    Type::new(&field.ty).and_then(|ty| check(schema, &format!("{argument}.{name}"), &ty, member));
                if wrong.is_some() {
                    return wrong;
                }
            }
            true
        }
        (Some(TypeKind::Enum), Value::Enum(name)) => schema.has_enum_value(named, name),
        (Some(TypeKind::InputObject | TypeKind::Enum), _) => false,
        _ => literal_scalar(named, value).is_some(),
    };
    (!fits).then(|| format!("{} is not a valid '{named}'", shown()))
}

/// Whether an argument or input field must be given.
pub(super) fn is_required(input: &InputInfo) -> bool {
    input.ty.ends_with('!') && input.default.is_none()
}

/// A literal as data; `None` for a variable that was not given. What does not fit (the check comes before) is null.
pub(super) fn convert(
    schema: &dyn SchemaInfo,
    ty: &Type,
    value: &Value,
    variables: &Map<String, Json>,
) -> Option<Json> {
    if let Value::Variable(name) = value {
        return variables.get(name.as_str()).map(|json| wrap_single(ty, json.clone()));
    }
    if *value == Value::Null {
        return Some(Json::Null);
    }
    let named = match (&ty.base, value) {
        (BaseType::List(inner), Value::List(items)) => {
            let item = |item| convert(schema, inner, item, variables).unwrap_or(Json::Null);
            return Some(Json::Array(items.iter().map(item).collect()));
        }
        (BaseType::List(inner), single) => {
            return convert(schema, inner, single, variables).map(|one| Json::Array(vec![one]));
        }
        (BaseType::Named(named), _) => named.as_str(),
    };
    match (kind_of(schema, named), value) {
        (Some(TypeKind::InputObject), Value::Object(members)) => {
            let fields = schema.input_fields(named);
            Some(Json::Object(complete(schema, &fields, |name| members.get(name), variables)))
        }
        (Some(TypeKind::Enum), Value::Enum(name)) => Some(Json::String(name.to_string())),
        _ => Some(literal_scalar(named, value).unwrap_or(Json::Null)),
    }
}

/// A variable of type `T` may stand where `[T]` is expected.
fn wrap_single(ty: &Type, json: Json) -> Json {
    match (&ty.base, json) {
        (BaseType::List(_), Json::Null) => Json::Null,
        (BaseType::List(_), list @ Json::Array(_)) => list,
        (BaseType::List(inner), single) => Json::Array(vec![wrap_single(inner, single)]),
        (BaseType::Named(_), json) => json,
    }
}

/// The arguments of a field, in the order of the schema, defaults filled in.
pub(super) fn arguments(
    schema: &dyn SchemaInfo,
    declared: &[InputInfo],
    given: &[(Positioned<Name>, Positioned<Value>)],
    variables: &Map<String, Json>,
) -> Map<String, Json> {
    let find = |name: &str| given.iter().find(|(key, _)| key.node == name).map(|(_, value)| &value.node);
    complete(schema, declared, find, variables)
}

fn complete<'v>(
    schema: &dyn SchemaInfo,
    declared: &[InputInfo],
    given: impl Fn(&str) -> Option<&'v Value>,
    variables: &Map<String, Json>,
) -> Map<String, Json> {
    let mut out = Map::new();
    for input in declared {
        let value = Type::new(&input.ty).zip(given(&input.name)).and_then(|(ty, v)| convert(schema, &ty, v, variables));
        if let Some(value) = value.or_else(|| input.default.clone()) {
            out.insert(input.name.clone(), value);
        }
    }
    out
}

/// A scalar literal as data; literals are read strictly: `1` is no String, `"1"` no Int.
fn literal_scalar(type_name: &str, value: &Value) -> Option<Json> {
    let json = match value {
        Value::Number(number) => Json::Number(number.clone()),
        Value::String(text) => Json::String(text.clone()),
        Value::Boolean(boolean) => Json::Bool(*boolean),
        // Only a scalar of the schema's own could take anything else.
        _ => return None,
    };
    let right = match type_name {
        "Int" | "AWSTimestamp" => matches!(&json, Json::Number(number) if !number.is_f64()),
        "Float" => json.is_number(),
        "Boolean" => json.is_boolean(),
        "ID" => json.is_string() || matches!(&json, Json::Number(number) if !number.is_f64()),
        "String" => json.is_string(),
        name if name.starts_with("AWS") => json.is_string(),
        _ => return Some(json),
    };
    if right { scalar(type_name, &json).ok() } else { None }
}
