//! What kept control away from a denial: the statements that granted, followed back from the condition in front of
//! it through the variables that it asks, with the conditions that led to each.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::denials;
use super::shape::{assigned_question, began, effective, flag, grants, is_constant, is_flag, variables};
use super::weigh::Weight;
use crate::compile::program::{ExpressionId, ReferenceId, StatementKind};
use crate::eval::Event;
use crate::explain::condition::{self, Atom, Evaluated, evaluations};
use crate::explain::grant::{Blocked, ended_early, last_arm, precedes, useful, walk};
use crate::explain::origin::{Origin, Origins};
use crate::explain::run::{Moment, Place, Run};
use crate::explain::variable::{self, Variable, Write, Writer};
use crate::explain::words;

/// How far back a grant is followed.
const MAX_DEPTH: u32 = 8;

/// What a statement did to let the caller in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Set a flag, or ended the template.
    Granted,
    /// Put something into a list: a filter, a condition, fields.
    Filled,
    /// Nothing: as a condition it came out so that no denial followed.
    CameOut,
}

/// A statement that granted.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// The statement: it ran.
    pub(super) place: Place,
    /// When.
    pub(super) at: Moment,
    /// The conditions that led to it and hang on what the templates were given, outermost first.
    pub(super) guards: Vec<Evaluated>,
    /// What the statement did.
    pub(super) act: Act,
    /// The denial that it kept away.
    pub(super) past: Option<Place>,
}

/// Finds the ways past denials.
pub(super) struct Search<'r> {
    pub(super) runs: &'r [Run],
    pub(super) origins: &'r Origins<'r>,
    ways: Vec<Way>,
    visited: HashSet<(usize, usize, u32)>,
    past: Option<Place>,
}

impl<'r> Search<'r> {
    /// Over the templates of one execution.
    pub(super) fn new(runs: &'r [Run], origins: &'r Origins<'r>) -> Self {
        Search { runs, origins, ways: Vec::new(), visited: HashSet::new(), past: None }
    }

    /// What was found, each once, in the order in which it happened. Where something says why this caller was let in,
    /// bans of other modes and checks that something is there are left out.
    pub(super) fn strongest(&self) -> Vec<Way> {
        let mut ways = self.ways.clone();
        ways.sort_by_key(|way| way.at);
        if ways.iter().any(|way| self.weight(way) != Weight::Weak) {
            ways.retain(|way| self.weight(way) != Weight::Weak);
        }
        ways
    }

    /// What kept control away from a denial that did not run.
    pub(super) fn kept_away(&mut self, denial: Place) {
        let Some(run) = self.runs.get(denial.run) else { return };
        self.past = Some(denial);
        self.visited.clear();
        let mut blocked = Vec::new();
        walk(run, denial, &run.ancestors(denial.statement), (0, run.events.len()), &mut blocked);
        if blocked.is_empty()
            && let Some((place, event)) = ended_early(run, denial.run, run.events.len())
        {
            let at = Moment { run: denial.run, event };
            let guards = self.guards(place, at);
            self.push(Way { place, at, guards, act: Act::Granted, past: None });
            return;
        }
        for blocked in &blocked {
            let found = self.blocked(blocked, 0);
            if let (false, Blocked::Condition(evaluated)) = (found, blocked) {
                self.condition_itself(evaluated);
            }
        }
    }

    /// Statements that grant something under a condition that asks who the caller is, where no denial stands: a flag
    /// set, a list filled, a value returned.
    pub(super) fn without_denial(&mut self) {
        for (index, run) in self.runs.iter().enumerate() {
            for statement in run.statements().filter(|statement| grants(run, *statement)) {
                let Some(event) = run.times(statement).next_back() else { continue };
                let (place, at) = (Place { run: index, statement }, Moment { run: index, event });
                let guards = self.guards(place, at);
                if guards.iter().any(|guard| self.asks_caller(guard)) {
                    let fills = matches!(run.program.statements[statement.0].kind, StatementKind::Output(..));
                    let act = if fills { Act::Filled } else { Act::Granted };
                    self.push(Way { place, at, guards, act, past: None });
                }
            }
        }
    }

    fn blocked(&mut self, blocked: &Blocked, depth: u32) -> bool {
        match blocked {
            Blocked::Condition(evaluated) => self.condition(evaluated, depth),
            Blocked::EmptyLoop { place, entered, iterable, .. } => {
                let Some(run) = self.runs.get(place.run) else { return false };
                let variables = variables(run, place.run, *iterable);
                let mut found = false;
                for variable in &variables {
                    found |= self.written(variable, *entered, depth + 1);
                }
                found
            }
        }
    }

    /// A condition in front of a denial, or of a statement that would have led to one: what it hangs on.
    fn condition(&mut self, evaluated: &Evaluated, depth: u32) -> bool {
        let Some(run) = self.runs.get(evaluated.at.run) else { return false };
        if depth > MAX_DEPTH || !self.visited.insert((evaluated.at.run, evaluated.at.event, evaluated.condition.0)) {
            return false;
        }
        let (mut found, mut itself) = (false, false);
        for atom in evaluated.deciding(run) {
            // A flag is worth the question behind it, though its value came from the caller, too.
            let followed = (is_flag(run, atom) || !self.specific_atom(run, atom)) && self.follow(run, atom, depth);
            found |= followed;
            // Below the denial's own condition only what asks for the caller lets anybody in.
            let tells = if depth == 0 { self.given(run, atom) } else { self.given_of_caller(run, atom) };
            itself |= !followed && tells;
        }
        if itself {
            self.condition_itself(evaluated);
        }
        found || itself
    }

    fn given_of_caller(&self, run: &Run, atom: &Atom) -> bool {
        let caller = |origin: &Origin| {
            matches!(origin, Origin::Claim(_) | Origin::Identity(_) | Origin::Mode | Origin::Header(_))
        };
        condition::operands(self.origins, run, atom).iter().any(|(_, origin)| origin.any(&caller))
    }

    /// The condition as the grant: the `#if` ran, and went the way that let the caller in.
    fn condition_itself(&mut self, evaluated: &Evaluated) {
        let Some(run) = self.runs.get(evaluated.at.run) else { return };
        let Some(Event::Arm { statement, .. }) = run.events.get(evaluated.at.event) else { return };
        let place = Place { run: evaluated.at.run, statement: *statement };
        let mut guards = self.guards(place, evaluated.at);
        guards.push(evaluated.clone());
        self.push(Way { place, at: evaluated.at, guards, act: Act::CameOut, past: None });
    }

    /// An atom that asks variables of the templates: what gave them their value, else what kept others away.
    fn follow(&mut self, run: &Run, atom: &Atom, depth: u32) -> bool {
        let mut found = false;
        for variable in variables(run, atom.at.run, atom.expression) {
            let written = self.written(&variable, atom.at, depth + 1);
            found |= written || self.not_written(&variable, run, atom, depth + 1);
        }
        found
    }

    /// What the writers that would have turned an atom round were kept away by.
    fn not_written(&mut self, variable: &Variable, holder: &Run, atom: &Atom, depth: u32) -> bool {
        let mut found = false;
        for writer in variable::writers(self.runs, variable) {
            let Some(run) = self.runs.get(writer.place.run) else { continue };
            let asked_at = self.runs.get(atom.at.run).and_then(|run| began(run, atom.at));
            let before = asked_at
                .is_some_and(|statement| precedes(self.runs, writer.place, Place { run: atom.at.run, statement }));
            if !before || run.times(writer.place.statement).next().is_some() || !useful(holder, atom, run, &writer) {
                continue;
            }
            let to = if writer.place.run == atom.at.run { atom.at.event } else { run.events.len() };
            let mut blocked = Vec::new();
            walk(run, writer.place, &run.ancestors(writer.place.statement), (0, to), &mut blocked);
            for blocked in &blocked {
                found |= self.blocked(blocked, depth);
            }
        }
        found
    }

    /// The grants among the statements that made a variable what it was at a moment.
    fn written(&mut self, variable: &Variable, at: Moment, depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let mut found = false;
        for (writer, moment) in effective(self.runs, variable, at) {
            found |= self.write(&writer, moment, depth);
        }
        found
    }

    fn write(&mut self, writer: &Writer, at: Moment, depth: u32) -> bool {
        let Some(run) = self.runs.get(writer.place.run) else { return false };
        let mut guards = self.guards(writer.place, at);
        let specific = guards.iter().any(|guard| self.specific(guard));
        let (act, value) = match writer.write {
            Write::Assign(value) => (Act::Granted, Some(value)),
            Write::Grow => (Act::Filled, None),
        };
        if let Some(question) = value.and_then(|value| assigned_question(run, writer.place, value, at))
            && self.given_at_all(&question)
        {
            guards.push(question);
            return self.push(Way { place: writer.place, at, guards, act, past: None });
        }
        let constant = value.is_none_or(|value| is_constant(run, value));
        if value.is_some_and(|value| self.is_initial(run, writer.place, value)) {
            return false;
        }
        if specific && constant {
            return self.push(Way { place: writer.place, at, guards, act, past: None });
        }
        if self.passed_on(run, writer, at, depth) {
            return true;
        }
        let flags = self.flags(run, writer.place, at);
        if act == Act::Granted {
            let mut found = false;
            for (variable, moment) in &flags {
                found |= self.written(variable, *moment, depth + 1);
            }
            if found || !constant {
                return found;
            }
        } else {
            guards.extend(self.guards_of_flags(&flags));
        }
        if guards.is_empty() {
            guards = self.exits_before(run, writer.place, at);
        }
        !guards.is_empty() && self.push(Way { place: writer.place, at, guards, act, past: None })
    }

    /// Whether an assignment gives a flag the value that it has until something else is found: no statement before it
    /// writes the variable, and it is `false`, or one behind it writes another value.
    fn is_initial(&self, run: &Run, place: Place, value: ExpressionId) -> bool {
        let Some(constant) = flag(run, value) else { return false };
        let StatementKind::Set(target, _) = &run.program.statements[place.statement.0].kind else { return false };
        let Some(variable) = variable::variable_of(run, place.run, *target) else { return false };
        let all = variable::writers(self.runs, &variable);
        let before = |writer: &Writer| precedes(self.runs, writer.place, place);
        let same = |writer: &Writer| match writer.write {
            Write::Assign(other) => {
                self.runs.get(writer.place.run).and_then(|run| flag(run, other)).as_ref() == Some(&constant)
            }
            Write::Grow => false,
        };
        let turned = constant == Json::Bool(false) || all.iter().any(|writer| writer.place != place && !same(writer));
        turned && !all.iter().any(before)
    }

    /// The grants that a writer passes on: through the values that it takes, and the lists that it runs over.
    fn passed_on(&mut self, run: &Run, writer: &Writer, at: Moment, depth: u32) -> bool {
        let mut taken: Vec<Variable> = Vec::new();
        for (statement, _) in run.ancestors(writer.place.statement) {
            if let StatementKind::Foreach { iterable: Some(iterable), .. } = &run.program.statements[statement.0].kind {
                taken.extend(variables(run, at.run, *iterable));
            }
        }
        let asked = match writer.write {
            Write::Assign(value) => assigned_question(run, writer.place, value, at),
            Write::Grow => None,
        };
        match (&asked, writer.write) {
            (Some(asked), _) => {
                asked.deciding(run).iter().for_each(|atom| taken.extend(variables(run, at.run, atom.expression)));
            }
            (None, Write::Assign(value)) => taken.extend(variables(run, at.run, value)),
            (None, Write::Grow) => {
                // What is the caller's own was not granted by anything.
                let granted = |reference: &ReferenceId| {
                    let steps = run.program.references[reference.0].steps.len();
                    let to = Moment { event: self.origins.end_of(at).event, ..at };
                    !words::is_owner(&self.origins.of_prefix(*reference, steps, to))
                };
                let values = run.references_of(writer.place.statement).into_iter().filter(granted);
                taken.extend(values.filter_map(|reference| variable::variable_of(run, at.run, reference)));
            }
        }
        // What a list already held are other writers.
        taken.retain(|variable| {
            writer.write != Write::Grow || variable::writes(run, at.run, writer.place.statement, variable).is_none()
        });
        let mut found = false;
        for (index, variable) in taken.iter().enumerate() {
            if !taken.iter().take(index).any(|before| before == variable) {
                found |= self.written(variable, at, depth + 1);
            }
        }
        found
    }

    /// The variables that the conditions around a statement ask without comparing them with anything given.
    fn flags(&self, run: &Run, place: Place, at: Moment) -> Vec<(Variable, Moment)> {
        let mut found = Vec::new();
        for (statement, _) in run.ancestors(place.statement) {
            let Some(chosen) = last_arm(run, statement, at.event) else { continue };
            for evaluated in evaluations(run, place.run, statement, chosen) {
                for atom in evaluated.deciding(run).into_iter().filter(|atom| !self.specific_atom(run, atom)) {
                    found.extend(variables(run, place.run, atom.expression).into_iter().map(|v| (v, atom.at)));
                }
            }
        }
        found
    }

    /// The conditions under which flags were set.
    fn guards_of_flags(&self, flags: &[(Variable, Moment)]) -> Vec<Evaluated> {
        let mut found: Vec<Evaluated> = Vec::new();
        for (variable, moment) in flags {
            for (writer, at) in effective(self.runs, variable, *moment) {
                for guard in self.guards(writer.place, at) {
                    if !found.iter().any(|known| known.at == guard.at) {
                        found.push(guard);
                    }
                }
            }
        }
        found
    }

    /// The conditions that led to a statement and hang on what the templates were given, outermost first.
    fn guards(&self, place: Place, at: Moment) -> Vec<Evaluated> {
        let Some(run) = self.runs.get(place.run) else { return Vec::new() };
        let mut found = Vec::new();
        for (statement, _) in run.ancestors(place.statement) {
            let Some(chosen) = last_arm(run, statement, at.event) else { continue };
            found.extend(
                evaluations(run, place.run, statement, chosen).into_iter().filter(|one| self.given_at_all(one)),
            );
        }
        found
    }

    fn given_at_all(&self, evaluated: &Evaluated) -> bool {
        let Some(run) = self.runs.get(evaluated.at.run) else { return false };
        evaluated.deciding(run).iter().any(|atom| self.given(run, atom))
    }

    /// The conditions that kept a template from ending before a statement outside of all blocks.
    fn exits_before(&self, run: &Run, place: Place, at: Moment) -> Vec<Evaluated> {
        let limit = run.program.statements[place.statement.0].span.start;
        let mut found: Vec<Evaluated> = Vec::new();
        for statement in run.statements() {
            let node = &run.program.statements[statement.0];
            let exits = matches!(node.kind, StatementKind::Return(_)) || denials::denies(run, statement);
            if !exits || node.span.start >= limit {
                continue;
            }
            let mut blocked = Vec::new();
            let exit = Place { run: place.run, statement };
            walk(run, exit, &run.ancestors(statement), (0, at.event), &mut blocked);
            for blocked in blocked {
                if let Blocked::Condition(evaluated) = blocked
                    && self.given_at_all(&evaluated)
                    && !found.iter().any(|known| known.at == evaluated.at)
                {
                    found.push(evaluated);
                }
            }
        }
        found
    }

    fn push(&mut self, mut way: Way) -> bool {
        way.past = self.past;
        if !self.ways.iter().any(|known| known.place == way.place && known.at == way.at) {
            self.ways.push(way);
        }
        true
    }
}
