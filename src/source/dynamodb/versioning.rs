//! Versioned tables (conflict detection): `_version`, `_lastChangedAt`, `_deleted`.

use super::attribute::{Attribute, Item};
use super::failure::Refusal;
use super::number::Number;
use super::session::Session;
use crate::source::trace::Fact;

fn integer(item: &Item, name: &str) -> Option<i64> {
    match item.get(name) {
        Some(Attribute::N(number)) => number.to_i64(),
        _ => None,
    }
}

/// Whether a write sees the stored version. When it does not, AppSync asks the API's conflict handler
/// (`AUTOMERGE`, `OPTIMISTIC_CONCURRENCY` or a Lambda function), which this tool does not run. A stored item
/// without `_version` agrees with every request: data written by hand need not name versions (ours).
pub fn agree(session: &Session<'_>, current: Option<&Item>) -> Result<(), Refusal> {
    let stored = match current.and_then(|item| integer(item, "_version")) {
        Some(stored) if session.table.versioned => stored,
        _ => return Ok(()),
    };
    let sent = session.request.integer("_version")?;
    if sent == Some(stored) {
        return Ok(());
    }
    Err(Refusal::Missing(Fact::new(
        format!("answer of the conflict handler of table {}", session.name),
        match sent {
            Some(sent) => format!("the request changes `_version` {sent} of an item whose `_version` is {stored}"),
            None => format!("the request names no `_version` of an item whose `_version` is {stored}"),
        },
        format!("the argument `_version: {stored}`, or `_version` of the item in --data"),
        session.request.json,
    )))
}

/// Writes the metadata AppSync keeps on a versioned item: the next version and the time of the change.
pub fn stamp(session: &Session<'_>, item: &mut Item, current: Option<&Item>) {
    let before = match current {
        Some(current) => integer(current, "_version")
            .or_else(|| session.request.integer("_version").ok().flatten())
            .unwrap_or(0)
            .max(0),
        None => 0,
    };
    item.insert("_version".into(), Attribute::N(Number::from_integer(before.saturating_add(1))));
    item.insert("_lastChangedAt".into(), Attribute::N(Number::from_integer(session.now_ms)));
}

/// Whether an item changed after a moment (milliseconds since 1970). Unverified: the service reads its delta table,
/// which keeps changes for a while only; here the item's own `_lastChangedAt` decides, and an item without it counts
/// as changed.
pub fn changed_since(item: &Item, moment: i64) -> bool {
    integer(item, "_lastChangedAt").is_none_or(|changed| changed >= moment)
}
