//! The page of a code, and the list of all of them.

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::style;
use crate::causes::{self, Class, Code};
use crate::render::Options;

/// Every code with its sentence, by class.
pub fn code_list(options: &Options) -> String {
    let mut page = Page::new(&Options { verbose: true, ..*options });
    let count = causes::ALL.len();
    page.indented(Line::of(Role::Strong, format!("{count} codes")).then("; vtlens why CODE prints the page of one"));
    for class in Class::ALL {
        page.blank();
        page.indented(Line::of(Role::Strong, class.heading()));
        let rows = causes::ALL.iter().filter(|row| row.class == class);
        let rows = rows.map(|row| Row { cells: vec![Line::plain(row.code)], last: Line::of(Role::Dim, row.summary()) });
        page.table(2, 6, rows.collect());
    }
    style::print(&page.lines, options.colour)
}

/// A code's page: Markdown of headings, paragraphs, lists and indented code.
pub fn code_page(code: &Code, options: &Options) -> String {
    let mut page = Page::new(&Options { verbose: true, ..*options });
    let mut paragraph = Paragraph::default();
    for line in code.page.lines() {
        if line.trim().is_empty() {
            paragraph.end(&mut page);
            page.blank();
        } else if let Some(heading) = line.strip_prefix("# ").or_else(|| line.strip_prefix("## ")) {
            paragraph.end(&mut page);
            page.blank();
            page.indented(Line::of(Role::Strong, heading));
        } else if line.starts_with("    ") && paragraph.text.is_empty() {
            page.line(Line::plain(line));
        } else if let Some(item) = line.strip_prefix("- ") {
            paragraph.end(&mut page);
            paragraph = Paragraph { text: plain(item), bullet: true };
        } else {
            paragraph.add(&plain(line.trim()));
        }
    }
    paragraph.end(&mut page);
    while page.lines.last().is_some_and(Line::is_empty) {
        page.lines.pop();
    }
    style::print(&page.lines, options.colour)
}

/// A paragraph or list item under way: its lines are joined, then wrapped anew.
#[derive(Default)]
struct Paragraph {
    text: String,
    bullet: bool,
}

impl Paragraph {
    fn add(&mut self, line: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(line);
    }

    fn end(&mut self, page: &mut Page) {
        if !self.text.is_empty() {
            let lead = if self.bullet { Line::indent(2).with(Role::Dim, "• ") } else { Line::new() };
            page.paragraph(lead, Line::plain(&self.text));
        }
        *self = Paragraph::default();
    }
}

/// A line without the addresses of its links: `[group-missing](group-missing.md)` is `group-missing`.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, text, after)) = link(rest) {
        out.push_str(before);
        out.push_str(text);
        rest = after;
    }
    out + rest
}

fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (head, after) = text.split_once("](")?;
    let (before, label) = head.rsplit_once('[')?;
    let (_, after) = after.split_once(')')?;
    Some((before, label, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_wrapped_and_its_code_is_not() {
        let code = Code {
            code: "x",
            class: Class::Gate,
            page: "# x\n\nOne sentence that is\nlonger, see [y](y.md) and `a b`.\n\n## What to do\n\n- first\n  still\n- second\n\n    keep   this\n      too\n",
        };
        let shown = code_page(&code, &Options { width: 60, ..Options::default() });
        assert_eq!(
            shown,
            "x\n\nOne sentence that is longer, see y and `a b`.\n\nWhat to do\n\n  • first still\n  • second\n\n    keep   this\n      too\n"
        );
    }
}
