//! Which statement of a template printed what AppSync could not read.

use super::json_text::{Flaw, Flawed};
use super::run::Run;
use crate::compile::program::StatementKind;
use crate::source_file::Span;

/// Output that is not the JSON it must be, and where the template printed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Misprint {
    /// The run's index.
    pub run: usize,
    /// The reference that printed it, or the character in the template's text.
    pub span: Span,
    /// What is wrong with it.
    pub flaw: Flaw,
    /// What the reference printed there; none for the template's own text.
    pub printed: Option<Printed>,
}

/// What a reference printed.
#[derive(Debug, Clone, PartialEq)]
pub enum Printed {
    /// Its own source: it was null.
    Itself,
    /// This text.
    Text(String),
}

/// Finds the statement behind a flaw in a run's output; none when the run was not recorded.
pub(super) fn locate(runs: &[Run], text: &str, (flaw, at): &Flawed) -> Option<Misprint> {
    let index = runs.len().checked_sub(1)?;
    let run = runs.get(index)?;
    // The end of a text is shown by what was printed last.
    let found = run.printed.partition_point(|(_, end)| end <= at).min(run.printed.len().checked_sub(1)?);
    let (statement, end) = run.printed.get(found)?;
    let start = found.checked_sub(1).and_then(|before| run.printed.get(before)).map_or(0, |(_, end)| *end);
    let statement = &run.program.statements[statement.0];
    let part = text.get(start..*end).unwrap_or("");
    let misprint = |span, printed| Some(Misprint { run: index, span, flaw: flaw.clone(), printed });
    let source = run.program.source_text(statement.span);
    if let StatementKind::Output(reference, _) = &statement.kind {
        let span = run.program.references[reference.0].span;
        let itself = part == run.program.source_text(span) && !source.contains("$!");
        return misprint(span, Some(if itself { Printed::Itself } else { Printed::Text(part.to_owned()) }));
    }
    // Text stands in the template as it is printed, but for what directives swallow around it.
    let offset = at.saturating_sub(start).min(part.len().saturating_sub(1));
    let span = source.find(part).filter(|_| !part.is_empty()).map_or(statement.span, |inset| {
        let from = statement.span.start as usize + inset + offset;
        let width = part.get(offset..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        Span::new(from, from + width)
    });
    misprint(span, None)
}
