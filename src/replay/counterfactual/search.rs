//! The search: single edits first, then what the next condition on the way asks of each, until something is allowed.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::super::Replay;
use super::caller;
use super::case::Case;
use super::outcome::Target;
use super::words::is_a_person;
use crate::api::AuthMode;
use crate::error::Result;
use crate::explain::edit::STAND_IN;
use crate::report::{Edit, RequestReport};

/// Runs that one denial may cost.
const MOST_RUNS: usize = 300;

/// Time that one denial may cost, for templates that take long.
const LONGEST: Duration = Duration::from_secs(2);

/// Edits that one fix may take, those that go with another not counted.
const DEEPEST: usize = 6;

/// How many failed attempts are followed at each depth.
const FOLLOWED: usize = 16;

/// Edits that allow it, with what a person would have to do.
type Edits = Vec<Edit>;

/// One search.
pub struct Search<'s, 'a> {
    replay: &'s Replay<'a>,
    case: &'s Case<'a>,
    target: &'s Target,
    runs: usize,
    began: Instant,
    tried: HashSet<String>,
    found: Vec<Edits>,
}

impl<'s, 'a> Search<'s, 'a> {
    /// For a target that the case denies.
    pub fn new(replay: &'s Replay<'a>, case: &'s Case<'a>, target: &'s Target) -> Self {
        Search { replay, case, target, runs: 0, began: Instant::now(), tried: HashSet::new(), found: Vec::new() }
    }

    /// Every minimal set of edits that was found to flip what a report denies.
    pub fn of(mut self, report: &RequestReport) -> Result<Vec<Edits>> {
        let mut level =
            ranked(self.target.proposals(report).into_iter().map(|proposal| expanded(&[], proposal)).collect());
        for depth in 1..=DEEPEST {
            let mut failed = Vec::new();
            for edits in level {
                if self.is_known(&edits) {
                    continue;
                }
                match self.flips(&edits)? {
                    Some(true) => {
                        let smallest = self.minimal(edits)?;
                        self.keep(smallest);
                    }
                    Some(false) => failed.push(edits),
                    None => {}
                }
            }
            if self.is_enough(depth) || depth == DEEPEST {
                break;
            }
            level = self.further(&failed)?;
        }
        Ok(self.found)
    }

    fn is_spent(&self) -> bool {
        self.runs >= MOST_RUNS || self.began.elapsed() > LONGEST
    }

    /// Whether the edits were tried before, or hold a set that is known to suffice.
    fn is_known(&mut self, edits: &[Edit]) -> bool {
        let suffices = self.found.iter().any(|found| found.iter().all(|edit| edits.contains(edit)));
        suffices || !self.tried.insert(format!("{edits:?}"))
    }

    /// Whether the request with the edits is allowed; none when they cannot be made, or nothing may be spent any more.
    fn flips(&mut self, edits: &[Edit]) -> Result<Option<bool>> {
        if self.is_spent() {
            return Ok(None);
        }
        let Some(case) = self.case.with(self.replay, self.target, edits) else { return Ok(None) };
        self.runs += 1;
        Ok(Some(self.target.is_allowed_in(&case.run(self.replay, false)?)))
    }

    /// Keeps a set that suffices, unless one that changes fewer places does.
    fn keep(&mut self, edits: Edits) {
        let within = |fewer: &Edits, more: &Edits| {
            // Another mode is another way, whatever comes with it.
            let same = |edit: &Edit, known: &Edit| {
                let place = known.target == edit.target && known.path == edit.path;
                place && (edit.target != "mode" || known.value == edit.value)
            };
            let there = |edit: &Edit| more.iter().any(|known| same(edit, known));
            fewer.len() < more.len() && fewer.iter().all(there)
        };
        if self.found.contains(&edits) || self.found.iter().any(|known| within(known, &edits)) {
            return;
        }
        self.found.retain(|known| !within(&edits, known));
        self.found.push(edits);
    }

    /// Without the edits that it can do without.
    fn minimal(&mut self, mut edits: Edits) -> Result<Edits> {
        let mut at = edits.len();
        while at > 0 && edits.len() > 1 {
            at -= 1;
            let mut fewer = edits.clone();
            fewer.remove(at);
            if self.flips(&fewer)? == Some(true) {
                edits = fewer;
            }
        }
        Ok(edits)
    }

    /// Enough is one that a person can do without touching other people's data or the schema; of larger ones any.
    fn is_enough(&self, depth: usize) -> bool {
        let easy = |edits: &Edits| depth > 1 || likelihood(edits) < DATA;
        self.is_spent() || self.found.iter().any(easy)
    }

    /// What the condition that now stands in the way of each failed attempt asks for.
    fn further(&mut self, failed: &[Edits]) -> Result<Vec<Edits>> {
        let mut next = Vec::new();
        for edits in failed.iter().take(FOLLOWED) {
            let Some(case) = self.case.with(self.replay, self.target, edits).filter(|_| !self.is_spent()) else {
                continue;
            };
            self.runs += 1;
            let report = case.run(self.replay, true)?;
            for proposal in self.target.proposals(&report) {
                let more = expanded(edits, proposal);
                if more != *edits {
                    next.push(more);
                }
            }
        }
        Ok(ranked(next))
    }
}

/// Edits with more behind them: a later value for a place takes the earlier one's, and another mode another caller.
fn expanded(edits: &[Edit], proposal: Edits) -> Edits {
    let mut all: Edits = edits.to_vec();
    for edit in proposal {
        if edit.target == "mode" {
            all.retain(|known| !matches!(known.target, "mode" | "claims" | "identity" | "headers"));
            let mode = edit.value.as_str().and_then(AuthMode::from_name);
            all.push(edit);
            let companions = mode.map(caller::anybody).unwrap_or_default();
            all.extend(companions.into_iter().map(|(target, path, value)| Edit::new(target, path, "set", value)));
            continue;
        }
        let same_place = |known: &Edit| known.target == edit.target && known.path == edit.path;
        let stands_in = |known: &Edit| known.value == json!(STAND_IN) || known.value == json!([STAND_IN]);
        all.retain(|known| !(same_place(known) && (edit.op == "set" || stands_in(known))));
        if !all.contains(&edit) {
            all.push(edit);
        }
    }
    all
}

/// The likeliest first, of equals the smaller.
fn ranked(mut all: Vec<Edits>) -> Vec<Edits> {
    all.sort_by_key(|edits| (likelihood(edits), edits.len()));
    all
}

/// From here on other people's data are touched.
const DATA: u8 = 4;

/// How likely a person can do what the edits ask, the likeliest first.
fn likelihood(edits: &[Edit]) -> u8 {
    let another_mode = edits.iter().any(|edit| edit.target == "mode");
    let of = |edit: &Edit| match edit.target {
        "mode" | "headers" => 0,
        "claims" | "identity" if another_mode => 0,
        "claims" if is_of_any_token(edit) => 0,
        "claims" if !is_a_person(edit) => 1,
        "identity" => 2,
        "arguments" => 3,
        "data" => DATA,
        "schema" => 5,
        _ => 6,
    };
    edits.iter().map(of).max().unwrap_or(0)
}

/// Whether an edit asks for what the next token has, whoever it is for.
fn is_of_any_token(edit: &Edit) -> bool {
    let claims = ["exp", "nbf", "iat", "auth_time", "iss", "aud", "client_id", "token_use"];
    edit.path.first().and_then(Json::as_str).is_some_and(|claim| claims.contains(&claim))
}

/// The likeliest, and of those that change the same places one, as long as others are there; of several ways to be
/// somebody else one.
pub fn chosen(found: Vec<Edits>, most: usize) -> Vec<Edits> {
    let place = |edit: &Edit| match is_a_person(edit) {
        true => ("person", Vec::new()),
        false if edit.target == "mode" => (edit.target, vec![edit.value.clone()]),
        false => (edit.target, edit.path.clone()),
    };
    let places = |edits: &Edits| edits.iter().map(place).collect::<Vec<_>>();
    let (mut first, mut alike): (Vec<Edits>, Vec<Edits>) = (Vec::new(), Vec::new());
    for edits in ranked(found) {
        match first.iter().any(|known| places(known) == places(&edits)) {
            // Another group is another way, and so is another kind of token; another spelling of the same owner is not.
            true if edits.iter().all(|edit| edit.op == "add" || is_of_any_token(edit)) => alike.push(edits),
            true => {}
            false => first.push(edits),
        }
    }
    first.extend(alike);
    first.truncate(most);
    first
}
