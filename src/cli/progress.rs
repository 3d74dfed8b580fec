//! Progress of work that takes longer than a second: one line on stderr, and only where stderr is a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Before that nobody wonders.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two changes of the line.
const PAUSE: Duration = Duration::from_millis(100);

/// A line such as `120 of 3000 requests`, taken away when the work is done.
pub(super) struct Progress {
    what: &'static str,
    total: usize,
    done: usize,
    /// When the line is due; `None` where nobody watches.
    due: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// `total` is 0 where nobody knows it.
    pub(super) fn new(what: &'static str, total: usize) -> Progress {
        let due = io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        Progress { what, total, done: 0, due, shown: false }
    }

    /// One more is done.
    pub(super) fn step(&mut self) {
        self.reach(self.done + 1);
    }

    /// So many are done.
    pub(super) fn reach(&mut self, done: usize) {
        self.done = done;
        if self.due.is_some_and(|due| Instant::now() >= due) {
            self.due = Some(Instant::now() + PAUSE);
            self.shown = true;
            // Progress that cannot be shown is no reason to stop.
            let _ = match self.total {
                0 => write!(io::stderr(), "\r{} {}", self.done, self.what),
                total => write!(io::stderr(), "\r{} of {total} {}", self.done, self.what),
            };
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}
