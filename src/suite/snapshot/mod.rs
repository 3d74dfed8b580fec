//! Snapshots: the whole report of a run, without secrets, people and places that shift, kept beside the suite and held
//! against the next run. A run never writes one unless it is asked to.
//!
//! `taken` says what a snapshot holds, `file` how it lies on disk, `names` where, `folder` what becomes of all of a suite.

mod file;
mod folder;
mod names;
mod stable;
mod taken;

use serde::Serialize;

use crate::secrets::Secrets;

pub(super) use folder::{Folder, without_suite};
pub(super) use names::name_files;
pub(super) use taken::taken;

/// What a run does with snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SnapshotMode {
    /// Holds reports against them; one that is missing or differs fails its case.
    #[default]
    Compare,
    /// Writes those that are missing or differ, and removes those that are no test's.
    Update,
}

/// What a case's snapshot says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CaseSnapshot {
    /// The file that holds it.
    pub file: String,
    /// Whether the run agrees.
    pub status: SnapshotStatus,
    /// Where it does not, as a unified diff from the snapshot to the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

/// Whether a run agrees with its snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotStatus {
    /// It does.
    Matched,
    /// It does not.
    Changed,
    /// There is none.
    Missing,
    /// It was written by this run, new or again.
    Written,
}

/// What became of files of snapshots in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SnapshotsReport {
    /// Files that were written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub written: Vec<String>,
    /// Snapshots of no test, which were removed: files, and `FILE (CALLER)` for a part of one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Snapshots of no test, which are still there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreferenced: Vec<String>,
}

impl SnapshotsReport {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == SnapshotsReport::default()
    }

    /// Adds a snapshot that is no test's.
    fn add_unreferenced(&mut self, what: String, mode: SnapshotMode) {
        match mode {
            SnapshotMode::Compare => self.unreferenced.push(what),
            SnapshotMode::Update => self.removed.push(what),
        }
    }
}

impl FromIterator<SnapshotsReport> for SnapshotsReport {
    fn from_iter<I: IntoIterator<Item = SnapshotsReport>>(reports: I) -> Self {
        let mut all = SnapshotsReport::default();
        for report in reports {
            all.written.extend(report.written);
            all.removed.extend(report.removed);
            all.unreferenced.extend(report.unreferenced);
        }
        all
    }
}

/// A name without the credentials that somebody put into it.
fn without_secrets(name: &str) -> String {
    let mut secrets = Secrets::new();
    secrets.learn(name);
    secrets.mask(name).into_owned()
}
