//! What every table must hold, and the ways the tests of a namespace call helpers.

use super::*;
use crate::value::json::{from_json, to_json};

/// 2018-02-06T19:01:35.749Z, the moment the guide's examples were printed at.
pub(super) const NOW_MS: i64 = 1_517_943_695_749;

/// Calls a helper in a world of its own; `None` when no overload fits.
pub(super) fn call(path: &str, args: &[Value]) -> Option<Value> {
    let env = Env::at(NOW_MS);
    call_in(&mut Host::new(&env, "API Key Authorization"), path, args)
}

/// Calls a helper in the given world.
pub(super) fn call_in(host: &mut Host<'_>, path: &str, args: &[Value]) -> Option<Value> {
    find(path).expect(path).call(host, args).unwrap_or_else(|raised| panic!("{path} raised {raised:?}"))
}

/// What a helper raises.
pub(super) fn raised(path: &str, args: &[Value]) -> Raised {
    let env = Env::at(NOW_MS);
    let mut host = Host::new(&env, "API Key Authorization");
    find(path).expect(path).call(&mut host, args).expect_err("an evaluation that ends")
}

/// The class of the exception a helper throws.
pub(super) fn thrown(path: &str, args: &[Value]) -> &'static str {
    match raised(path, args) {
        Raised::Thrown(thrown) => thrown.class,
        other => panic!("{path} raised {other:?}"),
    }
}

/// A value from JSON text.
pub(super) fn json(text: &str) -> Value {
    from_json(&serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}")))
}

/// Calls with arguments given as a JSON array and shows the result as JSON text; no overload shows as `none`.
pub(super) fn call_json(path: &str, args: &str) -> String {
    let Value::List(args) = json(args) else { panic!("arguments are an array") };
    let args = args.items().clone();
    call(path, &args).map_or_else(|| "none".to_owned(), |value| to_json(&value))
}

#[test]
fn rows_are_complete_and_paths_are_unique() {
    let mut seen = std::collections::HashSet::new();
    for helper in all() {
        let path = helper.path;
        assert!(seen.insert(path), "{path} has two rows");
        assert!(!helper.overloads.is_empty(), "{path} can never be called");
        assert!(helper.doc.ends_with(['.', '`']) && !helper.source.is_empty(), "{path} says too little");
        assert!(!helper.examples.is_empty(), "{path} has no example");
        let call = format!("${path}(");
        assert!(
            helper.examples.iter().any(|(template, _)| template.contains(&call)),
            "{path}: {call} is in no example"
        );
        for parameters in helper.overloads {
            let rest = parameters.iter().position(|parameter| *parameter == Type::Rest);
            assert!(rest.is_none_or(|at| at + 1 == parameters.len()), "{path}: varargs come last");
        }
    }
}

#[test]
fn arguments_are_never_converted() {
    let values = [
        (Value::Null, "null"),
        (Value::Bool(true), "Boolean"),
        (Value::Int(1), "Integer"),
        (Value::Double(1.0), "Double"),
        (Value::str("1"), "String"),
        (Value::list(vec![]), "List"),
        (Value::array(vec![]), "array"),
        (Value::empty_map(), "Map"),
    ];
    let accepted = |parameter: Type| -> Vec<&str> {
        values.iter().filter(|(value, _)| parameter.takes(value)).map(|(_, name)| *name).collect()
    };
    assert_eq!(accepted(Type::Str), ["null", "String"]);
    assert_eq!(accepted(Type::Bool), ["Boolean"]);
    assert_eq!(accepted(Type::BoxedBool), ["null", "Boolean"]);
    assert_eq!(accepted(Type::Num), ["null", "Integer", "Double"]);
    assert_eq!(accepted(Type::Int), ["null", "Integer"]);
    assert_eq!(accepted(Type::List), ["null", "List"]);
    assert_eq!(accepted(Type::Map), ["null", "Map"]);
    assert_eq!(accepted(Type::Any).len(), values.len());
}

#[test]
fn the_count_of_arguments_decides_too() {
    let format = find("util.log.info").expect("a helper");
    assert!(!format.accepts(&[]));
    assert!(format.accepts(&[Value::Int(1)]));
    assert!(format.accepts(&[Value::str("{}"), Value::Int(1), Value::Int(2)]));
    assert!(!format.accepts(&[Value::Int(1), Value::Int(2)]));
    assert!(!find("util.isNull").expect("a helper").accepts(&[]));
    assert!(!find("util.unauthorized").expect("a helper").accepts(&[Value::Null]));
}

#[test]
fn no_helper_panics_on_odd_arguments() {
    let odd = [
        Value::Null,
        Value::Bool(false),
        Value::Int(i32::MIN),
        Value::Long(i64::MAX),
        Value::Double(f64::NAN),
        Value::str(""),
        Value::str("é𝄞\u{0}[%'"),
        Value::list(vec![Value::Null, Value::str("a"), Value::list(vec![])]),
        json(r#"{"and":[{"a":{"in":[]}},{}],"or":[],"not":{"x":{"size":{"size":{}}}}}"#),
        Value::array(vec![Value::Null]),
    ];
    let env = Env::at(i64::MAX);
    let mut host = Host::new(&env, "");
    for helper in all() {
        for a in &odd {
            let _ = helper.call(&mut host, std::slice::from_ref(a));
            for b in &odd {
                let _ = helper.call(&mut host, &[a.clone(), b.clone()]);
                for c in &odd {
                    let _ = helper.call(&mut host, &[a.clone(), b.clone(), c.clone()]);
                }
            }
        }
    }
}
