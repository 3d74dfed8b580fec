//! Refusals before the resolver: a directive, a group of a directive, the default action, `deniedFields`.

use serde_json::Value as Json;

use super::directives::{self, Misspelt};
use super::{Explanation, Question, refused, words};
use crate::api::AuthMode;
use crate::api::schema::ModesFrom;
use crate::execute::Refusal;
use crate::report::{Cause, Condition, Operand, Rule, Site};

/// Explains a refusal by the schema.
pub fn explain(question: Question<'_>, refusal: &Refusal) -> Explanation {
    let (parent, field) = (&question.input.parent_type, &question.input.field);
    let proposals = refused::proposals(question, refusal);
    let (code, text, line, rules) = match refusal {
        Refusal::Mode { mode, .. } if let_in_if_spelt(question, *mode).is_some() => {
            let found = let_in_if_spelt(question, *mode);
            let (text, meant, on, line) = found
                .map_or_else(Default::default, |found| (found.in_words(), found.meant, found.on.clone(), found.line));
            ("unknown-directive", text, line, vec![("other", format!("@{meant} on {on}"))])
        }
        Refusal::Mode { mode: AuthMode::UserPool, .. } | Refusal::DefaultActionDeny
            if directives::ignored(question).is_some() =>
        {
            let (reason, line) = directives::ignored(question).map_or(("", 0), |found| (found.reason, found.line));
            let text =
                format!("@aws_auth on {parent}.{field} has no effect, so nothing admits user pool callers: {reason}");
            let needs = format!("@aws_cognito_user_pools in place of @aws_auth on {parent}.{field}");
            ("aws-auth-ignored", text, line, vec![("other", needs)])
        }
        Refusal::Mode { mode, from: from @ (ModesFrom::Type | ModesFrom::Default), line, .. }
            if !question.api.schema.is_root(parent) =>
        {
            let directive = mode.directive();
            let has = if *from == ModesFrom::Type { "has directives, and none of them is" } else { "lacks" };
            let text = format!(
                "type {parent} {has} @{directive}: {} admits a caller to the field that returns it, and to none of its \
                 own fields",
                mode.words()
            );
            ("type-lacks-directive", text, *line, vec![("other", format!("@{directive} on type {parent}"))])
        }
        Refusal::Mode { mode, admitted, from, line } => {
            let modes: Vec<&str> = admitted.iter().map(|mode| mode.words()).collect();
            let modes = modes.join(", ");
            let text = match from {
                ModesFrom::Field => format!("{} was used, and {parent}.{field} admits only {modes}", mode.words()),
                ModesFrom::Type => format!("{} was used, and type {parent} admits only {modes}", mode.words()),
                ModesFrom::Default => format!(
                    "{} was used, and {parent}.{field} has no directive, so it admits only the API's default mode, {modes}",
                    mode.words()
                ),
            };
            let rules = admitted
                .iter()
                .map(|admitted| (kind(*admitted), format!("the request sent with mode {}", admitted.words())))
                .chain([("other", format!("@{} on {parent}.{field}", mode.directive()))])
                .collect();
            ("mode-not-admitted", text, *line, rules)
        }
        Refusal::Groups { wanted, held, line } => {
            let wanted_text = words::value(&Json::from(wanted.clone()));
            let text = if held.is_empty() {
                format!("the token names no groups; {parent}.{field} asks for one of {wanted_text}")
            } else {
                format!("the token's groups {} include none of {wanted_text}", words::value(&Json::from(held.clone())))
            };
            let rules = wanted
                .iter()
                .map(|group| ("staticGroup", format!("claim cognito:groups contains \"{group}\"")))
                .collect();
            ("group-missing", text, *line, rules)
        }
        Refusal::DefaultActionDeny => {
            let text = format!(
                "the user pool's default action is DENY, and no directive admits user pool callers to {parent}.{field}"
            );
            let rules =
                vec![("other", format!("@aws_cognito_user_pools on {parent}.{field}, or default action ALLOW"))];
            ("default-action-deny", text, 0, rules)
        }
        Refusal::DeniedField { entry } => {
            let text = format!("the Lambda authorizer's answer denies it: deniedFields holds \"{entry}\"");
            ("denied-field", text, 0, vec![("custom", format!("deniedFields without \"{entry}\""))])
        }
        // Where a policy stands is no place of the schema.
        Refusal::Policy(denial) => {
            let cause = Some(Cause { code: denial.code, text: denial.text.clone() });
            return Explanation { cause, proposals, ..Explanation::default() };
        }
    };
    let site = site(question, line);
    let condition = site.clone().map(|site| Condition {
        text: site.text.clone(),
        site,
        value: Json::Bool(false),
        operands: vec![Operand {
            text: "mode".to_owned(),
            value: Json::String(question.mode.name().to_owned()),
            from: Some("authorization mode".to_owned()),
            set_at: None,
        }],
        words: Some(text.clone()),
    });
    let rules = rules
        .into_iter()
        .enumerate()
        .filter_map(|(index, (kind, needs))| {
            let grant = site.clone()?;
            Some(Rule {
                id: index + 1,
                kind,
                auth: None,
                also_auth: Vec::new(),
                grant,
                blocked_by: condition.clone(),
                needs,
            })
        })
        .collect();
    Explanation {
        because: condition.into_iter().collect(),
        site,
        rules,
        cause: Some(Cause { code, text }),
        slice: Vec::new(),
        hazards: Vec::new(),
        proposals,
    }
}

/// A misspelt directive that would have let the caller in.
pub fn let_in_if_spelt(question: Question<'_>, mode: AuthMode) -> Option<Misspelt> {
    let found = directives::misspelt(question.api, &question.input.parent_type, &question.input.field);
    found.into_iter().find(|found| found.was_to_admit(mode))
}

pub(super) fn kind(mode: AuthMode) -> &'static str {
    match mode {
        AuthMode::ApiKey => "public",
        AuthMode::UserPool | AuthMode::Oidc => "private",
        AuthMode::Iam => "iamRole",
        AuthMode::Lambda => "custom",
    }
}

/// The field in the schema, or the line that decided.
pub(super) fn site(question: Question<'_>, line: u32) -> Option<Site> {
    let schema = &question.api.schema;
    let own = schema.field(&question.input.parent_type, &question.input.field);
    let line = match own {
        Some(field) if line == 0 => field.line,
        _ => line,
    };
    if line == 0 {
        return None;
    }
    let source_line = schema.file().line(line).to_owned();
    let text = source_line.trim().to_owned();
    let column = u32::try_from(source_line.len() - source_line.trim_start().len()).unwrap_or(0) + 1;
    let width = u32::try_from(text.chars().count()).unwrap_or(0);
    Some(Site {
        template: schema.file().name().to_owned(),
        line,
        column,
        end_line: line,
        end_column: column + width,
        text,
        source_line,
    })
}
