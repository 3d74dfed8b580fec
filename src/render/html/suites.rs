//! The page of a test run: what became of the tests, then of the templates' source what ran.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use super::view::{Class, class_of};
use crate::render::text::coverage::{never, percent, short_of};
use crate::render::text::words::{self, count};
use crate::suite::coverage::{ApiCoverage, Coverage, LineState, RuleCoverage, Share, TemplateCoverage, Unreachable};
use crate::suite::{CaseReport, SuiteReport, TestsReport};

/// Suites that are open without being asked for.
const OPEN: usize = 3;

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    title: String,
    class: Class,
    result: String,
    about: String,
    suites: Vec<Suite>,
    coverage: Option<Covered>,
    version: &'static str,
}

#[derive(Debug, Serialize)]
struct Suite {
    file: String,
    said: String,
    open: bool,
    class: Class,
    mark: &'static str,
    failures: Vec<Failure>,
    tests: Vec<Test>,
}

#[derive(Debug, Serialize)]
struct Failure {
    name: String,
    identity: String,
    lines: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Test {
    name: String,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    class: Class,
    mark: &'static str,
    word: &'static str,
    who: String,
}

#[derive(Debug, Serialize)]
struct Covered {
    branches: Part,
    conditions: Part,
    all: Part,
    short: Option<String>,
    apis: Vec<ApiPart>,
}

#[derive(Debug, Serialize)]
struct Part {
    percent: String,
    covered: usize,
    total: usize,
    unreachable: usize,
}

#[derive(Debug, Serialize)]
struct ApiPart {
    id: String,
    path: String,
    branches: Part,
    conditions: Part,
    rules: Vec<RulePart>,
    auth: Vec<TemplatePart>,
    others: Vec<TemplatePart>,
}

#[derive(Debug, Serialize)]
struct RulePart {
    title: String,
    text: String,
    place: String,
    satisfied: u32,
    refused: u32,
    in_class: Class,
    out_class: Class,
}

#[derive(Debug, Serialize)]
struct TemplatePart {
    id: String,
    name: String,
    class: Class,
    mark: &'static str,
    said: String,
    lines: Vec<LinePart>,
}

#[derive(Debug, Serialize)]
struct LinePart {
    number: u32,
    count: String,
    state: &'static str,
    text: String,
    notes: Vec<Note>,
}

#[derive(Debug, Clone, Serialize)]
struct Note {
    class: Class,
    strong: &'static str,
    text: String,
}

pub(super) fn page(report: &TestsReport, took: Duration) -> Page {
    let (class, result) = match report.failed {
        0 => (Class::Good, format!("{} passed", report.passed)),
        failed => (Class::Bad, format!("{failed} failed, {} passed", report.passed)),
    };
    let suites = count(report.suites.len(), "suite", "suites");
    Page {
        title: format!("{result} in {suites}"),
        class,
        result,
        about: format!("{suites} in {:.2} s", took.as_secs_f64()),
        suites: report.suites.iter().map(|suite| of_suite(suite, report.suites.len() <= OPEN)).collect(),
        coverage: report.coverage.as_ref().map(of_coverage),
        version: env!("CARGO_PKG_VERSION"),
    }
}

fn of_suite(suite: &SuiteReport, open: bool) -> Suite {
    let failed: Vec<&CaseReport> = suite.tests.iter().filter(|case| !case.pass).collect();
    let decisions = count(suite.tests.len(), "decision", "decisions");
    let mut tests: Vec<Test> = Vec::new();
    for case in &suite.tests {
        let cell = cell(case);
        match tests.last_mut().filter(|last| last.name == case.name) {
            Some(last) => last.cells.push(cell),
            None => tests.push(Test { name: case.name.clone(), cells: vec![cell] }),
        }
    }
    let (class, mark) = if failed.is_empty() { (Class::Good, "✓") } else { (Class::Bad, "✗") };
    let said = match failed.len() {
        0 => format!("{decisions}, all as expected"),
        many => format!("{decisions}, {many} not as expected"),
    };
    Suite {
        file: suite.file.clone(),
        said,
        open: open || !failed.is_empty(),
        class,
        mark,
        failures: failed.into_iter().map(failure).collect(),
        tests,
    }
}

fn cell(case: &CaseReport) -> Cell {
    let decision = case.actual.decision;
    let class = if case.pass { class_of(decision) } else { Class::Bad };
    let word = words::expected(decision);
    // What was refused as expected is no bad news.
    let class = if case.pass && class == Class::Bad { Class::Muted } else { class };
    let step = case.step.map(|step| format!("{step}. ")).unwrap_or_default();
    Cell { class, mark: if case.pass { "" } else { "✗ " }, word, who: format!("{step}{}", case.identity) }
}

fn failure(case: &CaseReport) -> Failure {
    let mut lines = case.differences.clone();
    lines.extend(case.actual.cause.as_ref().map(|cause| format!("{} ({})", cause.text, cause.code)));
    lines.extend(case.actual.site.as_ref().map(|site| format!("{}:{}  {}", site.template, site.line, site.text)));
    let step = case.step.map(|step| format!(", step {step}")).unwrap_or_default();
    Failure { name: format!("{}{step}", case.name), identity: case.identity.clone(), lines }
}

fn of_coverage(coverage: &Coverage) -> Covered {
    let minimum = coverage.minimum.filter(|minimum| coverage.short_of(*minimum) > 0);
    Covered {
        branches: part(coverage.auth.branches),
        conditions: part(coverage.auth.conditions),
        all: part(coverage.all.branches),
        short: minimum.map(|minimum| short_of(coverage, minimum)),
        apis: coverage.apis.iter().enumerate().map(|(at, api)| of_api(at, api)).collect(),
    }
}

fn part(share: Share) -> Part {
    let Share { covered, total, unreachable, .. } = share;
    Part { percent: percent(share), covered, total, unreachable }
}

fn of_api(at: usize, api: &ApiCoverage) -> ApiPart {
    let templates = api.templates.iter().enumerate();
    let (mut auth, others): (Vec<_>, Vec<_>) = templates.partition(|(_, template)| template.auth);
    // Those that miss most first.
    auth.sort_by_key(|(_, template)| std::cmp::Reverse(template.missed_branches().count()));
    let of = |list: Vec<(usize, &TemplateCoverage)>| {
        list.into_iter().map(|(number, template)| of_template(&format!("a{at}t{number}"), template)).collect()
    };
    ApiPart {
        id: format!("api{at}"),
        path: api.path.clone(),
        branches: part(api.auth.branches),
        conditions: part(api.auth.conditions),
        rules: api.rules.iter().map(of_rule).collect(),
        auth: of(auth),
        others: of(others),
    }
}

fn of_rule(rule: &RuleCoverage) -> RulePart {
    let class = |missing: bool| if missing { Class::Bad } else { Class::Good };
    RulePart {
        title: rule.title(),
        text: rule.rule.text.clone(),
        place: format!("{}:{}", rule.rule.file, rule.rule.line),
        satisfied: rule.satisfied,
        refused: rule.refused,
        in_class: class(rule.never_satisfied()),
        out_class: if rule.asks { class(rule.never_refused()) } else { Class::Muted },
    }
}

fn of_template(id: &str, template: &TemplateCoverage) -> TemplatePart {
    let share = template.totals.branches;
    let (class, mark) = match (template.runs, share.covered == share.total) {
        (_, true) if share.total == 0 => (Class::Muted, "·"),
        (_, true) => (Class::Good, "✓"),
        (0, _) => (Class::Bad, "✗"),
        _ => (Class::Unsure, "◐"),
    };
    let ran = match template.runs {
        _ if template.error.is_some() => "does not parse".to_owned(),
        0 => "never ran".to_owned(),
        runs => format!("ran {}", count(runs as usize, "time", "times")),
    };
    let branches = match share.total {
        0 => "no branches".to_owned(),
        total => format!("{} of {}", share.covered, count(total, "branch", "branches")),
    };
    let mut notes = notes(template);
    let lines = template.lines().into_iter().map(|line| LinePart {
        number: line.number,
        count: line.count.map(|count| count.to_string()).unwrap_or_default(),
        state: match line.state {
            LineState::Plain => "plain",
            LineState::Hit => "hit",
            LineState::Partly => "part",
            LineState::Missed => "miss",
            LineState::Unreachable => "off",
        },
        text: line.text.to_owned(),
        notes: notes.remove(&line.number).unwrap_or_default(),
    });
    TemplatePart {
        id: id.to_owned(),
        name: template.template.clone(),
        class,
        mark,
        said: format!("{branches}, {ran}"),
        lines: lines.collect(),
    }
}

/// What is missing, by line; of a template that never ran, that is everything.
fn notes(template: &TemplateCoverage) -> HashMap<u32, Vec<Note>> {
    let mut found: HashMap<u32, Vec<Note>> = HashMap::new();
    let mut add = |line: u32, note: Note| found.entry(line).or_default().push(note);
    for branch in template.branches.iter().filter(|branch| branch.count == 0 && template.runs > 0 && branch.asked) {
        let (class, strong) = match branch.unreachable {
            None => (Class::Bad, never(branch.kind)),
            Some(Unreachable::Mode) => (Class::Muted, "no caller comes by this mode:"),
            Some(_) => (Class::Muted, "cannot be reached:"),
        };
        let text = match branch.unreachable {
            None => branch.condition.clone(),
            Some(_) => format!("{} {}", never(branch.kind).replace("never", "being"), branch.condition),
        };
        add(branch.line, Note { class, strong, text });
    }
    found
}
