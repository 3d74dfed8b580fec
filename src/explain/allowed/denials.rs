//! The denials that stand in the templates of an execution: statements that would have refused the caller.

use crate::compile::program::{ReferenceId, StatementId, StepKind};
use crate::explain::run::{Place, Run};
use crate::explain::variable::literal_text;

/// Those that did not run, in the order of runs and source.
pub(super) fn passed(runs: &[Run]) -> Vec<Place> {
    let mut found = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let denies = |statement: &StatementId| denies(run, *statement) && run.times(*statement).next().is_none();
        found.extend(run.statements().filter(denies).map(|statement| Place { run: index, statement }));
    }
    found.sort_by_key(|place| {
        (place.run, runs.get(place.run).map(|run| run.program.statements[place.statement.0].span.start))
    });
    found
}

/// Whether a statement refuses the caller where it runs: `$util.unauthorized()`, or an error of type Unauthorized.
pub(super) fn denies(run: &Run, statement: StatementId) -> bool {
    run.references_of(statement).into_iter().any(|reference| match helper(run, reference) {
        Some("util.unauthorized") => true,
        Some("util.error" | "util.appendError") => error_type(run, reference).as_deref() == Some("Unauthorized"),
        _ => false,
    })
}

fn helper(run: &Run, reference: ReferenceId) -> Option<&str> {
    run.program.references[reference.0].helper.map(|call| call.helper.path)
}

/// The error type that a call names in so many words.
fn error_type(run: &Run, reference: ReferenceId) -> Option<String> {
    let steps = run.program.steps.slice(&run.program.references[reference.0].steps);
    let StepKind::Call { arguments, .. } = &steps.last()?.kind else { return None };
    literal_text(run, *run.program.lists.slice(arguments).get(1)?)
}
