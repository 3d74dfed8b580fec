//! `vtlens test` as a shell sees it: what it prints for people and programs, its exit status, and what it says about
//! suites that cannot be used.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value as Json;
use vtlens::suite::Suite;

fn test(args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("vtlens").unwrap();
    command.env_remove("CLICOLOR_FORCE").env_remove("COLUMNS").arg("test").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Without what differs from run to run.
fn timeless(text: &str) -> String {
    let lines = text.lines().map(|line| match line.rsplit_once("   ") {
        Some((before, time)) if time.ends_with(" s") => format!("{before}   [time]"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_samples_pass_and_show_who_may_do_what() {
    let output = test(&["templates"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(output.stderr.is_empty());
    insta::assert_snapshot!("samples", timeless(&text(&output.stdout)));
}

#[test]
fn a_failure_says_what_was_expected_what_happened_and_why() {
    let output = test(&["tests/fixtures/suites/outcomes/posts.vtlens.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("failures", timeless(&text(&output.stdout)));
}

#[test]
fn programs_get_the_same_as_data() {
    let output = test(&["tests/fixtures/suites/outcomes", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let mut report: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["schema"], "vtlens.tests/1");
    for suite in report["suites"].as_array_mut().unwrap() {
        for case in suite["tests"].as_array_mut().unwrap() {
            assert!(case["ms"].as_f64().unwrap() >= 0.0);
            case["ms"] = "[time]".into();
        }
    }
    insta::assert_snapshot!("data", serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn what_only_lacks_a_fact_exits_3_and_names_it() {
    let output = test(&["tests/fixtures/suites/outcomes/undecided.vtlens.json"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stdout).contains("missing: condition key aws:SourceVpce"), "{}", text(&output.stdout));
}

#[test]
fn two_runs_say_the_same_in_the_same_order() {
    let suites = packed::at("tests/amplify/suites");
    let run = || {
        let output = test(&[suites.to_str().unwrap(), "templates", "--format", "json"]);
        let report: Json = serde_json::from_slice(&output.stdout).unwrap();
        let suites = report["suites"].as_array().unwrap().iter();
        suites
            .flat_map(|suite| suite["tests"].as_array().unwrap().clone())
            .map(|mut case| {
                case.as_object_mut().unwrap().remove("ms");
                case
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

#[test]
fn a_filter_leaves_what_it_names_and_refuses_to_leave_nothing() {
    let output = test(&["templates", "--filter", "contracts", "-o", "-"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("1 suite, 2 tests"), "{}", text(&output.stdout));
    let output = test(&["templates", "--filter", "no such test"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no test has `no such test` in its name"));
}

#[test]
fn an_api_on_the_command_line_goes_before_the_suite_s() {
    let output = test(&["templates/classic", "--api", "templates/blog"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("the schema has no field `Query.getArticle`"), "{}", text(&output.stderr));
}

/// Each a suite that cannot be used, where the mistake stands, and what is said about it.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("tests:\n\t- name: x", "2:1", "YAML indents with spaces"),
    ("tests: [\n  {name: x}", "3:1", "not YAML"),
    ("identitys: {}\ntests: []", "1:1", "unknown key `identitys`\n  did you mean `identities`?"),
    ("identities: {}", "1:1", "the suite has no `tests`"),
    ("tests: []", "1:8", "the suite has no tests"),
    ("tests: {}", "1:8", "`tests` is an empty object, not a list"),
    ("ids: random\ntests: []", "1:6", "unknown kind of ids `random`"),
    ("now: today\ntests: []", "1:6", "a time must be"),
    ("snapshot: true\ntests: []", "1:11", "a snapshot needs a clock: the suite has no `now`"),
    ("now: 0\nsnapshot: yes\ntests: []", "2:11", "`snapshot` is a string, not `true` or `false`"),
    ("now: 0\nBOB: [{name: x, snapshots: true}]", "3:19", "did you mean `snapshot`?"),
    ("now: 0\nBOB: [{name: x, steps: [{as: bob, query: a, snapshot: 1}]}]", "3:57", "`snapshot` is a number"),
    ("identities:\n  bob: {mode: userpool}\ntests: []", "2:15", "did you mean `userPool`?"),
    ("identities:\n  bob: {mode: iam, userarn: x}\ntests: []", "2:20", "did you mean `userArn`?"),
    ("identities:\n  bob: {mode: iam, cognito: {poolId: x}}\ntests: []", "2:30", "unknown key `poolId`"),
    ("identities:\n  bob: {claims: {}}\ntests: []", "2:3", "missing field `mode`"),
    ("identities:\n  bob: {mode: iam, policies: 3}\ntests: []", "2:30", "`policies`: a policy is a number"),
    (
        "identities:\n  bob: {mode: oidc, token: no.jwt}\ntests: []",
        "2:28",
        "the token of identity `bob` cannot be read",
    ),
    ("data:\n  PostTable: 5\ntests: []", "2:14", "table `PostTable` is a number"),
    ("data: {PostTable: [{n: .nan}]}\ntests: []", "1:24", "not JSON: it has no number `.nan`"),
    ("responses: {Echo: !!binary aGk=}\ntests: []", "1:19", "not JSON"),
    ("responses: [1]\ntests: []", "1:12", "`responses` is a list of 1, not a map"),
    ("params: {env: [1]}\ntests: []", "1:15", "parameter `env` is a list of 1"),
    ("tests: [{name: x, expect: {}}]", "1:9", "a test has neither `field` nor `query`"),
    ("tests: [{name: x, field: Query.getPost}]", "1:9", "test `x` has no `expect`"),
    ("tests: [{name: x, field: getPost, expect: {}}]", "1:26", "name the type too"),
    ("tests: [{name: x, field: Query.getPost, query: '{ a }'}]", "1:48", "both `field` and `query`"),
    ("tests: [{name: x, query: '{ a }', arguments: {}}]", "1:35", "they belong to `field`"),
    ("tests: [{name: x, field: Query.getPost, expect: {}}]", "1:49", "`expect` names nobody"),
    ("tests: [{name: x, field: Query.getPost, steps: []}]", "1:19", "`field` stands beside `steps`"),
    ("BOB: [{name: x, field: Query.getPost, expect: {bub: allow}}]", "2:50", "did you mean `bob`?"),
    ("BOB: [{name: x, field: Query.getPost, expect: {bob: allowed}}]", "2:55", "did you mean `allow`?"),
    ("BOB: [{name: x, field: Query.getPost, expect: {bob: {stage: resolvers}}}]", "2:63", "did you mean `resolver`?"),
    ("BOB: [{name: x, field: Query.getPost, expect: {bob: {error: x}}}]", "2:56", "known here: `decision`, `stage`"),
    ("BOB: [{name: x, field: Query.getPost, expect: {bob: {items: many}}}]", "2:63", "not a number of rows"),
    ("BOB: [{name: x, field: Query.getPots, expect: {bob: allow}}]", "2:26", "did you mean `getPost`?"),
    ("BOB: [{name: x, steps: [{as: bub, query: a}]}]", "2:32", "unknown identity `bub`"),
    ("BOB: [{name: x, steps: [{query: a}]}]", "2:27", "the step has no `as`"),
    ("BOB: [{name: x, steps: [{as: bob, query: '{ a(id: \"${id}\") }'}]}]", "2:44", "unknown saved value `id`"),
    ("api: nowhere\ntests: [{name: x, field: Query.a, expect: {\"*\": deny}}]", "2:43", "`expect` names nobody"),
];

#[test]
fn a_suite_with_a_mistake_exits_2_and_says_where_and_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.vtlens.yaml");
    let api = Path::new("templates/blog").canonicalize().unwrap();
    let mut wrong = Vec::new();
    for (suite, place, words) in MISTAKES {
        let suite = suite.replace("BOB:", "identities: {bob: {mode: apiKey}}\ntests:");
        std::fs::write(&file, &suite).unwrap();
        let output = test(&[file.to_str().unwrap(), "--api", api.to_str().unwrap()]);
        let stderr = text(&output.stderr);
        // Every mistake is told: this one is among them.
        let start = format!("{}:{place}: ", file.display());
        let told = stderr.split("error: ").any(|error| error.starts_with(&start) && error.contains(words));
        if output.status.code() != Some(2) || !output.stdout.is_empty() || !told {
            wrong.push(format!("{suite}\nexpected {place} {words}\n{stderr}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What suites share stands in a file that they include: people, data, clock; the suite's own goes before it, and the
/// later include before the earlier.
#[test]
fn suites_share_what_they_include() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let api = Path::new("templates/blog").canonicalize().unwrap();
    write("shared/clock.yaml", "now: 2020-01-01T00:00:00Z\nparams: { env: old, other: kept }\n");
    write(
        "shared/people.yaml",
        &format!(
            "include: clock.yaml\napi: {}\nnow: 2026-01-15T12:00:00Z\nparams: {{ env: dev }}\nidentities:\n  bob: {{ mode: userPool, \
             token: bob.jwt }}\n  eve: {{ mode: apiKey }}\ndata:\n  PostTable: [{{ id: \"1\", title: shared }}]\n  \
             CommentTable: []\n",
            api.display()
        ),
    );
    write("shared/bob.jwt", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJiMSJ9.c2ln");
    // A suite's name, and no tests: it is for others.
    write("data.vtlens.yaml", "data: { CommentTable: [{ id: c1 }] }\n");
    write(
        "sub/s.vtlens.yaml",
        "include: [../shared/people.yaml, ../data.vtlens.yaml]\nidentities:\n  eve: { mode: iam, userArn: \
         \"arn:aws:iam::123456789012:user/eve\" }\ndata:\n  PostTable: [{ id: \"2\", title: own }]\ntests:\n  - field: \
         Query.getPost\n    arguments: { id: \"2\" }\n    expect: { eve: deny }\n",
    );
    let suite = Suite::load(&folder.path().join("sub/s.vtlens.yaml")).unwrap_or_else(|error| panic!("{error:#}"));
    let callers: Vec<String> =
        suite.identities.iter().map(|(name, facts)| format!("{name} {:?}", facts.mode)).collect();
    assert_eq!(callers, ["bob UserPool", "eve Iam"]);
    assert!(suite.identities["bob"].token.as_ref().unwrap().starts_with("eyJ"), "relative to the file that names it");
    assert_eq!(suite.now_ms, Some(1_768_478_400_000));
    assert_eq!(suite.params, [("env".to_owned(), "dev".to_owned()), ("other".to_owned(), "kept".to_owned())].into());
    let data = suite.data.as_ref().unwrap();
    let rows = |table: &str| data.table(table).unwrap().to_json();
    assert_eq!(rows("PostTable"), serde_json::json!([{"id": "2", "title": "own"}]));
    assert_eq!(rows("CommentTable"), serde_json::json!([{"id": "c1"}]));
    // The file without tests is no mistake, because another includes it.
    let output = test(&[folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("1 passed   1 suite, 1 test"), "{}", text(&output.stdout));
}

#[test]
fn paths_and_files_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(at("cut.vtlens.json"), "{\"tests\": [").unwrap();
    std::fs::write(at("latin.vtlens.yaml"), b"a: \xe9").unwrap();
    std::fs::write(
        at("lost.vtlens.yaml"),
        "identities: {a: {mode: apiKey}}\ntests: [{field: Query.a, expect: {a: deny}}]",
    )
    .unwrap();
    std::fs::create_dir(at("empty")).unwrap();
    for (path, words) in [
        ("nothing", "there is no such file or folder"),
        ("empty", "there is no suite in this folder"),
        ("cut.vtlens.json", "the file ends in the middle of a list, at `tests[0]`"),
        ("latin.vtlens.yaml", "byte 3 is not UTF-8"),
        ("lost.vtlens.yaml", "the suite names no API"),
    ] {
        let output = test(&[&at(path)]);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{path}: {stderr}");
        assert!(stderr.contains(words) && stderr.contains(path), "{path}: {stderr}");
    }
    // All the mistakes of a folder at once.
    std::fs::remove_file(at("lost.vtlens.yaml")).unwrap();
    let stderr = text(&test(&[folder.path().to_str().unwrap()]).stderr);
    assert_eq!(stderr.matches("error: ").count(), 2, "{stderr}");
}

#[test]
fn the_guide_shows_real_output() {
    let guide = std::fs::read_to_string("docs/suites.md").unwrap();
    let samples = test(&["templates/blog", "--filter", "draft"]).stdout;
    let failures = test(&["tests/fixtures/suites/outcomes/posts.vtlens.yaml"]).stdout;
    let real = format!("{}{}", text(&samples), text(&failures));
    let shown: Vec<&str> = guide.split("```text\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(shown.len(), 2);
    for block in shown {
        assert!(real.contains(block), "not printed any more:\n{block}\n{real}");
    }
}

#[test]
fn a_suite_cut_or_broken_anywhere_is_read_or_refused_with_its_place() {
    for file in ["templates/blog/blog.vtlens.yaml", "tests/fixtures/suites/outcomes/undecided.vtlens.json"] {
        let whole = std::fs::read_to_string(file).unwrap();
        for (at, _) in whole.char_indices().step_by(29) {
            let (before, after) = whole.split_at(at);
            for broken in ["", "{", "\"", "\t", "- ", "&a *a", "\u{0}", "\n"] {
                let text = if broken.is_empty() { before.to_owned() } else { format!("{before}{broken}{after}") };
                if let Err(error) = Suite::read(file, &text) {
                    assert!(error.place().is_some_and(|place| place.file.ends_with(file)), "{error}: {text}");
                }
            }
        }
    }
}
