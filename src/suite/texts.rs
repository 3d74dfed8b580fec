//! Every text of a report that comes from suites, templates or requests: what must be masked before a format escapes it.

use serde_json::Value as Json;

use super::coverage::ApiCoverage;
use super::report::{Actual, CaseReport, SuiteReport, TestsReport};
use crate::report::{AllowedBy, AuthorRule};

impl TestsReport {
    /// Changes every text in place.
    pub fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        self.suites.iter_mut().for_each(|suite| of_suite(suite, change));
        self.coverage.iter_mut().flat_map(|coverage| &mut coverage.apis).for_each(|api| of_coverage(api, change));
    }
}

fn of_coverage(api: &mut ApiCoverage, change: &mut dyn FnMut(&mut String)) {
    api.rules.iter_mut().for_each(|rule| change(&mut rule.rule.text));
    for template in &mut api.templates {
        template.branches.iter_mut().for_each(|branch| change(&mut branch.condition));
        template.conditions.iter_mut().for_each(|condition| change(&mut condition.text));
        template.error.iter_mut().for_each(&mut *change);
    }
}

fn of_suite(suite: &mut SuiteReport, change: &mut dyn FnMut(&mut String)) {
    suite.identities.iter_mut().for_each(&mut *change);
    suite.tests.iter_mut().for_each(|case| of_case(case, change));
    for note in &mut suite.notes {
        change(&mut note.text);
        note.identities.iter_mut().for_each(&mut *change);
    }
}

fn of_case(case: &mut CaseReport, change: &mut dyn FnMut(&mut String)) {
    change(&mut case.name);
    change(&mut case.identity);
    of_json(&mut case.expected, change);
    case.differences.iter_mut().for_each(&mut *change);
    let Actual { errors, site, cause, allowed_by, could_allow, missing, decision: _, stage: _ } = &mut case.actual;
    for error in errors {
        change(&mut error.message);
        error.error_type.iter_mut().for_each(&mut *change);
    }
    site.iter_mut().for_each(|site| change(&mut site.text));
    cause.iter_mut().for_each(|cause| change(&mut cause.text));
    allowed_by.iter_mut().for_each(|by| of_rule_that_let_in(by, change));
    could_allow.iter_mut().for_each(|rule| change(&mut rule.text));
    for missing in missing {
        change(&mut missing.fact);
        change(&mut missing.why);
    }
}

/// The texts of a value, the names of members included.
fn of_json(json: &mut Json, change: &mut dyn FnMut(&mut String)) {
    match json {
        Json::String(text) => change(text),
        Json::Array(items) => items.iter_mut().for_each(|item| of_json(item, change)),
        Json::Object(members) => {
            for (mut name, mut value) in std::mem::take(members) {
                change(&mut name);
                of_json(&mut value, change);
                members.insert(name, value);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn of_rule_that_let_in(by: &mut AllowedBy, change: &mut dyn FnMut(&mut String)) {
    change(&mut by.words);
    change(&mut by.grant.text);
    by.auth.iter_mut().for_each(|AuthorRule { text, .. }| change(text));
}
