//! The text of a template and its tree. Knows the language, nothing of values or evaluation.

pub mod ast;
mod parse;
mod quick;

pub use parse::{SyntaxError, parse};
