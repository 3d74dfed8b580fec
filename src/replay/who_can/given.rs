//! What a field is asked with when nobody asks: the least that the schema demands, one record in each table that the
//! resolver reads, answers of the other data sources. Every made-up text says what it stands for, so that a condition
//! which compares two of them can be told.

use serde_json::{Map, Value as Json, json};

use crate::api::schema::{InputValue, TypeKind, TypeRef};
use crate::api::{Api, DataSource, DataSourceKind, ResolverKind, Schema, Table};
use crate::error::Result;
use crate::execute::FieldInput;
use crate::explain::edit::key_of;
use crate::source::Data;

/// How deep inputs and objects are made up; a type may hold itself.
const DEEPEST: u32 = 4;

/// A field with what it is asked with, and what the data sources hold.
#[derive(Debug, Clone)]
pub struct Given {
    /// The field.
    pub input: FieldInput,
    /// One record a table, and an answer for each source that is not simulated.
    pub data: Data,
    /// Whether the field gives a list, of which a filter may withhold what is not the caller's.
    pub is_list: bool,
    /// Where the records are: table and key.
    pub records: Vec<Vec<Json>>,
}

impl Given {
    /// The least that the schema demands. `keys` adds the optional arguments that name keys of the tables.
    ///
    /// # Errors
    /// An API that cannot be read.
    pub fn least(api: &Api, parent_type: &str, field: &str, keys: bool) -> Result<Given> {
        let schema = &api.schema;
        let sources = sources(api, parent_type, field)?;
        let mut arguments = Map::new();
        let declared = schema.field(parent_type, field);
        let key_names: Vec<&str> = sources.iter().filter_map(|source| table(source)).flat_map(keys_of).collect();
        for input in declared.map(|field| field.args.as_slice()).unwrap_or_default() {
            let is_key = keys && key_names.contains(&input.name.as_str()) && is_scalar(schema, &input.ty);
            if is_key || is_demanded(input) {
                arguments.insert(input.name.clone(), argument(schema, &input.ty, &input.name, 0));
            } else if let Some(default) = &input.default {
                arguments.insert(input.name.clone(), default.clone());
            }
        }
        let source = match schema.is_root(parent_type) {
            true => Json::Null,
            false => object(schema, parent_type, 0),
        };
        let mut data = Data::empty();
        let (mut responses, mut records) = (Map::new(), Vec::new());
        for source in &sources {
            match (&source.kind, table(source)) {
                (_, Some(table)) => {
                    let item = record(table, &arguments);
                    let key = key_of(&item, &table.keys).unwrap_or_else(|| item.clone());
                    records.push(vec![json!(source.name), key]);
                    data.edit_items(&source.name, |items| items.push(item))?;
                }
                (DataSourceKind::Other(kind), _) => {
                    let value = declared.map_or(Json::Null, |field| value(schema, &field.ty, &field.name, 0));
                    responses.insert(source.name.clone(), answer(kind, value));
                }
                _ => {}
            }
        }
        data.edit_responses(|held| *held = responses);
        let input = FieldInput { source, ..FieldInput::new(parent_type, field, arguments) };
        let is_list = declared.is_some_and(|field| gives_list(schema, &field.ty));
        Ok(Given { input, data, is_list, records })
    }

    /// A value that a data source could have given.
    pub fn value(schema: &Schema, ty: &TypeRef, name: &str) -> Json {
        value(schema, ty, name, 0)
    }
}

/// The optional arguments of a field that can be given one by one: scalars of its own and of its inputs, each with a
/// value.
pub fn optional(schema: &Schema, parent_type: &str, field: &str, given: &Map<String, Json>) -> Vec<(Vec<Json>, Json)> {
    let mut found = Vec::new();
    let declared = schema.field(parent_type, field).map(|field| field.args.as_slice()).unwrap_or_default();
    for argument in declared {
        if !given.contains_key(&argument.name) && schema.input_fields(argument.ty.base_name()).is_none() {
            found.push((vec![json!(argument.name)], self::argument(schema, &argument.ty, &argument.name, 0)));
        }
        let Some(Json::Object(members)) = given.get(&argument.name) else { continue };
        let Some(inputs) = schema.input_fields(argument.ty.base_name()) else { continue };
        for input in inputs.values().filter(|input| !members.contains_key(&input.name)) {
            let path = vec![json!(argument.name), json!(input.name)];
            if schema.input_fields(input.ty.base_name()).is_none() {
                found.push((path, self::argument(schema, &input.ty, &input.name, 0)));
            }
        }
    }
    found
}

fn is_demanded(input: &InputValue) -> bool {
    input.ty.is_non_null() && input.default.is_none()
}

fn is_scalar(schema: &Schema, ty: &TypeRef) -> bool {
    let is_one = matches!(ty.nullable(), TypeRef::Named(_));
    is_one && matches!(schema.type_kind(ty.base_name()), Some(TypeKind::Scalar | TypeKind::Enum))
}

fn argument(schema: &Schema, ty: &TypeRef, name: &str, depth: u32) -> Json {
    if let TypeRef::List(inner) = ty.nullable() {
        return json!([argument(schema, inner, name, depth)]);
    }
    let named = ty.base_name();
    let Some(inputs) = schema.input_fields(named) else { return leaf(schema, named, name) };
    let mut members = Map::new();
    for input in inputs.values() {
        if is_demanded(input) && depth < DEEPEST {
            members.insert(input.name.clone(), argument(schema, &input.ty, &input.name, depth + 1));
        } else if let Some(default) = &input.default {
            members.insert(input.name.clone(), default.clone());
        }
    }
    Json::Object(members)
}

/// A value that a data source could have given.
fn value(schema: &Schema, ty: &TypeRef, name: &str, depth: u32) -> Json {
    if let TypeRef::List(inner) = ty.nullable() {
        return json!([value(schema, inner, name, depth)]);
    }
    match schema.possible_types(ty.base_name()).first() {
        Some(named) if depth < DEEPEST => object(schema, named, depth + 1),
        Some(_) => Json::Null,
        None => leaf(schema, ty.base_name(), name),
    }
}

/// An object with its scalars.
fn object(schema: &Schema, named: &str, depth: u32) -> Json {
    let mut members = Map::new();
    for field in schema.type_def(named).into_iter().flat_map(|def| def.fields.values()) {
        let is_leaf = schema.possible_types(field.ty.base_name()).is_empty();
        if is_leaf || (field.ty.is_non_null() && depth < DEEPEST) {
            members.insert(field.name.clone(), value(schema, &field.ty, &field.name, depth));
        }
    }
    Json::Object(members)
}

/// A scalar or enum; of texts one that says what it stands for.
fn leaf(schema: &Schema, named: &str, name: &str) -> Json {
    if let Some(first) = schema.enum_values(named).and_then(<[String]>::first) {
        return json!(first);
    }
    match named {
        "Int" | "Long" => json!(1),
        "Float" => json!(1.5),
        "Boolean" => json!(true),
        "AWSDate" => json!("2026-01-15"),
        "AWSTime" => json!("12:00:00Z"),
        "AWSDateTime" => json!("2026-01-15T12:00:00.000Z"),
        "AWSTimestamp" => json!(1_768_478_400),
        "AWSEmail" => json!("somebody@example.com"),
        "AWSJSON" => json!("{}"),
        "AWSURL" => json!("https://example.com/"),
        "AWSPhone" => json!("+12025550123"),
        "AWSIPAddress" => json!("192.0.2.1"),
        _ => json!(format!("some-{name}")),
    }
}

/// The data sources that a field's resolver asks.
fn sources(api: &Api, parent_type: &str, field: &str) -> Result<Vec<std::sync::Arc<DataSource>>> {
    let Some(resolver) = api.resolver(parent_type, field)? else { return Ok(Vec::new()) };
    let mut found: Vec<std::sync::Arc<DataSource>> = match resolver.kind {
        ResolverKind::Unit(source) => vec![source],
        ResolverKind::Pipeline(functions) => functions.iter().map(|function| function.data_source.clone()).collect(),
    };
    let mut seen = Vec::new();
    found.retain(|source| {
        let new = !seen.contains(&source.name);
        seen.push(source.name.clone());
        new
    });
    Ok(found)
}

fn table(source: &DataSource) -> Option<&Table> {
    match &source.kind {
        DataSourceKind::DynamoDb(table) => Some(table),
        _ => None,
    }
}

/// The names of the keys of a table and its indexes; of a joined key (`a#b`) those of its parts.
fn keys_of(table: &Table) -> impl Iterator<Item = &str> {
    let id = table.keys.is_empty().then_some("id");
    let all = table.keys.iter().chain(table.indexes.values().flatten());
    all.flat_map(|key| key.split('#')).chain(id)
}

/// The record that the arguments ask for: its keys alone.
fn record(table: &Table, arguments: &Map<String, Json>) -> Json {
    let mut item = Map::new();
    for name in keys_of(table) {
        let made_up = || match table.attribute_types.get(name).map(String::as_str) {
            Some("N") => json!(1),
            _ => json!(format!("some-{name}")),
        };
        item.insert(name.to_owned(), named(arguments, name).cloned().unwrap_or_else(made_up));
    }
    Json::Object(item)
}

/// The first argument of a name, however deep.
fn named<'j>(arguments: &'j Map<String, Json>, name: &str) -> Option<&'j Json> {
    let here = arguments.get(name).filter(|value| !value.is_object() && !value.is_array());
    here.or_else(|| arguments.values().filter_map(Json::as_object).find_map(|inner| named(inner, name)))
}

fn gives_list(schema: &Schema, ty: &TypeRef) -> bool {
    let items = schema.field(ty.base_name(), "items");
    matches!(ty.nullable(), TypeRef::List(_))
        || items.is_some_and(|items| matches!(items.ty.nullable(), TypeRef::List(_)))
}

/// An answer of a data source that is not simulated, of the shape that its kind gives.
fn answer(kind: &str, value: Json) -> Json {
    match kind {
        "HTTP" => json!({ "statusCode": 200, "headers": {}, "body": value.to_string() }),
        "RELATIONAL_DATABASE" => {
            json!(json!({ "sqlStatementResults": [{ "columnMetadata": [], "records": [] }] }).to_string())
        }
        "AMAZON_OPENSEARCH_SERVICE" | "AMAZON_ELASTICSEARCH" => {
            json!({ "hits": { "total": { "value": 0 }, "hits": [] } })
        }
        "AMAZON_EVENTBRIDGE" => json!({ "Entries": [{ "EventId": "" }], "FailedEntry": 0 }),
        _ => value,
    }
}
