//! What a check found: the count first, then file by file what is wrong, its line and what to do.

use super::line::{Line, Role};
use super::page::Page;
use super::{style, words};
use crate::check::{CheckReport, Finding, Severity};
use crate::render::Options;

/// Findings that are shown before the rest is left to `--verbose`.
const SHOWN: usize = 10;
/// Findings of one code that are shown in one file.
const OF_ONE_CODE: usize = 3;

/// The findings as text, each line with a line end.
pub fn check(report: &CheckReport, options: &Options) -> String {
    let mut page = Page::new(options);
    page.sides(vec![(answer(report), Line::of(Role::Dim, format!("{} · {}", report.api, report.kind)))]);
    page.indented(Line::indent(2).with(Role::Dim, looked_at(report)));
    let chosen = chosen(report, page.verbose);
    let mut file = None;
    for finding in &chosen {
        if file != Some(&finding.place.file) {
            page.blank();
            page.indented(Line::of(Role::Strong, &finding.place.file));
            file = Some(&finding.place.file);
        }
        one(&mut page, finding);
    }
    let hidden = report.findings.len() - chosen.len();
    if hidden > 0 {
        page.blank();
        let more = words::count(hidden, "more finding", "more findings");
        page.line(Line::indent(2).with(Role::Dim, format!("… {more}: --verbose")));
    }
    if !chosen.is_empty() {
        page.blank();
        let code = gravest(report).map_or("CODE", |finding| finding.code);
        page.indented(Line::indent(2).with(Role::Dim, format!("what a code means, and what helps: vtlens why {code}")));
    }
    style::print(&page.lines, options.colour)
}

/// The findings to show, in their order: all of them, or the gravest ones, of each code in a file the first few.
fn chosen(report: &CheckReport, all: bool) -> Vec<&Finding> {
    let mut order: Vec<(usize, &Finding)> = report.findings.iter().enumerate().collect();
    if !all {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        order.retain(|(_, finding)| {
            let what = (finding.place.file.as_str(), finding.code);
            seen.push(what);
            seen.iter().filter(|other| **other == what).count() <= OF_ONE_CODE
        });
        order.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
        order.truncate(SHOWN);
        order.sort_by_key(|(at, _)| *at);
    }
    order.into_iter().map(|(_, finding)| finding).collect()
}

/// `1 error, 3 warnings in 2 files`.
fn answer(report: &CheckReport) -> Line {
    let grades = [
        (Severity::Error, Role::Bad, "error", "errors"),
        (Severity::Warning, Role::Unsure, "warning", "warnings"),
        (Severity::Note, Role::Plain, "note", "notes"),
    ];
    let mut line = Line::new();
    for (severity, role, one, many) in grades {
        let n = report.count(severity);
        if n > 0 {
            let separator = if line.is_empty() { "" } else { ", " };
            line = line.then(separator).with(role, words::count(n, one, many));
        }
    }
    if line.is_empty() {
        return Line::of(Role::Good, "✓ nothing found");
    }
    let mut files: Vec<&str> = report.findings.iter().map(|finding| finding.place.file.as_str()).collect();
    files.dedup();
    line.then(format!(" in {}", words::count(files.len(), "file", "files")))
}

fn looked_at(report: &CheckReport) -> String {
    let checked = report.checked;
    let mut text = format!(
        "{}, {}, {}",
        words::count(checked.fields, "field", "fields"),
        words::count(checked.resolvers, "resolver", "resolvers"),
        words::count(checked.templates, "template", "templates"),
    );
    if checked.generated > 0 {
        let generated = words::count(checked.generated, "template", "templates");
        text.push_str(&format!("; {generated} by Amplify not checked: --all"));
    }
    text
}

fn gravest(report: &CheckReport) -> Option<&Finding> {
    let worst = report.worst()?;
    report.findings.iter().find(|finding| finding.severity == worst)
}

fn one(page: &mut Page, finding: &Finding) {
    let (role, word) = match finding.severity {
        Severity::Error => (Role::Bad, "error"),
        Severity::Warning => (Role::Unsure, "warning"),
        Severity::Note => (Role::Dim, "note"),
    };
    let place = &finding.place;
    let place = if place.line == 0 { String::new() } else { format!("{}:{}", place.line, place.column) };
    let lead = Line::indent(2).then(format!("{place:>7}  ")).with(role, word).then("  ");
    let body = Line::plain(&finding.message).then(" ").with(Role::Dim, format!("({})", finding.code));
    hang(page, lead, body);
    let source = finding.place.source_line.trim();
    if !source.is_empty() {
        let room = page.width.saturating_sub(BELOW + 2);
        page.line(Line::indent(BELOW).with(Role::Dim, "│ ").then(cut(source, room)));
    }
    if !finding.help.is_empty() {
        page.paragraph(Line::indent(BELOW).with(Role::Dim, "→ "), Line::plain(&finding.help));
    }
}

/// The column that a finding's second line starts in.
const BELOW: usize = 11;

/// A paragraph that hangs under [`BELOW`], whatever its lead takes.
fn hang(page: &mut Page, lead: Line, body: Line) {
    let whole = lead.width() + body.width() <= page.width;
    if whole {
        page.line(lead.join(body));
    } else {
        let room = page.width;
        let mut parts =
            super::wrap::wrap(&body, room.saturating_sub(lead.width()), room.saturating_sub(BELOW)).into_iter();
        page.line(lead.join(parts.next().unwrap_or_default()));
        parts.for_each(|part| page.line(Line::indent(BELOW).join(part)));
    }
}

/// The start of a line of source, `…` where it goes on.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}
