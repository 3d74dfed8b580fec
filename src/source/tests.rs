//! Data sources that answer what was recorded, and what every kind asks of a request.

use serde_json::{Value as Json, json};

use super::{Answer, Call, Data, Reply, execute};
use crate::api::{DataSource, DataSourceKind};

fn source(kind: &str) -> DataSource {
    let kind = match kind {
        "NONE" => DataSourceKind::None,
        other => DataSourceKind::Other(other.into()),
    };
    DataSource { name: "Source".into(), kind }
}

fn run(kind: &str, request: &Json, data: &mut Data) -> Answer {
    execute(&Call::new(&source(kind), request, "Query.echo"), data)
}

fn recorded(responses: Json) -> Data {
    Data::from_json("d", &json!({ "responses": responses })).unwrap()
}

fn invoke() -> Json {
    json!({"version": "2018-05-29", "operation": "Invoke", "payload": {"a": 1}})
}

fn value(answer: Answer) -> Json {
    let Reply::Result { value, .. } = answer.reply else { panic!("{answer:?}") };
    value
}

#[test]
fn a_response_stands_under_the_field_or_the_data_source() {
    for (responses, expected) in [
        (json!({"Source": {"by": "source"}}), json!({"by": "source"})),
        (json!({"Source": {"by": "source"}, "Query.echo": {"by": "field"}}), json!({"by": "field"})),
        (json!({"Query.echo": null}), Json::Null),
    ] {
        assert_eq!(value(run("AWS_LAMBDA", &invoke(), &mut recorded(responses))), expected);
    }
    let suite = json!({"Source": 1}).as_object().cloned().unwrap();
    assert_eq!(value(run("HTTP", &http(), &mut Data::empty().with_responses(suite))), 1);
    for (request, expected) in [(invoke(), json!({"a": 1})), (json!({"version": "2018-05-29"}), Json::Null)] {
        assert_eq!(value(run("NONE", &request, &mut Data::not_given())), expected);
    }
}

fn http() -> Json {
    json!({"version": "2018-05-29", "method": "GET", "resourcePath": "/", "params": {"headers": {}}})
}

#[test]
fn a_missing_response_is_asked_for_with_the_request_and_what_to_write() {
    let batch = json!({"version": "2018-05-29", "operation": "BatchInvoke"});
    let sql = json!({"version": "2018-05-29", "statements": ["select 1"]});
    let search = json!({"version": "2018-05-29", "operation": "GET", "path": "/i/_search"});
    let put = json!({"version": "2018-05-29", "operation": "PutEvents", "events": []});
    for (kind, request, blank) in [
        ("AWS_LAMBDA", invoke(), json!(null)),
        ("AWS_LAMBDA", batch, json!([null])),
        ("HTTP", http(), json!({"statusCode": 200, "headers": {}, "body": "{}"})),
        ("RELATIONAL_DATABASE", sql, json!("{\"sqlStatementResults\":[{\"columnMetadata\":[],\"records\":[]}]}")),
        ("AMAZON_OPENSEARCH_SERVICE", search, json!({"hits": {"total": {"value": 0}, "hits": []}})),
        ("AMAZON_EVENTBRIDGE", put, json!({"Entries": [{"EventId": ""}], "FailedEntry": 0})),
    ] {
        let Reply::Undecided(fact) = run(kind, &request, &mut Data::empty()).reply else { panic!("{kind}") };
        assert_eq!(fact.fact, "response of data source Source");
        assert_eq!(fact.request, request);
        let fixture = fact.fixture.unwrap();
        assert_eq!(fixture, json!({"responses": {"Query.echo": blank}}));
        let mut pasted = Data::from_json("pasted", &fixture).unwrap();
        assert!(
            matches!(run(kind, &request, &mut pasted).reply, Reply::Result { .. }),
            "{kind}: what is pasted answers"
        );
    }
}

#[test]
fn a_recorded_error_fails_as_the_data_source_would() {
    let failed = |kind: &str, request: &Json, error: Json| {
        let Reply::Failed { message, error_type, data, .. } =
            run(kind, request, &mut recorded(json!({"Query.echo": {"$error": error}}))).reply
        else {
            panic!()
        };
        (message, error_type, data)
    };
    let error = |message: &str, kind: &str, data: Json| (message.to_owned(), kind.to_owned(), data);
    assert_eq!(failed("AWS_LAMBDA", &invoke(), json!("boom")), error("boom", "Lambda:Unhandled", Json::Null));
    assert_eq!(
        failed("AWS_LAMBDA", &invoke(), json!({"message": "late", "type": "Lambda:ExecutionTimeoutException"})),
        error("late", "Lambda:ExecutionTimeoutException", Json::Null)
    );
    assert_eq!(
        failed("HTTP", &http(), json!({"message": "no", "type": "X", "data": {"a": 1}})),
        error("no", "X", json!({"a": 1}))
    );
    let untyped = run("HTTP", &http(), &mut recorded(json!({"Source": {"$error": "no"}})));
    assert!(matches!(untyped.reply, Reply::Undecided(_)), "its type is not known");
    let both = json!({"$error": 1, "more": 2});
    assert_eq!(
        value(run("HTTP", &http(), &mut recorded(json!({"Source": both})))),
        both,
        "a response that looks like it"
    );
}

#[test]
fn a_batch_takes_the_elements_of_its_list_in_turn() {
    let batch = json!({"version": "2018-05-29", "operation": "BatchInvoke", "payload": {}});
    let mut data = recorded(json!({"Source": [{"n": 1}, {"n": 2}]}));
    assert_eq!(value(run("AWS_LAMBDA", &batch, &mut data)), json!({"n": 1}));
    assert_eq!(value(run("AWS_LAMBDA", &batch, &mut data)), json!({"n": 2}));
    let Reply::Undecided(fact) = run("AWS_LAMBDA", &batch, &mut data).reply else { panic!() };
    assert!(fact.why.contains("ends after 2, this is 3"), "{}", fact.why);
    assert_eq!(value(run("AWS_LAMBDA", &invoke(), &mut data)), json!([{"n": 1}, {"n": 2}]), "not of a plain Invoke");
    let event = json!({"version": "2018-05-29", "operation": "Invoke", "invocationType": "Event"});
    assert_eq!(value(run("AWS_LAMBDA", &event, &mut Data::not_given())), Json::Null, "nobody waits for an answer");
}

#[test]
fn what_every_kind_asks_of_a_request() {
    let not_found = |name: &str| format!("Value for field '$[{name}]' not found.");
    let operation = |name: &str| format!("Unsupported operation '{name}'.");
    let version = |name: &str| format!("Unsupported version '{name}'.");
    let new = |members: Json| {
        let mut request = json!({"version": "2018-05-29"});
        request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        request
    };
    for (kind, request, message) in [
        ("NONE", json!({"payload": 1}), not_found("version")),
        ("NONE", json!({"version": null}), not_found("version")),
        ("NONE", json!({"version": "2018-05-30"}), version("2018-05-30")),
        ("NONE", json!({"version": 1}), version("1")),
        ("AWS_LAMBDA", new(json!({"payload": {}})), not_found("operation")),
        ("AWS_LAMBDA", new(json!({"operation": "GetItem"})), operation("GetItem")),
        ("HTTP", new(json!({"method": "GET"})), not_found("resourcePath")),
        ("HTTP", new(json!({"resourcePath": "/"})), not_found("method")),
        ("HTTP", json!({"version": "2017-02-28", "method": "GET", "resourcePath": "/"}), version("2017-02-28")),
        ("RELATIONAL_DATABASE", new(json!({"sql": "select 1"})), not_found("statements")),
        ("AMAZON_ELASTICSEARCH", new(json!({"operation": "GET"})), not_found("path")),
        ("AMAZON_ELASTICSEARCH", new(json!({"operation": "get", "path": "/"})), operation("get")),
        ("AMAZON_EVENTBRIDGE", new(json!({"operation": "PutEvents"})), not_found("events")),
    ] {
        let mut data = recorded(json!({"Source": 1}));
        let answer = run(kind, &request, &mut data);
        assert_eq!(
            answer.reply,
            Reply::BadRequest { message, error_type: "MappingTemplate".into() },
            "{kind} {request}"
        );
    }
    let (none, request) = (source("NONE"), json!({"payload": 1}));
    let in_function = Call { in_function: true, ..Call::new(&none, &request, "Query.echo") };
    assert_eq!(value(execute(&in_function, &mut Data::empty())), 1, "a function has its version beside its templates");
}
