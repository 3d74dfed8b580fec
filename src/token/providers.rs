//! What each provider of an API makes of a token: every check of those that read tokens, and why the others do not.

use serde::Serialize;

use crate::api::{Api, AuthMode, AuthProvider};
use crate::gate::{client_id_matches, token_checks};
use crate::identity::jwks::KeySet;
use crate::identity::jwt::DecodedToken;
use crate::report::{Check, Verdict};

/// One provider and its checks.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProviderChecks {
    /// AppSync's name of the mode.
    pub mode: &'static str,
    /// The user pool, issuer or function; empty where a mode has none.
    pub provider: String,
    /// Whether no check fails.
    pub accepted: bool,
    /// The checks.
    pub checks: Vec<Check>,
}

/// Every provider of the API, in its order.
pub(super) fn of_token(api: &Api, token: &DecodedToken, keys: Option<&KeySet>, now_ms: i64) -> Vec<ProviderChecks> {
    let only_mode = api.providers().count() == 1;
    let bare = token.text();
    each(api, &|mode, provider| match mode {
        AuthMode::UserPool | AuthMode::Oidc => token_checks(token, provider, only_mode, now_ms, keys),
        AuthMode::Lambda if reads_tokens(api) => vec![check(
            "authorizer-not-consulted",
            Verdict::Fail,
            "a JWT, which goes to the user pool and OIDC modes",
            "a token that is no JWT",
        )],
        AuthMode::Lambda => of_function(provider, &bare),
        AuthMode::ApiKey | AuthMode::Iam => vec![of_another_kind(mode, "a JWT")],
    })
}

/// The same for a token that is no JWT: only a Lambda authorizer could take it.
pub(super) fn of_opaque(api: &Api, text: &str) -> Vec<ProviderChecks> {
    each(api, &|mode, provider| match mode {
        AuthMode::Lambda => of_function(provider, text),
        AuthMode::UserPool | AuthMode::Oidc => {
            vec![check("not-a-jwt", Verdict::Fail, "an opaque token", "a JWT: three parts of base64url")]
        }
        AuthMode::ApiKey | AuthMode::Iam => vec![of_another_kind(mode, "an opaque token")],
    })
}

/// Whether a mode of the API is for JWTs.
fn reads_tokens(api: &Api) -> bool {
    api.modes().any(|mode| matches!(mode, AuthMode::UserPool | AuthMode::Oidc))
}

fn each(api: &Api, checks: &dyn Fn(AuthMode, &AuthProvider) -> Vec<Check>) -> Vec<ProviderChecks> {
    let told = api.providers().filter_map(|provider| {
        let mode = provider.mode?;
        let checks = checks(mode, provider);
        let name = provider.user_pool_id.clone().or_else(|| provider.issuer.clone());
        let name = name.or_else(|| provider.authorizer.clone()).unwrap_or_default();
        let accepted = checks.iter().all(|check| check.verdict != Verdict::Fail);
        Some(ProviderChecks { mode: mode.name(), provider: name, accepted, checks })
    });
    told.collect()
}

/// What can be said of a Lambda authorizer without asking it.
fn of_function(provider: &AuthProvider, token: &str) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(regex) = provider.identity_validation.as_deref().filter(|regex| !regex.is_empty()) {
        let (verdict, found) = match client_id_matches(regex, token) {
            Some(true) => (Verdict::Pass, "the token matches"),
            Some(false) => (Verdict::Fail, "the token does not match identityValidationExpression"),
            None => (Verdict::Unknown, "a regular expression not understood here"),
        };
        checks.push(check("authorizer-token-rejected", verdict, found, &format!("a match of {regex}")));
        if verdict == Verdict::Fail {
            return checks;
        }
    }
    checks.push(check("authorizer-denied", Verdict::Unknown, "the function was not asked", "isAuthorized true"));
    checks
}

fn of_another_kind(mode: AuthMode, found: &str) -> Check {
    let expected = match mode {
        AuthMode::ApiKey => "an API key, in the header x-api-key",
        _ => "a SigV4 signature",
    };
    check("wrong-credential-kind", Verdict::Fail, found, expected)
}

fn check(code: &'static str, verdict: Verdict, found: &str, expected: &str) -> Check {
    Check { code, verdict, found: found.to_owned(), expected: expected.to_owned() }
}
