//! The syntax tree: what the template says, every node with its span.

use crate::source_file::Span;

/// A stretch of statements.
pub type Block = Vec<Statement>;

/// A statement and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The whole statement; of a block directive up to and with its `#end`.
    pub span: Span,
    /// What it is.
    pub kind: StatementKind,
}

/// What a statement is.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// Text as it prints; comments leave none.
    Text(String),
    /// A reference that prints itself.
    Output {
        /// Backslashes written in front of it.
        slashes: u32,
        /// The reference.
        reference: Reference,
    },
    /// `#set( target = value )`
    Set {
        /// What is assigned.
        target: Reference,
        /// To what.
        value: Expression,
    },
    /// `#if` with its arms.
    If {
        /// `#if` and `#elseif` arms: condition and body.
        arms: Vec<(Expression, Block)>,
        /// `#else`
        otherwise: Option<Block>,
    },
    /// `#foreach( $variable in iterable )`
    Foreach {
        /// The loop variable.
        variable: Reference,
        /// What is iterated; absent in `#foreach($x $list)`, which renders nothing.
        iterable: Option<Expression>,
        /// The body.
        body: Block,
    },
    /// `#break`, `#break($foreach.parent)`
    Break(Option<Expression>),
    /// `#stop`
    Stop,
    /// `#return`, `#return(value)`
    Return(Option<Expression>),
}

/// `$name.step[index]`
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// From `$` to the end.
    pub span: Span,
    /// The name after `$`.
    pub name: String,
    /// `$!`: prints nothing when null.
    pub quiet: bool,
    /// `${…}`: cannot be assigned through, like quiet ones.
    pub formal: bool,
    /// Properties, calls and indexes.
    pub steps: Vec<Step>,
}

/// One step of a reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// From the dot or bracket to the end.
    pub span: Span,
    /// What it is.
    pub kind: StepKind,
}

/// What a step is.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// `.name`
    Property(String),
    /// `.name(arguments)`
    Call {
        /// The method's name.
        name: String,
        /// Its arguments.
        arguments: Vec<Expression>,
    },
    /// `[index]`
    Index(Expression),
}

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// The expression's text.
    pub span: Span,
    /// What it is.
    pub kind: ExpressionKind,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpressionKind {
    /// A string without anything to interpolate.
    Text(String),
    /// A double-quoted string with references or directives in it.
    Interpolated(Block),
    /// Digits of an integer, sign included.
    Integer(String),
    /// A double.
    Float(f64),
    /// `true`, `false`
    Boolean(bool),
    /// A bare word as an argument: null.
    Word,
    /// `[a, b]`
    List(Vec<Expression>),
    /// `[a..b]`
    Range(Box<Expression>, Box<Expression>),
    /// `{k: v}`
    Map(Vec<(Expression, Expression)>),
    /// A reference.
    Reference(Box<Reference>),
    /// `!a`, `not a`
    Not(Box<Expression>),
    /// `a OP b`
    Binary(Operator, Box<Expression>, Box<Expression>),
}

/// An operator of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Operator {
    /// Whether it compares.
    pub fn compares(self) -> bool {
        use Operator::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        matches!(self, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
    }

    /// Whether it joins conditions.
    pub fn joins(self) -> bool {
        matches!(self, Operator::And | Operator::Or)
    }

    /// How tightly it binds: `||` 1 … `*` 6.
    pub fn precedence(self) -> u8 {
        match self {
            Operator::Or => 1,
            Operator::And => 2,
            Operator::Equal | Operator::NotEqual => 3,
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => 4,
            Operator::Add | Operator::Subtract => 5,
            Operator::Multiply | Operator::Divide | Operator::Modulo => 6,
        }
    }
}
