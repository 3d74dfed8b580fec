//! `$util`: JSON, URL, base64 and JavaScript encodings.

use std::fmt::Write;

use super::Type::{Any, Bytes, Str};
use super::{Helper, Raised, null_argument};
use crate::value::parse::parse_json;
use crate::value::{Object, Thrown, Value, json};

const PAGE: &str = "utility-helpers-in-util";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.toJson",
        overloads: &[&[Any]],
        returns: "String",
        doc: "The value as compact JSON, keys in map order; null and undefined give the text `null`, sets give arrays.",
        source: PAGE,
        unverified: "that numbers print as in Java, and that the selection set of an info within another value is left out",
        examples: &[
            ("$util.toJson({'a':[1,true]})", "{\"a\":[1,true]}"),
            ("$util.toJson('a/é')", "\"a/é\""),
            ("$util.toJson($none)", "null"),
            ("#set($m = {'k':1})$util.toJson($m.keySet())", "[\"k\"]"),
        ],
        run: |_, args| Ok(args.first().map(json::to_json).map(Value::from).unwrap_or_default()),
    },
    Helper {
        path: "util.parseJson",
        overloads: &[&[Str]],
        returns: "Object",
        doc: "The value of a JSON text: Map, List, String, Boolean, Integer, Long, Double or null. Text that is no JSON gives null, no error.",
        source: "utility-helpers-in-util; null for other text is relied on by Amplify's generated owner and group checks",
        unverified: "null for JSON with more text behind it",
        examples: &[
            ("#set($o = $util.parseJson('{\"a\":[1,2]}'))$o.a[1]", "2"),
            ("$util.parseJson('123')", "123"),
            ("$util.parseJson('ann')", "$util.parseJson('ann')"),
        ],
        run: |_, args| match args {
            [Value::Str(text)] => Ok(parse(text).unwrap_or_default()),
            _ => Ok(Value::Null),
        },
    },
    Helper {
        path: "util.urlEncode",
        overloads: &[&[Str]],
        returns: "String",
        doc: "The text as `application/x-www-form-urlencoded`: a space becomes `+`.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.urlEncode('a b/é*')", "a+b%2F%C3%A9*")],
        run: |_, args| match args {
            [Value::Str(text)] => Ok(Value::from(url_encode(text))),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.urlDecode",
        overloads: &[&[Str]],
        returns: "String",
        doc: "The inverse of `$util.urlEncode`; a malformed `%` throws.",
        source: PAGE,
        unverified: "that a malformed `%` throws",
        examples: &[("$util.urlDecode('a+b%2F%C3%A9')", "a b/é")],
        run: |_, args| match args {
            [Value::Str(text)] => Ok(Value::from(url_decode(text)?)),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.base64Encode",
        overloads: &[&[Str], &[Bytes]],
        returns: "String",
        doc: "Base64 with padding and without line breaks, of bytes or of a text's UTF-8.",
        source: PAGE,
        unverified: "that it takes a String too",
        examples: &[("$util.base64Encode('hello')", "aGVsbG8=")],
        run: |_, args| match args {
            [Value::Str(text)] => Ok(Value::from(base64_encode(text.as_bytes()))),
            [Value::Object(object)] => match &**object {
                Object::Bytes(bytes) => Ok(Value::from(base64_encode(bytes))),
                _ => Ok(Value::Null),
            },
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.base64Decode",
        overloads: &[&[Str]],
        returns: "String",
        doc: "The text that was base64-encoded, or its bytes when they are no UTF-8. Text that is no base64 throws.",
        source: "utility-helpers-in-util says byte[]; public templates print the result and pass it to `$util.parseJson`",
        unverified: "text where the bytes are UTF-8, and that anything else throws",
        examples: &[("$util.base64Decode('aGVsbG8=')", "hello")],
        run: |_, args| match args {
            [Value::Str(text)] => Ok(base64_decode(text)?),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.escapeJavaScript",
        overloads: &[&[Str]],
        returns: "String",
        doc: "The text with quotes, slashes, control characters and non-ASCII characters escaped for JavaScript.",
        source: PAGE,
        unverified: "which characters: those of Apache Commons Lang",
        examples: &[("$util.escapeJavaScript('a\"b/é')", "a\\\"b\\/\\u00E9")],
        run: |_, args| match args {
            [Value::Str(text)] => Ok(Value::from(escape_java_script(text))),
            _ => Ok(Value::Null),
        },
    },
];

/// JSON text to a value; `None` when it is no JSON.
pub(super) fn parse(text: &str) -> Option<Value> {
    parse_json(text).ok()
}

fn url_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => push(&mut out, format_args!("%{byte:02X}")),
        }
    }
    out
}

fn url_decode(text: &str) -> Result<String, Raised> {
    let illegal = |message: String| Thrown::new("java.lang.IllegalArgumentException", format!("URLDecoder: {message}"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (Some(high), Some(low)) = (rest.next(), rest.next()) else {
                    return Err(illegal("Incomplete trailing escape (%) pattern".to_owned()).into());
                };
                let digits = String::from_utf8_lossy(&[high, low]).into_owned();
                // Rust would take a sign, as in `%+1`.
                let value = if high == b'+' { None } else { u8::from_str_radix(&digits, 16).ok() };
                let message = format!("Illegal hex characters in escape (%) pattern - For input string: \"{digits}\"");
                bytes.push(value.ok_or_else(|| illegal(message))?);
            }
            _ => bytes.push(byte),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(super) fn base64_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place > chunk.len() {
                out.push('=');
            } else {
                let index = usize::try_from((word >> (18 - 6 * place)) & 63).unwrap_or(0);
                out.push(BASE64.get(index).copied().map_or('=', char::from));
            }
        }
    }
    out
}

/// `Base64.getDecoder()`: the padding may be missing, nothing else may be wrong.
fn base64_decode(text: &str) -> Result<Value, Raised> {
    let illegal = |message: String| Raised::Thrown(Thrown::new("java.lang.IllegalArgumentException", message));
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let wrong_padding = padding > 0 && (padding > 2 || !text.len().is_multiple_of(4));
    if wrong_padding || digits.len() % 4 == 1 {
        return Err(illegal("Input byte array has wrong 4-byte ending unit".to_owned()));
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut word, mut bits) = (0u32, 0u32);
    for digit in digits.bytes() {
        let Some(value) = BASE64.iter().position(|known| *known == digit).and_then(|at| u32::try_from(at).ok()) else {
            return Err(illegal(format!("Illegal base64 character {digit:x}")));
        };
        word = (word << 6) | value;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((word >> bits) & 0xff).unwrap_or(0));
        }
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => Value::from(text),
        Err(error) => Value::object(Object::Bytes(error.into_bytes())),
    })
}

/// Commons-lang's `escapeJavaScript`: unverified which characters AppSync escapes.
fn escape_java_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match u8::try_from(unit).map(char::from) {
            Ok(quoted @ ('\'' | '"' | '\\' | '/')) => out.extend(['\\', quoted]),
            Ok('\n') => out.push_str("\\n"),
            Ok('\t') => out.push_str("\\t"),
            Ok('\r') => out.push_str("\\r"),
            Ok('\u{8}') => out.push_str("\\b"),
            Ok('\u{c}') => out.push_str("\\f"),
            Ok(plain @ ' '..='\u{7f}') => out.push(plain),
            _ => push(&mut out, format_args!("\\u{unit:04X}")),
        }
    }
    out
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, call_json, thrown};
    use super::*;

    fn text(path: &str, argument: &str) -> String {
        call(path, &[Value::str(argument)]).unwrap().as_str().unwrap_or_else(|| panic!("{path}({argument})")).to_owned()
    }

    #[test]
    fn json_is_compact_and_in_order() {
        assert_eq!(
            call_json("util.toJson", r#"[{"b":1,"a":[true,null,"x\"y"]}]"#),
            r#""{\"b\":1,\"a\":[true,null,\"x\\\"y\"]}""#
        );
        assert_eq!(text_of(&call("util.toJson", &[Value::Double(1.0)])), "1.0");
        assert_eq!(text_of(&call("util.toJson", &[Value::Null])), "null");
        assert!(call("util.toJson", &[]).is_none());
    }

    fn text_of(value: &Option<Value>) -> String {
        value.as_ref().and_then(Value::as_str).unwrap_or("no text").to_owned()
    }

    #[test]
    fn parse_json_never_fails() {
        for (input, shown) in [
            ("\"abc\"", "\"abc\""),
            ("123", "123"),
            (" [1, 2.5]", "[1,2.5]"),
            ("ann", "null"),
            ("", "null"),
            ("{}x", "null"),
            ("{'a':1}", "null"),
        ] {
            let value = call("util.parseJson", &[Value::str(input)]).unwrap();
            assert_eq!(json::to_json(&value), shown, "{input}");
        }
        assert!(call("util.parseJson", &[Value::Null]).unwrap().is_null());
        assert!(call("util.parseJson", &[Value::empty_map()]).is_none(), "a Map is no text");
    }

    #[test]
    fn url_encoding_is_that_of_java() {
        let marks = "!#$%&'()+,/:;=?@[]";
        let encoded = "%21%23%24%25%26%27%28%29%2B%2C%2F%3A%3B%3D%3F%40%5B%5D";
        assert_eq!(text("util.urlEncode", marks), encoded);
        assert_eq!(text("util.urlDecode", encoded), marks);
        assert_eq!(text("util.urlEncode", "a b~*"), "a+b%7E*");
        assert_eq!(text("util.urlDecode", "a+b%C3%BC%ff"), "a bü\u{fffd}");
        for broken in ["%", "%4", "%zz", "%+1"] {
            assert_eq!(thrown("util.urlDecode", &[Value::str(broken)]), "java.lang.IllegalArgumentException");
        }
    }

    #[test]
    fn base64_goes_both_ways() {
        for (plain, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("hello", "aGVsbG8=")] {
            assert_eq!(text("util.base64Encode", plain), encoded);
            assert_eq!(text("util.base64Decode", encoded), plain);
            assert_eq!(text("util.base64Decode", encoded.trim_end_matches('=')), plain);
        }
        for broken in ["a", "a===", "Zg=", "Z g=", "aGVsbG8-"] {
            assert_eq!(thrown("util.base64Decode", &[Value::str(broken)]), "java.lang.IllegalArgumentException");
        }
        let bytes = call("util.base64Decode", &[Value::str("//4=")]).unwrap();
        assert_eq!(text_of(&call("util.base64Encode", &[bytes])), "//4=");
    }

    #[test]
    fn java_script_escapes() {
        assert_eq!(text("util.escapeJavaScript", "a\"b'c/d"), r#"a\"b\'c\/d"#);
        assert_eq!(text("util.escapeJavaScript", "\n\t\u{1}é𝄞\\"), r"\n\t\u0001\u00E9\uD834\uDD1E\\");
    }
}
