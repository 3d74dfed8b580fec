//! The gate's part of a replay: what it is told, and what its answer does to the report.

use serde_json::{Value as Json, json};

use super::counterfactual::Refused;
use super::{Replay, World, add_notes, decide};
use crate::api::AuthMode;
use crate::execute::{self, Admission, Caller, Execution, FieldInput, FieldOutcome, Refusal};
use crate::gate::{GateInput, GateResult};
use crate::identity::Identity;
use crate::identity::mask::masked_tail;
use crate::report::{Cause, Decision, GateOutcome, HttpResponse, RequestReport, Stage, Transport};
use crate::request::operation;

impl Replay<'_> {
    /// What the gate knows of every request.
    pub(super) fn gate_input<'g>(
        &'g self,
        headers: &'g [(String, String)],
        host: &'g str,
        world: &World<'g>,
    ) -> GateInput<'g> {
        GateInput {
            headers,
            host,
            transport: Transport::Http,
            wrong_endpoint: None,
            default: &self.api.default_provider,
            additional: &self.api.additional,
            declared_keys: &self.api.api_keys,
            now_ms: world.env.now_ms,
            keys: self.keys.as_ref(),
            facts: world.facts,
            recorded: None,
            may_have_lost_credentials: false,
        }
    }

    /// Puts the gate's result into the report; the caller, if he was let in.
    pub(super) fn pass_gate(&self, report: &mut RequestReport, gate: GateResult) -> Option<Identity> {
        let outcome = gate.gate.outcome;
        report.gate = Some(gate.gate);
        report.missing.extend(gate.missing);
        add_notes(report, gate.notes);
        match outcome {
            GateOutcome::Passed => {}
            GateOutcome::Refused => {
                report.decision = Decision::Denied;
                report.stage = Some(refused_by(gate.cause.as_ref()));
                report.cause = gate.cause;
                report.response = gate.refusal.map(|(status, body)| HttpResponse { status, body });
                return None;
            }
            GateOutcome::Undecided => {
                report.decision = Decision::Undecided;
                report.stage = Some(Stage::Gate);
                return None;
            }
        }
        let identity = gate.identity?;
        if !identity.context.is_null() {
            report.identity = Some(identity.context.clone());
        }
        Some(identity)
    }

    /// Adds what could be changed about a credential that the gate refused.
    pub(super) fn propose(
        &self,
        report: &mut RequestReport,
        headers: &[(String, String)],
        fields: &[operation::FieldRun],
        world: &World<'_>,
    ) {
        if report.decision == Decision::Denied {
            let refused = Refused { api: self.api, headers, facts: world.facts, fields, now_ms: world.env.now_ms };
            report.proposals = refused.proposals(report);
        }
    }

    /// A caller whose identity nobody gave, but whose mode the schema refuses on some root field, is refused there
    /// whoever he is: the recorded answer proves that the gate let him through.
    pub(super) fn refused_whoever(&self, report: &mut RequestReport, operation: &operation::Operation, mode: AuthMode) {
        let caller = Caller { mode, identity: &Json::Null, groups: None, denied_fields: &[], policy_refusals: &[] };
        for field in operation.fields.iter().filter(|field| !field.is_meta()) {
            let admission = execute::admit(self.api, &field.parent_type, &field.name, caller);
            let Admission::Refused(refusal @ Refusal::Mode { .. }) = admission else { continue };
            let input = FieldInput::new(&field.parent_type, &field.name, field.arguments.clone());
            let execution = Execution::refused(&input, refusal);
            let outcome = FieldOutcome::of(input, field.return_type.clone(), execution);
            let whoever = Identity::unknown(mode);
            let fault = outcome.execution.fault().map(|fault| fault.to_json(&outcome.path, Some(field.location)));
            let body = json!({ "data": { field.response_key.as_str(): null }, "errors": [fault] });
            report.response = Some(HttpResponse { status: 200, body });
            report.fields.push(self.explained(&outcome, &whoever));
            report.missing.clear();
            decide(report);
            return;
        }
    }
}

/// The headers that the gate can judge: a log shows that an `Authorization` was sent, and not what was in it. Beside
/// it an API key counts for nothing. Unverified: that AppSync masks it as it masks API keys.
pub(super) fn usable(headers: &[(String, String)]) -> Vec<(String, String)> {
    let is = |header: &str, name: &str| header.eq_ignore_ascii_case(name);
    let hidden = headers.iter().any(|(name, value)| is(name, "authorization") && masked_tail(value).is_some());
    let judged = |name: &str| !hidden || !(is(name, "authorization") || is(name, "x-api-key"));
    headers.iter().filter(|(name, _)| judged(name)).cloned().collect()
}

/// Who refused before any field: the gate itself, or the function that it asked.
fn refused_by(cause: Option<&Cause>) -> Stage {
    match cause.map(|cause| cause.code) {
        Some("authorizer-denied" | "authorizer-bad-answer") => Stage::Authorizer,
        _ => Stage::Gate,
    }
}
