//! Java's regular-expression syntax, read as `java.util.regex.Pattern` of Java 17 reads it and written for
//! `fancy-regex`: flags, ASCII meanings and Java's line ends are made explicit, so nothing is left to the other
//! engine's defaults.

use std::fmt::Write;

use super::super::Thrown;

/// Deepest nesting of groups.
const DEEPEST: usize = 200;

/// Java's line terminators, as members of a class.
const LINE_ENDS: &str = "\\n\\r\\x{85}\\x{2028}\\x{2029}";

/// A pattern for the other engine.
#[derive(Debug)]
pub(super) struct Translated {
    /// In its syntax; free of flags around it.
    pub pattern: String,
    /// How many capturing groups.
    pub groups: usize,
    names: Vec<(String, usize)>,
}

impl Translated {
    /// The number of a named group.
    pub fn number_of(&self, name: &str) -> Option<usize> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, number)| *number)
    }
}

/// The flags in force, as `(?idmsux)` sets them.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub ignore_case: bool,
    unix_lines: bool,
    multi_line: bool,
    dot_all: bool,
    pub unicode_case: bool,
    comments: bool,
    pub unicode_classes: bool,
}

/// Rewrites a pattern.
///
/// # Errors
///
/// `PatternSyntaxException`.
pub(super) fn translate(pattern: &str) -> Result<Translated, Thrown> {
    let mut reader = Reader {
        pattern,
        chars: pattern.chars().collect(),
        at: 0,
        out: String::new(),
        flags: Flags::default(),
        groups: 0,
        names: Vec::new(),
        depth: 0,
    };
    reader.alternatives()?;
    if reader.peek().is_some() {
        return Err(reader.error_before("Unmatched closing ')'", reader.at));
    }
    Ok(Translated { pattern: reader.out, groups: reader.groups, names: reader.names })
}

/// What an escape stands for.
pub(super) enum Escape {
    /// One character.
    Literal(char),
    /// A set: the members to stand between `[` and `]`, and whether it is all others.
    Set(String, bool),
    /// An assertion or back reference, written out.
    Other(String),
}

pub(super) struct Reader<'a> {
    pattern: &'a str,
    pub chars: Vec<char>,
    pub at: usize,
    out: String,
    pub flags: Flags,
    groups: usize,
    names: Vec<(String, usize)>,
    pub depth: usize,
}

impl Reader<'_> {
    /// The exception, with Java's drawing of the place: an index in the pattern.
    pub fn error(&self, description: &str, index: usize) -> Thrown {
        let mut message = format!("{description} near index {index}\n{}", self.pattern);
        if index < self.chars.len() {
            message.push('\n');
            message.extend(self.chars.iter().take(index).map(|c| if *c == '\t' { '\t' } else { ' ' }));
            message.push('^');
        }
        Thrown::new("java.util.regex.PatternSyntaxException", message)
    }

    /// The exception one place earlier; at the start Java names no place.
    fn error_before(&self, description: &str, index: usize) -> Thrown {
        match index.checked_sub(1) {
            Some(index) => self.error(description, index),
            None => Thrown::new("java.util.regex.PatternSyntaxException", format!("{description}\n{}", self.pattern)),
        }
    }

    pub fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    pub fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += 1;
        }
        found
    }

    /// With `(?x)`: passes blanks and comments.
    pub fn skip_comments(&mut self) {
        if !self.flags.comments {
            return;
        }
        while let Some(next) = self.peek() {
            match next {
                ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' => self.at += 1,
                '#' => {
                    while self.peek().is_some_and(|c| !matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')) {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
    }

    fn alternatives(&mut self) -> Result<(), Thrown> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Thrown::new(
                "java.lang.StackOverflowError",
                "groups nested too deeply in a regular expression",
            ));
        }
        loop {
            self.sequence()?;
            if !self.eat('|') {
                break;
            }
            self.out.push('|');
        }
        self.depth -= 1;
        Ok(())
    }

    fn sequence(&mut self) -> Result<(), Thrown> {
        loop {
            self.skip_comments();
            let Some(next) = self.peek() else {
                return Ok(());
            };
            let start = self.at;
            let quantifiable = match next {
                '|' | ')' => return Ok(()),
                '*' | '+' | '?' => {
                    return Err(self.error(&format!("Dangling meta character '{next}'"), start));
                }
                '{' => return Err(self.error("Illegal repetition", start + 1)),
                '(' => self.group()?,
                '[' => {
                    self.at += 1;
                    let set = self.class()?;
                    self.push_set(&set, false);
                    true
                }
                '\\' => self.escaped()?,
                '.' => {
                    self.at += 1;
                    self.push_dot();
                    true
                }
                '^' => {
                    self.at += 1;
                    self.push_caret();
                    true
                }
                '$' => {
                    self.at += 1;
                    let multi_line = self.flags.multi_line;
                    self.push_dollar(multi_line);
                    true
                }
                _ => {
                    self.at += 1;
                    self.push_literal(next);
                    true
                }
            };
            if quantifiable {
                self.quantifier()?;
            }
        }
    }

    /// One `*`, `+`, `?` or `{n,m}` with its `?` or `+`.
    fn quantifier(&mut self) -> Result<(), Thrown> {
        self.skip_comments();
        let Some(next) = self.peek() else {
            return Ok(());
        };
        match next {
            '*' | '+' | '?' => {
                self.at += 1;
                self.out.push(next);
            }
            '{' => {
                let counts = self.counts()?;
                self.out.push_str(&counts);
            }
            _ => return Ok(()),
        }
        if let Some(mode @ ('?' | '+')) = self.peek() {
            self.at += 1;
            self.out.push(mode);
        }
        // Java reads a further `{n}` as repeating nothing.
        while self.peek() == Some('{') {
            self.counts()?;
        }
        Ok(())
    }

    fn counts(&mut self) -> Result<String, Thrown> {
        if !self.peek_at(1).is_some_and(|c| c.is_ascii_digit()) {
            return Err(self.error("Illegal repetition", self.at + 1));
        }
        self.at += 1;
        let least = self.count()?;
        let mut most = Some(least);
        if self.eat(',') {
            most = if self.peek().is_some_and(|c| c.is_ascii_digit()) { Some(self.count()?) } else { None };
        }
        if self.peek() != Some('}') {
            return Err(self.error("Unclosed counted closure", self.at));
        }
        if most.is_some_and(|most| most < least) {
            return Err(self.error("Illegal repetition range", self.at));
        }
        self.at += 1;
        Ok(match most {
            Some(most) => format!("{{{least},{most}}}"),
            None => format!("{{{least},}}"),
        })
    }

    fn count(&mut self) -> Result<i32, Thrown> {
        let mut count = 0i32;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = count.checked_mul(10).and_then(|count| count.checked_add(digit.cast_signed()));
            count = longer.ok_or_else(|| self.error("Illegal repetition range", self.at))?;
            self.at += 1;
        }
        Ok(count)
    }

    /// A group, or flags for the rest of the enclosing one; whether a quantifier may follow.
    fn group(&mut self) -> Result<bool, Thrown> {
        let outer = self.flags;
        self.at += 1;
        if self.eat('?') {
            match self.peek() {
                Some(kind @ (':' | '=' | '!' | '>')) => {
                    self.at += 1;
                    let _ = write!(self.out, "(?{kind}");
                }
                Some('<') => {
                    self.at += 1;
                    match self.peek() {
                        Some(kind @ ('=' | '!')) => {
                            self.at += 1;
                            let _ = write!(self.out, "(?<{kind}");
                        }
                        _ => {
                            let name = self.group_name()?;
                            if self.names.iter().any(|(known, _)| *known == name) {
                                let message = format!("Named capturing group <{name}> is already defined");
                                return Err(self.error(&message, self.at - 1));
                            }
                            self.groups += 1;
                            self.names.push((name, self.groups));
                            self.out.push('(');
                        }
                    }
                }
                _ => {
                    self.inline_flags()?;
                    if self.eat(')') {
                        return Ok(false);
                    }
                    self.at += 1;
                    self.out.push_str("(?:");
                }
            }
        } else {
            self.groups += 1;
            self.out.push('(');
        }
        self.alternatives()?;
        if !self.eat(')') {
            return Err(self.error("Unclosed group", self.chars.len()));
        }
        self.out.push(')');
        self.flags = outer;
        Ok(true)
    }

    /// `name>`
    fn group_name(&mut self) -> Result<String, Thrown> {
        if !self.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
            return Err(self.error("capturing group name does not start with a Latin letter", self.at));
        }
        let mut name = String::new();
        while let Some(next) = self.peek().filter(char::is_ascii_alphanumeric) {
            name.push(next);
            self.at += 1;
        }
        if !self.eat('>') {
            return Err(self.error("named capturing group is missing trailing '>'", self.at));
        }
        Ok(name)
    }

    /// The letters of `(?i-s)` or `(?i-s:`; stops before the `)` or `:`.
    fn inline_flags(&mut self) -> Result<(), Thrown> {
        let mut on = true;
        loop {
            let flags = &mut self.flags;
            match self.chars.get(self.at) {
                Some('i') => flags.ignore_case = on,
                Some('m') => flags.multi_line = on,
                Some('s') => flags.dot_all = on,
                Some('d') => flags.unix_lines = on,
                Some('u') => flags.unicode_case = on,
                Some('x') => flags.comments = on,
                Some('U') => {
                    flags.unicode_classes = on;
                    flags.unicode_case = on;
                }
                Some('c') => {}
                Some('-') if on => on = false,
                Some(')' | ':') => return Ok(()),
                _ => return Err(self.error("Unknown inline modifier", self.at)),
            }
            self.at += 1;
        }
    }

    /// A backslash outside of a class; whether a quantifier may follow.
    fn escaped(&mut self) -> Result<bool, Thrown> {
        if self.peek_at(1) == Some('Q') {
            self.at += 2;
            let mut last = None;
            while let Some(next) = self.peek() {
                if next == '\\' && self.peek_at(1) == Some('E') {
                    self.at += 2;
                    return Ok(last.is_some());
                }
                self.at += 1;
                self.push_literal(next);
                last = Some(next);
            }
            return Ok(last.is_some());
        }
        match self.escape(false)? {
            Escape::Literal(literal) => self.push_literal(literal),
            Escape::Set(members, negated) => self.push_set(&members, negated),
            Escape::Other(text) => self.out.push_str(&text),
        }
        Ok(true)
    }

    /// What stands for a back reference, an assertion or `\R`, by the letter after the backslash.
    pub fn assertion(&mut self, letter: char) -> Result<Option<String>, Thrown> {
        Ok(Some(match letter {
            'A' | 'z' | 'b' | 'B' | 'G' => format!("(?:\\{letter})"),
            'Z' => {
                let before = self.out.len();
                self.push_dollar(false);
                self.out.split_off(before)
            }
            'R' => format!("(?>\\r\\n|[{LINE_ENDS}\\x{{b}}\\x{{c}}])"),
            'k' => {
                if !self.eat('<') {
                    return Err(self.error("\\k is not followed by '<' for named capturing group", self.at));
                }
                let name = self.group_name()?;
                let Some((_, number)) = self.names.iter().find(|(known, _)| *known == name) else {
                    let message = format!("named capturing group <{name}> does not exist");
                    return Err(self.error(&message, self.at - 1));
                };
                self.back_reference(*number)
            }
            '1'..='9' => {
                let mut number = letter.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(0);
                while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
                    let longer = number * 10 + usize::try_from(digit).unwrap_or(0);
                    if longer > self.groups {
                        break;
                    }
                    number = longer;
                    self.at += 1;
                }
                self.back_reference(number)
            }
            _ => return Ok(None),
        }))
    }

    /// A group that does not exist never matches.
    fn back_reference(&self, number: usize) -> String {
        match (number <= self.groups, self.flags.ignore_case) {
            (false, _) => "(?!)".to_owned(),
            (true, false) => format!("(?:\\{number})"),
            (true, true) => format!("(?i:\\{number})"),
        }
    }

    fn push_literal(&mut self, literal: char) {
        let flags = self.flags;
        if flags.ignore_case && literal.is_ascii_alphabetic() && !flags.unicode_case {
            let (lower, upper) = (literal.to_ascii_lowercase(), literal.to_ascii_uppercase());
            let _ = write!(self.out, "[{lower}{upper}]");
        } else if flags.ignore_case && flags.unicode_case && literal.is_alphabetic() {
            let _ = write!(self.out, "(?i:{literal})");
        } else if literal.is_ascii_alphanumeric() || !literal.is_ascii() || matches!(literal, ' ' | '_') {
            self.out.push(literal);
        } else {
            let _ = write!(self.out, "\\x{{{:x}}}", u32::from(literal));
        }
    }

    fn push_set(&mut self, members: &str, negated: bool) {
        let negation = if negated { "^" } else { "" };
        if self.flags.ignore_case && self.flags.unicode_case {
            let _ = write!(self.out, "(?i:[{negation}{members}])");
        } else {
            let _ = write!(self.out, "[{negation}{members}]");
        }
    }

    fn push_dot(&mut self) {
        if self.flags.dot_all {
            self.out.push_str("(?s:.)");
        } else if self.flags.unix_lines {
            self.out.push_str("[^\\n]");
        } else {
            let _ = write!(self.out, "[^{LINE_ENDS}]");
        }
    }

    /// `^`: with `(?m)` also after a line end, but never at the end of the text.
    fn push_caret(&mut self) {
        self.out.push_str(match (self.flags.multi_line, self.flags.unix_lines) {
            (false, _) => "(?:\\A)",
            (true, true) => "(?:(?!\\z)(?:\\A|(?<=\\n)))",
            (true, false) => "(?:(?!\\z)(?:\\A|(?<=[\\n\\x{85}\\x{2028}\\x{2029}])|(?<=\\r)(?!\\n)))",
        });
    }

    /// `$` and `\Z`: at the end, or before a line end there; with `(?m)` before every one. Never inside `\r\n`.
    fn push_dollar(&mut self, multi_line: bool) {
        self.out.push_str(match (multi_line, self.flags.unix_lines) {
            (false, true) => "(?:(?=\\n?\\z))",
            (true, true) => "(?:(?=\\n|\\z))",
            (false, false) => "(?:(?=[\\r\\x{85}\\x{2028}\\x{2029}]?\\z|\\r\\n\\z)|(?<!\\r)(?=\\n\\z))",
            (true, false) => "(?:(?=[\\r\\x{85}\\x{2028}\\x{2029}]|\\z)|(?<!\\r)(?=\\n))",
        });
    }
}
