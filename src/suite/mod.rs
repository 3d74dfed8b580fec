//! Test suites: who may do what, as a table or as a story, run against an API's real templates.
//!
//! Knows the service and the replay; prints nothing.

mod apis;
pub mod coverage;
mod document;
mod find;
pub mod generate;
mod judge;
mod model;
mod read;
mod read_test;
mod reader;
mod report;
mod run;
mod substitute;
mod write;

pub use find::find;
pub use model::{Action, Expectation, Scenario, Spot, Step, Suite, Test, Wanted};
pub use report::{Actual, CaseReport, Note, SCHEMA, SuiteReport, TestsReport};
pub use run::{Options, run};
pub use write::yaml;

impl Suite {
    /// Keeps the tests whose name, or whose suite's path, holds a text.
    pub fn filter(&mut self, text: &str) {
        if !self.file.contains(text) {
            self.tests.retain(|test| test.name.contains(text));
        }
    }
}
