//! The intrinsic functions: a value of a template becomes the value it will have once deployed.

use serde_json::{Map, Value};

use super::{At, Deployment, MAX_DEPTH};
use crate::error::{Error, ErrorKind, Result};

/// What [`Deployment::eval`] and its conditions know.
const SUPPORTED: &str = "Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::If, Fn::Select, Fn::Split, Fn::ImportValue, \
                         Fn::FindInMap; in conditions Fn::Equals, Fn::Not, Fn::And, Fn::Or, Condition";

/// A text with the placeholders that stand in it for values nobody gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::api) struct Text {
    pub(in crate::api) text: String,
    pub(in crate::api) placeholders: Vec<String>,
}

/// A scalar as CloudFormation turns it into text.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The function and its argument, when an object is a call.
pub(super) fn call_of(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, arg) = object.iter().next()?;
    (object.len() == 1 && (name == "Ref" || name.starts_with("Fn::"))).then_some((name.as_str(), arg))
}

impl Deployment {
    /// The text a value becomes; `None` when the property is absent or `AWS::NoValue`.
    pub(in crate::api) fn text(&self, at: &At<'_>, value: Option<&Value>) -> Result<Option<Text>> {
        let text = self.location(at, value)?;
        self.given.note(text.as_ref().map(|text| text.placeholders.as_slice()).unwrap_or_default());
        Ok(text)
    }

    /// As [`Deployment::text`] for the location of a file: buckets and root keys that nobody gave do not matter.
    pub(in crate::api) fn location(&self, at: &At<'_>, value: Option<&Value>) -> Result<Option<Text>> {
        let Some(value) = value else { return Ok(None) };
        let mut placeholders = Vec::new();
        match self.eval(at, value, &mut placeholders)? {
            Value::Null => Ok(None),
            value => match as_text(&value) {
                Some(text) => Ok(Some(Text { text, placeholders })),
                None => Err(self.stack(at.stack)?.refuse(at, "a text is expected here")),
            },
        }
    }

    /// A value with every function in it resolved; placeholders that went into it are added to `open`.
    pub(in crate::api) fn eval(&self, at: &At<'_>, value: &Value, open: &mut Vec<String>) -> Result<Value> {
        self.guard(at)?;
        match value {
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(i, item)| self.eval(&at.index(i), item, open));
                // `AWS::NoValue` takes its element out of the list.
                Ok(Value::Array(items.filter(|v| !matches!(v, Ok(Value::Null))).collect::<Result<_>>()?))
            }
            Value::Object(object) => match call_of(object) {
                Some((name, arg)) => self.call(&at.key(name), name, arg, open),
                None => {
                    let mut out = Map::new();
                    for (key, member) in object {
                        match self.eval(&at.key(key), member, open)? {
                            Value::Null => {}
                            value => _ = out.insert(key.clone(), value),
                        }
                    }
                    Ok(Value::Object(out))
                }
            },
            other => Ok(other.clone()),
        }
    }

    /// Stops an evaluation that goes in circles.
    pub(super) fn guard(&self, at: &At<'_>) -> Result<()> {
        if at.depth > MAX_DEPTH {
            return Err(self.stack(at.stack)?.refuse(at, "this value refers to itself"));
        }
        Ok(())
    }

    fn call(&self, at: &At<'_>, name: &str, arg: &Value, open: &mut Vec<String>) -> Result<Value> {
        let list = arg.as_array().map(Vec::as_slice).unwrap_or_default();
        match (name, arg, list) {
            ("Ref", Value::String(name), _) => self.reference(at, name, open),
            ("Fn::GetAtt", ..) => match attribute_of(arg) {
                Some((id, attribute)) => self.attribute(at, id, &attribute, open),
                None => self.misused(at, name, "a logical id and an attribute"),
            },
            ("Fn::Sub", Value::String(text), _) => self.substitute(at, text, None, open),
            ("Fn::Sub", _, [Value::String(text), Value::Object(names)]) => {
                let names_at = at.index(1);
                let names = names
                    .iter()
                    .map(|(key, value)| {
                        let value = self.eval(&names_at.key(key), value, open)?;
                        Ok((key.clone(), as_text(&value).unwrap_or_default()))
                    })
                    .collect::<Result<Vec<_>>>()?;
                self.substitute(at, text, Some(&names), open)
            }
            ("Fn::Join", _, [Value::String(delimiter), parts]) => {
                let parts = self.eval(&at.index(1), parts, open)?;
                let Some(parts) = parts.as_array() else { return self.misused(at, name, "a delimiter and a list") };
                let parts: Option<Vec<String>> = parts.iter().map(as_text).collect();
                match parts {
                    Some(parts) => Ok(Value::String(parts.join(delimiter))),
                    None => self.misused(at, name, "a list of texts"),
                }
            }
            ("Fn::If", _, [Value::String(condition), yes, no]) => {
                let (branch, value) = if self.holds(at, condition)? { (1, yes) } else { (2, no) };
                self.eval(&at.index(branch), value, open)
            }
            ("Fn::Select", _, [index, from]) => {
                let index = self.eval(&at.index(0), index, open)?;
                let index = as_text(&index).and_then(|i| i.parse::<usize>().ok());
                let from = self.eval(&at.index(1), from, open)?;
                match (index, from) {
                    (Some(index), Value::Array(items)) => match items.into_iter().nth(index) {
                        Some(item) => Ok(item),
                        None if open.is_empty() => self.misused(at, name, "an index inside the list"),
                        // The list came from splitting a placeholder: the element is as unknown as the whole.
                        None => Ok(Value::String(open.last().cloned().unwrap_or_default())),
                    },
                    _ => self.misused(at, name, "an index and a list"),
                }
            }
            ("Fn::Split", _, [Value::String(delimiter), text]) => {
                let text = self.eval(&at.index(1), text, open)?;
                match as_text(&text) {
                    Some(text) if !delimiter.is_empty() => {
                        Ok(Value::Array(text.split(delimiter.as_str()).map(|s| Value::String(s.into())).collect()))
                    }
                    _ => self.misused(at, name, "a delimiter and a text"),
                }
            }
            ("Fn::ImportValue", ..) => self.import(at, arg, open),
            ("Fn::FindInMap", _, [map, top, second, ..]) => {
                let mut keys = Vec::new();
                for (i, key) in [map, top, second].into_iter().enumerate() {
                    keys.push(as_text(&self.eval(&at.index(i), key, open)?).unwrap_or_default());
                }
                let mappings = self.stack(at.stack)?.section("Mappings")?;
                let found = match keys.as_slice() {
                    [map, top, second] => mappings.and_then(|m| m.get(map)?.get(top)?.get(second)),
                    _ => None,
                };
                found.map_or_else(|| self.misused(at, name, "keys of a mapping"), |value| Ok(value.clone()))
            }
            ("Ref" | "Fn::Sub" | "Fn::Join" | "Fn::If" | "Fn::Select" | "Fn::Split" | "Fn::FindInMap", ..) => {
                self.misused(at, name, "other arguments")
            }
            _ => Err(self.unknown_function(at, name)),
        }
    }

    fn misused(&self, at: &At<'_>, name: &str, takes: &str) -> Result<Value> {
        Err(self.stack(at.stack)?.refuse(at, format!("`{name}`{} takes {takes}", of_id(at))))
    }

    pub(super) fn unknown_function(&self, at: &At<'_>, name: &str) -> Error {
        let message = format!("`{name}`{} is a function that cannot be evaluated here", of_id(at));
        let error = match self.stack(at.stack) {
            Ok(stack) => stack.refuse(at, message),
            Err(_) => Error::new(ErrorKind::Api, message),
        };
        error.help(format!("supported are {SUPPORTED}"))
    }

    /// `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, `${!literal}`.
    fn substitute(
        &self,
        at: &At<'_>,
        text: &str,
        names: Option<&[(String, String)]>,
        open: &mut Vec<String>,
    ) -> Result<Value> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str("${");
                out.push_str(literal);
                out.push('}');
                continue;
            }
            let name = name.trim();
            if let Some((_, value)) = names.into_iter().flatten().find(|(key, _)| key == name) {
                out.push_str(value);
                continue;
            }
            let value = match name.split_once('.') {
                Some((id, attribute)) => self.attribute(at, id, attribute, open)?,
                None => self.reference(at, name, open)?,
            };
            out.push_str(&as_text(&value).unwrap_or_default());
        }
        out.push_str(rest);
        Ok(Value::String(out))
    }
}

/// ` of `LOGICALID``, when the path goes through one.
pub(super) fn of_id(at: &At<'_>) -> String {
    at.logical_id().map(|id| format!(" of `{id}`")).unwrap_or_default()
}

/// The logical id and attribute of a `Fn::GetAtt`, in both its forms.
pub(super) fn attribute_of(arg: &Value) -> Option<(&str, String)> {
    match arg {
        Value::String(text) => text.split_once('.').map(|(id, attribute)| (id, attribute.to_owned())),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(id), Value::String(attribute)] => Some((id, attribute.clone())),
            _ => None,
        },
        _ => None,
    }
}
