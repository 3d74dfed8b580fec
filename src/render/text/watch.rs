//! The lines around runs that follow changes.

use std::time::Duration;

use super::line::{Line, Role};
use super::{style, words};
use crate::render::Options;

/// Names that are shown before the rest is counted.
const SHOWN: usize = 2;

/// What changed, when, and how long it took to know what comes of it. On a terminal it is the first line of the page,
/// elsewhere it parts the runs.
pub fn changed(names: &[String], now: &str, took: Duration, is_page: bool, options: &Options) -> String {
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let what = match names.len() {
        0 => "files".to_owned(),
        n if n > SHOWN => format!("{shown} and {} more", n - SHOWN),
        _ => shown,
    };
    let line = Line::of(Role::Dim, if is_page { "  " } else { "── " })
        .with(Role::Strong, what)
        .with(Role::Dim, format!(" changed · {now} · {} ms", took.as_millis()));
    let line = if is_page { line } else { line.with(Role::Dim, " ──") };
    let mut lines = vec![line];
    if !is_page {
        lines.insert(0, Line::new());
    }
    style::print(&lines, options.colour)
}

/// What is waited for.
pub fn watching(files: usize, polling: bool, options: &Options) -> String {
    let how = if polling { " by looking at them" } else { "" };
    let text = format!("  watching {}{how} · Ctrl-C ends", words::count(files, "file", "files"));
    style::print(&[Line::new(), Line::of(Role::Dim, text)], options.colour)
}

/// How many suites did not run again and are not shown; nothing when all are.
pub fn untouched(suites: usize, options: &Options) -> String {
    if suites == 0 {
        return String::new();
    }
    let text =
        format!("  {} that nothing touched, all as expected", words::count(suites, "other suite", "other suites"));
    style::print(&[Line::of(Role::Dim, text)], options.colour)
}
