//! PowerShell's `Invoke-WebRequest` and `Invoke-RestMethod`, as browsers copy them and as people write them.

mod value;

use super::Capture;
use super::command::{Body, Command};
use super::cursor::Cursor;
use super::shell::Word;
use crate::error::{Error, ErrorKind, Result};
use crate::verdict::RequestSource;
use value::{Value, Variables, bare_name, blank, quoted, value};

const COMMANDS: [&str; 4] = ["invoke-webrequest", "invoke-restmethod", "iwr", "irm"];

/// HTTP/2's pseudo headers, which browsers copy without their colon.
const PSEUDO: [&str; 4] = ["authority", "method", "path", "scheme"];

/// Whether a text holds one of the commands.
pub(super) fn is_command(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, '(' | '=' | '|' | ';')).any(is_name)
}

fn is_name(word: &str) -> bool {
    word.len() < 20 && COMMANDS.contains(&word.to_ascii_lowercase().as_str())
}

/// Reads the commands of a text.
///
/// # Errors
/// A text or table that is never closed, with its place.
pub(super) fn read(file: &str, text: &str) -> Result<Capture> {
    let mut cursor = Cursor::new(file, text);
    let mut variables = Variables::new();
    let mut capture = Capture::default();
    while !cursor.is_done() {
        blank(&mut cursor, true);
        let name = bare_name(&mut cursor);
        if is_name(name) {
            let command = command(&mut cursor, &variables)?;
            let entry = Some(capture.requests.len());
            let source = RequestSource { file: file.to_owned(), entry, kind: "powershell" };
            capture.requests.push(command.request(source));
        } else if name.is_empty() && cursor.take("$") {
            let name = bare_name(&mut cursor).to_ascii_lowercase();
            blank(&mut cursor, false);
            let trial = cursor.clone();
            if cursor.take("=") {
                blank(&mut cursor, true);
                let mut ahead = cursor.clone();
                // `$answer = Invoke-RestMethod …` is the command all the same.
                if !is_name(bare_name(&mut ahead)) {
                    let value = value(&mut cursor, &variables, 0)?;
                    variables.insert(name, value);
                }
            } else {
                cursor = trial;
                rest_of_statement(&mut cursor, &variables)?;
            }
        } else if name.is_empty() {
            if let Some(quote @ ('"' | '\'')) = cursor.peek() {
                quoted(&mut cursor, quote, &variables)?;
            } else {
                cursor.next();
            }
        }
    }
    if capture.requests.is_empty() {
        return Err(
            Error::new(ErrorKind::Capture, "there is no `Invoke-WebRequest` and no `Invoke-RestMethod`").in_file(file)
        );
    }
    Ok(capture)
}

/// The parameters of a command, up to the end of its statement.
fn command(cursor: &mut Cursor<'_>, variables: &Variables) -> Result<Command> {
    let mut command = Command::default();
    let place = format!("line {}", cursor.line_number(cursor.at()));
    loop {
        blank(cursor, false);
        match cursor.peek() {
            None | Some('\n' | ';' | '|' | ')' | '}') => return Ok(command),
            Some('-') => {
                cursor.next();
                let name = bare_name(cursor).to_ascii_lowercase();
                cursor.take(":");
                blank(cursor, false);
                if is_switch(&name) {
                    continue;
                }
                let value = value(cursor, variables, 0)?;
                parameter(&mut command, &name, value, &place);
            }
            Some('@') if !cursor.looks_at("@{") && !cursor.looks_at("@'") && !cursor.looks_at("@\"") => {
                // `@parameters`: a table of them.
                cursor.next();
                let name = bare_name(cursor).to_ascii_lowercase();
                match variables.get(&name) {
                    Some(Value::Table(members)) => {
                        for (name, value) in members.clone() {
                            parameter(&mut command, &name.to_ascii_lowercase(), value, &place);
                        }
                    }
                    _ => command.lose("headers and body", &format!("@{name}"), &place),
                }
            }
            Some(_) => {
                let value = value(cursor, variables, 0)?;
                parameter(&mut command, "uri", value, &place);
            }
        }
    }
}

fn is_switch(name: &str) -> bool {
    matches!(
        name,
        "usebasicparsing"
            | "disablekeepalive"
            | "skipcertificatecheck"
            | "skiphttperrorcheck"
            | "verbose"
            | "passthru"
            | "skipheadervalidation"
            | "allowunencryptedauthentication"
            | "usedefaultcredentials"
            | "debug"
    )
}

fn parameter(command: &mut Command, name: &str, value: Value, place: &str) {
    match (name, value) {
        ("uri", Value::Text(word)) if command.url.is_empty() => word.before_hole().clone_into(&mut command.url),
        ("method" | "custommethod", Value::Text(word)) => command.method = Some(word.text),
        ("contenttype", Value::Text(word)) => command.header("Content-Type", &word, place),
        ("useragent", Value::Text(word)) => command.header("User-Agent", &word, place),
        ("headers", Value::Table(members)) => {
            for (name, value) in members.into_iter().filter(|(name, _)| !PSEUDO.contains(&name.as_str())) {
                match value {
                    Value::Text(word) => command.header(&name, &word, place),
                    Value::Unknown(source) => command.lose(&format!("header {name}"), &source, place),
                    Value::Table(_) | Value::List(_) => {}
                }
            }
        }
        ("headers", Value::Unknown(source)) => command.lose("headers", &source, place),
        ("headers", Value::Text(_) | Value::List(_)) => command.lose("headers", "-Headers", place),
        ("token", Value::Text(word)) => {
            let mut bearer = Word { text: "Bearer ".to_owned(), ..Word::default() };
            bearer.push(&word);
            command.header("Authorization", &bearer, place);
        }
        ("token", _) => command.lose("header Authorization", "-Token", place),
        ("body", Value::Text(word)) => match &word.hole {
            None => command.body = Some(Body::Text(word.text)),
            Some(hole) => lose_body(command, hole, place),
        },
        // A table is sent as a form.
        ("body", Value::Table(_)) => command.body = Some(Body::Form),
        ("body", Value::Unknown(source)) => lose_body(command, &source, place),
        ("body", Value::List(_)) => lose_body(command, "-Body", place),
        ("infile", _) => lose_body(command, "-InFile", place),
        ("form", _) => command.body = Some(Body::Form),
        _ => {}
    }
}

fn lose_body(command: &mut Command, hole: &str, place: &str) {
    command.lose("request body", hole, place);
    command.body = Some(Body::Lost);
}

/// Goes to the end of a statement that is of no concern.
fn rest_of_statement(cursor: &mut Cursor<'_>, variables: &Variables) -> Result<()> {
    loop {
        match cursor.peek() {
            None | Some('\n' | ';') => return Ok(()),
            Some(quote @ ('"' | '\'')) => {
                quoted(cursor, quote, variables)?;
            }
            Some(_) => {
                cursor.next();
            }
        }
    }
}

#[cfg(test)]
mod tests;
