//! An API of one field over one table, whose two templates a test writes.
#![allow(dead_code, reason = "each test uses a part of it")]

use serde_json::{Value as Json, json};
use vtlens::api::{Api, LoadOptions};
use vtlens::execute::FieldInput;
use vtlens::identity::IdentityFacts;
use vtlens::replay::Replay;
use vtlens::report::FieldReport;
use vtlens::source::Data;

const API: &str = r#"
[api]
default = { mode = "AMAZON_COGNITO_USER_POOLS", user_pool_id = "us-east-1_a" }
additional = [{ mode = "AWS_IAM" }]
[[data_sources]]
name = "Things"
type = "AMAZON_DYNAMODB"
keys = ["id"]
[[resolvers]]
field = "Query.thing"
data_source = "Things"
request = "thing.req.vtl"
response = "thing.res.vtl"
"#;
const SCHEMA: &str = "type Query { thing(id: ID, name: String): Thing @aws_cognito_user_pools @aws_iam }
    type Thing @aws_cognito_user_pools @aws_iam { id: ID title: String }";
/// A request for the thing of that id.
pub const GET: &str = r#"{ "version": "2018-05-29", "operation": "GetItem", "key": { "id": $util.dynamodb.toDynamoDBJson($ctx.args.id) } }"#;
/// The thing.
pub const ANSWER: &str = "$util.toJson($ctx.result)";

/// What becomes of `thing(id: "1")` for a caller with these claims, or this ARN. Thing 1 has an owner, thing 2 none.
pub fn asked(request: &str, response: &str, who: &Json, arguments: &Json) -> FieldReport {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("vtlens.toml", API);
    write("schema.graphql", SCHEMA);
    write("thing.req.vtl", request);
    write("thing.res.vtl", response);
    let api = Api::open(folder.path(), &LoadOptions::default()).unwrap();
    let facts = match who {
        Json::String(arn) => json!({ "mode": "AWS_IAM", "userArn": arn }),
        claims => json!({ "mode": "AMAZON_COGNITO_USER_POOLS", "claims": claims }),
    };
    let mut replay = Replay::new(&api, 0);
    replay.facts = Some(IdentityFacts::read("caller.json", &facts.to_string()).unwrap());
    let items = json!({ "Things": [{ "id": "1", "owner": "u1", "role": "author" }, { "id": "2", "title": "t" }] });
    replay.data = Data::from_json("data.json", &items).unwrap();
    let input = FieldInput::new("Query", "thing", arguments.as_object().unwrap().clone());
    let mut report = replay.field(&input).unwrap();
    assert_eq!(report.fields.len(), 1, "{report:?}");
    report.fields.remove(0)
}
