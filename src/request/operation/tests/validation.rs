//! Every rule of GraphQL, broken: the errors of AppSync with their places, in their order.

use serde_json::Value as Json;

use super::super::*;
use crate::api::Schema;
use crate::request::GraphQlBody;
use crate::source_file::SourceFile;

const SCHEMA: &str = r#"
  schema { query: Query mutation: Mutation subscription: Subscription }
  type Query {
    getPost(id: ID!, tag: String = "none"): Post
    search(limit: Int, filter: Filter, kinds: [Kind!]): [Hit!]!
    echo(int: Int, float: Float, bool: Boolean, json: AWSJSON, time: AWSTimestamp, at: AWSDateTime, url: AWSURL): String
    node: Node
  }
  type Mutation { createPost(input: PostInput!): Post }
  type Subscription { onPost(owner: String): Post @aws_subscribe(mutations: ["createPost"]) onOther: Post }
  type Post implements Node { id: ID! title: String tags: [String] kind: Kind author: Author comments(limit: Int): [Comment] }
  type Author { id: ID! name: String }
  type Comment implements Node { id: ID! text: String! title: Int }
  interface Node { id: ID! }
  union Hit = Post | Comment
  enum Kind { POST COMMENT }
  input Filter { and: [Filter] title: String kind: Kind = POST }
  input PostInput { id: ID title: String! tags: [String] url: AWSURL nested: NestedInput }
  input NestedInput { name: String! }
"#;

fn errors(query: &str) -> Vec<String> {
    let schema = Schema::parse(SourceFile::new("schema.graphql", SCHEMA)).unwrap();
    match prepare(&schema, &GraphQlBody::new(query, serde_json::Map::new(), None)) {
        Ok(_) => vec!["runs".to_owned()],
        Err(RequestFault::Answer { status, body }) => {
            assert_eq!((status, body.get("data")), (200, Some(&Json::Null)), "{query}");
            body["errors"].as_array().unwrap().iter().map(short).collect()
        }
        Err(other) => panic!("{query}: {other:?}"),
    }
}

/// `line:column rule: text`; the rest of an error is the same in all of them.
fn short(error: &Json) -> String {
    let places = error["locations"].as_array().map_or(&[][..], Vec::as_slice);
    let places: Vec<_> = places.iter().map(|at| format!("{}:{}", at["line"], at["column"])).collect();
    assert!(error["path"].is_null() && error.as_object().unwrap().len() == 3, "{error}");
    let message = error["message"].as_str().unwrap();
    format!("{} {}", places.join(" "), message.strip_prefix("Validation error of type ").unwrap_or(message))
}

#[test]
fn every_rule_is_said_as_appsync_says_it() {
    for (query, expected) in CASES {
        assert_eq!(errors(query), *expected, "{query}");
    }
}

/// A document and its errors; `runs` where AppSync finds nothing wrong.
const CASES: &[(&str, &[&str])] = &[
    ("{ x }", &["1:3 FieldUndefined: Field 'x' in type 'Query' is undefined @ 'x'"]),
    ("{ a: x }", &["1:3 FieldUndefined: Field 'x' in type 'Query' is undefined @ 'x'"]),
    (
        "{ getPost(id: 1) { author { age } } }",
        &["1:29 FieldUndefined: Field 'age' in type 'Author' is undefined @ 'getPost/author/age'"],
    ),
    (
        "{ getPost(id: 1) { ...F } } fragment F on Post { author { age } }",
        &["1:59 FieldUndefined: Field 'age' in type 'Author' is undefined @ 'F/author/age'"],
    ),
    ("{ search { title } }", &["1:12 FieldUndefined: Field 'title' in type 'Hit' is undefined @ 'search/title'"]),
    ("{ node { title } }", &["1:10 FieldUndefined: Field 'title' in type 'Node' is undefined @ 'node/title'"]),
    (
        "{ getPost(id: 1) { author } }",
        &["1:20 SubSelectionRequired: Sub selection required for type Author of field author @ 'getPost/author'"],
    ),
    (
        "{ getPost(id: 1) { id { x } } }",
        &["1:20 SubSelectionNotAllowed: Sub selection not allowed on leaf type ID of field id @ 'getPost/id'"],
    ),
    (
        "{ getPost(id: 1) { kind { x } } }",
        &["1:20 SubSelectionNotAllowed: Sub selection not allowed on leaf type Kind of field kind @ 'getPost/kind'"],
    ),
    ("{ getPost { id } }", &["1:3 MissingFieldArgument: Missing field argument id @ 'getPost'"]),
    ("{ getPost(id: 1, owner: 2) { id } }", &["1:18 UnknownArgument: Unknown field argument owner @ 'getPost'"]),
    (
        "{ getPost(owner: 2) { payload } }",
        &[
            "1:3 MissingFieldArgument: Missing field argument id @ 'getPost'",
            "1:11 UnknownArgument: Unknown field argument owner @ 'getPost'",
            "1:23 FieldUndefined: Field 'payload' in type 'Post' is undefined @ 'getPost/payload'",
        ],
    ),
    (
        "{ getPost(id: null) { id } }",
        &["1:11 WrongType: argument 'id' with value 'NullValue{}' must not be null @ 'getPost'"],
    ),
    (
        r#"{ search(limit: "1") { __typename } }"#,
        &["1:10 WrongType: argument 'limit' with value 'StringValue{value='1'}' is not a valid 'Int' @ 'search'"],
    ),
    (
        "{ search(limit: 3000000000) { __typename } }",
        &["1:10 WrongType: argument 'limit' with value 'IntValue{value=3000000000}' is not a valid 'Int' @ 'search'"],
    ),
    (
        "{ search(kinds: [POST, NEWS]) { __typename } }",
        &["1:10 WrongType: argument 'kinds[1]' with value 'EnumValue{name='NEWS'}' is not a valid 'Kind' @ 'search'"],
    ),
    (
        r#"{ search(kinds: "POST") { __typename } }"#,
        &["1:10 WrongType: argument 'kinds' with value 'StringValue{value='POST'}' is not a valid 'Kind' @ 'search'"],
    ),
    (
        "{ search(filter: {kind: POST, no: 1}) { __typename } }",
        &[
            "1:10 WrongType: argument 'filter' with value 'ObjectValue{objectFields=[ObjectField{name='kind', value=EnumValue{name='POST'}}, ObjectField{name='no', value=IntValue{value=1}}]}' contains a field not in 'Filter': 'no' @ 'search'",
        ],
    ),
    (
        "{ search(filter: {and: [{title: 1}]}) { __typename } }",
        &[
            "1:10 WrongType: argument 'filter.and[0].title' with value 'IntValue{value=1}' is not a valid 'String' @ 'search'",
        ],
    ),
    (
        "{ echo(json: {up: 10}) }",
        &[
            "1:8 WrongType: argument 'json' with value 'ObjectValue{objectFields=[ObjectField{name='up', value=IntValue{value=10}}]}' is not a valid 'AWSJSON' @ 'echo'",
        ],
    ),
    (
        r#"{ echo(json: "{a") }"#,
        &["1:8 WrongType: argument 'json' with value 'StringValue{value='{a'}' is not a valid 'AWSJSON' @ 'echo'"],
    ),
    (
        r#"{ echo(url: "nope") }"#,
        &["1:8 WrongType: argument 'url' with value 'StringValue{value='nope'}' is not a valid 'AWSURL' @ 'echo'"],
    ),
    (
        r#"{ echo(at: "2026-01-01") }"#,
        &[
            "1:8 WrongType: argument 'at' with value 'StringValue{value='2026-01-01'}' is not a valid 'AWSDateTime' @ 'echo'",
        ],
    ),
    (
        r#"{ echo(time: "now") }"#,
        &[
            "1:8 WrongType: argument 'time' with value 'StringValue{value='now'}' is not a valid 'AWSTimestamp' @ 'echo'",
        ],
    ),
    (
        "mutation { createPost(input: {id: 1}) { id } }",
        &[
            "1:23 WrongType: argument 'input' with value 'ObjectValue{objectFields=[ObjectField{name='id', value=IntValue{value=1}}]}' is missing required fields '[title]' @ 'createPost'",
        ],
    ),
    (
        r#"mutation { createPost(input: {title: "x", url: "y"}) { id } }"#,
        &[
            "1:23 WrongType: argument 'input.url' with value 'StringValue{value='y'}' is not a valid 'AWSURL' @ 'createPost'",
        ],
    ),
    (
        "mutation($t: Int) { createPost(input: {title: $t}) { id } }",
        &["1:47 VariableTypeMismatch: Variable type 'Int' doesn't match expected type 'String!' @ 'createPost'"],
    ),
    ("{ getPost(id: $id) { id } }", &["1:15 UndefinedVariable: Undefined variable id @ 'getPost'"]),
    ("{ search(filter: {title: $t}) { __typename } }", &["1:26 UndefinedVariable: Undefined variable t @ 'search'"]),
    (
        "{ getPost(id: 1) { ...F } } fragment F on Post { comments(limit: $n) { id } }",
        &["1:66 UndefinedVariable: Undefined variable n @ 'F/comments'"],
    ),
    ("{ ...F }", &["1:3 UndefinedFragment: Undefined fragment F"]),
    ("query($x: Int) { __typename }", &["1:7 UnusedVariable: Unused variable x"]),
    ("query($id: ID!) { nope(id: $id) }", &["1:19 FieldUndefined: Field 'nope' in type 'Query' is undefined @ 'nope'"]),
    ("{ __typename } fragment F on Post { id }", &["1:16 UnusedFragment: Unused fragment F"]),
    (
        "{ __typename } fragment F on Post { ...G } fragment G on Post { id }",
        &["1:16 UnusedFragment: Unused fragment F", "1:44 UnusedFragment: Unused fragment G"],
    ),
    (
        "query($id: String!) { getPost(id: $id) { id } }",
        &["1:35 VariableTypeMismatch: Variable type 'String!' doesn't match expected type 'ID!' @ 'getPost'"],
    ),
    (
        "query($id: ID) { getPost(id: $id) { id } }",
        &["1:30 VariableTypeMismatch: Variable type 'ID' doesn't match expected type 'ID!' @ 'getPost'"],
    ),
    (
        "query($f: String) { search(filter: {and: [{title: $f}], kind: $f}) { __typename } }",
        &["1:63 VariableTypeMismatch: Variable type 'String' doesn't match expected type 'Kind' @ 'search'"],
    ),
    ("query($i: Gone) { getPost(id: $i) { id } }", &["1:11 UnknownType: Unknown type Gone"]),
    ("query($i: [Gone!]!) { getPost(id: $i) { id } }", &["1:12 UnknownType: Unknown type Gone"]),
    (
        "query($i: Post) { getPost(id: $i) { id } }",
        &[
            "1:7 NonInputTypeOnVariable: Wrong type for a variable",
            "1:31 VariableTypeMismatch: Variable type 'Post' doesn't match expected type 'ID!' @ 'getPost'",
        ],
    ),
    (
        r#"query($n: Int = "x") { search(limit: $n) { __typename } }"#,
        &["1:7 BadValueForDefaultArg: Bad default value StringValue{value='x'} for type Int"],
    ),
    ("{ getPost(id: 1) { ... on Gone { id } } }", &["1:27 UnknownType: Unknown type Gone @ 'getPost'"]),
    ("{ getPost(id: 1) { ...F } } fragment F on Gone { id }", &["1:43 UnknownType: Unknown type Gone @ 'F'"]),
    (
        "{ getPost(id: 1) { ... on Kind { id } } }",
        &[
            "1:20 InlineFragmentTypeConditionInvalid: Inline fragment type condition is invalid, must be on Object/Interface/Union @ 'getPost'",
        ],
    ),
    (
        "{ getPost(id: 1) { ...F } } fragment F on Kind { id }",
        &[
            "1:29 FragmentTypeConditionInvalid: Fragment type condition is invalid, must be on Object/Interface/Union @ 'F'",
        ],
    ),
    (
        "{ getPost(id: 1) { ... on Comment { id } ...F } } fragment F on Author { id }",
        &[
            "1:20 InvalidFragmentType: Fragment cannot be spread here as objects of type Post can never be of type Comment @ 'getPost'",
            "1:42 InvalidFragmentType: Fragment F cannot be spread here as objects of type Post can never be of type Author @ 'getPost'",
        ],
    ),
    (
        "{ getPost(id: 1) { ...F } } fragment F on Post { ...F }",
        &["1:50 FragmentCycle: Fragment cycles not allowed @ 'F'"],
    ),
    (
        "{ getPost(id: 1) { ...F } } fragment F on Post { ...G } fragment G on Post { id ...F }",
        &["1:50 FragmentCycle: Fragment cycles not allowed @ 'F'"],
    ),
    (
        "{ getPost(id: 1) { a: id a: title } }",
        &["1:20 1:26 FieldsConflict: a: id and title are different fields @ 'getPost'"],
    ),
    (
        "{ a: getPost(id: 1) { id } a: getPost(id: 2) { id } }",
        &["1:3 1:28 FieldsConflict: a: they have differing arguments"],
    ),
    (
        "{ search { ... on Post { title } ... on Comment { title } } }",
        &["1:26 1:51 FieldsConflict: title: they return differing types String and Int @ 'search'"],
    ),
    (
        "{ search { ... on Post { x: tags } ... on Comment { x: text } } }",
        &["1:26 1:53 FieldsConflict: x: fields have different list shapes @ 'search'"],
    ),
    (
        "{ search { ... on Post { text: title } ... on Comment { text } } }",
        &["1:26 1:57 FieldsConflict: text: fields have different nullability shapes @ 'search'"],
    ),
    ("{ getPost(id: 1) @nope { id } }", &["1:18 UnknownDirective: Unknown directive nope @ 'getPost'"]),
    ("{ getPost(id: 1) @defer { id } }", &["1:18 UnknownDirective: Unknown directive defer @ 'getPost'"]),
    ("query @skip(if: true) { __typename }", &["1:7 MisplacedDirective: Directive skip not allowed here"]),
    ("{ node @skip { id } }", &["1:8 MissingDirectiveArgument: Missing directive argument if @ 'node'"]),
    (
        "{ node @skip(if: 1) { id } }",
        &["1:14 WrongType: argument 'if' with value 'IntValue{value=1}' is not a valid 'Boolean' @ 'node'"],
    ),
    ("{ node @skip(if: true, x: 1) { id } }", &["1:24 UnknownArgument: Unknown directive argument x @ 'node'"]),
    (
        "{ node @skip(if: true) @skip(if: false) { id } }",
        &[
            "1:24 DuplicateDirectiveName: Directives must be uniquely named within a location. The directive 'skip' used on a 'Field' is not unique. @ 'node'",
        ],
    ),
    ("{ node @aws_iam { id } }", &["1:8 MisplacedDirective: Directive aws_iam not allowed here @ 'node'"]),
    (
        "{ __typename } { __typename }",
        &["1:16 LoneAnonymousOperationViolation: Anonymous operation with other operations."],
    ),
    (
        "{ __typename } query A { __typename }",
        &["1:16 LoneAnonymousOperationViolation: Operation A is following anonymous operation"],
    ),
    (
        "query A { __typename } { __typename }",
        &["1:24 LoneAnonymousOperationViolation: Anonymous operation with other operations."],
    ),
    (
        "query A { __typename } query A { __typename }",
        &["1:24 DuplicateOperationName: There can be only one operation named 'A'"],
    ),
    (
        "query($x: Int, $x: Int) { search(limit: $x) { __typename } }",
        &["1:16 DuplicateVariableName: There can be only one variable named 'x'"],
    ),
    (
        "{ search(limit: 1, limit: 2) { __typename } }",
        &["1:20 DuplicateArgumentNames: There can be only one argument named 'limit' @ 'search'"],
    ),
    (
        "{ ...F } fragment F on Query { __typename } fragment F on Query { __typename }",
        &["1:45 DuplicateFragmentName: There can be only one fragment named 'F' @ 'F'"],
    ),
    (
        "subscription { onPost { id } onOther { id } }",
        &["1:1 SubscriptionMultipleRootFields: Subscription operation 'null' must have exactly one root field"],
    ),
    (
        "subscription { onPost { id } __typename }",
        &["1:1 SubscriptionMultipleRootFields: Subscription operation 'null' must have exactly one root field"],
    ),
    ("type X { a: Int } query { __typename }", &["1:1 NonExecutableDefinition: The X definition is not executable."]),
    ("subscription S($o: String) { onPost(owner: $o) @skip(if: false) { id } }", &["runs"]),
    (r#"{ __schema { types { name } } __type(name: "Post") { name kind } }"#, &["runs"]),
    ("{ __schema { nope } }", &["1:14 FieldUndefined: Field 'nope' in type '__Schema' is undefined @ '__schema/nope'"]),
    (
        "{ x y }",
        &[
            "1:3 FieldUndefined: Field 'x' in type 'Query' is undefined @ 'x'",
            "1:5 FieldUndefined: Field 'y' in type 'Query' is undefined @ 'y'",
        ],
    ),
    ("query A { x } query B { __typename }", &["1:11 FieldUndefined: Field 'x' in type 'Query' is undefined @ 'x'"]),
    ("{ node { ... { id } ... on Post { title } } }", &["runs"]),
    (r#"{ search(filter: {title: "a", title: "b"}) { __typename } }"#, &["runs"]),
    (
        "query A($n: Int!) { search(limit: $n) { __typename } } query B { node { ...F } } fragment F on Post { comments(limit: $n) { id } }",
        &["1:119 UndefinedVariable: Undefined variable n @ 'F/comments'"],
    ),
    ("extend type X { a: Int }", &["1:1 NonExecutableDefinition: The X definition is not executable."]),
    ("schema { query: Q } { __typename }", &["1:1 NonExecutableDefinition: The schema definition is not executable."]),
];
