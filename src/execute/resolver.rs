//! Unit and pipeline resolvers (appsync-context §6).

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::decision::{Denial, decide};
use super::logged::{FieldLog, LogCheck, Place};
use super::misprint::{self, Misprint};
use super::run::{FromTable, Part, Run};
use super::template::{self, Rendered, Unread};
use super::{Caller, Dropped, Execution, Executor, ExtensionCall, FieldFault, FieldInput};
use crate::api::{Code, ConflictHandler, DataSource, DataSourceKind, Function, ResolverKind, Template};
use crate::error::Result;
use crate::eval::{Context, Failure, FailureKind};
use crate::limits::Env;
use crate::request::cloudwatch::LoggedStep;
use crate::source::{self, ConditionTrace, Data, Kept, Reply, Withheld};
use crate::util::{ErrorObject, Host};
use crate::value::{Value, java, json as value_json};
use crate::verdict::{Decision, Missing, Stage, Unanswered};

/// How the resolver ended.
pub(super) enum Ended {
    /// With a value.
    Value(Json),
    /// With an error out of a run (its index), or out of a data source.
    Fault(FieldFault, Option<usize>),
    /// Without enough facts.
    Undecided(Missing),
}

/// One field on its way.
pub(super) struct Running<'a, 'd> {
    executor: &'a Executor<'a>,
    pub(super) input: &'a FieldInput,
    pub(super) caller: Caller<'a>,
    data: &'d mut Data,
    env: &'a Env,
    record: bool,
    context: Context,
    pub(super) runs: Vec<Run>,
    pub(super) withheld: Vec<(usize, Withheld)>,
    kept: Vec<(usize, Kept)>,
    /// The last condition that failed, with the run whose request asked.
    pub(super) failed_condition: Option<(usize, Box<ConditionTrace>)>,
    pub(super) out_errors: Vec<ErrorObject>,
    /// Whether a response template returned fewer items than the data source gave.
    pub(super) dropped: Option<Dropped>,
    extensions: Vec<ExtensionCall>,
    /// What the last template printed, when AppSync cannot read it.
    misprint: Option<Misprint>,
    /// What a log holds of the field, and how its templates compare with it.
    log: FieldLog<'a>,
    log_check: LogCheck,
    /// The pipeline's functions by name, and which of them runs.
    functions: Vec<String>,
    function: Option<usize>,
    notes: Vec<String>,
}

impl<'a, 'd> Running<'a, 'd> {
    pub(super) fn new(
        executor: &'a Executor<'a>,
        input: &'a FieldInput,
        caller: Caller<'a>,
        data: &'d mut Data,
        env: &'a Env,
        record: bool,
        log: FieldLog<'a>,
    ) -> Self {
        let mut info = input.info.clone();
        info.insert("fieldName".into(), json!(input.field));
        info.insert("parentTypeName".into(), json!(input.parent_type));
        let from = |json: &Json| value_json::from_json(json);
        let context = Context {
            arguments: from(&Json::Object(input.arguments.clone())),
            source: from(&input.source),
            identity: from(caller.identity),
            request: from(&input.request),
            info: Context::info(from(&Json::Object(info))),
            ..Context::default()
        };
        Running {
            executor,
            input,
            caller,
            data,
            env,
            record,
            context,
            runs: Vec::new(),
            withheld: Vec::new(),
            kept: Vec::new(),
            failed_condition: None,
            out_errors: Vec::new(),
            dropped: None,
            extensions: Vec::new(),
            misprint: None,
            log,
            log_check: LogCheck::default(),
            functions: Vec::new(),
            function: None,
            notes: Vec::new(),
        }
    }

    pub(super) fn field(mut self) -> Result<Execution> {
        let ended = self.resolve()?;
        let (value, missing) = match ended {
            Ended::Value(value) => (value, Vec::new()),
            Ended::Fault(fault, run) => {
                let mut faults = self.appended();
                let unauthorized = faults.iter().any(FieldFault::is_unauthorized);
                let denial = decide(&self, &fault, run).or(unauthorized.then_some(Denial::Appended));
                faults.push(fault);
                let mut execution = self.finish(Json::Null, faults, Vec::new());
                // What a template printed is nobody's doing but its own.
                let printed = execution.misprint.is_some().then_some(Stage::Resolver);
                (execution.decision, execution.stage) = denial
                    .as_ref()
                    .map_or((Decision::Error, printed), |denial| (Decision::Denied, Some(denial.stage())));
                execution.denial = denial;
                return Ok(execution);
            }
            Ended::Undecided(missing) => (Json::Null, vec![missing]),
        };
        let faults = self.appended();
        let redacted = missing.is_empty() && self.redacted(&value);
        let decision = if !missing.is_empty() {
            Decision::Undecided
        } else if faults.iter().any(FieldFault::is_unauthorized) {
            Decision::Denied
        } else if !faults.is_empty() {
            Decision::Error
        } else if redacted || self.dropped.is_some() || self.withheld_by_authorization() {
            Decision::Filtered
        } else {
            Decision::Allowed
        };
        let denial = (decision == Decision::Denied).then_some(Denial::Appended);
        let mut execution = self.finish(value, faults, missing);
        execution.decision = decision;
        execution.redacted = redacted;
        execution.stage = denial.as_ref().map(Denial::stage);
        execution.denial = denial;
        Ok(execution)
    }

    /// The errors of `$util.appendError`. They stand in front of one that ends the resolver: errors come in the order
    /// in which they occurred. Unverified: that one which ends it leaves them.
    fn appended(&self) -> Vec<FieldFault> {
        let fault = |error: &ErrorObject| FieldFault {
            message: error.message.clone().unwrap_or_default(),
            error_type: error.error_type.clone(),
            data: value_json::to_json_value(&error.data),
            info: value_json::to_json_value(&error.info),
        };
        self.out_errors.iter().map(fault).collect()
    }

    fn finish(self, value: Json, faults: Vec<FieldFault>, missing: Vec<Missing>) -> Execution {
        Execution {
            value,
            faults,
            decision: Decision::Allowed,
            stage: None,
            denial: None,
            runs: self.runs,
            withheld: self.withheld,
            kept: self.kept,
            failed_condition: self.failed_condition,
            dropped: self.dropped,
            redacted: false,
            extensions: self.extensions,
            missing,
            misprint: self.misprint,
            log: self.log_check,
            notes: self.notes,
        }
    }

    /// Whether a value is kept back: null where the parent holds one of that name, or a relation that the templates
    /// cut off (`deniedField` in the stash, in Amplify's).
    fn redacted(&self, value: &Json) -> bool {
        let held = self.input.source.get(&self.input.field).is_some_and(|held| !held.is_null());
        let cut_off = match &self.context.stash {
            Value::Map(stash) => stash.get_str("deniedField").is_some_and(|denied| denied.truth()),
            _ => false,
        };
        cut_off || (held && value.is_null())
    }

    /// Rows that a filter withheld count when the templates put an `authFilter` into it; a caller's own filter
    /// withholds nothing from him.
    fn withheld_by_authorization(&self) -> bool {
        let auth_filter = match &self.context.stash {
            Value::Map(stash) => stash.get_str("authFilter").is_some_and(|filter| !filter.is_null()),
            _ => false,
        };
        auth_filter && self.withheld.iter().any(|(_, withheld)| withheld.count > 0)
    }

    fn resolve(&mut self) -> Result<Ended> {
        let input = self.input;
        let Some(resolver) = self.executor.resolver(&input.parent_type, &input.field)? else {
            // Without a resolver a field is its parent's property; a root field has no parent.
            if input.source.is_null() {
                self.notes.push(format!(
                    "{}.{} has no resolver in this API, so AppSync answers null",
                    input.parent_type, input.field
                ));
            }
            return Ok(Ended::Value(input.source.get(&input.field).cloned().unwrap_or(Json::Null)));
        };
        let Code::Vtl { request, response } = &resolver.code else {
            return Ok(Ended::Undecided(not_run(&resolver.code, &format!("{}.{}", input.parent_type, input.field))));
        };
        match &resolver.kind {
            ResolverKind::Unit(data_source) => self.unit(
                Asked { data_source, conflicts: resolver.conflicts.as_ref() },
                request.as_ref(),
                response.as_ref(),
            ),
            ResolverKind::Pipeline(functions) => self.pipeline(functions, request.as_ref(), response.as_ref()),
        }
    }

    fn unit(&mut self, asked: Asked<'_>, request: Option<&Template>, response: Option<&Template>) -> Result<Ended> {
        match self.exchange(asked, request, response)? {
            // `#return` in the request template of a unit resolver is the field's value.
            Exchanged::Early(value) | Exchanged::Value(value) => Ok(Ended::Value(value)),
            Exchanged::Ended(ended) => Ok(ended),
        }
    }

    fn pipeline(
        &mut self,
        functions: &[Arc<Function>],
        before: Option<&Template>,
        after: Option<&Template>,
    ) -> Result<Ended> {
        self.context.previous = Some(Value::Null);
        if let Some(before) = before {
            match self.template(before, Part::Request, "result")? {
                Rendered::Text(text) => match template::value(&text) {
                    Ok(value) => self.context.previous = Some(value_json::from_json(&value)),
                    Err(unread) => return Ok(self.unread(unread)),
                },
                Rendered::Returned(value) => return Ok(Ended::Value(before_returned(value))),
                Rendered::Failed(failure) => return Ok(self.failed(&failure)),
            }
        }
        self.functions = functions.iter().map(|function| function.name.clone()).collect();
        for (at, function) in functions.iter().enumerate() {
            self.function = Some(at);
            let Code::Vtl { request, response } = &function.code else {
                return Ok(Ended::Undecided(not_run(&function.code, &function.name)));
            };
            self.context.result = Value::Null;
            self.context.error = Value::Null;
            let asked = Asked { data_source: &function.data_source, conflicts: function.conflicts.as_ref() };
            match self.exchange(asked, request.as_ref(), response.as_ref())? {
                Exchanged::Value(value) | Exchanged::Early(value) => {
                    self.context.previous = Some(value_json::from_json(&value));
                }
                Exchanged::Ended(ended) => return Ok(ended),
            }
        }
        self.function = None;
        self.context.error = Value::Null;
        self.context.result = self.context.previous.clone().unwrap_or_default();
        let Some(after) = after else { return Ok(Ended::Value(value_json::to_json_value(&self.context.result))) };
        match self.template(after, Part::Response, "result")? {
            Rendered::Text(text) => Ok(match template::value(&text) {
                Ok(value) => Ended::Value(value),
                Err(unread) => self.unread(unread),
            }),
            Rendered::Returned(value) => Ok(Ended::Value(value)),
            Rendered::Failed(failure) => Ok(self.failed(&failure)),
        }
    }

    /// Request template → data source → response template.
    fn exchange(
        &mut self,
        to: Asked<'_>,
        request: Option<&Template>,
        response: Option<&Template>,
    ) -> Result<Exchanged> {
        let data_source = to.data_source;
        let asked = match request {
            Some(request) => match self.template(request, Part::Request, "result")? {
                Rendered::Text(text) => match template::request(&text, &data_source.kind) {
                    Ok(asked) => asked,
                    Err(unread) => return Ok(Exchanged::Ended(self.unread(unread))),
                },
                Rendered::Returned(value) => return Ok(Exchanged::Early(value)),
                Rendered::Failed(failure) => return Ok(Exchanged::Ended(self.failed(&failure))),
            },
            // A data source without a request template gets the whole context (direct Lambda).
            None => json!({ "version": "2018-05-29", "operation": "Invoke", "payload": self.whole_context() }),
        };
        let asking_run = self.runs.len().saturating_sub(1);
        // Functions know one version only; a `version` in their template means nothing.
        let old_version =
            self.context.previous.is_none() && asked.get("version").and_then(Json::as_str) == Some("2017-02-28");
        let answered = match self.ask(to, &asked, asking_run)? {
            Ok(answered) => answered,
            Err(ended) => return Ok(Exchanged::Ended(*ended)),
        };
        let (result, error) = (answered.result, answered.error);
        // 2017-02-28: a null result ends the resolver without its response template.
        if old_version && result.is_null() && error.is_none() {
            return Ok(Exchanged::Value(Json::Null));
        }
        self.context.result = value_json::from_json(&result);
        self.context.error = match &error {
            Some(fault) if !old_version => Value::map([
                ("message", Value::str(&fault.message)),
                ("type", fault.error_type.as_deref().map_or(Value::Null, Value::str)),
            ]),
            _ => Value::Null,
        };
        let Some(response) = response else {
            return Ok(match error {
                Some(fault) => self.ended(fault),
                None => Exchanged::Value(result),
            });
        };
        let result_is = if matches!(data_source.kind, DataSourceKind::DynamoDb(_)) { "record" } else { "result" };
        let rendered = self.template(response, Part::Response, result_is)?;
        if let (true, DataSourceKind::DynamoDb(table), Some(run)) =
            (self.record, &data_source.kind, self.runs.last_mut())
        {
            let name = self.data.name_of(&data_source.name, table).to_owned();
            run.from_table = Some(FromTable { table: name, keys: table.keys.clone(), result: result.clone() });
        }
        let value = match rendered {
            Rendered::Text(text) => match template::value(&text) {
                Ok(value) => value,
                Err(unread) => return Ok(Exchanged::Ended(self.unread(unread))),
            },
            Rendered::Returned(value) => value,
            Rendered::Failed(failure) => return Ok(Exchanged::Ended(self.failed(&failure))),
        };
        let dropped = items(&value).zip(items(&result)).filter(|(kept, given)| kept < given);
        self.dropped = dropped.map(|(kept, given)| Dropped { kept, given }).or(self.dropped);
        // 2017-02-28: the response template runs, but the data source's error is reported all the same.
        if let Some(mut fault) = error.filter(|_| old_version) {
            fault.data = value;
            return Ok(self.ended(fault));
        }
        Ok(Exchanged::Value(value))
    }

    fn ended(&self, fault: FieldFault) -> Exchanged {
        Exchanged::Ended(Ended::Fault(fault, Some(self.runs.len().saturating_sub(1))))
    }

    /// The last run printed what AppSync cannot read.
    fn unread(&mut self, unread: Box<Unread>) -> Ended {
        let Unread { fault, text, flawed } = *unread;
        self.misprint = misprint::locate(&self.runs, &text, &flawed);
        Ended::Fault(fault, Some(self.runs.len().saturating_sub(1)))
    }

    fn failed(&self, failure: &Failure) -> Ended {
        if failure.kind == FailureKind::Undecided {
            return Ended::Undecided(self.not_public(failure));
        }
        let fault = template::fault_of(failure, &self.input.field, &self.input.parent_type);
        Ended::Fault(fault, Some(self.runs.len().saturating_sub(1)))
    }

    /// The last run called a helper that nobody outside of the service knows.
    fn not_public(&self, failure: &Failure) -> Missing {
        let (call, place) = self.runs.last().map_or_else(Default::default, |run| {
            let call = run.program.source_text(failure.span).split('(').next().unwrap_or_default();
            let place = run.program.source.line_column(failure.span.start);
            (call, format!("; {}:{}:{} calls it", run.template, place.line, place.column))
        });
        Missing {
            fact: format!("what {call} decides"),
            why: format!("{}{place}", failure.message),
            give_by: "a test against the real service".to_owned(),
            ..Missing::default()
        }
    }

    fn ask(&mut self, to: Asked<'_>, request: &Json, run: usize) -> Result<std::result::Result<Answered, Box<Ended>>> {
        let Asked { data_source, conflicts } = to;
        let field = format!("{}.{}", self.input.parent_type, self.input.field);
        let names_tables = source::names_tables(data_source, request);
        let tables = if names_tables { self.executor.api.data_sources()? } else { Vec::new() };
        let call = source::Call {
            now_ms: self.env.now_ms,
            in_function: self.context.previous.is_some(),
            conflicts,
            tables: &tables,
            tell_kept: self.record,
            ..source::Call::new(data_source, request, &field)
        };
        if let Some(reply) = self.logged(data_source, request) {
            return Ok(self.answered(reply, run));
        }
        let answer = source::execute(&call, self.data);
        for table in &answer.unknown_tables {
            self.notes.push(format!("no items were given for table {table}: it was taken as empty"));
        }
        Ok(self.answered(answer.reply, run))
    }

    /// What the log says that the data source answered. `NONE` says back what it is told.
    fn logged(&mut self, source: &DataSource, request: &Json) -> Option<Reply> {
        if matches!(source.kind, DataSourceKind::None) {
            return None;
        }
        let reply = self.log.answer(self.place(), source, request)?;
        self.log_check.answers += 1;
        if let (Reply::Result { value, .. }, Some(_)) = (&reply, request.pointer("/filter/expression"))
            && value.get("scannedCount").is_none()
        {
            self.notes.push(format!("whether the filter on {} removed items is not in the log", source.name));
        }
        Some(reply)
    }

    fn place(&self) -> Place<'_> {
        Place { functions: &self.functions, function: self.function }
    }

    fn answered(&mut self, reply: Reply, run: usize) -> std::result::Result<Answered, Box<Ended>> {
        match reply {
            Reply::Result { value, withheld, kept } => {
                self.withheld.extend(withheld.map(|withheld| (run, *withheld)));
                self.kept.extend(kept.map(|kept| (run, *kept)));
                Ok(Answered { result: value, error: None })
            }
            Reply::Failed { message, error_type, data, why } => {
                if let Some(why) = why {
                    self.failed_condition = Some((run, why));
                }
                let fault = FieldFault { message, error_type: Some(error_type), data: data.clone(), info: Json::Null };
                Ok(Answered { result: data, error: Some(fault) })
            }
            Reply::Undecided(fact) => Err(Box::new(Ended::Undecided(Missing {
                fact: fact.fact,
                why: fact.why,
                give_by: fact.give_by,
                unanswered: Some(Box::new(Unanswered { request: fact.request, fixture: fact.fixture })),
            }))),
            Reply::BadRequest { message, error_type } => {
                let fault = FieldFault { message, error_type: Some(error_type), data: Json::Null, info: Json::Null };
                Err(Box::new(Ended::Fault(fault, Some(run))))
            }
        }
    }

    fn template(&mut self, template: &Template, part: Part, result_is: &'static str) -> Result<Rendered> {
        let program = self.executor.program(template)?;
        let bean = self.context.to_value();
        let shown_errors = self.context.out_errors.clone();
        let mut host = Host { shown_errors, ..Host::new(self.env, self.caller.mode.auth_type()) };
        let counted = self.executor.coverage.as_ref().and_then(|coverage| coverage.of(&program));
        let counts = counted.as_ref().map(|counted| &counted.counts);
        let (rendered, recorded) = template::run(&program, &bean, &mut host, self.record, counts);
        let step = match (part, self.context.previous.is_some() && self.function.is_none()) {
            (Part::Request, true) => LoggedStep::Before,
            (Part::Response, true) => LoggedStep::After,
            (Part::Request, false) => LoggedStep::Request,
            (Part::Response, false) => LoggedStep::Response,
        };
        let mut check = std::mem::take(&mut self.log_check);
        self.log.check(&mut check, step, self.place(), &template.name, &rendered);
        self.log_check = check;
        // `#set($ctx.result = ..)` changes the bean; what the resolver goes on with is its own.
        self.out_errors.append(&mut host.out_errors);
        self.extensions.extend(host.extensions.into_iter().map(|(method, arguments)| ExtensionCall {
            part,
            method,
            arguments: arguments.iter().map(value_json::to_json_value).collect(),
        }));
        if !template.placeholders.is_empty() {
            let names = template.placeholders.join(", ");
            let note = format!("parameters that nobody gave stand as placeholders in templates: {names}");
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        let result_was_null = self.context.result.is_null();
        let source_error = match &self.context.error {
            Value::Map(error) => error.get_str("message").map(|message| java::to_string(&message)),
            _ => None,
        };
        self.runs.push(Run {
            template: template.name.clone(),
            program,
            events: recorded.events,
            printed: recorded.printed,
            part,
            result_is,
            result_was_null,
            from_table: None,
            source_error,
            placeholders: template.placeholders.clone(),
            index: OnceCell::new(),
            writers: OnceCell::new(),
        });
        Ok(rendered)
    }

    /// What a data source without a request template is sent: the members, and their order, of a payload that a Lambda
    /// function logged.
    fn whole_context(&self) -> Json {
        let Context { arguments, identity, source, request, previous, info, stash, .. } = &self.context;
        let json = value_json::to_json_value;
        let prev = previous.as_ref().map_or(Json::Null, |result| json!({ "result": json(result) }));
        json!({
            "arguments": json(arguments), "identity": json(identity), "source": json(source),
            "request": json(request), "prev": prev, "info": json(info), "stash": json(stash),
        })
    }
}

/// Where a request goes.
#[derive(Clone, Copy)]
struct Asked<'a> {
    data_source: &'a DataSource,
    /// What its resolver or function does about version conflicts.
    conflicts: Option<&'a ConflictHandler>,
}

/// What came out of a request, a data source and a response.
enum Exchanged {
    Value(Json),
    /// `#return` in the request template.
    Early(Json),
    Ended(Ended),
}

struct Answered {
    result: Json,
    error: Option<FieldFault>,
}

/// `#return(x)` in a before template ends the resolver with x (medium certainty: the after template is not run).
fn before_returned(value: Json) -> Json {
    value
}

fn items(value: &Json) -> Option<usize> {
    match value {
        Json::Array(items) => Some(items.len()),
        other => other.get("items").and_then(Json::as_array).map(Vec::len),
    }
}

fn not_run(code: &Code, name: &str) -> Missing {
    let file = match code {
        Code::JavaScript(file) => file.as_str(),
        Code::Vtl { .. } => "",
    };
    Missing {
        fact: format!("what {name} does"),
        why: format!("it runs on APPSYNC_JS ({file}), which this tool does not run"),
        give_by: "a test against the real service".to_owned(),
        ..Missing::default()
    }
}
