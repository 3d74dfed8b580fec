//! Names of fields that people give.

use serde_json::{Map, Value as Json};

use crate::api::schema::Schema;
use crate::json_file;
use crate::request::operation::{InputInfo, SchemaInfo};

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

/// An argument, or a member of one, that the schema does not have.
#[derive(Debug)]
pub struct UnknownArgument {
    /// Its name.
    pub name: String,
    /// The field, or the input type, that has none of this name.
    pub of: String,
    /// The name that was probably meant.
    pub nearest: Option<String>,
    known: Vec<String>,
}

impl UnknownArgument {
    /// The mistake in words.
    pub fn message(&self) -> String {
        format!("{} has no argument `{}`", self.of, self.name)
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match &self.nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None if self.known.is_empty() => "it has none".to_owned(),
            None => format!("it has {}", self.known.join(", ")),
        }
    }
}

/// The arguments that the schema does not have: AppSync refuses a request with one, whoever asks.
pub fn unknown_arguments(
    schema: &Schema,
    parent_type: &str,
    field: &str,
    given: &Map<String, Json>,
) -> Vec<UnknownArgument> {
    let inputs = SchemaInfo::field(schema, parent_type, field).map(|field| field.arguments).unwrap_or_default();
    let mut found = Vec::new();
    unknown_inputs(schema, &inputs, given, &format!("{parent_type}.{field}"), &mut found);
    found
}

fn unknown_inputs(
    schema: &Schema,
    inputs: &[InputInfo],
    given: &Map<String, Json>,
    of: &str,
    found: &mut Vec<UnknownArgument>,
) {
    for (name, value) in given {
        let Some(input) = inputs.iter().find(|input| input.name == *name) else {
            let known: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
            found.push(UnknownArgument {
                name: name.clone(),
                of: of.to_owned(),
                nearest: json_file::nearest(name, &known).map(str::to_owned),
                known: known.into_iter().map(str::to_owned).collect(),
            });
            continue;
        };
        let ty = input.ty.trim_matches(['[', ']', '!']);
        let below = SchemaInfo::input_fields(schema, ty);
        if !below.is_empty() {
            let objects = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter();
            objects.filter_map(Json::as_object).for_each(|given| unknown_inputs(schema, &below, given, ty, found));
        }
    }
}

/// The first names of many.
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}
