//! Test suites: who may do what, as a table or as a story, run against an API's real templates.
//!
//! Knows the service and the replay; prints nothing.
//!
//! From Rust, an API's suites are run beside its other tests, and what became of them is plain data:
//!
//! ```
//! use std::path::Path;
//! use vtlens::suite::{self, Suite};
//!
//! let suite = Suite::load(Path::new("templates/blog/blog.vtlens.yaml"))?;
//! let report = suite::run(&[suite], &suite::Options::default(), &|| ())?;
//! assert_eq!(report.failed, 0);
//! # Ok::<(), vtlens::Error>(())
//! ```
//!
//! `examples/insta/` holds such data with the snapshots of `insta`.

mod apis;
mod callers;
mod check;
pub mod coverage;
mod diff;
mod document;
mod find;
pub mod generate;
mod include;
mod judge;
mod matrix;
mod model;
mod parts;
mod read;
mod read_test;
mod reader;
mod redact;
mod report;
mod run;
mod session;
mod snapshot;
mod substitute;
mod survey;
mod texts;
mod write;

pub use diff::{
    Accepted, AllowList, Builds, Change, Denial, Diff, Entry, Flip, Group, NotCompared, OneSided,
    SCHEMA as DIFF_SCHEMA, Side, diff,
};
pub use find::{find, folders, is_suite};
pub(crate) use judge::{let_in, word};
pub use matrix::{Caller, Cell, Grant, Matrix, Row, SCHEMA as MATRIX_SCHEMA, Sheet, matrix, operations};
pub use model::{Action, Expectation, Scenario, Spot, Step, Suite, Test, Wanted, Written};
pub use read::{Opened, Reading};
pub use report::{Actual, CaseReport, Note, SCHEMA, SuiteReport, TestsReport};
pub use run::{Options, run};
pub use session::{Ran, Session};
pub use write::yaml;

use crate::source::Data;
pub use snapshot::{CaseSnapshot, SnapshotMode, SnapshotStatus, SnapshotsReport};

impl Suite {
    /// Keeps the tests whose name, or whose suite's path, holds a text.
    pub fn filter(&mut self, text: &str) {
        if !self.file.contains(text) {
            let before = self.tests.len();
            self.tests.retain(|test| test.name.contains(text));
            self.filtered |= self.tests.len() < before;
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
