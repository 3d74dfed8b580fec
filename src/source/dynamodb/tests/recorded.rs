//! What an independent implementation made of random items and expressions (`tests/conformance/dynamodb.jsonl.gz`,
//! written by `tests/conformance/tools/dynamodb`) is what is made of them here.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::{Map, Value as Json, json};

use super::NOW;
use crate::api::{DataSource, DataSourceKind, Table};
use crate::source::dynamodb::{Attribute, Item};
use crate::source::{Call, Data, Reply};

/// What came of a case: an answer, or DynamoDB's message.
type Outcome = Result<Json, String>;

/// A table of typed items.
struct Notes {
    source: DataSource,
    data: Data,
}

impl Notes {
    fn new(keys: [&str; 2], items: &Json) -> Notes {
        let keys: Vec<String> = keys.iter().filter(|key| !key.is_empty()).map(|key| (*key).to_owned()).collect();
        let attribute_types =
            [("id", "S"), ("p", "S"), ("s", "N")].map(|(name, kind)| (name.to_owned(), kind.to_owned())).into();
        let table = Table { name: "Notes".into(), keys, attribute_types, ..Table::default() };
        let source = DataSource { name: "Notes".into(), kind: DataSourceKind::DynamoDb(table) };
        Notes { source, data: Data::from_json("recorded", &json!({"Notes": {"Items": items}})).unwrap() }
    }

    fn run(&mut self, request: Json) -> Outcome {
        let call = Call { now_ms: NOW, in_function: true, ..Call::new(&self.source, &request, "Query.x") };
        match crate::source::execute(&call, &mut self.data).reply {
            Reply::Result { value, .. } => Ok(value),
            Reply::Failed { message, .. } => Err(message),
            other => panic!("{request}: {other:?}"),
        }
    }

    /// The first item, typed.
    fn item(&self) -> Json {
        let item = &self.data.table("Notes").unwrap().items()[0];
        Json::Object(item.iter().map(|(name, value)| (name.clone(), value.to_typed())).collect())
    }
}

/// An expression of the corpus as a section of a request, and what was answered.
fn section(case: &Json) -> (Json, Outcome) {
    let mut section = Map::from_iter([("expression".to_owned(), case[0].clone())]);
    for (name, at) in [("expressionNames", 1), ("expressionValues", 2)] {
        if !case[at].as_object().unwrap().is_empty() {
            section.insert(name.to_owned(), case[at].clone());
        }
    }
    let answer = match case[3].get("error").and_then(Json::as_str) {
        Some(error) => Err(error.to_owned()),
        None => Ok(case[3].clone()),
    };
    (Json::Object(section), answer)
}

fn item(typed: &Json) -> Item {
    typed
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), Attribute::from_typed(value, name).unwrap()))
        .collect()
}

/// Cases compared, by kind, and those that differ.
#[derive(Default)]
struct Tally {
    compared: BTreeMap<&'static str, usize>,
    differences: Vec<String>,
    /// Cases that only we refuse: see [`CHECKED_FIRST`].
    checked_first: usize,
    /// Messages that begin alike, of all.
    messages: (usize, usize),
}

/// What DynamoDB refuses before it looks at an item, and the other implementation never or only when it meets it.
const CHECKED_FIRST: [&str; 5] = [
    "Incorrect operand type for operator or function; operator",
    "The first operand must be distinct from the remaining operands",
    "Invalid attribute type name found",
    "The BETWEEN operator requires",
    "An expression attribute value used in expression is not defined",
];

impl Tally {
    fn compare(&mut self, kind: &'static str, count: usize, case: &Json, ours: &Outcome, theirs: &Outcome, same: bool) {
        *self.compared.entry(kind).or_default() += count;
        match (ours, theirs) {
            (Err(ours), Err(theirs)) => {
                self.messages.1 += 1;
                let theirs = theirs.trim_start_matches("1 validation error detected: ");
                self.messages.0 += usize::from(ours.starts_with(theirs));
                if std::env::var_os("SHOW_MESSAGES").is_some() && !ours.starts_with(theirs) {
                    eprintln!("{}\n    ours {ours}\n  theirs {theirs}", case[0]);
                }
            }
            (Err(ours), Ok(_)) if CHECKED_FIRST.iter().any(|reason| ours.contains(reason)) => {
                self.checked_first += count
            }
            _ if same => {}
            _ => self.differences.push(format!("{kind} {case}\n    ours {ours:?}")),
        }
    }
}

#[test]
fn expressions_mean_what_another_implementation_makes_of_them() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/dynamodb.jsonl.gz");
    let mut tally = Tally::default();
    let mut queried = Notes::new(["p", "s"], &json!([]));
    let mut recording = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut recording).unwrap();
    for line in recording.lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        if let Some(items) = line.get("items") {
            if line.get("filters").is_none() {
                queried = Notes::new(["p", "s"], items);
                continue;
            }
            let count = items.as_array().unwrap().len();
            for case in line["filters"].as_array().unwrap() {
                let (filter, theirs) = section(case);
                let ours = Notes::new(["id", ""], items).run(json!({"operation": "Scan", "filter": filter}));
                let ours = ours.map(|page| digits(count, &page["items"]));
                tally.compare("filter", count, case, &ours, &theirs, ours == theirs);
            }
            for case in line["conditions"].as_array().unwrap() {
                let (condition, theirs) = section(case);
                let ours = held(items, &condition);
                tally.compare("condition", count, case, &ours, &theirs, ours == theirs);
            }
        } else if let Some(case) = line.get("update") {
            let (update, theirs) = section(case);
            let mut notes = Notes::new(["id", ""], &json!([line["item"]]));
            let ours = notes.run(json!({"operation": "UpdateItem", "key": {"id": {"S": "1"}}, "update": update}));
            let ours = ours.map(|_| notes.item());
            let same = matches!((&ours, &theirs), (Ok(ours), Ok(theirs)) if item(ours) == item(theirs));
            tally.compare("update", 1, &line, &ours, &theirs, same);
        } else if let Some(case) = line.get("projection") {
            let (projection, theirs) = section(case);
            let get = json!({"operation": "GetItem", "key": {"id": {"S": "1"}}, "projection": projection});
            let ours = Notes::new(["id", ""], &json!([line["item"]])).run(get);
            // Sets come in no order.
            let sorted = |item: Json| sorted(&item);
            let (ours, plain) =
                (ours.map(sorted), theirs.map(|typed| sorted(super::super::item_to_plain(&item(&typed)))));
            tally.compare("projection", 1, &line, &ours, &plain, ours == plain);
        } else {
            let case = &line["query"];
            let (query, theirs) = section(case);
            let ours = queried.run(json!({"operation": "Query", "query": query, "scanIndexForward": line["forward"]}));
            let keys = |page: Json| page["items"].as_array().unwrap().iter().map(|item| item["s"].clone()).collect();
            let ours = ours.map(keys);
            let number = |text: &Json| Attribute::from_typed(&json!({ "N": text }), "s").unwrap().to_plain();
            let plain = theirs.clone().map(|keys| keys.as_array().unwrap().iter().map(number).collect::<Json>());
            tally.compare("query", 1, &line, &ours, &plain, ours == plain);
        }
    }
    let Tally { compared, differences, checked_first, messages } = tally;
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
    let all: usize = compared.values().sum();
    assert!(all - checked_first > 10_000, "{compared:?}, and {checked_first} that only we refuse");
    assert!(messages.0 * 10 >= messages.1 * 7, "messages that begin alike, of all: {messages:?}");
    if std::env::var_os("SHOW_MESSAGES").is_some() {
        eprintln!("{compared:?} checked first {checked_first} messages {messages:?}");
    }
}

/// With every list in the order of its text.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(sorted).collect();
            items.sort_by_key(Json::to_string);
            Json::Array(items)
        }
        Json::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        other => other.clone(),
    }
}

/// `1` for each item that passed, `0` for the others.
fn digits(count: usize, passed: &Json) -> Json {
    let passed: Vec<&str> = passed.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    (0..count).map(|at| if passed.contains(&&*at.to_string()) { '1' } else { '0' }).collect::<String>().into()
}

/// Puts every item over itself under a condition.
fn held(items: &Json, condition: &Json) -> Outcome {
    let mut held = String::new();
    for item in items.as_array().unwrap() {
        let mut values = item.clone();
        let key = values.as_object_mut().unwrap().remove("id").unwrap();
        // With one attribute more than the stored item has, for AppSync counts an equal one as done.
        values["more"] = json!({"BOOL": true});
        let put =
            json!({"operation": "PutItem", "key": {"id": key}, "attributeValues": values, "condition": condition});
        match Notes::new(["id", ""], items).run(put) {
            Ok(_) => held.push('1'),
            Err(message) if message.starts_with("The conditional request failed") => held.push('0'),
            Err(message) => return Err(message),
        }
    }
    Ok(held.into())
}
