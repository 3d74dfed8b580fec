//! SARIF 2.1.0: what code hosts and editors read. A result for each refused, failed or thinned-out field, for each trap
//! and for each failure of a test; the rules are the cause codes, with their pages.

use serde::Serialize;

use super::failures;
use super::findings::{self, Finding, Level, Place};
use crate::causes;
use crate::check::CheckReport;
use crate::report::Report;
use crate::suite::TestsReport;

/// What became of requests.
pub fn sarif(report: &Report) -> String {
    super::json(&log(&findings::of_report(report)))
}

/// What a check found.
pub fn sarif_check(report: &CheckReport) -> String {
    super::json(&log(&findings::of_check(report)))
}

/// What became of tests: a result for each expectation that does not hold, at its line of the suite.
pub fn sarif_tests(report: &TestsReport) -> String {
    super::json(&log(&failures::findings(report)))
}

#[derive(Serialize)]
struct Log<'f> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'f>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'f> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<SarifResult<'f>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Message<'static>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Help>,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Message<'t> {
    text: &'t str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'f> {
    rule_id: &'static str,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Message<'f>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location<'f>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'f>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_fingerprints: Option<Fingerprints<'f>>,
}

/// The one name that GitHub reads: without it it takes the text of the line, which may stand there twice.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints<'f> {
    primary_location_line_hash: &'f str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'f> {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'f>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

/// Lines and columns from 1; the end column is one past the last character.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

fn log(findings: &[Finding]) -> Log<'_> {
    let mut codes: Vec<&'static str> = Vec::new();
    let results = findings.iter().map(|finding| {
        let rule_index = codes.iter().position(|code| *code == finding.code).unwrap_or_else(|| {
            codes.push(finding.code);
            codes.len() - 1
        });
        result(finding, rule_index)
    });
    let results = results.collect();
    let version = env!("CARGO_PKG_VERSION");
    let rules = codes.into_iter().map(rule).collect();
    let driver = Driver { name: "vtlens", version, semantic_version: version, rules };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results };
    Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }
}

fn rule(id: &'static str) -> Rule {
    match causes::find(id) {
        Some(code) => Rule {
            id,
            short_description: Message { text: code.summary() },
            help: Some(Help { text: code.page, markdown: code.page }),
        },
        None => Rule {
            id,
            short_description: Message { text: "A fact is missing without which nothing is decided." },
            help: None,
        },
    }
}

fn result(finding: &Finding, rule_index: usize) -> SarifResult<'_> {
    let (kind, level) = match finding.level {
        // SARIF's own word for "not enough is known to say".
        Level::Open => ("open", "none"),
        Level::Note => ("fail", "note"),
        Level::Warning => ("fail", "warning"),
        Level::Error => ("fail", "error"),
    };
    let related = finding.related.iter().map(|(place, text)| location(place, Some(text)));
    SarifResult {
        rule_id: finding.code,
        rule_index,
        kind,
        level,
        message: Message { text: &finding.message },
        locations: finding.place.iter().map(|place| location(place, None)).collect(),
        related_locations: related.collect(),
        partial_fingerprints: finding
            .fingerprint
            .as_deref()
            .map(|primary_location_line_hash| Fingerprints { primary_location_line_hash }),
    }
}

fn location<'f>(place: &Place, text: Option<&'f String>) -> Location<'f> {
    let positive = |number: u32| (number > 0).then_some(number);
    let region = positive(place.line).map(|start_line| Region {
        start_line,
        start_column: positive(place.column),
        end_line: positive(place.end_line),
        end_column: positive(place.end_column),
    });
    Location {
        physical_location: Physical { artifact_location: Artifact { uri: uri(&place.path) }, region },
        message: text.map(|text| Message { text }),
    }
}

/// A path as a URI: relative where the path is.
fn uri(path: &str) -> String {
    if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        super::file_url(path)
    } else {
        super::percent_encoded(path)
    }
}
