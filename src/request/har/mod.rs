//! HAR 1.2, as Chrome, Firefox, Safari and proxies really write it: members may be missing, null or of another
//! type, so only what AppSync needs is read, and nothing else can make a file unreadable.

mod entry;
mod file;
mod frames;
mod preflight;

use indexmap::IndexMap;

use super::url::{host_of, is_appsync_host, path_of, query_parameters};
use super::{BodyProblem, Capture, CapturedRequest, GraphQlBody, Recorded, RecordedBody};
use crate::error::{Error, ErrorKind, Result};
use crate::verdict::{RequestSource, Transport};
use entry::{Entry, Request, Response};
use preflight::Preflight;

/// How sure it is that an entry went to AppSync.
#[derive(PartialEq, Clone, Copy)]
enum Fit {
    /// The host is AppSync's own.
    Host,
    /// Headers that only AppSync or its clients write.
    Headers,
    /// GraphQL sent to a path `/graphql`: perhaps a custom domain.
    Path,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    hosts: IndexMap<String, usize>,
    requests: Vec<(Fit, CapturedRequest)>,
    preflights: Vec<Preflight>,
}

/// Picks the AppSync requests of a HAR file, in order.
///
/// GraphQL sent to other hosts counts where its headers are AppSync's; where none of the requests went to AppSync
/// for sure, any GraphQL request to a path `/graphql` counts (a custom domain). An entry that cannot be read is left
/// out, and so is what follows the place where a file is cut off; the capture's remarks say so.
///
/// # Errors
///
/// [`ErrorKind::Capture`]: JSON that breaks off, JSON that is not a HAR, a HAR without an AppSync request.
pub fn read(file: &str, text: &str) -> Result<Capture> {
    let entries = file::entries(file, text)?;
    let mut found = Found::default();
    let mut remarks = Vec::new();
    for (index, raw) in entries.list.iter().enumerate() {
        let mut read = found.entry(file, index, raw.get());
        if read.is_err()
            && let Some(mended) = file::mended(raw.get())
        {
            read = found.entry(file, index, &mended);
        }
        // An entry of another type (null, a number) holds nothing to read.
        if let Err(error) = read
            && raw.get().starts_with('{')
        {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            remarks.push(format!("{file}: entry {index} is not read: {message}"));
        }
    }
    let certain = found.requests.iter().any(|(fit, _)| *fit != Fit::Path);
    let chosen = found.requests.into_iter().filter(|(fit, _)| !certain || *fit != Fit::Path);
    let mut requests: Vec<CapturedRequest> = chosen.map(|(_, request)| request).collect();
    // Frames of a WebSocket stand in its entry, and other entries began between them.
    if requests.iter().all(|request| request.at_ms.is_some()) {
        requests.sort_by_key(|request| request.at_ms);
    }
    let refused = preflight::refused(&found.preflights, &mut requests);
    remarks.extend(refused.into_iter().map(|refused| format!("{file}: {refused}")));
    match entries.broken {
        Some(broken) if requests.is_empty() => return Err(broken),
        Some(broken) => {
            let last = entries.list.len().saturating_sub(1);
            remarks.push(format!("{file}: {}; nothing behind entry {last} is read", broken.message()));
        }
        None => {}
    }
    if requests.is_empty() {
        return Err(none_found(file, &found.hosts, &remarks));
    }
    Ok(Capture { requests, remarks })
}

fn none_found(file: &str, hosts: &IndexMap<String, usize>, remarks: &[String]) -> Error {
    if let Some(remark) = remarks.first() {
        let message = remark.strip_prefix(&format!("{file}: ")).unwrap_or(remark);
        return Error::new(ErrorKind::Capture, format!("the HAR holds no AppSync request; {message}")).in_file(file);
    }
    let mut seen: Vec<_> = hosts.iter().collect();
    seen.sort_by(|a, b| b.1.cmp(a.1));
    let total: usize = seen.iter().map(|(_, count)| **count).sum();
    let mut list: Vec<String> = seen.iter().take(8).map(|(host, count)| format!("{host} ({count})")).collect();
    if seen.len() > list.len() {
        list.push(format!("{} more", seen.len() - list.len()));
    }
    let message = match total {
        0 => "the HAR holds no requests".to_owned(),
        _ => format!("the HAR holds no AppSync request; its {total} went to {}", list.join(", ")),
    };
    Error::new(ErrorKind::Capture, message).in_file(file).help(
        "record while the app calls its API: POST to HOST.appsync-api.REGION.amazonaws.com/graphql, \
         or to /graphql of a custom domain",
    )
}

impl Found {
    /// Reads one entry; if it went to AppSync, its requests are kept.
    fn entry(&mut self, file: &str, index: usize, text: &str) -> serde_json::Result<()> {
        let entry: Entry<'_> = serde_json::from_str(text)?;
        let request = entry.request()?;
        let host = host_of(&request.url);
        let method = request.method.to_ascii_uppercase();
        let source = RequestSource { file: file.to_owned(), entry: Some(index), kind: "har" };
        if is_socket(&entry, &request) {
            let requests = frames::requests(&source, &entry, &request, entry.response()?);
            self.requests.extend(requests.into_iter().map(|request| (Fit::Host, request)));
        } else if entry.resource_type == "preflight" || method == "OPTIONS" {
            self.preflights.push(Preflight::new(index, &request.url, &entry.response()?, &entry.error));
        } else if matches!(method.as_str(), "POST" | "GET") {
            self.requests.extend(pick(source, &entry, request, method)?);
        }
        let host = if host.is_empty() { "no host".to_owned() } else { host };
        *self.hosts.entry(host).or_default() += 1;
        Ok(())
    }
}

fn is_socket(entry: &Entry<'_>, request: &Request) -> bool {
    entry.resource_type == "websocket" || request.url.starts_with("wss:") || request.url.starts_with("ws:")
}

fn pick(
    source: RequestSource,
    entry: &Entry<'_>,
    request: Request,
    method: String,
) -> serde_json::Result<Option<(Fit, CapturedRequest)>> {
    let (headers, url) = (request.headers(), request.url.clone());
    let (host, path) = (host_of(&url), path_of(&url).to_owned());
    let certain = is_appsync_host(&host);
    let body = if method == "GET" { get_body(&request) } else { post_body(request) };
    // A GET without a query is somebody opening the endpoint in a browser tab.
    if if certain { method == "GET" && body.problem.is_some() } else { !body.looks_like_graphql() } {
        return Ok(None);
    }
    let response = entry.response()?;
    let answered = response.headers();
    let has = |list: &[(String, String)], name: &str| list.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    let fit = if certain {
        Fit::Host
    } else if has(&headers, "x-amz-user-agent")
        || has(&headers, "x-api-key")
        || has(&answered, "x-amzn-appsync-tokensconsumed")
    {
        Fit::Headers
    } else if path.ends_with("/graphql") {
        Fit::Path
    } else {
        return Ok(None);
    };
    let fault = if response.error.is_empty() { entry.error.clone() } else { response.error.clone() };
    let recorded = recorded(response);
    let mut notes = Vec::new();
    if recorded.is_none() && !fault.is_empty() {
        notes.push(format!("no answer came: the browser says {fault}"));
    }
    if let Some(recorded) = &recorded
        && is_firewall(recorded)
    {
        notes.push("the recorded 403 is that of a firewall (WAF) in front of the API, not of AppSync".to_owned());
    }
    let captured = CapturedRequest {
        source,
        transport: Transport::Http,
        at_ms: entry.started_date_time.trim().parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
        method,
        url,
        host,
        headers,
        body,
        recorded,
        lost: Vec::new(),
        notes,
    };
    Ok(Some((fit, captured)))
}

fn is_firewall(recorded: &Recorded) -> bool {
    let error_type = recorded.body.as_json().and_then(|body| body.pointer("/errors/0/errorType"));
    recorded.status == 403 && error_type.is_some_and(|name| name == "WAFForbiddenException")
}

fn get_body(request: &Request) -> GraphQlBody {
    let mut parameters = request.parameters();
    if !parameters.iter().any(|(name, _)| name == "query") {
        parameters = query_parameters(&request.url);
    }
    GraphQlBody::from_parameters(&parameters)
}

fn post_body(request: Request) -> GraphQlBody {
    let size = request.body_size;
    match request.post_data.text() {
        Some(text) if !text.trim().is_empty() => match GraphQlBody::from_text(&text) {
            // Firefox cuts off what is long, and says so in no way but the size.
            body if body.problem.is_some() && i64::try_from(text.len()).is_ok_and(|held| held < size) => {
                GraphQlBody::without_document(BodyProblem::Lost)
            }
            body => body,
        },
        // Safari may leave the text out, and not every exporter knows the size: only a size of zero is evidence.
        Some(_) if size <= 0 => GraphQlBody::without_document(BodyProblem::Empty),
        None if size == 0 => GraphQlBody::without_document(BodyProblem::Empty),
        _ => GraphQlBody::without_document(BodyProblem::Lost),
    }
}

/// The answer; status 0 means that none came (blocked, aborted, refused by CORS).
fn recorded(response: Response) -> Option<Recorded> {
    let status = u16::try_from(response.status).ok().filter(|status| (100..600).contains(status))?;
    let headers = response.headers();
    let body = match response.text() {
        Some(text) if !text.is_empty() => RecordedBody::from_text(&text),
        // Without content the header still names the kind of refusal.
        _ => RecordedBody::Absent,
    };
    Some(Recorded { status, headers, body })
}

#[cfg(test)]
mod tests;
