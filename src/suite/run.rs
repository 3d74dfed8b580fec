//! Running suites, side by side on every core: each expectation with data of its own, a story with one for all steps.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::apis::{Apis, Counting, Shared};
use super::check;
use super::coverage::{self, SeenRules};
use super::judge;
use super::model::{Action, Expectation, Scenario, Step, Suite, Test};
use super::redact::Aliases;
use super::report::{CaseReport, Note, SuiteReport, TestsReport};
use super::snapshot::{self, SnapshotMode, SnapshotsReport};
use super::substitute::{self, Saved};
use crate::api::Api;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::FieldInput;
use crate::identity::IdentityFacts;
use crate::identity::jwks::KeySet;
use crate::limits::Env;
use crate::replay::{Replay, World};
use crate::report::{RequestReport, RequestSource};
use crate::request::{CapturedRequest, GraphQlBody};
use crate::source::Data;

/// What goes before what suites say, and what they do not say.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The API of every suite.
    pub api: Option<PathBuf>,
    /// CloudFormation parameters that the builds leave open.
    pub params: IndexMap<String, String>,
    /// The author's schema.
    pub schema: Option<PathBuf>,
    /// Keys to verify signatures with; else those of each API's folder.
    pub keys: Option<KeySet>,
    /// The clock of every suite.
    pub now_ms: Option<i64>,
    /// The system's clock, for suites that say nothing.
    pub system_ms: i64,
    /// Whether each case's whole report is kept, with everything that ran recorded and explained.
    pub keep_reports: bool,
    /// Whether it is counted what of the templates ran.
    pub coverage: bool,
    /// Whether snapshots are compared or written.
    pub snapshots: SnapshotMode,
}

/// Runs suites. `done` is told of every test that is through.
///
/// # Errors
/// An API that a suite names and that cannot be read, or a template of it that does not parse; a field that the API
/// does not have.
pub fn run(suites: &[Suite], options: &Options, done: &(dyn Fn() + Sync)) -> Result<TestsReport> {
    let apis = Apis::new(options);
    let suites: Vec<&Suite> = suites.iter().collect();
    let mistakes: Vec<Result<Vec<Error>>> =
        suites.par_iter().map(|suite| check::suite(suite, &*apis.of(suite)?)).collect();
    let mistakes: Vec<Error> = mistakes.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    if let Some(first) = mistakes.into_iter().next() {
        return Err(first);
    }
    let each = with_apis(&apis, &suites, options, done)?;
    all_told(&apis, &suites, each, options)
}

/// What a suite came to, and its snapshots.
pub(super) type Told = (SuiteReport, SnapshotsReport);

/// Runs suites that were held against their APIs before.
///
/// # Errors
/// As [`run`].
pub(super) fn with_apis(
    apis: &Apis,
    suites: &[&Suite],
    options: &Options,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Told>> {
    let told: Vec<Result<Told>> =
        suites.par_iter().map(|suite| of(suite, &apis.shared(suite)?, options, done)).collect();
    told.into_iter().collect()
}

/// What suites came to in all.
///
/// # Errors
/// Snapshots that cannot be read or removed; templates that no test ran and that cannot be counted.
pub(super) fn all_told(apis: &Apis, suites: &[&Suite], each: Vec<Told>, options: &Options) -> Result<TestsReport> {
    let (reports, snapshots): (Vec<_>, Vec<_>) = each.into_iter().unzip();
    let mut report = TestsReport::new(reports);
    report.snapshots = snapshots.into_iter().collect();
    snapshot::without_suite(suites, options.snapshots, &mut report.snapshots)?;
    if options.coverage {
        report.coverage = Some(coverage::collect(apis.counted())?);
    }
    Ok(report)
}

fn of(suite: &Suite, shared: &Shared, options: &Options, done: &(dyn Fn() + Sync)) -> Result<Told> {
    let mut runner = Runner::new(suite, &shared.api, options)?;
    shared.counting.iter().for_each(|counting| runner.count(counting));
    runner.all(options.snapshots, done)
}

/// Runs one suite over an API that is open.
pub(super) fn over(suite: &Suite, api: &Api, options: &Options) -> Result<SuiteReport> {
    Runner::new(suite, api, options)?.all(options.snapshots, &|| {}).map(|(report, _)| report)
}

/// Holds what ran against the suite's snapshots.
fn held(suite: &Suite, mode: SnapshotMode, cases: &mut [Vec<Case>]) -> Result<SnapshotsReport> {
    let mut folder = snapshot::Folder::of(suite, mode);
    for (test, cases) in suite.tests.iter().zip(cases) {
        let taken = cases.iter_mut().filter_map(|case| Some((&mut case.report, case.taken.take()?)));
        folder.hold(test, taken.collect())?;
    }
    folder.finish()
}

/// One expectation's result, and the remarks of its run.
struct Case {
    report: CaseReport,
    notes: Vec<String>,
    /// What its snapshot is to hold, where the suite asks for one.
    taken: Option<String>,
}

impl Case {
    fn took(mut self, since: Instant) -> Self {
        self.report.ms = (since.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        self
    }
}

/// A suite over its API, ready to run.
pub(super) struct Runner<'a> {
    suite: &'a Suite,
    api: &'a Api,
    replay: Replay<'a>,
    data: Data,
    now_ms: i64,
    keep_reports: bool,
    /// Whether every case is run with everything recorded at once. What is counted runs but once.
    record: bool,
    rules: Option<&'a SeenRules>,
    aliases: Option<Aliases>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(suite: &'a Suite, api: &'a Api, options: &Options) -> Result<Self> {
        let mut replay = Replay::new(api, options.system_ms);
        replay.explain_allowed = true;
        replay.keys = match (&options.keys, &api.defaults.jwks) {
            (Some(keys), _) => Some(keys.clone()),
            (None, Some(file)) => Some(keys(file)?),
            (None, None) => None,
        };
        let data = match (&suite.data, &api.defaults.data) {
            (Some(data), _) => data.clone(),
            (None, Some(path)) => Data::load(path)?,
            (None, None) => Data::not_given(),
        };
        let data = match &suite.responses {
            Some(responses) => data.with_responses(responses.clone()),
            None => data,
        };
        let now_ms = options.now_ms.or(suite.now_ms).unwrap_or(options.system_ms);
        let (keep_reports, record) = (options.keep_reports, options.keep_reports);
        let aliases =
            suite.tests.iter().any(Test::has_snapshot).then(|| Aliases::of(suite, &options.params, api, &data));
        Ok(Runner { suite, api, replay, data, now_ms, keep_reports, record, rules: None, aliases })
    }

    /// Counts what of the templates runs.
    fn count(&mut self, counting: &'a Counting) {
        self.replay.count(Arc::clone(&counting.coverage));
        self.record = true;
        self.rules = Some(&counting.rules);
    }

    /// Every test. `done` is told of each that is through.
    fn all(&self, mode: SnapshotMode, done: &(dyn Fn() + Sync)) -> Result<(SuiteReport, SnapshotsReport)> {
        let suite = self.suite;
        let cases: Vec<Result<Vec<Case>>> = suite
            .tests
            .par_iter()
            .map(|test| {
                let cases = self.test(test);
                done();
                cases
            })
            .collect();
        let mut cases: Vec<Vec<Case>> = cases.into_iter().collect::<Result<_>>()?;
        let snapshots = held(suite, mode, &mut cases)?;
        let mut notes: IndexMap<String, Vec<String>> = IndexMap::new();
        let mut tests = Vec::with_capacity(cases.len());
        for case in cases.into_iter().flatten() {
            for note in case.notes {
                let callers = notes.entry(note).or_default();
                if !callers.contains(&case.report.identity) {
                    callers.push(case.report.identity.clone());
                }
            }
            tests.push(case.report);
        }
        let notes = notes.into_iter().map(|(text, identities)| Note { text, identities }).collect();
        let report = SuiteReport {
            file: suite.file.clone(),
            identities: suite.identities.keys().cloned().collect(),
            tests,
            notes,
            root: self.api.root.clone(),
            files: IndexMap::new(),
        };
        Ok((report, snapshots))
    }

    fn test(&self, test: &Test) -> Result<Vec<Case>> {
        match &test.scenario {
            Scenario::Callers { action, expect } => {
                expect.par_iter().map(|(identity, expected)| self.caller(test, action, identity, expected)).collect()
            }
            Scenario::Story(steps) => {
                let record = self.record || steps.iter().any(|step| step.snapshot || step.expect.needs_record());
                let cases = self.story(test, steps, record)?;
                if record || cases.iter().all(|case| case.report.pass) {
                    Ok(cases)
                } else {
                    self.story(test, steps, true)
                }
            }
        }
    }

    /// What the data sources hold when a test begins.
    fn data_of(&self, test: &Test) -> Data {
        self.data.clone().with_tables(test.data.as_ref()).with_more_responses(test.responses.as_ref())
    }

    /// One caller's case: quick first, and again with everything recorded when it failed and has to be explained.
    fn caller(&self, test: &Test, action: &Action, identity: &str, expected: &Expectation) -> Result<Case> {
        let once = |record: bool| {
            let mut data = self.data_of(test);
            let env = Env::at(self.now_ms);
            let started = Instant::now();
            let report = self.ask(action, identity, &mut data, &env, record, &Saved::new())?;
            let case = self.case(test, identity, expected, report, &Saved::new(), test.snapshot);
            Ok(case.took(started))
        };
        let record = self.record || test.snapshot || expected.needs_record();
        let first: Case = once(record)?;
        if record || first.report.pass { Ok(first) } else { once(true) }
    }

    fn story(&self, test: &Test, steps: &[Step], record: bool) -> Result<Vec<Case>> {
        let mut data = self.data_of(test);
        let env = Env::at(self.now_ms);
        let mut saved = Saved::new();
        let mut cases = Vec::with_capacity(steps.len());
        for (index, step) in steps.iter().enumerate() {
            let started = Instant::now();
            let report = self.ask(&step.action, &step.identity, &mut data, &env, record, &saved)?;
            let body = report.response.as_ref().map(|response| response.body.clone()).unwrap_or_default();
            let mut case = self.case(test, &step.identity, &step.expect, report, &saved, step.snapshot).took(started);
            case.report.step = Some(index + 1);
            for (name, path) in &step.save {
                match substitute::at_path(&body, path).filter(|value| !value.is_null()) {
                    Some(value) => {
                        saved.insert(name.clone(), value.clone());
                    }
                    None => {
                        let after = match steps.len() - index - 1 {
                            0 => String::new(),
                            1 => ": the step after it was not run".to_owned(),
                            more => format!(": the {more} steps after it were not run"),
                        };
                        case.report.pass = false;
                        case.report.differences.push(format!("nothing to save as `{name}` at {path}{after}"));
                    }
                }
            }
            let stop = !step.save.keys().all(|name| saved.contains_key(name));
            cases.push(case);
            if stop {
                break;
            }
        }
        Ok(cases)
    }

    /// Data and a world of a test's own.
    pub(super) fn fresh(&self, test: &Test) -> (Data, Env) {
        (self.data_of(test), Env::at(self.now_ms))
    }

    /// What becomes of a request whose expectations, if it has any, are of no concern.
    pub(super) fn asked(
        &self,
        action: &Action,
        identity: &str,
        (data, env): (&mut Data, &Env),
        record: bool,
        saved: &Saved,
    ) -> Result<RequestReport> {
        self.ask(action, identity, data, env, record, saved)
    }

    fn ask(
        &self,
        action: &Action,
        identity: &str,
        data: &mut Data,
        env: &Env,
        record: bool,
        saved: &Saved,
    ) -> Result<RequestReport> {
        let facts: Option<&IdentityFacts> = self.suite.identities.get(identity);
        let mut world = World { facts, data, env, clock: "suite", record, skip_absent_policies: true, arguments: &[] };
        match action {
            Action::Field { parent_type, field, arguments, source, .. } => {
                let source = substitute::in_json(source, saved);
                let input = FieldInput { source, ..FieldInput::new(parent_type, field, filled(arguments, saved)) };
                self.replay.field_in(&input, &mut world)
            }
            Action::Query { query, variables, operation_name, .. } => {
                let query = substitute::in_text(query, saved);
                let request = CapturedRequest {
                    source: RequestSource { file: self.suite.file.clone(), entry: None, kind: "suite" },
                    method: "POST".to_owned(),
                    body: GraphQlBody::new(query, filled(variables, saved), operation_name.clone()),
                    ..CapturedRequest::default()
                };
                self.replay.request_in(&request, &mut world)
            }
        }
    }

    fn case(
        &self,
        test: &Test,
        identity: &str,
        expected: &Expectation,
        mut report: RequestReport,
        saved: &Saved,
        snapshot: bool,
    ) -> Case {
        if let Some(rules) = self.rules {
            rules.add(&report, &self.api.schema);
        }
        let aliases = self.aliases.as_ref().filter(|_| snapshot);
        let taken = aliases.map(|aliases| snapshot::taken(&report, &aliases.of_test(test)));
        let mut actual = judge::actual(&report);
        actual.allowed_by = judge::allowed_by(expected, &report, &actual);
        actual.could_allow = judge::could_allow(expected, &report, &actual);
        let differences = judge::differences(expected, &report, &actual, saved);
        let written = match &expected.written {
            Json::String(decision) => json!({ "decision": decision }),
            other => other.clone(),
        };
        let mut report_of_case = CaseReport {
            name: test.name.clone(),
            step: None,
            identity: identity.to_owned(),
            line: expected.at.line(),
            column: expected.at.column(),
            expected: written,
            actual,
            pass: differences.is_empty(),
            differences,
            snapshot: None,
            ms: 0.0,
            report: None,
        };
        let notes = std::mem::take(&mut report.notes);
        report_of_case.report = self.keep_reports.then(|| Box::new(report));
        Case { report: report_of_case, notes, taken }
    }
}

fn keys(file: &Path) -> Result<KeySet> {
    let shown = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Error::new(ErrorKind::Io, "cannot read the keys").in_file(&shown).caused_by(error))?;
    KeySet::read(&shown, &text)
}

fn filled(members: &Map<String, Json>, saved: &Saved) -> Map<String, Json> {
    members.iter().map(|(key, value)| (key.clone(), substitute::in_json(value, saved))).collect()
}
