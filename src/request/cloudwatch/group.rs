//! Events by request. A request is handed on when its last event lies long enough behind; what is kept meanwhile is
//! bounded, and what does not fit is counted.

use std::collections::VecDeque;
use std::hash::BuildHasher as _;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashSet};

use super::{LogEvent, LogSummary, LoggedRequest, context, count, message, rebuild};
use crate::error::Result;

/// Events that may pass before a request that has ended is handed on: logs are interleaved, and not in order.
const GRACE: usize = 2_000;
/// Bytes of messages that are kept of all requests.
const KEPT: usize = 24 * 1024 * 1024;
/// Bytes of messages that are kept of one request: four times what AppSync writes at most.
const OF_ONE: usize = 4 * 1024 * 1024;
/// Ids that are remembered of requests handed on.
const REMEMBERED: usize = 65_536;

/// What is known of one request so far.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) events: Vec<LogEvent>,
    /// Events that were left out: the request passed its bound.
    pub(super) dropped: usize,
    bytes: usize,
    /// To leave out what an export holds twice.
    seen: FxHashSet<u64>,
    /// The number of its last event.
    last: usize,
    ended: bool,
}

/// The requests on their way.
pub(super) struct Groups<'g> {
    file: &'g str,
    on: &'g mut dyn FnMut(LoggedRequest) -> Result<()>,
    pending: IndexMap<String, Pending, FxBuildHasher>,
    /// Those that have ended, in the order in which they did.
    ended: VecDeque<String>,
    handed: FxHashSet<u64>,
    handed_order: VecDeque<u64>,
    bytes: usize,
    /// The request of the event before.
    latest: Option<String>,
    /// Events of no request, and events of requests that were handed on.
    strangers: usize,
    late: usize,
    summary: LogSummary,
}

impl<'g> Groups<'g> {
    pub(super) fn new(file: &'g str, on: &'g mut dyn FnMut(LoggedRequest) -> Result<()>) -> Self {
        Groups {
            file,
            on,
            pending: IndexMap::default(),
            ended: VecDeque::new(),
            handed: FxHashSet::default(),
            handed_order: VecDeque::new(),
            bytes: 0,
            latest: None,
            strangers: 0,
            late: 0,
            summary: LogSummary::default(),
        }
    }

    /// Takes one event.
    pub(super) fn event(&mut self, event: LogEvent) -> Result<()> {
        self.summary.events += 1;
        let now = self.summary.events;
        let id = message::request_id(&event.message)
            .or_else(|| context::find(&event.message).as_ref().and_then(context::request_id));
        // AppSync stops in the middle of an event when a request has 1 MB of them: that one ends what stands before it.
        let id = id.or_else(|| self.latest.clone().filter(|_| message::is_cut(&event.message)));
        let Some(id) = id else {
            self.strangers += 1;
            return Ok(());
        };
        self.latest = Some(id.clone());
        if self.handed.contains(&hash(&id)) {
            self.late += 1;
            return Ok(());
        }
        let ends = event.message.trim_end().ends_with("End Request") || event.message.contains("\"RequestSummary\"");
        let pending = self.pending.entry(id.clone()).or_default();
        pending.last = now;
        if ends && !pending.ended {
            pending.ended = true;
            self.ended.push_back(id);
        }
        let size = event.message.len() + size_of::<LogEvent>();
        if pending.bytes + size > OF_ONE {
            pending.dropped += 1;
        } else if pending.seen.insert(hash(event.message.trim())) {
            pending.bytes += size;
            self.bytes += size;
            pending.events.push(event);
        }
        self.hand_on_ended(now)?;
        if self.bytes > KEPT {
            self.make_room()?;
        }
        Ok(())
    }

    /// Hands on what has ended, and of which nothing was heard for a while.
    fn hand_on_ended(&mut self, now: usize) -> Result<()> {
        while let Some(id) = self.ended.front() {
            match self.pending.get(id) {
                Some(pending) if pending.last + GRACE > now => return Ok(()),
                _ => {}
            }
            let Some(id) = self.ended.pop_front() else { return Ok(()) };
            if let Some((id, pending)) = self.pending.swap_remove_entry(&id) {
                self.hand_on(id, pending)?;
            }
        }
        Ok(())
    }

    /// Hands on the half that was heard of longest ago, ended ones first.
    fn make_room(&mut self) -> Result<()> {
        self.pending.sort_by(|_, one, _, other| other.ended.cmp(&one.ended).then(one.last.cmp(&other.last)));
        let half: Vec<_> = self.pending.drain(..self.pending.len().div_ceil(2)).collect();
        for (id, pending) in half {
            self.hand_on(id, pending)?;
        }
        self.ended.retain(|id| self.pending.contains_key(id));
        Ok(())
    }

    fn hand_on(&mut self, id: String, pending: Pending) -> Result<()> {
        self.bytes = self.bytes.saturating_sub(pending.bytes);
        if self.handed_order.len() >= REMEMBERED
            && let Some(oldest) = self.handed_order.pop_front()
        {
            self.handed.remove(&oldest);
        }
        self.handed.insert(hash(&id));
        self.handed_order.push_back(hash(&id));
        let entry = self.summary.requests;
        self.summary.requests += 1;
        (self.on)(rebuild::request(self.file, entry, id, pending))
    }

    /// Hands on what is left.
    pub(super) fn finish(mut self) -> Result<LogSummary> {
        for (id, pending) in std::mem::take(&mut self.pending) {
            self.hand_on(id, pending)?;
        }
        let Groups { mut summary, strangers, late, .. } = self;
        if strangers > 0 && summary.requests > 0 {
            summary.skipped.push(count(strangers, "event is not", "events are not") + " of an AppSync request");
        }
        if late > 0 {
            let late = count(late, "event was", "events were");
            summary.skipped.push(format!("{late} left out, long behind the rest of the request"));
        }
        Ok(summary)
    }
}

fn hash(text: &str) -> u64 {
    FxBuildHasher.hash_one(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> String {
        format!("00000000-0000-0000-0000-{number:012x}")
    }

    fn groups(messages: impl Iterator<Item = String>) -> (Vec<(String, usize)>, LogSummary) {
        let mut handed = Vec::new();
        let mut on = |request: LoggedRequest| {
            handed.push((request.id, request.request.source.entry.unwrap()));
            Ok(())
        };
        let mut groups = Groups::new("f", &mut on);
        for message in messages {
            groups.event(LogEvent { at_ms: None, message }).unwrap();
        }
        let summary = groups.finish().unwrap();
        (handed, summary)
    }

    #[test]
    fn requests_that_have_ended_are_handed_on_while_others_go_on() {
        let first = [format!("{} End Request", id(0)), format!("{} Begin Request", id(0))];
        let rest = (0..GRACE * 2).map(|at| format!("{} line {at}", id(1)));
        let late = [format!("{} GraphQL Query: {{ a }}", id(0)), "something else".to_owned()];
        let (handed, summary) = groups(first.into_iter().chain(rest).chain(late));
        assert_eq!(handed, [(id(0), 0), (id(1), 1)]);
        assert_eq!(summary.events, GRACE * 2 + 4);
        assert_eq!(
            summary.skipped,
            ["1 event is not of an AppSync request", "1 event was left out, long behind the rest of the request"]
        );
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let text = "x".repeat(100_000);
        let (handed, summary) = groups((0..1_000).map(|at| format!("{} {text}", id(at))));
        assert_eq!((handed.len(), summary.requests), (1_000, 1_000));
        let mut gaps = Vec::new();
        let mut on = |request: LoggedRequest| {
            gaps = request.gaps;
            Ok(())
        };
        let mut groups = Groups::new("f", &mut on);
        for at in 0..100 {
            groups.event(LogEvent { at_ms: None, message: format!("{} {at} {text}", id(7)) }).unwrap();
        }
        assert!(groups.bytes <= OF_ONE);
        groups.finish().unwrap();
        assert!(gaps.iter().any(|gap| gap.starts_with("59 events of the request were left out")), "{gaps:?}");
    }
}
