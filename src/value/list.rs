//! `java.util.ArrayList`, and Java arrays as Velocity lets them be called: through a wrapper of fixed size.

use std::cmp::Ordering;
use std::rc::Rc;

use super::method::{Method, Outcome, class_cast, index_out_of_bounds, int, null_pointer, unsupported};
use super::{List, ListKind, Object, Thrown, Value, java, string, utf16};

/// What `ArrayList` has without parameters: see [`super::method::invoke`] on wrong numbers of arguments.
pub(super) const WITHOUT_PARAMETERS: &[Method] = &[
    Method::Clear,
    Method::Clone,
    Method::IsEmpty,
    Method::Iterator,
    Method::ListIterator,
    Method::Size,
    Method::Stream,
    Method::ToArray,
    Method::TrimToSize,
];

/// The same for the wrapper around arrays.
pub(super) const WITHOUT_PARAMETERS_ARRAY: &[Method] = &[
    Method::Clear,
    Method::IsEmpty,
    Method::Iterator,
    Method::ListIterator,
    Method::Size,
    Method::Stream,
    Method::ToArray,
];

/// Calls a method of a list or an array; `None` when these arguments fit none.
pub(super) fn invoke(list: &Rc<List>, method: Method, args: &[Value]) -> Outcome {
    use Value::{Int, Null};
    if list.kind == ListKind::Array && changes_size(method) {
        return on_array(list, method, args);
    }
    Ok(Some(match (method, args) {
        (Method::Size, []) => int(list.items().len()),
        (Method::IsEmpty, []) => list.items().is_empty().into(),
        (Method::Contains, [item]) => list.items().iter().any(|own| java::equals(own, item)).into(),
        (Method::Get, [Int(index)]) => {
            let items = list.items();
            at(&items, *index).cloned().ok_or_else(|| bad_index(list, *index, items.len()))?
        }
        (Method::Add, [item]) => {
            list.restructure().push(item.clone());
            true.into()
        }
        (Method::Add, [Int(index), item]) => {
            insert(list, *index, vec![item.clone()])?;
            Value::void()
        }
        (Method::AddAll, [Value::List(other)]) if other.kind == ListKind::ArrayList => {
            if Rc::ptr_eq(list, other) {
                let items = other.items().clone();
                list.restructure().extend(items);
            } else {
                list.restructure().extend_from_slice(&other.items());
            }
            (!other.items().is_empty()).into()
        }
        (Method::AddAll, [Int(index), Null]) if bad_place(*index, list.items().len()) => {
            return Err(bad_insertion(*index, list.items().len()));
        }
        (Method::AddAll, [Null] | [Int(_), Null]) => return Err(null_collection("toArray")),
        (Method::AddAll, [other]) => match collection(other) {
            Some(items) => {
                let any = !items.is_empty();
                list.restructure().extend(items);
                any.into()
            }
            None => return Ok(None),
        },
        (Method::AddAll, [Int(index), other]) => match collection(other) {
            Some(items) => {
                let any = !items.is_empty();
                insert(list, *index, items)?;
                any.into()
            }
            None => return Ok(None),
        },
        (Method::Set, [Int(index), item]) => {
            let length = list.items().len();
            let mut items = list.items_mut();
            let slot = usize::try_from(*index).ok().and_then(|i| items.get_mut(i));
            std::mem::replace(slot.ok_or_else(|| bad_index(list, *index, length))?, item.clone())
        }
        (Method::Remove, [Int(index)]) => {
            let length = list.items().len();
            match usize::try_from(*index).ok().filter(|i| *i < length) {
                Some(i) => list.restructure().remove(i),
                None => return Err(index_out_of_bounds(*index, length)),
            }
        }
        (Method::Remove, [item]) => {
            let found = position(list, item);
            if let Some(i) = found {
                list.restructure().remove(i);
            }
            found.is_some().into()
        }
        (Method::RemoveAll, [other]) => return keep(list, other, false),
        (Method::RetainAll, [other]) => return keep(list, other, true),
        (Method::Clear, []) => {
            list.restructure().clear();
            Value::void()
        }
        (Method::ContainsAll, [Null]) => return Err(null_collection("iterator")),
        (Method::ContainsAll, [other]) => match collection(other) {
            Some(wanted) => wanted.iter().all(|item| position(list, item).is_some()).into(),
            None => return Ok(None),
        },
        (Method::IndexOf, [item]) => position(list, item).map_or(Int(-1), int),
        (Method::LastIndexOf, [item]) => {
            list.items().iter().rposition(|own| java::equals(own, item)).map_or(Int(-1), int)
        }
        (Method::SubList, [Int(from), Int(to)]) => sub_list(list, *from, *to)?,
        (Method::ToArray, _) => to_array(list.items().clone(), args)?,
        (Method::Iterator | Method::ListIterator | Method::Stream, []) => string::stream(list.items().clone()),
        (Method::ListIterator, [Int(index)]) => {
            let items = list.items().clone();
            let start = usize::try_from(*index).ok().filter(|start| *start <= items.len());
            let start = start.ok_or_else(|| bad_insertion(*index, items.len()))?;
            Value::object(Object::Iterator { items, next: start.into() })
        }
        (Method::Sort, [Null]) => {
            sort(list)?;
            Value::void()
        }
        (Method::EnsureCapacity, [Int(_)]) | (Method::TrimToSize, []) if list.kind == ListKind::ArrayList => {
            Value::void()
        }
        (Method::Clone, []) if list.kind == ListKind::ArrayList => Value::list(list.items().clone()),
        (Method::ForEach | Method::RemoveIf | Method::ReplaceAll, [Null]) => return Err(null_pointer("")),
        _ => return Ok(None),
    }))
}

fn changes_size(method: Method) -> bool {
    use Method::{Add, AddAll, Clear, Remove, RemoveAll, RetainAll};
    matches!(method, Add | AddAll | Clear | Remove | RemoveAll | RetainAll)
}

/// What the wrapper around an array makes of methods that would change its size: `AbstractList` throws where it
/// comes to the point.
fn on_array(list: &List, method: Method, args: &[Value]) -> Outcome {
    let items = list.items();
    Ok(Some(match (method, args) {
        (Method::Add, [_] | [Value::Int(_), _]) | (Method::Remove, [Value::Int(_)]) => return Err(unsupported()),
        (Method::AddAll, [Value::Int(index), other])
            if bad_place(*index, items.len()) && (other.is_null() || is_collection(other)) =>
        {
            return Err(bad_insertion(*index, items.len()));
        }
        (Method::AddAll, [Value::Null] | [Value::Int(_), Value::Null]) => return Err(null_collection("iterator")),
        (Method::AddAll, [other] | [Value::Int(_), other]) => match collection(other) {
            Some(more) if more.is_empty() => false.into(),
            Some(_) => return Err(unsupported()),
            None => return Ok(None),
        },
        (Method::Clear, []) if items.is_empty() => Value::void(),
        (Method::Clear, []) => return Err(unsupported()),
        (Method::Remove, [item]) if items.iter().any(|own| java::equals(own, item)) => return Err(unsupported()),
        (Method::Remove, [_]) => false.into(),
        (Method::RemoveAll | Method::RetainAll, [Value::Null]) => return Err(null_pointer("")),
        (Method::RemoveAll | Method::RetainAll, [other]) => match collection(other) {
            Some(others) => {
                let goes =
                    |own: &Value| others.iter().any(|item| java::equals(own, item)) == (method == Method::RemoveAll);
                if items.iter().any(goes) {
                    return Err(unsupported());
                }
                false.into()
            }
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
}

/// Whether it is a `java.util.Collection`: arrays are none.
pub(super) fn is_collection(value: &Value) -> bool {
    match value {
        Value::List(list) => list.kind == ListKind::ArrayList,
        Value::Object(object) => matches!(**object, Object::View(..)),
        _ => false,
    }
}

/// The items of a `java.util.Collection`, as they are now.
pub(super) fn collection(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(list) if list.kind == ListKind::ArrayList => Some(list.items().clone()),
        Value::Object(object) if matches!(**object, Object::View(..)) => Some(java::view_items(object)),
        _ => None,
    }
}

/// The null-pointer exception of a collection argument, by the first method called on it.
pub(super) fn null_collection(called: &str) -> Thrown {
    null_pointer(&format!("Cannot invoke \"java.util.Collection.{called}()\" because \"c\" is null"))
}

/// `toArray()` and `toArray(Object...)`: a model with more room than items keeps what is behind them and one null.
pub(super) fn to_array(mut items: Vec<Value>, args: &[Value]) -> Result<Value, Thrown> {
    let model = match args {
        [Value::Null] => {
            return Err(null_pointer(
                "Cannot invoke \"java.util.function.IntFunction.apply(int)\" because \"generator\" is null",
            ));
        }
        [Value::List(model)] if model.kind == ListKind::Array => model.items().clone(),
        _ => args.to_vec(),
    };
    let count = items.len();
    items.extend(model.into_iter().skip(count));
    if let Some(behind) = items.get_mut(count) {
        *behind = Value::Null;
    }
    Ok(Value::array(items))
}

fn at(items: &[Value], index: i32) -> Option<&Value> {
    items.get(usize::try_from(index).ok()?)
}

fn position(list: &List, item: &Value) -> Option<usize> {
    list.items().iter().position(|own| java::equals(own, item))
}

/// The exception of a bad index; arrays throw their own.
pub(super) fn bad_index(list: &List, index: i32, length: usize) -> Thrown {
    let mut thrown = index_out_of_bounds(index, length);
    if list.kind == ListKind::Array {
        thrown.class = "java.lang.ArrayIndexOutOfBoundsException";
    }
    thrown
}

fn bad_place(index: i32, length: usize) -> bool {
    usize::try_from(index).map_or(true, |place| place > length)
}

fn bad_insertion(index: i32, length: usize) -> Thrown {
    Thrown::new("java.lang.IndexOutOfBoundsException", format!("Index: {index}, Size: {length}"))
}

fn insert(list: &List, index: i32, more: Vec<Value>) -> Result<(), Thrown> {
    let length = list.items().len();
    let place = usize::try_from(index).ok().filter(|place| *place <= length);
    let place = place.ok_or_else(|| bad_insertion(index, length))?;
    list.restructure().splice(place..place, more);
    Ok(())
}

/// `removeAll` and `retainAll`. The comparison runs before the change, since items may hold this very list.
fn keep(list: &List, other: &Value, wanted: bool) -> Outcome {
    if other.is_null() {
        return Err(null_pointer(""));
    }
    let Some(others) = collection(other) else {
        return Ok(None);
    };
    let stays: Vec<bool> =
        list.items().iter().map(|own| others.iter().any(|item| java::equals(own, item)) == wanted).collect();
    let changed = stays.contains(&false);
    if changed {
        let mut verdicts = stays.into_iter();
        list.restructure().retain(|_| verdicts.next().unwrap_or(true));
    }
    Ok(Some(changed.into()))
}

/// `subList`, as a copy: Java's is a window on the list, which templates have no use for.
fn sub_list(list: &List, from: i32, to: i32) -> Result<Value, Thrown> {
    let items = list.items();
    if from < 0 {
        return Err(Thrown::new("java.lang.IndexOutOfBoundsException", format!("fromIndex = {from}")));
    }
    if usize::try_from(to).is_ok_and(|to| to > items.len()) {
        return Err(Thrown::new("java.lang.IndexOutOfBoundsException", format!("toIndex = {to}")));
    }
    let range = usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0);
    match items.get(range) {
        Some(part) if from <= to => Ok(Value::list(part.to_vec())),
        _ => Err(Thrown::new("java.lang.IllegalArgumentException", format!("fromIndex({from}) > toIndex({to})"))),
    }
}

/// `sort(null)`: natural order, for items of one comparable class.
fn sort(list: &List) -> Result<(), Thrown> {
    let mut items = list.items().clone();
    if items.len() < 2 {
        return Ok(());
    }
    // Neighbours that compare are of one class, and so are then all.
    for pair in items.windows(2) {
        if let [before, after] = pair {
            natural_order(after, before)?;
        }
    }
    items.sort_by(|a, b| natural_order(a, b).unwrap_or(Ordering::Equal));
    *list.restructure() = items;
    Ok(())
}

/// `a.compareTo(b)`.
fn natural_order(a: &Value, b: &Value) -> Result<Ordering, Thrown> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Ok(utf16::compare(a, b).cmp(&0)),
        (Value::Int(a), Value::Int(b)) => Ok(a.cmp(b)),
        (Value::Long(a), Value::Long(b)) => Ok(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => Ok(super::number::compare_doubles(*a, *b)),
        (Value::Big(a), Value::Big(b)) => Ok(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        (Value::Null, _) | (_, Value::Null) => {
            Err(null_pointer("Cannot invoke \"java.lang.Comparable.compareTo(Object)\" because \"a[runHi]\" is null"))
        }
        (Value::Map(_) | Value::List(_) | Value::Object(_), _) => Err(class_cast(a, "java.lang.Comparable")),
        _ => Err(class_cast(b, java::class_name(a))),
    }
}
