//! `$util.str`.

use unicode_normalization::UnicodeNormalization as _;

use super::Type::Str;
use super::{Helper, Raised, null_argument};
use crate::value::{Thrown, Value};

const PAGE: &str = "str-helpers-in-util-str";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.str.toUpper",
        overloads: &[&[Str]],
        returns: "String",
        doc: "The text in upper case.",
        source: PAGE,
        unverified: "",
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
        unverified: "",
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
        unverified: "",
        examples: &[("$util.str.toReplace('hello world', 'hello', 'mellow')", "mellow world")],
        run: |_, args| match args {
            [Value::Str(text), Value::Str(from), Value::Str(to)] => Ok(Value::from(text.replace(&**from, to))),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.str.normalize",
        overloads: &[&[Str, Str]],
        returns: "String",
        doc: "The text in a normal form of Unicode: `nfc`, `nfd`, `nfkc` or `nfkd`.",
        source: PAGE,
        unverified: "that the case of the form's name does not matter, and that another name throws",
        examples: &[
            ("$util.str.normalize('e\u{301}', 'nfc')", "\u{e9}"),
            ("$util.str.normalize('\u{fb01}', 'nfkd')", "fi"),
        ],
        run: |_, args| match args {
            [Value::Str(text), Value::Str(form)] => normalized(text, form).map(Value::from),
            _ => Err(null_argument()),
        },
    },
];

/// `Normalizer.normalize(text, form)`. Unverified: how the form is read, and what another name does.
fn normalized(text: &str, form: &str) -> Result<String, Raised> {
    match form.to_lowercase().as_str() {
        "nfc" => Ok(text.nfc().collect()),
        "nfd" => Ok(text.nfd().collect()),
        "nfkc" => Ok(text.nfkc().collect()),
        "nfkd" => Ok(text.nfkd().collect()),
        _ => {
            let message = format!("No enum constant java.text.Normalizer.Form.{}", form.to_uppercase());
            Err(Thrown::new("java.lang.IllegalArgumentException", message).into())
        }
    }
}

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
        let unknown = [Value::str("a"), Value::str("nfx")];
        assert_eq!(thrown("util.str.normalize", &unknown), "java.lang.IllegalArgumentException");
    }
}
