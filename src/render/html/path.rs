//! The path to a decision as a tree: gate, schema, policies, the templates in the order they ran, and in them the
//! conditions that led to the statement at which it fell.

use serde::Serialize;

use super::code::Template;
use super::view::{Class, Told, check, class_of, told};
use crate::api::AuthMode;
use crate::render::text::words;
use crate::render::text::{says, who};
use crate::report::{Condition, Decision, FieldReport, GateOutcome, RequestReport, Stage, Verdict};

/// A step, with what happened in it.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub mark: &'static str,
    pub class: Class,
    pub label: String,
    pub detail: String,
    /// The anchor that the label leads to.
    pub anchor: Option<String>,
    /// Checks of the gate.
    pub checks: Vec<(&'static str, Class, String)>,
    /// How many of them hold and are folded.
    pub folded: Vec<(&'static str, Class, String)>,
    /// Conditions, outermost first, each with the line it stands on.
    pub conditions: Vec<Told>,
}

impl Step {
    fn new(mark: &'static str, class: Class, label: &str, detail: impl Into<String>) -> Step {
        Step {
            mark,
            class,
            label: label.to_owned(),
            detail: detail.into(),
            anchor: None,
            checks: Vec::new(),
            folded: Vec::new(),
            conditions: Vec::new(),
        }
    }

    fn passed(label: &str, detail: impl Into<String>) -> Step {
        Step::new("✓", Class::Good, label, detail)
    }

    fn fell(decision: Decision, label: &str, detail: impl Into<String>) -> Step {
        Step::new(words::mark_text(decision), class_of(decision), label, detail)
    }
}

/// The path of a request that came to no field.
pub(super) fn of_request(request: &RequestReport) -> Vec<Step> {
    let mut steps: Vec<Step> = gate(request).into_iter().collect();
    if request.gate.as_ref().is_some_and(|gate| gate.outcome == GateOutcome::Passed) {
        let label = request.stage.map_or("GraphQL", words::stage);
        let text = request.cause.as_ref().map(|cause| cause.text.clone()).unwrap_or_default();
        steps.push(Step::fell(request.decision, label, text));
    }
    steps
}

/// The path of a field.
pub(super) fn of_field(request: &RequestReport, field: &FieldReport, templates: &[Template]) -> Vec<Step> {
    let mut steps: Vec<Step> = gate(request).into_iter().collect();
    let stage = field.stage.filter(|_| field.decision != Decision::Allowed);
    let mode = request.gate.as_ref().and_then(|gate| gate.mode).and_then(AuthMode::from_name);
    let verdict = || words::verdict(field.decision, field.stage, None).to_owned();
    let sentence = || field.cause.as_ref().map_or_else(verdict, |cause| cause.text.clone());
    let own = format!("{}.{}", field.parent_type, field.field);
    if let Some(refused @ (Stage::Schema | Stage::Iam | Stage::Authorizer | Stage::Gate)) = stage {
        let mut step = Step::fell(field.decision, words::stage(refused), sentence());
        step.conditions = field.because.iter().map(|condition| condition_of(condition, templates)).collect();
        if let (Some(site), true) = (&field.site, field.because.is_empty()) {
            step.conditions.push(told(site.source_line.trim().to_owned(), site, templates));
        }
        steps.push(step);
        return steps;
    }
    // Where nothing ran, an open decision does not say that the schema was passed.
    let admitted = field.decision != Decision::Undecided || !templates.is_empty();
    if let Some(mode) = mode.filter(|_| admitted) {
        steps.push(Step::passed(words::stage(Stage::Schema), format!("{own} admits {}", mode.words())));
    }
    steps.extend(templates.iter().map(|template| of_template(field, template, templates)));
    let elsewhere: Vec<&Condition> =
        field.because.iter().filter(|condition| !shown(&condition.site.template, templates)).collect();
    match (stage, field.decision) {
        (_, Decision::Allowed) => steps.push(Step::passed("value", format!("{own} reached its value"))),
        (Some(Stage::Resolver), _) if templates.iter().any(|template| template.class != Class::Good) => {}
        (stage, decision) => {
            let label = stage.map_or("decision", words::stage);
            steps.push(Step::fell(decision, label, sentence()));
        }
    }
    if let Some(last) = steps.last_mut() {
        last.conditions.extend(elsewhere.into_iter().map(|condition| condition_of(condition, templates)));
    }
    steps
}

fn gate(request: &RequestReport) -> Option<Step> {
    let gate = request.gate.as_ref()?;
    let caller = who(request, false).text();
    let mut step = match gate.outcome {
        GateOutcome::Passed => Step::passed("gate", caller),
        GateOutcome::Refused => Step::fell(Decision::Denied, "gate", gate.message.clone().unwrap_or_default()),
        GateOutcome::Undecided => Step::fell(Decision::Undecided, "gate", caller),
    };
    let telling = |verdict: Verdict| match gate.outcome {
        GateOutcome::Passed => verdict == Verdict::Fail,
        _ => verdict != Verdict::Skipped,
    };
    for made in &gate.checks {
        let list = if telling(made.verdict) { &mut step.checks } else { &mut step.folded };
        list.push(check(made));
    }
    Some(step)
}

fn of_template(field: &FieldReport, template: &Template, templates: &[Template]) -> Step {
    let mut step = Step::new(template.mark, template.class, &template.name, template.ended.clone());
    step.anchor = Some(template.id.clone());
    // Of several templates of one name the last is the one that decided.
    let last = templates.iter().rev().find(|other| other.name == template.name);
    if last.is_some_and(|last| std::ptr::eq(last, template)) {
        let own = field.because.iter().filter(|condition| condition.site.template == template.name);
        step.conditions = own.map(|condition| condition_of(condition, templates)).collect();
        if let Some(site) = field.site.as_ref().filter(|site| site.template == template.name) {
            let text = site.text.lines().next().unwrap_or_default().trim();
            step.conditions.push(told(format!("{text}: {}", words::here(field.decision)), site, templates));
        }
    }
    step
}

fn condition_of(condition: &Condition, templates: &[Template]) -> Told {
    told(format!("{} is {}", condition.text.trim(), says(condition, false).text()), &condition.site, templates)
}

fn shown(name: &str, templates: &[Template]) -> bool {
    templates.iter().any(|template| template.name == name)
}
