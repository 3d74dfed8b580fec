//! Conditions on a payload, as `$extensions.setSubscriptionFilter` knows them (appsync-util §20). What nobody documents
//! about values of some kind is `None`: it decides nothing.

use serde_json::Value as Json;

/// What a payload has at a path. A list on the way leads nowhere that is known.
pub(super) fn at_path(payload: &Json, path: &str) -> Option<Json> {
    let mut found = payload;
    for part in path.split('.') {
        match found {
            Json::Array(_) => return None,
            other => found = other.get(part).unwrap_or(&Json::Null),
        }
    }
    Some(found.clone())
}

/// Whether a condition holds; `None` where the guide says nothing about values of these kinds.
pub(super) fn holds(operator: &str, found: &Json, value: &Json) -> Option<bool> {
    if found.is_null() {
        return on_absent(operator);
    }
    let listed = |value: &Json| value.as_array().cloned();
    match operator {
        "eq" => equal(found, value),
        "ne" => equal(found, value).map(|equal| !equal),
        "lt" => order(found, value).map(std::cmp::Ordering::is_lt),
        "le" => order(found, value).map(std::cmp::Ordering::is_le),
        "gt" => order(found, value).map(std::cmp::Ordering::is_gt),
        "ge" => order(found, value).map(std::cmp::Ordering::is_ge),
        "contains" => contains(found, value),
        "notContains" => contains(found, value).map(|contains| !contains),
        "beginsWith" => Some(found.as_str()?.starts_with(value.as_str()?)),
        "in" => any(listed(value)?.iter().map(|one| equal(found, one))),
        "notIn" => any(listed(value)?.iter().map(|one| equal(found, one))).map(|found| !found),
        "between" => match listed(value)?.as_slice() {
            [low, high] => between(order(found, low)?, order(found, high)?),
            _ => None,
        },
        "containsAny" if found.is_array() => any(listed(value)?.iter().map(|one| contains(found, one))),
        _ => None,
    }
}

/// A condition on a field that the payload lacks does not hold. Unverified for the operators that ask for something
/// not to be so: `ne`, `notContains`, `notIn`.
fn on_absent(operator: &str) -> Option<bool> {
    const KNOWN: [&str; 13] = [
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "contains",
        "notContains",
        "beginsWith",
        "in",
        "notIn",
        "between",
        "containsAny",
    ];
    KNOWN.contains(&operator).then_some(false)
}

/// Both ends count. Unverified: the guide's prose lists only what lies between them.
fn between(low: std::cmp::Ordering, high: std::cmp::Ordering) -> Option<bool> {
    Some(low.is_ge() && high.is_le())
}

/// Scalars are equal by value, case-sensitive; of two kinds never.
fn equal(found: &Json, value: &Json) -> Option<bool> {
    let scalar = |json: &Json| !json.is_array() && !json.is_object();
    match (found, value) {
        (Json::Number(_), Json::Number(_)) => order(found, value).map(std::cmp::Ordering::is_eq),
        _ if scalar(found) && scalar(value) => Some(found == value),
        _ => None,
    }
}

/// The order of two numbers or two texts.
fn order(found: &Json, value: &Json) -> Option<std::cmp::Ordering> {
    match (found, value) {
        (Json::Number(left), Json::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Json::String(left), Json::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Membership in a list, a part of a text.
fn contains(found: &Json, value: &Json) -> Option<bool> {
    match found {
        Json::Array(items) => any(items.iter().map(|item| equal(item, value))),
        Json::String(text) => Some(text.contains(value.as_str()?)),
        _ => None,
    }
}

/// True if one is, false if all are false.
pub(super) fn any(of: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(false);
    for one in of {
        match one {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = None,
        }
    }
    known
}

/// False if one is, true if all are true.
pub(super) fn all(of: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    any(of.map(|one| one.map(|holds| !holds))).map(|fails| !fails)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operators_hold_as_the_guide_says() {
        let cases = [
            ("eq", json!("a"), json!("a"), Some(true)),
            ("eq", json!("a"), json!("A"), Some(false)),
            ("eq", json!(1), json!(1.0), Some(true)),
            ("eq", json!("1"), json!(1), Some(false)),
            ("eq", json!(true), json!(true), Some(true)),
            ("eq", json!(["a"]), json!("a"), None),
            ("ne", json!("a"), json!("b"), Some(true)),
            ("ne", json!(2), json!(2), Some(false)),
            ("lt", json!(1), json!(2), Some(true)),
            ("le", json!(2), json!(2), Some(true)),
            ("gt", json!(2.5), json!(2), Some(true)),
            ("ge", json!("b"), json!("c"), Some(false)),
            ("gt", json!("10"), json!(9), None),
            ("contains", json!("wonderful"), json!("wonder"), Some(true)),
            ("contains", json!(["a", "b"]), json!("b"), Some(true)),
            ("contains", json!(["abc"]), json!("b"), Some(false)),
            ("contains", json!(7), json!(7), None),
            ("notContains", json!(["a"]), json!("b"), Some(true)),
            ("notContains", json!("ab"), json!("b"), Some(false)),
            ("beginsWith", json!("abc"), json!("ab"), Some(true)),
            ("beginsWith", json!("abc"), json!("b"), Some(false)),
            ("in", json!("b"), json!(["a", "b"]), Some(true)),
            ("in", json!("c"), json!(["a", "b"]), Some(false)),
            ("in", json!("a"), json!("a"), None),
            ("notIn", json!(3), json!([1, 2]), Some(true)),
            ("between", json!(1), json!([1, 5]), Some(true)),
            ("between", json!(5), json!([1, 5]), Some(true)),
            ("between", json!(6), json!([1, 5]), Some(false)),
            ("between", json!(6), json!([1]), None),
            ("containsAny", json!(["a", "b"]), json!(["x", "b"]), Some(true)),
            ("containsAny", json!(["a"]), json!(["x"]), Some(false)),
            ("containsAny", json!("a"), json!(["a"]), None),
            ("eq", Json::Null, json!("a"), Some(false)),
            ("ne", Json::Null, json!("a"), Some(false)),
            ("like", json!("a"), json!("a"), None),
            ("like", Json::Null, json!("a"), None),
        ];
        for (operator, found, value, expected) in cases {
            assert_eq!(holds(operator, &found, &value), expected, "{found} {operator} {value}");
        }
    }

    #[test]
    fn what_is_not_known_decides_only_where_it_could() {
        let (yes, no, open) = (Some(true), Some(false), None);
        for (values, in_any, in_all) in [
            (vec![yes, open], yes, open),
            (vec![open, no], open, no),
            (vec![no, no], no, no),
            (vec![open, yes, no], yes, no),
            (vec![yes, yes], yes, yes),
        ] {
            assert_eq!(any(values.iter().copied()), in_any, "{values:?}");
            assert_eq!(all(values.iter().copied()), in_all, "{values:?}");
        }
    }

    #[test]
    fn paths_lead_into_objects_and_not_into_lists() {
        let payload = json!({ "meta": { "tenant": "t", "tags": [{ "a": 1 }] } });
        assert_eq!(at_path(&payload, "meta.tenant"), Some(json!("t")));
        assert_eq!(at_path(&payload, "meta.nope.deeper"), Some(Json::Null));
        assert_eq!(at_path(&payload, "meta.tags.a"), None);
    }
}
