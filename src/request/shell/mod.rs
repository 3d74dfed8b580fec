//! Words of a command line as shells read them. Nothing is run and no file is read: what a shell would have put in
//! from elsewhere is a hole.

pub(super) mod cmd;
pub(super) mod posix;

use std::collections::HashMap;

/// Variables that the text itself sets.
pub(super) type Variables = HashMap<String, Word>;

/// A word of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Its text, without quotes. Holes are empty in it.
    pub text: String,
    /// Where it starts in the whole text.
    pub at: usize,
    /// The first thing in it that the shell would have put in: `$TOKEN`, `$(…)`.
    pub hole: Option<String>,
    /// How much of the text stands before the hole.
    pub known: usize,
}

impl Word {
    /// The text before the first hole.
    pub fn before_hole(&self) -> &str {
        match self.hole {
            Some(_) => self.text.get(..self.known).unwrap_or(""),
            None => &self.text,
        }
    }

    /// Puts another word's text behind this one's.
    pub fn push(&mut self, other: &Word) {
        if self.hole.is_none() && other.hole.is_some() {
            self.known = self.text.len() + other.known;
            self.hole.clone_from(&other.hole);
        }
        self.text.push_str(&other.text);
    }

    pub fn push_hole(&mut self, source: impl Into<String>) {
        if self.hole.is_none() {
            self.known = self.text.len();
            self.hole = Some(source.into());
        }
    }
}

/// Hexadecimal digits, as many as there are up to a number of them.
pub(super) fn hex(cursor: &mut super::cursor::Cursor<'_>, most: usize) -> Option<u32> {
    let mut left = most;
    let digits = cursor.take_while(|c| {
        let more = left > 0 && c.is_ascii_hexdigit();
        left = left.saturating_sub(1);
        more
    });
    u32::from_str_radix(digits, 16).ok()
}

/// Joins a text's UTF-16 escapes: a pair of surrogates is one character, half of one is U+FFFD.
#[derive(Default)]
pub(super) struct Units(Option<u16>);

impl Units {
    /// Adds the character of an escape.
    pub fn push(&mut self, code: u32, out: &mut String) {
        match (self.0.take(), u16::try_from(code)) {
            (None, Ok(unit @ 0xd800..=0xdbff)) => self.0 = Some(unit),
            (Some(high), Ok(low @ 0xdc00..=0xdfff)) => {
                let pair = char::decode_utf16([high, low]).next().and_then(Result::ok);
                out.push(pair.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (open, _) => {
                if open.is_some() {
                    out.push(char::REPLACEMENT_CHARACTER);
                }
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
    }

    /// Nothing of the escapes follows.
    pub fn end(&mut self, out: &mut String) {
        if self.0.take().is_some() {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }
}
