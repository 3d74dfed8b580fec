//! What is known about parameters before any template is read, and how a missing value looks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use indexmap::IndexMap;

/// Values of parameters and pseudo parameters, the best source first.
#[derive(Debug, Default)]
pub(in crate::api) struct Given {
    /// From the person: `--param`, `--params`, `vtlens.toml`.
    pub(in crate::api) options: IndexMap<String, String>,
    /// From the build: `parameters.json`.
    pub(in crate::api) build: IndexMap<String, String>,
    /// From the project around the build: team-provider-info, amplify-meta.
    pub(in crate::api) facts: IndexMap<String, String>,
    asked: Mutex<Asked>,
}

/// Names that were asked for and not known.
#[derive(Debug, Default)]
struct Asked {
    names: BTreeMap<String, String>,
    open: BTreeSet<String>,
}

impl Given {
    /// What the person said and what the project records; the build adds its own.
    pub(in crate::api) fn new(options: IndexMap<String, String>, facts: IndexMap<String, String>) -> Self {
        Given { options, facts, ..Given::default() }
    }

    /// The value of a parameter of the root template.
    pub(in crate::api) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.options.get(name).or_else(|| self.build.get(name)).or_else(|| self.facts.get(name));
        found.map(String::as_str)
    }

    /// What the person said about a name that is no parameter: a resource's logical id, `ID.Attribute`, an export.
    pub(in crate::api) fn said(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    /// The API's id.
    pub(in crate::api) fn api_id(&self) -> Option<&str> {
        self.said("ApiId").or_else(|| self.said("apiId")).or_else(|| self.parameter("ApiId"))
    }

    /// A pseudo parameter; `None` when nobody said it and nothing implies it.
    pub(in crate::api) fn pseudo(&self, name: &str) -> Option<String> {
        if let Some(value) = self.parameter(name) {
            return Some(value.to_owned());
        }
        let region = self.parameter("AWS::Region").unwrap_or("");
        match name {
            "AWS::Partition" if region.starts_with("cn-") => Some("aws-cn".into()),
            "AWS::Partition" if region.starts_with("us-gov-") => Some("aws-us-gov".into()),
            "AWS::Partition" => Some("aws".into()),
            "AWS::URLSuffix" if region.starts_with("cn-") => Some("amazonaws.com.cn".into()),
            "AWS::URLSuffix" => Some("amazonaws.com".into()),
            _ => None,
        }
    }

    /// The placeholder for a name nobody gave.
    pub(in crate::api) fn placeholder(&self, name: &str) -> String {
        let placeholder = placeholder(name);
        if let Ok(mut asked) = self.asked.lock() {
            asked.names.insert(placeholder.clone(), name.to_owned());
        }
        placeholder
    }

    /// Notes that placeholders went into something a decision can read; those of file locations do not.
    pub(in crate::api) fn note(&self, placeholders: &[String]) {
        if placeholders.is_empty() {
            return;
        }
        if let Ok(mut asked) = self.asked.lock() {
            let names: Vec<String> = placeholders.iter().filter_map(|p| asked.names.get(p).cloned()).collect();
            asked.open.extend(names);
        }
    }

    /// The names whose placeholders were noted so far.
    pub(in crate::api) fn open(&self) -> Vec<String> {
        self.asked.lock().map(|asked| asked.open.iter().cloned().collect()).unwrap_or_default()
    }
}

/// How a missing value is written: `${authRoleName}`. It ends up inside templates, where Velocity prints an undefined
/// reference as it is but does not parse `${AWS::AccountId}`; so only the characters of a Velocity name remain.
fn placeholder(name: &str) -> String {
    let name = name.strip_prefix("AWS::").unwrap_or(name);
    let clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    let start = if clean.starts_with(|c: char| c.is_ascii_alphabetic()) { "" } else { "p" };
    format!("${{{start}{clean}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_names_velocity_prints_unchanged() {
        for (name, shown) in [
            ("authRoleName", "${authRoleName}"),
            ("AWS::AccountId", "${AccountId}"),
            ("Api.GraphQLUrl", "${Api_GraphQLUrl}"),
            ("9lives", "${p9lives}"),
        ] {
            assert_eq!(placeholder(name), shown);
        }
    }

    #[test]
    fn partition_follows_the_region() {
        let mut given = Given::default();
        assert_eq!(given.pseudo("AWS::Partition").as_deref(), Some("aws"));
        assert_eq!(given.pseudo("AWS::AccountId"), None);
        given.options.insert("AWS::Region".into(), "cn-north-1".into());
        assert_eq!(given.pseudo("AWS::Partition").as_deref(), Some("aws-cn"));
        assert_eq!(given.pseudo("AWS::URLSuffix").as_deref(), Some("amazonaws.com.cn"));
    }
}
