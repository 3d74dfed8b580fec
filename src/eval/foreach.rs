//! `#foreach`: Java's iterators, with their complaints about containers that change under them.

use std::cell::Cell;
use std::rc::Rc;

use super::machine::Machine;
use super::outcome::{Failure, FailureKind, Halt, Run};
use super::tracer::Tracer;
use crate::compile::program::{Block, ExpressionId, LoopSlots, Slot, StatementId};
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
    fn over(value: Value) -> Option<Iteration> {
        let map = |map: Rc<Map>, kind| {
            let (modifications, has_next) = (map.modifications(), !map.entries().is_empty());
            Iteration::Map { map, kind, next: 0, modifications, has_next }
        };
        match value {
            Value::List(list) => Some(Iteration::List { next: 0, modifications: list.modifications(), list }),
            Value::Map(entries) => Some(map(entries, ViewKind::Values)),
            Value::Object(object) => match &*object {
                Object::View(entries, kind) => Some(map(Rc::clone(entries), *kind)),
                Object::Iterator { .. } => Some(Iteration::Iterator(object)),
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
    /// Runs a loop. One that is `scoped` has a `$foreach`: its body names it.
    pub(super) fn foreach(
        &mut self,
        id: StatementId,
        variable: Slot,
        iterable: ExpressionId,
        body: &Block,
        scoped: bool,
    ) -> Run<()> {
        let over = self.value(iterable)?;
        if T::ACTIVE {
            self.tracer.loop_enter(id, &over);
        }
        let Some(iteration) = Iteration::over(over) else { return Ok(()) };
        let LoopSlots { foreach, count, has_next } = self.program().loop_slots;
        let state = foreach.filter(|_| scoped).map(|slot| (slot, self.enter_scope()));
        let saved = self.slot(variable).clone();
        let saved_scope = state.map(|(slot, state)| (slot, std::mem::replace(self.slot_mut(slot), state)));
        let saved_others = [count, has_next].map(|slot| slot.map(|slot| (slot, self.slot(slot).clone())));

        let result = self.turns(id, variable, iteration, body, scoped);

        *self.slot_mut(variable) = saved;
        // An inner loop over the same variable lets go of it.
        self.held.retain(|slot| *slot != variable);
        for (slot, value) in saved_others.into_iter().chain([saved_scope]).flatten() {
            *self.slot_mut(slot) = value;
        }
        let depth = scoped.then(|| self.leave_scope());
        if T::ACTIVE {
            self.tracer.loop_leave(id);
        }
        match result {
            Err(halt) if matches!(*halt, Halt::Break(target) if target.is_none() || target == depth) => Ok(()),
            other => other,
        }
    }

    /// A new `$foreach` inside the present one.
    fn enter_scope(&mut self) -> Value {
        let state = Value::object(Object::Loop(LoopState {
            count: Cell::new(0),
            has_next: Cell::new(false),
            parent: self.loops.last().cloned(),
            depth: u32::try_from(self.loops.len()).unwrap_or(u32::MAX),
        }));
        self.loops.push(state.clone());
        state
    }

    /// Back to the `$foreach` around; the depth of the one left.
    fn leave_scope(&mut self) -> u32 {
        self.loops.pop();
        u32::try_from(self.loops.len()).unwrap_or(u32::MAX)
    }

    fn turns(
        &mut self,
        id: StatementId,
        variable: Slot,
        mut iteration: Iteration,
        body: &Block,
        scoped: bool,
    ) -> Run<()> {
        let LoopSlots { count: count_slot, has_next: has_next_slot, .. } = self.program().loop_slots;
        let span = self.program().statements[id.0].span;
        let mut count = 0i32;
        while iteration.has_next() && count.unsigned_abs() as usize != self.host.env.limits.loop_turns {
            self.step(span)?;
            let Some(element) = iteration.next() else { return Err(changed(span).into()) };
            count += 1;
            if scoped
                && let Some(Value::Object(object)) = self.loops.last()
                && let Object::Loop(state) = &**object
            {
                state.count.set(count);
                state.has_next.set(iteration.has_next());
            }
            if let Some(slot) = count_slot {
                *self.slot_mut(slot) = Value::Int(count);
            }
            if let Some(slot) = has_next_slot {
                *self.slot_mut(slot) = Value::Bool(iteration.has_next());
            }
            if T::ACTIVE {
                self.tracer.loop_turn(id, &element);
            }
            let held = self.held.len();
            if !self.held.contains(&variable) {
                if element.is_null() {
                    self.held.push(variable);
                }
                *self.slot_mut(variable) = element;
            }
            let turn = self.block(body);
            self.held.truncate(held);
            turn?;
            // Text alone grows past the limit only in a loop.
            self.check_size(span)?;
        }
        Ok(())
    }
}

fn changed(span: Span) -> Failure {
    let message = "java.util.ConcurrentModificationException: the list or map was changed while #foreach ran over it";
    Failure::new(FailureKind::Runtime, message, span, span.start)
}
