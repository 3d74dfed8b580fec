//! What suites can share: everything of them except their tests. A file gives its own, and over what it includes.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use crate::error::Place;
use crate::identity::IdentityFacts;
use crate::source::Data;

/// A caller as one file describes it.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// Nothing where the description has a mistake.
    pub(super) facts: Option<IdentityFacts>,
    pub(super) place: Place,
}

/// What stands in one file beside its tests, with what the files that it includes give.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    pub(super) api: Option<PathBuf>,
    pub(super) params: IndexMap<String, String>,
    pub(super) now_ms: Option<i64>,
    pub(super) data: Option<Data>,
    pub(super) responses: Option<Map<String, Json>>,
    pub(super) callers: IndexMap<String, Caller>,
    /// Where each table that stands in a suite itself does.
    pub(super) tables: Vec<(String, Place)>,
    /// Where each response does.
    pub(super) answers: Vec<(String, Place)>,
}

impl Parts {
    /// These, and of another file's what these do not say.
    pub(super) fn over(self, below: Parts) -> Parts {
        let mut params = below.params;
        params.extend(self.params);
        let mut callers = below.callers;
        callers.extend(self.callers);
        let data = match (self.data, below.data) {
            (Some(own), Some(below)) => Some(own.over(below)),
            (own, below) => own.or(below),
        };
        let responses = match (self.responses, below.responses) {
            (Some(own), Some(mut all)) => {
                all.extend(own);
                Some(all)
            }
            (own, below) => own.or(below),
        };
        Parts {
            api: self.api.or(below.api),
            params,
            now_ms: self.now_ms.or(below.now_ms),
            data,
            responses,
            callers,
            tables: joined(below.tables, self.tables),
            answers: joined(below.answers, self.answers),
        }
    }

    /// A caller whom these and another file describe differently.
    pub(super) fn contradiction<'p>(&'p self, other: &'p Parts) -> Option<(&'p str, &'p Caller, &'p Caller)> {
        self.callers.iter().find_map(|(name, caller)| {
            let elsewhere = other.callers.get(name)?;
            let differ = caller.facts.is_some() && elsewhere.facts.is_some() && caller.facts != elsewhere.facts;
            differ.then_some((name.as_str(), elsewhere, caller))
        })
    }
}

/// Places by name, the later ones in the stead of the earlier.
fn joined(mut below: Vec<(String, Place)>, own: Vec<(String, Place)>) -> Vec<(String, Place)> {
    below.retain(|(name, _)| !own.iter().any(|(other, _)| other == name));
    below.extend(own);
    below
}
