//! A resolver's value made to fit the field's type: lists, objects, leaves, and nulls where null is no value.
//!
//! AppSync's rules here are graphql-java's. A field that fails is null and has one error; where its type takes no
//! null, the object around it is null instead, and so on outwards.

use serde_json::{Value as Json, json};

use super::operation::Operating;
use super::path::Path;
use super::plan::Planned;
use crate::error::Result;
use crate::request::operation::{SchemaInfo, TypeKind, cannot_serialize, serialize};

/// There is no value, and null is none: what stands around it is null. The error is in the answer already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nothing;

/// A value, or nothing.
pub(super) type Completed = std::result::Result<Json, Nothing>;

/// A value that does not fit its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// What AppSync says.
    pub message: String,
    /// Whether it was null where null is no value.
    pub null: bool,
}

impl Misfit {
    /// A list's type has no name of its own: AppSync prints `null`.
    fn null(type_name: Option<&str>, parent_type: &str, path: Path<'_>) -> Misfit {
        let name = type_name.unwrap_or("null");
        let message =
            format!("Cannot return null for non-nullable type: '{name}' within parent '{parent_type}' ({path})");
        Misfit { message, null: true }
    }

    /// The guide's sample goes on with `, got OBJECT`; recorded answers do not.
    fn no_list(path: Path<'_>) -> Misfit {
        let message = format!("Can't resolve value ({path}) : type mismatch error, expected type LIST");
        Misfit { message, null: false }
    }

    /// The error as it stands in `errors`: it has no type and no place in the document.
    pub(super) fn to_json(&self, path: Vec<Json>) -> Json {
        json!({ "path": path, "locations": null, "message": self.message })
    }
}

impl Operating<'_, '_, '_> {
    /// Fits a value to a field's type. `first` gets the first misfit; every one of them is in the answer's errors.
    pub(super) fn complete(
        &mut self,
        planned: &Planned,
        value: &Json,
        path: Path<'_>,
        first: &mut Option<Misfit>,
    ) -> Result<Completed> {
        self.fit(&planned.selected.return_type, planned, value, path, first)
    }

    fn fit(
        &mut self,
        ty: &str,
        planned: &Planned,
        value: &Json,
        path: Path<'_>,
        first: &mut Option<Misfit>,
    ) -> Result<Completed> {
        let (nullable, non_null) = match ty.strip_suffix('!') {
            Some(inner) => (inner, true),
            None => (ty, false),
        };
        let inner = nullable.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let parent_type = planned.selected.parent_type.as_str();
        let fitted = match (value, inner) {
            (Json::Null, _) if non_null => {
                let name = inner.is_none().then_some(nullable);
                self.misfit(Misfit::null(name, parent_type, path), path, first);
                Err(Nothing)
            }
            (Json::Null, _) => Ok(Json::Null),
            (Json::Array(items), Some(inner)) => self.list(inner, planned, items, path, first)?,
            (_, Some(_)) => {
                self.misfit(Misfit::no_list(path), path, first);
                Err(Nothing)
            }
            (value, None) => self.single(nullable, planned, value, path, first)?,
        };
        Ok(match fitted {
            Err(Nothing) if !non_null => Ok(Json::Null),
            other => other,
        })
    }

    /// Every item is run, also behind one that makes the list null.
    fn list(
        &mut self,
        inner: &str,
        planned: &Planned,
        items: &[Json],
        path: Path<'_>,
        first: &mut Option<Misfit>,
    ) -> Result<Completed> {
        let mut list = Ok(Vec::with_capacity(items.len()));
        for (index, item) in items.iter().enumerate() {
            let fitted = self.fit(inner, planned, item, path.index(index), first)?;
            match (fitted, list.as_mut()) {
                (Ok(item), Ok(list)) => list.push(item),
                (Err(Nothing), _) => list = Err(Nothing),
                (_, Err(_)) => {}
            }
        }
        Ok(list.map(Json::Array))
    }

    /// An object or a leaf. What is no object has none of the fields: they are null (unverified: how graphql-java reads
    /// properties).
    fn single(
        &mut self,
        type_name: &str,
        planned: &Planned,
        value: &Json,
        path: Path<'_>,
        first: &mut Option<Misfit>,
    ) -> Result<Completed> {
        let object_type = match self.executor.api.schema.kind(type_name) {
            Some(TypeKind::Object) => type_name,
            Some(TypeKind::Interface | TypeKind::Union) => match concrete_type(value) {
                Some(name) if self.executor.api.schema.is_subtype(name, type_name) => name,
                _ => {
                    self.misfit(no_concrete_type(type_name, path), path, first);
                    return Ok(Err(Nothing));
                }
            },
            _ => {
                return Ok(match serialize(&self.executor.api.schema, type_name, value.clone()) {
                    Ok(leaf) => Ok(leaf),
                    Err(why) => {
                        let message = cannot_serialize(&path.to_string(), &why);
                        self.misfit(Misfit { message, null: false }, path, first);
                        Err(Nothing)
                    }
                });
            }
        };
        let members = self.object(&planned.selected.selection, value, object_type, path)?;
        Ok(members.map(Json::Object))
    }

    fn misfit(&mut self, misfit: Misfit, path: Path<'_>, first: &mut Option<Misfit>) {
        self.errors.push(misfit.to_json(path.to_json()));
        first.get_or_insert(misfit);
    }
}

/// What an object says of its own type, where the schema names an interface or a union.
fn concrete_type(value: &Json) -> Option<&str> {
    value.get("__typename").and_then(Json::as_str)
}

/// An object of an interface or union that does not say, in `__typename`, which type it is of.
///
/// Unverified wording: graphql-java's.
fn no_concrete_type(type_name: &str, path: Path<'_>) -> Misfit {
    let message = format!(
        "Can't resolve '{path}'. Abstract type '{type_name}' must resolve to an Object type at runtime for field."
    );
    Misfit { message, null: false }
}
