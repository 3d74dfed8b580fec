//! A suite from its file and the files that it includes.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use super::callers;
use super::document::{self, Kind, Member, Node};
use super::include::{Includes, unreadable};
use super::model::{Suite, Test};
use super::parts::Parts;
use super::read_test;
use super::reader::{Known, Mistakes, NOTE, Reader};
use super::snapshot;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::{IdentityFacts, Instant};
use crate::source::Data;

/// What suites can share.
pub(super) const SHARED: &[&str] = &["include", "api", "params", "now", "ids", "data", "responses", "identities"];

/// Bytes of a suite: more than anybody writes, far less than memory.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A file read as a suite, usable or not.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reading {
    /// The suite, or every mistake in it.
    pub suite: Result<Suite, Vec<Error>>,
    /// Whether it could be used if it had tests: another suite may include it.
    pub is_shared: bool,
    /// What was opened for it, there or not.
    pub opened: Opened,
}

/// The files that a suite is read from, each noted before it is opened.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Opened {
    /// The suite and what it includes.
    pub documents: Vec<PathBuf>,
    /// Tokens and data; a folder stands for the files in it.
    pub others: Vec<PathBuf>,
}

impl Reading {
    /// Reads a file.
    pub fn of(path: &Path) -> Reading {
        let file = path.display().to_string();
        let mut opened = Opened { documents: vec![path.to_owned()], ..Opened::default() };
        let (suite, is_shared) = match text_of(path, &file) {
            Ok(text) => read(&file, &text, &mut opened),
            Err(error) => (Err(vec![error]), false),
        };
        Reading { suite, is_shared, opened }
    }
}

impl Suite {
    /// Reads the suite of a file.
    ///
    /// # Errors
    /// [`ErrorKind::Io`], [`ErrorKind::Suite`], [`ErrorKind::Data`], [`ErrorKind::Token`]; each with the place, and the
    /// known name that was probably meant. Of several mistakes the first: [`Reading::of`] gives all.
    pub fn load(path: &Path) -> Result<Suite> {
        Reading::of(path).suite.map_err(first)
    }

    /// Reads a suite from its text; `file` stands in errors, and what the suite names is relative to it.
    ///
    /// # Errors
    /// As [`Suite::load`].
    pub fn read(file: &str, text: &str) -> Result<Suite> {
        read(file, text, &mut Opened::default()).0.map_err(first)
    }
}

fn first(errors: Vec<Error>) -> Error {
    let first = errors.into_iter().next();
    first.unwrap_or_else(|| Error::new(ErrorKind::Suite, "the suite cannot be used"))
}

/// A file's text.
///
/// # Errors
/// One that cannot be read, is no text, or is too large to be a suite.
pub(super) fn text_of(path: &Path, shown: &str) -> Result<String> {
    let about = std::fs::metadata(path).map_err(|error| unreadable(shown, error))?;
    if about.is_dir() {
        return Err(unreadable(shown, std::io::ErrorKind::IsADirectory.into()));
    }
    if about.len() > LARGEST {
        let message = format!("the file has {} MB, and a suite at most {}", about.len() >> 20, LARGEST >> 20);
        let help = "keep items in files of their own, and name their folder: `data: FOLDER`";
        return Err(Error::new(ErrorKind::Suite, message).in_file(shown).help(help));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(shown, error))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..at).unwrap_or_default()).into_owned();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (line, column) =
            (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap_or("").chars().count() + 1);
        Error::new(ErrorKind::Suite, format!("not text: byte {at} is not UTF-8"))
            .at(shown, count(line), count(column))
            .help("save the file as UTF-8")
    })
}

/// The suite, or its mistakes; and whether it lacks nothing but tests.
fn read(file: &str, text: &str, opened: &mut Opened) -> (Result<Suite, Vec<Error>>, bool) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = match document::read(file, text) {
        Ok(root) => root,
        Err(error) => return (Err(vec![error]), false),
    };
    let mistakes = Mistakes::default();
    let folder = Path::new(file).parent().unwrap_or(Path::new("")).to_owned();
    let reader = Reader { file, text, folder: &folder, mistakes: &mistakes };
    let mut includes = Includes::of(file, opened);
    let mut is_shared = false;
    let suite = suite(reader, &root, &mut includes, &mut is_shared);
    let mut errors = includes.into_errors();
    errors.extend(mistakes.into_errors());
    match suite {
        Some(suite) if errors.is_empty() => (Ok(suite), is_shared),
        _ => {
            is_shared &= errors.len() == 1;
            (Err(errors), is_shared)
        }
    }
}

/// The suite; nothing where so much is wrong with it that nothing else can be said.
fn suite(reader: Reader<'_>, root: &Node, includes: &mut Includes<'_>, is_shared: &mut bool) -> Option<Suite> {
    let keys = [SHARED, &["tests", "snapshot", NOTE]].concat();
    let suite = reader.noted(reader.known(root, "the suite", &keys))?;
    // Without what it includes, most names in its tests would be unknown.
    let parts = parts(reader, suite, includes)?;
    let identities: IndexMap<String, Option<IdentityFacts>> =
        parts.callers.into_iter().map(|(name, caller)| (name, caller.facts)).collect();
    let names: Vec<&str> = identities.keys().map(String::as_str).collect();
    *is_shared = suite.get("tests").is_none() && !root.is_empty();
    let has_clock = parts.now_ms.is_some();
    let tests = reader.noted(tests(reader, suite, root, &names, has_clock, includes.opened));
    Some(Suite {
        file: reader.file.to_owned(),
        api: parts.api,
        params: parts.params,
        now_ms: parts.now_ms,
        data: parts.data,
        responses: parts.responses,
        identities: identities.into_iter().filter_map(|(name, facts)| Some((name, facts?))).collect(),
        tests: tests.unwrap_or_default(),
        tables: parts.tables,
        answers: parts.answers,
        filtered: false,
    })
}

/// What a file gives beside tests, itself and by what it includes; nothing where an included file cannot be used.
pub(super) fn parts(reader: Reader<'_>, members: Known<'_>, includes: &mut Includes<'_>) -> Option<Parts> {
    let below = includes.parts(reader, members);
    let get = |key: &str| members.get(key);
    if let Some(node) = get("ids") {
        reader.noted(reader.one_of(node, "kind of ids", &[("counter", ())]));
    }
    let api = get("api").and_then(|node| reader.noted(reader.text(node, "`api`")));
    let own = Parts {
        api: api.map(|path| reader.folder.join(path)),
        params: reader.noted(params(reader, members)).unwrap_or_default(),
        now_ms: get("now").and_then(|node| reader.noted(now(reader, node))),
        data: get("data").and_then(|node| reader.noted(data(reader, node, includes.opened))),
        responses: get("responses").and_then(|node| reader.noted(reader.object(node, "`responses`"))),
        callers: callers::all(reader, members, includes.opened),
        tables: places(reader, get("data")),
        answers: places(reader, get("responses")),
    };
    below.map(|below| own.over(below))
}

/// Where the members of a map stand that people name.
fn places(reader: Reader<'_>, node: Option<&Node>) -> Vec<(String, crate::error::Place)> {
    let Some(Kind::Map(members)) = node.map(|node| &node.kind) else { return Vec::new() };
    let named = members.iter().filter(|member| !is_note(member));
    named.map(|member| (member.key.clone(), reader.place(member.at))).collect()
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
pub(super) fn data(reader: Reader<'_>, node: &Node, opened: &mut Opened) -> Result<Data> {
    if let Kind::Scalar(Json::String(path)) = &node.kind {
        let path = reader.folder.join(path);
        opened.others.push(path.clone());
        if !path.exists() {
            let help = callers::nearest_file(&path);
            let help = help
                .unwrap_or_else(|| "the path leads on from the suite: a folder of `TABLE.json`, or a file".to_owned());
            return Err(reader.error(node.at, format!("there is no data at `{}`", path.display())).help(help));
        }
        return Data::load(&path);
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

fn tests(
    reader: Reader<'_>,
    suite: Known<'_>,
    root: &Node,
    identities: &[&str],
    has_clock: bool,
    opened: &mut Opened,
) -> Result<Vec<Test>> {
    let Some(node) = suite.get("tests") else {
        return Err(reader
            .error(root.at, "the suite has no `tests`")
            .help("add some; a file that only others `include` has a name that does not end in `.vtlens.yaml`"));
    };
    let defaults = read_test::Defaults { now: has_clock, snapshot: false };
    let defaults = reader.noted(defaults.overridden(reader, suite)).unwrap_or(defaults);
    let nodes = reader.items(node, "`tests`")?;
    if nodes.is_empty() {
        return Err(reader.error(node.at, "the suite has no tests"));
    }
    let mut tests: Vec<Test> = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        tests.extend(reader.noted(read_test::test(reader, node, index, identities, (defaults, opened))));
    }
    snapshot::name_files(&mut tests);
    Ok(tests)
}

/// A note among names that people choose.
pub(super) fn is_note(member: &Member) -> bool {
    member.key == NOTE && matches!(member.value.kind, Kind::Scalar(_))
}
