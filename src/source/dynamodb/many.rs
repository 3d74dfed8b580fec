//! BatchGetItem, BatchPutItem, BatchDeleteItem, TransactGetItems, TransactWriteItems: requests that name their tables.

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::attribute::{Item, item_to_plain};
use super::bind::Binder;
use super::failure::{Refusal, with_service};
use super::item::{Action, Write, check_item, read_item, traced};
use super::request::{Operation, Request, section_of, typed_members};
use super::session::{Declared, Session, project};
use crate::api::{DataSourceKind, Table};
use crate::json_file::nearest;
use crate::source::data::{Data, TableData};
use crate::source::trace::Fact;
use crate::source::{Answer, Call, Reply};

/// The most keys a BatchGetItem reads, and elements a transaction has.
const MAX_READ: usize = 100;
/// The most items a BatchPutItem or BatchDeleteItem writes.
const MAX_WRITTEN: usize = 25;

/// Carries out a batch or a transaction.
pub fn execute(call: &Call<'_>, own: Declared<'_>, request: Request<'_>, data: &mut Data) -> Answer {
    let mut many = Many { call, own, request, data, unknown: Vec::new() };
    let reply = match request.operation {
        Operation::TransactGetItems => many.transact_get(),
        Operation::TransactWriteItems => many.transact_write(),
        _ => many.batch(),
    };
    Answer { reply: reply.unwrap_or_else(Refusal::into_reply), unknown_tables: many.unknown }
}

struct Many<'a, 'd> {
    call: &'a Call<'a>,
    own: Declared<'a>,
    request: Request<'a>,
    data: &'d mut Data,
    /// Tables whose items nobody gave.
    unknown: Vec<String>,
}

/// A table that a request names.
struct Named<'a> {
    source: &'a str,
    table: Cow<'a, Table>,
}

impl Named<'_> {
    fn declared(&self) -> Declared<'_> {
        Declared { source: self.source, table: &self.table }
    }
}

impl<'a> Many<'a, '_> {
    /// The table of a name: one of the API's, else one of which items were given. Whether the data source's role may
    /// use it is not checked.
    fn table(&self, name: &'a str) -> Result<Named<'a>, Refusal> {
        if self.own.table.name == name {
            return Ok(Named { source: self.own.source, table: Cow::Borrowed(self.own.table) });
        }
        let declared = self.call.tables.iter().filter_map(|source| match &source.kind {
            DataSourceKind::DynamoDb(table) => Some((source.name.as_str(), table)),
            _ => None,
        });
        let mut names = vec![self.own.table.name.as_str()];
        for (source, table) in declared {
            if table.name == name {
                return Ok(Named { source, table: Cow::Borrowed(table) });
            }
            names.push(&table.name);
        }
        if self.data.table(name).is_some_and(TableData::is_given) {
            let table = Table { name: name.to_owned(), ..Table::default() };
            return Ok(Named { source: name, table: Cow::Owned(table) });
        }
        let meant = nearest(name, &names).map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
        Err(Refusal::Missing(
            Fact::new(
                format!("items of table {name}"),
                format!("the request names table `{name}`, which no data source of this API stands for{meant}"),
                "--data",
                self.call.request,
            )
            .with_fixture(json!({ name: [] })),
        ))
    }

    /// Opens a table; one that declares no keys has those of `key`.
    fn open<'s>(&'s mut self, named: &'s Named<'s>, request: Request<'s>, key: Option<&Item>) -> Session<'s, 's> {
        let mut session = Session::open(self.call, named.declared(), request, self.data);
        if let (true, Some(key)) = (session.table.keys.is_empty(), key) {
            session.keys = key.keys().cloned().collect();
        }
        if !session.known && !self.unknown.contains(&session.name) {
            self.unknown.push(session.name.clone());
        }
        session
    }

    fn batch(&mut self) -> Result<Reply, Refusal> {
        let operation = self.request.operation;
        let tables = self.request.object("tables")?;
        let mut count = 0usize;
        let mut planned = Vec::new();
        for (name, value) in tables {
            let place = format!("$[tables][{name}]");
            let list = match (operation, value) {
                (Operation::BatchGetItem, Json::Object(members)) => {
                    let place = format!("{place}[keys]");
                    members.get("keys").ok_or_else(|| Refusal::not_found(&place)).map(|keys| (keys, place))?
                }
                (Operation::BatchGetItem, other) => return Err(Refusal::wrong_type(&place, "OBJECT", other)),
                (_, list) => (list, place.clone()),
            };
            let (list, at) = list;
            let list = list.as_array().ok_or_else(|| Refusal::wrong_type(&at, "ARRAY", list))?;
            let items = list.iter().enumerate().map(|(index, item)| typed_members(item, &format!("{at}[{index}]")));
            let items = items.collect::<Result<Vec<Item>, Refusal>>()?;
            count += items.len();
            planned.push((name.as_str(), self.table(name)?, value, items));
        }
        let (most, call) = match operation {
            Operation::BatchGetItem => (MAX_READ, "BatchGetItem"),
            _ => (MAX_WRITTEN, "BatchWriteItem"),
        };
        if count > most {
            return Err(Refusal::validation(format!("Too many items requested for the {call} call")));
        }
        if count == 0 {
            return Err(nothing_asked());
        }
        // All is checked before anything is written.
        let request = self.request;
        for (_, named, _, items) in &planned {
            let session = self.open(named, request, items.first());
            let mut seen: Vec<Item> = Vec::new();
            for item in items {
                let key = match operation {
                    Operation::BatchPutItem => check_item(&session, item).map(|()| session.key_part(item))?,
                    _ => session.checked_key(item.clone())?,
                };
                if seen.contains(&key) {
                    return Err(Refusal::validation("Provided list of item keys contains duplicates"));
                }
                seen.push(key);
            }
        }
        let mut results = Map::new();
        for (name, named, value, items) in planned {
            let mut session = self.open(&named, request, items.first());
            let result = match operation {
                Operation::BatchGetItem => got(&session, value, &items, name)?,
                Operation::BatchPutItem => items
                    .into_iter()
                    .map(|item| {
                        let shown = item_to_plain(&item);
                        session.store(&session.key_part(&item), Some(item));
                        shown
                    })
                    .collect(),
                _ => items
                    .into_iter()
                    .map(|key| {
                        session.store(&key, None);
                        item_to_plain(&key)
                    })
                    .collect(),
            };
            results.insert(name.to_owned(), Json::Array(result));
        }
        let unprocessed: Map<String, Json> = results.keys().map(|name| (name.clone(), json!([]))).collect();
        Ok(Reply::result(json!({ "data": results, "unprocessedKeys": unprocessed })))
    }

    fn transact_get(&mut self) -> Result<Reply, Refusal> {
        let mut found = Vec::new();
        for (name, request) in self.transact_items(Some(Operation::GetItem))? {
            let named = self.table(name)?;
            let key = request.key()?;
            found.push(read_item(&self.open(&named, request, Some(&key)))?);
        }
        Ok(Reply::result(json!({ "items": found, "cancellationReasons": null })))
    }

    fn transact_write(&mut self) -> Result<Reply, Refusal> {
        let mut writes: Vec<(Named<'a>, Request<'a>, Write)> = Vec::new();
        for (name, request) in self.transact_items(None)? {
            let named = self.table(name)?;
            let key = request.key()?;
            let write = Write::read(&self.open(&named, request, Some(&key)), &["returnValuesOnConditionCheckFailure"])?;
            let same = |(other, _, earlier): &(Named<'_>, Request<'_>, Write)| {
                other.table.name == named.table.name && earlier.key == write.key
            };
            if writes.iter().any(same) {
                let message = "Transaction request cannot include multiple operations on one item";
                return Err(Refusal::validation(message));
            }
            writes.push((named, request, write));
        }
        let mut reasons = Vec::new();
        let mut why = None;
        let mut after = Vec::new();
        for (named, request, write) in &writes {
            let session = self.open(named, *request, Some(&write.key));
            let current = session.item(&write.key);
            let failed = write.failed(current);
            if failed.is_some() || !matches!(write.action, Action::Put(_)) {
                session.needs_items(Some(&write.key))?;
            }
            reasons.push(match (failed, write.after(&session, current)) {
                (Some(condition), _) => {
                    why = why.or_else(|| Some(Box::new(traced(&session, condition, &write.key, current))));
                    let shown = request.condition_member("returnValuesOnConditionCheckFailure");
                    let item = current.filter(|_| shown != Some(&Json::Bool(false))).map(item_to_plain);
                    Some(reason("ConditionalCheckFailed", "The conditional request failed", item))
                }
                (None, Err(Refusal::Validation(message))) => Some(reason("ValidationError", &message, None)),
                (None, Err(other)) => return Err(other),
                (None, Ok(item)) => {
                    after.push(item);
                    None
                }
            });
        }
        if reasons.iter().any(Option::is_some) {
            return Ok(cancelled(reasons, why));
        }
        let mut keys = Vec::new();
        for ((named, request, write), item) in writes.iter().zip(after) {
            keys.push(item_to_plain(&write.key));
            if !matches!(write.action, Action::Check) {
                self.open(named, *request, Some(&write.key)).store(&write.key, item);
            }
        }
        Ok(Reply::result(json!({ "keys": keys, "cancellationReasons": null })))
    }

    /// The elements of a transaction, each with its table's name.
    fn transact_items(&self, default: Option<Operation>) -> Result<Vec<(&'a str, Request<'a>)>, Refusal> {
        let items = self.request.list("transactItems")?;
        if items.is_empty() {
            return Err(nothing_asked());
        }
        if items.len() > MAX_READ {
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value '[{} elements]' at 'transactItems' failed to satisfy constraint: \
                 Member must have length less than or equal to {MAX_READ}",
                items.len()
            )));
        }
        let items = items.iter().enumerate();
        items.map(|(index, item)| Request::read_transact_item(item, index, default)).collect()
    }
}

/// The items of a BatchGetItem's keys at one table, null for those that are not there.
fn got(session: &Session<'_, '_>, value: &Json, keys: &[Item], name: &str) -> Result<Vec<Json>, Refusal> {
    let section = value.get("projection").filter(|section| !section.is_null());
    let place = format!("$[tables][{name}][projection]");
    let section = section.map(|section| section_of(section, &place, &[])).transpose()?;
    let mut binder = Binder::new([section.as_ref()])?;
    let paths = Session::projected(&mut binder, section.as_ref())?;
    binder.finish()?;
    keys.iter()
        .map(|key| {
            session.needs_items(Some(key))?;
            Ok(session.item(key).map_or(Json::Null, |item| item_to_plain(&project(item, paths.as_deref()))))
        })
        .collect()
}

/// Unverified wording: a batch or transaction without an element.
fn nothing_asked() -> Refusal {
    Refusal::validation("1 validation error detected: Member must have length greater than or equal to 1")
}

/// Why one element of a transaction was not carried out (documented).
fn reason(kind: &str, message: &str, item: Option<Json>) -> Json {
    json!({ "item": item, "type": kind, "message": message })
}

/// A transaction of which nothing was carried out: `$ctx.result` holds the reasons, in the order of the elements.
fn cancelled(reasons: Vec<Option<Json>>, why: Option<Box<crate::source::ConditionTrace>>) -> Reply {
    let reasons: Vec<Json> =
        reasons.into_iter().map(|found| found.unwrap_or_else(|| reason("None", "None", None))).collect();
    let kinds: Vec<&str> = reasons.iter().filter_map(|reason| reason.get("type").and_then(Json::as_str)).collect();
    let kinds = kinds.join(", ");
    let message = format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{kinds}]");
    Reply::Failed {
        message: with_service(&message),
        error_type: "DynamoDB:TransactionCanceledException".into(),
        data: json!({ "keys": null, "cancellationReasons": reasons }),
        why,
    }
}
