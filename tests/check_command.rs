//! `vtlens check` and `vtlens why` as people meet them: what is printed, and the exit status.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::process::Output;

use assert_cmd::Command;

/// An API with a mistake of nearly every kind.
const LEAKY: &str = "tests/check/leaky";

fn vtlens(args: &[&str], columns: &str) -> Output {
    let mut command = Command::cargo_bin("vtlens").unwrap();
    command.env("NO_COLOR", "1").env("COLUMNS", columns).env_remove("CLICOLOR_FORCE").args(args).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn what_is_found_is_told_file_by_file() {
    for columns in ["60", "100"] {
        let output = vtlens(&["check", "--api", LEAKY], columns);
        assert_eq!(output.status.code(), Some(1));
        insta::assert_snapshot!(format!("check_leaky_{columns}"), text(&output));
    }
    let all = text(&vtlens(&["check", "--api", LEAKY, "--verbose"], "100"));
    assert!(all.contains("literal-condition") && !all.contains("more finding"), "{all}");
}

#[test]
fn programs_get_every_finding_with_its_place() {
    let output = vtlens(&["check", "--api", LEAKY, "--format", "json"], "100");
    let report: serde_json::Value = serde_json::from_str(&text(&output)).unwrap();
    assert_eq!(report["schema"], "vtlens.check/1");
    let findings = report["findings"].as_array().unwrap();
    let of = |code: &str| findings.iter().find(|finding| finding["code"] == code).unwrap_or_else(|| panic!("{code}"));
    assert_eq!(of("aws-auth-ignored")["severity"], "error");
    let place = &of("double-dollar")["place"];
    assert_eq!((&place["line"], &place["column"], &place["endColumn"]), (&4.into(), &26.into(), &39.into()));
    assert_eq!(place["path"], format!("{LEAKY}/resolvers/order.req.vtl"));
    for finding in findings {
        let code = finding["code"].as_str().unwrap();
        assert!(vtlens::causes::find(code).is_some(), "{code} has no page");
    }
}

#[test]
fn a_workflow_gets_an_annotation_a_line() {
    let output = vtlens(&["check", "--api", LEAKY, "--format", "github"], "100");
    let lines = text(&output);
    let wanted = "::error file=tests/check/leaky/schema.graphql,line=2,col=22,endLine=2,title=aws-auth-ignored::";
    assert!(lines.lines().any(|line| line.starts_with(wanted)), "{lines}");
    assert!(lines.lines().all(|line| line.starts_with("::") && line.matches("::").count() >= 2), "{lines}");
}

#[test]
fn sample_apis_are_clean_and_notes_are_no_failure() {
    // The key that the sample's build declares ends four days later.
    let before = ["--now", "2026-01-15T12:00:00Z"];
    for (api, days, status) in [
        ("templates/classic", "30", 0),
        ("templates/handwritten", "30", 0),
        ("templates/blog", "0", 0),
        ("templates/blog", "30", 1),
    ] {
        let output = vtlens(&[&["check", "--api", api, "--days", days][..], &before].concat(), "100");
        assert_eq!(output.status.code(), Some(status), "{api}: {}", text(&output));
    }
    let output = vtlens(&["check", "--api", "tests/amplify/builds/nowhere"], "100");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn denied_fields_of_identities_and_suites_are_held_against_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let identity = folder.path().join("eve.json");
    let answer = r#"{ "mode": "lambda", "authorizer": { "isAuthorized": true, "deniedFields": ["Query.ordr"] } }"#;
    std::fs::write(&identity, answer).unwrap();
    let output = vtlens(
        &["check", "--api", "templates/handwritten", "--identity", &identity.to_string_lossy(), "--format", "json"],
        "100",
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("type `Query` has no field `ordr`; did you mean `order`?"), "{}", text(&output));
}

#[test]
fn what_amplify_generated_is_reported_only_when_asked_for() {
    let found = |more: &[&str]| {
        let args = [&["check", "--api", "templates/classic", "--format", "json"][..], more].concat();
        let report: serde_json::Value = serde_json::from_str(&text(&vtlens(&args, "100"))).unwrap();
        report["checked"].clone()
    };
    assert_eq!((&found(&[])["templates"], &found(&[])["generated"]), (&1.into(), &25.into()));
    assert_eq!((&found(&["--all"])["templates"], &found(&["--all"])["generated"]), (&26.into(), &0.into()));
}

#[test]
fn every_code_has_a_page_that_fits_the_window() {
    let list = text(&vtlens(&["why"], "80"));
    for row in vtlens::causes::ALL {
        assert!(list.contains(&format!("\n  {} ", row.code)), "{} is not in the list", row.code);
        let output = vtlens(&["why", row.code], "60");
        let page = text(&output);
        assert_eq!(output.status.code(), Some(0));
        assert!(page.starts_with(&format!("{}\n\n", row.code)), "{page}");
        let too_long =
            |line: &&str| !line.starts_with("    ") && line.chars().count() > 60 && line.trim().contains(' ');
        let long: Vec<&str> = page.lines().filter(too_long).collect();
        assert!(long.is_empty(), "{}: {long:?}", row.code);
    }
    insta::assert_snapshot!("why_group_missing", text(&vtlens(&["why", "group-missing"], "100")));
}

#[test]
fn an_unknown_code_is_refused_with_the_nearest() {
    let output = vtlens(&["why", "grup-missing"], "100");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `group-missing`?"));
}
