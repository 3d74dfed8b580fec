//! Small APIs and requests to them, from JSON.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};
use vtlens::api::{Api, LoadOptions};
use vtlens::identity::IdentityFacts;
use vtlens::limits::Env;
use vtlens::replay::{Replay, World};
use vtlens::report::RequestReport;
use vtlens::request::read_capture;

/// The causes of the gate's refusals, but for that of a WebSocket's place.
pub const GATE_CODES: [&str; 23] = [
    "no-credential",
    "bearer-prefix",
    "not-a-jwt",
    "wrong-credential-kind",
    "mode-not-configured",
    "token-expired",
    "token-not-yet-valid",
    "issuer-mismatch",
    "client-id-mismatch",
    "signature-invalid",
    "token-ttl-exceeded",
    "api-key-unknown",
    "api-key-expired",
    "sigv4-scope",
    "sigv4-incomplete",
    "sigv4-expired",
    "session-token-expired",
    "authorizer-denied",
    "authorizer-not-consulted",
    "authorizer-bad-answer",
    "authorizer-token-rejected",
    "authorizer-not-invocable",
    "sigv4-mismatch",
];

/// 2026-01-15T12:00:00Z
const NOON: i64 = 1_768_478_400;
pub const POOL: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool";
const SCHEMA: &str = "type Query { a: String b: String }";

/// An API and a request.
pub struct Setup {
    /// As the case writes it.
    pub case: Json,
}

impl Setup {
    pub fn of(case: &Json) -> Setup {
        Setup { case: case.clone() }
    }

    /// The answer that a person gets, fixes included.
    pub fn explained(&self) -> RequestReport {
        self.with(|replay, facts| {
            let request = read_capture("request.json", text(&request(&self.case)).as_bytes()).unwrap().remove(0);
            replay.facts = facts;
            replay.now_ms = Some(NOON * 1000);
            replay.request(&request).unwrap_or_else(|error| panic!("{error:#}"))
        })
    }

    pub fn run(&self) -> RequestReport {
        self.with(|replay, facts| self.replayed(replay, facts))
    }

    fn with(&self, then: impl FnOnce(&mut Replay<'_>, Option<IdentityFacts>) -> RequestReport) -> RequestReport {
        let folder = tempfile::tempdir().unwrap();
        let api = api(&self.case, folder.path());
        let mut replay = Replay::new(&api, NOON * 1000);
        if let Some(keys) = self.case.get("jwks") {
            replay.keys = Some(vtlens::identity::jwks::KeySet::read("jwks.json", &text(keys)).unwrap());
        }
        let facts = self.case.get("identity");
        let facts =
            facts.map(|facts| IdentityFacts::read("identity.json", &text(facts)).unwrap_or_else(|e| panic!("{e:#}")));
        then(&mut replay, facts)
    }

    fn replayed(&self, replay: &Replay<'_>, facts: Option<IdentityFacts>) -> RequestReport {
        let request = read_capture("request.json", text(&request(&self.case)).as_bytes()).unwrap().remove(0);
        let env = Env::at(NOON * 1000);
        let mut data = replay.data.clone();
        let skip = self.case["suite"] == true;
        let mut world = World {
            facts: facts.as_ref(),
            data: &mut data,
            env: &env,
            clock: "suite",
            record: true,
            skip_absent_policies: skip,
            arguments: &[],
        };
        replay.request_in(&request, &mut world).unwrap_or_else(|error| panic!("{error:#}"))
    }
}

fn text(json: &Json) -> String {
    json.to_string()
}

/// Writes the API down and opens it. `modes` are names, or objects of the keys of `[api]`.
fn api(case: &Json, folder: &Path) -> Api {
    let mut toml = String::from("[params]\n\"AWS::Region\" = \"eu-west-1\"\n\"AWS::AccountId\" = \"111122223333\"\n");
    toml.push_str("[api]\nid = \"abc\"\n");
    let modes: Vec<String> = case["modes"].as_array().unwrap().iter().map(mode).collect();
    writeln!(toml, "default = {}\nadditional = [{}]", modes[0], modes[1..].join(", ")).unwrap();
    toml.push_str("[[data_sources]]\nname = \"NONE_DS\"\ntype = \"NONE\"\n");
    let schema = case["schema"].as_str().unwrap_or(SCHEMA);
    let empty = serde_json::Map::new();
    for (index, (field, value)) in case["returns"].as_object().unwrap_or(&empty).iter().enumerate() {
        let request = json!({ "version": "2018-05-29", "payload": value }).to_string();
        let response = match value.as_str() {
            Some("refused") => "$util.unauthorized()",
            Some("failed") => "$util.error(\"no luck\", \"Custom\")",
            _ => "$util.toJson($ctx.result)",
        };
        std::fs::write(folder.join(format!("{index}.req.vtl")), request).unwrap();
        std::fs::write(folder.join(format!("{index}.res.vtl")), response).unwrap();
        writeln!(
            toml,
            "[[resolvers]]\nfield = \"{field}\"\ndata_source = \"NONE_DS\"\nrequest = \"{index}.req.vtl\"\nresponse = \"{index}.res.vtl\""
        )
        .unwrap();
    }
    std::fs::write(folder.join("vtlens.toml"), toml).unwrap();
    std::fs::write(folder.join("schema.graphql"), schema).unwrap();
    Api::open(folder, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error:#}\n{schema}"))
}

fn mode(mode: &Json) -> String {
    let (name, mut config) = match mode {
        Json::String(name) => (name.as_str(), serde_json::Map::new()),
        other => (other["mode"].as_str().unwrap(), other.as_object().unwrap().clone()),
    };
    let (full, given): (&str, &[(&str, Json)]) = match name {
        "apiKey" => ("API_KEY", &[]),
        "iam" => ("AWS_IAM", &[]),
        "lambda" => ("AWS_LAMBDA", &[("authorizer", json!("authorizer"))]),
        "oidc" => ("OPENID_CONNECT", &[("issuer", json!("https://idp.example"))]),
        _ => {
            ("AMAZON_COGNITO_USER_POOLS", &[("user_pool_id", json!("eu-west-1_Pool")), ("region", json!("eu-west-1"))])
        }
    };
    for (key, value) in given {
        config.entry(*key).or_insert_with(|| value.clone());
    }
    config.insert("mode".into(), json!(full));
    let members: Vec<String> = config.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", members.join(", "))
}

/// The request. A header `JWT {…}` stands for a token with these claims (and those every token has), `SIGV4 …` for a
/// signature with that scope.
fn request(case: &Json) -> Json {
    let empty = serde_json::Map::new();
    let headers = case["headers"].as_object().unwrap_or(&empty).iter();
    let mut headers: serde_json::Map<String, Json> =
        headers.map(|(name, value)| (name.clone(), json!(header(value.as_str().unwrap())))).collect();
    let signed = case["headers"]["Authorization"].as_str().is_some_and(|text| text.starts_with("SIGV4"));
    if signed && !headers.contains_key("X-Amz-Date") {
        headers.insert("X-Amz-Date".into(), json!("20260115T120000Z"));
    }
    json!({
        "url": "https://x.appsync-api.eu-west-1.amazonaws.com/graphql",
        "headers": headers,
        "body": { "query": case["query"].as_str().unwrap_or("{ a }") },
        "response": case.get("response").cloned().unwrap_or(Json::Null),
    })
}

fn header(text: &str) -> String {
    if let Some((before, claims)) = text.split_once("JWT {") {
        let claims: Json = serde_json::from_str(&format!("{{{claims}")).unwrap_or_else(|e| panic!("{e}: {text}"));
        return format!("{before}{}", token(&claims));
    }
    match text.strip_prefix("SIGV4 ") {
        Some(scope) => format!(
            "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=0123456789abcdef0123456789abcdef"
        ),
        None => text.to_owned(),
    }
}

/// A token of the pool, with these claims in place of or beside its own; a null takes one away. Nothing signed it.
pub fn token(claims: &Json) -> String {
    let mut all = json!({
        "sub": "u1", "iss": POOL, "token_use": "id", "aud": "client1", "cognito:username": "una",
        "iat": NOON - 60, "auth_time": NOON - 60, "exp": NOON + 3600,
    });
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{}", part(&json!({"alg": "RS256", "kid": "k"})), part(&all), "A".repeat(342))
}

/// What a report says, by the names that cases use.
pub fn outcome(report: &RequestReport) -> Json {
    let text = |json: &Json, pointer: &str| json.pointer(pointer).and_then(Json::as_str).unwrap_or_default().to_owned();
    let response = report.response.as_ref();
    let body = response.map(|response| response.body.clone()).unwrap_or_default();
    let errors: Vec<String> = body["errors"].as_array().into_iter().flatten().map(|e| text(e, "/message")).collect();
    let hazards: Vec<String> = report
        .fields
        .iter()
        .flat_map(|field| &field.hazards)
        .map(|hazard| format!("{}: {}", hazard.code, hazard.text))
        .collect();
    let missing: Vec<String> = report.missing.iter().map(|m| format!("{}: {}", m.fact, m.why)).collect();
    let stage = report.stage.map(|stage| serde_json::to_value(stage).unwrap());
    json!({
        "decision": report.decision,
        "stage": stage,
        "status": response.map(|response| response.status),
        "cause": report.cause.as_ref().map(|cause| cause.code),
        "says": report.cause.as_ref().map(|cause| cause.text.clone()),
        "errors": errors,
        "errorType": text(&body, "/errors/0/errorType"),
        "data": body.get("data"),
        "hazard": hazards.join("\n"),
        "missing": missing.join("\n"),
        "note": report.notes.join("\n"),
        "reproduced": report.reproduced,
    })
}
