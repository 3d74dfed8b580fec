//! Every refusal by a resolver is explained: the statement, the conditions that led to it, and, whenever the
//! templates that ran hold a statement that could have let the caller in, a rule with what blocked it. The cause is
//! never only that it was unauthorized.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use vtlens::api::{Api, AuthMode, LoadOptions};
use vtlens::execute::{Caller, Denial, Execution, Executor, FieldInput};
use vtlens::explain::{AuthorRules, Question, explain};
use vtlens::limits::Env;
use vtlens::report::{Cause, Decision, Stage};
use vtlens::source::Data;

fn folder() -> PathBuf {
    packed::collection()
}

/// Read off the text of the templates, independently of the explanation: something in them sets a flag, ends the
/// template early, or fills the lists and filters that the decision hangs on.
fn could_allow(execution: &Execution) -> bool {
    execution.runs.iter().any(|run| {
        let text = run.program.source.text();
        [
            "= true )",
            "#return($util",
            "#return($context",
            "llowedFields0 )",
            ".addAll($",
            "authFilter.add",
            "AuthExpressions.add",
        ]
        .iter()
        .any(|grant| text.contains(grant))
    })
}

/// Whether a sentence names what was compared: a value of the caller's, the record's or an argument's, or that it is
/// not there. Where no caller at all could be let in, it is the field and the caller's mode.
fn says_why(cause: &Cause) -> bool {
    let nobody = matches!(cause.code, "no-rule-for-mode" | "operation-not-allowed");
    let fields = cause.code == "field-not-allowed" && cause.text.contains("by callers with");
    let value = cause.text.contains('"') || cause.text.contains(" is absent") || cause.text.contains(" is null");
    (nobody || fields || value) && !cause.text.contains("one of []") && !cause.text.contains("null, null")
}

#[derive(Default)]
struct Tally {
    denied: usize,
    by_schema: usize,
    with_rules: usize,
    codes: std::collections::BTreeMap<&'static str, usize>,
    faults: Vec<String>,
}

fn check_suite(file: &Path, tally: &mut Tally) {
    let suite: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let params = suite["params"].as_object().unwrap();
    let options = LoadOptions {
        params: params.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect(),
        ..LoadOptions::default()
    };
    let api = Api::open(&file.parent().unwrap().join(suite["api"].as_str().unwrap()), &options).unwrap();
    let executor = Executor::new(&api);
    let author = AuthorRules::default();
    let data = Data::from_json("suite", &suite["data"]).unwrap();
    for test in suite["tests"].as_array().unwrap() {
        let (parent, field) = test["field"].as_str().unwrap().split_once('.').unwrap();
        for name in test["expect"].as_object().unwrap().keys() {
            let identity = &suite["identities"][name];
            let mode = match identity["mode"].as_str().unwrap() {
                "apiKey" => AuthMode::ApiKey,
                "userPool" => AuthMode::UserPool,
                "oidc" => AuthMode::Oidc,
                "iam" => AuthMode::Iam,
                _ => AuthMode::Lambda,
            };
            if !api.modes().any(|known| known == mode) {
                continue;
            }
            let context = identity.get("context").cloned().unwrap_or(Json::Null);
            let caller = Caller { mode, identity: &context, groups: None, denied_fields: &[], policy_refusals: &[] };
            let mut input = FieldInput::new(parent, field, test["arguments"].as_object().cloned().unwrap_or_default());
            input.source = test.get("source").cloned().unwrap_or(Json::Null);
            let env = Env::at(1_767_323_045_678);
            let execution = executor.field(&input, caller, &mut data.clone(), &env, true).unwrap();
            let quiet = executor.field(&input, caller, &mut data.clone(), &Env::at(1_767_323_045_678), false).unwrap();
            let id = format!("{} {} as {name}", file.file_stem().unwrap().to_string_lossy(), test["name"]);
            if (quiet.decision, &quiet.faults) != (execution.decision, &execution.faults) {
                tally.faults.push(format!("{id}: recording changed the decision"));
            }
            if execution.decision != Decision::Denied {
                continue;
            }
            let question =
                Question { api: &api, author: &author, input: &input, mode, identity: &context, token_use: None };
            let explanation = explain(question, &execution);
            if execution.stage == Some(Stage::Schema) {
                tally.by_schema += 1;
                match explanation.cause {
                    Some(cause) => *tally.codes.entry(cause.code).or_default() += 1,
                    None => tally.faults.push(format!("{id}: no cause")),
                }
                continue;
            }
            tally.denied += 1;
            let mut fault = |what: &str| {
                let place = explanation.site.as_ref().map(|site| format!("{}:{}", site.template, site.line));
                tally.faults.push(format!("{id}: {what} ({place:?})"));
            };
            if explanation.site.is_none() {
                fault("no site");
            }
            // A denial without any condition around it (a model without rules) has nothing to hang on.
            let unconditional =
                matches!(&execution.denial, Some(Denial::Template(_))) && explanation.because.is_empty();
            if unconditional && explanation.site.as_ref().is_some_and(|site| site.source_line.starts_with(' ')) {
                fault("no because");
            }
            match &explanation.cause {
                Some(cause) => {
                    *tally.codes.entry(cause.code).or_default() += 1;
                    if cause.code == "resolver-unauthorized" {
                        fault("no more is said than that it was unauthorized");
                    } else if !says_why(cause) {
                        fault(&format!("none of the caller's own values: {} {}", cause.code, cause.text));
                    }
                }
                None => fault("no cause"),
            }
            if explanation.rules.iter().any(|rule| rule.blocked_by.is_some()) {
                tally.with_rules += 1;
            } else if could_allow(&execution) {
                fault("no rule");
            }
        }
    }
}

#[test]
fn every_refusal_by_a_resolver_is_explained() {
    let folders =
        ["suites", "suites-gen2"].map(|name| folder().join(name)).into_iter().filter(|folder| folder.is_dir());
    let entries = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut tally = Tally::default();
    files.iter().for_each(|file| check_suite(file, &mut tally));
    println!(
        "{} refusals by resolvers, {} with rules; {} by the schema; causes {:?}",
        tally.denied, tally.with_rules, tally.by_schema, tally.codes
    );
    assert!(tally.denied > 1000, "only {} refusals", tally.denied);
    assert!(tally.faults.is_empty(), "{} faults:\n{}", tally.faults.len(), tally.faults.join("\n"));
}

/// The template that AWS's article on these errors shows: a loop over `$staticGroupRoles`, each with a claim of its own.
#[test]
fn on_the_article_template_each_role_is_named_with_its_claim_and_what_the_claim_holds() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_vtlens"))
        .args([
            "replay",
            "templates/classic/captures/denied-update.har",
            "--api",
            "templates/classic",
            "--format",
            "json",
        ])
        .output()
        .unwrap();
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    let field = &report["requests"][0]["fields"][0];
    assert_eq!(field["cause"]["code"], "group-missing");
    let text = field["cause"]["text"].as_str().unwrap();
    for part in
        ["the token's groups [\"Reporters\"] include none of [\"Admin\", \"Editors\"]", "claim custom:desk is absent"]
    {
        assert!(text.contains(part), "{text}");
    }
    let rules = field["rules"].as_array().unwrap();
    let groups = "{ allow: groups, groups: [\"Admin\", \"Editors\"] }";
    let desk = "{ allow: groups, groups: [\"chief\"], groupClaim: \"custom:desk\", operations: [update] }";
    let expected = [
        ("cognito:groups", "Admin", serde_json::json!(["Reporters"]), 6, groups),
        ("cognito:groups", "Editors", serde_json::json!(["Reporters"]), 6, groups),
        ("custom:desk", "chief", serde_json::json!([]), 7, desk),
    ];
    assert_eq!(rules.len(), expected.len(), "{rules:#?}");
    for (rule, (claim, role, held, line, text)) in rules.iter().zip(expected) {
        assert_eq!(rule["kind"], "staticGroup");
        assert_eq!(rule["needs"], format!("claim {claim} contains \"{role}\""));
        assert_eq!((&rule["auth"]["line"], &rule["auth"]["text"]), (&Json::from(line), &Json::from(text)));
        let operands = rule["blockedBy"]["operands"].as_array().unwrap();
        let of = |text: &str| operands.iter().find(|operand| operand["text"] == text).unwrap();
        assert_eq!(of("$groupRole.entity")["value"], role);
        assert_eq!(of("$groupsInToken")["value"], held);
        assert!(of("$groupsInToken")["from"].as_str().unwrap().starts_with(&format!("claim {claim}")));
    }
}
