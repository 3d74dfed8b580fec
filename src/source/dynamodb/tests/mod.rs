//! Whole requests at a table, as AppSync's templates render them.

mod many;
mod recorded;
mod versions;

use serde_json::{Value as Json, json};

use crate::api::{DataSource, DataSourceKind, Projection, Table};
use crate::source::{Answer, Call, Data, Reply};

const NOW: i64 = 1_767_322_800_000;

fn table(keys: &[&str], indexes: &[(&str, &[&str])]) -> Table {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Table {
        name: "Note-api-dev".into(),
        logical_id: Some("NoteTable1A2B".into()),
        keys: owned(keys),
        indexes: indexes.iter().map(|(name, keys)| ((*name).to_owned(), owned(keys))).collect(),
        ..Table::default()
    }
}

fn source(table: Table) -> DataSource {
    DataSource { name: "NoteTable".into(), kind: DataSourceKind::DynamoDb(table) }
}

fn notes() -> DataSource {
    source(table(&["id"], &[("byOwner", &["owner", "at"])]))
}

fn data() -> Data {
    let items = json!([
        {"id": "1", "owner": "u1::bob", "at": 3, "title": "b"},
        {"id": "2", "owner": "u2::eve", "at": 1, "title": "e"},
        {"id": "3", "owner": "u1::bob", "at": 2, "title": "c"},
        {"id": "4", "title": "nobody's"}
    ]);
    Data::from_json("data.json", &json!({"NoteTable": items})).unwrap()
}

fn execute(source: &DataSource, request: &Json, data: &mut Data, now_ms: i64, field: &str) -> Answer {
    crate::source::execute(&Call { now_ms, in_function: true, ..Call::new(source, request, field) }, data)
}

fn run(data: &mut Data, request: Json) -> Answer {
    execute(&notes(), &request, data, NOW, "Query.x")
}

fn value(answer: Answer) -> Json {
    match answer.reply {
        Reply::Result { value, .. } => value,
        other => panic!("{other:?}"),
    }
}

fn failure(answer: Answer) -> (String, String) {
    match answer.reply {
        Reply::Failed { message, error_type, .. } | Reply::BadRequest { message, error_type } => (error_type, message),
        other => panic!("{other:?}"),
    }
}

fn ids(answer: Answer) -> Vec<String> {
    let value = value(answer);
    value["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn get(id: &str) -> Json {
    json!({"version": "2018-05-29", "operation": "GetItem", "key": {"id": {"S": id}}})
}

#[test]
fn get_item_gives_the_item_or_null() {
    assert_eq!(value(run(&mut data(), get("2")))["title"], "e");
    assert_eq!(value(run(&mut data(), get("9"))), Json::Null);
    for key in [json!({}), json!({"id": {"NULL": null}}), json!({"id": {"S": "1"}, "x": {"S": "1"}})] {
        let (error_type, message) = failure(run(&mut data(), json!({"operation": "GetItem", "key": key})));
        assert_eq!(error_type, "DynamoDB:DynamoDbException");
        assert!(message.starts_with("The provided key element does not match the schema (Service: DynamoDb,"));
    }
}

#[test]
fn a_table_is_found_under_each_of_its_names() {
    for name in ["NoteTable", "Note-api-dev", "NoteTable1A2B"] {
        let mut data = Data::from_json("d", &json!({name: [{"id": "1"}]})).unwrap();
        let answer = run(&mut data, get("1"));
        assert_eq!((answer.unknown_tables.clone(), value(answer)), (vec![], json!({"id": "1"})), "{name}");
    }
}

#[test]
fn a_table_nobody_gave_is_empty_only_when_data_was_given() {
    let answer = run(&mut Data::from_json("d", &json!({"Other": []})).unwrap(), get("1"));
    assert_eq!(answer.unknown_tables, ["Note-api-dev"]);
    assert_eq!(value(answer), Json::Null);

    let mut nothing = Data::not_given();
    let Reply::Undecided(fact) = run(&mut nothing, get("1")).reply else { panic!("decided on nothing") };
    assert_eq!((fact.fact.as_str(), fact.give_by.as_str()), ("items of table Note-api-dev", "--data"));

    let put = json!({"operation": "PutItem", "key": {"id": {"S": "1"}},
        "condition": {"expression": "attribute_not_exists(id)"}});
    assert_eq!(value(run(&mut nothing, put)), json!({"id": "1"}), "a create needs no stored items");
    assert_eq!(value(run(&mut nothing, get("1"))), json!({"id": "1"}), "what a run wrote it can read");
    let owned = json!({"operation": "PutItem", "key": {"id": {"S": "5"}},
        "condition": {"expression": "title = :t", "expressionValues": {":t": {"S": "x"}}}});
    for request in [get("2"), json!({"operation": "Scan"}), owned] {
        let answer = run(&mut nothing, request);
        assert!(matches!(answer.reply, Reply::Undecided(_)), "one write says nothing about the rest: {answer:?}");
    }
}

#[test]
fn amplifys_get_is_a_query_whose_filter_tells_foreign_from_missing() {
    let request = |id: &str| {
        json!({"version": "2018-05-29", "operation": "Query",
            "query": {"expression": "id = :id", "expressionValues": {":id": {"S": id}}},
            "filter": {"expression": "((#owner = :or_0_owner_eq) OR (#owner = :or_1_owner_eq))",
                "expressionNames": {"#owner": "owner"},
                "expressionValues": {":or_0_owner_eq": {"S": "u1::bob"}, ":or_1_owner_eq": {"S": "bob"}}}})
    };
    let own = value(run(&mut data(), request("1")));
    assert_eq!((own["items"][0]["id"].as_str(), own["scannedCount"].as_i64()), (Some("1"), Some(1)));
    assert_eq!(own["nextToken"], Json::Null);
    assert_eq!(value(run(&mut data(), request("9")))["scannedCount"], 0);

    let Reply::Result { value, withheld: Some(withheld), .. } = run(&mut data(), request("2")).reply else { panic!() };
    assert_eq!(value, json!({"items": [], "nextToken": null, "scannedCount": 1}));
    assert_eq!((withheld.count, withheld.scanned, withheld.table.as_str()), (1, 1, "NoteTable"));
    let item = &withheld.items[0];
    assert_eq!(item.key, json!({"id": "2"}));
    let seen: Vec<_> = item.atoms.iter().map(|atom| (atom.text.as_str(), atom.found.as_ref().unwrap())).collect();
    assert_eq!(seen, [("owner = \"u1::bob\"", &json!("u2::eve")), ("owner = \"bob\"", &json!("u2::eve"))]);
}

#[test]
fn an_index_query_sorts_by_its_sort_key_and_leaves_out_items_without_its_keys() {
    let request = |forward: bool| {
        json!({"operation": "Query", "index": "byOwner", "scanIndexForward": forward,
            "query": {"expression": "#o = :o AND #at > :at", "expressionNames": {"#o": "owner", "#at": "at"},
                "expressionValues": {":o": {"S": "u1::bob"}, ":at": {"N": 0}}}})
    };
    assert_eq!(ids(run(&mut data(), request(true))), ["3", "1"]);
    assert_eq!(ids(run(&mut data(), request(false))), ["1", "3"]);
    let scan = json!({"operation": "Scan", "index": "byOwner"});
    assert_eq!(ids(run(&mut data(), scan)), ["1", "2", "3"]);
}

#[test]
fn what_dynamodb_refuses_of_a_query() {
    let values =
        |names: &[&str]| Json::Object(names.iter().map(|name| ((*name).to_owned(), json!({"S": "x"}))).collect());
    for (index, expression, names, filter, words) in [
        (json!("nope"), "id = :a", &[":a"][..], None, "does not have the specified index: nope"),
        (json!(null), "title = :a", &[":a"], None, "Query condition missed key schema element: id"),
        (json!(null), "id > :a", &[":a"], None, "Query key condition not supported"),
        (json!(null), "id = :a OR id = :b", &[":a", ":b"], None, "Invalid operator used in KeyConditionExpression: OR"),
        (json!("byOwner"), "#o = :a AND title = :b", &[":a", ":b"], None, "missed key schema element: at"),
        (json!("byOwner"), "#o = :a", &[":a"], Some("#o = :a"), "Primary key attribute: owner"),
        (json!(null), "id = :a", &[":a", ":b"], None, "unused in expressions: keys: {:b}"),
        (json!(null), "id = :a", &[], None, "ExpressionAttributeValues must not be empty"),
        (json!(null), "id = :a", &[":b"], None, "attribute value: :a"),
        (json!(null), "id = :a", &[":a"], Some(""), "Invalid FilterExpression: The expression can not be empty;"),
        (json!(null), "id = :a", &[":a"], Some("(null)"), "Invalid FilterExpression: Syntax error"),
        (json!(null), "id = :a", &[":a"], Some("name = :a"), "reserved keyword; reserved keyword: name"),
    ] {
        let filter = filter.map(|text| json!({"expression": text}));
        let mut query = json!({"expression": expression, "expressionValues": values(names)});
        if expression.contains('#') {
            query["expressionNames"] = json!({"#o": "owner"});
        }
        let request = json!({"operation": "Query", "index": index, "filter": filter, "query": query});
        let (error_type, message) = failure(run(&mut data(), request));
        assert!(error_type == "DynamoDB:DynamoDbException" && message.contains(words), "{expression}: {message}");
    }
    let null = json!({"operation": "Query", "query":
        {"expression": "id = :id", "expressionValues": {":id": {"NULL": null}}}});
    assert!(failure(run(&mut data(), null)).1.contains("does not match schema type"));
}

#[test]
fn the_limit_counts_before_the_filter_and_pages_meet_without_gap() {
    let mut data = data();
    let mut token = Json::Null;
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let request = json!({"operation": "Scan", "limit": 2, "nextToken": token,
            "filter": {"expression": "attribute_exists(#o)", "expressionNames": {"#o": "owner"}}});
        let page = value(run(&mut data, request));
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        token = page["nextToken"].clone();
        pages += 1;
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, ["1", "2", "3"]);
    assert_eq!(pages, 3, "a page that is exactly full has a token, though nothing follows");
    let bad = json!({"operation": "Scan", "nextToken": "what?"});
    assert_eq!(failure(run(&mut data, bad)).1, "Invalid pagination token given.");
    assert!(failure(run(&mut data, json!({"operation": "Scan", "limit": 0}))).1.contains("greater than or equal to 1"));
}

#[test]
fn an_index_holds_what_it_projects() {
    let by_owner = |attributes: &[&str], local: bool| {
        let attributes = attributes.iter().map(|name| (*name).to_owned()).collect();
        let mut table = table(&["id"], &[("byOwner", &["owner", "at"])]);
        table.projections.insert("byOwner".into(), Projection { attributes, local });
        source(table)
    };
    let request = |more: Json| {
        let mut request = json!({"operation": "Query", "index": "byOwner", "query": {"expression": "#o = :o",
            "expressionNames": {"#o": "owner"}, "expressionValues": {":o": {"S": "u2::eve"}}}});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let run = |source: &DataSource, more: Json| execute(source, &request(more), &mut data(), NOW, "Query.x");
    let title = json!({"projection": {"expression": "title"}});
    let all = json!({"select": "ALL_ATTRIBUTES"});
    let absent = json!({"filter": {"expression": "attribute_not_exists(title)"}});

    let keys = json!([{"id": "2", "owner": "u2::eve", "at": 1}]);
    let whole = json!([{"id": "2", "owner": "u2::eve", "at": 1, "title": "e"}]);
    assert_eq!(value(run(&by_owner(&[], false), json!({})))["items"], keys);
    assert_eq!(value(run(&by_owner(&["title"], false), json!({})))["items"], whole);
    assert_eq!(value(run(&by_owner(&[], false), absent))["items"], keys, "a filter sees what the index holds");
    for more in [&title, &all] {
        let (error_type, message) = failure(run(&by_owner(&[], false), more.clone()));
        assert_eq!(error_type, "DynamoDB:DynamoDbException");
        assert!(message.contains("byOwner"), "{message}");
    }
    assert_eq!(value(run(&by_owner(&[], true), title))["items"], json!([{"title": "e"}]), "fetched from the table");
    assert_eq!(value(run(&by_owner(&[], true), all))["items"], whole);
}

#[test]
fn declared_key_types_are_held() {
    let typed = |kind: &str| {
        let mut table = table(&["id"], &[("byOwner", &["owner", "at"])]);
        table.attribute_types = [("id", "S"), ("owner", "S"), ("at", kind)]
            .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            .into_iter()
            .collect();
        source(table)
    };
    let put = |item: Json| json!({"operation": "PutItem", "key": {"id": {"S": "7"}}, "attributeValues": item});
    let run = |source: &DataSource, request: &Json| execute(source, request, &mut data(), NOW, "Query.x");
    let at = put(json!({"at": {"N": 1}}));
    assert_eq!(value(run(&typed("N"), &at))["at"], 1);
    assert!(failure(run(&typed("S"), &at)).1.contains("Type mismatch for Index Key at Expected: S Actual: N"));
    let get = json!({"operation": "GetItem", "key": {"id": {"N": 1}}});
    assert!(failure(run(&typed("N"), &get)).1.starts_with("The provided key element does not match the schema"));
    assert_eq!(value(run(&typed("S"), &json!({"operation": "Scan", "index": "byOwner"})))["items"], json!([]));
}

#[test]
fn an_item_may_have_400_kilobytes() {
    let put = |bytes: usize| {
        let text = "x".repeat(bytes - "id1title".len());
        json!({"operation": "PutItem", "key": {"id": {"S": "1"}}, "attributeValues": {"title": {"S": text}}})
    };
    assert!(matches!(run(&mut data(), put(409_600)).reply, Reply::Result { .. }));
    assert!(failure(run(&mut data(), put(409_601))).1.starts_with("Item size has exceeded the maximum allowed size"));
    let update = json!({"operation": "UpdateItem", "key": {"id": {"S": "1"}}, "update": {
        "expression": "SET title = :t", "expressionValues": {":t": {"S": "x".repeat(409_600)}}}});
    assert!(failure(run(&mut data(), update)).1.starts_with("Item size to update has exceeded"));
}

#[test]
fn a_put_over_an_existing_item_fails_its_condition_and_shows_the_item() {
    let put = |title: &str| {
        json!({"operation": "PutItem", "key": {"id": {"S": "4"}}, "attributeValues": {"title": {"S": title}},
            "condition": {"expression": "attribute_not_exists(#id)", "expressionNames": {"#id": "id"}}})
    };
    let mut data = data();
    let Reply::Failed { message, error_type, data: current, why: Some(why) } = run(&mut data, put("new")).reply else {
        panic!()
    };
    assert_eq!(error_type, "DynamoDB:ConditionalCheckFailedException");
    assert!(message.starts_with("The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: "));
    assert_eq!(current["title"], "nobody's");
    assert_eq!((why.key, why.item.unwrap()["id"].clone()), (json!({"id": "4"}), json!("4")));
    assert_eq!(why.atoms[0].text, "attribute_not_exists(id)");
    assert_eq!(value(run(&mut data, get("4")))["title"], "nobody's", "nothing was written");

    // The item is there already, as wanted: AppSync counts that as done.
    assert_eq!(value(run(&mut data, put("nobody's")))["id"], "4");
}

#[test]
fn v1s_owner_condition_denies_a_stranger_and_lets_an_editor_in() {
    let update = |who: &str| {
        json!({"version": "2018-05-29", "operation": "UpdateItem", "key": {"id": {"S": "1"}},
            "update": {"expression": "SET #title = :title", "expressionNames": {"#title": "title"},
                "expressionValues": {":title": {"S": "new"}}},
            "condition": {
                "expression": "( #owner0 = :identity0 OR contains(#owner1, :identity0)) AND attribute_exists(#id)",
                "expressionNames": {"#owner0": "owner", "#owner1": "editors", "#id": "id"},
                "expressionValues": {":identity0": {"S": who}}}})
    };
    let item = json!([{"id": "1", "owner": "bob", "editors": ["zed"], "title": "old"}]);
    let mut data = Data::from_json("d", &json!({"NoteTable": item})).unwrap();
    let Reply::Failed { why: Some(why), .. } = run(&mut data, update("eve")).reply else { panic!() };
    let atoms: Vec<_> = why.atoms.iter().map(|atom| (atom.text.as_str(), atom.truth)).collect();
    assert_eq!(
        atoms,
        [("owner = \"eve\"", false), ("contains(editors, \"eve\")", false), ("attribute_exists(id)", true)]
    );
    assert_eq!(value(run(&mut data, update("zed")))["title"], "new");
    assert_eq!(value(run(&mut data, get("1")))["title"], "new");
}

#[test]
fn an_update_of_a_missing_item_makes_it_unless_a_condition_forbids() {
    let update = |condition: Json| {
        json!({"operation": "UpdateItem", "key": {"id": {"S": "9"}}, "condition": condition,
            "update": {"expression": "SET title = :t REMOVE #o", "expressionNames": {"#o": "owner"},
                "expressionValues": {":t": {"S": "x"}}}})
    };
    let exists = json!({"expression": "(attribute_exists(#id))", "expressionNames": {"#id": "id"}});
    let Reply::Failed { data: current, why: Some(why), .. } = run(&mut data(), update(exists)).reply else { panic!() };
    assert_eq!((current, why.item), (Json::Null, None));
    assert_eq!(value(run(&mut data(), update(Json::Null))), json!({"id": "9", "title": "x"}));
}

#[test]
fn an_index_key_may_not_become_null() {
    let update = json!({"operation": "UpdateItem", "key": {"id": {"S": "1"}},
        "update": {"expression": "SET #o = :o", "expressionNames": {"#o": "owner"},
            "expressionValues": {":o": {"NULL": null}}}});
    assert!(failure(run(&mut data(), update)).1.contains("Type mismatch for Index Key owner"));
}

#[test]
fn delete_gives_the_item_and_counts_a_missing_one_as_done() {
    let delete = |id: &str| {
        json!({"operation": "DeleteItem", "key": {"id": {"S": id}},
            "condition": {"expression": "(attribute_exists(#id))", "expressionNames": {"#id": "id"}}})
    };
    let mut data = data();
    assert_eq!(value(run(&mut data, delete("1")))["title"], "b");
    assert_eq!(value(run(&mut data, get("1"))), Json::Null);
    assert_eq!(value(run(&mut data, delete("1"))), Json::Null);
}

#[test]
fn a_custom_handler_of_failed_conditions_is_asked_of_the_user() {
    let put = json!({"operation": "PutItem", "key": {"id": {"S": "1"}}, "condition": {
        "expression": "attribute_not_exists(id)",
        "conditionalCheckFailedHandler": {"strategy": "Custom", "lambdaArn": "arn:aws:lambda:x"}}});
    let Reply::Undecided(fact) = run(&mut data(), put).reply else { panic!() };
    assert!(fact.fact.contains("arn:aws:lambda:x"));
}

#[test]
fn composite_keys_are_joined_from_their_parts() {
    let orders = source(table(&["customer", "createdOn#orderId"], &[]));
    let items = json!([{"customer": "bob", "createdOn": "2026-01-01", "orderId": 7}]);
    let mut data = Data::from_json("d", &json!({"NoteTable": items})).unwrap();
    let get = json!({"operation": "GetItem",
        "key": {"customer": {"S": "bob"}, "createdOn#orderId": {"S": "2026-01-01#7"}}});
    assert_eq!(value(execute(&orders, &get, &mut data, NOW, "Query.getOrder"))["orderId"], 7);
}

#[test]
fn projections_and_sets_come_back_plain() {
    let mut data = data();
    let put = json!({"operation": "PutItem", "key": {"id": {"S": "s"}}, "attributeValues": {
        "tags": {"SS": ["a", "b"]}, "m": {"M": {"x": {"N": 1}, "y": {"N": 2}}}}});
    run(&mut data, put);
    let add = json!({"operation": "UpdateItem", "key": {"id": {"S": "s"}},
        "update": {"expression": "ADD tags :t", "expressionValues": {":t": {"SS": ["c", "a"]}}}});
    assert_eq!(value(run(&mut data, add))["tags"], json!(["a", "b", "c"]));
    let get = json!({"operation": "GetItem", "key": {"id": {"S": "s"}},
        "projection": {"expression": "#m.x, tags", "expressionNames": {"#m": "m"}}});
    assert_eq!(value(run(&mut data, get)), json!({"m": {"x": 1}, "tags": ["a", "b", "c"]}));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn plain() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            (-1e9f64..1e9).prop_map(|f| json!((f * 1000.0).round() / 1000.0 + 0.5)),
            "[a-z é]{0,6}".prop_map(Json::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
                prop::collection::btree_map("[a-z]{1,3}", inner, 0..3).prop_map(|map| json!(map)),
            ]
        })
    }

    fn typed(json: &Json) -> Json {
        super::super::Attribute::from_plain(json).unwrap().to_typed()
    }

    proptest! {
        #[test]
        fn what_an_update_sets_a_get_returns(values in prop::collection::btree_map("f[a-z]{1,3}", plain(), 1..4)) {
            let mut data = data();
            let sets: Vec<String> = values.keys().map(|name| format!("#{name} = :{name}")).collect();
            let names: serde_json::Map<_, _> = values.keys().map(|name| (format!("#{name}"), json!(name))).collect();
            let typed: serde_json::Map<_, _> =
                values.iter().map(|(name, value)| (format!(":{name}"), typed(value))).collect();
            let update = json!({"operation": "UpdateItem", "key": {"id": {"S": "1"}}, "update": {
                "expression": format!("SET {}", sets.join(", ")), "expressionNames": names, "expressionValues": typed}});
            let after = value(run(&mut data, update));
            prop_assert_eq!(&value(run(&mut data, get("1"))), &after);
            for (name, value) in &values {
                let same = |a: &Json, b: &Json| super::super::Attribute::from_plain(a) == super::super::Attribute::from_plain(b);
                prop_assert!(same(&after[name], value), "{}: {} is not {}", name, after[name], value);
            }
        }

        #[test]
        fn no_request_panics(request in plain(), operation in prop::sample::select(vec![
            "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "Sync", "BatchGetItem", "BatchPutItem",
            "BatchDeleteItem", "TransactGetItems", "TransactWriteItems", "Nope"
        ])) {
            let _ = run(&mut data(), request.clone());
            let mut members = json!({"operation": operation});
            for member in ["key", "query", "update", "attributeValues"] {
                members[member] = request.clone();
            }
            let _ = run(&mut data(), members);
            let tables = json!({"operation": operation, "tables": {"Note-api-dev": request}});
            let _ = run(&mut data(), tables);
            let mut element = json!({"operation": "UpdateItem", "table": "Note-api-dev", "key": request, "update": request});
            let _ = run(&mut data(), json!({"operation": operation, "transactItems": [element]}));
            element = request;
            let _ = run(&mut data(), json!({"operation": operation, "transactItems": [element]}));
        }
    }
}
