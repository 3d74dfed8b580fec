//! Flips that somebody accepted: a list in YAML or JSON, and what of it matches nothing any more.

use std::path::Path;

use indexmap::IndexSet;

use super::super::document::{self, Node};
use super::super::reader::{Mistakes, NOTE, Reader};
use super::model::{Accepted, Change, Diff, Entry, Flip};
use crate::error::Result;

const KEYS: &[&str] = &["accept", NOTE];
const ENTRY: &[&str] = &["change", "field", "identity", "test", NOTE];

/// An allow-list.
#[derive(Debug, Clone, Default)]
pub struct AllowList {
    entries: Vec<(Entry, At)>,
    file: String,
}

/// Where an entry's names stand.
#[derive(Debug, Clone, Copy, Default)]
struct At {
    field: document::At,
    identity: document::At,
    test: document::At,
}

/// The names that an allow-list may use.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) fields: IndexSet<String>,
    pub(super) identities: IndexSet<String>,
    pub(super) tests: IndexSet<String>,
}

fn entries(reader: Reader<'_>, root: &Node) -> Result<Vec<(Entry, At)>> {
    let list = reader.known(root, "the allow-list", KEYS)?;
    let Some(accepted) = list.get("accept") else {
        return Err(reader
            .error(root.at, "the allow-list has no `accept`")
            .help("`accept: [{ change: gained, field: Query.getPost }]`"));
    };
    let items = reader.items(accepted, "`accept`")?.iter();
    Ok(items.filter_map(|item| reader.noted(entry(reader, item))).collect())
}

impl AllowList {
    /// Reads a list; `file` stands in errors.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Suite`] with the place, and the known name that was probably meant.
    pub fn read(file: &str, text: &str) -> Result<AllowList> {
        let root = document::read(file, text)?;
        let mistakes = Mistakes::default();
        let reader = Reader { file, text, folder: Path::new(""), mistakes: &mistakes };
        let entries = entries(reader, &root);
        // What was misspelt is said before what is missing.
        match mistakes.into_errors().into_iter().next() {
            Some(first) => Err(first),
            None => Ok(AllowList { entries: entries?, file: file.to_owned() }),
        }
    }

    /// Refuses names that neither build nor suite has.
    pub(super) fn check(&self, names: &Names) -> Result<()> {
        let mistakes = Mistakes::default();
        let reader = Reader { file: &self.file, text: "", folder: Path::new(""), mistakes: &mistakes };
        for (entry, at) in &self.entries {
            let known = |what: &str, name: Option<&String>, names: &IndexSet<String>, at: document::At| match name {
                Some(name) if !names.contains(name) => {
                    let mut known: Vec<&str> = names.iter().map(String::as_str).collect();
                    known.truncate(if crate::json_file::nearest(name, &known).is_some() { known.len() } else { MOST });
                    Err(reader.unknown(at, what, name, &known))
                }
                _ => Ok(()),
            };
            known("field", Some(&entry.field), &names.fields, at.field)?;
            known("identity", entry.identity.as_ref(), &names.identities, at.identity)?;
            known("test", entry.test.as_ref(), &names.tests, at.test)?;
        }
        Ok(())
    }

    /// Takes what is accepted out of a diff, and notes which entries matched nothing.
    pub(super) fn apply(&self, diff: &mut Diff) {
        let mut used = vec![false; self.entries.len()];
        for group in &mut diff.groups {
            let (change, field) = (group.change, group.field.clone());
            group.cases.retain(|flip| {
                let mut by = None;
                for ((entry, _), used) in self.entries.iter().zip(&mut used) {
                    if accepts(entry, change, &field, flip) {
                        *used = true;
                        by = by.or(Some(entry));
                    }
                }
                let Some(entry) = by else { return true };
                let note = entry.note.clone();
                diff.accepted.push(Accepted { change, field: field.clone(), flip: flip.clone(), note });
                false
            });
        }
        diff.groups.retain(|group| !group.cases.is_empty());
        let stale = self.entries.iter().zip(used).filter(|(_, used)| !used);
        diff.stale = stale.map(|((entry, _), _)| entry.clone()).collect();
    }
}

/// Names of an error's help.
const MOST: usize = 12;

fn entry(reader: Reader<'_>, node: &Node) -> Result<(Entry, At)> {
    let members = reader.known(node, "an accepted change", ENTRY)?;
    let text = |key: &str| members.get(key).map(|node| reader.scalar(node, &format!("`{key}`"))).transpose();
    let at = |key: &str| members.get(key).map_or(node.at, |node| node.at);
    let (Some(change), Some(field)) = (members.get("change"), text("field")?) else {
        let lacks = if members.get("change").is_none() { "change" } else { "field" };
        return Err(reader.error(node.at, format!("an accepted change has no `{lacks}`")));
    };
    let entry = Entry {
        line: node.at.line,
        change: reader.one_of(change, "kind of change", &Change::ALL)?,
        field,
        identity: text("identity")?,
        test: text("test")?,
        note: text(NOTE)?,
    };
    Ok((entry, At { field: at("field"), identity: at("identity"), test: at("test") }))
}

fn accepts(entry: &Entry, change: Change, field: &str, flip: &Flip) -> bool {
    let is = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted == is);
    entry.change == change && entry.field == field && is(&entry.identity, &flip.identity) && is(&entry.test, &flip.test)
}

impl Diff {
    /// The flips as entries of an allow-list, one a change, field and caller, ready to paste.
    pub fn entries(&self) -> Vec<Entry> {
        let mut found: Vec<Entry> = Vec::new();
        for group in &self.groups {
            for flip in &group.cases {
                let entry = Entry {
                    line: 0,
                    change: group.change,
                    field: group.field.clone(),
                    identity: Some(flip.identity.clone()),
                    test: None,
                    note: None,
                };
                if !found.contains(&entry) {
                    found.push(entry);
                }
            }
        }
        found
    }
}
