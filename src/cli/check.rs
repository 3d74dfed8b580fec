//! `vtlens check`.

use std::path::{Path, PathBuf};

use super::args::{Check, CheckFormat, OutputArgs};
use super::{Exit, Output, inputs, places};
use crate::check::{self, AuthorizerAnswer, Severity};
use crate::identity::IdentityFacts;
use crate::source_file::SourceFile;
use crate::suite::{self, Suite};
use crate::{ErrorKind, Result, render};

/// Runs the command.
///
/// # Errors
/// An API, suite or identity that cannot be used.
pub(super) fn run(args: &Check) -> Result<Exit> {
    let output = Output::new(&OutputArgs {
        output: args.output.clone(),
        color: args.color,
        verbose: args.verbose,
        ..OutputArgs::default()
    });
    let api = inputs::api(&args.api)?;
    let now_s = args.now.map_or_else(|| inputs::now() / 1000, jiff::Timestamp::as_second);
    let authorizers = authorizers(args, &api.root)?;
    let options = check::Options { now_s, days: i64::from(args.days), generated: args.all, authorizers };
    let mut report = check::check(&api, &options)?;
    for path in report.findings.iter_mut().filter_map(|finding| finding.place.path.as_mut()) {
        *path = places::seen_from_here(Path::new(path.as_str()));
    }
    match args.format {
        CheckFormat::Text => output.write(&render::check(&report, &output.options()))?,
        CheckFormat::Json => output.write(&render::json(&report))?,
        CheckFormat::Sarif => output.write(&render::sarif_check(&report))?,
        CheckFormat::Github => output.write(&render::annotations(&report))?,
    }
    // A note is no reason to stop a build.
    Ok(if report.worst().is_some_and(|worst| worst > Severity::Note) { Exit::Denied } else { Exit::Allowed })
}

/// The answers of Lambda authorizers in the identities and suites that the person named, and in the suites beside
/// the API.
fn authorizers(args: &Check, root: &Path) -> Result<Vec<AuthorizerAnswer>> {
    let mut found = Vec::new();
    for path in &args.identity {
        let file = SourceFile::new(inputs::shown(path), inputs::text(path, ErrorKind::Data)?);
        let facts = IdentityFacts::read(file.name(), file.text())?;
        let name = path.file_stem().map_or_else(|| file.name().to_owned(), |name| name.to_string_lossy().into_owned());
        found.extend(facts.authorizer.map(|answer| AuthorizerAnswer { file, identity: name, answer }));
    }
    let suites = if args.suites.is_empty() { beside(root) } else { suite::find(&args.suites)? };
    for path in suites {
        let suite = Suite::load(&path)?;
        for (name, facts) in &suite.identities {
            let Some(answer) = facts.authorizer.clone() else { continue };
            let file = SourceFile::new(suite.file.clone(), inputs::text(&path, ErrorKind::Suite)?);
            found.push(AuthorizerAnswer { file, identity: name.clone(), answer });
        }
    }
    Ok(found)
}

/// The suites in a folder itself.
fn beside(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_suite = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        [".vtlens.yaml", ".vtlens.yml", ".vtlens.json"].iter().any(|ending| name.ends_with(ending))
    };
    let mut suites: Vec<PathBuf> = entries.filter(is_suite).collect();
    suites.sort();
    suites
}
