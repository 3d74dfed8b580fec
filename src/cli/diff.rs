//! `vtlens diff`.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;

use super::args::{ApiArgs, Diff, DiffFormat, OutputArgs};
use super::progress::Progress;
use super::{Exit, Output, git, inputs, matrix, test};
use crate::api::{Api, LoadOptions};
use crate::identity::jwks::KeySet;
use crate::source::Data;
use crate::suite::{self, AllowList, Builds, Suite};
use crate::{Error, ErrorKind, Result, render};

/// The two builds on disk, and what people call them. Folders that were written for it live as long.
struct Sides {
    old: PathBuf,
    new: PathBuf,
    names: (String, String),
    _written: Option<git::Revisions>,
}

/// Runs the command.
///
/// # Errors
/// Builds, revisions, suites or an allow-list that cannot be used.
pub(super) fn run(args: &Diff) -> Result<Exit> {
    let output = Output::new(&OutputArgs {
        output: args.output.clone(),
        color: args.color,
        verbose: args.verbose,
        ..OutputArgs::default()
    });
    let sides = sides(args)?;
    let given = ApiArgs { param: args.param.clone(), params: args.params.clone(), ..ApiArgs::default() };
    let params = inputs::params(&given)?;
    let open = |path: &Path, name: &str| {
        Api::open(path, &LoadOptions { params: params.clone(), schema: None }).map_err(|error| named(error, path, name))
    };
    let (old, new) = (open(&sides.old, &sides.names.0)?, open(&sides.new, &sides.names.1)?);
    let Some(mut suites) = suites(args, &old, &new)? else { return Ok(Exit::Unusable) };
    let data = default_data(&old, &new)?;
    for suite in &mut suites {
        suite.lacking_data(&data);
    }
    let allowed = match &args.allow_list {
        Some(file) => AllowList::read(&inputs::shown(file), &inputs::text(file, ErrorKind::Suite)?)?,
        None => AllowList::default(),
    };
    let keys = keys(args, &old, &new)?;
    let builds = Builds {
        of_old: options(args, sides.old.clone(), &params, keys.as_ref()),
        of_new: options(args, sides.new.clone(), &params, keys.as_ref()),
        old: sides.names.0.clone(),
        new: sides.names.1.clone(),
    };
    let total: usize = suites.iter().map(|suite| suite.tests.len()).sum();
    let progress = Mutex::new(Progress::new("tests", 2 * total));
    let step = || progress.lock().unwrap_or_else(PoisonError::into_inner).step();
    let diff = suite::diff(&suites, &builds, &allowed, &step)?;
    drop(progress);
    if diff.compared == 0 {
        let message = format!("{} and {} have nothing in common that could be compared", diff.old, diff.new);
        return Err(Error::new(ErrorKind::Usage, message).help("give two builds of one API, or a suite that fits both"));
    }
    match args.format {
        DiffFormat::Text => output.write(&render::diff(&diff, &output.options()))?,
        DiffFormat::Json => output.json(&diff)?,
        DiffFormat::Markdown => output.write(&render::diff_markdown(&diff))?,
        DiffFormat::AllowList => output.write(&render::allow_list(&diff))?,
    }
    Ok(if diff.is_unchanged() { Exit::Allowed } else { Exit::Denied })
}

fn sides(args: &Diff) -> Result<Sides> {
    match (&args.git, args.builds.as_slice()) {
        (None, [old, new]) => Ok(Sides {
            names: (inputs::shown(old), inputs::shown(new)),
            old: old.clone(),
            new: new.clone(),
            _written: None,
        }),
        (None, _) => Err(Error::new(ErrorKind::Usage, "one build cannot be compared")
            .help("name two: `vtlens diff OLD NEW`, or two revisions: `--git main..HEAD -- PATH`")),
        (Some(range), [] | [_]) => {
            let path = match args.builds.first() {
                Some(path) => path.clone(),
                None => inputs::api_path(&ApiArgs::default())?,
            };
            let revisions = git::revisions(range, &path)?;
            Ok(Sides {
                old: revisions.old.clone(),
                new: revisions.new.clone(),
                names: revisions.names.clone(),
                _written: Some(revisions),
            })
        }
        (Some(_), _) => Err(Error::new(ErrorKind::Usage, "`--git` compares two revisions of one path")
            .help("name one path: `--git main..HEAD -- PATH`")),
    }
}

/// The suites that were named, else one made from each build: what only one of them suggests is asked of both. Nothing
/// when one cannot be used.
fn suites(args: &Diff, old: &Api, new: &Api) -> Result<Option<Vec<Suite>>> {
    if !args.suite.is_empty() {
        return Ok(test::suites(&suite::find(&args.suite)?));
    }
    let mut drafts = vec![matrix::draft(new)?, matrix::draft(old)?];
    drafts.dedup_by_key(|draft| draft.to_json());
    drafts.iter().map(|draft| matrix::made(draft, new)).collect::<Result<_>>().map(Some)
}

/// Both sides are run over the same data: what the new build brings along, else the old one.
fn default_data(old: &Api, new: &Api) -> Result<Data> {
    match new.defaults.data.as_ref().or(old.defaults.data.as_ref()) {
        Some(path) => Data::load(path),
        None => Ok(Data::not_given()),
    }
}

/// Both check with the same keys.
fn keys(args: &Diff, old: &Api, new: &Api) -> Result<Option<KeySet>> {
    let file = args.checks.jwks.as_ref().or(new.defaults.jwks.as_ref()).or(old.defaults.jwks.as_ref());
    file.map(|file| inputs::key_set(file)).transpose()
}

fn options(args: &Diff, api: PathBuf, params: &IndexMap<String, String>, keys: Option<&KeySet>) -> suite::Options {
    suite::Options {
        api: Some(api),
        params: params.clone(),
        keys: keys.cloned(),
        now_ms: args.checks.now.map(jiff::Timestamp::as_millisecond),
        system_ms: inputs::now(),
        ..suite::Options::default()
    }
}

/// An error about a build, which people know by another name than the folder it was written to.
fn named(error: Error, path: &Path, name: &str) -> Error {
    match name != path.display().to_string() && error.help_text().is_none() {
        true => error.help(format!("in {name}")),
        false => error,
    }
}
