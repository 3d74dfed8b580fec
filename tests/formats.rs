//! The formats for other programs, over the sample APIs: SARIF and GitHub's annotations. Protects: that SARIF is valid
//! by its published schema, that both name files as they lie in the repository, with the place that a reader has to
//! look at, and that nothing in a message can start or end a workflow command.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value as Json;

/// What the program prints.
fn vtlens(args: &[&str]) -> String {
    let output = Command::cargo_bin("vtlens").unwrap().args(args).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every capture of the samples, each with its API.
fn captures() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for sample in ["templates/blog", "templates/classic", "templates/handwritten"] {
        let files = std::fs::read_dir(Path::new(sample).join("captures")).unwrap();
        let files = files.map(|file| file.unwrap().path().to_string_lossy().replace('\\', "/"));
        found.extend(files.map(|file| (file, sample.to_owned())));
    }
    found.sort();
    assert!(found.len() >= 18, "only {} captures", found.len());
    found
}

/// A HAR as Chrome exports it without sensitive data: decisions stay open.
fn without_credentials(capture: &str) -> String {
    let mut har: Json = serde_json::from_str(&std::fs::read_to_string(capture).unwrap()).unwrap();
    for entry in har["log"]["entries"].as_array_mut().unwrap() {
        let headers = entry["request"]["headers"].as_array_mut().unwrap();
        headers.retain(|header| !header["name"].as_str().unwrap().eq_ignore_ascii_case("authorization"));
    }
    har.to_string()
}

fn schema() -> jsonschema::Validator {
    let text = std::fs::read_to_string("tests/formats/sarif-2.1.0.schema.json").unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn assert_valid(schema: &jsonschema::Validator, what: &str, text: &str) -> Json {
    let sarif: Json = serde_json::from_str(text).unwrap();
    let mistakes: Vec<String> =
        schema.iter_errors(&sarif).map(|mistake| format!("{}: {mistake}", mistake.instance_path())).collect();
    assert!(mistakes.is_empty(), "{what}: {mistakes:#?}");
    sarif
}

#[test]
fn sarif_is_valid_and_names_what_can_be_opened() {
    let schema = schema();
    let (mut results, mut open) = (0, 0);
    let folder = tempfile::tempdir().unwrap();
    for (capture, api) in captures() {
        let sanitized = folder.path().join("sanitized.har").display().to_string();
        std::fs::write(&sanitized, without_credentials(&capture)).unwrap();
        for capture in [&capture, &sanitized] {
            let sarif = vtlens(&["replay", capture, "--api", &api, "--format", "sarif"]);
            let sarif = assert_valid(&schema, capture, &sarif);
            let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
            for result in sarif["runs"][0]["results"].as_array().unwrap() {
                results += 1;
                open += usize::from(result["kind"] == "open");
                let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
                assert_eq!(rules[index]["id"], result["ruleId"], "{capture}");
                assert!(!result["message"]["text"].as_str().unwrap().is_empty(), "{capture}");
                let lists = [&result["locations"], &result["relatedLocations"]];
                for location in lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten()) {
                    let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
                    assert!(PathBuf::from(uri).is_file(), "{capture}: {uri} does not lie below this folder");
                }
            }
        }
    }
    assert!(results > 25 && open > 10, "{results} results, of which {open} are open");
}

#[test]
fn checks_are_sarif_too() {
    let schema = schema();
    let sarif = vtlens(&["check", "--api", "templates/handwritten", "--all", "--format", "sarif"]);
    assert_valid(&schema, "check", &sarif);
    let sarif = vtlens(&["check", "--api", "tests/check/leaky", "--format", "sarif"]);
    let sarif = assert_valid(&schema, "check", &sarif);
    assert!(sarif["runs"][0]["results"].as_array().unwrap().len() > 5, "{sarif:#}");
}

#[test]
fn a_denied_update_as_sarif_and_as_annotations() {
    let replay = ["replay", "templates/blog/captures/denied-update.har", "--api", "templates/blog", "--format"];
    let mut sarif: Json = serde_json::from_str(&vtlens(&[&replay[..], &["sarif"]].concat())).unwrap();
    for rule in sarif["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        let page = rule["help"]["text"].as_str().unwrap();
        assert!(page.contains("## What to do"), "{page}");
        rule["help"] = "its page".into();
    }
    sarif["runs"][0]["tool"]["driver"]["version"] = "its version".into();
    sarif["runs"][0]["tool"]["driver"]["semanticVersion"] = "its version".into();
    insta::assert_snapshot!("denied_update_sarif", format!("{sarif:#}"));
    insta::assert_snapshot!("denied_update_github", vtlens(&[&replay[..], &["github"]].concat()));
    let several = ["replay", "templates/blog/captures/session.har", "--api", "templates/blog", "--format", "github"];
    insta::assert_snapshot!("session_github", vtlens(&several));
}

#[test]
fn the_documentation_shows_real_output() {
    let page = std::fs::read_to_string("docs/reports.md").unwrap().replace("\r\n", "\n");
    let capture = ["templates/classic/captures/denied-get.har", "--api", "templates/classic"];
    let printed = vtlens(&[&["replay"], &capture[..], &["--format", "github"]].concat());
    assert!(page.contains(&printed), "docs/reports.md shows other annotations than these:\n{printed}");
    let capture = ["templates/blog/captures/denied-update.har", "--api", "templates/blog"];
    let traced = vtlens(&[&["replay"], &capture[..], &["--format", "json", "--trace"]].concat());
    let traced: Json = serde_json::from_str(&traced).unwrap();
    let mut shown: Json =
        serde_json::from_str(page.split("```json").nth(1).unwrap().split("```").next().unwrap()).unwrap();
    let real = traced["requests"][0]["fields"][0]["trace"].as_array().unwrap().last().unwrap();
    for list in ["spans", "values"] {
        for entry in shown[list].as_array_mut().unwrap().drain(..) {
            assert!(real[list].as_array().unwrap().contains(&entry), "docs/reports.md shows no such entry: {entry}");
        }
    }
    assert_eq!((&shown["template"], &shown["outcome"]), (&real["template"], &real["outcome"]));
}

/// An annotation is one line, whatever the request holds.
#[test]
fn nothing_in_a_request_starts_another_command() {
    let folder = tempfile::tempdir().unwrap();
    let identity = folder.path().join("eve.json");
    let group = "x\r\n::error file=a,line=1::gotcha\n::set-output name=a::b%0A";
    let claims = serde_json::json!({ "mode": "userPool", "claims": { "sub": "1", "username": group, "cognito:groups": [group] } });
    std::fs::write(&identity, claims.to_string()).unwrap();
    let field = ["explain", "--api", "templates/blog", "--field", "Mutation.updatePost", "--format", "github"];
    let more = ["--args", r#"{"input":{"id":"post-1","title":"t"}}"#, "--identity", identity.to_str().unwrap()];
    let printed = vtlens(&[&field[..], &more].concat());
    assert_eq!(printed.lines().count(), 1, "{printed}");
    assert!(printed.starts_with("::error file=templates/blog/schema.graphql,line="), "{printed}");
    assert!(!printed.contains("\r") && printed.contains("gotcha"), "{printed}");
}

/// A program that asks for the trace gets every template with what ran; one that does not gets the report as it was.
#[test]
fn json_holds_the_trace_when_asked() {
    let replay = ["replay", "templates/blog/captures/denied-update.har", "--api", "templates/blog", "--format", "json"];
    let plain = vtlens(&replay);
    assert!(!plain.contains("\"trace\""));
    let mut traced: Json = serde_json::from_str(&vtlens(&[&replay[..], &["--trace"]].concat())).unwrap();
    let field = traced["requests"][0]["fields"][0].as_object_mut().unwrap();
    let trace = field.shift_remove("trace").unwrap();
    assert_eq!(traced, serde_json::from_str::<Json>(&plain).unwrap(), "the trace is all that is added");
    let denying = &trace.as_array().unwrap().last().unwrap();
    assert_eq!(denying["template"], "resolvers/Mutation.updatePost.auth.1.res.vtl");
    let spans = denying["spans"].as_array().unwrap();
    let at = |line: u64| spans.iter().find(|span| span["line"] == line && span["kind"] == "statement").unwrap();
    assert_eq!((&at(79)["state"], &at(79)["times"]), (&"taken".into(), &1.into()), "the statement that denied");
    assert_eq!(at(12)["state"], "untaken", "the branch of another mode");
    let values = denying["values"].as_array().unwrap();
    let groups = values.iter().find(|value| value["text"] == "$groupsInToken" && value["kind"] == "reference").unwrap();
    assert_eq!(groups["values"][0]["value"], serde_json::json!(["Editors"]));
    assert_eq!(groups["values"][0]["from"], "claim cognito:groups");
}

/// Only what is looked at has links: a terminal that takes them, or one that says so.
#[test]
fn places_are_links_where_the_terminal_takes_them() {
    let replay = |force: Option<&str>, more: &[&str]| {
        let mut command = Command::cargo_bin("vtlens").unwrap();
        command.args(["replay", "templates/blog/captures/denied-update.har", "--api", "templates/blog"]).args(more);
        command.env_remove("FORCE_HYPERLINK").envs(force.map(|force| ("FORCE_HYPERLINK", force)));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let plain = replay(None, &[]);
    assert!(!plain.contains('\u{1b}'), "a pipe gets no escape sequence");
    let linked = replay(Some("1"), &[]);
    let schema = std::fs::canonicalize("templates/blog/schema.graphql").unwrap().display().to_string();
    let link = format!("\u{1b}]8;;file://{schema}\u{1b}\\schema.graphql:6\u{1b}]8;;\u{1b}\\");
    assert!(linked.contains(&link), "{linked:?}");
    // What is shown is the same.
    let mut shown = String::new();
    for (at, part) in linked.split("\u{1b}]8;;").enumerate() {
        shown.push_str(if at == 0 { part } else { part.split_once("\u{1b}\\").unwrap().1 });
    }
    assert_eq!(shown, plain);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.txt");
    replay(Some("1"), &["-o", file.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(file).unwrap(), plain, "a file gets none either");
}
