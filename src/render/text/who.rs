//! Who was calling, in one line: `user pool · bob (u1) · access token …f3Kx9Q`.

use serde_json::Value as Json;

use super::line::{Line, Role};
use crate::api::AuthMode;
use crate::report::{Credential, RequestReport};

/// Ids longer than this are shown by their first characters.
const SHORT_ID: usize = 12;

/// Mode, principal and credential, as far as they are known; with `pool`, the user pool's id behind the mode.
pub(in crate::render) fn who(request: &RequestReport, pool: bool) -> Line {
    let gate = request.gate.as_ref();
    let mode = gate.and_then(|gate| gate.mode).and_then(AuthMode::from_name);
    let credential = gate.and_then(|gate| gate.credential.as_ref());
    let identity = request.identity.as_ref();
    let parts = [
        mode.map(|mode| provider(mode, identity.filter(|_| pool), credential)),
        identity.and_then(principal),
        credential.map(shown),
    ];
    let mut line = Line::new();
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    for (at, part) in parts.iter().enumerate() {
        line = if at == 0 { line } else { line.with(Role::Dim, " · ") }.then(part);
    }
    line
}

fn provider(mode: AuthMode, identity: Option<&Json>, credential: Option<&Credential>) -> String {
    // An API key is its own mode: one part says both.
    let key_says_it = mode == AuthMode::ApiKey && credential.is_some_and(|credential| credential.kind == "apiKey");
    match mode {
        _ if key_says_it => String::new(),
        AuthMode::UserPool => match identity.and_then(|identity| text(identity, "issuer")).map(last_segment) {
            Some(pool) if pool.contains('_') => format!("{} {pool}", mode.words()),
            _ => mode.words().to_owned(),
        },
        _ => mode.words().to_owned(),
    }
}

/// The caller's name and, where it says more, the id: `bob (u1)`, `role worker / session fn`.
fn principal(identity: &Json) -> Option<String> {
    if let Some(arn) = text(identity, "userArn") {
        let guest = match text(identity, "cognitoIdentityAuthType") {
            Some(kind) => format!(", {kind} by the identity pool"),
            None => String::new(),
        };
        return Some(format!("{}{guest}", arn_name(arn)));
    }
    let claims = identity.get("claims");
    let claim = |name| claims.and_then(|claims| text(claims, name));
    let name = text(identity, "username").or_else(|| claim("cognito:username")).or_else(|| claim("username"));
    let sub = text(identity, "sub").or_else(|| claim("sub"));
    match (name, sub) {
        (Some(name), Some(sub)) if name != sub => Some(format!("{name} ({})", short_id(sub))),
        (Some(name), _) => Some(name.to_owned()),
        (None, Some(sub)) => Some(sub.to_owned()),
        (None, None) => None,
    }
}

fn shown(credential: &Credential) -> String {
    let kind = match (credential.kind, credential.token_use.as_deref()) {
        ("jwt", Some("id")) => "ID token",
        ("jwt", Some("access")) => "access token",
        ("jwt" | "opaque", _) => "token",
        ("apiKey", _) => "API key",
        // A caller described by facts has signed nothing yet.
        ("sigv4", _) if credential.shown.is_none() => return String::new(),
        ("sigv4", _) => "signature",
        ("none", _) => return "no credential".to_owned(),
        (other, _) => other,
    };
    match &credential.shown {
        Some(end) => format!("{kind} {end}"),
        None => kind.to_owned(),
    }
}

/// `arn:aws:sts::1:assumed-role/worker/fn` as `role worker / session fn`.
fn arn_name(arn: &str) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let parts: Vec<&str> = resource.split('/').collect();
    match parts.as_slice() {
        ["assumed-role", role, session] => format!("role {role} / session {session}"),
        [kind @ ("user" | "role" | "federated-user"), path @ ..] => {
            format!("{kind} {}", path.last().copied().unwrap_or_default())
        }
        _ => resource.to_owned(),
    }
}

fn text<'a>(object: &'a Json, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Json::as_str).filter(|text| !text.is_empty())
}

fn last_segment(issuer: &str) -> &str {
    issuer.trim_end_matches('/').rsplit('/').next().unwrap_or(issuer)
}

fn short_id(id: &str) -> String {
    if id.chars().count() <= SHORT_ID { id.to_owned() } else { id.chars().take(4).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_caller_is_named_by_what_people_call_it() {
        for (identity, name) in [
            (json!({ "username": "bob", "sub": "u1" }), Some("bob (u1)")),
            (json!({ "username": "bob", "sub": "9f1c2b3a-aaaa-bbbb-cccc-000000000000" }), Some("bob (9f1c…)")),
            (json!({ "username": "u1", "sub": "u1" }), Some("u1")),
            (json!({ "claims": { "sub": "o1" } }), Some("o1")),
            (json!({ "userArn": "arn:aws:sts::1:assumed-role/worker/fn" }), Some("role worker / session fn")),
            (json!({ "userArn": "arn:aws:iam::1:user/team/ci" }), Some("user ci")),
            (json!({ "userArn": "arn:aws:iam::1:root" }), Some("root")),
            (json!({ "resolverContext": {} }), None),
        ] {
            assert_eq!(principal(&identity).as_deref(), name, "{identity}");
        }
    }
}
