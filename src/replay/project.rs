//! A value cut to what was selected. Fields below the root take their parent's property here; their resolvers are
//! not run yet.

use serde_json::{Map, Value as Json};

use crate::request::operation::FieldRun;

/// The selected part of a value of a type.
pub(super) fn project(value: &Json, selection: &[FieldRun], type_name: &str) -> Json {
    if selection.is_empty() {
        return value.clone();
    }
    match value {
        Json::Array(items) => Json::Array(items.iter().map(|item| project(item, selection, type_name)).collect()),
        Json::Object(members) => {
            let own_type = members.get("__typename").and_then(Json::as_str).unwrap_or(type_name);
            let mut out = Map::new();
            for field in selection {
                let inner = if field.name == "__typename" {
                    Json::String(own_type.to_owned())
                } else {
                    let member = members.get(&field.name).unwrap_or(&Json::Null);
                    project(member, &field.selection, field.named_type())
                };
                out.insert(field.response_key.clone(), inner);
            }
            Json::Object(out)
        }
        other => other.clone(),
    }
}
