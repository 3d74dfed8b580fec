//! Tokens of user pools and OpenID Connect providers: each condition a check of its own.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::Passage;
use super::credential::{Authorization, Presented};
use super::provider::{Fit, client_id_matches, fit, how_to_give, issuer, open_part};
use super::refusal::{self, Refusal};
use crate::api::{AuthMode, AuthProvider, has_placeholder};
use crate::identity::jwks::KeySet;
use crate::identity::jwt::{DecodedToken, SignatureVerdict, verify};
use crate::identity::{Identity, IdentityFacts};
use crate::verdict::{Check, Missing, Verdict};

/// Claims to check, and the token they came in; claims that a person gave may leave out what the checks read, unless
/// they are the whole of a token's.
struct Subject<'a> {
    claims: &'a Map<String, Json>,
    token: Option<&'a DecodedToken>,
    whole: bool,
}

/// What the checks compare with.
#[derive(Clone, Copy)]
struct Against<'a> {
    provider: &'a AuthProvider,
    mode: AuthMode,
    /// OIDC is the API's only mode: the issuer is not compared.
    only_oidc: bool,
    now_ms: i64,
    keys: Option<&'a KeySet>,
}

type Outcome = (Check, Option<Refusal>);

/// Every check of a token against one provider, each with its own verdict (the gate itself stops at the first
/// that fails). `only_mode` says that the API has no other mode; `now_ms` is in milliseconds since 1970.
pub fn token_checks(
    token: &DecodedToken,
    provider: &AuthProvider,
    only_mode: bool,
    now_ms: i64,
    keys: Option<&KeySet>,
) -> Vec<Check> {
    let mode = provider.mode.unwrap_or(AuthMode::UserPool);
    let against = Against { provider, mode, only_oidc: only_mode && mode == AuthMode::Oidc, now_ms, keys };
    let subject = Subject { claims: &token.claims, token: Some(token), whole: true };
    subject.checks(against).into_iter().map(|(check, _)| check).collect()
}

impl<'a> Passage<'a> {
    /// A JWT in the header, on an API that has a mode for JWTs.
    pub(super) fn jwt(&mut self, authorization: &Authorization<'a>) {
        let Ok(token) = &authorization.token else { return };
        self.credential = Some(authorization.shown());
        let words = self.input.modes_in_words();
        self.ledger.pass("no-credential", authorization.masked_in_words(), "a credential".to_owned());
        self.ledger.bearer(authorization.bearer);
        self.ledger.pass("not-a-jwt", "a JWT".to_owned(), "a JWT".to_owned());
        self.ledger.pass("mode-not-configured", "a JWT".to_owned(), words.clone());
        self.ledger.pass("wrong-credential-kind", "a JWT".to_owned(), format!("a credential for {words}"));
        let subject = Subject { claims: &token.claims, token: Some(token), whole: true };
        let of_token = |mode| matches!(mode, Some(AuthMode::UserPool | AuthMode::Oidc));
        self.verify(&subject, of_token);
    }

    /// A caller of a token mode, as facts describe it.
    pub(super) fn token_or_claims(&mut self, facts: &IdentityFacts, presented: &Presented<'a>) {
        let given = facts.token.as_deref().map(|text| Authorization::of(text.trim()));
        let sent = presented.authorization.as_ref();
        let of_mode = |mode| mode == Some(facts.mode);
        let authorization = given.as_ref().or(sent);
        if let Some(claims) = &facts.claims {
            self.credential = authorization.map(Authorization::shown);
            self.verify(&Subject { claims, token: None, whole: facts.whole }, of_mode);
        } else if let (None, Some(context)) = (&facts.token, &facts.context) {
            self.credential = sent.map(Authorization::shown);
            self.provider = self.input.provider_of(facts.mode);
            self.identity = Some(Identity::verbatim(facts.mode, context.clone()));
        } else if let Some(authorization) = authorization {
            let Ok(token) = &authorization.token else { return self.unusable_token(authorization) };
            self.credential = Some(authorization.shown());
            self.ledger.bearer(authorization.bearer);
            self.verify(&Subject { claims: &token.claims, token: Some(token), whole: true }, of_mode);
        } else {
            self.missing.push(Missing {
                fact: "identity".to_owned(),
                why: format!("--identity says {} and gives neither claims nor a token", facts.mode.words()),
                give_by: "`claims` or `token` in the --identity file".to_owned(),
                ..Missing::default()
            });
        }
        if let (Some(identity), Some(context)) = (&self.identity, &facts.context) {
            self.identity = Some(Identity::verbatim(identity.mode, context.clone()));
        }
    }

    fn unusable_token(&mut self, authorization: &Authorization<'_>) {
        self.credential = Some(authorization.shown());
        self.ledger.bearer(authorization.bearer);
        let refusal = refusal::unreadable(&self.input, authorization.text);
        let expected = "a JWT: three parts of base64url".to_owned();
        self.ledger.fail("not-a-jwt", authorization.in_words(), expected, refusal);
    }

    /// Finds the provider whose issuer the claims name, among those of a mode, and checks the claims against it.
    fn verify(&mut self, subject: &Subject<'_>, of_mode: impl Fn(Option<AuthMode>) -> bool) {
        let input = self.input;
        let claimed = subject.text("iss");
        let mut best: Option<(Fit, usize, &AuthProvider)> = None;
        for (index, provider) in input.providers().enumerate().filter(|(_, provider)| of_mode(provider.mode)) {
            let fits = fit(provider, claimed);
            if best.is_none_or(|(before, ..)| fits > before) {
                best = Some((fits, index, provider));
            }
        }
        let Some((fits, index, provider)) = best else { return };
        let mode = provider.mode.unwrap_or(AuthMode::UserPool);
        let only_oidc = input.only_mode() == Some(AuthMode::Oidc);
        self.mode = Some(mode);
        self.provider = Some(index);
        if fits == Fit::No && !only_oidc && subject.whole && input.has(AuthMode::Lambda) {
            let found = format!("a JWT of {}, which no mode of the API is for", claimed.unwrap_or("no issuer"));
            let expected = "a token that is no JWT: while the API has a user pool or OIDC mode, a JWT never reaches \
                            the Lambda authorizer. Put another word than `Bearer` in front of it";
            self.ledger.fail("authorizer-not-consulted", found, expected.to_owned(), refusal::no_usable_header());
        }
        let against = Against { provider, mode, only_oidc, now_ms: input.now_ms, keys: input.keys };
        for (check, refusal) in subject.checks(against) {
            self.ledger.add(check, refusal);
        }
        let source_ip = input.source_ip();
        let only_provider = input.providers().filter(|provider| of_mode(provider.mode)).count() == 1;
        let claims = subject.with_issuer(provider, only_provider);
        self.identity = Some(match mode {
            AuthMode::Oidc => Identity::of_oidc(&claims),
            _ => Identity::of_user_pool(&claims, default_action_allow(provider, index), &source_ip),
        });
    }
}

/// Milliseconds that somebody may have meant as something longer.
fn in_words(ttl: i64) -> String {
    if ttl < 60_000 { ", a setting in milliseconds".to_owned() } else { format!(" ({})", duration(ttl)) }
}

/// A pool's default action. Unverified for additional pools: they have none to configure, and `ALLOW` was seen.
fn default_action_allow(provider: &AuthProvider, index: usize) -> bool {
    index > 0 || provider.default_allow.unwrap_or(true)
}

impl Subject<'_> {
    fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Json::as_str)
    }

    /// A claim that is a time in seconds, as milliseconds.
    fn time(&self, claim: &str) -> Option<i64> {
        let seconds = self.claims.get(claim)?;
        let ms = seconds.as_i64().and_then(|seconds| seconds.checked_mul(1000));
        #[expect(clippy::cast_possible_truncation, reason = "fractions of a millisecond do not matter")]
        ms.or_else(|| seconds.as_f64().map(|seconds| (seconds * 1000.0) as i64))
    }

    /// The claims. Of those that a person gave without `iss` the issuer is known all the same, where only one provider
    /// can have let them in: templates take a caller without one for no user at all.
    fn with_issuer(&self, provider: &AuthProvider, only_provider: bool) -> Cow<'_, Map<String, Json>> {
        let implied = !self.whole && only_provider && !self.claims.contains_key("iss");
        match issuer(provider).filter(|_| implied) {
            Some(issuer) => {
                let mut claims = self.claims.clone();
                claims.insert("iss".to_owned(), Json::String(issuer));
                Cow::Owned(claims)
            }
            None => Cow::Borrowed(self.claims),
        }
    }

    /// In the order the service makes them (unverified beyond the issuer, which chooses the provider).
    fn checks(&self, against: Against<'_>) -> Vec<Outcome> {
        let mut checks = vec![self.issuer(against)];
        checks.extend(self.token_use(against));
        checks.extend([
            self.expiry(against),
            self.not_before(against),
            self.client(against),
            self.signature(against),
            self.ttl(against),
        ]);
        checks
    }

    /// Unverified: of a user pool's tokens those for anything but identity and access are refused. A token that does
    /// not say what it is for is not.
    fn token_use(&self, against: Against<'_>) -> Option<Outcome> {
        let used = self.text("token_use").filter(|_| against.mode == AuthMode::UserPool)?;
        if matches!(used, "id" | "access") {
            return None;
        }
        let found = format!("token_use {used}");
        let expected = "an ID or access token".to_owned();
        Some(failed("wrong-credential-kind", found, expected, refusal::token_refused(against.mode)))
    }

    /// A claim that a person left out is none of the token's faults.
    fn left_out(&self, code: &'static str, claim: &str) -> Option<Outcome> {
        let left_out = !self.whole && !self.claims.contains_key(claim);
        left_out.then(|| skipped(code, &format!("the claims given have no {claim}"), ""))
    }

    fn issuer(&self, against: Against<'_>) -> Outcome {
        const CODE: &str = "issuer-mismatch";
        let claimed = self.text("iss").map_or_else(|| "no iss".to_owned(), |iss| format!("iss {iss}"));
        if against.only_oidc {
            return skipped(CODE, &claimed, "not compared: OIDC is the API's only mode");
        }
        if let Some(skipped) = self.left_out(CODE, "iss") {
            return skipped;
        }
        let expected = issuer(against.provider).unwrap_or_else(|| "the API's issuer, which is not known".to_owned());
        match fit(against.provider, self.text("iss")) {
            Fit::Exact => passed(CODE, claimed, expected),
            Fit::ButForSlash => passed(CODE, format!("{claimed}, which differs by a trailing /"), expected),
            Fit::Open => {
                let give = how_to_give(open_part(against.provider));
                let expected = if give.is_empty() { expected } else { format!("{expected}; give {give}") };
                (check(CODE, Verdict::Unknown, claimed, expected), None)
            }
            Fit::No => failed(CODE, claimed, expected, refusal::no_usable_header()),
        }
    }

    fn expiry(&self, against: Against<'_>) -> Outcome {
        const CODE: &str = "token-expired";
        if let Some(skipped) = self.left_out(CODE, "exp") {
            return skipped;
        }
        let expected = format!("after {}", moment(against.now_ms));
        match self.time("exp") {
            None => (check(CODE, Verdict::Unknown, "no exp".to_owned(), expected), None),
            Some(exp) if exp > against.now_ms => passed(CODE, format!("exp {}", moment(exp)), expected),
            Some(exp) => {
                let late = duration(against.now_ms.saturating_sub(exp));
                let found = format!("exp {}, {late} before the request", moment(exp));
                failed(CODE, found, expected, refusal::token_expired(against.mode))
            }
        }
    }

    fn not_before(&self, against: Against<'_>) -> Outcome {
        const CODE: &str = "token-not-yet-valid";
        let expected = format!("not after {}", moment(against.now_ms));
        match self.time("nbf") {
            None => skipped(CODE, "no nbf", &expected),
            Some(nbf) if nbf <= against.now_ms => passed(CODE, format!("nbf {}", moment(nbf)), expected),
            Some(nbf) => {
                let early = duration(nbf.saturating_sub(against.now_ms));
                let found = format!("nbf {}, {early} after the request", moment(nbf));
                failed(CODE, found, expected, refusal::token_refused(against.mode))
            }
        }
    }

    /// User pool: `aud` of an ID token, `client_id` of an access token. OIDC: any of `aud`, or `azp`.
    fn client(&self, against: Against<'_>) -> Outcome {
        const CODE: &str = "client-id-mismatch";
        let claims: &[&str] = match (against.mode, self.text("token_use")) {
            (AuthMode::Oidc, _) => &["aud", "azp"],
            (_, Some("access")) => &["client_id"],
            (_, Some("id")) => &["aud"],
            _ => &["aud", "client_id"],
        };
        let mut values: Vec<(&str, &str)> = Vec::new();
        for claim in claims {
            match self.claims.get(*claim) {
                Some(Json::String(value)) => values.push((claim, value)),
                Some(Json::Array(several)) => {
                    values.extend(several.iter().filter_map(|v| v.as_str().map(|v| (*claim, v))))
                }
                _ => {}
            }
        }
        let found: Vec<String> = values.iter().map(|(claim, value)| format!("{claim} {value}")).collect();
        let found = if found.is_empty() { format!("no {}", claims.join(" or ")) } else { found.join(", ") };
        let Some(regex) = against.provider.client_id_regex.as_deref().filter(|regex| !regex.is_empty()) else {
            return skipped(CODE, &found, "any client");
        };
        if values.is_empty() && !self.whole {
            return skipped(CODE, &format!("the claims given have {found}"), regex);
        }
        if has_placeholder(regex) {
            let expected = format!("{regex}; give {}", how_to_give(regex));
            return (check(CODE, Verdict::Unknown, found, expected), None);
        }
        let verdicts: Vec<Option<bool>> = values.iter().map(|(_, value)| client_id_matches(regex, value)).collect();
        if verdicts.contains(&Some(true)) {
            passed(CODE, found, regex.to_owned())
        } else if verdicts.contains(&None) {
            (check(CODE, Verdict::Unknown, found, format!("`{regex}`, a regular expression not understood here")), None)
        } else {
            failed(CODE, found, format!("a match of {regex}"), refusal::token_refused(against.mode))
        }
    }

    fn signature(&self, against: Against<'_>) -> Outcome {
        const CODE: &str = "signature-invalid";
        let expected = "a signature by the issuer's key".to_owned();
        let Some(token) = self.token else {
            return skipped(CODE, "claims were given, not a token", &expected);
        };
        match verify(token, against.keys) {
            SignatureVerdict::Valid => passed(CODE, "verified with --jwks".to_owned(), expected),
            SignatureVerdict::NotChecked(why) => (check(CODE, Verdict::Unknown, why, expected), None),
            SignatureVerdict::Invalid(why) => failed(CODE, why, expected, refusal::token_refused(against.mode)),
            SignatureVerdict::UnknownKey => {
                let known = against.keys.map(|keys| keys.key_ids().join(", ")).unwrap_or_default();
                let found = format!("key id {}, which is none of --jwks ({known})", token.key_id().unwrap_or("(none)"));
                failed(CODE, found, expected, refusal::token_refused(against.mode))
            }
        }
    }

    /// `iatTTL` and `authTTL` of an OIDC provider. Unverified: a TTL of zero counts as none.
    fn ttl(&self, against: Against<'_>) -> Outcome {
        const CODE: &str = "token-ttl-exceeded";
        if against.mode != AuthMode::Oidc {
            return skipped(CODE, "user pools have no TTL", "");
        }
        let refusal = || refusal::token_refused(against.mode);
        if self.whole && self.time("iat").is_none() {
            return failed(CODE, "no iat".to_owned(), "a time of issue".to_owned(), refusal());
        }
        let ttls =
            [("iat", "iatTTL", against.provider.iat_ttl_ms), ("auth_time", "authTTL", against.provider.auth_ttl_ms)];
        let mut found = Vec::new();
        for (claim, setting, ttl) in ttls {
            let Some(ttl) = ttl.filter(|ttl| *ttl > 0) else { continue };
            let expected = format!("{setting} {ttl} ms{}", in_words(ttl));
            match self.time(claim) {
                None if !self.whole => {}
                None => return failed(CODE, format!("no {claim}"), expected, refusal()),
                Some(since) => {
                    let age = against.now_ms.saturating_sub(since);
                    let text = format!("{claim} {}, {} old", moment(since), duration(age));
                    if age > ttl {
                        return failed(CODE, text, format!("at most {expected}"), refusal());
                    }
                    found.push(format!("{text} (at most {expected})"));
                }
            }
        }
        if found.is_empty() {
            skipped(CODE, "no TTL applies", "")
        } else {
            passed(CODE, found.join(", "), String::new())
        }
    }
}

fn check(code: &'static str, verdict: Verdict, found: String, expected: String) -> Check {
    Check { code, verdict, found, expected }
}

fn passed(code: &'static str, found: String, expected: String) -> Outcome {
    (check(code, Verdict::Pass, found, expected), None)
}

fn skipped(code: &'static str, found: &str, expected: &str) -> Outcome {
    (check(code, Verdict::Skipped, found.to_owned(), expected.to_owned()), None)
}

fn failed(code: &'static str, found: String, expected: String, refusal: Refusal) -> Outcome {
    (check(code, Verdict::Fail, found, expected), Some(refusal))
}

/// A moment as RFC 3339, to the second.
pub(super) fn moment(ms: i64) -> String {
    jiff::Timestamp::from_second(ms.div_euclid(1000)).map_or_else(|_| format!("{ms} ms"), |moment| moment.to_string())
}

/// A stretch of time, to its two largest units: `4 h 3 min`.
pub(crate) fn duration(ms: i64) -> String {
    let seconds = ms / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
