//! One self-contained page: the verdict and its cause, the path to the decision, and every template that ran with its
//! branches and values.
//!
//! The page holds no script and loads nothing, and its policy (CSP) forbids both, so that what a capture brings along
//! could do nothing even if it were not escaped. Values show on hover and focus by CSS alone.

mod code;
mod path;
mod view;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context, escape_formatter};

use super::text::printable;
use crate::report::Report;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The report as a page.
pub fn html(report: &Report) -> String {
    rendered(report).unwrap_or_else(|error| format!("<!doctype html><title>vtlens</title><p>{error:?}"))
}

fn rendered(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => escape_formatter(out, state, &Value::from(visible(text))),
        _ => escape_formatter(out, state, value),
    });
    environment.add_template("page", PAGE)?;
    let style = Value::from_safe_string(STYLE.to_owned());
    environment.get_template("page")?.render(context! { page => Value::from(Serde(view::page(report))), style })
}

/// With what reorders or hides its neighbours written out, line by line.
fn visible(text: &str) -> String {
    text.split('\n').map(|line| printable(line).into_owned()).collect::<Vec<_>>().join("\n")
}
