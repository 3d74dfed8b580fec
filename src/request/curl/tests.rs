use super::*;
use crate::request::{BodyProblem, CapturedRequest};

const URL: &str = "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql";

fn all(text: &str) -> Vec<CapturedRequest> {
    read("f", text).unwrap().requests
}

fn one(text: &str) -> CapturedRequest {
    all(text).remove(0)
}

#[test]
fn what_browsers_and_people_write() {
    let body = r#"{"query":"{ a }"}"#;
    for text in [
        format!("curl '{URL}' \\\n  -H 'authorization: T' \\\n  --data-raw '{body}' \\\n  --compressed"),
        format!("curl -sS -XPOST {URL} -H'Authorization: T' -d '{body}' | jq ."),
        format!(
            "$ curl --request POST --url {URL} --header \"Authorization: T\" --data \"{}\"",
            body.replace('"', "\\\"")
        ),
        format!("TOKEN=T\nexport BODY='{body}'\ncurl {URL} -H \"Authorization: $TOKEN\" -d \"$BODY\""),
        format!(
            "curl ^\"{URL}^\" ^\n  -H ^\"authorization: T^\" ^\n  --data-raw ^\"{}^\"",
            body.replace('"', "^\\^\"")
        ),
        format!("curl {URL} -H 'authorization: T' --json '{body}' 2>/dev/null"),
        format!("curl {URL} -H 'Authorization: T' -G --data-urlencode 'query={{ a }}' -d operationName="),
        format!("curl {URL} -H 'authorization: T' -w '%{{http_code}}' -o /dev/null --max-time 5 -d $'{body}'"),
    ] {
        let request = one(&text);
        assert_eq!((request.header("authorization"), request.body.query.as_str()), (Some("T"), "{ a }"), "{text}");
        assert_eq!(request.host, "abc.appsync-api.eu-west-1.amazonaws.com", "{text}");
        assert!(request.lost.is_empty() && request.notes.is_empty(), "{text}: {:?}", request.notes);
    }
    assert_eq!(one(&format!("curl {URL} --oauth2-bearer T -d x")).header("authorization"), Some("Bearer T"));
    assert_eq!(one(&format!("curl {URL} -F query=x")).body.problem, Some(BodyProblem::NotARequest));
    assert_eq!(one(&format!("curl {URL} -X POST")).body.problem, Some(BodyProblem::Empty));
    let twice = one(&format!("curl {URL} -H 'x-api-key: a' -H 'X-Api-Key: b' -H 'accept:' -H 'x-empty;' -d x"));
    assert_eq!(
        (twice.header("x-api-key"), twice.header("x-empty"), twice.header("accept")),
        (Some("b"), Some(""), None)
    );
    assert_eq!(twice.notes, ["the header x-api-key is sent 2 times with different values; the last one was taken"]);
}

#[test]
fn what_the_shell_would_put_in_is_named() {
    let request = one(&format!("curl {URL} \\\n -H \"Authorization: Bearer $TOKEN\" \\\n -d @../../etc/passwd"));
    assert!(request.may_have_lost_credentials() && request.header("authorization").is_none());
    assert_eq!(request.body.problem, Some(BodyProblem::Lost));
    let lost: Vec<String> = request.lost.iter().map(|lost| format!("{}: {}", lost.fact, lost.why)).collect();
    assert_eq!(
        lost,
        [
            "header Authorization: line 2 says `$TOKEN`, and its value is not in the capture",
            "request body: line 3 says `@FILE`, and its value is not in the capture",
        ]
    );
    let variable = one(&format!("curl {URL} -d \"{{\\\"query\\\":\\\"query(\\$a: ID) {{ a }}\\\"}}\""));
    assert_eq!(variable.body.query, "query(a: ID) { a }".replace("(a", "($a"));
    assert_eq!(one("curl \"$URL\" -H 'x-api-key: k' -d '{}'").host, "");
}

#[test]
fn sigv4_is_made_when_the_request_is_sent() {
    let header = |options: &str| {
        one(&format!("curl {URL} {options} -u AKIA:very-secret -d x")).header("authorization").unwrap().to_owned()
    };
    let signed = header("--aws-sigv4 aws:amz:eu-west-1:appsync");
    assert!(signed.contains("Credential=AKIA/DATE/eu-west-1/appsync/aws4_request") && !signed.contains("secret"));
    assert!(header("--aws-sigv4 aws:amz").contains("/appsync-api/abc/"), "curl takes the rest from the host");
}

#[test]
fn several_commands_with_their_answers() {
    let text = format!(
        "curl '{URL}' -d '{{\"query\":\"{{ a }}\"}}' ;\ncurl '{URL}' -H 'x-api-key: k' -d '{{\"query\":\"{{ b }}\"}}' -i\n\
         HTTP/2 401 \ncontent-type: application/json\n\n{{\"errors\":[]}}\n\n# a remark\nsome words\n\
         $ curl {URL} -d '{{\"query\":\"{{ c }}\"}}'\n{{\"data\":{{\"c\":1}}}}\n"
    );
    let capture = read("f", &text).unwrap();
    let found: Vec<_> =
        capture.requests.iter().map(|r| (r.body.query.as_str(), r.recorded.as_ref().map(|r| r.status))).collect();
    assert_eq!(found, [("{ a }", None), ("{ b }", Some(401)), ("{ c }", Some(200))]);
}

#[test]
fn errors_have_their_place() {
    let error = read("f", &format!("curl {URL} \\\n  -H 'a: b\n")).unwrap_err();
    assert_eq!(error.to_string(), "f:2:6: `'` is never closed");
    assert!(read("f", &format!("curl {URL} `\n -d '{{}}'")).is_err());
}
