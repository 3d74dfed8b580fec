//! `$util.str`.

use super::Type::Str;
use super::{Helper, null_argument};
use crate::value::Value;

const PAGE: &str = "str-helpers-in-util-str";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.str.toUpper",
        overloads: &[&[Str]],
        returns: "String",
        doc: "The text in upper case.",
        source: PAGE,
        verified: true,
        examples: &[("$util.str.toUpper('hello')", "HELLO")],
        run: |_, args| match args {
            [Value::Str(text)] => Ok(Value::from(text.to_uppercase())),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.str.toLower",
        overloads: &[&[Str]],
        returns: "String",
        doc: "The text in lower case.",
        source: PAGE,
        verified: true,
        examples: &[("$util.str.toLower('HELLO')", "hello")],
        run: |_, args| match args {
            [Value::Str(text)] => Ok(Value::from(text.to_lowercase())),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.str.toReplace",
        overloads: &[&[Str, Str, Str]],
        returns: "String",
        doc: "The text with every occurrence of the second argument, taken literally, replaced by the third.",
        source: PAGE,
        verified: true,
        examples: &[("$util.str.toReplace('hello world', 'hello', 'mellow')", "mellow world")],
        run: |_, args| match args {
            [Value::Str(text), Value::Str(from), Value::Str(to)] => Ok(Value::from(text.replace(&**from, to))),
            _ => Err(null_argument()),
        },
    },
];

#[cfg(test)]
mod tests {
    use super::super::tests::{call_json, thrown};
    use super::*;

    #[test]
    fn texts_change_as_in_java() {
        for (path, args, expected) in [
            ("util.str.toUpper", r#"["hello ß"]"#, r#""HELLO SS""#),
            ("util.str.toLower", r#"["HELLO É"]"#, r#""hello é""#),
            ("util.str.toReplace", r#"["hello world, hello!","hello","mellow"]"#, r#""mellow world, mellow!""#),
            ("util.str.toReplace", r#"["a.b","."," "]"#, r#""a b""#),
            ("util.str.toReplace", r#"["ab","","-"]"#, r#""-a-b-""#),
            ("util.str.toUpper", "[1]", "none"),
        ] {
            assert_eq!(call_json(path, args), expected, "{path}{args}");
        }
        assert_eq!(thrown("util.str.toUpper", &[Value::Null]), "java.lang.NullPointerException");
    }
}
