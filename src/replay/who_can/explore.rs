//! The search for every way in by one mode: from somebody of whom nothing is known, along what each denial asks for.

use std::time::{Duration, Instant};

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use serde_json::{Value as Json, json};

use super::super::Replay;
use super::super::counterfactual::{Case, Target};
use super::callers;
use super::conditions::{self, Setting};
use super::given::Given;
use super::model::Condition;
use super::proof;
use super::seen::Seen;
use crate::api::AuthMode;
use crate::error::Result;
use crate::explain::edit::STAND_IN;
use crate::report::{Decision, Edit};

/// Runs that one mode may cost.
const MOST_RUNS: usize = 600;

/// Time of one mode's search, for templates that take long.
const LONGEST: Duration = Duration::from_secs(5);

/// Edits that one way may take.
const DEEPEST: usize = 7;

/// What it costs to follow an edit that another path starts with, too: such paths come last.
const BESIDE: usize = 10;

/// What it costs to turn a condition that nothing says the denial hangs on.
const ANY_TURN: usize = 3;

/// What it costs to make the caller somebody else instead of the record his.
const ANOTHER_PERSON: usize = 4;

/// A way that was found: the edits that suffice, none of them in vain.
#[derive(Debug, Clone)]
pub struct Found {
    /// What has to be changed of the barest caller, record and arguments.
    pub edits: Vec<Edit>,
    /// What the run with them showed.
    pub seen: Seen,
}

/// One search.
pub struct Explorer<'s, 'a> {
    replay: &'s Replay<'a>,
    given: &'s Given,
    base: Case<'s>,
    target: Target,
    mode: AuthMode,
    /// How often the field was run.
    pub runs: usize,
    /// Whether paths were left that nobody went.
    pub budget_spent: bool,
    began: Instant,
    tried: HashSet<String>,
    found: Vec<Found>,
    /// Whether callers come through an identity pool, and stay there.
    through_pool: bool,
    /// Whether a list has to show its row. One that is empty tells nothing, unless no other is to be had.
    pub wants_rows: bool,
    /// Whether an empty list was seen.
    pub saw_empty: bool,
}

fn is_pool(edit: &Edit) -> bool {
    edit.target == "identity" && edit.path == [json!("cognitoIdentityPoolId")]
}

/// A path that waits: the cheaper the sooner, of equals the older.
type Waiting = Reverse<(usize, usize)>;

struct Path {
    edits: Vec<Edit>,
    /// What the runs before proposed, too.
    known: Vec<Vec<Edit>>,
}

impl<'s, 'a> Explorer<'s, 'a> {
    /// For one mode.
    pub fn new(replay: &'s Replay<'a>, given: &'s Given, mode: AuthMode, now_ms: i64) -> Option<Self> {
        let supposed = Case::supposed(given.input.clone(), mode, given.data.clone(), now_ms);
        let target = Target::alone(&given.input);
        let base = supposed.with(replay, &target, &callers::barest(mode))?;
        Some(Explorer {
            replay,
            given,
            base,
            target,
            mode,
            runs: 0,
            budget_spent: false,
            began: Instant::now(),
            tried: HashSet::new(),
            found: Vec::new(),
            through_pool: false,
            wants_rows: given.is_list,
            saw_empty: false,
        })
    }

    /// Every way that was found, and what the barest caller met.
    pub fn search(&mut self) -> Result<(Vec<Found>, Option<Seen>)> {
        let first = self.search_from(vec![Vec::new()])?;
        // Whoever comes through an identity pool may be refused what other principals are let in to.
        if self.found.iter().any(|found| found.edits.is_empty()) {
            let mut refused = Vec::new();
            for flavour in callers::flavours(self.mode) {
                if self.run(&flavour)?.is_some_and(|seen| seen.decision == Decision::Denied) {
                    refused.push(flavour);
                }
            }
            self.through_pool = true;
            self.search_from(refused)?;
        }
        Ok((std::mem::take(&mut self.found), first))
    }

    fn search_from(&mut self, starts: Vec<Vec<Edit>>) -> Result<Option<Seen>> {
        let mut queue: BinaryHeap<Waiting> = (0..starts.len()).map(|at| Reverse((0, at))).collect();
        let mut paths: Vec<Path> = starts.into_iter().map(|edits| Path { edits, known: Vec::new() }).collect();
        let mut first = None;
        while let Some(Reverse((cost, at))) = queue.pop() {
            let Some(path) = paths
                .get_mut(at)
                .map(|path| Path { edits: std::mem::take(&mut path.edits), known: std::mem::take(&mut path.known) })
            else {
                continue;
            };
            if !path.edits.is_empty() && self.is_known(&path.edits) {
                continue;
            }
            if self.runs >= MOST_RUNS || self.began.elapsed() > LONGEST {
                self.budget_spent = true;
                break;
            }
            let Some(seen) = self.run(&path.edits)? else { continue };
            if first.is_none() {
                first = Some(seen.clone());
            }
            if self.is_through(&seen) {
                let found = self.minimal(path.edits, seen)?;
                if !self.found.iter().any(|known| same(&known.edits, &found.edits)) {
                    self.found.push(found);
                }
                continue;
            }
            if path.edits.len() >= DEEPEST {
                continue;
            }
            let mut proposals = self.proposals(&seen);
            if path.edits.is_empty() {
                proposals.extend(callers::flavours(self.mode).into_iter().map(|edits| (edits, 1)));
            }
            for (proposal, price) in &proposals {
                let beside = path.known.contains(proposal);
                if beside && cost >= 2 * BESIDE {
                    continue;
                }
                let Some(edits) = expanded(&path.edits, proposal) else { continue };
                let price = price + if beside { BESIDE } else { 0 };
                let here = proposals.iter().map(|(proposal, _)| proposal.clone());
                paths.push(Path { edits, known: path.known.iter().cloned().chain(here).collect() });
                queue.push(Reverse((cost + price, paths.len() - 1)));
            }
        }
        Ok(first)
    }

    /// Runs the field with edits; none when they cannot be made.
    pub fn run(&mut self, edits: &[Edit]) -> Result<Option<Seen>> {
        let Some(case) = self.case(edits) else { return Ok(None) };
        self.runs += 1;
        let seen = Seen::of(self.replay, &case)?;
        self.saw_empty |= seen.is_empty && seen.decision == Decision::Allowed;
        Ok(Some(seen))
    }

    /// The case with edits.
    pub fn case(&self, edits: &[Edit]) -> Option<Case<'s>> {
        self.base.with(self.replay, &self.target, edits)
    }

    /// What edits ask for.
    pub fn conditions(&self, edits: &[Edit]) -> Vec<Condition> {
        let Some(case) = self.case(edits) else { return Vec::new() };
        let (Some(facts), Some(input)) = (case.facts(), case.input()) else { return Vec::new() };
        let records = proof::records(&case);
        Setting { facts, arguments: &input.arguments, source: &input.source, records, edits }.conditions()
    }

    /// A claim that was given as a list: whether a text does as well.
    pub fn any_kind(&mut self, condition: &mut Condition, edits: &[Edit]) -> Result<()> {
        let with_list = self.run(edits)?.map(|seen| seen.decision);
        let mut edits = edits.to_vec();
        for edit in edits.iter_mut().filter(|edit| edit.target == condition.on && is_stand_in(&edit.value)) {
            if edit.op == "add" && edit.path.last().is_some_and(|name| *name == condition.path.as_str()) {
                edit.op = "set";
            }
        }
        if self.run(&edits)?.map(|seen| seen.decision) == with_list {
            *condition = conditions::present(condition.on, condition.path.clone());
        }
        Ok(())
    }

    /// Whether the value was reached, and of a list the row was shown.
    pub fn is_through(&self, seen: &Seen) -> bool {
        seen.decision == Decision::Allowed && !(self.wants_rows && seen.is_empty)
    }

    fn is_known(&mut self, edits: &[Edit]) -> bool {
        let comparable = |found: &&Found| !self.through_pool || found.edits.iter().any(is_pool);
        let mut found = self.found.iter().filter(comparable);
        let suffices = found.any(|found| found.edits.iter().all(|edit| edits.contains(edit)));
        let mut key: Vec<String> = edits.iter().map(|edit| format!("{edit:?}")).collect();
        key.sort();
        suffices || !self.tried.insert(key.join("\n"))
    }

    /// Without the edits that it can do without.
    fn minimal(&mut self, mut edits: Vec<Edit>, mut seen: Seen) -> Result<Found> {
        let mut at = edits.len();
        while at > 0 {
            at -= 1;
            if self.through_pool && edits.get(at).is_some_and(is_pool) {
                continue;
            }
            let mut fewer = edits.clone();
            fewer.remove(at);
            if let Some(still) = self.run(&fewer)?
                && self.is_through(&still)
            {
                (edits, seen) = (fewer, still);
            }
        }
        Ok(Found { edits, seen })
    }

    /// The edits that what was seen proposes, fit for this search, each with its price.
    pub fn proposals(&self, seen: &Seen) -> Vec<(Vec<Edit>, usize)> {
        let mut found: Vec<(Vec<Edit>, usize)> = Vec::new();
        let mut add = |edits: Vec<Edit>, price: usize| {
            if !edits.is_empty() && !found.iter().any(|(known, _)| *known == edits) {
                let price = price + self.price(&edits);
                found.push((edits, price));
            }
        };
        let aimed = seen.proposals.iter().map(|proposal| (proposal, 1));
        for (proposal, price) in aimed.chain(seen.turns.iter().map(|turn| (turn, ANY_TURN))) {
            let fit: Option<Vec<Edit>> = proposal.iter().map(fitting).collect();
            fit.into_iter().for_each(|edits| add(edits, price));
        }
        // A record that is there may be what a mutation stumbles over.
        if seen.decision == Decision::Error {
            self.given
                .records
                .iter()
                .for_each(|path| add(vec![Edit::new("data", path.clone(), "remove", Json::Null)], 1));
        }
        found
    }

    fn price(&self, proposal: &[Edit]) -> usize {
        let facts = self.base.facts();
        let has =
            |name: &str| facts.and_then(|facts| facts.claims.as_ref()).is_some_and(|claims| claims.contains_key(name));
        let another = |edit: &Edit| {
            edit.target == "claims" && edit.op == "set" && edit.path.first().and_then(Json::as_str).is_some_and(has)
        };
        if proposal.iter().any(another) { ANOTHER_PERSON } else { 0 }
    }
}

/// A proposal's edit as this search makes it; none for what leads elsewhere: another mode, a schema, a caller who
/// lacks something.
fn fitting(edit: &Edit) -> Option<Edit> {
    let mut edit = edit.clone();
    match (edit.target, edit.op) {
        ("mode" | "schema", _) | ("claims", "remove") => return None,
        // To read nothing is no way in.
        ("data", "remove") if edit.path.len() == 2 => return None,
        // A principal's ARN is one text: what has to be in it is the name of the role.
        ("identity", "add" | "set") if edit.path == [json!("userArn")] => {
            let name = edit.value.as_str()?;
            edit.value = json!(if name.starts_with("arn:") { name.to_owned() } else { session(name) });
            edit.op = "set";
        }
        _ => {}
    }
    // What stands for anything says where it stands, so that whatever is made equal to it can be told.
    let anything = || format!("any-{}", edit.path.last().map(text).unwrap_or_default());
    match &edit.value {
        value if *value == json!(STAND_IN) => edit.value = json!(anything()),
        value if *value == json!([STAND_IN]) => edit.value = json!([anything()]),
        _ => {}
    }
    Some(edit)
}

/// The ARN of somebody in a role.
pub fn session(role: &str) -> String {
    format!("arn:aws:sts::123456789012:assumed-role/{role}/session")
}

/// The role in an ARN that [`session`] made.
pub fn role_of(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:aws:sts::123456789012:assumed-role/")?.strip_suffix("/session")
}

fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// Edits with more behind them: a later value for a place takes the earlier one's. None when nothing is new.
pub fn expanded(edits: &[Edit], proposal: &[Edit]) -> Option<Vec<Edit>> {
    let mut all = edits.to_vec();
    for edit in proposal {
        if is_another(edit, edits) {
            return None;
        }
        let same_place = |known: &Edit| known.target == edit.target && known.path == edit.path;
        if edit.op == "set" {
            // A list was made there: what is wanted of its element becomes one.
            let listed = |known: &Edit| same_place(known) && (known.op == "add" || known.value.is_array());
            if all.iter().any(listed) && edit.value.is_string() {
                all.retain(|known| !(listed(known) && is_stand_in(&known.value)));
                all.push(Edit { op: "add", ..edit.clone() });
                continue;
            }
            // What was set to something particular stays: to want both is no way.
            let particular =
                |known: &Edit| known.op == "set" && !is_stand_in(&known.value) && known.value != edit.value;
            if all.iter().any(|known| same_place(known) && particular(known)) {
                return None;
            }
            all.retain(|known| !same_place(known));
        } else {
            all.retain(|known| !(same_place(known) && is_stand_in(&known.value)));
        }
        if !all.contains(edit) {
            all.push(edit.clone());
        }
    }
    (!same(&all, edits)).then_some(all)
}

/// Whether an edit's value is one that only has to differ from a made-up one, or is made of what stood there: neither
/// leads anywhere.
fn is_another(edit: &Edit, edits: &[Edit]) -> bool {
    let Some(value) = edit.value.as_str() else { return false };
    let made_up = |text: &str| ["any-", "some-", "caller-"].iter().any(|start| text.starts_with(start));
    let texts = edits.iter().filter_map(|known| match &known.value {
        Json::Array(items) => items.first().and_then(Json::as_str),
        value => value.as_str(),
    });
    let known: Vec<&str> = texts.filter(|text| made_up(text)).collect();
    let same_place = |known: &&Edit| known.target == edit.target && known.path == edit.path;
    let stood_there = edits.iter().filter(same_place).filter_map(|known| known.value.as_str());
    let within = |text: &str| value != text && value.contains(text);
    let differs =
        value.strip_suffix(STAND_IN).is_some_and(|rest| made_up(rest) || known.iter().any(|text| rest.ends_with(text)));
    (differs && !known.contains(&value)) || stood_there.into_iter().any(within)
}

/// Whether a value stands for anything.
pub fn is_stand_in(value: &Json) -> bool {
    match value {
        Json::String(text) => text.starts_with("any-"),
        Json::Array(items) => matches!(items.as_slice(), [one] if is_stand_in(one)),
        _ => false,
    }
}

fn same(one: &[Edit], other: &[Edit]) -> bool {
    one.len() == other.len() && one.iter().all(|edit| other.contains(edit))
}
