//! Which fields a grant lets a caller write, where a template keeps lists of them: `$allowedFields.addAll($role.fields)`.

use serde_json::Value as Json;

use super::condition::{self, Evaluated};
use super::grant::{Blocked, Grant};
use super::origin::{Origin, Origins};
use super::run::{Moment, Run};
use super::words::{self, Question};
use crate::compile::program::{ExpressionId, ExpressionKind, StatementId, StatementKind, StepKind};
use crate::execute::FieldInput;

/// The fields that a message says a caller may not write: `Unauthorized on [a, b]`.
pub fn denied(message: &str) -> Vec<String> {
    let listed = message.strip_prefix("Unauthorized on [").and_then(|rest| rest.strip_suffix(']'));
    listed.map(|listed| listed.split(", ").map(str::to_owned).collect()).unwrap_or_default()
}

/// The fields of the input that the conditions around a denial ask for: `#if($ctx.args.input.containsKey("a"))`.
pub fn guarded(origins: &Origins<'_>, run: &Run, around: &[Evaluated]) -> Vec<String> {
    let deciding = around.iter().filter(|evaluated| evaluated.truth).flat_map(|evaluated| evaluated.deciding(run));
    let asked = deciding.filter(|atom| atom.truth).filter_map(|atom| {
        let question = words::question(run, atom.expression);
        let operands = condition::operands(origins, run, atom);
        let [(_, Origin::Argument(of)), (key, Origin::Literal(_))] = operands.as_slice() else { return None };
        let asks_key = matches!(question, Question::Contains | Question::ContainsKey) && of.starts_with("input");
        key.value.as_str().filter(|_| asks_key).map(str::to_owned)
    });
    asked.collect()
}

/// Whether a grant would have let a caller write every one of the denied fields, as far as the template says.
pub fn covers(origins: &Origins<'_>, runs: &[Run], grant: &Grant, denied: &[String], input: &FieldInput) -> bool {
    let Some(reach) = Reach::of(origins, runs, grant) else { return true };
    let given = input.arguments.get("input");
    denied.iter().all(|field| {
        let to_null = given.and_then(|given| given.get(field)).is_some_and(Json::is_null);
        reach.holds(field, to_null)
    })
}

/// What the arm that a grant stands in adds to lists of fields.
struct Reach {
    /// Lists of fields, and whether each is about fields set to null.
    lists: Vec<(bool, Vec<String>)>,
}

impl Reach {
    /// `None` where the block adds to no list, or also holds a way to write every field.
    fn of(origins: &Origins<'_>, runs: &[Run], grant: &Grant) -> Option<Reach> {
        let (index, at, holder, arm) = match &grant.blocked {
            Blocked::Condition(evaluated) => {
                let run = runs.get(evaluated.at.run)?;
                let (holder, arm) = arm_of(run, evaluated.condition)?;
                (evaluated.at.run, evaluated.at, holder, arm)
            }
            Blocked::EmptyLoop { place, entered, .. } => (place.run, *entered, place.statement, 0),
        };
        let run = runs.get(index)?;
        let mut lists = Vec::new();
        for statement in run.statements() {
            let around = run.ancestors(statement);
            if !around.contains(&(holder, arm)) {
                continue;
            }
            match &run.program.statements[statement.0].kind {
                // `#if($all) #set($isAuthorized = true)`: everything, unless the flag says otherwise.
                StatementKind::Set(_, value)
                    if matches!(run.program.expressions[value.0].kind, ExpressionKind::Boolean(true)) =>
                {
                    let flag = around.last().and_then(|(inner, arm)| match &run.program.statements[inner.0].kind {
                        StatementKind::If(arms) => arms.get(usize::from(*arm))?.condition,
                        _ => None,
                    });
                    if flag.and_then(|flag| literal(origins, flag, at)).is_none_or(|flag| flag != "false") {
                        return None;
                    }
                }
                StatementKind::Output(..) => lists.extend(added(origins, run, statement, at)),
                _ => {}
            }
        }
        (!lists.is_empty()).then_some(Reach { lists })
    }

    fn holds(&self, field: &str, to_null: bool) -> bool {
        let about = |null: bool| self.lists.iter().filter(move |(nulls, _)| *nulls == null).map(|(_, fields)| fields);
        let holds = |fields: &Vec<String>| fields.iter().any(|known| known == field);
        let apart = about(true).next().is_some();
        if apart { about(to_null).any(holds) } else { about(false).any(holds) }
    }
}

/// The `#if` that asks a condition, and which of its arms.
fn arm_of(run: &Run, condition: ExpressionId) -> Option<(StatementId, u16)> {
    run.statements().find_map(|statement| match &run.program.statements[statement.0].kind {
        StatementKind::If(arms) => {
            let arm = arms.iter().position(|arm| arm.condition == Some(condition))?;
            Some((statement, u16::try_from(arm).ok()?))
        }
        _ => None,
    })
}

/// The list that a statement adds to another, when it is written in the template. A variable whose name speaks of null
/// is Amplify's list of the fields that may be set to null.
fn added(origins: &Origins<'_>, run: &Run, statement: StatementId, at: Moment) -> Option<(bool, Vec<String>)> {
    let program = &run.program;
    run.references_of(statement).into_iter().find_map(|reference| {
        let node = &program.references[reference.0];
        let StepKind::Call { method: Some(method), arguments, .. } = &program.steps.slice(&node.steps).last()?.kind
        else {
            return None;
        };
        let [argument] = program.lists.slice(arguments) else { return None };
        let fields: Vec<String> = serde_json::from_str(&literal(origins, *argument, at)?).ok()?;
        let nulls = program.slots[node.slot.0].to_ascii_lowercase().contains("null");
        method.mutates().then_some((nulls, fields))
    })
}

/// The text of the literal that an expression comes from.
fn literal(origins: &Origins<'_>, expression: ExpressionId, at: Moment) -> Option<String> {
    match origins.of(expression, at) {
        Origin::Literal(site) => Some(site.text),
        _ => None,
    }
}
