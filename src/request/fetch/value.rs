//! Values of JavaScript, as far as they are written out.

use serde_json::{Map, Value as Json};

use super::super::cursor::{Cursor, DEEPEST};
use super::super::shell::{Units, Word, hex};
use crate::error::{Error, Result};

/// A value as the program writes it.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A text, perhaps with a hole in it.
    Text(Word),
    Object(Vec<(String, Value)>),
    List(Vec<Value>),
    Number(String),
    /// `null`, `true`, `undefined` …
    Word(String),
    /// What only running the program would tell: a variable, a call.
    Unknown(String),
}

/// Goes past blanks and comments.
pub(super) fn blank(cursor: &mut Cursor<'_>) -> Result<()> {
    loop {
        cursor.take_while(char::is_whitespace);
        let at = cursor.at();
        if cursor.take("//") {
            cursor.line();
        } else if cursor.take("/*") {
            let Some(end) = cursor.rest().find("*/") else { return Err(open(cursor, at, "/*")) };
            let comment = cursor.rest().get(..end + 2).unwrap_or("");
            cursor.take(comment);
        } else {
            return Ok(());
        }
    }
}

/// A value, as far as it stands in the text.
pub(super) fn value(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value> {
    blank(cursor)?;
    let at = cursor.at();
    if depth > DEEPEST {
        return Err(cursor.error(at, format!("nested more than {DEEPEST} levels deep")));
    }
    let mut value = match cursor.peek() {
        Some(quote @ ('"' | '\'' | '`')) => Value::Text(text(cursor, quote)?),
        Some('{') => Value::Object(object(cursor, depth)?),
        Some('[') => Value::List(list(cursor, depth, '[', ']')?),
        Some(c) if c.is_ascii_digit() || c == '-' => {
            let number = cursor.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
            Value::Number(number.to_owned())
        }
        Some(_) => word(cursor, depth)?,
        None => return Err(open(cursor, at, "fetch(")),
    };
    // `"Bearer " + token`, and what else may follow a value.
    loop {
        blank(cursor)?;
        let at = cursor.at();
        if !cursor.take("+") {
            break;
        }
        let next = self::value(cursor, depth + 1)?;
        value = joined(value, next, at);
    }
    match cursor.peek() {
        None | Some(',' | ')' | '}' | ']' | ';') => Ok(value),
        Some(_) => {
            rest_of_expression(cursor)?;
            Ok(Value::Unknown("…".to_owned()))
        }
    }
}

/// Texts that are added.
fn joined(left: Value, right: Value, at: usize) -> Value {
    let as_word = |value: Value| match value {
        Value::Text(word) => word,
        Value::Number(text) => Word { text, at, ..Word::default() },
        Value::Unknown(source) | Value::Word(source) => {
            let mut word = Word { at, ..Word::default() };
            word.push_hole(source);
            word
        }
        Value::Object(_) | Value::List(_) => {
            let mut word = Word { at, ..Word::default() };
            word.push_hole("…");
            word
        }
    };
    let mut word = as_word(left);
    word.push(&as_word(right));
    Value::Text(word)
}

/// A name: a constant, `JSON.stringify(…)`, `new Headers(…)`, or what is not known.
fn word(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value> {
    let name = name(cursor);
    if name == "new" || name == "await" || name == "async" {
        blank(cursor)?;
        return word_after(cursor, depth);
    }
    known_call(cursor, depth, name)
}

fn word_after(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value> {
    let name = name(cursor);
    known_call(cursor, depth, name)
}

fn name<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'))
}

fn known_call(cursor: &mut Cursor<'_>, depth: usize, name: &str) -> Result<Value> {
    blank(cursor)?;
    if !cursor.looks_at("(") {
        return Ok(match name {
            "null" | "true" | "false" | "undefined" => Value::Word(name.to_owned()),
            "" => {
                rest_of_expression(cursor)?;
                Value::Unknown("…".to_owned())
            }
            name => Value::Unknown(name.chars().take(40).collect()),
        });
    }
    let arguments = list(cursor, depth, '(', ')')?;
    let first = arguments.into_iter().next();
    Ok(match (name, first) {
        ("Headers", Some(first)) => first,
        ("JSON.stringify", Some(first)) => match to_json(&first) {
            Ok(json) => Value::Text(Word { text: json.to_string(), at: cursor.at(), ..Word::default() }),
            Err(unknown) => Value::Unknown(unknown),
        },
        (name, _) => Value::Unknown(format!("{}(…)", name.chars().take(40).collect::<String>())),
    })
}

/// A value as JSON; the first thing in it that is not known is the error.
fn to_json(value: &Value) -> Result<Json, String> {
    match value {
        Value::Text(Word { hole: Some(hole), .. }) | Value::Unknown(hole) => Err(hole.clone()),
        Value::Text(word) => Ok(Json::String(word.text.clone())),
        Value::Number(text) | Value::Word(text) => Ok(serde_json::from_str(text).unwrap_or_default()),
        Value::List(items) => items.iter().map(to_json).collect::<Result<_, _>>().map(Json::Array),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| Ok((name.clone(), to_json(value)?)));
            members.collect::<Result<Map<_, _>, _>>().map(Json::Object)
        }
    }
}

fn list(cursor: &mut Cursor<'_>, depth: usize, open_with: char, close: char) -> Result<Vec<Value>> {
    let start = cursor.at();
    cursor.next();
    let mut items = Vec::new();
    loop {
        blank(cursor)?;
        match cursor.peek() {
            None => return Err(open(cursor, start, &open_with.to_string())),
            Some(c) if c == close => {
                cursor.next();
                return Ok(items);
            }
            Some(',') => {
                cursor.next();
            }
            Some('}' | ')' | ']' | ';') => return Err(open(cursor, start, &open_with.to_string())),
            Some(_) => items.push(value(cursor, depth + 1)?),
        }
    }
}

fn object(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<(String, Value)>> {
    let start = cursor.at();
    cursor.next();
    let mut members = Vec::new();
    loop {
        blank(cursor)?;
        match cursor.peek() {
            None | Some(')' | ']' | ';') => return Err(open(cursor, start, "{")),
            Some('}') => {
                cursor.next();
                return Ok(members);
            }
            Some(',') => {
                cursor.next();
            }
            Some('.') if cursor.take("...") => members.push(("...".to_owned(), value(cursor, depth + 1)?)),
            Some('[') => {
                list(cursor, depth, '[', ']')?;
                after_key(cursor, depth)?;
            }
            Some(quote @ ('"' | '\'')) => {
                let key = text(cursor, quote)?.text;
                members.extend(after_key(cursor, depth)?.map(|value| (key, value)));
            }
            Some(_) => {
                let key = cursor.take_while(|c| c.is_alphanumeric() || c == '_' || c == '$').to_owned();
                if key.is_empty() {
                    return Err(cursor.error(cursor.at(), "a key of an object is expected here"));
                }
                // `{ token }` is a variable's value under its own name.
                let value = after_key(cursor, depth)?.unwrap_or_else(|| Value::Unknown(key.clone()));
                members.push((key, value));
            }
        }
    }
}

fn after_key(cursor: &mut Cursor<'_>, depth: usize) -> Result<Option<Value>> {
    blank(cursor)?;
    if cursor.take(":") { value(cursor, depth + 1).map(Some) } else { Ok(None) }
}

/// Goes to what ends an expression that is not understood.
fn rest_of_expression(cursor: &mut Cursor<'_>) -> Result<()> {
    let start = cursor.at();
    let mut depth = 0_usize;
    loop {
        match cursor.peek() {
            None => return Err(open(cursor, start, "fetch(")),
            Some(quote @ ('"' | '\'' | '`')) => {
                text(cursor, quote)?;
                continue;
            }
            Some('(' | '[' | '{') => depth += 1,
            Some(',' | ';') if depth == 0 => return Ok(()),
            Some(')' | ']' | '}') => {
                if depth == 0 {
                    return Ok(());
                }
                depth -= 1;
            }
            Some(_) => {}
        }
        cursor.next();
    }
}

/// A text in quotes. In one between backticks `${…}` is a hole.
fn text(cursor: &mut Cursor<'_>, quote: char) -> Result<Word> {
    let start = cursor.at();
    cursor.next();
    let mut word = Word { at: start, ..Word::default() };
    let mut units = Units::default();
    loop {
        let at = cursor.at();
        let Some(c) = cursor.next() else { return Err(open(cursor, start, &quote.to_string())) };
        if c != '\\' {
            units.end(&mut word.text);
        }
        match c {
            c if c == quote => return Ok(word),
            '\n' if quote != '`' => return Err(open(cursor, start, &quote.to_string())),
            '$' if quote == '`' && cursor.looks_at("{") => {
                let inner = cursor.take_while(|c| c != '}');
                // Only a name is said: an expression may hold the secret itself.
                let is_name = |c: char| c.is_alphanumeric() || matches!(c, '{' | '_' | '.' | '$');
                let named = inner.chars().all(is_name) && inner.len() < 40;
                word.push_hole(if named { format!("${inner}}}") } else { "${…}".to_owned() });
                cursor.next();
            }
            '\\' => {
                let code = match cursor.next() {
                    Some('u') if cursor.take("{") => {
                        let code = hex(cursor, 6);
                        cursor.take("}");
                        code
                    }
                    Some('u') => hex(cursor, 4),
                    Some('x') => hex(cursor, 2),
                    Some('\r') if cursor.take("\n") => continue,
                    Some('\n') => continue,
                    Some(c) => Some(u32::from(match c {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'v' => '\u{b}',
                        '0' => '\0',
                        other => other,
                    })),
                    None => None,
                };
                match code {
                    Some(code) => units.push(code, &mut word.text),
                    None => {
                        return Err(cursor
                            .error(at, "an escape that is none")
                            .help("the text was cut off: copy it again"));
                    }
                }
            }
            c => word.text.push(c),
        }
    }
}

fn open(cursor: &Cursor<'_>, start: usize, what: &str) -> Error {
    cursor.error(start, format!("`{what}` is never closed")).help("the call was cut off: copy it again")
}
