//! The sample APIs: every capture under `templates/` is replayed, and the answer is a snapshot that a person can
//! review. Protects what people read: the verdict, the chain, the rules and their wording; that the recorded answer
//! is reproduced; that no token of a capture is ever printed; and that README.md shows real output.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use vtlens::api::{Api, LoadOptions};
use vtlens::identity::IdentityFacts;
use vtlens::identity::jwks::KeySet;
use vtlens::render::{self, Options};
use vtlens::replay::Replay;
use vtlens::report::{Decision, Report};
use vtlens::request::read_capture;
use vtlens::source::Data;

fn captures() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("templates")
        .unwrap()
        .flat_map(|sample| std::fs::read_dir(sample.unwrap().path().join("captures")).into_iter().flatten())
        .map(|capture| capture.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "har"))
        .collect();
    found.sort();
    assert!(found.len() >= 15, "only {} captures", found.len());
    found
}

fn replayed(capture: &Path, identity: Option<&str>) -> Report {
    replayed_over(capture, identity, true)
}

fn replayed_over(capture: &Path, identity: Option<&str>, with_data: bool) -> Report {
    let sample = capture.parent().unwrap().parent().unwrap();
    let api = Api::open(sample, &LoadOptions::default()).unwrap();
    let mut replay = Replay::new(&api, 0);
    if with_data {
        replay.data = Data::load(api.defaults.data.as_ref().unwrap()).unwrap();
    }
    let jwks = api.defaults.jwks.as_ref().unwrap();
    replay.keys = Some(KeySet::read("jwks.json", &std::fs::read_to_string(jwks).unwrap()).unwrap());
    replay.facts = identity.map(|file| {
        IdentityFacts::read(file, &std::fs::read_to_string(sample.join("identities").join(file)).unwrap()).unwrap()
    });
    let requests = read_capture(&capture.to_string_lossy(), &std::fs::read(capture).unwrap()).unwrap();
    Report::new(requests.iter().map(|request| replay.request(request).unwrap()).collect())
}

#[test]
fn every_capture_gets_the_answer_that_was_reviewed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/samples");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for capture in captures() {
        let sample = capture.parent().unwrap().parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let name = format!("{sample}--{}", capture.file_stem().unwrap().to_string_lossy());
        let verbose = Options { verbose: true, ..Options::default() };
        settings.bind(|| insta::assert_snapshot!(name, render::text(&replayed(&capture, None), &verbose)));
    }
    for (file, identity) in [("denied-iam-role", "analyst"), ("denied-iam-role", "warehouse")] {
        let capture = PathBuf::from(format!("templates/handwritten/captures/{file}.har"));
        let report = replayed(&capture, Some(&format!("{identity}.json")));
        let text = render::text(&report, &Options::default());
        settings.bind(|| insta::assert_snapshot!(format!("handwritten--{file}--as-{identity}"), text));
    }
}

/// Who holds a capture seldom holds the tables. What the service answered shows which fields it let through and what
/// those below ran with; a decision that needs more is undecided, and none is another than the recorded one.
#[test]
fn without_data_the_recorded_answer_stands_in() {
    let mut lines = Vec::new();
    for capture in captures() {
        for request in replayed_over(&capture, None, false).requests {
            let entry = request.source.as_ref().and_then(|source| source.entry).unwrap_or_default();
            assert_ne!(request.reproduced, Some(false), "{} #{entry}", capture.display());
            let missing: Vec<_> = request.missing.iter().map(|missing| missing.fact.as_str()).collect();
            let decision = format!("{:?}", request.decision);
            lines.push(format!("{:<60} #{entry} {decision:<10} {}", capture.display(), missing.join(", ")));
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/samples");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("without-data", lines.join("\n")));
}

#[test]
fn what_was_recorded_is_reproduced() {
    for capture in captures() {
        for request in replayed(&capture, None).requests {
            // Undecided requests name the fact that is missing; every other answer must be the recorded one.
            if request.decision == Decision::Undecided {
                assert!(!request.missing.is_empty(), "{}: undecided without a fact", capture.display());
            } else {
                assert_eq!(request.reproduced, Some(true), "{}: {:?}", capture.display(), request.differences);
            }
        }
    }
}

#[test]
fn no_credential_of_a_capture_is_printed() {
    for capture in captures() {
        let har: Json = serde_json::from_str(&std::fs::read_to_string(&capture).unwrap()).unwrap();
        let headers = har["log"]["entries"].as_array().unwrap().iter().flat_map(|entry| {
            entry["request"]["headers"].as_array().unwrap().iter().filter(|header| {
                let name = header["name"].as_str().unwrap().to_ascii_lowercase();
                ["authorization", "x-api-key", "x-amz-security-token"].contains(&name.as_str())
            })
        });
        let report = replayed(&capture, None);
        let verbose = Options { verbose: true, trace: true, ..Options::default() };
        let printed = [render::text(&report, &verbose), render::json(&report)].concat();
        for header in headers {
            let secret = header["value"].as_str().unwrap();
            for part in secret.split(['.', ' ', ',', '=']).filter(|part| part.len() >= 20).chain([secret]) {
                // A SigV4 header's scope and signed header names are no secrets.
                let public = part.contains("aws4_request") || part.contains(';') || part.starts_with("AWS4-");
                assert!(public || !printed.contains(part), "{}: {part} is printed", capture.display());
            }
        }
    }
}

#[test]
fn the_readme_shows_real_output() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a text block");
    let capture = Path::new("templates/blog/captures/denied-update.har");
    let report = replayed(capture, None);
    assert_eq!(
        shown,
        render::text(&report, &Options::default()),
        "README.md shows other output than the command prints"
    );
}
