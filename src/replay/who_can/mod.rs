//! Every way into a field, without a request: for each of the API's modes, from somebody of whom nothing is known,
//! what each denial asks for is given until the value is reached. What is listed was run.

mod callers;
mod conditions;
mod explore;
pub mod given;
pub mod model;
mod near;
mod proof;
mod restrict;
mod seen;

use rayon::prelude::*;
use serde_json::Value as Json;

use super::Replay;
use crate::api::AuthMode;
use crate::error::Result;
use crate::execute::{self, Admission};
use crate::report::{Decision, Edit, Rule, Stage};
use conditions::{alike, merge, merge_value, of_one_value};
use explore::{Explorer, Found};
use given::Given;
use model::{Closed, SCHEMA, Way, WayRule, WhoCan};
use seen::Seen;

impl Replay<'_> {
    /// Every way into a field, for callers of every mode of the API. What requests and data there are is not looked
    /// at: callers, records and arguments are made up.
    ///
    /// # Errors
    /// An API that cannot be read, or a template of it that does not parse.
    pub fn who_can(&self, parent_type: &str, field: &str) -> Result<WhoCan> {
        let modes: Vec<AuthMode> = self.api.modes().collect();
        let now_ms = self.now_ms.unwrap_or(self.system_ms);
        let by_mode: Vec<Result<ByMode>> =
            modes.par_iter().map(|mode| self.who_can_by(*mode, parent_type, field, now_ms)).collect();
        let mut found = WhoCan {
            schema: SCHEMA,
            api: self.api.name.clone(),
            field: format!("{parent_type}.{field}"),
            ways: Vec::new(),
            closed: Vec::new(),
            notes: Vec::new(),
            runs: 0,
            budget_spent: false,
        };
        for by_mode in by_mode {
            let by_mode = by_mode?;
            found.ways.extend(by_mode.ways);
            found.closed.extend(by_mode.closed);
            found.runs += by_mode.runs;
            found.budget_spent |= by_mode.budget_spent;
        }
        for (at, way) in found.ways.iter_mut().enumerate() {
            way.id = at + 1;
        }
        found.notes = notes(&found);
        Ok(found)
    }

    fn who_can_by(&self, mode: AuthMode, parent_type: &str, field: &str, now_ms: i64) -> Result<ByMode> {
        let mut all = ByMode::default();
        let mut ways: Vec<Way> = Vec::new();
        let mut first = None;
        let least = Given::least(self.api, parent_type, field, false)?;
        // Templates may want keys that the schema leaves optional.
        let keyed = Given::least(self.api, parent_type, field, true)?;
        let also_keyed = (keyed.input.arguments != least.input.arguments).then_some(&keyed);
        for given in std::iter::once(&least).chain(also_keyed) {
            let Some(mut explorer) = Explorer::new(self, given, mode, now_ms) else { break };
            let (mut found, met) = explorer.search()?;
            if found.is_empty() && explorer.saw_empty {
                let runs = explorer.runs;
                let Some(again) = Explorer::new(self, given, mode, now_ms) else { break };
                explorer = again;
                (explorer.runs, explorer.wants_rows) = (runs, false);
                (found, _) = explorer.search()?;
            }
            let is_first = ways.is_empty();
            for found in found {
                let way = way(&mut explorer, given, mode, found, self)?;
                // With keys, what is new hangs on them.
                let of_keys = |way: &Way| way.conditions.iter().any(|condition| condition.on == "arguments");
                ways.extend(way.filter(|way| is_first || of_keys(way)));
            }
            all.runs += explorer.runs;
            all.budget_spent |= explorer.budget_spent;
            let by_schema = met.as_ref().is_some_and(|met| met.stage == Some(Stage::Schema));
            first = first.or(met.map(|met| (given, met)));
            if by_schema {
                break;
            }
        }
        all.ways = merged(ways);
        restrict::without_other_ways(&mut all.ways);
        if let (true, Some((given, first))) = (all.ways.is_empty(), first) {
            all.closed = vec![closed(self, mode, given, first)];
        }
        Ok(all)
    }
}

/// What was found of one mode.
#[derive(Debug, Default)]
struct ByMode {
    ways: Vec<Way>,
    closed: Vec<Closed>,
    runs: usize,
    budget_spent: bool,
}

fn way(
    explorer: &mut Explorer<'_, '_>,
    given: &Given,
    mode: AuthMode,
    found: Found,
    replay: &Replay<'_>,
) -> Result<Option<Way>> {
    let Some(case) = explorer.case(&found.edits) else { return Ok(None) };
    let (Some(facts), Some(input)) = (case.facts(), case.input()) else { return Ok(None) };
    let mut conditions = explorer.conditions(&found.edits);
    let (mut restricts, mut edits) = (Vec::new(), found.edits.clone());
    if let Some((rows, needed)) = restrict::rows(explorer, given, &found, &conditions)? {
        conditions = explorer.conditions(&needed);
        restricts.push(rows);
        edits = needed;
    }
    for condition in conditions.iter_mut().filter(|condition| condition.op == "list") {
        explorer.any_kind(condition, &edits)?;
    }
    if !found.edits.iter().any(|edit| edit.target == "identity") {
        let mut shut = Vec::new();
        for flavour in callers::flavours(mode) {
            let seen = explorer.run(&[edits.clone(), flavour].concat())?;
            shut.push(seen.is_some_and(|seen| seen.decision == Decision::Denied));
        }
        conditions.extend(callers::not_through(&shut));
    }
    restricts.extend(restrict::arguments(explorer, replay, given, &found)?);
    restricts.extend(restrict::events(&found));
    let rule = rule(explorer, &found)?;
    let nearest_miss = near::miss(explorer, &found, facts)?;
    let proof = proof::of(&case, input, found.edits);
    Ok(Some(Way { id: 0, mode: mode.name(), rule, conditions, restricts, proof, nearest_miss, verified: true }))
}

/// Each way once: those that differ in which of the caller's values something is are one.
fn merged(ways: Vec<Way>) -> Vec<Way> {
    let mut kept: Vec<Way> = Vec::new();
    for way in ways {
        let same = |known: &&mut Way| {
            let rows = restrict::of_rows_alike(&known.restricts, &way.restricts);
            rows && alike(&known.conditions, &way.conditions)
        };
        match kept.iter_mut().find(same) {
            Some(known) => {
                merge(&mut known.conditions, &way.conditions);
                for (restriction, more) in known.restricts.iter_mut().zip(&way.restricts) {
                    restrict::merge(restriction, more);
                }
            }
            None => kept.push(way),
        }
    }
    let mut ways: Vec<Way> = Vec::new();
    for way in kept {
        match ways.iter_mut().find(|known| of_one_value(&known.conditions, &way.conditions)) {
            Some(known) => merge_value(&mut known.conditions, &way.conditions),
            None => ways.push(way),
        }
    }
    let mut kept = ways;
    kept.sort_by_key(|way| way.conditions.len());
    kept
}

/// The rule that lets in: one that stood in the way before the last step, and whose statement ran after it; else the
/// first that the run itself tells of, if it is one of the author's.
fn rule(explorer: &mut Explorer<'_, '_>, found: &Found) -> Result<Option<WayRule>> {
    let mut best: Option<(usize, Rule)> = None;
    for at in 0..found.edits.len() {
        let mut fewer = found.edits.clone();
        let last = fewer.remove(at);
        let Some(before) = explorer.run(&fewer)? else { continue };
        for rule in before.rules.iter().cloned() {
            let score = score(&rule, &last, &before, &found.seen);
            if score >= SPEAKS_OF_IT && best.as_ref().is_none_or(|(known, _)| score > *known) {
                best = Some((score, rule));
            }
        }
    }
    let told = || found.seen.allowed_by.iter().find(|by| by.auth.is_some()).cloned();
    let told = || told().map(|by| WayRule { kind: by.kind, auth: by.auth, grant: by.grant });
    Ok(best.map(|(_, rule)| WayRule { kind: rule.kind, auth: rule.auth, grant: rule.grant }).or_else(told))
}

/// The least score of a rule that speaks of an edit, or whose statement ran because of it.
const SPEAKS_OF_IT: usize = 4;

/// How well a rule fits the last edit before it let in.
fn score(rule: &Rule, edit: &Edit, before: &Seen, after: &Seen) -> usize {
    let place = edit.path.last().and_then(Json::as_str).unwrap_or_default();
    let value = edit.value.as_str().unwrap_or_default();
    let value = format!("\"{}\"", explore::role_of(value).unwrap_or(value));
    let says = |text: &str| !text.is_empty() && rule.needs.contains(text);
    // That something of the caller is given at all speaks of every rule that reads it.
    let is_given = matches!(edit.target, "claims" | "identity") && explore::is_stand_in(&edit.value);
    let new = after.has_run(&rule.grant) && !before.has_run(&rule.grant);
    16 * usize::from(says(&value))
        + 8 * usize::from(!is_given && says(place))
        + 4 * usize::from(new)
        + 2 * usize::from(after.has_run(&rule.grant))
        + usize::from(rule.auth.is_some())
}

/// Why nobody gets in by a mode.
fn closed(replay: &Replay<'_>, mode: AuthMode, given: &Given, first: Seen) -> Closed {
    let caller =
        execute::Caller { mode, identity: &Json::Null, groups: None, denied_fields: &[], policy_refusals: &[] };
    let admission = execute::admit(replay.api, &given.input.parent_type, &given.input.field, caller);
    let by_schema = matches!(admission, Admission::Refused(execute::Refusal::Mode { .. }));
    let words = match (by_schema, first.cause) {
        (true, _) => "the schema does not admit the mode".to_owned(),
        (_, Some(cause)) => cause.text,
        (_, None) => first.message.unwrap_or_else(|| "no run reached the value".to_owned()),
    };
    Closed { mode: mode.name(), words }
}

fn notes(found: &WhoCan) -> Vec<String> {
    let mut notes = Vec::new();
    if found.ways.iter().any(|way| way.mode == AuthMode::Iam.name()) {
        notes.push("an IAM principal's own policies have to allow the field, too".to_owned());
    }
    let open = |condition: &model::Condition| {
        condition.value.as_ref().and_then(Json::as_str).is_some_and(crate::api::has_placeholder)
    };
    if found.ways.iter().any(|way| way.conditions.iter().any(open)) {
        notes.push("`${…}` stands for a value that the build leaves open: --param NAME=VALUE".to_owned());
    }
    if found.budget_spent {
        notes.push(format!("the search ended after {} runs: there may be more ways", found.runs));
    }
    notes
}
