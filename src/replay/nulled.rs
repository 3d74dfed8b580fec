//! What a denied field takes along: a value that may not be null, and is, leaves its parent null, with no error that
//! says so.

use serde_json::Value as Json;

use crate::report::{Decision, FieldReport, Hazard, RequestReport};

/// Says of each denied field what of the answer it left null.
pub(super) fn tell(report: &mut RequestReport) {
    let Some(data) = report.response.as_ref().and_then(|response| response.body.get("data")) else { return };
    for field in report.fields.iter_mut().filter(|field| field.decision == Decision::Denied) {
        if let Some(parent) = nulled_parent(field, data) {
            let text = format!(
                "{}.{} may not be null (`{}`), so {parent} is null, without an error of its own",
                field.parent_type, field.field, field.return_type
            );
            field.hazards.push(Hazard { code: "null-propagated", site: None, text });
        }
    }
}

/// The value above a field at which the answer ends.
fn nulled_parent(field: &FieldReport, data: &Json) -> Option<String> {
    let mut value = data;
    for (depth, key) in field.path.iter().enumerate() {
        if value.is_null() {
            let names: Vec<&str> = field.path.iter().take(depth).filter_map(Json::as_str).collect();
            return Some(if names.is_empty() { "all of `data`".to_owned() } else { format!("`{}`", names.join(".")) });
        }
        value = match key {
            Json::Number(index) => value.get(usize::try_from(index.as_u64()?).ok()?)?,
            key => value.get(key.as_str()?)?,
        };
    }
    None
}
