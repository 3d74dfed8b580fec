//! `$util.xml`: XML as JSON.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion, escape};

use super::Helper;
use super::Type::{BoxedBool, Str};
use super::encode;
use crate::value::{Entries, Key, Map, MapKind, Value, json};

const PAGE: &str = "xml-helpers-in-utils-xml";
const UNVERIFIED: &str =
    "everything but elements, repeated elements and numbers (as org.json reads it), and null for what is no XML";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.xml.toMap",
        overloads: &[&[Str]],
        returns: "Map",
        doc: "The elements as maps; elements of one name in a row give a list, texts that are numbers or booleans become such. Attributes are members too, beside a text that is called `content`. What is no XML gives null.",
        source: PAGE,
        unverified: UNVERIFIED,
        examples: &[
            ("$util.xml.toMap('<post><id>1</id><title>VTL</title></post>')", "{post={id=1, title=VTL}}"),
            (
                "$util.toJson($util.xml.toMap('<a x=\"true\"><b/>t<b>2</b></a>'))",
                "{\"a\":{\"x\":true,\"b\":[\"\",2],\"content\":\"t\"}}",
            ),
        ],
        run: |_, args| Ok(args.first().and_then(to_map).unwrap_or_default()),
    },
    Helper {
        path: "util.xml.toJsonString",
        overloads: &[&[Str], &[Str, BoxedBool]],
        returns: "String",
        doc: "`toMap` as JSON text; when the second argument is true, that text as a JSON string.",
        source: PAGE,
        unverified: "as of `toMap`, and that a JSON string comes with its quotes",
        examples: &[
            ("$util.xml.toJsonString('<a><b>1</b></a>')", "{\"a\":{\"b\":1}}"),
            ("$util.xml.toJsonString('<a>x</a>', true)", "\"{\\\"a\\\":\\\"x\\\"}\""),
        ],
        run: |_, args| {
            let Some(map) = args.first().and_then(to_map) else { return Ok(Value::Null) };
            let text = json::to_json(&map);
            Ok(Value::from(if args.get(1).is_some_and(Value::truth) { string_encoded(&text) } else { text }))
        },
    },
];

/// Unverified: "string-encoded" is all that the page says.
fn string_encoded(json: &str) -> String {
    json::to_json(&Value::str(json))
}

/// An element that is being read.
#[derive(Default)]
struct Element {
    name: String,
    members: Entries,
    /// Text since the last tag.
    text: String,
}

impl Element {
    fn of(tag: &BytesStart<'_>) -> Option<Element> {
        let mut element = Element { name: tag.name().0.to_owned(), ..Element::default() };
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.ok()?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
            element.add(attribute.key.0, coerced(&value));
        }
        Some(element)
    }

    /// A member; one of a name that is there already makes a list.
    fn add(&mut self, name: &str, value: Value) {
        match self.members.entry(Key(Value::str(name))) {
            indexmap::map::Entry::Vacant(place) => {
                place.insert(value);
            }
            indexmap::map::Entry::Occupied(mut place) => match place.get() {
                Value::List(list) => list.restructure().push(value),
                first => {
                    let list = Value::list(vec![first.clone(), value]);
                    place.insert(list);
                }
            },
        }
    }

    /// Text ends at every tag. Unverified: white space around it goes, and each piece is a `content` of its own.
    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        let trimmed = text.trim_matches(|c: char| c <= ' ');
        if !trimmed.is_empty() {
            self.add("content", coerced(trimmed));
        }
    }

    /// Unverified: nothing at all gives the empty text, and text alone stands for itself.
    fn value(mut self) -> Value {
        self.end_text();
        match self.members.first() {
            None => Value::str(""),
            Some((name, text)) if self.members.len() == 1 && name.0.as_str() == Some("content") => text.clone(),
            _ => Value::Map(Map::of(MapKind::LinkedHashMap, self.members)),
        }
    }
}

/// Unverified: what is not well-formed, and null, give null.
fn to_map(text: &Value) -> Option<Value> {
    let mut reader = Reader::from_str(text.as_str()?);
    // The document, and the elements that are open in it.
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().ok()?;
        let element = open.last_mut()?;
        match event {
            Event::Text(text) => element.text.push_str(&text),
            Event::GeneralRef(reference) => push_reference(&mut element.text, &reference)?,
            Event::CData(raw) => {
                element.end_text();
                if !raw.is_empty() {
                    element.add("content", Value::str(&raw));
                }
            }
            Event::Start(tag) => {
                element.end_text();
                open.push(Element::of(&tag)?);
            }
            Event::Empty(tag) => {
                element.end_text();
                let empty = Element::of(&tag)?;
                let name = empty.name.clone();
                element.add(&name, empty.value());
            }
            Event::End(_) => {
                let ended = open.pop()?;
                let name = ended.name.clone();
                open.last_mut()?.add(&name, ended.value());
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => element.end_text(),
            Event::Eof => break,
        }
    }
    let document = open.pop().filter(|_| open.is_empty())?;
    // Text outside of the elements is no part of the document.
    let elements: Entries =
        document.members.into_iter().filter(|(name, _)| name.0.as_str() != Some("content")).collect();
    (!elements.is_empty()).then(|| Value::Map(Map::of(MapKind::LinkedHashMap, elements)))
}

/// `&lt;`, `&#65;` … Unverified: an unknown entity stays as it is.
fn push_reference(text: &mut String, reference: &BytesRef<'_>) -> Option<()> {
    match reference.resolve_char_ref().ok()? {
        Some(character) => text.push(character),
        None => match escape::resolve_predefined_entity(reference) {
            Some(known) => text.push_str(known),
            None => text.push_str(&format!("&{};", &**reference)),
        },
    }
    Some(())
}

/// The value that a text stands for. Numbers are documented by example; unverified are booleans, null, and what else
/// counts as a number: here what JSON would take, with an exponent or not.
fn coerced(text: &str) -> Value {
    for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
        if text.eq_ignore_ascii_case(word) {
            return value;
        }
    }
    match encode::parse(text) {
        Some(number) if crate::value::java::is_number(&number) => number,
        _ => Value::str(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, call_json};
    use super::*;

    fn read(xml: &str) -> String {
        call_json("util.xml.toMap", &serde_json::json!([xml]).to_string())
    }

    #[test]
    fn documents_are_read_as_org_json_reads_them() {
        for (xml, expected) in [
            ("<a/>", r#"{"a":""}"#),
            ("<a></a>", r#"{"a":""}"#),
            ("<a> x </a>", r#"{"a":"x"}"#),
            ("<?xml version=\"1.0\"?><!-- c --><a>1</a>\n", r#"{"a":1}"#),
            ("<a>TRUE</a>", r#"{"a":true}"#),
            ("<a>null</a>", r#"{"a":null}"#),
            ("<a><b>1</b><c/><b>2</b><b>x</b></a>", r#"{"a":{"b":[1,2,"x"],"c":""}}"#),
            ("<a id=\"7\">x</a>", r#"{"a":{"id":7,"content":"x"}}"#),
            ("<a id=\"7\"/>", r#"{"a":{"id":7}}"#),
            ("<a>x<b/>y</a>", r#"{"a":{"content":["x","y"],"b":""}}"#),
            ("<a>1 &lt; 2 &amp; &#65;&nbsp;</a>", r#"{"a":"1 < 2 & A&nbsp;"}"#),
            ("<a><![CDATA[<b>7</b>]]></a>", r#"{"a":"<b>7</b>"}"#),
            ("<a><![CDATA[7]]></a>", r#"{"a":"7"}"#),
            ("<a>007</a>", r#"{"a":"007"}"#),
            ("<a>-1.5</a>", r#"{"a":-1.5}"#),
            ("<a>12345678901</a>", r#"{"a":12345678901}"#),
            ("<a>2018-01-01</a>", r#"{"a":"2018-01-01"}"#),
            ("<a>[1]</a>", r#"{"a":"[1]"}"#),
            ("<n:a xmlns:n=\"urn:n\"><n:b>1</n:b></n:a>", r#"{"n:a":{"xmlns:n":"urn:n","n:b":1}}"#),
        ] {
            assert_eq!(read(xml), expected, "{xml}");
        }
    }

    #[test]
    fn what_is_no_xml_gives_null() {
        for xml in ["", "text", "<a>", "<a></b>", "</a>", "<a", "<a x></a>", "<a>&#x110000;</a>", "{\"a\":1}"] {
            assert_eq!(read(xml), "null", "{xml}");
        }
        assert!(call("util.xml.toJsonString", &[Value::Null]).unwrap().is_null());
        assert!(call("util.xml.toMap", &[Value::Int(1)]).is_none());
    }

    #[test]
    fn depth_takes_no_stack() {
        let deep = format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000));
        assert!(call("util.xml.toMap", &[Value::from(deep)]).is_some());
    }
}
