//! `vtlens init`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use super::args::{Format, Init, OutputArgs};
use super::progress::Progress;
use super::{Exit, Output, inputs, output};
use crate::api::{Api, LoadOptions};
use crate::suite::generate::{self, Draft, Summary};
use crate::suite::{self, Suite};
use crate::{Error, ErrorKind, Result, render};

/// Runs the command.
///
/// # Errors
/// An API that cannot be used, a file that is there already.
pub(super) fn run(args: &Init) -> Result<Exit> {
    let page = Output::new(&OutputArgs { color: args.color, verbose: args.verbose, ..OutputArgs::default() });
    let path = match &args.api.api {
        Some(path) => path.clone(),
        None => found()?,
    };
    let mut params = inputs::params(&args.api)?;
    let open = |params: &IndexMap<String, String>| {
        Api::open(&path, &LoadOptions { params: params.clone(), schema: args.api.schema.clone() })
    };
    let mut api = open(&params)?;
    // What nobody gave is only known once everything is read.
    api.resolvers()?.iter().try_for_each(|(parent, field)| api.resolver(parent, field).map(drop))?;
    let made_up: Vec<(String, String)> =
        api.parameters_left_open().iter().filter_map(|name| Some((name.clone(), made_up(name)?))).collect();
    if !made_up.is_empty() {
        params.extend(made_up);
        api = open(&params)?;
    }
    let api = Arc::new(api);
    let file = file(args, &api);
    if let Some(folder) = file.as_ref().filter(|file| file.is_dir()) {
        return Err(Error::new(ErrorKind::Usage, "a suite is written to a file, and this is a folder")
            .in_file(inputs::shown(folder))
            .help("name the file, too: `-o FOLDER/NAME.vtlens.yaml`"));
    }
    if let Some(file) = file.as_ref().filter(|file| file.exists() && !args.force) {
        return Err(Error::new(ErrorKind::Usage, "the file is there already")
            .in_file(inputs::shown(file))
            .help("`--force` writes over it, `-o FILE` writes elsewhere"));
    }
    let folder = file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let options = generate::Options { params, api: Some(relative(&path, &folder)) };
    let progress = Mutex::new(Progress::new("fields", 2 * generate::count(&api)?));
    let step = || progress.lock().unwrap_or_else(PoisonError::into_inner).step();
    let draft = generate::suite(&api, &options, &step)?;
    drop(progress);
    let shown = file.as_deref().map(inputs::shown);
    let text = suite::yaml(&draft, &header(&api, shown.as_deref()));
    match &file {
        Some(file) => written(file, &text).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot write: {error}")).in_file(inputs::shown(file)).caused_by(error)
        })?,
        None => page.write(&text)?,
    }
    let summary = summary(&draft, &text, &api, &path, args, shown.clone())?;
    if shown.is_some() {
        match args.format {
            Format::Text => page.write(&render::init(&summary, &page.options()))?,
            Format::Json => page.json(&summary)?,
        }
    }
    if summary.passed < summary.decisions {
        let failed = summary.decisions - summary.passed;
        output::warn(&format!("{failed} of {} decisions differ from run to run", summary.decisions));
    }
    Ok(Exit::Allowed)
}

/// Writes the suite, and makes the folders that lead to it.
fn written(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, text)
}

/// The API around the current folder, named relative to it.
fn found() -> Result<PathBuf> {
    let here = std::env::current_dir()
        .map_err(|error| Error::new(ErrorKind::Io, "the current folder cannot be found").caused_by(error))?;
    let path = Api::find_from(&here).map_err(|error| error.help("name the API: `--api PATH`"))?;
    Ok(PathBuf::from(relative(&path, &here)))
}

/// Where the suite goes; none for stdout.
fn file(args: &Init, api: &Api) -> Option<PathBuf> {
    match &args.output {
        Some(file) if file.as_os_str() == "-" => None,
        Some(file) => Some(file.clone()),
        None => {
            let name: String =
                api.name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
            let name = name.trim_matches(['-', '.']);
            Some(PathBuf::from(format!("{}.vtlens.yaml", if name.is_empty() { "api" } else { name })))
        }
    }
}

/// A path as seen from a folder.
fn relative(path: &Path, folder: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(if path.as_os_str().is_empty() { Path::new(".") } else { path });
    let (Ok(to), Ok(from)) = (absolute(path), absolute(folder)) else { return path.display().to_string() };
    let shared = to.components().zip(from.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(shared).map(|_| "..".into());
    let down = to.components().skip(shared).map(|part| part.as_os_str().to_owned());
    let parts: Vec<String> =
        up.chain(down).map(|part: std::ffi::OsString| part.to_string_lossy().into_owned()).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// A value for a parameter that the build leaves open, where its name says what it is.
fn made_up(name: &str) -> Option<String> {
    let value = match name {
        "AWS::AccountId" => "123456789012",
        "AWS::Region" => "us-east-1",
        "ApiId" | "apiId" => "exampleapi",
        "env" => "dev",
        "authRoleName" => "app-authRole",
        "unauthRoleName" => "app-unauthRole",
        "AuthCognitoUserPoolId" => "us-east-1_EXAMPLE",
        _ => return None,
    };
    Some(value.to_owned())
}

fn header(api: &Api, file: Option<&str>) -> String {
    let run = file.map_or_else(|| "vtlens test".to_owned(), |file| format!("vtlens test {file}"));
    format!(
        "Who may do what in {}. Made by `vtlens init`; what is expected is what the templates did that day.\n\
         Run it:        {run}\n\
         Change first:  whatever surprises you under `expect`: a rule that is wrong is wrong here, too.\n\
         Then:          the callers' names and claims, and the records, to those of your users.\n\n",
        api.name
    )
}

fn summary(draft: &Draft, text: &str, api: &Api, path: &Path, args: &Init, file: Option<String>) -> Result<Summary> {
    let suite = Suite::read(file.as_deref().unwrap_or("stdout"), text)?;
    let options = suite::Options {
        api: Some(path.to_owned()),
        schema: args.api.schema.clone(),
        system_ms: inputs::now(),
        coverage: true,
        ..suite::Options::default()
    };
    let report = suite::run(&[suite], &options, &|| {})?;
    Ok(Summary::new(draft, &report, &api.name, file))
}
