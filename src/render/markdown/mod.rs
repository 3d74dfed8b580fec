//! Tables for a README, a pull request or the page of a build job, in GitHub's Markdown.

mod diff;
mod matrix;
mod tests;

pub use diff::diff;
pub use matrix::matrix;
pub use tests::tests;

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

/// A text that stands for itself: no markup, no end of a cell, no picture, nobody who is told.
fn escaped(text: &str) -> String {
    let shown = printable(text);
    let mut out = String::with_capacity(shown.len());
    let mut chars = shown.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => out.extend(['\\', c]),
            // `:x:` would be a picture.
            ':' if chars.peek().is_some_and(char::is_ascii_lowercase) => out.push_str("\\:"),
            // `@name` would call somebody, `#1` lead somewhere, written as an entity too; a comment keeps them apart.
            '@' => out.push_str("@<!-- -->"),
            '#' => out.push_str("\\#<!-- -->"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
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
mod unit {
    use super::*;

    #[test]
    fn a_text_stands_for_itself() {
        for (given, shown) in [
            ("a | b", "a \\| b"),
            ("<script>", "&lt;script&gt;"),
            ("@admins *all* #7", "@<!-- -->admins \\*all\\* \\#<!-- -->7"),
            ("[a](b) `c` _e_ ~f~", "\\[a\\](b) \\`c\\` \\_e\\_ \\~f\\~"),
            ("a:x:b schema.graphql:5", "a\\:x\\:b schema.graphql:5"),
            ("a\nb", "a\\\\nb"),
        ] {
            assert_eq!(escaped(given), shown);
        }
        for (given, shown) in [("a|b", "`a\\|b`"), ("a`b", "``a`b``"), ("`a", "`` `a ``")] {
            assert_eq!(code(given), shown);
        }
    }
}
