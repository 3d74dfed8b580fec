//! One template file: read as text, parsed only when something in it is needed.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::place::{At, key_offset};
use super::{yaml, yaml_place};
use crate::error::{Error, ErrorKind, Result};
use crate::source_file::SourceFile;

/// A stack of the deployment.
#[derive(Debug)]
pub(in crate::api) struct Stack {
    /// The name people know it by: `stacks/Post.json`.
    pub(in crate::api) name: String,
    pub(in crate::api) path: PathBuf,
    /// The stack that nests it, and as which resource.
    pub(in crate::api) parent: Option<(usize, String)>,
    text: String,
    json: OnceLock<Value>,
}

impl Stack {
    pub(in crate::api) fn read(name: String, path: PathBuf, parent: Option<(usize, String)>) -> Result<Stack> {
        let text = read_text(&path, &name)?;
        Ok(Stack { name, path, parent, text, json: OnceLock::new() })
    }

    /// Whether its text mentions something: a cheap test before parsing.
    pub(in crate::api) fn mentions(&self, needle: &str) -> bool {
        self.text.contains(needle)
    }

    /// Its text.
    pub(in crate::api) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is written in YAML. What a template is written in its first character says, not its file's name.
    pub(in crate::api) fn is_yaml(&self) -> bool {
        !self.text.trim_start().starts_with('{')
    }

    fn json(&self) -> Result<&Value> {
        if let Some(json) = self.json.get() {
            return Ok(json);
        }
        let parsed = if self.is_yaml() { yaml::parse(&self.name, &self.text)? } else { self.parse_json()? };
        Ok(self.json.get_or_init(|| parsed))
    }

    fn parse_json(&self) -> Result<Value> {
        serde_json::from_str(&self.text).map_err(|e| {
            let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let (message, help) = if e.is_eof() {
                ("the template ends in the middle: it was cut off", "build the API again, or copy the file again")
            } else {
                ("this is not JSON, so no CloudFormation template", "build the API again, or correct it here")
            };
            Error::new(ErrorKind::Api, message)
                .at(&self.name, clamp(e.line()), clamp(e.column()))
                .help(help)
                .caused_by(e)
        })
    }

    /// A section of the template: `Resources`, `Outputs` …
    pub(in crate::api) fn section(&self, name: &str) -> Result<Option<&Map<String, Value>>> {
        Ok(self.json()?.get(name).and_then(Value::as_object))
    }

    /// A resource.
    pub(in crate::api) fn resource(&self, id: &str) -> Result<Option<&Value>> {
        Ok(self.section("Resources")?.and_then(|resources| resources.get(id)))
    }

    /// The resources of a type, in the order of the template. Nothing is parsed when the text does not mention it.
    pub(in crate::api) fn resources_of(&self, kind: &str) -> Result<Vec<(&str, &Value)>> {
        if !self.mentions(kind) {
            return Ok(Vec::new());
        }
        let resources = self.section("Resources")?.into_iter().flatten();
        if let Some((name, _)) = resources.clone().find(|(id, _)| id.starts_with("Fn::")) {
            let (top, section);
            top = At::top(0);
            section = top.key("Resources");
            let message = format!("`{name}` makes resources that are not in this template");
            return Err(self.refuse(&section.key(name), message).help(
                "give the template as CloudFormation processed it: `aws cloudformation get-template --template-stage \
                 Processed`",
            ));
        }
        Ok(resources.filter(|(_, r)| kind_of(r) == kind).map(|(id, r)| (id.as_str(), r)).collect())
    }

    /// The macros that change the template when it is deployed, but for those of AWS that are read as they are.
    pub(in crate::api) fn macros(&self) -> Vec<String> {
        const KNOWN: [&str; 2] = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"];
        let declared = self.json().ok().and_then(|json| json.get("Transform"));
        let names = match declared {
            Some(Value::Array(names)) => names.iter().collect(),
            other => other.into_iter().collect::<Vec<_>>(),
        };
        let name = |value: &Value| value.as_str().or_else(|| value.get("Name")?.as_str()).map(str::to_owned);
        names.into_iter().filter_map(name).filter(|name| !KNOWN.contains(&name.as_str())).collect()
    }

    /// An error about what stands at a place of this stack.
    pub(in crate::api) fn refuse(&self, at: &At<'_>, message: impl Into<String>) -> Error {
        let error = Error::new(ErrorKind::Api, message);
        let path = at.path();
        let offset =
            if self.is_yaml() { yaml_place::key_offset(&self.text, &path) } else { key_offset(&self.text, &path) };
        match offset {
            Some(offset) => {
                let source = SourceFile::new(self.name.clone(), self.text.clone());
                let place = source.line_column(u32::try_from(offset).unwrap_or(u32::MAX));
                error.at(&self.name, place.line, place.column)
            }
            None => error.in_file(&self.name),
        }
    }
}

/// The `Type` of a resource.
pub(in crate::api) fn kind_of(resource: &Value) -> &str {
    resource.get("Type").and_then(Value::as_str).unwrap_or("")
}

/// The text of a file, under the name people know it by.
pub(in crate::api) fn read_text(path: &Path, name: &str) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|e| {
        let message = match e.kind() {
            std::io::ErrorKind::NotFound => format!("`{name}` is not there"),
            _ => format!("`{name}` cannot be read: {e}"),
        };
        Error::new(ErrorKind::Io, message).in_file(path.display().to_string()).caused_by(e)
    })?;
    // Templates are UTF-8; a byte-order mark that an editor left is no part of them.
    let text = String::from_utf8(bytes).map_err(|e| {
        Error::new(ErrorKind::Io, format!("`{name}` is not UTF-8 text"))
            .in_file(path.display().to_string())
            .caused_by(e)
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
