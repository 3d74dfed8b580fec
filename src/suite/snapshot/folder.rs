//! The snapshots of a suite against a run of it.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use rustc_hash::FxHashSet;
use similar::TextDiff;

use super::file::{Kept, Read, one_line};
use super::{CaseSnapshot, SnapshotMode, SnapshotStatus, SnapshotsReport, names};
use crate::error::{Error, ErrorKind, Result};
use crate::suite::model::{Scenario, Suite, Test};
use crate::suite::report::CaseReport;

/// Lines around a difference.
const CONTEXT: usize = 2;

/// The folder of one suite's snapshots.
pub(in crate::suite) struct Folder<'s> {
    suite: &'s Suite,
    mode: SnapshotMode,
    path: PathBuf,
    report: SnapshotsReport,
}

impl<'s> Folder<'s> {
    /// Of a suite; nothing is read yet.
    pub(in crate::suite) fn of(suite: &'s Suite, mode: SnapshotMode) -> Self {
        let path = names::folder_of(Path::new(&suite.file));
        Folder { suite, mode, path, report: SnapshotsReport::default() }
    }

    fn file_of(&self, test: &Test) -> PathBuf {
        self.path.join(format!("{}{}", test.file_name, names::ENDING))
    }

    /// Holds the cases of a test against its file: each with what its snapshot is to be.
    ///
    /// # Errors
    /// A file that cannot be read, written or made sense of.
    pub(in crate::suite) fn hold(&mut self, test: &Test, taken: Vec<(&mut CaseReport, String)>) -> Result<()> {
        if taken.is_empty() {
            return Ok(());
        }
        let path = self.file_of(test);
        let shown = path.display().to_string();
        let kept = match (Read::from(&path)?, self.mode) {
            (Read::Kept(kept), _) => kept,
            (Read::Absent, _) | (Read::Broken(_), SnapshotMode::Update) => Kept::default(),
            (Read::Broken(error), SnapshotMode::Compare) | (Read::Foreign(error), _) => return Err(error),
        };
        let mut now = Kept { test: one_line(&test.name), parts: IndexMap::new() };
        for (case, text) in taken {
            let title = title(case.step, &case.identity);
            let before = kept.parts.get(&title);
            let (status, diff) = match before {
                Some(before) if *before == text => (SnapshotStatus::Matched, None),
                _ if self.mode == SnapshotMode::Update => (SnapshotStatus::Written, None),
                Some(before) => (SnapshotStatus::Changed, Some(diff(before, &text))),
                None => (SnapshotStatus::Missing, None),
            };
            match status {
                SnapshotStatus::Changed => case.differences.push("differs from its snapshot".to_owned()),
                SnapshotStatus::Missing => case.differences.push(format!("there is no snapshot: {RUN} writes it")),
                SnapshotStatus::Matched | SnapshotStatus::Written => {}
            }
            case.pass = case.differences.is_empty();
            case.snapshot = Some(CaseSnapshot { file: shown.clone(), status, diff });
            now.parts.insert(title, text);
        }
        let expected = titles(test);
        for (title, text) in &kept.parts {
            if now.parts.contains_key(title) {
                continue;
            }
            if expected.contains(title) {
                // A story that ended early says nothing of its later steps.
                now.parts.insert(title.clone(), text.clone());
            } else {
                self.report.add_unreferenced(format!("{shown} ({title})"), self.mode);
            }
        }
        if self.mode == SnapshotMode::Update && now != kept {
            now.write(&path)?;
            self.report.written.push(shown);
        }
        Ok(())
    }

    /// What became of the suite's files; those that are no test's are found, unless a filter left tests out.
    ///
    /// # Errors
    /// A folder that cannot be read, a file that cannot be removed.
    pub(in crate::suite) fn finish(mut self) -> Result<SnapshotsReport> {
        if self.suite.filtered {
            return Ok(self.report);
        }
        let tests = self.suite.tests.iter().filter(|test| test.has_snapshot());
        let known: FxHashSet<String> = tests.map(|test| format!("{}{}", test.file_name, names::ENDING)).collect();
        for path in files(&self.path)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !known.contains(&names::same_form(&name)) {
                unreferenced(&path, self.mode, &mut self.report)?;
            }
        }
        tidy(&self.path, self.mode);
        Ok(self.report)
    }
}

const RUN: &str = "`vtlens test --update-snapshots`";

/// Finds the snapshots of suites that are not there any more, beside those that ran.
pub(in crate::suite) fn without_suite(
    suites: &[&Suite],
    mode: SnapshotMode,
    report: &mut SnapshotsReport,
) -> Result<()> {
    let beside: FxHashSet<PathBuf> = suites.iter().map(|suite| names::folder_beside(Path::new(&suite.file))).collect();
    let mut beside: Vec<PathBuf> = beside.into_iter().collect();
    beside.sort();
    for folder in beside {
        for of_suite in entries(&folder)?.into_iter().filter(|path| path.is_dir()) {
            let suite = folder.with_file_name(of_suite.file_name().unwrap_or_default());
            if super::super::find::is_suite(&suite) && !suite.exists() {
                for file in files(&of_suite)? {
                    unreferenced(&file, mode, report)?;
                }
                tidy(&of_suite, mode);
            }
        }
    }
    Ok(())
}

/// A file that no test has: reported or removed, if it is one of ours at all.
fn unreferenced(path: &Path, mode: SnapshotMode, report: &mut SnapshotsReport) -> Result<()> {
    let shown = path.display().to_string();
    if !matches!(Read::from(path)?, Read::Kept(_) | Read::Broken(_)) {
        return Ok(());
    }
    if mode == SnapshotMode::Update {
        std::fs::remove_file(path).map_err(|error| {
            let message = format!("cannot remove the snapshot: {error}");
            Error::new(ErrorKind::Io, message).in_file(&shown).caused_by(error)
        })?;
    }
    report.add_unreferenced(shown, mode);
    Ok(())
}

/// Removes a folder that holds nothing any more, and the one around it.
fn tidy(folder: &Path, mode: SnapshotMode) {
    if mode == SnapshotMode::Update && std::fs::remove_dir(folder).is_ok() {
        let _ = folder.parent().map(std::fs::remove_dir);
    }
}

/// Files that may be snapshots, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let is_file = |path: &PathBuf| std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    let ours = |path: &PathBuf| path.to_string_lossy().ends_with(names::ENDING) && is_file(path);
    Ok(entries(folder)?.into_iter().filter(ours).collect())
}

/// What is in a folder, in order; nothing where there is none.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Io, "cannot read the folder").in_file(folder.display().to_string()).caused_by(error)
    };
    let found = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found.map_err(failed)?,
    };
    let mut found: Vec<PathBuf> =
        found.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>().map_err(failed)?;
    found.sort();
    Ok(found)
}

/// The part of a file that a case has.
fn title(step: Option<usize>, identity: &str) -> String {
    match step {
        Some(step) => format!("step {step}, {}", one_line(identity)),
        None => one_line(identity),
    }
}

/// Every part that a test's file can have.
fn titles(test: &Test) -> FxHashSet<String> {
    match &test.scenario {
        Scenario::Callers { expect, .. } => expect.iter().map(|(identity, _)| title(None, identity)).collect(),
        Scenario::Story(steps) => {
            let kept = steps.iter().enumerate().filter(|(_, step)| step.snapshot);
            kept.map(|(index, step)| title(Some(index + 1), &step.identity)).collect()
        }
    }
}

fn diff(before: &str, now: &str) -> String {
    let diff = TextDiff::from_lines(before, now);
    diff.unified_diff().context_radius(CONTEXT).header("snapshot", "this run").to_string()
}
