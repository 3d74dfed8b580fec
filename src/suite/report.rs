//! What became of tests, as plain data: schema `vtlens.tests/1`.

use serde::Serialize;
use serde_json::Value as Json;

use super::coverage::Coverage;
use crate::report::{AllowedBy, FieldError, RequestReport, Site};
use crate::verdict::{Cause, Decision, Missing, Stage};

/// The name of this report's schema.
pub const SCHEMA: &str = "vtlens.tests/1";

/// What a run of suites came to.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct TestsReport {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// One entry a file, in order.
    pub suites: Vec<SuiteReport>,
    /// How many expectations held.
    pub passed: usize,
    /// How many did not.
    pub failed: usize,
    /// What of the templates ran, where it was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
}

impl TestsReport {
    /// Over suites.
    pub fn new(suites: Vec<SuiteReport>) -> Self {
        let passed = suites.iter().map(SuiteReport::passed).sum();
        let all: usize = suites.iter().map(|suite| suite.tests.len()).sum();
        TestsReport { schema: SCHEMA, suites, passed, failed: all - passed, coverage: None }
    }

    /// Every case that failed.
    pub fn failures(&self) -> impl Iterator<Item = &CaseReport> {
        self.suites.iter().flat_map(|suite| &suite.tests).filter(|case| !case.pass)
    }
}

/// One suite's cases.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SuiteReport {
    /// Its path, as people named it.
    pub file: String,
    /// Its callers, in the order of the file.
    #[serde(skip)]
    pub identities: Vec<String>,
    /// One entry an expectation, in the order of the file.
    pub tests: Vec<CaseReport>,
    /// Remarks on runs of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// A remark on runs of a suite, and whose they were.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// The remark.
    pub text: String,
    /// The callers whose runs gave rise to it.
    pub identities: Vec<String>,
}

impl SuiteReport {
    /// How many expectations held.
    pub fn passed(&self) -> usize {
        self.tests.iter().filter(|case| case.pass).count()
    }
}

/// One expectation, and what became of it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CaseReport {
    /// The test.
    pub name: String,
    /// The step of a story, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// Who asked.
    pub identity: String,
    /// What was expected, as an object.
    pub expected: Json,
    /// What happened.
    pub actual: Actual,
    /// Whether both agree.
    pub pass: bool,
    /// Where they do not, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
    /// How long it took, in milliseconds.
    pub ms: f64,
    /// The whole report of its run, where the options ask to keep it.
    #[serde(skip)]
    pub report: Option<Box<RequestReport>>,
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Actual {
    /// The decision.
    pub decision: Decision,
    /// Where it fell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The errors of the response.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The statement that denied; known where it was asked for, and where the expectation failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// Why; known as the site is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Where something else was expected: the rules that let the caller in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_by: Vec<AllowedBy>,
    /// Facts that are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}
