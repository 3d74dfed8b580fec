//! A provider whose documents AppSync could not use: it answers 500, and nothing at hand shows them.

use super::Passage;
use crate::api::AuthMode;
use crate::verdict::Missing;

impl Passage<'_> {
    /// Seen: `InternalFailure` for each token of a provider whose discovery document or keys cannot be read. Whoever
    /// would have been let in, this request was not.
    pub(super) fn documents_of_provider(&mut self) {
        let failed = self
            .input
            .recorded
            .is_some_and(|answer| answer.status == 500 && answer.error_type.as_deref() == Some("InternalFailure"));
        if !failed || self.mode != Some(AuthMode::Oidc) || self.ledger.has_failed() {
            return;
        }
        let provider = self.provider.and_then(|index| self.input.providers().nth(index));
        let issuer = provider.and_then(|provider| provider.issuer.as_deref()).unwrap_or("ISSUER");
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        self.identity = None;
        self.missing.push(Missing {
            fact: "the provider's documents".to_owned(),
            why: "the recorded answer is 500 InternalFailure, which AppSync gives when it cannot use them".to_owned(),
            give_by: format!("a look at {address}: open over HTTPS, with a jwks_uri whose keys each have kty and kid"),
            ..Missing::default()
        });
    }
}
