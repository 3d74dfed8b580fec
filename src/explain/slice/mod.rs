//! The slice of a denial by templates: every line that it hangs on, across the templates of a resolver. Removing any
//! other line changes neither the decision nor the error.
//!
//! It is the complete story, where `because` is the short one: besides the conditions that led to the denial, and the
//! statements that gave them their values, it holds the conditions that could have changed those values and did not,
//! and what the templates before had to print for the resolver to come so far. Works from recorded events; see
//! [`pass`](self::pass).

mod effects;
mod graph;
mod heap;
mod pass;

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::run::{Place, Run};
use crate::compile::program::StatementKind;
use crate::execute::{Denial, Execution};
use crate::report::SlicedTemplate;
use crate::source_file::Span;
use graph::NodeId;
use pass::Passed;

/// The lines that a denial hangs on, by template in the order they ran; none for one that no template took part in.
pub(super) fn slice(execution: &Execution) -> Vec<SlicedTemplate> {
    let Some(denial) = execution.denial.as_ref().filter(|denial| !matches!(denial, Denial::Schema(_))) else {
        return Vec::new();
    };
    let runs = &execution.runs;
    let passed = pass::pass(runs);
    let from = match denial {
        // What happens after an error was appended takes nothing back.
        Denial::Appended => match passed.appended {
            Some((run, statement, ends)) => before(&passed, run).chain([statement]).chain(ends).collect(),
            None => Vec::new(),
        },
        Denial::Schema(_) | Denial::Template(_) | Denial::Condition(..) => everything(&passed, runs),
    };
    let mut lines: IndexMap<&str, BTreeSet<u32>> = IndexMap::new();
    for run in runs {
        lines.entry(&run.template).or_default();
    }
    for (place, asked) in passed.graph.needed(from) {
        let Some(run) = runs.get(place.run) else { continue };
        lines.entry(&run.template).or_default().extend(lines_of(run, place, asked));
    }
    lines
        .into_iter()
        .map(|(template, lines)| SlicedTemplate { template: template.to_owned(), lines: lines.into_iter().collect() })
        .collect()
}

/// What the runs before one printed or returned: the data sources were asked that, or AppSync had to read it.
fn before(passed: &Passed, run: usize) -> impl Iterator<Item = NodeId> + '_ {
    let outputs = passed.printed.iter().zip(&passed.halted).take(run);
    outputs.flat_map(|(printed, halted)| printed.iter().chain(halted)).copied()
}

/// The statement that ended the last run, or else what it printed; what the runs before printed; and whatever could
/// have ended the execution before.
fn everything(passed: &Passed, runs: &[Run]) -> Vec<NodeId> {
    let last = runs.len().saturating_sub(1);
    let denied = passed.halted.get(last).filter(|halted| !halted.is_empty());
    let upto = if denied.is_some() { last } else { runs.len() };
    before(passed, upto).chain(denied.into_iter().flatten().copied()).chain(passed.ends).collect()
}

/// The lines of a statement: of a block those of its head, of text those with more than blanks.
fn lines_of(run: &Run, place: Place, asked: usize) -> Vec<u32> {
    let program = &run.program;
    let node = &program.statements[place.statement.0];
    let heads: Vec<Span> = match &node.kind {
        StatementKind::If(arms) => {
            let conditions = arms.iter().take(asked.max(1)).filter_map(|arm| arm.condition);
            let spans = conditions.map(|condition| program.expressions[condition.0].span);
            let head = |(at, span)| if at == 0 { Span { start: node.span.start, ..span } } else { span };
            spans.enumerate().map(head).collect()
        }
        StatementKind::Foreach { iterable: Some(iterable), .. } => {
            vec![Span { start: node.span.start, end: program.expressions[iterable.0].span.end }]
        }
        _ => vec![node.span],
    };
    let mut found = Vec::new();
    for span in heads {
        let first = program.source.line_column(span.start).line;
        let text = program.source_text(span);
        let told = text.lines().zip(first..).filter(|(line, _)| !line.trim().is_empty());
        found.extend(told.map(|(_, line)| line));
    }
    found
}
