//! A request out of a log: whose it is, what the log answers in place of data sources, and whether templates print
//! and fail as they did.

use serde_json::{Map, Value as Json, json};

use super::compare::same_message;
use super::counterfactual::Asked as Tried;
use super::{Replay, World, add_missing, add_notes, caller, decide};
use crate::error::Result;
use crate::execute::{Execution, FieldInput, FieldOutcome, LogCheck, RequestLog};
use crate::identity::mask::{mask, masked_tail};
use crate::identity::{Identity, IdentityFacts};
use crate::limits::Env;
use crate::report::{Decision, FieldError, FieldReport, GateOutcome, Missing, RequestReport, Stage, Verdict};
use crate::request::cloudwatch::{LoggedRequest, LoggedStep, LoggedTemplate};

impl Replay<'_> {
    /// Replays one request of a log. Who called is given for all requests, by their ids, or found in a `$ctx` that
    /// was printed into the log; otherwise what hangs on it is undecided.
    ///
    /// # Errors
    /// As [`Replay::request`].
    pub fn logged(&self, logged: &LoggedRequest) -> Result<RequestReport> {
        let (now_ms, clock) = self.clock(logged.request.at_ms);
        let (data, env) = (&mut self.data.clone(), &Env::at(now_ms));
        let printed = logged.context.as_ref().and_then(|context| context.get("identity"));
        let printed = printed.cloned().and_then(IdentityFacts::of_context);
        let given = self.facts_by_request.get(&logged.id).or(self.facts.as_ref());
        let facts = given.or(printed.as_ref());
        let mut world = self.world(facts, data, env, clock);
        let mut report = self.reported(&logged.request, &mut world, Some(logged))?;
        report.request_id = Some(logged.id.clone());
        if given.is_none() && printed.is_some() {
            add_notes(&mut report, vec!["the identity is that of a $ctx printed into the log".to_owned()]);
        }
        add_notes(&mut report, logged.gaps.clone());
        if facts.is_none() {
            identity_unknown(&mut report, logged);
        }
        if clock == "system" {
            time_unknown(&mut report);
        }
        held_against(&mut report, &logged.templates);
        let asked = Tried::Request(Box::new(logged.request.clone()), Some(logged));
        self.add_fixes(asked, facts, now_ms, &mut report)?;
        self.masked(&mut report, &logged.request, facts);
        Ok(report)
    }

    /// Runs the root fields whose templates are in the log, one by one: the query that selected them is not.
    pub(super) fn logged_roots(
        &self,
        report: &mut RequestReport,
        identity: &Identity,
        logged: &LoggedRequest,
        world: &mut World<'_>,
    ) -> Result<()> {
        let request = json!({ "headers": super::headers(&logged.request), "domainName": null });
        for template in roots(&logged.templates) {
            let Some((arguments, source)) = called_with(&logged.templates, &template.path) else { continue };
            let field = self.api.schema.field(&template.parent_type, &template.field);
            let Some(return_type) = field.map(|field| field.ty.to_string()) else { continue };
            let key = template.path.first().and_then(Json::as_str).unwrap_or(&template.field);
            let input = FieldInput {
                source,
                request: request.clone(),
                response_key: key.to_owned(),
                ..FieldInput::new(&template.parent_type, &template.field, arguments)
            };
            let log = RequestLog::new(&logged.templates);
            let mut execution =
                self.executor.logged_field(&input, caller(identity, &[]), world.data, world.env, log)?;
            masked_header(&mut execution, &logged.request.headers);
            let missing = std::mem::take(&mut execution.missing);
            add_missing(report, missing);
            add_notes(report, std::mem::take(&mut execution.notes));
            let mut check = LogCheck::default();
            add(&mut check, &mut execution);
            tell(report, &check);
            report.fields.push(self.explained(&FieldOutcome::of(input, return_type, execution), identity));
        }
        decide(report);
        // What was selected below the root can be denied too.
        if report.decision <= Decision::Undecided {
            report.decision = Decision::Undecided;
            report.stage = None;
            report.missing.push(Missing {
                fact: "query".to_owned(),
                why: "the log has no query, so what was selected is not known".to_owned(),
                give_by: "a log with verbose content".to_owned(),
                ..Missing::default()
            });
        } else {
            add_notes(report, vec!["root fields were run alone: the log has no query".to_owned()]);
        }
        Ok(())
    }
}

/// The first template of each root field.
fn roots(templates: &[LoggedTemplate]) -> Vec<&LoggedTemplate> {
    let mut roots: Vec<&LoggedTemplate> = Vec::new();
    for template in templates.iter().filter(|template| template.is_root()) {
        if !roots.iter().any(|known| known.path == template.path) {
            roots.push(template);
        }
    }
    roots
}

/// Whether the log tells what some root field was called with.
pub(super) fn knows_roots(templates: &[LoggedTemplate]) -> bool {
    roots(templates).iter().any(|template| called_with(templates, &template.path).is_some())
}

/// The arguments and the parent of a field, as its first template saw them.
fn called_with(templates: &[LoggedTemplate], path: &[Json]) -> Option<(Map<String, Json>, Json)> {
    let of_field = templates.iter().filter(|template| template.path == path);
    let context = of_field.filter_map(|template| template.context.as_ref()).next()?;
    Some((context.arguments.clone(), context.source.clone()))
}

/// Adds up how a field's templates compare with the log.
pub(super) fn add(all: &mut LogCheck, execution: &mut Execution) {
    let LogCheck { compared, differences, answers } = std::mem::take(&mut execution.log);
    all.compared += compared;
    all.differences.extend(differences);
    all.answers += answers;
}

/// A template that reads a header whose value the log masks decides by something else here than it did there.
pub(super) fn masked_header(execution: &mut Execution, headers: &[(String, String)]) {
    let masked = headers.iter().filter(|(_, value)| masked_tail(value).is_some());
    let mut missing = masked.filter_map(|(name, _)| {
        let name = name.to_ascii_lowercase();
        let run = execution.runs.iter().find(|run| {
            let text = run.program.source.text().to_ascii_lowercase();
            text.contains("headers") && text.contains(&name)
        })?;
        Some(Missing {
            fact: format!("header {name}"),
            why: format!("{} reads it, and the log masks its value", run.template),
            give_by: "a HAR of the request".to_owned(),
            ..Missing::default()
        })
    });
    let Some(missing) = missing.next() else { return };
    execution.decision = Decision::Undecided;
    execution.stage = None;
    execution.missing.push(missing);
}

/// Tells how the templates compare with the log.
pub(super) fn tell(report: &mut RequestReport, check: &LogCheck) {
    let LogCheck { compared, differences, answers } = check;
    let mut notes = Vec::new();
    if *answers > 0 {
        notes.push("what data sources answered was taken from the log".to_owned());
    }
    if *compared > 0 {
        let alike = compared - differences.len().min(*compared);
        notes.push(format!("{alike} of {compared} templates printed what the log holds"));
    }
    add_notes(report, notes);
    for difference in differences {
        if !report.differences.contains(difference) {
            report.differences.push(difference.clone());
        }
    }
}

/// A log never holds the identity. What it proves all the same: a field whose template said no was refused, whoever
/// asked.
fn identity_unknown(report: &mut RequestReport, logged: &LoggedRequest) {
    let Some(missing) = report.missing.iter_mut().find(|missing| missing.fact == "identity") else { return };
    "AppSync leaves the identity out of its logs".clone_into(&mut missing.why);
    missing.give_by = format!("--identity FILE, for all requests or as {{\"{}\": {{..}}}}", logged.id);
    let credential = logged.request.header("authorization").filter(|value| masked_tail(value).is_some());
    let check = report
        .gate
        .iter_mut()
        .flat_map(|gate| &mut gate.checks)
        .find(|check| check.code == "no-credential" && check.verdict == Verdict::Unknown);
    if let Some(check) = check {
        check.found = match credential {
            Some(masked) => format!("Authorization {}, masked by the log", mask(masked)),
            None => "the log has no request headers".to_owned(),
        };
    }
    if let Some(recorded) = logged.request.recorded.as_ref().filter(|recorded| recorded.status != 200) {
        let error_type = super::socket::answer(recorded).error_type.map(|name| format!(" {name}")).unwrap_or_default();
        report.notes.push(format!("the log holds {}{error_type}", recorded.status));
        return;
    }
    if report.decision != Decision::Undecided {
        return;
    }
    for template in logged.templates.iter().filter(|template| template.in_error) {
        let Some(message) = template.errors.iter().find(|message| is_refusal(message)) else { continue };
        if report.fields.iter().any(|field| field.path == template.path) {
            continue;
        }
        let place = words(template);
        report.notes.push(format!("the log holds the refusal, in {place}; the identity tells which branch it was"));
        report.fields.push(FieldReport {
            path: template.path.clone(),
            parent_type: template.parent_type.clone(),
            field: template.field.clone(),
            decision: Decision::Denied,
            stage: Some(Stage::Resolver),
            error: Some(FieldError { message: message.clone(), error_type: Some("Unauthorized".to_owned()) }),
            ..FieldReport::default()
        });
    }
    decide(report);
}

/// Where the log has no times, nobody knows whether a token had expired.
fn time_unknown(report: &mut RequestReport) {
    let expired = report.cause.as_ref().is_some_and(|cause| matches!(cause.code, "token-expired" | "api-key-expired"));
    if !expired {
        return;
    }
    report.decision = Decision::Undecided;
    report.cause = None;
    report.response = None;
    report.reproduced = None;
    report.differences.clear();
    if let Some(gate) = &mut report.gate {
        gate.outcome = GateOutcome::Undecided;
        gate.status = report.recorded.as_ref().map_or(gate.status, |recorded| recorded.status);
        (gate.error_type, gate.message) = (None, None);
        for check in gate.checks.iter_mut().filter(|check| check.verdict == Verdict::Fail) {
            check.verdict = Verdict::Unknown;
            // `exp TIME, so long before the request`: the second half is what nobody knows.
            check.found.truncate(check.found.find(',').unwrap_or(check.found.len()));
            "a time after the request's, which is not in the log".clone_into(&mut check.expected);
        }
    }
    report.missing.push(Missing {
        fact: "time of the request".to_owned(),
        why: "the log has no times, and the credential has expired since".to_owned(),
        give_by: "--now".to_owned(),
        ..Missing::default()
    });
}

fn is_refusal(message: &str) -> bool {
    message.starts_with("Not Authorized to access ")
}

/// Holds the fields that failed against those that failed in the log.
fn held_against(report: &mut RequestReport, templates: &[LoggedTemplate]) {
    if templates.is_empty() || report.gate.as_ref().is_none_or(|gate| gate.outcome != GateOutcome::Passed) {
        // A status alone bears out a refusal by the gate; of an answer with 200 it says little.
        if report.reproduced == Some(true) && report.recorded.as_ref().is_some_and(|recorded| recorded.status == 200) {
            report.reproduced = None;
        }
        return;
    }
    let mut differences = Vec::new();
    let open = |path: &[Json]| {
        let undecided = report.fields.iter().filter(|field| field.decision == Decision::Undecided);
        undecided.into_iter().any(|field| path.starts_with(&field.path))
    };
    for template in templates.iter().filter(|template| template.in_error && !open(&template.path)) {
        let logged = template.errors.first().map(String::as_str).unwrap_or_default();
        let here = report.fields.iter().find(|field| field.path == template.path);
        match here.and_then(|field| field.error.as_ref()) {
            None => differences.push(format!("logged, not here: {} failed: {logged}", words(template))),
            Some(error) if !logged.is_empty() && !template.errors.iter().any(|it| same_message(it, &error.message)) => {
                differences.push(format!("message: logged \"{logged}\", here \"{}\"", error.message));
            }
            Some(_) => {}
        }
    }
    for field in report.fields.iter().filter(|field| field.decision == Decision::Denied) {
        let of_field = || templates.iter().filter(|template| template.path == field.path);
        if of_field().any(is_last) && !of_field().any(|template| template.in_error) {
            differences.push(format!("here, not logged: {}.{} denied", field.parent_type, field.field));
        }
    }
    if !differences.is_empty() {
        report.reproduced = Some(false);
    }
    differences.append(&mut report.differences);
    report.differences = differences;
}

/// Whether no template of the field comes behind this one: where it is logged and did not fail, none did.
fn is_last(template: &LoggedTemplate) -> bool {
    let own = template.function.is_none();
    template.step == LoggedStep::After || (own && template.step == LoggedStep::Response)
}

/// A template in words: `the response template of Query.order`.
fn words(template: &LoggedTemplate) -> String {
    let field = format!("{}.{}", template.parent_type, template.field);
    let step = format!("{:?}", template.step).to_lowercase();
    match &template.function {
        Some(function) => format!("the {step} template of function {function} of {field}"),
        None => format!("the {step} template of {field}"),
    }
}
