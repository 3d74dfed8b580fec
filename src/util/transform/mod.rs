//! `$util.transform`: filters as clients write them, turned into what DynamoDB and subscriptions take.

mod elasticsearch;
mod filter;
mod subscription;

use super::Helper;
use super::Type::{List, Map};
use crate::value::{Entries, Map as JavaMap, Value};

const PAGE: &str = "transformation-helpers-in-utils-transform; outputs recorded on the service";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.transform.toDynamoDBFilterExpression",
        overloads: &[&[Map]],
        returns: "String",
        doc: "A filter object as JSON text with expression, expressionNames and expressionValues. A filter that is not well-formed gives null.",
        source: PAGE,
        unverified: "",
        examples: &[
            (
                "$util.transform.toDynamoDBFilterExpression({'title':{'contains':'Hello'}})",
                "{\"expression\":\"(contains(#title,:title_contains))\",\"expressionNames\":{\"#title\":\"title\"},\"expressionValues\":{\":title_contains\":{\"S\":\"Hello\"}}}",
            ),
            ("#set($f = {'v':{'foo':1}})$!util.transform.toDynamoDBFilterExpression($f)", ""),
        ],
        run: |_, args| Ok(args.first().and_then(filter::expression).map(Value::from).unwrap_or_default()),
    },
    Helper {
        path: "util.transform.toDynamoDBConditionExpression",
        overloads: &[&[Map]],
        returns: "String",
        doc: "The same as `toDynamoDBFilterExpression`; every recorded output was identical.",
        source: PAGE,
        unverified: "",
        examples: &[(
            "$util.transform.toDynamoDBConditionExpression({'and':[{'id':{'attributeExists':true}},{'_version':{'eq':1}}]})",
            "{\"expression\":\"((attribute_exists(#id)) AND (#_version = :and_1__version_eq))\",\"expressionNames\":{\"#id\":\"id\",\"#_version\":\"_version\"},\"expressionValues\":{\":and_1__version_eq\":{\"N\":1}}}",
        )],
        run: |_, args| Ok(args.first().and_then(filter::expression).map(Value::from).unwrap_or_default()),
    },
    Helper {
        path: "util.transform.toElasticsearchQueryDSL",
        overloads: &[&[Map]],
        returns: "String",
        doc: "A filter object as JSON text of an Elasticsearch query; all conditions have to hold. A filter that is not well-formed gives null.",
        source: "transformation-helpers-in-utils-transform",
        unverified: "that `eq` still is a `term`, how `or` is written, that the case of `and`, `or`, `not` does not matter, and null for an unknown operator or an empty filter",
        examples: &[
            (
                "$util.transform.toElasticsearchQueryDSL({'upvotes':{'ne':15,'range':[10,20]},'title':{'eq':'hihihi','wildcard':'h*i'}})",
                "{\"bool\":{\"must\":[{\"bool\":{\"must\":[{\"bool\":{\"must_not\":{\"term\":{\"upvotes\":15}}}},{\"range\":{\"upvotes\":{\"gte\":10,\"lte\":20}}}]}},{\"bool\":{\"must\":[{\"term\":{\"title\":\"hihihi\"}},{\"wildcard\":{\"title\":\"h*i\"}}]}}]}}",
            ),
            ("$!util.transform.toElasticsearchQueryDSL({'v':{'foo':1}})", ""),
        ],
        run: |_, args| Ok(args.first().and_then(elasticsearch::query).map(Value::from).unwrap_or_default()),
    },
    Helper {
        path: "util.transform.toSubscriptionFilter",
        overloads: &[&[Map], &[Map, List], &[Map, List, Map]],
        returns: "Map",
        doc: "A filter object as groups for `$extensions.setSubscriptionFilter`: one group has to hold, all filters of it. Several operators on one field are alternatives. The second argument names fields to leave out, the third holds rules of which one has to hold.",
        source: PAGE,
        unverified: "an alternative of which no field is left, and a field without operators beside others",
        examples: &[(
            "$util.toJson($util.transform.toSubscriptionFilter({'a':{'eq':1,'ne':2}}))",
            "{\"filterGroup\":[{\"filters\":[{\"fieldName\":\"a\",\"operator\":\"eq\",\"value\":1}]},{\"filters\":[{\"fieldName\":\"a\",\"operator\":\"ne\",\"value\":2}]}]}",
        )],
        run: |_, args| subscription::filter(args),
    },
];

/// The map of a value that is one.
fn as_map(value: &Value) -> Option<std::cell::Ref<'_, Entries>> {
    match value {
        Value::Map(map) => Some(JavaMap::entries(map)),
        _ => None,
    }
}

/// The items of a value that is a list.
fn as_list(value: &Value) -> Option<std::cell::Ref<'_, Vec<Value>>> {
    match value {
        Value::List(list) => Some(list.items()),
        _ => None,
    }
}
