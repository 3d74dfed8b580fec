//! What is kept of a template that ran.

use std::cell::OnceCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use crate::compile::Program;
use crate::compile::program::{ReferenceId, Slot, StatementId};
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
    /// Of a response template whose request went to a table, what the table answered; recorded as events.
    pub from_table: Option<FromTable>,
    /// What the data source failed with, as `$ctx.error` holds it.
    pub source_error: Option<String>,
    /// What stands in its text for parameters that nobody gave: `${ApiId}`.
    pub placeholders: Vec<String>,
    /// See [`Run::index`].
    pub(crate) index: OnceCell<EventIndex>,
    /// By variable, the statements that may write it or what it holds; whoever explains the run fills it in.
    pub(crate) writers: OnceCell<FxHashMap<Slot, Vec<StatementId>>>,
}

/// What a table answered.
#[derive(Debug, Clone)]
pub struct FromTable {
    /// The table, as the data names it.
    pub table: String,
    /// Its key attributes.
    pub keys: Vec<String>,
    /// `$ctx.result`
    pub result: Json,
}

/// Where in a run's events something is spoken of, each list in the order it happened.
#[derive(Debug, Clone, Default)]
pub struct EventIndex {
    /// By statement, when it began.
    pub begun: FxHashMap<StatementId, Vec<usize>>,
    /// By `#if`, when it chose.
    pub chosen: FxHashMap<StatementId, Vec<usize>>,
    /// By reference, when it was read.
    pub read: FxHashMap<ReferenceId, Vec<usize>>,
    /// By step, when it was called.
    pub called: FxHashMap<u32, Vec<usize>>,
}

impl Run {
    /// The index of the events, made when it is first asked for.
    pub fn index(&self) -> &EventIndex {
        self.index.get_or_init(|| {
            let mut index = EventIndex::default();
            for (at, event) in self.events.iter().enumerate() {
                match event {
                    Event::Statement(statement) => index.begun.entry(*statement).or_default().push(at),
                    Event::Arm { statement, .. } => index.chosen.entry(*statement).or_default().push(at),
                    Event::Read { reference, .. } => index.read.entry(*reference).or_default().push(at),
                    Event::Call { step, .. } => index.called.entry(*step).or_default().push(at),
                    _ => {}
                }
            }
            index
        })
    }
}
