//! Suites whose cases are run one by one, over templates that a test may edit.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value as Json;
use vtlens::api::{Api, Code, LoadOptions, ResolverKind};
use vtlens::execute::FieldInput;
use vtlens::limits::Env;
use vtlens::replay::{Replay, World};
use vtlens::report::{FieldReport, RequestReport};
use vtlens::request::{CapturedRequest, GraphQlBody};
use vtlens::source::Data;
use vtlens::suite::{self, Action, Scenario, Suite};

use super::packed;

/// The suites, and whether they are those of `VTLENS_SUITES`.
pub fn suites() -> (Vec<Suite>, bool) {
    let (folders, given): (Vec<PathBuf>, bool) = match std::env::var_os("VTLENS_SUITES") {
        Some(folder) => (vec![Path::new(&folder).join("suites"), Path::new(&folder).join("suites-gen2")], true),
        None => (["tests/amplify/suites", "tests/live/suites", "templates"].map(packed::at).to_vec(), false),
    };
    let folders: Vec<PathBuf> = folders.into_iter().filter(|folder| folder.is_dir()).collect();
    let files = suite::find(&folders).unwrap();
    (files.iter().map(|file| Suite::load(file).unwrap()).collect(), given)
}

/// A suite's API, ready to be asked.
pub struct Bench<'a> {
    pub suite: &'a Suite,
    replay: Replay<'a>,
    data: Data,
    api: &'a Api,
}

impl Bench<'_> {
    pub fn ask(&self, action: &Action, identity: &str, record: bool) -> RequestReport {
        let env = Env::at(self.suite.now_ms.unwrap_or(1_767_323_045_678));
        let (data, facts) = (&mut self.data.clone(), self.suite.identities.get(identity));
        let mut world =
            World { facts, data, env: &env, clock: "test", record, skip_absent_policies: true, arguments: &[] };
        match action {
            Action::Field { parent_type, field, arguments, source, .. } => {
                let input =
                    FieldInput { source: source.clone(), ..FieldInput::new(parent_type, field, arguments.clone()) };
                self.replay.field_in(&input, &mut world).unwrap()
            }
            Action::Query { query, variables, operation_name, .. } => {
                let body = GraphQlBody::new(query.clone(), variables.clone(), operation_name.clone());
                let request = CapturedRequest { method: "POST".to_owned(), body, ..CapturedRequest::default() };
                self.replay.request_in(&request, &mut world).unwrap()
            }
        }
    }

    /// The text of a template that a field ran.
    pub fn text(&self, field: &FieldReport, template: &str) -> String {
        let resolver = self.api.resolver(&field.parent_type, &field.field).unwrap().unwrap();
        let functions = match &resolver.kind {
            ResolverKind::Pipeline(functions) => functions.iter().map(|function| &function.code).collect(),
            ResolverKind::Unit(_) => Vec::new(),
        };
        let sides = functions.into_iter().chain([&resolver.code]).filter_map(|code| match code {
            Code::Vtl { request, response } => Some([request, response]),
            Code::JavaScript(_) => None,
        });
        let found = sides.flatten().flatten().find(|held| held.name == template);
        found.unwrap_or_else(|| panic!("{template} of {}.{}", field.parent_type, field.field)).text.to_string()
    }

    /// What becomes of a field when a template has another text than its own; `None` for one that does not parse.
    pub fn edited(&self, case: &Case<'_>, path: &[Json], template: &str, texts: [&str; 2]) -> Option<Fate> {
        let [own, other] = texts;
        self.replay.edit(template, other).ok()?;
        let report = self.ask(case.action, case.identity, false);
        self.replay.edit(template, own).unwrap();
        Some(report.fields.iter().find(|field| field.path == path).map_or(Fate::Gone, Fate::of))
    }
}

/// What became of a field.
#[derive(Debug, PartialEq)]
pub enum Fate {
    Gone,
    Told(String),
}

impl Fate {
    pub fn of(field: &FieldReport) -> Fate {
        Fate::Told(format!("{:?} at {:?}: {:?}", field.decision, field.stage, field.error))
    }
}

/// What a caller asks.
pub struct Case<'a> {
    pub name: String,
    pub action: &'a Action,
    pub identity: &'a str,
}

/// The cases of a suite, but for stories: their steps hang on each other.
pub fn cases(suite: &Suite) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    for test in &suite.tests {
        let Scenario::Callers { action, expect } = &test.scenario else { continue };
        for (identity, _) in expect {
            cases.push(Case { name: format!("{} {} as {identity}", suite.file, test.name), action, identity });
        }
    }
    cases
}

/// Looks at every case of the suites, side by side.
pub fn on_suites<T: Send>(suites: &[Suite], look: impl Fn(&Bench<'_>) -> T + Sync) -> Vec<T> {
    suites
        .par_iter()
        .map(|suite| {
            let params = LoadOptions { params: suite.params.clone(), schema: None };
            let folder = Path::new(&suite.file).parent().unwrap();
            let path =
                suite.api.clone().unwrap_or_else(|| Api::find_from(&std::path::absolute(folder).unwrap()).unwrap());
            let api = Api::open(&path, &params).unwrap();
            let data = match (&suite.data, &api.defaults.data) {
                (Some(data), _) => data.clone(),
                (None, Some(file)) => Data::load(file).unwrap(),
                (None, None) => Data::not_given(),
            };
            let data = match &suite.responses {
                Some(responses) => data.with_responses(responses.clone()),
                None => data,
            };
            let bench = Bench { suite, replay: Replay::new(&api, 0), data, api: &api };
            look(&bench)
        })
        .collect()
}
