//! One field's evidence: why, where, what could have allowed it, what would.

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::rules::{by_specificity, fixes, rules};
use super::snippet::{operands, place, says, snippets};
use super::words;
use crate::report::{Condition, FieldReport, Stage};

/// Adds the sentence that says why.
pub(super) fn cause(page: &mut Page, text: &str) {
    page.blank();
    page.paragraph(Line::indent(2), Line::of(Role::Strong, text));
}

/// Adds everything below the cause.
pub(super) fn evidence(page: &mut Page, field: &FieldReport) {
    match field.stage {
        Some(Stage::Schema | Stage::Authorizer) => places(page, field),
        _ => {
            page.blank();
            snippets(page, field, &by_specificity(field));
        }
    }
    rules(page, field);
    fixes(page, &field.fixes);
}

/// A schema's lines say all in a row each: no values are compared there.
fn places(page: &mut Page, field: &FieldReport) {
    // The cause stands above already.
    let said = |condition: &Condition| {
        let cause = field.cause.as_ref();
        condition.words.is_some() && condition.words.as_ref() == cause.map(|cause| &cause.text)
    };
    let mut rows: Vec<Row> =
        field.because.iter().filter(|condition| !said(condition)).map(|c| row(c, page.verbose)).collect();
    if let (Some(site), true) = (&field.site, rows.is_empty()) {
        let line = if site.source_line.is_empty() { &site.text } else { &site.source_line };
        let cells = vec![Line::of(Role::Dim, place(site)), Line::plain(line.trim())];
        rows.push(Row { cells, last: Line::of(Role::Bad, words::here(field.decision)) });
    }
    if !rows.is_empty() {
        page.table(4, 6, rows);
    }
}

fn row(condition: &Condition, whole: bool) -> Row {
    let site = &condition.site;
    let line = if site.source_line.is_empty() { &site.text } else { &site.source_line };
    let last = match &condition.words {
        Some(words) => Line::plain(words),
        None if !condition.operands.is_empty() => operands(condition, whole),
        None => says(condition, whole),
    };
    Row { cells: vec![Line::of(Role::Dim, place(site)), Line::plain(line.trim())], last }
}
