//! A WebSocket in a HAR: its connect, and each frame that registers a subscription, as a request of its own.

use serde_json::{Map, Value as Json};

use super::super::socket::{self, Headers};
use super::super::url::host_of;
use super::super::{CapturedRequest, GraphQlBody, Recorded, RecordedBody};
use super::entry::{Entry, Message, Request, Response};
use crate::verdict::{Missing, RequestSource, Transport};

/// Headers of the handshake that say nothing about the request.
const HANDSHAKE: [&str; 5] =
    ["connection", "upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"];

/// A frame that was understood.
struct Frame<'m> {
    sent: bool,
    at_ms: Option<i64>,
    kind: &'m str,
    id: Option<&'m str>,
    payload: Option<&'m Json>,
}

/// The requests of a WebSocket that went to AppSync.
pub(super) fn requests(
    source: &RequestSource,
    entry: &Entry<'_>,
    request: &Request,
    response: Response,
) -> Vec<CapturedRequest> {
    let handshake = request.headers();
    if !socket::is_appsync(&request.url, &handshake) {
        return Vec::new();
    }
    let messages = entry.messages();
    let listed = messages.is_some();
    let messages: Vec<(Message, Json)> =
        messages.into_iter().flatten().filter_map(|message| message.json().map(|json| (message, json))).collect();
    let frames: Vec<Frame<'_>> = messages.iter().filter_map(|(message, json)| frame(message, json)).collect();
    let url = request.url.split('?').next().unwrap_or_default().to_owned();
    let base = CapturedRequest {
        source: source.clone(),
        host: socket::api_host(&host_of(&url)),
        method: "GET".to_owned(),
        url,
        ..CapturedRequest::default()
    };
    let mut connect = connect(&base, entry, request, &handshake, &frames, response);
    if !listed {
        connect
            .notes
            .push("the export holds no frames of the WebSocket: what was subscribed to is not in it".to_owned());
    }
    let mut requests = vec![connect];
    for (index, frame) in frames.iter().enumerate().filter(|(_, frame)| frame.sent && frame.kind == "start") {
        let later = frames.get(index..).unwrap_or_default();
        requests.push(start(&base, frame, &handshake, later));
    }
    requests
}

fn frame<'m>(message: &Message, json: &'m Json) -> Option<Frame<'m>> {
    Some(Frame {
        sent: message.direction == "send",
        at_ms: message.at_ms(),
        kind: json.get("type")?.as_str()?,
        id: json.get("id").and_then(Json::as_str),
        payload: json.get("payload"),
    })
}

/// The connect: the credential that is in the URL, in the sub-protocol, or among the headers of the handshake.
fn connect(
    base: &CapturedRequest,
    entry: &Entry<'_>,
    request: &Request,
    handshake: &Headers,
    frames: &[Frame<'_>],
    response: Response,
) -> CapturedRequest {
    let recorded = connected(frames, response);
    let (mut notes, mut lost) = (Vec::new(), Vec::new());
    let credential = socket::connect_credential(&request.url, handshake).unwrap_or_else(|fault| {
        // What AppSync refused it could not read either; else somebody may have blacked it out since.
        match recorded.as_ref().is_some_and(|recorded| recorded.status != 200) {
            true => notes.push(format!("the credential of the connect cannot be read: {fault}")),
            false => lost.push(Missing {
                fact: "header of the connect".to_owned(),
                why: format!("the credential cannot be read: {fault}"),
                give_by: "--identity FILE, or the HAR as it was exported".to_owned(),
                ..Missing::default()
            }),
        }
        None
    });
    let started = entry.started_date_time.trim().parse::<jiff::Timestamp>().ok();
    CapturedRequest {
        transport: Transport::Connect,
        at_ms: started.map(jiff::Timestamp::as_millisecond).or_else(|| frames.iter().find_map(|frame| frame.at_ms)),
        headers: with_handshake(credential.unwrap_or_default(), handshake),
        recorded,
        notes,
        lost,
        ..base.clone()
    }
}

/// The answer to a connect: a frame, or the HTTP status that refused to upgrade.
fn connected(frames: &[Frame<'_>], response: Response) -> Option<Recorded> {
    let answer = frames.iter().filter(|frame| !frame.sent).find_map(|frame| match frame.kind {
        "connection_ack" => Some((200, RecordedBody::Absent)),
        "connection_error" => {
            let payload = errors_of(frame.payload);
            Some((refused_with(&payload), RecordedBody::Json(payload)))
        }
        _ => None,
    });
    if let Some((status, body)) = answer {
        return Some(Recorded { status, headers: Vec::new(), body });
    }
    let status = u16::try_from(response.status).ok().filter(|status| (300..600).contains(status))?;
    let headers = response.headers();
    let body = response.text().filter(|text| !text.is_empty());
    Some(Recorded { status, headers, body: body.map_or(RecordedBody::Absent, |text| RecordedBody::from_text(&text)) })
}

/// The status in a refusal. (In 2021 the refusal of a credential had a class name before its type, and 400.)
fn refused_with(payload: &Json) -> u16 {
    let first = |member: &str| payload.pointer(&format!("/errors/0/{member}"));
    let code = first("errorCode").and_then(Json::as_u64).and_then(|code| u16::try_from(code).ok());
    let name = first("errorType").and_then(Json::as_str).unwrap_or_default();
    match code.filter(|code| (400..600).contains(code)) {
        Some(400) if name.ends_with("#UnauthorizedException") => 401,
        Some(code) => code,
        None => 401,
    }
}

/// A subscription's registration: a credential and a document of its own.
fn start(base: &CapturedRequest, frame: &Frame<'_>, handshake: &Headers, later: &[Frame<'_>]) -> CapturedRequest {
    let empty = Map::new();
    let extensions = frame.payload.and_then(|payload| payload.pointer("/extensions/authorization"));
    let credential = socket::from_object(extensions.and_then(Json::as_object).unwrap_or(&empty));
    let body = match frame.payload.and_then(|payload| payload.get("data")) {
        Some(Json::String(text)) => GraphQlBody::from_text(text),
        Some(json) => GraphQlBody::from_json(json),
        None => GraphQlBody::from_text(""),
    };
    CapturedRequest {
        transport: Transport::Start,
        at_ms: frame.at_ms,
        method: "POST".to_owned(),
        headers: with_handshake(credential, handshake),
        body,
        recorded: later.iter().filter(|answer| !answer.sent && answer.id == frame.id).find_map(registered),
        ..base.clone()
    }
}

/// The answer to a registration.
fn registered(frame: &Frame<'_>) -> Option<Recorded> {
    let body = match frame.kind {
        // An event arrives at subscriptions that were registered.
        "start_ack" | "data" => RecordedBody::Absent,
        "error" => RecordedBody::Json(errors_of(frame.payload)),
        _ => return None,
    };
    Some(Recorded { status: 200, headers: Vec::new(), body })
}

/// A refusal's payload as a list of errors; some services wrote a single error in its place.
fn errors_of(payload: Option<&Json>) -> Json {
    match payload {
        Some(payload) if payload.get("errors").is_some_and(Json::is_array) => payload.clone(),
        Some(error @ Json::Object(_)) => serde_json::json!({ "errors": [error] }),
        _ => serde_json::json!({ "errors": [] }),
    }
}

/// A credential's members, then the handshake's headers that it does not have. The sub-protocol may hold the other
/// request's credential.
fn with_handshake(mut credential: Headers, handshake: &Headers) -> Headers {
    let known: Vec<String> = credential.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let has_credential = known.iter().any(|name| name == "authorization" || name == "x-api-key");
    credential.extend(handshake.iter().filter_map(|(name, value)| {
        let lower = name.to_ascii_lowercase();
        let another = has_credential && (lower == "authorization" || lower == "x-api-key");
        let told = HANDSHAKE.contains(&lower.as_str()) || lower == "sec-websocket-protocol";
        (!told && !another && !known.contains(&lower)).then(|| (name.clone(), value.clone()))
    }));
    credential
}
