//! What one run of a field showed.

use super::super::Replay;
use super::super::counterfactual::Case;
use crate::error::Result;
use crate::execute::{Execution, FieldInput};
use crate::explain::{self, further};
use crate::identity::Identity;
use crate::report::{AllowedBy, Cause, Decision, Edit, GateOutcome, Rule, Site, Stage};

/// What one run showed.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What became of the field.
    pub decision: Decision,
    /// Where it fell.
    pub stage: Option<Stage>,
    /// Why, where it did not simply reach its value.
    pub cause: Option<Cause>,
    /// The error's message.
    pub message: Option<String>,
    /// Edits that could lead further.
    pub proposals: Vec<Vec<Edit>>,
    /// Edits that would turn some condition that was asked.
    pub turns: Vec<Vec<Edit>>,
    /// What could have let in, and what could have shown what was withheld.
    pub rules: Vec<Rule>,
    /// The rules that let in.
    pub allowed_by: Vec<AllowedBy>,
    /// Where the statements stand that ran: template, line, column.
    pub ran: Vec<(String, u32, u32)>,
    /// Whether the value is a list, or holds `items`, with nothing in it.
    pub is_empty: bool,
    /// Whether a subscription filter was set.
    pub sets_filter: bool,
}

impl Seen {
    /// Runs a case.
    pub fn of(replay: &Replay<'_>, case: &Case<'_>) -> Result<Seen> {
        let mut is_empty = false;
        let (mut ran, mut more, mut turns, mut sets_filter) = (Vec::new(), None, Vec::new(), false);
        let mut allowed_by = Vec::new();
        let report = case.observed(replay, true, |input, execution, identity| {
            if matches!(execution.decision, Decision::Allowed | Decision::Filtered) {
                allowed_by = explain::allowed::explain(question(replay, input, identity), execution).by;
            }
            ran = statements(execution);
            let items = execution.value.get("items").unwrap_or(&execution.value);
            is_empty = items.as_array().is_some_and(Vec::is_empty);
            sets_filter = execution.extensions.iter().any(|call| call.method == "setSubscriptionFilter");
            if execution.decision != Decision::Allowed {
                turns = further::turns(execution, &identity.context);
            }
            if execution.withheld.iter().any(|(_, withheld)| withheld.count > 0) {
                more = Some(further::withheld(question(replay, input, identity), execution));
            }
        })?;
        let passed = report.gate.as_ref().is_some_and(|gate| gate.outcome == GateOutcome::Passed);
        let mut seen = Seen {
            decision: report.decision,
            stage: report.stage,
            cause: report.cause,
            message: None,
            proposals: report.proposals,
            turns,
            rules: Vec::new(),
            allowed_by,
            ran,
            is_empty,
            sets_filter,
        };
        if let Some(field) = report.fields.into_iter().next().filter(|_| passed) {
            seen.decision = field.decision;
            seen.message = field.error.map(|error| error.message);
            seen.proposals = field.proposals;
            seen.rules = field.rules;
        } else if seen.decision == Decision::Allowed {
            // No field, no value.
            seen.decision = Decision::Undecided;
        }
        if let Some(more) = more {
            seen.proposals.extend(more.proposals);
            seen.rules.extend(more.rules);
        }
        Ok(seen)
    }

    /// Whether a statement ran here.
    pub fn has_run(&self, site: &Site) -> bool {
        self.ran
            .iter()
            .any(|(template, line, column)| (template, *line, *column) == (&site.template, site.line, site.column))
    }
}

fn question<'q>(replay: &'q Replay<'_>, input: &'q FieldInput, identity: &'q Identity) -> explain::Question<'q> {
    explain::Question {
        api: replay.api,
        author: &replay.author,
        input,
        mode: identity.mode,
        identity: &identity.context,
        token_use: identity.token_use.as_deref(),
    }
}

fn statements(execution: &Execution) -> Vec<(String, u32, u32)> {
    let mut found = Vec::new();
    for run in &execution.runs {
        for statement in run.statements().filter(|statement| run.times(*statement).next().is_some()) {
            let at = run.program.source.line_column(run.program.statements[statement.0].span.start);
            found.push((run.template.clone(), at.line, at.column));
        }
    }
    found
}
