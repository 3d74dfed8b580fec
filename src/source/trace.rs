//! What a data source tells the explanation: the comparisons that withheld an item or failed a condition, and
//! facts that nobody gave.

use serde::Serialize;
use serde_json::Value as Json;

/// Withheld items kept in full; the rest is counted.
pub const WITHHELD_SHOWN: usize = 20;

/// One comparison or function of a filter or condition, with what it saw.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AtomTrace {
    /// Its text with names and values put in: `owner = "u2::eve"`.
    pub text: String,
    /// `=`, `<>`, `BETWEEN`, `IN`, `contains`, `attribute_exists` …
    pub operator: &'static str,
    /// What it looks at in the item: `owner`, `a.b[0]`, `size(tags)`; absent when it only holds values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The attribute of the item the path starts from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The values of the expression it is held against.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operands: Vec<Json>,
    /// What the item has there; absent when it has nothing (an attribute that is null is there).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Json>,
    /// Whether it holds.
    pub truth: bool,
    /// Whether an odd number of NOTs stands before it: then it speaks for the item when it does not hold.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub negated: bool,
}

/// An item that the key conditions matched and the filter removed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WithheldItem {
    /// Its key attributes.
    pub key: Json,
    /// The whole item.
    pub item: Json,
    /// Every atom of the filter, in the order of its text; none is skipped.
    pub atoms: Vec<AtomTrace>,
}

/// What a filter removed from a Query, Scan or Sync.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Withheld {
    /// The table, as its data source or the data names it.
    pub table: String,
    /// The filter with names and values put in.
    pub filter: String,
    /// The first removed items, at most [`WITHHELD_SHOWN`].
    pub items: Vec<WithheldItem>,
    /// How many were removed.
    pub count: usize,
    /// How many were evaluated before the filter (`scannedCount`).
    pub scanned: usize,
}

/// What a filter let through, or a record that a condition held on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// The table, as its data source or the data names it.
    pub table: String,
    /// The filter or condition with names and values put in.
    pub expression: String,
    /// The first items, at most [`WITHHELD_SHOWN`].
    pub items: Vec<WithheldItem>,
    /// How many passed.
    pub count: usize,
    /// How many were evaluated.
    pub scanned: usize,
}

/// A condition that failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ConditionTrace {
    /// The table, as its data source or the data names it.
    pub table: String,
    /// The key of the request.
    pub key: Json,
    /// The item with that key; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Json>,
    /// The condition with names and values put in.
    pub condition: String,
    /// Every atom of it, in the order of its text; none is skipped.
    pub atoms: Vec<AtomTrace>,
}

/// A fact that nobody gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Fact {
    /// What: `response of data source EchoFunction`.
    pub fact: String,
    /// Why it is missing.
    pub why: String,
    /// The option that gives it.
    pub give_by: String,
    /// The request that would have been sent.
    pub request: Json,
    /// What to write into the data to answer it, with a blank to fill in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixture: Option<Json>,
}

impl Fact {
    /// A fact with the request that asks for it.
    pub fn new(
        fact: impl Into<String>,
        why: impl Into<String>,
        give_by: impl Into<String>,
        request: &Json,
    ) -> Box<Fact> {
        let (fact, why, give_by) = (fact.into(), why.into(), give_by.into());
        Box::new(Fact { fact, why, give_by, request: request.clone(), fixture: None })
    }

    /// With what to write into the data.
    #[must_use]
    pub fn with_fixture(mut self: Box<Self>, fixture: Json) -> Box<Fact> {
        self.fixture = Some(fixture);
        self
    }
}
