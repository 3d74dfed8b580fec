//! Who gained and who lost access: field by field and branch by branch, gained access first.

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::snippet::place;
use super::{delivery, style, words};
use crate::render::Options;
use crate::suite::{Accepted, Change, Denial, Diff, Entry, Flip, Grant, Group, NotCompared, OneSided, Side};

/// Flips of a branch, and lines of a list, that are shown before the rest is left to `--verbose`.
const SHOWN: usize = 12;

/// A diff as text, each line with a line end.
pub fn diff(diff: &Diff, options: &Options) -> String {
    let mut page = Page::new(options);
    page.indented(Line::of(Role::Dim, format!("{} → {}", diff.old, diff.new)));
    page.indented(answer(diff));
    let mut suites: Vec<&str> = flips(diff).map(|flip| flip.suite.as_str()).collect();
    suites.sort_unstable();
    suites.dedup();
    for (change, title) in TITLES {
        let groups: Vec<&Group> = diff.groups.iter().filter(|group| group.change == change).collect();
        if !groups.is_empty() {
            page.heading(title);
            for of_field in groups.chunk_by(|one, next| one.field == next.field) {
                field(&mut page, of_field, suites.len() > 1);
            }
        }
    }
    if !diff.is_unchanged() {
        page.heading("callers");
        let row =
            |(name, words): (&str, &str)| Row { cells: vec![Line::plain(name)], last: Line::of(Role::Dim, words) };
        page.table(4, 6, diff.callers().into_iter().map(row).collect());
    }
    accepted(&mut page, &diff.accepted);
    stale(&mut page, &diff.stale);
    one_sided(&mut page, "only in the new build", &diff.only_new);
    one_sided(&mut page, "only in the old build", &diff.only_old);
    not_compared(&mut page, &diff.not_compared);
    style::print(&page.lines, options.colour)
}

const TITLES: [(Change, &str); 3] =
    [(Change::Gained, "gained access"), (Change::Lost, "lost access"), (Change::Other, "decided otherwise")];

fn flips(diff: &Diff) -> impl Iterator<Item = &Flip> {
    diff.groups.iter().flat_map(|group| &group.cases)
}

fn answer(diff: &Diff) -> Line {
    let of = Line::of(Role::Dim, format!("   of {} compared", words::count(diff.compared, "decision", "decisions")));
    if diff.is_unchanged() {
        let text =
            if diff.accepted.is_empty() { "no decision changed" } else { "no decision changed but accepted ones" };
        return Line::of(Role::Good, text).join(of);
    }
    let parts = [
        (Change::Gained, Role::Bad, "gained access"),
        (Change::Lost, Role::Unsure, "lost access"),
        (Change::Other, Role::Plain, "decided otherwise"),
    ];
    let parts = parts.into_iter().filter_map(|(change, role, name)| {
        let n = diff.count(change);
        (n > 0).then(|| Line::of(role, format!("{n} {name}")))
    });
    parts.reduce(|before, part| before.then(", ").join(part)).unwrap_or_default().join(of)
}

/// The groups of one field.
fn field(page: &mut Page, groups: &[&Group], suites: bool) {
    let name = groups.first().map_or("", |group| group.field.as_str());
    page.blank();
    page.paragraph(Line::indent(4), Line::of(Role::Strong, name));
    for group in groups {
        for line in branch(group) {
            page.paragraph(Line::indent(6), line);
        }
        let requests = group.by_request();
        let shown = if page.verbose || requests.len() <= SHOWN + 1 { requests.len() } else { SHOWN };
        let rows = requests.iter().take(shown).filter_map(|flips| {
            let first = flips.first()?;
            Some(Row {
                cells: vec![turned(&first.old, &first.new)],
                last: callers(flips).then(events(flips)).join(about(first, name, suites)),
            })
        });
        page.table(8, 10, rows.collect());
        if shown < requests.len() {
            page.line(Line::indent(8).with(Role::Dim, format!("… {} more: --verbose", requests.len() - shown)));
        }
    }
}

/// What of the templates or the schema makes the difference.
fn branch(group: &Group) -> Vec<Line> {
    let (lets_in, refuses) = match group.change {
        Change::Gained => ("now let in by ", "was refused at "),
        Change::Lost => ("was let in by ", "now refused at "),
        Change::Other => ("was let in by ", "now at "),
    };
    let mut lines: Vec<Line> = Vec::new();
    lines.extend(group.allowed_by.as_ref().map(|grant| Line::plain(lets_in).join(granted(grant))));
    let refused = group.denied_at.as_ref().and_then(|denial| Some(Line::plain(refuses).join(denied(denial)?)));
    lines.extend(refused);
    lines
}

/// `{ allow: private }  schema.graphql:15`, else the statement.
fn granted(grant: &Grant) -> Line {
    let (text, at) = match &grant.auth {
        Some(auth) if !auth.reconstructed => (&auth.text, format!("{}:{}", auth.file, auth.line)),
        Some(auth) => (&auth.text, place(&grant.site)),
        None => return Line::of(Role::Strong, kind(grant)).with(Role::Dim, format!("  {}", place(&grant.site))),
    };
    Line::of(Role::Strong, text).with(Role::Dim, format!("  {at}"))
}

/// A rule that nobody wrote down, by its kind, else by its statement.
pub(in crate::render) fn kind(grant: &Grant) -> &str {
    words::rule(grant.kind).unwrap_or(&grant.site.text)
}

/// `Query.getPost.auth.1.req.vtl:88 (group-missing)`, else the stage.
fn denied(denial: &Denial) -> Option<Line> {
    let code = denial.cause.as_ref().map(|cause| format!(" ({})", cause.code)).unwrap_or_default();
    let at = denial.site.as_ref().map(place);
    let at = at.or_else(|| denial.stage.map(|stage| format!("the {}", words::stage(stage))))?;
    Some(Line::of(Role::Dim, format!("{at}{code}")))
}

/// `✗ → ✓`, or what differs where both decide alike.
fn turned(old: &Side, new: &Side) -> Line {
    match (old.rows.zip(new.rows), old.refused.zip(new.refused)) {
        (Some((was, is)), _) => words::mark(new.decision).then(format!(" {was} → {is} rows")),
        (None, Some((was, is))) => words::mark(new.decision).then(format!(" at {was} → {is} places")),
        (None, None) => words::mark(old.shown()).with(Role::Dim, " → ").join(words::mark(new.shown())),
    }
}

fn callers(flips: &[&Flip]) -> Line {
    Line::plain(flips.iter().map(|flip| flip.identity.as_str()).collect::<Vec<_>>().join(", "))
}

/// `  received every event, now events where owner is "eve"`; of several callers with values of their own, whose.
pub(in crate::render) fn events(flips: &[&Flip]) -> String {
    let Some(first) = flips.first() else { return String::new() };
    let (Some(was), Some(is)) = (&first.old.events, &first.new.events) else { return String::new() };
    let own = flips.iter().any(|flip| flip.old.events != first.old.events || flip.new.events != first.new.events);
    let whose = if own {
        format!(" (as for {}; for the others with values of their own)", first.identity)
    } else {
        String::new()
    };
    format!("  received {}, now {}{whose}", delivery::events(was), delivery::events(is))
}

/// What was asked, where the field does not say it.
fn about(flip: &Flip, field: &str, suites: bool) -> Line {
    let step = flip.step.map(|step| format!(", step {step}")).unwrap_or_default();
    let mut line = Line::new();
    if !flip.path.is_empty() {
        line = line.then(format!("  {}", flip.path));
    }
    if flip.test != field {
        line = line.with(Role::Dim, format!("  \"{}\"{step}", flip.test));
    }
    if suites { line.with(Role::Dim, format!("  {}", flip.suite)) } else { line }
}

fn accepted(page: &mut Page, accepted: &[Accepted]) {
    if accepted.is_empty() {
        return;
    }
    page.heading("accepted");
    let shown = if page.verbose { accepted.len() } else { SHOWN };
    let rows = accepted.iter().take(shown).map(|one| Row {
        cells: vec![turned(&one.flip.old, &one.flip.new), Line::plain(&one.field), Line::plain(&one.flip.identity)],
        last: Line::of(Role::Dim, one.note.as_deref().unwrap_or_default()),
    });
    page.table(4, 6, rows.collect());
    more(page, accepted.len(), shown);
}

fn stale(page: &mut Page, stale: &[Entry]) {
    if stale.is_empty() {
        return;
    }
    page.heading("entries of the allow-list that matched nothing");
    for entry in stale {
        let who = entry.identity.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
        page.paragraph(
            Line::indent(4).with(Role::Dim, format!("line {}  ", entry.line)),
            Line::plain(format!("{} {}{who}", entry.change.name(), entry.field)),
        );
    }
}

fn one_sided(page: &mut Page, title: &str, fields: &[OneSided]) {
    if fields.is_empty() {
        return;
    }
    page.heading(title);
    let shown = if page.verbose { fields.len() } else { SHOWN };
    let rows = fields
        .iter()
        .take(shown)
        .map(|one| Row { cells: vec![Line::plain(&one.field)], last: reached(&one.open_to, &one.closed_to) });
    page.table(4, 6, rows.collect());
    more(page, fields.len(), shown);
}

fn not_compared(page: &mut Page, requests: &[NotCompared]) {
    if requests.is_empty() {
        return;
    }
    page.heading("not compared");
    let shown = if page.verbose { requests.len() } else { SHOWN };
    for one in requests.iter().take(shown) {
        let step = one.step.map(|step| format!(", step {step}")).unwrap_or_default();
        let which = match one.lacking {
            "both" => "neither build takes it".to_owned(),
            which => format!("the {which} build does not take it"),
        };
        page.paragraph(Line::indent(4), Line::plain(format!("\"{}\"{step}: {which}: {}", one.test, one.why)));
        if one.lacking != "both" {
            page.paragraph(Line::indent(6), reached(&one.open_to, &one.closed_to));
        }
    }
    more(page, requests.len(), shown);
}

/// `open to eve, bob; closed to guest`.
fn reached(open: &[String], closed: &[String]) -> Line {
    match (open, closed) {
        ([], []) => Line::of(Role::Dim, "nobody was asked about it"),
        ([], closed) => Line::plain(format!("closed to {}", closed.join(", "))),
        (open, []) => Line::of(Role::Bad, "open to ").then(format!("{}, all who asked", open.join(", "))),
        (open, closed) => {
            let closed = format!("; closed to {}", closed.join(", "));
            Line::of(Role::Bad, "open to ").then(open.join(", ")).with(Role::Dim, closed)
        }
    }
}

fn more(page: &mut Page, all: usize, shown: usize) {
    if all > shown {
        page.line(Line::indent(4).with(Role::Dim, format!("… {} more: --verbose", all - shown)));
    }
}
