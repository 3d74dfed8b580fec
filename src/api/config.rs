//! `vtlens.toml`: defaults for a build beside it, or a whole API written by hand.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;

use super::cloudformation::read_text;
use crate::error::{Error, ErrorKind, Result};
use crate::json_file;
use crate::source_file::SourceFile;

/// The file's name.
pub(super) const CONFIG_FILE: &str = "vtlens.toml";

/// The file as read.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) file: SourceFile,
    pub(super) body: Body,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "the tables and keys of vtlens.toml")]
pub(super) struct Body {
    pub(super) build: Option<Spanned<PathBuf>>,
    pub(super) author_schema: Option<PathBuf>,
    pub(super) data: Option<PathBuf>,
    pub(super) jwks: Option<PathBuf>,
    #[serde(default)]
    pub(super) params: IndexMap<String, Param>,
    pub(super) api: Option<ApiSection>,
    #[serde(default)]
    pub(super) data_sources: Vec<DataSourceSection>,
    #[serde(default)]
    pub(super) functions: Vec<FunctionSection>,
    #[serde(default)]
    pub(super) resolvers: Vec<ResolverSection>,
}

/// A parameter's value: CloudFormation knows only texts, people write numbers too.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a parameter is a text, a whole number, true or false")]
pub(super) enum Param {
    Text(String),
    Whole(i64),
    Bool(bool),
}

impl Param {
    pub(super) fn text(&self) -> String {
        match self {
            Param::Text(text) => text.clone(),
            Param::Whole(number) => number.to_string(),
            Param::Bool(value) => value.to_string(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `default`")]
pub(super) struct ApiSection {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) schema: Option<PathBuf>,
    pub(super) default: ProviderSection,
    #[serde(default)]
    pub(super) additional: Vec<ProviderSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `mode`")]
pub(super) struct ProviderSection {
    pub(super) mode: Spanned<String>,
    pub(super) user_pool_id: Option<String>,
    pub(super) region: Option<String>,
    pub(super) default_action: Option<Spanned<String>>,
    pub(super) app_id_client_regex: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) iat_ttl: Option<i64>,
    pub(super) auth_ttl: Option<i64>,
    pub(super) authorizer: Option<String>,
    pub(super) identity_validation: Option<String>,
    pub(super) ttl: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `name` and `type`")]
pub(super) struct DataSourceSection {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) table: Option<String>,
    #[serde(default)]
    pub(super) keys: Vec<String>,
    #[serde(default)]
    pub(super) indexes: IndexMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) versioned: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `name` and `data_source`")]
pub(super) struct FunctionSection {
    pub(super) name: String,
    pub(super) data_source: Spanned<String>,
    pub(super) request: Option<Spanned<PathBuf>>,
    pub(super) response: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `field`")]
pub(super) struct ResolverSection {
    pub(super) field: Spanned<String>,
    pub(super) kind: Option<Spanned<String>>,
    pub(super) data_source: Option<Spanned<String>>,
    pub(super) request: Option<Spanned<PathBuf>>,
    pub(super) response: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) functions: Vec<Spanned<String>>,
}

impl Config {
    /// Reads the `vtlens.toml` of a folder, if it has one.
    pub(super) fn beside(folder: &Path) -> Result<Option<Config>> {
        let path = folder.join(CONFIG_FILE);
        if path.is_file() { Config::read(&path).map(Some) } else { Ok(None) }
    }

    fn read(path: &Path) -> Result<Config> {
        Config::parse(SourceFile::new(path.display().to_string(), read_text(path, CONFIG_FILE)?))
    }

    pub(super) fn parse(file: SourceFile) -> Result<Config> {
        match toml::from_str::<Body>(file.text()) {
            Ok(body) => Config { file, body }.checked(),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let place = file.line_column(u32::try_from(at).unwrap_or(u32::MAX));
                let message = error.message().lines().next().unwrap_or("").to_owned();
                let mut refused = Error::new(ErrorKind::Api, message.clone()).at(file.name(), place.line, place.column);
                if let Some(help) = nearest_key(&message) {
                    refused = refused.help(help);
                }
                Err(refused.caused_by(error))
            }
        }
    }

    /// Resolvers of an API that is not declared would be silently ignored.
    fn checked(self) -> Result<Config> {
        if self.body.api.is_some() {
            return Ok(self);
        }
        let resolver = self.body.resolvers.first().map(|resolver| &resolver.field);
        let function = self.body.functions.first().map(|function| &function.data_source);
        match resolver.or(function) {
            Some(at) => Err(self
                .refuse(at, "resolvers and functions are declared without a section `[api]`")
                .help("add `[api]` with `default = { mode = … }`; beside a build leave them out")),
            None => Ok(self),
        }
    }

    /// An error about what stands at a place of the file.
    pub(super) fn refuse<T>(&self, at: &Spanned<T>, message: impl Into<String>) -> Error {
        let place = self.file.line_column(u32::try_from(at.span().start).unwrap_or(u32::MAX));
        Error::new(ErrorKind::Api, message).at(self.file.name(), place.line, place.column)
    }
}

/// For "unknown field `x`, expected one of `a`, `b`": the one that was probably meant.
fn nearest_key(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if !message.starts_with("unknown field") {
        return None;
    }
    let written = quoted.next()?;
    json_file::nearest(written, &quoted.collect::<Vec<_>>()).map(|nearest| format!("did you mean `{nearest}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_shown_where_they_are_with_the_nearest_key() {
        for (text, line, column, message, help) in [
            ("build = \"b\"\nautor_schema = \"x\"\n", 2, 1, "unknown field `autor_schema`", Some("`author_schema`")),
            ("[[resolvers]]\nfield = \"Query.a\"\nrequst = \"x\"\n", 3, 1, "unknown field `requst`", Some("`request`")),
            ("[api]\ndefault = { mode = \"API_KEY\", wat = 1 }", 2, 31, "unknown field `wat`", None),
            ("data = [1", 1, 10, "", None),
            ("[[functions]]\nname = \"a\"\n", 1, 1, "missing field `data_source`", None),
            ("[params]\na = 1.5", 2, 5, "a parameter is a text", None),
            ("[api]\ndefault = \"API_KEY\"", 2, 11, "expected a table with `mode`", None),
            ("[[resolvers]]\nfield = \"Query.a\"", 2, 9, "without a section `[api]`", Some("add `[api]`")),
        ] {
            let error = Config::parse(SourceFile::new("vtlens.toml", text)).unwrap_err();
            let place = error.place().unwrap();
            assert!(error.message().contains(message), "{error}");
            assert_eq!((place.line, place.column), (line, column), "{error}");
            assert_eq!(error.help_text().map(|h| h.contains(help.unwrap_or("?!"))), help.map(|_| true), "{error:#}");
        }
    }

    #[test]
    fn parameters_may_be_texts_numbers_and_truth_values() {
        let text = "[params]\nenv = \"dev\"\n\"AWS::AccountId\" = 123456789012\nCreateAPIKey = true\n";
        let config = Config::parse(SourceFile::new("vtlens.toml", text)).unwrap();
        let value = |name: &str| config.body.params[name].text();
        assert_eq!([value("env"), value("AWS::AccountId"), value("CreateAPIKey")], ["dev", "123456789012", "true"]);
    }
}
