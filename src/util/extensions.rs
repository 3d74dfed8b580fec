//! `$extensions`: what a template asks of subscriptions and the cache. Calls are recorded in the host; whoever
//! runs the template decides what they do.

use super::Type::{Any, Str};
use super::{Helper, Host, Raised};
use crate::value::{Thrown, Value, java};

const PAGE: &str = "extensions";

/// Different fields in one group.
const MAX_FIELDS: usize = 5;
/// Groups, where a filter of operator `in` counts once a value.
const MAX_GROUPS: usize = 10;
/// Values of `in` and `notIn`.
const MAX_IN: usize = 5;
/// Values of `containsAny`.
const MAX_CONTAINS_ANY: usize = 20;
/// Different invalidations in one request.
const MAX_INVALIDATIONS: usize = 5;
/// Characters of a value.
const MAX_CHARS: usize = 256;
/// Levels of a field's path.
const MAX_LEVELS: usize = 5;

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "extensions.evictFromApiCache",
        overloads: &[&[Str, Str, Any]],
        returns: "Object",
        doc: "Drops an item from the API's cache: type, field, caching keys. Only in mutations.",
        source: "extensions; public templates call it bare",
        unverified: "that it prints nothing",
        examples: &[("$extensions.evictFromApiCache('Query', 'getNote', {'context.arguments.id':'1'})ok", "ok")],
        run: |host, args| Ok(record(host, "evictFromApiCache", args)),
    },
    Helper {
        path: "extensions.setSubscriptionFilter",
        overloads: &[&[Any]],
        returns: "void",
        doc: "Sets which events the subscription delivers, in place of its arguments. Only in the response template of a subscription. A filter beyond the documented limits throws, and so does one that nothing can pass, because every group compares with an empty list.",
        source: PAGE,
        unverified: "how a filter beyond the limits fails",
        examples: &[(
            "#set($f = $util.transform.toSubscriptionFilter({'a':{'eq':1}}))$extensions.setSubscriptionFilter($f)ok",
            "ok",
        )],
        run: |host, args| {
            args.first().map_or(Ok(()), check_filter)?;
            Ok(record(host, "setSubscriptionFilter", args))
        },
    },
    Helper {
        path: "extensions.setSubscriptionInvalidationFilter",
        overloads: &[&[Any]],
        returns: "void",
        doc: "Sets which invalidations end the subscription. Only in the response template of a subscription.",
        source: PAGE,
        unverified: "how a filter beyond the limits fails",
        examples: &[(
            "#set($f = $util.transform.toSubscriptionFilter({'a':{'eq':1}}))$extensions.setSubscriptionInvalidationFilter($f)ok",
            "ok",
        )],
        run: |host, args| {
            args.first().map_or(Ok(()), check_filter)?;
            Ok(record(host, "setSubscriptionInvalidationFilter", args))
        },
    },
    Helper {
        path: "extensions.invalidateSubscriptions",
        overloads: &[&[Any]],
        returns: "void",
        doc: "Ends the subscriptions whose invalidation filter matches: subscriptionField and payload. Only in response templates of mutations, at most 5 different calls a request.",
        source: PAGE,
        unverified: "how a sixth different call fails",
        examples: &[(
            "$extensions.invalidateSubscriptions({'subscriptionField':'onUser','payload':{'id':'1'}})ok",
            "ok",
        )],
        run: |host, args| {
            check_invalidations(host, args)?;
            Ok(record(host, "invalidateSubscriptions", args))
        },
    },
];

/// At most five different calls, as documented. Unverified: how the sixth fails; and they are counted within one
/// template, where the service counts within one request.
fn check_invalidations(host: &Host<'_>, args: &[Value]) -> Result<(), Raised> {
    let mut different: Vec<&[Value]> = Vec::new();
    let earlier = host.extensions.iter().filter(|(method, _)| *method == "invalidateSubscriptions");
    for call in earlier.map(|(_, args)| args.as_slice()).chain([args]) {
        let known = different.iter().any(|other| other.iter().zip(call).all(|(a, b)| java::equals(a, b)));
        if !known {
            different.push(call);
        }
    }
    if different.len() > MAX_INVALIDATIONS {
        let message = format!("more than {MAX_INVALIDATIONS} different subscription invalidations");
        return Err(Thrown::new("java.lang.IllegalArgumentException", message).into());
    }
    Ok(())
}

fn record(host: &mut Host<'_>, method: &'static str, args: &[Value]) -> Value {
    host.extensions.push((method, args.to_vec()));
    Value::void()
}

/// The documented limits of a filter object. That passing one throws, and how, is unverified.
/// What is no filter object passes: what the service makes of it is unknown.
fn check_filter(filter: &Value) -> Result<(), Raised> {
    check_reachable(filter)?;
    let mut groups = 0;
    for group in members(filter, "filterGroup") {
        let mut fields: Vec<String> = Vec::new();
        let mut weight = 1;
        for filter in members(&group, "filters") {
            let (field, operator) = (text(&filter, "fieldName"), text(&filter, "operator"));
            let value = member(&filter, "value").unwrap_or_default();
            check_value(&field, &operator, &value)?;
            if field.split('.').count() > MAX_LEVELS {
                return Err(refused(format!("field `{field}` is more than {MAX_LEVELS} levels deep")));
            }
            if operator == "in" {
                weight = weight.max(length(&value).unwrap_or(1));
            }
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        if fields.len() > MAX_FIELDS {
            return Err(refused(format!("a group has more than {MAX_FIELDS} fields")));
        }
        groups += weight;
    }
    if groups > MAX_GROUPS {
        return Err(refused(format!("there are more than {MAX_GROUPS} groups")));
    }
    Ok(())
}

/// A filter that no event can pass is refused: every group of it holds an `in` or `containsAny` of an empty list.
/// Unverified, but for its effect: on the live service a caller without groups cannot subscribe to a model with a
/// group rule alone, and one who is also its owner by another rule can.
fn check_reachable(filter: &Value) -> Result<(), Raised> {
    let empty = |filter: &Value| {
        matches!(text(filter, "operator").as_str(), "in" | "containsAny")
            && member(filter, "value").as_ref().and_then(length) == Some(0)
    };
    let groups = members(filter, "filterGroup");
    let unreachable = groups.iter().map(|group| members(group, "filters").into_iter().find(empty));
    let fields: Option<Vec<String>> =
        unreachable.map(|filter| filter.map(|filter| text(&filter, "fieldName"))).collect();
    match fields.as_deref() {
        Some([field, ..]) => {
            Err(refused(format!("field `{field}` is compared with an empty list, so nothing can pass")))
        }
        _ => Ok(()),
    }
}

fn check_value(field: &str, operator: &str, value: &Value) -> Result<(), Raised> {
    let most = match operator {
        "in" | "notIn" => MAX_IN,
        "containsAny" => MAX_CONTAINS_ANY,
        _ => usize::MAX,
    };
    match length(value) {
        Some(count) if count > most => {
            return Err(refused(format!("`{operator}` of field `{field}` has more than {most} values")));
        }
        _ => {}
    }
    let too_long = |value: &Value| value.as_str().is_some_and(|text| text.chars().count() > MAX_CHARS);
    let items = match value {
        Value::List(list) => list.items().iter().any(too_long),
        _ => false,
    };
    if items || too_long(value) {
        return Err(refused(format!("a value of field `{field}` is longer than {MAX_CHARS} characters")));
    }
    Ok(())
}

fn refused(reason: String) -> Raised {
    Raised::Thrown(Thrown::new("java.lang.IllegalArgumentException", format!("invalid subscription filter: {reason}")))
}

fn member(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Map(map) => map.get_str(name),
        _ => None,
    }
}

fn members(value: &Value, name: &str) -> Vec<Value> {
    match member(value, name) {
        Some(Value::List(list)) => list.items().clone(),
        _ => Vec::new(),
    }
}

fn text(value: &Value, name: &str) -> String {
    member(value, name).as_ref().and_then(Value::as_str).unwrap_or("").to_owned()
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::List(list) => Some(list.items().len()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, call_in, json, raised};
    use super::*;
    use crate::limits::Env;

    const SET: &str = "extensions.setSubscriptionFilter";

    fn filter(groups: &[&str]) -> Value {
        let groups: Vec<String> = groups.iter().map(|filters| format!(r#"{{"filters":[{filters}]}}"#)).collect();
        json(&format!(r#"{{"filterGroup":[{}]}}"#, groups.join(",")))
    }

    fn one(field: &str, operator: &str, value: &serde_json::Value) -> String {
        serde_json::json!({"fieldName": field, "operator": operator, "value": value}).to_string()
    }

    #[test]
    fn calls_are_recorded_and_print_nothing() {
        let env = Env::at(0);
        let mut host = Host::new(&env, "");
        let set = filter(&[&one("owner", "eq", &"ann".into())]);
        for (path, args) in [
            (SET, vec![set]),
            (SET, vec![Value::Null]),
            ("extensions.invalidateSubscriptions", vec![Value::empty_map()]),
            ("extensions.evictFromApiCache", vec![Value::str("Query"), Value::str("f"), Value::empty_map()]),
        ] {
            let printed = call_in(&mut host, path, &args);
            assert_eq!(printed.as_ref().and_then(Value::as_str), Some(""), "{path}");
        }
        let methods: Vec<_> = host.extensions.iter().map(|(method, args)| (*method, args.len())).collect();
        assert_eq!(
            methods,
            [
                ("setSubscriptionFilter", 1),
                ("setSubscriptionFilter", 1),
                ("invalidateSubscriptions", 1),
                ("evictFromApiCache", 3)
            ]
        );
    }

    #[test]
    fn five_different_invalidations_pass_and_equal_ones_count_once() {
        let env = Env::at(0);
        let mut host = Host::new(&env, "");
        let one = |id: i32| json(&format!(r#"{{"subscriptionField":"onUser","payload":{{"id":{id}}}}}"#));
        for id in [1, 2, 3, 4, 5, 5, 1] {
            assert!(call_in(&mut host, "extensions.invalidateSubscriptions", &[one(id)]).is_some(), "{id}");
        }
        let sixth = super::super::find("extensions.invalidateSubscriptions").unwrap().call(&mut host, &[one(6)]);
        assert!(matches!(sixth, Err(Raised::Thrown(_))), "{sixth:?}");
        assert_eq!(host.extensions.len(), 7);
    }

    #[test]
    fn filters_within_the_limits_pass() {
        let fields: Vec<String> = (0..5).map(|n| one(&format!("f{n}"), "eq", &n.into())).collect();
        let groups = vec![fields.join(","); 10];
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        assert!(call(SET, &[filter(&groups)]).is_some());
        let list = serde_json::json!(["a", "b", "c", "d", "e"]);
        assert!(call(SET, &[filter(&[&one("a.b.c.d.e", "in", &list), &one("b", "in", &list)])]).is_some());
        assert!(call(SET, &[filter(&[&one("a", "notIn", &serde_json::json!([]))])]).is_some());
    }

    #[test]
    fn filters_beyond_the_limits_are_refused() {
        let list = |count: usize| serde_json::Value::from(vec!["x"; count]);
        let fields: Vec<String> = (0..6).map(|n| one(&format!("f{n}"), "eq", &n.into())).collect();
        let eq = one("a", "eq", &1.into());
        let beyond = [
            ("empty list", filter(&[&one("groups", "containsAny", &list(0))])),
            ("empty list", filter(&[&one("groups", "in", &list(0))])),
            ("more than 5 values", filter(&[&one("a", "in", &list(6))])),
            ("more than 20 values", filter(&[&one("a", "containsAny", &list(21))])),
            ("longer than 256", filter(&[&one("a", "eq", &"x".repeat(257).into())])),
            ("longer than 256", filter(&[&one("a", "in", &vec!["x".repeat(257)].into())])),
            ("levels deep", filter(&[&one("a.b.c.d.e.f", "eq", &1.into())])),
            ("more than 5 fields", filter(&[&fields.join(",")])),
            ("more than 10 groups", filter(&[eq.as_str(); 11])),
            ("more than 10 groups", filter(&[&one("a", "in", &list(5)), &one("a", "in", &list(5)), &eq])),
        ];
        for (reason, filter) in beyond {
            for path in [SET, "extensions.setSubscriptionInvalidationFilter"] {
                let Raised::Thrown(thrown) = raised(path, std::slice::from_ref(&filter)) else { panic!("{reason}") };
                assert!(thrown.message.contains(reason), "{} for {reason}", thrown.message);
            }
        }
    }
}
