//! The report as plain data: schema `vtlens.report/1`. Every output format is rendered from it.
//! Keys are absent when empty; additions are allowed, changes of meaning are not.

mod places;
mod trace;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value as Json;

pub use trace::{
    SeenValue, SpanKind, SpanState, TemplateTrace, TextSpan, TraceEnd, TracedSpan, TracedValue, ValueKind,
};

pub use crate::execute::delivery::{
    Delivery, FilterCondition, FilterGroup, FilterTest, FilteredBy, Outcome, SubscriptionFilter,
};
pub use crate::verdict::{
    Cause, Check, Credential, Decision, Gate, GateOutcome, Missing, RequestSource, Stage, Transport, Unanswered,
    Verdict,
};

/// The name of this report's schema.
pub const SCHEMA: &str = "vtlens.report/1";

/// What a run printed with `--format json`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// One entry a request.
    pub requests: Vec<RequestReport>,
    /// What of the captures was not read, and what they show that is no request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// Where the files lie that the report names, by the name it gives them: for formats that lead there.
    #[serde(skip)]
    pub files: IndexMap<String, FileAt>,
}

impl Report {
    /// A report over requests.
    pub fn new(requests: Vec<RequestReport>) -> Self {
        Report { schema: SCHEMA, requests, remarks: Vec::new(), files: IndexMap::new() }
    }
}

/// Where a file lies that a report names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAt {
    /// Its path, relative to the current folder where it lies below it.
    pub path: String,
    /// Its URL: `file:///…`.
    pub url: String,
}

/// One request's report.
#[derive(Debug, Clone, Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct RequestReport {
    /// The file and entry it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<RequestSource>,
    /// `connect` or `start` for a frame of a WebSocket; absent for HTTP.
    #[serde(skip_serializing_if = "Transport::is_http")]
    pub transport: Transport,
    /// AppSync's id of it, of a request out of a log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// When it was sent, or the clock used (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Where the clock came from: `capture`, `--now` or `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<&'static str>,
    /// The GraphQL operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// The worst of its fields, or the gate's.
    pub decision: Decision,
    /// Where the deciding one fell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Why, of the deciding one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The credential and its checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// `$ctx.identity` as the templates saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Json>,
    /// Every root field, and those below that did not simply reach their value, in the order of the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldReport>,
    /// Of a request that was refused as a whole: edits that flip the decision, each verified.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<Fix>,
    /// Edits that could flip that, each still to be tried by a run.
    #[serde(skip)]
    pub proposals: Vec<Vec<Edit>>,
    /// What the replay computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<HttpResponse>,
    /// What the capture holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<HttpResponse>,
    /// Whether both agree; null when nothing was recorded.
    pub reproduced: Option<bool>,
    /// Where they do not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
    /// Facts that are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// Remarks: unverified rules used, placeholders read, older wordings accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The GraphQL operation of a request.
#[derive(Debug, Clone, Serialize)]
pub struct Operation {
    /// `query`, `mutation` or `subscription`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// One field's report.
#[derive(Debug, Clone, Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct FieldReport {
    /// Response path.
    pub path: Vec<Json>,
    /// The type that declares it.
    pub parent_type: String,
    /// Its name in the schema.
    pub field: String,
    /// Its type in the schema.
    pub return_type: String,
    /// What became of it.
    pub decision: Decision,
    /// Where the decision fell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The error AppSync answers with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<FieldError>,
    /// The statement that denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// The conditions that led there, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Condition>,
    /// Of a field that reached its value: what of the schema admitted the caller's mode. Only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admitted_by: Option<AdmittedBy>,
    /// Of a field that reached its value: the rules that let the caller in, the first that decided first. Only when
    /// asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_by: Vec<AllowedBy>,
    /// Every line that a denial by templates hangs on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slice: Vec<SlicedTemplate>,
    /// What could have allowed it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Edits that flip the decision, each verified.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<Fix>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Traps seen on the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<Hazard>,
    /// Of a subscription that was let in: which events it receives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_filter: Option<SubscriptionFilter>,
    /// Of a subscription that an event was held against: whether it is delivered, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// Edits that could flip the decision, each still to be tried by a run.
    #[serde(skip)]
    pub proposals: Vec<Vec<Edit>>,
    /// When asked for, every template that ran for it, line by line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<TemplateTrace>,
}

/// An error of a field, as AppSync words it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// The message.
    pub message: String,
    /// Its type; null for `$util.error(message)`.
    pub error_type: Option<String>,
}

/// A place in a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// The template's file, relative to the API; inline templates name their CloudFormation file and resource.
    pub template: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// From 1.
    pub end_line: u32,
    /// From 1, one past the last character.
    pub end_column: u32,
    /// The source text.
    pub text: String,
    /// The whole first line it stands on, for renderers.
    #[serde(skip)]
    pub source_line: String,
}

/// The lines of a template that a denial hangs on: removing any other line changes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlicedTemplate {
    /// The template, as sites name it.
    pub template: String,
    /// From 1, ascending; empty of a template that ran without a say in it.
    pub lines: Vec<u32>,
}

/// A condition that decided, with the values it saw.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// Where it stands.
    pub site: Site,
    /// The deciding part of it.
    pub text: String,
    /// Its value.
    pub value: Json,
    /// What it was made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operands: Vec<Operand>,
    /// The condition in plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// A value in a condition, and where it came from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operand {
    /// Its source text.
    pub text: String,
    /// Its value when the condition ran.
    pub value: Json,
    /// Where it came from: `claim cognito:groups`, `argument input.id`, `record owner`, `literal at 22:31` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The statement that last set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_at: Option<Site>,
}

/// A statement that would have allowed the request, and what kept control away from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// From 1.
    pub id: usize,
    /// `staticGroup`, `dynamicGroup`, `owner`, `private`, `public`, `iamRole`, `adminRole`, `custom`, `other`.
    pub kind: &'static str,
    /// The author's rule, when the schema is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthorRule>,
    /// More of the author's rules that Amplify merged into this one: they ask for the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_auth: Vec<AuthorRule>,
    /// The statement that would have allowed.
    pub grant: Site,
    /// The first condition that kept control away from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<Condition>,
    /// What it needs, in plain words.
    pub needs: String,
}

/// A statement that let a request in, and why it ran.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowedBy {
    /// From 1.
    pub id: usize,
    /// As of a [`Rule`].
    pub kind: &'static str,
    /// The author's rule, when the schema is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthorRule>,
    /// Other rules of the author that the same branch was made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_auth: Vec<AuthorRule>,
    /// The statement that granted; it ran. Of a condition that granted by how it came out, the `#if`. Where no
    /// template asks who is calling, the schema's line.
    pub grant: Site,
    /// The denial that it kept control away from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past: Option<Site>,
    /// The conditions that were satisfied on the way to it, with the caller's values, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Condition>,
    /// Why it let the caller in, in plain words.
    pub words: String,
}

/// What of the schema admitted the caller's mode to a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmittedBy {
    /// The directive's line; the type's where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// In plain words.
    pub words: String,
}

/// A rule as the author wrote it, or as the build lets it be written again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AuthorRule {
    /// The author's schema file; none where the rule was reconstructed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// From 1; 0 where the rule was reconstructed.
    #[serde(skip_serializing_if = "is_zero")]
    pub line: u32,
    /// The rule's text.
    pub text: String,
    /// Whether the text was made from the build, no author's schema being at hand.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reconstructed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(line: &u32) -> bool {
    *line == 0
}

/// An edit that flips the decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fix {
    /// In plain words.
    pub text: String,
    /// Always true: nothing unverified is offered.
    pub verified: bool,
    /// The edits.
    pub edits: Vec<Edit>,
    /// Facts that are missing to tell whether it is allowed: with the edits it gets past what refused it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
}

/// One edit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edit {
    /// `claims`, `mode`, `headers`, `arguments`, `data`, `identity`, `schema`.
    pub target: &'static str,
    /// Within the target.
    pub path: Vec<Json>,
    /// `add`, `set`, `remove`.
    pub op: &'static str,
    /// The new value.
    pub value: Json,
}

/// A trap seen on the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hazard {
    /// Stable code.
    pub code: &'static str,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// One sentence.
    pub text: String,
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The body, when it is JSON.
    pub body: Json,
}
