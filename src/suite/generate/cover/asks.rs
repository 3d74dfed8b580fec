//! Other ways to ask a field: with arguments that it can do without, with null, about other records and none.

use serde_json::{Map, Value as Json, json};

use super::super::plain;
use super::probe::Ask;
use crate::api::schema::InputValue;
use crate::api::{Api, Schema};
use crate::replay::{Given, optional_arguments};

/// Ways to ask, each with what is different, the simplest first.
pub(super) fn variants(api: &Api, field: (&str, &str), ask: &Ask, tables: &Map<String, Json>) -> Vec<(Ask, String)> {
    let mut found: Vec<(Ask, String)> = Vec::new();
    let mut add = |ask: Ask, what: String| {
        if !found.iter().any(|(known, _)| *known == ask) {
            found.push((ask, what));
        }
    };
    let with = |arguments: Map<String, Json>| Ask { arguments, ..ask.clone() };
    let second = replaced(&Json::Object(ask.arguments.clone()));
    add(with(second.as_object().cloned().unwrap_or_default()), "somebody else's record".to_owned());
    let optional = optional_arguments(&api.schema, field.0, field.1, &ask.arguments);
    let records: Vec<&Json> = tables.values().filter_map(Json::as_array).flatten().collect();
    let demanded = scalars(&ask.arguments, &[]);
    for (path, value) in optional.iter().chain(&demanded) {
        let name = path.last().and_then(Json::as_str).unwrap_or_default();
        // What the records hold under the name: the owner, the groups.
        let held =
            records.iter().filter_map(|record| record.get(name)).filter(|held| !plain::is_key(name) && !held.is_null());
        let mut values: Vec<Json> = Vec::new();
        for held in held {
            let fit = match (value, held) {
                (Json::Array(_), Json::Array(_)) | (Json::String(_), Json::String(_)) => held.clone(),
                (Json::Array(_), held) => json!([held]),
                (_, Json::Array(items)) => items.first().cloned().unwrap_or_default(),
                _ => continue,
            };
            let parts = fit.as_str().and_then(|text| text.split_once("::"));
            let parts: Vec<Json> = parts.into_iter().flat_map(|(one, other)| [json!(one), json!(other)]).collect();
            for value in std::iter::once(fit).chain(parts) {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        if values.is_empty() && !demanded.iter().any(|(known, _)| known == path) {
            values.push(plain::value(value));
        }
        if value.is_array() {
            values.push(json!([]));
        }
        values.truncate(MOST_VALUES);
        for value in values {
            let what = format!("{name} {}", words(&value));
            add(with(plain::set(&ask.arguments, path, value)), what);
        }
    }
    for (path, _) in optional.iter().filter(|(path, _)| path.len() > 1) {
        let name = path.last().and_then(Json::as_str).unwrap_or_default();
        add(with(plain::set(&ask.arguments, path, Json::Null)), format!("{name} null"));
    }
    for (name, value) in comparisons(&api.schema, field, &ask.arguments, &records) {
        let what = format!("{name} {}", words(&value));
        add(with(plain::set(&ask.arguments, &[json!(name)], value)), what);
    }
    let unkeyed = keyless(&Json::Object(ask.arguments.clone()));
    add(with(unkeyed.as_object().cloned().unwrap_or_default()), "an empty key".to_owned());
    let all =
        optional.iter().fold(ask.arguments.clone(), |all, (path, value)| plain::set(&all, path, plain::value(value)));
    add(with(all), "everything given".to_owned());
    for (table, items) in tables {
        let over = |items: Json| Ask { data: Map::from_iter([(table.clone(), items)]), ..ask.clone() };
        add(over(json!([])), "no record".to_owned());
        let Some(first) = items.pointer("/0").and_then(Json::as_object) else { continue };
        for (attribute, value) in first.iter().filter(|(name, _)| !plain::is_key(name)) {
            let changed = |value: Json| {
                let mut record = first.clone();
                match value {
                    Json::Null => drop(record.shift_remove(attribute)),
                    value => drop(record.insert(attribute.clone(), value)),
                }
                over(json!([record]))
            };
            add(changed(Json::Null), format!("a record without {attribute}"));
            match value {
                Json::Array(items) => {
                    add(
                        changed(items.first().cloned().unwrap_or_default()),
                        format!("{attribute} a text in the record"),
                    );
                    add(changed(json!([])), format!("{attribute} empty in the record"));
                }
                Json::String(text) => {
                    add(changed(json!([text])), format!("{attribute} a list in the record"));
                    if let Some((_, last)) = text.split_once("::") {
                        add(changed(json!(last)), format!("{attribute} a name alone in the record"));
                    }
                }
                _ => {}
            }
        }
    }
    let nothing = optional.iter().fold(ask.arguments.clone(), |all, (path, _)| match path.len() {
        1 => all,
        _ => plain::set(&all, path, Json::Null),
    });
    add(with(nothing), "everything null".to_owned());
    if let Json::Object(source) = &ask.source {
        for (attribute, value) in source.iter().filter(|(name, _)| !plain::is_key(name)) {
            let changed = |value: Json| {
                let mut source = source.clone();
                source.insert(attribute.clone(), value);
                Ask { source: Json::Object(source), ..ask.clone() }
            };
            add(changed(Json::Null), format!("{attribute} null in the parent"));
            match value {
                Json::Array(items) => {
                    add(
                        changed(items.first().cloned().unwrap_or_default()),
                        format!("{attribute} a text in the parent"),
                    );
                }
                Json::String(text) => add(changed(json!([text])), format!("{attribute} a list in the parent")),
                _ => {}
            }
        }
        // Amplify's resolvers pass on what kind of operation gave the parent.
        let mut mutated = source.clone();
        mutated.insert("__operation".to_owned(), json!("Mutation"));
        add(Ask { source: Json::Object(mutated), ..ask.clone() }, "a parent that a mutation gave".to_owned());
        let keyless: Map<String, Json> = source
            .iter()
            .filter(|(name, _)| !plain::is_key(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        add(Ask { source: Json::Object(keyless), ..ask.clone() }, "a parent without keys".to_owned());
    }
    found
}

/// How many values of one argument are tried.
const MOST_VALUES: usize = 7;

fn words(value: &Json) -> String {
    match value {
        Json::String(text) => format!("`{text}`"),
        other => other.to_string(),
    }
}

/// The texts and lists among arguments that are given, each with its path.
fn scalars(members: &Map<String, Json>, within: &[Json]) -> Vec<(Vec<Json>, Json)> {
    let mut found = Vec::new();
    for (name, value) in members {
        let path = [within, &[json!(name)]].concat();
        match value {
            Json::Object(inner) => found.extend(scalars(inner, &path)),
            value => found.push((path, value.clone())),
        }
    }
    found
}

/// Optional arguments that are objects (filters, conditions), each with one comparison that holds for the records and
/// one that does not.
fn comparisons(
    schema: &Schema,
    field: (&str, &str),
    given: &Map<String, Json>,
    records: &[&Json],
) -> Vec<(String, Json)> {
    let mut found = Vec::new();
    for argument in schema.field(field.0, field.1).map(|field| field.args.as_slice()).unwrap_or_default() {
        let Some(inputs) = schema.input_fields(argument.ty.base_name()) else { continue };
        if given.contains_key(&argument.name) {
            continue;
        }
        let compared = |input: &InputValue| {
            let of = schema.input_fields(input.ty.base_name())?;
            let value = plain::value(&Given::value(schema, &of.get("eq")?.ty, &input.name));
            Some((input.name.clone(), value))
        };
        // Of keys themselves (`sortKey: { eq: .. }`).
        if let Some(eq) = inputs.get("eq") {
            let value = plain::value(&Given::value(schema, &eq.ty, &argument.name));
            found.push((argument.name.clone(), json!({ "eq": value })));
            for text in texts(records, &argument.name) {
                found.push((argument.name.clone(), json!({ "eq": text })));
            }
        }
        // The attribute that a text describes, before the key: a condition on the key holds always.
        let all: Vec<(String, Json)> = inputs.values().filter_map(compared).collect();
        let best = all.iter().find(|(name, value)| !plain::is_key(name) && value.is_string()).or(all.first());
        if let Some((name, value)) = best {
            found.push((argument.name.clone(), json!({ name.as_str(): { "eq": value } })));
            if value.is_string() {
                found.push((argument.name.clone(), json!({ name.as_str(): { "eq": "something else" } })));
            }
        }
    }
    found
}

/// What records hold as an attribute, whole and its part before `::`.
fn texts(records: &[&Json], attribute: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in records.iter().filter_map(|record| record.get(attribute)?.as_str()) {
        for text in std::iter::once(text).chain(text.split_once("::").map(|(part, _)| part)) {
            if !found.iter().any(|known| known == text) {
                found.push(text.to_owned());
            }
        }
    }
    found
}

/// With empty keys.
fn keyless(json: &Json) -> Json {
    match json {
        Json::String(text) if text == plain::FIRST => json!(""),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), keyless(value))).collect())
        }
        other => other.clone(),
    }
}

/// With every key of the owner's record another.
fn replaced(json: &Json) -> Json {
    match json {
        Json::String(text) if text == plain::FIRST => json!(plain::SECOND),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), replaced(value))).collect())
        }
        other => other.clone(),
    }
}

/// Requests that no schema lets through, for branches that wait for them.
pub(super) fn beyond(api: &Api, field: (&str, &str), ask: &Ask, tables: &Map<String, Json>) -> Vec<(Ask, String)> {
    let optional = optional_arguments(&api.schema, field.0, field.1, &ask.arguments);
    let records: Vec<&Json> = tables.values().filter_map(Json::as_array).flatten().collect();
    let asked = |(path, value): (Vec<Json>, Json)| {
        let name = path.last().and_then(Json::as_str).unwrap_or_default();
        let what = format!("{name} {}, which the schema does not take", words(&value));
        (Ask { arguments: plain::set(&ask.arguments, &path, value), ..ask.clone() }, what)
    };
    let mut all = beyond_the_schema(&ask.arguments, &optional, &records);
    // A comparison with a list, where the schema has one with a text.
    for (name, value) in comparisons(&api.schema, field, &ask.arguments, &[]) {
        let texts = texts(&records, &name);
        if let (Some(_), Some(text)) = (value.get("eq"), texts.first()) {
            let part = texts.get(1).unwrap_or(text);
            let lists = [json!([part]), json!([part, text]), json!(["other"])];
            all.extend(lists.map(|list| (vec![json!(name)], json!({ "eq": list }))));
        }
    }
    all.into_iter().map(asked).collect()
}

/// Arguments that no request brings, for what templates do with them all the same: attributes of the records that the
/// input leaves out, lists and comparisons where it has one text.
fn beyond_the_schema(
    given: &Map<String, Json>,
    optional: &[(Vec<Json>, Json)],
    records: &[&Json],
) -> Vec<(Vec<Json>, Json)> {
    let mut found: Vec<(Vec<Json>, Json)> = Vec::new();
    let held = |name: &str| records.iter().find_map(|record| record.get(name)).filter(|held| !held.is_null()).cloned();
    let inputs: Vec<&String> = given.iter().filter(|(_, value)| value.is_object()).map(|(name, _)| name).collect();
    let attributes = records.first().and_then(|record| record.as_object()).into_iter().flatten();
    for (attribute, value) in attributes.filter(|(name, _)| !plain::is_key(name)) {
        for input in &inputs {
            let path = vec![json!(input), json!(attribute)];
            let is_known = given.get(*input).and_then(|input| input.get(attribute)).is_some()
                || optional.iter().any(|(known, _)| *known == path);
            if !is_known {
                found.push((path, value.clone()));
            }
        }
    }
    let there = scalars(given, &[]).into_iter().chain(optional.iter().cloned()).chain(found.clone());
    let mut others = Vec::new();
    for (path, value) in there {
        let name = path.last().and_then(Json::as_str).unwrap_or_default();
        let Some(held) = held(name).filter(|_| !plain::is_key(name)) else { continue };
        if let (Json::String(_), Json::String(text)) = (&value, &held) {
            let part = text.split_once("::").map_or(text.as_str(), |(part, _)| part);
            for other in [
                json!([text]),
                json!([part, text]),
                json!({ "eq": text }),
                json!({ "eq": [part] }),
                json!({ "eq": ["other"] }),
            ] {
                others.push((path.clone(), other));
            }
        }
    }
    found.extend(others);
    found
}
