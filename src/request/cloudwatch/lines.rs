//! Raw text: what `aws logs tail` prints, what an export task writes to S3, what people copy out of the console.
//! A message may have several lines; a new one begins where a time, a request id or AppSync's JSON begins.

use std::io::{BufRead, BufReader, Read};

use super::message::leading_uuid;
use super::{LogEvent, Sink, count, time};
use crate::error::Result;

/// Bytes of one message that are kept. AppSync writes at most 1 MB a request.
const MESSAGE: usize = 4 * 1024 * 1024;

/// Bytes of one line that are looked at for its end before the input counts as garbage.
const ENDLESS: usize = 256 * 1024 * 1024;

/// Reads the messages; gives what was left out.
pub(super) fn read(input: impl Read, sink: &mut Sink<'_>) -> Result<Vec<String>> {
    let mut lines = Lines { input: BufReader::with_capacity(super::PREFIX, input), line: Vec::new(), number: 0 };
    let (mut open, mut skipped): (Option<LogEvent>, Vec<String>) = (None, Vec::new());
    let (mut strays, mut unreadable) = (0_usize, 0_usize);
    loop {
        match lines.next() {
            Ok(Ended::Line { whole }) => {
                let text = String::from_utf8_lossy(&lines.line);
                unreadable += usize::from(matches!(text, std::borrow::Cow::Owned(_)));
                if !whole {
                    skipped.push(format!("line {} is longer than 4 MB: the rest of it was skipped", lines.number));
                }
                match (begins(&text, open.as_ref()), &mut open) {
                    (Some(event), _) => {
                        if let Some(before) = open.replace(event) {
                            sink(before)?;
                        }
                    }
                    (None, Some(event)) if event.message.len() + text.len() < MESSAGE => {
                        event.message.push('\n');
                        event.message.push_str(&text);
                    }
                    (None, _) => strays += usize::from(!text.trim().is_empty()),
                }
            }
            Ok(Ended::Input) => break,
            Err(why) => {
                skipped.push(format!("the input breaks off behind line {}: {why}", lines.number));
                break;
            }
        }
    }
    if let Some(last) = open {
        sink(last)?;
    }
    if strays > 0 {
        skipped.push(count(strays, "line belongs", "lines belong") + " to no event");
    }
    if unreadable > 0 {
        skipped.push(count(unreadable, "line is", "lines are") + " not UTF-8: what is no text was replaced");
    }
    Ok(skipped)
}

/// The event that a line begins, when it does not go on with the one before it.
fn begins(line: &str, before: Option<&LogEvent>) -> Option<LogEvent> {
    if let Some((at_ms, rest)) = time::leading(line) {
        return Some(LogEvent { at_ms: Some(at_ms), message: without_stream(rest).to_owned() });
    }
    // JSON that was laid out over several lines; inside a document a brace goes on with it.
    let laid_out = line.trim_end() == "{" && !before.is_some_and(is_open_query);
    (is_message(line) || laid_out).then(|| LogEvent { at_ms: None, message: line.to_owned() })
}

/// Whether a message is a query line whose end is still to come.
fn is_open_query(event: &LogEvent) -> bool {
    event.message.contains("GraphQL Query:") && !event.message.contains(", Variables:")
}

/// Whether a text is the beginning of one of AppSync's messages.
fn is_message(text: &str) -> bool {
    leading_uuid(text).is_some()
        || (text.trim_start().starts_with('{')
            && ["\"logType\"", "\"mappingTemplateType\""].iter().any(|key| text.contains(key)))
}

/// `aws logs tail --format detailed` puts the stream's name between time and message.
fn without_stream(rest: &str) -> &str {
    if is_message(rest) {
        return rest;
    }
    match rest.split_once(' ') {
        Some((_, message)) if is_message(message) => message,
        _ => rest,
    }
}

/// Whether a line can only come from AppSync's log.
pub(super) fn is_of_appsync(line: &str) -> bool {
    const TEXTS: [&str; 8] = [
        "Begin Request",
        "GraphQL Query:",
        "Begin Execution",
        "End Field Execution",
        "Request Headers:",
        "Response Headers:",
        "Tokens Consumed:",
        "End Request",
    ];
    let line = time::leading(line).map_or(line, |(_, rest)| without_stream(rest));
    match leading_uuid(line).and_then(|id| line.get(id.len()..)) {
        Some(text) => TEXTS.iter().any(|known| text.trim_start().starts_with(known)) || is_message(text),
        None => is_message(line),
    }
}

/// Lines of bounded length.
struct Lines<R> {
    input: BufReader<R>,
    /// The line that was read, without its end.
    line: Vec<u8>,
    number: usize,
}

enum Ended {
    Line { whole: bool },
    Input,
}

impl<R: Read> Lines<R> {
    fn next(&mut self) -> std::io::Result<Ended> {
        self.line.clear();
        let limit = u64::try_from(MESSAGE).unwrap_or(u64::MAX);
        if self.input.by_ref().take(limit).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(Ended::Input);
        }
        self.number += 1;
        let mut whole = true;
        if self.line.len() == MESSAGE && !self.line.ends_with(b"\n") {
            whole = !self.skip_line()?;
        }
        while self.line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            self.line.pop();
        }
        Ok(Ended::Line { whole })
    }

    /// Skips to the end of the line; whether there was anything to skip.
    fn skip_line(&mut self) -> std::io::Result<bool> {
        let mut skipped = 0_usize;
        loop {
            let buffer = self.input.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(buffer.len(), |end| end + 1);
            let at_end = end.is_some() || taken == 0;
            self.input.consume(taken);
            skipped += taken;
            if at_end {
                return Ok(skipped > 1);
            }
            if skipped > ENDLESS {
                return Err(std::io::Error::other("a line of more than 256 MB"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "2f1c6a52-8f0e-4b7c-9a53-0d3f5a1b2c3d";

    fn events(text: &str) -> (Vec<(Option<i64>, String)>, Vec<String>) {
        let mut events = Vec::new();
        let skipped = read(text.as_bytes(), &mut |event| {
            events.push((event.at_ms, event.message));
            Ok(())
        });
        (events, skipped.unwrap())
    }

    #[test]
    fn messages_of_several_lines_stay_whole() {
        let text = format!(
            "cut off\n2024-05-01T10:00:00Z [s/1] {ID} GraphQL Query: query Q\n{{\n  a\n}}\n, Operation: Q, Variables: {{}}\r\n\
             2024-05-01T10:00:01Z {ID} End Request\n{{\n  \"logType\": \"RequestSummary\"\n}}\n"
        );
        let (events, skipped) = events(&text);
        assert_eq!(
            events,
            [
                (
                    Some(1_714_557_600_000),
                    format!("{ID} GraphQL Query: query Q\n{{\n  a\n}}\n, Operation: Q, Variables: {{}}")
                ),
                (Some(1_714_557_601_000), format!("{ID} End Request")),
                (None, "{\n  \"logType\": \"RequestSummary\"\n}".to_owned()),
            ]
        );
        assert_eq!(skipped, ["1 line belongs to no event"]);
    }

    #[test]
    fn a_line_without_end_is_kept_as_far_as_it_may_matter() {
        let text = format!("{ID} {}\n{ID} End Request\n", "x".repeat(MESSAGE + 10));
        let (events, skipped) = events(&text);
        assert_eq!((events[0].1.len(), events[1].1.as_str()), (MESSAGE, format!("{ID} End Request").as_str()));
        assert_eq!(skipped, ["line 1 is longer than 4 MB: the rest of it was skipped"]);
    }
}
