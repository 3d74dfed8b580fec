//! What an evaluation came to. A template that failed is data, not an error.

use crate::source_file::Span;
use crate::value::Value;

/// What an evaluation came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The rendered text; of a failed evaluation, what was rendered before.
    pub output: String,
    /// How it ended.
    pub end: End,
}

/// How an evaluation ended.
#[derive(Debug, Clone)]
pub enum End {
    /// At the end of the template, or by `#stop`.
    Finished,
    /// By `#return`, with its value.
    Returned(Value),
    /// By a failure.
    Failed(Box<Failure>),
}

/// What kind of failure ended an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// `$util.unauthorized()`
    Unauthorized,
    /// `$util.error(..)`, `$util.validate(..)`
    Error,
    /// A Java exception.
    Runtime,
    /// A limit of AppSync or ours.
    Limit,
    /// A helper whose rules are not public: what comes of the template is not known.
    Undecided,
}

/// A failure and its place.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What kind.
    pub kind: FailureKind,
    /// The message, without a place.
    pub message: String,
    /// `$util.error`'s type.
    pub error_type: Option<String>,
    /// `$util.error`'s data.
    pub data: Value,
    /// `$util.error`'s info.
    pub info: Value,
    /// The call that failed.
    pub span: Span,
    /// Where Velocity would place it: the method's name.
    pub at: u32,
}

impl Failure {
    /// A failure without data.
    pub fn new(kind: FailureKind, message: impl Into<String>, span: Span, at: u32) -> Self {
        Failure { kind, message: message.into(), error_type: None, data: Value::Null, info: Value::Null, span, at }
    }
}

/// What a part of a run comes to. Boxed, so that it takes no more room than a value.
pub(super) type Run<T> = Result<T, Box<Halt>>;

/// Why control leaves a statement early.
pub(super) enum Halt {
    /// `#break`: out of the innermost loop, or the one at this depth.
    Break(Option<u32>),
    /// `#stop`
    Stop,
    /// `#return`
    Return(Value),
    /// A failure.
    Failed(Box<Failure>),
}

impl From<Failure> for Box<Halt> {
    fn from(failure: Failure) -> Self {
        Box::new(Halt::Failed(Box::new(failure)))
    }
}
