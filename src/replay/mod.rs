//! A request, from its headers to its report: gate, operation, fields, answer. Knows every layer of the service and
//! the explanation; prints nothing and reads no files.

mod compare;
mod delivery;
mod name;
mod secrets;
mod silent;
mod world;

pub use name::unknown_field;
pub use world::World;

use serde_json::{Map, Value as Json, json};

use crate::api::{Api, AuthMode};
use crate::error::Result;
use crate::execute::{
    self, Admission, Caller, Execution, Executor, FieldInput, FieldOutcome, RecordedAnswer, Refusal, Setting,
};
use crate::explain::{self, AuthorRules};
use crate::gate::{self, Answer, GateInput, GateResult};
use crate::identity::jwks::KeySet;
use crate::identity::{Identity, IdentityFacts};
use crate::limits::Env;
use crate::report::{
    Cause, Decision, FieldError, FieldReport, GateOutcome, HttpResponse, Missing, Operation, RequestReport, Stage,
};
use crate::request::operation::{self, RequestFault};
use crate::request::{CapturedRequest, RecordedBody};
use crate::secrets::Secrets;
use crate::source::Data;

/// What a replay works with.
#[derive(Debug)]
pub struct Replay<'a> {
    api: &'a Api,
    executor: Executor<'a>,
    author: AuthorRules,
    /// What the data sources hold; every request starts from a fresh copy.
    pub data: Data,
    /// Facts about the caller that requests do not carry.
    pub facts: Option<IdentityFacts>,
    /// Keys to verify signatures with.
    pub keys: Option<KeySet>,
    /// The clock, in place of the requests' own time.
    pub now_ms: Option<i64>,
    /// The system's clock, for requests that carry no time.
    pub system_ms: i64,
    /// Whether tokens, keys and signatures are shown whole.
    pub show_secrets: bool,
}

impl<'a> Replay<'a> {
    /// Over an API, with nothing else known.
    pub fn new(api: &'a Api, system_ms: i64) -> Self {
        let author = AuthorRules::read(&api.author_schemas);
        Replay {
            api,
            executor: Executor::new(api),
            author,
            data: Data::not_given(),
            facts: None,
            keys: None,
            now_ms: None,
            system_ms,
            show_secrets: false,
        }
    }

    /// Replays one captured request.
    ///
    /// # Errors
    /// An API that cannot be read, or a template of it that does not parse.
    pub fn request(&self, request: &CapturedRequest) -> Result<RequestReport> {
        let (now_ms, clock) = self.clock(request.at_ms);
        let (data, env) = (&mut self.data.clone(), &Env::at(now_ms));
        let facts = self.facts.as_ref();
        self.request_in(request, &mut World { facts, data, env, clock, record: true, skip_absent_policies: false })
    }

    /// Replays one request in a world that other requests share with it.
    ///
    /// # Errors
    /// As [`Replay::request`].
    pub fn request_in(&self, request: &CapturedRequest, world: &mut World<'_>) -> Result<RequestReport> {
        let mut report = self.reported(request, world)?;
        let token = world.facts.and_then(|facts| facts.token.as_deref());
        if self.show_secrets {
            let whole = request.header("authorization").or_else(|| request.header("x-api-key")).or(token);
            let credential = report.gate.as_mut().and_then(|gate| gate.credential.as_mut());
            if let (Some(credential), Some(whole)) = (credential, whole) {
                credential.shown = Some(whole.to_owned());
            }
        } else {
            let mut known = secrets::of_request(request);
            world.facts.iter().for_each(|facts| secrets::learn_facts(&mut known, facts));
            secrets::mask(&known, &mut report);
        }
        Ok(report)
    }

    fn reported(&self, request: &CapturedRequest, world: &mut World<'_>) -> Result<RequestReport> {
        let now_ms = world.env.now_ms;
        let recorded = request.recorded.as_ref();
        let answer = recorded.map(|recorded| Answer::new(recorded.status, recorded.body.as_json()));
        let gate =
            self.gate(&request.headers, &request.host, world, answer.as_ref(), request.may_have_lost_credentials());
        let mut report = RequestReport {
            source: Some(request.source.clone()),
            at: Some(time(now_ms)),
            clock: Some(world.clock),
            recorded: recorded.map(|recorded| HttpResponse {
                status: recorded.status,
                body: match &recorded.body {
                    RecordedBody::Json(json) => json.clone(),
                    RecordedBody::Text(text) => Json::String(text.clone()),
                    RecordedBody::Absent => Json::Null,
                },
            }),
            notes: self.api.notes(),
            ..RequestReport::default()
        };
        let prepared = operation::prepare(&self.api.schema, &request.body);
        if let Ok(operation) = &prepared {
            report.operation = Some(Operation { kind: operation.kind.keyword(), name: operation.name.clone() });
        }
        let mode = gate.gate.mode.and_then(AuthMode::from_name);
        let Some(identity) = self.pass_gate(&mut report, gate) else {
            if let (Decision::Undecided, Some(mode), Ok(operation), Some(200)) =
                (report.decision, mode, &prepared, recorded.map(|recorded| recorded.status))
            {
                self.refused_whoever(&mut report, operation, mode);
            }
            compare::reproduced(&mut report);
            return Ok(report);
        };
        match prepared {
            Ok(operation) => self.fields(&mut report, &operation, &identity, request, world)?,
            Err(fault) => refused_request(&mut report, fault),
        }
        compare::reproduced(&mut report);
        Ok(report)
    }

    /// Runs one field for the caller that the facts describe, without a capture.
    ///
    /// # Errors
    /// As [`Replay::request`].
    pub fn field(&self, input: &FieldInput) -> Result<RequestReport> {
        self.field_then(input, |_, _, _, _| {})
    }

    /// As [`Replay::field`]; what follows from the execution may change the field's report.
    fn field_then(
        &self,
        input: &FieldInput,
        then: impl FnOnce(&mut RequestReport, &mut FieldReport, &Execution, &Identity),
    ) -> Result<RequestReport> {
        let (now_ms, clock) = self.clock(None);
        let (data, env) = (&mut self.data.clone(), &Env::at(now_ms));
        let facts = self.facts.as_ref();
        let mut world = World { facts, data, env, clock, record: true, skip_absent_policies: false };
        let mut report = self.field_in_then(input, &mut world, then)?;
        // A field alone is no request that AppSync would answer.
        report.response = None;
        Ok(report)
    }

    /// Runs one field in a world that other runs share with it. The response holds the field alone.
    ///
    /// # Errors
    /// As [`Replay::request`].
    pub fn field_in(&self, input: &FieldInput, world: &mut World<'_>) -> Result<RequestReport> {
        self.field_in_then(input, world, |_, _, _, _| {})
    }

    fn field_in_then(
        &self,
        input: &FieldInput,
        world: &mut World<'_>,
        then: impl FnOnce(&mut RequestReport, &mut FieldReport, &Execution, &Identity),
    ) -> Result<RequestReport> {
        let gate = self.gate(&[], "", world, None, false);
        let mut report = RequestReport {
            at: Some(time(world.env.now_ms)),
            clock: Some(world.clock),
            notes: self.api.notes(),
            ..RequestReport::default()
        };
        let Some(identity) = self.pass_gate(&mut report, gate) else { return Ok(report) };
        let return_type = self.api.schema.field(&input.parent_type, &input.field);
        let return_type = return_type.map_or_else(String::new, |field| field.ty.to_string());
        let execution = self.executor.field(input, caller(&identity), world.data, world.env, world.record)?;
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
        iam_policy_unknown(&mut report, &identity, world);
        if let (false, Some(facts)) = (self.show_secrets, world.facts) {
            let mut known = Secrets::new();
            secrets::learn_facts(&mut known, facts);
            secrets::mask(&known, &mut report);
        }
        Ok(report)
    }

    /// The clock of a run and where it came from.
    fn clock(&self, at_ms: Option<i64>) -> (i64, &'static str) {
        match (self.now_ms, at_ms) {
            (Some(now), _) => (now, "--now"),
            (None, Some(at)) => (at, "capture"),
            (None, None) => (self.system_ms, "system"),
        }
    }

    fn gate(
        &self,
        headers: &[(String, String)],
        host: &str,
        world: &World<'_>,
        recorded: Option<&Answer>,
        may_have_lost_credentials: bool,
    ) -> GateResult {
        gate::admit(GateInput {
            headers,
            host,
            default: &self.api.default_provider,
            additional: &self.api.additional,
            declared_keys: &self.api.api_keys,
            now_ms: world.env.now_ms,
            keys: self.keys.as_ref(),
            facts: world.facts,
            recorded,
            may_have_lost_credentials,
        })
    }

    /// Puts the gate's result into the report; the caller, if he was let in.
    fn pass_gate(&self, report: &mut RequestReport, gate: GateResult) -> Option<Identity> {
        let outcome = gate.gate.outcome;
        report.gate = Some(gate.gate);
        report.missing.extend(gate.missing);
        add_notes(report, gate.notes);
        match outcome {
            GateOutcome::Passed => {}
            GateOutcome::Refused => {
                report.decision = Decision::Denied;
                report.stage = Some(Stage::Gate);
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

    /// A caller whose identity nobody gave, but whose mode the schema refuses on some root field, is refused there
    /// whoever he is: the recorded answer proves that the gate let him through.
    fn refused_whoever(&self, report: &mut RequestReport, operation: &operation::Operation, mode: AuthMode) {
        let caller = Caller { mode, identity: &Json::Null, groups: None, denied_fields: &[] };
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

    fn fields(
        &self,
        report: &mut RequestReport,
        operation: &operation::Operation,
        identity: &Identity,
        request: &CapturedRequest,
        world: &mut World<'_>,
    ) -> Result<()> {
        let request = json!({ "headers": headers(request), "domainName": null });
        let recorded = report.recorded.take();
        let witness = recorded.as_ref().and_then(|recorded| RecordedAnswer::new(&recorded.body));
        let setting = Setting {
            caller: caller(identity),
            request: &request,
            env: world.env,
            record: world.record,
            recorded: witness,
        };
        let mut told: Vec<(usize, FieldReport)> = Vec::new();
        let mut done = |mut outcome: FieldOutcome| {
            add_missing(report, std::mem::take(&mut outcome.execution.missing));
            add_notes(report, std::mem::take(&mut outcome.execution.notes));
            // Below the root, only what did not simply reach its value is worth telling.
            if outcome.path.len() == 1 || outcome.execution.decision != Decision::Allowed {
                told.push((outcome.turn, self.explained(&outcome, identity)));
            }
        };
        let body = execute::perform(&self.executor, operation, setting, world.data, &mut done)?;
        report.recorded = recorded;
        if operation.fields.iter().any(|field| field.is_meta() && field.name != "__typename") {
            add_notes(report, vec!["introspection is not answered: __schema and __type are left out".to_owned()]);
        }
        told.sort_by_key(|(turn, _)| *turn);
        report.fields = told.into_iter().map(|(_, field)| field).collect();
        report.response = Some(HttpResponse { status: 200, body });
        decide(report);
        iam_policy_unknown(report, identity, world);
        Ok(())
    }

    fn explained(&self, outcome: &FieldOutcome, identity: &Identity) -> FieldReport {
        let FieldOutcome { path, input, return_type, execution, misfit, .. } = outcome;
        let question = explain::Question {
            api: self.api,
            author: &self.author,
            input,
            mode: identity.mode,
            identity: &identity.context,
            token_use: identity.token_use.as_deref(),
        };
        // A template's denial is explained from its events.
        let known = execution.runs.is_empty()
            || execution.misprint.is_some()
            || execution.runs.iter().any(|run| !run.events.is_empty());
        let explanation = if known { explain::explain(question, execution) } else { Default::default() };
        let fault = execution.fault();
        let fault = fault.map(|fault| (fault.message.clone(), fault.error_type.clone()));
        let error = fault.or_else(|| misfit.as_ref().map(|misfit| (misfit.message.clone(), None)));
        FieldReport {
            path: path.clone(),
            parent_type: input.parent_type.clone(),
            field: input.field.clone(),
            return_type: return_type.clone(),
            decision: execution.decision,
            stage: execution.stage,
            error: error.map(|(message, error_type)| FieldError { message, error_type }),
            site: explanation.site,
            because: explanation.because,
            rules: explanation.rules,
            fixes: Vec::new(),
            cause: explanation.cause.or_else(|| silent::cause(outcome)),
            hazards: explanation.hazards,
            delivery: None,
        }
    }
}

fn caller(identity: &Identity) -> Caller<'_> {
    Caller {
        mode: identity.mode,
        identity: &identity.context,
        groups: identity.groups.as_deref(),
        denied_fields: &identity.denied_fields,
    }
}

fn refused_request(report: &mut RequestReport, fault: RequestFault) {
    match fault {
        RequestFault::Answer { status, body } => {
            let message = body.pointer("/errors/0/message").and_then(Json::as_str).unwrap_or_default().to_owned();
            report.decision = Decision::Error;
            report.cause = Some(Cause { code: "resolver-error", text: message });
            report.response = Some(HttpResponse { status, body });
        }
        RequestFault::Missing(missing) => {
            report.decision = Decision::Undecided;
            report.missing.push(missing);
        }
    }
}

/// The request's decision is the worst of its fields'.
fn decide(report: &mut RequestReport) {
    let Some(worst) = report.fields.iter().max_by_key(|field| field.decision) else { return };
    report.decision = worst.decision;
    report.stage = worst.stage;
    report.cause.clone_from(&worst.cause);
}

/// IAM policies are not evaluated yet: what the templates allow may still be refused by a policy. Only a recorded
/// answer with status 200 settles that it was not.
fn iam_policy_unknown(report: &mut RequestReport, identity: &Identity, world: &World<'_>) {
    let settled = report.recorded.as_ref().is_some_and(|recorded| recorded.status == 200);
    if identity.mode != AuthMode::Iam || settled || report.decision >= Decision::Undecided {
        return;
    }
    if world.skip_absent_policies && identity.policies.is_none() {
        return add_notes(report, vec!["the caller's IAM policies were not given: that stage was skipped".to_owned()]);
    }
    report.decision = Decision::Undecided;
    report.stage = Some(Stage::Iam);
    report.missing.push(Missing {
        fact: "IAM policy of the caller".to_owned(),
        why: "schema and templates let the caller through, and whether a policy does is not evaluated yet".to_owned(),
        give_by: "a capture that holds the answer".to_owned(),
        ..Missing::default()
    });
}

/// A fact that many fields miss is one fact.
fn add_missing(report: &mut RequestReport, missing: Vec<Missing>) {
    for fact in missing {
        if !report.missing.contains(&fact) {
            report.missing.push(fact);
        }
    }
}

fn add_notes(report: &mut RequestReport, notes: Vec<String>) {
    for note in notes {
        if !report.notes.contains(&note) {
            report.notes.push(note);
        }
    }
}

/// `$ctx.request.headers`: names in lower case, repeated ones a list, without cookies.
fn headers(request: &CapturedRequest) -> Map<String, Json> {
    let mut headers = Map::new();
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        if name == "cookie" {
            continue;
        }
        let value = Json::String(value.clone());
        let merged = match headers.remove(&name) {
            None => value,
            Some(Json::Array(mut many)) => {
                many.push(value);
                Json::Array(many)
            }
            Some(one) => Json::Array(vec![one, value]),
        };
        headers.insert(name, merged);
    }
    headers
}

/// A moment as RFC 3339 in UTC.
fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |time| time.to_string())
}
