//! What the schema says of every request that comes to a template.

use super::uses::Used;
use crate::api::schema::{InputValue, TypeKind, TypeRef};
use crate::api::{Api, Schema};
use crate::compile::Program;
use crate::compile::reach::{self, Fact, Held};

/// Scalars that come to templates as texts. `AWSJSON` is left out: what its text holds may be asked for.
const TEXTS: [&str; 9] =
    ["String", "ID", "AWSDate", "AWSTime", "AWSDateTime", "AWSEmail", "AWSURL", "AWSPhone", "AWSIPAddress"];

/// Names that are more than keys of a map.
const METHODS: [&str; 2] = ["class", "empty"];

/// What is known of what a template asks for. `before` are the templates that run before it: what one of them touches is
/// not known.
pub(super) fn facts(api: &Api, used: &Used, program: &Program, before: &[&Program]) -> Vec<Fact> {
    if used.after_code {
        return Vec::new();
    }
    let mut found = Vec::new();
    for path in reach::paths(program) {
        let [first, names @ ..] = path.as_slice() else { continue };
        if first != "args" || names.iter().any(|name| METHODS.contains(&name.as_str())) {
            continue;
        }
        // The shortest path that something is known of: what is absent has no members.
        for length in 1..=names.len() {
            let names = names.get(..length).unwrap_or_default();
            let mut each = used.fields.iter().map(|(parent, field)| argument(&api.schema, parent, field, names));
            let Some(held) = each.next().flatten().filter(|held| each.all(|other| other == Some(*held))) else {
                continue;
            };
            let path: Vec<String> = std::iter::once(first).chain(names).cloned().collect();
            let is_known = found.iter().any(|fact: &Fact| fact.path == path);
            if !is_known && !before.iter().any(|program| reach::disturbs(program, &path)) {
                found.push(Fact { path, held });
            }
            break;
        }
    }
    found
}

/// What a field's arguments hold under names; nothing where it can be anything.
fn argument(schema: &Schema, parent: &str, field: &str, names: &[String]) -> Option<Held> {
    let (first, rest) = names.split_first()?;
    let Some(argument) = schema.field(parent, field)?.args.iter().find(|argument| argument.name == *first) else {
        return Some(Held::Absent);
    };
    match rest {
        [] => held(schema, argument),
        // What an input brings besides its type's fields is not refused when one field alone is asked.
        _ => None,
    }
}

/// What may be left out is not asked: a test that asks one field alone may leave out what the schema demands.
fn held(schema: &Schema, input: &InputValue) -> Option<Held> {
    let TypeRef::Named(named) = input.ty.nullable() else { return None };
    let is_text = TEXTS.contains(&named.as_str()) || schema.type_kind(named) == Some(TypeKind::Enum);
    is_text.then_some(Held::Text)
}
