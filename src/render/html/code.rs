//! A template as lines: what ran, what did not, what was evaluated to what, and what is to be said under a line.

use serde::Serialize;

use super::view::{Class, class_of};
use crate::render::text::words::{self, count};
use crate::render::text::{says, value};
use crate::report::{
    Condition, FieldReport, Site, SpanKind, SpanState, TemplateTrace, TextSpan, TraceEnd, TracedValue, ValueKind,
};

/// Lines that did nothing are folded where so many of them follow each other.
const FOLD: usize = 6;
/// Templates of fewer lines are shown whole.
const SHORT: usize = 24;
/// Spaces of a tab.
const TAB: usize = 4;

/// A template on the page.
#[derive(Debug, Serialize)]
pub(super) struct Template {
    pub id: String,
    pub name: String,
    pub part: &'static str,
    /// `ran to its end`, `denied at line 45` …
    pub ended: String,
    pub class: Class,
    pub mark: &'static str,
    /// Whether it is of interest: the decision fell in it, or a condition of the answer is in it.
    pub open: bool,
    pub statements: String,
    pub blocks: Vec<Block>,
}

/// Lines that belong together: shown, or folded with a summary.
#[derive(Debug, Serialize)]
pub(super) struct Block {
    pub folded: Option<String>,
    pub lines: Vec<Line>,
}

/// A line.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub number: usize,
    /// Spaces it starts with.
    pub indent: usize,
    /// `ran`, `not`, `here` (the decision), or nothing for comments and space.
    pub state: &'static str,
    pub mark: &'static str,
    pub segments: Vec<Segment>,
    /// What the conditions and loops that end on it came to.
    pub chips: Vec<Chip>,
    pub notes: Vec<Note>,
    #[serde(skip)]
    quiet: bool,
}

/// A stretch of a line.
#[derive(Debug, Serialize)]
pub(super) struct Segment {
    pub text: String,
    pub not_run: bool,
    pub site: bool,
    pub tip: Option<Tip>,
}

/// What was evaluated to what.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Tip {
    /// Of the first stretch of what it is about, which can be focused.
    pub id: Option<String>,
    pub text: String,
    pub verb: &'static str,
    pub values: Vec<TipValue>,
    pub more: u32,
}

/// A value in a tip.
#[derive(Debug, Clone, Serialize)]
pub(super) struct TipValue {
    pub value: String,
    pub from: Option<String>,
    pub times: u32,
}

/// What a condition or loop came to, at the end of its line.
#[derive(Debug, Serialize)]
pub(super) struct Chip {
    pub text: String,
    pub class: Class,
}

/// A sentence under a line.
#[derive(Debug, Serialize)]
pub(super) struct Note {
    pub column: usize,
    pub strong: String,
    pub text: String,
    pub class: Class,
}

/// The anchor of a line.
pub(super) fn anchor(template: &str, line: u32) -> String {
    format!("{template}L{line}")
}

/// A template of a field.
pub(super) fn template(field: &FieldReport, trace: &TemplateTrace, id: String) -> Template {
    let mut canvas = Canvas::new(&trace.source);
    for span in &trace.spans {
        canvas.paint(span.at, |cell| cell.ran = Some(span.state == SpanState::Taken));
    }
    for (index, value) in trace.values.iter().enumerate() {
        canvas.paint(value.at, |cell| cell.value = Some(index));
    }
    let site = field.site.as_ref().filter(|site| site.template == trace.template && is_of(field, trace));
    if let Some(site) = site {
        canvas.paint(span_of(site), |cell| cell.site = true);
    }
    let mut seen = vec![false; trace.values.len()];
    let lines: Vec<Line> = canvas
        .lines
        .iter()
        .enumerate()
        .map(|(at, cells)| {
            let number = at + 1;
            let here = site.is_some_and(|site| is_line(site.line, number));
            let notes = notes(field, trace, number, here);
            let (state, mark) = match (here, state(cells)) {
                (true, _) => ("here", words::mark_text(field.decision)),
                (_, Some(true)) => ("ran", ""),
                (_, Some(false)) => ("not", "–"),
                (_, None) => ("", ""),
            };
            Line {
                number,
                indent: indent(cells.iter().map(|cell| cell.character)),
                state,
                mark,
                segments: segments(cells, trace, &id, &mut seen),
                chips: chips(trace, number),
                quiet: notes.is_empty() && matches!(state, "not" | ""),
                notes,
            }
        })
        .collect();
    let told = site.is_some() || lines.iter().any(|line| !line.notes.is_empty());
    let statements = trace.spans.iter().filter(|span| span.kind == SpanKind::Statement);
    let (ran, all) = (statements.clone().filter(|span| span.state == SpanState::Taken).count(), statements.count());
    let (ended, class, mark) = ended(field, trace, site);
    Template {
        id,
        name: trace.template.clone(),
        part: trace.part,
        ended,
        class,
        mark,
        open: told,
        statements: format!("{ran} of {all} statements ran"),
        blocks: blocks(lines),
    }
}

/// Several templates of the same name can have run: the decision fell in the one that ended so.
fn is_of(field: &FieldReport, trace: &TemplateTrace) -> bool {
    let same = field.trace.iter().rev().find(|other| other.template == trace.template && other.part == trace.part);
    same.is_none_or(|last| std::ptr::eq(last, trace))
}

fn ended(field: &FieldReport, trace: &TemplateTrace, site: Option<&Site>) -> (String, Class, &'static str) {
    match (site, trace.outcome) {
        (Some(site), TraceEnd::Failed) => {
            let here = words::here(field.decision).trim_end_matches(" here").to_owned();
            (format!("{here} at line {}", site.line), class_of(field.decision), words::mark_text(field.decision))
        }
        (_, TraceEnd::Failed) => ("failed".to_owned(), Class::Unsure, "!"),
        (_, TraceEnd::Returned) => ("returned early".to_owned(), Class::Good, "✓"),
        (_, TraceEnd::Finished) => ("ran to its end".to_owned(), Class::Good, "✓"),
    }
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    character: char,
    ran: Option<bool>,
    value: Option<usize>,
    site: bool,
}

struct Canvas {
    lines: Vec<Vec<Cell>>,
}

impl Canvas {
    fn new(source: &str) -> Canvas {
        let cell = |character| Cell { character, ran: None, value: None, site: false };
        let mut lines: Vec<Vec<Cell>> = source
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line).chars().map(cell).collect())
            .collect();
        if lines.len() > 1 && lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        Canvas { lines }
    }

    fn paint(&mut self, at: TextSpan, mut paint: impl FnMut(&mut Cell)) {
        let (first, last) = (at.line as usize, at.end_line as usize);
        for (index, line) in self.lines.iter_mut().enumerate().take(last).skip(first.saturating_sub(1)) {
            let number = index + 1;
            let start = if number == first { (at.column as usize).saturating_sub(1) } else { 0 };
            let end = if number == last { (at.end_column as usize).saturating_sub(1) } else { line.len() };
            line.iter_mut().take(end).skip(start).for_each(&mut paint);
        }
    }
}

/// Whether anything on a line ran; none where nothing could.
fn state(cells: &[Cell]) -> Option<bool> {
    let told = cells.iter().filter(|cell| !cell.character.is_whitespace()).filter_map(|cell| cell.ran);
    told.reduce(|one, other| one || other)
}

fn segments(cells: &[Cell], trace: &TemplateTrace, id: &str, seen: &mut [bool]) -> Vec<Segment> {
    let mut found: Vec<Segment> = Vec::new();
    let mixed = state(cells) == Some(true);
    for part in cells.chunk_by(|a, b| (a.ran, a.value, a.site) == (b.ran, b.value, b.site)) {
        let Some(first) = part.first() else { continue };
        let text: String = part
            .iter()
            .map(|cell| if cell.character == '\t' { " ".repeat(TAB) } else { cell.character.to_string() })
            .collect();
        let tip = first.value.and_then(|index| {
            let known = std::mem::replace(seen.get_mut(index)?, true);
            Some(tip(trace.values.get(index)?, (!known).then(|| format!("{id}v{index}"))))
        });
        let not_run = mixed && first.ran == Some(false) && !text.trim().is_empty();
        found.push(Segment { text, not_run, site: first.site, tip });
    }
    found
}

fn tip(traced: &TracedValue, id: Option<String>) -> Tip {
    let verb = match traced.kind {
        ValueKind::Assignment => "becomes",
        ValueKind::Condition | ValueKind::Reference => "is",
    };
    let values = traced.values.iter().map(|seen| {
        let shown = value(&seen.value, false);
        TipValue {
            value: if seen.kept { "null on the right, so it keeps what it had".to_owned() } else { shown },
            from: seen.from.clone(),
            times: seen.times,
        }
    });
    let mut text = traced.text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > 120 {
        text = text.chars().take(119).chain(['…']).collect();
    }
    Tip { id, text, verb, values: values.collect(), more: traced.more }
}

/// Conditions that end on a line, but not their parts; and loops that begin there.
fn chips(trace: &TemplateTrace, number: usize) -> Vec<Chip> {
    let conditions: Vec<&TracedValue> =
        trace.values.iter().filter(|value| value.kind == ValueKind::Condition).collect();
    let mut chips = Vec::new();
    for condition in conditions.iter().filter(|condition| is_line(condition.at.end_line, number)) {
        if conditions.iter().any(|other| holds(other.at, condition.at)) {
            continue;
        }
        let times = |wanted: bool| {
            let seen = condition.values.iter().find(|seen| seen.value == serde_json::Value::Bool(wanted));
            seen.map_or(0, |seen| seen.times)
        };
        for (wanted, name, class) in [(true, "true", Class::Good), (false, "false", Class::Muted)] {
            let text = match times(wanted) {
                0 => continue,
                1 => name.to_owned(),
                times => format!("{name} ×{times}"),
            };
            chips.push(Chip { text, class });
        }
    }
    // A loop that was never reached made no turn to speak of.
    for pair in trace.spans.windows(2) {
        let [head, body] = pair else { continue };
        let entered = head.kind == SpanKind::Statement && head.state == SpanState::Taken;
        if body.kind == SpanKind::Loop && entered && is_line(head.at.line, number) {
            let turns = usize::try_from(body.times).unwrap_or(usize::MAX);
            let text = if turns == 0 { "no turn".to_owned() } else { count(turns, "turn", "turns") };
            chips.push(Chip { text, class: Class::Muted });
        }
    }
    chips
}

fn holds(outer: TextSpan, inner: TextSpan) -> bool {
    outer != inner
        && (outer.line, outer.column) <= (inner.line, inner.column)
        && (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
}

/// What the answer says of a line: its conditions, and that the decision fell here.
fn notes(field: &FieldReport, trace: &TemplateTrace, number: usize, here: bool) -> Vec<Note> {
    let blocked = field.rules.iter().filter_map(|rule| rule.blocked_by.as_ref());
    let mut found: Vec<Note> = Vec::new();
    for condition in field.because.iter().chain(blocked) {
        if condition.site.template != trace.template || !is_line(condition.site.line, number) {
            continue;
        }
        let note = note(condition);
        if !found.iter().any(|known| known.text == note.text && known.strong == note.strong) {
            found.push(note);
        }
    }
    if here {
        let column = field.site.as_ref().map_or(0, |site| indent(site.source_line.chars()));
        let (strong, text) = (words::here(field.decision).to_owned(), String::new());
        found.push(Note { column, strong, text, class: class_of(field.decision) });
    }
    found
}

fn note(condition: &Condition) -> Note {
    let whole = says(condition, false).text();
    let (strong, text) = match whole.split_once(": ") {
        Some((strong, text)) => (strong.to_owned(), text.to_owned()),
        None => (whole, String::new()),
    };
    let class = if strong == "true" { Class::Good } else { Class::Muted };
    Note { column: indent(condition.site.source_line.chars()), strong, text, class }
}

/// Columns of the space in front; no more than leaves room for what follows.
fn indent(characters: impl Iterator<Item = char>) -> usize {
    let space = characters.take_while(|c| c.is_whitespace());
    space.map(|c| if c == '\t' { TAB } else { 1 }).sum::<usize>().min(24)
}

fn is_line(line: u32, number: usize) -> bool {
    usize::try_from(line) == Ok(number)
}

fn span_of(site: &Site) -> TextSpan {
    TextSpan { line: site.line, column: site.column, end_line: site.end_line, end_column: site.end_column }
}

/// Long templates with the stretches folded in which nothing ran.
fn blocks(lines: Vec<Line>) -> Vec<Block> {
    if lines.len() <= SHORT {
        return vec![Block { folded: None, lines }];
    }
    let mut runs: Vec<(bool, Vec<Line>)> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some((quiet, run)) if *quiet == line.quiet => run.push(line),
            _ => runs.push((line.quiet, vec![line])),
        }
    }
    let mut blocks: Vec<Block> = Vec::new();
    for (quiet, run) in runs {
        let folds = quiet && run.len() >= FOLD;
        match (folds, blocks.last_mut()) {
            (false, Some(Block { folded: None, lines })) => lines.extend(run),
            (false, _) => blocks.push(Block { folded: None, lines: run }),
            (true, _) => {
                let (first, last) = (run.first().map_or(0, |l| l.number), run.last().map_or(0, |l| l.number));
                let what = if run.iter().any(|line| line.state == "not") { "not run" } else { "nothing to run" };
                blocks.push(Block { folded: Some(format!("lines {first}–{last}: {what}")), lines: run });
            }
        }
    }
    blocks
}
