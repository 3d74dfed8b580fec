//! `$ctx.identity`, one builder a mode: the keys AppSync puts there, no others
//! (AppSync developer guide, "Resolver mapping template context reference", and logged events).

use serde_json::{Map, Value as Json, json};

/// `AMAZON_COGNITO_USER_POOLS`: seven keys. `defaultAuthStrategy` is the pool's default action.
///
/// `username` is claim `cognito:username` of an ID token or `username` of an access token.
pub fn user_pool(claims: &Map<String, Json>, default_action_allow: bool, source_ip: &[String]) -> Json {
    let claim = |name: &str| claims.get(name).cloned().unwrap_or(Json::Null);
    let username = claims.get("cognito:username").or_else(|| claims.get("username")).cloned();
    json!({
        "sub": claim("sub"),
        "issuer": claim("iss"),
        "username": username,
        "claims": claims,
        "sourceIp": source_ip,
        "defaultAuthStrategy": if default_action_allow { "ALLOW" } else { "DENY" },
        "groups": claim("cognito:groups"),
    })
}

/// `OPENID_CONNECT`: three keys.
pub fn oidc(claims: &Map<String, Json>) -> Json {
    let claim = |name: &str| claims.get(name).cloned().unwrap_or(Json::Null);
    json!({"sub": claim("sub"), "issuer": claim("iss"), "claims": claims})
}

/// `AWS_LAMBDA`: the authorizer's `resolverContext`; no keys at all when its answer had none.
pub fn lambda(resolver_context: Option<&Map<String, Json>>) -> Json {
    resolver_context.map_or_else(|| json!({}), |context| json!({"resolverContext": context}))
}

/// What is known of an IAM principal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IamCaller {
    /// The ARN, as `aws sts get-caller-identity` prints it.
    pub user_arn: Option<String>,
    /// The account; derived from the ARN when absent.
    pub account_id: Option<String>,
    /// The unique id (`AIDA…`, `AROA…:SESSION`); derived from the ARN where it can be.
    pub username: Option<String>,
    /// Addresses the request came from.
    pub source_ip: Vec<String>,
    /// Cognito identity pool: its id.
    pub identity_pool_id: Option<String>,
    /// Cognito identity pool: the identity's id.
    pub identity_id: Option<String>,
    /// Cognito identity pool: `authenticated` or `unauthenticated`.
    pub auth_type: Option<String>,
    /// Cognito identity pool: who vouched for the login.
    pub auth_provider: Option<String>,
}

/// `AWS_IAM`: eight keys, and those of them that are null for want of knowledge.
pub fn iam(caller: &IamCaller) -> (Json, Vec<&'static str>) {
    let arn: Vec<&str> = caller.user_arn.as_deref().map(|arn| arn.splitn(6, ':').collect()).unwrap_or_default();
    let from_arn = arn.get(4).filter(|account| !account.is_empty()).map(|account| (*account).to_owned());
    let account = caller.account_id.clone().or(from_arn);
    let username = caller.username.clone().or_else(|| match (arn.get(5), &account) {
        (Some(&"root"), Some(account)) => Some(account.clone()),
        (Some(resource), Some(account)) => {
            resource.strip_prefix("federated-user/").map(|name| format!("{account}:{name}"))
        }
        _ => None,
    });
    let is_guest = caller.auth_type.as_deref() == Some("unauthenticated");
    let has_pool = caller.identity_pool_id.is_some() || caller.identity_id.is_some() || caller.auth_type.is_some();
    let mut unknown = Vec::new();
    let mut note = |name: &'static str, missing: bool| {
        if missing {
            unknown.push(name);
        }
    };
    note("accountId", account.is_none());
    note("cognitoIdentityPoolId", has_pool && caller.identity_pool_id.is_none());
    note("cognitoIdentityId", has_pool && caller.identity_id.is_none());
    note("username", username.is_none());
    note("userArn", caller.user_arn.is_none());
    note("cognitoIdentityAuthType", has_pool && caller.auth_type.is_none());
    // A guest has no provider: that null is AppSync's own.
    note("cognitoIdentityAuthProvider", has_pool && !is_guest && caller.auth_provider.is_none());
    let context = json!({
        "accountId": account,
        "cognitoIdentityPoolId": caller.identity_pool_id,
        "cognitoIdentityId": caller.identity_id,
        "sourceIp": caller.source_ip,
        "username": username,
        "userArn": caller.user_arn,
        "cognitoIdentityAuthType": caller.auth_type,
        "cognitoIdentityAuthProvider": caller.auth_provider,
    });
    (context, unknown)
}

/// An ARN in words: `role worker / session fn`, `IAM user ci` …
pub(super) fn principal_of_arn(arn: &str) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let mut parts = resource.split('/');
    match (parts.next(), parts.next(), parts.next_back()) {
        (Some("assumed-role"), Some(role), Some(session)) => format!("role {role} / session {session}"),
        (Some("assumed-role"), Some(role), None) => format!("role {role}"),
        (Some("user"), Some(name), None) | (Some("user"), _, Some(name)) => format!("IAM user {name}"),
        (Some("federated-user"), Some(name), _) => format!("federated user {name}"),
        (Some("root"), None, _) => "the account's root user".to_owned(),
        _ => arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Identity;
    use super::*;

    fn object(json: Json) -> Map<String, Json> {
        json.as_object().cloned().unwrap()
    }

    #[test]
    fn a_user_pool_identity_from_either_token() {
        let id =
            object(json!({"sub": "s", "cognito:groups": ["Viewers"], "iss": "https://i", "cognito:username": "nadia",
                               "token_use": "id", "exp": 1_700_003_600, "email_verified": true}));
        assert_eq!(
            user_pool(&id, true, &["203.0.113.7".into()]).to_string(),
            r#"{"sub":"s","issuer":"https://i","username":"nadia","claims":{"sub":"s","cognito:groups":["Viewers"],"iss":"https://i","cognito:username":"nadia","token_use":"id","exp":1700003600,"email_verified":true},"sourceIp":["203.0.113.7"],"defaultAuthStrategy":"ALLOW","groups":["Viewers"]}"#
        );
        let access = object(json!({"sub": "s", "username": "nadia", "token_use": "access"}));
        let identity = Identity::of_user_pool(&access, false, &[]);
        assert_eq!(identity.context["username"], "nadia");
        assert_eq!(identity.context["groups"], Json::Null);
        assert_eq!(identity.context["defaultAuthStrategy"], "DENY");
        assert_eq!((identity.token_use.as_deref(), identity.groups), (Some("access"), None));
        assert_eq!(identity.principal, "nadia (s)");
    }

    #[test]
    fn oidc_and_lambda_have_their_keys_only() {
        let claims = object(json!({"sub": "auth0|5f", "iss": "https://t/", "cognito:groups": ["x"]}));
        let keys: Vec<_> = object(oidc(&claims)).keys().cloned().collect();
        assert_eq!(keys, ["sub", "issuer", "claims"]);
        assert_eq!(Identity::of_oidc(&claims).groups, None);
        assert_eq!(lambda(None), json!({}));
        assert_eq!(lambda(Some(&object(json!({"tier": "gold"})))), json!({"resolverContext": {"tier": "gold"}}));
    }

    #[test]
    fn an_iam_identity_says_what_it_does_not_know() {
        let caller = |arn: &str| IamCaller { user_arn: Some(arn.to_owned()), ..IamCaller::default() };
        let table = [
            (
                "arn:aws:sts::111122223333:assumed-role/worker/fn",
                json!(null),
                vec!["username"],
                "role worker / session fn",
            ),
            ("arn:aws:iam::111122223333:user/build/ci", json!(null), vec!["username"], "IAM user ci"),
            ("arn:aws:sts::111122223333:federated-user/bob", json!("111122223333:bob"), vec![], "federated user bob"),
            ("arn:aws:iam::111122223333:root", json!("111122223333"), vec![], "the account's root user"),
        ];
        for (arn, username, unknown, principal) in table {
            let identity = Identity::of_iam(&caller(arn), crate::iam::Permissions::default());
            let keys: Vec<_> = identity.context.as_object().unwrap().keys().cloned().collect();
            assert_eq!(
                keys,
                [
                    "accountId",
                    "cognitoIdentityPoolId",
                    "cognitoIdentityId",
                    "sourceIp",
                    "username",
                    "userArn",
                    "cognitoIdentityAuthType",
                    "cognitoIdentityAuthProvider"
                ]
            );
            assert_eq!(identity.context["accountId"], "111122223333");
            assert_eq!(identity.context["username"], username);
            assert_eq!((identity.unknown, identity.principal.as_str()), (unknown, principal));
        }
        let guest = IamCaller {
            auth_type: Some("unauthenticated".into()),
            identity_id: Some("i".into()),
            ..IamCaller::default()
        };
        assert_eq!(iam(&guest).1, ["accountId", "cognitoIdentityPoolId", "username", "userArn"]);
    }
}
