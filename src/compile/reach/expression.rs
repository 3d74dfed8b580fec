//! Values of expressions, and what evaluating one does to variables.

use super::Walk;
use super::state::State;
use super::value::{EMPTY_LIST, EMPTY_MAP, FALSE, Known, MODE, NULL, SOME_TEXT, SOMETHING, TRUE, Values, boolean};
use crate::compile::program::{ExpressionId, ExpressionKind, Reference, ReferenceId, StatementKind, StepKind};
use crate::value::method::Method;

/// Helpers that look at what they are given and keep nothing of it.
const LOOKS: &[&str] = &[
    "util.isNull",
    "util.isNullOrEmpty",
    "util.isNullOrBlank",
    "util.isString",
    "util.isNumber",
    "util.isBoolean",
    "util.isList",
    "util.isMap",
    "util.typeOf",
    "util.toJson",
];

impl<'p> Walk<'p, '_> {
    /// The helper that is the whole of a reference, with its arguments.
    pub(super) fn helper(&self, reference: &Reference) -> Option<(&'static str, &'p [ExpressionId])> {
        let program = self.program;
        let call = reference.helper.as_ref().filter(|_| self.helpers)?;
        let steps = program.steps.slice(&reference.steps);
        let [.., last] = steps else { return None };
        let StepKind::Call { arguments, .. } = &last.kind else { return None };
        (call.steps as usize == steps.len()).then(|| (call.helper.path, program.lists.slice(arguments)))
    }

    /// What an expression can come to.
    pub(super) fn value(&mut self, expression: ExpressionId, state: &State) -> Values {
        let program = self.program;
        match &program.expressions[expression.0].kind {
            ExpressionKind::Text(text) => self.table.set(Known::Text(*text)),
            ExpressionKind::Int(number) => self.table.set(Known::Int(*number)),
            ExpressionKind::Long(_) | ExpressionKind::Big(_) | ExpressionKind::Double(_) => SOMETHING,
            ExpressionKind::Boolean(truth) => boolean(*truth, !truth),
            ExpressionKind::Word => NULL,
            ExpressionKind::Interpolated(_) => SOME_TEXT,
            ExpressionKind::List(items) if items.is_empty() => EMPTY_LIST,
            ExpressionKind::List(items) => {
                let is_map = |item: &ExpressionId| matches!(program.expressions[item.0].kind, ExpressionKind::Map(_));
                match program.lists.slice(items).iter().all(is_map) {
                    true => self.table.set(Known::Records(expression)),
                    false => SOMETHING,
                }
            }
            ExpressionKind::Map(pairs) => {
                if pairs.is_empty() {
                    EMPTY_MAP
                } else {
                    SOMETHING
                }
            }
            ExpressionKind::Reference(reference) => self.reference(*reference, state),
            ExpressionKind::Not(_) => self.condition_value(expression, state),
            ExpressionKind::Binary(operator, ..) if operator.compares() || operator.joins() => {
                self.condition_value(expression, state)
            }
            ExpressionKind::Binary(..) | ExpressionKind::Range(..) => Values::ANY,
        }
    }

    fn condition_value(&mut self, expression: ExpressionId, state: &State) -> Values {
        let (holds, fails) = self.truths(expression, state);
        boolean(holds, fails)
    }

    fn reference(&mut self, reference: ReferenceId, state: &State) -> Values {
        let program = self.program;
        let reference = &program.references[reference.0];
        if let Some((path, arguments)) = self.helper(reference) {
            return match (path, arguments) {
                ("util.authType", []) => MODE,
                ("util.isNull" | "util.isNullOrEmpty", [argument]) => {
                    let values = self.value(*argument, state);
                    self.asks_null(path, values)
                }
                ("util.isString", [argument]) => {
                    let values = self.value(*argument, state);
                    self.asks_text(values)
                }
                ("util.defaultIfNull", [first, second]) => {
                    let first = self.value(*first, state);
                    let or = if first.holds(NULL) { self.value(*second, state) } else { Values::NONE };
                    first.without(NULL).or(or)
                }
                _ => Values::ANY,
            };
        }
        if self.asks_absent(reference, state) {
            return FALSE;
        }
        let (slot, taken) = self.fact(reference).unwrap_or((reference.slot, 0));
        let mut values = state.get(slot);
        for step in program.steps.slice(&reference.steps).iter().skip(taken) {
            if values.is_any() {
                return values;
            }
            values = self
                .table
                .members(values)
                .into_iter()
                .fold(Values::NONE, |found, known| found.or(self.step(known, &step.kind, state)));
        }
        values
    }

    /// What a step from a value comes to.
    fn step(&mut self, known: Known, step: &StepKind, state: &State) -> Values {
        let program = self.program;
        match (known, step) {
            // Null anywhere on the way makes the whole null.
            (Known::Null, _) => NULL,
            (Known::EmptyList | Known::EmptyMap, StepKind::Call { method: Some(method), arguments, .. }) => {
                match (known, method, arguments.len()) {
                    (_, Method::IsEmpty, 0) => TRUE,
                    (_, Method::Size, 0) => self.table.set(Known::Int(0)),
                    (Known::EmptyList, Method::Contains, 1) => FALSE,
                    (Known::EmptyMap, Method::ContainsKey, 1) => FALSE,
                    (Known::EmptyMap, Method::KeySet | Method::EntrySet | Method::Values, 0) => EMPTY_LIST,
                    (Known::EmptyMap, Method::Get, 1) => NULL,
                    _ => Values::ANY,
                }
            }
            (Known::Record(literal), StepKind::Property(name)) if program.text(*name) != "class" => {
                self.member(literal, program.text(*name), state)
            }
            (Known::Record(literal), StepKind::Call { method: Some(Method::Get), arguments, .. }) => {
                match program.lists.slice(arguments) {
                    [key] => match &program.expressions[key.0].kind {
                        ExpressionKind::Text(text) => self.member(literal, program.text(*text), state),
                        _ => Values::ANY,
                    },
                    _ => Values::ANY,
                }
            }
            _ => Values::ANY,
        }
    }

    /// A member of the maps in a list literal, where all of them are literals too.
    fn member(&mut self, literal: ExpressionId, name: &str, state: &State) -> Values {
        let program = self.program;
        let ExpressionKind::List(items) = &program.expressions[literal.0].kind else { return Values::ANY };
        let mut found = Values::NONE;
        for item in program.lists.slice(items) {
            let ExpressionKind::Map(pairs) = &program.expressions[item.0].kind else { return Values::ANY };
            let mut own = NULL;
            for pair in program.lists.slice(pairs).chunks_exact(2) {
                let [key, value] = pair else { return Values::ANY };
                let ExpressionKind::Text(key) = &program.expressions[key.0].kind else { return Values::ANY };
                if program.text(*key) == name {
                    own = match &program.expressions[value.0].kind {
                        ExpressionKind::Boolean(_) | ExpressionKind::Int(_) | ExpressionKind::Text(_) => {
                            self.value(*value, state)
                        }
                        _ => Values::ANY,
                    };
                }
            }
            found = found.or(own);
        }
        found
    }

    /// What evaluating an expression does to variables. `kept` says that somebody keeps its value: what a variable
    /// holds has another name from then on.
    pub(super) fn effects(&mut self, expression: ExpressionId, kept: bool, state: &mut State) {
        let program = self.program;
        match &program.expressions[expression.0].kind {
            ExpressionKind::Reference(reference) => {
                let node = &program.references[reference.0];
                if node.steps.is_empty() && kept {
                    state.escape(node.slot, &mut self.table);
                }
                if kept {
                    self.unsettle(*reference, true, state);
                }
                self.effects_of(*reference, state);
            }
            ExpressionKind::Interpolated(block) => {
                for item in program.block_items.slice(block) {
                    self.reach.statements.insert(*item);
                    if let StatementKind::Output(reference, _) = &program.statements[item.0].kind {
                        self.effects_of(*reference, state);
                    }
                }
            }
            ExpressionKind::List(items) | ExpressionKind::Map(items) => {
                program.lists.slice(items).iter().for_each(|item| self.effects(*item, true, state));
            }
            ExpressionKind::Not(operand) => self.effects(*operand, false, state),
            ExpressionKind::Binary(_, left, right) | ExpressionKind::Range(left, right) => {
                self.effects(*left, false, state);
                self.effects(*right, false, state);
            }
            _ => {}
        }
    }

    /// What following a reference does to variables.
    pub(super) fn effects_of(&mut self, reference: ReferenceId, state: &mut State) {
        let program = self.program;
        self.unsettle(reference, false, state);
        let reference = &program.references[reference.0];
        self.effects_in_steps(reference, state);
        let slot = reference.slot;
        if reference.steps.is_empty() || reference.helper.is_some() || state.get(slot).is_any() {
            return;
        }
        let steps = program.steps.slice(&reference.steps);
        let mut kinds = steps.iter().map(|step| &step.kind);
        let harmless = match (kinds.next(), kinds.next()) {
            (Some(StepKind::Call { method: Some(method), .. }), next) => match method {
                Method::IsEmpty | Method::Size | Method::Contains | Method::ContainsKey | Method::Get => {
                    *method != Method::Get || self.table.members(state.get(slot)).iter().all(|known| !is_list(*known))
                }
                // A view of the map: what can be done with it is not followed.
                Method::KeySet | Method::Values | Method::EntrySet => matches!(
                    next,
                    Some(StepKind::Call { method: Some(Method::IsEmpty | Method::Size | Method::Contains), .. })
                ),
                _ => false,
            },
            (Some(StepKind::Property(_)), _) => {
                self.table.members(state.get(slot)).iter().all(|known| !is_list(*known))
            }
            _ => false,
        };
        if !harmless {
            state.escape(slot, &mut self.table);
        }
    }

    /// What evaluating the arguments of a reference does.
    pub(super) fn effects_in_steps(&mut self, reference: &Reference, state: &mut State) {
        let program = self.program;
        let looks = self.helper(reference).is_some_and(|(path, _)| LOOKS.contains(&path));
        // The value of `$util.qr(..)` is nobody's.
        let drops = self.helper(reference).is_some_and(|(path, _)| matches!(path, "util.qr" | "util.quiet"));
        for step in program.steps.slice(&reference.steps) {
            match &step.kind {
                StepKind::Property(_) => {}
                StepKind::Index(index) => self.effects(*index, false, state),
                StepKind::Call { method, arguments, .. } => {
                    let copies = matches!(
                        method,
                        Some(Method::AddAll | Method::Contains | Method::ContainsKey | Method::RemoveAll)
                    ) && reference.helper.is_none();
                    // What is copied out of a list of maps are the maps.
                    for argument in program.lists.slice(arguments) {
                        let shared = copies && *method == Some(Method::AddAll) && self.holds_records(*argument, state);
                        self.effects(*argument, !(looks || drops || copies) || shared, state);
                    }
                }
            }
        }
    }

    fn holds_records(&mut self, expression: ExpressionId, state: &State) -> bool {
        let values = self.value(expression, state);
        values.is_any() || !self.table.records(values).is_empty()
    }
}

fn is_list(known: Known) -> bool {
    matches!(known, Known::Records(_))
}
