//! The files and folders that something is read from, and whether a change touches them.
//!
//! Knows paths only, not what is read.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Folders in which nobody keeps what is tested.
const FOREIGN: [&str; 3] = ["node_modules", "target", "__snapshots__"];

/// Files and folders; a folder stands for everything in it. They need not be there: what appears touches them too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependencies {
    paths: BTreeSet<PathBuf>,
}

/// What lies on disk of dependencies.
#[derive(Debug, Clone, Default)]
pub struct OnDisk {
    /// The folders in which a change touches them.
    pub folders: BTreeSet<PathBuf>,
    /// How many files they are.
    pub files: usize,
}

impl Dependencies {
    /// Adds a file or a folder, and what it leads to when it is a link.
    pub fn add(&mut self, path: &Path) {
        self.paths.insert(placed(path));
        if let Ok(target) = std::fs::canonicalize(path) {
            self.paths.insert(target);
        }
    }

    /// Adds what something else is read from.
    pub fn extend(&mut self, other: &Dependencies) {
        self.paths.extend(other.paths.iter().cloned());
    }

    /// Whether a change of a file or a folder touches them. What editors and test runs leave beside the files of a
    /// folder does not.
    pub fn touched_by(&self, changed: &Path) -> bool {
        let changed = placed(changed);
        self.paths.iter().any(|path| {
            path.starts_with(&changed)
                || changed
                    .strip_prefix(path)
                    .is_ok_and(|below| !below.components().any(|part| is_alien(part.as_os_str())))
        })
    }

    /// The folders to watch, and how many files there are.
    pub fn on_disk(&self) -> OnDisk {
        let mut found = OnDisk::default();
        for path in &self.paths {
            // A file is replaced, and a folder made again, in the folder around it; or in the nearest that is there.
            let around = path.ancestors().skip(1).find(|folder| folder.is_dir());
            found.folders.extend(around.map(Path::to_owned));
            if path.is_dir() {
                walk(path, &mut found);
            } else if path.is_file() {
                found.files += 1;
            }
        }
        found
    }
}

fn walk(folder: &Path, found: &mut OnDisk) {
    if !found.folders.insert(folder.to_owned()) && !folder.is_dir() {
        return;
    }
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_alien(&entry.file_name()) {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), found),
            Ok(_) => found.files += 1,
            Err(_) => {}
        }
    }
}

/// Whether a name below a folder belongs to something else: hidden, an editor's copy, a suite or its snapshots.
fn is_alien(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.')
        || name.ends_with('~')
        || FOREIGN.contains(&name.as_ref())
        || [".vtlens.yaml", ".vtlens.yml", ".vtlens.json"].iter().any(|ending| name.ends_with(ending))
}

/// A path without links above its last part, there or not.
pub fn placed(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        // `..` at the end, or the root.
        return std::fs::canonicalize(&absolute).unwrap_or(absolute);
    };
    let there = folder.ancestors().find_map(|above| Some((std::fs::canonicalize(above).ok()?, above)));
    match there {
        Some((there, above)) => there.join(folder.strip_prefix(above).unwrap_or(Path::new(""))).join(name),
        None => absolute,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_touches_the_file_the_folder_around_it_and_what_was_to_appear() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("build/resolvers")).unwrap();
        std::fs::write(at("build/schema.graphql"), "").unwrap();
        let mut depends = Dependencies::default();
        ["build", "tokens/eve.jwt", "a.vtlens.yaml"].iter().for_each(|name| depends.add(&at(name)));
        for (changed, touched) in [
            ("build/schema.graphql", true),
            ("build/resolvers/new/Query.a.req.vtl", true),
            ("build", true),
            ("tokens", true),
            ("tokens/eve.jwt", true),
            ("tokens/bob.jwt", false),
            ("a.vtlens.yaml", true),
            ("b.vtlens.yaml", false),
            ("build/b.vtlens.yaml", false),
            ("build/__snapshots__/b.snap", false),
            ("build/.schema.graphql.swp", false),
            ("build/schema.graphql~", false),
        ] {
            assert_eq!(depends.touched_by(&at(changed)), touched, "{changed}");
        }
        let on_disk = depends.on_disk();
        let folders: Vec<PathBuf> = ["", "build", "build/resolvers"].iter().map(|name| placed(&at(name))).collect();
        let folders: BTreeSet<PathBuf> = folders.into_iter().map(|path| std::fs::canonicalize(path).unwrap()).collect();
        assert_eq!((on_disk.folders, on_disk.files), (folders, 1));
    }
}
