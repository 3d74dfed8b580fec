//! Whether a run with edits is what was wished for.

use serde_json::{Value as Json, json};

use crate::execute::FieldInput;
use crate::report::{Decision, Edit, FieldReport, GateOutcome, RequestReport, Stage};

/// What was denied: a field by its path in the response, or the whole request.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its path; none for the request.
    pub path: Option<Vec<Json>>,
    /// The type that declares it, and its name.
    pub declared: (String, String),
    /// Where it was denied.
    stage: Option<Stage>,
    /// Whether nobody knows who called: the schema refuses whoever it is.
    whoever: bool,
    /// The paths that were denied or failed before.
    before: Vec<Vec<Json>>,
}

impl Target {
    /// The whole request.
    pub fn request(before: &RequestReport) -> Target {
        let paths = bad(before).map(|field| field.path.clone()).collect();
        let (declared, whoever) = (Default::default(), outcome(before) == Some(GateOutcome::Undecided));
        Target { path: None, declared, stage: before.stage, whoever, before: paths }
    }

    /// A field.
    pub fn field(field: &FieldReport, before: &RequestReport) -> Target {
        let declared = (field.parent_type.clone(), field.field.clone());
        Target { path: Some(field.path.clone()), declared, stage: field.stage, ..Target::request(before) }
    }

    /// A field that is asked alone.
    pub fn alone(input: &FieldInput) -> Target {
        let declared = (input.parent_type.clone(), input.field.clone());
        Target {
            path: Some(vec![json!(input.response_key)]),
            declared,
            stage: None,
            whoever: false,
            before: Vec::new(),
        }
    }

    /// Whether it is denied in a report.
    pub fn is_denied_in(&self, report: &RequestReport) -> bool {
        match &self.path {
            None => report.decision == Decision::Denied,
            Some(path) => report.fields.iter().any(|field| field.path == *path && field.decision == Decision::Denied),
        }
    }

    /// Whether it is allowed in a report, in which nothing else is denied that was not before. What the field let
    /// through may hold fields that a resolver denies: that is another question.
    pub fn is_allowed_in(&self, report: &RequestReport) -> bool {
        if self.whoever && outcome(report) == Some(GateOutcome::Undecided) {
            return report.decision == Decision::Undecided && report.fields.is_empty();
        }
        let passed = outcome(report) == Some(GateOutcome::Passed);
        let Some(path) = self.path.as_ref().filter(|_| passed) else {
            let may_be = report.decision == Decision::Undecided && self.may_stay_open();
            return passed && (may_be || matches!(report.decision, Decision::Allowed | Decision::Filtered));
        };
        let harmed = bad(report).any(|field| {
            let above = path.starts_with(&field.path);
            let below = field.path.starts_with(path) && field.stage != Some(Stage::Schema);
            match field.decision {
                Decision::Undecided if above => !self.may_stay_open(),
                _ => above || !(below || self.before.contains(&field.path)),
            }
        });
        !harmed && !report.fields.is_empty()
    }

    /// Whether it is enough to get past the stage that denied, where facts about those behind it are missing: they
    /// have not denied anything yet.
    pub fn may_stay_open(&self) -> bool {
        matches!(self.stage, Some(Stage::Gate | Stage::Authorizer | Stage::Iam | Stage::Schema))
    }

    /// The facts that a report in which it is allowed leaves open.
    pub fn left_open_in(&self, report: &RequestReport) -> Vec<String> {
        let open = match &self.path {
            _ if report.fields.is_empty() => report.decision == Decision::Undecided,
            None => report.decision == Decision::Undecided,
            Some(path) => {
                let undecided = |field: &FieldReport| field.decision == Decision::Undecided;
                // A policy that nobody gave leaves the request open, and no field of it.
                report.fields.iter().all(|field| !undecided(field)) && report.decision == Decision::Undecided
                    || report.fields.iter().any(|field| path.starts_with(&field.path) && undecided(field))
            }
        };
        let facts = report.missing.iter().filter(|_| open).map(|missing| missing.fact.clone());
        facts.collect()
    }

    /// What a report proposes about it, or about what was denied in its place.
    pub fn proposals(&self, report: &RequestReport) -> Vec<Vec<Edit>> {
        let own = self.report(report).filter(|field| matches!(field.decision, Decision::Denied | Decision::Error));
        if let Some(field) = own {
            return field.proposals.clone();
        }
        let within = |field: &&FieldReport| self.path.as_ref().is_none_or(|path| field.path.starts_with(path));
        let denied = report.fields.iter().filter(within).filter(|field| field.decision == Decision::Denied);
        report.proposals.iter().chain(denied.flat_map(|field| &field.proposals)).cloned().collect()
    }

    /// Its own report.
    fn report<'r>(&self, report: &'r RequestReport) -> Option<&'r FieldReport> {
        let path = self.path.as_ref()?;
        report.fields.iter().find(|field| field.path == *path)
    }
}

fn outcome(report: &RequestReport) -> Option<GateOutcome> {
    report.gate.as_ref().map(|gate| gate.outcome)
}

/// The fields that did not come through.
fn bad(report: &RequestReport) -> impl Iterator<Item = &FieldReport> {
    let came = |decision: Decision| matches!(decision, Decision::Allowed | Decision::Filtered);
    report.fields.iter().filter(move |field| !came(field.decision))
}
