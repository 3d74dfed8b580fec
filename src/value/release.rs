//! Letting go of lists and maps. A loop can nest them a million levels deep, and dropping them as the compiler would,
//! each inside of the one around it, would end the stack.

use std::cell::Cell;
use std::rc::Rc;

use super::{List, Map, Value};

/// So many levels are dropped as the compiler does it, which is twice as fast; real templates never nest deeper.
const SHALLOW: u32 = 64;

thread_local! {
    /// How many containers around are being dropped on this thread.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

impl Drop for List {
    fn drop(&mut self) {
        let items = self.items.get_mut();
        if items.iter().any(nests) {
            let items = std::mem::take(items);
            release(items, |items, pending| pending.extend(items.into_iter().filter(nests)));
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let entries = self.entries.get_mut();
        if entries.iter().any(|(key, value)| nests(value) || nests(&key.0)) {
            let entries = std::mem::take(entries);
            release(entries, |entries, pending| {
                pending.extend(entries.into_iter().flat_map(|(key, value)| [key.0, value]).filter(nests));
            });
        }
    }
}

fn nests(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

/// Drops the contents of a container: simply, or far down one container after the other.
fn release<C>(contents: C, unpack: impl FnOnce(C, &mut Vec<Value>)) {
    let depth = DEPTH.get();
    if depth < SHALLOW {
        DEPTH.set(depth + 1);
        drop(contents);
        DEPTH.set(depth);
        return;
    }
    let mut pending = Vec::new();
    unpack(contents, &mut pending);
    while let Some(value) = pending.pop() {
        // What something else holds stays; the others come apart here, before their own drop would descend.
        match value {
            Value::List(list) => {
                let Some(mut list) = Rc::into_inner(list) else { continue };
                pending.extend(list.items.get_mut().drain(..).filter(nests));
            }
            Value::Map(map) => {
                let Some(mut map) = Rc::into_inner(map) else { continue };
                pending.extend(map.entries.get_mut().drain(..).flat_map(|(key, value)| [key.0, value]).filter(nests));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Value;

    #[test]
    fn a_million_levels_of_lists_and_maps_are_let_go_on_a_small_stack() {
        let nest = || {
            let mut inner = Value::Null;
            for level in 0..1_000_000 {
                inner = if level % 2 == 0 { Value::list(vec![inner]) } else { Value::map([("k", inner)]) };
            }
            drop(inner);
        };
        let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(nest).unwrap();
        assert!(thread.join().is_ok());
    }
}
