//! Conditions that are the same for every request.

use super::finding::{CheckPlace, Found};
use super::subject::{Parsed, Subject};
use super::walk;
use crate::syntax::ast::{Expression, ExpressionKind, Operator};

/// Reports conditions that always, or never, hold.
pub(super) fn check(_: &Subject<'_>, template: &Parsed, found: &mut Found) {
    for condition in walk::conditions(template.statements()) {
        let Some(holds) = constant(condition) else { continue };
        let text = template.source.slice(condition.span);
        let place = CheckPlace::of(&template.source, condition.span);
        let literal =
            !matches!(condition.kind, ExpressionKind::Boolean(_) | ExpressionKind::Not(_) | ExpressionKind::Binary(..));
        match (holds, literal) {
            (true, _) => found.add(
                place,
                format!("`{text}` holds for every request: this asks nothing"),
                "take the #if out, or compare with what was meant",
            ),
            (false, true) => found.add(
                place,
                format!("`{text}` never holds: in Velocity a literal other than true counts as false"),
                "compare it with a reference",
            ),
            (false, false) => found.add(
                place,
                format!("`{text}` never holds: what is inside never runs"),
                "take it out, or compare with what was meant",
            ),
        }
    }
}

/// Whether a condition holds, when that hangs on nothing.
pub(super) fn constant(it: &Expression) -> Option<bool> {
    use ExpressionKind as Kind;
    match &it.kind {
        Kind::Text(_) | Kind::Integer(_) | Kind::Float(_) | Kind::List(_) | Kind::Map(_) => Some(false),
        _ => truth(it),
    }
}

/// The same inside of operators, where only truth values and comparisons of literals are decided.
fn truth(it: &Expression) -> Option<bool> {
    use ExpressionKind as Kind;
    match &it.kind {
        Kind::Boolean(value) => Some(*value),
        Kind::Not(inner) => truth(inner).map(|value| !value),
        Kind::Binary(Operator::And, left, right) => match (truth(left), truth(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Kind::Binary(Operator::Or, left, right) => match (truth(left), truth(right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Kind::Binary(operator @ (Operator::Equal | Operator::NotEqual), left, right) => {
            let equal = match (&left.kind, &right.kind) {
                (Kind::Boolean(left), Kind::Boolean(right)) => left == right,
                (Kind::Text(left), Kind::Text(right)) => left == right,
                (Kind::Integer(left), Kind::Integer(right)) => {
                    left.parse::<i64>().ok()? == right.parse::<i64>().ok()?
                }
                _ => return None,
            };
            Some(equal == (*operator == Operator::Equal))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::request;

    #[test]
    fn what_hangs_on_nothing_is_reported() {
        for (condition, words) in [
            ("true", Some("holds for every request")),
            ("!false || $x", Some("holds for every request")),
            ("1 == 1", Some("holds for every request")),
            ("\"Admin\"", Some("a literal other than true counts as false")),
            ("[$x]", Some("a literal other than true counts as false")),
            ("$x && false", Some("never holds: what is inside")),
            ("'a' == 'b'", Some("never holds: what is inside")),
            ("$x", None),
            ("$x == true", None),
            ("$x || false", None),
            ("\"$x\" == \"a\"", None),
            ("!$x", None),
        ] {
            let report = request(&format!("#if({condition}) a #end"));
            let found = report.of("literal-condition");
            assert_eq!(found.len(), usize::from(words.is_some()), "{condition}: {report:?}");
            assert!(found.iter().all(|f| f.message.contains(words.unwrap_or(""))), "{condition}: {found:?}");
        }
    }
}
