//! What a check found, as annotations of a GitHub workflow: one command a line.

use crate::check::{CheckReport, Severity};

/// The findings as workflow commands; GitHub shows each at its line of a pull request.
pub fn annotations(report: &CheckReport) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let command = match finding.severity {
            Severity::Note => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let place = &finding.place;
        let mut properties = format!("file={}", property(place.path.as_deref().unwrap_or(&place.file)));
        for (name, value) in [("line", place.line), ("col", place.column), ("endLine", place.end_line)] {
            if value > 0 {
                properties.push_str(&format!(",{name}={value}"));
            }
        }
        let help = if finding.help.is_empty() { String::new() } else { format!("\n{}", finding.help) };
        let message = message(&format!("{}{help}", finding.message));
        out.push_str(&format!("::{command} {properties},title={}::{message}\n", property(finding.code)));
    }
    out
}

/// A message: what would end the command, or start another, is written out.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
