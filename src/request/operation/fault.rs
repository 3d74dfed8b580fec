//! Requests that AppSync answers without running them, in its own words (graphql-java's, mostly).

use serde_json::{Value as Json, json};

use super::OperationKind;
use crate::request::BodyProblem;
use crate::verdict::Missing;

/// Why a request does not run.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestFault {
    /// AppSync answers this.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Json,
    },
    /// The capture does not hold what was asked.
    Missing(Missing),
}

/// Line and column in the document, from 1.
pub(super) type Place = (u32, u32);

/// One validation error.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Invalid {
    /// GraphQL-java's name of the rule: `FieldUndefined`.
    pub rule: &'static str,
    /// What is wrong.
    pub text: String,
    /// Where.
    pub at: Vec<Place>,
    /// The first of these places, in bytes.
    pub offset: usize,
    /// The fields that lead there, by name, joined by `/`.
    pub path: String,
}

impl RequestFault {
    /// The first error's message, for reports.
    pub fn message(&self) -> &str {
        match self {
            RequestFault::Answer { body, .. } => {
                body.pointer("/errors/0/message").and_then(Json::as_str).unwrap_or_default()
            }
            RequestFault::Missing(missing) => &missing.why,
        }
    }

    pub(super) fn of_body(problem: BodyProblem) -> RequestFault {
        match problem {
            BodyProblem::Lost => RequestFault::Missing(Missing {
                fact: "request body".to_owned(),
                why: "the capture does not hold the body that was sent".to_owned(),
                give_by: "a HAR with request bodies, or the request as JSON".to_owned(),
                ..Missing::default()
            }),
            BodyProblem::Empty => malformed("Request body is empty."),
            BodyProblem::NotARequest => RequestFault::unparsable(),
        }
    }

    /// Unverified for documents (recorded for bodies that are not a request at all): a syntax error gets the
    /// same answer.
    pub(super) fn unparsable() -> RequestFault {
        malformed("Unable to parse GraphQL query.")
    }

    /// Unverified: graphql-java's text in a validation answer.
    pub(super) fn unknown_operation(name: &str) -> RequestFault {
        of_errors(vec![error(&format!("Unknown operation named '{name}'."), &[])])
    }

    /// Unverified: graphql-java's text in a validation answer.
    pub(super) fn operation_name_needed() -> RequestFault {
        of_errors(vec![error("Must provide operation name if query contains multiple operations.", &[])])
    }

    /// Unverified: graphql-java's text in a validation answer.
    pub(super) fn no_root(kind: OperationKind) -> RequestFault {
        of_errors(vec![error(&format!("Schema is not configured for {}s.", kind.keyword()), &[])])
    }

    /// Ours: a document whose fragments unfold beyond what we run.
    pub(super) fn too_large() -> RequestFault {
        of_errors(vec![error("The query is too large.", &[])])
    }

    pub(super) fn invalid(faults: &[Invalid]) -> RequestFault {
        let errors = faults.iter().map(|fault| {
            let path = if fault.path.is_empty() { String::new() } else { format!(" @ '{}'", fault.path) };
            let message = format!("Validation error of type {}: {}{path}", fault.rule, fault.text);
            error(&message, &fault.at)
        });
        of_errors(errors.collect())
    }

    /// Recorded: `Variable 'input' has coerced Null value for NonNull type 'String!'`, with the outermost
    /// variable's name also where a field inside it is null.
    pub(super) fn null_variable(variable: &str, ty: &str, at: Place) -> RequestFault {
        let message = format!("Variable '{variable}' has coerced Null value for NonNull type '{ty}'");
        of_errors(vec![error(&message, &[at])])
    }

    /// Recorded: `Variable 'updatedAt' has an invalid value. …`, with the innermost field's name.
    pub(super) fn invalid_variable(name: &str, why: &str, at: Place) -> RequestFault {
        of_errors(vec![error(&format!("Variable '{name}' has an invalid value. {why}"), &[at])])
    }

    /// Recorded, with the space at its end.
    pub(super) fn unknown_input_field(input_type: &str) -> RequestFault {
        let message =
            format!("The variables input contains a field that is not defined for input object type '{input_type}' ");
        of_errors(vec![error(&message, &[])])
    }
}

fn error(message: &str, at: &[Place]) -> Json {
    let location = |(line, column): &Place| json!({"line": line, "column": column, "sourceName": null});
    let locations = (!at.is_empty()).then(|| at.iter().map(location).collect::<Vec<_>>());
    json!({"path": null, "locations": locations, "message": message})
}

fn of_errors(errors: Vec<Json>) -> RequestFault {
    RequestFault::Answer { status: 200, body: json!({"data": null, "errors": errors}) }
}

fn malformed(message: &str) -> RequestFault {
    let errors = json!([{"errorType": "MalformedHttpRequestException", "message": message}]);
    RequestFault::Answer { status: 400, body: json!({"errors": errors}) }
}
