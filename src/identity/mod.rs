//! Who is calling: tokens and facts, and the `$ctx.identity` that AppSync makes of them.
//!
//! Knows tokens and identities; knows neither requests nor what an API admits.

mod builders;
mod facts;
pub mod jwks;
pub mod jwt;
pub mod mask;
pub mod person;
mod shape;

pub use builders::{IamCaller, iam, lambda, oidc, user_pool};
pub use facts::{ApiKeyFact, CognitoFacts, IdentityFacts, Instant, KeyValues};

use serde_json::{Map, Value as Json};

use crate::api::AuthMode;
use crate::iam::Permissions;

/// A caller that was let in.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The mode the caller came by.
    pub mode: AuthMode,
    /// `$ctx.identity`; null for an API key.
    pub context: Json,
    /// The token's claims.
    pub claims: Option<Map<String, Json>>,
    /// `id` or `access`, for Cognito's tokens.
    pub token_use: Option<String>,
    /// The user pool's groups; `None` when the token names none.
    pub groups: Option<Vec<String>>,
    /// `deniedFields` of a Lambda authorizer's answer, verbatim.
    pub denied_fields: Vec<String>,
    /// IAM: what was said about the caller's permissions.
    pub permissions: Permissions,
    /// The caller in words: `bob (u1)`, `role worker / session fn` …
    pub principal: String,
    /// Members of [`Identity::context`] that hold null because nobody knows better, not because AppSync would
    /// say null.
    pub unknown: Vec<&'static str>,
}

impl Identity {
    /// A caller of whom only the mode is known.
    pub(crate) fn unknown(mode: AuthMode) -> Identity {
        Identity::new(mode, Json::Null, String::new())
    }

    fn new(mode: AuthMode, context: Json, principal: String) -> Identity {
        Identity {
            mode,
            context,
            claims: None,
            token_use: None,
            groups: None,
            denied_fields: Vec::new(),
            permissions: Permissions::default(),
            principal,
            unknown: Vec::new(),
        }
    }

    /// A caller with an API key, shown masked.
    pub fn api_key(key: Option<&str>) -> Identity {
        let principal = key.map_or_else(|| "API key".to_owned(), |key| format!("API key {}", mask::mask(key)));
        Identity::new(AuthMode::ApiKey, Json::Null, principal)
    }

    /// A user of a user pool.
    pub fn of_user_pool(claims: &Map<String, Json>, default_action_allow: bool, source_ip: &[String]) -> Identity {
        let context = user_pool(claims, default_action_allow, source_ip);
        Identity::verbatim(AuthMode::UserPool, context)
    }

    /// A user of an OpenID Connect provider.
    pub fn of_oidc(claims: &Map<String, Json>) -> Identity {
        Identity::verbatim(AuthMode::Oidc, oidc(claims))
    }

    /// An IAM principal.
    pub fn of_iam(caller: &IamCaller, permissions: Permissions) -> Identity {
        let (context, unknown) = iam(caller);
        Identity { permissions, unknown, ..Identity::verbatim(AuthMode::Iam, context) }
    }

    /// A caller whom a Lambda authorizer let in.
    pub fn of_lambda(resolver_context: Option<&Map<String, Json>>, denied_fields: Vec<String>) -> Identity {
        Identity { denied_fields, ..Identity::verbatim(AuthMode::Lambda, lambda(resolver_context)) }
    }

    /// A caller with a ready `$ctx.identity`.
    pub fn verbatim(mode: AuthMode, context: Json) -> Identity {
        let claims = context.get("claims").and_then(Json::as_object).cloned();
        let text = |name: &str| context.get(name).and_then(Json::as_str);
        let principal = match mode {
            AuthMode::ApiKey => "API key".to_owned(),
            AuthMode::Lambda => "caller admitted by the Lambda authorizer".to_owned(),
            AuthMode::Iam => text("userArn").map_or_else(|| "IAM principal".to_owned(), builders::principal_of_arn),
            AuthMode::UserPool | AuthMode::Oidc => match (text("username"), text("sub")) {
                (Some(name), Some(sub)) => format!("{name} ({})", short_id(sub)),
                (Some(name), None) => name.to_owned(),
                (None, Some(sub)) => short_id(sub),
                (None, None) => "unnamed user".to_owned(),
            },
        };
        let token_use = claims.as_ref().and_then(|claims| claims.get("token_use")).and_then(Json::as_str);
        let token_use = token_use.filter(|_| mode == AuthMode::UserPool).map(str::to_owned);
        let groups = context.get("groups").and_then(Json::as_array);
        let groups = groups.map(|all| all.iter().filter_map(|group| group.as_str().map(str::to_owned)).collect());
        Identity { claims, token_use, groups, ..Identity::new(mode, context, principal) }
    }
}

/// Long ids (UUIDs) by their beginning.
fn short_id(id: &str) -> String {
    if id.chars().count() <= 24 {
        return id.to_owned();
    }
    let start: String = id.chars().take(4).collect();
    format!("{start}…")
}
