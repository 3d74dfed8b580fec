//! Where in a YAML text a value stands. The YAML library gives values no places, so errors walk the lines again, by
//! their indentation. Inside flow collections and behind short forms (`[..]`, `!Sub`) the place is that of the last key
//! in front of them: the right line more often than not, and never a wrong file.

use super::place::Step;

/// A line with something on it.
#[derive(Clone, Copy)]
struct Line<'a> {
    /// Byte offset of its first character that is no space.
    offset: usize,
    indent: usize,
    text: &'a str,
}

/// The byte offset of the last step of a path that can be found; `None` when not even the first can.
pub(super) fn key_offset(text: &str, path: &[Step<'_>]) -> Option<usize> {
    let mut block = lines(text);
    let mut found = None;
    for step in path {
        let entered = match step {
            Step::Key(key) => enter_member(&block, key),
            Step::Index(index) => enter_element(&block, *index),
        };
        let Some((offset, inner)) = entered else { break };
        found = Some(offset);
        block = inner;
    }
    found
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut offset = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        let content = content.trim_end();
        if !content.is_empty() && !content.starts_with('#') && !content.starts_with("---") {
            lines.push(Line { offset: offset + indent, indent, text: content });
        }
        offset += line.len();
    }
    lines
}

/// The place of a member's key, and the lines of its value.
fn enter_member<'a>(block: &[Line<'a>], key: &str) -> Option<(usize, Vec<Line<'a>>)> {
    let indent = block.first()?.indent;
    let is_it = |line: &Line<'_>| line.indent == indent && is_key(line.text, key);
    let at = block.iter().position(is_it)?;
    // A list may stand at the indentation of its key.
    let inside = |line: &&Line<'_>| line.indent > indent || (line.indent == indent && is_item(line.text));
    Some((block.get(at)?.offset, block.get(at + 1..)?.iter().take_while(inside).copied().collect()))
}

/// The place of an element of a list, and its lines; what stands behind the dash is its first line.
fn enter_element<'a>(block: &[Line<'a>], index: usize) -> Option<(usize, Vec<Line<'a>>)> {
    let indent = block.first()?.indent;
    let starts = |(_, line): &(usize, &Line<'_>)| line.indent == indent && is_item(line.text);
    let (at, first) = block.iter().enumerate().filter(starts).nth(index)?;
    let content = first.text.strip_prefix('-')?.trim_start();
    let skipped = first.text.len() - content.len();
    let behind = Line { offset: first.offset + skipped, indent: indent + skipped, text: content };
    let rest = block.get(at + 1..)?.iter().take_while(|line| line.indent > indent).copied();
    Some((behind.offset, std::iter::once(behind).chain(rest).collect()))
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// Whether a line begins with a key, plain or quoted.
fn is_key(text: &str, key: &str) -> bool {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let text = quote.map_or(text, |quote| text.strip_prefix(quote).unwrap_or(text));
    let Some(rest) = text.strip_prefix(key) else { return false };
    let rest = quote.map_or(Some(rest), |quote| rest.strip_prefix(quote));
    rest.and_then(|rest| rest.trim_start().strip_prefix(':')).is_some_and(|r| r.is_empty() || r.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_line_or_the_nearest_above() {
        let text = "# a comment\nResources:\n  A:\n    Text: |\n      B:\n  B:\n    List:\n    - x: 1\n    -   y: !Sub z\n        'q r': 2\n    Flow: {a: 1}\n";
        let key = Step::Key;
        for (path, found) in [
            (vec![key("Resources"), key("B")], "B:\n    List"),
            (vec![key("Resources"), key("B"), key("List"), Step::Index(1), key("q r")], "'q r': 2"),
            (vec![key("Resources"), key("B"), key("List"), Step::Index(1), key("y"), key("Fn::Sub")], "y: !Sub z"),
            (vec![key("Resources"), key("B"), key("Flow"), key("a")], "Flow: {a"),
        ] {
            let offset = key_offset(text, &path).unwrap();
            assert!(text[offset..].starts_with(found), "{path:?}: {}", &text[offset..]);
        }
        assert_eq!(key_offset(text, &[key("Outputs")]), None);
    }
}
