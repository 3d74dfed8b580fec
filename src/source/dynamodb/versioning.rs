//! Versioned tables (conflict detection): `_version`, `_lastChangedAt`, `_deleted`, `_ttl`, and what becomes of a write
//! that does not see the stored version.

use super::attribute::{Attribute, Item, item_to_plain};
use super::expression::{Operand, Step, Sum, Term, Update};
use super::failure::Refusal;
use super::item::{Action, Write};
use super::number::Number;
use super::session::Session;
use crate::api::ConflictHandler;
use crate::source::trace::Fact;

const MINUTE_MS: i64 = 60_000;

fn integer(item: &Item, name: &str) -> Option<i64> {
    match item.get(name) {
        Some(Attribute::N(number)) => number.to_i64(),
        _ => None,
    }
}

/// The item that a write leaves on a versioned table, with the metadata that AppSync keeps: the next version, the time
/// of the change, and of a deleted item its mark and when it goes.
pub fn settle(
    session: &Session<'_, '_>,
    write: &Write,
    current: Option<&Item>,
    after: Option<Item>,
) -> Result<Item, Refusal> {
    let merged = match current {
        Some(current) if !sees(session, current)? => Some(resolved(session, write, current)?),
        _ => None,
    };
    let deleted = after.is_none();
    let mut item = merged.or(after).or_else(|| current.cloned()).unwrap_or_default();
    stamp(session, &mut item, current)?;
    if deleted {
        item.insert("_deleted".into(), Attribute::Bool(true));
        if let Some(minutes) = session.table.base_ttl_min {
            let gone = session.call.now_ms.saturating_add(minutes.saturating_mul(MINUTE_MS)) / 1000;
            item.insert("_ttl".into(), Attribute::N(Number::from_integer(gone)));
        }
    }
    Ok(item)
}

/// Whether a write sees the stored version. A stored item without `_version` agrees with every request: data written
/// by hand need not name versions (ours).
fn sees(session: &Session<'_, '_>, current: &Item) -> Result<bool, Refusal> {
    if session.call.conflicts == Some(&ConflictHandler::Off) {
        return Ok(true);
    }
    let sent = session.request.integer("_version")?;
    Ok(integer(current, "_version").is_none_or(|stored| sent == Some(stored)))
}

/// What the conflict handler makes of a write to an item of another version.
fn resolved(session: &Session<'_, '_>, write: &Write, current: &Item) -> Result<Item, Refusal> {
    let rejected = || {
        // Recorded in amplify-category-api#2197.
        let message = "Conflict resolver rejects mutation.".to_owned();
        Err(Refusal::Failed(message, "ConflictUnhandled", item_to_plain(current)))
    };
    match (session.call.conflicts, &write.action) {
        (Some(ConflictHandler::OptimisticConcurrency), _) => rejected(),
        (Some(ConflictHandler::Automerge), Action::Delete) if automerge_rejects_deletion() => rejected(),
        (Some(ConflictHandler::Automerge), Action::Put(item)) => Ok(merged(current, item)),
        (Some(ConflictHandler::Automerge), Action::Update(update)) => match plain_sets(update) {
            Some(incoming) => Ok(merged(current, &incoming)),
            None => Err(undecided(session, current, "merges it, and the update is more than values that are set")?),
        },
        (Some(ConflictHandler::Lambda(function)), _) => {
            Err(undecided(session, current, &format!("is the Lambda function {function}"))?)
        }
        _ => Err(undecided(session, current, "is not known")?),
    }
}

/// Unverified: a deletion that does not see the stored version is rejected by Automerge (seen in amplify-js#9109, of
/// an API whose handler is not named; the rules of Automerge speak of fields only).
fn automerge_rejects_deletion() -> bool {
    true
}

fn undecided(session: &Session<'_, '_>, current: &Item, handler: &str) -> Result<Refusal, Refusal> {
    let stored = integer(current, "_version").unwrap_or_default();
    let seen = match session.request.integer("_version")? {
        Some(sent) => format!("the request changes `_version` {sent} of an item whose `_version` is {stored}"),
        None => format!("the request names no `_version` of an item whose `_version` is {stored}"),
    };
    Ok(Refusal::Missing(Fact::new(
        format!("answer of the conflict handler of table {}", session.name),
        format!("{seen}; its conflict handler {handler}"),
        format!("the argument `_version: {stored}`, or `_version` of the item in --data"),
        session.call.request,
    )))
}

/// What an update sets, when it does nothing else than to set attributes to values.
fn plain_sets(update: &Update) -> Option<Item> {
    let only_sets = update.removes.is_empty() && update.adds.is_empty() && update.deletes.is_empty();
    let set = |(path, sum): &(super::expression::Path, Sum)| match (path.steps.as_slice(), sum) {
        ([Step::Name(name)], Sum { first: Term::Operand(Operand::Literal(value)), rest: None }) => {
            Some((name.clone(), value.clone()))
        }
        _ => None,
    };
    if only_sets { update.sets.iter().map(set).collect() } else { None }
}

/// Automerge (documented): the server's scalars stay, lists are joined, sets united, maps merged by the same rules;
/// what the server does not have, or has as null, is taken.
fn merged(current: &Item, incoming: &Item) -> Item {
    let mut item = current.clone();
    for (name, value) in incoming {
        match item.get_mut(name) {
            Some(there) => merge(there, value),
            None => {
                item.insert(name.clone(), value.clone());
            }
        }
    }
    item
}

fn merge(there: &mut Attribute, incoming: &Attribute) {
    match (&mut *there, incoming) {
        (Attribute::Null, _) => *there = incoming.clone(),
        (Attribute::L(items), Attribute::L(more)) => items.extend(more.iter().cloned()),
        (Attribute::Ss(set), Attribute::Ss(more)) | (Attribute::Bs(set), Attribute::Bs(more)) => {
            set.extend(more.iter().cloned());
        }
        (Attribute::Ns(set), Attribute::Ns(more)) => set.extend(more.iter().cloned()),
        (Attribute::M(members), Attribute::M(more)) => *members = merged(members, more),
        _ => {}
    }
}

/// The next version and the time of the change.
fn stamp(session: &Session<'_, '_>, item: &mut Item, current: Option<&Item>) -> Result<(), Refusal> {
    let before = match current {
        Some(current) => integer(current, "_version").or(session.request.integer("_version")?).unwrap_or(0).max(0),
        None => 0,
    };
    item.insert("_version".into(), Attribute::N(Number::from_integer(before.saturating_add(1))));
    item.insert("_lastChangedAt".into(), Attribute::N(Number::from_integer(session.call.now_ms)));
    Ok(())
}

/// Whether a Sync reads the delta table, which keeps changes for a while only (documented); else it reads them all.
pub fn reads_delta(session: &Session<'_, '_>, since: i64) -> bool {
    let kept = session.table.delta_ttl_min.map(|minutes| minutes.saturating_mul(MINUTE_MS));
    since > 0 && kept.is_none_or(|kept| since > session.call.now_ms.saturating_sub(kept))
}

/// Whether an item changed after a moment (milliseconds since 1970). Unverified: the service keeps a list of changes;
/// here the item's own `_lastChangedAt` decides, and an item without it counts as changed.
pub fn changed_since(item: &Item, moment: i64) -> bool {
    integer(item, "_lastChangedAt").is_none_or(|changed| changed >= moment)
}
