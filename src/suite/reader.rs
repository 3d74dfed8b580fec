//! Reading a tree into a type of ours, with errors that say where, and which known name was probably meant.

use serde_json::{Map, Value as Json};

use super::document::{At, Kind, Member, Node};
use crate::error::{Error, ErrorKind, Result};
use crate::json_file;

/// Free text, allowed in every map of a suite.
pub(super) const NOTE: &str = "note";

/// Reads nodes of one file.
#[derive(Clone, Copy)]
pub(super) struct Reader<'f> {
    pub(super) file: &'f str,
}

impl<'f> Reader<'f> {
    pub(super) fn error(self, at: At, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Suite, message).at(self.file, at.line, at.column)
    }

    /// The members of a map.
    pub(super) fn members<'n>(self, node: &'n Node, what: &str) -> Result<&'n [Member]> {
        match &node.kind {
            Kind::Map(members) => Ok(members),
            _ => Err(self.wrong(node, what, "a map")),
        }
    }

    /// The members of a map whose keys are known.
    pub(super) fn known<'n>(self, node: &'n Node, what: &str, keys: &[&str]) -> Result<Known<'n>> {
        let members = self.members(node, what)?;
        for member in members.iter().filter(|member| member.key != NOTE) {
            if !keys.contains(&member.key.as_str()) {
                return Err(self.unknown(member.at, "key", &member.key, keys));
            }
        }
        Ok(Known { members })
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
}

/// A map whose keys were checked.
#[derive(Clone, Copy)]
pub(super) struct Known<'n> {
    members: &'n [Member],
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
