//! A request, from its headers to its report: gate, operation, fields, answer. Knows every layer of the service and
//! the explanation; prints nothing and reads no files.

mod admit;
mod compare;
mod counterfactual;
mod delivery;
mod logged;
mod name;
mod nulled;
mod one_field;
mod policies;
mod secrets;
mod silent;
mod socket;
mod traps;
mod who_can;
mod world;

pub use counterfactual::SentToken;
pub use name::{UnknownArgument, unknown_arguments, unknown_field};
pub use who_can::given::{Given, optional as optional_arguments};
pub use who_can::model as who;
pub use world::{ArgumentEdit, World};

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use crate::api::{Api, AuthMode};
use crate::compile::CompileError;
use crate::error::Result;
use crate::execute::{
    self, Caller, Coverage, Executor, FieldOutcome, LogCheck, PolicyRefusal, RecordedAnswer, RequestLog, Setting,
};
use crate::explain::{self, AuthorRules};
use crate::gate::{self, GateInput};
use crate::identity::jwks::KeySet;
use crate::identity::{Identity, IdentityFacts};
use crate::limits::Env;
use crate::report::{
    Cause, Decision, FieldError, FieldReport, HttpResponse, Missing, Operation, RequestReport, SubscriptionFilter,
    Transport,
};
use crate::request::cloudwatch::LoggedRequest;
use crate::request::operation::{self, RequestFault};
use crate::request::{CapturedRequest, RecordedBody};
use crate::source::Data;
use admit::usable;
use counterfactual::{Asked as Tried, Case};
use policies::{Asked, Policies, Proof};

/// Denied requests of one replay whose fixes are looked for.
const MOST_FIXED: usize = 100;

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
    /// The same for single requests, by AppSync's ids of them in lower case; they go before those for all.
    pub facts_by_request: IndexMap<String, IdentityFacts>,
    /// Keys to verify signatures with.
    pub keys: Option<KeySet>,
    /// The clock, in place of the requests' own time.
    pub now_ms: Option<i64>,
    /// The system's clock, for requests that carry no time.
    pub system_ms: i64,
    /// Whether tokens, keys and signatures are shown whole.
    pub show_secrets: bool,
    /// Of how many denied requests to find out what would have allowed them. A request costs some ten runs, and nobody
    /// reads the fixes of thousands.
    pub fixes: AtomicUsize,
    /// Whether an IAM caller whose policies nobody gave passes them: see [`World::skip_absent_policies`].
    pub skip_absent_policies: bool,
    /// Whether the fields that reached their value are explained, too: which rule let the caller in.
    pub explain_allowed: bool,
    /// Whether reports hold every template line by line, with the values of what ran.
    pub trace: bool,
    /// Tokens of all requests of the captures: one may be what another request needed.
    pub tokens: Vec<SentToken>,
}

impl<'a> Replay<'a> {
    /// Over an API, with nothing else known.
    pub fn new(api: &'a Api, system_ms: i64) -> Self {
        Replay { author: AuthorRules::read(&api.author_schemas), ..Replay::with(Executor::new(api), system_ms) }
    }

    fn with(executor: Executor<'a>, system_ms: i64) -> Self {
        Replay {
            api: executor.api,
            executor,
            author: AuthorRules::default(),
            data: Data::not_given(),
            facts: None,
            facts_by_request: IndexMap::new(),
            keys: None,
            tokens: Vec::new(),
            now_ms: None,
            system_ms,
            show_secrets: false,
            fixes: AtomicUsize::new(MOST_FIXED),
            skip_absent_policies: false,
            explain_allowed: false,
            trace: false,
        }
    }

    /// Runs a text in place of a template's own from here on: what somebody edits and has not saved.
    ///
    /// # Errors
    /// A text that does not parse; the template stays as it was.
    pub fn edit(&self, template: &str, text: &str) -> std::result::Result<(), CompileError> {
        self.executor.edit(template, text)
    }

    /// Counts from here on what the templates do.
    pub fn count(&mut self, coverage: Arc<Coverage>) {
        self.executor = self.executor.counting(coverage);
    }

    /// The same for runs of which only the decision and what ran is looked at; what is compiled is shared.
    #[must_use]
    pub(crate) fn bare(&self) -> Replay<'a> {
        self.over(self.api)
    }

    /// The same over a variant of the API, for a run whose report nobody reads but for its decision.
    fn over<'b>(&self, api: &'b Api) -> Replay<'b> {
        Replay {
            keys: self.keys.clone(),
            now_ms: self.now_ms,
            skip_absent_policies: self.skip_absent_policies,
            fixes: AtomicUsize::new(0),
            ..Replay::with(self.executor.over(api), self.system_ms)
        }
    }

    /// Replays one captured request.
    ///
    /// # Errors
    /// An API that cannot be read, or a template of it that does not parse.
    pub fn request(&self, request: &CapturedRequest) -> Result<RequestReport> {
        let (now_ms, clock) = self.clock(request.at_ms);
        let (data, env) = (&mut self.data.clone(), &Env::at(now_ms));
        let known = request.request_id().and_then(|id| self.facts_by_request.get(&id.to_ascii_lowercase()));
        let facts = known.or(self.facts.as_ref());
        let mut world = self.world(facts, data, env, clock);
        let mut report = self.reported(request, &mut world, None)?;
        let asked = Tried::Request(Box::new(request.clone()), None);
        self.add_fixes(asked, facts, now_ms, &mut report)?;
        self.masked(&mut report, request, facts);
        Ok(report)
    }

    /// Adds what would have allowed it, each tried by running it again.
    fn add_fixes(
        &self,
        asked: Tried<'_>,
        facts: Option<&IdentityFacts>,
        now_ms: i64,
        report: &mut RequestReport,
    ) -> Result<()> {
        let left = |left: usize| left.checked_sub(1);
        let denied = report.decision == Decision::Denied;
        if !denied || self.fixes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_err() {
            return Ok(());
        }
        let case = Case::new(asked, facts, &self.data, now_ms, report);
        counterfactual::add(self, &case, report)
    }

    /// Replays one request in a world that other requests share with it.
    ///
    /// # Errors
    /// As [`Replay::request`].
    pub fn request_in(&self, request: &CapturedRequest, world: &mut World<'_>) -> Result<RequestReport> {
        let mut report = self.reported(request, world, None)?;
        self.masked(&mut report, request, world.facts);
        Ok(report)
    }

    /// Masks the request's secrets in the report, or shows its credential whole if asked to.
    fn masked(&self, report: &mut RequestReport, request: &CapturedRequest, facts: Option<&IdentityFacts>) {
        let token = facts.and_then(|facts| facts.token.as_deref());
        if self.show_secrets {
            let whole = request.header("authorization").or_else(|| request.header("x-api-key")).or(token);
            let credential = report.gate.as_mut().and_then(|gate| gate.credential.as_mut());
            if let (Some(credential), Some(whole)) = (credential, whole) {
                credential.shown = Some(whole.to_owned());
            }
        } else {
            let mut known = secrets::of_request(request);
            facts.iter().for_each(|facts| secrets::learn_facts(&mut known, facts));
            secrets::mask(&known, report);
        }
    }

    fn reported(
        &self,
        request: &CapturedRequest,
        world: &mut World<'_>,
        log: Option<&LoggedRequest>,
    ) -> Result<RequestReport> {
        let now_ms = world.env.now_ms;
        let recorded = request.recorded.as_ref();
        let answer = recorded.map(socket::answer);
        let wrong_endpoint = socket::wrong_endpoint(request);
        let headers = usable(&request.headers);
        let gate = gate::admit(GateInput {
            transport: request.transport,
            wrong_endpoint: wrong_endpoint.as_ref(),
            may_have_lost_credentials: request.may_have_lost_credentials(),
            recorded: answer.as_ref(),
            ..self.gate_input(&headers, &request.host, world)
        });
        let mut report = RequestReport {
            source: Some(request.source.clone()),
            transport: request.transport,
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
        add_notes(&mut report, request.notes.clone());
        if request.transport == Transport::Connect {
            let identity = self.pass_gate(&mut report, gate);
            self.propose(&mut report, &request.headers, &[], world);
            socket::connect(&mut report, identity.is_some());
            if let Some(identity) = &identity {
                let asked = [Asked::connect(self.api.schema.subscription_type())];
                let proof = Proof::of(answer.as_ref(), None);
                let policies = self.policies(identity, &asked, Some(request), proof, world)?;
                policies.tell(&mut report);
                if !self.refused_by_policies(&mut report, &asked, &policies, identity, proof) {
                    policies.leave_open(&mut report);
                }
            }
            socket::reproduced(&mut report);
            add_lost(&mut report, request);
            return Ok(report);
        }
        let mut prepared = operation::prepare(&self.api.schema, &request.body);
        if let Ok(operation) = &mut prepared {
            world.arguments.iter().for_each(|edit| counterfactual::edit_argument(operation, edit));
        }
        if let Ok(operation) = &prepared {
            report.operation = Some(Operation { kind: operation.kind.keyword(), name: operation.name.clone() });
        }
        let proof = Proof::of(answer.as_ref(), recorded.and_then(|recorded| recorded.body.as_json()));
        let mode = gate.gate.mode.and_then(AuthMode::from_name);
        let Some(identity) = self.pass_gate(&mut report, gate) else {
            let fields = prepared.as_ref().map(|operation| operation.fields.as_slice()).unwrap_or_default();
            self.propose(&mut report, &request.headers, fields, world);
            let by_policy = match &prepared {
                Ok(operation) => self.refused_by_unknown_policies(&mut report, operation, proof, world)?,
                Err(_) => false,
            };
            if by_policy {
                compare::reproduced(&mut report);
                return Ok(report);
            }
            if let (Decision::Undecided, Some(mode), Ok(operation), Some(200)) =
                (report.decision, mode, &prepared, recorded.map(|recorded| recorded.status))
            {
                self.refused_whoever(&mut report, operation, mode);
            }
            compare::reproduced(&mut report);
            add_lost(&mut report, request);
            return Ok(report);
        };
        match prepared {
            Ok(operation) => {
                let asked = Asked::roots(&operation);
                let policies = self.policies(&identity, &asked, Some(request), proof, world)?;
                policies.tell(&mut report);
                if !self.refused_by_policies(&mut report, &asked, &policies, &identity, proof) {
                    self.fields(&mut report, &operation, (&identity, &policies), request, world, log)?;
                    policies.leave_open(&mut report);
                }
            }
            Err(RequestFault::Missing(missing)) => match log.filter(|log| logged::knows_roots(&log.templates)) {
                Some(log) => self.logged_roots(&mut report, &identity, log, world)?,
                None => refused_request(&mut report, RequestFault::Missing(missing)),
            },
            Err(fault) => refused_request(&mut report, fault),
        }
        compare::reproduced(&mut report);
        add_lost(&mut report, request);
        Ok(report)
    }

    /// A world of a request's own, with everything recorded.
    fn world<'w>(
        &self,
        facts: Option<&'w IdentityFacts>,
        data: &'w mut Data,
        env: &'w Env,
        clock: &'static str,
    ) -> World<'w> {
        let skip_absent_policies = self.skip_absent_policies;
        World { facts, data, env, clock, record: true, skip_absent_policies, arguments: &[] }
    }

    /// The clock of a run and where it came from.
    fn clock(&self, at_ms: Option<i64>) -> (i64, &'static str) {
        match (self.now_ms, at_ms) {
            (Some(now), _) => (now, "--now"),
            (None, Some(at)) => (at, "capture"),
            (None, None) => (self.system_ms, "system"),
        }
    }

    fn fields(
        &self,
        report: &mut RequestReport,
        operation: &operation::Operation,
        (identity, policies): (&Identity, &Policies),
        request: &CapturedRequest,
        world: &mut World<'_>,
        log: Option<&LoggedRequest>,
    ) -> Result<()> {
        let headers_sent = request.headers.as_slice();
        let request = json!({ "headers": headers(request), "domainName": null });
        let recorded = report.recorded.take();
        let witness = recorded.as_ref().and_then(|recorded| RecordedAnswer::new(&recorded.body));
        let setting = Setting {
            caller: caller(identity, &policies.refused),
            request: &request,
            env: world.env,
            record: world.record,
            recorded: witness,
            log: log.map(|log| RequestLog::new(&log.templates)),
        };
        let mut check = LogCheck::default();
        let mut told: Vec<(usize, FieldReport)> = Vec::new();
        let mut done = |mut outcome: FieldOutcome| {
            if log.is_some() {
                logged::masked_header(&mut outcome.execution, headers_sent);
            }
            add_missing(report, std::mem::take(&mut outcome.execution.missing));
            add_notes(report, std::mem::take(&mut outcome.execution.notes));
            logged::add(&mut check, &mut outcome.execution);
            let field = self.explained(&outcome, identity);
            // Below the root, only what did not simply reach its value is worth telling, or met a trap on the way.
            let known = |hazard| told.iter().any(|(_, other)| other.hazards.contains(hazard));
            let simply = field.decision == Decision::Allowed && field.hazards.iter().all(known);
            if outcome.path.len() == 1 || !simply {
                told.push((outcome.turn, field));
            }
        };
        let body = execute::perform(&self.executor, operation, setting, world.data, &mut done)?;
        report.recorded = recorded;
        logged::tell(report, &check);
        if operation.fields.iter().any(|field| field.is_meta() && field.name != "__typename") {
            add_notes(report, vec!["introspection is not answered: __schema and __type are left out".to_owned()]);
        }
        told.sort_by_key(|(turn, _)| *turn);
        report.fields = told.into_iter().map(|(_, field)| field).collect();
        report.response = Some(HttpResponse { status: 200, body });
        nulled::tell(report);
        decide(report);
        if world.record {
            self.add_traps(report, operation, identity);
        }
        Ok(())
    }

    /// Which events a registered subscription receives.
    fn receives(&self, outcome: &FieldOutcome) -> Option<SubscriptionFilter> {
        let FieldOutcome { input, execution, .. } = outcome;
        let schema = &self.api.schema;
        let registered = execution.decision == Decision::Allowed && input.parent_type == schema.subscription_type();
        registered.then(|| SubscriptionFilter::of(execution, input, schema))
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
        let allowed = match self.explain_allowed && known {
            true => explain::allowed::explain(question, execution),
            false => Default::default(),
        };
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
            admitted_by: allowed.admitted_by,
            allowed_by: allowed.by,
            slice: explanation.slice,
            rules: explanation.rules,
            fixes: Vec::new(),
            cause: explanation.cause.or_else(|| silent::cause(outcome)),
            hazards: explanation.hazards,
            subscription_filter: self.receives(outcome),
            delivery: None,
            proposals: explanation.proposals,
            trace: if self.trace { explain::trace(&execution.runs) } else { Vec::new() },
        }
    }
}

fn caller<'a>(identity: &'a Identity, policy_refusals: &'a [PolicyRefusal]) -> Caller<'a> {
    Caller {
        policy_refusals,
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
            let text = format!("the request is refused before any resolver, and whoever asks: {message}");
            report.cause = Some(Cause { code: "resolver-error", text });
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

/// Adds what the capture names without holding it: it says more than the same fact without a reason.
fn add_lost(report: &mut RequestReport, request: &CapturedRequest) {
    let told = |fact: &str| {
        request.lost.iter().any(|lost| lost.fact == fact || (fact == "identity" && lost.fact.starts_with("header")))
    };
    report.missing.retain(|missing| !told(&missing.fact));
    add_missing(report, request.lost.clone());
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
