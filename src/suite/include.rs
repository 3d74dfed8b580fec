//! `include`: what suites share, from files beside them.

use std::path::{Component, Path, PathBuf};

use rustc_hash::FxHashMap;

use super::callers::nearest_file;
use super::document::{self, Kind, Node};
use super::parts::Parts;
use super::read::{self, Opened};
use super::reader::{Known, Mistakes, NOTE, Reader};
use crate::error::{Error, ErrorKind, Result};

/// Follows includes: each file is read once, however many name it.
pub(super) struct Includes<'o> {
    /// The files that are being read, each the one that the next is included by: as it lies on disk, and as shown.
    chain: Vec<(PathBuf, String)>,
    /// Of a file with mistakes nothing.
    done: FxHashMap<PathBuf, Option<Parts>>,
    /// What was wrong with included files.
    errors: Vec<Error>,
    pub(super) opened: &'o mut Opened,
}

impl<'o> Includes<'o> {
    /// Of a suite's file.
    pub(super) fn of(file: &str, opened: &'o mut Opened) -> Self {
        let on_disk = std::fs::canonicalize(file).unwrap_or_else(|_| PathBuf::from(file));
        Includes { chain: vec![(on_disk, file.to_owned())], done: FxHashMap::default(), errors: Vec::new(), opened }
    }

    /// What was wrong with included files, each with its own place.
    pub(super) fn into_errors(self) -> Vec<Error> {
        self.errors
    }

    /// What the files give that a suite or an included file names, the later ones over the earlier; nothing where one
    /// of them cannot be used.
    pub(super) fn parts(&mut self, reader: Reader<'_>, members: Known<'_>) -> Option<Parts> {
        let Some(node) = members.get("include") else { return Some(Parts::default()) };
        let nodes = match &node.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut all = Some(Parts::default());
        for node in nodes {
            let Some(parts) = reader.noted(self.one(reader, node)).flatten() else {
                all = None;
                continue;
            };
            let Some(before) = all.take() else { continue };
            if let Some((name, first, second)) = parts.contradiction(&before) {
                let message =
                    format!("identity `{name}` is described in two ways, in {} and in {}", first.place, second.place);
                let help = "give the callers different names, or describe the one that is meant in the suite itself";
                reader.mistakes.add(reader.error(node.at, message).help(help));
                continue;
            }
            all = Some(parts.over(before));
        }
        all
    }

    /// The parts of one included file.
    fn one(&mut self, reader: Reader<'_>, node: &Node) -> Result<Option<Parts>> {
        let named = match &node.kind {
            Kind::Scalar(serde_json::Value::String(name)) if !name.is_empty() => name,
            _ => return Err(reader.wrong(node, "`include`", "the path of a file, or a list of some")),
        };
        let path = reader.folder.join(named);
        let shown = tidy(&path);
        let Ok(on_disk) = std::fs::canonicalize(&path) else {
            self.opened.documents.push(path.clone());
            let help =
                nearest_file(&path).unwrap_or_else(|| "the path leads on from the file that includes it".to_owned());
            return Err(reader.error(node.at, format!("there is no file `{shown}` to include")).help(help));
        };
        self.opened.documents.push(path.clone());
        if on_disk.is_dir() {
            let error = reader.error(node.at, format!("`{shown}` is a folder, and a file is included"));
            return Err(error.help("name the files in it, in a list"));
        }
        if let Some(start) = self.chain.iter().position(|(file, _)| *file == on_disk) {
            let names = self.chain.iter().skip(start).map(|(_, shown)| shown.as_str()).chain([shown.as_str()]);
            let names: Vec<&str> = names.collect();
            let error = reader.error(node.at, format!("circular include: `{}`", names.join(" → ")));
            return Err(error.help("take this include out, or move what both need into a third file"));
        }
        if let Some(known) = self.done.get(&on_disk) {
            return Ok(known.clone());
        }
        self.chain.push((on_disk.clone(), shown.clone()));
        let parts = match read::text_of(&path, &shown) {
            Ok(text) => self.file(&shown, &text, path.parent().unwrap_or(Path::new(""))),
            Err(error) => {
                self.errors.push(error);
                None
            }
        };
        self.chain.pop();
        self.done.insert(on_disk, parts.clone());
        Ok(parts)
    }

    fn file(&mut self, shown: &str, text: &str, folder: &Path) -> Option<Parts> {
        let mistakes = Mistakes::default();
        let reader = Reader { file: shown, text, folder, mistakes: &mistakes };
        let root = document::read(shown, text).map_err(|error| self.errors.push(error)).ok()?;
        let parts = reader.noted(reader.members(&root, "an included file")).and_then(|members| {
            let tests = members.iter().find(|member| member.key == "tests" || member.key == "snapshot");
            if let Some(tests) = tests {
                let message = format!("an included file has no `{}`: it holds what suites share", tests.key);
                let help = "move what is shared into a file of its own, and include that from both";
                mistakes.add(reader.error(tests.at, message).help(help));
            }
            let keys: Vec<&str> = [read::SHARED, &["tests", "snapshot", NOTE]].concat();
            let known = reader.noted(reader.known(&root, "an included file", &keys))?;
            read::parts(reader, known, self)
        });
        let errors = mistakes.into_errors();
        let usable = errors.is_empty();
        self.errors.extend(errors);
        parts.filter(|_| usable)
    }
}

/// An error for a file that cannot be read.
pub(super) fn unreadable(shown: &str, error: std::io::Error) -> Error {
    let (what, help) = match error.kind() {
        std::io::ErrorKind::IsADirectory => {
            ("this is a folder, not a suite", "name the suites in it, or the folder above")
        }
        std::io::ErrorKind::NotFound => ("there is no such file", "check the path"),
        _ => ("cannot read the suite", "check its permissions"),
    };
    Error::new(ErrorKind::Io, what).in_file(shown).help(help).caused_by(error)
}

/// A path as people would write it: without detours.
fn tidy(path: &Path) -> String {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy.display().to_string()
}
