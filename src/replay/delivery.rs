//! A subscriber and an event: his registration runs, then its filter is held against the event's payload.

use serde_json::Value as Json;

use super::Replay;
use crate::error::Result;
use crate::execute::delivery::{self, Delivery, FilterCondition, FilteredBy, Invalidation, Outcome};
use crate::execute::{self, Admission, Execution, FieldInput};
use crate::explain;
use crate::identity::Identity;
use crate::report::{Cause, Decision, FieldReport, RequestReport};

impl Replay<'_> {
    /// Registers a subscription and says whether an event reaches the subscriber. The event is the payload, a response
    /// that holds it, or an invalidation.
    ///
    /// # Errors
    /// As [`Replay::request`].
    pub fn delivery(&self, input: &FieldInput, event: &Json) -> Result<RequestReport> {
        self.field_then(input, |report, field, execution, identity| {
            // Whoever is not registered receives nothing, and why stands in the report already.
            if execution.decision == Decision::Allowed {
                self.deliver(report, field, execution, identity, (input, event));
            }
        })
    }

    fn deliver(
        &self,
        report: &mut RequestReport,
        field: &mut FieldReport,
        execution: &Execution,
        identity: &Identity,
        (input, event): (&FieldInput, &Json),
    ) {
        let schema = &self.api.schema;
        let invalidation = Invalidation::of(event);
        let payload = delivery::payload_of(schema, input, event);
        let mut delivery = match &invalidation {
            Some(invalidation) => delivery::invalidation(execution, input, invalidation),
            None => delivery::delivery(execution, input, schema, payload),
        };
        if delivery.outcome == Outcome::Delivered {
            delivery.redacted = self.redacted(input, payload, identity);
        }
        field.decision = match delivery.outcome {
            Outcome::Delivered if delivery.redacted.is_empty() => Decision::Allowed,
            Outcome::Kept => Decision::Allowed,
            Outcome::Delivered | Outcome::Withheld | Outcome::Ended => Decision::Filtered,
            Outcome::Unknown => Decision::Undecided,
        };
        field.cause = cause(&delivery);
        field.site = match delivery.by {
            FilteredBy::Filter => explain::call_site(&execution.runs, "extensions.setSubscriptionFilter"),
            FilteredBy::Invalidation => {
                explain::call_site(&execution.runs, "extensions.setSubscriptionInvalidationFilter")
            }
            FilteredBy::Arguments | FilteredBy::Nothing => None,
        };
        report.missing.extend(delivery.missing.clone());
        field.delivery = Some(delivery);
    }

    /// Fields of a payload that the schema does not admit the subscriber to: they reach him as null.
    fn redacted(&self, input: &FieldInput, payload: &Json, identity: &Identity) -> Vec<String> {
        let returned = self.api.schema.field(&input.parent_type, &input.field);
        let returned = returned.map(|field| field.ty.base_name().to_owned()).unwrap_or_default();
        let caller = super::caller(identity, &[]);
        let refused = |name: &str| {
            self.api.schema.field(&returned, name).is_some()
                && matches!(execute::admit(self.api, &returned, name, caller), Admission::Refused(_))
        };
        let fields = payload.as_object().into_iter().flatten();
        fields.filter(|(name, value)| !value.is_null() && refused(name)).map(|(name, _)| name.clone()).collect()
    }
}

/// Why an event does not reach a subscriber, not whole, or ends his subscription.
fn cause(delivery: &Delivery) -> Option<Cause> {
    match delivery.outcome {
        Outcome::Withheld => Some(withheld(delivery)),
        Outcome::Ended => {
            let text = "the invalidation passes the filter that the registration set for it".to_owned();
            Some(Cause { code: "subscription-invalidated", text })
        }
        Outcome::Delivered if !delivery.redacted.is_empty() => {
            let text = format!("the schema admits this subscriber not to {}", delivery.redacted.join(", "));
            Some(Cause { code: "field-redacted", text })
        }
        Outcome::Delivered | Outcome::Kept | Outcome::Unknown => None,
    }
}

fn withheld(delivery: &Delivery) -> Cause {
    let failing = |condition: &&FilterCondition| condition.holds != Some(true);
    if delivery.lacks_fields() {
        let mut lacking: Vec<String> = Vec::new();
        let conditions = delivery.groups.iter().flat_map(|group| &group.conditions);
        for condition in conditions.filter(failing).filter(|condition| condition.lacks_field()) {
            let field = format!("`{}`", condition.field);
            if !lacking.contains(&field) {
                lacking.push(field);
            }
        }
        let text = format!(
            "the payload lacks {}, which decides on delivery: the mutation has to select every field that is filtered by",
            lacking.join(" and ")
        );
        return Cause { code: "payload-lacks-filter-field", text };
    }
    let text = match delivery.groups.as_slice() {
        [only] => {
            let conditions = only.conditions.iter().filter(failing).map(says).collect::<Vec<_>>();
            conditions.join("; ")
        }
        many => format!("the event passes none of the {} groups of the subscription's filter", many.len()),
    };
    Cause { code: "event-withheld", text }
}

fn says(condition: &FilterCondition) -> String {
    let FilterCondition { field, operator, value, found, .. } = condition;
    format!("the event's {field} is {found}, and only events with {field} {operator} {value} are delivered")
}
