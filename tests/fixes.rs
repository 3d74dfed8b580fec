//! What would have allowed a request that was refused before any resolver: for each cause of the gate, of the schema
//! and of IAM, the fixes as people read them, in a snapshot. Protects that a fix is true: each is made to the request
//! by code of its own, from the report's JSON, and has to be let through; and that no fix holds a secret.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::fmt::Write as _;

use serde_json::Value as Json;
use std::path::Path;
use support::authorization::Setup;
use support::case_edits::{edited, fixes, wrong};
use vtlens::api::{Api, LoadOptions};
use vtlens::render::{self, Options};
use vtlens::replay::{Replay, SentToken};
use vtlens::report::Report;
use vtlens::request::read_capture;
use vtlens::source::Data;

const FILES: [&str; 4] = ["gate", "schema", "iam", "fixes"];

fn cases() -> Vec<(String, Json)> {
    let read = |file: &str| {
        let text = std::fs::read_to_string(format!("tests/authorization/{file}.json")).unwrap();
        let cases: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        cases["cases"].as_array().unwrap().clone()
    };
    FILES.iter().flat_map(|file| read(file).into_iter().map(|case| ((*file).to_owned(), case))).collect()
}

/// What nobody may read in a fix: the words of the credentials that were sent, keys that exist, any token.
fn secrets(case: &Json) -> Vec<String> {
    let sent = case["headers"].as_object().into_iter().flat_map(|headers| headers.values()).filter_map(Json::as_str);
    let words = sent.flat_map(str::split_whitespace).filter(|word| word.len() > 7 && !word.starts_with('{'));
    let keys = case["identity"]["apiKeys"].as_array().into_iter().flatten().filter_map(|key| key["id"].as_str());
    words.chain(keys).chain(["eyJ", "Signature", "da2-"]).map(str::to_owned).collect()
}

fn json(report: &vtlens::report::RequestReport) -> Json {
    serde_json::to_value(report).unwrap()
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
            for secret in secrets(&case) {
                assert!(!fix.to_string().contains(&secret), "{} shows `{secret}`: {fix}", case["why"]);
            }
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

/// The answer about an entry of a sample's capture, as the command prints it.
fn printed(sample: &str, capture: &str, entry: usize) -> String {
    let folder = Path::new("templates").join(sample);
    let api = Api::open(&folder, &LoadOptions::default()).unwrap();
    let mut replay = Replay::new(&api, 0);
    replay.data = Data::load(api.defaults.data.as_ref().unwrap()).unwrap();
    let file = folder.join("captures").join(capture);
    let requests = read_capture(capture, &std::fs::read(file).unwrap()).unwrap();
    replay.tokens = requests.iter().filter_map(SentToken::of).collect();
    let chosen = requests.iter().find(|request| request.source.entry == Some(entry)).unwrap();
    render::text(&Report::new(vec![replay.request(chosen).unwrap()]), &Options::default())
}

/// The page shows what the command prints: a token of another entry, and a fix that leaves something open.
#[test]
fn the_page_shows_real_output() {
    let page = std::fs::read_to_string("docs/fixes.md").unwrap();
    let blocks: Vec<String> = page
        .split("\n\n")
        .filter(|block| block.starts_with("    "))
        .map(|block| block.lines().map(|line| format!("{}\n", &line[2..])).collect())
        .collect();
    assert_eq!(blocks.len(), 2);
    for (block, (sample, capture, entry)) in
        blocks.iter().zip([("blog", "session.har", 3), ("handwritten", "denied-iam.har", 1)])
    {
        let text = printed(sample, capture, entry);
        assert!(text.contains(block.as_str()), "the page has\n{block}\nand the command prints\n{text}");
    }
}
