//! `vtlens token` over the sample APIs: what people read is a snapshot that a person can review. Protects: the first screen
//! and `--verbose`; that a claim which only the other kind of token carries is named with the template that reads it and the
//! author's rule; that every provider says why it does or does not take the token; exit statuses; the JSON's keys.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use assert_cmd::Command;
use serde_json::Value as Json;

/// The token of a capture's n-th request that has one.
fn token(capture: &str, nth: usize) -> String {
    let har: Json =
        serde_json::from_str(&std::fs::read_to_string(format!("templates/{capture}.har")).unwrap()).unwrap();
    let headers =
        har["log"]["entries"].as_array().unwrap().iter().flat_map(|e| e["request"]["headers"].as_array().unwrap());
    let tokens: Vec<&str> =
        headers.filter(|h| h["name"] == "authorization").map(|h| h["value"].as_str().unwrap()).collect();
    tokens[nth].to_owned()
}

fn vtlens(args: &[&str], stdin: &str) -> (Option<i32>, String) {
    let mut command = Command::cargo_bin("vtlens").expect("the binary is built");
    let command = command.env_remove("CLICOLOR_FORCE").arg("token").args(args);
    let output = command.args(["--now", "2026-01-15T12:00:00Z"]).write_stdin(stdin).output().expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).expect("output is UTF-8"))
}

#[test]
fn what_people_read() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/tokens");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, api, token, more, code) in [
        ("accepted", "templates/blog", token("blog/captures/denied-update", 0), None, 0),
        ("accepted--verbose", "templates/blog", token("blog/captures/denied-update", 0), Some("--verbose"), 0),
        ("lacks-claims", "templates/classic", token("classic/captures/denied-then-allowed", 0), None, 0),
        ("has-them", "templates/classic", token("classic/captures/denied-then-allowed", 1), None, 0),
        ("five-modes", "templates/handwritten", token("handwritten/captures/denied-access-token", 0), None, 0),
        (
            "five-modes--verbose",
            "templates/handwritten",
            token("handwritten/captures/denied-access-token", 0),
            Some("--verbose"),
            0,
        ),
        ("oidc", "templates/handwritten", token("handwritten/captures/denied-partner", 0), None, 0),
        ("foreign", "templates/blog", token("classic/captures/denied-get", 0), None, 1),
        ("opaque", "templates/handwritten", "pt-77aa55cc33ee11ff9988776655443322".to_owned(), None, 3),
        ("opaque-and-unfit", "templates/handwritten", "pt-what-the-regex-does-not-take".to_owned(), None, 1),
    ] {
        let args: Vec<&str> = ["--api", api].into_iter().chain(more).collect();
        let (status, text) = vtlens(&args, &token);
        assert_eq!(status, Some(code), "{name}: {text}");
        settings.bind(|| insta::assert_snapshot!(name, text));
    }
}

#[test]
fn the_page_shows_real_output() {
    let page = std::fs::read_to_string("docs/tokens.md").unwrap();
    let (_, text) = vtlens(&["--api", "templates/classic"], &token("classic/captures/denied-then-allowed", 0));
    assert!(page.contains(&format!("```text\n{text}```")), "docs/tokens.md does not show:\n{text}");
}

#[test]
fn a_token_is_read_from_where_it_is() {
    let token = token("blog/captures/denied-update", 0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bob.jwt");
    std::fs::write(&file, format!("{token}\n")).unwrap();
    let given = vtlens(&[&token], "");
    assert_eq!(given.0, Some(0));
    assert_eq!(given, vtlens(&[file.to_str().unwrap()], ""));
    assert_eq!(given, vtlens(&["-"], &token));
    assert_eq!(given, vtlens(&[], &token));
}

/// Programs read these: names that go would break them.
#[test]
fn the_members_of_the_report() {
    let token = token("handwritten/captures/denied-access-token", 0);
    let (_, text) = vtlens(&["--api", "templates/handwritten", "--format", "json"], &token);
    let report: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(report["schema"], "vtlens.token/1");
    for member in
        ["shown", "kind", "tokenUse", "header", "claims", "about", "at", "providers", "identity", "claimsRead", "notes"]
    {
        assert!(report.get(member).is_some(), "{member}");
    }
    assert_eq!(report["kind"], "cognitoAccess");
    let modes: Vec<&str> =
        report["providers"].as_array().unwrap().iter().map(|p| p["mode"].as_str().unwrap()).collect();
    assert_eq!(modes, ["AMAZON_COGNITO_USER_POOLS", "API_KEY", "OPENID_CONNECT", "AWS_IAM", "AWS_LAMBDA"]);
    let tenant = report["claimsRead"].as_array().unwrap().iter().find(|r| r["claims"][0] == "custom:tenant").unwrap();
    assert_eq!((tenant["present"].as_bool(), &tenant["carriedBy"]), (Some(false), &Json::from("id")));
    assert_eq!(tenant["first"]["template"], "resolvers/Query.order.res.vtl");
}
