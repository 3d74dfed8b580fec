//! Facts about a caller that the request does not carry: what `--identity` and the identities of a suite hold.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};

use super::builders::IamCaller;
use crate::api::AuthMode;
use crate::error::{ErrorKind, Result};
use crate::iam::{Permissions, Policy};
use crate::json_file;

/// One caller, as a person describes it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityFacts {
    /// The mode the caller comes by.
    #[serde(deserialize_with = "mode")]
    pub mode: AuthMode,
    /// User pool, OIDC: the claims, in place of a token.
    #[serde(default)]
    pub claims: Option<Map<String, Json>>,
    /// Whether those are all that the token has: what is not among them is absent, not left out.
    #[serde(skip)]
    pub whole: bool,
    /// User pool, OIDC, Lambda: the token itself, or the path of a file that holds it.
    #[serde(default)]
    pub token: Option<String>,
    /// IAM: the principal's ARN.
    #[serde(default, alias = "Arn")]
    pub user_arn: Option<String>,
    /// IAM: the account; else it is read from the ARN.
    #[serde(default, alias = "Account")]
    pub account_id: Option<String>,
    /// IAM: the unique id.
    #[serde(default, alias = "UserId")]
    pub username: Option<String>,
    /// Where the request came from.
    #[serde(default, deserialize_with = "one_or_many")]
    pub source_ip: Option<Vec<String>>,
    /// IAM through a Cognito identity pool.
    #[serde(default)]
    pub cognito: Option<CognitoFacts>,
    /// Lambda: what the authorizer's answer puts into the identity.
    #[serde(default)]
    pub resolver_context: Option<Map<String, Json>>,
    /// Lambda: the authorizer's answer, verbatim.
    #[serde(default, deserialize_with = "given")]
    pub authorizer: Option<Json>,
    /// IAM: all of the caller's policies, as `aws iam get-role-policy` prints them.
    #[serde(default, deserialize_with = "policies")]
    pub policies: Option<Vec<Policy>>,
    /// IAM: the permissions boundary.
    #[serde(default, deserialize_with = "policies")]
    pub boundary: Option<Vec<Policy>>,
    /// IAM: the policies that the session was started with.
    #[serde(default, deserialize_with = "policies")]
    pub session_policy: Option<Vec<Policy>>,
    /// IAM: the organization's service control policies.
    #[serde(default, deserialize_with = "policies")]
    pub service_control_policies: Option<Vec<Policy>>,
    /// IAM: values of condition keys that the caller's ARN does not tell (`aws:PrincipalTag/team`); null for a key that
    /// the request does not have.
    #[serde(default)]
    pub condition_keys: IndexMap<String, KeyValues>,
    /// IAM: when the session's credentials end.
    #[serde(default, alias = "Expiration")]
    pub expiration: Option<Instant>,
    /// API key: the keys that exist, as `aws appsync list-api-keys` prints them.
    #[serde(default)]
    pub api_keys: Option<Vec<ApiKeyFact>>,
    /// `$ctx.identity`, whole and verbatim.
    #[serde(default, deserialize_with = "given")]
    pub context: Option<Json>,
    /// Free text.
    #[serde(default)]
    pub note: Option<Json>,
}

/// A caller's Cognito identity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CognitoFacts {
    /// `REGION:uuid`
    #[serde(default)]
    pub identity_pool_id: Option<String>,
    /// `REGION:uuid`
    #[serde(default)]
    pub identity_id: Option<String>,
    /// `authenticated` or `unauthenticated`.
    #[serde(default)]
    pub auth_type: Option<String>,
    /// Who vouched for the login.
    #[serde(default)]
    pub auth_provider: Option<String>,
    /// Free text.
    #[serde(default)]
    pub note: Option<Json>,
}

/// An API key that exists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKeyFact {
    /// `da2-…`
    pub id: String,
    /// When it stops to be accepted.
    #[serde(default)]
    pub expires: Option<Instant>,
    /// When it is deleted, 60 days after it expired.
    #[serde(default)]
    pub deletes: Option<Instant>,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
    /// Free text.
    #[serde(default)]
    pub note: Option<Json>,
}

/// The values of a condition key: none, one, or several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyValues(pub Option<Vec<String>>);

impl<'de> Deserialize<'de> for KeyValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = |json: &Json| match json {
            Json::String(text) => Ok(text.clone()),
            Json::Bool(_) | Json::Number(_) => Ok(json.to_string()),
            other => {
                let message = format!("a condition key has texts, not {}", json_file::describe(other));
                Err(serde::de::Error::custom(message))
            }
        };
        Ok(KeyValues(match &Json::deserialize(deserializer)? {
            Json::Null => None,
            Json::Array(many) => Some(many.iter().map(text).collect::<std::result::Result<_, _>>()?),
            one => Some(vec![text(one)?]),
        }))
    }
}

/// A moment, in milliseconds since 1970 (UTC); written as epoch seconds or as `2026-01-15T12:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let parsed = match &json {
            Json::Number(seconds) => seconds.as_i64().and_then(|seconds| seconds.checked_mul(1000)),
            Json::String(text) => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
            _ => None,
        };
        let expected = "a time must be epoch seconds or like 2026-01-15T12:00:00Z";
        parsed.map(Instant).ok_or_else(|| serde::de::Error::custom(format!("{expected}, not `{json}`")))
    }
}

fn mode<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<AuthMode, D::Error> {
    const NAMES: [&str; 5] = ["apiKey", "userPool", "oidc", "iam", "lambda"];
    let name = String::deserialize(deserializer)?;
    let of_suite = NAMES.iter().position(|known| *known == name).and_then(|at| AuthMode::ALL.get(at).copied());
    of_suite.or_else(|| AuthMode::from_name(&name)).ok_or_else(|| serde::de::Error::unknown_variant(&name, &NAMES))
}

fn policies<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Vec<Policy>>, D::Error> {
    match Json::deserialize(deserializer)? {
        Json::Null => Ok(None),
        json => Policy::read_all(&json).map(Some).map_err(serde::de::Error::custom),
    }
}

/// A member whose null means something.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Vec<String>>, D::Error> {
    match Json::deserialize(deserializer)? {
        Json::Null => Ok(None),
        Json::String(one) => Ok(Some(vec![one])),
        many => serde_json::from_value(many).map(Some).map_err(serde::de::Error::custom),
    }
}

impl IdentityFacts {
    /// Reads one identity from a JSON file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Data`] with line and column; an unknown key or mode names the nearest known one.
    pub fn read(file: &str, text: &str) -> Result<IdentityFacts> {
        json_file::parse_as(ErrorKind::Data, file, text)
    }

    /// What they say about the caller's permissions.
    pub fn permissions(&self) -> Permissions {
        Permissions {
            policies: self.policies.clone(),
            boundary: self.boundary.clone(),
            session: self.session_policy.clone(),
            control: self.service_control_policies.clone(),
            keys: self.condition_keys.iter().map(|(key, values)| (key.clone(), values.0.clone())).collect(),
        }
    }

    /// Facts of a mode and nothing else.
    pub fn of_mode(mode: AuthMode) -> IdentityFacts {
        IdentityFacts {
            mode,
            claims: None,
            whole: false,
            token: None,
            user_arn: None,
            account_id: None,
            username: None,
            source_ip: None,
            cognito: None,
            resolver_context: None,
            authorizer: None,
            policies: None,
            boundary: None,
            session_policy: None,
            service_control_policies: None,
            condition_keys: IndexMap::new(),
            expiration: None,
            api_keys: None,
            context: None,
            note: None,
        }
    }

    /// The path, when [`IdentityFacts::token`] names a file: whoever reads files puts the token in its place.
    pub fn token_file(&self) -> Option<&str> {
        let token = self.token.as_deref()?;
        let is_path = token.ends_with(".jwt") || token.ends_with(".txt") || token.starts_with(['.', '/']);
        is_path.then_some(token)
    }

    /// Whether anything says who an IAM caller is.
    pub fn knows_iam_caller(&self) -> bool {
        self.user_arn.is_some() || self.username.is_some() || self.cognito.is_some()
    }

    /// The IAM principal these facts describe.
    pub fn iam_caller(&self, source_ip: &[String]) -> IamCaller {
        let cognito = self.cognito.clone().unwrap_or_default();
        IamCaller {
            user_arn: self.user_arn.clone(),
            account_id: self.account_id.clone(),
            username: self.username.clone(),
            source_ip: source_ip.to_vec(),
            identity_pool_id: cognito.identity_pool_id,
            identity_id: cognito.identity_id,
            auth_type: cognito.auth_type,
            auth_provider: cognito.auth_provider,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_of_a_suite() {
        let read = |text: &str| IdentityFacts::read("i.json", text).unwrap();
        assert_eq!(read(r#"{"mode":"apiKey"}"#), IdentityFacts::of_mode(AuthMode::ApiKey));
        let bob = read(
            r#"{"mode":"userPool","claims":{"sub":"u1","cognito:username":"bob"},"note":"x","sourceIp":"1.2.3.4"}"#,
        );
        assert_eq!(bob.claims.unwrap()["sub"], "u1");
        assert_eq!(bob.source_ip, Some(vec!["1.2.3.4".to_owned()]));
        assert_eq!(read(r#"{"mode":"userPool","token":"tokens/eve.jwt"}"#).token_file(), Some("tokens/eve.jwt"));
        assert_eq!(read(r#"{"mode":"oidc","token":"a.b.c"}"#).token_file(), None);
        let ci = read(r#"{"mode":"AWS_IAM","Arn":"arn:aws:iam::1:user/ci","expiration":"2026-01-15T13:00:00Z"}"#);
        assert_eq!((ci.mode, ci.expiration), (AuthMode::Iam, Some(Instant(1_768_482_000_000))));
        let keyed = read(r#"{"mode":"apiKey","apiKeys":[{"id":"da2-x","expires":1768000000,"deletes":1773184000}]}"#);
        assert_eq!(keyed.api_keys.unwrap()[0].expires, Some(Instant(1_768_000_000_000)));
        assert_eq!(read(r#"{"mode":"lambda","context":null}"#).context, Some(Json::Null));
        assert_eq!(read(r#"{"mode":"lambda","authorizer":{}}"#).authorizer, Some(Json::Object(Map::new())));
    }

    #[test]
    fn mistakes_name_the_nearest_key() {
        let cases = [
            (
                "{\n \"mode\": \"userPool\",\n \"claim\": {}\n}",
                "i.json:3:2: unknown key `claim`\n  did you mean `claims`?",
            ),
            ("{\"mode\":\"userpool\"}", "i.json:1:9: unknown value `userpool`\n  did you mean `userPool`?"),
            (
                "{\"mode\":\"iam\",\"cognito\":{\"poolId\":1}}",
                "i.json:1:26: unknown key `poolId`\n  known here: `identityPoolId`, `identityId`, `authType`, `authProvider`, `note`",
            ),
            ("{\"claims\":{}}", "i.json:1:13: missing field `mode`"),
            (
                "{\"mode\":\"iam\",\"expiration\":\"soon\"}",
                "i.json:1:34: a time must be epoch seconds or like 2026-01-15T12:00:00Z, not `\"soon\"`",
            ),
            ("{\"mode\":\"iam\",\"claims\":3}", "i.json:1:24: invalid type: integer `3`, expected a map"),
            (
                "{\"mode\":",
                "i.json:1:8: the file ends in the middle of a value, at `mode`\n  the file was cut off: export or copy it again",
            ),
        ];
        for (text, message) in cases {
            let error = IdentityFacts::read("i.json", text).unwrap_err();
            assert_eq!(format!("{error:#}"), message);
        }
    }
}
