//! `eval --ndjson`: one evaluation a line.

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{Evaluated, Evaluation, out_errors, returned_text};
use crate::eval::{End, FailureKind, NoTrace};
use crate::limits::Env;
use crate::value::parse::parse_json;
use crate::value::{Value, java, json as value_json};

/// One line in, one line out (without line ends). `read_template` answers `templateFile`.
///
/// ```
/// use vtlens::{evaluate::ndjson_line, limits::Env};
/// let line = r#"{"id": 1, "template": "Hi $ctx.args.name", "context": {"arguments": {"name": "Ann"}}}"#;
/// let answer = ndjson_line(line, &Env::at(0), &|_| Err("no files here".into()));
/// assert_eq!(answer, r#"{"id":1,"ok":true,"out":"Hi Ann"}"#);
/// ```
pub fn ndjson_line(line: &str, env: &Env, read_template: &dyn Fn(&str) -> Result<String, String>) -> String {
    let mut answer = JsonMap::new();
    let input = match parse_json(line) {
        Ok(Value::Map(map)) => map,
        Ok(_) => return input_fault(answer, "the line is JSON, but no object", 1),
        Err(error) => {
            let column = line.get(..error.offset).map_or(1, |before| before.chars().count() + 1);
            return input_fault(answer, &format!("the line is not JSON: {}", error.message), column);
        }
    };
    if let Some(id) = input.get_str("id") {
        answer.insert("id".into(), value_json::to_json_value(&id));
    }
    let evaluation = match evaluation_of(&input, read_template) {
        Ok(evaluation) => evaluation,
        Err(message) => return input_fault(answer, &message, 1),
    };
    match evaluation.run(env, &mut NoTrace) {
        Err(error) => fault(&mut answer, "parse", &error.message, (error.place.line, error.place.column)),
        Ok(evaluated) => {
            let source = crate::source_file::SourceFile::new("", evaluation.template.as_str());
            describe(&mut answer, &evaluated, &source);
        }
    }
    Json::Object(answer).to_string()
}

fn evaluation_of(
    input: &crate::value::Map,
    read_template: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Evaluation, String> {
    let text = |key: &str| match input.get_str(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Str(text)) => Ok(Some(text.to_string())),
        Some(_) => Err(format!("`{key}` must be text")),
    };
    let template = match (text("template")?, text("templateFile")?) {
        (Some(template), _) => template,
        (None, Some(file)) => read_template(&file)?,
        (None, None) => return Err("neither `template` nor `templateFile` is there".into()),
    };
    let variables = match input.get_str("vars") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Map(map)) => {
            map.entries().iter().map(|(key, value)| (java::to_string(&key.0), value.clone())).collect()
        }
        Some(_) => return Err("`vars` must be an object".into()),
    };
    let context = match input.get_str("context") {
        None => Value::Null,
        Some(context @ (Value::Map(_) | Value::Null)) => context,
        Some(_) => return Err("`context` must be an object".into()),
    };
    Ok(Evaluation { template, name: "template".into(), context, variables, auth_type: text("authType")? })
}

fn describe(answer: &mut JsonMap<String, Json>, evaluated: &Evaluated, source: &crate::source_file::SourceFile) {
    match &evaluated.outcome.end {
        End::Failed(failure) => {
            let kind = match failure.kind {
                FailureKind::Unauthorized => "unauthorized",
                FailureKind::Error => "error",
                FailureKind::Runtime => "runtime",
                FailureKind::Limit => "limit",
                FailureKind::Undecided => "undecided",
            };
            let place = source.line_column(failure.at);
            fault(answer, kind, &failure.message, (place.line, place.column));
            if let Some(error_type) = &failure.error_type {
                answer.insert("errorType".into(), json!(error_type));
            }
        }
        end => {
            answer.insert("ok".into(), json!(true));
            answer.insert("out".into(), json!(evaluated.outcome.output));
            if let End::Returned(value) = end {
                answer.insert("isReturn".into(), json!(true));
                answer.insert("returned".into(), json!(returned_text(value)));
            }
        }
    }
    if matches!(&evaluated.stash, Value::Map(map) if !map.entries().is_empty()) {
        answer.insert("stash".into(), value_json::to_json_value(&evaluated.stash));
    }
    if !evaluated.out_errors.is_empty() {
        answer.insert("outErrors".into(), value_json::to_json_value(&out_errors(&evaluated.out_errors)));
    }
    if !evaluated.logs.is_empty() {
        answer.insert("logs".into(), json!(evaluated.logs));
    }
}

fn fault(answer: &mut JsonMap<String, Json>, kind: &str, message: &str, (line, column): (u32, u32)) {
    answer.insert("ok".into(), json!(false));
    answer.insert("kind".into(), json!(kind));
    answer.insert("error".into(), json!(message));
    answer.insert("line".into(), json!(line));
    answer.insert("column".into(), json!(column));
}

fn input_fault(mut answer: JsonMap<String, Json>, message: &str, column: usize) -> String {
    fault(&mut answer, "input", message, (1, u32::try_from(column).unwrap_or(u32::MAX)));
    Json::Object(answer).to_string()
}
