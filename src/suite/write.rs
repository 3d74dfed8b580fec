//! A suite as a person would write it: YAML, small maps on one line, the author's rules above the tests.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::generate::{Draft, DraftTest};

/// How long a line may get before a map is written member by member.
const WIDTH: usize = 116;

/// The text of a suite file; `header` stands above it.
pub fn yaml(draft: &Draft, header: &str) -> String {
    let mut text = String::new();
    for line in header.lines() {
        let _ = writeln!(text, "{}", format!("# {line}").trim_end());
    }
    if let Some(api) = &draft.api {
        let _ = writeln!(text, "api: {}", scalar(&json!(api)));
    }
    if !draft.params.is_empty() {
        member(&mut text, 0, "params", &json!(draft.params), "");
    }
    // A time needs no quotes.
    let _ = writeln!(text, "now: {}\nids: {}\n\nidentities:", draft.now, draft.ids);
    for (name, identity) in &draft.identities {
        member(&mut text, 2, name, identity, draft.notes.get(name).map_or("", String::as_str));
    }
    if !draft.data.is_empty() {
        text.push_str("\ndata:\n");
        tables(&mut text, 2, &draft.data);
    }
    if !draft.responses.is_empty() {
        text.push_str("\nresponses:\n");
        draft.responses.iter().for_each(|(name, response)| member(&mut text, 2, name, response, ""));
    }
    text.push_str("\ntests:\n");
    let mut group = None;
    let mut more = false;
    for test in &draft.tests {
        if !more && !test.what.is_empty() {
            more = true;
            group = None;
            text.push_str("\n  # ==== Branches of the templates that nothing above takes ====\n\n");
        }
        if group != Some(&test.group) {
            if group.is_some() {
                text.push('\n');
            }
            group = Some(&test.group);
            let title = if test.group.is_empty() { "Others" } else { &test.group };
            let _ = writeln!(text, "  # ---- {title} ----");
        }
        text.push('\n');
        self::test(&mut text, test);
    }
    text
}

fn test(text: &mut String, test: &DraftTest) {
    for comment in &test.comments {
        let _ = writeln!(text, "  # {}", one_line(comment));
    }
    let _ = writeln!(text, "  - name: {}", scalar(&json!(test.name)));
    let _ = writeln!(text, "    field: {}", scalar(&json!(test.field)));
    if !test.arguments.is_empty() {
        member(text, 4, "arguments", &json!(test.arguments), "");
    }
    if !test.source.is_null() {
        member(text, 4, "source", &test.source, "");
    }
    if !test.data.is_empty() {
        text.push_str("    data:\n");
        tables(text, 6, &test.data);
    }
    if !test.responses.is_empty() {
        member(text, 4, "responses", &json!(test.responses), "");
    }
    member(text, 4, "expect", &json!(test.expect), "");
}

/// Each record of a table on a line of its own.
fn tables(text: &mut String, indent: usize, tables: &Map<String, Json>) {
    for (table, records) in tables {
        match records.as_array().filter(|records| !records.is_empty()) {
            Some(records) => {
                let _ = writeln!(text, "{:indent$}{}:", "", scalar(&json!(table)));
                records.iter().for_each(|record| item(text, indent + 2, record));
            }
            None => member(text, indent, table, records, ""),
        }
    }
}

/// A member of a map: on one line if there is room, else what it holds below it.
fn member(text: &mut String, indent: usize, name: &str, value: &Json, note: &str) {
    let name = scalar(&json!(name));
    let flow = flow(value);
    let note = if note.is_empty() { String::new() } else { format!("  # {}", one_line(note)) };
    let width = indent + name.chars().count() + 2 + flow.chars().count() + note.chars().count();
    let note = match note.trim_start() {
        above if width > WIDTH + 4 && !above.is_empty() => {
            let _ = writeln!(text, "{:indent$}{above}", "");
            String::new()
        }
        _ => note,
    };
    if indent + name.chars().count() + 2 + flow.chars().count() <= WIDTH || is_plain(value) {
        let _ = writeln!(text, "{:indent$}{name}: {flow}{note}", "");
        return;
    }
    let _ = writeln!(text, "{:indent$}{name}:{note}", "");
    block(text, indent + 2, value);
}

fn item(text: &mut String, indent: usize, value: &Json) {
    let flow = flow(value);
    let members = value.as_object().filter(|members| !members.is_empty());
    match members.filter(|_| indent + 2 + flow.chars().count() > WIDTH) {
        None => {
            let _ = writeln!(text, "{:indent$}- {flow}", "");
        }
        Some(members) => {
            let mut below = String::new();
            members.iter().for_each(|(name, value)| member(&mut below, indent + 2, name, value, ""));
            let first = below.get(indent + 2..).unwrap_or_default();
            let _ = write!(text, "{:indent$}- {first}", "");
        }
    }
}

fn block(text: &mut String, indent: usize, value: &Json) {
    match value {
        Json::Object(members) => members.iter().for_each(|(name, value)| member(text, indent, name, value, "")),
        Json::Array(items) => items.iter().for_each(|value| item(text, indent, value)),
        other => {
            let _ = writeln!(text, "{:indent$}{}", "", scalar(other));
        }
    }
}

/// Whether there is nothing to write below it.
fn is_plain(value: &Json) -> bool {
    match value {
        Json::Object(members) => members.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => true,
    }
}

fn flow(value: &Json) -> String {
    match value {
        Json::Object(members) if members.is_empty() => "{}".to_owned(),
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{}: {}", scalar(&json!(name)), flow(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        other => scalar(other),
    }
}

/// A text without quotes where nobody can take it for something else.
fn scalar(value: &Json) -> String {
    let Json::String(text) = value else { return value.to_string() };
    let safe = |letter: char| letter.is_ascii_alphanumeric() || " _./@+-".contains(letter);
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(safe)
        && !text.ends_with(' ')
        && !words.contains(&text.to_ascii_lowercase().as_str());
    if plain {
        return text.clone();
    }
    // JSON's quotes are YAML's; what YAML does not print is spelt out.
    let hidden = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}');
    let mut quoted = String::new();
    for letter in json!(text).to_string().chars() {
        match hidden(letter) {
            true => drop(write!(quoted, "\\u{:04x}", u32::from(letter))),
            false => quoted.push(letter),
        }
    }
    quoted
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::document;
    use proptest::prelude::*;

    fn any_json() -> impl Strategy<Value = Json> {
        let text = prop_oneof![
            any::<String>(),
            "[ -~]{0,12}",
            prop::sample::select(vec![
                "true",
                "No",
                "~",
                "1",
                "-",
                "a: b",
                "a #b",
                "2026-01-15",
                "0x1f",
                ".inf",
                "a::b",
                "%",
                "*",
                "&a"
            ])
            .prop_map(str::to_owned),
            Just("some words that make a line long enough to be written member by member".to_owned()),
        ];
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(|truth| json!(truth)),
            any::<i64>().prop_map(|number| json!(number)),
            text.clone().prop_map(|text| json!(text)),
        ];
        leaf.prop_recursive(4, 24, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
                prop::collection::vec((text.clone(), inner), 0..5)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any_json()) {
            let mut text = String::from("first: 1\n");
            member(&mut text, 0, "value", &value, "a note");
            let mut list = String::from("list:\n");
            item(&mut list, 2, &value);
            let read = |text: &str| document::read("f.yaml", text).map(|node| node.to_json()).map_err(|e| e.to_string());
            prop_assert_eq!(read(&text).map(|json| json["value"].clone()), Ok(value.clone()), "{}", text);
            prop_assert_eq!(read(&list).map(|json| json["list"][0].clone()), Ok(value), "{}", list);
        }
    }
}
