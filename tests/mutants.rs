//! A change of one `@auth` rule does not pass unnoticed. Each mutant in `tests/mutants/` is what Amplify's generator makes
//! of a sample's schema with one rule taken out, made wider or narrower, or given another group, owner or claim
//! (`templates/tools/mutate.mjs` writes them). `vtlens diff` of the sample and the mutant, with requests that it makes
//! itself, has to find a decision that flipped; or at least a suite of the sample fails on it.
//!
//! `tests/mutants/unnoticed.txt` lists, with the reason, the mutants that `vtlens diff` does not notice, and whether a suite
//! does: one that is not listed fails here, and so does a listed one that is noticed.
//!
//! A sample of the mutants is run, and the diff on half of them and on all that no suite notices; with
//! `VTLENS_MUTANTS=all` everything. `VTLENS_SUITES=FOLDER` runs `FOLDER/mutants` over `FOLDER/builds` and `FOLDER/suites`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;
#[path = "mutants/sample.rs"]
mod sample;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sample::{Mutant, Sample};
use tempfile::TempDir;
use vtlens::api::{Api, LoadOptions};
use vtlens::suite::generate::{self, Draft};
use vtlens::suite::{self, AllowList, Builds, Options, Suite};

/// What notices mutants of a sample.
struct Watch<'s> {
    sample: &'s Sample,
    /// The sample's suites, with the cases that fail on the sample as it is.
    suites: Vec<(&'s Suite, BTreeSet<String>)>,
    /// The requests that `vtlens diff` makes of the sample.
    requests: Draft,
    /// The sample as it is, for it to be compared with.
    original: TempDir,
}

impl Watch<'_> {
    fn of(sample: &Sample) -> Watch<'_> {
        let known = |suite| failures(suite, sample).unwrap();
        let suites = sample.suites.iter().map(|suite| (suite, known(suite))).collect();
        Watch { sample, suites, requests: requests(sample), original: sample.another_copy() }
    }

    /// Whether the mutant, which is what the sample's copy is at present, makes a test fail.
    fn test(&self, mutant: &Mutant) -> bool {
        // The suite of the changed type is the one to notice.
        let of_type = format!(".{}.", mutant.type_name());
        let (first, rest): (Vec<_>, Vec<_>) = self.suites.iter().partition(|(suite, _)| suite.file.contains(&of_type));
        first.into_iter().chain(rest).any(|(suite, known)| match failures(suite, self.sample) {
            Ok(failures) => !failures.is_subset(known),
            // A field that a test asks for is gone.
            Err(error) => error.contains("the schema has no field") || panic!("{}: {error}", self.sample.name),
        })
    }

    /// Whether a decision on a field of the changed type flips. As in the command, what only one of the builds suggests
    /// is asked of both.
    fn diff(&self, mutant: &Mutant) -> bool {
        let builds = Builds {
            old: "old".to_owned(),
            new: "new".to_owned(),
            of_old: Options { api: Some(self.original.path().to_owned()), ..options(self.sample) },
            of_new: options(self.sample),
        };
        let flips = |requests: &Draft| {
            let mut suite = requests.suite(Path::new("made")).unwrap();
            suite.filter(mutant.type_name());
            let diff = suite::diff(&[suite], &builds, &AllowList::default(), &|| {});
            !diff.unwrap_or_else(|error| panic!("{} {}: {error:#}", self.sample.name, mutant.id)).is_unchanged()
        };
        flips(&self.requests) || flips(&requests(self.sample))
    }
}

fn options(sample: &Sample) -> Options {
    Options { api: Some(sample.copy.path().to_owned()), params: sample.params.clone(), ..Options::default() }
}

/// The cases of a suite that fail, each by its place; or why the suite cannot be run at all.
fn failures(suite: &Suite, sample: &Sample) -> Result<BTreeSet<String>, String> {
    let report = suite::run(std::slice::from_ref(suite), &options(sample), &|| {});
    let report = report.map_err(|error| format!("{error:#}"))?;
    let cases = report.suites.iter().flat_map(|suite| suite.tests.iter().enumerate());
    Ok(cases.filter(|(_, case)| !case.pass).map(|(at, case)| format!("{at} {}", case.name)).collect())
}

/// The requests that are made of the API as it is now in the sample's copy.
fn requests(sample: &Sample) -> Draft {
    let load = LoadOptions { params: sample.params.clone(), schema: None };
    let api = Api::open(sample.copy.path(), &load).unwrap_or_else(|error| panic!("{}: {error:#}", sample.name));
    generate::draft(&api, &generate::Options::default(), &|| {}).unwrap()
}

/// Unless everything is run, one mutant of so many is.
const SAMPLED: usize = 8;

/// And the diff is on one of so many of these.
const COMPARED: usize = 2;

/// What became of a sample's mutants.
#[derive(Default)]
struct Tally {
    mutants: usize,
    by_test: usize,
    /// How many were compared, and in how many of these something flipped.
    compared: usize,
    by_diff: usize,
    by_either: usize,
    /// Every mutant that was compared, as `SAMPLE | MUTANT`.
    looked_at: Vec<String>,
    /// `SAMPLE | MUTANT | test` or `… | nobody`, of those that the diff does not notice, with what was changed.
    unnoticed: BTreeMap<String, String>,
}

fn tally(sample: &Sample) -> Tally {
    let all = std::env::var_os("VTLENS_MUTANTS").is_some_and(|which| which == "all");
    let (watch, mut tally) = (Watch::of(sample), Tally::default());
    let changed = sample.mutants.iter().filter(|mutant| mutant.files.is_some());
    for (turn, mutant) in changed.step_by(if all { 1 } else { SAMPLED }).enumerate() {
        let (test, diff) = sample.with(mutant, || {
            let test = watch.test(mutant);
            let compare = all || !test || turn % COMPARED == 0;
            (test, compare.then(|| watch.diff(mutant)))
        });
        tally.mutants += 1;
        tally.by_test += usize::from(test);
        tally.compared += usize::from(diff.is_some());
        tally.by_diff += usize::from(diff == Some(true));
        tally.by_either += usize::from(test || diff == Some(true));
        let name = format!("{} | {}", sample.name, mutant.id);
        if diff == Some(false) {
            let who = if test { "test" } else { "nobody" };
            tally.unnoticed.insert(format!("{name} | {who}"), format!("{} becomes {}", mutant.before, mutant.after));
        }
        tally.looked_at.extend(diff.map(|_| name));
    }
    println!("{}: {}", sample.name, tally.words());
    tally
}

impl Tally {
    fn words(&self) -> String {
        let Tally { mutants, by_test, compared, by_diff, by_either, .. } = self;
        format!("{mutants} mutants, {by_test} noticed by test, {by_diff} of {compared} by diff, {by_either} by either")
    }

    fn add(mut self, other: Tally) -> Tally {
        self.mutants += other.mutants;
        self.by_test += other.by_test;
        self.compared += other.compared;
        self.by_diff += other.by_diff;
        self.by_either += other.by_either;
        self.looked_at.extend(other.looked_at);
        self.unnoticed.extend(other.unnoticed);
        self
    }
}

/// The lines of `unnoticed.txt`, each `SAMPLE | MUTANT | WHO NOTICES | reason`, without the reasons.
fn listed() -> BTreeSet<String> {
    let text = std::fs::read_to_string("tests/mutants/unnoticed.txt").unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cases = lines.map(|line| {
        let (case, reason) = line.rsplit_once(" | ").unwrap_or_else(|| panic!("no reason: {line}"));
        assert!(case.matches(" | ").count() == 2 && !reason.is_empty(), "no `SAMPLE | MUTANT | WHO | reason`: {line}");
        case.to_owned()
    });
    cases.collect()
}

fn samples() -> Vec<Sample> {
    let more = std::env::var_os("VTLENS_SUITES").map(|folder| Path::new(&folder).join("mutants"));
    let entries = std::fs::read_dir(more.unwrap_or("tests/mutants".into())).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|is| is == "gz"));
    files.sort();
    files.par_iter().map(|file| Sample::open(file)).collect()
}

#[test]
fn no_changed_rule_passes_unnoticed() {
    let samples = samples();
    let sum = samples.par_iter().map(tally).reduce(Tally::default, Tally::add);
    println!("{}", sum.words());

    let listed = listed();
    let looked_at = |case: &&String| sum.looked_at.iter().any(|name| case.starts_with(&format!("{name} | ")));
    let gone: Vec<&String> =
        listed.iter().filter(looked_at).filter(|case| !sum.unnoticed.contains_key(*case)).collect();
    assert!(gone.is_empty(), "they are noticed now, or by another: take them out of unnoticed.txt: {gone:#?}");
    let new: Vec<String> = sum
        .unnoticed
        .iter()
        .filter(|(case, _)| !listed.contains(*case))
        .map(|(case, change)| format!("{case}: {change}"))
        .collect();
    assert!(new.is_empty(), "{} mutants pass unnoticed:\n{}", new.len(), new.join("\n"));
    assert!(sum.mutants >= 25, "only {} mutants", sum.mutants);
    assert!(sum.by_either * 100 >= sum.mutants * 95, "{}", sum.words());
}
