//! The author's rule behind a branch: `@auth` rules of the schema, with their lines, matched by what a rule speaks
//! of (a group, an owner field, a mode), never by guessing from line numbers of templates.

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, Directive, Document, FieldDefinition, Value};

use super::rule::Known;
use crate::api::schema::parse::{parse_graphql, place};
use crate::report::AuthorRule;
use crate::source_file::SourceFile;

/// One `@auth` rule.
#[derive(Debug, Clone, PartialEq)]
struct AuthRule {
    /// The model.
    type_name: String,
    /// The field it is on; `None` for the model's own.
    field: Option<String>,
    /// Its arguments.
    arguments: Vec<(String, Node<Value>)>,
    /// The file it stands in.
    file: String,
    /// Its line.
    line: u32,
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
        self.argument(name)?.as_list().map(|items| items.iter().filter_map(|item| word(item)).collect())
    }

    fn reported(&self) -> AuthorRule {
        AuthorRule { file: self.file.clone(), line: self.line, text: self.text.clone() }
    }

    /// Whether it names a claim. By `username` Amplify also means the ID token's `cognito:username`.
    fn names(&self, claim: &str) -> bool {
        let named = ["identityClaim", "groupClaim"].into_iter().filter_map(|argument| self.text_of(argument));
        let mut parts = named.flat_map(|named| named.split("::"));
        parts.any(|part| part == claim || (part == "username" && claim == "cognito:username"))
    }

    /// Whether it reads a claim without naming it.
    fn implies(&self, claim: &str) -> bool {
        match self.text_of("allow") {
            Some("owner") => {
                self.argument("identityClaim").is_none() && matches!(claim, "sub" | "username" | "cognito:username")
            }
            Some("groups") => self.argument("groupClaim").is_none() && claim == "cognito:groups",
            _ => false,
        }
    }
}

/// A text or an enum value.
fn word(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.as_enum().map(|name| name.as_str()))
}

/// The `@auth` rules of an author's schema.
#[derive(Debug, Clone, Default)]
pub struct AuthorRules {
    rules: Vec<AuthRule>,
}

impl AuthorRules {
    /// Reads them from the schema's files; one that does not parse has none (the build is what decides).
    pub fn read(files: &[SourceFile]) -> AuthorRules {
        let rules = files.iter().flat_map(|file| {
            parse_graphql(file, "schema").map(|document| collect(&document, file)).unwrap_or_default()
        });
        AuthorRules { rules: rules.collect() }
    }

    /// The rule that a known rule of a model (and perhaps a field of it) comes from.
    pub fn behind(&self, known: &Known, type_name: &str, field: Option<&str>, operation: &str) -> Option<AuthorRule> {
        let on = |rule: &&AuthRule| rule.type_name == type_name && rule.field.as_deref() == field;
        let of_type = |rule: &&AuthRule| rule.type_name == type_name && rule.field.is_none();
        let fits = |rule: &&AuthRule| allows(rule, operation) && matches(rule, known);
        let found = self.rules.iter().filter(on).find(fits).or_else(|| self.rules.iter().filter(of_type).find(fits))?;
        Some(found.reported())
    }

    /// The rule of a model that reads a claim: it names the claim, or leaves the choice to Amplify.
    pub fn reading(&self, claim: &str, type_name: &str) -> Option<AuthorRule> {
        let of_type = || self.rules.iter().filter(|rule| rule.type_name == type_name);
        let found = of_type().find(|rule| rule.names(claim)).or_else(|| of_type().find(|rule| rule.implies(claim)))?;
        Some(found.reported())
    }
}

fn allows(rule: &AuthRule, operation: &str) -> bool {
    let reads = ["read", "get", "list", "sync", "listen", "search"];
    rule.list_of("operations").is_none_or(|allowed| {
        allowed.contains(&operation)
            || (reads.contains(&operation) && allowed.contains(&"read"))
            || (operation == "read" && allowed.iter().any(|name| reads.contains(name)))
    })
}

fn matches(rule: &AuthRule, known: &Known) -> bool {
    let subject = &known.subject;
    let object = subject.object.as_deref().map(|path| path.rsplit('.').next().unwrap_or(path));
    match (rule.text_of("allow"), known.rule.kind) {
        (Some("groups"), "staticGroup") => rule
            .list_of("groups")
            .is_some_and(|groups| subject.wanted.iter().any(|group| groups.contains(&group.as_str()))),
        (Some("groups"), "dynamicGroup") => {
            rule.list_of("groups").is_none() && object == Some(rule.text_of("groupsField").unwrap_or("groups"))
        }
        (Some("owner"), "owner") => object == Some(rule.text_of("ownerField").unwrap_or("owner")),
        (Some("owner"), "other") => {
            let claim = rule.text_of("identityClaim").unwrap_or("username");
            subject.claims.iter().any(|name| claim.split("::").any(|part| part == name))
        }
        (Some("public"), "public") => rule.text_of("provider").is_none_or(|provider| provider == "apiKey"),
        (Some("private"), "private") => rule.text_of("provider").is_none_or(|p| p == "userPools" || p == "oidc"),
        (Some("public" | "private"), "iamRole") => matches!(rule.text_of("provider"), Some("iam" | "identityPool")),
        (Some("custom"), "custom") => true,
        _ => false,
    }
}

fn collect(document: &Document, file: &SourceFile) -> Vec<AuthRule> {
    let mut rules = Vec::new();
    for definition in &document.definitions {
        let fields: &[Node<FieldDefinition>] = match definition {
            Definition::ObjectTypeDefinition(object) => &object.fields,
            Definition::ObjectTypeExtension(object) => &object.fields,
            _ => &[],
        };
        let Some(type_name) = definition.name() else { continue };
        for directive in definition.directives().iter() {
            add(directive, type_name, None, file, &mut rules);
        }
        for field in fields {
            for directive in field.directives.iter() {
                add(directive, type_name, Some(field.name.as_str()), file, &mut rules);
            }
        }
    }
    rules
}

fn add(directive: &Directive, type_name: &str, field: Option<&str>, file: &SourceFile, rules: &mut Vec<AuthRule>) {
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
