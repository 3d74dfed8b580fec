//! Tables as CloudFormation declares them, all the way to what a field answers: key types, what an index holds, what
//! happens to a write of an old version, and requests that name several tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Map, Value as Json, json};
use tempfile::TempDir;
use vtlens::api::{Api, AuthMode, ConflictHandler, DataSourceKind, LoadOptions, Projection, Table};
use vtlens::execute::FieldInput;
use vtlens::identity::IdentityFacts;
use vtlens::replay::Replay;
use vtlens::report::RequestReport;
use vtlens::source::Data;

const RESULT: &str =
    "#if($ctx.error)$util.error($ctx.error.message, $ctx.error.type, $ctx.result)#end\n$util.toJson($ctx.result)";

fn table(name: &str, more: Json) -> Json {
    let mut properties = json!({
        "TableName": name,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"}]
    });
    properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"Type": "AWS::DynamoDB::Table", "Properties": properties})
}

fn data_source(table: &str, more: Json) -> Json {
    let mut config = json!({"TableName": {"Ref": table}, "AwsRegion": "us-east-1"});
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let properties = json!({"Name": format!("{table}Source"), "Type": "AMAZON_DYNAMODB", "DynamoDBConfig": config});
    json!({"Type": "AWS::AppSync::DataSource", "Properties": properties})
}

fn resolver(field: &str, source: &str, request: &str, sync: Json) -> Json {
    let (type_name, field) = field.split_once('.').unwrap();
    let mut properties = json!({
        "TypeName": type_name, "FieldName": field, "DataSourceName": {"Fn::GetAtt": [source, "Name"]},
        "RequestMappingTemplate": request, "ResponseMappingTemplate": RESULT
    });
    if !sync.is_null() {
        properties["SyncConfig"] = sync;
    }
    json!({"Type": "AWS::AppSync::Resolver", "Properties": properties})
}

fn template() -> Json {
    let index = |name: &str, projection: Json| json!({"IndexName": name, "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}], "Projection": projection});
    let set = r#"{"version": "2018-05-29", "operation": "UpdateItem", "key": {"id": {"S": "1"}}, "_version": $ctx.args.version,
        "update": {"expression": "SET title = :t", "expressionValues": {":t": {"S": "new"}}}}"#;
    let both = r#"{"version": "2018-05-29", "operation": "BatchGetItem", "tables": {
        "notes-dev": {"keys": [{"id": {"S": "1"}}]}, "orders-dev": {"keys": [{"id": {"S": "7"}}]}}}"#;
    json!({"Resources": {
        "Api": {"Type": "AWS::AppSync::GraphQLApi", "Properties": {"Name": "a", "AuthenticationType": "API_KEY"}},
        "Schema": {"Type": "AWS::AppSync::GraphQLSchema", "Properties": {"Definition":
            "type Query { both: AWSJSON }\ntype Mutation { reject(version: Int): AWSJSON merge(version: Int): AWSJSON ask(version: Int): AWSJSON off(version: Int): AWSJSON }\nschema { query: Query mutation: Mutation }"}},
        "Notes": table("notes-dev", json!({})),
        "Orders": table("orders-dev", json!({
            "GlobalSecondaryIndexes": [
                index("all", json!({"ProjectionType": "ALL"})),
                index("keys", json!({"ProjectionType": "KEYS_ONLY"})),
                index("some", json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]}))],
            "LocalSecondaryIndexes": [index("near", json!({"ProjectionType": "KEYS_ONLY"}))]
        })),
        "NotesSource": data_source("Notes", json!({"Versioned": true,
            "DeltaSyncConfig": {"BaseTableTTL": "43200", "DeltaSyncTableTTL": 30, "DeltaSyncTableName": "delta"}})),
        "OrdersSource": data_source("Orders", json!({})),
        "Both": resolver("Query.both", "OrdersSource", both, Json::Null),
        "Reject": resolver("Mutation.reject", "NotesSource", set,
            json!({"ConflictDetection": "VERSION", "ConflictHandler": "OPTIMISTIC_CONCURRENCY"})),
        "Merge": resolver("Mutation.merge", "NotesSource", set,
            json!({"ConflictDetection": "VERSION", "ConflictHandler": "AUTOMERGE"})),
        "Ask": resolver("Mutation.ask", "NotesSource", set, json!({"ConflictDetection": "VERSION",
            "ConflictHandler": "LAMBDA", "LambdaConflictHandlerConfig": {"LambdaConflictHandlerArn": "arn:aws:lambda:x"}})),
        "Off": resolver("Mutation.off", "NotesSource", set, json!({"ConflictDetection": "NONE"}))
    }})
}

fn open(folder: &TempDir) -> Api {
    let path = folder.path().join("template.json");
    std::fs::write(&path, template().to_string()).unwrap();
    Api::open(&path, &LoadOptions::default()).unwrap()
}

fn run(api: &Api, field: &str, arguments: Json) -> RequestReport {
    let mut replay = Replay::new(api, 0);
    replay.facts = Some(IdentityFacts::of_mode(AuthMode::ApiKey));
    let data = json!({"NotesSource": [{"id": "1", "title": "old", "_version": 4}], "Orders": [{"id": "7", "at": 1}]});
    replay.data = Data::from_json("data.json", &data).unwrap();
    let (type_name, field) = field.split_once('.').unwrap();
    let arguments: Map<String, Json> = arguments.as_object().cloned().unwrap_or_default();
    replay.field(&FieldInput::new(type_name, field, arguments)).unwrap()
}

#[test]
fn tables_are_as_cloudformation_declares_them() {
    let folder = TempDir::new().unwrap();
    let api = open(&folder);
    let sources = api.data_sources().unwrap();
    let table = |name: &str| -> Table {
        let source = sources.iter().find(|source| source.name == name).unwrap();
        let DataSourceKind::DynamoDb(table) = &source.kind else { panic!() };
        table.clone()
    };
    let orders = table("OrdersSource");
    assert_eq!(orders.attribute_types["at"], "N");
    assert_eq!(orders.indexes.keys().collect::<Vec<_>>(), ["all", "keys", "some", "near"]);
    let projection = |attributes: &[&str], local: bool| Projection {
        attributes: attributes.iter().map(|name| (*name).to_owned()).collect(),
        local,
    };
    let expected =
        [("keys", projection(&[], false)), ("some", projection(&["title"], false)), ("near", projection(&[], true))];
    assert_eq!(orders.projections, expected.map(|(name, projection)| (name.to_owned(), projection)).into());
    let notes = table("NotesSource");
    assert_eq!((notes.versioned, notes.base_ttl_min, notes.delta_ttl_min), (true, Some(43_200), Some(30)));
    let conflicts = |field: &str| api.resolver("Mutation", field).unwrap().unwrap().conflicts;
    assert_eq!(conflicts("reject"), Some(ConflictHandler::OptimisticConcurrency));
    assert_eq!(conflicts("merge"), Some(ConflictHandler::Automerge));
    assert_eq!(conflicts("ask"), Some(ConflictHandler::Lambda("arn:aws:lambda:x".into())));
    assert_eq!(conflicts("off"), Some(ConflictHandler::Off));
    assert_eq!(api.resolver("Query", "both").unwrap().unwrap().conflicts, None);
}

#[test]
fn a_write_of_an_old_version_is_decided_by_the_resolvers_handler() {
    let folder = TempDir::new().unwrap();
    let api = open(&folder);
    for (field, version, expected) in [
        ("reject", 4, "allowed"),
        ("reject", 3, "error ConflictUnhandled"),
        ("merge", 3, "allowed"),
        ("ask", 3, "undecided answer of the conflict handler of table NotesSource"),
        ("off", 3, "allowed"),
    ] {
        let report = run(&api, &format!("Mutation.{field}"), json!({ "version": version }));
        let field_report = &report.fields[0];
        let error = field_report.error.as_ref().and_then(|error| error.error_type.clone());
        let missing = report.missing.first().map(|missing| missing.fact.clone());
        let decision = serde_json::to_value(report.decision).unwrap();
        let words = [decision.as_str().map(str::to_owned), error, missing];
        assert_eq!(words.into_iter().flatten().collect::<Vec<_>>().join(" "), expected, "{field} {version}");
    }
}

#[test]
fn a_batch_reaches_the_tables_of_other_data_sources() {
    let folder = TempDir::new().unwrap();
    let report = run(&open(&folder), "Query.both", Json::Null);
    assert_eq!(serde_json::to_value(report.decision).unwrap(), "allowed", "{report:?}");
}
