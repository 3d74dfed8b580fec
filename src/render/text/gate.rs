//! The credential and every check the service makes of it before a resolver runs.

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::who::who;
use super::words;
use crate::report::{Check, Gate, RequestReport, Verdict};

/// Checks shown before those that hold or were not reached are left to `--verbose`.
const SHOWN: usize = 14;

/// Adds who was calling and each check with its verdict.
pub(super) fn checks(page: &mut Page, request: &RequestReport, gate: &Gate) {
    page.blank();
    let caller = who(request, true);
    if !caller.is_empty() {
        page.indented(Line::indent(2).join(caller));
    }
    let telling = |check: &&Check| matches!(check.verdict, Verdict::Fail | Verdict::Unknown);
    let folded = !page.verbose && gate.checks.len() > SHOWN;
    let shown: Vec<&Check> = gate.checks.iter().filter(|check| !folded || telling(check)).collect();
    let hidden = gate.checks.len() - shown.len();
    page.table(4, 6, shown.into_iter().map(row).collect());
    if hidden > 0 {
        let more = format!("… {hidden} more that hold or were not reached: --verbose");
        page.indented(Line::indent(4).with(Role::Dim, more));
    }
    clock(page, request);
}

fn row(check: &Check) -> Row {
    let label = words::check_mark(check.verdict).then(" ").then(words::check(check.code));
    Row { cells: vec![label], last: said(check) }
}

/// What a check found, and what it expected where that is not what it found.
pub(in crate::render) fn said(check: &Check) -> Line {
    let expected = |line: Line, comma: &str| match check.expected.as_str() {
        "" => line,
        expected => line.then(comma).then("expected ").then(expected),
    };
    match (check.verdict, check.found.as_str()) {
        (Verdict::Skipped, "") => Line::of(Role::Dim, "not reached"),
        (Verdict::Skipped, found) => Line::of(Role::Dim, found),
        (Verdict::Pass, "") => expected(Line::new(), ""),
        (Verdict::Pass, found) => Line::plain(found),
        (Verdict::Fail, "") => expected(Line::new(), ""),
        (Verdict::Fail, found) => expected(Line::plain(found), ", "),
        (Verdict::Unknown, "") => expected(Line::plain("not checked"), ": "),
        (Verdict::Unknown, found) if found.starts_with("not checked") => Line::plain(found),
        (Verdict::Unknown, found) => Line::plain("not checked: ").then(found),
    }
}

/// Adds the time the checks were made for: a verdict on expiry is only as good as its clock.
pub(super) fn clock(page: &mut Page, request: &RequestReport) {
    let Some(at) = &request.at else { return };
    let from = match request.clock {
        Some("capture") => "the request's own time",
        Some("--now") => "given by --now",
        Some("system") => "the system clock, as the request carries no time",
        _ => "the clock of this run",
    };
    page.indented(Line::indent(4).with(Role::Dim, format!("at {at}, {from}")));
}
