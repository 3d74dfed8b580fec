//! The lowering.

use std::fmt;

use rustc_hash::FxHashMap;

use super::program::{
    Arena, Arm, Block, Expression, ExpressionId, ExpressionKind, Expressions, HelperCall, LoopSlots, Program,
    Reference, ReferenceId, Slot, Statement, StatementId, StatementKind, Step, StepKind, TextId,
};
use crate::source_file::{LineColumn, SourceFile};
use crate::syntax::{SyntaxError, ast, parse};
use crate::util;
use crate::value::method::Method;
use crate::value::{Value, java};

/// A template that does not parse, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileError {
    /// The template's name.
    pub template: String,
    /// Where.
    pub place: LineColumn,
    /// What was met and what was expected.
    pub message: String,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.template, self.place.line, self.place.column, self.message)
    }
}

impl std::error::Error for CompileError {}

/// Compiles a template; `name` is what its places are shown with.
///
/// # Errors
/// The first place that does not parse.
///
/// ```
/// let program = vtlens::compile::compile("hello.vtl", "Hello $name").expect("it parses");
/// assert!(program.slot("name").is_some());
/// ```
pub fn compile(name: &str, text: &str) -> Result<Program, CompileError> {
    let source = SourceFile::new(name, text);
    match parse(text) {
        Ok(block) => Ok(lower(source, &block)),
        Err(SyntaxError { span, message }) => {
            Err(CompileError { template: name.to_owned(), place: source.line_column(span.start), message })
        }
    }
}

fn lower(source: SourceFile, block: &ast::Block) -> Program {
    let mut lowering = Lowering {
        program: Program {
            source,
            statements: Arena::default(),
            block_items: Arena::default(),
            expressions: Arena::default(),
            lists: Arena::default(),
            references: Arena::default(),
            steps: Arena::default(),
            texts: Arena::default(),
            slots: Arena::default(),
            loop_slots: LoopSlots::default(),
            body: 0..0,
        },
        texts: FxHashMap::default(),
        slots: FxHashMap::default(),
        foreach_mentions: 0,
    };
    lowering.program.body = lowering.block(block, None);
    let named = |name| lowering.slots.get(name).copied();
    lowering.program.loop_slots =
        LoopSlots { foreach: named("foreach"), count: named("velocityCount"), has_next: named("velocityHasNext") };
    lowering.program
}

struct Lowering {
    program: Program,
    texts: FxHashMap<String, TextId>,
    slots: FxHashMap<String, Slot>,
    /// How often `$foreach` was named so far.
    foreach_mentions: u32,
}

impl Lowering {
    fn text(&mut self, text: &str) -> TextId {
        if let Some(&id) = self.texts.get(text) {
            return id;
        }
        let id = TextId(self.program.texts.push(text.into()));
        self.texts.insert(text.to_owned(), id);
        id
    }

    fn slot(&mut self, name: &str) -> Slot {
        self.foreach_mentions += u32::from(name == "foreach");
        if let Some(&slot) = self.slots.get(name) {
            return slot;
        }
        let slot = Slot(self.program.slots.push(name.into()));
        self.slots.insert(name.to_owned(), slot);
        slot
    }

    fn block(&mut self, block: &ast::Block, parent: Option<(StatementId, u16)>) -> Block {
        let ids: Vec<StatementId> = block.iter().map(|statement| self.statement(statement, parent)).collect();
        let start = self.program.block_items.len();
        for id in ids {
            self.program.block_items.push(id);
        }
        range(start, self.program.block_items.len())
    }

    fn statement(&mut self, statement: &ast::Statement, parent: Option<(StatementId, u16)>) -> StatementId {
        // The id is taken first, so that the body can name its parent.
        let id = StatementId(self.program.statements.push(Statement {
            span: statement.span,
            parent,
            kind: StatementKind::Stop,
        }));
        let kind = match &statement.kind {
            ast::StatementKind::Text(text) => StatementKind::Text(self.text(text)),
            ast::StatementKind::Output { slashes, reference } => {
                StatementKind::Output(self.reference(reference), *slashes)
            }
            ast::StatementKind::Set { target, value } => {
                let value = self.expression(value);
                StatementKind::Set(self.reference(target), value)
            }
            ast::StatementKind::If { arms, otherwise } => {
                let mut lowered = Vec::with_capacity(arms.len() + 1);
                for (condition, body) in arms {
                    let condition = Some(self.expression(condition));
                    let body = self.block(body, Some((id, arm_number(lowered.len()))));
                    lowered.push(Arm { condition, body });
                }
                if let Some(body) = otherwise {
                    let body = self.block(body, Some((id, arm_number(lowered.len()))));
                    lowered.push(Arm { condition: None, body });
                }
                StatementKind::If(lowered.into())
            }
            ast::StatementKind::Foreach { variable, iterable, body } => {
                let variable = self.slot(&variable.name);
                let iterable = iterable.as_ref().map(|iterable| self.expression(iterable));
                let before = self.foreach_mentions;
                let body = self.block(body, Some((id, 0)));
                StatementKind::Foreach { variable, iterable, body, scoped: self.foreach_mentions > before }
            }
            ast::StatementKind::Break(scope) => StatementKind::Break(scope.as_ref().map(|s| self.expression(s))),
            ast::StatementKind::Stop => StatementKind::Stop,
            ast::StatementKind::Return(value) => StatementKind::Return(value.as_ref().map(|v| self.expression(v))),
        };
        self.program.statements.set_kind(id, kind);
        id
    }

    fn expression(&mut self, expression: &ast::Expression) -> ExpressionId {
        let kind = match &expression.kind {
            ast::ExpressionKind::Text(text) => ExpressionKind::Text(self.text(text)),
            ast::ExpressionKind::Integer(digits) => match java::integer(digits) {
                Some(Value::Int(n)) => ExpressionKind::Int(n),
                Some(Value::Long(n)) => ExpressionKind::Long(n),
                Some(Value::Big(n)) => ExpressionKind::Big(Box::new((*n).clone())),
                _ => ExpressionKind::Word,
            },
            ast::ExpressionKind::Float(value) => ExpressionKind::Double(*value),
            ast::ExpressionKind::Boolean(value) => ExpressionKind::Boolean(*value),
            ast::ExpressionKind::Word => ExpressionKind::Word,
            ast::ExpressionKind::Interpolated(block) => ExpressionKind::Interpolated(self.block(block, None)),
            ast::ExpressionKind::List(items) => ExpressionKind::List(self.expressions(items.iter())),
            ast::ExpressionKind::Range(from, to) => {
                let from = self.expression(from);
                ExpressionKind::Range(from, self.expression(to))
            }
            ast::ExpressionKind::Map(pairs) => {
                ExpressionKind::Map(self.expressions(pairs.iter().flat_map(|(key, value)| [key, value])))
            }
            ast::ExpressionKind::Reference(reference) => ExpressionKind::Reference(self.reference(reference)),
            ast::ExpressionKind::Not(operand) => ExpressionKind::Not(self.expression(operand)),
            ast::ExpressionKind::Binary(operator, left, right) => {
                let left = self.expression(left);
                ExpressionKind::Binary(*operator, left, self.expression(right))
            }
        };
        ExpressionId(self.program.expressions.push(Expression { span: expression.span, kind }))
    }

    fn expressions<'a>(&mut self, items: impl Iterator<Item = &'a ast::Expression>) -> Expressions {
        let ids: Vec<ExpressionId> = items.map(|item| self.expression(item)).collect();
        let start = self.program.lists.len();
        for id in ids {
            self.program.lists.push(id);
        }
        range(start, self.program.lists.len())
    }

    fn reference(&mut self, reference: &ast::Reference) -> ReferenceId {
        let steps: Vec<Step> = reference.steps.iter().map(|step| self.step(step)).collect();
        let start = self.program.steps.len();
        for step in steps {
            self.program.steps.push(step);
        }
        let steps = range(start, self.program.steps.len());
        let slot = self.slot(&reference.name);
        ReferenceId(self.program.references.push(Reference {
            span: reference.span,
            slot,
            quiet: reference.quiet,
            assignable: !reference.quiet && !reference.formal,
            helper: helper_call(reference),
            steps,
        }))
    }

    fn step(&mut self, step: &ast::Step) -> Step {
        let kind = match &step.kind {
            ast::StepKind::Property(name) => StepKind::Property(self.text(name)),
            ast::StepKind::Call { name, arguments } => {
                let arguments = self.expressions(arguments.iter());
                StepKind::Call { name: self.text(name), method: Method::from_name(name), arguments }
            }
            ast::StepKind::Index(index) => StepKind::Index(self.expression(index)),
        };
        Step { span: step.span, kind }
    }
}

/// `$util.a.b(..)`, `$utils.b(..)`, `$extensions.b(..)`: the helper that the first call names, if there is one.
fn helper_call(reference: &ast::Reference) -> Option<HelperCall> {
    let root = match reference.name.as_str() {
        "util" | "utils" => "util",
        "extensions" => "extensions",
        _ => return None,
    };
    let mut path = String::from(root);
    for (index, step) in reference.steps.iter().enumerate() {
        match &step.kind {
            ast::StepKind::Property(name) => {
                path.push('.');
                path.push_str(name);
            }
            ast::StepKind::Call { name, .. } => {
                path.push('.');
                path.push_str(name);
                let steps = u32::try_from(index + 1).ok()?;
                return util::find(&path).map(|helper| HelperCall { helper, steps });
            }
            ast::StepKind::Index(_) => return None,
        }
    }
    None
}

fn arm_number(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

fn range(start: usize, end: usize) -> std::ops::Range<u32> {
    let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    clamp(start)..clamp(end)
}
