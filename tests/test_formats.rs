//! The formats of `vtlens test` for build servers and code hosts. Protects: that each is what its readers accept, that
//! all of them count and say the same, that no name in a suite can break out of one, that no secret is in one, and
//! that one run can write them all.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashSet;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use clap::Parser as _;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Value as Json, json};

const OUTCOMES: &str = "tests/fixtures/suites/outcomes";

fn test(args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("vtlens").unwrap();
    command.env_remove("CLICOLOR_FORCE").env_remove("COLUMNS").arg("test").args(args).output().unwrap()
}

fn printed(args: &[&str]) -> String {
    let output = test(args);
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A suite over the blog, in a folder that lives as long as the first of the pair.
fn suite(tests: &Json) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.vtlens.json");
    let api = Path::new("templates/blog").canonicalize().unwrap();
    let key = "da2-abcdefghijklmnopqrstuvwxyz";
    let suite = json!({
        "api": api, "now": "2026-01-15T12:00:00Z",
        "identities": { "guest": { "mode": "apiKey", "apiKeys": [{ "id": key, "expires": 1_800_000_000 }] } },
        "note": "authorization: Bea_rer*to<ken>&with_what*every<format>&escapes|in_its*own\"way'",
        "tests": tests,
    });
    std::fs::write(&file, format!("{suite:#}")).unwrap();
    let file = file.display().to_string();
    (folder, file)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    let value = element.try_get_attribute(name).unwrap();
    let value = value.unwrap_or_else(|| panic!("<{:?}> has no `{name}`", element.name()));
    value.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned()
}

/// What servers agree on: names, classes, times in seconds with a point, numbers that add up, no name twice, nothing
/// but XML's own characters. Gives how many tests, failures and errors there are, and all that is said.
fn read_junit(xml: &str) -> ([usize; 3], String) {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut path: Vec<String> = Vec::new();
    let mut names: HashSet<String> = HashSet::new();
    let (mut all, mut told, mut counted, mut claimed) = ([0; 3], [0; 3], [0; 3], [0; 3]);
    let mut said = String::new();
    let counts = |element: &BytesStart<'_>| {
        assert_eq!(attribute(element, "skipped"), "0");
        ["tests", "failures", "errors"].map(|name| attribute(element, name).parse::<usize>().unwrap())
    };
    let time = |element: &BytesStart<'_>| {
        let time = attribute(element, "time");
        assert!(time.split_once('.').is_some_and(|(_, digits)| digits.len() == 3), "{time}");
        assert!(time.parse::<f64>().unwrap() >= 0.0);
    };
    loop {
        let event = reader.read_event().unwrap();
        let empty = matches!(event, Event::Empty(_));
        match &event {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name().as_ref().to_owned();
                match (path.last().map(String::as_str), name.as_str()) {
                    (None, "testsuites") => {
                        time(element);
                        told = counts(element);
                    }
                    (Some("testsuites"), "testsuite") => {
                        time(element);
                        assert!(!attribute(element, "name").is_empty());
                        claimed = counts(element);
                        counted = [0; 3];
                    }
                    (Some("testsuite"), "testcase") => {
                        time(element);
                        counted[0] += 1;
                        let (class, name) = (attribute(element, "classname"), attribute(element, "name"));
                        assert!(!class.is_empty() && !name.is_empty());
                        assert!(names.insert(format!("{class} {name}")), "twice: {class} {name}");
                        assert!(attribute(element, "line").parse::<u32>().unwrap() > 0);
                        assert!(!attribute(element, "file").is_empty());
                        said.push_str(&name);
                    }
                    (Some("testcase"), "failure" | "error") => {
                        counted[if name == "failure" { 1 } else { 2 }] += 1;
                        assert!(!attribute(element, "message").is_empty() && !attribute(element, "type").is_empty());
                        said.push_str(&attribute(element, "message"));
                    }
                    (Some("testsuite"), "system-out") => {}
                    (parent, name) => panic!("<{name}> in {parent:?}"),
                }
                if !empty {
                    path.push(name);
                }
            }
            Event::End(_) => {
                if path.pop().as_deref() == Some("testsuite") {
                    assert_eq!(counted, claimed);
                    (0..3).for_each(|at| all[at] += counted[at]);
                }
            }
            Event::Text(text) => said.push_str(&text.xml10_content()),
            Event::GeneralRef(name) => said.push_str(&format!("&{};", name.xml10_content())),
            Event::Eof => break,
            Event::Decl(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((all, path), (told, Vec::new()));
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().chain(said.chars()).all(allowed));
    (all, said)
}

fn schema() -> jsonschema::Validator {
    let text = std::fs::read_to_string("tests/formats/sarif-2.1.0.schema.json").unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn sarif_results(text: &str) -> Vec<Json> {
    let sarif: Json = serde_json::from_str(text).unwrap();
    let mistakes: Vec<String> =
        schema().iter_errors(&sarif).map(|mistake| format!("{}: {mistake}", mistake.instance_path())).collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
    for result in &results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    results
}

/// Without what differs from run to run.
fn timeless(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split(" time=\"").enumerate() {
        out.push_str(if at == 0 { part } else { " time=\"…" });
        out.push_str(if at == 0 { "" } else { part.trim_start_matches(|c: char| c != '"') });
    }
    let lines = out.lines().map(|line| match line.rsplit_once(" · ") {
        Some((before, time)) if time.ends_with(" s") => format!("{before} · …"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn failures_as_every_format_shows_them() {
    let junit = printed(&[OUTCOMES, "--format", "junit"]);
    assert_eq!(read_junit(&junit).0, [8, 4, 1], "what is undecided is an error, not a failure");
    insta::assert_snapshot!("junit", timeless(&junit));
    insta::assert_snapshot!("markdown", timeless(&printed(&[OUTCOMES, "--format", "markdown"])));
    insta::assert_snapshot!("github", printed(&[OUTCOMES, "--format", "github"]));
    let results = sarif_results(&printed(&[OUTCOMES, "--format", "sarif"]));
    assert_eq!(results.len(), 5);
    insta::assert_snapshot!("sarif_let_in", format!("{:#}", results[0]));
    for result in &results {
        let lists = [&result["locations"], &result["relatedLocations"]];
        for location in lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten()) {
            let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            assert!(Path::new(uri).is_file(), "{uri} does not lie below this folder");
        }
    }
}

#[test]
fn what_passes_is_valid_too_and_says_so() {
    let run = |format: &str| printed(&["templates/blog", "--filter", "draft", "--format", format]);
    let ([tests, failures, errors], said) = read_junit(&run("junit"));
    assert_eq!((tests, failures, errors), (14, 0, 0));
    assert!(said.contains("a draft is for its author [bob]"), "{said}");
    assert!(sarif_results(&run("sarif")).is_empty());
    assert_eq!(run("github"), "");
    assert!(run("markdown").starts_with("### ✅ vtlens: 14 decisions as expected\n"));
}

#[test]
fn one_run_writes_them_all_and_still_prints_text() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join("new/folders").join(name).display().to_string();
    let formats = ["junit", "sarif", "github", "markdown", "json", "text"];
    let reports: Vec<String> = formats.iter().map(|format| format!("{format}={}", at(format))).collect();
    let mut args = vec![OUTCOMES];
    reports.iter().for_each(|report| args.extend(["--report", report]));
    let output = test(&args);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("5 failed, 3 passed"));
    let read = |name: &str| std::fs::read_to_string(at(name)).unwrap();
    assert_eq!(read_junit(&read("junit")).0, [8, 4, 1]);
    assert_eq!(sarif_results(&read("sarif")).len(), 5);
    assert_eq!(read("github").lines().count(), 5);
    assert!(read("markdown").starts_with("### ❌ vtlens: 5 of 8 decisions not as expected\n"));
    assert_eq!(serde_json::from_str::<Json>(&read("json")).unwrap()["failed"], 5);
    assert!(read("text").contains("5 failed, 3 passed") && !read("text").contains('\u{1b}'));
}

#[test]
fn reports_that_cannot_be_written_are_refused_before_any_test_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file").display().to_string();
    std::fs::write(&file, "").unwrap();
    let here = folder.path().display();
    for (reports, words) in [
        (vec!["xml=a".to_owned()], "there is no format `xml`, only text, json, junit, sarif, github, markdown"),
        (vec!["junti=a".to_owned()], "did you mean `junit`?"),
        (vec!["a.xml".to_owned()], "a report is given as `FORMAT=FILE`"),
        (vec!["junit=".to_owned()], "`junit=` names no file"),
        (vec!["junit=-".to_owned()], "`--format junit` prints it"),
        (vec![format!("junit={here}")], "this is a folder"),
        (vec![format!("junit={file}/a.xml")], "its folder cannot be made"),
        (vec![format!("junit={here}/a"), format!("sarif={here}/a")], "two reports would go to"),
    ] {
        let mut args = vec![OUTCOMES];
        reports.iter().for_each(|report| args.extend(["--report", report]));
        let output = test(&args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{reports:?}: {stderr}");
        assert!(stderr.contains(words), "{reports:?}: {stderr}");
    }
    assert!(!folder.path().join("a").exists());
}

#[test]
fn no_name_breaks_out_of_a_format() {
    let names = [
        "]]></failure><b a='\"&amp;|",
        "x\r\n::error file=a,line=1::gotcha\n::set-output name=a::b%0A",
        "control \u{1}\u{1b}[2J\u{ffff}\u{202e}",
        "| a | b |\n\n# @octocat <script>alert(1)</script> `code` [link](javascript:x) #1",
        "twice",
        "twice",
    ];
    let tests =
        names.map(|name| json!({ "name": name, "field": "Mutation.updatePost", "expect": { "guest": "allow" } }));
    let (_folder, file) = suite(&json!(tests));
    let run = |format: &str| printed(&[&file, "--format", format]);
    let (counts, said) = read_junit(&run("junit"));
    assert_eq!(counts, [6, 6, 0]);
    assert!(said.contains("twice [guest] (2)"), "{said}");
    assert_eq!(sarif_results(&run("sarif")).len(), 6);
    let github = run("github");
    assert!(github.lines().count() == 6 && github.lines().all(|line| line.starts_with("::error file=")), "{github}");
    let markdown = run("markdown");
    let rows: Vec<&str> = markdown.lines().skip_while(|line| !line.starts_with("| ---")).skip(1).take(7).collect();
    assert_eq!(rows[6], "", "{markdown}");
    for row in &rows[..6] {
        assert_eq!(row.replace("\\\\", "").replace("\\|", "").matches('|').count(), 7, "{row}");
        assert!(!row.contains("<script") && !row.contains("@octocat") && !row.contains("[link]"), "{row}");
    }
}

#[test]
fn no_format_shows_a_secret() {
    let key = "da2-abcdefghijklmnopqrstuvwxyz";
    let token = "Bea_rer*to<ken>&with_what*every<format>&escapes|in_its*own\"way'";
    let tests = json!([{
        "name": format!("with {key} and {token}"), "field": "Mutation.updatePost",
        "expect": { "guest": { "decision": "allow", "message": format!("{token} {key}") } },
    }]);
    let (_folder, file) = suite(&tests);
    for format in ["text", "json", "junit", "sarif", "github", "markdown"] {
        let shown = printed(&[&file, "--format", format]);
        for part in ["da2-abcdefg", "Bea_rer", "Bea\\_rer", "with_what", "with\\_what", "escapes"] {
            assert!(!shown.contains(part), "{format} shows {part}: {shown}");
        }
        let shown = printed(&[&file, "--format", format, "--show-secrets"]);
        assert!(shown.contains(key), "{format}");
    }
}

#[test]
fn a_failure_is_the_same_in_the_next_run_wherever_its_line_is() {
    let text = std::fs::read_to_string(format!("{OUTCOMES}/posts.vtlens.yaml")).unwrap();
    let api = Path::new("templates/blog").canonicalize().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(format!("{OUTCOMES}/sealed.jwt"), folder.path().join("sealed.jwt")).unwrap();
    let file = folder.path().join("posts.vtlens.yaml");
    let run = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let args = [file.to_str().unwrap(), "--api", api.to_str().unwrap(), "--format", "sarif"];
        let results = sarif_results(&printed(&args));
        let of = |result: &Json| {
            let line = result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap();
            (result["partialFingerprints"]["primaryLocationLineHash"].clone(), line)
        };
        results.iter().map(of).collect::<Vec<_>>()
    };
    let before = run(&text);
    let after = run(&format!("# moved\n#\n{text}"));
    let moved: Vec<_> = before.iter().map(|(hash, line)| (hash.clone(), line + 2)).collect();
    assert_eq!(after, moved);
    let different: HashSet<String> = before.iter().map(|(hash, _)| hash.to_string()).collect();
    assert_eq!(different.len(), before.len());
}

/// GitHub shows ten annotations of a step: the first says how many there are.
#[test]
fn many_failures_are_counted_first() {
    let test =
        |at: usize| json!({ "name": at.to_string(), "field": "Mutation.updatePost", "expect": { "guest": "allow" } });
    let (_folder, file) = suite(&(0..11).map(test).collect());
    let shown = printed(&[&file, "--format", "github"]);
    let first = "::error title=vtlens test::11 of 11 expectations do not hold. GitHub shows 10 annotations of a step;";
    assert!(shown.starts_with(first) && shown.lines().count() == 12, "{shown}");
}

/// The code blocks of the page, of a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    let blocks = page.split(&start).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_page_on_continuous_integration_shows_what_works() {
    let page = std::fs::read_to_string("docs/ci.md").unwrap().replace("\r\n", "\n");
    let annotations = printed(&[OUTCOMES, "--format", "github"]);
    assert_eq!(blocks(&page, "text").concat().lines().next(), annotations.lines().next());
    let files: Vec<Json> = blocks(&page, "yaml").iter().map(|text| yaml_serde::from_str(text).unwrap()).collect();
    let [github, gitlab, hooks] = files.as_slice() else { panic!("{} files", files.len()) };
    let read = |file: &str| -> Json { yaml_serde::from_str(&std::fs::read_to_string(file).unwrap()).unwrap() };
    let steps = github["jobs"]["vtlens"]["steps"].as_array().unwrap();
    let own = steps.iter().find(|step| step["uses"].as_str().unwrap().starts_with("OWNER/vtlens@")).unwrap();
    let inputs = read("action.yml")["inputs"].as_object().unwrap().clone();
    assert!(own["with"].as_object().unwrap().keys().all(|input| inputs.contains_key(input)), "{own}");
    for input in inputs.keys() {
        assert!(page.contains(&format!("`{input}`")), "docs/ci.md does not name the input `{input}`");
    }
    let hook = &hooks["repos"][0]["hooks"][0];
    let known = read(".pre-commit-hooks.yaml");
    assert!(known.as_array().unwrap().iter().any(|known| known["id"] == hook["id"]));
    let words = |list: &Json| -> Vec<String> {
        list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let mut lines = words(&gitlab["authorization"]["script"]);
    lines.push(format!("vtlens test {}", words(&hook["args"]).join(" ")));
    lines.extend(page.lines().filter_map(|line| line.strip_prefix("    ")).map(str::to_owned));
    lines.extend(blocks(&page, "sh").concat().lines().map(str::to_owned));
    let lines: Vec<&String> = lines.iter().filter(|line| line.starts_with("vtlens ")).collect();
    assert_eq!(lines.len(), 7, "{lines:?}");
    for line in lines {
        let parsed = vtlens::cli::args::Args::try_parse_from(line.split(' '));
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
}
