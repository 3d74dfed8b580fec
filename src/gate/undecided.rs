//! Requests without a credential: did the caller send none, or did the capture lose it?

use super::Passage;
use super::credential::Presented;
use super::refusal;
use crate::api::AuthMode;
use crate::verdict::{Credential, Missing};

impl Passage<'_> {
    pub(super) fn without_credential(&mut self, presented: &Presented<'_>) {
        if self.was_sent_without() {
            self.credential = Some(Credential { kind: "none", shown: None, token_use: None });
            self.mode = self.input.only_mode();
            let found = "neither Authorization nor x-api-key".to_owned();
            let expected = format!("a credential for {}", self.input.modes_in_words());
            self.ledger.fail("no-credential", found, expected, refusal::absent(&self.input));
            if self.input.may_have_lost_credentials {
                self.notes.push(
                    "if the HAR is sanitized, Authorization may have been there and of no use to AppSync".to_owned(),
                );
            }
            return;
        }
        let lost = "no Authorization header in the capture, though one was sent".to_owned();
        self.ledger.unknown("no-credential", lost, "a credential".to_owned());
        // What browsers keep beside the header they drop tells the mode.
        if presented.sigv4_traces && self.input.has(AuthMode::Iam) {
            return self.sigv4(None);
        }
        self.mode = self.only_header_mode();
        let answer = self.input.recorded.filter(|answer| answer.status == 401);
        match answer.and_then(|answer| answer.message.as_deref()) {
            // One message says it all, with or without the token.
            Some("Token has expired.") if self.input.has_token_mode() => {
                let found = "the recorded answer says so; the token itself is lost".to_owned();
                let refusal = refusal::token_expired(AuthMode::UserPool);
                return self.ledger.fail("token-expired", found, "a token that has not expired".to_owned(), refusal);
            }
            Some(message) => self.notes.push(format!("the capture recorded 401 `{message}`")),
            None => {}
        }
        self.missing.push(Missing {
            fact: "identity".to_owned(),
            why: "the capture lost its Authorization header".to_owned(),
            give_by: "--identity FILE, or a HAR exported with sensitive data".to_owned(),
            ..Missing::default()
        });
    }

    /// A capture that loses headers proves nothing by their absence: only an answer that says so does. Any other
    /// capture is taken at its word, unless the answer contradicts it.
    fn was_sent_without(&self) -> bool {
        let Some(answer) = self.input.recorded else { return !self.input.may_have_lost_credentials };
        let says_so = match answer.status {
            401 => answer.message.as_deref().is_some_and(refusal::is_no_header_text),
            403 => answer.error_type.as_deref() == Some("MissingAuthenticationTokenException"),
            _ => false,
        };
        let bare_refusal = answer.status == 401 && answer.message.is_none();
        says_so || (!self.input.may_have_lost_credentials && (bare_refusal || !answer.is_past_gate()))
    }

    /// The one mode whose credential goes into `Authorization`, if there is but one.
    fn only_header_mode(&self) -> Option<AuthMode> {
        let mut modes: Vec<AuthMode> =
            self.input.providers().filter_map(|p| p.mode).filter(|mode| *mode != AuthMode::ApiKey).collect();
        modes.dedup();
        if let [only] = modes.as_slice() { Some(*only) } else { None }
    }
}
