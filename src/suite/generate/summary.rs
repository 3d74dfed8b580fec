//! What a made suite came to, as plain data: schema `vtlens.init/1`.

use serde::Serialize;

use super::super::coverage::{BranchKind, Share};
use super::super::report::TestsReport;
use super::model::Draft;

/// The name of this document's schema.
pub const SCHEMA: &str = "vtlens.init/1";

/// A made suite in a few numbers, and what it leaves open.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Summary {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// The suite's file; nothing when it was printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The API's name.
    pub api: String,
    /// The callers.
    pub identities: Vec<Caller>,
    /// How many tests.
    pub tests: usize,
    /// How many decisions they hold.
    pub decisions: usize,
    /// How many of them hold; all of them.
    pub passed: usize,
    /// Branches of the templates that decide about access.
    pub branches: Share,
    /// Those that no test takes.
    pub uncovered: Vec<Uncovered>,
}

/// A caller, and what they stand for.
#[derive(Debug, Clone, Serialize)]
pub struct Caller {
    /// The name in the suite.
    pub name: String,
    /// What they stand for.
    pub note: String,
}

/// A branch that no test takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Uncovered {
    /// The template.
    pub template: String,
    /// The line of its condition.
    pub line: u32,
    /// Which way.
    pub kind: BranchKind,
    /// The condition.
    pub condition: String,
}

impl Summary {
    /// Of a suite and a run of it that counted.
    pub fn new(draft: &Draft, report: &TestsReport, api: &str, file: Option<String>) -> Summary {
        let coverage = report.coverage.as_ref();
        let templates = coverage.iter().flat_map(|coverage| &coverage.apis).flat_map(|api| &api.templates);
        let mut uncovered = Vec::new();
        for template in templates.filter(|template| template.auth) {
            let open = template.branches.iter().filter(|branch| branch.count == 0 && branch.unreachable.is_none());
            uncovered.extend(open.map(|branch| Uncovered {
                template: template.template.clone(),
                line: branch.line,
                kind: branch.kind,
                condition: branch.condition.split_whitespace().collect::<Vec<_>>().join(" "),
            }));
        }
        let note = |name: &String| draft.notes.get(name).cloned().unwrap_or_default();
        Summary {
            schema: SCHEMA,
            file,
            api: api.to_owned(),
            identities: draft.identities.keys().map(|name| Caller { name: name.clone(), note: note(name) }).collect(),
            tests: draft.tests.len(),
            decisions: report.passed + report.failed,
            passed: report.passed,
            branches: coverage.map(|coverage| coverage.auth.branches).unwrap_or_default(),
            uncovered,
        }
    }
}
