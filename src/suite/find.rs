//! Which files are suites.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

const ENDINGS: [&str; 3] = [".vtlens.yaml", ".vtlens.yml", ".vtlens.json"];
/// Folders that hold other people's files.
const FOREIGN: [&str; 2] = ["node_modules", "target"];

/// The suites at paths: a file as it is, of a folder every `*.vtlens.yaml`, `.yml` and `.json` below it, in order.
/// Hidden folders, `node_modules` and `target` are left out, links to folders are not followed.
///
/// # Errors
/// [`ErrorKind::Io`] for a path that cannot be read, [`ErrorKind::Suite`] for one that holds no suite.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = Vec::new();
    for path in paths {
        let shown = path.display().to_string();
        let kind = std::fs::metadata(path).map_err(|error| {
            let what = match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such file or folder",
                _ => "cannot be read",
            };
            Error::new(ErrorKind::Io, what).in_file(&shown).caused_by(error)
        })?;
        let before = found.len();
        if kind.is_dir() {
            below(path, &mut found)?;
        } else {
            found.push(path.clone());
        }
        if found.len() == before {
            return Err(Error::new(ErrorKind::Suite, "there is no suite in this folder")
                .in_file(shown)
                .help("a suite's name ends in `.vtlens.yaml`, `.vtlens.yml` or `.vtlens.json`"));
        }
    }
    let mut known = rustc_hash::FxHashSet::default();
    found.retain(|path| known.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    Ok(found)
}

/// The folders in which suites of paths may appear: those that [`find`] looks into.
pub fn folders(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut waiting: Vec<PathBuf> = paths.iter().filter_map(|path| std::fs::canonicalize(path).ok()).collect();
    waiting.retain(|path| path.is_dir());
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && is_ours(&entry.file_name().to_string_lossy()) {
                waiting.push(entry.path());
            }
        }
        folders.push(folder);
    }
    folders
}

fn is_ours(folder: &str) -> bool {
    !folder.starts_with('.') && !FOREIGN.contains(&folder)
}

/// Whether a file is a suite by its name.
pub fn is_suite(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = |error: std::io::Error| {
        Error::new(ErrorKind::Io, "cannot read the folder").in_file(folder.display().to_string()).caused_by(error)
    };
    let mut entries: Vec<_> = std::fs::read_dir(folder).and_then(Iterator::collect).map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        // `./a` is shown as `a`.
        let path = folder.strip_prefix(".").unwrap_or(folder).join(&name);
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            if is_ours(&name) {
                below(&path, found)?;
            }
        } else if is_suite(&path) {
            found.push(path);
        }
    }
    Ok(())
}
