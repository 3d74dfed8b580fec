//! Captures of every kind, against the sample APIs: what people read of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;

use assert_cmd::Command;

fn replay(capture: &Path, options: &[&str]) -> std::process::Output {
    let api = if capture.to_string_lossy().contains("-iam-") { "templates/handwritten" } else { "templates/blog" };
    let mut command = Command::cargo_bin("vtlens").unwrap();
    command.args(["replay", &capture.to_string_lossy(), "--api", api, "--now", "2026-01-15T12:00:00Z"]).args(options);
    command.env("NO_COLOR", "1").env("COLUMNS", "100").output().unwrap()
}

#[test]
fn what_people_read() {
    insta::glob!("captures/*", |capture| {
        let file = Path::new("tests/captures").join(capture.file_name().unwrap());
        let output = replay(&file, &[]);
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        insta::assert_snapshot!(format!(
            "{}\n{}",
            output.status.code().unwrap(),
            String::from_utf8_lossy(&output.stdout)
        ));
    });
}

/// Whichever of them decides, an answer that the capture holds must come out again.
#[test]
fn recorded_answers_are_reproduced() {
    for entry in std::fs::read_dir("tests/captures").unwrap() {
        let output = replay(&entry.unwrap().path(), &["--format", "json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        for request in report["requests"].as_array().unwrap() {
            let without = request["recorded"].is_null() || request["decision"] == "undecided";
            assert!(without || request["reproduced"] == true, "{request:#}");
        }
    }
}

#[test]
fn captures_on_stdin_and_in_gzip() {
    use std::io::Write as _;
    let text = std::fs::read("tests/captures/command.sh").unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&text).unwrap();
    let gzip = encoder.finish().unwrap();
    let run = |bytes: Vec<u8>| {
        let args = ["replay", "-", "--api", "templates/blog", "--now", "2026-01-15T12:00:00Z"];
        Command::cargo_bin("vtlens").unwrap().args(args).write_stdin(bytes).output().unwrap().stdout
    };
    assert_eq!(String::from_utf8(run(text)).unwrap(), String::from_utf8(run(gzip)).unwrap());
}
