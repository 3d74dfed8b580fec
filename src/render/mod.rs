//! From a report to what a person or a program reads: one file a format.
//!
//! Renderers are pure functions of the report: they know no files, no clock and no terminal. Only this module knows
//! colours; only `cli` prints.

mod github;
mod json;
mod text;

pub use github::annotations;
pub use json::json;
pub use text::{check, code_list, code_page, printable, tests, text, token, who_can};

/// The narrowest page the text format is made for, in columns.
pub const NARROWEST: usize = 60;

/// How the text format is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Columns of the page; less than [`NARROWEST`] counts as [`NARROWEST`].
    pub width: usize,
    /// Whether to add ANSI colours, which only repeat what the words say.
    pub colour: bool,
    /// Whether to show everything: nothing folded, every check of the gate, the identity, the notes.
    pub verbose: bool,
    /// Whether to show, under each condition, every operand with its value, its origin and who set it.
    pub trace: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { width: 100, colour: false, verbose: false, trace: false }
    }
}

#[cfg(test)]
mod tests;
