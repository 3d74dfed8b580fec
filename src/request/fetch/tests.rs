use super::*;
use crate::request::CapturedRequest;

fn all(text: &str) -> Vec<CapturedRequest> {
    read("f", text).unwrap().requests
}

#[test]
fn what_browsers_and_people_write() {
    for text in [
        r#"fetch("https://x.example/graphql", {
  "headers": { "accept": "*/*", "authorization": "T" },
  "referrer": "https://x/", "body": "{\"query\":\"{ a(x: \\\"\u00e9\\\") }\"}",
  "method": "POST", "mode": "cors", "credentials": "omit"
});"#,
        r#"// mine
const answer = await fetch(`https://x.example/graphql`, {method: 'POST', /* who */ headers: new Headers({authorization: 'T'}),
  body: JSON.stringify({query: '{ a(x: "é") }', variables: {n: 1, list: [true, null]}}), signal: controller.signal}).then(r => r.json())"#,
        "fetch('https://x.example/graphql', {headers: [['Authorization', 'T'],], method: 'post', body: '{\"query\":' + '\"{ a(x: \\\\\"\\xe9\\\\\") }\"}'})",
    ] {
        let request = all(text).remove(0);
        assert_eq!((request.method.as_str(), request.host.as_str()), ("POST", "x.example"), "{text}");
        assert_eq!(
            (request.header("authorization"), request.body.query.as_str()),
            (Some("T"), "{ a(x: \"é\") }"),
            "{text}"
        );
        assert!(request.lost.is_empty(), "{text}");
    }
    assert_eq!(all("fetch(\"https://a\");\nfetch('https://b')").len(), 2);
    assert_eq!(all("prefetch(1); fetch('https://b/?query=%7Ba%7D')")[0].body.query, "{a}");
}

#[test]
fn what_only_running_it_would_tell_is_named() {
    let text = "fetch(url, {\n headers: { Authorization: `Bearer ${token}`, 'x-api-key': key, ...more }, body: JSON.stringify({query, variables}) })";
    let request = all(text).remove(0);
    let lost: Vec<&str> = request.lost.iter().map(|lost| lost.fact.as_str()).collect();
    assert_eq!(lost, ["header Authorization", "header x-api-key", "headers", "request body"]);
    assert!(request.lost[0].why.contains("`${token}`") && request.may_have_lost_credentials());
    assert_eq!(all("fetch('https://x', options)")[0].lost[0].fact, "headers and body");
    let called = all("fetch('https://x', {headers: {a: await get(1, 'b')}, body: a ? b : c})").remove(0);
    assert_eq!(called.lost.len(), 2);
}

#[test]
fn errors_have_their_place() {
    let deep = format!("fetch({}", "[".repeat(5000));
    for (text, message) in [
        ("fetch('https://x", "f:1:7: `'` is never closed"),
        ("fetch('a', {\n  headers: {", "f:2:12: `{` is never closed"),
        ("fetch('a', {\n  'b", "f:2:3: `'` is never closed"),
        ("fetch('\\uz'", "f:1:8: an escape that is none"),
        ("fetch(/* a", "f:1:7: `/*` is never closed"),
        (&deep, "f:1:108: nested more than 100 levels deep"),
    ] {
        assert_eq!(read("f", text).unwrap_err().to_string(), message, "{text}");
    }
}
