//! GraphQL's rules in AppSync's words: what the library calls a mistake, what graphql-java (which AppSync runs) calls
//! it, and how it is said. What is not in the table is no mistake to AppSync, or said elsewhere: literals by
//! `validate`, with AWS's scalars.

mod unverified;

use std::ops::Range;

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, InputValueDefinition};

use super::document::Document;
use super::survey::{Place, Site, Survey, Uses};
use super::{SchemaInfo, is_composite, kind_of, literal};
use crate::api::schema::TypeRef;

/// A mistake that the library found, and where.
pub(super) struct Found<'a> {
    pub schema: &'a dyn SchemaInfo,
    pub document: &'a Document,
    pub survey: &'a Survey<'a>,
    pub uses: &'a Uses<'a>,
    /// The bytes the library points at.
    pub span: Range<usize>,
}

/// A mistake as AppSync says it.
pub(super) struct Said {
    /// Graphql-java's name of the rule.
    pub rule: &'static str,
    /// What is wrong.
    pub text: String,
    /// The bytes where it is wrong.
    pub at: Vec<usize>,
    /// The fields that lead there.
    pub path: String,
    /// Where it comes among the others: at which byte, and by which rule.
    pub order: (usize, usize),
}

impl Said {
    pub(super) fn new(rule: &'static str, text: String, at: usize, path: String) -> Said {
        let rank = RULES.iter().position(|row| row.java == rule).unwrap_or_default();
        Said { rule, text, at: vec![at], path, order: (at, rank) }
    }
}

/// A row: the library's name, graphql-java's, and the words. A name may have several rows that divide its cases.
struct Rule {
    library: &'static str,
    java: &'static str,
    words: fn(&Found<'_>) -> Vec<Words>,
}

/// The text of an error, and where it is: its place's own start unless another byte is given.
struct Words {
    text: String,
    place: usize,
    at: Option<Vec<usize>>,
}

const fn rule(library: &'static str, java: &'static str, words: fn(&Found<'_>) -> Vec<Words>) -> Rule {
    Rule { library, java, words }
}

/// In the order in which graphql-java asks its rules about a place.
const RULES: &[Rule] = &[
    rule("TypeSystemDefinition", "NonExecutableDefinition", unverified::type_definition),
    rule("UnsupportedValueType", "WrongType", said_by_literals),
    rule("UndefinedField", "FieldUndefined", undefined_field),
    rule("InvalidFragmentTarget", "InlineFragmentTypeConditionInvalid", unverified::inline_on_leaf),
    rule("InvalidFragmentTarget", "FragmentTypeConditionInvalid", unverified::fragment_on_leaf),
    rule("UndefinedArgument", "UnknownArgument", undefined_argument),
    rule("UndefinedDirective", "UnknownDirective", unverified::undefined_directive),
    rule("UnsupportedLocation", "MisplacedDirective", unverified::misplaced_directive),
    rule("UndefinedFragment", "UndefinedFragment", undefined_fragment),
    rule("UndefinedDefinition", "UnknownType", undefined_type),
    rule("UndefinedTypeInNamedFragmentTypeCondition", "UnknownType", undefined_type),
    rule("UndefinedTypeInInlineFragmentTypeCondition", "UnknownType", undefined_type),
    rule("RecursiveFragmentDefinition", "FragmentCycle", unverified::fragment_cycle),
    rule("UndefinedVariable", "UndefinedVariable", undefined_variable),
    rule("ConflictingFieldName", "FieldsConflict", unverified::different_fields),
    rule("ConflictingFieldArgument", "FieldsConflict", unverified::different_arguments),
    rule("ConflictingFieldType", "FieldsConflict", unverified::different_types),
    rule("InvalidFragmentSpread", "InvalidFragmentType", unverified::impossible_fragment),
    rule("RequiredArgument", "MissingFieldArgument", missing_field_argument),
    rule("RequiredArgument", "MissingDirectiveArgument", unverified::missing_directive_argument),
    rule("SubselectionOnScalarType", "SubSelectionNotAllowed", selection_on_leaf),
    rule("SubselectionOnEnumType", "SubSelectionNotAllowed", selection_on_leaf),
    rule("MissingSubselection", "SubSelectionRequired", no_selection),
    rule("IntCoercionError", "BadValueForDefaultArg", said_by_literals),
    rule("VariableInputType", "NonInputTypeOnVariable", no_input_type),
    rule("DisallowedVariableUsage", "VariableTypeMismatch", variable_of_argument),
    rule("UnsupportedValueType", "VariableTypeMismatch", variable_inside_literal),
    rule("AmbiguousAnonymousOperation", "LoneAnonymousOperationViolation", unverified::lone_anonymous),
    rule("UniqueDirective", "DuplicateDirectiveName", unverified::same_directive),
    rule("OperationNameCollision", "DuplicateOperationName", unverified::same_operation),
    rule("FragmentNameCollision", "DuplicateFragmentName", unverified::same_fragment),
    rule("UniqueArgument", "DuplicateArgumentNames", unverified::same_argument),
    rule("UniqueVariable", "DuplicateVariableName", unverified::same_variable),
    rule("SubscriptionUsesMultipleFields", "SubscriptionMultipleRootFields", unverified::several_subscriptions),
    rule("UnusedVariable", "UnusedVariable", unused_variable),
    rule("UnusedFragment", "UnusedFragment", unused_fragment),
];

/// Says a mistake that has a name in the library.
pub(super) fn say(library: &str, found: &Found<'_>) -> Vec<Said> {
    let rows = RULES.iter().enumerate().filter(|(_, rule)| rule.library == library);
    let said = rows.flat_map(|(rank, rule)| (rule.words)(found).into_iter().map(move |words| (rank, rule, words)));
    let said = said.filter_map(|(rank, rule, words)| {
        let start = || found.survey.get(words.place).map(|place| vec![place.span.start]);
        let (at, path) = (words.at.or_else(start)?, found.survey.path(words.place));
        let first = at.first().copied().unwrap_or_default();
        // Graphql-java finds these when it leaves the document, an operation, a selection.
        let (path, turn) = match rule.java {
            "UnusedFragment" => (String::new(), usize::MAX),
            "UnusedVariable" | "FieldsConflict" => {
                (path, found.survey.definition(words.place).map_or(first, |definition| definition.span.end))
            }
            _ => (path, first),
        };
        Some(Said { rule: rule.java, text: words.text, at, path, order: (turn, rank) })
    });
    said.collect()
}

// The library goes on without what it could not make sense of, and then takes for unused or missing what stands in it.
// So where that is possible the document itself is asked.
impl<'a> Found<'a> {
    /// The innermost place of a kind around the mistake.
    fn place<T>(&self, pick: impl Fn(Site<'a>) -> Option<T>) -> Option<(usize, &Place<'a>, T)> {
        let (number, place) = self.survey.at(self.span.start, |site| pick(*site).is_some())?;
        Some((number, place, pick(place.site)?))
    }

    /// Says one thing about the innermost place of a kind, at its start.
    fn say<T>(
        &self,
        pick: impl Fn(Site<'a>) -> Option<T>,
        text: impl FnOnce(usize, &Place<'a>, T) -> Option<String>,
    ) -> Vec<Words> {
        let said = self.place(pick).and_then(|(number, place, node)| {
            text(number, place, node).map(|text| Words { text, place: number, at: None })
        });
        said.into_iter().collect()
    }

    fn text(&self) -> &str {
        self.document.text(self.span.clone())
    }

    /// Whether selections can be made on a type of the schema or of introspection.
    fn has_fields(&self, type_name: &str) -> bool {
        is_composite(self.schema.kind(type_name)) || type_name.starts_with("__")
    }
}

fn said_by_literals(_: &Found<'_>) -> Vec<Words> {
    Vec::new()
}

fn undefined_field(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::field, |_, place, (field, _)| {
        let on = place.on.filter(|on| found.has_fields(on))?;
        Some(format!("Field '{}' in type '{on}' is undefined", field.name))
    })
}

fn undefined_argument(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::argument, |number, _, (argument, _)| {
        let directive = found.survey.around(number).and_then(|(_, place)| place.site.directive());
        let owner = if directive.is_some() { "directive" } else { "field" };
        Some(format!("Unknown {owner} argument {}", argument.name))
    })
}

fn undefined_fragment(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::spread, |_, _, spread| {
        let name = &spread.fragment_name;
        found.document.fragment(name).is_none().then(|| format!("Undefined fragment {name}"))
    })
}

fn undefined_type(found: &Found<'_>) -> Vec<Words> {
    let type_name = |site| match site {
        Site::Variable(variable) => Some(variable.ty.inner_named_type()),
        Site::Fragment(fragment) => Some(&fragment.type_condition),
        Site::Inline(inline) => inline.type_condition.as_ref(),
        _ => None,
    };
    let said = found.place(type_name).map(|(place, _, name)| Words {
        text: format!("Unknown type {name}"),
        place,
        at: name.location().map(|span| vec![span.offset()]),
    });
    said.into_iter().collect()
}

fn undefined_variable(found: &Found<'_>) -> Vec<Words> {
    let text = format!("Undefined variable {}", found.text().trim_start_matches('$'));
    let place = found.place(Site::argument);
    place.map(|(place, ..)| Words { text, place, at: Some(vec![found.span.start]) }).into_iter().collect()
}

/// The library names one missing argument at a time, but not in its place: all of them are said, each once.
fn missing_field_argument(found: &Found<'_>) -> Vec<Words> {
    match found.place(|site| site.field().map(|_| site).or(site.directive().map(|_| site))) {
        Some((place, _, Site::Field(field, Some(declared)))) => {
            missing(place, "field", &field.arguments, &declared.arguments)
        }
        _ => Vec::new(),
    }
}

fn missing(place: usize, owner: &str, given: &[Node<Argument>], declared: &[Node<InputValueDefinition>]) -> Vec<Words> {
    let absent = |name: &str| !given.iter().any(|argument| argument.name == name);
    let missing = declared.iter().filter(|argument| argument.is_required() && absent(&argument.name));
    let text = |name: &str| format!("Missing {owner} argument {name}");
    missing.map(|argument| Words { text: text(&argument.name), place, at: None }).collect()
}

fn selection_on_leaf(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::field, |_, _, (field, declared)| {
        let leaf = declared?.ty.inner_named_type();
        Some(format!("Sub selection not allowed on leaf type {leaf} of field {}", field.name))
    })
}

fn no_selection(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::field, |_, _, (field, declared)| {
        let composite = declared?.ty.inner_named_type();
        let text = || format!("Sub selection required for type {composite} of field {}", field.name);
        field.selection_set.is_empty().then(text)
    })
}

fn no_input_type(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::variable, |_, _, _| Some("Wrong type for a variable".to_owned()))
}

fn variable_of_argument(found: &Found<'_>) -> Vec<Words> {
    let said = found.place(Site::argument).and_then(|(place, _, (argument, declared))| {
        let expected = TypeRef::from(&*declared?.ty);
        mismatch(found, place, argument.value.as_variable()?, &expected, argument.value.location()?.offset())
    });
    said.into_iter().collect()
}

fn variable_inside_literal(found: &Found<'_>) -> Vec<Words> {
    let at = found.span.start;
    let said = found.place(Site::argument).and_then(|(place, _, (argument, declared))| {
        let variable = found.text().strip_prefix('$')?;
        let expected = literal::type_at(found.schema, &TypeRef::from(&*declared?.ty), &argument.value, at)?;
        mismatch(found, place, variable, &expected, at)
    });
    said.into_iter().collect()
}

fn mismatch(found: &Found<'_>, place: usize, variable: &str, expected: &TypeRef, at: usize) -> Option<Words> {
    // In a fragment it is the variable of the first operation that has it.
    let own = found.survey.definition(place).and_then(|definition| definition.site.operation());
    let operations = own.into_iter().chain(found.document.operations().iter().map(|operation| &**operation));
    let definition = operations.flat_map(|operation| &operation.variables).find(|v| v.name == variable)?;
    kind_of(found.schema, definition.ty.inner_named_type())?;
    // A default makes the type one that is never null, and so it is shown.
    let never_null = definition.default_value.is_some() && !definition.ty.is_non_null();
    let never_null = if never_null { "!" } else { "" };
    let text = format!("Variable type '{}{never_null}' doesn't match expected type '{expected}'", definition.ty);
    Some(Words { text, place, at: Some(vec![at]) })
}

fn unused_variable(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::variable, |number, _, variable| {
        let operations = found.survey.places().take(number).filter(|(_, place)| place.site.operation().is_some());
        let used = found.uses.variables.get(operations.count().checked_sub(1)?)?;
        (!used.contains(variable.name.as_str())).then(|| format!("Unused variable {}", variable.name))
    })
}

fn unused_fragment(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::fragment, |_, _, fragment| {
        let used = found.uses.fragments.contains(fragment.name.as_str());
        (!used).then(|| format!("Unused fragment {}", fragment.name))
    })
}
