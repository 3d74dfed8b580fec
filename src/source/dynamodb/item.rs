//! GetItem, PutItem, UpdateItem, DeleteItem.

use serde_json::Value as Json;

use super::attribute::{Attribute, Item, item_to_plain};
use super::bind::Binder;
use super::evaluate;
use super::expression::{Condition, Parameter};
use super::failure::{Refusal, with_service};
use super::session::{Session, is_key_type, project, refuse_empty_key};
use super::{parse, update, versioning};
use crate::source::Reply;
use crate::source::trace::{ConditionTrace, Fact};

/// What `condition` may hold beside its expression.
const CONDITION_EXTRA: &[&str] = &["equalsIgnore", "consistentRead", "conditionalCheckFailedHandler"];

/// GetItem: the item, or null.
pub fn get_item(session: &mut Session<'_>) -> Result<Reply, Refusal> {
    let key = session.key()?;
    let section = session.request.section("projection", &[])?;
    let mut binder = Binder::new([section.as_ref()])?;
    let paths = Session::projected(&mut binder, section.as_ref())?;
    binder.finish()?;
    session.needs_items(Some(&key))?;
    let item = session.position(&key).and_then(|at| session.items().get(at));
    Ok(Reply::result(item.map_or(Json::Null, |item| item_to_plain(&project(item, paths.as_deref())))))
}

/// PutItem: the item as written.
pub fn put_item(session: &mut Session<'_>) -> Result<Reply, Refusal> {
    let key = session.request.key()?;
    let mut item = key.clone();
    for (name, value) in session.request.item("attributeValues")?.unwrap_or_default() {
        item.entry(name).or_insert(value);
    }
    let names = session.key_names();
    for name in &names {
        match item.get(name) {
            None => {
                return Err(Refusal::validation(format!(
                    "One or more parameter values were invalid: Missing the key {name} in the item"
                )));
            }
            Some(value) if !is_key_type(value) => {
                return Err(Refusal::validation(format!(
                    "One or more parameter values were invalid: Type mismatch for key {name} expected: S actual: {}",
                    value.type_name()
                )));
            }
            Some(value) => refuse_empty_key(name, value)?,
        }
    }
    refuse_null_index_keys(session, &item)?;
    let section = session.request.section("condition", CONDITION_EXTRA)?;
    let mut binder = Binder::new([section.as_ref()])?;
    let condition = Session::bound(&mut binder, section.as_ref(), Parameter::Condition)?;
    binder.finish()?;

    let key = super::session::key_part(&item, &names);
    let at = session.position(&key);
    let current = at.and_then(|at| session.items().get(at)).cloned();
    if let Some(failed) = failed(condition.as_ref(), current.as_ref()) {
        session.needs_items(Some(&key))?;
        return when_condition_failed(session, failed, &key, current, Desired::Item(&item));
    }
    versioning::agree(session, current.as_ref())?;
    if session.table.versioned {
        versioning::stamp(session, &mut item, current.as_ref());
    }
    let value = item_to_plain(&item);
    write(session, at, Some(item));
    Ok(Reply::result(value))
}

/// UpdateItem: the item after the update, all of it.
pub fn update_item(session: &mut Session<'_>) -> Result<Reply, Refusal> {
    let key = session.key()?;
    let change = session.request.section("update", &[])?.ok_or_else(|| Refusal::not_found("$[update]"))?;
    let section = session.request.section("condition", CONDITION_EXTRA)?;
    let tree = parse::update(&change.expression).map_err(Refusal::validation)?;
    let mut binder = Binder::new([Some(&change), section.as_ref()])?;
    let bound = binder.update(&change, &tree)?;
    let condition = Session::bound(&mut binder, section.as_ref(), Parameter::Condition)?;
    binder.finish()?;
    session.needs_items(Some(&key))?;

    let at = session.position(&key);
    let current = at.and_then(|at| session.items().get(at)).cloned();
    if let Some(failed) = failed(condition.as_ref(), current.as_ref()) {
        return when_condition_failed(session, failed, &key, current, Desired::Unknown);
    }
    versioning::agree(session, current.as_ref())?;
    let before = current.clone().unwrap_or_else(|| key.clone());
    let mut after = update::apply(&bound, &before, &session.key_names()).map_err(Refusal::validation)?;
    refuse_null_index_keys(session, &after)?;
    if session.table.versioned {
        versioning::stamp(session, &mut after, current.as_ref());
    }
    let value = item_to_plain(&after);
    write(session, at, Some(after));
    Ok(Reply::result(value))
}

/// DeleteItem: the deleted item, or null. A versioned table marks the item as deleted and keeps it.
pub fn delete_item(session: &mut Session<'_>) -> Result<Reply, Refusal> {
    let key = session.key()?;
    let section = session.request.section("condition", CONDITION_EXTRA)?;
    let mut binder = Binder::new([section.as_ref()])?;
    let condition = Session::bound(&mut binder, section.as_ref(), Parameter::Condition)?;
    binder.finish()?;
    session.needs_items(Some(&key))?;

    let at = session.position(&key);
    let current = at.and_then(|at| session.items().get(at)).cloned();
    if let Some(failed) = failed(condition.as_ref(), current.as_ref()) {
        return when_condition_failed(session, failed, &key, current, Desired::Absent);
    }
    let Some(mut item) = current else { return Ok(Reply::result(Json::Null)) };
    versioning::agree(session, Some(&item))?;
    if session.table.versioned {
        let before = item.clone();
        versioning::stamp(session, &mut item, Some(&before));
        item.insert("_deleted".into(), Attribute::Bool(true));
        let value = item_to_plain(&item);
        write(session, at, Some(item));
        return Ok(Reply::result(value));
    }
    write(session, at, None);
    Ok(Reply::result(item_to_plain(&item)))
}

fn write(session: &mut Session<'_>, at: Option<usize>, item: Option<Item>) {
    let items = session.items_mut();
    match (at, item) {
        (Some(at), Some(item)) => {
            if let Some(slot) = items.get_mut(at) {
                *slot = item;
            }
        }
        (None, Some(item)) => items.push(item),
        (Some(at), None) if at < items.len() => {
            items.remove(at);
        }
        _ => {}
    }
}

/// An attribute that is the key of an index may be absent, but it may not be of a type that cannot be a key:
/// Amplify users meet this when they set a field of an index to null.
fn refuse_null_index_keys(session: &Session<'_>, item: &Item) -> Result<(), Refusal> {
    for (index, names) in &session.table.indexes {
        for name in names {
            match item.get(name) {
                Some(value) if !is_key_type(value) => {
                    return Err(Refusal::validation(format!(
                        "One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: S \
                         Actual: {} IndexName: {index}",
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

/// The condition when it fails on the item, or on nothing.
fn failed<'c>(condition: Option<&'c Condition>, current: Option<&Item>) -> Option<&'c Condition> {
    let nothing = Item::new();
    condition.filter(|condition| !evaluate::holds(condition, current.unwrap_or(&nothing)))
}

/// What the operation wanted the table to hold.
enum Desired<'i> {
    Item(&'i Item),
    Absent,
    Unknown,
}

/// AppSync's way with a failed condition (documented under "Handling a condition check failure"): when the table
/// already holds what the operation wanted, it counts as done; else the handler decides, `Reject` by default.
fn when_condition_failed(
    session: &Session<'_>,
    condition: &Condition,
    key: &Item,
    current: Option<Item>,
    desired: Desired<'_>,
) -> Result<Reply, Refusal> {
    match (&desired, &current) {
        (Desired::Item(item), Some(current)) if same_but(item, current, &ignored(session)) => {
            return Ok(Reply::result(item_to_plain(current)));
        }
        (Desired::Absent, None) => return Ok(Reply::result(Json::Null)),
        _ => {}
    }
    let strategy = session.request.condition_member("conditionalCheckFailedHandler");
    if strategy.and_then(|handler| handler.get("strategy")).and_then(Json::as_str) == Some("Custom") {
        let lambda = strategy.and_then(|handler| handler.get("lambdaArn")).and_then(Json::as_str).unwrap_or("");
        return Err(Refusal::Missing(Fact::new(
            format!("answer of the conditional check failed handler {lambda}"),
            "the condition failed, and a Lambda function decides what becomes of the request",
            "the strategy `Reject` in the request template",
            session.request.json,
        )));
    }
    let nothing = Item::new();
    let data = current.as_ref().map_or(Json::Null, item_to_plain);
    Ok(Reply::Failed {
        message: with_service("The conditional request failed"),
        error_type: "DynamoDB:ConditionalCheckFailedException".into(),
        data: data.clone(),
        why: Some(Box::new(ConditionTrace {
            table: session.name.clone(),
            key: item_to_plain(key),
            item: current.as_ref().map(|_| data),
            condition: condition.to_string(),
            atoms: evaluate::trace(condition, current.as_ref().unwrap_or(&nothing)),
        })),
    })
}

fn ignored<'j>(session: &Session<'j>) -> Vec<&'j str> {
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
