//! A suite that nobody wrote yet, as plain data in the form of a suite's file.

use std::path::Path;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::super::Suite;
use crate::error::Result;

/// A suite made from an API.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct Draft {
    /// Where the API is, relative to the suite's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// CloudFormation parameters that the build leaves open.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub params: IndexMap<String, String>,
    /// The clock.
    pub now: String,
    /// Always `counter`: ids are the same in every run.
    pub ids: &'static str,
    /// The callers, by name.
    pub identities: IndexMap<String, Json>,
    /// Items by table.
    pub data: Map<String, Json>,
    /// Answers of what is not simulated, by field.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub responses: Map<String, Json>,
    /// What is asked.
    pub tests: Vec<DraftTest>,
    /// What each caller stands for.
    #[serde(skip)]
    pub notes: IndexMap<String, String>,
}

/// One test of a draft.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct DraftTest {
    /// Its name.
    pub name: String,
    /// The field that is asked, with its type.
    pub field: String,
    /// Its arguments.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub arguments: Map<String, Json>,
    /// The object it is a field of.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub source: Json,
    /// Items by table, in place of the suite's.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Json>,
    /// Answers by field, in place of the suite's.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub responses: Map<String, Json>,
    /// Who, and what is to become of it; of a draft that was not measured anything.
    pub expect: IndexMap<String, Json>,
    /// The type that it belongs to, for people.
    #[serde(skip)]
    pub group: String,
    /// What is asked, in words; empty where the field says it.
    #[serde(skip)]
    pub deed: String,
    /// What is different from the plain test of the field.
    #[serde(skip)]
    pub what: String,
    /// What stands above it, for people: the author's rules.
    #[serde(skip)]
    pub comments: Vec<String>,
}

impl Draft {
    /// The text of a JSON suite.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&json!(self)).unwrap_or_default()
    }

    /// What the one reader of suites makes of its text; `file` is what the suite is called, and where it would lie.
    ///
    /// # Errors
    /// As [`Suite::read`].
    pub fn suite(&self, file: &Path) -> Result<Suite> {
        Suite::read(&file.display().to_string(), &self.to_json())
    }
}
