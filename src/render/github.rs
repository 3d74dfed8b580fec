//! Annotations of a GitHub workflow: one command a line, which GitHub shows at its line of a pull request.

use super::failures;
use super::findings::{self, Finding, Level, Place};
use crate::check::CheckReport;
use crate::report::Report;
use crate::suite::TestsReport;

/// Annotations of one kind that GitHub shows of a step; the others are only in its log.
const SHOWN: usize = 10;

/// What a check found, as workflow commands.
pub fn annotations(report: &CheckReport) -> String {
    findings::of_check(report).iter().map(command).collect()
}

/// What became of requests, as workflow commands: at the author's rule where it is known, as generated templates are
/// in no pull request, else at the template.
pub fn github(report: &Report) -> String {
    findings::of_report(report).iter().map(command).collect()
}

/// What became of tests, as workflow commands: at the suite's line. Where there are more than GitHub shows, the first
/// one counts them.
pub fn test_annotations(report: &TestsReport) -> String {
    let findings = failures::findings(report);
    let mut commands = String::new();
    if findings.len() > SHOWN {
        let text = format!(
            "{} of {} expectations do not hold. GitHub shows {SHOWN} annotations of a step; all of them are in its log.",
            report.failed,
            report.failed + report.passed
        );
        commands.push_str(&format!("::error title=vtlens test::{}\n", message(&text)));
    }
    commands.extend(findings.iter().map(command));
    commands
}

fn command(finding: &Finding) -> String {
    let command = match finding.level {
        Level::Note => "notice",
        Level::Warning | Level::Open => "warning",
        Level::Error => "error",
    };
    let places = || finding.place.iter().chain(finding.related.iter().map(|(place, _)| place));
    let authored = places().find(|place| place.authored);
    let title = match finding.title.as_str() {
        "" => finding.code.to_owned(),
        title => format!("{title}: {}", finding.code),
    };
    let properties = authored.or(finding.place.as_ref()).map(properties).unwrap_or_default();
    format!("::{command} {properties}title={}::{}\n", property(&title), message(&finding.message))
}

fn properties(place: &Place) -> String {
    let mut properties = format!("file={},", property(&place.path));
    for (name, value) in [("line", place.line), ("col", place.column), ("endLine", place.end_line)] {
        if value > 0 {
            properties.push_str(&format!("{name}={value},"));
        }
    }
    properties
}

/// A message: what would end the command, or start another, is written out.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
