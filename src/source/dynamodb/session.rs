//! One request at one table: its key schema, its items, and what every operation needs of them.

use serde_json::json;

use super::attribute::{Attribute, Item};
use super::bind::{Binder, Section};
use super::evaluate::lookup;
use super::expression::{Condition, Parameter, Path};
use super::failure::Refusal;
use super::parse;
use super::request::Request;
use crate::api::Table;
use crate::source::Call;
use crate::source::data::{Data, TableData};
use crate::source::trace::Fact;

/// A table of the API: the name of its data source, and how it is declared.
#[derive(Debug, Clone, Copy)]
pub struct Declared<'a> {
    /// The data source's name.
    pub source: &'a str,
    /// The table as the API declares it.
    pub table: &'a Table,
}

/// A request at a table.
pub struct Session<'a, 'd> {
    /// The request.
    pub request: Request<'a>,
    /// The table as the API declares it.
    pub table: &'a Table,
    /// What the tables hold.
    pub data: &'d mut Data,
    /// Where the request was made.
    pub call: &'a Call<'a>,
    /// The name under which `data` holds the table.
    pub name: String,
    /// The table's key attributes: as declared, else those of the request's key, else Amplify's `id`.
    pub keys: Vec<String>,
    /// Whether someone gave its items.
    pub known: bool,
}

impl<'a, 'd> Session<'a, 'd> {
    /// Finds the table in the data: by the data source's name, the table's or its logical id.
    pub fn open(call: &'a Call<'a>, declared: Declared<'a>, request: Request<'a>, data: &'d mut Data) -> Self {
        let Declared { source, table } = declared;
        let name = data.name_of(source, table).to_owned();
        let known = data.table(&name).is_some_and(TableData::is_given);
        if TableData::has_joined_keys(table)
            && let Some(items) = data.table_mut(&name)
        {
            items.complete(table);
        }
        let keys = match request.item("key") {
            _ if !table.keys.is_empty() => table.keys.clone(),
            Ok(Some(key)) if !key.is_empty() => key.keys().cloned().collect(),
            _ => vec!["id".to_owned()],
        };
        Session { request, table, data, call, name, keys, known }
    }

    /// The items; empty when the table is not in the data.
    pub fn items(&self) -> &[Item] {
        self.data.table(&self.name).map_or(&[], TableData::items)
    }

    /// Whatever reads stored items needs someone to have said what is stored; only an item that this run wrote
    /// itself is known anyway.
    pub fn needs_items(&self, key: Option<&Item>) -> Result<(), Refusal> {
        if self.data.is_given() || key.is_some_and(|key| self.position(key).is_some()) {
            return Ok(());
        }
        Err(Refusal::Missing(
            Fact::new(
                format!("items of table {}", self.name),
                format!("the request reads table `{}`, and nobody said what it holds", self.name),
                "--data",
                self.call.request,
            )
            .with_fixture(json!({ self.name.as_str(): [] })),
        ))
    }

    /// The request's key, checked against the table's schema.
    pub fn key(&self) -> Result<Item, Refusal> {
        self.checked_key(self.request.key()?)
    }

    /// A key, checked against the table's schema.
    pub fn checked_key(&self, key: Item) -> Result<Item, Refusal> {
        let names = &self.keys;
        let fits = |name: &String| key.get(name).is_some_and(|value| self.is_key(name, value));
        if key.len() != names.len() || !names.iter().all(fits) {
            return Err(Refusal::validation("The provided key element does not match the schema"));
        }
        for (name, value) in &key {
            refuse_empty_key(name, value)?;
        }
        Ok(key)
    }

    /// Whether a value can be that key attribute: of the declared type, or of any that keys have.
    pub fn is_key(&self, name: &str, value: &Attribute) -> bool {
        match self.table.attribute_types.get(name) {
            Some(declared) => value.type_name() == declared,
            None => is_key_type(value),
        }
    }

    /// The declared type of a key attribute, for messages.
    pub fn key_type(&self, name: &str) -> &str {
        self.table.attribute_types.get(name).map_or("S", String::as_str)
    }

    /// Where the item with a key stands.
    pub fn position(&self, key: &Item) -> Option<usize> {
        self.items().iter().position(|item| key.iter().all(|(name, value)| item.get(name) == Some(value)))
    }

    /// The item with a key.
    pub fn item(&self, key: &Item) -> Option<&Item> {
        self.position(key).and_then(|at| self.items().get(at))
    }

    /// Puts an item in the place of the one with its key, or takes that one away.
    pub fn store(&mut self, key: &Item, item: Option<Item>) {
        let at = self.position(key);
        let items = self.data.table_or_new(&self.name).items_mut();
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

    /// The key attributes of an item.
    pub fn key_part(&self, item: &Item) -> Item {
        self.keys.iter().filter_map(|name| Some((name.clone(), item.get(name)?.clone()))).collect()
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
