//! `$x.name`, `$x[index]` and their assignments, by Velocity 1.7's rules.

use super::list::bad_index;
use super::method::Method;
use super::{ListKind, Object, Thrown, Value, java, method, object};
use crate::limits::Env;

/// `$receiver.name`.
///
/// Velocity tries a public getter `getName()` first, on every class; then a map answers with its key and looks no
/// further; then comes `isName()`. Nothing found is null, without error. Namespaces answer null: their members are
/// known elsewhere.
///
/// # Errors
///
/// What the getter throws; no getter we know does.
pub fn property(receiver: &Value, name: &str) -> Result<Value, Thrown> {
    if is_property(name, "class") && !receiver.is_null() {
        return Ok(Value::object(Object::Class(java::class_name(receiver))));
    }
    match receiver {
        Value::Map(map) => Ok(map.get_str(name).unwrap_or_default()),
        Value::Null => Ok(Value::Null),
        _ => {
            let Some(getter) = getter(receiver, name) else {
                return Ok(Value::Null);
            };
            let env = Env::at(0);
            Ok(method::invoke(receiver, getter, &[], &env)?.unwrap_or_default())
        }
    }
}

/// Whether `name` names the property `property`: Velocity tries the first letter in either case.
fn is_property(name: &str, property: &str) -> bool {
    let mut letters = name.chars();
    let mut wanted = property.chars();
    match (letters.next(), wanted.next()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(&b) && letters.as_str() == wanted.as_str(),
        _ => false,
    }
}

/// The method that stands behind a property of anything but a map.
fn getter(receiver: &Value, name: &str) -> Option<Method> {
    let table: &[(&str, Method)] = match receiver {
        Value::Str(_) => &[("bytes", Method::GetBytes), ("empty", Method::IsEmpty), ("blank", Method::IsBlank)],
        Value::List(list) if list.kind == ListKind::ArrayList => &[("empty", Method::IsEmpty)],
        Value::Double(_) => &[("naN", Method::IsNaN), ("infinite", Method::IsInfinite)],
        Value::Object(object) => match &**object {
            Object::View(..) => &[("empty", Method::IsEmpty)],
            Object::Entry { .. } => &[("key", Method::GetKey), ("value", Method::GetValue)],
            Object::Class(_) => &[
                ("name", Method::GetName),
                ("simpleName", Method::GetSimpleName),
                ("typeName", Method::GetTypeName),
                ("canonicalName", Method::GetCanonicalName),
                ("packageName", Method::GetPackageName),
                ("array", Method::IsArray),
                ("interface", Method::IsInterface),
            ],
            Object::Loop(_) => &[
                ("index", Method::GetIndex),
                ("count", Method::GetCount),
                ("hasNext", Method::GetHasNext),
                ("first", Method::GetFirst),
                ("last", Method::GetLast),
                ("parent", Method::GetParent),
                ("topmost", Method::GetTopmost),
            ],
            _ => &[],
        },
        _ => &[],
    };
    table.iter().find(|(property, _)| is_property(name, property)).map(|(_, method)| *method)
}

/// `#set($receiver.name = value)`: whether anything took it. Maps put the key, an entry sets its value; on
/// everything else the assignment does nothing.
///
/// # Errors
///
/// None that we know.
pub fn set_property(receiver: &Value, name: &str, value: Value) -> Result<bool, Thrown> {
    match receiver {
        Value::Map(map) => {
            map.put_str(name, value);
            Ok(true)
        }
        Value::Object(object) if is_property(name, "value") && matches!(**object, Object::Entry { .. }) => {
            object::invoke(receiver, object, Method::SetValue, &[value])?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// `$receiver[index]`: `get(index)` on a list, array or map, where a negative Integer first counts from the
/// receiver's size (also on a map: `$m[-1]` of three entries looks the key 2 up). Everything else is null.
///
/// # Errors
///
/// An index out of range, which Velocity reports as `Error invoking method 'get(java.lang.Integer)' in …`; and
/// a negative index on something without `size()`, a `VelocityException` of its own.
pub fn index(receiver: &Value, index: &Value) -> Result<Value, Thrown> {
    match (receiver, index) {
        (Value::List(list), Value::Int(at)) => {
            let items = list.items();
            let at = from_end(*at, items.len());
            let item = usize::try_from(at).ok().and_then(|at| items.get(at));
            item.cloned().ok_or_else(|| bad_index(list, at, items.len()))
        }
        (Value::Map(map), Value::Int(at)) if *at < 0 => {
            let at = from_end(*at, map.entries().len());
            Ok(map.get(&Value::Int(at)).unwrap_or_default())
        }
        (Value::Map(map), key) => Ok(map.get(key).unwrap_or_default()),
        (Value::Object(object), Value::Int(at)) => match &**object {
            Object::Bytes(bytes) => {
                let at = from_end(*at, bytes.len());
                let byte = usize::try_from(at).ok().and_then(|at| bytes.get(at));
                let byte = byte.ok_or_else(|| {
                    let mut thrown = method::index_out_of_bounds(at, bytes.len());
                    thrown.class = "java.lang.ArrayIndexOutOfBoundsException";
                    thrown
                })?;
                Ok(Value::Int(i32::from(byte.cast_signed())))
            }
            Object::View(..) | Object::Loop(_) | Object::Namespace(_) => Ok(Value::Null),
            _ => without_size(receiver, *at),
        },
        (Value::Null, _) => Ok(Value::Null),
        (_, Value::Int(at)) => without_size(receiver, *at),
        _ => Ok(Value::Null),
    }
}

fn from_end(index: i32, length: usize) -> i32 {
    if index < 0 { i32::try_from(length).unwrap_or(i32::MAX).wrapping_add(index) } else { index }
}

/// An index on something that has neither `get` nor `size`: null, but an exception when it is negative.
fn without_size(receiver: &Value, index: i32) -> Result<Value, Thrown> {
    if index >= 0 {
        return Ok(Value::Null);
    }
    Err(Thrown::new(
        "org.apache.velocity.exception.VelocityException",
        format!(
            "A 'size()' method required for negative value {index} does not exist for class '{}'",
            java::class_name(receiver)
        ),
    ))
}

/// `#set($receiver[index] = value)`: whether anything took it. Lists and arrays set the slot, maps put the key with
/// its own type; on everything else the assignment does nothing.
///
/// # Errors
///
/// As [`index()`].
pub fn set_index(receiver: &Value, index: &Value, value: Value) -> Result<bool, Thrown> {
    match (receiver, index) {
        (Value::List(list), Value::Int(at)) => {
            let mut items = list.items_mut();
            let length = items.len();
            let at = from_end(*at, length);
            match usize::try_from(at).ok().and_then(|at| items.get_mut(at)) {
                Some(slot) => {
                    *slot = value;
                    Ok(true)
                }
                None => Err(bad_index(list, at, length)),
            }
        }
        (Value::Map(map), Value::Int(at)) if *at < 0 => {
            let at = from_end(*at, map.entries().len());
            map.put(Value::Int(at), value);
            Ok(true)
        }
        (Value::Map(map), key) => {
            map.put(key.clone(), value);
            Ok(true)
        }
        (Value::Null | Value::List(_), _) => Ok(false),
        (Value::Object(object), _)
            if matches!(**object, Object::View(..) | Object::Loop(_) | Object::Namespace(_) | Object::Bytes(_)) =>
        {
            Ok(false)
        }
        (_, Value::Int(at)) => without_size(receiver, *at).map(|_| false),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::limits::Env;
    use crate::value::{LoopState, ViewKind, parse::parse_json};

    fn shown(value: &Value) -> String {
        java::to_string(value)
    }

    /// Recorded from Velocity 1.7.
    #[test]
    fn assignments_by_index_take_what_velocity_takes() {
        let index = |text: &str| parse_json(text).unwrap();
        for (receiver, at, outcome, after) in [
            (r#"{"k":"v","n":1}"#, "-1", Ok(true), "{k=v, n=1, 1=x}"),
            (r#"{"k":"v"}"#, "\"k\"", Ok(true), "{k=x}"),
            ("[1,2]", "-1", Ok(true), "[1, x]"),
            ("[1,2]", "\"0\"", Ok(false), "[1, 2]"),
            ("[1,2]", "null", Ok(false), "[1, 2]"),
            ("[1,2]", "2", Err("Index 2 out of bounds for length 2"), "[1, 2]"),
            ("\"s\"", "0", Ok(false), "s"),
            (
                "\"s\"",
                "-1",
                Err("A 'size()' method required for negative value -1 does not exist for class 'java.lang.String'"),
                "s",
            ),
        ] {
            let value = index(receiver);
            let found = set_index(&value, &index(at), "x".into());
            assert_eq!(found.as_ref().copied().map_err(|thrown| thrown.message.as_str()), outcome, "{receiver}[{at}]");
            assert_eq!(shown(&value), after);
        }
    }

    #[test]
    fn assignments_by_name_reach_maps_and_entries_only() {
        let map = parse_json(r#"{"k":"v"}"#).unwrap();
        assert_eq!(set_property(&map, "class", 1.into()), Ok(true));
        assert_eq!(shown(&map), "{k=v, class=1}");
        let Value::Map(entries) = &map else { panic!() };
        let entry = Value::object(Object::Entry { map: Rc::clone(entries), key: "k".into(), seen: "v".into() });
        assert_eq!(set_property(&entry, "value", "w".into()), Ok(true));
        assert_eq!(set_property(&entry, "key", "q".into()), Ok(false));
        assert_eq!(shown(&map), "{k=w, class=1}");
        for other in ["[1]", "\"s\"", "5", "true", "null"] {
            assert_eq!(set_property(&parse_json(other).unwrap(), "foo", 1.into()), Ok(false), "{other}");
        }
    }

    #[test]
    fn a_loop_answers_as_property_and_as_method() {
        let state = |count: i32, has_next: bool, parent| {
            Value::object(Object::Loop(LoopState { count: count.into(), has_next: has_next.into(), parent, depth: 0 }))
        };
        let outer = state(3, true, None);
        let inner = state(1, false, Some(outer.clone()));
        let all = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| shown(&property(&inner, name).unwrap())).collect()
        };
        assert_eq!(all(&["index", "count", "hasNext", "first", "last"]), ["0", "1", "false", "true", "true"]);
        assert!(property(&inner, "parent").unwrap().same(&outer));
        assert!(property(&inner, "topmost").unwrap().same(&outer));
        assert!(property(&outer, "parent").unwrap().is_null());
        let env = Env::at(0);
        for (method, wanted) in [(Method::HasNext, "false"), (Method::GetIndex, "0"), (Method::IsLast, "true")] {
            let found = method::invoke(&inner, method, &[], &env).unwrap().unwrap();
            assert_eq!(shown(&found), wanted);
        }
    }

    #[test]
    fn a_map_that_holds_itself_is_no_trouble() {
        let map = parse_json(r#"{"k":[]}"#).unwrap();
        let env = Env::at(0);
        let call = |method, args: &[Value]| method::invoke(&map, method, args, &env).unwrap().unwrap();
        call(Method::Put, &[Value::list(vec![]), "an empty list".into()]);
        call(Method::Put, &["self".into(), map.clone()]);
        call(Method::Put, &[map.clone(), 1.into()]);
        let Value::Map(entries) = &map else { panic!() };
        let values = Value::object(Object::View(Rc::clone(entries), ViewKind::Values));
        let removed = method::invoke(&values, Method::RemoveAll, &[Value::list(vec![map.clone()])], &env);
        assert_eq!(removed.unwrap().map(|value| shown(&value)).as_deref(), Some("true"));
        assert!(property(&map, "self").unwrap().is_null());
        call(Method::Remove, std::slice::from_ref(&map));
        assert_eq!(shown(&call(Method::ContainsKey, &[Value::list(vec![])])), "true");
    }
}
