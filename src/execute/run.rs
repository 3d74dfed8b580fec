//! What is kept of a template that ran.

use std::sync::Arc;

use crate::compile::Program;
use crate::compile::program::StatementId;
use crate::eval::Event;

/// Which part of a resolver or function a template is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before template of a pipeline, or request template.
    Request,
    /// Response template, or after template.
    Response,
}

/// One template that ran.
#[derive(Debug, Clone)]
pub struct Run {
    /// The template's name, as people see it.
    pub template: String,
    /// Its program.
    pub program: Arc<Program>,
    /// What happened, in order; empty when nothing was recorded.
    pub events: Vec<Event>,
    /// Which statements printed its output, in order, each with the offset where its part ends; recorded as events.
    pub printed: Vec<(StatementId, usize)>,
    /// Which part it is.
    pub part: Part,
    /// What `$ctx.result` is here: `record` when it came from a table, else `result`.
    pub result_is: &'static str,
    /// Whether `$ctx.result` was null: of a get, that there is no such record.
    pub result_was_null: bool,
    /// What the data source failed with, as `$ctx.error` holds it.
    pub source_error: Option<String>,
    /// What stands in its text for parameters that nobody gave: `${ApiId}`.
    pub placeholders: Vec<String>,
}
