//! A line of output: text with roles. Every shown character passes through [`printable`] on its way into a line,
//! so a value out of a capture can neither move the cursor nor pretend to be our own output.

use std::borrow::Cow;

/// What a stretch of text is to its reader; `style` gives each a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::render) enum Role {
    /// Nothing special.
    #[default]
    Plain,
    /// What a reader looks for first: names, causes, headings.
    Strong,
    /// Frame and by-the-way: gutters, places, origins.
    Dim,
    /// Allowed, a check that holds.
    Good,
    /// Denied, a check that does not hold.
    Bad,
    /// Undecided, an error that is not about authorization.
    Unsure,
    /// Allowed with something withheld.
    Partial,
}

/// A stretch of text with one role.
#[derive(Debug, Clone)]
pub(in crate::render) struct Piece {
    /// Free of control characters.
    pub(in crate::render) text: String,
    pub(in crate::render) role: Role,
}

/// A line, or a paragraph before it is wrapped.
#[derive(Debug, Clone, Default)]
pub(in crate::render) struct Line {
    pub(in crate::render) pieces: Vec<Piece>,
}

impl Line {
    /// An empty line.
    pub(in crate::render) fn new() -> Self {
        Line::default()
    }

    /// A line of one piece.
    pub(in crate::render) fn of(role: Role, text: impl AsRef<str>) -> Self {
        Line::new().with(role, text)
    }

    /// A line without roles.
    pub(in crate::render) fn plain(text: impl AsRef<str>) -> Self {
        Line::of(Role::Plain, text)
    }

    /// Spaces.
    pub(in crate::render) fn indent(columns: usize) -> Self {
        Line::plain(" ".repeat(columns))
    }

    /// Adds a piece.
    #[must_use]
    pub(in crate::render) fn with(mut self, role: Role, text: impl AsRef<str>) -> Self {
        self.push(role, text.as_ref());
        self
    }

    /// Adds text without a role.
    #[must_use]
    pub(in crate::render) fn then(self, text: impl AsRef<str>) -> Self {
        self.with(Role::Plain, text)
    }

    /// Adds another line's pieces.
    #[must_use]
    pub(in crate::render) fn join(mut self, other: Line) -> Self {
        for piece in other.pieces {
            match self.pieces.last_mut() {
                Some(last) if last.role == piece.role => last.text.push_str(&piece.text),
                _ => self.pieces.push(piece),
            }
        }
        self
    }

    /// Adds spaces up to a column.
    #[must_use]
    pub(in crate::render) fn pad_to(self, column: usize) -> Self {
        let missing = column.saturating_sub(self.width());
        if missing == 0 { self } else { self.then(" ".repeat(missing)) }
    }

    /// Adds a piece in place.
    pub(in crate::render) fn push(&mut self, role: Role, text: &str) {
        if text.is_empty() {
            return;
        }
        let text = printable(text);
        match self.pieces.last_mut() {
            Some(last) if last.role == role => last.text.push_str(&text),
            _ => self.pieces.push(Piece { text: text.into_owned(), role }),
        }
    }

    /// Columns it takes: its characters.
    pub(in crate::render) fn width(&self) -> usize {
        self.pieces.iter().map(|piece| piece.text.chars().count()).sum()
    }

    /// Spaces it starts with.
    pub(in crate::render) fn indentation(&self) -> usize {
        self.chars().take_while(|(c, _)| *c == ' ').count()
    }

    /// Whether nothing is in it.
    pub(in crate::render) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Without roles.
    pub(in crate::render) fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// Its characters, each with its role.
    pub(in crate::render) fn chars(&self) -> impl Iterator<Item = (char, Role)> {
        self.pieces.iter().flat_map(|piece| piece.text.chars().map(move |c| (c, piece.role)))
    }
}

/// A text as it may be shown: control characters, and those that reorder or hide what stands beside them, are
/// written out as `\u{1b}`; line end, return and tab as `\n`, `\r`, `\t`.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(must_be_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if must_be_escaped(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn must_be_escaped(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}'               // zero width, marks of direction
            | '\u{2028}'..='\u{202e}'               // line and paragraph separators, bidirectional embedding
            | '\u{2060}'..='\u{206f}'               // invisible operators, bidirectional isolation
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'             // tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_drive_the_terminal() {
        for (given, shown) in [
            ("plain ü 漢", "plain ü 漢"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{7}\u{8}\u{7f}", "\\u{7}\\u{8}\\u{7f}"),
            ("user\u{202e}nimda", "user\\u{202e}nimda"),
            ("ad\u{200b}min", "ad\\u{200b}min"),
        ] {
            assert_eq!(printable(given), shown);
        }
    }

    #[test]
    fn pieces_of_one_role_become_one() {
        let line = Line::plain("a").then("b").with(Role::Dim, "c").then("");
        assert_eq!(line.pieces.len(), 2);
        assert_eq!(line.pad_to(5).width(), 5);
    }
}
