//! JSON as AppSync reads what a template printed: no key twice in one object, nothing behind the value.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Map, Value as Json};

/// Why a text is not what AppSync takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Flaw {
    /// An object names a key twice.
    Duplicate(String),
    /// Something stands behind the value.
    Trailing,
    /// It is not JSON; what was expected, in the parser's words.
    Malformed(String),
}

/// A flaw and the offset of the character that shows it; at the end of the text when it ends too early.
pub type Flawed = (Flaw, usize);

/// The value of a text.
pub fn read(text: &str) -> Result<Json, Flawed> {
    let duplicate = RefCell::new(None);
    let mut deserializer = Deserializer::from_str(text);
    let value = Strict { duplicate: &duplicate }.deserialize(&mut deserializer);
    let (flaw, error) = match value {
        Ok(value) => match deserializer.end() {
            Ok(()) => return Ok(value),
            Err(error) => (Flaw::Trailing, error),
        },
        Err(error) => match duplicate.into_inner() {
            Some(key) => (Flaw::Duplicate(key), error),
            None => (Flaw::Malformed(reason(&error)), error),
        },
    };
    let mut at = offset(text, &error);
    if let Flaw::Duplicate(_) = flaw {
        // The parser stands behind the key.
        at = text.get(..at).and_then(|before| before.rfind('"')).unwrap_or(at);
    }
    Err((flaw, at))
}

/// The parser's message without the place, which it writes behind.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason).to_owned()
}

/// Where an error stands: the parser counts lines from 1, and bytes of a line up to the character it stopped at.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    if error.is_eof() {
        return text.len();
    }
    let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = (line + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A value whose objects name each key once.
#[derive(Clone, Copy)]
struct Strict<'c> {
    /// The key that an object names twice.
    duplicate: &'c RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Json;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, truth: bool) -> Result<Json, E> {
        Ok(truth.into())
    }
    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(number.into())
    }
    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(number.into())
    }
    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(number.into())
    }
    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }
    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(text.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if map.contains_key(&key) {
                *self.duplicate.borrow_mut() = Some(key);
                return Err(A::Error::custom("duplicate key"));
            }
            map.insert(key, members.next_value_seed(self)?);
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn flaws_are_told_apart_and_placed() {
        let malformed = |words: &str| Flaw::Malformed(words.to_owned());
        for (text, flaw, at) in [
            ("{\"a\": 1,\n \"é\": 2, \"a\": 3}", Flaw::Duplicate("a".into()), 19),
            ("{\"x\": [{\"k\": 1, \"k\": 1}]}", Flaw::Duplicate("k".into()), 16),
            ("{\"a\": 1} )", Flaw::Trailing, 9),
            ("{}\n{}", Flaw::Trailing, 3),
            ("{\"o\": $ctx.x}", malformed("expected value"), 6),
            ("{\"o\": {\"S\": bob}}", malformed("expected value"), 12),
            ("{\"a\": 1,\n}", malformed("trailing comma"), 9),
            ("{\"a\": 1", malformed("EOF while parsing an object"), 7),
            ("", malformed("EOF while parsing a value"), 0),
            ("  \n", malformed("EOF while parsing a value"), 3),
            ("# comment", malformed("expected value"), 0),
        ] {
            assert_eq!(read(text), Err((flaw, at)), "{text}");
        }
    }

    proptest! {
        /// What serde_json takes is read as it reads it, unless a key stands twice.
        #[test]
        fn agrees_with_the_lenient_reader(text in "[\\[\\]{}\":,a1 e.\\-\n\\\\]{0,24}|\\{(\"[ab]\":(1|\\[\\]|\\{\\}),)*\"c\":1\\}") {
            match (read(&text), serde_json::from_str::<Json>(&text)) {
                (Ok(strict), Ok(lenient)) => prop_assert_eq!(strict, lenient),
                (Err((Flaw::Duplicate(_), _)), Ok(_)) | (Err(_), Err(_)) => {}
                (strict, lenient) => prop_assert!(false, "{:?} {:?}", strict, lenient),
            }
        }

        #[test]
        fn the_place_is_in_the_text(text in "[{}\":,aé\n ]{0,16}") {
            if let Err((_, at)) = read(&text) {
                prop_assert!(text.is_char_boundary(at));
            }
        }
    }
}
