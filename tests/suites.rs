//! Recorded decisions of builds that Amplify's own generator made: who may do what, at which stage it is refused,
//! and how many rows come back. A wrong "allowed" or "denied" here is the worst defect there is.
//!
//! Runs `tests/amplify`, or the folder that `VTLENS_SUITES` names. A folder's `known-differences.txt` lists, with the
//! reason, the cases in which we hold the recording for wrong; a new difference fails, and so does a listed one that
//! no longer differs. A folder without that file passes when 99 of 100 cases agree.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};
use vtlens::api::{Api, AuthMode, LoadOptions};
use vtlens::execute::{Caller, Executor, FieldInput};
use vtlens::limits::Env;
use vtlens::report::{Decision, Stage};
use vtlens::source::Data;

fn folder() -> PathBuf {
    std::env::var_os("VTLENS_SUITES").map_or_else(|| PathBuf::from("tests/amplify"), PathBuf::from)
}

fn mode(name: &str) -> AuthMode {
    match name {
        "apiKey" => AuthMode::ApiKey,
        "userPool" => AuthMode::UserPool,
        "oidc" => AuthMode::Oidc,
        "iam" => AuthMode::Iam,
        "lambda" => AuthMode::Lambda,
        other => panic!("mode {other}"),
    }
}

fn strings(json: &Json) -> Option<Vec<String>> {
    json.as_array().map(|items| items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
}

/// `SUITE | TEST | IDENTITY`
type Case = String;

#[derive(Default)]
struct Tally {
    cases: usize,
    /// What differs, and how.
    differences: BTreeMap<Case, String>,
}

fn run_suite(file: &Path, tally: &mut Tally) {
    let suite: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let params = suite["params"].as_object().unwrap();
    let options = LoadOptions {
        params: params.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect(),
        ..LoadOptions::default()
    };
    let build = file.parent().unwrap().join(suite["api"].as_str().unwrap());
    let api = Api::open(&build, &options).unwrap();
    let executor = Executor::new(&api);
    let now = suite["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
    for test in suite["tests"].as_array().unwrap() {
        let (parent, field) = test["field"].as_str().unwrap().split_once('.').unwrap();
        if !api.schema.is_root(parent) {
            continue;
        }
        for (name, expected) in test["expect"].as_object().unwrap() {
            tally.cases += 1;
            let identity = &suite["identities"][name];
            let mode = mode(identity["mode"].as_str().unwrap());
            let context = identity.get("context").cloned().unwrap_or(Json::Null);
            let actual = if api.modes().any(|known| known == mode) {
                let groups = strings(&context["groups"]);
                let caller = Caller { mode, identity: &context, groups: groups.as_deref(), denied_fields: &[] };
                let arguments: Map<String, Json> = test["arguments"].as_object().cloned().unwrap_or_default();
                let input = FieldInput::new(parent, field, arguments);
                let mut data = Data::from_json("suite", &suite["data"]).unwrap();
                let execution = executor.field(&input, caller, &mut data, &Env::at(now), false).unwrap();
                json!({
                    "decision": execution.decision, "stage": execution.stage,
                    "message": execution.faults.first().map(|fault| fault.message.clone()),
                    "errorType": execution.faults.first().and_then(|fault| fault.error_type.clone()),
                    "items": execution.value.get("items").and_then(Json::as_array).map(Vec::len),
                    "template": execution.runs.last().map(|run| run.template.clone()),
                })
            } else {
                json!({ "decision": Decision::Denied, "stage": Stage::Gate })
            };
            if let Some(why) = difference(expected, &actual) {
                let suite = file.file_name().unwrap().to_string_lossy();
                let case =
                    format!("{} | {} | {name}", suite.trim_end_matches(".vtlens.json"), test["name"].as_str().unwrap());
                tally.differences.insert(case, format!("{why}\n    expected {expected}\n    got      {actual}"));
            }
        }
    }
}

fn difference(expected: &Json, actual: &Json) -> Option<&'static str> {
    let decision = actual["decision"].as_str().unwrap();
    let fits = match expected["decision"].as_str() {
        Some("allow") => matches!(decision, "allowed" | "filtered"),
        Some("deny") => decision == "denied",
        None => true,
        Some(other) => panic!("decision {other}"),
    };
    if !fits {
        return Some("decision");
    }
    ["stage", "message", "errorType", "items"]
        .into_iter()
        .find(|key| expected.get(*key).is_some_and(|wanted| *wanted != actual[*key]))
}

/// The cases of `known-differences.txt`, each a line `SUITE | TEST | IDENTITY | reason`.
fn known(file: &Path) -> Option<BTreeSet<Case>> {
    let text = std::fs::read_to_string(file).ok()?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cases = lines.map(|line| {
        let (case, reason) = line.rsplit_once(" | ").unwrap_or_else(|| panic!("no reason: {line}"));
        assert_eq!(case.matches(" | ").count(), 2, "no `SUITE | TEST | IDENTITY | reason`: {line}");
        assert!(!reason.trim().is_empty(), "no reason: {line}");
        case.to_owned()
    });
    Some(cases.collect())
}

#[test]
fn amplify_builds_decide_as_recorded() {
    let folder = folder();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("suites")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut tally = Tally::default();
    files.iter().for_each(|file| run_suite(file, &mut tally));
    let Tally { cases, differences } = tally;
    println!("{} suites, {cases} cases, {} differ", files.len(), differences.len());
    assert!(cases > 2000, "only {cases} cases ran");
    let listed = known(&folder.join("known-differences.txt"));
    let known = listed.clone().unwrap_or_default();
    let new: Vec<String> = differences
        .iter()
        .filter(|(case, _)| !known.contains(*case))
        .map(|(case, how)| format!("{case}: {how}"))
        .collect();
    let gone: Vec<&Case> = known.iter().filter(|case| !differences.contains_key(*case)).collect();
    assert!(gone.is_empty(), "listed as known differences, but they agree now: take them out\n{gone:#?}");
    assert!(differences.len() * 100 <= cases, "{} of {cases} differ:\n{}", differences.len(), new.join("\n"));
    if listed.is_some() {
        assert!(new.is_empty(), "{} of {cases} differ and are not listed:\n{}", new.len(), new.join("\n"));
    } else {
        println!("{}", new.join("\n"));
    }
}
