//! The shape of an identity tells its mode: each mode has members of its own.

use serde_json::Value as Json;

use super::IdentityFacts;
use crate::api::AuthMode;

impl IdentityFacts {
    /// Facts about the caller whose `$ctx.identity` this is; none for an object that no mode makes.
    pub fn of_context(identity: Json) -> Option<IdentityFacts> {
        let mode = mode_of(&identity)?;
        Some(IdentityFacts { context: Some(identity), ..IdentityFacts::of_mode(mode) })
    }
}

/// The mode whose `$ctx.identity` this is.
fn mode_of(identity: &Json) -> Option<AuthMode> {
    let members = match identity {
        Json::Null => return Some(AuthMode::ApiKey),
        Json::Object(members) => members,
        _ => return None,
    };
    let has = |names: &[&str]| names.iter().any(|name| members.contains_key(*name));
    if members.is_empty() || has(&["resolverContext"]) {
        Some(AuthMode::Lambda)
    } else if has(&["userArn", "accountId", "cognitoIdentityId"]) {
        Some(AuthMode::Iam)
    } else if has(&["claims"]) {
        let of_pool = has(&["username", "defaultAuthStrategy", "groups", "sourceIp"]);
        Some(if of_pool { AuthMode::UserPool } else { AuthMode::Oidc })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_mode_has_a_shape() {
        let cases = [
            (json!(null), Some(AuthMode::ApiKey)),
            (json!({}), Some(AuthMode::Lambda)),
            (json!({"resolverContext": {"a": "b"}}), Some(AuthMode::Lambda)),
            (json!({"userArn": "arn:aws:iam::1:user/ci", "sourceIp": []}), Some(AuthMode::Iam)),
            (json!({"sub": "u", "issuer": "i", "claims": {}, "groups": null}), Some(AuthMode::UserPool)),
            (json!({"sub": "u", "issuer": "i", "claims": {}}), Some(AuthMode::Oidc)),
            (json!({"name": "bob"}), None),
            (json!("bob"), None),
        ];
        for (identity, mode) in cases {
            assert_eq!(mode_of(&identity), mode, "{identity}");
        }
    }
}
