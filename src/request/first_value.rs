//! A glance at JSON before it is read: its kind is in its keys.

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};

/// What the first JSON value of a text is made of, read no deeper than its keys.
#[derive(Debug, Default)]
pub(super) struct FirstValue<'a> {
    /// The keys of an object, as far as the text goes.
    pub keys: Vec<String>,
    /// What follows the value, if it is whole and more than blanks follow.
    pub rest: Option<&'a str>,
}

/// Looks at the first JSON value of a text without building it.
pub(super) fn first_value(text: &str) -> FirstValue<'_> {
    struct Keys<'k>(&'k mut Vec<String>);
    impl<'de> Visitor<'de> for Keys<'_> {
        type Value = ();

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<String>()? {
                // A hostile file may have any number of them.
                if self.0.len() < 64 && !self.0.contains(&key) {
                    self.0.push(key);
                }
                map.next_value::<IgnoredAny>()?;
            }
            Ok(())
        }
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut first = FirstValue::default();
    let mut json = serde_json::Deserializer::from_str(text);
    if (&mut json).deserialize_map(Keys(&mut first.keys)).is_ok() {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        let whole = values.next().is_some_and(|value| value.is_ok());
        let rest = text.get(values.byte_offset()..).filter(|rest| whole && !rest.trim().is_empty());
        first.rest = rest;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_what_follows() {
        let glance = |text: &'static str| {
            let first = first_value(text);
            (first.keys.join(" "), first.rest.map(str::trim))
        };
        assert_eq!(glance(r#"{"a":{"b":1},"c":2,"a":3}"#), ("a c".into(), None));
        assert_eq!(glance("{\"a\":1}\n{\"b\":2}"), ("a".into(), Some(r#"{"b":2}"#)));
        assert_eq!(glance(r#"{"log":{"entries":[{"#), ("log".into(), None), "as far as the text goes");
        assert_eq!(glance("[1]"), (String::new(), None));
    }
}
