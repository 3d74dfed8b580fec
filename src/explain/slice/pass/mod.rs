//! One pass over the recorded events, in the order they happened: for every statement that ran, what it needed.
//!
//! A statement needs the block around it; of a condition, what the atoms that decided read; of anything else, all that
//! it read. What was read needs the last writer, and every branch or loop since that could have written it: a flag
//! that stayed false needs the conditions that did not set it.

mod blocks;
mod values;

use rustc_hash::{FxHashMap, FxHashSet};

use super::effects::{self, Effects};
use super::graph::{Graph, NodeId};
use super::heap::Heap;
use crate::compile::program::{Slot, StatementId, StatementKind};
use crate::eval::Event;
use crate::explain::condition::Atom;
use crate::explain::run::{Moment, Place, Run};
use crate::source_file::Span;
use crate::value::Value;

/// What the pass leaves behind.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) graph: Graph,
    /// The statements that ended each run early, those around a string that ended it included.
    pub(super) halted: Vec<Vec<NodeId>>,
    /// What decided what each run printed.
    pub(super) printed: Vec<Vec<NodeId>>,
    /// What could have ended an execution before its end.
    pub(super) ends: Option<NodeId>,
    /// The first statement that appended an error of type Unauthorized, with its run and what could have ended the
    /// execution before.
    pub(super) appended: Option<(usize, NodeId, Option<NodeId>)>,
}

/// A variable of the running template.
#[derive(Debug, Clone, Default)]
struct Variable {
    writer: Option<NodeId>,
    /// What could have written it since.
    maybe: Option<NodeId>,
    value: Value,
}

/// A statement that has begun.
#[derive(Debug)]
struct Open {
    node: NodeId,
    statement: StatementId,
    span: Span,
    /// What was read, where.
    uses: Vec<(Span, NodeId)>,
    atoms: Vec<Atom>,
    /// Whether it is inside of a string.
    aside: bool,
    /// Whether it changed a list or map.
    changed: bool,
    /// Of a loop, its variable as it was before.
    outer: Option<(Slot, Variable)>,
    /// Of a loop, what could have left it.
    breaks: Option<NodeId>,
    /// Of a `#set` through steps, the last of them, still to be written.
    assigns: Option<u32>,
}

/// The pass.
pub(super) struct Pass {
    run: usize,
    open: Vec<Open>,
    variables: FxHashMap<Slot, Variable>,
    context: Option<Value>,
    /// What calls in progress are made on, by step.
    receivers: FxHashMap<u32, Value>,
    heap: Heap,
    effects: Effects,
    /// Statements of the run that print.
    prints: FxHashSet<StatementId>,
    /// Arms of blocks that hold text which was printed, and who chose them.
    around_text: FxHashMap<(StatementId, u16), Option<NodeId>>,
    appended: Option<NodeId>,
    passed: Passed,
}

/// Passes over runs.
pub(super) fn pass(runs: &[Run]) -> Passed {
    let mut pass = Pass {
        run: 0,
        open: Vec::new(),
        variables: FxHashMap::default(),
        context: None,
        receivers: FxHashMap::default(),
        heap: Heap::default(),
        effects: Effects::default(),
        prints: FxHashSet::default(),
        around_text: FxHashMap::default(),
        appended: None,
        passed: Passed::default(),
    };
    for (index, run) in runs.iter().enumerate() {
        pass.run(index, run);
    }
    pass.passed
}

impl Pass {
    fn run(&mut self, index: usize, run: &Run) {
        self.run = index;
        self.variables.clear();
        self.receivers.clear();
        self.context = effects::context(run);
        self.prints = run.printed.iter().map(|(statement, _)| *statement).collect();
        let texts = self.prints.iter().map(|id| &run.program.statements[id.0]).filter(|node| is_text(&node.kind));
        self.around_text = texts.filter_map(|node| node.parent).map(|around| (around, None)).collect();
        self.passed.halted.push(Vec::new());
        self.passed.printed.push(Vec::new());
        for event in &run.events {
            self.event(run, event);
        }
        while !self.open.is_empty() {
            self.close();
        }
        self.texts(run);
    }

    /// Text is printed without an event: it needs whoever chose the block around it.
    fn texts(&mut self, run: &Run) {
        for statement in std::mem::take(&mut self.prints) {
            let node = &run.program.statements[statement.0];
            if is_text(&node.kind) {
                let id = self.passed.graph.statement(Place { run: self.run, statement });
                if let Some(around) = node.parent.and_then(|around| *self.around_text.get(&around)?) {
                    self.passed.graph.needs(id, around);
                }
                self.prints(id);
            }
        }
    }

    fn prints(&mut self, node: NodeId) {
        self.passed.printed.last_mut().into_iter().for_each(|printed| printed.push(node));
    }

    fn event(&mut self, run: &Run, event: &Event) {
        let program = &run.program;
        match event {
            Event::Statement(statement) => self.begins(run, *statement),
            Event::Step { step, receiver } => self.step(run, *step, receiver),
            Event::Read { reference, value, .. } => self.read(run, *reference, value),
            Event::Call { step, receiver, arguments, result } => {
                let receiver = self.receivers.remove(step).filter(|_| !receiver.is_null());
                self.called(run, *step, receiver.as_ref(), arguments, result);
            }
            Event::Atom { expression, truth, .. } => {
                let at = Moment { run: self.run, event: 0 };
                self.back_to(program.expressions[expression.0].span);
                if let Some(open) = self.open.last_mut() {
                    let (left, right) = (Value::Null, Value::Null);
                    open.atoms.push(Atom { expression: *expression, truth: *truth, at, left, right });
                }
            }
            Event::Arm { statement, arm } => {
                self.back_to(program.statements[statement.0].span);
                self.chose(run, *statement, *arm);
            }
            Event::Set { statement, value, kept, .. } => {
                self.back_to(program.statements[statement.0].span);
                self.set(run, *statement, value, *kept);
            }
            Event::LoopEnter { statement, .. } => {
                self.back_to(program.statements[statement.0].span);
                self.loop_begins(run, *statement);
            }
            Event::LoopTurn { statement, element } => {
                self.back_to(program.statements[statement.0].span);
                self.runs_block(*statement, 0);
                let writer = self.open.last().map(|open| open.node);
                if let StatementKind::Foreach { variable, .. } = &program.statements[statement.0].kind {
                    self.variables.insert(*variable, Variable { writer, maybe: None, value: element.clone() });
                }
            }
            Event::LoopLeave(statement) => {
                self.back_to(program.statements[statement.0].span);
                if let Some((slot, outer)) = self.open.last_mut().and_then(|open| open.outer.take()) {
                    self.variables.insert(slot, outer);
                }
            }
            Event::Halted(statement) => {
                self.back_to(program.statements[statement.0].span);
                if let (Some(open), Some(halted)) = (self.open.last(), self.passed.halted.last_mut()) {
                    halted.push(open.node);
                }
            }
        }
    }

    /// Statements that do not hold a place are through when something happens there.
    fn back_to(&mut self, span: Span) {
        while self.open.last().is_some_and(|open| !(open.span.start <= span.start && span.end <= open.span.end)) {
            self.close();
        }
    }

    /// A statement is through: it needed what it read. (A block has settled that when it chose.)
    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        for (_, other) in open.uses {
            self.passed.graph.needs(open.node, other);
        }
    }

    fn begins(&mut self, run: &Run, statement: StatementId) {
        let node = &run.program.statements[statement.0];
        self.back_to(node.span);
        // The same statement again, in the next turn of a loop.
        while self.open.last().is_some_and(|open| open.span == node.span) {
            self.close();
        }
        let id = self.passed.graph.statement(Place { run: self.run, statement });
        let aside = self.open.last().is_some_and(|around| around.aside || node.parent.is_none());
        if let Some(around) = self.open.last() {
            self.passed.graph.needs(id, around.node);
        }
        if aside && let Some(holder) = self.open.iter_mut().rfind(|open| !open.aside) {
            holder.uses.push((node.span, id));
        }
        if let Some(breaks) = self.open.iter().rev().find_map(|open| open.breaks) {
            self.passed.graph.needs(id, breaks);
        }
        if self.prints.contains(&statement) {
            self.prints(id);
        }
        self.open.push(Open {
            node: id,
            statement,
            span: node.span,
            uses: Vec::new(),
            atoms: Vec::new(),
            aside,
            changed: false,
            outer: None,
            breaks: None,
            assigns: None,
        });
        if let StatementKind::Break(_) = node.kind
            && let Some((of, body)) = self.innermost_loop(run)
        {
            let body = body.clone();
            self.might(run, &body, id, of);
        }
    }

    fn uses(&mut self, span: Span, nodes: impl IntoIterator<Item = NodeId>) {
        if let Some(open) = self.open.last_mut() {
            open.uses.extend(nodes.into_iter().map(|node| (span, node)));
        }
    }
}

fn is_text(kind: &StatementKind) -> bool {
    matches!(kind, StatementKind::Text(_))
}
