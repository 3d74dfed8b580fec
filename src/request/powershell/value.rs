//! Values of PowerShell: texts, tables, lists, variables.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::super::cursor::{Cursor, DEEPEST};
use super::super::shell::{Word, hex};
use crate::error::{Error, Result};

/// A value of an expression.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(Word),
    Table(Vec<(String, Value)>),
    List(Vec<Value>),
    /// What only running it would tell.
    Unknown(String),
}

/// What the text itself sets.
pub(super) type Variables = HashMap<String, Value>;

/// Goes past blanks, comments and backticks at line ends; with `lines` past line ends too.
pub(super) fn blank(cursor: &mut Cursor<'_>, lines: bool) {
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

/// A name that stands without quotes.
pub(super) fn bare_name<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let mut first = true;
    cursor.take_while(|c| {
        let fits = c.is_alphanumeric() || c == '_' || (c == '-' && !first) || (c == '.' && !first);
        first = false;
        fits
    })
}

/// An expression: texts, tables, lists, variables, parentheses, `… | ConvertTo-Json`.
pub(super) fn value(cursor: &mut Cursor<'_>, variables: &Variables, depth: usize) -> Result<Value> {
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
pub(super) fn quoted(cursor: &mut Cursor<'_>, quote: char, variables: &Variables) -> Result<Word> {
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

fn open(cursor: &Cursor<'_>, start: usize, what: &str) -> Error {
    cursor.error(start, format!("`{what}` is never closed")).help("the command was cut off: copy it again")
}
