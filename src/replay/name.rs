//! Names of fields that people give.

use crate::api::schema::Schema;
use crate::json_file;

/// Names listed before the rest is counted.
const SHOWN: usize = 12;

/// What to say about a field that the schema does not have; nothing when it does.
pub fn unknown_field(schema: &Schema, parent_type: &str, field: &str) -> Option<String> {
    if schema.field(parent_type, field).is_some() {
        return None;
    }
    let (wanted, known): (&str, Vec<&str>) = match schema.type_def(parent_type) {
        Some(def) => (field, def.fields.keys().map(String::as_str).collect()),
        None => (parent_type, schema.types().map(|def| def.name.as_str()).collect()),
    };
    Some(match json_file::nearest(wanted, &known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("{} has {}", schema.file().name(), listed(&known)),
    })
}

/// The first names of many.
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}
