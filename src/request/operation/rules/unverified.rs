//! Unverified: graphql-java's own texts, of versions 9 to 18, which those texts of AppSync that are recorded come from.
//! Nobody published AppSync's answer to these mistakes.

use apollo_compiler::ast::{Field, FieldDefinition};

use super::{Found, Words, missing};
use crate::request::operation::survey::Site;

pub(super) fn type_definition(found: &Found<'_>) -> Vec<Words> {
    let mut definitions = found.document.ast().definitions.iter();
    let here = definitions.find(|d| d.location().is_some_and(|at| at.offset() == found.span.start));
    let name = here.and_then(|definition| definition.name()).map_or("schema", |name| name.as_str());
    // A definition that has no business here is no place of the survey.
    vec![Words {
        text: format!("The {name} definition is not executable."),
        place: usize::MAX,
        at: Some(vec![found.span.start]),
    }]
}

pub(super) fn inline_on_leaf(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::inline, |_, place, _| {
        let text = "Inline fragment type condition is invalid, must be on Object/Interface/Union";
        (place.span.start == found.span.start).then(|| text.to_owned())
    })
}

pub(super) fn fragment_on_leaf(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::fragment, |_, place, _| {
        let text = "Fragment type condition is invalid, must be on Object/Interface/Union";
        (place.span.start == found.span.start).then(|| text.to_owned())
    })
}

pub(super) fn undefined_directive(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::directive, |_, _, (directive, _)| Some(format!("Unknown directive {}", directive.name)))
}

pub(super) fn misplaced_directive(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::directive, |_, _, (directive, _)| Some(format!("Directive {} not allowed here", directive.name)))
}

pub(super) fn missing_directive_argument(found: &Found<'_>) -> Vec<Words> {
    match found.place(|site| site.field().map(|_| site).or(site.directive().map(|_| site))) {
        Some((place, _, Site::Directive(directive, Some(declared)))) => {
            missing(place, "directive", &directive.arguments, &declared.arguments)
        }
        _ => Vec::new(),
    }
}

pub(super) fn fragment_cycle(found: &Found<'_>) -> Vec<Words> {
    let Some((place, fragment, _)) = found.place(Site::fragment) else { return Vec::new() };
    let mut spreads = found.survey.places().map(|(_, other)| other);
    let spread = spreads.find(|other| other.site.spread().is_some() && fragment.span.contains(&other.span.start));
    let at = spread.map(|spread| vec![spread.span.start]);
    vec![Words { text: "Fragment cycles not allowed".to_owned(), place, at }]
}

pub(super) fn different_fields(found: &Found<'_>) -> Vec<Words> {
    conflict(found, |(a, _), (b, _)| Some(format!("{} and {} are different fields", a.name, b.name)))
}

pub(super) fn different_arguments(found: &Found<'_>) -> Vec<Words> {
    conflict(found, |_, _| Some("they have differing arguments".to_owned()))
}

pub(super) fn different_types(found: &Found<'_>) -> Vec<Words> {
    conflict(found, |(_, a), (_, b)| {
        let (a, b) = (&a?.ty, &b?.ty);
        Some(match (a.inner_named_type() == b.inner_named_type(), a.to_string().replace('!', "")) {
            (true, shape) if shape == b.to_string().replace('!', "") => {
                "fields have different nullability shapes".to_owned()
            }
            (true, _) => "fields have different list shapes".to_owned(),
            (false, _) => format!("they return differing types {} and {}", a.inner_named_type(), b.inner_named_type()),
        })
    })
}

type Declared<'a> = (&'a Field, Option<&'a FieldDefinition>);

/// Two fields of one key: the one that the library points at, and the nearest other one. Said once a pair.
fn conflict(found: &Found<'_>, reason: impl Fn(Declared<'_>, Declared<'_>) -> Option<String>) -> Vec<Words> {
    let said = found.place(Site::field).and_then(|(number, place, field)| {
        let others = found.survey.places().filter_map(|(other, at)| {
            let with = at.site.field()?;
            let same_key = other != number && with.0.response_name() == field.0.response_name();
            same_key.then_some((other, at.span.start, with))
        });
        let (_, start, other) = others.min_by_key(|(other, ..)| other.abs_diff(number))?;
        let mut both = [(start, other), (place.span.start, field)];
        both.sort_by_key(|(start, _)| *start);
        let [(first, a), (second, b)] = both;
        let text = format!("{}: {}", field.0.response_name(), reason(a, b)?);
        let around = found.survey.around(number).map_or(number, |(around, _)| around);
        Some(Words { text, place: around, at: Some(vec![first, second]) })
    });
    said.into_iter().collect()
}

pub(super) fn impossible_fragment(found: &Found<'_>) -> Vec<Words> {
    let fragment = |site| match site {
        Site::Spread(_) | Site::Inline(_) => Some(site),
        _ => None,
    };
    found.say(fragment, |_, place, site| {
        let parent = place.on?;
        let (fragment, on) = match site {
            Site::Spread(spread) => {
                let on = &found.document.fragment(&spread.fragment_name)?.type_condition;
                (format!("Fragment {}", spread.fragment_name), on)
            }
            _ => ("Fragment".to_owned(), site.inline()?.type_condition.as_ref()?),
        };
        found.has_fields(on).then_some(())?;
        Some(format!("{fragment} cannot be spread here as objects of type {parent} can never be of type {on}"))
    })
}

/// An operation without a name beside others: each that comes after an operation, if one of the two has no name.
pub(super) fn lone_anonymous(found: &Found<'_>) -> Vec<Words> {
    let operations = found.survey.places().filter_map(|(number, place)| Some((number, place.site.operation()?)));
    let mut anonymous = false;
    let said = operations.enumerate().filter_map(|(before, (place, operation))| {
        let text = match &operation.name {
            None => (before > 0).then(|| "Anonymous operation with other operations.".to_owned()),
            Some(name) => anonymous.then(|| format!("Operation {name} is following anonymous operation")),
        };
        anonymous |= operation.name.is_none();
        text.map(|text| Words { text, place, at: None })
    });
    said.collect()
}

pub(super) fn same_directive(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::directive, |number, _, (directive, _)| {
        let on = match found.survey.around(number).map(|(_, place)| place.site) {
            Some(Site::Field(..)) => "Field",
            Some(Site::Spread(_)) => "FragmentSpread",
            Some(Site::Inline(_)) => "InlineFragment",
            Some(Site::Fragment(_)) => "FragmentDefinition",
            Some(Site::Variable(_)) => "VariableDefinition",
            _ => "OperationDefinition",
        };
        let rule = "Directives must be uniquely named within a location.";
        Some(format!("{rule} The directive '{}' used on a '{on}' is not unique.", directive.name))
    })
}

pub(super) fn same_operation(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::operation, |_, _, operation| only_one("operation", operation.name.as_ref()?))
}

pub(super) fn same_fragment(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::fragment, |_, _, fragment| only_one("fragment", &fragment.name))
}

pub(super) fn same_argument(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::argument, |_, _, (argument, _)| only_one("argument", &argument.name))
}

pub(super) fn same_variable(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::variable, |_, _, variable| only_one("variable", &variable.name))
}

fn only_one(what: &str, name: &str) -> Option<String> {
    Some(format!("There can be only one {what} named '{name}'"))
}

pub(super) fn several_subscriptions(found: &Found<'_>) -> Vec<Words> {
    found.say(Site::operation, |_, _, operation| {
        let name = operation.name.as_ref().map_or("null", |name| name.as_str());
        Some(format!("Subscription operation '{name}' must have exactly one root field"))
    })
}
