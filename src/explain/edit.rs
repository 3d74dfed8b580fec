//! Edits of what a request was made of: where a value came from says where it would be changed.

use serde_json::{Value as Json, json};

use super::origin::Origin;
use super::run::Run;
use crate::api::AuthMode;
use crate::execute::run::FromTable;
use crate::report::Edit;

/// What a place is given when something has to be there and nothing says what: the next condition that asks about it
/// finds this, and says what it compares it with.
pub const STAND_IN: &str = "x";

impl Edit {
    /// An edit.
    pub fn new(target: &'static str, path: Vec<Json>, op: &'static str, value: Json) -> Edit {
        Edit { target, path, op, value }
    }

    /// The request sent by another mode.
    pub fn mode(mode: AuthMode) -> Edit {
        Edit::new("mode", Vec::new(), "set", json!(mode.name()))
    }

    /// A claim with another value.
    pub fn claim(name: &str, op: &'static str, value: Json) -> Edit {
        Edit::new("claims", vec![json!(name)], op, value)
    }
}

/// A place that a person could change: the target of edits and the path within.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    target: &'static str,
    path: Vec<Json>,
    /// Whether a list is there: of a claim that a loop goes through, each turn sees one element.
    holds_list: bool,
}

impl Place {
    /// Whether it says who the caller is.
    pub fn is_a_person(&self) -> bool {
        let names = |claim: &str| matches!(claim, "sub" | "username" | "cognito:username");
        self.target == "claims" && self.path.first().and_then(Json::as_str).is_some_and(names)
    }

    /// A member of it.
    pub fn member(&self, name: &str) -> Place {
        let path = self.path.iter().cloned().chain([json!(name)]).collect();
        Place { target: self.target, path, holds_list: false }
    }

    /// The edit that puts a value there, beside those of a list.
    pub fn hold(&self, value: Json) -> Edit {
        self.edit(if self.holds_list && !value.is_array() { "add" } else { "set" }, value)
    }

    /// An edit of it.
    pub fn edit(&self, op: &'static str, value: Json) -> Edit {
        Edit::new(self.target, self.path.clone(), op, value)
    }
}

/// The places that a value came from, as far as they can be changed; a value made of several has several. `run` is
/// the run that read it, `identity` the caller's `$ctx.identity`.
pub fn places(origin: &Origin, run: &Run, identity: &Json) -> Vec<Place> {
    let one = |target: &'static str, path: Vec<Json>| vec![Place { target, path, holds_list: false }];
    match origin {
        Origin::Claim(name) => vec![claim(name, identity)],
        Origin::Identity(path) => of_identity(path, identity),
        Origin::Argument(path) if !path.is_empty() => one("arguments", keys(path)),
        Origin::Header(name) if !name.is_empty() => one("headers", vec![json!(name)]),
        Origin::Record(path) if !path.is_empty() => of_record(path, run).into_iter().collect(),
        Origin::Source(path) if !path.is_empty() => one("data", [vec![json!("source")], keys(path)].concat()),
        Origin::Absent(inner) => places(inner, run, identity),
        Origin::Several(parts) => parts.iter().flat_map(|part| places(part, run, identity)).collect(),
        _ => Vec::new(),
    }
}

fn claim(name: &str, identity: &Json) -> Place {
    let held = identity.get("claims").and_then(|claims| claims.get(name));
    Place { target: "claims", path: vec![json!(name)], holds_list: held.is_some_and(Json::is_array) }
}

/// `$ctx.identity.username` of a token is a claim's.
fn of_identity(path: &str, identity: &Json) -> Vec<Place> {
    let claims = identity.get("claims").and_then(Json::as_object);
    let claim = |name: &str| vec![claim(name, identity)];
    match (path, claims) {
        ("username", Some(claims)) if claims.contains_key("cognito:username") => claim("cognito:username"),
        ("username", Some(_)) => claim("username"),
        ("sub", Some(_)) => claim("sub"),
        ("issuer", Some(_)) => claim("iss"),
        ("groups", Some(_)) => claim("cognito:groups"),
        (path, Some(_)) if path.starts_with("claims.") => claim(path.trim_start_matches("claims.")),
        ("" | "claims", _) => Vec::new(),
        (path, _) => {
            let path = keys(path);
            let held = path.iter().try_fold(identity, |at, key| at.get(key.as_str()?));
            vec![Place { target: "identity", holds_list: held.is_some_and(Json::is_array), path }]
        }
    }
}

fn of_record(path: &str, run: &Run) -> Option<Place> {
    let FromTable { table, keys: names, result } = run.from_table.as_ref()?;
    let (item, rest) = match (result.get("items").and_then(Json::as_array), path.strip_prefix("items.")) {
        (Some(items), Some(rest)) => (items.first(), rest),
        _ => (Some(result), path),
    };
    let (key, rest) = (key_of(item?, names)?, keys(rest));
    let held = rest.iter().try_fold(item?, |at, key| at.get(key.as_str()?));
    let holds_list = held.is_some_and(Json::is_array);
    Some(Place { target: "data", path: [vec![json!(table), key], rest].concat(), holds_list })
}

/// The key attributes of an item; of a table whose keys nobody knows, its `id`.
pub fn key_of(item: &Json, names: &[String]) -> Option<Json> {
    let id = [String::from("id")];
    let names = if names.is_empty() { &id } else { names };
    let parts = names.iter().map(|name| item.get(name).map(|value| (name.clone(), value.clone())));
    parts.collect::<Option<serde_json::Map<_, _>>>().map(Json::Object)
}

fn keys(path: &str) -> Vec<Json> {
    path.split('.').map(|key| json!(key)).collect()
}
