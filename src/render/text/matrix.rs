//! Who may do what as a table: callers across, what they ask down, one mark a cell.

use super::line::{Line, Role};
use super::page::{Page, Row as TableRow};
use super::{style, words};
use crate::render::Options;
use crate::report::Decision;
use crate::suite::{Caller, Cell, Matrix, Row, Sheet};

/// Columns that a row's name needs beside its cells.
const NARROWEST_NAME: usize = 28;
/// Missing facts that are named before the rest is left to `--verbose`.
const FACTS: usize = 4;

/// A matrix as text, each line with a line end.
pub fn matrix(matrix: &Matrix, options: &Options) -> String {
    let mut page = Page::new(options);
    for one in &matrix.sheets {
        page.blank();
        sheet(&mut page, one);
    }
    page.blank();
    page.indented(legend(matrix));
    style::print(&page.lines, options.colour)
}

fn sheet(page: &mut Page, sheet: &Sheet) {
    let size = format!(
        "   {} × {}",
        words::count(sheet.rows.len(), "request", "requests"),
        words::count(sheet.identities.len(), "caller", "callers")
    );
    page.indented(Line::of(Role::Strong, &sheet.suite).with(Role::Dim, size));
    let (stories, plain): (Vec<&Row>, Vec<&Row>) = sheet.rows.iter().partition(|row| row.step.is_some());
    let asked = |caller: &&Caller| plain.iter().any(|row| row.cell(&caller.name).is_some());
    let callers: Vec<&Caller> = sheet.identities.iter().filter(asked).collect();
    if !plain.is_empty() {
        let names: usize = callers.iter().map(|caller| caller.name.chars().count() + 2).sum();
        let named = 2 + names + NARROWEST_NAME <= page.width;
        let heads: Vec<String> = match named {
            true => callers.iter().map(|caller| caller.name.clone()).collect(),
            false => (0..callers.len()).map(letters).collect(),
        };
        page.blank();
        key(page, &callers, (!named).then_some(&heads));
        // Where not even letters fit beside each other, the callers come in groups.
        let wide = heads.iter().map(|head| head.chars().count()).max().unwrap_or(1) + 2;
        let at_once = if named { callers.len() } else { (page.width.saturating_sub(2 + NARROWEST_NAME) / wide).max(1) };
        for (callers, heads) in callers.chunks(at_once.max(1)).zip(heads.chunks(at_once.max(1))) {
            page.blank();
            table(page, &plain, callers, heads);
        }
    }
    if !stories.is_empty() {
        page.blank();
    }
    for steps in stories.chunk_by(|one, next| one.test == next.test && one.step < next.step) {
        story(page, steps);
    }
    facts(page, sheet);
}

/// Who the callers are, each on a line.
fn key(page: &mut Page, callers: &[&Caller], letters: Option<&Vec<String>>) {
    let rows = callers.iter().enumerate().map(|(at, caller)| {
        let letter = letters.and_then(|letters| letters.get(at));
        let cells = letter.into_iter().map(|letter| Line::of(Role::Strong, letter));
        TableRow { cells: cells.chain([Line::plain(&caller.name)]).collect(), last: Line::of(Role::Dim, &caller.words) }
    });
    page.table(2, 6, rows.collect());
}

fn table(page: &mut Page, rows: &[&Row], callers: &[&Caller], heads: &[String]) {
    let head = TableRow { cells: heads.iter().map(|head| Line::of(Role::Strong, head)).collect(), last: Line::new() };
    let folds = !page.verbose;
    let rows = rows.chunk_by(|one, next| folds && one.folds_with(next)).filter_map(|alike| {
        let row = alike.first()?;
        let cells = callers.iter().map(|caller| row.cell(&caller.name).map_or_else(nobody, mark));
        let names = alike.iter().skip(1).filter_map(|row| row.test.split_once('.'));
        let more: String = names.map(|(_, name)| format!(", {name}")).collect();
        Some(TableRow { cells: cells.collect(), last: label(row).then(more) })
    });
    page.table(2, 4, std::iter::once(head).chain(rows).collect());
}

/// A row's name, and what is asked for where that does not say it.
fn label(row: &Row) -> Line {
    let fields: Vec<&str> = row.fields.iter().map(String::as_str).filter(|field| !row.test.contains(field)).collect();
    let fields = if fields.is_empty() { String::new() } else { format!("  {}", fields.join(", ")) };
    Line::plain(&row.test).with(Role::Dim, fields)
}

fn story(page: &mut Page, steps: &[&Row]) {
    let name = steps.first().map_or("", |row| row.test.as_str());
    let steps =
        steps.iter().flat_map(|row| &row.cells).map(|cell| Line::plain(&cell.identity).then(" ").join(mark(cell)));
    let steps = steps.reduce(|before, step| before.with(Role::Dim, " → ").join(step)).unwrap_or_default();
    page.paragraph(Line::indent(2), Line::plain(name).with(Role::Dim, ": ").join(steps));
}

/// The facts that undecided cells lack.
fn facts(page: &mut Page, sheet: &Sheet) {
    let mut facts: Vec<(&str, &str)> = Vec::new();
    let undecided = |cell: &&Cell| cell.decision == Decision::Undecided;
    for missing in sheet.rows.iter().flat_map(|row| &row.cells).filter(undecided).flat_map(|cell| &cell.missing) {
        if !facts.iter().any(|(fact, _)| *fact == missing.fact) {
            facts.push((&missing.fact, &missing.why));
        }
    }
    if facts.is_empty() {
        return;
    }
    page.blank();
    let shown = if page.verbose || facts.len() <= FACTS { facts.len() } else { FACTS };
    for (fact, why) in facts.iter().take(shown) {
        page.paragraph(Line::indent(2).with(Role::Unsure, "? "), Line::plain(format!("needs {fact}: {why}")));
    }
    if shown < facts.len() {
        let more = words::count(facts.len() - shown, "more fact", "more facts");
        page.line(Line::indent(4).with(Role::Dim, format!("{more}: --verbose")));
    }
}

fn nobody() -> Line {
    Line::of(Role::Dim, "·")
}

fn mark(cell: &Cell) -> Line {
    words::mark(cell.decision)
}

/// What the marks stand for, and how many there are of each.
fn legend(matrix: &Matrix) -> Line {
    let counts = matrix.counts().into_iter().filter(|(_, n)| *n > 0);
    let parts = counts.map(|(decision, n)| words::mark(decision).then(format!(" {n} {}", words::decided(decision))));
    let rows = || matrix.sheets.iter().flat_map(|sheet| sheet.rows.iter().map(move |row| (sheet, row)));
    let gaps = rows().any(|(sheet, row)| row.step.is_none() && row.cells.len() < sheet.identities.len());
    let gaps = gaps.then(|| nobody().then(" not asked"));
    parts.chain(gaps).reduce(|before, part| before.then("   ").join(part)).unwrap_or_default()
}

/// `A`, `B` … `Z`, `AA`.
fn letters(at: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    match at / 26 {
        0 => letter(at).to_string(),
        more => format!("{}{}", letter(more - 1), letter(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_like_a_sheet_s() {
        assert_eq!([0, 25, 26, 51, 52].map(letters), ["A", "Z", "AA", "AZ", "BA"]);
    }
}
