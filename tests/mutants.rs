//! A change of one `@auth` rule does not pass unnoticed. Each mutant in `tests/mutants/` is what Amplify's generator makes
//! of a sample's schema with one rule taken out, made wider or narrower, or given another group, owner or claim
//! (`templates/tools/mutate.mjs` writes them); the sample's suites, green on the sample, have to fail on it.
//! `tests/mutants/survivors.txt` lists those on which they do not, with the reason: any other fails here, and so does a
//! listed one that is noticed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use rayon::prelude::*;
use serde::Deserialize;
use tempfile::TempDir;
use vtlens::api::{Api, LoadOptions};
use vtlens::suite::{self, AllowList, Builds, Options, Suite, generate};

/// One changed rule.
#[derive(Deserialize)]
struct Mutant {
    /// `TYPE.FIELD.RULE.KIND`; the rules of a type or field are counted from 1.
    id: String,
    before: String,
    after: String,
    /// What is different in the build; absent where the transformer refused the schema, or nothing is.
    files: Option<BTreeMap<PathBuf, Option<Vec<Edit>>>>,
}

/// In place of so many lines after the first few of a file stands a text.
#[derive(Deserialize)]
struct Edit(usize, usize, String);

/// An API whose schema is changed, and the suites that say who may do what in it.
struct Sample {
    name: String,
    mutants: Vec<Mutant>,
    suites: Vec<Suite>,
    options: LoadOptions,
    /// A copy of the API that mutants are made in.
    copy: TempDir,
    /// Where in the copy the generator's files are.
    build: PathBuf,
}

impl Sample {
    /// The sample of `tests/mutants/NAME.jsonl.gz`: one of `templates/`, or a build of `tests/amplify` and its suites.
    fn open(file: &Path) -> Sample {
        let name = file.file_name().unwrap().to_string_lossy().trim_end_matches(".jsonl.gz").to_owned();
        let mut lines = String::new();
        GzDecoder::new(std::fs::File::open(file).unwrap()).read_to_string(&mut lines).unwrap();
        let mutants = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let template = Path::new("templates").join(&name);
        let (api, inside, suites) = if template.is_dir() {
            (template.clone(), "build", suite::find(&[template]).unwrap())
        } else {
            let mut suites = suite::find(&[packed::collection().join("suites")]).unwrap();
            suites.retain(|suite| suite.file_name().unwrap().to_string_lossy().starts_with(&format!("{name}.")));
            (packed::collection().join("builds").join(&name), "", suites)
        };
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&api, copy.path());
        let suites: Vec<Suite> = suites.iter().map(|suite| Suite::load(suite).unwrap()).collect();
        let options = LoadOptions { params: suites[0].params.clone(), schema: None };
        Sample { name, mutants, suites, options, build: copy.path().join(inside), copy }
    }

    /// Makes the mutant in the copy, looks at it, and makes the copy what it was.
    fn with<T>(&self, mutant: &Mutant, look: impl FnOnce() -> T) -> T {
        let files = mutant.files.as_ref().unwrap();
        let path = |name: &PathBuf| self.build.join(name);
        let originals: Vec<Option<String>> = files.keys().map(|name| std::fs::read_to_string(path(name)).ok()).collect();
        let put = |name: &PathBuf, text: Option<String>| match text {
            Some(text) => std::fs::write(path(name), text).unwrap(),
            None => std::fs::remove_file(path(name)).unwrap(),
        };
        for ((name, edits), original) in files.iter().zip(&originals) {
            put(name, edits.as_ref().map(|edits| edited(original.as_deref().unwrap_or_default(), edits)));
        }
        let seen = look();
        for (name, original) in files.keys().zip(originals) {
            put(name, original);
        }
        seen
    }

    fn run_with(&self) -> Options {
        Options { api: Some(self.copy.path().to_owned()), params: self.options.params.clone(), ..Options::default() }
    }

    /// The cases of a suite that fail, each by its place; or why the suite cannot be run at all.
    fn failures(&self, suite: &Suite) -> Result<BTreeSet<String>, String> {
        let report = suite::run(std::slice::from_ref(suite), &self.run_with(), &|| {}).map_err(|error| format!("{error:#}"))?;
        let cases = report.suites.iter().flat_map(|suite| suite.tests.iter().enumerate());
        Ok(cases.filter(|(_, case)| !case.pass).map(|(at, case)| format!("{at} {}", case.name)).collect())
    }

    /// The suite that is made of the API as it is now in the copy.
    fn made(&self, measured: bool) -> Suite {
        let api = Api::open(self.copy.path(), &self.options).unwrap_or_else(|error| panic!("{}: {error:#}", self.name));
        let mut draft = generate::draft(&api, &generate::Options::default(), &|| {}).unwrap();
        if measured {
            draft.measure(&api).unwrap();
        }
        draft.suite(Path::new("made")).unwrap()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            std::fs::copy(path, to).unwrap();
        }
    }
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut result, mut next) = (String::new(), 0);
    for Edit(at, count, put) in edits {
        result.extend(lines[next..*at].iter().copied());
        result.push_str(put);
        next = at + count;
    }
    result.extend(lines[next..].iter().copied());
    result
}

fn samples() -> Vec<Sample> {
    let folder = std::env::var_os("VTLENS_SUITES").map_or("tests/mutants".into(), |more| Path::new(&more).join("mutants"));
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|is| is == "gz")).collect();
    files.sort();
    files.par_iter().map(|file| Sample::open(file)).collect()
}

/// Who is to notice a mutant: the sample's own suites, the suite that `vtlens init` makes of it, and `vtlens diff` of the two
/// builds, which makes its requests itself.
const DETECTORS: [&str; 3] = ["test", "init", "diff"];

/// What notices mutants of a sample.
struct Watch<'s> {
    sample: &'s Sample,
    /// The sample's suites, with the cases that fail on the sample as it is.
    suites: Vec<(&'s Suite, BTreeSet<String>)>,
    /// The suite made of the sample, its expectations measured.
    made: Suite,
    /// The sample as it is, for it to be compared with.
    original: TempDir,
}

impl Watch<'_> {
    fn of(sample: &Sample) -> Watch<'_> {
        let suites = sample.suites.iter().map(|suite| (suite, sample.failures(suite).unwrap())).collect();
        let original = tempfile::tempdir().unwrap();
        copy_folder(sample.copy.path(), original.path());
        let made = sample.made(true);
        assert_eq!(sample.failures(&made), Ok(BTreeSet::new()), "the suite made of {} fails on it", sample.name);
        Watch { sample, suites, made, original }
    }

    /// Which of the detectors notice the mutant.
    fn notice(&self, mutant: &Mutant) -> [bool; 3] {
        self.sample.with(mutant, || [self.by_test(mutant), self.fails(&self.made, &BTreeSet::new()), self.by_diff()])
    }

    fn by_test(&self, mutant: &Mutant) -> bool {
        // The suite of the changed type is the one to notice.
        let of_type = format!(".{}.", mutant.id.split('.').next().unwrap());
        let (first, rest): (Vec<_>, Vec<_>) = self.suites.iter().partition(|(suite, _)| suite.file.contains(&of_type));
        first.into_iter().chain(rest).any(|(suite, known)| self.fails(suite, known))
    }

    fn fails(&self, suite: &Suite, known: &BTreeSet<String>) -> bool {
        match self.sample.failures(suite) {
            Ok(failures) => !failures.is_subset(known),
            // A field that a test asks for is gone.
            Err(error) => error.contains("the schema has no field") || panic!("{}: {error}", self.sample.name),
        }
    }

    fn by_diff(&self) -> bool {
        let options = |api: &TempDir| Options { api: Some(api.path().to_owned()), ..self.sample.run_with() };
        let builds = Builds {
            old: "old".to_owned(),
            new: "new".to_owned(),
            of_old: options(&self.original),
            of_new: options(&self.sample.copy),
        };
        // As the command does: what only one of the builds suggests is asked of both.
        let flips = |suite: &Suite| {
            let diff = suite::diff(std::slice::from_ref(suite), &builds, &AllowList::default(), &|| {});
            !diff.unwrap_or_else(|error| panic!("{}: {error:#}", self.sample.name)).is_unchanged()
        };
        flips(&self.made) || flips(&self.sample.made(false))
    }
}

/// `SAMPLE | MUTANT | DETECTORS`, with what the mutant is: those that some detector does not notice.
fn survivors(sample: &Sample) -> Vec<(String, String)> {
    let watch = Watch::of(sample);
    let mut survivors = Vec::new();
    let mut seen = [0; 3];
    for mutant in sample.mutants.iter().filter(|mutant| mutant.files.is_some()) {
        let noticed = watch.notice(mutant);
        let misses: Vec<&str> = DETECTORS.into_iter().zip(noticed).filter(|(_, seen)| !seen).map(|(name, _)| name).collect();
        for (count, noticed) in seen.iter_mut().zip(noticed) { *count += usize::from(noticed); }
        if !misses.is_empty() {
            println!("   MISS {} | {} | {} | {} → {}", sample.name, mutant.id, misses.join(" "), mutant.before, mutant.after);
            survivors.push((format!("{} | {} | {}", sample.name, mutant.id, misses.join(" ")), format!("{} → {}", mutant.before, mutant.after)));
        }
    }
    let count = sample.mutants.iter().filter(|mutant| mutant.files.is_some()).count();
    println!("{}: {count} mutants; {DETECTORS:?} notice {seen:?}", sample.name);
    survivors
}

#[test]
fn every_changed_rule_fails_a_test() {
    let samples = samples();
    let survivors: Vec<_> = samples.iter().flat_map(survivors).collect();
    let count = samples.iter().flat_map(|sample| &sample.mutants).filter(|mutant| mutant.files.is_some()).count();
    println!("{count} mutants, {} survive", survivors.len());
    assert!(count >= 10, "only {count} mutants");
}
