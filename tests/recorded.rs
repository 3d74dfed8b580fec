//! Captures that a browser and curl wrote themselves (`templates/tools/record`), replayed over the sample API they were
//! recorded for. Protects: that real exports are read, with everything around the request that a written one lacks; that
//! the decision is the one of the reference, by the right check or template; that the recorded answer is reproduced.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value as Json, json};
use vtlens::api::{Api, LoadOptions};
use vtlens::identity::IdentityFacts;
use vtlens::identity::jwks::KeySet;
use vtlens::replay::Replay;
use vtlens::report::RequestReport;
use vtlens::request::read_capture;
use vtlens::source::Data;

const FOLDER: &str = "tests/recordings";

fn cases() -> Vec<Json> {
    serde_json::from_str(&std::fs::read_to_string("tests/recordings.json").unwrap()).unwrap()
}

/// What became of each request, in the form of `expected.json`.
fn answers(case: &Json) -> Result<Json, String> {
    let file = Path::new(FOLDER).join(case["capture"].as_str().unwrap());
    let requests = read_capture(&file.to_string_lossy(), &std::fs::read(&file).unwrap()).map_err(|e| e.to_string())?;
    let sample = Path::new("templates/blog");
    let api = Api::open(sample, &LoadOptions::default()).unwrap();
    let mut replay = Replay::new(&api, 0);
    replay.data = Data::load(&sample.join("data")).unwrap();
    replay.keys = Some(KeySet::read("jwks.json", &std::fs::read_to_string(sample.join("jwks.json")).unwrap()).unwrap());
    replay.facts = case.get("identity").map(|facts| IdentityFacts::read("identity", &facts.to_string()).unwrap());
    if case.get("now").is_some() {
        replay.now_ms = Some(time_of_recording());
    }
    let reports = requests.iter().map(|request| replay.request(request).unwrap());
    Ok(reports.map(|report| answer(&report)).collect())
}

fn answer(report: &RequestReport) -> Json {
    assert_ne!(report.reproduced, Some(false), "{:?}", report.differences);
    let mut answer = json!({ "decision": report.decision });
    let mut add = |name: &str, value: Option<Json>| {
        if let Some(value) = value {
            answer[name] = value;
        }
    };
    add("status", report.recorded.as_ref().map(|recorded| json!(recorded.status)));
    add("stage", report.stage.map(|stage| json!(stage)));
    add("cause", report.cause.as_ref().map(|cause| json!(cause.code)));
    let missing: Vec<&str> = report.missing.iter().map(|missing| missing.fact.as_str()).collect();
    add("missing", (!missing.is_empty()).then(|| json!(missing)));
    answer
}

/// When the browser's part of the recording was made.
fn time_of_recording() -> i64 {
    let har: Json =
        serde_json::from_str(&std::fs::read_to_string(format!("{FOLDER}/devtools-session.har")).unwrap()).unwrap();
    let at = har["log"]["entries"][0]["startedDateTime"].as_str().unwrap();
    at.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[test]
fn every_recording_is_decided_as_it_was_answered() {
    let mut held = 0;
    for case in cases() {
        let name = case["capture"].as_str().unwrap();
        let answers = answers(&case);
        match case.get("pending") {
            None => {
                assert_eq!(answers.as_ref(), Ok(&case["requests"]), "{name}");
                held += 1;
            }
            Some(_) => {
                assert_ne!(answers.as_ref(), Ok(&case["requests"]), "{name} passes: it is no longer pending");
            }
        }
    }
    assert!(held >= 9, "only {held}");
}

#[test]
fn every_recording_is_expected_to_be_something() {
    let expected: BTreeSet<String> = cases().iter().map(|case| case["capture"].as_str().unwrap().to_owned()).collect();
    let there: BTreeSet<String> =
        std::fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, expected);
    assert!(there.len() >= 8);
}
