//! `vtlens test`.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::args::{Test, TestFormat};
use super::progress::Progress;
use super::test_outputs::TestOutputs;
use super::watch::{self, Work};
use super::{Exit, inputs, output, places, secrets};
use crate::dependencies::{Dependencies, OnDisk, placed};
use crate::report::Decision;
use crate::suite::{self, CaseReport, CaseSnapshot, Session, SnapshotMode, SnapshotStatus, Suite, TestsReport};
use crate::{Error, ErrorKind, Result, render};

/// Runs the command.
///
/// # Errors
/// Paths without suites, a filter that nothing passes, APIs that cannot be used.
pub(super) fn run(args: &Test) -> Result<Exit> {
    let outputs = TestOutputs::new(args)?;
    let mut tests =
        Tests { args, outputs: &outputs, session: Session::new(args.filter.clone()), found: Ok(Vec::new()) };
    if let Some(by) = args.again.watch {
        watch::is_for_people(args.format == TestFormat::Text, args.output.as_deref())?;
        return watch::run(by, outputs.printed(), &mut tests);
    }
    tests.prepare();
    match tests.once(&mut || Ok(())) {
        Ok(exit) => Ok(exit),
        Err(errors) => {
            errors.iter().for_each(output::complain);
            Ok(Exit::Unusable)
        }
    }
}

/// The suites of a command line, run once or whenever they change.
struct Tests<'a> {
    args: &'a Test,
    outputs: &'a TestOutputs,
    session: Session,
    /// The suites' files.
    found: Result<Vec<PathBuf>>,
}

impl Tests<'_> {
    fn options(&self) -> Result<suite::Options> {
        let args = self.args;
        Ok(suite::Options {
            api: args.api.api.clone(),
            params: inputs::params(&args.api)?,
            schema: args.api.schema.clone(),
            keys: args.checks.jwks.as_deref().map(inputs::key_set).transpose()?,
            now_ms: args.checks.now.map(jiff::Timestamp::as_millisecond),
            system_ms: inputs::now(),
            keep_reports: false,
            coverage: args.counts(),
            snapshots: if args.update_snapshots { SnapshotMode::Update } else { SnapshotMode::Compare },
        })
    }

    /// Runs what is due, and prints it all.
    fn once(&mut self, ready: &mut dyn FnMut() -> Result<()>) -> Result<Exit, Vec<Error>> {
        let started = Instant::now();
        let one = |error| vec![error];
        self.found.clone().map_err(one)?;
        let options = self.options().map_err(one)?;
        let mistakes = self.session.mistakes();
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let total = self.session.suites().map(|suite| suite.tests.len()).sum();
        if total == 0 {
            return Err(vec![nothing_passes(self.args.filter.as_deref())]);
        }
        let progress = Mutex::new(Progress::new("tests", total));
        let step = || progress.lock().unwrap_or_else(PoisonError::into_inner).step();
        let mut ran = self.session.run(&options, &step)?;
        drop(progress);
        ready().map_err(one)?;
        places::find_of_tests(&mut ran.report);
        let exit = exit(&ran.report).worse(covered(&mut ran.report, self.args));
        self.outputs.write(&ran, started.elapsed()).map_err(one)?;
        Ok(exit)
    }

    /// The files that options name, which all suites depend on.
    fn of_options(&self) -> Dependencies {
        let mut files = Dependencies::default();
        let named = [&self.args.api.params, &self.args.checks.jwks].into_iter().flatten();
        named.for_each(|file| files.add(file));
        files
    }
}

impl Work for Tests<'_> {
    fn prepare(&mut self) -> OnDisk {
        self.found = suite::find(&self.args.paths);
        // What is wrong with either is said when it runs.
        if let (Ok(found), Ok(options)) = (&self.found, self.options()) {
            self.session.read(found, &options, &learn);
            self.session.suites().flat_map(|suite| suite.identities.values()).for_each(inputs::learn);
        }
        let mut files = self.session.dependencies();
        files.extend(&self.of_options());
        let mut on_disk = files.on_disk();
        on_disk.folders.extend(suite::folders(&self.args.paths));
        on_disk
    }

    fn forget(&mut self, changed: &[PathBuf]) -> Option<Vec<PathBuf>> {
        let options = self.of_options();
        if changed.is_empty() || changed.iter().any(|path| options.touched_by(path)) {
            self.session.forget_all();
            return Some(changed.to_vec());
        }
        let written = self.args.reports.iter().map(|report| &report.file).chain(&self.args.output);
        let written: Vec<PathBuf> = written.map(|file| placed(file)).collect();
        let changed: Vec<PathBuf> = changed.iter().filter(|path| !written.contains(path)).cloned().collect();
        let mut touched = self.session.forget(&changed);
        let others: Vec<PathBuf> =
            changed.into_iter().filter(|path| suite::is_suite(path) || !path.is_file()).collect();
        if !others.is_empty() && suite::find(&self.args.paths).ok() != self.found.as_ref().ok().cloned() {
            touched.extend(others);
            touched.dedup();
        }
        // Counts of what ran add up over all suites.
        if !touched.is_empty() && self.args.counts() {
            self.session.forget_all();
        }
        (!touched.is_empty()).then_some(touched)
    }

    fn run(&mut self, ready: &mut dyn FnMut() -> Result<()>) -> Result<(), Vec<Error>> {
        self.once(ready).map(|_| ())
    }
}

/// Learns what must not be printed from a file that holds callers. One that cannot be read says so itself.
fn learn(file: &Path) {
    std::fs::read(file).iter().for_each(|bytes| secrets::learn(&String::from_utf8_lossy(bytes)));
}

/// The suites of files for commands that run something else with them; nothing when one cannot be used. All the
/// mistakes are told at once.
pub(super) fn suites(paths: &[PathBuf]) -> Option<Vec<Suite>> {
    let mut session = Session::new(None);
    session.read(paths, &suite::Options::default(), &learn);
    session.suites().flat_map(|suite| suite.identities.values()).for_each(inputs::learn);
    session.mistakes().iter().for_each(output::complain);
    session.into_suites()
}

/// Nothing left to run is a mistake, not a success.
fn nothing_passes(filter: Option<&str>) -> Error {
    let error = Error::new(ErrorKind::Usage, format!("no test has `{}` in its name", filter.unwrap_or("")));
    error.help("`--filter` compares with names of tests and paths of suites, letter by letter")
}

/// Whether as much of the templates ran as is asked for. Formats that show no coverage leave it to stderr to say that
/// it is too little.
fn covered(report: &mut TestsReport, args: &Test) -> Exit {
    let (Some(coverage), Some(minimum)) = (&mut report.coverage, args.coverage_min) else { return Exit::Allowed };
    coverage.minimum = Some(minimum);
    let missing = coverage.short_of(minimum);
    if missing == 0 {
        return Exit::Allowed;
    }
    if !matches!(args.format, TestFormat::Text | TestFormat::Html | TestFormat::Markdown) || args.output.is_some() {
        output::warn(&render::short_of(coverage, minimum));
    }
    Exit::Denied
}

/// 0 when everything held, 3 when all that did not is undecided, else 1.
fn exit(report: &TestsReport) -> Exit {
    let mut failures = report.failures().peekable();
    if failures.peek().is_none() {
        Exit::Allowed
    } else if failures.all(is_undecided) {
        Exit::Undecided
    } else {
        Exit::Denied
    }
}

/// Whether a case failed for want of a fact; one that differs from its snapshot did not.
fn is_undecided(case: &CaseReport) -> bool {
    let agrees = |snapshot: &CaseSnapshot| matches!(snapshot.status, SnapshotStatus::Matched | SnapshotStatus::Written);
    case.actual.decision == Decision::Undecided && case.snapshot.as_ref().is_none_or(agrees)
}
