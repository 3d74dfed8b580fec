//! One hook into the machine for everything that watches it run.

use crate::compile::program::{ExpressionId, ReferenceId, StatementId};
use crate::value::Value;

/// Watches a run. Every method has an empty default, and [`NoTrace`] compiles to nothing.
pub trait Tracer {
    /// Whether anything watches; lets the machine skip preparing what nobody reads.
    const ACTIVE: bool = true;

    /// A statement begins.
    fn statement(&mut self, _statement: StatementId) {}
    /// An `#if` chose an arm, or none.
    fn arm(&mut self, _statement: StatementId, _arm: Option<u16>) {}
    /// A condition without `&&`, `||` and `!` in it came out: its truth, and for comparisons both sides.
    fn atom(&mut self, _expression: ExpressionId, _truth: bool, _left: &Value, _right: &Value) {}
    /// A step of a reference is followed from a value, the last one of a `#set`'s target included. `step` is its index
    /// in the program.
    fn step(&mut self, _step: u32, _receiver: &Value) {}
    /// A reference was evaluated.
    fn read(&mut self, _reference: ReferenceId, _value: &Value) {}
    /// A method was called on a value. `step` is its index in the program.
    fn call(&mut self, _step: u32, _receiver: &Value, _arguments: &[Value], _result: &Value) {}
    /// `#set` ran; `kept` when the right side was null, so that the old value stayed.
    fn set(&mut self, _statement: StatementId, _value: &Value, _kept: bool) {}
    /// A loop begins over a value.
    fn loop_enter(&mut self, _statement: StatementId, _over: &Value) {}
    /// A turn of a loop begins.
    fn loop_turn(&mut self, _statement: StatementId, _element: &Value) {}
    /// A loop ended.
    fn loop_leave(&mut self, _statement: StatementId) {}
    /// A statement of a block is through; what was printed so far ends at `end`.
    fn printed(&mut self, _statement: StatementId, _end: usize) {}
    /// The inside of a string is rendered from here on (true), or was (false): it prints to a text of its own.
    fn aside(&mut self, _begins: bool) {}
    /// The statement that ended the evaluation early: a failure, `#return` or `#stop`.
    fn halted(&mut self, _statement: StatementId) {}
}

/// Watches nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct NoTrace;

impl Tracer for NoTrace {
    const ACTIVE: bool = false;
}

/// Two watch the same run.
macro_rules! both {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        impl<A: Tracer, B: Tracer> Tracer for (A, B) {
            const ACTIVE: bool = A::ACTIVE || B::ACTIVE;
            $(fn $name(&mut self, $($argument: $type),*) {
                self.0.$name($($argument),*);
                self.1.$name($($argument),*);
            })*
        }
    };
}

both! {
    statement(statement: StatementId);
    arm(statement: StatementId, arm: Option<u16>);
    atom(expression: ExpressionId, truth: bool, left: &Value, right: &Value);
    step(step: u32, receiver: &Value);
    read(reference: ReferenceId, value: &Value);
    call(step: u32, receiver: &Value, arguments: &[Value], result: &Value);
    set(statement: StatementId, value: &Value, kept: bool);
    loop_enter(statement: StatementId, over: &Value);
    loop_turn(statement: StatementId, element: &Value);
    loop_leave(statement: StatementId);
    printed(statement: StatementId, end: usize);
    aside(begins: bool);
    halted(statement: StatementId);
}
