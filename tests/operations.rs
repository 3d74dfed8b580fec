//! Whole operations: `tests/operations/cases/*.graphql` run against the API beside them, as a member of a user pool.
//! Each snapshot is the answer, byte for byte, and what the report says of each field that did not simply pass.
//! Protects the order of keys, nulls and where they go, errors with their paths and places, and what nested
//! resolvers see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value as Json, json};
use vtlens::api::{Api, LoadOptions};
use vtlens::identity::IdentityFacts;
use vtlens::replay::Replay;
use vtlens::report::Decision;
use vtlens::request::read_capture;
use vtlens::source::Data;

/// `# key: value` lines in front of the document.
fn head<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(": "))
}

fn answered(case: &Path) -> String {
    let text = std::fs::read_to_string(case).unwrap();
    assert!(head(&text, "protects").is_some(), "{}: says not what it protects", case.display());
    let groups: Json = head(&text, "groups").map_or(Json::Null, |groups| serde_json::from_str(groups).unwrap());
    let variables: Json = head(&text, "variables").map_or(json!({}), |json| serde_json::from_str(json).unwrap());
    let api = Api::open(Path::new("tests/operations/api"), &LoadOptions::default()).unwrap();
    let mut replay = Replay::new(&api, 1_767_323_045_678);
    replay.data = Data::load(api.defaults.data.as_ref().unwrap()).unwrap();
    let identity = json!({
        "mode": "userPool",
        "claims": { "sub": "u1", "username": "una", "cognito:groups": groups }
    });
    replay.facts = Some(IdentityFacts::read("identity.json", &identity.to_string()).unwrap());
    let request = json!({ "query": text, "variables": variables }).to_string();
    let request = read_capture("request.json", request.as_bytes()).unwrap().remove(0);
    let report = replay.request(&request).unwrap();

    let mut out = serde_json::to_string_pretty(&report.response.unwrap().body).unwrap();
    write!(out, "\n\n{:?}", report.decision).unwrap();
    for field in report.fields.iter().filter(|field| field.decision != Decision::Allowed) {
        let path: Vec<String> =
            field.path.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect();
        let cause = field.cause.as_ref().map_or_else(String::new, |cause| format!("{}: {}", cause.code, cause.text));
        write!(out, "\n{} {:?} {:?}\n    {cause}", path.join("."), field.decision, field.stage).unwrap();
    }
    out
}

#[test]
fn operations_are_answered_as_appsync_answers_them() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/operations");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut cases: Vec<_> =
        std::fs::read_dir("tests/operations/cases").unwrap().map(|case| case.unwrap().path()).collect();
    cases.sort();
    for case in cases {
        let name = case.file_stem().unwrap().to_string_lossy().into_owned();
        settings.bind(|| insta::assert_snapshot!(name, answered(&case)));
    }
}
