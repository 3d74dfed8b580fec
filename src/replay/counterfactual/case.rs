//! A request that can be edited and run again: who asks what, over which data.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::super::{ArgumentEdit, Replay, World};
use super::caller;
use super::outcome::Target;
use super::place;
use super::tokens::SentToken;
use crate::api::{Api, AuthMode, Schema};
use crate::error::Result;
use crate::execute::{Execution, FieldInput};
use crate::identity::{Identity, IdentityFacts};
use crate::limits::Env;
use crate::report::{Edit, GateOutcome, RequestReport, Stage};
use crate::request::cloudwatch::LoggedRequest;
use crate::request::operation::SchemaInfo;
use crate::request::{CapturedRequest, Recorded, RecordedBody};
use crate::source::Data;

/// What is asked.
#[derive(Debug, Clone)]
pub enum Asked<'a> {
    /// One field, without a request around it.
    Field(Box<FieldInput>),
    /// A request, and what a log holds of it.
    Request(Box<CapturedRequest>, Option<&'a LoggedRequest>),
}

/// One run, before or after edits.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    asked: Asked<'a>,
    facts: Option<IdentityFacts>,
    /// The mode that the gate found.
    mode: Option<AuthMode>,
    /// Whether the gate let it through.
    passed: bool,
    /// Whether the policies did too.
    let_in: bool,
    /// The API, if it is another.
    api: Option<Arc<Api>>,
    data: Data,
    arguments: Vec<ArgumentEdit>,
    now_ms: i64,
    /// Whether it is somebody else who asks, of whom nobody said anything. His policies are not asked.
    somebody: bool,
}

impl<'a> Case<'a> {
    /// What a report tells of.
    pub fn new(
        mut asked: Asked<'a>,
        facts: Option<&IdentityFacts>,
        data: &Data,
        now_ms: i64,
        report: &RequestReport,
    ) -> Self {
        let gate = report.gate.as_ref();
        let passed = gate.is_some_and(|gate| gate.outcome == GateOutcome::Passed);
        let let_in = passed && !report.fields.iter().any(|field| field.stage == Some(Stage::Iam));
        if let (Asked::Request(request, _), true) = (&mut asked, let_in) {
            // What was recorded answers the request that was sent; of an edited one it proves that it was let in.
            request.recorded = Some(Recorded { status: 200, headers: Vec::new(), body: RecordedBody::Absent });
        }
        Case {
            asked,
            facts: facts.cloned(),
            mode: gate.and_then(|gate| AuthMode::from_name(gate.mode?)),
            passed,
            let_in,
            api: None,
            data: data.clone(),
            arguments: Vec::new(),
            now_ms,
            somebody: false,
        }
    }

    /// A field as somebody asks it of whom nothing is known but the mode; policies that nobody gave let him pass.
    pub fn supposed(input: FieldInput, mode: AuthMode, data: Data, now_ms: i64) -> Self {
        Case {
            asked: Asked::Field(Box::new(input)),
            facts: Some(IdentityFacts::of_mode(mode)),
            mode: Some(mode),
            passed: true,
            let_in: true,
            api: None,
            data,
            arguments: Vec::new(),
            now_ms,
            somebody: true,
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
            skip_absent_policies: self.somebody || replay.skip_absent_policies,
            arguments: &self.arguments,
        };
        let over;
        let replay = match &self.api {
            Some(api) => {
                over = replay.over(api);
                &over
            }
            None => replay,
        };
        match &self.asked {
            Asked::Field(input) => {
                replay.field_reported(input, &mut world, |_, _, execution, identity| then(input, execution, identity))
            }
            Asked::Request(request, log) => replay.reported(request, &mut world, *log),
        }
    }

    /// When the API's key that ends last does, of those that have not ended yet.
    pub fn key_ends(&self, replay: &Replay<'_>) -> Option<i64> {
        let given = self.facts.iter().flat_map(|facts| facts.api_keys.iter().flatten());
        let given = given.filter_map(|key| Some(key.expires?.0));
        let declared = replay.api.api_keys.iter().filter_map(|key| key.expires?.checked_mul(1000));
        given.chain(declared).filter(|ends| *ends > self.now_ms).max()
    }

    /// The token that was sent; none where facts say who calls.
    pub fn sent_token(&self) -> Option<SentToken> {
        match &self.asked {
            Asked::Request(request, _) if self.facts.is_none() => SentToken::of(request),
            _ => None,
        }
    }

    /// With another token in the header.
    pub fn with_token(&self, token: &SentToken) -> Case<'a> {
        let mut case = self.clone();
        case.without_credential();
        if let Asked::Request(request, _) = &mut case.asked {
            request.headers.push(("authorization".to_owned(), token.header.clone()));
        }
        case
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
            // Nobody trades all of his claims for others.
            "claims" if path.is_empty() && !self.somebody => None,
            "claims" => caller::edit_claims(self.token()?, path, op, value),
            "identity" => caller::edit_identity(self.principal()?, path, op, value),
            "headers" => self.header(path.first()?.as_str()?, op, value),
            "arguments" => self.argument(replay, target_of, edit),
            "data" => self.item(path, op, value),
            "schema" => self.schema(replay, path, op, value.as_str()?),
            _ => None,
        }
    }

    fn api<'s>(&'s self, replay: &'s Replay<'_>) -> &'s Api {
        self.api.as_deref().unwrap_or(replay.api)
    }

    /// Comes by another mode, as somebody of whom nothing is known yet.
    fn come_by(&mut self, replay: &Replay<'_>, mode: AuthMode) -> Option<()> {
        self.api(replay).modes().any(|known| known == mode).then_some(())?;
        self.facts = Some(IdentityFacts::of_mode(mode));
        self.somebody = true;
        self.without_credential();
        Some(())
    }

    /// The caller, as the claims that the next token has to hold.
    fn token(&mut self) -> Option<&mut IdentityFacts> {
        let header = match &mut self.asked {
            Asked::Request(request, _) => {
                // A refusal that was recorded was that of the token that was sent.
                request.recorded.take_if(|_| !self.let_in);
                request.header("authorization").map(str::to_owned)
            }
            Asked::Field(_) => None,
        };
        self.facts = caller::by_claims(self.facts.take(), self.mode, header.as_deref());
        self.facts.as_mut()
    }

    /// The caller by a mode without claims. Whoever has other policies sends the request anew, once the gate has seen
    /// that he can; what a signature is worth stays as it is.
    fn principal(&mut self) -> Option<&mut IdentityFacts> {
        let by_authorizer = self.mode == Some(AuthMode::Lambda);
        match &mut self.asked {
            _ if self.passed && !self.let_in => self.without_credential(),
            // A refusal that was recorded was the function's.
            Asked::Request(request, _) if by_authorizer && !self.passed => request.recorded = None,
            _ => {}
        }
        if self.facts.is_none() && by_authorizer {
            self.facts = Some(IdentityFacts::of_mode(AuthMode::Lambda));
        }
        self.facts.as_mut()
    }

    /// Without the credential that was sent, and the answer to it.
    fn without_credential(&mut self) {
        if let Asked::Request(request, _) = &mut self.asked {
            let is_credential =
                |name: &str| ["authorization", "x-api-key"].iter().any(|c| name.eq_ignore_ascii_case(c));
            request.headers.retain(|(name, _)| !is_credential(name));
            request.recorded = None;
        }
    }

    /// `["modes"]`, or a type, or a type and a field of it, whose directives are changed.
    fn schema(&mut self, replay: &Replay<'_>, path: &[Json], op: &str, value: &str) -> Option<()> {
        let api = self.api(replay);
        let name = |at: usize| path.get(at).and_then(Json::as_str);
        let edited = match (name(0)?, op, AuthMode::from_name(value)) {
            ("modes", "add", Some(mode)) => api.with_mode(mode)?,
            (type_name, ..) => api.with_schema(api.schema.with_directives(type_name, name(1), op, value)?),
        };
        self.api = Some(Arc::new(edited));
        Some(())
    }

    fn header(&mut self, name: &str, op: &str, value: &Json) -> Option<()> {
        // A credential is not made up: another one is another mode's, or another caller's.
        let is_credential = ["authorization", "x-api-key"].iter().any(|known| name.eq_ignore_ascii_case(known));
        if is_credential && op != "remove" {
            return None;
        }
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
    let is_it =
        |item: &Json| key.as_object().is_some_and(|key| key.iter().all(|(name, part)| item.get(name) == Some(part)));
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
            let fits = match (edit.op, &edit.value) {
                ("remove", Json::Null) => !needed,
                ("add" | "remove", value) => is_of(schema, input.ty.trim_matches(['[', ']', '!']), value),
                (_, value) => is_of(schema, &input.ty, value),
            };
            return fits.then_some(());
        }
        inputs = SchemaInfo::input_fields(schema, input.ty.trim_matches(['[', ']', '!']));
    }
    None
}

/// Whether a value is one of a type, as far as the kind of JSON tells.
fn is_of(schema: &Schema, ty: &str, value: &Json) -> bool {
    let ty = ty.trim_end_matches('!');
    match (ty, value) {
        (_, Json::Null) => true,
        (list, Json::Array(items)) if list.starts_with('[') => {
            let of = list.trim_start_matches('[').trim_end_matches(']');
            items.iter().all(|item| is_of(schema, of, item))
        }
        ("Int" | "Float" | "AWSTimestamp", value) => value.is_number(),
        ("Boolean", value) => value.is_boolean(),
        (named, Json::String(text)) => match schema.enum_values(named) {
            Some(values) => values.contains(text),
            None => !named.starts_with('[') && schema.input_fields(named).is_none(),
        },
        (named, Json::Object(_)) => schema.input_fields(named).is_some() || named == "AWSJSON",
        ("ID", value) => value.is_number(),
        _ => false,
    }
}

/// The members of an object, which edits may have made of nothing.
pub fn object(json: Json) -> Option<Map<String, Json>> {
    match json {
        Json::Object(members) => Some(members),
        _ => None,
    }
}
