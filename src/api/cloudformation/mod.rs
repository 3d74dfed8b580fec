//! A deployment: a root template, the stacks it nests and the files they name.
//!
//! Reads the texts of all stacks at most once and parses only those a question leads to.

mod choice;
mod conditions;
mod files;
mod given;
mod intrinsics;
mod place;
mod policies;
mod providers;
mod references;
mod resources;
mod stack;
mod sync;
#[cfg(test)]
mod tests;
mod yaml;
mod yaml_place;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;

pub(in crate::api) use files::{Files, Located};
pub(in crate::api) use given::Given;
use place::At;
pub(in crate::api) use providers::{Described, SchemaSource};
use references::Origin;
use stack::kind_of;
pub(in crate::api) use stack::{Stack, read_text};

use super::model::{DataSource, Function, Resolver};
use crate::error::{Error, ErrorKind, Result};

const API: &str = "AWS::AppSync::GraphQLApi";
const DATA_SOURCE: &str = "AWS::AppSync::DataSource";
const FUNCTION: &str = "AWS::AppSync::FunctionConfiguration";
/// Stacks within stacks: CloudFormation's own, and SAM's, whose `Location` may be a template too.
const NESTED: [(&str, &str); 2] = [
    ("AWS::CloudFormation::Stack", "/Properties/TemplateURL"),
    ("AWS::Serverless::Application", "/Properties/Location"),
];
const SAM_TABLE: &str = "AWS::Serverless::SimpleTable";
const RESOLVER: &str = "AWS::AppSync::Resolver";

/// How many steps one evaluation may take into templates before it counts as going in circles.
const MAX_DEPTH: u32 = 250;

/// How many stacks one deployment may nest (CloudFormation: 500 resources a template).
const MAX_STACKS: usize = 2000;

/// A deployment on disk.
#[derive(Debug)]
pub(in crate::api) struct Deployment {
    pub(in crate::api) given: Given,
    pub(in crate::api) files: Files,
    /// What to do when a file of the build is missing.
    pub(in crate::api) rebuild: &'static str,
    root: Stack,
    /// Stacks deployed beside the root, which may hold resolvers of its API.
    beside: Mutex<Vec<Stack>>,
    /// The API that the person named, by its logical id.
    wanted: Option<String>,
    nested: OnceLock<Nested>,
    api: OnceLock<Origin>,
    fields: OnceLock<FieldIndex>,
    cache: Mutex<Cache>,
}

/// The stacks beside and below the root, numbered from 1.
#[derive(Debug, Default)]
struct Nested {
    stacks: Vec<Stack>,
    /// Stacks whose template is not on disk.
    missing: Vec<Missing>,
}

/// A nested stack whose template is not on disk.
#[derive(Debug)]
struct Missing {
    /// The stack that nests it, and as which resource.
    stack: usize,
    id: String,
    file: Located,
}

/// Which stacks mention a resolver for a field name.
#[derive(Debug, Default)]
struct FieldIndex {
    by_field: HashMap<String, Vec<usize>>,
    /// Stacks with a field name that is computed, and those in YAML: candidates for every field.
    computed: Vec<usize>,
}

#[derive(Debug, Default)]
struct Cache {
    resolvers: HashMap<(String, String), Option<Arc<Resolver>>>,
    functions: HashMap<(usize, String), Arc<Function>>,
    data_sources: HashMap<(usize, String), Arc<DataSource>>,
    texts: HashMap<PathBuf, Arc<str>>,
}

impl Deployment {
    pub(in crate::api) fn new(root: Stack, files: Files, given: Given, rebuild: &'static str) -> Self {
        Deployment {
            given,
            files,
            rebuild,
            root,
            beside: Mutex::default(),
            wanted: None,
            nested: OnceLock::new(),
            api: OnceLock::new(),
            fields: OnceLock::new(),
            cache: Mutex::default(),
        }
    }

    /// The same deployment with stacks that are deployed beside its root: they may hold resolvers of its API.
    pub(in crate::api) fn with_beside(mut self, stacks: Vec<Stack>) -> Self {
        self.beside = Mutex::new(stacks);
        self
    }

    /// The same deployment, of whose APIs one is meant.
    pub(in crate::api) fn with_wanted(mut self, api: Option<String>) -> Self {
        self.wanted = api;
        self
    }

    pub(in crate::api) fn root(&self) -> &Stack {
        &self.root
    }

    pub(in crate::api) fn stack(&self, index: usize) -> Result<&Stack> {
        match index.checked_sub(1) {
            None => Ok(&self.root),
            Some(nested) => self
                .nested()?
                .stacks
                .get(nested)
                .ok_or_else(|| Error::new(ErrorKind::Api, "a stack number that no stack has")),
        }
    }

    /// Every stack with its number, the root first.
    pub(in crate::api) fn stacks(&self) -> Result<impl Iterator<Item = (usize, &Stack)>> {
        Ok(std::iter::once(&self.root).chain(&self.nested()?.stacks).enumerate())
    }

    /// The number of the stack that a resource of another one nests.
    fn nested_as(&self, parent: usize, id: &str) -> Result<Option<usize>> {
        let is_it = |stack: &Stack| stack.parent.as_ref().is_some_and(|(p, i)| *p == parent && i == id);
        Ok(self.nested()?.stacks.iter().position(is_it).map(|index| index + 1))
    }

    fn nested(&self) -> Result<&Nested> {
        if let Some(nested) = self.nested.get() {
            return Ok(nested);
        }
        let mut found = Nested::default();
        if let Ok(mut beside) = self.beside.lock() {
            found.stacks.append(&mut beside);
        }
        self.nest(&self.root, 0, &[], &mut found)?;
        let mut next = 0;
        while let Some(stack) = found.stacks.get(next) {
            let mut above = vec![stack];
            let mut parent = stack.parent.as_ref().and_then(|(number, _)| number.checked_sub(1));
            while let Some(stack) = parent.and_then(|number| found.stacks.get(number)) {
                above.push(stack);
                parent = stack.parent.as_ref().and_then(|(number, _)| number.checked_sub(1));
            }
            let mut below = Nested::default();
            self.nest(stack, next + 1, &above, &mut below)?;
            found.stacks.append(&mut below.stacks);
            found.missing.append(&mut below.missing);
            next += 1;
            if found.stacks.len() > MAX_STACKS {
                let message = format!("more than {MAX_STACKS} stacks are nested");
                return Err(Error::new(ErrorKind::Api, message).in_file(&self.root.name));
            }
        }
        Ok(self.nested.get_or_init(|| found))
    }

    /// Adds the stacks that one nests. A template that nests itself, however deep, would never end.
    fn nest(&self, stack: &Stack, number: usize, above: &[&Stack], found: &mut Nested) -> Result<()> {
        let mut nesting = Vec::new();
        for (kind, location) in NESTED {
            let resources = stack.resources_of(kind)?.into_iter();
            nesting.extend(resources.filter_map(|(id, resource)| {
                // An application of SAM's public repository is no file.
                let url = resource.pointer(location).filter(|url| url.get("ApplicationId").is_none())?;
                Some((id, url))
            }));
        }
        for (id, url) in nesting {
            let located = self.files.locate(&stack.path, &self.literal(stack, url)?);
            if !located.path.is_file() {
                found.missing.push(Missing { stack: number, id: id.to_owned(), file: located });
                continue;
            }
            let mut around = above.iter().copied().chain([&self.root]);
            if let Some(itself) = around.find(|stack| stack.path == located.path) {
                let (top, section);
                top = At::top(number);
                section = top.key("Resources");
                let message = format!("stack `{id}` nests `{}`, which nests it in turn", itself.name);
                let help = "CloudFormation cannot deploy templates that nest each other in a circle: take one out";
                return Err(stack.refuse(&section.key(id), message).help(help));
            }
            found.stacks.push(Stack::read(located.name, located.path, Some((number, id.to_owned())))?);
        }
        Ok(())
    }

    /// Whether a resource nests a stack.
    fn is_nested(resource: &Value) -> bool {
        NESTED.iter().any(|(kind, _)| kind_of(resource) == *kind)
    }

    /// The outermost stack that a stack is nested in: 0 for the root and what is below it.
    pub(in crate::api) fn outermost(&self, mut number: usize) -> Result<usize> {
        while let Some((parent, _)) = &self.stack(number)?.parent {
            number = *parent;
        }
        Ok(number)
    }

    /// The text of a template's URL without evaluating references to other stacks, which are not known yet: only its
    /// end, the file's name, is of interest.
    fn literal(&self, stack: &Stack, value: &Value) -> Result<String> {
        Ok(match value {
            Value::String(text) => text.clone(),
            Value::Object(object) => match object.iter().next().map(|(key, arg)| (key.as_str(), arg)) {
                Some(("Fn::Join", Value::Array(args))) => {
                    let delimiter = args.first().and_then(Value::as_str).unwrap_or("");
                    let parts = args.get(1).and_then(Value::as_array).into_iter().flatten();
                    parts.map(|part| self.literal(stack, part)).collect::<Result<Vec<_>>>()?.join(delimiter)
                }
                Some(("Fn::Sub", Value::Array(args))) => args.first().and_then(Value::as_str).unwrap_or("").to_owned(),
                Some(("Fn::Sub", Value::String(text))) => text.clone(),
                Some(("Ref", Value::String(name))) => match self.given.parameter(name) {
                    Some(value) => value.to_owned(),
                    None => {
                        let declared = stack.section("Parameters")?.and_then(|p| p.get(name));
                        declared.and_then(|p| p.get("Default")).and_then(Value::as_str).unwrap_or("").to_owned()
                    }
                },
                _ => String::new(),
            },
            _ => String::new(),
        })
    }

    /// The stacks that may hold the resolver of a field.
    fn stacks_with_field(&self, field: &str) -> Result<Vec<usize>> {
        let index = match self.fields.get() {
            Some(index) => index,
            None => {
                let index = self.index_fields()?;
                self.fields.get_or_init(|| index)
            }
        };
        let mut stacks = index.by_field.get(field).cloned().unwrap_or_default();
        if stacks.is_empty() {
            // A stack that was cut off must not pass for one without the resolver.
            for (_, stack) in self.stacks()? {
                stack.section("Resources")?;
            }
        }
        stacks.extend(index.computed.iter().filter(|stack| !stacks.contains(stack)).copied().collect::<Vec<_>>());
        Ok(stacks)
    }

    fn index_fields(&self) -> Result<FieldIndex> {
        let mut index = FieldIndex::default();
        for (number, stack) in self.stacks()? {
            if stack.is_yaml() {
                index.computed.extend(stack.mentions(RESOLVER).then_some(number));
                continue;
            }
            let text = stack.text();
            for (at, key) in text.match_indices("\"FieldName\"") {
                let rest = text.get(at + key.len()..).unwrap_or("").trim_start();
                let Some(value) = rest.strip_prefix(':').map(str::trim_start) else { continue };
                let stacks = match value.strip_prefix('"').and_then(|v| v.split_once('"')) {
                    Some((name, _)) => index.by_field.entry(name.to_owned()).or_default(),
                    None => &mut index.computed,
                };
                if stacks.last() != Some(&number) {
                    stacks.push(number);
                }
            }
        }
        Ok(index)
    }
}
