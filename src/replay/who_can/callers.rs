//! The callers that the search starts from: the barest of each mode, whose values all differ, so that what is made
//! equal to one of them can be told.

use serde_json::{Value as Json, json};

use super::conditions;
use super::model::Condition;
use crate::api::AuthMode;
use crate::report::Edit;

/// Edits that make the barest caller of a mode: the claims that every token has, a principal of no role.
pub fn barest(mode: AuthMode) -> Vec<Edit> {
    let set = |target: &'static str, path: Vec<Json>, value: Json| Edit::new(target, path, "set", value);
    match mode {
        AuthMode::UserPool => {
            let claims = json!({ "sub": "caller-sub", "username": "caller-name", "token_use": "access" });
            vec![set("claims", Vec::new(), claims)]
        }
        AuthMode::Oidc => vec![set("claims", Vec::new(), json!({ "sub": "caller-sub" }))],
        AuthMode::Iam => {
            let arn = "arn:aws:sts::123456789012:assumed-role/caller-role/caller-session";
            vec![
                set("identity", vec![json!("userArn")], json!(arn)),
                set("identity", vec![json!("username")], json!("AROACALLER:caller-session")),
            ]
        }
        AuthMode::Lambda => vec![set("identity", vec![json!("resolverContext")], json!({}))],
        AuthMode::ApiKey => Vec::new(),
    }
}

/// Ways of coming that no template has to name before they are tried: through an identity pool, signed in or as a
/// guest.
pub fn flavours(mode: AuthMode) -> Vec<Vec<Edit>> {
    if mode != AuthMode::Iam {
        return Vec::new();
    }
    let through = |kind: &str| {
        let set = |name: &str, value: &str| Edit::new("identity", vec![json!(name)], "set", json!(value));
        vec![
            set("cognitoIdentityPoolId", "any-cognitoIdentityPoolId"),
            set("cognitoIdentityId", "any-cognitoIdentityId"),
            set("cognitoIdentityAuthType", kind),
        ]
    };
    vec![through("authenticated"), through("unauthenticated")]
}

/// What is said of a way that only those come who do not come through an identity pool, or not in one of the two ways
/// through it; `closed` says of which of the [`flavours`] nobody gets in.
pub fn not_through(closed: &[bool]) -> Option<Condition> {
    match closed {
        [true, true] => Some(conditions::absent("identity", "cognitoIdentityPoolId")),
        [true, false] => Some(conditions::is_not("identity", "cognitoIdentityAuthType", json!("authenticated"))),
        [false, true] => Some(conditions::is_not("identity", "cognitoIdentityAuthType", json!("unauthenticated"))),
        _ => None,
    }
}
