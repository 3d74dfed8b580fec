//! What would have allowed it: edits of the request, the caller or the data, each tried by running the whole request
//! again. Nothing that was not seen to be allowed is offered.

mod caller;
mod case;
mod credential;
mod gate;
mod outcome;
mod place;
mod search;
mod tokens;
mod words;

pub(super) use case::{Asked, Case};
pub(super) use gate::Refused;
pub(super) use outcome::Target;
pub use tokens::SentToken;

use super::{ArgumentEdit, Replay};
use crate::error::Result;
use crate::report::{Decision, Edit, Fix, GateOutcome, RequestReport};
use crate::request::operation::Operation;
use search::Search;

/// At most so many fixes are shown.
const SHOWN: usize = 3;

/// Of how many it is found out whether they leave something open.
const MOST_OPEN: usize = 6;

/// Tokens of other requests that are tried.
const MOST_TOKENS: usize = 8;

/// Fields of one request that are searched for; the others of the same cause have the same fixes.
const MOST_FIELDS: usize = 4;

/// Adds fixes to what a report says was denied.
pub(super) fn add(replay: &Replay<'_>, case: &Case<'_>, report: &mut RequestReport) -> Result<()> {
    if report.decision != Decision::Denied {
        return Ok(());
    }
    // What cannot be repeated cannot be changed: a recorded answer may have decided.
    let again = case.run(replay, false)?;
    let refused = report.gate.as_ref().is_some_and(|gate| gate.outcome == GateOutcome::Refused);
    if refused || report.fields.is_empty() {
        let target = Target::request(&again);
        if target.is_denied_in(&again) {
            report.fixes = found(replay, case, &target, report)?;
        }
        return Ok(());
    }
    let mut seen = Vec::new();
    for index in 0..report.fields.len() {
        let Some(field) = report.fields.get(index).filter(|field| field.decision == Decision::Denied) else { continue };
        let alike = (field.parent_type.clone(), field.field.clone(), field.cause.clone());
        if seen.contains(&alike) || seen.len() == MOST_FIELDS {
            continue;
        }
        let target = Target::field(field, &again);
        if target.is_denied_in(&again) {
            let fixes = found(replay, case, &target, report)?;
            if let Some(field) = report.fields.get_mut(index) {
                field.fixes = fixes;
            }
        }
        seen.push(alike);
    }
    Ok(())
}

fn found(replay: &Replay<'_>, case: &Case<'_>, target: &Target, report: &RequestReport) -> Result<Vec<Fix>> {
    let found = Search::new(replay, case, target).of(report)?;
    let mut fixes = Vec::new();
    for edits in search::chosen(found, if target.may_stay_open() { MOST_OPEN } else { SHOWN }) {
        let open = match case.with(replay, target, &edits) {
            Some(edited) => target.left_open_in(&edited.run(replay, false)?),
            None => Vec::new(),
        };
        let mut text = words::of(&edits, report, case.key_ends(replay));
        if let Some(entry) = entry_with_better_token(replay, case, target, &edits)? {
            text.push_str(&format!(" ({entry} of this capture has one, and it passes)"));
        }
        fixes.push(Fix { text, verified: true, edits, open });
    }
    // What is certain goes before what hangs on facts.
    fixes.sort_by_key(|fix| !fix.open.is_empty());
    fixes.truncate(SHOWN);
    Ok(fixes)
}

/// The entry of the capture whose token would have done where a refreshed one does.
fn entry_with_better_token(
    replay: &Replay<'_>,
    case: &Case<'_>,
    target: &Target,
    edits: &[Edit],
) -> Result<Option<String>> {
    let [Edit { target: "claims", path, .. }] = edits else { return Ok(None) };
    let Some(sent) = case.sent_token().filter(|_| *path == ["exp"]) else { return Ok(None) };
    for token in replay.tokens.iter().filter(|token| token.could_replace(&sent)).take(MOST_TOKENS) {
        if target.is_allowed_in(&case.with_token(token).run(replay, false)?) {
            return Ok(token.in_words());
        }
    }
    Ok(None)
}

/// Changes an argument of an operation's field.
pub(super) fn edit_argument(operation: &mut Operation, change: &ArgumentEdit) {
    let ArgumentEdit { field, edit } = change;
    let mut fields = &mut operation.fields;
    for (at, key) in field.iter().enumerate() {
        let Some(found) = fields.iter_mut().find(|known| known.response_key == *key) else { return };
        if at + 1 == field.len() {
            let mut arguments = serde_json::Value::Object(std::mem::take(&mut found.arguments));
            let _ = place::edit(&mut arguments, &edit.path, edit.op, &edit.value);
            found.arguments = case::object(arguments).unwrap_or_default();
            return;
        }
        fields = &mut found.selection;
    }
}
