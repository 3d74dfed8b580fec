//! A template's source, line by line, as far as its statements ran.

use super::model::TemplateCoverage;
use crate::compile::program::{StatementId, StatementKind};

/// One line of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineCoverage<'t> {
    /// From 1.
    pub number: u32,
    /// Its text, without the line end.
    pub text: &'t str,
    /// How often its statements ran; `None` of a line without any: comments, `#end`.
    pub count: Option<u32>,
    /// How it went.
    pub state: LineState,
}

/// How a line went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineState {
    /// Nothing on it runs.
    Plain,
    /// Everything on it ran, each way.
    Hit,
    /// It ran, but a branch or a condition on it never went one way.
    Partly,
    /// It never ran.
    Missed,
    /// No request can reach it.
    Unreachable,
}

impl TemplateCoverage {
    /// Its lines.
    pub fn lines(&self) -> Vec<LineCoverage<'_>> {
        let program = &self.counted.program;
        let source = &program.source;
        let many = source.line_column(u32::try_from(source.text().len()).unwrap_or(u32::MAX)).line;
        let mut lines: Vec<LineCoverage<'_>> = (1..=many)
            .map(|number| LineCoverage { number, text: source.line(number), count: None, state: LineState::Plain })
            .collect();
        let mut mark = |number: u32, count: u32, open: bool| {
            let Some(line) = lines.get_mut(number.saturating_sub(1) as usize) else { return };
            line.count = Some(line.count.unwrap_or(0).max(count));
            line.state = match (line.state, count, open) {
                (LineState::Hit, ..) | (_, 1.., _) => LineState::Hit,
                (LineState::Missed, ..) | (_, _, true) => LineState::Missed,
                _ => LineState::Unreachable,
            };
        };
        for (id, statement) in (0..).map(StatementId).zip(program.statements.iter()) {
            let (count, open) = (self.counted.counts.statement(id), self.reach.statement(id));
            if !matches!(statement.kind, StatementKind::Text(_)) {
                mark(source.line_column(statement.span.start).line, count, open);
                continue;
            }
            let mut at = statement.span.start;
            for part in source.slice(statement.span).split_inclusive('\n') {
                let code = part.trim_start();
                if !code.trim().is_empty() && !code.starts_with("##") {
                    mark(source.line_column(at).line, count, open);
                }
                at = at.saturating_add(u32::try_from(part.len()).unwrap_or(u32::MAX));
            }
        }
        let partly = self.missed_branches().map(|branch| branch.line);
        let partly = partly.chain(self.missed_conditions().map(|(condition, _)| condition.line));
        for number in partly.collect::<Vec<_>>() {
            if let Some(line) = lines.get_mut(number.saturating_sub(1) as usize)
                && line.state == LineState::Hit
            {
                line.state = LineState::Partly;
            }
        }
        lines
    }
}
