//! A summary of tests in Markdown, for the page of a build job: totals, then a row a failure.

use std::time::Duration;

use super::{code, escaped};
use crate::render::failures::{self, Failure, Kind};
use crate::render::text::coverage::percent;
use crate::render::text::words;
use crate::suite::coverage::Coverage;
use crate::suite::{self, CaseReport, TestsReport};

/// Bytes of a summary: GitHub takes 1 MiB a step and drops what is larger as a whole.
const MOST: usize = 1_000_000;
/// Characters of one cell's text.
const MOST_OF_CELL: usize = 2_000;

/// Tests as Markdown.
pub fn tests(report: &TestsReport, took: Duration) -> String {
    let mut out = totals(report, took);
    let suites = suites(report);
    let failures = failures::of(report);
    if !failures.is_empty() {
        out.push_str("\n| test | caller | expected | was | because | where |\n| --- | --- | --- | --- | --- | --- |\n");
    }
    let room = MOST.saturating_sub(suites.len());
    for (shown, failure) in failures.iter().enumerate() {
        let row = row(failure);
        // The note on what is left out is shorter than this.
        if out.len() + row.len() + 200 > room {
            let left = words::count(failures.len() - shown, "more failure is", "more failures are");
            out.push_str(&format!("\n**{left} not shown: a summary holds 1 MiB.**\n"));
            break;
        }
        out.push_str(&row);
    }
    out.push_str(&suites);
    // So many suites that nothing else would fit.
    if out.len() > MOST {
        out.truncate(out.len() - suites.len());
    }
    out
}

fn totals(report: &TestsReport, took: Duration) -> String {
    let all = report.passed + report.failed;
    let head = match report.failed {
        0 => format!("### ✅ vtlens: {} as expected\n", words::count(all, "decision", "decisions")),
        failed => {
            format!("### ❌ vtlens: {failed} of {} not as expected\n", words::count(all, "decision", "decisions"))
        }
    };
    let mut parts = vec![words::count(report.suites.len(), "suite", "suites")];
    let failures = failures::of(report);
    for kind in Kind::ALL {
        let count = failures.iter().filter(|failure| failure.kind == kind).count();
        if count > 0 {
            parts.push(format!("{count} {}", worded(kind)));
        }
    }
    let covered = report.coverage.as_ref().map(covered).unwrap_or_default();
    format!("{head}\n{} · {:.2} s\n{covered}", parts.join(" · "), took.as_secs_f64())
}

/// How much of the templates ran, where it was counted.
fn covered(coverage: &Coverage) -> String {
    let share = coverage.auth.branches;
    let mark = match coverage.minimum {
        Some(minimum) if coverage.short_of(minimum) > 0 => format!("❌ less than {minimum} %: "),
        Some(_) => "✅ ".to_owned(),
        None => String::new(),
    };
    let percent = percent(share);
    format!(
        "\n{mark}{percent} % of the branches in templates that decide about access ran ({} of {})\n",
        share.covered, share.total
    )
}

fn worded(kind: Kind) -> &'static str {
    match kind {
        Kind::LetIn => "**let in who should be refused**",
        Kind::Refused => "refused who should be let in",
        Kind::Differs => "otherwise different",
        Kind::Undecided => "undecided",
    }
}

fn row(failure: &Failure<'_>) -> String {
    let Failure { suite, case, .. } = failure;
    let step = case.step.map(|step| format!(", step {step}")).unwrap_or_default();
    let expected = failures::wanted(case).map_or("", suite::Wanted::name);
    let place = format!("{}:{}", failures::path(suite), case.line);
    format!(
        "| {}{step} | {} | {expected} | {} | {} | {} |\n",
        cell(&case.name),
        code(&case.identity),
        was(failure),
        because(case),
        code(&place),
    )
}

fn was(failure: &Failure<'_>) -> String {
    let word = suite::word(failure.case.actual.decision);
    if failure.kind == Kind::LetIn { format!("**{word}**") } else { word.to_owned() }
}

fn because(case: &CaseReport) -> String {
    let let_in = case.actual.allowed_by.iter().map(|by| format!("{}: {}", suite::let_in(by), by.words));
    let lines = failures::beside_decision(case).iter().cloned().chain(let_in).chain(failures::reasons(case));
    lines.map(|line| cell(&line)).collect::<Vec<_>>().join("<br>")
}

/// Every suite with its numbers, folded away.
fn suites(report: &TestsReport) -> String {
    let mut out =
        String::from("\n<details><summary>Suites</summary>\n\n| suite | decisions | failed |\n| --- | ---: | ---: |\n");
    for suite in &report.suites {
        let (all, passed) = (suite.tests.len(), suite.passed());
        out.push_str(&format!("| {} | {all} | {} |\n", code(&failures::path(suite)), all - passed));
    }
    out.push_str("\n</details>\n");
    out
}

/// A text inside a table, not too much of it.
fn cell(text: &str) -> String {
    match text.char_indices().nth(MOST_OF_CELL) {
        Some((end, _)) => escaped(text.get(..end).unwrap_or_default()) + "…",
        None => escaped(text),
    }
}

#[cfg(test)]
mod unit {
    use std::path::PathBuf;

    use indexmap::IndexMap;
    use serde_json::json;

    use super::*;
    use crate::report::Decision;
    use crate::suite::{Actual, SuiteReport};

    fn denied(name: String) -> CaseReport {
        let actual = Actual {
            decision: Decision::Denied,
            stage: None,
            errors: Vec::new(),
            site: None,
            cause: None,
            allowed_by: Vec::new(),
            could_allow: Vec::new(),
            missing: Vec::new(),
        };
        CaseReport {
            name,
            step: None,
            identity: "bob".to_owned(),
            line: 1,
            column: 1,
            expected: json!({ "decision": "allow" }),
            actual,
            pass: false,
            differences: vec!["expected allow, was denied".to_owned()],
            ms: 1.0,
            report: None,
            snapshot: None,
        }
    }

    fn suite(file: String, tests: Vec<CaseReport>) -> SuiteReport {
        let (notes, root, files) = (Vec::new(), PathBuf::new(), IndexMap::new());
        SuiteReport { file, identities: Vec::new(), tests, notes, root, files }
    }

    #[test]
    fn a_summary_fits_into_what_github_takes_and_says_what_it_leaves_out() {
        let long = "a very long name ".repeat(200);
        let many = (0..2_000).map(|at| denied(format!("{at} {long}"))).collect();
        let many = TestsReport::new(vec![suite("a.vtlens.yaml".to_owned(), many)]);
        let suites = TestsReport::new((0..20_000).map(|at| suite(format!("{at} {long}"), Vec::new())).collect());
        for (report, says) in [(many, " more failures are not shown"), (suites, "20000 suites")] {
            let out = super::tests(&report, Duration::ZERO);
            assert!(out.len() < 1024 * 1024, "{}", out.len());
            assert!(out.contains(says));
        }
    }
}
