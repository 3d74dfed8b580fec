//! References, values and expressions: what stands behind `$` and inside parentheses.

use super::super::ast::{Expression, ExpressionKind, Operator, Reference, Step, StepKind};
use super::super::parse::{MAX_NESTING, MAX_OPERANDS, interpolated};
use super::{Reader, is_name};
use crate::source_file::Span;

impl<'t> Reader<'t> {
    pub(super) fn reference(&mut self, depth: u32) -> Option<Reference> {
        let start = self.at;
        self.take(b'$')?;
        let quiet = self.take(b'!').is_some();
        let formal = self.take(b'{').is_some();
        let name = self.name(|byte| byte.is_ascii_alphabetic() || byte == b'_')?.to_owned();
        let steps = self.steps(depth + 1)?;
        if formal {
            self.take(b'}')?;
        }
        Some(Reference { span: self.span(start), name, quiet, formal, steps })
    }

    fn name(&mut self, first: impl Fn(u8) -> bool) -> Option<&'t str> {
        let start = self.at;
        self.ahead(0).filter(|byte| first(*byte))?;
        self.skip(is_name);
        let name = self.since(start);
        (!is_boolean(name)).then_some(name)
    }

    fn steps(&mut self, depth: u32) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            let start = self.at;
            let kind = match self.ahead(0) {
                Some(b'.') if self.ahead(1).is_some_and(|byte| byte.is_ascii_alphabetic()) => {
                    self.at += 1;
                    let name = self.name(|byte| byte.is_ascii_alphabetic())?.to_owned();
                    if self.take(b'(').is_some() {
                        StepKind::Call { name, arguments: self.arguments(depth + 1)? }
                    } else if self.ahead(0) == Some(b'#') && self.ahead(1) == Some(b'#') {
                        // No comment: the grammar says what it is.
                        return None;
                    } else {
                        StepKind::Property(name)
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    self.skip_white();
                    let index = match self.ahead(0)? {
                        b'"' | b'\'' | b'$' | b'-' | b'0'..=b'9' => self.parameter(depth + 1)?,
                        _ => return None,
                    };
                    self.skip_white();
                    self.take(b']')?;
                    StepKind::Index(index)
                }
                _ => return Some(steps),
            };
            if depth > MAX_NESTING {
                return None;
            }
            steps.push(Step { span: self.span(start), kind });
        }
    }

    /// Arguments of a call, from behind its parenthesis. Blanks alone between the two are an error.
    fn arguments(&mut self, depth: u32) -> Option<Vec<Expression>> {
        let mut arguments = Vec::new();
        if self.take(b')').is_some() {
            return Some(arguments);
        }
        loop {
            self.skip_white();
            let start = self.at;
            let word = self.ahead(0).is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
            if word && self.name(|_| true).is_some() {
                arguments.push(Expression { span: self.span(start), kind: ExpressionKind::Word });
            } else {
                self.at = start;
                arguments.push(self.parameter(depth)?);
            }
            self.skip_white();
            if self.take(b',').is_none() {
                self.take(b')')?;
                return (depth <= MAX_NESTING).then_some(arguments);
            }
        }
    }

    // ---- values ------------------------------------------------------------------------------------------------

    pub(super) fn parameter(&mut self, depth: u32) -> Option<Expression> {
        if depth > MAX_NESTING {
            return None;
        }
        let start = self.at;
        let kind = match self.ahead(0)? {
            b'"' => self.double_quoted(depth)?,
            b'\'' => ExpressionKind::Text(self.quoted(b'\'')?.to_owned()),
            b'$' => ExpressionKind::Reference(Box::new(self.reference(depth)?)),
            b'[' => self.list(depth)?,
            b'{' => self.map(depth)?,
            b't' | b'f' => {
                self.skip(is_name);
                let word = self.since(start);
                is_boolean(word).then_some(ExpressionKind::Boolean(word == "true"))?
            }
            b'-' | b'0'..=b'9' => {
                self.at += 1;
                self.skip(|byte| byte.is_ascii_digit());
                let float = match self.ahead(0) {
                    Some(b'.') => self.ahead(1) != Some(b'.'),
                    Some(b'e' | b'E') => true,
                    _ => self.since(start) == "-",
                };
                (!float).then(|| ExpressionKind::Integer(self.since(start).to_owned()))?
            }
            _ => return None,
        };
        Some(Expression { span: self.span(start), kind })
    }

    /// The inside of a string without doubled quotes.
    fn quoted(&mut self, quote: u8) -> Option<&'t str> {
        let start = self.at + 1;
        let inside = self.text.get(start..)?;
        let length = inside.find(char::from(quote))?;
        self.at = start + length + 1;
        if self.ahead(0) == Some(quote) { None } else { inside.get(..length) }
    }

    fn double_quoted(&mut self, depth: u32) -> Option<ExpressionKind> {
        let start = self.at + 1;
        let inside = self.quoted(b'"')?;
        if inside.contains("\\u") {
            return None;
        }
        if !inside.contains(['$', '#']) {
            return Some(ExpressionKind::Text(inside.to_owned()));
        }
        // A template of its own, in place: positions stay those of the whole.
        let end = start + inside.len();
        let mut reader = Reader { text: self.text.get(..end)?, at: start };
        let block = reader.block(depth + 1)?;
        (reader.at == end).then(|| interpolated(block))
    }

    fn list(&mut self, depth: u32) -> Option<ExpressionKind> {
        let mut items = Vec::new();
        self.take(b'[')?;
        self.skip_white();
        if self.take(b']').is_some() {
            return Some(ExpressionKind::List(items));
        }
        loop {
            self.skip_white();
            items.push(self.parameter(depth + 1)?);
            self.skip_white();
            if self.take(b',').is_none() {
                self.take(b']')?;
                return Some(ExpressionKind::List(items));
            }
        }
    }

    fn map(&mut self, depth: u32) -> Option<ExpressionKind> {
        let mut pairs = Vec::new();
        self.take(b'{')?;
        self.skip_white();
        if self.take(b'}').is_some() {
            return Some(ExpressionKind::Map(pairs));
        }
        loop {
            self.skip_white();
            let key = self.parameter(depth + 1)?;
            self.skip_white();
            self.take(b':')?;
            self.skip_white();
            pairs.push((key, self.parameter(depth + 1)?));
            self.skip_white();
            if self.take(b',').is_none() {
                self.take(b'}')?;
                return Some(ExpressionKind::Map(pairs));
            }
        }
    }

    // ---- expressions -------------------------------------------------------------------------------------------

    pub(super) fn expression(&mut self, depth: u32) -> Option<Expression> {
        let first = self.operand(depth)?;
        self.climb(first, 0, depth, &mut 0)
    }

    fn climb(&mut self, mut left: Expression, least: u8, depth: u32, joined: &mut usize) -> Option<Expression> {
        loop {
            let end = self.at;
            self.skip_white();
            let Some((operator, length)) = operator(self.rest()).filter(|(found, _)| found.precedence() > least) else {
                self.at = end;
                return Some(left);
            };
            self.at += length;
            self.skip_white();
            *joined += 1;
            if *joined >= MAX_OPERANDS {
                return None;
            }
            let operand = self.operand(depth)?;
            let right = self.climb(operand, operator.precedence(), depth, joined)?;
            let span = Span { start: left.span.start, end: right.span.end };
            left = Expression { span, kind: ExpressionKind::Binary(operator, Box::new(left), Box::new(right)) };
        }
    }

    fn operand(&mut self, depth: u32) -> Option<Expression> {
        if depth > MAX_NESTING {
            return None;
        }
        let start = self.at;
        let not = match self.ahead(0)? {
            b'!' => 1,
            b'n' => 3,
            b'(' => {
                self.at += 1;
                self.skip_white();
                let inner = self.expression(depth + 1)?;
                self.skip_white();
                self.take(b')')?;
                return Some(inner);
            }
            _ => return self.parameter(depth),
        };
        // `!=` is no sign of negation, and neither is `nothing`.
        if if not == 1 { self.ahead(1) == Some(b'=') } else { !is_whole_word(self.rest(), "not") } {
            return None;
        }
        self.at += not;
        self.skip_white();
        let operand = self.operand(depth + 1)?;
        let span = Span { start: Span::new(start, start).start, end: operand.span.end };
        Some(Expression { span, kind: ExpressionKind::Not(Box::new(operand)) })
    }
}

/// The operator that the text starts with, and its length.
fn operator(text: &str) -> Option<(Operator, usize)> {
    let bytes = text.as_bytes();
    let (first, second) = (*bytes.first()?, bytes.get(1).copied().unwrap_or(0));
    let third = bytes.get(2).copied().unwrap_or(0);
    Some(match (first, second) {
        (b'|', b'|') => (Operator::Or, 2),
        (b'&', b'&') => (Operator::And, 2),
        (b'=', b'=') if third != b'=' => (Operator::Equal, 2),
        (b'!', b'=') => (Operator::NotEqual, 2),
        (b'<', b'=') => (Operator::LessEqual, 2),
        (b'>', b'=') => (Operator::GreaterEqual, 2),
        (b'<', _) => (Operator::Less, 1),
        (b'>', _) => (Operator::Greater, 1),
        (b'+', _) => (Operator::Add, 1),
        // The minus of a number belongs to it.
        (b'-', b'0'..=b'9') => return None,
        (b'-', b'.') if third.is_ascii_digit() => return None,
        (b'-', _) => (Operator::Subtract, 1),
        (b'*', _) => (Operator::Multiply, 1),
        (b'/', _) => (Operator::Divide, 1),
        (b'%', _) => (Operator::Modulo, 1),
        (b'a'..=b'z', _) => {
            let words = [
                ("or", Operator::Or),
                ("and", Operator::And),
                ("eq", Operator::Equal),
                ("ne", Operator::NotEqual),
                ("le", Operator::LessEqual),
                ("ge", Operator::GreaterEqual),
                ("lt", Operator::Less),
                ("gt", Operator::Greater),
            ];
            let (word, operator) = words.into_iter().find(|(word, _)| is_whole_word(text, word))?;
            (operator, word.len())
        }
        _ => return None,
    })
}

fn is_whole_word(text: &str, word: &str) -> bool {
    text.starts_with(word) && !text.as_bytes().get(word.len()).copied().is_some_and(is_name)
}

pub(super) fn is_boolean(word: &str) -> bool {
    matches!(word, "true" | "false")
}
