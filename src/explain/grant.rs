//! What could have allowed it: the statements that did not run and, had they run, would have kept control away
//! from the denial; for each, the first condition that kept control away from it.

use std::collections::HashSet;

use super::condition::{self, Atom, Evaluated, evaluations};
use super::origin::{Origin, Origins};
use super::run::{Moment, Place, Run};
use super::variable::{self, Variable, Write, Writer};
use super::words::{self, Question};
use crate::compile::program::{ExpressionId, ExpressionKind, ReferenceId, StatementId, StatementKind};
use crate::eval::Event;
use crate::syntax::ast::Operator;

/// How far "a writer that should not have run" is followed.
const MAX_DEPTH: u32 = 4;

/// A statement that would have allowed, and what kept control away from it.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The statement.
    pub place: Place,
    /// What kept control away.
    pub blocked: Blocked,
}

/// What kept control away from a statement.
#[derive(Debug, Clone)]
pub enum Blocked {
    /// A condition that came out the other way.
    Condition(Evaluated),
    /// A loop over nothing; `inner` is the condition its body would have asked first.
    EmptyLoop {
        /// The `#foreach`.
        place: Place,
        /// When it was entered.
        entered: Moment,
        /// What it ran over.
        iterable: ExpressionId,
        /// The condition on the way to the statement, inside the loop.
        inner: Option<ExpressionId>,
    },
}

impl Blocked {
    /// The same for two statements that the same turn of the same condition kept away.
    fn key(&self) -> (usize, usize, u32) {
        match self {
            Blocked::Condition(evaluated) => (evaluated.at.run, evaluated.at.event, evaluated.condition.0),
            Blocked::EmptyLoop { place, entered, .. } => (entered.run, entered.event, place.statement.0),
        }
    }
}

/// Finds grants for a statement that should not have run.
pub struct Search<'r> {
    runs: &'r [Run],
    origins: &'r Origins<'r>,
    grants: Vec<Grant>,
    seen: HashSet<(usize, usize, u32)>,
    visited: HashSet<Place>,
    /// Constants that variables should not have got: another statement that writes the same is no way out.
    unwanted: Vec<(Variable, Constant)>,
}

impl<'r> Search<'r> {
    /// Over the templates of one execution.
    pub fn new(runs: &'r [Run], origins: &'r Origins<'r>) -> Self {
        Search {
            runs,
            origins,
            grants: Vec::new(),
            seen: HashSet::new(),
            visited: HashSet::new(),
            unwanted: Vec::new(),
        }
    }

    /// What was found, in the order of runs and source.
    pub fn finish(mut self) -> Vec<Grant> {
        let start = |grant: &Grant| {
            let statement = grant.place.statement;
            let position =
                self.runs.get(grant.place.run).map_or(0, |run| run.program.statements[statement.0].span.start);
            (grant.place.run, position)
        };
        self.grants.sort_by_key(start);
        self.grants
    }

    /// Looks for what would have kept control away from a statement that ran at a moment.
    pub fn avoid(&mut self, target: Place, at: Moment) {
        self.avoid_at(target, at, 0);
    }

    /// Looks for what kept control away from a statement that did not run before a moment.
    pub fn reach(&mut self, place: Place, before: Moment) {
        if let Some(run) = self.runs.get(place.run) {
            self.keep_away(run, place, before.event, 1);
        }
    }

    /// The same for the statements that last filled a stash entry with a filter. Where it is a list of ways for a
    /// record to pass, also for what would have added one more.
    pub fn avoid_writers_of(&mut self, variable: &Variable, at: Moment) {
        let runs = self.runs;
        let Some((writer, moment)) = variable::last_write(runs, variable, at) else { return };
        self.avoid_at(writer.place, moment, 1);
        let Write::Assign(filter) = writer.write else { return };
        let Some(run) = runs.get(writer.place.run) else { return };
        for ways in ways_to_pass(run, filter) {
            for variable in self.variables(run, writer.place.run, ways) {
                for added in variable::writers(runs, &variable) {
                    let ran = run.times(added.place.statement).any(|time| time < moment.event);
                    if added.write == Write::Grow && added.place.run == moment.run && !ran {
                        self.reach(added.place, moment);
                    }
                }
            }
        }
    }

    /// Looks for what would have added to what a stash entry was made of: one more part of a filter.
    pub fn add_to(&mut self, variable: &Variable, at: Moment) {
        let runs = self.runs;
        let Some((writer, moment)) = variable::last_write(runs, variable, at) else { return };
        let Some(run) = runs.get(writer.place.run) else { return };
        for reference in run.references_of(writer.place.statement) {
            let Some(part) = variable::variable_of(run, writer.place.run, reference) else { continue };
            if part != *variable {
                self.write_otherwise(&part, None, writer.place, moment, MAX_DEPTH);
            }
        }
    }

    fn avoid_at(&mut self, target: Place, at: Moment, depth: u32) {
        if depth > MAX_DEPTH || !self.visited.insert(target) {
            return;
        }
        let runs = self.runs;
        let Some(run) = runs.get(target.run) else { return };
        if depth == 0 {
            self.returns(run, target, at);
        }
        let ancestors = run.ancestors(target.statement);
        let innermost = ancestors.len().saturating_sub(1);
        for (level, (statement, _)) in ancestors.iter().enumerate() {
            match &run.program.statements[statement.0].kind {
                StatementKind::If(_) => {
                    let Some(chosen) = last_arm(run, *statement, at.event) else { continue };
                    for evaluated in evaluations(run, target.run, *statement, chosen) {
                        self.flip(run, &evaluated, *statement, target, at, depth, level == innermost);
                    }
                }
                StatementKind::Foreach { iterable: Some(iterable), .. } => {
                    for variable in self.variables(run, target.run, *iterable) {
                        self.write_otherwise(&variable, None, target, at, depth);
                    }
                }
                _ => {}
            }
        }
    }

    /// `#return`s in front of the denial end the template before it.
    fn returns(&mut self, run: &Run, target: Place, at: Moment) {
        let limit = run.program.statements[target.statement.0].span.start;
        for statement in run.statements() {
            let node = &run.program.statements[statement.0];
            if matches!(node.kind, StatementKind::Return(_)) && node.span.start < limit {
                self.keep_away(run, Place { run: target.run, statement }, at.event, MAX_DEPTH);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one condition on the way to one statement: they belong together")]
    fn flip(
        &mut self,
        run: &Run,
        evaluated: &Evaluated,
        statement: StatementId,
        target: Place,
        at: Moment,
        depth: u32,
        innermost: bool,
    ) {
        let mut from_context = Vec::new();
        for atom in evaluated.deciding(run) {
            let variables = self.variables(run, target.run, atom.expression);
            let before = self.grants.len();
            for variable in &variables {
                self.write_otherwise(variable, Some((run, atom)), target, at, depth);
            }
            // Nothing that the templates could have written otherwise, or both sides are what they were given: that
            // decides.
            if self.grants.len() == before || self.of_context(run, atom) {
                from_context.push(atom);
            }
        }
        // A condition that no other writing would change is itself what must change.
        let decided_by_context = !from_context.is_empty() && from_context.len() == evaluated.deciding(run).len();
        if decided_by_context && innermost {
            let place = Place { run: target.run, statement: after(run, statement, target.statement) };
            self.push(Grant { place, blocked: Blocked::Condition(evaluated.clone()) });
        }
    }

    /// Whether both sides of a comparison came from outside of the templates.
    fn of_context(&self, run: &Run, atom: &Atom) -> bool {
        let operands = super::condition::operands(self.origins, run, atom);
        let given = |origin: &Origin| {
            !matches!(origin, Origin::Literal(_) | Origin::Unset(_) | Origin::Computed(_) | Origin::Mode)
        };
        operands.len() == 2 && operands.iter().all(|(_, origin)| given(origin))
    }

    /// Whether a person could make the atom come out the other way: it hangs on something the templates were given;
    /// not by ceasing to be who they are, not by leaving the mode without taking another, not by taking the record away,
    /// nor by changing what a query counted (the explanation of withheld rows says that better).
    fn plausible(&self, run: &Run, atom: &Atom) -> bool {
        let question = words::question(run, atom.expression);
        let takes_away = matches!(question, Question::Missing | Question::Empty) && !atom.truth
            || question == Question::Truth && atom.truth;
        let leaves_mode = question == Question::Equal && atom.truth || question == Question::NotEqual && !atom.truth;
        let operands = super::condition::operands(self.origins, run, atom);
        let given = |origin: &Origin| !matches!(origin, Origin::Literal(_) | Origin::Unset(_) | Origin::Computed(_));
        operands.iter().any(|(_, origin)| origin.any(&given))
            && !operands.iter().any(|(_, origin)| {
                origin.any(&|part| match part {
                    Origin::Mode => leaves_mode,
                    // Calling without an identity pool is a way of calling; calling without a name is not.
                    Origin::Identity(path) if path.starts_with("cognitoIdentity") => false,
                    Origin::Claim(_) | Origin::Identity(_) => takes_away || question == Question::Equal && atom.truth,
                    Origin::Source(_) => takes_away,
                    Origin::Record(path) | Origin::Result(path) => {
                        takes_away || path.starts_with("items") || path == "scannedCount"
                    }
                    _ => false,
                })
            })
    }

    /// The variables and stash entries that an expression reads.
    fn variables(&self, run: &Run, index: usize, expression: ExpressionId) -> Vec<Variable> {
        let mut found: Vec<Variable> = Vec::new();
        for reference in run.references_in(expression) {
            self.add_variables(run, index, reference, &mut found);
        }
        found
    }

    fn add_variables(&self, run: &Run, index: usize, reference: ReferenceId, found: &mut Vec<Variable>) {
        let Some(variable) = variable::variable_of(run, index, reference) else { return };
        if !found.contains(&variable) {
            found.push(variable);
        }
    }

    /// Grants from a variable that had to have another value: writers that did not run, and, for those that did
    /// and should not have, what would have kept control away from them.
    fn write_otherwise(
        &mut self,
        variable: &Variable,
        atom: Option<(&Run, &Atom)>,
        target: Place,
        at: Moment,
        depth: u32,
    ) {
        let runs = self.runs;
        let all = variable::writers(runs, variable);
        let last = variable::last_write(runs, variable, at).map(|(writer, moment)| (writer.place, moment));
        for writer in &all {
            let Some(run) = runs.get(writer.place.run) else { continue };
            if writer.place == target || !precedes(runs, writer.place, target) {
                continue;
            }
            let written = match writer.write {
                Write::Assign(value) => constant(run, value).map(|constant| (variable.clone(), constant)),
                Write::Grow => None,
            };
            let unwanted = written.as_ref().is_some_and(|written| self.unwanted.contains(written));
            if !unwanted && atom.is_none_or(|(holder, atom)| useful(holder, atom, run, writer)) {
                let before = if writer.place.run == at.run { at.event } else { run.events.len() };
                self.keep_away(run, writer.place, before, depth);
            }
            let harmful = match writer.write {
                Write::Grow => true,
                Write::Assign(_) => last.is_some_and(|(place, _)| place == writer.place),
            };
            if harmful {
                let before = if writer.place.run == at.run { at.event } else { run.events.len() };
                if let Some(event) = run.times(writer.place.statement).rfind(|time| *time < before) {
                    let before = self.unwanted.len();
                    self.unwanted.extend(written);
                    self.avoid_at(writer.place, Moment { run: writer.place.run, event }, depth + 1);
                    self.unwanted.truncate(before);
                    if let Write::Assign(value) = writer.write {
                        self.value_otherwise(run, writer.place, value, target, at, depth);
                    }
                }
            }
        }
    }

    /// A variable whose value was computed from others: those must change.
    fn value_otherwise(&mut self, run: &Run, place: Place, value: ExpressionId, target: Place, at: Moment, depth: u32) {
        let computed = match &run.program.expressions[value.0].kind {
            ExpressionKind::Binary(..) | ExpressionKind::Not(_) => true,
            ExpressionKind::Reference(reference) => run.program.references[reference.0].helper.is_some(),
            _ => false,
        };
        if computed && depth < MAX_DEPTH {
            for variable in self.variables(run, place.run, value) {
                self.write_otherwise(&variable, None, target, at, depth + 1);
            }
        }
    }

    /// Records what kept control away from a statement, turn by turn where it stands in loops; where the template
    /// ended before it, what led to that end.
    fn keep_away(&mut self, run: &Run, place: Place, before: usize, depth: u32) {
        let ancestors = run.ancestors(place.statement);
        let mut blocked = Vec::new();
        walk(run, place, &ancestors, (0, before), &mut blocked);
        if blocked.is_empty()
            && run.times(place.statement).all(|time| time >= before)
            && let Some((ended, event)) = ended_early(run, place.run, before)
        {
            self.avoid_at(ended, Moment { run: place.run, event }, depth + 1);
        }
        for blocked in blocked {
            if !self.possible(&blocked) {
                self.flags_otherwise(&blocked, place, depth);
                let computed = self.computed(&blocked).map(Blocked::Condition);
                computed.into_iter().for_each(|blocked| self.push(Grant { place, blocked }));
            }
            self.push(Grant { place, blocked });
        }
    }

    /// A statement blocked by the template's own flags: what would have set them otherwise.
    fn flags_otherwise(&mut self, blocked: &Blocked, place: Place, depth: u32) {
        let runs = self.runs;
        if depth >= MAX_DEPTH {
            return;
        }
        let evaluated = match blocked {
            Blocked::Condition(evaluated) => evaluated,
            Blocked::EmptyLoop { place: at, entered, iterable, .. } => {
                let Some(run) = runs.get(at.run) else { return };
                for variable in self.variables(run, at.run, *iterable) {
                    self.write_otherwise(&variable, None, place, *entered, depth + 1);
                }
                return;
            }
        };
        let Some(run) = runs.get(evaluated.at.run) else { return };
        for atom in evaluated.deciding(run) {
            for variable in self.variables(run, evaluated.at.run, atom.expression) {
                self.write_otherwise(&variable, Some((run, atom)), place, evaluated.at, depth + 1);
            }
        }
    }

    /// For a condition that asks a flag which was computed before, `#set($mine = $owner == $me)`, what that asked.
    fn computed(&self, blocked: &Blocked) -> Option<Evaluated> {
        let Blocked::Condition(evaluated) = blocked else { return None };
        let run = self.runs.get(evaluated.at.run)?;
        let deciding = evaluated.deciding(run);
        let [atom] = deciding.as_slice() else { return None };
        let ExpressionKind::Reference(flag) = &run.program.expressions[atom.expression.0].kind else { return None };
        let flag = variable::variable_of(run, evaluated.at.run, *flag)?;
        let (writer, written) = variable::last_write(self.runs, &flag, atom.at)?;
        let Write::Assign(value) = writer.write else { return None };
        condition::assigned(self.runs.get(written.run)?, written, writer.place.statement, value, atom.truth)
    }

    fn possible(&self, blocked: &Blocked) -> bool {
        match blocked {
            Blocked::Condition(evaluated) => self
                .runs
                .get(evaluated.at.run)
                .is_some_and(|run| evaluated.deciding(run).iter().any(|atom| self.plausible(run, atom))),
            // A loop over the template's own list hangs on what would have filled it.
            Blocked::EmptyLoop { iterable, entered, .. } => {
                let over = self.origins.of(*iterable, *entered);
                over.any(&|origin| !matches!(origin, Origin::Literal(_) | Origin::Unset(_) | Origin::Computed(_)))
            }
        }
    }

    fn push(&mut self, grant: Grant) {
        let possible = self.possible(&grant.blocked);
        if possible && self.seen.insert(grant.blocked.key()) {
            self.grants.push(grant);
        }
    }
}

/// The `#return` or `#stop` that ended a run, when it did so before an event.
pub(super) fn ended_early(run: &Run, index: usize, before: usize) -> Option<(Place, usize)> {
    run.events.iter().enumerate().take(before).rev().find_map(|(event, recorded)| match recorded {
        Event::Halted(statement) => Some((Place { run: index, statement: *statement }, event)),
        _ => None,
    })
}

/// Follows the path to a statement through the blocks around it, within a range of events.
pub(super) fn walk(
    run: &Run,
    place: Place,
    ancestors: &[(StatementId, u16)],
    (from, to): (usize, usize),
    out: &mut Vec<Blocked>,
) {
    let Some(((statement, arm), rest)) = ancestors.split_first() else { return };
    match &run.program.statements[statement.0].kind {
        StatementKind::If(arms) => {
            let chosen =
                run.events.iter().enumerate().take(to).skip(from).rev().find_map(|(index, event)| match event {
                    Event::Arm { statement: chose, arm } if chose == statement => Some((index, *arm)),
                    _ => None,
                });
            let Some((index, chosen)) = chosen else { return };
            if chosen == Some(*arm) {
                walk(run, place, rest, (index, to), out);
                return;
            }
            let wanted = arms.get(usize::from(*arm)).and_then(|arm| arm.condition);
            let evaluated = evaluations(run, place.run, *statement, index);
            let blocking = evaluated.iter().find(|one| Some(one.condition) == wanted).or(evaluated.last());
            out.extend(blocking.cloned().map(Blocked::Condition));
        }
        StatementKind::Foreach { iterable: Some(iterable), .. } => {
            let entered =
                run.events.iter().enumerate().take(to).skip(from).rev().find_map(|(index, event)| match event {
                    Event::LoopEnter { statement: entered, .. } if entered == statement => Some(index),
                    _ => None,
                });
            let Some(entered) = entered else { return };
            let end = run
                .events
                .iter()
                .enumerate()
                .take(to)
                .skip(entered)
                .find_map(|(index, event)| match event {
                    Event::LoopLeave(left) if left == statement => Some(index),
                    _ => None,
                })
                .unwrap_or(to);
            let mut turns: Vec<usize> = run
                .events
                .iter()
                .enumerate()
                .take(end)
                .skip(entered)
                .filter(|(_, event)| matches!(event, Event::LoopTurn { statement: turned, .. } if turned == statement))
                .map(|(index, _)| index)
                .collect();
            if turns.is_empty() {
                out.push(Blocked::EmptyLoop {
                    place: Place { run: place.run, statement: *statement },
                    entered: Moment { run: place.run, event: entered },
                    iterable: *iterable,
                    inner: first_condition(run, rest),
                });
                return;
            }
            turns.push(end);
            for window in turns.windows(2) {
                if let [turn, next] = window {
                    walk(run, place, rest, (*turn, *next), out);
                }
            }
        }
        _ => {}
    }
}

/// The lists of a filter of which one member is enough: `{"or": $list}`.
fn ways_to_pass(run: &Run, filter: ExpressionId) -> Vec<ExpressionId> {
    let ExpressionKind::Map(pairs) = &run.program.expressions[filter.0].kind else { return Vec::new() };
    let pairs = run.program.lists.slice(pairs).chunks_exact(2);
    let or = pairs.filter_map(|pair| match pair {
        [key, value] => (variable::literal_text(run, *key)? == "or").then_some(*value),
        _ => None,
    });
    or.collect()
}

fn first_condition(run: &Run, ancestors: &[(StatementId, u16)]) -> Option<ExpressionId> {
    ancestors.iter().find_map(|(statement, arm)| match &run.program.statements[statement.0].kind {
        StatementKind::If(arms) => arms.get(usize::from(*arm)).and_then(|arm| arm.condition),
        _ => None,
    })
}

/// When an `#if` last chose an arm before an event.
pub fn last_arm(run: &Run, statement: StatementId, before: usize) -> Option<usize> {
    run.chosen_before(statement, before)
}

/// Whether a statement stands where it could have run before another.
pub(super) fn precedes(runs: &[Run], place: Place, target: Place) -> bool {
    match place.run.cmp(&target.run) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => runs.get(place.run).is_some_and(|run| {
            let start = |statement: StatementId| run.program.statements[statement.0].span.start;
            start(place.statement) < start(target.statement)
        }),
    }
}

/// Whether a writer could make an atom come out the other way: a flag needs the other constant.
pub(super) fn useful(holder: &Run, atom: &Atom, run: &Run, writer: &Writer) -> bool {
    let Write::Assign(value) = writer.write else { return grows_the_right_way(holder, atom) };
    let constant = constant(run, value);
    match &holder.program.expressions[atom.expression.0].kind {
        ExpressionKind::Reference(reference) => {
            let node = &holder.program.references[reference.0];
            let bare = node.steps.is_empty()
                || matches!(variable::stash_key(holder, node), Some((_, n)) if n == node.steps.len());
            !(bare && constant == Some(Constant::Flag(atom.truth)))
        }
        ExpressionKind::Binary(operator @ (Operator::Equal | Operator::NotEqual), _, right) => {
            let Some(compared) = self::constant(holder, *right) else { return true };
            let equal = constant.as_ref() == Some(&compared);
            let would_be = if *operator == Operator::Equal { equal } else { !equal };
            constant.is_none() || would_be != atom.truth
        }
        _ => true,
    }
}

/// A flag or a text that is written in a template.
#[derive(Debug, Clone, PartialEq)]
enum Constant {
    Flag(bool),
    Text(String),
}

fn constant(run: &Run, expression: ExpressionId) -> Option<Constant> {
    match &run.program.expressions[expression.0].kind {
        ExpressionKind::Boolean(flag) => Some(Constant::Flag(*flag)),
        _ => variable::literal_text(run, expression).map(Constant::Text),
    }
}

/// Whether adding to a list or map could make an atom come out the other way: `isEmpty()` and `contains(..)` that
/// hold it back, not `size() > 0` that is already too much.
fn grows_the_right_way(holder: &Run, atom: &Atom) -> bool {
    match words::question(holder, atom.expression) {
        Question::Empty => atom.truth,
        Question::Contains | Question::ContainsKey | Question::Compare => !atom.truth,
        _ => true,
    }
}

/// Where control goes when an `#if` around a denial goes the other way: the first statement of another arm, else
/// the statement behind the `#if`, else the `#if` itself.
fn after(run: &Run, statement: StatementId, denied: StatementId) -> StatementId {
    let program = &run.program;
    if let StatementKind::If(arms) = &program.statements[statement.0].kind {
        for arm in arms {
            let body = program.block_items.slice(&arm.body);
            let holds = body.iter().any(|inner| contains(run, *inner, denied));
            let visible = body.iter().find(|inner| !is_blank(run, **inner));
            if let (false, Some(first)) = (holds, visible) {
                return *first;
            }
        }
    }
    let end = program.statements[statement.0].span.end;
    let parent = program.statements[statement.0].parent;
    run.statements()
        .find(|other| {
            let node = &program.statements[other.0];
            node.parent == parent && node.span.start >= end && !is_blank(run, *other)
        })
        .unwrap_or(statement)
}

fn contains(run: &Run, outer: StatementId, inner: StatementId) -> bool {
    outer == inner || run.ancestors(inner).iter().any(|(ancestor, _)| *ancestor == outer)
}

fn is_blank(run: &Run, statement: StatementId) -> bool {
    match &run.program.statements[statement.0].kind {
        StatementKind::Text(text) => run.program.text(*text).trim().is_empty(),
        _ => false,
    }
}
