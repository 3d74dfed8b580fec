//! `vtlens matrix`.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value as Json};

use super::args::{Matrix, MatrixFormat, Only, OutputArgs};
use super::progress::Progress;
use super::{Exit, Output, inputs, test};
use crate::api::Api;
use crate::report::Decision;
use crate::suite::generate::{self, Draft};
use crate::suite::{self, Suite};
use crate::{Error, ErrorKind, Result, json_file, render};

/// Runs the command.
///
/// # Errors
/// Suites, an API or a GraphQL file that cannot be used; a filter that nothing passes.
pub(super) fn run(args: &Matrix) -> Result<Exit> {
    let output = Output::new(&OutputArgs {
        output: args.output.clone(),
        color: args.color,
        verbose: args.verbose,
        ..OutputArgs::default()
    });
    let Some(mut suites) = suites(args)? else { return Ok(Exit::Unusable) };
    if let Some(file) = &args.query {
        let (name, text) = (inputs::shown(file), inputs::text(file, ErrorKind::GraphQl)?);
        let variables = args.variables.as_deref().map(variables).transpose()?.unwrap_or_default();
        for suite in &mut suites {
            suite.asking(suite::operations(&name, &text, &variables)?);
        }
    }
    let options = suite::Options {
        api: match (&args.api.api, args.paths.is_empty()) {
            (None, true) => Some(inputs::api_path(&args.api)?),
            (given, _) => given.clone(),
        },
        params: inputs::params(&args.api)?,
        schema: args.api.schema.clone(),
        keys: args.checks.jwks.as_deref().map(inputs::key_set).transpose()?,
        now_ms: args.checks.now.map(jiff::Timestamp::as_millisecond),
        system_ms: inputs::now(),
        keep_reports: args.format == MatrixFormat::Html,
        coverage: false,
        snapshots: suite::SnapshotMode::default(),
    };
    let progress = Mutex::new(Progress::new("tests", suites.iter().map(|suite| suite.tests.len()).sum()));
    let step = || progress.lock().unwrap_or_else(PoisonError::into_inner).step();
    let mut matrix = suite::matrix(&suites, &options, &step)?;
    drop(progress);
    if let Some(text) = &args.filter {
        matrix.filter(text);
        if matrix.sheets.is_empty() {
            return Err(Error::new(ErrorKind::Usage, format!("no request has `{text}` in its name"))
                .help("`--filter` compares with names of tests, fields and paths of suites, letter by letter"));
        }
    }
    if let Some(only) = args.only {
        matrix.only(decision(only));
    }
    match args.format {
        MatrixFormat::Text => output.write(&render::matrix(&matrix, &output.options()))?,
        MatrixFormat::Json => output.json(&matrix)?,
        MatrixFormat::Markdown => output.write(&render::matrix_markdown(&matrix))?,
        MatrixFormat::Html => output.write(&render::matrix_html(&matrix))?,
    }
    Ok(Exit::Allowed)
}

/// The suites that were named, or one made from the API; nothing when one cannot be used.
fn suites(args: &Matrix) -> Result<Option<Vec<Suite>>> {
    if !args.paths.is_empty() {
        let found = suite::find(&args.paths).map_err(|error| match args.paths.as_slice() {
            [path] if path.is_dir() && args.api.api.is_none() => error.help(format!(
                "callers and requests are made from an API with `vtlens matrix --api {}`",
                path.display()
            )),
            _ => error,
        })?;
        return Ok(test::suites(&found));
    }
    let api = inputs::api(&args.api)?;
    let mut suite = made(&draft(&api)?, &api)?;
    // People know the API by the path that they gave; its own name may be a template's `api-${env}`.
    if let Some(path) = &args.api.api {
        suite.file = inputs::shown(path);
    }
    Ok(Some(vec![suite]))
}

/// The suite that a draft is, its callers with what each stands for.
pub(super) fn made(draft: &Draft, api: &Api) -> Result<Suite> {
    let mut suite = draft.suite(Path::new(&api.name))?;
    for (name, facts) in &mut suite.identities {
        facts.note = draft.notes.get(name).map(|note| note.as_str().into());
    }
    Ok(suite)
}

/// A suite made from an API: of each way in one who takes it, and the nearest who fails.
pub(super) fn draft(api: &Api) -> Result<Draft> {
    let progress = Mutex::new(Progress::new("fields looked at", generate::count(api)?));
    let step = || progress.lock().unwrap_or_else(PoisonError::into_inner).step();
    generate::draft(api, &generate::Options::default(), &step)
}

fn variables(file: &Path) -> Result<Map<String, Json>> {
    let name = inputs::shown(file);
    match json_file::parse(ErrorKind::Usage, &name, &inputs::text(file, ErrorKind::Usage)?)? {
        Json::Object(members) => Ok(members),
        other => {
            let message = format!("variables are a JSON object, not {}", json_file::describe(&other));
            Err(Error::new(ErrorKind::Usage, message).in_file(name))
        }
    }
}

fn decision(only: Only) -> Decision {
    match only {
        Only::Allowed => Decision::Allowed,
        Only::Filtered => Decision::Filtered,
        Only::Denied => Decision::Denied,
        Only::Error => Decision::Error,
        Only::Undecided => Decision::Undecided,
    }
}
