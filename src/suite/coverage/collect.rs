//! Coverage out of counts. Templates that never ran are part of it.

use std::cell::OnceCell;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::access;
use super::model::{
    ApiCoverage, BranchCoverage, BranchKind, ConditionCoverage, Coverage, Share, TemplateCoverage, Totals, Unreachable,
};
use super::requests;
use super::uses::{self, Used};
use crate::api::{Api, AuthMode, Template};
use crate::compile::branches::{Branch, Way};
use crate::compile::program::{ExpressionId, Program, Reference, StatementKind};
use crate::compile::reach::{Fact, Reach};
use crate::compile::{CompileError, compile};
use crate::error::Result;
use crate::eval::Counts;
use crate::execute::Counted;
use crate::explain::AuthorRules;
use crate::suite::apis::Counting;

/// The coverage of APIs whose templates were counted.
///
/// # Errors
/// An API whose resolvers cannot be read.
pub(in crate::suite) fn collect(apis: Vec<(PathBuf, Arc<Api>, Counting)>) -> Result<Coverage> {
    let apis: Vec<Result<ApiCoverage>> =
        apis.par_iter().map(|(path, api, counting)| of_api(path, api, counting)).collect();
    Ok(Coverage::new(apis.into_iter().collect::<Result<_>>()?))
}

fn of_api(path: &Path, api: &Api, counting: &Counting) -> Result<ApiCoverage> {
    let used = uses::templates(api)?;
    let all: IndexMap<String, (Arc<Counted>, Option<String>)> = used
        .par_iter()
        .filter_map(|used| Some((used.template.name.clone(), counted(&used.template, counting)?)))
        .collect::<Vec<_>>()
        .into_iter()
        .collect();
    let templates: Vec<Option<TemplateCoverage>> = used.par_iter().map(|used| of_template(api, used, &all)).collect();
    let templates: Vec<TemplateCoverage> = templates.into_iter().flatten().collect();
    let (mut auth, mut all) = (Totals::default(), Totals::default());
    for template in &templates {
        all += template.totals;
        if template.auth {
            auth += template.totals;
        }
    }
    let rules = counting.rules.of(&AuthorRules::read(&api.author_schemas));
    Ok(ApiCoverage { name: api.name.clone(), path: shown(path), auth, all, rules, templates })
}

/// A path without the detours that a suite takes to it: `suites/../build/.` is `build`.
fn shown(path: &Path) -> String {
    let mut plain = PathBuf::new();
    for part in path.components() {
        let inside = plain.components().next_back().is_some_and(|last| matches!(last, Component::Normal(_)));
        match part {
            Component::ParentDir if inside => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    let plain = plain.display().to_string();
    if plain.is_empty() { ".".to_owned() } else { plain }
}

/// A template's counts: all zero when it never ran. One that does not parse, and so did not run, is empty, with the reason.
fn counted(template: &Template, counting: &Counting) -> Option<(Arc<Counted>, Option<String>)> {
    if let Some(counted) = counting.coverage.template(&template.name) {
        return Some((counted, None));
    }
    let (program, error) = match compile(&template.name, &template.text) {
        Ok(program) => (program, None),
        Err(CompileError { place, message, .. }) => {
            let error = format!("{}:{}: {message}", place.line, place.column);
            (compile(&template.name, "").ok()?, Some(error))
        }
    };
    let counts = Counts::new(&program);
    Some((Arc::new(Counted { program: Arc::new(program), counts }), error))
}

fn of_template(
    api: &Api,
    used: &Used,
    all: &IndexMap<String, (Arc<Counted>, Option<String>)>,
) -> Option<TemplateCoverage> {
    let (counted, error) = all.get(&used.template.name).cloned()?;
    let Counted { program, counts } = &*counted;
    let before: Vec<&Program> = used.before.iter().filter_map(|name| Some(&*all.get(name)?.0.program)).collect();
    let closed = Closed::new(program, &used.modes(api), requests::facts(api, used, program, &before));
    let branches: Vec<BranchCoverage> = program
        .branches()
        .map(|branch| BranchCoverage { unreachable: closed.branch(branch), ..of_branch(program, counts, branch) })
        .collect();
    let conditions: Vec<ConditionCoverage> = program
        .atoms()
        .into_iter()
        .map(|atom| {
            let span = program.expressions[atom.0].span;
            let place = program.source.line_column(span.start);
            ConditionCoverage {
                line: place.line,
                column: place.column,
                text: program.source_text(span).to_owned(),
                held: counts.atom(atom, true),
                failed: counts.atom(atom, false),
                never_true: closed.atom(atom, true),
                never_false: closed.atom(atom, false),
            }
        })
        .collect();
    let (mut of_branches, mut of_conditions) = (Share::default(), Share::default());
    for branch in &branches {
        of_branches.add(branch.count, branch.unreachable.is_some());
    }
    for condition in &conditions {
        of_conditions.add(condition.held, condition.never_true.is_some());
        of_conditions.add(condition.failed, condition.never_false.is_some());
    }
    if error.is_some() {
        of_branches.add(0, false);
    }
    Some(TemplateCoverage {
        template: used.template.name.clone(),
        path: used.template.path.clone(),
        file: None,
        // Nobody knows what one that cannot be read would have decided.
        auth: error.is_some() || access::decides(program),
        fields: used.fields.iter().map(|(type_name, field)| format!("{type_name}.{field}")).collect(),
        runs: counts.runs(program),
        error,
        totals: Totals { templates: 1, branches: of_branches, conditions: of_conditions },
        branches,
        conditions,
        reach: Arc::new(closed.reach),
        counted,
    })
}

/// What of a template no request can reach, and why.
struct Closed<'p> {
    program: &'p Program,
    facts: Vec<Fact>,
    reach: Reach,
    /// The same for callers of every mode there is, when it is first asked for.
    for_all: OnceCell<Reach>,
}

impl<'p> Closed<'p> {
    fn new(program: &'p Program, modes: &[AuthMode], facts: Vec<Fact>) -> Self {
        let called = |reference: &Reference| reference.helper.as_ref().map(|call| call.helper.path);
        let asks_mode = program.references.iter().any(|reference| called(reference) == Some("util.authType"));
        // What asks nobody for his mode is the same for all.
        let modes = if asks_mode { modes } else { &AuthMode::ALL[..1] };
        Closed { program, reach: reach(program, modes, &facts), facts, for_all: OnceCell::new() }
    }

    fn branch(&self, branch: Branch) -> Option<Unreachable> {
        self.why(|reach| reach.branch(branch))
    }

    fn atom(&self, atom: ExpressionId, truth: bool) -> Option<Unreachable> {
        self.why(|reach| reach.atom(atom, truth))
    }

    fn why(&self, open: impl Fn(&Reach) -> bool) -> Option<Unreachable> {
        if open(&self.reach) {
            return None;
        }
        let for_all = self.for_all.get_or_init(|| reach(self.program, &AuthMode::ALL, &self.facts));
        Some(if open(for_all) { Unreachable::Mode } else { Unreachable::Template })
    }
}

fn reach(program: &Program, modes: &[AuthMode], facts: &[Fact]) -> Reach {
    Reach::of(program, &modes.iter().map(|mode| mode.auth_type()).collect::<Vec<_>>(), facts)
}

fn of_branch(program: &Program, counts: &Counts, branch: Branch) -> BranchCoverage {
    let statement = &program.statements[branch.statement.0];
    let kind = match (branch.way, &statement.kind) {
        (Way::Turn, _) => BranchKind::Loop,
        (Way::Past, _) => BranchKind::Past,
        (Way::Arm(0), _) => BranchKind::If,
        (Way::Arm(arm), StatementKind::If(arms))
            if arms.get(usize::from(arm)).is_some_and(|arm| arm.condition.is_some()) =>
        {
            BranchKind::ElseIf
        }
        (Way::Arm(_), _) => BranchKind::Else,
    };
    let own = program.condition(branch);
    let first = program.condition(Branch { way: Way::Arm(0), ..branch });
    let span = own.or(first).map(|condition| program.expressions[condition.0].span);
    let at = if own.is_some() { span.unwrap_or(statement.span) } else { statement.span };
    let place = program.source.line_column(at.start);
    BranchCoverage {
        kind,
        line: place.line,
        column: place.column,
        condition: span.map(|span| program.source_text(span).to_owned()).unwrap_or_default(),
        count: counts.branch(program, branch),
        block: branch.statement.0,
        asked: counts.statement(branch.statement) > 0,
        unreachable: None,
    }
}
