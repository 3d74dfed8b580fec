//! Who wrote what into lists and maps, whatever variable led there: two variables may hold the same one.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::graph::{Graph, NodeId};
use crate::value::{Object, Value};

/// Lists and maps looked at below one value; one that holds more is unheard of in a template.
const MOST: usize = 10_000;

/// The writers of one list or map.
#[derive(Debug, Default)]
struct Writers {
    /// Of a map's entry: who put or removed it last.
    entries: FxHashMap<String, NodeId>,
    /// Who changed something else, or more than one entry.
    whole: Option<NodeId>,
    /// Branches and loops that ran otherwise than they could have, and would then have written: an entry, or anything.
    maybe: FxHashMap<Option<String>, NodeId>,
}

/// The writers of every list and map, by identity. The recorded events hold them, so an address stays theirs.
#[derive(Debug, Default)]
pub(super) struct Heap(FxHashMap<usize, Writers>);

/// Which list or map a value is; of a view or an entry of a map, that map.
pub(super) fn identity(value: &Value) -> Option<usize> {
    match value {
        Value::List(list) => Some(Rc::as_ptr(list).addr()),
        Value::Map(map) => Some(Rc::as_ptr(map).addr()),
        Value::Object(object) => match &**object {
            Object::View(map, _) | Object::Entry { map, .. } => Some(Rc::as_ptr(map).addr()),
            _ => None,
        },
        _ => None,
    }
}

/// The values that a list or map holds.
fn members(value: &Value) -> Vec<Value> {
    match value {
        Value::List(list) => list.items().clone(),
        Value::Map(map) => map.entries().values().cloned().collect(),
        Value::Object(object) => match &**object {
            Object::View(map, _) | Object::Entry { map, .. } => map.entries().values().cloned().collect(),
            Object::Iterator { items, .. } => items.clone(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// A list or map and every one below it.
pub(super) fn reachable(value: &Value) -> Vec<usize> {
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    let mut open = vec![value.clone()];
    while let Some(value) = open.pop() {
        let known = identity(&value).is_some_and(|identity| !seen.insert(identity));
        if known || found.len() > MOST {
            continue;
        }
        found.extend(identity(&value));
        open.extend(
            members(&value)
                .into_iter()
                .filter(|member| matches!(member, Value::List(_) | Value::Map(_) | Value::Object(_))),
        );
    }
    found
}

impl Heap {
    /// Who decided what an entry of a map holds.
    pub(super) fn entry(&self, map: &Value, key: &str) -> Vec<NodeId> {
        let Some(writers) = identity(map).and_then(|identity| self.0.get(&identity)) else { return Vec::new() };
        let maybe = [Some(key.to_owned()), None].into_iter().filter_map(|key| writers.maybe.get(&key));
        writers.entries.get(key).into_iter().chain(&writers.whole).chain(maybe).copied().collect()
    }

    /// Who decided what a list or map is, and everything in it.
    pub(super) fn all_of(&self, value: &Value) -> Vec<NodeId> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let all = reachable(value).into_iter().filter_map(|identity| self.0.get(&identity));
        all.flat_map(|writers| writers.entries.values().chain(&writers.whole).chain(writers.maybe.values()))
            .copied()
            .collect()
    }

    /// A statement writes an entry, or (without a key) something.
    pub(super) fn write(&mut self, graph: &mut Graph, target: &Value, key: Option<String>, by: NodeId) {
        let Some(identity) = identity(target) else { return };
        let writers = self.0.entry(identity).or_default();
        match key {
            Some(key) => {
                writers.maybe.remove(&Some(key.clone()));
                writers.entries.insert(key, by);
            }
            None => writers.whole = Some(graph.joined(writers.whole, by)),
        }
    }

    /// A statement would have written, had it run otherwise.
    pub(super) fn might_write(&mut self, graph: &mut Graph, target: usize, key: Option<String>, by: NodeId) {
        let maybe = &mut self.0.entry(target).or_default().maybe;
        let group = graph.joined(maybe.get(&key).copied(), by);
        maybe.insert(key, group);
    }
}
