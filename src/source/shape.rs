//! What every kind of data source asks of a request before it is sent: a version it knows, an operation it has,
//! the members it cannot do without.

use serde_json::Value as Json;

use super::Call;
use crate::api::DataSourceKind;

/// What a kind of data source asks for.
struct Shape {
    /// AppSync's name of the kind.
    kind: &'static str,
    /// What `operation` may say; empty where requests have none.
    operations: &'static [&'static str],
    /// Members that must be there besides.
    required: &'static [&'static str],
    /// Whether version 2017-02-28 knows it.
    old: bool,
}

const SHAPES: &[Shape] = &[
    Shape { kind: "AWS_LAMBDA", operations: &["Invoke", "BatchInvoke"], required: &[], old: true },
    Shape { kind: "HTTP", operations: &[], required: &["method", "resourcePath"], old: false },
    Shape { kind: "RELATIONAL_DATABASE", operations: &[], required: &["statements"], old: false },
    Shape { kind: "AMAZON_OPENSEARCH_SERVICE", operations: SEARCH, required: &["path"], old: true },
    Shape { kind: "AMAZON_ELASTICSEARCH", operations: SEARCH, required: &["path"], old: true },
    Shape { kind: "AMAZON_EVENTBRIDGE", operations: &["PutEvents"], required: &["events"], old: true },
];

const SEARCH: &[&str] = &["GET", "POST", "PUT", "HEAD", "DELETE"];

const OLD: &str = "2017-02-28";
const NEW: &str = "2018-05-29";

/// Checks a request; the error is AppSync's message, of type `MappingTemplate`. DynamoDB's own members are checked
/// where they are read.
pub(super) fn check(call: &Call<'_>) -> Result<(), String> {
    let version = version(call)?;
    let DataSourceKind::Other(kind) = &call.source.kind else { return Ok(()) };
    let Some(shape) = SHAPES.iter().find(|shape| shape.kind == kind) else { return Ok(()) };
    if version == OLD && !shape.old {
        return Err(unsupported_version(version));
    }
    let member = |name: &str| call.request.get(name).filter(|value| !value.is_null());
    if !shape.operations.is_empty() {
        match member("operation") {
            None => return Err(not_found("operation")),
            Some(Json::String(name)) if shape.operations.contains(&name.as_str()) => {}
            Some(Json::String(name)) => return Err(unsupported_operation(name)),
            Some(other) => return Err(unsupported_operation(&other.to_string())),
        }
    }
    match shape.required.iter().find(|name| member(name).is_none()) {
        None => Ok(()),
        Some(name) => Err(not_found(name)),
    }
}

/// The version that a request is in. A function has its version beside its templates, and it can only be the new one.
fn version<'c>(call: &Call<'c>) -> Result<&'c str, String> {
    if call.in_function {
        return Ok(NEW);
    }
    match call.request.get("version") {
        None | Some(Json::Null) => Err(not_found("version")),
        Some(Json::String(version)) if version == OLD || version == NEW => Ok(version),
        Some(Json::String(version)) => Err(unsupported_version(version)),
        Some(other) => Err(unsupported_version(&other.to_string())),
    }
}

/// Whether a call is in version 2017-02-28.
pub(super) fn is_old(call: &Call<'_>) -> bool {
    version(call) == Ok(OLD)
}

/// A member that must be there is absent (documented wording).
fn not_found(name: &str) -> String {
    format!("Value for field '$[{name}]' not found.")
}

/// An operation that the data source does not have, or not in this version (wording seen in aws-appsync-community#93).
pub(super) fn unsupported_operation(name: &str) -> String {
    format!("Unsupported operation '{name}'.")
}

/// A version that there is not, or that does not know the data source. Unverified: how AppSync words it.
fn unsupported_version(version: &str) -> String {
    format!("Unsupported version '{version}'.")
}
