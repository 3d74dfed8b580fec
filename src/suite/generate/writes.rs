//! Requests that write one field: templates decide field by field who may set one, and who may take its value away.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::Asking;
use super::fixture::Fixture;
use super::plain;
use crate::api::{Api, Code, ResolverKind};
use crate::compile::compile;
use crate::compile::program::{ExpressionKind, Program, StepKind};
use crate::error::Result;
use crate::replay::optional_arguments;

/// One request that writes one field more than the least.
#[derive(Debug)]
pub(super) struct Write {
    /// All arguments.
    pub arguments: Map<String, Json>,
    /// The field.
    pub field: String,
    /// Whether it gets a value; else null.
    pub sets: bool,
    /// Fields of which the templates say always the same, so that this one stands for them.
    pub like: Vec<String>,
}

/// An argument's path, and a value for it.
type Given = (Vec<Json>, Json);

/// What templates say of an input field: the texts by which they speak of it, and the lists of texts that it stands in.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct Said {
    alone: Option<String>,
    lists: BTreeSet<usize>,
}

/// The requests of a mutation whose least arguments are `arguments`: of fields that its templates treat alike, one.
/// What is there already can lose its values, too.
pub(super) fn writes(
    api: &Api,
    asking: &Asking,
    fixture: &Fixture,
    arguments: &Map<String, Json>,
    is_new: bool,
) -> Result<Vec<Write>> {
    let (parent, field) = (&asking.field.parent, &asking.field.name);
    if *parent != api.schema.mutation_type() {
        return Ok(Vec::new());
    }
    let spoken = Spoken::of(api, parent, field)?;
    let given: Vec<Said> =
        arguments.values().filter_map(Json::as_object).flat_map(Map::keys).map(|name| spoken.of_field(name)).collect();
    let mut alike: IndexMap<(Json, Said), Vec<Given>> = IndexMap::new();
    for (path, value) in optional_arguments(&api.schema, parent, field, arguments) {
        let [input, _] = path.as_slice() else { continue };
        let name = name(&path);
        let said = spoken.of_field(&name);
        // Which key something new gets is nobody's right.
        if is_new && plain::is_key(&name) {
            continue;
        }
        if said != Said::default() {
            alike.entry((input.clone(), said)).or_default().push((path, value));
        }
    }
    let table = fixture.table_of(&asking.field.group);
    let mut found = Vec::new();
    for ((_, said), fields) in alike {
        // A text shows best what was written.
        let is_text = |(_, value): &&Given| value.as_str().is_some_and(|text| text.starts_with("some-"));
        let Some((path, value)) = fields.iter().find(is_text).or(fields.first()) else { continue };
        let like: Vec<String> = fields.iter().filter(|(other, _)| other != path).map(|(path, _)| name(path)).collect();
        let mut write = |value: Json, sets: bool| {
            let mut arguments = plain::set(arguments, path, value);
            if let Some(table) = table.filter(|_| sets) {
                fixture.name(table, &mut arguments);
            }
            found.push(Write { arguments, field: name(path), sets, like: like.clone() });
        };
        if !given.contains(&said) {
            write(plain::value(value), true);
        }
        if !is_new {
            write(Json::Null, false);
        }
    }
    Ok(found)
}

fn name(path: &[Json]) -> String {
    path.last().and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// The texts of the templates that a field runs.
#[derive(Debug, Default)]
struct Spoken {
    lists: Vec<BTreeSet<String>>,
    alone: BTreeSet<String>,
}

impl Spoken {
    fn of(api: &Api, parent: &str, field: &str) -> Result<Spoken> {
        let mut spoken = Spoken::default();
        let Some(resolver) = api.resolver(parent, field)? else { return Ok(spoken) };
        let mut codes = vec![&resolver.code];
        if let ResolverKind::Pipeline(functions) = &resolver.kind {
            codes.extend(functions.iter().map(|function| &function.code));
        }
        for code in codes {
            let Code::Vtl { request, response } = code else { continue };
            for template in [request, response].into_iter().flatten() {
                // What does not parse is told when it is run.
                if let Ok(program) = compile(&template.name, &template.text)
                    && super::super::coverage::decides(&program)
                {
                    spoken.hear(&program);
                }
            }
        }
        Ok(spoken)
    }

    fn hear(&mut self, program: &Program) {
        let text = |expression: &ExpressionKind| match expression {
            ExpressionKind::Text(text) => Some(program.text(*text).to_owned()),
            _ => None,
        };
        let mut listed: Vec<usize> = Vec::new();
        for expression in program.expressions.iter() {
            let ExpressionKind::List(items) = &expression.kind else { continue };
            let items = program.lists.slice(items);
            let texts: Option<BTreeSet<String>> =
                items.iter().map(|item| text(&program.expressions[item.0].kind)).collect();
            let Some(texts) = texts.filter(|texts| !texts.is_empty()) else { continue };
            listed.extend(items.iter().map(|item| item.0 as usize));
            if !self.lists.contains(&texts) {
                self.lists.push(texts);
            }
        }
        let others = program.expressions.iter().enumerate().filter(|(at, _)| !listed.contains(at));
        self.alone.extend(others.filter_map(|(_, expression)| text(&expression.kind)));
        for reference in program.references.iter() {
            if let [.., input, last] = program.steps.slice(&reference.steps)
                && let (StepKind::Property(_), StepKind::Property(name)) = (&input.kind, &last.kind)
            {
                self.alone.insert(program.text(*name).to_owned());
            }
        }
    }

    fn of_field(&self, name: &str) -> Said {
        let lists = self.lists.iter().enumerate().filter(|(_, list)| list.contains(name)).map(|(at, _)| at).collect();
        Said { alone: self.alone.contains(name).then(|| name.to_owned()), lists }
    }
}
