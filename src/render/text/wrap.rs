//! Breaking text into lines. Quoted values stay in one piece, because a reader compares and copies them; words
//! longer than the line (ARNs, URLs) stand alone on a line that is too long, for the same reason.

use super::line::{Line, Role};

type Cell = (char, Role);

/// A stretch that stays on one line, and the spaces in front of it.
struct Word {
    spaces: usize,
    cells: Vec<Cell>,
}

/// Breaks a paragraph: the first line may take `first` columns, each later one `rest`.
pub(super) fn wrap(paragraph: &Line, first: usize, rest: usize) -> Vec<Line> {
    let cells: Vec<Cell> = paragraph.chars().collect();
    let mut lines = Vec::new();
    let mut line: Vec<Cell> = Vec::new();
    let mut room = first;
    let mut queue: std::collections::VecDeque<Word> = words(&cells, true).into();
    while let Some(word) = queue.pop_front() {
        let joined = line.len() + if line.is_empty() { 0 } else { word.spaces } + word.cells.len();
        if joined <= room {
            if let Some((_, before)) = line.last().copied() {
                // A space between two words of one role is of that role: one escape sequence for both.
                let same = word.cells.first().is_some_and(|(_, after)| *after == before);
                line.extend(std::iter::repeat_n((' ', if same { before } else { Role::Plain }), word.spaces));
            }
            line.extend(word.cells);
            continue;
        }
        if word.cells.len() > rest && word.cells.iter().any(|(c, _)| *c == ' ') {
            // A quoted value that fits no line: break it at its spaces after all.
            let mut parts = words(&word.cells, false);
            if let Some(head) = parts.first_mut() {
                head.spaces = word.spaces;
            }
            for part in parts.into_iter().rev() {
                queue.push_front(part);
            }
            continue;
        }
        if !line.is_empty() {
            lines.push(line_of(&line));
            line.clear();
        }
        room = if lines.is_empty() { first } else { rest };
        line.extend(word.cells);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line_of(&line));
    }
    lines
}

/// Columns of the longest stretch that [`wrap`] would keep together on a line of `room` columns.
pub(super) fn longest_word(paragraph: &Line, room: usize) -> usize {
    let cells: Vec<Cell> = paragraph.chars().collect();
    let longest = |cells: &[Cell], quotes| words(cells, quotes).iter().map(|w| w.cells.len()).max().unwrap_or(0);
    let quoted = longest(&cells, true);
    if quoted <= room { quoted } else { longest(&cells, false) }
}

/// Splits at spaces; with `quotes`, not at those between `"` or backticks.
fn words(cells: &[Cell], quotes: bool) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word { spaces: 0, cells: Vec::new() };
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for &(c, role) in cells {
        if c == ' ' && quote.is_none() {
            if !word.cells.is_empty() {
                words.push(std::mem::replace(&mut word, Word { spaces: 0, cells: Vec::new() }));
            }
            word.spaces += 1;
            continue;
        }
        match quote {
            _ if escaped => {}
            Some(open) if c == open => quote = None,
            None if quotes && matches!(c, '"' | '`') => quote = Some(c),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        word.cells.push((c, role));
    }
    if !word.cells.is_empty() {
        words.push(word);
    }
    words
}

fn line_of(cells: &[Cell]) -> Line {
    let mut line = Line::new();
    for (c, role) in cells {
        line.push(*role, c.encode_utf8(&mut [0; 4]));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::text::style;

    fn wrapped(text: &str, first: usize, rest: usize) -> Vec<String> {
        style::print(&wrap(&Line::plain(text), first, rest), false).lines().map(str::to_owned).collect()
    }

    #[test]
    fn breaks_between_words_and_keeps_quoted_values_whole() {
        for (text, first, rest, lines) in [
            ("one two three", 7, 9, vec!["one two", "three"]),
            ("title is \"a b c\", so", 12, 12, vec!["title is", "\"a b c\", so"]),
            ("the `x y` is not", 6, 10, vec!["the", "`x y` is", "not"]),
            ("a \"quoted value too long\" b", 12, 12, vec!["a \"quoted", "value too", "long\" b"]),
            ("see https://example.com/long x", 10, 10, vec!["see", "https://example.com/long", "x"]),
            ("say \"a \\\" b\" now", 9, 9, vec!["say", "\"a \\\" b\"", "now"]),
            ("two  spaces", 20, 20, vec!["two  spaces"]),
            ("", 10, 10, vec![""]),
        ] {
            assert_eq!(wrapped(text, first, rest), lines, "{text}");
        }
    }

    #[test]
    fn longest_word_counts_a_quoted_value_as_one_while_it_fits() {
        assert_eq!(longest_word(&Line::plain("is \"a b c\" x"), 20), 7);
        assert_eq!(longest_word(&Line::plain("is \"a b c\" x"), 5), 2);
    }
}
