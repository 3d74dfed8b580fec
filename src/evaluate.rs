//! One template against one context: the interface of `EvaluateMappingTemplate`, and its line-by-line form that
//! other programs pipe through (`eval --ndjson`). Reads no files itself.

use serde_json::{Map as JsonMap, Value as Json, json};

use crate::compile::{CompileError, compile};
use crate::eval::{Context, End, FailureKind, NoTrace, Outcome, Session, Tracer};
use crate::limits::Env;
use crate::util::{ErrorObject, Host};
use crate::value::parse::parse_json;
use crate::value::{Value, java, json as value_json};

/// What to evaluate.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// The template's text.
    pub template: String,
    /// Its name in places.
    pub name: String,
    /// An AppSync context object.
    pub context: Value,
    /// Further top-level references; they may shadow `ctx` and `util`.
    pub variables: Vec<(String, Value)>,
    /// What `$util.authType()` returns; else it follows from the identity's shape.
    pub auth_type: Option<String>,
}

/// What an evaluation left behind.
#[derive(Debug)]
pub struct Evaluated {
    /// Text and end.
    pub outcome: Outcome,
    /// `$ctx.stash` afterwards.
    pub stash: Value,
    /// Errors appended.
    pub out_errors: Vec<ErrorObject>,
    /// Lines logged.
    pub logs: Vec<String>,
}

impl Evaluation {
    /// Evaluates. Failures of the running template are in the outcome.
    ///
    /// # Errors
    /// A template that does not parse.
    pub fn run<T: Tracer>(&self, env: &Env, tracer: &mut T) -> Result<Evaluated, CompileError> {
        let program = compile(&self.name, &self.template)?;
        let context = Context::from_value(&self.context);
        let auth_type = self.auth_type.as_deref().unwrap_or_else(|| auth_type(&context.identity));
        let mut host = Host { shown_errors: context.out_errors.clone(), ..Host::new(env, auth_type) };
        let bean = context.to_value();
        let variables = [("ctx", bean.clone()), ("context", bean)]
            .into_iter()
            .chain(self.variables.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let outcome = Session::new(&program).run(variables, &mut host, tracer);
        Ok(Evaluated { outcome, stash: context.stash, out_errors: host.out_errors, logs: host.logs })
    }
}

/// What `$ctx.identity` holds for IAM.
const IAM_KEYS: [&str; 8] = [
    "accountId",
    "sourceIp",
    "username",
    "userArn",
    "cognitoIdentityPoolId",
    "cognitoIdentityId",
    "cognitoIdentityAuthType",
    "cognitoIdentityAuthProvider",
];

/// What `$ctx.identity` holds for a user pool; OIDC's is a part of it.
const POOL_KEYS: [&str; 7] = ["sourceIp", "username", "sub", "issuer", "claims", "defaultAuthStrategy", "groups"];

/// The mode that `EvaluateMappingTemplate` derives from the shape of an identity alone (recorded): a foreign key
/// disqualifies a mode, and what fits none is API key.
pub fn auth_type(identity: &Value) -> &'static str {
    let Value::Map(map) = identity else { return "API Key Authorization" };
    let keys: Vec<String> = map.entries().keys().map(|key| java::to_string(&key.0)).collect();
    let only = |allowed: &[&str]| keys.iter().all(|key| allowed.contains(&key.as_str()));
    let has = |names: &[&str]| names.iter().all(|name| map.get_str(name).is_some_and(|value| !value.is_null()));
    if only(&["resolverContext"]) {
        "Lambda Authorization"
    } else if only(&["sub", "issuer", "claims"]) && has(&["sub", "issuer", "claims"]) {
        "Open ID Connect Authorization"
    } else if only(&IAM_KEYS) && has(&["accountId", "sourceIp", "username", "userArn"]) {
        "IAM Authorization"
    } else if only(&POOL_KEYS) && has(&["sourceIp", "username", "sub", "issuer", "claims", "defaultAuthStrategy"]) {
        "User Pool Authorization"
    } else {
        "API Key Authorization"
    }
}

/// Members of a context's identity that no mode has: AWS refuses such a context whole.
pub fn unknown_identity_keys(context: &Value) -> Vec<String> {
    let Value::Map(context) = context else { return Vec::new() };
    let Some(Value::Map(identity)) = context.get_str("identity") else { return Vec::new() };
    let known = |key: &str| IAM_KEYS.contains(&key) || POOL_KEYS.contains(&key) || key == "resolverContext";
    identity.entries().keys().map(|key| java::to_string(&key.0)).filter(|key| !known(key)).collect()
}

/// The value a template gave by `#return`, as text: a string as it is, anything else as JSON.
pub fn returned_text(value: &Value) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        other => value_json::to_json(other),
    }
}

/// The answer of `aws appsync evaluate-mapping-template`: members that do not apply are left out.
pub fn aws_response(result: &Result<Evaluated, CompileError>) -> Json {
    let mut response = JsonMap::new();
    match result {
        Err(error) => {
            let CompileError { place, message, .. } = error;
            let text = format!("{message} at velocity[line {}, column {}]", place.line, place.column);
            response.insert("error".into(), json!({ "message": text }));
        }
        Ok(evaluated) => {
            match &evaluated.outcome.end {
                End::Finished => {
                    response.insert("evaluationResult".into(), json!(evaluated.outcome.output));
                }
                End::Returned(value) => {
                    response.insert("evaluationResult".into(), json!(returned_text(value)));
                }
                End::Failed(failure) => {
                    response.insert("error".into(), json!({ "message": failure.message }));
                }
            }
            response.insert("logs".into(), json!(evaluated.logs));
            response.insert("stash".into(), json!(value_json::to_json(&evaluated.stash)));
            response.insert("outErrors".into(), json!(Json::Array(out_errors(&evaluated.out_errors)).to_string()));
        }
    }
    Json::Object(response)
}

fn out_errors(errors: &[ErrorObject]) -> Vec<Json> {
    errors.iter().map(|error| value_json::to_json_value(&error.to_value())).collect()
}

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
        answer.insert("outErrors".into(), Json::Array(out_errors(&evaluated.out_errors)));
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
