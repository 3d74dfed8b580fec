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
mod document;
mod find;
mod judge;
mod model;
mod read;
mod read_test;
mod reader;
mod redact;
mod report;
mod run;
mod snapshot;
mod substitute;

pub use find::find;
pub use model::{Action, Expectation, Scenario, Spot, Step, Suite, Test, Wanted};
pub use report::{Actual, CaseReport, Note, SCHEMA, SuiteReport, TestsReport};
pub use run::{Options, run};
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
}
