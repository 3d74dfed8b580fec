//! `$util.dynamodb`: values with DynamoDB's types.

use super::Type::{Any, BoxedBool, List, Map, Num, Str};
use super::{Helper, encode};
use crate::value::java::MAX_DEPTH;
use crate::value::{self, Entries, Key, MapKind, Object, Value, java, json};

const RECORDED: &str = "dynamodb-helpers-in-util-dynamodb; outputs recorded on the service";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.dynamodb.toDynamoDB",
        overloads: &[&[Any]],
        returns: "Map",
        doc: "The value with its DynamoDB type: strings S, numbers N (a JSON number), booleans BOOL, null NULL, lists (and sets) L, maps M.",
        source: RECORDED,
        unverified: "",
        examples: &[(
            "$util.toJson($util.dynamodb.toDynamoDB({'a':['x',1,true]}))",
            "{\"M\":{\"a\":{\"L\":[{\"S\":\"x\"},{\"N\":1},{\"BOOL\":true}]}}}",
        )],
        run: |_, args| Ok(of_first(args, to_dynamodb)),
    },
    Helper {
        path: "util.dynamodb.toDynamoDBJson",
        overloads: &[&[Any]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toDynamoDB(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[(
            "$util.dynamodb.toDynamoDBJson({'a':['x',1,true]})",
            "{\"M\":{\"a\":{\"L\":[{\"S\":\"x\"},{\"N\":1},{\"BOOL\":true}]}}}",
        )],
        run: |_, args| Ok(as_json(&of_first(args, to_dynamodb))),
    },
    Helper {
        path: "util.dynamodb.toString",
        overloads: &[&[Str]],
        returns: "Map",
        doc: "A string of type S; null gives null.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.toJson($util.dynamodb.toString('test'))", "{\"S\":\"test\"}")],
        run: |_, args| Ok(of_first(args, |value| typed("S", value))),
    },
    Helper {
        path: "util.dynamodb.toStringJson",
        overloads: &[&[Str]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toString(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.dynamodb.toStringJson('test')", "{\"S\":\"test\"}")],
        run: |_, args| Ok(as_json(&of_first(args, |value| typed("S", value)))),
    },
    Helper {
        path: "util.dynamodb.toStringSet",
        overloads: &[&[List]],
        returns: "Map",
        doc: "A list of strings as a set of type SS; null gives null.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.toJson($util.dynamodb.toStringSet(['foo','bar']))", "{\"SS\":[\"foo\",\"bar\"]}")],
        run: |_, args| Ok(of_first(args, |value| typed("SS", value))),
    },
    Helper {
        path: "util.dynamodb.toStringSetJson",
        overloads: &[&[List]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toStringSet(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.dynamodb.toStringSetJson(['foo','bar'])", "{\"SS\":[\"foo\",\"bar\"]}")],
        run: |_, args| Ok(as_json(&of_first(args, |value| typed("SS", value)))),
    },
    Helper {
        path: "util.dynamodb.toNumber",
        overloads: &[&[Num]],
        returns: "Map",
        doc: "A number of type N, a JSON number; null gives null.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.toJson($util.dynamodb.toNumber(12345))", "{\"N\":12345}")],
        run: |_, args| Ok(of_first(args, |value| typed("N", value))),
    },
    Helper {
        path: "util.dynamodb.toNumberJson",
        overloads: &[&[Num]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toNumber(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.dynamodb.toNumberJson(12345)", "{\"N\":12345}")],
        run: |_, args| Ok(as_json(&of_first(args, |value| typed("N", value)))),
    },
    Helper {
        path: "util.dynamodb.toNumberSet",
        overloads: &[&[List]],
        returns: "Map",
        doc: "A list of numbers as a set of type NS; null gives null.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.toJson($util.dynamodb.toNumberSet([1,23,4.56]))", "{\"NS\":[1,23,4.56]}")],
        run: |_, args| Ok(of_first(args, |value| typed("NS", value))),
    },
    Helper {
        path: "util.dynamodb.toNumberSetJson",
        overloads: &[&[List]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toNumberSet(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.dynamodb.toNumberSetJson([1,23,4.56])", "{\"NS\":[1,23,4.56]}")],
        run: |_, args| Ok(as_json(&of_first(args, |value| typed("NS", value)))),
    },
    Helper {
        path: "util.dynamodb.toBinary",
        overloads: &[&[Str]],
        returns: "Map",
        doc: "Base64 text of type B, passed through as it is; null gives null.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.toJson($util.dynamodb.toBinary('foo'))", "{\"B\":\"foo\"}")],
        run: |_, args| Ok(of_first(args, |value| typed("B", value))),
    },
    Helper {
        path: "util.dynamodb.toBinaryJson",
        overloads: &[&[Str]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toBinary(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.dynamodb.toBinaryJson('foo')", "{\"B\":\"foo\"}")],
        run: |_, args| Ok(as_json(&of_first(args, |value| typed("B", value)))),
    },
    Helper {
        path: "util.dynamodb.toBinarySet",
        overloads: &[&[List]],
        returns: "Map",
        doc: "A list of base64 texts as a set of type BS; null gives null.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.toJson($util.dynamodb.toBinarySet(['foo','bar']))", "{\"BS\":[\"foo\",\"bar\"]}")],
        run: |_, args| Ok(of_first(args, |value| typed("BS", value))),
    },
    Helper {
        path: "util.dynamodb.toBinarySetJson",
        overloads: &[&[List]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toBinarySet(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.dynamodb.toBinarySetJson(['foo','bar'])", "{\"BS\":[\"foo\",\"bar\"]}")],
        run: |_, args| Ok(as_json(&of_first(args, |value| typed("BS", value)))),
    },
    Helper {
        path: "util.dynamodb.toBoolean",
        overloads: &[&[BoxedBool]],
        returns: "Map",
        doc: "A boolean of type BOOL; null gives null.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.toJson($util.dynamodb.toBoolean(true))", "{\"BOOL\":true}")],
        run: |_, args| Ok(of_first(args, |value| typed("BOOL", value))),
    },
    Helper {
        path: "util.dynamodb.toBooleanJson",
        overloads: &[&[BoxedBool]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toBoolean(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.dynamodb.toBooleanJson(true)", "{\"BOOL\":true}")],
        run: |_, args| Ok(as_json(&of_first(args, |value| typed("BOOL", value)))),
    },
    Helper {
        path: "util.dynamodb.toNull",
        overloads: &[&[]],
        returns: "Map",
        doc: "The null of DynamoDB.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.toJson($util.dynamodb.toNull())", "{\"NULL\":null}")],
        run: |_, _| Ok(typed_null()),
    },
    Helper {
        path: "util.dynamodb.toNullJson",
        overloads: &[&[]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toNull(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.dynamodb.toNullJson()", "{\"NULL\":null}")],
        run: |_, _| Ok(as_json(&typed_null())),
    },
    Helper {
        path: "util.dynamodb.toList",
        overloads: &[&[List]],
        returns: "Map",
        doc: "A list of type L, its items typed as by `toDynamoDB`; null gives null.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.toJson($util.dynamodb.toList(['foo',123]))", "{\"L\":[{\"S\":\"foo\"},{\"N\":123}]}")],
        run: |_, args| Ok(of_first(args, unless_null)),
    },
    Helper {
        path: "util.dynamodb.toListJson",
        overloads: &[&[List]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toList(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.dynamodb.toListJson(['foo',123])", "{\"L\":[{\"S\":\"foo\"},{\"N\":123}]}")],
        run: |_, args| Ok(as_json(&of_first(args, unless_null))),
    },
    Helper {
        path: "util.dynamodb.toMap",
        overloads: &[&[Map]],
        returns: "Map",
        doc: "A map of type M, its values typed as by `toDynamoDB`; null gives null.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.toJson($util.dynamodb.toMap({'foo':'bar'}))", "{\"M\":{\"foo\":{\"S\":\"bar\"}}}")],
        run: |_, args| Ok(of_first(args, unless_null)),
    },
    Helper {
        path: "util.dynamodb.toMapJson",
        overloads: &[&[Map]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toMap(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[("$util.dynamodb.toMapJson({'foo':'bar'})", "{\"M\":{\"foo\":{\"S\":\"bar\"}}}")],
        run: |_, args| Ok(as_json(&of_first(args, unless_null))),
    },
    Helper {
        path: "util.dynamodb.toMapValues",
        overloads: &[&[Map]],
        returns: "Map",
        doc: "The map with each value typed as by `toDynamoDB`, without the outer M; null gives null.",
        source: RECORDED,
        unverified: "",
        examples: &[(
            "$util.toJson($util.dynamodb.toMapValues({'foo':'bar','baz':1}))",
            "{\"foo\":{\"S\":\"bar\"},\"baz\":{\"N\":1}}",
        )],
        run: |_, args| Ok(of_first(args, to_map_values)),
    },
    Helper {
        path: "util.dynamodb.toMapValuesJson",
        overloads: &[&[Map]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toMapValues(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[(
            "$util.dynamodb.toMapValuesJson({'foo':'bar','baz':1})",
            "{\"foo\":{\"S\":\"bar\"},\"baz\":{\"N\":1}}",
        )],
        run: |_, args| Ok(as_json(&of_first(args, to_map_values))),
    },
    Helper {
        path: "util.dynamodb.toS3Object",
        overloads: &[&[Str, Str, Str], &[Str, Str, Str, Str]],
        returns: "Map",
        doc: "An S3 object as a string of type S: key, bucket, region and, if given, version.",
        source: RECORDED,
        unverified: "",
        examples: &[(
            "$util.toJson($util.dynamodb.toS3Object('k','b','r'))",
            "{\"S\":\"{\\\"s3\\\":{\\\"key\\\":\\\"k\\\",\\\"bucket\\\":\\\"b\\\",\\\"region\\\":\\\"r\\\"}}\"}",
        )],
        run: |_, args| Ok(to_s3_object(args)),
    },
    Helper {
        path: "util.dynamodb.toS3ObjectJson",
        overloads: &[&[Str, Str, Str], &[Str, Str, Str, Str]],
        returns: "String",
        doc: "`$util.toJson($util.dynamodb.toS3Object(…))`.",
        source: RECORDED,
        unverified: "",
        examples: &[(
            "$util.dynamodb.toS3ObjectJson('k','b','r')",
            "{\"S\":\"{\\\"s3\\\":{\\\"key\\\":\\\"k\\\",\\\"bucket\\\":\\\"b\\\",\\\"region\\\":\\\"r\\\"}}\"}",
        )],
        run: |_, args| Ok(as_json(&to_s3_object(args))),
    },
    Helper {
        path: "util.dynamodb.fromS3ObjectJson",
        overloads: &[&[Str]],
        returns: "Map",
        doc: "The inverse of `toS3Object`: key, bucket, region and version of the stored string; any other text gives null.",
        source: "dynamodb-helpers-in-util-dynamodb",
        unverified: "null for other text",
        examples: &[(
            "#set($s = '{\"s3\":{\"key\":\"k\",\"bucket\":\"b\",\"region\":\"r\"}}')$util.dynamodb.fromS3ObjectJson($s)",
            "{bucket=b, region=r, key=k}",
        )],
        run: |_, args| Ok(of_first(args, |value| from_s3_object(value).unwrap_or_default())),
    },
];

fn of_first(args: &[Value], convert: impl Fn(&Value) -> Value) -> Value {
    args.first().map(convert).unwrap_or_default()
}

fn as_json(value: &Value) -> Value {
    Value::from(json::to_json(value))
}

/// The one argument under its type; null stays null.
fn typed(kind: &'static str, value: &Value) -> Value {
    if value.is_null() { Value::Null } else { Value::map([(kind, value.clone())]) }
}

fn typed_null() -> Value {
    Value::map([("NULL", Value::Null)])
}

/// `toDynamoDB`, but null gives null.
fn unless_null(value: &Value) -> Value {
    if value.is_null() { Value::Null } else { to_dynamodb(value) }
}

/// A value with its DynamoDB type. Lists never become sets; a Java set becomes a list too.
pub(super) fn to_dynamodb(value: &Value) -> Value {
    to_dynamodb_at(value, 0)
}

fn to_dynamodb_at(value: &Value, depth: u32) -> Value {
    let list = |items: &[Value]| {
        let items = items.iter().map(|item| to_dynamodb_at(item, depth + 1)).collect();
        Value::map([("L", Value::list(items))])
    };
    match value {
        // A value that holds itself would end the JVM.
        _ if depth > MAX_DEPTH => typed_null(),
        Value::Null => typed_null(),
        Value::Bool(_) => typed("BOOL", value),
        Value::Int(_) | Value::Long(_) | Value::Double(_) | Value::Big(_) => typed("N", value),
        Value::Str(_) => typed("S", value),
        Value::List(items) => list(&items.items()),
        Value::Map(map) => Value::map([("M", map_values(&map.entries(), depth))]),
        Value::Object(object) => match &**object {
            Object::View(..) => list(&java::view_items(object)),
            Object::Bytes(bytes) => Value::map([("B", Value::from(encode::base64_encode(bytes)))]),
            _ => Value::map([("S", Value::from(java::to_string(value)))]),
        },
    }
}

fn to_map_values(value: &Value) -> Value {
    match value {
        Value::Map(map) => map_values(&map.entries(), 0),
        _ => Value::Null,
    }
}

fn map_values(entries: &Entries, depth: u32) -> Value {
    let typed =
        |(key, value): (&Key, &Value)| (Key(Value::from(java::to_string(&key.0))), to_dynamodb_at(value, depth + 1));
    Value::Map(value::Map::of(MapKind::LinkedHashMap, entries.iter().map(typed).collect()))
}

fn to_s3_object(args: &[Value]) -> Value {
    let names = ["key", "bucket", "region", "version"];
    let object = Value::map(names.into_iter().zip(args.iter().cloned()));
    typed("S", &as_json(&Value::map([("s3", object)])))
}

fn from_s3_object(value: &Value) -> Option<Value> {
    let Value::Map(stored) = encode::parse(value.as_str()?)? else { return None };
    let Value::Map(object) = stored.get_str("s3")? else { return None };
    let mut members = vec![
        ("bucket", object.get_str("bucket")?),
        ("region", object.get_str("region")?),
        ("key", object.get_str("key")?),
    ];
    members.extend(object.get_str("version").map(|version| ("version", version)));
    Some(Value::map(members))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, call_json, json};
    use super::*;

    #[test]
    fn values_get_their_types_as_recorded() {
        for (name, args, expected) in [
            ("toDynamoDB", r#"["foo"]"#, r#"{"S":"foo"}"#),
            ("toDynamoDB", r#"[""]"#, r#"{"S":""}"#),
            ("toDynamoDB", "[12345]", r#"{"N":12345}"#),
            ("toDynamoDB", "[1.5]", r#"{"N":1.5}"#),
            ("toDynamoDB", "[true]", r#"{"BOOL":true}"#),
            ("toDynamoDB", "[null]", r#"{"NULL":null}"#),
            (
                "toDynamoDB",
                r#"[["foo",123,{"bar":"baz"}]]"#,
                r#"{"L":[{"S":"foo"},{"N":123},{"M":{"bar":{"S":"baz"}}}]}"#,
            ),
            (
                "toDynamoDB",
                r#"[{"foo":"bar","baz":1234,"beep":["boop"]}]"#,
                r#"{"M":{"foo":{"S":"bar"},"baz":{"N":1234},"beep":{"L":[{"S":"boop"}]}}}"#,
            ),
            ("toString", r#"["test"]"#, r#"{"S":"test"}"#),
            ("toString", "[1]", "none"),
            ("toStringSet", r#"[["foo","bar","baz"]]"#, r#"{"SS":["foo","bar","baz"]}"#),
            ("toNumber", "[12345]", r#"{"N":12345}"#),
            ("toNumberSet", "[[1,23,4.56]]", r#"{"NS":[1,23,4.56]}"#),
            ("toBinary", r#"["foo"]"#, r#"{"B":"foo"}"#),
            ("toBinarySet", r#"[["foo","bar","baz"]]"#, r#"{"BS":["foo","bar","baz"]}"#),
            ("toBoolean", "[true]", r#"{"BOOL":true}"#),
            ("toNull", "[]", r#"{"NULL":null}"#),
            ("toList", r#"[["foo",null]]"#, r#"{"L":[{"S":"foo"},{"NULL":null}]}"#),
            ("toList", "[{}]", "none"),
            ("toMap", r#"[{"foo":"bar"}]"#, r#"{"M":{"foo":{"S":"bar"}}}"#),
            (
                "toMapValues",
                r#"[{"foo":"bar","baz":1234,"beep":["boop"]}]"#,
                r#"{"foo":{"S":"bar"},"baz":{"N":1234},"beep":{"L":[{"S":"boop"}]}}"#,
            ),
            (
                "toS3Object",
                r#"["foo","bar","baz"]"#,
                r#"{"S":"{\"s3\":{\"key\":\"foo\",\"bucket\":\"bar\",\"region\":\"baz\"}}"}"#,
            ),
            (
                "toS3Object",
                r#"["foo","bar","baz","beep"]"#,
                r#"{"S":"{\"s3\":{\"key\":\"foo\",\"bucket\":\"bar\",\"region\":\"baz\",\"version\":\"beep\"}}"}"#,
            ),
        ] {
            assert_eq!(call_json(&format!("util.dynamodb.{name}"), args), expected, "{name}{args}");
            let text = call_json(&format!("util.dynamodb.{name}Json"), args);
            let text = serde_json::from_str::<String>(&text).unwrap_or(text);
            assert_eq!(text, expected, "{name}Json{args}");
        }
    }

    #[test]
    fn null_gives_null_where_a_type_is_named() {
        for name in [
            "toString",
            "toStringSet",
            "toNumber",
            "toNumberSet",
            "toBinary",
            "toBinarySet",
            "toBoolean",
            "toList",
            "toMap",
            "toMapValues",
        ] {
            assert_eq!(call_json(&format!("util.dynamodb.{name}"), "[null]"), "null", "{name}");
            assert_eq!(call_json(&format!("util.dynamodb.{name}Json"), "[null]"), r#""null""#, "{name}Json");
        }
    }

    #[test]
    fn java_sets_become_lists() {
        let Value::Map(map) = json(r#"{"a":1,"b":2}"#) else { panic!("a map") };
        let keys = Value::object(Object::View(map, value::ViewKind::Keys));
        let typed = call("util.dynamodb.toDynamoDB", &[keys]).unwrap();
        assert_eq!(json::to_json(&typed), r#"{"L":[{"S":"a"},{"S":"b"}]}"#);
    }

    #[test]
    fn a_list_that_holds_itself_ends_somewhere() {
        let list = Value::list(vec![]);
        let Value::List(items) = &list else { panic!("a list") };
        items.restructure().push(list.clone());
        assert!(call("util.dynamodb.toDynamoDB", std::slice::from_ref(&list)).is_some());
        items.restructure().clear();
    }

    #[test]
    fn s3_objects_come_back() {
        let read = |text: &str| call_json("util.dynamodb.fromS3ObjectJson", &serde_json::json!([text]).to_string());
        assert_eq!(
            read(r#"{"s3":{"key":"foo","bucket":"bar","region":"baz","version":"beep"}}"#),
            r#"{"bucket":"bar","region":"baz","key":"foo","version":"beep"}"#
        );
        for other in [r#"{"s3":{"key":"foo"}}"#, r#"{"s3":1}"#, "[]", "text"] {
            assert_eq!(read(other), "null", "{other}");
        }
    }
}
