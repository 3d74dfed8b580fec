//! Test suites: who may do what, as a table or as a story, run against an API's real templates.
//!
//! Knows the service and the replay; prints nothing.

mod apis;
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

pub use find::find;
pub use matrix::{Caller, Cell, Grant, Matrix, Row, SCHEMA as MATRIX_SCHEMA, Sheet, matrix, operations};
pub use model::{Action, Expectation, Scenario, Spot, Step, Suite, Test, Wanted};
pub use report::{Actual, CaseReport, Note, SCHEMA, SuiteReport, TestsReport};
pub use run::{Options, run};

impl Suite {
    /// Keeps the tests whose name, or whose suite's path, holds a text.
    pub fn filter(&mut self, text: &str) {
        if !self.file.contains(text) {
            self.tests.retain(|test| test.name.contains(text));
        }
    }
}
