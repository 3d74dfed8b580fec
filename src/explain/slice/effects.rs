//! What a block would do if it ran, read off its text.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::run::Run;
use super::super::variable::literal_text;
use crate::compile::program::{Block, ExpressionId, ReferenceId, Slot, StatementId, StatementKind, StepKind};
use crate::eval::Event;
use crate::value::{MapKind, Value};

/// Something that a statement would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Effect {
    /// Set a variable.
    Set(Slot),
    /// Change the list or map that a reference leads to, by this step of it.
    Change(ReferenceId, u32),
    /// Print.
    Print,
    /// End the template.
    End,
    /// Leave the loop around.
    Break,
}

/// The effects of blocks, each read once.
#[derive(Debug, Default)]
pub(super) struct Effects(FxHashMap<(usize, u32, u32), Rc<[Effect]>>);

impl Effects {
    /// What a block of a run's template would do.
    pub(super) fn of(&mut self, run: &Run, block: &Block) -> Rc<[Effect]> {
        // Runs of one template share its program.
        let key = (Arc::as_ptr(&run.program).addr(), block.start, block.end);
        let effects = self.0.entry(key).or_insert_with(|| {
            let mut found = FxHashSet::default();
            collect(run, block, &mut found);
            found.into_iter().collect()
        });
        Rc::clone(effects)
    }
}

fn collect(run: &Run, block: &Block, found: &mut FxHashSet<Effect>) {
    for statement in run.program.block_items.slice(block) {
        of_statement(run, *statement, found);
    }
}

fn of_statement(run: &Run, statement: StatementId, found: &mut FxHashSet<Effect>) {
    let program = &run.program;
    let of_expression = |expression: ExpressionId, found: &mut FxHashSet<Effect>| {
        run.references_in(expression).into_iter().for_each(|reference| of_reference(run, reference, found));
    };
    match &program.statements[statement.0].kind {
        StatementKind::Text(text) => {
            if !program.text(*text).trim().is_empty() {
                found.insert(Effect::Print);
            }
        }
        StatementKind::Output(reference, _) => {
            if program.references[reference.0].helper.is_none_or(|call| call.discarded.is_none()) {
                found.insert(Effect::Print);
            }
            run.references_of(statement).into_iter().for_each(|reference| of_reference(run, reference, found));
        }
        StatementKind::Set(target, value) => {
            let reference = &program.references[target.0];
            if reference.assignable {
                found.insert(match reference.steps.end.checked_sub(1).filter(|last| *last >= reference.steps.start) {
                    Some(last) => Effect::Change(*target, last),
                    None => Effect::Set(reference.slot),
                });
            }
            of_expression(*value, found);
        }
        StatementKind::If(arms) => {
            for arm in arms {
                arm.condition.iter().for_each(|condition| of_expression(*condition, found));
                collect(run, &arm.body, found);
            }
        }
        StatementKind::Foreach { iterable, body, .. } => {
            iterable.iter().for_each(|iterable| of_expression(*iterable, found));
            collect(run, body, found);
        }
        StatementKind::Break(_) => {
            found.insert(Effect::Break);
        }
        StatementKind::Stop | StatementKind::Return(_) => {
            found.insert(Effect::End);
        }
    }
}

fn of_reference(run: &Run, id: ReferenceId, found: &mut FxHashSet<Effect>) {
    let reference = &run.program.references[id.0];
    if reference.helper.is_some_and(|call| may_end(call.helper.path)) {
        found.insert(Effect::End);
    }
    for step in reference.steps.clone() {
        if let StepKind::Call { method: Some(method), .. } = &run.program.steps[step].kind
            && method.mutates()
        {
            found.insert(Effect::Change(id, step));
        }
    }
}

/// Whether a helper ends the template, always or when what it checks does not hold.
pub(super) fn may_end(helper: &str) -> bool {
    matches!(helper, "util.error" | "util.unauthorized" | "util.validate")
}

/// What a reference leads to in front of a step, as far as its steps are names; the last known value on the way, and
/// whether that is it.
pub(super) fn target(run: &Run, root: &Value, reference: ReferenceId, upto: u32) -> (Value, bool) {
    let mut value = root.clone();
    for step in run.program.references[reference.0].steps.start..upto {
        let (Value::Map(map), Some(key)) = (&value, key(run, step)) else { return (value, false) };
        let member = map.get_str(&key).unwrap_or_default();
        value = member;
    }
    (value, true)
}

/// The literal key that a step reads or writes.
pub(super) fn key(run: &Run, step: u32) -> Option<String> {
    match &run.program.steps[step].kind {
        StepKind::Property(name) => Some(run.program.text(*name).to_owned()),
        StepKind::Call { name, arguments, .. } => {
            let keyed = matches!(run.program.text(*name), "get" | "put" | "putIfAbsent" | "remove" | "containsKey");
            let first = run.program.lists.slice(arguments).first().filter(|_| keyed)?;
            literal_text(run, *first)
        }
        StepKind::Index(index) => literal_text(run, *index),
    }
}

/// `$ctx` of a run, if anything of it was read.
pub(super) fn context(run: &Run) -> Option<Value> {
    run.events.iter().find_map(|event| match event {
        Event::Step { receiver: bean @ Value::Map(map), .. } if map.kind == MapKind::Context => Some(bean.clone()),
        _ => None,
    })
}
