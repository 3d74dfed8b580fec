//! Branches and loops: who chose what ran, and what would have happened otherwise.

use super::super::effects::{self, Effect};
use super::super::graph::NodeId;
use super::super::heap;
use super::Pass;
use crate::compile::program::{Block, StatementId, StatementKind};
use crate::explain::condition::{Atom, Evaluated};
use crate::explain::run::{Moment, Run};
use crate::source_file::Span;
use crate::value::Value;

impl Pass {
    /// A block runs an arm, or a turn.
    pub(super) fn runs_block(&mut self, statement: StatementId, arm: u16) {
        if let (Some(around), Some(open)) = (self.around_text.get_mut(&(statement, arm)), self.open.last()) {
            *around = Some(self.passed.graph.joined(*around, open.node));
        }
    }

    /// The loop that is running: its index among the open statements, and its body.
    pub(super) fn innermost_loop<'p>(&self, run: &'p Run) -> Option<(usize, &'p Block)> {
        self.open.iter().enumerate().rev().find_map(|(at, open)| match &run.program.statements[open.statement.0].kind {
            StatementKind::Foreach { body, .. } => Some((at, body)),
            _ => None,
        })
    }

    pub(super) fn chose(&mut self, run: &Run, statement: StatementId, arm: Option<u16>) {
        let StatementKind::If(arms) = &run.program.statements[statement.0].kind else { return };
        let Some(open) = self.open.last_mut() else { return };
        let (node, uses, atoms) = (open.node, std::mem::take(&mut open.uses), std::mem::take(&mut open.atoms));
        let asked = arm.map_or(arms.len(), |arm| usize::from(arm) + 1);
        let mut deciding: Vec<Span> = Vec::new();
        for (number, arm_node) in arms.iter().enumerate().take(asked) {
            let Some(condition) = arm_node.condition else { continue };
            let around = run.program.expressions[condition.0].span;
            let own = |atom: &&Atom| within(run.program.expressions[atom.expression.0].span, around);
            let truth = arm.is_some_and(|arm| usize::from(arm) == number);
            let at = Moment { run: self.run, event: 0 };
            let evaluated = Evaluated { condition, truth, atoms: atoms.iter().filter(own).cloned().collect(), at };
            deciding.extend(
                evaluated.deciding(run).into_iter().map(|atom| run.program.expressions[atom.expression.0].span),
            );
        }
        let changed = open.changed;
        for (span, other) in uses {
            if changed || deciding.iter().any(|around| within(span, *around)) {
                self.passed.graph.needs(node, other);
            }
        }
        self.passed.graph.asked(node, asked);
        if let Some(arm) = arm {
            self.runs_block(statement, arm);
        }
        let around = self.innermost_loop(run).map_or(usize::MAX, |(at, _)| at);
        for (number, other) in arms.iter().enumerate() {
            if arm.is_none_or(|arm| usize::from(arm) != number) {
                self.might(run, &other.body, node, around);
            }
        }
    }

    /// A block did not run, or not as often as it could have: `by` decided that. `around` is the open loop that a
    /// `#break` in it would have left.
    pub(super) fn might(&mut self, run: &Run, block: &Block, by: NodeId, around: usize) {
        let effects = self.effects.of(run, block);
        let Pass { passed, variables, heap, open, context, .. } = self;
        let graph = &mut passed.graph;
        for effect in effects.iter() {
            match effect {
                Effect::Set(slot) => {
                    let variable = variables.entry(*slot).or_default();
                    variable.maybe = Some(graph.joined(variable.maybe, by));
                }
                Effect::Change(reference, step) => {
                    let slot = run.program.references[reference.0].slot;
                    let root = match &*run.program.slots[slot.0] {
                        "ctx" | "context" => context.clone().unwrap_or_default(),
                        _ => variables.get(&slot).map(|variable| variable.value.clone()).unwrap_or_default(),
                    };
                    let (target, exact) = effects::target(run, &root, *reference, *step);
                    let key = effects::key(run, *step).filter(|_| exact && matches!(target, Value::Map(_)));
                    let targets =
                        if exact { heap::identity(&target).into_iter().collect() } else { heap::reachable(&target) };
                    targets.into_iter().for_each(|target| heap.might_write(graph, target, key.clone(), by));
                }
                Effect::Print => passed.printed.last_mut().into_iter().for_each(|printed| printed.push(by)),
                Effect::End => passed.ends = Some(graph.joined(passed.ends, by)),
                Effect::Break => {
                    if let Some(left) = open.get_mut(around) {
                        left.breaks = Some(graph.joined(left.breaks, by));
                    }
                }
            }
        }
    }

    pub(super) fn loop_begins(&mut self, run: &Run, statement: StatementId) {
        let StatementKind::Foreach { variable, body, .. } = &run.program.statements[statement.0].kind else { return };
        let saved = self.variables.get(variable).cloned().unwrap_or_default();
        let Some(open) = self.open.last_mut() else { return };
        open.outer = Some((*variable, saved));
        let (node, uses) = (open.node, std::mem::take(&mut open.uses));
        for (_, other) in uses {
            self.passed.graph.needs(node, other);
        }
        // With more elements it would have turned more often.
        let at = self.open.len() - 1;
        self.might(run, body, node, at);
    }
}

fn within(inner: Span, outer: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
