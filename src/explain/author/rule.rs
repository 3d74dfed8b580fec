//! One `@auth` rule as its author wrote it, with the defaults of what it leaves out.

use apollo_compiler::Node;
use apollo_compiler::ast::{Directive, Value};

use crate::api::AuthMode;
use crate::api::schema::parse::place;
use crate::report::AuthorRule;
use crate::source_file::SourceFile;

/// Whom a rule admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strategy {
    /// The record's owner.
    Owner,
    /// Members of groups that the rule names.
    StaticGroups,
    /// Members of groups that the record names.
    DynamicGroups,
    /// Whoever is signed in.
    Private,
    /// Everybody.
    Public,
    /// Whom the Lambda authorizer admits.
    Custom,
}

/// One `@auth` rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AuthRule {
    /// The model.
    pub type_name: String,
    /// The field it is on; `None` for the model's own.
    pub field: Option<String>,
    /// Its arguments.
    arguments: Vec<(String, Node<Value>)>,
    /// The file it stands in.
    file: String,
    /// Its line.
    pub line: u32,
    /// Its text, on one line.
    text: String,
}

impl AuthRule {
    fn argument(&self, name: &str) -> Option<&Value> {
        self.arguments.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    fn text_of(&self, name: &str) -> Option<&str> {
        self.argument(name).and_then(word)
    }

    fn list_of(&self, name: &str) -> Option<Vec<&str>> {
        let value = self.argument(name)?;
        let items = value.as_list().unwrap_or_default();
        Some(items.iter().filter_map(|item| word(item)).collect())
    }

    /// Whom it admits.
    pub(super) fn strategy(&self) -> Option<Strategy> {
        Some(match self.text_of("allow")? {
            "owner" => Strategy::Owner,
            "groups" if self.argument("groups").is_some() => Strategy::StaticGroups,
            "groups" => Strategy::DynamicGroups,
            "private" => Strategy::Private,
            "public" => Strategy::Public,
            "custom" => Strategy::Custom,
            _ => return None,
        })
    }

    /// The mode that its callers use.
    pub(super) fn mode(&self) -> Option<AuthMode> {
        Some(match (self.text_of("provider"), self.strategy()?) {
            (Some("userPools"), _) => AuthMode::UserPool,
            (Some("oidc"), _) => AuthMode::Oidc,
            (Some("iam" | "identityPool"), _) => AuthMode::Iam,
            (Some("apiKey"), _) | (None, Strategy::Public) => AuthMode::ApiKey,
            (Some("function"), _) | (None, Strategy::Custom) => AuthMode::Lambda,
            (None, _) => AuthMode::UserPool,
            (Some(_), _) => return None,
        })
    }

    /// Whether it asks its caller for more than a mode.
    pub(super) fn asks(&self) -> bool {
        let by_mode = matches!(self.strategy(), Some(Strategy::Private | Strategy::Public | Strategy::Custom));
        !by_mode || self.mode() == Some(AuthMode::Iam)
    }

    /// The groups that it names.
    pub(super) fn groups(&self) -> Vec<&str> {
        self.list_of("groups").unwrap_or_default()
    }

    /// The claim that holds the caller's groups.
    pub(super) fn group_claim(&self) -> &str {
        self.text_of("groupClaim").unwrap_or("cognito:groups")
    }

    /// The field of the record that it compares.
    pub(super) fn record_field(&self) -> Option<&str> {
        match self.strategy()? {
            Strategy::Owner => Some(self.text_of("ownerField").unwrap_or("owner")),
            Strategy::DynamicGroups => Some(self.text_of("groupsField").unwrap_or("groups")),
            _ => None,
        }
    }

    /// Whether it reads a claim.
    pub(super) fn reads(&self, claim: &str) -> bool {
        self.names(claim) || self.implies(claim)
    }

    /// Whether it names a claim. By `username` Amplify also means the ID token's `cognito:username`.
    pub(super) fn names(&self, claim: &str) -> bool {
        let named = ["identityClaim", "groupClaim"].into_iter().filter_map(|argument| self.text_of(argument));
        let mut parts = named.flat_map(|named| named.split("::"));
        parts.any(|part| {
            part == claim
                || matches!((part, claim), ("username", "cognito:username") | ("cognito:username", "username"))
        })
    }

    /// Whether it reads a claim without naming it.
    pub(super) fn implies(&self, claim: &str) -> bool {
        match self.strategy() {
            Some(Strategy::Owner) => {
                self.argument("identityClaim").is_none() && matches!(claim, "sub" | "username" | "cognito:username")
            }
            Some(Strategy::StaticGroups | Strategy::DynamicGroups) => {
                self.argument("groupClaim").is_none() && claim == "cognito:groups"
            }
            _ => false,
        }
    }

    /// Whether it covers an operation: `create`, `update`, `delete`, `get`, `list`, `sync`, `search`, `listen`, or `read`
    /// for any way of reading. Old schemas say `queries` and `mutations` instead of `operations`, and each of the
    /// two is for itself.
    pub(super) fn allows(&self, operation: &str) -> bool {
        let writes = matches!(operation, "create" | "update" | "delete");
        let older = if writes { "mutations" } else { "queries" };
        let Some(listed) = self.list_of("operations").or_else(|| self.list_of(older)) else { return true };
        listed.contains(&operation)
            || (!writes && listed.contains(&"read"))
            || (operation == "read"
                && listed.iter().any(|name| matches!(*name, "get" | "list" | "sync" | "listen" | "search")))
    }

    /// As the report names it.
    pub(super) fn reported(&self) -> AuthorRule {
        AuthorRule { file: self.file.clone(), line: self.line, text: self.text.clone(), reconstructed: false }
    }
}

/// A text or an enum value.
fn word(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.as_enum().map(|name| name.as_str()))
}

/// Adds the rules of a directive, if it is `@auth`.
pub(super) fn add(
    directive: &Directive,
    type_name: &str,
    field: Option<&str>,
    file: &SourceFile,
    rules: &mut Vec<AuthRule>,
) {
    if directive.name != "auth" {
        return;
    }
    let Some(list) = directive.specified_argument_by_name("rules") else { return };
    for object in list.as_list().unwrap_or(std::slice::from_ref(list)) {
        let Some(members) = object.as_object() else { continue };
        rules.push(AuthRule {
            type_name: type_name.to_owned(),
            field: field.map(str::to_owned),
            arguments: members.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
            file: file.name().to_owned(),
            line: place(file, object.location()).0,
            text: on_one_line(file, object),
        });
    }
}

/// The text of a value as the author wrote it, without comments and line breaks.
fn on_one_line(file: &SourceFile, value: &Node<Value>) -> String {
    let text = value.location().and_then(|span| file.text().get(span.offset()..span.end_offset())).unwrap_or_default();
    let code = |line: &str| {
        let mut in_text = false;
        let comment = line.char_indices().find(|(_, c)| {
            in_text ^= *c == '"';
            *c == '#' && !in_text
        });
        comment.and_then(|(at, _)| line.get(..at)).unwrap_or(line).to_owned()
    };
    text.lines().map(code).collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}
