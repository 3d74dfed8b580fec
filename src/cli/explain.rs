//! `vtlens explain`.

use std::path::Path;

use serde_json::{Map, Value as Json};

use super::args::Explain;
use super::{Exit, Output, inputs, places, secrets};
use crate::api::{Api, AuthMode};
use crate::execute::FieldInput;
use crate::identity::IdentityFacts;
use crate::report::{Report, RequestSource};
use crate::request::{CapturedRequest, GraphQlBody, operation};
use crate::source_file::SourceFile;
use crate::{Error, ErrorKind, Result, json_file, replay};

/// Runs the command.
///
/// # Errors
/// A field, query, API, data or facts that cannot be used.
pub(super) fn run(args: &Explain) -> Result<Exit> {
    let output = Output::new(&args.output);
    args.args.iter().chain(&args.source).for_each(|text| secrets::learn(text));
    let api = inputs::api(&args.api)?;
    let mut replay = inputs::replay(&api, &args.facts, &args.checks)?;
    replay.show_secrets = args.output.show_secrets;
    replay.explain_allowed = args.allowed || args.output.verbose;
    replay.trace = output.wants_trace(args.format);
    if let (true, Some(field)) = (args.who_can, &args.field) {
        let (parent_type, name) = declared(&api, field)?;
        output.who_can(&replay.who_can(parent_type, name)?, args.format)?;
        return Ok(Exit::Allowed);
    }
    if !replay.facts_by_request.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "the --identity file names the callers of single requests of a log")
            .help("describe one caller: `{\"mode\": \"userPool\", \"claims\": {..}}`"));
    }
    if replay.facts.is_none() {
        // Without facts only a caller with an API key is fully known.
        if !api.modes().any(|mode| mode == AuthMode::ApiKey) {
            return Err(Error::new(ErrorKind::Usage, "who asks? the caller is not known").help(
                "describe the caller in a file: `--identity FILE`, as `{\"mode\": \"userPool\", \"claims\": {..}}`",
            ));
        }
        replay.facts = Some(IdentityFacts::of_mode(AuthMode::ApiKey));
    }
    let report = match (&args.field, &args.query) {
        (Some(field), _) => {
            let input = field_input(&api, field, args)?;
            match &args.deliver {
                Some(file) => replay.delivery(&input, &event(&api, &input, file)?)?,
                None => replay.field(&input)?,
            }
        }
        (None, Some(query)) => {
            let variables = match &args.variables {
                Some(file) => object(&inputs::shown(file), &inputs::text(file, ErrorKind::Usage)?)?,
                None => Map::new(),
            };
            let (file, text) = (inputs::shown(query), inputs::text(query, ErrorKind::GraphQl)?);
            let operation = args.operation.as_deref();
            operation::check(&api.schema, SourceFile::new(file.as_str(), text.as_str()), &variables, operation)?;
            let request = CapturedRequest {
                source: RequestSource { file, entry: None, kind: "query" },
                method: "POST".to_owned(),
                body: GraphQlBody::new(text, variables, args.operation.clone()),
                ..CapturedRequest::default()
            };
            replay.request(&request)?
        }
        (None, None) => return Err(Error::new(ErrorKind::Usage, "neither `--field` nor `--query` was given")),
    };
    let mut report = Report::new(vec![report]);
    places::find(&api, &mut report);
    output.report(&report, args.format)?;
    Ok(Exit::of_report(&report))
}

/// A field that the schema has: its type and its name.
fn declared<'f>(api: &Api, field: &'f str) -> Result<(&'f str, &'f str)> {
    let Some((parent, name)) = field.split_once('.') else {
        return Err(Error::new(ErrorKind::Usage, format!("`{field}` is no field"))
            .help("name the type too, as in `Mutation.updatePost`"));
    };
    if let Some(help) = replay::unknown_field(&api.schema, parent, name) {
        return Err(Error::new(ErrorKind::Usage, format!("the schema has no field `{field}`")).help(help));
    }
    Ok((parent, name))
}

fn field_input(api: &Api, field: &str, args: &Explain) -> Result<FieldInput> {
    let (parent, name) = declared(api, field)?;
    let arguments = args.args.as_deref().map_or_else(|| Ok(Map::new()), |text| object("--args", text))?;
    // AppSync refuses a request with an argument that the schema does not have, whoever asks.
    if let Some(unknown) = replay::unknown_arguments(&api.schema, parent, name, &arguments).first() {
        return Err(Error::new(ErrorKind::Usage, unknown.message()).in_file("--args").help(unknown.help()));
    }
    let source = match &args.source {
        Some(text) => json_file::parse(ErrorKind::Usage, "--source", text)?,
        None => Json::Null,
    };
    Ok(FieldInput { source, ..FieldInput::new(parent, name, arguments) })
}

/// The event that `--deliver` names.
fn event(api: &Api, input: &FieldInput, file: &Path) -> Result<Json> {
    let root = api.schema.subscription_type();
    if input.parent_type != root {
        let message = format!("`{}.{}` is no subscription, so nothing is delivered", input.parent_type, input.field);
        return Err(Error::new(ErrorKind::Usage, message).help(format!("name a field of `{root}` with --field")));
    }
    object(&inputs::shown(file), &inputs::text(file, ErrorKind::Usage)?).map(Json::Object)
}

fn object(name: &str, text: &str) -> Result<Map<String, Json>> {
    match json_file::parse(ErrorKind::Usage, name, text)? {
        Json::Object(members) => Ok(members),
        other => {
            Err(Error::new(ErrorKind::Usage, format!("a JSON object is needed, not {}", json_file::describe(&other)))
                .in_file(name))
        }
    }
}
