//! Why a field was allowed: the rule that let the caller in, its line in the template, and the schema's word.

use super::field::cause;
use super::line::{Line, Role};
use super::page::{Page, Row};
use super::snippet::{place, snippets};
use super::words;
use crate::report::{AllowedBy, Decision, FieldReport};

/// Rules shown before the rest is left to `--verbose`.
const SHOWN: usize = 5;

/// Adds what let the caller in.
pub(super) fn allowed(page: &mut Page, field: &FieldReport) {
    let Some(first) = field.allowed_by.first() else { return };
    match (first.past.is_some() || !first.because.is_empty() || first.kind == "staticGroup", &first.auth) {
        (false, _) => cause(page, &first.words),
        (true, Some(auth)) => {
            let at = if auth.reconstructed { String::new() } else { format!(" ({}:{})", auth.file, auth.line) };
            cause(page, &format!("let in by {}{at}: {}", auth.text, first.words));
        }
        (true, None) => cause(page, &format!("let in by {}: {}", name(first), first.words)),
    }
    if first.past.is_some() || !first.because.is_empty() {
        page.blank();
        snippets(page, &evidence(field, first), &[]);
    }
    rules(page, &field.allowed_by);
    if let Some(admitted) = &field.admitted_by {
        let site = admitted.site.as_ref().map(|site| format!(" ({})", place(site))).unwrap_or_default();
        page.blank();
        let body = Line::plain("the schema: ").then(&admitted.words).with(Role::Dim, site);
        page.paragraph(Line::indent(2), body);
    }
}

/// A rule whose author's text is not at hand: what it is, else where it stands.
fn name(by: &AllowedBy) -> String {
    let Some(kind) = words::rule(by.kind) else { return place(&by.grant) };
    let article = if kind.starts_with(['a', 'o', 'I']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// The grant as a field's decision: its line, and the conditions that were met on the way.
fn evidence(field: &FieldReport, by: &AllowedBy) -> FieldReport {
    FieldReport {
        parent_type: field.parent_type.clone(),
        field: field.field.clone(),
        decision: Decision::Allowed,
        site: Some(by.grant.clone()),
        because: by.because.clone(),
        ..FieldReport::default()
    }
}

fn rules(page: &mut Page, all: &[AllowedBy]) {
    if all.len() < 2 {
        return;
    }
    let each_its_own = all
        .iter()
        .enumerate()
        .all(|(at, by)| by.past.is_some() && !all.iter().take(at).any(|before| before.past == by.past));
    page.heading(&match each_its_own {
        true => format!("{} denials stood in the way, each passed by its own rule", all.len()),
        false => format!("{} rules let it in", all.len()),
    });
    let shown = if page.verbose { all.len() } else { SHOWN.min(all.len()) };
    let digits = all.len().to_string().len();
    let rows = all.iter().take(shown).map(|by| {
        let id = Line::of(Role::Strong, format!("{:>digits$}", by.id));
        let (place, text) = match &by.auth {
            Some(auth) if auth.reconstructed => (place(&by.grant), auth.text.as_str()),
            Some(auth) => (format!("{}:{}", auth.file, auth.line), auth.text.as_str()),
            None => (place(&by.grant), words::rule(by.kind).unwrap_or_default()),
        };
        let mut last = Line::plain(&by.words);
        if let (true, Some(past)) = (page.verbose, &by.past) {
            last = last.with(Role::Dim, format!(" (past {} at {})", past.text, self::place(past)));
        }
        Row { cells: vec![id, Line::of(Role::Dim, place), Line::plain(text)], last }
    });
    let rows: Vec<Row> = rows.collect();
    page.table(4, 4 + digits + 2, rows);
    if all.len() > shown {
        page.line(Line::indent(4).with(Role::Dim, format!("… {} more: --verbose", all.len() - shown)));
    }
}
