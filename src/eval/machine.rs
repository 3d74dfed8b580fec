//! The machine: walks a program's statements.

use std::cell::OnceCell;

use super::outcome::{End, Failure, FailureKind, Halt, Outcome, Run};
use super::tracer::Tracer;
use crate::compile::program::{
    Block, ExpressionId, Program, ReferenceId, Slot, Statement, StatementId, StatementKind, TextId,
};
use crate::source_file::Span;
use crate::util::Host;
use crate::value::{Object, Text, Value, java};

/// Top-level references of a run, by name. `util`, `utils` and `extensions` are there without being named.
pub type Variables = [(&'static str, Value)];

/// A program on one thread: keeps its strings as Java strings from run to run.
#[derive(Debug)]
pub struct Session<'p> {
    pub(super) program: &'p Program,
    literals: Box<[OnceCell<Value>]>,
}

impl<'p> Session<'p> {
    /// Prepares a program for runs on this thread.
    pub fn new(program: &'p Program) -> Self {
        Session { program, literals: vec![OnceCell::new(); program.texts.len()].into() }
    }

    /// Runs the program. Failures of the template are in the outcome.
    pub fn run<'v, T: Tracer>(
        &self,
        variables: impl IntoIterator<Item = (&'v str, Value)>,
        host: &mut Host<'_>,
        tracer: &mut T,
    ) -> Outcome {
        let mut slots = vec![Value::Null; self.program.slots.len()];
        for (name, root) in [("util", "util"), ("utils", "util"), ("extensions", "extensions")] {
            self.fill(&mut slots, name, || Value::object(Object::Namespace(root)));
        }
        for (name, value) in variables {
            self.fill(&mut slots, name, || value);
        }
        let steps_left = host.env.limits.steps;
        let mut machine = Machine {
            session: self,
            slots,
            host,
            tracer,
            // Much of a template is text that prints as it stands.
            out: String::with_capacity(512.min(self.program.source.text().len())),
            spare: String::new(),
            operands: Vec::with_capacity(8),
            steps_left,
            loops: Vec::new(),
            held: Vec::new(),
        };
        let end = match machine.block(&self.program.body).map_err(|halt| *halt) {
            // Outside a loop #break ends the template, as #stop does.
            Ok(()) | Err(Halt::Stop | Halt::Break(_)) => End::Finished,
            Err(Halt::Return(value)) => End::Returned(value),
            Err(Halt::Failed(failure)) => End::Failed(failure),
        };
        Outcome { output: machine.out, end }
    }

    fn fill(&self, slots: &mut [Value], name: &str, value: impl FnOnce() -> Value) {
        if let Some(place) = self.program.slot(name).and_then(|slot| slots.get_mut(slot.index())) {
            *place = value();
        }
    }

    /// A string of the program as a value; always the same Java object.
    #[expect(clippy::indexing_slicing, reason = "a session has a cell for every text of its program")]
    #[inline]
    pub(super) fn literal(&self, text: TextId) -> &Value {
        self.literals[text.index()].get_or_init(|| Value::str(self.program.text(text)))
    }
}

pub(super) struct Machine<'m, 'p, 'h, T> {
    pub(super) session: &'m Session<'p>,
    slots: Vec<Value>,
    pub(super) host: &'m mut Host<'h>,
    pub(super) tracer: &'m mut T,
    out: String,
    /// An empty buffer for the inside of the next string.
    spare: String,
    /// Arguments of the calls in progress: one stack, so that a call allocates nothing.
    pub(super) operands: Vec<Value>,
    steps_left: u64,
    /// `$foreach` of the running loops that keep one, outermost first.
    pub(super) loops: Vec<Value>,
    /// Loop variables that stay null for the rest of their turn: the element is null, and Velocity hides what is
    /// assigned in front of it.
    pub(super) held: Vec<Slot>,
}

impl<'p, T: Tracer> Machine<'_, 'p, '_, T> {
    pub(super) fn program(&self) -> &'p Program {
        self.session.program
    }

    #[expect(clippy::indexing_slicing, reason = "a run has a value for every slot of its program")]
    #[inline]
    pub(super) fn slot(&self, slot: Slot) -> &Value {
        &self.slots[slot.index()]
    }

    #[expect(clippy::indexing_slicing, reason = "a run has a value for every slot of its program")]
    #[inline]
    pub(super) fn slot_mut(&mut self, slot: Slot) -> &mut Value {
        &mut self.slots[slot.index()]
    }

    /// Counts a step; a template that runs away fails instead of hanging.
    #[inline]
    pub(super) fn step(&mut self, span: Span) -> Run<()> {
        match self.steps_left.checked_sub(1) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => Err(Failure::new(
                FailureKind::Limit,
                format!("the template ran more than {} steps", self.host.env.limits.steps),
                span,
                span.start,
            )
            .into()),
        }
    }

    pub(super) fn block(&mut self, block: &Block) -> Run<()> {
        let program = self.program();
        for &id in program.block_items.slice(block) {
            let statement = &program.statements[id.0];
            match statement.kind {
                StatementKind::Text(text) => self.out.push_str(program.text(text)),
                _ => self.statement(id, statement)?,
            }
            if T::ACTIVE {
                self.tracer.printed(id, self.out.len());
            }
        }
        Ok(())
    }

    fn statement(&mut self, id: StatementId, statement: &Statement) -> Run<()> {
        self.step(statement.span)?;
        if T::ACTIVE {
            self.tracer.statement(id);
        }
        let result = match &statement.kind {
            // Printed by the block.
            StatementKind::Text(_) => Ok(()),
            StatementKind::Output(reference, slashes) => self.output(*reference, *slashes),
            StatementKind::Set(target, value) => self.set(id, *target, *value),
            StatementKind::If(arms) => {
                for (number, arm) in (0u16..).zip(arms) {
                    if match arm.condition {
                        Some(condition) => self.truth(condition)?,
                        None => true,
                    } {
                        if T::ACTIVE {
                            self.tracer.arm(id, Some(number));
                        }
                        return self.block(&arm.body);
                    }
                }
                if T::ACTIVE {
                    self.tracer.arm(id, None);
                }
                Ok(())
            }
            StatementKind::Foreach { variable, iterable: Some(iterable), body, scoped } => {
                self.foreach(id, *variable, *iterable, body, *scoped)
            }
            StatementKind::Foreach { iterable: None, .. } => Ok(()),
            StatementKind::Break(scope) => self.break_out(*scope, statement.span),
            StatementKind::Stop => Err(Box::new(Halt::Stop)),
            StatementKind::Return(value) => {
                let value = match value {
                    Some(value) => self.value(*value)?,
                    None => Value::Null,
                };
                Err(Box::new(Halt::Return(value)))
            }
        };
        if T::ACTIVE && result.as_ref().is_err_and(|halt| !matches!(**halt, Halt::Break(_))) && is_leaf(&statement.kind)
        {
            self.tracer.halted(id);
        }
        result
    }

    fn break_out(&mut self, scope: Option<ExpressionId>, span: Span) -> Run<()> {
        let Some(scope) = scope else { return Err(Box::new(Halt::Break(None))) };
        let value = self.value(scope)?;
        if let Value::Object(object) = &value
            && let Object::Loop(state) = &**object
        {
            return Err(Box::new(Halt::Break(Some(state.depth))));
        }
        let text = self.program().source_text(self.program().expressions[scope.0].span);
        let message = format!("{text} is not a loop that #break can leave");
        Err(Failure::new(FailureKind::Runtime, message, span, span.start).into())
    }

    /// Prints a reference. Null prints its own source; backslashes in front follow Velocity's `ASTReference.render`.
    fn output(&mut self, id: ReferenceId, slashes: u32) -> Run<()> {
        let program = self.program();
        let reference = &program.references[id.0];
        if slashes == 0 && self.discard(reference)? {
            return Ok(());
        }
        let value = self.reference(id)?;
        let prefix = slashes / 2;
        let source = |out: &mut String| out.push_str(program.source_text(reference.span));
        let push_slashes = |out: &mut String, count: u32| (0..count).for_each(|_| out.push('\\'));
        if slashes % 2 == 1 {
            // An odd number protects a defined reference; an undefined one keeps the backslash.
            push_slashes(&mut self.out, prefix + u32::from(value.is_null()));
            source(&mut self.out);
        } else if value.is_null() {
            push_slashes(&mut self.out, prefix * 2);
            if !reference.quiet {
                source(&mut self.out);
            }
        } else {
            push_slashes(&mut self.out, prefix);
            java::write_to(&value, &mut self.out);
        }
        self.check_size(reference.span)
    }

    /// AppSync's limit of what a template may print.
    #[inline]
    pub(super) fn check_size(&self, span: Span) -> Run<()> {
        if self.out.len() <= self.host.env.limits.output {
            return Ok(());
        }
        Err(Failure::new(FailureKind::Limit, "Transformation too large", span, span.start).into())
    }

    /// Renders a block on its own: the inside of a string.
    pub(super) fn rendered(&mut self, block: &Block) -> Run<Text> {
        let buffer = std::mem::take(&mut self.spare);
        let outer = std::mem::replace(&mut self.out, buffer);
        if T::ACTIVE {
            self.tracer.aside(true);
        }
        let result = self.block(block);
        if T::ACTIVE {
            self.tracer.aside(false);
        }
        let mut inner = std::mem::replace(&mut self.out, outer);
        let text = Text::from(inner.as_str());
        inner.clear();
        self.spare = inner;
        result.map(|()| text)
    }
}

fn is_leaf(kind: &StatementKind) -> bool {
    !matches!(kind, StatementKind::If(_) | StatementKind::Foreach { .. })
}
