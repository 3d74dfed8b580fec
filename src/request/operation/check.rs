//! A document that somebody wrote to ask about: what AppSync would refuse is an error with its place and what to do.

use serde_json::{Map, Value as Json};

use super::coerce;
use super::document::Document;
use super::fault::{Invalid, RequestFault};
use super::survey::{Site, Survey};
use super::validate::mistakes;
use super::{FieldInfo, SchemaInfo};
use crate::api::Schema;
use crate::api::schema::BUILT_IN_SCALARS;
use crate::error::{Error, ErrorKind, Result};
use crate::json_file::nearest;
use crate::source_file::SourceFile;

/// Checks a document and its variables before they run.
///
/// # Errors
///
/// `GraphQl` with the place of the first mistake in the document and, where one is known, its remedy.
pub fn check(schema: &Schema, file: SourceFile, variables: &Map<String, Json>, operation: Option<&str>) -> Result<()> {
    let name = file.name().to_owned();
    let document = fitting(schema, file)?;
    let refused = |fault: RequestFault| of_fault(schema, &name, &document, &fault);
    let operation = document.operation(operation).map_err(refused)?;
    coerce::variables(schema, &document, operation, variables).map(|_| ()).map_err(refused)
}

/// Checks a document before it runs, whatever its variables.
///
/// # Errors
///
/// As [`check`].
pub fn fits(schema: &Schema, file: SourceFile) -> Result<()> {
    fitting(schema, file).map(|_| ())
}

fn fitting(schema: &Schema, file: SourceFile) -> Result<Document> {
    let name = file.name().to_owned();
    let document = Document::read(file)?;
    let mistakes = mistakes(schema, &document).map_err(|fault| of_fault(schema, &name, &document, &fault))?;
    // What was misspelt explains what is missing.
    let misspelt = |mistake: &&Invalid| {
        remedy(schema, &document, mistake).is_some_and(|remedy| remedy.starts_with("did you mean"))
    };
    let Some(first) = mistakes.iter().find(misspelt).or(mistakes.first()) else { return Ok(document) };
    let message = format!("the document does not fit the schema: {}", first.text);
    let error = Error::new(ErrorKind::GraphQl, message);
    let (line, column) = first.at.first().copied().unwrap_or_default();
    let remedy = remedy(schema, &document, first);
    let help = match (remedy, mistakes.len() - 1) {
        (remedy, 0) => remedy,
        (Some(remedy), more) => Some(format!("{remedy} (mistakes after this one: {more})")),
        (None, more) => Some(format!("mistakes after this one: {more}")),
    };
    let error = error.at(&name, line, column);
    Err(match help {
        Some(help) => error.help(help),
        None => error,
    })
}

/// A refusal that is no validation error: its place is what AppSync answers.
fn of_fault(schema: &Schema, name: &str, document: &Document, fault: &RequestFault) -> Error {
    let location = match fault {
        RequestFault::Answer { body, .. } => body.pointer("/errors/0/locations/0"),
        RequestFault::Missing(_) => None,
    };
    let number = |key: &str| location.and_then(|at| at[key].as_u64()).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let message = fault.message().trim_end().trim_end_matches('.');
    let error = Error::new(ErrorKind::GraphQl, format!("AppSync refuses this: {message}"));
    let error = error.at(name, number("line"), number("column"));
    if location.is_some() {
        return error.help("give other variables: `--variables FILE`");
    }
    if let Some((_, input)) = message.trim_end_matches('\'').split_once("input object type '") {
        let fields = SchemaInfo::input_fields(schema, input);
        return error.help(has(input, &fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>()));
    }
    let names = document.operations().iter().filter_map(|operation| operation.name.as_ref());
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { error } else { error.help(format!("choose with `--operation`: {}", names.join(", "))) }
}

fn has(owner: &str, names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { " and more" } else { "" };
    format!("`{owner}` has {}{more}", shown.join(", "))
}

fn remedy(schema: &Schema, document: &Document, mistake: &Invalid) -> Option<String> {
    let survey = Survey::of(SchemaInfo::library(schema), document);
    let (number, place) = survey.at(mistake.offset, |_| true)?;
    let meant = |owner: &str, name: &str, known: &[&str]| match nearest(name, known) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if known.is_empty() => format!("`{owner}` has none"),
        None => has(owner, known),
    };
    match (mistake.rule, place.site) {
        ("FieldUndefined", Site::Field(field, _)) => {
            let known: Vec<&str> = schema.type_def(place.on?)?.fields.keys().map(String::as_str).collect();
            Some(meant(place.on?, &field.name, &known))
        }
        ("UnknownArgument", Site::Argument(argument, _)) => {
            let (_, owner) = survey.around(number)?;
            let (field, _) = owner.site.field()?;
            let FieldInfo { arguments, .. } = SchemaInfo::field(schema, owner.on?, &field.name)?;
            let known: Vec<&str> = arguments.iter().map(|argument| argument.name.as_str()).collect();
            Some(meant(&field.name, &argument.name, &known))
        }
        ("UndefinedFragment", Site::Spread(spread)) => {
            let known: Vec<&str> = document.fragments().collect();
            let nearest = nearest(&spread.fragment_name, &known).map(|nearest| format!("did you mean `{nearest}`?"));
            nearest.or_else(|| Some("define it: `fragment Name on Type { .. }`".to_owned()))
        }
        ("UnknownType", site) => {
            let name = match site {
                Site::Variable(variable) => variable.ty.inner_named_type(),
                Site::Inline(inline) => inline.type_condition.as_ref()?,
                _ => &site.fragment()?.type_condition,
            };
            let known: Vec<&str> = schema.types().map(|known| known.name.as_str()).chain(BUILT_IN_SCALARS).collect();
            nearest(name, &known).map(|nearest| format!("did you mean `{nearest}`?"))
        }
        ("MissingFieldArgument", Site::Field(_, Some(declared))) => {
            let required = declared.arguments.iter().filter(|argument| argument.is_required());
            let required: Vec<_> = required.map(|argument| format!("{}: {}", argument.name, argument.ty)).collect();
            Some(format!("give it: `{}`", required.join(", ")))
        }
        ("WrongType", Site::Argument(argument, Some(declared))) => {
            Some(format!("`{}` takes `{}`", argument.name, declared.ty))
        }
        ("VariableTypeMismatch", _) => Some("declare the variable with that type".to_owned()),
        ("SubSelectionRequired", _) => Some("select fields of it: `{ .. }`".to_owned()),
        ("SubSelectionNotAllowed", _) => Some("take the braces behind it away".to_owned()),
        ("UnusedVariable" | "UnusedFragment", _) => Some("use it, or take it away".to_owned()),
        ("UndefinedVariable", _) => {
            Some("declare it behind the operation's name: `query Name($variable: Type)`".to_owned())
        }
        _ => None,
    }
}
