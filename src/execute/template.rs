//! One template: run, and what its text means.

use serde_json::Value as Json;

use super::FieldFault;
use crate::compile::Program;
use crate::eval::{End, Event, Failure, FailureKind, NoTrace, Outcome, Recorder, Session};
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

/// Runs a program, recording if asked.
pub(super) fn run(program: &Program, bean: &Value, host: &mut Host<'_>, record: bool) -> (Rendered, Vec<Event>) {
    let session = Session::new(program);
    let variables = [("ctx", bean.clone()), ("context", bean.clone())];
    let (outcome, events) = if record {
        let mut recorder = Recorder::new();
        let outcome = session.run(variables, host, &mut recorder);
        (outcome, recorder.events)
    } else {
        (session.run(variables, host, &mut NoTrace), Vec::new())
    };
    (rendered(outcome), events)
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

/// A request template's text as the request it must be.
pub(super) fn request(text: &str) -> Result<Json, Box<FieldFault>> {
    let class = "class com.amazonaws.deepdish.transform.model.lambda.LambdaVersionedConfig";
    parse(text)
        .ok_or_else(|| Box::new(FieldFault::new(format!("Unable to convert {text} to {class}."), "MappingTemplate")))
}

/// A response template's text as a value.
pub(super) fn value(text: &str) -> Result<Json, Box<FieldFault>> {
    parse(text)
        .ok_or_else(|| Box::new(FieldFault::new(format!("Unable to convert {text} to Object."), "MappingTemplate")))
}

fn parse(text: &str) -> Option<Json> {
    serde_json::from_str(text.trim()).ok()
}
