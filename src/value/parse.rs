//! JSON text straight into values, by RFC 8259 to the letter. On the hot path: every request and every
//! `$util.parseJson` comes through here.

use std::fmt;
use std::rc::Rc;

use num_bigint::BigInt;

use super::java::MAX_DEPTH;
use super::{Entries, Key, Map, MapKind, Text, Value};

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Where, in bytes from the start of the text.
    pub offset: usize,
    /// What is wrong there, lower-case.
    pub message: String,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.message, self.offset)
    }
}

impl std::error::Error for JsonError {}

/// Reads one JSON text.
///
/// Integers become Integer, Long or BigInteger by size, exactly; numbers with a fraction or exponent become Double.
/// Objects keep their order; of two equal names the last value counts, at the first one's place. Half a surrogate
/// pair becomes U+FFFD.
///
/// # Errors
///
/// Text that is not one JSON value with blanks around it, or one nested deeper than [`MAX_DEPTH`].
pub fn parse_json(text: &str) -> Result<Value, JsonError> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    reader.skip_blanks();
    let value = reader.value(0)?;
    reader.skip_blanks();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.error("unexpected text after the JSON value")),
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn error(&self, message: impl Into<String>) -> JsonError {
        JsonError { offset: self.at, message: message.into() }
    }

    /// The complaint about whatever stands here.
    fn unexpected(&self, wanted: &str) -> JsonError {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => self.error(format!("expected {wanted}, found `{}`", found.escape_default())),
            None => self.error(format!("expected {wanted}, found the end")),
        }
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: u32) -> Result<Value, JsonError> {
        match self.peek() {
            Some(b'"') => Ok(Value::Str(self.string()?)),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.unexpected("a JSON value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.unexpected("a JSON value"))
        }
    }

    /// Enters an object or array: its opening bracket and the blanks after it.
    fn open(&mut self, depth: u32) -> Result<(), JsonError> {
        if depth >= MAX_DEPTH {
            return Err(self.error(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.at += 1;
        self.skip_blanks();
        Ok(())
    }

    fn object(&mut self, depth: u32) -> Result<Value, JsonError> {
        self.open(depth)?;
        let mut entries = Entries::default();
        if self.peek() == Some(b'}') {
            self.at += 1;
        } else {
            loop {
                if self.peek() != Some(b'"') {
                    return Err(self.unexpected("a name in double quotes"));
                }
                let name = self.string()?;
                self.skip_blanks();
                if self.peek() != Some(b':') {
                    return Err(self.unexpected("`:`"));
                }
                self.at += 1;
                self.skip_blanks();
                let value = self.value(depth + 1)?;
                entries.insert(Key(Value::Str(name)), value);
                self.skip_blanks();
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b'}') => break self.at += 1,
                    _ => return Err(self.unexpected("`,` or `}`")),
                }
                self.skip_blanks();
            }
        }
        Ok(Value::Map(Map::of(MapKind::LinkedHashMap, entries)))
    }

    fn array(&mut self, depth: u32) -> Result<Value, JsonError> {
        self.open(depth)?;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
        } else {
            loop {
                items.push(self.value(depth + 1)?);
                self.skip_blanks();
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b']') => break self.at += 1,
                    _ => return Err(self.unexpected("`,` or `]`")),
                }
                self.skip_blanks();
            }
        }
        Ok(Value::list(items))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected("a digit"));
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let zero = self.peek() == Some(b'0');
        let first = self.at;
        self.digits()?;
        if zero && self.at > first + 1 {
            self.at = first + 1;
            return Err(self.error("a number must not begin with 0"));
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        let literal = self.text.get(start..self.at).unwrap_or("");
        let value = if whole { integer(literal) } else { literal.parse().ok().map(Value::Double) };
        value.ok_or_else(|| self.error("a number that cannot be read"))
    }

    /// A string, from its opening quote; most have no escapes and are taken in one piece.
    fn string(&mut self) -> Result<Text, JsonError> {
        self.at += 1;
        let start = self.at;
        self.skip_plain();
        if self.peek() == Some(b'"') {
            let plain = self.text.get(start..self.at).unwrap_or("");
            self.at += 1;
            return Ok(Text::from(plain));
        }
        let mut out = String::from(self.text.get(start..self.at).unwrap_or(""));
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Text::from(out));
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut out)?;
                }
                Some(_) => return Err(self.error("a control character inside a string must be escaped")),
                None => return Err(self.error("a string without its closing quote")),
            }
            let from = self.at;
            self.skip_plain();
            out.push_str(self.text.get(from..self.at).unwrap_or(""));
        }
    }

    /// Moves to the next quote, backslash or control character, or to the end.
    fn skip_plain(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        self.at += stop.unwrap_or(rest.len());
    }

    /// An escape, from behind its backslash.
    fn escape(&mut self, out: &mut String) -> Result<(), JsonError> {
        let plain = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let unit = self.hex()?;
                out.push(self.surrogates(unit)?);
                return Ok(());
            }
            _ => return Err(self.unexpected("one of `\"\\/bfnrtu` after a backslash")),
        };
        self.at += 1;
        out.push(plain);
        Ok(())
    }

    /// The character a code unit begins, with the escape of its other half when that follows.
    fn surrogates(&mut self, unit: u16) -> Result<char, JsonError> {
        if (0xd800..0xdc00).contains(&unit) && self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u")) {
            let back = self.at;
            self.at += 2;
            let low = self.hex()?;
            if let Some(Ok(pair)) = char::decode_utf16([unit, low]).next() {
                return Ok(pair);
            }
            self.at = back;
        }
        Ok(char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}'))
    }

    fn hex(&mut self) -> Result<u16, JsonError> {
        let digits = self.text.get(self.at..self.at + 4).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|hex| u16::from_str_radix(hex, 16).ok());
        let unit = unit.ok_or_else(|| self.error("`\\u` must be followed by four hexadecimal digits"))?;
        self.at += 4;
        Ok(unit)
    }
}

/// An integer by size; text of more digits than a Long has goes to BigInteger.
fn integer(literal: &str) -> Option<Value> {
    if literal.len() <= 20
        && let Ok(long) = literal.parse::<i64>()
    {
        return Some(i32::try_from(long).map_or(Value::Long(long), Value::Int));
    }
    literal.parse::<BigInt>().ok().map(|big| Value::Big(Rc::new(big)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{java, json};

    fn class(text: &str) -> &'static str {
        java::class_name(&parse_json(text).unwrap())
    }

    #[test]
    fn integers_take_the_smallest_class_and_stay_exact() {
        assert_eq!(class("2147483647"), "java.lang.Integer");
        assert_eq!(class("-2147483649"), "java.lang.Long");
        assert_eq!(class("9223372036854775808"), "java.math.BigInteger");
        assert_eq!(class("1.0"), "java.lang.Double");
        assert_eq!(class("1e3"), "java.lang.Double");
        assert_eq!(class("-0"), "java.lang.Integer");
        for exact in ["-9223372036854775808", "123456789012345678901234567890", "18446744073709551616"] {
            assert_eq!(java::to_string(&parse_json(exact).unwrap()), exact);
        }
    }

    #[test]
    fn what_is_written_comes_back() {
        for text in [
            r#"{"a":[1,2.5,"x",null,true,false],"b":{},"c":[]}"#,
            r#"["\"\\\n\t\r\b\f","é😀","\u0001"]"#,
            r#"{"z":1,"a":{"k":[[[]]]}}"#,
        ] {
            assert_eq!(json::to_json(&parse_json(text).unwrap()), text);
        }
    }

    #[test]
    fn of_equal_names_the_last_value_counts_at_the_first_place() {
        let value = parse_json(r#" { "a" : 1 , "b" : 2 , "a" : 3 } "#).unwrap();
        assert_eq!(java::to_string(&value), "{a=3, b=2}");
    }

    #[test]
    fn escapes_and_surrogates() {
        let text = |json: &str| java::to_string(&parse_json(json).unwrap());
        assert_eq!(text(r#""\u0041\/\ud83d\ude00""#), "A/😀");
        assert_eq!(text(r#""\ud83dx""#), "\u{fffd}x");
        assert_eq!(text(r#""\ud83d\u0041""#), "\u{fffd}A");
        assert_eq!(text(r#""\ude00\ud83d\ud83d\ude00""#), "\u{fffd}\u{fffd}😀");
    }

    #[test]
    fn refuses_what_rfc_8259_refuses() {
        for (text, offset, message) in [
            ("", 0, "expected a JSON value, found the end"),
            ("{\"a\":1,}", 7, "expected a name in double quotes, found `}`"),
            ("[1,]", 3, "expected a JSON value, found `]`"),
            ("[1 2]", 3, "expected `,` or `]`, found `2`"),
            ("{\"a\" 1}", 5, "expected `:`, found `1`"),
            ("01", 1, "a number must not begin with 0"),
            ("1.", 2, "expected a digit, found the end"),
            (".5", 0, "expected a JSON value, found `.`"),
            ("+1", 0, "expected a JSON value, found `+`"),
            ("1e", 2, "expected a digit, found the end"),
            ("NaN", 0, "expected a JSON value, found `N`"),
            ("tru", 0, "expected a JSON value, found `t`"),
            ("'a'", 0, "expected a JSON value, found `\\'`"),
            ("\"a", 2, "a string without its closing quote"),
            ("\"a\nb\"", 2, "a control character inside a string must be escaped"),
            (r#""\x""#, 2, "expected one of `\"\\/bfnrtu` after a backslash, found `x`"),
            (r#""\u12g4""#, 3, "`\\u` must be followed by four hexadecimal digits"),
            ("1 x", 2, "unexpected text after the JSON value"),
            ("\u{feff}1", 0, "expected a JSON value, found `\\u{feff}`"),
            ("\u{a0}1", 0, "expected a JSON value, found `\\u{a0}`"),
        ] {
            let error = parse_json(text).unwrap_err();
            assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text:?}");
        }
    }

    #[test]
    fn nesting_ends_with_a_message_not_a_crash() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(parse_json(&nested(MAX_DEPTH as usize)).is_ok());
        let error = parse_json(&nested(100_000)).unwrap_err();
        assert_eq!((error.offset, error.message.as_str()), (200, "nested deeper than 200 levels"));
    }
}
