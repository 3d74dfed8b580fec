//! The list of checks, in the order the service makes them; the first that fails decides.

use super::refusal::Refusal;
use super::words::because;
use crate::verdict::{Check, Verdict};

/// Checks so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    checks: Vec<Check>,
    failure: Option<Failure>,
}

/// The check that refused.
#[derive(Debug)]
pub(super) struct Failure {
    pub code: &'static str,
    pub text: String,
    pub refusal: Refusal,
}

impl Ledger {
    pub fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    pub fn into_parts(self) -> (Vec<Check>, Option<Failure>) {
        (self.checks, self.failure)
    }

    pub fn pass(&mut self, code: &'static str, found: String, expected: String) {
        self.add(Check { code, verdict: Verdict::Pass, found, expected }, None);
    }

    pub fn unknown(&mut self, code: &'static str, found: String, expected: String) {
        self.add(Check { code, verdict: Verdict::Unknown, found, expected }, None);
    }

    pub fn fail(&mut self, code: &'static str, found: String, expected: String, refusal: Refusal) {
        self.add(Check { code, verdict: Verdict::Fail, found, expected }, Some(refusal));
    }

    /// Puts another sentence to the failure: one that says what to do.
    pub fn say(&mut self, text: String) {
        if let Some(failure) = &mut self.failure {
            failure.text = text;
        }
    }

    /// Adds a check. After the first failure the service looks no further: what comes later is `skipped`, and
    /// says what it would have found.
    pub fn add(&mut self, mut check: Check, refusal: Option<Refusal>) {
        if self.failure.is_some() {
            if check.verdict == Verdict::Fail {
                check.found = format!("not reached; would fail too: {}", check.found);
            } else if check.verdict != Verdict::Skipped {
                check.found = "not reached".to_owned();
            }
            check.verdict = Verdict::Skipped;
        } else if check.verdict == Verdict::Fail {
            let refusal = refusal.unwrap_or_else(super::refusal::no_usable_header);
            let text = because(check.code, &check.found, &check.expected);
            self.failure = Some(Failure { code: check.code, text, refusal });
        }
        self.checks.push(check);
    }

    /// The `bearer-prefix` check. Unverified when the prefix came to be accepted: it was refused until about 2021,
    /// today's guide says it is recognised.
    pub fn bearer(&mut self, prefixed: bool) {
        let found = if prefixed { "the prefix `Bearer `, which AppSync accepts today" } else { "no prefix" };
        self.pass("bearer-prefix", found.to_owned(), "the token alone".to_owned());
    }

    /// Turns a check whose `found` mentions a doubt into the failure, because a recorded answer says so.
    pub fn overturn(&mut self, code: &'static str, verdict: Verdict, doubt: &str, refusal: &Refusal) -> bool {
        let found = self
            .checks
            .iter_mut()
            .find(|check| check.code == code && check.verdict == verdict && check.found.contains(doubt));
        let Some(check) = found else { return false };
        let answer = refusal.message.as_deref().unwrap_or(&refusal.error_type);
        check.verdict = Verdict::Fail;
        check.found = format!("{}; the recorded answer is {} `{answer}`", check.found, refusal.status);
        let text = because(code, &check.found, &check.expected);
        self.failure = Some(Failure { code, text, refusal: refusal.clone() });
        true
    }
}
