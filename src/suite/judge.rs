//! Whether what happened is what was expected.

use serde_json::{Map, Value as Json};

use super::model::{Expectation, Wanted};
use super::report::Actual;
use super::substitute::{self, Saved};
use crate::report::{AllowedBy, AuthorRule, FieldError, FieldReport, RequestReport};
use crate::verdict::{Decision, GateOutcome, Stage};

/// What a report says that expectations speak of.
pub(super) fn actual(report: &RequestReport) -> Actual {
    let worst = report.fields.iter().max_by_key(|field| field.decision);
    Actual {
        decision: report.decision,
        stage: report.stage,
        errors: errors(report),
        site: worst.filter(|field| field.decision == report.decision).and_then(|field| field.site.clone()),
        cause: report.cause.clone(),
        allowed_by: Vec::new(),
        could_allow: Vec::new(),
        missing: report.missing.clone(),
    }
}

fn errors(report: &RequestReport) -> Vec<FieldError> {
    if let Some(gate) = report.gate.as_ref().filter(|gate| gate.outcome == GateOutcome::Refused) {
        let message = gate.message.clone().unwrap_or_default();
        return vec![FieldError { message, error_type: gate.error_type.clone() }];
    }
    let text = |error: &Json, key: &str| error.get(key).and_then(Json::as_str).map(str::to_owned);
    let errors = report.response.as_ref().and_then(|response| response.body.get("errors")).and_then(Json::as_array);
    let errors = errors.into_iter().flatten();
    errors
        .map(|error| FieldError {
            message: text(error, "message").unwrap_or_default(),
            error_type: text(error, "errorType"),
        })
        .collect()
}

/// The rules that let a caller in who was expected to be refused.
pub(super) fn allowed_by(expected: &Expectation, report: &RequestReport, actual: &Actual) -> Vec<AllowedBy> {
    let refused =
        expected.decision.is_some_and(|wanted| !wanted.holds(Decision::Allowed) && !wanted.holds(actual.decision));
    let through = |field: &&FieldReport| matches!(field.decision, Decision::Allowed | Decision::Filtered);
    let lead = report.fields.iter().filter(through).find(|field| field.decision == actual.decision);
    lead.filter(|_| refused).map(|field| field.allowed_by.clone()).unwrap_or_default()
}

/// The author's rules that could have let a caller in who was not expected to be refused, each once.
pub(super) fn could_allow(expected: &Expectation, report: &RequestReport, actual: &Actual) -> Vec<AuthorRule> {
    let refused = actual.decision == Decision::Denied && expected.decision.is_some_and(|wanted| wanted != Wanted::Deny);
    let denied = report.fields.iter().find(|field| field.decision == Decision::Denied).filter(|_| refused);
    let mut rules: Vec<AuthorRule> = Vec::new();
    for rule in denied.into_iter().flat_map(|field| &field.rules).filter_map(|rule| rule.auth.as_ref()) {
        if !rules.contains(rule) {
            rules.push(rule.clone());
        }
    }
    rules
}

/// A rule that let a caller in: `the rule at schema.graphql:15 let it in ({ allow: private })`.
pub(crate) fn let_in(by: &AllowedBy) -> String {
    match &by.auth {
        Some(auth) if auth.reconstructed => {
            format!("{}:{} let it in ({})", by.grant.template, by.grant.line, auth.text)
        }
        Some(auth) => format!("the rule at {}:{} let it in ({})", auth.file, auth.line, auth.text),
        None => format!("{}:{} let it in", by.grant.template, by.grant.line),
    }
}

/// Where a report differs from what was expected, in words.
pub(super) fn differences(
    expected: &Expectation,
    report: &RequestReport,
    actual: &Actual,
    saved: &Saved,
) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(wanted) = expected.decision.filter(|wanted| !wanted.holds(actual.decision)) {
        let by = actual.allowed_by.first().map(|by| format!(": {}", let_in(by))).unwrap_or_default();
        found.push(format!("expected {}, was {}{by}", wanted.name(), was(actual)));
    }
    if let Some(stage) = expected.stage.filter(|stage| Some(*stage) != actual.stage) {
        let was = actual.stage.map_or_else(|| was(actual), |stage| format!("`{}`", stage_name(stage)));
        found.push(format!("expected stage `{}`, was {was}", stage_name(stage)));
    }
    for (what, wanted, of) in [
        ("message", &expected.message, (|error| Some(&error.message)) as fn(&FieldError) -> Option<&String>),
        ("errorType", &expected.error_type, |error| error.error_type.as_ref()),
    ] {
        if let Some(wanted) = wanted
            && !actual.errors.iter().any(|error| of(error) == Some(wanted))
        {
            let had: Vec<String> = actual.errors.iter().filter_map(of).map(|text| format!("\"{text}\"")).collect();
            let had = if had.is_empty() { "none".to_owned() } else { had.join(", ") };
            found.push(format!("expected {what} \"{wanted}\", was {had}"));
        }
    }
    if let Some(site) = &expected.site
        && !actual.site.as_ref().is_some_and(|is| is_site(site, &is.template, is.line))
    {
        let was = actual.site.as_ref().map_or_else(|| "none".to_owned(), |is| format!("{}:{}", is.template, is.line));
        found.push(format!("expected site {site}, was {was}"));
    }
    if let Some(code) = &expected.cause
        && actual.cause.as_ref().is_none_or(|cause| cause.code != code)
    {
        let was = actual.cause.as_ref().map_or("none", |cause| cause.code);
        found.push(format!("expected cause {code}, was {was}"));
    }
    let body = report.response.as_ref().map(|response| &response.body);
    let data = body.and_then(|body| body.get("data")).unwrap_or(&Json::Null);
    if let Some(wanted) = expected.items {
        match items(data) {
            Some(was) if was == wanted => {}
            Some(was) => found.push(format!("expected {wanted} items, were {was}")),
            None => found.push(format!("expected {wanted} items, and no list came back")),
        }
    }
    if let Some(wanted) = &expected.data {
        found.extend(unlike(&substitute::in_json(wanted, saved), data, "data"));
    }
    for (path, wanted) in &expected.fields {
        match field(report, data, path) {
            Some(decision) if wanted.holds(decision) => {}
            Some(decision) => {
                let at = report.fields.iter().find(|field| is_at(field, path) && field.decision == decision);
                let by = at.and_then(|field| field.allowed_by.first()).map(|by| format!(": {}", let_in(by)));
                let by = by.unwrap_or_default();
                found.push(format!("expected {} of {path}, was {}{by}", wanted.name(), word(decision)));
            }
            None => found.push(format!("expected {} of {path}, which the request does not select", wanted.name())),
        }
    }
    found
}

/// `file` or `file:line`; the file's path may begin anywhere.
fn is_site(wanted: &str, file: &str, line: u32) -> bool {
    let (name, wanted_line) = match wanted.rsplit_once(':') {
        Some((name, number)) if number.parse::<u32>().is_ok() => (name, number.parse::<u32>().ok()),
        _ => (wanted, None),
    };
    let same_file = file.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    same_file && wanted_line.is_none_or(|wanted| wanted == line)
}

/// How many rows the first field came back with: a list, or an object with `items`.
fn items(data: &Json) -> Option<usize> {
    let value = data.as_object()?.values().next()?;
    value.as_array().or_else(|| value.get("items")?.as_array()).map(Vec::len)
}

/// The worst decision on a field, by its path in the response without the places in lists. A field that the report
/// does not speak of reached its value, if it was asked for at all; of a refused request every field is refused.
fn field(report: &RequestReport, data: &Json, path: &str) -> Option<Decision> {
    let worst = report.fields.iter().filter(|field| is_at(field, path)).map(|field| field.decision).max();
    if report.fields.is_empty() {
        Some(report.decision)
    } else {
        worst.or(selected(data, path).then_some(Decision::Allowed))
    }
}

/// Whether a field stands at a path, which leaves out the places in lists.
fn is_at(field: &FieldReport, path: &str) -> bool {
    field.path.iter().filter_map(Json::as_str).eq(path.split('.'))
}

fn selected(data: &Json, path: &str) -> bool {
    let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
    match data {
        Json::Array(items) => items.iter().any(|item| selected(item, path)),
        Json::Object(members) => members.get(step).is_some_and(|value| rest.is_none_or(|rest| selected(value, rest))),
        _ => false,
    }
}

/// Where a value is not like the expected one, in which `*` stands for anything.
fn unlike(wanted: &Json, is: &Json, at: &str) -> Option<String> {
    match (wanted, is) {
        (Json::String(any), _) if any == "*" => None,
        (Json::Object(wanted), Json::Object(is)) => {
            let below = |key: &str| format!("{at}.{key}");
            let missing = |key: &String, value: &Json, of: &Map<String, Json>| match of.get(key) {
                Some(is) => unlike(value, is, &below(key)),
                None => Some(format!("expected {value} at {}, and nothing is there", below(key))),
            };
            let found = wanted.iter().find_map(|(key, value)| missing(key, value, is));
            found.or_else(|| {
                let (key, value) = is.iter().find(|(key, _)| !wanted.contains_key(*key))?;
                Some(format!("expected nothing at {}, was {value}", below(key)))
            })
        }
        (Json::Array(wanted), Json::Array(is)) if wanted.len() != is.len() => {
            Some(format!("expected {} values at {at}, were {}", wanted.len(), is.len()))
        }
        (Json::Array(wanted), Json::Array(is)) => wanted
            .iter()
            .zip(is)
            .enumerate()
            .find_map(|(index, (wanted, is))| unlike(wanted, is, &format!("{at}.{index}"))),
        (Json::Number(wanted), Json::Number(is)) if wanted.as_f64() == is.as_f64() => None,
        _ if wanted == is => None,
        _ => Some(format!("expected {wanted} at {at}, was {is}")),
    }
}

fn was(actual: &Actual) -> String {
    match (actual.decision, actual.stage) {
        (decision @ (Decision::Denied | Decision::Undecided), Some(stage)) => {
            format!("{} (stage `{}`)", word(decision), stage_name(stage))
        }
        (decision, _) => word(decision).to_owned(),
    }
}

pub(crate) fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "allowed",
        Decision::Filtered => "filtered",
        Decision::Error => "an error",
        Decision::Undecided => "undecided",
        Decision::Denied => "denied",
    }
}

/// A stage's name, as suites write it.
fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Gate => "gate",
        Stage::Schema => "schema",
        Stage::Iam => "iam",
        Stage::Authorizer => "authorizer",
        Stage::Resolver => "resolver",
        Stage::Source => "source",
        Stage::Propagation => "propagation",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_site_is_named_by_the_end_of_its_path() {
        for (wanted, holds) in [
            ("Query.a.res.vtl", true),
            ("Query.a.res.vtl:9", true),
            ("resolvers/Query.a.res.vtl:9", true),
            ("Query.a.res.vtl:8", false),
            ("a.res.vtl", false),
            ("other/Query.a.res.vtl", false),
        ] {
            assert_eq!(is_site(wanted, "resolvers/Query.a.res.vtl", 9), holds, "{wanted}");
        }
    }

    #[test]
    fn data_is_compared_to_the_last_value() {
        for (wanted, is, difference) in [
            (json!({"a": 1, "b": "*"}), json!({"b": [{}], "a": 1.0}), None),
            (json!("*"), json!(null), None),
            (json!({"a": "*"}), json!({}), Some("expected \"*\" at data.a, and nothing is there")),
            (json!({}), json!({"a": 1}), Some("expected nothing at data.a, was 1")),
            (json!([{"a": 1}, 2]), json!([{"a": 2}, 2]), Some("expected 1 at data.0.a, was 2")),
            (json!([1]), json!([]), Some("expected 1 values at data, were 0")),
            (json!("1"), json!(1), Some("expected \"1\" at data, was 1")),
            (json!(null), json!({"a": 1}), Some("expected null at data, was {\"a\":1}")),
        ] {
            assert_eq!(unlike(&wanted, &is, "data").as_deref(), difference, "{wanted} {is}");
        }
    }

    #[test]
    fn a_field_is_decided_by_its_worst_place_in_the_response() {
        let field_at = |path: Json, decision: Decision| FieldReport {
            path: path.as_array().cloned().unwrap(),
            decision,
            ..FieldReport::default()
        };
        let fields = vec![
            field_at(json!(["posts"]), Decision::Allowed),
            field_at(json!(["posts", 1, "bio"]), Decision::Denied),
            field_at(json!(["posts", 2, "bio"]), Decision::Error),
        ];
        let report = RequestReport { fields, ..RequestReport::default() };
        let data = json!({"posts": [{"bio": null, "title": "t"}]});
        for (path, decision) in [
            ("posts", Some(Decision::Allowed)),
            ("posts.bio", Some(Decision::Denied)),
            ("posts.title", Some(Decision::Allowed)),
            ("posts.other", None),
        ] {
            assert_eq!(field(&report, &data, path), decision, "{path}");
        }
        let refused = RequestReport { decision: Decision::Denied, ..RequestReport::default() };
        assert_eq!(field(&refused, &Json::Null, "posts"), Some(Decision::Denied));
    }
}
