//! What every kind of pasted command comes to: a URL, headers and a body, each perhaps with a hole in it; and the
//! answer that was pasted below it.

use super::cursor::Cursor;
use super::shell::Word;
use super::url::{host_of, query_parameters};
use super::{BodyProblem, CapturedRequest, GraphQlBody, Recorded, RecordedBody};
use crate::verdict::{Missing, RequestSource};

/// A request as a command describes it.
#[derive(Debug, Default)]
pub(super) struct Command {
    pub method: Option<String>,
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// The body as sent; `None` where nothing is sent.
    pub body: Option<Body>,
    pub lost: Vec<Missing>,
    pub notes: Vec<String>,
}

/// A body that a command sends.
#[derive(Debug)]
pub(super) enum Body {
    Text(String),
    /// A form of several parts, which is no GraphQL request.
    Form,
    /// It comes from elsewhere.
    Lost,
}

impl Command {
    /// A header from its name and value; a hole in it makes it a fact that the capture does not hold.
    pub fn header(&mut self, name: &str, value: &Word, place: &str) {
        match &value.hole {
            None => self.headers.push((name.to_owned(), value.text.clone())),
            Some(hole) => self.lose(&format!("header {name}"), hole, place),
        }
    }

    /// Replaces a header.
    pub fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.remove_header(name);
        self.headers.push((name.to_owned(), value.into()));
    }

    pub fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Notes that something of the request is not in the capture.
    pub fn lose(&mut self, fact: &str, hole: &str, place: &str) {
        self.lost.push(Missing {
            fact: fact.to_owned(),
            why: format!("{place} says `{hole}`, and its value is not in the capture"),
            give_by: match fact.starts_with("header") {
                true => "the command with the value written out, or --identity FILE".to_owned(),
                false => "the command with the value written out".to_owned(),
            },
            ..Missing::default()
        });
    }

    /// The request that it sends.
    pub fn request(mut self, source: RequestSource) -> CapturedRequest {
        let method = self.method.take().unwrap_or_else(|| if self.body.is_some() { "POST" } else { "GET" }.to_owned());
        let body = match self.body.take() {
            Some(Body::Text(text)) => GraphQlBody::from_text(&text),
            Some(Body::Form) => GraphQlBody::without_document(BodyProblem::NotARequest),
            Some(Body::Lost) => GraphQlBody::without_document(BodyProblem::Lost),
            None if method.eq_ignore_ascii_case("GET") => GraphQlBody::from_parameters(&query_parameters(&self.url)),
            None => GraphQlBody::without_document(BodyProblem::Empty),
        };
        let host = host_of(&self.url);
        let named = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
        let host = if host.is_empty() { named.map(|(_, host)| host_of(host)).unwrap_or_default() } else { host };
        for name in ["authorization", "x-api-key"] {
            let values: Vec<&str> =
                self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect();
            if let [first, .., last] = values.as_slice() {
                let same = if first == last { "" } else { " with different values" };
                self.notes
                    .push(format!("the header {name} is sent {} times{same}; the last one was taken", values.len()));
                let last = (*last).to_owned();
                self.remove_header(name);
                self.headers.push((name.to_owned(), last));
            }
        }
        CapturedRequest {
            source,
            method: method.to_uppercase(),
            url: self.url,
            host,
            headers: self.headers,
            body,
            lost: self.lost,
            notes: self.notes,
            ..CapturedRequest::default()
        }
    }
}

/// Whether an answer's status line stands here.
pub(super) fn is_answer(text: &str) -> bool {
    let text = text.strip_prefix("< ").unwrap_or(text);
    status(text.lines().next().unwrap_or("")).is_some()
}

/// The status of a status line: `HTTP/2 401`, `HTTP/1.1 200 OK`.
fn status(line: &str) -> Option<u16> {
    let rest = line.strip_prefix("HTTP/")?;
    let (version, rest) = rest.split_once(' ')?;
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(())?;
    let status = rest.trim_start().get(..3)?.parse().ok()?;
    (100..600).contains(&status).then_some(status)
}

/// Reads an answer as `curl -i` prints it (`curl -v` puts `<` before its lines), up to a line at which something
/// else begins. Of several (`100 Continue`, a redirect) the last one counts.
pub(super) fn answer(cursor: &mut Cursor<'_>, is_next: impl Fn(&Cursor<'_>) -> bool) -> Option<Recorded> {
    let mut recorded = None;
    while let Some(status) = status(unmarked(cursor.rest().lines().next()?)) {
        cursor.line();
        let mut headers = Vec::new();
        while !cursor.is_done() && !is_next(cursor) {
            let line = unmarked(cursor.line());
            if line.trim().is_empty() || line == "<" {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        let mut body = String::new();
        while !cursor.is_done() && !is_next(cursor) && !is_answer(cursor.head()) {
            let line = cursor.line();
            // What `curl -v` tells of itself.
            let told = line.starts_with("* ") || (line.starts_with("{ [") && line.ends_with("bytes data]"));
            if !told {
                body.push_str(line);
                body.push('\n');
            }
        }
        let body = body.trim();
        let text = if body.is_empty() { None } else { Some(unchunked(body).unwrap_or_else(|| body.to_owned())) };
        let body = text.map_or(RecordedBody::Absent, |text| RecordedBody::from_text(&text));
        recorded = Some(Recorded { status, headers, body });
        if !is_answer(cursor.head()) {
            break;
        }
    }
    recorded
}

fn unmarked(line: &str) -> &str {
    let line = line.strip_suffix('\r').unwrap_or(line);
    line.strip_prefix("< ").unwrap_or(line)
}

/// A body that was sent in one chunk, as raw captures hold it: size, JSON, `0`.
fn unchunked(body: &str) -> Option<String> {
    let (size, rest) = body.split_once('\n')?;
    let size = usize::from_str_radix(size.trim(), 16).ok()?;
    let chunk = rest.get(..size)?;
    serde_json::from_str::<serde::de::IgnoredAny>(chunk).ok().map(|_| chunk.to_owned())
}

/// An answer that was pasted without its status line. Only a body with `data` tells the status: AppSync's refusals
/// of a whole request have none.
pub(super) fn bare_answer(text: &str) -> Option<Recorded> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    json.get("data")?;
    Some(Recorded { status: 200, headers: Vec::new(), body: RecordedBody::Json(json) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Recorded> {
        answer(&mut Cursor::new("f", text), |next| next.looks_at("curl "))
    }

    #[test]
    fn answers_as_curl_prints_them() {
        let body = r#"{"errors":[]}"#;
        let long = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        for text in [
            format!("HTTP/2 401 \r\ncontent-type: application/json\r\n\r\n{body}\ncurl next"),
            format!("HTTP/1.1 100 Continue\n\nHTTP/1.1 401 Unauthorized\ncontent-type: application/json\n\n{body}"),
            format!("< HTTP/2 401 \n< content-type: application/json\n< \n{{ [24 bytes data]\n* done\n{body}"),
            format!("HTTP/1.1 401\r\ncontent-type: application/json\r\n\r\n{long}"),
        ] {
            let recorded = read(&text).unwrap();
            assert_eq!(recorded.status, 401, "{text}");
            assert_eq!(recorded.headers, [("content-type".to_owned(), "application/json".to_owned())], "{text}");
            assert_eq!(recorded.body.as_json(), Some(&serde_json::json!({"errors": []})), "{text}");
        }
        assert_eq!(read("HTTP/2 401").unwrap().body, RecordedBody::Absent);
        assert!(read("HTTP is a protocol").is_none() && read("HTTP/2 9").is_none());
        assert!(bare_answer(body).is_none() && bare_answer(r#"{"data":null}"#).is_some());
    }
}
