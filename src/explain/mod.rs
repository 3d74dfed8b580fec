//! The answer: which branch denied, what it hung on, and what would have let the request in. Knows what an
//! execution recorded and the author's rules; nothing of captures or terminals.

mod author;
mod cause;
pub mod condition;
mod data;
pub mod directives;
pub mod edit;
pub mod further;
pub mod grant;
mod mode;
pub mod origin;
mod output;
pub mod propose;
mod rule;
pub mod run;
mod schema;
pub mod variable;
pub mod words;

use serde_json::Value as Json;

pub use author::AuthorRules;

use crate::api::{Api, AuthMode, Schema};
use crate::compile::program::StatementKind;
use crate::eval::Event;
use crate::execute::{Denial, Execution, FieldInput};
use crate::report::{Cause, Condition, Edit, Hazard, Rule, Site};
use crate::value::Value;
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
    match &execution.denial {
        Some(Denial::Schema(refusal)) => schema::explain(question, refusal),
        Some(Denial::Template(run)) => template(question, execution, halted(&execution.runs, *run)),
        Some(Denial::Condition(run, trace)) => condition_failed(question, execution, *run, trace),
        Some(Denial::Appended) => template(question, execution, appended(&execution.runs)),
        None => {
            let misprint = execution.misprint.as_ref();
            let explained = misprint.map(|misprint| output::explain(&execution.runs, misprint, question.token_use));
            explained.unwrap_or_default()
        }
    }
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
    let grants = search.finish();
    let mut known: Vec<Known> = grants.iter().filter_map(|grant| rule::known(&origins, runs, grant)).collect();
    let mut proposals: Vec<Proposal> =
        grants.iter().flat_map(|grant| propose::lift(&origins, runs, &grant.blocked, question.identity)).collect();
    for (asked, withheld) in &withheld {
        let site = filter_site(runs, *asked).unwrap_or_else(|| run.site(statement_span(run, place)));
        for item in &withheld.items {
            proposals.extend(propose::satisfy(&withheld.table, &item.key, &item.atoms, question.identity));
            let held = data::Held {
                table: &withheld.table,
                key: &item.key,
                atoms: &item.atoms,
                site: site.clone(),
                identity: question.identity,
            };
            known.extend(data::rules(&held));
        }
    }

    let by_mode = mode::denied_by(runs, &origins, place, at);
    if let Some(evaluated) = &by_mode {
        known.extend(mode::others(&origins, run, place, evaluated));
    }
    let modes = AuthMode::ALL.into_iter().filter(|mode| *mode != question.mode);
    proposals.extend(modes.map(|mode| vec![Edit::mode(mode)]));
    let missing = runs.iter().filter_map(|run| run.from_table.as_ref()).filter(|from| from.result.is_null());
    proposals.extend(missing.filter_map(|from| propose::record(from, &question.input.arguments)));
    let fault = execution.fault();
    let named = fault.and_then(|fault| propose::without_arguments(&fault.message, &question.input.arguments));
    proposals.extend(named);
    let situation = cause::Situation {
        message: fault.map_or("", |fault| fault.message.as_str()),
        token_use: question.token_use,
        by_mode: by_mode.is_some(),
        mode: question.mode.words(),
        record_missing: run.result_was_null && run.result_is == "record",
        withheld: !withheld.is_empty(),
        condition_failed: false,
        field: &question.input.field,
        identity: question.identity,
        unauthorized: calls_helper(run, place, "util.unauthorized"),
    };
    let cause = cause::resolver(situation, &known);
    Explanation {
        site: Some(run.site(statement_span(run, place))),
        because,
        rules: numbered(question, known),
        cause: Some(cause),
        hazards: hazards(runs),
        proposals,
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
    if let Some((place, at)) = condition_writer(run, asked) {
        search.avoid(place, at);
    }
    let others = search.finish();
    let mut proposals = propose::satisfy(&trace.table, &trace.key, &trace.atoms, question.identity);
    proposals.extend(others.iter().flat_map(|grant| propose::lift(&origins, runs, &grant.blocked, question.identity)));
    let modes = AuthMode::ALL.into_iter().filter(|mode| *mode != question.mode);
    proposals.extend(modes.map(|mode| vec![Edit::mode(mode)]));
    known.extend(others.iter().filter_map(|grant| rule::known(&origins, runs, grant)));
    let situation = cause::Situation {
        message: "",
        token_use: question.token_use,
        by_mode: false,
        mode: question.mode.words(),
        record_missing: false,
        withheld: true,
        condition_failed: true,
        field: &question.input.field,
        identity: question.identity,
        unauthorized: true,
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
        rules: numbered(question, known),
        cause: Some(cause),
        hazards: hazards(runs),
        proposals,
    }
}

fn numbered(question: Question<'_>, known: Vec<Known>) -> Vec<Rule> {
    let model = model_of(question);
    let operation = operation_of(&question.input.parent_type, &question.input.field);
    let field = (!question.api.schema.is_root(&question.input.parent_type)).then_some(question.input.field.as_str());
    let mut rules: Vec<Rule> = Vec::new();
    for mut known in known {
        known.rule.auth = question.author.behind(&known, &model, field, operation);
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

fn model_of(question: Question<'_>) -> String {
    model(&question.api.schema, &question.input.parent_type, &question.input.field)
}

/// The model that a field is about: its own type below the root, else what it returns (the items of a connection).
pub(crate) fn model(schema: &Schema, parent_type: &str, field: &str) -> String {
    if !schema.is_root(parent_type) {
        return parent_type.to_owned();
    }
    let returned = schema.field(parent_type, field).map(|field| field.ty.base_name().to_owned()).unwrap_or_default();
    match schema.field(&returned, "items") {
        Some(items) if returned.ends_with("Connection") => items.ty.base_name().to_owned(),
        _ => returned,
    }
}

/// Amplify's name of what a field does.
fn operation_of(parent_type: &str, field: &str) -> &'static str {
    match parent_type {
        "Mutation" if field.starts_with("create") => "create",
        "Mutation" if field.starts_with("update") => "update",
        "Mutation" if field.starts_with("delete") => "delete",
        "Subscription" => "listen",
        "Query" if field.starts_with("get") => "get",
        "Query" if field.starts_with("sync") => "sync",
        "Query" if field.starts_with("list") => "list",
        _ => "read",
    }
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

/// The first statement of a request template that added an auth expression to its condition, and when.
fn condition_writer(run: &Run, index: usize) -> Option<(Place, Moment)> {
    let statement = run.statements().find(|statement| {
        let node = &run.program.statements[statement.0];
        let text = run.program.source_text(node.span);
        (text.contains("AuthExpressions.add") || text.contains("authCondition"))
            && run.times(*statement).next().is_some()
    })?;
    let event = run.times(statement).next_back()?;
    Some((Place { run: index, statement }, Moment { run: index, event }))
}

/// `#set`s whose null right side kept an old value on the way.
fn hazards(runs: &[Run]) -> Vec<Hazard> {
    let mut found: Vec<Hazard> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        for (event, recorded) in run.events.iter().enumerate() {
            let Event::Set { statement, kept: true, .. } = recorded else { continue };
            let StatementKind::Set(target, _) = &run.program.statements[statement.0].kind else { continue };
            let Some(variable) = variable::variable_of(run, index, *target) else { continue };
            let Some((_, earlier)) = variable::last_write(runs, &variable, Moment { run: index, event }) else {
                continue;
            };
            let name = run.program.source_text(run.program.references[target.0].span);
            let site = run.site(run.program.statements[statement.0].span);
            let before = runs.get(earlier.run).map(|run| match run.events.get(earlier.event) {
                Some(Event::Statement(statement)) => run.site(run.program.statements[statement.0].span).line,
                _ => 0,
            });
            let text = format!(
                "the right side is null, so {name} keeps the value of line {} instead of becoming null",
                before.unwrap_or(0)
            );
            let hazard = Hazard { code: "null-keeps-old-value", site: Some(site), text };
            if !found.iter().any(|known| known.site == hazard.site) {
                found.push(hazard);
            }
        }
    }
    found
}
