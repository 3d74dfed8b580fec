//! Data sources: what a resolver's request is answered.
//!
//! Works on JSON and on the API's model; knows no templates, no identities and no GraphQL. `NONE` and DynamoDB are
//! simulated, every other kind answers what `--data` recorded, and what nobody recorded is undecided.
//!
//! ```
//! use serde_json::json;
//! use vtlens::api::{DataSource, DataSourceKind, Table};
//! use vtlens::source::{Data, Reply, execute};
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
//! let answer = execute(&source, &request, &mut data, 0, "Query.getPost");
//! let Reply::Result { value, withheld: Some(withheld) } = answer.reply else { unreachable!() };
//! assert_eq!(value, json!({"items": [], "nextToken": null, "scannedCount": 1}));
//! assert_eq!(withheld.items[0].atoms[0].text, r#"owner = "eve""#);
//! assert_eq!(withheld.items[0].atoms[0].found, Some(json!("u1::bob")));
//! # Ok::<(), vtlens::Error>(())
//! ```

mod data;
mod dynamodb;
mod json_place;
mod respond;
mod trace;

use serde::Serialize;
use serde_json::Value as Json;

pub use data::{Data, TableData};
pub use dynamodb::REQUEST_ID;
pub use trace::{AtomTrace, ConditionTrace, Fact, WITHHELD_SHOWN, Withheld, WithheldItem};

use crate::api::{DataSource, DataSourceKind};

/// What a data source said, and whether what it rests on was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Answer {
    /// What the resolver gets.
    pub reply: Reply,
    /// The DynamoDB table of which no items were given: it was taken as empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_table: Option<String>,
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
        Reply::Result { value, withheld: None }
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Answer {
        Answer { reply, unknown_table: None }
    }
}

/// Carries out a rendered request. `now_ms` is the clock in milliseconds since 1970; `field` is the resolver's,
/// `Mutation.updatePost`. Writes change `data`.
pub fn execute(source: &DataSource, request: &Json, data: &mut Data, now_ms: i64, field: &str) -> Answer {
    match &source.kind {
        DataSourceKind::None => respond::none(request).into(),
        DataSourceKind::DynamoDb(table) => dynamodb::execute(source, table, request, data, now_ms, field),
        DataSourceKind::Other(kind) => respond::fixture(source, kind, request, data, field).into(),
    }
}
