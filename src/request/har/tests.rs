use super::*;
use serde_json::{Value as Json, json};

fn requests(text: &str) -> Vec<CapturedRequest> {
    read("f.har", text).unwrap().requests
}

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
    let found = requests(&har(&[
        entry("GET", "https://app.example.com/", ""),
        preflight,
        entry("POST", HOST, query),
        entry("POST", "https://api.github.com/graphql", query),
        entry("GET", &format!("{HOST}?query=%7B%20b%20%7D&variables=%7B%22x%22%3A1%7D"), ""),
        entry("POST", "https://abc.appsync-api.cn-north-1.amazonaws.com.cn/graphql", query),
    ]));
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
    assert_eq!(requests(&har(&[entry("POST", "https://api.example.com/graphql", query)])).len(), 1);
    let mut hinted = entry("POST", "https://api.example.com/v1", query);
    hinted["request"]["headers"] = json!([{"name": "X-Api-Key", "value": "da2-x"}]);
    let found = requests(&har(&[hinted, entry("POST", "https://other.example.com/graphql", query)]));
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
    let found = requests(&text);
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
        ("{\"swagger\":\"2.0\"}".to_owned(), "not a HAR: there is no `log`; this is an object with the keys `swagger`"),
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

#[test]
fn a_failed_preflight_is_no_matter_of_authorization() {
    let query = r#"{"query":"{ a }"}"#;
    let mut preflight = entry("OPTIONS", HOST, "");
    preflight["response"] = json!({"status": 403});
    let mut blocked = entry("POST", HOST, query);
    blocked["response"] = json!({"status": 0, "_error": "net::ERR_FAILED"});
    let capture = read("f.har", &har(&[preflight.clone(), blocked])).unwrap();
    let said =
        "the browser's preflight, entry 0, was answered 403: a matter of CORS or a firewall, not of authorization";
    assert_eq!(capture.requests[0].notes, ["no answer came: the browser says net::ERR_FAILED", said]);
    assert_eq!(capture.remarks, [format!("f.har: {said}")]);
    let error = read("f.har", &har(&[preflight])).unwrap_err();
    assert_eq!(error.message(), format!("the HAR holds no AppSync request; {said}"));
    let mut fine = entry("OPTIONS", HOST, "");
    fine["response"] = json!({"status": 204});
    assert!(read("f.har", &har(&[fine, entry("POST", HOST, query)])).unwrap().remarks.is_empty());
}

#[test]
fn bodies_that_exporters_change() {
    let encoded = "eyJxdWVyeSI6InsgYSB9In0=";
    for data in [
        json!({"text": encoded, "encoding": "base64"}),
        json!({"text": encoded, "_base64": true}),
        json!({"_base64": encoded}),
    ] {
        let mut sent = entry("POST", HOST, "");
        sent["request"]["postData"] = data;
        assert_eq!(requests(&har(&[sent]))[0].body.query, "{ a }");
    }
    let mut cut = entry("POST", HOST, r#"{"query":"{ a"#);
    cut["request"]["bodySize"] = json!(5000);
    assert_eq!(requests(&har(&[cut]))[0].body.problem, Some(BodyProblem::Lost));
}

#[test]
fn an_entry_that_cannot_be_read_is_left_out_and_said() {
    let good = entry("POST", HOST, r#"{"query":"{ a }"}"#).to_string();
    let number = good.replace("200", "1e999");
    let half = good.replace("{\\\"data\\\":null}", "\\ud83d");
    let twice = good.replacen("{\"startedDateTime\"", "{\"_error\":\"\",\"_error\":\"\",\"startedDateTime\"", 1);
    let text = format!("{{\"log\":{{\"entries\":[{good},{number},{half},{twice},3,{good}");
    let capture = read("f.har", &text).unwrap();
    let found: Vec<_> = capture.requests.iter().map(|request| request.source.entry).collect();
    assert_eq!(found, [Some(0), Some(2), Some(3), Some(5)]);
    assert_eq!(
        capture.remarks,
        [
            "f.har: entry 1 is not read: number out of range",
            "f.har: the file ends in the middle of a list, at `log.entries[5]`; nothing behind entry 5 is read",
        ]
    );
}

#[test]
fn a_websocket_is_a_connect_and_its_subscriptions() {
    use base64::Engine as _;
    let credential = r#"{"host":"abc.appsync-api.eu-west-1.amazonaws.com","x-api-key":"da2-connect"}"#;
    let credential = base64::engine::general_purpose::STANDARD.encode(credential);
    let frame =
        |kind: &str, time: f64, data: Json| json!({"type": kind, "time": time, "opcode": 1, "data": data.to_string()});
    let start = |id: &str, query: &str| {
        let data = json!({"query": query, "variables": {}}).to_string();
        let authorization =
            json!({"host": "abc.appsync-api.eu-west-1.amazonaws.com", "Authorization": format!("token-{id}")});
        json!({"id": id, "type": "start", "payload": {"data": data, "extensions": {"authorization": authorization}}})
    };
    let socket = json!({"startedDateTime": "2026-01-15T12:00:00Z", "_resourceType": "websocket",
    "request": {"method": "GET", "url": format!("wss://abc.appsync-realtime-api.eu-west-1.amazonaws.com/graphql?header={credential}&payload=e30="),
                "headers": [{"name": "Sec-WebSocket-Protocol", "value": "graphql-ws"}, {"name": "User-Agent", "value": "x"}]},
    "response": {"status": 101},
    "_webSocketMessages": [
        frame("send", 1_768_478_400.5, json!({"type": "connection_init"})),
        frame("receive", 1_768_478_401.0, json!({"type": "connection_ack", "payload": {"connectionTimeoutMs": 300000}})),
        frame("send", 1_768_478_402.25, start("1", "subscription { onA { id } }")),
        frame("send", 1_768_478_402.5, start("2", "subscription { onB { id } }")),
        frame("receive", 1_768_478_403.0, json!({"type": "ka"})),
        {"type": "receive", "time": 1, "opcode": 2, "data": "AAEC"},
        frame("receive", 1_768_478_403.0, json!({"id": "2", "type": "error", "payload": {"errors": [{"errorType": "Unauthorized", "message": "Not Authorized to access onB on type Subscription"}]}})),
        frame("receive", 1_768_478_403.0, json!({"id": "1", "type": "start_ack"})),
    ]});
    let found = requests(&har(std::slice::from_ref(&socket)));
    let told: Vec<_> = found
        .iter()
        .map(|r| (r.transport, r.at_ms, r.recorded.as_ref().map(|r| r.status), r.body.query.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Transport::Connect, Some(1_768_478_400_000), Some(200), ""),
            (Transport::Start, Some(1_768_478_402_250), Some(200), "subscription { onA { id } }"),
            (Transport::Start, Some(1_768_478_402_500), Some(200), "subscription { onB { id } }"),
        ]
    );
    assert_eq!((found[0].header("x-api-key"), found[1].header("x-api-key")), (Some("da2-connect"), None));
    assert_eq!((found[1].header("authorization"), found[1].header("user-agent")), (Some("token-1"), Some("x")));
    assert_eq!(found[0].host, "abc.appsync-api.eu-west-1.amazonaws.com");
    assert!(!found[0].url.contains("header="), "the credential stays out of what is shown");
    let body = found[2].recorded.as_ref().unwrap().body.as_json().unwrap().clone();
    assert_eq!(body["errors"][0]["errorType"], "Unauthorized");

    let mut refused = socket.clone();
    let error = json!({"errorType": "com.amazonaws.deepdish.graphql.auth#UnauthorizedException", "message": "no", "errorCode": 400});
    refused["_webSocketMessages"] =
        json!([frame("receive", 1.0, json!({"type": "connection_error", "payload": {"errors": [error]}}))]);
    assert_eq!(requests(&har(&[refused]))[0].recorded.as_ref().unwrap().status, 401);
    let mut bare = socket;
    bare.as_object_mut().unwrap().remove("_webSocketMessages");
    let bare = requests(&har(&[bare]));
    assert_eq!((bare.len(), bare[0].recorded.is_none(), bare[0].notes.len()), (1, true, 1));
}
