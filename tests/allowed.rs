//! Every field that was let through is explained: of each whose templates hold a denial that did not run, at least
//! one statement is named that granted, it did run, and taking away what it says it hung on denies the request.
//!
//! Runs the suites of `tests/amplify`, or of the larger collection that `VTLENS_SUITES` names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use vtlens::api::{Api, AuthMode, LoadOptions};
use vtlens::eval::Event;
use vtlens::execute::{Caller, Execution, Executor, FieldInput};
use vtlens::explain::allowed::{self, Allowed};
use vtlens::explain::{AuthorRules, Question};
use vtlens::limits::Env;
use vtlens::report::{AllowedBy, Decision};
use vtlens::source::Data;

const NOW: i64 = 1_767_323_045_678;

fn folder() -> PathBuf {
    packed::collection()
}

fn suites() -> Vec<PathBuf> {
    let folders = ["suites", "suites-gen2"].map(|name| folder().join(name));
    let mut files: Vec<PathBuf> = folders
        .iter()
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
        .collect();
    files.sort();
    files
}

/// A suite with its API, and its cases one by one.
struct Suite {
    name: String,
    json: Json,
    api: Api,
    data: Data,
}

/// A caller and a field.
struct Case {
    id: String,
    input: FieldInput,
    mode: AuthMode,
    context: Json,
}

impl Suite {
    fn open(file: &Path) -> Suite {
        let json: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let params = json["params"].as_object().cloned().unwrap_or_default();
        let options = LoadOptions {
            params: params.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect(),
            ..LoadOptions::default()
        };
        let api = Api::open(&file.parent().unwrap().join(json["api"].as_str().unwrap()), &options).unwrap();
        let data = Data::from_json("suite", &json["data"]).unwrap();
        Suite { name: file.file_stem().unwrap().to_string_lossy().into_owned(), json, api, data }
    }

    fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for test in self.json["tests"].as_array().unwrap() {
            let (parent, field) = test["field"].as_str().unwrap().split_once('.').unwrap();
            for name in test["expect"].as_object().unwrap().keys() {
                let identity = &self.json["identities"][name];
                let mode = match identity["mode"].as_str().unwrap() {
                    "apiKey" => AuthMode::ApiKey,
                    "userPool" => AuthMode::UserPool,
                    "oidc" => AuthMode::Oidc,
                    "iam" => AuthMode::Iam,
                    _ => AuthMode::Lambda,
                };
                if !self.api.modes().any(|known| known == mode) {
                    continue;
                }
                let mut input =
                    FieldInput::new(parent, field, test["arguments"].as_object().cloned().unwrap_or_default());
                input.source = test.get("source").cloned().unwrap_or(Json::Null);
                let context = identity.get("context").cloned().unwrap_or(Json::Null);
                let id = format!("{} | {} | {name}", self.name, test["name"].as_str().unwrap());
                cases.push(Case { id, input, mode, context });
            }
        }
        cases
    }

    fn run(&self, executor: &Executor<'_>, case: &Case) -> Execution {
        let caller =
            Caller { mode: case.mode, identity: &case.context, groups: None, denied_fields: &[], policy_refusals: &[] };
        executor.field(&case.input, caller, &mut self.data.clone(), &Env::at(NOW), true).unwrap()
    }

    fn explain(&self, author: &AuthorRules, case: &Case, execution: &Execution) -> Allowed {
        let question = Question {
            api: &self.api,
            author,
            input: &case.input,
            mode: case.mode,
            identity: &case.context,
            token_use: None,
        };
        allowed::explain(question, execution)
    }
}

/// Whether the statement that a rule names ran, as the recorded events say.
fn ran(execution: &Execution, by: &AllowedBy) -> bool {
    execution.runs.iter().filter(|run| run.template == by.grant.template).any(|run| {
        run.events.iter().any(|event| match event {
            Event::Statement(statement) => {
                let span = run.program.statements[statement.0].span;
                let start = run.program.source.line_column(span.start);
                let end = run.program.source.line_column(span.end);
                (start.line, start.column) <= (by.grant.line, by.grant.column)
                    && (by.grant.end_line, by.grant.end_column) <= (end.line, end.column)
            }
            _ => false,
        })
    })
}

#[derive(Default)]
struct Tally {
    allowed: usize,
    past_denials: usize,
    named: usize,
    kinds: BTreeMap<&'static str, usize>,
    faults: Vec<String>,
}

#[test]
fn every_field_that_passed_a_denial_names_what_let_it_in() {
    let mut tally = Tally::default();
    let dump = std::env::var_os("VTLENS_DUMP").is_some();
    for file in suites() {
        let suite = Suite::open(&file);
        let (executor, author) = (Executor::new(&suite.api), AuthorRules::read(&suite.api.author_schemas));
        for case in suite.cases() {
            let execution = suite.run(&executor, &case);
            let told = suite.explain(&author, &case, &execution);
            if !matches!(execution.decision, Decision::Allowed | Decision::Filtered) {
                assert!(told.by.is_empty() && told.admitted_by.is_none(), "{}: was not allowed", case.id);
                continue;
            }
            tally.allowed += 1;
            if dump {
                for by in &told.by {
                    println!(
                        "{}\t{}\t{}\t{}:{}\t{}",
                        case.id, case.input.field, by.kind, by.grant.template, by.grant.line, by.words
                    );
                }
            }
            let by_template = told
                .by
                .iter()
                .filter(|by| {
                    by.grant.template.ends_with(".vtl")
                        || by.grant.template.contains("MappingTemplate")
                        || by.past.is_some()
                })
                .count();
            if allowed::passed_a_denial(&execution) {
                tally.past_denials += 1;
                if by_template > 0 {
                    tally.named += 1;
                } else {
                    tally.faults.push(format!("{}: nothing let it in", case.id));
                }
            }
            for by in &told.by {
                *tally.kinds.entry(by.kind).or_default() += 1;
                if by.past.is_some() && !ran(&execution, by) {
                    tally.faults.push(format!("{}: {}:{} did not run", case.id, by.grant.template, by.grant.line));
                }
                if by.words.is_empty() {
                    tally.faults.push(format!("{}: {}:{} without words", case.id, by.grant.template, by.grant.line));
                }
            }
            if told.admitted_by.is_none() {
                tally.faults.push(format!("{}: the schema admitted it, and nothing says how", case.id));
            }
        }
    }
    println!(
        "{} allowed, {} of them past a denial, {} of these name what let them in; kinds {:?}",
        tally.allowed, tally.past_denials, tally.named, tally.kinds
    );
    assert!(tally.allowed > 800, "only {} allowed", tally.allowed);
    assert!(tally.faults.is_empty(), "{} faults:\n{}", tally.faults.len(), tally.faults.join("\n"));
}

/// The same caller without a group, whatever claim names it.
fn without_group(context: &Json, group: &str) -> Json {
    match context {
        Json::Array(items) => Json::Array(
            items.iter().filter(|item| item.as_str() != Some(group)).map(|item| without_group(item, group)).collect(),
        ),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(key, value)| (key.clone(), without_group(value, group))).collect())
        }
        Json::String(text) if text == group => Json::from("nobody's group"),
        // A list of groups as JSON in a text.
        Json::String(text) if text.starts_with('[') => {
            Json::String(text.replace(&format!("\"{group}\""), "\"nobody's\""))
        }
        other => other.clone(),
    }
}

/// Somebody whom no record and no group knows, in the same mode.
fn stranger(context: &Json) -> Json {
    let mut context = context.clone();
    let anew = |key: &str, value: &Json| match (key, value) {
        ("iss" | "issuer" | "aud" | "client_id" | "token_use" | "defaultAuthStrategy" | "sourceIp", kept) => {
            kept.clone()
        }
        (_, Json::String(text)) if text.starts_with("arn:") || text.starts_with('{') => value.clone(),
        (_, Json::String(_)) => Json::from(format!("stranger-{}", key.len())),
        (_, Json::Array(_)) => Json::Array(vec![Json::from("strangers")]),
        (_, other) => other.clone(),
    };
    if let Some(members) = context.as_object_mut() {
        for (key, value) in members.iter_mut() {
            match value {
                Json::Object(claims) if key == "claims" => {
                    claims.iter_mut().for_each(|(key, value)| *value = anew(key, value))
                }
                Json::Object(_) => {}
                value => *value = anew(key, value),
            }
        }
    }
    context
}

/// The texts in double quotes at the end of `… contains "Admin"`, `"Admin" of … is one of [..]`.
fn group_of(words: &str) -> Option<&str> {
    if words.starts_with('"') {
        return words.split('"').nth(1);
    }
    words.rsplit('"').nth(1)
}

/// What is said to have let a caller in is what did: without the group, or as somebody else, the request is refused,
/// comes back with less, or is let in by something that is said to be something else; where nothing but the mode is
/// said to be asked, anybody of the mode is let in.
#[test]
fn what_is_said_to_have_let_a_caller_in_did() {
    let (mut checked, mut faults): (BTreeMap<&str, usize>, Vec<String>) = (BTreeMap::new(), Vec::new());
    let step = if std::env::var_os("VTLENS_SUITES").is_some() { 1 } else { 2 };
    let mut turn = 0_usize;
    for file in suites() {
        let suite = Suite::open(&file);
        let (executor, author) = (Executor::new(&suite.api), AuthorRules::read(&suite.api.author_schemas));
        for case in suite.cases() {
            turn += 1;
            if !turn.is_multiple_of(step) {
                continue;
            }
            let execution = suite.run(&executor, &case);
            let told = suite.explain(&author, &case, &execution);
            for by in &told.by {
                // Of several that let the caller in, each but those for everybody may lean on another.
                let all = by.words.ends_with("nothing else is asked") || by.words.contains("no template");
                let changed = match by.kind {
                    "private" | "public" if all => stranger(&case.context),
                    // Whoever lacks a claim gets the same stand-in for it.
                    _ if told.by.len() > 1 || by.words.contains("is absent") => continue,
                    "staticGroup" => without_group(&case.context, group_of(&by.words).unwrap()),
                    "owner" | "dynamicGroup" => stranger(&case.context),
                    _ => continue,
                };
                let case = Case { context: changed, id: case.id.clone(), input: case.input.clone(), mode: case.mode };
                *checked.entry(by.kind).or_default() += 1;
                let again = suite.run(&executor, &case);
                let retold = suite.explain(&author, &case, &again);
                let fault = match by.kind {
                    "private" | "public" => again.decision == Decision::Denied,
                    _ => retold.by.iter().any(|other| other.words == by.words),
                };
                if fault {
                    faults.push(format!("{}: {} ({:?}; then {:?})", case.id, by.words, by.kind, again.decision));
                }
            }
        }
    }
    println!("checked {checked:?}");
    assert!(checked.get("staticGroup").is_some_and(|n| *n > 50) && checked.get("owner").is_some_and(|n| *n > 100));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// One line of `tests/allowed/cases.txt`.
struct Line<'t> {
    text: &'t str,
    api: &'t str,
    field: &'t str,
    arguments: &'t str,
    caller: &'t str,
    source: Option<&'t str>,
}

impl Line<'_> {
    /// What `vtlens explain --allowed` says of it.
    fn explained(&self, callers: &BTreeMap<&str, &str>, more: &[&str]) -> String {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("allowed-{}-{}.json", self.caller, more.len()));
        std::fs::write(&file, callers[self.caller]).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vtlens"));
        command.args(["explain", "--allowed", "--field", self.field, "--args", self.arguments]);
        command.arg("--api").arg(packed::at(self.api));
        command.args(["--now", "2026-01-15T12:00:00Z", "--identity"]).arg(&file).args(more).env("COLUMNS", "100");
        if let Some(source) = self.source {
            command.args(["--source", source]);
        }
        let output = command.output().unwrap();
        assert!(output.status.code().is_some_and(|code| code <= 1), "{}: {output:?}", self.text);
        String::from_utf8(output.stdout).unwrap()
    }
}

fn table(text: &str) -> (BTreeMap<&str, &str>, Vec<Line<'_>>) {
    let (mut callers, mut lines) = (BTreeMap::new(), Vec::new());
    for text in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(caller) = text.strip_prefix("caller ") {
            let (name, json) = caller.split_once(' ').unwrap();
            callers.insert(name, json.trim());
            continue;
        }
        let cells: Vec<&str> = text.split(" | ").collect();
        let [api, field, arguments, caller, rest @ ..] = cells.as_slice() else { panic!("{text}") };
        lines.push(Line { text, api, field, arguments, caller, source: rest.first().copied() });
    }
    (callers, lines)
}

/// A person reviews this table: what let each caller in, at which rule, by which statement.
#[test]
fn each_way_of_letting_people_in_is_named() {
    let text = std::fs::read_to_string("tests/allowed/cases.txt").unwrap();
    let (callers, lines) = table(&text);
    let mut shown = String::new();
    for line in &lines {
        let report: Json = serde_json::from_str(&line.explained(&callers, &["--format", "json"])).unwrap();
        let field = &report["requests"][0]["fields"][0];
        shown.push_str(&format!("{}\n  {}", line.text, field["decision"].as_str().unwrap()));
        if let Some(admitted) = field["admittedBy"]["words"].as_str() {
            shown.push_str(&format!("; {admitted}"));
        }
        shown.push('\n');
        for by in field["allowedBy"].as_array().unwrap_or(&Vec::new()) {
            let rule = match &by["auth"] {
                Json::Null => String::new(),
                auth if auth["reconstructed"] == true => {
                    format!(" by {} (reconstructed)", auth["text"].as_str().unwrap())
                }
                auth => format!(
                    " by {}:{} {}",
                    auth["file"].as_str().unwrap(),
                    auth["line"],
                    auth["text"].as_str().unwrap()
                ),
            };
            shown.push_str(&format!(
                "    {} {}{rule}, at {}:{}: {}\n",
                by["id"],
                by["kind"].as_str().unwrap(),
                by["grant"]["template"].as_str().unwrap(),
                by["grant"]["line"],
                by["words"].as_str().unwrap()
            ));
        }
    }
    insta::assert_snapshot!("cases", shown);
}

/// What people read: one screen, the answer first.
#[test]
fn an_allowed_field_reads_in_one_screen() {
    let text = std::fs::read_to_string("tests/allowed/cases.txt").unwrap();
    let (callers, lines) = table(&text);
    for (name, field, caller) in [
        ("static_group", "Mutation.updatePost", "admin"),
        ("owner_of_new", "Mutation.createPost", "eve"),
        ("rows", "Query.listPosts", "eve"),
        ("events", "Subscription.onCreatePost", "writer"),
        ("stash", "Mutation.updateOrder", "boss"),
        ("nobody_asks", "Query.storeStatus", "guest"),
        ("schema_group", "Query.grouped", "ops"),
        ("denied", "Order.margin", "paula"),
    ] {
        let line = lines.iter().find(|line| line.field == field && line.caller == caller).unwrap();
        let shown = line.explained(&callers, &[]);
        assert!(shown.lines().count() <= 40, "{name} is longer than a screen:\n{shown}");
        insta::assert_snapshot!(name, shown);
    }
}

#[test]
fn the_page_shows_real_output() {
    let text = std::fs::read_to_string("tests/allowed/cases.txt").unwrap();
    let (callers, lines) = table(&text);
    let page = std::fs::read_to_string("docs/allowed.md").unwrap();
    let shown: Vec<&str> = page.split("```text\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    for (block, (field, caller)) in
        shown.iter().zip([("Mutation.updatePost", "admin"), ("Subscription.onCreatePost", "writer")])
    {
        let line = lines.iter().find(|line| line.field == field && line.caller == caller).unwrap();
        assert_eq!(line.explained(&callers, &[]).trim(), block.trim());
    }
    assert_eq!(shown.len(), 2);
}
