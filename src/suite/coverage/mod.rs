//! What of the APIs' templates a run of suites exercised: branches and conditions, by template.

mod access;
mod collect;
mod model;
mod uses;

pub(super) use collect::collect;
pub use model::{
    ApiCoverage, BranchCoverage, BranchKind, ConditionCoverage, Coverage, Share, TemplateCoverage, Totals,
};
