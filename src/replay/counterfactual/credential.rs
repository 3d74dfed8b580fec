//! Edits of credentials, authorizers' answers and policies in words: what to ask for, not which member to write.

use serde_json::Value as Json;

use super::super::time;
use super::words::text;
use crate::api::AuthMode;
use crate::explain::words::value;
use crate::report::{Edit, RequestReport};

/// What the next token must be, whoever it is for.
pub fn token(edit: &Edit, report: &RequestReport) -> Option<String> {
    let ([Json::String(claim)], "set") = (edit.path.as_slice(), edit.op) else { return None };
    let said = text(&edit.value);
    Some(match claim.as_str() {
        "exp" => match late(report) {
            Some(late) => format!("a refreshed token: the one sent expired {late}"),
            None => "a token that has not expired".to_owned(),
        },
        "nbf" => "a token that is valid already".to_owned(),
        "iat" => "a token issued anew".to_owned(),
        "auth_time" => "a new login".to_owned(),
        "iss" => match said.rsplit_once('/').filter(|_| said.contains("://cognito-idp.")) {
            Some((_, pool)) => format!("a token of user pool {pool}"),
            None => format!("a token of issuer {said}"),
        },
        "aud" | "client_id" => format!("a token for client {said}"),
        "token_use" if said == "id" => "the ID token sent instead".to_owned(),
        "token_use" => format!("the {said} token sent instead"),
        _ => return None,
    })
}

/// Whether another edit of the token says as much: whoever has a refreshed one has one that was issued anew.
pub fn is_said_by_another(edit: &Edit, edits: &[Edit]) -> bool {
    let sets = |edit: &Edit, claim: &str| edit.target == "claims" && edit.op == "set" && edit.path == [claim];
    sets(edit, "iat") && edits.iter().any(|other| sets(other, "exp") || sets(other, "auth_time"))
}

/// How long before the request the token expired, by the gate's check: `4 h 3 min before the request`.
fn late(report: &RequestReport) -> Option<&str> {
    let mut checks = report.gate.iter().flat_map(|gate| &gate.checks).filter(|check| check.code == "token-expired");
    let (_, late) = checks.next()?.found.rsplit_once(", ")?;
    late.ends_with("before the request").then_some(late)
}

/// Another API key in place of one that was refused.
pub fn another_key(edit: &Edit, report: &RequestReport, ends: Option<i64>) -> Option<String> {
    let code = report.cause.as_ref()?.code;
    if edit.value != AuthMode::ApiKey.name() || !matches!(code, "api-key-expired" | "api-key-unknown") {
        return None;
    }
    Some(match (ends, code) {
        (Some(ends), _) => format!("the API's key that ends {}", time(ends)),
        (None, "api-key-expired") => "a key of the API that has not expired".to_owned(),
        (None, _) => "a key that the API has".to_owned(),
    })
}

/// What a Lambda authorizer would have to answer.
pub fn authorizer(edit: &Edit) -> Option<String> {
    match (edit.path.first()?.as_str()?, edit.op) {
        ("isAuthorized", "set") => Some(format!("the Lambda authorizer answers isAuthorized {}", text(&edit.value))),
        ("deniedFields", "remove") => {
            Some(format!("the Lambda authorizer's deniedFields without {}", value(&edit.value)))
        }
        _ => None,
    }
}

/// What the policies would have to say.
pub fn policy(edit: &Edit) -> Option<String> {
    let (layer, rest) = edit.path.split_first()?;
    let to = match layer.as_str()? {
        "policies" => "a policy that allows",
        "boundary" => "the permissions boundary also allows",
        "sessionPolicy" => "the session policy also allows",
        "serviceControlPolicies" => "the service control policy also allows",
        _ => return None,
    };
    let statement = |policy: &Json, number: &Json| format!("statement {number} of policy `{}`", text(policy));
    Some(match (rest, edit.op) {
        ([], "add") => {
            let resource = edit.value.pointer("/Statement/0/Resource").map(text).unwrap_or_default();
            format!("{to} appsync:GraphQL on {resource}")
        }
        ([policy, number], "remove") => format!("without {}, which denies it", statement(policy, number)),
        ([policy, number, member], "set") => {
            let member = text(member).to_lowercase();
            let names = edit.value.as_array().map(|names| names.iter().map(text).collect::<Vec<_>>().join(", "));
            format!("{} with {member} {}", statement(policy, number), names.unwrap_or_else(|| text(&edit.value)))
        }
        _ => return None,
    })
}

/// Whether an edit gives the API another mode.
pub fn is_mode_of_api(edit: &Edit) -> bool {
    edit.target == "schema" && edit.path == ["modes"] && !text(&edit.value).starts_with('@')
}
