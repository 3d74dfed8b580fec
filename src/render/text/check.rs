//! What a check found: the count first, then file by file what is wrong, its line and what to do.

use super::line::{Line, Role};
use super::page::Page;
use super::{style, words};
use crate::check::{CheckReport, Finding, Severity};
use crate::render::Options;

/// Findings that are shown before the rest is left to `--verbose`.
const SHOWN: usize = 12;
/// Findings of one code that are shown in one file.
const OF_ONE_CODE: usize = 3;

/// The findings as text, each line with a line end.
pub fn check(report: &CheckReport, options: &Options) -> String {
    let mut page = Page::new(options);
    page.sides(vec![(answer(report), Line::of(Role::Dim, format!("{} · {}", report.api, report.kind)))]);
    page.indented(Line::indent(2).with(Role::Dim, looked_at(report)));
    let mut shown = 0;
    let mut hidden = 0;
    for (file, findings) in by_file(report) {
        let mut headed = false;
        let mut codes: Vec<(&str, usize)> = Vec::new();
        for finding in findings {
            let same = match codes.iter_mut().find(|(code, _)| *code == finding.code) {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    codes.push((finding.code, 1));
                    1
                }
            };
            if !page.verbose && (shown >= SHOWN || same > OF_ONE_CODE) {
                hidden += 1;
                continue;
            }
            if !headed {
                page.blank();
                page.indented(Line::of(Role::Strong, file));
                headed = true;
            }
            one(&mut page, finding);
            shown += 1;
        }
    }
    if hidden > 0 {
        page.blank();
        let more = words::count(hidden, "more finding", "more findings");
        page.line(Line::indent(2).with(Role::Dim, format!("… {more}: --verbose")));
    }
    if shown > 0 {
        page.blank();
        let code = gravest(report).map_or("CODE", |finding| finding.code);
        page.indented(Line::indent(2).with(Role::Dim, format!("what a code means, and what helps: vtlens why {code}")));
    }
    style::print(&page.lines, options.colour)
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
    line.then(format!(" in {}", words::count(by_file(report).len(), "file", "files")))
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

fn by_file(report: &CheckReport) -> Vec<(&str, Vec<&Finding>)> {
    let mut files: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in &report.findings {
        match files.iter_mut().find(|(file, _)| *file == finding.place.file) {
            Some((_, findings)) => findings.push(finding),
            None => files.push((&finding.place.file, vec![finding])),
        }
    }
    files
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
