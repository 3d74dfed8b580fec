//! What `EvaluateMappingTemplate` makes of the shape of `$ctx.identity`, all of it recorded.

use crate::value::{Value, java};

/// What `$ctx.identity` holds for IAM.
const IAM_KEYS: [&str; 8] = [
    "accountId",
    "sourceIp",
    "username",
    "userArn",
    "cognitoIdentityPoolId",
    "cognitoIdentityId",
    "cognitoIdentityAuthType",
    "cognitoIdentityAuthProvider",
];

/// What `$ctx.identity` holds for a user pool; OIDC's is a part of it.
const POOL_KEYS: [&str; 7] = ["sourceIp", "username", "sub", "issuer", "claims", "defaultAuthStrategy", "groups"];

/// The mode that `EvaluateMappingTemplate` derives from the shape of an identity alone (recorded): a foreign key
/// disqualifies a mode, and what fits none is API key.
pub fn auth_type(identity: &Value) -> &'static str {
    let Value::Map(map) = identity else { return "API Key Authorization" };
    let keys: Vec<String> = map.entries().keys().map(|key| java::to_string(&key.0)).collect();
    let only = |allowed: &[&str]| keys.iter().all(|key| allowed.contains(&key.as_str()));
    let has = |names: &[&str]| names.iter().all(|name| map.get_str(name).is_some_and(|value| !value.is_null()));
    if only(&["resolverContext"]) {
        "Lambda Authorization"
    } else if only(&["sub", "issuer", "claims"]) && has(&["sub", "issuer", "claims"]) {
        "Open ID Connect Authorization"
    } else if only(&IAM_KEYS) && has(&["accountId", "sourceIp", "username", "userArn"]) {
        "IAM Authorization"
    } else if only(&POOL_KEYS) && has(&["sourceIp", "username", "sub", "issuer", "claims", "defaultAuthStrategy"]) {
        "User Pool Authorization"
    } else {
        "API Key Authorization"
    }
}

/// Members of an identity that no mode has: AWS refuses such a context whole.
pub(super) fn unknown_members(identity: &Value) -> Vec<String> {
    let Value::Map(identity) = identity else { return Vec::new() };
    let known = |key: &str| IAM_KEYS.contains(&key) || POOL_KEYS.contains(&key) || key == "resolverContext";
    identity.entries().keys().map(|key| java::to_string(&key.0)).filter(|key| !known(key)).collect()
}
