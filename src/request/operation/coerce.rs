//! Values sent as variables, made to fit their types.

use apollo_compiler::ast::OperationDefinition;
use serde_json::{Map, Value as Json};

use super::document::Document;
use super::fault::{Place, RequestFault};
use super::scalar::{self, java_class};
use super::{SchemaInfo, TypeKind, kind_of, literal};
use crate::api::schema::TypeRef;

/// Coerces the variables of an operation. One that was not sent and has no default is absent from the result.
pub(super) fn variables(
    schema: &dyn SchemaInfo,
    document: &Document,
    operation: &OperationDefinition,
    sent: &Map<String, Json>,
) -> Result<Map<String, Json>, RequestFault> {
    let mut out = Map::new();
    for definition in &operation.variables {
        let at = document.place(definition.location());
        let (name, ty) = (definition.name.as_str(), &TypeRef::from(&*definition.ty));
        match (sent.get(name), &definition.default_value) {
            (Some(value), _) => {
                let coerced = Coercion { schema, variable: name, at }.value(name, ty, value)?;
                out.insert(name.to_owned(), coerced);
            }
            (None, Some(default)) => {
                out.insert(name.to_owned(), literal::convert(schema, ty, default, &Map::new()).unwrap_or_default());
            }
            (None, None) if ty.is_non_null() => return Err(RequestFault::null_variable(name, &ty.to_string(), at)),
            (None, None) => {}
        }
    }
    Ok(out)
}

struct Coercion<'a> {
    schema: &'a dyn SchemaInfo,
    /// The variable that is being read, and where it is defined.
    variable: &'a str,
    at: Place,
}

impl Coercion<'_> {
    /// `name` is the variable's or, inside an input object, the field's.
    fn value(&self, name: &str, ty: &TypeRef, json: &Json) -> Result<Json, RequestFault> {
        if json.is_null() {
            return if ty.is_non_null() {
                Err(RequestFault::null_variable(self.variable, &ty.to_string(), self.at))
            } else {
                Ok(Json::Null)
            };
        }
        let named = match (ty.nullable(), json) {
            (TypeRef::List(inner), Json::Array(items)) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.value(name, inner, item)).collect();
                return items.map(Json::Array);
            }
            // A single value stands for a list of one.
            (TypeRef::List(inner), single) => {
                return self.value(name, inner, single).map(|one| Json::Array(vec![one]));
            }
            (ty, _) => ty.base_name(),
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
            _ => scalar::coerce(named, json).map_err(invalid),
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
            let Some(ty) = TypeRef::parse(&field.ty) else { continue };
            match (members.get(&field.name), field.default) {
                (Some(value), _) => {
                    let coerced = self.value(&field.name, &ty, value)?;
                    out.insert(field.name, coerced);
                }
                (None, Some(default)) => {
                    out.insert(field.name, default);
                }
                (None, None) if ty.is_non_null() => {
                    return Err(RequestFault::null_variable(self.variable, &ty.to_string(), self.at));
                }
                (None, None) => {}
            }
        }
        Ok(Json::Object(out))
    }
}
