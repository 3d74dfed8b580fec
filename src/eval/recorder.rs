//! The tracer that the explanation reads: what happened, in order.

use std::rc::Rc;

use crate::compile::program::{ExpressionId, ReferenceId, StatementId};
use crate::eval::Tracer;
use crate::value::{List, Map, Value};

/// Something that happened. Containers in it are the live ones, except where it says frozen.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of the tracer's methods")]
pub enum Event {
    /// A statement began.
    Statement(StatementId),
    /// An `#if` chose an arm.
    Arm { statement: StatementId, arm: Option<u16> },
    /// An atom of a condition came out; operands are frozen.
    Atom { expression: ExpressionId, truth: bool, left: Value, right: Value },
    /// A step of a reference was followed.
    Step { step: u32, receiver: Value },
    /// A reference was evaluated; `was` is its value then, frozen.
    Read { reference: ReferenceId, value: Value, was: Value },
    /// A method was called; the receiver is frozen unless the method changes it.
    Call { step: u32, receiver: Value, arguments: Rc<[Value]>, result: Value },
    /// `#set` ran; `was` is the value then, frozen.
    Set { statement: StatementId, value: Value, was: Value, kept: bool },
    /// A loop began; what it runs over is frozen.
    LoopEnter { statement: StatementId, over: Value },
    /// A turn began.
    LoopTurn { statement: StatementId, element: Value },
    /// A loop ended.
    LoopLeave(StatementId),
    /// The statement that ended the evaluation early.
    Halted(StatementId),
}

/// Records every event.
#[derive(Debug, Default)]
pub struct Recorder {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Which statements printed the output, in order, each with the offset where its part ends.
    pub printed: Vec<(StatementId, usize)>,
    /// Strings whose inside is being rendered.
    asides: u32,
}

impl Recorder {
    /// A recorder with nothing in it.
    pub fn new() -> Self {
        Recorder { events: Vec::with_capacity(256), ..Recorder::default() }
    }
}

/// A container as it is now: a shallow copy, so that later changes do not show.
pub fn freeze(value: &Value) -> Value {
    match value {
        Value::List(list) if list.items().len() <= 64 => Value::List(List::of(list.kind, list.items().clone())),
        Value::Map(map) if map.entries().len() <= 64 => Value::Map(Map::of(map.kind, map.entries().clone())),
        other => other.clone(),
    }
}

impl Tracer for Recorder {
    fn statement(&mut self, statement: StatementId) {
        self.events.push(Event::Statement(statement));
    }
    fn arm(&mut self, statement: StatementId, arm: Option<u16>) {
        self.events.push(Event::Arm { statement, arm });
    }
    fn atom(&mut self, expression: ExpressionId, truth: bool, left: &Value, right: &Value) {
        self.events.push(Event::Atom { expression, truth, left: freeze(left), right: freeze(right) });
    }
    fn step(&mut self, step: u32, receiver: &Value) {
        self.events.push(Event::Step { step, receiver: receiver.clone() });
    }
    fn read(&mut self, reference: ReferenceId, value: &Value) {
        self.events.push(Event::Read { reference, value: value.clone(), was: freeze(value) });
    }
    fn call(&mut self, step: u32, receiver: &Value, arguments: &[Value], result: &Value) {
        self.events.push(Event::Call {
            step,
            receiver: receiver.clone(),
            arguments: arguments.into(),
            result: result.clone(),
        });
    }
    fn set(&mut self, statement: StatementId, value: &Value, kept: bool) {
        self.events.push(Event::Set { statement, value: value.clone(), was: freeze(value), kept });
    }
    fn loop_enter(&mut self, statement: StatementId, over: &Value) {
        self.events.push(Event::LoopEnter { statement, over: freeze(over) });
    }
    fn loop_turn(&mut self, statement: StatementId, element: &Value) {
        self.events.push(Event::LoopTurn { statement, element: element.clone() });
    }
    fn loop_leave(&mut self, statement: StatementId) {
        self.events.push(Event::LoopLeave(statement));
    }
    fn printed(&mut self, statement: StatementId, end: usize) {
        if self.asides == 0 && self.printed.last().is_none_or(|(_, before)| *before < end) {
            self.printed.push((statement, end));
        }
    }
    fn aside(&mut self, begins: bool) {
        self.asides = if begins { self.asides.saturating_add(1) } else { self.asides.saturating_sub(1) };
    }
    fn halted(&mut self, statement: StatementId) {
        self.events.push(Event::Halted(statement));
    }
}
