//! Made-up values as people would write them, the same everywhere: keys are `1`, of texts it is said what they are.

use serde_json::{Map, Value as Json, json};

/// The key of the record that belongs to the owner.
pub(super) const FIRST: &str = "1";
/// The key of the one that does not.
pub(super) const SECOND: &str = "2";

/// A value in which every made-up text is replaced.
pub(super) fn value(json: &Json) -> Json {
    match json {
        Json::String(text) => json!(self::text(text)),
        Json::Array(items) => Json::Array(items.iter().map(value).collect()),
        Json::Object(members) => Json::Object(members_of(members)),
        other => other.clone(),
    }
}

/// The same of every member.
pub(super) fn members_of(members: &Map<String, Json>) -> Map<String, Json> {
    members.iter().map(|(name, held)| (name.clone(), value(held))).collect()
}

fn text(text: &str) -> String {
    if let Some(name) = text.strip_prefix("some-") {
        return if is_key(name) { FIRST.to_owned() } else { format!("some {name}") };
    }
    match text {
        "any-cognitoIdentityPoolId" => "us-east-1:00000000-0000-4000-8000-000000000001".to_owned(),
        "any-cognitoIdentityId" => "us-east-1:00000000-0000-4000-8000-000000000002".to_owned(),
        _ => text
            .replace("caller-role", "some-role")
            .replace("caller-session", "some-session")
            .replace("assumed-role/some-role/session", "assumed-role/some-role/some-session"),
    }
}

/// Whether a text was made up for want of a fact.
pub(super) fn is_made_up(json: &Json) -> bool {
    let alone = json.as_array().and_then(|items| items.first()).unwrap_or(json);
    alone.as_str().is_some_and(|text| ["any-", "some-", "caller-"].iter().any(|start| text.starts_with(start)))
}

/// Whether a name is one of a key: `id`, `postId`, `blog_id`.
pub(super) fn is_key(name: &str) -> bool {
    name == "id" || name.ends_with("Id") || name.ends_with("ID") || name.ends_with("_id")
}

/// Letters, digits and single dashes: `us-east-1:Full Access` is `us-east-1-full-access`, `HRTeam` is `hr-team`.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    let letters: Vec<char> = text.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).and_then(|at| letters.get(at)), letters.get(at + 1));
        let starts = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase())
                || before.is_some_and(|before| before.is_uppercase()) && after.is_some_and(|next| next.is_lowercase()));
        if (!letter.is_alphanumeric() || starts) && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if letter.is_alphanumeric() {
            slug.extend(letter.to_lowercase());
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// With a value at a path of names.
pub(super) fn set(members: &Map<String, Json>, path: &[Json], value: Json) -> Map<String, Json> {
    let mut members = members.clone();
    if let Some((first, rest)) = path.split_first() {
        let name = first.as_str().unwrap_or_default().to_owned();
        let value = match rest.is_empty() {
            true => value,
            false => {
                let inner = members.get(&name).and_then(Json::as_object).cloned().unwrap_or_default();
                Json::Object(set(&inner, rest, value))
            }
        };
        members.insert(name, value);
    }
    members
}
