//! The document's text: parsed, its operation chosen.

use async_graphql_parser::types::{DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition};
use async_graphql_parser::types::{OperationType, SelectionSet};
use async_graphql_parser::{Pos, parse_query};

use super::OperationKind;
use super::fault::RequestFault;

/// Nesting of braces, brackets and parentheses that the parser is asked to take (ours; its recursion has no bound).
const MAX_NESTING: usize = 100;

/// A parsed document.
#[derive(Debug)]
pub struct Document {
    parsed: ExecutableDocument,
}

/// The operation to run.
pub(super) struct Chosen<'a> {
    /// Its definition.
    pub node: &'a OperationDefinition,
}

impl Chosen<'_> {
    pub(super) fn kind(&self) -> OperationKind {
        match self.node.ty {
            OperationType::Query => OperationKind::Query,
            OperationType::Mutation => OperationKind::Mutation,
            OperationType::Subscription => OperationKind::Subscription,
        }
    }
}

impl Document {
    /// Parses a document.
    ///
    /// # Errors
    ///
    /// AppSync's answer to a document that does not parse.
    pub fn parse(text: &str) -> Result<Document, RequestFault> {
        if nesting(text) > MAX_NESTING {
            return Err(RequestFault::unparsable());
        }
        let parsed = parse_query(text).map_err(|_| RequestFault::unparsable())?;
        Ok(Document { parsed })
    }

    /// The operation of a name, or the only one.
    pub(super) fn operation(&self, name: Option<&str>) -> Result<(Option<String>, Chosen<'_>), RequestFault> {
        match (&self.parsed.operations, name) {
            (DocumentOperations::Single(only), None) => Ok((None, Chosen { node: &only.node })),
            (DocumentOperations::Single(_), Some(name)) => Err(RequestFault::unknown_operation(name)),
            (DocumentOperations::Multiple(all), Some(name)) => {
                let found = all.get(name).ok_or_else(|| RequestFault::unknown_operation(name))?;
                Ok((Some(name.to_owned()), Chosen { node: &found.node }))
            }
            (DocumentOperations::Multiple(all), None) => {
                let mut named = all.iter();
                match (named.next(), named.next()) {
                    (Some((name, only)), None) => Ok((Some(name.to_string()), Chosen { node: &only.node })),
                    _ => Err(RequestFault::operation_name_needed()),
                }
            }
        }
    }

    /// A fragment by name.
    pub(super) fn fragment(&self, name: &str) -> Option<&FragmentDefinition> {
        self.parsed.fragments.get(name).map(|fragment| &fragment.node)
    }

    /// Every fragment's name and place, in the order of the text.
    pub(super) fn fragments(&self) -> Vec<(&str, Pos)> {
        let mut all: Vec<_> = self.parsed.fragments.iter().map(|(name, f)| (name.as_str(), f.pos)).collect();
        all.sort_by_key(|(_, pos)| *pos);
        all
    }

    /// Every operation's selection set: fragments used by any of them are used.
    pub(super) fn selection_sets(&self) -> impl Iterator<Item = &SelectionSet> {
        self.parsed.operations.iter().map(|(_, operation)| &operation.node.selection_set.node)
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
