//! `java.lang.String`: its public methods, and the static ones reachable through an instance.

use std::borrow::Cow;

use super::method::{Method, Outcome, class_cast, int, null_pointer, within_memory};
use super::regex::JavaRegex;
use super::{ListKind, Object, Text, Thrown, Value, format, java, list, utf16};
use crate::limits::Env;

/// What `String` has without parameters: see [`super::method::invoke`] on wrong numbers of arguments.
pub(super) const WITHOUT_PARAMETERS: &[Method] = &[
    Method::GetBytes,
    Method::Intern,
    Method::IsBlank,
    Method::IsEmpty,
    Method::Length,
    Method::Lines,
    Method::Strip,
    Method::StripLeading,
    Method::StripTrailing,
    Method::ToCharArray,
    Method::ToLowerCase,
    Method::ToUpperCase,
    Method::Trim,
];

/// Calls a method of `String`; `None` when these arguments fit none.
pub(super) fn invoke(text: &Text, method: Method, args: &[Value], env: &Env) -> Outcome {
    use Value::{Int, Null, Str};
    let this = || Value::Str(text.clone());
    Ok(Some(match (method, args) {
        (Method::Contains, [Str(part)]) => text.contains(&**part).into(),
        (Method::Contains, [Null]) => {
            return Err(null_pointer("Cannot invoke \"java.lang.CharSequence.toString()\" because \"s\" is null"));
        }
        (Method::Equals, [other]) => matches!(other, Str(other) if other == text).into(),
        (Method::Length, []) => int(utf16::length(text)),
        (Method::IsEmpty, []) => text.is_empty().into(),
        (Method::IsBlank, []) => text.chars().all(utf16::is_whitespace).into(),
        (Method::Intern, []) => this(),

        (Method::EqualsIgnoreCase, [Str(other)]) => utf16::equals_ignoring_case(text, other).into(),
        (Method::EqualsIgnoreCase, [Null]) => false.into(),
        (Method::ContentEquals, [Str(other)]) => (text == other).into(),
        (Method::ContentEquals, [Null]) => {
            return Err(null_pointer("Cannot invoke \"java.lang.CharSequence.length()\" because \"cs\" is null"));
        }
        (Method::CompareTo, [Str(other)]) => Int(utf16::compare(text, other)),
        (Method::CompareTo, [Null]) => {
            return Err(null_pointer("Cannot read field \"value\" because \"anotherString\" is null"));
        }
        (Method::CompareTo, [other]) => return Err(class_cast(other, "java.lang.String")),
        (Method::CompareToIgnoreCase, [Str(other)]) => Int(utf16::compare_ignoring_case(text, other)),
        (Method::CompareToIgnoreCase, [Null]) => {
            return Err(null_pointer("Cannot read field \"value\" because \"s2\" is null"));
        }
        (Method::Compare, [Str(a), Str(b)]) => Int(utf16::compare(a, b)),
        (Method::Compare, [Str(_) | Null, Str(_) | Null]) => return Err(null_pointer("")),

        (Method::StartsWith, [Str(prefix)]) => text.starts_with(&**prefix).into(),
        (Method::StartsWith, [Str(prefix), Int(from)]) => utf16::starts_with_at(text, prefix, *from).into(),
        (Method::StartsWith, [Null, Int(..0)]) => false.into(),
        (Method::StartsWith, [Null] | [Null, Int(_)]) => {
            return Err(null_pointer("Cannot invoke \"String.length()\" because \"prefix\" is null"));
        }
        (Method::EndsWith, [Str(suffix)]) => text.ends_with(&**suffix).into(),
        (Method::EndsWith, [Null]) => {
            return Err(null_pointer("Cannot invoke \"String.length()\" because \"suffix\" is null"));
        }
        (Method::RegionMatches, [Int(at), Str(other), Int(from), Int(count)]) => {
            utf16::region_matches(text, *at, other, *from, *count, false).into()
        }
        (Method::RegionMatches, [Value::Bool(ignore_case), Int(at), Str(other), Int(from), Int(count)]) => {
            utf16::region_matches(text, *at, other, *from, *count, *ignore_case).into()
        }
        (Method::RegionMatches, [Int(_), Null, Int(_), Int(_)] | [Value::Bool(_), Int(_), Null, Int(_), Int(_)]) => {
            return Err(null_pointer("Cannot read field \"value\" because \"other\" is null"));
        }

        (Method::IndexOf, [Null, Int(_)]) => {
            return Err(null_pointer("Cannot read field \"value\" because \"tgtStr\" is null"));
        }
        (Method::IndexOf, [what]) => return index_of(text, what, 0),
        (Method::IndexOf, [what, Int(from)]) => return index_of(text, what, *from),
        (Method::LastIndexOf, [what]) => return last_index_of(text, what, i32::MAX),
        (Method::LastIndexOf, [what, Int(from)]) => return last_index_of(text, what, *from),
        (Method::CharAt, [Int(index)]) => {
            let unit = usize::try_from(*index).ok().and_then(|i| utf16::unit_at(text, i));
            let unit = unit.ok_or_else(|| out_of_bounds(bad_char_index(text, *index)))?;
            Value::object(Object::Char(unit))
        }
        (Method::CodePointAt, [Int(index)]) => {
            let point = usize::try_from(*index).ok().and_then(|i| utf16::code_point_at(text, i));
            let point = point.ok_or_else(|| out_of_bounds(format!("index {index}, length {}", utf16::length(text))))?;
            Int(i32::try_from(point).unwrap_or(0))
        }
        (Method::CodePointBefore, [Int(index)]) => {
            let point = usize::try_from(*index).ok().and_then(|i| utf16::code_point_before(text, i));
            let point = point.ok_or_else(|| out_of_bounds(format!("String index out of range: {index}")))?;
            Int(i32::try_from(point).unwrap_or(0))
        }
        (Method::CodePointCount, [Int(begin), Int(end)]) => {
            let range = usize::try_from(*begin).ok().zip(usize::try_from(*end).ok());
            let count = range.and_then(|(begin, end)| utf16::code_point_count(text, begin, end));
            int(count.ok_or_else(|| Thrown::new("java.lang.IndexOutOfBoundsException", ""))?)
        }
        (Method::Substring | Method::SubSequence, [Int(begin), Int(end)]) => substring(text, *begin, *end)?.into(),
        (Method::Substring, [Int(begin)]) => {
            let end = i32::try_from(utf16::length(text)).unwrap_or(i32::MAX);
            substring(text, *begin, end)?.into()
        }

        (Method::Concat, [Str(other)]) => {
            within_memory(text.len() + other.len())?;
            [&**text, &**other].concat().into()
        }
        (Method::Concat, [Null]) => {
            return Err(null_pointer("Cannot invoke \"String.isEmpty()\" because \"str\" is null"));
        }
        (Method::Replace, [Str(target), Str(replacement)]) => {
            within_memory(
                text.len().saturating_add(text.matches(&**target).count().saturating_mul(replacement.len())),
            )?;
            text.replace(&**target, replacement).into()
        }
        (Method::Replace, [Null, Str(_) | Null]) => {
            return Err(null_pointer("Cannot invoke \"java.lang.CharSequence.toString()\" because \"target\" is null"));
        }
        (Method::Replace, [Str(_), Null]) => {
            return Err(null_pointer(
                "Cannot invoke \"java.lang.CharSequence.toString()\" because \"replacement\" is null",
            ));
        }
        (Method::Replace, [from, to]) => match (as_char(from), as_char(to)) {
            (Some(from), Some(to)) => utf16::replace_unit(text, from, to).into(),
            _ => return Ok(None),
        },
        (Method::Repeat, [Int(count)]) => repeat(text, *count)?.into(),
        (Method::Indent, [Int(count)]) => utf16::indent(text, *count).into(),
        (Method::ToUpperCase, []) => text.to_uppercase().into(),
        (Method::ToLowerCase, []) => text.to_lowercase().into(),
        (Method::ToUpperCase | Method::ToLowerCase, [Null]) => return Err(null_pointer("")),
        (Method::Trim, []) => text.trim_matches(|c: char| c <= ' ').into(),
        (Method::Strip, []) => text.trim_matches(utf16::is_whitespace).into(),
        (Method::StripLeading, []) => text.trim_start_matches(utf16::is_whitespace).into(),
        (Method::StripTrailing, []) => text.trim_end_matches(utf16::is_whitespace).into(),
        (Method::Lines, []) => stream(utf16::lines(text).into_iter().map(Value::str).collect()),

        (Method::ReplaceAll | Method::ReplaceFirst, [pattern, replacement]) => {
            return replace_matches(text, method, pattern, replacement, env);
        }
        (Method::Matches, [Str(pattern)]) => JavaRegex::compile(pattern, env)?.matches(text)?.into(),
        (Method::Matches, [Null]) => return Err(null_pattern()),
        (Method::Split, [Str(pattern)]) => split(text, pattern, 0, env)?,
        (Method::Split, [Str(pattern), Int(limit)]) => split(text, pattern, *limit, env)?,
        (Method::Split, [Null] | [Null, Int(_)]) => {
            return Err(null_pointer("Cannot invoke \"String.length()\" because \"regex\" is null"));
        }

        (Method::GetBytes, []) => Value::object(Object::Bytes(text.as_bytes().to_vec())),
        (Method::GetBytes, [Str(charset)]) => Value::object(Object::Bytes(bytes(text, charset)?)),
        (Method::ToCharArray, []) => {
            Value::array(text.encode_utf16().map(|unit| Value::object(Object::Char(unit))).collect())
        }
        (Method::Format, [Null, Str(pattern), rest @ ..]) => format::format(pattern, &spread(rest))?.into(),
        (Method::Format, [Str(pattern), rest @ ..]) => format::format(pattern, &spread(rest))?.into(),
        (Method::Format, [Null, ..]) => {
            return Err(null_pointer("Cannot invoke \"String.length()\" because \"s\" is null"));
        }
        (Method::Formatted, rest) => format::format(text, &spread(rest))?.into(),
        (Method::ValueOf, [value]) => java::to_string(value).into(),
        (Method::ValueOf, several) => {
            // `valueOf(char[])`, as Velocity packs it.
            match several.iter().map(as_char).collect::<Option<Vec<u16>>>() {
                Some(units) => String::from_utf16_lossy(&units).into(),
                None => return Ok(None),
            }
        }
        (Method::Join, [separator, rest @ ..]) => return join(separator, rest),
        _ => return Ok(None),
    }))
}

fn out_of_bounds(message: String) -> Thrown {
    Thrown::new("java.lang.StringIndexOutOfBoundsException", message)
}

/// Java 17 words it by how it stores the string: Latin-1 or UTF-16.
fn bad_char_index(text: &str, index: i32) -> String {
    if text.chars().all(|c| u32::from(c) < 0x100) {
        format!("String index out of range: {index}")
    } else {
        format!("index {index}, length {}", utf16::length(text))
    }
}

fn null_pattern() -> Thrown {
    null_pointer("Cannot invoke \"String.isEmpty()\" because \"this.pattern\" is null")
}

/// A stream stands as the iterator over its items.
pub(super) fn stream(items: Vec<Value>) -> Value {
    Value::object(Object::Iterator { items, next: 0.into() })
}

/// The code unit of a `Character`.
pub(super) fn as_char(value: &Value) -> Option<u16> {
    let Value::Object(object) = value else {
        return None;
    };
    match &**object {
        Object::Char(unit) => Some(*unit),
        _ => None,
    }
}

/// What arrives in an `Object...`: the items of a single array, else the arguments themselves.
fn spread(rest: &[Value]) -> Cow<'_, [Value]> {
    match rest {
        [Value::List(list)] if list.kind == ListKind::Array => Cow::Owned(list.items().clone()),
        _ => Cow::Borrowed(rest),
    }
}

fn substring(text: &str, begin: i32, end: i32) -> Result<String, Thrown> {
    let range = usize::try_from(begin).ok().zip(usize::try_from(end).ok()).filter(|(begin, end)| begin <= end);
    range
        .and_then(|(begin, end)| utf16::slice(text, begin, end))
        .ok_or_else(|| out_of_bounds(format!("begin {begin}, end {end}, length {}", utf16::length(text))))
}

fn index_of(text: &str, what: &Value, from: i32) -> Outcome {
    let start = usize::try_from(from).unwrap_or(0);
    Ok(Some(Value::Int(match what {
        Value::Str(part) => utf16::index_of(text, part, start),
        Value::Int(point) => code_point(*point).map_or(-1, |part| utf16::index_of(text, &part, start)),
        Value::Null => return Err(null_pointer("Cannot invoke \"String.coder()\" because \"str\" is null")),
        _ => return Ok(None),
    })))
}

fn last_index_of(text: &str, what: &Value, from: i32) -> Outcome {
    let start = usize::try_from(from).ok();
    Ok(Some(Value::Int(match what {
        Value::Str(part) => start.map_or(-1, |start| utf16::last_index_of(text, part, start)),
        Value::Int(point) => {
            code_point(*point).zip(start).map_or(-1, |(part, start)| utf16::last_index_of(text, &part, start))
        }
        Value::Null => return Err(null_pointer("Cannot read field \"value\" because \"tgtStr\" is null")),
        _ => return Ok(None),
    })))
}

fn code_point(point: i32) -> Option<String> {
    char::from_u32(u32::try_from(point).ok()?).map(String::from)
}

fn repeat(text: &str, count: i32) -> Result<String, Thrown> {
    let Ok(times) = usize::try_from(count) else {
        return Err(Thrown::new("java.lang.IllegalArgumentException", format!("count is negative: {count}")));
    };
    within_memory(text.len().saturating_mul(times))?;
    Ok(text.repeat(times))
}

fn replace_matches(text: &Text, method: Method, pattern: &Value, replacement: &Value, env: &Env) -> Outcome {
    let pattern = match pattern {
        Value::Str(pattern) => pattern,
        Value::Null if matches!(replacement, Value::Str(_) | Value::Null) => return Err(null_pattern()),
        _ => return Ok(None),
    };
    let regex = JavaRegex::compile(pattern, env);
    Ok(Some(Value::from(match (method, replacement) {
        (Method::ReplaceAll, Value::Str(replacement)) => regex?.replace_all(text, replacement)?,
        (_, Value::Str(replacement)) => regex?.replace_first(text, replacement)?,
        (Method::ReplaceAll, Value::Null) => {
            if regex?.find(text)? {
                return Err(null_pointer("Cannot invoke \"String.length()\" because \"replacement\" is null"));
            }
            return Ok(Some(Value::Str(text.clone())));
        }
        (_, Value::Null) => {
            regex?;
            return Err(null_pointer("replacement"));
        }
        _ => return Ok(None),
    })))
}

fn split(text: &str, pattern: &str, limit: i32, env: &Env) -> Result<Value, Thrown> {
    let parts = JavaRegex::compile(pattern, env)?.split(text, limit)?;
    Ok(Value::array(parts.into_iter().map(Value::str).collect()))
}

fn bytes(text: &str, charset: &str) -> Result<Vec<u8>, Thrown> {
    let narrow = |limit: u32| {
        let byte = |c: char| u8::try_from(u32::from(c)).ok().filter(|_| u32::from(c) < limit).unwrap_or(b'?');
        text.chars().map(byte).collect()
    };
    let wide = |big: bool| -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    Ok(match charset.to_ascii_uppercase().as_str() {
        "UTF-8" | "UTF8" => text.as_bytes().to_vec(),
        "US-ASCII" | "ASCII" => narrow(0x80),
        "ISO-8859-1" | "ISO8859_1" | "LATIN1" => narrow(0x100),
        "UTF-16BE" => wide(true),
        "UTF-16LE" => wide(false),
        "UTF-16" => [vec![0xfe, 0xff], wide(true)].concat(),
        _ => return Err(Thrown::new("java.io.UnsupportedEncodingException", charset)),
    })
}

/// `String.join(CharSequence, CharSequence...)` and `(CharSequence, Iterable)`.
fn join(separator: &Value, rest: &[Value]) -> Outcome {
    let items: Vec<Value> = match rest {
        // Null fits both overloads, and neither is more specific.
        [Value::Null] if matches!(separator, Value::Str(_) | Value::Null) => return Ok(None),
        [Value::List(list)] if list.kind == ListKind::Array => {
            // Arrays of strings are `String[]`, others `Object[]`, which do not fit.
            let items = list.items();
            if !items.iter().all(|item| matches!(item, Value::Str(_) | Value::Null)) {
                return Ok(None);
            }
            items.clone()
        }
        [collection] if list::is_collection(collection) => list::collection(collection).unwrap_or_default(),
        _ if rest.iter().all(|item| matches!(item, Value::Str(_) | Value::Null)) => rest.to_vec(),
        _ => return Ok(None),
    };
    let separator = match separator {
        Value::Str(separator) => separator,
        Value::Null if rest.first().is_some_and(list::is_collection) => return Err(null_pointer("")),
        Value::Null => {
            return Err(null_pointer(
                "Cannot invoke \"java.lang.CharSequence.toString()\" because \"delimiter\" is null",
            ));
        }
        _ => return Ok(None),
    };
    let mut out = String::new();
    for (index, item) in items.iter().enumerate() {
        within_memory(out.len())?;
        if index > 0 {
            out.push_str(separator);
        }
        match item {
            Value::Str(item) => out.push_str(item),
            Value::Null => out.push_str("null"),
            other => return Err(class_cast(other, "java.lang.CharSequence")),
        }
    }
    Ok(Some(out.into()))
}
