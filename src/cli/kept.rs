//! The reports of a replay that are shown: all of a few requests, of a log's thousands those that tell something.

use super::Exit;
use crate::report::{Decision, RequestReport};

/// Reports that are kept. Each has kilobytes, and nobody reads more.
const KEPT: usize = 1_000;

/// Reports, as many as are kept, and what became of the others.
#[derive(Default)]
pub(super) struct Kept {
    reports: Vec<RequestReport>,
    hidden: usize,
    worst_hidden: Option<Exit>,
}

impl Kept {
    /// Adds one. Where there is no room, requests that were simply allowed make it.
    pub(super) fn add(&mut self, report: RequestReport) {
        if self.reports.len() < KEPT {
            return self.reports.push(report);
        }
        let dull = |report: &RequestReport| report.decision == Decision::Allowed && report.reproduced != Some(false);
        let out = if dull(&report) { None } else { self.reports.iter().rposition(dull) };
        let hidden = match out {
            Some(at) => {
                let hidden = self.reports.remove(at);
                self.reports.push(report);
                hidden
            }
            None => report,
        };
        let exit = Exit::of_decision(hidden.decision);
        self.hidden += 1;
        self.worst_hidden = Some(self.worst_hidden.map_or(exit, |worst| worst.worse(exit)));
    }

    /// How many are not shown.
    pub(super) fn hidden(&self) -> usize {
        self.hidden
    }

    /// The reports, and the exit status that those which are not shown ask for.
    pub(super) fn into_parts(self) -> (Vec<RequestReport>, Option<Exit>) {
        (self.reports, self.worst_hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_something_is_kept_and_the_rest_counts() {
        let mut kept = Kept::default();
        let report = |decision| RequestReport { decision, ..RequestReport::default() };
        (0..KEPT + 5).for_each(|_| kept.add(report(Decision::Allowed)));
        (0..3).for_each(|_| kept.add(report(Decision::Denied)));
        assert_eq!(kept.hidden(), 8);
        (0..KEPT).for_each(|_| kept.add(report(Decision::Undecided)));
        let (reports, worst) = kept.into_parts();
        assert_eq!((reports.len(), worst), (KEPT, Some(Exit::Undecided)));
        assert_eq!(reports.iter().filter(|report| report.decision == Decision::Denied).count(), 3);
    }
}
