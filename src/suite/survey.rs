//! Every caller of a suite on every test of it, also those that no expectation names: what a matrix and a diff are read
//! from. A story is run as it was written, each step by its own caller.

use rayon::prelude::*;
use serde_json::{Map, Value as Json};

use super::model::{Action, Scenario, Step, Suite, Test};
use super::run::Runner;
use super::substitute::{self, Saved};
use crate::api::Schema;
use crate::api::schema::InputValue;
use crate::error::Result;
use crate::replay;
use crate::report::RequestReport;

/// One run: a test, of a story one step of it, and who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'s> {
    /// The test's index.
    pub(super) test: usize,
    /// The step's index.
    pub(super) step: Option<usize>,
    /// Who asks.
    pub(super) identity: &'s str,
}

/// What is asked at each place of a suite, in order: a test is one row, a story one of each step.
pub(super) fn rows(suite: &Suite) -> impl Iterator<Item = (usize, Option<usize>, &Test, &Action)> {
    suite.tests.iter().enumerate().flat_map(|(at, test)| {
        let actions: Vec<(Option<usize>, &Action)> = match &test.scenario {
            Scenario::Callers { action, .. } => vec![(None, action)],
            Scenario::Story(steps) => steps.iter().enumerate().map(|(n, step)| (Some(n), &step.action)).collect(),
        };
        actions.into_iter().map(move |(step, action)| (at, step, test, action))
    })
}

/// Runs a suite, everything recorded if `record`, and gives what `take` makes of each run that is `wanted`, in order.
/// `done` is told of every test that is through.
///
/// # Errors
/// An API that cannot be read, or a template of it that does not parse.
pub(super) fn survey<'s, T: Send>(
    runner: &Runner<'_>,
    suite: &'s Suite,
    record: bool,
    wanted: &(dyn Fn(Place<'s>) -> bool + Sync),
    take: &(dyn Fn(Place<'s>, RequestReport) -> T + Sync),
    done: &(dyn Fn() + Sync),
) -> Result<Vec<T>> {
    let of_test = |(at, test): (usize, &'s Test)| {
        let taken = match &test.scenario {
            Scenario::Callers { action, .. } => {
                let places: Vec<Place<'s>> = suite
                    .identities
                    .keys()
                    .map(|identity| Place { test: at, step: None, identity })
                    .filter(|place| wanted(*place))
                    .collect();
                let run = |place: Place<'s>| {
                    let (mut data, env) = runner.fresh(test);
                    let report = runner.asked(action, place.identity, (&mut data, &env), record, &Saved::new())?;
                    Ok(take(place, report))
                };
                places.into_par_iter().map(run).collect::<Result<Vec<T>>>()
            }
            Scenario::Story(steps) => story(runner, (at, test), steps, record, wanted, take),
        };
        done();
        taken
    };
    let all: Vec<Result<Vec<T>>> = suite.tests.par_iter().enumerate().map(of_test).collect();
    Ok(all.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// The steps up to the one whose saved values the next would lack.
fn story<'s, T>(
    runner: &Runner<'_>,
    (test, of): (usize, &Test),
    steps: &'s [Step],
    record: bool,
    wanted: &(dyn Fn(Place<'s>) -> bool + Sync),
    take: &(dyn Fn(Place<'s>, RequestReport) -> T + Sync),
) -> Result<Vec<T>> {
    let place = |(at, step): (usize, &'s Step)| Place { test, step: Some(at), identity: &step.identity };
    let mut taken = Vec::new();
    if !steps.iter().enumerate().any(|step| wanted(place(step))) {
        return Ok(taken);
    }
    let (mut data, env) = runner.fresh(of);
    let mut saved = Saved::new();
    for (at, step) in steps.iter().enumerate() {
        let report = runner.asked(&step.action, &step.identity, (&mut data, &env), record, &saved)?;
        let body = report.response.as_ref().map(|response| response.body.clone()).unwrap_or_default();
        if wanted(place((at, step))) {
            taken.push(take(place((at, step)), report));
        }
        for (name, path) in &step.save {
            match substitute::at_path(&body, path).filter(|value| !value.is_null()) {
                Some(value) => saved.insert(name.clone(), value.clone()),
                None => return Ok(taken),
            };
        }
    }
    Ok(taken)
}

/// Why a field cannot be asked of an API: it, or an argument, is not in the schema. A query that does not fit is
/// refused by the API itself.
pub(super) fn unaskable(schema: &Schema, action: &Action) -> Option<String> {
    let Action::Field { parent_type, field, arguments, .. } = action else { return None };
    if replay::unknown_field(schema, parent_type, field).is_some() {
        return Some(format!("there is no field `{parent_type}.{field}`"));
    }
    let known = schema.field(parent_type, field).map(|field| field.args.iter().collect::<Vec<_>>()).unwrap_or_default();
    unknown_argument(schema, &known, arguments, &format!("{parent_type}.{field}"))
}

fn unknown_argument(schema: &Schema, known: &[&InputValue], given: &Map<String, Json>, of: &str) -> Option<String> {
    given.iter().find_map(|(name, value)| {
        let Some(input) = known.iter().find(|input| input.name == *name) else {
            return Some(format!("`{of}` has no argument `{name}`"));
        };
        let ty = input.ty.base_name();
        let below: Vec<&InputValue> = schema.input_fields(ty)?.values().collect();
        let mut objects = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter();
        objects.find_map(|object| unknown_argument(schema, &below, object.as_object()?, ty))
    })
}
