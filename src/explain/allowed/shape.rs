//! What statements and expressions of a template are to one who asks what granted: flags, constants, questions, and
//! the writes that a value consists of.

use serde_json::Value as Json;

use crate::compile::program::{ExpressionId, ExpressionKind, StatementId, StatementKind, StepKind};
use crate::eval::Event;
use crate::explain::condition::{Atom, Evaluated};
use crate::explain::run::{Moment, Place, Run};
use crate::explain::variable::{self, Variable, Write, Writer};
use crate::syntax::ast::Operator;
use crate::value::Value;

/// The variables and stash entries that an expression reads.
pub(super) fn variables(run: &Run, index: usize, expression: ExpressionId) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    for reference in run.references_in(expression) {
        match variable::variable_of(run, index, reference) {
            Some(variable) if !found.contains(&variable) => found.push(variable),
            _ => {}
        }
    }
    found
}

/// The statement that ran when an event happened.
pub(super) fn began(run: &Run, at: Moment) -> Option<StatementId> {
    run.events.get(..at.event)?.iter().rev().find_map(|event| match event {
        Event::Statement(statement) => Some(*statement),
        _ => None,
    })
}

/// The writes that a variable's value at a moment consists of: the last assignment and what was added since. Of
/// assignments of the same constant all count, back to another value: each of them granted.
pub(super) fn effective(runs: &[Run], variable: &Variable, at: Moment) -> Vec<(Writer, Moment)> {
    let mut all: Vec<(Writer, Moment)> = Vec::new();
    for writer in variable::writers(runs, variable) {
        let Some(run) = runs.get(writer.place.run) else { continue };
        let limit = match writer.place.run.cmp(&at.run) {
            std::cmp::Ordering::Less => run.events.len(),
            std::cmp::Ordering::Equal => at.event,
            std::cmp::Ordering::Greater => continue,
        };
        let times = run.times(writer.place.statement).filter(|time| *time < limit && !variable::kept(run, *time));
        all.extend(times.map(|event| (writer.clone(), Moment { run: writer.place.run, event })));
    }
    all.sort_by_key(|(_, moment)| std::cmp::Reverse(*moment));
    let mut found: Vec<(Writer, Moment)> = Vec::new();
    let mut constant: Option<Json> = None;
    for (writer, moment) in all {
        match (writer.write, &constant) {
            (Write::Grow, None) => found.push((writer, moment)),
            (Write::Assign(value), None) => {
                let run = runs.get(moment.run);
                constant = run.and_then(|run| flag(run, value));
                // An empty list or map is where filling begins.
                if !run.is_some_and(|run| is_empty(run, value)) {
                    found.push((writer, moment));
                }
                if constant.is_none() {
                    break;
                }
            }
            (Write::Assign(value), Some(same))
                if runs.get(moment.run).and_then(|run| flag(run, value)).as_ref() == Some(same) =>
            {
                found.push((writer, moment));
            }
            _ => break,
        }
    }
    found
}

/// A literal that serves as a flag.
pub(super) fn flag(run: &Run, value: ExpressionId) -> Option<Json> {
    match &run.program.expressions[value.0].kind {
        ExpressionKind::Boolean(flag) => Some(Json::Bool(*flag)),
        ExpressionKind::Text(text) => Some(Json::from(run.program.text(*text))),
        ExpressionKind::Int(number) => Some(Json::from(*number)),
        _ => None,
    }
}

fn is_empty(run: &Run, value: ExpressionId) -> bool {
    match &run.program.expressions[value.0].kind {
        ExpressionKind::List(items) | ExpressionKind::Map(items) => run.program.lists.slice(items).is_empty(),
        _ => false,
    }
}

pub(super) fn is_constant(run: &Run, value: ExpressionId) -> bool {
    match &run.program.expressions[value.0].kind {
        ExpressionKind::Reference(_) | ExpressionKind::Binary(..) | ExpressionKind::Not(_) => false,
        _ => run.references_in(value).is_empty(),
    }
}

/// `#set($ok = $groups.contains("Admin"))`: the question that was asked in an assignment, as it came out.
pub(super) fn assigned_question(run: &Run, place: Place, value: ExpressionId, at: Moment) -> Option<Evaluated> {
    let end = run.events.iter().enumerate().skip(at.event).find_map(|(event, recorded)| match recorded {
        Event::Set { statement, .. } if *statement == place.statement => Some(event),
        _ => None,
    });
    let end = end.unwrap_or(run.events.len());
    let Some(Event::Set { value: result, .. }) = run.events.get(end) else { return None };
    let at_end = Moment { run: at.run, event: end };
    let asks = match &run.program.expressions[value.0].kind {
        ExpressionKind::Not(_) => true,
        ExpressionKind::Binary(operator, ..) => !matches!(
            operator,
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo
        ),
        ExpressionKind::Reference(_) => matches!(result, Value::Bool(_)) && asks_by_call(run, value),
        _ => false,
    };
    if !asks {
        return None;
    }
    let mut atoms: Vec<Atom> = Vec::new();
    for (event, recorded) in run.events.iter().enumerate().take(end).skip(at.event) {
        if let Event::Atom { expression, truth, left, right } = recorded {
            let at = Moment { run: at.run, event };
            atoms.push(Atom { expression: *expression, truth: *truth, at, left: left.clone(), right: right.clone() });
        }
    }
    if atoms.is_empty() {
        let left = result.clone();
        atoms.push(Atom { expression: value, truth: result.truth(), at: at_end, left, right: Value::Null });
    }
    Some(Evaluated { condition: value, truth: result.truth(), atoms, at: at_end })
}

/// Whether an atom asks a variable that holds true or false, alone or against a literal.
pub(super) fn is_flag(run: &Run, atom: &Atom) -> bool {
    let asked = match &run.program.expressions[atom.expression.0].kind {
        ExpressionKind::Binary(Operator::Equal | Operator::NotEqual, left, _) => *left,
        _ => atom.expression,
    };
    let bare =
        matches!(run.program.expressions[asked.0].kind, ExpressionKind::Reference(_)) && !asks_by_call(run, asked);
    bare && matches!(atom.left, Value::Bool(_))
}

/// Whether a value is what a method or helper answers: not what is looked up by `get`.
fn asks_by_call(run: &Run, value: ExpressionId) -> bool {
    let ExpressionKind::Reference(reference) = &run.program.expressions[value.0].kind else { return false };
    let steps = run.program.steps.slice(&run.program.references[reference.0].steps);
    match steps.last().map(|step| &step.kind) {
        Some(StepKind::Call { name, .. }) => !matches!(run.program.text(*name), "get" | "put" | "defaultIfNull"),
        _ => false,
    }
}

/// Whether a statement could let a caller in: it ends the template with a value, sets a flag, or fills a list.
pub(super) fn grants(run: &Run, statement: StatementId) -> bool {
    let program = &run.program;
    match &program.statements[statement.0].kind {
        StatementKind::Return(value) => value.is_some(),
        StatementKind::Set(_, value) => matches!(program.expressions[value.0].kind, ExpressionKind::Boolean(true)),
        StatementKind::Output(..) => run.mutates(statement),
        _ => false,
    }
}
