//! What was asked: captured requests, and the GraphQL operation inside one.
//!
//! Knows captures and GraphQL; knows neither templates nor who the caller is.

mod body;
pub mod cloudwatch;
pub mod har;
mod json;
pub mod operation;

pub use body::{BodyProblem, GraphQlBody};

use serde_json::Value as Json;

use crate::error::{Error, ErrorKind, Result};
use crate::identity::mask::masked_tail;
use crate::verdict::RequestSource;

/// One request as a capture holds it.
#[derive(Debug, Clone)]
pub struct CapturedRequest {
    /// The file and entry it came from.
    pub source: RequestSource,
    /// When it was sent, in milliseconds since 1970 (UTC).
    pub at_ms: Option<i64>,
    /// `POST` or `GET`.
    pub method: String,
    /// The whole URL; empty when the capture has none.
    pub url: String,
    /// The URL's host without port, in lower case; empty when the capture has none.
    pub host: String,
    /// Headers in order, names as captured; HTTP/2 pseudo headers are left out.
    pub headers: Vec<(String, String)>,
    /// The GraphQL request.
    pub body: GraphQlBody,
    /// The answer, when the capture holds one.
    pub recorded: Option<Recorded>,
}

impl CapturedRequest {
    /// The first header of a name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// AppSync's id of the request, as the recorded answer's headers have it.
    pub fn request_id(&self) -> Option<&str> {
        let headers = self.recorded.iter().flat_map(|recorded| &recorded.headers);
        headers.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("x-amzn-requestid")).map(|(_, id)| id.as_str())
    }

    /// Whether the kind of capture is known to lose credential headers on export: browsers write HAR files
    /// without `Authorization` unless asked for sensitive data, and AppSync masks it in its logs.
    pub fn may_have_lost_credentials(&self) -> bool {
        match self.source.kind {
            "har" => true,
            // A log that has the headers has the names of all of them; the values of credentials are masked.
            cloudwatch::KIND => self.headers.is_empty() || self.header("authorization").and_then(masked_tail).is_some(),
            _ => false,
        }
    }
}

/// The answer a capture holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The HTTP status.
    pub status: u16,
    /// Headers in order, names as captured.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: RecordedBody,
}

/// The body of a recorded answer.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordedBody {
    /// It was JSON.
    Json(Json),
    /// It was something else.
    Text(String),
    /// The capture was made without bodies.
    Absent,
}

impl RecordedBody {
    /// A body from its text.
    pub fn from_text(text: &str) -> RecordedBody {
        serde_json::from_str(text).map_or_else(|_| RecordedBody::Text(text.to_owned()), RecordedBody::Json)
    }

    /// The body, when it was JSON.
    pub fn as_json(&self) -> Option<&Json> {
        match self {
            RecordedBody::Json(json) => Some(json),
            _ => None,
        }
    }
}

/// Reads a capture and picks the AppSync requests in it. The kind is detected from the content: HAR, or one
/// request as JSON.
///
/// # Errors
///
/// [`ErrorKind::Capture`] with the place: unreadable or cut-off text, a kind that is not read, a capture without
/// an AppSync request.
pub fn read_capture(file: &str, bytes: &[u8]) -> Result<Vec<CapturedRequest>> {
    let error = |message: &str| Error::new(ErrorKind::Capture, message).in_file(file);
    if let Some(requests) = from_log(file, bytes) {
        return requests;
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(error("gzip is not read yet").help("unpack it first: `gunzip FILE`"));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(error("the file is UTF-16, not UTF-8").help("PowerShell writes that: save it as UTF-8"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|cause| error(&format!("not text: byte {} is not UTF-8", cause.valid_up_to())).caused_by(cause))?;
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.is_empty() {
        return Err(error("the file is empty"));
    }
    if start.starts_with("curl ") || start.starts_with("curl.exe ") {
        return Err(error("a curl command is not read yet").help("export the request as HAR, or write it as JSON"));
    }
    if !start.starts_with(['{', '[']) {
        return Err(error(&format!("neither a HAR nor a request: the file starts with `{}`", beginning(start)))
            .help("give a HAR, or one request as JSON: {\"headers\": {..}, \"body\": {\"query\": \"..\"}}"));
    }
    let json = crate::json_file::parse(ErrorKind::Capture, file, text)?;
    match &json {
        Json::Object(members) if members.contains_key("log") => har::from_json(file, json),
        Json::Object(members) if members.contains_key("body") || members.contains_key("query") => {
            json::read(file, json).map(|request| vec![request])
        }
        other => Err(error(&format!("neither a HAR nor a request: this is {}", crate::json_file::describe(other)))
            .help("a HAR has a `log`; a request has `headers` and a `body` with the GraphQL `query`")),
    }
}

/// The requests of a CloudWatch log, also a packed one; `None` when the bytes are something else.
fn from_log(file: &str, bytes: &[u8]) -> Option<Result<Vec<CapturedRequest>>> {
    let input = cloudwatch::unpacked(file, bytes).and_then(|input| cloudwatch::Peeked::new(file, input)).ok()?;
    cloudwatch::is_log(input.prefix()).then(|| cloudwatch::requests(file, bytes))
}

/// The first few characters of a text, for messages.
fn beginning(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let short: String = line.chars().take(40).collect();
    if short.len() < line.len() { format!("{short}…") } else { short }
}

/// The host of a URL: lower case, without user, port and path.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or("") };
    host.to_ascii_lowercase()
}

/// The path of a URL, without query.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or("/")
}

/// The parameters of a URL's query, percent-decoded.
fn query_parameters(url: &str) -> Vec<(String, String)> {
    let Some((_, query)) = url.split_once('?') else { return Vec::new() };
    let query = query.split('#').next().unwrap_or("");
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(name), percent_decode(value))
        })
        .collect()
}

fn percent_decode(text: &str) -> String {
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [b'%', high, low, tail @ ..] => {
                match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => out.push(high * 16 + low),
                    _ => out.extend([b'%', *high, *low]),
                }
                rest = tail;
            }
            [first, tail @ ..] => {
                out.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
            [] => return String::from_utf8_lossy(&out).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_capture_is_detected() {
        let kinds: [(&[u8], &str); 9] = [
            (b"\x1f\x8b\x08", "gzip is not read yet"),
            (b"\xff\xfe{\x00", "the file is UTF-16, not UTF-8"),
            (b"{\"a\":\"\xff\"}", "not text: byte 6 is not UTF-8"),
            (b"  \n", "the file is empty"),
            (b"curl 'https://x/graphql' -H 'a: b'", "a curl command is not read yet"),
            (b"{\"events\":[]}", "the log holds no events"),
            (b"<html>", "neither a HAR nor a request: the file starts with `<html>`"),
            (b"[1,2]", "neither a HAR nor a request: this is a list of 2"),
            (b"{\"openapi\":1}", "neither a HAR nor a request: this is an object with the keys `openapi`"),
        ];
        for (bytes, message) in kinds {
            let error = read_capture("f", bytes).unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::Capture, message));
        }
    }

    #[test]
    fn urls_come_apart() {
        let url = "https://user@API.example.com:8443/graphql?query=%7B+a%20%7D&x=%zz#f";
        assert_eq!((host_of(url).as_str(), path_of(url)), ("api.example.com", "/graphql"));
        assert_eq!(query_parameters(url), [("query".into(), "{ a }".into()), ("x".into(), "%zz".into())]);
        assert_eq!((host_of("").as_str(), path_of("")), ("", "/"));
    }
}
