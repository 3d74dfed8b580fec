//! `java.util.regex` as Java 17 does it: Java's syntax is rewritten for `fancy-regex`, and the
//! searching, replacing and splitting around it follow `Matcher` and `String`.
//!
//! Known to differ: `\b` on letter-like numbers and rarer marks, `\X`, `\N{…}` and `\b{g}`, most Unicode blocks, and
//! look-behind of unlimited length are refused; Java's own limits are not imitated.

mod classes;
mod properties;
mod translate;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use fancy_regex::{Captures, Regex, RegexBuilder};
use rustc_hash::FxBuildHasher;

use super::Thrown;
use super::method::within_memory;
use crate::limits::Env;
use translate::Translated;

/// Patterns a thread keeps compiled.
const CACHED: usize = 64;

thread_local! {
    static CACHE: RefCell<HashMap<(Box<str>, usize), JavaRegex, FxBuildHasher>> = RefCell::default();
}

/// A compiled Java regular expression. Cloning shares it.
#[derive(Clone, Debug)]
pub struct JavaRegex(Rc<Compiled>);

#[derive(Debug)]
struct Compiled {
    translated: Translated,
    backtracks: usize,
    /// For searching, and for matching a whole text; each made at its first use.
    search: OnceCell<Regex>,
    whole: OnceCell<Regex>,
}

impl JavaRegex {
    /// Compiles a pattern, or takes it from the thread's cache.
    ///
    /// # Errors
    ///
    /// `PatternSyntaxException` with Java's description, place and drawing.
    pub fn compile(pattern: &str, env: &Env) -> Result<JavaRegex, Thrown> {
        let backtracks = env.limits.regex_backtracks;
        let key = (Box::from(pattern), backtracks);
        if let Some(known) = CACHE.with_borrow(|cache| cache.get(&key).cloned()) {
            return Ok(known);
        }
        let translated = translate::translate(pattern)?;
        let regex =
            JavaRegex(Rc::new(Compiled { translated, backtracks, search: OnceCell::new(), whole: OnceCell::new() }));
        CACHE.with_borrow_mut(|cache| {
            if cache.len() >= CACHED {
                cache.clear();
            }
            cache.insert(key, regex.clone());
        });
        Ok(regex)
    }

    fn build(&self, pattern: &str) -> Result<Regex, Thrown> {
        RegexBuilder::new(pattern).backtrack_limit(self.0.backtracks).build().map_err(|error| {
            Thrown::new(
                "java.util.regex.PatternSyntaxException",
                format!("a regular expression of a kind that is not supported here: {error}"),
            )
        })
    }

    fn search(&self) -> Result<&Regex, Thrown> {
        if let Some(regex) = self.0.search.get() {
            return Ok(regex);
        }
        let built = self.build(&self.0.translated.pattern)?;
        Ok(self.0.search.get_or_init(|| built))
    }

    fn whole(&self) -> Result<&Regex, Thrown> {
        if let Some(regex) = self.0.whole.get() {
            return Ok(regex);
        }
        let built = self.build(&format!("\\A(?:{})\\z", self.0.translated.pattern))?;
        Ok(self.0.whole.get_or_init(|| built))
    }

    fn out_of_budget(&self) -> Thrown {
        Thrown::new(
            "java.lang.StackOverflowError",
            format!("the regular expression took more than {} backtracking steps", self.0.backtracks),
        )
    }

    /// `Matcher.matches()`: whether the pattern covers the whole text.
    ///
    /// # Errors
    ///
    /// When the budget of backtracking steps is spent.
    pub fn matches(&self, text: &str) -> Result<bool, Thrown> {
        self.whole()?.is_match(text).map_err(|_| self.out_of_budget())
    }

    /// `Matcher.find()`: whether the pattern occurs anywhere.
    ///
    /// # Errors
    ///
    /// As [`JavaRegex::matches`].
    pub fn find(&self, text: &str) -> Result<bool, Thrown> {
        self.search()?.is_match(text).map_err(|_| self.out_of_budget())
    }

    /// Every match in order, until `each` returns false. After an empty match the search moves on by a character;
    /// unlike in other engines an empty match may follow right behind one that was not empty.
    fn each_match<'t>(
        &self,
        text: &'t str,
        mut each: impl FnMut(&Captures<'t, str>, std::ops::Range<usize>) -> Result<bool, Thrown>,
    ) -> Result<(), Thrown> {
        let regex = self.search()?;
        let mut from = 0;
        while from <= text.len() {
            let found = regex.captures_from_pos(text, from).map_err(|_| self.out_of_budget())?;
            let Some((captures, range)) =
                found.and_then(|captures| captures.get(0).map(|m| m.range()).map(|range| (captures, range)))
            else {
                break;
            };
            from = range.end;
            if range.is_empty() {
                from += text.get(from..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            }
            if !each(&captures, range)? {
                break;
            }
        }
        Ok(())
    }

    /// `Matcher.replaceAll(replacement)`, with `$1`, `${name}` and `\` in the replacement.
    ///
    /// # Errors
    ///
    /// Java's exceptions for a bad replacement (only when there is a match), and as [`JavaRegex::matches`].
    pub fn replace_all(&self, text: &str, replacement: &str) -> Result<String, Thrown> {
        self.replace(text, replacement, false)
    }

    /// `Matcher.replaceFirst(replacement)`.
    ///
    /// # Errors
    ///
    /// As [`JavaRegex::replace_all`].
    pub fn replace_first(&self, text: &str, replacement: &str) -> Result<String, Thrown> {
        self.replace(text, replacement, true)
    }

    fn replace(&self, text: &str, replacement: &str, once: bool) -> Result<String, Thrown> {
        let mut out = String::new();
        let mut copied = 0;
        self.each_match(text, |captures, range| {
            out.push_str(text.get(copied..range.start).unwrap_or(""));
            self.expand(replacement, captures, &mut out)?;
            copied = range.end;
            within_memory(out.len())?;
            Ok(!once)
        })?;
        out.push_str(text.get(copied..).unwrap_or(""));
        Ok(out)
    }

    /// Appends the replacement for one match.
    fn expand(&self, replacement: &str, captures: &Captures<'_, str>, out: &mut String) -> Result<(), Thrown> {
        let illegal = |message: &str| Thrown::new("java.lang.IllegalArgumentException", message);
        let mut rest = replacement.chars();
        while let Some(next) = rest.next() {
            match next {
                '\\' => {
                    let escaped = rest.next().ok_or_else(|| illegal("character to be escaped is missing"))?;
                    out.push(escaped);
                }
                '$' => {
                    let tail = rest.as_str();
                    if let Some(name) = tail.strip_prefix('{') {
                        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
                        let (name, after) = name.split_at_checked(end).unwrap_or((name, ""));
                        if name.is_empty() {
                            return Err(illegal("named capturing group has 0 length name"));
                        }
                        let Some(after) = after.strip_prefix('}') else {
                            return Err(illegal("named capturing group is missing trailing '}'"));
                        };
                        if name.starts_with(|c: char| c.is_ascii_digit()) {
                            return Err(illegal(&format!(
                                "capturing group name {{{name}}} starts with digit character"
                            )));
                        }
                        let Some(number) = self.0.translated.number_of(name) else {
                            return Err(illegal(&format!("No group with name {{{name}}}")));
                        };
                        out.push_str(captures.get(number).map_or("", |m| m.as_str()));
                        rest = after.chars();
                    } else {
                        let number = self.group_number(&mut rest)?;
                        out.push_str(captures.get(number).map_or("", |m| m.as_str()));
                    }
                }
                _ => out.push(next),
            }
        }
        Ok(())
    }

    /// Reads `1` after `$`: further digits belong to it as long as there is such a group.
    fn group_number(&self, rest: &mut std::str::Chars<'_>) -> Result<usize, Thrown> {
        let illegal = |message: &str| Thrown::new("java.lang.IllegalArgumentException", message);
        let first = rest.next().ok_or_else(|| illegal("Illegal group reference: group index is missing"))?;
        let digit = |c: char| c.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
        let mut number = digit(first).ok_or_else(|| illegal("Illegal group reference"))?;
        if number > self.0.translated.groups {
            return Err(Thrown::new("java.lang.IndexOutOfBoundsException", format!("No group {number}")));
        }
        while let Some(next) = rest.clone().next().and_then(digit) {
            let longer = number.saturating_mul(10).saturating_add(next);
            if longer > self.0.translated.groups {
                break;
            }
            number = longer;
            rest.next();
        }
        Ok(number)
    }

    /// `String.split(pattern, limit)`: at most `limit` parts when it is positive; without empty ones at the end when
    /// it is zero. An empty match at the very start cuts nothing off.
    ///
    /// # Errors
    ///
    /// As [`JavaRegex::matches`].
    pub fn split<'t>(&self, text: &'t str, limit: i32) -> Result<Vec<&'t str>, Thrown> {
        let most = usize::try_from(limit).unwrap_or(0);
        let mut parts = Vec::new();
        let mut from = 0;
        let mut found = false;
        self.each_match(text, |_, range| {
            if most > 0 && parts.len() + 1 >= most {
                return Ok(false);
            }
            if range == (0..0) {
                return Ok(true);
            }
            found = true;
            parts.push(text.get(from..range.start).unwrap_or(""));
            from = range.end;
            Ok(true)
        })?;
        if !found {
            return Ok(vec![text]);
        }
        parts.push(text.get(from..).unwrap_or(""));
        if limit == 0 {
            while parts.last().is_some_and(|part| part.is_empty()) {
                parts.pop();
            }
        }
        Ok(parts)
    }
}

/// Whether a character is in a Unicode category, given as a pattern: what `Character.isLetter` and its kin ask.
pub(super) fn in_category(character: char, pattern: &str) -> bool {
    let mut buffer = [0; 4];
    let text: &str = character.encode_utf8(&mut buffer);
    JavaRegex::compile(pattern, &Env::at(0)).and_then(|regex| regex.matches(text)).unwrap_or(false)
}

#[cfg(test)]
mod tests;
