//! PowerShell's `Invoke-WebRequest` and `Invoke-RestMethod`, as browsers copy them and as people write them.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::Capture;
use super::command::{Body, Command};
use super::cursor::{Cursor, DEEPEST};
use super::shell::{Word, hex};
use crate::error::{Error, ErrorKind, Result};
use crate::verdict::RequestSource;

const COMMANDS: [&str; 4] = ["invoke-webrequest", "invoke-restmethod", "iwr", "irm"];

/// HTTP/2's pseudo headers, which browsers copy without their colon.
const PSEUDO: [&str; 4] = ["authority", "method", "path", "scheme"];

/// A value of an expression.
#[derive(Debug, Clone)]
enum Value {
    Text(Word),
    Table(Vec<(String, Value)>),
    List(Vec<Value>),
    /// What only running it would tell.
    Unknown(String),
}

type Variables = HashMap<String, Value>;

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

/// Goes past blanks, comments and backticks at line ends; with `lines` past line ends too.
fn blank(cursor: &mut Cursor<'_>, lines: bool) {
    loop {
        cursor.take_while(|c| c != '\n' && c.is_whitespace() || lines && (c == '\n' || c == ';'));
        if cursor.take("`\n") || cursor.take("`\r\n") {
            continue;
        }
        if cursor.take("<#") {
            let length = cursor.rest().find("#>").map_or(cursor.rest().len(), |at| at + 2);
            let comment = cursor.rest().get(..length).unwrap_or("");
            cursor.take(comment);
        } else if cursor.looks_at("#") {
            cursor.take_while(|c| c != '\n');
        } else {
            return;
        }
    }
}

fn bare_name<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let mut first = true;
    cursor.take_while(|c| {
        let fits = c.is_alphanumeric() || c == '_' || (c == '-' && !first) || (c == '.' && !first);
        first = false;
        fits
    })
}

/// An expression: texts, tables, lists, variables, parentheses, `… | ConvertTo-Json`.
fn value(cursor: &mut Cursor<'_>, variables: &Variables, depth: usize) -> Result<Value> {
    let at = cursor.at();
    if depth > DEEPEST {
        return Err(cursor.error(at, format!("nested more than {DEEPEST} levels deep")));
    }
    let mut found = match cursor.peek() {
        Some(quote @ ('"' | '\'')) => Value::Text(quoted(cursor, quote, variables)?),
        Some('@') if cursor.looks_at("@'") || cursor.looks_at("@\"") => Value::Text(here(cursor, variables)?),
        Some('@') if cursor.looks_at("@{") => table(cursor, variables, depth)?,
        Some('@') if cursor.looks_at("@(") => {
            cursor.next();
            list(cursor, variables, depth)?
        }
        Some('(') => match list(cursor, variables, depth)? {
            Value::List(mut items) if items.len() == 1 => items.pop().unwrap_or(Value::List(Vec::new())),
            // A command, whose output only running it would tell.
            _ => Value::Unknown("(…)".to_owned()),
        },
        Some('[') => {
            // `[ordered]@{…}`, `[char]0x21`
            cursor.take_while(|c| c != ']' && c != '\n');
            cursor.take("]");
            return value(cursor, variables, depth + 1);
        }
        Some('$') => {
            cursor.next();
            if cursor.looks_at("(") {
                list(cursor, variables, depth)?;
                Value::Unknown("$(…)".to_owned())
            } else {
                let name = variable_name(cursor);
                let known = variables.get(&name.to_ascii_lowercase()).cloned();
                known.unwrap_or_else(|| Value::Unknown(format!("${name}")))
            }
        }
        _ => {
            let bare =
                cursor.take_while(|c| !c.is_whitespace() && !matches!(c, ';' | '|' | ')' | '}' | ',' | '"' | '\''));
            if bare.is_empty() {
                cursor.next();
            }
            Value::Text(Word { text: bare.to_owned(), at, ..Word::default() })
        }
    };
    // `"a" + $b`; `$table | ConvertTo-Json -Depth 5`
    loop {
        let before = cursor.clone();
        blank(cursor, false);
        if depth == 0 && !cursor.looks_at("+") {
            // A pipe behind a parameter's value is the command's, not the value's; behind a variable's it is his.
            if !cursor.looks_at("|") || !is_conversion(cursor) {
                *cursor = before;
                return Ok(found);
            }
        }
        if cursor.take("+") {
            blank(cursor, true);
            let next = value(cursor, variables, depth + 1)?;
            found = joined(found, next);
        } else if cursor.looks_at("|") && is_conversion(cursor) {
            cursor.take("|");
            blank(cursor, true);
            bare_name(cursor);
            loop {
                blank(cursor, false);
                if !cursor.take("-") {
                    break;
                }
                bare_name(cursor);
                blank(cursor, false);
                cursor.take_while(|c| c.is_ascii_digit());
            }
            found = match to_json(&found) {
                Ok(json) => Value::Text(Word { text: json.to_string(), at, ..Word::default() }),
                Err(unknown) => Value::Unknown(unknown),
            };
        } else {
            *cursor = before;
            return Ok(found);
        }
    }
}

fn is_conversion(cursor: &Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    ahead.take("|");
    blank(&mut ahead, true);
    bare_name(&mut ahead).eq_ignore_ascii_case("ConvertTo-Json")
}

fn joined(left: Value, right: Value) -> Value {
    let as_word = |value: Value| match value {
        Value::Text(word) => word,
        Value::Unknown(source) => {
            let mut word = Word::default();
            word.push_hole(source);
            word
        }
        Value::Table(_) | Value::List(_) => {
            let mut word = Word::default();
            word.push_hole("…");
            word
        }
    };
    let mut word = as_word(left);
    word.push(&as_word(right));
    Value::Text(word)
}

fn to_json(value: &Value) -> Result<Json, String> {
    match value {
        Value::Text(Word { hole: Some(hole), .. }) | Value::Unknown(hole) => match hole.to_ascii_lowercase().as_str() {
            "$null" => Ok(Json::Null),
            "$true" => Ok(Json::Bool(true)),
            "$false" => Ok(Json::Bool(false)),
            _ => Err(hole.clone()),
        },
        Value::Text(word) => Ok(Json::String(word.text.clone())),
        Value::List(items) => items.iter().map(to_json).collect::<Result<_, _>>().map(Json::Array),
        Value::Table(members) => {
            let members = members.iter().map(|(name, value)| Ok((name.clone(), to_json(value)?)));
            members.collect::<Result<Map<_, _>, _>>().map(Json::Object)
        }
    }
}

fn variable_name<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    if cursor.take("{") {
        let name = cursor.take_while(|c| c != '}' && c != '\n');
        cursor.take("}");
        return name;
    }
    cursor.take_while(|c| c.is_alphanumeric() || c == '_' || c == ':')
}

/// `@{ "name" = value; name = value }`
fn table(cursor: &mut Cursor<'_>, variables: &Variables, depth: usize) -> Result<Value> {
    let start = cursor.at();
    cursor.take("@{");
    let mut members = Vec::new();
    loop {
        blank(cursor, true);
        let name = match cursor.peek() {
            None => return Err(open(cursor, start, "@{")),
            Some('}') => {
                cursor.next();
                return Ok(Value::Table(members));
            }
            Some(quote @ ('"' | '\'')) => quoted(cursor, quote, variables)?.text,
            Some(_) => bare_name(cursor).to_owned(),
        };
        blank(cursor, false);
        if !cursor.take("=") {
            return Err(cursor.error(cursor.at(), "a table holds `name = value`, and no `=` stands here"));
        }
        blank(cursor, true);
        members.push((name, value(cursor, variables, depth + 1)?));
    }
}

/// What stands in parentheses, parted by commas.
fn list(cursor: &mut Cursor<'_>, variables: &Variables, depth: usize) -> Result<Value> {
    let start = cursor.at();
    cursor.take("(");
    let mut items = Vec::new();
    loop {
        blank(cursor, true);
        match cursor.peek() {
            None => return Err(open(cursor, start, "(")),
            Some(')') => {
                cursor.next();
                return Ok(Value::List(items));
            }
            Some(',' | '|' | '}') => {
                cursor.next();
            }
            Some(_) => items.push(value(cursor, variables, depth + 1)?),
        }
    }
}

/// A text in quotes. Between double ones a backtick escapes, and `$` begins what is filled in.
fn quoted(cursor: &mut Cursor<'_>, quote: char, variables: &Variables) -> Result<Word> {
    let start = cursor.at();
    cursor.next();
    let mut word = Word { at: start, ..Word::default() };
    loop {
        let Some(c) = cursor.next() else { return Err(open(cursor, start, &quote.to_string())) };
        match c {
            c if c == quote => {
                if cursor.peek() != Some(quote) {
                    return Ok(word);
                }
                cursor.next();
                word.text.push(quote);
            }
            '`' if quote == '"' => escape(cursor, &mut word),
            '$' if quote == '"' => filled(cursor, &mut word, variables)?,
            c => word.text.push(c),
        }
    }
}

/// `@'…'@` and `@"…"@`, which hold whole lines.
fn here(cursor: &mut Cursor<'_>, variables: &Variables) -> Result<Word> {
    let start = cursor.at();
    cursor.next();
    let quote = cursor.next().unwrap_or('"');
    cursor.line();
    let mut word = Word { at: start, ..Word::default() };
    let end = format!("{quote}@");
    loop {
        if cursor.take(&format!("\n{end}"))
            || cursor.take(&format!("\r\n{end}"))
            || (word.text.is_empty() && cursor.take(&end))
        {
            return Ok(word);
        }
        match cursor.next() {
            None => return Err(open(cursor, start, &format!("@{quote}"))),
            Some('`') if quote == '"' => escape(cursor, &mut word),
            Some('$') if quote == '"' => filled(cursor, &mut word, variables)?,
            Some(c) => word.text.push(c),
        }
    }
}

fn escape(cursor: &mut Cursor<'_>, word: &mut Word) {
    match cursor.next() {
        Some('n') => word.text.push('\n'),
        Some('r') => word.text.push('\r'),
        Some('t') => word.text.push('\t'),
        Some('0') => word.text.push('\0'),
        Some('\n') | None => {}
        Some(c) => word.text.push(c),
    }
}

/// `$name`, `$($name)`, and `$([char]0xe9)`, which is how browsers write what is not ASCII.
fn filled(cursor: &mut Cursor<'_>, word: &mut Word, variables: &Variables) -> Result<()> {
    if cursor.take("([char]0x") {
        let code = hex(cursor, 6);
        cursor.take(")");
        word.text.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
        return Ok(());
    }
    if cursor.looks_at("(") {
        match list(cursor, variables, 1)? {
            Value::List(items) => match items.as_slice() {
                [Value::Text(inner)] => word.push(inner),
                _ => word.push_hole("$(…)"),
            },
            _ => word.push_hole("$(…)"),
        }
        return Ok(());
    }
    let name = variable_name(cursor);
    match variables.get(&name.to_ascii_lowercase()) {
        _ if name.is_empty() => word.text.push('$'),
        Some(Value::Text(known)) => word.push(known),
        _ => word.push_hole(format!("${}", name.chars().take(40).collect::<String>())),
    }
    Ok(())
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

fn open(cursor: &Cursor<'_>, start: usize, what: &str) -> Error {
    cursor.error(start, format!("`{what}` is never closed")).help("the command was cut off: copy it again")
}

#[cfg(test)]
#[path = "powershell_tests.rs"]
mod tests;
