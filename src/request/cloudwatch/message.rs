//! What one message of a log says, and of which request.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::mapping::LoggedTemplate;
use super::{headers, mapping, time};

/// Length of a UUID in text.
const UUID: usize = 36;

/// What one message says.
#[derive(Debug)]
pub(super) enum Entry {
    /// `GraphQL Query: …, Operation: …, Variables: …`
    Query(Query),
    RequestHeaders(Vec<(String, String)>),
    ResponseHeaders(Vec<(String, String)>),
    /// `RequestSummary`
    Status(u16),
    Template(Box<LoggedTemplate>),
    /// When the request began, as its `ExecutionSummary` says.
    Began(i64),
    /// Of other interest to nobody.
    Other,
    /// JSON that breaks off.
    Cut,
    /// JSON that cannot be read: nested too deep, or damaged.
    Unreadable,
}

/// The query line.
#[derive(Debug, PartialEq)]
pub(super) struct Query {
    pub(super) document: String,
    pub(super) operation: Option<String>,
    /// `None` when they cannot be read.
    pub(super) variables: Option<Map<String, Json>>,
}

/// The request that a message is of, in lower case.
pub(super) fn request_id(message: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head<'m> {
        #[serde(borrow)]
        request_id: Option<Cow<'m, str>>,
        #[serde(borrow)]
        log_type: Option<Cow<'m, str>>,
        #[serde(borrow, rename = "graphQLAPIId")]
        api_id: Option<Cow<'m, str>>,
        #[serde(borrow)]
        mapping_template_type: Option<Cow<'m, str>>,
    }
    let message = message.trim_start();
    if let Some(id) = leading_uuid(message) {
        return Some(id.to_ascii_lowercase());
    }
    if !message.starts_with('{') {
        return None;
    }
    match first_value::<Head<'_>>(message) {
        Ok(Head { request_id: Some(id), log_type, api_id, mapping_template_type }) => {
            let by_appsync = log_type.is_some() || api_id.is_some() || mapping_template_type.is_some();
            by_appsync.then(|| id.to_ascii_lowercase())
        }
        Ok(_) => None,
        // Cut off, or of other types than usual: the id may still stand in it.
        Err(_) if message.contains("\"logType\"") => {
            let (_, rest) = message.split_once("\"requestId\"")?;
            let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
            let id = rest.get(..UUID).filter(|id| is_uuid(id))?;
            Some(id.to_ascii_lowercase())
        }
        Err(_) => None,
    }
}

/// Whether a message is a query line.
pub(super) fn is_query(message: &str) -> bool {
    let message = message.trim_start();
    let text = leading_uuid(message).and_then(|id| message.get(id.len()..)).unwrap_or(message);
    text.trim_start().starts_with("GraphQL Query:")
}

/// Whether a message is the beginning of an event whose end, and whose id, was cut off.
pub(super) fn is_cut(message: &str) -> bool {
    let message = message.trim();
    message.starts_with('{') && message.contains("\"logType\"") && matches!(entry(message), Entry::Cut)
}

/// The UUID that a text begins with, when a space or nothing follows.
pub(super) fn leading_uuid(text: &str) -> Option<&str> {
    let id = text.get(..UUID).filter(|id| is_uuid(id))?;
    matches!(text.as_bytes().get(UUID), None | Some(b' ' | b'\n' | b'\r')).then_some(id)
}

/// Whether a text is a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == UUID
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// What a message says.
pub(super) fn entry(message: &str) -> Entry {
    let message = message.trim_start();
    let text = leading_uuid(message).and_then(|id| message.get(id.len()..)).unwrap_or(message).trim_start();
    if let Some(query) = text.strip_prefix("GraphQL Query:") {
        return Entry::Query(query_line(query));
    }
    if let Some(map) = text.strip_prefix("Request Headers:") {
        return Entry::RequestHeaders(headers::of_request(map));
    }
    if let Some(map) = text.strip_prefix("Response Headers:") {
        return Entry::ResponseHeaders(headers::of_response(map));
    }
    if let Some(summary) = text.strip_prefix("Execution Summary:") {
        let json = first_value::<Json>(summary).unwrap_or_default();
        return json.get("startTime").and_then(time::of_json).map_or(Entry::Other, Entry::Began);
    }
    if !text.starts_with('{') {
        return Entry::Other;
    }
    match first_value::<Json>(text) {
        Ok(json) => of_json(json),
        Err(error) if error.is_eof() => Entry::Cut,
        Err(_) if text.contains("\"logType\"") => Entry::Unreadable,
        Err(_) => Entry::Other,
    }
}

/// The JSON that a text begins with: in pasted text a stray line may follow.
fn first_value<'m, T: Deserialize<'m>>(text: &'m str) -> serde_json::Result<T> {
    T::deserialize(&mut serde_json::Deserializer::from_str(text))
}

fn of_json(json: Json) -> Entry {
    let log_type = mapping::log_type(&json);
    if log_type == "RequestSummary" {
        let status = json.get("statusCode").and_then(|status| match status {
            Json::String(text) => text.trim().parse().ok(),
            other => other.as_u64().and_then(|status| u16::try_from(status).ok()),
        });
        return status.filter(|status| (100..600).contains(status)).map_or(Entry::Other, Entry::Status);
    }
    if log_type == "ExecutionSummary" {
        return json.get("startTime").and_then(time::of_json).map_or(Entry::Other, Entry::Began);
    }
    LoggedTemplate::read(&log_type, json).map_or(Entry::Other, |template| Entry::Template(Box::new(template)))
}

/// Unverified: the form of the line, which no document describes. The document holds commas and colons of its own: what counts are the last `, Operation: ` and `, Variables: `
/// behind which JSON stands.
fn query_line(text: &str) -> Query {
    const OPERATION: &str = ", Operation:";
    const VARIABLES: &str = ", Variables:";
    let behind = |at: usize, label: &str| text.get(at + label.len()..).unwrap_or_default().trim();
    let mut places = text.rmatch_indices(VARIABLES).map(|(at, _)| at);
    let last = places.clone().next();
    let found = places.find(|at| variables(behind(*at, VARIABLES)).is_some()).or(last);
    let (text_before, variables) = match found {
        Some(at) => (text.get(..at).unwrap_or_default(), variables(behind(at, VARIABLES))),
        None => (text, None),
    };
    let (document, operation) = match text_before.rsplit_once(OPERATION) {
        Some((document, operation)) if !operation.contains('{') => (document, Some(operation.trim())),
        _ => (text_before, None),
    };
    let operation = operation.filter(|name| !name.is_empty() && *name != "null").map(str::to_owned);
    Query { document: document.trim().to_owned(), operation, variables }
}

fn variables(text: &str) -> Option<Map<String, Json>> {
    match text {
        "" | "null" | "{}" => Some(Map::new()),
        _ => match serde_json::from_str(text) {
            Ok(Json::Object(variables)) => Some(variables),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "2f1c6a52-8f0e-4b7c-9a53-0d3f5a1b2c3d";

    fn query(text: &str) -> Query {
        match entry(&format!("{ID} GraphQL Query: {text}")) {
            Entry::Query(query) => query,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_query_line_comes_apart_at_its_end() {
        let read = query(
            "query Q($a: String = \", Operation: X, Variables: {}\") {\n  a\n}, Operation: Q, Variables: {\"a\":\", Variables: x\"}",
        );
        assert!(read.document.ends_with("{\n  a\n}"), "{read:?}");
        assert_eq!(read.operation.as_deref(), Some("Q"));
        assert_eq!(read.variables.unwrap()["a"], json!(", Variables: x"));
        let read = query("{ a }, Operation: null, Variables: null");
        assert_eq!((read.document.as_str(), read.operation, read.variables), ("{ a }", None, Some(Map::new())));
        let read = query("{ a }, Operation: null, Variables: {\"a\": \"cut o");
        assert_eq!((read.document.as_str(), read.variables), ("{ a }", None));
    }

    #[test]
    fn whose_a_message_is() {
        let of = |message: &str| request_id(message).as_deref() == Some(ID);
        assert!(of(&format!("{} Begin Request", ID.to_uppercase())));
        assert!(of(&format!(r#"{{"logType":"Tracing","requestId":"{ID}","path":["a"]}}"#)));
        assert!(of(&format!(r#"{ID} {{"mappingTemplateType":"Request Mapping"}}"#)));
        assert!(of(&format!(r#"{{"logType":"RequestMapping","requestId": "{ID}","context":{{"argum"#)));
        // Of a Lambda function's log, not of AppSync's.
        assert_eq!(request_id(&format!(r#"{{"level":"INFO","requestId":"{ID}","message":"x"}}"#)), None);
        assert_eq!(request_id(&format!("{ID}\tINFO\tx")), None);
        for other in ["", "{", "{}", "START RequestId: x", "ü"] {
            assert_eq!(request_id(other), None, "{other}");
        }
    }
}
