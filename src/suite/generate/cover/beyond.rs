//! Branches that only tokens take which no provider issues, or arguments that the schema does not have. A template that
//! asks for them is held to its answer all the same, in tests that say what they are and ask nobody else.

use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::{Value as Json, json};

use super::callers::{self, Issued};
use super::{Work, asks, facts};
use crate::api::Api;
use crate::error::Result;
use crate::identity::IdentityFacts;
use crate::suite::generate::model::{Draft, DraftTest};

impl Draft {
    /// Adds the tests, and the callers whom they need.
    ///
    /// # Errors
    /// An API that cannot be read, or a template of it that does not parse.
    pub(super) fn go_beyond(&mut self, api: &Arc<Api>, work: &mut [Work<'_>]) -> Result<()> {
        if work.iter().all(Work::is_done) {
            return Ok(());
        }
        let odd =
            self.identities.iter().flat_map(|(name, caller)| callers::variants(name, caller, Issued::AsNobodyDoes));
        let odd: Vec<(String, Json, String)> = odd.filter(|(name, _, _)| !self.identities.contains_key(name)).collect();
        let identities: IndexMap<String, Json> =
            odd.iter().map(|(name, identity, _)| (name.clone(), identity.clone())).collect();
        let (ours, theirs) = (facts(&self.identities)?, facts(&identities)?);
        let tests: Vec<Vec<DraftTest>> =
            work.par_iter_mut().map(|work| work.beyond(api, &ours, &theirs, &self.data)).collect::<Result<_>>()?;
        let tests: Vec<DraftTest> = tests.into_iter().flatten().collect();
        let plain: Vec<String> = self.identities.keys().cloned().collect();
        let asked = |name: &String| tests.iter().any(|test| test.expect.contains_key(name));
        for (name, identity, note) in odd.into_iter().filter(|(name, _, _)| asked(name)) {
            self.identities.insert(name.clone(), identity);
            self.notes.insert(name, format!("{note}, as no provider issues it"));
        }
        if self.identities.len() > plain.len() {
            // All the others are asked by name: these callers are nobody's.
            for test in self.tests.iter_mut().filter(|test| test.expect.contains_key("*")) {
                test.expect = plain.iter().map(|name| (name.clone(), json!({}))).collect();
            }
        }
        self.tests.extend(tests);
        Ok(())
    }
}

impl Work<'_> {
    fn beyond(
        &mut self,
        api: &Api,
        ours: &[(String, IdentityFacts)],
        theirs: &[(String, IdentityFacts)],
        tables: &serde_json::Map<String, Json>,
    ) -> Result<Vec<DraftTest>> {
        let field = self.test.field.clone();
        let Some(field) = field.split_once('.') else { return Ok(Vec::new()) };
        let as_asked = vec![(self.ask(), "with a token that nobody issues".to_owned())];
        let mut tests = self.kept(as_asked, theirs)?;
        let all = [ours, theirs].concat();
        tests.extend(self.kept(asks::beyond(api, field, &self.ask(), tables), &all)?);
        Ok(tests)
    }
}
