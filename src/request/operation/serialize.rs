//! What resolvers return for scalars and enums, made into what AppSync answers, or refused in its words.

use serde_json::Value as Json;

use super::scalar::{java_class, java_text, number, whole};
use super::{SchemaInfo, TypeKind, aws_scalar};

/// A value of a scalar or enum type as it stands in the response; null stays null.
///
/// # Errors
/// Why it cannot be one, as AppSync says it behind `Can't serialize value (/a/b) : `; see [`cannot_serialize`].
pub fn serialize(schema: &dyn SchemaInfo, type_name: &str, value: Json) -> Result<Json, String> {
    if value.is_null() {
        return Ok(value);
    }
    let mismatch = |value: &Json| format!("Expected type '{type_name}' but was '{}'.", java_class(value));
    match type_name {
        "ID" => match value {
            Json::String(_) => Ok(value),
            Json::Number(ref number) if !number.is_f64() => Ok(Json::String(number.to_string())),
            _ => Err(mismatch(&value)),
        },
        "String" => Ok(string(value)),
        "Int" => match whole(&value).and_then(|n| i32::try_from(n).ok()) {
            Some(n) => Ok(Json::from(n)),
            None => Err(mismatch(&value)),
        },
        "Long" => whole(&value).map(Json::from).ok_or_else(|| mismatch(&value)),
        "Float" => number(&value).map(Json::from).ok_or_else(|| mismatch(&value)),
        "Boolean" => boolean(&value).map(Json::Bool).ok_or_else(|| mismatch(&value)),
        "AWSJSON" => Ok(Json::String(value.to_string())),
        "AWSTimestamp" => match whole(&value) {
            Some(seconds) => Ok(Json::from(seconds)),
            None => Err(aws_scalar::invalid("serialize", type_name, &value)),
        },
        name if aws_scalar::is_text(name) => match value.as_str() {
            Some(text) if aws_scalar::fits(name, text) => Ok(value),
            _ => Err(aws_scalar::invalid("serialize", name, &value)),
        },
        name if schema.kind(name) == Some(TypeKind::Enum) => match value.as_str() {
            Some(text) if schema.has_enum_value(name, text) => Ok(value),
            _ => Err(format!("Invalid input for Enum '{name}'.")),
        },
        _ => Ok(value),
    }
}

/// The error's message for a value that does not serialize: `path` is AppSync's, such as `/listPosts/items[0]/status`.
pub fn cannot_serialize(path: &str, why: &str) -> String {
    format!("Can't serialize value ({path}) : {why}")
}

/// Any value as a text, the way Java prints it.
///
/// Unverified for maps and lists: graphql-java before version 20 takes them.
fn string(value: Json) -> Json {
    match value {
        Json::String(_) => value,
        other => Json::String(java_text(&other)),
    }
}

/// Unverified for texts and numbers: graphql-java's rules before version 20, by which every text but `true` is false
/// and every number but zero is true.
fn boolean(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(boolean) => Some(*boolean),
        Json::String(text) => Some(text.eq_ignore_ascii_case("true")),
        Json::Number(number) => number.as_f64().map(|number| number != 0.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::Schema;
    use crate::source_file::SourceFile;

    #[test]
    fn leaves_come_out_as_their_type_or_with_appsyncs_reason() {
        let text = "type Query { a: Kind } enum Kind { POST COMMENT }";
        let schema = Schema::parse(SourceFile::new("s.graphql", text)).unwrap();
        let fine = [
            ("Int", json!(null), json!(null)),
            ("Int", json!(5), json!(5)),
            ("Int", json!(5.0), json!(5)),
            ("Int", json!("5"), json!(5)),
            ("Int", json!(-2_147_483_648_i64), json!(-2_147_483_648_i64)),
            ("Long", json!(3_000_000_000_i64), json!(3_000_000_000_i64)),
            ("Float", json!(1), json!(1.0)),
            ("Float", json!("1.5"), json!(1.5)),
            ("ID", json!(7), json!("7")),
            ("ID", json!("x"), json!("x")),
            ("String", json!(true), json!("true")),
            ("String", json!(1.5), json!("1.5")),
            ("String", json!({"a": [1, "b"]}), json!("{a=[1, b]}")),
            ("Boolean", json!("True"), json!(true)),
            ("Boolean", json!("yes"), json!(false)),
            ("Boolean", json!(0), json!(false)),
            ("Kind", json!("POST"), json!("POST")),
            ("AWSJSON", json!({"a": [1, null]}), json!("{\"a\":[1,null]}")),
            ("AWSJSON", json!("x"), json!("\"x\"")),
            ("AWSTimestamp", json!(1_768_478_400), json!(1_768_478_400)),
            ("AWSDateTime", json!("2026-01-15T12:00:00.000Z"), json!("2026-01-15T12:00:00.000Z")),
            ("Own", json!({"any": 1}), json!({"any": 1})),
        ];
        for (type_name, value, expected) in fine {
            let shown = value.to_string();
            let got = serialize(&schema, type_name, value);
            assert_eq!(got.map(|json| json.to_string()), Ok(expected.to_string()), "{type_name} {shown}");
        }
        let refused = [
            ("Int", json!("five"), "Expected type 'Int' but was 'String'."),
            ("Int", json!(1.5), "Expected type 'Int' but was 'Double'."),
            ("Int", json!(3_000_000_000_i64), "Expected type 'Int' but was 'Long'."),
            ("Int", json!([1]), "Expected type 'Int' but was 'ArrayList'."),
            ("Float", json!(true), "Expected type 'Float' but was 'Boolean'."),
            ("ID", json!(1.5), "Expected type 'ID' but was 'Double'."),
            ("Boolean", json!({}), "Expected type 'Boolean' but was 'LinkedHashMap'."),
            ("Kind", json!("NEWS"), "Invalid input for Enum 'Kind'."),
            ("Kind", json!(1), "Invalid input for Enum 'Kind'."),
            (
                "AWSTimestamp",
                json!("2026-01-22T17:48:30.032Z"),
                "Unable to serialize `2026-01-22T17:48:30.032Z` as a valid timestamp.",
            ),
            (
                "AWSDateTime",
                json!("2020-05-23T06:4:37.000Z"),
                "Unable to serialize `2020-05-23T06:4:37.000Z` as a valid DateTime Object.",
            ),
            ("AWSDate", json!({"a": 1}), "Unable to serialize `{a=1}` as a valid date."),
        ];
        for (type_name, value, expected) in refused {
            assert_eq!(serialize(&schema, type_name, value), Err(expected.to_owned()));
        }
        let message = cannot_serialize("/getPost/kind", "Invalid input for Enum 'Kind'.");
        assert_eq!(message, "Can't serialize value (/getPost/kind) : Invalid input for Enum 'Kind'.");
    }
}
