//! What kept control away from a denial: the statements that granted, followed back from the condition in front of
//! it through the variables that it asks, with the conditions that led to each.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::denials;
use crate::compile::program::{ExpressionId, ExpressionKind, ReferenceId, StatementId, StatementKind, StepKind};
use crate::eval::Event;
use crate::explain::condition::{self, Atom, Evaluated, evaluations};
use crate::explain::grant::{Blocked, ended_early, last_arm, precedes, useful, walk};
use crate::explain::origin::{Origin, Origins};
use crate::explain::run::{Moment, Place, Run};
use crate::explain::variable::{self, Variable, Write, Writer};
use crate::explain::words::{self, Question};
use crate::syntax::ast::Operator;
use crate::value::Value;

/// How far back a grant is followed.
const MAX_DEPTH: u32 = 8;

/// How much a grant says about why this caller was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It runs for everybody, or asks only whether something is there, or that a mode is *not* used.
    Weak,
    /// It asks for the mode alone.
    Mode,
    /// It asks for more.
    Strong,
}

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
    runs: &'r [Run],
    origins: &'r Origins<'r>,
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

    /// Whether any condition that was asked, or loop that was entered, hangs on who the caller is.
    pub(super) fn ask_of_caller(&self) -> bool {
        self.runs.iter().enumerate().any(|(index, run)| {
            run.events.iter().enumerate().any(|(event, recorded)| {
                let at = Moment { run: index, event };
                let expression = match recorded {
                    Event::Atom { expression, .. } => *expression,
                    Event::LoopEnter { statement, .. } => match &run.program.statements[statement.0].kind {
                        StatementKind::Foreach { iterable: Some(iterable), .. } => *iterable,
                        _ => return false,
                    },
                    _ => return false,
                };
                run.references_in(expression).into_iter().any(|reference| {
                    let steps = run.program.references[reference.0].steps.len();
                    words::is_owner(&self.origins.of_prefix(reference, usize::try_from(steps).unwrap_or(0), at))
                }) || words::is_owner(&self.origins.of(expression, at))
            })
        })
    }

    /// How much a way says.
    pub(super) fn weight(&self, way: &Way) -> Weight {
        // A condition that came out speaks for itself, not those around it.
        let guards = match (way.act, way.guards.split_last()) {
            (Act::CameOut, Some((last, _))) => std::slice::from_ref(last),
            _ => way.guards.as_slice(),
        };
        let tells = |guard: &Evaluated| self.specific(guard) && (way.act != Act::CameOut || !self.not_asked_for(guard));
        if way.act == Act::Filled && !guards.is_empty() || guards.iter().any(tells) {
            return Weight::Strong;
        }
        if guards.iter().any(|guard| self.names_mode(guard)) { Weight::Mode } else { Weight::Weak }
    }

    /// Whether a condition only found that an argument was not given: a field that nobody sets needs no rule.
    fn not_asked_for(&self, evaluated: &Evaluated) -> bool {
        let Some(run) = self.runs.get(evaluated.at.run) else { return false };
        evaluated.deciding(run).iter().all(|atom| {
            let operands = condition::operands(self.origins, run, atom);
            let of_arguments =
                operands.iter().all(|(_, origin)| !given(origin) || matches!(origin, Origin::Argument(_)));
            of_arguments && words::question(run, atom.expression) == Question::Contains && !atom.truth
        })
    }

    /// Whether a condition asks more than whether something is there, or for the mode.
    pub(super) fn specific(&self, evaluated: &Evaluated) -> bool {
        let Some(run) = self.runs.get(evaluated.at.run) else { return false };
        evaluated.deciding(run).iter().any(|atom| self.specific_atom(run, atom))
    }

    /// Whether an atom does.
    pub(super) fn specific_atom(&self, run: &Run, atom: &Atom) -> bool {
        let asks = words::question(run, atom.expression);
        let operands = condition::operands(self.origins, run, atom);
        let found_none = |origin: &Origin| match origin {
            Origin::Record(path) | Origin::Result(path) => {
                path.is_empty() || path.starts_with("items") || path == "scannedCount"
            }
            _ => false,
        };
        let counts =
            asks == Question::Compare && run.program.source_text(span(run, atom.expression)).contains("size()");
        let contained = asks == Question::Truth && matches!(atom.left, Value::List(_) | Value::Map(_) | Value::Null);
        !matches!(asks, Question::Missing | Question::Empty | Question::Kind(_))
            && !counts
            && !contained
            && operands.iter().any(|(_, origin)| origin.any(&|part| given(part) && !matches!(part, Origin::Mode)))
            && !operands.iter().any(|(_, origin)| origin.any(&found_none))
    }

    fn names_mode(&self, evaluated: &Evaluated) -> bool {
        let Some(run) = self.runs.get(evaluated.at.run) else { return false };
        evaluated.deciding(run).iter().any(|atom| {
            let same = (words::question(run, atom.expression) == Question::Equal) == atom.truth;
            let operands = condition::operands(self.origins, run, atom);
            same && operands.iter().any(|(_, origin)| matches!(origin, Origin::Mode))
        })
    }

    /// Whether a condition holds something of the caller against a value, and so came out.
    pub(super) fn asks_caller(&self, evaluated: &Evaluated) -> bool {
        let Some(run) = self.runs.get(evaluated.at.run) else { return false };
        evaluated.deciding(run).iter().any(|atom| {
            let operands = condition::operands(self.origins, run, atom);
            self.specific_atom(run, atom) && operands.iter().any(|(_, origin)| words::is_owner(origin))
        })
    }

    fn given(&self, run: &Run, atom: &Atom) -> bool {
        condition::operands(self.origins, run, atom).iter().any(|(_, origin)| origin.any(&given))
    }

    fn blocked(&mut self, blocked: &Blocked, depth: u32) -> bool {
        match blocked {
            Blocked::Condition(evaluated) => self.condition(evaluated, depth),
            Blocked::EmptyLoop { place, entered, iterable, .. } => {
                let Some(run) = self.runs.get(place.run) else { return false };
                let variables = variables(run, place.run, *iterable);
                variables.iter().fold(false, |found, variable| self.written(variable, *entered, depth + 1) || found)
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
            let flag = matches!(atom.left, Value::Bool(_));
            let followed = (flag || !self.specific_atom(run, atom)) && self.follow(run, atom, depth);
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
                    !words::is_owner(&self.origins.of_prefix(*reference, usize::try_from(steps).unwrap_or(0), to))
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

/// Whether a value is something that the templates were given, rather than wrote themselves.
pub(super) fn given(origin: &Origin) -> bool {
    !matches!(
        origin,
        Origin::Literal(_) | Origin::Unset(_) | Origin::Computed(_) | Origin::Several(_) | Origin::Absent(_)
    )
}

fn span(run: &Run, expression: ExpressionId) -> crate::source_file::Span {
    run.program.expressions[expression.0].span
}

/// The variables and stash entries that an expression reads.
fn variables(run: &Run, index: usize, expression: ExpressionId) -> Vec<Variable> {
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
fn began(run: &Run, at: Moment) -> Option<StatementId> {
    run.events.get(..at.event)?.iter().rev().find_map(|event| match event {
        Event::Statement(statement) => Some(*statement),
        _ => None,
    })
}

/// The writes that a variable's value at a moment consists of: the last assignment and what was added since. Of
/// assignments of the same constant all count, back to another value: each of them granted.
fn effective(runs: &[Run], variable: &Variable, at: Moment) -> Vec<(Writer, Moment)> {
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
fn flag(run: &Run, value: ExpressionId) -> Option<Json> {
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

fn is_constant(run: &Run, value: ExpressionId) -> bool {
    match &run.program.expressions[value.0].kind {
        ExpressionKind::Reference(_) | ExpressionKind::Binary(..) | ExpressionKind::Not(_) => false,
        _ => run.references_in(value).is_empty(),
    }
}

/// `#set($ok = $groups.contains("Admin"))`: the question that was asked in an assignment, as it came out.
fn assigned_question(run: &Run, place: Place, value: ExpressionId, at: Moment) -> Option<Evaluated> {
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
fn grants(run: &Run, statement: StatementId) -> bool {
    let program = &run.program;
    match &program.statements[statement.0].kind {
        StatementKind::Return(value) => value.is_some(),
        StatementKind::Set(_, value) => matches!(program.expressions[value.0].kind, ExpressionKind::Boolean(true)),
        StatementKind::Output(..) => run.references_of(statement).into_iter().any(|reference| {
            let steps = program.steps.slice(&program.references[reference.0].steps);
            let last = steps.last().map(|step| &step.kind);
            matches!(last, Some(StepKind::Call { method: Some(method), .. }) if method.mutates())
        }),
        _ => false,
    }
}
