//! A suite from its file.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use super::document::{self, Kind, Member, Node};
use super::model::{Suite, Test};
use super::read_test;
use super::reader::{Known, NOTE, Reader};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::{IdentityFacts, Instant};
use crate::json_file;
use crate::source::Data;

const KEYS: &[&str] = &["api", "params", "now", "ids", "data", "responses", "identities", "tests", "snapshot", NOTE];

impl Suite {
    /// Reads the suite of a file.
    ///
    /// # Errors
    /// [`ErrorKind::Io`], [`ErrorKind::Suite`], [`ErrorKind::Data`], [`ErrorKind::Token`]; each with the place, and the
    /// known name that was probably meant.
    pub fn load(path: &Path) -> Result<Suite> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|error| Error::new(ErrorKind::Io, "cannot read the suite").in_file(&file).caused_by(error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Error::new(ErrorKind::Suite, format!("not text: byte {at} is not UTF-8")).in_file(&file)
        })?;
        Suite::read(&file, &text)
    }

    /// Reads a suite from its text; `file` stands in errors, and what the suite names is relative to it.
    ///
    /// # Errors
    /// As [`Suite::load`].
    pub fn read(file: &str, text: &str) -> Result<Suite> {
        let root = document::read(file, text)?;
        let reader = Reader { file };
        let folder = Path::new(file).parent().unwrap_or(Path::new("")).to_owned();
        let suite = reader.known(&root, "the suite", KEYS)?;
        read_test::no_snapshots(reader, suite)?;
        if let Some(node) = suite.get("ids") {
            reader.one_of(node, "kind of ids", &[("counter", ())])?;
        }
        let api = suite.get("api").map(|node| reader.text(node, "`api`")).transpose()?;
        let params = params(reader, suite)?;
        let now_ms = suite.get("now").map(|node| now(reader, node)).transpose()?;
        let data = suite.get("data").map(|node| data(reader, node, &folder)).transpose()?;
        let responses = suite.get("responses").map(|node| reader.object(node, "`responses`")).transpose()?;
        let identities = identities(reader, suite, &folder)?;
        let tests = tests(reader, suite, &root, &identities, &folder)?;
        let api = api.map(|path| folder.join(path));
        Ok(Suite { file: file.to_owned(), api, params, now_ms, data, responses, identities, tests })
    }
}

fn params(reader: Reader<'_>, suite: Known<'_>) -> Result<IndexMap<String, String>> {
    let Some(node) = suite.get("params") else { return Ok(IndexMap::new()) };
    let members = reader.members(node, "`params`")?;
    members
        .iter()
        .map(|member| Ok((member.key.clone(), reader.scalar(&member.value, &format!("parameter `{}`", member.key))?)))
        .collect()
}

fn now(reader: Reader<'_>, node: &Node) -> Result<i64> {
    let instant: Result<Instant, _> = serde_json::from_value(node.to_json());
    instant.map(|instant| instant.0).map_err(|error| reader.error(node.at, error.to_string()))
}

/// Items of tables, or the path of a folder or file that holds them.
pub(super) fn data(reader: Reader<'_>, node: &Node, folder: &Path) -> Result<Data> {
    if let Kind::Scalar(Json::String(path)) = &node.kind {
        return Data::load(&folder.join(path));
    }
    let tables: Vec<&Member> = reader.members(node, "`data`")?.iter().filter(|member| !is_note(member)).collect();
    let json = tables.iter().map(|table| (table.key.clone(), table.value.to_json())).collect::<Map<_, _>>();
    Data::from_json(reader.file, &Json::Object(json)).map_err(|error| {
        // Which table it was, and where that stands.
        let alone = |table: &&&Member| {
            Data::from_json(reader.file, &json!({ table.key.as_str(): table.value.to_json() })).is_err()
        };
        let at = tables.iter().find(alone).map_or(node.at, |table| table.value.at);
        let placed = Error::new(ErrorKind::Data, error.message()).at(reader.file, at.line, at.column);
        match error.help_text() {
            Some(help) => placed.help(help),
            None => placed,
        }
    })
}

fn identities(reader: Reader<'_>, suite: Known<'_>, folder: &Path) -> Result<IndexMap<String, IdentityFacts>> {
    let Some(node) = suite.get("identities") else { return Ok(IndexMap::new()) };
    let members = reader.members(node, "`identities`")?.iter().filter(|member| !is_note(member));
    members.map(|member| Ok((member.key.clone(), identity(reader, member, folder)?))).collect()
}

fn identity(reader: Reader<'_>, member: &Member, folder: &Path) -> Result<IdentityFacts> {
    let what = format!("identity `{}`", member.key);
    if member.key == "*" {
        return Err(reader.error(member.at, "no identity can be called `*`: it stands for all that are not named"));
    }
    let parts = reader.members(&member.value, &what)?;
    let mut facts: IdentityFacts = serde_json::from_value(member.value.to_json()).map_err(|error| {
        // A member that does not fit does not fit alone either.
        let culprit = parts.iter().find_map(|part| {
            let alone = if part.key == "mode" { json!({}) } else { json!({ "mode": "apiKey" }) };
            let mut alone = alone.as_object().cloned().unwrap_or_default();
            alone.insert(part.key.clone(), part.value.to_json());
            let error = serde_json::from_value::<IdentityFacts>(Json::Object(alone)).err()?;
            Some((part, error.to_string()))
        });
        match culprit {
            Some((part, message)) => misfit(reader, part, &message),
            None => reader.error(member.at, format!("{what}: {error}")),
        }
    })?;
    if let Some(token) = facts.token_file() {
        let at = parts.iter().find(|part| part.key == "token").map_or(member.at, |part| part.value.at);
        let file = folder.join(token);
        let text = std::fs::read_to_string(&file).map_err(|error| {
            reader
                .error(at, format!("the token of {what} cannot be read: `{}`", file.display()))
                .help("a token file is named relative to the suite")
                .caused_by(error)
        })?;
        facts.token = Some(text.trim().to_owned());
    }
    Ok(facts)
}

/// What serde says about a member of an identity, with its place.
fn misfit(reader: Reader<'_>, part: &Member, message: &str) -> Error {
    match json_file::unknown_name(message) {
        Some((name, message, help)) => {
            let key = if part.key == name { Some(part.at) } else { part.value.find_key(name) };
            reader.error(key.unwrap_or(part.value.at), message).help(help)
        }
        None => reader.error(part.value.at, format!("`{}`: {message}", part.key)),
    }
}

fn tests(
    reader: Reader<'_>,
    suite: Known<'_>,
    root: &Node,
    identities: &IndexMap<String, IdentityFacts>,
    folder: &Path,
) -> Result<Vec<Test>> {
    let Some(node) = suite.get("tests") else {
        return Err(reader.error(root.at, "the suite has no `tests`"));
    };
    let names: Vec<&str> = identities.keys().map(String::as_str).collect();
    let tests: Vec<Test> = reader
        .items(node, "`tests`")?
        .iter()
        .enumerate()
        .map(|(index, node)| read_test::test(reader, node, index, &names, folder))
        .collect::<Result<_>>()?;
    if tests.is_empty() {
        return Err(reader.error(node.at, "the suite has no tests"));
    }
    Ok(tests)
}

/// A note among names that people choose.
pub(super) fn is_note(member: &Member) -> bool {
    member.key == NOTE && matches!(member.value.kind, Kind::Scalar(_))
}
