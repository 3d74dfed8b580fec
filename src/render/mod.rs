//! From a report to what a person or a program reads: one file a format.
//!
//! Renderers are pure functions of the report: they know no files, no clock and no terminal. Only this module knows
//! colours; only `cli` prints.

mod findings;
mod github;
mod html;
mod json;
mod markdown;
mod sarif;
mod text;
mod yaml;

pub use github::{annotations, github};
pub use html::{html, matrix_html};
pub use json::json;
pub use markdown::{diff as diff_markdown, matrix as matrix_markdown};
pub use sarif::{sarif, sarif_check};
pub use text::{check, code_list, code_page, diff, init, matrix, printable, tests, text, token, who_can};
pub use yaml::allow_list;

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
    /// Whether the names of the report's files are hyperlinks (OSC 8).
    pub links: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { width: 100, colour: false, verbose: false, trace: false, links: false }
    }
}

/// An absolute path as a URL.
pub fn file_url(path: &str) -> String {
    // `C:/users` has no slash in front.
    format!("file://{}{}", if path.starts_with('/') { "" } else { "/" }, percent_encoded(path))
}

/// A path with what has a meaning in URIs, or is no ASCII, as `%20`.
fn percent_encoded(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests;
