//! What of the APIs' templates a run of suites exercised: branches and conditions, by template.

mod access;
mod collect;
mod lines;
mod model;
mod requests;
mod rules;
mod uses;

pub(super) use access::decides;
pub(super) use collect::collect;
pub use lines::{LineCoverage, LineState};
pub use model::{
    ApiCoverage, BranchCoverage, BranchKind, ConditionCoverage, Coverage, RuleCoverage, Share, TemplateCoverage,
    Totals, Unreachable,
};
pub(super) use rules::SeenRules;
