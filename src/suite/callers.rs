//! The callers of a suite, and the tokens that they bring from files.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::document::Member;
use super::parts::Caller;
use super::read::{Opened, is_note};
use super::reader::{Known, Reader};
use crate::api::AuthMode;
use crate::error::{Error, Result};
use crate::identity::{IdentityFacts, jwt};
use crate::json_file;

/// The callers of a file. One that cannot be read keeps its name, so that nobody who names it is told that it is
/// unknown.
pub(super) fn all(reader: Reader<'_>, suite: Known<'_>, opened: &mut Opened) -> IndexMap<String, Caller> {
    let Some(node) = suite.get("identities") else { return IndexMap::new() };
    let members = reader.noted(reader.members(node, "`identities`")).unwrap_or_default();
    let members = members.iter().filter(|member| !is_note(member));
    let caller = |member: &Member| {
        let facts = reader.noted(one(reader, member, opened)).flatten();
        (member.key.clone(), Caller { facts, place: reader.place(member.at) })
    };
    members.map(caller).collect()
}

/// A caller; nothing where mistakes were noted.
fn one(reader: Reader<'_>, member: &Member, opened: &mut Opened) -> Result<Option<IdentityFacts>> {
    let what = format!("identity `{}`", member.key);
    if member.key == "*" {
        return Err(reader.error(member.at, "no identity can be called `*`: it stands for all that are not named"));
    }
    let parts = reader.members(&member.value, &what)?;
    let read: serde_json::Result<IdentityFacts> = serde_json::from_value(member.value.to_json());
    let mut facts = match read {
        Ok(facts) => facts,
        Err(error) => {
            // A member that does not fit does not fit alone either.
            let misfits: Vec<Error> = parts.iter().filter_map(|part| misfit(reader, part)).collect();
            if misfits.is_empty() {
                let error = reader.error(member.at, format!("{what}: {error}"));
                return Err(match parts.iter().any(|part| part.key == "mode") {
                    true => error,
                    false => error.help("a caller has a `mode`: apiKey, userPool, oidc, iam or lambda"),
                });
            }
            misfits.into_iter().for_each(|error| reader.mistakes.add(error));
            return Ok(None);
        }
    };
    if let Some(token) = facts.token_file() {
        let at = parts.iter().find(|part| part.key == "token").map_or(member.at, |part| part.value.at);
        let file = reader.folder.join(token);
        opened.others.push(file.clone());
        let text = std::fs::read_to_string(&file).map_err(|error| {
            let message = format!("the token of {what} cannot be read: `{}`", file.display());
            let help = nearest_file(&file).unwrap_or_else(|| match error.kind() {
                std::io::ErrorKind::IsADirectory => "this is a folder: name the file in it".to_owned(),
                std::io::ErrorKind::InvalidData => {
                    "this is no text: a token file holds a JWT and nothing else".to_owned()
                }
                _ => "a token file is named relative to the suite".to_owned(),
            });
            reader.error(at, message).help(help).caused_by(error)
        })?;
        let text = text.trim();
        if text.is_empty() {
            let message = format!("the token of {what} is an empty file: `{}`", file.display());
            return Err(reader.error(at, message).help("put a JWT into it, or describe the caller by `claims`"));
        }
        // An authorizer's token may be anything.
        if let (AuthMode::UserPool | AuthMode::Oidc, Err(fault)) = (facts.mode, jwt::decode(text)) {
            let message = format!("the token of {what} is no JWT: `{}` holds {fault}", file.display());
            return Err(reader
                .error(at, message)
                .help("put the token into the file as the request carries it, or describe the caller by `claims`"));
        }
        facts.token = Some(text.to_owned());
    }
    Ok(Some(facts))
}

/// What is wrong with a member of an identity, with its place.
fn misfit(reader: Reader<'_>, part: &Member) -> Option<Error> {
    let alone = if part.key == "mode" { json!({}) } else { json!({ "mode": "apiKey" }) };
    let mut alone = alone.as_object().cloned().unwrap_or_default();
    alone.insert(part.key.clone(), part.value.to_json());
    let message = serde_json::from_value::<IdentityFacts>(Json::Object(alone)).err()?.to_string();
    Some(match json_file::unknown_name(&message) {
        Some((name, message, help)) => {
            let key = if part.key == name { Some(part.at) } else { part.value.find_key(name) };
            reader.error(key.unwrap_or(part.value.at), message).help(help)
        }
        None => reader.error(part.value.at, format!("`{}`: {message}", part.key)),
    })
}

/// The file of the same folder that was probably meant.
pub(super) fn nearest_file(file: &Path) -> Option<String> {
    let wanted = file.file_name()?.to_str()?;
    let entries = std::fs::read_dir(file.parent().filter(|folder| !folder.as_os_str().is_empty())?).ok()?;
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != wanted).collect();
    json_file::nearest(wanted, &names).map(|name| format!("did you mean `{name}`?"))
}
