//! What each build says of a request that came out differently.

use super::compare::{Difference, Extent};
use super::model::{Change, Flip, Side};
use super::{Key, caller, reading};
use crate::api::Api;
use crate::report::RequestReport;
use crate::suite::judge;
use crate::suite::matrix::{self, Grant};
use crate::suite::model::Suite;
use crate::suite::survey;

/// A suite, and the two builds.
pub(super) struct Sides<'a> {
    pub(super) suite: &'a Suite,
    pub(super) old: &'a Api,
    pub(super) new: &'a Api,
}

/// What one build decides where the two differ.
pub(super) fn side(report: &RequestReport, difference: &Difference, old: bool) -> Side {
    let of = |old_one: usize, new_one: usize| Some(if old { old_one } else { new_one });
    let (rows, refused) = match difference.extent {
        None | Some(Extent::Events) => (None, None),
        Some(Extent::Rows(was, is)) => (of(was, is), None),
        Some(Extent::Refused(was, is, _)) => (None, of(was, is)),
    };
    // Rows stand in the list that the field above them gave.
    let paths = std::iter::successors(Some(difference.path.as_str()), |path| {
        difference.extent.and(path.rsplit_once('.')).map(|(above, _)| above)
    });
    let mut fields = paths.filter(|path| !path.is_empty()).filter_map(|path| {
        let here = report.fields.iter().filter(|field| reading::path_of(&field.path) == path);
        here.max_by_key(|field| field.decision)
    });
    if difference.path.is_empty() {
        let actual = judge::actual(report);
        let (decision, stage, cause, site) = (actual.decision, actual.stage, actual.cause, actual.site);
        return Side { decision, stage, cause, site, allowed_by: matrix::granted(report), rows, refused, events: None };
    }
    match fields.next() {
        Some(field) => Side {
            decision: field.decision,
            stage: field.stage,
            cause: field.cause.clone(),
            site: field.site.clone(),
            allowed_by: field.allowed_by.first().map(Grant::of),
            rows,
            refused,
            events: field.subscription_filter.clone().filter(|_| difference.extent == Some(Extent::Events)),
        },
        None => Side { rows, refused, ..Side::default() },
    }
}

impl Sides<'_> {
    /// The flip, what it means, and the field that it is of.
    pub(super) fn flip(&self, key: &Key, difference: Difference, old: Side, new: Side) -> (Change, String, Flip) {
        let (at, step, identity) = key;
        let row = survey::rows(self.suite).find(|(test, of, ..)| (test, of) == (at, step));
        let (test, asked) = row.map_or((String::new(), Vec::new()), |(_, _, test, action)| {
            let new = matrix::fields(self.new, action);
            (test.name.clone(), if new.is_empty() { matrix::fields(self.old, action) } else { new })
        });
        let field = difference.name.unwrap_or_else(|| asked.join(", "));
        // The path of a field that was asked for by its own name says nothing new.
        let own = field.split_once('.').is_some_and(|(_, name)| name == difference.path);
        let flip = Flip {
            suite: self.suite.file.clone(),
            test,
            step: step.map(|step| step + 1),
            path: if own { String::new() } else { difference.path },
            identity: identity.clone(),
            who: caller(self.suite, identity).map(|caller| caller.words).unwrap_or_default(),
            old,
            new,
        };
        (difference.change, field, flip)
    }
}
