//! Who a caller is, in a few words.

use serde_json::Value as Json;

use super::Caller;
use crate::identity::IdentityFacts;

/// Groups that are named before the rest is counted.
const GROUPS: usize = 3;

/// A caller of a suite.
pub(in crate::suite) fn of(name: &str, facts: &IdentityFacts) -> Caller {
    Caller { name: name.to_owned(), mode: facts.mode.name(), words: words(name, facts) }
}

/// `user pool, eve, groups Editors`: the mode, and what rules ask for.
fn words(name: &str, facts: &IdentityFacts) -> String {
    let mut parts = vec![facts.mode.words().to_owned()];
    let claims = facts.claims.as_ref().or_else(|| facts.context.as_ref()?.get("claims")?.as_object());
    let text = |key: &str| claims.and_then(|claims| claims.get(key)).and_then(Json::as_str);
    let named = ["cognito:username", "username", "email", "sub"].into_iter().find_map(text);
    // A name that says it already is not said again.
    parts.extend(named.filter(|named| *named != name).map(str::to_owned));
    if text("token_use") == Some("access") {
        parts.push("access token".to_owned());
    }
    if let Some(groups) = claims.and_then(|claims| claims.get("cognito:groups")).and_then(Json::as_array) {
        let groups: Vec<&str> = groups.iter().filter_map(Json::as_str).collect();
        let more = match groups.len().checked_sub(GROUPS) {
            Some(more @ 1..) => format!(" and {more} more"),
            _ => String::new(),
        };
        let shown = groups.iter().take(GROUPS).copied().collect::<Vec<_>>().join(", ");
        match groups.as_slice() {
            [] => {}
            [_] => parts.push(format!("group {shown}")),
            _ => parts.push(format!("groups {shown}{more}")),
        }
    }
    if facts.token.is_some() && claims.is_none() {
        parts.push("by token".to_owned());
    }
    if let Some(cognito) = &facts.cognito {
        parts.extend(cognito.auth_type.clone());
    }
    if let Some(arn) = &facts.user_arn {
        // `arn:aws:sts::1:assumed-role/worker/fn`: what is behind the account.
        parts.push(arn.rsplit(':').next().unwrap_or(arn).to_owned());
    }
    if let Some(context) = &facts.resolver_context {
        let members = context.iter().take(GROUPS).map(|(key, value)| match value.as_str() {
            Some(text) => format!("{key} {text}"),
            None => format!("{key} {value}"),
        });
        parts.extend(members);
    }
    parts.join(", ")
}
