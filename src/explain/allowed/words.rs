//! Satisfied conditions in words: `claim cognito:groups ["Editors", "Admin"] contains "Admin"`, `record owner
//! "u1::bob" is you (claims sub, username)`.

use serde_json::Value as Json;

use crate::compile::program::{ExpressionKind, StepKind};
use crate::explain::condition::{self, Atom, Evaluated};
use crate::explain::origin::{Origin, Origins};
use crate::explain::rule::claim_words;
use crate::explain::run::Run;
use crate::explain::words::{self, Question, is_object, is_owner, value};
use crate::identity::person::identifies;
use crate::report::Operand;

/// The parts of a condition that decided, as they came out; `wanted` picks the atoms.
pub(super) fn satisfied(
    origins: &Origins<'_>,
    run: &Run,
    evaluated: &Evaluated,
    wanted: &dyn Fn(&Atom) -> bool,
) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for atom in evaluated.deciding(run).into_iter().filter(|atom| wanted(atom)) {
        let words = part(origins, run, atom);
        if !words.is_empty() && !found.contains(&words) {
            found.push(words);
        }
    }
    found
}

fn part(origins: &Origins<'_>, run: &Run, atom: &Atom) -> String {
    let operands = condition::operands(origins, run, atom);
    let asked = words::question(run, atom.expression);
    match (asked, operands.as_slice()) {
        (Question::Equal | Question::NotEqual, [left, right]) => {
            equal((asked == Question::Equal) == atom.truth, left, right)
        }
        (Question::Contains | Question::ContainsKey, [list, item]) => contains(atom.truth, list, item),
        (Question::Missing, [(operand, origin)]) => {
            let many = origin.claims().len() > 1;
            let there = match (atom.truth, many) {
                (true, false) => "is not given",
                (true, true) => "are not given",
                (false, false) => "is there",
                (false, true) => "are there",
            };
            format!("{} {there}", name(operand, origin))
        }
        (Question::Empty, [(operand, origin)]) => {
            format!("{} is {}", named(operand, origin), if atom.truth { "empty" } else { "not empty" })
        }
        (Question::Truth, [(operand, origin)]) if atom.truth && operand.value == Json::Bool(true) => {
            format!("{} is true", name(operand, origin))
        }
        (Question::Truth, [(of, origin), (with, _)]) => match method(run, atom) {
            Some(method) if atom.truth => format!("{} {method} {}", named(of, origin), value(&with.value)),
            Some(method) => format!("{}: that it {method} {} is not so", named(of, origin), value(&with.value)),
            None => words::outcome(origins, run, atom),
        },
        _ => words::outcome(origins, run, atom),
    }
}

/// What a method asks, in words.
fn method(run: &Run, atom: &Atom) -> Option<String> {
    let ExpressionKind::Reference(reference) = &run.program.expressions[atom.expression.0].kind else { return None };
    let steps = run.program.steps.slice(&run.program.references[reference.0].steps);
    let StepKind::Call { name, .. } = &steps.last()?.kind else { return None };
    Some(match run.program.text(*name) {
        "startsWith" => "starts with".to_owned(),
        "endsWith" => "ends with".to_owned(),
        "equalsIgnoreCase" => "is, whatever the case,".to_owned(),
        other => other.to_owned(),
    })
}

type Side = (Operand, Origin);

fn equal(same: bool, left: &Side, right: &Side) -> String {
    // The caller's value second, a literal too.
    let (left, right) = match (&left.1, &right.1) {
        (Origin::Literal(_), _) => (right, left),
        (first, second) if is_owner(first) && !is_owner(second) && is_object(second) => (right, left),
        _ => (left, right),
    };
    match (&left.1, &right.1) {
        (Origin::Mode, _) => match same {
            true => format!("the mode is {}", mode(&right.0.value)),
            false => format!("the mode is {}, not {}", mode(&left.0.value), mode(&right.0.value)),
        },
        // A string with values in it says more than where they came from.
        (_, other) if right.0.text.starts_with('"') && !matches!(other, Origin::Literal(_)) => {
            let verb = if same { "is" } else { "is not" };
            format!("{} {verb} {} ({})", named(&left.0, &left.1), right.0.text, whose(other))
        }
        (_, Origin::Literal(_)) if same => format!("{} is {}", name(&left.0, &left.1), value(&right.0.value)),
        (_, Origin::Literal(_)) => format!("{} is not {}", named(&left.0, &left.1), value(&right.0.value)),
        (object, caller) if same && is_object(object) && is_owner(caller) => is_you(&left.0, object, caller),
        (_, other) if same => format!("{} is {}", named(&left.0, &left.1), name(&right.0, other)),
        (_, other) => format!("{} is not {}", named(&left.0, &left.1), named(&right.0, other)),
    }
}

fn contains(holds: bool, list: &Side, item: &Side) -> String {
    let verb = if holds { "contains" } else { "does not contain" };
    match (&list.1, &item.1) {
        (Origin::Literal(_), Origin::Literal(_)) => {
            format!("{} {verb} {}", list.0.text, value(&item.0.value))
        }
        (Origin::Literal(_), of) => {
            let one = if holds { "is one of" } else { "is none of" };
            format!("{} of {} {one} {}", value(&item.0.value), bare(of), value(&list.0.value))
        }
        (caller, object) if holds && is_owner(caller) && is_object(object) => is_you(&item.0, object, caller),
        (object, caller) if holds && is_object(object) && is_owner(caller) => {
            format!("{} contains {} ({})", named(&list.0, object), value(&item.0.value), whose(caller))
        }
        (of, _) if !holds && list.0.value.is_object() => {
            format!("{} has no {}", name(&list.0, of), value(&item.0.value))
        }
        (_, _) => format!("{} {verb} {}", named(&list.0, &list.1), value(&item.0.value)),
    }
}

/// `record owner "u1::bob" is you (claims sub, username)`; of what is no person's name `… is your claim custom:tenant`.
fn is_you(object: &Operand, of: &Origin, caller: &Origin) -> String {
    format!("{} is {}", named(object, of), yours(caller))
}

fn yours(caller: &Origin) -> String {
    let claims = caller.claims();
    let person =
        if claims.is_empty() { speaks_of_a_person(caller) } else { claims.iter().all(|claim| identifies(claim)) };
    match person {
        true => format!("you ({})", whose(caller)),
        false => format!("your {}", whose(caller)),
    }
}

fn speaks_of_a_person(origin: &Origin) -> bool {
    origin.any(&|part| matches!(part, Origin::Identity(path) if path == "sub" || path == "username"))
}

fn whose(caller: &Origin) -> String {
    let claims: Vec<String> = caller.claims().into_iter().map(str::to_owned).collect();
    if claims.is_empty() { bare(caller) } else { claim_words(&once(claims)) }
}

fn once(names: Vec<String>) -> Vec<String> {
    names.into_iter().fold(Vec::new(), |mut known, name| {
        if !known.contains(&name) {
            known.push(name);
        }
        known
    })
}

/// What something is, with its value: `record owner "u1::bob"`.
fn named(operand: &Operand, origin: &Origin) -> String {
    match &operand.value {
        Json::Null => format!("{} (absent)", name(operand, origin)),
        known => format!("{} {}", name(operand, origin), value(known)),
    }
}

fn name(operand: &Operand, origin: &Origin) -> String {
    match origin {
        Origin::Unset(_) | Origin::Literal(_) | Origin::Computed(_) => operand.text.clone(),
        other => bare(other),
    }
}

fn bare(origin: &Origin) -> String {
    match origin {
        Origin::Absent(what) => what.words(),
        other => other.words(),
    }
}

/// `$util.authType()` as people call it: without `Authorization`.
fn mode(auth_type: &Json) -> String {
    let known = crate::api::AuthMode::ALL.into_iter().find(|mode| Some(mode.auth_type()) == auth_type.as_str());
    known.map_or_else(|| value(auth_type), |mode| mode.words().to_owned())
}

/// What a filter asks of records: `owner is "u1::bob", which is you (claims sub, username)`.
pub(super) fn asks(attribute: &str, operator: &str, wanted: &Json, caller: &Origin) -> String {
    let (held, several) = (value(wanted), wanted.is_array());
    match operator {
        "eq" | "=" if several => format!("{attribute} is one of {held}, which are {}", yours(caller)),
        "eq" | "=" => format!("{attribute} is {held}, which is {}", yours(caller)),
        "in" | "IN" => format!("{attribute} is one of {held} ({})", whose(caller)),
        "contains" | "containsAny" if several => format!("{attribute} contains one of {held} ({})", whose(caller)),
        other => format!("{attribute} {other} {held} ({})", whose(caller)),
    }
}
