//! `vtlens diff`: who gained and who lost access between two builds of an API. Protects: that the flips are exactly
//! those that the suites imply, worked out from `vtlens test` of both builds; that a build has not changed against
//! itself; that what is accepted is accepted and no more; that git's revisions are read and the repository stays as it
//! is; and what people and programs read.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value as Json;

fn vtlens(args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("vtlens").unwrap();
    command.env_remove("CLICOLOR_FORCE").env_remove("COLUMNS").args(args.iter().map(packed::at)).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(args: &[&str]) -> Json {
    let output = vtlens(&[&args[..1], &["--format", "json"], &args[1..]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
}

/// Lays a folder over another.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            // Not `copy`: what is read-only here is to be edited there.
            false => std::fs::write(to.join(entry.file_name()), std::fs::read(entry.path()).unwrap()).unwrap(),
        }
    }
}

/// A pair of builds that differ in one rule: what of which build, and how.
struct Pair {
    name: &'static str,
    build: &'static str,
    suites: &'static [&'static str],
    change: Made,
}

enum Made {
    /// A file's text is another.
    Edit(&'static str, &'static str, &'static str),
    /// A folder is laid over the build.
    Overlay(&'static str),
}

const BLOG: &[&str] = &["templates/blog/blog.vtlens.yaml"];
const OWNER: &[&str] = &[
    "tests/amplify/suites/owner_basic.Draft.vtlens.json",
    "tests/amplify/suites/owner_basic.Locked.vtlens.json",
    "tests/amplify/suites/owner_basic.Note.vtlens.json",
];

const PAIRS: &[Pair] = &[
    Pair {
        name: "everybody who is signed in may read notes, generated",
        build: "tests/amplify/builds/owner_basic",
        suites: OWNER,
        change: Made::Overlay("tests/diff/note-readable-by-all"),
    },
    Pair {
        name: "another group deletes posts",
        build: "templates/blog",
        suites: BLOG,
        change: Made::Edit("build/resolvers/Mutation.deletePost.auth.1.res.vtl", "\"Admin\"", "\"Editors\""),
    },
    Pair {
        name: "nobody is refused a draft",
        build: "templates/blog",
        suites: BLOG,
        change: Made::Edit("build/resolvers/Query.getDraft.res.vtl", "$util.unauthorized()", ""),
    },
    Pair {
        name: "guests may not read comments",
        build: "templates/blog",
        suites: BLOG,
        change: Made::Edit(
            "build/resolvers/Query.getComment.auth.1.req.vtl",
            "#if( $util.authType() == \"API Key Authorization\" )\n  #set( $isAuthorized = true )",
            "#if( $util.authType() == \"API Key Authorization\" )",
        ),
    },
    Pair {
        name: "the field of review notes is open",
        build: "templates/blog",
        suites: BLOG,
        change: Made::Edit(
            "build/resolvers/Post.reviewNotes.req.vtl",
            "#set( $isAuthorized = false )",
            "#set( $isAuthorized = true )",
        ),
    },
    Pair {
        name: "the schema refuses guests a comment",
        build: "templates/blog",
        suites: BLOG,
        change: Made::Edit(
            "build/schema.graphql",
            "getComment(id: ID!): Comment @aws_api_key",
            "getComment(id: ID!): Comment",
        ),
    },
];

impl Pair {
    /// The new build, in a folder.
    fn new_build(&self, folder: &Path) -> PathBuf {
        let new = folder.join("new");
        copy(&packed::at(self.build), &new);
        match self.change {
            Made::Overlay(over) => copy(Path::new(over), &new),
            Made::Edit(file, from, to) => {
                let path = new.join(file);
                let was = std::fs::read_to_string(&path).unwrap();
                assert!(was.contains(from), "{}: {file} has no `{from}`", self.name);
                std::fs::write(&path, was.replace(from, to)).unwrap();
            }
        }
        new
    }
}

/// Test, step and caller.
type Case = (String, String, String, String);

fn case(suite: &str, of: &Json) -> Case {
    let step = of.get("step").map(Json::to_string).unwrap_or_default();
    (
        suite.to_owned(),
        of["name"].as_str().or(of["test"].as_str()).unwrap().to_owned(),
        step,
        of["identity"].to_string(),
    )
}

/// What every expectation of suites came to on a build: its decision, and how many rows came back.
fn decisions(suites: &[&str], api: &Path) -> Vec<(Case, String)> {
    let args = [&["test", "--api", api.to_str().unwrap()], suites].concat();
    let report = json(&args);
    let suites = report["suites"].as_array().unwrap().iter();
    let of = |suite: &Json| {
        let file = suite["file"].as_str().unwrap().to_owned();
        let cases = suite["tests"].as_array().unwrap().clone();
        cases.into_iter().map(move |of| (case(&file, &of), of["actual"]["decision"].to_string())).collect::<Vec<_>>()
    };
    suites.flat_map(of).collect()
}

#[test]
fn the_flips_are_those_that_the_suites_imply() {
    for pair in PAIRS {
        let folder = tempfile::tempdir().unwrap();
        let new = pair.new_build(folder.path());
        let (before, after) = (decisions(pair.suites, &packed::at(pair.build)), decisions(pair.suites, &new));
        assert_eq!(before.len(), after.len(), "{}", pair.name);
        let asked: BTreeSet<&Case> = before.iter().map(|(case, _)| case).collect();
        let implied: BTreeSet<&Case> =
            before.iter().zip(&after).filter(|(old, new)| old.1 != new.1).map(|(old, _)| &old.0).collect();
        assert!(!implied.is_empty(), "{}: the suites do not notice it", pair.name);
        let suites: Vec<&str> = pair.suites.iter().flat_map(|suite| ["--suite", suite]).collect();
        let diff = json(&[&["diff", pair.build, new.to_str().unwrap()], suites.as_slice()].concat());
        let flips: Vec<Json> = diff["groups"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|group| group["cases"].as_array().unwrap().clone())
            .collect();
        // Rows, and fields below a request that stays denied, are told besides; every one is a change of its own.
        let whole = flips
            .iter()
            .filter(|flip| flip["old"]["decision"] != flip["new"]["decision"] && flip.get("path").is_none());
        let listed: BTreeSet<Case> = whole.map(|flip| case(flip["suite"].as_str().unwrap(), flip)).collect();
        // The diff asks every caller, the tests only those they expect something of.
        let listed: BTreeSet<&Case> = listed.iter().filter(|case| asked.contains(case)).collect();
        assert_eq!(listed, implied, "{}", pair.name);
    }
}

/// The builds here and, with `VTLENS_SUITES`, in that folder; each with its suites.
fn builds() -> Vec<(PathBuf, Vec<PathBuf>)> {
    let more = std::env::var_os("VTLENS_SUITES").map(PathBuf::from);
    let mut found: Vec<(PathBuf, Vec<PathBuf>)> = Vec::new();
    for root in std::iter::once(packed::at("tests/amplify")).chain(more) {
        for (builds, suites) in [("builds", "suites"), ("builds-gen2", "suites-gen2")] {
            let Ok(entries) = std::fs::read_dir(root.join(builds)) else { continue };
            for build in entries.map(|entry| entry.unwrap().path()) {
                let name = format!("{}.", build.file_name().unwrap().to_string_lossy());
                let suites = std::fs::read_dir(root.join(suites)).unwrap().map(|entry| entry.unwrap().path());
                let of = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(&name);
                found.push((build, suites.filter(of).collect()));
            }
        }
    }
    for sample in ["blog", "classic", "handwritten"] {
        let folder = PathBuf::from("templates").join(sample);
        found.push((folder.clone(), vec![folder]));
    }
    found
}

#[test]
fn a_build_has_not_changed_against_itself() {
    for (build, suites) in builds() {
        let path = build.to_str().unwrap();
        let suites: Vec<&str> = suites.iter().flat_map(|suite| ["--suite", suite.to_str().unwrap()]).collect();
        // Callers are made of all builds only where there is time for it.
        let made = build.ends_with("handwritten")
            || build.ends_with("owner_basic")
            || std::env::var_os("VTLENS_SUITES").is_some();
        for suites in [suites.as_slice(), &[]].into_iter().take(if made { 2 } else { 1 }) {
            let output = vtlens(&[&["diff", path, path], suites].concat());
            assert_eq!(output.status.code(), Some(0), "{path}: {}{}", text(&output.stdout), text(&output.stderr));
            let said = text(&output.stdout);
            assert!(said.contains("no decision changed"), "{path}: {said}");
            assert!(!said.contains("not compared") && !said.contains("only in"), "{path}: {said}");
        }
    }
}

/// The blog with the rule about deleting posts changed, and review notes open.
fn changed_blog(folder: &Path) -> String {
    let new = PAIRS[1].new_build(folder);
    let file = new.join("build/resolvers/Post.reviewNotes.req.vtl");
    let was = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, was.replace("#set( $isAuthorized = false )", "#set( $isAuthorized = true )")).unwrap();
    new.to_str().unwrap().to_owned()
}

/// Without the folder that the new build happens to be in.
fn settled(said: &str, folder: &str) -> String {
    said.replace(folder, "NEW")
}

#[test]
fn people_read_who_gained_first_and_by_which_branch() {
    let folder = tempfile::tempdir().unwrap();
    let new = changed_blog(folder.path());
    for (name, more) in
        [("text", vec!["--suite", BLOG[0]]), ("markdown", vec!["--suite", BLOG[0], "--format", "markdown"])]
    {
        let output = vtlens(&[&["diff", "templates/blog", &new], more.as_slice()].concat());
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        insta::assert_snapshot!(format!("diff_{name}"), settled(&text(&output.stdout), &new));
    }
    let one = tempfile::tempdir().unwrap();
    let new_one = PAIRS[1].new_build(one.path());
    let data = json(&["diff", "templates/blog", new_one.to_str().unwrap(), "--suite", BLOG[0]]);
    let data = serde_json::to_string_pretty(&data).unwrap();
    insta::assert_snapshot!("diff_json", settled(&data, new_one.to_str().unwrap()));
    let mut narrow = Command::cargo_bin("vtlens").unwrap();
    let narrow =
        narrow.env("COLUMNS", "60").args(["diff", "templates/blog", &new, "--suite", BLOG[0]]).output().unwrap();
    for line in text(&narrow.stdout).lines().skip(1) {
        assert!(line.chars().count() <= 60 || line.trim().split(' ').any(|word| word.chars().count() > 40), "{line}");
    }
}

/// What is changed of who receives which events of new posts, and what that means for whom.
const EVENTS: &[(&str, &str, &str, &str, &[&str])] = &[
    ("a group's events are filtered", "\"entity\":\"Admin\"", "\"entity\":\"Nobody\"", "lost", &["admin"]),
    (
        "nobody hears of what editors do",
        "\"containsAny\": $groupClaim1",
        "\"containsAny\": []",
        "lost",
        &["bob", "bob-access", "writer"],
    ),
    (
        "the title's events, not the owner's",
        "\"owner\": { \"eq\"",
        "\"title\": { \"eq\"",
        "other",
        &["eve", "bob", "bob-access", "writer"],
    ),
    ("a filter in another order", "#set( $filterArgsSize = 0 )", REVERSED, "", &[]),
];
const REVERSED: &str = "#set( $filterArgsSize = 0 )
#if( $authRuntimeFilter.size() == 2 )
  #set( $authRuntimeFilter = [$authRuntimeFilter[1], $authRuntimeFilter[0]] )
#end";

#[test]
fn who_hears_of_other_events_has_gained_or_lost() {
    for (case, from, to, change, who) in EVENTS {
        let folder = tempfile::tempdir().unwrap();
        let edit = Made::Edit("build/resolvers/Subscription.onCreatePost.auth.1.req.vtl", from, to);
        let new = Pair { name: case, build: "templates/blog", suites: BLOG, change: edit }.new_build(folder.path());
        let new = new.to_str().unwrap();
        for (old, new, back) in [("templates/blog", new, false), (new, "templates/blog", true)] {
            let diff = json(&["diff", old, new, "--suite", BLOG[0]]);
            let groups = diff["groups"].as_array().unwrap();
            let change = if back && *change == "lost" { "gained" } else { change };
            assert!(groups.iter().all(|group| group["change"] == change), "{case}: {diff:#}");
            let cases: Vec<&Json> = groups.iter().flat_map(|group| group["cases"].as_array().unwrap()).collect();
            let seen: Vec<&str> = cases.iter().map(|flip| flip["identity"].as_str().unwrap()).collect();
            assert_eq!(seen, *who, "{case}");
            for flip in cases {
                let (old, new) = (&flip["old"], &flip["new"]);
                assert_eq!((&old["decision"], &new["decision"]), (&"allowed".into(), &"allowed".into()), "{case}");
                assert_ne!(old["subscriptionFilter"], new["subscriptionFilter"], "{case}");
            }
        }
        if *case == "the title's events, not the owner's" {
            let markdown = vtlens(&["diff", "templates/blog", new, "--suite", BLOG[0], "--format", "markdown"]);
            insta::assert_snapshot!("diff_events_markdown", settled(&text(&markdown.stdout), new));
        }
        if *change == "lost" && who.len() == 1 {
            let mut wide = Command::cargo_bin("vtlens").unwrap();
            let wide = wide.env("COLUMNS", "99").args(["diff", "templates/blog", new, "--suite", BLOG[0]]);
            let shown = text(&wide.output().unwrap().stdout);
            let shown = shown.split_once("lost access\n\n").unwrap().1.split_once("\n\n  callers").unwrap().0;
            let page = std::fs::read_to_string("docs/diff.md").unwrap();
            assert!(page.contains(shown), "docs/diff.md differs from\n{shown}");
        }
    }
}

#[test]
fn what_neither_build_has_is_asked_of_both_as_tests_are() {
    let folder = tempfile::tempdir().unwrap();
    let suite = folder.path().join("s.vtlens.yaml");
    let written = |field: &str| {
        format!("identities: {{guest: {{mode: API_KEY}}}}\ntests: [{{name: t, {field}, expect: {{guest: deny}}}}]")
    };
    for (field, status) in [
        ("field: Mutation.createPost, arguments: {input: {title: x, nobodyHasThis: y}}", 0),
        ("field: Mutation.createPots", 2),
    ] {
        std::fs::write(&suite, written(field)).unwrap();
        let path = suite.to_str().unwrap();
        let test = vtlens(&["test", path, "--api", "templates/blog"]);
        assert_eq!(test.status.code(), Some(status), "{field}: {}{}", text(&test.stdout), text(&test.stderr));
        let diff = vtlens(&["diff", "--suite", path, "templates/blog", "templates/blog"]);
        assert_eq!(diff.status.code(), Some(status), "{field}: {}", text(&diff.stderr));
        let compared = text(&diff.stdout).contains("of 1 decision compared");
        assert_eq!(compared, status == 0, "{field}: {}", text(&diff.stdout));
    }
}

#[test]
fn what_nobody_wrote_a_test_for_is_found_with_made_callers() {
    let folder = tempfile::tempdir().unwrap();
    let diff = json(&["diff", "templates/blog", &changed_blog(folder.path())]);
    let seen: BTreeSet<(String, String)> = diff["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (group["change"].as_str().unwrap().to_owned(), group["field"].as_str().unwrap().to_owned()))
        .collect();
    let told = |change: &str, field: &str| seen.contains(&(change.to_owned(), field.to_owned()));
    // `Editors` is in the new build alone: only its own callers show who gained.
    assert!(told("gained", "Mutation.deletePost") && told("lost", "Mutation.deletePost"), "{seen:?}");
    assert!(told("gained", "Post.reviewNotes"), "{seen:?}");
}

#[test]
fn a_field_of_one_build_is_no_flip_and_its_openness_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("new");
    copy(Path::new("templates/blog"), &new);
    let schema = new.join("build/schema.graphql");
    let was = std::fs::read_to_string(&schema).unwrap();
    let line = was.lines().find(|line| line.trim_start().starts_with("getDraft(")).unwrap();
    std::fs::write(&schema, was.replace(line, "")).unwrap();
    let new = new.to_str().unwrap();
    let gone = json(&["diff", "templates/blog", new, "--suite", BLOG[0]]);
    assert_eq!(gone["groups"], serde_json::json!([]), "{gone:#}");
    let field = &gone["onlyOld"][0];
    assert_eq!(
        (&field["field"], &field["openTo"]),
        (&"Query.getDraft".into(), &serde_json::json!(["eve", "bob"])),
        "{field:#}"
    );
    assert!(field["closedTo"].as_array().unwrap().contains(&"guest".into()));
    let come = json(&["diff", new, "templates/blog"]);
    assert_eq!(come["onlyNew"][0]["field"], "Query.getDraft");
    assert!(!come["onlyNew"][0]["openTo"].as_array().unwrap().is_empty(), "{come:#}");
    // A story that asks for it cannot be told to its end.
    let why = gone["notCompared"].to_string();
    assert!(why.contains("getDraft") || gone["notCompared"] == serde_json::json!([]), "{why}");
}

#[test]
fn what_is_accepted_is_no_flip_and_what_matched_nothing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let new = changed_blog(folder.path());
    let diff = |more: &[&str]| vtlens(&[&["diff", "templates/blog", &new, "--suite", BLOG[0]], more].concat());
    let list = folder.path().join("accepted.yaml");
    let accept = |text: &str| {
        std::fs::write(&list, text).unwrap();
        diff(&["--allow-list", list.to_str().unwrap()])
    };
    // What is printed accepts everything.
    let printed = text(&diff(&["--format", "allow-list"]).stdout);
    let all = accept(&printed);
    assert_eq!(all.status.code(), Some(0), "{printed}{}{}", text(&all.stdout), text(&all.stderr));
    assert!(text(&all.stdout).contains("no decision changed but accepted ones"));
    // One entry accepts its own.
    let one = accept("accept:\n  - { change: gained, field: Post.reviewNotes, note: planned }\n");
    assert_eq!(one.status.code(), Some(1));
    let said = text(&one.stdout);
    assert!(said.contains("planned") && said.contains("1 lost access") && !said.contains("matched nothing"), "{said}");
    // Of another change, or another caller, it accepts nothing.
    let none = accept(
        "{accept: [{change: lost, field: Post.reviewNotes}, {change: gained, field: Post.reviewNotes, identity: admin}]}",
    );
    let said = text(&none.stdout);
    assert!(said.contains("matched nothing") && said.contains("lost Post.reviewNotes"), "{said}");
    assert_eq!(none.status.code(), Some(1));
}

/// Each an allow-list that cannot be used, where the mistake stands, and what is said about it.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("", "", "the file is empty"),
    ("- x", "1:1", "the allow-list is a list of 1, not a map"),
    ("acept: []", "1:1", "did you mean `accept`?"),
    ("note: x", "1:1", "the allow-list has no `accept`"),
    ("accept:\n  - {change: gain, field: Post.reviewNotes}", "2:14", "did you mean `gained`?"),
    ("accept:\n  - {field: Post.reviewNotes}", "2:5", "has no `change`"),
    ("accept:\n  - {change: lost}", "2:5", "has no `field`"),
    ("accept:\n  - {change: lost, field: Post.reviewNote}", "2:27", "did you mean `Post.reviewNotes`?"),
    ("accept:\n  - {change: lost, field: Post.title, identity: evee}", "2:49", "did you mean `eve`?"),
    ("accept:\n  - {change: lost, field: Post.title, who: eve}", "2:39", "unknown key `who`"),
    ("accept:\n\t- x", "2:1", "YAML indents with spaces"),
];

#[test]
fn a_mistake_in_an_allow_list_is_pointed_at() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("accepted.yaml");
    for (written, place, message) in MISTAKES {
        std::fs::write(&list, written).unwrap();
        let list = list.to_str().unwrap();
        let output = vtlens(&["diff", "templates/blog", "templates/blog", "--suite", BLOG[0], "--allow-list", list]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{written}: {said}");
        assert!(said.contains(message), "{written}: {said}");
        assert!(place.is_empty() || said.contains(&format!("accepted.yaml:{place}: ")), "{written}: {said}");
    }
}

fn git(folder: &Path, args: &[&str]) -> String {
    let mut command = std::process::Command::new("git");
    let output = command.arg("-C").arg(folder).args(["-c", "user.name=n", "-c", "user.email=n@example.com"]).args(args);
    let output = output.env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE").output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn two_revisions_of_a_path_are_compared_and_the_repository_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("r");
    let api = repository.join("back end/[api]");
    copy(Path::new("templates/blog"), &api);
    git(folder.path(), &["init", "-q", "-b", "main", "r"]);
    git(&repository, &["add", "-A"]);
    git(&repository, &["commit", "-q", "-m", "one"]);
    git(&repository, &["checkout", "-q", "-b", "branch"]);
    let edit = |file: &str, from: &str, to: &str| {
        let path = api.join("build/resolvers").join(file);
        let was = std::fs::read_to_string(&path).unwrap();
        assert!(was.contains(from));
        std::fs::write(&path, was.replace(from, to)).unwrap();
    };
    edit("Mutation.deletePost.auth.1.res.vtl", "\"Admin\"", "\"Editors\"");
    git(&repository, &["commit", "-q", "-a", "-m", "two"]);
    // Not committed, and only in the working tree.
    edit("Post.reviewNotes.req.vtl", "#set( $isAuthorized = false )", "#set( $isAuthorized = true )");
    let status = git(&repository, &["status", "--porcelain=v2"]);
    let build = api.join("build");
    for (range, path, flips) in [
        ("main..branch", &api, ["Mutation.deletePost", "Mutation.deletePost"].as_slice()),
        ("main...branch", &build, &["Mutation.deletePost", "Mutation.deletePost"]),
        ("branch..main", &api, &["Mutation.deletePost", "Mutation.deletePost"]),
        ("main..main", &api, &[]),
        ("main..", &api, &["Mutation.deletePost", "Post.reviewNotes", "Mutation.deletePost"]),
        ("branch", &api, &["Post.reviewNotes"]),
        ("HEAD..", &build, &["Post.reviewNotes"]),
    ] {
        let diff = json(&["diff", "--git", range, "--suite", BLOG[0], "--", path.to_str().unwrap()]);
        let fields: Vec<&str> =
            diff["groups"].as_array().unwrap().iter().map(|group| group["field"].as_str().unwrap()).collect();
        assert_eq!(fields, flips, "{range}: {diff:#}");
    }
    // The sample's rules are named: what lies beside the build comes along.
    let diff = json(&["diff", "--git", "main..branch", "--suite", BLOG[0], "--", build.to_str().unwrap()]);
    assert_eq!(diff["old"], "main:back end/[api]/build");
    assert!(diff.to_string().contains("schema.graphql"), "{diff:#}");
    assert_eq!(git(&repository, &["status", "--porcelain=v2"]), status);
    for (range, path, message) in [
        ("..branch", api.as_path(), "names no revision to start from"),
        ("nope..branch", api.as_path(), "the repository has no revision `nope`"),
        ("main..--all", &api, "the repository has no revision `--all`"),
        ("main..branch", &repository.join("gone"), "the revision `main` has nothing at this path"),
        ("main..branch", folder.path(), "this path lies in no git repository"),
    ] {
        let output = vtlens(&["diff", "--git", range, "--", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{range}");
        assert!(text(&output.stderr).contains(message), "{range}: {}", text(&output.stderr));
    }
}

#[test]
fn one_build_is_no_pair() {
    for args in [vec!["diff", "templates/blog"], vec!["diff"], vec!["diff", "--git", "a..b", "--", "x", "y"]] {
        assert_eq!(vtlens(&args).status.code(), Some(2), "{args:?}");
    }
    let output = vtlens(&["diff", "templates/blog"]);
    assert!(text(&output.stderr).contains("one build cannot be compared"));
}

#[test]
fn the_page_shows_real_output() {
    let folder = tempfile::tempdir().unwrap();
    let new = PAIRS[1].new_build(folder.path());
    let new = new.to_str().unwrap();
    let shown = text(&vtlens(&["diff", "templates/blog", new, "--suite", BLOG[0]]).stdout);
    let shown = settled(&shown, new).replace("templates/blog → NEW", "main:api → HEAD:api");
    let page = std::fs::read_to_string("docs/diff.md").unwrap();
    assert!(page.contains(shown.trim_end()), "docs/diff.md differs from\n{shown}");
}
