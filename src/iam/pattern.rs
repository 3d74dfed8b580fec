//! Patterns of policies: wildcards, policy variables, and parts that nobody gave.

use super::keys::{Keys, Known};

/// A part of a pattern, or of what it is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// This character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any number of characters, also across `/` and `:`.
    Any,
    /// A segment that nobody gave: some characters other than `/` and `:`.
    Open(String),
}

/// A pattern, its variables filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Part>);

/// Why a pattern cannot match, or cannot be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoPattern {
    /// The caller has no value for a variable: nothing matches.
    Absent,
    /// Nobody said what this condition key is.
    Unknown(String),
}

/// How something fits a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    /// It does, if the segments that nobody gave are what the pattern says.
    Open,
    Yes,
}

/// How the text of a pattern is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub keys: &'a Keys,
    /// Whether `*` and `?` are wildcards.
    pub wildcards: bool,
    /// Whether `${…}` is a variable: policies of version 2012-10-17.
    pub variables: bool,
    /// Whether `${Name}` is a placeholder of a build for a value nobody gave.
    pub placeholders: bool,
}

impl Pattern {
    pub fn read(text: &str, reading: Reading<'_>) -> Result<Pattern, NoPattern> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some((name, after)) = variable(rest) {
                if reading.placeholders && !name.contains([':', ',', '*', '?', '$']) {
                    parts.push(Part::Open(name.to_owned()));
                    rest = after;
                    continue;
                }
                if reading.variables {
                    parts.extend(value(name, reading.keys)?.chars().map(Part::Char));
                    rest = after;
                    continue;
                }
            }
            parts.push(match first {
                '*' if reading.wildcards => Part::Any,
                '?' if reading.wildcards => Part::One,
                other => Part::Char(other),
            });
            rest = rest.get(first.len_utf8()..).unwrap_or("");
        }
        Ok(Pattern(parts))
    }

    /// The same, in lower case.
    pub fn lower(mut self) -> Pattern {
        for part in &mut self.0 {
            if let Part::Char(c) = part {
                *c = c.to_ascii_lowercase();
            }
        }
        self
    }

    pub fn fit(&self, target: &[Part]) -> Fit {
        if self.meets(target, false) {
            Fit::Yes
        } else if self.meets(target, true) {
            Fit::Open
        } else {
            Fit::No
        }
    }

    pub fn matches(&self, text: &str) -> bool {
        self.meets(&literal(text), false)
    }

    /// Whether the pattern can be that text. `loose` lets open parts be whatever the other side has there; else only
    /// `*`, and an open part of the same name, stand for one.
    fn meets(&self, target: &[Part], loose: bool) -> bool {
        let width = target.len() + 1;
        let mut row = vec![false; width];
        if let Some(start) = row.first_mut() {
            *start = true;
        }
        for part in &self.0 {
            let mut next = vec![false; width];
            for (at, held) in target.iter().map(Some).chain([None]).enumerate() {
                if row.get(at) != Some(&true) {
                    continue;
                }
                let step = step(part, held, loose);
                mark(&mut row, at + 1, step.stay);
                mark(&mut next, at, step.skip);
                mark(&mut next, at + 1, step.both);
            }
            row = next;
        }
        row.last() == Some(&true)
    }
}

/// Whether a pattern of wildcards alone, `*` and `?`, fits a text.
pub fn wildcards_match(pattern: &str, text: &str) -> bool {
    let reading = Reading { keys: &Keys::default(), wildcards: true, variables: false, placeholders: false };
    Pattern::read(pattern, reading).is_ok_and(|pattern| pattern.matches(text))
}

fn mark(row: &mut [bool], at: usize, reached: bool) {
    if let Some(cell) = row.get_mut(at).filter(|_| reached) {
        *cell = true;
    }
}

/// How one part of the pattern and one of the target get on together.
#[derive(Default)]
struct Step {
    /// The target's part is used up, the pattern's goes on.
    stay: bool,
    /// The pattern's part is used up, the target's goes on.
    skip: bool,
    /// Both are used up.
    both: bool,
}

fn step(part: &Part, held: Option<&Part>, loose: bool) -> Step {
    let within = |c: &char| !matches!(c, ':' | '/');
    match (part, held) {
        (Part::Any, held) => Step { stay: held.is_some(), skip: true, both: false },
        (Part::Char(wanted), Some(Part::Char(is))) => Step { both: wanted == is, ..Step::default() },
        (Part::One, Some(Part::Char(_))) => Step { both: true, ..Step::default() },
        (Part::Open(name), Some(Part::Open(other))) if name == other => Step { both: true, ..Step::default() },
        (Part::Char(c), Some(Part::Open(_))) if loose && within(c) => Step { skip: true, both: true, stay: false },
        (Part::One, Some(Part::Open(_))) if loose => Step { skip: true, both: true, stay: false },
        (Part::Open(_), Some(Part::Char(c))) if loose && within(c) => Step { stay: true, both: true, skip: false },
        (Part::Open(_), Some(Part::Open(_))) if loose => Step { stay: true, both: true, skip: true },
        _ => Step::default(),
    }
}

/// A text as parts that are what they are.
pub(super) fn literal(text: &str) -> Vec<Part> {
    text.chars().map(Part::Char).collect()
}

/// `${name}` at the start of a text, and what follows it.
fn variable(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.split_once('}')
}

/// The value of a policy variable: `aws:username`, `aws:username, 'default'`, or a character that would be a wildcard.
fn value(variable: &str, keys: &Keys) -> Result<String, NoPattern> {
    if matches!(variable, "*" | "?" | "$") {
        return Ok(variable.to_owned());
    }
    let (name, default) = match variable.split_once(',') {
        Some((name, default)) => (name.trim(), default.trim().strip_prefix('\'').and_then(|d| d.strip_suffix('\''))),
        None => (variable.trim(), None),
    };
    // Every condition key has a colon: `${apiId}` is a placeholder that nobody filled in, and no key of any request.
    if !name.contains(':') {
        return default.map(str::to_owned).ok_or(NoPattern::Absent);
    }
    match (keys.get(name), default) {
        (Known::Values([one]), _) => Ok(one.clone()),
        (Known::Values(_) | Known::Absent, Some(default)) => Ok(default.to_owned()),
        (Known::Values(_) | Known::Absent, None) => Err(NoPattern::Absent),
        (Known::Unknown, _) => Err(NoPattern::Unknown(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, placeholders: bool) -> Pattern {
        let keys = Keys::default();
        Pattern::read(text, Reading { keys: &keys, wildcards: true, variables: true, placeholders }).unwrap()
    }

    #[test]
    fn wildcards_span_slashes_and_open_segments_do_not() {
        let open = |text: &str| {
            let mut parts = Vec::new();
            for (index, piece) in text.split('#').enumerate() {
                if index > 0 {
                    parts.push(Part::Open("Id".into()));
                }
                parts.extend(literal(piece));
            }
            parts
        };
        for (pattern, target, fit) in [
            ("apis/*", "apis/x/types/Q/fields/a", Fit::Yes),
            ("apis/x/types/*/a", "apis/x/types/Q/fields/a", Fit::Yes),
            ("apis/?/types/Query", "apis/x/types/Query", Fit::Yes),
            ("apis/??", "apis/x", Fit::No),
            ("*", "", Fit::Yes),
            ("", "", Fit::Yes),
            ("", "a", Fit::No),
            ("a*b*c", "aXbXbc", Fit::Yes),
            ("apis/*/types", "apis/#/types", Fit::Yes),
            ("apis/abc/types", "apis/#/types", Fit::Open),
            ("apis/a?c*/types", "apis/#/types", Fit::Open),
            ("apis//types", "apis/#/types", Fit::No),
            ("apis/a/b/types", "apis/#/types", Fit::No),
            ("${*}${?}", "*?", Fit::Yes),
            ("${*}", "x", Fit::No),
        ] {
            assert_eq!(read(pattern, false).fit(&open(target)), fit, "{pattern} {target}");
        }
        for (pattern, target, fit) in [
            ("apis/${Id}/x", "apis/#/x", Fit::Yes),
            ("apis/${Other}/x", "apis/#/x", Fit::Open),
            ("apis/${Other}/x", "apis/abc/x", Fit::Open),
            ("apis/${Other}/x", "apis/abc/y", Fit::No),
        ] {
            assert_eq!(read(pattern, true).fit(&open(target)), fit, "{pattern} {target}");
        }
    }
}
