//! The command as a shell sees it: exit status, stdout, stderr.
#![cfg(feature = "cli")]

use assert_cmd::Command;

fn vtlens(args: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("vtlens").expect("the binary is built");
    command.env_remove("CLICOLOR_FORCE").args(args).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

#[test]
fn help_of_every_command_has_an_example_and_goes_to_stdout() {
    for command in ["replay", "explain", "eval", "token", "test", "check", "why", "completions"] {
        let output = vtlens(&[command, "--help"]);
        assert_eq!(output.status.code(), Some(0), "{command}");
        let help = text(&output.stdout);
        assert!(help.contains("Example:") && help.contains(&format!("vtlens {command}")), "{help}");
        assert!(output.stderr.is_empty());
    }
    assert!(text(&vtlens(&["--help"]).stdout).contains("3  undecided"));
}

#[test]
fn usage_errors_exit_2_and_leave_stdout_alone() {
    for args in [&["replay"][..], &["replay", "a.har", "--no-such"], &["nonsense"], &[]] {
        let output = vtlens(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn completions_know_the_commands_and_their_options() {
    let output = vtlens(&["completions", "bash"]);
    assert_eq!(output.status.code(), Some(0));
    let script = text(&output.stdout);
    for word in ["replay", "explain", "--failed-only", "--show-secrets", "--ndjson"] {
        assert!(script.contains(word), "{word}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_went_away_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("vtlens"))
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn an_appended_denial_is_located_and_stays_beside_the_error_that_ends_the_resolver() {
    let api = "tests/fixtures/appended-errors";
    // Reproduced: both errors of the response, and `$ctx.outErrors` in the second.
    let output = vtlens(&["replay", &format!("{api}/request.json"), "--api", api]);
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn a_document_runs_the_operation_that_was_named_with_the_given_variables() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("it writes");
        path.to_string_lossy().into_owned()
    };
    let query = write(
        "q.graphql",
        "query Read($id: ID!) { getPost(id: $id) { id } }\nmutation Write($i: CreateDraftInput!) { createDraft(input: $i) { id } }",
    );
    let explain = |name: &str, variables: &str| {
        let variables = write("v.json", variables);
        let args =
            ["explain", "--api", "templates/blog", "--query", &query, "--operation", name, "--variables", &variables];
        let output = vtlens(&[&args[..], &["--format", "json"]].concat());
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
        let request = &report["requests"][0];
        (request["operation"]["name"].clone(), request["fields"][0]["field"].clone(), output.status.code())
    };
    assert_eq!(explain("Read", r#"{"id": 1}"#), ("Read".into(), "getPost".into(), Some(0)));
    assert_eq!(explain("Write", r#"{"i": {"title": "x"}}"#), ("Write".into(), "createDraft".into(), Some(1)));
}
