//! `java.util.LinkedHashMap`.

use std::rc::Rc;

use super::method::{Method, Outcome, int, null_pointer};
use super::{Map, MapKind, Object, Value, ViewKind, java};

/// What `LinkedHashMap` has without parameters: see [`super::method::invoke`] on wrong numbers of arguments.
pub(super) const WITHOUT_PARAMETERS: &[Method] =
    &[Method::Clear, Method::Clone, Method::EntrySet, Method::IsEmpty, Method::KeySet, Method::Size, Method::Values];

/// Calls a method of a map; `None` when these arguments fit none.
pub(super) fn invoke(map: &Rc<Map>, method: Method, args: &[Value]) -> Outcome {
    use Value::Null;
    let view = |kind| Value::object(Object::View(Rc::clone(map), kind));
    Ok(Some(match (method, args) {
        (Method::Get, [key]) => map.get(key).unwrap_or_default(),
        (Method::Put, [key, value]) => map.put(key.clone(), value.clone()).unwrap_or_default(),
        (Method::ContainsKey, [key]) => map.get(key).is_some().into(),
        (Method::Size, []) => int(map.entries().len()),
        (Method::IsEmpty, []) => map.entries().is_empty().into(),
        (Method::KeySet, []) => view(ViewKind::Keys),
        (Method::Values, []) => view(ViewKind::Values),
        (Method::EntrySet, []) => view(ViewKind::Entries),

        (Method::GetOrDefault, [key, default]) => map.get(key).unwrap_or_else(|| default.clone()),
        (Method::PutIfAbsent, [key, value]) => match map.get(key) {
            Some(old) if !old.is_null() => old,
            _ => map.put(key.clone(), value.clone()).unwrap_or_default(),
        },
        (Method::PutAll, [Value::Map(other)]) => {
            if !Rc::ptr_eq(map, other) {
                let entries = other.entries().clone();
                for (key, value) in entries {
                    map.put(key.0, value);
                }
            }
            Value::void()
        }
        (Method::PutAll, [Null]) => {
            return Err(null_pointer("Cannot invoke \"java.util.Map.size()\" because \"m\" is null"));
        }
        (Method::Remove, [key]) => map.remove(key).unwrap_or_default(),
        (Method::Remove, [key, value]) => {
            let same = map.get(key).is_some_and(|own| java::equals(&own, value));
            if same {
                map.remove(key);
            }
            same.into()
        }
        (Method::Replace, [key, value]) => match map.get(key) {
            Some(_) => map.put(key.clone(), value.clone()).unwrap_or_default(),
            None => Null,
        },
        (Method::Replace, [key, old, value]) => {
            let same = map.get(key).is_some_and(|own| java::equals(&own, old));
            if same {
                map.put(key.clone(), value.clone());
            }
            same.into()
        }
        (Method::ContainsValue, [value]) => map.entries().values().any(|own| java::equals(own, value)).into(),
        (Method::Clear, []) => {
            map.restructure().clear();
            Value::void()
        }
        (Method::Clone, []) => Value::Map(Map::of(MapKind::LinkedHashMap, map.entries().clone())),
        // No template can make a function, so only null fits these parameters.
        (Method::Compute | Method::ComputeIfAbsent | Method::ComputeIfPresent, [_, Null])
        | (Method::Merge, [_, _, Null])
        | (Method::ForEach | Method::ReplaceAll, [Null]) => return Err(null_pointer("")),
        _ => return Ok(None),
    }))
}
