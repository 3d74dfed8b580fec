//! `vtlens token`.

use std::path::Path;

use super::args::{Format, Token};
use super::{Exit, Output, inputs, secrets};
use crate::report::Verdict;
use crate::{ErrorKind, Result, render, token};

/// Runs the command.
///
/// # Errors
/// A text that is no token; an API or keys that cannot be used.
pub(super) fn run(args: &Token) -> Result<Exit> {
    let output = Output::new(&args.output);
    let text = text(args.token.as_deref())?;
    secrets::add(&text);
    // A token can be looked at without an API; only a named one that is missing is an error.
    let api = match inputs::api(&args.api) {
        Ok(api) => Some(api),
        Err(error) if args.api.api.is_some() => return Err(error),
        Err(_) => None,
    };
    let keys = match &api {
        Some(api) => inputs::keys(api, &args.checks)?,
        None => None,
    };
    let now = args.checks.now.map_or_else(inputs::now, jiff::Timestamp::as_millisecond);
    let mut report = token::look_at(&text, api.as_ref(), keys.as_ref(), now)?;
    if args.output.show_secrets {
        report.shown = text.trim().to_owned();
    }
    match args.format {
        Format::Text => output.write(&render::token(&report, &output.options()))?,
        Format::Json => output.json(&report)?,
    }
    Ok(exit(&report))
}

/// The token: what was given, the file of that name, or stdin.
fn text(given: Option<&str>) -> Result<String> {
    match given {
        None | Some("-") => inputs::text(Path::new("-"), ErrorKind::Token),
        // A token has no name that a file could have: it is too long for one.
        Some(file) if Path::new(file).is_file() => inputs::text(Path::new(file), ErrorKind::Token),
        Some(token) => Ok(token.to_owned()),
    }
}

/// 0 when a provider takes the token, 3 when that hangs on an unknown fact, 1 when every provider refuses it.
fn exit(report: &token::TokenReport) -> Exit {
    // A signature that nobody gave keys for is no doubt about the claims.
    let in_doubt = |checks: &token::ProviderChecks| {
        checks.checks.iter().any(|check| check.verdict == Verdict::Unknown && check.code != "signature-invalid")
    };
    let takers: Vec<_> = report.providers.iter().filter(|checks| checks.accepted).collect();
    match takers.is_empty() {
        true if report.providers.is_empty() => Exit::Allowed,
        true => Exit::Denied,
        false if takers.into_iter().all(in_doubt) => Exit::Undecided,
        false => Exit::Allowed,
    }
}
