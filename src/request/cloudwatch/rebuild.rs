//! A request out of its events.

use serde_json::Value as Json;

use super::group::Pending;
use super::message::{self, Entry, Query};
use super::{KIND, LogEvent, LoggedRequest, context, count};
use crate::identity::mask::masked_tail;
use crate::request::url::host_of;
use crate::request::{BodyProblem, CapturedRequest, GraphQlBody, Recorded, RecordedBody};
use crate::verdict::RequestSource;

/// The `entry`th request of a log.
pub(super) fn request(file: &str, entry: usize, id: String, pending: Pending) -> LoggedRequest {
    let Pending { mut events, dropped, .. } = pending;
    if events.iter().all(|event| event.at_ms.is_some()) {
        events.sort_by_key(|event| event.at_ms);
    }
    let mut at_ms = events.iter().find_map(|event| event.at_ms);
    let (mut query, mut headers, mut answer_headers, mut status) = (None, None, None, None);
    let (mut templates, mut whole, mut cut, mut unreadable) = (Vec::new(), None, false, 0);
    for LogEvent { message, .. } in &events {
        whole = whole.or_else(|| context::find(message).filter(|context| is_of(context, &id)));
        match message::entry(message) {
            Entry::Query(line) => query = query.or(Some(line)),
            Entry::RequestHeaders(map) => headers = headers.or(Some(map)),
            Entry::ResponseHeaders(map) => answer_headers = answer_headers.or(Some(map)),
            Entry::Status(found) => status = status.or(Some(found)),
            Entry::Template(template) => templates.push(*template),
            Entry::Began(began) => at_ms = at_ms.or(Some(began)),
            Entry::Cut => cut = true,
            Entry::Unreadable => unreadable += 1,
            Entry::Other => {}
        }
    }
    let mut gaps = Vec::new();
    let body = body(query, cut, &mut gaps);
    if headers.is_none() {
        gaps.push("the log has no request headers: verbose content is off, or the event is missing".to_owned());
    }
    if status.is_none() {
        gaps.push("the log has no RequestSummary: the status is not known".to_owned());
    }
    if cut {
        gaps.push("the log hit AppSync's limit of 1 MB a request: its last event is cut off".to_owned());
    }
    if dropped > 0 {
        let dropped = count(dropped, "event of the request was", "events of the request were");
        gaps.push(format!("{dropped} left out: it has more than 4 MB of them"));
    }
    if unreadable > 0 {
        gaps.push(count(unreadable, "event", "events") + " of the request cannot be read");
    }
    let mut headers = headers.unwrap_or_default();
    if let Some(whole) = &whole {
        unmask(&mut headers, whole);
    }
    at_ms = at_ms.or_else(|| traced_at(&headers));
    if at_ms.is_none() {
        gaps.push("the log has no times: export it with them, or give --now".to_owned());
    }
    let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| host_of(value));
    LoggedRequest {
        id,
        request: CapturedRequest {
            source: RequestSource { file: file.to_owned(), entry: Some(entry), kind: KIND },
            at_ms,
            method: "POST".to_owned(),
            url: String::new(),
            host: host.unwrap_or_default(),
            headers,
            body,
            recorded: status.map(|status| Recorded {
                status,
                headers: answer_headers.unwrap_or_default(),
                body: RecordedBody::Absent,
            }),
            ..CapturedRequest::default()
        },
        templates,
        context: whole,
        gaps,
    }
}

fn body(query: Option<Query>, cut: bool, gaps: &mut Vec<String>) -> GraphQlBody {
    let lost = || GraphQlBody::without_document(BodyProblem::Lost);
    match query {
        None => {
            gaps.push("the log has no query: verbose content is off, or the event is missing".to_owned());
            lost()
        }
        Some(Query { document, operation, variables: Some(variables) }) => {
            GraphQlBody::new(document, variables, operation)
        }
        // A document that declares none needs none.
        Some(Query { document, operation, variables: None }) if !cut && !document.contains('$') => {
            GraphQlBody::new(document, serde_json::Map::new(), operation)
        }
        Some(_) => {
            gaps.push("the query's variables cannot be read from the log".to_owned());
            lost()
        }
    }
}

/// Whether a context is of this request, as far as its headers tell.
fn is_of(whole: &Json, id: &str) -> bool {
    context::request_id(whole).is_none_or(|of| of == id)
}

/// The moment in a trace id, `Root=1-SECONDS-…` with the seconds in hexadecimal.
fn traced_at(headers: &[(String, String)]) -> Option<i64> {
    let (_, trace) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amzn-trace-id"))?;
    let (_, root) = trace.split_once("Root=1-")?;
    i64::from_str_radix(root.get(..8)?, 16).ok()?.checked_mul(1000)
}

/// A whole context has the headers in clear: they take the place of those that AppSync masked, where the last
/// characters agree.
fn unmask(headers: &mut Vec<(String, String)>, context: &Json) {
    let clear = context.get("request").and_then(|request| request.get("headers")).and_then(Json::as_object);
    for (name, value) in clear.into_iter().flatten() {
        let Some(value) = value.as_str() else { continue };
        match headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, known)) if masked_tail(known).is_some_and(|tail| value.ends_with(tail)) => {
                value.clone_into(known);
            }
            Some(_) => {}
            None => headers.push((name.clone(), value.to_owned())),
        }
    }
}
