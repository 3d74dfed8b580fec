//! AppSync's resources as the model's types: resolvers, functions, templates, data sources, tables.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::intrinsics::{attribute_of, call_of};
use super::references::Origin;
use super::{At, DATA_SOURCE, Deployment, FUNCTION, Missing, RESOLVER, SAM_TABLE, kind_of, read_text};
use crate::api::model::{
    Code, DataSource, DataSourceKind, Function, Projection, Resolver, ResolverKind, Table, Template,
};
use crate::error::{Error, ErrorKind, Result};
use crate::json_file::nearest;

const TABLES: [&str; 5] = [
    SAM_TABLE,
    "AWS::DynamoDB::Table",
    "AWS::DynamoDB::GlobalTable",
    "Custom::AmplifyDynamoDBTable",
    "Custom::ImportedAmplifyDynamoDBTable",
];

/// A resource on the way to the model.
struct Item<'a> {
    at: At<'a>,
    id: &'a str,
    properties: &'a Value,
    /// Who needs it, for messages: `Query.getPost`.
    user: &'a str,
}

impl<'a> Item<'a> {
    fn get(&self, property: &str) -> Option<&'a Value> {
        self.properties.get(property)
    }
}

impl Deployment {
    /// The resolver of a field; `None` when the field has none.
    pub(in crate::api) fn resolver(&self, type_name: &str, field: &str) -> Result<Option<Arc<Resolver>>> {
        let key = (type_name.to_owned(), field.to_owned());
        if let Ok(cache) = self.cache.lock()
            && let Some(known) = cache.resolvers.get(&key)
        {
            return Ok(known.clone());
        }
        let mut found = None;
        for number in self.stacks_with_field(field)? {
            for (id, resource) in self.stack(number)?.resources_of(RESOLVER)? {
                if found.is_none() && self.names(number, id, resource)? == Some(key.clone()) {
                    found = Some(Arc::new(self.read_resolver(number, id, resource, &key)?));
                }
            }
        }
        if found.is_none()
            && let Some(missing) = self.nested()?.missing.first()
        {
            return Err(self.no_stack(missing, type_name, field)?);
        }
        if let Ok(mut cache) = self.cache.lock() {
            cache.resolvers.insert(key, found.clone());
        }
        Ok(found)
    }

    /// The error about a nested stack that is not on disk: it may hold the resolver of a field that none of the others
    /// has.
    fn no_stack(&self, missing: &Missing, type_name: &str, field: &str) -> Result<Error> {
        let Missing { stack, id, file } = missing;
        let message = format!(
            "stack `{id}` nests `{}`, which is missing: it is not known whether `{type_name}.{field}` has a resolver",
            file.name
        );
        let (top, section);
        top = At::top(*stack);
        section = top.key("Resources");
        Ok(self.stack(*stack)?.refuse(&section.key(id), message).help(self.rebuild))
    }

    /// Type and field of every resolver, in the order of the stacks.
    pub(in crate::api) fn resolvers(&self) -> Result<Vec<(String, String)>> {
        let mut names = Vec::new();
        for (number, stack) in self.stacks()? {
            for (id, resource) in stack.resources_of(RESOLVER)? {
                names.extend(self.names(number, id, resource)?);
            }
        }
        Ok(names)
    }

    /// Type and field of a resolver resource; `None` when its condition does not hold or it is another API's.
    fn names(&self, stack: usize, id: &str, resource: &Value) -> Result<Option<(String, String)>> {
        let top = At::top(stack);
        let section = top.key("Resources");
        let resource_at = section.key(id);
        if !self.deployed(&resource_at, resource)? {
            return Ok(None);
        }
        let properties = resource_at.key("Properties");
        if !self.belongs(&properties, resource)? {
            return Ok(None);
        }
        let text = |name: &str| -> Result<String> {
            let value = resource.get("Properties").and_then(|p| p.get(name));
            let text = self.text(&properties.key(name), value)?;
            text.map(|t| t.text).ok_or_else(|| match self.stack(stack) {
                Ok(stack) => stack.refuse(&resource_at, format!("resolver `{id}` has no `{name}`")),
                Err(error) => error,
            })
        };
        Ok(Some((text("TypeName")?, text("FieldName")?)))
    }

    fn read_resolver(&self, stack: usize, id: &str, resource: &Value, key: &(String, String)) -> Result<Resolver> {
        let user = format!("{}.{}", key.0, key.1);
        let (top, section, resource_at);
        top = At::top(stack);
        section = top.key("Resources");
        resource_at = section.key(id);
        let properties = resource.get("Properties").unwrap_or(&Value::Null);
        let item = Item { at: resource_at.key("Properties"), id, properties, user: &user };
        let kind = self.text(&item.at.key("Kind"), item.get("Kind"))?;
        let kind = if kind.is_some_and(|kind| kind.text == "PIPELINE") {
            let config = item.at.key("PipelineConfig");
            let list_at = config.key("Functions");
            let list = item.get("PipelineConfig").and_then(|c| c.get("Functions")).and_then(Value::as_array);
            let functions = list.into_iter().flatten().enumerate();
            let functions = functions.map(|(i, value)| self.function(&list_at.index(i), value, &user));
            ResolverKind::Pipeline(functions.collect::<Result<_>>()?)
        } else {
            ResolverKind::Unit(self.data_source_of(&item)?)
        };
        let conflicts = self.conflicts(&item.at, item.get("SyncConfig"))?;
        let code = self.code(&item)?;
        Ok(Resolver { type_name: key.0.clone(), field: key.1.clone(), kind, conflicts, code })
    }

    /// The function behind an entry of `PipelineConfig.Functions`.
    fn function(&self, at: &At<'_>, value: &Value, user: &str) -> Result<Arc<Function>> {
        let origin = self.origin(at, value)?;
        let known = match &origin {
            Some(origin) => self.stack(origin.stack)?.resource(&origin.id)?,
            None => None,
        };
        let is_function = |r: &&Value| kind_of(r) == FUNCTION;
        let (Some(origin), Some(resource)) = (origin, known.filter(is_function)) else {
            return Err(self.no_function(at, value, user)?);
        };
        let key = (origin.stack, origin.id.clone());
        if let Ok(cache) = self.cache.lock()
            && let Some(function) = cache.functions.get(&key)
        {
            return Ok(Arc::clone(function));
        }
        let (top, section, resource_at);
        top = At::top(origin.stack);
        section = top.key("Resources");
        resource_at = section.key(&origin.id);
        let properties = resource.get("Properties").unwrap_or(&Value::Null);
        let item = Item { at: resource_at.key("Properties"), id: &origin.id, properties, user };
        let name = self.text(&item.at.key("Name"), item.get("Name"))?;
        let function = Arc::new(Function {
            name: name.map_or_else(|| origin.id.clone(), |name| name.text),
            data_source: self.data_source_of(&item)?,
            conflicts: self.conflicts(&item.at, item.get("SyncConfig"))?,
            code: self.code(&item)?,
        });
        if let Ok(mut cache) = self.cache.lock() {
            cache.functions.insert(key, Arc::clone(&function));
        }
        Ok(function)
    }

    /// The error about a function id that leads nowhere.
    fn no_function(&self, at: &At<'_>, value: &Value, user: &str) -> Result<Error> {
        let named = match value.as_object().and_then(call_of) {
            Some(("Fn::GetAtt", arg)) => attribute_of(arg).map(|(id, _)| id.to_owned()),
            Some((_, Value::String(id))) => Some(id.clone()),
            _ => value.as_str().map(str::to_owned),
        };
        let stack = self.stack(at.stack)?;
        let known: Vec<&str> = stack.resources_of(FUNCTION)?.into_iter().map(|(id, _)| id).collect();
        let (message, near) = match &named {
            Some(id) => (format!("function `{id}` of `{user}` is not in this build"), nearest(id, &known)),
            None => (format!("a function of `{user}` is not in this build"), None),
        };
        let help = near.map_or_else(|| self.rebuild.to_owned(), |near| format!("did you mean `{near}`?"));
        Ok(stack.refuse(at, message).help(help))
    }

    fn code(&self, item: &Item<'_>) -> Result<Code> {
        let code = item.get("CodeS3Location");
        if code.is_some() || item.get("Code").is_some() || item.get("Runtime").is_some() {
            let location = self.location(&item.at.key("CodeS3Location"), code)?;
            let stack = self.stack(item.at.stack)?;
            return Ok(Code::JavaScript(match location {
                Some(location) => self.files.locate(&stack.path, &location.text).name,
                None => format!("{}#{}.Code", stack.name, item.id),
            }));
        }
        Ok(Code::Vtl {
            request: self.template(item, "RequestMappingTemplate", "RequestMappingTemplateS3Location")?,
            response: self.template(item, "ResponseMappingTemplate", "ResponseMappingTemplateS3Location")?,
        })
    }

    fn template(&self, item: &Item<'_>, inline: &str, location: &str) -> Result<Option<Template>> {
        if let Some(text) = self.text(&item.at.key(inline), item.get(inline))? {
            let stack = self.stack(item.at.stack)?;
            return Ok(Some(Template {
                name: format!("{}#{}.{inline}", stack.name, item.id),
                text: text.text.into(),
                placeholders: text.placeholders,
                path: Some(stack.path.clone()),
            }));
        }
        let Some(location) = self.location(&item.at.key(location), item.get(location))? else { return Ok(None) };
        let file = self.files.locate(&self.stack(item.at.stack)?.path, &location.text);
        if !file.path.is_file() {
            let side = if inline.starts_with("Request") { "request" } else { "response" };
            let message = format!("`{}` is missing: `{}` runs it (`{}`, {side})", file.name, item.user, item.id);
            return Err(Error::new(ErrorKind::Api, message)
                .in_file(file.path.display().to_string())
                .help(self.rebuild));
        }
        let cached = self.cache.lock().ok().and_then(|cache| cache.texts.get(&file.path).cloned());
        let text = match cached {
            Some(text) => text,
            None => {
                let text: Arc<str> = read_text(&file.path, &file.name)?.into();
                if let Ok(mut cache) = self.cache.lock() {
                    cache.texts.insert(file.path.clone(), Arc::clone(&text));
                }
                text
            }
        };
        Ok(Some(Template { name: file.name, text, placeholders: Vec::new(), path: Some(file.path) }))
    }

    /// The data source that `DataSourceName` names: a reference leads to its resource; a plain text is looked up
    /// among the data sources of all stacks.
    fn data_source_of(&self, item: &Item<'_>) -> Result<Arc<DataSource>> {
        let at = item.at.key("DataSourceName");
        let Some(value) = item.get("DataSourceName") else {
            return Err(self.stack(at.stack)?.refuse(&item.at, format!("`{}` names no data source", item.id)));
        };
        if let Some(origin) = self.origin(&at, value)? {
            let resource = self.stack(origin.stack)?.resource(&origin.id)?;
            if resource.is_some_and(|r| kind_of(r) == DATA_SOURCE) {
                return self.data_source(&origin);
            }
        }
        let name = self.text(&at, Some(value))?.unwrap_or_default().text;
        // The name as text first: most are written out in the template.
        let (likely, rest): (Vec<_>, Vec<_>) = self.stacks()?.partition(|(_, stack)| stack.mentions(&name));
        let mut names = Vec::new();
        for (number, stack) in likely.into_iter().chain(rest) {
            for (id, resource) in stack.resources_of(DATA_SOURCE)? {
                let top = At::top(number);
                let section = top.key("Resources");
                let resource_at = section.key(id);
                let properties = resource_at.key("Properties");
                let named = resource.get("Properties").and_then(|p| p.get("Name"));
                let Some(found) = self.text(&properties.key("Name"), named)? else { continue };
                let meant = self.belongs(&properties, resource)? && self.deployed(&resource_at, resource)?;
                if found.text == name && meant {
                    return self.data_source(&Origin { stack: number, id: id.to_owned() });
                }
                names.push(found.text);
            }
        }
        let message = format!("data source `{name}` of `{}` ({}) is not in this build", item.user, item.id);
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let help = match (nearest(&name, &known), known.as_slice()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, []) => self.rebuild.to_owned(),
            (None, known) => format!("the build has {}", known.join(", ")),
        };
        Err(self.stack(at.stack)?.refuse(&at, message).help(help))
    }

    pub(super) fn data_source(&self, origin: &Origin) -> Result<Arc<DataSource>> {
        let key = (origin.stack, origin.id.clone());
        if let Ok(cache) = self.cache.lock()
            && let Some(source) = cache.data_sources.get(&key)
        {
            return Ok(Arc::clone(source));
        }
        let properties = self.stack(origin.stack)?.resource(&origin.id)?.and_then(|r| r.get("Properties"));
        let properties = properties.unwrap_or(&Value::Null);
        let (top, section, resource_at);
        top = At::top(origin.stack);
        section = top.key("Resources");
        resource_at = section.key(&origin.id);
        let at = resource_at.key("Properties");
        let name = self.text(&at.key("Name"), properties.get("Name"))?;
        let kind = self.text(&at.key("Type"), properties.get("Type"))?.unwrap_or_default().text;
        let kind = match kind.as_str() {
            "NONE" => DataSourceKind::None,
            "AMAZON_DYNAMODB" => {
                let config_at = at.key("DynamoDBConfig");
                let config = properties.get("DynamoDBConfig").unwrap_or(&Value::Null);
                DataSourceKind::DynamoDb(self.table_of(&config_at, config)?)
            }
            _ => DataSourceKind::Other(kind),
        };
        let source = Arc::new(DataSource { name: name.map_or_else(|| origin.id.clone(), |n| n.text), kind });
        if let Ok(mut cache) = self.cache.lock() {
            cache.data_sources.insert(key, Arc::clone(&source));
        }
        Ok(source)
    }

    /// The table of a `DynamoDBConfig`: the resource its name refers to, or one in the same stack that gets the same
    /// name; a table of another deployment has only its name.
    fn table_of(&self, at: &At<'_>, config: &Value) -> Result<Table> {
        let name_at = at.key("TableName");
        let name_value = config.get("TableName").unwrap_or(&Value::Null);
        let name = self.text(&name_at, Some(name_value))?.unwrap_or_default().text;
        let mut table = Table { name, ..Table::default() };
        let versioned =
            self.eval(&at.key("Versioned"), config.get("Versioned").unwrap_or(&Value::Null), &mut vec![])?;
        table.versioned = versioned == Value::Bool(true) || versioned == Value::String("true".into());
        self.read_ttls(at, config, &mut table)?;
        let origin = self.origin(&name_at, name_value)?;
        let referred = match &origin {
            Some(origin) => self.stack(origin.stack)?.resource(&origin.id)?,
            None => None,
        };
        if let (Some(origin), Some(resource)) = (&origin, referred)
            && TABLES.contains(&kind_of(resource))
        {
            self.keys_of(origin.stack, &origin.id, resource, &mut table)?;
            return Ok(table);
        }
        let stack = self.stack(at.stack)?;
        for kind in TABLES {
            for (id, resource) in stack.resources_of(kind)? {
                let top = At::top(at.stack);
                let section = top.key("Resources");
                let mut open = Vec::new();
                if self.reference(&section.key(id), id, &mut open)? == Value::String(table.name.clone()) {
                    self.keys_of(at.stack, id, resource, &mut table)?;
                    return Ok(table);
                }
            }
        }
        Ok(table)
    }

    fn keys_of(&self, stack: usize, id: &str, resource: &Value, table: &mut Table) -> Result<()> {
        table.logical_id = Some(id.to_owned());
        let top = At::top(stack);
        let section = top.key("Resources");
        let resource_at = section.key(id);
        let at = resource_at.key("Properties");
        let properties = resource.get("Properties").unwrap_or(&Value::Null);
        // Amplify's own table resource writes its properties with a small first letter.
        let resolve = |name: &str| -> Result<Value> {
            let small = uncapitalized(name);
            let value = properties.get(name).or_else(|| properties.get(&small)).unwrap_or(&Value::Null);
            self.eval(&at.key(name), value, &mut Vec::new())
        };
        table.keys = match kind_of(resource) {
            SAM_TABLE => {
                let name = resolve("PrimaryKey")?.get("Name").and_then(Value::as_str).unwrap_or("id").to_owned();
                vec![name]
            }
            _ => key_schema(&resolve("KeySchema")?),
        };
        table.attribute_types = attribute_types(&resolve("AttributeDefinitions")?);
        for (list, local) in [("GlobalSecondaryIndexes", false), ("LocalSecondaryIndexes", true)] {
            for index in resolve(list)?.as_array().into_iter().flatten() {
                if let Some(name) = either(index, "IndexName").and_then(Value::as_str) {
                    let keys = either(index, "KeySchema").map(key_schema).unwrap_or_default();
                    table.indexes.insert(name.to_owned(), keys);
                    if let Some(attributes) = either(index, "Projection").and_then(projected) {
                        table.projections.insert(name.to_owned(), Projection { attributes, local });
                    }
                }
            }
        }
        Ok(())
    }
}

/// The attributes an index holds besides keys; `None` for all of them.
fn projected(projection: &Value) -> Option<Vec<String>> {
    match either(projection, "ProjectionType").and_then(Value::as_str)? {
        "KEYS_ONLY" => Some(Vec::new()),
        "INCLUDE" => {
            let names = either(projection, "NonKeyAttributes").and_then(Value::as_array)?;
            Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        _ => None,
    }
}

/// Types of key attributes by name.
fn attribute_types(value: &Value) -> IndexMap<String, String> {
    let text = |definition: &Value, name: &str| either(definition, name).and_then(Value::as_str).map(str::to_owned);
    let definitions = value.as_array().into_iter().flatten();
    definitions.filter_map(|d| Some((text(d, "AttributeName")?, text(d, "AttributeType")?))).collect()
}

/// Attribute names of a key schema, the partition key first.
fn key_schema(value: &Value) -> Vec<String> {
    let mut keys: Vec<(bool, String)> = Vec::new();
    for key in value.as_array().into_iter().flatten() {
        let is_range = either(key, "KeyType").and_then(Value::as_str) == Some("RANGE");
        if let Some(name) = either(key, "AttributeName").and_then(Value::as_str) {
            keys.push((is_range, name.to_owned()));
        }
    }
    keys.sort_by_key(|(is_range, _)| *is_range);
    keys.into_iter().map(|(_, name)| name).collect()
}

fn either<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).or_else(|| value.get(uncapitalized(name)))
}

fn uncapitalized(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}
