//! `$util`: null handling, types, patterns, the caller's mode and calls for their side effects.

use super::Type::{Any, Str};
use super::{Helper, Host, Raised, null_argument};
use crate::value::regex::JavaRegex;
use crate::value::{ListKind, MapKind, Value, java};

const PAGE: &str = "utility-helpers-in-util";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.qr",
        overloads: &[&[], &[Any]],
        returns: "void",
        doc: "Evaluates its argument for the side effects and prints nothing.",
        source: PAGE,
        unverified: "that it may be called without an argument",
        examples: &[("#set($m = {})$util.qr($m.put('a', 1))$m", "{a=1}"), ("[$util.qr($none)]", "[]")],
        run: |_, _| Ok(Value::void()),
    },
    Helper {
        path: "util.quiet",
        overloads: &[&[], &[Any]],
        returns: "void",
        doc: "The same as `$util.qr`.",
        source: PAGE,
        unverified: "that it may be called without an argument",
        examples: &[("#set($l = [])$util.quiet($l.add(1))$l", "[1]")],
        run: |_, _| Ok(Value::void()),
    },
    Helper {
        path: "util.isNull",
        overloads: &[&[Any]],
        returns: "Boolean",
        doc: "Whether the value is null or undefined.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.isNull($none)", "true"), ("$util.isNull('')", "false"), ("$util.isNull(null)", "true")],
        run: |_, args| Ok(Value::Bool(args.iter().all(Value::is_null))),
    },
    Helper {
        path: "util.isNullOrEmpty",
        overloads: &[&[Str]],
        returns: "Boolean",
        doc: "Whether the string is null or empty. Any other class finds no method: the reference is null.",
        source: "utility-helpers-in-util; observed on the AppSync console with a Boolean (amplify-cli pull request 4394)",
        unverified: "",
        examples: &[
            ("$util.isNullOrEmpty('')", "true"),
            ("$util.isNullOrEmpty(' ')", "false"),
            ("$util.isNullOrEmpty($none)", "true"),
            ("$util.isNullOrEmpty(true)", "$util.isNullOrEmpty(true)"),
        ],
        run: |_, args| Ok(Value::Bool(is_empty(args))),
    },
    Helper {
        path: "util.isNullOrBlank",
        overloads: &[&[Str]],
        returns: "Boolean",
        doc: "Whether the string is null, empty or all white space.",
        source: PAGE,
        unverified: "what counts as white space outside of ASCII",
        examples: &[("$util.isNullOrBlank('  ')", "true"), ("$util.isNullOrBlank(' a ')", "false")],
        run: |_, args| Ok(Value::Bool(is_blank(args))),
    },
    Helper {
        path: "util.defaultIfNull",
        overloads: &[&[Any, Any]],
        returns: "Object",
        doc: "The first value unless it is null, then the second.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.defaultIfNull($none, 'd')", "d"), ("$util.defaultIfNull(false, 'd')", "false")],
        run: |_, args| Ok(first_unless(args, is_null)),
    },
    Helper {
        path: "util.defaultIfNullOrEmpty",
        overloads: &[&[Str, Str]],
        returns: "String",
        doc: "The first string unless it is null or empty, then the second.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.defaultIfNullOrEmpty('', 'd')", "d"), ("$util.defaultIfNullOrEmpty(' ', 'd')", " ")],
        run: |_, args| Ok(first_unless(args, is_empty)),
    },
    Helper {
        path: "util.defaultIfNullOrBlank",
        overloads: &[&[Str, Str]],
        returns: "String",
        doc: "The first string unless it is null, empty or all white space, then the second.",
        source: PAGE,
        unverified: "what counts as white space outside of ASCII",
        examples: &[("$util.defaultIfNullOrBlank(' ', 'd')", "d"), ("$util.defaultIfNullOrBlank('a', 'd')", "a")],
        run: |_, args| Ok(first_unless(args, is_blank)),
    },
    Helper {
        path: "util.isString",
        overloads: &[&[Any]],
        returns: "Boolean",
        doc: "Whether the value is a String.",
        source: PAGE,
        unverified: "",
        examples: &[
            ("$util.isString('1')", "true"),
            ("$util.isString(1)", "false"),
            ("$util.isString($none)", "false"),
        ],
        run: |_, args| Ok(Value::Bool(type_of(args) == "String")),
    },
    Helper {
        path: "util.isNumber",
        overloads: &[&[Any]],
        returns: "Boolean",
        doc: "Whether the value is a Number.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.isNumber(1.5)", "true"), ("$util.isNumber('1')", "false")],
        run: |_, args| Ok(Value::Bool(type_of(args) == "Number")),
    },
    Helper {
        path: "util.isBoolean",
        overloads: &[&[Any]],
        returns: "Boolean",
        doc: "Whether the value is a Boolean.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.isBoolean(false)", "true"), ("$util.isBoolean('false')", "false")],
        run: |_, args| Ok(Value::Bool(type_of(args) == "Boolean")),
    },
    Helper {
        path: "util.isList",
        overloads: &[&[Any]],
        returns: "Boolean",
        doc: "Whether the value is a List; a set (`keySet()`) or an array (`split()`) is none.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.isList([])", "true"), ("#set($m = {'a':1})$util.isList($m.keySet())", "false")],
        run: |_, args| Ok(Value::Bool(type_of(args) == "List")),
    },
    Helper {
        path: "util.isMap",
        overloads: &[&[Any]],
        returns: "Boolean",
        doc: "Whether the value is a Map.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.isMap({})", "true"), ("$util.isMap([])", "false")],
        run: |_, args| Ok(Value::Bool(type_of(args) == "Map")),
    },
    Helper {
        path: "util.typeOf",
        overloads: &[&[Any]],
        returns: "String",
        doc: "`Null`, `Number`, `String`, `Map`, `List`, `Boolean`, else `Object`.",
        source: PAGE,
        unverified: "`Object` for what is no List but prints as one: sets and arrays",
        examples: &[("$util.typeOf({})", "Map"), ("$util.typeOf($none)", "Null"), ("$util.typeOf(1.5)", "Number")],
        run: |_, args| Ok(Value::str(type_of(args))),
    },
    Helper {
        path: "util.matches",
        overloads: &[&[Str, Str]],
        returns: "Boolean",
        doc: "Whether the pattern (first) matches the whole text (second), by the rules of `java.util.regex.Pattern`.",
        source: PAGE,
        unverified: "that the whole text must match",
        examples: &[("$util.matches('a*b', 'aaaaab')", "true"), ("$util.matches('a', 'aa')", "false")],
        run: |host, args| match args {
            [Value::Str(pattern), Value::Str(text)] => Ok(Value::Bool(java_matches(host, pattern, text)?)),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.authType",
        overloads: &[&[]],
        returns: "String",
        doc: "How the request was authorized: `IAM Authorization`, `User Pool Authorization`, `Open ID Connect Authorization`, `API Key Authorization` or `Lambda Authorization`.",
        source: "utility-helpers-in-util; `Lambda Authorization` recorded",
        unverified: "",
        examples: &[("#set($t = $util.authType())$util.isString($t)", "true")],
        run: |host, _| Ok(Value::str(host.auth_type)),
    },
];

fn is_null(args: &[Value]) -> bool {
    args.first().is_none_or(Value::is_null)
}

fn is_empty(args: &[Value]) -> bool {
    is_null(args) || args.first().and_then(Value::as_str).is_some_and(str::is_empty)
}

fn is_blank(args: &[Value]) -> bool {
    is_null(args) || args.first().and_then(Value::as_str).is_some_and(|text| text.chars().all(is_java_white_space))
}

/// `Character.isWhitespace`: no non-breaking spaces. Unverified beyond ASCII (`String.trim` would be the other
/// way to write the helper, and takes every control character).
fn is_java_white_space(c: char) -> bool {
    match c {
        '\u{1c}'..='\u{1f}' => true,
        '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}' => false,
        _ => c.is_whitespace(),
    }
}

fn first_unless(args: &[Value], absent: fn(&[Value]) -> bool) -> Value {
    let chosen = if absent(args) { args.get(1) } else { args.first() };
    chosen.cloned().unwrap_or_default()
}

fn type_of(args: &[Value]) -> &'static str {
    match args.first() {
        None | Some(Value::Null) => "Null",
        Some(Value::Bool(_)) => "Boolean",
        Some(Value::Str(_)) => "String",
        Some(Value::List(list)) if list.kind == ListKind::ArrayList => "List",
        Some(Value::Map(map)) if map.kind != MapKind::Context => "Map",
        Some(value) if java::is_number(value) => "Number",
        Some(_) => "Object",
    }
}

/// `Pattern.matches(pattern, text)`. Unverified: the service may search instead (`find`), as emulators do. The guide's
/// example fits both; it is the one that Java's documentation gives for `Pattern.matches`.
fn java_matches(host: &Host<'_>, pattern: &str, text: &str) -> Result<bool, Raised> {
    Ok(JavaRegex::compile(pattern, host.env)?.matches(text)?)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, thrown};
    use super::*;

    #[test]
    fn null_or_empty_takes_strings_only() {
        for (argument, expected) in [
            (Value::Null, Some(true)),
            (Value::str(""), Some(true)),
            (Value::str("a"), Some(false)),
            (Value::Bool(true), None),
            (Value::Int(0), None),
            (Value::list(vec![]), None),
            (Value::empty_map(), None),
        ] {
            for path in ["util.isNullOrEmpty", "util.isNullOrBlank"] {
                let got = call(path, std::slice::from_ref(&argument));
                assert_eq!(got.map(|value| value.truth()), expected, "{path}({argument:?})");
            }
        }
    }

    #[test]
    fn defaults_keep_falsy_values_that_are_not_null() {
        let default = Value::str("d");
        assert!(matches!(call("util.defaultIfNull", &[Value::Bool(false), default.clone()]), Some(Value::Bool(false))));
        assert!(matches!(call("util.defaultIfNull", &[Value::Int(0), default.clone()]), Some(Value::Int(0))));
        assert!(matches!(call("util.defaultIfNull", &[Value::Null, Value::Null]), Some(Value::Null)));
        assert!(call("util.defaultIfNullOrBlank", &[Value::list(vec![]), default]).is_none());
    }

    #[test]
    fn blank_is_javas_white_space() {
        for (text, blank) in [(" \t\r\n", true), ("\u{2003}", true), ("\u{a0}", false), ("\u{1f}", true), ("x", false)]
        {
            assert_eq!(call("util.isNullOrBlank", &[Value::str(text)]).map(|v| v.truth()), Some(blank), "{text:?}");
        }
    }

    #[test]
    fn matches_is_whole_and_alternatives_stay_inside_the_anchors() {
        for (pattern, text, expected) in [
            ("a*b", "aaaaab", true),
            ("a", "aa", false),
            ("a|ab", "ab", true),
            ("^[0-9]+$", "12", true),
            ("[0-9]+", "12\n", false),
            ("(?i)abc", "ABC", true),
        ] {
            let got = call("util.matches", &[Value::str(pattern), Value::str(text)]);
            assert_eq!(got.map(|value| value.truth()), Some(expected), "{pattern} on {text:?}");
        }
        assert_eq!(
            thrown("util.matches", &[Value::str("("), Value::str("x")]),
            "java.util.regex.PatternSyntaxException"
        );
        assert_eq!(thrown("util.matches", &[Value::str("a"), Value::Null]), "java.lang.NullPointerException");
    }

    #[test]
    fn qr_prints_nothing_and_takes_nothing_too() {
        for args in [&[][..], &[Value::Null], &[Value::Int(1)]] {
            assert_eq!(call("util.qr", args).as_ref().and_then(Value::as_str), Some(""));
        }
    }

    #[test]
    fn the_context_is_a_bean_and_no_map() {
        let context = Value::Map(crate::value::Map::of(MapKind::Context, crate::value::Entries::default()));
        assert_eq!(call("util.typeOf", std::slice::from_ref(&context)).unwrap().as_str(), Some("Object"));
        assert_eq!(call("util.typeOf", &[Value::array(vec![])]).unwrap().as_str(), Some("Object"));
    }
}
