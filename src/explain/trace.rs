//! Every template of an execution as it ran: which statements and branches were taken, and the values of what was
//! evaluated in them, each with where it came from.

use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use super::condition::shown;
use super::origin::{Origin, Origins};
use super::run::{Moment, Part, Run};
use crate::compile::program::{
    Block, ExpressionId, ExpressionKind, Program, ReferenceId, StatementId, StatementKind, StepKind,
};
use crate::eval::Event;
use crate::report::{
    SeenValue, SpanKind, SpanState, TemplateTrace, TextSpan, TraceEnd, TracedSpan, TracedValue, ValueKind,
};
use crate::source_file::Span;
use crate::syntax::ast::Operator;
use crate::value::Value;
use crate::value::method::Method;

/// Different values kept of one place; a loop of a thousand turns would say no more with all of them.
const MOST_VALUES: usize = 8;

/// The recorded templates of an execution, in the order they ran.
pub fn trace(runs: &[Run]) -> Vec<TemplateTrace> {
    let origins = Origins::new(runs);
    runs.iter()
        .enumerate()
        .filter(|(_, run)| !run.events.is_empty())
        .map(|(index, run)| TemplateTrace {
            template: run.template.clone(),
            part: match run.part {
                Part::Request => "request",
                Part::Response => "response",
            },
            outcome: outcome(run),
            source: run.program.source.text().to_owned(),
            spans: spans(run),
            values: Values::of(run, index, &origins),
        })
        .collect()
}

fn outcome(run: &Run) -> TraceEnd {
    let halted = run.events.iter().rev().find_map(|event| match event {
        Event::Halted(statement) => Some(&run.program.statements[statement.0].kind),
        _ => None,
    });
    match halted {
        None => TraceEnd::Finished,
        Some(StatementKind::Return(_) | StatementKind::Stop) => TraceEnd::Returned,
        Some(_) => TraceEnd::Failed,
    }
}

fn text_span(program: &Program, span: Span) -> TextSpan {
    let (start, end) = (program.source.line_column(span.start), program.source.line_column(span.end));
    TextSpan { line: start.line, column: start.column, end_line: end.line, end_column: end.column }
}

/// How often each statement, arm and loop body ran.
fn spans(run: &Run) -> Vec<TracedSpan> {
    let mut began: FxHashMap<StatementId, u32> = FxHashMap::default();
    let mut arms: FxHashMap<(StatementId, u16), u32> = FxHashMap::default();
    let mut turns: FxHashMap<StatementId, u32> = FxHashMap::default();
    for event in &run.events {
        match event {
            Event::Statement(statement) => *began.entry(*statement).or_default() += 1,
            Event::Arm { statement, arm: Some(arm) } => *arms.entry((*statement, *arm)).or_default() += 1,
            Event::LoopTurn { statement, .. } => *turns.entry(*statement).or_default() += 1,
            _ => {}
        }
    }
    let program = &run.program;
    let mut found = Vec::new();
    let mut add = |span: Span, kind: SpanKind, times: u32| {
        let state = if times > 0 { SpanState::Taken } else { SpanState::Untaken };
        found.push(TracedSpan { at: text_span(program, span), kind, state, times });
    };
    for statement in run.statements() {
        let node = &program.statements[statement.0];
        let is_space = matches!(&node.kind, StatementKind::Text(text) if program.text(*text).trim().is_empty());
        if is_space {
            continue;
        }
        add(node.span, SpanKind::Statement, began.get(&statement).copied().unwrap_or(0));
        match &node.kind {
            StatementKind::If(all) => {
                for (number, arm) in all.iter().enumerate() {
                    let Some(span) = body_span(program, &arm.body) else { continue };
                    let key = u16::try_from(number).map(|number| (statement, number)).ok();
                    let times = key.and_then(|key| arms.get(&key)).copied().unwrap_or(0);
                    add(span, SpanKind::Branch, times);
                }
            }
            StatementKind::Foreach { body, .. } => {
                let Some(span) = body_span(program, body) else { continue };
                add(span, SpanKind::Loop, turns.get(&statement).copied().unwrap_or(0));
            }
            _ => {}
        }
    }
    found
}

/// From the first statement of a body to its last, the space around them included; none for an empty one.
fn body_span(program: &Program, block: &Block) -> Option<Span> {
    let statements = program.block_items.slice(block);
    let span = |statement: &StatementId| program.statements[statement.0].span;
    Some(Span { start: span(statements.first()?).start, end: span(statements.last()?).end })
}

/// The values of one template, collected as its events go by.
struct Values<'r> {
    run: &'r Run,
    origins: &'r Origins<'r>,
    found: FxHashMap<(Span, ValueKind), TracedValue>,
}

impl<'r> Values<'r> {
    fn of(run: &'r Run, index: usize, origins: &'r Origins<'r>) -> Vec<TracedValue> {
        let mut values = Values { run, origins, found: FxHashMap::default() };
        let receivers = receivers(&run.program);
        for (event, recorded) in run.events.iter().enumerate() {
            let at = Moment { run: index, event };
            match recorded {
                Event::Atom { expression, truth, .. } => values.condition(*expression, *truth),
                Event::Arm { statement, arm } => values.arms(*statement, *arm),
                Event::Read { reference, was, .. } => values.read(*reference, was, at),
                Event::Set { statement, was, kept, .. } => values.set(*statement, was, *kept, at),
                Event::Call { step, receiver, .. } => {
                    if let Some(receiver_of) = receivers.get(step) {
                        values.receiver(receiver_of, receiver, at);
                    }
                }
                _ => {}
            }
        }
        let mut found: Vec<TracedValue> = values.found.into_values().collect();
        // What holds another comes before it.
        found.sort_by_key(|value| {
            let at = value.at;
            let end = std::cmp::Reverse((at.end_line, at.end_column));
            (at.line, at.column, end, value.kind)
        });
        found
    }

    fn condition(&mut self, expression: ExpressionId, truth: bool) {
        let span = self.run.program.expressions[expression.0].span;
        self.add(span, ValueKind::Condition, Json::Bool(truth), false, |_| None);
    }

    fn arms(&mut self, statement: StatementId, chosen: Option<u16>) {
        let StatementKind::If(arms) = &self.run.program.statements[statement.0].kind else { return };
        let chosen = chosen.map(usize::from);
        for (number, arm) in arms.iter().enumerate().take(chosen.map_or(arms.len(), |chosen| chosen + 1)) {
            let Some(condition) = arm.condition else { continue };
            // An atom that is all of a condition has told already.
            if !self.is_atom(condition) {
                self.condition(condition, chosen == Some(number));
            }
        }
    }

    fn is_atom(&self, condition: ExpressionId) -> bool {
        let kind = &self.run.program.expressions[condition.0].kind;
        !matches!(kind, ExpressionKind::Not(_) | ExpressionKind::Binary(Operator::And | Operator::Or, ..))
    }

    fn read(&mut self, reference: ReferenceId, value: &Value, at: Moment) {
        let node = &self.run.program.references[reference.0];
        let steps = self.run.program.steps.slice(&node.steps);
        // What a call that changes something gives back is of no interest; the change shows where it is read.
        let for_effect = steps.last().is_some_and(
            |step| matches!(&step.kind, StepKind::Call { method, .. } if method.is_some_and(Method::mutates)),
        );
        let quiet = node.helper.is_some_and(|call| matches!(call.helper.path, "util.qr" | "util.quiet"));
        if for_effect || quiet {
            return;
        }
        let origins = self.origins;
        let asks = asks(self.run, reference);
        let from = |text: &str| {
            let origin = (!asks).then(|| origins.of_prefix(reference, steps.len(), at))?;
            told(&origin, text)
        };
        self.add(node.span, ValueKind::Reference, shown(value), false, from);
    }

    fn receiver(&mut self, receiver: &Receiver, value: &Value, at: Moment) {
        let origins = self.origins;
        let from = |text: &str| told(&origins.of_prefix(receiver.reference, receiver.steps, at), text);
        self.add(receiver.span, ValueKind::Reference, shown(value), false, from);
    }

    fn set(&mut self, statement: StatementId, value: &Value, kept: bool, at: Moment) {
        let StatementKind::Set(target, right) = &self.run.program.statements[statement.0].kind else { return };
        let (run, origins) = (self.run, self.origins);
        let program = &run.program;
        let from = |_: &str| told(&origins.of(*right, at), program.source_text(program.expressions[right.0].span));
        self.add(program.references[target.0].span, ValueKind::Assignment, shown(value), kept, from);
    }

    /// Counts a value at its place; where it came `from` is asked for the first of its like only.
    fn add(&mut self, span: Span, kind: ValueKind, value: Json, kept: bool, from: impl FnOnce(&str) -> Option<String>) {
        let run = self.run;
        let program = &run.program;
        let text = program.source_text(span);
        let entry = self.found.entry((span, kind)).or_insert_with(|| TracedValue {
            at: text_span(program, span),
            kind,
            text: text.to_owned(),
            values: Vec::new(),
            more: 0,
        });
        if let Some(known) = entry.values.iter_mut().find(|known| known.value == value && known.kept == kept) {
            known.times += 1;
        } else if entry.values.len() < MOST_VALUES {
            entry.values.push(SeenValue { value, from: from(text), kept, times: 1 });
        } else {
            entry.more += 1;
        }
    }
}

/// In words, unless it says no more than the source text beside it.
fn told(origin: &Origin, text: &str) -> Option<String> {
    let words = match origin {
        Origin::Literal(_) => return None,
        other => other.words(),
    };
    (!words.is_empty() && words != text).then_some(words)
}

/// Whether a reference asks something of a value, as `$list.contains(x)` does, instead of naming one.
fn asks(run: &Run, reference: ReferenceId) -> bool {
    let node = &run.program.references[reference.0];
    let helper = node.helper.map_or(0, |call| call.steps as usize);
    let steps = run.program.steps.slice(&node.steps);
    steps
        .iter()
        .skip(helper)
        .any(|step| matches!(&step.kind, StepKind::Call { name, .. } if run.program.text(*name) != "get"))
}

/// What a call is made on: the part of a reference in front of it.
struct Receiver {
    reference: ReferenceId,
    steps: usize,
    span: Span,
}

/// By the step that calls. What a look-up by `get` looks into has no value of interest; what a call changes has one
/// where it is read.
fn receivers(program: &Program) -> FxHashMap<u32, Receiver> {
    let mut found = FxHashMap::default();
    for (id, node) in program.references.iter().enumerate() {
        let Ok(id) = u32::try_from(id) else { break };
        let helper = node.helper.map_or(0, |call| call.steps as usize);
        for (steps, (step_id, step)) in node.steps.clone().zip(program.steps.slice(&node.steps)).enumerate() {
            let StepKind::Call { name, method, .. } = &step.kind else { continue };
            let looks_up = program.text(*name) == "get";
            let changes = method.is_some_and(Method::mutates);
            if steps <= helper && helper > 0 || looks_up || changes {
                continue;
            }
            let span = Span { start: node.span.start, end: step.span.start };
            found.insert(step_id, Receiver { reference: ReferenceId(id), steps, span });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::compile::compile;
    use crate::eval::{Recorder, Session};
    use crate::limits::Env;
    use crate::util::Host;
    use crate::value::json::from_json;

    fn traced(template: &str, context: Json) -> TemplateTrace {
        let program = Arc::new(compile("t.vtl", template).unwrap());
        let env = Env::at(0);
        let mut recorder = Recorder::new();
        let bean = from_json(&context);
        Session::new(&program).run([("ctx", bean)], &mut Host::new(&env, "User Pool Authorization"), &mut recorder);
        let run = Run {
            template: "t.vtl".to_owned(),
            program,
            events: recorder.events,
            printed: recorder.printed,
            part: Part::Response,
            result_is: "record",
            result_was_null: false,
            from_table: None,
            source_error: None,
            placeholders: Vec::new(),
            index: Default::default(),
            writers: Default::default(),
        };
        trace(&[run]).pop().unwrap()
    }

    /// The lines of the spans of a kind, each with how often it ran.
    fn lines(trace: &TemplateTrace, kind: SpanKind) -> Vec<(u32, u32)> {
        trace.spans.iter().filter(|span| span.kind == kind).map(|span| (span.at.line, span.times)).collect()
    }

    /// `text = value, value (from)` for each value of a kind.
    fn values(trace: &TemplateTrace, kind: ValueKind) -> Vec<String> {
        let of_kind = trace.values.iter().filter(|value| value.kind == kind);
        let shown = |value: &TracedValue| {
            let seen = value.values.iter().map(|seen| {
                let from = seen.from.as_ref().map(|from| format!(" ({from})")).unwrap_or_default();
                format!("{}{}{from}", seen.value, if seen.kept { " kept" } else { "" })
            });
            format!("{} = {}", value.text, seen.collect::<Vec<_>>().join(", "))
        };
        of_kind.map(shown).collect()
    }

    const LOOP: &str = "#set($ok = false)
#foreach($role in $ctx.args.roles)
#if($role == \"admin\")
#set($ok = true)
#else
#set($seen = $role)
#end
#end
#if(!$ok || $ctx.args.never)
$util.unauthorized()
#end
";

    #[test]
    fn what_ran_is_counted_and_what_did_not_is_there_too() {
        let trace = traced(LOOP, json!({ "args": { "roles": ["a", "b"] }, "result": {} }));
        assert_eq!(trace.outcome, TraceEnd::Failed);
        assert_eq!(lines(&trace, SpanKind::Loop), [(3, 2)]);
        assert_eq!(lines(&trace, SpanKind::Branch), [(4, 0), (6, 2), (10, 1)]);
        assert_eq!(
            lines(&trace, SpanKind::Statement),
            [(1, 1), (2, 1), (3, 2), (4, 0), (6, 2), (9, 1), (10, 1)],
            "whitespace is no statement worth telling"
        );
        let admin = traced(LOOP, json!({ "args": { "roles": ["admin"] }, "result": {} }));
        assert_eq!(admin.outcome, TraceEnd::Finished);
        assert_eq!(lines(&admin, SpanKind::Branch), [(4, 1), (6, 0), (10, 0)]);
    }

    #[test]
    fn values_are_those_of_their_moment_with_their_origins() {
        let trace = traced(LOOP, json!({ "args": { "roles": ["a", "b"] }, "result": {} }));
        assert_eq!(
            values(&trace, ValueKind::Condition),
            ["$role == \"admin\" = false", "!$ok || $ctx.args.never = true", "$ok = false"],
            "what short-circuiting skipped has no value"
        );
        let roles = "$ctx.args.roles = [\"a\",\"b\"] (argument roles)";
        assert!(values(&trace, ValueKind::Reference).contains(&roles.to_owned()), "{:#?}", trace.values);
        assert!(
            values(&trace, ValueKind::Assignment)
                .contains(&"$seen = \"a\" (argument roles), \"b\" (argument roles)".to_owned())
        );
        let grown = traced(
            "#set($l = [])\n#if($l.isEmpty())#set($x = $l)#end\n$util.qr($l.add(\"a\"))\n$l.size()",
            json!({ "result": {} }),
        );
        assert_eq!(
            values(&grown, ValueKind::Assignment),
            ["$l = []", "$x = []"],
            "a list that grows later was empty then"
        );
    }

    #[test]
    fn a_null_that_kept_an_old_value_says_so() {
        let trace = traced("#set($x = 1)\n#set($x = $ctx.args.none)\n$x", json!({ "args": {}, "result": {} }));
        assert_eq!(values(&trace, ValueKind::Assignment), ["$x = 1", "$x = null kept (argument none)"]);
    }

    #[test]
    fn a_stash_entry_that_is_read_to_be_written_anew_came_from_before() {
        let template = "$util.qr($ctx.stash.put(\"d\", $ctx.args.first))\n\
            $util.qr($ctx.stash.put(\"d\", $util.defaultIfNull($ctx.stash.d, {})))\n";
        let trace = traced(template, json!({ "args": { "first": "1" }, "stash": {}, "result": {} }));
        let read = "$ctx.stash.d = \"1\" (argument first)";
        assert!(values(&trace, ValueKind::Reference).contains(&read.to_owned()), "{:#?}", trace.values);
    }

    #[test]
    fn a_loop_of_many_turns_keeps_a_few_values_and_counts_the_rest() {
        let roles: Vec<String> = (0..30).map(|n| format!("r{n}")).collect();
        let trace = traced(LOOP, json!({ "args": { "roles": roles }, "result": {} }));
        let seen = trace.values.iter().find(|value| value.text == "$seen").unwrap();
        assert_eq!((seen.values.len(), seen.more), (MOST_VALUES, 22));
    }
}
