//! The program: arenas of statements, expressions and references, addressed by small ids.

use std::ops::{Index, Range};

use num_bigint::BigInt;

use crate::source_file::{SourceFile, Span};
use crate::syntax::ast::Operator;
use crate::util::Helper;
use crate::value::method::Method;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A statement of a program.
    StatementId;
    /// An expression of a program.
    ExpressionId;
    /// A reference of a program.
    ReferenceId;
    /// A string of a program: literal, name or text.
    TextId;
    /// A variable.
    Slot;
}

/// Values by id. Only the lowering makes ids, so a look-up cannot miss.
#[derive(Debug)]
pub struct Arena<T>(Vec<T>);

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Arena(Vec::new())
    }
}

impl<T> Arena<T> {
    /// Adds a value; its index.
    pub(super) fn push(&mut self, value: T) -> u32 {
        self.0.push(value);
        u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX)
    }

    /// Adds values that belong together; their range.
    pub(super) fn extend(&mut self, values: impl Iterator<Item = T>) -> Range<u32> {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let start = clamp(self.0.len());
        self.0.extend(values);
        start..clamp(self.0.len())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order they were lowered.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// The slice of a range that the lowering made.
    #[expect(clippy::indexing_slicing, reason = "ranges come only from this arena")]
    #[inline]
    pub fn slice(&self, range: &Range<u32>) -> &[T] {
        &self.0[range.start as usize..range.end as usize]
    }
}

impl<T> Index<u32> for Arena<T> {
    type Output = T;
    #[expect(clippy::indexing_slicing, reason = "ids come only from this arena")]
    #[inline]
    fn index(&self, id: u32) -> &T {
        &self.0[id as usize]
    }
}

impl Arena<Statement> {
    /// Fills in a statement whose id was taken before its body was lowered.
    pub(super) fn set_kind(&mut self, id: StatementId, kind: StatementKind) {
        if let Some(statement) = self.0.get_mut(id.index()) {
            statement.kind = kind;
        }
    }
}

/// A run of statements: a range of [`Program::block_items`].
pub type Block = Range<u32>;
/// A run of expressions: a range of [`Program::lists`].
pub type Expressions = Range<u32>;

/// A compiled template.
#[derive(Debug)]
pub struct Program {
    /// The template.
    pub source: SourceFile,
    /// Its statements in source order; a block comes before its children.
    pub statements: Arena<Statement>,
    /// Members of blocks.
    pub block_items: Arena<StatementId>,
    /// Its expressions; operands come before what they are part of.
    pub expressions: Arena<Expression>,
    /// Members of argument lists, list and map literals (keys and values in turn).
    pub lists: Arena<ExpressionId>,
    /// Its references.
    pub references: Arena<Reference>,
    /// Their steps.
    pub steps: Arena<Step>,
    /// Its strings.
    pub texts: Arena<Box<str>>,
    /// Names of its variables, by slot.
    pub slots: Arena<Box<str>>,
    /// Variables that every loop sets.
    pub loop_slots: LoopSlots,
    /// The outermost block.
    pub body: Block,
}

impl Program {
    /// A string.
    #[inline]
    pub fn text(&self, id: TextId) -> &str {
        &self.texts[id.0]
    }

    /// The slot of a variable, when the template names it.
    pub fn slot(&self, name: &str) -> Option<Slot> {
        self.slots.iter().position(|slot| **slot == *name).and_then(|at| u32::try_from(at).ok()).map(Slot)
    }

    /// The source text of a span.
    pub fn source_text(&self, span: Span) -> &str {
        self.source.slice(span)
    }
}

/// The variables that a `#foreach` sets besides its own, as far as the template names them.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoopSlots {
    /// `$foreach`
    pub foreach: Option<Slot>,
    /// `$velocityCount`
    pub count: Option<Slot>,
    /// `$velocityHasNext`
    pub has_next: Option<Slot>,
}

/// A statement.
#[derive(Debug)]
pub struct Statement {
    /// Where it stands.
    pub span: Span,
    /// The block statement around it, and which of its arms it is in.
    pub parent: Option<(StatementId, u16)>,
    /// What it is.
    pub kind: StatementKind,
}

/// What a statement does.
#[derive(Debug)]
pub enum StatementKind {
    /// Prints text.
    Text(TextId),
    /// Prints a reference, behind this many backslashes.
    Output(ReferenceId, u32),
    /// Assigns.
    Set(ReferenceId, ExpressionId),
    /// Runs the first arm whose condition is true; the last may have none. Arms are numbered from 0.
    If(Box<[Arm]>),
    /// Runs its body once an element.
    Foreach {
        /// The loop variable.
        variable: Slot,
        /// What is iterated.
        iterable: Option<ExpressionId>,
        /// The body.
        body: Block,
        /// Whether the body names `$foreach`; a loop that does not needs no state of its own.
        scoped: bool,
    },
    /// Leaves a loop: the innermost, or the one whose `$foreach` is named.
    Break(Option<ExpressionId>),
    /// Ends the template.
    Stop,
    /// Ends the template with a value.
    Return(Option<ExpressionId>),
}

/// One arm of an `#if`.
#[derive(Debug)]
pub struct Arm {
    /// Its condition; `None` for `#else`.
    pub condition: Option<ExpressionId>,
    /// Its body.
    pub body: Block,
}

/// An expression.
#[derive(Debug)]
pub struct Expression {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExpressionKind,
}

/// What an expression does.
#[derive(Debug)]
pub enum ExpressionKind {
    /// A string.
    Text(TextId),
    /// An Integer.
    Int(i32),
    /// A Long.
    Long(i64),
    /// A BigInteger.
    Big(Box<BigInt>),
    /// A Double.
    Double(f64),
    /// A Boolean.
    Boolean(bool),
    /// A bare word: null.
    Word,
    /// A string with things in it.
    Interpolated(Block),
    /// `[…]`
    List(Expressions),
    /// `[a..b]`
    Range(ExpressionId, ExpressionId),
    /// `{…}`: keys and values in turn.
    Map(Expressions),
    /// A reference.
    Reference(ReferenceId),
    /// `!a`
    Not(ExpressionId),
    /// `a OP b`
    Binary(Operator, ExpressionId, ExpressionId),
}

/// A reference.
#[derive(Debug)]
pub struct Reference {
    /// From `$` to its end.
    pub span: Span,
    /// The variable.
    pub slot: Slot,
    /// Prints nothing when null.
    pub quiet: bool,
    /// `${…}` and `$!…`: Velocity 1.7 does not assign through them.
    pub assignable: bool,
    /// When it starts with a helper call: `$util.dynamodb.toDynamoDB(..)`.
    pub helper: Option<HelperCall>,
    /// Its steps, those of the helper call included.
    pub steps: Range<u32>,
}

/// The helper call at the start of a reference.
#[derive(Clone, Copy)]
pub struct HelperCall {
    /// The helper.
    pub helper: &'static Helper,
    /// How many steps name and call it.
    pub steps: u32,
    /// The argument of `$util.qr(..)` with nothing behind it: evaluated for its effects, nothing prints.
    pub discarded: Option<ExpressionId>,
}

impl std::fmt::Debug for HelperCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.helper.path)
    }
}

/// A step of a reference.
#[derive(Debug)]
pub struct Step {
    /// From its dot or bracket to its end.
    pub span: Span,
    /// What it is.
    pub kind: StepKind,
}

/// What a step does.
#[derive(Debug)]
pub enum StepKind {
    /// `.name`
    Property(TextId),
    /// `.name(arguments)`; `method` is `None` when no Java class here has one of that name.
    Call {
        /// The name as written.
        name: TextId,
        /// The method.
        method: Option<Method>,
        /// The arguments.
        arguments: Expressions,
    },
    /// `[index]`
    Index(ExpressionId),
}
