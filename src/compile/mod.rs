//! Tree → program: an immutable arena that threads share. Variables become slots, helper and method names are
//! looked up once. Knows the syntax tree and which helpers and methods exist, nothing of running.

pub mod branches;
mod lower;
pub mod program;
pub mod reach;

pub use lower::{CompileError, compile};
pub use program::Program;
