//! A suite as it was read: everything checked that can be checked without the API.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::document::At;
use crate::identity::IdentityFacts;
use crate::source::Data;
use crate::verdict::{Decision, Stage};

/// A file of tests.
#[derive(Debug)]
#[non_exhaustive]
pub struct Suite {
    /// Its path, as people named it.
    pub file: String,
    /// Where the API is; else it is looked for from the suite's folder upwards.
    pub api: Option<PathBuf>,
    /// CloudFormation parameters that the build leaves open.
    pub params: IndexMap<String, String>,
    /// The clock of its runs, in milliseconds since 1970 (UTC).
    pub now_ms: Option<i64>,
    /// What the data sources hold; else what the API's own folder says.
    pub data: Option<Data>,
    /// Recorded responses, by data source or field.
    pub responses: Option<Map<String, Json>>,
    /// The callers, by name.
    pub identities: IndexMap<String, IdentityFacts>,
    /// The tests, in order.
    pub tests: Vec<Test>,
}

/// One test.
#[derive(Debug)]
#[non_exhaustive]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Tables that hold something else in this test.
    pub data: Option<Data>,
    /// Responses that are others in this test.
    pub responses: Option<Map<String, Json>>,
    /// What is asked, and what is expected.
    pub scenario: Scenario,
}

/// What a test asks.
#[derive(Debug)]
pub enum Scenario {
    /// The same of several callers, each with data of their own.
    Callers {
        /// What they ask.
        action: Action,
        /// Who, and what is to become of it.
        expect: Vec<(String, Expectation)>,
    },
    /// Step by step over one state of the data.
    Story(Vec<Step>),
}

/// A step of a story.
#[derive(Debug)]
pub struct Step {
    /// Who.
    pub identity: String,
    /// Asks what.
    pub action: Action,
    /// What is to become of it.
    pub expect: Expectation,
    /// Names for later steps, and where in the response their values are.
    pub save: IndexMap<String, String>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Action {
    /// One resolver.
    Field {
        /// The type that has the field.
        parent_type: String,
        /// The field.
        field: String,
        /// Its arguments.
        arguments: Map<String, Json>,
        /// The object it is a field of.
        source: Json,
        /// Where the suite names it.
        #[doc(hidden)]
        at: Spot,
    },
    /// A GraphQL request.
    Query {
        /// The document.
        query: String,
        /// Its variables.
        variables: Map<String, Json>,
        /// Which of its operations.
        operation_name: Option<String>,
    },
}

/// A place in the suite.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spot(pub(super) At);

/// What is to become of a request. What is absent may be anything.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Expectation {
    /// The decision.
    pub decision: Option<Wanted>,
    /// Where it falls.
    pub stage: Option<Stage>,
    /// The type of one of the errors.
    pub error_type: Option<String>,
    /// The message of one of the errors.
    pub message: Option<String>,
    /// The statement that denies: `file` or `file:line`.
    pub site: Option<String>,
    /// The cause's code.
    pub cause: Option<String>,
    /// The response's data; `*` stands for anything.
    pub data: Option<Json>,
    /// How many rows come back.
    pub items: Option<usize>,
    /// Decisions on single fields, by their path in the response.
    pub fields: IndexMap<String, Wanted>,
    /// As it was written.
    pub written: Json,
}

impl Expectation {
    /// Whether it can only be held against a run whose templates were recorded.
    pub fn needs_record(&self) -> bool {
        self.site.is_some() || self.cause.is_some()
    }
}

/// A decision as suites name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The value was reached; rows may have been withheld.
    Allow,
    /// Refused.
    Deny,
    /// The value was reached, and something was withheld from it.
    Filtered,
    /// Failed for a reason that is not authorization.
    Error,
    /// A fact is missing.
    Undecided,
}

impl Wanted {
    /// Every one, by name.
    pub const ALL: [(&str, Wanted); 5] = [
        ("allow", Wanted::Allow),
        ("deny", Wanted::Deny),
        ("filtered", Wanted::Filtered),
        ("error", Wanted::Error),
        ("undecided", Wanted::Undecided),
    ];

    /// Whether a decision is the one wanted.
    pub fn holds(self, decision: Decision) -> bool {
        match self {
            Wanted::Allow => matches!(decision, Decision::Allowed | Decision::Filtered),
            Wanted::Deny => decision == Decision::Denied,
            Wanted::Filtered => decision == Decision::Filtered,
            Wanted::Error => decision == Decision::Error,
            Wanted::Undecided => decision == Decision::Undecided,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Wanted::ALL.into_iter().find(|(_, wanted)| *wanted == self).map_or("", |(name, _)| name)
    }
}
