//! A filter object as groups of subscription filters: the groups are alternatives, the filters of one all hold.

use super::super::Raised;
use super::{as_list, as_map};
use crate::value::java::{self, MAX_DEPTH};
use crate::value::{Thrown, Value};

/// Alternatives multiply; more than this is a runaway template (AppSync takes 10 groups).
const MAX_GROUPS: usize = 10_000;

/// One filter: field, operator, value. Neither is checked; `not` is a field like any other.
type Filter = (String, String, Value);
type Groups = Vec<Vec<Filter>>;

enum Failure {
    /// Not well-formed: the helper gives null.
    Malformed,
    TooMany,
}

/// `toSubscriptionFilter(filter, ignored fields, rules)`; null for a filter that is not well-formed.
pub(super) fn filter(args: &[Value]) -> Result<Value, Raised> {
    match expand_all(args) {
        Ok(groups) => Ok(to_value(groups)),
        Err(Failure::Malformed) => Ok(Value::Null),
        Err(Failure::TooMany) => {
            let message = format!("the subscription filter has more than {MAX_GROUPS} alternatives");
            Err(Thrown::new("java.lang.OutOfMemoryError", message).into())
        }
    }
}

fn expand_all(args: &[Value]) -> Result<Groups, Failure> {
    let filter = args.first().ok_or(Failure::Malformed)?;
    let ignored: Vec<String> =
        args.get(1).and_then(as_list).map(|names| names.iter().map(java::to_string).collect()).unwrap_or_default();
    let mut groups = expand(filter, &ignored, 0)?;
    if let Some(rules) = args.get(2).and_then(as_map) {
        let mut alternatives = Groups::new();
        for (field, operators) in rules.iter() {
            alternatives.extend(field_alternatives(&java::to_string(&field.0), operators)?);
        }
        if !alternatives.is_empty() {
            groups = product(groups, &alternatives)?;
        }
    }
    groups.retain(|group| !group.is_empty());
    Ok(groups)
}

fn expand(filter: &Value, ignored: &[String], depth: u32) -> Result<Groups, Failure> {
    let members = as_map(filter).ok_or(Failure::Malformed)?;
    if depth > MAX_DEPTH {
        return Err(Failure::Malformed);
    }
    let mut groups = vec![Vec::new()];
    for (key, value) in members.iter() {
        let key = java::to_string(&key.0);
        match key.as_str() {
            "and" => {
                for member in as_list(value).ok_or(Failure::Malformed)?.iter() {
                    groups = product(groups, &expand(member, ignored, depth + 1)?)?;
                }
            }
            "or" => {
                let mut alternatives = Groups::new();
                for member in as_list(value).ok_or(Failure::Malformed)?.iter() {
                    alternatives.extend(expand(member, ignored, depth + 1)?);
                }
                groups = or_product(groups, alternatives)?;
            }
            _ if ignored.contains(&key) => {}
            _ => groups = product(groups, &field_alternatives(&key, value)?)?,
        }
    }
    Ok(groups)
}

/// An alternative of which every field is ignored is no alternative (the guide's third example); when none is
/// left the `or` asks for nothing. The latter is unverified.
fn or_product(groups: Groups, mut alternatives: Groups) -> Result<Groups, Failure> {
    alternatives.retain(|group| !group.is_empty());
    if alternatives.is_empty() { Ok(groups) } else { product(groups, &alternatives) }
}

/// One alternative an operator. Unverified: a field without operators leaves no alternative at all, also
/// when other fields have some (recorded only for a filter of nothing else).
fn field_alternatives(field: &str, operators: &Value) -> Result<Groups, Failure> {
    let operators = as_map(operators).ok_or(Failure::Malformed)?;
    let one = |(operator, value): (&crate::value::Key, &Value)| {
        vec![(field.to_owned(), java::to_string(&operator.0), value.clone())]
    };
    Ok(operators.iter().map(one).collect())
}

/// Every group with every alternative appended; the groups vary slowest.
fn product(groups: Groups, alternatives: &[Vec<Filter>]) -> Result<Groups, Failure> {
    if groups.len().saturating_mul(alternatives.len()) > MAX_GROUPS {
        return Err(Failure::TooMany);
    }
    Ok(groups
        .iter()
        .flat_map(|group| alternatives.iter().map(|more| group.iter().chain(more).cloned().collect()))
        .collect())
}

fn to_value(groups: Groups) -> Value {
    let filter = |(field, operator, value): Filter| {
        Value::map([("fieldName", Value::from(field)), ("operator", Value::from(operator)), ("value", value)])
    };
    let group =
        |filters: Vec<Filter>| Value::map([("filters", Value::list(filters.into_iter().map(filter).collect()))]);
    Value::map([("filterGroup", Value::list(groups.into_iter().map(group).collect()))])
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{call_json, json, thrown};
    use serde_json::Value as Json;

    const HELPER: &str = "util.transform.toSubscriptionFilter";

    /// Groups as `field operator value` lines.
    fn groups(args: &str) -> Vec<Vec<String>> {
        let got: Json = serde_json::from_str(&call_json(HELPER, args)).expect("JSON");
        let groups = got["filterGroup"].as_array().unwrap_or_else(|| panic!("{args} gives {got}"));
        groups
            .iter()
            .map(|group| {
                let filters = group["filters"].as_array().expect("filters");
                let line = |f: &Json| {
                    format!("{} {} {}", f["fieldName"].as_str().unwrap(), f["operator"].as_str().unwrap(), f["value"])
                };
                filters.iter().map(line).collect()
            })
            .collect()
    }

    #[test]
    fn recorded_filters() {
        let cases: &[(&str, &[&[&str]])] = &[
            (r#"[{"a":{"eq":1},"b":{"eq":2}}]"#, &[&["a eq 1", "b eq 2"]]),
            (r#"[{"and":[{"a":{"eq":1}},{"b":{"eq":2}}]}]"#, &[&["a eq 1", "b eq 2"]]),
            (r#"[{"z":{"eq":0},"and":[{"a":{"eq":1}}]}]"#, &[&["z eq 0", "a eq 1"]]),
            (r#"[{"loc.addr.country":{"eq":"USA"}}]"#, &[&["loc.addr.country eq \"USA\""]]),
            (r#"[{"a":{"eq":1,"ne":2}}]"#, &[&["a eq 1"], &["a ne 2"]]),
            (r#"[{"or":[{"a":{"eq":1}},{"b":{"eq":2}}]}]"#, &[&["a eq 1"], &["b eq 2"]]),
            (
                r#"[{"and":[{"a":{"eq":1}},{"or":[{"b":{"eq":2}},{"c":{"eq":3}}]}]}]"#,
                &[&["a eq 1", "b eq 2"], &["a eq 1", "c eq 3"]],
            ),
            (r#"[{"a":{"in":[1,2]},"b":{"notIn":["x"]}}]"#, &[&["a in [1,2]", "b notIn [\"x\"]"]]),
            (r#"[{"a":{"bogus":1}}]"#, &[&["a bogus 1"]]),
            (r#"[{"not":{"a":{"eq":1}}}]"#, &[&["not a {\"eq\":1}"]]),
            (r#"[{"a":{"eq":1},"b":{"eq":2}},["a"]]"#, &[&["b eq 2"]]),
            (r#"[{"a":{"eq":1},"and":[{"b":{"eq":2}}]},["b"]]"#, &[&["a eq 1"]]),
            (
                r#"[{"a":{"eq":1}},[],{"r1":{"gte":250},"r2":{"eq":"p"}}]"#,
                &[&["a eq 1", "r1 gte 250"], &["a eq 1", "r2 eq \"p\""]],
            ),
            (r#"[{},[],{"r1":{"eq":1}}]"#, &[&["r1 eq 1"]]),
            (r#"[{"a":{"eq":1}},null,null]"#, &[&["a eq 1"]]),
            ("[{}]", &[]),
            (r#"[{"a":{}}]"#, &[]),
            (r#"[{"and":[]}]"#, &[]),
        ];
        for (args, expected) in cases {
            assert_eq!(groups(args), *expected, "{args}");
        }
    }

    #[test]
    fn alternatives_multiply_in_the_recorded_order() {
        let filter = r#"{"percentageUp":{"lte":50,"gte":20},"and":[{"title":{"ne":"Book1"}},{"downvotes":{"gt":2000}}],"or":[{"author":{"eq":"Admin"}},{"isPublished":{"eq":false}}]}"#;
        let got = groups(&format!("[{filter}]"));
        let ends: Vec<(&str, &str)> = got.iter().map(|g| (g[0].as_str(), g[3].as_str())).collect();
        assert_eq!(
            ends,
            [
                ("percentageUp lte 50", "author eq \"Admin\""),
                ("percentageUp lte 50", "isPublished eq false"),
                ("percentageUp gte 20", "author eq \"Admin\""),
                ("percentageUp gte 20", "isPublished eq false"),
            ]
        );
        assert!(got.iter().all(|group| group[1] == "title ne \"Book1\"" && group[2] == "downvotes gt 2000"));
        assert_eq!(
            groups(&format!(r#"[{filter},["percentageUp","author"]]"#)),
            [["title ne \"Book1\"", "downvotes gt 2000", "isPublished eq false"]]
        );
    }

    #[test]
    fn what_is_no_filter_gives_null() {
        for args in ["[null]", r#"[{"a":1}]"#, r#"[{"and":{}}]"#, r#"[{"or":null}]"#, r#"[{"and":[1]}]"#] {
            assert_eq!(call_json(HELPER, args), "null", "{args}");
        }
        for args in ["[]", "[[]]", r#"["{\"a\":{\"eq\":1}}"]"#] {
            assert_eq!(call_json(HELPER, args), "none", "{args}");
        }
    }

    #[test]
    fn a_filter_that_explodes_ends_with_an_exception() {
        let pair = r#"{"a":{"eq":1,"ne":2}}"#;
        let filter = json(&format!(r#"{{"and":[{}]}}"#, [pair; 20].join(",")));
        assert_eq!(thrown(HELPER, &[filter]), "java.lang.OutOfMemoryError");
    }
}
