//! A template's line as it is shown: cropped around its site, broken where the page ends, underlined.
//!
//! Not annotate-snippets: it cannot wrap a line or a label, puts every label beside or under a drawn arrow, and has no
//! place for several worded conditions under one line, which is what these snippets are for.

use super::line::printable;
use crate::report::Site;

const TAB: &str = "    ";
/// Spaces that a broken line's later parts have more than its first.
const HANG: usize = 4;
/// How many lines one source line may take before it is cropped around its site.
const LONGEST: usize = 4;

/// A source line, and the site on it in characters of the shown text.
pub(super) struct Code {
    text: Vec<char>,
    start: usize,
    end: usize,
}

/// A part of a source line that fits the page.
pub(super) struct Part {
    /// What to print, its indent included.
    pub(super) text: String,
    /// Where the site is on it: first column and number of columns.
    pub(super) site: Option<(usize, usize)>,
}

impl Code {
    /// The line a site stands on; the site's own text when the line is not known.
    pub(super) fn of(site: &Site) -> Code {
        if site.source_line.trim().is_empty() {
            let text = shown(site.text.lines().next().unwrap_or_default());
            return Code { start: 0, end: text.len(), text };
        }
        let line = site.source_line.trim_end();
        let until = |column: u32| {
            let before: String = line.chars().take((column as usize).saturating_sub(1)).collect();
            shown(&before).len()
        };
        let text = shown(line);
        let end = if site.end_line > site.line { text.len() } else { until(site.end_column) };
        Code { start: until(site.column), end, text }
    }

    /// Spaces in front of it.
    pub(super) fn indent(&self) -> usize {
        self.text.iter().take_while(|c| **c == ' ').count()
    }

    /// Column of the site.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Without `columns` of its indent.
    pub(super) fn outdented(mut self, columns: usize) -> Code {
        let columns = columns.min(self.indent());
        self.text.drain(..columns);
        self.start = self.start.saturating_sub(columns);
        self.end = self.end.saturating_sub(columns);
        self
    }

    /// With what is far from the site left out, so that it takes few lines of `room` columns.
    pub(super) fn cropped(mut self, room: usize) -> Code {
        if self.text.len() <= room * LONGEST {
            return self;
        }
        let from = if self.start > room { self.start - room / 2 } else { 0 };
        let to = self.text.len().min(from + room * (LONGEST - 1));
        self.text.truncate(to);
        self.text.push('…');
        self.end = self.end.min(to);
        if from > 0 {
            self.text.drain(..from);
            self.text.insert(0, '…');
            self.start = self.start - from + 1;
            self.end = self.end.saturating_sub(from) + 1;
        }
        self
    }

    /// The line in parts of at most `room` columns, broken at spaces, if possible outside strings.
    pub(super) fn parts(&self, room: usize) -> Vec<Part> {
        let hang = self.indent().min(room / 3) + HANG;
        let breaks = self.breaks();
        let mut parts = Vec::new();
        let mut from = 0;
        let mut indent = 0;
        while from < self.text.len() {
            let limit = from + room.saturating_sub(indent);
            let first = from + self.text.iter().skip(from).take_while(|c| **c == ' ').count();
            let ahead = || breaks.iter().filter(|(at, _)| *at > first);
            let to = if self.text.len() <= limit {
                self.text.len()
            } else {
                let outside = ahead().rfind(|(at, quoted)| *at <= limit && !quoted);
                let anywhere = || ahead().find(|(at, _)| *at > limit).map_or(self.text.len(), |(at, _)| *at);
                let inside = || ahead().rfind(|(at, _)| *at <= limit);
                outside.or_else(inside).map_or_else(anywhere, |(at, _)| *at)
            };
            let piece: String = self.text.iter().skip(from).take(to - from).collect();
            let (start, end) = (self.start.max(from), self.end.min(to));
            let site = (start < end).then(|| (indent + start - from, end - start));
            parts.push(Part { text: format!("{}{piece}", " ".repeat(indent)), site });
            from = to + self.text.iter().skip(to).take_while(|c| **c == ' ').count();
            indent = hang;
        }
        parts
    }

    /// Columns of spaces, each with whether it stands in a string.
    fn breaks(&self) -> Vec<(usize, bool)> {
        let mut quote = None;
        let mut breaks = Vec::new();
        for (at, &c) in self.text.iter().enumerate() {
            match quote {
                Some(open) if c == open => quote = None,
                None if matches!(c, '"' | '\'') => quote = Some(c),
                _ => {}
            }
            if c == ' ' {
                breaks.push((at, quote.is_some()));
            }
        }
        breaks
    }
}

/// As it will be printed, so that columns can be counted.
fn shown(text: &str) -> Vec<char> {
    printable(&text.replace('\t', TAB)).chars().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(line: &str, text: &str) -> Site {
        let at = line.find(text).expect("the site is on the line");
        let column = u32::try_from(line[..at].chars().count()).unwrap() + 1;
        let end = column + u32::try_from(text.chars().count()).unwrap();
        Site {
            template: "t.vtl".into(),
            line: 3,
            column,
            end_line: 3,
            end_column: end,
            text: text.into(),
            source_line: line.into(),
        }
    }

    /// The parts, each over its underline.
    fn drawn(line: &str, text: &str, room: usize) -> Vec<String> {
        let code = Code::of(&site(line, text)).cropped(room);
        let lines = code.parts(room).into_iter().flat_map(|part| {
            let under = part.site.map(|(column, width)| format!("{}{}", " ".repeat(column), "^".repeat(width)));
            [Some(part.text), under]
        });
        lines.flatten().collect()
    }

    #[test]
    fn the_underline_stays_under_its_site() {
        for (line, text, room, expected) in [
            ("#if( $a && $b )", "$a && $b", 40, vec!["#if( $a && $b )", "     ^^^^^^^^"]),
            ("\t$util.unauthorized()", "$util", 40, vec!["    $util.unauthorized()", "    ^^^^^"]),
            ("#set($s = \"\u{1b}[m\")$x", "$x", 40, vec!["#set($s = \"\\u{1b}[m\")$x", "                     ^^"]),
            (
                "#if( $first && $second && $third )",
                "$second && $third",
                20,
                vec!["#if( $first &&", "    $second &&", "    ^^^^^^^^^^", "    $third )", "    ^^^^^^"],
            ),
        ] {
            assert_eq!(drawn(line, text, room), expected, "{line}");
        }
    }

    #[test]
    fn a_string_is_broken_only_when_it_must() {
        let line = "$util.error(\"not yours\", \"Denied\")";
        assert_eq!(
            drawn(line, line, 26).into_iter().filter(|l| !l.contains('^')).collect::<Vec<_>>(),
            ["$util.error(\"not yours\",", "    \"Denied\")"]
        );
        assert_eq!(
            drawn(line, line, 20).into_iter().filter(|l| !l.contains('^')).collect::<Vec<_>>(),
            ["$util.error(\"not", "    yours\",", "    \"Denied\")"]
        );
    }

    #[test]
    fn a_one_line_template_is_cropped_around_the_site() {
        let line = format!("{} $util.unauthorized() {}", "#set($x = 1) ".repeat(200), "#end ".repeat(200));
        let lines = drawn(&line, "$util.unauthorized()", 40);
        assert!(lines.len() < 10, "{lines:#?}");
        assert!(lines.iter().any(|l| l.contains("$util.unauthorized()")), "{lines:#?}");
        assert!(lines.iter().any(|l| l.contains("^^^^^^")), "{lines:#?}");
    }
}
