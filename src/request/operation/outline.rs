//! What a document holds, without running it.

use apollo_compiler::ast::{OperationDefinition, Selection};
use rustc_hash::FxHashSet;

use super::SchemaInfo;
use super::document::{Document, kind_of_operation};
use super::OperationKind;
use crate::api::Schema;
use crate::error::Result;
use crate::source_file::SourceFile;

/// An operation of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Query, mutation or subscription.
    pub kind: OperationKind,
    /// Its name; only the single operation of a document may have none.
    pub name: Option<String>,
    /// The variables that it declares.
    pub variables: Vec<String>,
}

/// The operations of a document that somebody wrote, in its order.
///
/// # Errors
/// `GraphQl` with line and column where it does not parse.
pub fn outline(file: SourceFile) -> Result<Vec<Outline>> {
    let document = Document::read(file)?;
    let of = |operation: &OperationDefinition| Outline {
        kind: kind_of_operation(operation),
        name: operation.name.as_ref().map(ToString::to_string),
        variables: operation.variables.iter().map(|variable| variable.name.to_string()).collect(),
    };
    Ok(document.operations().iter().map(|operation| of(operation)).collect())
}

/// The root fields that an operation names, as `Query.listPosts`, in its order; none of a document that does not parse.
pub fn root_fields(schema: &Schema, query: &str, operation_name: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(document) = Document::parse(query)
        && let Ok(operation) = document.operation(operation_name)
        && let Some(root) = SchemaInfo::root(schema, kind_of_operation(operation))
    {
        let mut names = Vec::new();
        add(&document, &operation.selection_set, &mut FxHashSet::default(), &mut names);
        names.into_iter().map(|name| format!("{root}.{name}")).for_each(|field| {
            if !found.contains(&field) {
                found.push(field);
            }
        });
    }
    found
}

fn add(document: &Document, selections: &[Selection], seen: &mut FxHashSet<String>, names: &mut Vec<String>) {
    for selection in selections {
        match selection {
            Selection::Field(field) => names.push(field.name.to_string()),
            Selection::InlineFragment(fragment) => add(document, &fragment.selection_set, seen, names),
            Selection::FragmentSpread(spread) => {
                let name = spread.fragment_name.as_str();
                if let (true, Some(fragment)) = (seen.insert(name.to_owned()), document.fragment(name)) {
                    add(document, &fragment.selection_set, seen, names);
                }
            }
        }
    }
}
