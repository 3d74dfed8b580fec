//! Rows withheld from a list: by a filter of the request, or by a response template that leaves some out.

use super::grant::{Blocked, Search, walk};
use super::origin::{Origin, Origins};
use super::rule::{self, Known};
use super::run::{Moment, Place, Run};
use super::{Authorship, Explanation, Question, asked_for, filter_site, further, numbered};
use crate::compile::program::{ExpressionId, StatementId, StatementKind};
use crate::execute::Execution;
use crate::report::Condition;

/// What kept rows from a list that was let through.
pub fn explain(question: Question<'_>, execution: &Execution) -> Explanation {
    match asked_for(execution, execution.runs.len()).first() {
        Some((asked, _)) => by_filter(question, execution, *asked),
        None if execution.dropped.is_some() => by_template(question, execution),
        None => Explanation::default(),
    }
}

/// The comparisons that the records did not pass, each with what they hold.
fn by_filter(question: Question<'_>, execution: &Execution, asked: usize) -> Explanation {
    let explained = further::withheld(question, execution);
    let of_record = |condition: &Condition| {
        let from = condition.operands.first().and_then(|operand| operand.from.as_deref());
        from.is_some_and(|from| from.starts_with("record "))
    };
    let mut because: Vec<Condition> = Vec::new();
    for condition in explained.rules.iter().filter_map(|rule| rule.blocked_by.as_ref()).filter(|c| of_record(c)) {
        if !because.contains(condition) {
            because.push(condition.clone());
        }
    }
    Explanation { site: filter_site(&execution.runs, asked), because, proposals: Vec::new(), ..explained }
}

/// The conditions in a loop over what the data source gave that kept rows out of what is returned.
fn by_template(question: Question<'_>, execution: &Execution) -> Explanation {
    let runs = &execution.runs;
    let origins = Origins::new(runs);
    let mut search = Search::new(runs, &origins);
    let mut because: Vec<Condition> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let end = Moment { run: index, event: run.events.len() };
        for (at_loop, began) in loops_over_rows(&origins, run, index) {
            search.avoid(Place { run: index, statement: at_loop }, Moment { run: index, event: began });
            for statement in run.statements().filter(|inner| is_within(run, *inner, at_loop) && run.mutates(*inner)) {
                let place = Place { run: index, statement };
                search.reach(place, end);
                let mut blocked = Vec::new();
                walk(run, place, &run.ancestors(statement), (began, end.event), &mut blocked);
                for blocked in blocked {
                    let Blocked::Condition(evaluated) = blocked else { continue };
                    let condition = rule::reported(&origins, run, &evaluated);
                    if !because.contains(&condition) {
                        because.push(condition);
                    }
                }
            }
        }
    }
    let known: Vec<Known> = search.finish().iter().filter_map(|grant| rule::known(&origins, runs, grant)).collect();
    let known = Authorship::new(question, runs, &[]).attributed(rule::distinct(known));
    Explanation { because, rules: numbered(known), ..Explanation::default() }
}

/// The loops that went through rows of an answer, each with when it last began.
fn loops_over_rows(origins: &Origins<'_>, run: &Run, index: usize) -> Vec<(StatementId, usize)> {
    let over_rows = |iterable: ExpressionId, event: usize| {
        let origin = origins.of(iterable, Moment { run: index, event });
        origin.any(
            &|part| matches!(part, Origin::Record(path) | Origin::Result(path) if path.is_empty() || path == "items"),
        )
    };
    let began = |statement: StatementId| match &run.program.statements[statement.0].kind {
        StatementKind::Foreach { iterable: Some(iterable), .. } => {
            let event = run.times(statement).next_back()?;
            over_rows(*iterable, event + 1).then_some((statement, event))
        }
        _ => None,
    };
    run.statements().filter_map(began).collect()
}

fn is_within(run: &Run, inner: StatementId, outer: StatementId) -> bool {
    run.ancestors(inner).iter().any(|(ancestor, _)| *ancestor == outer)
}
