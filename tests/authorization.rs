//! Whole requests against small APIs: which stage decides, why, and how AppSync words it. The cases are in
//! `tests/authorization/*.json`, each saying what it protects; the worked table of the reference is among them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use serde_json::{Value as Json, json};
use support::authorization::{Setup, outcome};

/// Every case of a file, checked.
fn holds(file: &str) -> usize {
    let text = std::fs::read_to_string(format!("tests/authorization/{file}")).unwrap();
    let cases: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut wrong = Vec::new();
    let cases = cases["cases"].as_array().unwrap();
    for case in cases {
        let report = Setup::of(case).run();
        let expected = case["expect"].as_object().unwrap_or_else(|| panic!("no `expect`: {case}"));
        let is = outcome(&report);
        for (key, wanted) in expected {
            let fits = match key.as_str() {
                "says" | "hazard" | "missing" | "note" => {
                    is[key].as_str().unwrap_or_default().contains(wanted.as_str().unwrap())
                }
                _ => is[key] == *wanted,
            };
            if !fits {
                wrong.push(format!("{}\n  expected {key} {wanted}\n  was      {}", case["why"], is[key]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    cases.len()
}

#[test]
fn the_worked_table_of_the_reference() {
    assert_eq!(holds("worked-table.json"), 11);
}

#[test]
fn directives_groups_and_denied_fields() {
    assert!(holds("schema.json") >= 20);
}

#[test]
fn policies_before_the_schema() {
    assert!(holds("iam.json") >= 12);
}

#[test]
fn each_cause_of_the_gate() {
    assert!(holds("gate.json") >= 23);
    let text = std::fs::read_to_string("tests/authorization/gate.json").unwrap();
    let codes = json!(text);
    for code in support::authorization::GATE_CODES {
        assert!(codes.as_str().unwrap().contains(&format!("\"cause\": \"{code}\"")), "no case for {code}");
    }
}
