//! Suites and APIs that outlive a run: while somebody edits, only what a change touches is read and run again.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use rayon::prelude::*;

use super::apis::Apis;
use super::read::Reading;
use super::report::TestsReport;
use super::run::{self, Options, Told};
use super::{Suite, check};
use crate::dependencies::Dependencies;
use crate::error::Error;

/// Suites, their APIs, and what the last run of each came to.
#[derive(Default)]
pub struct Session {
    filter: Option<String>,
    /// Made for the first run, and again when the options are others.
    apis: Option<Apis>,
    suites: IndexMap<PathBuf, Held>,
}

/// A suite as it was read last.
struct Held {
    reading: Reading,
    files: Dependencies,
    /// Where its API is; none where it cannot be found.
    api: Option<PathBuf>,
    told: Option<Told>,
}

/// What a run came to.
#[non_exhaustive]
pub struct Ran {
    /// Every suite, those that nothing touched as they were.
    pub report: TestsReport,
    /// The files of the suites that ran.
    pub again: Vec<String>,
}

impl Ran {
    /// What a person wants to see: the suites that ran, and others that do not hold; and how many are left out.
    pub fn worth_showing(&self) -> (TestsReport, usize) {
        let Ran { report, again } = self;
        let mut report = report.clone();
        let all = report.suites.len();
        report.suites.retain(|suite| again.contains(&suite.file) || suite.passed() < suite.tests.len());
        let hidden = all - report.suites.len();
        let TestsReport { suites, coverage, snapshots, .. } = report;
        (TestsReport { coverage, snapshots, ..TestsReport::new(suites) }, hidden)
    }
}

impl Session {
    /// Nothing is read yet. Of each suite only those tests are run whose name, or whose suite's path, holds the filter.
    pub fn new(filter: Option<String>) -> Session {
        Session { filter, ..Session::default() }
    }

    /// Reads the suites at paths, those excepted that were run and that nothing touched since. `learn` is told of every
    /// file that may hold callers, before anything is said about it.
    pub fn read(&mut self, paths: &[PathBuf], options: &Options, learn: &dyn Fn(&Path)) {
        let apis = self.apis.get_or_insert_with(|| Apis::new(options));
        let mut before = std::mem::take(&mut self.suites);
        for path in paths {
            let held = before.shift_remove(path).filter(|held| held.told.is_some());
            let held = held.unwrap_or_else(|| {
                let mut reading = Reading::of(path);
                reading.opened.documents.iter().for_each(|file| learn(file));
                let mut files = Dependencies::default();
                reading.opened.documents.iter().chain(&reading.opened.others).for_each(|file| files.add(file));
                if let (Ok(suite), Some(filter)) = (&mut reading.suite, &self.filter) {
                    suite.filter(filter);
                }
                let api = reading.suite.as_ref().ok().and_then(|suite| apis.path(suite).ok());
                Held { reading, files, api, told: None }
            });
            self.suites.insert(path.clone(), held);
        }
    }

    /// Everything that is wrong with the suites that were read; files that only give others what they share excepted.
    pub fn mistakes(&self) -> Vec<Error> {
        let mut told = rustc_hash::FxHashSet::default();
        let held = self.suites.iter().filter(|(path, _)| !self.only_shared(path));
        let errors = held.filter_map(|(_, held)| held.reading.suite.as_ref().err()).flatten();
        // What is wrong with a file is wrong for everybody who includes it.
        errors.filter(|error| told.insert(error.to_string())).cloned().collect()
    }

    /// The suites themselves; nothing when one cannot be used.
    pub fn into_suites(self) -> Option<Vec<Suite>> {
        let usable = self.mistakes().is_empty();
        usable.then(|| self.suites.into_values().filter_map(|held| held.reading.suite.ok()).collect())
    }

    /// The suites that can be run.
    pub fn suites(&self) -> impl Iterator<Item = &Suite> {
        self.suites.values().filter_map(|held| held.reading.suite.as_ref().ok()).filter(|suite| !suite.tests.is_empty())
    }

    /// Whether a file without tests is included by another.
    fn only_shared(&self, path: &Path) -> bool {
        let on_disk = |path: &Path| std::fs::canonicalize(path).ok();
        let is_shared = self.suites.get(path).is_some_and(|held| held.reading.is_shared);
        is_shared && {
            let own = on_disk(path);
            let others = self.suites.iter().filter(|(other, _)| other.as_path() != path);
            let mut included = others.flat_map(|(_, held)| held.reading.opened.documents.iter().skip(1));
            included.any(|file| on_disk(file) == own)
        }
    }

    /// What the suites and their APIs are read from.
    pub fn dependencies(&self) -> Dependencies {
        let mut all = Dependencies::default();
        for held in self.suites.values() {
            all.extend(&held.files);
            let Ok(suite) = &held.reading.suite else { continue };
            match (&held.api, &self.apis) {
                (Some(path), Some(apis)) => all.extend(&apis.dependencies(path)),
                // An API may appear beside it.
                _ => all.add(&folder_of(&suite.file)),
            }
        }
        all
    }

    /// Forgets what changes touch: a suite is read again when one of its files changed, an API when one of its own did.
    /// The changes that touched anything.
    pub fn forget(&mut self, changed: &[PathBuf]) -> Vec<PathBuf> {
        let mut touched = Vec::new();
        for path in changed {
            let mut touches = false;
            for held in self.suites.values_mut().filter(|held| held.files.touched_by(path)) {
                held.told = None;
                touches = true;
            }
            let forgotten = self.apis.as_mut().map(|apis| apis.forget(path)).unwrap_or_default();
            for held in self.suites.values_mut() {
                // Whose API was not found waits for one.
                let waits = held.api.is_none() && is_beside(path, &held.reading);
                if waits || held.api.as_ref().is_some_and(|api| forgotten.contains(api)) {
                    held.told = None;
                    touches = true;
                }
            }
            if touches {
                touched.push(path.clone());
            }
        }
        touched
    }

    /// Forgets everything.
    pub fn forget_all(&mut self) {
        *self = Session::new(self.filter.take());
    }

    /// Runs the suites that were not run since they were read, or whose API was forgotten.
    ///
    /// # Errors
    /// APIs that cannot be used, and everything that suites name and their APIs do not have.
    pub fn run(&mut self, options: &Options, done: &(dyn Fn() + Sync)) -> Result<Ran, Vec<Error>> {
        let apis = self.apis.get_or_insert_with(|| Apis::new(options));
        let due = self.suites.values().filter(|held| held.told.is_none());
        let due: Vec<&Suite> = due.filter_map(|held| held.reading.suite.as_ref().ok()).collect();
        let due: Vec<&Suite> = due.into_iter().filter(|suite| !suite.tests.is_empty()).collect();
        let mut errors: Vec<Error> = Vec::new();
        let checked = |suite: &&Suite| apis.of(suite).and_then(|api| check::suite(suite, &api));
        let checked: Vec<_> = due.par_iter().map(checked).collect();
        errors.extend(checked.into_iter().flat_map(|checked| checked.unwrap_or_else(|error| vec![error])));
        if !errors.is_empty() {
            let mut told = rustc_hash::FxHashSet::default();
            errors.retain(|error| told.insert(error.to_string()));
            return Err(errors);
        }
        let told = run::with_apis(apis, &due, options, done).map_err(|error| vec![error])?;
        let again: Vec<String> = due.iter().map(|suite| suite.file.clone()).collect();
        for told in told {
            let is_its = |held: &&mut Held| held.reading.suite.as_ref().is_ok_and(|suite| suite.file == told.0.file);
            let held = self.suites.values_mut().find(is_its);
            held.into_iter().for_each(|held| held.told = Some(told.clone()));
        }
        let suites: Vec<&Suite> = self.suites.values().filter_map(|held| held.reading.suite.as_ref().ok()).collect();
        let each = self.suites.values().filter_map(|held| held.told.clone()).collect();
        let report = run::all_told(apis, &suites, each, options).map_err(|error| vec![error])?;
        Ok(Ran { report, again })
    }
}

/// Whether a file lies in the folder of a suite or below it.
fn is_beside(path: &Path, reading: &Reading) -> bool {
    let of_suite = reading.opened.documents.first().map(|file| folder_of(&file.display().to_string()));
    of_suite.and_then(|folder| std::fs::canonicalize(folder).ok()).is_some_and(|folder| path.starts_with(folder))
}

fn folder_of(file: &str) -> PathBuf {
    match Path::new(file).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
