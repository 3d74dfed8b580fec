//! Denials of a whole mode: `#if($util.authType() == "API Key Authorization") $util.unauthorized() #end`, and what
//! the same template holds for callers of other modes.

use super::condition::{self, Evaluated, evaluations};
use super::grant::last_arm;
use super::origin::{Origin, Origins};
use super::rule::{self, Known, Subject};
use super::run::{Moment, Place, Run};
use crate::api::AuthMode;
use crate::compile::program::{ExpressionId, ExpressionKind, StatementId, StatementKind};
use crate::report::Rule;
use crate::syntax::ast::Operator;

/// The innermost condition around a denial, when it asks for the mode alone.
pub fn denied_by(runs: &[Run], origins: &Origins<'_>, place: Place, at: Moment) -> Option<Evaluated> {
    let run = runs.get(place.run)?;
    let (statement, _) = *run.ancestors(place.statement).last()?;
    let chosen = last_arm(run, statement, at.event)?;
    let last = evaluations(run, place.run, statement, chosen).pop()?;
    let asks_mode = |atom: &condition::Atom| {
        condition::operands(origins, run, atom).iter().any(|(_, origin)| matches!(origin, Origin::Mode))
    };
    let deciding = last.deciding(run);
    (!deciding.is_empty() && deciding.iter().all(|atom| asks_mode(atom))).then_some(last)
}

/// Rules for the other modes that the template has something for.
pub fn others(origins: &Origins<'_>, run: &Run, denied: Place, evaluated: &Evaluated) -> Vec<Known> {
    let mut found: Vec<Known> = Vec::new();
    for statement in run.statements() {
        let StatementKind::If(arms) = &run.program.statements[statement.0].kind else { continue };
        let Some(arm) = arms.first() else { continue };
        let Some(auth_type) = arm.condition.and_then(|condition| mode_asked(run, condition)) else { continue };
        let Some(mode) = AuthMode::ALL.into_iter().find(|mode| mode.auth_type() == auth_type) else { continue };
        let members = run.program.block_items.slice(&arm.body);
        if members.contains(&denied.statement) {
            continue;
        }
        let Some(grant) = run.statements().find(|inner| inside(run, statement, *inner) && grants(run, *inner)) else {
            continue;
        };
        let needs = format!("authorization mode is \"{auth_type}\"");
        if found.iter().any(|known| known.rule.needs == needs) {
            continue;
        }
        let kind = match mode {
            AuthMode::ApiKey => "public",
            AuthMode::Iam => "iamRole",
            AuthMode::Lambda => "custom",
            AuthMode::UserPool | AuthMode::Oidc => "private",
        };
        let rule = Rule {
            id: 0,
            kind,
            auth: None,
            also_auth: Vec::new(),
            grant: run.site(run.program.statements[grant.0].span),
            blocked_by: Some(rule::reported(origins, run, evaluated)),
            needs,
        };
        found.push(Known { rule, subject: Subject { wanted: vec![auth_type], ..Subject::default() } });
    }
    found
}

/// The literal that `$util.authType()` is compared with.
pub(super) fn mode_asked(run: &Run, condition: ExpressionId) -> Option<String> {
    let program = &run.program;
    let ExpressionKind::Binary(Operator::Equal, left, right) = &program.expressions[condition.0].kind else {
        return None;
    };
    let ExpressionKind::Reference(reference) = &program.expressions[left.0].kind else { return None };
    let asks = program.references[reference.0].helper.is_some_and(|call| call.helper.path == "util.authType");
    super::variable::literal_text(run, *right).filter(|_| asks)
}

fn inside(run: &Run, outer: StatementId, inner: StatementId) -> bool {
    run.ancestors(inner).iter().any(|(ancestor, _)| *ancestor == outer)
}

/// Whether a statement could let a caller in: it ends the template early, sets a flag, or fills a list.
fn grants(run: &Run, statement: StatementId) -> bool {
    let program = &run.program;
    match &program.statements[statement.0].kind {
        StatementKind::Return(_) => true,
        StatementKind::Set(_, value) => matches!(program.expressions[value.0].kind, ExpressionKind::Boolean(true)),
        StatementKind::Output(..) => run.mutates(statement),
        _ => false,
    }
}
