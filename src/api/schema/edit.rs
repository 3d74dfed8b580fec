//! A schema with other directives: what its author could write instead.

use std::sync::Arc;

use apollo_compiler::ast::Definition;

use super::parse::{directive, parse_graphql};
use super::{Directive, Schema};
use crate::source_file::SourceFile;

impl Schema {
    /// The schema with the directives of a type, or of one of its fields, changed: `add` puts those of the text beside
    /// those that are there, `set` puts them in the place of those of the same names, `remove` takes away those of
    /// their names. `None` when that changes nothing, or the text holds no directives.
    pub fn with_directives(&self, type_name: &str, field: Option<&str>, op: &str, text: &str) -> Option<Schema> {
        let written = read(text)?;
        let mut edited = self.clone();
        let def = Arc::make_mut(edited.types.get_mut(type_name)?);
        let held = match field {
            Some(field) => &mut def.fields.get_mut(field)?.directives,
            None => &mut def.directives,
        };
        let before = held.clone();
        let named = |name: &str| written.iter().any(|directive| directive.name == name);
        match op {
            "add" => {
                let new = |directive: &&Directive| !before.iter().any(|known| known.name == directive.name);
                held.extend(written.iter().filter(new).cloned());
            }
            "set" => {
                held.retain(|directive| !named(&directive.name));
                held.extend(written);
            }
            "remove" => held.retain(|directive| !named(&directive.name)),
            _ => return None,
        }
        (*held != before).then_some(edited)
    }
}

/// The directives of a text such as `@aws_api_key @aws_iam`.
fn read(text: &str) -> Option<Vec<Directive>> {
    let file = SourceFile::new("edit", format!("scalar Edited {text}"));
    let document = parse_graphql(&file, "schema").ok()?;
    let [Definition::ScalarTypeDefinition(scalar)] = document.definitions.as_slice() else { return None };
    let found: Vec<Directive> = scalar.directives.iter().map(|d| directive(&file, d)).collect();
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_changed_in_one_place() {
        let text = "type P @aws_iam { a: Int b: Int @aws_api_key } type Query { p: P }";
        let schema = Schema::parse(SourceFile::new("s.graphql", text)).unwrap();
        for (path, op, value, after) in [
            (("P", None), "add", "@aws_api_key @aws_oidc", Some("aws_iam aws_api_key aws_oidc")),
            (("P", None), "add", "@aws_iam", None),
            (("P", None), "set", "@aws_iam(x: 1)", Some("aws_iam")),
            (("P", None), "remove", "@aws_iam", Some("")),
            (("P", Some("a")), "add", "@aws_iam", Some("aws_iam")),
            (("P", Some("b")), "remove", "@aws_iam", None),
            (("P", Some("c")), "add", "@aws_iam", None),
            (("P", None), "add", "{ x: Int } type Q @a", None),
            (("P", None), "add", "", None),
        ] {
            let (type_name, field) = path;
            let edited = schema.with_directives(type_name, field, op, value);
            let held = edited.map(|schema| {
                let def = schema.type_def(type_name).unwrap();
                let held = field.map_or(&def.directives, |field| &def.fields[field].directives);
                held.iter().map(|directive| directive.name.clone()).collect::<Vec<_>>().join(" ")
            });
            assert_eq!(held.as_deref(), after, "{path:?} {op} {value}");
        }
    }
}
