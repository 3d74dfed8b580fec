//! Reading a tree into a type of ours, with errors that say where, and which known name was probably meant.

use std::cell::RefCell;
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::document::{At, Kind, Member, Node};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::json_file;

/// Free text, allowed in every map of a suite.
pub(super) const NOTE: &str = "note";

/// What does not fit in one file, found one after the other: people want to hear of all of it at once.
#[derive(Debug, Default)]
pub(super) struct Mistakes(RefCell<Vec<Error>>);

impl Mistakes {
    pub(super) fn add(&self, error: Error) {
        self.0.borrow_mut().push(error);
    }

    /// Every one, in the order of the file.
    pub(super) fn into_errors(self) -> Vec<Error> {
        let mut errors = self.0.into_inner();
        errors.sort_by_key(|error| error.place().map(|place| (place.line, place.column)));
        errors
    }
}

/// Reads nodes of one file.
#[derive(Clone, Copy)]
pub(super) struct Reader<'f> {
    pub(super) file: &'f str,
    /// The file's text, as its nodes' places count it.
    pub(super) text: &'f str,
    /// The folder that paths in it lead on from.
    pub(super) folder: &'f Path,
    pub(super) mistakes: &'f Mistakes,
}

impl<'f> Reader<'f> {
    pub(super) fn error(self, at: At, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Suite, message).at(self.file, at.line, at.column)
    }

    /// The value; a mistake is told with the others in the end.
    pub(super) fn noted<T>(self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.mistakes.add(error)).ok()
    }

    /// A place of this file.
    pub(super) fn place(self, at: At) -> Place {
        Place { file: self.file.to_owned(), line: at.line, column: at.column }
    }

    /// The members of a map.
    pub(super) fn members<'n>(self, node: &'n Node, what: &str) -> Result<&'n [Member]> {
        match &node.kind {
            Kind::Map(members) => Ok(members),
            _ => Err(self.wrong(node, what, "a map")),
        }
    }

    /// The members of a map whose keys are known; others are noted as mistakes.
    pub(super) fn known<'n>(self, node: &'n Node, what: &str, keys: &[&str]) -> Result<Known<'n>> {
        let members = self.members(node, what)?;
        let unknown = members.iter().filter(|member| member.key != NOTE && !keys.contains(&member.key.as_str()));
        let unknown: Vec<&Member> = unknown.collect();
        unknown.iter().for_each(|member| self.mistakes.add(self.unknown(member.at, "key", &member.key, keys)));
        Ok(Known { members, misspelt: !unknown.is_empty() })
    }

    /// The items of a list.
    pub(super) fn items<'n>(self, node: &'n Node, what: &str) -> Result<&'n [Node]> {
        match &node.kind {
            Kind::List(items) => Ok(items),
            _ => Err(self.wrong(node, what, "a list")),
        }
    }

    pub(super) fn text(self, node: &Node, what: &str) -> Result<String> {
        match &node.kind {
            Kind::Scalar(Json::String(text)) => Ok(text.clone()),
            _ => Err(self.wrong(node, what, "a text")),
        }
    }

    /// A text, also one that YAML takes for a number or a boolean.
    pub(super) fn scalar(self, node: &Node, what: &str) -> Result<String> {
        match &node.kind {
            Kind::Scalar(Json::String(text)) => Ok(text.clone()),
            Kind::Scalar(other @ (Json::Number(_) | Json::Bool(_))) => Ok(other.to_string()),
            _ => Err(self.wrong(node, what, "a text")),
        }
    }

    pub(super) fn object(self, node: &Node, what: &str) -> Result<Map<String, Json>> {
        match node.to_json() {
            Json::Object(members) => Ok(members),
            Json::Null => Ok(Map::new()),
            _ => Err(self.wrong(node, what, "a map")),
        }
    }

    /// One of several names.
    pub(super) fn one_of<T: Copy>(self, node: &Node, what: &str, known: &[(&str, T)]) -> Result<T> {
        let name = self.text(node, what)?;
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let found = known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        found.ok_or_else(|| self.unknown(node.at, what, &name, &names))
    }

    pub(super) fn wrong(self, node: &Node, what: &str, wanted: &str) -> Error {
        self.error(node.at, format!("{what} is {}, not {wanted}", json_file::describe(&node.to_json())))
    }

    pub(super) fn unknown(self, at: At, what: &str, name: &str, known: &[&str]) -> Error {
        let error = self.error(at, format!("unknown {what} `{name}`"));
        match json_file::nearest(name, known) {
            Some(nearest) => error.help(format!("did you mean `{nearest}`?")),
            None if known.is_empty() => error,
            None => error.help(format!("known here: `{}`", known.join("`, `"))),
        }
    }

    /// Where the lines of a text begin that a scalar holds: of a block (`|`), or of one line in quotes or without.
    /// Empty where the file writes it differently, as escapes do.
    pub(super) fn lines_of(self, node: &Node, text: &str) -> Vec<At> {
        let source = |line: u32| self.text.lines().nth(usize::try_from(line.checked_sub(1)?).ok()?);
        let places = |first: u32| -> Option<Vec<At>> {
            let placed = (first..).zip(text.lines()).map(|(line, wanted)| {
                let before = source(line)?.strip_suffix(wanted)?;
                let blank = before.chars().all(|c| c == ' ');
                blank.then(|| At { line, column: count(before) + 1 })
            });
            placed.collect()
        };
        let inline = || -> Option<Vec<At>> {
            let skipped = usize::try_from(node.at.column.checked_sub(1)?).ok()?;
            let rest = source(node.at.line)?;
            let rest = rest.get(rest.char_indices().nth(skipped)?.0..)?;
            let bare = rest.trim_start_matches(['"', '\'']);
            let quote = count(rest) - count(bare);
            let at = At { column: node.at.column + quote.min(1), ..node.at };
            (quote <= 1 && bare.starts_with(text)).then(|| vec![at])
        };
        let block = || [node.at.line + 1, node.at.line].into_iter().find_map(places);
        inline().or_else(block).unwrap_or_default()
    }
}

fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// A map whose keys were checked.
#[derive(Clone, Copy)]
pub(super) struct Known<'n> {
    members: &'n [Member],
    /// Whether there is a key that is not known: it may be the one that is missing.
    pub(super) misspelt: bool,
}

impl<'n> Known<'n> {
    pub(super) fn get(self, key: &str) -> Option<&'n Node> {
        self.members.iter().find(|member| member.key == key).map(|member| &member.value)
    }

    /// The place of a key.
    pub(super) fn key_at(self, key: &str) -> Option<At> {
        self.members.iter().find(|member| member.key == key).map(|member| member.at)
    }
}
