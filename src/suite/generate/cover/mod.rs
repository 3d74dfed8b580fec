//! More callers and tests, for the branches of the templates that the plain ones do not take. Only what takes a branch
//! that nothing before it took is kept.

mod asks;
mod beyond;
mod callers;
mod probe;

use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::{Value as Json, json};

use super::super::apis::Counting;
use super::super::coverage::{self, TemplateCoverage};
use super::model::{Draft, DraftTest};
use crate::api::Api;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::IdentityFacts;
use crate::replay::Replay;
use crate::source::Data;
use callers::Issued;
use probe::{Ask, Probe, Taken};

/// How often one field is run in search of branches.
const MOST_RUNS: usize = 3000;

/// The tests of a field, the plain one first, and what of its templates is taken.
struct Work<'a> {
    probe: Probe<'a>,
    test: DraftTest,
    others: Vec<DraftTest>,
    taken: Taken,
}

impl Draft {
    /// Adds what takes more branches.
    ///
    /// # Errors
    /// An API that cannot be read, or a template of it that does not parse.
    pub(super) fn cover(&mut self, api: &Arc<Api>, now_ms: i64, done: &(dyn Fn() + Sync)) -> Result<()> {
        let coverage = coverage::collect(vec![(api.root.clone(), Arc::clone(api), Counting::default())])?;
        let templates: Vec<TemplateCoverage> = coverage.apis.into_iter().flat_map(|api| api.templates).collect();
        let replay = Replay::new(api, now_ms);
        let data = Data::from_json("data", &Json::Object(self.data.clone()))?.with_responses(self.responses.clone());
        let mut work: Vec<Work<'_>> = Vec::new();
        for test in &self.tests {
            if let Some(work) = work.last_mut().filter(|work| work.test.field == test.field) {
                work.others.push(test.clone());
                continue;
            }
            let Some(field) = test.field.split_once('.') else { continue };
            let probe = Probe::new(&replay, field, &templates, data.clone(), now_ms);
            work.push(Work { probe, test: test.clone(), others: Vec::new(), taken: Taken::new() });
        }
        let known = facts(&self.identities)?;
        work.par_iter_mut().try_for_each(|work| work.base(&known))?;
        self.more_callers(&mut work)?;
        let known = facts(&self.identities)?;
        let more: Vec<Vec<DraftTest>> = work
            .par_iter_mut()
            .map(|work| {
                let more = work.more_tests(api, &known, &self.data);
                done();
                more
            })
            .collect::<Result<_>>()?;
        self.tests.extend(more.into_iter().flatten());
        self.go_beyond(api, &mut work)
    }

    /// Callers who, asking what all ask, take branches that nobody else takes: those who take the most first.
    fn more_callers(&mut self, work: &mut [Work<'_>]) -> Result<()> {
        let variants: Vec<(String, Json, String)> = self
            .identities
            .iter()
            .flat_map(|(name, identity)| callers::variants(name, identity, Issued::AsProvidersDo))
            .collect();
        let identities = variants.iter().map(|(name, identity, _)| (name.clone(), identity.clone())).collect();
        let facts = facts(&identities)?;
        let taken: Vec<Vec<Taken>> = work
            .par_iter_mut()
            .map(|work| {
                if work.is_done() {
                    return Ok(vec![Taken::new(); facts.len()]);
                }
                let ask = work.ask();
                facts.iter().map(|(_, facts)| work.probe.run(facts, &ask)).collect::<Result<_>>()
            })
            .collect::<Result<_>>()?;
        loop {
            let new = |at: usize| -> usize {
                let each = work.iter().zip(&taken);
                each.map(|(work, taken)| taken.get(at).map_or(0, |taken| taken.difference(&work.taken).count())).sum()
            };
            let best = (0..variants.len()).map(|at| (new(at), std::cmp::Reverse(at))).max();
            let Some((1.., std::cmp::Reverse(at))) = best else { return Ok(()) };
            for (work, taken) in work.iter_mut().zip(&taken) {
                work.taken.extend(taken.get(at).into_iter().flatten());
            }
            if let Some((name, identity, note)) = variants.get(at) {
                self.identities.insert(name.clone(), identity.clone());
                self.notes.insert(name.clone(), note.clone());
            }
        }
    }
}

impl Work<'_> {
    fn ask(&self) -> Ask {
        Ask::of(&self.test)
    }

    fn is_done(&self) -> bool {
        self.taken.len() >= self.probe.branches()
    }

    fn base(&mut self, known: &[(String, IdentityFacts)]) -> Result<()> {
        for test in std::iter::once(&self.test).chain(&self.others) {
            let ask = Ask::of(test);
            for (_, facts) in known {
                if self.taken.len() >= self.probe.branches() {
                    return Ok(());
                }
                self.taken.extend(self.probe.run(facts, &ask)?);
            }
        }
        Ok(())
    }

    /// Tests that ask otherwise.
    fn more_tests(
        &mut self,
        api: &Api,
        known: &[(String, IdentityFacts)],
        tables: &serde_json::Map<String, Json>,
    ) -> Result<Vec<DraftTest>> {
        let Some(field) = self.test.field.split_once('.') else { return Ok(Vec::new()) };
        let asks = asks::variants(api, field, &self.ask(), tables);
        self.kept(asks, known)
    }

    /// Of requests and callers those who take branches that nobody took before.
    fn kept(&mut self, asks: Vec<(Ask, String)>, known: &[(String, IdentityFacts)]) -> Result<Vec<DraftTest>> {
        let mut kept: Vec<(Ask, String, Vec<String>, Vec<String>)> = Vec::new();
        let mut runs = 0;
        for (ask, what) in asks {
            let mut who = Vec::new();
            let mut places: Vec<String> = Vec::new();
            for (name, facts) in known {
                if self.is_done() || runs >= MOST_RUNS {
                    break;
                }
                runs += 1;
                let taken = self.probe.run(facts, &ask)?;
                let new: Vec<usize> = taken.difference(&self.taken).copied().collect();
                if !new.is_empty() {
                    who.push(name.clone());
                    places.extend(new.iter().filter_map(|number| self.probe.place(*number)));
                    self.taken.extend(taken);
                }
            }
            if !who.is_empty() {
                kept.push((ask, what, who, places));
            }
        }
        let tests = kept.into_iter().map(|(ask, what, who, mut places)| {
            places.dedup();
            DraftTest {
                what,
                arguments: ask.arguments,
                source: ask.source,
                data: ask.data,
                expect: who.into_iter().map(|name| (name, json!({}))).collect(),
                comments: vec![format!("takes {}", places.join(", "))],
                ..self.test.clone()
            }
        });
        Ok(tests.collect())
    }
}

fn facts(identities: &IndexMap<String, Json>) -> Result<Vec<(String, IdentityFacts)>> {
    let read = |(name, identity): (&String, &Json)| {
        let facts = serde_json::from_value(identity.clone());
        let facts = facts.map_err(|error| Error::new(ErrorKind::Suite, format!("identity `{name}`: {error}")))?;
        Ok((name.clone(), facts))
    };
    identities.iter().map(read).collect()
}
