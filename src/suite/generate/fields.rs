//! The fields of an API that are worth a test, in the order of its schema, each with the type it belongs to.

use std::collections::HashSet;

use crate::api::schema::{FieldDef, TypeDef, TypeKind};
use crate::api::{Api, AuthMode, Schema};
use crate::error::Result;

/// A field to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// The type that has it.
    pub parent: String,
    /// Its name.
    pub name: String,
    /// The type that people would file it under: the one that it gives, or that it is a field of.
    pub group: String,
}

impl Field {
    /// `Type.field`
    pub fn id(&self) -> String {
        format!("{}.{}", self.parent, self.name)
    }
}

/// Every root field, and every other field with a resolver or an authorization directive of its own; those about one
/// type stand together.
pub(super) fn fields(api: &Api) -> Result<Vec<Field>> {
    let schema = &api.schema;
    let resolved: HashSet<(String, String)> = api.resolvers()?.into_iter().collect();
    let is_guarded = |def: &TypeDef, field: &FieldDef| {
        let own = field.directives.iter().any(|directive| is_authorization(&directive.name));
        own || resolved.contains(&(def.name.clone(), field.name.clone()))
    };
    let objects = || schema.types().filter(|def| def.kind == TypeKind::Object && !schema.is_root(&def.name));
    let roots = [schema.query_type(), schema.mutation_type(), schema.subscription_type()];
    let mut of_roots: Vec<Field> = Vec::new();
    for def in roots.into_iter().filter_map(|root| schema.type_def(root)) {
        of_roots.extend(def.fields.values().map(|field| Field {
            parent: def.name.clone(),
            name: field.name.clone(),
            group: element(schema, field.ty.base_name()).to_owned(),
        }));
    }
    let mut found = Vec::new();
    for def in objects() {
        let (its, others) = of_roots.into_iter().partition(|field| field.group == def.name);
        of_roots = others;
        found.extend::<Vec<Field>>(its);
        found.extend(def.fields.values().filter(|field| is_guarded(def, field)).map(|field| Field {
            parent: def.name.clone(),
            name: field.name.clone(),
            group: def.name.clone(),
        }));
    }
    // What gives scalars belongs to no type.
    found.extend(of_roots.into_iter().map(|field| Field { group: String::new(), ..field }));
    Ok(found)
}

/// The type of what a connection holds, else the type itself.
pub(super) fn element<'s>(schema: &'s Schema, named: &'s str) -> &'s str {
    schema.field(named, "items").map_or(named, |items| items.ty.base_name())
}

fn is_authorization(name: &str) -> bool {
    name == "aws_auth" || AuthMode::ALL.iter().any(|mode| mode.directive() == name)
}
