//! The operations of a GraphQL file in place of a suite's tests.

use serde_json::{Map, Value as Json};

use super::super::model::{Action, Scenario, Test};
use crate::error::{Error, ErrorKind, Result};
use crate::request::operation;
use crate::source_file::SourceFile;

/// One test an operation of a document, which nobody expects anything of. Of the variables each gets those that it
/// declares.
///
/// # Errors
/// `GraphQl` with line and column where the document does not parse, or holds no operation.
pub fn operations(file: &str, text: &str, variables: &Map<String, Json>) -> Result<Vec<Test>> {
    let outlines = operation::outline(SourceFile::new(file, text))?;
    if outlines.is_empty() {
        return Err(Error::new(ErrorKind::GraphQl, "the document has no operation").in_file(file));
    }
    let test = |outline: operation::Outline| {
        let given = outline.variables.iter().filter_map(|name| Some((name.clone(), variables.get(name)?.clone())));
        Test {
            name: outline.name.clone().unwrap_or_else(|| format!("{} of {file}", outline.kind.keyword())),
            scenario: Scenario::Callers {
                action: Action::Query {
                    query: text.to_owned(),
                    variables: given.collect(),
                    operation_name: outline.name,
                },
                expect: Vec::new(),
            },
            data: None,
            responses: None,
        }
    };
    Ok(outlines.into_iter().map(test).collect())
}
