//! Conditions that held, or did not, for another reason than the one they were written for.

use super::super::condition::shown;
use super::super::origin::Origin;
use super::super::run::{Moment, Run};
use super::super::words::{is_owner, value as words};
use super::Found;
use crate::compile::program::{ExpressionId, ExpressionKind, ReferenceId, StepKind};
use crate::syntax::ast::Operator;
use crate::value::Value;
use crate::value::method::Method;

/// A part of a condition that came out.
pub(super) fn atom(
    found: &mut Found<'_>,
    run: &Run,
    at: Moment,
    expression: ExpressionId,
    truth: bool,
    (left, right): (&Value, &Value),
) {
    let node = &run.program.expressions[expression.0];
    let text = run.program.source_text(node.span);
    match &node.kind {
        ExpressionKind::Binary(operator @ (Operator::Equal | Operator::NotEqual), first, second) => {
            let same = truth == (*operator == Operator::Equal);
            if same && left.is_null() && right.is_null() {
                both_null(found, run, at, expression, [*first, *second]);
            }
        }
        ExpressionKind::Text(_)
        | ExpressionKind::Interpolated(_)
        | ExpressionKind::Int(_)
        | ExpressionKind::Long(_)
        | ExpressionKind::Big(_)
        | ExpressionKind::Double(_)
        | ExpressionKind::List(_)
        | ExpressionKind::Map(_)
        | ExpressionKind::Range(..) => {
            let text =
                format!("`{text}` as a condition never holds: in Velocity a literal other than true counts as false");
            found.add("literal-condition", run, node.span, text);
        }
        ExpressionKind::Binary(operator, ..) if operator.precedence() > Operator::Less.precedence() => {
            let text = format!("`{text}` as a condition never holds: in Velocity a computed number counts as false");
            found.add("literal-condition", run, node.span, text);
        }
        _ => {}
    }
}

/// Two absent values were taken for a match. Only what speaks of the caller: elsewhere it may be meant, and a variable
/// that nothing sets is how templates write null.
fn both_null(found: &mut Found<'_>, run: &Run, at: Moment, condition: ExpressionId, sides: [ExpressionId; 2]) {
    let [first, second] = sides.map(|side| found.origins.of(side, at));
    let nothing = |origin: &Origin| matches!(origin, Origin::Literal(_) | Origin::Unset(_));
    if nothing(&first) || nothing(&second) || !(is_owner(&first) || is_owner(&second)) {
        return;
    }
    let span = run.program.expressions[condition.0].span;
    let [first, second] = [first, second].map(|origin| match origin {
        Origin::Absent(what) => what.words(),
        other => other.words(),
    });
    let text = format!(
        "{first} and {second} are both absent, and null equals null: `{}` takes them for a match",
        run.program.source_text(span)
    );
    found.add("null-equals-null", run, span, text);
}

/// A method or helper was called.
pub(super) fn call(
    found: &mut Found<'_>,
    run: &Run,
    at: Moment,
    step: u32,
    receiver: &Value,
    arguments: &[Value],
    result: &Value,
) {
    let StepKind::Call { method: Some(Method::Contains), arguments: written, .. } = &run.program.steps[step].kind
    else {
        return;
    };
    let (Value::Str(text), [Value::Str(part)], Value::Bool(true)) = (receiver, arguments, result) else { return };
    if !is_torn(text, part) {
        return;
    }
    let Some((id, reference)) = holding(run, step) else { return };
    let list = found.origins.of_prefix(id, (step - reference.start) as usize, at);
    let [argument] = run.program.lists.slice(written) else { return };
    let one = found.origins.of(*argument, at);
    if !is_owner(&list) && !is_owner(&one) {
        return;
    }
    let span = run.program.references[id.0].span;
    let text = format!(
        "{} is the text {}, and {} is only a part of it: .contains(..) asks a text for parts, a list for elements",
        list.words(),
        words(&shown(receiver)),
        words(&shown(&Value::str(part))),
    );
    found.add("substring-match", run, span, text);
}

/// The reference that a step belongs to, and its steps.
fn holding(run: &Run, step: u32) -> Option<(ReferenceId, std::ops::Range<u32>)> {
    let references = (0..).zip(run.program.references.iter());
    let mut holding = references.filter(|(_, reference)| reference.steps.contains(&step));
    holding.next().map(|(id, reference)| (ReferenceId(id), reference.steps.clone()))
}

/// Whether a part is found in a text only where that cuts a word or a name, or within the session of an assumed role,
/// which its caller may choose. A part that brings a mark along, such as `-` or `@`, ends there on purpose.
fn is_torn(text: &str, part: &str) -> bool {
    let separates =
        |c: char| c.is_whitespace() || matches!(c, '/' | ':' | ',' | ';' | '|' | '"' | '\'' | '[' | ']' | '(' | ')');
    let parts = |outside: Option<char>, inside: Option<char>| {
        outside.is_none_or(separates) || inside.is_none_or(|c| !c.is_alphanumeric())
    };
    let role = text.find(":assumed-role/").map(|at| at + ":assumed-role/".len());
    let session = role.and_then(|role| Some(role + text.get(role..)?.find('/')? + 1));
    let whole = |at: usize| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + part.len()..).and_then(|after| after.chars().next());
        let in_session = session.is_some_and(|session| at >= session);
        !in_session && parts(before, part.chars().next()) && parts(after, part.chars().next_back())
    };
    !part.is_empty() && !text.match_indices(part).any(|(at, _)| whole(at))
}
