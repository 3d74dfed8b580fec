//! `vtlens replay`.

use super::Exit;
use super::args::Replay;
use crate::{Error, ErrorKind, Result};

/// Runs the command.
///
/// # Errors
/// Always, until the layers below are wired to it.
pub(super) fn run(_args: &Replay) -> Result<Exit> {
    Err(Error::new(ErrorKind::Usage, "not wired yet"))
}
