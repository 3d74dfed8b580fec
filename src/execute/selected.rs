//! An error's data cut to what was selected. Nothing is run for it: its fields are its members.

use serde_json::{Map, Value as Json};

use crate::request::operation::FieldRun;

/// The selected part of a value of a type.
pub(super) fn selected(value: &Json, selection: &[FieldRun], type_name: &str) -> Json {
    if selection.is_empty() {
        return value.clone();
    }
    match value {
        Json::Array(items) => Json::Array(items.iter().map(|item| selected(item, selection, type_name)).collect()),
        Json::Object(members) => {
            let own_type = members.get("__typename").and_then(Json::as_str).unwrap_or(type_name);
            let mut out = Map::new();
            for field in selection {
                let inner = if field.name == "__typename" {
                    Json::String(own_type.to_owned())
                } else {
                    let member = members.get(&field.name).unwrap_or(&Json::Null);
                    selected(member, &field.selection, field.named_type())
                };
                out.insert(field.response_key.clone(), inner);
            }
            Json::Object(out)
        }
        other => other.clone(),
    }
}
