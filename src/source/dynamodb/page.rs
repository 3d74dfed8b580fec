//! Pages of a Query, Scan or Sync: the limit and the token that continues.

use std::borrow::Cow;

use base64::Engine as _;
use serde_json::{Value as Json, json};

use super::attribute::{Attribute, Item};
use super::failure::Refusal;
use super::session::Session;

/// Where a page starts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Start {
    /// The key of the last item of the page before.
    after: Option<Json>,
    /// How many items stood before it, for when that item is gone.
    at: usize,
    /// When the first page of a Sync was read, in milliseconds since 1970.
    pub started_at: Option<i64>,
}

impl Start {
    /// The start of the request's page: its `nextToken`'s, else the beginning.
    pub fn of(session: &Session<'_, '_>) -> Result<Start, Refusal> {
        let Some(token) = session.request.text("nextToken")? else { return Ok(Start::default()) };
        let read = || -> Option<Start> {
            let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).ok()?;
            let json: Json = serde_json::from_slice(&bytes).ok()?;
            Some(Start {
                after: Some(json.get("after")?.clone()),
                at: usize::try_from(json.get("at")?.as_u64()?).ok()?,
                started_at: json.get("startedAt").and_then(Json::as_i64),
            })
        };
        read().ok_or_else(invalid_token)
    }

    /// The position of the page's first item among the items of the whole answer.
    pub fn position(&self, items: &[Cow<'_, Item>], keys: &[String]) -> usize {
        let Some(after) = &self.after else { return 0 };
        items.iter().position(|item| key_of(item, keys) == *after).map_or(self.at, |at| at + 1)
    }
}

/// The token that continues behind an item.
pub fn token(last: &Item, position: usize, keys: &[String], started_at: Option<i64>) -> String {
    let mut json = json!({"after": key_of(last, keys), "at": position});
    if let (Some(started_at), Some(members)) = (started_at, json.as_object_mut()) {
        members.insert("startedAt".into(), started_at.into());
    }
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string())
}

/// The most items the request's page evaluates; none for no limit.
pub fn limit(session: &Session<'_, '_>) -> Result<Option<usize>, Refusal> {
    match session.request.integer("limit")? {
        None => Ok(None),
        Some(limit) if limit >= 1 => Ok(Some(usize::try_from(limit).unwrap_or(usize::MAX))),
        Some(limit) => Err(Refusal::validation(format!(
            "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have \
             value greater than or equal to 1"
        ))),
    }
}

/// Whether an answer ends with a token. DynamoDB stops as soon as the limit is reached and does not look whether
/// more follows: a page that is exactly full has a token even when the next page is empty.
pub fn continues(evaluated: usize, limit: Option<usize>) -> bool {
    limit.is_some_and(|limit| evaluated >= limit)
}

fn key_of(item: &Item, keys: &[String]) -> Json {
    Json::Object(keys.iter().filter_map(|key| Some((key.clone(), Attribute::to_typed(item.get(key)?)))).collect())
}

/// Unverified wording; the service's tokens are its own and are not valid here.
fn invalid_token() -> Refusal {
    Refusal::Request("Invalid pagination token given.".into())
}
