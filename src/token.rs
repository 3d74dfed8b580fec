//! What is in a token, what every provider of an API makes of it, and the identity it becomes.

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::api::{Api, AuthMode};
use crate::gate::token_checks;
use crate::identity::Identity;
use crate::identity::jwks::KeySet;
use crate::identity::jwt::{self, DecodedToken};
use crate::identity::mask::mask;
use crate::report::{Check, Verdict};
use crate::{Error, ErrorKind, Result};

/// The name of this report's schema.
pub const SCHEMA: &str = "vtlens.token/1";

/// A token, looked at from all sides.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TokenReport {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// The token, masked.
    pub shown: String,
    /// `id`, `access`, or absent when the token does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_use: Option<String>,
    /// Its header.
    pub header: Map<String, Json>,
    /// Its claims.
    pub claims: Map<String, Json>,
    /// The clock the checks were made for (RFC 3339).
    pub at: String,
    /// Every provider of the API, with every check.
    pub providers: Vec<ProviderChecks>,
    /// `$ctx.identity`, when one provider takes the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Json>,
    /// Remarks: a prefix that was taken off, claims that only the other kind of token carries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One provider and its checks.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProviderChecks {
    /// AppSync's name of the mode.
    pub mode: &'static str,
    /// The user pool or issuer.
    pub provider: String,
    /// Whether no check fails.
    pub accepted: bool,
    /// The checks.
    pub checks: Vec<Check>,
}

/// Looks at a token. Without an API there are no checks.
///
/// # Errors
/// A text that is no JWT: what it is instead, and what to do.
pub fn look_at(text: &str, api: Option<&Api>, keys: Option<&KeySet>, now_ms: i64) -> Result<TokenReport> {
    let (prefixed, bare) = jwt::strip_bearer(text.trim());
    let token = jwt::decode(bare).map_err(|fault| {
        Error::new(ErrorKind::Token, format!("this is {fault}"))
            .help("give the whole token as the app sends it: three parts with dots between, nothing around it")
    })?;
    let mut notes = Vec::new();
    if prefixed {
        notes.push("a `Bearer ` prefix was taken off; single-mode APIs have refused it".to_owned());
    }
    let providers: Vec<ProviderChecks> = api.map(|api| checks(api, &token, keys, now_ms)).unwrap_or_default();
    let identity = api.and_then(|api| identity(api, &token, &providers));
    let token_use = token.text_claim("token_use").map(str::to_owned);
    notes.extend(differences(token_use.as_deref()));
    Ok(TokenReport {
        schema: SCHEMA,
        shown: mask(bare),
        token_use,
        header: token.header,
        claims: token.claims,
        at: jiff::Timestamp::from_millisecond(now_ms).map(|time| time.to_string()).unwrap_or_default(),
        providers,
        identity,
        notes,
    })
}

fn checks(api: &Api, token: &DecodedToken, keys: Option<&KeySet>, now_ms: i64) -> Vec<ProviderChecks> {
    let only_mode = api.providers().count() == 1;
    let reads_tokens = |mode: AuthMode| matches!(mode, AuthMode::UserPool | AuthMode::Oidc);
    api.providers()
        .filter_map(|provider| {
            let mode = provider.mode.filter(|mode| reads_tokens(*mode))?;
            let checks = token_checks(token, provider, only_mode, now_ms, keys);
            let name = provider.user_pool_id.clone().or_else(|| provider.issuer.clone()).unwrap_or_default();
            let accepted = checks.iter().all(|check| check.verdict != Verdict::Fail);
            Some(ProviderChecks { mode: mode.name(), provider: name, accepted, checks })
        })
        .collect()
}

/// The identity by the first provider whose checks all pass, or that at least knows the issuer.
fn identity(api: &Api, token: &DecodedToken, checked: &[ProviderChecks]) -> Option<Json> {
    let knows = |checks: &ProviderChecks| {
        checks.checks.iter().any(|check| check.code == "issuer-mismatch" && check.verdict != Verdict::Fail)
    };
    let taken =
        checked.iter().find(|checks| checks.accepted).or_else(|| checked.iter().find(|checks| knows(checks)))?;
    let identity = match AuthMode::from_name(taken.mode)? {
        AuthMode::UserPool => {
            let allow = api.default_provider.default_allow.unwrap_or(true);
            Identity::of_user_pool(&token.claims, allow, &[])
        }
        _ => Identity::of_oidc(&token.claims),
    };
    Some(identity.context)
}

/// What the other kind of Cognito token carries.
fn differences(token_use: Option<&str>) -> Option<String> {
    match token_use {
        Some("access") => Some(
            "an access token has `username` and `scope`, but no email, custom:* attributes, aud or cognito:username: \
             rules on those see nothing; the ID token of the same login carries them"
                .to_owned(),
        ),
        Some("id") => Some(
            "an ID token has cognito:username and the user's attributes, but no `username` claim: apps that send the \
             access token show rules other claims"
                .to_owned(),
        ),
        _ => None,
    }
}
