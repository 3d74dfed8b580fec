//! Suites made from an API: what is made is read by the reader of all suites, and holds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};

use vtlens::api::{Api, LoadOptions};
use vtlens::suite::{self, Suite, generate};

/// The sample APIs, and the small builds.
fn apis() -> Vec<PathBuf> {
    let builds = std::env::var_os("VTLENS_SUITES").map_or_else(|| PathBuf::from("tests/amplify"), PathBuf::from);
    let mut found: Vec<PathBuf> =
        ["blog", "classic", "handwritten"].map(|name| Path::new("templates").join(name)).into();
    for folder in ["builds", "builds-gen2"] {
        let Ok(entries) = std::fs::read_dir(builds.join(folder)) else { continue };
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        found.extend(folders);
    }
    found
}

#[test]
fn what_is_made_holds() {
    for path in apis() {
        let api = Api::open(&path, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e:#}"));
        let mut draft =
            generate::draft(&api, &generate::Options::default(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
        draft.measure(&api).unwrap_or_else(|e| panic!("{e:#}"));
        let suite = Suite::read("made.json", &draft.to_json()).unwrap_or_else(|e| panic!("{}: {e:#}", path.display()));
        let options = suite::Options { api: Some(path.clone()), ..suite::Options::default() };
        let report = suite::run(&[suite], &options, &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
        let wrong: Vec<_> = report.failures().map(|case| (&case.name, &case.identity, &case.differences)).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
        println!("{}: {} tests, {} callers", path.display(), draft.tests.len(), draft.identities.len());
    }
}
