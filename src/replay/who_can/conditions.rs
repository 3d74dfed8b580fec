//! Conditions read off the edits that made a way: a value that was set equal to something of the caller's own is a
//! relation to it, whatever stood there.

use serde_json::{Map, Value as Json, json};

use super::explore::{is_stand_in, role_of};
use super::model::Condition;
use crate::explain::words::value as shown;
use crate::identity::IdentityFacts;
use crate::report::Edit;

/// What a way hangs on.
pub struct Setting<'w> {
    /// Its caller, with the edits.
    pub facts: &'w IdentityFacts,
    /// Its arguments, with the edits.
    pub arguments: &'w Map<String, Json>,
    /// The parent object.
    pub source: &'w Json,
    /// The records of all tables.
    pub records: Vec<Json>,
    /// What was edited.
    pub edits: &'w [Edit],
}

impl Setting<'_> {
    /// What must hold.
    pub fn conditions(&self) -> Vec<Condition> {
        let mut found: Vec<Condition> = Vec::new();
        for condition in self.edits.iter().filter_map(|edit| self.condition(edit)) {
            if !found.contains(&condition) {
                found.push(condition);
            }
        }
        // A claim that something is compared with has to be there: the comparison says so.
        let compared: Vec<String> = found.iter().flat_map(|condition| condition.claims.clone()).collect();
        let is_said = |condition: &Condition| {
            let named = compared.iter().flat_map(|joined| joined.split("::"));
            condition.on == "claims"
                && matches!(condition.op, "present" | "list")
                && named.into_iter().any(|name| name == condition.path)
        };
        found.retain(|condition| !is_said(condition));
        // That a record exists is said by what it holds.
        let held = found.iter().any(|condition| condition.on == "record" && condition.op != "exists");
        found.retain(|condition| !(held && condition.on == "record" && condition.op == "exists"));
        found
    }

    fn condition(&self, edit: &Edit) -> Option<Condition> {
        let (on, path) = match (edit.target, edit.path.as_slice()) {
            ("data", [first, rest @ ..]) if first == "source" => ("parent", dotted(rest)),
            ("data", [first, rest @ ..]) if first == "responses" => ("response", dotted(rest)),
            ("data", [table, _]) => {
                let op = if edit.op == "add" { "exists" } else { "missing" };
                return Some(condition("record", table.as_str().unwrap_or_default().to_owned(), op, None));
            }
            ("data", [_, _, rest @ ..]) => ("record", dotted(rest)),
            (target, path) => (target, dotted(path)),
        };
        if edit.op == "remove" {
            return match edit.value.is_null() {
                true => Some(condition(on, path, "absent", None)),
                false => None,
            };
        }
        let op = if edit.op == "add" || edit.value.is_array() { "contains" } else { "is" };
        if matches!(on, "claims" | "identity") {
            return self.of_caller(edit, on, path, op);
        }
        let claims = self.names_of(&edit.value);
        Some(match is_stand_in(&edit.value) {
            _ if !claims.is_empty() => related(on, path, op, claims),
            true => condition(on, path, "present", None),
            _ => condition(on, path, op, Some(alone(&edit.value))),
        })
    }

    fn of_caller(&self, edit: &Edit, on: &'static str, path: String, op: &'static str) -> Option<Condition> {
        let name = if on == "identity" { format!("identity.{path}") } else { path.clone() };
        // Made equal to what was asked for, or to what the record or the parent holds.
        if let Some((on, path)) = self.asked_or_held(&alone(&edit.value)) {
            return Some(related(on, path, "is", vec![name]));
        }
        if let Some(value) = self.made_of(&edit.value, &name) {
            return Some(condition(on, path, op, Some(value)));
        }
        Some(match (path.as_str(), &edit.value) {
            (_, value) if is_stand_in(value) => {
                condition(on, path, if edit.op == "add" { "list" } else { "present" }, None)
            }
            ("userArn", Json::String(arn)) => match role_of(arn) {
                Some(role) => condition(on, path, "contains", Some(json!(role))),
                None => condition(on, path, "is", Some(edit.value.clone())),
            },
            (_, value) => condition(on, path, op, Some(alone(value))),
        })
    }

    /// A text made of another claim: `managers-{custom:tenant}`.
    fn made_of(&self, value: &Json, of: &str) -> Option<Json> {
        let text = value.as_str()?;
        let claims = self.facts.claims.iter().flatten();
        let (name, held) = claims.filter_map(|(name, held)| Some((name, held.as_str()?))).find(|(name, held)| {
            let made_up = ["any-", "some-", "caller-"].iter().any(|start| held.starts_with(start));
            *name != of && made_up && *held != text && text.contains(held)
        })?;
        Some(json!(text.replace(held, &format!("{{{name}}}"))))
    }

    /// Where a made-up text stands that is not the caller's.
    fn asked_or_held(&self, value: &Json) -> Option<(&'static str, String)> {
        let made_up = value.as_str().is_some_and(|text| text.starts_with("some-") || text == "somebody@example.com");
        if !made_up {
            return None;
        }
        let parent = self.source.as_object().and_then(|parent| place_of(parent, value, ""));
        let within = |record: &Json| place_of(record.as_object()?, value, "");
        place_of(self.arguments, value, "")
            .map(|path| ("arguments", path))
            .or_else(|| parent.map(|path| ("parent", path)))
            .or_else(|| self.records.iter().find_map(within).map(|path| ("record", path)))
    }

    /// What of the caller a value is: one of his claims, or several joined.
    fn names_of(&self, value: &Json) -> Vec<String> {
        let value = alone(value);
        if let Some(name) = self.name_of(&value) {
            return vec![name];
        }
        let parts: Vec<&str> = value.as_str().map(|text| text.split("::").collect()).unwrap_or_default();
        if parts.len() < 2 {
            return Vec::new();
        }
        let names: Option<Vec<String>> = parts.iter().map(|part| self.name_of(&json!(part))).collect();
        names.map(|names| vec![names.join("::")]).unwrap_or_default()
    }

    fn name_of(&self, value: &Json) -> Option<String> {
        if !value.is_string() {
            return None;
        }
        let is = |held: &Json| held == value || held.as_array().is_some_and(|items| items.contains(value));
        let claims = self.facts.claims.iter().flatten();
        if let Some((name, _)) = claims.into_iter().find(|(name, held)| *name != "token_use" && is(held)) {
            return Some(name.clone());
        }
        let cognito = self.facts.cognito.clone().unwrap_or_default();
        let principal = [
            ("username", &self.facts.username),
            ("userArn", &self.facts.user_arn),
            ("accountId", &self.facts.account_id),
            ("cognitoIdentityId", &cognito.identity_id),
            ("cognitoIdentityPoolId", &cognito.identity_pool_id),
            ("cognitoIdentityAuthProvider", &cognito.auth_provider),
        ];
        let of_principal = principal.into_iter().find(|(_, held)| held.as_ref().is_some_and(|held| is(&json!(held))));
        if let Some((name, _)) = of_principal {
            return Some(format!("identity.{name}"));
        }
        let context = self.facts.resolver_context.iter().flatten();
        context.into_iter().find(|(_, held)| is(held)).map(|(name, _)| format!("identity.resolverContext.{name}"))
    }
}

/// That something is there.
pub fn present(on: &'static str, path: String) -> Condition {
    condition(on, path, "present", None)
}

/// That nothing is there.
pub fn absent(on: &'static str, path: &str) -> Condition {
    condition(on, path.to_owned(), "absent", None)
}

/// That something else is there, or nothing.
pub fn is_not(on: &'static str, path: &str, value: Json) -> Condition {
    condition(on, path.to_owned(), "isNot", Some(value))
}

/// Ways that differ only in which of the caller's values something is, as one.
pub fn alike(one: &[Condition], other: &[Condition]) -> bool {
    let same = |(a, b): (&Condition, &Condition)| {
        let related = !a.claims.is_empty() && !b.claims.is_empty();
        (a.on, &a.path, &a.value) == (b.on, &b.path, &b.value) && (related || a == b)
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

/// Ways that differ only in one value of the record or of an argument.
pub fn of_one_value(one: &[Condition], other: &[Condition]) -> bool {
    let varies = |a: &Condition, b: &Condition| {
        let place = |condition: &Condition| (condition.on, condition.path.clone());
        a.on != "claims"
            && a.on != "identity"
            && matches!(a.op, "is" | "oneOf")
            && b.op == "is"
            && place(a) == place(b)
            && a.claims.is_empty()
            && b.claims.is_empty()
    };
    let differing: Vec<(&Condition, &Condition)> = one.iter().zip(other).filter(|(a, b)| a != b).collect();
    one.len() == other.len() && matches!(differing.as_slice(), [(a, b)] if varies(a, b))
}

/// Takes the other's value of the record, too.
pub fn merge_value(into: &mut [Condition], other: &[Condition]) {
    for (known, more) in into.iter_mut().zip(other).filter(|(known, more)| known != more) {
        let mut values: Vec<Json> = match known.op {
            "oneOf" => known.value.as_ref().and_then(Json::as_array).cloned().unwrap_or_default(),
            _ => known.value.iter().cloned().collect(),
        };
        values.extend(more.value.iter().filter(|value| !values.contains(value)).cloned().collect::<Vec<_>>());
        *known = condition(known.on, known.path.clone(), "oneOf", Some(Json::Array(values)));
    }
}

/// Takes the other's values of the caller, too.
pub fn merge(into: &mut [Condition], other: &[Condition]) {
    for (condition, more) in into.iter_mut().zip(other) {
        for name in &more.claims {
            if !condition.claims.contains(name) {
                condition.claims.push(name.clone());
            }
        }
        if !condition.claims.is_empty() {
            *condition =
                related(condition.on, condition.path.clone(), condition.op, std::mem::take(&mut condition.claims));
        }
    }
}

fn alone(value: &Json) -> Json {
    match value {
        Json::Array(items) => match items.as_slice() {
            [one] => one.clone(),
            _ => value.clone(),
        },
        value => value.clone(),
    }
}

/// Where among the arguments a made-up text stands.
fn place_of(arguments: &Map<String, Json>, value: &Json, within: &str) -> Option<String> {
    arguments.iter().find_map(|(name, held)| match held {
        Json::Object(inner) => place_of(inner, value, &format!("{within}{name}.")),
        held => (held.is_string() && held == value).then(|| format!("{within}{name}")),
    })
}

fn related(on: &'static str, path: String, op: &'static str, claims: Vec<String>) -> Condition {
    let verb = if op == "contains" { "contains" } else { "is" };
    let names = claims.iter().map(|name| name.trim_start_matches("identity.")).collect::<Vec<_>>();
    let listed = match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    };
    let words = format!("{} {verb} the caller's {listed}", place_words(on, &path));
    Condition { on, path, op, value: None, claims, words }
}

fn condition(on: &'static str, path: String, op: &'static str, value: Option<Json>) -> Condition {
    let place = place_words(on, &path);
    let words = match (op, &value) {
        ("contains", Some(value)) => format!("{place} contains {}", shown(value)),
        ("isNot", Some(value)) => format!("{place} is not {}", shown(value)),
        ("is", Some(value)) => format!("{place} is {}", shown(value)),
        ("oneOf", Some(Json::Array(values))) => {
            format!("{place} is {}", values.iter().map(shown).collect::<Vec<_>>().join(" or "))
        }
        ("exists", _) => format!("the record of {path} exists"),
        ("missing", _) => format!("there is no such record of {path} yet"),
        ("list", _) => format!("{place} is a list of something"),
        ("absent", _) => format!("{place} is absent"),
        _ => format!("{place} is given"),
    };
    Condition { on, path, op, value, claims: Vec::new(), words }
}

fn place_words(on: &str, path: &str) -> String {
    match on {
        "claims" => format!("claim {path}"),
        "identity" => path.to_owned(),
        "arguments" => format!("argument {path}"),
        "headers" => format!("header {path}"),
        "response" => format!("the answer of {path}"),
        on => format!("{on} {path}"),
    }
}

fn dotted(path: &[Json]) -> String {
    let text = |part: &Json| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
    path.iter().map(text).collect::<Vec<_>>().join(".")
}
