//! Which decisions two builds of an API take differently: the same callers ask the same over the same data.
//!
//! Every request is made of both builds, quickly; only those that came out differently are made again with everything
//! recorded, to say which branch decides.

mod allow;
mod compare;
mod group;
mod model;
mod reading;
mod sides;

pub use allow::AllowList;
pub use model::{Accepted, Change, Denial, Diff, Entry, Flip, Group, NotCompared, OneSided, SCHEMA, Side};

use indexmap::IndexMap;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::apis::{Apis, Shared};
use super::matrix::{self, Caller};
use super::model::Suite;
use super::run::{self, Options, Runner};
use super::survey::{self, Place, survey};
use crate::api::Api;
use crate::error::Result;
use crate::report::RequestReport;
use allow::Names;
use compare::Difference;
use reading::{Reading, open};
use sides::Sides;

/// The two builds.
#[derive(Debug, Clone)]
pub struct Builds {
    /// The old one, as people name it.
    pub old: String,
    /// The new one.
    pub new: String,
    /// What goes before what suites say, for the old one. Its API is the old build.
    pub of_old: Options,
    /// The same for the new one.
    pub of_new: Options,
}

/// A test, of a story one of its steps, and who asks.
type Key = (usize, Option<usize>, String);

fn key(place: Place<'_>) -> Key {
    (place.test, place.step, place.identity.to_owned())
}

/// What one suite says of both builds.
#[derive(Default)]
struct Found {
    compared: usize,
    flips: Vec<(Change, String, Flip)>,
    only_old: Vec<OneSided>,
    only_new: Vec<OneSided>,
    not_compared: Vec<NotCompared>,
    names: Names,
}

/// Compares two builds by what suites ask. `done` is told twice of every test that is through: once for each build.
///
/// # Errors
/// A build that cannot be read, or a template of it that does not parse; a field that neither has; a name in the
/// allow-list that nothing has.
pub fn diff(suites: &[Suite], builds: &Builds, allowed: &AllowList, done: &(dyn Fn() + Sync)) -> Result<Diff> {
    let (old, new) = (Apis::new(&builds.of_old), Apis::new(&builds.of_new));
    let found: Vec<Result<Found>> = suites
        .par_iter()
        .map(|suite| {
            let (before, after) = rayon::join(|| old.of(suite), || new.of(suite));
            of_suite(suite, (&before?, &after?), builds, done)
        })
        .collect();
    let mut diff = Diff {
        schema: SCHEMA,
        old: builds.old.clone(),
        new: builds.new.clone(),
        compared: 0,
        groups: Vec::new(),
        accepted: Vec::new(),
        stale: Vec::new(),
        only_new: Vec::new(),
        only_old: Vec::new(),
        not_compared: Vec::new(),
    };
    let mut names = Names::default();
    let mut flips: Vec<(Change, String, Flip)> = Vec::new();
    let mut known: FxHashSet<(&str, String)> = FxHashSet::default();
    for (suite, found) in suites.iter().zip(found) {
        let found = found?;
        diff.compared += found.compared;
        found.only_new.into_iter().for_each(|one| merge(&mut diff.only_new, one));
        found.only_old.into_iter().for_each(|one| merge(&mut diff.only_old, one));
        diff.not_compared.extend(found.not_compared);
        names.fields.extend(found.names.fields);
        names.identities.extend(found.names.identities);
        names.tests.extend(found.names.tests);
        // Requests made from both builds can be the same, and so are then their flips.
        let same = |(change, field, flip): &(Change, String, Flip)| {
            format!("{change:?} {field} {} {:?} {} {} {}", flip.test, flip.step, flip.path, flip.identity, flip.who)
        };
        let mine: Vec<String> = found.flips.iter().map(same).collect();
        flips.extend(found.flips.into_iter().filter(|flip| !known.contains(&(suite.file.as_str(), same(flip)))));
        known.extend(mine.into_iter().map(|flip| (suite.file.as_str(), flip)));
    }
    allowed.check(&names)?;
    diff.groups = group::groups(flips);
    allowed.apply(&mut diff);
    Ok(diff)
}

fn of_suite(
    suite: &Suite,
    (old, new): (&Shared, &Shared),
    builds: &Builds,
    done: &(dyn Fn() + Sync),
) -> Result<Found> {
    let (before, after) = (Runner::new(suite, old, &builds.of_old)?, Runner::new(suite, new, &builds.of_new)?);
    let (old, new): (&Api, &Api) = (&old.api, &new.api);
    let lacking = lacking(suite, old, new)?;
    let readings = |runner: &Runner<'_>, mine: &dyn Fn(&Lacks) -> Option<String>| {
        let asked: Vec<bool> = lacking.iter().map(|lacks| mine(lacks).is_none()).collect();
        let wanted = move |place: Place<'_>| place.step.is_some() || asked.get(place.test).copied().unwrap_or(true);
        let read = |place: Place<'_>, report: RequestReport| (key(place), Reading::of(&report));
        survey(runner, suite, false, &wanted, &read, done).map(|all| all.into_iter().collect::<IndexMap<_, _>>())
    };
    let (was, is) = rayon::join(
        || readings(&before, &|lacks| lacks.old.clone()),
        || readings(&after, &|lacks| lacks.new.clone()),
    );
    let (was, is) = (was?, is?);
    let mut found = Found::default();
    let mut differences: IndexMap<Key, Vec<Difference>> = IndexMap::new();
    for (key, old) in &was {
        if let Some(new) = is.get(key)
            && old.misfit.is_none()
            && new.misfit.is_none()
        {
            found.compared += 1;
            let found = compare::differences(old, new);
            if !found.is_empty() {
                differences.insert(key.clone(), found);
            }
        }
    }
    let sides = |runner: &Runner<'_>, old: bool| -> Result<IndexMap<Key, Vec<Side>>> {
        let wanted = |place: Place<'_>| differences.contains_key(&key(place));
        let read = |place: Place<'_>, report: RequestReport| {
            let key = key(place);
            let of = |difference: &Difference| sides::side(&report, difference, old);
            let sides = differences.get(&key).map(|all| all.iter().map(of).collect()).unwrap_or_default();
            (key, sides)
        };
        Ok(survey(runner, suite, true, &wanted, &read, &|| {})?.into_iter().collect())
    };
    if !differences.is_empty() {
        let (mut old_sides, mut new_sides) = {
            let (old, new) = rayon::join(|| sides(&before, true), || sides(&after, false));
            (old?, new?)
        };
        let told = Sides { suite, old, new };
        for (key, differences) in differences {
            let before = old_sides.swap_remove(&key).unwrap_or_default();
            let after = new_sides.swap_remove(&key).unwrap_or_default();
            for ((difference, old), new) in differences.into_iter().zip(before).zip(after) {
                found.flips.push(told.flip(&key, difference, old, new));
            }
        }
    }
    one_sided(suite, (old, &was), (new, &is), &lacking, &mut found);
    found.names.identities = suite.identities.keys().cloned().collect();
    found.names.tests = suite.tests.iter().map(|test| test.name.clone()).collect();
    found.names.fields = [old, new].into_iter().flat_map(|api| fields(api)).collect();
    Ok(found)
}

/// Every field of an API.
fn fields(api: &Api) -> impl Iterator<Item = String> {
    api.schema.types().flat_map(|def| def.fields.keys().map(|field| format!("{}.{field}", def.name)))
}

/// Why a test cannot be asked, of each build.
#[derive(Debug, Default)]
struct Lacks {
    old: Option<String>,
    new: Option<String>,
}

/// What each test of a suite finds missing in one of the schemas. What both lack is asked of both, as `vtlens test` does;
/// but a field that neither has is a mistake of the suite.
fn lacking(suite: &Suite, old: &Api, new: &Api) -> Result<Vec<Lacks>> {
    let mut all: Vec<Lacks> = suite.tests.iter().map(|_| Lacks::default()).collect();
    for (at, step, test, action) in survey::rows(suite) {
        let (before, after) = (survey::unaskable(&old.schema, action), survey::unaskable(&new.schema, action));
        if before.is_some() && after.is_some() {
            run::check(suite, test, old).and_then(|()| run::check(suite, test, new))?;
        } else if let (None, Some(lacks)) = (step, all.get_mut(at)) {
            *lacks = Lacks { old: before, new: after };
        }
    }
    Ok(all)
}

/// What only one build was asked, and who reached it there.
fn one_sided(
    suite: &Suite,
    (old, was): (&Api, &IndexMap<Key, Reading>),
    (new, is): (&Api, &IndexMap<Key, Reading>),
    lacking: &[Lacks],
    found: &mut Found,
) {
    for (at, step, test, action) in survey::rows(suite) {
        let of_row = |readings: &IndexMap<Key, Reading>| {
            let mine = readings.iter().filter(|((test, of, _), _)| (*test, *of) == (at, step));
            let (misfit, fit): (Vec<_>, Vec<_>) = mine.partition(|(_, reading)| reading.misfit.is_some());
            let misfit = misfit.first().and_then(|(_, reading)| reading.misfit.clone());
            let (open, closed): (Vec<_>, Vec<_>) = fit.into_iter().partition(|(_, reading)| open(reading.decision));
            let names = |all: Vec<(&Key, &Reading)>| all.into_iter().map(|((_, _, who), _)| who.clone()).collect();
            (misfit, names(open), names(closed))
        };
        let (old_misfit, old_open, old_closed): (_, Vec<String>, Vec<String>) = of_row(was);
        let (new_misfit, new_open, new_closed): (_, Vec<String>, Vec<String>) = of_row(is);
        let lacks = lacking.get(at).filter(|_| step.is_none());
        let ended = |mine: &IndexMap<Key, Reading>, other: &IndexMap<Key, Reading>| {
            let ran = |readings: &IndexMap<Key, Reading>| readings.keys().any(|(t, s, _)| (*t, *s) == (at, step));
            (step.is_some() && !ran(mine) && ran(other)).then(|| "an earlier step gave nothing to go on with".to_owned())
        };
        let old_lacks = lacks.and_then(|lacks| lacks.old.clone()).or(old_misfit).or_else(|| ended(was, is));
        let new_lacks = lacks.and_then(|lacks| lacks.new.clone()).or(new_misfit).or_else(|| ended(is, was));
        let (lacking, why, (open_to, closed_to), (with, without)) = match (old_lacks, new_lacks) {
            (None, None) => continue,
            (Some(why), None) => ("old", why, (new_open, new_closed), (new, old)),
            (None, Some(why)) => ("new", why, (old_open, old_closed), (old, new)),
            (Some(why), Some(_)) => ("both", why, (Vec::new(), Vec::new()), (old, new)),
        };
        // A field that is there on one side only is a field, not a test, to its reader.
        let has = |api: &Api, field: &str| {
            field.split_once('.').is_some_and(|(parent, name)| api.schema.field(parent, name).is_some())
        };
        let fields = matrix::fields(with, action);
        if let ([field], "old" | "new") = (fields.as_slice(), lacking)
            && has(with, field)
            && !has(without, field)
        {
            let one = OneSided { field: field.clone(), open_to, closed_to };
            merge(if lacking == "old" { &mut found.only_new } else { &mut found.only_old }, one);
            continue;
        }
        let (suite, test, step) = (suite.file.clone(), test.name.clone(), step.map(|step| step + 1));
        found.not_compared.push(NotCompared { suite, test, step, lacking, why, open_to, closed_to });
    }
    // Ways in that nobody asked for are told, too.
    for (with, without, list) in [(new, old, &mut found.only_new), (old, new, &mut found.only_old)] {
        let roots = fields(with).filter(|field| {
            let (parent, name) = field.split_once('.').unwrap_or_default();
            with.schema.is_root(parent) && without.schema.field(parent, name).is_none()
        });
        roots.for_each(|field| merge(list, OneSided { field, open_to: Vec::new(), closed_to: Vec::new() }));
    }
}

/// Adds what another test or suite saw of a field. Who reached it once is not among those who never do.
fn merge(list: &mut Vec<OneSided>, one: OneSided) {
    let at = list.iter().position(|known| known.field == one.field).unwrap_or_else(|| {
        list.push(OneSided { field: one.field.clone(), open_to: Vec::new(), closed_to: Vec::new() });
        list.len() - 1
    });
    if let Some(known) = list.get_mut(at) {
        let add = |names: &mut Vec<String>, more: Vec<String>| {
            more.into_iter().for_each(|name| {
                if !names.contains(&name) {
                    names.push(name);
                }
            });
        };
        add(&mut known.open_to, one.open_to);
        add(&mut known.closed_to, one.closed_to);
        known.closed_to.retain(|name| !known.open_to.contains(name));
    }
}

/// A caller of a suite, for people.
fn caller(suite: &Suite, name: &str) -> Option<Caller> {
    suite.identities.get(name).map(|facts| matrix::caller::of(name, facts))
}
