//! Tests, steps and expectations.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::document::{Kind, Node};
use super::model::{Action, Expectation, Scenario, Spot, Step, Test, Wanted};
use super::read::{self, is_note};
use super::reader::{Known, NOTE, Reader};
use super::substitute;
use crate::error::Result;
use crate::verdict::Stage;

const ACTION: &[&str] = &["field", "arguments", "source", "query", "variables", "operationName"];
const STAGES: [(&str, Stage); 7] = [
    ("gate", Stage::Gate),
    ("schema", Stage::Schema),
    ("iam", Stage::Iam),
    ("authorizer", Stage::Authorizer),
    ("resolver", Stage::Resolver),
    ("source", Stage::Source),
    ("propagation", Stage::Propagation),
];

/// One of a suite's tests; `identities` are the names that it may use, `folder` is where the suite lies.
pub(super) fn test(reader: Reader<'_>, node: &Node, index: usize, identities: &[&str], folder: &Path) -> Result<Test> {
    let keys = [ACTION, &["name", "data", "responses", "expect", "steps", "snapshot", NOTE]].concat();
    let members = reader.known(node, "a test", &keys)?;
    no_snapshots(reader, members)?;
    let name = match members.get("name") {
        Some(node) => reader.scalar(node, "`name`")?,
        None => format!("test {}", index + 1),
    };
    let data = members.get("data").map(|node| read::data(reader, node, folder)).transpose()?;
    let responses = members.get("responses").map(|node| reader.object(node, "`responses`")).transpose()?;
    let scenario = match members.get("steps") {
        Some(steps) => {
            if let Some((key, at)) =
                [ACTION, &["expect"]].concat().iter().find_map(|key| Some((*key, members.key_at(key)?)))
            {
                return Err(reader.error(at, format!("`{key}` stands beside `steps`")).help("put it into a step"));
            }
            Scenario::Story(story(reader, steps, identities)?)
        }
        None => {
            let action = action(reader, node, members, "a test")?;
            let Some(expected) = members.get("expect") else {
                return Err(reader.error(node.at, format!("test `{name}` has no `expect`")));
            };
            Scenario::Callers { action, expect: expect(reader, expected, identities)? }
        }
    };
    Ok(Test { name, data, responses, scenario })
}

/// `snapshot: true` is not there yet; a suite that counts on it must not pass without it.
pub(super) fn no_snapshots(reader: Reader<'_>, members: Known<'_>) -> Result<()> {
    match members.get("snapshot") {
        Some(node) if !matches!(node.kind, Kind::Scalar(Json::Bool(false))) => {
            Err(reader.error(node.at, "`snapshot` is not there yet").help("take it out, and say what is expected"))
        }
        _ => Ok(()),
    }
}

fn action(reader: Reader<'_>, node: &Node, members: Known<'_>, what: &str) -> Result<Action> {
    let object = |key: &str| match members.get(key) {
        Some(node) => reader.object(node, &format!("`{key}`")),
        None => Ok(Map::new()),
    };
    let alien = |keys: &[&str], owner: &str| {
        let found = keys.iter().find_map(|key| Some((*key, members.key_at(key)?)));
        found.map(|(key, at)| reader.error(at, format!("`{key}` stands beside `{owner}`")))
    };
    match (members.get("field"), members.get("query")) {
        (Some(field), None) => {
            if let Some(error) = alien(&["variables", "operationName"], "field") {
                return Err(error.help("they belong to `query`"));
            }
            let named = reader.text(field, "`field`")?;
            let Some((parent_type, name)) = named.split_once('.') else {
                return Err(reader
                    .error(field.at, format!("`{named}` is no field"))
                    .help("name the type too, as in `Mutation.updatePost`"));
            };
            Ok(Action::Field {
                parent_type: parent_type.to_owned(),
                field: name.to_owned(),
                arguments: object("arguments")?,
                source: members.get("source").map_or(Json::Null, Node::to_json),
                at: Spot(field.at),
            })
        }
        (None, Some(query)) => {
            if let Some(error) = alien(&["arguments", "source"], "query") {
                return Err(error.help("they belong to `field`"));
            }
            let operation_name = members.get("operationName").map(|node| reader.text(node, "`operationName`"));
            Ok(Action::Query {
                query: reader.text(query, "`query`")?,
                variables: object("variables")?,
                operation_name: operation_name.transpose()?,
            })
        }
        (Some(_), Some(query)) => Err(reader.error(query.at, format!("{what} has both `field` and `query`"))),
        (None, None) => Err(reader
            .error(node.at, format!("{what} has neither `field` nor `query`"))
            .help("a test asks for one resolver (`field`), for a GraphQL document (`query`), or in `steps`")),
    }
}

fn story(reader: Reader<'_>, node: &Node, identities: &[&str]) -> Result<Vec<Step>> {
    let mut saved: Vec<String> = Vec::new();
    let mut steps = Vec::new();
    for node in reader.items(node, "`steps`")? {
        let keys = [ACTION, &["as", "expect", "save", NOTE]].concat();
        let members = reader.known(node, "a step", &keys)?;
        let Some(who) = members.get("as") else {
            return Err(reader.error(node.at, "the step has no `as`: who takes it?"));
        };
        let identity = reader.text(who, "`as`")?;
        if !identities.contains(&identity.as_str()) {
            return Err(reader.unknown(who.at, "identity", &identity, identities));
        }
        for key in ["query", "variables", "arguments", "source", "expect"] {
            if let Some(node) = members.get(key) {
                references(reader, node, &saved)?;
            }
        }
        let action = action(reader, node, members, "a step")?;
        let expect = match members.get("expect") {
            Some(node) => expectation(reader, node)?,
            // A step that only prepares must have worked, or the later ones say nothing.
            None => Expectation { decision: Some(Wanted::Allow), written: "allow".into(), ..Expectation::default() },
        };
        let mut save = IndexMap::new();
        if let Some(node) = members.get("save") {
            for member in reader.members(node, "`save`")? {
                save.insert(member.key.clone(), reader.text(&member.value, "a path of `save`")?);
                saved.push(member.key.clone());
            }
        }
        steps.push(Step { identity, action, expect, save });
    }
    if steps.is_empty() {
        return Err(reader.error(node.at, "the story has no steps"));
    }
    Ok(steps)
}

/// Every `${name}` must have been saved by a step before.
fn references(reader: Reader<'_>, node: &Node, saved: &[String]) -> Result<()> {
    match &node.kind {
        Kind::Scalar(Json::String(text)) => {
            let unknown = substitute::names(text).find(|name| !saved.iter().any(|known| known == name));
            let known: Vec<&str> = saved.iter().map(String::as_str).collect();
            unknown.map_or(Ok(()), |name| Err(reader.unknown(node.at, "saved value", name, &known)))
        }
        Kind::Scalar(_) => Ok(()),
        Kind::List(items) => items.iter().try_for_each(|item| references(reader, item, saved)),
        Kind::Map(members) => members.iter().try_for_each(|member| references(reader, &member.value, saved)),
    }
}

/// Who, and what is expected: as named, and for `*` all the others.
fn expect(reader: Reader<'_>, node: &Node, identities: &[&str]) -> Result<Vec<(String, Expectation)>> {
    let members = reader.members(node, "`expect`")?;
    let named: Vec<&str> = members.iter().map(|member| member.key.as_str()).collect();
    let mut expected = Vec::new();
    for member in members {
        let name = member.key.as_str();
        if name == "*" {
            let others = identities.iter().filter(|other| !named.contains(other));
            let expectation = expectation(reader, &member.value)?;
            expected.extend(others.map(|other| ((*other).to_owned(), expectation.clone())));
        } else if identities.contains(&name) {
            expected.push((name.to_owned(), expectation(reader, &member.value)?));
        } else if !is_note(member) {
            return Err(reader.unknown(member.at, "identity", name, identities));
        }
    }
    if expected.is_empty() {
        return Err(reader.error(node.at, "`expect` names nobody").help("write `{ bob: allow, \"*\": deny }`"));
    }
    Ok(expected)
}

fn expectation(reader: Reader<'_>, node: &Node) -> Result<Expectation> {
    const KEYS: &[&str] =
        &["decision", "stage", "errorType", "message", "site", "cause", "data", "items", "fields", NOTE];
    if let Kind::Scalar(_) = node.kind {
        let decision = Some(reader.one_of(node, "decision", &Wanted::ALL)?);
        return Ok(Expectation { decision, written: node.to_json(), ..Expectation::default() });
    }
    let members = reader.known(node, "an expectation", KEYS)?;
    let text = |key: &str| members.get(key).map(|node| reader.text(node, &format!("`{key}`"))).transpose();
    let items = members.get("items").map(|node| match &node.kind {
        Kind::Scalar(Json::Number(n)) => n.as_u64().and_then(|n| usize::try_from(n).ok()),
        _ => None,
    });
    let mut fields = IndexMap::new();
    if let Some(node) = members.get("fields") {
        for member in reader.members(node, "`fields`")? {
            fields.insert(member.key.clone(), reader.one_of(&member.value, "decision", &Wanted::ALL)?);
        }
    }
    let expectation = Expectation {
        decision: members.get("decision").map(|node| reader.one_of(node, "decision", &Wanted::ALL)).transpose()?,
        stage: members.get("stage").map(|node| reader.one_of(node, "stage", &STAGES)).transpose()?,
        error_type: text("errorType")?,
        message: text("message")?,
        site: text("site")?,
        cause: text("cause")?,
        data: members.get("data").map(Node::to_json),
        items: items.flatten(),
        fields,
        written: without_note(node.to_json()),
    };
    if let (Some(None), Some(node)) = (items, members.get("items")) {
        return Err(reader.wrong(node, "`items`", "a number of rows"));
    }
    Ok(expectation)
}

fn without_note(mut json: Json) -> Json {
    if let Some(members) = json.as_object_mut() {
        members.shift_remove(NOTE);
    }
    json
}
