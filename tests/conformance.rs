//! The language against recorded truth: 981 probes answered by Velocity 1.7 itself, and 8 published outputs of the
//! real service. Protects: what a template prints, what `#return` gives, and on which line a failure stands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Value as Json, json};
use vtlens::evaluate::ndjson_line;
use vtlens::limits::Env;

/// Recorded clocks and ids of the stand-in `$util` that the probes were made with.
const NOW: i64 = 1_704_067_200_000;

/// The probe's line is an input of `eval --ndjson` as it stands: further members are ignored.
fn answer(line: &str) -> Json {
    serde_json::from_str(&ndjson_line(line, &Env::at(NOW), &|_| Err("no files".into()))).unwrap()
}

fn difference(expect: &Json, answer: &Json, line_slack: i64) -> Option<String> {
    if expect["ok"] != answer["ok"] {
        return Some(format!("expected {expect}, got {answer}"));
    }
    if expect["ok"] == json!(true) {
        for key in ["out", "isReturn", "returned"] {
            if expect.get(key) != answer.get(key) {
                return Some(format!("{key}: expected {}, got {answer}", expect[key]));
            }
        }
        return None;
    }
    let (want, got) = (expect["line"].as_i64(), answer["line"].as_i64());
    match (want, got) {
        (Some(want), Some(got)) if (want - got).abs() > line_slack => {
            Some(format!("line: expected {want}, got {answer}"))
        }
        (_, None) => Some(format!("a failure without a line: {answer}")),
        _ => None,
    }
}

fn check(file: &str, line_slack: i64) -> usize {
    let text = std::fs::read_to_string(format!("tests/conformance/{file}")).unwrap();
    let probes: Vec<&str> = text.lines().collect();
    let failures: Vec<String> = probes
        .iter()
        .filter_map(|line| {
            let (probe, answer): (Json, Json) = (serde_json::from_str(line).unwrap(), answer(line));
            difference(&probe["expect"], &answer, line_slack)
                .map(|why| format!("{} {}\n    {why}", probe["id"], probe["template"]))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), probes.len(), failures.join("\n"));
    probes.len()
}

#[test]
fn velocity_1_7_answers_the_same() {
    assert_eq!(check("velocity-probes.jsonl", 0), 981);
}

#[test]
fn the_real_service_answered_the_same() {
    assert_eq!(check("real-appsync.jsonl", 1), 8);
}
