//! Changes of files as they happen: what belongs together in one batch, what changes nothing left out.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Config, Event, EventKind, PollWatcher, RecursiveMode, Watcher};
use rustc_hash::FxHashMap;

use super::Batch;
use crate::cli::args::WatchBy;
use crate::cli::output::warn;
use crate::dependencies::placed;
use crate::{Error, ErrorKind, Result};

/// Editors save in several steps; what comes within this belongs together.
const QUIET: Duration = Duration::from_millis(20);
/// Where changes never end, as while a generator writes, a run is due all the same.
const PATIENCE: Duration = Duration::from_millis(400);
/// How often files are looked at where the system does not tell of changes.
const POLL: Duration = Duration::from_millis(400);

/// Watched folders.
pub(super) struct Changes {
    watcher: Box<dyn Watcher>,
    events: Receiver<notify::Result<Event>>,
    folders: BTreeSet<PathBuf>,
    polling: bool,
    /// What files held when they changed last.
    seen: FxHashMap<PathBuf, Option<u64>>,
}

impl Changes {
    /// Nothing is watched yet.
    pub(super) fn new(by: WatchBy) -> Result<Changes> {
        let polling = by == WatchBy::Poll;
        let (watcher, events) = match polling {
            true => poller()?,
            false => match told_by_system() {
                Ok(told) => told,
                Err(error) => {
                    warn(&format!("the system does not tell of changes ({error}): files are looked at every {POLL:?}"));
                    return Changes::new(WatchBy::Poll);
                }
            },
        };
        Ok(Changes { watcher, events, folders: BTreeSet::new(), polling, seen: FxHashMap::default() })
    }

    /// Whether files are looked at again and again.
    pub(super) fn is_polling(&self) -> bool {
        self.polling
    }

    /// Watches these folders and no others; whether there is one among them that was not watched.
    pub(super) fn watch(&mut self, wanted: &BTreeSet<PathBuf>) -> Result<bool> {
        for gone in self.folders.difference(wanted) {
            // It may be gone from the disk too.
            let _ = self.watcher.unwatch(gone);
        }
        self.folders.retain(|folder| wanted.contains(folder));
        let new: Vec<&PathBuf> = wanted.iter().filter(|folder| !self.folders.contains(*folder)).collect();
        for folder in &new {
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.folders.insert((*folder).clone());
                }
                Err(error) if self.polling => return Err(unwatchable(&error)),
                Err(error) if is_gone(&error) => {}
                Err(error) => {
                    warn(&format!(
                        "the system cannot watch {} folders ({error}): files are looked at every {POLL:?}",
                        wanted.len()
                    ));
                    let seen = std::mem::take(&mut self.seen);
                    *self = Changes { seen, ..Changes::new(WatchBy::Poll)? };
                    return self.watch(wanted).map(|_| true);
                }
            }
        }
        Ok(!new.is_empty())
    }

    /// Waits for changes.
    pub(super) fn next(&mut self) -> Result<Batch> {
        loop {
            let first = self.events.recv().map_err(|_| stopped())?;
            let since = Instant::now();
            let mut found = BTreeSet::new();
            let mut all = self.add(first, &mut found);
            while since.elapsed() < PATIENCE {
                // Events that change nothing must not put the run off.
                match self.events.recv_timeout(QUIET) {
                    Ok(event) => all |= self.add(event, &mut found),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return Err(stopped()),
                }
            }
            if all {
                return Ok(Batch { paths: Vec::new(), since });
            }
            let paths: Vec<PathBuf> = found.into_iter().filter(|path| self.is_different(path)).collect();
            if !paths.is_empty() {
                return Ok(Batch { paths, since });
            }
        }
    }

    /// Adds what an event says was changed; whether anything may have been.
    fn add(&mut self, event: notify::Result<Event>, found: &mut BTreeSet<PathBuf>) -> bool {
        let Ok(event) = event else { return true };
        if event.need_rescan() {
            return true;
        }
        match event.kind {
            // Our own reading, and what a folder holds is told by itself.
            EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write) => return false,
            EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)) | EventKind::Access(_) => {
                found.extend(event.paths.into_iter().filter(|path| !path.is_dir()));
            }
            _ => {
                // A folder that went and came again is another one.
                for path in &event.paths {
                    let below: Vec<PathBuf> =
                        self.folders.iter().filter(|folder| folder.starts_with(path)).cloned().collect();
                    for folder in below {
                        let _ = self.watcher.unwatch(&folder);
                        self.folders.remove(&folder);
                    }
                }
                found.extend(event.paths);
            }
        }
        false
    }

    /// Whether a file holds something else than when it changed last: saving it twice is one change.
    fn is_different(&mut self, path: &Path) -> bool {
        if path.is_dir() {
            return true;
        }
        let now = std::fs::read(path).ok().map(|bytes| {
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            hasher.finish()
        });
        self.seen.insert(placed(path), now) != Some(now)
    }
}

type Told = (Box<dyn Watcher>, Receiver<notify::Result<Event>>);

fn told_by_system() -> notify::Result<Told> {
    let (sender, events) = channel();
    Ok((Box::new(notify::recommended_watcher(sender)?), events))
}

fn poller() -> Result<Told> {
    let (sender, events) = channel();
    let config = Config::default().with_poll_interval(POLL).with_compare_contents(true);
    let watcher = PollWatcher::new(sender, config).map_err(|error| unwatchable(&error))?;
    Ok((Box::new(watcher), events))
}

fn is_gone(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::PathNotFound => true,
        notify::ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn unwatchable(error: &notify::Error) -> Error {
    Error::new(ErrorKind::Io, format!("changes of files cannot be watched: {error}")).help("run it without `--watch`")
}

fn stopped() -> Error {
    Error::new(ErrorKind::Io, "the system tells of no more changes").help("start it again, or give `--watch=poll`")
}
