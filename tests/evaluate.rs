//! `vtlens eval` takes what `aws appsync evaluate-mapping-template` takes, and answers as it does. Each row of
//! `tests/conformance/evaluate-mapping-template.jsonl` is one call: `template`, `context` (a JSON text, as AWS takes it),
//! and the answer it must give, whole (`expect`; `<uuid>` stands for any id) or in part (`contains`), or the error that
//! refuses the call (`refused`). `undecided` rows exit 3.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use assert_cmd::Command;
use serde_json::Value as Json;

struct Answer {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn eval(template: &str, context: Option<&str>) -> Answer {
    let mut command = Command::cargo_bin("vtlens").unwrap();
    command.env("NO_COLOR", "1").args(["eval", "--template", template]);
    let output = command.args(context.map(|context| ["--context", context]).iter().flatten()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn calls_are_answered_as_by_aws() {
    let text = std::fs::read_to_string("tests/conformance/evaluate-mapping-template.jsonl").unwrap();
    let mut differences = Vec::new();
    for line in text.lines() {
        let row: Json = serde_json::from_str(line).unwrap();
        let answer = eval(row["template"].as_str().unwrap(), row["context"].as_str());
        if let Some(difference) = difference(&row, &answer) {
            differences.push(format!("{} ({}): {difference}", row["id"], row["protects"]));
        }
    }
    let count = text.lines().count();
    assert!(count >= 35, "only {count} rows");
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), differences.join("\n"));
}

fn difference(row: &Json, answer: &Answer) -> Option<String> {
    if let Some(refused) = row.get("refused") {
        let whole = answer.code == Some(2) && answer.stdout.is_empty();
        let said = answer.stderr.contains(refused.as_str().unwrap());
        return (!whole || !said).then(|| format!("exit {:?}, {}{}", answer.code, answer.stdout, answer.stderr));
    }
    let code = if row["undecided"] == true { 3 } else { 0 };
    let Ok(got) = serde_json::from_str::<Json>(&answer.stdout) else { return Some(answer.stderr.clone()) };
    let same = match row.get("contains") {
        Some(part) => contains(part, &got),
        None => {
            let keys = |json: &Json| json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            keys(&row["expect"]) == keys(&got)
                && row["expect"].as_object().unwrap().iter().all(|(name, expected)| equal(expected, &got[name]))
        }
    };
    (!same || answer.code != Some(code) || !answer.stderr.is_empty())
        .then(|| format!("exit {:?}, {}{}", answer.code, answer.stdout, answer.stderr))
}

/// Equal, where `<uuid>` stands for 36 characters.
fn equal(expected: &Json, got: &Json) -> bool {
    match (expected.as_str().and_then(|text| text.split_once("<uuid>")), got.as_str()) {
        (Some((before, after)), Some(got)) => {
            let between = got.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            between.is_some_and(|id| id.len() == 36 && id.split('-').count() == 5)
        }
        _ => expected == got,
    }
}

/// Whether every text of the part is within the text at the same place.
fn contains(part: &Json, whole: &Json) -> bool {
    match part {
        Json::Object(members) => members.iter().all(|(name, part)| contains(part, &whole[name])),
        Json::String(text) => whole.as_str().is_some_and(|whole| whole.contains(text.as_str())),
        other => other == whole,
    }
}

#[test]
fn beyond_the_limits_of_aws_there_is_a_warning_and_an_answer() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("file://{}", path.display())
    };
    let context = |length: usize| {
        let (open, close) = (r#"{"arguments":{"x":""#, r#""}}"#);
        format!("{open}{}{close}", "y".repeat(length - open.len() - close.len()))
    };
    let beyond = |what: &str, count: usize, most: usize| {
        format!("warning: the {what} has {count} characters, where AppSync takes 2 to {most}\n")
    };
    for (template, length, warning) in [
        ("é".repeat(65_536), 28_000, String::new()),
        ("é".repeat(65_537), 28_000, beyond("template", 65_537, 65_536)),
        ("ab".to_owned(), 28_001, beyond("context", 28_001, 28_000)),
        ("a".to_owned(), 28_000, beyond("template", 1, 65_536)),
    ] {
        let answer = eval(&file("template.vtl", &template), Some(&file("context.json", &context(length))));
        let got: Json = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(got["evaluationResult"].as_str(), Some(template.as_str()));
        assert_eq!((answer.code, answer.stderr), (Some(0), warning));
    }
}
