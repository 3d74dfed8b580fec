//! The lowering.

use std::fmt;
use std::ops::Range;

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
        open_blocks: Vec::new(),
        open_lists: Vec::new(),
        open_steps: Vec::new(),
    };
    lowering.program.body = lowering.block(block, None);
    let named = |name| lowering.slots.get(name).copied();
    lowering.program.loop_slots =
        LoopSlots { foreach: named("foreach"), count: named("velocityCount"), has_next: named("velocityHasNext") };
    lowering.program
}

struct Lowering<'a> {
    program: Program,
    texts: FxHashMap<&'a str, TextId>,
    slots: FxHashMap<&'a str, Slot>,
    /// How often `$foreach` was named so far.
    foreach_mentions: u32,
    /// Members of the blocks, lists and references around, until theirs are complete: each stands in one piece.
    open_blocks: Vec<StatementId>,
    open_lists: Vec<ExpressionId>,
    open_steps: Vec<Step>,
}

impl<'a> Lowering<'a> {
    fn text(&mut self, text: &'a str) -> TextId {
        *self.texts.entry(text).or_insert_with(|| TextId(self.program.texts.push(text.into())))
    }

    fn slot(&mut self, name: &'a str) -> Slot {
        self.foreach_mentions += u32::from(name == "foreach");
        *self.slots.entry(name).or_insert_with(|| Slot(self.program.slots.push(name.into())))
    }

    fn block(&mut self, block: &'a ast::Block, parent: Option<(StatementId, u16)>) -> Block {
        let open = self.open_blocks.len();
        for statement in block {
            let id = self.statement(statement, parent);
            self.open_blocks.push(id);
        }
        self.program.block_items.extend(self.open_blocks.drain(open..))
    }

    fn statement(&mut self, statement: &'a ast::Statement, parent: Option<(StatementId, u16)>) -> StatementId {
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

    fn expression(&mut self, expression: &'a ast::Expression) -> ExpressionId {
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

    fn expressions(&mut self, items: impl Iterator<Item = &'a ast::Expression>) -> Expressions {
        let open = self.open_lists.len();
        for item in items {
            let id = self.expression(item);
            self.open_lists.push(id);
        }
        self.program.lists.extend(self.open_lists.drain(open..))
    }

    fn reference(&mut self, reference: &'a ast::Reference) -> ReferenceId {
        let open = self.open_steps.len();
        for step in &reference.steps {
            let step = self.step(step);
            self.open_steps.push(step);
        }
        let steps = self.program.steps.extend(self.open_steps.drain(open..));
        let slot = self.slot(&reference.name);
        let helper = helper_call(reference).map(|call| HelperCall { discarded: self.discarded(call, &steps), ..call });
        ReferenceId(self.program.references.push(Reference {
            span: reference.span,
            slot,
            quiet: reference.quiet,
            assignable: !reference.quiet && !reference.formal,
            helper,
            steps,
        }))
    }

    /// The argument of a helper that evaluates it and prints nothing, when the call is the whole reference.
    fn discarded(&self, call: HelperCall, steps: &Range<u32>) -> Option<ExpressionId> {
        let [.., Step { kind: StepKind::Call { arguments, .. }, .. }] = self.program.steps.slice(steps) else {
            return None;
        };
        let silent = matches!(call.helper.path, "util.qr" | "util.quiet") && call.steps == steps.end - steps.start;
        match self.program.lists.slice(arguments) {
            [argument] if silent => Some(*argument),
            _ => None,
        }
    }

    fn step(&mut self, step: &'a ast::Step) -> Step {
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
                return util::find(&path).map(|helper| HelperCall { helper, steps, discarded: None });
            }
            ast::StepKind::Index(_) => return None,
        }
    }
    None
}

fn arm_number(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}
