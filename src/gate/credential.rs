//! What the headers present, before any mode is chosen.

use crate::identity::jwt::{DecodedToken, TokenFault, decode, strip_bearer};
use crate::identity::mask::mask;
use crate::verdict::Credential;

/// The credentials of a request.
pub(super) struct Presented<'a> {
    pub authorization: Option<Authorization<'a>>,
    pub api_key: Option<&'a str>,
    /// Traces that a SigV4 signature leaves beside the `Authorization` header.
    pub sigv4_traces: bool,
}

/// The `Authorization` header.
pub(super) struct Authorization<'a> {
    /// As sent, without blanks around it.
    pub text: &'a str,
    pub bearer: bool,
    /// The JWT in it, or why there is none.
    pub token: Result<DecodedToken, TokenFault>,
}

/// The first header of a name, in any case.
pub(super) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

impl<'a> Presented<'a> {
    pub fn of(headers: &'a [(String, String)]) -> Self {
        // HTTP drops blanks around a value; other white space is part of it.
        let value = |name: &str| header(headers, name).map(|value| value.trim_matches([' ', '\t']));
        let has = |name: &str| header(headers, name).is_some();
        Presented {
            authorization: value("authorization").filter(|text| !text.is_empty()).map(Authorization::of),
            api_key: value("x-api-key").filter(|key| !key.is_empty()),
            sigv4_traces: has("x-amz-security-token") || has("x-amz-content-sha256") || has("x-amz-date"),
        }
    }

    pub fn is_sigv4(&self) -> bool {
        self.authorization.as_ref().is_some_and(Authorization::is_sigv4)
    }
}

impl<'a> Authorization<'a> {
    pub fn of(text: &'a str) -> Self {
        let (bearer, token) = strip_bearer(text);
        Authorization { text, bearer, token: decode(token) }
    }

    pub fn is_sigv4(&self) -> bool {
        self.text.starts_with("AWS4-HMAC-SHA256")
    }

    /// The credential for the report. A SigV4 header ends with its signature, a JWT with its own.
    pub fn shown(&self) -> Credential {
        let (kind, token_use) = match &self.token {
            _ if self.is_sigv4() => ("sigv4", None),
            Ok(token) => ("jwt", token.text_claim("token_use").map(str::to_owned)),
            Err(_) => ("opaque", None),
        };
        Credential { kind, shown: Some(mask(self.text)), token_use }
    }

    /// What it is, without showing it.
    pub fn in_words(&self) -> String {
        match &self.token {
            _ if self.is_sigv4() => "a SigV4 signature".to_owned(),
            Ok(_) => "a JWT".to_owned(),
            Err(fault) => behind_prefix(self.text).unwrap_or_else(|| fault.to_string()),
        }
    }

    pub fn masked_in_words(&self) -> String {
        format!("Authorization {}", mask(self.text))
    }
}

/// A good token behind something that AppSync does not take off: a scheme other than `Bearer`, or `Bearer` twice.
fn behind_prefix(text: &str) -> Option<String> {
    Some(format!("a JWT behind `{}`, which AppSync does not take off", token_prefix(text)?))
}

/// What stands in front of a header's token, its last blank included. Nothing that could be a secret.
pub fn token_prefix(text: &str) -> Option<&str> {
    let (prefix, token) = text.split_at_checked(text.rfind(' ')? + 1)?;
    let is_scheme =
        prefix.len() <= 31 && prefix.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | ':' | '-'));
    (is_scheme && decode(token).is_ok()).then_some(prefix)
}

/// A masked API key for the report.
pub(super) fn shown_key(key: &str) -> Credential {
    Credential { kind: "apiKey", shown: Some(mask(key)), token_use: None }
}
