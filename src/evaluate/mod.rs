//! One template against one context: as `EvaluateMappingTemplate` of AppSync does ([`aws`]), and line by line, as other
//! programs pipe through (`eval --ndjson`). Reads no files itself.

pub mod aws;
mod identity;
mod ndjson;

pub use identity::auth_type;
pub use ndjson::ndjson_line;

use crate::compile::{CompileError, compile};
use crate::eval::{Context, Outcome, Session, Tracer};
use crate::limits::Env;
use crate::util::{ErrorObject, Host};
use crate::value::{Value, json as value_json};

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

/// The value a template gave by `#return`, as text: a string as it is, anything else as JSON. Unverified: that the
/// service gives a string as it is; `#return($util.toJson(..))` then reads as the same text without `#return`.
pub fn returned_text(value: &Value) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        other => value_json::to_json(other),
    }
}

fn out_errors(errors: &[ErrorObject]) -> Value {
    Value::list(errors.iter().map(ErrorObject::to_value).collect())
}
