//! Whether an event reaches a subscriber: the filter that his registration set, else his arguments, against the payload
//! that a mutation publishes, which is what it answered: the fields it selected, as its resolvers return them.
//!
//! Knows the execution that registered him and the schema; nothing of captures, explanations or terminals.

mod condition;
mod filter;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use condition::{any, at_path, holds};
pub use filter::{FilterTest, SubscriptionFilter};

use super::run::Part;
use super::{Execution, FieldInput};
use crate::api::Schema;
use crate::verdict::Missing;

/// A call of `$extensions` that a template made.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtensionCall {
    /// The part of the resolver it was made in.
    pub part: Part,
    /// Its name: `setSubscriptionFilter` …
    pub method: &'static str,
    /// Its arguments.
    pub arguments: Vec<Json>,
}

/// What decides on the events of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FilteredBy {
    /// `$extensions.setSubscriptionFilter`, which replaces the arguments.
    Filter,
    /// The arguments: each that is given must equal the payload's field.
    Arguments,
    /// `$extensions.setSubscriptionInvalidationFilter`: it says which invalidations end the subscription.
    Invalidation,
    /// Nothing: every event is delivered, and no invalidation ends it.
    Nothing,
}

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The subscriber receives it.
    Delivered,
    /// He does not.
    Withheld,
    /// An invalidation ends his subscription.
    Ended,
    /// It does not.
    Kept,
    /// That cannot be known.
    Unknown,
}

/// Whether an event is delivered, and what decided.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// What becomes of it.
    pub outcome: Outcome,
    /// What decides.
    pub by: FilteredBy,
    /// Alternatives, of which one must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<FilterGroup>,
    /// Fields of the payload that reach the subscriber as null, as the schema does not admit him to them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
    /// The fact that is missing, when it cannot be known.
    #[serde(skip)]
    pub missing: Option<Missing>,
}

/// Conditions that must all hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FilterGroup {
    /// Whether they do; `None` when that cannot be known.
    pub holds: Option<bool>,
    /// The conditions.
    pub conditions: Vec<FilterCondition>,
}

/// One condition on a field of the payload.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FilterCondition {
    /// The field, perhaps nested: `meta.tenant`.
    pub field: String,
    /// `eq`, `containsAny` …
    pub operator: String,
    /// What it is compared with.
    pub value: Json,
    /// What the payload has there; null when it lacks the field.
    pub found: Json,
    /// Whether it holds; `None` when that cannot be known.
    pub holds: Option<bool>,
}

impl FilterCondition {
    /// Whether the payload lacks the field: it has none, or null, as a field that the mutation did not select.
    pub fn lacks_field(&self) -> bool {
        self.found.is_null()
    }

    fn new(payload: &Json, test: &FilterTest) -> Self {
        let FilterTest { field, operator, value } = test;
        let found = at_path(payload, field);
        let holds = found.as_ref().and_then(|found| holds(operator, found, value));
        FilterCondition {
            field: field.clone(),
            operator: operator.clone(),
            value: value.clone(),
            found: found.unwrap_or(Json::Null),
            holds,
        }
    }
}

impl Delivery {
    /// Whether a group fails only because the payload lacks what it reads: with these fields it could have held.
    pub fn lacks_fields(&self) -> bool {
        let only_lacking = |group: &FilterGroup| {
            let mut failing = group.conditions.iter().filter(|condition| condition.holds == Some(false)).peekable();
            failing.peek().is_some() && failing.all(FilterCondition::lacks_field)
        };
        self.groups.iter().any(only_lacking)
    }

    fn of_groups(by: FilteredBy, groups: Vec<FilterGroup>) -> Delivery {
        let passes = any(groups.iter().map(|group| group.holds));
        let missing = passes.is_none().then(|| {
            let open = groups.iter().flat_map(|group| &group.conditions).find(|condition| condition.holds.is_none());
            let condition = open.map(|c| format!("`{} {} {}` on {}", c.field, c.operator, c.value, c.found));
            unknown(&format!("how AppSync compares {}", condition.unwrap_or_default()))
        });
        let outcome = match (by, passes) {
            (_, None) => Outcome::Unknown,
            (FilteredBy::Invalidation, Some(true)) => Outcome::Ended,
            (FilteredBy::Invalidation, Some(false)) => Outcome::Kept,
            (_, Some(true)) => Outcome::Delivered,
            (_, Some(false)) => Outcome::Withheld,
        };
        Delivery { outcome, by, groups, redacted: Vec::new(), missing }
    }

    fn nothing(outcome: Outcome) -> Delivery {
        let by = FilteredBy::Nothing;
        Delivery { outcome, by, groups: Vec::new(), redacted: Vec::new(), missing: None }
    }

    fn unknown(by: FilteredBy, fact: &str) -> Delivery {
        let missing = Some(unknown(fact));
        Delivery { outcome: Outcome::Unknown, by, groups: Vec::new(), redacted: Vec::new(), missing }
    }
}

/// Whether an event with a payload reaches the subscriber whose registration was executed.
pub fn delivery(execution: &Execution, input: &FieldInput, schema: &Schema, payload: &Json) -> Delivery {
    SubscriptionFilter::of(execution, input, schema).against(payload)
}

/// Whether what a mutation gives to `$extensions.invalidateSubscriptions` ends the subscription.
pub fn invalidation(execution: &Execution, input: &FieldInput, invalidation: &Invalidation<'_>) -> Delivery {
    if invalidation.field != input.field {
        return Delivery::nothing(Outcome::Kept);
    }
    match last_call(execution, "setSubscriptionInvalidationFilter") {
        Some(call) => SubscriptionFilter::set_by(FilteredBy::Invalidation, call).against(invalidation.payload),
        None => Delivery::nothing(Outcome::Kept),
    }
}

/// What a mutation gives to `$extensions.invalidateSubscriptions`.
#[derive(Debug, Clone, Copy)]
pub struct Invalidation<'a> {
    /// The subscription's field.
    pub field: &'a str,
    /// What its filter is held against.
    pub payload: &'a Json,
}

impl<'a> Invalidation<'a> {
    /// Of an event that has the two members of one, and no others.
    pub fn of(event: &'a Json) -> Option<Invalidation<'a>> {
        let members = event.as_object().filter(|members| members.len() == 2)?;
        Some(Invalidation { field: members.get("subscriptionField")?.as_str()?, payload: members.get("payload")? })
    }
}

fn last_call<'a>(execution: &'a Execution, method: &str) -> Option<&'a ExtensionCall> {
    execution.extensions.iter().rev().find(|call| call.method == method)
}

/// The payload out of what a person hands in: itself, or a response that has it under the subscription's field or that
/// of a mutation it subscribes to.
pub fn payload_of<'a>(schema: &Schema, input: &FieldInput, event: &'a Json) -> &'a Json {
    let field = schema.field(&input.parent_type, &input.field);
    let mut names = field.and_then(|field| field.subscribed_mutations()).unwrap_or_default();
    names.push(input.field.clone());
    let data = event.get("data").unwrap_or(event);
    let single = |members: &Map<String, Json>| members.len() == 1;
    if !data.as_object().is_some_and(single) {
        return event;
    }
    names.iter().find_map(|name| data.get(name)).unwrap_or(event)
}

fn unknown(fact: &str) -> Missing {
    Missing {
        fact: fact.to_owned(),
        why: "AppSync's guide does not say".to_owned(),
        give_by: "a test against the real service".to_owned(),
        ..Missing::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_is_found_inside_a_response() {
        let schema = "type Query { a: Int } type Note { id: ID, data: String } type Mutation { add: Note }
            type Subscription { onAdd: Note @aws_subscribe(mutations: [\"add\"]) }";
        let schema = Schema::parse(crate::source_file::SourceFile::new("s", schema)).unwrap();
        let input = FieldInput::new("Subscription", "onAdd", Map::new());
        let note = json!({ "id": "1", "data": "x" });
        for event in [json!({ "data": { "add": note } }), json!({ "data": { "onAdd": note } }), json!({ "add": note })]
        {
            assert_eq!(payload_of(&schema, &input, &event), &note, "{event}");
        }
        assert_eq!(payload_of(&schema, &input, &note), &note);
        assert_eq!(payload_of(&schema, &input, &json!({ "data": "x" })), &json!({ "data": "x" }));
    }
}
