//! Who can: the ways into a field, mode by mode, the answer first.

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::snippet::place;
use super::{style, words};
use crate::api::AuthMode;
use crate::render::Options;
use crate::replay::who::{Closed, Way, WhoCan};

/// The ways into a field as text, each line with a line end.
pub fn who_can(found: &WhoCan, options: &Options) -> String {
    let mut page = Page::new(options);
    let api = Line::of(Role::Dim, &found.api);
    let title = Line::plain("who can reach ").with(Role::Strong, &found.field);
    page.sides(vec![(title, api)]);
    page.indented(Line::indent(2).join(answer(found)));
    let digits = found.ways.len().to_string().len();
    let mut modes: Vec<&str> = found.ways.iter().map(|way| way.mode).collect();
    modes.dedup();
    for mode in modes {
        page.heading(&in_words(mode));
        let ways: Vec<&Way> = found.ways.iter().filter(|way| way.mode == mode).collect();
        for way in ways {
            one(&mut page, way, digits);
        }
    }
    if !found.closed.is_empty() {
        page.heading("none found");
        let row = |closed: &Closed| Row {
            cells: vec![Line::plain(in_words(closed.mode))],
            last: Line::of(Role::Dim, &closed.words),
        };
        page.table(4, 6, found.closed.iter().map(row).collect());
    }
    if !found.notes.is_empty() {
        page.blank();
        for note in &found.notes {
            page.paragraph(Line::indent(2), Line::of(Role::Dim, note));
        }
    }
    while page.lines.last().is_some_and(Line::is_empty) {
        page.lines.pop();
    }
    style::print(&page.lines, options.colour)
}

/// `5 ways in, each checked by running it`.
fn answer(found: &WhoCan) -> Line {
    let n = found.ways.len();
    if n == 0 {
        let all = "no way in was found";
        return Line::of(Role::Bad, all);
    }
    let checked = if n == 1 { ", checked by running it" } else { ", each checked by running it" };
    Line::of(Role::Good, words::count(n, "way in", "ways in")).then(checked)
}

fn in_words(mode: &str) -> String {
    AuthMode::from_name(mode).map_or_else(|| mode.to_owned(), |mode| mode.words().to_owned())
}

fn one(page: &mut Page, way: &Way, digits: usize) {
    let lead = Line::indent(4).with(Role::Strong, format!("{:>digits$}", way.id)).then("  ");
    let below = lead.width();
    let conditions: Vec<&str> = way.conditions.iter().map(|condition| condition.words.as_str()).collect();
    let body = match conditions.as_slice() {
        [] => anybody(way.mode).to_owned(),
        all => all.join(", and "),
    };
    page.paragraph(lead, Line::plain(body));
    for restriction in &way.restricts {
        page.paragraph(Line::indent(below).with(Role::Unsure, "but "), Line::plain(&restriction.words));
    }
    if let Some(rule) = &way.rule {
        let line = match &rule.auth {
            Some(auth) if auth.reconstructed => format!("{}  {}", place(&rule.grant), auth.text),
            Some(auth) => format!("{}:{}  {}", auth.file, auth.line, auth.text),
            None => place(&rule.grant),
        };
        page.paragraph(Line::indent(below), Line::of(Role::Dim, line));
    }
}

/// Who comes by a mode, when nothing else is asked.
fn anybody(mode: &str) -> &'static str {
    match AuthMode::from_name(mode) {
        Some(AuthMode::ApiKey) => "anybody with the API key",
        Some(AuthMode::UserPool) => "anybody signed in",
        Some(AuthMode::Oidc) => "anybody with a token of the provider",
        Some(AuthMode::Iam) => "any IAM principal whose policies allow it",
        Some(AuthMode::Lambda) => "anybody whom the authorizer lets in",
        None => "anybody",
    }
}
