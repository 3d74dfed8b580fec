//! One self-contained page: the verdict and its cause, the path to the decision, and every template that ran with its
//! branches and values.
//!
//! The page holds no script and loads nothing, and its policy (CSP) forbids both, so that what a capture brings along
//! could do nothing even if it were not escaped. Values show on hover and focus by CSS alone.

mod code;
mod matrix;
mod path;
mod view;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context, escape_formatter};
use serde::Serialize;

use super::text::printable;
use crate::report::Report;
use crate::suite::Matrix;

/// A page behind the pieces that pages have in common.
macro_rules! with_pieces {
    ($page:literal) => {
        concat!(include_str!("pieces.html"), include_str!($page))
    };
}

const PAGE: &str = with_pieces!("page.html");
const STYLE: &str = include_str!("page.css");
const MATRIX_PAGE: &str = with_pieces!("matrix.html");
const MATRIX_STYLE: &str = include_str!("matrix.css");

/// The report as a page.
pub fn html(report: &Report) -> String {
    page(PAGE, STYLE.to_owned(), view::page(report))
}

/// Who may do what as a page: a cell opens its explanation, of a matrix whose reports were kept.
pub fn matrix_html(matrix: &Matrix) -> String {
    page(MATRIX_PAGE, [STYLE, MATRIX_STYLE].concat(), matrix::page(matrix))
}

fn page(template: &'static str, style: String, page: impl Serialize + Send + Sync + 'static) -> String {
    rendered(template, style, Value::from(Serde(page)))
        .unwrap_or_else(|error| format!("<!doctype html><title>vtlens</title><p>{error:?}"))
}

fn rendered(template: &'static str, style: String, page: Value) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => escape_formatter(out, state, &Value::from(visible(text))),
        _ => escape_formatter(out, state, value),
    });
    environment.add_template("page", template)?;
    let style = Value::from_safe_string(style);
    environment.get_template("page")?.render(context! { page, style })
}

/// With what reorders or hides its neighbours written out, line by line.
fn visible(text: &str) -> String {
    text.split('\n').map(|line| printable(line).into_owned()).collect::<Vec<_>>().join("\n")
}
