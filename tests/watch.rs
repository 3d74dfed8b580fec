//! `--watch`: what changed is run again, what did not is left alone, and nothing that happens to a file ends it.
//!
//! Every wait is for something that is printed; a run that does not come is a failure after a minute.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A process that watches.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Watching {
    fn start(folder: &Path, args: &[&str]) -> Watching {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("vtlens"));
        command.args(args).current_dir(folder).env_remove("CLICOLOR_FORCE").env("NO_COLOR", "1");
        // One pipe for both, as a terminal is: complaints stay in their place.
        let (reader, writer) = std::io::pipe().unwrap();
        command.stdin(Stdio::null()).stdout(writer.try_clone().unwrap()).stderr(writer);
        let child = command.spawn().unwrap();
        drop(command);
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            BufReader::new(reader).lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        Watching { child, lines }
    }

    /// Everything up to the line that says it waits again.
    fn run(&self) -> String {
        let until = Instant::now() + PATIENCE;
        let mut text = String::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line =
                self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("nothing more is printed after:\n{text}"));
            text.push_str(&line);
            text.push('\n');
            if line.contains("· Ctrl-C ends") {
                return text;
            }
        }
    }

    /// Runs until one prints something.
    fn until(&self, words: &str) -> String {
        let mut all = String::new();
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let run = self.run();
            all.push_str(&run);
            if all.contains(words) {
                return run;
            }
        }
        panic!("`{words}` is not printed:\n{all}");
    }
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

/// Two suites over the blog, one over an API written by hand, and a file that the first two share.
fn project() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let root = folder.path().canonicalize().unwrap();
    copy(Path::new("templates/blog"), &root.join("blog"));
    std::fs::remove_file(root.join("blog/blog.vtlens.yaml")).unwrap();
    copy(Path::new("templates/handwritten"), &root.join("handwritten"));
    let suite = |name: &str, expected: &str| {
        let text = format!(
            "include: people.yaml\napi: ../blog\ntests:\n  - name: a guest reads {name}\n    field: Query.getPost\n    \
             arguments: {{ id: post-1 }}\n    expect: {{ nobody: {expected} }}\n"
        );
        write(&root.join(format!("tests/{name}.vtlens.yaml")), &text);
    };
    suite("posts", "allow");
    suite("drafts", "allow");
    write(&root.join("tests/people.yaml"), "identities:\n  nobody: { mode: apiKey }\n");
    (folder, root)
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} has no {from}", path.display());
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// Saves as editors do: a new file beside the old one takes its place.
fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new~");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, path).unwrap();
}

fn follows_edits(how: &str) {
    let (_folder, root) = project();
    let watching = Watching::start(&root, &["test", how, "tests"]);
    let first = watching.run();
    assert!(first.contains("2 passed   2 suites"), "{first}");

    // Only what the change touches runs again; what fails elsewhere is not forgotten.
    let one = root.join("tests/posts.vtlens.yaml");
    edit(&one, "nobody: allow", "nobody: deny");
    let run = watching.run();
    assert!(run.contains("── tests/posts.vtlens.yaml changed · "), "{run}");
    assert!(run.contains("✗ tests/posts") && !run.contains("tests/drafts"), "{run}");
    assert!(run.contains("1 other suite that nothing touched, all as expected"), "{run}");
    edit(&root.join("tests/drafts.vtlens.yaml"), "a guest reads drafts", "a guest sees drafts");
    let run = watching.run();
    assert!(run.contains("✓ tests/drafts") && run.contains("✗ tests/posts"), "{run}");

    // Half a file, saved in the place of the other, and the rest of it.
    let whole = std::fs::read_to_string(&one).unwrap();
    replace(&one, &whole[..whole.len() / 2]);
    let run = watching.until("error: tests/posts.vtlens.yaml");
    assert!(!run.contains("passed"), "{run}");
    replace(&one, &whole.replace("nobody: deny", "nobody: allow"));
    let run = watching.until("✓ tests/posts");
    assert!(run.contains("1 passed"), "{run}");

    // What both include; a template; a new suite, and one that is gone.
    replace(&root.join("tests/people.yaml"), "identities:\n  nobody: { mode: iam }\n");
    let run = watching.until("✗ tests/posts");
    assert!(run.contains("✗ tests/drafts") && run.contains("tests/people.yaml changed"), "{run}");
    replace(&root.join("tests/people.yaml"), "identities:\n  nobody: { mode: apiKey }\n");
    watching.until("2 passed");
    let template = root.join("blog/build/resolvers/Query.getPost.auth.1.req.vtl");
    let text = std::fs::read_to_string(&template).unwrap();
    std::fs::write(&template, format!("$util.unauthorized()\n{text}")).unwrap();
    let run = watching.until("2 failed");
    assert!(run.contains("Query.getPost.auth.1.req.vtl:1"), "{run}");
    std::fs::remove_file(&template).unwrap();
    watching.until("is missing");
    std::fs::write(&template, text).unwrap();
    watching.until("2 passed");
    write(
        &root.join("tests/more/three.vtlens.yaml"),
        "include: ../people.yaml\napi: ../../blog\ntests:\n  - { field: Query.getPost, arguments: { id: post-1 }, expect: { nobody: allow } }\n",
    );
    let run = watching.until("✓ tests/more/three.vtlens.yaml");
    assert!(run.contains("2 other suites that nothing touched"), "{run}");
    std::fs::remove_file(root.join("tests/drafts.vtlens.yaml")).unwrap();
    watching.until("2 other suites that nothing touched");
}

#[test]
fn tests_follow_what_is_edited() {
    follows_edits("--watch");
}

#[test]
fn where_the_system_tells_of_nothing_files_are_looked_at() {
    follows_edits("--watch=poll");
}

#[test]
fn what_a_run_writes_and_what_is_saved_unchanged_start_no_other() {
    let (_folder, root) = project();
    // The result lies in a folder that is watched as a part of the API.
    let result = root.join("blog/build/result.json");
    let watching =
        Watching::start(&root, &["test", "--watch", "tests", "--format", "json", "-o", result.to_str().unwrap()]);
    watching.run();
    let report = || serde_json::from_str::<serde_json::Value>(&std::fs::read_to_string(&result).unwrap()).unwrap();
    assert_eq!(report()["passed"], 2);
    let one = root.join("tests/posts.vtlens.yaml");
    edit(&one, "a guest reads posts", "a guest sees posts");
    watching.run();
    let text = std::fs::read_to_string(&one).unwrap();
    std::fs::write(&one, &text).unwrap();
    write(&root.join("tests/__snapshots__/posts.snap"), "x");
    write(&root.join("blog/captures/new.har"), "x");
    // The next run is of the next change, and of nothing before it; its result holds every suite.
    edit(&root.join("tests/drafts.vtlens.yaml"), "a guest reads drafts", "a guest sees all drafts");
    let run = watching.run();
    assert!(run.contains("── tests/drafts.vtlens.yaml changed"), "{run}");
    assert_eq!((report()["passed"].clone(), report()["suites"].as_array().unwrap().len()), (2.into(), 2));
}

#[test]
fn replay_follows_capture_data_and_api() {
    let (_folder, root) = project();
    let capture = root.join("failure.har");
    std::fs::copy("templates/blog/captures/denied-update.har", &capture).unwrap();
    let watching = Watching::start(&root, &["replay", "--watch", "failure.har", "--api", "blog"]);
    let first = watching.run();
    assert!(first.contains("denied"), "{first}");
    let schema = root.join("blog/build/schema.graphql");
    let text = std::fs::read_to_string(&schema).unwrap();
    std::fs::write(&schema, &text[..text.len() / 2]).unwrap();
    watching.until("error: ");
    std::fs::write(&schema, text).unwrap();
    watching.until("denied");
    std::fs::write(&capture, "{").unwrap();
    let run = watching.until("error: ");
    assert!(run.contains("── failure.har changed"), "{run}");
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let (_folder, root) = project();
    for (args, words) in [
        (&["test", "--watch", "--format", "json", "tests"][..], "-o FILE"),
        (&["replay", "--watch", "-", "--api", "blog"], "stdin"),
        (&["test", "--watch=often", "tests"], "invalid value 'often'"),
    ] {
        let mut command = assert_cmd::Command::cargo_bin("vtlens").unwrap();
        let output = command.args(args).current_dir(&root).timeout(PATIENCE).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(words) && output.stdout.is_empty(), "{message}");
    }
}

#[test]
fn the_page_shows_real_output() {
    let (_folder, root) = project();
    let watching = Watching::start(&root, &["test", "--watch", "tests", "--param", "ApiId=blog"]);
    watching.run();
    edit(&root.join("tests/drafts.vtlens.yaml"), "a guest reads drafts", "a guest reads a draft");
    let without_times = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    let real = without_times(&watching.run());
    let page = std::fs::read_to_string("docs/watch.md").unwrap();
    let block = page.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(real.trim(), without_times(block).trim());
}

/// Not a test of the clock of the machine it runs on: `VTLENS_LATENCY=1` prints how long it takes from the write of a
/// file to the end of its result.
#[test]
fn latency() {
    if std::env::var_os("VTLENS_LATENCY").is_none() {
        return;
    }
    let (_folder, root) = project();
    copy(Path::new("templates/blog"), &root.join("blog"));
    for (what, file) in [
        ("a suite", "blog/blog.vtlens.yaml"),
        ("a template", "blog/build/resolvers/Query.getPost.auth.1.req.vtl"),
        ("the schema", "blog/build/schema.graphql"),
    ] {
        let watching = Watching::start(&root, &["test", "--watch", "blog"]);
        watching.run();
        let path = root.join(file);
        let mut took: Vec<Duration> = Vec::new();
        for turn in 0..20 {
            let text = std::fs::read_to_string(&path).unwrap();
            let comment = if file.ends_with(".vtl") { format!("\n## {turn}") } else { format!("\n# {turn}") };
            let started = Instant::now();
            std::fs::write(&path, text + &comment).unwrap();
            watching.run();
            took.push(started.elapsed());
        }
        took.sort();
        println!("{what}: median {:?}, worst {:?}", took[took.len() / 2], took[took.len() - 1]);
    }
}
