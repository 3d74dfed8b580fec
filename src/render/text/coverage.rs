//! What of the templates a run of suites exercised: the share, what is missing template by template, and the rules that
//! no test satisfied or refused.

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::words;
use crate::suite::coverage::{
    ApiCoverage, BranchCoverage, BranchKind, Coverage, RuleCoverage, Share, TemplateCoverage, Totals,
};

/// Templates of which is shown, without being asked for, what is missing.
const TEMPLATES: usize = 6;
/// Branches of one that are.
const BRANCHES: usize = 4;
/// Columns in front of a branch's condition.
const PLACE: usize = 23;
/// Rules that are.
const RULES: usize = 6;

pub(super) fn coverage(page: &mut Page, coverage: &Coverage) {
    page.heading("Coverage");
    let several = coverage.apis.len() > 1;
    if several {
        let name = |api: &&ApiCoverage| api.auth.branches.total > 0 || page.verbose;
        let rows: Vec<Row> = coverage.apis.iter().filter(name).map(of_api).collect();
        page.blank();
        page.table(2, 4, rows);
    }
    missing(page, coverage);
    unreadable(page, coverage);
    rules(page, coverage);
    page.blank();
    totals(page, "templates that decide about access", coverage.auth);
    if page.verbose || coverage.auth.templates == 0 {
        totals(page, "all templates", coverage.all);
    }
    if let Some(minimum) = coverage.minimum {
        let line = match coverage.short_of(minimum) {
            0 => Line::of(Role::Good, "✓ ").then(format!("at least {minimum} % of those branches, as asked")),
            _ => Line::of(Role::Bad, "✗ ").then(short_of(coverage, minimum)),
        };
        page.indented(Line::indent(2).join(line));
    }
}

/// That less ran than was asked for, in words.
pub fn short_of(coverage: &Coverage, minimum: f64) -> String {
    let more = words::count(coverage.short_of(minimum), "more branch", "more branches");
    let had = percent(coverage.auth.branches);
    format!("{had} % of the branches in templates that decide about access ran, less than {minimum} %: {more} must")
}

fn of_api(api: &ApiCoverage) -> Row {
    Row { cells: vec![share(api.auth.branches), of_total(api.auth.branches)], last: Line::plain(&api.path) }
}

/// `94.1 %`, rounded down: what is not all is never 100 %.
pub(in crate::render) fn percent(share: Share) -> String {
    format!("{:.1}", (share.percent() * 10.0).floor() / 10.0)
}

fn share(share: Share) -> Line {
    let role = if share.covered == share.total { Role::Good } else { Role::Plain };
    Line::of(role, format!("{:>5} %", percent(share)))
}

fn of_total(share: Share) -> Line {
    Line::of(Role::Dim, format!("{} of {}", share.covered, share.total))
}

fn totals(page: &mut Page, of: &str, totals: Totals) {
    let (branches, conditions) = (totals.branches, totals.conditions);
    let unreachable = match branches.unreachable {
        0 => String::new(),
        n => format!("; {n} more that no request can reach"),
    };
    let line = share(branches)
        .then(format!(" of the branches in {of}"))
        .with(Role::Dim, format!("   {} of {}{unreachable}", branches.covered, branches.total));
    page.indented(Line::indent(2).join(line));
    let line = share(conditions)
        .then(" of their conditions, true and false")
        .with(Role::Dim, format!("   {} of {}", conditions.covered, conditions.total));
    page.indented(Line::indent(2).join(line));
}

/// The templates of which something is missing, those that miss most first.
fn missing(page: &mut Page, coverage: &Coverage) {
    let shown = |template: &&TemplateCoverage| {
        (template.auth || page.verbose)
            && template.error.is_none()
            && template.totals.branches.covered < template.totals.branches.total
    };
    let mut templates: Vec<&TemplateCoverage> =
        coverage.apis.iter().flat_map(|api| &api.templates).filter(shown).collect();
    templates.sort_by_key(|template| {
        let branches = template.totals.branches;
        (std::cmp::Reverse(branches.total - branches.covered), branches.total)
    });
    let (never, partly): (Vec<_>, Vec<_>) = templates.into_iter().partition(|template| template.runs == 0);
    let many = if page.verbose { partly.len() } else { TEMPLATES };
    for template in partly.iter().take(many) {
        one(page, template);
    }
    more(page, partly.len(), many, "template of which branches are missing", "templates of which branches are missing");
    if never.is_empty() {
        return;
    }
    page.blank();
    page.indented(Line::indent(2).then("Never ran, so no branch of them was taken:"));
    let many = if page.verbose { never.len() } else { TEMPLATES };
    let rows = never.iter().take(many).map(|template| {
        let branches = words::count(template.totals.branches.total, "branch", "branches");
        Row { cells: vec![Line::of(Role::Dim, branches)], last: Line::plain(&template.template) }
    });
    let rows: Vec<Row> = rows.collect();
    page.table(4, 6, rows);
    more(page, never.len(), many, "template", "templates");
}

/// The templates that do not parse: none of their branches is known, and no caller gets past them.
fn unreadable(page: &mut Page, coverage: &Coverage) {
    let templates = coverage.apis.iter().flat_map(|api| &api.templates);
    let broken: Vec<(&str, &str)> =
        templates.filter_map(|template| Some((template.template.as_str(), template.error.as_deref()?))).collect();
    if broken.is_empty() {
        return;
    }
    page.blank();
    page.indented(Line::indent(2).with(Role::Unsure, "! ").then("Cannot be read, and no test runs it; counts as 0 %:"));
    for (name, error) in broken {
        page.paragraph(Line::indent(4), Line::of(Role::Strong, name).then(format!(":{error}")));
    }
}

fn more(page: &mut Page, all: usize, shown: usize, one: &str, many: &str) {
    if let Some(more @ 1..) = all.checked_sub(shown) {
        let (one, many) = (format!("more {one}"), format!("more {many}"));
        page.indented(Line::indent(2).with(Role::Dim, format!("… {}: --verbose", words::count(more, &one, &many))));
    }
}

fn one(page: &mut Page, template: &TemplateCoverage) {
    page.blank();
    let branches = template.totals.branches;
    let head = Line::of(Role::Strong, &template.template)
        .with(Role::Dim, format!("   {} of {}", branches.covered, words::count(branches.total, "branch", "branches")));
    page.indented(Line::indent(2).join(head));
    let missed: Vec<&BranchCoverage> = template.missed_branches().collect();
    let shown = if page.verbose { missed.len() } else { BRANCHES };
    let room = if page.verbose { usize::MAX } else { page.width.saturating_sub(PLACE) };
    let rows = missed.iter().take(shown).map(|branch| {
        let place = Line::of(Role::Dim, format!("{:>4}", branch.line));
        Row {
            cells: vec![place, Line::of(Role::Bad, never(branch.kind))],
            last: Line::plain(cut(&branch.condition, room)),
        }
    });
    let rows: Vec<Row> = rows.collect();
    page.table(2, 6, rows);
    if let Some(more @ 1..) = missed.len().checked_sub(shown) {
        page.line(Line::indent(6).with(Role::Dim, format!("… {more} more")));
    }
}

/// A text on one line.
fn cut(text: &str, room: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(room) {
        Some(_) => text.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
        None => text,
    }
}

/// What never happened to the condition.
pub(in crate::render) fn never(kind: BranchKind) -> &'static str {
    match kind {
        BranchKind::If | BranchKind::ElseIf => "never true",
        BranchKind::Loop => "never entered",
        // The conditions before it took every run.
        _ => "never false",
    }
}

fn rules(page: &mut Page, coverage: &Coverage) {
    let all = || coverage.apis.iter().flat_map(|api| &api.rules);
    let open: Vec<&RuleCoverage> = all().filter(|rule| rule.never_satisfied() || rule.never_refused()).collect();
    let of = all().count();
    if of == 0 {
        return;
    }
    page.blank();
    if open.is_empty() {
        let all = words::count(of, "rule", "rules");
        page.indented(
            Line::indent(2)
                .with(Role::Good, "✓ ")
                .then(format!("every @auth rule let somebody in, and kept out whom it can ({all})")),
        );
        return;
    }
    let line = format!(
        "{} of {} no test satisfied, or none refused:",
        open.len(),
        words::count(of, "@auth rule", "@auth rules")
    );
    page.indented(Line::indent(2).then(line));
    let many = if page.verbose { open.len() } else { RULES };
    for rule in open.iter().take(many) {
        let said = Line::of(Role::Strong, rule.title())
            .then(format!(" `{}` ", rule.rule.text))
            .with(Role::Dim, format!("({}:{})", rule.rule.file, rule.rule.line))
            .with(Role::Bad, format!(" was {}", missing_of(rule)));
        page.paragraph(Line::indent(4), said);
    }
    more(page, open.len(), many, "rule", "rules");
    if open.iter().any(|rule| rule.rule.reconstructed) {
        let note =
            "Those with a template behind them are written again from the build; --schema names the author's own.";
        page.paragraph(Line::indent(4), Line::of(Role::Dim, note));
    }
}

/// What never happened to a rule.
pub(in crate::render) fn missing_of(rule: &RuleCoverage) -> &'static str {
    match (rule.never_satisfied(), rule.never_refused()) {
        (true, true) => "never satisfied, never refused",
        (true, false) => "never satisfied",
        _ => "never refused",
    }
}
