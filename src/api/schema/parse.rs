//! From text to [`Schema`]: the library's tree of the text, made into ours.

use std::sync::Arc;

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{self, Definition, OperationType, Type, Value};
use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::parser::{Parser, SourceSpan};
use apollo_compiler::validation::DiagnosticList;
use indexmap::IndexMap;

use super::{Directive, FieldDef, InputValue, Schema, TypeDef, TypeKind, TypeRef, library};
use crate::error::{Error, ErrorKind, Result};
use crate::source_file::SourceFile;

impl Schema {
    /// Reads a schema. Directives it does not know are kept, not judged.
    ///
    /// # Errors
    /// `GraphQl` with line and column when the text is no schema, or one that AppSync refuses: a type that is not
    /// there or that is there twice.
    pub fn parse(file: SourceFile) -> Result<Schema> {
        let document = parse_graphql(&file, "schema")?;
        let mut types = Types { file: &file, all: IndexMap::new() };
        let mut roots = [None, None, None];
        for definition in &document.definitions {
            match definition {
                Definition::SchemaDefinition(schema) => set_roots(&mut roots, &schema.root_operations),
                Definition::SchemaExtension(schema) => set_roots(&mut roots, &schema.root_operations),
                Definition::OperationDefinition(_) | Definition::FragmentDefinition(_) => {
                    return Err(not_of_a_schema(&file, definition));
                }
                other => types.add(other)?,
            }
        }
        let types = types.all;
        let library = library::compile(&document, &file, &types)?;
        let [query, mutation, subscription] = roots;
        Ok(Schema {
            query: query.unwrap_or_else(|| "Query".to_owned()),
            mutation: mutation.unwrap_or_else(|| "Mutation".to_owned()),
            subscription: subscription.unwrap_or_else(|| "Subscription".to_owned()),
            types: types.into_iter().map(|(name, def)| (name, Arc::new(def))).collect(),
            library,
            file: Arc::new(file),
        })
    }
}

/// The library's tree of a text; `what` names the kind of text in the error.
///
/// # Errors
/// `GraphQl` with the place of the first syntax error.
pub(crate) fn parse_graphql(file: &SourceFile, what: &str) -> Result<ast::Document> {
    Parser::new().parse_ast(file.text(), file.name()).map_err(|broken| syntax_error(file, what, &broken.errors))
}

/// The line and column of a node; (0, 0) for what the library made itself.
pub(crate) fn place(file: &SourceFile, span: Option<SourceSpan>) -> (u32, u32) {
    span.map_or((0, 0), |span| {
        let at = file.line_column(u32::try_from(span.offset()).unwrap_or(u32::MAX));
        (at.line, at.column)
    })
}

/// A constant as JSON; enum values are strings. A variable, or a number that JSON cannot hold, is `None`.
pub(crate) fn constant(value: &Value) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    Some(match value {
        Value::Null => Json::Null,
        Value::Enum(name) => Json::String(name.to_string()),
        Value::Variable(_) => return None,
        Value::String(text) => Json::String(text.clone()),
        Value::Float(number) => serde_json::from_str(number.as_str()).ok()?,
        Value::Int(number) => serde_json::from_str(number.as_str()).ok()?,
        Value::Boolean(boolean) => Json::Bool(*boolean),
        Value::List(items) => Json::Array(items.iter().map(|item| constant(item)).collect::<Option<_>>()?),
        Value::Object(members) => Json::Object(
            members.iter().map(|(name, value)| Some((name.to_string(), constant(value)?))).collect::<Option<_>>()?,
        ),
    })
}

impl From<&Type> for TypeRef {
    fn from(ty: &Type) -> Self {
        let base = match ty {
            Type::Named(name) | Type::NonNullNamed(name) => TypeRef::Named(name.to_string()),
            Type::List(inner) | Type::NonNullList(inner) => TypeRef::List(Box::new(TypeRef::from(&**inner))),
        };
        if ty.is_non_null() { TypeRef::NonNull(Box::new(base)) } else { base }
    }
}

fn set_roots(roots: &mut [Option<String>; 3], declared: &[Node<(OperationType, Name)>]) {
    let [query, mutation, subscription] = roots;
    for root in declared {
        let slot = match root.0 {
            OperationType::Query => &mut *query,
            OperationType::Mutation => &mut *mutation,
            OperationType::Subscription => &mut *subscription,
        };
        *slot = Some(root.1.to_string());
    }
}

struct Types<'a> {
    file: &'a SourceFile,
    all: IndexMap<String, TypeDef>,
}

impl Types<'_> {
    fn add(&mut self, definition: &Definition) -> Result<()> {
        use Definition as D;
        let file = self.file;
        let names = |list: &[Name]| list.iter().map(Name::to_string).collect::<Vec<_>>();
        let fields = |list: &[Node<ast::FieldDefinition>]| list.iter().map(|f| field(file, f)).collect::<Vec<_>>();
        let inputs = |list: &[Node<ast::InputValueDefinition>]| list.iter().map(|i| input(i)).collect::<Vec<_>>();
        let values = |list: &[Node<ast::EnumValueDefinition>]| list.iter().map(|v| v.value.to_string()).collect();
        let part = match definition {
            D::ScalarTypeDefinition(_) | D::ScalarTypeExtension(_) => Part::of(TypeKind::Scalar),
            D::ObjectTypeDefinition(d) => {
                Part::fields(TypeKind::Object, fields(&d.fields), names(&d.implements_interfaces))
            }
            D::ObjectTypeExtension(d) => {
                Part::fields(TypeKind::Object, fields(&d.fields), names(&d.implements_interfaces))
            }
            D::InterfaceTypeDefinition(d) => {
                Part::fields(TypeKind::Interface, fields(&d.fields), names(&d.implements_interfaces))
            }
            D::InterfaceTypeExtension(d) => {
                Part::fields(TypeKind::Interface, fields(&d.fields), names(&d.implements_interfaces))
            }
            D::UnionTypeDefinition(d) => Part { members: names(&d.members), ..Part::of(TypeKind::Union) },
            D::UnionTypeExtension(d) => Part { members: names(&d.members), ..Part::of(TypeKind::Union) },
            D::EnumTypeDefinition(d) => Part { values: values(&d.values), ..Part::of(TypeKind::Enum) },
            D::EnumTypeExtension(d) => Part { values: values(&d.values), ..Part::of(TypeKind::Enum) },
            D::InputObjectTypeDefinition(d) => Part { inputs: inputs(&d.fields), ..Part::of(TypeKind::Input) },
            D::InputObjectTypeExtension(d) => Part { inputs: inputs(&d.fields), ..Part::of(TypeKind::Input) },
            _ => return Ok(()),
        };
        let Some(name) = definition.name() else { return Ok(()) };
        let (line, column) = place(file, name.location());
        self.merge(name, definition, part, line, column)
    }

    /// A definition, or what an extension (in front of it or behind it) adds to it.
    fn merge(&mut self, name: &Name, definition: &Definition, part: Part, line: u32, column: u32) -> Result<()> {
        let extends = definition.is_extension_definition();
        let (kind, file) = (part.kind, self.file);
        let def = self.all.entry(name.to_string()).or_insert_with(|| TypeDef {
            name: name.to_string(),
            kind,
            fields: IndexMap::new(),
            inputs: IndexMap::new(),
            values: Vec::new(),
            members: Vec::new(),
            directives: Vec::new(),
            line: 0,
            column: 0,
        });
        if !extends {
            if def.line > 0 {
                return Err(Error::new(ErrorKind::GraphQl, format!("the type `{name}` is there twice"))
                    .at(file.name(), line, column)
                    .help(format!("the first is in line {}; `extend` adds to a type", def.line)));
            }
            (def.kind, def.line, def.column) = (kind, line, column);
        }
        def.directives.extend(definition.directives().iter().map(|d| directive(file, d)));
        def.fields.extend(part.fields.into_iter().map(|field| (field.name.clone(), field)));
        def.inputs.extend(part.inputs.into_iter().map(|input| (input.name.clone(), input)));
        def.values.extend(part.values);
        def.members.extend(part.members);
        Ok(())
    }
}

/// What one definition or extension says of a type.
struct Part {
    kind: TypeKind,
    fields: Vec<FieldDef>,
    inputs: Vec<InputValue>,
    values: Vec<String>,
    members: Vec<String>,
}

impl Part {
    fn of(kind: TypeKind) -> Part {
        Part { kind, fields: Vec::new(), inputs: Vec::new(), values: Vec::new(), members: Vec::new() }
    }

    fn fields(kind: TypeKind, fields: Vec<FieldDef>, members: Vec<String>) -> Part {
        Part { fields, members, ..Part::of(kind) }
    }
}

fn field(file: &SourceFile, definition: &ast::FieldDefinition) -> FieldDef {
    let (line, column) = place(file, definition.name.location());
    FieldDef {
        name: definition.name.to_string(),
        ty: TypeRef::from(&definition.ty),
        args: definition.arguments.iter().map(|argument| input(argument)).collect(),
        directives: definition.directives.iter().map(|d| directive(file, d)).collect(),
        line,
        column,
    }
}

fn input(definition: &ast::InputValueDefinition) -> InputValue {
    InputValue {
        name: definition.name.to_string(),
        ty: TypeRef::from(&*definition.ty),
        default: definition.default_value.as_ref().and_then(|value| constant(value)),
    }
}

pub(super) fn directive(file: &SourceFile, directive: &Node<ast::Directive>) -> Directive {
    let (line, column) = place(file, directive.location());
    let arguments = directive.arguments.iter();
    let arguments = arguments.filter_map(|argument| Some((argument.name.to_string(), constant(&argument.value)?)));
    Directive { name: directive.name.to_string(), arguments: arguments.collect(), line, column }
}

fn not_of_a_schema(file: &SourceFile, definition: &Definition) -> Error {
    let (line, column) = place(file, definition.location());
    Error::new(ErrorKind::GraphQl, "this is no GraphQL schema: it holds an operation or a fragment")
        .at(file.name(), line, column)
        .help("queries are given by `--query FILE`")
}

fn syntax_error(file: &SourceFile, what: &str, errors: &DiagnosticList) -> Error {
    let span = errors.iter().next().and_then(|diagnostic| diagnostic.error.location());
    let offset = span.map_or(0, |span| span.offset());
    let (line, column) = place(file, span);
    let rest = file.text().get(offset..).unwrap_or("").trim_start();
    // The whole word the parser stopped at, or the one sign.
    let word: String = match rest.chars().next() {
        Some(c) if c.is_alphanumeric() => rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect(),
        Some(c) => c.to_string(),
        None => String::new(),
    };
    let message = if word.is_empty() {
        format!("this is no GraphQL {what}: it ends too early")
    } else {
        format!("this is no GraphQL {what}: `{word}` is not expected here")
    };
    Error::new(ErrorKind::GraphQl, message).at(file.name(), line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_beyond_reason_is_an_error_not_a_crash() {
        for text in [
            format!("type Query {{ a: {} }}", "[".repeat(100_000)),
            format!("type Query {{ a: {}Int{} }}", "[".repeat(100_000), "]".repeat(100_000)),
            "{".repeat(100_000),
            format!("type Query {{ a(b: Int = {}): Int }}", "[".repeat(100_000)),
            format!("type Query @a(b: {}1{}) {{ a: Int }}", "[".repeat(100_000), "]".repeat(100_000)),
            "type Query implements ".repeat(50_000),
            "type A { a: B } ".repeat(20_000),
        ] {
            let error = Schema::parse(SourceFile::new("s.graphql", text)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::GraphQl);
        }
    }

    #[test]
    fn extensions_add_to_a_type_before_and_behind_it() {
        let text = "extend type Query { a: Int } type Query { b: Int } extend type Query { c: Gone } scalar Gone";
        let schema = Schema::parse(SourceFile::new("s.graphql", text)).unwrap();
        let fields: Vec<_> = schema.type_def("Query").unwrap().fields.keys().collect();
        assert_eq!(fields, ["a", "b", "c"]);
        assert_eq!(schema.type_def("Query").unwrap().column, 35);
    }

    #[test]
    fn a_schema_may_declare_what_appsync_declares() {
        let text =
            "directive @aws_iam on OBJECT scalar AWSDate scalar Int type Query @aws_iam @own { a: AWSDate b: Long }";
        assert!(Schema::parse(SourceFile::new("s.graphql", text)).is_ok());
    }
}
