//! Rules for people: a grant with what blocked it, what kind of rule that is, and what it needs.

use serde_json::Value as Json;

use super::condition::{self, Evaluated};
use super::grant::{Blocked, Grant};
use super::origin::{Origin, Origins};
use super::run::{Place, Run};
use super::variable;
use super::words;
use crate::compile::program::{ExpressionId, ExpressionKind, StatementId, StatementKind, StepKind};
use crate::identity::person::identifies;
use crate::report::{Condition, Operand, Rule};

/// What a rule speaks of, read off the condition that blocked it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    /// Claims of the caller.
    pub claims: Vec<String>,
    /// Whether one of them is absent from the token.
    pub claim_absent: bool,
    /// The caller's values.
    pub caller_value: Option<Json>,
    /// The attribute, argument or parent field that is compared.
    pub object: Option<String>,
    /// Its value.
    pub object_value: Option<Json>,
    /// What kind of object: `record`, `argument`, `parent`.
    pub object_is: &'static str,
    /// Values written in the template: a group, a mode, a role.
    pub wanted: Vec<String>,
    /// Whether nothing but the mode was asked.
    pub mode_alone: bool,
    /// Whether it only asks for the kind of a value: a list, a text.
    pub asks_kind: bool,
    /// Whether a loop went over a text, in which it found nothing.
    pub text_in_loop: bool,
}

/// A rule with what it speaks of.
#[derive(Debug, Clone)]
pub struct Known {
    /// The rule as reported.
    pub rule: Rule,
    /// What it speaks of.
    pub subject: Subject,
}

/// Makes a rule of a grant.
pub fn known(origins: &Origins<'_>, runs: &[Run], grant: &Grant) -> Option<Known> {
    let run = runs.get(grant.place.run)?;
    let site = run.site(run.program.statements[grant.place.statement.0].span);
    let (blocked, subject, kind) = match &grant.blocked {
        Blocked::Condition(evaluated) => {
            let holder = runs.get(evaluated.at.run)?;
            let operands = all_operands(origins, holder, evaluated);
            let mut subject = subject(&operands);
            let deciding = evaluated.deciding(holder);
            let question = |atom: &&condition::Atom| words::question(holder, atom.expression);
            subject.asks_kind = deciding.iter().all(|atom| matches!(question(atom), words::Question::Kind(_)));
            // `#if($util.isString($x)) #set($x = [$x]) #end` reads a value in whichever form it comes.
            if subject.asks_kind && rewrites(run, grant.place, evaluated.condition) {
                return None;
            }
            if let ([asked], Some(object), [key]) =
                (deciding.as_slice(), &mut subject.object, subject.wanted.as_slice())
                && question(asked) == words::Question::ContainsKey
            {
                *object = format!("{object}.{key}");
                subject.wanted.clear();
            }
            let kind = kind(
                &operands,
                &subject,
                holder.program.source_text(holder.program.expressions[evaluated.condition.0].span),
            );
            (reported(origins, holder, evaluated), subject, kind)
        }
        Blocked::EmptyLoop { place, entered, iterable, .. } => {
            let holder = runs.get(place.run)?;
            let origin = origins.of(*iterable, *entered);
            let span = holder.program.expressions[iterable.0].span;
            let text = holder.program.source_text(span).to_owned();
            let value =
                condition::shown(&super::origin::value_of(holder, *iterable, entered.event).unwrap_or_default());
            let operand =
                Operand { text: text.clone(), value: value.clone(), from: Some(origin.words()), set_at: None };
            let mut subject = subject(&[(operand.clone(), origin.clone())]);
            let needs = words::needs(origins, runs, &grant.blocked);
            subject.text_in_loop = value.is_string() && !subject.claims.is_empty();
            subject.wanted = quoted(&needs);
            if let Some((is, path)) = needs.rsplit_once("one of ").and_then(|(_, rest)| rest.split_once(' '))
                && matches!(is, "record" | "argument" | "parent")
            {
                subject.object_is = if is == "record" {
                    "record"
                } else if is == "argument" {
                    "argument"
                } else {
                    "parent"
                };
                subject.object = Some(path.to_owned());
            }
            let kind = if text.contains("adminRole") || needs.contains("adminRoles") {
                "adminRole"
            } else if subject.claims.is_empty() {
                "other"
            } else if subject.wanted.is_empty() {
                "dynamicGroup"
            } else {
                "staticGroup"
            };
            let condition = Condition {
                site: holder.site(span),
                text: format!("#foreach over {text}"),
                value: value.clone(),
                words: Some(format!("nothing to go through: {}", words::has_value(&operand, &origin))),
                operands: vec![operand],
            };
            (condition, subject, kind)
        }
    };
    let (subject, kind) = of_filter(run, grant, subject, kind);
    let needs = owner_needs(kind, &subject).unwrap_or_else(|| words::needs(origins, runs, &grant.blocked));
    // Each element of a list of groups is asked in turn: it is the list that must hold one.
    let needs = if kind == "staticGroup" { needs.replacen(" is one of ", " contains one of ", 1) } else { needs };
    let rule = Rule { id: 0, kind, auth: None, also_auth: Vec::new(), grant: site, blocked_by: Some(blocked), needs };
    Some(Known { rule, subject })
}

/// What a grant that adds a filter for an attribute speaks of: records with that attribute, however it was blocked.
fn of_filter(run: &Run, grant: &Grant, subject: Subject, kind: &'static str) -> (Subject, &'static str) {
    let attribute = filtered_attribute(run, grant.place.statement).filter(|_| subject.object.is_none());
    let Some(attribute) = attribute else { return (subject, kind) };
    let kind = match kind {
        "staticGroup" if subject.wanted.is_empty() => "dynamicGroup",
        "other" if subject.claims.iter().any(|claim| is_group_claim(claim)) => "dynamicGroup",
        "other" if !subject.claims.is_empty() => "owner",
        kind => kind,
    };
    (Subject { object_is: "record", object: Some(attribute), ..subject }, kind)
}

/// Whether a statement gives a variable that a condition asks about another value.
fn rewrites(run: &Run, place: Place, condition: ExpressionId) -> bool {
    let StatementKind::Set(target, _) = &run.program.statements[place.statement.0].kind else { return false };
    let of = |reference| variable::variable_of(run, place.run, reference);
    let target = of(*target);
    target.is_some() && run.references_in(condition).into_iter().any(|reference| of(reference) == target)
}

/// The attribute that a statement adds a filter for: `$filter.add({"owner": {"eq": $me}})`.
fn filtered_attribute(run: &Run, statement: StatementId) -> Option<String> {
    let program = &run.program;
    let map_of_one = |expression: ExpressionId| match &program.expressions[expression.0].kind {
        ExpressionKind::Map(pairs) => match program.lists.slice(pairs) {
            [key, value] => Some((*key, *value)),
            _ => None,
        },
        _ => None,
    };
    run.references_of(statement).into_iter().find_map(|reference| {
        let steps = program.steps.slice(&program.references[reference.0].steps);
        let StepKind::Call { method: Some(method), arguments, .. } = &steps.last()?.kind else { return None };
        let [argument] = program.lists.slice(arguments) else { return None };
        let (key, value) = map_of_one(*argument).filter(|_| method.mutates())?;
        map_of_one(value)?;
        variable::literal_text(run, key)
    })
}

/// What an owner rule needs: the record to be the caller's, whichever of his values it is held against.
fn owner_needs(kind: &str, subject: &Subject) -> Option<String> {
    let (object, held) = (subject.object.as_ref()?, subject.caller_value.as_ref()?);
    if !matches!(kind, "owner" | "other") || subject.claim_absent || object.is_empty() {
        return None;
    }
    // What is held against `$ctx.identity.username` is no claim.
    let claims = if subject.claims.is_empty() { String::new() } else { format!(" ({})", claim_words(&subject.claims)) };
    let verb = if held.is_array() { "is one of" } else { "is" };
    Some(format!("{} {object} {verb} {}{claims}", subject.object_is, words::value(held)))
}

/// `claim sub`, `claims sub, username`.
pub fn claim_words(claims: &[String]) -> String {
    format!("claim{} {}", if claims.len() == 1 { "" } else { "s" }, claims.join(", "))
}

/// An evaluated condition as the report shows it.
pub fn reported(origins: &Origins<'_>, run: &Run, evaluated: &Evaluated) -> Condition {
    let (span, value) = evaluated.deciding_part(run);
    let operands = all_operands(origins, run, evaluated).into_iter().map(|(operand, _)| operand).collect();
    let words = words::condition(origins, run, evaluated);
    Condition {
        site: run.site(span),
        text: run.program.source_text(span).to_owned(),
        value: Json::Bool(value),
        operands,
        words: (!words.is_empty()).then_some(words),
    }
}

pub(super) fn all_operands(origins: &Origins<'_>, run: &Run, evaluated: &Evaluated) -> Vec<(Operand, Origin)> {
    let mut found: Vec<(Operand, Origin)> = Vec::new();
    for atom in evaluated.deciding(run) {
        for operand in condition::operands(origins, run, atom) {
            if !found.contains(&operand) {
                found.push(operand);
            }
        }
    }
    found
}

pub(super) fn subject(operands: &[(Operand, Origin)]) -> Subject {
    let mut subject = Subject { caller_value: None, ..Subject::default() };
    for (operand, origin) in operands {
        for claim in origin.claims() {
            if !subject.claims.iter().any(|known| known == claim) {
                subject.claims.push(claim.to_owned());
            }
        }
        subject.claim_absent |=
            !origin.claims().is_empty() && (matches!(origin, Origin::Absent(_)) || operand.value.is_null());
        if matches!(origin, Origin::Mode) {
            continue;
        }
        if words::is_owner(origin) {
            subject.caller_value = Some(merge(subject.caller_value.take(), &operand.value));
        } else if words::is_object(origin) {
            let (is, path) = object(origin);
            subject.object_is = is;
            subject.object = Some(path);
            subject.object_value = Some(operand.value.clone());
        } else if let Json::String(text) = &operand.value {
            subject.wanted.push(text.clone());
        } else if let Json::Array(items) = &operand.value {
            subject.wanted.extend(items.iter().filter_map(Json::as_str).map(str::to_owned));
        }
    }
    subject
}

/// The caller's values of several operands, each once.
fn merge(known: Option<Json>, more: &Json) -> Json {
    let mut values: Vec<Json> = match known {
        None => return more.clone(),
        Some(Json::Array(items)) => items,
        Some(one) => vec![one],
    };
    let more = match more {
        Json::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    for value in more {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Json::Array(values)
}

fn object(origin: &Origin) -> (&'static str, String) {
    match origin {
        Origin::Record(path) => ("record", path.clone()),
        Origin::Argument(path) => ("argument", path.clone()),
        Origin::Source(path) => ("parent", path.clone()),
        Origin::Result(path) => ("result", path.clone()),
        Origin::Absent(inner) => object(inner),
        Origin::Several(parts) => parts.iter().find(|part| words::is_object(part)).map_or(("", String::new()), object),
        _ => ("", String::new()),
    }
}

/// What kind of rule a condition belongs to.
pub(super) fn kind(operands: &[(Operand, Origin)], subject: &Subject, text: &str) -> &'static str {
    let any = |test: &dyn Fn(&Origin) -> bool| operands.iter().any(|(_, origin)| origin.any(test));
    if any(&|origin| matches!(origin, Origin::Mode)) {
        return match subject.wanted.first().map(String::as_str) {
            Some("API Key Authorization") => "public",
            Some("IAM Authorization") => "iamRole",
            Some("Lambda Authorization") => "custom",
            Some(_) => "private",
            None => "other",
        };
    }
    if any(
        &|origin| matches!(origin, Origin::Identity(path) if path.starts_with("userArn") || path.starts_with("cognitoIdentity")),
    ) {
        return if text.contains("adminRole") { "adminRole" } else { "iamRole" };
    }
    if subject.claims.is_empty() {
        return match &subject.object {
            Some(_) if text.contains("wner") => "owner",
            Some(_) if text.contains("roup") => "dynamicGroup",
            _ => "other",
        };
    }
    let groups = subject.claims.iter().any(|claim| is_group_claim(claim)) && !text.contains("wner")
        || (subject.object.is_some() && matches!(subject.caller_value, Some(Json::Array(_))) && text.contains("roup"));
    match (&subject.object, groups) {
        (Some(_), true) => "dynamicGroup",
        (Some(_), false) if subject.claims.iter().any(|claim| identifies(claim)) || text.contains("wner") => "owner",
        (Some(_), false) => "other",
        (None, true) => "staticGroup",
        (None, false) if text.contains("contains") && !subject.wanted.is_empty() => "staticGroup",
        (None, false) => "other",
    }
}

/// Claims that hold groups by their name: Cognito's and what people call theirs.
pub fn is_group_claim(claim: &str) -> bool {
    let claim = claim.to_ascii_lowercase();
    ["group", "role", "team"].iter().any(|word| claim.contains(word)) || claim.ends_with("orgs")
}

/// Rules without those that say nothing of their own: a template that takes a list as well as a text asks for the kind
/// of a value before it asks for the value, and only where nothing is there is that what decided.
pub fn distinct(all: Vec<Known>) -> Vec<Known> {
    let same = |one: &Known, other: &Known| match (&one.subject.object, &other.subject.object) {
        (Some(one), Some(other)) => one == other,
        (None, _) => one.subject.claims.iter().any(|claim| other.subject.claims.contains(claim)),
        _ => false,
    };
    let asks_value = |known: &&Known| !known.subject.asks_kind;
    let mut found: Vec<Known> = Vec::new();
    for known in &all {
        if !known.subject.asks_kind {
            found.push(known.clone());
            continue;
        }
        let said = all.iter().filter(asks_value).any(|other| same(known, other));
        if said || found.iter().any(|other| other.subject.asks_kind && same(known, other)) {
            continue;
        }
        let mut known = known.clone();
        if let (Some(object), Some(Json::Null)) = (&known.subject.object, &known.subject.object_value) {
            known.rule.needs = format!("{} {object} is given", known.subject.object_is);
        }
        found.push(known);
    }
    found
}

/// Rules about fields that may not be written: what a template computes on the way to its list of them is no rule; that
/// the request leaves them out is one, where nothing else is.
pub fn of_fields(all: Vec<Known>, denied: &[String]) -> Vec<Known> {
    let speaks = |known: &Known| known.rule.kind != "other" || !known.subject.claims.is_empty();
    if denied.is_empty() || !all.iter().any(|known| !speaks(known)) {
        return all;
    }
    let (mut found, computed): (Vec<Known>, Vec<Known>) = all.into_iter().partition(speaks);
    if found.is_empty()
        && let Some(mut first) = computed.into_iter().next()
    {
        first.rule.needs = format!("argument input without {}", denied.join(", "));
        first.subject = Subject::default();
        found.push(first);
    }
    found
}

/// Texts in double quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}
