//! What of a program can go one way or another: its branches, and the conditions that choose among them.

use super::program::{ExpressionId, ExpressionKind, Program, Statement, StatementId, StatementKind};
use crate::syntax::ast::Operator;

/// One way through a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Branch {
    /// The `#if` or `#foreach`.
    pub statement: StatementId,
    /// Which way.
    pub way: Way,
}

/// A way through a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// An arm of an `#if`, from 0; `#else` is the last.
    Arm(u16),
    /// None of the arms of an `#if` that has no `#else`.
    Past,
    /// The body of a loop.
    Turn,
}

impl Statement {
    /// The ways through a statement: none of one that has but one.
    pub fn ways(&self) -> impl Iterator<Item = Way> + use<> {
        let (arms, past, turn) = match &self.kind {
            StatementKind::If(arms) => {
                let open = arms.last().is_none_or(|arm| arm.condition.is_some());
                (u16::try_from(arms.len()).unwrap_or(u16::MAX), open, false)
            }
            StatementKind::Foreach { .. } => (0, false, true),
            _ => (0, false, false),
        };
        let rest = past.then_some(Way::Past).into_iter().chain(turn.then_some(Way::Turn));
        (0..arms).map(Way::Arm).chain(rest)
    }
}

impl Program {
    /// Every branch, in the order of the source.
    pub fn branches(&self) -> impl Iterator<Item = Branch> + '_ {
        (0..)
            .map(StatementId)
            .zip(self.statements.iter())
            .flat_map(|(statement, node)| node.ways().map(move |way| Branch { statement, way }))
    }

    /// The condition that leads into a branch, where one does: not of `#else`, nor of what goes past an `#if`.
    pub fn condition(&self, branch: Branch) -> Option<ExpressionId> {
        match (&self.statements[branch.statement.0].kind, branch.way) {
            (StatementKind::If(arms), Way::Arm(arm)) => arms.get(usize::from(arm))?.condition,
            (StatementKind::Foreach { iterable, .. }, Way::Turn) => *iterable,
            _ => None,
        }
    }

    /// The conditions of every `#if` without `&&`, `||` and `!` in them, in the order of the source.
    pub fn atoms(&self) -> Vec<ExpressionId> {
        let mut found = Vec::new();
        for statement in self.statements.iter() {
            let StatementKind::If(arms) = &statement.kind else { continue };
            arms.iter().filter_map(|arm| arm.condition).for_each(|condition| self.collect_atoms(condition, &mut found));
        }
        found
    }

    /// The atoms of a condition.
    pub fn atoms_of(&self, condition: ExpressionId) -> Vec<ExpressionId> {
        let mut found = Vec::new();
        self.collect_atoms(condition, &mut found);
        found
    }

    fn collect_atoms(&self, condition: ExpressionId, found: &mut Vec<ExpressionId>) {
        match &self.expressions[condition.0].kind {
            ExpressionKind::Not(operand) => self.collect_atoms(*operand, found),
            ExpressionKind::Binary(Operator::And | Operator::Or, left, right) => {
                self.collect_atoms(*left, found);
                self.collect_atoms(*right, found);
            }
            _ => found.push(condition),
        }
    }
}
