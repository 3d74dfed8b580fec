//! The schema that AppSync serves: types, fields, arguments, directives, each with its place.
//!
//! Knows GraphQL and AppSync's directives; knows no requests and no callers.

mod edit;
mod library;
mod modes;
pub(crate) mod parse;

use std::fmt;
use std::sync::Arc;

use apollo_compiler::validation::Valid;

use indexmap::IndexMap;

use crate::source_file::SourceFile;

pub use modes::{EffectiveModes, IgnoredDirective, ModesFrom};

/// Scalars that need no declaration: GraphQL's own and AppSync's.
pub(crate) const BUILT_IN_SCALARS: [&str; 15] = [
    "ID",
    "String",
    "Int",
    "Float",
    "Boolean",
    "AWSDate",
    "AWSTime",
    "AWSDateTime",
    "AWSTimestamp",
    "AWSEmail",
    "AWSJSON",
    "AWSURL",
    "AWSPhone",
    "AWSIPAddress",
    // Not in its documentation, but accepted since 2020.
    "Long",
];

/// A GraphQL type reference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TypeRef {
    /// `String`
    Named(String),
    /// `[String]`
    List(Box<TypeRef>),
    /// `String!`; holds a named type or a list.
    NonNull(Box<TypeRef>),
}

impl TypeRef {
    /// The name inside all lists and non-nulls.
    pub fn base_name(&self) -> &str {
        match self {
            TypeRef::Named(name) => name,
            TypeRef::List(inner) | TypeRef::NonNull(inner) => inner.base_name(),
        }
    }

    /// Whether null is no value of it.
    pub fn is_non_null(&self) -> bool {
        matches!(self, TypeRef::NonNull(_))
    }

    /// Reads what [`TypeRef`]'s `Display` writes.
    pub fn parse(text: &str) -> Option<TypeRef> {
        let text = text.trim();
        if let Some(inner) = text.strip_suffix('!') {
            return match TypeRef::parse(inner)? {
                TypeRef::NonNull(_) => None,
                inner => Some(TypeRef::NonNull(Box::new(inner))),
            };
        }
        match text.strip_prefix('[') {
            Some(inner) => Some(TypeRef::List(Box::new(TypeRef::parse(inner.strip_suffix(']')?)?))),
            None => {
                let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                is_name.then(|| TypeRef::Named(text.to_owned()))
            }
        }
    }

    /// The type without its outermost `!`.
    pub fn nullable(&self) -> &TypeRef {
        match self {
            TypeRef::NonNull(inner) => inner,
            other => other,
        }
    }
}

impl fmt::Display for TypeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypeRef::Named(name) => f.write_str(name),
            TypeRef::List(inner) => write!(f, "[{inner}]"),
            TypeRef::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}

/// A directive on a type or field.
#[derive(Debug, Clone, PartialEq)]
pub struct Directive {
    /// Its name without `@`.
    pub name: String,
    /// Its arguments; enum values are strings.
    pub arguments: Vec<(String, serde_json::Value)>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl Directive {
    /// The value of an argument.
    pub fn argument(&self, name: &str) -> Option<&serde_json::Value> {
        self.arguments.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// An argument as a list of strings; a single string is a list of one, as GraphQL coerces it.
    pub fn strings(&self, name: &str) -> Option<Vec<String>> {
        match self.argument(name)? {
            serde_json::Value::String(one) => Some(vec![one.clone()]),
            serde_json::Value::Array(many) => Some(many.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()),
            _ => None,
        }
    }
}

/// An argument of a field, or a field of an input type.
#[derive(Debug, Clone, PartialEq)]
pub struct InputValue {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeRef,
    /// Its default; enum values are strings.
    pub default: Option<serde_json::Value>,
}

/// A field of an object or interface type.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDef {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: TypeRef,
    /// Its arguments in the order of the schema.
    pub args: Vec<InputValue>,
    /// Its directives.
    pub directives: Vec<Directive>,
    /// Line of the name, from 1.
    pub line: u32,
    /// Column of the name, from 1.
    pub column: u32,
}

impl FieldDef {
    /// The argument of a name.
    pub fn arg(&self, name: &str) -> Option<&InputValue> {
        self.args.iter().find(|arg| arg.name == name)
    }

    /// The mutations that feed a subscription field: the argument of its `@aws_subscribe`.
    pub fn subscribed_mutations(&self) -> Option<Vec<String>> {
        self.directives.iter().find(|d| d.name == "aws_subscribe").and_then(|d| d.strings("mutations"))
    }
}

/// What a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeKind {
    /// `scalar`
    Scalar,
    /// `type`
    Object,
    /// `interface`
    Interface,
    /// `union`
    Union,
    /// `enum`
    Enum,
    /// `input`
    Input,
}

/// A type of the schema.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeDef {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: TypeKind,
    /// Object, interface: its fields.
    pub fields: IndexMap<String, FieldDef>,
    /// Input: its fields.
    pub inputs: IndexMap<String, InputValue>,
    /// Enum: its values.
    pub values: Vec<String>,
    /// Union: its members; object, interface: the interfaces it implements.
    pub members: Vec<String>,
    /// Its directives.
    pub directives: Vec<Directive>,
    /// Line of the name, from 1.
    pub line: u32,
    /// Column of the name, from 1.
    pub column: u32,
}

/// The schema of an API.
#[derive(Debug, Clone)]
pub struct Schema {
    file: Arc<SourceFile>,
    types: IndexMap<String, Arc<TypeDef>>,
    /// The same for the library that validates documents.
    library: Arc<Valid<apollo_compiler::Schema>>,
    query: String,
    mutation: String,
    subscription: String,
}

impl Schema {
    /// The file it was read from.
    pub fn file(&self) -> &SourceFile {
        &self.file
    }

    /// The schema for the library that validates documents.
    pub(crate) fn library(&self) -> &Valid<apollo_compiler::Schema> {
        &self.library
    }

    /// The name of the query type: `Query` unless the schema says otherwise.
    pub fn query_type(&self) -> &str {
        &self.query
    }

    /// The name of the mutation type, whether or not the schema has one.
    pub fn mutation_type(&self) -> &str {
        &self.mutation
    }

    /// The name of the subscription type, whether or not the schema has one.
    pub fn subscription_type(&self) -> &str {
        &self.subscription
    }

    /// Whether a type is one of the root types.
    pub fn is_root(&self, type_name: &str) -> bool {
        type_name == self.query || type_name == self.mutation || type_name == self.subscription
    }

    /// Every type in the order of the schema.
    pub fn types(&self) -> impl Iterator<Item = &TypeDef> {
        self.types.values().map(|def| &**def)
    }

    /// The declared type of a name; built-in scalars have none.
    pub fn type_def(&self, name: &str) -> Option<&TypeDef> {
        self.types.get(name).map(|def| &**def)
    }

    /// What a type name stands for, built-in scalars included.
    pub fn type_kind(&self, name: &str) -> Option<TypeKind> {
        match self.types.get(name) {
            Some(def) => Some(def.kind),
            None => BUILT_IN_SCALARS.contains(&name).then_some(TypeKind::Scalar),
        }
    }

    /// A field of an object or interface type.
    pub fn field(&self, type_name: &str, field: &str) -> Option<&FieldDef> {
        self.types.get(type_name)?.fields.get(field)
    }

    /// The fields of an input type.
    pub fn input_fields(&self, type_name: &str) -> Option<&IndexMap<String, InputValue>> {
        self.types.get(type_name).filter(|def| def.kind == TypeKind::Input).map(|def| &def.inputs)
    }

    /// The values of an enum type.
    pub fn enum_values(&self, type_name: &str) -> Option<&[String]> {
        self.types.get(type_name).filter(|def| def.kind == TypeKind::Enum).map(|def| def.values.as_slice())
    }

    /// The object types that a value of this type can be: itself, a union's members, an interface's implementors.
    pub fn possible_types(&self, type_name: &str) -> Vec<&str> {
        match self.types.get(type_name) {
            Some(def) if def.kind == TypeKind::Object => vec![def.name.as_str()],
            Some(def) if def.kind == TypeKind::Union => def.members.iter().map(String::as_str).collect(),
            Some(def) if def.kind == TypeKind::Interface => self
                .types
                .values()
                .filter(|t| t.kind == TypeKind::Object && t.members.iter().any(|m| m == type_name))
                .map(|t| t.name.as_str())
                .collect(),
            _ => Vec::new(),
        }
    }
}
