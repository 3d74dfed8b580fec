//! What the page shows, as plain data for its template.

use serde::Serialize;
use serde_json::Value as Json;

use super::code::{self, Template};
use super::path::{self, Step};
use crate::causes;
use crate::render::text::words::{self, count};
use crate::render::text::{by_specificity, lead, place, received, said, says, source, status, unnamed, who, worded};
use crate::report::{
    self, Check, Condition, Decision, Delivery, FieldReport, FilteredBy, GateOutcome, Hazard, Missing, Report,
    RequestReport, Rule, Site, Verdict,
};

/// What a colour repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Class {
    Good,
    Bad,
    Unsure,
    Partial,
    Muted,
}

/// The class of a decision.
pub(super) fn class_of(decision: Decision) -> Class {
    match decision {
        Decision::Allowed => Class::Good,
        Decision::Filtered => Class::Partial,
        Decision::Error | Decision::Undecided => Class::Unsure,
        Decision::Denied => Class::Bad,
    }
}

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    title: String,
    tally: String,
    rows: Vec<Row>,
    requests: Vec<Request>,
    remarks: Vec<String>,
    version: &'static str,
}

/// A request in the table of several.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    mark: &'static str,
    class: Class,
    label: String,
    status: String,
    title: String,
    verdict: &'static str,
    why: String,
}

#[derive(Debug, Serialize)]
struct Request {
    id: String,
    title: String,
    mark: &'static str,
    class: Class,
    verdict: String,
    message: Option<String>,
    cause: Option<Cause>,
    facts: Vec<(&'static str, String)>,
    differences: Vec<String>,
    fields: Vec<Field>,
    /// The path of a request that no field answers for.
    path: Vec<Step>,
    hazards: Vec<Told>,
    missing: Vec<Lacking>,
    notes: Vec<String>,
    dumps: Vec<(&'static str, String)>,
    /// Whether it is shown at once: the only one, or one that did not simply pass.
    open: bool,
}

#[derive(Debug, Serialize)]
struct Cause {
    code: &'static str,
    text: String,
    /// What the code means, of any request.
    summary: Option<String>,
}

#[derive(Debug, Serialize)]
struct Field {
    id: String,
    title: String,
    mark: &'static str,
    class: Class,
    verdict: &'static str,
    message: Option<String>,
    cause: Option<Cause>,
    /// Whether it is the one that decides: its cause stands at the top.
    lead: bool,
    times: usize,
    path: Vec<Step>,
    rules: Vec<RuleView>,
    rules_title: String,
    fixes: Vec<String>,
    templates: Vec<Template>,
    delivery: Option<Delivered>,
    /// Of a subscription with a filter: which events it receives.
    receives: Option<String>,
}

#[derive(Debug, Serialize)]
struct RuleView {
    id: usize,
    place: String,
    text: String,
    needs: String,
    blocked: Option<Told>,
}

/// A sentence with the place it is about.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    pub text: String,
    pub place: String,
    /// The anchor of the place, where the page shows it.
    pub anchor: Option<String>,
}

#[derive(Debug, Serialize)]
struct Lacking {
    give_by: String,
    fact: String,
    why: String,
    request: Option<String>,
    fixture: Option<String>,
}

#[derive(Debug, Serialize)]
struct Delivered {
    title: String,
    groups: Vec<Vec<(&'static str, Class, String)>>,
}

/// The page of a report.
pub(super) fn page(report: &Report) -> Page {
    let all: Vec<&RequestReport> = report.requests.iter().collect();
    let requests: Vec<Request> =
        report.requests.iter().enumerate().map(|(at, request)| of_request(request, &format!("r{}", at + 1))).collect();
    let title = match requests.as_slice() {
        [] => "no AppSync request to show".to_owned(),
        [one] => format!("{} {} {}", one.mark, one.title, one.verdict),
        many => format!("{}: {}", count(many.len(), "request", "requests"), words::tally(&all)),
    };
    let rows = report.requests.iter().zip(&requests);
    Page {
        title,
        tally: words::tally(&all),
        rows: if requests.len() > 1 { rows.map(|(request, view)| row(request, view)).collect() } else { Vec::new() },
        remarks: report.remarks.clone(),
        version: env!("CARGO_PKG_VERSION"),
        requests,
    }
}

fn row(request: &RequestReport, view: &Request) -> Row {
    let label = request.source.as_ref().map_or_else(String::new, |source| match source.entry {
        Some(entry) => format!("#{entry}"),
        None => source.file.clone(),
    });
    let why = view.cause.as_ref().map(|cause| cause.text.clone()).or_else(|| view.message.clone());
    let why = why.or_else(|| request.missing.first().map(|missing| format!("{} missing", missing.fact)));
    Row {
        id: view.id.clone(),
        mark: view.mark,
        class: view.class,
        label,
        status: status(request).trim().to_owned(),
        title: view.title.clone(),
        verdict: words::verdict(request.decision, request.stage, None),
        why: why.filter(|_| request.decision != Decision::Allowed).unwrap_or_default(),
    }
}

fn of_request(request: &RequestReport, id: &str) -> Request {
    let lead = lead(request);
    let refused = request.gate.as_ref().filter(|gate| gate.outcome == GateOutcome::Refused);
    let title = match (lead, refused) {
        (Some(field), None) => words::title(request, field),
        _ => words::operation(request),
    };
    let code = lead.and_then(|field| field.cause.as_ref()).map(|cause| cause.code);
    let verdict = words::verdict(request.decision, request.stage, code);
    let message = match refused {
        Some(gate) => gate.message.clone(),
        None => lead.and_then(|field| field.error.as_ref()).map(worded),
    };
    let fields = fields(request, id, lead);
    let cause = lead.and_then(|field| field.cause.as_ref()).or(request.cause.as_ref());
    Request {
        title,
        mark: words::mark_text(request.decision),
        class: class_of(request.decision),
        verdict: match refused {
            Some(gate) => format!("{verdict}: {} {}", gate.status, gate.error_type.as_deref().unwrap_or_default()),
            None => verdict.to_owned(),
        },
        message,
        cause: cause.map(of_cause),
        facts: facts(request),
        differences: request.differences.clone(),
        path: if fields.is_empty() { path::of_request(request) } else { Vec::new() },
        hazards: hazards(request, &fields),
        fields,
        missing: request.missing.iter().map(lacking).collect(),
        notes: request.notes.clone(),
        dumps: dumps(request),
        open: request.decision != Decision::Allowed || request.reproduced == Some(false),
        id: id.to_owned(),
    }
}

/// Why a request came out as it did, without who made it.
pub(super) fn explanation(request: &RequestReport, id: &str) -> impl Serialize + use<> {
    Request { facts: Vec::new(), notes: Vec::new(), dumps: Vec::new(), ..of_request(request, id) }
}

fn of_cause(cause: &report::Cause) -> Cause {
    let page = causes::find(cause.code);
    Cause { code: cause.code, text: cause.text.clone(), summary: page.map(|page| page.summary().replace('`', "")) }
}

fn facts(request: &RequestReport) -> Vec<(&'static str, String)> {
    let clock = request.at.as_ref().map(|at| match request.clock {
        Some("capture") | None => at.clone(),
        Some("system") => format!("{at}, the system clock: the request carries no time"),
        Some(clock) => format!("{at}, given by {clock}"),
    });
    let reproduced = request.reproduced.map(|same| match same {
        true => "yes: the capture holds the same answer",
        false => "no: the capture holds another answer",
    });
    let all = [
        ("caller", Some(who(request, true).text()).filter(|who| !who.is_empty())),
        ("operation", request.operation.is_some().then(|| words::operation(request))),
        ("from", Some(source(request).text()).filter(|source| !source.is_empty())),
        ("at", clock),
        ("reproduced", reproduced.map(str::to_owned)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The fields, the one that decides first; those that came out alike for the same reason are one.
fn fields(request: &RequestReport, id: &str, lead: Option<&FieldReport>) -> Vec<Field> {
    let is_lead = |field: &FieldReport| lead.is_some_and(|lead| std::ptr::eq(lead, field));
    let mut ordered: Vec<&FieldReport> = request.fields.iter().collect();
    ordered.sort_by_key(|field| !is_lead(field));
    let mut found: Vec<Field> = Vec::new();
    for field in ordered {
        let title = words::title(request, field);
        let alike = |known: &&mut Field| {
            let cause = |text: Option<&str>| known.cause.as_ref().map(|cause| cause.text.as_str()) == text;
            known.title == title && cause(field.cause.as_ref().map(|cause| cause.text.as_str()))
        };
        match found.iter_mut().find(alike) {
            Some(known) => known.times += 1,
            None => {
                let id = format!("{id}f{}", found.len() + 1);
                found.push(of_field(request, field, title, id, is_lead(field)));
            }
        }
    }
    found
}

fn of_field(request: &RequestReport, field: &FieldReport, title: String, id: String, lead: bool) -> Field {
    let templates: Vec<Template> = field
        .trace
        .iter()
        .enumerate()
        .map(|(at, trace)| code::template(field, trace, format!("{id}t{}", at + 1)))
        .collect();
    let what = match field.decision {
        Decision::Filtered => "could have shown what was withheld",
        _ => "could have allowed this",
    };
    let verdict = match &field.delivery {
        Some(delivery) if delivery.redacted.is_empty() => words::outcome(delivery.outcome),
        _ => words::verdict(field.decision, field.stage, field.cause.as_ref().map(|cause| cause.code)),
    };
    Field {
        title,
        mark: words::mark_text(field.decision),
        class: class_of(field.decision),
        verdict,
        message: field.error.as_ref().map(worded),
        cause: field.cause.as_ref().map(of_cause),
        lead,
        times: 1,
        path: path::of_field(request, field, &templates),
        rules_title: format!("{} {what}", count(field.rules.len(), "rule", "rules")),
        rules: by_specificity(field).into_iter().map(|rule| of_rule(rule, field.cause.as_ref(), &templates)).collect(),
        fixes: field.fixes.iter().filter(|fix| fix.verified).map(|fix| fix.text.clone()).collect(),
        delivery: field.delivery.as_ref().map(delivered),
        receives: field
            .subscription_filter
            .as_ref()
            .filter(|filter| field.delivery.is_none() && !filter.is_open())
            .map(received),
        templates,
        id,
    }
}

fn of_rule(rule: &Rule, cause: Option<&report::Cause>, templates: &[Template]) -> RuleView {
    let (place, text) = match &rule.auth {
        Some(auth) if auth.reconstructed => (self::place(&rule.grant), auth.text.clone()),
        Some(auth) => (format!("{}:{}", auth.file, auth.line), auth.text.clone()),
        None => (self::place(&rule.grant), unnamed(rule).to_owned()),
    };
    // What the cause says already is no news.
    let news = |condition: &&Condition| {
        condition.words.is_none() || condition.words.as_ref() != cause.map(|cause| &cause.text)
    };
    let blocked = rule.blocked_by.as_ref().filter(news);
    let blocked = blocked.map(|condition| told(says(condition, false).text(), &condition.site, templates));
    RuleView {
        id: rule.id,
        place,
        text,
        needs: rule.needs.strip_prefix("needs ").unwrap_or(&rule.needs).to_owned(),
        blocked,
    }
}

/// A sentence about a place; a link where the page shows it.
pub(super) fn told(text: String, site: &Site, templates: &[Template]) -> Told {
    // Of several templates of one name the last is the one that decided.
    let template = templates.iter().rev().find(|template| template.name == site.template);
    let shows = |template: &&Template| {
        let mut lines = template.blocks.iter().flat_map(|block| &block.lines);
        lines.any(|line| usize::try_from(site.line) == Ok(line.number))
    };
    let anchor = template.filter(shows).map(|template| code::anchor(&template.id, site.line));
    Told { text, place: place(site), anchor }
}

fn hazards(request: &RequestReport, fields: &[Field]) -> Vec<Told> {
    let mut known: Vec<&Hazard> = Vec::new();
    for hazard in request.fields.iter().flat_map(|field| &field.hazards) {
        if !known.contains(&hazard) {
            known.push(hazard);
        }
    }
    let of = |hazard: &Hazard| match &hazard.site {
        None => Told { text: hazard.text.clone(), place: String::new(), anchor: None },
        Some(site) => {
            let link = |field: &Field| told(hazard.text.clone(), site, &field.templates);
            let mut links = fields.iter().map(link);
            links.find(|told| told.anchor.is_some()).unwrap_or_else(|| told(hazard.text.clone(), site, &[]))
        }
    };
    known.into_iter().map(of).collect()
}

fn lacking(missing: &Missing) -> Lacking {
    let unanswered = missing.unanswered.as_ref();
    Lacking {
        give_by: missing.give_by.clone(),
        fact: missing.fact.clone(),
        why: missing.why.clone(),
        request: unanswered.map(|unanswered| pretty(&unanswered.request)),
        fixture: unanswered.and_then(|unanswered| unanswered.fixture.as_ref()).map(pretty),
    }
}

fn delivered(delivery: &Delivery) -> Delivered {
    let title = match delivery.by {
        FilteredBy::Invalidation => "the subscription's invalidation filter",
        FilteredBy::Filter => "the subscription's filter",
        FilteredBy::Arguments => "the subscription's arguments",
        FilteredBy::Nothing => "no filter and no arguments",
    };
    let groups = delivery.groups.iter().map(|group| {
        let conditions = group.conditions.iter().map(|condition| {
            let (mark, class) = match condition.holds {
                Some(true) => ("✓", Class::Good),
                Some(false) => ("✗", Class::Bad),
                None => ("?", Class::Unsure),
            };
            let found = match condition.lacks_field() {
                true => format!("the event has no {}", condition.field),
                false => format!("the event has {}", condition.found),
            };
            (mark, class, format!("{} {} {}: {found}", condition.field, condition.operator, condition.value))
        });
        conditions.collect()
    });
    Delivered { title: title.to_owned(), groups: groups.collect() }
}

fn dumps(request: &RequestReport) -> Vec<(&'static str, String)> {
    let body = |response: &report::HttpResponse| format!("{}\n{}", response.status, pretty(&response.body));
    let all = [
        ("$ctx.identity, as the templates saw it", request.identity.as_ref().map(pretty)),
        ("what the replay answers", request.response.as_ref().map(body)),
        ("what the capture holds", request.recorded.as_ref().map(body)),
    ];
    all.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
}

fn pretty(json: &Json) -> String {
    serde_json::to_string_pretty(json).unwrap_or_else(|_| json.to_string())
}

/// A check of the gate as a step of the path.
pub(super) fn check(check: &Check) -> (&'static str, Class, String) {
    let (mark, class) = match check.verdict {
        Verdict::Pass => ("✓", Class::Good),
        Verdict::Fail => ("✗", Class::Bad),
        Verdict::Unknown => ("?", Class::Unsure),
        Verdict::Skipped => ("–", Class::Muted),
    };
    let said = said(check).text();
    let text = if said.is_empty() { String::new() } else { format!(": {said}") };
    (mark, class, format!("{}{text}", words::check(check.code)))
}
