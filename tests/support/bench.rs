//! Suites whose cases are run one by one, over templates that a test may edit.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value as Json;
use vtlens::api::{Api, Code, LoadOptions, ResolverKind, Template};
use vtlens::execute::FieldInput;
use vtlens::limits::Env;
use vtlens::replay::{Replay, World};
use vtlens::report::{FieldReport, RequestReport};
use vtlens::request::{CapturedRequest, GraphQlBody};
use vtlens::source::Data;
use vtlens::suite::{self, Action, Scenario, Suite};

/// The suites, and whether they are those of `VTLENS_SUITES`.
pub fn suites() -> (Vec<Suite>, bool) {
    let (folders, given): (Vec<PathBuf>, bool) = match std::env::var_os("VTLENS_SUITES") {
        Some(folder) => (vec![Path::new(&folder).join("suites"), Path::new(&folder).join("suites-gen2")], true),
        None => (["tests/amplify/suites", "tests/live/suites", "templates"].map(PathBuf::from).to_vec(), false),
    };
    let folders: Vec<PathBuf> = folders.into_iter().filter(|folder| folder.is_dir()).collect();
    let files = suite::find(&folders).unwrap();
    (files.iter().map(|file| Suite::load(file).unwrap()).collect(), given)
}

/// The texts of an API's templates, by name.
fn templates(api: &Api) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut add = |code: &Code| {
        let Code::Vtl { request, response } = code else { return };
        found
            .extend([request, response].into_iter().flatten().map(|t: &Template| (t.name.clone(), t.text.to_string())));
    };
    for (parent, field) in api.resolvers().unwrap() {
        let Some(resolver) = api.resolver(&parent, &field).unwrap() else { continue };
        add(&resolver.code);
        if let ResolverKind::Pipeline(functions) = &resolver.kind {
            functions.iter().for_each(|function| add(&function.code));
        }
    }
    found
}

/// A suite's API, ready to be asked.
pub struct Bench<'a> {
    pub suite: &'a Suite,
    replay: Replay<'a>,
    data: Data,
    pub texts: BTreeMap<String, String>,
}

impl Bench<'_> {
    pub fn ask(&self, action: &Action, identity: &str, record: bool) -> RequestReport {
        let env = Env::at(self.suite.now_ms.unwrap_or(1_767_323_045_678));
        let (data, facts) = (&mut self.data.clone(), self.suite.identities.get(identity));
        let mut world = World { facts, data, env: &env, clock: "test", record, skip_absent_policies: true };
        match action {
            Action::Field { parent_type, field, arguments, source, .. } => {
                let input =
                    FieldInput { source: source.clone(), ..FieldInput::new(parent_type, field, arguments.clone()) };
                self.replay.field_in(&input, &mut world).unwrap()
            }
            Action::Query { query, variables, operation_name } => {
                let body = GraphQlBody::new(query.clone(), variables.clone(), operation_name.clone());
                let request = CapturedRequest { method: "POST".to_owned(), body, ..CapturedRequest::default() };
                self.replay.request_in(&request, &mut world).unwrap()
            }
        }
    }

    /// What becomes of a field when a template has another text; `None` for a text that does not parse.
    pub fn edited(&self, case: &Case<'_>, path: &[Json], template: &str, text: &str) -> Option<Fate> {
        self.replay.edit(template, text).ok()?;
        let report = self.ask(case.action, case.identity, false);
        self.replay.edit(template, &self.texts[template]).unwrap();
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
            let bench = Bench { suite, replay: Replay::new(&api, 0), data, texts: templates(&api) };
            look(&bench)
        })
        .collect()
}
