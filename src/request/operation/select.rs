//! The selected fields: fragments unfolded, `@skip` and `@include` decided, same keys merged.

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Field, Selection};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::document::Document;
use super::{FieldRun, SchemaInfo, TypeKind, is_composite, literal, print};
use crate::api::schema::TypeRef;

/// Resolves selections of a validated document.
pub(super) struct Selector<'a> {
    schema: &'a dyn SchemaInfo,
    document: &'a Document,
    variables: &'a Map<String, Json>,
}

/// The fields that merge into one: same response key, under the same type conditions.
struct Group<'a> {
    parent: String,
    fields: Vec<&'a Node<Field>>,
}

/// Response key and type conditions → fields.
type Groups<'a> = IndexMap<(String, Vec<String>), Group<'a>>;

impl<'a> Selector<'a> {
    pub(super) fn new(schema: &'a dyn SchemaInfo, document: &'a Document, variables: &'a Map<String, Json>) -> Self {
        Selector { schema, document, variables }
    }

    /// The root fields.
    pub(super) fn root(&self, parent: &str, set: &'a [Selection]) -> Vec<FieldRun> {
        self.fields(parent, &[set])
    }

    fn fields(&self, parent: &str, sets: &[&'a [Selection]]) -> Vec<FieldRun> {
        let mut groups = Groups::new();
        for set in sets {
            self.collect(parent, set, &[], &mut groups);
        }
        groups.into_iter().filter_map(|((key, conditions), group)| self.run(key, conditions, &group)).collect()
    }

    fn collect(&self, parent: &str, set: &'a [Selection], conditions: &[String], groups: &mut Groups<'a>) {
        for item in set {
            match item {
                Selection::Field(field) if self.included(&field.directives) => {
                    let key = (field.response_name().to_string(), conditions.to_vec());
                    let group = || Group { parent: parent.to_owned(), fields: Vec::new() };
                    groups.entry(key).or_insert_with(group).fields.push(field);
                }
                Selection::InlineFragment(inline) if self.included(&inline.directives) => {
                    let on = inline.type_condition.as_ref().map_or(parent, |on| on.as_str());
                    self.collect_on(parent, on, &inline.selection_set, conditions, groups);
                }
                Selection::FragmentSpread(spread) if self.included(&spread.directives) => {
                    if let Some(fragment) = self.document.fragment(&spread.fragment_name) {
                        self.collect_on(parent, &fragment.type_condition, &fragment.selection_set, conditions, groups);
                    }
                }
                _ => {}
            }
        }
    }

    fn collect_on(&self, parent: &str, on: &str, set: &'a [Selection], conditions: &[String], groups: &mut Groups<'a>) {
        if on == parent || self.schema.is_subtype(parent, on) {
            self.collect(parent, set, conditions, groups);
        } else if self.schema.kind(parent) != Some(TypeKind::Object) {
            let mut narrower = conditions.to_vec();
            narrower.push(on.to_owned());
            self.collect(on, set, &narrower, groups);
        }
        // A fragment on another object type never applies.
    }

    fn run(&self, response_key: String, type_conditions: Vec<String>, group: &Group<'a>) -> Option<FieldRun> {
        let first = group.fields.first()?;
        let name = first.name.to_string();
        let info = self.schema.field(&group.parent, &name);
        let return_type = match (&info, name.as_str()) {
            (Some(info), _) => info.ty.clone(),
            (None, "__schema") => "__Schema!".to_owned(),
            (None, "__type") => "__Type".to_owned(),
            (None, _) => "String!".to_owned(),
        };
        let sets: Vec<&[Selection]> = group.fields.iter().map(|field| &*field.selection_set).collect();
        let named = return_type.trim_matches(['[', ']', '!']);
        let composite = is_composite(self.schema.kind(named));
        let selection = if composite { self.fields(named, &sets) } else { Vec::new() };
        let items: Vec<_> = sets.iter().flat_map(|set| *set).collect();
        Some(FieldRun {
            selection_set_list: selection_set_list(&selection),
            selection_set_graphql: if items.is_empty() { String::new() } else { print::selection_set(&items) },
            arguments: info.map_or_else(Map::new, |info| {
                literal::arguments(self.schema, &info.arguments, &first.arguments, self.variables)
            }),
            location: self.document.place(first.location()),
            parent_type: group.parent.clone(),
            response_key,
            name,
            return_type,
            selection,
            type_conditions,
        })
    }

    fn included(&self, directives: &[Node<Directive>]) -> bool {
        let boolean = TypeRef::Named("Boolean".to_owned());
        directives.iter().all(|directive| {
            let condition = directive.specified_argument_by_name("if");
            let value = condition.and_then(|value| literal::convert(self.schema, &boolean, value, self.variables));
            match directive.name.as_str() {
                "skip" => value != Some(Json::Bool(true)),
                "include" => value != Some(Json::Bool(false)),
                _ => true,
            }
        })
    }
}

/// Depth first, response keys joined by `/`; what depends on the object's type is left out.
fn selection_set_list(selection: &[FieldRun]) -> Vec<String> {
    let mut out = Vec::new();
    for field in selection.iter().filter(|field| field.type_conditions.is_empty()) {
        out.push(field.response_key.clone());
        out.extend(field.selection_set_list.iter().map(|below| format!("{}/{below}", field.response_key)));
    }
    out
}
