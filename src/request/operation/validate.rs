//! Whether a document fits the schema: the rules of graphql-java that AppSync answers with
//! `Validation error of type …`, all of them collected.

use std::collections::HashSet;

use async_graphql_parser::types::{BaseType, Directive, Field, OperationDefinition, Selection, SelectionSet, Type};
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::{Name, Value};

use super::document::{Chosen, Document};
use super::fault::{Invalid, RequestFault};
use super::{FieldInfo, InputInfo, SchemaInfo, is_composite, kind_of, literal};

/// Fields that one operation may unfold to (ours): fragments that spread each other grow without bound.
const MAX_FIELDS: usize = 100_000;
/// Nesting of selections after unfolding fragments (ours).
const MAX_DEPTH: usize = 100;

/// Validates one operation of a document.
pub(super) fn validate(
    schema: &dyn SchemaInfo,
    document: &Document,
    operation: &Chosen<'_>,
    root: &str,
) -> Result<(), RequestFault> {
    let mut validator = Validator {
        schema,
        document,
        operation: operation.node,
        faults: Vec::new(),
        path: Vec::new(),
        spreading: Vec::new(),
        used_variables: HashSet::new(),
        fields: 0,
        too_large: false,
    };
    validator.variable_types();
    validator.directives(&operation.node.directives);
    validator.selection(root, &operation.node.selection_set.node, 0);
    validator.unused_variables();
    validator.unused_fragments();
    if validator.too_large {
        return Err(RequestFault::too_large());
    }
    // A fragment spread twice finds the same fault twice; AppSync names it once a place.
    let mut seen = HashSet::new();
    validator.faults.retain(|fault| seen.insert((fault.rule, fault.at, fault.text.clone())));
    if validator.faults.is_empty() { Ok(()) } else { Err(RequestFault::invalid(&validator.faults)) }
}

struct Validator<'a> {
    schema: &'a dyn SchemaInfo,
    document: &'a Document,
    operation: &'a OperationDefinition,
    faults: Vec<Invalid>,
    path: Vec<String>,
    /// Fragments that are being unfolded, outermost first.
    spreading: Vec<&'a str>,
    used_variables: HashSet<&'a str>,
    fields: usize,
    too_large: bool,
}

impl<'a> Validator<'a> {
    fn fault(&mut self, rule: &'static str, at: Pos, text: String) {
        self.faults.push(Invalid { rule, text, at, path: self.path.clone() });
    }

    fn variable_types(&mut self) {
        for definition in &self.operation.variable_definitions {
            let named = innermost(&definition.node.var_type.node);
            if kind_of(self.schema, named).is_none() {
                self.fault("UnknownType", definition.node.var_type.pos, format!("Unknown type {named}"));
            }
        }
    }

    fn selection(&mut self, parent: &str, set: &'a SelectionSet, depth: usize) {
        if depth > MAX_DEPTH || self.too_large {
            self.too_large = true;
            return;
        }
        for item in &set.items {
            self.directives(item.node.directives());
            match &item.node {
                Selection::Field(field) => self.field(parent, field, depth),
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map(|condition| &condition.node.on);
                    if on.is_none_or(|on| self.composite_exists(on)) {
                        let on = on.map_or(parent, |on| on.node.as_str());
                        self.selection(on, &inline.node.selection_set.node, depth + 1);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    self.spread(&spread.node.fragment_name.node, spread.pos, depth);
                }
            }
        }
    }

    fn spread(&mut self, name: &'a str, at: Pos, depth: usize) {
        let Some(fragment) = self.document.fragment(name) else {
            return self.fault("UndefinedFragment", at, format!("Undefined fragment {name}"));
        };
        if self.spreading.contains(&name) {
            return self.fault("FragmentCycle", at, "Fragment cycles not allowed".to_owned());
        }
        if self.composite_exists(&fragment.type_condition.node.on) {
            self.spreading.push(name);
            self.selection(&fragment.type_condition.node.on.node, &fragment.selection_set.node, depth + 1);
            self.spreading.pop();
        }
    }

    fn composite_exists(&mut self, on: &Positioned<Name>) -> bool {
        let known = is_composite(self.schema.kind(&on.node));
        if !known {
            self.fault("UnknownType", on.pos, format!("Unknown type {}", on.node));
        }
        known
    }

    fn field(&mut self, parent: &str, field: &'a Positioned<Field>, depth: usize) {
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            self.too_large = true;
            return;
        }
        let (at, field) = (field.pos, &field.node);
        let name = field.name.node.as_str();
        self.path.push(name.to_owned());
        if name.starts_with("__") {
            self.variables_in(&field.arguments);
        } else if let Some(info) = self.schema.field(parent, name) {
            self.arguments(&info, field, at);
            self.leaf_or_not(&info, field, at, depth);
        } else {
            self.fault("FieldUndefined", at, format!("Field '{name}' in type '{parent}' is undefined"));
            self.variables_in(&field.arguments);
        }
        self.path.pop();
    }

    fn leaf_or_not(&mut self, info: &FieldInfo, field: &'a Field, at: Pos, depth: usize) {
        let named = info.ty.trim_matches(['[', ']', '!']);
        let (name, set) = (&field.name.node, &field.selection_set.node);
        match (is_composite(self.schema.kind(named)), set.items.is_empty()) {
            (true, true) => {
                let text = format!("Sub selection required for type {named} of field {name}");
                self.fault("SubSelectionRequired", at, text);
            }
            (false, false) => {
                let text = format!("Sub selection not allowed on leaf type {named} of field {name}");
                self.fault("SubSelectionNotAllowed", at, text);
            }
            (true, false) => self.selection(named, set, depth + 1),
            (false, true) => {}
        }
    }

    fn arguments(&mut self, info: &FieldInfo, field: &'a Field, at: Pos) {
        self.variables_in(&field.arguments);
        for (name, value) in &field.arguments {
            let Some(declared) = info.arguments.iter().find(|argument| argument.name == name.node.as_str()) else {
                self.fault("UnknownArgument", name.pos, format!("Unknown field argument {}", name.node));
                continue;
            };
            let Some(ty) = Type::new(&declared.ty) else { continue };
            if let Some(wrong) = literal::check(self.schema, &name.node, &ty, &value.node) {
                self.fault("WrongType", name.pos, wrong);
            }
            self.variable_fits(declared, &ty, &value.node, value.pos);
        }
        for required in info.arguments.iter().filter(|argument| literal::is_required(argument)) {
            if field.get_argument(&required.name).is_none() {
                self.fault("MissingFieldArgument", at, format!("Missing field argument {}", required.name));
            }
        }
    }

    /// A variable in place of a whole argument must be of the argument's type.
    /// The message is graphql-java's; that AppSync words it so is unverified.
    fn variable_fits(&mut self, declared: &InputInfo, expected: &Type, value: &Value, at: Pos) {
        let Value::Variable(name) = value else { return };
        let definitions = &self.operation.variable_definitions;
        let Some(definition) = definitions.iter().find(|definition| definition.node.name.node == *name) else { return };
        let mut actual = definition.node.var_type.node.clone();
        let has_default = definition.node.default_value.is_some() || declared.default.is_some();
        actual.nullable &= !has_default;
        if kind_of(self.schema, innermost(&actual)).is_some() && !is_usable(&actual, expected) {
            let text =
                format!("Variable type '{}' doesn't match expected type '{expected}'", definition.node.var_type.node);
            self.fault("VariableTypeMismatch", at, text);
        }
    }

    fn directives(&mut self, directives: &'a [Positioned<Directive>]) {
        for directive in directives {
            self.variables_in(&directive.node.arguments);
        }
    }

    fn variables_in(&mut self, arguments: &'a [(Positioned<Name>, Positioned<Value>)]) {
        for (_, value) in arguments {
            self.variables_of(&value.node, value.pos);
        }
    }

    fn variables_of(&mut self, value: &'a Value, at: Pos) {
        match value {
            Value::Variable(name) => {
                let mut definitions = self.operation.variable_definitions.iter();
                if !definitions.any(|definition| definition.node.name.node == *name) {
                    self.fault("UndefinedVariable", at, format!("Undefined variable {name}"));
                }
                self.used_variables.insert(name);
            }
            Value::List(items) => items.iter().for_each(|item| self.variables_of(item, at)),
            Value::Object(members) => members.values().for_each(|member| self.variables_of(member, at)),
            _ => {}
        }
    }

    fn unused_variables(&mut self) {
        for definition in &self.operation.variable_definitions {
            let name = definition.node.name.node.as_str();
            if !self.used_variables.contains(name) {
                self.fault("UnusedVariable", definition.pos, format!("Unused variable {name}"));
            }
        }
    }

    /// A fragment is used when any operation of the document reaches it.
    fn unused_fragments(&mut self) {
        let mut reached: HashSet<&str> = HashSet::new();
        let mut open: Vec<&SelectionSet> = self.document.selection_sets().collect();
        while let Some(set) = open.pop() {
            for item in &set.items {
                match &item.node {
                    Selection::Field(field) => open.push(&field.node.selection_set.node),
                    Selection::InlineFragment(inline) => open.push(&inline.node.selection_set.node),
                    Selection::FragmentSpread(spread) => {
                        let name = spread.node.fragment_name.node.as_str();
                        if reached.insert(name) {
                            open.extend(self.document.fragment(name).map(|fragment| &fragment.selection_set.node));
                        }
                    }
                }
            }
        }
        for (name, at) in self.document.fragments() {
            if !reached.contains(name) {
                self.fault("UnusedFragment", at, format!("Unused fragment {name}"));
            }
        }
    }
}

fn innermost(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => innermost(inner),
    }
}

/// Whether a variable's type may stand where a type is expected; `T` also where `[T]` is.
fn is_usable(actual: &Type, expected: &Type) -> bool {
    if !expected.nullable && actual.nullable {
        return false;
    }
    match (&actual.base, &expected.base) {
        (BaseType::Named(a), BaseType::Named(b)) => a == b,
        (BaseType::List(a), BaseType::List(b)) => is_usable(a, b),
        (BaseType::Named(_), BaseType::List(b)) => is_usable(actual, b),
        (BaseType::List(_), BaseType::Named(_)) => false,
    }
}
