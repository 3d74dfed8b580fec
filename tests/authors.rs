//! The rule that an answer names is the one which the author wrote: for each row of `tests/authors/`, every `@auth` rule
//! that could have let the caller in, with its line, and no other one. The rows were made from what the schemas say.
//!
//! Builds of `tests/amplify` always run; those of the larger collection run when `VTLENS_SUITES` names it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use vtlens::api::{Api, AuthMode, LoadOptions};
use vtlens::execute::{Caller, Executor, FieldInput};
use vtlens::explain::{AuthorRules, Question, explain};
use vtlens::limits::Env;
use vtlens::report::{AuthorRule, Decision, Rule};
use vtlens::source::Data;

/// One row: who asks for which field of what, and the rules that the answer must name.
#[derive(Debug)]
struct Row {
    line: usize,
    field: String,
    caller: String,
    facts: Json,
    /// `LINE RULE`
    rules: BTreeSet<String>,
}

/// `tests/authors/BUILD.txt`
struct Table {
    build: String,
    callers: BTreeMap<String, (AuthMode, Json)>,
    rows: Vec<Row>,
}

fn table(path: &Path) -> Table {
    let text = std::fs::read_to_string(path).unwrap();
    let build = path.file_stem().unwrap().to_string_lossy().into_owned();
    let mut table = Table { build, callers: BTreeMap::new(), rows: Vec::new() };
    let mut field = String::new();
    for (at, line) in text.lines().enumerate() {
        let place = || format!("{}:{}: {line}", path.display(), at + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(caller) = line.strip_prefix("caller ") {
            let (name, what) = caller.split_once(" = ").unwrap_or_else(|| panic!("{}", place()));
            let (mode, claims) = what.split_once(' ').unwrap_or((what, "null"));
            table.callers.insert(name.to_owned(), identity(mode, serde_json::from_str(claims).expect(claims)));
        } else if let Some((caller, rest)) = line.strip_prefix("  ").and_then(|row| row.split_once(" | ")) {
            let (facts, rules) = rest.split_once(" | ").unwrap_or_else(|| panic!("{}", place()));
            table.rows.push(Row {
                line: at + 1,
                field: field.clone(),
                caller: caller.trim().to_owned(),
                facts: serde_json::from_str(facts).unwrap_or_else(|e| panic!("{}: {e}", place())),
                rules: rules.split(" + ").map(str::to_owned).collect(),
            });
        } else {
            assert!(!line.starts_with(' ') && line.contains('.'), "no field, caller or row: {}", place());
            line.clone_into(&mut field);
        }
    }
    table
}

/// `$ctx.identity` of a caller, from the claims of his token or, with IAM, from its members.
fn identity(mode: &str, given: Json) -> (AuthMode, Json) {
    let with = |mut base: Json| {
        base.as_object_mut().unwrap().extend(given.as_object().cloned().unwrap_or_default());
        base
    };
    let signed = |issuer: &str| {
        let claims = with(json!({"iss": issuer}));
        let name = [&claims["username"], &claims["cognito:username"]].into_iter().find(|name| name.is_string());
        json!({"sub": claims["sub"], "username": name, "issuer": issuer, "groups": claims["cognito:groups"],
            "sourceIp": ["203.0.113.7"], "defaultAuthStrategy": "ALLOW", "claims": claims})
    };
    match mode {
        "apiKey" => (AuthMode::ApiKey, Json::Null),
        "lambda" => (AuthMode::Lambda, json!({"resolverContext": {}})),
        "iam" => {
            let none = Json::Null;
            let base = json!({"accountId": "123456789012", "cognitoIdentityPoolId": none, "cognitoIdentityId": none,
                "cognitoIdentityAuthType": none, "cognitoIdentityAuthProvider": none, "sourceIp": ["203.0.113.7"]});
            (AuthMode::Iam, with(base))
        }
        "userPool" => (AuthMode::UserPool, signed("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_POOL1234")),
        "oidc" => {
            let mut context = signed("https://acme.test");
            let kept = ["sub", "issuer", "claims"];
            context.as_object_mut().unwrap().retain(|name, _| kept.contains(&name.as_str()));
            (AuthMode::Oidc, context)
        }
        other => panic!("no mode: {other}"),
    }
}

/// The folder with a build and its schema.
fn folder_of(build: &str) -> Option<PathBuf> {
    let own = packed::at("tests/amplify");
    let larger = std::env::var_os("VTLENS_SUITES").map(PathBuf::from);
    [Some(own), larger].into_iter().flatten().find(|folder| folder.join("builds").join(build).is_dir())
}

fn open(folder: &Path, build: &str, schema: Option<PathBuf>) -> Api {
    let params = [
        ("apiId", "apiid1234567890"),
        ("AWS::Region", "us-east-1"),
        ("AWS::AccountId", "123456789012"),
        ("env", "dev"),
        ("authRoleName", "amplify-app-dev-authRole"),
        ("unauthRoleName", "amplify-app-dev-unauthRole"),
        ("AuthCognitoUserPoolId", "us-east-1_POOL1234"),
    ];
    let options = LoadOptions {
        params: params.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        schema,
    };
    Api::open(&folder.join("builds").join(build), &options).unwrap()
}

/// The rules that the answer names: those for the caller's mode, or, where it has none, those for others.
fn named(rules: &[Rule]) -> BTreeSet<String> {
    let of = |rule: &Rule| rule.auth.iter().chain(&rule.also_auth).map(shown).collect::<Vec<_>>();
    let other_mode = |rule: &&Rule| rule.needs.starts_with("authorization mode is");
    let own: BTreeSet<String> = rules.iter().filter(|rule| !other_mode(rule)).flat_map(of).collect();
    if own.is_empty() { rules.iter().filter(other_mode).flat_map(of).collect() } else { own }
}

fn shown(rule: &AuthorRule) -> String {
    assert!(!rule.reconstructed && rule.file.ends_with("schema.graphql"), "{rule:?}");
    format!("{} {}", rule.line, rule.text)
}

fn answer(api: &Api, author: &AuthorRules, table: &Table, row: &Row) -> Result<BTreeSet<String>, String> {
    let (parent, field) = row.field.split_once('.').unwrap();
    let (mode, context) = table.callers.get(&row.caller).ok_or("no such caller")?;
    let caller = Caller { mode: *mode, identity: context, groups: None, denied_fields: &[], policy_refusals: &[] };
    let mut input = FieldInput::new(parent, field, row.facts["args"].as_object().cloned().unwrap_or_default());
    input.source = row.facts["source"].clone();
    let mut data = Data::from_json("row", &row.facts.get("data").cloned().unwrap_or_else(|| json!({}))).unwrap();
    let env = Env::at(1_767_323_045_678);
    let execution = Executor::new(api).field(&input, caller, &mut data, &env, true).map_err(|e| e.to_string())?;
    if execution.decision != Decision::Denied {
        return Err(format!("not denied, but {:?}", execution.decision));
    }
    let token_use = context["claims"]["token_use"].as_str();
    let question = Question { api, author, input: &input, mode: *mode, identity: context, token_use };
    Ok(named(&explain(question, &execution).rules))
}

#[test]
fn the_rules_named_are_those_that_the_author_wrote() {
    let mut files: Vec<PathBuf> = std::fs::read_dir("tests/authors").unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let (mut rows, mut ran, mut faults, mut skipped) = (0, 0, Vec::new(), Vec::new());
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "txt")) {
        let table = table(file);
        rows += table.rows.len();
        let Some(folder) = folder_of(&table.build) else {
            skipped.push(table.build.clone());
            continue;
        };
        let schema = folder.join("schemas").join(&table.build).join("schema.graphql");
        let api = open(&folder, &table.build, Some(schema));
        let author = AuthorRules::read(&api.author_schemas);
        for row in &table.rows {
            ran += 1;
            match answer(&api, &author, &table, row) {
                Ok(named) if named == row.rules => {}
                Ok(named) => faults.push(format!(
                    "{}:{} {} as {}\n    expected {:?}\n    named    {named:?}",
                    file.display(),
                    row.line,
                    row.field,
                    row.caller,
                    row.rules
                )),
                Err(why) => faults.push(format!("{}:{} {}: {why}", file.display(), row.line, row.field)),
            }
        }
    }
    println!("{ran} of {rows} rows ran");
    if !skipped.is_empty() {
        println!("SKIPPED, for VTLENS_SUITES is not set: {}", skipped.join(", "));
    }
    assert!(rows >= 150 && ran >= 60, "{ran} of {rows} rows");
    assert!(faults.is_empty(), "{} of {ran} rows differ:\n{}", faults.len(), faults.join("\n"));
}

/// Where only the build is at hand, as with Gen 2, a rule has its text and no line.
#[test]
fn without_the_schema_rules_are_written_again_from_the_build() {
    let eve = r#"{"sub": "u2", "username": "eve", "token_use": "access"}"#;
    for (build, field, args, expected) in [
        (
            "groups_static",
            "Mutation.updateOwnedReport",
            r#"{"input": {"id": "1", "title": "t"}}"#,
            &["{ allow: groups, groups: [\"Admin\"] }", "{ allow: groups, groups: [\"Support\"] }", "{ allow: owner }"]
                [..],
        ),
        (
            "groups_static",
            "Query.getReport",
            r#"{"id": "1"}"#,
            &[
                "{ allow: groups, groups: [\"Editors\"], groupClaim: \"my:roles\" }",
                "{ allow: groups, groups: [\"Viewers\"], groupClaim: \"my:roles\" }",
            ][..],
        ),
        (
            "groups_dynamic",
            "Query.getBoard",
            r#"{"id": "1"}"#,
            &["{ allow: groups, groupsField: \"orgs\", groupClaim: \"custom:orgs\" }"][..],
        ),
    ] {
        let api = open(&packed::at("tests/amplify"), build, None);
        let (mode, context) = identity("userPool", serde_json::from_str(eve).unwrap());
        let caller = Caller { mode, identity: &context, groups: None, denied_fields: &[], policy_refusals: &[] };
        let (parent, name) = field.split_once('.').unwrap();
        let input = FieldInput::new(parent, name, serde_json::from_str(args).unwrap());
        let record = json!({"OwnedReportTable": [{"id": "1", "owner": "u1::bob"}]});
        let mut data = Data::from_json("row", &record).unwrap();
        let env = Env::at(1_767_323_045_678);
        let execution = Executor::new(&api).field(&input, caller, &mut data, &env, true).unwrap();
        let author = AuthorRules::default();
        let question =
            Question { api: &api, author: &author, input: &input, mode, identity: &context, token_use: None };
        let rules: Vec<AuthorRule> =
            explain(question, &execution).rules.into_iter().filter_map(|rule| rule.auth).collect();
        assert!(rules.iter().all(|rule| rule.reconstructed && rule.line == 0 && rule.file.is_empty()), "{rules:?}");
        let texts: BTreeSet<&str> = rules.iter().map(|rule| rule.text.as_str()).collect();
        assert_eq!(texts, expected.iter().copied().collect(), "{field}");
    }
}
