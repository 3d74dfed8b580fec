//! `snapshot: true` in suites, as a shell sees it: what is kept, that it stays the same when the API is generated again,
//! that it tells nothing about anybody, and what is said where it is missing, differs or cannot be used.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Map, Value as Json};

const EVE: &str = "9b2d7e14-0c53-4f6a-8e37-1a9f5b3c2d48";
const SUITE: &str = r#"
api: .
params: { ApiId: blogapi }
now: 2026-01-15T12:00:00Z
identities:
  eve: { mode: userPool, claims: { sub: 9b2d7e14-0c53-4f6a-8e37-1a9f5b3c2d48, "cognito:username": eve } }
  bob: { mode: userPool, claims: { sub: b1, "cognito:username": bob, "cognito:groups": [Editors] } }
  guest: { mode: apiKey }
tests:
  - name: the draft
    query: 'query { getDraft(id: "draft-1") { id title owner } }'
    snapshot: true
"#;

/// A copy of the blog with a suite of its own.
struct Blog {
    folder: tempfile::TempDir,
}

impl Blog {
    fn new(suite: &str) -> Blog {
        let folder = tempfile::tempdir().unwrap();
        let blog = Blog { folder };
        copy(Path::new("templates/blog"), &blog.at("."));
        std::fs::remove_file(blog.at("blog.vtlens.yaml")).unwrap();
        std::fs::remove_dir_all(blog.at("__snapshots__")).unwrap();
        blog.write("s.vtlens.yaml", suite);
        blog
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        std::fs::write(self.at(path), text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.at(path)).unwrap()
    }

    /// Exit status, stdout, stderr.
    fn test(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::cargo_bin("vtlens").unwrap();
        command.env_remove("CLICOLOR_FORCE").env_remove("COLUMNS").current_dir(self.folder.path());
        let output = command.arg("test").args(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn update(&self) {
        let (code, out, err) = self.test(&["--update-snapshots"]);
        assert_eq!(code, 0, "{out}{err}");
    }

    /// Every snapshot by its path, in order.
    fn snapshots(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for file in walk(&self.at("__snapshots__")) {
            let name = file.strip_prefix(self.at("__snapshots__")).unwrap().to_str().unwrap().replace('\\', "/");
            found.push((name, std::fs::read_to_string(file).unwrap()));
        }
        found
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path) } else { vec![path] }
        })
        .collect();
    files.sort();
    files
}

const DRAFT: &str = "s.vtlens.yaml/the-draft.txt";

#[test]
fn a_snapshot_is_missing_then_written_then_held_then_changed() {
    let blog = Blog::new(SUITE);
    let (code, out, _) = blog.test(&[]);
    assert_eq!(code, 1);
    assert!(out.contains("3 decisions have no snapshot yet: \"the draft\""), "{out}");
    assert!(out.contains("vtlens test --update-snapshots"), "{out}");
    assert!(blog.snapshots().is_empty(), "a run writes nothing that it is not asked to");

    let (code, out, _) = blog.test(&["--update-snapshots"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("1 snapshot written\n    __snapshots__/s.vtlens.yaml/the-draft.txt"), "{out}");
    insta::assert_snapshot!("kept", blog.snapshots()[0].1);

    let (code, out, _) = blog.test(&[]);
    assert_eq!((code, out.contains("snapshot")), (0, false), "{out}");
    let (_, out, _) = blog.test(&["--update-snapshots"]);
    assert!(!out.contains("written"), "{out}");

    let template = "build/resolvers/Query.getDraft.res.vtl";
    blog.write(template, &blog.read(template).replace("scannedCount == 1", "scannedCount == 9"));
    let (code, out, _) = blog.test(&[]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("differs", out.rsplit_once("   ").unwrap().0);
    let (_, out, _) = blog.test(&["--format", "json"]);
    let report: Json = serde_json::from_str(&out).unwrap();
    let case = |at: usize| report["suites"][0]["tests"][at]["snapshot"].clone();
    assert_eq!(case(2)["status"], "matched", "{out}");
    assert_eq!(
        (&case(1)["status"], &case(1)["file"]),
        (&"changed".into(), &"__snapshots__/s.vtlens.yaml/the-draft.txt".into())
    );
    assert!(case(1)["diff"].as_str().unwrap().starts_with("--- snapshot\n+++ this run\n@@ -"), "{out}");
}

#[test]
fn snapshots_of_tests_and_suites_that_are_gone_are_reported_and_removed_on_update() {
    let blog = Blog::new(SUITE);
    blog.write("gone.vtlens.yaml", SUITE);
    blog.update();
    std::fs::remove_file(blog.at("gone.vtlens.yaml")).unwrap();
    blog.write("__snapshots__/s.vtlens.yaml/notes.txt", "kept by hand\n");
    blog.write("__snapshots__/jest.test.js.snap", "// Jest\n");
    let renamed = SUITE.replace("name: the draft", "name: a draft").replace("  guest: { mode: apiKey }\n", "");
    blog.write("s.vtlens.yaml", &renamed);
    let more = format!("{renamed}  - {{ name: another, field: Query.listDrafts, expect: {{ eve: allow }} }}\n");
    blog.write("s.vtlens.yaml", &more);
    let (_, out, _) = blog.test(&["--filter", "another"]);
    assert!(!out.contains("s.vtlens.yaml/the-draft.txt"), "a filter leaves tests out: {out}");

    let (code, out, _) = blog.test(&[]);
    assert_eq!(code, 1, "the new one is missing");
    assert!(out.contains("2 snapshots that no test has any more; --update-snapshots removes them"), "{out}");
    let (_, out, _) = blog.test(&["--update-snapshots"]);
    for line in
        ["2 snapshots removed: no test has them", "gone.vtlens.yaml/the-draft.txt", "s.vtlens.yaml/the-draft.txt"]
    {
        assert!(out.contains(line), "{line}: {out}");
    }
    let left: Vec<String> = blog.snapshots().into_iter().map(|(name, _)| name).collect();
    assert_eq!(left, ["jest.test.js.snap", "s.vtlens.yaml/a-draft.txt", "s.vtlens.yaml/notes.txt"]);

    // A caller who is not asked any more is a part of a file.
    blog.write(
        "s.vtlens.yaml",
        &more.replace("    snapshot: true\n", "    expect: { eve: allow }\n    snapshot: true\n"),
    );
    let (code, out, _) = blog.test(&[]);
    assert_eq!(code, 0);
    assert!(out.contains("__snapshots__/s.vtlens.yaml/a-draft.txt (bob)"), "{out}");
    blog.update();
    assert!(!blog.read("__snapshots__/s.vtlens.yaml/a-draft.txt").contains("## bob"));
    let (_, out, _) = blog.test(&["--format", "json"]);
    assert!(serde_json::from_str::<Json>(&out).unwrap()["snapshots"].is_null(), "nothing is left to tell: {out}");
}

/// The suite's default, a test's own word, a step's.
#[test]
fn who_has_a_snapshot() {
    let blog = Blog::new(
        &SUITE.replace("now: 2026", "snapshot: true\nnow: 2026").replace(
            "    snapshot: true\n",
            r#"  - { name: not this one, field: Query.listDrafts, expect: { eve: allow }, snapshot: false }
  - name: a story
    steps:
      - { as: bob, query: 'mutation { createDraft(input: { title: "T" }) { id } }', snapshot: false, save: { id: data.createDraft.id } }
      - { as: eve, query: 'query { getDraft(id: "${id}") { id } }', expect: deny }
"#,
        ),
    );
    blog.update();
    let parts: Vec<(String, Vec<String>)> = blog
        .snapshots()
        .into_iter()
        .map(|(name, text)| {
            (name, text.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect())
        })
        .collect();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        parts,
        [
            ("s.vtlens.yaml/a-story.txt".to_owned(), names(&["step 2, eve"])),
            (DRAFT.to_owned(), names(&["eve", "bob", "guest"])),
        ]
    );
}

#[test]
fn tests_whose_names_make_one_file_name_keep_apart() {
    let test = |name: &str, id: &str| {
        format!(
            "  - {{ name: '{name}', query: 'query {{ getDraft(id: \"{id}\") {{ id }} }}', expect: {{ eve: {{}} }}, snapshot: true }}\n"
        )
    };
    let head = SUITE.split("  - name").next().unwrap();
    let blog =
        Blog::new(&format!("{head}{}{}{}", test("A/B", "draft-1"), test("a b", "draft-2"), test("a b", "draft-3")));
    blog.update();
    let files = blog.snapshots();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["s.vtlens.yaml/a-b-2.txt", "s.vtlens.yaml/a-b-3.txt", "s.vtlens.yaml/a-b.txt"]);
    assert!(files[2].1.contains("test: A/B\n") && files[0].1.contains("test: a b\n"));
    // Alone, a test has the file that it has among the others.
    let (code, out, _) = blog.test(&["--filter", "a b"]);
    assert_eq!(code, 0, "{out}");
}

/// What every generation changes: hashes of logical ids, the order of resources, lines before statements, the names of
/// one deployment.
#[test]
fn an_api_that_is_generated_again_has_the_same_snapshots() {
    let suite = std::fs::read_to_string("templates/blog/blog.vtlens.yaml").unwrap();
    // Only what does not look at lines itself.
    let suite =
        suite.replace("snapshot: true", "").replace("ids: counter", "snapshot: true\nids: counter").replace(":79", "");
    let blog = Blog::new(&suite);
    blog.update();
    let before = blog.snapshots();
    assert_eq!(before.len(), 13);

    for file in walk(&blog.at("build")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let again = match file.extension().and_then(|ending| ending.to_str()) {
            Some("vtl") => format!("## Generated again.\n\n{text}"),
            Some("json") => serde_json::to_string(&reversed(&serde_json::from_str(&rehashed(&text)).unwrap())).unwrap(),
            _ => continue,
        };
        std::fs::write(file, again).unwrap();
    }
    blog.write("schema.graphql", &format!("# One more line.\n\n{}", blog.read("schema.graphql")));
    for file in ["vtlens.toml", "s.vtlens.yaml", "build/parameters.json", "jwks.json"] {
        let again =
            blog.read(file).replace("us-east-1_Blog12345", "eu-west-3_Another99").replace("us-east-1", "eu-west-3");
        let again = again
            .replace("123456789012", "999988887777")
            .replace("blogapi", "qwertz0987")
            .replace("\"dev\"", "\"prod\"");
        blog.write(file, &again);
    }
    let (code, out, err) = blog.test(&[]);
    assert_eq!(code, 0, "{out}{err}");
    blog.update();
    assert_eq!(blog.snapshots(), before);
}

/// With other hashes behind the logical ids, the same everywhere.
fn rehashed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut String| {
        let at = word.len().saturating_sub(8);
        let (head, tail) = word.split_at(at);
        let hash = tail.len() == 8 && tail.chars().all(|c| c.is_ascii_digit() || ('A'..='F').contains(&c));
        if hash && head.chars().any(|c| c.is_ascii_lowercase()) {
            out.push_str(head);
            out.extend(tail.chars().rev());
        } else {
            out.push_str(word);
        }
        word.clear();
    };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c);
        } else {
            flush(&mut word, &mut out);
            out.push(c);
        }
    }
    flush(&mut word, &mut out);
    out
}

/// Maps the other way round; lists as they are.
fn reversed(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            let members: Vec<_> = members.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect();
            Json::Object(members.into_iter().collect::<Map<_, _>>())
        }
        Json::Array(items) => items.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

const PEOPLE: &str = r#"
api: .
now: 2026-01-15T12:00:00Z
data:
  DraftTable:
    - { id: d1, title: "call +4915123456789 or zoe@corp.example", body: "key da2-abcdefghijklmnopqrstuvwxyz", owner: "c0ffee00-1111-4222-8333-444455556666::zoe" }
    - { id: d2, title: "for Editors", body: "arn:aws:iam::210987654321:role/x", owner: "9b2d7e14-0c53-4f6a-8e37-1a9f5b3c2d48::eve.smith" }
identities:
  eve:
    mode: userPool
    claims: { sub: 9b2d7e14-0c53-4f6a-8e37-1a9f5b3c2d48, "cognito:username": eve.smith, email: eve@corp.example, phone_number: "+15551234567", given_name: Evelyn, "cognito:groups": [Editors] }
  editor: { mode: userPool, claims: { sub: ed1, "cognito:username": Editors, "cognito:groups": [Admin] } }
tests:
  - name: drafts
    query: 'query { listDrafts { items { id title body owner } } }'
    snapshot: true
  - name: what is sent
    field: Mutation.createDraft
    arguments: { input: { title: "mail mia@corp.example and Evelyn", owner: "77777777-aaaa-4bbb-8ccc-dddddddddddd::mia" } }
    snapshot: true
"#;

#[test]
fn a_snapshot_names_nobody_and_holds_no_credential() {
    let blog = Blog::new(PEOPLE);
    // Everybody's record comes back: this is about what a snapshot makes of it.
    for template in
        ["Query.getDraft.auth.1.req.vtl", "Query.listDrafts.auth.1.req.vtl", "Mutation.createDraft.auth.1.req.vtl"]
    {
        let path = format!("build/resolvers/{template}");
        if blog.at(&path).exists() {
            blog.write(&path, "$util.qr($ctx.stash.put(\"hasAuth\", true))\n$util.toJson({})");
        }
    }
    blog.update();
    let before = blog.snapshots();
    let all: String = before.iter().map(|(_, text)| text.as_str()).collect();
    for secret in [
        EVE,
        "eve.smith",
        "eve@",
        "+15551",
        "Evelyn",
        "ed1",
        "c0ffee00",
        "zoe",
        "+49151",
        "abcdefgh",
        "uvwxyz",
        "210987654321",
        "mia",
        "77777777",
    ] {
        assert!(!all.contains(secret), "{secret}:\n{all}");
    }
    for alias in [
        r#""owner": "<eve.username>""#,
        r#""owner": "<DraftTable.d1.username>""#,
        "call <phone#1> or <email#1>",
        "key <apiKey#1>",
        "arn:aws:iam::<account#1>:role/x",
        "for Editors",
        "mail <email#1> and <eve.given_name>",
        r#""owner": "<sub#1>::<username#1>""#,
    ] {
        assert!(all.contains(alias), "{alias}:\n{all}");
    }
    // Who comes along changes nobody's alias.
    blog.write(
        "s.vtlens.yaml",
        &PEOPLE.replace(
            "identities:\n",
            "identities:\n  ann: { mode: userPool, claims: { sub: a9, email: ann@corp.example } }\n",
        ),
    );
    blog.update();
    for (name, text) in before {
        let now = blog.read(&format!("__snapshots__/{name}"));
        let others = now.split("\n## ").filter(|part| !part.starts_with("ann\n")).collect::<Vec<_>>().join("\n## ");
        assert_eq!(others.trim_end(), text.trim_end(), "{name}");
    }
}

/// Files in place of a snapshot: what is said, and whether an update writes over it.
const BROKEN: &[(&str, &str, bool)] = &[
    ("conflict.txt", ":5:1: a merge left its conflict in the snapshot", true),
    ("conflict-heading.txt", ":1:1: a merge left its conflict in the snapshot", true),
    ("another-version.txt", ":1:1: this snapshot is of another version of vtlens: `vtlens.snapshot/9`", true),
    ("twice.txt", ":7:1: the snapshot has `eve` twice", true),
    ("by-hand.txt", ":6:1: a line of a snapshot begins with a space", true),
    ("heading.txt", ":2:1: the snapshot has a line before its first part", true),
    ("foreign.txt", ":1:1: this file is no snapshot, and has the name of one", false),
    ("empty.txt", ":1:1: this file is no snapshot, and has the name of one", false),
    ("binary.txt", ":1:1: this file is no snapshot, and has the name of one", false),
];

#[test]
fn a_file_that_cannot_be_used_is_named_and_nothing_foreign_is_overwritten() {
    let blog = Blog::new(SUITE);
    let path = blog.at("__snapshots__").join(DRAFT);
    for (file, message, rewritten) in BROKEN {
        blog.write(&format!("__snapshots__/{DRAFT}"), "");
        std::fs::copy(Path::new("tests/fixtures/snapshots").join(file), &path).unwrap();
        let before = std::fs::read(&path).unwrap();
        let (code, out, err) = blog.test(&[]);
        assert_eq!((code, out.as_str()), (2, ""), "{file}: {err}");
        assert!(err.contains(message) && err.contains("the-draft.txt"), "{file}: {err}");
        let (code, _, err) = blog.test(&["--update-snapshots"]);
        assert_eq!(code, if *rewritten { 0 } else { 2 }, "{file}: {err}");
        assert_eq!(std::fs::read(&path).unwrap() != before, *rewritten, "{file}");
    }
}

#[test]
fn what_cannot_be_written_says_so() {
    let blog = Blog::new(SUITE);
    blog.write("__snapshots__", "a file where a folder should be");
    let (code, _, err) = blog.test(&["--update-snapshots"]);
    assert_eq!(code, 2);
    assert!(err.contains("the-draft.txt") && err.contains("snapshot"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_read_only_says_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let blog = Blog::new(SUITE);
    blog.write("__snapshots__/s.vtlens.yaml/.keep", "");
    let folder = blog.at("__snapshots__/s.vtlens.yaml");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    // The superuser may write anywhere.
    if std::fs::write(folder.join("probe"), "").is_err() {
        let (code, _, err) = blog.test(&["--update-snapshots"]);
        assert_eq!(code, 2);
        assert!(err.contains("cannot write the snapshot") && err.contains("the-draft.txt"), "{err}");
    }
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn line_ends_of_a_checkout_do_not_matter() {
    let blog = Blog::new(SUITE);
    blog.update();
    let file = format!("__snapshots__/{DRAFT}");
    blog.write(&file, &format!("\u{feff}{}", blog.read(&file).replace('\n', "\r\n")));
    let (code, out, _) = blog.test(&[]);
    assert_eq!(code, 0, "{out}");
    let (_, out, _) = blog.test(&["--update-snapshots"]);
    assert!(!out.contains("written"), "{out}");
}

/// Wherever somebody reads it, no line of the text is wider than the page.
#[test]
fn a_difference_fits_the_page() {
    let blog = Blog::new(SUITE);
    blog.update();
    let file = format!("__snapshots__/{DRAFT}");
    blog.write(
        &file,
        &blog
            .read(&file)
            .replace("Winter", "A very long title of a draft about winter in the garden, and about Winter"),
    );
    let mut command = Command::cargo_bin("vtlens").unwrap();
    let output = command.current_dir(blog.folder.path()).env("COLUMNS", "60").arg("test").output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 60), "{out}");
}

#[test]
fn the_guide_shows_real_output() {
    let guide = std::fs::read_to_string("docs/snapshots.md").unwrap();
    let kept =
        std::fs::read_to_string("templates/blog/__snapshots__/blog.vtlens.yaml/a-draft-is-for-its-author.txt").unwrap();
    let blog = Blog::new(SUITE);
    blog.update();
    let template = "build/resolvers/Query.getDraft.res.vtl";
    blog.write(template, &blog.read(template).replace("scannedCount == 1", "scannedCount == 9"));
    let real = format!("{kept}{}", blog.test(&[]).1);
    let shown: Vec<&str> = guide.split("```text\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(shown.len(), 2);
    for block in shown {
        assert!(real.contains(block), "not printed any more:\n{block}\n{real}");
    }
}

/// The example crate asks for the library alone, at the version of insta that runs it here.
#[test]
fn the_example_crate_is_what_its_page_says() {
    let read = |file: &str| std::fs::read_to_string(file).unwrap();
    let manifest = read("examples/insta/Cargo.toml");
    assert!(manifest.contains("default-features = false, features = [\"service\"]"), "{manifest}");
    let version = |text: &str| text.split("insta = { version = ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    assert_eq!(version(&manifest), version(&read("Cargo.toml")));
}
