//! One request at one table: its key schema, its items, and what every operation needs of them.

use serde_json::Value as Json;

use super::attribute::{Attribute, Item, item_to_plain};
use super::bind::{Binder, Section};
use super::evaluate::lookup;
use super::expression::{Condition, Parameter, Path};
use super::failure::Refusal;
use super::parse;
use super::request::Request;
use crate::api::{DataSource, Table};
use crate::source::data::{Data, TableData};
use crate::source::trace::Fact;

/// A request at a table.
pub struct Session<'a> {
    /// The request.
    pub request: Request<'a>,
    /// The table as the API declares it.
    pub table: &'a Table,
    /// What the tables hold.
    pub data: &'a mut Data,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
    /// The name under which `data` holds the table.
    pub name: String,
    /// Whether someone gave its items.
    pub known: bool,
}

impl<'a> Session<'a> {
    /// Finds the table in the data: by the data source's name, the table's or its logical id.
    pub fn open(
        source: &'a DataSource,
        table: &'a Table,
        request: Request<'a>,
        data: &'a mut Data,
        now_ms: i64,
    ) -> Session<'a> {
        let names = [Some(source.name.as_str()), Some(table.name.as_str()), table.logical_id.as_deref()];
        let held = names.into_iter().flatten().find(|name| data.table(name).is_some());
        // Two data sources may stand before one table: what they write meets under the table's own name.
        let fresh = if table.name.is_empty() { &source.name } else { &table.name };
        let name = held.unwrap_or(fresh).to_owned();
        let known = data.table(&name).is_some_and(TableData::is_given);
        if let Some(items) = data.table_mut(&name) {
            items.complete(table);
        }
        Session { request, table, data, now_ms, name, known }
    }

    /// The items; empty when the table is not in the data.
    pub fn items(&self) -> &[Item] {
        self.data.table(&self.name).map_or(&[], TableData::items)
    }

    /// The items, to write.
    pub fn items_mut(&mut self) -> &mut Vec<Item> {
        self.data.table_or_new(&self.name).items_mut()
    }

    /// Whatever reads stored items needs someone to have said what is stored; only an item that this run wrote
    /// itself is known anyway.
    pub fn needs_items(&self, key: Option<&Item>) -> Result<(), Refusal> {
        if self.data.is_given() || key.is_some_and(|key| self.position(key).is_some()) {
            return Ok(());
        }
        Err(Refusal::Missing(Fact::new(
            format!("items of table {}", self.name),
            format!("the request reads table `{}`, and nobody said what it holds", self.name),
            "--data",
            self.request.json,
        )))
    }

    /// The table's key attributes: as declared, else those of the request's key, else Amplify's `id`.
    pub fn key_names(&self) -> Vec<String> {
        if !self.table.keys.is_empty() {
            return self.table.keys.clone();
        }
        match self.request.item("key") {
            Ok(Some(key)) if !key.is_empty() => key.keys().cloned().collect(),
            _ => vec!["id".to_owned()],
        }
    }

    /// The request's key, checked against the table's schema.
    pub fn key(&self) -> Result<Item, Refusal> {
        let key = self.request.key()?;
        let names = self.key_names();
        if key.len() != names.len() || !names.iter().all(|name| key.get(name).is_some_and(is_key_type)) {
            return Err(Refusal::validation("The provided key element does not match the schema"));
        }
        for (name, value) in &key {
            refuse_empty_key(name, value)?;
        }
        Ok(key)
    }

    /// Where the item with a key stands.
    pub fn position(&self, key: &Item) -> Option<usize> {
        self.items().iter().position(|item| key.iter().all(|(name, value)| item.get(name) == Some(value)))
    }

    /// An item's key as plain JSON.
    pub fn key_json(&self, item: &Item) -> Json {
        item_to_plain(&key_part(item, &self.key_names()))
    }

    /// A condition of the request, parsed, with its placeholders put in.
    pub fn bound(
        binder: &mut Binder<'_>,
        section: Option<&Section>,
        parameter: Parameter,
    ) -> Result<Option<Condition>, Refusal> {
        let Some(section) = section else { return Ok(None) };
        let tree = parse::condition(&section.expression, parameter).map_err(Refusal::validation)?;
        binder.condition(section, parameter, &tree).map(Some)
    }

    /// The paths of `projection`, when the request has one.
    pub fn projected(binder: &mut Binder<'_>, section: Option<&Section>) -> Result<Option<Vec<Path>>, Refusal> {
        let Some(section) = section else { return Ok(None) };
        let paths = parse::projection(&section.expression).map_err(Refusal::validation)?;
        binder.projection(section, &paths).map(Some)
    }
}

/// Strings, numbers and binary can be keys.
pub fn is_key_type(value: &Attribute) -> bool {
    matches!(value, Attribute::S(_) | Attribute::N(_) | Attribute::B(_))
}

/// DynamoDB keeps empty strings, but not in keys.
pub fn refuse_empty_key(name: &str, value: &Attribute) -> Result<(), Refusal> {
    match value {
        Attribute::S(text) if text.is_empty() => Err(Refusal::validation(format!(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an \
             empty string value. Key: {name}"
        ))),
        _ => Ok(()),
    }
}

/// The key attributes of an item.
pub fn key_part(item: &Item, names: &[String]) -> Item {
    names.iter().filter_map(|name| Some((name.clone(), item.get(name)?.clone()))).collect()
}

/// An item reduced to a projection's paths; without a projection, the item. Members of lists move together, as
/// DynamoDB shows them.
pub fn project(item: &Item, paths: Option<&[Path]>) -> Item {
    let Some(paths) = paths else { return item.clone() };
    let mut projected = Item::new();
    for path in paths {
        if let (Some(name), Some(value)) = (path.attribute(), lookup(path, item)) {
            let nested = nest(path, value);
            match projected.get_mut(name) {
                Some(there) => merge(there, nested),
                None => {
                    projected.insert(name.to_owned(), nested);
                }
            }
        }
    }
    projected
}

fn nest(path: &Path, value: &Attribute) -> Attribute {
    use super::expression::Step;
    path.steps.iter().skip(1).rev().fold(value.clone(), |inner, step| match step {
        Step::Index(_) => Attribute::L(vec![inner]),
        Step::Name(name) | Step::Alias(name) => Attribute::M(Item::from_iter([(name.clone(), inner)])),
    })
}

fn merge(there: &mut Attribute, more: Attribute) {
    match (there, more) {
        (Attribute::M(there), Attribute::M(more)) => {
            for (name, value) in more {
                match there.get_mut(&name) {
                    Some(inner) => merge(inner, value),
                    None => {
                        there.insert(name, value);
                    }
                }
            }
        }
        (Attribute::L(there), Attribute::L(more)) => there.extend(more),
        _ => {}
    }
}
