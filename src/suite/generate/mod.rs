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
mod writes;

pub use model::{Draft, DraftTest};
pub use summary::{Caller, SCHEMA, Summary, Uncovered};

use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::{Map, Value as Json, json};

use crate::api::{Api, AuthMode};
use crate::error::Result;
use crate::replay::who::{Condition, Way, WhoCan};
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
    let tests: Vec<Vec<DraftTest>> =
        asked.par_iter().map(|asking| tests(api, asking, &fixture, &people)).collect::<Result<_>>()?;
    Ok(Draft {
        api: options.api.clone(),
        params: options.params.clone(),
        now,
        ids: "counter",
        data: fixture.tables(),
        responses: fixture.responses.clone(),
        tests: tests.into_iter().flatten().collect(),
        notes: people.notes,
        identities: people.all,
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

/// What a field is asked: with the least, of the records that are somebody's for one reason only, and to write one field.
fn tests(api: &Api, asking: &Asking, fixture: &Fixture, people: &People) -> Result<Vec<DraftTest>> {
    let plain = test(api, asking, fixture, people);
    let (id, group) = (&plain.field, &plain.group);
    let deed = names::deed(&api.schema, &plain);
    let mut found = Vec::new();
    let is_new = is_new(asking) || asking.field.name.strip_prefix("create") == Some(group);
    let of_held = |one: &Condition| matches!(one.on, "record" | "parent" | "arguments") && !one.claims.is_empty();
    let asks_whose = asking.who.ways.iter().flat_map(people::conditions).any(of_held);
    let alone = match asks_whose && !is_new {
        true => fixture.by_one(asking, &plain.arguments, &plain.source),
        false => Vec::new(),
    };
    for (attribute, arguments, source) in alone {
        found.push(DraftTest {
            name: format!("{id}, theirs by {attribute} alone"),
            deed: format!("{deed} that is theirs by {attribute} alone"),
            arguments,
            source,
            ..plain.clone()
        });
    }
    for write in writes::writes(api, asking, fixture, &plain.arguments, is_new)? {
        let field = &write.field;
        let is_update = asking.field.name.strip_prefix("update") == Some(group);
        let (short, deed) = match (write.sets, is_update) {
            (true, true) => (format!("writing {field}"), format!("write {group}.{field}")),
            (false, true) => (format!("clearing {field}"), format!("clear {group}.{field}")),
            (true, false) => (format!("with {field}"), format!("{deed} with {field}")),
            (false, false) => (format!("with {field} null"), format!("{deed} with {field} null")),
        };
        let mut comments = plain.comments.clone();
        if !write.like.is_empty() {
            comments.push(format!("{field} stands for {}, too", write.like.join(", ")));
        }
        let arguments = write.arguments;
        found.push(DraftTest { name: format!("{id}, {short}"), deed, arguments, comments, ..plain.clone() });
    }
    found.insert(0, plain);
    Ok(found)
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
    let mut arguments = plain::members_of(&asking.given.input.arguments);
    let tables = asking.given.data.table_names().chain(fixture.table_of(&asking.field.group));
    tables.for_each(|table| fixture.name(table, &mut arguments));
    if is_new(asking) {
        renew(&mut arguments);
    }
    arguments
}

/// Whether a field makes a record that must not be there.
fn is_new(asking: &Asking) -> bool {
    let is_missing = |way: &Way| way.conditions.iter().any(|one| one.on == "record" && one.op == "missing");
    asking.who.ways.iter().any(is_missing)
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
