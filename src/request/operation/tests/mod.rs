mod validation;

use serde_json::{Map, Value as Json, json};

use super::*;
use crate::api::Schema;
use crate::request::{BodyProblem, GraphQlBody};
use crate::source_file::SourceFile;

const SCHEMA: &str = r#"
  type Query {
    getPost(id: ID!, tag: String = "none"): Post
    search(limit: Int, filter: Filter, kinds: [Kind!]): [Hit!]!
    echo(int: Int, float: Float, bool: Boolean, json: AWSJSON, time: AWSTimestamp, at: AWSDateTime, s: String,
      grid: [[Int!]], long: Long, day: AWSDate, phone: AWSPhone): String
  }
  type Mutation { createPost(input: PostInput!): Post first: String second: String }
  type Post implements Node { id: ID! title: String author: Author comments(limit: Int): [Comment] }
  type Author { id: ID! name: String }
  type Comment implements Node { id: ID! text: String }
  interface Node { id: ID! }
  union Hit = Post | Comment
  enum Kind { POST COMMENT }
  input Filter { and: [Filter] title: String kind: Kind = POST }
  input PostInput { id: ID title: String! tags: [String] meta: AWSJSON nested: NestedInput }
  input NestedInput { name: String! }
"#;

fn schema() -> Schema {
    Schema::parse(SourceFile::new("schema.graphql", SCHEMA)).unwrap()
}

fn run(query: &str, variables: Json) -> Result<Operation, RequestFault> {
    let Json::Object(variables) = variables else { panic!("variables are an object") };
    prepare(&schema(), &GraphQlBody::new(query, variables, None))
}

fn arguments(query: &str, variables: Json) -> Json {
    let operation = run(query, variables).unwrap_or_else(|fault| panic!("{query}: {}", fault.message()));
    Json::Object(operation.fields[0].arguments.clone())
}

fn refusal(query: &str, variables: Json) -> (u16, Json) {
    match run(query, variables) {
        Err(RequestFault::Answer { status, body }) => (status, body),
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn arguments_are_coerced_as_the_schema_says() {
    let table = [
        // Absent stays absent, null stays null, defaults are filled in.
        ("{ getPost(id: 1) { id } }", json!({}), json!({"id": "1", "tag": "none"})),
        ("{ getPost(id: \"a\", tag: null) { id } }", json!({}), json!({"id": "a", "tag": null})),
        (
            "query($id: ID!, $tag: String) { getPost(id: $id, tag: $tag) { id } }",
            json!({"id": 7}),
            json!({"id": "7", "tag": "none"}),
        ),
        ("query($id: ID! = \"d\") { getPost(id: $id) { id } }", json!({}), json!({"id": "d", "tag": "none"})),
        ("query($n: Int) { search(limit: $n) { __typename } }", json!({"n": null}), json!({"limit": null})),
        ("query($n: Int) { search(limit: $n) { __typename } }", json!({}), json!({})),
        // One value stands for a list of one; enum values are texts; input objects get defaults.
        (
            "{ search(kinds: POST, filter: {and: {title: \"x\"}}) { __typename } }",
            json!({}),
            json!({"filter": {"and": [{"title": "x", "kind": "POST"}], "kind": "POST"}, "kinds": ["POST"]}),
        ),
        (
            "query($k: [Kind!], $f: Filter) { search(kinds: $k, filter: $f) { __typename } }",
            json!({"k": "COMMENT", "f": {"kind": "COMMENT", "and": {"title": null}}}),
            json!({"filter": {"and": [{"title": null, "kind": "POST"}], "kind": "COMMENT"}, "kinds": ["COMMENT"]}),
        ),
        // A variable inside a literal; an absent one leaves its field out.
        (
            "query($t: String, $u: String) { search(filter: {title: $t, and: [{title: $u}]}) { __typename } }",
            json!({"t": "x"}),
            json!({"filter": {"and": [{"kind": "POST"}], "title": "x", "kind": "POST"}}),
        ),
        // Lists of lists, enums and nulls in lists, inputs in inputs.
        (
            "query($g: [[Int!]]) { echo(grid: $g) }",
            json!({"g": [1, [2, 3], null]}),
            json!({"grid": [[1], [2, 3], null]}),
        ),
        ("{ echo(grid: 1) }", json!({}), json!({"grid": [[1]]})),
        (
            "query($f: Filter) { search(filter: $f) { __typename } }",
            json!({"f": {"and": [{"and": {"kind": null}}, null]}}),
            json!({"filter": {"and": [{"and": [{"kind": null}], "kind": "POST"}, null], "kind": "POST"}}),
        ),
        ("query($k: [Kind!] = POST) { search(kinds: $k) { __typename } }", json!({}), json!({"kinds": ["POST"]})),
        // AWS scalars.
        (
            r#"{ echo(json: "{\"a\":[1,{\"b\":null}]}", time: 1768478400, float: 1, at: "2026-01-15T12:00:00Z") }"#,
            json!({}),
            json!({"float": 1.0, "json": {"a": [1, {"b": null}]}, "time": 1_768_478_400, "at": "2026-01-15T12:00:00Z"}),
        ),
        (
            "query($j: AWSJSON, $i: Int, $f: Float) { echo(json: $j, int: $i, float: $f) }",
            json!({"j": "\"x\"", "i": 5.0, "f": 2}),
            json!({"int": 5, "float": 2.0, "json": "x"}),
        ),
        (
            "query($t: AWSTimestamp, $l: Long, $d: AWSDate) { echo(time: $t, long: $l, day: $d) }",
            json!({"t": 1_768_478_400, "l": 3_000_000_000_i64, "d": "2026-01-15Z", "undeclared": 1}),
            json!({"time": 1_768_478_400, "long": 3_000_000_000_i64, "day": "2026-01-15Z"}),
        ),
    ];
    for (query, variables, expected) in table {
        let got = arguments(query, variables);
        assert_eq!(got.to_string(), expected.to_string(), "{query}: order and number kinds count too");
    }
}

#[test]
fn input_fields_come_in_the_schemas_order() {
    let sent = json!({"i": {"tags": "a", "title": "t", "id": "1"}});
    let got = arguments("mutation($i: PostInput!) { createPost(input: $i) { id } }", sent);
    assert_eq!(got.to_string(), r#"{"input":{"id":"1","title":"t","tags":["a"]}}"#);
    let got = arguments("mutation { createPost(input: {title: \"t\", id: 1}) { id } }", json!({}));
    assert_eq!(got.to_string(), r#"{"input":{"id":"1","title":"t"}}"#);
}

#[test]
fn selections_unfold_and_merge_in_order() {
    let query = "query Q($no: Boolean = false) {
      getPost(id: 1) { ...Rest title @skip(if: $no) hidden: title @include(if: $no) author { id } __typename }
      getPost(id: 1) { author { name } ... on Node { id } ... { again: id } }
      b: getPost(id: 2) { id }
    }
    fragment Rest on Post { comments(limit: 2) { text } title }";
    let operation = run(query, json!({})).unwrap();
    assert_eq!((operation.kind, operation.name.as_deref()), (OperationKind::Query, Some("Q")));
    let keys: Vec<_> =
        operation.fields.iter().map(|field| (field.response_key.as_str(), field.name.as_str())).collect();
    assert_eq!(keys, [("getPost", "getPost"), ("b", "getPost")]);
    let post = &operation.fields[0];
    assert_eq!((post.parent_type.as_str(), post.return_type.as_str(), post.named_type()), ("Query", "Post", "Post"));
    assert_eq!(post.location, (2, 7));
    assert_eq!(
        post.selection_set_list,
        ["comments", "comments/text", "title", "author", "author/id", "author/name", "__typename", "id", "again"]
    );
    let comments = &post.selection[0];
    assert_eq!((comments.parent_type.as_str(), comments.return_type.as_str()), ("Post", "[Comment]"));
    assert_eq!(Json::Object(comments.arguments.clone()), json!({"limit": 2}));
    assert!(post.selection.iter().find(|field| field.name == "title").unwrap().selection_set_list.is_empty());
}

#[test]
fn below_a_union_fields_carry_their_conditions() {
    let query = "{ search { __typename ... on Post { title id } ... on Node { id } ... on Comment { id } } }";
    let operation = run(query, json!({})).unwrap();
    let hits = &operation.fields[0];
    let fields: Vec<_> =
        hits.selection.iter().map(|f| (f.parent_type.as_str(), f.name.as_str(), f.type_conditions.join("+"))).collect();
    let expected = [
        ("Hit", "__typename", ""),
        ("Post", "title", "Post"),
        ("Post", "id", "Post"),
        ("Node", "id", "Node"),
        ("Comment", "id", "Comment"),
    ];
    assert_eq!(fields, expected.map(|(on, name, conditions)| (on, name, conditions.to_owned())));
    assert_eq!(hits.selection_set_list, ["__typename"], "type-conditioned fields are left out");
}

#[test]
fn the_selection_as_text_keeps_spreads_and_aliases() {
    let query = "query($n: Int) { getPost(id: 1) { t: title comments(limit: $n) @include(if: true) { ...C } ... on Node { id } } }
                 fragment C on Comment { text }";
    let operation = run(query, json!({})).unwrap();
    assert_eq!(
        operation.fields[0].selection_set_graphql,
        "{\n  t: title\n  comments(limit: $n) @include(if: true) {\n    ...C\n  }\n  ... on Node {\n    id\n  }\n}"
    );
}

#[test]
fn values_in_the_selection_as_text_stay_on_one_line() {
    let text = SCHEMA.replace("type Query", "type Query { root: Root } type Root");
    let schema = Schema::parse(SourceFile::new("schema.graphql", text)).unwrap();
    let query = r#"{ root { a: echo(s: "x \"y\"\nz", int: -1, float: 1.5e3, bool: true)
      search(filter: {title: null, and: [{kind: POST}, {}]}, kinds: [POST, COMMENT]) { __typename } } }"#;
    let operation = prepare(&schema, &GraphQlBody::new(query, Map::new(), None)).unwrap();
    assert_eq!(
        operation.fields[0].selection_set_graphql,
        r#"{
  a: echo(s: "x \"y\"\nz", int: -1, float: 1.5e3, bool: true)
  search(filter: {title: null, and: [{kind: POST}, {}]}, kinds: [POST, COMMENT]) {
    __typename
  }
}"#
    );
}

#[test]
fn the_operation_is_chosen_by_name() {
    let two = "query A { a: __typename } query B { b: __typename }";
    let chosen = |query: &str, name: Option<&str>| {
        prepare(&schema(), &GraphQlBody::new(query, Map::new(), name.map(str::to_owned)))
    };
    assert_eq!(chosen(two, Some("B")).unwrap().fields[0].response_key, "b");
    let fault = |query: &str, name: Option<&str>| chosen(query, name).unwrap_err().message().to_owned();
    assert_eq!(fault(two, Some("C")), "Unknown operation named 'C'.");
    assert_eq!(fault(two, None), "Must provide operation name if query contains multiple operations.");
    assert_eq!(fault("subscription { x }", None), "Schema is not configured for subscriptions.");
    assert_eq!(chosen("query Only { __typename }", None).unwrap().name.as_deref(), Some("Only"));
}

#[test]
fn variables_that_do_not_fit_are_refused_as_appsync_refuses_them() {
    let create = "mutation($input: PostInput!) { createPost(input: $input) { id } }";
    let echo = "query($v: Int) { echo(int: $v) }";
    let table = [
        (create, json!({}), "Variable 'input' has coerced Null value for NonNull type 'PostInput!'"),
        (create, json!({"input": null}), "Variable 'input' has coerced Null value for NonNull type 'PostInput!'"),
        (
            create,
            json!({"input": {"title": "x", "nested": {}}}),
            "Variable 'input' has coerced Null value for NonNull type 'String!'",
        ),
        (
            create,
            json!({"input": {"title": "x", "owner": "me"}}),
            "The variables input contains a field that is not defined for input object type 'PostInput' ",
        ),
        (create, json!({"input": "x"}), "Variable 'input' has an invalid value. Expected type 'Map' but was 'String'."),
        (
            create,
            json!({"input": {"title": "x", "meta": "{a"}}),
            "Variable 'meta' has an invalid value. Unable to parse {a as valid JSON.",
        ),
        (echo, json!({"v": "five"}), "Variable 'v' has an invalid value. Expected type 'Int' but was 'String'."),
        (
            echo,
            json!({"v": 3_000_000_000_i64}),
            "Variable 'v' has an invalid value. Expected type 'Int' but was 'Long'.",
        ),
        (
            "query($v: AWSDateTime) { echo(at: $v) }",
            json!({"v": "2019"}),
            "Variable 'v' has an invalid value. Unable to parse `2019` as a valid DateTime Object.",
        ),
        (
            "query($v: [[Int!]]) { echo(grid: $v) }",
            json!({"v": [[1, null]]}),
            "Variable 'v' has coerced Null value for NonNull type 'Int!'",
        ),
        (
            "query($v: AWSDate) { echo(day: $v) }",
            json!({"v": "2019-12-24T04:15:57.798Z"}),
            "Variable 'v' has an invalid value. Unable to parse `2019-12-24T04:15:57.798Z` as a valid date.",
        ),
        (
            "query($v: AWSPhone) { echo(phone: $v) }",
            json!({"v": "1110004444"}),
            "Variable 'v' has an invalid value. Unable to parse `1110004444` as a valid phone number.",
        ),
        (
            "query($v: AWSDateTime) { echo(at: $v) }",
            json!({"v": {"offset": {"totalSeconds": 0}}}),
            "Variable 'v' has an invalid value. Unable to parse `{offset={totalSeconds=0}}` as a valid DateTime Object.",
        ),
        (
            "query($v: AWSJSON) { echo(json: $v) }",
            json!({"v": {"key1": "hi", "key2": 3, "hello": {"nested": true}}}),
            "Variable 'v' has an invalid value. Unable to parse {key1=hi, key2=3, hello={nested=true}} as valid JSON.",
        ),
        (
            "query($v: ID!) { getPost(id: $v) { id } }",
            json!({"v": ["a"]}),
            "Variable 'v' has an invalid value. Expected type 'ID' but was 'ArrayList'.",
        ),
        (
            "query($v: [Kind!]) { search(kinds: $v) { __typename } }",
            json!({"v": ["NEWS"]}),
            "Variable 'v' has an invalid value. Invalid input for Enum 'Kind'. No value found for name 'NEWS'",
        ),
    ];
    for (query, variables, message) in table {
        let (status, body) = refusal(query, variables);
        assert_eq!((status, body["errors"][0]["message"].as_str()), (200, Some(message)), "{query}");
        assert_eq!(body["data"], Json::Null);
    }
}

#[test]
fn requests_that_are_none() {
    for query in ["meow {", "{ a(x: ) }", "{", "", "{ a { b }", "{ \"a }"] {
        let (status, body) = refusal(query, json!({}));
        assert_eq!(
            (status, body["errors"][0]["errorType"].as_str()),
            (400, Some("MalformedHttpRequestException")),
            "{query}"
        );
        assert!(body.get("data").is_none());
    }
    let of = |problem| prepare(&schema(), &GraphQlBody::without_document(problem)).unwrap_err();
    assert_eq!(of(BodyProblem::Empty).message(), "Request body is empty.");
    assert_eq!(of(BodyProblem::NotARequest).message(), "Unable to parse GraphQL query.");
    assert!(matches!(of(BodyProblem::Lost), RequestFault::Missing(_)));
}

#[test]
fn fragments_that_unfold_without_end_are_refused_not_a_crash() {
    let mut bomb = String::from("{ getPost(id: 1) { ...F0 } }\n");
    for n in 0..40 {
        bomb += &format!("fragment F{n} on Post {{ ...F{} ...F{} }}\n", n + 1, n + 1);
    }
    bomb += "fragment F40 on Post { id }";
    assert_eq!(run(&bomb, json!({})).unwrap_err().message(), "The query is too large.");
    let mut chain = String::from("{ getPost(id: 1) { ...F0 } }\n");
    for n in 0..5000 {
        chain += &format!("fragment F{n} on Post {{ ... on Node {{ ... on Post {{ ...F{} }} }} }}\n", n + 1);
    }
    chain += "fragment F5000 on Post { id }";
    assert_eq!(run(&chain, json!({})).unwrap_err().message(), "The query is too large.");
}

#[test]
fn documents_full_of_mistakes_are_refused_in_time() {
    let many = |item: &str| item.repeat(5000);
    let fragments: String = (0..2000).map(|n| format!("fragment F{n} on Post {{ ...F{} id }}\n", n % 50 + 1)).collect();
    for document in [
        format!("{{ {} }}", many("x ")),
        format!("{{ getPost(id: 1) {{ {} }} }}", many("a: id a: title ")),
        format!("{{ getPost(id: 1) {{ {} }} }}", many("...F ")),
        format!("query({}) {{ __typename }}", many("$x: Int ")),
        format!("{} {{ __typename }}", many("query A { __typename } ")),
        format!("{{ getPost(id: 1) {{ {} }} }}", many("id @nope ")),
        format!("{{ getPost(id: [{}]) {{ id }} }}", many("{a: 1} ")),
        format!("{{ getPost(id: 1) {{ ...F0 }} }} {fragments}"),
        format!("{{ {} }}", "search { ... on Post { ".repeat(40) + &"} }".repeat(40)),
        many("fragment F on Post { ...F } "),
        many("type A { a: Int } "),
        "\u{0}{ a }".to_owned(),
        "{ a(x: \"\\u{110000}\") }".to_owned(),
    ] {
        assert!(run(&document, json!({})).is_err());
    }
}
