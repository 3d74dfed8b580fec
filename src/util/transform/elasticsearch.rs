//! A filter object as a query of Elasticsearch.

use super::{as_list, as_map};
use crate::value::java::{self, MAX_DEPTH};
use crate::value::{Value, json};

/// The JSON text of the query, or `None` for a filter that is not well-formed.
pub(super) fn query(filter: &Value) -> Option<String> {
    node(filter, 0).map(|node| json::to_json(&node))
}

/// Several conditions all hold.
fn node(filter: &Value, depth: u32) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    let members = as_map(filter)?;
    let nodes: Option<Vec<Value>> = members
        .iter()
        .map(|(key, value)| {
            let key = java::to_string(&key.0);
            let inner = || as_list(value)?.iter().map(|member| node(member, depth + 1)).collect::<Option<Vec<_>>>();
            match connective(&key) {
                Some(Connective::And) => inner().map(all_hold),
                Some(Connective::Or) => inner().map(one_holds),
                Some(Connective::Not) => node(value, depth + 1).map(does_not_hold),
                None => field(&key, value),
            }
        })
        .collect();
    joined(nodes?)
}

enum Connective {
    And,
    Or,
    Not,
}

/// Unverified: case does not matter.
fn connective(key: &str) -> Option<Connective> {
    match key.to_lowercase().as_str() {
        "and" => Some(Connective::And),
        "or" => Some(Connective::Or),
        "not" => Some(Connective::Not),
        _ => None,
    }
}

/// One condition stands for itself. Unverified: none gives null.
fn joined(mut nodes: Vec<Value>) -> Option<Value> {
    if nodes.len() > 1 { Some(all_hold(nodes)) } else { nodes.pop() }
}

fn field(name: &str, operators: &Value) -> Option<Value> {
    let operators = as_map(operators)?;
    let nodes: Option<Vec<Value>> =
        operators.iter().map(|(operator, value)| condition(name, &java::to_string(&operator.0), value)).collect();
    joined(nodes?)
}

/// Documented by name. Unverified: an unknown operator, or a value that does not fit, makes the whole call null.
fn condition(field: &str, operator: &str, value: &Value) -> Option<Value> {
    let of_field = |kind: &'static str| Value::map([(kind, Value::map([(field, value.clone())]))]);
    Some(match operator {
        "eq" => equal(field, value),
        "ne" => does_not_hold(equal(field, value)),
        "gt" | "gte" | "lt" | "lte" => range(field, [(operator, value.clone())]),
        "range" => {
            let bounds = as_list(value)?;
            let [low, high, ..] = bounds.as_slice() else { return None };
            range(field, [("gte", low.clone()), ("lte", high.clone())])
        }
        "match" => of_field("match"),
        "matchPhrase" => of_field("match_phrase"),
        "matchPhrasePrefix" => of_field("match_phrase_prefix"),
        "multiMatch" => of_field("multi_match"),
        "wildcard" => of_field("wildcard"),
        "regexp" => of_field("regexp"),
        "exists" => {
            let exists = Value::map([("exists", Value::map([("field", Value::str(field))]))]);
            match value {
                Value::Bool(true) => exists,
                Value::Bool(false) => does_not_hold(exists),
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// Documented by example as `term`. Unverified that it still is: Amplify's port of the service's class renders a
/// `match`, of `field.keyword` for texts.
fn equal(field: &str, value: &Value) -> Value {
    Value::map([("term", Value::map([(field, value.clone())]))])
}

fn range<'a>(field: &str, bounds: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::map([("range", Value::map([(field, Value::map(bounds))]))])
}

fn bool_node<'a>(members: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::map([("bool", Value::map(members))])
}

fn all_hold(nodes: Vec<Value>) -> Value {
    bool_node([("must", Value::list(nodes))])
}

/// Unverified: `minimum_should_match` is written out.
fn one_holds(nodes: Vec<Value>) -> Value {
    bool_node([("should", Value::list(nodes)), ("minimum_should_match", Value::Int(1))])
}

fn does_not_hold(node: Value) -> Value {
    bool_node([("must_not", node)])
}
