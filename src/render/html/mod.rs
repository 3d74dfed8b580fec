//! One self-contained page: the verdict and its cause, the path to the decision, and every template that ran with its
//! branches and values.
//!
//! The page holds no script and loads nothing, and its policy (CSP) forbids both, so that what a capture brings along
//! could do nothing even if it were not escaped. Values show on hover and focus by CSS alone.

mod code;
mod path;
mod suites;
mod view;

use std::time::Duration;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context, escape_formatter};

use super::text::printable;
use crate::report::Report;
use crate::suite::TestsReport;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const TESTS: &str = include_str!("suites.html");
const TESTS_STYLE: &str = include_str!("suites.css");

/// The report as a page.
pub fn html(report: &Report) -> String {
    rendered(report).unwrap_or_else(|error| format!("<!doctype html><title>vtlens</title><p>{error:?}"))
}

/// A test run as a page, with the templates' coloured source where they were counted.
pub fn tests_html(report: &TestsReport, took: Duration) -> String {
    let page = Value::from(Serde(suites::page(report, took)));
    filled(TESTS, page, &format!("{STYLE}{TESTS_STYLE}"))
        .unwrap_or_else(|error| format!("<!doctype html><title>vtlens</title><p>{error:?}"))
}

fn rendered(report: &Report) -> Result<String, minijinja::Error> {
    filled(PAGE, Value::from(Serde(view::page(report))), STYLE)
}

/// A page's template with its data.
fn filled(template: &str, page: Value, style: &str) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => escape_formatter(out, state, &Value::from(visible(text))),
        _ => escape_formatter(out, state, value),
    });
    environment.add_template("page", template)?;
    let style = Value::from_safe_string(style.to_owned());
    environment.get_template("page")?.render(context! { page, style })
}

/// With what reorders or hides its neighbours written out, line by line.
fn visible(text: &str) -> String {
    text.split('\n').map(|line| printable(line).into_owned()).collect::<Vec<_>>().join("\n")
}
