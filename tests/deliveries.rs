//! Would a subscriber receive this event? One case a file in `tests/delivery/cases`: arguments of a subscription and the
//! event a mutation publishes; the snapshot is the answer for people.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::process::Output;

use assert_cmd::Command;
use serde_json::Value as Json;

const API: &str = "tests/delivery/api";

fn explain(arguments: &[&str]) -> Output {
    let shared = ["explain", "--now", "2026-01-15T12:00:00Z"];
    Command::cargo_bin("vtlens").unwrap().args(shared).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

#[test]
fn events_reach_whom_they_should() {
    let folder = tempfile::tempdir().unwrap();
    let event = folder.path().join("event.json");
    insta::glob!("delivery/cases/*.json", |path| {
        let case: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        std::fs::write(&event, case["event"].to_string()).unwrap();
        let (field, args) = (case["field"].as_str().unwrap(), case["args"].to_string());
        let deliver = event.to_str().unwrap();
        let arguments = ["--api", API, "--field", field, "--args", &args, "--deliver", deliver];
        let text = explain(&arguments);
        let json = explain(&[&arguments[..], &["--format", "json"]].concat());
        let report: Json = serde_json::from_slice(&json.stdout).unwrap();
        let answer = format!(
            "{}\nexit {}\ndelivery {}\n",
            String::from_utf8(text.stdout).unwrap(),
            text.status.code().unwrap(),
            report["requests"][0]["fields"][0]["delivery"],
        );
        let protects = case["protects"].as_str().unwrap();
        insta::with_settings!({ description => protects, omit_expression => true, snapshot_path => "snapshots/delivery", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(answer);
        });
    });
}

#[test]
fn the_filters_of_a_generated_api_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, json: Json| {
        let path = folder.path().join(name);
        std::fs::write(&path, json.to_string()).unwrap();
        path.to_string_lossy().into_owned()
    };
    let identity = |groups: &[&str]| {
        serde_json::json!({ "mode": "userPool", "claims": {
            "sub": "u1", "username": "bob", "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Blog12345",
            "cognito:groups": groups,
        } })
    };
    let post = |owner: &str, editors: &[&str]| serde_json::json!({ "data": { "updatePost": { "id": "1", "owner": owner, "editors": editors } } });
    let none = "{}";
    for (groups, args, event, decision, code) in [
        (&["Writers"][..], none, post("eve", &["Writers"]), "allowed", Json::Null),
        // The answer of a mutation has the owner's name without his sub: that is what the filter compares.
        (&["Writers"], none, post("bob", &[]), "allowed", Json::Null),
        (&["Writers"], none, post("u1::bob", &[]), "filtered", "event-withheld".into()),
        (&["Writers"], none, post("eve", &["Editors"]), "filtered", "event-withheld".into()),
        (&["Writers"], none, serde_json::json!({ "id": "1" }), "filtered", "payload-lacks-filter-field".into()),
        (&["Admin"], none, post("eve", &[]), "allowed", Json::Null),
        // His own owner argument filters by itself; another's is refused.
        (&[], r#"{"owner": "bob"}"#, post("bob", &[]), "allowed", Json::Null),
        (&[], r#"{"owner": "bob"}"#, post("eve", &[]), "filtered", "event-withheld".into()),
        (&[], r#"{"owner": "eve"}"#, post("eve", &[]), "denied", "group-missing".into()),
        // A filter of his own and that of the rules must both hold.
        (&[], r#"{"filter": {"id": {"beginsWith": "1"}}}"#, post("bob", &[]), "allowed", Json::Null),
        (&[], r#"{"filter": {"id": {"in": ["1", "2"]}}}"#, post("eve", &[]), "filtered", "event-withheld".into()),
        (&[], r#"{"filter": {"id": {"notIn": ["1"]}}}"#, post("bob", &[]), "filtered", "event-withheld".into()),
        (&["Admin"], r#"{"filter": {"id": {"gt": "1"}}}"#, post("eve", &[]), "filtered", "event-withheld".into()),
        (
            &["Admin"],
            r#"{"filter": {"or": [{"id": {"between": ["3", "4"]}}, {"title": {"eq": "x"}}]}}"#,
            post("eve", &[]),
            "filtered",
            "payload-lacks-filter-field".into(),
        ),
    ] {
        let (who, event) = (write("who.json", identity(groups)), write("event.json", event));
        let arguments = ["--api", "templates/blog", "--field", "Subscription.onUpdatePost", "--identity", &who];
        let arguments = [&arguments[..], &["--args", args]].concat();
        let output = explain(&[&arguments[..], &["--deliver", &event, "--format", "json"]].concat());
        let report: Json = serde_json::from_slice(&output.stdout).unwrap();
        let field = &report["requests"][0]["fields"][0];
        assert_eq!(
            (&field["decision"], &field["cause"]["code"]),
            (&decision.into(), &code),
            "{groups:?} {args}: {field:#}"
        );
    }
}

#[test]
fn events_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut messages = String::new();
    for (name, field, event) in [
        ("a field that is no subscription", "Mutation.placeOrder", "{}"),
        ("an event that is no object", "Subscription.onOrder", "[1]"),
        ("half an event", "Subscription.onOrder", "{\"id\": \"1"),
        ("a subscription that is not there", "Subscription.onOrders", "{}"),
    ] {
        let path = folder.path().join("event.json");
        std::fs::write(&path, event).unwrap();
        let output = explain(&["--api", API, "--field", field, "--deliver", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        let message = String::from_utf8(output.stderr).unwrap().replace(&*folder.path().to_string_lossy(), "[folder]");
        messages.push_str(&format!("# {name}\n{message}\n"));
    }
    insta::assert_snapshot!(messages);
}
