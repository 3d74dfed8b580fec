//! Conditions: which way they can come out, and what is known behind each way.

use super::Walk;
use super::state::{State, either};
use super::value::{FALSE, Known, NULL, TRUE, Values, boolean, truths};
use crate::compile::program::{ExpressionId, ExpressionKind, Reference, Slot};
use crate::syntax::ast::Operator;

impl Walk<'_, '_> {
    /// What can be where a condition holds, and where it does not.
    pub(super) fn condition(&mut self, condition: ExpressionId, state: State) -> (Option<State>, Option<State>) {
        let program = self.program;
        match &program.expressions[condition.0].kind {
            ExpressionKind::Not(operand) => {
                let (holds, fails) = self.condition(*operand, state);
                (fails, holds)
            }
            ExpressionKind::Binary(Operator::And, left, right) => {
                let (holds, fails) = self.condition(*left, state);
                let (both, second) = holds.map_or((None, None), |holds| self.condition(*right, holds));
                (both, either(fails, second, &mut self.table))
            }
            ExpressionKind::Binary(Operator::Or, left, right) => {
                let (holds, fails) = self.condition(*left, state);
                let (second, none) = fails.map_or((None, None), |fails| self.condition(*right, fails));
                (either(holds, second, &mut self.table), none)
            }
            _ => self.atom(condition, state),
        }
    }

    fn atom(&mut self, atom: ExpressionId, mut state: State) -> (Option<State>, Option<State>) {
        self.effects(atom, false, &mut state);
        let (holds, fails) = self.truths(atom, &state);
        for (truth, _) in [(true, holds), (false, fails)].into_iter().filter(|(_, possible)| *possible) {
            self.reach.truths.insert((atom, truth));
        }
        if !(holds && fails) {
            let state = Some(state);
            return if holds { (state, None) } else { (None, state) };
        }
        // Each variable goes on with those of its values with which the condition can come out so.
        let (mut held, mut failed) = (state.clone(), state.clone());
        for slot in self.asked(atom) {
            let (mut with, mut without) = (Values::NONE, Values::NONE);
            for one in state.get(slot).singles() {
                let mut alone = state.clone();
                alone.set(slot, one);
                let (may_hold, may_fail) = self.truths(atom, &alone);
                with = if may_hold { with.or(one) } else { with };
                without = if may_fail { without.or(one) } else { without };
            }
            if with != Values::NONE && without != Values::NONE {
                held.set(slot, with);
                failed.set(slot, without);
            }
        }
        (Some(held), Some(failed))
    }

    /// The variables without steps that an atom speaks of, as far as something is known of them.
    fn asked(&self, atom: ExpressionId) -> Vec<Slot> {
        let program = self.program;
        let mut found = Vec::new();
        let bare = |expression: ExpressionId| match &program.expressions[expression.0].kind {
            ExpressionKind::Reference(reference) => Some(&program.references[reference.0]),
            _ => None,
        };
        let place = |reference: &Reference| match self.fact(reference) {
            Some((slot, steps)) => (steps == program.steps.slice(&reference.steps).len()).then_some(slot),
            None => reference.steps.is_empty().then_some(reference.slot),
        };
        let mut add = |expression: ExpressionId| {
            let Some(reference) = bare(expression) else { return };
            match self.helper(reference) {
                Some((_, arguments)) => {
                    found.extend(arguments.iter().filter_map(|argument| bare(*argument)).filter_map(place));
                }
                None => found.extend(place(reference)),
            }
        };
        match &program.expressions[atom.0].kind {
            ExpressionKind::Binary(_, left, right) => {
                add(*left);
                add(*right);
            }
            _ => add(atom),
        }
        found
    }

    /// Whether an atom, or a condition in a value, can hold, and fail.
    pub(super) fn truths(&mut self, condition: ExpressionId, state: &State) -> (bool, bool) {
        let program = self.program;
        match &program.expressions[condition.0].kind {
            ExpressionKind::Not(operand) => {
                let (holds, fails) = self.truths(*operand, state);
                (fails, holds)
            }
            ExpressionKind::Binary(Operator::And, left, right) => {
                let ((left, no_left), (right, no_right)) = (self.truths(*left, state), self.truths(*right, state));
                (left && right, no_left || left && no_right)
            }
            ExpressionKind::Binary(Operator::Or, left, right) => {
                let ((left, no_left), (right, no_right)) = (self.truths(*left, state), self.truths(*right, state));
                (left || no_left && right, no_left && no_right)
            }
            ExpressionKind::Binary(operator, left, right) if operator.compares() => {
                let values = (self.value(*left, state), self.value(*right, state));
                self.compared(*operator, values)
            }
            ExpressionKind::Reference(_) => truths(self.value(condition, state)),
            ExpressionKind::Boolean(truth) => (*truth, !truth),
            // Literals and arithmetic never hold.
            _ => (false, true),
        }
    }

    fn compared(&self, operator: Operator, (left, right): (Values, Values)) -> (bool, bool) {
        if left.is_any() || right.is_any() {
            return (true, true);
        }
        let (mut holds, mut fails) = (false, false);
        for one in self.table.members(left) {
            for other in self.table.members(right) {
                match self.compare(operator, one, other) {
                    Some(true) => holds = true,
                    Some(false) => fails = true,
                    None => return (true, true),
                }
            }
        }
        (holds, fails)
    }

    /// How two values compare, where that is certain.
    fn compare(&self, operator: Operator, left: Known, right: Known) -> Option<bool> {
        let numbers = match (left, right) {
            (Known::Int(left), Known::Int(right)) => Some((left, right)),
            _ => None,
        };
        let open = |known: Known| matches!(known, Known::Something);
        Some(match operator {
            Operator::Equal => self.equal(left, right)?,
            Operator::NotEqual => !self.equal(left, right)?,
            // What are no two numbers is neither less nor more.
            _ if numbers.is_none() && (open(left) || open(right)) => return None,
            Operator::Less => numbers.is_some_and(|(left, right)| left < right),
            Operator::LessEqual => numbers.is_some_and(|(left, right)| left <= right),
            Operator::Greater => numbers.is_some_and(|(left, right)| left > right),
            Operator::GreaterEqual => numbers.is_some_and(|(left, right)| left >= right),
            _ => return None,
        })
    }

    fn equal(&self, left: Known, right: Known) -> Option<bool> {
        use Known::{False, Int, Null, True};
        match (left, right) {
            (Null, Null) => Some(true),
            (Null, _) | (_, Null) => Some(false),
            (True | False, True | False) => Some(left == right),
            (Int(left), Int(right)) => Some(left == right),
            _ => Some(self.text(left)? == self.text(right)?),
        }
    }

    /// A text that is known letter by letter.
    fn text(&self, known: Known) -> Option<&str> {
        match known {
            Known::Text(text) => Some(self.program.text(text)),
            Known::Mode => Some(self.auth_type),
            _ => None,
        }
    }

    /// The value of `$util.isString(..)`.
    pub(super) fn asks_text(&self, values: Values) -> Values {
        if values.is_any() {
            return boolean(true, true);
        }
        let members = self.table.members(values);
        let is_text = |known: &Known| matches!(known, Known::SomeText | Known::Text(_) | Known::Mode);
        let may_be = |known: &Known| is_text(known) || matches!(known, Known::Something);
        boolean(members.iter().any(may_be), !members.iter().all(is_text))
    }

    /// The value of `$util.isNull(..)` and its kin.
    pub(super) fn asks_null(&self, path: &str, values: Values) -> Values {
        if values.is_any() {
            return if path == "util.isNull" { boolean(true, true) } else { values };
        }
        let mut found = Values::NONE;
        for known in self.table.members(values) {
            let empty = match (path, self.text(known)) {
                _ if known == Known::Null => Some(true),
                ("util.isNull", _) => Some(false),
                ("util.isNullOrEmpty", Some(text)) => Some(text.is_empty()),
                _ => None,
            };
            match empty {
                Some(true) => found = found.or(TRUE),
                Some(false) => found = found.or(FALSE),
                None => return boolean(true, true).or(NULL),
            }
        }
        found
    }
}
