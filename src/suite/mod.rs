//! Test suites: who may do what, as a table or as a story, run against an API's real templates.
//!
//! Knows the service and the replay; prints nothing.

mod apis;
mod diff;
pub mod coverage;
mod document;
mod find;
pub mod generate;
mod judge;
mod matrix;
mod model;
mod read;
mod read_test;
mod reader;
mod report;
mod run;
mod substitute;
mod survey;
mod write;

pub use diff::{
    Accepted, AllowList, Builds, Change, Denial, Diff, Entry, Flip, Group, NotCompared, OneSided, SCHEMA as DIFF_SCHEMA, Side,
    diff,
};
pub use find::find;
pub use matrix::{Caller, Cell, Grant, Matrix, Row, SCHEMA as MATRIX_SCHEMA, Sheet, matrix, operations};
pub use model::{Action, Expectation, Scenario, Spot, Step, Suite, Test, Wanted};
pub use report::{Actual, CaseReport, Note, SCHEMA, SuiteReport, TestsReport};
pub use run::{Options, run};
pub use write::yaml;

use crate::source::Data;

impl Suite {
    /// Keeps the tests whose name, or whose suite's path, holds a text.
    pub fn filter(&mut self, text: &str) {
        if !self.file.contains(text) {
            self.tests.retain(|test| test.name.contains(text));
        }
    }

    /// Asks something else of the same callers over the same data.
    pub fn asking(&mut self, tests: Vec<Test>) {
        self.tests = tests;
    }

    /// Gives the data sources something to hold, where the suite says nothing of it.
    pub fn lacking_data(&mut self, data: &Data) {
        self.data.get_or_insert_with(|| data.clone());
    }
}
