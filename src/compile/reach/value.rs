//! What a variable can hold at a place, as far as the template alone decides it.

use crate::compile::program::{ExpressionId, TextId};

/// One thing that a variable can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Null,
    False,
    True,
    /// A list that nothing was added to. No other variable holds the same one.
    EmptyList,
    /// The same of a map.
    EmptyMap,
    /// Something that is neither null nor a Boolean.
    Something,
    /// A text that is not null; which is not known.
    SomeText,
    Text(TextId),
    /// The name of the caller's mode.
    Mode,
    Int(i32),
    /// A list literal of map literals that nobody changed.
    Records(ExpressionId),
    /// One of these maps.
    Record(ExpressionId),
}

/// A set of things that a variable can hold: bits into [`Table`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Values(u64);

impl Values {
    /// Anything at all.
    pub const ANY: Values = Values(u64::MAX);
    /// Nothing: no run comes here.
    pub const NONE: Values = Values(0);

    pub fn is_any(self) -> bool {
        self == Values::ANY
    }

    pub fn or(self, other: Values) -> Values {
        Values(self.0 | other.0)
    }

    pub fn without(self, other: Values) -> Values {
        if self.is_any() { self } else { Values(self.0 & !other.0) }
    }

    pub fn holds(self, other: Values) -> bool {
        self.0 & other.0 != 0
    }

    /// Its members one by one, each as a set; nothing of what can be anything.
    pub fn singles(self) -> impl Iterator<Item = Values> {
        let bits = if self.is_any() { 0 } else { self.0 };
        (0..u64::BITS).map(|bit| 1_u64 << bit).filter(move |bit| bits & bit != 0).map(Values)
    }
}

/// What is known of, numbered.
#[derive(Debug)]
pub(super) struct Table(Vec<Known>);

pub(super) const NULL: Values = Values(1);
pub(super) const FALSE: Values = Values(1 << 1);
pub(super) const TRUE: Values = Values(1 << 2);
pub(super) const EMPTY_LIST: Values = Values(1 << 3);
pub(super) const EMPTY_MAP: Values = Values(1 << 4);
pub(super) const SOMETHING: Values = Values(1 << 5);
pub(super) const SOME_TEXT: Values = Values(1 << 6);
pub(super) const MODE: Values = Values(1 << 7);

impl Table {
    pub fn new() -> Table {
        use Known::{EmptyList, EmptyMap, False, Mode, Null, SomeText, Something, True};
        Table(vec![Null, False, True, EmptyList, EmptyMap, Something, SomeText, Mode])
    }

    /// The set of one thing; anything, when there are too many things.
    pub fn set(&mut self, known: Known) -> Values {
        let at = self.0.iter().position(|other| *other == known).unwrap_or_else(|| {
            if self.0.len() < 63 {
                self.0.push(known);
            }
            self.0.len() - 1
        });
        match self.0.get(at) {
            Some(found) if *found == known => Values(1 << at),
            _ => Values::ANY,
        }
    }

    /// The members of a set that is not anything.
    pub fn members(&self, values: Values) -> Vec<Known> {
        self.0.iter().enumerate().filter(|(at, _)| values.0 >> at & 1 == 1).map(|(_, known)| *known).collect()
    }

    /// The literals of which a set holds the list, or one of its maps.
    pub fn records(&self, values: Values) -> Vec<ExpressionId> {
        if values.is_any() {
            return Vec::new();
        }
        let literal = |known: Known| match known {
            Known::Records(literal) | Known::Record(literal) => Some(literal),
            _ => None,
        };
        self.members(values).into_iter().filter_map(literal).collect()
    }
}

/// A Boolean of which is known what it can be.
pub(super) fn boolean(may_hold: bool, may_fail: bool) -> Values {
    let of = |may: bool, values: Values| if may { values } else { Values::NONE };
    of(may_hold, TRUE).or(of(may_fail, FALSE))
}

/// Whether a set can be true as a condition, and false: null and false are false.
pub(super) fn truths(values: Values) -> (bool, bool) {
    let falsy = NULL.or(FALSE);
    (values.is_any() || values.without(falsy) != Values::NONE, values.holds(falsy))
}
