//! Mapping events: what one template of a resolver made of its context.

use serde_json::{Map, Value as Json};

/// Which template of a resolver or function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedStep {
    /// The before template of a pipeline resolver.
    Before,
    /// The request template of a unit resolver or of a function.
    Request,
    /// The response template of a unit resolver or of a function.
    Response,
    /// The after template of a pipeline resolver.
    After,
}

/// What a log holds of one template's run.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedTemplate {
    /// The field's response path.
    pub path: Vec<Json>,
    /// The type that has the field.
    pub parent_type: String,
    /// The field's name.
    pub field: String,
    /// Which template it is.
    pub step: LoggedStep,
    /// The function's name, of a pipeline's function.
    pub function: Option<String>,
    /// What it printed; absent without verbose content, and where it ended by `#return`.
    pub rendered: Option<String>,
    /// The value of `#return`.
    pub returned: Option<Json>,
    /// Its `$ctx`, as far as it is logged; absent without verbose content.
    pub context: Option<LoggedContext>,
    /// Whether the field failed here.
    pub in_error: bool,
    /// The messages of the errors.
    pub errors: Vec<String>,
}

/// The parts of `$ctx` that are logged; `identity`, `request` and `info` never are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoggedContext {
    /// The field's arguments, coerced.
    pub arguments: Map<String, Json>,
    /// The parent object; null at the root.
    pub source: Json,
    /// The data source's answer, in events of response templates; absent in those of request templates.
    pub result: Option<Json>,
    /// The data source's failure: `{"message", "type"}`; null without one.
    pub error: Json,
}

impl LoggedTemplate {
    /// Reads a mapping event; `log_type` is its [`log_type`]. Events of APPSYNC_JS count too: they have what the data
    /// source answered.
    pub(super) fn read(log_type: &str, json: Json) -> Option<LoggedTemplate> {
        let step = match log_type {
            "BeforeMapping" | "BeforeRequestFunctionEvaluation" => LoggedStep::Before,
            "AfterMapping" | "AfterResponseFunctionEvaluation" => LoggedStep::After,
            "RequestMapping" | "RequestFunctionMapping" | "RequestFunctionEvaluation" => LoggedStep::Request,
            "ResponseMapping" | "ResponseFunctionMapping" | "ResponseFunctionEvaluation" => LoggedStep::Response,
            _ => return None,
        };
        let Json::Object(mut event) = json else { return None };
        let text = |name: &str| event.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        let (of_type, of_field) = text("resolverArn").and_then(of_arn).unzip();
        let parent_type = text("parentType").or(of_type)?.to_owned();
        let field = text("fieldName").or(of_field)?.to_owned();
        let function = text("functionName").or_else(|| text("functionArn").map(last_part)).map(str::to_owned);
        let in_error = event.get("fieldInError").is_some_and(truth);
        let errors = event.get("errors").map(messages).unwrap_or_default();
        let path = match event.get("path") {
            Some(Json::Array(path)) => path.clone(),
            Some(Json::String(path)) => path_of_text(path),
            _ => vec![Json::String(field.clone())],
        };
        let rendered = match event.remove("transformedTemplate") {
            Some(Json::String(rendered)) => Some(rendered),
            _ => None,
        };
        let returned = event.remove("earlyReturnedValue");
        let context = match event.remove("context") {
            Some(Json::Object(context)) => Some(LoggedContext::read(step, context)),
            _ => None,
        };
        Some(LoggedTemplate { path, parent_type, field, step, function, rendered, returned, context, in_error, errors })
    }

    /// Whether it is a field of the operation's root type.
    pub fn is_root(&self) -> bool {
        self.path.len() == 1
    }
}

impl LoggedContext {
    fn read(step: LoggedStep, mut context: Map<String, Json>) -> LoggedContext {
        let answered = matches!(step, LoggedStep::Response);
        LoggedContext {
            arguments: match context.remove("arguments") {
                Some(Json::Object(arguments)) => arguments,
                _ => Map::new(),
            },
            source: context.remove("source").unwrap_or_default(),
            result: answered.then(|| unlogged_is_null(context.remove("result"))),
            error: context.remove("error").unwrap_or_default(),
        }
    }
}

/// Unverified: that a response template's context without `result` stands for a null one; members that are null are
/// left out of the events that were seen.
fn unlogged_is_null(result: Option<Json>) -> Json {
    result.unwrap_or_default()
}

/// The kind of an event: `logType`, or what stood in its place before 2019, such as `Request Mapping`.
pub(super) fn log_type(json: &Json) -> String {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    text("logType").map_or_else(|| text("mappingTemplateType").unwrap_or_default().replace(' ', ""), str::to_owned)
}

/// Type and field of `…/types/TYPE/fields/FIELD` or `…/types/TYPE/resolvers/FIELD`.
fn of_arn(arn: &str) -> Option<(&str, &str)> {
    let (_, rest) = arn.split_once("/types/")?;
    let (type_name, rest) = rest.split_once('/')?;
    let (_, field) = rest.split_once('/')?;
    Some((type_name, field))
}

fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// `[listPosts, 0, title]`, as it was written before 2019.
fn path_of_text(path: &str) -> Vec<Json> {
    let inside = path.trim().trim_start_matches('[').trim_end_matches(']');
    let part = |part: &str| part.parse::<u32>().map_or_else(|_| Json::from(part), Json::from);
    inside.split(',').map(str::trim).filter(|part| !part.is_empty()).map(part).collect()
}

/// Logs Insights shows booleans as 0 and 1.
fn truth(json: &Json) -> bool {
    match json {
        Json::Bool(truth) => *truth,
        Json::Number(number) => number.as_i64() == Some(1),
        Json::String(text) => matches!(text.as_str(), "1" | "true"),
        _ => false,
    }
}

fn messages(errors: &Json) -> Vec<String> {
    let message = |error: &Json| match error {
        Json::String(text) => text.clone(),
        other => other.get("message").and_then(Json::as_str).map_or_else(|| other.to_string(), str::to_owned),
    };
    match errors {
        Json::Array(errors) => errors.iter().map(message).collect(),
        Json::Null => Vec::new(),
        one => vec![message(one)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(json: Json) -> LoggedTemplate {
        LoggedTemplate::read(&log_type(&json), json).unwrap()
    }

    #[test]
    fn events_of_today_and_of_2018_say_the_same() {
        let today = read(json!({
            "logType": "ResponseMapping", "path": ["posts", 0, "author"], "fieldName": "author", "parentType": "Post",
            "resolverArn": "arn:aws:appsync:us-west-2:1:apis/x/types/Post/resolvers/author", "requestId": "r",
            "context": {"arguments": {}, "source": {"id": "1"}, "result": {"id": "u"}, "stash": {}, "outErrors": []},
            "fieldInError": true, "errors": ["no"], "graphQLAPIId": "x"
        }));
        let old = read(json!({
            "mappingTemplateType": "Response Mapping", "path": "[posts, 0, author]",
            "resolverArn": "arn:aws:appsync:us-west-2:1:apis/x/types/Post/fields/author",
            "context": {"arguments": {}, "source": {"id": "1"}, "result": {"id": "u"}, "stash": {}, "outErrors": []},
            "fieldInError": "1", "errors": [{"message": "no"}]
        }));
        assert_eq!(today, old);
        assert_eq!(today.step, LoggedStep::Response);
        assert_eq!(today.context.unwrap().result, Some(json!({"id": "u"})));
    }

    #[test]
    fn a_function_is_named_and_returns_early() {
        let event = read(json!({
            "logType": "RequestFunctionMapping", "path": ["a"], "parentType": "Query", "fieldName": "a",
            "functionArn": "arn:aws:appsync:us-west-2:1:apis/x/functions/o2f42", "functionName": "isFriend",
            "earlyReturnedValue": {"owner": "nadia"}, "fieldInError": 0, "errors": []
        }));
        assert_eq!((event.function.as_deref(), event.in_error), (Some("isFriend"), false));
        assert_eq!((event.returned, event.rendered, event.context), (Some(json!({"owner": "nadia"})), None, None));
    }

    #[test]
    fn anything_else_is_no_mapping_event() {
        for json in [json!(null), json!([]), json!({"logType": "RequestMapping"}), json!({"logType": "Tracing"})] {
            assert_eq!(LoggedTemplate::read(&log_type(&json), json), None);
        }
    }
}
