//! `vtlens eval`.

use super::Exit;
use super::args::Eval;
use crate::{Error, ErrorKind, Result};

/// Runs the command.
///
/// # Errors
/// Always, until the layers below are wired to it.
pub(super) fn run(_args: &Eval) -> Result<Exit> {
    Err(Error::new(ErrorKind::Usage, "not wired yet"))
}
