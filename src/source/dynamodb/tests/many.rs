//! Batches and transactions over two tables.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{NOW, failure, source, table, value};
use crate::api::{DataSource, DataSourceKind, Table};
use crate::source::{Answer, Call, Data, Reply};

fn tables() -> Vec<Arc<DataSource>> {
    let orders = Table { name: "Order-api-dev".into(), ..table(&["customer", "number"], &[]) };
    let notes = source(table(&["id"], &[("byOwner", &["owner"])]));
    vec![Arc::new(notes), Arc::new(DataSource { name: "OrderTable".into(), kind: DataSourceKind::DynamoDb(orders) })]
}

fn data() -> Data {
    let json = json!({
        "NoteTable": [{"id": "1", "title": "a", "n": 1}, {"id": "2", "title": "b"}],
        "OrderTable": [{"customer": "bob", "number": 1, "sum": 5}],
        "Elsewhere": [{"k": "x"}]
    });
    Data::from_json("data.json", &json).unwrap()
}

fn run(data: &mut Data, request: Json) -> Answer {
    let tables = tables();
    let call = Call { now_ms: NOW, in_function: true, tables: &tables, ..Call::new(&tables[0], &request, "Query.x") };
    crate::source::execute(&call, data)
}

fn ids(data: &Data) -> Vec<String> {
    let items = data.table("NoteTable").unwrap().to_json();
    items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn note(id: &str) -> Json {
    json!({"id": {"S": id}})
}

fn order(number: i64) -> Json {
    json!({"customer": {"S": "bob"}, "number": {"N": number}})
}

#[test]
fn a_batch_gives_items_in_the_order_of_its_keys_and_null_for_what_is_not_there() {
    let request = json!({"version": "2018-05-29", "operation": "BatchGetItem", "tables": {
        "Order-api-dev": {"keys": [order(2), order(1)], "consistentRead": true},
        "Note-api-dev": {"keys": [note("2"), note("1")], "projection": {"expression": "title"}},
        "Elsewhere": {"keys": [{"k": {"S": "x"}}]}
    }});
    assert_eq!(
        value(run(&mut data(), request)),
        json!({
            "data": {
                "Order-api-dev": [null, {"customer": "bob", "number": 1, "sum": 5}],
                "Note-api-dev": [{"title": "b"}, {"title": "a"}],
                "Elsewhere": [{"k": "x"}]
            },
            "unprocessedKeys": {"Order-api-dev": [], "Note-api-dev": [], "Elsewhere": []}
        })
    );
}

#[test]
fn a_batch_writes_and_deletes() {
    let mut data = data();
    let put = json!({"operation": "BatchPutItem", "tables": {
        "Note-api-dev": [{"id": {"S": "1"}, "title": {"S": "new"}}, {"id": {"S": "3"}}]}});
    assert_eq!(value(run(&mut data, put))["data"], json!({"Note-api-dev": [{"id": "1", "title": "new"}, {"id": "3"}]}));
    assert_eq!(data.table("NoteTable").unwrap().to_json()[0], json!({"id": "1", "title": "new"}), "whole items");
    let delete = json!({"operation": "BatchDeleteItem", "tables": {"Note-api-dev": [note("1"), note("9")]}});
    assert_eq!(value(run(&mut data, delete))["data"], json!({"Note-api-dev": [{"id": "1"}, {"id": "9"}]}));
    assert_eq!(ids(&data), ["2", "3"]);
}

#[test]
fn what_a_batch_may_not_ask() {
    let notes = |operation: &str, list: Vec<Json>| {
        let list = if operation == "BatchGetItem" { json!({"keys": list}) } else { json!(list) };
        json!({"operation": operation, "tables": {"Note-api-dev": list}})
    };
    let many = |count: usize| (0..count).map(|n| note(&n.to_string())).collect::<Vec<_>>();
    for (request, error_type, words) in [
        (
            notes("BatchGetItem", many(101)),
            "DynamoDB:DynamoDbException",
            "Too many items requested for the BatchGetItem",
        ),
        (notes("BatchPutItem", many(26)), "DynamoDB:DynamoDbException", "Too many items requested"),
        (notes("BatchDeleteItem", many(26)), "DynamoDB:DynamoDbException", "Too many items requested"),
        (notes("BatchGetItem", vec![note("1"), note("1")]), "DynamoDB:DynamoDbException", "contains duplicates"),
        (notes("BatchPutItem", vec![note("1"), note("1")]), "DynamoDB:DynamoDbException", "contains duplicates"),
        (
            notes("BatchGetItem", vec![json!({"x": {"S": "1"}})]),
            "DynamoDB:DynamoDbException",
            "does not match the schema",
        ),
        (notes("BatchPutItem", vec![json!({"x": {"S": "1"}})]), "DynamoDB:DynamoDbException", "Missing the key id"),
        (notes("BatchGetItem", vec![]), "DynamoDB:DynamoDbException", "greater than or equal to 1"),
        (json!({"operation": "BatchGetItem"}), "MappingTemplate", "Value for field '$[tables]' not found."),
        (
            json!({"operation": "BatchGetItem", "tables": {"Note-api-dev": {}}}),
            "MappingTemplate",
            "Value for field '$[tables][Note-api-dev][keys]' not found.",
        ),
        (json!({"operation": "BatchPutItem", "tables": {"Note-api-dev": {}}}), "MappingTemplate", "ARRAY"),
        (
            json!({"operation": "BatchPutItem", "tables": {}, "key": {}}),
            "MappingTemplate",
            "Unsupported element '$[key]'.",
        ),
    ] {
        let mut data = data();
        let (found, message) = failure(run(&mut data, request.clone()));
        assert!(found == error_type && message.contains(words), "{request}: {found} {message}");
        assert_eq!(ids(&data), ["1", "2"], "nothing is written");
    }
    assert!(matches!(run(&mut data(), notes("BatchGetItem", many(100))).reply, Reply::Result { .. }));
}

#[test]
fn a_table_that_the_api_does_not_have_is_named() {
    let request = json!({"operation": "BatchGetItem", "tables": {"Notes-api-dev": {"keys": [note("1")]}}});
    let Reply::Undecided(fact) = run(&mut data(), request).reply else { panic!() };
    assert!(fact.why.contains("`Notes-api-dev`") && fact.why.ends_with("did you mean `Note-api-dev`?"), "{}", fact.why);
    assert_eq!(fact.fixture, Some(json!({"Notes-api-dev": []})));
}

fn transfer(condition: Json) -> Json {
    json!({"version": "2018-05-29", "operation": "TransactWriteItems", "transactItems": [
        {"table": "Note-api-dev", "operation": "UpdateItem", "key": note("1"),
            "update": {"expression": "SET n = n + :i", "expressionValues": {":i": {"N": 1}}}},
        {"table": "Note-api-dev", "operation": "DeleteItem", "key": note("2")},
        {"table": "Order-api-dev", "operation": "PutItem", "key": order(2), "attributeValues": {"sum": {"N": 7}}},
        {"table": "Order-api-dev", "operation": "ConditionCheck", "key": order(1), "condition": condition}
    ]})
}

#[test]
fn a_transaction_writes_all_or_nothing() {
    let less = |sum: i64| json!({"expression": "#s < :s", "expressionNames": {"#s": "sum"}, "expressionValues": {":s": {"N": sum}}});
    let mut after = data();
    let done = value(run(&mut after, transfer(less(6))));
    assert_eq!(
        done,
        json!({"keys": [{"id": "1"}, {"id": "2"}, {"customer": "bob", "number": 2}, {"customer": "bob", "number": 1}],
            "cancellationReasons": null})
    );
    assert_eq!(after.table("NoteTable").unwrap().to_json(), json!([{"id": "1", "title": "a", "n": 2}]));
    assert_eq!(after.table("OrderTable").unwrap().len(), 2);

    let mut before = data();
    let Reply::Failed { message, error_type, data: result, why: Some(why) } = run(&mut before, transfer(less(5))).reply
    else {
        panic!()
    };
    assert_eq!(error_type, "DynamoDB:TransactionCanceledException");
    assert!(message.starts_with(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, None, \
         ConditionalCheckFailed] (Service: DynamoDb,"
    ));
    let none = json!({"item": null, "type": "None", "message": "None"});
    let failed = json!({"item": {"customer": "bob", "number": 1, "sum": 5}, "type": "ConditionalCheckFailed",
        "message": "The conditional request failed"});
    assert_eq!(result, json!({"keys": null, "cancellationReasons": [none, none, none, failed]}));
    assert_eq!(why.atoms[0].text, "sum < 5");
    assert_eq!((ids(&before), before.table("OrderTable").unwrap().len()), (vec!["1".to_owned(), "2".to_owned()], 1));

    let mut hidden = less(5);
    hidden["returnValuesOnConditionCheckFailure"] = json!(false);
    let Reply::Failed { data: result, .. } = run(&mut data(), transfer(hidden)).reply else { panic!() };
    assert_eq!(result["cancellationReasons"][3]["item"], Json::Null);
}

#[test]
fn what_a_transaction_may_not_ask() {
    let items = |list: Json| json!({"operation": "TransactWriteItems", "transactItems": list});
    let delete = |id: usize| json!({"table": "Note-api-dev", "operation": "DeleteItem", "key": note(&id.to_string())});
    for (list, words) in [
        (json!([]), "greater than or equal to 1"),
        ((0..101).map(delete).collect(), "less than or equal to 100"),
        (json!([delete(1), delete(1)]), "Transaction request cannot include multiple operations on one item"),
        (json!([{"operation": "DeleteItem", "key": {}}]), "Value for field '$[transactItems][0][table]' not found."),
        (json!([{"table": "Note-api-dev", "key": {}}]), "Value for field '$[transactItems][0][operation]' not found."),
        (json!([{"table": "Note-api-dev", "operation": "Query"}]), "Unsupported operation 'Query'."),
        (
            json!([{"table": "Note-api-dev", "operation": "ConditionCheck", "key": note("1")}]),
            "Value for field '$[transactItems][0][condition]' not found.",
        ),
        (
            json!([{"table": "Note-api-dev", "operation": "DeleteItem", "key": note("1"), "update": {}}]),
            "Unsupported element '$[transactItems][0][update]'.",
        ),
    ] {
        let (_, message) = failure(run(&mut data(), items(list)));
        assert!(message.contains(words), "{message}");
    }
    let add = json!([{"table": "Note-api-dev", "operation": "UpdateItem", "key": note("2"),
        "update": {"expression": "SET n = n + :i", "expressionValues": {":i": {"N": 1}}}}]);
    let Reply::Failed { data: result, .. } = run(&mut data(), items(add)).reply else { panic!() };
    assert_eq!(result["cancellationReasons"][0]["type"], "ValidationError", "item 2 has no `n`");
}

#[test]
fn a_transaction_reads() {
    let request = json!({"operation": "TransactGetItems", "transactItems": [
        {"table": "Order-api-dev", "key": order(1), "projection": {"expression": "#s", "expressionNames": {"#s": "sum"}}},
        {"table": "Note-api-dev", "key": note("9")}]});
    let expected = json!({"items": [{"sum": 5}, null], "cancellationReasons": null});
    assert_eq!(value(run(&mut data(), request.clone())), expected);
    assert!(matches!(run(&mut Data::not_given(), request).reply, Reply::Undecided(_)), "nobody gave the items");
}

#[test]
fn the_first_version_and_versioned_tables_know_no_such_operations() {
    let unit = |version: &str, operation: &str, versioned: bool| {
        let tables = tables();
        let notes = source(Table { versioned, ..table(&["id"], &[]) });
        let request = json!({"version": version, "operation": operation});
        let answer =
            crate::source::execute(&Call { tables: &tables, ..Call::new(&notes, &request, "Query.x") }, &mut data());
        failure(answer)
    };
    let operation = |name: &str| ("MappingTemplate".to_owned(), format!("Unsupported operation '{name}'."));
    for name in ["Sync", "BatchGetItem", "BatchPutItem", "BatchDeleteItem", "TransactGetItems", "TransactWriteItems"] {
        assert_eq!(unit("2017-02-28", name, false), operation(name));
    }
    assert_eq!(unit("2018-05-29", "Nope", false), operation("Nope"));
    for name in ["BatchPutItem", "BatchDeleteItem", "TransactWriteItems"] {
        let (_, message) = unit("2018-05-29", name, true);
        assert_eq!(
            message,
            format!(
                "Unsupported operation '{name}'. Datasource Versioning only supports the following operations \
                 (TransactGetItems,PutItem,BatchGetItem,Scan,Query,GetItem,DeleteItem,UpdateItem,Sync)"
            )
        );
    }
    assert!(unit("2018-05-29", "TransactGetItems", true).1.contains("$[transactItems]"));
}
