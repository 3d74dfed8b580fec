//! What the live service is known to do (`tests/live`): every row of `rows.txt` is a test of a suite or a delivery, or
//! stands in `not-run.md` with the reason, and all of them hold.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value as Json, json};

const FOLDER: &str = "tests/live";

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(packed::at(FOLDER).join(folder)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|is| is == extension));
    files.sort();
    assert!(!files.is_empty(), "{folder} has no .{extension}");
    files
}

fn read(file: impl AsRef<Path>) -> String {
    std::fs::read_to_string(file.as_ref()).unwrap_or_else(|error| panic!("{}: {error}", file.as_ref().display()))
}

fn vtlens(arguments: &[&str]) -> (Option<i32>, Json) {
    let output = Command::cargo_bin("vtlens").unwrap().args(arguments).output().unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), report)
}

#[test]
fn suites_hold() {
    let (status, report) = vtlens(&["test", packed::at(FOLDER).to_str().unwrap(), "--format", "json"]);
    let suites = report["suites"].as_array().unwrap();
    let mut failed = BTreeMap::new();
    for suite in suites {
        let name = Path::new(suite["file"].as_str().unwrap()).file_name().unwrap().to_str().unwrap();
        for case in suite["tests"].as_array().unwrap().iter().filter(|case| case["pass"] != true) {
            let [test, identity] = ["name", "identity"].map(|key| case[key].as_str().unwrap());
            let key = format!("{} | {test} | {identity}", name.trim_end_matches(".vtlens.yaml"));
            failed.insert(key, format!("{case:#}"));
        }
    }
    let known = read(Path::new(FOLDER).join("known-failures.txt"));
    let known = known.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let known: BTreeSet<&str> = known.map(|line| line.rsplit_once(" | ").expect("a case and the reason").0).collect();
    let gone: Vec<&&str> = known.iter().filter(|case| !failed.contains_key(**case)).collect();
    assert!(gone.is_empty(), "they hold now, take them out of known-failures.txt: {gone:#?}");
    let new: Vec<String> = failed
        .iter()
        .filter(|(case, _)| !known.contains(case.as_str()))
        .map(|(case, report)| format!("{case}\n{report}"))
        .collect();
    assert!(new.is_empty(), "{} fail:\n{}", new.len(), new.join("\n"));
    assert_eq!(status == Some(0), known.is_empty());
    assert_eq!(suites.len(), files("suites", "yaml").len());
    assert!(report["passed"].as_u64().unwrap() > 250, "only {} ran", report["passed"]);
}

/// Cases of one API, run one by one.
struct Cases {
    json: Json,
    scratch: tempfile::TempDir,
    /// What every run is given.
    common: Vec<String>,
}

impl Cases {
    fn read(file: &Path) -> Cases {
        let json: Json = serde_json::from_str(&read(file)).unwrap();
        let mut cases = Cases { json, scratch: tempfile::tempdir().unwrap(), common: Vec::new() };
        let api = file.parent().unwrap().join(cases.json["api"].as_str().unwrap());
        let params = cases.write("params.json", cases.json.get("params").unwrap_or(&json!({})));
        let data = cases.write("data.json", cases.json.get("data").unwrap_or(&json!({})));
        let now = cases.json["now"].as_str().unwrap();
        let common =
            ["--api", api.to_str().unwrap(), "--params", &params, "--data", &data, "--now", now, "--format", "json"];
        cases.common = common.map(str::to_owned).to_vec();
        cases
    }

    fn write(&self, name: &str, json: &Json) -> String {
        let file = self.scratch.path().join(name);
        std::fs::write(&file, json.to_string()).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Each case, and the report of `vtlens explain` on it.
    fn reports(&self, arguments: impl Fn(&Json) -> Vec<String>) -> impl Iterator<Item = (&Json, Json)> {
        self.json["cases"].as_array().unwrap().iter().map(move |case| {
            let identity = self.write("identity.json", &self.json["identities"][case["as"].as_str().unwrap()]);
            let mut all = vec!["explain".to_owned(), "--identity".to_owned(), identity];
            all.extend(self.common.iter().cloned().chain(arguments(case)));
            let (_, mut report) = vtlens(&all.iter().map(String::as_str).collect::<Vec<_>>());
            (case, report["requests"][0].take())
        })
    }
}

#[test]
fn answers_have_the_errors_that_they_have_live() {
    for file in files("answers", "json") {
        let cases = Cases::read(&file);
        let query = |case: &Json| {
            let document = cases.scratch.path().join("query.graphql");
            std::fs::write(&document, case["query"].as_str().unwrap()).unwrap();
            vec!["--query".to_owned(), document.to_str().unwrap().to_owned()]
        };
        for (case, report) in cases.reports(query) {
            let body = &report["response"]["body"];
            assert_eq!(body["data"], case["data"], "{}", case["name"]);
            let (errors, expected) = (body["errors"].as_array().unwrap(), case["errors"].as_array().unwrap());
            assert_eq!(errors.len(), expected.len(), "{}: {errors:?}", case["name"]);
            for (error, expected) in errors.iter().zip(expected) {
                for (key, value) in expected.as_object().unwrap() {
                    assert_eq!(error.get(key), Some(value), "{}: {key}", case["name"]);
                }
            }
        }
    }
}

#[test]
fn events_reach_whom_they_reach_live() {
    let mut wrong = Vec::new();
    for file in files("deliveries", "json") {
        let cases = Cases::read(&file);
        let event = |case: &Json| {
            let event = cases.write("event.json", &case["event"]);
            let field = case["field"].as_str().unwrap().to_owned();
            let arguments = case["arguments"].to_string();
            vec!["--field".to_owned(), field, "--args".to_owned(), arguments, "--deliver".to_owned(), event]
        };
        for (case, report) in cases.reports(event) {
            let delivery = &report["fields"][0]["delivery"];
            if delivery["outcome"] != case["outcome"] {
                wrong.push(format!("{}: expected {}, was {delivery:#}", case["name"], case["outcome"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rows that a note names: `C12`, `§3.1`.
fn rows_of(note: &str) -> impl Iterator<Item = &str> {
    let words = note.split(|c: char| !c.is_alphanumeric() && c != '§' && c != '.').filter(|word| !word.is_empty());
    words.filter_map(|word| {
        let section = word.strip_prefix('§');
        let correction = word.strip_prefix('C').is_some_and(|rest| rest.parse::<u32>().is_ok());
        section.or(correction.then_some(word))
    })
}

#[test]
fn every_row_is_run_or_listed() {
    let rows = read(Path::new(FOLDER).join("rows.txt"));
    let rows = rows.lines().filter(|line| !line.starts_with('#'));
    let rows: BTreeSet<&str> = rows.map(|line| line.split_once(' ').expect("a row and what it says").0).collect();
    let mut run = BTreeSet::new();
    let json = files("deliveries", "json").into_iter().chain(files("answers", "json"));
    for file in files("suites", "yaml").into_iter().chain(json) {
        let text = read(&file);
        for note in
            text.lines().filter(|line| line.trim_start().starts_with(['n', '"']) && line.contains("amplify-live"))
        {
            let named: Vec<&str> = rows_of(note).collect();
            assert!(!named.is_empty(), "{}: no row in {note}", file.display());
            run.extend(named.into_iter().map(str::to_owned));
        }
    }
    let listed = read(Path::new(FOLDER).join("not-run.md"));
    let listed = listed.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |").map(|(row, _)| row.trim()));
    let listed: BTreeSet<&str> = listed.filter(|row| *row != "row" && !row.starts_with('-')).collect();
    let unknown: Vec<&str> =
        run.iter().map(String::as_str).chain(listed.iter().copied()).filter(|row| !rows.contains(row)).collect();
    assert!(unknown.is_empty(), "no such rows: {unknown:?}");
    let missing: Vec<&&str> = rows.iter().filter(|row| !run.contains(**row) && !listed.contains(**row)).collect();
    assert!(missing.is_empty(), "neither run nor listed: {missing:?}");
}
