//! Suites made from an API: what is made is read by the reader of all suites, and holds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    if let Some(only) = std::env::var_os("ONLY") {
        found.retain(|p| p.to_string_lossy().contains(&*only.to_string_lossy()));
    }
    found
}

#[test]
fn what_is_made_holds() {
    for path in apis() {
        let api = Arc::new(Api::open(&path, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e:#}")));
        let t = std::time::Instant::now();
        let draft = generate::suite(&api, &generate::Options::default(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
        let t = t.elapsed();
        let suite = Suite::read("made.json", &draft.to_json()).unwrap_or_else(|e| panic!("{}: {e:#}", path.display()));
        let options = suite::Options { api: Some(path.clone()), coverage: true, ..suite::Options::default() };
        let report = suite::run(&[suite], &options, &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
        let wrong: Vec<_> = report.failures().map(|case| (&case.name, &case.identity, &case.differences)).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
        let coverage = report.coverage.as_ref().unwrap();
        let b = coverage.auth.branches;
        println!(
            "{}: {} tests, {} callers, {:.1}% {}/{} {} {t:?}",
            path.display(),
            draft.tests.len(),
            draft.identities.len(),
            b.percent(),
            b.covered,
            b.total,
            b.unreachable
        );
        if std::env::var_os("SHOW").is_some() {
            for template in &coverage.apis[0].templates {
                if !template.auth {
                    continue;
                }
                for branch in template.branches.iter().filter(|b| b.count == 0 && b.unreachable.is_none()) {
                    println!("   {}:{} {:?} {}", template.template, branch.line, branch.kind, branch.condition);
                }
            }
            println!("{}", draft.to_json());
        }
    }
}
