//! Captures that are cut off, garbled or made to do harm. Each gives an error or a partial reading that says what it
//! left out; none is a panic, a hang, a file read, or a secret shown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::Write as _;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use tempfile::TempDir;

/// Part of every key in these files.
const SECRET: &str = "canarycanary";

/// What no reader of captures may open.
const OF_THE_MACHINE: [&str; 2] = ["/etc/passwd", "/etc/hostname"];

const URL: &str = "https://abc.appsync-api.us-east-1.amazonaws.com/graphql";

fn replay(file: &Path, format: &str) -> Output {
    let output = Command::cargo_bin("vtlens")
        .unwrap()
        .args(["replay", &file.to_string_lossy(), "--api", "templates/blog", "--now", "2026-01-15T12:00:00Z"])
        .args(["--verbose", "--format", format])
        .env("NO_COLOR", "1")
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap();
    let name = file.display();
    assert!(matches!(output.status.code(), Some(0..=3)), "{name}: {:?}", output.status);
    for text in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(text);
        assert!(!text.contains("panicked"), "{name}: {text}");
        assert!(!text.contains(SECRET), "{name} shows a secret: {text}");
        for file in OF_THE_MACHINE {
            for line in std::fs::read_to_string(file).unwrap_or_default().lines().filter(|line| line.len() > 8) {
                assert!(!text.contains(line), "{name} shows {file}");
            }
        }
    }
    output
}

/// What was said: the first lines of the answer, or the error.
fn said(output: &Output) -> String {
    let text = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(text).into_owned();
    let about = text.split_once("about the capture").map(|(_, about)| format!("  about the capture{about}"));
    let head: String = text.lines().take(4).map(|line| format!("{line}\n")).collect();
    format!("{}\n{head}{}", output.status.code().unwrap(), about.unwrap_or_default())
}

#[test]
fn files_made_to_do_harm() {
    let mut names: Vec<_> = std::fs::read_dir("tests/hostile").unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("capture_"));
    names.sort();
    assert!(names.len() >= 40, "{} files", names.len());
    let mut told = String::new();
    for path in names {
        replay(&path, "json");
        told.push_str(&format!(
            "# {}\n{}\n",
            path.file_name().unwrap().to_string_lossy(),
            said(&replay(&path, "text")).trim_end()
        ));
    }
    insta::assert_snapshot!("hostile_captures", told);
}

/// Texts too large to keep, with what each may come to.
#[test]
fn texts_of_a_size_that_nobody_writes() {
    const MANY: usize = 200_000;
    let folder = TempDir::new().unwrap();
    let header = r#"{"name":"x","value":"y"}"#;
    let entry = |headers: &str, body: &str| {
        format!(
            r#"{{"request":{{"method":"POST","url":"{URL}","headers":[{headers}],"postData":{{"text":"{body}"}}}}}}"#
        )
    };
    let har = |entry: &str| format!(r#"{{"log":{{"entries":[{entry}]}}}}"#);
    let query = r#"{\"query\":\"{ a }\"}"#;
    let headers = format!("{}{header}", format!("{header},").repeat(1_000_000));
    let deep = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    let cases = [
        ("a million headers", har(&entry(&headers, query))),
        ("a great many entries", har(&format!("{}{}", "{},".repeat(MANY), entry("", query)))),
        ("a great many levels of JSON", har(&format!(r#"{{"a":{}}}"#, deep("[", "]", MANY)))),
        ("a great many levels, never closed", "[".repeat(MANY)),
        ("a great many keys", format!("{{{}\"log\":{{\"entries\":[]}}}}", "\"k\":0,".repeat(MANY))),
        ("a great many levels of a body", format!("curl {URL} -d '{}'", deep("[", "]", MANY))),
        ("a document a great many levels deep", format!(r#"{{"query":"{}"}}"#, deep("{a", "}", MANY))),
        ("a hundred thousand options", format!("curl {URL} {} -d '{{}}'", "-H 'a: b' ".repeat(100_000))),
        ("thousands of commands on a line", "curl a;".repeat(20_000)),
        ("a great many words that are none", format!("curl a\n{}", "x\n".repeat(MANY))),
        ("a great many open substitutions", format!("curl a {}", "$(".repeat(MANY))),
        ("a great many backslashes", format!("curl ^\"{}^\"", "\\".repeat(MANY))),
        ("a great many lists of a program", format!("fetch({}", "[".repeat(MANY))),
        ("a great many sums of a program", format!("fetch('a'{}", "+'a'".repeat(MANY))),
        ("a great many tables", format!("irm {}", "@{a=".repeat(MANY))),
        ("a great many headers as text", format!("POST {URL} HTTP/1.1\n{}\n", "a: b\n".repeat(MANY))),
        ("a great many answers", format!("POST {URL} HTTP/1.1\n\n{{}}\n{}", "HTTP/1.1 200\n".repeat(MANY))),
        ("thousands of requests, one on each line", "{\"query\":\"x\"}\n{\"query\":7}\n".repeat(1000)),
    ];
    for (name, text) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        replay(&path, "text");
        std::fs::remove_file(&path).unwrap();
    }
    let bomb = folder.path().join("a gzip that unpacks to half a gigabyte");
    let mut encoder = flate2::write::GzEncoder::new(std::fs::File::create(&bomb).unwrap(), flate2::Compression::best());
    let blanks = vec![b' '; 1 << 20];
    (0..520).for_each(|_| encoder.write_all(&blanks).unwrap());
    encoder.finish().unwrap();
    assert!(said(&replay(&bomb, "text")).contains("unpacks to more than 512 MB"));
}
