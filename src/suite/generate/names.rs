//! Names of tests, as people would choose them: who may do what.

use super::model::{Draft, DraftTest};
use crate::api::Schema;

/// How many are named before it says "who may".
const MOST_NAMED: usize = 3;

impl Draft {
    /// Names the tests after what was measured.
    pub(super) fn name_tests(&mut self, schema: &Schema) {
        let all: Vec<String> = self.identities.keys().cloned().collect();
        let mut seen: Vec<String> = Vec::new();
        for test in &mut self.tests {
            // Whoever is asked counts: a name that leaves somebody out would be wrong.
            let asked = match test.expect.contains_key("*") {
                true => all.clone(),
                false => test.expect.keys().cloned().collect(),
            };
            let name = name(schema, test, &asked);
            // Names that are equal are told apart by the field.
            test.name = if seen.contains(&name) { format!("{name} ({})", test.field) } else { name };
            seen.push(test.name.clone());
        }
    }
}

fn name(schema: &Schema, test: &DraftTest, people: &[String]) -> String {
    let deed = deed(schema, test);
    let with = if test.what.is_empty() { String::new() } else { format!(", {}", test.what) };
    if !test.what.is_empty() {
        return format!("{deed}{with}");
    }
    let decision = |name: &String| {
        let expected = test.expect.get(name).or_else(|| test.expect.get("*"))?;
        expected.as_str().or_else(|| expected.get("decision")?.as_str())
    };
    let is_in = |name: &&String| matches!(decision(name), Some("allow" | "filtered"));
    let others = |name: &&String| matches!(decision(name), Some("undecided" | "error"));
    let inside: Vec<&String> = people.iter().filter(is_in).collect();
    let outside: Vec<&String> = people.iter().filter(|name| !is_in(name)).collect();
    if people.iter().any(|name| others(&name)) {
        return format!("who may {deed}");
    }
    match (inside.len(), outside.len()) {
        (0, _) => format!("nobody may {deed}"),
        (_, 0) => format!("everybody may {deed}"),
        (1..=MOST_NAMED, _) => format!("only {} may {deed}", listed(&inside)),
        (_, 1..=MOST_NAMED) => format!("everybody but {} may {deed}", listed(&outside)),
        _ => format!("who may {deed}"),
    }
}

fn listed(names: &[&String]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).clone(),
        Some((last, others)) => {
            let others: Vec<&str> = others.iter().map(|name| name.as_str()).collect();
            format!("{} and {last}", others.join(", "))
        }
        None => String::new(),
    }
}

/// `update a Post`, `read Post.salary`, `listen to onCreatePost`.
pub(super) fn deed(schema: &Schema, test: &DraftTest) -> String {
    if !test.deed.is_empty() {
        return test.deed.clone();
    }
    let Some((parent, field)) = test.field.split_once('.') else { return test.field.clone() };
    let group = test.group.as_str();
    if parent == schema.subscription_type() {
        return format!("listen to {field}");
    }
    if !schema.is_root(parent) {
        return format!("read {}", test.field);
    }
    let article = if group.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    for verb in ["get", "create", "update", "delete"] {
        if !group.is_empty() && field.strip_prefix(verb) == Some(group) {
            let verb = if verb == "get" { "read" } else { verb };
            return format!("{verb} {article} {group}");
        }
    }
    for verb in ["list", "sync", "search"] {
        if field.strip_prefix(verb).is_some_and(|rest| !group.is_empty() && rest.starts_with(group)) {
            return format!("{verb} {}", field.strip_prefix(verb).unwrap_or(group));
        }
    }
    format!("call {field}")
}
