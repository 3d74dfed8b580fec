//! Why a value is missing where nobody was denied, or an error stands where no template raised one.

use crate::execute::FieldOutcome;
use crate::report::{Cause, Decision};

/// The cause of what happened without a denial.
pub(super) fn cause(outcome: &FieldOutcome) -> Option<Cause> {
    let FieldOutcome { input, return_type, execution, misfit, .. } = outcome;
    let name = format!("{}.{}", input.parent_type, input.field);
    if let Some(misfit) = misfit {
        let cause = match (misfit.null, execution.redacted) {
            (true, true) => {
                let text = format!("{name} was redacted to null, but its type {return_type} takes no null");
                Cause { code: "null-propagated", text }
            }
            (true, false) => {
                let text = format!("{name} is null, but its type {return_type} takes no null");
                Cause { code: "null-propagated", text }
            }
            (false, _) => Cause { code: "resolver-error", text: misfit.message.clone() },
        };
        return Some(cause);
    }
    match execution.decision {
        Decision::Error => {
            let fault = execution.fault()?;
            Some(Cause { code: "resolver-error", text: fault.message.clone() })
        }
        Decision::Filtered if execution.redacted => {
            let text = format!("{name} was redacted: its resolver left out the value that the record holds");
            Some(Cause { code: "field-redacted", text })
        }
        Decision::Filtered => {
            let text = match execution.withheld.iter().find(|(_, withheld)| withheld.count > 0) {
                Some((_, withheld)) => format!(
                    "{} of {} records of {} were withheld by the filter {}",
                    withheld.count, withheld.scanned, withheld.table, withheld.filter
                ),
                None => execution.dropped.map_or_else(
                    || "the response template left out records that the data source gave".to_owned(),
                    |rows| {
                        let left = rows.given - rows.kept;
                        format!(
                            "the response template left out {left} of {} records that the data source gave",
                            rows.given
                        )
                    },
                ),
            };
            Some(Cause { code: "rows-withheld", text })
        }
        _ => None,
    }
}
