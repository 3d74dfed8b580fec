//! The gate: AppSync's first stage, before any GraphQL. Which mode does the credential choose, and is it good?
//!
//! Knows credentials, tokens and an API's modes; knows neither schema nor templates. Reference: AppSync developer
//! guide, "Configuring authorization and authentication"; recorded answers where the guide is silent. Every rule
//! that neither backs is in a function that says "unverified".

mod api_key;
mod authorizer;
mod credential;
mod discovery;
mod ledger;
mod provider;
mod refusal;
mod sigv4;
mod token;
mod undecided;
mod words;

pub use credential::token_prefix;
pub use provider::{client_id_matches, issuer};
pub use refusal::Answer;
pub use sigv4::region_of_host;
pub(crate) use token::duration;
pub use token::token_checks;

use serde_json::Value as Json;

use crate::api::{AuthMode, AuthProvider, DeclaredApiKey};
use crate::identity::jwks::KeySet;
use crate::identity::{Identity, IdentityFacts};
use crate::verdict::{Cause, Credential, Gate, GateOutcome, Missing, Transport, Verdict};

use credential::Presented;
use ledger::Ledger;
use refusal::Refusal;

/// A request as the gate sees it.
#[derive(Debug, Clone, Copy)]
pub struct GateInput<'a> {
    /// The request's headers.
    pub headers: &'a [(String, String)],
    /// The host it was sent to; empty when unknown.
    pub host: &'a str,
    /// How it was sent: over a WebSocket, refusals are worded and signatures are made otherwise.
    pub transport: Transport,
    /// What is wrong with the place that a WebSocket connects to: found, and expected.
    pub wrong_endpoint: Option<&'a (String, String)>,
    /// The API's default mode.
    pub default: &'a AuthProvider,
    /// Its additional modes.
    pub additional: &'a [AuthProvider],
    /// API keys that the build declares.
    pub declared_keys: &'a [DeclaredApiKey],
    /// The clock, in milliseconds since 1970 (UTC).
    pub now_ms: i64,
    /// Keys to verify signatures with.
    pub keys: Option<&'a KeySet>,
    /// What a person said about the caller; it replaces and completes what the headers say.
    pub facts: Option<&'a IdentityFacts>,
    /// The answer the capture holds.
    pub recorded: Option<&'a Answer>,
    /// Whether the kind of capture is known to lose `Authorization` headers on export (HAR).
    pub may_have_lost_credentials: bool,
}

/// What the gate made of a request.
#[derive(Debug, Clone)]
pub struct GateResult {
    /// For the report.
    pub gate: Gate,
    /// Who is calling; given if and only if the request was let in.
    pub identity: Option<Identity>,
    /// The provider that admitted the caller: `0` the default one, then the additional ones.
    pub provider: Option<usize>,
    /// Facts without which the gate is undecided.
    pub missing: Vec<Missing>,
    /// Status and body AppSync refuses with.
    pub refusal: Option<(u16, Json)>,
    /// Why it refused.
    pub cause: Option<Cause>,
    /// Remarks.
    pub notes: Vec<String>,
}

impl<'a> GateInput<'a> {
    /// The providers, the default one first.
    fn providers(&self) -> impl Iterator<Item = &'a AuthProvider> + use<'a> {
        std::iter::once(self.default).chain(self.additional)
    }

    fn has(&self, mode: AuthMode) -> bool {
        self.providers().any(|provider| provider.mode == Some(mode))
    }

    /// Whether one of the modes reads JWTs.
    fn has_token_mode(&self) -> bool {
        self.has(AuthMode::UserPool) || self.has(AuthMode::Oidc)
    }

    /// The mode, when there is but one.
    fn only_mode(&self) -> Option<AuthMode> {
        if self.additional.is_empty() { self.default.mode } else { None }
    }

    fn provider_of(&self, mode: AuthMode) -> Option<usize> {
        self.providers().position(|provider| provider.mode == Some(mode))
    }

    /// The modes in words: `API key, user pool`.
    fn modes_in_words(&self) -> String {
        let words: Vec<_> = self.providers().filter_map(|provider| provider.mode.map(AuthMode::words)).collect();
        if words.is_empty() { "no mode".to_owned() } else { words.join(", ") }
    }

    /// Whether the recorded answer proves that the credential was accepted.
    fn recorded_past_gate(&self) -> bool {
        self.recorded.is_some_and(Answer::is_past_gate)
    }

    /// `sourceIp`: the facts' or the `x-forwarded-for` entries. The TCP peer's address, which AppSync adds, is
    /// in no capture; without either the list is empty.
    fn source_ip(&self) -> Vec<String> {
        if let Some(known) = self.facts.and_then(|facts| facts.source_ip.clone()) {
            return known;
        }
        let forwarded = credential::header(self.headers, "x-forwarded-for").unwrap_or("");
        forwarded.split(',').map(str::trim).filter(|ip| !ip.is_empty()).map(str::to_owned).collect()
    }
}

/// How the gate left a request, before it is put into a [`GateResult`].
struct Passage<'a> {
    input: GateInput<'a>,
    ledger: Ledger,
    mode: Option<AuthMode>,
    provider: Option<usize>,
    credential: Option<Credential>,
    identity: Option<Identity>,
    missing: Vec<Missing>,
    notes: Vec<String>,
}

/// Runs the gate on a request.
pub fn admit(input: GateInput<'_>) -> GateResult {
    let mut passage = Passage {
        input,
        ledger: Ledger::default(),
        mode: None,
        provider: None,
        credential: None,
        identity: None,
        missing: Vec::new(),
        notes: Vec::new(),
    };
    let presented = Presented::of(input.headers);
    passage.endpoint();
    match input.facts {
        Some(facts) => passage.by_facts(facts, &presented),
        None => passage.by_headers(&presented),
    }
    passage.weigh_recorded_answer();
    passage.documents_of_provider();
    passage.result()
}

impl<'a> Passage<'a> {
    /// A WebSocket connects to a host and a path of its own.
    fn endpoint(&mut self) {
        if let Some((found, expected)) = self.input.wrong_endpoint {
            self.ledger.fail("wrong-endpoint", found.clone(), expected.clone(), refusal::not_this_call());
        }
    }

    /// The mode is what the headers make it. The order is the guide's: SigV4, then JWT, then the Lambda
    /// authorizer, then the API key.
    fn by_headers(&mut self, presented: &Presented<'a>) {
        if presented.authorization.is_some() && presented.api_key.is_some() {
            self.notes.push(
                "both Authorization and x-api-key were sent; which one AppSync reads first is not documented: \
                 Authorization was taken"
                    .to_owned(),
            );
        }
        let Some(authorization) = &presented.authorization else {
            return match presented.api_key {
                Some(key) => self.api_key(Some(key)),
                None => self.without_credential(presented),
            };
        };
        if presented.is_sigv4() && self.input.has(AuthMode::Iam) {
            return self.sigv4(Some(authorization.text));
        }
        if authorization.token.is_ok() && self.input.has_token_mode() {
            return self.jwt(authorization);
        }
        if self.input.has(AuthMode::Lambda) {
            return self.authorizer(Some(authorization.text));
        }
        match presented.api_key {
            Some(key) if self.input.has(AuthMode::ApiKey) => self.api_key(Some(key)),
            _ => self.unusable(authorization, presented),
        }
    }

    /// The mode is what the facts say; headers complete them.
    fn by_facts(&mut self, facts: &IdentityFacts, presented: &Presented<'a>) {
        self.mode = Some(facts.mode);
        if !self.input.has(facts.mode) {
            let found = format!("the caller comes by {}", facts.mode.words());
            self.not_configured(found, refusal::no_usable_header());
            return;
        }
        match facts.mode {
            AuthMode::ApiKey => self.api_key(presented.api_key),
            AuthMode::Iam => {
                self.sigv4(presented.authorization.as_ref().map(|a| a.text).filter(|_| presented.is_sigv4()))
            }
            AuthMode::Lambda => {
                self.authorizer(facts.token.as_deref().or(presented.authorization.as_ref().map(|a| a.text)));
            }
            AuthMode::UserPool | AuthMode::Oidc => self.token_or_claims(facts, presented),
        }
    }

    fn not_configured(&mut self, found: String, refusal: Refusal) {
        let expected = self.input.modes_in_words();
        self.ledger.fail("mode-not-configured", found, expected, refusal);
    }

    /// A credential in `Authorization` that no mode of the API reads.
    fn unusable(&mut self, authorization: &credential::Authorization<'a>, presented: &Presented<'a>) {
        self.credential = Some(authorization.shown());
        let input = &self.input;
        let modes = input.modes_in_words();
        let reads_header = input.has_token_mode() || input.has(AuthMode::Iam);
        let found = authorization.in_words();
        let refusal = refusal::unreadable(input, authorization.text);
        self.mode = input.only_mode();
        self.ledger.pass("no-credential", authorization.masked_in_words(), "a credential".to_owned());
        if !reads_header {
            self.ledger.fail("mode-not-configured", found, modes, refusal);
        } else if presented.is_sigv4() || !input.has_token_mode() {
            let found = if presented.is_sigv4() {
                "a SigV4 signature, IAM's kind: it starts with `AWS4-HMAC-SHA256`".to_owned()
            } else {
                found
            };
            self.ledger.fail("wrong-credential-kind", found, format!("a credential for {modes}"), refusal);
        } else {
            self.ledger.bearer(authorization.bearer);
            self.ledger.fail("not-a-jwt", found, "a JWT: three parts of base64url".to_owned(), refusal);
        }
    }

    fn result(self) -> GateResult {
        let Passage { input, ledger, mode, provider, credential, identity, missing, mut notes } = self;
        let (checks, failure) = ledger.into_parts();
        let outcome = match (&failure, &identity) {
            (Some(_), _) => GateOutcome::Refused,
            (None, Some(_)) => GateOutcome::Passed,
            (None, None) => GateOutcome::Undecided,
        };
        if outcome == GateOutcome::Refused && input.recorded_past_gate() {
            notes.push(
                "the capture's answer is past the gate: is this the API, and the clock, that the request met?"
                    .to_owned(),
            );
        }
        let refusal = failure.as_ref().map(|failure| failure.refusal.over(input.transport));
        let refusal = refusal.as_ref();
        let gate = Gate {
            outcome,
            mode: mode.map(AuthMode::name),
            credential,
            status: match outcome {
                GateOutcome::Refused => refusal.map_or(401, |refusal| refusal.status),
                GateOutcome::Passed => 200,
                GateOutcome::Undecided => input.recorded.map_or(200, |answer| answer.status),
            },
            error_type: refusal.map(|refusal| refusal.error_type.clone()),
            message: refusal.and_then(|refusal| refusal.message.clone()),
            checks,
        };
        let refused = outcome == GateOutcome::Refused;
        GateResult {
            gate,
            identity: identity.filter(|_| !refused),
            provider: provider.filter(|_| !refused),
            missing: if refused { Vec::new() } else { missing },
            refusal: refusal.map(|refusal| (refusal.status, refusal.body())),
            cause: failure.map(|failure| Cause { code: failure.code, text: failure.text }),
            notes,
        }
    }

    /// Where every check holds and the capture recorded a refusal all the same, the recorded answer decides
    /// between readings that the reference leaves open.
    fn weigh_recorded_answer(&mut self) {
        let Some(answer) = self.input.recorded.filter(|answer| answer.status == 401) else { return };
        if self.ledger.has_failed() || self.identity.is_none() || answer.is_past_gate() {
            return;
        }
        let message = answer.message.as_deref().unwrap_or_default();
        let header_text = refusal::is_parse_or_header_text(message);
        let refusal = Refusal::recorded(answer);
        if header_text && self.ledger.overturn("bearer-prefix", Verdict::Pass, "Bearer", &refusal) {
            return;
        }
        if self.ledger.overturn("issuer-mismatch", Verdict::Pass, "trailing /", &refusal) {
            return;
        }
        self.notes.push(format!("the capture recorded 401 `{message}`, which none of the checks explains"));
    }
}

#[cfg(test)]
mod tests;
