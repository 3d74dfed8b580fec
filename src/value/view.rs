//! The live views of a map: `keySet()`, `values()` and `entrySet()`.

use std::rc::Rc;

use super::list::{collection, null_collection, to_array};
use super::method::{Method, Outcome, int, null_pointer, unsupported};
use super::{Map, Object, Value, ViewKind, java, string};

/// What the views have without parameters: see [`super::method::invoke`] on wrong numbers of arguments.
pub(super) const WITHOUT_PARAMETERS: &[Method] =
    &[Method::Clear, Method::IsEmpty, Method::Iterator, Method::Size, Method::Stream, Method::ToArray];

/// Calls a method of a view; `None` when these arguments fit none.
pub(super) fn invoke(view: &Value, map: &Rc<Map>, kind: ViewKind, method: Method, args: &[Value]) -> Outcome {
    use Value::Null;
    Ok(Some(match (method, args) {
        (Method::Size, []) => int(map.entries().len()),
        (Method::IsEmpty, []) => map.entries().is_empty().into(),
        (Method::Contains, [item]) => contains(map, kind, item).into(),
        (Method::ContainsAll, [Null]) => return Err(null_collection("iterator")),
        (Method::ContainsAll, [other]) => match collection(other) {
            Some(items) => items.iter().all(|item| contains(map, kind, item)).into(),
            None => return Ok(None),
        },
        (Method::Iterator | Method::Stream, []) => string::stream(items(view)),
        (Method::ToArray, _) => to_array(items(view), args)?,
        (Method::Clear, []) => {
            map.restructure().clear();
            Value::void()
        }
        (Method::Remove, [item]) => {
            let found = place(map, kind, item);
            if let Some(index) = found {
                map.restructure().shift_remove_index(index);
            }
            found.is_some().into()
        }
        (Method::RemoveAll | Method::RetainAll, [other]) => return keep(view, map, method, other),
        (Method::Add, [_]) => return Err(unsupported()),
        (Method::AddAll, [Null]) => return Err(null_collection("iterator")),
        (Method::AddAll, [other]) => match collection(other) {
            Some(items) if items.is_empty() => false.into(),
            Some(_) => return Err(unsupported()),
            None => return Ok(None),
        },
        (Method::ForEach | Method::RemoveIf, [Null]) => return Err(null_pointer("")),
        _ => return Ok(None),
    }))
}

fn items(view: &Value) -> Vec<Value> {
    match view {
        Value::Object(object) => java::view_items(object),
        _ => Vec::new(),
    }
}

fn contains(map: &Map, kind: ViewKind, item: &Value) -> bool {
    match kind {
        ViewKind::Keys => map.get(item).is_some(),
        _ => place(map, kind, item).is_some(),
    }
}

/// Where the first entry is that a view shows as `item`.
fn place(map: &Map, kind: ViewKind, item: &Value) -> Option<usize> {
    let entries = map.entries();
    match kind {
        ViewKind::Keys => entries.keys().position(|key| java::equals(&key.0, item)),
        ViewKind::Values => entries.values().position(|value| java::equals(value, item)),
        ViewKind::Entries => {
            let Value::Object(entry) = item else {
                return None;
            };
            if !matches!(**entry, Object::Entry { .. }) {
                return None;
            }
            let (key, value) = java::entry_parts(entry);
            entries.iter().position(|(k, v)| java::equals(&k.0, &key) && java::equals(v, &value))
        }
    }
}

/// `removeAll` and `retainAll`. The comparison runs before the change, since items may hold this very map.
fn keep(view: &Value, map: &Map, method: Method, other: &Value) -> Outcome {
    if other.is_null() {
        return Err(null_pointer(""));
    }
    let Some(others) = collection(other) else {
        return Ok(None);
    };
    let wanted = method == Method::RetainAll;
    let stays: Vec<bool> =
        items(view).iter().map(|own| others.iter().any(|item| java::equals(own, item)) == wanted).collect();
    let changed = stays.contains(&false);
    if changed {
        let mut verdicts = stays.into_iter();
        map.restructure().retain(|_, _| verdicts.next().unwrap_or(true));
    }
    Ok(Some(changed.into()))
}
