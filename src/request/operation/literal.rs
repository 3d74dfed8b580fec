//! Values written in the document: checked against their types, and turned into data.

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Value};
use serde_json::{Map, Value as Json};

use super::print::java_literal;
use super::scalar::coerce;
use super::{InputInfo, SchemaInfo, TypeKind, kind_of};
use crate::api::schema::{TypeRef, parse::constant};

/// What is wrong with a literal, as AppSync words it after `argument '…' `; variables inside count as right.
pub(super) fn check(schema: &dyn SchemaInfo, argument: &str, ty: &TypeRef, value: &Value) -> Option<String> {
    let shown = || format!("argument '{argument}' with value '{}'", java_literal(value));
    if matches!(value, Value::Variable(_)) {
        return None;
    }
    if value.is_null() {
        return ty.is_non_null().then(|| format!("{} must not be null", shown()));
    }
    let named = match (ty.nullable(), value) {
        (TypeRef::List(inner), Value::List(items)) => {
            let mut items = items.iter().enumerate();
            return items.find_map(|(index, item)| check(schema, &format!("{argument}[{index}]"), inner, item));
        }
        (TypeRef::List(inner), single) => return check(schema, argument, inner, single),
        (ty, _) => ty.base_name(),
    };
    let fits = match (kind_of(schema, named), value) {
        (Some(TypeKind::InputObject), Value::Object(members)) => {
            let fields = schema.input_fields(named);
            let given = |field: &InputInfo| members.iter().any(|(name, _)| *name == field.name.as_str());
            let missing = fields.iter().filter(|field| is_required(field) && !given(field));
            let missing: Vec<_> = missing.map(|field| field.name.as_str()).collect();
            if !missing.is_empty() {
                return Some(format!("{} is missing required fields '[{}]'", shown(), missing.join(", ")));
            }
            for (name, member) in members {
                let Some(field) = fields.iter().find(|field| field.name == name.as_str()) else {
                    return Some(format!("{} contains a field not in '{named}': '{name}'", shown()));
                };
                let ty = TypeRef::parse(&field.ty);
                let wrong = ty.and_then(|ty| check(schema, &format!("{argument}.{name}"), &ty, member));
                if wrong.is_some() {
                    return wrong;
                }
            }
            true
        }
        (Some(TypeKind::Enum), Value::Enum(name)) => schema.has_enum_value(named, name),
        (Some(TypeKind::InputObject | TypeKind::Enum), _) => false,
        _ => scalar(named, value).is_some(),
    };
    (!fits).then(|| format!("{} is not a valid '{named}'", shown()))
}

/// The type that is expected where a value starts inside another one.
pub(super) fn type_at(schema: &dyn SchemaInfo, ty: &TypeRef, value: &Node<Value>, offset: usize) -> Option<TypeRef> {
    if value.location().is_some_and(|span| span.offset() == offset) {
        return Some(ty.clone());
    }
    match (ty.nullable(), &**value) {
        (TypeRef::List(inner), Value::List(items)) => {
            items.iter().find_map(|item| type_at(schema, inner, item, offset))
        }
        (TypeRef::List(inner), Value::Object(_)) => type_at(schema, inner, value, offset),
        (TypeRef::Named(named), Value::Object(members)) => {
            let fields = schema.input_fields(named);
            members.iter().find_map(|(name, member)| {
                let field = fields.iter().find(|field| field.name == name.as_str())?;
                type_at(schema, &TypeRef::parse(&field.ty)?, member, offset)
            })
        }
        _ => None,
    }
}

/// Whether an argument or input field must be given.
pub(super) fn is_required(input: &InputInfo) -> bool {
    input.ty.ends_with('!') && input.default.is_none()
}

/// A literal as data; `None` for a variable that was not given. What does not fit (the check comes before) is null.
pub(super) fn convert(
    schema: &dyn SchemaInfo,
    ty: &TypeRef,
    value: &Value,
    variables: &Map<String, Json>,
) -> Option<Json> {
    if let Value::Variable(name) = value {
        return variables.get(name.as_str()).map(|json| wrap_single(ty, json.clone()));
    }
    if value.is_null() {
        return Some(Json::Null);
    }
    let named = match (ty.nullable(), value) {
        (TypeRef::List(inner), Value::List(items)) => {
            let item = |item: &Node<Value>| convert(schema, inner, item, variables).unwrap_or(Json::Null);
            return Some(Json::Array(items.iter().map(item).collect()));
        }
        (TypeRef::List(inner), single) => {
            return convert(schema, inner, single, variables).map(|one| Json::Array(vec![one]));
        }
        (ty, _) => ty.base_name(),
    };
    match (kind_of(schema, named), value) {
        (Some(TypeKind::InputObject), Value::Object(members)) => {
            let fields = schema.input_fields(named);
            let given = |name: &str| members.iter().find(|(key, _)| *key == name).map(|(_, value)| &**value);
            Some(Json::Object(complete(schema, &fields, given, variables)))
        }
        (Some(TypeKind::Enum), Value::Enum(name)) => Some(Json::String(name.to_string())),
        _ => Some(scalar(named, value).unwrap_or(Json::Null)),
    }
}

/// A variable of type `T` may stand where `[T]` is expected.
fn wrap_single(ty: &TypeRef, json: Json) -> Json {
    match (ty.nullable(), json) {
        (TypeRef::List(_), Json::Null) => Json::Null,
        (TypeRef::List(_), list @ Json::Array(_)) => list,
        (TypeRef::List(inner), single) => Json::Array(vec![wrap_single(inner, single)]),
        (_, json) => json,
    }
}

/// The arguments of a field, in the order of the schema, defaults filled in.
pub(super) fn arguments(
    schema: &dyn SchemaInfo,
    declared: &[InputInfo],
    given: &[Node<Argument>],
    variables: &Map<String, Json>,
) -> Map<String, Json> {
    let find = |name: &str| given.iter().find(|argument| argument.name == name).map(|argument| &*argument.value);
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
        let typed = TypeRef::parse(&input.ty).zip(given(&input.name));
        let value = typed.and_then(|(ty, value)| convert(schema, &ty, value, variables));
        if let Some(value) = value.or_else(|| input.default.clone()) {
            out.insert(input.name.clone(), value);
        }
    }
    out
}

/// A scalar literal as data; literals are read strictly: `1` is no String, `"1"` no Int.
fn scalar(type_name: &str, value: &Value) -> Option<Json> {
    let right = match type_name {
        "Int" | "AWSTimestamp" | "Long" => matches!(value, Value::Int(_)),
        "Float" => matches!(value, Value::Int(_) | Value::Float(_)),
        "Boolean" => matches!(value, Value::Boolean(_)),
        "ID" => matches!(value, Value::String(_) | Value::Int(_)),
        "String" => matches!(value, Value::String(_)),
        name if name.starts_with("AWS") => matches!(value, Value::String(_)),
        // A scalar of the schema's own takes any literal but a list or an object.
        _ => !matches!(value, Value::Enum(_) | Value::List(_) | Value::Object(_)),
    };
    if right { coerce(type_name, &constant(value)?).ok() } else { None }
}
