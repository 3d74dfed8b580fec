//! A filter object as groups of subscription filters: the groups are alternatives, the filters of one all hold.

use super::super::Raised;
use super::{as_list, as_map};
use crate::value::java::{self, MAX_DEPTH};
use crate::value::{Thrown, Value};

/// Alternatives multiply; more than this is a runaway template (AppSync takes 10 groups).
const MAX_GROUPS: usize = 10_000;

/// One filter: field, operator, value. Neither is checked; `not` is a field like any other.
type Filter = (String, String, Value);
type Groups = Vec<Vec<Filter>>;

enum Failure {
    /// Not well-formed: the helper gives null.
    Malformed,
    TooMany,
}

/// `toSubscriptionFilter(filter, ignored fields, rules)`; null for a filter that is not well-formed.
pub(super) fn filter(args: &[Value]) -> Result<Value, Raised> {
    match expand_all(args) {
        Ok(groups) => Ok(to_value(groups)),
        Err(Failure::Malformed) => Ok(Value::Null),
        Err(Failure::TooMany) => {
            let message = format!("the subscription filter has more than {MAX_GROUPS} alternatives");
            Err(Thrown::new("java.lang.OutOfMemoryError", message).into())
        }
    }
}

fn expand_all(args: &[Value]) -> Result<Groups, Failure> {
    let filter = args.first().ok_or(Failure::Malformed)?;
    let ignored: Vec<String> =
        args.get(1).and_then(as_list).map(|names| names.iter().map(java::to_string).collect()).unwrap_or_default();
    let mut groups = expand(filter, &ignored, 0)?;
    if let Some(rules) = args.get(2).and_then(as_map) {
        let mut alternatives = Groups::new();
        for (field, operators) in rules.iter() {
            alternatives.extend(field_alternatives(&java::to_string(&field.0), operators)?);
        }
        if !alternatives.is_empty() {
            groups = product(groups, &alternatives)?;
        }
    }
    groups.retain(|group| !group.is_empty());
    Ok(groups)
}

fn expand(filter: &Value, ignored: &[String], depth: u32) -> Result<Groups, Failure> {
    let members = as_map(filter).ok_or(Failure::Malformed)?;
    if depth > MAX_DEPTH {
        return Err(Failure::Malformed);
    }
    let mut groups = vec![Vec::new()];
    for (key, value) in members.iter() {
        let key = java::to_string(&key.0);
        match key.as_str() {
            "and" => {
                for member in as_list(value).ok_or(Failure::Malformed)?.iter() {
                    groups = product(groups, &expand(member, ignored, depth + 1)?)?;
                }
            }
            "or" => {
                let mut alternatives = Groups::new();
                for member in as_list(value).ok_or(Failure::Malformed)?.iter() {
                    alternatives.extend(expand(member, ignored, depth + 1)?);
                }
                groups = or_product(groups, alternatives)?;
            }
            _ if ignored.contains(&key) => {}
            _ => groups = product(groups, &field_alternatives(&key, value)?)?,
        }
    }
    Ok(groups)
}

/// An alternative of which every field is ignored is no alternative (the guide's third example); when none is
/// left the `or` asks for nothing. The latter is unverified.
fn or_product(groups: Groups, mut alternatives: Groups) -> Result<Groups, Failure> {
    alternatives.retain(|group| !group.is_empty());
    if alternatives.is_empty() { Ok(groups) } else { product(groups, &alternatives) }
}

/// One alternative an operator. Unverified: a field without operators leaves no alternative at all, also
/// when other fields have some (recorded only for a filter of nothing else).
fn field_alternatives(field: &str, operators: &Value) -> Result<Groups, Failure> {
    let operators = as_map(operators).ok_or(Failure::Malformed)?;
    let one = |(operator, value): (&crate::value::Key, &Value)| {
        vec![(field.to_owned(), java::to_string(&operator.0), value.clone())]
    };
    Ok(operators.iter().map(one).collect())
}

/// Every group with every alternative appended; the groups vary slowest.
fn product(groups: Groups, alternatives: &[Vec<Filter>]) -> Result<Groups, Failure> {
    if groups.len().saturating_mul(alternatives.len()) > MAX_GROUPS {
        return Err(Failure::TooMany);
    }
    Ok(groups
        .iter()
        .flat_map(|group| alternatives.iter().map(|more| group.iter().chain(more).cloned().collect()))
        .collect())
}

fn to_value(groups: Groups) -> Value {
    let filter = |(field, operator, value): Filter| {
        Value::map([("fieldName", Value::from(field)), ("operator", Value::from(operator)), ("value", value)])
    };
    let group =
        |filters: Vec<Filter>| Value::map([("filters", Value::list(filters.into_iter().map(filter).collect()))]);
    Value::map([("filterGroup", Value::list(groups.into_iter().map(group).collect()))])
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{json, thrown};

    // What was recorded is in tests/conformance/util-vectors.jsonl, 15.3.

    #[test]
    fn a_filter_that_explodes_ends_with_an_exception() {
        let pair = r#"{"a":{"eq":1,"ne":2}}"#;
        let filter = json(&format!(r#"{{"and":[{}]}}"#, [pair; 20].join(",")));
        assert_eq!(thrown("util.transform.toSubscriptionFilter", &[filter]), "java.lang.OutOfMemoryError");
    }
}
