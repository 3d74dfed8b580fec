//! Grants that let in by restricting: an entry put into a filter or condition, held against the records.

use serde_json::Value as Json;

use super::ways::Way;
use super::words;
use crate::compile::program::{ExpressionId, ExpressionKind, StatementId, StepKind};
use crate::eval::Event;
use crate::execute::Execution;
use crate::explain::data::claims_of;
use crate::explain::origin::{Origin, Origins};
use crate::explain::rule::Subject;
use crate::explain::run::{Moment, Run};
use crate::explain::variable;
use crate::explain::words as explained;
use crate::source::AtomTrace;
use crate::value::Value;
use crate::value::json::to_json_value;

/// An entry of a filter: what it asks of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// The attribute.
    pub(super) attribute: String,
    /// `eq`, `contains` …
    pub(super) operator: String,
    /// What it is held against.
    pub(super) wanted: Json,
    /// Where that came from.
    pub(super) origin: Origin,
}

impl Entry {
    /// What the entry speaks of.
    pub(super) fn subject(&self) -> Subject {
        let mut claims: Vec<String> = Vec::new();
        for claim in self.origin.claims() {
            if !claims.iter().any(|known| known == claim) {
                claims.push(claim.to_owned());
            }
        }
        Subject {
            claims,
            caller_value: Some(self.wanted.clone()),
            object: Some(self.attribute.clone()),
            object_is: "record",
            ..Subject::default()
        }
    }

    /// `owner` of people, `dynamicGroup` of groups.
    pub(super) fn kind(&self) -> &'static str {
        let groups =
            self.origin.claims().iter().any(|claim| {
                ["group", "role", "team", "org"].iter().any(|word| claim.to_ascii_lowercase().contains(word))
            });
        if groups { "dynamicGroup" } else { "owner" }
    }

    /// In words, with how the records came through it.
    pub(super) fn words(&self, execution: &Execution, parent_type: &str) -> String {
        let asks = words::asks(&self.attribute, &self.operator, &self.wanted, &self.origin);
        let kept: usize = execution.kept.iter().map(|(_, kept)| kept.count).sum();
        let withheld: usize = execution.withheld.iter().map(|(_, withheld)| withheld.count).sum();
        let what = match parent_type {
            "Subscription" => return format!("only events whose {asks}"),
            "Mutation" => return format!("the record's {asks}"),
            _ if kept == 1 && withheld == 0 => "the record's",
            _ => "only records whose",
        };
        match (kept, withheld) {
            (0, 0) | (1, 0) => format!("{what} {asks}"),
            (came, 0) => format!("{what} {asks}: {came} came through, none was withheld"),
            (came, withheld) => format!("{what} {asks}: {came} came through, {withheld} withheld"),
        }
    }

    /// Whether two entries ask the same of the same attribute.
    pub(super) fn alike(&self, other: &Entry) -> bool {
        self.attribute == other.attribute && self.operator == other.operator
    }

    /// Takes in what another one is held against.
    pub(super) fn join(&mut self, other: &Entry) {
        let mut wanted = many(&self.wanted);
        wanted.extend(many(&other.wanted).into_iter().filter(|value| !wanted.contains(value)).collect::<Vec<_>>());
        self.wanted = match wanted.len() {
            1 => wanted.remove(0),
            _ => Json::Array(wanted),
        };
        self.origin = Origin::Several(vec![self.origin.clone(), other.origin.clone()]);
    }

    /// Whether an atom of what records were held against is this entry, and speaks for the record.
    fn is(&self, atom: &AtomTrace) -> bool {
        atom.path.as_deref() == Some(self.attribute.as_str())
            && atom.truth != atom.negated
            && atom.operands.iter().any(|operand| {
                *operand == self.wanted || self.wanted.as_array().is_some_and(|all| all.contains(operand))
            })
    }

    /// Whether a record came through by it; nothing is known when no record was held against anything.
    pub(super) fn matched(&self, execution: &Execution) -> Option<bool> {
        let mut items = execution.kept.iter().flat_map(|(_, kept)| &kept.items).peekable();
        items.peek()?;
        Some(items.any(|item| item.atoms.iter().any(|atom| self.is(atom))))
    }
}

/// `{ "owner": { "eq": $claim } }` that a statement put into a list.
pub(super) fn entry(origins: &Origins<'_>, run: &Run, way: &Way) -> Option<Entry> {
    let (step, event, value) = added(run, way)?;
    let Json::Object(members) = to_json_value(&value) else { return None };
    let (attribute, asked) = members.into_iter().next()?;
    let (operator, wanted) = asked.as_object()?.iter().next()?;
    let argument = run.references_of(way.place.statement).into_iter().find_map(|reference| {
        let node = &run.program.references[reference.0];
        let steps = run.program.steps.slice(&node.steps);
        let index = step.checked_sub(node.steps.start)?;
        match &steps.get(usize::try_from(index).ok()?)?.kind {
            StepKind::Call { arguments, .. } => run.program.lists.slice(arguments).first().copied(),
            _ => None,
        }
    })?;
    let held = member(run, member(run, argument, &attribute)?, operator)?;
    let origin = origins.of(held, Moment { run: way.at.run, event });
    Some(Entry { attribute, operator: operator.clone(), wanted: wanted.clone(), origin })
}

/// The call that put something into a list, when it ran, and what it put.
fn added(run: &Run, way: &Way) -> Option<(u32, usize, Value)> {
    run.events.iter().enumerate().skip(way.at.event).find_map(|(event, recorded)| match recorded {
        Event::Call { step, arguments, .. } if arguments.len() == 1 => Some((*step, event, arguments.first()?.clone())),
        _ => None,
    })
}

/// The names that a statement put into a list: fields that a rule stands for.
pub(super) fn names(run: &Run, way: &Way) -> Vec<String> {
    let Some((_, _, value)) = added(run, way) else { return Vec::new() };
    let Json::Array(items) = to_json_value(&value) else { return Vec::new() };
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn member(run: &Run, map: ExpressionId, key: &str) -> Option<ExpressionId> {
    let ExpressionKind::Map(pairs) = &run.program.expressions[map.0].kind else { return None };
    run.program.lists.slice(pairs).chunks_exact(2).find_map(|pair| match pair {
        [name, value] if variable::literal_text(run, *name).as_deref() == Some(key) => Some(*value),
        _ => None,
    })
}

/// The comparisons that records came through, one an attribute, where no template wrote them as entries.
pub(super) fn held(execution: &Execution, identity: &Json) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let items = execution.kept.iter().flat_map(|(_, kept)| &kept.items);
    for atom in items.flat_map(|item| &item.atoms).filter(|atom| atom.truth != atom.negated) {
        let Some(attribute) = atom.path.clone() else { continue };
        for wanted in &atom.operands {
            let claims = claims_of(wanted, identity);
            let Some(first) = claims.first() else { continue };
            let origin = match claims.len() {
                1 => Origin::Claim(first.clone()),
                _ => Origin::Several(claims.iter().cloned().map(Origin::Claim).collect()),
            };
            let entry = Entry {
                attribute: attribute.clone(),
                operator: atom.operator.to_owned(),
                wanted: wanted.clone(),
                origin,
            };
            if !found.iter().any(|known| known.attribute == entry.attribute && known.operator == entry.operator) {
                found.push(entry);
            }
        }
    }
    found
}

fn many(value: &Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}

/// `$ctx.args.input.put("owner", $claim)` beside a grant: the template makes the caller what nobody said he was.
pub(super) fn filled_in(origins: &Origins<'_>, runs: &[Run], way: &Way) -> Option<String> {
    let run = runs.get(way.place.run)?;
    let parent = run.program.statements[way.place.statement.0].parent;
    let around = run.ancestors(way.place.statement);
    let beside = |statement: &StatementId| {
        let own = run.program.statements[statement.0].parent;
        own.is_some() && (own == parent || around.iter().any(|pair| Some(*pair) == own))
    };
    run.statements().filter(beside).find_map(|statement| {
        let event = run.times(statement).next_back()?;
        run.references_of(statement).into_iter().find_map(|reference| {
            let node = &run.program.references[reference.0];
            let steps = run.program.steps.slice(&node.steps);
            let of_arguments = matches!(&*run.program.slots[node.slot.0], "ctx" | "context")
                && matches!(&steps.first()?.kind, StepKind::Property(name) if matches!(run.program.text(*name), "args" | "arguments"));
            let StepKind::Call { name, arguments, .. } = &steps.last()?.kind else { return None };
            let [key, value] = run.program.lists.slice(arguments) else { return None };
            let key = variable::literal_text(run, *key).filter(|_| of_arguments && run.program.text(*name) == "put")?;
            let end = run.events.iter().enumerate().skip(event + 1).find_map(|(at, recorded)| match recorded {
                Event::Call { arguments, .. } if arguments.len() == 2 => Some((at, arguments.get(1)?.clone())),
                _ => None,
            })?;
            let origin = origins.of(*value, Moment { run: way.at.run, event: end.0 });
            explained::is_owner(&origin).then(|| {
                let value = explained::value(&to_json_value(&end.1));
                format!("the template writes {value} ({}) as {key}", origin.words())
            })
        })
    })
}
