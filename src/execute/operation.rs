//! A whole operation: root fields, the fields selected below them, the answer they make.
//!
//! A field with a resolver runs it, with its parent as `$ctx.source`; any other takes its parent's property. What
//! comes out is fitted to the field's type ([`super::complete`]).

use serde_json::{Map, Value as Json, json};

use super::complete::{Completed, Misfit, Nothing};
use super::logged::RequestLog;
use super::path::Path;
use super::plan::{Planned, Plans};
use super::recorded::RecordedAnswer;
use super::selected::selected;
use super::{Caller, Execution, Executor, FieldFault, FieldInput};
use crate::error::Result;
use crate::limits::Env;
use crate::request::operation::{FieldRun, Operation, OperationKind};
use crate::source::Data;
use crate::verdict::{Decision, Stage};

/// One field that ran a resolver, was refused, or failed.
#[derive(Debug)]
pub struct FieldOutcome {
    /// Its turn in the operation: a field stands in front of those below it, though it is done after them.
    pub turn: usize,
    /// Where it stands in the response.
    pub path: Vec<Json>,
    /// What was run.
    pub input: FieldInput,
    /// Its type in the schema.
    pub return_type: String,
    /// What became of it.
    pub execution: Execution,
    /// Why its value does not fit its type.
    pub misfit: Option<Misfit>,
}

impl FieldOutcome {
    /// A field that was run by itself.
    pub fn of(input: FieldInput, return_type: String, execution: Execution) -> FieldOutcome {
        FieldOutcome { turn: 0, path: vec![json!(input.response_key)], input, return_type, execution, misfit: None }
    }
}

/// What an operation runs with.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Who calls.
    pub caller: Caller<'a>,
    /// `$ctx.request`
    pub request: &'a Json,
    /// Clock, ids, randomness.
    pub env: &'a Env,
    /// Whether the templates' events are kept.
    pub record: bool,
    /// What the service answered, to stand in for data that nobody gave.
    pub recorded: Option<RecordedAnswer<'a>>,
    /// What a log holds of the request: it answers in place of the data sources.
    pub log: Option<RequestLog<'a>>,
}

/// Runs an operation over the data, which mutations change, and gives the response's body. `done` gets every field with
/// a resolver, a refusal or an error as soon as it is done, so that nobody has to keep what ten thousand of them
/// recorded.
///
/// Root fields of a mutation run one after the other. Fields of a query run side by side in AppSync; nothing that is
/// simulated here depends on their order, and errors stand in the order of the document (unverified: AppSync puts
/// them in the order in which they occur).
///
/// # Errors
/// An API that cannot be read, or a template of it that does not parse.
pub fn perform(
    executor: &Executor<'_>,
    operation: &Operation,
    setting: Setting<'_>,
    data: &mut Data,
    done: &mut dyn FnMut(FieldOutcome),
) -> Result<Json> {
    let plans = Plans::new(executor, setting.caller);
    let mut running =
        Operating { executor, operation, setting, data, plans, done, turns: 0, partly: false, errors: Vec::new() };
    let members = running.root()?;
    let mut body = Map::new();
    body.insert("data".into(), members.map_or(Json::Null, Json::Object));
    if !running.errors.is_empty() {
        body.insert("errors".into(), Json::Array(running.errors));
    }
    Ok(Json::Object(body))
}

/// An operation on its way.
pub(super) struct Operating<'a, 'o, 'd> {
    pub(super) executor: &'a Executor<'a>,
    operation: &'o Operation,
    setting: Setting<'a>,
    data: &'d mut Data,
    plans: Plans<'a>,
    done: &'d mut dyn FnMut(FieldOutcome),
    turns: usize,
    /// Whether the object whose fields run was taken from the recorded answer.
    partly: bool,
    pub(super) errors: Vec<Json>,
}

/// The members of an object, or that a null of theirs makes it null.
pub(super) type Members = std::result::Result<Map<String, Json>, Nothing>;

impl Operating<'_, '_, '_> {
    fn root(&mut self) -> Result<Members> {
        let plan = self.plans.of(&self.operation.fields, &self.operation.root_type)?;
        let mut members = Ok(Map::new());
        for planned in plan.iter() {
            let key = planned.selected.response_key.as_str();
            self.member(&mut members, planned, &Json::Null, &self.operation.root_type, Path::root(key))?;
        }
        Ok(members)
    }

    /// The fields of an object. Every one of them is run, also when one before it makes the object null: each can
    /// have effects and errors of its own.
    pub(super) fn object(
        &mut self,
        selection: &[FieldRun],
        object: &Json,
        object_type: &str,
        path: Path<'_>,
    ) -> Result<Members> {
        let plan = self.plans.of(selection, object_type)?;
        let mut members = Ok(Map::new());
        for planned in plan.iter() {
            self.member(&mut members, planned, object, object_type, path.key(&planned.selected.response_key))?;
        }
        Ok(members)
    }

    /// Runs one field of an object and adds what it came to.
    fn member(
        &mut self,
        members: &mut Members,
        planned: &Planned,
        parent: &Json,
        parent_type: &str,
        path: Path<'_>,
    ) -> Result<()> {
        let field = &planned.selected;
        if field.is_meta() {
            if let (Ok(members), "__typename") = (members, field.name.as_str()) {
                members.insert(field.response_key.clone(), json!(parent_type));
            }
            return Ok(());
        }
        let value = if planned.refusal.is_none() && !planned.has_resolver && !parent.is_null() {
            self.property(planned, parent, path)?
        } else {
            self.resolved(planned, parent, path)?
        };
        match (value, members.as_mut()) {
            (Ok(value), Ok(members)) => _ = members.insert(field.response_key.clone(), value),
            (Err(nothing), Ok(_)) => *members = Err(nothing),
            (_, Err(_)) => {}
        }
        Ok(())
    }

    /// A field without a resolver: its parent's member of that name.
    fn property(&mut self, planned: &Planned, parent: &Json, path: Path<'_>) -> Result<Completed> {
        let value = parent.get(&planned.selected.name).unwrap_or(&Json::Null);
        let turn = self.turn();
        let mut misfit = None;
        let completed = self.complete(planned, value, path, &mut misfit)?;
        if misfit.is_some() {
            let input = self.input(&planned.selected, parent);
            self.done(turn, planned, input, Execution::of(value.clone()), misfit, path);
        }
        Ok(completed)
    }

    /// A field that the schema refuses, or that its resolver answers.
    fn resolved(&mut self, planned: &Planned, parent: &Json, path: Path<'_>) -> Result<Completed> {
        let field = &planned.selected;
        let input = self.input(field, parent);
        let mut execution = match &planned.refusal {
            Some(refusal) => Execution::refused(&input, refusal.clone()),
            None => {
                let Setting { caller, env, record, log, .. } = self.setting;
                let log = log.map(|log| log.of_field(&path.to_json())).unwrap_or_default();
                self.executor.admitted(&input, caller, self.data, env, record, log)?
            }
        };
        let partly = self.partly;
        if let Some(recorded) = self.setting.recorded {
            self.partly = recorded.bear_on(&mut execution, &input, field, path, partly);
        }
        for fault in &execution.faults {
            let data = selected(&fault.data, &field.selection, field.named_type());
            self.errors.push(FieldFault { data, ..fault.clone() }.to_json(&path.to_json(), input.location));
        }
        let value = std::mem::take(&mut execution.value);
        let explained = !execution.faults.is_empty() || !execution.missing.is_empty();
        let turn = self.turn();
        let mut misfit = None;
        let completed = match self.operation.kind {
            // What a subscription's resolver returns reaches nobody: events are made of mutations' answers.
            OperationKind::Subscription => Ok(Json::Null),
            // The error that is there already explains the null.
            _ if explained && value.is_null() && field.return_type.ends_with('!') => Err(Nothing),
            _ => self.complete(planned, &value, path, &mut misfit)?,
        };
        self.partly = partly;
        execution.value = value;
        self.done(turn, planned, input, execution, misfit, path);
        Ok(completed)
    }

    fn turn(&mut self) -> usize {
        self.turns += 1;
        self.turns
    }

    /// Hands a field over. One whose value does not fit its type has failed, unless it is denied or open already.
    fn done(
        &mut self,
        turn: usize,
        planned: &Planned,
        input: FieldInput,
        mut execution: Execution,
        misfit: Option<Misfit>,
        path: Path<'_>,
    ) {
        if let Some(misfit) = misfit.as_ref().filter(|_| execution.decision < Decision::Error) {
            execution.decision = Decision::Error;
            execution.stage = misfit.null.then_some(Stage::Propagation);
        }
        let return_type = planned.selected.return_type.clone();
        (self.done)(FieldOutcome { turn, path: path.to_json(), input, return_type, execution, misfit });
    }

    fn input(&self, field: &FieldRun, parent: &Json) -> FieldInput {
        let mut info = Map::new();
        info.insert("variables".into(), Json::Object(self.operation.variables.clone()));
        info.insert("selectionSetList".into(), json!(field.selection_set_list));
        info.insert("selectionSetGraphQL".into(), json!(field.selection_set_graphql));
        // Over HTTP an error has the field's place; a refused subscription registration has none.
        let over_http = self.operation.kind != OperationKind::Subscription;
        FieldInput {
            parent_type: field.parent_type.clone(),
            field: field.name.clone(),
            response_key: field.response_key.clone(),
            arguments: field.arguments.clone(),
            source: parent.clone(),
            info,
            request: self.setting.request.clone(),
            location: over_http.then_some(field.location),
        }
    }
}
