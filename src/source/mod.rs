//! Data sources: what a resolver's request is answered.
//!
//! Works on JSON and on the API's model; knows no templates, no identities and no GraphQL. `NONE` and DynamoDB are
//! simulated, every other kind answers what `--data` recorded, and what nobody recorded is undecided.
//!
//! ```
//! use serde_json::json;
//! use vtlens::api::{DataSource, DataSourceKind, Table};
//! use vtlens::source::{Call, Data, Reply, execute};
//!
//! let table = Table { name: "Post".into(), keys: vec!["id".into()], ..Table::default() };
//! let source = DataSource { name: "PostTable".into(), kind: DataSourceKind::DynamoDb(table) };
//! let mut data = Data::from_json("data.json", &json!({"PostTable": [{"id": "1", "owner": "u1::bob"}]}))?;
//! let request = json!({
//!     "version": "2018-05-29",
//!     "operation": "Query",
//!     "query": {"expression": "id = :id", "expressionValues": {":id": {"S": "1"}}},
//!     "filter": {"expression": "#o = :me", "expressionNames": {"#o": "owner"}, "expressionValues": {":me": {"S": "eve"}}}
//! });
//!
//! let answer = execute(&Call::new(&source, &request, "Query.getPost"), &mut data);
//! let Reply::Result { value, withheld: Some(withheld), .. } = answer.reply else { unreachable!() };
//! assert_eq!(value, json!({"items": [], "nextToken": null, "scannedCount": 1}));
//! assert_eq!(withheld.items[0].atoms[0].text, r#"owner = "eve""#);
//! assert_eq!(withheld.items[0].atoms[0].found, Some(json!("u1::bob")));
//! # Ok::<(), vtlens::Error>(())
//! ```

mod data;
mod dynamodb;
mod json_place;
mod respond;
mod shape;
#[cfg(test)]
mod tests;
mod trace;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

pub use data::{Data, TableData};
pub use dynamodb::REQUEST_ID;
pub use trace::{AtomTrace, ConditionTrace, Fact, Kept, WITHHELD_SHOWN, Withheld, WithheldItem};

use crate::api::{ConflictHandler, DataSource, DataSourceKind};

/// A rendered request, and where it is made.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The data source it goes to.
    pub source: &'a DataSource,
    /// The request.
    pub request: &'a Json,
    /// The resolver's field: `Mutation.updatePost`.
    pub field: &'a str,
    /// The clock, in milliseconds since 1970.
    pub now_ms: i64,
    /// Whether a function of a pipeline makes it: its version is the function's, a `version` in the request is ignored.
    pub in_function: bool,
    /// What the resolver does about version conflicts, when the API says so.
    pub conflicts: Option<&'a ConflictHandler>,
    /// The API's data sources, for a request that [names tables](names_tables); may be empty for any other.
    pub tables: &'a [Arc<DataSource>],
    /// Whether it is told what passed a filter or condition, not only what did not.
    pub tell_kept: bool,
}

impl<'a> Call<'a> {
    /// A call of a unit resolver with nothing else known.
    pub fn new(source: &'a DataSource, request: &'a Json, field: &'a str) -> Self {
        Call { source, request, field, now_ms: 0, in_function: false, conflicts: None, tables: &[], tell_kept: false }
    }
}

/// Whether a request names tables itself instead of going to its data source's: a batch or a transaction.
pub fn names_tables(source: &DataSource, request: &Json) -> bool {
    let operation = request.get("operation").and_then(Json::as_str).unwrap_or("");
    matches!(source.kind, DataSourceKind::DynamoDb(_)) && ["Batch", "Transact"].iter().any(|o| operation.starts_with(o))
}

/// What a data source said, and whether what it rests on was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Answer {
    /// What the resolver gets.
    pub reply: Reply,
    /// The DynamoDB tables of which no items were given: they were taken as empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_tables: Vec<String>,
}

/// What the resolver gets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
#[non_exhaustive]
pub enum Reply {
    /// A result: `$ctx.result`.
    Result {
        /// Its value.
        value: Json,
        /// What a DynamoDB filter removed from it.
        #[serde(skip_serializing_if = "Option::is_none")]
        withheld: Option<Box<Withheld>>,
        /// What passed a DynamoDB filter or condition, when that was asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        kept: Option<Box<Kept>>,
    },
    /// The data source failed: `$ctx.error`.
    #[serde(rename_all = "camelCase")]
    Failed {
        /// The message, as AppSync shows it.
        message: String,
        /// `DynamoDB:ConditionalCheckFailedException` …
        error_type: String,
        /// The stored item when a condition failed on it (AppSync: `data` of the error, `$ctx.result`); else null.
        data: Json,
        /// The condition that failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<Box<ConditionTrace>>,
    },
    /// A fact is missing.
    Undecided(Box<Fact>),
    /// AppSync does not take the request, and the data source is not called.
    #[serde(rename_all = "camelCase")]
    BadRequest {
        /// The message, as AppSync shows it.
        message: String,
        /// `MappingTemplate`.
        error_type: String,
    },
}

impl Reply {
    /// A result from which nothing was withheld.
    pub(crate) fn result(value: Json) -> Reply {
        Reply::Result { value, withheld: None, kept: None }
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Answer {
        Answer { reply, unknown_tables: Vec::new() }
    }
}

/// Carries out a rendered request. Writes change `data`.
pub fn execute(call: &Call<'_>, data: &mut Data) -> Answer {
    if let Err(message) = shape::check(call) {
        return Reply::BadRequest { message, error_type: "MappingTemplate".into() }.into();
    }
    match &call.source.kind {
        DataSourceKind::None => respond::none(call.request).into(),
        DataSourceKind::DynamoDb(table) => dynamodb::execute(call, table, data),
        DataSourceKind::Other(kind) => respond::fixture(call, kind, data).into(),
    }
}
