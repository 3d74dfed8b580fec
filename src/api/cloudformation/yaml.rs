//! A template in YAML as the JSON it stands for: the short form of a function, such as `!Sub`, becomes its long one.
//!
//! The only file that names the YAML library.

use serde_json::{Map, Number, Value};
use yaml_serde::value::TaggedValue;

use crate::error::{Error, ErrorKind, Result};

/// Reads a template.
///
/// # Errors
/// `Api` with line and column when the text is no YAML, or no template.
pub(super) fn parse(name: &str, text: &str) -> Result<Value> {
    let yaml: yaml_serde::Value = yaml_serde::from_str(text).map_err(|error| {
        // The library ends its messages with the place, which the error has of its own.
        let whole = error.to_string();
        let message = whole.split(" at line ").next().unwrap_or(&whole);
        let refused = Error::new(ErrorKind::Api, format!("this is no YAML: {message}"))
            .help("correct the template here; `cfn-lint` checks it whole");
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).max(1);
        match error.location() {
            Some(place) => refused.at(name, clamp(place.line()), clamp(place.column())),
            None => refused.in_file(name),
        }
    })?;
    let help = "a CloudFormation template has a section `Resources`";
    match json(yaml) {
        Some(template @ Value::Object(_)) => Ok(template),
        Some(_) => Err(Error::new(ErrorKind::Api, "this is no CloudFormation template").at(name, 1, 1).help(help)),
        None => Err(Error::new(ErrorKind::Api, "a key of this template is no text").in_file(name)),
    }
}

/// `None` when a key is no scalar.
fn json(yaml: yaml_serde::Value) -> Option<Value> {
    Some(match yaml {
        yaml_serde::Value::Null => Value::Null,
        yaml_serde::Value::Bool(value) => Value::Bool(value),
        yaml_serde::Value::Number(number) => number_of(&number),
        yaml_serde::Value::String(text) => Value::String(text),
        yaml_serde::Value::Sequence(items) => Value::Array(items.into_iter().map(json).collect::<Option<_>>()?),
        yaml_serde::Value::Mapping(members) => {
            let members = members.into_iter().map(|(key, value)| Some((key_of(&key)?, json(value)?)));
            Value::Object(members.collect::<Option<_>>()?)
        }
        yaml_serde::Value::Tagged(tagged) => {
            let TaggedValue { tag, value } = *tagged;
            let tag = tag.to_string();
            let name = match tag.trim_start_matches('!') {
                name @ ("Ref" | "Condition") => name.to_owned(),
                name => format!("Fn::{name}"),
            };
            Value::Object(Map::from_iter([(name, json(value)?)]))
        }
    })
}

fn number_of(number: &yaml_serde::Number) -> Value {
    let whole = number.as_i64().map(Number::from).or_else(|| number.as_u64().map(Number::from));
    let number = whole.or_else(|| number.as_f64().and_then(Number::from_f64));
    number.map_or(Value::Null, Value::Number)
}

fn key_of(key: &yaml_serde::Value) -> Option<String> {
    match key {
        yaml_serde::Value::String(text) => Some(text.clone()),
        yaml_serde::Value::Number(number) => Some(number.to_string()),
        yaml_serde::Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_forms_become_long_ones() {
        for (yaml, expected) in [
            ("a: !Ref B", json!({ "a": { "Ref": "B" } })),
            ("a: !GetAtt B.Name", json!({ "a": { "Fn::GetAtt": "B.Name" } })),
            ("a: !GetAtt [B, Name]", json!({ "a": { "Fn::GetAtt": ["B", "Name"] } })),
            ("a: !Sub '${x}/y'", json!({ "a": { "Fn::Sub": "${x}/y" } })),
            ("a: !Sub\n  - '${x}'\n  - x: !Ref B", json!({ "a": { "Fn::Sub": ["${x}", { "x": { "Ref": "B" } }] } })),
            ("a: !Join ['', [b, !Ref C]]", json!({ "a": { "Fn::Join": ["", ["b", { "Ref": "C" }]] } })),
            (
                "a: !If [Has, 1, !Ref 'AWS::NoValue']",
                json!({ "a": { "Fn::If": ["Has", 1, { "Ref": "AWS::NoValue" }] } }),
            ),
            ("a: !And [!Condition B]", json!({ "a": { "Fn::And": [{ "Condition": "B" }] } })),
            ("a:\n  Fn::Sub: long", json!({ "a": { "Fn::Sub": "long" } })),
            ("v: 2010-09-09\nn: 1.5\nb: true\n80: x", json!({ "v": "2010-09-09", "n": 1.5, "b": true, "80": "x" })),
            ("t: |\n  #if($a)\n    x: y\n  #end", json!({ "t": "#if($a)\n  x: y\n#end" })),
        ] {
            assert_eq!(parse("t.yaml", yaml).unwrap(), expected, "{yaml}");
        }
    }

    #[test]
    fn what_is_no_template_is_refused_where_it_is() {
        for (yaml, message, line) in [
            ("a: 1\nb: [1, 2\nc: 3\n", "this is no YAML", 3),
            ("a: 1\n\tb: 2\n", "this is no YAML", 2),
            ("a: 1\na: 2\n", "duplicate entry", 1),
            ("hello", "this is no CloudFormation template", 1),
        ] {
            let error = parse("t.yaml", yaml).unwrap_err();
            assert!(error.message().contains(message), "{error}");
            assert_eq!(error.place().map(|place| place.line), Some(line), "{error}");
        }
    }
}
