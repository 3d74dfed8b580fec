//! The cases of `tests/iam/cases.json`.

use serde_json::{Value as Json, json};

use super::*;

const CASES: &str = include_str!("../../tests/iam/cases.json");
/// 2026-01-15T12:00:00Z
const NOON: i64 = 1_768_478_400_000;

fn cases(section: &str) -> Vec<Json> {
    let all: Json = serde_json::from_str(CASES).unwrap();
    all[section].as_array().unwrap().clone()
}

fn policies(case: &Json, member: &str) -> Option<Vec<Policy>> {
    case.get(member).map(|json| Policy::read_all(json).unwrap_or_else(|error| panic!("{error}: {case}")))
}

fn decide(case: &Json) -> Decision {
    let text = |of: &Json, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let keys = case["conditionKeys"].as_object().into_iter().flatten().map(|(key, value)| {
        let value = match value {
            Json::Null => None,
            Json::String(text) => Some(vec![text.clone()]),
            other => Some(vec![other.to_string()]),
        };
        (key.clone(), value)
    });
    let permissions = Permissions {
        policies: policies(case, "policies"),
        boundary: policies(case, "boundary"),
        session: policies(case, "sessionPolicy"),
        control: policies(case, "serviceControlPolicies"),
        keys: keys.collect(),
    };
    let api = case.get("api").cloned().unwrap_or_else(
        || json!({"partition": "aws", "region": "eu-west-1", "account": "111122223333", "apiId": "abc"}),
    );
    let api = ApiArn {
        partition: text(&api, "partition"),
        region: text(&api, "region"),
        account: text(&api, "account"),
        api_id: text(&api, "apiId"),
    };
    let nobody = json!({"userArn": "arn:aws:iam::111122223333:user/nobody"});
    let identity = case.get("identity").unwrap_or(&nobody);
    let around = Circumstances { now_ms: NOON, ..Circumstances::default() };
    let (type_name, field) = case["field"].as_str().unwrap().split_once('.').unwrap();
    Access::new(permissions, Vec::new(), identity, api, around).decide(type_name, field)
}

#[test]
fn every_case_is_decided_as_expected_and_for_the_reason_expected() {
    let cases = cases("cases");
    assert!(cases.len() >= 80);
    let mut wrong = Vec::new();
    for case in &cases {
        let (decision, code, said, open) = match decide(case) {
            Decision::Allowed { by, open } => ("allow", None, by, open),
            Decision::Denied(denial) => ("deny", Some(denial.code), denial.text, denial.open),
            Decision::KeysMissing { keys, by } => ("undecided", None, format!("{by} {}", keys.join(" ")), vec![]),
            Decision::PoliciesMissing { .. } => ("undecided", None, "policies".to_owned(), vec![]),
        };
        let says = case["says"].as_str().unwrap_or_default();
        let as_open = case.get("open").is_none_or(|expected| *expected == json!(open));
        let as_expected = case["expect"] == decision && case["code"].as_str() == code && said.contains(says);
        if !as_expected || !as_open {
            wrong.push(format!(
                "{}\n  expected {} {} {says}\n  {decision} {code:?} {said} {open:?}",
                case["why"], case["expect"], case["code"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn what_is_no_policy_says_why() {
    for case in cases("unreadable") {
        let error = Policy::read_all(&case["policies"]).expect_err(case["why"].as_str().unwrap());
        assert!(error.contains(case["says"].as_str().unwrap()), "{}: {error}", case["why"]);
    }
}

/// A build writes `${ApiId}` where nobody gave the id: it is the same id on both sides. Other roles' policies may be
/// there that the build does not show.
#[test]
fn policies_of_a_build_decide_only_what_they_allow() {
    let document = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "appsync:GraphQL",
        "Resource": ["arn:aws:appsync:${Region}:${AccountId}:apis/${ApiId}/types/Query/fields/getPost",
                     "arn:aws:appsync:eu-west-1:1:apis/${Other}/types/Query/fields/listPosts"],
    }]});
    let build = vec![Policy::of_build("AuthRolePolicy01", &document).unwrap()];
    let api = ApiArn { partition: "aws".into(), ..ApiArn::default() };
    let access = Access::new(Permissions::default(), build, &json!({}), api, Circumstances::default());
    let open = |decision| match decision {
        Decision::Allowed { open, .. } => Some(open.len()),
        Decision::PoliciesMissing { nearest: Some(_) } => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(open(access.decide("Query", "getPost")), Some(0), "the same placeholders on both sides");
    assert_eq!(open(access.decide("Query", "listPosts")), Some(3));
    assert_eq!(open(access.decide("Query", "other")), None);
}
