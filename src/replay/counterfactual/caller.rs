//! The caller as facts that can be edited: what the next token, or the next call, would have to say.

use serde_json::{Map, Value as Json, json};

use super::place;
use crate::api::AuthMode;
use crate::identity::{IdentityFacts, jwt};
use crate::report::RequestReport;
use crate::request::CapturedRequest;

/// Who sent a request. The claims of a token take the token's place: an edited token has another signature, and what
/// is asked is what the next one must hold.
pub fn of_request(
    facts: Option<&IdentityFacts>,
    request: &CapturedRequest,
    report: &RequestReport,
) -> Option<IdentityFacts> {
    if let Some(facts) = facts {
        let mut facts = with_claims(facts.clone());
        if facts.claims.is_none() && facts.context.is_none() {
            facts.claims = request.header("authorization").and_then(claims_of);
        }
        return Some(facts);
    }
    let mode = AuthMode::from_name(report.gate.as_ref()?.mode?)?;
    match mode {
        AuthMode::UserPool | AuthMode::Oidc => {
            let claims = request.header("authorization").and_then(claims_of)?;
            Some(IdentityFacts { claims: Some(claims), ..IdentityFacts::of_mode(mode) })
        }
        _ => None,
    }
}

/// Facts with the claims of their token in its place.
pub fn with_claims(mut facts: IdentityFacts) -> IdentityFacts {
    let tokens = matches!(facts.mode, AuthMode::UserPool | AuthMode::Oidc);
    if tokens && facts.claims.is_none() {
        facts.claims = facts.token.as_deref().and_then(claims_of);
        if facts.claims.is_some() {
            facts.token = None;
        }
    }
    facts
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
    if let Some(context) = &mut facts.context {
        return place::edit(context, path, op, value);
    }
    match (facts.mode, name) {
        (AuthMode::Lambda, "resolverContext" | "deniedFields") => of_authorizer(facts, path, op, value),
        (AuthMode::Iam, _) => of_principal(facts, name, op, value),
        _ => None,
    }
}

fn of_authorizer(facts: &mut IdentityFacts, path: &[Json], op: &str, value: &Json) -> Option<()> {
    if let Some(answer) = &mut facts.authorizer {
        return place::edit(answer, path, op, value);
    }
    let (first, rest) = path.split_first()?;
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
