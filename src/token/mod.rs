//! What is in a token, what every provider of an API makes of it, the identity it becomes, and what of it the API's
//! templates ask for in vain.

mod claims_read;
mod cognito;
mod damage;
mod providers;
mod reads;

pub use claims_read::ClaimRead;
pub use cognito::Carrier;
pub use providers::ProviderChecks;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::api::{Api, AuthMode};
use crate::identity::Identity;
use crate::identity::jwks::KeySet;
use crate::identity::jwt::{DecodedToken, TokenFault, decode, strip_bearer};
use crate::identity::mask::mask;
use crate::report::{Site, Verdict};
use crate::{Error, ErrorKind, Result};
use claims_read::ClaimsRead;

/// The name of this report's schema.
pub const SCHEMA: &str = "vtlens.token/1";

/// Claims that are times, in seconds since 1970.
const TIMES: [&str; 4] = ["exp", "iat", "nbf", "auth_time"];

/// A token, looked at from all sides.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TokenReport {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// The token, masked.
    pub shown: String,
    /// What it is: `cognitoId`, `cognitoAccess`, `oidc`, or `opaque` for what is no JWT.
    pub kind: &'static str,
    /// `id`, `access`, or absent when the token does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_use: Option<String>,
    /// Its header.
    pub header: Map<String, Json>,
    /// Its claims.
    pub claims: Map<String, Json>,
    /// What is known of its claims, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<AboutClaim>,
    /// The clock the checks were made for (RFC 3339).
    pub at: String,
    /// Every provider of the API, with every check.
    pub providers: Vec<ProviderChecks>,
    /// `$ctx.identity`, when one provider takes the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Json>,
    /// The claims that the API's templates read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims_read: Vec<ClaimRead>,
    /// Where templates read claims whose name only a run knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub computed_reads: Vec<Site>,
    /// Remarks: a prefix that was taken off, claims that only the other kind of token carries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What is known of a claim.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct AboutClaim {
    /// Its name.
    pub claim: String,
    /// What it means; nothing where only the issuer knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<&'static str>,
    /// A time in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// A time by the clock: `8 min ago`, `in 52 min`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

impl TokenReport {
    /// The claims that templates read and the token lacks.
    pub fn lacking(&self) -> impl Iterator<Item = &ClaimRead> {
        self.claims_read.iter().filter(|read| !read.present)
    }
}

/// Looks at a token. Without an API there are no checks. A text that is no JWT is a token all the same where the API has a
/// Lambda authorizer.
///
/// # Errors
/// A text that is no token: what it is instead, and what to do.
pub fn look_at(text: &str, api: Option<&Api>, keys: Option<&KeySet>, now_ms: i64) -> Result<TokenReport> {
    let text = text.trim();
    if text.is_empty() {
        return Err(
            Error::new(ErrorKind::Token, "this is an empty text").help("give the token, or a file that holds it")
        );
    }
    if let Some(api) = api.filter(|api| may_be_opaque(api, text)) {
        return Ok(opaque(text, api, now_ms));
    }
    let (prefixed, token) = damage::read(text)?;
    let mut notes = Vec::new();
    if prefixed {
        notes.push("a `Bearer ` prefix was taken off; single-mode APIs have refused it".to_owned());
    }
    let providers = api.map(|api| providers::of_token(api, &token, keys, now_ms)).unwrap_or_default();
    let mode = taken_by(&providers).and_then(|checks| AuthMode::from_name(checks.mode));
    let identity = api.zip(mode).map(|(api, mode)| identity(api, mode, &token));
    let read = api.map(|api| claims_read::of(api, mode, &token.claims)).unwrap_or_default();
    let token_use = token.text_claim("token_use").map(str::to_owned);
    notes.extend(differences(token_use.as_deref()));
    Ok(TokenReport {
        shown: mask(&token.text()),
        kind: kind(&token),
        token_use,
        about: token.claims.iter().map(|(name, value)| about(name, value, now_ms)).collect(),
        header: token.header,
        claims: token.claims,
        ..report(providers, identity, read, notes, now_ms)
    })
}

/// What is the same for tokens of every kind.
fn report(
    providers: Vec<ProviderChecks>,
    identity: Option<Json>,
    read: ClaimsRead,
    mut notes: Vec<String>,
    now_ms: i64,
) -> TokenReport {
    notes.extend(read.notes);
    TokenReport {
        schema: SCHEMA,
        shown: String::new(),
        kind: "opaque",
        token_use: None,
        header: Map::new(),
        claims: Map::new(),
        about: Vec::new(),
        at: jiff::Timestamp::from_millisecond(now_ms).map(|time| time.to_string()).unwrap_or_default(),
        providers,
        identity,
        claims_read: read.named,
        computed_reads: read.computed,
        notes,
    }
}

/// Whether a text that is no JWT could be meant for the API's Lambda authorizer: a word that is not the beginning of a
/// JWT, and no API key.
fn may_be_opaque(api: &Api, text: &str) -> bool {
    let word = strip_bearer(text).1;
    api.modes().any(|mode| mode == AuthMode::Lambda)
        && decode(word) == Err(TokenFault::Parts(1))
        && !word.starts_with("ey")
        && !word.starts_with("da2-")
}

fn opaque(text: &str, api: &Api, now_ms: i64) -> TokenReport {
    let notes =
        vec!["what is in this token only the Lambda authorizer knows: its answer makes the identity".to_owned()];
    TokenReport {
        shown: mask(text),
        ..report(providers::of_opaque(api, text), None, ClaimsRead::default(), notes, now_ms)
    }
}

fn kind(token: &DecodedToken) -> &'static str {
    let of_cognito = token.text_claim("iss").is_some_and(|issuer| issuer.contains("//cognito-idp."));
    match token.text_claim("token_use") {
        Some("id") if of_cognito => "cognitoId",
        Some("access") if of_cognito => "cognitoAccess",
        _ => "oidc",
    }
}

/// The first provider whose checks all hold, or else one that at least knows the issuer.
fn taken_by(checked: &[ProviderChecks]) -> Option<&ProviderChecks> {
    let reads = |checks: &&ProviderChecks| checks.checks.iter().any(|check| check.code == "issuer-mismatch");
    let knows = |checks: &&ProviderChecks| {
        checks.checks.iter().any(|check| check.code == "issuer-mismatch" && check.verdict != Verdict::Fail)
    };
    checked.iter().filter(reads).find(|checks| checks.accepted).or_else(|| checked.iter().find(knows))
}

/// What the token becomes.
fn identity(api: &Api, mode: AuthMode, token: &DecodedToken) -> Json {
    let identity = match mode {
        AuthMode::UserPool => {
            let allow = api.default_provider.default_allow.unwrap_or(true);
            Identity::of_user_pool(&token.claims, allow, &[])
        }
        _ => Identity::of_oidc(&token.claims),
    };
    identity.context
}

fn about(name: &str, value: &Json, now_ms: i64) -> AboutClaim {
    let seconds = value.as_i64().filter(|_| TIMES.contains(&name));
    let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    AboutClaim {
        claim: name.to_owned(),
        meaning: cognito::meaning(name),
        at: time.map(|time| time.to_string()),
        when: time.map(|time| when(time.as_millisecond(), now_ms)),
    }
}

/// A moment by the clock.
fn when(at_ms: i64, now_ms: i64) -> String {
    match at_ms.saturating_sub(now_ms) {
        ahead @ 1.. => format!("in {}", crate::gate::duration(ahead)),
        behind => format!("{} ago", crate::gate::duration(-behind)),
    }
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
