//! Conditions of templates: `Fn::Equals`, `Fn::Not`, `Fn::And`, `Fn::Or`, `Condition`.

use serde_json::Value;

use super::intrinsics::as_text;
use super::{At, Deployment};
use crate::error::Result;

impl Deployment {
    /// Whether a named condition of a stack holds. One that compares a value nobody gave is decided by its
    /// placeholder: unequal to everything but itself.
    pub(super) fn holds(&self, at: &At<'_>, name: &str) -> Result<bool> {
        let stack = self.stack(at.stack)?;
        let Some(condition) = stack.section("Conditions")?.and_then(|conditions| conditions.get(name)) else {
            let message = format!("there is no condition `{name}`");
            return Err(self.refuse_name(at, message, name, &["Conditions"])?);
        };
        let top = at.jump(at.stack);
        let section = top.key("Conditions");
        self.condition(&section.key(name), condition)
    }

    /// Whether a resource (or output) is part of the deployment.
    pub(super) fn deployed(&self, at: &At<'_>, resource: &Value) -> Result<bool> {
        match resource.get("Condition").and_then(Value::as_str) {
            Some(name) => self.holds(&at.key("Condition"), name),
            None => Ok(true),
        }
    }

    /// The value of a condition expression.
    pub(super) fn condition(&self, at: &At<'_>, value: &Value) -> Result<bool> {
        self.guard(at)?;
        let refuse = |message: &str| -> Result<bool> { Err(self.stack(at.stack)?.refuse(at, message)) };
        let Some((name, arg)) = value.as_object().and_then(|object| object.iter().next()) else {
            return match value {
                Value::Bool(value) => Ok(*value),
                Value::String(text) if text == "true" || text == "false" => Ok(text == "true"),
                _ => refuse("a condition is an object with one function"),
            };
        };
        let at = &at.key(name);
        let list = arg.as_array().map(Vec::as_slice).unwrap_or_default();
        match (name.as_str(), list) {
            ("Condition", _) => match arg.as_str() {
                Some(name) => self.holds(at, name),
                None => refuse("`Condition` takes the name of a condition"),
            },
            ("Fn::Equals", [left, right]) => {
                let mut open = Vec::new();
                let left = self.eval(&at.index(0), left, &mut open)?;
                let right = self.eval(&at.index(1), right, &mut open)?;
                self.given.note(&open);
                // Parameters are texts: 1 and "1" are equal.
                Ok(match (as_text(&left), as_text(&right)) {
                    (Some(left), Some(right)) => left == right,
                    _ => left == right,
                })
            }
            ("Fn::Not", [only]) => Ok(!self.condition(&at.index(0), only)?),
            ("Fn::And", parts) if !parts.is_empty() => {
                for (i, part) in parts.iter().enumerate() {
                    if !self.condition(&at.index(i), part)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            ("Fn::Or", parts) if !parts.is_empty() => {
                for (i, part) in parts.iter().enumerate() {
                    if self.condition(&at.index(i), part)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            ("Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or", _) => {
                Err(self.stack(at.stack)?.refuse(at, format!("`{name}` has the wrong number of arguments")))
            }
            _ => Err(self.unknown_function(at, name)),
        }
    }
}
