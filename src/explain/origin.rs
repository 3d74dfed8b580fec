//! Where a value came from: a claim, an argument, a record, the stash, a literal; found by walking back from an
//! expression through the assignments that ran.

use super::run::{Moment, Run};
use super::variable::{self, Variable, Write};
use crate::compile::program::{ExpressionId, ExpressionKind, ReferenceId, Slot, StatementKind, StepKind};
use crate::eval::Event;
use crate::report::Site;
use crate::source_file::Span;
use crate::value::{Value, java};

/// How far back a value is followed.
const MAX_HOPS: u32 = 24;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A claim of the token.
    Claim(String),
    /// Another part of `$ctx.identity`.
    Identity(String),
    /// `$util.authType()`
    Mode,
    /// A field argument, by its path.
    Argument(String),
    /// An attribute of what a table held; empty for the whole record.
    Record(String),
    /// A part of what another data source answered.
    Result(String),
    /// A part of the parent object.
    Source(String),
    /// A request header.
    Header(String),
    /// An entry of the stash that no template of this execution wrote.
    Stash(String),
    /// Written in a template.
    Literal(Site),
    /// Made of several values.
    Several(Vec<Origin>),
    /// A default taken because this is absent.
    Absent(Box<Origin>),
    /// Computed by this call.
    Computed(String),
    /// Nothing set it.
    Unset(String),
}

impl Origin {
    /// In words: `claim cognito:groups`, `record owner`, `literal at 22:31`.
    pub fn words(&self) -> String {
        match self {
            Origin::Claim(name) => format!("claim {name}"),
            Origin::Identity(path) => named("identity", path),
            Origin::Mode => "authorization mode".to_owned(),
            Origin::Argument(path) => named("argument", path),
            Origin::Record(path) => named("record", path),
            Origin::Result(path) => named("result", path),
            Origin::Source(path) => named("parent", path),
            Origin::Header(name) => format!("header {name}"),
            Origin::Stash(key) => format!("stash {key}"),
            Origin::Literal(site) => format!("literal at {}:{}", site.line, site.column),
            Origin::Several(parts) => {
                let claims: Option<Vec<&str>> = parts
                    .iter()
                    .map(|part| match part {
                        Origin::Claim(name) => Some(name.as_str()),
                        _ => None,
                    })
                    .collect();
                match claims {
                    Some(claims) => format!("claims {}", claims.join(", ")),
                    None => parts.iter().map(Origin::words).collect::<Vec<_>>().join(", "),
                }
            }
            Origin::Absent(what) => format!("{} is absent", what.words()),
            Origin::Computed(text) => text.clone(),
            Origin::Unset(name) => format!("nothing set {name}"),
        }
    }

    /// The claims in it, present or absent.
    pub fn claims(&self) -> Vec<&str> {
        match self {
            Origin::Claim(name) => vec![name],
            Origin::Several(parts) => parts.iter().flat_map(Origin::claims).collect(),
            Origin::Absent(what) => what.claims(),
            _ => Vec::new(),
        }
    }

    /// Whether any part satisfies a test.
    pub fn any(&self, test: &dyn Fn(&Origin) -> bool) -> bool {
        match self {
            Origin::Several(parts) => parts.iter().any(|part| part.any(test)),
            Origin::Absent(what) => test(self) || what.any(test),
            other => test(other),
        }
    }
}

fn named(what: &str, path: &str) -> String {
    if path.is_empty() { what.to_owned() } else { format!("{what} {path}") }
}

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Name(String),
    Element(usize),
}

/// Follows values back through the templates of one execution.
pub struct Origins<'r> {
    runs: &'r [Run],
}

impl<'r> Origins<'r> {
    /// Over the templates of one execution.
    pub fn new(runs: &'r [Run]) -> Self {
        Origins { runs }
    }

    /// The run that knows the table which a record came from, of a run that read the record: itself, else the last
    /// before it that a table answered (the record was kept in the stash).
    pub fn answered_by_table<'a>(&self, run: &'a Run) -> &'a Run
    where
        'r: 'a,
    {
        let at = self.runs.iter().position(|known| std::ptr::eq(known, run)).unwrap_or(0);
        let before = self.runs.get(..=at).unwrap_or_default();
        before.iter().rev().find(|run| run.from_table.is_some()).unwrap_or(run)
    }

    /// Where the value of an expression at a moment came from.
    pub fn of(&self, expression: ExpressionId, at: Moment) -> Origin {
        self.resolve(expression, at, Vec::new(), 0)
    }

    /// Where the value of the first `steps` steps of a reference came from.
    pub fn of_prefix(&self, reference: ReferenceId, steps: usize, at: Moment) -> Origin {
        self.reference(reference, Some(steps), at, Vec::new(), 0)
    }

    /// The statement that last gave a reference's variable its value.
    pub fn set_at(&self, reference: ReferenceId, at: Moment) -> Option<Site> {
        let run = self.runs.get(at.run)?;
        let variable = variable::variable_of(run, at.run, reference)?;
        let (writer, _) = variable::last_write(self.runs, &variable, at)?;
        let run = self.runs.get(writer.place.run)?;
        Some(run.site(run.program.statements[writer.place.statement.0].span))
    }

    fn resolve(&self, expression: ExpressionId, at: Moment, path: Vec<Key>, hops: u32) -> Origin {
        let Some(run) = self.runs.get(at.run) else { return Origin::Computed(String::new()) };
        let node = &run.program.expressions[expression.0];
        let computed = || Origin::Computed(run.program.source_text(node.span).to_owned());
        if hops > MAX_HOPS {
            return computed();
        }
        match &node.kind {
            ExpressionKind::Reference(reference) => self.reference(*reference, None, at, path, hops + 1),
            ExpressionKind::Interpolated(_) => {
                let parts: Vec<Origin> = run
                    .references_in(expression)
                    .into_iter()
                    .map(|reference| self.reference(reference, None, at, Vec::new(), hops + 1))
                    .collect();
                several(parts).unwrap_or_else(computed)
            }
            ExpressionKind::List(items) => {
                let items = run.program.lists.slice(items);
                match path.split_first() {
                    Some((Key::Element(index), rest)) => match items.get(*index) {
                        Some(item) => self.resolve(*item, at, rest.to_vec(), hops + 1),
                        None => Origin::Literal(run.site(node.span)),
                    },
                    _ => {
                        let parts = items.iter().map(|item| self.resolve(*item, at, Vec::new(), hops + 1));
                        several(parts.filter(|part| !matches!(part, Origin::Literal(_))).collect())
                            .unwrap_or_else(|| Origin::Literal(run.site(node.span)))
                    }
                }
            }
            ExpressionKind::Map(pairs) => {
                let pairs = run.program.lists.slice(pairs);
                if let Some((Key::Name(name), rest)) = path.split_first() {
                    for pair in pairs.chunks_exact(2) {
                        if let [key, value] = pair
                            && variable::literal_text(run, *key).is_some_and(|text| text == *name)
                        {
                            return self.resolve(*value, at, rest.to_vec(), hops + 1);
                        }
                    }
                }
                Origin::Literal(run.site(node.span))
            }
            ExpressionKind::Not(_) | ExpressionKind::Binary(..) => computed(),
            _ => Origin::Literal(run.site(node.span)),
        }
    }

    fn reference(&self, id: ReferenceId, upto: Option<usize>, at: Moment, rest: Vec<Key>, hops: u32) -> Origin {
        let Some(run) = self.runs.get(at.run) else { return Origin::Computed(String::new()) };
        let program = &run.program;
        let reference = &program.references[id.0];
        let steps = program.steps.slice(&reference.steps);
        let steps = steps.get(..upto.unwrap_or(steps.len())).unwrap_or(steps);
        if hops > MAX_HOPS {
            return Origin::Computed(program.source_text(reference.span).to_owned());
        }
        if let Some(call) = reference.helper.filter(|call| call.steps as usize <= steps.len()) {
            let Some(StepKind::Call { arguments, .. }) = steps.get(call.steps as usize - 1).map(|step| &step.kind)
            else {
                return Origin::Computed(program.source_text(reference.span).to_owned());
            };
            let arguments = program.lists.slice(arguments);
            let mut path = self.keys(run, steps.get(call.steps as usize..).unwrap_or(&[]), at.event);
            path.extend(rest);
            return self.helper(call.helper.path, arguments, id, at, path, hops);
        }
        let mut path = self.keys(run, steps, at.event);
        path.extend(rest);
        match &*program.slots[reference.slot.0] {
            "ctx" | "context" => self.context(run, reference.span, &path, at, hops),
            "foreach" | "velocityCount" | "velocityHasNext" => {
                Origin::Computed(program.source_text(reference.span).to_owned())
            }
            _ => self.local(reference.slot, at, path, hops),
        }
    }

    /// The keys that steps follow, up to the first call that is no look-up.
    fn keys(&self, run: &Run, steps: &[crate::compile::program::Step], before: usize) -> Vec<Key> {
        let mut keys = Vec::new();
        for step in steps {
            let key = match &step.kind {
                StepKind::Property(name) => Some(Key::Name(run.program.text(*name).to_owned())),
                StepKind::Index(index) => value_key(value_of(run, *index, before)),
                StepKind::Call { name, arguments, .. } if run.program.text(*name) == "get" => {
                    run.program.lists.slice(arguments).first().and_then(|key| value_key(value_of(run, *key, before)))
                }
                StepKind::Call { .. } => None,
            };
            match key {
                Some(key) => keys.push(key),
                None => break,
            }
        }
        keys
    }

    fn helper(
        &self,
        path: &str,
        arguments: &[ExpressionId],
        reference: ReferenceId,
        at: Moment,
        keys: Vec<Key>,
        hops: u32,
    ) -> Origin {
        let Some(run) = self.runs.get(at.run) else { return Origin::Computed(String::new()) };
        let text = || Origin::Computed(run.program.source_text(run.program.references[reference.0].span).to_owned());
        match (path.strip_prefix("util.").unwrap_or(path), arguments) {
            ("authType", _) => Origin::Mode,
            ("defaultIfNull" | "defaultIfNullOrEmpty" | "defaultIfNullOrBlank", [first, second]) => {
                let present = value_of(run, *first, at.event).is_some_and(|value| !value.is_null());
                let origin = self.resolve(*first, at, keys.clone(), hops + 1);
                if present || matches!(origin, Origin::Absent(_)) && !is_call(run, *second) {
                    return origin;
                }
                match self.resolve(*second, at, keys, hops + 1) {
                    Origin::Literal(_) => absent(origin),
                    // A second look-up that found nothing either: both are absent.
                    Origin::Absent(other) => absent(several(vec![origin, *other]).unwrap_or_else(text)),
                    other => other,
                }
            }
            (
                "parseJson"
                | "toJson"
                | "dynamodb.toDynamoDB"
                | "dynamodb.toDynamoDBJson"
                | "list.copyAndRetainAll"
                | "list.copyAndRemoveAll"
                | "map.copyAndRetainAllKeys"
                | "map.copyAndRemoveAllKeys"
                | "str.toLower"
                | "str.toUpper"
                | "urlDecode"
                | "base64Decode",
                [first, ..],
            ) => self.resolve(*first, at, keys, hops + 1),
            _ => text(),
        }
    }

    fn context(&self, run: &Run, read: Span, path: &[Key], at: Moment, hops: u32) -> Origin {
        let name = |index: usize| match path.get(index) {
            Some(Key::Name(name)) => name.as_str(),
            _ => "",
        };
        let tail = |from: usize| join(path.get(from..).unwrap_or(&[]));
        match name(0) {
            "identity" if name(1) == "claims" && path.len() > 2 => Origin::Claim(name(2).to_owned()),
            "identity" => Origin::Identity(tail(1)),
            "args" | "arguments" => Origin::Argument(tail(1)),
            "result" if run.result_is == "record" => Origin::Record(tail(1)),
            "result" => Origin::Result(tail(1)),
            "source" => Origin::Source(tail(1)),
            "request" if name(1) == "headers" => Origin::Header(tail(2)),
            "stash" if path.len() > 1 => match self.stash_write(name(1), read, at) {
                Some((variable::Writer { write: Write::Assign(value), .. }, moment)) => {
                    self.resolve(value, self.end_of(moment), path.get(2..).unwrap_or(&[]).to_vec(), hops + 1)
                }
                _ => Origin::Stash(tail(1)),
            },
            _ => Origin::Computed(format!("$ctx.{}", join(path))),
        }
    }

    /// What last wrote a stash entry that is read at a place: not the statement that reads it to write it anew, as in
    /// `$ctx.stash.put("roles", $util.defaultIfNull($ctx.stash.roles, []))`.
    fn stash_write(&self, key: &str, read: Span, at: Moment) -> Option<(variable::Writer, Moment)> {
        let variable = Variable::Stash(key.to_owned());
        let (writer, moment) = variable::last_write(self.runs, &variable, at)?;
        let span = self.runs.get(writer.place.run)?.program.statements[writer.place.statement.0].span;
        let reads_itself = writer.place.run == at.run && span.start <= read.start && read.end <= span.end;
        if reads_itself { variable::last_write(self.runs, &variable, moment) } else { Some((writer, moment)) }
    }

    /// The moment a statement that began then was done with its operands: just before the next statement began.
    pub(super) fn end_of(&self, began: Moment) -> Moment {
        let Some(run) = self.runs.get(began.run) else { return began };
        let statement = match run.events.get(began.event) {
            Some(Event::Statement(statement)) => *statement,
            _ => return began,
        };
        let own = |event: &Event| match event {
            // Statements inside strings have no parent and belong to the statement that holds the string.
            Event::Statement(next) => {
                let span = run.program.statements[next.0].span;
                let outer = run.program.statements[statement.0].span;
                *next == statement || !(outer.start <= span.start && span.end <= outer.end)
            }
            _ => false,
        };
        let next = run.events.iter().skip(began.event + 1).position(own);
        Moment { run: began.run, event: next.map_or(run.events.len(), |offset| began.event + 1 + offset) }
    }

    fn local(&self, slot: Slot, at: Moment, path: Vec<Key>, hops: u32) -> Origin {
        let Some(run) = self.runs.get(at.run) else { return Origin::Computed(String::new()) };
        let program = &run.program;
        match definition(run, slot, at.event) {
            Some(Definition::Turn { iterable, entered, turn }) => {
                let mut keys = vec![Key::Element(turn)];
                keys.extend(path);
                self.resolve(iterable, Moment { run: at.run, event: entered }, keys, hops + 1)
            }
            Some(Definition::Set { value, event }) => {
                let origin = self.resolve(value, Moment { run: at.run, event }, path, hops + 1);
                // A list that was filled after it was made came from what was put in.
                match origin {
                    Origin::Literal(site) => self.grown(slot, event, at, hops).unwrap_or(Origin::Literal(site)),
                    other => other,
                }
            }
            // A `#set` from something that was null set nothing: what was asked for is absent.
            None => match kept_definition(run, slot, at.event) {
                Some((value, event)) => absent(self.resolve(value, Moment { run: at.run, event }, path, hops + 1)),
                None => Origin::Unset(format!("${}", &*program.slots[slot.0])),
            },
        }
    }

    /// Where the elements came from that calls added to a variable's list between two events.
    fn grown(&self, slot: Slot, after: usize, at: Moment, hops: u32) -> Option<Origin> {
        let run = self.runs.get(at.run)?;
        let variable = Variable::Local(at.run, slot);
        let mut parts = Vec::new();
        for writer in variable::writers(self.runs, &variable).into_iter().filter(|w| w.write == Write::Grow) {
            for time in run.times(writer.place.statement).filter(|time| (after..at.event).contains(time)) {
                let moment = self.end_of(Moment { run: at.run, event: time });
                for reference in run.references_of(writer.place.statement) {
                    let node = &run.program.references[reference.0];
                    if node.slot != slot {
                        continue;
                    }
                    if let Some(StepKind::Call { arguments, .. }) =
                        run.program.steps.slice(&node.steps).last().map(|step| &step.kind)
                    {
                        let arguments = run.program.lists.slice(arguments);
                        parts.extend(arguments.iter().map(|a| self.resolve(*a, moment, Vec::new(), hops + 1)));
                    }
                }
            }
        }
        parts.retain(|part| !matches!(part, Origin::Literal(_)));
        several(parts)
    }
}

/// What last gave a variable its value.
enum Definition {
    Set { value: ExpressionId, event: usize },
    Turn { iterable: ExpressionId, entered: usize, turn: usize },
}

fn definition(run: &Run, slot: Slot, before: usize) -> Option<Definition> {
    let mut left_loops = 0_u32;
    for index in (0..before.min(run.events.len())).rev() {
        match run.events.get(index)? {
            Event::LoopLeave(statement) if loop_variable(run, *statement) == Some(slot) => left_loops += 1,
            Event::LoopEnter { statement, .. } if loop_variable(run, *statement) == Some(slot) => {
                left_loops = left_loops.saturating_sub(1);
            }
            _ if left_loops > 0 => {}
            Event::Set { statement, kept: false, .. } => {
                if let StatementKind::Set(target, value) = &run.program.statements[statement.0].kind {
                    let reference = &run.program.references[target.0];
                    if reference.slot == slot && reference.steps.is_empty() {
                        return Some(Definition::Set { value: *value, event: index });
                    }
                }
            }
            Event::LoopTurn { statement, .. } if loop_variable(run, *statement) == Some(slot) => {
                return turn_of(run, *statement, index);
            }
            _ => {}
        }
    }
    None
}

/// The last `#set` of a variable before an event whose right side was null.
fn kept_definition(run: &Run, slot: Slot, before: usize) -> Option<(ExpressionId, usize)> {
    run.events.iter().enumerate().take(before).rev().find_map(|(event, recorded)| match recorded {
        Event::Set { statement, kept: true, .. } => match &run.program.statements[statement.0].kind {
            StatementKind::Set(target, value) => {
                let reference = &run.program.references[target.0];
                (reference.slot == slot && reference.steps.is_empty()).then_some((*value, event))
            }
            _ => None,
        },
        _ => None,
    })
}

fn turn_of(run: &Run, statement: crate::compile::program::StatementId, at: usize) -> Option<Definition> {
    let StatementKind::Foreach { iterable, .. } = &run.program.statements[statement.0].kind else { return None };
    let mut turn = 0;
    for index in (0..at).rev() {
        match run.events.get(index)? {
            Event::LoopTurn { statement: other, .. } if *other == statement => turn += 1,
            Event::LoopEnter { statement: other, .. } if *other == statement => {
                return Some(Definition::Turn { iterable: (*iterable)?, entered: index, turn });
            }
            _ => {}
        }
    }
    None
}

/// The variable of a `#foreach`.
pub fn loop_variable(run: &Run, statement: crate::compile::program::StatementId) -> Option<Slot> {
    match &run.program.statements[statement.0].kind {
        StatementKind::Foreach { variable, .. } => Some(*variable),
        _ => None,
    }
}

/// The value an expression had when it was last evaluated before an event, when it was recorded or is a literal.
pub fn value_of(run: &Run, expression: ExpressionId, before: usize) -> Option<Value> {
    match &run.program.expressions[expression.0].kind {
        ExpressionKind::Reference(reference) => run.read_before(*reference, before).cloned(),
        ExpressionKind::Text(text) => Some(Value::str(run.program.text(*text))),
        ExpressionKind::Int(n) => Some(Value::Int(*n)),
        ExpressionKind::Long(n) => Some(Value::Long(*n)),
        ExpressionKind::Double(d) => Some(Value::Double(*d)),
        ExpressionKind::Boolean(b) => Some(Value::Bool(*b)),
        ExpressionKind::Word => Some(Value::Null),
        _ => None,
    }
}

fn is_call(run: &Run, expression: ExpressionId) -> bool {
    matches!(run.program.expressions[expression.0].kind, ExpressionKind::Reference(_))
}

fn value_key(value: Option<Value>) -> Option<Key> {
    match value? {
        Value::Int(n) => usize::try_from(n).ok().map(Key::Element),
        Value::Null => None,
        other => Some(Key::Name(java::to_string(&other))),
    }
}

fn absent(origin: Origin) -> Origin {
    match origin {
        already @ (Origin::Absent(_) | Origin::Unset(_) | Origin::Literal(_)) => already,
        other => Origin::Absent(Box::new(other)),
    }
}

/// Parts without repetitions; one alone stands for itself.
fn several(parts: Vec<Origin>) -> Option<Origin> {
    let mut distinct: Vec<Origin> = Vec::new();
    for part in parts {
        let inner = match part {
            Origin::Several(inner) => inner,
            one => vec![one],
        };
        for part in inner {
            if !distinct.contains(&part) {
                distinct.push(part);
            }
        }
    }
    match distinct.len() {
        0 => None,
        1 => distinct.pop(),
        _ => Some(Origin::Several(distinct)),
    }
}

fn join(path: &[Key]) -> String {
    let parts: Vec<String> = path
        .iter()
        .filter_map(|key| match key {
            Key::Name(name) => Some(name.clone()),
            // An element of a list of groups is best named by the list.
            Key::Element(_) => None,
        })
        .collect();
    parts.join(".")
}
