//! The places of a document where something can be wrong, in the order of its text, each with what the schema says
//! about it: what the wording of a validation error needs and the library's diagnostics do not tell.

use std::ops::Range;

use apollo_compiler::ast::{
    Argument, Directive, DirectiveDefinition, Field, FieldDefinition, FragmentDefinition, FragmentSpread,
    InlineFragment, InputValueDefinition, OperationDefinition, Selection, Value, VariableDefinition,
};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Node, Schema};
use rustc_hash::{FxHashMap, FxHashSet};

use super::document::Document;

/// What stands at a place, and its declaration in the schema where it has one.
#[derive(Clone, Copy)]
pub(super) enum Site<'a> {
    Operation(&'a OperationDefinition),
    Fragment(&'a FragmentDefinition),
    Variable(&'a VariableDefinition),
    Field(&'a Field, Option<&'a FieldDefinition>),
    Spread(&'a FragmentSpread),
    Inline(&'a InlineFragment),
    Directive(&'a Directive, Option<&'a DirectiveDefinition>),
    Argument(&'a Argument, Option<&'a InputValueDefinition>),
}

impl<'a> Site<'a> {
    pub(super) fn operation(self) -> Option<&'a OperationDefinition> {
        if let Site::Operation(operation) = self { Some(operation) } else { None }
    }

    pub(super) fn fragment(self) -> Option<&'a FragmentDefinition> {
        if let Site::Fragment(fragment) = self { Some(fragment) } else { None }
    }

    pub(super) fn variable(self) -> Option<&'a VariableDefinition> {
        if let Site::Variable(variable) = self { Some(variable) } else { None }
    }

    pub(super) fn field(self) -> Option<(&'a Field, Option<&'a FieldDefinition>)> {
        if let Site::Field(field, declared) = self { Some((field, declared)) } else { None }
    }

    pub(super) fn spread(self) -> Option<&'a FragmentSpread> {
        if let Site::Spread(spread) = self { Some(spread) } else { None }
    }

    pub(super) fn inline(self) -> Option<&'a InlineFragment> {
        if let Site::Inline(inline) = self { Some(inline) } else { None }
    }

    pub(super) fn directive(self) -> Option<(&'a Directive, Option<&'a DirectiveDefinition>)> {
        if let Site::Directive(directive, declared) = self { Some((directive, declared)) } else { None }
    }

    pub(super) fn argument(self) -> Option<(&'a Argument, Option<&'a InputValueDefinition>)> {
        if let Site::Argument(argument, declared) = self { Some((argument, declared)) } else { None }
    }
}

/// A place.
pub(super) struct Place<'a> {
    pub site: Site<'a>,
    /// The type whose fields are selected here.
    pub on: Option<&'a str>,
    /// Its bytes.
    pub span: Range<usize>,
    /// The place around it.
    within: Option<usize>,
}

/// All places; a place's number is its index.
pub(super) struct Survey<'a> {
    places: Vec<Place<'a>>,
    schema: &'a Schema,
}

/// What operations use.
#[derive(Default)]
pub(super) struct Uses<'a> {
    /// By any operation.
    pub fragments: FxHashSet<&'a str>,
    /// By each operation, in the order of the text.
    pub variables: Vec<FxHashSet<&'a str>>,
}

/// What an operation or a fragment holds itself.
#[derive(Default)]
struct Definition<'a> {
    fragment: Option<&'a str>,
    spreads: Vec<&'a str>,
    variables: Vec<&'a str>,
}

fn collect<'a>(value: &'a Value, variables: &mut Vec<&'a str>) {
    match value {
        Value::Variable(name) => variables.push(name.as_str()),
        Value::List(items) => items.iter().for_each(|item| collect(item, variables)),
        Value::Object(members) => members.iter().for_each(|(_, member)| collect(member, variables)),
        _ => {}
    }
}

impl<'a> Survey<'a> {
    pub(super) fn of(schema: &'a Schema, document: &'a Document) -> Survey<'a> {
        let mut survey = Survey { places: Vec::new(), schema };
        for definition in &document.ast().definitions {
            if let Some(operation) = definition.as_operation_definition() {
                let on = schema.root_operation(operation.operation_type).map(|name| name.as_str());
                let at = survey.add(Site::Operation(operation), on, operation.location(), None);
                for variable in &operation.variables {
                    let at = survey.add(Site::Variable(variable), None, variable.location(), Some(at));
                    survey.directives(&variable.directives, at);
                }
                survey.directives(&operation.directives, at);
                survey.selections(&operation.selection_set, on, at);
            } else if let Some(fragment) = definition.as_fragment_definition() {
                let on = Some(fragment.type_condition.as_str());
                let at = survey.add(Site::Fragment(fragment), on, fragment.location(), None);
                survey.directives(&fragment.directives, at);
                survey.selections(&fragment.selection_set, on, at);
            }
        }
        survey
    }

    /// Every place with its number.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, &Place<'a>)> {
        self.places.iter().enumerate()
    }

    pub(super) fn get(&self, place: usize) -> Option<&Place<'a>> {
        self.places.get(place)
    }

    /// The place around another.
    pub(super) fn around(&self, place: usize) -> Option<(usize, &Place<'a>)> {
        let within = self.get(place)?.within?;
        Some((within, self.get(within)?))
    }

    /// The innermost place of a kind around a byte.
    pub(super) fn at(&self, offset: usize, wanted: impl Fn(&Site<'a>) -> bool) -> Option<(usize, &Place<'a>)> {
        let mut next = self.places.partition_point(|place| place.span.start <= offset).checked_sub(1);
        while let Some(number) = next {
            let place = self.get(number)?;
            if wanted(&place.site) && place.span.contains(&offset) {
                return Some((number, place));
            }
            next = place.within;
        }
        None
    }

    /// The operation or fragment around a place, or the place itself.
    pub(super) fn definition(&self, place: usize) -> Option<&Place<'a>> {
        let mut place = place;
        while let Some((around, _)) = self.around(place) {
            place = around;
        }
        self.get(place)
    }

    /// What the operations use, fragments unfolded.
    pub(super) fn uses(&self) -> Uses<'a> {
        // The places of a definition follow each other.
        let mut definitions: Vec<Definition<'a>> = Vec::new();
        for place in &self.places {
            match (place.site, definitions.last_mut()) {
                (Site::Operation(_), _) => definitions.push(Definition { fragment: None, ..Definition::default() }),
                (Site::Fragment(fragment), _) => {
                    definitions.push(Definition { fragment: Some(fragment.name.as_str()), ..Definition::default() });
                }
                (Site::Spread(spread), Some(definition)) => definition.spreads.push(spread.fragment_name.as_str()),
                (Site::Argument(argument, _), Some(definition)) => collect(&argument.value, &mut definition.variables),
                _ => {}
            }
        }
        let by_name: FxHashMap<&str, &Definition<'a>> =
            definitions.iter().filter_map(|definition| Some((definition.fragment?, definition))).collect();
        let mut uses = Uses::default();
        for operation in definitions.iter().filter(|definition| definition.fragment.is_none()) {
            let (mut variables, mut reached) = (FxHashSet::default(), FxHashSet::default());
            let mut open = vec![operation];
            while let Some(definition) = open.pop() {
                variables.extend(definition.variables.iter().copied());
                let more = definition.spreads.iter().filter(|name| reached.insert(**name));
                open.extend(more.filter_map(|name| by_name.get(name)));
            }
            uses.fragments.extend(reached);
            uses.variables.push(variables);
        }
        uses
    }

    /// The fields that lead to a place by name, behind the fragment's name in a fragment: `getPost/author`.
    pub(super) fn path(&self, place: usize) -> String {
        let mut names = Vec::new();
        let mut next = Some(place);
        while let Some(place) = next.and_then(|number| self.get(number)) {
            match place.site {
                Site::Field(field, _) => names.push(field.name.as_str()),
                Site::Fragment(fragment) => names.push(fragment.name.as_str()),
                _ => {}
            }
            next = place.within;
        }
        names.reverse();
        names.join("/")
    }

    fn add(&mut self, site: Site<'a>, on: Option<&'a str>, span: Option<SourceSpan>, within: Option<usize>) -> usize {
        let span = span.map_or(0..0, |span| span.offset()..span.end_offset());
        self.places.push(Place { site, on, span, within });
        self.places.len() - 1
    }

    fn selections(&mut self, selections: &'a [Selection], on: Option<&'a str>, within: usize) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let declared = on.and_then(|on| self.schema.type_field(on, &field.name).ok());
                    let declared = declared.map(|component| &***component);
                    let at = self.add(Site::Field(field, declared), on, field.location(), Some(within));
                    let arguments = declared.map_or(&[][..], |field| &field.arguments);
                    self.arguments(&field.arguments, arguments, at);
                    self.directives(&field.directives, at);
                    let below = declared.map(|field| field.ty.inner_named_type().as_str());
                    self.selections(&field.selection_set, below, at);
                }
                Selection::FragmentSpread(spread) => {
                    let at = self.add(Site::Spread(spread), on, spread.location(), Some(within));
                    self.directives(&spread.directives, at);
                }
                Selection::InlineFragment(inline) => {
                    let at = self.add(Site::Inline(inline), on, inline.location(), Some(within));
                    self.directives(&inline.directives, at);
                    let on = inline.type_condition.as_ref().map(|name| name.as_str()).or(on);
                    self.selections(&inline.selection_set, on, at);
                }
            }
        }
    }

    fn directives(&mut self, directives: &'a [Node<Directive>], within: usize) {
        for directive in directives {
            let declared = self.schema.directive_definitions.get(&directive.name).map(|node| &**node);
            let at = self.add(Site::Directive(directive, declared), None, directive.location(), Some(within));
            let arguments = declared.map_or(&[][..], |directive| &directive.arguments);
            self.arguments(&directive.arguments, arguments, at);
        }
    }

    fn arguments(&mut self, given: &'a [Node<Argument>], declared: &'a [Node<InputValueDefinition>], within: usize) {
        for argument in given {
            let declared = declared.iter().find(|declared| declared.name == argument.name).map(|node| &**node);
            self.add(Site::Argument(argument, declared), None, argument.location(), Some(within));
        }
    }
}
