//! What conditions hang on: variables and stash entries, and the statements that write them.

use rustc_hash::FxHashMap;

use super::run::{Place, Run};
use crate::compile::program::{
    ExpressionId, ExpressionKind, Reference, ReferenceId, Slot, StatementId, StatementKind, StepKind,
};
use crate::eval::Event;

/// Something a template can write and read back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Variable {
    /// A variable of one template.
    Local(usize, Slot),
    /// An entry of `$ctx.stash`: shared by every template of the resolver.
    Stash(String),
}

/// How a statement writes a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// Gives it the value of an expression.
    Assign(ExpressionId),
    /// Adds to the list or map that it holds.
    Grow,
}

/// A statement that writes a variable.
#[derive(Debug, Clone)]
pub struct Writer {
    /// Where.
    pub place: Place,
    /// How.
    pub write: Write,
}

/// The variable at the root of a reference; `$ctx.stash.key` is the entry, other parts of `$ctx` are none.
pub fn variable_of(run: &Run, index: usize, reference: ReferenceId) -> Option<Variable> {
    let program = &run.program;
    let reference = &program.references[reference.0];
    match &*program.slots[reference.slot.0] {
        "ctx" | "context" => stash_key(run, reference).map(|(key, _)| Variable::Stash(key)),
        "util" | "utils" | "extensions" | "foreach" | "velocityCount" | "velocityHasNext" => None,
        _ => Some(Variable::Local(index, reference.slot)),
    }
}

/// The literal key of `$ctx.stash.key`, `$ctx.stash.get("key")`, `$ctx.stash["key"]`, and how many steps name it.
pub fn stash_key(run: &Run, reference: &Reference) -> Option<(String, usize)> {
    let program = &run.program;
    let steps = program.steps.slice(&reference.steps);
    let first = steps.first()?;
    if !matches!(&first.kind, StepKind::Property(name) if program.text(*name) == "stash") {
        return None;
    }
    let key = match &steps.get(1)?.kind {
        StepKind::Property(name) => program.text(*name).to_owned(),
        StepKind::Call { name, arguments, .. } if matches!(program.text(*name), "get" | "put") => {
            literal_text(run, *program.lists.slice(arguments).first()?)?
        }
        StepKind::Index(index) => literal_text(run, *index)?,
        StepKind::Call { .. } => return None,
    };
    Some((key, 2))
}

/// The text of a string literal.
pub fn literal_text(run: &Run, expression: ExpressionId) -> Option<String> {
    match &run.program.expressions[expression.0].kind {
        ExpressionKind::Text(text) => Some(run.program.text(*text).to_owned()),
        _ => None,
    }
}

/// Every statement of the execution's templates that writes a variable, in the order of runs and source.
pub fn writers(runs: &[Run], variable: &Variable) -> Vec<Writer> {
    let mut found = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        if matches!(variable, Variable::Local(only, _) if *only != index) {
            continue;
        }
        for statement in candidates(run, variable) {
            if let Some(write) = writes(run, index, statement, variable) {
                found.push(Writer { place: Place { run: index, statement }, write });
            }
        }
    }
    found
}

/// The statements that may write a variable, in the order of the source.
fn candidates(run: &Run, variable: &Variable) -> Vec<StatementId> {
    let writers = run.writers.get_or_init(|| {
        let mut writers: FxHashMap<Slot, Vec<StatementId>> = FxHashMap::default();
        for statement in run.statements() {
            let target = match &run.program.statements[statement.0].kind {
                StatementKind::Set(target, _) => Some(*target),
                StatementKind::Output(..) => None,
                _ => continue,
            };
            let changed = run.references_of(statement).into_iter().filter(|reference| changes(run, *reference));
            for reference in target.into_iter().chain(changed) {
                let of_slot = writers.entry(run.program.references[reference.0].slot).or_default();
                if of_slot.last() != Some(&statement) {
                    of_slot.push(statement);
                }
            }
        }
        writers
    });
    let of = |slot: Slot| writers.get(&slot).cloned().unwrap_or_default();
    match variable {
        Variable::Local(_, slot) => of(*slot),
        Variable::Stash(_) => {
            let names = ["ctx", "context"].into_iter().filter_map(|name| run.program.slot(name));
            let mut found: Vec<StatementId> = names.flat_map(of).collect();
            found.sort_unstable();
            found.dedup();
            found
        }
    }
}

/// Whether a reference ends in a call that may change what it leads to.
fn changes(run: &Run, reference: ReferenceId) -> bool {
    let steps = run.program.steps.slice(&run.program.references[reference.0].steps);
    matches!(
        steps.last().map(|step| &step.kind),
        Some(StepKind::Call { method: Some(method), .. }) if method.mutates()
    )
}

/// Whether and how a statement writes a variable.
pub fn writes(run: &Run, index: usize, statement: StatementId, variable: &Variable) -> Option<Write> {
    let program = &run.program;
    match &program.statements[statement.0].kind {
        StatementKind::Set(target, value) => {
            let reference = &program.references[target.0];
            let own = variable_of(run, index, *target)? == *variable;
            let named = match variable {
                Variable::Local(..) => 0,
                Variable::Stash(_) => 2,
            };
            if own && reference.steps.len() == named {
                return Some(Write::Assign(*value));
            }
            // `#set($discard = $list.add(..))` writes the list.
            run.references_in(*value).into_iter().find_map(|inner| mutating_call(run, index, inner, variable))
        }
        StatementKind::Output(..) => run
            .references_of(statement)
            .into_iter()
            .find_map(|reference| mutating_call(run, index, reference, variable)),
        _ => None,
    }
}

/// `$list.add(..)`, `$ctx.stash.put("key", value)`.
fn mutating_call(run: &Run, index: usize, reference: ReferenceId, variable: &Variable) -> Option<Write> {
    let program = &run.program;
    let node = &program.references[reference.0];
    if variable_of(run, index, reference)? != *variable {
        return None;
    }
    let steps = program.steps.slice(&node.steps);
    let StepKind::Call { name, method, arguments } = &steps.last()?.kind else { return None };
    if let Variable::Stash(_) = variable
        && program.text(*name) == "put"
        && steps.len() == 2
    {
        return program.lists.slice(arguments).get(1).map(|value| Write::Assign(*value));
    }
    method.is_some_and(crate::value::method::Method::mutates).then_some(Write::Grow)
}

/// When a writer last ran before an event of a run.
pub fn last_write(
    runs: &[Run],
    variable: &Variable,
    before: super::run::Moment,
) -> Option<(Writer, super::run::Moment)> {
    writers(runs, variable)
        .into_iter()
        .filter_map(|writer| {
            let run = runs.get(writer.place.run)?;
            let limit = match writer.place.run.cmp(&before.run) {
                std::cmp::Ordering::Less => run.events.len(),
                std::cmp::Ordering::Equal => before.event,
                std::cmp::Ordering::Greater => return None,
            };
            let event = run.times(writer.place.statement).rfind(|time| *time < limit && !kept(run, *time))?;
            Some((writer.clone(), super::run::Moment { run: writer.place.run, event }))
        })
        .max_by_key(|(_, moment)| *moment)
}

/// Whether the `#set` that began at an event left its target as it was, because the right side was null.
pub fn kept(run: &Run, began: usize) -> bool {
    let Some(Event::Statement(statement)) = run.events.get(began) else { return false };
    run.events
        .iter()
        .skip(began + 1)
        .find_map(|event| match event {
            Event::Set { statement: set, kept, .. } if set == statement => Some(*kept),
            _ => None,
        })
        .unwrap_or(false)
}
