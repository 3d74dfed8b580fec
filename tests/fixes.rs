//! What would have allowed a request that was refused before any resolver: for each cause of the gate, of the schema
//! and of IAM, the fixes as people read them, in a snapshot. Protects that a fix is true: each is made to the request
//! by code of its own, from the report's JSON, and has to be let through; and that no fix holds a secret.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fmt::Write as _;

use serde_json::Value as Json;
use support::authorization::Setup;
use support::edits::edited;

const FILES: [&str; 4] = ["gate", "schema", "iam", "fixes"];

fn cases() -> Vec<(String, Json)> {
    let read = |file: &str| {
        let text = std::fs::read_to_string(format!("tests/authorization/{file}.json")).unwrap();
        let cases: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        cases["cases"].as_array().unwrap().clone()
    };
    FILES.iter().flat_map(|file| read(file).into_iter().map(|case| ((*file).to_owned(), case))).collect()
}

/// Every fix of a report, of the request and of its fields, with the path of the field.
fn fixes(report: &Json) -> Vec<(Json, Json)> {
    let of = |from: &Json| from["fixes"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<_> = of(report).into_iter().map(|fix| (Json::Null, fix)).collect();
    for field in report["fields"].as_array().into_iter().flatten() {
        found.extend(of(field).into_iter().map(|fix| (field["path"].clone(), fix)));
    }
    found
}

fn json(report: &vtlens::report::RequestReport) -> Json {
    serde_json::to_value(report).unwrap()
}

/// What is wrong with the answer to a request that a fix was made to; nothing when it flips.
fn wrong(after: &Json, path: &Json, open: bool) -> Option<String> {
    let passes = |decision: &Json| match decision.as_str() {
        Some("allowed" | "filtered") => true,
        Some("undecided") => open,
        _ => false,
    };
    let fields = after["fields"].as_array().map_or(&[][..], Vec::as_slice);
    let decision = match path {
        Json::Null => after["decision"].clone(),
        path => {
            let own = fields.iter().find(|field| field["path"] == *path);
            // Below the root, a field that is not told of came through; unless one above did not.
            let above = |field: &&Json| {
                let prefix = field["path"].as_array().unwrap();
                prefix.len() < path.as_array().unwrap().len() && path.as_array().unwrap().starts_with(prefix)
            };
            match own.or_else(|| fields.iter().find(above)) {
                Some(field) => field["decision"].clone(),
                None => after["decision"].clone(),
            }
        }
    };
    let passed = after["gate"]["outcome"] == "passed" && passes(&decision);
    (!passed).then(|| format!("{decision}: gate {}, {}", after["gate"]["outcome"], after["cause"]))
}

#[test]
fn each_refusal_before_a_resolver_has_the_fixes_that_were_reviewed() {
    let (mut text, mut failures) = (String::new(), String::new());
    let (mut denied, mut with, mut shown) = (0, 0, 0);
    for (file, case) in cases() {
        let report = json(&Setup::of(&case).explained());
        if report["decision"] != "denied" {
            continue;
        }
        denied += 1;
        let found = fixes(&report);
        with += usize::from(!found.is_empty());
        writeln!(text, "{file}: {}\n  {}", case["why"].as_str().unwrap(), report["cause"]["code"].as_str().unwrap())
            .unwrap();
        for (path, fix) in &found {
            shown += 1;
            let of = path.as_array().map(|path| path.iter().map(Json::to_string).collect::<Vec<_>>().join("."));
            let of = of.map(|path| format!(" ({})", path.replace('"', ""))).unwrap_or_default();
            let open: Vec<&str> = fix["open"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            let open = if open.is_empty() { String::new() } else { format!(" [open: {}]", open.join(", ")) };
            writeln!(text, "  • {}{of}{open}", fix["text"].as_str().unwrap()).unwrap();
            let after = edited(&case, fix["edits"].as_array().unwrap());
            let again = json(&Setup::of(&after).run());
            if let Some(wrong) = wrong(&again, path, fix["open"].is_array()) {
                writeln!(failures, "{}\n  {}\n  {wrong}\n  {}\n", case["why"], fix["text"], fix["edits"]).unwrap();
            }
        }
    }
    writeln!(text, "\n{denied} refused, {with} with a fix, {shown} fixes").unwrap();
    insta::assert_snapshot!("fixes", text);
    assert!(failures.is_empty(), "{failures}");
}
