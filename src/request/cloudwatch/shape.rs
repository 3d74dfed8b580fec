//! Which form an export has, told by its beginning.

use super::{lines, rows};

/// The form of an export, unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// JSON documents: what the AWS command line prints, subscription filters' envelopes, console exports.
    Json,
    /// CSV with a header row.
    Table,
    /// Messages one after another, perhaps with a time and a stream in front of each.
    Text,
}

/// Members of a document that hold events.
pub(super) const ENVELOPES: [&str; 4] = ["awslogs", "logEvents", "events", "results"];

/// Members of one of AppSync's own JSON messages.
const MESSAGE: [&str; 3] = ["logType", "mappingTemplateType", "graphQLAPIId"];

/// Members that only other captures have: a HAR, one request.
const OTHERS: [&str; 3] = ["log", "body", "query"];

/// The form of a text with this beginning, if it is a log at all.
pub(super) fn detect(prefix: &str) -> Option<Shape> {
    let start = prefix.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with(['{', '[']) {
        let keys = first_keys(start);
        let has = |names: &[&str]| keys.iter().any(|key| names.contains(key));
        let is_list = start.starts_with('[');
        if has(&OTHERS) {
            return None;
        }
        if has(&ENVELOPES) || (is_list && (has(&MESSAGE) || rows::has_message(&keys) || has(&["field"]))) {
            return Some(Shape::Json);
        }
        if !is_list && rows::has_message(&keys) && keys.iter().any(|key| key.ends_with("timestamp")) {
            return Some(Shape::Json);
        }
        if has(&MESSAGE) {
            return Some(Shape::Text);
        }
    } else if start.lines().next().is_some_and(rows::is_header) {
        return Some(Shape::Table);
    }
    start.lines().any(lines::is_of_appsync).then_some(Shape::Text)
}

/// The members of the first object of a JSON text, as far as the text goes; values are not looked into.
fn first_keys(text: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    let mut depth = 0_usize;
    let mut rest = text.find('{').and_then(|at| text.get(at..)).unwrap_or_default();
    while let Some(at) = rest.find(['"', '{', '[', '}', ']']) {
        let (found, after) = (rest.as_bytes().get(at), rest.get(at + 1..).unwrap_or_default());
        rest = after;
        match found {
            Some(b'"') => {
                let Some(end) = end_of_string(after) else { break };
                rest = after.get(end + 1..).unwrap_or_default();
                if depth == 1 && rest.trim_start().starts_with(':') {
                    keys.extend(after.get(..end));
                }
            }
            Some(b'{' | b'[') => depth += 1,
            _ => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
        }
    }
    keys
}

/// Where the string ends that the text begins inside of.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "2f1c6a52-8f0e-4b7c-9a53-0d3f5a1b2c3d";

    #[test]
    fn every_form_is_told_by_its_beginning() {
        let cases = [
            (r#"{"events":[{"timestamp":1,"message":"x"}]}"#.to_owned(), Some(Shape::Json)),
            (r#"{"owner":"1","logEvents":["#.to_owned(), Some(Shape::Json)),
            (r#"{"awslogs":{"data":"H4sI"}}"#.to_owned(), Some(Shape::Json)),
            (r#"{"statistics":{"x":[1]},"results":[["#.to_owned(), Some(Shape::Json)),
            (r#"[{"@timestamp":"2024","@message":{"logType":"#.to_owned(), Some(Shape::Json)),
            (r#"[[{"field":"@message","value":"x"}]]"#.to_owned(), Some(Shape::Json)),
            (r#"[{"logType":"Tracing"}]"#.to_owned(), Some(Shape::Json)),
            ("{\"timestamp\":1,\"message\":\"x\"}\n{\"timestamp\"".to_owned(), Some(Shape::Json)),
            ("@timestamp,@message\n1,x".to_owned(), Some(Shape::Table)),
            ("\u{feff}timestamp,message\r\n".to_owned(), Some(Shape::Table)),
            ("\"requestId\",\"logType\"\n".to_owned(), Some(Shape::Table)),
            (r#"{"logType":"RequestSummary","requestId":"x"}"#.to_owned(), Some(Shape::Text)),
            ("{\n  \"logType\": \"RequestSummary\"".to_owned(), Some(Shape::Text)),
            (format!("{ID} Begin Request"), Some(Shape::Text)),
            (format!("2024-05-01T10:00:00.123Z {ID} Begin Request"), Some(Shape::Text)),
            (format!("2024-05-01T10:00:00+00:00 [a/b] {ID} Begin Request"), Some(Shape::Text)),
            (format!("  getPost {{ id }}\n}}\n{ID} End Request"), Some(Shape::Text)),
            (r#"{"log":{"entries":[],"events":[]}}"#.to_owned(), None),
            (r#"{"body":{"query":"{a}"},"events":1}"#.to_owned(), None),
            (r#"{"query":"{a}"}"#.to_owned(), None),
            ("curl 'https://x/graphql'".to_owned(), None),
            ("POST /graphql HTTP/1.1\nmessage: x".to_owned(), None),
            ("hello, message".to_owned(), None),
            (String::new(), None),
        ];
        for (text, shape) in cases {
            assert_eq!(detect(&text), shape, "{text}");
        }
    }
}
