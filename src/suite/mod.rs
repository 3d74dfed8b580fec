//! Test suites: who may do what, as a table or as a story, run against an API's real templates.
//!
//! Knows the service and the replay; prints nothing.

mod apis;
mod callers;
mod check;
mod document;
mod find;
mod include;
mod judge;
mod model;
mod parts;
mod read;
mod read_test;
mod reader;
mod report;
mod run;
mod session;
mod substitute;

pub use find::{find, folders, is_suite};
pub use model::{Action, Expectation, Scenario, Spot, Step, Suite, Test, Wanted};
pub use read::{Opened, Reading};
pub use report::{Actual, CaseReport, Note, SCHEMA, SuiteReport, TestsReport};
pub use run::{Options, run};
pub use session::{Ran, Session};

impl Suite {
    /// Keeps the tests whose name, or whose suite's path, holds a text.
    pub fn filter(&mut self, text: &str) {
        if !self.file.contains(text) {
            self.tests.retain(|test| test.name.contains(text));
        }
    }
}
