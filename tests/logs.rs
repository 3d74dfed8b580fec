//! CloudWatch logs: every form of export gives the same requests, what a log holds decides, what it does not hold is
//! asked for, and nothing in it can break the program or get a secret printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

const API: &str = "templates/handwritten";
const NADIA: &str = "tests/logs/nadia.json";
const BY_REQUEST: &str = "tests/logs/identities.json";

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn replay(file: &str, more: &[&str]) -> Ran {
    let output = Command::cargo_bin("vtlens")
        .unwrap()
        .args(["replay", file, "--api", API])
        .args(more)
        .env("NO_COLOR", "1")
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or_else(|| panic!("{file}: ended by a signal, or too late")),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The report of a log, as JSON.
fn report(file: &str, more: &[&str]) -> Json {
    let ran = replay(file, &[&["--format", "json"], more].concat());
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{file}: {}", ran.err))
}

fn snapshots() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/logs");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

fn files(folder: &str, start: &str) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut all: Vec<_> =
        all.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))).collect();
    all.sort();
    all
}

fn written(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn a_log_decides_what_it_can_and_asks_for_the_rest() {
    // A fixed clock: the log's own times are used wherever it has them.
    for (name, identity) in [("nobody", None), ("by-request", Some(BY_REQUEST)), ("nadia", Some(NADIA))] {
        let given: Vec<&str> = identity.into_iter().flat_map(|file| ["--identity", file]).collect();
        let mut ran = replay("tests/logs/shop.txt", &given);
        for entry in 0..8 {
            let entry = entry.to_string();
            let more = [given.as_slice(), &["--entry", &entry]].concat();
            ran.out.push_str(&format!("\n# --entry {entry}\n{}", replay("tests/logs/shop.txt", &more).out));
        }
        let text = ran.out.lines().map(without_system_clock).collect::<Vec<_>>().join("\n");
        snapshots().bind(|| insta::assert_snapshot!(format!("shop--{name}"), format!("exit {}\n{text}", ran.code)));
    }
}

fn without_system_clock(line: &str) -> &str {
    if line.contains("the system clock") { "    at NOW, the system clock" } else { line }
}

/// One request, exported in every way: its report is the same but for the file's name, and its clock.
#[test]
fn every_form_of_export_gives_the_same_report() {
    let told = |file: &str| {
        let mut report = report(file, &["--identity", NADIA]);
        let request = report["requests"][0].as_object_mut().unwrap();
        request.remove("source");
        let at = request.remove("at").unwrap();
        assert!(at.as_str().unwrap().starts_with("2026-01-15T12:00:00"), "{file}: {at}");
        assert_eq!(report["requests"].as_array().unwrap().len(), 1, "{file}");
        report
    };
    let expected = told("tests/logs/pane.txt");
    assert_eq!(expected["requests"][0]["reproduced"], true);
    assert_eq!(expected["requests"][0]["decision"], "denied");
    let mut compared = 0;
    for path in files("tests/logs", "") {
        let file = path.to_string_lossy().into_owned();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match name.as_str() {
            "shop.txt" | "nadia.json" | "identities.json" => {}
            // Chosen fields are not the whole log.
            "insights-projection.csv" => {
                let ran = replay(&file, &["--identity", NADIA, "-v"]);
                snapshots().bind(|| insta::assert_snapshot!("projection", ran.out));
            }
            _ => {
                assert_eq!(told(&file), expected, "{file}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 13, "only {compared} forms");
    let pane = std::fs::read("tests/logs/pane.txt").unwrap();
    let mut stdin = Command::cargo_bin("vtlens").unwrap();
    let output = stdin.args(["replay", "-", "--api", API, "--identity", NADIA]).write_stdin(pane).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

/// The pane's log with one text in place of another.
fn changed(folder: &TempDir, from: &str, to: &str) -> String {
    let pane = std::fs::read_to_string("tests/logs/pane.txt").unwrap();
    assert!(pane.contains(from), "{from}");
    written(folder, "changed.txt", pane.replace(from, to))
}

#[test]
fn what_a_data_source_answered_is_what_the_log_says() {
    let folder = TempDir::new().unwrap();
    // The record is the caller's own now: the templates let the caller through, and the log says otherwise. What
    // stands in the sample's table does not matter.
    let file = changed(&folder, r#""tenant": "globex""#, r#""tenant": "acme""#);
    let request = &report(&file, &["--identity", NADIA])["requests"][0];
    assert_ne!(request["decision"], "denied", "{request}");
    assert_eq!(request["reproduced"], false);
    assert!(request["differences"][0].as_str().unwrap().starts_with("logged, not here: "), "{request}");
    // A failure of the data source is one here.
    let error = r#""error": {"message": "slow down", "type": "DynamoDB:Throttled"}, "result": {"id": "o-2001""#;
    let file = changed(&folder, r#""result": {"id": "o-2001""#, error);
    let request = &report(&file, &["--identity", NADIA])["requests"][0];
    assert_eq!(request["fields"][0]["error"], json!({"message": "slow down", "errorType": "DynamoDB:Throttled"}));
}

#[test]
fn a_template_that_prints_something_else_is_told() {
    let folder = TempDir::new().unwrap();
    let file = changed(&folder, r#"\"consistentRead\": true"#, r#"\"consistentRead\": false"#);
    let request = &report(&file, &["--identity", NADIA])["requests"][0];
    assert_eq!(
        request["differences"],
        json!(["resolvers/loadOrder.req.vtl: at consistentRead logged false, here true"])
    );
    assert_eq!(request["reproduced"], true, "the answer is the same all the same");
    let text = replay(&file, &["--identity", NADIA]).out;
    assert!(text.contains("the log holds other output of templates"), "{text}");
    // Blanks are no difference.
    let file = changed(&folder, r#"\n\n\n{}\n"#, "{ }");
    assert_eq!(report(&file, &["--identity", NADIA])["requests"][0]["differences"], Json::Null);
}

#[test]
fn a_header_that_the_log_masks_is_asked_for_where_a_template_reads_it() {
    let folder = TempDir::new().unwrap();
    let api = folder.path().join("api");
    std::fs::create_dir_all(api.join("resolvers")).unwrap();
    std::fs::write(api.join("schema.graphql"), "type Query { a: String }").unwrap();
    std::fs::write(
        api.join("vtlens.toml"),
        "[api]\nschema = \"schema.graphql\"\ndefault = { mode = \"API_KEY\" }\n[[data_sources]]\nname = \"N\"\n\
         type = \"NONE\"\n[[resolvers]]\nfield = \"Query.a\"\ndata_source = \"N\"\nrequest = \"resolvers/q.vtl\"\n\
         response = \"resolvers/s.vtl\"\n",
    )
    .unwrap();
    std::fs::write(api.join("resolvers/s.vtl"), "\"x\"").unwrap();
    let id = "00000001-8f0e-4b7c-9a53-0d3f5a1b2c3d";
    let log = format!(
        "{id} GraphQL Query: {{ a }}, Operation: null, Variables: {{}}\n{id} Request Headers: {{x-api-key=[****mgidri]}}\n\
         {{\"logType\":\"RequestSummary\",\"requestId\":\"{id}\",\"statusCode\":200}}\n"
    );
    let file = written(&folder, "a.txt", log);
    for (template, code) in [
        ("{\"version\":\"2018-05-29\"}", 0),
        ("$ctx.request.headers.get(\"x-api-key\"){\"version\":\"2018-05-29\"}", 3),
    ] {
        std::fs::write(api.join("resolvers/q.vtl"), template).unwrap();
        let output = Command::cargo_bin("vtlens").unwrap().args(["replay", &file, "--api"]).arg(&api).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(text.contains("header x-api-key"), code == 3, "{text}");
    }
}

#[test]
fn the_last_six_characters_tell_the_key() {
    let folder = TempDir::new().unwrap();
    let facts = |expires: &str| {
        let keys = json!([{"id": "da2-aaaaaaaaaaaaaaaaaaaaaaaaaa", "expires": "2030-01-01T00:00:00Z"},
                          {"id": "da2-bbbbbbbbbbbbbbbbbbbbmgidri", "expires": expires}]);
        written(&folder, "key.json", json!({"mode": "apiKey", "apiKeys": keys}).to_string())
    };
    for (expires, decision) in [("2026-01-14T00:00:00Z", "denied"), ("2026-02-14T00:00:00Z", "allowed")] {
        let report = report("tests/logs/shop.txt", &["--entry", "2", "--identity", &facts(expires)]);
        assert_eq!(report["requests"][0]["decision"], decision, "{report}");
    }
}

/// A log without times cannot tell whether a token had expired.
#[test]
fn without_a_time_an_expired_token_is_undecided() {
    let folder = TempDir::new().unwrap();
    let pane = std::fs::read_to_string("tests/logs/pane.txt").unwrap();
    let lines = pane.lines().filter(|line| !line.contains("ExecutionSummary"));
    let text = lines.collect::<Vec<_>>().join("\n").replace("Root=1-", "Root=");
    let file = written(&folder, "timeless.txt", text);
    let request = &report(&file, &["--identity", NADIA])["requests"][0];
    assert_eq!(
        (request["decision"].as_str(), request["missing"][0]["giveBy"].as_str()),
        (Some("undecided"), Some("--now"))
    );
    let request = &report(&file, &["--identity", NADIA, "--now", "2026-01-15T12:00:00Z"])["requests"][0];
    assert_eq!((request["decision"].as_str(), request["reproduced"].as_bool()), (Some("denied"), Some(true)));
}

#[test]
fn requests_are_chosen_by_entry_and_by_failure() {
    let decisions = |more: &[&str]| -> Vec<u64> {
        let report = report("tests/logs/shop.txt", more);
        let entry = |request: &Json| request["source"]["entry"].as_u64().unwrap();
        report["requests"].as_array().unwrap().iter().map(entry).collect()
    };
    assert_eq!(decisions(&["--entry", "2"]), [2]);
    // What the schema refused left no template in the log: its status is 200.
    assert_eq!(decisions(&["--failed-only"]), [0, 1, 3, 4, 7]);
    let ran = replay("tests/logs/shop.txt", &["--entry", "9"]);
    assert_eq!((ran.code, ran.err.contains("the log has 8 requests")), (2, true), "{}", ran.err);
}

#[test]
fn identities_by_request_are_for_replays() {
    let mut command = Command::cargo_bin("vtlens").unwrap();
    let output = command.args(["explain", "--api", API, "--field", "Query.storeStatus", "--identity", BY_REQUEST]);
    let output = output.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("single requests of a log"), "{output:?}");
    let folder = TempDir::new().unwrap();
    let wrong = r#"{"00000001-8f0e-4b7c-9a53-0d3f5a1b2c3d": {"mode": "userpool"}}"#;
    let ran = replay("tests/logs/pane.txt", &["--identity", &written(&folder, "i.json", wrong)]);
    assert_eq!((ran.code, ran.err.contains("did you mean `userPool`?")), (2, true), "{}", ran.err);
}

/// Tokens and keys of the logs, which `secrets.txt` and the printed `$ctx` of `shop.txt` hold in clear.
fn secrets() -> Vec<String> {
    let text = std::fs::read_to_string("tests/hostile/logs_secrets.txt").unwrap();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut found: Vec<String> = text
        .split(|c| !is_part(c))
        .filter(|word| (word.starts_with("eyJ") || word.starts_with("da2-")) && word.len() > 20)
        .flat_map(|word| word.split('.').map(str::to_owned))
        .filter(|part| part.len() > 20)
        .collect();
    found.sort();
    found.dedup();
    assert!(found.len() >= 3, "{found:?}");
    found
}

#[test]
fn no_secret_of_a_log_is_printed() {
    let secrets = secrets();
    for file in ["tests/hostile/logs_secrets.txt", "tests/logs/shop.txt"] {
        for identity in [None, Some(NADIA)] {
            for format in [&["-v", "--trace"][..], &["--format", "json"][..]] {
                let given: Vec<&str> = identity.into_iter().flat_map(|file| ["--identity", file]).collect();
                let ran = replay(file, &[format, &given].concat());
                for secret in &secrets {
                    let printed = ran.out.contains(secret) || ran.err.contains(secret);
                    assert!(!printed, "{file} {format:?}: {secret}\n{}{}", ran.out, ran.err);
                }
            }
        }
    }
}

/// Logs that nobody means to write: each gives an error, or a reading that says what it left out.
#[test]
fn hostile_logs_are_read_as_far_as_they_go() {
    let all = files("tests/hostile", "logs_");
    assert!(all.len() >= 24, "{}", all.len());
    let mut answers = String::new();
    for path in all {
        let file = path.to_string_lossy().into_owned();
        let ran = replay(&file, &["--identity", NADIA, "--now", "2026-01-15T12:00:00Z"]);
        assert!((0..=3).contains(&ran.code) && !ran.err.contains("panicked"), "{file}: {} {}", ran.code, ran.err);
        let control = |c: char| c.is_control() && c != '\n';
        assert!(!ran.out.contains(control) && !ran.err.contains(control), "{file} drives the terminal");
        let shown: Vec<&str> = ran.out.lines().take(4).collect();
        answers.push_str(&format!("# {file}: exit {}\n{}{}\n\n", ran.code, ran.err, shown.join("\n")));
    }
    snapshots().bind(|| insta::assert_snapshot!("hostile", answers));
}

/// Too large to keep as files.
#[test]
fn what_unfolds_without_end_is_left_alone_in_time() {
    let folder = TempDir::new().unwrap();
    let pane = std::fs::read_to_string("tests/logs/pane.txt").unwrap();
    let packed = |parts: &[&[u8]]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        parts.iter().for_each(|part| packer.write_all(part).unwrap());
        packer.finish().unwrap()
    };
    let zeros = vec![b'0'; 24 << 20];
    let quoted = [b"{\"events\":[{\"message\":\"".as_slice(), &zeros, b"\"}]}"];
    let id = "00000009-8f0e-4b7c-9a53-0d3f5a1b2c3d ";
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("bomb-in-a-line.gz", packed(&[pane.as_bytes(), id.as_bytes(), &zeros]), "longer than 4 MB"),
        ("bomb-in-an-entry.gz", packed(&quoted), "larger than 16 MB"),
        ("bomb-in-a-cell.gz", packed(&[b"timestamp,message\n1,\"", &zeros]), "no end within 16 MB"),
        (
            "line.txt",
            [pane.as_bytes(), id.as_bytes(), &zeros, b"\n", id.as_bytes(), b"End Request"].concat(),
            "longer than 4 MB",
        ),
        (
            "one-request.txt",
            [pane.as_bytes(), format!("{id}{}\n", "x".repeat(900_000)).repeat(9).as_bytes()].concat(),
            "",
        ),
    ];
    for (name, bytes, words) in cases {
        let file = written(&folder, name, bytes);
        let start = Instant::now();
        let ran = replay(&file, &["--identity", NADIA]);
        assert!((0..=3).contains(&ran.code) && ran.err.contains(words), "{name}: {} {}", ran.code, ran.err);
        assert!(start.elapsed() < Duration::from_secs(30), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn a_packed_har_is_read_too() {
    let folder = TempDir::new().unwrap();
    let har = std::fs::read(Path::new(API).join("captures/denied-tenant.har")).unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&har).unwrap();
    let ran = replay(&written(&folder, "a.har.gz", packer.finish().unwrap()), &[]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
}
