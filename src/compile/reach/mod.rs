//! Which branches of a template some request could reach. A branch that is not here is reached by none, whatever
//! the request, the data and the caller hold: the template's own values close it, or that no caller comes by the mode
//! it asks for. What is here may still be out of reach for reasons that the template does not show.
//!
//! The program is run over sets of values instead of values. A variable is followed while it holds what the template
//! itself wrote: flags, texts, numbers, lists that nobody added to. Everything else can be anything.

mod condition;
mod expression;
mod fact;
mod state;
mod value;

use rustc_hash::FxHashSet;

use super::branches::{Branch, Way};
use super::program::{Block, ExpressionId, ExpressionKind, Program, ReferenceId, Slot, StatementId, StatementKind};
pub use fact::{Fact, Held, disturbs, paths};
use state::{State, either};
use value::{Known, NULL, Table, Values};

/// How many statements are looked at for one mode.
const MOST: u32 = 20_000;

/// What of a program can be reached.
#[derive(Debug, Default)]
pub struct Reach {
    statements: FxHashSet<StatementId>,
    branches: FxHashSet<Branch>,
    truths: FxHashSet<(ExpressionId, bool)>,
    /// Whether nothing was found out: everything counts as reached.
    all: bool,
}

impl Reach {
    /// What callers can reach for whom `$util.authType()` is one of these, with requests of which the facts hold. Besides
    /// `$ctx`, `$context` and the helpers no variable has a value at the start.
    pub fn of(program: &Program, auth_types: &[&str], facts: &[Fact]) -> Reach {
        let mut reach = Reach { all: !is_plain(program), ..Reach::default() };
        if !reach.all {
            for auth_type in auth_types {
                let walk = Walk::new(program, auth_type, facts, &mut reach);
                walk.run();
            }
        }
        reach
    }

    /// Whether a statement can begin.
    pub fn statement(&self, statement: StatementId) -> bool {
        self.all || self.statements.contains(&statement)
    }

    /// Whether a branch can be taken.
    pub fn branch(&self, branch: Branch) -> bool {
        self.all || self.branches.contains(&branch)
    }

    /// Whether a condition can come out one way.
    pub fn atom(&self, atom: ExpressionId, truth: bool) -> bool {
        self.all || self.truths.contains(&(atom, truth))
    }
}

/// The variables that others write.
fn given(program: &Program) -> impl Iterator<Item = Slot> + use<> {
    let names = ["ctx", "context", "util", "utils", "extensions", "foreach", "velocityCount", "velocityHasNext"];
    names.map(|name| program.slot(name)).into_iter().flatten()
}

/// Whether strings hold nothing but text and references, and no loop takes the name of what is given: nothing else is
/// followed.
fn is_plain(program: &Program) -> bool {
    let shadows = |kind: &StatementKind| matches!(kind, StatementKind::Foreach { variable, .. } if given(program).any(|slot| slot == *variable));
    !program.statements.iter().any(|statement| shadows(&statement.kind))
        && program.expressions.iter().all(|expression| match &expression.kind {
            ExpressionKind::Interpolated(block) => program.block_items.slice(block).iter().all(|item| {
                matches!(program.statements[item.0].kind, StatementKind::Text(_) | StatementKind::Output(..))
            }),
            _ => true,
        })
}

/// A walk through a program for one mode.
struct Walk<'p, 'r> {
    program: &'p Program,
    auth_type: &'p str,
    facts: &'p [Fact],
    reach: &'r mut Reach,
    table: Table,
    /// Variables of loops: what is assigned to one may be hidden.
    loop_slots: FxHashSet<Slot>,
    /// Whether `$util` is what it is.
    helpers: bool,
    /// How many more statements are looked at before nothing is said of the template: loops in loops are walked again and
    /// again.
    left: u32,
    /// What can be behind the loops around, by `#break`s, innermost last.
    breaks: Vec<Option<State>>,
}

impl<'p, 'r> Walk<'p, 'r> {
    fn new(program: &'p Program, auth_type: &'p str, facts: &'p [Fact], reach: &'r mut Reach) -> Self {
        let mut loop_slots = FxHashSet::default();
        let mut rewritten = false;
        let named = ["util", "utils", "extensions"].map(|name| program.slot(name));
        for statement in program.statements.iter() {
            match &statement.kind {
                StatementKind::Foreach { variable, .. } => {
                    loop_slots.insert(*variable);
                }
                StatementKind::Set(target, _) => {
                    rewritten |= named.contains(&Some(program.references[target.0].slot));
                }
                _ => {}
            }
        }
        Walk {
            program,
            auth_type,
            facts,
            reach,
            table: Table::new(),
            loop_slots,
            helpers: !rewritten,
            left: MOST,
            breaks: Vec::new(),
        }
    }

    fn run(mut self) {
        let mut state = State::new(self.program.slots.len() + self.facts.len(), NULL);
        let program = self.program;
        given(program).for_each(|slot| state.set(slot, Values::ANY));
        self.presume(&mut state);
        self.block(&program.body, Some(state));
    }

    fn block(&mut self, block: &Block, mut state: Option<State>) -> Option<State> {
        let program = self.program;
        for item in program.block_items.slice(block) {
            state = self.statement(*item, state?);
        }
        state
    }

    /// What can be behind a statement; none when it always ends the template.
    fn statement(&mut self, id: StatementId, mut state: State) -> Option<State> {
        let program = self.program;
        let Some(left) = self.left.checked_sub(1) else {
            self.reach.all = true;
            return None;
        };
        self.left = left;
        self.reach.statements.insert(id);
        match &program.statements[id.0].kind {
            StatementKind::Text(_) => Some(state),
            StatementKind::Output(reference, slashes) => {
                self.effects_of(*reference, &mut state);
                let ends = *slashes == 0 && self.always_fails(*reference);
                (!ends).then_some(state)
            }
            StatementKind::Set(target, value) => {
                self.set(*target, *value, &mut state);
                Some(state)
            }
            StatementKind::If(arms) => {
                let mut behind = None;
                let mut open = Some(state);
                for (number, arm) in (0_u16..).zip(arms) {
                    let (taken, passed) = match arm.condition {
                        Some(condition) => self.condition(condition, open?),
                        None => (open, None),
                    };
                    if taken.is_some() {
                        self.reach.branches.insert(Branch { statement: id, way: Way::Arm(number) });
                    }
                    let through = taken.and_then(|taken| self.block(&arm.body, Some(taken)));
                    behind = either(behind, through, &mut self.table);
                    open = passed;
                    if open.is_none() {
                        return behind;
                    }
                }
                self.reach.branches.insert(Branch { statement: id, way: Way::Past });
                either(behind, open, &mut self.table)
            }
            StatementKind::Foreach { variable, iterable: Some(iterable), body, .. } => {
                Some(self.foreach(id, *variable, *iterable, body, state))
            }
            StatementKind::Foreach { iterable: None, .. } => Some(state),
            StatementKind::Break(scope) => {
                // A named loop is not looked for: it is one of those around.
                let from = if scope.is_some() { 0 } else { self.breaks.len().saturating_sub(1) };
                for place in self.breaks.iter_mut().skip(from) {
                    *place = either(place.take(), Some(state.clone()), &mut self.table);
                }
                None
            }
            StatementKind::Stop | StatementKind::Return(_) => None,
        }
    }

    fn set(&mut self, target: ReferenceId, value: ExpressionId, state: &mut State) {
        let program = self.program;
        self.effects(value, true, state);
        let values = self.value(value, state);
        let target = &program.references[target.0];
        self.overwrite(target, state);
        if !target.steps.is_empty() {
            self.effects_in_steps(target, state);
            state.escape(target.slot, &mut self.table);
            return;
        }
        if given(program).any(|slot| slot == target.slot) {
            return;
        }
        // Null leaves the old value.
        let old = state.get(target.slot);
        let kept = values.holds(NULL) || !target.assignable || self.loop_slots.contains(&target.slot);
        let new = if kept { values.without(NULL).or(old) } else { values };
        let lost = if new.is_any() { self.table.records(old) } else { Vec::new() };
        if !lost.is_empty() && kept {
            state.escape(target.slot, &mut self.table);
        }
        state.set(target.slot, new);
    }

    fn foreach(
        &mut self,
        id: StatementId,
        variable: Slot,
        iterable: ExpressionId,
        body: &Block,
        mut state: State,
    ) -> State {
        self.effects(iterable, false, &mut state);
        if let ExpressionKind::Reference(over) = &self.program.expressions[iterable.0].kind {
            self.unsettle(*over, true, &mut state);
        }
        let Some(element) = self.element(iterable, &mut state) else { return state };
        self.reach.branches.insert(Branch { statement: id, way: Way::Turn });
        let before = state.get(variable);
        let mut behind = state;
        loop {
            let mut turn = behind.clone();
            turn.set(variable, element);
            self.breaks.push(None);
            let through = self.block(body, Some(turn));
            let broken = self.breaks.pop().flatten();
            let Some(mut out) = either(through, broken, &mut self.table) else { return behind };
            // The loop gives its variable back.
            out.set(variable, before);
            let more = behind.clone().or(&out, &mut self.table);
            if more == behind {
                return behind;
            }
            behind = more;
        }
    }

    /// What the variable of a loop can hold; none when there is no turn.
    fn element(&mut self, iterable: ExpressionId, state: &mut State) -> Option<Values> {
        let values = self.value(iterable, state);
        if values.is_any() {
            return Some(values);
        }
        let loops = |known: &Known| matches!(known, Known::Something | Known::Records(_) | Known::Record(_));
        let over: Vec<Known> = self.table.members(values).into_iter().filter(loops).collect();
        match over.as_slice() {
            [] => None,
            [Known::Records(literal)] => Some(self.table.set(Known::Record(*literal))),
            _ => {
                // What holds the elements from here on is not followed.
                let literals = self.table.records(values);
                literals.into_iter().for_each(|literal| state.forget(literal, &mut self.table));
                Some(Values::ANY)
            }
        }
    }

    /// `$util.unauthorized()`, and `$util.error("..")`, which finds its method when it is given texts.
    fn always_fails(&self, reference: ReferenceId) -> bool {
        let program = self.program;
        let Some((path, arguments)) = self.helper(&program.references[reference.0]) else { return false };
        let is_text = |argument: &ExpressionId| {
            matches!(program.expressions[argument.0].kind, ExpressionKind::Text(_) | ExpressionKind::Interpolated(_))
        };
        match path {
            "util.unauthorized" => arguments.is_empty(),
            "util.error" => matches!(arguments.len(), 1 | 2) && arguments.iter().all(is_text),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
