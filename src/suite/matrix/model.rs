//! Who may do what, as plain data: schema `vtlens.matrix/1`.

use serde::Serialize;

use super::super::report::Note;
use crate::report::{AuthorRule, FieldError, Missing, RequestReport, Site, SubscriptionFilter};
use crate::verdict::{Cause, Decision, Stage};

/// The name of this document's schema.
pub const SCHEMA: &str = "vtlens.matrix/1";

/// Who may do what.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Matrix {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// One a suite, in order.
    pub sheets: Vec<Sheet>,
}

/// The callers of one suite against what it asks.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Sheet {
    /// The suite's path, as people named it; of callers and requests that were made from the API, its name.
    pub suite: String,
    /// The API's name.
    pub api: String,
    /// The callers, in the order of the file.
    pub identities: Vec<Caller>,
    /// What they ask, in the order of the file.
    pub rows: Vec<Row>,
    /// Remarks on runs of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// A caller.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Caller {
    /// The name in the suite.
    pub name: String,
    /// AppSync's name of the mode.
    pub mode: &'static str,
    /// Who that is, in a few words.
    pub words: String,
}

/// One request, or one field, asked by every caller; of a story one step, asked by its own.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The test, or the operation of a file.
    pub test: String,
    /// The step of a story, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// What is asked for: `Mutation.updatePost`, of a query its root fields.
    pub fields: Vec<String>,
    /// One a caller who asked, in the order of the callers.
    pub cells: Vec<Cell>,
}

/// What became of one caller's request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Cell {
    /// Who asked.
    pub identity: String,
    /// The decision: of a query the worst of its fields.
    pub decision: Decision,
    /// Where it fell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The statement that denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// The rule that let the caller in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_by: Option<Grant>,
    /// Of a subscription that was let in: which events it receives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_filter: Option<SubscriptionFilter>,
    /// The errors of the response.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Facts that are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// The whole report, where the options ask to keep it. Of cells of one row that say the same, only the first has it.
    #[serde(skip)]
    pub report: Option<Box<RequestReport>>,
}

/// The rule that let a caller in.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Grant {
    /// As in a report: `staticGroup`, `owner` …
    pub kind: &'static str,
    /// The author's rule, when the schema is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthorRule>,
    /// The statement that granted.
    pub site: Site,
    /// Why it let the caller in, in plain words.
    pub words: String,
}

impl Row {
    /// The cell of a caller; none for a step of a story that another takes.
    pub fn cell(&self, identity: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.identity == identity)
    }

    /// Whether a row beside it can be told with it: fields of one type, asked for by nothing but their names, of which
    /// everybody meets the same.
    pub fn folds_with(&self, next: &Row) -> bool {
        let named = |row: &Row| row.step.is_none() && row.fields.as_slice() == [row.test.as_str()];
        let parent = |row: &Row| row.test.split_once('.').map(|(parent, _)| parent.to_owned());
        let met = |row: &Row| -> Vec<(String, Decision)> {
            row.cells.iter().map(|cell| (cell.identity.clone(), cell.decision)).collect()
        };
        named(self) && named(next) && parent(self) == parent(next) && met(self) == met(next)
    }

    /// The row's name for people: the test, of a story with its step.
    pub fn label(&self) -> String {
        match self.step {
            None => self.test.clone(),
            Some(step) => format!("{}, step {step}", self.test),
        }
    }
}

impl Matrix {
    /// How many cells have each decision, in the order allowed, filtered, error, undecided, denied.
    pub fn counts(&self) -> Vec<(Decision, usize)> {
        use Decision::{Allowed, Denied, Error, Filtered, Undecided};
        let cells = || self.sheets.iter().flat_map(|sheet| &sheet.rows).flat_map(|row| &row.cells);
        let all = [Allowed, Filtered, Denied, Error, Undecided].into_iter();
        all.map(|decision| (decision, cells().filter(|cell| cell.decision == decision).count())).collect()
    }

    /// Keeps the rows whose test, field or suite holds a text.
    pub fn filter(&mut self, text: &str) {
        for sheet in self.sheets.iter_mut().filter(|sheet| !sheet.suite.contains(text)) {
            sheet.rows.retain(|row| row.test.contains(text) || row.fields.iter().any(|field| field.contains(text)));
        }
        self.sheets.retain(|sheet| !sheet.rows.is_empty());
    }

    /// Keeps the rows in which somebody met that decision.
    pub fn only(&mut self, decision: Decision) {
        for sheet in &mut self.sheets {
            sheet.rows.retain(|row| row.cells.iter().any(|cell| cell.decision == decision));
        }
        self.sheets.retain(|sheet| !sheet.rows.is_empty());
    }
}
