//! Of a subscription that an event was held against: what decided, condition by condition.

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::snippet::place;
use crate::report::{Delivery, FieldReport, FilterCondition, FilteredBy, Outcome};

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
