//! Errors of data sources that a response template never looked at.

use super::super::run::{Part, Run};
use super::Found;
use crate::compile::program::{StatementId, StatementKind, StepKind};
use crate::eval::Event;
use crate::source_file::Span;
use crate::value::{MapKind, Value};

/// A template is through: whether it answered as if its data source had not failed.
pub(super) fn run(found: &mut Found<'_>, run: &Run) {
    let Some(message) = run.source_error.as_ref().filter(|_| run.part == Part::Response) else { return };
    if run.events.iter().any(|event| looks_at_error(run, event) || fails(run, event)) {
        return;
    }
    let text = format!(
        "the data source failed ({message}), and this template never looks at $ctx.error: it answers as if nothing had been found"
    );
    let first =
        run.program.statements.iter().find(|statement| !run.program.source_text(statement.span).trim().is_empty());
    found.add("swallowed-error", run, first.map_or(Span::new(0, 0), |statement| statement.span), text);
}

/// Whether `$ctx.error` is read, or `$ctx` as a whole.
fn looks_at_error(run: &Run, event: &Event) -> bool {
    let is_context = |value: &Value| matches!(value, Value::Map(map) if map.kind == MapKind::Context);
    match event {
        Event::Read { value, .. } => is_context(value),
        Event::Step { step, receiver } if is_context(receiver) => match &run.program.steps[*step].kind {
            StepKind::Property(name) => run.program.text(*name) == "error",
            StepKind::Call { .. } | StepKind::Index(_) => true,
        },
        _ => false,
    }
}

fn fails(run: &Run, event: &Event) -> bool {
    let ends = |statement: &StatementId| {
        matches!(run.program.statements[statement.0].kind, StatementKind::Return(_) | StatementKind::Stop)
    };
    matches!(event, Event::Halted(statement) if !ends(statement))
}
