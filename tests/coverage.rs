//! Coverage of templates by suites. Protects: that nothing which ran is called unreachable, that totals are the sum of
//! their parts, that templates which never ran count, that a rule which nobody met is named, that `--coverage-min`
//! fails below its share and says so, and that lcov's tracefile and the page agree with the data.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value as Json;
use vtlens::suite::coverage::{Coverage, LineState, Share};
use vtlens::suite::{self, Options, Suite, TestsReport};

fn test(args: &[&str]) -> Output {
    let mut command = assert_cmd::Command::cargo_bin("vtlens").unwrap();
    command.env_remove("CLICOLOR_FORCE").env_remove("COLUMNS").arg("test").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A run of the suites in folders, counted.
fn counted(folders: &[PathBuf]) -> TestsReport {
    let suites: Vec<Suite> = suite::find(folders).unwrap().iter().map(|file| Suite::load(file).unwrap()).collect();
    let options = Options { coverage: true, ..Options::default() };
    suite::run(&suites, &options, &|| ()).unwrap()
}

fn coverage(folders: &[PathBuf]) -> Coverage {
    counted(folders).coverage.unwrap()
}

/// An API of its own: `vtlens.toml`, a schema, templates and a suite.
fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let common = [
        (
            "vtlens.toml",
            "[api]\nschema = \"schema.graphql\"\n\
             default = { mode = \"AMAZON_COGNITO_USER_POOLS\", user_pool_id = \"us-east-1_a\", default_action = \"ALLOW\" }\n\
             [[data_sources]]\nname = \"NONE\"\ntype = \"NONE\"\n\
             [[resolvers]]\nfield = \"Query.a\"\ndata_source = \"NONE\"\nrequest = \"a.vtl\"\nresponse = \"r.vtl\"\n",
        ),
        ("schema.graphql", "type Query { a: String }\n"),
        ("r.vtl", "$util.toJson(\"a\")"),
    ];
    for (name, text) in common.iter().chain(files) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Nothing that ran is out of reach, over every suite there is: the claim that a branch need not be tested is safe.
#[test]
fn nothing_that_ran_is_called_unreachable() {
    let more = packed::collection();
    let folders = ["suites", "suites-gen2"].map(|name| more.join(name));
    let folders: Vec<PathBuf> =
        folders.into_iter().filter(|folder| folder.is_dir()).chain([PathBuf::from("templates")]).collect();
    let coverage = coverage(&folders);
    let (mut branches, mut closed) = (0, 0);
    for template in coverage.apis.iter().flat_map(|api| &api.templates) {
        for branch in &template.branches {
            branches += 1;
            closed += usize::from(branch.unreachable.is_some());
            let place = format!("{}:{} {:?}", template.template, branch.line, branch);
            assert!(branch.count == 0 || branch.unreachable.is_none(), "{place}");
        }
        for condition in &template.conditions {
            let place = format!("{}:{} {:?}", template.template, condition.line, condition);
            assert!(condition.held == 0 || condition.never_true.is_none(), "{place}");
            assert!(condition.failed == 0 || condition.never_false.is_none(), "{place}");
        }
        for line in template.lines() {
            let place = format!("{}:{} {:?}", template.template, line.number, line);
            assert!(line.count.unwrap_or(0) == 0 || line.state != LineState::Unreachable, "{place}");
        }
    }
    assert!(branches > 2000 && closed > 300, "{closed} of {branches}");
}

#[test]
fn totals_are_the_sum_of_templates_and_what_never_ran_is_among_them() {
    let coverage = coverage(&[PathBuf::from("templates")]);
    assert_eq!(coverage.apis.len(), 3);
    for api in &coverage.apis {
        let templates = |auth: bool| api.templates.iter().filter(move |template| template.auth || !auth);
        for (auth, totals) in [(true, api.auth), (false, api.all)] {
            let sum = |of: fn(&Share) -> usize| templates(auth).map(|t| of(&t.totals.branches)).sum::<usize>();
            assert_eq!(sum(|share| share.covered), totals.branches.covered);
            assert_eq!(sum(|share| share.total), totals.branches.total);
            assert_eq!(templates(auth).count(), totals.templates);
        }
        for template in &api.templates {
            let open = template.branches.iter().filter(|branch| branch.unreachable.is_none());
            assert_eq!(open.count(), template.totals.branches.total, "{}", template.template);
            let missed = template.totals.branches.total - template.totals.branches.covered;
            assert_eq!(template.missed_branches().count(), missed, "{}", template.template);
            if template.runs == 0 {
                assert_eq!(template.totals.branches.covered, 0, "{}", template.template);
            }
            assert!(!template.fields.is_empty(), "{}", template.template);
        }
    }
    assert!(coverage.apis.iter().flat_map(|api| &api.templates).any(|template| template.runs == 0));
}

/// A case that fails is explained, but its branches count once; suites on one API count together.
#[test]
fn a_failed_case_counts_once_and_suites_on_one_api_together() {
    let template =
        "#if($ctx.identity.username == \"bob\")\n{\"version\": \"2018-05-29\"}\n#else\n$util.unauthorized()\n#end";
    let identities = "identities:\n  bob: { mode: userPool, claims: { sub: b, \"cognito:username\": bob } }\n  eve: { mode: userPool, claims: { sub: e, \"cognito:username\": eve } }\n";
    let suite =
        |expect: &str| format!("api: .\n{identities}tests:\n  - name: a\n    field: Query.a\n    expect: {expect}\n");
    let (one, other) = (suite("{ bob: deny }"), suite("{ bob: allow, eve: deny }"));
    let folder = written(&[("a.vtl", template), ("one.vtlens.yaml", &one), ("other.vtlens.yaml", &other)]);
    let report = counted(&[folder.path().to_owned()]);
    assert_eq!((report.passed, report.failed), (2, 1));
    let coverage = report.coverage.unwrap();
    assert_eq!(coverage.apis.len(), 1);
    let template = &coverage.apis[0].templates[0];
    assert_eq!(template.runs, 3);
    assert_eq!(template.branches.iter().map(|branch| branch.count).collect::<Vec<_>>(), [2, 1]);
    let states: Vec<LineState> = template.lines().iter().map(|line| line.state).collect();
    use LineState::{Hit, Plain};
    assert_eq!(states, [Hit, Hit, Plain, Hit, Plain]);
}

/// Rule 2 is met by nobody, rule 1 lets in but keeps nobody out.
#[test]
fn rules_that_no_test_meets_are_named() {
    let filter = ["templates/blog", "--coverage", "--filter", "a comment is changed by its author alone"];
    let printed = text(&test(&filter).stdout);
    for line in [
        "Post rule 1 `{ allow: owner }` (schema.graphql:5) was never satisfied, never refused",
        "Comment rule 2 `{ allow: public, provider: apiKey, operations: [read] }`",
    ] {
        assert!(printed.split_whitespace().collect::<Vec<_>>().join(" ").contains(line), "{line}\n{printed}");
    }
    assert!(!printed.contains("Comment rule 1"), "{printed}");
    let output = test(&["templates/blog", "--coverage"]);
    assert!(text(&output.stdout).contains("every @auth rule let somebody in"), "{}", text(&output.stdout));
}

#[test]
fn the_text_shows_what_is_missing() {
    let output = test(&["templates/handwritten", "--coverage", "--filter", "order"]);
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    let section = &printed[printed.find("\n  Coverage\n").unwrap()..printed.rfind("\n\n").unwrap()];
    insta::assert_snapshot!("text", section);
}

#[test]
fn too_little_fails_and_says_what_is_missing() {
    for (minimum, status) in [("0", 0), ("82", 0), ("82.7", 1), ("100", 1)] {
        let output = test(&["templates/handwritten", "--coverage-min", minimum]);
        assert_eq!(output.status.code(), Some(status), "{minimum}: {}", text(&output.stdout));
        let mark = if status == 0 { "✓ at least" } else { "✗ 82.6 % of the branches" };
        assert!(text(&output.stdout).contains(mark), "{minimum}: {}", text(&output.stdout));
        assert!(output.stderr.is_empty());
    }
    // Formats without coverage leave it to stderr; a failed test stays the worse news.
    let output = test(&["templates/handwritten", "--coverage-min", "100", "--format", "junit"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("less than 100 %: 8 more branches"), "{}", text(&output.stderr));
    let output = test(&["templates/handwritten", "--coverage-min", "90", "--format", "markdown"]);
    let line = "❌ less than 90 %: 82.6 % of the branches in templates that decide about access ran (38 of 46)";
    assert!(text(&output.stdout).contains(line), "{}", text(&output.stdout));
    for wrong in ["101", "-1", "many", "NaN"] {
        let output = test(&["templates/handwritten", &format!("--coverage-min={wrong}")]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(text(&output.stderr).contains("from 0 to 100"), "{}", text(&output.stderr));
    }
}

#[test]
fn programs_get_the_same_as_data() {
    let output = test(&["templates/handwritten", "--coverage-min", "90", "--format", "json"]);
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    let coverage = &report["coverage"];
    assert_eq!(coverage["minimum"], 90.0);
    assert_eq!(coverage["apis"][0]["path"], "templates/handwritten");
    let templates = coverage["apis"][0]["templates"].as_array().unwrap();
    let orders = templates.iter().find(|template| template["template"] == "resolvers/Query.orders.req.vtl").unwrap();
    assert_eq!(orders["file"], "templates/handwritten/resolvers/Query.orders.req.vtl");
    let mut orders = orders.clone();
    orders["conditions"].as_array_mut().unwrap().truncate(2);
    insta::assert_snapshot!("data", serde_json::to_string_pretty(&orders).unwrap());
    // Without being asked for it is not there.
    let output = test(&["templates/handwritten", "--format", "json"]);
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report.get("coverage").is_none());
}

/// What lcov's own tools check: known records only, counts that add up, lines and branches that are there.
#[test]
fn the_tracefile_reads_back_as_lcov_means_it() {
    let output = test(&["templates", "--format", "lcov"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut files = 0;
    for record in text(&output.stdout).split_terminator("end_of_record\n") {
        let mut totals: BTreeMap<&str, u32> = BTreeMap::new();
        let mut blocks: BTreeMap<(u32, &str), u32> = BTreeMap::new();
        let (mut lines, mut source) = (Vec::new(), String::new());
        for line in record.lines() {
            let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("{line}"));
            let numbers = || value.split(',').collect::<Vec<_>>();
            match key {
                "TN" => assert_eq!(value, "vtlens"),
                "SF" => source = std::fs::read_to_string(value).unwrap_or_else(|e| panic!("{value}: {e}")),
                "DA" => {
                    let [number, count] = numbers()[..] else { panic!("{line}") };
                    lines.push(number.parse::<u32>().unwrap());
                    *totals.entry("LF").or_default() += 1;
                    *totals.entry("LH").or_default() += u32::from(count != "0");
                }
                "BRDA" => {
                    let [number, block, branch, taken] = numbers()[..] else { panic!("{line}") };
                    let next = blocks.entry((0, block)).or_default();
                    assert_eq!(branch.parse::<u32>().unwrap(), *next, "{line}");
                    *next += 1;
                    assert!(number.parse::<usize>().unwrap() <= source.lines().count(), "{line}");
                    *totals.entry("BRF").or_default() += 1;
                    *totals.entry("BRH").or_default() += u32::from(!matches!(taken, "0" | "-"));
                }
                "LF" | "LH" | "BRF" | "BRH" => {
                    let counted = totals.get(key).copied().unwrap_or(0);
                    assert_eq!(value.parse::<u32>().unwrap(), counted, "{line}\n{record}");
                }
                other => panic!("lcov has no record {other}"),
            }
        }
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "{record}");
        assert!(lines.iter().all(|line| *line as usize <= source.lines().count()), "{record}");
        files += 1;
    }
    assert!(files > 100, "{files}");
}

#[test]
fn the_page_holds_tests_rules_and_source_and_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("coverage.html");
    let report = format!("html={}", file.display());
    let output = test(&["templates/blog", "--coverage", "--report", &report]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    for forbidden in ["<script", "src=", "url(", "@import", "http:", "https:"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    for part in [
        "73 passed",
        "a draft is for its author",
        "{ allow: owner }",
        "class=\"ln part\"",
        "class=\"ln off\"",
        "never true",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // What a template says is text, whatever it says.
    let evil = "#if($ctx.identity.username == \"</code><script>alert(1)</script>\")\n{}\n#end\n{}";
    let suite = "api: .\nidentities:\n  bob: { mode: userPool, claims: { sub: b, \"cognito:username\": bob } }\ntests:\n  - name: <b>a</b>\n    field: Query.a\n    expect: { bob: allow }\n";
    let api = written(&[("a.vtl", evil), ("s.vtlens.yaml", suite)]);
    let page = text(&test(&[api.path().to_str().unwrap(), "--coverage", "--format", "html"]).stdout);
    assert!(page.contains("&lt;script&gt;") && page.contains("&lt;b&gt;"), "{page}");
    assert!(!page.contains("<script") && !page.contains("<b>a</b>"), "{page}");
}

#[test]
fn the_guide_shows_real_output() {
    let guide = std::fs::read_to_string(Path::new("docs/coverage.md")).unwrap();
    let real = text(&test(&["templates/handwritten", "--coverage"]).stdout);
    let shown: Vec<&str> = guide.split("```text\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(shown.len(), 1);
    assert!(real.contains(shown[0]), "not printed any more:\n{}\n{real}", shown[0]);
}
