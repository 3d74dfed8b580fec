//! References that are null and print themselves, where nobody complains of it.

use super::super::run::{Part, Run};
use super::{Found, holder};
use crate::compile::program::{Reference, ReferenceId, StatementId, StatementKind, StepKind};
use crate::eval::Event;
use crate::value::Value;

/// A reference was read, while a statement ran.
pub(super) fn read(
    found: &mut Found<'_>,
    run: &Run,
    (statement, reference): (Option<StatementId>, ReferenceId),
    value: &Value,
) {
    let Some(statement) = statement.filter(|_| value.is_null()) else { return };
    let node = &run.program.references[reference.0];
    let prints =
        matches!(&run.program.statements[statement.0].kind, StatementKind::Output(printed, 0) if *printed == reference);
    if !prints || node.quiet || !is_look_up(run, node) {
        return;
    }
    let source = run.program.source_text(node.span);
    if run.placeholders.iter().any(|placeholder| placeholder == source) {
        return;
    }
    let into = match holder(run, statement) {
        Some(holder) if speaks_to_people(run, holder) => return,
        Some(_) => "this string",
        None if ended_early(run) => return,
        None => match run.part {
            Part::Request => "the request",
            Part::Response => "the answer",
        },
    };
    found.add("renders-itself", run, node.span, format!("`{source}` is null, so {into} holds the text `{source}`"));
}

/// Whether a reference looks something up: what methods and helpers do, they do also where they give nothing.
fn is_look_up(run: &Run, reference: &Reference) -> bool {
    reference.helper.is_none()
        && match run.program.steps.slice(&reference.steps).last().map(|step| &step.kind) {
            Some(StepKind::Call { name, .. }) => run.program.text(*name) == "get",
            _ => true,
        }
}

/// Whether a statement writes a message or a log line.
fn speaks_to_people(run: &Run, statement: StatementId) -> bool {
    run.references_of(statement).into_iter().any(|reference| {
        run.program.references[reference.0].helper.is_some_and(|call| {
            ["util.error", "util.appendError", "util.validate", "util.log"]
                .iter()
                .any(|path| call.helper.path.starts_with(path))
        })
    })
}

/// Whether what was printed went nowhere.
fn ended_early(run: &Run) -> bool {
    run.events.iter().any(|event| match event {
        Event::Halted(statement) => !matches!(run.program.statements[statement.0].kind, StatementKind::Stop),
        _ => false,
    })
}
