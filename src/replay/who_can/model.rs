//! Every way into a field, as plain data: schema `vtlens.whoCan/1`.

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::report::{AuthorRule, Edit, Site};

/// The name of this document's schema.
pub const SCHEMA: &str = "vtlens.whoCan/1";

/// Who can reach a field's value.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WhoCan {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// The API's name.
    pub api: String,
    /// `Type.field`
    pub field: String,
    /// The ways in, mode by mode.
    pub ways: Vec<Way>,
    /// The API's modes by which nobody gets in as far as was tried, each with what stands in the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<Closed>,
    /// What to know of how the ways were found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// How often the field was run.
    pub runs: usize,
    /// Whether the search ended because it ran often enough: there may be more ways.
    pub budget_spent: bool,
}

/// One way in: everybody of the mode for whom all conditions hold.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Way {
    /// From 1.
    pub id: usize,
    /// AppSync's name of the mode.
    pub mode: &'static str,
    /// The rule that lets in, where a statement of the templates does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<WayRule>,
    /// What must hold; nothing where the mode is enough.
    pub conditions: Vec<Condition>,
    /// What stays closed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restricts: Vec<Restriction>,
    /// What was run.
    pub proof: Proof,
    /// A caller who is nearly the same and gets nowhere; run, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest_miss: Option<Json>,
    /// Always true: nothing is listed that was not seen to be allowed.
    pub verified: bool,
}

/// The rule behind a way.
#[derive(Debug, Clone, Serialize)]
pub struct WayRule {
    /// As in a report: `staticGroup`, `owner` ..
    pub kind: &'static str,
    /// The author's rule, when the schema is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthorRule>,
    /// The statement that lets in.
    pub grant: Site,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// `claims`, `identity`, `record`, `parent`, `arguments`, `headers`.
    pub on: &'static str,
    /// Where in it: `cognito:groups`, `input.owner`.
    pub path: String,
    /// `is`, `isNot`, `oneOf` (the value is a list of them), `contains` (of a list, or part of a text), `present`, `list` (with an element), `absent`, `exists` and `missing` (of the record).
    pub op: &'static str,
    /// The value, of `is`, `oneOf` and `contains`; `{NAME}` in it stands for what the caller has in that claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// In place of a value: what of the caller it is or contains, any of them. `sub::username` is two claims joined;
    /// of a claim that is a list, any element. `identity.` is before what is no claim.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// In plain words.
    pub words: String,
}

/// What stays closed to those who come this way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Restriction {
    /// `rows`: only those for which the conditions hold; `arguments`: these may not be given; `nulls`: these may be
    /// given, but not null; `argument`: if it is
    /// given, one of the conditions holds; `events`: a subscription filter picks.
    pub kind: &'static str,
    /// Of rows all that must hold, of an argument what it may be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Of arguments: their paths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// In plain words.
    pub words: String,
}

/// A run that was allowed.
#[derive(Debug, Clone, Serialize)]
pub struct Proof {
    /// The caller, as `--identity` takes it.
    pub identity: Json,
    /// As `--args` takes them.
    pub arguments: Map<String, Json>,
    /// The parent object, as `--source` takes it.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub source: Json,
    /// As `--data` takes it.
    pub data: Json,
    /// What was changed of the barest caller, record and arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
}

/// A mode by which nobody was seen to get in.
#[derive(Debug, Clone, Serialize)]
pub struct Closed {
    /// AppSync's name of the mode.
    pub mode: &'static str,
    /// What stands in the way.
    pub words: String,
}
