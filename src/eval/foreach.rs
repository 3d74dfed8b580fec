//! `#foreach`: Java's iterators, with their complaints about containers that change under them.

use std::cell::Cell;
use std::rc::Rc;

use super::machine::Machine;
use super::outcome::{Failure, FailureKind, Halt};
use super::tracer::Tracer;
use crate::compile::program::{Block, ExpressionId, Slot, StatementId};
use crate::source_file::Span;
use crate::value::{List, ListKind, LoopState, Map, Object, Value, ViewKind};

/// A Java iterator over what `#foreach` can iterate.
enum Iteration {
    List { list: Rc<List>, next: usize, modifications: u32 },
    Map { map: Rc<Map>, kind: ViewKind, next: usize, modifications: u32, has_next: bool },
    Iterator(Rc<Object>),
}

impl Iteration {
    /// `None` for what has no elements: null, strings, numbers, booleans.
    fn over(value: &Value) -> Option<Iteration> {
        let map = |map: &Rc<Map>, kind| Iteration::Map {
            map: Rc::clone(map),
            kind,
            next: 0,
            modifications: map.modifications(),
            has_next: !map.entries().is_empty(),
        };
        match value {
            Value::List(list) => {
                Some(Iteration::List { list: Rc::clone(list), next: 0, modifications: list.modifications() })
            }
            Value::Map(entries) => Some(map(entries, ViewKind::Values)),
            Value::Object(object) => match &**object {
                Object::View(entries, kind) => Some(map(entries, *kind)),
                Object::Iterator { .. } => Some(Iteration::Iterator(Rc::clone(object))),
                _ => None,
            },
            _ => None,
        }
    }

    fn has_next(&self) -> bool {
        match self {
            // As `ArrayList.Itr`: a list that shrank to the cursor ends the loop, any other size goes on.
            Iteration::List { list, next, .. } => list.items().len() != *next,
            // As `LinkedHashMap.LinkedHashIterator`: the next node is fetched ahead.
            Iteration::Map { has_next, .. } => *has_next,
            Iteration::Iterator(object) => match &**object {
                Object::Iterator { items, next } => next.get() < items.len(),
                _ => false,
            },
        }
    }

    /// The next element; `None` when the container changed.
    fn next(&mut self) -> Option<Value> {
        match self {
            Iteration::List { list, next, modifications } => {
                if list.kind == ListKind::ArrayList && list.modifications() != *modifications {
                    return None;
                }
                let item = list.items().get(*next).cloned()?;
                *next += 1;
                Some(item)
            }
            Iteration::Map { map, kind, next, modifications, has_next } => {
                if map.modifications() != *modifications {
                    return None;
                }
                let entries = map.entries();
                let (key, value) = entries.get_index(*next)?;
                *next += 1;
                *has_next = *next < entries.len();
                Some(match kind {
                    ViewKind::Keys => key.0.clone(),
                    ViewKind::Values => value.clone(),
                    ViewKind::Entries => {
                        Value::object(Object::Entry { map: Rc::clone(map), key: key.0.clone(), seen: value.clone() })
                    }
                })
            }
            Iteration::Iterator(object) => match &**object {
                Object::Iterator { items, next } => {
                    let item = items.get(next.get()).cloned()?;
                    next.set(next.get() + 1);
                    Some(item)
                }
                _ => None,
            },
        }
    }
}

impl<T: Tracer> Machine<'_, '_, '_, T> {
    pub(super) fn foreach(
        &mut self,
        id: StatementId,
        variable: Slot,
        iterable: Option<ExpressionId>,
        body: &Block,
    ) -> Result<(), Halt> {
        let Some(iterable) = iterable else { return Ok(()) };
        let over = self.value(iterable)?;
        if T::ACTIVE {
            self.tracer.loop_enter(id, &over);
        }
        let Some(iteration) = Iteration::over(&over) else { return Ok(()) };
        let program = self.program();
        let named = |name| program.slot(name);
        let (foreach, count, has_next) = (named("foreach"), named("velocityCount"), named("velocityHasNext"));
        let saved =
            [Some(variable), foreach, count, has_next].map(|slot| slot.map(|slot| (slot, self.slot(slot).clone())));

        let depth = u32::try_from(self.loops.len()).unwrap_or(u32::MAX);
        let state = Value::object(Object::Loop(LoopState {
            count: Cell::new(0),
            has_next: Cell::new(false),
            parent: self.loops.last().cloned(),
            depth,
        }));
        if let Some(slot) = foreach {
            *self.slot_mut(slot) = state.clone();
        }
        self.loops.push(state);
        let result = self.turns(id, variable, iteration, body, (count, has_next));
        self.loops.pop();

        for (slot, value) in saved.into_iter().flatten() {
            *self.slot_mut(slot) = value;
        }
        if T::ACTIVE {
            self.tracer.loop_leave(id);
        }
        match result {
            Err(Halt::Break(None)) => Ok(()),
            Err(Halt::Break(Some(target))) if target == depth => Ok(()),
            other => other,
        }
    }

    fn turns(
        &mut self,
        id: StatementId,
        variable: Slot,
        mut iteration: Iteration,
        body: &Block,
        (count_slot, has_next_slot): (Option<Slot>, Option<Slot>),
    ) -> Result<(), Halt> {
        let span = self.program().statements[id.0].span;
        let mut count = 0i32;
        while iteration.has_next() && count.unsigned_abs() as usize != self.host.env.limits.loop_turns {
            self.step(span)?;
            let Some(element) = iteration.next() else { return Err(changed(span).into()) };
            count += 1;
            let more = iteration.has_next();
            if let Some(Value::Object(object)) = self.loops.last()
                && let Object::Loop(state) = &**object
            {
                state.count.set(count);
                state.has_next.set(more);
            }
            if let Some(slot) = count_slot {
                *self.slot_mut(slot) = Value::Int(count);
            }
            if let Some(slot) = has_next_slot {
                *self.slot_mut(slot) = Value::Bool(more);
            }
            if T::ACTIVE {
                self.tracer.loop_turn(id, &element);
            }
            *self.slot_mut(variable) = element;
            self.block(body)?;
        }
        Ok(())
    }
}

fn changed(span: Span) -> Failure {
    let message = "java.util.ConcurrentModificationException: the list or map was changed while #foreach ran over it";
    Failure::new(FailureKind::Runtime, message, span, span.start)
}
