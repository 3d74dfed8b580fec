//! What one run reached, small enough to keep of every run: a decision for each selected field.

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::report::{RequestReport, SubscriptionFilter};
use crate::verdict::Decision;

/// What became of one request.
#[derive(Debug)]
pub(super) struct Reading {
    /// The worst of its fields, or the gate's.
    pub(super) decision: Decision,
    /// Why AppSync would not run the document over this schema, whoever asks.
    pub(super) misfit: Option<String>,
    /// Its fields by their path in the response, without the indices of lists.
    pub(super) fields: IndexMap<String, Reached>,
}

/// One field, at all the places of the response where it stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reached {
    /// `Type.field`; known of a root field, and where something else than a value came out.
    pub(super) name: Option<String>,
    /// The worst at these places.
    pub(super) decision: Decision,
    /// How many places there are.
    pub(super) places: usize,
    /// At how many it was not let through.
    pub(super) refused: usize,
    /// Of a list how many elements came back.
    pub(super) rows: Option<usize>,
    /// Of a subscription which events arrive.
    pub(super) events: Option<SubscriptionFilter>,
}

/// Whether the value was reached.
pub(super) fn open(decision: Decision) -> bool {
    matches!(decision, Decision::Allowed | Decision::Filtered)
}

impl Reading {
    pub(super) fn of(report: &RequestReport) -> Reading {
        let body = report.response.as_ref().map(|response| &response.body);
        let mut fields: IndexMap<String, Reached> = IndexMap::new();
        if let Some(Json::Object(data)) = body.and_then(|body| body.get("data")) {
            data.iter().for_each(|(key, value)| walk(key, value, &mut fields));
        }
        for field in &report.fields {
            let reached = fields.entry(path_of(&field.path)).or_default();
            reached.name = Some(format!("{}.{}", field.parent_type, field.field));
            reached.decision = reached.decision.max(field.decision);
            reached.events = field.subscription_filter.clone();
            if !open(field.decision) {
                reached.refused += 1;
                reached.places = reached.places.max(reached.refused);
            }
        }
        let refused_whole = report.decision == Decision::Error && report.fields.is_empty();
        let misfit = report.cause.as_ref().filter(|_| refused_whole).map(|cause| cause.text.clone());
        Reading { decision: report.decision, misfit, fields }
    }
}

/// A response path without the indices of lists.
pub(super) fn path_of(path: &[Json]) -> String {
    path.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(".")
}

fn walk(path: &str, value: &Json, fields: &mut IndexMap<String, Reached>) {
    let reached = fields.entry(path.to_owned()).or_default();
    reached.places += 1;
    if let Json::Array(items) = value {
        *reached.rows.get_or_insert(0) += items.iter().filter(|item| !item.is_null()).count();
    }
    below(path, value, fields);
}

/// The fields of an object, or of the objects of a list. A value of a scalar type (`AWSJSON`) can be an object, too:
/// its members are compared like fields, and never have a decision of their own.
fn below(path: &str, value: &Json, fields: &mut IndexMap<String, Reached>) {
    match value {
        Json::Object(members) => members.iter().for_each(|(key, value)| walk(&format!("{path}.{key}"), value, fields)),
        Json::Array(items) => items.iter().for_each(|item| below(path, item, fields)),
        _ => {}
    }
}
