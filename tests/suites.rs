//! Recorded decisions of builds that Amplify's own generator made: who may do what, at which stage it is refused,
//! and how many rows come back. A wrong "allowed" or "denied" here is the worst defect there is.
//!
//! Runs `suites/` and `suites-gen2/` of `tests/amplify`, or of the folder that `VTLENS_SUITES` names, as `vtlens test`
//! does. A folder's `known-differences.txt` lists, with the reason, the cases in which we hold the recording for wrong;
//! a new difference fails, and so does a listed one that no longer differs. A folder without that file passes when 995
//! of 1,000 cases agree.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use vtlens::suite::{self, Options, Suite};

fn folder() -> PathBuf {
    std::env::var_os("VTLENS_SUITES").map_or_else(|| PathBuf::from("tests/amplify"), PathBuf::from)
}

/// `SUITE | TEST | IDENTITY`
type Case = String;

/// The cases of `known-differences.txt`, each a line `SUITE | TEST | IDENTITY | reason`.
fn known(file: &Path) -> Option<BTreeSet<Case>> {
    let text = std::fs::read_to_string(file).ok()?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cases = lines.map(|line| {
        let (case, reason) = line.rsplit_once(" | ").unwrap_or_else(|| panic!("no reason: {line}"));
        assert_eq!(case.matches(" | ").count(), 2, "no `SUITE | TEST | IDENTITY | reason`: {line}");
        assert!(!reason.trim().is_empty(), "no reason: {line}");
        case.to_owned()
    });
    Some(cases.collect())
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
        let name = Path::new(&suite.file).file_name().unwrap().to_string_lossy().into_owned();
        let name = name.trim_end_matches(".vtlens.json");
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
    let listed = known(&folder.join("known-differences.txt"));
    let known = listed.clone().unwrap_or_default();
    let new: Vec<String> = differences
        .iter()
        .filter(|(case, _)| !known.contains(*case))
        .map(|(case, how)| format!("{case}: {how}"))
        .collect();
    let gone: Vec<&Case> = known.iter().filter(|case| !differences.contains_key(*case)).collect();
    assert!(gone.is_empty(), "listed as known differences, but they agree now: take them out\n{gone:#?}");
    assert!(report.failed * 1000 <= cases * 5, "{} of {cases} differ:\n{}", report.failed, new.join("\n"));
    if listed.is_some() {
        assert!(new.is_empty(), "{} of {cases} differ and are not listed:\n{}", new.len(), new.join("\n"));
    } else {
        println!("{}", new.join("\n"));
    }
}
