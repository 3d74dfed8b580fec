//! What would lead further: to records that a filter of the rules withheld, and past every condition that the templates
//! asked. Wider than the explanation of a denial, and less to the point: for searches that miss nothing.

use serde_json::{Value as Json, json};

use super::condition::evaluations;
use super::edit::STAND_IN;
use super::grant::{Blocked, Search};
use super::origin::Origins;
use super::propose::{self, Proposal};
use super::rule::{self, Known};
use super::run::{Moment, Place, Run};
use super::{Authorship, Explanation, Question, asked_for, data, filter_entries, filter_site, numbered};
use crate::compile::program::StatementKind;
use crate::eval::Event;
use crate::execute::Execution;
use crate::report::{Edit, Site};
use crate::source::Withheld;
use crate::source_file::Span;

/// The rules whose comparisons withheld records, those that would have kept the filter away, and edits that could do
/// either. The execution must have been recorded.
pub fn withheld(question: Question<'_>, execution: &Execution) -> Explanation {
    let runs = &execution.runs;
    let origins = Origins::new(runs);
    let withheld = asked_for(execution, runs.len());
    let mut search = Search::new(runs, &origins);
    for (asked, _) in &withheld {
        for variable in filter_entries(runs, *asked) {
            let at = Moment { run: *asked, event: 0 };
            search.avoid_writers_of(&variable, at);
            search.add_to(&variable, at);
        }
    }
    let grants = search.finish();
    let mut known: Vec<Known> = grants.iter().filter_map(|grant| rule::known(&origins, runs, grant)).collect();
    let mut proposals: Vec<Proposal> =
        grants.iter().flat_map(|grant| propose::lift(&origins, runs, &grant.blocked, question.identity)).collect();
    // A filter that no statement made stands in the request as a whole.
    let whole = |run: &Run| run.site(Span::new(0, run.program.source.text().len()));
    for one in &withheld {
        let Some(run) = runs.get(one.0) else { continue };
        let of_records = of_records(question, runs, std::slice::from_ref(one), || whole(run));
        known.extend(of_records.0);
        proposals.extend(of_records.1);
    }
    let known = Authorship::new(question, runs, &[]).attributed(known);
    Explanation { rules: numbered(known), proposals, ..Explanation::default() }
}

/// The rules that withheld records did not satisfy, and edits that would make them. `site` is where a filter stands that
/// no statement made.
pub(super) fn of_records(
    question: Question<'_>,
    runs: &[Run],
    withheld: &[(usize, Withheld)],
    site: impl Fn() -> Site,
) -> (Vec<Known>, Vec<Proposal>) {
    let (mut known, mut proposals) = (Vec::new(), Vec::new());
    for (asked, withheld) in withheld {
        let site = filter_site(runs, *asked).unwrap_or_else(&site);
        for item in &withheld.items {
            proposals.extend(propose::satisfy(&withheld.table, &item.key, &item.atoms, question.identity));
            known.extend(data::rules(&data::Held {
                table: &withheld.table,
                key: &item.key,
                atoms: &item.atoms,
                site: site.clone(),
                identity: question.identity,
            }));
        }
    }
    (known, proposals)
}

/// Edits each of which would turn one condition that was asked, supply a claim that was read and is absent, or give
/// a loop over nothing something to go through.
/// The execution must have been recorded.
pub fn turns(execution: &Execution, identity: &Json) -> Vec<Proposal> {
    let runs = &execution.runs;
    let origins = Origins::new(runs);
    let mut found: Vec<Proposal> = Vec::new();
    let mut add = |proposals: Vec<Proposal>| {
        for proposal in proposals {
            if !found.contains(&proposal) {
                found.push(proposal);
            }
        }
    };
    if let Some((_, failed)) = &execution.failed_condition {
        let place = vec![json!(failed.table), failed.key.clone()];
        match failed.item {
            Some(_) => add(propose::satisfy(&failed.table, &failed.key, &failed.atoms, identity)),
            None => add(vec![vec![Edit::new("data", place, "add", failed.key.clone())]]),
        }
    }
    for (index, run) in runs.iter().enumerate() {
        for (event, recorded) in run.events.iter().enumerate() {
            match recorded {
                Event::Arm { statement, .. } => {
                    for evaluated in evaluations(run, index, *statement, event) {
                        let atoms = evaluated.deciding(run);
                        add(atoms.into_iter().flat_map(|atom| propose::flip(&origins, run, atom, identity)).collect());
                    }
                }
                Event::Read { reference, value, .. } if value.is_null() => {
                    let steps = run.program.references[reference.0].steps.len();
                    let origin = origins.of_prefix(*reference, steps, Moment { run: index, event });
                    let claims = identity.get("claims");
                    let absent = |name: &&str| claims.and_then(|claims| claims.get(*name)).is_none_or(Json::is_null);
                    let names = origin.claims().into_iter().filter(absent);
                    add(names.map(|name| vec![Edit::claim(name, "set", json!(STAND_IN))]).collect());
                }
                Event::LoopEnter { statement, .. } => {
                    let blocked = empty_loop(run, index, Place { run: index, statement: *statement }, event);
                    blocked.iter().for_each(|blocked| add(propose::lift(&origins, runs, blocked, identity)));
                }
                _ => {}
            }
        }
    }
    found
}

fn empty_loop(run: &Run, index: usize, place: Place, event: usize) -> Option<Blocked> {
    let StatementKind::Foreach { iterable: Some(iterable), .. } = &run.program.statements[place.statement.0].kind
    else {
        return None;
    };
    let mut after = run.events.iter().skip(event + 1);
    let turned = after.any(|event| matches!(event, Event::LoopTurn { statement, .. } if *statement == place.statement));
    let entered = Moment { run: index, event };
    (!turned).then_some(Blocked::EmptyLoop { place, entered, iterable: *iterable, inner: None })
}
