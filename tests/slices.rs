//! What the answer says of a template's lines, held against runs of edited templates that know nothing of the answer:
//! a line that the slice of a denial leaves out can be taken out; a probe in front of the statement that denied, or of
//! a condition that blocked a rule, is met; one in front of a statement that would have granted is not.
//!
//! `VTLENS_SUITES=FOLDER` checks every refusal of the suites there, else a sample of those here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value as Json;
use vtlens::api::{Api, Code, LoadOptions, ResolverKind, Template};
use vtlens::execute::FieldInput;
use vtlens::limits::Env;
use vtlens::replay::{Replay, World};
use vtlens::report::{Decision, FieldReport, RequestReport, SlicedTemplate};
use vtlens::request::{CapturedRequest, GraphQlBody};
use vtlens::source::Data;
use vtlens::source_file::{SourceFile, Span};
use vtlens::suite::{self, Action, Scenario, Suite};
use vtlens::syntax::ast::{Block, Statement, StatementKind};
use vtlens::syntax::parse;

/// The suites, and how many refusals are let go for each that is looked at.
fn suites() -> (Vec<Suite>, usize) {
    let (folders, skipped): (Vec<PathBuf>, usize) = match std::env::var_os("VTLENS_SUITES") {
        Some(folder) => (vec![Path::new(&folder).join("suites"), Path::new(&folder).join("suites-gen2")], 0),
        None => (["tests/amplify/suites", "tests/live/suites", "templates"].map(PathBuf::from).to_vec(), 9),
    };
    let folders: Vec<PathBuf> = folders.into_iter().filter(|folder| folder.is_dir()).collect();
    let files = suite::find(&folders).unwrap();
    (files.iter().map(|file| Suite::load(file).unwrap()).collect(), skipped)
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
struct Bench<'a> {
    suite: &'a Suite,
    replay: Replay<'a>,
    data: Data,
    texts: BTreeMap<String, String>,
}

impl Bench<'_> {
    fn ask(&self, action: &Action, identity: &str, record: bool) -> RequestReport {
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
    fn edited(&self, case: &Case<'_>, path: &[Json], template: &str, text: &str) -> Option<Fate> {
        self.replay.edit(template, text).ok()?;
        let report = self.ask(case.action, case.identity, false);
        self.replay.edit(template, &self.texts[template]).unwrap();
        Some(report.fields.iter().find(|field| field.path == path).map_or(Fate::Gone, Fate::of))
    }
}

/// What became of a field.
#[derive(Debug, PartialEq)]
enum Fate {
    Gone,
    Told(String),
}

impl Fate {
    fn of(field: &FieldReport) -> Fate {
        Fate::Told(format!("{:?} at {:?}: {:?}", field.decision, field.stage, field.error))
    }
}

struct Case<'a> {
    name: String,
    action: &'a Action,
    identity: &'a str,
}

fn cases(suite: &Suite) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    for test in &suite.tests {
        // The steps of a story hang on each other.
        let Scenario::Callers { action, expect } = &test.scenario else { continue };
        for (identity, _) in expect {
            cases.push(Case { name: format!("{} {} as {identity}", suite.file, test.name), action, identity });
        }
    }
    cases
}

fn on_suites(check: impl Fn(&Bench<'_>, &Case<'_>, &FieldReport) -> Vec<String> + Sync) -> usize {
    let (suites, skipped) = suites();
    let results: Vec<(usize, Vec<String>)> = suites
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
            let (mut checked, mut faults, mut seen) = (0, Vec::new(), 0_usize);
            for case in cases(suite) {
                for field in &bench.ask(case.action, case.identity, true).fields {
                    if field.decision != Decision::Denied || field.slice.is_empty() {
                        continue;
                    }
                    seen += 1;
                    if (seen - 1) % (skipped + 1) == 0 {
                        checked += 1;
                        faults.extend(
                            check(&bench, &case, field).into_iter().map(|fault| format!("{}: {fault}", case.name)),
                        );
                    }
                }
            }
            (checked, faults)
        })
        .collect();
    let faults: Vec<&String> = results.iter().flat_map(|(_, faults)| faults).collect();
    let shown: Vec<&str> = faults.iter().take(40).map(|fault| fault.as_str()).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), shown.join("\n"));
    results.iter().map(|(checked, _)| checked).sum()
}

/// The lines of a stretch of text that hold more than blanks.
fn lines(source: &SourceFile, span: Span) -> BTreeSet<u32> {
    let first = source.line_column(span.start).line;
    let told = source.slice(span).lines().zip(first..).filter(|(line, _)| !line.trim().is_empty());
    told.map(|(_, line)| line).collect()
}

/// The statements of a block, and of the blocks within, none of whose lines is among some.
fn left_out(source: &SourceFile, block: &Block, sliced: &BTreeSet<u32>, found: &mut Vec<Span>) {
    for Statement { span, kind } in block {
        let own = lines(source, *span);
        if !own.is_empty() && own.is_disjoint(sliced) {
            found.push(*span);
        }
        match kind {
            StatementKind::If { arms, otherwise } => {
                for body in arms.iter().map(|(_, body)| body).chain(otherwise) {
                    left_out(source, body, sliced, found);
                }
            }
            StatementKind::Foreach { body, .. } => left_out(source, body, sliced, found),
            // Text on several lines, each for itself.
            StatementKind::Text(_) if !own.is_disjoint(sliced) => {
                let mut at = span.start;
                for line in source.slice(*span).split_inclusive('\n') {
                    let end = at + u32::try_from(line.len()).unwrap();
                    let part = Span { start: at, end };
                    if lines(source, part).iter().any(|line| !sliced.contains(line)) {
                        found.push(part);
                    }
                    at = end;
                }
            }
            _ => {}
        }
    }
}

fn without(text: &str, span: Span) -> String {
    let range = span.range();
    format!("{}{}", &text[..range.start], &text[range.end..])
}

#[test]
fn a_line_that_the_slice_leaves_out_can_be_taken_out() {
    let removed = std::sync::atomic::AtomicUsize::new(0);
    let kept = std::sync::atomic::AtomicUsize::new(0);
    let checked = on_suites(|bench, case, field| {
        let mut faults = Vec::new();
        let before = Fate::of(field);
        for SlicedTemplate { template, lines: sliced } in &field.slice {
            let source = SourceFile::new(template.clone(), bench.texts[template].clone());
            let mut found = Vec::new();
            left_out(&source, &parse(source.text()).unwrap(), &sliced.iter().copied().collect(), &mut found);
            kept.fetch_add(sliced.len(), std::sync::atomic::Ordering::Relaxed);
            for span in found {
                let Some(after) = bench.edited(case, &field.path, template, &without(source.text(), span)) else {
                    continue;
                };
                removed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if after != before {
                    let line = source.line_column(span.start).line;
                    faults
                        .push(format!("{template}:{line} `{}`: {before:?}, without it {after:?}", source.slice(span)));
                }
            }
        }
        faults
    });
    println!("{checked} refusals, {} lines kept, {} statements taken out", kept.into_inner(), removed.into_inner());
    assert!(checked > 50, "only {checked} refusals");
}
