//! API keys. A build knows a key's expiry but not its value, a capture its value but not its expiry: facts or the
//! recorded answer have to say which keys exist.

use super::Passage;
use super::credential::shown_key;
use super::refusal;
use super::token::{duration, moment};
use crate::api::AuthMode;
use crate::identity::mask::{mask, masked_tail};
use crate::identity::{ApiKeyFact, Identity};
use crate::verdict::Missing;

impl Passage<'_> {
    pub(super) fn api_key(&mut self, key: Option<&str>) {
        self.credential = key.map(shown_key);
        let words = self.input.modes_in_words();
        if let Some(key) = key {
            let found = format!("x-api-key {}", mask(key));
            self.ledger.pass("no-credential", found, "a credential".to_owned());
        }
        if !self.input.has(AuthMode::ApiKey) {
            return self.not_configured("an API key".to_owned(), refusal::no_usable_header());
        }
        self.mode = Some(AuthMode::ApiKey);
        self.provider = self.input.provider_of(AuthMode::ApiKey);
        self.ledger.pass("mode-not-configured", "an API key".to_owned(), words);
        let known = self.input.facts.and_then(|facts| facts.api_keys.as_deref());
        let admitted = match (known, key) {
            (Some(known), _) => self.known_key(known, key),
            // A person who says "by API key" means a key that works.
            (None, _) if self.input.facts.is_some() => true,
            (None, Some(key)) => self.declared_key(key),
            (None, None) => false,
        };
        if admitted {
            self.identity = Some(Identity::api_key(key));
        }
    }

    /// With the API's list of keys at hand. Facts without a header stand for a request with the first of them.
    fn known_key(&mut self, known: &[ApiKeyFact], key: Option<&str>) -> bool {
        let now = self.input.now_ms;
        let expected = "a key of the API".to_owned();
        let found = match key {
            Some(key) => known.iter().find(|fact| is_key(&fact.id, key)),
            None => known.first(),
        };
        let shown = mask(key.or(found.map(|fact| fact.id.as_str())).unwrap_or_default());
        let Some(fact) = found.filter(|fact| fact.deletes.is_none_or(|deletes| deletes.0 > now)) else {
            let why = if found.is_some() { "was deleted" } else { "is none of the keys given" };
            self.ledger.fail("api-key-unknown", format!("key {shown} {why}"), expected, refusal::not_this_call());
            return false;
        };
        self.ledger.pass("api-key-unknown", format!("key {shown}"), expected);
        let expected = format!("after {}", moment(now));
        match fact.expires {
            None => self.ledger.unknown("api-key-expired", format!("key {shown}, expiry not given"), expected),
            Some(expires) if expires.0 > now => {
                self.ledger.pass("api-key-expired", format!("expires {}", moment(expires.0)), expected);
            }
            Some(expires) => {
                let late = duration(now.saturating_sub(expires.0));
                let found = format!("key {shown} expired {}, {late} before the request", moment(expires.0));
                self.ledger.fail("api-key-expired", found, expected, refusal::not_this_call());
            }
        }
        true
    }

    /// Without it: the recorded answer settles it, or the expiry of every key that the build declares.
    fn declared_key(&mut self, key: &str) -> bool {
        let (input, shown) = (self.input, mask(key));
        let expected = "a key of the API that has not expired".to_owned();
        if input.recorded_past_gate() {
            self.ledger.pass("api-key-unknown", format!("key {shown}: the recorded answer is past the gate"), expected);
            return true;
        }
        // A build that knows the keys' ids tells which one it is.
        let mut declared: Vec<_> = input.declared_keys.iter().collect();
        if declared.iter().any(|declared| is_key(&declared.id, key)) {
            declared.retain(|declared| is_key(&declared.id, key));
        }
        let expiries: Option<Vec<i64>> = declared.iter().map(|declared| declared.expires).collect();
        let last = expiries.and_then(|all| all.into_iter().max()).map(|seconds| seconds.saturating_mul(1000));
        if let Some(last) = last.filter(|last| *last <= input.now_ms) {
            let found = format!("key {shown}; the build's keys expired {}", moment(last));
            self.ledger.fail(
                "api-key-expired",
                found,
                format!("after {}", moment(input.now_ms)),
                refusal::not_this_call(),
            );
            return false;
        }
        if input.recorded.is_some_and(refusal::is_not_this_call) {
            let found = format!("key {shown}; the recorded answer says that it is unknown, expired or deleted");
            self.ledger.fail("api-key-unknown", found, expected, refusal::not_this_call());
            return false;
        }
        self.ledger.unknown("api-key-unknown", format!("key {shown}"), expected);
        self.missing.push(Missing {
            fact: "API key".to_owned(),
            why: format!("nothing says whether key {shown} exists and when it expires"),
            give_by: "--identity FILE with mode apiKey, and apiKeys as `aws appsync list-api-keys` prints them"
                .to_owned(),
            ..Missing::default()
        });
        false
    }
}

/// Whether a key is the one with this id; a log shows its last six characters.
fn is_key(id: &str, key: &str) -> bool {
    id == key || masked_tail(key).is_some_and(|tail| tail.len() >= 6 && id.ends_with(tail))
}
