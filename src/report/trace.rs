//! What a template did, line by line: the part of the report that is there when asked for.

use serde::Serialize;
use serde_json::Value as Json;

/// One template that ran for a field, in the order they ran.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateTrace {
    /// The template, named as in [`Site`](super::Site).
    pub template: String,
    /// `request` or `response`: which part of its resolver or function it is.
    pub part: &'static str,
    /// How it ended.
    pub outcome: TraceEnd,
    /// Its text.
    pub source: String,
    /// Its statements, branches and loops with how often they ran; one that holds another comes before it.
    pub spans: Vec<TracedSpan>,
    /// Its conditions, references and assignments with the values they had; none for what was never evaluated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<TracedValue>,
}

/// How a template ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TraceEnd {
    /// It ran to its last line.
    Finished,
    /// At a `#return` or `#stop`.
    Returned,
    /// At a statement that failed, or that denied.
    Failed,
}

/// A stretch of a template's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TextSpan {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// From 1.
    pub end_line: u32,
    /// From 1, one past the last character.
    pub end_column: u32,
}

/// A statement, an arm of an `#if` or the body of a loop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TracedSpan {
    /// Where it stands.
    #[serde(flatten)]
    pub at: TextSpan,
    /// What it is.
    pub kind: SpanKind,
    /// Whether it ran.
    pub state: SpanState,
    /// How often.
    pub times: u32,
}

/// What a traced span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SpanKind {
    /// A statement; an `#if` or `#foreach` as a whole too.
    Statement,
    /// What one arm of an `#if` holds.
    Branch,
    /// What a `#foreach` repeats.
    Loop,
}

/// Whether a traced span ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SpanState {
    /// It ran.
    Taken,
    /// It did not.
    Untaken,
}

/// A condition, a reference or an assignment, with the values it had.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TracedValue {
    /// Where it stands.
    #[serde(flatten)]
    pub at: TextSpan,
    /// What it is.
    pub kind: ValueKind,
    /// Its source text.
    pub text: String,
    /// Each different value once, in the order they came.
    pub values: Vec<SeenValue>,
    /// How many more different values there were.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: u32,
}

/// What a traced value is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueKind {
    /// A condition, or a part of one between `&&` and `||`.
    Condition,
    /// The target of a `#set`.
    Assignment,
    /// A reference.
    Reference,
}

/// A value that was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeenValue {
    /// The value.
    pub value: Json,
    /// Where it came from: `claim cognito:groups`, `record owner` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Of a `#set`: that the right side was null, so that the variable kept what it had.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// How often it was seen.
    pub times: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
