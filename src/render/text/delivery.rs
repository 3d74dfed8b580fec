//! Of a subscription that an event was held against: what decided, condition by condition.

use serde_json::Value as Json;

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::snippet::place;
use crate::report::{Delivery, FieldReport, FilterCondition, FilterTest, FilteredBy, Outcome, SubscriptionFilter};

/// Adds the groups, each condition with what the event has.
pub(super) fn delivery(page: &mut Page, field: &FieldReport) {
    let Some(delivery) = &field.delivery else { return };
    let at = field.site.as_ref().map(|site| format!(", set at {}", place(site))).unwrap_or_default();
    match delivery.by {
        FilteredBy::Invalidation => page.heading(&format!("the subscription's invalidation filter{at}")),
        FilteredBy::Filter => page.heading(&format!("the subscription's filter{at}")),
        FilteredBy::Arguments if delivery.groups.is_empty() => return,
        FilteredBy::Arguments => page.heading("the subscription's arguments"),
        FilteredBy::Nothing => {
            page.blank();
            let text = match delivery.outcome {
                Outcome::Kept => "no invalidation filter of this subscription: it goes on",
                _ => "no filter and no arguments: every event is delivered",
            };
            return page.line(Line::indent(2).then(text));
        }
    }
    page.table(4, 6, rows(delivery));
}

/// Which events a subscription receives: `every event`, `events where owner is "eve" or room is one of "a", "b"`.
pub(in crate::render) fn events(filter: &SubscriptionFilter) -> String {
    if let Some(fact) = &filter.unknown {
        return format!("events that nobody can tell (unknown: {fact})");
    }
    if filter.groups.is_empty() {
        return "every event".to_owned();
    }
    let group = |tests: &Vec<FilterTest>| tests.iter().map(test).collect::<Vec<_>>().join(" and ");
    let groups: Vec<String> = filter.passing().map(group).collect();
    match groups.as_slice() {
        [] => "no event".to_owned(),
        groups => format!("events where {}", groups.join(", or ")),
    }
}

fn test(FilterTest { field, operator, value }: &FilterTest) -> String {
    let values: Vec<String> = match value {
        Json::Array(items) => items.iter().map(Json::to_string).collect(),
        one => vec![one.to_string()],
    };
    let is = match (operator.as_str(), values.as_slice()) {
        ("eq", _) | ("in", [_]) => "is",
        ("ne", _) | ("notIn", [_]) => "is not",
        ("in", _) => "is one of",
        ("notIn", _) => "is none of",
        ("lt", _) => "<",
        ("le", _) => "≤",
        ("gt", _) => ">",
        ("ge", _) => "≥",
        ("notContains", _) => "does not contain",
        ("beginsWith", _) => "begins with",
        ("containsAny", [_]) => "contains",
        ("containsAny", _) => "contains one of",
        ("between", _) => "lies between",
        (operator, _) => operator,
    };
    let with = if operator == "between" { " and " } else { ", " };
    format!("{field} {is} {}", values.join(with))
}

fn rows(delivery: &Delivery) -> Vec<Row> {
    let several = delivery.groups.len() > 1;
    let mut rows = Vec::new();
    for (index, group) in delivery.groups.iter().enumerate() {
        for (nth, condition) in group.conditions.iter().enumerate() {
            let name = match (several, nth) {
                (true, 0) => format!("group {}", index + 1),
                _ => String::new(),
            };
            let mut cells = vec![mark(condition.holds)];
            if several {
                cells.push(Line::of(Role::Dim, name));
            }
            cells.push(Line::plain(format!("{} {} {}", condition.field, condition.operator, condition.value)));
            rows.push(Row { cells, last: found(condition) });
        }
    }
    rows
}

fn mark(holds: Option<bool>) -> Line {
    match holds {
        Some(true) => Line::of(Role::Good, "✓"),
        Some(false) => Line::of(Role::Bad, "✗"),
        None => Line::of(Role::Unsure, "?"),
    }
}

fn found(condition: &FilterCondition) -> Line {
    match condition.lacks_field() {
        true => Line::plain(format!("the event has no {}", condition.field)),
        false => Line::plain(format!("the event has {}", condition.found)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_filter_is_told_in_words() {
        let test = |(field, operator, value): &(&str, &str, Json)| FilterTest {
            field: (*field).to_owned(),
            operator: (*operator).to_owned(),
            value: value.clone(),
        };
        for (groups, expected) in [
            (vec![], "every event"),
            (vec![vec![("owner", "eq", json!("eve"))]], "events where owner is \"eve\""),
            (
                vec![
                    vec![("a", "in", json!(["x", "y"])), ("n", "between", json!([1, 2]))],
                    vec![("g", "in", json!(["z"]))],
                ],
                "events where a is one of \"x\", \"y\" and n lies between 1 and 2, or g is \"z\"",
            ),
            (
                vec![vec![("g", "in", json!([]))], vec![("o", "contains", json!("eve"))]],
                "events where o contains \"eve\"",
            ),
            (vec![vec![("g", "in", json!([]))]], "no event"),
            (vec![vec![("g", "like", json!(null))]], "events where g like null"),
        ] {
            let groups: Vec<Vec<FilterTest>> = groups.iter().map(|group| group.iter().map(test).collect()).collect();
            let filter = SubscriptionFilter { by: FilteredBy::Filter, groups, unknown: None, set: None };
            assert_eq!(events(&filter), expected);
        }
    }
}
