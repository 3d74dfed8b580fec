//! Snapshots of tests: where one differs as a diff, and what became of their files.

use super::line::{Line, Role};
use super::page::Page;
use super::words;
use crate::suite::{CaseReport, CaseSnapshot, SnapshotStatus, TestsReport};

/// Lines of a diff that are shown before the rest is left to `--verbose`.
const LINES: usize = 24;
/// Files that are named before the rest is left to `--verbose`.
const FILES: usize = 8;

/// Whether a case fails for nothing but that its snapshot was never written.
pub(super) fn only_lacks(case: &CaseReport) -> bool {
    fails_alone(case, SnapshotStatus::Missing)
}

/// Whether a case fails for nothing but that its snapshot is another: the diff says all.
pub(super) fn only_differs(case: &CaseReport) -> bool {
    fails_alone(case, SnapshotStatus::Changed)
}

fn fails_alone(case: &CaseReport, status: SnapshotStatus) -> bool {
    case.differences.len() == 1 && case.snapshot.as_ref().is_some_and(|snapshot| snapshot.status == status)
}

/// Cases whose snapshot was never written, in one line.
pub(super) fn unwritten(page: &mut Page, cases: &[&CaseReport]) {
    if cases.is_empty() {
        return;
    }
    let mut names: Vec<String> = Vec::new();
    for case in cases {
        let name = format!("\"{}\"", case.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let shown = if page.verbose { names.len() } else { FILES.min(names.len()) };
    let mut list = names.iter().take(shown).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > shown {
        list.push_str(&format!(" and {} more", names.len() - shown));
    }
    let (decisions, have) =
        (words::count(cases.len(), "decision", "decisions"), if cases.len() == 1 { "has" } else { "have" });
    page.blank();
    let head = Line::of(Role::Strong, format!("{decisions} {have} no snapshot yet")).then(format!(": {list}"));
    page.paragraph(Line::indent(2).with(Role::Bad, "✗ "), head);
    let what = Line::plain("to take what is now for right: ").with(Role::Strong, "vtlens test --update-snapshots");
    page.paragraph(Line::indent(6), what);
}

/// Where a run and its snapshot differ, a line each, with what stands around it.
pub(super) fn difference(page: &mut Page, snapshot: &CaseSnapshot) {
    let Some(diff) = &snapshot.diff else { return };
    page.paragraph(Line::indent(6), Line::of(Role::Dim, &snapshot.file));
    // The heading only repeats which side is which.
    let lines: Vec<&str> = diff.lines().filter(|line| !line.starts_with("---") && !line.starts_with("+++")).collect();
    let shown = if page.verbose { lines.len() } else { LINES };
    for (at, line) in lines.iter().take(shown).enumerate() {
        let (sign, rest) = line.split_at_checked(1).unwrap_or((line, ""));
        let role = match sign {
            "-" => Role::Bad,
            "+" => Role::Good,
            _ => Role::Dim,
        };
        if sign == "@" {
            if at > 0 {
                page.line(Line::indent(8).with(Role::Dim, "…"));
            }
            continue;
        }
        let text = rest.trim_start();
        let indent = rest.chars().count() - text.chars().count();
        let lead = Line::indent(8).with(role, sign).then(" ".repeat(indent.min(16)));
        page.paragraph(lead, Line::of(role, text));
    }
    if lines.len() > shown {
        let more = words::count(lines.len() - shown, "more line", "more lines");
        page.line(Line::indent(8).with(Role::Dim, format!("… {more}: --verbose")));
    }
    page.paragraph(
        Line::indent(6),
        Line::plain("− the snapshot, + this run; if that is meant: ").with(Role::Strong, "--update-snapshots"),
    );
}

/// Files that were written or removed, and those that no test has any more.
pub(super) fn files(page: &mut Page, report: &TestsReport) {
    let snapshots = &report.snapshots;
    for (files, role, what) in [
        (&snapshots.written, Role::Good, "written"),
        (&snapshots.removed, Role::Good, "removed: no test has it"),
        (&snapshots.unreferenced, Role::Unsure, "that no test has any more; --update-snapshots removes it"),
    ] {
        if files.is_empty() {
            continue;
        }
        let plural = what.replace(" has it", " has them").replace("removes it", "removes them");
        let what = if files.len() == 1 { what } else { &plural };
        page.blank();
        let count = words::count(files.len(), "snapshot", "snapshots");
        page.indented(Line::indent(2).with(role, count).then(format!(" {what}")));
        let shown = if page.verbose { files.len() } else { FILES };
        for file in files.iter().take(shown) {
            page.paragraph(Line::indent(4), Line::of(Role::Dim, file));
        }
        if files.len() > shown {
            page.line(Line::indent(4).with(Role::Dim, format!("… {} more: --verbose", files.len() - shown)));
        }
    }
}
