//! A token for people.

use serde_json::Value as Json;

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::{style, words};
use crate::render::Options;
use crate::report::Verdict;
use crate::token::TokenReport;

/// The token report as text, each line with a line end.
pub fn token(report: &TokenReport, options: &Options) -> String {
    let mut page = Page::new(options);
    let kind = match report.token_use.as_deref() {
        Some("id") => "ID token",
        Some("access") => "access token",
        _ => "token",
    };
    let subject = ["cognito:username", "username", "email", "sub"]
        .into_iter()
        .find_map(|claim| report.claims.get(claim).and_then(Json::as_str))
        .unwrap_or("nobody named");
    page.line(Line::of(Role::Strong, format!("{kind} {}", report.shown)).then(" · ").then(subject));
    for (name, label) in [("iss", "issuer"), ("iat", "issued"), ("exp", "expires")] {
        if let Some(value) = report.claims.get(name) {
            page.indented(Line::indent(2).with(Role::Dim, format!("{label}  ")).then(shown(name, value)));
        }
    }
    for provider in &report.providers {
        let mark = if provider.accepted { (Role::Good, "✓ accepted") } else { (Role::Bad, "✗ refused") };
        page.blank();
        page.indented(
            Line::indent(2)
                .with(Role::Strong, format!("{} {}", provider.mode, provider.provider))
                .then("  ")
                .with(mark.0, mark.1),
        );
        let rows = provider.checks.iter().map(|check| {
            let label = words::check_mark(check.verdict).then(" ").then(words::check(check.code));
            let last = match check.verdict {
                Verdict::Fail => format!("{}, expected {}", check.found, check.expected),
                Verdict::Unknown if !check.found.starts_with("not checked") => format!("not checked: {}", check.found),
                _ => check.found.clone(),
            };
            Row { cells: vec![label], last: Line::plain(last) }
        });
        page.table(4, 6, rows.collect());
    }
    if report.providers.is_empty() {
        page.blank();
        page.indented(Line::indent(2).then("no API to check it against: name one with --api"));
    } else {
        page.indented(Line::indent(4).with(Role::Dim, format!("at {}", report.at)));
    }
    page.heading("claims");
    let rows = report
        .claims
        .iter()
        .map(|(name, value)| Row { cells: vec![Line::plain(name)], last: Line::plain(shown(name, value)) });
    page.table(4, 6, rows.collect());
    if let Some(identity) = report.identity.as_ref().and_then(Json::as_object) {
        page.heading("$ctx.identity");
        let rows = identity.iter().map(|(name, value)| {
            let text = if name == "claims" { "the claims above".to_owned() } else { value.to_string() };
            Row { cells: vec![Line::plain(name)], last: Line::plain(text) }
        });
        page.table(4, 6, rows.collect());
    }
    for note in &report.notes {
        page.blank();
        page.paragraph(Line::indent(2), Line::plain(note));
    }
    style::print(&page.lines, options.colour)
}

/// A claim's value; times as people read them.
fn shown(name: &str, value: &Json) -> String {
    match (name, value) {
        ("exp" | "iat" | "nbf" | "auth_time", Json::Number(seconds)) => seconds
            .as_i64()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .map_or_else(|| value.to_string(), |time| format!("{time} ({value})")),
        (_, Json::String(text)) => text.clone(),
        _ => value.to_string(),
    }
}
