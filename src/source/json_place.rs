//! Where a value stands in a JSON text: for errors about a value that parsed but does not fit.

use crate::source_file::{LineColumn, SourceFile};

/// A step into a JSON value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step<'k> {
    /// A member of an object.
    Key(&'k str),
    /// An element of an array.
    Index(usize),
}

/// Line and column of the value at a path of a text that is JSON; none when it has no such value.
pub(super) fn line_column(file: &str, text: &str, path: &[Step<'_>]) -> Option<LineColumn> {
    let mut scanner = Scanner { text, at: 0 };
    if text.starts_with('\u{feff}') {
        scanner.at = '\u{feff}'.len_utf8();
    }
    scanner.space();
    for step in path {
        scanner.enter(*step)?;
    }
    let offset = u32::try_from(scanner.at).ok()?;
    Some(SourceFile::new(file, text).line_column(offset))
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Moves to the value a step leads to. Of members with one name the last counts, as for the parser.
    fn enter(&mut self, step: Step<'_>) -> Option<()> {
        let is_object = match self.peek()? {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        self.at += 1;
        let mut found = None;
        for index in 0.. {
            self.space();
            if matches!(self.peek()?, b'}' | b']') {
                break;
            }
            let mut is_wanted = step == Step::Index(index);
            if is_object {
                let key = self.string()?;
                is_wanted =
                    matches!(step, Step::Key(wanted) if serde_json::from_str(key).is_ok_and(|k: String| k == wanted));
                self.space();
                self.at += 1;
                self.space();
            }
            if is_wanted {
                found = Some(self.at);
            }
            self.skip()?;
            self.space();
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        self.at = found?;
        Some(())
    }

    fn string(&mut self) -> Option<&'t str> {
        let start = self.at;
        self.at += 1;
        while self.peek()? != b'"' {
            self.at += if self.peek()? == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        self.text.get(start..self.at)
    }

    fn skip(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b',' | b'}' | b']') | None if depth == 0 => return Some(()),
                None => return None,
                Some(_) => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_an_editor_shows() {
        let text = "{\n  \"A,]\": [1, {\"b\\\"\": [\"}\"]}],\n  \"é\": {\"c\":\n 5}\n}";
        for (path, place) in [
            (&[][..], (1, 1)),
            (&[Step::Key("A,]")], (2, 10)),
            (&[Step::Key("A,]"), Step::Index(1)], (2, 14)),
            (&[Step::Key("A,]"), Step::Index(1), Step::Key("b\""), Step::Index(0)], (2, 23)),
            (&[Step::Key("é"), Step::Key("c")], (4, 2)),
        ] {
            let found = line_column("f", text, path).unwrap();
            assert_eq!((found.line, found.column), place, "{path:?}");
        }
        assert_eq!(line_column("f", text, &[Step::Key("nope")]), None);
        assert_eq!(line_column("f", text, &[Step::Key("A,]"), Step::Index(7)]), None);
    }
}
