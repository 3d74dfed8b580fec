//! What a request meets, where several share it: a test suite's callers, one state of the data, one stream of ids.

use crate::identity::IdentityFacts;
use crate::limits::Env;
use crate::report::Edit;
use crate::source::Data;

/// Who asks, what the data sources hold, and the world outside of the templates.
#[derive(Debug)]
pub struct World<'w> {
    /// Facts about the caller that the request does not carry.
    pub facts: Option<&'w IdentityFacts>,
    /// What the data sources hold; mutations change it.
    pub data: &'w mut Data,
    /// Clock, ids, limits. Ids go on from request to request.
    pub env: &'w Env,
    /// Where the clock came from: `capture`, `--now`, `system`, `suite`.
    pub clock: &'static str,
    /// Whether templates are recorded, so that denials by them can be explained. Without it the report has no site,
    /// chain or cause for those.
    pub record: bool,
    /// Whether an IAM caller whose policies nobody gave passes them, with a note, as suites have it. Elsewhere the
    /// answer is undecided.
    pub skip_absent_policies: bool,
    /// Changes to what fields of a request are asked with.
    pub arguments: &'w [ArgumentEdit],
}

/// A change to an argument of one field.
#[derive(Debug, Clone)]
pub struct ArgumentEdit {
    /// The field's response keys from the root on.
    pub field: Vec<String>,
    /// The change.
    pub edit: Edit,
}
