//! Callers who are nearly those of the suite: with a claim less, or one of another kind, as far as their provider would
//! issue such a token, or expressly beyond that. Every token of a user pool says `sub` and who it is, and groups in a list; a provider of one's own
//! may put anything into a token.

use serde_json::{Map, Value as Json, json};

use super::super::plain::slug;

/// Whether tokens are as providers issue them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Issued {
    /// As they do.
    AsProvidersDo,
    /// As nobody does: templates ask for it all the same.
    AsNobodyDoes,
}

/// The variants of a caller, each with its name and what is different.
pub(super) fn variants(name: &str, identity: &Json, issued: Issued) -> Vec<(String, Json, String)> {
    let mut found = Vec::new();
    let Some(claims) = identity.get("claims").and_then(Json::as_object) else { return found };
    let of_pool = issued == Issued::AsProvidersDo && identity.get("mode").is_some_and(|mode| mode == "userPool");
    // What a user pool writes itself.
    let is_fixed = |claim: &str| of_pool && (claim == "sub" || claim == "username" || claim.starts_with("cognito:"));
    let mut add = |suffix: String, note: String, claims: Map<String, Json>| {
        let mut identity = identity.clone();
        if let Some(members) = identity.as_object_mut() {
            members.insert("claims".to_owned(), Json::Object(claims));
            found.push((format!("{name}-{suffix}"), identity, note));
        }
    };
    let with = |claim: &str, value: Json| {
        let mut claims = claims.clone();
        claims.insert(claim.to_owned(), value);
        claims
    };
    let without = |claim: &str| {
        let mut claims = claims.clone();
        claims.shift_remove(claim);
        claims
    };
    for (claim, value) in claims {
        let short = slug(claim.rsplit([':', '/']).next().unwrap_or(claim));
        match value {
            Json::Array(items) => {
                let first = items.first().cloned().unwrap_or_default();
                let text = first.as_str().unwrap_or_default();
                let listed = json!([text]).to_string();
                add(format!("{short}-two"), format!("several {claim}"), with(claim, json!(["other", text])));
                if is_fixed(claim) {
                    continue;
                }
                add(format!("{short}-text"), format!("{claim} is a text"), with(claim, first.clone()));
                add(format!("{short}-json"), format!("{claim} is a list in a text"), with(claim, json!(listed)));
                add(format!("{short}-none"), format!("{claim} is an empty list"), with(claim, json!([])));
                add(format!("{short}-empty"), format!("an empty name in {claim}"), with(claim, json!([""])));
            }
            _ => {
                if !(matches!(claim.as_str(), "sub" | "username" | "cognito:username") || of_pool && claim == "email") {
                    add(format!("{short}-list"), format!("{claim} is a list"), with(claim, json!([value])));
                    let listed = json!([value]).to_string();
                    add(format!("{short}-json"), format!("{claim} is a list in a text"), with(claim, json!(listed)));
                }
                // An access token says `username`.
                if claim == "cognito:username" {
                    let mut claims = without(claim);
                    claims.insert("username".to_owned(), value.clone());
                    add("access-token".to_owned(), "with the access token".to_owned(), claims);
                }
            }
        }
    }
    for (claim, _) in claims.iter().filter(|(claim, value)| !value.is_array() && !is_fixed(claim)) {
        let short = slug(claim.rsplit([':', '/']).next().unwrap_or(claim));
        add(format!("without-{short}"), format!("the token has no {claim}"), without(claim));
    }
    let texts = claims.iter().filter(|(claim, value)| value.is_string() && !is_fixed(claim));
    let texts: Vec<&String> = texts.map(|(name, _)| name).collect();
    if texts.len() > 1 {
        let mut claims = claims.clone();
        texts.iter().for_each(|claim| drop(claims.shift_remove(*claim)));
        add("nameless".to_owned(), format!("the token has no {}", listed(&texts)), claims);
    }
    found
}

fn listed(names: &[&String]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", no ")
}
