//! The report for people: the answer first, the evidence under it, the way out last.
//!
//! One request gets a page that fits a screen; several get a table. A line is made of words that may wrap, and only
//! an unbreakable word (an ARN, a URL) may stand out of the page.

mod allowed;
mod causes;
mod check;
mod code;
pub(super) mod coverage;
mod delivery;
mod diff;
mod field;
mod gate;
mod init;
mod line;
mod links;
mod matrix;
mod page;
mod request;
mod rules;
mod snapshots;
mod snippet;
mod style;
mod suites;
mod summary;
mod token;
mod value;
mod watch;
mod who;
mod who_can;
pub(super) mod words;
mod wrap;

pub use causes::{code_list, code_page};
pub use check::check;
pub(super) use delivery::events as received;
pub use diff::diff;
pub(super) use diff::{events, kind};
pub use init::init;
pub use line::printable;
pub use matrix::matrix;
pub use suites::tests;
pub use token::token;
pub use watch::{changed, untouched, watching};
pub use who_can::who_can;

// What other formats say in the same words.
pub(super) use gate::said;
pub(super) use request::{lead, source, worded};
pub(super) use rules::{by_specificity, unnamed};
pub(super) use snippet::{place, says};
pub(super) use summary::status;
pub(super) use value::value;
pub(super) use who::who;

use super::Options;
use crate::report::Report;

/// The report as text, each line with a line end.
///
/// No control characters but line ends, and with `options.colour` and `options.links` escape sequences of our own: what a capture holds
/// cannot drive the reader's terminal.
pub fn text(report: &Report, options: &Options) -> String {
    let mut page = page::Page::new(options);
    match report.requests.as_slice() {
        [] => page.line(line::Line::plain("no AppSync request to show")),
        [request] => request::answer(&mut page, request),
        requests => summary::summary(&mut page, requests),
    }
    if !report.remarks.is_empty() {
        page.heading("about the capture");
        for remark in &report.remarks {
            page.bullet(line::Line::plain(remark));
        }
    }
    while page.lines.last().is_some_and(line::Line::is_empty) {
        page.lines.pop();
    }
    let text = style::print(&page.lines, options.colour);
    if options.links { links::linked(&text, &report.files) } else { text }
}
