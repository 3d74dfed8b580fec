//! A request that can be edited and run again: who asks what, over which data.

use serde_json::{Map, Value as Json, json};

use super::super::{ArgumentEdit, Replay, World};
use super::caller;
use super::outcome::Target;
use super::place;
use crate::api::AuthMode;
use crate::error::Result;
use crate::execute::{Execution, FieldInput};
use crate::identity::{Identity, IdentityFacts};
use crate::limits::Env;
use crate::report::{Edit, GateOutcome, RequestReport};
use crate::request::cloudwatch::LoggedRequest;
use crate::request::operation::SchemaInfo;
use crate::request::{CapturedRequest, Recorded, RecordedBody};
use crate::source::Data;

/// What is asked.
#[derive(Debug, Clone)]
pub enum Asked<'a> {
    /// One field, without a request around it.
    Field(FieldInput),
    /// A request, and what a log holds of it.
    Request(Box<CapturedRequest>, Option<&'a LoggedRequest>),
}

/// One run, before or after edits.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    asked: Asked<'a>,
    facts: Option<IdentityFacts>,
    data: Data,
    arguments: Vec<ArgumentEdit>,
    now_ms: i64,
    skip_absent_policies: bool,
}

impl<'a> Case<'a> {
    /// What a report tells of.
    pub fn new(asked: Asked<'a>, facts: Option<&IdentityFacts>, data: &Data, now_ms: i64, report: &RequestReport) -> Self {
        let passed = report.gate.as_ref().is_some_and(|gate| gate.outcome == GateOutcome::Passed);
        let (asked, facts) = match asked {
            Asked::Request(mut request, log) => {
                let facts = caller::of_request(facts, &request, report);
                // What was recorded answers the request that was sent; of an edited one it proves that the gate passed.
                request.recorded = passed.then(|| Recorded { status: 200, headers: Vec::new(), body: RecordedBody::Absent });
                (Asked::Request(request, log), facts)
            }
            field => (field, facts.cloned().map(caller::with_claims)),
        };
        Case { asked, facts, data: data.clone(), arguments: Vec::new(), now_ms, skip_absent_policies: false }
    }

    /// A field as somebody asks it of whom nothing is known but the mode; policies that nobody gave let him pass.
    pub fn supposed(input: FieldInput, mode: AuthMode, data: Data, now_ms: i64) -> Self {
        Case {
            asked: Asked::Field(input),
            facts: Some(IdentityFacts::of_mode(mode)),
            data,
            arguments: Vec::new(),
            now_ms,
            skip_absent_policies: true,
        }
    }

    /// The field that is asked alone, with its arguments.
    pub fn input(&self) -> Option<&FieldInput> {
        match &self.asked {
            Asked::Field(input) => Some(input),
            Asked::Request(..) => None,
        }
    }

    /// What the data sources hold.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Its caller.
    pub fn facts(&self) -> Option<&IdentityFacts> {
        self.facts.as_ref()
    }

    /// When it runs.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Runs it: the whole request, gate included.
    pub fn run(&self, replay: &Replay<'_>, record: bool) -> Result<RequestReport> {
        self.observed(replay, record, |_, _, _| {})
    }

    /// The same; of a field that is asked alone, `then` sees how it ran.
    pub fn observed(
        &self,
        replay: &Replay<'_>,
        record: bool,
        then: impl FnOnce(&FieldInput, &Execution, &Identity),
    ) -> Result<RequestReport> {
        let mut data = self.data.clone();
        let mut world = World {
            facts: self.facts.as_ref(),
            data: &mut data,
            env: &Env::at(self.now_ms),
            clock: "",
            record,
            skip_absent_policies: self.skip_absent_policies,
            arguments: &self.arguments,
        };
        match &self.asked {
            Asked::Field(input) => {
                replay.field_reported(input, &mut world, |_, _, execution, identity| then(input, execution, identity))
            }
            Asked::Request(request, log) => replay.reported(request, &mut world, *log),
        }
    }

    /// With edits, those of arguments to the target's; `None` when one of them changes nothing
    /// that is there, or asks for what the API does not have.
    pub fn with(&self, replay: &Replay<'_>, target: &Target, edits: &[Edit]) -> Option<Case<'a>> {
        let mut case = self.clone();
        edits.iter().try_for_each(|edit| case.apply(replay, target, edit))?;
        Some(case)
    }

    fn apply(&mut self, replay: &Replay<'_>, target_of: &Target, edit: &Edit) -> Option<()> {
        let Edit { target, path, op, value } = edit;
        match *target {
            "mode" => self.come_by(replay, AuthMode::from_name(value.as_str()?)?),
            "claims" => caller::edit_claims(self.facts.as_mut()?, path, op, value),
            "identity" => caller::edit_identity(self.facts.as_mut()?, path, op, value),
            "headers" => self.header(path.first()?.as_str()?, op, value),
            "arguments" => self.argument(replay, target_of, edit),
            "data" => self.item(path, op, value),
            _ => None,
        }
    }

    /// Comes by another mode, as somebody of whom nothing is known yet.
    fn come_by(&mut self, replay: &Replay<'_>, mode: AuthMode) -> Option<()> {
        replay.api.modes().any(|known| known == mode).then_some(())?;
        self.facts = Some(IdentityFacts::of_mode(mode));
        // Whoever sends the request next is let in by his policies, or is not: nobody gave them.
        self.skip_absent_policies = true;
        if let Asked::Request(request, _) = &mut self.asked {
            let is_credential = |name: &str| ["authorization", "x-api-key"].iter().any(|c| name.eq_ignore_ascii_case(c));
            request.headers.retain(|(name, _)| !is_credential(name));
        }
        Some(())
    }

    fn header(&mut self, name: &str, op: &str, value: &Json) -> Option<()> {
        match &mut self.asked {
            Asked::Field(input) => {
                place::edit(&mut input.request, &[json!("headers"), json!(name.to_ascii_lowercase())], op, value)
            }
            Asked::Request(request, _) => {
                // The recorded answer was given to the headers that were sent.
                request.recorded = None;
                let at = request.headers.iter().position(|(known, _)| known.eq_ignore_ascii_case(name));
                let mut held = at.and_then(|at| request.headers.get(at)).map_or(Json::Null, |(_, held)| json!(held));
                match (op, value) {
                    ("remove", Json::Null) => {
                        request.headers.remove(at?);
                    }
                    _ => {
                        place::edit(&mut held, &[], op, value)?;
                        let held = held.as_str()?.to_owned();
                        match at.and_then(|at| request.headers.get_mut(at)) {
                            Some(header) => header.1 = held,
                            None => request.headers.push((name.to_owned(), held)),
                        }
                    }
                }
                Some(())
            }
        }
    }

    fn argument(&mut self, replay: &Replay<'_>, target: &Target, edit: &Edit) -> Option<()> {
        let (parent_type, field) = &target.declared;
        may_be(replay, parent_type, field, edit)?;
        match &mut self.asked {
            Asked::Field(input) => {
                let mut arguments = Json::Object(std::mem::take(&mut input.arguments));
                let done = place::edit(&mut arguments, &edit.path, edit.op, &edit.value);
                if let Json::Object(arguments) = arguments {
                    input.arguments = arguments;
                }
                done
            }
            Asked::Request(..) => {
                let field = target.path.iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect();
                self.arguments.push(ArgumentEdit { field, edit: edit.clone() });
                Some(())
            }
        }
    }

    /// `[TABLE, KEY, ATTRIBUTE..]`, `["responses", NAME, ..]`, `["source", ..]`
    fn item(&mut self, path: &[Json], op: &str, value: &Json) -> Option<()> {
        let (table, rest) = path.split_first()?;
        match (table.as_str()?, rest, &mut self.asked) {
            ("source", rest, Asked::Field(input)) => place::edit(&mut input.source, rest, op, value),
            ("source", ..) => None,
            ("responses", rest, _) => {
                let mut done = None;
                self.data.edit_responses(|responses| {
                    let mut held = Json::Object(std::mem::take(responses));
                    done = place::edit(&mut held, rest, op, value);
                    if let Json::Object(held) = held {
                        *responses = held;
                    }
                });
                done
            }
            (table, [key, attribute @ ..], _) => {
                let mut done = None;
                let edited = self.data.edit_items(table, |items| done = edit_item(items, key, attribute, op, value));
                edited.ok().and(done)
            }
            _ => None,
        }
    }
}

fn edit_item(items: &mut Vec<Json>, key: &Json, attribute: &[Json], op: &str, value: &Json) -> Option<()> {
    let is_it = |item: &Json| key.as_object().is_some_and(|key| key.iter().all(|(name, part)| item.get(name) == Some(part)));
    let at = items.iter().position(is_it);
    match (attribute, at) {
        ([], None) if op == "add" => items.push(value.clone()),
        ([], Some(at)) if op == "remove" => {
            items.remove(at);
        }
        ([_, ..], Some(at)) => return place::edit(items.get_mut(at)?, attribute, op, value),
        _ => return None,
    }
    Some(())
}

/// Whether an argument may be changed so: the schema has it, and what must be given is not taken away.
fn may_be(replay: &Replay<'_>, parent_type: &str, field: &str, edit: &Edit) -> Option<()> {
    let schema = &replay.api.schema;
    let mut inputs = SchemaInfo::field(schema, parent_type, field)?.arguments;
    let mut path = edit.path.iter().filter_map(Json::as_str).peekable();
    while let Some(name) = path.next() {
        let input = inputs.iter().find(|input| input.name == name)?;
        if path.peek().is_none() {
            let needed = input.ty.ends_with('!') && input.default.is_none();
            return (!(needed && edit.op == "remove" && edit.value.is_null())).then_some(());
        }
        inputs = SchemaInfo::input_fields(schema, input.ty.trim_matches(['[', ']', '!']));
    }
    None
}

/// The members of an object, which edits may have made of nothing.
pub fn object(json: Json) -> Option<Map<String, Json>> {
    match json {
        Json::Object(members) => Some(members),
        _ => None,
    }
}
