//! Many requests: one line for each that did not simply pass.

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::request::{answer, lead};
use super::words;
use crate::report::{Decision, RequestReport};

/// Rows shown of one file before the rest is left to `--verbose`.
const SHOWN: usize = 25;

/// Adds a table a file; with `--verbose`, below it, the full answers behind the rows.
pub(super) fn summary(page: &mut Page, requests: &[RequestReport]) {
    let mut files: Vec<Option<&str>> = Vec::new();
    for request in requests {
        let file = file(request);
        if !files.contains(&file) {
            files.push(file);
        }
    }
    for name in files {
        page.blank();
        let of_file: Vec<&RequestReport> = requests.iter().filter(|request| file(request) == name).collect();
        table(page, name, &of_file);
    }
}

fn file(request: &RequestReport) -> Option<&str> {
    request.source.as_ref().map(|source| source.file.as_str())
}

fn entry(request: &RequestReport) -> Option<usize> {
    request.source.as_ref().and_then(|source| source.entry)
}

fn table(page: &mut Page, name: Option<&str>, requests: &[&RequestReport]) {
    let name = name.unwrap_or("this input");
    let count = words::count(requests.len(), "AppSync request", "AppSync requests");
    let head = Line::of(Role::Strong, name).then(format!("   {count}: ")).then(words::tally(requests));
    page.indented(head);
    let telling = |request: &&&RequestReport| {
        page.verbose || request.decision != Decision::Allowed || request.reproduced == Some(false)
    };
    let listed: Vec<&RequestReport> = requests.iter().filter(telling).copied().collect();
    let labels: Vec<String> =
        listed.iter().map(|request| entry(request).map(|entry| format!("#{entry}")).unwrap_or_default()).collect();
    let widest = labels.iter().map(|label| label.len()).max().unwrap_or(0);
    let times: Vec<Option<&str>> = listed.iter().map(|request| time(request)).collect();
    let timed = times.iter().any(Option::is_some);
    let mut firsts: Vec<(&RequestReport, &str)> = Vec::new();
    let mut rows = Vec::new();
    for ((request, label), time) in listed.iter().zip(&labels).zip(&times) {
        let same = firsts.iter().find(|(first, _)| alike(first, request)).map(|(_, label)| *label);
        let mut row = row(request, &format!("{label:>widest$}"), same);
        if timed {
            row.cells.insert(2, Line::of(Role::Dim, format!("{:8}", time.unwrap_or_default())));
        }
        rows.push(row);
        if same.is_none() && !label.is_empty() && request.decision != Decision::Allowed {
            firsts.push((request, label));
        }
    }
    let hidden = if page.verbose { 0 } else { rows.len().saturating_sub(SHOWN) };
    rows.truncate(listed.len() - hidden);
    let time_column = if timed { 8 + 2 } else { 0 };
    page.table(2, 2 + 1 + 2 + widest + 2 + time_column + 3 + 2, rows);
    if hidden > 0 {
        page.line(Line::indent(2).with(Role::Dim, format!("… {hidden} more: --verbose")));
    }
    let same = |request: &RequestReport| firsts.iter().any(|(first, _)| alike(first, request));
    if page.verbose {
        let unlike = |request: &&&RequestReport| {
            !same(request) || firsts.iter().any(|(first, _)| std::ptr::eq(*first, **request))
        };
        for request in listed.iter().filter(|request| request.decision != Decision::Allowed).filter(unlike) {
            page.blank();
            answer(page, request);
        }
        return;
    }
    let worst = listed.iter().max_by_key(|request| (request.decision, std::cmp::Reverse(entry(request))));
    if let Some(request) = worst {
        let option = entry(request).map(|entry| format!(" --entry {entry}")).unwrap_or_default();
        page.indented(Line::plain("details: vtlens replay ").then(quoted(name)).then(option));
    }
}

fn row(request: &RequestReport, label: &str, same: Option<&str>) -> Row {
    let lead = lead(request);
    let title = match lead {
        Some(field) => {
            let title = words::title(request, field);
            let times = request.fields.iter().filter(|other| words::title(request, other) == title).count();
            if times > 1 { format!("{title} (×{times})") } else { title }
        }
        None => words::operation(request),
    };
    let stage = match (request.stage, same) {
        (Some(stage), None) if request.decision != Decision::Allowed => words::stage(stage),
        _ => "",
    };
    let why = request.cause.as_ref().map(|cause| cause.text.clone());
    let why = why.or_else(|| lead.and_then(|field| field.error.as_ref()).map(|error| error.message.clone()));
    let why = why.or_else(|| request.missing.first().map(|missing| format!("{} missing", missing.fact)));
    let mut last = match same {
        Some(first) => Line::of(Role::Dim, format!("same as {first}")),
        None => Line::plain(why.unwrap_or_default()),
    };
    if request.reproduced == Some(false) {
        let dot = if last.is_empty() { "" } else { " · " };
        last = last.then(dot).with(Role::Unsure, "not reproduced");
    }
    let cells = vec![
        words::mark(request.decision),
        Line::plain(label),
        Line::of(Role::Dim, status(request)),
        Line::plain(title),
        Line::plain(stage),
    ];
    Row { cells, last }
}

/// The time of day (UTC) at which it was sent, where the capture tells.
fn time(request: &RequestReport) -> Option<&str> {
    let at = request.at.as_deref().filter(|_| request.clock == Some("capture"))?;
    at.split_once('T')?.1.get(..8)
}

/// The status AppSync answers with; `?` where that hangs on a missing fact.
pub(in crate::render) fn status(request: &RequestReport) -> String {
    let computed = request.response.as_ref().map(|response| response.status);
    match computed.or(request.gate.as_ref().map(|gate| gate.status)) {
        Some(status) if request.decision != Decision::Undecided => status.to_string(),
        _ => "  ?".to_owned(),
    }
}

/// Whether two requests came out the same way for the same reason.
fn alike(one: &RequestReport, other: &RequestReport) -> bool {
    let title = |request| lead(request).map(|field| words::title(request, field));
    one.cause.is_some()
        && one.cause == other.cause
        && one.decision == other.decision
        && one.stage == other.stage
        && one.reproduced == other.reproduced
        && title(one) == title(other)
}

/// A file name as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '+' | '=' | '@' | ':' | ',');
    if !name.is_empty() && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    }
}
