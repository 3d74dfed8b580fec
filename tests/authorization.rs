//! Whole requests against small APIs: which stage decides, why, and how AppSync words it. The cases are in
//! `tests/authorization/*.json`, each saying what it protects; the worked table of the reference is among them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};
use support::authorization::{GATE_CODES, Setup, outcome};
use support::case_edits::{edited, fixes, wrong};
use vtlens::api::{Api, LoadOptions};
use vtlens::execute::FieldInput;
use vtlens::identity::IdentityFacts;
use vtlens::replay::Replay;
use vtlens::report::{Decision, GateOutcome, RequestReport, Stage, Verdict};

/// Every case of a file, checked.
fn holds(file: &str) -> usize {
    let text = std::fs::read_to_string(format!("tests/authorization/{file}")).unwrap();
    let cases: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut wrong = Vec::new();
    let cases = cases["cases"].as_array().unwrap();
    for case in cases {
        let report = Setup::of(case).run();
        let expected = case["expect"].as_object().unwrap_or_else(|| panic!("no `expect`: {case}"));
        let is = outcome(&report);
        for (key, wanted) in expected {
            let fits = match key.as_str() {
                "says" | "hazard" | "missing" | "note" => {
                    is[key].as_str().unwrap_or_default().contains(wanted.as_str().unwrap())
                }
                _ => is[key] == *wanted,
            };
            if !fits {
                wrong.push(format!("{}\n  expected {key} {wanted}\n  was      {}", case["why"], is[key]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    cases.len()
}

#[test]
fn the_worked_table_of_the_reference() {
    assert_eq!(holds("worked-table.json"), 11);
}

#[test]
fn directives_groups_and_denied_fields() {
    assert!(holds("schema.json") >= 20);
}

#[test]
fn policies_before_the_schema() {
    assert!(holds("iam.json") >= 12);
}

#[test]
fn each_cause_of_the_gate() {
    assert!(holds("gate.json") >= 23);
    let text = std::fs::read_to_string("tests/authorization/gate.json").unwrap();
    for code in GATE_CODES {
        assert!(text.contains(&format!("\"cause\": \"{code}\"")), "no case for {code}");
    }
}

/// The policies that a build of Amplify's generator gives its roles, found by the role of the caller's ARN.
#[test]
fn roles_of_a_build_have_the_policies_that_it_gives_them() {
    let params = [
        ("AWS::Region", "us-east-1"),
        ("AWS::AccountId", "123456789012"),
        ("apiId", "x1"),
        ("authRoleName", "app-auth"),
        ("unauthRoleName", "app-unauth"),
    ];
    let params = params.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let options = LoadOptions { params, schema: None };
    let api = Api::open(&support::packed::at("tests/amplify/builds/kitchen_multi"), &options).unwrap();
    let check = |role: &str, field: &str| {
        let arn = format!("arn:aws:sts::123456789012:assumed-role/{role}/CognitoIdentityCredentials");
        let facts = json!({ "mode": "iam", "userArn": arn }).to_string();
        let mut replay = Replay::new(&api, 1_768_478_400_000);
        replay.facts = Some(IdentityFacts::read("identity.json", &facts).unwrap());
        let arguments = json!({ "id": "1" }).as_object().unwrap().clone();
        let report = replay.field(&FieldInput::new("Query", field, arguments)).unwrap();
        let check = report.gate.unwrap().checks.pop().unwrap();
        (check.verdict, check.found)
    };
    let allowed = "Query.getStudent: statement 1 of policy `AuthRolePolicy01921FC820`";
    assert_eq!(check("app-auth", "getStudent"), (Verdict::Pass, allowed.to_owned()));
    assert_eq!(check("app-unauth", "getCourse").0, Verdict::Pass);
    assert_eq!(check("app-unauth", "getStudent").0, Verdict::Unknown, "there may be other policies");
    assert_eq!(check("someone", "getStudent").0, Verdict::Unknown);
}

#[test]
fn a_role_has_its_inline_policies_and_the_managed_ones_that_name_each_other() {
    let statement = |resource: Json| json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "appsync:GraphQL", "Resource": resource } });
    let field = json!({ "Fn::Sub": "${Api.Arn}/types/Query/fields/${!aws:username}" });
    let template = json!({ "Resources": {
        "Api": { "Type": "AWS::AppSync::GraphQLApi", "Properties": { "Name": "n", "AuthenticationType": "AWS_IAM" } },
        "Schema": { "Type": "AWS::AppSync::GraphQLSchema", "Properties": {
            "ApiId": { "Fn::GetAtt": ["Api", "ApiId"] }, "Definition": "type Query { a: String }" } },
        "Role": { "Type": "AWS::IAM::Role", "Properties": {
            "RoleName": "worker",
            "ManagedPolicyArns": [{ "Ref": "Managed" }, "arn:aws:iam::aws:policy/ReadOnlyAccess"],
            "Policies": [{ "PolicyName": "inline", "PolicyDocument": statement(field) }] } },
        "Managed": { "Type": "AWS::IAM::ManagedPolicy", "Properties": { "PolicyDocument": statement(json!("*")) } },
        "Attached": { "Type": "AWS::IAM::Policy", "Properties": {
            "PolicyName": "p", "Roles": [{ "Ref": "Role" }], "PolicyDocument": statement(json!("*")) } },
        "Others": { "Type": "AWS::IAM::Policy", "Properties": {
            "PolicyName": "p", "Roles": ["other"], "PolicyDocument": statement(json!("*")) } },
        "Broken": { "Type": "AWS::IAM::Policy", "Properties": {
            "PolicyName": "p", "Roles": ["worker"], "PolicyDocument": { "Statement": { "Effect": "Allow" } } } },
    } });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("template.json");
    std::fs::write(&file, template.to_string()).unwrap();
    let api = Api::open(&file, &LoadOptions::default()).unwrap();
    let found = api.role_policies("worker").unwrap();
    let names: Vec<&str> = found.policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["inline", "Managed", "Attached"]);
    assert_eq!(found.unread.len(), 1);
    assert!(
        found.unread[0].contains("`Broken` of template.json: statement 1 of policy `Broken`"),
        "{:?}",
        found.unread
    );
    assert!(api.role_policies("nobody").unwrap().policies.is_empty());
}

/// Modes of a random API: some of these, one of a kind but for the second pool.
fn modes() -> impl Strategy<Value = Vec<Json>> {
    let all = vec![
        json!("apiKey"),
        json!({ "mode": "userPool", "default_action": "DENY" }),
        json!({ "mode": "userPool", "user_pool_id": "eu-west-1_Other", "client_id": "^client1$" }),
        json!({ "mode": "oidc", "client_id": "web", "auth_ttl": 120_000 }),
        json!("iam"),
        json!({ "mode": "lambda", "identity_validation": "^custom" }),
    ];
    prop_oneof![1 => subsequence(all.clone(), 1..=3), 3 => subsequence(all, 5..=6)].prop_shuffle()
}

fn directive() -> impl Strategy<Value = &'static str> {
    select(&[
        "",
        "",
        "@aws_api_key",
        "@aws_iam",
        "@aws_cognito_user_pools",
        "@aws_api_key @aws_lambda @aws_oidc",
        "@aws_cognito_user_pools(cognito_groups: [\"Admin\"]) @aws_iam",
        "@aws_auth(cognito_groups: [\"Admin\"])",
    ])
}

/// Headers and facts: any of both, or such as belong together.
fn caller() -> impl Strategy<Value = (Json, Json)> {
    let signed = json!({ "Authorization": "SIGV4 AKIAEXAMPLE/20260115/eu-west-1/appsync/aws4_request" });
    let custom = json!({ "Authorization": "custom-token" });
    prop_oneof![
        1 => (credential(), facts()),
        2 => (credential(), Just(Json::Null)),
        2 => facts().prop_map(move |facts| match facts["mode"].as_str() {
            Some("iam") => (signed.clone(), facts),
            Some("lambda") => (custom.clone(), facts),
            Some("apiKey") => (json!({ "x-api-key": "da2-key" }), facts),
            _ => (json!({ "Authorization": "JWT {\"cognito:groups\":[\"Admin\"]}" }), facts),
        }),
    ]
}

fn credential() -> impl Strategy<Value = Json> {
    select(vec![
        json!({}),
        json!({ "x-api-key": "da2-key" }),
        json!({ "Authorization": "JWT {}" }),
        json!({ "Authorization": "Bearer JWT {\"cognito:groups\":[\"Admin\"]}" }),
        json!({ "Authorization": "JWT {\"exp\":1768478000,\"nbf\":1768479000}" }),
        json!({ "Authorization": "JWT {\"iss\":\"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other\"}" }),
        json!({ "Authorization": "JWT {\"iss\":\"https://idp.example\",\"aud\":\"web\",\"auth_time\":1768478000}" }),
        json!({ "Authorization": "JWT {\"iss\":\"https://idp.example/\",\"azp\":\"web\"}" }),
        json!({ "Authorization": "JWT {\"iss\":\"https://elsewhere.example\",\"exp\":1768478000}" }),
        json!({ "Authorization": "custom-token", "x-api-key": "da2-key" }),
        json!({ "Authorization": "another-token" }),
        json!({ "Authorization": "SIGV4 AKIAEXAMPLE/20260115/eu-west-1/appsync/aws4_request" }),
        json!({ "Authorization": "SIGV4 AKIAEXAMPLE/20260115/us-east-1/appsync/aws4_request", "X-Amz-Date": "20260115T100000Z" }),
    ])
}

fn facts() -> impl Strategy<Value = Json> {
    let statement =
        |effect: &str, resource: &str| json!({ "Effect": effect, "Action": "appsync:GraphQL", "Resource": resource });
    let iam = |statements: Vec<Json>| {
        json!({ "mode": "iam", "userArn": "arn:aws:iam::111122223333:user/ci", "expiration": 1_768_479_000,
                "policies": [{ "PolicyName": "p", "PolicyDocument": { "Statement": statements } }] })
    };
    let allow = statement("Allow", "*");
    let deny = statement("Deny", "arn:aws:appsync:*:*:apis/*/types/Query/fields/b");
    let unknown =
        json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "Bool": { "aws:X": "true" } } });
    let lambda = |answer: Json| json!({ "mode": "lambda", "authorizer": answer });
    select(vec![
        Json::Null,
        Json::Null,
        Json::Null,
        json!({ "mode": "apiKey", "apiKeys": [{ "id": "da2-key", "expires": 1_768_500_000 }] }),
        json!({ "mode": "apiKey", "apiKeys": [{ "id": "da2-key", "expires": 1_768_400_000 }] }),
        iam(vec![allow.clone()]),
        iam(vec![allow, deny]),
        iam(vec![unknown]),
        json!({ "mode": "iam", "userArn": "arn:aws:iam::111122223333:user/ci", "expiration": 1_768_400_000 }),
        lambda(json!({ "isAuthorized": true, "deniedFields": ["P.x"] })),
        lambda(json!({ "isAuthorized": true })),
        lambda(json!({ "isAuthorized": false })),
        json!({ "mode": "userPool", "claims": { "sub": "u1", "cognito:groups": ["Admin"] } }),
    ])
}

fn any_case() -> impl Strategy<Value = Json> {
    let directives = proptest::collection::vec(directive(), 5);
    let returned = select(vec![json!({ "x": "1", "y": "2" }), Json::Null, json!("refused"), json!("failed")]);
    let query = select(vec!["{ b }", "{ a { x y } }", "{ a { x } b }", "{ __typename }", "{ b c: b }"]);
    let other = select(vec![json!("1"), json!("refused")]);
    (modes(), directives, returned, other, query, caller(), any::<bool>()).prop_map(
        |(modes, d, a, b, query, (headers, identity), suite)| {
            let schema = format!(
                "type Query {} {{ a: P {} b: String {} }} type P {} {{ x: String {} y: String }}",
                d[0], d[1], d[2], d[3], d[4]
            );
            let mut case = json!({
                "modes": modes, "schema": schema, "returns": { "Query.a": a, "Query.b": b }, "query": query,
                "headers": headers, "suite": suite,
            });
            if !identity.is_null() {
                case["identity"] = identity;
            }
            case
        },
    )
}

/// What decided: decision, stage, cause.
fn decided(report: &RequestReport) -> (Decision, Option<Stage>, Option<&'static str>) {
    (report.decision, report.stage, report.cause.as_ref().map(|cause| cause.code))
}

/// The same request with other values of the facts that a check reads, where it has them.
fn with_other_facts(case: &Json, code: &str) -> Vec<Json> {
    let claims: &[(&str, [Json; 2])] = match code {
        "token-expired" => &[("exp", [json!(1_768_470_000), json!(1_768_490_000)])],
        "token-not-yet-valid" => &[("nbf", [json!(1_768_470_000), json!(1_768_490_000)])],
        "client-id-mismatch" => &[("aud", [json!("client1"), json!("nobody")]), ("azp", [json!("web"), json!("x")])],
        "token-ttl-exceeded" => {
            &[("auth_time", [json!(1), json!(1_768_478_390)]), ("iat", [json!(1), json!(1_768_478_390)])]
        }
        _ => &[],
    };
    let mut found = Vec::new();
    let header = case["headers"]["Authorization"].as_str().unwrap_or_default();
    if let Some((before, written)) = header.split_once("JWT {") {
        let written: Json = serde_json::from_str(&format!("{{{written}")).unwrap();
        for (name, values) in claims {
            // Of a claim that only some tokens have, only those that have it.
            if matches!(*name, "nbf" | "azp") && written.get(name).is_none() {
                continue;
            }
            for value in values {
                let mut claims = written.clone();
                claims[*name] = value.clone();
                let mut other = case.clone();
                other["headers"]["Authorization"] = json!(format!("{before}JWT {claims}"));
                found.push(other);
            }
        }
    }
    let mut set = |pointer: &str, values: [Json; 2]| {
        for value in values {
            let mut other = case.clone();
            if let Some(place) = other.pointer_mut(pointer) {
                *place = value;
                found.push(other);
            }
        }
    };
    match code {
        "sigv4-expired" => set("/headers/X-Amz-Date", [json!("20260115T120000Z"), json!("20260101T120000Z")]),
        "session-token-expired" => set("/identity/expiration", [json!(1), json!(1_768_490_000)]),
        "authorizer-denied" | "authorizer-bad-answer" => {
            set("/identity/authorizer/isAuthorized", [json!(false), json!(true)]);
        }
        "api-key-expired" => set("/identity/apiKeys/0/expires", [json!(1), json!(1_768_490_000)]),
        _ => {}
    }
    found
}

/// Each case of fixes is run many times.
fn fewer() -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 128 }
}

fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let fixed = std::env::var_os("PROPTEST_RNG_SEED").is_none();
    let rng_seed = if fixed { RngSeed::Fixed(17) } else { default.rng_seed };
    ProptestConfig { rng_seed, cases: default.cases.max(512), failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    /// Whatever the API and the request, one stage decides, and the report says so in every place where it does; what
    /// it calls skipped decides nothing.
    #[test]
    fn exactly_one_stage_decides(case in any_case()) {
        let report = Setup::of(&case).run();
        let gate = report.gate.as_ref().unwrap();
        let failed = |verdict: Verdict| gate.checks.iter().filter(move |check| {
            check.verdict == verdict && GATE_CODES.contains(&check.code)
        });
        prop_assert_eq!(failed(Verdict::Fail).count(), usize::from(gate.outcome == GateOutcome::Refused));
        match report.decision {
            Decision::Allowed => prop_assert_eq!((report.stage, report.cause.is_some()), (None, false)),
            Decision::Denied => prop_assert!(report.stage.is_some() && report.cause.is_some()),
            Decision::Undecided => prop_assert!(report.stage.is_some() && !report.missing.is_empty()),
            Decision::Error | Decision::Filtered => prop_assert!(gate.outcome == GateOutcome::Passed),
        }
        let status = report.response.as_ref().map(|response| response.status);
        if gate.outcome == GateOutcome::Passed {
            prop_assert!(report.stage != Some(Stage::Gate));
            for field in &report.fields {
                prop_assert_eq!(field.decision == Decision::Denied, field.stage.is_some() && field.error.is_some()
                    && field.decision == Decision::Denied);
            }
            let deciding = report.fields.iter().filter(|field| field.decision == report.decision);
            let stages: Vec<Option<Stage>> = deciding.map(|field| field.stage).collect();
            if report.decision == Decision::Denied {
                prop_assert!(stages.contains(&report.stage), "{:?}", stages);
                let whole = status == Some(401);
                prop_assert_eq!(whole, report.stage == Some(Stage::Iam) && report.fields.len() == 1
                    && report.fields[0].error.as_ref().unwrap().message == "Permission denied");
            }
        } else {
            // A Lambda authorizer's no is the authorizer's, everything else in front of the fields the gate's.
            let authorizer = report.cause.as_ref().is_some_and(|cause| {
                matches!(cause.code, "authorizer-denied" | "authorizer-bad-answer")
            });
            let stage = if authorizer { Stage::Authorizer } else { Stage::Gate };
            prop_assert_eq!((report.stage, report.fields.is_empty()), (Some(stage), true));
        }
        for skipped in gate.checks.iter().filter(|check| check.verdict == Verdict::Skipped) {
            for other in with_other_facts(&case, skipped.code) {
                let after = Setup::of(&other).run();
                prop_assert_eq!(decided(&after), decided(&report), "{} was skipped: {}", skipped.code, other);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: fewer(), ..config() })]

    /// Whatever the API and the request, a fix that is shown lets it through when somebody else makes it.
    #[test]
    fn fixes_flip_the_decision(mut case in any_case()) {
        case["suite"] = json!(false);
        let report = serde_json::to_value(Setup::of(&case).explained()).unwrap();
        for (path, fix) in fixes(&report) {
            let after = edited(&case, fix["edits"].as_array().unwrap());
            let again = serde_json::to_value(Setup::of(&after).run()).unwrap();
            let wrong = wrong(&again, &path, fix["open"].is_array());
            prop_assert!(wrong.is_none(), "{}\n{fix}\nof {case}", wrong.unwrap());
        }
    }
}
