//! Tables for a README or a pull request, in GitHub's Markdown.

mod diff;
mod matrix;

pub use diff::diff;
pub use matrix::matrix;

use crate::render::text::printable;
use crate::report::Decision;

/// The mark of a decision. Colours are all that a reader sees of a large table.
fn mark(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "✅",
        Decision::Filtered => "🔶",
        Decision::Error => "❗",
        Decision::Undecided => "❓",
        Decision::Denied => "⛔",
    }
}

/// A text that stands for itself: no markup, no end of a cell, nobody who is told.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // `@name` would call somebody.
            '@' => out.push_str("&#64;"),
            c => out.push(c),
        }
    }
    out
}

/// A text as code, in a cell too.
fn code(text: &str) -> String {
    let text = printable(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_for_itself() {
        for (given, shown) in [
            ("a | b", "a \\| b"),
            ("<script>", "&lt;script&gt;"),
            ("@admins *all*", "&#64;admins \\*all\\*"),
            ("a\nb", "a\\\\nb"),
        ] {
            assert_eq!(escaped(given), shown);
        }
        for (given, shown) in [("a|b", "`a\\|b`"), ("a`b", "``a`b``"), ("`a", "`` `a ``")] {
            assert_eq!(code(given), shown);
        }
    }
}
