//! `vtlens token`.

use std::path::Path;

use super::args::{Format, Token};
use super::{Exit, Output, inputs};
use crate::report::Verdict;
use crate::{ErrorKind, Result, render, token};

/// Runs the command.
///
/// # Errors
/// A text that is no JWT; an API or keys that cannot be used.
pub(super) fn run(args: &Token) -> Result<Exit> {
    let output = Output::new(&args.output);
    let text = match args.token.as_deref() {
        None | Some("-") => inputs::text(Path::new("-"), ErrorKind::Token)?,
        Some(token) => token.to_owned(),
    };
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
    match output.format() {
        Format::Text => output.write(&render::token(&report, &output.options()))?,
        Format::Json => output.write(&format!("{}\n", serde_json::to_string_pretty(&report).unwrap_or_default()))?,
    }
    Ok(exit(&report))
}

/// 0 when a provider takes the token, 3 when that hangs on an unknown fact, 1 when every provider refuses it.
fn exit(report: &token::TokenReport) -> Exit {
    let unknown = |checks: &token::ProviderChecks| checks.checks.iter().any(|check| check.verdict == Verdict::Unknown);
    match report.providers.iter().find(|checks| checks.accepted) {
        None if report.providers.is_empty() => Exit::Allowed,
        None => Exit::Denied,
        // A signature that nobody gave keys for is no doubt about the claims.
        Some(checks)
            if unknown(checks)
                && checks.checks.iter().any(|c| c.verdict == Verdict::Unknown && c.code != "signature-invalid") =>
        {
            Exit::Undecided
        }
        Some(_) => Exit::Allowed,
    }
}
