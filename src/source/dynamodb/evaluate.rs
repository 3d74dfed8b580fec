//! Conditions on items, by DynamoDB's rules: types never compare with each other, and what is absent equals nothing.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::attribute::{Attribute, Item};
use super::expression::{Atom, Comparator, Condition, Function, Operand, Path, Step};
use super::number::Number;
use crate::source::trace::AtomTrace;

/// Whether a bound condition holds on an item.
pub fn holds(condition: &Condition, item: &Item) -> bool {
    match condition {
        Condition::Or(parts) => parts.iter().any(|part| holds(part, item)),
        Condition::And(parts) => parts.iter().all(|part| holds(part, item)),
        Condition::Not(inner) => !holds(inner, item),
        Condition::Group(inner) => holds(inner, item),
        Condition::Atom(atom) => atom_holds(atom, item),
    }
}

/// Every atom of a bound condition with what it saw in an item; nothing is skipped, so that a reader sees each rule.
pub fn trace(condition: &Condition, item: &Item) -> Vec<AtomTrace> {
    let mut atoms = Vec::new();
    collect(condition, item, false, &mut atoms);
    atoms
}

fn collect(condition: &Condition, item: &Item, negated: bool, into: &mut Vec<AtomTrace>) {
    match condition {
        Condition::Or(parts) | Condition::And(parts) => {
            for part in parts {
                collect(part, item, negated, into);
            }
        }
        Condition::Not(inner) => collect(inner, item, !negated, into),
        Condition::Group(inner) => collect(inner, item, negated, into),
        Condition::Atom(atom) => into.push(trace_of(atom, item, negated)),
    }
}

fn trace_of(atom: &Atom, item: &Item, negated: bool) -> AtomTrace {
    let operands = operands_of(atom);
    let subject = operands.iter().position(|operand| !matches!(operand, Operand::Literal(_)));
    let looked_at = subject.and_then(|at| operands.get(at));
    AtomTrace {
        text: atom.to_string(),
        operator: operator_of(atom),
        path: looked_at.map(ToString::to_string),
        attribute: looked_at.and_then(|operand| attribute_of(operand)).map(str::to_owned),
        found: looked_at.and_then(|operand| value_of(operand, item)).map(|value| value.to_plain()),
        operands: operands
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != subject)
            .map(|(_, operand)| value_of(operand, item).map_or(serde_json::Value::Null, |value| value.to_plain()))
            .collect(),
        truth: atom_holds(atom, item),
        negated,
    }
}

fn operands_of(atom: &Atom) -> Vec<&Operand> {
    match atom {
        Atom::Compare { left, right, .. } => vec![left, right],
        Atom::Between { operand, low, high } => vec![operand, low, high],
        Atom::In { operand, list } => std::iter::once(operand).chain(list).collect(),
        Atom::Call { operands, .. } => operands.iter().collect(),
    }
}

fn operator_of(atom: &Atom) -> &'static str {
    match atom {
        Atom::Compare { comparator, .. } => comparator.symbol(),
        Atom::Between { .. } => "BETWEEN",
        Atom::In { .. } => "IN",
        Atom::Call { function, .. } => function.name(),
    }
}

fn attribute_of(operand: &Operand) -> Option<&str> {
    match operand {
        Operand::Path(path) => path.attribute(),
        Operand::Size(inner) => attribute_of(inner),
        Operand::Literal(_) | Operand::Placeholder(_) => None,
    }
}

/// The attributes of the item that a bound condition looks at.
pub fn attributes(condition: &Condition) -> Vec<&str> {
    match condition {
        Condition::Or(parts) | Condition::And(parts) => parts.iter().flat_map(attributes).collect(),
        Condition::Not(inner) | Condition::Group(inner) => attributes(inner),
        Condition::Atom(atom) => operands_of(atom).into_iter().filter_map(attribute_of).collect(),
    }
}

/// What a path leads to.
pub fn lookup<'i>(path: &Path, item: &'i Item) -> Option<&'i Attribute> {
    let mut steps = path.steps.iter();
    let mut at = match steps.next()? {
        Step::Name(name) => item.get(name)?,
        Step::Alias(_) | Step::Index(_) => return None,
    };
    for step in steps {
        at = match (step, at) {
            (Step::Name(name), Attribute::M(members)) => members.get(name)?,
            (Step::Index(index), Attribute::L(items)) => items.get(*index)?,
            _ => return None,
        };
    }
    Some(at)
}

fn value_of<'v>(operand: &'v Operand, item: &'v Item) -> Option<Cow<'v, Attribute>> {
    match operand {
        Operand::Path(path) => lookup(path, item).map(Cow::Borrowed),
        Operand::Literal(value) => Some(Cow::Borrowed(value)),
        Operand::Placeholder(_) => None,
        Operand::Size(inner) => {
            let size = value_of(inner, item)?.size()?;
            Some(Cow::Owned(Attribute::N(Number::from_integer(i64::try_from(size).unwrap_or(i64::MAX)))))
        }
    }
}

fn atom_holds(atom: &Atom, item: &Item) -> bool {
    match atom {
        Atom::Compare { left, comparator, right } => compare(value_of(left, item), *comparator, value_of(right, item)),
        Atom::Between { operand, low, high } => {
            let Some(value) = value_of(operand, item) else { return false };
            let order = |bound| value_of(bound, item).and_then(|bound| value.order(&bound));
            matches!(order(low), Some(Ordering::Greater | Ordering::Equal))
                && matches!(order(high), Some(Ordering::Less | Ordering::Equal))
        }
        Atom::In { operand, list } => {
            let Some(value) = value_of(operand, item) else { return false };
            list.iter().any(|member| value_of(member, item).is_some_and(|member| member == value))
        }
        Atom::Call { function, operands } => {
            let operand = |at: usize| operands.get(at).and_then(|operand| value_of(operand, item));
            match (function, operand(0), operand(1)) {
                (Function::AttributeExists, first, _) => first.is_some(),
                (Function::AttributeNotExists, first, _) => first.is_none(),
                (Function::AttributeType, Some(first), Some(second)) => {
                    matches!(&*second, Attribute::S(kind) if kind == first.type_name())
                }
                (Function::BeginsWith, Some(first), Some(second)) => first.begins_with(&second),
                (Function::Contains, Some(first), Some(second)) => first.contains(&second),
                _ => false,
            }
        }
    }
}

fn compare(left: Option<Cow<'_, Attribute>>, comparator: Comparator, right: Option<Cow<'_, Attribute>>) -> bool {
    let (left, right) = match (left, right) {
        (Some(left), Some(right)) => (left, right),
        // An absent attribute differs from every value: an item without `deleted` passes `deleted <> :true`.
        _ => return comparator == Comparator::Ne,
    };
    let order = || left.order(&right);
    match comparator {
        Comparator::Eq => left == right,
        Comparator::Ne => left != right,
        Comparator::Lt => order() == Some(Ordering::Less),
        Comparator::Le => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        Comparator::Gt => order() == Some(Ordering::Greater),
        Comparator::Ge => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::source::dynamodb::attribute::item_from_plain;
    use crate::source::dynamodb::bind::{Binder, Section};
    use crate::source::dynamodb::expression::Parameter;
    use crate::source::dynamodb::parse;

    fn bound(expression: &str, values: Json) -> Result<Condition, String> {
        let values = values
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), Attribute::from_typed(value, name).unwrap()))
            .collect();
        let section = Section { expression: expression.into(), names: None, values: Some(values) };
        let tree = parse::condition(expression, Parameter::Filter)?;
        let mut binder = Binder::new([]).unwrap();
        binder.condition(&section, Parameter::Filter, &tree).map_err(|refusal| refusal.message().to_owned())
    }

    fn item(json: Json) -> Item {
        item_from_plain(json.as_object().unwrap()).unwrap()
    }

    #[test]
    fn dynamodbs_rules() {
        let note = item(json!({
            "id": "1", "writer": "u1::bob", "n": 7, "nil": null, "flag": true,
            "tags": ["a", "bc", 3], "doc": {"parts": [{"k": "v"}]}
        }));
        let values = json!({
            ":s": {"S": "u1::bob"}, ":one": {"S": "7"}, ":n": {"N": "7.0"}, ":lo": {"N": 1}, ":hi": {"N": 9},
            ":null": {"NULL": null}, ":a": {"S": "a"}, ":b": {"S": "b"}, ":three": {"N": 3}, ":t": {"S": "L"},
            ":set": {"SS": ["u1::bob"]}, ":v": {"S": "v"}
        });
        for (expression, expected) in [
            ("writer = :s", true),
            ("writer <> :s", false),
            ("n = :n", true),
            ("n = :one", false),
            ("n <> :one", true),
            ("n < :one", false),
            ("n >= :one", false),
            ("n BETWEEN :lo AND :hi", true),
            ("writer BETWEEN :lo AND :hi", false),
            ("n IN (:one, :n)", true),
            ("gone = :s", false),
            ("gone <> :s", true),
            ("NOT gone = :s", true),
            ("gone < :s", false),
            ("gone IN (:s)", false),
            ("nil = :null", true),
            ("gone = :null", false),
            ("attribute_exists(nil)", true),
            ("attribute_exists(gone)", false),
            ("attribute_not_exists(doc.parts[1])", true),
            ("doc.parts[0].k = :v", true),
            ("writer.x = :s", false),
            ("attribute_type(tags, :t)", true),
            ("begins_with(writer, :a)", false),
            ("begins_with(n, :one)", false),
            ("contains(tags, :a)", true),
            ("contains(tags, :b)", false),
            ("contains(tags, :three)", true),
            ("contains(writer, :b)", true),
            ("contains(n, :one)", false),
            ("contains(:set, writer)", true),
            ("size(tags) = :three", true),
            ("size(n) < :three", false),
            ("size(gone) <> :three", true),
            ("gone = :s OR writer = :s AND n = :n", true),
            ("(gone = :s OR writer = :s) AND n = :one", false),
        ] {
            let condition = bound(expression, values.clone()).unwrap_or_else(|error| panic!("{expression}: {error}"));
            assert_eq!(holds(&condition, &note), expected, "{expression}");
        }
    }

    #[test]
    fn what_dynamodb_refuses_before_it_looks_at_an_item() {
        let values = json!({
            ":null": {"NULL": null}, ":n": {"N": 1}, ":s": {"S": "x"}, ":t": {"S": "STRING"}, ":bool": {"BOOL": true}
        });
        for (expression, words) in [
            ("a < :null", "operator: <, operand type: NULL"),
            ("a >= :bool", "operand type: BOOL"),
            ("a BETWEEN :n AND :s", "same data type"),
            ("begins_with(a, :n)", "operator or function: begins_with, operand type: N"),
            ("attribute_type(a, :t)", "Invalid attribute type name"),
            ("attribute_exists(size(a))", "requires a document path"),
            ("attribute_exists(:s)", "requires a document path"),
            ("a = a", "must be distinct"),
            ("a = :nope", "attribute value: :nope"),
            ("#nope = :s", "attribute name: #nope"),
        ] {
            let error = bound(expression, values.clone()).unwrap_err();
            assert!(error.contains(words), "{expression}: {error}");
        }
    }

    #[test]
    fn a_trace_names_every_atom_even_those_a_short_circuit_would_skip() {
        let condition = bound(
            "writer = :me OR NOT contains(editors, :me) OR size(tags) > :n",
            json!({":me": {"S": "u2::eve"}, ":n": {"N": 1}}),
        )
        .unwrap();
        let atoms = trace(&condition, &item(json!({"writer": "u1::bob", "tags": ["a"]})));
        let seen: Vec<_> =
            atoms.iter().map(|a| (a.text.as_str(), a.path.as_deref(), a.found.clone(), a.truth, a.negated)).collect();
        assert_eq!(
            seen,
            [
                ("writer = \"u2::eve\"", Some("writer"), Some(json!("u1::bob")), false, false),
                ("contains(editors, \"u2::eve\")", Some("editors"), None, false, true),
                ("size(tags) > 1", Some("size(tags)"), Some(json!(1)), false, false),
            ]
        );
        assert_eq!(atoms[0].operands, [json!("u2::eve")]);
        assert_eq!(atoms[2].attribute.as_deref(), Some("tags"));
    }
}
