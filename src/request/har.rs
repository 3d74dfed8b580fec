//! HAR 1.2, as Chrome, Firefox, Safari and proxies really write it: members may be missing, null or of another
//! type, so only what AppSync needs is read, and nothing else can make a file unreadable.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::{BodyProblem, CapturedRequest, GraphQlBody, Recorded, RecordedBody, host_of, path_of, query_parameters};
use crate::error::{Error, ErrorKind, Result};
use crate::json_file;
use crate::verdict::RequestSource;

/// A member that may be of any type: what does not fit counts as absent.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned + Default>(d: D) -> Result<T, D::Error> {
    let json = Json::deserialize(d)?;
    Ok(serde_json::from_value(json).unwrap_or_default())
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    #[serde(deserialize_with = "lenient")]
    started_date_time: String,
    #[serde(deserialize_with = "lenient")]
    request: Request,
    #[serde(deserialize_with = "lenient")]
    response: Response,
    #[serde(rename = "_resourceType", deserialize_with = "lenient")]
    resource_type: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Request {
    #[serde(deserialize_with = "lenient")]
    method: String,
    #[serde(deserialize_with = "lenient")]
    url: String,
    #[serde(deserialize_with = "lenient")]
    headers: Vec<Pair>,
    #[serde(deserialize_with = "lenient")]
    query_string: Vec<Pair>,
    #[serde(deserialize_with = "lenient")]
    post_data: Option<PostData>,
    #[serde(deserialize_with = "lenient")]
    body_size: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pair {
    #[serde(deserialize_with = "lenient")]
    name: String,
    #[serde(deserialize_with = "lenient")]
    value: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PostData {
    #[serde(deserialize_with = "lenient")]
    text: Option<String>,
    #[serde(deserialize_with = "lenient")]
    encoding: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Response {
    #[serde(deserialize_with = "lenient")]
    status: i64,
    #[serde(deserialize_with = "lenient")]
    headers: Vec<Pair>,
    #[serde(deserialize_with = "lenient")]
    content: Content,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Content {
    #[serde(deserialize_with = "lenient")]
    text: Option<String>,
    #[serde(deserialize_with = "lenient")]
    encoding: String,
}

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

/// Picks the AppSync requests of a HAR file, in order.
///
/// GraphQL sent to other hosts counts where its headers are AppSync's; where none of the requests went to AppSync
/// for sure, any GraphQL request to a path `/graphql` counts (a custom domain).
///
/// # Errors
///
/// [`ErrorKind::Capture`]: JSON that breaks off, JSON that is not a HAR, a HAR without an AppSync request.
pub fn read(file: &str, text: &str) -> Result<Vec<CapturedRequest>> {
    from_json(file, json_file::parse(ErrorKind::Capture, file, text)?)
}

/// As [`read`], of a text that is already parsed.
pub(super) fn from_json(file: &str, mut json: Json) -> Result<Vec<CapturedRequest>> {
    let entries = json.get_mut("log").and_then(|log| log.get_mut("entries")).map(Json::take);
    let Some(Json::Array(entries)) = entries else {
        let what = match json.get("log") {
            Some(log) => format!("`log` has no list `entries`; it is {}", json_file::describe(log)),
            None => format!("there is no `log`; this is {}", json_file::describe(&json)),
        };
        return Err(Error::new(ErrorKind::Capture, format!("not a HAR: {what}")).in_file(file));
    };
    let mut hosts: IndexMap<String, usize> = IndexMap::new();
    let mut found: Vec<(Fit, CapturedRequest)> = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let entry: Entry = serde_json::from_value(entry).unwrap_or_default();
        *hosts.entry(host_of(&entry.request.url)).or_default() += 1;
        found.extend(pick(file, index, entry));
    }
    let certain = found.iter().any(|(fit, _)| *fit != Fit::Path);
    let requests: Vec<_> =
        found.into_iter().filter(|(fit, _)| !certain || *fit != Fit::Path).map(|(_, request)| request).collect();
    if requests.is_empty() { Err(none_found(file, &hosts)) } else { Ok(requests) }
}

fn none_found(file: &str, hosts: &IndexMap<String, usize>) -> Error {
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

fn pick(file: &str, index: usize, entry: Entry) -> Option<(Fit, CapturedRequest)> {
    let Entry { started_date_time, request, response, resource_type } = entry;
    let method = request.method.to_ascii_uppercase();
    if resource_type == "preflight" || resource_type == "websocket" || !matches!(method.as_str(), "POST" | "GET") {
        return None;
    }
    let (headers, answer_headers) = (pairs(request.headers), pairs(response.headers));
    let host = host_of(&request.url);
    let body = if method == "GET" {
        let mut parameters = pairs(request.query_string);
        if !parameters.iter().any(|(name, _)| name == "query") {
            parameters = query_parameters(&request.url);
        }
        GraphQlBody::from_parameters(&parameters)
    } else {
        post_body(request.post_data, request.body_size)
    };
    let has = |list: &[(String, String)], name: &str| list.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    let fit = if is_appsync_host(&host) {
        // A GET without a query is somebody opening the endpoint in a browser tab.
        if method == "GET" && body.problem.is_some() {
            return None;
        }
        Fit::Host
    } else if !body.looks_like_graphql() {
        return None;
    } else if has(&headers, "x-amz-user-agent")
        || has(&headers, "x-api-key")
        || has(&answer_headers, "x-amzn-appsync-tokensconsumed")
    {
        Fit::Headers
    } else if path_of(&request.url).ends_with("/graphql") {
        Fit::Path
    } else {
        return None;
    };
    let captured = CapturedRequest {
        source: RequestSource { file: file.to_owned(), entry: Some(index), kind: "har" },
        at_ms: started_date_time.trim().parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
        method,
        url: request.url,
        host,
        headers,
        body,
        recorded: recorded(response.status, answer_headers, response.content),
    };
    Some((fit, captured))
}

/// `ID.appsync-api.REGION.amazonaws.com`, also in China's partition and with a private API's endpoint prefix.
fn is_appsync_host(host: &str) -> bool {
    let host = host.strip_suffix(".cn").unwrap_or(host);
    host.strip_suffix(".amazonaws.com").is_some_and(|rest| rest.split('.').rev().nth(1) == Some("appsync-api"))
}

fn pairs(list: Vec<Pair>) -> Vec<(String, String)> {
    list.into_iter().filter(|pair| !pair.name.starts_with(':')).map(|pair| (pair.name, pair.value)).collect()
}

fn post_body(data: Option<PostData>, size: i64) -> GraphQlBody {
    let text = data.and_then(|data| {
        let text = data.text?;
        if data.encoding.eq_ignore_ascii_case("base64") { decode_base64(&text) } else { Some(text) }
    });
    match text {
        Some(text) if !text.trim().is_empty() => GraphQlBody::from_text(&text),
        // Safari may leave the text out, and not every exporter knows the size: only a size of zero is evidence.
        Some(_) if size <= 0 => GraphQlBody::without_document(BodyProblem::Empty),
        None if size == 0 => GraphQlBody::without_document(BodyProblem::Empty),
        _ => GraphQlBody::without_document(BodyProblem::Lost),
    }
}

fn decode_base64(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The answer; status 0 means that none came (blocked, aborted, refused by CORS).
fn recorded(status: i64, headers: Vec<(String, String)>, content: Content) -> Option<Recorded> {
    let status = u16::try_from(status).ok().filter(|status| (100..600).contains(status))?;
    let text = content.text.and_then(|text| {
        if content.encoding.eq_ignore_ascii_case("base64") { decode_base64(&text) } else { Some(text) }
    });
    let body = match text {
        Some(text) if !text.is_empty() => RecordedBody::from_text(&text),
        _ => RecordedBody::Absent,
    };
    Some(Recorded { status, headers, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HOST: &str = "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql";

    fn entry(method: &str, url: &str, body: &str) -> Json {
        json!({"startedDateTime": "2026-01-15T13:00:00.250+01:00",
               "request": {"method": method, "url": url, "headers": [{"name": ":authority", "value": "x"}],
                           "postData": {"mimeType": "application/json", "text": body}, "bodySize": body.len()},
               "response": {"status": 200, "headers": [], "content": {"text": "{\"data\":null}"}}})
    }

    fn har(entries: &[Json]) -> String {
        json!({"log": {"version": "1.2", "entries": entries}}).to_string()
    }

    #[test]
    fn appsync_requests_are_picked_with_their_entry_index() {
        let query = r#"{"query":"query Q { a }"}"#;
        let mut preflight = entry("OPTIONS", HOST, "");
        preflight["_resourceType"] = json!("preflight");
        let found = read(
            "f.har",
            &har(&[
                entry("GET", "https://app.example.com/", ""),
                preflight,
                entry("POST", HOST, query),
                entry("POST", "https://api.github.com/graphql", query),
                entry("GET", &format!("{HOST}?query=%7B%20b%20%7D&variables=%7B%22x%22%3A1%7D"), ""),
                entry("POST", "https://abc.appsync-api.cn-north-1.amazonaws.com.cn/graphql", query),
            ]),
        )
        .unwrap();
        let picked: Vec<_> = found.iter().map(|request| (request.source.entry, request.body.query.as_str())).collect();
        assert_eq!(picked, [(Some(2), "query Q { a }"), (Some(4), "{ b }"), (Some(5), "query Q { a }")]);
        assert_eq!(found[1].body.variables["x"], 1);
        assert_eq!(found[0].at_ms, Some(1_768_478_400_250));
        assert!(found[0].headers.is_empty(), "pseudo headers are not headers");
        assert_eq!(found[0].recorded.as_ref().unwrap().body.as_json(), Some(&json!({"data": null})));
    }

    #[test]
    fn a_custom_domain_counts_by_its_path_or_by_its_headers() {
        let query = r#"{"query":"{ a }"}"#;
        assert_eq!(read("f", &har(&[entry("POST", "https://api.example.com/graphql", query)])).unwrap().len(), 1);
        let mut hinted = entry("POST", "https://api.example.com/v1", query);
        hinted["request"]["headers"] = json!([{"name": "X-Api-Key", "value": "da2-x"}]);
        let found = read("f", &har(&[hinted, entry("POST", "https://other.example.com/graphql", query)])).unwrap();
        assert_eq!(found.len(), 1, "a certain one leaves out the doubtful");
        assert_eq!(found[0].header("x-api-key"), Some("da2-x"));
    }

    #[test]
    fn real_files_break_the_specification() {
        let text = json!({"log": {"entries": [
            {"request": {"method": "post", "url": HOST, "headers": null, "queryString": "none", "bodySize": -1,
                         "postData": {"text": "{\"query\":\"{ a }\"}", "params": 3}},
             "response": {"status": 401, "content": {"text": "eyJlcnJvcnMiOltdfQ==", "encoding": "base64"}}},
            {"startedDateTime": 5, "request": {"method": "POST", "url": HOST, "bodySize": 99},
             "response": {"status": 0}},
            {"request": "gone"}, null, 7,
        ]}})
        .to_string();
        let found = read("f.har", &text).unwrap();
        assert_eq!(found.len(), 2);
        let recorded = found[0].recorded.as_ref().unwrap();
        assert_eq!((recorded.status, recorded.body.as_json()), (401, Some(&json!({"errors": []}))));
        assert_eq!(found[1].body.problem, Some(BodyProblem::Lost));
        assert_eq!((found[1].recorded.as_ref(), found[1].at_ms), (None, None));
    }

    #[test]
    fn errors_say_what_the_file_is() {
        let cut = har(&[entry("POST", HOST, "{}")]);
        let cases = [
            (cut[..120].to_owned(), "the file ends in the middle of"),
            (
                "{\"swagger\":\"2.0\"}".to_owned(),
                "not a HAR: there is no `log`; this is an object with the keys `swagger`",
            ),
            ("{\"log\":{\"pages\":[]}}".to_owned(), "not a HAR: `log` has no list `entries`; it is an object"),
            (har(&[]), "the HAR holds no requests"),
            (
                har(&[
                    entry("GET", "https://a.example/1", ""),
                    entry("GET", "https://b.example/2", ""),
                    entry("POST", "https://b.example/3", "{}"),
                ]),
                "the HAR holds no AppSync request; its 3 went to b.example (2), a.example (1)",
            ),
        ];
        for (text, message) in cases {
            let error = read("f.har", &text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Capture);
            assert!(error.message().starts_with(message), "{}", error.message());
            assert_eq!(error.place().unwrap().file, "f.har");
        }
    }
}
