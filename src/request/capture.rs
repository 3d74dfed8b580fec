//! A capture of any kind: what kind it is, is seen from its content.

use super::first_value::first_value;
use super::url::{is_appsync_host, path_of};
use super::{BodyProblem, CapturedRequest, cloudwatch, curl, fetch, har, http, json, powershell, text};
use crate::error::{Error, ErrorKind, Result};
use crate::json_file;
use crate::verdict::Missing;

/// What a capture holds.
#[derive(Debug, Clone, Default)]
pub struct Capture {
    /// Its AppSync requests, in order.
    pub requests: Vec<CapturedRequest>,
    /// What could not be read of it, and what it shows that is no request: a refused preflight.
    pub remarks: Vec<String>,
}

/// Reads a capture and picks the AppSync requests in it. The kind is detected from the content: HAR, requests as
/// JSON, curl, `fetch`, PowerShell, raw HTTP; each also as gzip or UTF-16.
///
/// # Errors
///
/// [`ErrorKind::Capture`] with the place: unreadable or cut-off text, a kind that is not read, a capture without
/// an AppSync request.
pub fn read(file: &str, bytes: &[u8]) -> Result<Capture> {
    if let Some(requests) = from_log(file, bytes) {
        return Ok(Capture { requests: requests?, remarks: Vec::new() });
    }
    let text = text::decode(file, bytes)?;
    let start = text.trim_start();
    let error = |message: &str| Error::new(ErrorKind::Capture, message).in_file(file);
    if start.is_empty() {
        return Err(error("the file is empty"));
    }
    let mut capture = if start.starts_with(['{', '[']) {
        json_text(file, &text)?
    } else if http::is_request(start) {
        http::read(file, &text)?
    } else if curl::is_command(&text) {
        curl::read(file, &text)?
    } else if powershell::is_command(&text) {
        powershell::read(file, &text)?
    } else if fetch::is_call(&text) {
        fetch::read(file, &text)?
    } else {
        return Err(error(&format!("neither a HAR nor a request: the file starts with `{}`", beginning(start))).help(
            "give a HAR, a curl command, or one request as JSON: {\"headers\": {..}, \"body\": {\"query\": \"..\"}}",
        ));
    };
    leave_out_others(file, &mut capture);
    capture.requests.iter_mut().for_each(black_out);
    for request in capture.requests.iter_mut().filter(|request| request.at_ms.is_none()) {
        request.at_ms = time(request);
    }
    // One request of several is named by its number.
    if let [only] = capture.requests.as_mut_slice()
        && only.source.kind != "har"
    {
        only.source.entry = None;
    }
    Ok(capture)
}

/// Tools that clean captures write a word in a credential's place: the credential was sent, and is not known.
fn black_out(request: &mut CapturedRequest) {
    let is_credential = |name: &str| {
        ["authorization", "x-api-key", "x-amz-security-token"].iter().any(|known| name.eq_ignore_ascii_case(known))
    };
    let blacked: Vec<String> = (request.headers.iter())
        .filter(|(name, value)| is_credential(name) && is_blacked_out(value))
        .map(|(name, _)| name.clone())
        .collect();
    request.headers.retain(|(name, _)| !blacked.contains(name));
    request.lost.extend(blacked.into_iter().map(|name| Missing {
        fact: format!("header {name}"),
        why: "the capture holds a placeholder in its place".to_owned(),
        give_by: "the capture as it was recorded, or --identity FILE".to_owned(),
        ..Missing::default()
    }));
}

/// `[redacted]`, `<token>`, `Bearer ***`, `YOUR_API_KEY`.
fn is_blacked_out(value: &str) -> bool {
    let value = value.trim();
    let value = value.strip_prefix("Bearer ").unwrap_or(value).trim();
    let lower = value.to_ascii_lowercase();
    let enclosed = [('[', ']'), ('<', '>'), ('{', '}')];
    enclosed.iter().any(|(open, close)| value.starts_with(*open) && value.ends_with(*close))
        || lower.starts_with("your")
        || ["redacted", "removed"].iter().any(|word| lower.contains(word))
        || (!value.is_empty() && value.chars().all(|c| matches!(c, '*' | '•' | '.' | '…' | 'x' | 'X')))
}

/// When a request was sent that does not say so: when it was signed, or when it was answered.
fn time(request: &CapturedRequest) -> Option<i64> {
    let signed = request.header("x-amz-date").and_then(|text| {
        let civil = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text.trim()).ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|time| time.timestamp())
    });
    let answered = || {
        let headers = &request.recorded.as_ref()?.headers;
        let (_, date) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("date"))?;
        jiff::fmt::rfc2822::parse(date).ok().map(|time| time.timestamp())
    };
    signed.or_else(answered).map(jiff::Timestamp::as_millisecond)
}

/// A script calls more than its API: it signs in, it fetches files. Where one request is GraphQL, those that are not
/// are left out. (A HAR has rules of its own.)
fn leave_out_others(file: &str, capture: &mut Capture) {
    let is_ours = |request: &CapturedRequest| {
        request.source.kind == "har"
            || is_appsync_host(&request.host)
            || path_of(&request.url).ends_with("/graphql")
            || request.url.is_empty()
            || request.body.looks_like_graphql()
            || request.body.problem == Some(BodyProblem::Lost)
    };
    if !capture.requests.iter().any(is_ours) {
        return;
    }
    let before = capture.requests.len();
    capture.requests.retain(is_ours);
    let left_out = before - capture.requests.len();
    if left_out > 0 {
        let requests = if left_out == 1 { "1 request is" } else { &format!("{left_out} requests are") };
        capture.remarks.push(format!("{file}: {requests} left out: sent elsewhere, and not GraphQL"));
    }
}

/// The requests of a capture alone, as [`read`] reads them.
///
/// # Errors
///
/// As [`read`].
pub fn read_capture(file: &str, bytes: &[u8]) -> Result<Vec<CapturedRequest>> {
    read(file, bytes).map(|capture| capture.requests)
}

/// The requests of a CloudWatch log, also a packed one; `None` when the bytes are something else.
fn from_log(file: &str, bytes: &[u8]) -> Option<Result<Vec<CapturedRequest>>> {
    let input = cloudwatch::unpacked(file, bytes).and_then(|input| cloudwatch::Peeked::new(file, input)).ok()?;
    cloudwatch::is_log(input.prefix()).then(|| cloudwatch::requests(file, bytes))
}

/// JSON by its first value: a HAR, a request, or several requests one after the other.
fn json_text(file: &str, text: &str) -> Result<Capture> {
    let error = |message: &str| Error::new(ErrorKind::Capture, message).in_file(file);
    let first = first_value(text);
    let has = |key: &str| first.keys.iter().any(|known| known == key);
    if has("log") {
        return har::read(file, text);
    }
    if let (true, Some(_)) = (has("body") || has("query"), first.rest) {
        return json::read_lines(file, text);
    }
    let json = json_file::parse(ErrorKind::Capture, file, text)?;
    if has("body") || has("query") {
        return json::read(file, json).map(|request| Capture { requests: vec![request], remarks: Vec::new() });
    }
    Err(error(&format!("neither a HAR nor a request: this is {}", json_file::describe(&json)))
        .help("a HAR has a `log`; a request has `headers` and a `body` with the GraphQL `query`"))
}

/// The first word of a text, for messages. A longer one may be a token or a key: only its kind is shown.
fn beginning(start: &str) -> String {
    let word = start.split_whitespace().next().unwrap_or("");
    let whole = word.chars().take(13).count() <= 12;
    let short: String = word.chars().take(if whole { 12 } else { 4 }).collect();
    if short.len() < start.trim_end().len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_a_time_has_that_of_its_signature_or_its_answer() {
        let time = |text: &str| read("f", text.as_bytes()).unwrap().requests[0].at_ms;
        let answer = "HTTP/2 401\ndate: Thu, 15 Jan 2026 12:00:00 GMT\n\n{}";
        assert_eq!(time(&format!("curl https://x/graphql -d 1\n{answer}")), Some(1_768_478_400_000));
        assert_eq!(time("curl https://x/graphql -d 1 -H 'X-Amz-Date: 20260115T120000Z'"), Some(1_768_478_400_000));
        assert_eq!(time("curl https://x/graphql -d 1 -H 'X-Amz-Date: soon'"), None);
    }

    #[test]
    fn a_placeholder_is_no_credential() {
        for value in ["[redacted]", "Bearer <token>", "****", "xxxx", "YOUR_API_KEY", "eyJh.[Redacted].x", "{{key}}"] {
            let text = format!("curl https://x/graphql -d 1 -H 'Authorization: {value}'");
            let request = read("f", text.as_bytes()).unwrap().requests.remove(0);
            assert!(request.header("authorization").is_none() && request.may_have_lost_credentials(), "{value}");
        }
        for value in ["eyJh.eyJz.c2ln", "da2-abc", "Bearer opaque"] {
            let text = format!("curl https://x/graphql -d 1 -H 'Authorization: {value}'");
            assert_eq!(read("f", text.as_bytes()).unwrap().requests[0].header("authorization"), Some(value));
        }
    }

    #[test]
    fn what_a_script_sends_elsewhere_is_left_out() {
        let text =
            "curl https://cognito-idp.eu-west-1.amazonaws.com/ -d '{\"AuthFlow\":1}'\ncurl https://x/graphql -d '{}'";
        let capture = read("f", text.as_bytes()).unwrap();
        assert_eq!(capture.requests.len(), 1);
        assert_eq!(capture.remarks, ["f: 1 request is left out: sent elsewhere, and not GraphQL"]);
        assert_eq!(read("f", b"curl https://x/api -d '{}'").unwrap().requests.len(), 1, "alone it is what was meant");
    }

    #[test]
    fn the_kind_of_a_capture_is_detected() {
        let kinds: [(&[u8], &str); 6] = [
            (b"  \n", "the file is empty"),
            (b"{\"events\":[]}", "the log holds no events"),
            (b"<html>", "neither a HAR nor a request: the file starts with `<html>`"),
            (b"da2-abcdefghijklmnop", "neither a HAR nor a request: the file starts with `da2-…`"),
            (b"[1,2]", "neither a HAR nor a request: this is a list of 2"),
            (b"{\"openapi\":1}", "neither a HAR nor a request: this is an object with the keys `openapi`"),
        ];
        for (bytes, message) in kinds {
            let error = read_capture("f", bytes).unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::Capture, message));
        }
        let url = "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql";
        let body = r#"{"query":"{ a }"}"#;
        let kinds = [
            (body.to_owned(), "json"),
            (format!("{body}\n\n{body}\n"), "json"),
            (format!(r#"{{"log":{{"entries":[{{"request":{{"method":"POST","url":"{url}"}}}}]}}}}"#), "har"),
            (format!("# mine\n$ curl {url} -d '{body}'"), "curl"),
            (format!("POST /graphql HTTP/1.1\nHost: x\n\n{body}"), "http"),
            (format!("await fetch('{url}', {{method: 'POST', body: '{body}'}})"), "fetch"),
            (format!("Invoke-RestMethod -Method Post -Uri {url} -Body '{body}'"), "powershell"),
        ];
        for (text, kind) in kinds {
            let requests = read_capture("f", text.as_bytes()).unwrap();
            assert_eq!(requests[0].source.kind, kind, "{text}");
        }
    }
}
