//! The outputs of helpers that are documented or recorded, and our readings where nothing is: one template a row of
//! `tests/conformance/util-vectors.jsonl`. A row names the part of the reference it belongs to (`section`: 1 JSON,
//! 2 encoding … 15.1 DynamoDB expressions, 15.3 subscription filters … 20 extensions) and its `evidence`: `documented`,
//! `recorded` (from the service), `observed` (public code relies on it), `java` (Java's own rule), `emulator`,
//! `inference`; the last two are unverified.
//!
//! Members: `template`, `context`, `now` (the clock), and what must come: `expect` (the text, byte for byte, or the value
//! of `#return`), or `fails` (kind, message, type, data, info: those that are given); then `logs`, `outErrors`,
//! `responseHeaders` where they matter.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Value as Json, json};
use vtlens::compile::compile;
use vtlens::eval::{Context, End, Failure, NoTrace, Session};
use vtlens::evaluate::{auth_type, returned_text};
use vtlens::limits::Env;
use vtlens::util::Host;
use vtlens::value::json::{from_json, to_json_value};

/// The moment of the guide's examples.
const NOW: i64 = 1_517_943_695_749;
const MEMBERS: [&str; 10] =
    ["id", "section", "evidence", "template", "context", "now", "expect", "fails", "logs", "outErrors"];
const EVIDENCE: [&str; 6] = ["documented", "recorded", "observed", "java", "emulator", "inference"];

#[test]
fn helpers_answer_as_documented_and_recorded() {
    let text = std::fs::read_to_string("tests/conformance/util-vectors.jsonl").unwrap();
    let mut differences = Vec::new();
    for line in text.lines() {
        let row: Json = serde_json::from_str(line).unwrap();
        for key in row.as_object().unwrap().keys() {
            assert!(MEMBERS.contains(&key.as_str()) || key == "responseHeaders", "a member that means nothing: {line}");
        }
        assert!(EVIDENCE.contains(&row["evidence"].as_str().unwrap()), "{line}");
        assert!(row.get("expect").is_some() != row.get("fails").is_some(), "one of two: {line}");
        if let Some(difference) = difference(&row) {
            differences.push(format!("{} {}\n    {difference}", row["id"], row["template"]));
        }
    }
    let count = text.lines().count();
    assert!(count > 400, "only {count} rows");
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), differences.join("\n"));
}

/// What comes instead of what the row says.
fn difference(row: &Json) -> Option<String> {
    let program = match compile("template", row["template"].as_str().unwrap()) {
        Ok(program) => program,
        Err(error) => return Some(format!("does not parse: {error}")),
    };
    let context = Context::from_value(&from_json(&row["context"]));
    let env = Env::at(row["now"].as_i64().unwrap_or(NOW));
    let mut host = Host { shown_errors: context.out_errors.clone(), ..Host::new(&env, auth_type(&context.identity)) };
    let bean = context.to_value();
    let outcome = Session::new(&program).run([("ctx", bean.clone()), ("context", bean)], &mut host, &mut NoTrace);
    let got = match (&outcome.end, row.get("fails")) {
        (End::Failed(failure), Some(expected)) => failed(failure, expected),
        (End::Failed(failure), None) => Some(format!("fails: {}", failure.message)),
        (_, Some(_)) => Some(format!("does not fail: {:?}", outcome.output)),
        (End::Finished, None) => unless_equal(&row["expect"], json!(outcome.output)),
        (End::Returned(value), None) => unless_equal(&row["expect"], json!(returned_text(value))),
    };
    let out_errors: Vec<Json> = host.out_errors.iter().map(|error| to_json_value(&error.to_value())).collect();
    got.or_else(|| unless_equal(row.get("logs")?, json!(host.logs)))
        .or_else(|| unless_equal(row.get("outErrors")?, json!(out_errors)))
        .or_else(|| unless_equal(row.get("responseHeaders")?, json!(host.response_headers)))
}

fn failed(failure: &Failure, expected: &Json) -> Option<String> {
    let got = json!({
        "kind": format!("{:?}", failure.kind).to_lowercase(),
        "message": failure.message,
        "type": failure.error_type,
        "data": to_json_value(&failure.data),
        "info": to_json_value(&failure.info),
    });
    expected.as_object().unwrap().iter().find_map(|(name, expected)| unless_equal(expected, got[name].clone()))
}

fn unless_equal(expected: &Json, got: Json) -> Option<String> {
    (*expected != got).then(|| format!("expected {expected}\n    got      {got}"))
}
