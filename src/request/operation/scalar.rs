//! Scalars that arrive as variables or literals: GraphQL's own and AWS's, coerced or refused in AppSync's words.

use serde_json::Value as Json;

use super::aws_scalar;
use crate::value::java;
use crate::value::json::from_json;

/// A scalar from a variable.
///
/// Unverified: numbers sent as texts and texts sent as numbers fit, as in graphql-java before version 20, which
/// AppSync's other messages come from.
pub(super) fn coerce(type_name: &str, json: &Json) -> Result<Json, String> {
    let mismatch = || format!("Expected type '{type_name}' but was '{}'.", java_class(json));
    match type_name {
        "Int" => whole(json).and_then(|n| i32::try_from(n).ok()).map(Json::from).ok_or_else(mismatch),
        "Long" => whole(json).map(Json::from).ok_or_else(mismatch),
        "Float" => number(json).map(Json::from).ok_or_else(mismatch),
        "Boolean" => match json {
            Json::Bool(_) => Ok(json.clone()),
            Json::String(text) if text == "true" || text == "false" => Ok(Json::Bool(text == "true")),
            _ => Err(mismatch()),
        },
        "ID" => match json {
            Json::String(_) => Ok(json.clone()),
            Json::Number(number) if !number.is_f64() => Ok(Json::String(number.to_string())),
            _ => Err(mismatch()),
        },
        "String" => match json {
            Json::String(_) => Ok(json.clone()),
            Json::Number(_) | Json::Bool(_) => Ok(Json::String(json.to_string())),
            _ => Err(mismatch()),
        },
        "AWSTimestamp" => whole(json).map(Json::from).ok_or_else(|| aws_scalar::invalid("parse", type_name, json)),
        "AWSJSON" => json
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| format!("Unable to parse {} as valid JSON.", java_text(json))),
        name if aws_scalar::is_text(name) => match json.as_str() {
            Some(text) if aws_scalar::fits(name, text) => Ok(json.clone()),
            _ => Err(aws_scalar::invalid("parse", name, json)),
        },
        _ => Ok(json.clone()),
    }
}

/// A number, also one in a text.
pub(super) fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    }
}

/// A number without a fraction, also one in a text: `5`, `5.0`, `"5"`.
pub(super) fn whole(json: &Json) -> Option<i64> {
    /// Every whole number up to here has an `f64` of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let exact = match json {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "whole and exact")]
    exact.or_else(|| number(json).filter(|n| n.fract() == 0.0 && n.abs() <= EXACT).map(|n| n as i64))
}

/// The Java class that graphql-java names for a value.
pub(super) fn java_class(json: &Json) -> &'static str {
    let name = java::class_name(&from_json(json));
    name.rsplit('.').next().unwrap_or(name)
}

/// A value as Java prints it: `{key1=hi, key2=3}`.
pub(super) fn java_text(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => java::to_string(&from_json(other)),
    }
}
