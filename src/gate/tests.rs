use serde_json::{Value as Json, json};

use super::*;
use crate::identity::jwt::tests::{fixture, keys, unsigned};
use crate::identity::mask::mask;

/// The fixtures' tokens are valid from 12:00 to 13:00 on this day.
const NOON: i64 = 1_768_478_400_000;
const POOL: &str = "eu-west-1_Abc123";
const HOST: &str = "abc.appsync-api.eu-west-1.amazonaws.com";
const NO_HEADER: &str = "Valid authorization header not provided.";

/// An API and a request, to be changed by each test.
struct Case {
    providers: Vec<AuthProvider>,
    headers: Vec<(String, String)>,
    declared: Vec<DeclaredApiKey>,
    now_ms: i64,
    keys: Option<KeySet>,
    facts: Option<IdentityFacts>,
    recorded: Option<Answer>,
    har: bool,
}

fn case(modes: &[AuthMode]) -> Case {
    let providers = modes.iter().map(|mode| AuthProvider {
        mode: Some(*mode),
        user_pool_id: (*mode == AuthMode::UserPool).then(|| POOL.to_owned()),
        issuer: (*mode == AuthMode::Oidc).then(|| "https://idp.example".to_owned()),
        ..AuthProvider::default()
    });
    Case {
        providers: providers.collect(),
        headers: Vec::new(),
        declared: Vec::new(),
        now_ms: NOON + 600_000,
        keys: None,
        facts: None,
        recorded: None,
        har: false,
    }
}

impl Case {
    fn header(mut self, name: &str, value: &str) -> Case {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn bearing(self, token: &str) -> Case {
        self.header("authorization", token)
    }

    fn knowing(mut self, facts: Json) -> Case {
        self.facts = Some(serde_json::from_value(facts).unwrap());
        self
    }

    fn answered(mut self, status: u16, message: &str) -> Case {
        let body = match status {
            200 => json!({"data": {"a": 1}}),
            _ => json!({"errors": [{"errorType": "UnauthorizedException", "message": message}]}),
        };
        self.recorded = Some(Answer::new(status, Some(&body)));
        self
    }

    fn har(mut self) -> Case {
        self.har = true;
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Case)) -> Case {
        change(&mut self);
        self
    }

    fn run(&self) -> GateResult {
        let (default, additional) = self.providers.split_first().unwrap();
        admit(GateInput {
            transport: crate::verdict::Transport::Http,
            wrong_endpoint: None,
            headers: &self.headers,
            host: HOST,
            default,
            additional,
            declared_keys: &self.declared,
            now_ms: self.now_ms,
            keys: self.keys.as_ref(),
            facts: self.facts.as_ref(),
            recorded: self.recorded.as_ref(),
            may_have_lost_credentials: self.har,
        })
    }

    #[track_caller]
    fn passes(&self) -> Identity {
        let result = self.run();
        assert_eq!(result.gate.outcome, GateOutcome::Passed, "{:#?}", result.gate);
        assert_eq!((result.gate.status, result.refusal.is_none(), result.cause.is_none()), (200, true, true));
        result.identity.unwrap()
    }

    /// Refused with a code, a status and a message.
    #[track_caller]
    fn refused(&self, code: &str, status: u16, message: &str) -> GateResult {
        let result = self.run();
        assert_eq!(result.gate.outcome, GateOutcome::Refused, "{:#?}", result.gate);
        assert_eq!(result.cause.as_ref().unwrap().code, code, "{:#?}", result.gate);
        assert_eq!(result.gate.checks.iter().find(|check| check.verdict == Verdict::Fail).unwrap().code, code);
        assert_eq!((result.gate.status, result.gate.message.as_deref()), (status, Some(message)));
        let body = json!({"errors": [{"errorType": result.gate.error_type, "message": message}]});
        assert_eq!(result.refusal, Some((status, body)));
        assert!(result.identity.is_none() && result.missing.is_empty());
        result
    }

    /// Undecided for want of a fact.
    #[track_caller]
    fn undecided(&self, fact: &str) -> GateResult {
        let result = self.run();
        assert_eq!(result.gate.outcome, GateOutcome::Undecided, "{:#?}", result.gate);
        assert_eq!(result.missing.iter().map(|missing| missing.fact.as_str()).collect::<Vec<_>>(), [fact]);
        assert!(result.missing[0].give_by.contains("--identity"), "{:?}", result.missing);
        assert!(result.identity.is_none() && result.refusal.is_none());
        result
    }
}

#[track_caller]
fn verdict(result: &GateResult, code: &str) -> (Verdict, String) {
    let check = result.gate.checks.iter().find(|check| check.code == code);
    let check = check.unwrap_or_else(|| panic!("no check {code} in {:#?}", result.gate.checks));
    (check.verdict, check.found.clone())
}

use AuthMode::{ApiKey, Iam, Lambda, Oidc, UserPool};

#[test]
fn worked_table_of_the_reference() {
    case(&[ApiKey, UserPool]).bearing(&fixture("rs256")).passes();
    case(&[UserPool]).header("x-api-key", "da2-abcdefghijklmnopqrstuvwxyz").refused(
        "mode-not-configured",
        401,
        NO_HEADER,
    );
    case(&[ApiKey, UserPool]).bearing(&fixture("expired")).refused("token-expired", 401, "Token has expired.");
    case(&[Lambda]).refused("no-credential", 401, NO_HEADER);
    case(&[UserPool, Iam]).refused("no-credential", 401, NO_HEADER);
    case(&[Iam]).refused("no-credential", 403, "Missing Authentication Token");
}

#[test]
fn credentials_of_the_wrong_kind() {
    let sigv4 = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260115/eu-west-1/appsync/aws4_request, SignedHeaders=host, Signature=0123456789abcdef";
    let jwt = fixture("rs256");
    case(&[UserPool]).bearing(sigv4).refused("wrong-credential-kind", 401, "Unable to parse JWT token.");
    case(&[UserPool, ApiKey]).bearing(sigv4).refused("wrong-credential-kind", 401, NO_HEADER);
    let result = case(&[Iam]).bearing(&jwt).run();
    assert_eq!((result.gate.status, result.cause.unwrap().code), (403, "wrong-credential-kind"));
    assert_eq!(result.gate.error_type.as_deref(), Some("IncompleteSignatureException"));
    assert!(result.gate.message.unwrap().ends_with(&format!("Authorization={}", mask(&jwt))));
    case(&[ApiKey, Iam]).bearing(&jwt).refused("wrong-credential-kind", 401, NO_HEADER);
    case(&[ApiKey]).bearing(&jwt).refused("mode-not-configured", 401, NO_HEADER);
    // Malformed tokens.
    let short = jwt.rsplit_once('.').unwrap().0.to_owned();
    for malformed in ["opaque-access-token", short.as_str(), "Bearer Bearer x", "Token a.b.c", "\"a.b.c\""] {
        case(&[UserPool]).bearing(malformed).refused("not-a-jwt", 401, "Unable to parse JWT token.");
        case(&[UserPool, Iam]).bearing(malformed).refused("not-a-jwt", 401, NO_HEADER);
    }
    // An unusable header does not keep a good API key out.
    let both = case(&[UserPool, ApiKey]).bearing("junk").header("X-Api-Key", "da2-x").answered(200, "").passes();
    assert_eq!(both.mode, ApiKey);
}

#[test]
fn a_user_pool_token_becomes_an_identity() {
    let base =
        || case(&[UserPool]).with(|c| c.keys = Some(keys())).header("X-Forwarded-For", "203.0.113.7, 64.252.140.70");
    let result = base().bearing(&format!("Bearer {}", fixture("rs256"))).run();
    let codes: Vec<_> = result.gate.checks.iter().map(|check| check.code).collect();
    assert_eq!(
        codes,
        [
            "no-credential",
            "bearer-prefix",
            "not-a-jwt",
            "mode-not-configured",
            "wrong-credential-kind",
            "issuer-mismatch",
            "token-expired",
            "token-not-yet-valid",
            "client-id-mismatch",
            "signature-invalid",
            "token-ttl-exceeded",
        ]
    );
    assert_eq!(verdict(&result, "signature-invalid").0, Verdict::Pass);
    assert_eq!(result.gate.mode, Some("AMAZON_COGNITO_USER_POOLS"));
    assert_eq!(result.gate.credential.as_ref().unwrap().token_use.as_deref(), Some("id"));
    let identity = result.identity.unwrap();
    assert_eq!(identity.context["sourceIp"], json!(["203.0.113.7", "64.252.140.70"]));
    assert_eq!(identity.context["defaultAuthStrategy"], "ALLOW");
    assert_eq!((identity.principal.as_str(), identity.groups), ("nadia (aaaa…)", Some(vec!["Viewers".to_owned()])));
    let denying = base().with(|c| c.providers[0].default_allow = Some(false)).bearing(&fixture("access")).passes();
    assert_eq!(
        (denying.context["defaultAuthStrategy"].clone(), denying.token_use.as_deref()),
        (json!("DENY"), Some("access"))
    );
}

#[test]
fn each_condition_of_a_user_pool_token() {
    let base = |token: &str| case(&[UserPool]).bearing(&fixture(token));
    let late = base("rs256").with(|c| c.now_ms = NOON + 3_600_000 + 4 * 3_600_000 + 180_000);
    let result = late.refused("token-expired", 401, "Token has expired.");
    assert_eq!(verdict(&result, "token-expired").1, "exp 2026-01-15T13:00:00Z, 4 h 3 min before the request");
    assert_eq!(
        verdict(&result, "client-id-mismatch").0,
        Verdict::Skipped,
        "checks after the first failure are not reached"
    );
    base("rs256").with(|c| c.now_ms = NOON + 3_600_000).refused("token-expired", 401, "Token has expired.");
    base("rs256").with(|c| c.now_ms = NOON + 3_599_999).passes();
    base("rs256").with(|c| c.providers[0].user_pool_id = Some("eu-west-1_Other".into())).refused(
        "issuer-mismatch",
        401,
        NO_HEADER,
    );
    // The client id is aud of an ID token and client_id of an access token.
    for token in ["rs256", "access"] {
        base(token).with(|c| c.providers[0].client_id_regex = Some("^(1example23456789|other)$".into())).passes();
        let result = base(token).with(|c| c.providers[0].client_id_regex = Some("another".into())).refused(
            "client-id-mismatch",
            401,
            "Unauthorized",
        );
        assert!(verdict(&result, "client-id-mismatch").1.ends_with("1example23456789"));
    }
    let odd = base("rs256").with(|c| c.providers[0].client_id_regex = Some("(".into())).run();
    assert_eq!((odd.gate.outcome, verdict(&odd, "client-id-mismatch").0), (GateOutcome::Passed, Verdict::Unknown));
    // Signatures: unknown without keys, decisive with them.
    assert_eq!(verdict(&base("rs256").run(), "signature-invalid"), (Verdict::Unknown, "not checked: no --jwks".into()));
    base("unknown_key").with(|c| c.keys = Some(keys())).refused("signature-invalid", 401, "Unauthorized");
    base("none").refused("signature-invalid", 401, "Unauthorized");
    let early = unsigned(
        &json!({"iss": format!("https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"), "exp": 1_768_482_000, "nbf": 1_768_479_060}),
    );
    let result = case(&[UserPool]).bearing(&early).refused("token-not-yet-valid", 401, "Unauthorized");
    assert_eq!(verdict(&result, "token-not-yet-valid").1, "nbf 2026-01-15T12:11:00Z, 1 min after the request");
}

#[test]
fn parameters_nobody_gave_do_not_refuse() {
    let open = |c: &mut Case| {
        c.providers[0].user_pool_id = Some("${AuthCognitoUserPoolId}".into());
        c.providers[0].region = Some("${AWS::Region}".into());
        c.providers[0].client_id_regex = Some("${AppClient}".into());
    };
    let result = case(&[UserPool]).with(open).bearing(&fixture("rs256")).run();
    assert_eq!(result.gate.outcome, GateOutcome::Passed);
    let expected = |code: &str| result.gate.checks.iter().find(|check| check.code == code).unwrap().expected.clone();
    assert!(expected("issuer-mismatch").contains("--param AuthCognitoUserPoolId=…"), "{}", expected("issuer-mismatch"));
    assert!(expected("client-id-mismatch").contains("--param AppClient=…"));
    // A pool that is known wins over one that is not.
    let two = case(&[UserPool, UserPool]).with(open).bearing(&fixture("rs256")).run();
    assert_eq!((two.provider, verdict(&two, "issuer-mismatch").0), (Some(1), Verdict::Pass));
}

#[test]
fn oidc_tokens() {
    let claims = json!({"iss": "https://idp.example/", "sub": "auth0|5f", "aud": ["https://api.example", "x"], "azp": "AbCdEf",
                        "iat": 1_768_478_400, "auth_time": 1_768_470_000, "exp": 1_768_482_000});
    let base = |modes: &[AuthMode]| case(modes).bearing(&unsigned(&claims));
    let provider = |c: &mut Case, change: fn(&mut AuthProvider)| change(&mut c.providers[0]);
    let identity = base(&[Oidc, ApiKey]).passes();
    assert_eq!((identity.mode, identity.context["issuer"].clone()), (Oidc, json!("https://idp.example/")));
    base(&[Oidc]).with(|c| provider(c, |p| p.issuer = Some("https://other.example".into()))).passes();
    base(&[Oidc, ApiKey]).with(|c| provider(c, |p| p.issuer = Some("https://other.example".into()))).refused(
        "issuer-mismatch",
        401,
        NO_HEADER,
    );
    // One of several audiences, or the authorized party.
    for regex in ["^x$", "AbCdEf"] {
        base(&[Oidc]).with(|c| c.providers[0].client_id_regex = Some(regex.into())).passes();
    }
    base(&[Oidc]).with(|c| c.providers[0].client_id_regex = Some("^api$".into())).refused(
        "client-id-mismatch",
        401,
        "Unauthorized",
    );
    // Minutes given where milliseconds are meant.
    let result =
        base(&[Oidc]).with(|c| c.providers[0].iat_ttl_ms = Some(60)).refused("token-ttl-exceeded", 401, "Unauthorized");
    assert_eq!(verdict(&result, "token-ttl-exceeded").1, "iat 2026-01-15T12:00:00Z, 10 min old");
    base(&[Oidc]).with(|c| c.providers[0].iat_ttl_ms = Some(600_000)).passes();
    base(&[Oidc]).with(|c| c.providers[0].auth_ttl_ms = Some(600_000)).refused(
        "token-ttl-exceeded",
        401,
        "Unauthorized",
    );
    base(&[Oidc]).with(|c| c.now_ms = NOON + 3_600_000).refused("token-expired", 401, "Unauthorized");
}

#[test]
fn a_jwt_never_reaches_the_lambda_authorizer_while_a_mode_reads_jwts() {
    let foreign = unsigned(&json!({"iss": "https://elsewhere.example", "exp": 1_768_482_000}));
    let result = case(&[Lambda, UserPool]).bearing(&foreign).refused("authorizer-not-consulted", 401, NO_HEADER);
    assert!(
        verdict(&result, "issuer-mismatch").1.starts_with("not reached; would fail too: iss https://elsewhere.example")
    );
    case(&[Lambda]).bearing(&foreign).undecided("answer of the Lambda authorizer");
    case(&[Lambda, UserPool]).bearing("custom-token").undecided("answer of the Lambda authorizer");
}

#[test]
fn recorded_answers_decide_what_the_reference_leaves_open() {
    let bearer = || case(&[UserPool]).bearing(&format!("Bearer {}", fixture("rs256")));
    bearer().answered(200, "").passes();
    bearer().answered(401, "Unable to parse JWT token.").refused("bearer-prefix", 401, "Unable to parse JWT token.");
    bearer().answered(401, NO_HEADER).refused("bearer-prefix", 401, NO_HEADER);
    let slash = || {
        let mut case = case(&[UserPool, Oidc])
            .bearing(&unsigned(&json!({"iss": "https://idp.example/", "iat": 1_768_478_400, "exp": 1_768_482_000})));
        case.providers[1].issuer = Some("https://idp.example".into());
        case
    };
    slash().passes();
    slash().answered(401, "Unauthorized").refused("issuer-mismatch", 401, "Unauthorized");
    let unexplained = case(&[UserPool]).bearing(&fixture("rs256")).answered(401, "Unauthorized").run();
    assert_eq!(unexplained.gate.outcome, GateOutcome::Passed);
    assert!(unexplained.notes[0].contains("none of the checks explains"));
    let contradicted = case(&[UserPool]).bearing(&fixture("expired")).answered(200, "").refused(
        "token-expired",
        401,
        "Token has expired.",
    );
    assert!(contradicted.notes[0].contains("past the gate"));
}

#[test]
fn api_keys() {
    let key = "da2-abcdefghijklmnopqrstuvwxyz";
    let base = || case(&[ApiKey]).header("X-API-Key", key);
    let listed = |expires: i64, deletes: i64| {
        json!({"mode": "apiKey", "apiKeys": [
        {"id": "da2-another", "expires": 9_999_999_999_i64}, {"id": key, "expires": expires, "deletes": deletes}]})
    };
    let refused = "You are not authorized to make this call.";
    assert_eq!(base().knowing(listed(1_768_482_000, 1_773_000_000)).passes().principal, "API key …uvwxyz");
    let result = base().knowing(listed(1_768_000_000, 1_773_000_000)).refused("api-key-expired", 401, refused);
    assert!(
        verdict(&result, "api-key-expired").1.starts_with("key …uvwxyz expired 2026-01-09T23:06:40Z, 5 d 13 h before")
    );
    base().knowing(listed(1_760_000_000, 1_765_000_000)).refused("api-key-unknown", 401, refused);
    base().knowing(json!({"mode": "apiKey", "apiKeys": [{"id": "da2-another"}]})).refused(
        "api-key-unknown",
        401,
        refused,
    );
    // Without a list: what the capture or the build says.
    base().undecided("API key");
    base().answered(200, "").passes();
    base().answered(401, refused).refused("api-key-unknown", 401, refused);
    let declared = |expires| move |c: &mut Case| c.declared = vec![DeclaredApiKey { id: "Key".into(), expires }];
    base().with(declared(Some(1_768_000_000))).refused("api-key-expired", 401, refused);
    base().with(declared(Some(1_768_000_000))).answered(200, "").passes();
    base().with(declared(Some(1_800_000_000))).undecided("API key");
    base().with(declared(None)).undecided("API key");
    // A caller of a suite.
    assert_eq!(case(&[ApiKey]).knowing(json!({"mode": "apiKey"})).passes().context, Json::Null);
    let expired = json!({"mode": "apiKey", "apiKeys": [{"id": key, "expires": 1_768_000_000}]});
    case(&[ApiKey]).knowing(expired).refused("api-key-expired", 401, refused);
}

#[test]
fn signed_requests() {
    let signed = |credential: &str| {
        let text = format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=0123456789abcdef0123456789abcdef"
        );
        case(&[Iam]).bearing(&text).header("X-Amz-Date", "20260115T121000Z")
    };
    let good = "AKIAEXAMPLE/20260115/eu-west-1/appsync/aws4_request";
    let worker = json!({"mode": "iam", "userArn": "arn:aws:sts::111122223333:assumed-role/worker/fn", "policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": []}}]});
    signed(good).undecided("identity of the IAM caller");
    signed(good).answered(200, "").undecided("identity of the IAM caller");
    let identity = signed(good).knowing(worker.clone()).passes();
    let policies = identity.permissions.policies.unwrap();
    assert_eq!((identity.principal.as_str(), policies[0].name.as_str()), ("role worker / session fn", "p"));
    let code = |case: Case| {
        let result = case.run();
        let code = result.cause.map(|cause| cause.code);
        (code.unwrap_or("-"), result.gate.status, result.gate.error_type.unwrap_or_default())
    };
    let fault = |code: &'static str, error: &str| (code, 403, error.to_owned());
    assert_eq!(
        code(signed("AKIAEXAMPLE/20260115/us-east-1/appsync/aws4_request")),
        fault("sigv4-scope", "InvalidSignatureException")
    );
    assert_eq!(
        code(signed("AKIAEXAMPLE/20260115/eu-west-1/execute-api/aws4_request")),
        fault("sigv4-scope", "InvalidSignatureException")
    );
    assert_eq!(
        code(signed("da2-abc/20260115/eu-west-1/appsync/aws4_request")),
        fault("wrong-credential-kind", "UnrecognizedClientException")
    );
    assert_eq!(
        code(signed("ASIAEXAMPLE/20260115/eu-west-1/appsync/aws4_request")),
        fault("sigv4-incomplete", "UnrecognizedClientException")
    );
    assert_eq!(code(signed(good).with(|c| c.now_ms += 301_000)), fault("sigv4-expired", "InvalidSignatureException"));
    assert_eq!(
        code(case(&[Iam]).bearing("AWS4-HMAC-SHA256 Credential=x")),
        fault("sigv4-incomplete", "IncompleteSignatureException")
    );
    let mut ended = worker.clone();
    ended["expiration"] = json!("2026-01-15T12:00:00Z");
    assert_eq!(code(signed(good).knowing(ended)), fault("session-token-expired", "ExpiredTokenException"));
    let recorded = signed(good).with(|c| {
        let body = json!({"errors": [{"errorType": "InvalidSignatureException", "message": "The request signature we calculated does not match"}]});
        c.recorded = Some(Answer::new(403, Some(&body)));
    });
    assert_eq!(code(recorded), fault("sigv4-mismatch", "InvalidSignatureException"));
    case(&[Iam]).knowing(worker).passes();
    case(&[Iam]).knowing(json!({"mode": "iam"})).undecided("identity of the IAM caller");
}

#[test]
fn lambda_authorizers() {
    let base = |facts: Json| case(&[Lambda]).bearing("custom-token-abc").knowing(facts);
    let refused = "You are not authorized to make this call.";
    let answer = |answer: Json| base(json!({"mode": "lambda", "authorizer": answer}));
    let identity =
        answer(json!({"isAuthorized": true, "deniedFields": ["Post.secret"], "resolverContext": {"tier": "gold"}}))
            .passes();
    assert_eq!(identity.context, json!({"resolverContext": {"tier": "gold"}}));
    assert_eq!(identity.denied_fields, ["Post.secret"]);
    assert_eq!(answer(json!({"isAuthorized": true})).passes().context, json!({}));
    assert_eq!(
        base(json!({"mode": "lambda", "resolverContext": {"a": 1}})).passes().context,
        json!({"resolverContext": {"a": 1}})
    );
    answer(json!({"isAuthorized": false})).refused("authorizer-denied", 401, refused);
    for bad in [json!({}), json!({"isAuthorized": "true"}), json!(null), json!("yes")] {
        answer(bad).refused("authorizer-bad-answer", 401, refused);
    }
    let rejecting = |c: &mut Case| c.providers[0].identity_validation = Some("^Custom ".into());
    answer(json!({"isAuthorized": true})).with(rejecting).refused("authorizer-token-rejected", 401, refused);
    let bare = || case(&[Lambda]).bearing("custom-token-abc");
    bare().answered(200, "").undecided("answer of the Lambda authorizer");
    bare().answered(401, refused).refused("authorizer-denied", 401, refused);
    let not_invocable = bare()
        .with(|c| c.recorded = Some(Answer::new(400, Some(&json!({"errors": [{"errorType": "BadRequestException"}]})))))
        .run();
    assert_eq!(not_invocable.cause.unwrap().code, "authorizer-not-invocable");
    assert_eq!(not_invocable.refusal, Some((400, json!({"errors": [{"errorType": "BadRequestException"}]}))));
}

#[test]
fn facts_say_who_calls() {
    let pool = |facts: Json| case(&[UserPool, Oidc]).knowing(facts);
    let bob = pool(json!({"mode": "userPool", "claims": {"sub": "u1", "cognito:username": "bob"}})).passes();
    assert_eq!((bob.principal.as_str(), bob.claims.unwrap()["sub"].clone()), ("bob (u1)", json!("u1")));
    let partner = pool(json!({"mode": "oidc", "claims": {"sub": "o1", "iss": "https://idp.example"}})).passes();
    assert_eq!((partner.mode, partner.context["sub"].clone()), (Oidc, json!("o1")));
    // What claims do say is checked.
    pool(json!({"mode": "userPool", "claims": {"sub": "u1", "exp": 1_700_000_000}})).refused(
        "token-expired",
        401,
        "Token has expired.",
    );
    pool(json!({"mode": "oidc", "claims": {"sub": "o1", "iss": "https://idp.other"}})).refused(
        "issuer-mismatch",
        401,
        NO_HEADER,
    );
    // A token in the facts, or the one in the header.
    pool(json!({"mode": "userPool", "token": fixture("expired")})).refused("token-expired", 401, "Token has expired.");
    pool(json!({"mode": "userPool", "token": "nothing"})).refused("not-a-jwt", 401, "Unable to parse JWT token.");
    pool(json!({"mode": "userPool"})).bearing(&fixture("rs256")).passes();
    pool(json!({"mode": "userPool"})).undecided("identity");
    // Facts replace the header's claims; a whole context replaces everything.
    let other = pool(json!({"mode": "userPool", "claims": {"sub": "u2"}})).bearing(&fixture("expired")).passes();
    assert_eq!(other.context["sub"], "u2");
    let whole = pool(json!({"mode": "userPool", "context": {"sub": "x", "groups": ["A"], "extra": 1}})).passes();
    assert_eq!((whole.context["extra"].clone(), whole.groups), (json!(1), Some(vec!["A".to_owned()])));
    case(&[UserPool]).knowing(json!({"mode": "iam", "userArn": "a"})).refused("mode-not-configured", 401, NO_HEADER);
}

#[test]
fn a_capture_that_lost_its_header_is_undecided() {
    let sanitized = |modes: &[AuthMode]| case(modes).har();
    let result = sanitized(&[UserPool, Iam]).answered(200, "").undecided("identity");
    assert_eq!(verdict(&result, "no-credential").0, Verdict::Unknown);
    sanitized(&[UserPool]).answered(401, "Unable to parse JWT token.").undecided("identity");
    sanitized(&[UserPool]).undecided("identity");
    sanitized(&[UserPool]).answered(401, NO_HEADER).refused("no-credential", 401, NO_HEADER);
    sanitized(&[UserPool]).answered(401, "Token has expired.").refused("token-expired", 401, "Token has expired.");
    let signed = sanitized(&[UserPool, Iam])
        .header("x-amz-security-token", "t")
        .answered(200, "")
        .undecided("identity of the IAM caller");
    assert_eq!(signed.gate.mode, Some("AWS_IAM"));
    // Other captures are taken at their word, unless the answer contradicts them.
    case(&[UserPool]).answered(401, "Unauthorized").refused("no-credential", 401, NO_HEADER);
    case(&[UserPool]).answered(200, "").undecided("identity");
    // A signature that was taken out leaves the claims usable.
    let token = fixture("rs256");
    let stripped = format!("{}.", token.rsplit_once('.').unwrap().0);
    sanitized(&[UserPool]).with(|c| c.keys = Some(keys())).bearing(&stripped).passes();
}

#[test]
fn no_secret_is_in_the_output() {
    let (jwt, key) = (fixture("rs256"), "da2-abcdefghijklmnopqrstuvwxyz");
    let sigv4 = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLEEXAMPLE/20260115/eu-west-1/appsync/aws4_request, SignedHeaders=host, Signature=0123456789abcdef";
    for modes in [&[UserPool][..], &[Iam], &[ApiKey], &[Lambda], &[Oidc, ApiKey], &[Lambda, UserPool]] {
        for secret in [jwt.as_str(), sigv4, "an-opaque-access-token", &format!("Bearer {jwt}x y")] {
            let result = case(modes).bearing(secret).header("x-api-key", key).run();
            let identity = result.identity.as_ref().map(|identity| identity.principal.clone());
            let output = format!(
                "{} {:?} {:?} {:?} {identity:?}",
                serde_json::to_string(&result.gate).unwrap(),
                result.refusal,
                result.notes,
                result.missing
            );
            for part in [secret, key, jwt.as_str(), "AKIAEXAMPLEEXAMPLE", "Signature=0123"] {
                assert!(!output.contains(part), "{modes:?} shows {part}: {output}");
            }
            assert!(output.contains("…"), "{output}");
        }
    }
}

#[test]
fn claims_without_an_issuer_have_that_of_the_only_provider_that_can_have_let_them_in() {
    let claims = json!({"mode": "userPool", "claims": {"sub": "u1"}});
    let one = case(&[AuthMode::ApiKey, AuthMode::UserPool]).knowing(claims.clone()).run();
    let issuer = format!("https://cognito-idp.eu-west-1.amazonaws.com/{POOL}");
    let context = one.identity.unwrap().context;
    assert_eq!((&context["issuer"], &context["claims"]["iss"]), (&json!(issuer), &json!(issuer)));
    // Of two pools nobody can say which: the claim stays absent.
    let two = case(&[AuthMode::UserPool, AuthMode::UserPool]).knowing(claims).run();
    assert_eq!(two.identity.unwrap().context["issuer"], Json::Null);
}
