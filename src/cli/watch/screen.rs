//! What is printed around a run that is one of many.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Instant;

use crate::cli::{Output, output, places};
use crate::{Result, render};

/// Clears the page and goes to its beginning; what scrolled off it stays.
const CLEAR: &[u8] = b"\x1b[2J\x1b[H";

/// A terminal that is cleared for each run, or a file that runs are appended to.
pub(super) struct Screen {
    options: render::Options,
    is_terminal: bool,
    /// What changed, until it is printed.
    changed: Option<(Vec<PathBuf>, Instant)>,
}

impl Screen {
    pub(super) fn new(output: &Output) -> Screen {
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        Screen { options: output.options(), is_terminal: io::stdout().is_terminal() && !dumb, changed: None }
    }

    /// Something changed: the next run is because of that.
    pub(super) fn changed(&mut self, paths: Vec<PathBuf>, since: Instant) {
        self.changed = Some((paths, since));
    }

    /// A run is about to print: what it is because of goes before that.
    pub(super) fn begin(&mut self) -> Result<()> {
        let Some((paths, since)) = self.changed.take() else { return Ok(()) };
        let names: Vec<String> = paths.iter().map(|path| places::seen_from_here(path)).collect();
        let now = jiff::Zoned::now().strftime("%H:%M:%S").to_string();
        let line = render::changed(&names, &now, since.elapsed(), self.is_terminal, &self.options);
        if self.is_terminal {
            output::stdout(CLEAR)?;
        }
        output::talk(&line).map(|_| ())
    }

    /// A run is over, and the next one waits for a change; whether anybody still reads.
    pub(super) fn end(&self, files: usize, polling: bool) -> Result<bool> {
        output::talk(&render::watching(files, polling, &self.options))
    }
}
