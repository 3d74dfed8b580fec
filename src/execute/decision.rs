//! Whether an error is a denial, and of which kind.

use serde_json::Value as Json;

use super::admission::Refusal;
use super::resolver::Running;
use super::{Caller, FieldFault};
use crate::source::ConditionTrace;
use crate::verdict::Stage;

/// How a field was denied.
#[derive(Debug)]
pub enum Denial {
    /// By the schema, the authorizer's `deniedFields`, or an IAM policy.
    Schema(Refusal),
    /// By a template: `$util.unauthorized()`, `$util.error(.., "Unauthorized")`. The run's index.
    Template(usize),
    /// By a condition that the auth rules put into a request. The index of the run that asked.
    Condition(usize, Box<ConditionTrace>),
    /// By an appended error of type Unauthorized.
    Appended,
}

impl Denial {
    /// Where it fell.
    pub fn stage(&self) -> Stage {
        match self {
            Denial::Schema(Refusal::DeniedField { .. }) => Stage::Authorizer,
            Denial::Schema(Refusal::Policy(_)) => Stage::Iam,
            Denial::Schema(_) => Stage::Schema,
            Denial::Template(_) | Denial::Appended => Stage::Resolver,
            Denial::Condition(..) => Stage::Source,
        }
    }
}

/// The denial behind an error, if it is one.
pub(super) fn decide(running: &Running<'_, '_>, fault: &FieldFault, run: Option<usize>) -> Option<Denial> {
    match (fault.error_type.as_deref(), run) {
        (Some("Unauthorized"), Some(run)) => Some(Denial::Template(run)),
        (Some("DynamoDB:ConditionalCheckFailedException"), _) => {
            let (asked, trace) = running.failed_condition.as_ref()?;
            let authorization = is_authorization(trace, running.caller);
            authorization.then(|| Denial::Condition(*asked, trace.clone()))
        }
        _ => None,
    }
}

/// Whether a failed condition speaks of the caller: an atom of it that holds no more compares with a value of his
/// identity, or with the stand-in that Amplify writes for a missing claim. A condition that only asks whether the
/// record exists does not.
fn is_authorization(trace: &ConditionTrace, caller: Caller<'_>) -> bool {
    trace.item.is_some()
        && trace.atoms.iter().any(|atom| {
            atom.truth == atom.negated && atom.operands.iter().any(|operand| speaks_of(operand, caller.identity))
        })
}

fn speaks_of(operand: &Json, identity: &Json) -> bool {
    match (operand, identity) {
        (Json::String(text), _) if text == "___xamznone____" => true,
        (Json::String(text), Json::String(known)) => text == known,
        (Json::Array(many), _) => many.iter().any(|one| speaks_of(one, identity)),
        (_, Json::Array(known)) => known.iter().any(|one| speaks_of(operand, one)),
        (_, Json::Object(known)) => known.values().any(|one| speaks_of(operand, one)),
        _ => false,
    }
}
