//! The answer: which branch denied, what it hung on, and what would have let the request in. Knows what an
//! execution recorded and the author's rules; nothing of captures or terminals.

pub mod allowed;
mod author;
mod authorship;
mod cause;
pub mod condition;
mod data;
pub mod directives;
pub mod edit;
mod fields;
pub mod further;
pub mod grant;
mod hazards;
mod mode;
pub mod origin;
mod output;
pub mod propose;
pub mod refused;
mod rule;
pub mod run;
mod schema;
mod slice;
mod trace;
pub mod variable;
mod withheld;
pub mod words;

use serde_json::Value as Json;

pub use author::{AuthorRules, Written};
pub(crate) use author::{guarded_type, model};
pub(crate) use cause::in_id_tokens_only;
pub use rule::is_group_claim;
pub use trace::trace;

use crate::api::{Api, AuthMode};
use crate::compile::program::{StatementId, StatementKind};
use crate::eval::Event;
use crate::execute::{Denial, Execution, FieldInput};
use crate::report::{Cause, Condition, Edit, Hazard, Rule, Site, SlicedTemplate};
use crate::value::Value;
use crate::verdict::Decision;
use authorship::Authorship;
use condition::evaluations;
use grant::{Search, last_arm};
use origin::Origins;
use propose::Proposal;
use rule::Known;
pub(crate) use run::site;
use run::{Moment, Place, Run};
use variable::{Variable, Write};

/// How far the chain of conditions is followed through the statements that set what they ask.
const MAX_CHAIN: u32 = 4;

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The API.
    pub api: &'a Api,
    /// The author's rules.
    pub author: &'a AuthorRules,
    /// The field that was run.
    pub input: &'a FieldInput,
    /// The caller's mode.
    pub mode: AuthMode,
    /// `$ctx.identity`
    pub identity: &'a Json,
    /// The token's use.
    pub token_use: Option<&'a str>,
}

/// Parts 2 to 4 of the answer about one denied field.
#[derive(Debug, Clone, Default)]
pub struct Explanation {
    /// The statement that denied.
    pub site: Option<Site>,
    /// The conditions that led there.
    pub because: Vec<Condition>,
    /// Every line that it hangs on.
    pub slice: Vec<SlicedTemplate>,
    /// What could have allowed it.
    pub rules: Vec<Rule>,
    /// Why, in a code and a sentence.
    pub cause: Option<Cause>,
    /// Traps on the way.
    pub hazards: Vec<Hazard>,
    /// Edits that could have allowed it; guesses, until a run with them applied says otherwise.
    pub proposals: Vec<Proposal>,
}

/// Explains a field that was denied, or that failed because a template printed what AppSync cannot read. The
/// execution must have been recorded.
pub fn explain(question: Question<'_>, execution: &Execution) -> Explanation {
    let explanation = match &execution.denial {
        Some(Denial::Schema(refusal)) => schema::explain(question, refusal),
        Some(Denial::Template(run)) => template(question, execution, halted(&execution.runs, *run)),
        Some(Denial::Condition(run, trace)) => condition_failed(question, execution, *run, trace),
        Some(Denial::Appended) => template(question, execution, appended(&execution.runs)),
        None => {
            let misprint = execution.misprint.as_ref();
            let explained = misprint.map(|misprint| output::explain(&execution.runs, misprint, question.token_use));
            let mut proposals = absent_records(question, &execution.runs);
            if execution.decision == Decision::Error {
                proposals.extend(propose::absent_claims(&execution.runs, question.identity));
            }
            let explained = explained.unwrap_or_else(|| match execution.decision {
                Decision::Filtered => withheld::explain(question, execution),
                _ => Explanation::default(),
            });
            Explanation { proposals, ..explained }
        }
    };
    Explanation { slice: slice::slice(execution), hazards: hazards::hazards(execution), ..explanation }
}

/// The records that templates asked for and that are not there.
fn absent_records(question: Question<'_>, runs: &[Run]) -> Vec<Proposal> {
    let absent = runs.iter().filter_map(|run| run.from_table.as_ref()).filter(|from| from.result.is_null());
    absent.filter_map(|from| propose::record(from, &question.input.arguments)).collect()
}

/// The statement that ended a run, and when.
fn halted(runs: &[Run], index: usize) -> Option<(Place, Moment)> {
    let run = runs.get(index)?;
    run.events.iter().enumerate().rev().find_map(|(event, recorded)| match recorded {
        Event::Halted(statement) => Some((Place { run: index, statement: *statement }, Moment { run: index, event })),
        _ => None,
    })
}

/// The statement that called a helper last.
pub fn call_site(runs: &[Run], path: &str) -> Option<Site> {
    runs.iter().enumerate().rev().find_map(|(index, run)| {
        run.events.iter().rev().find_map(|event| match event {
            Event::Statement(statement) => {
                let calls = calls_helper(run, Place { run: index, statement: *statement }, path);
                calls.then(|| run.site(run.program.statements[statement.0].span))
            }
            _ => None,
        })
    })
}

/// The first statement that appended an error of type Unauthorized, and when.
fn appended(runs: &[Run]) -> Option<(Place, Moment)> {
    runs.iter().enumerate().find_map(|(index, run)| {
        let mut statement = None;
        run.events.iter().enumerate().find_map(|(event, recorded)| match recorded {
            Event::Statement(running) => {
                statement = Some(*running);
                None
            }
            Event::Call { arguments, .. } => {
                let denies = arguments.get(1).and_then(Value::as_str) == Some("Unauthorized");
                let place = Place { run: index, statement: statement? };
                let appends = denies && calls_helper(run, place, "util.appendError");
                appends.then_some((place, Moment { run: index, event }))
            }
            _ => None,
        })
    })
}

/// A denial by a statement of a template.
fn template(question: Question<'_>, execution: &Execution, denied: Option<(Place, Moment)>) -> Explanation {
    let runs = &execution.runs;
    let Some((place, at)) = denied else { return Explanation::default() };
    let index = place.run;
    let Some(run) = runs.get(index) else { return Explanation::default() };
    let origins = Origins::new(runs);
    let because = chain(runs, &origins, place, at, 0);

    let mut search = Search::new(runs, &origins);
    search.avoid(place, at);
    let withheld = asked_for(execution, index);
    for (asked, _) in &withheld {
        for variable in filter_entries(runs, *asked) {
            search.avoid_writers_of(&variable, at);
        }
    }
    let message = execution.fault().map_or("", |fault| fault.message.as_str());
    let denied = match fields::denied(message) {
        none if none.is_empty() => fields::guarded(&origins, run, &because_of(run, place, at)),
        some => some,
    };
    let grants = search.finish();
    let mut proposals: Vec<Proposal> =
        grants.iter().flat_map(|grant| propose::lift(&origins, runs, &grant.blocked, question.identity)).collect();
    let grants = grants.iter().filter(|grant| fields::covers(&origins, runs, grant, &denied, question.input));
    let mut known: Vec<Known> = grants.filter_map(|grant| rule::known(&origins, runs, grant)).collect();
    let of_records = further::of_records(question, runs, &withheld, || run.site(statement_span(run, place)));
    known.extend(of_records.0);
    proposals.extend(of_records.1);

    let by_mode = mode::denied_by(runs, &origins, place, at);
    if let Some(evaluated) = &by_mode {
        known.extend(mode::others(&origins, run, place, evaluated));
    }
    let known = Authorship::new(question, runs, &denied).attributed(rule::of_fields(rule::distinct(known), &denied));
    for evaluated in because_of(run, place, at) {
        let atoms = evaluated.deciding(run).into_iter();
        proposals.extend(atoms.flat_map(|atom| propose::flip(&origins, run, atom, question.identity)));
    }
    let modes = AuthMode::ALL.into_iter().filter(|mode| *mode != question.mode);
    proposals.extend(modes.map(|mode| vec![Edit::mode(mode)]));
    proposals.extend(absent_records(question, runs));
    proposals.extend(propose::without_arguments(message, &question.input.arguments));
    let situation = cause::Situation {
        message,
        token_use: question.token_use,
        by_mode: by_mode.is_some(),
        mode: question.mode.words(),
        record_missing: run.result_was_null && run.result_is == "record",
        withheld: !withheld.is_empty(),
        condition_failed: false,
        input: question.input,
        identity: question.identity,
        unauthorized: calls_helper(run, place, "util.unauthorized"),
        refused_by: because.last().filter(|condition| asks_of_context(condition)),
    };
    let cause = cause::resolver(situation, &known);
    Explanation {
        site: Some(run.site(statement_span(run, place))),
        because,
        rules: numbered(known),
        cause: Some(cause),
        proposals,
        ..Explanation::default()
    }
}

fn condition_failed(
    question: Question<'_>,
    execution: &Execution,
    asked: usize,
    trace: &crate::source::ConditionTrace,
) -> Explanation {
    let runs = &execution.runs;
    let origins = Origins::new(runs);
    let Some(run) = runs.get(asked) else { return Explanation::default() };
    let site = run.site(crate::source_file::Span::new(0, run.program.source.text().len()));
    let site = condition_site(run).unwrap_or(site);
    let held = data::Held {
        table: &trace.table,
        key: &trace.key,
        atoms: &trace.atoms,
        site: site.clone(),
        identity: question.identity,
    };
    let mut known = data::rules(&held);
    // What would have kept the auth rules out of the condition: a static group, another mode.
    let mut search = Search::new(runs, &origins);
    let end = Moment { run: asked, event: run.events.len() };
    for statement in condition_writers(run) {
        let place = Place { run: asked, statement };
        match run.times(statement).next_back() {
            Some(event) => search.avoid(place, Moment { run: asked, event }),
            // What would have added one more way for the condition to hold.
            None => search.reach(place, end),
        }
    }
    let others = search.finish();
    let mut proposals = propose::satisfy(&trace.table, &trace.key, &trace.atoms, question.identity);
    proposals.extend(others.iter().flat_map(|grant| propose::lift(&origins, runs, &grant.blocked, question.identity)));
    let modes = AuthMode::ALL.into_iter().filter(|mode| *mode != question.mode);
    proposals.extend(modes.map(|mode| vec![Edit::mode(mode)]));
    known.extend(others.iter().filter_map(|grant| rule::known(&origins, runs, grant)));
    let known = Authorship::new(question, runs, &[]).attributed(rule::distinct(known));
    let situation = cause::Situation {
        message: "",
        token_use: question.token_use,
        by_mode: false,
        mode: question.mode.words(),
        record_missing: false,
        withheld: true,
        condition_failed: true,
        input: question.input,
        identity: question.identity,
        unauthorized: true,
        refused_by: None,
    };
    let cause = cause::resolver(situation, &known);
    let because = known
        .iter()
        .filter(|known| known.subject.object_is == "record")
        .filter_map(|known| known.rule.blocked_by.clone())
        .collect();
    Explanation {
        site: Some(site),
        because,
        rules: numbered(known),
        cause: Some(cause),
        proposals,
        ..Explanation::default()
    }
}

/// Whether a condition came out true for what the request came with.
fn asks_of_context(condition: &Condition) -> bool {
    let given = ["claim", "identity", "argument", "record", "parent", "header"];
    let from = |operand: &crate::report::Operand| {
        operand.from.as_deref().is_some_and(|from| given.iter().any(|start| from.starts_with(start)))
    };
    condition.value == Json::Bool(true) && condition.operands.iter().any(from)
}

/// The conditions around a statement, as they came out.
fn because_of(run: &Run, place: Place, at: Moment) -> Vec<condition::Evaluated> {
    let chosen = |statement| last_arm(run, statement, at.event).map(|chosen| (statement, chosen));
    let around = run.ancestors(place.statement).into_iter().filter_map(|(statement, _)| chosen(statement));
    around.flat_map(|(statement, chosen)| evaluations(run, place.run, statement, chosen)).collect()
}

fn numbered(known: Vec<Known>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for known in known {
        let same = |rule: &Rule| {
            rule.needs == known.rule.needs && rule.kind == known.rule.kind && rule.auth == known.rule.auth
        };
        if !rules.iter().any(same) {
            rules.push(known.rule);
        }
    }
    // The caller's own mode first: what another mode could do is rarely the question.
    rules.sort_by_key(|rule| rule.needs.starts_with("authorization mode"));
    for (index, rule) in rules.iter_mut().enumerate() {
        rule.id = index + 1;
    }
    rules
}

fn statement_span(run: &Run, place: Place) -> crate::source_file::Span {
    run.program.statements[place.statement.0].span
}

fn calls_helper(run: &Run, place: Place, path: &str) -> bool {
    run.references_of(place.statement)
        .into_iter()
        .any(|reference| run.program.references[reference.0].helper.is_some_and(|call| call.helper.path == path))
}

/// The conditions that led to a statement, outermost first; in front of each, those that led to the statements
/// which set what it asks.
fn chain(runs: &[Run], origins: &Origins<'_>, place: Place, at: Moment, depth: u32) -> Vec<Condition> {
    let Some(run) = runs.get(place.run) else { return Vec::new() };
    let mut found: Vec<Condition> = Vec::new();
    let add = |condition: Condition, found: &mut Vec<Condition>| {
        if !found.iter().any(|known| known.site == condition.site && known.words == condition.words) {
            found.push(condition);
        }
    };
    for (statement, _) in run.ancestors(place.statement) {
        let Some(chosen) = last_arm(run, statement, at.event) else { continue };
        for evaluated in evaluations(run, place.run, statement, chosen) {
            if depth < MAX_CHAIN {
                for atom in evaluated.deciding(run) {
                    for reference in run.references_in(atom.expression) {
                        let Some(variable) = variable::variable_of(run, place.run, reference) else { continue };
                        let Some((writer, moment)) = variable::last_write(runs, &variable, atom.at) else { continue };
                        for condition in chain(runs, origins, writer.place, moment, depth + 1) {
                            add(condition, &mut found);
                        }
                    }
                }
            }
            add(rule::reported(origins, run, &evaluated), &mut found);
        }
    }
    found
}

/// What filters withheld from the function whose response denied: asked by the run before it.
fn asked_for(execution: &Execution, index: usize) -> Vec<(usize, crate::source::Withheld)> {
    execution.withheld.iter().filter(|(asked, withheld)| *asked < index && withheld.count > 0).cloned().collect()
}

/// The stash entries that went into the filter of a request.
fn filter_entries(runs: &[Run], asked: usize) -> Vec<Variable> {
    let Some(run) = runs.get(asked) else { return Vec::new() };
    data::stash_entries_read(run, asked)
        .into_iter()
        .filter(|variable| {
            let end = Moment { run: asked, event: 0 };
            matches!(variable::last_write(runs, variable, end), Some((writer, _)) if matches!(writer.write, Write::Assign(_)))
                && matches!(variable, Variable::Stash(key) if key.to_ascii_lowercase().contains("filter"))
        })
        .collect()
}

/// Where the filter of a request was made: the last statement that wrote a stash entry it read.
fn filter_site(runs: &[Run], asked: usize) -> Option<Site> {
    let end = Moment { run: asked, event: 0 };
    let variable = filter_entries(runs, asked).pop()?;
    let (writer, _) = variable::last_write(runs, &variable, end)?;
    let run = runs.get(writer.place.run)?;
    Some(run.site(run.program.statements[writer.place.statement.0].span))
}

/// The statement that printed a request's condition: the last that prints a variable or text with `condition` in it.
fn condition_site(run: &Run) -> Option<Site> {
    let last = run.statements().filter(|statement| {
        let node = &run.program.statements[statement.0];
        matches!(node.kind, StatementKind::Output(..) | StatementKind::Set(..))
            && run.program.source_text(node.span).to_ascii_lowercase().contains("authcondition")
            && run.times(*statement).next().is_some()
    });
    last.last().map(|statement| run.site(run.program.statements[statement.0].span))
}

/// The statements of a request template that add auth expressions to its condition.
fn condition_writers(run: &Run) -> Vec<StatementId> {
    let writes = |statement: &StatementId| {
        let node = &run.program.statements[statement.0];
        let text = run.program.source_text(node.span);
        matches!(node.kind, StatementKind::Output(..) | StatementKind::Set(..)) && text.contains("AuthExpressions.add")
    };
    run.statements().filter(writes).collect()
}
