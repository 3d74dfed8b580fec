//! The author's rules behind a branch: the `@auth` rules of the schema, with their lines. A branch says what it asks
//! for (a group of a claim, an owner field, a mode); the field says which model and operation it guards; the rules
//! of that model and operation which ask for the same are the ones it was made of. Never a guess from line numbers.

mod again;
mod links;
mod role;
mod rule;
mod scope;

use apollo_compiler::ast::{Definition, Document, FieldDefinition};

use super::rule::Known;
use crate::api::schema::parse::parse_graphql;
use crate::api::{AuthMode, Schema};
use crate::execute::FieldInput;
use crate::report::AuthorRule;
use crate::source_file::SourceFile;
pub use links::Links;
use role::Role;
use rule::{AuthRule, Strategy};
use scope::{Need, Scope};
pub(crate) use scope::{guarded_type, model};

/// A type that the author wrote.
#[derive(Debug, Clone)]
struct AuthorType {
    name: String,
    fields: Vec<AuthorField>,
}

/// A field of it.
#[derive(Debug, Clone)]
struct AuthorField {
    name: String,
    /// The name of a many-to-many relation.
    relation: Option<String>,
}

/// The `@auth` rules of an author's schema.
#[derive(Debug, Clone, Default)]
pub struct AuthorRules {
    types: Vec<AuthorType>,
    rules: Vec<AuthRule>,
}

/// A field whose rules are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Guarded<'a> {
    /// The schema that AppSync serves.
    pub schema: &'a Schema,
    /// The field, with its arguments.
    pub input: &'a FieldInput,
    /// The caller's mode.
    pub mode: AuthMode,
    /// Whether its resolver is a pipeline: those of the old transformers are not.
    pub pipeline: bool,
    /// The fields that the caller may not set, where that is why he was refused.
    pub denied: &'a [String],
}

/// What stands behind a branch.
#[derive(Debug, Clone)]
pub struct Behind {
    /// The rules, the model's own before those of its fields.
    pub rules: Vec<AuthorRule>,
    /// What kind of rule they are, where that is more than the branch itself tells.
    pub kind: Option<&'static str>,
}

/// A rule, and where it stands.
#[derive(Debug, Clone)]
pub struct Written {
    /// The rule.
    pub rule: AuthorRule,
    /// Its place among the rules of its type or field, from 1.
    pub number: usize,
    /// The type, or the field: `Post`, `Post.title`.
    pub on: String,
    /// Whether it asks for more than a mode.
    pub asks: bool,
}

impl AuthorRules {
    /// Every rule, in the order of the schema.
    pub fn all(&self) -> impl Iterator<Item = Written> + '_ {
        let on = |rule: &AuthRule| match &rule.field {
            Some(field) => format!("{}.{field}", rule.type_name),
            None => rule.type_name.clone(),
        };
        let mut last = (String::new(), 0);
        self.rules.iter().map(move |rule| {
            let on = on(rule);
            let number = if last.0 == on { last.1 + 1 } else { 1 };
            last = (on.clone(), number);
            Written { rule: rule.reported(), number, on, asks: rule.asks() }
        })
    }

    /// Reads them from the schema's files; one that does not parse has none (the build is what decides).
    pub fn read(files: &[SourceFile]) -> AuthorRules {
        let mut all = AuthorRules::default();
        for file in files {
            if let Ok(document) = parse_graphql(file, "schema") {
                all.collect(&document, file);
            }
        }
        all
    }

    /// Whether there is no author's schema at hand.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// The rules that a branch was made of. Amplify makes one branch of rules that ask for the same: of a model's and
    /// of its fields', of several for one group.
    pub fn behind(&self, known: &Known, guarded: Guarded<'_>) -> Option<Behind> {
        let role = Role::of(known, guarded.mode)?;
        let scopes = scope::scopes(self, guarded);
        let found = scopes.iter().map(|scope| self.in_scope(scope, &role)).find(|found| !found.is_empty())?;
        let found = role.closest(found);
        let kind = found.first().and_then(|rule| match rule.strategy()? {
            Strategy::Owner => Some("owner"),
            Strategy::StaticGroups => Some("staticGroup"),
            Strategy::DynamicGroups => Some("dynamicGroup"),
            _ => None,
        });
        Some(Behind {
            rules: found.into_iter().map(AuthRule::reported).collect(),
            kind: kind.filter(|_| !role.is_mode()),
        })
    }

    /// The rule behind a branch as the build alone lets it be written again.
    pub fn again(known: &Known, mode: AuthMode, links: &Links) -> Option<AuthorRule> {
        again::rule(known, mode, links)
    }

    /// Whether a branch for callers of another mode is open to nobody: the author has no rule for them. IAM callers
    /// may be let in by the API itself.
    pub fn refutes(&self, known: &Known, guarded: Guarded<'_>) -> bool {
        let Some(role) = Role::of(known, guarded.mode).filter(|role| role.is_mode() && role.mode != AuthMode::Iam)
        else {
            return false;
        };
        let scopes = scope::scopes(self, guarded);
        scopes.iter().any(Scope::is_known) && scopes.iter().all(|scope| self.in_scope(scope, &role).is_empty())
    }

    /// The rule of a model that reads a claim: it names the claim, or leaves the choice to Amplify.
    pub fn reading(&self, claim: &str, type_name: &str) -> Option<AuthorRule> {
        let of_type = || self.rules.iter().filter(|rule| rule.type_name == type_name);
        let found = of_type().find(|rule| rule.names(claim)).or_else(|| of_type().find(|rule| rule.implies(claim)))?;
        Some(found.reported())
    }

    /// The rules of a scope that a role fits.
    fn in_scope<'a>(&'a self, scope: &'a Scope, role: &Role<'_>) -> Vec<&'a AuthRule> {
        match scope {
            Scope::Field { type_name, field, custom } => self
                .of_field(type_name, field)
                .filter(|rule| role.fits(rule) && (*custom || rule.allows("read")))
                .collect(),
            Scope::Models { names, need } => names.iter().flat_map(|name| self.of_model(name, need, role)).collect(),
        }
    }

    fn of_field<'a>(&'a self, type_name: &str, field: &str) -> impl Iterator<Item = &'a AuthRule> {
        self.rules.iter().filter(move |rule| rule.type_name == type_name && rule.field.as_deref() == Some(field))
    }

    fn of_type<'a>(&'a self, type_name: &str) -> impl Iterator<Item = &'a AuthRule> {
        self.rules.iter().filter(move |rule| rule.type_name == type_name && rule.field.is_none())
    }

    fn author_type(&self, name: &str) -> Option<&AuthorType> {
        self.types.iter().find(|known| known.name == name)
    }

    /// The rules of a model that a need and a role meet. Reading asks the model's own rules, and where none of them
    /// fits those of its fields: they admit to what is left of the record. Writing asks, field by field, the field's own
    /// rules, which replace the model's.
    fn of_model<'a>(&'a self, name: &'a str, need: &Need, role: &Role<'_>) -> Vec<&'a AuthRule> {
        let on_fields = || self.rules.iter().filter(|rule| rule.type_name == name && rule.field.is_some());
        let both = |operations: &[&str]| -> [Vec<&'a AuthRule>; 2] {
            let fits = |rule: &&AuthRule| operations.iter().any(|one| rule.allows(one)) && role.fits(rule);
            [self.of_type(name).filter(fits).collect(), on_fields().filter(fits).collect()]
        };
        match need {
            Need::Own(operation) => {
                self.of_type(name).filter(|rule| rule.allows(operation) && role.fits(rule)).collect()
            }
            Need::Read(operations) => both(operations).into_iter().find(|found| !found.is_empty()).unwrap_or_default(),
            Need::Write { operation, fields, refused } => {
                let written = self.per_field(name, operation, fields, role);
                if written.is_empty() && !refused { both(&[operation]).concat() } else { written }
            }
        }
    }

    /// The rules that allow a role to write fields; all fields where none are named.
    fn per_field<'a>(
        &'a self,
        name: &'a str,
        operation: &'static str,
        fields: &[(String, &'static str)],
        role: &Role<'_>,
    ) -> Vec<&'a AuthRule> {
        let known = self.author_type(name).map(|known| known.fields.as_slice()).unwrap_or_default();
        let all: Vec<(String, &'static str)> = known.iter().map(|field| (field.name.clone(), operation)).collect();
        let mut found: Vec<&AuthRule> = Vec::new();
        for (field, operation) in if fields.is_empty() { &all } else { fields } {
            let own: Vec<&AuthRule> = self.of_field(name, field).collect();
            let effective = if own.is_empty() { self.of_type(name).collect() } else { own };
            for rule in effective.into_iter().filter(|rule| rule.allows(operation) && role.fits(rule)) {
                if !found.iter().any(|known| std::ptr::eq(*known, rule)) {
                    found.push(rule);
                }
            }
        }
        // The model's own first, then as the author wrote them.
        found.sort_by_key(|rule| (rule.field.is_some(), rule.line));
        found
    }

    fn collect(&mut self, document: &Document, file: &SourceFile) {
        for definition in &document.definitions {
            let fields: &[apollo_compiler::Node<FieldDefinition>] = match definition {
                Definition::ObjectTypeDefinition(object) => &object.fields,
                Definition::ObjectTypeExtension(object) => &object.fields,
                _ => continue,
            };
            let Some(name) = definition.name() else { continue };
            let directives = definition.directives();
            for directive in directives.iter() {
                rule::add(directive, name, None, file, &mut self.rules);
            }
            for field in fields {
                for directive in field.directives.iter() {
                    rule::add(directive, name, Some(field.name.as_str()), file, &mut self.rules);
                }
            }
            self.types.push(AuthorType {
                name: name.to_string(),
                fields: fields.iter().map(|field| author_field(field)).collect(),
            });
        }
    }
}

fn author_field(field: &FieldDefinition) -> AuthorField {
    let relation = field
        .directives
        .get("manyToMany")
        .and_then(|directive| directive.specified_argument_by_name("relationName")?.as_str().map(str::to_owned));
    AuthorField { name: field.name.to_string(), relation }
}
