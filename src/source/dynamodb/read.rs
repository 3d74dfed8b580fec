//! Query, Scan and Sync.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::attribute::{Attribute, Item, item_to_plain};
use super::bind::Binder;
use super::expression::{Atom, Comparator, Condition, Function, Operand, Parameter, Path};
use super::failure::Refusal;
use super::parse::invalid;
use super::session::{Session, project, refuse_empty_key};
use super::{evaluate, page, versioning};
use crate::source::Reply;
use crate::source::trace::{Fact, Kept, WITHHELD_SHOWN, Withheld, WithheldItem};

/// Items a Sync evaluates when the request names no limit, and at most (documented).
const SYNC_LIMIT: (usize, usize) = (100, 1000);

/// Query: the items of one partition of the table or of an index, in the order of its sort key.
pub fn query(session: &Session<'_, '_>) -> Result<Reply, Refusal> {
    let keys = index_keys(session)?;
    let section = session.request.section("query", &[])?.ok_or_else(|| Refusal::not_found("$[query]"))?;
    let filter = session.request.section("filter", &[])?;
    let projection = session.request.section("projection", &[])?;
    let mut binder = Binder::new([Some(&section), filter.as_ref(), projection.as_ref()])?;
    let condition = Session::bound(&mut binder, Some(&section), Parameter::KeyCondition)?;
    let filter = Session::bound(&mut binder, filter.as_ref(), Parameter::Filter)?;
    let projection = Session::projected(&mut binder, projection.as_ref())?;
    binder.finish()?;
    let Some(condition) = condition else { return Err(Refusal::not_found("$[query]")) };
    check_key_condition(session, &condition, keys.as_deref())?;
    let keys = keys.unwrap_or_default();
    refuse_keys_in_filter(filter.as_ref(), &keys)?;
    let forward = session.request.boolean("scanIndexForward")?.unwrap_or(true);
    session.needs_items(None)?;

    let mut found = in_index(session, &keys, projection.as_deref())?;
    found.retain(|item| evaluate::holds(&condition, item));
    if let Some(sort) = keys.get(1) {
        let order = |left: &Cow<'_, Item>, right: &Cow<'_, Item>| match (left.get(sort), right.get(sort)) {
            (Some(left), Some(right)) => left.order(right).unwrap_or(std::cmp::Ordering::Equal),
            _ => std::cmp::Ordering::Equal,
        };
        found.sort_by(order);
    }
    if !forward {
        found.reverse();
    }
    let page = Page { limit: page::limit(session)?, filter, projection, sync: false };
    page.read(session, &found)
}

/// Scan: every item of the table, or of an index.
pub fn scan(session: &Session<'_, '_>) -> Result<Reply, Refusal> {
    if session.request.integer("totalSegments")?.is_some_and(|segments| segments > 1) {
        return Err(Refusal::Missing(Fact::new(
            format!("items of a segment of table {}", session.name),
            "which items DynamoDB puts into a segment of a parallel Scan is its own affair",
            "a Scan without `totalSegments`",
            session.call.request,
        )));
    }
    let keys = match session.request.text("index")? {
        Some(_) => index_keys(session)?.unwrap_or_default(),
        None => Vec::new(),
    };
    let filter = session.request.section("filter", &[])?;
    let projection = session.request.section("projection", &[])?;
    let mut binder = Binder::new([filter.as_ref(), projection.as_ref()])?;
    let filter = Session::bound(&mut binder, filter.as_ref(), Parameter::Filter)?;
    let projection = Session::projected(&mut binder, projection.as_ref())?;
    binder.finish()?;
    session.needs_items(None)?;

    let found = in_index(session, &keys, projection.as_deref())?;
    let page = Page { limit: page::limit(session)?, filter, projection, sync: false };
    page.read(session, &found)
}

/// Sync: a Scan of a versioned table, or what changed since `lastSync`; deleted items are among them.
pub fn sync(session: &Session<'_, '_>) -> Result<Reply, Refusal> {
    let filter = session.request.section("filter", &[])?;
    let mut binder = Binder::new([filter.as_ref()])?;
    let filter = Session::bound(&mut binder, filter.as_ref(), Parameter::Filter)?;
    binder.finish()?;
    let since = session.request.integer("lastSync")?.filter(|since| versioning::reads_delta(session, *since));
    session.needs_items(None)?;

    let changed = |item: &&Item| since.is_none_or(|moment| versioning::changed_since(item, moment));
    let found: Vec<Cow<'_, Item>> = session.items().iter().filter(changed).map(Cow::Borrowed).collect();
    let limit = page::limit(session)?.unwrap_or(SYNC_LIMIT.0).min(SYNC_LIMIT.1);
    let page = Page { limit: Some(limit), filter, projection: None, sync: true };
    page.read(session, &found)
}

/// One page of an answer.
struct Page {
    limit: Option<usize>,
    filter: Option<Condition>,
    projection: Option<Vec<Path>>,
    sync: bool,
}

impl Page {
    /// Reads the page: the limit counts items before the filter, as on DynamoDB.
    fn read(self, session: &Session<'_, '_>, found: &[Cow<'_, Item>]) -> Result<Reply, Refusal> {
        let start = page::Start::of(session)?;
        let keys = &session.keys;
        let first = start.position(found, keys);
        let evaluated = found.iter().skip(first).take(self.limit.unwrap_or(usize::MAX)).map(Cow::as_ref);
        let evaluated: Vec<&Item> = evaluated.collect();
        let (passed, removed): (Vec<&Item>, Vec<&Item>) = evaluated
            .iter()
            .copied()
            .partition(|item| self.filter.as_ref().is_none_or(|filter| evaluate::holds(filter, item)));

        let started_at = self.sync.then(|| start.started_at.unwrap_or(session.call.now_ms));
        let next = evaluated
            .last()
            .filter(|_| page::continues(evaluated.len(), self.limit))
            .map(|last| page::token(last, first.saturating_add(evaluated.len()), keys, started_at));
        let mut value = Map::new();
        let items = passed.iter().map(|item| item_to_plain(&project(item, self.projection.as_deref())));
        value.insert("items".into(), items.collect());
        value.insert("nextToken".into(), next.map_or(Json::Null, Json::String));
        value.insert("scannedCount".into(), evaluated.len().into());
        if let Some(started_at) = started_at {
            value.insert("startedAt".into(), started_at.into());
        }
        let items = |items: &[&Item], filter: &Condition| -> Vec<WithheldItem> {
            let shown = items.iter().take(WITHHELD_SHOWN).map(|item| WithheldItem {
                key: item_to_plain(&session.key_part(item)),
                item: item_to_plain(item),
                atoms: evaluate::trace(filter, item),
            });
            shown.collect()
        };
        let (table, scanned) = (|| session.name.clone(), evaluated.len());
        let filter = self.filter.as_ref();
        let withheld = filter.filter(|_| !removed.is_empty()).map(|filter| {
            let (filter, items) = (filter.to_string(), items(&removed, filter));
            Box::new(Withheld { table: table(), filter, items, count: removed.len(), scanned })
        });
        let kept = filter.filter(|_| session.call.tell_kept && !passed.is_empty()).map(|filter| {
            let (expression, items) = (filter.to_string(), items(&passed, filter));
            Box::new(Kept { table: table(), expression, items, count: passed.len(), scanned })
        });
        Ok(Reply::Result { value: Json::Object(value), withheld, kept })
    }
}

/// The items that are read: all of the table's, or those that an index holds, each with what the index holds of it.
fn in_index<'s>(
    session: &'s Session<'_, '_>,
    keys: &[String],
    wanted: Option<&[Path]>,
) -> Result<Vec<Cow<'s, Item>>, Refusal> {
    let held = |item: &&Item| keys.iter().all(|key| item.get(key).is_some_and(|value| session.is_key(key, value)));
    let items = session.items().iter().filter(held);
    let index = session.request.text("index")?.unwrap_or("");
    let select = session.request.text("select")?;
    let Some(projection) = session.table.projections.get(index) else { return Ok(items.map(Cow::Borrowed).collect()) };
    let holds = |name: &str| {
        let is = |known: &String| known == name;
        session.keys.iter().any(is) || keys.iter().any(is) || projection.attributes.iter().any(is)
    };
    let absent: Vec<&str> =
        wanted.unwrap_or(&[]).iter().filter_map(Path::attribute).filter(|name| !holds(name)).collect();
    let all = select == Some("ALL_ATTRIBUTES");
    if projection.local && (all || !absent.is_empty()) {
        // DynamoDB fetches the rest from the table.
        return Ok(items.map(Cow::Borrowed).collect());
    }
    if all {
        return Err(Refusal::validation(format!(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global \
             secondary index {index} because its projection type is not ALL"
        )));
    }
    if !absent.is_empty() {
        return Err(Refusal::validation(format!(
            "One or more parameter values were invalid: Global secondary index {index} does not project [{}]",
            absent.join(", ")
        )));
    }
    let part = |item: &Item| -> Item {
        item.iter().filter(|(name, _)| holds(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    Ok(items.map(|item| Cow::Owned(part(item))).collect())
}

/// The key attributes of what is read: the index's, else the table's; none when the API does not declare them.
fn index_keys(session: &Session<'_, '_>) -> Result<Option<Vec<String>>, Refusal> {
    let table = session.table;
    let declared = |keys: &Vec<String>| (!keys.is_empty()).then(|| keys.clone());
    match session.request.text("index")? {
        None => Ok(declared(&table.keys)),
        Some(name) => match table.indexes.get(name) {
            Some(keys) => Ok(declared(keys)),
            // A table that the build only names (an import) declares nothing: its indexes are taken on trust.
            None if table.keys.is_empty() && table.indexes.is_empty() => Ok(None),
            None => Err(Refusal::validation(format!("The table does not have the specified index: {name}"))),
        },
    }
}

/// A key condition holds the partition key by `=` and may narrow the sort key, and nothing else.
fn check_key_condition(
    session: &Session<'_, '_>,
    condition: &Condition,
    keys: Option<&[String]>,
) -> Result<(), Refusal> {
    let refuse = |why: &str| Err(Refusal::validation(invalid(Parameter::KeyCondition, why)));
    let mut atoms = Vec::new();
    if let Err(operator) = conjuncts(condition, &mut atoms) {
        return refuse(&format!("Invalid operator used in KeyConditionExpression: {operator}"));
    }
    let mut held = Vec::new();
    for atom in atoms {
        let (path, values, equality) = match atom {
            Atom::Compare { comparator: Comparator::Ne, .. } => {
                return refuse("Invalid operator used in KeyConditionExpression: <>");
            }
            Atom::Compare { left, comparator, right } => (left, vec![right], *comparator == Comparator::Eq),
            Atom::Between { operand, low, high } => (operand, vec![low, high], false),
            Atom::Call { function: Function::BeginsWith, operands } => match operands.split_first() {
                Some((path, values)) => (path, values.iter().collect(), false),
                None => continue,
            },
            Atom::In { .. } => return refuse("Invalid operator used in KeyConditionExpression: IN"),
            Atom::Call { function, .. } => {
                return refuse(&format!("Invalid operator used in KeyConditionExpression: {}", function.name()));
            }
        };
        let Operand::Path(path) = path else {
            return refuse("KeyConditionExpressions must only contain one condition per key");
        };
        for value in values {
            let Operand::Literal(value) = value else {
                return Err(Refusal::validation("Query key condition not supported"));
            };
            check_key_value(session, &path.to_string(), value)?;
        }
        held.push((path.to_string(), equality));
    }
    let Some(keys) = keys else { return Ok(()) };
    for (position, key) in keys.iter().enumerate() {
        let mut of_key = held.iter().filter(|(name, _)| name == key);
        match (position, of_key.next()) {
            (0, None) => {
                return Err(Refusal::validation(format!("Query condition missed key schema element: {key}")));
            }
            (0, Some((_, false))) => return Err(Refusal::validation("Query key condition not supported")),
            _ => {}
        }
        if of_key.next().is_some() {
            return refuse("KeyConditionExpressions must only contain one condition per key");
        }
    }
    match held.iter().find(|(name, _)| !keys.contains(name)) {
        None => Ok(()),
        // A condition on something else stands where the sort key's would.
        Some(_) if keys.len() > 1 => Err(Refusal::validation(format!(
            "Query condition missed key schema element: {}",
            keys.get(1).map_or("", String::as_str)
        ))),
        Some(_) => Err(Refusal::validation("Query key condition not supported")),
    }
}

fn conjuncts<'c>(condition: &'c Condition, into: &mut Vec<&'c Atom>) -> Result<(), &'static str> {
    match condition {
        Condition::Atom(atom) => into.push(atom),
        Condition::Group(inner) => return conjuncts(inner, into),
        Condition::And(parts) => return parts.iter().try_for_each(|part| conjuncts(part, into)),
        Condition::Or(_) => return Err("OR"),
        Condition::Not(_) => return Err("NOT"),
    }
    Ok(())
}

fn check_key_value(session: &Session<'_, '_>, name: &str, value: &Attribute) -> Result<(), Refusal> {
    if !session.is_key(name, value) {
        return Err(Refusal::validation(
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ));
    }
    refuse_empty_key(name, value)
}

/// The filter of a Query may not look at the keys of what is queried; a Scan's may.
fn refuse_keys_in_filter(filter: Option<&Condition>, keys: &[String]) -> Result<(), Refusal> {
    let attributes = filter.map(evaluate::attributes).unwrap_or_default();
    match attributes.into_iter().find(|attribute| keys.iter().any(|key| key == attribute)) {
        None => Ok(()),
        Some(attribute) => Err(Refusal::validation(format!(
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: {attribute}"
        ))),
    }
}
