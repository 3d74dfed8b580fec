//! Running a field: the schema's admission, then its resolver's templates and data sources. Knows the API, the
//! caller and the language; nothing of captures, explanations or terminals.

mod admission;
mod complete;
mod coverage;
mod decision;
pub mod delivery;
mod json_text;
mod logged;
mod misprint;
mod operation;
mod path;
mod plan;
mod recorded;
mod resolver;
pub mod run;
mod selected;
mod template;

use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;
use serde_json::{Map, Value as Json, json};

pub use admission::{Admission, PolicyRefusal, Refusal, admit, denied_for_nothing};
pub use complete::Misfit;
pub use coverage::{Counted, Coverage};
pub use decision::Denial;
pub use delivery::ExtensionCall;
pub use json_text::Flaw;
pub use logged::{LogCheck, RequestLog};
pub use misprint::{Misprint, Printed};
pub use operation::{FieldOutcome, Setting, perform};
pub use recorded::RecordedAnswer;

use logged::FieldLog;

use crate::api::{Api, AuthMode, Resolver, Template};
use crate::compile::{CompileError, Program, compile};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Env;
use crate::source::{ConditionTrace, Data, Kept, Withheld};
use crate::verdict::{Decision, Missing, Stage};

/// Who calls, as the templates and the schema see it.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The mode.
    pub mode: AuthMode,
    /// `$ctx.identity`
    pub identity: &'a Json,
    /// The user pool's groups.
    pub groups: Option<&'a [String]>,
    /// `deniedFields` of a Lambda authorizer.
    pub denied_fields: &'a [String],
    /// Root fields that the caller's IAM policies refuse.
    pub policy_refusals: &'a [PolicyRefusal],
}

/// A field to run.
#[derive(Debug, Clone)]
pub struct FieldInput {
    /// The type that has it.
    pub parent_type: String,
    /// Its name.
    pub field: String,
    /// Its key in the response.
    pub response_key: String,
    /// Its arguments, coerced.
    pub arguments: Map<String, Json>,
    /// The parent object; null at the root.
    pub source: Json,
    /// `$ctx.info` without `fieldName` and `parentTypeName`.
    pub info: Map<String, Json>,
    /// `$ctx.request`
    pub request: Json,
    /// Line and column in the query.
    pub location: Option<(u32, u32)>,
}

impl FieldInput {
    /// A field with arguments and nothing else known.
    pub fn new(parent_type: &str, field: &str, arguments: Map<String, Json>) -> Self {
        FieldInput {
            parent_type: parent_type.to_owned(),
            field: field.to_owned(),
            response_key: field.to_owned(),
            arguments,
            source: Json::Null,
            info: Map::new(),
            request: json!({ "headers": {}, "domainName": null }),
            location: None,
        }
    }
}

/// An error of a field, as it stands in the response.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldFault {
    /// The message.
    pub message: String,
    /// Its type; null for `$util.error(message)`.
    pub error_type: Option<String>,
    /// Its data.
    pub data: Json,
    /// Its info.
    pub info: Json,
}

impl FieldFault {
    fn is_unauthorized(&self) -> bool {
        self.error_type.as_deref() == Some("Unauthorized")
    }

    fn new(message: impl Into<String>, error_type: &str) -> Self {
        FieldFault {
            message: message.into(),
            error_type: Some(error_type.to_owned()),
            data: Json::Null,
            info: Json::Null,
        }
    }

    /// AppSync's refusal of a field.
    pub fn not_authorized(field: &str, parent_type: &str) -> Self {
        FieldFault::new(format!("Not Authorized to access {field} on type {parent_type}"), "Unauthorized")
    }

    /// The error as AppSync words it in `errors`.
    pub fn to_json(&self, path: &[Json], location: Option<(u32, u32)>) -> Json {
        let locations = location.map(|(line, column)| json!([{ "line": line, "column": column, "sourceName": null }]));
        json!({
            "path": path, "data": self.data, "errorType": self.error_type, "errorInfo": self.info,
            "locations": locations, "message": self.message,
        })
    }
}

/// Rows that a response template left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// How many it returned.
    pub kept: usize,
    /// Of how many that the data source gave.
    pub given: usize,
}

/// What became of a field.
#[derive(Debug)]
pub struct Execution {
    /// Its value; null when it failed.
    pub value: Json,
    /// Its errors, in order.
    pub faults: Vec<FieldFault>,
    /// The decision.
    pub decision: Decision,
    /// Where it fell.
    pub stage: Option<Stage>,
    /// How it was denied.
    pub denial: Option<Denial>,
    /// The templates that ran, with their events when they were recorded.
    pub runs: Vec<run::Run>,
    /// What filters removed, with the run whose request asked.
    pub withheld: Vec<(usize, Withheld)>,
    /// What filters and conditions let through, with the run whose request asked; when events were recorded.
    pub kept: Vec<(usize, Kept)>,
    /// The condition that failed last, whatever it spoke of, with the run whose request asked.
    pub failed_condition: Option<(usize, Box<ConditionTrace>)>,
    /// Rows that a response template left out of a list.
    pub dropped: Option<Dropped>,
    /// Whether the resolver left out a value that is there, without an error.
    pub redacted: bool,
    /// What its templates asked of `$extensions`.
    pub extensions: Vec<ExtensionCall>,
    /// Facts that are missing.
    pub missing: Vec<Missing>,
    /// Output that AppSync could not read, when the templates' events were recorded.
    pub misprint: Option<Misprint>,
    /// How its templates compare with those in a log.
    pub log: LogCheck,
    /// Remarks.
    pub notes: Vec<String>,
}

impl Execution {
    /// The error that decided: of appended ones the first that denies, else the last, which ended the resolver.
    pub fn fault(&self) -> Option<&FieldFault> {
        match self.denial {
            Some(Denial::Appended) => self.faults.iter().find(|fault| fault.is_unauthorized()),
            _ => self.faults.last(),
        }
    }

    /// A field that has its value without running anything.
    pub fn of(value: Json) -> Execution {
        Execution {
            value,
            faults: Vec::new(),
            decision: Decision::Allowed,
            stage: None,
            denial: None,
            runs: Vec::new(),
            withheld: Vec::new(),
            kept: Vec::new(),
            failed_condition: None,
            dropped: None,
            redacted: false,
            extensions: Vec::new(),
            missing: Vec::new(),
            misprint: None,
            log: LogCheck::default(),
            notes: Vec::new(),
        }
    }

    /// A field that the schema or the authorizer refused before its resolver.
    pub fn refused(input: &FieldInput, refusal: Refusal) -> Execution {
        let denial = Denial::Schema(refusal);
        Execution {
            faults: vec![FieldFault::not_authorized(&input.field, &input.parent_type)],
            decision: Decision::Denied,
            stage: Some(denial.stage()),
            denial: Some(denial),
            ..Execution::of(Json::Null)
        }
    }
}

/// By field.
type ResolversOfType = FxHashMap<String, Option<Arc<Resolver>>>;

/// Runs fields of one API. Can be shared by threads; programs are compiled once.
#[derive(Debug)]
pub struct Executor<'a> {
    /// The API.
    pub api: &'a Api,
    programs: Arc<Mutex<FxHashMap<String, Arc<Program>>>>,
    /// By type and field; none for a field without a resolver.
    resolvers: Arc<Mutex<FxHashMap<String, ResolversOfType>>>,
    /// Where it is counted what the templates do, if it is.
    coverage: Option<Arc<Coverage>>,
}

impl<'a> Executor<'a> {
    /// Over an API.
    pub fn new(api: &'a Api) -> Self {
        Executor { api, programs: Arc::default(), resolvers: Arc::default(), coverage: None }
    }

    /// The same, counting what the templates do, or no longer.
    #[must_use]
    pub fn counting(&self, coverage: Option<Arc<Coverage>>) -> Executor<'a> {
        Executor { coverage, ..self.over(self.api) }
    }

    /// The same over a variant of the API that has the same resolvers: what is compiled is shared.
    pub fn over<'b>(&self, api: &'b Api) -> Executor<'b> {
        Executor { api, programs: Arc::clone(&self.programs), resolvers: Arc::clone(&self.resolvers), coverage: None }
    }

    /// Runs a text in place of a template's own from here on: what somebody edits and has not saved.
    ///
    /// # Errors
    /// A text that does not parse; the template stays as it was.
    pub fn edit(&self, template: &str, text: &str) -> std::result::Result<(), CompileError> {
        let program = Arc::new(compile(template, text)?);
        let mut programs = self.programs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        programs.insert(template.to_owned(), program);
        Ok(())
    }

    /// Runs a field for a caller over the data, which mutations change. `record` keeps the templates' events.
    ///
    /// # Errors
    /// An API that cannot be read, or a template of it that does not parse.
    pub fn field(
        &self,
        input: &FieldInput,
        caller: Caller<'_>,
        data: &mut Data,
        env: &Env,
        record: bool,
    ) -> Result<Execution> {
        self.asked(input, caller, data, env, record, FieldLog::default())
    }

    /// As [`Executor::field`], with what a log holds of the request: it answers in place of the data sources. The
    /// field is a root field, under its response key.
    ///
    /// # Errors
    /// As [`Executor::field`].
    pub fn logged_field(
        &self,
        input: &FieldInput,
        caller: Caller<'_>,
        data: &mut Data,
        env: &Env,
        log: RequestLog<'_>,
    ) -> Result<Execution> {
        self.asked(input, caller, data, env, true, log.of_field(&[json!(input.response_key)]))
    }

    fn asked(
        &self,
        input: &FieldInput,
        caller: Caller<'_>,
        data: &mut Data,
        env: &Env,
        record: bool,
        log: FieldLog<'_>,
    ) -> Result<Execution> {
        match admit(self.api, &input.parent_type, &input.field, caller) {
            Admission::Refused(refusal) => Ok(Execution::refused(input, refusal)),
            Admission::Admitted(_) => self.admitted(input, caller, data, env, record, log),
        }
    }

    /// Runs a field that the schema lets the caller through to.
    fn admitted(
        &self,
        input: &FieldInput,
        caller: Caller<'_>,
        data: &mut Data,
        env: &Env,
        record: bool,
        log: FieldLog<'_>,
    ) -> Result<Execution> {
        resolver::Running::new(self, input, caller, data, env, record, log).field()
    }

    /// The resolver of a field.
    fn resolver(&self, parent_type: &str, field: &str) -> Result<Option<Arc<Resolver>>> {
        let mut resolvers = self.resolvers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = resolvers.get(parent_type).and_then(|fields| fields.get(field)) {
            return Ok(known.clone());
        }
        let resolver = self.api.resolver(parent_type, field)?.map(Arc::new);
        resolvers.entry(parent_type.to_owned()).or_default().insert(field.to_owned(), resolver.clone());
        Ok(resolver)
    }

    /// The program of a template.
    fn program(&self, template: &Template) -> Result<Arc<Program>> {
        let mut programs = self.programs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(program) = programs.get(&template.name) {
            return Ok(Arc::clone(program));
        }
        let program =
            compile(&template.name, &template.text).map_err(|CompileError { template, place, message }| {
                Error::new(ErrorKind::Template, message).at(template, place.line, place.column)
            })?;
        let program = Arc::new(program);
        programs.insert(template.name.clone(), Arc::clone(&program));
        Ok(program)
    }
}
