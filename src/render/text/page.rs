//! The page: paragraphs, two-sided lines and tables, laid out for a width.

use super::line::{Line, Role};
use super::wrap::{longest_word, wrap};

/// Lines that one paragraph may take before the rest of it is left to `--verbose`.
const PARAGRAPH: usize = 5;
/// Columns that a table's last column needs to be worth wrapping in.
const NARROWEST_COLUMN: usize = 28;
const GAP: usize = 2;
/// Columns beyond which a right side would lose sight of its left one.
const WIDEST_SIDES: usize = 100;
/// Columns that several right sides may take to share a line.
const NARROWEST_SIDES: usize = 44;

/// One row of a table: aligned cells and a last one that may wrap.
pub(super) struct Row {
    pub(super) cells: Vec<Line>,
    pub(super) last: Line,
}

/// The page under construction.
pub(super) struct Page {
    pub(super) lines: Vec<Line>,
    pub(super) width: usize,
    pub(super) verbose: bool,
    pub(super) trace: bool,
}

impl Page {
    /// An empty page.
    pub(super) fn new(options: &crate::render::Options) -> Self {
        let width = options.width.max(crate::render::NARROWEST);
        Page { lines: Vec::new(), width, verbose: options.verbose, trace: options.trace }
    }

    /// An empty page of the same layout.
    pub(super) fn scratch(&self) -> Page {
        Page { lines: Vec::new(), ..*self }
    }

    /// Adds a line as it is.
    pub(super) fn line(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Adds an empty line, unless there is one already.
    pub(super) fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(Line::new());
        }
    }

    /// Adds an empty line and a heading.
    pub(super) fn heading(&mut self, text: &str) {
        self.blank();
        self.paragraph(Line::indent(2), Line::of(Role::Strong, text));
    }

    /// Adds a paragraph behind `lead`; later lines hang under its first word.
    pub(super) fn paragraph(&mut self, lead: Line, body: Line) {
        let column = lead.width();
        let room = self.width.saturating_sub(column);
        self.hang(lead, column, wrap(&body, room, room));
    }

    /// Adds a bulleted paragraph.
    pub(super) fn bullet(&mut self, body: Line) {
        self.paragraph(Line::indent(4).with(Role::Dim, "• "), body);
    }

    /// Adds lines that each have something at the right: in one column where that fits, else flush right, else with
    /// all the right sides below.
    pub(super) fn sides(&mut self, sides: Vec<(Line, Line)>) {
        let edge = self.width.min(WIDEST_SIDES);
        let left = sides.iter().map(|(left, _)| left.width()).max().unwrap_or(0);
        let right = sides.iter().map(|(_, right)| right.width()).max().unwrap_or(0);
        if left + GAP + right <= self.width {
            let column = edge.saturating_sub(right).max(left + GAP);
            for (left, right) in sides {
                self.line(if right.is_empty() { left } else { left.pad_to(column).join(right) });
            }
        } else if sides.iter().all(|(left, right)| left.width() + GAP + right.width() <= edge) {
            for (left, right) in sides {
                let column = edge - right.width();
                self.line(if right.is_empty() { left } else { left.pad_to(column).join(right) });
            }
        } else {
            let (left, mut right): (Vec<Line>, Vec<Line>) = sides.into_iter().unzip();
            right.retain(|line| !line.is_empty());
            if right.iter().map(|line| line.width() + 3).sum::<usize>() <= NARROWEST_SIDES {
                let joined = right.into_iter().reduce(|left, right| left.with(Role::Dim, " · ").join(right));
                right = joined.into_iter().collect();
            }
            for line in left.into_iter().chain(right.into_iter().map(|line| Line::indent(2).join(line))) {
                self.indented(line);
            }
        }
    }

    /// Adds a paragraph that hangs under its own indent.
    pub(super) fn indented(&mut self, line: Line) {
        let indent = line.indentation().max(2);
        self.hanging(line, indent);
    }

    /// Adds a paragraph whose later lines start at `column`.
    fn hanging(&mut self, line: Line, column: usize) {
        // `wrap` drops the spaces a line starts with.
        let indent = line.indentation();
        if line.width() > indent {
            let (first, rest) = (self.width.saturating_sub(indent), self.width.saturating_sub(column));
            for (at, part) in wrap(&line, first, rest).into_iter().enumerate() {
                self.line(Line::indent(if at == 0 { indent } else { column }).join(part));
            }
        }
    }

    /// Adds rows in aligned columns; a last cell that does not fit goes below its row, indented to `below`, and where
    /// not even the cells fit beside each other they follow one another.
    pub(super) fn table(&mut self, indent: usize, below: usize, rows: Vec<Row>) {
        let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|at| rows.iter().filter_map(|row| row.cells.get(at)).map(Line::width).max().unwrap_or(0))
            .collect();
        let start = indent + widths.iter().map(|width| width + GAP).sum::<usize>();
        let room = self.width.saturating_sub(start);
        let cells_fit = start.saturating_sub(GAP) <= self.width;
        for row in rows {
            let beside = row.last.width() <= room
                || (room >= NARROWEST_COLUMN && longest_word(&row.last, room) <= room && cells_fit);
            let mut line = Line::indent(indent);
            let mut column = indent;
            for (cell, width) in row.cells.into_iter().zip(&widths) {
                if !cells_fit && line.width() > indent && column + cell.width() > self.width {
                    self.hanging(std::mem::take(&mut line), below);
                    line = Line::indent(below);
                    column = below;
                }
                column += GAP + if cells_fit { *width } else { cell.width() };
                line = line.join(cell).pad_to(column);
            }
            if beside && cells_fit {
                self.paragraph(line, row.last);
            } else {
                self.hanging(line, below);
                if !row.last.is_empty() {
                    self.paragraph(Line::indent(below), row.last);
                }
            }
        }
    }

    fn hang(&mut self, lead: Line, column: usize, body: Vec<Line>) {
        let mut lead = Some(lead);
        let folded = !self.verbose && body.len() > PARAGRAPH;
        let shown = if folded { PARAGRAPH - 1 } else { body.len() };
        for line in body.into_iter().take(shown) {
            let start = lead.take().unwrap_or_else(|| Line::indent(column));
            self.lines.push(start.join(line));
        }
        if folded {
            self.lines.push(Line::indent(column).with(Role::Dim, "… more: --verbose"));
        }
    }
}
