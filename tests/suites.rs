//! Recorded decisions of builds that Amplify's own generator made: who may do what, at which stage it is refused,
//! and how many rows come back. A wrong "allowed" or "denied" here is the worst defect there is.
//!
//! Runs `suites/` and `suites-gen2/` of `tests/amplify`, or of the larger collection that `VTLENS_SUITES` names, as
//! `vtlens test` does. `tests/amplify/known-differences.txt` lists, with the reason, the cases in which we hold the
//! recording for wrong; a new difference fails, and so does a listed one that no longer differs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use vtlens::suite::{self, Options, Suite};

fn folder() -> PathBuf {
    packed::collection()
}

/// `SUITE | TEST | IDENTITY`
type Case = String;

/// The cases of `known-differences.txt`, each a line `SUITE | TEST | IDENTITY | reason`.
fn known() -> BTreeSet<Case> {
    let text = std::fs::read_to_string("tests/amplify/known-differences.txt").unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cases = lines.map(|line| {
        let (case, reason) = line.rsplit_once(" | ").unwrap_or_else(|| panic!("no reason: {line}"));
        assert_eq!(case.matches(" | ").count(), 2, "no `SUITE | TEST | IDENTITY | reason`: {line}");
        assert!(!reason.trim().is_empty(), "no reason: {line}");
        case.to_owned()
    });
    cases.collect()
}

/// `owner_basic.Note`, of Gen 2 `gen2/owner_basic.Note`.
fn name(file: &str) -> String {
    let path = Path::new(file);
    let name = path.file_name().unwrap().to_string_lossy();
    let gen2 = path.parent().is_some_and(|folder| folder.ends_with("suites-gen2"));
    format!("{}{}", if gen2 { "gen2/" } else { "" }, name.trim_end_matches(".vtlens.json"))
}

#[test]
fn amplify_builds_decide_as_recorded() {
    let folder = folder();
    let folders: Vec<PathBuf> =
        ["suites", "suites-gen2"].iter().map(|name| folder.join(name)).filter(|folder| folder.is_dir()).collect();
    let suites: Vec<Suite> = suite::find(&folders)
        .unwrap()
        .iter()
        .map(|file| Suite::load(file).unwrap_or_else(|e| panic!("{e:#}")))
        .collect();
    let report = suite::run(&suites, &Options::default(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"));

    let cases = report.passed + report.failed;
    let mut differences: BTreeMap<Case, String> = BTreeMap::new();
    for suite in &report.suites {
        let name = name(&suite.file);
        for case in suite.tests.iter().filter(|case| !case.pass) {
            let why = format!(
                "{}\n    expected {}\n    got      {:?}",
                case.differences.join("; "),
                case.expected,
                case.actual
            );
            differences.insert(format!("{name} | {} | {}", case.name, case.identity), why);
        }
    }
    println!("{} suites, {cases} cases, {} differ", report.suites.len(), differences.len());
    assert!(cases > 2500, "only {cases} cases ran");
    let ran: BTreeSet<String> = report.suites.iter().map(|suite| name(&suite.file)).collect();
    let known: BTreeSet<Case> =
        known().into_iter().filter(|case| case.split(" | ").next().is_some_and(|suite| ran.contains(suite))).collect();
    let new: Vec<String> = differences
        .iter()
        .filter(|(case, _)| !known.contains(*case))
        .map(|(case, how)| format!("{case}: {how}"))
        .collect();
    let gone: Vec<&Case> = known.iter().filter(|case| !differences.contains_key(*case)).collect();
    assert!(gone.is_empty(), "listed as known differences, but they agree now: take them out\n{gone:#?}");
    assert!(new.is_empty(), "{} of {cases} differ and are not listed:\n{}", new.len(), new.join("\n"));
}
