//! The caller as facts that can be edited: what the next token, or the next call, would have to say.

use serde_json::{Map, Value as Json, json};

use super::place;
use crate::api::AuthMode;
use crate::iam;
use crate::identity::{IdentityFacts, jwt};

/// A caller with claims in the place of his token, that of the facts or of the header: an edited token has another
/// signature, and what is asked is what the next one must hold.
pub fn by_claims(facts: Option<IdentityFacts>, mode: Option<AuthMode>, header: Option<&str>) -> Option<IdentityFacts> {
    let of_token = |mode: &AuthMode| matches!(mode, AuthMode::UserPool | AuthMode::Oidc);
    let Some(facts) = facts else {
        let claims = Some(header.and_then(claims_of)?);
        return Some(IdentityFacts { claims, whole: true, ..IdentityFacts::of_mode(mode.filter(of_token)?) });
    };
    if !of_token(&facts.mode) || facts.claims.is_some() {
        return Some(facts);
    }
    match facts.token.as_deref().or(header.filter(|_| facts.context.is_none())).and_then(claims_of) {
        Some(claims) => Some(IdentityFacts { claims: Some(claims), whole: true, token: None, ..facts }),
        None => Some(facts),
    }
}

fn claims_of(text: &str) -> Option<Map<String, Json>> {
    let (_, token) = jwt::strip_bearer(text.trim());
    Some(jwt::decode(token).ok()?.claims)
}

/// Changes a claim. A `$ctx.identity` that was given whole shows some claims twice.
pub fn edit_claims(facts: &mut IdentityFacts, path: &[Json], op: &str, value: &Json) -> Option<()> {
    if let (None, Some(context)) = (&facts.claims, &mut facts.context) {
        place::edit(context, &[&[json!("claims")], path].concat(), op, value)?;
        let member = match path.first().and_then(Json::as_str)? {
            "sub" => "sub",
            "iss" => "issuer",
            "username" | "cognito:username" => "username",
            "cognito:groups" => "groups",
            _ => return Some(()),
        };
        let claim = context.get("claims").and_then(|claims| claims.get(path.first()?.as_str()?)).cloned();
        if context.get(member).is_some() {
            place::edit(context, &[json!(member)], "set", &claim.unwrap_or_default())?;
        }
        return Some(());
    }
    let tokens = matches!(facts.mode, AuthMode::UserPool | AuthMode::Oidc);
    if !tokens {
        return None;
    }
    let mut claims = Json::Object(facts.claims.take().unwrap_or_default());
    let done = place::edit(&mut claims, path, op, value);
    facts.claims = super::case::object(claims);
    done
}

/// Changes another part of `$ctx.identity`: an IAM principal's, or what a Lambda authorizer answers.
pub fn edit_identity(facts: &mut IdentityFacts, path: &[Json], op: &str, value: &Json) -> Option<()> {
    let name = path.first()?.as_str()?;
    if facts.mode == AuthMode::Iam {
        let policies = match name {
            "policies" => Some(&mut facts.policies),
            "boundary" => Some(&mut facts.boundary),
            "sessionPolicy" => Some(&mut facts.session_policy),
            "serviceControlPolicies" => Some(&mut facts.service_control_policies),
            _ => None,
        };
        if let Some(policies) = policies {
            return iam::edit_policies(policies, path.get(1..).unwrap_or_default(), op, value);
        }
    }
    if let Some(context) = &mut facts.context {
        return place::edit(context, path, op, value);
    }
    match (facts.mode, name) {
        (AuthMode::Lambda, "resolverContext" | "deniedFields" | "isAuthorized") => {
            of_authorizer(facts, path, op, value)
        }
        (AuthMode::Iam, _) => of_principal(facts, name, op, value),
        _ => None,
    }
}

fn of_authorizer(facts: &mut IdentityFacts, path: &[Json], op: &str, value: &Json) -> Option<()> {
    let (first, rest) = path.split_first()?;
    if first == "isAuthorized" {
        // What is no object has no members: the answer is made one.
        let answer = facts.authorizer.take().filter(Json::is_object);
        facts.authorizer = Some(answer.unwrap_or_else(|| json!({})));
    }
    if let Some(answer) = &mut facts.authorizer {
        return place::edit(answer, path, op, value);
    }
    if first != "resolverContext" {
        return None;
    }
    let mut context = Json::Object(facts.resolver_context.take().unwrap_or_default());
    let done = place::edit(&mut context, rest, op, value);
    facts.resolver_context = super::case::object(context);
    done
}

fn of_principal(facts: &mut IdentityFacts, name: &str, op: &str, value: &Json) -> Option<()> {
    let text = match (op, value) {
        ("set", Json::String(text)) => Some(text.clone()),
        ("remove", Json::Null) => None,
        _ => return None,
    };
    let mut cognito = facts.cognito.clone().unwrap_or_default();
    match name {
        "userArn" => facts.user_arn = text,
        "accountId" => facts.account_id = text,
        "username" => facts.username = text,
        "cognitoIdentityPoolId" => cognito.identity_pool_id = text,
        "cognitoIdentityId" => cognito.identity_id = text,
        "cognitoIdentityAuthType" => cognito.auth_type = text,
        "cognitoIdentityAuthProvider" => cognito.auth_provider = text,
        _ => return None,
    }
    if name.starts_with("cognito") {
        facts.cognito = Some(cognito);
    }
    Some(())
}

/// Somebody who comes by a mode, of whom nothing but that is known: the claims every token has, an IAM principal of no
/// role. Edits, so that a report says with whom a fix was tried.
pub fn anybody(mode: AuthMode) -> Vec<(&'static str, Vec<Json>, Json)> {
    match mode {
        AuthMode::UserPool => {
            let claims = json!({ "sub": "somebody", "username": "somebody", "token_use": "access" });
            vec![("claims", Vec::new(), claims)]
        }
        AuthMode::Oidc => vec![("claims", Vec::new(), json!({ "sub": "somebody" }))],
        AuthMode::Iam => {
            let arn = json!("arn:aws:sts::123456789012:assumed-role/somebody/session");
            vec![("identity", vec![json!("userArn")], arn), ("identity", vec![json!("username")], json!("somebody"))]
        }
        AuthMode::Lambda => vec![("identity", vec![json!("resolverContext")], json!({}))],
        AuthMode::ApiKey => Vec::new(),
    }
}
