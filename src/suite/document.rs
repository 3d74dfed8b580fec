//! A YAML or JSON text as a tree that remembers places, so that whatever does not fit can be pointed at.
//!
//! Only this file names the YAML library. JSON is read by the same parser, as it is a part of YAML 1.2; a JSON text is
//! checked as JSON first, whose errors say more.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Number, Value as Json};

use crate::error::{Error, ErrorKind, Result};
use crate::json_file;

/// Nodes of one document, those that aliases repeat counted again: more than any suite has, far less than memory.
const MOST_NODES: usize = 1_000_000;

/// A place in the text: line and column, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct At {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) at: At,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// null, a boolean, a number or a text.
    Scalar(Json),
    List(Vec<Node>),
    Map(Vec<Member>),
}

/// A member of a map; its key's place.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) at: At,
    pub(super) value: Node,
}

impl Node {
    /// The value without its places.
    pub(super) fn to_json(&self) -> Json {
        match &self.kind {
            Kind::Scalar(json) => json.clone(),
            Kind::List(items) => items.iter().map(Node::to_json).collect(),
            Kind::Map(members) => {
                let members = members.iter().map(|member| (member.key.clone(), member.value.to_json()));
                Json::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    /// Whether it is a map or a list of nothing, or null.
    pub(super) fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::Scalar(json) => json.is_null(),
            Kind::List(items) => items.is_empty(),
            Kind::Map(members) => members.is_empty(),
        }
    }

    /// Every key in it and below it, with its place.
    pub(super) fn keys(&self) -> Vec<(String, At)> {
        match &self.kind {
            Kind::Scalar(_) => Vec::new(),
            Kind::List(items) => items.iter().flat_map(Node::keys).collect(),
            Kind::Map(members) => {
                let own = members.iter().map(|member| (member.key.clone(), member.at));
                own.chain(members.iter().flat_map(|member| member.value.keys())).collect()
            }
        }
    }

    /// The place of the first key of a name in it or below it.
    pub(super) fn find_key(&self, name: &str) -> Option<At> {
        match &self.kind {
            Kind::Scalar(_) => None,
            Kind::List(items) => items.iter().find_map(|item| item.find_key(name)),
            Kind::Map(members) => {
                let own = members.iter().find(|member| member.key == name).map(|member| member.at);
                own.or_else(|| members.iter().find_map(|member| member.value.find_key(name)))
            }
        }
    }
}

/// Reads a text: JSON when the file's name says so, else YAML.
///
/// # Errors
/// [`ErrorKind::Suite`] with line and column.
pub(super) fn read(file: &str, text: &str) -> Result<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Error::new(ErrorKind::Suite, "the file is empty").in_file(file));
    }
    let text = if file.to_ascii_lowercase().ends_with(".json") {
        json_file::parse(ErrorKind::Suite, file, text)?;
        without_surrogates(text)
    } else {
        Cow::Borrowed(text)
    };
    Loader { file, text: &text, parser: Parser::new_from_str(&text), anchors: FxHashMap::default(), nodes: 0 }
        .document()
}

/// JSON writes characters beyond U+FFFF as two escapes, YAML as one (`\U0001f600`).
fn without_surrogates(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let unit = |at: usize| {
            let digits = escape.get(at..at + 6)?.strip_prefix("\\u")?;
            u16::from_str_radix(digits, 16).ok()
        };
        let pair = unit(0).zip(unit(6)).and_then(|(high, low)| char::decode_utf16([high, low]).next()?.ok());
        let long = pair.filter(|c| u32::from(*c) > 0xffff);
        let taken = match long {
            Some(c) => {
                out.push_str(&format!("\\U{:08x}", u32::from(c)));
                12
            }
            // The escape and the character after it, which may be a backslash itself.
            None => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        let (escaped, after) = escape.split_at_checked(taken).unwrap_or((escape, ""));
        if long.is_none() {
            out.push_str(escaped);
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

struct Loader<'t> {
    file: &'t str,
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    /// What anchors name, and of how many nodes it is made.
    anchors: FxHashMap<usize, (Node, usize)>,
    nodes: usize,
}

type Spanned<'t> = (Event<'t>, Span);

impl<'t> Loader<'t> {
    fn document(mut self) -> Result<Node> {
        let mut found = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                _ if found.is_some() => {
                    return Err(self.error(at(span), "a suite is one document, and here another one begins"));
                }
                event => found = Some(self.node((event, span))?),
            }
        }
        found.ok_or_else(|| Error::new(ErrorKind::Suite, "the file is empty").in_file(self.file))
    }

    fn next(&mut self) -> Result<Spanned<'t>> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.not_yaml(&error)),
            None => Err(Error::new(ErrorKind::Suite, "the file ends too early").in_file(self.file)),
        }
    }

    /// The node that an event begins. The parser itself refuses nesting deeper than 255 levels.
    fn node(&mut self, (event, span): Spanned<'t>) -> Result<Node> {
        let at = at(span);
        self.count(1, at)?;
        let (kind, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (Kind::Scalar(self.scalar(&text, style, tag.as_deref(), at)?), anchor)
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        item => items.push(self.node(item)?),
                    }
                }
                (Kind::List(items), anchor)
            }
            Event::MappingStart(anchor, _) => (Kind::Map(self.members()?), anchor),
            Event::Alias(anchor) => {
                let Some(size) = self.anchors.get(&anchor).map(|(_, size)| *size) else {
                    return Err(self.error(at, "an alias to something that it is itself a part of"));
                };
                self.count(size, at)?;
                let known = self.anchors.get(&anchor).map(|(node, _)| node.clone());
                return known.ok_or_else(|| self.error(at, "an alias to nothing"));
            }
            _ => return Err(self.error(at, "a value is missing here")),
        };
        let node = Node { at, kind };
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size(&node)));
        }
        Ok(node)
    }

    fn members(&mut self) -> Result<Vec<Member>> {
        let mut members: Vec<Member> = Vec::new();
        let mut merged: Vec<Member> = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, _) => break,
                key => self.node(key)?,
            };
            let at = key.at;
            let value = self.next()?;
            let value = self.node(value)?;
            let key = match key.kind {
                Kind::Scalar(Json::String(text)) => text,
                Kind::Scalar(other) => other.to_string(),
                _ => return Err(self.error(at, "a key must be a text")),
            };
            if key == "<<" {
                merged.extend(self.merged(value)?);
            } else if members.iter().any(|member| member.key == key) {
                return Err(self.error(at, format!("`{key}` stands here twice")));
            } else {
                members.push(Member { key, at, value });
            }
        }
        // What stands in the map itself goes before what it merges.
        for member in merged {
            if !members.iter().any(|own| own.key == member.key) {
                members.push(member);
            }
        }
        Ok(members)
    }

    /// The members of `<<: *other` or `<<: [*one, *other]`.
    fn merged(&self, value: Node) -> Result<Vec<Member>> {
        match value.kind {
            Kind::Map(members) => Ok(members),
            Kind::List(items) => {
                let all: Result<Vec<_>> = items.into_iter().map(|item| self.merged(item)).collect();
                Ok(all?.into_iter().flatten().collect())
            }
            Kind::Scalar(_) => Err(self.error(value.at, "`<<` takes a map")),
        }
    }

    /// A scalar by the core schema of YAML 1.2; quoted ones are texts.
    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, at: At) -> Result<Json> {
        let tag = tag.map(|tag| if tag.is_yaml_core_schema() { tag.suffix.as_str() } else { "" });
        match tag {
            None if style != ScalarStyle::Plain => return Ok(Json::String(text.to_owned())),
            Some("str") => return Ok(Json::String(text.to_owned())),
            None | Some("int" | "float" | "bool" | "null") => {}
            Some(_) => return Err(self.error(at, "not JSON: a tag of YAML that JSON has no value for")),
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Ok(Json::Null),
            "true" | "True" | "TRUE" => return Ok(Json::Bool(true)),
            "false" | "False" | "FALSE" => return Ok(Json::Bool(false)),
            ".inf" | "-.inf" | "+.inf" | ".nan" | ".NaN" | ".NAN" | ".Inf" | "-.Inf" | "+.Inf" => {
                return Err(self
                    .error(at, format!("not JSON: it has no number `{text}`"))
                    .help("quote it, if it is a text"));
            }
            _ => {}
        }
        Ok(number(text).map_or_else(|| Json::String(text.to_owned()), Json::Number))
    }

    fn count(&mut self, nodes: usize, at: At) -> Result<()> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES {
            return Err(self.error(at, format!("with its aliases written out, this has over {MOST_NODES} values")));
        }
        Ok(())
    }

    fn error(&self, at: At, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Suite, message).at(self.file, at.line, at.column)
    }

    /// What the parser complains about, with what people mostly did when it does.
    fn not_yaml(&self, error: &ScanError) -> Error {
        let (info, marker) = (error.info(), error.marker());
        let place = At { line: whole(marker.line()), column: whole(marker.col() + 1) };
        let not = self.error(place, format!("not YAML: {info}"));
        if info.contains("tab") {
            // The parser stops behind the tab, or where what it stands before began.
            let lines = (place.line..).zip(self.text.lines().skip(marker.line().saturating_sub(1)));
            let tab = lines.filter_map(|(line, text)| Some((line, text.chars().position(|c| c == '\t')?))).next();
            let tab = tab.map(|(line, before)| At { line, column: whole(before + 1) });
            let not = self.error(tab.unwrap_or(place), format!("not YAML: {info}"));
            return not.help("YAML indents with spaces: replace the tab");
        }
        if info.contains("unknown anchor") {
            return not.help("a `*` that stands for itself is quoted: \"*\"");
        }
        if info.contains("recursion") {
            return not.help("the file nests too deep to be read");
        }
        not.help("a text with `:`, `#`, `{`, `[`, `*`, `&` or `\"` in it is safest in 'single quotes'")
    }
}

/// A number as the core schema writes it, which is JSON's way, and some others.
fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return u64::from_str_radix(digits, radix).ok().map(Number::from);
        }
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let plain = text.strip_prefix('+').unwrap_or(text);
        let whole = plain.parse::<i64>().map(Number::from).or_else(|_| plain.parse::<u64>().map(Number::from));
        if let Ok(whole) = whole {
            return Some(whole);
        }
    }
    let is_float = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
        && digits.contains(|c: char| c.is_ascii_digit());
    if is_float { text.parse::<f64>().ok().and_then(Number::from_f64) } else { None }
}

fn size(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(members) => members.iter().map(|member| size(&member.value)).sum(),
    }
}

fn at(span: Span) -> At {
    At { line: whole(span.start.line()), column: whole(span.start.col() + 1) }
}

fn whole(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn yaml_and_json_say_the_same() {
        let yaml = "a: &a {x: 1, y: 'two', z: ~}\nb: [*a, -2.50, 0x1f, yes, 2026-01-15T12:00:00Z, 1.2.3]\nc: |\n  hi\n\
                    d: {<<: *a, x: 2}\n1: \"\\u00e9\"\n";
        let expected = json!({
            "a": {"x": 1, "y": "two", "z": null},
            "b": [{"x": 1, "y": "two", "z": null}, -2.5, 31, "yes", "2026-01-15T12:00:00Z", "1.2.3"],
            "c": "hi\n", "d": {"x": 2, "y": "two", "z": null}, "1": "é",
        });
        assert_eq!(read("a.yaml", yaml).unwrap().to_json(), expected);
        assert_eq!(read("a.json", &expected.to_string()).unwrap().to_json(), expected);
        let json = "\u{feff}{\t\"e\": \"\\ud83d\\ude00 \\\\ud83d \\u00e9\\/\"}";
        assert_eq!(read("a.json", json).unwrap().to_json(), json!({"e": "😀 \\ud83d é/"}));
    }

    #[test]
    fn what_is_no_yaml_is_pointed_at() {
        for (text, line, column, message) in [
            ("a:\n\tb: 1\n", 2, 1, "tab"),
            ("a: 1\n\tb: 2", 2, 1, "tab"),
            ("expect: { *: deny }", 1, 11, "anchor"),
            ("a: .nan", 1, 4, "not JSON"),
            ("a: !Ref x", 1, 4, "not JSON"),
            ("a: 1\nb: 2\na: 3", 3, 1, "`a` stands here twice"),
            ("a: 1\n---\nb: 2", 3, 1, "another one begins"),
            ("a: &a [*a]", 1, 8, "itself a part of"),
            ("a: 'x\nb: 1", 1, 4, "quoted"),
            (" \n", 0, 0, "empty"),
        ] {
            let error = read("s.yaml", text).unwrap_err();
            let place = error.place().unwrap();
            assert_eq!((place.line, place.column), (line, column), "{text}: {error:#}");
            assert!(error.message().contains(message), "{text}: {error:#}");
        }
        let error = read("s.json", "{\"a\": [1,").unwrap_err();
        assert!(error.message().contains("ends in the middle of a list, at `a[1]`"), "{error}");
    }

    #[test]
    fn aliases_of_aliases_and_deep_nesting_are_refused_not_followed() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let many = format!("*a{}, ", level - 1).repeat(10);
            text.push_str(&format!("a{level}: &a{level} [{many}]\n"));
        }
        assert!(read("s.yaml", &text).unwrap_err().message().contains("with its aliases written out"));
        assert!(read("s.yaml", &"[".repeat(100_000)).unwrap_err().help_text().unwrap().contains("too deep"));
    }
}
