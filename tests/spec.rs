//! The language, one small template at a time. Each file of `tests/spec` opens with a JSON object between two lines
//! `---` that says what it protects; what the template does stands in a snapshot of `tests/snapshots`.
//!
//! A file called `err_*` fails to parse or to run, the others do neither. Members of the object: `protects` (a
//! sentence), `vars`, `context`, `authType` (as `eval --ndjson` takes them), `lineEnds` (instead of `\n`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value as Json};
use vtlens::eval::{End, NoTrace};
use vtlens::evaluate::{Evaluated, Evaluation, returned_text};
use vtlens::limits::Env;
use vtlens::source_file::SourceFile;
use vtlens::value::{Value, json};

/// 2024-01-01T00:00:00Z
const NOW: i64 = 1_704_067_200_000;

#[test]
fn language() {
    insta::glob!("spec/**/*.vtl", |path| {
        let (front, evaluation) = read(path);
        let (fails, shown) = show(&evaluation);
        let name = path.file_stem().unwrap().to_string_lossy();
        assert_eq!(fails, name.starts_with("err_"), "{} and its name disagree:\n{shown}", path.display());
        let protects = front["protects"].as_str().unwrap();
        insta::with_settings!({ description => protects, omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(shown);
        });
    });
}

/// The front matter, and the rest of the file without its last line end.
fn read(path: &Path) -> (Map<String, Json>, Evaluation) {
    let text = std::fs::read_to_string(path).unwrap();
    let front = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    let (front, template) = front.unwrap_or_else(|| panic!("{}: no front matter", path.display()));
    let front: Map<String, Json> = serde_json::from_str(front).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let known = ["protects", "vars", "context", "authType", "lineEnds"];
    let unknown = front.keys().find(|key| !known.contains(&key.as_str()));
    assert_eq!(unknown, None, "{}: a member that means nothing", path.display());
    let template = template.strip_suffix('\n').expect("the file ends in a line end");
    let vars = front.get("vars").and_then(Json::as_object).into_iter().flatten();
    let evaluation = Evaluation {
        template: front.get("lineEnds").map_or(template.into(), |ends| template.replace('\n', ends.as_str().unwrap())),
        name: "template".into(),
        context: front.get("context").map_or(Value::Null, json::from_json),
        variables: vars.map(|(name, value)| (name.clone(), json::from_json(value))).collect(),
        auth_type: front.get("authType").map(|name| name.as_str().unwrap().to_owned()),
    };
    (front, evaluation)
}

/// Whether the template fails, and what it does in a reader's form.
fn show(evaluation: &Evaluation) -> (bool, String) {
    let source = SourceFile::new("template", evaluation.template.as_str());
    let mut out = String::new();
    let fails = match evaluation.run(&Env::at(NOW), &mut NoTrace) {
        Err(error) => {
            out.push_str("does not parse\n");
            point(&mut out, &source, error.place.line, error.place.column, &error.message);
            true
        }
        Ok(Evaluated { outcome, stash, out_errors, logs }) => {
            let fails = match outcome.end {
                End::Finished => {
                    lines(&mut out, "prints", &outcome.output);
                    false
                }
                End::Returned(value) => {
                    lines(&mut out, "returns", &returned_text(&value));
                    false
                }
                End::Failed(failure) => {
                    let kind = format!("{:?}", failure.kind).to_lowercase();
                    let place = source.line_column(failure.at);
                    writeln!(out, "fails ({kind})").unwrap();
                    point(&mut out, &source, place.line, place.column, &failure.message);
                    for (name, value) in [("data", &failure.data), ("info", &failure.info)] {
                        if !value.is_null() {
                            writeln!(out, "  {name}: {}", json::to_json(value)).unwrap();
                        }
                    }
                    if let Some(error_type) = failure.error_type {
                        writeln!(out, "  type: {error_type}").unwrap();
                    }
                    true
                }
            };
            if json::to_json(&stash) != "{}" {
                writeln!(out, "stash: {}", json::to_json(&stash)).unwrap();
            }
            for error in out_errors {
                writeln!(out, "appends an error: {:?} of type {:?}", error.message, error.error_type).unwrap();
            }
            logs.iter().for_each(|line| writeln!(out, "logs: {line}").unwrap());
            fails
        }
    };
    (fails, out)
}

/// Every line quoted, so that white space can be seen.
fn lines(out: &mut String, verb: &str, text: &str) {
    writeln!(out, "{verb}").unwrap();
    text.split_inclusive('\n').for_each(|line| writeln!(out, "  {line:?}").unwrap());
}

/// The line of the template with a mark under the place.
fn point(out: &mut String, source: &SourceFile, line: u32, column: u32, message: &str) {
    let gutter = format!("  {line} | ");
    writeln!(out, "{gutter}{}", source.line(line)).unwrap();
    writeln!(out, "{:width$}^ {message}", "", width = gutter.len() + column as usize - 1).unwrap();
}
