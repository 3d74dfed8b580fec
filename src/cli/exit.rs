//! What the process's exit status says.

use std::process::ExitCode;

use crate::report::{Decision, Report};

/// The exit status: a script can tell a denial from an input that could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// 0: allowed, or all passed.
    Allowed,
    /// 1: denied or failed, a test failed, a difference was found.
    Denied,
    /// 2: the input or the command line cannot be used.
    Unusable,
    /// 3: a fact is missing, and the output names it.
    Undecided,
}

impl Exit {
    /// The status as a number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Allowed => 0,
            Exit::Denied => 1,
            Exit::Unusable => 2,
            Exit::Undecided => 3,
        }
    }

    /// What one request's decision, the worst of its fields, says. A request that failed for another reason than
    /// authorization did not get its data either: a script must not take it for allowed.
    pub fn of_decision(decision: Decision) -> Exit {
        match decision {
            Decision::Allowed | Decision::Filtered => Exit::Allowed,
            Decision::Error | Decision::Denied => Exit::Denied,
            Decision::Undecided => Exit::Undecided,
        }
    }

    /// What a report says: of several requests the worst, that is denied, then undecided, then allowed. A report
    /// without requests is [`Exit::Unusable`], as nothing was decided; a command for which an empty report is good
    /// news (`--failed-only`) says so itself.
    pub fn of_report(report: &Report) -> Exit {
        let exits = report.requests.iter().map(|request| Exit::of_decision(request.decision));
        exits.reduce(Exit::worse).unwrap_or(Exit::Unusable)
    }

    /// The one that says more against the input.
    pub fn worse(self, other: Exit) -> Exit {
        let severity = |exit: &Exit| match exit {
            Exit::Allowed => 0,
            Exit::Undecided => 1,
            Exit::Denied => 2,
            Exit::Unusable => 3,
        };
        if severity(&other) > severity(&self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::RequestReport;

    #[test]
    fn the_worst_request_decides() {
        use Decision::{Allowed, Denied, Error, Filtered, Undecided};
        for (decisions, code) in [
            (vec![Allowed], 0),
            (vec![Filtered, Allowed], 0),
            (vec![Error], 1),
            (vec![Denied], 1),
            (vec![Undecided], 3),
            (vec![Allowed, Undecided], 3),
            (vec![Undecided, Denied], 1),
            (vec![Denied, Undecided, Allowed], 1),
            (vec![Undecided, Error], 1),
            (vec![], 2),
        ] {
            let request = |decision: &Decision| RequestReport { decision: *decision, ..RequestReport::default() };
            let report = Report::new(decisions.iter().map(request).collect());
            assert_eq!(Exit::of_report(&report).code(), code, "{decisions:?}");
        }
    }
}
