//! `#set` from null: the variable keeps what it held.

use rustc_hash::FxHashMap;

use super::super::run::Run;
use super::Found;
use crate::compile::program::{ExpressionId, ExpressionKind, ReferenceId, Slot, StatementId, StatementKind};
use crate::value::Value;

/// What variables of a run hold.
#[derive(Debug, Default)]
pub(super) struct Nulls {
    /// The last statement that gave a variable its value.
    set: FxHashMap<Slot, StatementId>,
    /// Variables that kept a value of another source, by the statement that meant to replace it.
    kept: FxHashMap<Slot, StatementId>,
}

impl Nulls {
    /// A `#set` ran.
    pub(super) fn set(&mut self, run: &Run, statement: StatementId, value: &Value, kept: bool) {
        let StatementKind::Set(target, _) = &run.program.statements[statement.0].kind else { return };
        let target = &run.program.references[target.0];
        if !target.steps.is_empty() || !target.assignable {
            return;
        }
        if !kept {
            self.set.insert(target.slot, statement);
            self.kept.remove(&target.slot);
        } else if value.is_null() && self.set.get(&target.slot).is_some_and(|before| !is_default(run, *before)) {
            self.kept.insert(target.slot, statement);
        }
    }

    /// A variable was read: now what it kept matters.
    pub(super) fn read(&mut self, found: &mut Found<'_>, run: &Run, reference: ReferenceId) {
        let slot = run.program.references[reference.0].slot;
        let Some(statement) = self.kept.remove(&slot) else { return };
        let Some(before) = self.set.get(&slot) else { return };
        let span = run.program.statements[statement.0].span;
        let name = &*run.program.slots[slot.0];
        let since = if *before == statement {
            "of the turn before".to_owned()
        } else {
            let place = run.program.source.line_column(run.program.statements[before.0].span.start);
            format!("of line {}", place.line)
        };
        let text = format!("the right side is null, so ${name} keeps the value {since} instead of becoming null");
        found.add("null-keeps-old-value", run, span, text);
    }
}

/// Whether a statement sets a literal: in front of a look-up that is the value for when nothing is found.
fn is_default(run: &Run, statement: StatementId) -> bool {
    match &run.program.statements[statement.0].kind {
        StatementKind::Set(_, value) => is_literal(run, *value),
        _ => false,
    }
}

fn is_literal(run: &Run, expression: ExpressionId) -> bool {
    let program = &run.program;
    match &program.expressions[expression.0].kind {
        ExpressionKind::Reference(_) | ExpressionKind::Interpolated(_) => false,
        ExpressionKind::Not(operand) => is_literal(run, *operand),
        ExpressionKind::Binary(_, left, right) | ExpressionKind::Range(left, right) => {
            is_literal(run, *left) && is_literal(run, *right)
        }
        ExpressionKind::List(items) | ExpressionKind::Map(items) => {
            program.lists.slice(items).iter().all(|item| is_literal(run, *item))
        }
        _ => true,
    }
}
