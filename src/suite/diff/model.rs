//! Which decisions flipped between two builds, as plain data: schema `vtlens.diff/1`.

use indexmap::IndexMap;
use serde::Serialize;

use super::super::matrix::Grant;
use crate::report::{Site, SubscriptionFilter};
use crate::verdict::{Cause, Decision, Stage};

/// The name of this document's schema.
pub const SCHEMA: &str = "vtlens.diff/1";

/// What a flip means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Reaches what was refused before, or what was withheld.
    Gained,
    /// Is refused what was reached before, or gets less of it.
    Lost,
    /// Neither can be said: a fact is missing, or the request fails for another reason than authorization.
    Other,
}

impl Change {
    /// Every one, by its name in allow-lists.
    pub const ALL: [(&str, Change); 3] = [("gained", Change::Gained), ("lost", Change::Lost), ("other", Change::Other)];

    /// Its name.
    pub fn name(self) -> &'static str {
        Change::ALL.into_iter().find(|(_, change)| *change == self).map_or("", |(name, _)| name)
    }
}

/// The decisions that two builds of an API take differently.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diff {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// The old build, as people named it.
    pub old: String,
    /// The new one.
    pub new: String,
    /// How many requests were made of both.
    pub compared: usize,
    /// The flips, gained access first; those of one field by one branch together.
    pub groups: Vec<Group>,
    /// Flips that the allow-list accepts.
    pub accepted: Vec<Accepted>,
    /// Entries of the allow-list that matched nothing.
    pub stale: Vec<Entry>,
    /// Fields that only the new build has.
    pub only_new: Vec<OneSided>,
    /// Fields that only the old build has.
    pub only_old: Vec<OneSided>,
    /// Requests that only one build takes.
    pub not_compared: Vec<NotCompared>,
}

impl Diff {
    /// How many flips of a kind there are, accepted ones left out.
    pub fn count(&self, change: Change) -> usize {
        self.groups.iter().filter(|group| group.change == change).map(|group| group.cases.len()).sum()
    }

    /// Whether nothing flipped but what is accepted.
    pub fn is_unchanged(&self) -> bool {
        self.groups.is_empty()
    }
}

/// Flips of one field, by one branch.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Group {
    /// What they mean.
    pub change: Change,
    /// `Type.field`
    pub field: String,
    /// The rule that lets in: of gained access the new build's, of lost access the old one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_by: Option<Grant>,
    /// The statement that refuses: of gained access the old build's, else the new one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_at: Option<Denial>,
    /// Who, and at what.
    pub cases: Vec<Flip>,
}

impl Group {
    /// The flips of each request that turned the same way, together.
    pub fn by_request(&self) -> Vec<Vec<&Flip>> {
        let mut found: Vec<Vec<&Flip>> = Vec::new();
        for flip in &self.cases {
            let same = |all: &&mut Vec<&Flip>| all.first().is_some_and(|first| first.is_like(flip));
            match found.iter_mut().find(same) {
                Some(all) => all.push(flip),
                None => found.push(vec![flip]),
            }
        }
        found
    }
}

impl Flip {
    /// Whether another caller's is the same request, turned the same way.
    fn is_like(&self, other: &Flip) -> bool {
        let request = |flip: &Flip| (flip.suite.clone(), flip.test.clone(), flip.step, flip.path.clone());
        let alike = |one: &Side, other: &Side| {
            let way = |side: &Side| (side.decision, side.rows, side.refused);
            let events = match (&one.events, &other.events) {
                (Some(one), Some(other)) => one.is_shaped_like(other),
                (one, other) => one.is_none() && other.is_none(),
            };
            way(one) == way(other) && events
        };
        request(self) == request(other) && alike(&self.old, &other.old) && alike(&self.new, &other.new)
    }
}

impl Diff {
    /// The callers of flips, each once, with a few words about who they are.
    pub fn callers(&self) -> IndexMap<&str, &str> {
        let flips = self.groups.iter().flat_map(|group| &group.cases);
        flips.map(|flip| (flip.identity.as_str(), flip.who.as_str())).collect()
    }
}

/// Where something is refused.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Denial {
    /// The stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

/// One decision that flipped.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Flip {
    /// The suite's path; of requests made from a build, which one.
    pub suite: String,
    /// The test.
    pub test: String,
    /// The step of a story, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The field's path in the response; absent for the request as a whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Who asks.
    pub identity: String,
    /// Who that is, in a few words.
    pub who: String,
    /// What the old build decides.
    pub old: Side,
    /// What the new one does.
    pub new: Side,
}

/// What one build decides.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Side {
    /// The decision.
    pub decision: Decision,
    /// Where it falls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The statement that denies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// The rule that lets in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_by: Option<Grant>,
    /// How many rows come back, where that is what differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// At how many places of the answer the field is refused, where that is what differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<usize>,
    /// Which events reach a subscriber, where that is what differs.
    #[serde(rename = "subscriptionFilter", skip_serializing_if = "Option::is_none")]
    pub events: Option<SubscriptionFilter>,
}

impl Side {
    /// The decision as people see it: of a subscription that a filter holds back something from, filtered.
    pub fn shown(&self) -> Decision {
        match &self.events {
            Some(filter) if !filter.is_open() => Decision::Filtered,
            _ => self.decision,
        }
    }
}

/// A flip that somebody accepted.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Accepted {
    /// What it means.
    pub change: Change,
    /// `Type.field`
    pub field: String,
    /// The flip.
    #[serde(flatten)]
    pub flip: Flip,
    /// Why it is fine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// An entry of an allow-list: the flips that it accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// The file's line, from 1.
    pub line: u32,
    /// What they mean.
    pub change: Change,
    /// `Type.field`
    pub field: String,
    /// Of one caller; else of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Of one test; else of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// Why they are fine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A field that one build has.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OneSided {
    /// `Type.field`
    pub field: String,
    /// Who reaches it.
    pub open_to: Vec<String>,
    /// Who does not.
    pub closed_to: Vec<String>,
}

/// A request that one build does not take.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NotCompared {
    /// The suite's path.
    pub suite: String,
    /// The test.
    pub test: String,
    /// The step of a story, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The build that does not: `old`, `new`, or `both`.
    pub lacking: &'static str,
    /// Why.
    pub why: String,
    /// Who reaches it on the other.
    pub open_to: Vec<String>,
    /// Who does not.
    pub closed_to: Vec<String>,
}
