//! Why a request was let in. AppSync has no "allow": a field is allowed when it reached its value without a denial.
//! So the denials that stand in the templates that ran are asked what kept control away from them, and by whose
//! values.

mod denials;
mod fills;
mod schema;
mod shape;
mod ways;
mod weigh;
mod words;

use super::condition::Evaluated;
use super::origin::{Origin, Origins};
use super::rule::{self, Known, Subject};
use super::run::{Place, Run};
use super::{Authorship, Question};
use crate::compile::program::{ExpressionKind, StatementKind};
use crate::execute::Execution;
use crate::report::{AdmittedBy, AllowedBy, Condition, Operand, Rule, Site};
use crate::verdict::Decision;
use fills::Entry;
use ways::{Act, Search, Way};
use weigh::Weight;

/// Why a field was let through.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// What of the schema admitted the caller's mode.
    pub admitted_by: Option<AdmittedBy>,
    /// The rules that let the caller in, the first that decided first.
    pub by: Vec<AllowedBy>,
}

/// Explains a field that reached its value, whole or in part; of any other there is nothing to tell. The execution
/// must have been recorded.
pub fn explain(question: Question<'_>, execution: &Execution) -> Allowed {
    if !matches!(execution.decision, Decision::Allowed | Decision::Filtered) || execution.denial.is_some() {
        return Allowed::default();
    }
    let runs = &execution.runs;
    let origins = Origins::new(runs);
    let mut by: Vec<AllowedBy> = schema::group(question).into_iter().collect();
    by.extend(ways_in(question, execution, &origins));
    if by.is_empty() {
        let asked = Search::new(runs, &origins).ask_of_caller();
        by.extend(schema::nobody_denies(question, !runs.is_empty(), asked));
    }
    for (index, rule) in by.iter_mut().enumerate() {
        rule.id = index + 1;
    }
    Allowed { admitted_by: schema::admitted_by(question), by }
}

/// Whether a denial stands in the templates of an execution that did not run.
pub fn passed_a_denial(execution: &Execution) -> bool {
    !denials::passed(&execution.runs).is_empty()
}

/// What the templates let the caller in by.
fn ways_in(question: Question<'_>, execution: &Execution, origins: &Origins<'_>) -> Vec<AllowedBy> {
    let runs = &execution.runs;
    let mut search = Search::new(runs, origins);
    for denial in denials::passed(runs) {
        search.kept_away(denial);
    }
    let mut found = search.strongest();
    if found.iter().all(|way| search.weight(way) == Weight::Weak) {
        let mut silent = Search::new(runs, origins);
        silent.without_denial();
        let asked = silent.strongest();
        found = if asked.is_empty() { found } else { asked };
    }
    let by = found.iter().flat_map(|way| told(question, execution, origins, &search, way));
    distinct(restricted(question, execution, by.collect()))
}

/// A way as it is told, with the entry that it put into a filter.
struct Told {
    by: AllowedBy,
    fills: bool,
    entry: Option<Entry>,
    /// Names that it put into a list.
    names: Vec<String>,
}

fn told(
    question: Question<'_>,
    execution: &Execution,
    origins: &Origins<'_>,
    search: &Search<'_>,
    way: &Way,
) -> Option<Told> {
    let runs = &execution.runs;
    let run = runs.get(way.place.run)?;
    let specific: Vec<&Evaluated> = way.guards.iter().filter(|guard| search.specific(guard)).collect();
    let entry = if way.act == Act::Filled && specific.is_empty() { fills::entry(origins, run, way) } else { None };
    let (kind, subject, text) = match &entry {
        Some(entry) => (entry.kind(), entry.subject(), entry.words(execution, &question.input.parent_type)),
        None if specific.is_empty() => by_mode(question, origins, runs, way),
        None => by_conditions(origins, runs, search, way, &specific),
    };
    let because = way.guards.iter().filter_map(|guard| satisfied(origins, runs, guard)).collect();
    let past = way.past.and_then(|place| site(runs, place));
    let grant = site(runs, way.place)?;
    // Where nothing of the caller was asked, not even his mode, no rule of the author's let him in.
    let by_rule =
        entry.is_some() || !specific.is_empty() || way.guards.iter().any(|guard| hangs_on_mode(origins, runs, guard));
    let (kind, auth, also_auth) = match by_rule || way.guards.is_empty() {
        true => {
            let Rule { kind, auth, also_auth, .. } = author(question, runs, kind, &subject, &grant);
            (kind, auth, also_auth)
        }
        false => ("other", None, Vec::new()),
    };
    let by = AllowedBy { id: 0, kind, auth, also_auth, grant, past, because, words: text };
    let fills = way.act == Act::Filled;
    let names = if fills && entry.is_none() { fills::names(run, way) } else { Vec::new() };
    Some(Told { by, fills: fills && specific.is_empty(), entry, names })
}

/// A grant under conditions that ask for more than the mode.
fn by_conditions(
    origins: &Origins<'_>,
    runs: &[Run],
    search: &Search<'_>,
    way: &Way,
    specific: &[&Evaluated],
) -> (&'static str, Subject, String) {
    let of_caller: Vec<&Evaluated> = specific.iter().copied().filter(|guard| search.asks_caller(guard)).collect();
    let telling = if of_caller.is_empty() { specific } else { of_caller.as_slice() };
    let mut operands: Vec<(Operand, Origin)> = Vec::new();
    let (mut text, mut parts): (String, Vec<String>) = (String::new(), Vec::new());
    for guard in telling {
        let Some(run) = runs.get(guard.at.run) else { continue };
        for operand in rule::all_operands(origins, run, guard) {
            if !matches!(operand.1, Origin::Mode) && !operands.contains(&operand) {
                operands.push(operand);
            }
        }
        text.push_str(run.program.source_text(run.program.expressions[guard.condition.0].span));
        add(&mut parts, words::satisfied(origins, run, guard, &|atom| search.specific_atom(run, atom) || guard.truth));
    }
    // `input` says nothing beside `input.owner`.
    let names: Vec<String> = operands.iter().map(|(_, origin)| origin.words()).collect();
    operands.retain(|(_, origin)| {
        let part = format!("{}.", origin.words());
        !names.iter().any(|name| name.starts_with(&part))
    });
    if let (true, Some(filled)) = (of_caller.is_empty(), fills::filled_in(origins, runs, way)) {
        parts.retain(|part| !part.contains(" has no "));
        parts.push(filled);
    }
    let subject = rule::subject(&operands);
    let kind = rule::kind(&operands, &subject, &text);
    (kind, subject, parts.join(" and "))
}

fn add(parts: &mut Vec<String>, more: Vec<String>) {
    for part in more {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
}

/// A grant for everybody of a mode, or for everybody.
fn by_mode(question: Question<'_>, origins: &Origins<'_>, runs: &[Run], way: &Way) -> (&'static str, Subject, String) {
    let mut parts: Vec<String> = Vec::new();
    for guard in &way.guards {
        let Some(run) = runs.get(guard.at.run) else { continue };
        add(&mut parts, words::satisfied(origins, run, guard, &|_| true));
    }
    let text = match parts.as_slice() {
        [] => "it runs for every caller".to_owned(),
        parts => format!("{}; nothing else is asked", parts.join(" and ")),
    };
    let wanted = vec![question.mode.auth_type().to_owned()];
    let by_mode = !way.guards.is_empty() && way.guards.iter().all(|guard| asks_mode(origins, runs, guard));
    let mode_alone = by_mode && runs.get(way.place.run).is_some_and(|run| gives(run, way.place));
    (super::schema::kind(question.mode), Subject { wanted, mode_alone, ..Subject::default() }, text)
}

/// Whether a condition asks by which mode the caller came, besides whatever else.
fn hangs_on_mode(origins: &Origins<'_>, runs: &[Run], guard: &Evaluated) -> bool {
    let Some(run) = runs.get(guard.at.run) else { return false };
    rule::all_operands(origins, run, guard).iter().any(|(_, origin)| matches!(origin, Origin::Mode))
}

/// Whether a condition came out as it did for the mode alone.
fn asks_mode(origins: &Origins<'_>, runs: &[Run], guard: &Evaluated) -> bool {
    let Some(run) = runs.get(guard.at.run) else { return false };
    rule::all_operands(origins, run, guard)
        .iter()
        .all(|(_, origin)| matches!(origin, Origin::Mode | Origin::Literal(_)))
}

/// Whether a statement gives the caller anything: `#set($filter = [])` only makes room for what follows.
fn gives(run: &Run, place: Place) -> bool {
    let program = &run.program;
    match &program.statements[place.statement.0].kind {
        StatementKind::Set(_, value) => match &program.expressions[value.0].kind {
            ExpressionKind::List(items) => !items.is_empty(),
            ExpressionKind::Boolean(set) => *set,
            _ => true,
        },
        _ => true,
    }
}

/// A condition as the report shows it, in the words of one that was met.
fn satisfied(origins: &Origins<'_>, runs: &[Run], guard: &Evaluated) -> Option<Condition> {
    let run = runs.get(guard.at.run)?;
    let words = words::satisfied(origins, run, guard, &|_| true).join(" and ");
    let condition = rule::reported(origins, run, guard);
    Some(Condition { words: (!words.is_empty()).then_some(words), ..condition })
}

fn site(runs: &[Run], place: Place) -> Option<Site> {
    let run = runs.get(place.run)?;
    let node = &run.program.statements[place.statement.0];
    let span = match &node.kind {
        // An `#if` is known by its condition, not by all that is in it.
        StatementKind::If(arms) => {
            let condition = arms.first().and_then(|arm| arm.condition)?;
            run.program.expressions[condition.0].span
        }
        _ => node.span,
    };
    Some(run.site(span))
}

/// What a grant is, with the author's rules behind it.
fn author(question: Question<'_>, runs: &[Run], kind: &'static str, subject: &Subject, grant: &Site) -> Rule {
    let rule = Rule {
        id: 0,
        kind,
        auth: None,
        also_auth: Vec::new(),
        grant: grant.clone(),
        blocked_by: None,
        needs: String::new(),
    };
    let mut known = Known { rule, subject: subject.clone() };
    Authorship::new(question, runs, &[]).attribute(&mut known);
    known.rule
}

/// Of grants that restrict what comes through, those by which something came, one an attribute; where the templates do
/// not say what they ask, the comparisons that held on the records.
fn restricted(question: Question<'_>, execution: &Execution, mut told: Vec<Told>) -> Vec<AllowedBy> {
    let matched = |told: &Told| told.entry.as_ref().and_then(|entry| entry.matched(execution));
    if told.iter().any(|told| matched(told) == Some(true)) {
        told.retain(|told| matched(told) != Some(false));
    }
    let mut joined: Vec<Told> = Vec::new();
    for next in told {
        let entry = next.entry.as_ref();
        let same = entry.and_then(|entry| {
            joined.iter_mut().find_map(|known| known.entry.as_mut().filter(|known| known.alike(entry)))
        });
        match (same, entry) {
            (Some(known), Some(entry)) => known.join(entry),
            _ => joined.push(next),
        }
    }
    // Where several stand for different fields, each says for which.
    let first = joined.first().map(|told| told.names.clone()).unwrap_or_default();
    if joined.iter().any(|told| told.names != first) {
        for told in joined.iter_mut().filter(|told| !told.names.is_empty()) {
            told.by.words = format!("{}, for {}", told.by.words, some(&told.names));
        }
    }
    let parent_type = question.input.parent_type.as_str();
    let held = fills::held(execution, question.identity);
    let mut replaced = held.is_empty();
    let mut found: Vec<AllowedBy> = Vec::new();
    for told in joined {
        match &told.entry {
            Some(entry) => found.push(AllowedBy { words: entry.words(execution, parent_type), ..told.by }),
            None if told.fills && !held.is_empty() => {
                if !std::mem::replace(&mut replaced, true) {
                    found.extend(held.iter().map(|entry| {
                        let subject = entry.subject();
                        let rule = author(question, &execution.runs, entry.kind(), &subject, &told.by.grant);
                        AllowedBy {
                            kind: rule.kind,
                            auth: rule.auth,
                            also_auth: rule.also_auth,
                            words: entry.words(execution, parent_type),
                            ..told.by.clone()
                        }
                    }));
                }
            }
            None => found.push(told.by),
        }
    }
    found
}

/// The first names of many.
fn some(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown = names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MOST) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}

/// Each rule once: two turns of a loop, or two denials that one grant kept away, are one.
fn distinct(all: Vec<AllowedBy>) -> Vec<AllowedBy> {
    let mut found: Vec<AllowedBy> = Vec::new();
    for by in all {
        let same = |known: &AllowedBy| known.kind == by.kind && known.auth == by.auth && known.words == by.words;
        if !found.iter().any(same) {
            found.push(by);
        }
    }
    found
}
