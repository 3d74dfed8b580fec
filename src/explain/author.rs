//! The author's rule behind a branch: `@auth` rules of the schema, with their lines, matched by what a rule speaks
//! of (a group, an owner field, a mode), never by guessing from line numbers of templates.

use async_graphql_parser::types::{ConstDirective, ServiceDocument, TypeKind, TypeSystemDefinition};
use async_graphql_parser::{Positioned, parse_schema};
use async_graphql_value::ConstValue;

use super::rule::Known;
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
    arguments: Vec<(String, ConstValue)>,
    /// The file it stands in.
    file: String,
    /// Its line.
    line: u32,
    /// Its text, on one line.
    text: String,
}

impl AuthRule {
    fn text_of(&self, name: &str) -> Option<&str> {
        self.arguments.iter().find(|(key, _)| key == name).and_then(|(_, value)| match value {
            ConstValue::String(text) => Some(text.as_str()),
            ConstValue::Enum(name) => Some(name.as_str()),
            _ => None,
        })
    }

    fn list_of(&self, name: &str) -> Option<Vec<&str>> {
        self.arguments.iter().find(|(key, _)| key == name).and_then(|(_, value)| match value {
            ConstValue::List(items) => Some(
                items
                    .iter()
                    .filter_map(|item| match item {
                        ConstValue::String(text) => Some(text.as_str()),
                        ConstValue::Enum(name) => Some(name.as_str()),
                        _ => None,
                    })
                    .collect(),
            ),
            _ => None,
        })
    }
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
            let document = parse_schema(file.text()).ok();
            document.map(|document| collect(&document, file)).unwrap_or_default()
        });
        AuthorRules { rules: rules.collect() }
    }

    /// The rule that a known rule of a model (and perhaps a field of it) comes from.
    pub fn behind(&self, known: &Known, type_name: &str, field: Option<&str>, operation: &str) -> Option<AuthorRule> {
        let on = |rule: &&AuthRule| rule.type_name == type_name && rule.field.as_deref() == field;
        let of_type = |rule: &&AuthRule| rule.type_name == type_name && rule.field.is_none();
        let fits = |rule: &&AuthRule| allows(rule, operation) && matches(rule, known);
        let found = self.rules.iter().filter(on).find(fits).or_else(|| self.rules.iter().filter(of_type).find(fits))?;
        Some(AuthorRule { file: found.file.clone(), line: found.line, text: found.text.clone() })
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

fn collect(document: &ServiceDocument, file: &SourceFile) -> Vec<AuthRule> {
    let mut rules = Vec::new();
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let type_name = definition.node.name.node.as_str();
        for directive in &definition.node.directives {
            add(directive, type_name, None, file, &mut rules);
        }
        if let TypeKind::Object(object) = &definition.node.kind {
            for field in &object.fields {
                for directive in &field.node.directives {
                    add(directive, type_name, Some(field.node.name.node.as_str()), file, &mut rules);
                }
            }
        }
    }
    rules
}

fn add(
    directive: &Positioned<ConstDirective>,
    type_name: &str,
    field: Option<&str>,
    file: &SourceFile,
    rules: &mut Vec<AuthRule>,
) {
    if directive.node.name.node.as_str() != "auth" {
        return;
    }
    let list =
        directive.node.arguments.iter().find(|(name, _)| name.node.as_str() == "rules").map(|(_, value)| &value.node);
    let objects: Vec<&ConstValue> = match list {
        Some(ConstValue::List(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => return,
    };
    let places = objects_in(file, directive.pos.line, directive.pos.column);
    for (object, (line, text)) in objects.into_iter().zip(places) {
        if let ConstValue::Object(members) = object {
            rules.push(AuthRule {
                type_name: type_name.to_owned(),
                field: field.map(str::to_owned),
                arguments: members.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
                file: file.name().to_owned(),
                line,
                text,
            });
        }
    }
}

/// Line and text of each `{..}` of the directive that starts at a place: the parser gives values no positions.
fn objects_in(file: &SourceFile, line: usize, column: usize) -> Vec<(u32, String)> {
    let line = u32::try_from(line).unwrap_or(1);
    let mut found = Vec::new();
    let mut at_line = line;
    let (mut depth, mut parens, mut in_text) = (0_u32, 0_u32, false);
    let mut text = String::new();
    let mut starts = line;
    loop {
        let source = file.line(at_line);
        if source.is_empty() && at_line > line + 200 {
            return found;
        }
        let skip = if at_line == line { column.saturating_sub(1) } else { 0 };
        for c in source.chars().skip(skip) {
            match c {
                '"' => in_text = !in_text,
                '#' if !in_text => break,
                '(' if !in_text => parens += 1,
                ')' if !in_text => {
                    parens = parens.saturating_sub(1);
                    if parens == 0 {
                        return found;
                    }
                }
                '{' if !in_text => {
                    depth += 1;
                    if depth == 1 {
                        starts = at_line;
                        text.clear();
                    }
                }
                _ => {}
            }
            if depth > 0 {
                text.push(c);
            }
            if c == '}' && !in_text {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.push((starts, text.split_whitespace().collect::<Vec<_>>().join(" ")));
                }
            }
        }
        if depth > 0 {
            text.push(' ');
        }
        at_line += 1;
    }
}
