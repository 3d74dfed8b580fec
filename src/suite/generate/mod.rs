//! A suite made from an API: who there is, what the tables hold, and what each field answers to each. Whatever it
//! expects was measured by running it.

mod cover;
mod fields;
mod fixture;
mod measure;
mod model;
mod names;
mod people;
mod plain;
mod summary;

pub use model::{Draft, DraftTest};
pub use summary::{Caller, LeftOut, SCHEMA, Summary, Uncovered};

use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::{Map, Value as Json, json};

use crate::api::{Api, AuthMode};
use crate::error::Result;
use crate::replay::who::WhoCan;
use crate::replay::{Given, Replay};
use fields::Field;
use fixture::Fixture;
use people::People;

/// The clock of a made suite, unless the API's keys have ended by then.
const NOW: &str = "2026-01-15T12:00:00Z";

/// What to make.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Parameters that the API was opened with, to stand in the suite.
    pub params: IndexMap<String, String>,
    /// Where the API is, as the suite is to name it.
    pub api: Option<String>,
}

/// A field, what it is asked with, and every way into it.
#[derive(Debug)]
struct Asking {
    field: Field,
    given: Given,
    who: WhoCan,
}

/// Makes a suite: one test a field, its expectations not yet measured. `done` is told of every field that is through.
///
/// # Errors
/// An API that cannot be read, or a template of it that does not parse.
pub fn draft(api: &Api, options: &Options, done: &(dyn Fn() + Sync)) -> Result<Draft> {
    let (now, now_ms) = clock(api);
    let replay = Replay::new(api, now_ms);
    let asked: Vec<Asking> = fields::fields(api)?
        .into_par_iter()
        .map(|field| {
            let given = Given::least(api, &field.parent, &field.name, false)?;
            let who = replay.who_can(&field.parent, &field.name)?;
            done();
            Ok(Asking { field, given, who })
        })
        .collect::<Result<_>>()?;
    let modes: Vec<AuthMode> = api.modes().collect();
    let found: Vec<WhoCan> = asked.iter().map(|asking| asking.who.clone()).collect();
    let people = People::of(&modes, &found);
    let fixture = Fixture::of(api, &asked, &people);
    let tests = asked.iter().map(|asking| test(api, asking, &fixture, &people)).collect();
    Ok(Draft {
        api: options.api.clone(),
        params: options.params.clone(),
        now,
        ids: "counter",
        data: fixture.tables(),
        responses: fixture.responses.clone(),
        tests,
        people: people.all.len(),
        notes: people.notes,
        identities: people.all,
        left_out: Vec::new(),
    })
}

/// Makes a whole suite: with callers and tests for as many branches as can be found, every expectation measured.
///
/// # Errors
/// As [`draft`].
pub fn suite(api: &Arc<Api>, options: &Options, done: &(dyn Fn() + Sync)) -> Result<Draft> {
    let mut draft = draft(api, options, done)?;
    draft.cover(api, clock(api).1, done)?;
    draft.measure(api)?;
    draft.name_tests(&api.schema);
    Ok(draft)
}

/// How many fields [`draft`] looks at.
///
/// # Errors
/// An API that cannot be read.
pub fn count(api: &Api) -> Result<usize> {
    Ok(fields::fields(api)?.len())
}

fn test(api: &Api, asking: &Asking, fixture: &Fixture, people: &People) -> DraftTest {
    let mut comments: Vec<String> = Vec::new();
    for auth in asking.who.ways.iter().filter_map(|way| way.rule.as_ref()?.auth.as_ref()) {
        let line = match auth.reconstructed {
            true => auth.text.clone(),
            false => format!("{}:{} {}", auth.file, auth.line, auth.text),
        };
        if !comments.contains(&line) {
            comments.push(line);
        }
    }
    DraftTest {
        name: asking.field.id(),
        field: asking.field.id(),
        arguments: arguments(asking, fixture),
        source: fixture.source(api, asking, people),
        expect: IndexMap::from([("*".to_owned(), json!({}))]),
        group: asking.field.group.clone(),
        comments,
        ..DraftTest::default()
    }
}

/// The least arguments. What is to be made new has another key.
fn arguments(asking: &Asking, fixture: &Fixture) -> Map<String, Json> {
    let is_new =
        |way: &crate::replay::who::Way| way.conditions.iter().any(|one| one.on == "record" && one.op == "missing");
    let mut arguments = plain::members_of(&asking.given.input.arguments);
    asking.given.data.table_names().for_each(|table| fixture.name(table, &mut arguments));
    if asking.who.ways.iter().any(is_new) {
        renew(&mut arguments);
    }
    arguments
}

fn renew(arguments: &mut Map<String, Json>) {
    for value in arguments.values_mut() {
        match value {
            Json::Object(members) => renew(members),
            Json::String(text) if text == plain::FIRST => "new".clone_into(text),
            Json::String(text) if text.starts_with("some ") => *text = text.replacen("some", "new", 1),
            _ => {}
        }
    }
}

/// The clock: fixed, so that what is made today and tomorrow is the same.
fn clock(api: &Api) -> (String, i64) {
    let fixed = NOW.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond).unwrap_or_default();
    let ends = api.api_keys.iter().filter_map(|key| key.expires).max().and_then(|ends| ends.checked_mul(1000));
    match ends.filter(|ends| *ends <= fixed).and_then(|ends| jiff::Timestamp::from_millisecond(ends - 86_400_000).ok())
    {
        Some(day_before) => (day_before.to_string(), day_before.as_millisecond()),
        None => (NOW.to_owned(), fixed),
    }
}
