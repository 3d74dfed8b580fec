//! The language against recorded truth: 981 probes answered by Velocity 1.7 itself, 8 published outputs of the
//! real service, and 1,200 templates made at random, answered by Velocity 1.7. Protects: what a template prints, what `#return` gives, and on which line a failure stands.
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

/// Asserts that all probes are answered as recorded, except the `known` ones; the number of probes.
fn check(text: &str, line_slack: i64, known: &[&str]) -> usize {
    let mut differences = Vec::new();
    for line in text.lines() {
        let (probe, answer): (Json, Json) = (serde_json::from_str(line).unwrap(), answer(line));
        let difference = difference(&probe["expect"], &answer, line_slack);
        let id = probe["id"].as_str().unwrap();
        match (difference, known.contains(&id)) {
            (Some(why), false) => differences.push(format!("{id} {}\n    {why}", probe["template"])),
            (None, true) => differences.push(format!("{id} is answered as recorded now: take it off the list")),
            _ => {}
        }
    }
    let count = text.lines().count();
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), differences.join("\n"));
    count
}

fn read(file: &str) -> String {
    let path = format!("tests/conformance/{file}");
    match std::fs::read_to_string(&path) {
        Ok(text) => text,
        // What a machine made lies packed.
        Err(_) => {
            let mut text = String::new();
            let packed = std::fs::File::open(path + ".gz").unwrap();
            std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed), &mut text).unwrap();
            text
        }
    }
}

#[test]
fn velocity_1_7_answers_the_same() {
    assert_eq!(check(&read("velocity-probes.jsonl"), 0, &[]), 981);
}

#[test]
fn the_real_service_answered_the_same() {
    assert_eq!(check(&read("real-appsync.jsonl"), 1, &[]), 8);
}

/// Corners of Velocity's lexer that no sensible template reaches; each is described in COMPATIBILITY.md.
const KNOWN: [&str; 14] = [
    "g0647", "g0714", "g0755", "g0847", "g0891", "g0923", "g0960", "g1000", "g1019", "g1098", "g1121", "g1143",
    "g1169", "g1199",
];

#[test]
fn generated_templates_are_answered_as_velocity_1_7_does() {
    // They share their variables.
    let vars = read("generated-vars.json");
    let open = format!("{{\"vars\": {}, ", vars.trim());
    let probes = read("generated.jsonl").replace("{\"id\"", &format!("{open}\"id\""));
    assert_eq!(check(&probes, 0, &KNOWN), 1200);
}
