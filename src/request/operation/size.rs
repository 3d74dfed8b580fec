//! How much a document unfolds to: fragments that spread each other grow without bound.

use apollo_compiler::ast::Selection;
use rustc_hash::FxHashMap;

use super::document::Document;

/// Fields that one operation may unfold to (ours).
const MAX_FIELDS: usize = 100_000;
/// Nesting of selections after unfolding fragments (ours).
const MAX_DEPTH: usize = 100;

/// Whether an operation of the document unfolds beyond what we run.
pub(super) fn is_too_large(document: &Document) -> bool {
    let mut fragments = FxHashMap::default();
    document.operations().iter().any(|operation| {
        unfolded(document, &operation.selection_set, &mut fragments, 0).is_none_or(|fields| fields > MAX_FIELDS)
    })
}

/// The fields of a selection; `None` when it is too deep. A fragment inside itself, which validation refuses, counts
/// for nothing.
fn unfolded<'a>(
    document: &'a Document,
    selections: &'a [Selection],
    fragments: &mut FxHashMap<&'a str, usize>,
    depth: usize,
) -> Option<usize> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut fields = 0_usize;
    for selection in selections {
        let more = match selection {
            Selection::Field(field) => {
                unfolded(document, &field.selection_set, fragments, depth + 1)?.saturating_add(1)
            }
            Selection::InlineFragment(inline) => unfolded(document, &inline.selection_set, fragments, depth + 1)?,
            Selection::FragmentSpread(spread) => {
                let name = spread.fragment_name.as_str();
                match (fragments.get(name), document.fragment(name)) {
                    (Some(known), _) => *known,
                    (None, None) => 0,
                    (None, Some(fragment)) => {
                        fragments.insert(name, 0);
                        let fields = unfolded(document, &fragment.selection_set, fragments, depth + 1)?;
                        fragments.insert(name, fields);
                        fields
                    }
                }
            }
        };
        fields = fields.saturating_add(more);
    }
    Some(fields)
}
