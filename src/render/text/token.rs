//! A token for people: on one screen who it is, who takes it, and what the templates miss in it; the rest with
//! `--verbose`.

use serde_json::Value as Json;

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::{style, words};
use crate::render::Options;
use crate::report::{Check, Verdict};
use crate::token::{Carrier, ClaimRead, ProviderChecks, TokenReport};

/// Claims that are lacking, listed before the rest is left to `--verbose`.
const LACKING: usize = 6;

/// The token report as text, each line with a line end.
pub fn token(report: &TokenReport, options: &Options) -> String {
    let mut page = Page::new(options);
    head(&mut page, report);
    // Beside one that takes it, why the others do not is a line each.
    let taken = report.providers.iter().any(|provider| provider.accepted);
    let brief = |provider: &&ProviderChecks| taken && !provider.accepted && !options.verbose;
    for provider in report.providers.iter().filter(|provider| !brief(provider)) {
        checks(&mut page, provider);
    }
    others(&mut page, report.providers.iter().filter(brief));
    if report.providers.is_empty() {
        page.blank();
        page.indented(Line::indent(2).then("no API to check it against: name one with --api"));
    } else {
        page.indented(Line::indent(4).with(Role::Dim, format!("at {}", report.at)));
    }
    lacking(&mut page, report);
    claims(&mut page, report);
    identity(&mut page, report);
    if page.verbose {
        all_reads(&mut page, report);
    }
    for note in &report.notes {
        page.blank();
        page.paragraph(Line::indent(2), Line::plain(note));
    }
    style::print(&page.lines, options.colour)
}

/// What it is, whose, by whom, and how long.
fn head(page: &mut Page, report: &TokenReport) {
    let kind = match (report.kind, report.token_use.as_deref()) {
        ("opaque", _) => "opaque token",
        (_, Some("id")) => "ID token",
        (_, Some("access")) => "access token",
        _ => "token",
    };
    let text = |claim: &str| report.claims.get(claim).and_then(Json::as_str);
    let mut line = Line::of(Role::Strong, format!("{kind} {}", report.shown));
    if report.kind != "opaque" {
        let subject = ["cognito:username", "username", "email", "sub"].into_iter().find_map(text);
        line = line.then(" · ").then(subject.unwrap_or("nobody named"));
    }
    page.line(line);
    let signed: Vec<String> = ["alg", "kid"]
        .into_iter()
        .filter_map(|member| Some(format!("{member} {}", report.header.get(member)?.as_str()?)))
        .collect();
    let mut rows = Vec::new();
    let mut row = |label: &str, text: String| {
        rows.push(Row { cells: vec![Line::of(Role::Dim, label)], last: Line::plain(text) });
    };
    if let Some(issuer) = text("iss") {
        row("issuer", issuer.to_owned());
    }
    for (claim, label) in [("auth_time", "signed in"), ("iat", "issued"), ("exp", "expires")] {
        let about = report.about.iter().find(|about| about.claim == claim);
        if let Some((at, when)) = about.and_then(|about| about.at.as_ref().zip(about.when.as_ref())) {
            let label = if claim == "exp" && when.ends_with("ago") { "expired" } else { label };
            row(label, format!("{at}, {when}"));
        }
    }
    if !signed.is_empty() {
        row("signed with", signed.join(", "));
    }
    page.table(2, 4, rows);
}

/// A provider's checks; of one that refuses only those that say why, unless everything is asked for.
fn checks(page: &mut Page, provider: &ProviderChecks) {
    let unknown = provider.checks.iter().any(|check| check.code == "authorizer-denied");
    let (role, mark) = match provider.accepted {
        true if unknown => (Role::Unsure, "? not known"),
        true => (Role::Good, "✓ accepted"),
        false => (Role::Bad, "✗ refused"),
    };
    page.blank();
    let name = format!("{} {}", provider.mode, provider.provider);
    page.indented(Line::indent(2).with(Role::Strong, name.trim_end()).then("  ").with(role, mark));
    let all = page.verbose || provider.accepted;
    let shown = provider.checks.iter().filter(|check| all || check.verdict == Verdict::Fail);
    page.table(4, 6, shown.map(check).collect());
}

/// Providers that the token is not for, each with the first reason.
fn others<'a>(page: &mut Page, providers: impl Iterator<Item = &'a ProviderChecks>) {
    let rows = providers.filter_map(|provider| {
        let reason = provider.checks.iter().find(|check| check.verdict == Verdict::Fail)?;
        let name = format!("{} {}", provider.mode, provider.provider);
        let reason = format!("{}, expected {}", reason.found, reason.expected);
        Some(Row { cells: vec![Line::plain(name.trim_end())], last: Line::of(Role::Dim, reason) })
    });
    let rows: Vec<Row> = rows.collect();
    if !rows.is_empty() {
        page.heading("not for");
        page.table(4, 6, rows);
    }
}

fn check(check: &Check) -> Row {
    let label = words::check_mark(check.verdict).then(" ").then(words::check(check.code));
    let last = match check.verdict {
        Verdict::Fail => format!("{}, expected {}", check.found, check.expected),
        Verdict::Unknown if !check.found.starts_with("not checked") => format!("not checked: {}", check.found),
        _ => check.found.clone(),
    };
    Row { cells: vec![label], last: Line::plain(last) }
}

/// What the templates read and the token does not have, and where to get it.
fn lacking(page: &mut Page, report: &TokenReport) {
    let lacking: Vec<&ClaimRead> = report.lacking().collect();
    if lacking.is_empty() {
        if !report.claims_read.is_empty() {
            page.blank();
            let text = match report.claims_read.len() {
                1 => "the one claim that the API's templates read is in it".to_owned(),
                count => format!("all {count} claims that the API's templates read are in it"),
            };
            page.paragraph(Line::indent(2), Line::plain(text));
        }
        return;
    }
    page.heading("claims that the API's templates read, and this token lacks");
    let count = if page.verbose { lacking.len() } else { LACKING };
    for read in lacking.iter().take(count) {
        let where_else = carried(read, report.token_use.as_deref());
        page.paragraph(
            Line::indent(4),
            Line::of(Role::Bad, read.claims.join(" or ")).then("  ").with(Role::Plain, where_else),
        );
        let place = format!("{}:{}", read.first.template, read.first.line);
        let more = if read.reads > 1 { format!(", and {} more", read.reads - 1) } else { String::new() };
        page.paragraph(
            Line::indent(6),
            Line::of(Role::Dim, format!("{place}{more}: {}", read.first.source_line.trim())),
        );
        if let Some(rule) = &read.rule {
            page.paragraph(Line::indent(6), Line::of(Role::Dim, format!("{}:{}  {}", rule.file, rule.line, rule.text)));
        }
    }
    if lacking.len() > count {
        page.paragraph(Line::indent(4), Line::of(Role::Dim, format!("{} more: --verbose", lacking.len() - count)));
    }
}

/// Which other token would carry a claim.
fn carried(read: &ClaimRead, token_use: Option<&str>) -> &'static str {
    let groups = read.claims.iter().any(|claim| claim == "cognito:groups");
    match (read.carried_by, token_use) {
        (Some(Carrier::Both), _) if groups => "both tokens of a login carry it: the user was in no group at sign-in",
        (Some(Carrier::Both), _) => "both tokens of a login carry it",
        (Some(Carrier::Id), Some("access")) => "the ID token of the same login carries it, where the user has it",
        (Some(Carrier::Id), _) => "an ID token carries it where the user has it and the app may read it",
        (Some(Carrier::Access), Some("id")) => "the access token of the same login carries it",
        (Some(Carrier::Access), _) => "an access token carries it",
        (Some(Carrier::Neither), _) => "no token of a user pool carries it, unless a trigger adds it",
        (None, _) => "the issuer leaves it out",
    }
}

/// The claims; those that templates read, where there is an API, unless everything is asked for.
fn claims(page: &mut Page, report: &TokenReport) {
    if report.claims.is_empty() {
        return;
    }
    let all = page.verbose || report.claims_read.is_empty();
    let read = |name: &String| report.claims_read.iter().any(|read| read.claims.contains(name));
    let shown: Vec<_> = report.claims.iter().filter(|(name, _)| all || read(name)).collect();
    let left = report.claims.len() - shown.len();
    if shown.is_empty() {
        page.blank();
        page.paragraph(Line::indent(2), Line::of(Role::Dim, format!("{left} claims: --verbose")));
        return;
    }
    page.heading(if all { "claims" } else { "claims that templates read" });
    let rows = shown.into_iter().map(|(name, value)| {
        let about = report.about.iter().find(|about| about.claim == *name);
        let mut cells = vec![Line::plain(name)];
        if page.verbose {
            cells.push(Line::of(Role::Dim, about.and_then(|about| about.meaning).unwrap_or_default()));
        }
        let time = about.and_then(|about| about.at.as_ref().zip(about.when.as_ref()));
        let text = match (time, value) {
            (Some((at, when)), _) => format!("{at}, {when} ({value})"),
            (None, Json::String(text)) => text.clone(),
            (None, value) => value.to_string(),
        };
        Row { cells, last: Line::plain(text) }
    });
    page.table(4, 6, rows.collect());
    if left > 0 {
        page.paragraph(Line::indent(4), Line::of(Role::Dim, format!("{left} more: --verbose")));
    }
}

fn identity(page: &mut Page, report: &TokenReport) {
    let Some(identity) = report.identity.as_ref().and_then(Json::as_object) else { return };
    page.heading("$ctx.identity");
    let rows = identity.iter().map(|(name, value)| {
        let text = if name == "claims" { "the token's claims".to_owned() } else { value.to_string() };
        Row { cells: vec![Line::plain(name)], last: Line::plain(text) }
    });
    page.table(4, 6, rows.collect());
}

/// Every claim that templates read, with the first place and the fields.
fn all_reads(page: &mut Page, report: &TokenReport) {
    if !report.claims_read.is_empty() {
        page.heading("every claim that templates read");
    }
    for read in &report.claims_read {
        let verdict = if read.present { Verdict::Pass } else { Verdict::Fail };
        let line = words::check_mark(verdict)
            .then(" ")
            .then(read.claims.join(" or "))
            .with(Role::Dim, format!("  {}:{}, in {} places", read.first.template, read.first.line, read.reads));
        page.paragraph(Line::indent(4), line);
        page.paragraph(Line::indent(8), Line::of(Role::Dim, read.fields.join(", ")));
    }
    for site in &report.computed_reads {
        page.paragraph(
            Line::indent(4),
            Line::plain(format!(
                "{}:{} reads a claim whose name only a run knows: {}",
                site.template, site.line, site.text
            )),
        );
    }
}
