//! A GraphQL document as AppSync runs it: which operation, which fields in which order, with which arguments.
//!
//! What AppSync refuses here (a document that does not parse or validate, variables that do not fit) is data, a
//! [`RequestFault`], worded as AppSync words it.

mod aws_scalar;
mod check;
mod coerce;
mod document;
mod fault;
mod literal;
mod outline;
mod print;
mod rules;
mod scalar;
mod schema;
mod select;
mod serialize;
mod size;
mod survey;
mod validate;

pub use check::check;
pub use outline::{Outline, outline, root_fields};
pub use document::Document;
pub use fault::RequestFault;
pub use serialize::{cannot_serialize, serialize};

use apollo_compiler::validation::Valid;
use serde_json::{Map, Value as Json};

use super::GraphQlBody;
use crate::api::schema::BUILT_IN_SCALARS;

/// Query, mutation or subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// Fields run side by side.
    Query,
    /// Fields run one after the other.
    Mutation,
    /// One field, over a WebSocket.
    Subscription,
}

impl OperationKind {
    /// GraphQL's keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            OperationKind::Query => "query",
            OperationKind::Mutation => "mutation",
            OperationKind::Subscription => "subscription",
        }
    }
}

/// What a named type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeKind {
    /// Built in, AWS's or the schema's own.
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
    InputObject,
}

/// A field as its type declares it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldInfo {
    /// Its type in GraphQL's writing: `[Post!]!`.
    pub ty: String,
    /// Its arguments, in order.
    pub arguments: Vec<InputInfo>,
}

/// An argument or a field of an input object.
#[derive(Debug, Clone, PartialEq)]
pub struct InputInfo {
    /// Its name.
    pub name: String,
    /// Its type in GraphQL's writing: `[ID!]`.
    pub ty: String,
    /// Its default; enum values as texts.
    pub default: Option<Json>,
}

/// What running a request needs to know of a schema. Built-in and AWS scalars need not be declared.
pub trait SchemaInfo {
    /// The root type of an operation.
    fn root(&self, operation: OperationKind) -> Option<&str>;
    /// What a declared type is.
    fn kind(&self, type_name: &str) -> Option<TypeKind>;
    /// A field of an object or interface type.
    fn field(&self, type_name: &str, field: &str) -> Option<FieldInfo>;
    /// The fields of an input type, in the order of the schema; empty for any other type.
    fn input_fields(&self, type_name: &str) -> Vec<InputInfo>;
    /// Whether an enum type has a value.
    fn has_enum_value(&self, type_name: &str, value: &str) -> bool;
    /// The schema for the library that validates documents.
    fn library(&self) -> &Valid<apollo_compiler::Schema>;
    /// Whether an object or interface type implements an interface or is a member of a union.
    fn is_subtype(&self, type_name: &str, abstract_type: &str) -> bool;
}

/// An operation, ready to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Query, mutation or subscription.
    pub kind: OperationKind,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The root type's name.
    pub root_type: String,
    /// Its root fields, in order of their first appearance.
    pub fields: Vec<FieldRun>,
    /// The variables as sent: `$ctx.info.variables`.
    pub variables: Map<String, Json>,
}

/// A field to run: a root field or one selected below it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldRun {
    /// Its key in the response: the alias, else the name.
    pub response_key: String,
    /// Its name in the schema; `__typename`, `__schema` and `__type` are not in the schema.
    pub name: String,
    /// The type it was selected on. Where that is an interface or a union, the object's own type is only known
    /// when it is there.
    pub parent_type: String,
    /// Its type in the schema: `[Post!]!`.
    pub return_type: String,
    /// Its arguments, coerced, in the order of the schema. What was not given and has no default is absent.
    pub arguments: Map<String, Json>,
    /// What is selected below it. Below an interface or a union one response key may appear several times with
    /// different [`FieldRun::type_conditions`]; those that apply merge.
    pub selection: Vec<FieldRun>,
    /// Types that the object must all be of (itself, or by interface or union) for this field to count.
    pub type_conditions: Vec<String>,
    /// Line and column in the document, from 1.
    pub location: (u32, u32),
    /// `$ctx.info.selectionSetList`
    pub selection_set_list: Vec<String>,
    /// `$ctx.info.selectionSetGraphQL`
    pub selection_set_graphql: String,
}

impl FieldRun {
    /// The name of its type without lists and exclamation marks.
    pub fn named_type(&self) -> &str {
        self.return_type.trim_matches(['[', ']', '!'])
    }

    /// Whether it is `__typename` or introspection, which no schema declares.
    pub fn is_meta(&self) -> bool {
        self.name.starts_with("__")
    }
}

/// Reads, validates and resolves a request against a schema.
///
/// # Errors
///
/// The answer AppSync gives to a request it does not run, or the fact that is missing.
pub fn prepare(schema: &dyn SchemaInfo, body: &GraphQlBody) -> Result<Operation, RequestFault> {
    if let Some(problem) = body.problem {
        return Err(RequestFault::of_body(problem));
    }
    let document = Document::parse(&body.query)?;
    validate::validate(schema, &document)?;
    let operation = document.operation(body.operation_name.as_deref())?;
    let kind = document::kind_of_operation(operation);
    let Some(root) = schema.root(kind) else { return Err(RequestFault::no_root(kind)) };
    let variables = coerce::variables(schema, &document, operation, &body.variables)?;
    let fields = select::Selector::new(schema, &document, &variables).root(root, &operation.selection_set);
    let name = operation.name.as_ref().map(|name| name.to_string());
    Ok(Operation { kind, name, root_type: root.to_owned(), fields, variables: body.variables.clone() })
}

/// What a named type is, built-in and AWS scalars included.
fn kind_of(schema: &dyn SchemaInfo, type_name: &str) -> Option<TypeKind> {
    schema.kind(type_name).or_else(|| BUILT_IN_SCALARS.contains(&type_name).then_some(TypeKind::Scalar))
}

fn is_composite(kind: Option<TypeKind>) -> bool {
    matches!(kind, Some(TypeKind::Object | TypeKind::Interface | TypeKind::Union))
}

#[cfg(test)]
mod tests;
