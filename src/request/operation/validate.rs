//! Whether a document fits the schema. The library finds what is wrong, [`rules`] says it as AppSync does; only
//! literals are checked here, since the library does not know AWS's scalars.

use std::collections::HashSet;

use apollo_compiler::diagnostic::ToCliReport as _;

use super::document::{Document, kind_of_operation};
use super::fault::{Invalid, RequestFault};
use super::rules::{self, Found, Said};
use super::survey::{Site, Survey};
use super::{SchemaInfo, kind_of, literal, print, size};
use crate::api::schema::TypeRef;

/// Mistakes that are said (ours); a document with more of them is refused as well.
const MAX_MISTAKES: usize = 1000;

/// Validates a document, all its operations and fragments.
pub(super) fn validate(schema: &dyn SchemaInfo, document: &Document) -> Result<(), RequestFault> {
    let mistakes = mistakes(schema, document)?;
    if mistakes.is_empty() { Ok(()) } else { Err(RequestFault::invalid(&mistakes)) }
}

/// What is wrong with a document, in AppSync's order.
///
/// # Errors
///
/// The answer to a document that is not even validated.
pub(super) fn mistakes(schema: &dyn SchemaInfo, document: &Document) -> Result<Vec<Invalid>, RequestFault> {
    if size::is_too_large(document) {
        return Err(RequestFault::too_large());
    }
    let survey = Survey::of(schema.library(), document);
    let mut said = literals(schema, &survey);
    if let Err(broken) = document.ast().to_executable_validate(schema.library()) {
        let uses = survey.uses();
        for diagnostic in broken.errors.iter().take(MAX_MISTAKES) {
            let name = diagnostic.error.unstable_error_name().unwrap_or_default();
            let span = diagnostic.error.location().map(|span| span.offset()..span.end_offset());
            let found = Found { schema, document, survey: &survey, uses: &uses, span: span.unwrap_or_default() };
            match name {
                "UndefinedRootOperation" => return Err(no_root(&found)),
                "RecursionError" | "RecursionLimitError" | "DeeplyNestedType" => return Err(RequestFault::too_large()),
                _ => said.extend(rules::say(name, &found)),
            }
        }
    }
    said.sort_by_key(|said| said.order);
    let place = |offset: usize| document.place_of(offset);
    let invalid = said.into_iter().map(|Said { rule, text, at, path, .. }| {
        let offset = at.first().copied().unwrap_or_default();
        Invalid { rule, text, at: at.into_iter().map(place).collect(), offset, path }
    });
    // Fields that conflict do so in one way, the first.
    let what = |fault: &Invalid| if fault.rule == "FieldsConflict" { String::new() } else { fault.text.clone() };
    let mut seen = HashSet::new();
    Ok(invalid.filter(|fault| seen.insert((fault.rule, fault.at.clone(), what(fault)))).collect())
}

fn no_root(found: &Found<'_>) -> RequestFault {
    let place = found.survey.at(found.span.start, |site| site.operation().is_some());
    let operation = place.and_then(|(_, place)| place.site.operation());
    operation.map_or_else(RequestFault::unparsable, |operation| RequestFault::no_root(kind_of_operation(operation)))
}

/// Literals that do not fit their argument, and defaults that do not fit their variable.
fn literals(schema: &dyn SchemaInfo, survey: &Survey<'_>) -> Vec<Said> {
    let wrong = survey.places().filter_map(|(number, place)| match place.site {
        Site::Argument(argument, Some(declared)) => {
            let ty = TypeRef::from(&*declared.ty);
            let text = literal::check(schema, &argument.name, &ty, &argument.value)?;
            Some(Said::new("WrongType", text, place.span.start, survey.path(number)))
        }
        Site::Variable(variable) => {
            let (ty, default) = (TypeRef::from(&*variable.ty), variable.default_value.as_ref()?);
            kind_of(schema, ty.base_name())?;
            literal::check(schema, "", &ty, default)?;
            let text = format!("Bad default value {} for type {ty}", print::java_literal(default));
            Some(Said::new("BadValueForDefaultArg", text, place.span.start, String::new()))
        }
        _ => None,
    });
    wrong.collect()
}
