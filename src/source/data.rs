//! What data sources hold for one run, and where it is read from.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::dynamodb::{Attribute, Item, item_from_plain, item_to_plain};
use super::json_place::{Step, line_column};
use crate::api::{DataSource, DataSourceKind, Table};
use crate::json_file::{self, nearest};
use crate::{Error, ErrorKind, Result};

/// The member of a data file that holds recorded responses instead of a table's items.
const RESPONSES: &str = "responses";

/// What data sources hold: items of tables, and responses of the data sources that are not simulated.
/// A clone is cheap until it is written to, so that each test has its own.
#[derive(Debug, Clone, Default)]
pub struct Data {
    given: bool,
    tables: IndexMap<String, Arc<TableData>>,
    responses: Arc<Map<String, Json>>,
    /// How many elements of a response were given out: of a list that answers a batch.
    turns: IndexMap<String, usize>,
}

/// The items of one table.
#[derive(Debug, Clone, Default)]
pub struct TableData {
    given: bool,
    completed: bool,
    items: Vec<Item>,
}

impl Data {
    /// Nobody said what the tables hold: requests that read items are undecided.
    pub fn not_given() -> Data {
        Data::default()
    }

    /// Tables that hold nothing.
    pub fn empty() -> Data {
        Data { given: true, ..Data::default() }
    }

    /// From `{ "TABLE": [item, …], "responses": { "Query.echo": …, "DATA_SOURCE": … } }`; `file` stands in errors.
    /// A table may also be what `aws dynamodb scan` prints: `{ "Items": [{ "id": { "S": "1" } }] }`.
    pub fn from_json(file: &str, json: &Json) -> Result<Data> {
        let mut data = Data::empty();
        data.add_file(&Source { file, text: None }, json)?;
        Ok(data)
    }

    /// From a file as [`Data::from_json`] takes it, or a folder of `TABLE.json` item lists, in which
    /// `responses.json` holds the responses. Errors name file, line and column.
    pub fn load(path: &Path) -> Result<Data> {
        let mut data = Data::empty();
        if !path.is_dir() {
            let (file, text) = read(path)?;
            data.add_file(&Source { file: &file, text: Some(&text) }, &parse(&file, &text)?)?;
            return Ok(data);
        }
        let folder = path.display().to_string();
        let unreadable = |error: std::io::Error| {
            Error::new(ErrorKind::Io, "cannot read the folder").in_file(&folder).caused_by(error)
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file.extension().is_some_and(|extension| extension == "json") {
                files.push(file);
            }
        }
        files.sort();
        if files.is_empty() {
            return Err(Error::new(ErrorKind::Data, "the folder holds no `TABLE.json`")
                .in_file(&folder)
                .help("name each file after a data source or its table: `PostTable.json` with a list of items"));
        }
        for path in files {
            let (file, text) = read(&path)?;
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let source = Source { file: &file, text: Some(&text) };
            data.add_member(&source, &name, &parse(&file, &text)?, &[])?;
        }
        Ok(data)
    }

    /// With recorded responses instead of those it had: a test suite keeps them beside its tables.
    #[must_use]
    pub fn with_responses(self, responses: Map<String, Json>) -> Data {
        Data { responses: Arc::new(responses), ..self }
    }

    /// With the tables of other data in place of those of the same names, and what they answer: a test may hold its own.
    #[must_use]
    pub fn with_tables(mut self, other: Option<&Data>) -> Data {
        if let Some(other) = other {
            self.given = true;
            self.tables.extend(other.tables.iter().map(|(name, table)| (name.clone(), table.clone())));
            return self.with_more_responses(Some(&other.responses));
        }
        self
    }

    /// With recorded responses in place of those of the same names.
    #[must_use]
    pub fn with_more_responses(mut self, more: Option<&Map<String, Json>>) -> Data {
        for (name, response) in more.into_iter().flatten() {
            Arc::make_mut(&mut self.responses).insert(name.clone(), response.clone());
        }
        self
    }

    /// The first name under which items are held that no data source answers to, with the nearest that does.
    pub fn unknown_table<'n>(&'n self, sources: &'n [Arc<DataSource>]) -> Option<(&'n str, Option<&'n str>)> {
        let tables = sources.iter().filter_map(|source| match &source.kind {
            DataSourceKind::DynamoDb(table) => Some((source.name.as_str(), table)),
            _ => None,
        });
        let known: Vec<&str> = tables
            .flat_map(|(source, table)| [source, table.name.as_str(), table.logical_id.as_deref().unwrap_or(source)])
            .collect();
        let unknown = self.table_names().find(|name| !known.contains(name))?;
        Some((unknown, nearest(unknown, &known)))
    }

    /// Where a file of data holds items under a name: line and column of them.
    pub fn place_of(file: &str, text: &str, table: &str) -> Option<(u32, u32)> {
        line_column(file, text, &[Step::Key(table)]).map(|place| (place.line, place.column))
    }

    /// Whether someone said what the tables hold.
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// The items under a name.
    pub fn table(&self, name: &str) -> Option<&TableData> {
        self.tables.get(name).map(|table| &**table)
    }

    /// The names under which items are held.
    pub fn table_names(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// The name under which the items of a data source's table are held, or would be.
    pub fn name_of<'n>(&self, source: &'n str, table: &'n Table) -> &'n str {
        let names = [Some(source), Some(table.name.as_str()), table.logical_id.as_deref()];
        let held = names.into_iter().flatten().find(|name| self.table(name).is_some());
        // Two data sources may stand before one table: what they write meets under the table's own name.
        held.unwrap_or(if table.name.is_empty() { source } else { &table.name })
    }

    /// Changes the items of a table as JSON; a table that nobody gave is given from then on.
    ///
    /// # Errors
    /// When what comes out is no item.
    pub fn edit_items(&mut self, table: &str, edit: impl FnOnce(&mut Vec<Json>)) -> Result<()> {
        let mut items: Vec<Json> =
            self.table(table).map_or_else(Vec::new, |held| held.items.iter().map(item_to_plain).collect());
        edit(&mut items);
        self.given = true;
        let source = Source { file: "data", text: None };
        self.add_member(&source, table, &Json::Array(items), &[])
    }

    /// Changes the recorded responses.
    pub fn edit_responses(&mut self, edit: impl FnOnce(&mut Map<String, Json>)) {
        edit(Arc::make_mut(&mut self.responses));
    }

    /// A recorded response, by field (`Query.echo`) or data source.
    pub fn response(&self, name: &str) -> Option<&Json> {
        self.responses.get(name)
    }

    /// Every recorded response.
    pub fn responses(&self) -> &Map<String, Json> {
        &self.responses
    }

    /// How often a response was given out before; counts this time.
    pub(super) fn next_turn(&mut self, name: &str) -> usize {
        let turn = self.turns.entry(name.to_owned()).or_default();
        *turn += 1;
        *turn - 1
    }

    pub(super) fn table_mut(&mut self, name: &str) -> Option<&mut TableData> {
        self.tables.get_mut(name).map(Arc::make_mut)
    }

    pub(super) fn table_or_new(&mut self, name: &str) -> &mut TableData {
        Arc::make_mut(self.tables.entry(name.to_owned()).or_default())
    }

    fn add_file(&mut self, source: &Source<'_>, json: &Json) -> Result<()> {
        let Json::Object(members) = json else {
            return Err(source
                .error(&format!("expected an object of tables, found {}", shape(json)), &[])
                .help("write { \"TABLE\": [ items ], \"responses\": { .. } }"));
        };
        for (name, value) in members {
            self.add_member(source, name, value, &[Step::Key(name)])?;
        }
        Ok(())
    }

    fn add_member(&mut self, source: &Source<'_>, name: &str, value: &Json, at: &[Step<'_>]) -> Result<()> {
        if name == RESPONSES && !value.is_array() {
            let Json::Object(responses) = value else {
                return Err(source.error(&format!("`responses` is {}, not an object", shape(value)), at));
            };
            self.responses = Arc::new(responses.clone());
            return Ok(());
        }
        let items = items_of(source, name, value, at)?;
        self.tables.insert(name.to_owned(), Arc::new(TableData { given: true, completed: false, items }));
        Ok(())
    }
}

impl TableData {
    /// The items as templates see them.
    pub fn to_json(&self) -> Json {
        self.items.iter().map(item_to_plain).collect()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn is_given(&self) -> bool {
        self.given
    }

    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }

    pub(super) fn items_mut(&mut self) -> &mut Vec<Item> {
        &mut self.items
    }

    /// Whether a table has keys joined of several attributes.
    pub(super) fn has_joined_keys(table: &Table) -> bool {
        table.keys.iter().chain(table.indexes.values().flatten()).any(|key| key.contains('#'))
    }

    /// Amplify keeps the parts of a composite key joined in one more attribute (`createdOn#orderId`), which no field
    /// of the model shows: items that were written down by hand get it from their parts.
    pub(super) fn complete(&mut self, table: &Table) {
        if std::mem::replace(&mut self.completed, true) {
            return;
        }
        let keys = table.keys.iter().chain(table.indexes.values().flatten());
        for key in keys.filter(|key| key.contains('#')) {
            for item in &mut self.items {
                if !item.contains_key(key) {
                    let parts: Option<Vec<String>> = key.split('#').map(|part| key_text(item.get(part)?)).collect();
                    if let Some(parts) = parts {
                        item.insert(key.clone(), Attribute::S(parts.join("#")));
                    }
                }
            }
        }
    }
}

fn key_text(value: &Attribute) -> Option<String> {
    match value {
        Attribute::S(text) => Some(text.clone()),
        Attribute::N(number) => Some(number.to_json().to_string()),
        Attribute::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Where data comes from, for errors.
struct Source<'s> {
    file: &'s str,
    text: Option<&'s str>,
}

impl Source<'_> {
    fn error(&self, message: &str, at: &[Step<'_>]) -> Error {
        let place = self.text.and_then(|text| line_column(self.file, text, at));
        let (line, column) = place.map_or((0, 0), |place| (place.line, place.column));
        Error::new(ErrorKind::Data, message).at(self.file, line, column)
    }
}

fn items_of(source: &Source<'_>, table: &str, value: &Json, at: &[Step<'_>]) -> Result<Vec<Item>> {
    let (list, typed, at) = match value {
        Json::Array(list) => (list, false, at.to_vec()),
        Json::Object(members) => match members.get("Items") {
            Some(Json::Array(list)) => (list, true, [at, &[Step::Key("Items")]].concat()),
            _ => return Err(unknown_table_shape(source, table, value, at)),
        },
        _ => return Err(unknown_table_shape(source, table, value, at)),
    };
    let mut items = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let place = [at.as_slice(), &[Step::Index(index)]].concat();
        let Json::Object(members) = value else {
            let message = format!("an item of table `{table}` is {}, not an object", shape(value));
            return Err(source.error(&message, &place));
        };
        let item = if typed { item_from_typed(members) } else { item_from_plain(members) };
        items.push(
            item.map_err(|why| source.error(&format!("an item of table `{table}` cannot be stored: {why}"), &place))?,
        );
    }
    Ok(items)
}

fn item_from_typed(members: &Map<String, Json>) -> std::result::Result<Item, String> {
    members
        .iter()
        .map(|(name, value)| {
            let value = Attribute::from_typed(value, name).map_err(|refusal| refusal.message().to_owned())?;
            Ok((name.clone(), value))
        })
        .collect()
}

fn unknown_table_shape(source: &Source<'_>, table: &str, value: &Json, at: &[Step<'_>]) -> Error {
    source
        .error(&format!("table `{table}` is {}, not a list of items", shape(value)), at)
        .help("write [ {\"id\": \"1\", ..}, .. ], or what `aws dynamodb scan` prints")
}

fn read(path: &Path) -> Result<(String, String)> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((file, text)),
        Err(error) => Err(Error::new(ErrorKind::Io, "cannot read the data").in_file(file).caused_by(error)),
    }
}

fn parse(file: &str, text: &str) -> Result<Json> {
    json_file::parse(ErrorKind::Data, file, text)
}

fn shape(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_or_a_folder_say_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, json: Json| std::fs::write(folder.path().join(name), json.to_string()).unwrap();
        let items = json!([{"id": "1", "n": 1.5, "tags": ["a"]}]);
        write("PostTable.json", items.clone());
        write("responses.json", json!({"Query.echo": {"ok": true}}));
        write("ScanTable.json", json!({"Items": [{"id": {"S": "1"}, "tags": {"SS": ["a"]}}], "Count": 1}));
        std::fs::write(folder.path().join("notes.txt"), "not data").unwrap();

        let data = Data::load(folder.path()).unwrap();
        assert_eq!(data.table_names().collect::<Vec<_>>(), ["PostTable", "ScanTable"]);
        assert_eq!(data.table("PostTable").unwrap().to_json(), items);
        assert_eq!(data.table("ScanTable").unwrap().to_json(), json!([{"id": "1", "tags": ["a"]}]));
        assert_eq!(data.response("Query.echo"), Some(&json!({"ok": true})));

        let file = folder.path().join("all.txt");
        std::fs::write(&file, json!({"PostTable": items, "responses": {"Query.echo": 1}}).to_string()).unwrap();
        let data = Data::load(&file).unwrap();
        assert_eq!(data.table("PostTable").unwrap().to_json(), items);
        assert_eq!(data.response("Query.echo"), Some(&json!(1)));
    }

    #[test]
    fn what_cannot_be_read_is_named_by_line_and_column() {
        for (text, line, column, words) in [
            ("{\"A\": [\n {\"é\": ]}", 2, 8, "not JSON"),
            ("[]", 1, 1, "expected an object of tables, found a list"),
            ("{\n  \"A\": {\"id\": 1}}", 2, 8, "table `A` is an object, not a list"),
            ("{\"A\": [{},\n  5]}", 2, 3, "an item of table `A` is a number"),
            ("{\"A\": {\"Items\": [\n {\"id\": \"1\"}]}}", 2, 2, "cannot be stored"),
            ("{\"A\": [{\"n\": 1e300}]}", 1, 8, "Number overflow"),
            ("{\"responses\": 5}", 1, 15, "`responses` is a number"),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let error = Data::load(file.path()).unwrap_err();
            let place = error.place().unwrap();
            assert_eq!((place.line, place.column), (line, column), "{text}: {error}");
            assert!(error.message().contains(words), "{text}: {error}");
        }
        let error = Data::load(Path::new("no/such/file.json")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
    }

    #[test]
    fn a_clone_is_its_own_copy() {
        let first = Data::from_json("d", &json!({"A": [{"id": "1"}]})).unwrap();
        let mut second = first.clone();
        second.table_or_new("A").items_mut().clear();
        assert_eq!((first.table("A").unwrap().len(), second.table("A").unwrap().len()), (1, 0));
    }
}
