//! Directives that do not do what their author meant: misspelt ones, and those that AppSync ignores.

use strsim::levenshtein;

use super::Question;
use crate::api::schema::{Directive, IgnoredDirective};
use crate::api::{Api, AuthMode};

/// The directives that AppSync reads, but for those of the modes.
const OTHERS: [&str; 8] =
    ["aws_auth", "aws_subscribe", "aws_publish", "deprecated", "specifiedBy", "include", "skip", "canonical"];

/// A directive that is none of AppSync's and looks like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misspelt {
    /// Its name without `@`.
    pub name: String,
    /// The one that was probably meant.
    pub meant: &'static str,
    /// What it stands on: `Query.a`, `type Post`.
    pub on: String,
    /// Line in the schema.
    pub line: u32,
}

impl Misspelt {
    /// In words.
    pub fn in_words(&self) -> String {
        let Misspelt { name, meant, on, .. } = self;
        format!("@{name} on {on} is no directive of AppSync and admits nobody: did you mean @{meant}?")
    }

    /// Whether the one that was meant would admit a mode.
    pub fn was_to_admit(&self, mode: AuthMode) -> bool {
        self.meant == mode.directive() || (self.meant == "aws_auth" && mode == AuthMode::UserPool)
    }
}

/// The misspelt directives of a field and of the type that has it.
pub fn misspelt(api: &Api, parent_type: &str, field: &str) -> Vec<Misspelt> {
    let type_def = api.schema.type_def(parent_type);
    let own = type_def.and_then(|def| def.fields.get(field));
    let on_field = own.map(|field| field.directives.as_slice()).unwrap_or_default();
    let on_type = type_def.map(|def| def.directives.as_slice()).unwrap_or_default();
    let look = |directives: &[Directive], on: String| {
        let found = directives.iter().filter_map(|directive| {
            let meant = meant(&directive.name)?;
            Some(Misspelt { name: directive.name.clone(), meant, on: on.clone(), line: directive.line })
        });
        found.collect::<Vec<_>>()
    };
    let mut found = look(on_field, format!("{parent_type}.{field}"));
    found.extend(look(on_type, format!("type {parent_type}")));
    found
}

/// The directive that an unknown name stands for, if it looks like one.
fn meant(name: &str) -> Option<&'static str> {
    let known = || AuthMode::ALL.into_iter().map(AuthMode::directive).chain(["aws_auth"]);
    if known().chain(OTHERS).any(|known| known == name) {
        return None;
    }
    let (distance, nearest) = known().map(|known| (levenshtein(&name.to_lowercase(), known), known)).min()?;
    let is_aws = name.to_lowercase().starts_with("aws");
    (distance <= 3 || (is_aws && distance <= 8)).then_some(nearest)
}

/// The `@aws_auth` of a field that does nothing.
pub fn ignored(question: Question<'_>) -> Option<IgnoredDirective> {
    let input = question.input;
    question.api.effective_modes(&input.parent_type, &input.field).ignored.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_directive_of_appsync() {
        for (name, expected) in [
            ("aws_cognito_user_pool", Some("aws_cognito_user_pools")),
            ("aws_cognito_userpools", Some("aws_cognito_user_pools")),
            ("aws_apikey", Some("aws_api_key")),
            ("AWS_IAM", Some("aws_iam")),
            ("aws_open_id", Some("aws_oidc")),
            ("aws_iam", None),
            ("aws_subscribe", None),
            ("cacheControl", None),
            ("deprecated", None),
        ] {
            assert_eq!(meant(name), expected, "{name}");
        }
    }
}
