//! From text to [`Schema`]: the only file that names the GraphQL parser's service types.

use async_graphql_parser::types::{
    BaseType, ConstDirective, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind as Ast,
    TypeSystemDefinition,
};
use async_graphql_parser::{Pos, Positioned, parse_schema};
use async_graphql_value::Name;
use indexmap::IndexMap;

use super::{Directive, FieldDef, InputValue, Schema, TypeDef, TypeKind, TypeRef};
use crate::error::{Error, ErrorKind, Result};
use crate::source_file::SourceFile;

impl Schema {
    /// Reads a schema. Directives it does not know are kept, not judged.
    ///
    /// # Errors
    /// `GraphQl` with line and column when the text is no schema.
    pub fn parse(file: SourceFile) -> Result<Schema> {
        let document = match parse_schema(file.text()) {
            Ok(document) => document,
            // The parser wants list types without white space; GraphQL does not.
            Err(error) => match spaces_out_of_lists(file.text()).and_then(|text| parse_schema(text).ok()) {
                Some(document) => document,
                None => return Err(syntax_error(&file, &error)),
            },
        };
        let mut schema = Schema {
            file,
            types: IndexMap::new(),
            query: "Query".into(),
            mutation: "Mutation".into(),
            subscription: "Subscription".into(),
        };
        for definition in document.definitions {
            match definition {
                TypeSystemDefinition::Schema(roots) => {
                    let named = |root: &Option<Positioned<Name>>, slot: &mut String| {
                        if let Some(name) = root {
                            *slot = name.node.to_string();
                        }
                    };
                    named(&roots.node.query, &mut schema.query);
                    named(&roots.node.mutation, &mut schema.mutation);
                    named(&roots.node.subscription, &mut schema.subscription);
                }
                TypeSystemDefinition::Type(definition) => add_type(&mut schema.types, definition.node),
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(schema)
    }
}

/// Adds a definition; an extension (and a second definition) adds to what is there.
fn add_type(types: &mut IndexMap<String, TypeDef>, definition: TypeDefinition) {
    let (line, column) = place(definition.name.pos);
    let name = definition.name.node.to_string();
    let def = types.entry(name.clone()).or_insert_with(|| TypeDef {
        name,
        kind: TypeKind::Scalar,
        fields: IndexMap::new(),
        inputs: IndexMap::new(),
        values: Vec::new(),
        members: Vec::new(),
        directives: Vec::new(),
        line,
        column,
    });
    if !definition.extend {
        (def.line, def.column) = (line, column);
    }
    def.directives.extend(definition.directives.into_iter().map(directive));
    let names = |list: Vec<Positioned<Name>>| list.into_iter().map(|name| name.node.to_string());
    match definition.kind {
        Ast::Scalar => def.kind = TypeKind::Scalar,
        Ast::Object(object) => {
            def.kind = TypeKind::Object;
            def.members.extend(names(object.implements));
            def.fields.extend(object.fields.into_iter().map(field));
        }
        Ast::Interface(interface) => {
            def.kind = TypeKind::Interface;
            def.members.extend(names(interface.implements));
            def.fields.extend(interface.fields.into_iter().map(field));
        }
        Ast::Union(union) => {
            def.kind = TypeKind::Union;
            def.members.extend(names(union.members));
        }
        Ast::Enum(values) => {
            def.kind = TypeKind::Enum;
            def.values.extend(values.values.into_iter().map(|v| v.node.value.node.to_string()));
        }
        Ast::InputObject(input) => {
            def.kind = TypeKind::Input;
            def.inputs.extend(input.fields.into_iter().map(|f| {
                let value = input_value(f.node);
                (value.name.clone(), value)
            }));
        }
    }
}

fn field(definition: Positioned<FieldDefinition>) -> (String, FieldDef) {
    let definition = definition.node;
    let (line, column) = place(definition.name.pos);
    let name = definition.name.node.to_string();
    let field = FieldDef {
        name: name.clone(),
        ty: type_ref(&definition.ty.node),
        args: definition.arguments.into_iter().map(|arg| input_value(arg.node)).collect(),
        directives: definition.directives.into_iter().map(directive).collect(),
        line,
        column,
    };
    (name, field)
}

fn input_value(definition: InputValueDefinition) -> InputValue {
    InputValue {
        name: definition.name.node.to_string(),
        ty: type_ref(&definition.ty.node),
        default: definition.default_value.and_then(|value| value.node.into_json().ok()),
    }
}

fn directive(directive: Positioned<ConstDirective>) -> Directive {
    let (line, column) = place(directive.pos);
    Directive {
        name: directive.node.name.node.to_string(),
        arguments: directive
            .node
            .arguments
            .into_iter()
            .filter_map(|(name, value)| Some((name.node.to_string(), value.node.into_json().ok()?)))
            .collect(),
        line,
        column,
    }
}

fn type_ref(ty: &Type) -> TypeRef {
    let base = match &ty.base {
        BaseType::Named(name) => TypeRef::Named(name.to_string()),
        BaseType::List(inner) => TypeRef::List(Box::new(type_ref(inner))),
    };
    if ty.nullable { base } else { TypeRef::NonNull(Box::new(base)) }
}

fn place(pos: Pos) -> (u32, u32) {
    let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (clamp(pos.line), clamp(pos.column))
}

fn syntax_error(file: &SourceFile, error: &async_graphql_parser::Error) -> Error {
    let (line, column) = error.positions().next().map_or((0, 0), place);
    let mut at = file.line(line).chars().skip((column as usize).saturating_sub(1)).peekable();
    // The whole word the parser stopped at, or the one sign.
    let word = match at.peek() {
        Some(c) if c.is_alphanumeric() => at.take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>(),
        Some(c) => c.to_string(),
        None => String::new(),
    };
    let message = if word.is_empty() {
        "this is no GraphQL schema: a definition is not complete".to_owned()
    } else {
        format!("this is no GraphQL schema: `{word}` is not expected here")
    };
    Error::new(ErrorKind::GraphQl, message).at(file.name(), line, column)
}

/// Moves the white space inside `[ Type ]` in front of it, so that every other place stays where it was. `None` when
/// there is none to move.
fn spaces_out_of_lists(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut moved = false;
    while let Some(open) = rest.find('[') {
        let (before, list) = rest.split_at(open);
        out.push_str(before);
        let end = list.find(']').map_or(list.len(), |close| close + 1);
        let (inside, after) = list.split_at(end);
        let is_type =
            inside.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '[' | ']' | '!' | '_'));
        if is_type && inside.contains(char::is_whitespace) {
            out.extend(inside.chars().filter(|c| c.is_whitespace()));
            out.extend(inside.chars().filter(|c| !c.is_whitespace()));
            moved = true;
        } else {
            out.push_str(inside);
        }
        rest = after;
    }
    out.push_str(rest);
    moved.then_some(out)
}
