//! The recorded templates of one field's execution, and look-ups in their events.

use crate::compile::program::{
    Block, ExpressionId, ExpressionKind, Program, ReferenceId, StatementId, StatementKind, StepKind,
};
use crate::eval::Event;
pub use crate::execute::run::{Part, Run};
use crate::report::Site;
use crate::source_file::Span;
use crate::value::Value;

/// A moment in an execution: a run and an event of it. Moments order as they happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Index of the run.
    pub run: usize,
    /// Index of the event; one past the last is the run's end.
    pub event: usize,
}

/// A statement of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index of the run.
    pub run: usize,
    /// The statement.
    pub statement: StatementId,
}

/// A place in a template as the report shows it.
pub(crate) fn site(template: &str, program: &Program, span: Span) -> Site {
    let source = &program.source;
    let (start, end) = (source.line_column(span.start), source.line_column(span.end));
    Site {
        template: template.to_owned(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        text: source.slice(span).to_owned(),
        source_line: source.line(start.line).to_owned(),
    }
}

impl Run {
    /// A place in this template as the report shows it.
    pub fn site(&self, span: Span) -> Site {
        site(&self.template, &self.program, span)
    }

    /// The value a reference had when it was last evaluated before an event.
    pub fn read_before(&self, reference: ReferenceId, before: usize) -> Option<&Value> {
        match self.events.get(last_before(self.index().read.get(&reference)?, before)?)? {
            Event::Read { value, .. } => Some(value),
            _ => None,
        }
    }

    /// What a step was called on, and with what, when it last ran before an event.
    pub fn call_before(&self, step: u32, before: usize) -> Option<(&Value, &[Value])> {
        match self.events.get(last_before(self.index().called.get(&step)?, before)?)? {
            Event::Call { receiver, arguments, .. } => Some((receiver, arguments)),
            _ => None,
        }
    }

    /// When an `#if` last chose an arm before an event.
    pub fn chosen_before(&self, statement: StatementId, before: usize) -> Option<usize> {
        last_before(self.index().chosen.get(&statement)?, before)
    }

    /// Event indexes at which a statement began.
    pub fn times(&self, statement: StatementId) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.index().begun.get(&statement).into_iter().flatten().copied()
    }

    /// The block statements around a statement, outermost first, each with the arm that holds it.
    pub fn ancestors(&self, statement: StatementId) -> Vec<(StatementId, u16)> {
        let mut ancestors = Vec::new();
        let mut at = statement;
        while let Some((parent, arm)) = self.program.statements[at.0].parent {
            ancestors.push((parent, arm));
            at = parent;
        }
        ancestors.reverse();
        ancestors
    }

    /// The references inside an expression, outermost first, those in arguments included.
    pub fn references_in(&self, expression: ExpressionId) -> Vec<ReferenceId> {
        let mut found = Vec::new();
        self.collect_references(expression, &mut found);
        found
    }

    fn collect_references(&self, expression: ExpressionId, found: &mut Vec<ReferenceId>) {
        let program = &self.program;
        match &program.expressions[expression.0].kind {
            ExpressionKind::Reference(reference) => self.collect_in_reference(*reference, found),
            ExpressionKind::Not(operand) => self.collect_references(*operand, found),
            ExpressionKind::Binary(_, left, right) | ExpressionKind::Range(left, right) => {
                self.collect_references(*left, found);
                self.collect_references(*right, found);
            }
            ExpressionKind::List(items) | ExpressionKind::Map(items) => {
                program.lists.slice(items).iter().for_each(|item| self.collect_references(*item, found));
            }
            ExpressionKind::Interpolated(block) => self.collect_in_block(block, found),
            _ => {}
        }
    }

    fn collect_in_reference(&self, reference: ReferenceId, found: &mut Vec<ReferenceId>) {
        let program = &self.program;
        found.push(reference);
        for step in program.steps.slice(&program.references[reference.0].steps) {
            match &step.kind {
                StepKind::Call { arguments, .. } => {
                    program.lists.slice(arguments).iter().for_each(|item| self.collect_references(*item, found));
                }
                StepKind::Index(index) => self.collect_references(*index, found),
                StepKind::Property(_) => {}
            }
        }
    }

    fn collect_in_block(&self, block: &Block, found: &mut Vec<ReferenceId>) {
        let program = &self.program;
        for statement in program.block_items.slice(block) {
            if let StatementKind::Output(reference, _) = &program.statements[statement.0].kind {
                self.collect_in_reference(*reference, found);
            }
        }
    }

    /// The references a statement prints or assigns from.
    pub fn references_of(&self, statement: StatementId) -> Vec<ReferenceId> {
        let mut found = Vec::new();
        match &self.program.statements[statement.0].kind {
            StatementKind::Output(reference, _) => self.collect_in_reference(*reference, &mut found),
            StatementKind::Set(_, value) => self.collect_references(*value, &mut found),
            StatementKind::Return(Some(value)) => self.collect_references(*value, &mut found),
            _ => {}
        }
        found
    }

    /// Whether a statement changes a list or map that it prints or assigns from.
    pub fn mutates(&self, statement: StatementId) -> bool {
        self.references_of(statement).into_iter().any(|reference| {
            let steps = self.program.steps.slice(&self.program.references[reference.0].steps);
            let last = steps.last().map(|step| &step.kind);
            matches!(last, Some(StepKind::Call { method: Some(method), .. }) if method.mutates())
        })
    }

    /// Every statement id.
    pub fn statements(&self) -> impl Iterator<Item = StatementId> + use<> {
        (0..u32::try_from(self.program.statements.len()).unwrap_or(0)).map(StatementId)
    }
}

/// The last of ascending event indexes before one.
fn last_before(times: &[usize], before: usize) -> Option<usize> {
    times.get(times.partition_point(|time| *time < before).checked_sub(1)?).copied()
}
