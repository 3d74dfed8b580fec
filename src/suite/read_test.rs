//! Tests, steps and expectations.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::document::{At, Kind, Node};
use super::model::{Action, Expectation, Scenario, Spot, Step, Test, Wanted, Written};
use super::read::{self, Opened, is_note};
use super::reader::{Known, NOTE, Reader};
use super::substitute;
use crate::causes;
use crate::error::{Error, Result};
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

/// What holds for tests and steps that do not say otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Defaults {
    /// Whether the suite has a clock of its own.
    pub(super) now: bool,
    /// Whether reports are held against snapshots.
    pub(super) snapshot: bool,
}

impl Defaults {
    /// With what the suite, a test or a step says itself.
    pub(super) fn overridden(self, reader: Reader<'_>, members: Known<'_>) -> Result<Defaults> {
        let Some(node) = members.get("snapshot") else { return Ok(self) };
        let Kind::Scalar(Json::Bool(snapshot)) = node.kind else {
            return Err(reader.wrong(node, "`snapshot`", "`true` or `false`"));
        };
        if snapshot && !self.now {
            return Err(reader
                .error(node.at, "a snapshot needs a clock: the suite has no `now`")
                .help("add one, such as `now: 2026-01-15T12:00:00Z`, so that every run sees the same time"));
        }
        Ok(Defaults { snapshot, ..self })
    }
}

/// One of a suite's tests; `identities` are the names that it may use.
pub(super) fn test(
    reader: Reader<'_>,
    node: &Node,
    index: usize,
    identities: &[&str],
    (defaults, opened): (Defaults, &mut Opened),
) -> Result<Test> {
    let keys = [ACTION, &["name", "data", "responses", "expect", "steps", "snapshot", NOTE]].concat();
    let members = reader.known(node, "a test", &keys)?;
    let defaults = reader.noted(defaults.overridden(reader, members)).unwrap_or(defaults);
    let name = match members.get("name") {
        Some(node) => reader.scalar(node, "`name`")?,
        None => format!("test {}", index + 1),
    };
    let data = members.get("data").map(|node| read::data(reader, node, opened)).transpose()?;
    let responses = members.get("responses").map(|node| reader.object(node, "`responses`")).transpose()?;
    let scenario = match members.get("steps") {
        Some(steps) => {
            if let Some((key, at)) =
                [ACTION, &["expect"]].concat().iter().find_map(|key| Some((*key, members.key_at(key)?)))
            {
                return Err(reader.error(at, format!("`{key}` stands beside `steps`")).help("put it into a step"));
            }
            Scenario::Story(story(reader, steps, identities, defaults)?)
        }
        None => {
            let action = reader.noted(action(reader, node, members, "a test"));
            let expect = match members.get("expect") {
                Some(expected) => expect(reader, expected, identities)?,
                // The snapshot says what becomes of everybody.
                None if defaults.snapshot && !identities.is_empty() => {
                    let anything = || Expectation {
                        written: Json::Object(Map::new()),
                        at: Spot(members.key_at("snapshot").unwrap_or(node.at)),
                        ..Expectation::default()
                    };
                    identities.iter().map(|name| ((*name).to_owned(), anything())).collect()
                }
                None if members.misspelt => Vec::new(),
                None => {
                    let error = reader.error(node.at, format!("test `{name}` has no `expect`"));
                    return Err(error.help("say who may: `expect: { bob: allow, \"*\": deny }`"));
                }
            };
            Scenario::Callers { action: action.unwrap_or_else(nothing), expect }
        }
    };
    Ok(Test { name, data, responses, scenario, snapshot: defaults.snapshot, file_name: String::new() })
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
                at: Box::new(Written {
                    whole: field.at,
                    keys: members.get("arguments").map(Node::keys).unwrap_or_default(),
                    ..Written::default()
                }),
            })
        }
        (None, Some(query)) => {
            if let Some(error) = alien(&["arguments", "source"], "query") {
                return Err(error.help("they belong to `field`"));
            }
            let operation_name = members.get("operationName").map(|node| reader.text(node, "`operationName`"));
            let text = reader.text(query, "`query`")?;
            Ok(Action::Query {
                at: Box::new(Written { whole: query.at, lines: reader.lines_of(query, &text), ..Written::default() }),
                query: text,
                variables: object("variables")?,
                operation_name: operation_name.transpose()?,
            })
        }
        (Some(_), Some(query)) => Err(reader.error(query.at, format!("{what} has both `field` and `query`"))),
        (None, None) if members.misspelt => Ok(nothing()),
        (None, None) => Err(reader
            .error(node.at, format!("{what} has neither `field` nor `query`"))
            .help("a test asks for one resolver (`field`), for a GraphQL document (`query`), or in `steps`")),
    }
}

fn story(reader: Reader<'_>, node: &Node, identities: &[&str], defaults: Defaults) -> Result<Vec<Step>> {
    let mut saved: Vec<String> = Vec::new();
    let nodes = reader.items(node, "`steps`")?;
    if nodes.is_empty() {
        return Err(reader.error(node.at, "the story has no steps"));
    }
    Ok(nodes.iter().filter_map(|node| reader.noted(step(reader, node, identities, &mut saved, defaults))).collect())
}

fn step(
    reader: Reader<'_>,
    node: &Node,
    identities: &[&str],
    saved: &mut Vec<String>,
    defaults: Defaults,
) -> Result<Step> {
    let keys = [ACTION, &["as", "expect", "save", "snapshot", NOTE]].concat();
    let members = reader.known(node, "a step", &keys)?;
    let snapshot = reader.noted(defaults.overridden(reader, members)).unwrap_or(defaults).snapshot;
    for key in ["query", "variables", "arguments", "source", "expect"] {
        if let Some(node) = members.get(key) {
            reader.noted(references(reader, node, saved));
        }
    }
    let mut save = IndexMap::new();
    if let Some(node) = members.get("save") {
        for member in reader.noted(reader.members(node, "`save`")).unwrap_or_default() {
            save.extend(
                reader.noted(reader.text(&member.value, "a path of `save`")).map(|path| (member.key.clone(), path)),
            );
            saved.push(member.key.clone());
        }
    }
    let action = reader.noted(action(reader, node, members, "a step"));
    let expect = match members.get("expect") {
        Some(node) => reader.noted(expectation(reader, node)),
        // A step that only prepares must have worked, or the later ones say nothing.
        None => Some(Expectation { decision: Some(Wanted::Allow), written: "allow".into(), ..Expectation::default() }),
    };
    let place = Spot(members.key_at("expect").unwrap_or(node.at));
    let expect = expect.map(|expect| Expectation { at: place, ..expect });
    let Some(who) = members.get("as") else {
        return Err(reader.error(node.at, "the step has no `as`: who takes it?"));
    };
    let identity = reader.text(who, "`as`")?;
    if !identities.contains(&identity.as_str()) {
        return Err(unknown_identity(reader, who.at, &identity, identities));
    }
    // What is missing was noted as a mistake, and nothing of the suite is run.
    Ok(Step { identity, action: action.unwrap_or_else(nothing), expect: expect.unwrap_or_default(), save, snapshot })
}

/// In the place of an action that has a mistake.
fn nothing() -> Action {
    Action::Query { query: String::new(), variables: Map::new(), operation_name: None, at: Box::default() }
}

fn unknown_identity(reader: Reader<'_>, at: At, name: &str, known: &[&str]) -> Error {
    let error = reader.unknown(at, "identity", name, known);
    if known.is_empty() {
        error.help("describe the callers under `identities`, or `include` a file that does")
    } else {
        error
    }
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
    let mut mistaken = false;
    for member in members {
        let name = member.key.as_str();
        if name != "*" && !identities.contains(&name) {
            if !is_note(member) {
                reader.mistakes.add(unknown_identity(reader, member.at, name, identities));
                mistaken = true;
            }
            continue;
        }
        let Some(expectation) = reader.noted(expectation(reader, &member.value)) else {
            mistaken = true;
            continue;
        };
        let expectation = Expectation { at: Spot(member.at), ..expectation };
        if name == "*" {
            let others = identities.iter().filter(|other| !named.contains(other));
            expected.extend(others.map(|other| ((*other).to_owned(), expectation.clone())));
        } else {
            expected.push((name.to_owned(), expectation));
        }
    }
    if expected.is_empty() && !mistaken {
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
    let text = |key: &str| members.get(key).and_then(|node| reader.noted(reader.text(node, &format!("`{key}`"))));
    let items = members.get("items").map(|node| match &node.kind {
        Kind::Scalar(Json::Number(n)) => n.as_u64().and_then(|n| usize::try_from(n).ok()),
        _ => None,
    });
    let mut fields = IndexMap::new();
    if let Some(node) = members.get("fields") {
        for member in reader.members(node, "`fields`")? {
            let wanted = reader.noted(reader.one_of(&member.value, "decision", &Wanted::ALL));
            fields.extend(wanted.map(|wanted| (member.key.clone(), wanted)));
        }
    }
    if let (Some(None), Some(node)) = (items, members.get("items")) {
        reader.mistakes.add(reader.wrong(node, "`items`", "a number of rows"));
    }
    let cause = members.get("cause").and_then(|node| reader.noted(cause(reader, node)));
    let decision = |node| reader.noted(reader.one_of(node, "decision", &Wanted::ALL));
    Ok(Expectation {
        decision: members.get("decision").and_then(decision),
        stage: members.get("stage").and_then(|node| reader.noted(reader.one_of(node, "stage", &STAGES))),
        error_type: text("errorType"),
        message: text("message"),
        site: text("site"),
        cause,
        data: members.get("data").map(Node::to_json),
        items: items.flatten(),
        fields,
        written: without_note(node.to_json()),
        at: Spot(node.at),
    })
}

/// The code of a cause.
fn cause(reader: Reader<'_>, node: &Node) -> Result<String> {
    let code = reader.text(node, "`cause`")?;
    if causes::find(&code).is_some() {
        return Ok(code);
    }
    let error = reader.error(node.at, format!("there is no cause `{code}`"));
    Err(match causes::nearest_code(&code) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`vtlens why` lists them all"),
    })
}

fn without_note(mut json: Json) -> Json {
    if let Some(members) = json.as_object_mut() {
        members.shift_remove(NOTE);
    }
    json
}
