//! Sentences with the person's own values in them.

use serde_json::Value as Json;

use super::condition::{Atom, Evaluated, operands};
use super::grant::Blocked;
use super::origin::{Origin, Origins};
use super::run::Run;
use crate::compile::program::{ExpressionId, ExpressionKind, StepKind};
use crate::report::Operand;
use crate::syntax::ast::Operator;

/// What an atom asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// `a == b`
    Equal,
    /// `a != b`
    NotEqual,
    /// `a.contains(b)`
    Contains,
    /// `a.containsKey(b)`
    ContainsKey,
    /// `$util.isNull(a)` and kin.
    Missing,
    /// `a.isEmpty()`
    Empty,
    /// `$util.isList(a)` and kin, with the kind in words.
    Kind(&'static str),
    /// `a > b` and kin.
    Compare,
    /// `a` itself.
    Truth,
}

/// What an atom asks, by its outermost operation.
pub fn question(run: &Run, expression: ExpressionId) -> Question {
    let program = &run.program;
    match &program.expressions[expression.0].kind {
        ExpressionKind::Binary(Operator::Equal, ..) => Question::Equal,
        ExpressionKind::Binary(Operator::NotEqual, ..) => Question::NotEqual,
        ExpressionKind::Binary(..) => Question::Compare,
        ExpressionKind::Reference(reference) => {
            let node = &program.references[reference.0];
            if let Some(call) = node.helper.filter(|call| call.steps as usize == node.steps.len()) {
                return match call.helper.path {
                    "util.isNull" | "util.isNullOrEmpty" | "util.isNullOrBlank" => Question::Missing,
                    "util.isString" => Question::Kind("a text"),
                    "util.isList" => Question::Kind("a list"),
                    "util.isMap" => Question::Kind("a map"),
                    _ => Question::Truth,
                };
            }
            match program.steps.slice(&node.steps).last().map(|step| &step.kind) {
                Some(StepKind::Call { name, .. }) => match program.text(*name) {
                    "contains" => Question::Contains,
                    "containsKey" => Question::ContainsKey,
                    "isEmpty" => Question::Empty,
                    "equals" => Question::Equal,
                    _ => Question::Truth,
                },
                _ => Question::Truth,
            }
        }
        _ => Question::Truth,
    }
}

/// A value as people read it: texts in quotes, lists in brackets, large objects by their size.
pub fn value(json: &Json) -> String {
    match json {
        Json::Object(members) if members.len() > 4 => format!("an object of {} members", members.len()),
        Json::Array(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// An operand with its value: `claim cognito:groups is ["Editors"]`.
pub fn has_value(operand: &Operand, origin: &Origin) -> String {
    // A string with values in it is worth more than where one of them came from.
    if operand.text.starts_with('"') {
        return format!("{} is {}", operand.text, value(&operand.value));
    }
    match (origin, &operand.value) {
        (Origin::Unset(_), Json::Null) | (Origin::Absent(_), _) => origin.words(),
        (Origin::Unset(_) | Origin::Computed(_), held) => format!("{} is {}", operand.text, value(held)),
        (Origin::Literal(_), _) => format!("{} is {}", operand.text, value(&operand.value)),
        (Origin::Several(_), Json::Array(_)) => format!("{} give {}", origin.words(), value(&operand.value)),
        (_, Json::Null) => format!("{} is absent", origin.words()),
        _ => format!("{} is {}", origin.words(), value(&operand.value)),
    }
}

/// How an atom came out, in words.
pub fn outcome(origins: &Origins<'_>, run: &Run, atom: &Atom) -> String {
    let operands = operands(origins, run, atom);
    match (question(run, atom.expression), operands.as_slice()) {
        (Question::Equal | Question::NotEqual | Question::Contains | Question::ContainsKey, [first, second]) => {
            match (&first.1, &second.1) {
                (_, Origin::Literal(_)) if is_role(&second.0) => {
                    format!("{}, the role is {}", has_value(&first.0, &first.1), value(&second.0.value))
                }
                (Origin::Mode, _) => format!("the mode is {}", value(&first.0.value)),
                (_, Origin::Literal(_))
                    if matches!(second.0.value, Json::Bool(_)) || first.0.value == second.0.value =>
                {
                    flag(run, &first.0, &first.1)
                }
                (_, Origin::Literal(_)) => {
                    format!("{}, compared with {}", has_value(&first.0, &first.1), value(&second.0.value))
                }
                _ => format!("{}; {}", has_value(&first.0, &first.1), has_value(&second.0, &second.1)),
            }
        }
        (Question::Missing, [(operand, origin)]) => match origin {
            Origin::Absent(_) | Origin::Unset(_) | Origin::Literal(_) => flag(run, operand, origin),
            _ if operand.value.is_null() => format!("{} is absent", origin.words()),
            _ if atom.truth => format!("{} is {}", origin.words(), value(&operand.value)),
            _ => format!("{} is there", origin.words()),
        },
        (Question::Compare, [left, right]) => {
            format!("{} is {}, compared with {}", left.0.text, value(&left.0.value), value(&right.0.value))
        }
        (_, all) => {
            let parts: Vec<String> = all.iter().map(|(operand, origin)| flag(run, operand, origin)).collect();
            parts.join("; ")
        }
    }
}

/// A flag is worth its name and where it was set, not a claim's words.
fn flag(run: &Run, operand: &Operand, origin: &Origin) -> String {
    match (origin, &operand.set_at) {
        (Origin::Literal(_), Some(site)) => {
            let place = if site.template == run.template {
                format!("line {}", site.line)
            } else {
                format!("{}:{}", site.template, site.line)
            };
            format!("{} is {} since {place}", operand.text, value(&operand.value))
        }
        (Origin::Unset(_), _) if operand.value.is_null() => format!("nothing set {}", operand.text),
        _ => has_value(operand, origin),
    }
}

fn is_role(operand: &Operand) -> bool {
    operand.text.ends_with(".entity") || operand.text.contains("ole")
}

/// The outcome of a whole condition: the deciding atoms' words. Atoms that hold one object against the caller's
/// values are one sentence: `record owner is "u2::eve"; claims sub, username give "u1::bob", "u1", "bob"`.
pub fn condition(origins: &Origins<'_>, run: &Run, evaluated: &Evaluated) -> String {
    const MOST: usize = 4;
    let mut parts: Vec<String> = Vec::new();
    let mut held: Option<(String, String, Vec<Json>)> = None;
    for atom in evaluated.deciding(run) {
        if let Some((object, caller, values)) = held_against(origins, run, atom) {
            let (_, _, known) = held.get_or_insert_with(|| (object, caller, Vec::new()));
            known.extend(values.into_iter().filter(|value| !known.contains(value)).collect::<Vec<_>>());
            continue;
        }
        let words = outcome(origins, run, atom);
        if !words.is_empty() && !parts.contains(&words) {
            parts.push(words);
        }
    }
    if let Some((object, caller, values)) = held {
        let values = values.iter().map(value).collect::<Vec<_>>().join(", ");
        parts.insert(0, format!("{object}; {caller} {values}"));
    }
    let more = parts.len().saturating_sub(MOST);
    parts.truncate(MOST);
    if more > 0 {
        parts.push(format!("and {more} more"));
    }
    parts.join("; ")
}

/// Of an atom that compares something accessed with the caller's claims: the object with its value, whose values
/// it was held against, and those.
fn held_against(origins: &Origins<'_>, run: &Run, atom: &Atom) -> Option<(String, String, Vec<Json>)> {
    if !matches!(question(run, atom.expression), Question::Equal | Question::NotEqual | Question::Contains) {
        return None;
    }
    let operands = operands(origins, run, atom);
    let [first, second] = operands.as_slice() else { return None };
    let (object, caller) = match (is_object(&first.1), is_object(&second.1)) {
        (true, false) if is_owner(&second.1) => (first, second),
        (false, true) if is_owner(&first.1) => (second, first),
        _ => return None,
    };
    if matches!(caller.1, Origin::Absent(_)) {
        return None;
    }
    let verb = if matches!(caller.1, Origin::Several(_)) { "give" } else { "is" };
    let values = match &caller.0.value {
        Json::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    Some((has_value(&object.0, &object.1), format!("{} {verb}", caller.1.words()), values))
}

/// What would have to be otherwise for control to reach a grant.
pub fn needs(origins: &Origins<'_>, runs: &[Run], blocked: &Blocked) -> String {
    match blocked {
        Blocked::Condition(evaluated) => {
            let Some(run) = runs.get(evaluated.at.run) else { return String::new() };
            let mut parts: Vec<String> = Vec::new();
            let deciding = evaluated.deciding(run);
            let several = deciding.len() > 1;
            for atom in deciding {
                let need = atom_needs(origins, run, atom);
                // Nothing can be one of nothing.
                let holds_never = several && need.ends_with(" is one of []");
                if !parts.contains(&need) && !holds_never {
                    parts.push(need);
                }
            }
            // A false `a || b` needs one side, a true `a && b` one that is not; of others one side decided.
            parts.join(", or ")
        }
        Blocked::EmptyLoop { place, entered, iterable, inner } => {
            let Some(run) = runs.get(place.run) else { return String::new() };
            let over = origins.of(*iterable, *entered);
            let over = match over {
                Origin::Absent(what) => *what,
                other => other,
            };
            let over = match over {
                Origin::Literal(_) | Origin::Unset(_) => text(run, *iterable).to_owned(),
                other => other.words(),
            };
            let held_text =
                matches!(super::origin::value_of(run, *iterable, entered.event), Some(crate::value::Value::Str(_)));
            match inner.and_then(|inner| wanted_elements(origins, run, inner, *entered)) {
                Some(wanted) => format!("{over} contains {wanted}"),
                None if held_text => format!("{over} is a list"),
                None => format!("{over} is not empty"),
            }
        }
    }
}

/// For a condition in a loop that never turned, the literal list it would have asked: `one of ["Mods"]`.
fn wanted_elements(origins: &Origins<'_>, run: &Run, inner: ExpressionId, at: super::run::Moment) -> Option<String> {
    run.references_in(inner).into_iter().find_map(|reference| match origins.of_prefix(reference, 0, at) {
        Origin::Literal(site) if site.text.starts_with('[') && site.text.len() > 2 => {
            Some(format!("one of {}", site.text))
        }
        part @ (Origin::Record(_) | Origin::Argument(_) | Origin::Source(_)) => {
            Some(format!("one of {}", part.words()))
        }
        _ => None,
    })
}

fn atom_needs(origins: &Origins<'_>, run: &Run, atom: &Atom) -> String {
    let operands = operands(origins, run, atom);
    let wanted = !atom.truth;
    match (question(run, atom.expression), operands.as_slice()) {
        (Question::ContainsKey, [(receiver, map), (argument, Origin::Literal(_))]) => {
            let key = argument.value.as_str().unwrap_or_default();
            format!("{}.{key} is {}", subject(map, receiver), if wanted { "given" } else { "left out" })
        }
        (Question::Contains | Question::ContainsKey, [(receiver, list), (argument, item)]) => {
            let verb = if wanted { "contains" } else { "does not contain" };
            match (list, item) {
                (Origin::Literal(_), _) => {
                    let one = if wanted { "is one of" } else { "is none of" };
                    format!("{} {one} {}", bare(item), value(&receiver.value))
                }
                (_, Origin::Literal(_)) => format!("{} {verb} {}", subject(list, receiver), value(&argument.value)),
                _ if is_owner(list) && is_object(item) => {
                    let one = if wanted { "is one of" } else { "is none of" };
                    format!("{} {one} {} ({})", bare(item), value(&receiver.value), list.words())
                }
                _ if is_object(list) && is_owner(item) => {
                    format!("{} {verb} one of {}", subject(list, receiver), item.words())
                }
                _ => format!("{} {verb} {}", subject(list, receiver), item.words()),
            }
        }
        (Question::Equal | Question::NotEqual, [(left, from_left), (right, from_right)]) => {
            let same = (question(run, atom.expression) == Question::Equal) == wanted;
            let verb = if same { "is" } else { "is not" };
            match (from_left, from_right) {
                (Origin::Mode, _) => format!("authorization mode {verb} {}", value(&right.value)),
                (Origin::Literal(_), Origin::Literal(_)) => format!("{} {verb} {}", left.text, value(&right.value)),
                (_, Origin::Literal(_)) => format!("{} {verb} {}", subject(from_left, left), value(&right.value)),
                (Origin::Literal(_), _) => format!("{} {verb} {}", subject(from_right, right), value(&left.value)),
                _ if is_owner(from_left) && is_object(from_right) => {
                    format!("{} {verb} {} ({})", bare(from_right), value(&left.value), from_left.words())
                }
                _ => format!("{} {verb} {} ({})", subject(from_left, left), value(&right.value), from_right.words()),
            }
        }
        (Question::Missing, [(operand, origin)]) => {
            format!("{} is {}", subject(origin, operand), if wanted { "absent" } else { "present" })
        }
        (Question::Empty, [(operand, origin)]) => {
            format!("{} is {}", subject(origin, operand), if wanted { "empty" } else { "not empty" })
        }
        (Question::Compare, _) => format!("`{}` is {wanted}", text(run, atom.expression)),
        (Question::Kind(kind), [(operand, origin)]) => {
            format!("{} is {}{kind}", subject(origin, operand), if wanted { "" } else { "not " })
        }
        (_, [(operand, origin)]) => match origin {
            Origin::Literal(_) | Origin::Unset(_) => format!("{} is {wanted}", operand.text),
            _ if wanted && operand.value.is_null() && (is_owner(origin) || is_object(origin)) => {
                format!("{} is given", subject(origin, operand))
            }
            _ => format!("{} is {}", subject(origin, operand), if wanted { "true" } else { "absent or false" }),
        },
        _ => format!("`{}` is {wanted}", text(run, atom.expression)),
    }
}

/// What a value is, whether or not it is there.
fn bare(origin: &Origin) -> String {
    match origin {
        Origin::Absent(what) => what.words(),
        other => other.words(),
    }
}

fn text(run: &Run, expression: ExpressionId) -> &str {
    run.program.source_text(run.program.expressions[expression.0].span)
}

fn subject(origin: &Origin, operand: &Operand) -> String {
    match origin {
        Origin::Absent(what) => what.words(),
        Origin::Unset(_) | Origin::Literal(_) | Origin::Computed(_) => operand.text.clone(),
        other => other.words(),
    }
}

/// Whether a value speaks of the caller.
pub fn is_owner(origin: &Origin) -> bool {
    origin.any(&|part| matches!(part, Origin::Claim(_) | Origin::Identity(_)))
}

/// Whether a value speaks of what is accessed.
pub fn is_object(origin: &Origin) -> bool {
    origin.any(&|part| matches!(part, Origin::Record(_) | Origin::Argument(_) | Origin::Source(_) | Origin::Result(_)))
}
