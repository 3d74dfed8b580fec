//! What stays closed to those who come a way: rows that are not theirs, arguments that they may not give.

use serde_json::Value as Json;

use super::super::Replay;
use super::conditions;
use super::explore::{self, Explorer, Found};
use super::given::{self, Given};
use super::model::{Condition, Restriction, Way};
use super::seen::Seen;
use crate::error::Result;
use crate::report::{Decision, Edit};

/// Of a list that is answered whatever the record: the conditions on the record pick rows. Gives the edits that are
/// needed for an answer at all.
pub fn rows(
    explorer: &mut Explorer<'_, '_>,
    given: &Given,
    found: &Found,
    conditions: &[Condition],
) -> Result<Option<(Restriction, Vec<Edit>)>> {
    let mut needed: Vec<Edit> = found.edits.iter().filter(|edit| edit.target != "data").cloned().collect();
    let picks_rows = given.is_list && conditions.iter().any(|condition| condition.on == "record");
    if !picks_rows {
        return Ok(None);
    }
    let mut at = needed.len();
    while at > 0 {
        at -= 1;
        let mut fewer = needed.clone();
        fewer.remove(at);
        if is_answered(explorer, &fewer)? {
            needed = fewer;
        }
    }
    if !is_answered(explorer, &needed)? {
        return Ok(None);
    }
    let of_record = conditions.iter().filter(|condition| condition.on == "record").cloned().collect();
    Ok(Some((of_rows(of_record), needed)))
}

fn is_answered(explorer: &mut Explorer<'_, '_>, edits: &[Edit]) -> Result<bool> {
    Ok(explorer.run(edits)?.is_some_and(|seen| seen.decision == Decision::Filtered))
}

fn of_rows(conditions: Vec<Condition>) -> Restriction {
    let words: Vec<&str> = conditions.iter().map(|condition| condition.words.as_str()).collect();
    let words = format!("only rows where {}", words.join(" and "));
    Restriction { kind: "rows", words, conditions, arguments: Vec::new() }
}

/// The optional arguments that, given alone, are denied: those that may not be given, and those that have to be
/// something of the caller's.
pub fn arguments(
    explorer: &mut Explorer<'_, '_>,
    replay: &Replay<'_>,
    given: &Given,
    found: &Found,
) -> Result<Vec<Restriction>> {
    let input = &given.input;
    let (mut denied, mut not_null, mut restricts) = (Vec::new(), Vec::new(), Vec::new());
    for (path, value) in given::optional(&replay.api.schema, &input.parent_type, &input.field, &input.arguments) {
        let is_it = |edit: &Edit| edit.target == "arguments" && edit.path == path;
        if found.edits.iter().any(is_it) {
            continue;
        }
        let with = |edit: Edit| [found.edits.as_slice(), &[edit]].concat();
        let there = Edit::new("arguments", path.clone(), "set", value);
        let Some(seen) = explorer.run(&with(there.clone()))? else { continue };
        if seen.decision != Decision::Denied {
            let null = explorer.run(&with(Edit::new("arguments", path.clone(), "set", Json::Null)))?;
            if null.is_some_and(|seen| seen.decision == Decision::Denied) {
                not_null.push(dotted(&path));
            }
            continue;
        }
        let allowed = alternatives(explorer, found, &there, &seen)?;
        match allowed.is_empty() {
            true => denied.push(dotted(&path)),
            false => restricts.push(of_argument(dotted(&path), allowed)),
        }
    }
    restricts.extend(forbidden(denied));
    if !not_null.is_empty() {
        let words = format!("may not empty {}", not_null.join(", "));
        restricts.push(Restriction { kind: "nulls", conditions: Vec::new(), arguments: not_null, words });
    }
    Ok(restricts)
}

/// What else would let an argument be given: what it is, or who the caller is.
fn alternatives(explorer: &mut Explorer<'_, '_>, found: &Found, given: &Edit, denied: &Seen) -> Result<Vec<Condition>> {
    let path = given.path.as_slice();
    let before = explorer.conditions(&found.edits);
    let mut allowed: Vec<Condition> = Vec::new();
    let mut tried: Vec<Vec<Edit>> = Vec::new();
    let mut waiting = vec![(found.edits.clone(), denied.clone())];
    while let Some((edits, seen)) = waiting.pop() {
        for (proposal, _) in explorer.proposals(&seen) {
            let of_it = |edit: &Edit| edit.target == "arguments" && edit.path == path && edit.op != "remove";
            let of_caller = |edit: &Edit| matches!(edit.target, "claims" | "identity" | "data");
            if tried.len() >= MOST_ALTERNATIVES {
                explorer.budget_spent = true;
                break;
            }
            if proposal.contains(given) || !proposal.iter().all(|edit| of_it(edit) || of_caller(edit)) {
                continue;
            }
            let with = match proposal.iter().any(of_it) {
                true => Vec::new(),
                false => vec![given.clone()],
            };
            let Some(more) = explore::expanded(&[edits.clone(), with].concat(), &proposal) else { continue };
            if tried.contains(&more) {
                continue;
            }
            tried.push(more.clone());
            let Some(seen) = explorer.run(&more)? else { continue };
            if explorer.is_through(&seen) {
                let mut new = explorer.conditions(&more);
                let is_given = |value: &Json| *value == given.value || given.value == Json::Array(vec![value.clone()]);
                new.retain(|condition| !before.contains(condition) && !condition.value.as_ref().is_some_and(is_given));
                if let [condition] = new.as_slice() {
                    add(&mut allowed, condition);
                }
            } else if let [one] = proposal.as_slice()
                && explore::is_stand_in(&one.value)
                && edits.len() == found.edits.len()
                && of_caller(one)
            {
                // A claim that was absent: what is compared with it is known now.
                waiting.push(([edits.clone(), proposal.clone()].concat(), seen));
            }
        }
    }
    Ok(allowed)
}

/// Runs that the alternatives of one argument may cost.
const MOST_ALTERNATIVES: usize = 120;

fn dotted(path: &[Json]) -> String {
    path.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(".")
}

fn of_argument(name: String, conditions: Vec<Condition>) -> Restriction {
    let place = format!("argument {name} ");
    let words = conditions.iter().map(|one| match one.words.strip_prefix(&place) {
        Some(rest) => format!("it {rest}"),
        None => one.words.clone(),
    });
    let words = format!("if argument {name} is given: {}", words.collect::<Vec<_>>().join(", or "));
    Restriction { kind: "argument", conditions, arguments: vec![name], words }
}

fn forbidden(arguments: Vec<String>) -> Option<Restriction> {
    let words = format!("may not set {}", arguments.join(", "));
    (!arguments.is_empty()).then_some(Restriction { kind: "arguments", conditions: Vec::new(), arguments, words })
}

/// Leaves out what another way says: that a caller of that way may give the argument.
pub fn without_other_ways(ways: &mut [Way]) {
    let open: Vec<(Vec<Condition>, Vec<String>)> = ways
        .iter()
        .map(|way| {
            let closed =
                way.restricts.iter().filter(|one| one.kind != "nulls").flat_map(|one| one.arguments.clone()).collect();
            (way.conditions.clone(), closed)
        })
        .collect();
    for way in ways {
        let mut denied: Vec<String> = Vec::new();
        let mut kept: Vec<Restriction> = Vec::new();
        for mut restriction in std::mem::take(&mut way.restricts) {
            let arguments = restriction.arguments.clone();
            match restriction.kind {
                "arguments" => denied.splice(0..0, arguments).for_each(drop),
                "argument" => {
                    let elsewhere = |one: &Condition| {
                        let alone = std::slice::from_ref(one);
                        open.iter()
                            .any(|(all, closed)| all == alone && !arguments.iter().any(|name| closed.contains(name)))
                    };
                    restriction.conditions.retain(|one| !elsewhere(one));
                    match (restriction.conditions.is_empty(), arguments.into_iter().next()) {
                        (false, Some(name)) => kept.push(of_argument(name, restriction.conditions)),
                        (_, name) => denied.extend(name),
                    }
                }
                _ => kept.push(restriction),
            }
        }
        kept.extend(forbidden(denied));
        way.restricts = kept;
    }
}

/// Adds an alternative.
fn add(all: &mut Vec<Condition>, condition: &Condition) {
    let one = std::slice::from_ref(condition);
    match all.iter_mut().find(|known| conditions::alike(std::slice::from_ref(known), one)) {
        Some(known) => conditions::merge(std::slice::from_mut(known), one),
        None => all.push(condition.clone()),
    }
}

/// A filter picks the events of a subscription.
pub fn events(found: &Found) -> Option<Restriction> {
    let words = "only events that the subscription filter of the resolver lets through".to_owned();
    let some = Restriction { kind: "events", conditions: Vec::new(), arguments: Vec::new(), words };
    found.seen.sets_filter.then_some(some)
}

/// Whether two ways are restricted to the same rows, whichever of the caller's values they are held against.
pub fn of_rows_alike(one: &[Restriction], other: &[Restriction]) -> bool {
    let rows = |all: &[Restriction]| -> Vec<Condition> {
        all.iter().filter(|one| one.kind == "rows").flat_map(|one| one.conditions.clone()).collect()
    };
    conditions::alike(&rows(one), &rows(other))
}

/// Takes the other's values of the caller, too.
pub fn merge(into: &mut Restriction, other: &Restriction) {
    if into.kind == "rows" && other.kind == "rows" {
        conditions::merge(&mut into.conditions, &other.conditions);
        *into = of_rows(std::mem::take(&mut into.conditions));
    }
}
