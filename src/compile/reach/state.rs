//! What all variables can hold at a place.

use super::value::{Known, SOMETHING, Table, Values};
use crate::compile::program::{ExpressionId, Slot};

/// What each variable can hold, by slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State(Vec<Values>);

impl State {
    pub fn new(slots: usize, all: Values) -> State {
        State(vec![all; slots])
    }

    pub fn get(&self, slot: Slot) -> Values {
        self.0.get(slot.index()).copied().unwrap_or(Values::ANY)
    }

    pub fn set(&mut self, slot: Slot, values: Values) {
        if let Some(place) = self.0.get_mut(slot.index()) {
            *place = values;
        }
    }

    /// What can be here after one of two ways.
    pub fn or(mut self, other: &State, table: &mut Table) -> State {
        let mut lost = Vec::new();
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            let both = mine.or(*theirs);
            if both.is_any() {
                lost.extend(table.records(*mine));
                lost.extend(table.records(*theirs));
            }
            *mine = both;
        }
        // Who holds them from here on is not known: what is done to them would not be seen.
        lost.into_iter().for_each(|literal| self.forget(literal, table));
        self
    }

    /// Somebody else may hold what a variable holds, and change it.
    pub fn escape(&mut self, slot: Slot, table: &mut Table) {
        let values = self.get(slot);
        if values.is_any() {
            return;
        }
        table.records(values).into_iter().for_each(|literal| self.forget(literal, table));
        let changes = super::value::EMPTY_LIST.or(super::value::EMPTY_MAP);
        if values.holds(changes) {
            self.set(slot, self.get(slot).without(changes).or(SOMETHING));
        }
    }

    /// The maps of a list literal may change from here on.
    pub fn forget(&mut self, literal: ExpressionId, table: &mut Table) {
        let known = table.set(Known::Records(literal)).or(table.set(Known::Record(literal)));
        for place in self.0.iter_mut().filter(|place| !place.is_any() && place.holds(known)) {
            *place = place.without(known).or(SOMETHING);
        }
    }
}

/// What can be here after one of two ways, either of which may not lead here.
pub(super) fn either(one: Option<State>, other: Option<State>, table: &mut Table) -> Option<State> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.or(&other, table)),
        (one, other) => one.or(other),
    }
}
