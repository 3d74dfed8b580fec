//! Denied by data: a filter or condition that the auth rules put into a request removed the record, or failed on it.

use serde_json::Value as Json;

use super::rule::{Known, Subject, claim_words};
use super::run::Run;
use super::words;
use crate::report::{Condition, Operand, Rule, Site};
use crate::source::AtomTrace;

/// What the record was held against, and whose values those are.
pub struct Held<'a> {
    /// The table.
    pub table: &'a str,
    /// The record's key.
    pub key: &'a Json,
    /// The comparisons.
    pub atoms: &'a [AtomTrace],
    /// The statement that put them into the request.
    pub site: Site,
    /// `$ctx.identity`
    pub identity: &'a Json,
}

/// One rule an attribute of the record: its comparisons with the caller's values, none of which held.
pub fn rules(held: &Held<'_>) -> Vec<Known> {
    let mut by_attribute: Vec<(&str, Vec<&AtomTrace>)> = Vec::new();
    for atom in held.atoms.iter().filter(|atom| atom.truth == atom.negated) {
        let Some(path) = atom.path.as_deref() else { continue };
        if atom.operands.is_empty() {
            continue;
        }
        match by_attribute.iter_mut().find(|(known, _)| *known == path) {
            Some((_, atoms)) => atoms.push(atom),
            None => by_attribute.push((path, vec![atom])),
        }
    }
    by_attribute.into_iter().map(|(path, atoms)| rule(held, path, &atoms)).collect()
}

fn rule(held: &Held<'_>, path: &str, atoms: &[&AtomTrace]) -> Known {
    let mut wanted: Vec<Json> = Vec::new();
    for operand in atoms.iter().flat_map(|atom| &atom.operands) {
        if !wanted.contains(operand) {
            wanted.push(operand.clone());
        }
    }
    let mut claims: Vec<String> = Vec::new();
    for value in &wanted {
        for claim in claims_of(value, held.identity) {
            if !claims.contains(&claim) {
                claims.push(claim);
            }
        }
    }
    let missing = wanted.iter().any(|value| value.as_str() == Some("___xamznone____"));
    let found = atoms.iter().find_map(|atom| atom.found.clone()).unwrap_or(Json::Null);
    let key = key_words(held.key);
    let in_list =
        |claim: &String| held.identity.get("claims").and_then(|all| all.get(claim)).is_some_and(Json::is_array);
    let one_of = atoms.iter().any(|atom| matches!(atom.operator, "contains" | "IN"));
    let groups = claims.iter().any(|claim| in_list(claim) || one_of && super::rule::is_group_claim(claim));
    let text = atoms.iter().map(|atom| atom.text.clone()).collect::<Vec<_>>().join(" or ");
    let yours = if claims.is_empty() { String::new() } else { format!(" ({})", claim_words(&claims)) };
    let wanted_json = Json::Array(wanted.clone());
    let record = Operand {
        text: format!("{} {key} {path}", held.table),
        value: found.clone(),
        from: Some(format!("record {path}")),
        set_at: None,
    };
    let caller = Operand {
        text: "your values".to_owned(),
        value: wanted_json.clone(),
        from: (!claims.is_empty()).then(|| claim_words(&claims)),
        set_at: None,
    };
    let has = if found.is_null() {
        format!("record {path} is absent")
    } else {
        format!("record {path} is {}", words::value(&found))
    };
    let your = if claims.is_empty() { "your values".to_owned() } else { claim_words(&claims) };
    let condition = Condition {
        site: held.site.clone(),
        text,
        value: Json::Bool(false),
        words: Some(format!("{has}; {your} give {}", words::value(&wanted_json).trim_matches(['[', ']']))),
        operands: vec![record, caller],
    };
    let verb = match atoms.first().map(|atom| atom.operator) {
        Some("contains") => "contains",
        _ => "is",
    };
    let needs = match wanted.as_slice() {
        [one] => format!("record {path} {verb} {}{yours}", words::value(one)),
        _ => format!("record {path} {verb} one of {}{yours}", words::value(&wanted_json)),
    };
    Known {
        rule: Rule {
            id: 0,
            kind: if groups { "dynamicGroup" } else { "owner" },
            auth: None,
            also_auth: Vec::new(),
            grant: held.site.clone(),
            blocked_by: Some(condition),
            needs,
        },
        subject: Subject {
            claims,
            claim_absent: missing,
            caller_value: Some(wanted_json),
            object: Some(path.to_owned()),
            object_value: Some(found),
            object_is: "record",
            ..Subject::default()
        },
    }
}

/// The claims whose value a value is, or is joined from by `::`.
pub(super) fn claims_of(value: &Json, identity: &Json) -> Vec<String> {
    let Some(claims) = identity.get("claims").and_then(Json::as_object) else { return Vec::new() };
    let is = |wanted: &Json| {
        claims
            .iter()
            .find(|(_, held)| *held == wanted || held.as_array().is_some_and(|items| items.contains(wanted)))
            .map(|(name, _)| name.clone())
    };
    if let Some(claim) = is(value) {
        return vec![claim];
    }
    let parts = value.as_str().map(|text| text.split("::").collect::<Vec<_>>()).unwrap_or_default();
    parts.iter().filter_map(|part| is(&Json::String((*part).to_owned()))).collect()
}

fn key_words(key: &Json) -> String {
    match key.as_object() {
        Some(parts) => parts.values().map(words::value).collect::<Vec<_>>().join(" / "),
        None => words::value(key),
    }
}

/// The references of a run that read a stash entry which holds something: what a request's filter was made of.
pub fn stash_entries_read(run: &Run, index: usize) -> Vec<super::variable::Variable> {
    let mut found = Vec::new();
    for event in &run.events {
        if let crate::eval::Event::Read { reference, value, .. } = event {
            if value.is_null() {
                continue;
            }
            let variable = super::variable::variable_of(run, index, *reference);
            if let Some(stash @ super::variable::Variable::Stash(_)) = variable
                && !found.contains(&stash)
            {
                found.push(stash);
            }
        }
    }
    found
}
