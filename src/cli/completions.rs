//! `vtlens completions`: from the same definitions as the help.

use clap::CommandFactory as _;

use super::args::{Args, Completions};
use super::{Exit, output};
use crate::Result;

/// Writes the completion script of a shell.
///
/// # Errors
/// When stdout cannot be written to.
pub(super) fn run(args: &Completions) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "vtlens", &mut script);
    output::stdout(&script)?;
    Ok(Exit::Allowed)
}
