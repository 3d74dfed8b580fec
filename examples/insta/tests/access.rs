//! Who may do what in the blog, held by snapshots of insta: `cargo insta review` shows what a change of the API changes.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vtlens::api::{Api, LoadOptions};
use vtlens::execute::FieldInput;
use vtlens::identity::IdentityFacts;
use vtlens::replay::Replay;
use vtlens::report::RequestReport;
use vtlens::source::Data;
use vtlens::suite::{self, Suite};

/// 2026-01-15T12:00:00Z: a test has one clock, whenever it is run.
const NOW_MS: i64 = 1_768_478_400_000;

/// The sample API of vtlens; in a project of yours `amplify/backend/api/NAME`, or the folder with `cdk.out`.
fn blog() -> PathBuf {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above.map(|folder| folder.join("templates/blog")).find(|folder| folder.is_dir()).unwrap()
}

/// A suite's decisions as one table: a rule that lets somebody in or out is one line of the difference.
#[test]
fn who_may_do_what() {
    let suite = Suite::load(&blog().join("blog.vtlens.yaml")).unwrap();
    let report = suite::run(&[suite], &suite::Options::default(), &|| ()).unwrap();
    let mut table: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for case in &report.suites[0].tests {
        let test = case.step.map_or_else(|| case.name.clone(), |step| format!("{}, step {step}", case.name));
        table.entry(test).or_default().insert(case.identity.clone(), json!(case.actual.decision));
    }
    insta::assert_json_snapshot!(table);
}

/// One field as one caller: why it is denied, and what would have let the caller in.
#[test]
fn why_an_editor_may_not_change_a_post() {
    let report = as_caller(json!({
        "mode": "userPool",
        "claims": { "sub": "u-7", "cognito:username": "kim", "cognito:groups": ["Editors"], "token_use": "id" },
    }));
    let field = &report.fields[0];
    let answer = json!({
        "decision": field.decision,
        "cause": field.cause,
        // By its text: lines shift when the API is generated again.
        "statement": field.site.as_ref().map(|site| &site.text),
        "needs": field.rules.iter().map(|rule| &rule.needs).collect::<Vec<_>>(),
    });
    insta::assert_json_snapshot!(answer);
}

/// Which rule of the author's lets somebody in.
#[test]
fn why_an_admin_may() {
    let report = as_caller(json!({
        "mode": "userPool",
        "claims": { "sub": "u-8", "cognito:username": "ada", "cognito:groups": ["Admin"], "token_use": "id" },
    }));
    let by = report.fields[0].allowed_by.iter();
    let by: Vec<Value> =
        by.map(|by| json!({ "rule": by.auth.as_ref().map(|rule| &rule.text), "words": by.words })).collect();
    insta::assert_json_snapshot!(by);
}

fn as_caller(identity: Value) -> RequestReport {
    let api = Api::open(&blog(), &LoadOptions::default()).unwrap();
    let mut replay = Replay::new(&api, NOW_MS);
    replay.data = Data::load(api.defaults.data.as_deref().unwrap()).unwrap();
    replay.facts = Some(IdentityFacts::read("caller", &identity.to_string()).unwrap());
    replay.explain_allowed = true;
    let arguments = json!({ "input": { "id": "post-1", "title": "Eight birds" } });
    let input = FieldInput::new("Mutation", "updatePost", arguments.as_object().cloned().unwrap());
    replay.field(&input).unwrap()
}
