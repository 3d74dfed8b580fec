//! Coverage out of counts. Templates that never ran are part of it.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::access;
use super::model::{
    ApiCoverage, BranchCoverage, BranchKind, ConditionCoverage, Coverage, Share, TemplateCoverage, Totals, Unreachable,
};
use super::uses::{self, Used};
use crate::api::{Api, AuthMode, Template};
use crate::compile::branches::{Branch, Way};
use crate::compile::program::{ExpressionId, Program, Reference, StatementKind};
use crate::compile::reach::Reach;
use crate::compile::{CompileError, compile};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Counts;
use crate::execute::Counted;
use crate::suite::apis::Shared;

/// The coverage of APIs whose templates were counted.
///
/// # Errors
/// An API whose resolvers cannot be read, or a template of it that does not parse.
pub(in crate::suite) fn collect(apis: Vec<(PathBuf, Shared)>) -> Result<Coverage> {
    let apis: Vec<Result<ApiCoverage>> = apis.par_iter().map(|(path, shared)| of_api(path, shared)).collect();
    Ok(Coverage::new(apis.into_iter().collect::<Result<_>>()?))
}

fn of_api(path: &Path, shared: &Shared) -> Result<ApiCoverage> {
    let used = uses::templates(&shared.api)?;
    let templates: Vec<Result<TemplateCoverage>> =
        used.par_iter().map(|used| Ok(of_template(&shared.api, used, counted(&used.template, shared)?))).collect();
    let templates: Vec<TemplateCoverage> = templates.into_iter().collect::<Result<_>>()?;
    let (mut auth, mut all) = (Totals::default(), Totals::default());
    for template in &templates {
        all += template.totals;
        if template.auth {
            auth += template.totals;
        }
    }
    Ok(ApiCoverage { name: shared.api.name.clone(), path: path.display().to_string(), auth, all, templates })
}

/// A template's counts: all zero when it never ran.
fn counted(template: &Template, shared: &Shared) -> Result<Arc<Counted>> {
    if let Some(counted) = shared.coverage.as_ref().and_then(|coverage| coverage.template(&template.name)) {
        return Ok(counted);
    }
    let program = compile(&template.name, &template.text).map_err(|CompileError { template, place, message }| {
        Error::new(ErrorKind::Template, message).at(template, place.line, place.column)
    })?;
    let counts = Counts::new(&program);
    Ok(Arc::new(Counted { program: Arc::new(program), counts }))
}

fn of_template(api: &Api, used: &Used, counted: Arc<Counted>) -> TemplateCoverage {
    let Counted { program, counts } = &*counted;
    let closed = Closed::new(program, &used.modes(api));
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
    TemplateCoverage {
        template: used.template.name.clone(),
        path: used.template.path.clone(),
        auth: access::decides(program),
        fields: used.fields.iter().map(|(type_name, field)| format!("{type_name}.{field}")).collect(),
        runs: counts.runs(program),
        totals: Totals { templates: 1, branches: of_branches, conditions: of_conditions },
        branches,
        conditions,
        reach: Arc::new(closed.reach),
        counted,
    }
}

/// What of a template no request can reach, and why.
struct Closed<'p> {
    program: &'p Program,
    reach: Reach,
    /// The same for callers of every mode there is, when it is first asked for.
    for_all: OnceCell<Reach>,
}

impl<'p> Closed<'p> {
    fn new(program: &'p Program, modes: &[AuthMode]) -> Self {
        let called = |reference: &Reference| reference.helper.as_ref().map(|call| call.helper.path);
        let asks_mode = program.references.iter().any(|reference| called(reference) == Some("util.authType"));
        // What asks nobody for his mode is the same for all.
        let modes = if asks_mode { modes } else { &AuthMode::ALL[..1] };
        Closed { program, reach: reach(program, modes), for_all: OnceCell::new() }
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
        let for_all = self.for_all.get_or_init(|| reach(self.program, &AuthMode::ALL));
        Some(if open(for_all) { Unreachable::Mode } else { Unreachable::Template })
    }
}

fn reach(program: &Program, modes: &[AuthMode]) -> Reach {
    Reach::of(program, &modes.iter().map(|mode| mode.auth_type()).collect::<Vec<_>>())
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
        unreachable: None,
    }
}
