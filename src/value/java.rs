//! Java's rules: `equals`, `hashCode`, `toString`, class names, and Velocity's arithmetic and comparison.

use std::cmp::Ordering;
use std::fmt::Write;
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, Signed, ToPrimitive, Zero};

use super::{ListKind, MapKind, Object, Value, ViewKind};

/// How deep `toString`, `equals` and JSON follow nested values before they stop with `…`: a list that holds
/// itself would end the JVM with a stack overflow.
pub const MAX_DEPTH: u32 = 200;

/// Bytes after which a container is not printed further: far beyond what a response may hold, so that the run fails
/// anyway. A list that holds another twice, and that one a third twice .., prints as much as it pleases.
pub const MAX_TEXT: usize = 32 * 1024 * 1024;

/// `a.equals(b)`, and true for two nulls (as `Objects.equals`).
pub fn equals(a: &Value, b: &Value) -> bool {
    equals_at(a, b, 0)
}

fn equals_at(a: &Value, b: &Value, depth: u32) -> bool {
    use Value::{Big, Bool, Double, Int, List, Long, Map, Null, Object as Obj, Str};
    if depth > MAX_DEPTH {
        return false;
    }
    match (a, b) {
        (Null, Null) => true,
        (Bool(x), Bool(y)) => x == y,
        (Int(x), Int(y)) => x == y,
        (Long(x), Long(y)) => x == y,
        // Double.equals compares bits, except that all NaN are one.
        (Double(x), Double(y)) => x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan()),
        (Big(x), Big(y)) => x == y,
        (Str(x), Str(y)) => x == y,
        (List(x), List(y)) => {
            if Rc::ptr_eq(x, y) {
                return true;
            }
            if x.kind == ListKind::Array || y.kind == ListKind::Array {
                return false;
            }
            let (x, y) = (x.items(), y.items());
            x.len() == y.len() && x.iter().zip(y.iter()).all(|(p, q)| equals_at(p, q, depth + 1))
        }
        (Map(x), Map(y)) => {
            if Rc::ptr_eq(x, y) {
                return true;
            }
            let (x, y) = (x.entries(), y.entries());
            x.len() == y.len() && x.iter().all(|(k, v)| y.get(k).is_some_and(|w| equals_at(v, w, depth + 1)))
        }
        (Obj(x), Obj(y)) => Rc::ptr_eq(x, y) || objects_equal(x, y, depth),
        _ => false,
    }
}

fn objects_equal(a: &Object, b: &Object, depth: u32) -> bool {
    match (a, b) {
        (Object::Char(x), Object::Char(y)) => x == y,
        (Object::Class(x), Object::Class(y)) => x == y,
        (Object::Namespace(x), Object::Namespace(y)) => x == y,
        (Object::View(_, ViewKind::Values), _) | (_, Object::View(_, ViewKind::Values)) => false,
        (Object::View(..), Object::View(..)) => {
            let (x, y) = (view_items(a), view_items(b));
            x.len() == y.len() && x.iter().all(|p| y.iter().any(|q| equals_at(p, q, depth + 1)))
        }
        (Object::Entry { .. }, Object::Entry { .. }) => {
            let ((k, v), (l, w)) = (entry_parts(a), entry_parts(b));
            equals_at(&k, &l, depth + 1) && equals_at(&v, &w, depth + 1)
        }
        _ => false,
    }
}

/// The items of a view, in order; empty for anything else.
pub fn view_items(object: &Object) -> Vec<Value> {
    let Object::View(map, kind) = object else {
        return Vec::new();
    };
    let entries = map.entries();
    match kind {
        ViewKind::Keys => entries.keys().map(|key| key.0.clone()).collect(),
        ViewKind::Values => entries.values().cloned().collect(),
        ViewKind::Entries => entries
            .iter()
            .map(|(key, value)| {
                Value::object(Object::Entry { map: Rc::clone(map), key: key.0.clone(), seen: value.clone() })
            })
            .collect(),
    }
}

/// Key and present value of an entry; nulls for anything else.
pub fn entry_parts(object: &Object) -> (Value, Value) {
    let Object::Entry { map, key, seen } = object else {
        return (Value::Null, Value::Null);
    };
    (key.clone(), map.get(key).unwrap_or_else(|| seen.clone()))
}

/// `hashCode()`; 0 for null.
pub fn hash_code(value: &Value) -> i32 {
    hash_code_at(value, 0)
}

fn hash_code_at(value: &Value, depth: u32) -> i32 {
    if depth > MAX_DEPTH {
        return 0;
    }
    match value {
        Value::Null => 0,
        Value::Bool(b) => {
            if *b {
                1231
            } else {
                1237
            }
        }
        Value::Int(n) => *n,
        Value::Long(n) => fold_bits(n.cast_unsigned()),
        Value::Double(d) => fold_bits(if d.is_nan() { 0x7ff8_0000_0000_0000 } else { d.to_bits() }),
        Value::Big(n) => {
            let magnitude = n.magnitude().to_u32_digits();
            let hash = magnitude.iter().rev().fold(0i32, |h, d| h.wrapping_mul(31).wrapping_add(d.cast_signed()));
            if n.is_negative() { hash.wrapping_neg() } else { hash }
        }
        Value::Str(text) => string_hash(text),
        Value::List(list) => {
            list.items().iter().fold(1i32, |h, v| h.wrapping_mul(31).wrapping_add(hash_code_at(v, depth + 1)))
        }
        Value::Map(map) => map
            .entries()
            .iter()
            .fold(0i32, |h, (k, v)| h.wrapping_add(hash_code_at(&k.0, depth + 1) ^ hash_code_at(v, depth + 1))),
        Value::Object(object) => match &**object {
            Object::Char(unit) => i32::from(*unit),
            Object::Class(name) | Object::Namespace(name) => string_hash(name),
            Object::View(..) => view_items(object).iter().fold(0i32, |h, v| h.wrapping_add(hash_code_at(v, depth + 1))),
            Object::Entry { .. } => {
                let (k, v) = entry_parts(object);
                hash_code_at(&k, depth + 1) ^ hash_code_at(&v, depth + 1)
            }
            Object::Bytes(_) | Object::Iterator { .. } | Object::Loop(_) => 0x1b28_cdfa,
        },
    }
}

fn fold_bits(bits: u64) -> i32 {
    let folded = (bits ^ (bits >> 32)) & 0xffff_ffff;
    u32::try_from(folded).unwrap_or(0).cast_signed()
}

/// `String.hashCode()`, over UTF-16 code units.
pub fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |h, unit| h.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// The class a value says it is, as `.class.name` prints it.
pub fn class_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Int(_) => "java.lang.Integer",
        Value::Long(_) => "java.lang.Long",
        Value::Double(_) => "java.lang.Double",
        Value::Big(_) => "java.math.BigInteger",
        Value::Str(_) => "java.lang.String",
        Value::List(list) => match list.kind {
            ListKind::ArrayList => "java.util.ArrayList",
            ListKind::Array => "[Ljava.lang.String;",
        },
        Value::Map(map) => match map.kind {
            MapKind::LinkedHashMap | MapKind::Info => "java.util.LinkedHashMap",
            MapKind::Context => "com.amazonaws.deepdish.transform.model.MappingTemplateContext",
        },
        Value::Object(object) => match &**object {
            Object::Char(_) => "java.lang.Character",
            Object::View(_, ViewKind::Keys) => "java.util.LinkedHashMap$LinkedKeySet",
            Object::View(_, ViewKind::Values) => "java.util.LinkedHashMap$LinkedValues",
            Object::View(_, ViewKind::Entries) => "java.util.LinkedHashMap$LinkedEntrySet",
            Object::Entry { .. } => "java.util.LinkedHashMap$Entry",
            Object::Iterator { .. } => "java.util.ArrayList$Itr",
            Object::Bytes(_) => "[B",
            Object::Class(_) => "java.lang.Class",
            Object::Namespace(_) => "com.amazonaws.deepdish.transform.util.Util",
            Object::Loop(_) => "org.apache.velocity.runtime.directive.ForeachScope",
        },
    }
}

/// `String.valueOf(value)`.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write_to(value, &mut out);
    out
}

/// Appends `String.valueOf(value)`.
pub fn write_to(value: &Value, out: &mut String) {
    write_at(value, out, 0);
}

fn write_at(value: &Value, out: &mut String, depth: u32) {
    if depth > MAX_DEPTH || out.len() > MAX_TEXT {
        out.push('…');
        return;
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(n) => push_display(out, n),
        Value::Long(n) => push_display(out, n),
        Value::Double(d) => write_double(*d, out),
        Value::Big(n) => push_display(out, n),
        Value::Str(text) => out.push_str(text),
        Value::List(list) if list.kind == ListKind::Array => {
            out.push_str("[Ljava.lang.String;@");
            push_hex(out, std::ptr::from_ref(&**list) as usize);
        }
        Value::List(list) => write_items(value, &list.items(), out, depth),
        Value::Map(map) if map.kind == MapKind::Context => {
            out.push_str(class_name(value));
            out.push_str("@40ac0c18");
        }
        Value::Map(map) => {
            out.push('{');
            for (index, (key, item)) in map.entries().iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_member(value, &key.0, out, depth, "(this Map)");
                out.push('=');
                write_member(value, item, out, depth, "(this Map)");
            }
            out.push('}');
        }
        Value::Object(object) => match &**object {
            Object::Char(unit) => out.push(char::from_u32(u32::from(*unit)).unwrap_or('\u{fffd}')),
            Object::View(..) => write_items(value, &view_items(object), out, depth),
            Object::Entry { .. } => {
                let (key, item) = entry_parts(object);
                write_at(&key, out, depth + 1);
                out.push('=');
                write_at(&item, out, depth + 1);
            }
            // AppSync's base64Decode is documented as byte[], and seen to print as text.
            Object::Bytes(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
            Object::Class(name) => {
                out.push_str("class ");
                out.push_str(name);
            }
            Object::Iterator { .. } | Object::Namespace(_) | Object::Loop(_) => {
                out.push_str(class_name(value));
                out.push('@');
                push_hex(out, std::ptr::from_ref(&**object) as usize);
            }
        },
    }
}

fn write_items(whole: &Value, items: &[Value], out: &mut String, depth: u32) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_member(whole, item, out, depth, "(this Collection)");
    }
    out.push(']');
}

fn write_member(whole: &Value, item: &Value, out: &mut String, depth: u32, this: &str) {
    if !matches!(item, Value::Str(_)) && whole.same(item) {
        out.push_str(this);
    } else {
        write_at(item, out, depth + 1);
    }
}

fn push_display(out: &mut String, value: impl std::fmt::Display) {
    // Writing into a String cannot fail.
    let _ = write!(out, "{value}");
}

fn push_hex(out: &mut String, address: usize) {
    let _ = write!(out, "{:x}", (address >> 3) & 0x7fff_ffff);
}

/// `Double.toString`: shortest digits; plain from 10⁻³ up to 10⁷, else with an exponent; always a fraction.
pub fn write_double(value: f64, out: &mut String) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    } else if value == 0.0 {
        out.push_str(if value.is_sign_negative() { "-0.0" } else { "0.0" });
    } else if (1e-3..1e7).contains(&value.abs()) {
        let before = out.len();
        push_display(out, value);
        if !out.get(before..).unwrap_or("").contains('.') {
            out.push_str(".0");
        }
    } else {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        out.push_str(digits);
        if !digits.contains('.') {
            out.push_str(".0");
        }
        out.push('E');
        out.push_str(exponent);
    }
}

/// Velocity's `==`: numbers by value across types; the same class by `equals`; otherwise the `toString`s.
/// Two nulls are equal, one null is not.
pub fn loosely_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Str(x), Value::Str(y)) => x == y,
        _ if is_number(a) && is_number(b) => compare_numbers(a, b) == Some(Ordering::Equal),
        _ if class_name(a) == class_name(b) => equals(a, b),
        _ => to_string(a) == to_string(b),
    }
}

/// Whether it is a `java.lang.Number`.
pub fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Long(_) | Value::Double(_) | Value::Big(_))
}

/// The value as a double, when it is a number.
pub fn as_f64(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(f64::from(*n)),
        Value::Long(n) => n.to_f64(),
        Value::Double(d) => Some(*d),
        Value::Big(n) => n.to_f64(),
        _ => None,
    }
}

fn as_big(value: &Value) -> Option<BigInt> {
    match value {
        Value::Int(n) => Some(BigInt::from(*n)),
        Value::Long(n) => Some(BigInt::from(*n)),
        Value::Big(n) => Some((**n).clone()),
        Value::Double(d) => BigInt::from_f64(*d),
        _ => None,
    }
}

/// The value as a long, when it is an Integer or a Long.
pub fn as_i64(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) => Some(i64::from(*n)),
        Value::Long(n) => Some(*n),
        _ => None,
    }
}

/// Compares two numbers by value; `None` when either is not a number (or NaN).
pub fn compare_numbers(a: &Value, b: &Value) -> Option<Ordering> {
    if let (Some(x), Some(y)) = (as_i64(a), as_i64(b)) {
        return Some(x.cmp(&y));
    }
    if matches!(a, Value::Double(_)) || matches!(b, Value::Double(_)) {
        return as_f64(a)?.partial_cmp(&as_f64(b)?);
    }
    Some(as_big(a)?.cmp(&as_big(b)?))
}

/// The operators of `#set` and conditions that make numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

/// Velocity 1.7's arithmetic: null when an operand is no number, and for a division by zero. String
/// concatenation is the caller's, since a null operand contributes its source text.
pub fn arithmetic(operator: Arithmetic, a: &Value, b: &Value) -> Value {
    if !is_number(a) || !is_number(b) {
        return Value::Null;
    }
    if matches!(a, Value::Double(_)) || matches!(b, Value::Double(_)) {
        let (Some(x), Some(y)) = (as_f64(a), as_f64(b)) else {
            return Value::Null;
        };
        return match operator {
            Arithmetic::Add => Value::Double(x + y),
            Arithmetic::Subtract => Value::Double(x - y),
            Arithmetic::Multiply => Value::Double(x * y),
            Arithmetic::Divide | Arithmetic::Modulo if y == 0.0 => Value::Null,
            Arithmetic::Divide => Value::Double(x / y),
            Arithmetic::Modulo => Value::Double(x % y),
        };
    }
    let as_int = matches!((a, b), (Value::Int(_), Value::Int(_)));
    if let (Some(x), Some(y)) = (as_i64(a), as_i64(b)) {
        let result = match operator {
            Arithmetic::Add => x.checked_add(y),
            Arithmetic::Subtract => x.checked_sub(y),
            Arithmetic::Multiply => x.checked_mul(y),
            Arithmetic::Divide | Arithmetic::Modulo if y == 0 => return Value::Null,
            Arithmetic::Divide => x.checked_div(y),
            Arithmetic::Modulo => Some(x.wrapping_rem(y)),
        };
        if let Some(result) = result {
            return match i32::try_from(result) {
                Ok(small) if as_int => Value::Int(small),
                _ => Value::Long(result),
            };
        }
    }
    let (Some(x), Some(y)) = (as_big(a), as_big(b)) else {
        return Value::Null;
    };
    Value::Big(Rc::new(match operator {
        Arithmetic::Add => x + y,
        Arithmetic::Subtract => x - y,
        Arithmetic::Multiply => x * y,
        Arithmetic::Divide | Arithmetic::Modulo if y.is_zero() => return Value::Null,
        Arithmetic::Divide => x / y,
        Arithmetic::Modulo => x % y,
    }))
}

/// An integer literal or JSON integer: the smallest of Integer, Long and BigInteger that holds it.
pub fn integer(digits: &str) -> Option<Value> {
    if let Ok(small) = digits.parse::<i32>() {
        return Some(Value::Int(small));
    }
    if let Ok(long) = digits.parse::<i64>() {
        return Some(Value::Long(long));
    }
    digits.parse::<BigInt>().ok().map(|big| Value::Big(Rc::new(big)))
}
