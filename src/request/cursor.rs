//! A place in a text that is read by hand: commands and programs as people paste them.

use std::rc::Rc;

use crate::error::{Error, ErrorKind};

/// Nesting of lists and objects in what is read by hand.
pub(super) const DEEPEST: usize = 100;

/// A text and how far it is read.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    file: &'a str,
    text: &'a str,
    /// Where lines start.
    lines: Rc<[usize]>,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Cursor { file, text, lines, at: 0 }
    }

    /// What is left.
    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Bytes read so far.
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn looks_at(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    /// Goes past a text if it is next.
    pub fn take(&mut self, text: &str) -> bool {
        let found = self.looks_at(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Goes past the characters that a test holds for; they are returned.
    pub fn take_while(&mut self, test: impl FnMut(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(not(test)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or("")
    }

    /// Goes past the rest of the line and its end; the line without its end is returned.
    pub fn line(&mut self) -> &'a str {
        let line = self.take_while(|c| c != '\n');
        self.next();
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// Line and column of a place, from 1; columns count characters.
    pub fn place(&self, at: usize) -> (u32, u32) {
        let line = self.line_number(at);
        let start = self.lines.get(line.saturating_sub(1) as usize).copied().unwrap_or_default();
        let column = self.text.get(start..at).unwrap_or("").chars().count() + 1;
        (line, u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// Line of a place, from 1.
    pub fn line_number(&self, at: usize) -> u32 {
        u32::try_from(self.lines.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }

    /// The beginning of the line that is left, which tells what it is.
    pub fn head(&self) -> &'a str {
        const ENOUGH: usize = 256;
        let rest = self.rest();
        let end = rest.char_indices().take(ENOUGH).find(|(_, c)| *c == '\n').map(|(at, _)| at);
        let end = end.unwrap_or_else(|| rest.char_indices().nth(ENOUGH).map_or(rest.len(), |(at, _)| at));
        rest.get(..end).unwrap_or("")
    }

    /// An error about what stands at a place.
    pub fn error(&self, at: usize, message: impl Into<String>) -> Error {
        let (line, column) = self.place(at);
        Error::new(ErrorKind::Capture, message).at(self.file, line, column)
    }
}

fn not(mut test: impl FnMut(char) -> bool) -> impl FnMut(char) -> bool {
    move |c| !test(c)
}
