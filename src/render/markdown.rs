//! A summary of tests in Markdown, for the page of a build job: totals, then a row a failure.

use std::time::Duration;

use super::failures::{self, Failure, Kind};
use super::text::coverage::percent;
use super::text::{printable, words};
use crate::suite::coverage::Coverage;
use crate::suite::{self, CaseReport, TestsReport};

/// Bytes of a summary: GitHub takes 1 MiB a step and drops what is larger as a whole.
const MOST: usize = 1_000_000;
/// Bytes of one cell's text.
const MOST_OF_CELL: usize = 2_000;

/// Tests as Markdown.
pub fn markdown(report: &TestsReport, took: Duration) -> String {
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

/// A text as it is, inside a table: nothing in it is markup, a link, or calls somebody by `@name`.
pub(super) fn cell(text: &str) -> String {
    let shown = printable(text);
    let mut out = String::with_capacity(shown.len());
    let mut chars = shown.chars().peekable();
    while let Some(c) = chars.next() {
        if out.len() > MOST_OF_CELL {
            out.push('…');
            break;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A comment between the sign and the name: they are shown together, and no longer a mention or reference.
            '@' | '#' => {
                out.push_str("\\".repeat(usize::from(c == '#')).as_str());
                out.push(c);
                out.push_str("<!-- -->");
            }
            // `:x:` would be a picture.
            ':' if chars.peek().is_some_and(char::is_ascii_lowercase) => out.push_str("\\:"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A name or path in fixed width, inside a table.
pub(super) fn code(text: &str) -> String {
    let shown = printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // An entity, as a backslash would be shown in HTML, and a bare one would end the cell.
    let shown = shown.replace('|', "&#124;").replace('`', "&#96;").replace('*', "&#42;").replace('_', "&#95;");
    format!("<code>{shown}</code>")
}

#[cfg(test)]
mod tests {
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
            let out = markdown(&report, Duration::ZERO);
            assert!(out.len() < 1024 * 1024, "{}", out.len());
            assert!(out.contains(says));
        }
    }

    #[test]
    fn a_cell_holds_no_markup() {
        for (text, shown) in [
            ("a | b", "a \\| b"),
            ("<script>&amp;", "&lt;script&gt;&amp;amp;"),
            ("line\nline", "line\\\\nline"),
            ("@octocat #7", "@<!-- -->octocat \\#<!-- -->7"),
            ("[a](b) `c` *d* _e_ ~f~", "\\[a\\](b) \\`c\\` \\*d\\* \\_e\\_ \\~f\\~"),
            ("a:x:b schema.graphql:5", "a\\:x\\:b schema.graphql:5"),
        ] {
            assert_eq!(cell(text), shown);
        }
        assert_eq!(code("a|b`<i>"), "<code>a&#124;b&#96;&lt;i&gt;</code>");
    }
}
