//! What could have allowed a request, and the edits that would.

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::snippet::place;
use super::words;
use crate::report::{Decision, FieldReport, Fix, Rule};

/// Rules shown before the rest is left to `--verbose`.
const SHOWN: usize = 8;
/// The same where rules take several lines each.
const SHOWN_NARROW: usize = 5;

/// A field's rules, most specific first: those that name a group, an owner or a role say more to the caller than
/// those for everybody, and those the author wrote more than a condition of the template.
pub(in crate::render) fn by_specificity(field: &FieldReport) -> Vec<&Rule> {
    let mut rules: Vec<&Rule> = field.rules.iter().collect();
    rules.sort_by_key(|rule| {
        let kind = match rule.kind {
            "private" | "public" => 1,
            "other" => 2,
            _ => 0,
        };
        (rule.auth.is_none(), kind)
    });
    rules
}

/// Adds the numbered list of rules.
pub(super) fn rules(page: &mut Page, field: &FieldReport) {
    if field.rules.is_empty() {
        return;
    }
    let what = match field.decision {
        Decision::Filtered => "could have shown what was withheld",
        _ => "could have allowed this",
    };
    page.heading(&format!("{} {what}", words::count(field.rules.len(), "rule", "rules")));
    let shown = if page.verbose || field.rules.len() <= SHOWN { field.rules.len() } else { SHOWN };
    let mut lines = list(page, field, shown);
    let mut hidden = field.rules.len() - shown;
    if hidden > 0 && lines.len() > SHOWN {
        // A narrow page gives each rule several lines.
        lines = list(page, field, SHOWN_NARROW);
        hidden = field.rules.len() - SHOWN_NARROW;
    }
    page.lines.extend(lines);
    if hidden > 0 {
        page.line(Line::indent(4).with(Role::Dim, format!("… {hidden} more: --verbose")));
    }
}

/// The `shown` most specific rules in their own order.
fn list(page: &Page, field: &FieldReport, shown: usize) -> Vec<Line> {
    let mut rules = by_specificity(field);
    rules.truncate(shown);
    rules.sort_by_key(|rule| rule.id);
    let digits = rules.iter().map(|rule| rule.id.to_string().len()).max().unwrap_or(1);
    let mut page = page.scratch();
    page.table(4, 4 + digits + 2, rules.iter().map(|rule| row(rule, digits, page.verbose)).collect());
    page.lines
}

fn row(rule: &Rule, digits: usize, verbose: bool) -> Row {
    let id = Line::of(Role::Strong, format!("{:>digits$}", rule.id));
    let (place, text) = match &rule.auth {
        Some(auth) if auth.reconstructed => (Line::of(Role::Dim, place(&rule.grant)), auth.text.as_str()),
        Some(auth) => (Line::of(Role::Dim, format!("{}:{}", auth.file, auth.line)), auth.text.as_str()),
        None => (Line::of(Role::Dim, place(&rule.grant)), unnamed(rule)),
    };
    let mut last = match rule.needs.strip_prefix("needs ").unwrap_or(&rule.needs) {
        "" => Line::new(),
        needs => Line::plain("needs ").then(needs),
    };
    if let Some(also) = also(rule) {
        last = last.with(Role::Dim, also);
    }
    if verbose && rule.auth.as_ref().is_some_and(|auth| !auth.reconstructed) {
        last = last.with(Role::Dim, format!(" (granted at {})", self::place(&rule.grant)));
    }
    Row { cells: vec![id, place, Line::plain(text)], last }
}

/// The other rules of the author's that were merged into this one: ` (also schema.graphql:14, 16)`.
fn also(rule: &Rule) -> Option<String> {
    let mut places = String::new();
    let mut file = "";
    for auth in &rule.also_auth {
        let line = if auth.file == file { auth.line.to_string() } else { format!("{}:{}", auth.file, auth.line) };
        let joint = if places.is_empty() { "" } else { ", " };
        places.push_str(&format!("{joint}{line}"));
        file = &auth.file;
    }
    (!places.is_empty()).then(|| format!(" (also {places})"))
}

/// What to call a rule whose author's text is not at hand: what it is, else the statement that grants.
pub(in crate::render) fn unnamed(rule: &Rule) -> &str {
    match words::rule(rule.kind) {
        Some(words) => words,
        None => rule.grant.text.lines().next().unwrap_or_default().trim(),
    }
}

/// Adds the edits that flip the decision. Only what was verified is offered.
pub(super) fn fixes(page: &mut Page, fixes: &[Fix]) {
    let verified = fixes.iter().filter(|fix| fix.verified);
    let (certain, open): (Vec<_>, Vec<_>) = verified.partition(|fix| fix.open.is_empty());
    if !certain.is_empty() {
        page.heading("would be allowed (each checked by running the request again)");
        certain.iter().for_each(|fix| page.bullet(Line::plain(&fix.text)));
    }
    let mut facts: Vec<&str> = open.iter().flat_map(|fix| &fix.open).map(String::as_str).collect();
    facts.dedup();
    if !open.is_empty() {
        page.heading("would not be refused here (each checked by running the request again)");
        open.iter().for_each(|fix| page.bullet(Line::plain(&fix.text)));
        let hangs = format!("whether it is allowed then hangs on facts that are missing: {}", facts.join(", "));
        page.paragraph(Line::indent(4), Line::of(Role::Dim, hangs));
    }
}
