//! `vtlens test`.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::args::{Format, OutputArgs, Test};
use super::progress::Progress;
use super::{Exit, Output, inputs, output, secrets};
use crate::report::Decision;
use crate::suite::{self, Suite, TestsReport};
use crate::{Error, ErrorKind, Result, render};

/// Runs the command.
///
/// # Errors
/// Paths without suites, a filter that nothing passes, APIs that cannot be used.
pub(super) fn run(args: &Test) -> Result<Exit> {
    let started = Instant::now();
    let output = Output::new(&OutputArgs {
        output: args.output.clone(),
        color: args.color,
        verbose: args.verbose,
        show_secrets: args.show_secrets,
        ..OutputArgs::default()
    });
    let Some(suites) = suites(&suite::find(&args.paths)?) else { return Ok(Exit::Unusable) };
    let suites = filtered(suites, args.filter.as_deref())?;
    let options = suite::Options {
        api: args.api.api.clone(),
        params: inputs::params(&args.api)?,
        schema: args.api.schema.clone(),
        keys: args.checks.jwks.as_deref().map(inputs::key_set).transpose()?,
        now_ms: args.checks.now.map(jiff::Timestamp::as_millisecond),
        system_ms: inputs::now(),
        keep_reports: false,
        coverage: args.coverage,
    };
    let total = suites.iter().map(|suite| suite.tests.len()).sum();
    let progress = Mutex::new(Progress::new("tests", total));
    let step = || progress.lock().unwrap_or_else(PoisonError::into_inner).step();
    let report = suite::run(&suites, &options, &step)?;
    drop(progress);
    match args.format {
        Format::Text => output.write(&render::tests(&report, started.elapsed(), &output.options()))?,
        Format::Json => output.json(&report)?,
    }
    Ok(exit(&report))
}

/// The suites; nothing when one cannot be used. All the mistakes are told at once.
pub(super) fn suites(paths: &[PathBuf]) -> Option<Vec<Suite>> {
    let mut suites = Vec::new();
    let mut usable = true;
    for path in paths {
        // A suite that cannot be read says so itself.
        std::fs::read(path).iter().for_each(|bytes| secrets::learn(&String::from_utf8_lossy(bytes)));
        match Suite::load(path) {
            Ok(suite) => {
                suite.identities.values().for_each(inputs::learn);
                suites.push(suite);
            }
            Err(error) => {
                usable = false;
                output::complain(&error);
            }
        }
    }
    usable.then_some(suites)
}

/// What `--filter` leaves; nothing left is a mistake, not a success.
fn filtered(mut suites: Vec<Suite>, filter: Option<&str>) -> Result<Vec<Suite>> {
    let Some(filter) = filter else { return Ok(suites) };
    suites.iter_mut().for_each(|suite| suite.filter(filter));
    suites.retain(|suite| !suite.tests.is_empty());
    if suites.is_empty() {
        return Err(Error::new(ErrorKind::Usage, format!("no test has `{filter}` in its name"))
            .help("`--filter` compares with names of tests and paths of suites, letter by letter"));
    }
    Ok(suites)
}

/// 0 when everything held, 3 when all that did not is undecided, else 1.
fn exit(report: &TestsReport) -> Exit {
    let mut failures = report.failures().peekable();
    if failures.peek().is_none() {
        Exit::Allowed
    } else if failures.all(|case| case.actual.decision == Decision::Undecided) {
        Exit::Undecided
    } else {
        Exit::Denied
    }
}
