//! Data sources that are not simulated: `NONE` gives its payload back, the others answer what was recorded.

use serde_json::{Value as Json, json};

use super::data::Data;
use super::trace::Fact;
use super::{Call, Reply};

/// The member by which a recorded response is a failure of the data source.
const ERROR: &str = "$error";

/// `NONE`: the request's payload; null without one.
pub(super) fn none(request: &Json) -> Reply {
    Reply::result(request.get("payload").cloned().unwrap_or(Json::Null))
}

/// Lambda, HTTP, RDS, OpenSearch, EventBridge: the recorded response, which is `$ctx.result` as it stands.
pub(super) fn fixture(call: &Call<'_>, kind: &str, data: &mut Data) -> Reply {
    let text = |name: &str| call.request.get(name).and_then(Json::as_str).unwrap_or("");
    if kind == "AWS_LAMBDA" && text("invocationType") == "Event" {
        // Nobody waits for the function.
        return Reply::result(Json::Null);
    }
    let batch = kind == "AWS_LAMBDA" && text("operation") == "BatchInvoke";
    let Some((name, value)) = recorded(call, data) else {
        return unanswered(call, kind, batch, "nobody said what".to_owned());
    };
    let Some(list) = value.as_array().filter(|_| batch) else { return answered(call, kind, value) };
    // The function answers a batch with one list; each source gets the element at its place.
    let turn = data.next_turn(&name);
    match list.get(turn) {
        Some(element) => answered(call, kind, element.clone()),
        None => {
            let has = list.len();
            unanswered(
                call,
                kind,
                batch,
                format!("the list in responses.{name} ends after {has}, this is {}", turn + 1),
            )
        }
    }
}

/// The recorded response and the name it stands under: the field's own, else the data source's.
pub(super) fn recorded(call: &Call<'_>, data: &Data) -> Option<(String, Json)> {
    let named = |name: &str| data.response(name).map(|value| (name.to_owned(), value.clone()));
    named(call.field).or_else(|| named(&call.source.name))
}

/// What a recorded response means: `{"$error": {"message": .., "type": ..}}` is a failure, `data` beside it what the
/// failure carries; anything else is the result.
pub(super) fn answered(call: &Call<'_>, kind: &str, value: Json) -> Reply {
    let error = match value.as_object().and_then(|members| Some((members.get(ERROR)?, members.len()))) {
        Some((error, 1)) => error,
        _ => return Reply::result(value),
    };
    let text = |name: &str| error.get(name).and_then(Json::as_str).map(str::to_owned);
    let message = text("message").or_else(|| error.as_str().map(str::to_owned)).unwrap_or_default();
    let Some(error_type) = text("type").or_else(|| default_error_type(kind).map(str::to_owned)) else {
        return Reply::Undecided(Fact::new(
            format!("type of the error of data source {}", call.source.name),
            format!(
                "the recorded error of `{}` ({kind}) has no `type`, and templates can ask for it",
                call.source.name
            ),
            format!("--data (responses.{}.{ERROR}.type)", call.field),
            call.request,
        ));
    };
    Reply::Failed { message, error_type, data: error.get("data").cloned().unwrap_or(Json::Null), why: None }
}

/// The type of an error of a function that threw (documented for Lambda alone).
fn default_error_type(kind: &str) -> Option<&'static str> {
    (kind == "AWS_LAMBDA").then_some("Lambda:Unhandled")
}

fn unanswered(call: &Call<'_>, kind: &str, batch: bool, why: String) -> Reply {
    let (field, source) = (call.field, &call.source.name);
    let fact = Fact::new(
        format!("response of data source {source}"),
        format!("`{source}` ({kind}) answers `{field}`, and {why}"),
        format!("--data (responses.{field} or responses.{source})"),
        call.request,
    );
    Reply::Undecided(fact.with_fixture(json!({ "responses": { field: blank(kind, batch) } })))
}

/// A response to fill in, of the shape that the kind of data source answers with.
fn blank(kind: &str, batch: bool) -> Json {
    match kind {
        "HTTP" => json!({ "statusCode": 200, "headers": {}, "body": "{}" }),
        "RELATIONAL_DATABASE" => {
            let results = json!({ "sqlStatementResults": [{ "columnMetadata": [], "records": [] }] });
            Json::String(results.to_string())
        }
        "AMAZON_OPENSEARCH_SERVICE" | "AMAZON_ELASTICSEARCH" => {
            json!({ "hits": { "total": { "value": 0 }, "hits": [] } })
        }
        "AMAZON_EVENTBRIDGE" => json!({ "Entries": [{ "EventId": "" }], "FailedEntry": 0 }),
        _ if batch => json!([null]),
        _ => Json::Null,
    }
}
