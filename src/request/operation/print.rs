//! GraphQL values and selections as text: `selectionSetGraphQL`, and values inside AppSync's messages.

use std::fmt::Write as _;

use async_graphql_parser::Positioned;
use async_graphql_parser::types::{Directive, Selection, SelectionSet};
use async_graphql_value::{Name, Value};

/// A selection set from `{` to `}`, two spaces a level, fragments kept as spreads.
pub(super) fn selection_set(items: &[&Positioned<Selection>]) -> String {
    let mut out = String::new();
    write_set(&mut out, items, 0);
    out
}

fn write_set(out: &mut String, items: &[&Positioned<Selection>], level: usize) {
    out.push_str("{\n");
    for item in items {
        out.push_str(&"  ".repeat(level + 1));
        match &item.node {
            Selection::Field(field) => {
                if let Some(alias) = &field.node.alias {
                    _ = write!(out, "{}: ", alias.node);
                }
                out.push_str(&field.node.name.node);
                write_arguments(out, &field.node.arguments);
                write_directives(out, &field.node.directives);
                write_nested(out, &field.node.selection_set.node, level + 1);
            }
            Selection::FragmentSpread(spread) => {
                _ = write!(out, "...{}", spread.node.fragment_name.node);
                write_directives(out, &spread.node.directives);
            }
            Selection::InlineFragment(inline) => {
                out.push_str("...");
                if let Some(condition) = &inline.node.type_condition {
                    _ = write!(out, " on {}", condition.node.on.node);
                }
                write_directives(out, &inline.node.directives);
                write_nested(out, &inline.node.selection_set.node, level + 1);
            }
        }
        out.push('\n');
    }
    out.push_str(&"  ".repeat(level));
    out.push('}');
}

fn write_nested(out: &mut String, set: &SelectionSet, level: usize) {
    if !set.items.is_empty() {
        out.push(' ');
        write_set(out, &set.items.iter().collect::<Vec<_>>(), level);
    }
}

fn write_arguments(out: &mut String, arguments: &[(Positioned<Name>, Positioned<Value>)]) {
    if !arguments.is_empty() {
        let list: Vec<_> = arguments.iter().map(|(name, value)| format!("{}: {}", name.node, value.node)).collect();
        _ = write!(out, "({})", list.join(", "));
    }
}

fn write_directives(out: &mut String, directives: &[Positioned<Directive>]) {
    for directive in directives {
        _ = write!(out, " @{}", directive.node.name.node);
        write_arguments(out, &directive.node.arguments);
    }
}

/// A literal as graphql-java's `toString` shows it: `ObjectValue{objectFields=[…]}`.
pub(super) fn java_literal(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "NullValue{}".to_owned(),
        Value::Number(number) if number.is_f64() => format!("FloatValue{{value={number}}}"),
        Value::Number(number) => format!("IntValue{{value={number}}}"),
        Value::String(text) => format!("StringValue{{value='{text}'}}"),
        Value::Boolean(boolean) => format!("BooleanValue{{value={boolean}}}"),
        Value::Binary(_) => "StringValue{value=''}".to_owned(),
        Value::Enum(name) => format!("EnumValue{{name='{name}'}}"),
        Value::Variable(name) => format!("VariableReference{{name='{name}'}}"),
        Value::List(items) => format!("ArrayValue{{values=[{}]}}", list(items.iter().map(java_literal).collect())),
        Value::Object(members) => {
            let fields = members.iter();
            let fields = fields.map(|(name, v)| format!("ObjectField{{name='{name}', value={}}}", java_literal(v)));
            format!("ObjectValue{{objectFields=[{}]}}", list(fields.collect()))
        }
    }
}
