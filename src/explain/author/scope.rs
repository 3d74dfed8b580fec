//! Whose rules guard a field: which model's or field's, and for which operation. Read from the schema that AppSync
//! serves, so that names the author chose himself (`@model(queries: {get: "fetchPost"})`, `queryField`) do not matter.

use serde_json::Value as Json;

use super::{AuthorRules, Guarded};
use crate::api::Schema;
use crate::execute::FieldInput;

/// Whose rules.
#[derive(Debug)]
pub(super) enum Scope {
    /// A field's own.
    Field {
        /// The type.
        type_name: String,
        /// The field.
        field: String,
        /// Whether it is one of `Query`, `Mutation` or `Subscription`, which has but one operation.
        custom: bool,
    },
    /// The rules of models: one, or the two that a many-to-many relation joins.
    Models {
        /// The models.
        names: Vec<String>,
        /// What is done with them.
        need: Need,
    },
}

/// What a rule must allow.
#[derive(Debug, Clone)]
pub(super) enum Need {
    /// One of some ways of reading: `get`, `list`, `sync`, `search`, `listen`; `read` for any.
    Read(&'static [&'static str]),
    /// What the model's own rules alone decide.
    Own(&'static str),
    /// A way of writing.
    Write {
        /// `create`, `update`, `delete`.
        operation: &'static str,
        /// The fields that are written, with the operation on each; empty for all.
        fields: Vec<(String, &'static str)>,
        /// Whether it is for those fields that the caller was refused.
        refused: bool,
    },
}

/// Whose rules guard a field, those to look at first in front.
pub(super) fn scopes(author: &AuthorRules, guarded: Guarded<'_>) -> Vec<Scope> {
    let Guarded { schema, input, .. } = guarded;
    let (parent, field) = (&input.parent_type, &input.field);
    let root = schema.is_root(parent);
    let own = Scope::Field { type_name: parent.clone(), field: field.clone(), custom: root };
    let has_own = author.of_field(parent, field).next().is_some();
    if root && (has_own || author.declares(parent, field)) {
        return vec![own];
    }
    let model = returned(schema, parent, field);
    let names = author.models(&model);
    if root {
        return vec![Scope::Models { names, need: need(guarded) }];
    }
    let mut found = if has_own { vec![own] } else { Vec::new() };
    if !names.is_empty() {
        found.push(Scope::Models { names, need: Need::Read(&["get", "list"]) });
    } else if !has_own {
        found.push(Scope::Models { names: author.models(parent), need: Need::Read(&["read"]) });
    }
    found
}

impl AuthorRules {
    /// Whether the author wrote a field of `Query`, `Mutation` or `Subscription` himself.
    fn declares(&self, parent: &str, field: &str) -> bool {
        self.types.iter().any(|known| known.name == parent && known.fields.iter().any(|own| own.name == field))
    }

    /// The models behind a type: itself, or the two that it joins.
    fn models(&self, name: &str) -> Vec<String> {
        if self.author_type(name).is_some() {
            return vec![name.to_owned()];
        }
        let joins =
            |known: &&super::AuthorType| known.fields.iter().any(|field| field.relation.as_deref() == Some(name));
        self.types.iter().filter(joins).map(|known| known.name.clone()).collect()
    }
}

impl Scope {
    /// Whether the author's schema has what is guarded.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Scope::Field { .. } => true,
            Scope::Models { names, .. } => !names.is_empty(),
        }
    }
}

/// The model that a field is about: its own type below the root, else what it returns (the items of a connection).
pub(crate) fn model(schema: &Schema, parent_type: &str, field: &str) -> String {
    if schema.is_root(parent_type) { returned(schema, parent_type, field) } else { parent_type.to_owned() }
}

/// The type whose rules guard a field, as far as the served schema tells: what it returns where that can be asked for
/// by a root field too, as a relation of a model can; else as [`model`].
pub(crate) fn guarded_type(schema: &Schema, parent_type: &str, field: &str) -> String {
    let related = returned(schema, parent_type, field);
    let query = schema.query_type();
    let fields = schema.type_def(query).into_iter().flat_map(|root| root.fields.keys());
    let asked_for = || fields.into_iter().any(|root| returned(schema, query, root) == related);
    let composite = schema.type_def(&related).is_some_and(|def| !def.fields.is_empty());
    if composite && asked_for() { related } else { model(schema, parent_type, field) }
}

/// The type that a field returns, or that of the items it returns.
fn returned(schema: &Schema, parent_type: &str, field: &str) -> String {
    let returned = schema.field(parent_type, field).map(|field| field.ty.base_name().to_owned()).unwrap_or_default();
    match schema.field(&returned, "items") {
        Some(items) if returned.ends_with("Connection") => items.ty.base_name().to_owned(),
        _ => returned,
    }
}

fn is_list(schema: &Schema, parent_type: &str, field: &str) -> bool {
    schema.field(parent_type, field).is_some_and(|field| schema.field(field.ty.base_name(), "items").is_some())
}

/// What a root field does, by its arguments and its type.
fn need(guarded: Guarded<'_>) -> Need {
    let Guarded { schema, input, .. } = guarded;
    let (parent, field) = (input.parent_type.as_str(), input.field.as_str());
    if parent == schema.subscription_type() {
        return Need::Read(&["listen"]);
    }
    let Some(def) = schema.field(parent, field) else { return Need::Read(&["read"]) };
    if parent != schema.mutation_type() {
        return Need::Read(match def.ty.base_name() {
            name if name.starts_with("Searchable") => &["search"],
            _ if !is_list(schema, parent, field) => &["get"],
            _ if def.arg("lastSync").is_some() => &["sync"],
            _ => &["list"],
        });
    }
    let taken = def.arg("input").map(|input| input.ty.base_name()).unwrap_or_default();
    let operation = [("Create", "create"), ("Update", "update"), ("Delete", "delete")];
    match operation.into_iter().find(|(start, _)| taken.starts_with(start)) {
        // Old transformers check the fields apart from the model, each with its own refusal.
        Some((_, operation)) if !guarded.pipeline && guarded.denied.is_empty() => Need::Own(operation),
        Some((_, "delete")) => Need::Write { operation: "delete", fields: Vec::new(), refused: false },
        Some((_, operation)) => {
            let fields = written(input, operation, guarded.denied);
            Need::Write { operation, fields, refused: !guarded.denied.is_empty() }
        }
        None => Need::Read(&["read"]),
    }
}

/// The fields that a mutation writes. Setting a field to null in an update is deleting it.
fn written(input: &FieldInput, operation: &'static str, denied: &[String]) -> Vec<(String, &'static str)> {
    let Some(members) = input.arguments.get("input").and_then(Json::as_object) else { return Vec::new() };
    let asked = members.iter().filter(|(name, _)| denied.is_empty() || denied.contains(name));
    asked
        .map(|(name, value)| {
            let operation = if operation == "update" && value.is_null() { "delete" } else { operation };
            (name.clone(), operation)
        })
        .collect()
}
