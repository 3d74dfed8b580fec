//! Why a request was not carried out, in AppSync's and DynamoDB's own words.

use serde_json::Value as Json;

use crate::source::shape::unsupported_operation;
use crate::source::{Fact, Reply};

/// Stands where the service prints a request's id; the real one differs from request to request.
pub const REQUEST_ID: &str = "00000000000000000000000000000000000000000000000000";

/// A request that was not carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// AppSync does not take the request: errorType `MappingTemplate`.
    Request(String),
    /// DynamoDB does not take it: a ValidationException.
    Validation(String),
    /// The table's item or the request's version is not what the write asks for: message, type and what
    /// `$ctx.result` holds.
    Failed(String, &'static str, Json),
    /// A fact is missing.
    Missing(Box<Fact>),
}

impl Refusal {
    /// A ValidationException of DynamoDB.
    pub fn validation(message: impl Into<String>) -> Refusal {
        Refusal::Validation(message.into())
    }

    /// A required member is absent (documented wording).
    pub fn not_found(place: &str) -> Refusal {
        Refusal::Request(format!("Value for field '{place}' not found."))
    }

    /// A member the operation does not know (wording seen in aws-appsync-community#110 and #217).
    pub fn unsupported(place: &str) -> Refusal {
        Refusal::Request(format!("Unsupported element '{place}'."))
    }

    /// An operation that there is not.
    pub fn unknown_operation(name: &str) -> Refusal {
        Refusal::Request(unsupported_operation(name))
    }

    /// A member of the wrong JSON type. Unverified wording.
    pub fn wrong_type(place: &str, expected: &str, found: &Json) -> Refusal {
        Refusal::Request(format!("Expected {expected} for field '{place}', but got {} instead.", json_type(found)))
    }

    /// A place for a typed value that holds something else. Unverified wording.
    pub fn not_an_attribute(place: &str, found: &Json) -> Refusal {
        Refusal::Request(format!(
            "Expected JSON object for attribute value '{place}', but got {} instead.",
            json_type(found)
        ))
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        match self {
            Refusal::Request(message) | Refusal::Validation(message) | Refusal::Failed(message, ..) => message,
            Refusal::Missing(fact) => &fact.why,
        }
    }

    /// What the resolver is answered.
    pub fn into_reply(self) -> Reply {
        match self {
            Refusal::Request(message) => Reply::BadRequest { message, error_type: "MappingTemplate".into() },
            Refusal::Validation(message) => Reply::Failed {
                message: with_service(&message),
                error_type: validation_error_type().into(),
                data: Json::Null,
                why: None,
            },
            Refusal::Failed(message, error_type, data) => {
                Reply::Failed { message, error_type: error_type.into(), data, why: None }
            }
            Refusal::Missing(fact) => Reply::Undecided(fact),
        }
    }
}

/// The errorType of DynamoDB's ValidationException. Unverified: `DynamoDB:AmazonDynamoDBException` is recorded for
/// the first SDK (2018); since AppSync moved to the second the class of that SDK is `DynamoDbException`.
fn validation_error_type() -> &'static str {
    "DynamoDB:DynamoDbException"
}

/// A message of DynamoDB as AppSync shows it (wording seen in aws-appsync-community#343, 2024).
pub fn with_service(message: &str) -> String {
    format!("{message} (Service: DynamoDb, Status Code: 400, Request ID: {REQUEST_ID})")
}

fn json_type(json: &Json) -> &'static str {
    match json {
        Json::Null => "NULL",
        Json::Bool(_) => "BOOLEAN",
        Json::Number(_) => "NUMBER",
        Json::String(_) => "STRING",
        Json::Array(_) => "ARRAY",
        Json::Object(_) => "OBJECT",
    }
}
