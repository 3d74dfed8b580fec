//! The common part of the grammar, read by hand.
//!
//! `grammar/vtl.pest` says what a template is, and only pest answers what is wrong with one. But nearly every
//! template is made of plain text, references, conditions and loops, and for those the way through pest's
//! combinators is most of what a parse costs. This reader goes straight to the tree. It gives up (`None`) on
//! whatever it does not know or like, and pest then reads the template from its beginning; so it may know little,
//! but what it accepts must be the tree that pest's would be. A test holds the two against each other.

use super::ast::{Block, Expression, Statement, StatementKind};
use super::parse::MAX_NESTING;
use crate::source_file::Span;
use value::is_boolean;

#[cfg(test)]
mod tests;
mod value;

/// The tree of a template, unless there is something unusual in it.
pub(super) fn read(text: &str) -> Option<Block> {
    // Velocity has its own mind about these.
    if text.ends_with(['$', '#']) {
        return None;
    }
    let mut reader = Reader { text, at: 0 };
    let block = reader.block(0)?;
    (reader.at == text.len()).then_some(block)
}

/// Words behind `#` that are no text.
const DIRECTIVES: [&str; 14] = [
    "if", "elseif", "else", "end", "set", "foreach", "break", "stop", "return", "macro", "parse", "include", "define",
    "evaluate",
];

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn ahead(&self, by: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + by).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.ahead(0) == Some(byte)).then(|| self.at += 1)
    }

    fn skip(&mut self, member: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
        self.at += rest.iter().position(|byte| !member(*byte)).unwrap_or(rest.len());
    }

    fn skip_white(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or("")
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn span(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// Blanks and a line end, when that is all there is on the line.
    fn gobble(&mut self) {
        let start = self.at;
        self.skip(is_blank);
        match self.ahead(0) {
            Some(b'\r') if self.ahead(1) == Some(b'\n') => self.at += 2,
            Some(b'\r' | b'\n') => self.at += 1,
            _ => self.at = start,
        }
    }

    // ---- statements --------------------------------------------------------------------------------------------

    /// Statements up to the end, or to a tag that ends a block.
    fn block(&mut self, depth: u32) -> Option<Block> {
        let mut block = Block::new();
        while let Some(byte) = self.ahead(0) {
            let start = self.at;
            match byte {
                _ if depth > MAX_NESTING => return None,
                b'\\' => return None,
                b'$' => {
                    let reference = self.reference(depth)?;
                    block.push(Statement {
                        span: reference.span,
                        kind: StatementKind::Output { slashes: 0, reference },
                    });
                }
                b'#' => match self.hash() {
                    Hash::Comment => {}
                    Hash::Text => push_text(&mut block, self.since(start), self.span(start)),
                    Hash::Directive(word) => block.push(self.directive(word, depth)?),
                    Hash::BlockEnd => break,
                    Hash::Unusual => return None,
                },
                _ if is_blank(byte) && starts_set(self.rest()).is_some() => block.push(self.set(depth)?),
                _ => {
                    let rest = self.rest();
                    self.at += rest.find(['$', '#', '\\']).unwrap_or(rest.len());
                    push_text(&mut block, self.since(start), self.span(start));
                }
            }
        }
        Some(block)
    }

    /// What a `#` begins; comments and text are consumed.
    fn hash(&mut self) -> Hash<'t> {
        let start = self.at;
        match self.ahead(1) {
            // In front of a #set the sign disappears.
            Some(b'#' | b' ' | b'\t') if self.text.get(start + 1..).and_then(starts_set).is_some() => Hash::Unusual,
            Some(b'#') => {
                self.skip(|byte| !matches!(byte, b'\n' | b'\r'));
                self.gobble();
                Hash::Comment
            }
            Some(b'*') => {
                let rest = self.text.get(start + 2..).unwrap_or("");
                self.at = start + 2 + rest.find("*#").map_or(rest.len(), |end| end + 2);
                Hash::Comment
            }
            Some(b'{') if self.rest().starts_with("#{end}") || self.rest().starts_with("#{else}") => Hash::BlockEnd,
            Some(b'{') if starts_set(self.rest()).is_some() => Hash::Directive("set"),
            Some(b'[' | b'{' | b'@') | None => Hash::Unusual,
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.at += 1;
                self.skip(is_word);
                let word = self.text.get(start + 1..self.at).unwrap_or("");
                if !DIRECTIVES.contains(&word) {
                    // An unknown word is text, unless arguments follow.
                    return if self.opens().is_some() { Hash::Unusual } else { Hash::Text };
                }
                self.at = start;
                if matches!(word, "end" | "else" | "elseif") { Hash::BlockEnd } else { Hash::Directive(word) }
            }
            Some(_) => {
                self.at += 1;
                Hash::Text
            }
        }
    }

    /// Where an opening parenthesis stands, when only white space is in front of it.
    fn opens(&self) -> Option<usize> {
        let mut ahead = Reader { text: self.text, at: self.at };
        ahead.skip_white();
        ahead.take(b'(').map(|()| ahead.at)
    }

    /// A directive, from its `#`.
    fn directive(&mut self, word: &str, depth: u32) -> Option<Statement> {
        let start = self.at;
        if word == "set" {
            return self.set(depth);
        }
        self.at += 1 + word.len();
        let (kind, span) = match word {
            "if" => self.if_block(start, depth)?,
            "foreach" => self.foreach_block(start, depth)?,
            "break" | "stop" | "return" => {
                let mut argument = None;
                let mut span = self.span(start);
                if let Some(opened) = self.opens() {
                    self.at = opened;
                    self.skip_white();
                    if self.ahead(0) != Some(b')') {
                        argument = Some(self.parameter(depth + 1)?);
                        self.skip_white();
                    }
                    self.take(b')')?;
                    span = self.span(start);
                    self.gobble();
                }
                let kind = match word {
                    "break" => StatementKind::Break(argument),
                    "return" => StatementKind::Return(argument),
                    _ => StatementKind::Stop,
                };
                (kind, span)
            }
            _ => return None,
        };
        Some(Statement { span, kind })
    }

    fn set(&mut self, depth: u32) -> Option<Statement> {
        let opened = starts_set(self.rest())?;
        self.skip(is_blank);
        let start = self.at;
        self.at = start + opened;
        self.skip_white();
        let target = self.reference(depth)?;
        self.skip_white();
        self.take(b'=')?;
        if self.ahead(0) == Some(b'=') {
            return None;
        }
        self.skip_white();
        let value = self.expression(depth + 1)?;
        self.skip_white();
        self.take(b')')?;
        let span = self.span(start);
        self.gobble();
        Some(Statement { span, kind: StatementKind::Set { target, value } })
    }

    fn if_block(&mut self, start: usize, depth: u32) -> Option<(StatementKind, Span)> {
        let mut arms = vec![(self.condition(depth)?, self.block(depth + 1)?)];
        while self.tag("elseif") {
            arms.push((self.condition(depth)?, self.block(depth + 1)?));
        }
        let mut otherwise = None;
        if self.tag("else") {
            self.gobble();
            otherwise = Some(self.block(depth + 1)?);
        }
        Some((StatementKind::If { arms, otherwise }, self.end(start)?))
    }

    fn foreach_block(&mut self, start: usize, depth: u32) -> Option<(StatementKind, Span)> {
        self.at = self.opens()?;
        self.skip_white();
        let variable = self.reference(depth)?;
        self.skip_white();
        let word = self.at;
        self.skip(is_word);
        if !self.since(word).starts_with(|c: char| c.is_ascii_alphabetic()) || is_boolean(self.since(word)) {
            return None;
        }
        self.skip_white();
        let iterable = Some(self.parameter(depth + 1)?);
        self.skip_white();
        self.take(b')')?;
        self.gobble();
        let body = self.block(depth + 1)?;
        Some((StatementKind::Foreach { variable, iterable, body }, self.end(start)?))
    }

    fn condition(&mut self, depth: u32) -> Option<Expression> {
        self.at = self.opens()?;
        self.skip_white();
        let condition = self.expression(depth + 1)?;
        self.skip_white();
        self.take(b')')?;
        self.gobble();
        Some(condition)
    }

    /// Takes `#word` or `#{word}`. A block ended here, so what follows is one of the tags.
    fn tag(&mut self, word: &str) -> bool {
        let Some(tag) = self.rest().strip_prefix('#') else { return false };
        let length = if tag.strip_prefix('{').is_some_and(|tag| tag.starts_with(word)) {
            word.len() + 3
        } else if tag.starts_with(word) && !tag.as_bytes().get(word.len()).copied().is_some_and(is_word) {
            word.len() + 1
        } else {
            return false;
        };
        self.at += length;
        true
    }

    /// Takes the `#end` of a block; the span of the whole.
    fn end(&mut self, start: usize) -> Option<Span> {
        if !self.tag("end") {
            return None;
        }
        let span = self.span(start);
        self.gobble();
        Some(span)
    }
}

/// What a `#` begins.
enum Hash<'t> {
    Comment,
    Text,
    Directive(&'t str),
    BlockEnd,
    Unusual,
}

/// Neighbouring text is one text, as in the tree that pest's parse becomes.
fn push_text(block: &mut Block, text: &str, span: Span) {
    match block.last_mut() {
        Some(Statement { span: last, kind: StatementKind::Text(before) }) if last.end == span.start => {
            before.push_str(text);
            last.end = span.end;
        }
        _ => block.push(Statement { span, kind: StatementKind::Text(text.to_owned()) }),
    }
}

/// The length of `#set(`, when the text starts with it or with blanks and it.
fn starts_set(text: &str) -> Option<usize> {
    let set = text.trim_start_matches([' ', '\t']);
    let behind = set.strip_prefix("#set").or_else(|| set.strip_prefix("#{set}"))?;
    let arguments = behind.trim_start_matches(' ').strip_prefix('(')?;
    Some(set.len() - arguments.len())
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_name(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}
