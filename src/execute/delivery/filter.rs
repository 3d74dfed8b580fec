//! What a subscription lets through, before there is an event: read from the registration, compared with another.

use serde::Serialize;
use serde_json::Value as Json;

use super::condition::all;
use super::{Delivery, ExtensionCall, FilterCondition, FilterGroup, FilteredBy, Outcome, last_call};
use crate::api::Schema;
use crate::execute::run::Part;
use crate::execute::{Execution, FieldInput};

/// Which events a subscription receives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubscriptionFilter {
    /// What decides.
    pub by: FilteredBy,
    /// Alternatives, each of tests that must all hold; none where every event is received.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Vec<FilterTest>>,
    /// What is not known about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// The filter as it was set, where what it does is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<Json>,
}

/// What an event's field must be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FilterTest {
    /// The field, perhaps nested: `meta.tenant`.
    pub field: String,
    /// `eq`, `containsAny` …
    pub operator: String,
    /// What it is compared with.
    pub value: Json,
}

impl SubscriptionFilter {
    /// The filter of a registration: the one that it set, else its arguments.
    pub fn of(execution: &Execution, input: &FieldInput, schema: &Schema) -> Self {
        match last_call(execution, "setSubscriptionFilter") {
            Some(call) => Self::set_by(FilteredBy::Filter, call),
            None => Self::of_arguments(input, schema),
        }
    }

    /// The last filter that was set decides. Unverified: that it is the last, if there are several; what a filter without
    /// groups does, one that is null, and one that a request template sets, is not known at all.
    pub(super) fn set_by(by: FilteredBy, call: &ExtensionCall) -> Self {
        let filter = call.arguments.first().unwrap_or(&Json::Null);
        let open = |fact: String| Self::open(by, fact, Some(filter.clone()));
        if call.part == Part::Request {
            return open("what a subscription filter does that a request template sets".to_owned());
        }
        let Some(groups) = filter.get("filterGroup").and_then(Json::as_array) else {
            return open(format!("what the subscription filter {filter} does, which has no `filterGroup`"));
        };
        let mut read = Vec::new();
        for group in groups {
            let filters = group.get("filters").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
            let tests: Option<Vec<FilterTest>> = filters.iter().map(FilterTest::read).collect();
            let Some(tests) = tests.filter(|tests| !tests.is_empty()) else {
                return open(format!("what the group {group} of a subscription filter does"));
            };
            read.push(tests);
        }
        if read.is_empty() {
            return open("what a subscription filter without groups does".to_owned());
        }
        SubscriptionFilter { by, groups: read, unknown: None, set: None }
    }

    /// Each argument that is there and not null must equal the payload's field.
    fn of_arguments(input: &FieldInput, schema: &Schema) -> Self {
        let returned = schema.field(&input.parent_type, &input.field).map(|field| field.ty.base_name().to_owned());
        let returned = returned.unwrap_or_default();
        let mut tests = Vec::new();
        for (name, value) in input.arguments.iter().filter(|(_, value)| !value.is_null()) {
            let Some(field) = schema.field(&returned, name) else {
                let fact = format!("what the argument `{name}` does, which is no field of `{returned}`");
                return Self::open(FilteredBy::Arguments, fact, Some(value.clone()));
            };
            // An ID is a text, also when somebody wrote a number.
            let value = match (field.ty.base_name(), value) {
                ("ID", Json::Number(number)) => Json::String(number.to_string()),
                _ => value.clone(),
            };
            tests.push(FilterTest { field: name.clone(), operator: "eq".to_owned(), value });
        }
        let (by, groups) = match tests.is_empty() {
            true => (FilteredBy::Nothing, Vec::new()),
            false => (FilteredBy::Arguments, vec![tests]),
        };
        SubscriptionFilter { by, groups, unknown: None, set: None }
    }

    fn open(by: FilteredBy, fact: String, set: Option<Json>) -> Self {
        SubscriptionFilter { by, groups: Vec::new(), unknown: Some(fact), set }
    }

    /// What becomes of a payload.
    pub(super) fn against(&self, payload: &Json) -> Delivery {
        if let Some(fact) = &self.unknown {
            return Delivery::unknown(self.by, fact);
        }
        if self.groups.is_empty() {
            return Delivery::nothing(Outcome::Delivered);
        }
        let of = |tests: &Vec<FilterTest>| {
            let conditions: Vec<FilterCondition> =
                tests.iter().map(|test| FilterCondition::new(payload, test)).collect();
            FilterGroup { holds: all(conditions.iter().map(|condition| condition.holds)), conditions }
        };
        Delivery::of_groups(self.by, self.groups.iter().map(of).collect())
    }

    /// Whether every event is received.
    pub fn is_open(&self) -> bool {
        self.groups.is_empty() && self.unknown.is_none()
    }

    /// The alternatives that some event can meet.
    pub fn passing(&self) -> impl Iterator<Item = &Vec<FilterTest>> {
        self.groups.iter().filter(|group| !group.iter().any(FilterTest::never_holds))
    }

    /// Whether it is certain that the other receives whatever this one does: each alternative asks for all that one of
    /// the other's does.
    pub fn is_within(&self, other: &SubscriptionFilter) -> bool {
        if other.is_open() || (self.unknown.is_some() && (&self.unknown, &self.set) == (&other.unknown, &other.set)) {
            return true;
        }
        let asks = |group: &[FilterTest], test: &FilterTest| group.iter().any(|own| own.is_like(test));
        let within = |group: &Vec<FilterTest>| other.groups.iter().any(|wider| wider.iter().all(|t| asks(group, t)));
        !self.groups.is_empty() && self.passing().all(within)
    }

    /// Whether the same is compared in the same way, whatever with: that is often the caller's own.
    pub fn is_shaped_like(&self, other: &SubscriptionFilter) -> bool {
        let alike = |one: &FilterTest, two: &FilterTest| one.field == two.field && one.operator == two.operator;
        let groups = self.passing().count() == other.passing().count();
        let tests = |(one, two): (&Vec<FilterTest>, &Vec<FilterTest>)| {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| alike(one, two))
        };
        groups && self.passing().zip(other.passing()).all(tests) && self.unknown == other.unknown
    }
}

impl FilterTest {
    fn read(filter: &Json) -> Option<FilterTest> {
        let text = |name: &str| filter.get(name).and_then(Json::as_str).map(str::to_owned);
        let value = filter.get("value").cloned().unwrap_or_default();
        Some(FilterTest { field: text("fieldName")?, operator: text("operator")?, value })
    }

    /// Whether no value passes: one of none.
    fn never_holds(&self) -> bool {
        matches!(self.operator.as_str(), "in" | "containsAny") && self.value.as_array().is_some_and(Vec::is_empty)
    }

    /// Whether it asks the same, in whatever order values stand of which any will do.
    fn is_like(&self, other: &FilterTest) -> bool {
        let any_order = matches!(self.operator.as_str(), "in" | "notIn" | "containsAny");
        let alike = match (self.value.as_array(), other.value.as_array()) {
            (Some(one), Some(two)) if any_order => {
                one.iter().all(|value| two.contains(value)) && two.iter().all(|value| one.contains(value))
            }
            _ => self.value == other.value,
        };
        self.field == other.field && self.operator == other.operator && alike
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filter(groups: Json) -> SubscriptionFilter {
        let call = ExtensionCall {
            part: Part::Response,
            method: "setSubscriptionFilter",
            arguments: vec![json!({ "filterGroup": groups })],
        };
        SubscriptionFilter::set_by(FilteredBy::Filter, &call)
    }

    fn all_of(tests: &[(&str, &str, Json)]) -> Json {
        let test = |(field, operator, value): &(&str, &str, Json)| json!({ "fieldName": field, "operator": operator, "value": value });
        json!({ "filters": tests.iter().map(test).collect::<Vec<_>>() })
    }

    #[test]
    fn a_filter_is_within_another_where_that_is_certain() {
        let every = || SubscriptionFilter { by: FilteredBy::Nothing, groups: Vec::new(), unknown: None, set: None };
        let owner = || all_of(&[("owner", "eq", json!("eve"))]);
        let room = |rooms: Json| all_of(&[("room", "in", rooms)]);
        let both = || all_of(&[("room", "in", json!(["a"])), ("owner", "eq", json!("eve"))]);
        for (case, one, other, expected) in [
            ("some events, every event", filter(json!([owner()])), every(), (true, false)),
            ("nothing set, twice", every(), every(), (true, true)),
            (
                "one more alternative",
                filter(json!([owner()])),
                filter(json!([room(json!(["a"])), owner()])),
                (true, false),
            ),
            (
                "another order, of alternatives, tests and values",
                filter(json!([room(json!(["a", "b"])), all_of(&[("x", "gt", json!(1)), ("y", "ne", json!(2))])])),
                filter(json!([all_of(&[("y", "ne", json!(2)), ("x", "gt", json!(1))]), room(json!(["b", "a"]))])),
                (true, true),
            ),
            ("one more test", filter(json!([both()])), filter(json!([owner()])), (true, false)),
            (
                "another value",
                filter(json!([owner()])),
                filter(json!([all_of(&[("owner", "eq", json!("bob"))])])),
                (false, false),
            ),
            (
                "an interval's ends have an order",
                filter(json!([all_of(&[("n", "between", json!([1, 2]))])])),
                filter(json!([all_of(&[("n", "between", json!([2, 1]))])])),
                (false, false),
            ),
            (
                "one of none lets nothing through",
                filter(json!([owner(), room(json!([]))])),
                filter(json!([owner()])),
                (true, true),
            ),
            ("no event at all", filter(json!([room(json!([]))])), filter(json!([owner()])), (true, false)),
            ("nobody knows, and the same is set", filter(json!([])), filter(json!([])), (true, true)),
            ("nobody knows", filter(json!([])), filter(json!([owner()])), (false, false)),
            (
                "nobody knows, and something else is set",
                filter(json!([{}])),
                filter(json!([{ "filters": [] }])),
                (false, false),
            ),
            ("nobody knows, but not more than every", filter(json!([])), every(), (true, false)),
        ] {
            assert_eq!((one.is_within(&other), other.is_within(&one)), expected, "{case}");
        }
    }
}
