//! Walks over a template's syntax tree, strings and arguments included.

use crate::syntax::ast::{Expression, ExpressionKind, Reference, Statement, StatementKind, StepKind};

/// What a walk meets.
pub(super) enum Node<'t> {
    /// The statements of a block or of a string with things in it.
    Block(&'t [Statement]),
    Statement(&'t Statement),
    /// The condition of an `#if` or `#elseif`.
    Condition(&'t Expression),
    Reference(&'t Reference),
}

/// Calls `see` with everything below a block, in the order it is written.
pub(super) fn walk<'t>(block: &'t [Statement], see: &mut dyn FnMut(Node<'t>)) {
    see(Node::Block(block));
    for statement in block {
        see(Node::Statement(statement));
        match &statement.kind {
            StatementKind::Output { reference: it, .. } => reference(it, see),
            StatementKind::Set { target, value } => {
                reference(target, see);
                expression(value, see);
            }
            StatementKind::If { arms, otherwise } => {
                for (condition, body) in arms {
                    see(Node::Condition(condition));
                    expression(condition, see);
                    walk(body, see);
                }
                otherwise.iter().for_each(|body| walk(body, see));
            }
            StatementKind::Foreach { iterable, body, .. } => {
                iterable.iter().for_each(|it| expression(it, see));
                walk(body, see);
            }
            StatementKind::Break(it) | StatementKind::Return(it) => {
                it.iter().for_each(|it| expression(it, see));
            }
            StatementKind::Text(_) | StatementKind::Stop => {}
        }
    }
}

/// Calls `see` with everything in an expression.
pub(super) fn expression<'t>(it: &'t Expression, see: &mut dyn FnMut(Node<'t>)) {
    match &it.kind {
        ExpressionKind::Interpolated(block) => walk(block, see),
        ExpressionKind::List(items) => items.iter().for_each(|item| expression(item, see)),
        ExpressionKind::Map(members) => members.iter().for_each(|(key, value)| {
            expression(key, see);
            expression(value, see);
        }),
        ExpressionKind::Reference(it) => reference(it, see),
        ExpressionKind::Not(inner) => expression(inner, see),
        ExpressionKind::Range(left, right) | ExpressionKind::Binary(_, left, right) => {
            expression(left, see);
            expression(right, see);
        }
        _ => {}
    }
}

fn reference<'t>(it: &'t Reference, see: &mut dyn FnMut(Node<'t>)) {
    see(Node::Reference(it));
    for step in &it.steps {
        match &step.kind {
            StepKind::Property(_) => {}
            StepKind::Call { arguments, .. } => arguments.iter().for_each(|argument| expression(argument, see)),
            StepKind::Index(index) => expression(index, see),
        }
    }
}

/// Every reference of a block.
pub(super) fn references(block: &[Statement]) -> Vec<&Reference> {
    let mut found = Vec::new();
    walk(block, &mut |node| {
        if let Node::Reference(reference) = node {
            found.push(reference);
        }
    });
    found
}

/// The references of an expression.
pub(super) fn references_in(it: &Expression) -> Vec<&Reference> {
    let mut found = Vec::new();
    expression(it, &mut |node| {
        if let Node::Reference(reference) = node {
            found.push(reference);
        }
    });
    found
}

/// The conditions of a block.
pub(super) fn conditions(block: &[Statement]) -> Vec<&Expression> {
    let mut found = Vec::new();
    walk(block, &mut |node| {
        if let Node::Condition(condition) = node {
            found.push(condition);
        }
    });
    found
}

/// The names that lead to a value, synonyms folded: `ctx.args.input.id` for `$context.arguments.get("input").id`.
/// `None` when a step is no name, such as a method or an index that is computed.
pub(super) fn path(reference: &Reference) -> Option<Vec<&str>> {
    let mut names = vec![top(&reference.name)];
    for step in &reference.steps {
        names.push(name_of(&step.kind)?);
    }
    if let Some(second) = names.get_mut(1).filter(|name| **name == "arguments") {
        *second = "args";
    }
    Some(names)
}

/// The same for the steps before the last one.
pub(super) fn path_before_last(reference: &Reference) -> Option<Vec<&str>> {
    let (_, before) = reference.steps.split_last()?;
    let mut names = vec![top(&reference.name)];
    for step in before {
        names.push(name_of(&step.kind)?);
    }
    Some(names)
}

/// A top-level name by its shorter synonym.
fn top(name: &str) -> &str {
    match name {
        "context" => "ctx",
        "utils" => "util",
        name => name,
    }
}

fn name_of(step: &StepKind) -> Option<&str> {
    match step {
        StepKind::Property(name) => Some(name),
        StepKind::Index(Expression { kind: ExpressionKind::Text(text), .. }) => Some(text),
        StepKind::Call { name, arguments } if name == "get" => match arguments.as_slice() {
            [Expression { kind: ExpressionKind::Text(text), .. }] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The dotted path of the helper that a reference calls first, whether or not there is one: `util.dynamodb.toJson`
/// for `$utils.dynamodb.toJson(..).x`. `None` when it starts with anything else, or calls nothing.
pub(super) fn helper_path(reference: &Reference) -> Option<(String, bool)> {
    let mut path = top(&reference.name).to_owned();
    if !matches!(path.as_str(), "util" | "extensions") {
        return None;
    }
    for step in &reference.steps {
        match &step.kind {
            StepKind::Property(name) => {
                path.push('.');
                path.push_str(name);
            }
            StepKind::Call { name, .. } => {
                path.push('.');
                path.push_str(name);
                return Some((path, true));
            }
            StepKind::Index(_) => return None,
        }
    }
    Some((path, false))
}
