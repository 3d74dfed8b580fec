//! Traps on the path that a request took: places where a template let more pass, or less, than whoever wrote it can
//! have meant. They matter most where the request was allowed, so every recorded execution is looked through. Each
//! has a code with a page; what `vtlens check` finds without a request has the same code.

mod comparisons;
mod nulls;
mod prints;
mod swallowed;

use super::origin::Origins;
use super::run::{Moment, Run};
use crate::compile::program::StatementId;
use crate::eval::Event;
use crate::execute::Execution;
use crate::report::Hazard;
use crate::source_file::Span;

/// The traps of an execution, in the order they were met, each place once.
pub(super) fn hazards(execution: &Execution) -> Vec<Hazard> {
    let runs = &execution.runs;
    let mut found = Found { origins: Origins::new(runs), hazards: Vec::new() };
    for (index, run) in runs.iter().enumerate().filter(|(_, run)| !run.events.is_empty()) {
        let mut nulls = nulls::Nulls::default();
        let mut statement = None;
        for (event, recorded) in run.events.iter().enumerate() {
            let at = Moment { run: index, event };
            match recorded {
                Event::Statement(begun) => statement = Some(*begun),
                Event::Atom { expression, truth, left, right } => {
                    comparisons::atom(&mut found, run, at, *expression, *truth, (left, right));
                }
                Event::Call { step, receiver, arguments, result } => {
                    comparisons::call(&mut found, run, at, *step, receiver, arguments, result);
                }
                Event::Read { reference, value, .. } => {
                    nulls.read(&mut found, run, *reference);
                    // What the printing of broken output did is the cause of the error, no trap.
                    if execution.misprint.as_ref().is_none_or(|misprint| misprint.run != index) {
                        prints::read(&mut found, run, (statement, *reference), value);
                    }
                }
                Event::Set { statement, value, kept, .. } => nulls.set(run, *statement, value, *kept),
                _ => {}
            }
        }
        swallowed::run(&mut found, run);
    }
    found.hazards
}

/// What was found so far.
struct Found<'r> {
    origins: Origins<'r>,
    hazards: Vec<Hazard>,
}

impl Found<'_> {
    /// Adds a trap, unless this place is known to have it.
    fn add(&mut self, code: &'static str, run: &Run, span: Span, text: String) {
        let site = run.site(span);
        if !self.hazards.iter().any(|known| known.code == code && known.site.as_ref() == Some(&site)) {
            self.hazards.push(Hazard { code, site: Some(site), text });
        }
    }
}

/// The statement whose string a statement is in, if it is in one: what is inside of a string has no parent out there.
fn holder(run: &Run, statement: StatementId) -> Option<StatementId> {
    let program = &run.program;
    let mut root = statement;
    while let Some((parent, _)) = program.statements[root.0].parent {
        root = parent;
    }
    let inner = program.statements[root.0].span;
    let holds = |outer: Span| outer != inner && outer.start <= inner.start && inner.end <= outer.end;
    (0..root.0).rev().map(StatementId).find(|at| holds(program.statements[at.0].span))
}
