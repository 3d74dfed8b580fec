//! One field without a request around it.

use serde_json::{Value as Json, json};

use super::counterfactual::Asked as Tried;
use super::policies::{Asked, Proof};
use super::{Replay, World, add_notes, caller, decide, secrets, time};
use crate::error::Result;
use crate::execute::{Execution, FieldInput, FieldOutcome};
use crate::gate;
use crate::identity::{Identity, IdentityFacts};
use crate::limits::Env;
use crate::report::{FieldReport, HttpResponse, RequestReport};
use crate::secrets::Secrets;

impl Replay<'_> {
    /// Runs one field for the caller that the facts describe, without a capture.
    ///
    /// # Errors
    /// As [`Replay::request`].
    pub fn field(&self, input: &FieldInput) -> Result<RequestReport> {
        self.field_then(input, |_, _, _, _| {})
    }

    /// As [`Replay::field`]; what follows from the execution may change the field's report.
    pub(super) fn field_then(
        &self,
        input: &FieldInput,
        then: impl FnOnce(&mut RequestReport, &mut FieldReport, &Execution, &Identity),
    ) -> Result<RequestReport> {
        let (now_ms, clock) = self.clock(None);
        let (data, env) = (&mut self.data.clone(), &Env::at(now_ms));
        let facts = self.facts.as_ref();
        let mut world = self.world(facts, data, env, clock);
        let mut report = self.field_reported(input, &mut world, then)?;
        self.add_fixes(Tried::Field(Box::new(input.clone())), facts, now_ms, &mut report)?;
        self.masked_for(&mut report, facts);
        // A field alone is no request that AppSync would answer.
        report.response = None;
        Ok(report)
    }

    /// Runs one field in a world that other runs share with it. The response holds the field alone.
    ///
    /// # Errors
    /// As [`Replay::request`].
    pub fn field_in(&self, input: &FieldInput, world: &mut World<'_>) -> Result<RequestReport> {
        let mut report = self.field_reported(input, world, |_, _, _, _| {})?;
        self.masked_for(&mut report, world.facts);
        Ok(report)
    }

    /// Masks the caller's secrets in the report of a field alone.
    fn masked_for(&self, report: &mut RequestReport, facts: Option<&IdentityFacts>) {
        if let (false, Some(facts)) = (self.show_secrets, facts) {
            let mut known = Secrets::new();
            secrets::learn_facts(&mut known, facts);
            secrets::mask(&known, report);
        }
    }

    pub(super) fn field_reported(
        &self,
        input: &FieldInput,
        world: &mut World<'_>,
        then: impl FnOnce(&mut RequestReport, &mut FieldReport, &Execution, &Identity),
    ) -> Result<RequestReport> {
        let gate = gate::admit(self.gate_input(&[], "", world));
        let mut report = RequestReport {
            at: Some(time(world.env.now_ms)),
            clock: Some(world.clock),
            notes: self.api.notes(),
            ..RequestReport::default()
        };
        let Some(identity) = self.pass_gate(&mut report, gate) else {
            self.propose(&mut report, &[], &[], world);
            return Ok(report);
        };
        let return_type = self.api.schema.field(&input.parent_type, &input.field);
        let return_type = return_type.map_or_else(String::new, |field| field.ty.to_string());
        let asked = [Asked {
            parent_type: &input.parent_type,
            field: &input.field,
            response_key: &input.response_key,
            alone: true,
        }];
        let proof = Proof::of(None, None);
        let policies = self.policies(&identity, &asked, None, proof, world)?;
        policies.tell(&mut report);
        if self.refused_by_policies(&mut report, &asked, &policies, &identity, proof) {
            return Ok(report);
        }
        let caller = caller(&identity, &[]);
        let execution = self.executor.field(input, caller, world.data, world.env, world.record)?;
        let path = [json!(input.response_key)];
        let errors: Vec<Json> = execution.faults.iter().map(|fault| fault.to_json(&path, None)).collect();
        let mut body = json!({ "data": { input.response_key.as_str(): execution.value } });
        if let (false, Some(body)) = (errors.is_empty(), body.as_object_mut()) {
            body.insert("errors".into(), Json::Array(errors));
        }
        report.response = Some(HttpResponse { status: 200, body });
        let mut outcome = FieldOutcome::of(input.clone(), return_type, execution);
        report.missing.append(&mut outcome.execution.missing);
        add_notes(&mut report, std::mem::take(&mut outcome.execution.notes));
        let mut field = self.explained(&outcome, &identity);
        then(&mut report, &mut field, &outcome.execution, &identity);
        report.fields.push(field);
        decide(&mut report);
        policies.leave_open(&mut report);
        Ok(report)
    }
}
