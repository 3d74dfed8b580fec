//! The list of entries in a HAR file, without a tree of the whole: a capture of an afternoon has hundreds of
//! megabytes, nearly all of them pictures and scripts.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::json_file;

/// The entries as they stand in the text, and where it breaks off, if it does.
pub(super) struct Entries<'a> {
    pub list: Vec<&'a RawValue>,
    pub broken: Option<Error>,
}

/// Finds the entries of a HAR.
///
/// # Errors
/// JSON that breaks off before the first entry is whole, JSON that is not a HAR.
pub(super) fn entries<'a>(file: &str, text: &'a str) -> Result<Entries<'a>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut list, mut found) = (Vec::new(), false);
    let seed = Within { path: &["log", "entries"], list: &mut list, found: &mut found };
    let mut json = serde_json::Deserializer::from_str(text);
    let read = seed.deserialize(&mut json).and_then(|()| json.end());
    match read {
        Ok(()) if found => return Ok(Entries { list, broken: None }),
        Err(error) if !list.is_empty() => {
            let broken = Some(json_file::explain(ErrorKind::Capture, file, text, &error));
            return Ok(Entries { list, broken });
        }
        _ => {}
    }
    let json = json_file::parse(ErrorKind::Capture, file, text)?;
    let what = match json.get("log") {
        Some(log) => format!("`log` has no list `entries`; it is {}", json_file::describe(log)),
        None => format!("there is no `log`; this is {}", json_file::describe(&json)),
    };
    Err(Error::new(ErrorKind::Capture, format!("not a HAR: {what}")).in_file(file))
}

/// Collects the items of the list at a path of keys.
struct Within<'s, 'a> {
    path: &'s [&'s str],
    list: &'s mut Vec<&'a RawValue>,
    found: &'s mut bool,
}

impl<'a> DeserializeSeed<'a> for Within<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, d: D) -> Result<(), D::Error> {
        match self.path {
            [] => d.deserialize_seq(self),
            _ => d.deserialize_map(self),
        }
    }
}

impl<'a> Visitor<'a> for Within<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a HAR")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((first, path)) = self.path.split_first() else { return Ok(()) };
        while let Some(key) = map.next_key::<String>()? {
            if key == *first {
                map.next_value_seed(Within { path, list: self.list, found: self.found })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<(), A::Error> {
        *self.found = true;
        while let Some(item) = items.next_element::<&'a RawValue>()? {
            self.list.push(item);
        }
        Ok(())
    }
}

/// An entry's text, mended so that it can be read: a key that stands twice, half of a surrogate pair.
pub(super) fn mended(raw: &str) -> Option<String> {
    let again = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok().map(|json| json.to_string());
    again(raw).or_else(|| again(&without_lone_surrogates(raw)))
}

/// JSON text in which escapes of surrogates that have lost their other half are U+FFFD.
fn without_lone_surrogates(text: &str) -> String {
    let unit = |text: &str| {
        let hex = text.strip_prefix("\\u").and_then(|rest| rest.get(..4))?;
        u16::from_str_radix(hex, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let next = unit(escape.get(6..).unwrap_or(""));
        let (width, lone) = match unit(escape) {
            Some(0xd800..=0xdbff) if matches!(next, Some(0xdc00..=0xdfff)) => (12, false),
            Some(0xd800..=0xdfff) => (6, true),
            Some(_) => (6, false),
            None => (1 + escape.chars().nth(1).map_or(0, char::len_utf8), false),
        };
        let (escape, after) = escape.split_at_checked(width).unwrap_or((escape, ""));
        out.push_str(if lone { "\\ufffd" } else { escape });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_surrogate_pairs_are_mended() {
        for (text, mended) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""a\ud83d b""#, r#""a\ufffd b""#),
            (r#""\ude00\\ud83d\n""#, r#""\ufffd\\ud83d\n""#),
            (r#""\ud83d"#, r#""\ufffd"#),
            (r#""\u00"#, r#""\u00"#),
        ] {
            assert_eq!(without_lone_surrogates(text), mended);
        }
        assert_eq!(super::mended(r#"{"a":1,"a":"\udc00"}"#).as_deref(), Some("{\"a\":\"\u{fffd}\"}"));
    }
}
