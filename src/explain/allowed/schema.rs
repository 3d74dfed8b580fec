//! What of the schema admitted the caller.

use serde_json::Value as Json;

use crate::api::schema::ModesFrom;
use crate::explain::{Question, schema, words};
use crate::report::{AdmittedBy, AllowedBy};

/// The directive, or the API's default mode, that admitted the caller's mode.
pub(super) fn admitted_by(question: Question<'_>) -> Option<AdmittedBy> {
    let (parent, field) = (&question.input.parent_type, &question.input.field);
    let effective = question.api.effective_modes(parent, field);
    let groups = effective.admits(question.mode)?;
    let (mode, directive) = (question.mode.words(), question.mode.directive());
    let words = match (effective.from, groups) {
        (ModesFrom::Field, None) => format!("@{directive} on {parent}.{field} admits {mode}"),
        (ModesFrom::Type, None) => format!("@{directive} on type {parent} admits {mode}"),
        (ModesFrom::Field, Some(groups)) => format!("{parent}.{field} admits the groups {}", list(groups)),
        (ModesFrom::Type, Some(groups)) => format!("type {parent} admits the groups {}", list(groups)),
        (ModesFrom::Default, _) => format!("no directive stands on it, so it admits the API's default mode, {mode}"),
    };
    let line = if effective.from == ModesFrom::Default { 0 } else { effective.line };
    Some(AdmittedBy { site: schema::site(question, line), words })
}

/// The groups of a directive as a rule, when they decided.
pub(super) fn group(question: Question<'_>) -> Option<AllowedBy> {
    let effective = question.api.effective_modes(&question.input.parent_type, &question.input.field);
    let wanted = effective.admits(question.mode)??;
    let held = question.identity.pointer("/claims/cognito:groups").or_else(|| question.identity.get("groups"));
    let held = held.and_then(Json::as_array)?;
    let group = wanted.iter().find(|group| held.iter().any(|held| held.as_str() == Some(group.as_str())))?;
    let grant = schema::site(question, effective.line)?;
    let words = format!("claim cognito:groups {} contains \"{group}\"", words::value(&Json::from(held.clone())));
    Some(AllowedBy {
        id: 0,
        kind: "staticGroup",
        auth: None,
        also_auth: Vec::new(),
        grant,
        past: None,
        because: Vec::new(),
        words,
    })
}

/// What is to be said of a field whose templates grant nothing and deny nothing: whoever the schema admits is let in.
pub(super) fn nobody_denies(question: Question<'_>, ran: bool, asked: bool) -> Option<AllowedBy> {
    let grant = schema::site(question, 0)?;
    let subject = match (ran, asked) {
        (false, _) => "no template runs for it, so none asks who you are",
        (true, false) => "no template asks who you are",
        (true, true) => "its templates ask who you are and refuse nobody for it",
    };
    let words = format!("{subject}: every caller with mode {} is let in", question.mode.words());
    let kind = schema::kind(question.mode);
    Some(AllowedBy { id: 0, kind, auth: None, also_auth: Vec::new(), grant, past: None, because: Vec::new(), words })
}

fn list(groups: &[String]) -> String {
    words::value(&Json::from(groups.to_vec()))
}
