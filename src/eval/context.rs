//! `$ctx`: the bean a template sees.

use crate::value::{Entries, Key, Map, MapKind, Value};

/// The parts of `$ctx`. Lists and maps stay shared: what one template puts into `stash` or `args`, the next sees.
#[derive(Debug, Clone)]
pub struct Context {
    /// `$ctx.args` and `$ctx.arguments`: one object.
    pub arguments: Value,
    /// `$ctx.source`
    pub source: Value,
    /// `$ctx.identity`
    pub identity: Value,
    /// `$ctx.request`
    pub request: Value,
    /// `$ctx.info`
    pub info: Value,
    /// `$ctx.stash`
    pub stash: Value,
    /// `$ctx.result`
    pub result: Value,
    /// `$ctx.prev.result`; `$ctx.prev` itself is null outside pipelines.
    pub previous: Option<Value>,
    /// `$ctx.error`
    pub error: Value,
    /// `$ctx.outErrors`
    pub out_errors: Value,
}

impl Default for Context {
    fn default() -> Self {
        Context {
            arguments: Value::empty_map(),
            source: Value::Null,
            identity: Value::Null,
            request: Value::Null,
            info: Value::Null,
            stash: Value::empty_map(),
            result: Value::Null,
            previous: None,
            error: Value::Null,
            out_errors: Value::list(Vec::new()),
        }
    }
}

impl Context {
    /// The context that an AppSync context object (as `EvaluateMappingTemplate` takes it) describes: `args` and
    /// `stash` are always there, everything else may be absent.
    pub fn from_value(context: &Value) -> Context {
        let Value::Map(map) = context else { return Context::default() };
        let get = |key: &str| map.get_str(key).unwrap_or_default();
        let or_empty = |value: Value| if value.is_null() { Value::empty_map() } else { value };
        let arguments = map.get_str("arguments").or_else(|| map.get_str("args")).unwrap_or_default();
        let previous = match get("prev") {
            Value::Map(prev) => Some(prev.get_str("result").unwrap_or_default()),
            _ => None,
        };
        let out_errors = get("outErrors");
        Context {
            arguments: or_empty(arguments),
            source: get("source"),
            identity: get("identity"),
            request: get("request"),
            info: Context::info(get("info")),
            stash: or_empty(get("stash")),
            result: get("result"),
            previous,
            error: get("error"),
            out_errors: if out_errors.is_null() { Value::list(Vec::new()) } else { out_errors },
        }
    }

    /// `$ctx.info` of its members: a map whose selection set `$util.toJson` leaves out.
    pub fn info(members: Value) -> Value {
        match members {
            Value::Map(map) => Value::Map(Map::of(MapKind::Info, map.entries().clone())),
            other => other,
        }
    }

    /// The bean. Made anew for every template; its parts are shared.
    pub fn to_value(&self) -> Value {
        let previous = match &self.previous {
            Some(result) => Value::map([("result", result.clone())]),
            None => Value::Null,
        };
        let parts = [
            ("arguments", self.arguments.clone()),
            ("args", self.arguments.clone()),
            ("source", self.source.clone()),
            ("identity", self.identity.clone()),
            ("request", self.request.clone()),
            ("info", self.info.clone()),
            ("stash", self.stash.clone()),
            ("result", self.result.clone()),
            ("prev", previous),
            ("error", self.error.clone()),
            ("outErrors", self.out_errors.clone()),
        ];
        let entries: Entries = parts.into_iter().map(|(name, part)| (Key(Value::str(name)), part)).collect();
        Value::Map(Map::of(MapKind::Context, entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json::{from_json, to_json, to_json_value};

    #[test]
    fn the_selection_set_is_left_out_by_to_json_and_given_to_a_lambda() {
        let given = serde_json::json!({"info": {"fieldName": "f", "selectionSetList": ["id"]}, "arguments": {"x": 1}});
        let bean = Context::from_value(&from_json(&given)).to_value();
        assert!(to_json(&bean).contains(r#""info":{"fieldName":"f"}"#), "{}", to_json(&bean));
        assert_eq!(to_json_value(&bean)["info"], given["info"]);
    }
}
