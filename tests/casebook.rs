//! The casebook: what happened to people in public, as cases that run. Each file under `tests/casebook/A` … `K` is one
//! of them: an API, what was sent and answered, and what vtlens has to say about it. Protects the answer itself: the
//! stage, the cause and the words without which this person would not have been helped.
//!
//! A case that waits for something not built yet says so (`needs: iam`): it is counted, and fails here as soon as it
//! holds, so that the mark goes. `VTLENS_CASE=A01` prints the answers of the cases whose names begin so.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "casebook/case.rs"]
mod case;
#[path = "support/packed.rs"]
mod packed;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use case::{Case, Expected};
use serde_json::Value as Json;
use vtlens::render::{self, Options};
use vtlens::report::{Report, RequestReport};

const ROOT: &str = "tests/casebook";

fn files() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ('A'..='K')
        .flat_map(|class| std::fs::read_dir(Path::new(ROOT).join(class.to_string())).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    found.sort();
    found
}

/// The text as a reader takes it in: without the breaks of its lines.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

/// What does not hold of an answer; nothing when all is as expected.
fn judge(report: &Json, expected: &Expected, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compare = |what: &str, expected: &Option<Json>, found: &Json| {
        if let Some(expected) = expected.as_ref().filter(|expected| *expected != found) {
            wrong.push(format!("{what}: expected {expected}, found {found}"));
        }
    };
    compare("status", &expected.status, &report["response"]["status"]);
    compare("decision", &expected.decision, &report["decision"]);
    compare("stage", &expected.stage, &report["stage"]);
    compare("cause", &expected.cause, &report["cause"]["code"]);
    compare("message", &expected.message, &report["response"]["body"]["errors"][0]["message"]);
    compare("errorType", &expected.error_type, &report["response"]["body"]["errors"][0]["errorType"]);
    let fields = report["fields"].as_array().map_or(&[][..], Vec::as_slice);
    for (name, decision) in &expected.fields {
        let named = |field: &&Json| name.split_once('.') == field["parentType"].as_str().zip(field["field"].as_str());
        let found = fields.iter().find(named).map_or(&Json::Null, |field| &field["decision"]);
        compare(name, &Some(decision.clone()), found);
    }
    let hazards: Vec<&Json> = fields.iter().filter_map(|field| field["hazards"].as_array()).flatten().collect();
    for code in expected.hazards.iter().filter(|code| !hazards.iter().any(|hazard| hazard["code"] == code.as_str())) {
        wrong.push(format!("no hazard `{code}`"));
    }
    if report["reproduced"] == !expected.reproduced.unwrap_or(true) {
        wrong.push(format!("reproduced: {}; {}", report["reproduced"], report["differences"]));
    }
    wrong.extend(unsaid(expected, text));
    wrong
}

/// The phrases that the text lacks, and those it should not have.
fn unsaid(expected: &Expected, text: &str) -> Vec<String> {
    let said = in_one_line(text);
    let lacking = expected.says.iter().filter(|phrase| !said.contains(&in_one_line(phrase)));
    let mut wrong: Vec<String> = lacking.map(|phrase| format!("does not say: {phrase}")).collect();
    let too_much = expected.never_says.iter().filter(|phrase| said.contains(&in_one_line(phrase)));
    wrong.extend(too_much.map(|phrase| format!("says: {phrase}")));
    wrong
}

/// Runs a case: what does not hold of it, and what vtlens printed.
fn run(case: &Case) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = case.api_folder(folder.path());
    if let Some(code) = &case.expect.first().expect("something is expected").check {
        let text = case.printed("check", &[], &path, folder.path(), "text");
        let mut wrong = unsaid(&case.expect[0], &text);
        if !text.contains(code.as_str()) {
            wrong.push(format!("`vtlens check` does not find {code}"));
        }
        return (wrong, text);
    }
    // A log is read as a stream, which is the command's; everything else goes through the library, as it is faster.
    let answers = if case.is_text() { by_command(case, &path, folder.path()) } else { by_library(case, &path) };
    let (reports, texts) = match answers {
        Ok(answers) => answers,
        Err(error) => return (vec![error], String::new()),
    };
    if reports.len() != case.expect.len() {
        return (vec![format!("{} requests, {} expected", reports.len(), case.expect.len())], texts.concat());
    }
    let several = reports.len() > 1;
    let mut wrong = Vec::new();
    for (turn, expected) in case.expect.iter().enumerate() {
        let of = if several { format!("request {turn}: ") } else { String::new() };
        wrong.extend(judge(&reports[turn], expected, &texts[turn]).into_iter().map(|what| of.clone() + &what));
    }
    (wrong, texts.concat())
}

/// Reports and texts, one of each a request; or the error.
type Answers = Result<(Vec<Json>, Vec<String>), String>;

fn by_library(case: &Case, api: &Path) -> Answers {
    let reports = case.replayed(api).map_err(|error| format!("{error:#}"))?;
    let text = |report: &RequestReport| render::text(&Report::new(vec![report.clone()]), &Options::default());
    let texts = reports.iter().map(text).collect();
    let json: Json = serde_json::from_str(&render::json(&Report::new(reports))).unwrap();
    Ok((json["requests"].as_array().unwrap().clone(), texts))
}

fn by_command(case: &Case, api: &Path, folder: &Path) -> Answers {
    let capture = folder.join("capture.txt");
    std::fs::write(&capture, case.capture_text()).unwrap();
    let capture = capture.to_str().unwrap();
    let json = case.printed("replay", &[capture], api, folder, "json");
    let Ok(json) = serde_json::from_str::<Json>(&json) else { return Err(json) };
    Ok((json["requests"].as_array().unwrap().clone(), vec![case.printed("replay", &[capture], api, folder, "text")]))
}

#[test]
fn what_happened_to_people_is_answered() {
    let shown = std::env::var("VTLENS_CASE").ok();
    let mut failures = String::new();
    let mut waiting: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files() {
        let case_name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if shown.as_ref().is_some_and(|prefix| !case_name.starts_with(prefix)) {
            continue;
        }
        let case = Case::read(&file);
        let (wrong, text) = run(&case);
        if shown.is_some() {
            println!("\n== {case_name}: {}\n{text}\n{}", case.note.trim(), wrong.join("\n"));
        }
        match (&case.needs, wrong.is_empty()) {
            (None, true) => {}
            (None, false) => failures += &format!("\n{case_name}\n    {}\n", wrong.join("\n    ")),
            (Some(needs), false) => waiting.entry(needs.clone()).or_default().push(case_name),
            (Some(needs), true) => failures += &format!("\n{case_name}\n    holds: take `needs: {needs}` out\n"),
        }
    }
    for (needs, cases) in &waiting {
        // Past the harness, which shows nothing of a test that passes.
        let _ = writeln!(std::io::stderr(), "casebook: {} wait for {needs}: {}", cases.len(), cases.join(", "));
    }
    assert!(failures.is_empty(), "{failures}");
}

/// `rows.txt` lists what is known of public threads; a row is run, or `not-run.md` says why it is not.
#[test]
fn every_row_has_a_case_or_a_reason() {
    let read = |name: &str| std::fs::read_to_string(Path::new(ROOT).join(name)).unwrap();
    let rows: BTreeSet<String> = read("rows.txt")
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    let excused: BTreeSet<String> = read("not-run.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next().map(str::to_owned))
        .filter(|row| rows.contains(row))
        .collect();
    let files = files();
    let mut run = BTreeSet::new();
    for file in &files {
        let case = Case::read(file);
        assert!(rows.contains(&case.row), "{}: there is no row {}", file.display(), case.row);
        let class = file.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        assert!(case.row.starts_with(&class), "{}: row {} is of another class", file.display(), case.row);
        assert!(!case.expect.iter().all(|expected| expected.says.is_empty()), "{}: says nothing", file.display());
        run.insert(case.row);
    }
    let left: Vec<&String> = rows.iter().filter(|row| !run.contains(*row) && !excused.contains(*row)).collect();
    assert!(left.is_empty(), "neither run nor in not-run.md: {left:?}");
    let both: Vec<&String> = excused.intersection(&run).collect();
    assert!(both.is_empty(), "run, and in not-run.md: {both:?}");
    assert!(files.len() >= 75, "only {} cases", files.len());
}

/// Fixes are offered for what is denied; `no-fix.md` lists the cases that have none, each with the reason. Protects that
/// none is lost unseen.
#[test]
fn what_is_denied_has_a_way_out_or_a_reason() {
    let mut without = BTreeMap::new();
    let mut denied = 0;
    for file in files() {
        let case_name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let case = Case::read(&file);
        if case.needs.is_some() || case.expect[0].check.is_some() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = case.api_folder(folder.path());
        let answers = if case.is_text() { by_command(&case, &path, folder.path()) } else { by_library(&case, &path) };
        let (reports, _) = answers.unwrap_or_else(|error| panic!("{case_name}: {error}"));
        for report in reports.iter().filter(|report| report["decision"] == "denied") {
            denied += 1;
            let fields = report["fields"].as_array().map_or(&[][..], Vec::as_slice);
            if !fields.iter().chain([report]).any(|part| part["fixes"].is_array()) {
                without.insert(case_name.clone(), report["cause"]["code"].as_str().unwrap_or_default().to_owned());
            }
        }
    }
    let listed = std::fs::read_to_string(Path::new(ROOT).join("no-fix.md")).unwrap();
    let rows = listed.lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: BTreeMap<String, String> = rows
        .filter_map(|row| row.split_once("` | `"))
        .map(|(name, rest)| (name.to_owned(), rest.split('`').next().unwrap().to_owned()))
        .collect();
    let _ = writeln!(std::io::stderr(), "casebook: {denied} denied, {} of them without a fix", without.len());
    assert_eq!(without, listed, "tests/casebook/no-fix.md lists other cases");
}
