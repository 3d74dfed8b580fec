//! What commands are given: the API, its data, facts and keys, read from the files that options and defaults name.

use std::io::Read;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::args::{ApiArgs, CheckArgs, FactArgs};
use super::secrets;
use crate::api::{Api, DataSourceKind, LoadOptions};
use crate::identity::IdentityFacts;
use crate::identity::jwks::KeySet;
use crate::replay::Replay;
use crate::request::cloudwatch;
use crate::source::Data;
use crate::{Error, ErrorKind, Result, json_file};

/// Opens the API that the options name, or the one around the current folder.
pub(super) fn api(args: &ApiArgs) -> Result<Api> {
    Api::open(&api_path(args)?, &LoadOptions { params: params(args)?, schema: args.schema.clone() })
}

/// Where that API is.
pub(super) fn api_path(args: &ApiArgs) -> Result<PathBuf> {
    match &args.api {
        Some(path) => Ok(path.clone()),
        None => Api::find_from(&current_folder()?).map_err(|error| error.help("name the API: `--api PATH`")),
    }
}

/// The parameters that the options give.
pub(super) fn params(args: &ApiArgs) -> Result<IndexMap<String, String>> {
    let mut params: IndexMap<String, String> = IndexMap::new();
    if let Some(file) = &args.params {
        params.extend(parameters(file)?);
    }
    params.extend(args.param.iter().cloned());
    Ok(params)
}

/// A replay over the API, with everything the options and the API's own defaults give.
pub(super) fn replay<'a>(api: &'a Api, facts: &FactArgs, checks: &CheckArgs) -> Result<Replay<'a>> {
    let mut replay = Replay::new(api, now());
    if let Some(path) = facts.data.as_ref().or(api.defaults.data.as_ref()) {
        replay.data = Data::load(path)?;
        if facts.data.is_some() {
            known_tables(api, &replay.data, path)?;
        }
    }
    if let Some(file) = &facts.identity {
        match identities(file)? {
            Identities::Of(facts) => replay.facts = Some(*facts),
            Identities::ByRequest(facts) => replay.facts_by_request = facts,
        }
    }
    replay.keys = keys(api, checks)?;
    replay.now_ms = checks.now.map(jiff::Timestamp::as_millisecond);
    Ok(replay)
}

/// Items of a table that the API does not have would never be read, and the one that was meant would count as empty.
fn known_tables(api: &Api, data: &Data, path: &Path) -> Result<()> {
    // A stack that cannot be read is an error when a field needs it.
    let Ok(sources) = api.data_sources() else { return Ok(()) };
    let Some((name, near)) = data.unknown_table(&sources) else { return Ok(()) };
    // A batch or a transaction may name a table that no data source stands for.
    if api.template_files()?.iter().any(|template| template.text.contains(name)) {
        return Ok(());
    }
    let error = Error::new(ErrorKind::Data, format!("the API has no table `{name}`"));
    let error = if path.is_dir() {
        error.in_file(shown(&path.join(format!("{name}.json"))))
    } else {
        let file = shown(path);
        let (line, column) = Data::place_of(&file, &text(path, ErrorKind::Data)?, name).unwrap_or_default();
        error.at(file, line, column)
    };
    let names = sources.iter().filter(|source| matches!(source.kind, DataSourceKind::DynamoDb(_)));
    let names: Vec<String> = names.take(12).map(|source| format!("`{}`", source.name)).collect();
    Err(match near {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("its tables: {}", names.join(", "))),
    })
}

/// The keys to verify signatures with: those the options name, else the API's.
pub(super) fn keys(api: &Api, checks: &CheckArgs) -> Result<Option<KeySet>> {
    checks.jwks.as_ref().or(api.defaults.jwks.as_ref()).map(|file| key_set(file)).transpose()
}

/// The keys in a file.
pub(super) fn key_set(file: &Path) -> Result<KeySet> {
    KeySet::read(&shown(file), &text(file, ErrorKind::Token)?)
}

/// What `--identity` names.
enum Identities {
    /// One caller, of all requests.
    Of(Box<IdentityFacts>),
    /// Callers by request id, in lower case.
    ByRequest(IndexMap<String, IdentityFacts>),
}

/// Facts about a caller, or about the callers of single requests: `{"REQUEST-ID": {"mode": ..}, ..}`.
fn identities(file: &Path) -> Result<Identities> {
    let (name, text) = (shown(file), text(file, ErrorKind::Data)?);
    let by_request = match json_file::parse(ErrorKind::Data, &name, &text)? {
        Json::Object(members) => !members.is_empty() && members.keys().all(|key| cloudwatch::is_request_id(key)),
        _ => false,
    };
    if !by_request {
        return Ok(Identities::Of(Box::new(with_token(file, IdentityFacts::read(&name, &text)?)?)));
    }
    let all: IndexMap<String, IdentityFacts> = json_file::parse_as(ErrorKind::Data, &name, &text)?;
    let all = all.into_iter().map(|(id, facts)| Ok((id.to_ascii_lowercase(), with_token(file, facts)?)));
    Ok(Identities::ByRequest(all.collect::<Result<_>>()?))
}

/// A token that is a path is read from there.
fn with_token(file: &Path, mut facts: IdentityFacts) -> Result<IdentityFacts> {
    if let Some(token) = facts.token_file() {
        let beside = file.parent().unwrap_or(Path::new("")).join(token);
        facts.token = Some(text(&beside, ErrorKind::Token)?.trim().to_owned());
    }
    learn(&facts);
    Ok(facts)
}

/// Learns the credentials of a caller.
pub(super) fn learn(facts: &IdentityFacts) {
    facts.token.iter().for_each(|token| secrets::add(token));
    facts.api_keys.iter().flatten().for_each(|key| secrets::add(&key.id));
}

fn parameters(file: &Path) -> Result<IndexMap<String, String>> {
    let json = json_file::parse(ErrorKind::Usage, &shown(file), &text(file, ErrorKind::Usage)?)?;
    let Json::Object(members) = json else {
        return Err(
            Error::new(ErrorKind::Usage, "parameters are a JSON object of names and values").in_file(shown(file))
        );
    };
    Ok(members
        .into_iter()
        .map(|(name, value)| match value {
            Json::String(text) => (name, text),
            other => (name, other.to_string()),
        })
        .collect())
}

/// A file's text.
pub(super) fn text(file: &Path, kind: ErrorKind) -> Result<String> {
    let text = String::from_utf8(read(file)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::new(kind, format!("not text: byte {at} is not UTF-8")).in_file(shown(file))
    })?;
    match kind {
        ErrorKind::Template | ErrorKind::GraphQl | ErrorKind::Api => secrets::learn_forms(&text),
        _ => secrets::learn(&text),
    }
    Ok(text)
}

/// A file's bytes; `-` is stdin.
fn read(file: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(file)?.0.read_to_end(&mut bytes).map_err(|error| unreadable(file, error))?;
    Ok(bytes)
}

/// A file to read from, and its size; `-` is stdin, of which nobody knows the size.
pub(super) fn open(file: &Path) -> Result<(Box<dyn Read>, Option<u64>)> {
    if file.as_os_str() == "-" {
        return Ok((Box::new(std::io::stdin().lock()), None));
    }
    let opened = std::fs::File::open(file).map_err(|error| unreadable(file, error))?;
    let about = opened.metadata().map_err(|error| unreadable(file, error))?;
    if about.is_dir() {
        return Err(unreadable(file, std::io::ErrorKind::IsADirectory.into()));
    }
    Ok((Box::new(opened), about.is_file().then_some(about.len())))
}

fn unreadable(file: &Path, error: std::io::Error) -> Error {
    let (what, help) = match error.kind() {
        std::io::ErrorKind::NotFound => ("there is no such file", "check the path"),
        std::io::ErrorKind::IsADirectory => ("this is a folder, not a file", "name a file in it"),
        _ => ("cannot be read", "check its permissions"),
    };
    Error::new(ErrorKind::Io, what).in_file(shown(file)).help(help).caused_by(error)
}

/// A path as messages name it.
pub(super) fn shown(file: &Path) -> String {
    if file.as_os_str() == "-" { "stdin".to_owned() } else { file.display().to_string() }
}

/// The system's clock.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn current_folder() -> Result<PathBuf> {
    std::env::current_dir()
        .map_err(|error| Error::new(ErrorKind::Io, "the current folder cannot be found").caused_by(error))
}
