//! `$util.rds`: the raw answer of the RDS Data API as records.

use super::Type::Str;
use super::{Helper, encode};
use crate::value::{Value, json};

const PAGE: &str = "rds-helpers-in-util-rds; one list a statement recorded on the service";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.rds.toJsonObject",
        overloads: &[&[Str]],
        returns: "Object",
        doc: "The records of a Data API answer: a list of statements, each a list of maps from column label to value. A statement without records gives an empty list; text that is no answer gives null.",
        source: PAGE,
        unverified: "that a statement without records gives an empty list, and `isNull` gives null",
        examples: &[(
            "#set($r = '{\"sqlStatementResults\":[{\"columnMetadata\":[{\"label\":\"id\"}],\"records\":[[{\"longValue\":7}]]}]}')$util.rds.toJsonObject($r)[0]",
            "[{id=7}]",
        )],
        run: |_, args| Ok(args.first().and_then(records).unwrap_or_default()),
    },
    Helper {
        path: "util.rds.toJsonString",
        overloads: &[&[Str]],
        returns: "String",
        doc: "The same as JSON text.",
        source: PAGE,
        unverified: "that a statement without records gives an empty list, and `isNull` gives null",
        examples: &[("$util.rds.toJsonString('{}')", "[]")],
        run: |_, args| {
            let records = args.first().and_then(records);
            Ok(records.map(|records| Value::from(json::to_json(&records))).unwrap_or_default())
        },
    },
];

fn records(text: &Value) -> Option<Value> {
    let Value::Map(answer) = encode::parse(text.as_str()?)? else { return None };
    let statements = match answer.get_str("sqlStatementResults") {
        Some(Value::List(statements)) => statements.items().iter().map(statement).collect(),
        _ => Vec::new(),
    };
    Some(Value::list(statements))
}

/// The records of one statement. Unverified: none give an empty list, as the guide says; a JavaScript
/// recording shows one empty record.
fn statement(result: &Value) -> Value {
    let list = |name: &str| match result {
        Value::Map(result) => match result.get_str(name) {
            Some(Value::List(items)) => items.items().clone(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let columns: Vec<String> = list("columnMetadata").iter().map(column_name).collect();
    let record = |fields: &Value| match fields {
        Value::List(fields) => {
            Value::map(columns.iter().map(String::as_str).zip(fields.items().iter().map(field_value)))
        }
        _ => Value::empty_map(),
    };
    Value::list(list("records").iter().map(record).collect())
}

/// The label, or the name where there is no label.
fn column_name(column: &Value) -> String {
    let text = |name: &str| match column {
        Value::Map(column) => column.get_str(name).and_then(|value| value.as_str().map(str::to_owned)),
        _ => None,
    };
    text("label").filter(|label| !label.is_empty()).or_else(|| text("name")).unwrap_or_default()
}

/// A field's value. Unverified: `isNull` gives null; a JavaScript recording leaves the key out.
fn field_value(field: &Value) -> Value {
    let Value::Map(field) = field else { return Value::Null };
    let scalar = ["stringValue", "longValue", "doubleValue", "booleanValue", "blobValue"];
    match scalar.iter().find_map(|name| field.get_str(name)) {
        Some(value) => value,
        None => field.get_str("arrayValue").map(|array| array_value(&array)).unwrap_or_default(),
    }
}

fn array_value(array: &Value) -> Value {
    let Value::Map(members) = array else { return Value::Null };
    if let Some(Value::List(nested)) = members.get_str("arrayValues") {
        return Value::list(nested.items().iter().map(array_value).collect());
    }
    let scalars = ["stringValues", "longValues", "doubleValues", "booleanValues"];
    scalars.iter().find_map(|name| members.get_str(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, call_json};
    use super::*;

    fn read(answer: &str) -> String {
        let text = call_json("util.rds.toJsonString", &serde_json::json!([answer]).to_string());
        serde_json::from_str(&text).unwrap_or(text)
    }

    #[test]
    fn records_become_maps_one_list_a_statement() {
        let answer = r#"{"sqlStatementResults":[
            {"numberOfRecordsUpdated":1},
            {"columnMetadata":[{"name":"id","label":"id"},{"name":"is_active","label":"IS ACTIVE"},{"name":"tags"},{"name":"note","label":""}],
             "records":[[{"stringValue":"a"},{"booleanValue":true},{"arrayValue":{"arrayValues":[{"longValues":[1,2]},{"longValues":[]}]}},{"isNull":true}],
                        [{"longValue":5},{"doubleValue":1.5},{"arrayValue":{"stringValues":["x"]}},{"blobValue":"aGk="}]]}]}"#;
        assert_eq!(
            read(answer),
            r#"[[],[{"id":"a","IS ACTIVE":true,"tags":[[1,2],[]],"note":null},{"id":5,"IS ACTIVE":1.5,"tags":["x"],"note":"aGk="}]]"#
        );
    }

    #[test]
    fn what_is_no_answer_gives_null_and_an_empty_one_no_statements() {
        assert_eq!(read("{}"), "[]");
        for text in ["", "text", "[]"] {
            assert_eq!(read(text), "null", "{text}");
        }
        assert!(call("util.rds.toJsonObject", &[Value::Null]).unwrap().is_null());
    }
}
