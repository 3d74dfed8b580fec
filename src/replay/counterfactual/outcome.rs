//! Whether a run with edits is what was wished for.

use serde_json::{Value as Json, json};

use crate::execute::FieldInput;
use crate::report::{Decision, FieldReport, GateOutcome, RequestReport};

/// What was denied: a field by its path in the response, or the whole request.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its path; none for the request.
    pub path: Option<Vec<Json>>,
    /// The type that declares it, and its name.
    pub declared: (String, String),
    /// The paths that were denied or failed before.
    before: Vec<Vec<Json>>,
}

impl Target {
    /// The whole request.
    pub fn request(before: &RequestReport) -> Target {
        Target { path: None, declared: Default::default(), before: bad(before).map(|field| field.path.clone()).collect() }
    }

    /// A field.
    pub fn field(field: &FieldReport, before: &RequestReport) -> Target {
        let declared = (field.parent_type.clone(), field.field.clone());
        Target { path: Some(field.path.clone()), declared, ..Target::request(before) }
    }

    /// A field that is asked alone.
    pub fn alone(input: &FieldInput) -> Target {
        let declared = (input.parent_type.clone(), input.field.clone());
        Target { path: Some(vec![json!(input.response_key)]), declared, before: Vec::new() }
    }

    /// Whether it is denied in a report.
    pub fn is_denied_in(&self, report: &RequestReport) -> bool {
        match &self.path {
            None => report.decision == Decision::Denied,
            Some(path) => report.fields.iter().any(|field| field.path == *path && field.decision == Decision::Denied),
        }
    }

    /// Whether it is allowed in a report, in which nothing else is denied that was not before. What the field let
    /// through may hold fields that are denied: that is another question.
    pub fn is_allowed_in(&self, report: &RequestReport) -> bool {
        let passed = report.gate.as_ref().is_some_and(|gate| gate.outcome == GateOutcome::Passed);
        if !passed || report.fields.is_empty() {
            return false;
        }
        let Some(path) = &self.path else {
            return matches!(report.decision, Decision::Allowed | Decision::Filtered);
        };
        let harmed = bad(report).any(|field| {
            let above = path.starts_with(&field.path);
            let below = field.path.starts_with(path);
            above || !(below || self.before.contains(&field.path))
        });
        !harmed
    }

    /// Its own report.
    pub fn report<'r>(&self, report: &'r RequestReport) -> Option<&'r FieldReport> {
        let path = self.path.as_ref()?;
        report.fields.iter().find(|field| field.path == *path)
    }
}

/// The fields that did not come through.
fn bad(report: &RequestReport) -> impl Iterator<Item = &FieldReport> {
    let came = |decision: Decision| matches!(decision, Decision::Allowed | Decision::Filtered);
    report.fields.iter().filter(move |field| !came(field.decision))
}
