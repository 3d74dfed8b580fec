//! Edits that would make a condition come out the other way. They are guesses, worth nothing until a run with the
//! edit applied says otherwise.

use serde_json::{Map, Value as Json, json};

use super::condition::{Atom, operands};
use super::edit::{Place, STAND_IN, places};
use super::grant::Blocked;
use super::origin::{Origin, Origins};
use super::run::{Moment, Run};
use super::words::{self, Question};
use crate::api::AuthMode;
use crate::eval::Event;
use crate::execute::run::FromTable;
use crate::report::{Edit, Operand};
use crate::source::AtomTrace;
use crate::value::Value;

/// Edits each of which, applied together, would flip one condition.
pub type Proposal = Vec<Edit>;

/// What would lift what kept control away from a statement.
pub fn lift(origins: &Origins<'_>, runs: &[Run], blocked: &Blocked, identity: &Json) -> Vec<Proposal> {
    match blocked {
        Blocked::Condition(evaluated) => {
            let Some(run) = runs.get(evaluated.at.run) else { return Vec::new() };
            evaluated.deciding(run).into_iter().flat_map(|atom| flip(origins, run, atom, identity)).collect()
        }
        // What the loop's body asks is known once it turns.
        Blocked::EmptyLoop { place, entered, iterable, .. } => {
            let Some(run) = runs.get(place.run) else { return Vec::new() };
            let origin = origins.of(*iterable, *entered);
            places(&origin, run, identity).iter().map(|place| vec![place.edit("add", json!(STAND_IN))]).collect()
        }
    }
}

/// What would make an atom come out the other way.
pub fn flip(origins: &Origins<'_>, run: &Run, atom: &Atom, identity: &Json) -> Vec<Proposal> {
    let operands = operands(origins, run, atom);
    let wanted = !atom.truth;
    let at = |origin: &Origin| places(origin, origins.answered_by_table(run), identity);
    match (words::question(run, atom.expression), operands.as_slice()) {
        (question @ (Question::Equal | Question::NotEqual), [left, right]) => {
            equal(left, right, (question == Question::Equal) == wanted, &at)
        }
        (Question::Contains, [list, item]) => contains(list, item, wanted, &at),
        (Question::ContainsKey, [(_, of_map), (key, _)]) => member(key, wanted, &at(of_map)),
        (Question::Missing, [(operand, origin)]) => match wanted {
            false => supply(operand, &at(origin)),
            true => each(&at(origin), |place| place.edit("remove", Json::Null)),
        },
        (Question::Empty, [(_, origin)]) => match wanted {
            false => each(&at(origin), |place| place.edit("add", json!(STAND_IN))),
            true => each(&at(origin), |place| place.edit("remove", Json::Null)),
        },
        (Question::Kind(kind), [(_, origin)]) if wanted => each(&at(origin), |place| {
            place.edit(
                "set",
                match kind {
                    "a list" => json!([STAND_IN]),
                    "a map" => json!({}),
                    _ => json!(STAND_IN),
                },
            )
        }),
        (Question::Truth, [(operand, origin)]) => truth(operand, wanted, &at(origin)),
        (Question::Compare, [left, right]) => compare(left, right, &at),
        _ => Vec::new(),
    }
}

type Sided = (Operand, Origin);

fn each(places: &[Place], edit: impl Fn(&Place) -> Edit) -> Vec<Proposal> {
    places.iter().map(|place| vec![edit(place)]).collect()
}

fn equal(left: &Sided, right: &Sided, same: bool, at: &dyn Fn(&Origin) -> Vec<Place>) -> Vec<Proposal> {
    if let Some((_, (other, _))) = sides(left, right).find(|((_, origin), _)| matches!(origin, Origin::Mode)) {
        let is = |mode: &AuthMode| other.value.as_str() == Some(mode.auth_type());
        return AuthMode::ALL.into_iter().filter(|mode| is(mode) == same).map(|mode| vec![Edit::mode(mode)]).collect();
    }
    let mut found = Vec::new();
    for ((mine, origin), (other, _)) in sides(left, right) {
        match same {
            true if is_nobody(&other.value) => {}
            true if !other.value.is_null() => found.extend(become_text(origin, mine, &other.value, at)),
            true => found.extend(each(&at(origin), |place| place.edit("remove", Json::Null))),
            false => found.extend(each(&at(origin), |place| place.edit("set", otherwise(&mine.value)))),
        }
    }
    found
}

/// What templates write where a claim is absent: nobody's value, and everybody's who lacks the claim.
fn is_nobody(value: &Json) -> bool {
    value.as_str().is_some_and(|text| text.is_empty() || text.starts_with("___xamz"))
}

/// Each side with the other.
fn sides<'s>(left: &'s Sided, right: &'s Sided) -> impl Iterator<Item = (&'s Sided, &'s Sided)> {
    [(left, right), (right, left)].into_iter()
}

/// A value made of one place becomes another; of several (`sub::username`) the parts of the other, each at its place.
fn become_text(origin: &Origin, mine: &Operand, wanted: &Json, at: &dyn Fn(&Origin) -> Vec<Place>) -> Vec<Proposal> {
    let mut places = at(origin);
    if pair(wanted).is_some() && places.len() == 1 {
        // No user's `sub` is made of two claims.
        places.retain(|place| !place.is_a_person());
    }
    let parts: Vec<&str> = wanted.as_str().map(|text| text.split("::").collect()).unwrap_or_default();
    match places.as_slice() {
        // A list of values of the caller: any of them will do.
        _ if mine.value.is_array() => {
            let alone = |place: &&Place| !(pair(wanted).is_some() && place.is_a_person());
            let single: Vec<Place> = places.iter().filter(alone).cloned().collect();
            let mut found = each(&single, |place| place.hold(wanted.clone()));
            found.extend(joined(&places, &parts));
            found
        }
        [one] => vec![vec![one.hold(wanted.clone())]],
        several => joined(several, &parts).into_iter().collect(),
    }
}

fn joined(places: &[Place], parts: &[&str]) -> Option<Proposal> {
    let fits = places.len() > 1 && parts.len() == places.len();
    fits.then(|| places.iter().zip(parts).map(|(place, part)| place.edit("set", json!(part))).collect())
}

fn contains(list: &Sided, item: &Sided, wanted: bool, at: &dyn Fn(&Origin) -> Vec<Place>) -> Vec<Proposal> {
    let ((held, of_list), (one, of_item)) = (list, item);
    if !wanted {
        let mut found = each(&at(of_list), |place| place.edit("remove", one.value.clone()));
        found.extend(each(&at(of_item), |place| place.edit("set", otherwise(&one.value))));
        return found;
    }
    let mut found = Vec::new();
    if !one.value.is_null() && !is_nobody(&one.value) {
        // A list made of several values of the caller (`["u1::bob", "u1", "bob"]`) has no place for one more.
        let made = matches!(of_list, Origin::Several(_));
        found.extend(match made {
            true => become_text(of_list, held, &one.value, at),
            false => each(&at(of_list), |place| place.edit("add", one.value.clone())),
        });
    }
    let candidates: Vec<Json> = match &held.value {
        Json::Array(items) => {
            items.iter().filter(|item| !item.is_null() && !is_nobody(item)).take(3).cloned().collect()
        }
        Json::String(text) if !text.is_empty() => vec![json!(text)],
        _ => Vec::new(),
    };
    for candidate in &candidates {
        found.extend(become_text(of_item, one, candidate, at));
    }
    found
}

/// A member of a map, given or taken away.
fn member(key: &Operand, wanted: bool, places: &[Place]) -> Vec<Proposal> {
    let Some(name) = key.value.as_str() else { return Vec::new() };
    let within: Vec<Place> = places.iter().map(|place| place.member(name)).collect();
    match wanted {
        true => each(&within, |place| place.edit("set", json!(STAND_IN))),
        false => each(&within, |place| place.edit("remove", Json::Null)),
    }
}

/// Something where nothing was.
fn supply(operand: &Operand, places: &[Place]) -> Vec<Proposal> {
    // What is there and blank is replaced too.
    let value = if operand.value.is_array() { json!([STAND_IN]) } else { json!(STAND_IN) };
    let mut found = each(places, |place| place.edit("set", value.clone()));
    if let ([_, _, ..], Json::Null | Json::String(_)) = (places, &operand.value) {
        found.push(places.iter().map(|place| place.edit("set", value.clone())).collect());
    }
    found
}

fn truth(operand: &Operand, wanted: bool, places: &[Place]) -> Vec<Proposal> {
    let value = match (&operand.value, wanted) {
        // Anything that is there is true.
        (Json::Null, true) => {
            let both = [json!(true), json!(STAND_IN)];
            return both.iter().flat_map(|value| each(places, |place| place.edit("set", value.clone()))).collect();
        }
        (_, true) => json!(true),
        (Json::Bool(_), false) => json!(false),
        _ => return each(places, |place| place.edit("remove", Json::Null)),
    };
    each(places, |place| place.edit("set", value.clone()))
}

/// `a > b` with numbers: one more, the same, one less.
fn compare(left: &Sided, right: &Sided, at: &dyn Fn(&Origin) -> Vec<Place>) -> Vec<Proposal> {
    let mut found = Vec::new();
    for ((_, origin), (other, _)) in sides(left, right) {
        let Some(bound) = other.value.as_i64() else { continue };
        for near in [bound, bound.saturating_add(1), bound.saturating_sub(1)] {
            found.extend(each(&at(origin), |place| place.edit("set", json!(near))));
        }
    }
    found
}

/// A value of the same kind that is another one.
fn otherwise(value: &Json) -> Json {
    match value {
        Json::Bool(truth) => json!(!truth),
        Json::Number(number) => json!(number.as_i64().unwrap_or(0).saturating_add(1)),
        Json::String(text) => json!(format!("{text}{STAND_IN}")),
        _ => json!(STAND_IN),
    }
}

/// What would make a stored record satisfy a comparison that a filter or condition of the rules put to it, and what
/// would make the caller the one it is about.
pub fn satisfy(table: &str, key: &Json, atoms: &[AtomTrace], identity: &Json) -> Vec<Proposal> {
    let mut found = Vec::new();
    for atom in atoms.iter().filter(|atom| !atom.truth && !atom.negated) {
        let (Some(path), Some(operand)) = (&atom.path, atom.operands.first()) else { continue };
        if is_nobody(operand) {
            continue;
        }
        let at = [vec![json!(table), key.clone()], path.split('.').map(|part| json!(part)).collect()].concat();
        let record = |op: &'static str| vec![Edit::new("data", at.clone(), op, operand.clone())];
        match (atom.operator, &atom.found) {
            ("contains", Some(Json::Array(_))) => found.push(record("add")),
            ("contains", _) => found.push(vec![Edit::new("data", at.clone(), "set", json!([operand]))]),
            ("=" | "IN", _) => found.push(record("set")),
            _ => {}
        }
        let theirs = match &atom.found {
            Some(Json::Array(items)) => items.iter().take(2).collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        };
        for (operand, wanted) in atom.operands.iter().flat_map(|o| theirs.iter().map(move |w| (o, *w))) {
            found.extend(as_caller(identity, operand, wanted));
        }
    }
    found
}

/// Edits of the claims that a value was made of, so that it becomes another.
fn as_caller(identity: &Json, value: &Json, wanted: &Json) -> Vec<Proposal> {
    let Some(claims) = identity.get("claims").and_then(Json::as_object) else { return Vec::new() };
    let mut found = Vec::new();
    // `sub::username` is no value of a claim of its own.
    let one_claim = pair(value).is_some() == pair(wanted).is_some();
    for (name, held) in claims.iter().filter(|_| one_claim) {
        if held.as_array().is_some_and(|items| items.contains(value)) {
            found.push(vec![Edit::claim(name, "add", wanted.clone())]);
        } else if held == value {
            found.push(vec![Edit::claim(name, "set", wanted.clone())]);
        }
    }
    // `sub::username`
    if let (Some((first, second)), Some((becomes, and))) = (pair(value), pair(wanted)) {
        let named = |part: &str| claims.iter().find(|(_, held)| held.as_str() == Some(part)).map(|(name, _)| name);
        if let (Some(one), Some(other)) = (named(first), named(second)) {
            found.push(vec![Edit::claim(one, "set", json!(becomes)), Edit::claim(other, "set", json!(and))]);
        }
    }
    found
}

fn pair(value: &Json) -> Option<(&str, &str)> {
    value.as_str()?.split_once("::")
}

/// The record that a request asked for and that is not there, by the keys that the arguments name.
pub fn record(from: &FromTable, arguments: &Map<String, Json>) -> Option<Proposal> {
    let id = [String::from("id")];
    let names = if from.keys.is_empty() { &id } else { from.keys.as_slice() };
    let mut key = Map::new();
    for name in names {
        key.insert(name.clone(), named(arguments, name)?.clone());
    }
    let path = vec![json!(from.table), Json::Object(key.clone())];
    Some(vec![Edit::new("data", path, "add", Json::Object(key))])
}

/// The first argument of a name, however deep.
fn named<'j>(arguments: &'j Map<String, Json>, name: &str) -> Option<&'j Json> {
    arguments
        .get(name)
        .filter(|value| !value.is_object())
        .or_else(|| arguments.values().filter_map(Json::as_object).find_map(|inner| named(inner, name)))
}

/// The claims that templates read and that are not there.
pub fn absent_claims(runs: &[Run], identity: &Json) -> Vec<Proposal> {
    let origins = Origins::new(runs);
    let mut found: Vec<Proposal> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        for (event, recorded) in run.events.iter().enumerate() {
            let Event::Read { reference, value: Value::Null, .. } = recorded else { continue };
            let steps = run.program.references[reference.0].steps.len();
            let origin = origins.of_prefix(*reference, steps, Moment { run: index, event });
            if let Origin::Claim(_) = origin {
                for place in places(&origin, run, identity) {
                    let proposal = vec![place.edit("add", json!(STAND_IN))];
                    if !found.contains(&proposal) {
                        found.push(proposal);
                    }
                }
            }
        }
    }
    found
}

/// Without the arguments that AppSync's answer names: `Unauthorized on [salary, bonus]`.
pub fn without_arguments(message: &str, arguments: &Map<String, Json>) -> Option<Proposal> {
    let names = message.strip_prefix("Unauthorized on ")?;
    let names: Vec<&str> = names.trim_matches(['[', ']']).split(',').map(str::trim).collect();
    let mut found = Vec::new();
    paths_of(&names, arguments, &mut Vec::new(), &mut found);
    (!found.is_empty()).then_some(found)
}

fn paths_of(names: &[&str], within: &Map<String, Json>, path: &mut Vec<Json>, found: &mut Proposal) {
    for (name, value) in within {
        path.push(json!(name));
        if names.contains(&name.as_str()) {
            found.push(Edit::new("arguments", path.clone(), "remove", Json::Null));
        } else if let Some(inner) = value.as_object() {
            paths_of(names, inner, path, found);
        }
        path.pop();
    }
}
