//! Values that give themselves away by their form: mail addresses, telephone numbers, tokens, accounts in ARNs.

use std::sync::LazyLock;

use fancy_regex::Regex;

use crate::secrets;

/// Kind and form; what group 1 holds is the value, where there is one.
const FORMS: [(&str, &str); 4] = [
    ("email", r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("phone", r"(?<![\w+])\+[1-9]\d{7,14}(?!\w)"),
    ("account", r"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(\d{12})(?=:)"),
    ("identityId", r"(?<!\w)[a-z]{2}(?:-[a-z]+)+-\d:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)"),
];

static COMPILED: LazyLock<Vec<(&'static str, Regex)>> =
    LazyLock::new(|| FORMS.iter().filter_map(|(kind, form)| Some((*kind, Regex::new(form).ok()?))).collect());

/// The kind of a text that is such a value as a whole.
pub(super) fn of(text: &str) -> Option<&'static str> {
    let whole = |form: &Regex| {
        form.captures(text)
            .ok()
            .flatten()
            .is_some_and(|found| found.get(0).is_some_and(|whole| whole.as_str() == text) && found.get(1).is_none())
    };
    COMPILED.iter().find(|(_, form)| whole(form)).map(|(kind, _)| *kind)
}

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// Such a value, and its kind.
    Formed(&'static str, &'t str),
    /// Anything else.
    Text(&'t str),
}

/// A text taken apart at such values.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut found: Vec<(usize, usize, &'static str)> = Vec::new();
    for secret in secrets::of_form(text) {
        let kind = if secret.starts_with("da2-") { "apiKey" } else { "token" };
        found.extend(text.match_indices(secret.as_str()).map(|(at, _)| (at, at + secret.len(), kind)));
    }
    for (kind, form) in COMPILED.iter() {
        let values = form.captures_iter(text).flatten().filter_map(|found| found.get(1).or_else(|| found.get(0)));
        found.extend(values.map(|value| (value.start(), value.end(), *kind)));
    }
    // Of two in one place the longer.
    found.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    let mut parts = Vec::new();
    let mut at = 0;
    for (start, end, kind) in found.into_iter().filter(|(start, end, _)| start < end) {
        if start >= at {
            parts.push(Part::Text(text.get(at..start).unwrap_or_default()));
            parts.push(Part::Formed(kind, text.get(start..end).unwrap_or_default()));
            at = end;
        }
    }
    parts.push(Part::Text(text.get(at..).unwrap_or_default()));
    parts
}
