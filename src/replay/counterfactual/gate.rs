//! What could be changed about a credential that was refused. It says what the next one must be; what a signature is
//! worth cannot be changed by editing.

use serde_json::{Map, Value as Json, json};

use crate::api::{Api, AuthMode, AuthProvider, has_placeholder};
use crate::explain::refused::admit;
use crate::gate::{issuer, token_prefix};
use crate::identity::{IdentityFacts, jwt};
use crate::report::{Edit, RequestReport};
use crate::request::operation::FieldRun;

/// How long the next token is good for, in seconds.
const LIFETIME: i64 = 3600;

/// How old a token is at the least when it arrives, in seconds.
const ON_ITS_WAY: i64 = 1;

/// A request that the gate refused.
#[derive(Debug, Clone, Copy)]
pub struct Refused<'a> {
    /// The API.
    pub api: &'a Api,
    /// The request's headers.
    pub headers: &'a [(String, String)],
    /// What a person said about the caller.
    pub facts: Option<&'a IdentityFacts>,
    /// The operation's root fields, where the document could be read.
    pub fields: &'a [FieldRun],
    /// The clock.
    pub now_ms: i64,
}

impl Refused<'_> {
    /// Edits that could get it past the gate, the likeliest first.
    pub fn proposals(self, report: &RequestReport) -> Vec<Vec<Edit>> {
        let Some(cause) = &report.cause else { return Vec::new() };
        let mode = report.gate.as_ref().and_then(|gate| AuthMode::from_name(gate.mode?));
        let now = self.now_ms.div_euclid(1000);
        let claim = |name: &str, value: Json| vec![Edit::claim(name, "set", value)];
        match cause.code {
            "bearer-prefix" => self.without_prefix().into_iter().collect(),
            "token-expired" => vec![claim("exp", json!(now.saturating_add(LIFETIME)))],
            "token-not-yet-valid" => vec![claim("nbf", json!(now))],
            "token-ttl-exceeded" => {
                let (iat, login) = (claim("iat", json!(now - ON_ITS_WAY)), claim("auth_time", json!(now - ON_ITS_WAY)));
                vec![iat.clone(), login.clone(), [iat, login].concat()]
            }
            "issuer-mismatch" => {
                let own = self.api.providers().filter(|provider| provider.mode == mode);
                let issuers = own.filter_map(issuer).filter(|issuer| !has_placeholder(issuer));
                issuers.map(|issuer| claim("iss", json!(issuer))).chain(self.other_modes(mode)).collect()
            }
            "client-id-mismatch" => self.other_clients(mode).into_iter().chain(self.other_modes(mode)).collect(),
            // Of a pool's own tokens one is for something else.
            "wrong-credential-kind" if mode == Some(AuthMode::UserPool) && self.claims().is_some() => {
                let uses = ["access", "id"].map(|used| claim("token_use", json!(used)));
                uses.into_iter().chain(self.other_modes(mode)).collect()
            }
            "no-credential" | "wrong-credential-kind" | "mode-not-configured" => {
                self.other_modes(None).chain(self.mode_of_credential()).collect()
            }
            "not-a-jwt" => self.without_prefix().into_iter().chain(self.other_modes(None)).collect(),
            // A key is made in a minute; which of those that exist is a secret.
            "api-key-unknown" | "api-key-expired" => {
                let new = vec![Edit::mode(AuthMode::ApiKey)];
                std::iter::once(new).chain(self.other_modes(mode)).collect()
            }
            "authorizer-denied" | "authorizer-bad-answer" => {
                let yes = vec![Edit::new("identity", vec![json!("isAuthorized")], "set", json!(true))];
                std::iter::once(yes).chain(self.other_modes(mode)).collect()
            }
            "authorizer-token-rejected" => self.other_modes(None).collect(),
            // Whether a new signature would be good, nobody can tell before it is made.
            _ => self.other_modes(mode).collect(),
        }
    }

    /// The API's modes but for one.
    fn other_modes(&self, but: Option<AuthMode>) -> impl Iterator<Item = Vec<Edit>> {
        self.api.modes().filter(move |mode| Some(*mode) != but).map(|mode| vec![Edit::mode(mode)])
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }

    /// The token's own claims.
    fn claims(&self) -> Option<Map<String, Json>> {
        if let Some(claims) = self.facts.and_then(|facts| facts.claims.as_ref()) {
            return Some(claims.clone());
        }
        let text = self.facts.and_then(|facts| facts.token.as_deref()).or(self.header("authorization"))?;
        Some(jwt::decode(jwt::strip_bearer(text.trim()).1).ok()?.claims)
    }

    /// The header without what stands in front of its token.
    fn without_prefix(&self) -> Option<Vec<Edit>> {
        let text = self.header("authorization").filter(|_| self.facts.is_none())?;
        let prefix = token_prefix(text)?;
        Some(vec![Edit::new("headers", vec![json!("authorization")], "remove", json!(prefix))])
    }

    /// The clients that the providers of a mode are configured for, where that is a name and no pattern.
    fn other_clients(&self, mode: Option<AuthMode>) -> Vec<Vec<Edit>> {
        let claims = self.claims().unwrap_or_default();
        let is_access = claims.get("token_use").and_then(Json::as_str) == Some("access");
        let name = if is_access && mode == Some(AuthMode::UserPool) { "client_id" } else { "aud" };
        let own = self.api.providers().filter(|provider| provider.mode == mode);
        own.flat_map(clients).map(|client| vec![Edit::claim(name, "set", json!(client))]).collect()
    }

    /// The mode that the credential is of, given to the API, with the directives that let it through to what was asked
    /// for.
    fn mode_of_credential(&self) -> Option<Vec<Edit>> {
        let is_signature = |text: &str| text.starts_with("AWS4-HMAC-SHA256");
        let mode = match (self.facts, self.header("authorization"), self.header("x-api-key")) {
            (Some(facts), ..) => facts.mode,
            (None, Some(text), _) if is_signature(text) => AuthMode::Iam,
            (None, None, Some(_)) => AuthMode::ApiKey,
            _ => return None,
        };
        // Another provider's token takes more than its mode.
        let api = self.api.with_mode(mode).filter(|_| matches!(mode, AuthMode::Iam | AuthMode::ApiKey))?;
        let mut edits = vec![Edit::new("schema", vec![json!("modes")], "add", json!(mode.name()))];
        // Of a caller who is known everything else stays.
        edits.extend(self.facts.is_none().then(|| Edit::mode(mode)));
        admitted(&api, self.fields, mode, &mut edits);
        Some(edits)
    }
}

/// What fields need for a mode to be let through to them.
fn admitted(api: &Api, fields: &[FieldRun], mode: AuthMode, edits: &mut Vec<Edit>) {
    for field in fields.iter().filter(|field| !field.is_meta()) {
        if let Some(edit) = admit(api, &field.parent_type, &field.name, mode).filter(|edit| !edits.contains(edit)) {
            edits.push(edit);
        }
        admitted(api, &field.selection, mode, edits);
    }
}

fn clients(provider: &AuthProvider) -> Vec<String> {
    let regex = provider.client_id_regex.as_deref().filter(|regex| !has_placeholder(regex)).unwrap_or_default();
    let names = regex.trim_start_matches('^').trim_end_matches('$').trim_start_matches('(').trim_end_matches(')');
    let is_name =
        |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    names.split('|').filter(is_name).map(str::to_owned).collect()
}
