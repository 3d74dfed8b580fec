//! Who may do what: every caller of a suite on everything that the suite asks.

pub(super) mod caller;
mod model;
mod operations;

pub use model::{Caller, Cell, Grant, Matrix, Row, SCHEMA, Sheet};
pub use operations::operations;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::apis::Apis;
use super::check;
use super::judge;
use super::model::{Action, Suite};
use super::report::Note;
use super::run::{Options, Runner};
use super::survey::{self, survey};
use crate::api::Api;
use crate::error::Result;
use crate::report::{AllowedBy, RequestReport};
use crate::request::operation;
use crate::verdict::Decision;

/// The matrix of suites. `done` is told of every test that is through. With [`Options::keep_reports`] cells have their
/// reports.
///
/// # Errors
/// An API that a suite names and that cannot be read, or a template of it that does not parse; a field that the API
/// does not have.
pub fn matrix(suites: &[Suite], options: &Options, done: &(dyn Fn() + Sync)) -> Result<Matrix> {
    let apis = Apis::new(options);
    let sheets: Vec<Result<Sheet>> =
        suites.par_iter().map(|suite| sheet(suite, &*apis.of(suite)?, options, done)).collect();
    Ok(Matrix { schema: SCHEMA, sheets: sheets.into_iter().collect::<Result<_>>()? })
}

fn sheet(suite: &Suite, api: &Api, options: &Options, done: &(dyn Fn() + Sync)) -> Result<Sheet> {
    if let Some(mistake) = check::suite(suite, api)?.into_iter().next() {
        return Err(mistake);
    }
    let runner = Runner::new(suite, api, options)?;
    let all = |_| true;
    let take = |place: survey::Place<'_>, mut report: RequestReport| {
        let notes = std::mem::take(&mut report.notes);
        (place.test, place.step, cell(place.identity, report, options.keep_reports), notes)
    };
    let taken = survey(&runner, suite, true, &all, &take, done)?;
    let mut cells: IndexMap<(usize, Option<usize>), Vec<Cell>> = IndexMap::new();
    let mut notes: IndexMap<String, Vec<String>> = IndexMap::new();
    for (test, step, cell, remarks) in taken {
        for remark in remarks {
            let callers = notes.entry(remark).or_default();
            if !callers.contains(&cell.identity) {
                callers.push(cell.identity.clone());
            }
        }
        cells.entry((test, step)).or_default().push(cell);
    }
    let rows = survey::rows(suite).filter_map(|(at, step, test, action)| {
        // A story may end before its last step.
        let cells = once_each(cells.swap_remove(&(at, step))?);
        Some(Row { test: test.name.clone(), step: step.map(|step| step + 1), fields: fields(api, action), cells })
    });
    Ok(Sheet {
        suite: suite.file.clone(),
        api: api.name.clone(),
        rows: rows.collect(),
        identities: suite.identities.iter().map(|(name, facts)| caller::of(name, facts)).collect(),
        notes: notes.into_iter().map(|(text, identities)| Note { text, identities }).collect(),
    })
}

fn cell(identity: &str, report: RequestReport, keep: bool) -> Cell {
    let actual = judge::actual(&report);
    Cell {
        identity: identity.to_owned(),
        decision: actual.decision,
        stage: actual.stage,
        cause: actual.cause,
        site: actual.site,
        allowed_by: granted(&report),
        subscription_filter: report.fields.iter().find_map(|field| field.subscription_filter.clone()),
        errors: actual.errors,
        missing: actual.missing,
        report: keep.then(|| Box::new(report)),
    }
}

/// The rule that let in, of the field that has the request's decision.
pub(super) fn granted(report: &RequestReport) -> Option<Grant> {
    let open = |decision| matches!(decision, Decision::Allowed | Decision::Filtered);
    let mut fields = report.fields.iter().filter(|field| open(report.decision) && open(field.decision));
    fields.find_map(|field| field.allowed_by.first()).map(Grant::of)
}

impl Grant {
    pub(in crate::suite) fn of(by: &AllowedBy) -> Grant {
        Grant { kind: by.kind, auth: by.auth.clone(), site: by.grant.clone(), words: by.words.clone() }
    }
}

impl Cell {
    /// Whether two callers met the same for the same reason.
    pub fn says_the_same(&self, other: &Cell) -> bool {
        let why = |cell: &Cell| {
            let grant = cell.allowed_by.as_ref().map(|by| (by.site.clone(), by.words.clone()));
            (cell.decision, cell.stage, cell.cause.clone(), cell.site.clone(), cell.missing.clone(), grant)
        };
        why(self) == why(other) && self.subscription_filter == other.subscription_filter
    }
}

/// Of cells that say the same only the first keeps its report.
fn once_each(mut cells: Vec<Cell>) -> Vec<Cell> {
    let mut known: Vec<usize> = Vec::new();
    for at in 0..cells.len() {
        let Some(cell) = cells.get(at) else { continue };
        let repeats = known.iter().filter_map(|first| cells.get(*first)).any(|first| first.says_the_same(cell));
        if !repeats {
            known.push(at);
        } else if let Some(cell) = cells.get_mut(at) {
            cell.report = None;
        }
    }
    cells
}

/// What is asked for: of a query its root fields, as far as the API has them.
pub(super) fn fields(api: &Api, action: &Action) -> Vec<String> {
    match action {
        Action::Field { parent_type, field, .. } => vec![format!("{parent_type}.{field}")],
        Action::Query { query, operation_name, .. } => {
            operation::root_fields(&api.schema, query, operation_name.as_deref())
        }
    }
}
