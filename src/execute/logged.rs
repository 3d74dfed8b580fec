//! What a log holds of a field's templates: the data source's answer stands in for the data source, and what a
//! template printed is held against what it prints here.

use serde_json::Value as Json;

use super::template::Rendered;
use crate::api::DataSource;
use crate::identity::mask::mask;
use crate::request::cloudwatch::{LoggedStep, LoggedTemplate};
use crate::source::{Reply, Withheld};

/// Characters of a value that a difference shows.
const SHOWN: usize = 60;

/// The templates that a log holds of one request.
#[derive(Debug, Clone, Copy)]
pub struct RequestLog<'a> {
    templates: &'a [LoggedTemplate],
}

/// What came of holding a field's templates against the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogCheck {
    /// Templates whose output the log holds.
    pub compared: usize,
    /// Which of them print something else here, and where it begins.
    pub differences: Vec<String>,
    /// Data sources whose answers were taken from the log.
    pub answers: usize,
}

impl<'a> RequestLog<'a> {
    /// A request's log.
    pub fn new(templates: &'a [LoggedTemplate]) -> Self {
        RequestLog { templates }
    }

    /// What it holds of the field at a response path.
    pub(super) fn of_field(self, path: &[Json]) -> FieldLog<'a> {
        FieldLog { templates: self.templates.iter().filter(|template| template.path == path).collect() }
    }
}

/// The templates that a log holds of one field.
#[derive(Debug, Clone, Default)]
pub(super) struct FieldLog<'a> {
    templates: Vec<&'a LoggedTemplate>,
}

/// Which exchange of a resolver: a pipeline's functions by name, and the place among them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) functions: &'p [String],
    /// The function; none for the resolver's own templates.
    pub(super) function: Option<usize>,
}

impl<'a> FieldLog<'a> {
    /// What the log holds of one template.
    pub(super) fn template(&self, step: LoggedStep, place: Place<'_>) -> Option<&'a LoggedTemplate> {
        let mut of_step = self.templates.iter().copied().filter(|template| template.step == step);
        let Some(function) = place.function else { return of_step.find(|template| template.function.is_none()) };
        let name = place.functions.get(function)?;
        let before = place.functions.iter().take(function).filter(|other| *other == name).count();
        let functions: Vec<_> = of_step.filter(|template| template.function.is_some()).collect();
        let named = |template: &&&LoggedTemplate| template.function.as_ref() == Some(name);
        if let Some(found) = functions.iter().filter(named).nth(before) {
            return Some(found);
        }
        // A build may know its functions by logical ids, the log by the functions' own names: then their order tells
        // (unverified), unless the log was told to hold failing fields only.
        let known = |template: &&LoggedTemplate| {
            template.function.as_ref().is_some_and(|function| place.functions.contains(function))
        };
        let complete = functions.iter().any(|template| !template.in_error) && !functions.iter().any(known);
        functions.get(function).copied().filter(|_| complete)
    }

    /// What the data source answered there. Unverified: that the logged result is the one from before the template,
    /// where the template itself changes it.
    pub(super) fn answer(&self, place: Place<'_>, source: &DataSource, request: &Json) -> Option<Reply> {
        let context = self.template(LoggedStep::Response, place)?.context.as_ref()?;
        let result = context.result.clone()?;
        if context.error.is_null() {
            let withheld = withheld(&result, source, request).map(Box::new);
            return Some(Reply::Result { value: result, withheld, kept: None });
        }
        let text = |name: &str| context.error.get(name).and_then(Json::as_str).map(str::to_owned);
        Some(Reply::Failed { message: text("message")?, error_type: text("type")?, data: result, why: None })
    }

    /// Holds what a template came to against the log.
    pub(super) fn check(
        &self,
        check: &mut LogCheck,
        step: LoggedStep,
        place: Place<'_>,
        name: &str,
        rendered: &Rendered,
    ) {
        let Some(logged) = self.template(step, place) else { return };
        let difference = match (rendered, &logged.rendered, &logged.returned) {
            (_, None, None) => return,
            (Rendered::Text(here), Some(there), _) => differing(there, here),
            (Rendered::Returned(here), _, Some(there)) => first_difference(there, here, String::new()),
            // A template that fails is logged with what it had printed, or with nothing.
            (Rendered::Failed(_), ..) if logged.in_error => None,
            (Rendered::Text(_), None, Some(_)) => Some("logged a #return, here none".to_owned()),
            (Rendered::Returned(_), ..) => Some("logged none, here a #return".to_owned()),
            (Rendered::Failed(failure), ..) => Some(format!("logged its output, here it failed: {}", failure.message)),
        };
        check.compared += 1;
        check.differences.extend(difference.map(|difference| format!("{name}: {difference}")));
    }
}

/// What a filter removed, as far as a page of items tells: how many of those scanned are not there.
fn withheld(result: &Json, source: &DataSource, request: &Json) -> Option<Withheld> {
    let filter = request.get("filter")?.get("expression")?.as_str().filter(|filter| !filter.trim().is_empty())?;
    let scanned = usize::try_from(result.get("scannedCount")?.as_u64()?).ok()?;
    let count = scanned.checked_sub(result.get("items")?.as_array()?.len()).filter(|count| *count > 0)?;
    Some(Withheld { table: source.name.clone(), filter: filter.to_owned(), items: Vec::new(), count, scanned })
}

/// Where two outputs first differ: as JSON, else line by line without regard to blanks.
fn differing(there: &str, here: &str) -> Option<String> {
    if let (Ok(there), Ok(here)) = (serde_json::from_str::<Json>(there), serde_json::from_str::<Json>(here)) {
        return first_difference(&there, &here, String::new());
    }
    let lines = |text: &str| -> Vec<String> {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        text.lines().map(words).filter(|line| !line.is_empty()).collect()
    };
    let (there, here) = (lines(there), lines(here));
    let longest = there.len().max(here.len());
    let at = (0..longest).find(|at| there.get(*at) != here.get(*at))?;
    let shown = |lines: &[String]| lines.get(at).map_or_else(|| "nothing".to_owned(), |line| shown_text(line));
    Some(format!("logged {}, here {}", shown(&there), shown(&here)))
}

/// Where two values first differ, with both.
fn first_difference(there: &Json, here: &Json, at: String) -> Option<String> {
    match (there, here) {
        (Json::Object(one), Json::Object(other)) => {
            let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            names.into_iter().find_map(|name| {
                let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                member_difference(one.get(name), other.get(name), at)
            })
        }
        (Json::Array(one), Json::Array(other)) => (0..one.len().max(other.len()))
            .find_map(|index| member_difference(one.get(index), other.get(index), format!("{at}[{index}]"))),
        _ if same(there, here) => None,
        _ => member_difference(Some(there), Some(here), at),
    }
}

fn member_difference(there: Option<&Json>, here: Option<&Json>, at: String) -> Option<String> {
    if let (Some(there), Some(here)) = (there, here) {
        let both = |is: fn(&Json) -> bool| is(there) && is(here);
        if both(Json::is_object) || both(Json::is_array) {
            return first_difference(there, here, at);
        }
        if same(there, here) {
            return None;
        }
    }
    let shown = |value: Option<&Json>| value.map_or_else(|| "nothing".to_owned(), |json| shown_text(&json.to_string()));
    let at = if at.is_empty() { at } else { format!("at {at} ") };
    Some(format!("{at}logged {}, here {}", shown(there), shown(here)))
}

/// Whether two scalars are the same, or of a kind that is another one in each run: ids, and the clock.
fn same(there: &Json, here: &Json) -> bool {
    match (there, here) {
        (Json::Number(one), Json::Number(other)) => {
            one == other || one.as_f64() == other.as_f64() || is_clock(one, other)
        }
        (Json::String(one), Json::String(other)) => {
            one == other || matches!((drawn(one), drawn(other)), (Some(one), Some(other)) if one == other)
        }
        _ => there == here,
    }
}

/// Two moments within a day of each other, in seconds or milliseconds since 1970.
fn is_clock(one: &serde_json::Number, other: &serde_json::Number) -> bool {
    let (Some(one), Some(other)) = (one.as_i64(), other.as_i64()) else { return false };
    let apart = one.abs_diff(other);
    let within = |from: i64, day: u64| one > from && other > from && apart < day;
    within(1_000_000_000_000, 86_400_000) || (one < 100_000_000_000 && within(1_000_000_000, 86_400))
}

/// What a text is that each run draws anew.
#[derive(PartialEq)]
enum Drawn {
    Uuid,
    Ulid,
    Ksuid,
    Time,
}

fn drawn(text: &str) -> Option<Drawn> {
    if crate::request::cloudwatch::is_request_id(text) {
        return Some(Drawn::Uuid);
    }
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match text.len() {
        26 if letters && text.bytes().all(|byte| !byte.is_ascii_lowercase()) => Some(Drawn::Ulid),
        27 if letters => Some(Drawn::Ksuid),
        10..=40 if text.parse::<jiff::Timestamp>().is_ok() => Some(Drawn::Time),
        _ => None,
    }
}

/// A value in short, without a credential in it.
fn shown_text(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | '=');
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let is_credential =
            (word.starts_with("eyJ") && word.len() > 20) || (word.starts_with("da2-") && word.len() > 12);
        out.push_str(&if is_credential || word.len() > 200 { mask(word) } else { word.to_owned() });
        let next = after.chars().next().map_or(0, char::len_utf8);
        let (between, after) = after.split_at(next);
        out.push_str(between);
        rest = after;
    }
    if out.chars().count() <= SHOWN {
        return out;
    }
    out.chars().take(SHOWN).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::cloudwatch::LoggedContext;
    use serde_json::json;

    #[test]
    fn the_first_difference_is_told_with_both_values() {
        let cases = [
            (r#"{ "a": 1, "b": {"S": "x"} }"#, r#"{"b":{"S":"x"},"a":1.0}"#, None),
            (r#"{"a":{"S":"x"}}"#, r#"{"a":{"S":"y"}}"#, Some(r#"at a.S logged "x", here "y""#)),
            (r#"{"a":[1,2]}"#, r#"{"a":[1]}"#, Some("at a[1] logged 2, here nothing")),
            (r#"{"a":1}"#, r#"{"a":{}}"#, Some("at a logged 1, here {}")),
            ("null", "[]", Some("logged null, here []")),
            ("\n\n not  json\n", "not json", None),
            ("a\nb", "a\nc", Some("logged b, here c")),
            (
                r#"{"id":"2f1c6a52-8f0e-4b7c-9a53-0d3f5a1b2c3d","at":"2024-05-01T10:00:00.123Z","t":1714557600}"#,
                r#"{"id":"00000000-8f0e-4b7c-9a53-0d3f5a1b2c3d","at":"2024-05-01T10:00:09Z","t":1714557609}"#,
                None,
            ),
            (r#"{"t":5}"#, r#"{"t":6}"#, Some("at t logged 5, here 6")),
            (
                r#"{"h":"Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl"}"#,
                r#"{"h":"da2-abcdefghijklmnopqrstuvwxyz"}"#,
                Some(r#"at h logged "Bearer …F0dXJl", here "…uvwxyz""#),
            ),
        ];
        for (there, here, expected) in cases {
            let found = differing(there, here);
            assert_eq!(found.as_deref(), expected, "{there} {here}");
        }
    }

    fn logged(step: LoggedStep, function: Option<&str>, in_error: bool) -> LoggedTemplate {
        LoggedTemplate {
            path: vec![json!("a")],
            parent_type: "Query".into(),
            field: "a".into(),
            step,
            function: function.map(str::to_owned),
            rendered: None,
            returned: None,
            context: None,
            in_error,
            errors: Vec::new(),
        }
    }

    #[test]
    fn what_a_filter_removed_is_counted() {
        let mut response = logged(LoggedStep::Response, None, false);
        let result = json!({"items": [{"id": "1"}], "scannedCount": 3});
        response.context = Some(LoggedContext { result: Some(result), ..LoggedContext::default() });
        let templates = [response];
        let log = RequestLog::new(&templates).of_field(&[json!("a")]);
        let source = DataSource { name: "T".into(), kind: crate::api::DataSourceKind::None };
        let place = Place { functions: &[], function: None };
        let removed = |request: &Json| match log.answer(place, &source, request) {
            Some(Reply::Result { withheld, .. }) => withheld.map(|withheld| withheld.count),
            other => panic!("{other:?}"),
        };
        assert_eq!(removed(&json!({"operation": "Query", "filter": {"expression": "#a = :a"}})), Some(2));
        assert_eq!(removed(&json!({"operation": "Query", "filter": {"expression": " "}})), None);
        assert_eq!(removed(&json!({"operation": "Query"})), None);
    }

    #[test]
    fn functions_are_found_by_name_else_in_order() {
        let templates = [
            logged(LoggedStep::Before, None, false),
            logged(LoggedStep::Request, Some("auth"), false),
            logged(LoggedStep::Request, Some("load"), false),
            logged(LoggedStep::Request, Some("auth"), true),
        ];
        let log = RequestLog::new(&templates).of_field(&[json!("a")]);
        let at = |functions: &[&str], function: usize| {
            let functions: Vec<String> = functions.iter().map(|name| (*name).to_owned()).collect();
            let place = Place { functions: &functions, function: Some(function) };
            let found = log.template(LoggedStep::Request, place)?;
            templates.iter().position(|template| std::ptr::eq(template, found))
        };
        assert_eq!((0..3).map(|n| at(&["auth", "load", "auth"], n)).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
        assert_eq!((0..3).map(|n| at(&["F1", "F2", "F3"], n)).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
        assert_eq!(at(&["load", "other"], 1), None, "a function whose name is known but not logged was not logged");
        let own = log.template(LoggedStep::Before, Place { functions: &[], function: None });
        assert!(own.is_some() && RequestLog::new(&templates).of_field(&[json!("b")]).templates.is_empty());
    }
}
