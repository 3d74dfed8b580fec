//! What the data sources hold: in each table a record of the owner's and one of somebody else's, with whatever the ways
//! into the fields compare with the caller.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use super::Asking;
use super::fields;
use super::people::{self, People};
use super::plain;
use crate::api::schema::TypeRef;
use crate::api::{Api, AuthMode, Schema};
use crate::replay::Given;
use crate::replay::who::{Condition, Way};

/// Records, by table, and what objects hold that no table does.
#[derive(Debug, Default)]
pub(super) struct Fixture {
    /// Items by table: first the owner's.
    pub data: IndexMap<String, Vec<Map<String, Json>>>,
    /// The table of a type.
    tables: IndexMap<String, String>,
    /// What the ways compare with the caller, by table or by `source TYPE`.
    compared: IndexMap<String, IndexMap<String, Compared>>,
    /// Records that are the caller's by one attribute alone, by table: the attribute, and where the record is.
    alone: IndexMap<String, Vec<(String, usize)>>,
    /// Answers by field.
    pub responses: Map<String, Json>,
}

/// An attribute that is compared with the caller.
#[derive(Debug, Default)]
struct Compared {
    /// How many ways hold a list there, and how many do not.
    lists: usize,
    singles: usize,
    /// With what of whom, and how many ways do so.
    with: IndexMap<(AuthMode, String), usize>,
}

impl Fixture {
    /// For all that is asked.
    pub(super) fn of(api: &Api, asked: &[Asking], people: &People) -> Fixture {
        let mut fixture = Fixture::default();
        for asking in asked {
            fixture.tables_of(api, asking);
            let tables: Vec<&str> = asking.given.data.table_names().collect();
            asking.who.ways.iter().for_each(|way| fixture.compare(&asking.field.parent, &tables, way));
        }
        fixture.share(&api.schema);
        fixture.complete(api);
        fixture.belong(people);
        fixture
    }

    fn tables_of(&mut self, api: &Api, asking: &Asking) {
        let given = &asking.given;
        let declared = api.schema.field(&asking.field.parent, &asking.field.name);
        let named = declared.map(|field| fields::element(&api.schema, field.ty.base_name()).to_owned());
        let mut names = Vec::new();
        for name in given.data.table_names() {
            names.push(name.to_owned());
            let items = given.data.table(name).map(|table| table.to_json()).unwrap_or_default();
            let held = self.data.entry(name.to_owned()).or_insert_with(|| vec![Map::new()]);
            let (Some(record), Some(made_up)) = (held.first_mut(), items.pointer("/0").and_then(Json::as_object))
            else {
                continue;
            };
            for (attribute, value) in plain::members_of(made_up) {
                record.entry(attribute).or_insert(value);
            }
        }
        if let ([table], Some(named)) = (names.as_slice(), named) {
            self.tables.entry(named).or_insert_with(|| table.clone());
        }
        for answer in given.data.responses().values() {
            self.responses.insert(asking.field.id(), plain::value(answer));
        }
    }

    /// What a way compares with its caller.
    fn compare(&mut self, parent: &str, tables: &[&str], way: &Way) {
        let Some(mode) = AuthMode::from_name(way.mode) else { return };
        for edit in &way.proof.edits {
            let (place, attribute, on) = match edit.path.as_slice() {
                // A key that is asked for is the record's, too.
                path if edit.target == "arguments" => match (path.last(), tables) {
                    (Some(attribute), [table]) => ((*table).to_owned(), attribute, "arguments"),
                    _ => continue,
                },
                _ if edit.target != "data" => continue,
                [first, attribute] if first == "source" => (format!("source {parent}"), attribute, "parent"),
                [table, _, attribute] if table != "responses" && table != "source" => {
                    (table.as_str().unwrap_or_default().to_owned(), attribute, "record")
                }
                _ => continue,
            };
            let Some(attribute) = attribute.as_str() else { continue };
            let is_key = on != "arguments" || self.holds(&place, attribute);
            let named = |one: &&Condition| match on {
                "arguments" => is_key && one.path.rsplit('.').next() == Some(attribute),
                _ => one.path == attribute,
            };
            let is_it = |one: &&Condition| one.on == on && named(one) && !one.claims.is_empty();
            let is_list = edit.op == "add" || edit.value.is_array();
            for claims in people::conditions(way).filter(is_it).map(|one| &one.claims) {
                let compared = self.compared.entry(place.clone()).or_default().entry(attribute.to_owned()).or_default();
                compared.lists += usize::from(is_list);
                compared.singles += usize::from(!is_list);
                for claim in claims {
                    *compared.with.entry((mode, claim.clone())).or_default() += 1;
                }
            }
        }
    }

    /// What is compared of an object of a type is compared of its records, too.
    fn share(&mut self, schema: &Schema) {
        for (named, table) in &self.tables {
            let of_objects = self.compared.swap_remove(&format!("source {named}")).unwrap_or_default();
            let of_table = self.compared.entry(table.clone()).or_default();
            for (attribute, compared) in of_objects {
                of_table.entry(attribute).or_insert(compared);
            }
            // Templates may take a text and a list; the schema says which it is.
            for (attribute, compared) in of_table {
                if let Some(field) = schema.field(named, attribute) {
                    let is_list = matches!(field.ty.nullable(), TypeRef::List(_));
                    (compared.lists, compared.singles) = (usize::from(is_list), usize::from(!is_list));
                }
            }
        }
    }

    /// Whether the records of a table have an attribute.
    fn holds(&self, table: &str, attribute: &str) -> bool {
        self.data.get(table).and_then(|records| records.first()).is_some_and(|record| record.contains_key(attribute))
    }

    /// What the schema demands of a record.
    fn complete(&mut self, api: &Api) {
        for (named, table) in &self.tables {
            let Some(record) = self.data.get_mut(table).and_then(|records| records.first_mut()) else { continue };
            let def = api.schema.type_def(named).into_iter().flat_map(|def| def.fields.values());
            for field in def.filter(|field| field.ty.is_non_null()) {
                let made = matches!(field.name.as_str(), "createdAt" | "updatedAt");
                let is_leaf = api.schema.possible_types(field.ty.base_name()).is_empty();
                if is_leaf && !made && !record.contains_key(&field.name) {
                    let value = Given::value(&api.schema, &field.ty, &field.name);
                    record.insert(field.name.clone(), plain::value(&value));
                }
            }
        }
    }

    /// Whose the records are.
    fn belong(&mut self, people: &People) {
        for (table, records) in &mut self.data {
            let Some(first) = records.first_mut() else { continue };
            let mut second = with_key(first, plain::SECOND);
            for (attribute, compared) in self.compared.get(table).into_iter().flatten() {
                first.insert(attribute.clone(), compared.value(|mode, claim| people.value(mode, claim)));
                second.insert(attribute.clone(), compared.value(|mode, claim| people.other(mode, claim)));
            }
            if second == *first {
                continue;
            }
            let first = first.clone();
            records.push(second.clone());
            // Of several attributes that let somebody in each does so without the others.
            let lets_in = |attribute: &&String| first.get(*attribute) != second.get(*attribute);
            let attributes: Vec<&String> =
                self.compared.get(table).into_iter().flat_map(IndexMap::keys).filter(lets_in).collect();
            for attribute in attributes.iter().filter(|_| attributes.len() > 1) {
                let mut record = with_key(&first, &(records.len() + 1).to_string());
                for other in attributes.iter().filter(|other| *other != attribute) {
                    record.insert((*other).clone(), second.get(*other).cloned().unwrap_or_default());
                }
                self.alone.entry(table.clone()).or_default().push(((*attribute).clone(), records.len()));
                records.push(record);
            }
        }
    }

    /// The object that a field below the root is one of: the owner's.
    pub(super) fn source(&self, api: &Api, asking: &Asking, people: &People) -> Json {
        let (parent, name) = (&asking.field.parent, &asking.field.name);
        if api.schema.is_root(parent) {
            return Json::Null;
        }
        let of_table = self.tables.get(parent).and_then(|table| self.data.get(table)?.first());
        let mut source = of_table.cloned().unwrap_or_default();
        let whole = plain::value(&asking.given.input.source);
        for (attribute, value) in whole.as_object().into_iter().flatten() {
            if attribute == name || plain::is_key(attribute) || of_table.is_none() {
                source.entry(attribute.clone()).or_insert_with(|| value.clone());
            }
        }
        for (attribute, compared) in self.compared.get(&format!("source {parent}")).into_iter().flatten() {
            if !source.contains_key(attribute) || of_table.is_none() {
                source.insert(attribute.clone(), compared.value(|mode, claim| people.value(mode, claim)));
            }
        }
        Json::Object(source)
    }

    /// What is asked of the owner's record, asked of each that is the caller's by one attribute alone.
    pub(super) fn by_one(
        &self,
        asking: &Asking,
        arguments: &Map<String, Json>,
        source: &Json,
    ) -> Vec<(String, Map<String, Json>, Json)> {
        let Some(table) = self.table_of(&asking.field.group) else { return Vec::new() };
        let record = |at: usize| self.data.get(table).and_then(|records| records.get(at));
        let Some(first) = record(0) else { return Vec::new() };
        let mut found = Vec::new();
        for (attribute, at) in self.alone.get(table).into_iter().flatten() {
            let Some(record) = record(*at) else { continue };
            let moved = |given: &Map<String, Json>| moved(given, first, record);
            let (others, parent) = match source {
                Json::Object(members) => (arguments.clone(), Json::Object(moved(members))),
                _ => (moved(arguments), Json::Null),
            };
            if others != *arguments || parent != *source {
                found.push((attribute.clone(), others, parent));
            }
        }
        found
    }

    /// The table of a type.
    pub(super) fn table_of(&self, named: &str) -> Option<&str> {
        self.tables.get(named).map(String::as_str)
    }

    /// Arguments that name a key of a table's records name the owner's.
    pub(super) fn name(&self, table: &str, arguments: &mut Map<String, Json>) {
        let compared = self.compared.get(table);
        let Some(record) = self.data.get(table).and_then(|records| records.first()) else { return };
        for (name, value) in arguments {
            match value {
                Json::Object(members) => self.name(table, members),
                _ if compared.is_some_and(|compared| compared.contains_key(name)) => {
                    let held = record.get(name).cloned().unwrap_or_default();
                    if held.is_array() == value.is_array() && !held.is_null() {
                        *value = held;
                    }
                }
                _ => {}
            }
        }
    }

    /// The items, as a suite holds them.
    pub(super) fn tables(&self) -> Map<String, Json> {
        self.data.iter().map(|(table, records)| (table.clone(), json!(records))).collect()
    }
}

/// A record with another key.
fn with_key(record: &Map<String, Json>, key: &str) -> Map<String, Json> {
    let is_it = |name: &str, value: &Json| plain::is_key(name) && *value == plain::FIRST;
    let other =
        |(name, value): (&String, &Json)| (name.clone(), if is_it(name, value) { json!(key) } else { value.clone() });
    record.iter().map(other).collect()
}

/// What a record holds under its names, as another one holds it.
fn moved(given: &Map<String, Json>, from: &Map<String, Json>, to: &Map<String, Json>) -> Map<String, Json> {
    let other = |(name, value): (&String, &Json)| {
        let value = match value {
            Json::Object(members) => Json::Object(moved(members, from, to)),
            value if from.get(name) == Some(value) => to.get(name).unwrap_or(value).clone(),
            value => value.clone(),
        };
        (name.clone(), value)
    };
    given.iter().map(other).collect()
}

impl Compared {
    /// What suits the most ways; of a list what suits each mode's.
    fn value(&self, of: impl Fn(AuthMode, &str) -> Option<Json>) -> Json {
        let mut best: IndexMap<AuthMode, (usize, &str)> = IndexMap::new();
        for ((mode, claim), count) in &self.with {
            // Templates that join claims write them joined.
            let weight = if claim.contains("::") { usize::MAX } else { *count };
            let known = best.entry(*mode).or_insert((0, claim));
            if weight > known.0 {
                *known = (weight, claim);
            }
        }
        let values: Vec<Json> = best.iter().filter_map(|(mode, (_, claim))| of(*mode, claim)).collect();
        match self.lists > self.singles {
            true => Json::Array(values),
            false => values.into_iter().next().unwrap_or_default(),
        }
    }
}
