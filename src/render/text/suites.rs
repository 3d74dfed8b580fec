//! Test suites: a line each, a table of who may do what, and of every failure what was expected, what happened, why.

use std::time::Duration;

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::{style, words};
use crate::render::Options;
use crate::report::Decision;
use crate::suite::{CaseReport, SuiteReport, TestsReport};

/// Tests of a suite whose table is shown without being asked for.
const SMALL: usize = 40;
/// Columns that a test's name needs beside its callers.
const NARROWEST_NAME: usize = 28;
/// Failures of a suite that are shown before the rest is left to `--verbose`.
const SHOWN: usize = 20;
/// Remarks of a suite that are shown before the rest is left to `--verbose`.
const NOTES: usize = 3;
/// Callers of a remark that are named.
const NAMES: usize = 4;

/// Tests as text, each line with a line end.
pub fn tests(report: &TestsReport, took: Duration, options: &Options) -> String {
    let mut page = Page::new(options);
    for suite in &report.suites {
        page.blank();
        one(&mut page, suite);
    }
    page.blank();
    page.indented(summary(report, took));
    style::print(&page.lines, options.colour)
}

fn one(page: &mut Page, suite: &SuiteReport) {
    let failures: Vec<&CaseReport> = suite.tests.iter().filter(|case| !case.pass).collect();
    let tests = by_test(suite);
    let counts = format!(
        "   {}, {}",
        words::count(tests.len(), "test", "tests"),
        words::count(suite.tests.len(), "decision", "decisions")
    );
    let (mark, result) = match failures.len() {
        0 => (Line::of(Role::Good, "✓ "), Line::plain(": all as expected")),
        n => (Line::of(Role::Bad, "✗ "), Line::plain(": ").with(Role::Bad, format!("{n} not as expected"))),
    };
    page.indented(mark.with(Role::Strong, &suite.file).then(counts).join(result));
    if page.verbose || tests.len() <= SMALL {
        table(page, suite, &tests);
    }
    let shown = if page.verbose { failures.len() } else { SHOWN };
    for case in failures.iter().take(shown) {
        page.blank();
        failure(page, suite, case);
    }
    if failures.len() > shown {
        page.line(Line::indent(2).with(Role::Dim, format!("… {} more: --verbose", failures.len() - shown)));
    }
    if !suite.notes.is_empty() {
        page.blank();
    }
    let hidden = if page.verbose { 0 } else { suite.notes.len().saturating_sub(NOTES) };
    for note in suite.notes.iter().take(suite.notes.len() - hidden) {
        let whose = format!("{} (as {})", note.text, named(&note.identities, page.verbose));
        page.paragraph(Line::indent(2).with(Role::Dim, "note  "), Line::of(Role::Dim, whose));
    }
    if hidden > 0 {
        let more = words::count(hidden, "more note", "more notes");
        page.line(Line::indent(2).with(Role::Dim, format!("{more}: --verbose")));
    }
}

/// The first names of many.
fn named(names: &[String], all: bool) -> String {
    let shown = if all || names.len() <= NAMES + 1 { names.len() } else { NAMES };
    let list = names.iter().take(shown).map(String::as_str).collect::<Vec<_>>().join(", ");
    if shown < names.len() { format!("{list} and {} more", names.len() - shown) } else { list }
}

/// The cases of each test, in order. Tests of one name stay apart unless they follow each other.
fn by_test(suite: &SuiteReport) -> Vec<Vec<&CaseReport>> {
    let mut tests: Vec<Vec<&CaseReport>> = Vec::new();
    for case in &suite.tests {
        let same = |last: &&mut Vec<&CaseReport>| {
            last.last().is_some_and(|before| {
                before.name == case.name && before.step.is_some() == case.step.is_some()
                    // A new story begins at its first step, a table's row names nobody twice.
                    && case.step.is_none_or(|step| before.step < Some(step))
                    && (case.step.is_some() || !last.iter().any(|other| other.identity == case.identity))
            })
        };
        match tests.last_mut().filter(same) {
            Some(last) => last.push(case),
            None => tests.push(vec![case]),
        }
    }
    tests
}

/// Callers across, tests down; where they do not fit, a line a test. A story is a line of its steps.
fn table(page: &mut Page, suite: &SuiteReport, tests: &[Vec<&CaseReport>]) {
    let (stories, plain): (Vec<_>, Vec<_>) =
        tests.iter().partition(|cases: &&Vec<&CaseReport>| cases.iter().any(|case| case.step.is_some()));
    let asked = |caller: &&String| plain.iter().any(|cases| cases.iter().any(|case| case.identity == **caller));
    let callers: Vec<&String> = suite.identities.iter().filter(asked).collect();
    let head = Row { cells: callers.iter().map(|caller| Line::of(Role::Dim, caller)).collect(), last: Line::new() };
    let rows = plain.iter().map(|cases| {
        let of = |caller: &&String| cases.iter().find(|case| case.identity == **caller);
        let cells = callers.iter().map(|caller| of(caller).map_or_else(nobody, |case| cell(case)));
        Row { cells: cells.collect(), last: Line::plain(name(cases)) }
    });
    let rows: Vec<Row> = std::iter::once(head).chain(rows).collect();
    let width = |at: usize| rows.iter().filter_map(|row| row.cells.get(at)).map(Line::width).max().unwrap_or(0) + 2;
    let wide: usize = (0..callers.len()).map(width).sum();
    if !plain.is_empty() {
        page.blank();
        if 2 + wide + NARROWEST_NAME <= page.width {
            page.table(2, 4, rows);
        } else {
            plain.iter().for_each(|cases| by_result(page, cases));
        }
    }
    if !stories.is_empty() {
        page.blank();
    }
    for story in stories {
        let steps = story.iter().map(|case| Line::plain(format!("{} ", case.identity)).join(cell(case)));
        let steps = steps.reduce(|before, step| before.with(Role::Dim, " → ").join(step)).unwrap_or_default();
        page.paragraph(Line::indent(2), Line::plain(name(story)).with(Role::Dim, ": ").join(steps));
    }
}

/// A test without a table: its name, below it `allow bob, ann · deny eve`.
fn by_result(page: &mut Page, cases: &[&CaseReport]) {
    let mut cases: Vec<&CaseReport> = cases.to_vec();
    cases.sort_by_key(|case| (case.actual.decision, !case.pass));
    let same =
        |one: &&CaseReport, other: &&CaseReport| (one.actual.decision, one.pass) == (other.actual.decision, other.pass);
    let results = cases.chunk_by(same).filter_map(|cases| {
        let callers: Vec<&str> = cases.iter().map(|case| case.identity.as_str()).collect();
        Some(cell(cases.first()?).then(format!(" {}", callers.join(", "))))
    });
    let results = results.reduce(|before, next| before.with(Role::Dim, " · ").join(next)).unwrap_or_default();
    page.paragraph(Line::indent(2), Line::plain(name(&cases)));
    page.paragraph(Line::indent(6), results);
}

fn name<'c>(cases: &[&'c CaseReport]) -> &'c str {
    cases.first().map_or("", |case| case.name.as_str())
}

fn nobody() -> Line {
    Line::of(Role::Dim, "·")
}

/// What became of a case in one word, marked where it should have been another.
fn cell(case: &CaseReport) -> Line {
    let word = match case.actual.decision {
        Decision::Allowed => "allow",
        Decision::Filtered => "filtered",
        Decision::Error => "error",
        Decision::Undecided => "undecided",
        Decision::Denied => "deny",
    };
    match (case.pass, case.actual.decision) {
        (false, _) => Line::of(Role::Bad, format!("✗ {word}")),
        (true, Decision::Allowed) => Line::of(Role::Good, word),
        (true, Decision::Filtered) => Line::of(Role::Partial, word),
        (true, _) => Line::plain(word),
    }
}

fn failure(page: &mut Page, suite: &SuiteReport, case: &CaseReport) {
    let step = case.step.map(|step| format!(", step {step}")).unwrap_or_default();
    let head = Line::of(Role::Strong, format!("\"{}\"{step}", case.name)).then(format!(" as {}", case.identity));
    let head = head.with(Role::Dim, format!("  {}:{}", suite.file, case.line));
    page.paragraph(Line::indent(2).with(Role::Bad, "✗ "), head);
    for difference in &case.differences {
        page.paragraph(Line::indent(6), Line::plain(difference));
    }
    let actual = &case.actual;
    for by in &actual.allowed_by {
        let place = Line::of(Role::Dim, format!("{}:{}", by.grant.template, by.grant.line));
        page.paragraph(Line::indent(6), place.then("  ").then(&by.words));
    }
    if let Some(cause) = &actual.cause {
        page.paragraph(Line::indent(6), Line::plain(&cause.text).with(Role::Dim, format!(" ({})", cause.code)));
    } else if let Some(error) = actual.errors.first() {
        let kind = error.error_type.as_ref().map(|kind| format!(" ({kind})")).unwrap_or_default();
        page.paragraph(Line::indent(6), Line::plain(&error.message).with(Role::Dim, kind));
    }
    if let Some(site) = &actual.site {
        let place = format!("{}:{}", site.template, site.line);
        page.paragraph(Line::indent(6), Line::of(Role::Dim, place).then("  ").join(Line::plain(&site.text)));
    }
    for missing in &actual.missing {
        let what = Line::of(Role::Unsure, &missing.fact).then(format!(": {}", missing.why));
        page.paragraph(Line::indent(6).then("missing: "), what);
    }
}

fn summary(report: &TestsReport, took: Duration) -> Line {
    let tests: usize = report.suites.iter().map(|suite| by_test(suite).len()).sum();
    let passed = Line::of(Role::Good, format!("{} passed", report.passed));
    let result = match report.failed {
        0 => passed,
        n => Line::of(Role::Bad, format!("{n} failed")).then(", ").join(passed),
    };
    result.with(
        Role::Dim,
        format!(
            "   {}, {}   {:.2} s",
            words::count(report.suites.len(), "suite", "suites"),
            words::count(tests, "test", "tests"),
            took.as_secs_f64()
        ),
    )
}
