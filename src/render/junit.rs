//! JUnit's XML, which every build server reads: a `testsuite` a suite, a `testcase` an expectation. One that does not
//! hold is a `failure`; one that a missing fact leaves undecided is an `error`, as nobody knows whether it would hold.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::failures::{self, Kind};
use super::text::printable;
use crate::suite::{CaseReport, SuiteReport, TestsReport};

/// Tests as JUnit's XML.
pub fn junit(report: &TestsReport, took: Duration) -> String {
    let mut junit = Report::new("vtlens");
    junit.set_time(took);
    for suite in &report.suites {
        junit.add_test_suite(of_suite(suite));
    }
    // It writes to memory, and every text was made XML.
    junit.to_string().unwrap_or_default()
}

fn of_suite(suite: &SuiteReport) -> TestSuite {
    let path = xml(&failures::path(suite));
    let mut of_suite = TestSuite::new(&path);
    of_suite.set_time(suite.tests.iter().map(time).sum());
    let class = class(&path);
    for (case, name) in suite.tests.iter().zip(failures::names(suite)) {
        let mut of_case = TestCase::new(xml(&name), status(case, &path));
        of_case.set_classname(&class).set_time(time(case));
        // GitLab, CircleCI and others lead there; those that do not know the attributes pass over them.
        of_case.extra.insert("file".into(), (&path).into());
        of_case.extra.insert("line".into(), case.line.to_string().into());
        of_suite.add_test_case(of_case);
    }
    let notes =
        suite.notes.iter().map(|note| format!("{} (as {})\n", xml(&note.text), xml(&note.identities.join(", "))));
    let notes: String = notes.collect();
    if !notes.is_empty() {
        of_suite.set_system_out(notes);
    }
    of_suite
}

fn status(case: &CaseReport, path: &str) -> TestCaseStatus {
    if case.pass {
        return TestCaseStatus::success();
    }
    let kind = failures::kind(case);
    let mut status = TestCaseStatus::non_success(match kind {
        Kind::Undecided => NonSuccessKind::Error,
        Kind::LetIn | Kind::Refused | Kind::Differs => NonSuccessKind::Failure,
    });
    status.set_type(kind.code());
    status.set_message(case.differences.first().map_or_else(String::new, |first| xml(first)));
    let mut lines = case.differences.clone();
    lines.extend(failures::reasons(case));
    lines.extend(failures::places(case));
    lines.push(format!("expected: {}", case.expected));
    lines.push(format!("{path}:{}:{}", case.line, case.column));
    let lines: Vec<String> = lines.iter().map(|line| xml(line)).collect();
    status.set_description(lines.join("\n"));
    status
}

fn time(case: &CaseReport) -> Duration {
    Duration::try_from_secs_f64(case.ms / 1e3).unwrap_or_default()
}

/// `tests/blog/posts.vtlens.yaml` as `tests.blog.posts`: servers group by what stands before the last dot.
fn class(path: &str) -> String {
    let name = [".vtlens.yaml", ".vtlens.yml", ".vtlens.json"].iter().find_map(|ending| path.strip_suffix(ending));
    let steps = name.unwrap_or(path).split('/').filter(|step| !step.is_empty() && !step.chars().all(|c| c == '.'));
    steps.map(|step| step.replace('.', "_")).collect::<Vec<_>>().join(".")
}

/// A text that XML 1.0 can hold: what it cannot is written out.
fn xml(text: &str) -> String {
    printable(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_s_path_becomes_a_class_that_servers_group_by() {
        for (path, name) in [
            ("tests/blog/posts.vtlens.yaml", "tests.blog.posts"),
            ("../v1.2/a.b.vtlens.json", "v1_2.a_b"),
            ("/home/me/x.vtlens.yml", "home.me.x"),
            ("posts.yaml", "posts_yaml"),
        ] {
            assert_eq!(class(path), name);
        }
    }
}
