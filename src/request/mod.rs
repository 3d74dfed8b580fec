//! What was asked: captured requests, and the GraphQL operation inside one.
//!
//! Knows captures and GraphQL; knows neither templates nor who the caller is.

mod body;
mod capture;
pub mod cloudwatch;
mod command;
mod curl;
mod cursor;
mod fetch;
mod first_value;
pub mod har;
mod http;
mod json;
pub mod operation;
mod powershell;
mod shell;
mod socket;
pub(crate) mod text;
mod url;

pub use body::{BodyProblem, GraphQlBody};
pub use capture::{Capture, read, read_capture};
pub use socket::wrong_endpoint;

use serde_json::Value as Json;

use crate::identity::mask::masked_tail;
use crate::verdict::{Missing, RequestSource, Transport};

/// One request as a capture holds it.
#[derive(Debug, Clone, Default)]
pub struct CapturedRequest {
    /// The file and entry it came from.
    pub source: RequestSource,
    /// How it went to AppSync.
    pub transport: Transport,
    /// When it was sent, in milliseconds since 1970 (UTC).
    pub at_ms: Option<i64>,
    /// `POST` or `GET`.
    pub method: String,
    /// The whole URL, of a WebSocket without its query, which holds the credential; empty when the capture has none.
    pub url: String,
    /// The host of the GraphQL endpoint without port, in lower case; empty when the capture has none.
    pub host: String,
    /// Headers in order, names as captured; HTTP/2 pseudo headers are left out. Over a WebSocket the members of the
    /// credential come first.
    pub headers: Vec<(String, String)>,
    /// The GraphQL request. A WebSocket's connect has none.
    pub body: GraphQlBody,
    /// The answer, when the capture holds one.
    pub recorded: Option<Recorded>,
    /// What the capture names and does not hold: the value of a shell variable, a file.
    pub lost: Vec<Missing>,
    /// Remarks about how it was captured.
    pub notes: Vec<String>,
}

impl CapturedRequest {
    /// The first header of a name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// AppSync's id of the request, as the recorded answer's headers have it.
    pub fn request_id(&self) -> Option<&str> {
        let headers = self.recorded.iter().flat_map(|recorded| &recorded.headers);
        headers.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("x-amzn-requestid")).map(|(_, id)| id.as_str())
    }

    /// Whether the capture may lack a credential that was sent: browsers write HAR files without `Authorization`
    /// unless asked for sensitive data (what goes over a WebSocket they keep), AppSync masks it in its logs, and a command
    /// may take it from elsewhere.
    pub fn may_have_lost_credentials(&self) -> bool {
        let by_kind = match self.source.kind {
            "har" => self.transport == Transport::Http,
            // A log that has the headers has the names of all of them; the values of credentials are masked.
            cloudwatch::KIND => self.headers.is_empty() || self.header("authorization").and_then(masked_tail).is_some(),
            _ => false,
        };
        by_kind || self.lost.iter().any(|lost| lost.fact.starts_with("header"))
    }
}

/// The answer a capture holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The HTTP status.
    pub status: u16,
    /// Headers in order, names as captured.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: RecordedBody,
}

/// The body of a recorded answer.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordedBody {
    /// It was JSON.
    Json(Json),
    /// It was something else.
    Text(String),
    /// The capture was made without bodies.
    Absent,
}

impl RecordedBody {
    /// A body from its text.
    pub fn from_text(text: &str) -> RecordedBody {
        serde_json::from_str(text).map_or_else(|_| RecordedBody::Text(text.to_owned()), RecordedBody::Json)
    }

    /// The body, when it was JSON.
    pub fn as_json(&self) -> Option<&Json> {
        match self {
            RecordedBody::Json(json) => Some(json),
            _ => None,
        }
    }
}
