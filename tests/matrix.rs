//! `vtlens matrix`: who may do what. Protects: that every cell is what a test of that caller comes to; that nobody is left
//! out; that callers made from an API take every way in that there is; and what people and programs read.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value as Json;

fn vtlens(args: &[&str], columns: Option<&str>) -> Output {
    let mut command = Command::cargo_bin("vtlens").unwrap();
    command.env_remove("CLICOLOR_FORCE").env_remove("COLUMNS").envs(columns.map(|columns| ("COLUMNS", columns)));
    // Suites of packed builds lie beside them.
    command.args(args.iter().map(packed::at)).output().unwrap()
}

fn said(args: &[&str]) -> String {
    let output = vtlens(args, None);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn json(args: &[&str]) -> Json {
    serde_json::from_str(&said(&[args, &["--format", "json"]].concat())).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const BLOG: &str = "templates/blog/blog.vtlens.yaml";
const LARGE: &str = "tests/amplify/suites/kitchen_multi.Course.vtlens.json";

#[test]
fn people_read_callers_across_and_requests_down() {
    for (name, columns) in [("matrix_100", "100"), ("matrix_60", "60")] {
        let output = vtlens(&["matrix", BLOG], Some(columns));
        assert_eq!(output.status.code(), Some(0));
        insta::assert_snapshot!(name, text(&output.stdout));
    }
    let narrow = vtlens(&["matrix", LARGE], Some("60"));
    for line in text(&narrow.stdout).lines().filter(|line| line.contains(['✓', '✗'])) {
        assert!(line.chars().count() <= 60, "{line}");
    }
    insta::assert_snapshot!("matrix_markdown", said(&["matrix", BLOG, "--filter", "draft", "--format", "markdown"]));
}

/// Suite, test, step and caller of every cell, and what it says.
fn cells(matrix: &Json) -> BTreeMap<(String, String, u64, String), (String, String)> {
    let mut found = BTreeMap::new();
    for sheet in matrix["sheets"].as_array().unwrap() {
        for row in sheet["rows"].as_array().unwrap() {
            for cell in row["cells"].as_array().unwrap() {
                let text = |of: &Json| of.as_str().unwrap_or_default().to_owned();
                let key = (
                    text(&sheet["suite"]),
                    text(&row["test"]),
                    row["step"].as_u64().unwrap_or(0),
                    text(&cell["identity"]),
                );
                found.insert(key, (text(&cell["decision"]), text(&cell["stage"])));
            }
        }
    }
    found
}

#[test]
fn a_cell_is_what_a_test_of_that_caller_comes_to() {
    let suites = ["templates", "tests/amplify/suites/owner_basic.Note.vtlens.json", LARGE];
    let matrix = json(&[["matrix"].as_slice(), &suites].concat());
    let found = cells(&matrix);
    let tests = vtlens(&[["test", "--format", "json"].as_slice(), &suites].concat(), None);
    let tests: Json = serde_json::from_slice(&tests.stdout).unwrap();
    let mut compared = 0;
    for suite in tests["suites"].as_array().unwrap() {
        for case in suite["tests"].as_array().unwrap() {
            let text = |of: &Json| of.as_str().unwrap_or_default().to_owned();
            let key = (
                text(&suite["file"]),
                text(&case["name"]),
                case["step"].as_u64().unwrap_or(0),
                text(&case["identity"]),
            );
            let expected = (text(&case["actual"]["decision"]), text(&case["actual"]["stage"]));
            assert_eq!(found.get(&key), Some(&expected), "{key:?}");
            compared += 1;
        }
    }
    assert!(compared > 400, "only {compared} cells");
    // Who is not named in a test is asked all the same.
    assert!(found.len() > compared, "{} cells, {compared} tests", found.len());
    for sheet in matrix["sheets"].as_array().unwrap() {
        let callers = sheet["identities"].as_array().unwrap().len();
        for row in sheet["rows"].as_array().unwrap().iter().filter(|row| row.get("step").is_none()) {
            assert_eq!(row["cells"].as_array().unwrap().len(), callers, "{}", row["test"]);
        }
    }
}

#[test]
fn made_callers_take_the_ways_in_and_some_fail() {
    let matrix = json(&["matrix", "--api", "templates/blog"]);
    let sheet = &matrix["sheets"][0];
    let modes: BTreeSet<&str> =
        sheet["identities"].as_array().unwrap().iter().map(|caller| caller["mode"].as_str().unwrap()).collect();
    assert_eq!(modes, BTreeSet::from(["AMAZON_COGNITO_USER_POOLS", "API_KEY"]));
    for field in
        ["Query.getPost", "Mutation.deletePost", "Subscription.onCreateComment", "Post.reviewNotes", "Query.getDraft"]
    {
        let rows = sheet["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["fields"][0] == field).unwrap_or_else(|| panic!("no row for {field}"));
        let decisions: BTreeSet<&str> =
            row["cells"].as_array().unwrap().iter().map(|cell| cell["decision"].as_str().unwrap()).collect();
        assert!(decisions.contains("allowed"), "{field}: {decisions:?}");
        assert!(decisions.contains("denied") || field.starts_with("Subscription"), "{field}: {decisions:?}");
    }
}

#[test]
fn what_everybody_meets_alike_shares_a_line_and_the_api_has_the_name_that_was_given() {
    let shown = |more: &[&str]| text(&vtlens(&[&["matrix", "--api", "templates/blog"], more].concat(), None).stdout);
    let (folded, whole) = (shown(&[]), shown(&["-v"]));
    assert!(folded.starts_with("templates/blog   "), "{folded}");
    let line = |all: &str, of: &str| all.lines().any(|line| line.contains(of));
    let (one, other) = ("Subscription.onCreatePost, onUpdatePost, onDeletePost", "Subscription.onUpdatePost");
    assert!(line(&folded, one) && !line(&folded, other), "{folded}");
    assert!(!line(&whole, one) && line(&whole, other), "{whole}");
    // Nothing is lost by it.
    let fields = |all: &str| all.matches(['✓', '✗', '~']).count();
    assert!(fields(&folded) < fields(&whole));
    let tally = |all: &str| all.lines().last().unwrap().to_owned();
    assert_eq!(tally(&folded), tally(&whole));
}

#[test]
fn a_cell_of_a_subscription_says_which_events_arrive() {
    let matrix = json(&["matrix", "templates/blog", "--filter", "Subscription.onCreatePost"]);
    let cells = matrix["sheets"][0]["rows"][0]["cells"].as_array().unwrap();
    let of = |who: &str| cells.iter().find(|cell| cell["identity"] == who).unwrap()["subscriptionFilter"].clone();
    assert_eq!(of("admin"), serde_json::json!({ "by": "nothing" }));
    let own = serde_json::json!([
        [{ "field": "owner", "operator": "eq", "value": "eve" }],
        [{ "field": "editors", "operator": "containsAny", "value": [] }],
    ]);
    assert_eq!(of("eve"), serde_json::json!({ "by": "filter", "groups": own }));
    let page = vtlens(&["matrix", "templates/blog", "--filter", "Subscription.onCreatePost", "--format", "html"], None);
    let page = text(&page.stdout);
    assert!(page.contains("only events where owner is &quot;eve&quot;"), "{page}");
}

#[test]
fn a_cell_says_why() {
    let matrix = json(&["matrix", BLOG, "--filter", "Mutation.deletePost"]);
    let row = &matrix["sheets"][0]["rows"][0];
    let cell =
        |who: &str| row["cells"].as_array().unwrap().iter().find(|cell| cell["identity"] == who).unwrap().clone();
    let (bob, admin) = (cell("bob"), cell("admin"));
    assert_eq!((&bob["decision"], &bob["cause"]["code"]), (&"denied".into(), &"group-missing".into()));
    assert_eq!(bob["site"]["template"], "resolvers/Mutation.deletePost.auth.1.res.vtl");
    assert_eq!(admin["allowedBy"]["auth"]["text"], "{ allow: groups, groups: [\"Admin\"] }");
}

#[test]
fn operations_of_a_file_take_the_place_of_tests() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.graphql");
    let variables = folder.path().join("variables.json");
    std::fs::write(
        &file,
        "query Post($id: ID!) { getPost(id: $id) { ...P reviewNotes } }\nquery Posts { listPosts { items { ...P } } }\n\
         fragment P on Post { id title }",
    )
    .unwrap();
    std::fs::write(&variables, r#"{"id": "post-1", "unused": 1}"#).unwrap();
    let (query, given) = (file.to_str().unwrap(), variables.to_str().unwrap());
    let matrix = json(&["matrix", BLOG, "--query", query, "--variables", given]);
    let rows = matrix["sheets"][0]["rows"].as_array().unwrap();
    let names: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["test"].as_str().unwrap(), row["fields"][0].as_str().unwrap())).collect();
    assert_eq!(names, [("Post", "Query.getPost"), ("Posts", "Query.listPosts")]);
    let decisions: Vec<&str> =
        rows[0]["cells"].as_array().unwrap().iter().map(|cell| cell["decision"].as_str().unwrap()).collect();
    // eve, bob, bob-access, writer, admin, guest: of those who read the post only Admin reads its notes.
    assert_eq!(decisions, ["denied", "denied", "denied", "denied", "allowed", "denied"]);
    std::fs::write(&file, "query {").unwrap();
    let broken = vtlens(&["matrix", BLOG, "--query", query], None);
    assert_eq!(broken.status.code(), Some(2));
    assert!(text(&broken.stderr).contains("app.graphql:1:"), "{}", text(&broken.stderr));
}

#[test]
fn what_is_looked_for_is_left_and_what_cannot_be_used_is_refused() {
    let denied = json(&["matrix", BLOG, "--only", "filtered"]);
    let rows = denied["sheets"][0]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{denied:#}");
    for (args, message) in [
        (vec!["matrix", BLOG, "--filter", "no such"], "no request has `no such` in its name"),
        (vec!["matrix", "templates/nope"], "there is no such file or folder"),
        (vec!["matrix", "templates/classic", "--api", "templates/blog"], "the schema has no field `Query.getArticle`"),
        (vec!["matrix", "templates/blog/build"], "`vtlens matrix --api templates/blog/build`"),
        (vec!["matrix", BLOG, "--variables", "x.json"], "--query"),
    ] {
        let output = vtlens(&args, None);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(message), "{args:?}: {}", text(&output.stderr));
    }
}

#[test]
fn every_cell_of_the_page_leads_to_its_explanation() {
    for suite in [BLOG, LARGE] {
        let page = said(&["matrix", suite, "--format", "html"]);
        assert!(page.contains("default-src 'none'") && !page.contains("<script"));
        assert!(page.len() < 2_000_000, "{} bytes", page.len());
        let after = |mark: &str| -> BTreeSet<String> {
            page.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
        };
        let ids: BTreeSet<String> = after("class=\"explanation\" id=\"");
        let linked: BTreeSet<String> = after("<a href=\"#x").into_iter().map(|rest| format!("x{rest}")).collect();
        assert!(ids.len() > 20, "{} explanations", ids.len());
        assert_eq!(linked, ids, "a cell leads nowhere, or an explanation is of no cell");
        let all: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "an id stands twice");
        let cells = page.matches("<td class=").count();
        let matrix = json(&["matrix", suite]);
        let rows = matrix["sheets"][0]["rows"].as_array().unwrap().len();
        assert_eq!(cells, rows * matrix["sheets"][0]["identities"].as_array().unwrap().len());
    }
    let page = said(&["matrix", BLOG, "--format", "html"]);
    assert!(page.contains("the token&#x27;s groups [&quot;Editors&quot;] include none of [&quot;Admin&quot;]"));
}

#[test]
fn the_page_shows_real_output() {
    let page = std::fs::read_to_string("docs/matrix.md").unwrap();
    let shown = said(&["matrix", "templates/blog", "--filter", "Post"]);
    assert!(page.contains(shown.trim_end()), "docs/matrix.md differs from\n{shown}");
}
