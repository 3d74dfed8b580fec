//! `vtlens eval`: one template, or a stream of them.

use std::io::{BufRead as _, Write as _};
use std::path::Path;

use serde_json::{Value as Json, json};

use super::args::{Eval, OutputArgs};
use super::output::warn;
use super::{Exit, Output, inputs, secrets};
use crate::compile::program::StatementKind;
use crate::eval::{Event, NoTrace, Recorder};
use crate::evaluate::{Evaluation, aws, ndjson_line};
use crate::limits::Env;
use crate::secrets::Secrets;
use crate::value::Value;
use crate::{Error, ErrorKind, Result};

/// Runs the command.
///
/// # Errors
/// A template file, context or references that cannot be used.
pub(super) fn run(args: &Eval) -> Result<Exit> {
    let now = args.now.map_or_else(inputs::now, jiff::Timestamp::as_millisecond);
    let output = Output::new(&OutputArgs {
        output: args.output.clone(),
        show_secrets: args.show_secrets,
        ..OutputArgs::default()
    });
    if args.ndjson {
        return stream(now, args.output.as_deref(), args.show_secrets);
    }
    let (name, template) = text_or_file(args.template.as_deref().unwrap_or_default(), "template")?;
    let (context_name, context) = text_or_file(args.context.as_deref().unwrap_or("{}"), "context")?;
    secrets::learn(&context);
    for warning in aws::warnings(&template, &context) {
        warn(&warning);
    }
    let context = aws::context(&context_name, &context)?;
    let variables = match &args.vars {
        Some(file) => match aws::json_value(&inputs::shown(file), &inputs::text(file, ErrorKind::Data)?)? {
            Value::Map(map) => map
                .entries()
                .iter()
                .map(|(key, value)| (crate::value::java::to_string(&key.0), value.clone()))
                .collect(),
            _ => return Err(Error::new(ErrorKind::Data, "references are a JSON object").in_file(inputs::shown(file))),
        },
        None => Vec::new(),
    };
    let evaluation = Evaluation { template, name, context, variables, auth_type: None };
    let env = Env::at(now);
    let mut recorder = Recorder::new();
    let result = if args.trace { evaluation.run(&env, &mut recorder) } else { evaluation.run(&env, &mut NoTrace) };
    let mut response = aws::response(&result);
    if let (true, Some(members)) = (args.trace, response.as_object_mut()) {
        members.insert("trace".into(), branches(&evaluation, &recorder));
    }
    output.json(&response)?;
    Ok(if aws::is_undecided(&result) { Exit::Undecided } else { Exit::Allowed })
}

/// Lines in, lines out, in constant memory.
fn stream(now: i64, output: Option<&Path>, show_secrets: bool) -> Result<Exit> {
    let failed = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot be written: {error}"));
    let mut out: Box<dyn std::io::Write> = match output {
        Some(file) => Box::new(std::io::BufWriter::new(std::fs::File::create(file).map_err(failed)?)),
        None => Box::new(std::io::BufWriter::new(std::io::stdout().lock())),
    };
    let read = |file: &str| inputs::text(Path::new(file), ErrorKind::Template).map_err(|error| error.to_string());
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let count = input
            .read_until(b'\n', &mut line)
            .map_err(|error| Error::new(ErrorKind::Io, format!("stdin cannot be read: {error}")))?;
        if count == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        let answer = ndjson_line(text.trim_end_matches(['\n', '\r']), &Env::at(now), &read);
        let answer = if show_secrets { answer } else { without_secrets(&text, &answer) };
        if let Err(error) = writeln!(out, "{answer}") {
            return closed(error);
        }
        // Whoever pipes one line in waits for one line out.
        if input.fill_buf().is_ok_and(<[u8]>::is_empty) {
            break;
        }
    }
    out.flush().map_or_else(closed, |()| Ok(Exit::Allowed))
}

/// An answer without the credentials of its line; each line has its own.
fn without_secrets(line: &str, answer: &str) -> String {
    let mut secrets = Secrets::new();
    secrets.learn(line);
    secrets.mask_json_text(answer)
}

/// A pipe that closed ends the stream; any other failure is one.
fn closed(error: std::io::Error) -> Result<Exit> {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        return Ok(Exit::Allowed);
    }
    Err(Error::new(ErrorKind::Io, format!("cannot be written: {error}")).caused_by(error))
}

/// The AWS CLI's way: `file://PATH`, else the text itself.
fn text_or_file(given: &str, name: &str) -> Result<(String, String)> {
    match given.strip_prefix("file://") {
        Some(path) => Ok((path.to_owned(), inputs::text(Path::new(path), ErrorKind::Template)?)),
        None => Ok((name.to_owned(), given.to_owned())),
    }
}

/// Every `#if` that was reached: its place, its first condition, and which arm ran.
fn branches(evaluation: &Evaluation, recorder: &Recorder) -> Json {
    let Ok(program) = crate::compile::compile(&evaluation.name, &evaluation.template) else { return Json::Null };
    let arms = recorder.events.iter().filter_map(|event| {
        let Event::Arm { statement, arm } = event else { return None };
        let node = &program.statements[statement.0];
        let StatementKind::If(arms) = &node.kind else { return None };
        let chosen = arm.and_then(|arm| arms.get(usize::from(arm)));
        let condition = chosen.or(arms.first()).and_then(|arm| arm.condition);
        let place = program.source.line_column(node.span.start);
        Some(json!({
            "line": place.line,
            "column": place.column,
            "condition": condition.map(|condition| program.source_text(program.expressions[condition.0].span)),
            "arm": arm,
        }))
    });
    Json::Array(arms.collect())
}
