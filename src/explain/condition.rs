//! Conditions as they came out: which atoms decided, with their operands.

use serde_json::Value as Json;

use super::origin::{Origin, Origins};
use super::run::{Moment, Run};
use crate::compile::program::{ExpressionId, ExpressionKind, ReferenceId, StatementId, StatementKind, StepKind};
use crate::eval::{Event, recorder::freeze};
use crate::report::Operand;
use crate::source_file::Span;
use crate::syntax::ast::Operator;
use crate::value::{Value, json};

/// An atom of a condition that was evaluated.
#[derive(Debug, Clone)]
pub struct Atom {
    /// Its expression.
    pub expression: ExpressionId,
    /// How it came out.
    pub truth: bool,
    /// When.
    pub at: Moment,
    /// Its left side, or its value, then.
    pub left: Value,
    /// Its right side then.
    pub right: Value,
}

/// One evaluation of the condition of an `#if` arm.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// The condition.
    pub condition: ExpressionId,
    /// How it came out.
    pub truth: bool,
    /// The atoms that were evaluated, in order.
    pub atoms: Vec<Atom>,
    /// When the arm was chosen.
    pub at: Moment,
}

/// The evaluations behind one choice of an arm: of every condition that was reached, the last being the chosen
/// arm's unless none (or `#else`) was.
pub fn evaluations(run: &Run, index: usize, statement: StatementId, chosen_at: usize) -> Vec<Evaluated> {
    let StatementKind::If(arms) = &run.program.statements[statement.0].kind else { return Vec::new() };
    let Some(Event::Arm { arm, .. }) = run.events.get(chosen_at) else { return Vec::new() };
    let began = run.times(statement).rfind(|time| *time < chosen_at).unwrap_or(0);
    let reached = arm.map_or(arms.len(), |arm| usize::from(arm) + 1);
    let mut out = Vec::new();
    for (number, arm_node) in arms.iter().enumerate().take(reached) {
        let Some(condition) = arm_node.condition else { continue };
        let span = run.program.expressions[condition.0].span;
        let atoms =
            run.events.iter().enumerate().take(chosen_at).skip(began).filter_map(|(event, recorded)| match recorded {
                Event::Atom { expression, truth, left, right } if within(run, *expression, span) => Some(Atom {
                    expression: *expression,
                    truth: *truth,
                    at: Moment { run: index, event },
                    left: left.clone(),
                    right: right.clone(),
                }),
                _ => None,
            });
        let truth = arm.is_some_and(|arm| usize::from(arm) == number);
        out.push(Evaluated { condition, truth, atoms: atoms.collect(), at: Moment { run: index, event: chosen_at } });
    }
    out
}

/// A comparison, or several that came out alike, whose outcome a `#set` that began at a moment gave to a variable.
/// `None` where the outcome alone does not tell how each of them came out.
pub fn assigned(
    run: &Run,
    began: Moment,
    statement: StatementId,
    value: ExpressionId,
    truth: bool,
) -> Option<Evaluated> {
    let mut leaves = Vec::new();
    let joint = if truth { Operator::And } else { Operator::Or };
    alike(run, value, joint, &mut leaves)?;
    let set = run
        .events
        .iter()
        .skip(began.event)
        .position(|event| matches!(event, Event::Set { statement: set, .. } if *set == statement))?;
    let at = Moment { run: began.run, event: began.event + set };
    let value_of = |side| super::origin::value_of(run, side, at.event).unwrap_or_default();
    let atoms = leaves.into_iter().map(|leaf| {
        let (left, right) = match &run.program.expressions[leaf.0].kind {
            ExpressionKind::Binary(_, left, right) => (value_of(*left), value_of(*right)),
            _ => (value_of(leaf), Value::default()),
        };
        Atom { expression: leaf, truth, at, left, right }
    });
    Some(Evaluated { condition: value, truth, atoms: atoms.collect(), at })
}

/// The parts that one operator joins; `None` where there is another, or nothing is asked.
fn alike(run: &Run, expression: ExpressionId, joint: Operator, leaves: &mut Vec<ExpressionId>) -> Option<()> {
    match &run.program.expressions[expression.0].kind {
        ExpressionKind::Binary(operator, left, right) if *operator == joint => {
            alike(run, *left, joint, leaves)?;
            alike(run, *right, joint, leaves)
        }
        ExpressionKind::Binary(Operator::Equal | Operator::NotEqual, ..) => {
            leaves.push(expression);
            Some(())
        }
        ExpressionKind::Reference(reference) => {
            let steps = run.program.steps.slice(&run.program.references[reference.0].steps);
            let calls = matches!(steps.last().map(|step| &step.kind), Some(StepKind::Call { .. }));
            calls.then(|| leaves.push(expression))
        }
        _ => None,
    }
}

fn within(run: &Run, expression: ExpressionId, span: Span) -> bool {
    let inner = run.program.expressions[expression.0].span;
    span.start <= inner.start && inner.end <= span.end
}

impl Evaluated {
    fn atom(&self, expression: ExpressionId) -> Option<&Atom> {
        self.atoms.iter().rev().find(|atom| atom.expression == expression)
    }

    /// The value of a part of the condition; `None` when short-circuiting skipped it.
    fn truth_of(&self, run: &Run, expression: ExpressionId) -> Option<bool> {
        match &run.program.expressions[expression.0].kind {
            ExpressionKind::Not(operand) => self.truth_of(run, *operand).map(|truth| !truth),
            ExpressionKind::Binary(Operator::And, left, right) => match self.truth_of(run, *left)? {
                false => Some(false),
                true => self.truth_of(run, *right),
            },
            ExpressionKind::Binary(Operator::Or, left, right) => match self.truth_of(run, *left)? {
                true => Some(true),
                false => self.truth_of(run, *right),
            },
            _ => self.atom(expression).map(|atom| atom.truth),
        }
    }

    /// The atoms that decided: of a false `a && b` the false side, of a true `a || b` the true one, else both.
    pub fn deciding(&self, run: &Run) -> Vec<&Atom> {
        let mut found = Vec::new();
        self.collect(run, self.condition, &mut found);
        found
    }

    fn collect<'a>(&'a self, run: &Run, expression: ExpressionId, found: &mut Vec<&'a Atom>) {
        match &run.program.expressions[expression.0].kind {
            ExpressionKind::Not(operand) => self.collect(run, *operand, found),
            ExpressionKind::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
                let decisive = *operator == Operator::Or;
                match (self.truth_of(run, *left), self.truth_of(run, *right)) {
                    (Some(truth), _) if truth == decisive => self.collect(run, *left, found),
                    (_, Some(truth)) if truth == decisive => self.collect(run, *right, found),
                    _ => {
                        self.collect(run, *left, found);
                        self.collect(run, *right, found);
                    }
                }
            }
            _ => found.extend(self.atom(expression)),
        }
    }

    /// The smallest part of the condition's text that holds every deciding atom, and its value.
    pub fn deciding_part(&self, run: &Run) -> (Span, bool) {
        let deciding = self.deciding(run);
        let mut at = self.condition;
        let mut truth = self.truth;
        loop {
            let (inner, flips) = match &run.program.expressions[at.0].kind {
                ExpressionKind::Binary(Operator::And | Operator::Or, left, right) => {
                    let all_in = |side: ExpressionId| {
                        let span = run.program.expressions[side.0].span;
                        deciding.iter().all(|atom| within(run, atom.expression, span))
                    };
                    match (all_in(*left), all_in(*right)) {
                        (true, false) => (*left, false),
                        (false, true) => (*right, false),
                        _ => break,
                    }
                }
                // `!(a || b)`: look inside for a part that decided alone.
                ExpressionKind::Not(operand)
                    if matches!(
                        run.program.expressions[operand.0].kind,
                        ExpressionKind::Binary(Operator::And | Operator::Or, ..)
                    ) =>
                {
                    (*operand, true)
                }
                _ => break,
            };
            at = inner;
            truth = self.truth_of(run, at).unwrap_or(truth != flips);
        }
        (run.program.expressions[at.0].span, truth)
    }
}

/// The operands of an atom: both sides of a comparison, receiver and arguments of a test, or the value itself.
pub fn operands(origins: &Origins<'_>, run: &Run, atom: &Atom) -> Vec<(Operand, Origin)> {
    let before = atom.at;
    match &run.program.expressions[atom.expression.0].kind {
        ExpressionKind::Binary(_, left, right) => {
            let mut found = Vec::new();
            for (side, value) in [(*left, &atom.left), (*right, &atom.right)] {
                found.extend(expression_operand(origins, run, side, value, before));
            }
            found
        }
        ExpressionKind::Reference(reference) => call_operands(origins, run, *reference, before).unwrap_or_else(|| {
            expression_operand(origins, run, atom.expression, &atom.left, before).into_iter().collect()
        }),
        _ => expression_operand(origins, run, atom.expression, &atom.left, before).into_iter().collect(),
    }
}

fn expression_operand(
    origins: &Origins<'_>,
    run: &Run,
    expression: ExpressionId,
    value: &Value,
    at: Moment,
) -> Option<(Operand, Origin)> {
    let node = &run.program.expressions[expression.0];
    let origin = origins.of(expression, at);
    let set_at = match &node.kind {
        ExpressionKind::Reference(reference) => origins.set_at(*reference, at),
        _ => None,
    };
    let text = run.program.source_text(node.span).to_owned();
    let literal = matches!(
        node.kind,
        ExpressionKind::Text(_) | ExpressionKind::Int(_) | ExpressionKind::Boolean(_) | ExpressionKind::Double(_)
    );
    let from = if literal { None } else { Some(origin.words()) };
    Some((Operand { text, value: shown(value), from, set_at }, origin))
}

/// For `$a.b.contains($c)` and `$util.isNull($c)`: what was asked, and about what.
fn call_operands(
    origins: &Origins<'_>,
    run: &Run,
    reference: ReferenceId,
    at: Moment,
) -> Option<Vec<(Operand, Origin)>> {
    let node = &run.program.references[reference.0];
    let steps = run.program.steps.slice(&node.steps);
    let (last, step) = steps.iter().enumerate().next_back()?;
    let StepKind::Call { name, arguments, .. } = &step.kind else { return None };
    if run.program.text(*name) == "get" {
        return None;
    }
    let step_id = node.steps.start + u32::try_from(last).ok()?;
    let (receiver, values) = run.call_before(step_id, at.event)?;
    let mut found = Vec::new();
    if node.helper.is_none() {
        let span = Span { start: node.span.start, end: step.span.start };
        let operand = Operand {
            text: run.program.source_text(span).trim_start_matches("${").to_owned(),
            value: shown(receiver),
            from: Some(origins.of_prefix(reference, last, at).words()),
            set_at: origins.set_at(reference, at),
        };
        found.push((operand, origins.of_prefix(reference, last, at)));
    }
    for (argument, value) in run.program.lists.slice(arguments).iter().zip(values.iter()) {
        found.extend(expression_operand(origins, run, *argument, value, at));
    }
    // `$util.authType()` on its own has nothing to show but itself.
    if found.is_empty() { None } else { Some(found) }
}

/// A value for people: JSON, cut to a size that fits.
pub fn shown(value: &Value) -> Json {
    const MOST: usize = 24;
    match json::to_json_value(&freeze(value)) {
        Json::Array(mut items) if items.len() > MOST => {
            let more = items.len() - MOST;
            items.truncate(MOST);
            items.push(Json::String(format!("… {more} more")));
            Json::Array(items)
        }
        other => other,
    }
}
