//! Which of the author's rules the reports of a run name: those that let somebody in, those that did not.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::model::RuleCoverage;
use crate::explain::AuthorRules;
use crate::report::{AuthorRule, Decision, FieldReport, RequestReport, Rule};

/// What makes two rules the same: file, line and text.
type Key = (String, u32, String);

/// How often reports named a rule.
#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    satisfied: u32,
    refused: u32,
}

/// Rules of the author's schema that reports named. Threads share it. Rules that the explanation wrote again from the
/// build are left out: one rule of the author can read differently from denial to denial.
#[derive(Debug, Default)]
pub(in crate::suite) struct SeenRules(Mutex<FxHashMap<Key, Seen>>);

impl SeenRules {
    /// Adds the rules that a report names, each once.
    pub(in crate::suite) fn add(&self, report: &RequestReport) {
        let mut found: FxHashMap<Key, Seen> = FxHashMap::default();
        for field in &report.fields {
            for by in &field.allowed_by {
                written(&by.auth, &by.also_auth).for_each(|key| found.entry(key).or_default().satisfied = 1);
            }
            for blocked in refusing(field) {
                written(&blocked.auth, &blocked.also_auth).for_each(|key| found.entry(key).or_default().refused = 1);
            }
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, new) in found {
            let known = all.entry(key).or_default();
            known.satisfied = known.satisfied.saturating_add(new.satisfied);
            known.refused = known.refused.saturating_add(new.refused);
        }
    }

    /// All rules of the author, those that nobody met too.
    pub(super) fn of(&self, author: &AuthorRules) -> Vec<RuleCoverage> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rules = author.all().map(|written| {
            let seen = all.get(&key(&written.rule)).copied().unwrap_or_default();
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

/// The rules that kept somebody out, or records from him.
fn refusing(field: &FieldReport) -> &[Rule] {
    match field.decision {
        Decision::Denied | Decision::Filtered => &field.rules,
        _ => &[],
    }
}

fn written<'r>(first: &'r Option<AuthorRule>, more: &'r [AuthorRule]) -> impl Iterator<Item = Key> + use<'r> {
    first.iter().chain(more).filter(|rule| !rule.reconstructed).map(key)
}

fn key(rule: &AuthorRule) -> Key {
    (rule.file.clone(), rule.line, rule.text.clone())
}
