//! A file of snapshots: a heading, then a part for every caller of a test, or for every step of it. Only the lines that
//! begin a part start at the margin, so that a part can be told from its neighbours whatever it holds.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use indexmap::IndexMap;

use super::without_secrets;
use crate::error::{Error, ErrorKind, Result};

/// What every version's files begin with, and this one's.
const FORMAT: &str = "vtlens.snapshot/";
const VERSION: &str = "vtlens.snapshot/1";
const PART: &str = "## ";
/// What version control leaves in a file that two people changed.
const CONFLICTS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

static WRITES: AtomicUsize = AtomicUsize::new(0);

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// The test, for readers.
    pub(super) test: String,
    /// Texts by the title of their part.
    pub(super) parts: IndexMap<String, String>,
}

/// How a file came to us.
#[derive(Debug)]
pub(super) enum Read {
    /// There is none.
    Absent,
    /// A snapshot.
    Kept(Kept),
    /// One of ours that cannot be used: by hand, by a merge, by another version.
    Broken(Error),
    /// None of ours.
    Foreign(Error),
}

impl Read {
    /// From a file.
    ///
    /// # Errors
    /// One that is there and cannot be read.
    pub(super) fn from(path: &Path) -> Result<Read> {
        let shown = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Ok(Read::of(&shown, &bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Read::Absent),
            Err(error) => Err(Error::new(ErrorKind::Io, "cannot read the snapshot").in_file(shown).caused_by(error)),
        }
    }

    fn of(file: &str, bytes: &[u8]) -> Read {
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let text = text.trim_start_matches('\u{feff}');
        let mistake = |line: usize, message: &str| {
            let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
            Error::new(ErrorKind::Suite, message).at(file, line, 1)
        };
        let again = "`vtlens test --update-snapshots` writes it again";
        // The first thing that a merge may have hit is the heading.
        if let Some(at) = text.lines().position(|line| CONFLICTS.iter().any(|mark| line.starts_with(mark)))
            && text.lines().any(|line| line.starts_with(FORMAT))
        {
            return Read::Broken(mistake(at, "a merge left its conflict in the snapshot").help(again));
        }
        let mut lines = text.lines().enumerate();
        match lines.next() {
            Some((_, first)) if first == VERSION => {}
            Some((_, first)) if first.starts_with(FORMAT) => {
                let message = format!("this snapshot is of another version of vtlens: `{first}`, not `{VERSION}`");
                return Read::Broken(mistake(0, &message).help(again));
            }
            _ => {
                let error = mistake(0, "this file is no snapshot, and has the name of one");
                return Read::Foreign(error.help("move it away: nothing of somebody else's is overwritten"));
            }
        }
        let mut kept = Kept::default();
        for (at, line) in lines {
            if let Some(title) = line.strip_prefix(PART) {
                if kept.parts.insert(title.to_owned(), String::new()).is_some() {
                    return Read::Broken(mistake(at, &format!("the snapshot has `{title}` twice")).help(again));
                }
            } else if let Some((_, part)) = kept.parts.last_mut() {
                if !line.is_empty() && !line.starts_with(' ') {
                    return Read::Broken(mistake(at, "a line of a snapshot begins with a space").help(again));
                }
                part.push_str(line);
                part.push('\n');
            } else if let Some(test) = line.strip_prefix("test: ") {
                kept.test = test.to_owned();
            } else if !line.is_empty() {
                return Read::Broken(mistake(at, "the snapshot has a line before its first part").help(again));
            }
        }
        for part in kept.parts.values_mut() {
            part.truncate(part.trim_end_matches('\n').len());
            part.push('\n');
        }
        Read::Kept(kept)
    }
}

impl Kept {
    /// As it lies on disk.
    fn text(&self) -> String {
        let mut text = format!("{VERSION}\ntest: {}\n", without_secrets(&self.test));
        for (title, part) in &self.parts {
            text.push_str(&format!("\n{PART}{title}\n{part}"));
        }
        text
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// Folders that cannot be made or written to.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let failed = |error: std::io::Error| {
            let message = format!("cannot write the snapshot: {error}");
            Error::new(ErrorKind::Io, message).in_file(path.display().to_string()).caused_by(error)
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder).map_err(failed)?;
        let number = WRITES.fetch_add(1, Ordering::Relaxed);
        let aside = folder.join(format!(".{}-{number}.tmp", std::process::id()));
        let written = std::fs::write(&aside, self.text()).and_then(|()| std::fs::rename(&aside, path));
        written.map_err(|error| {
            // Whatever is left of it is of no use.
            let _ = std::fs::remove_file(&aside);
            failed(error)
        })
    }
}

/// A text as one line of a heading.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
