//! The interface of `EvaluateMappingTemplate`: what it takes, what it refuses, what it answers.

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{Evaluated, identity, out_errors, returned_text};
use crate::compile::CompileError;
use crate::eval::{End, FailureKind};
use crate::source_file::SourceFile;
use crate::value::Value;
use crate::value::json::to_json as json_text;
use crate::value::parse::parse_json;
use crate::{Error, ErrorKind, Result};

/// Characters of a template.
const TEMPLATE: (usize, usize) = (2, 65_536);
/// Characters of a context.
const CONTEXT: (usize, usize) = (2, 28_000);

/// The service's text for an identity with members that no mode has.
const INVALID_IDENTITY: &str = "The following properties in your mock context object failed validation: ctx.identity";

/// The context in a JSON text, which is called `file` in errors.
///
/// # Errors
/// What the service answers with a `BadRequestException`: text that is no JSON object, and an identity with members that
/// no mode has.
pub fn context(file: &str, text: &str) -> Result<Value> {
    let context = json_value(file, text)?;
    let Value::Map(members) = &context else {
        return Err(Error::new(ErrorKind::Data, "the context must be a JSON object").in_file(file));
    };
    let unknown = identity::unknown_members(&members.get_str("identity").unwrap_or_default());
    if unknown.is_empty() {
        return Ok(context);
    }
    Err(Error::new(ErrorKind::Data, INVALID_IDENTITY)
        .help(format!("no authorization mode's identity has `{}`", unknown.join("`, `"))))
}

/// A value in a JSON text, which is called `file` in errors.
///
/// # Errors
/// Text that is no JSON.
pub fn json_value(file: &str, text: &str) -> Result<Value> {
    parse_json(text).map_err(|error| {
        let place = SourceFile::new(file, text).line_column(u32::try_from(error.offset).unwrap_or(u32::MAX));
        Error::new(ErrorKind::Data, format!("not JSON: {}", error.message)).at(file, place.line, place.column)
    })
}

/// The service's limits that a call goes beyond. They are no reason not to evaluate here.
pub fn warnings(template: &str, context: &str) -> Vec<String> {
    let beyond = |what: &str, text: &str, (least, most): (usize, usize)| {
        let count = text.chars().count();
        (!(least..=most).contains(&count))
            .then(|| format!("the {what} has {count} characters, where AppSync takes {least} to {most}"))
    };
    beyond("template", template, TEMPLATE).into_iter().chain(beyond("context", context, CONTEXT)).collect()
}

/// Whether the template asked for something whose rules are not public: then the answer's `error` is ours, and what the
/// service would answer is not known.
pub fn is_undecided(result: &Result<Evaluated, CompileError>) -> bool {
    let end = result.as_ref().map(|evaluated| &evaluated.outcome.end);
    matches!(end, Ok(End::Failed(failure)) if failure.kind == FailureKind::Undecided)
}

/// The answer of `aws appsync evaluate-mapping-template`: members that do not apply are left out.
pub fn response(result: &Result<Evaluated, CompileError>) -> Json {
    let mut response = JsonMap::new();
    match result {
        Err(error) => {
            let CompileError { place, message, .. } = error;
            let text = format!("{message} at velocity[line {}, column {}]", place.line, place.column);
            response.insert("error".into(), json!({ "message": text }));
        }
        Ok(evaluated) => {
            match &evaluated.outcome.end {
                End::Finished => {
                    response.insert("evaluationResult".into(), json!(evaluated.outcome.output));
                }
                End::Returned(value) => {
                    response.insert("evaluationResult".into(), json!(returned_text(value)));
                }
                End::Failed(failure) => {
                    response.insert("error".into(), json!({ "message": failure.message }));
                }
            }
            response.insert("logs".into(), json!(evaluated.logs));
            response.insert("stash".into(), json!(json_text(&evaluated.stash)));
            response.insert("outErrors".into(), json!(json_text(&out_errors(&evaluated.out_errors))));
        }
    }
    Json::Object(response)
}
