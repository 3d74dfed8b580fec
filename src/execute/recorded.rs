//! A recorded answer as a witness: the value that the service gave stands in for data that nobody gave.
//!
//! It proves that a field was let through, and it is what the fields below ran with, as far as it was selected. What a
//! resolver below concludes from such a part of a record counts only if the recorded answer bears it out.

use serde_json::{Map, Value as Json};

use super::path::Path;
use super::{Execution, FieldInput};
use crate::request::operation::FieldRun;
use crate::verdict::{Decision, Missing};

/// What the service answered.
#[derive(Debug, Clone, Copy)]
pub struct RecordedAnswer<'a> {
    body: &'a Json,
}

impl<'a> RecordedAnswer<'a> {
    /// The answer whose body this is; none without data.
    pub fn new(body: &'a Json) -> Option<Self> {
        body.get("data")?.is_object().then_some(RecordedAnswer { body })
    }

    /// A field's execution in the light of its recorded value. `partly` says that its parent was taken from the
    /// record, so that the resolver saw only what had been selected. Gives whether the value is the recorded one.
    pub(super) fn bear_on(
        self,
        execution: &mut Execution,
        input: &FieldInput,
        field: &FieldRun,
        path: Path<'_>,
        partly: bool,
    ) -> bool {
        let open = !execution.missing.is_empty();
        if !open && !partly {
            return false;
        }
        let name = format!("{}.{}", input.parent_type, input.field);
        let value = self.value(path).filter(|value| !value.is_null());
        let denied = execution.decision == Decision::Denied;
        match value {
            // It came through, whatever a part of the record says.
            Some(value) if open || denied || execution.value.is_null() => {
                let mut notes = std::mem::take(&mut execution.notes);
                notes.push(format!("the capture's value of {name} stands in for data that nobody gave"));
                let runs = std::mem::take(&mut execution.runs);
                let mut allowed = Execution { runs, notes, ..Execution::of(named(value, field)) };
                if open && is_list(value) {
                    // What came through says nothing of what did not.
                    allowed.missing = std::mem::take(&mut execution.missing);
                    allowed.decision = Decision::Undecided;
                }
                *execution = allowed;
                true
            }
            None if partly && !open && denied != self.refused(path) => {
                execution.decision = Decision::Undecided;
                execution.stage = None;
                execution.denial = None;
                execution.faults.clear();
                execution.missing.push(Missing {
                    fact: format!("the record behind {name}"),
                    why: "its parent is known only as far as the capture selected it, and with that the resolver does \
                          not come to the recorded answer"
                        .to_owned(),
                    give_by: "--data".to_owned(),
                    ..Missing::default()
                });
                false
            }
            _ => false,
        }
    }

    fn value(self, path: Path<'_>) -> Option<&'a Json> {
        let mut value = self.body.get("data")?;
        for part in path.to_json() {
            value = match part {
                Json::String(key) => value.get(key)?,
                index => value.get(usize::try_from(index.as_u64()?).ok()?)?,
            };
        }
        Some(value)
    }

    fn refused(self, path: Path<'_>) -> bool {
        let path = path.to_json();
        let errors = self.body.get("errors").and_then(Json::as_array);
        errors.into_iter().flatten().any(|error| {
            error.get("path").and_then(Json::as_array) == Some(&path)
                && error.get("errorType").and_then(Json::as_str) == Some("Unauthorized")
        })
    }
}

/// A list, or a page of one.
fn is_list(value: &Json) -> bool {
    value.is_array() || value.get("items").is_some_and(Json::is_array)
}

/// A recorded value with the fields' own names in place of their aliases.
fn named(value: &Json, field: &FieldRun) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(|item| named(item, field)).collect()),
        Json::Object(members) if !field.selection.is_empty() => {
            let mut out = Map::new();
            for selected in &field.selection {
                if let Some(member) = members.get(&selected.response_key) {
                    out.insert(selected.name.clone(), named(member, selected));
                }
            }
            Json::Object(out)
        }
        other => other.clone(),
    }
}
