//! Tokens of other requests of a capture: one of them may be what a request with an old one needed.

use serde_json::{Map, Value as Json};

use crate::identity::jwt;
use crate::request::CapturedRequest;
use crate::verdict::RequestSource;

/// A token as some request sent it.
#[derive(Debug, Clone)]
pub struct SentToken {
    /// The request.
    source: RequestSource,
    /// The whole header.
    pub header: String,
    claims: Map<String, Json>,
}

impl SentToken {
    /// The JWT of a request, if it sent one.
    pub fn of(request: &CapturedRequest) -> Option<SentToken> {
        let header = request.header("authorization")?.trim().to_owned();
        let claims = jwt::decode(jwt::strip_bearer(&header).1).ok()?.claims;
        Some(SentToken { source: request.source.clone(), header, claims })
    }

    /// Whether it is another token of the same user, out of the same capture.
    pub fn could_replace(&self, other: &SentToken) -> bool {
        let same = |claim: &str| self.claims.get(claim).is_some() && self.claims.get(claim) == other.claims.get(claim);
        self.source.file == other.source.file && self.header != other.header && same("sub") && same("iss")
    }

    /// `entry #7`
    pub fn in_words(&self) -> Option<String> {
        self.source.entry.map(|entry| format!("entry #{entry}"))
    }
}
