//! Input that cannot be used: one clear error that says what, where and what to do, exit 2; a missing fact: exit 3,
//! and its name. Never a panic, never a guess.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

const CAPTURE: &str = "templates/blog/captures/denied-update.har";

fn vtlens(args: &[&str]) -> Output {
    Command::cargo_bin("vtlens").unwrap().args(args).env("NO_COLOR", "1").output().unwrap()
}

/// Runs a command that must fail with exit 2; its message, with the temporary folder's name taken out.
fn refused(args: &[&str], folder: &Path) -> String {
    let output = vtlens(args);
    let message = String::from_utf8(output.stderr).unwrap().replace(&*folder.to_string_lossy(), "[folder]");
    assert_eq!(output.status.code(), Some(2), "{args:?}: {message}{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty(), "{args:?} printed a result");
    message
}

fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the blog sample that a test may break.
fn broken_blog(folder: &TempDir) -> String {
    let blog = folder.path().join("blog");
    copy(Path::new("templates/blog"), &blog);
    blog.to_string_lossy().into_owned()
}

#[test]
fn captures_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let whole = std::fs::read_to_string(CAPTURE).unwrap();
    let half: String = whole.chars().take(whole.chars().count() / 2).collect();
    let cases = [
        ("cut off in the middle", file(&folder, "half.har", &half)),
        (
            "without an AppSync request",
            file(
                &folder,
                "web.har",
                r#"{"log":{"version":"1.2","entries":[{"request":{"method":"GET","url":"https://example.com/","headers":[]},"response":{"status":200}}]}}"#,
            ),
        ),
        ("not JSON", file(&folder, "text.har", "hello\n")),
        ("empty", file(&folder, "empty.har", "")),
        ("a folder", folder.path().to_string_lossy().into_owned()),
        ("not there", folder.path().join("nowhere.har").to_string_lossy().into_owned()),
    ];
    let mut messages = String::new();
    for (name, path) in cases {
        let message = refused(&["replay", &path, "--api", "templates/blog"], folder.path());
        messages.push_str(&format!("# {name}\n{message}\n"));
    }
    insta::assert_snapshot!("captures", messages);
}

#[test]
fn apis_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let blog = broken_blog(&folder);
    let build = Path::new(&blog).join("build");
    let replay = |api: &str| refused(&["replay", CAPTURE, "--api", api], folder.path());
    let mut messages = String::new();
    let mut add = |name: &str, message: String| messages.push_str(&format!("# {name}\n{message}\n"));

    let template = build.join("resolvers/Mutation.updatePost.auth.1.res.vtl");
    let text = std::fs::read_to_string(&template).unwrap();
    std::fs::remove_file(&template).unwrap();
    add("a missing build file", replay(&blog));

    std::fs::write(&template, text.replacen("#end", "", 1)).unwrap();
    add("a template with an unclosed #if", replay(&blog));
    std::fs::write(&template, &text).unwrap();

    let stack = build.join("stacks/Post.json");
    let json = std::fs::read_to_string(&stack).unwrap();
    std::fs::write(&stack, json.replacen("\"Fn::Join\"", "\"Fn::Bogus\"", 1000)).unwrap();
    add("an unknown CloudFormation function", replay(&blog));
    std::fs::write(&stack, json.get(..json.len() / 2).unwrap()).unwrap();
    add("half a stack", replay(&blog));
    std::fs::write(&stack, &json).unwrap();

    std::fs::write(build.join("schema.graphql"), "type Query {").unwrap();
    add("a schema that does not parse", replay(&blog));
    add("a folder without an API", replay(&folder.path().join("blog/captures").to_string_lossy()));
    insta::assert_snapshot!("apis", messages);
}

#[test]
fn facts_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let with = |option: &str, path: &str| {
        refused(&["replay", CAPTURE, "--api", "templates/blog", option, path], folder.path())
    };
    let mut messages = String::new();
    let mut add = |name: &str, message: String| messages.push_str(&format!("# {name}\n{message}\n"));
    add(
        "an identity with an unknown key",
        with("--identity", &file(&folder, "who.json", "{\"mode\": \"userPool\",\n \"claim\": {}}")),
    );
    add("an identity of no mode", with("--identity", &file(&folder, "mode.json", "{\"mode\": \"cognito\"}")));
    add("data that is no list", with("--data", &file(&folder, "data.json", "{\"PostTable\": {\"id\": 1}}")));
    add("a JWKS without keys", with("--jwks", &file(&folder, "jwks.json", "{\"kid\": 1}")));
    add(
        "a token of two parts",
        refused(&["token", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0", "--api", "templates/blog"], folder.path()),
    );
    add("no token at all", refused(&["token", "hello"], folder.path()));
    add(
        "a field that is not there",
        refused(&["explain", "--field", "Mutation.updatePots", "--api", "templates/blog"], folder.path()),
    );
    add(
        "a context that is no JSON",
        refused(&["eval", "--template", "x", "--context", "{\"a\":\n nope}"], folder.path()),
    );
    add(
        "an identity that no mode has",
        refused(&["eval", "--template", "x", "--context", "{\"identity\": {\"nick\": 1}}"], folder.path()),
    );
    insta::assert_snapshot!("facts", messages);
}

#[test]
fn data_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let with = |path: &str| refused(&["replay", CAPTURE, "--api", "templates/blog", "--data", path], folder.path());
    let mut messages = String::new();
    let mut add = |name: &str, message: String| messages.push_str(&format!("# {name}\n{message}\n"));
    add("a misspelt table", with(&file(&folder, "data.json", "{\"CommentTable\": [],\n \"PostsTable\": []}")));
    add("a table of another API", with(&file(&folder, "other.json", "{\"Warehouse\": []}")));
    let listed = file(&folder, "tables/PstTable.json", "[]");
    add("a misspelt file", with(&Path::new(&listed).parent().unwrap().to_string_lossy()));
    add("not JSON", with(&file(&folder, "text.json", "{\"PostTable\": [\n  id: 1\n]}")));
    add("cut off", with(&file(&folder, "cut.json", "{\"PostTable\": [{\"id\": \"1")));
    let responses = file(&folder, "recorded/responses.json", "{\"Query.f\": {'ok': true}}");
    add("a fixture that is not JSON", with(&Path::new(&responses).parent().unwrap().to_string_lossy()));
    add("responses that are a list of nothing", with(&file(&folder, "list.json", "{\"responses\": 5}")));
    insta::assert_snapshot!("data", messages);
}

#[test]
fn a_missing_fact_is_undecided_and_named() {
    let iam =
        vtlens(&["replay", "templates/handwritten/captures/denied-iam-role.har", "--api", "templates/handwritten"]);
    assert_eq!(iam.status.code(), Some(3));
    assert!(String::from_utf8(iam.stdout).unwrap().contains("--identity"));

    // A HAR exported without sensitive data: the answer was 200, so a credential was there.
    let folder = TempDir::new().unwrap();
    let mut har: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(CAPTURE).unwrap()).unwrap();
    for entry in har["log"]["entries"].as_array_mut().unwrap() {
        let headers = entry["request"]["headers"].as_array_mut().unwrap();
        headers.retain(|header| !header["name"].as_str().unwrap().eq_ignore_ascii_case("authorization"));
    }
    let path = file(&folder, "sanitized.har", &har.to_string());
    let sanitized = vtlens(&["replay", &path, "--api", "templates/blog"]);
    assert_eq!(sanitized.status.code(), Some(3));
    assert!(String::from_utf8(sanitized.stdout).unwrap().contains("--identity"));

    // Nobody said what the table holds.
    let blog = broken_blog(&folder);
    std::fs::remove_dir_all(Path::new(&blog).join("data")).unwrap();
    std::fs::write(
        Path::new(&blog).join("vtlens.toml"),
        "[params]\nAuthCognitoUserPoolId = \"us-east-1_Blog12345\"\n\"AWS::Region\" = \"us-east-1\"\n",
    )
    .unwrap();
    let without_data = vtlens(&["replay", CAPTURE, "--api", &blog]);
    let text = String::from_utf8(without_data.stdout).unwrap();
    assert_eq!(without_data.status.code(), Some(3), "{text}");
    assert!(text.contains("--data"), "{text}");
}
