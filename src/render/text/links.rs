//! Places that a terminal can open: the names of files in the finished text become hyperlinks (OSC 8). What is
//! shown stays the same, to the column.

use indexmap::IndexMap;

use crate::report::FileAt;

const OPEN: &str = "\u{1b}]8;;";
const END: &str = "\u{1b}\\";

/// The text with every name of a file as a link to it, the line behind it (`:24`) included.
pub(super) fn linked(text: &str, files: &IndexMap<String, FileAt>) -> String {
    // Of two names at one place the longer is meant.
    let mut names: Vec<(&str, &FileAt)> = files.iter().map(|(name, file)| (name.as_str(), file)).collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, name, file)) = first(rest, &names) {
        let (before, from) = rest.split_at(at);
        let line = from.get(name.len()..).map_or(0, line_behind);
        let (shown, after) = from.split_at(name.len() + line);
        out.push_str(before);
        out.push_str(&format!("{OPEN}{}{END}{shown}{OPEN}{END}", file.url));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The first place where one of the names stands on its own.
fn first<'n>(text: &str, names: &[(&'n str, &'n FileAt)]) -> Option<(usize, &'n str, &'n FileAt)> {
    let found = names.iter().filter_map(|(name, file)| {
        let mut places = text.match_indices(name).map(|(at, _)| at);
        places.find(|at| stands_alone(text, *at, name.len())).map(|at| (at, *name, *file))
    });
    found.min_by_key(|(at, name, _)| (*at, std::cmp::Reverse(name.len())))
}

/// Whether no path goes on in front of or behind a name.
fn stands_alone(text: &str, at: usize, length: usize) -> bool {
    let part_of_path = |c: char| c.is_alphanumeric() || matches!(c, '/' | '\\' | '.' | '-' | '_' | '#');
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let mut behind = text.get(at + length..).unwrap_or_default().chars();
    // A full stop may end the sentence.
    let goes_on = match (behind.next(), behind.next()) {
        (Some('.'), next) => next.is_some_and(part_of_path),
        (next, _) => next.is_some_and(part_of_path),
    };
    // `m` ends an escape sequence of ours.
    let escape = text.get(..at).is_some_and(ends_with_escape);
    !goes_on && (escape || !before.is_some_and(part_of_path))
}

fn ends_with_escape(text: &str) -> bool {
    let Some((_, sequence)) = text.rsplit_once("\u{1b}[") else { return false };
    sequence.strip_suffix('m').is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'))
}

/// Bytes of `:24` or `:24:7` behind a name.
fn line_behind(text: &str) -> usize {
    let number = |text: &str| match text.strip_prefix(':') {
        Some(rest) => match rest.bytes().take_while(u8::is_ascii_digit).count() {
            0 => 0,
            digits => digits + 1,
        },
        None => 0,
    };
    let line = number(text);
    line + text.get(line..).filter(|_| line > 0).map_or(0, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let file = |name: &str| (name.to_owned(), FileAt { path: name.to_owned(), url: format!("file:///api/{name}") });
        let files = [file("schema.graphql"), file("resolvers/a.req.vtl"), file("a.req.vtl")].into_iter().collect();
        linked(text, &files).replace(OPEN, "<").replace(END, ">")
    }

    #[test]
    fn names_with_their_lines_become_links_and_nothing_else_does() {
        for (text, linked) in [
            ("at schema.graphql:14 { allow", "at <file:///api/schema.graphql>schema.graphql:14<> { allow"),
            ("  resolvers/a.req.vtl\n", "  <file:///api/resolvers/a.req.vtl>resolvers/a.req.vtl<>\n"),
            ("(a.req.vtl:3:7), then", "(<file:///api/a.req.vtl>a.req.vtl:3:7<>), then"),
            ("see schema.graphql.", "see <file:///api/schema.graphql>schema.graphql<>."),
            ("\u{1b}[2mschema.graphql:1\u{1b}[0m", "\u{1b}[2m<file:///api/schema.graphql>schema.graphql:1<>\u{1b}[0m"),
            (
                "other/schema.graphql, schema.graphqls, xschema.graphql",
                "other/schema.graphql, schema.graphqls, xschema.graphql",
            ),
            ("nothing here: 14", "nothing here: 14"),
        ] {
            assert_eq!(shown(text), linked);
        }
    }
}
