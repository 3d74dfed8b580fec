//! GetItem, PutItem, UpdateItem, DeleteItem; and a write as a transaction has several of.

use serde_json::Value as Json;

use super::attribute::{Attribute, Item, item_to_plain};
use super::bind::Binder;
use super::evaluate;
use super::expression::{Condition, Parameter, Update};
use super::failure::{Refusal, with_service};
use super::request::Operation;
use super::session::{Session, project, refuse_empty_key};
use super::size::{MAX_ITEM, item_bytes};
use super::{parse, update, versioning};
use crate::source::Reply;
use crate::source::trace::{ConditionTrace, Fact, Kept, WithheldItem};

/// What `condition` may hold beside its expression.
const CONDITION_EXTRA: &[&str] = &["equalsIgnore", "consistentRead", "conditionalCheckFailedHandler"];

/// GetItem: the item, or null.
pub fn get_item(session: &Session<'_, '_>) -> Result<Reply, Refusal> {
    read_item(session).map(Reply::result)
}

/// The item of a request's key, projected; null when there is none.
pub fn read_item(session: &Session<'_, '_>) -> Result<Json, Refusal> {
    let key = session.key()?;
    let section = session.request.section("projection", &[])?;
    let mut binder = Binder::new([section.as_ref()])?;
    let paths = Session::projected(&mut binder, section.as_ref())?;
    binder.finish()?;
    session.needs_items(Some(&key))?;
    Ok(session.item(&key).map_or(Json::Null, |item| item_to_plain(&project(item, paths.as_deref()))))
}

/// A write to one item, as far as it can be checked without the item.
#[derive(Debug)]
pub struct Write {
    /// The item's key.
    pub key: Item,
    condition: Option<Condition>,
    pub action: Action,
}

/// What a write does.
#[derive(Debug)]
pub enum Action {
    /// Puts the item there.
    Put(Item),
    /// Changes the item.
    Update(Update),
    /// Deletes it.
    Delete,
    /// Only checks the condition.
    Check,
}

impl Write {
    /// Reads a write; `extra` names what its condition may hold beside the expression.
    pub fn read(session: &Session<'_, '_>, extra: &[&str]) -> Result<Write, Refusal> {
        let request = &session.request;
        let put = match request.operation {
            Operation::PutItem => Some(put(session)?),
            _ => None,
        };
        let key = match &put {
            Some(item) => session.key_part(item),
            None => session.key()?,
        };
        let change = match request.operation {
            Operation::UpdateItem => {
                let section = request.section("update", &[])?.ok_or_else(|| request.lacks("update"))?;
                let tree = parse::update(&section.expression).map_err(Refusal::validation)?;
                Some((section, tree))
            }
            _ => None,
        };
        let section = request.section("condition", extra)?;
        if request.operation == Operation::ConditionCheck && section.is_none() {
            return Err(request.lacks("condition"));
        }
        let mut binder = Binder::new([change.as_ref().map(|(section, _)| section), section.as_ref()])?;
        let change = change.as_ref().map(|(section, tree)| binder.update(section, tree)).transpose()?;
        let condition = Session::bound(&mut binder, section.as_ref(), Parameter::Condition)?;
        binder.finish()?;
        let action = match (put, change, request.operation) {
            (Some(item), ..) => Action::Put(item),
            (_, Some(change), _) => Action::Update(change),
            (.., Operation::ConditionCheck) => Action::Check,
            _ => Action::Delete,
        };
        Ok(Write { key, condition, action })
    }

    /// The condition, when it fails on the item or on nothing.
    pub fn failed(&self, current: Option<&Item>) -> Option<&Condition> {
        let nothing = Item::new();
        self.condition.as_ref().filter(|condition| !evaluate::holds(condition, current.unwrap_or(&nothing)))
    }

    /// The item after the write; none when it is deleted.
    pub fn after(&self, session: &Session<'_, '_>, current: Option<&Item>) -> Result<Option<Item>, Refusal> {
        match &self.action {
            Action::Put(item) => Ok(Some(item.clone())),
            Action::Update(change) => {
                let before = current.unwrap_or(&self.key);
                let after = update::apply(change, before, &session.keys).map_err(Refusal::validation)?;
                check_index_keys(session, &after)?;
                if item_bytes(&after) > MAX_ITEM {
                    return Err(Refusal::validation("Item size to update has exceeded the maximum allowed size"));
                }
                Ok(Some(after))
            }
            Action::Delete => Ok(None),
            Action::Check => Ok(current.cloned()),
        }
    }
}

/// The item of a PutItem: its key, and its other attributes.
fn put(session: &Session<'_, '_>) -> Result<Item, Refusal> {
    let mut item = session.request.key()?;
    for (name, value) in session.request.item("attributeValues")?.unwrap_or_default() {
        item.entry(name).or_insert(value);
    }
    check_item(session, &item)?;
    Ok(item)
}

/// DynamoDB's checks of an item that is put.
pub fn check_item(session: &Session<'_, '_>, item: &Item) -> Result<(), Refusal> {
    for name in &session.keys {
        match item.get(name) {
            None => {
                return Err(Refusal::validation(format!(
                    "One or more parameter values were invalid: Missing the key {name} in the item"
                )));
            }
            Some(value) if !session.is_key(name, value) => {
                return Err(Refusal::validation(format!(
                    "One or more parameter values were invalid: Type mismatch for key {name} expected: {} actual: {}",
                    session.key_type(name),
                    value.type_name()
                )));
            }
            Some(value) => refuse_empty_key(name, value)?,
        }
    }
    check_index_keys(session, item)?;
    if item_bytes(item) > MAX_ITEM {
        return Err(Refusal::validation("Item size has exceeded the maximum allowed size"));
    }
    Ok(())
}

/// PutItem: the item as written. UpdateItem: the item after the update, all of it. DeleteItem: the deleted item, or
/// null; a versioned table marks the item as deleted and keeps it.
pub fn write_item(session: &mut Session<'_, '_>) -> Result<Reply, Refusal> {
    let write = Write::read(session, CONDITION_EXTRA)?;
    if !matches!(write.action, Action::Put(_)) {
        session.needs_items(Some(&write.key))?;
    }
    let current = session.item(&write.key).cloned();
    if let Some(condition) = write.failed(current.as_ref()) {
        session.needs_items(Some(&write.key))?;
        return when_condition_failed(session, condition, &write, current.as_ref());
    }
    let kept = held(session, &write, current.as_ref());
    let (stored, shown) = match (write.after(session, current.as_ref())?, current) {
        (None, None) => return Ok(Reply::result(Json::Null)),
        (after, current) if session.table.versioned => {
            let item = versioning::settle(session, &write, current.as_ref(), after)?;
            (Some(item.clone()), item)
        }
        (Some(after), _) => (Some(after.clone()), after),
        (None, Some(current)) => (None, current),
    };
    session.store(&write.key, stored);
    Ok(Reply::Result { value: item_to_plain(&shown), withheld: None, kept })
}

/// The record that a write's condition held on, when that was asked for.
fn held(session: &Session<'_, '_>, write: &Write, current: Option<&Item>) -> Option<Box<Kept>> {
    let (condition, item) = (write.condition.as_ref().filter(|_| session.call.tell_kept)?, current?);
    let trace = traced(session, condition, &write.key, current);
    let item = WithheldItem { key: trace.key, item: item_to_plain(item), atoms: trace.atoms };
    Some(Box::new(Kept { table: trace.table, expression: trace.condition, items: vec![item], count: 1, scanned: 1 }))
}

/// An attribute that is the key of an index may be absent, but it may not be of a type that cannot be a key:
/// Amplify users meet this when they set a field of an index to null.
fn check_index_keys(session: &Session<'_, '_>, item: &Item) -> Result<(), Refusal> {
    for (index, names) in &session.table.indexes {
        for name in names {
            match item.get(name) {
                Some(value) if !session.is_key(name, value) => {
                    return Err(Refusal::validation(format!(
                        "One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: {} \
                         Actual: {} IndexName: {index}",
                        session.key_type(name),
                        value.type_name()
                    )));
                }
                Some(Attribute::S(text)) if text.is_empty() => {
                    return Err(Refusal::validation(format!(
                        "One or more parameter values are not valid. A value specified for a secondary index key is \
                         not supported. The AttributeValue for a key attribute cannot contain an empty string value. \
                         IndexName: {index}, IndexKey: {name}"
                    )));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// AppSync's way with a failed condition (documented under "Handling a condition check failure"): when the table
/// already holds what the operation wanted, it counts as done; else the handler decides, `Reject` by default.
fn when_condition_failed(
    session: &Session<'_, '_>,
    condition: &Condition,
    write: &Write,
    current: Option<&Item>,
) -> Result<Reply, Refusal> {
    match (&write.action, current) {
        (Action::Put(item), Some(current)) if same_but(item, current, &ignored(session)) => {
            return Ok(Reply::result(item_to_plain(current)));
        }
        (Action::Delete, None) => return Ok(Reply::result(Json::Null)),
        _ => {}
    }
    let strategy = session.request.condition_member("conditionalCheckFailedHandler");
    if strategy.and_then(|handler| handler.get("strategy")).and_then(Json::as_str) == Some("Custom") {
        let lambda = strategy.and_then(|handler| handler.get("lambdaArn")).and_then(Json::as_str).unwrap_or("");
        return Err(Refusal::Missing(Fact::new(
            format!("answer of the conditional check failed handler {lambda}"),
            "the condition failed, and a Lambda function decides what becomes of the request",
            "the strategy `Reject` in the request template",
            session.call.request,
        )));
    }
    Ok(Reply::Failed {
        message: with_service("The conditional request failed"),
        error_type: "DynamoDB:ConditionalCheckFailedException".into(),
        data: current.map_or(Json::Null, item_to_plain),
        why: Some(Box::new(traced(session, condition, &write.key, current))),
    })
}

/// What a failed condition saw.
pub fn traced(session: &Session<'_, '_>, condition: &Condition, key: &Item, current: Option<&Item>) -> ConditionTrace {
    ConditionTrace {
        table: session.name.clone(),
        key: item_to_plain(key),
        item: current.map(item_to_plain),
        condition: condition.to_string(),
        atoms: evaluate::trace(condition, current.unwrap_or(&Item::new())),
    }
}

fn ignored<'j>(session: &Session<'j, '_>) -> Vec<&'j str> {
    let list = session.request.condition_member("equalsIgnore").and_then(Json::as_array);
    list.into_iter().flatten().filter_map(Json::as_str).collect()
}

fn same_but(one: &Item, other: &Item, ignored: &[&str]) -> bool {
    let kept = |item: &Item| -> Item {
        item.iter()
            .filter(|(name, _)| !ignored.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    kept(one) == kept(other)
}
