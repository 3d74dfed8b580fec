//! Escapes and character classes of Java's regular expressions: `\d`, `\x41`, `[a-z&&[^x]]`.

use std::fmt::Write;

use super::super::Thrown;
use super::properties;
use super::translate::{Escape, Reader};

/// `\h`
const HORIZONTAL: &str = " \\t\\x{a0}\\x{1680}\\x{180e}\\x{2000}-\\x{200a}\\x{202f}\\x{205f}\\x{3000}";
/// `\v`
const VERTICAL: &str = "\\n\\x{b}\\x{c}\\r\\x{85}\\x{2028}\\x{2029}";
/// `\s`
const SPACE: &str = " \\t\\n\\x{b}\\x{c}\\r";
/// `\w`
const WORD: &str = "a-zA-Z_0-9";

/// Writes a character as a member of a class.
fn push_member(member: char, out: &mut String) {
    if member.is_ascii_alphanumeric() {
        out.push(member);
    } else {
        let _ = write!(out, "\\x{{{:x}}}", u32::from(member));
    }
}

impl Reader<'_> {
    /// An escape, from its backslash on.
    pub fn escape(&mut self, in_class: bool) -> Result<Escape, Thrown> {
        self.at += 1;
        let Some(letter) = self.peek() else {
            return Err(self.error("Unexpected internal error", self.at));
        };
        self.at += 1;
        if !in_class && let Some(other) = self.assertion(letter)? {
            return Ok(Escape::Other(other));
        }
        let unicode = self.flags.unicode_classes;
        let set = |members: &str, negated: bool| Ok(Escape::Set(members.to_owned(), negated));
        match letter {
            'd' | 'D' => set(if unicode { "\\p{Nd}" } else { "0-9" }, letter == 'D'),
            'w' | 'W' => set(if unicode { "\\w" } else { WORD }, letter == 'W'),
            's' | 'S' => set(if unicode { "\\p{White_Space}" } else { SPACE }, letter == 'S'),
            'h' | 'H' => set(HORIZONTAL, letter == 'H'),
            'v' | 'V' => set(VERTICAL, letter == 'V'),
            'p' | 'P' => self.property(letter == 'P'),
            't' => Ok(Escape::Literal('\t')),
            'n' => Ok(Escape::Literal('\n')),
            'r' => Ok(Escape::Literal('\r')),
            'f' => Ok(Escape::Literal('\u{c}')),
            'a' => Ok(Escape::Literal('\u{7}')),
            'e' => Ok(Escape::Literal('\u{1b}')),
            'c' => {
                let Some(control) = self.peek() else {
                    return Err(self.error("Illegal control escape sequence", self.at - 1));
                };
                self.at += 1;
                Ok(Escape::Literal(char::from_u32(u32::from(control) ^ 64).unwrap_or(control)))
            }
            '0' => self.octal(),
            'x' => self.hexadecimal(),
            'u' => self.unicode(),
            _ if letter.is_ascii_alphanumeric() => Err(self.error("Illegal/unsupported escape sequence", self.at - 1)),
            _ => Ok(Escape::Literal(letter)),
        }
    }

    fn octal(&mut self) -> Result<Escape, Thrown> {
        let digit = |c: Option<char>| c.and_then(|c| c.to_digit(8));
        let Some(first) = digit(self.peek()) else {
            return Err(self.error("Illegal octal escape sequence", self.at));
        };
        self.at += 1;
        let mut value = first;
        // Three digits only up to \0377.
        for most in [31, if first <= 3 { 255 } else { 0 }] {
            match digit(self.peek()) {
                Some(next) if value <= most => {
                    value = value * 8 + next;
                    self.at += 1;
                }
                _ => break,
            }
        }
        Ok(Escape::Literal(char::from_u32(value).unwrap_or('\u{0}')))
    }

    fn hex_digits(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value * 16 + self.peek()?.to_digit(16)?;
            self.at += 1;
        }
        Some(value)
    }

    fn hexadecimal(&mut self) -> Result<Escape, Thrown> {
        if !self.eat('{') {
            let value = self.hex_digits(2);
            let value = value.and_then(char::from_u32);
            return value
                .map(Escape::Literal)
                .ok_or_else(|| self.error("Illegal hexadecimal escape sequence", self.at));
        }
        let mut value = 0u32;
        let mut digits = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) {
            value = value.saturating_mul(16).saturating_add(digit);
            if value > 0x10_ffff {
                return Err(self.error("Hexadecimal codepoint is too big", self.at));
            }
            digits += 1;
            self.at += 1;
        }
        if digits == 0 {
            return Err(self.error("Illegal hexadecimal escape sequence", self.at - 1));
        }
        if !self.eat('}') {
            return Err(self.error("Unclosed hexadecimal escape sequence", self.at));
        }
        // Half a surrogate pair is in no text of ours: a character that never occurs stands for it.
        Ok(Escape::Literal(char::from_u32(value).unwrap_or('\u{10ffff}')))
    }

    /// `\uhhhh`, and the other half of a surrogate pair.
    fn unicode(&mut self) -> Result<Escape, Thrown> {
        let bad = "Illegal Unicode escape sequence";
        let Some(high) = self.hex_digits(4) else {
            return Err(self.error(bad, self.at));
        };
        if (0xd800..0xdc00).contains(&high) && self.peek() == Some('\\') && self.peek_at(1) == Some('u') {
            let back = self.at;
            self.at += 2;
            let low = self.hex_digits(4).filter(|low| (0xdc00..0xe000).contains(low));
            if let Some(low) = low {
                let point = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(Escape::Literal(char::from_u32(point).unwrap_or('\u{10ffff}')));
            }
            self.at = back;
        }
        Ok(Escape::Literal(char::from_u32(high).unwrap_or('\u{10ffff}')))
    }

    /// `\pL` or `\p{Name}`, from behind the `p`.
    fn property(&mut self, negated: bool) -> Result<Escape, Thrown> {
        let name = if self.eat('{') {
            let start = self.at;
            while self.peek().is_some_and(|c| c != '}') {
                self.at += 1;
            }
            if self.peek().is_none() {
                return Err(self.error("Unclosed character family", self.chars.len()));
            }
            let name: String = self.chars.iter().skip(start).take(self.at - start).collect();
            if name.is_empty() {
                return Err(self.error("Empty character family", self.at));
            }
            self.at += 1;
            name
        } else {
            // At the end Java reads its own end mark as the name.
            let letter = self.peek().unwrap_or('\u{0}');
            self.at += 1;
            letter.to_string()
        };
        match properties::members(&name, self.flags.ignore_case, self.flags.unicode_classes) {
            Ok(members) => Ok(Escape::Set(members, negated)),
            Err(description) => Err(self.error(&description, self.at - 1)),
        }
    }

    /// A class, from behind its `[`: what is to stand between the brackets.
    pub fn class(&mut self) -> Result<String, Thrown> {
        self.depth += 1;
        if self.depth > 200 {
            return Err(Thrown::new(
                "java.lang.StackOverflowError",
                "classes nested too deeply in a regular expression",
            ));
        }
        let unclosed = |reader: &Self| reader.error("Unclosed character class", reader.chars.len().saturating_sub(1));
        let negated = self.eat('^');
        // Between `&&`; empty ones count for nothing.
        let mut operands: Vec<String> = Vec::new();
        let mut operand = String::new();
        let mut any = false;
        loop {
            self.skip_comments();
            match self.peek() {
                None => return Err(unclosed(self)),
                Some(']') if any => {
                    self.at += 1;
                    break;
                }
                Some('[') => {
                    self.at += 1;
                    let inner = self.class()?;
                    let _ = write!(operand, "[{inner}]");
                }
                Some('&') if self.peek_at(1) == Some('&') => {
                    while self.peek() == Some('&') && self.peek_at(1) == Some('&') {
                        self.at += 2;
                    }
                    operands.push(std::mem::take(&mut operand));
                }
                Some('\\') if self.peek_at(1) == Some('Q') => {
                    self.at += 2;
                    loop {
                        match self.peek() {
                            None => break,
                            Some('\\') if self.peek_at(1) == Some('E') => break self.at += 2,
                            Some(quoted) => {
                                self.at += 1;
                                self.push_range(quoted, quoted, &mut operand);
                            }
                        }
                    }
                }
                Some(_) => match self.class_item()? {
                    Escape::Literal(first) => {
                        let last = self.range_end(first)?;
                        self.push_range(first, last, &mut operand);
                    }
                    Escape::Set(members, negated) => {
                        let _ = write!(operand, "[{}{members}]", if negated { "^" } else { "" });
                    }
                    Escape::Other(_) => {}
                },
            }
            any = true;
        }
        operands.push(operand);
        operands.retain(|operand| !operand.is_empty());
        self.depth -= 1;
        let members = match operands.as_slice() {
            [one] => one.clone(),
            several => several.iter().map(|operand| format!("[{operand}]")).collect::<Vec<_>>().join("&&"),
        };
        Ok(if negated { format!("^{members}") } else { members })
    }

    fn class_item(&mut self) -> Result<Escape, Thrown> {
        if self.peek() == Some('\\') {
            return self.escape(true);
        }
        let item = self.peek().unwrap_or('\u{0}');
        self.at += 1;
        Ok(Escape::Literal(item))
    }

    /// The end of a range that begins with `first`, or `first` when no range follows.
    fn range_end(&mut self, first: char) -> Result<char, Thrown> {
        self.skip_comments();
        if self.peek() != Some('-') || matches!(self.peek_at(1), Some('[' | ']')) {
            return Ok(first);
        }
        self.at += 1;
        if self.peek().is_none() {
            return Err(self.error("Illegal character range", self.at));
        }
        match self.class_item()? {
            Escape::Literal(last) if last >= first => Ok(last),
            _ => Err(self.error("Illegal character range", self.at - 1)),
        }
    }

    /// A range, and with `(?i)` the other case of the ASCII letters in it.
    fn push_range(&self, first: char, last: char, out: &mut String) {
        push_member(first, out);
        if last > first {
            out.push('-');
            push_member(last, out);
        }
        if self.flags.ignore_case && !self.flags.unicode_case {
            for letter in ('a'..='z').chain('A'..='Z').filter(|letter| (first..=last).contains(letter)) {
                let other =
                    if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
                if !(first..=last).contains(&other) {
                    out.push(other);
                }
            }
        }
    }
}
