//! Captures, contexts, suites and tokens with known secrets go through every command and every format, whole and cut off
//! anywhere, over an API whose templates give away what they are sent. Protects: that no twelve characters in a row of a
//! secret are printed, on stdout or stderr, as they are or encoded; that `--show-secrets` prints them; that JSON stays
//! JSON.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

const API_KEY: &str = "da2-k3yk3yabcdefghijklmnopqrst";
const SIGNATURE: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const SESSION: &str = "IQoJb3JpZ2luX2VjEXAMPLEsession/token+with/all+of/base64==";
const COOKIE: &str = "s%3Acookie-Wq8ZtR4uYvX1nM7b.signedCookieValue";
const LAMBDA: &str = "pt-77aa55cc33ee11ff9988776655443322";
const PASSWORD: &str = "correct-horse-battery-staple";

/// A token of the pool, whose signature nothing made.
fn jwt() -> &'static str {
    static TOKEN: OnceLock<String> = OnceLock::new();
    TOKEN.get_or_init(|| {
        let part = |json: Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let claims = json!({
            "sub": "u-1", "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Leaks0001", "token_use": "access",
            "client_id": "c", "username": "bob", "iat": 1_768_478_000, "exp": 1_768_481_600, "jti": "0c3b6a1e",
        });
        let signature: Vec<u8> = (0..=255_u8).map(|byte| byte.wrapping_mul(167).wrapping_add(13)).collect();
        format!("{}.{}.{}", part(json!({"alg": "RS256", "kid": "some-key"})), part(claims), URL_SAFE_NO_PAD.encode(signature))
    })
}

fn secrets() -> [&'static str; 7] {
    [jwt(), API_KEY, SIGNATURE, SESSION, COOKIE, LAMBDA, PASSWORD]
}

/// Every twelve characters of every secret in every form.
fn forbidden() -> &'static HashSet<Vec<u8>> {
    static WINDOWS: OnceLock<HashSet<Vec<u8>>> = OnceLock::new();
    WINDOWS.get_or_init(|| {
        let mut forms: Vec<String> = secrets().iter().map(ToString::to_string).collect();
        for secret in secrets() {
            forms.push(
                secret
                    .bytes()
                    .map(|b| {
                        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                            char::from(b).to_string()
                        } else {
                            format!("%{b:02X}")
                        }
                    })
                    .collect(),
            );
            forms.push(secret.replace('/', "\\/"));
            for before in ["", "-", "--"] {
                let encoded = STANDARD_NO_PAD.encode(format!("{before}{secret}"));
                // Without the characters that hang on what stands around.
                forms.push(encoded[4..encoded.len() - 4].to_owned());
                forms.push(encoded[4..encoded.len() - 4].replace('+', "-").replace('/', "_"));
            }
        }
        forms.iter().flat_map(|form| form.as_bytes().windows(12).map(<[u8]>::to_vec).collect::<Vec<_>>()).collect()
    })
}

/// Fails where an output holds a part of a secret, also across its line breaks.
fn holds_none(what: &str, output: &str) {
    let joined: String = output.split_whitespace().collect();
    for text in [output, &joined] {
        for (at, window) in text.as_bytes().windows(12).enumerate() {
            assert!(
                !forbidden().contains(window),
                "{what} prints {:?} of a secret:\n{output}",
                String::from_utf8_lossy(&text.as_bytes()[at..(at + 40).min(text.len())])
            );
        }
    }
}

struct Ran {
    stdout: String,
    all: String,
    code: Option<i32>,
}

fn vtlens(args: &[&str], stdin: &str) -> Ran {
    let mut command = Command::cargo_bin("vtlens").expect("the binary is built");
    let output = command.env_remove("CLICOLOR_FORCE").args(args).write_stdin(stdin).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("output is UTF-8");
    let stdout = text(&output.stdout);
    Ran { all: format!("{stdout}{}", text(&output.stderr)), stdout, code: output.status.code() }
}

/// Runs, and fails where a secret is printed.
fn masked(args: &[&str], stdin: &str) -> Ran {
    let ran = vtlens(args, stdin);
    holds_none(&args.join(" "), &ran.all);
    assert!(matches!(ran.code, Some(0..=3)), "{args:?}: {:?}\n{}", ran.code, ran.all);
    ran
}

const API: &str = "tests/secrets/api";
const URL: &str = "https://leaksleaksleaksleaksleaksl.appsync-api.us-east-1.amazonaws.com/graphql";
const FORMATS: [&[&str]; 8] = [
    &[],
    &["--verbose"],
    &["--verbose", "--trace"],
    &["--format", "json"],
    &["--format", "json", "--trace"],
    &["--format", "html"],
    &["--format", "sarif"],
    &["--format", "github"],
];

/// Headers of a caller of every kind.
fn callers() -> Vec<(&'static str, Json)> {
    let encoded = |header: Json| STANDARD.encode(header.to_string());
    let sigv4 = format!(
        "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20260115/us-east-1/appsync/aws4_request, SignedHeaders=host;x-amz-date, Signature={SIGNATURE}"
    );
    vec![
        ("jwt", json!({"Authorization": jwt(), "Cookie": format!("theme=dark; session={COOKIE}")})),
        ("bearer", json!({"authorization": format!("Bearer {}", jwt())})),
        ("key", json!({"x-api-key": API_KEY})),
        ("iam", json!({"Authorization": sigv4, "X-Amz-Security-Token": SESSION, "X-Amz-Date": "20260115T120000Z"})),
        ("lambda", json!({"Authorization": LAMBDA})),
        ("basic", json!({"Authorization": format!("Basic {}", STANDARD.encode(format!("bob:{PASSWORD}")))})),
        (
            "protocol",
            json!({"x-api-key": API_KEY, "Sec-WebSocket-Protocol": format!("graphql-ws, header-{}", encoded(json!({"host": "x", "Authorization": jwt()})))}),
        ),
    ]
}

/// A document that asks for everything; a credential is among its variables.
fn body(headers: &Json) -> Json {
    let note = headers.as_object().unwrap().values().next().unwrap();
    json!({"query": "query Q($n: String) { echo(note: $n) refuse(note: $n) ask(note: $n) }", "variables": {"n": note}})
}

/// The same requests in the form of every capture.
fn captures() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut entries = Vec::new();
    for (name, headers) in callers() {
        let body = body(&headers);
        let answer =
            json!({"data": {"echo": headers.to_string()}, "errors": [{"message": format!("seen: {headers}")}]});
        let connect = STANDARD.encode(headers.to_string());
        let url = format!("{URL}?header={}&payload=e30=", connect.replace('=', "%3D"));
        let request = json!({"url": url, "headers": headers, "body": body, "at": "2026-01-15T12:00:00Z",
                             "response": {"status": 200, "body": answer}});
        found.push((format!("{name}.json"), serde_json::to_string_pretty(&request).unwrap()));
        let pairs: Vec<Json> =
            headers.as_object().unwrap().iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let start = json!({"id": "1", "type": "start", "payload": {"data": body.to_string(), "extensions": {"authorization": headers}}});
        entries.push(json!({"startedDateTime": "2026-01-15T12:00:00Z",
            "request": {"method": "POST", "url": URL, "headers": pairs, "postData": {"text": body.to_string()}},
            "response": {"status": 200, "headers": [{"name": "Set-Cookie", "value": format!("session={COOKIE}; Path=/")}],
                         "content": {"text": answer.to_string()}}}));
        entries.push(json!({"_resourceType": "websocket", "startedDateTime": "2026-01-15T12:00:01Z",
            "request": {"method": "GET", "url": format!("wss://leaks.appsync-realtime-api.us-east-1.amazonaws.com/graphql?header={connect}"), "headers": []},
            "response": {"status": 101},
            "_webSocketMessages": [{"type": "send", "opcode": 1, "time": 1_768_478_401.5, "data": start.to_string()}]}));
        let lines: Vec<String> = headers
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.as_str().unwrap()))
            .collect();
        let options: Vec<String> = lines.iter().map(|line| format!("-H '{line}'")).collect();
        found.push((
            format!("{name}.curl.txt"),
            format!("curl '{url}' {} --data-raw '{body}'\n", options.join(" \\\n  ")),
        ));
        let echo: Vec<String> = lines.iter().map(|line| format!("> {line}\n")).collect();
        found.push((
            format!("{name}.curl-v.txt"),
            format!("* Trying\n> POST /graphql HTTP/2\n{}>\n< HTTP/2 200\n\n{answer}\n", echo.concat()),
        ));
        found.push((
            format!("{name}.http"),
            format!("POST /graphql HTTP/1.1\r\nHost: leaks.example.com\r\n{}\r\n\r\n{body}", lines.join("\r\n")),
        ));
        let assigned: Vec<String> =
            headers.as_object().unwrap().iter().map(|(name, value)| format!("  {}={value}", json!(name))).collect();
        found.push((
            format!("{name}.ps1"),
            format!(
                "Invoke-WebRequest -Uri \"{URL}\" -Method POST -Headers @{{\n{}\n}} -Body '{body}'",
                assigned.join("\n")
            ),
        ));
        found.push((format!("{name}.log.json"), json!({"events": [{"timestamp": 1_768_478_400_000_i64, "message": format!("8a2b Request Headers: {{{}}}", lines.join(", ").replace(": ", "="))}]}).to_string()));
    }
    found.push((
        "curl-options.txt".into(),
        format!(
            "curl {URL} --oauth2-bearer {} -u 'bob:{PASSWORD}' -b 'session={COOKIE}' -d '{{\"query\":\"{{echo}}\"}}'",
            jwt()
        ),
    ));
    found.push((
        "all.har".into(),
        serde_json::to_string_pretty(&json!({"log": {"version": "1.2", "entries": entries}})).unwrap(),
    ));
    found
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn replays_of_captures_whole_and_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in captures() {
        let file = write(folder.path(), &name, &text);
        let file = file.to_str().unwrap();
        // What is read gets every format; an error is the same in all.
        let readable = vtlens(&["replay", file, "--api", API], "").code != Some(2);
        for format in FORMATS.iter().take(if readable { FORMATS.len() } else { 1 }) {
            let ran = masked(&[&["replay", file, "--api", API], *format].concat(), "");
            if format.contains(&"json") {
                let report: Json = serde_json::from_str(&ran.stdout).unwrap();
                assert_eq!(report["schema"], "vtlens.report/1");
            }
        }
        // Within a secret, and wherever else.
        let mut cuts: Vec<usize> = secrets().iter().filter_map(|secret| text.find(secret).map(|at| at + 20)).collect();
        cuts.extend([text.len() / 3, text.len() - 2]);
        for cut in cuts {
            masked(&["replay", "-", "--api", API], &text[..cut]);
        }
    }
}

#[test]
fn replays_show_secrets_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    for (name, headers) in callers() {
        let request = json!({"headers": headers, "body": body(&headers), "at": "2026-01-15T12:00:00Z",
                             "response": {"status": 200, "body": {"data": {"echo": headers}}}});
        let file = write(folder.path(), &format!("{name}.json"), &request.to_string());
        let ran = vtlens(&["replay", file.to_str().unwrap(), "--api", API, "--format", "json", "--show-secrets"], "");
        for value in headers.as_object().unwrap().values() {
            let quoted = value.to_string();
            assert!(ran.stdout.contains(quoted.trim_matches('"')), "{name}: {value} is not shown:\n{}", ran.stdout);
        }
    }
}

#[test]
fn explanations_evaluations_and_suites() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, json: &Json| write(folder.path(), name, &json.to_string()).to_str().unwrap().to_owned();
    let identity = at(
        "lambda.json",
        &json!({"mode": "lambda", "token": LAMBDA, "authorizer": {"isAuthorized": true, "resolverContext": {"token": jwt()}}}),
    );
    let query =
        write(folder.path(), "q.graphql", &format!("{{ echo(note: \"{}\") refuse(note: \"{LAMBDA}\") ask }}", jwt()));
    let args = json!({"note": jwt()}).to_string();
    for format in FORMATS {
        for command in [
            &["explain", "--query", query.to_str().unwrap()][..],
            &["explain", "--field", "Query.refuse", "--args", &args],
            &["explain", "--field", "Query.ask", "--args", &args[..args.len() - 5]],
            &["explain", "--field", "Query.nothing", "--args", &args],
        ] {
            masked(&[command, &["--api", API, "--identity", &identity], format].concat(), "");
        }
    }
    for (name, headers) in callers() {
        let context = json!({"arguments": {"note": jwt()}, "request": {"headers": headers}});
        let file = at(&format!("{name}.context.json"), &context);
        for template in ["echo.req.vtl", "refuse.req.vtl", "ask.req.vtl"] {
            let template = format!("file://{API}/resolvers/{template}");
            let eval = ["eval", "--template", &template, "--context", &format!("file://{file}")];
            for more in [&[][..], &["--trace"]] {
                let ran = masked(&[&eval, more].concat(), "");
                serde_json::from_str::<Json>(&ran.stdout).unwrap();
            }
        }
        let cut = context.to_string();
        masked(&["eval", "--template", "$ctx.request.headers", "--context", &cut[..cut.len() - 9]], "");
        let line = json!({"template": "$util.toJson($ctx.request.headers) $ctx.request.headers", "context": context})
            .to_string();
        let ran = masked(&["eval", "--ndjson"], &format!("{line}\n{}\n", &line[..line.len() - 30]));
        assert_eq!(ran.stdout.lines().filter(|line| serde_json::from_str::<Json>(line).is_ok()).count(), 2);
        let shown = vtlens(&["eval", "--ndjson", "--show-secrets"], &line).stdout;
        let value = headers.as_object().unwrap().values().next().unwrap().to_string();
        assert!(shown.contains(value.trim_matches('"')), "{shown}");
    }
    let suite = format!(
        r#"api: {}
identities:
  app: {{ mode: lambda, token: {LAMBDA}, authorizer: {{ isAuthorized: true }} }}
  bob: {{ mode: userPool, token: {} }}
now: 2026-01-15T12:00:00Z
tests:
  - name: leaks {LAMBDA}
    field: Query.refuse
    arguments: {{ note: {LAMBDA} }}
    expect: {{ app: {{ decision: deny, message: nothing like {LAMBDA} }}, bob: allow }}
  - name: leaks more
    field: Query.echo
    arguments: {{ note: {} }}
    expect: {{ app: {{ decision: allow, data: {LAMBDA} }}, bob: allow }}
"#,
        std::fs::canonicalize(API).unwrap().display(),
        jwt(),
        jwt()
    );
    let whole = write(folder.path(), "a.vtlens.yaml", &suite);
    for format in [&[][..], &["--verbose"], &["--format", "json"]] {
        let ran = masked(&[&["test", whole.to_str().unwrap()], format].concat(), "");
        assert_eq!(ran.code, Some(1), "the expectations fail, so that they are told: {}", ran.all);
    }
    for cut in [suite.find(LAMBDA).unwrap() + 20, suite.len() - 30] {
        let file = write(folder.path(), "cut.vtlens.yaml", &suite[..cut]);
        masked(&["test", file.to_str().unwrap()], "");
    }
}

#[test]
fn looks_at_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "token.jwt", jwt());
    let damaged = [
        format!("\"{}\"", jwt()),
        format!("Bearer Bearer {}", jwt()),
        jwt()[..jwt().len() - 60].to_owned(),
        jwt()[..60].to_owned(),
        jwt().replace('.', ". "),
        format!("{}$", jwt()),
        LAMBDA.to_owned(),
    ];
    for format in FORMATS {
        for api in [&[][..], &["--api", API]] {
            masked(&[&["token", jwt()], api, format].concat(), "");
            masked(&[&["token"], api, format].concat(), jwt());
            masked(&[&["token", file.to_str().unwrap()], api, format].concat(), "");
        }
    }
    for text in &damaged {
        masked(&["token", text, "--api", API], "");
        masked(&["token", "-"], text);
    }
    // The command line itself: clap quotes what it does not know.
    masked(&["token", jwt(), LAMBDA], "");
    masked(&["token", jwt(), &format!("--{LAMBDA}")], "");
    let shown = vtlens(&["token", jwt(), "--show-secrets"], "");
    assert!(shown.stdout.split_whitespace().collect::<String>().contains(jwt()), "{}", shown.stdout);
}
