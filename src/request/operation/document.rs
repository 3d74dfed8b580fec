//! The document's text: parsed, its operation chosen.

use apollo_compiler::ast::{self, Definition, FragmentDefinition, OperationDefinition, OperationType};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::OperationKind;
use super::fault::RequestFault;
use crate::api::schema::parse::{parse_graphql, place};
use crate::error::{Error, ErrorKind, Result};
use crate::source_file::SourceFile;

/// Nesting of braces, brackets and parentheses that the parser is asked to take (ours).
const MAX_NESTING: usize = 100;

/// A parsed document.
#[derive(Debug)]
pub struct Document {
    file: SourceFile,
    ast: ast::Document,
    operations: Vec<Node<OperationDefinition>>,
    fragments: IndexMap<Name, Node<FragmentDefinition>>,
}

/// Query, mutation or subscription.
pub(super) fn kind_of_operation(operation: &OperationDefinition) -> OperationKind {
    match operation.operation_type {
        OperationType::Query => OperationKind::Query,
        OperationType::Mutation => OperationKind::Mutation,
        OperationType::Subscription => OperationKind::Subscription,
    }
}

impl Document {
    /// Parses the document of a request.
    ///
    /// # Errors
    ///
    /// AppSync's answer to a document that does not parse.
    pub fn parse(text: &str) -> Result<Document, RequestFault> {
        Document::read(SourceFile::new("query", text)).map_err(|_| RequestFault::unparsable())
    }

    /// Parses a document somebody wrote.
    ///
    /// # Errors
    ///
    /// `GraphQl` with line and column where it does not parse.
    pub fn read(file: SourceFile) -> Result<Document> {
        if nesting(file.text()) > MAX_NESTING {
            let message = format!("the document is nested more than {MAX_NESTING} levels deep");
            return Err(Error::new(ErrorKind::GraphQl, message).in_file(file.name()));
        }
        let ast = parse_graphql(&file, "document")?;
        let mut document = Document { operations: Vec::new(), fragments: IndexMap::new(), file, ast };
        for definition in &document.ast.definitions {
            match definition {
                Definition::OperationDefinition(operation) => document.operations.push(operation.clone()),
                Definition::FragmentDefinition(fragment) => {
                    document.fragments.entry(fragment.name.clone()).or_insert_with(|| fragment.clone());
                }
                _ => {}
            }
        }
        Ok(document)
    }

    /// The operation of a name, or the only one.
    pub(super) fn operation(&self, name: Option<&str>) -> Result<&Node<OperationDefinition>, RequestFault> {
        let named = |wanted: &str| {
            self.operations.iter().find(|operation| operation.name.as_ref().is_some_and(|name| name == wanted))
        };
        match (name, self.operations.as_slice()) {
            (Some(name), _) => named(name).ok_or_else(|| RequestFault::unknown_operation(name)),
            (None, [only]) => Ok(only),
            (None, _) => Err(RequestFault::operation_name_needed()),
        }
    }

    /// The library's tree.
    pub(super) fn ast(&self) -> &ast::Document {
        &self.ast
    }

    /// The text of some bytes.
    pub(super) fn text(&self, bytes: std::ops::Range<usize>) -> &str {
        self.file.text().get(bytes).unwrap_or("")
    }

    /// Every operation, in the order of the text.
    pub(super) fn operations(&self) -> &[Node<OperationDefinition>] {
        &self.operations
    }

    /// The names of the fragments.
    pub(super) fn fragments(&self) -> impl Iterator<Item = &str> {
        self.fragments.keys().map(|name| name.as_str())
    }

    /// A fragment by name.
    pub(super) fn fragment(&self, name: &str) -> Option<&Node<FragmentDefinition>> {
        self.fragments.get(name)
    }

    /// Line and column where a node starts.
    pub(super) fn place(&self, span: Option<SourceSpan>) -> (u32, u32) {
        place(&self.file, span)
    }

    /// Line and column of a byte.
    pub(super) fn place_of(&self, offset: usize) -> (u32, u32) {
        let at = self.file.line_column(u32::try_from(offset).unwrap_or(u32::MAX));
        (at.line, at.column)
    }
}

/// The deepest nesting of brackets, outside texts and comments.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or("");
        match c {
            '{' | '[' | '(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            '#' => rest = rest.find(['\n', '\r']).and_then(|end| rest.get(end..)).unwrap_or(""),
            '"' => rest = after_string(rest),
            _ => {}
        }
    }
    deepest
}

/// The text after a string whose opening quote was taken.
fn after_string(text: &str) -> &str {
    let (closing, mut rest) = match text.strip_prefix("\"\"") {
        Some(block) if block.starts_with('"') => ("\"\"\"", block.get(1..).unwrap_or("")),
        _ => ("\"", text),
    };
    loop {
        if let Some(after) = rest.strip_prefix(closing) {
            return after;
        }
        let mut chars = rest.chars();
        match chars.next() {
            // In a block string only `\"""` is an escape; taking one character after any `\` finds the same end.
            Some('\\') => _ = chars.next(),
            Some(_) => {}
            None => return "",
        }
        rest = chars.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_nested_beyond_reason_is_refused_not_a_crash() {
        let deep = |n: usize| format!("{{ a(x: {}{}) }}", "[".repeat(n), "]".repeat(n));
        assert!(Document::parse(&deep(60)).is_ok());
        assert!(Document::parse(&deep(98)).is_ok());
        assert!(Document::parse(&deep(200_000)).is_err());
        assert!(Document::parse(&"{a".repeat(200_000)).is_err());
        let text =
            format!("{{ a(x: \"{}\", y: \"\"\"{}\"\"\") # {}\n }}", "[".repeat(500), "{".repeat(500), "(".repeat(500));
        assert!(Document::parse(&text).is_ok(), "brackets in texts and comments do not nest");
    }
}
