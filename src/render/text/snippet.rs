//! The evidence: the template lines whose conditions decided, each with its values, and the statement that denied.

use super::code::Code;
use super::line::{Line, Role};
use super::page::Page;
use super::value::value;
use super::words;
use super::wrap::{longest_word, wrap};
use crate::report::{Condition, Decision, FieldReport, Operand, Rule, Site};

/// Lines that all snippets may take together before some are left to `--verbose`.
const SCREEN: usize = 14;
/// Conditions shown under one source line before the rest is left to `--verbose`.
const PER_LINE: usize = 4;
/// Lines that one condition may take.
const PER_NOTE: usize = 4;

/// A source line and what is to be said under it.
struct Entry<'a> {
    site: &'a Site,
    notes: Vec<&'a Condition>,
    stop: bool,
    /// 0 is shown first when not all fit.
    rank: usize,
}

impl Entry<'_> {
    /// Lines it takes on a page wide enough.
    fn lines(&self) -> usize {
        1 + self.notes.len().min(PER_LINE) + usize::from(self.stop)
    }
}

/// Adds a field's snippets, one block a template; the statement that denied comes last.
pub(super) fn snippets(page: &mut Page, field: &FieldReport, rules: &[&Rule]) {
    let entries = collect(field, rules);
    let digits = entries.iter().map(|entry| entry.site.line.to_string().len()).max().unwrap_or(2).max(2);
    let gutter = Gutter { width: digits + 3 };
    let drawn: Vec<Vec<Line>> = entries
        .iter()
        .map(|entry| {
            let block = entries.iter().filter(|other| other.site.template == entry.site.template);
            let outdent = block.map(|other| Code::of(other.site).indent()).min().unwrap_or(0);
            draw(page, &gutter, entry, outdent, field)
        })
        .collect();
    let shown = choose(&entries, &drawn, page.verbose || page.trace);
    let hidden = shown.iter().filter(|shown| !**shown).count();
    let mut template = None;
    for ((entry, lines), _) in entries.iter().zip(drawn).zip(shown).filter(|(_, shown)| *shown) {
        if template != Some(&entry.site.template) {
            page.blank();
            page.indented(Line::indent(2).with(Role::Strong, &entry.site.template));
            template = Some(&entry.site.template);
        }
        page.lines.extend(lines);
    }
    if hidden > 0 {
        let more = words::count(hidden, "more condition", "more conditions");
        page.line(Line::indent(gutter.columns()).with(Role::Dim, format!("… {more}: --verbose")));
    }
}

/// The lines to show, in the order to show them: templates as they ran, lines as they stand, the stop last.
fn collect<'a>(field: &'a FieldReport, rules: &[&'a Rule]) -> Vec<Entry<'a>> {
    let because = field.because.iter().rev().enumerate().map(|(at, condition)| (2 * at + 1, condition));
    let blocked = rules.iter().filter_map(|rule| rule.blocked_by.as_ref());
    let blocked = blocked.enumerate().map(|(at, condition)| (2 * at + 2, condition));
    let mut entries: Vec<Entry<'a>> = Vec::new();
    if let Some(site) = &field.site {
        entries.push(Entry { site, notes: Vec::new(), stop: true, rank: 0 });
    }
    for (rank, condition) in because.chain(blocked) {
        let site = &condition.site;
        let same = |entry: &&mut Entry<'a>| entry.site.template == site.template && entry.site.line == site.line;
        match entries.iter_mut().find(same) {
            Some(entry) => {
                entry.rank = entry.rank.min(rank);
                if !entry.notes.iter().any(|note| says_the_same(note, condition)) {
                    entry.notes.push(condition);
                }
            }
            None => entries.push(Entry { site, notes: vec![condition], stop: false, rank }),
        }
    }
    let mut templates: Vec<&str> = field.because.iter().map(|condition| condition.site.template.as_str()).collect();
    templates.extend(rules.iter().filter_map(|rule| rule.blocked_by.as_ref()).map(|c| c.site.template.as_str()));
    let last = field.site.as_ref().map(|site| site.template.as_str());
    entries.sort_by_key(|entry| {
        let template = templates.iter().position(|template| *template == entry.site.template);
        (Some(entry.site.template.as_str()) == last, template, entry.stop, entry.site.line)
    });
    entries
}

fn says_the_same(one: &Condition, other: &Condition) -> bool {
    one.site == other.site && one.value == other.value && one.words == other.words && one.operands == other.operands
}

/// Which entries to show: all where they are few, else by rank as long as their drawn lines fit; the stop always.
fn choose(entries: &[Entry<'_>], drawn: &[Vec<Line>], all: bool) -> Vec<bool> {
    let unwrapped: usize = entries.iter().map(Entry::lines).sum();
    let all = all || unwrapped <= SCREEN;
    let mut shown = vec![all; entries.len()];
    let mut order: Vec<(usize, usize, usize)> =
        entries.iter().zip(drawn).enumerate().map(|(at, (entry, lines))| (entry.rank, at, lines.len())).collect();
    order.sort_unstable();
    let mut room = SCREEN;
    for (rank, at, lines) in order {
        if rank > 0 && lines > room {
            break;
        }
        room = room.saturating_sub(lines);
        if let Some(shown) = shown.get_mut(at) {
            *shown = true;
        }
    }
    shown
}

/// The column of line numbers.
struct Gutter {
    width: usize,
}

impl Gutter {
    fn of(&self, number: Option<u32>) -> Line {
        let number = number.filter(|line| *line > 0).map(|line| line.to_string()).unwrap_or_default();
        Line::of(Role::Dim, format!("{number:>width$} │ ", width = self.width))
    }

    fn columns(&self) -> usize {
        self.width + 3
    }
}

fn draw(page: &Page, gutter: &Gutter, entry: &Entry<'_>, outdent: usize, field: &FieldReport) -> Vec<Line> {
    let room = page.width.saturating_sub(gutter.columns());
    let code = Code::of(entry.site).outdented(outdent);
    let code = if page.verbose { code } else { code.cropped(room) };
    let mut lines = Vec::new();
    let role = if field.decision == Decision::Allowed { Role::Good } else { Role::Bad };
    let parts = code.parts(room);
    let last_of_site = parts.iter().rposition(|part| part.site.is_some());
    for (at, part) in parts.iter().enumerate() {
        lines.push(gutter.of((at == 0).then_some(entry.site.line)).then(&part.text));
        let Some((column, width)) = part.site.filter(|_| entry.stop) else { continue };
        // On a word that stands out of the page the underline ends with the page.
        let column = column.min(room.saturating_sub(1));
        let width = width.min(room.saturating_sub(column));
        let carets = gutter.of(None).then(" ".repeat(column)).with(role, "^".repeat(width));
        let here = words::here(field.decision);
        if last_of_site != Some(at) {
            lines.push(carets);
        } else if column + width + 1 + here.len() <= room {
            lines.push(carets.with(role, format!(" {here}")));
        } else {
            lines.push(carets);
            let column = column.min(room.saturating_sub(here.len()));
            lines.push(gutter.of(None).then(" ".repeat(column)).with(role, here));
        }
    }
    let fold = !page.verbose && entry.notes.len() > PER_LINE;
    let shown = if fold { PER_LINE - 1 } else { entry.notes.len() };
    for condition in entry.notes.iter().take(shown) {
        let column = Code::of(&condition.site).outdented(outdent).start();
        note(page, gutter, condition, if code.parts(room).len() > 1 { HANG } else { column }, &mut lines);
    }
    if fold {
        let more = format!("… {} more of this line: --verbose", entry.notes.len() - shown);
        lines.push(gutter.of(None).then(" ".repeat(HANG)).with(Role::Dim, more));
    }
    lines
}

/// Column of what is said under a source line that had to be broken.
const HANG: usize = 4;

/// `└─ false: claim cognito:groups is ["Editors"], the role is "Admin"`
fn note(page: &Page, gutter: &Gutter, condition: &Condition, column: usize, lines: &mut Vec<Line>) {
    const CORNER: &str = "└─ ";
    let room = page.width.saturating_sub(gutter.columns() + 3);
    let body = says(condition, page.verbose);
    let operands: Vec<Line> = match page.trace {
        true => condition.operands.iter().map(|operand| in_full(operand, &condition.site)).collect(),
        false => Vec::new(),
    };
    let longest = operands.iter().chain([&body]).map(|line| longest_word(line, room)).max().unwrap_or(0);
    let column = column.min(room / 3).min(room.saturating_sub(longest));
    let room = room - column;
    for (index, paragraph) in [body].into_iter().chain(operands).enumerate() {
        let mut wrapped = wrap(&paragraph, room, room);
        if !page.verbose && wrapped.len() > PER_NOTE {
            wrapped.truncate(PER_NOTE - 1);
            wrapped.push(Line::of(Role::Dim, "… more: --verbose"));
        }
        for (at, text) in wrapped.into_iter().enumerate() {
            let lead = if index == 0 && at == 0 { CORNER } else { "   " };
            lines.push(gutter.of(None).then(" ".repeat(column)).with(Role::Dim, lead).join(text));
        }
    }
}

/// The condition's value, then its words; without words what it was made of.
pub(in crate::render) fn says(condition: &Condition, whole: bool) -> Line {
    let line = Line::of(Role::Strong, value(&condition.value, whole));
    if let Some(words) = &condition.words {
        return line.then(": ").then(words);
    }
    match operands(condition, whole) {
        operands if operands.is_empty() => line,
        operands => line.then(": ").join(operands),
    }
}

/// `$groupsInToken = ["Editors"] (claim cognito:groups), …`
pub(super) fn operands(condition: &Condition, whole: bool) -> Line {
    let mut line = Line::new();
    for (at, operand) in condition.operands.iter().enumerate() {
        line = line.then(if at == 0 { "" } else { ", " }).join(equals(operand, whole));
        if let Some(from) = &operand.from {
            line = line.with(Role::Dim, format!(" ({from})"));
        }
    }
    line
}

fn equals(operand: &Operand, whole: bool) -> Line {
    Line::plain(&operand.text).then(" = ").then(value(&operand.value, whole))
}

/// An operand with its origin and its last writer.
fn in_full(operand: &Operand, site: &Site) -> Line {
    let set = operand.set_at.as_ref().map(|set| {
        if set.template == site.template {
            format!("set at line {}", set.line)
        } else {
            format!("set at {}", place(set))
        }
    });
    let origin: Vec<String> = operand.from.iter().cloned().chain(set).collect();
    let line = equals(operand, true);
    if origin.is_empty() { line } else { line.with(Role::Dim, format!(" ({})", origin.join(", "))) }
}

/// `resolvers/Post.owner.req.vtl:24`
pub(in crate::render) fn place(site: &Site) -> String {
    if site.line == 0 { site.template.clone() } else { format!("{}:{}", site.template, site.line) }
}
