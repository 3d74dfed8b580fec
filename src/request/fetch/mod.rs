//! `fetch(url, {…})`, as browsers copy requests for JavaScript and Node.js, and as people write them.

mod value;

use super::Capture;
use super::command::{Body, Command};
use super::cursor::Cursor;
use crate::error::{Error, ErrorKind, Result};
use crate::verdict::RequestSource;
use value::{Value, blank, value};

/// Whether a text calls `fetch`.
pub(super) fn is_call(text: &str) -> bool {
    next_call(text).is_some()
}

/// Where the arguments of the next call begin.
fn next_call(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find("fetch(") {
        let at = from + found;
        let before = text.get(..at)?.chars().next_back();
        from = at + "fetch(".len();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            return Some(from);
        }
    }
    None
}

/// Reads the calls of a text.
///
/// # Errors
/// A text, list or object that is never closed, with its place.
pub(super) fn read(file: &str, text: &str) -> Result<Capture> {
    let mut cursor = Cursor::new(file, text);
    let mut capture = Capture::default();
    while let Some(at) = next_call(cursor.rest()) {
        let skipped = cursor.rest().get(..at).unwrap_or("");
        cursor.take(skipped);
        let command = call(&mut cursor)?;
        let source = RequestSource { file: file.to_owned(), entry: Some(capture.requests.len()), kind: "fetch" };
        capture.requests.push(command.request(source));
    }
    if capture.requests.is_empty() {
        return Err(Error::new(ErrorKind::Capture, "there is no call of `fetch`").in_file(file));
    }
    Ok(capture)
}

/// The arguments of a call.
fn call(cursor: &mut Cursor<'_>) -> Result<Command> {
    let mut command = Command::default();
    let place = format!("line {}", cursor.line_number(cursor.at()));
    match value(cursor, 0)? {
        Value::Text(word) => command.url = word.before_hole().to_owned(),
        _ => command.notes.push("the URL is not in the capture".to_owned()),
    }
    blank(cursor)?;
    if !cursor.take(",") {
        return Ok(command);
    }
    blank(cursor)?;
    if cursor.looks_at(")") {
        return Ok(command);
    }
    let Value::Object(options) = value(cursor, 0)? else {
        command.lose("headers and body", "…", &place);
        return Ok(command);
    };
    for (name, value) in options {
        match (name.as_str(), value) {
            ("method", Value::Text(word)) => command.method = Some(word.text),
            ("headers", Value::Object(members)) => headers(&mut command, members, &place),
            ("headers", Value::List(pairs)) => {
                headers(&mut command, pairs.into_iter().filter_map(pair).collect(), &place)
            }
            ("headers", Value::Unknown(source)) => command.lose("headers", &source, &place),
            ("body", Value::Text(word)) => match &word.hole {
                None => command.body = Some(Body::Text(word.text)),
                Some(hole) => lose_body(&mut command, hole, &place),
            },
            ("body", Value::Unknown(source)) => lose_body(&mut command, &source, &place),
            ("...", Value::Unknown(source)) => command.lose("headers", &source, &place),
            _ => {}
        }
    }
    Ok(command)
}

fn lose_body(command: &mut Command, hole: &str, place: &str) {
    command.lose("request body", hole, place);
    command.body = Some(Body::Lost);
}

fn pair(value: Value) -> Option<(String, Value)> {
    let Value::List(items) = value else { return None };
    let mut items = items.into_iter();
    match (items.next(), items.next()) {
        (Some(Value::Text(name)), Some(value)) => Some((name.text, value)),
        _ => None,
    }
}

fn headers(command: &mut Command, members: Vec<(String, Value)>, place: &str) {
    for (name, value) in members {
        match value {
            Value::Text(word) => command.header(&name, &word, place),
            Value::Number(text) | Value::Word(text) => command.headers.push((name, text)),
            Value::Unknown(source) if name == "..." => command.lose("headers", &source, place),
            Value::Unknown(source) => command.lose(&format!("header {name}"), &source, place),
            Value::Object(_) | Value::List(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
