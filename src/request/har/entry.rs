//! An entry of a HAR file, as far as AppSync needs it. Members may be missing, null or of another type: what does not
//! fit counts as absent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// A member that may be of any type: what does not fit counts as absent.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned + Default>(d: D) -> Result<T, D::Error> {
    let json = Json::deserialize(d)?;
    Ok(serde_json::from_value(json).unwrap_or_default())
}

/// An entry whose parts are not read yet: most entries of a file are of no concern.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Entry<'a> {
    #[serde(deserialize_with = "lenient")]
    pub started_date_time: String,
    #[serde(borrow)]
    request: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(rename = "_webSocketMessages", borrow)]
    messages: Option<&'a RawValue>,
    #[serde(rename = "_resourceType", deserialize_with = "lenient")]
    pub resource_type: String,
    #[serde(rename = "_error", deserialize_with = "lenient")]
    pub error: String,
}

impl Entry<'_> {
    /// What was sent.
    pub fn request(&self) -> serde_json::Result<Request> {
        read(self.request)
    }

    /// What was answered.
    pub fn response(&self) -> serde_json::Result<Response> {
        read(self.response)
    }

    /// The frames of a WebSocket; none where the export has no list of them.
    pub fn messages(&self) -> Option<Vec<Message>> {
        let items: Vec<Json> = serde_json::from_str(self.messages?.get()).ok()?;
        Some(items.into_iter().map(|item| serde_json::from_value(item).unwrap_or_default()).collect())
    }
}

/// A part of an entry; one of another type counts as empty.
fn read<T: serde::de::DeserializeOwned + Default>(raw: Option<&RawValue>) -> serde_json::Result<T> {
    let Some(raw) = raw else { return Ok(T::default()) };
    match serde_json::from_str(raw.get()) {
        Err(error) if error.is_data() => {
            Ok(serde_json::from_value(serde_json::from_str(raw.get())?).unwrap_or_default())
        }
        read => read,
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Request {
    #[serde(deserialize_with = "lenient")]
    pub method: String,
    #[serde(deserialize_with = "lenient")]
    pub url: String,
    #[serde(deserialize_with = "lenient")]
    headers: Pairs,
    #[serde(deserialize_with = "lenient")]
    query_string: Pairs,
    #[serde(deserialize_with = "lenient")]
    pub post_data: PostData,
    #[serde(deserialize_with = "lenient")]
    pub body_size: i64,
}

impl Request {
    /// Its headers; HTTP/2's pseudo headers are none.
    pub fn headers(&self) -> Vec<(String, String)> {
        self.headers.list()
    }

    /// The parameters of the URL's query, as the browser took them apart.
    pub fn parameters(&self) -> Vec<(String, String)> {
        self.query_string.list()
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PostData {
    #[serde(deserialize_with = "lenient")]
    text: Option<String>,
    #[serde(deserialize_with = "lenient")]
    encoding: String,
    #[serde(rename = "_base64", deserialize_with = "lenient")]
    base64: Json,
}

impl PostData {
    /// The body that was sent, if the file holds it.
    pub fn text(self) -> Option<String> {
        match (self.text, self.base64) {
            // Some exporters mark the text, others put the encoded one beside it.
            (Some(text), Json::Bool(true)) => decode_base64(&text),
            (None, Json::String(encoded)) => decode_base64(&encoded),
            (text, _) => decoded(text?, &self.encoding),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Response {
    #[serde(deserialize_with = "lenient")]
    pub status: i64,
    #[serde(deserialize_with = "lenient")]
    headers: Pairs,
    #[serde(deserialize_with = "lenient")]
    content: Content,
    #[serde(rename = "_error", deserialize_with = "lenient")]
    pub error: String,
}

impl Response {
    /// Its headers.
    pub fn headers(&self) -> Vec<(String, String)> {
        self.headers.list()
    }

    /// Its body, if the file was exported with content.
    pub fn text(self) -> Option<String> {
        decoded(self.content.text?, &self.content.encoding)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Content {
    #[serde(deserialize_with = "lenient")]
    text: Option<String>,
    #[serde(deserialize_with = "lenient")]
    encoding: String,
}

/// A frame of a WebSocket.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Message {
    /// `send`, `receive` or `error`.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub direction: String,
    /// Seconds since 1970.
    #[serde(deserialize_with = "lenient")]
    pub time: f64,
    #[serde(deserialize_with = "lenient")]
    opcode: i64,
    #[serde(deserialize_with = "lenient")]
    data: String,
}

impl Message {
    /// The frame as JSON: frames of AppSync are. (Opcode 2 is a binary frame, which a HAR holds as base64.)
    pub fn json(&self) -> Option<Json> {
        match self.opcode {
            2 => serde_json::from_str(&decode_base64(&self.data)?).ok(),
            _ => serde_json::from_str(&self.data).ok(),
        }
    }

    /// When it went by, in milliseconds since 1970.
    pub fn at_ms(&self) -> Option<i64> {
        // A time outside of these is no time; within them the conversion is exact enough.
        (self.time > 0.0 && self.time < 1e11).then_some((self.time * 1000.0).round() as i64)
    }
}

/// A list of names and values. What is no such pair is left out.
#[derive(Deserialize, Default)]
#[serde(transparent)]
struct Pairs(Vec<Json>);

impl Pairs {
    fn list(&self) -> Vec<(String, String)> {
        let text = |pair: &Json, key: &str| pair.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let pairs = self.0.iter().map(|pair| (text(pair, "name"), text(pair, "value")));
        pairs.filter(|(name, _)| !name.is_empty() && !name.starts_with(':')).collect()
    }
}

fn decoded(text: String, encoding: &str) -> Option<String> {
    if encoding.eq_ignore_ascii_case("base64") { decode_base64(&text) } else { Some(text) }
}

fn decode_base64(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
