//! What the service says of a request, as plain data: decisions, stages, checks of the gate, missing facts. The
//! report is built of them; nothing here knows how they come about.

use serde::Serialize;
use serde_json::Value as Json;

/// What became of a field or request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Reached its value.
    #[default]
    Allowed,
    /// Reached a value from which something was withheld.
    Filtered,
    /// Failed for a reason that is not authorization.
    Error,
    /// A fact is missing.
    Undecided,
    /// Refused.
    Denied,
}

/// Where a decision fell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Stage {
    /// The credential was refused: 401, 403 or 400.
    Gate,
    /// A schema directive.
    Schema,
    /// An IAM policy.
    Iam,
    /// The Lambda authorizer, or its `deniedFields`.
    Authorizer,
    /// A mapping template.
    Resolver,
    /// The data source.
    Source,
    /// Null from a denied non-null leaf.
    Propagation,
}

/// A cause code and its sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// Stable, kebab-case (see `CAUSES` in the explanation layer).
    pub code: &'static str,
    /// One sentence with the subject's values in it.
    pub text: String,
}

/// How a request went to AppSync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Over HTTP.
    #[default]
    Http,
    /// The connect of a WebSocket: a credential and no operation.
    Connect,
    /// A `start` frame of a WebSocket: a subscription with a credential of its own.
    Start,
}

impl Transport {
    /// For serde: what needs no mention.
    pub fn is_http(&self) -> bool {
        *self == Transport::Http
    }
}

/// The file a request came from.
#[derive(Debug, Clone, Serialize, Default)]
pub struct RequestSource {
    /// As the user named it.
    pub file: String,
    /// Index within the file, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<usize>,
    /// `har`, `curl`, `fetch`, `powershell`, `http`, `cloudwatch`, `json` …
    pub kind: &'static str,
}

/// What the gate made of a credential.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// Passed, refused or undecided.
    pub outcome: GateOutcome,
    /// AppSync's name of the mode: `AMAZON_COGNITO_USER_POOLS` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<&'static str>,
    /// The credential, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// The HTTP status AppSync answers with.
    pub status: u16,
    /// `UnauthorizedException` … when refused.
    pub error_type: Option<String>,
    /// The message when refused.
    pub message: Option<String>,
    /// Every check, in the order the service makes them.
    pub checks: Vec<Check>,
}

/// Whether the gate let a request in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GateOutcome {
    /// Let in.
    Passed,
    /// Refused.
    Refused,
    /// A fact is missing.
    Undecided,
}

/// A credential, masked.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// `jwt`, `apiKey`, `sigv4`, `opaque`, `none`.
    pub kind: &'static str,
    /// The last six characters behind an ellipsis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// `id` or `access`, for Cognito tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_use: Option<String>,
}

/// One check of the gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The cause code it would give.
    pub code: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// A fact is missing.
    Unknown,
    /// Not reached, or of no concern here.
    Skipped,
}

/// A fact that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// What: `identity`, `iam policy`, `response of data source X` …
    pub fact: String,
    /// Why it is missing.
    pub why: String,
    /// The option that gives it.
    pub give_by: String,
    /// The request of a data source that nobody answered.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Box<Unanswered>>,
}

/// A request to a data source that nobody answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unanswered {
    /// The request that would have been sent.
    pub request: Json,
    /// What to write into the data to answer it, with a blank to fill in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixture: Option<Json>,
}
