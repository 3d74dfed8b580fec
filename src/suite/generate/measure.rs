//! What becomes of each test, measured by running it, as expectations.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::super::apis::Shared;
use super::super::report::{CaseReport, SuiteReport};
use super::super::run::{self, Options};
use super::model::Draft;
use crate::api::Api;
use crate::error::Result;
use crate::verdict::{Decision, Stage};

impl Draft {
    /// Runs the suite, and writes down what happened as what is expected.
    ///
    /// # Errors
    /// An API that cannot be read, or a template of it that does not parse.
    pub(super) fn measure(&mut self, api: &Arc<Api>) -> Result<()> {
        let report = self.run(api, &Options::default())?;
        let mut cases = report.tests.iter();
        for test in &mut self.tests {
            let all = test.expect.contains_key("*");
            let asked = if all { self.identities.len() } else { test.expect.len() };
            let its: Vec<&CaseReport> = cases.by_ref().take(asked).collect();
            test.expect = expectations(&its, all);
        }
        Ok(())
    }

    /// Runs the suite over an API that is open.
    pub(super) fn run(&self, api: &Arc<Api>, options: &Options) -> Result<SuiteReport> {
        let suite = self.suite(Path::new("suite.json"))?;
        let shared = Shared { api: Arc::clone(api), coverage: None };
        run::over(&suite, &shared, options, &|| {})
    }
}

/// What is expected of whom; what the most have in common stands behind `*`.
fn expectations(cases: &[&CaseReport], all: bool) -> IndexMap<String, Json> {
    let each: Vec<(String, Json)> = cases.iter().map(|case| (case.identity.clone(), expectation(case))).collect();
    let mut counts: IndexMap<&Json, usize> = IndexMap::new();
    for (_, expected) in &each {
        *counts.entry(expected).or_default() += 1;
    }
    let denials = |expected: &Json| decision(expected) == "deny";
    // Who gets in is named, those who do not are the others.
    let others = counts.iter().filter(|(expected, _)| denials(expected)).max_by_key(|(_, count)| **count);
    let others = others.or_else(|| counts.iter().max_by_key(|(_, count)| **count));
    let others = others.filter(|(_, count)| all && **count > 1).map(|(expected, _)| (*expected).clone());
    let mut expect: IndexMap<String, Json> =
        each.iter().filter(|(_, expected)| Some(expected) != others.as_ref()).cloned().collect();
    if let Some(others) = others {
        expect.insert("*".to_owned(), others);
    }
    expect
}

fn decision(expected: &Json) -> &str {
    expected.as_str().or_else(|| expected.get("decision")?.as_str()).unwrap_or_default()
}

/// A case's outcome: where it falls, unless a resolver refuses; how many rows of a list come back.
fn expectation(case: &CaseReport) -> Json {
    let actual = &case.actual;
    let decision = match actual.decision {
        Decision::Allowed => "allow",
        Decision::Filtered => "filtered",
        Decision::Denied => "deny",
        Decision::Error => "error",
        Decision::Undecided => "undecided",
    };
    let stage = match (actual.decision, actual.stage) {
        (Decision::Denied, Some(Stage::Gate)) => Some("gate"),
        (Decision::Denied, Some(Stage::Schema)) => Some("schema"),
        (Decision::Denied, Some(Stage::Iam)) => Some("iam"),
        (Decision::Denied, Some(Stage::Authorizer)) => Some("authorizer"),
        (Decision::Denied, Some(Stage::Source)) => Some("source"),
        _ => None,
    };
    match stage {
        Some(stage) => json!({ "decision": decision, "stage": stage }),
        None => json!(decision),
    }
}
