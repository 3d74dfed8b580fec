//! `$util`: refusing, raising and collecting errors.

use super::Type::{Any, BoxedBool, Str};
use super::{ErrorObject, Helper, Raised, Type};
use crate::value::Value;

/// What `$util.validate` raises when no type is given.
const VALIDATE_TYPE: &str = "CustomTemplateException";

const PAGE: &str = "utility-helpers-in-util";
const ERROR_OVERLOADS: &[&[Type]] = &[&[Str], &[Str, Str], &[Str, Str, Any], &[Str, Str, Any, Any]];

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.unauthorized",
        overloads: &[&[]],
        returns: "void",
        doc: "Refuses: ends the template and the whole resolver; the field is null with an error of type `Unauthorized`.",
        source: PAGE,
        unverified: "",
        examples: &[("#if(false)$util.unauthorized()#{end}allowed", "allowed")],
        run: |_, _| Err(Raised::Unauthorized),
    },
    Helper {
        path: "util.error",
        overloads: ERROR_OVERLOADS,
        returns: "void",
        doc: "Raises an error: message, type, data (filtered to the selected fields) and info (unfiltered). Ends the template and the resolver; the field is null. A message that is no String finds no method, and the template goes on.",
        source: PAGE,
        unverified: "",
        examples: &[
            ("#if(false)$util.error('boom', 'MyType')#{end}ok", "ok"),
            ("#set($m = {})$util.error($m)", "$util.error($m)"),
        ],
        run: |_, args| Err(Raised::Error(Box::new(error_object(args)))),
    },
    Helper {
        path: "util.appendError",
        overloads: ERROR_OVERLOADS,
        returns: "void",
        doc: "Adds an error to the response and goes on; the field keeps its data.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.appendError('late', 'Warning')done", "done")],
        run: |host, args| {
            host.append_error(error_object(args));
            Ok(Value::void())
        },
    },
    Helper {
        path: "util.validate",
        overloads: &[&[BoxedBool, Str], &[BoxedBool, Str, Str], &[BoxedBool, Str, Str, Any]],
        returns: "void",
        doc: "Raises an error unless the condition is true: message, type (`CustomTemplateException` when not given), data. A null condition counts as false.",
        source: PAGE,
        unverified: "the null condition",
        examples: &[("$util.validate(true, 'never seen')ok", "ok")],
        run: |_, args| {
            let Some((condition, rest)) = args.split_first() else { return Ok(Value::void()) };
            if condition.truth() {
                return Ok(Value::void());
            }
            let mut error = error_object(rest);
            error.error_type.get_or_insert_with(|| VALIDATE_TYPE.to_owned());
            Err(Raised::Error(Box::new(error)))
        },
    },
];

fn error_object(args: &[Value]) -> ErrorObject {
    let text = |index: usize| args.get(index).and_then(Value::as_str).map(str::to_owned);
    let value = |index: usize| args.get(index).cloned().unwrap_or_default();
    ErrorObject { message: text(0), error_type: text(1), data: value(2), info: value(3) }
}

#[cfg(test)]
mod tests {
    use super::super::Host;
    use super::super::tests::{call, call_in, json, raised};
    use super::*;
    use crate::limits::Env;
    use crate::value::json::to_json;

    fn error(path: &str, args: &[Value]) -> ErrorObject {
        match raised(path, args) {
            Raised::Error(error) => *error,
            other => panic!("{path} raised {other:?}"),
        }
    }

    #[test]
    fn unauthorized_ends_the_evaluation() {
        assert!(matches!(raised("util.unauthorized", &[]), Raised::Unauthorized));
    }

    #[test]
    fn an_error_carries_what_it_was_given_and_no_more() {
        let bare = error("util.error", &[Value::str("boom")]);
        assert_eq!((bare.message.as_deref(), bare.error_type), (Some("boom"), None));
        assert!(bare.data.is_null() && bare.info.is_null());

        let full = error(
            "util.error",
            &[Value::str("boom"), Value::str("MyType"), json(r#"{"id":"1"}"#), json(r#"{"k":"v"}"#)],
        );
        assert_eq!(full.error_type.as_deref(), Some("MyType"));
        assert_eq!((to_json(&full.data), to_json(&full.info)), (r#"{"id":"1"}"#.to_owned(), r#"{"k":"v"}"#.to_owned()));

        assert_eq!(error("util.error", &[Value::Null]).message, None);
    }

    #[test]
    fn an_error_with_a_map_for_a_message_finds_no_method_and_lets_the_template_go_on() {
        assert!(call("util.error", &[json(r#"{"message":"x"}"#)]).is_none());
    }

    #[test]
    fn appended_errors_add_up_and_evaluation_goes_on() {
        let env = Env::at(0);
        let mut host = Host::new(&env, "");
        call_in(&mut host, "util.appendError", &[Value::str("a")]);
        let printed = call_in(&mut host, "util.appendError", &[Value::str("b"), Value::str("T"), Value::Int(1)]);
        assert_eq!(printed.as_ref().and_then(Value::as_str), Some(""));
        let messages: Vec<_> =
            host.out_errors.iter().map(|e| (e.message.as_deref(), e.error_type.as_deref())).collect();
        assert_eq!(messages, [(Some("a"), None), (Some("b"), Some("T"))]);
    }

    #[test]
    fn validate_raises_unless_true() {
        assert!(call("util.validate", &[Value::Bool(true), Value::str("m")]).is_some());
        for condition in [Value::Bool(false), Value::Null] {
            let raised = error("util.validate", &[condition, Value::str("m")]);
            assert_eq!(raised.error_type.as_deref(), Some("CustomTemplateException"));
        }
        let typed = error("util.validate", &[Value::Bool(false), Value::str("m"), Value::str("T"), Value::Int(7)]);
        assert_eq!((typed.error_type.as_deref(), to_json(&typed.data)), (Some("T"), "7".to_owned()));
        assert!(call("util.validate", &[Value::str("false"), Value::str("m")]).is_none(), "a String is no Boolean");
    }
}
