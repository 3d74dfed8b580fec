//! Update expressions on items. Every right side sees the item as it was before the update.

use super::attribute::{Attribute, Item};
use super::evaluate::lookup;
use super::expression::{Operand, Parameter, Path, Step, Sum, Term, Update, overlap};
use super::parse::invalid;

/// The item after a bound update; `key` attributes may not change. The error is DynamoDB's message.
pub fn apply(update: &Update, before: &Item, key: &[String]) -> Result<Item, String> {
    let paths: Vec<&Path> = update
        .sets
        .iter()
        .map(|(path, _)| path)
        .chain(&update.removes)
        .chain(update.adds.iter().chain(&update.deletes).map(|(path, _)| path))
        .collect();
    if let Some(name) = paths.iter().filter_map(|path| path.attribute()).find(|name| key.iter().any(|k| k == name)) {
        return Err(format!(
            "One or more parameter values were invalid: Cannot update attribute {name}. This attribute is part of \
             the key"
        ));
    }
    overlap(&paths).map_err(|why| invalid(Parameter::Update, &why))?;

    let mut after = before.clone();
    for (path, sum) in &update.sets {
        let value = sum_of(sum, before)?;
        set(&mut after, path, value)?;
    }
    for (path, operand) in &update.adds {
        let value = add(lookup(path, before), literal(operand)?)?;
        set(&mut after, path, value)?;
    }
    for (path, operand) in &update.deletes {
        match delete(lookup(path, before), literal(operand)?)? {
            Some(value) => set(&mut after, path, value)?,
            None => remove(&mut after, path)?,
        }
    }
    // Later list positions first: removing one must not move the others.
    let mut removes: Vec<&Path> = update.removes.iter().collect();
    removes.sort_by_key(|path| match path.steps.last() {
        Some(Step::Index(index)) => std::cmp::Reverse(*index),
        _ => std::cmp::Reverse(0),
    });
    for path in removes {
        remove(&mut after, path)?;
    }
    Ok(after)
}

fn wrong_type() -> String {
    "An operand in the update expression has an incorrect data type".into()
}

fn invalid_path() -> String {
    "The document path provided in the update expression is invalid for update".into()
}

fn literal(operand: &Operand) -> Result<&Attribute, String> {
    match operand {
        Operand::Literal(value) => Ok(value),
        _ => Err(wrong_type()),
    }
}

fn sum_of(sum: &Sum, item: &Item) -> Result<Attribute, String> {
    let first = term_of(&sum.first, item)?;
    let Some((plus, second)) = &sum.rest else { return Ok(first) };
    match (first, term_of(second, item)?) {
        (Attribute::N(left), Attribute::N(right)) => {
            let right = if *plus { right } else { right.negated() };
            left.plus(&right).map(Attribute::N)
        }
        _ => Err(wrong_type()),
    }
}

fn term_of(term: &Term, item: &Item) -> Result<Attribute, String> {
    match term {
        Term::Operand(Operand::Path(path)) => lookup(path, item)
            .cloned()
            .ok_or_else(|| "The provided expression refers to an attribute that does not exist in the item".into()),
        Term::Operand(operand) => literal(operand).cloned(),
        Term::IfNotExists(path, otherwise) => match lookup(path, item) {
            Some(value) => Ok(value.clone()),
            None => term_of(otherwise, item),
        },
        Term::ListAppend(left, right) => match (term_of(left, item)?, term_of(right, item)?) {
            (Attribute::L(mut left), Attribute::L(right)) => {
                left.extend(right);
                Ok(Attribute::L(left))
            }
            _ => Err(wrong_type()),
        },
    }
}

fn add(current: Option<&Attribute>, value: &Attribute) -> Result<Attribute, String> {
    match (current, value) {
        (None, Attribute::N(_) | Attribute::Ss(_) | Attribute::Ns(_) | Attribute::Bs(_)) => Ok(value.clone()),
        (Some(Attribute::N(left)), Attribute::N(right)) => left.plus(right).map(Attribute::N),
        (Some(Attribute::Ss(left)), Attribute::Ss(right)) => Ok(Attribute::Ss(left | right)),
        (Some(Attribute::Ns(left)), Attribute::Ns(right)) => Ok(Attribute::Ns(left | right)),
        (Some(Attribute::Bs(left)), Attribute::Bs(right)) => Ok(Attribute::Bs(left | right)),
        _ => Err(wrong_type()),
    }
}

/// The set without the elements; none when nothing is left, for a set is never empty.
fn delete(current: Option<&Attribute>, value: &Attribute) -> Result<Option<Attribute>, String> {
    let rest = match (current, value) {
        (None, Attribute::Ss(_) | Attribute::Ns(_) | Attribute::Bs(_)) => return Ok(None),
        (Some(Attribute::Ss(left)), Attribute::Ss(right)) => Attribute::Ss(left - right),
        (Some(Attribute::Ns(left)), Attribute::Ns(right)) => Attribute::Ns(left - right),
        (Some(Attribute::Bs(left)), Attribute::Bs(right)) => Attribute::Bs(left - right),
        _ => return Err(wrong_type()),
    };
    Ok((rest.size() != Some(0)).then_some(rest))
}

/// What holds the last step of a path: the item itself, or a map or list in it.
enum Holder<'i> {
    Members(&'i mut Item),
    List(&'i mut Vec<Attribute>),
}

fn holder<'i>(item: &'i mut Item, path: &'i Path) -> Option<(Holder<'i>, &'i Step)> {
    let (last, before) = path.steps.split_last()?;
    let mut holder = Holder::Members(item);
    for step in before {
        let next = match (holder, step) {
            (Holder::Members(members), Step::Name(name)) => members.get_mut(name)?,
            (Holder::List(items), Step::Index(index)) => items.get_mut(*index)?,
            _ => return None,
        };
        holder = match next {
            Attribute::M(members) => Holder::Members(members),
            Attribute::L(items) => Holder::List(items),
            _ => return None,
        };
    }
    Some((holder, last))
}

fn set(item: &mut Item, path: &Path, value: Attribute) -> Result<(), String> {
    match holder(item, path) {
        Some((Holder::Members(members), Step::Name(name))) => {
            members.insert(name.clone(), value);
            Ok(())
        }
        Some((Holder::List(items), Step::Index(index))) => {
            // Beyond the end means at the end.
            match items.get_mut(*index) {
                Some(slot) => *slot = value,
                None => items.push(value),
            }
            Ok(())
        }
        _ => Err(invalid_path()),
    }
}

fn remove(item: &mut Item, path: &Path) -> Result<(), String> {
    match holder(item, path) {
        Some((Holder::Members(members), Step::Name(name))) => {
            members.shift_remove(name);
            Ok(())
        }
        Some((Holder::List(items), Step::Index(index))) => {
            if *index < items.len() {
                items.remove(*index);
            }
            Ok(())
        }
        _ => Err(invalid_path()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::source::dynamodb::attribute::{item_from_plain, item_to_plain};
    use crate::source::dynamodb::bind::{Binder, Section};
    use crate::source::dynamodb::parse;

    fn updated(item: Json, expression: &str, values: Json) -> Result<Json, String> {
        let values = values
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), Attribute::from_typed(value, name).unwrap()))
            .collect();
        let section = Section { expression: expression.into(), names: None, values: Some(values) };
        let tree = parse::update(expression)?;
        let update = Binder::new([]).unwrap().update(&section, &tree).map_err(|r| r.message().to_owned())?;
        let before = item_from_plain(item.as_object().unwrap()).unwrap();
        apply(&update, &before, &["id".to_owned()]).map(|after| item_to_plain(&after))
    }

    #[test]
    fn updates_as_dynamodb_makes_them() {
        for (before, expression, values, after) in [
            (json!({"id": "1"}), "SET a = :a", json!({":a": {"S": "x"}}), json!({"id": "1", "a": "x"})),
            (json!({"a": 1, "b": 2}), "SET a = b, b = a", json!({}), json!({"a": 2, "b": 1})),
            (json!({"n": 5}), "SET n = n - :i", json!({":i": {"N": 7}}), json!({"n": -2})),
            (json!({}), "SET n = if_not_exists(n, :z) + :i", json!({":z": {"N": 0}, ":i": {"N": 1}}), json!({"n": 1})),
            (json!({"l": [1]}), "SET l = list_append(:n, l)", json!({":n": {"L": [{"N": 0}]}}), json!({"l": [0, 1]})),
            (json!({"m": {"a": 1}}), "SET m.b = :x", json!({":x": {"N": 2}}), json!({"m": {"a": 1, "b": 2}})),
            (json!({"l": [1]}), "SET l[9] = :x", json!({":x": {"N": 2}}), json!({"l": [1, 2]})),
            (json!({"l": [0, 1, 2, 3], "x": 1}), "REMOVE l[0], l[2], x, y", json!({}), json!({"l": [1, 3]})),
            (json!({}), "ADD n :i, s :s", json!({":i": {"N": 3}, ":s": {"SS": ["a"]}}), json!({"n": 3, "s": ["a"]})),
            (json!({"n": 1}), "ADD n :i", json!({":i": {"N": "0.5"}}), json!({"n": 1.5})),
        ] {
            assert_eq!(updated(before, expression, values).as_ref(), Ok(&after), "{expression}");
        }
    }

    #[test]
    fn what_dynamodb_refuses_leaves_a_message() {
        for (before, expression, values, words) in [
            (json!({"id": "1"}), "SET id = :x", json!({":x": {"S": "2"}}), "part of the key"),
            (json!({}), "SET a = b", json!({}), "does not exist in the item"),
            (json!({"n": "x"}), "SET n = n + :i", json!({":i": {"N": 1}}), "incorrect data type"),
            (json!({"l": [1]}), "ADD l :s", json!({":s": {"SS": ["a"]}}), "incorrect data type"),
            (json!({}), "SET m.a = :x", json!({":x": {"N": 1}}), "invalid for update"),
            (json!({"m": {}}), "SET m.a = :x REMOVE m", json!({":x": {"N": 1}}), "overlap"),
        ] {
            let error = updated(before, expression, values).unwrap_err();
            assert!(error.contains(words), "{expression}: {error}");
        }
    }

    #[test]
    fn a_set_that_loses_its_last_element_is_gone() {
        let set = |elements: &[&str]| Attribute::Ss(elements.iter().map(|e| (*e).to_owned()).collect());
        assert_eq!(delete(Some(&set(&["a", "b"])), &set(&["b"])), Ok(Some(set(&["a"]))));
        assert_eq!(delete(Some(&set(&["a"])), &set(&["a", "z"])), Ok(None));
    }
}
