//! Which of the author's rules the reports of a run name: those that let somebody in, those that did not.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::model::RuleCoverage;
use crate::api::Schema;
use crate::explain::{self, AuthorRules};
use crate::report::{AuthorRule, Decision, FieldReport, RequestReport, Rule, Site};
use crate::source_file::SourceFile;

/// What makes two rules the same.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// File, line and text.
    Written(String, u32, String),
    /// Of a rule that was written again from the build: the type that is asked for, and the text.
    Again(String, String),
}

/// How often reports named a rule.
#[derive(Debug, Default, Clone)]
struct Seen {
    satisfied: u32,
    refused: u32,
    /// The first of the places in templates that stand for it.
    place: Option<(String, u32)>,
}

/// Rules of the author's schema, or of the build, that reports named. Threads share it.
#[derive(Debug, Default)]
pub(in crate::suite) struct SeenRules(Mutex<BTreeMap<Key, Seen>>);

impl SeenRules {
    /// Adds the rules that a report names, each once.
    pub(in crate::suite) fn add(&self, report: &RequestReport, schema: &Schema) {
        let mut found: BTreeMap<Key, Seen> = BTreeMap::new();
        let mut name = |field: &FieldReport, rule: &AuthorRule, grant: &Site, satisfied: bool| {
            let on = || explain::guarded_type(schema, &field.parent_type, &field.field);
            let seen = found.entry(key(rule, on)).or_default();
            let count = if satisfied { &mut seen.satisfied } else { &mut seen.refused };
            *count = 1;
            first(&mut seen.place, Some((grant.template.clone(), grant.line)));
        };
        for field in &report.fields {
            for by in &field.allowed_by {
                by.auth.iter().chain(&by.also_auth).for_each(|rule| name(field, rule, &by.grant, true));
            }
            for blocked in refusing(field) {
                blocked.auth.iter().chain(&blocked.also_auth).for_each(|rule| name(field, rule, &blocked.grant, false));
            }
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, new) in found {
            let known = all.entry(key).or_default();
            known.satisfied = known.satisfied.saturating_add(new.satisfied);
            known.refused = known.refused.saturating_add(new.refused);
            first(&mut known.place, new.place);
        }
    }

    /// All rules of the author, those that nobody met too; without his schema those that reports named.
    pub(super) fn of(&self, author: &AuthorRules) -> Vec<RuleCoverage> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if author.is_empty() {
            return all.iter().filter_map(|(key, seen)| again(key, seen)).collect();
        }
        let rules = author.all().map(|written| {
            let seen = all.get(&key(&written.rule, String::new)).cloned().unwrap_or_default();
            RuleCoverage {
                number: written.number,
                on: written.on,
                rule: written.rule,
                satisfied: seen.satisfied,
                refused: seen.refused,
                asks: written.asks,
            }
        });
        rules.collect()
    }
}

/// A rule that was written again, placed in the template that stands for it.
fn again(key: &Key, seen: &Seen) -> Option<RuleCoverage> {
    let Key::Again(on, text) = key else { return None };
    let schema = SourceFile::new("build", format!("type {on} @auth(rules: [{text}]) {{ id: ID }}"));
    let asks = AuthorRules::read(&[schema]).all().next()?.asks;
    let (file, line) = seen.place.clone()?;
    Some(RuleCoverage {
        number: 0,
        on: on.clone(),
        rule: AuthorRule { file, line, text: text.clone(), reconstructed: true },
        satisfied: seen.satisfied,
        refused: seen.refused,
        asks,
    })
}

/// The first of two places, whichever thread comes first.
fn first(known: &mut Option<(String, u32)>, new: Option<(String, u32)>) {
    *known = match (known.take(), new) {
        (Some(known), Some(new)) => Some(known.min(new)),
        (known, new) => known.or(new),
    };
}

/// The rules that kept somebody out, or records from him.
fn refusing(field: &FieldReport) -> &[Rule] {
    match field.decision {
        Decision::Denied | Decision::Filtered => &field.rules,
        _ => &[],
    }
}

fn key(rule: &AuthorRule, on: impl Fn() -> String) -> Key {
    if rule.reconstructed {
        Key::Again(on(), rule.text.clone())
    } else {
        Key::Written(rule.file.clone(), rule.line, rule.text.clone())
    }
}
