//! Letting go of lists and maps. A loop can nest them a million levels deep, and dropping them as the compiler would,
//! each inside of the one around it, would end the stack.

use std::rc::Rc;

use super::{List, Map, Value};

impl Drop for List {
    fn drop(&mut self) {
        release(self.items.get_mut().drain(..));
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        release(self.entries.get_mut().drain(..).flat_map(|(key, value)| [key.0, value]));
    }
}

/// Drops values and, one after the other, the containers that nothing else holds.
fn release(values: impl Iterator<Item = Value>) {
    let nests = |value: &Value| matches!(value, Value::List(_) | Value::Map(_));
    let mut pending: Vec<Value> = values.filter(nests).collect();
    while let Some(value) = pending.pop() {
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
