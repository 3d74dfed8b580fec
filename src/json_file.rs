//! JSON that people hand in as files: read as data, with errors that say where the text breaks off and inside what.
//!
//! Knows JSON only, no captures, tokens or APIs.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use strsim::levenshtein;

use crate::error::{Error, ErrorKind, Result};

/// Parses a file's text as JSON. A leading byte order mark is ignored.
///
/// # Errors
///
/// `kind` with line and column; an empty file and a file that ends in the middle of something say so.
pub fn parse(kind: ErrorKind, file: &str, text: &str) -> Result<Json> {
    parse_as(kind, file, text)
}

/// As [`parse`], into a type of our own.
///
/// # Errors
///
/// As [`parse`]; a member or a value that does not fit has its line and column too.
pub fn parse_as<T: DeserializeOwned>(kind: ErrorKind, file: &str, text: &str) -> Result<T> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Error::new(kind, "the file is empty").in_file(file));
    }
    serde_json::from_str(text).map_err(|error| explain(kind, file, text, &error))
}

/// An error of serde in our words, with its place.
pub(crate) fn explain(kind: ErrorKind, file: &str, text: &str, error: &serde_json::Error) -> Error {
    let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    // serde_json counts bytes; a place counts characters.
    let before = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or("");
    let before = before.get(..error.column()).unwrap_or(before);
    let (line, column) = (place(error.line()), place(before.chars().count()).max(1));
    if error.is_eof() {
        return Error::new(kind, format!("the file ends in the middle of {}", open_at_end(text)))
            .at(file, line, column)
            .help("the file was cut off: export or copy it again");
    }
    // serde_json ends its messages with the place, which the error has of its own.
    let whole = error.to_string();
    let message = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(before, _)| before);
    if let Some((name, message, help)) = unknown_name(message) {
        let start = before.rfind(&format!("\"{name}\"")).and_then(|at| before.get(..at));
        let column = start.map_or(column, |start| place(start.chars().count() + 1));
        return Error::new(kind, message).at(file, line, column).help(help).caused_by(whole);
    }
    let message = if error.is_syntax() { format!("not JSON: {message}") } else { message.to_owned() };
    Error::new(kind, message).at(file, line, column).caused_by(whole)
}

/// Name, message and help for serde's "unknown field `x`, expected one of `a`, `b`", which lists what would fit.
pub(crate) fn unknown_name(message: &str) -> Option<(&str, String, String)> {
    let (what, rest) = [("key", "unknown field `"), ("value", "unknown variant `")]
        .into_iter()
        .find_map(|(what, start)| Some((what, message.strip_prefix(start)?)))?;
    let (name, expected) = rest.split_once('`')?;
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let help = match nearest(name, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: `{}`", known.join("`, `")),
    };
    Some((name, format!("unknown {what} `{name}`"), help))
}

enum Open {
    Object { key: String },
    Array { index: usize },
}

/// What is still open where the text ends: "the string `log.entries[3].request.url`".
fn open_at_end(text: &str) -> String {
    let mut stack: Vec<Open> = Vec::new();
    let mut chars = text.chars();
    let mut last_string = String::new();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                last_string.clear();
                in_string = true;
                while let Some(inner) = chars.next() {
                    match inner {
                        '"' => {
                            in_string = false;
                            break;
                        }
                        '\\' => last_string.extend(chars.next()),
                        other => last_string.push(other),
                    }
                }
            }
            '{' => stack.push(Open::Object { key: String::new() }),
            '[' => stack.push(Open::Array { index: 0 }),
            '}' | ']' => {
                stack.pop();
            }
            ':' => {
                if let Some(Open::Object { key }) = stack.last_mut() {
                    key.clone_from(&last_string);
                }
            }
            ',' => match stack.last_mut() {
                Some(Open::Array { index }) => *index += 1,
                Some(Open::Object { key }) => key.clear(),
                None => {}
            },
            _ => {}
        }
    }
    let mut path = String::new();
    for open in &stack {
        match open {
            Open::Object { key } if !key.is_empty() => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Open::Object { .. } => {}
            Open::Array { index } => path.push_str(&format!("[{index}]")),
        }
    }
    let what = match stack.last() {
        _ if in_string => "a string",
        Some(Open::Object { key }) if !key.is_empty() => "a value",
        Some(Open::Object { .. }) => "an object",
        Some(Open::Array { .. }) => "a list",
        None => "a value",
    };
    if path.is_empty() { what.to_owned() } else { format!("{what}, at `{path}`") }
}

/// What a JSON value is, in words for messages: "an object with the keys `a`, `b`", "a list of 3" …
pub fn describe(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(_) => "a boolean".to_owned(),
        Json::Number(_) => "a number".to_owned(),
        Json::String(_) => "a string".to_owned(),
        Json::Array(items) => format!("a list of {}", items.len()),
        Json::Object(members) if members.is_empty() => "an empty object".to_owned(),
        Json::Object(members) => {
            let mut keys: Vec<String> = members.keys().take(5).map(|key| format!("`{key}`")).collect();
            if members.len() > keys.len() {
                keys.push("…".to_owned());
            }
            format!("an object with the keys {}", keys.join(", "))
        }
    }
}

/// The key nearest to a misspelled one, when one is near enough to be meant.
pub fn nearest<'a>(word: &str, keys: &[&'a str]) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let near = keys.iter().map(|key| (levenshtein(&lower, &key.to_lowercase()), *key)).min_by_key(|(d, _)| *d)?;
    (near.0 <= 1 + word.chars().count() / 3).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_file_says_inside_what_it_ends() {
        let cases = [
            (r#"{"log":{"entries":[{"a":1},{"request":{"url":"https://x"#, "a string, at `log.entries[1].request.url`"),
            (r#"{"log":{"entries":["#, "a list, at `log.entries[0]`"),
            (r#"{"log":{"version":"1.2","#, "an object, at `log`"),
            (r#"{"log":"#, "a value, at `log`"),
            ("{", "an object"),
        ];
        for (text, expected) in cases {
            let error = parse(ErrorKind::Capture, "a.har", text).unwrap_err();
            assert_eq!(error.message(), format!("the file ends in the middle of {expected}"), "{text}");
            assert_eq!(error.place().unwrap().line, 1);
            assert!(error.help_text().is_some());
        }
    }

    #[test]
    fn errors_have_line_and_column() {
        let error = parse(ErrorKind::Data, "x.json", "{\n  \"a\": tru,\n}").unwrap_err();
        assert_eq!(error.to_string(), "x.json:2:11: not JSON: expected ident");
        assert_eq!(parse(ErrorKind::Data, "x.json", " \n").unwrap_err().message(), "the file is empty");
        assert!(parse(ErrorKind::Data, "x.json", "\u{feff}{}").is_ok());
    }

    #[test]
    fn the_nearest_key_is_offered_only_when_near() {
        let keys = ["claims", "userArn", "resolverContext"];
        assert_eq!(nearest("claim", &keys), Some("claims"));
        assert_eq!(nearest("userARN", &keys), Some("userArn"));
        assert_eq!(nearest("resolvercontex", &keys), Some("resolverContext"));
        assert_eq!(nearest("zzz", &keys), None);
    }
}
