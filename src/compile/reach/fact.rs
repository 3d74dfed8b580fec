//! What is known of every request before a template runs: of `$ctx.args.owner` that it is a text or null. A fact holds
//! until something may change what it speaks of.

use super::Walk;
use super::state::State;
use super::value::{NULL, SOME_TEXT, Values};
use crate::compile::program::{ExpressionId, ExpressionKind, Program, Reference, ReferenceId, Slot, StepKind};
use crate::value::method::Method;

/// Something that is known of what `$ctx` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The names that lead there from `$ctx`; arguments stand in `args`.
    pub path: Vec<String>,
    /// What is there.
    pub held: Held,
}

/// What is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// A text or null.
    Text,
    /// Nothing, not even null.
    Absent,
}

impl Fact {
    fn values(&self) -> Values {
        match self.held {
            Held::Text => SOME_TEXT.or(NULL),
            Held::Absent => NULL,
        }
    }
}

/// The names that a reference follows from `$ctx`, with how many of its steps they are; `None` of another variable.
fn names<'p>(program: &'p Program, reference: &Reference) -> Option<(Vec<&'p str>, usize)> {
    let root = program.slots.iter().nth(reference.slot.index())?;
    if !matches!(&**root, "ctx" | "context") {
        return None;
    }
    let mut names = Vec::new();
    for step in program.steps.slice(&reference.steps) {
        match named(program, &step.kind) {
            Some(name) => names.push(if names.is_empty() && name == "arguments" { "args" } else { name }),
            None => break,
        }
    }
    let steps = names.len();
    Some((names, steps))
}

/// `.name` and `.get("name")`
fn named<'p>(program: &'p Program, step: &StepKind) -> Option<&'p str> {
    match step {
        StepKind::Property(name) => Some(program.text(*name)),
        StepKind::Call { method: Some(Method::Get), arguments, .. } => {
            one_text(program, program.lists.slice(arguments))
        }
        _ => None,
    }
}

fn one_text<'p>(program: &'p Program, arguments: &[ExpressionId]) -> Option<&'p str> {
    match arguments {
        [argument] => match &program.expressions[argument.0].kind {
            ExpressionKind::Text(text) => Some(program.text(*text)),
            _ => None,
        },
        _ => None,
    }
}

/// The paths from `$ctx` that a template asks for, also whether there is something.
pub fn paths(program: &Program) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    for reference in program.references.iter() {
        let Some((mut path, steps)) = names(program, reference) else { continue };
        if let Some(StepKind::Call { method: Some(Method::ContainsKey), arguments, .. }) =
            program.steps.slice(&reference.steps).get(steps).map(|step| &step.kind)
        {
            path.extend(one_text(program, program.lists.slice(arguments)));
        }
        let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
        if !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

/// Whether a template may change what a path leads to, or hands out something that it leads through.
pub fn disturbs(program: &Program, path: &[String]) -> bool {
    let within = |names: &[&str]| names.len() < path.len() && path.iter().zip(names).all(|(one, other)| one == other);
    program.references.iter().any(|reference| names(program, reference).is_some_and(|(names, _)| within(&names)))
}

impl Walk<'_, '_> {
    /// What the facts say before anything ran.
    pub(super) fn presume(&self, state: &mut State) {
        for (fact, slot) in self.facts.iter().zip(self.first_fact()..) {
            state.set(Slot(slot), fact.values());
        }
    }

    fn first_fact(&self) -> u32 {
        u32::try_from(self.program.slots.len()).unwrap_or(u32::MAX)
    }

    /// The fact that a reference begins with, as its place among the variables, and how many steps it is.
    pub(super) fn fact(&self, reference: &Reference) -> Option<(Slot, usize)> {
        let (names, _) = names(self.program, reference)?;
        let begins = |fact: &Fact| names.len() >= fact.path.len() && fact.path.iter().zip(&names).all(|(a, b)| a == b);
        let (fact, at) = self.facts.iter().zip(self.first_fact()..).find(|(fact, _)| begins(fact))?;
        Some((Slot(at), fact.path.len()))
    }

    /// Whether a reference asks for a key that is not there.
    pub(super) fn asks_absent(&self, reference: &Reference, state: &State) -> bool {
        let program = self.program;
        let Some((mut path, steps)) = names(program, reference) else { return false };
        let [StepKind::Call { method: Some(Method::ContainsKey), arguments, .. }] = program
            .steps
            .slice(&reference.steps)
            .get(steps..)
            .unwrap_or_default()
            .iter()
            .map(|step| &step.kind)
            .collect::<Vec<_>>()[..]
        else {
            return false;
        };
        let Some(key) = one_text(program, program.lists.slice(arguments)) else { return false };
        path.push(key);
        let mut facts = self.facts.iter().zip(self.first_fact()..);
        facts.any(|(fact, at)| fact.held == Held::Absent && fact.path == path && state.get(Slot(at)) == NULL)
    }

    /// What following a reference does to the facts. `kept` says that somebody keeps its value.
    pub(super) fn unsettle(&self, reference: ReferenceId, kept: bool, state: &mut State) {
        let program = self.program;
        let reference = &program.references[reference.0];
        let Some((names, steps)) = names(program, reference) else { return };
        let rest = program.steps.slice(&reference.steps).get(steps..).unwrap_or_default();
        let harmless = match rest {
            [] => !kept,
            [last] => match &last.kind {
                StepKind::Call { method: Some(method), .. } => match method {
                    Method::ContainsKey | Method::IsEmpty | Method::Size => true,
                    // Looked at and let go, views change nothing; what is got may be a map on the way to a fact.
                    Method::KeySet | Method::Get => !kept,
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        };
        if !harmless {
            self.forget(&names, state);
        }
    }

    /// Something was done to what these names lead to.
    fn forget(&self, names: &[&str], state: &mut State) {
        for (fact, at) in self.facts.iter().zip(self.first_fact()..) {
            if fact.path.len() > names.len() && fact.path.iter().zip(names).all(|(one, other)| one == other) {
                state.set(Slot(at), Values::ANY);
            }
        }
    }

    /// `#set` of something within `$ctx`, or of `$ctx` itself.
    pub(super) fn overwrite(&self, target: &Reference, state: &mut State) {
        let program = self.program;
        if let Some((names, steps)) = names(program, target) {
            // The last name is what is set.
            let whole = steps == program.steps.slice(&target.steps).len();
            let within = names.get(..names.len().saturating_sub(usize::from(whole))).unwrap_or_default();
            self.forget(within, state);
        }
    }
}
