//! The smaller classes: `Boolean`, `Character`, `Class`, map entries, iterators, bytes and `$foreach`.

use std::cell::Cell;
use std::rc::Rc;

use super::method::{Method, Outcome, class_cast, int, null_pointer, unsupported};
use super::{List, ListKind, LoopState, Object, Thrown, Value, java, list, string, utf16, view};

/// What an object's class has without parameters: see [`super::method::invoke`] on wrong numbers of arguments.
pub(super) fn without_parameters(object: &Object) -> &'static [Method] {
    match object {
        Object::Char(_) => &[Method::CharValue],
        Object::View(..) => view::WITHOUT_PARAMETERS,
        Object::Entry { .. } => &[Method::GetKey, Method::GetValue],
        Object::Iterator { .. } => &[Method::HasNext, Method::Next, Method::Remove],
        Object::Bytes(_) => list::WITHOUT_PARAMETERS_ARRAY,
        Object::Class(_) => &[
            Method::GetCanonicalName,
            Method::GetName,
            Method::GetPackageName,
            Method::GetSimpleName,
            Method::GetTypeName,
            Method::IsArray,
            Method::IsInterface,
        ],
        Object::Loop(_) => &[
            Method::GetIndex,
            Method::GetCount,
            Method::HasNext,
            Method::GetHasNext,
            Method::GetFirst,
            Method::IsFirst,
            Method::GetLast,
            Method::IsLast,
            Method::GetParent,
            Method::GetTopmost,
        ],
        Object::Namespace(_) => &[],
    }
}

/// Calls a method of one of the rarer objects; `None` when these arguments fit none.
pub(super) fn invoke(receiver: &Value, object: &Rc<Object>, method: Method, args: &[Value]) -> Outcome {
    match &**object {
        Object::Char(unit) => of_char(*unit, method, args),
        Object::Entry { map, key, .. } => Ok(Some(match (method, args) {
            (Method::GetKey, []) => key.clone(),
            (Method::GetValue, []) => java::entry_parts(object).1,
            (Method::SetValue, [value]) => {
                let old = java::entry_parts(object).1;
                if map.get(key).is_some() {
                    map.put(key.clone(), value.clone());
                }
                old
            }
            _ => return Ok(None),
        })),
        Object::Iterator { items, next } => of_iterator(items, next, method, args),
        Object::Bytes(bytes) => of_bytes(bytes, method, args),
        Object::Class(name) => Ok(of_class(name, method, args)),
        Object::Loop(state) => Ok(of_loop(receiver, state, method, args)),
        Object::View(..) | Object::Namespace(_) => Ok(None),
    }
}

/// Calls a method of a `Boolean`.
pub(super) fn invoke_bool(flag: bool, method: Method, args: &[Value]) -> Outcome {
    use Value::{Bool, Int, Null, Str};
    Ok(Some(match (method, args) {
        (Method::BooleanValue, []) => Bool(flag),
        (Method::CompareTo, [Bool(other)]) => Int(flag.cmp(other) as i32),
        (Method::CompareTo, [Null]) => {
            return Err(null_pointer("Cannot read field \"value\" because \"b\" is null"));
        }
        (Method::CompareTo, [other]) => return Err(class_cast(other, "java.lang.Boolean")),
        (Method::Compare, [Bool(a), Bool(b)]) => Int(a.cmp(b) as i32),
        (Method::ParseBoolean | Method::ValueOf, [Str(text)]) => text.eq_ignore_ascii_case("true").into(),
        (Method::ParseBoolean | Method::ValueOf, [Null]) => false.into(),
        (Method::ValueOf, [Bool(b)]) => Bool(*b),
        (Method::ToString, [Bool(b)]) => java::to_string(&Bool(*b)).into(),
        (Method::HashCode, [Bool(b)]) => Int(java::hash_code(&Bool(*b))),
        (Method::LogicalAnd, [Bool(a), Bool(b)]) => Bool(*a && *b),
        (Method::LogicalOr, [Bool(a), Bool(b)]) => Bool(*a || *b),
        (Method::LogicalXor, [Bool(a), Bool(b)]) => Bool(*a != *b),
        _ => return Ok(None),
    }))
}

fn character(unit: u16) -> Value {
    Value::object(Object::Char(unit))
}

fn of_char(unit: u16, method: Method, args: &[Value]) -> Outcome {
    match (method, args) {
        (Method::CharValue, []) => return Ok(Some(character(unit))),
        (Method::CompareTo, [Value::Null]) => {
            return Err(null_pointer("Cannot read field \"value\" because \"anotherCharacter\" is null"));
        }
        (Method::CompareTo, [other]) => {
            let other = string::as_char(other).ok_or_else(|| class_cast(other, "java.lang.Character"))?;
            return Ok(Some(Value::Int(i32::from(unit) - i32::from(other))));
        }
        (Method::Compare, [a, b]) => {
            let pair = string::as_char(a).zip(string::as_char(b));
            return Ok(pair.map(|(a, b)| Value::Int(i32::from(a) - i32::from(b))));
        }
        _ => {}
    }
    // The rest is static, over a `char` or a code point.
    let [argument] = args else {
        return Ok(None);
    };
    let (point, is_char) = match (string::as_char(argument), argument) {
        (Some(unit), _) => (u32::from(unit), true),
        (None, Value::Int(point)) => (point.cast_unsigned(), false),
        _ => return Ok(None),
    };
    if char::from_u32(point).is_none() && matches!(method, Method::ToLowerCase | Method::ToUpperCase) {
        return Ok(Some(argument.clone()));
    }
    let one = char::from_u32(point).unwrap_or('\u{0}');
    let mapped = |to: char| if is_char { char_value(to, point) } else { Value::Int(u32::from(to).cast_signed()) };
    Ok(Some(match method {
        Method::IsDigit => is_decimal_digit(one).into(),
        Method::IsLetter => is_letter(one).into(),
        Method::IsLetterOrDigit => (is_letter(one) || is_decimal_digit(one)).into(),
        Method::IsAlphabetic if !is_char => one.is_alphabetic().into(),
        Method::IsLowerCase => one.is_lowercase().into(),
        Method::IsUpperCase => one.is_uppercase().into(),
        Method::IsWhitespace => utf16::is_whitespace(one).into(),
        Method::ToLowerCase => mapped(utf16::simple_lower(one)),
        Method::ToUpperCase => mapped(utf16::simple_upper(one)),
        Method::GetNumericValue => Value::Int(one.to_digit(36).map_or(-1, u32::cast_signed)),
        Method::ToString | Method::ValueOf if is_char => match method {
            Method::ValueOf => argument.clone(),
            _ => java::to_string(argument).into(),
        },
        Method::ToString => match char::from_u32(point) {
            Some(one) => String::from(one).into(),
            None => {
                return Err(Thrown::new(
                    "java.lang.IllegalArgumentException",
                    format!("Not a valid Unicode code point: 0x{point:X}"),
                ));
            }
        },
        Method::HashCode if is_char => Value::Int(point.cast_signed()),
        _ => return Ok(None),
    }))
}

fn char_value(mapped: char, point: u32) -> Value {
    let kept = u16::try_from(point).unwrap_or(0);
    character(u16::try_from(u32::from(mapped)).unwrap_or(kept))
}

/// `Character.isDigit`: the general category Nd.
fn is_decimal_digit(one: char) -> bool {
    one.is_ascii_digit() || (!one.is_ascii() && super::regex::in_category(one, "\\p{Nd}"))
}

/// `Character.isLetter`: the general category L.
fn is_letter(one: char) -> bool {
    one.is_ascii_alphabetic() || (!one.is_ascii() && super::regex::in_category(one, "\\p{L}"))
}

/// An iterator, list iterator or stream: all three walk a snapshot.
fn of_iterator(items: &[Value], next: &Cell<usize>, method: Method, args: &[Value]) -> Outcome {
    let exhausted = || Thrown::new("java.util.NoSuchElementException", "");
    let at = next.get();
    Ok(Some(match (method, args) {
        (Method::HasNext, []) => (at < items.len()).into(),
        (Method::Next, []) => {
            let item = items.get(at).cloned().ok_or_else(exhausted)?;
            next.set(at + 1);
            item
        }
        (Method::HasPrevious, []) => (at > 0).into(),
        (Method::Previous, []) => {
            let before = at.checked_sub(1).ok_or_else(exhausted)?;
            next.set(before);
            items.get(before).cloned().unwrap_or_default()
        }
        (Method::NextIndex, []) => int(at),
        (Method::PreviousIndex, []) => at.checked_sub(1).map_or(Value::Int(-1), int),
        (Method::Count, []) => {
            next.set(items.len());
            Value::Long(i64::try_from(items.len().saturating_sub(at)).unwrap_or(i64::MAX))
        }
        // The list behind a snapshot cannot be changed through it: better a loud end than a silent null.
        (Method::Remove, []) => return Err(unsupported()),
        _ => return Ok(None),
    }))
}

/// A `byte[]`, through the wrapper that Velocity puts around arrays; its items are shown as Integer.
fn of_bytes(bytes: &[u8], method: Method, args: &[Value]) -> Outcome {
    match (method, args) {
        (Method::Size, []) => Ok(Some(int(bytes.len()))),
        (Method::IsEmpty, []) => Ok(Some(bytes.is_empty().into())),
        (Method::Set, _) => Err(unsupported()),
        (Method::Equals | Method::HashCode | Method::ToString | Method::GetClass, _) => Ok(None),
        _ => {
            let items = bytes.iter().map(|byte| Value::Int(i32::from(byte.cast_signed()))).collect();
            list::invoke(&List::of(ListKind::Array, items), method, args)
        }
    }
}

/// `Class`: its names. What leads on to reflection is blocked, as by Velocity's secure introspector.
fn of_class(name: &str, method: Method, args: &[Value]) -> Option<Value> {
    if !args.is_empty() {
        return None;
    }
    let array = name.strip_prefix("[L").and_then(|name| name.strip_suffix(';'));
    let (plain, brackets) = match (array, name) {
        (Some(element), _) => (element, "[]"),
        (None, "[B") => ("byte", "[]"),
        _ => (name, ""),
    };
    let package = plain.rsplit_once('.').map_or("", |(package, _)| package);
    let package = if plain == "byte" { "java.lang" } else { package };
    let simple = plain.rsplit(['.', '$']).next().unwrap_or(plain);
    Some(match method {
        Method::GetName => name.into(),
        Method::GetSimpleName => format!("{simple}{brackets}").into(),
        Method::GetTypeName => format!("{plain}{brackets}").into(),
        Method::GetCanonicalName => format!("{}{brackets}", plain.replace('$', ".")).into(),
        Method::GetPackageName => package.into(),
        Method::IsArray => (!brackets.is_empty()).into(),
        Method::IsInterface => false.into(),
        _ => return None,
    })
}

fn of_loop(receiver: &Value, state: &LoopState, method: Method, args: &[Value]) -> Option<Value> {
    if !args.is_empty() {
        return None;
    }
    Some(match method {
        Method::GetIndex => Value::Int(state.count.get().wrapping_sub(1)),
        Method::GetCount => Value::Int(state.count.get()),
        Method::HasNext | Method::GetHasNext => state.has_next.get().into(),
        Method::GetFirst | Method::IsFirst => (state.count.get() == 1).into(),
        Method::GetLast | Method::IsLast => (!state.has_next.get()).into(),
        Method::GetParent => state.parent.clone().unwrap_or_default(),
        Method::GetTopmost => topmost(receiver),
        _ => return None,
    })
}

/// The outermost loop around this one, or itself.
fn topmost(receiver: &Value) -> Value {
    let mut outermost = receiver.clone();
    loop {
        let parent = match &outermost {
            Value::Object(object) => match &**object {
                Object::Loop(state) => state.parent.clone(),
                _ => None,
            },
            _ => None,
        };
        match parent {
            Some(parent) => outermost = parent,
            None => return outermost,
        }
    }
}
