//! One template: run, and what its text means.

use serde_json::Value as Json;

use super::FieldFault;
use super::json_text::{self, Flaw, Flawed};
use crate::api::DataSourceKind;
use crate::compile::Program;
use crate::eval::{Counts, Coverage, End, Failure, FailureKind, NoTrace, Outcome, Recorder, Session};
use crate::util::Host;
use crate::value::{Value, json as value_json};

/// What a template came to.
pub(super) enum Rendered {
    /// Its text.
    Text(String),
    /// The value of `#return`.
    Returned(Json),
    /// It failed.
    Failed(Box<Failure>),
}

/// Runs a program, recording if asked, counting if somebody counts.
pub(super) fn run(
    program: &Program,
    bean: &Value,
    host: &mut Host<'_>,
    record: bool,
    counts: Option<&Counts>,
) -> (Rendered, Recorder) {
    let session = Session::new(program);
    let variables = [("ctx", bean.clone()), ("context", bean.clone())];
    let counting = counts.map(|counts| Coverage::new(program, counts));
    let (outcome, recorded) = match (record, counting) {
        (false, None) => (session.run(variables, host, &mut NoTrace), Recorder::default()),
        (false, Some(mut counting)) => (session.run(variables, host, &mut counting), Recorder::default()),
        (true, None) => {
            let mut recorder = Recorder::new();
            (session.run(variables, host, &mut recorder), recorder)
        }
        (true, Some(counting)) => {
            let mut both = (Recorder::new(), counting);
            (session.run(variables, host, &mut both), both.0)
        }
    };
    (rendered(outcome), recorded)
}

fn rendered(outcome: Outcome) -> Rendered {
    match outcome.end {
        End::Finished => Rendered::Text(outcome.output),
        End::Returned(value) => Rendered::Returned(returned(&value)),
        End::Failed(failure) => Rendered::Failed(failure),
    }
}

/// The value of `#return(x)`. A text that is JSON stands for what it says: `#return($util.toJson(null))` is null
/// (seen live on relational fields). Unverified: whether a plain text that happens to be a number stays a text; it
/// does here.
fn returned(value: &Value) -> Json {
    if let Value::Str(text) = value {
        let json = serde_json::from_str::<Json>(text).unwrap_or(Json::Null);
        if matches!(json, Json::Object(_) | Json::Array(_)) || text.trim() == "null" {
            return json;
        }
    }
    value_json::to_json_value(value)
}

/// A failed template as an error of the field.
pub(super) fn fault_of(failure: &Failure, field: &str, parent_type: &str) -> FieldFault {
    match failure.kind {
        FailureKind::Unauthorized => FieldFault::not_authorized(field, parent_type),
        FailureKind::Error => FieldFault {
            message: failure.message.clone(),
            error_type: failure.error_type.clone(),
            data: value_json::to_json_value(&failure.data),
            info: value_json::to_json_value(&failure.info),
        },
        FailureKind::Runtime | FailureKind::Limit | FailureKind::Undecided => {
            FieldFault::new(failure.message.clone(), "MappingTemplate")
        }
    }
}

/// A text that a template printed, as the request it must be.
pub(super) fn request(text: &str, kind: &DataSourceKind) -> Result<Json, Box<Unread>> {
    read(text, request_class(kind))
}

/// A text that a template printed, as the value it must be.
pub(super) fn value(text: &str) -> Result<Json, Box<Unread>> {
    read(text, "Object")
}

/// A text that could not be read: AppSync's error, and where the text is at fault.
pub(super) struct Unread {
    pub(super) fault: FieldFault,
    pub(super) text: String,
    pub(super) flawed: Flawed,
}

fn read(text: &str, class: &str) -> Result<Json, Box<Unread>> {
    json_text::read(text).map_err(|flawed| {
        let message = match &flawed.0 {
            Flaw::Duplicate(key) => {
                format!("Duplicate field '{key}' detected on Object. Duplicate JSON keys are not allowed.")
            }
            Flaw::Trailing => "Trailing characters at the end of the JSON string are not allowed.".to_owned(),
            Flaw::Malformed(_) => format!("Unable to convert {text} to {class}."),
        };
        Box::new(Unread { fault: FieldFault::new(message, "MappingTemplate"), text: text.to_owned(), flawed })
    })
}

/// The class that AppSync could not make of a request. Unverified for all kinds of data sources but Lambda, whose class
/// is the only one seen.
fn request_class(_kind: &DataSourceKind) -> &'static str {
    "class com.amazonaws.deepdish.transform.model.lambda.LambdaVersionedConfig"
}
