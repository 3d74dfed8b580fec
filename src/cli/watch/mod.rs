//! `--watch`: runs a command again whenever something changes that it reads, until Ctrl-C.
//!
//! Knows when to run, not what: that is a [`Work`].

mod changes;
mod screen;

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::WatchBy;
use super::{Exit, Output, output};
use crate::dependencies::OnDisk;
use crate::{Error, ErrorKind, Result};
use changes::Changes;
use screen::Screen;

/// What is run again and again.
pub(super) trait Work {
    /// Reads what the next run needs before anything can be run, and says where all of it is read from. Called twice
    /// where there is more to watch than before, so that no change is missed in between.
    fn prepare(&mut self) -> OnDisk;

    /// Forgets what changes touch, and gives those that touch anything. An empty list: anything may have changed.
    fn forget(&mut self, changed: &[PathBuf]) -> Option<Vec<PathBuf>>;

    /// Runs, and calls `ready` before it prints.
    ///
    /// # Errors
    /// Everything that keeps it from running: it is printed, and the next change tries again.
    fn run(&mut self, ready: &mut dyn FnMut() -> Result<()>) -> Result<(), Vec<Error>>;
}

/// Runs some work, and again whenever something of it changes. Ctrl-C ends the process; nothing of the terminal was
/// changed that it would have to put back.
///
/// # Errors
/// When nothing can be watched or printed.
pub(super) fn run(by: WatchBy, output: &Output, work: &mut dyn Work) -> Result<Exit> {
    let mut changes = Changes::new(by)?;
    let mut screen = Screen::new(output);
    loop {
        let files = loop {
            let on_disk = work.prepare();
            if !changes.watch(&on_disk.folders)? {
                break on_disk.files;
            }
        };
        if let Err(errors) = work.run(&mut || screen.begin()) {
            screen.begin()?;
            errors.iter().for_each(output::complain);
        }
        // A reader that went away reads nothing any more.
        if !screen.end(files, changes.is_polling())? {
            return Ok(Exit::Allowed);
        }
        loop {
            let batch = changes.next()?;
            if let Some(paths) = work.forget(&batch.paths) {
                screen.changed(paths, batch.since);
                break;
            }
        }
    }
}

/// Programs cannot tell where one result ends and the next one begins: what is for them goes to a file.
///
/// # Errors
/// Another format than text without a file to write to.
pub(super) fn is_for_people(is_text: bool, file: Option<&Path>) -> Result<()> {
    if is_text || file.is_some_and(|file| file.as_os_str() != "-") {
        return Ok(());
    }
    let error =
        Error::new(ErrorKind::Usage, "`--watch` prints one result after the other, and only text is read like that");
    Err(error.help("write the result to a file, anew each time: `-o FILE`"))
}

/// Changes that came together.
struct Batch {
    /// What changed; empty when that is not known.
    paths: Vec<PathBuf>,
    /// When the first of them was noticed.
    since: Instant,
}
