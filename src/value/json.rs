//! JSON in and out, by the rules of `$util.parseJson` and `$util.toJson`.

use std::rc::Rc;

use super::java::{self, MAX_DEPTH, MAX_TEXT};
use super::{Entries, Key, Map, MapKind, Object, Value};

/// A value from JSON: Integer or Long by size, Double for fractions, BigInteger where neither holds it.
pub fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(number) => from_number(number),
        serde_json::Value::String(text) => Value::str(text),
        serde_json::Value::Array(items) => Value::list(items.iter().map(from_json).collect()),
        serde_json::Value::Object(members) => {
            let entries: Entries = members.iter().map(|(k, v)| (Key(Value::str(k)), from_json(v))).collect();
            Value::Map(Map::of(MapKind::LinkedHashMap, entries))
        }
    }
}

fn from_number(number: &serde_json::Number) -> Value {
    if let Some(long) = number.as_i64() {
        return i32::try_from(long).map_or(Value::Long(long), Value::Int);
    }
    if let Some(unsigned) = number.as_u64() {
        return Value::Big(Rc::new(unsigned.into()));
    }
    Value::Double(number.as_f64().unwrap_or(f64::NAN))
}

/// The value as JSON data, as a Lambda that gets the whole context receives it: nothing is left out. Keys become text, views become arrays; doubles that JSON cannot hold become null.
pub fn to_json_value(value: &Value) -> serde_json::Value {
    to_json_at(value, 0)
}

fn to_json_at(value: &Value, depth: u32) -> serde_json::Value {
    use serde_json::Value as Json;
    if depth > MAX_DEPTH {
        return Json::Null;
    }
    let array = |items: &[Value]| Json::Array(items.iter().map(|v| to_json_at(v, depth + 1)).collect());
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(n) => Json::from(*n),
        Value::Long(n) => Json::from(*n),
        Value::Double(d) => serde_json::Number::from_f64(*d).map_or(Json::Null, Json::Number),
        Value::Big(n) => u64::try_from(&**n).map_or_else(|_| Json::from(java::as_f64(value)), Json::from),
        Value::Str(text) => Json::String(text.to_string()),
        Value::List(list) => array(&list.items()),
        Value::Map(map) => {
            Json::Object(map.entries().iter().map(|(k, v)| (java::to_string(&k.0), to_json_at(v, depth + 1))).collect())
        }
        Value::Object(object) => match &**object {
            Object::View(..) => array(&java::view_items(object)),
            Object::Entry { .. } => {
                let (key, item) = java::entry_parts(object);
                let mut member = serde_json::Map::new();
                member.insert(java::to_string(&key), to_json_at(&item, depth + 1));
                Json::Object(member)
            }
            _ => Json::String(java::to_string(value)),
        },
    }
}

/// `$util.toJson`: compact, keys in map order, non-ASCII as it is, doubles as Java prints them; the selection set of
/// `$ctx.info` is left out.
pub fn to_json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

/// Appends `$util.toJson(value)`.
pub fn write_json(value: &Value, out: &mut String) {
    write_at(value, out, 0);
}

fn write_at(value: &Value, out: &mut String, depth: u32) {
    if depth > MAX_DEPTH || out.len() > MAX_TEXT {
        out.push_str("null");
        return;
    }
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Long(_) | Value::Double(_) | Value::Big(_) => {
            java::write_to(value, out);
        }
        Value::Str(text) => write_string(text, out),
        Value::List(list) => write_array(&list.items(), out, depth),
        Value::Map(map) => {
            out.push('{');
            let entries = map.entries();
            let written = entries.iter().filter(|(key, _)| map.kind != MapKind::Info || is_serialized(key));
            for (index, (key, item)) in written.enumerate() {
                if index > 0 {
                    out.push(',');
                }
                match &key.0 {
                    Value::Str(text) => write_string(text, out),
                    other => write_string(&java::to_string(other), out),
                }
                out.push(':');
                write_at(item, out, depth + 1);
            }
            out.push('}');
        }
        Value::Object(object) => match &**object {
            Object::View(..) => write_array(&java::view_items(object), out, depth),
            Object::Entry { .. } => {
                let (key, item) = java::entry_parts(object);
                out.push('{');
                write_string(&java::to_string(&key), out);
                out.push(':');
                write_at(&item, out, depth + 1);
                out.push('}');
            }
            _ => write_string(&java::to_string(value), out),
        },
    }
}

/// Whether `$util.toJson` prints a member of `$ctx.info`. Its selection set is left out, as documented for the info by
/// itself. Unverified: also where the info is a part of another value, as in `$util.toJson($ctx)`.
fn is_serialized(key: &Key) -> bool {
    !matches!(key.0.as_str(), Some("selectionSetList" | "selectionSetGraphQL"))
}

fn write_array(items: &[Value], out: &mut String, depth: u32) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_at(item, out, depth + 1);
    }
    out.push(']');
}

/// Appends a JSON string literal: `"`, `\` and control characters escaped, nothing else.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (index, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(text.get(plain..index).unwrap_or(""));
        if escape.is_empty() {
            out.push_str(&format!("\\u{byte:04X}"));
        } else {
            out.push_str(escape);
        }
        plain = index + 1;
    }
    out.push_str(text.get(plain..).unwrap_or(""));
    out.push('"');
}
