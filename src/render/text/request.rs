//! The full answer for one request: what happened, who was calling, why, the evidence, the way out.

use super::allowed::allowed;
use super::delivery::delivery;
use super::field::{cause, evidence};
use super::gate;
use super::line::{Line, Role};
use super::page::{Page, Row};
use super::rules::fixes;
use super::snippet::place;
use super::who::who;
use super::words;
use crate::report::{Decision, FieldReport, GateOutcome, Hazard, RequestReport, Transport};

/// Fields listed in one line each before the rest is left to `--verbose`.
const LISTED: usize = 12;

/// Lines of a request's JSON that are shown before the rest is left to `--verbose`.
const JSON_LINES: usize = 24;

/// Adds the full answer for a request.
pub(super) fn answer(page: &mut Page, request: &RequestReport) {
    let lead = lead(request);
    head(page, request, lead);
    let reason = lead.and_then(|field| field.cause.as_ref()).or(request.cause.as_ref());
    if let Some(reason) = reason.filter(|reason| !request.missing.iter().any(|missing| missing.why == reason.text)) {
        cause(page, &reason.text);
    }
    differences(page, request);
    let gate = request.gate.as_ref().filter(|gate| gate.outcome != GateOutcome::Passed || page.verbose);
    if let Some(gate) = gate {
        gate::checks(page, request, gate);
    }
    fixes(page, &request.fixes);
    if let Some(field) = lead {
        match field.delivery {
            Some(_) => delivery(page, field),
            // Who asks what let the caller in does not ask what was withheld from him.
            None if !field.allowed_by.is_empty() && !page.verbose => {}
            None if field.decision != Decision::Allowed || page.verbose => {
                // Evidence stands right below the cause, unless something else does.
                if gate.is_some() || !request.differences.is_empty() {
                    page.blank();
                }
                evidence(page, field);
            }
            None => {}
        }
        if field.delivery.is_none() {
            allowed(page, field);
        }
    }
    others(page, request, lead);
    hazards(page, request);
    missing(page, request);
    notes(page, request);
    if let (true, Some(identity)) = (page.verbose, &request.identity) {
        page.heading("$ctx.identity as the templates saw it");
        let pretty = serde_json::to_string_pretty(identity).unwrap_or_default();
        for line in pretty.lines() {
            page.indented(Line::indent(4).then(line));
        }
    }
}

/// The field that decides: the first of the worst ones.
pub(in crate::render) fn lead(request: &RequestReport) -> Option<&FieldReport> {
    let worst = request.fields.iter().map(|field| field.decision).max()?;
    request.fields.iter().find(|field| field.decision == worst)
}

/// The lines that answer: what became of it, in AppSync's words, by whom.
fn head(page: &mut Page, request: &RequestReport, lead: Option<&FieldReport>) {
    let refused = request.gate.as_ref().filter(|gate| gate.outcome == GateOutcome::Refused);
    let passed = request.gate.as_ref().is_none_or(|gate| gate.outcome == GateOutcome::Passed);
    let source = source(request);
    let (first, message, caller) = match (lead, refused) {
        (Some(field), None) => {
            // Below an undecided gate stands who was calling, with the checks.
            let caller = if passed { who(request, false) } else { Line::new() };
            // What is open may lie outside of the fields that were run: below the root, or in an IAM policy.
            let open = request.decision == Decision::Undecided && field.decision < Decision::Undecided;
            let verdict = words::verdict(request.decision, None, None);
            let line = match open {
                true => title_line(request.decision, &words::title(request, field), verdict),
                false => field_line(request, field),
            };
            (line, field.error.as_ref().map(worded), caller)
        }
        (_, Some(gate)) => {
            let verdict = words::verdict(request.decision, request.stage, None);
            let error_type = gate.error_type.as_deref().unwrap_or_default();
            let status = match request.transport {
                Transport::Connect => format!("WebSocket connect   {verdict}: {} {error_type}", gate.status),
                _ => format!("{verdict}: {} {error_type}", gate.status),
            };
            (words::mark(request.decision).then(" ").with(Role::Strong, status), gate.message.clone(), Line::new())
        }
        (None, None) => {
            let verdict = words::verdict(request.decision, request.stage, None);
            (title_line(request.decision, &words::operation(request), verdict), None, Line::new())
        }
    };
    let message = message.map(|message| Line::indent(2).then(message));
    let reproduced = match request.reproduced {
        Some(true) => Line::of(Role::Dim, "reproduced: yes"),
        Some(false) => Line::of(Role::Unsure, "reproduced: no"),
        None => Line::new(),
    };
    let (right, below) = match caller.is_empty() {
        true => (source, reproduced),
        false => (caller, dotted(source, reproduced)),
    };
    match message {
        Some(message) => page.sides(vec![(first, right), (message, below)]),
        None => {
            page.sides(vec![(first, right)]);
            if !below.is_empty() {
                page.indented(Line::indent(2).join(below));
            }
        }
    }
}

fn field_line(request: &RequestReport, field: &FieldReport) -> Line {
    let code = field.cause.as_ref().map(|cause| cause.code);
    let verdict = match &field.delivery {
        Some(delivery) if delivery.redacted.is_empty() => words::outcome(delivery.outcome),
        _ => words::verdict(field.decision, field.stage, code),
    };
    title_line(field.decision, &words::title(request, field), verdict)
}

fn title_line(decision: Decision, title: &str, verdict: &str) -> Line {
    words::mark(decision).then(" ").with(Role::Strong, title).then("   ").then(verdict)
}

/// The error's message; its type in front where it is not the usual one.
pub(in crate::render) fn worded(error: &crate::report::FieldError) -> String {
    match error.error_type.as_deref() {
        None | Some("Unauthorized") => error.message.clone(),
        Some(other) => format!("{other}: {}", error.message),
    }
}

/// `failure.har #14`
pub(in crate::render) fn source(request: &RequestReport) -> Line {
    match &request.source {
        Some(source) => {
            let entry = source.entry.map(|entry| format!(" #{entry}")).unwrap_or_default();
            let id = request.request_id.as_ref().map(|id| format!(" · {id}")).unwrap_or_default();
            Line::of(Role::Dim, format!("{}{entry}{id}", source.file))
        }
        None => Line::new(),
    }
}

fn dotted(left: Line, right: Line) -> Line {
    match (left.is_empty(), right.is_empty()) {
        (false, false) => left.with(Role::Dim, " · ").join(right),
        _ => left.join(right),
    }
}

fn differences(page: &mut Page, request: &RequestReport) {
    if request.differences.is_empty() {
        return;
    }
    page.heading(match request.reproduced {
        Some(false) => "the capture holds another answer",
        _ => "the log holds other output of templates",
    });
    for difference in &request.differences {
        page.bullet(Line::plain(difference));
    }
}

/// Adds the fields beside the one that was explained.
fn others(page: &mut Page, request: &RequestReport, lead: Option<&FieldReport>) {
    let Some(lead) = lead else { return };
    let title = words::title(request, lead);
    let mut seen = vec![title.clone()];
    let (mut alike, mut rest) = (Vec::new(), Vec::new());
    let mut times = 1;
    for field in request.fields.iter().filter(|field| !std::ptr::eq(*field, lead)) {
        let same_cause = field.decision == lead.decision && field.cause.is_some() && field.cause == lead.cause;
        let title = words::title(request, field);
        let own = format!("{}.{}", field.parent_type, field.field);
        times += usize::from(same_cause);
        match (same_cause && lead.decision != Decision::Allowed, seen.contains(&title)) {
            (false, false) => rest.push(field),
            (true, false) if !alike.contains(&own) => alike.push(own),
            _ => {}
        }
        seen.push(title);
    }
    same_reason(page, lead.decision, times, &alike);
    if rest.is_empty() {
        return;
    }
    if lead.decision != Decision::Allowed {
        page.blank();
    }
    let shown = if page.verbose { rest.len() } else { LISTED };
    for field in rest.iter().take(shown) {
        let line = field_line(request, field);
        let reason = field.cause.as_ref().map(|cause| cause.text.as_str());
        match reason.filter(|_| field.decision != Decision::Allowed) {
            Some(reason) => page.indented(line.then(": ").then(reason)),
            None => page.indented(line),
        }
        if page.verbose && field.decision != Decision::Allowed {
            evidence(page, field);
            page.blank();
        }
    }
    if rest.len() > shown {
        let more = words::count(rest.len() - shown, "more field", "more fields");
        page.line(Line::of(Role::Dim, format!("… {more}: --verbose")));
    }
}

/// Adds the fields that share the explained one's reason.
fn same_reason(page: &mut Page, decision: Decision, times: usize, others: &[String]) {
    let happened = match decision {
        Decision::Filtered => "withheld",
        Decision::Error => "failed",
        Decision::Undecided => "undecided",
        Decision::Allowed | Decision::Denied => "denied",
    };
    if decision == Decision::Allowed || times < 2 {
        return;
    }
    let line = match others {
        [] => format!("{happened} {times} times in this answer, for the same reason"),
        others => {
            let (shown, more) = others.split_at(others.len().min(LISTED));
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            format!("also {happened} for the same reason ({times} fields in all): {}{more}", shown.join(", "))
        }
    };
    page.blank();
    page.indented(Line::indent(2).then(line));
}

/// Adds the traps seen on the way, also those of fields that were allowed.
fn hazards(page: &mut Page, request: &RequestReport) {
    let mut hazards: Vec<&Hazard> = Vec::new();
    for hazard in request.fields.iter().flat_map(|field| &field.hazards) {
        if !hazards.contains(&hazard) {
            hazards.push(hazard);
        }
    }
    if hazards.is_empty() {
        return;
    }
    page.heading("traps seen on the way");
    for hazard in hazards {
        let site = hazard.site.as_ref().map(|site| format!(" ({})", place(site))).unwrap_or_default();
        page.bullet(Line::plain(&hazard.text).with(Role::Dim, site));
    }
}

/// Adds the facts that nobody gave, each with the option that gives it.
fn missing(page: &mut Page, request: &RequestReport) {
    if request.missing.is_empty() {
        return;
    }
    let undecided = request.decision == Decision::Undecided;
    page.heading(if undecided { "to go on, give" } else { "facts nobody gave" });
    let rows = request.missing.iter().map(|missing| Row {
        cells: vec![Line::of(Role::Strong, &missing.give_by)],
        last: Line::plain(&missing.fact).then(": ").then(&missing.why),
    });
    page.table(4, 6, rows.collect());
    for unanswered in request.missing.iter().filter_map(|missing| missing.unanswered.as_ref()) {
        page.heading("the request that would be sent");
        json(page, &unanswered.request);
        if let Some(fixture) = &unanswered.fixture {
            page.heading("to paste into --data, with the answer filled in");
            json(page, fixture);
        }
    }
}

/// Adds JSON as it can be copied: on one line where it fits, else indented.
fn json(page: &mut Page, json: &serde_json::Value) {
    const INDENT: usize = 4;
    let line = json.to_string();
    let pretty = if line.chars().count() + INDENT <= page.width {
        line
    } else {
        serde_json::to_string_pretty(json).unwrap_or(line)
    };
    let all: Vec<&str> = pretty.lines().collect();
    let shown = if page.verbose { all.len() } else { JSON_LINES.min(all.len()) };
    for line in all.iter().take(shown) {
        page.indented(Line::indent(INDENT).then(line));
    }
    if let Some(more @ 1..) = all.len().checked_sub(shown) {
        let more = words::count(more, "more line", "more lines");
        page.line(Line::indent(INDENT).with(Role::Dim, format!("… {more}: --verbose")));
    }
}

/// Adds the remarks, or how many there are.
fn notes(page: &mut Page, request: &RequestReport) {
    if request.notes.is_empty() {
        return;
    }
    if !page.verbose {
        page.blank();
        let notes = words::count(request.notes.len(), "note", "notes");
        return page.line(Line::indent(2).with(Role::Dim, format!("{notes}: --verbose")));
    }
    page.heading("notes");
    for note in &request.notes {
        page.bullet(Line::plain(note));
    }
}
