//! A raw HTTP request: request line, headers, body; an answer may follow. Several are parted by lines of `###`, as in
//! the `.http` files of editors.

use super::Capture;
use super::command::{self, Body, Command};
use super::cursor::Cursor;
use super::shell::Word;
use crate::error::{Error, ErrorKind, Result};
use crate::verdict::RequestSource;

/// Whether a text starts with a request line, or with the mark and remarks of a `.http` file above one.
pub(super) fn is_request(text: &str) -> bool {
    text.lines().find(|line| !is_remark(line)).is_some_and(|line| request_line(line).is_some())
}

fn is_remark(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#') || line.starts_with("//")
}

/// Method and target of `POST /graphql HTTP/1.1`; a `.http` file may leave the version out where the URL is whole.
fn request_line(line: &str) -> Option<(&str, &str)> {
    let mut parts = line.split_whitespace();
    let (method, target) = (parts.next()?, parts.next()?);
    let version = parts.next();
    let known = matches!(method, "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS");
    let whole = target.starts_with("http://") || target.starts_with("https://");
    let fits = match version {
        Some(version) => version.starts_with("HTTP/") && (whole || target.starts_with('/')),
        None => whole,
    };
    (known && fits).then_some((method, target))
}

/// Reads the requests of a text.
///
/// # Errors
/// [`ErrorKind::Capture`] where a header's line is none.
pub(super) fn read(file: &str, text: &str) -> Result<Capture> {
    let mut cursor = Cursor::new(file, text);
    let mut capture = Capture::default();
    while !cursor.is_done() {
        let first = cursor.head();
        if let Some((method, target)) = request_line(first) {
            let (method, target) = (method.to_owned(), target.to_owned());
            cursor.line();
            let command = request(&mut cursor, method, &target)?;
            let source = RequestSource { file: file.to_owned(), entry: Some(capture.requests.len()), kind: "http" };
            capture.requests.push(command.request(source));
        } else if let (true, Some(request)) = (command::is_answer(first), capture.requests.last_mut()) {
            request.recorded = command::answer(&mut cursor, ends_body);
        } else {
            let at = cursor.at();
            let line = cursor.line();
            if !is_remark(line) {
                let line = cursor.line_number(at);
                capture.remarks.push(format!("{file}: line {line} is not read: no request begins there"));
            }
        }
    }
    if capture.requests.is_empty() {
        return Err(Error::new(ErrorKind::Capture, "there is no HTTP request").in_file(file));
    }
    Ok(capture)
}

/// Whether a text starts with what cannot belong to a body.
fn ends_body(cursor: &Cursor<'_>) -> bool {
    let line = cursor.head();
    line.starts_with("###") || (line.contains("HTTP/") && request_line(line).is_some())
}

fn request(cursor: &mut Cursor<'_>, method: String, target: &str) -> Result<Command> {
    let mut command = Command { method: Some(method), ..Command::default() };
    while !cursor.is_done() && !ends_body(cursor) {
        let at = cursor.at();
        let line = cursor.line();
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        // HTTP/2's pseudo headers begin with a colon.
        if line.starts_with(':') {
            continue;
        }
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_|~".contains(c))
        };
        let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_name(name.trim())) else {
            return Err(cursor
                .error(at, "a header is `Name: value`, and this line is none")
                .help("an empty line stands between the headers and the body"));
        };
        let place = format!("line {}", cursor.line_number(at));
        command.header(name.trim(), &template(value.trim()), &place);
    }
    let host = command.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, host)| host.clone());
    command.url = match host {
        Some(host) if target.starts_with('/') => format!("https://{host}{target}"),
        _ => target.to_owned(),
    };
    let start = cursor.at();
    let mut body = String::new();
    while !cursor.is_done() && !ends_body(cursor) && !command::is_answer(cursor.head()) {
        body.push_str(cursor.line());
        body.push('\n');
    }
    let body = body.trim();
    if body.starts_with("< ") && !body.contains('{') {
        let place = format!("line {}", cursor.line_number(start));
        command.lose("request body", "< FILE", &place);
        command.body = Some(Body::Lost);
    } else if !body.is_empty() {
        command.body = Some(Body::Text(body.to_owned()));
    }
    Ok(command)
}

/// A value in which `{{NAME}}` is filled in by the editor.
fn template(value: &str) -> Word {
    match value.find("{{") {
        Some(known) => {
            let hole = value.get(known..).and_then(|rest| rest.split_inclusive("}}").next()).unwrap_or("{{…}}");
            let hole: String = hole.chars().take(40).collect();
            Word { text: value.get(..known).unwrap_or("").to_owned(), hole: Some(hole), known, ..Word::default() }
        }
        None => Word { text: value.to_owned(), ..Word::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::BodyProblem;

    #[test]
    fn requests_with_their_answers() {
        let text = "POST /graphql HTTP/1.1\r\nHost: abc.appsync-api.eu-west-1.amazonaws.com\r\n:path: /graphql\r\n\
                    X-Api-Key: da2-x\r\n\r\n{\"query\":\"{ a }\"}\r\n\r\nHTTP/1.1 401 Unauthorized\r\n\
                    x-amzn-errortype: UnauthorizedException\r\n\r\n{\"errors\":[]}\r\n";
        let found = read("f", text).unwrap().requests;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].url, "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql");
        assert_eq!((found[0].header("x-api-key"), found[0].body.query.as_str()), (Some("da2-x"), "{ a }"));
        assert_eq!(found[0].recorded.as_ref().unwrap().status, 401);
        assert_eq!(found[0].headers.len(), 2);
    }

    #[test]
    fn files_of_editors() {
        let text = "### first\nPOST https://x.example/graphql\nAuthorization: Bearer {{token}}\n\n{\"query\":\"{ a }\"}\n\
                    ###\n# second\nPOST https://x.example/graphql HTTP/1.1\n\n< ./body.json\n";
        let found = read("f", text).unwrap().requests;
        assert_eq!(found.len(), 2);
        assert!(found[0].may_have_lost_credentials() && found[0].headers.is_empty());
        assert_eq!(found[0].lost[0].why, "line 3 says `{{token}}`, and its value is not in the capture");
        assert_eq!(found[1].body.problem, Some(BodyProblem::Lost));
        let error = read("f", "POST / HTTP/1.1\nHost: x\n{\"query\":1}").unwrap_err();
        assert_eq!(error.place().map(|place| place.line), Some(3));
    }
}
