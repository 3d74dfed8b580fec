//! curl commands, as browsers copy them and as people write them, with the answers pasted below.

mod names;
mod options;
mod verbose;

use super::Capture;
use super::command;
use super::cursor::Cursor;
use super::shell::{Variables, Word, cmd, posix};
use crate::error::{Error, ErrorKind, Result};
use crate::verdict::RequestSource;
use options::commands;

/// Whether a text holds a curl command.
pub(super) fn is_command(text: &str) -> bool {
    text.lines().any(starts_command)
}

fn starts_command(line: &str) -> bool {
    let line = without_prompt(line);
    ["curl", "curl.exe"]
        .iter()
        .any(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '\t', '\\', '^', '\r', '`'])))
}

/// A line without the blanks and the shell's prompt before a command.
fn without_prompt(line: &str) -> &str {
    let line = line.trim_start();
    match line.split_once([' ', '\t']) {
        Some(("$" | "%" | ">" | "&&" | ";" | "&" | "time" | "PS>", rest)) => rest.trim_start(),
        _ => line,
    }
}

/// Reads the commands of a text.
///
/// # Errors
/// A quote that is never closed, with its place.
pub(super) fn read(file: &str, text: &str) -> Result<Capture> {
    let text = &*verbose::quiet(text);
    let mut cursor = Cursor::new(file, text);
    let windows = cmd::is_likely(text.get(text.find("curl").unwrap_or(0)..).unwrap_or(text));
    let mut variables = Variables::new();
    let mut capture = Capture::default();
    let mut skipped: Vec<u32> = Vec::new();
    while !cursor.is_done() {
        cursor.take_while(|c| c.is_whitespace() || c == ';' || c == '&');
        let at = cursor.at();
        let first = cursor.head();
        if cursor.is_done() {
            break;
        }
        if starts_command(first) {
            if first.trim_end().ends_with('`') && !windows {
                return Err(cursor
                    .error(at, "a curl command in PowerShell's quoting is not read")
                    .help("copy it as \"cURL (bash)\", as \"cURL (cmd)\" or as \"PowerShell\""));
            }
            cursor.take(first.get(..first.len() - without_prompt(first).len()).unwrap_or(""));
            let words = if windows { cmd::words(&mut cursor)? } else { posix::words(&mut cursor, &variables)? };
            // What it is piped into does not change what it sends.
            while cursor.take("|") {
                cursor.take("|");
                if windows {
                    cmd::words(&mut cursor)?
                } else {
                    posix::words(&mut cursor, &variables)?
                };
            }
            for command in commands(&cursor, &words) {
                let Some(command) = command else {
                    capture
                        .remarks
                        .push(format!("{file}: line {} is not read: the command has no URL", cursor.line_number(at)));
                    continue;
                };
                let source = RequestSource { file: file.to_owned(), entry: Some(capture.requests.len()), kind: "curl" };
                capture.requests.push(command.request(source));
            }
        } else if let (true, Some(request)) = (command::is_answer(first), capture.requests.last_mut()) {
            request.recorded = command::answer(&mut cursor, |next| starts_command(next.head()));
        } else if let (true, Some(request)) = (first.starts_with('{'), capture.requests.last_mut()) {
            let start = cursor.rest();
            let mut length = 0;
            while !cursor.is_done() && !starts_command(cursor.head()) {
                cursor.line();
                length = start.len() - cursor.rest().len();
            }
            request.recorded = start.get(..length).and_then(command::bare_answer);
            if request.recorded.is_none() {
                request.notes.push(
                    "the answer below the command has no status line and was not used: paste what `curl -i` prints"
                        .to_owned(),
                );
            }
        } else if let Some((name, value)) = assignment(&mut cursor, &variables, windows)? {
            variables.insert(name, value);
        } else {
            let line = cursor.line();
            if !line.trim_start().starts_with('#') {
                skipped.push(cursor.line_number(at));
            }
        }
    }
    if let Some(first) = skipped.first() {
        let lines = if skipped.len() == 1 {
            format!("line {first}")
        } else {
            format!("{} lines from line {first} on", skipped.len())
        };
        capture.remarks.push(format!("{file}: {lines} not read: neither a curl command nor its answer"));
    }
    if capture.requests.is_empty() {
        return Err(Error::new(ErrorKind::Capture, "there is no curl command with a URL")
            .in_file(file)
            .help("copy the whole command"));
    }
    Ok(capture)
}

/// `NAME=value` and `export NAME=value`, for the commands below it.
fn assignment(cursor: &mut Cursor<'_>, variables: &Variables, windows: bool) -> Result<Option<(String, Word)>> {
    if windows {
        return Ok(None);
    }
    let mut trial = cursor.clone();
    trial.take("export ");
    let name = trial.take_while(|c| c.is_ascii_alphanumeric() || c == '_').to_owned();
    if name.is_empty() || !trial.take("=") {
        return Ok(None);
    }
    let words = posix::words(&mut trial, variables)?;
    // A value in front of a command is for that command alone.
    let value = match words.as_slice() {
        [] => Word::default(),
        [value] => value.clone(),
        _ => return Ok(None),
    };
    *cursor = trial;
    Ok(Some((name, value)))
}

#[cfg(test)]
mod tests;
