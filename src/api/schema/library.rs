//! The schema as the GraphQL library knows it: what documents are validated against.

use std::sync::{Arc, LazyLock};

use apollo_compiler::ast::{self, Definition};
use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{Name, Schema as Library};
use indexmap::IndexMap;
use rustc_hash::FxHashSet;

use super::parse::place;
use super::{BUILT_IN_SCALARS, TypeDef};
use crate::error::{Error, ErrorKind, Result};
use crate::json_file::nearest;
use crate::source_file::SourceFile;

/// AppSync's own scalars and directives.
static APPSYNC: LazyLock<ast::Document> = LazyLock::new(|| {
    let parsed = Parser::new().parse_ast(include_str!("appsync.graphql"), "appsync.graphql");
    parsed.unwrap_or_else(|broken| broken.partial)
});

/// What AppSync surely refuses when the schema is uploaded, by the library's names, with what to do about it.
/// Everything else that the library finds (an interface that is not implemented, a directive nobody declared) lets
/// the schema load: what is deployed was accepted.
const REFUSED: &[(&str, &str)] = &[
    ("UndefinedDefinition", "declare the type, or correct its name"),
    ("OutputType", "a field gives a scalar, an enum, an object, an interface or a union, never an input"),
    ("InputType", "an argument or a field of an input takes a scalar, an enum or an input"),
    ("UnionMemberObjectType", "a union is made of object types"),
    ("RootOperationObjectType", "`query`, `mutation` and `subscription` are object types"),
];

/// Builds it, with AppSync's declarations added where the schema has none of its own.
///
/// # Errors
/// `GraphQl` with the place of the first thing that AppSync refuses.
pub(super) fn compile(
    document: &ast::Document,
    file: &SourceFile,
    types: &IndexMap<String, TypeDef>,
) -> Result<Arc<Valid<Library>>> {
    let builder = Library::builder().adopt_orphan_extensions().ignore_builtin_redefinitions();
    let built = builder.add_ast(&declarations(document)).add_ast(document).build();
    let schema = match built.unwrap_or_else(|broken| broken.partial).validate() {
        Ok(valid) => valid,
        Err(broken) => {
            refuse(&broken.errors, file, types)?;
            Valid::assume_valid(broken.partial)
        }
    };
    Ok(Arc::new(schema))
}

fn declarations(document: &ast::Document) -> ast::Document {
    let name = |definition: &Definition| (definition.as_directive_definition().is_some(), definition.name().cloned());
    let own = document.definitions.iter().filter(|definition| !definition.is_extension_definition());
    let own: FxHashSet<(bool, Option<Name>)> = own.map(name).collect();
    let mut declared = APPSYNC.clone();
    declared.definitions.retain(|definition| !own.contains(&name(definition)));
    declared
}

fn refuse(errors: &DiagnosticList, file: &SourceFile, types: &IndexMap<String, TypeDef>) -> Result<()> {
    for diagnostic in errors.iter() {
        let rule = diagnostic.error.unstable_error_name();
        let Some((rule, advice)) = REFUSED.iter().find(|(name, _)| Some(*name) == rule) else { continue };
        let span = diagnostic.error.location();
        let (line, column) = place(file, span);
        let text = span.and_then(|span| file.text().get(span.offset()..span.end_offset())).unwrap_or_default();
        let (message, help) = match *rule {
            "UndefinedDefinition" => {
                let name = text.trim_matches(['[', ']', '!', ' ']);
                let known: Vec<&str> = types.keys().map(String::as_str).chain(BUILT_IN_SCALARS).collect();
                let meant = nearest(name, &known).map(|nearest| format!("did you mean `{nearest}`?"));
                (format!("the schema has no type `{name}`"), meant.unwrap_or_else(|| (*advice).to_owned()))
            }
            _ => (diagnostic.error.to_string(), (*advice).to_owned()),
        };
        return Err(Error::new(ErrorKind::GraphQl, message).at(file.name(), line, column).help(help));
    }
    Ok(())
}
