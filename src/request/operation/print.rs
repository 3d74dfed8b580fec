//! GraphQL values and selections as text: `selectionSetGraphQL`, and values inside AppSync's messages.

use std::fmt::Write as _;

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Directive, Selection, Value};

/// A selection set from `{` to `}`, two spaces a level, fragments kept as spreads.
pub(super) fn selection_set(items: &[&Selection]) -> String {
    let mut out = String::new();
    write_set(&mut out, items, 0);
    out
}

fn write_set(out: &mut String, items: &[&Selection], level: usize) {
    out.push_str("{\n");
    for item in items {
        out.push_str(&"  ".repeat(level + 1));
        match item {
            Selection::Field(field) => {
                if let Some(alias) = &field.alias {
                    _ = write!(out, "{alias}: ");
                }
                out.push_str(&field.name);
                write_arguments(out, &field.arguments);
                write_directives(out, &field.directives);
                write_nested(out, &field.selection_set, level + 1);
            }
            Selection::FragmentSpread(spread) => {
                _ = write!(out, "...{}", spread.fragment_name);
                write_directives(out, &spread.directives);
            }
            Selection::InlineFragment(inline) => {
                out.push_str("...");
                if let Some(condition) = &inline.type_condition {
                    _ = write!(out, " on {condition}");
                }
                write_directives(out, &inline.directives);
                write_nested(out, &inline.selection_set, level + 1);
            }
        }
        out.push('\n');
    }
    out.push_str(&"  ".repeat(level));
    out.push('}');
}

fn write_nested(out: &mut String, set: &[Selection], level: usize) {
    if !set.is_empty() {
        out.push(' ');
        write_set(out, &set.iter().collect::<Vec<_>>(), level);
    }
}

fn write_arguments(out: &mut String, arguments: &[Node<Argument>]) {
    if !arguments.is_empty() {
        let one = |argument: &Node<Argument>| format!("{}: {}", argument.name, argument.value.serialize().no_indent());
        let list: Vec<_> = arguments.iter().map(one).collect();
        _ = write!(out, "({})", list.join(", "));
    }
}

fn write_directives(out: &mut String, directives: &[Node<Directive>]) {
    for directive in directives {
        _ = write!(out, " @{}", directive.name);
        write_arguments(out, &directive.arguments);
    }
}

/// A literal as graphql-java's `toString` shows it: `ObjectValue{objectFields=[…]}`.
pub(super) fn java_literal(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "NullValue{}".to_owned(),
        Value::Float(number) => format!("FloatValue{{value={}}}", number.as_str()),
        Value::Int(number) => format!("IntValue{{value={}}}", number.as_str()),
        Value::String(text) => format!("StringValue{{value='{text}'}}"),
        Value::Boolean(boolean) => format!("BooleanValue{{value={boolean}}}"),
        Value::Enum(name) => format!("EnumValue{{name='{name}'}}"),
        Value::Variable(name) => format!("VariableReference{{name='{name}'}}"),
        Value::List(items) => {
            format!("ArrayValue{{values=[{}]}}", list(items.iter().map(|item| java_literal(item)).collect()))
        }
        Value::Object(members) => {
            let fields = members.iter();
            let fields = fields.map(|(name, v)| format!("ObjectField{{name='{name}', value={}}}", java_literal(v)));
            format!("ObjectValue{{objectFields=[{}]}}", list(fields.collect()))
        }
    }
}
