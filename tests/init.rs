//! Suites made from an API: what is made is read by the reader of all suites, holds, and is the same every time.
//! `VTLENS_SUITES=FOLDER` makes one for every build of a folder of the shape of `tests/amplify/`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use assert_cmd::Command;
use vtlens::api::{Api, LoadOptions};
use vtlens::suite::generate::{self, Draft, Summary};
use vtlens::suite::{self, Suite};

/// Of the branches that decide about access, in percent: less says that the search got worse. What is left is
/// mostly what a data source answers with an error, and what the templates of old transformers write down and no
/// request reaches.
const LEAST: f64 = 90.0;

/// Small ones, and whatever builds there are.
fn apis() -> Vec<PathBuf> {
    let Some(builds) = std::env::var_os("VTLENS_SUITES").map(PathBuf::from) else {
        return ["templates/handwritten", "tests/amplify/builds/owner_basic", "tests/amplify/builds/groups_static"]
            .map(packed::at)
            .into();
    };
    let mut found = Vec::new();
    for folder in ["builds", "builds-gen2"] {
        let Ok(entries) = std::fs::read_dir(builds.join(folder)) else { continue };
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        found.extend(folders);
    }
    found
}

fn made(path: &Path) -> Draft {
    let api = Arc::new(Api::open(path, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e:#}")));
    generate::suite(&api, &generate::Options::default(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"))
}

#[test]
fn what_is_made_holds_and_takes_most_branches() {
    for path in apis() {
        let started = Instant::now();
        let draft = made(&path);
        let seconds = started.elapsed().as_secs_f64();
        let text = suite::yaml(&draft, "made");
        let suite =
            Suite::read("made.vtlens.yaml", &text).unwrap_or_else(|e| panic!("{}: {e:#}\n{text}", path.display()));
        let options = suite::Options { api: Some(path.clone()), coverage: true, ..suite::Options::default() };
        let report = suite::run(&[suite], &options, &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
        let wrong: Vec<_> = report.failures().map(|case| (&case.name, &case.identity, &case.differences)).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
        let summary = Summary::new(&draft, &report, "made", None);
        let branches = summary.branches;
        println!(
            "{}: {} tests, {} decisions, {} callers, {}/{} branches, {:.1} %, {seconds:.1} s",
            path.display(),
            summary.tests,
            summary.decisions,
            summary.identities.len(),
            branches.covered,
            branches.total,
            branches.percent(),
        );
        for open in &summary.uncovered {
            println!("    {}:{} {:?} {}", open.template, open.line, open.kind, open.condition);
        }
        assert!(branches.percent() >= LEAST, "{}: {:.1} %", path.display(), branches.percent());
    }
}

/// Callers are made of the rules, not of the models; an expectation is a decision, not a guess.
#[test]
fn an_owner_build_has_an_owner_and_a_stranger() {
    let draft = made(&packed::at("tests/amplify/builds/owner_basic"));
    let people: Vec<&str> = draft.identities.keys().take(2).map(String::as_str).collect();
    assert_eq!(people, ["owner", "stranger"]);
    assert!(draft.identities.len() <= 6, "{:?}", draft.identities.keys());
    let test = draft.tests.iter().find(|test| test.field == "Mutation.updateNote").unwrap();
    assert_eq!(test.name, "only owner may update a Note");
    assert_eq!(test.expect["owner"], "allow");
}

/// The file is written, tells what it is, runs green, and is not written over; twice it is the same to the byte.
#[test]
fn the_command_writes_a_suite_that_passes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.vtlens.yaml");
    let init = |more: &[&str]| {
        let mut command = Command::cargo_bin("vtlens").unwrap();
        command.args(["init", "--api", "templates/handwritten", "--color", "never", "-o"]).arg(&file).args(more);
        command
    };
    let summary = String::from_utf8(init(&[]).assert().code(0).get_output().stdout.clone()).unwrap();
    assert!(summary.contains("all as measured"), "{summary}");
    let first = std::fs::read_to_string(&file).unwrap();
    assert!(first.starts_with("# Who may do what in handwritten."), "{first}");
    let refused = init(&[]).assert().code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("--force"));
    let json = init(&["--force", "--format", "json"]).assert().code(0);
    let json: serde_json::Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    assert_eq!(json["schema"], generate::SCHEMA);
    assert_eq!(json["decisions"], json["passed"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
    Command::cargo_bin("vtlens").unwrap().arg("test").arg(&file).assert().code(0);
}

/// What a test holds itself takes the place of what the suite holds, table by table, for that test alone.
#[test]
fn a_test_may_hold_data_of_its_own() {
    let text = r#"
now: 2026-01-15T12:00:00Z
identities:
  eve: { mode: userPool, claims: { sub: e1, "cognito:username": eve } }
data:
  NoteTable: [{ id: "1", owner: "b1::bob", text: hers }]
tests:
  - name: hers in this test
    field: Query.getNote
    arguments: { id: "1" }
    data: { NoteTable: [{ id: "1", owner: "e1::eve", text: mine }] }
    expect: { eve: allow }
  - name: and his in the next
    field: Query.getNote
    arguments: { id: "1" }
    expect: { eve: deny }
"#;
    let suite = Suite::read("own.vtlens.yaml", text).unwrap_or_else(|e| panic!("{e:#}"));
    let api = Some(packed::at("tests/amplify/builds/owner_basic"));
    let report = suite::run(&[suite], &suite::Options { api, ..suite::Options::default() }, &|| {}).unwrap();
    let wrong: Vec<_> = report.failures().map(|case| (&case.name, &case.differences)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_page_shows_real_output() {
    let page = std::fs::read_to_string("docs/init.md").unwrap();
    let shown = page.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let api = std::fs::canonicalize("templates/handwritten").unwrap();
    let mut command = assert_cmd::Command::cargo_bin("vtlens").unwrap();
    command.current_dir(folder.path()).env("COLUMNS", "100").env_remove("CLICOLOR_FORCE");
    let output = command.arg("init").arg("--api").arg(api).args(["-o", "orders-first.vtlens.yaml"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), shown);
}
