//! Edits in words, as somebody would tell a colleague what to change.

use serde_json::{Value as Json, json};

use super::credential;
use crate::api::AuthMode;
use crate::explain::edit::STAND_IN;
use crate::explain::in_id_tokens_only;
use crate::explain::words::value;
use crate::identity::person::identifies;
use crate::report::{Edit, RequestReport};

/// A fix in words. `key_ends` is when the API's key that ends last does, as far as that is known.
pub fn of(edits: &[Edit], report: &RequestReport, key_ends: Option<i64>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let another_mode = edits.iter().any(|edit| edit.target == "mode");
    let person: Vec<String> = edits
        .iter()
        .filter(|edit| !another_mode && is_a_person(edit))
        .map(|edit| format!("{} {}", dotted(&edit.path), value(&edit.value)))
        .collect();
    if !person.is_empty() {
        parts.push(format!("the same asked by the user with {}", person.join(" and ")));
    }
    for edit in edits {
        let words = match edit.target {
            // Of a mode that the API is given, the credential was sent.
            "mode" if edits.iter().any(|other| credential::is_mode_of_api(other) && other.value == edit.value) => {
                continue;
            }
            "mode" => match (credential::another_key(edit, report, key_ends), whose(edits)) {
                (Some(words), _) => words,
                (None, Some(whose)) => format!("{} whose {whose}", mode(&edit.value)),
                (None, None) => mode(&edit.value),
            },
            "claims" if !another_mode && is_a_person(edit) => continue,
            // Who it is that comes by another mode is said where something hangs on it.
            "claims" if another_mode => continue,
            "identity" if another_mode && is_anybody(edit) => continue,
            "claims" if credential::is_said_by_another(edit, edits) => continue,
            "claims" => credential::token(edit, report).unwrap_or_else(|| claim(edit, report)),
            "identity" => match credential::authorizer(edit).or_else(|| credential::policy(edit)) {
                Some(words) => words,
                None => change(&dotted(&edit.path), edit),
            },
            "headers" => header(edit),
            "arguments" => change(&format!("argument {}", dotted(&edit.path)), edit),
            "data" => data(edit),
            "schema" if credential::is_mode_of_api(edit) => format!("{} added to the API's modes", text(&edit.value)),
            "schema" => format!("{} {}", schema_place(&edit.path), text(&edit.value)),
            other => change(other, edit),
        };
        parts.push(words);
    }
    parts.join(", and ")
}

/// What the claims of another mode's token must hold.
fn whose(edits: &[Edit]) -> Option<String> {
    let claims = edits.iter().filter(|edit| edit.target == "claims" && !edit.path.is_empty());
    let parts: Vec<String> = claims.map(|edit| change(&dotted(&edit.path), edit)).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// Whether an edit makes the caller somebody else.
pub fn is_a_person(edit: &Edit) -> bool {
    edit.target == "claims" && edit.op == "set" && edit.path.first().and_then(Json::as_str).is_some_and(identifies)
}

fn mode(mode: &Json) -> String {
    let mode = mode.as_str().and_then(AuthMode::from_name);
    let with = match mode {
        Some(AuthMode::ApiKey) => "an API key",
        Some(AuthMode::UserPool) => "a user pool token",
        Some(AuthMode::Oidc) => "an OIDC provider's token",
        Some(AuthMode::Iam) => "an IAM signature",
        Some(AuthMode::Lambda) => "a token that the Lambda authorizer accepts",
        None => "another credential",
    };
    format!("the request sent with {with}")
}

fn is_anybody(edit: &Edit) -> bool {
    let modes = [AuthMode::Iam, AuthMode::Lambda].into_iter();
    modes.flat_map(super::caller::anybody).any(|(_, path, value)| path == edit.path && value == edit.value)
}

fn claim(edit: &Edit, report: &RequestReport) -> String {
    let name = dotted(&edit.path);
    let token_use = report.gate.as_ref().and_then(|gate| gate.credential.as_ref()?.token_use.as_deref());
    let claims = report.identity.as_ref().and_then(|identity| identity.get("claims"));
    let token_use = token_use.or_else(|| claims?.get("token_use")?.as_str());
    if in_id_tokens_only(&[&name], token_use) && edit.op != "remove" {
        return format!("the ID token sent instead, if {}", change(&format!("its {name}"), edit));
    }
    let held = report.identity.as_ref().and_then(|identity| identity.get("claims")?.get(&name));
    if edit.op == "add" && held.and_then(Json::as_array).is_some_and(|items| !items.is_empty()) {
        return format!("claim {name} also contains {}", value(&edit.value));
    }
    change(&format!("claim {name}"), edit)
}

fn change(what: &str, edit: &Edit) -> String {
    match edit.op {
        "add" if edit.value == json!(STAND_IN) => format!("{what} is a list that is not empty"),
        "add" => format!("{what} contains {}", value(&edit.value)),
        "remove" if edit.value.is_null() => format!("without {what}"),
        "remove" => format!("{what} without {}", value(&edit.value)),
        // Any value will do.
        _ if edit.value == json!(STAND_IN) => format!("{what} is given"),
        _ => format!("{what} is {}", value(&edit.value)),
    }
}

fn header(edit: &Edit) -> String {
    let name = dotted(&edit.path);
    match (edit.op, &edit.value) {
        ("remove", Json::String(prefix)) => format!("header {name} without `{prefix}` in front of the token"),
        _ => change(&format!("header {name}"), edit),
    }
}

/// `record Post 1 has owner "u1::bob"`
fn data(edit: &Edit) -> String {
    let (table, key) = (edit.path.first().map(text).unwrap_or_default(), edit.path.get(1));
    let attribute = dotted(edit.path.get(2..).unwrap_or_default());
    match table.as_str() {
        "source" => return change(&format!("parent {}", dotted(edit.path.get(1..).unwrap_or_default())), edit),
        "responses" => {
            return change(&format!("the answer of {}", dotted(edit.path.get(1..).unwrap_or_default())), edit);
        }
        _ => {}
    }
    let key = key.and_then(Json::as_object).map(|key| key.values().map(text).collect::<Vec<_>>().join(" / "));
    let record = format!("record {} {}", table.trim_end_matches("Table"), key.unwrap_or_default());
    match (edit.op, attribute.as_str()) {
        ("add", "") => format!("{record} exists"),
        ("remove", "") => format!("{record} does not exist"),
        ("add", _) => format!("{record} has {} in {attribute}", value(&edit.value)),
        ("remove", _) => format!("{record} without {attribute}"),
        _ if edit.value == json!(STAND_IN) => format!("{record} has {attribute}"),
        _ => format!("{record} has {attribute} {}", value(&edit.value)),
    }
}

fn schema_place(path: &[Json]) -> String {
    match path {
        [one] => format!("type {}", text(one)),
        path => dotted(path),
    }
}

fn dotted(path: &[Json]) -> String {
    path.iter().map(text).collect::<Vec<_>>().join(".")
}

pub fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}
