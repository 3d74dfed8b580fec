//! One request as JSON: `{"url"?, "method"?, "headers": {..}, "body": {..} | text, "at"?, "response"?: {..}}`.

use serde_json::{Map, Value as Json};

use super::url::host_of;
use super::{Capture, CapturedRequest, GraphQlBody, Recorded, RecordedBody};
use crate::error::{Error, ErrorKind, Result};
use crate::json_file::{self, describe, nearest};
use crate::verdict::RequestSource;

const KEYS: [&str; 7] = ["url", "method", "headers", "body", "at", "response", "note"];

/// Reads one request. A bare GraphQL body (`{"query": ..}`) is a request without headers.
pub(super) fn read(file: &str, json: Json) -> Result<CapturedRequest> {
    let error = |message: String| Error::new(ErrorKind::Capture, message).in_file(file);
    let Json::Object(members) = json else {
        return Err(error(format!("a request must be an object, this is {}", describe(&json))));
    };
    let bare = !members.contains_key("body");
    if let Some(key) = members.keys().find(|key| !bare && !KEYS.contains(&key.as_str())) {
        let near = nearest(key, &KEYS).map_or_else(|| KEYS.join("`, `"), str::to_owned);
        return Err(error(format!("a request has no `{key}`")).help(format!("did you mean `{near}`?")));
    }
    let body = match members.get("body") {
        None => GraphQlBody::from_json(&Json::Object(members.clone())),
        Some(Json::String(text)) => GraphQlBody::from_text(text),
        Some(body @ Json::Object(_)) => GraphQlBody::from_json(body),
        Some(other) => {
            return Err(error(format!(
                "`body` must be an object with a `query`, or a text; it is {}",
                describe(other)
            )));
        }
    };
    let text = |key: &str| members.get(key).and_then(Json::as_str).unwrap_or("").to_owned();
    let url = text("url");
    let headers = match members.get("headers") {
        None | Some(Json::Null) => Vec::new(),
        Some(headers) => read_headers(headers)
            .ok_or_else(|| error(format!("`headers` must be an object of texts, it is {}", describe(headers))))?,
    };
    let host_header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| value);
    let host = if url.is_empty() { host_header.map(|host| host_of(host)).unwrap_or_default() } else { host_of(&url) };
    let at_ms = match members.get("at") {
        None | Some(Json::Null) => None,
        Some(Json::Number(number)) => number.as_i64(),
        Some(at) => Some(read_time(at).ok_or_else(|| {
            error(format!("`at` is not a time: `{}`", at.as_str().unwrap_or_default()))
                .help("write it as 2026-01-15T12:00:00Z, or as milliseconds since 1970")
        })?),
    };
    let recorded = match members.get("response") {
        None | Some(Json::Null) => None,
        Some(Json::Object(response)) => Some(
            read_response(response)
                .ok_or_else(|| error("`response.status` must be a number between 100 and 599".to_owned()))?,
        ),
        Some(other) => {
            return Err(error(format!("`response` must be {{status, body}}, it is {}", describe(other))));
        }
    };
    let method = text("method").to_uppercase();
    Ok(CapturedRequest {
        source: RequestSource { file: file.to_owned(), entry: None, kind: "json" },
        at_ms,
        method: if method.is_empty() { "POST".to_owned() } else { method },
        url,
        host,
        headers,
        body,
        recorded,
        ..CapturedRequest::default()
    })
}

/// Reads requests that stand one on each line. A line that is none is left out, and said.
pub(super) fn read_lines(file: &str, text: &str) -> Result<Capture> {
    let mut capture = Capture::default();
    let mut first_error = None;
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let request = json_file::parse(ErrorKind::Capture, file, line).and_then(|json| read(file, json));
        match request {
            Ok(mut request) => {
                request.source.entry = Some(capture.requests.len());
                capture.requests.push(request);
            }
            Err(error) => {
                capture.remarks.push(format!("{file}:{number}: not read: {}", error.message()));
                first_error.get_or_insert(Error::new(ErrorKind::Capture, error.message()).at(file, number, 0));
            }
        }
    }
    match first_error {
        Some(error) if capture.requests.is_empty() => Err(error),
        _ => Ok(capture),
    }
}

/// Headers as an object; a list of texts is a repeated header.
fn read_headers(headers: &Json) -> Option<Vec<(String, String)>> {
    let mut out = Vec::new();
    for (name, value) in headers.as_object()? {
        match value {
            Json::String(text) => out.push((name.clone(), text.clone())),
            Json::Number(number) => out.push((name.clone(), number.to_string())),
            Json::Array(items) => {
                for item in items {
                    out.push((name.clone(), item.as_str()?.to_owned()));
                }
            }
            _ => return None,
        }
    }
    Some(out)
}

fn read_time(at: &Json) -> Option<i64> {
    at.as_str()?.trim().parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

fn read_response(response: &Map<String, Json>) -> Option<Recorded> {
    let status = response.get("status").and_then(Json::as_u64).and_then(|status| u16::try_from(status).ok())?;
    let body = match response.get("body") {
        None => RecordedBody::Absent,
        Some(Json::String(text)) => RecordedBody::from_text(text),
        Some(json) => RecordedBody::Json(json.clone()),
    };
    let headers = response.get("headers").and_then(read_headers).unwrap_or_default();
    (100..600).contains(&status).then_some(Recorded { status, headers, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_with_everything() {
        let request = read(
            "r.json",
            json!({"url": "https://api.example.com/graphql", "headers": {"Authorization": "abc"},
                   "body": "{\"query\":\"{a}\"}", "at": "2026-01-15T12:00:00+01:00",
                   "response": {"status": 401, "body": {"errors": []}}}),
        )
        .unwrap();
        assert_eq!((request.method.as_str(), request.host.as_str()), ("POST", "api.example.com"));
        assert_eq!(request.at_ms, Some(1_768_474_800_000));
        assert_eq!(request.header("authorization"), Some("abc"));
        assert_eq!(request.body.query, "{a}");
        assert_eq!(request.recorded.unwrap().body.as_json(), Some(&json!({"errors": []})));
    }

    #[test]
    fn a_bare_graphql_body_is_a_request() {
        let request = read("r.json", json!({"query": "query Q { a }", "operationName": "Q"})).unwrap();
        assert_eq!(request.body.operation_name.as_deref(), Some("Q"));
        assert!(request.headers.is_empty() && request.recorded.is_none());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let cases = [
            (json!({"body": 3}), "`body` must be an object with a `query`, or a text; it is a number"),
            (json!({"body": {}, "header": {}}), "a request has no `header`"),
            (json!({"body": {}, "headers": ["a"]}), "`headers` must be an object of texts, it is a list of 1"),
            (json!({"body": {}, "at": "yesterday"}), "`at` is not a time: `yesterday`"),
            (
                json!({"body": {}, "response": {"status": "x"}}),
                "`response.status` must be a number between 100 and 599",
            ),
        ];
        for (request, message) in cases {
            let error = read("r.json", request).unwrap_err();
            assert_eq!(error.to_string(), format!("r.json: {message}"));
        }
    }
}
