//! One pass over the recorded events, in the order they happened: for every statement that ran, what it needed.
//!
//! A statement needs the block around it; of a condition, what the atoms that decided read; of anything else, all that
//! it read. What was read needs the last writer, and every branch or loop since that could have written it: a flag
//! that stayed false needs the conditions that did not set it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::condition::{Atom, Evaluated};
use super::super::run::{Moment, Place, Run};
use super::effects::{self, Effect, Effects};
use super::graph::{Graph, NodeId};
use super::heap::{self, Heap};
use crate::compile::program::{
    Block, ExpressionId, ExpressionKind, ReferenceId, Slot, StatementId, StatementKind, StepKind,
};
use crate::eval::Event;
use crate::source_file::Span;
use crate::value::method::Method;
use crate::value::{Value, java};

/// What the pass leaves behind.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) graph: Graph,
    /// The statements that ended each run early, those around a string that ended it included.
    pub(super) halted: Vec<Vec<NodeId>>,
    /// What decided what each run printed.
    pub(super) printed: Vec<Vec<NodeId>>,
    /// What could have ended an execution before its end.
    pub(super) ends: Option<NodeId>,
    /// The first statement that appended an error of type Unauthorized, with its run and what could have ended the
    /// execution before.
    pub(super) appended: Option<(usize, NodeId, Option<NodeId>)>,
}

/// A variable of the running template.
#[derive(Debug, Clone, Default)]
struct Variable {
    writer: Option<NodeId>,
    /// What could have written it since.
    maybe: Option<NodeId>,
    value: Value,
}

/// A statement that has begun.
#[derive(Debug)]
struct Open {
    node: NodeId,
    statement: StatementId,
    span: Span,
    /// What was read, where.
    uses: Vec<(Span, NodeId)>,
    atoms: Vec<Atom>,
    /// Whether it is inside of a string.
    aside: bool,
    /// Whether it changed a list or map.
    changed: bool,
    /// Of a loop, its variable as it was before.
    outer: Option<(Slot, Variable)>,
    /// Of a loop, what could have left it.
    breaks: Option<NodeId>,
    /// Of a `#set` through steps, the last of them, still to be written.
    assigns: Option<u32>,
}

/// The pass.
pub(super) struct Pass {
    run: usize,
    open: Vec<Open>,
    variables: FxHashMap<Slot, Variable>,
    context: Option<Value>,
    /// What calls in progress are made on, by step.
    receivers: FxHashMap<u32, Value>,
    heap: Heap,
    effects: Effects,
    /// Statements of the run that print.
    prints: FxHashSet<StatementId>,
    /// Arms of blocks that hold text which was printed, and who chose them.
    around_text: FxHashMap<(StatementId, u16), Option<NodeId>>,
    appended: Option<NodeId>,
    passed: Passed,
}

/// Passes over runs.
pub(super) fn pass(runs: &[Run]) -> Passed {
    let mut pass = Pass {
        run: 0,
        open: Vec::new(),
        variables: FxHashMap::default(),
        context: None,
        receivers: FxHashMap::default(),
        heap: Heap::default(),
        effects: Effects::default(),
        prints: FxHashSet::default(),
        around_text: FxHashMap::default(),
        appended: None,
        passed: Passed::default(),
    };
    for (index, run) in runs.iter().enumerate() {
        pass.run(index, run);
    }
    pass.passed
}

impl Pass {
    fn run(&mut self, index: usize, run: &Run) {
        self.run = index;
        self.variables.clear();
        self.receivers.clear();
        self.context = effects::context(run);
        self.prints = run.printed.iter().map(|(statement, _)| *statement).collect();
        let texts = self.prints.iter().map(|id| &run.program.statements[id.0]).filter(|node| is_text(&node.kind));
        self.around_text = texts.filter_map(|node| node.parent).map(|around| (around, None)).collect();
        self.passed.halted.push(Vec::new());
        self.passed.printed.push(Vec::new());
        for event in &run.events {
            self.event(run, event);
        }
        while !self.open.is_empty() {
            self.close();
        }
        self.texts(run);
    }

    /// Text is printed without an event: it needs whoever chose the block around it.
    fn texts(&mut self, run: &Run) {
        for statement in std::mem::take(&mut self.prints) {
            let node = &run.program.statements[statement.0];
            if is_text(&node.kind) {
                let id = self.passed.graph.statement(Place { run: self.run, statement });
                if let Some(around) = node.parent.and_then(|around| *self.around_text.get(&around)?) {
                    self.passed.graph.needs(id, around);
                }
                self.prints(id);
            }
        }
    }

    /// A block runs an arm, or a turn.
    fn runs_block(&mut self, statement: StatementId, arm: u16) {
        if let (Some(around), Some(open)) = (self.around_text.get_mut(&(statement, arm)), self.open.last()) {
            *around = Some(self.passed.graph.joined(*around, open.node));
        }
    }

    fn prints(&mut self, node: NodeId) {
        self.passed.printed.last_mut().into_iter().for_each(|printed| printed.push(node));
    }

    fn event(&mut self, run: &Run, event: &Event) {
        let program = &run.program;
        match event {
            Event::Statement(statement) => self.begins(run, *statement),
            Event::Step { step, receiver } => self.step(run, *step, receiver),
            Event::Read { reference, value } => self.read(run, *reference, value),
            Event::Call { step, receiver, arguments, result } => {
                let receiver = self.receivers.remove(step).filter(|_| !receiver.is_null());
                self.called(run, *step, receiver.as_ref(), arguments, result);
            }
            Event::Atom { expression, truth, .. } => {
                let at = Moment { run: self.run, event: 0 };
                self.back_to(program.expressions[expression.0].span);
                if let Some(open) = self.open.last_mut() {
                    let (left, right) = (Value::Null, Value::Null);
                    open.atoms.push(Atom { expression: *expression, truth: *truth, at, left, right });
                }
            }
            Event::Arm { statement, arm } => {
                self.back_to(program.statements[statement.0].span);
                self.chose(run, *statement, *arm);
            }
            Event::Set { statement, value, kept } => {
                self.back_to(program.statements[statement.0].span);
                self.set(run, *statement, value, *kept);
            }
            Event::LoopEnter { statement, .. } => {
                self.back_to(program.statements[statement.0].span);
                self.loop_begins(run, *statement);
            }
            Event::LoopTurn { statement, element } => {
                self.back_to(program.statements[statement.0].span);
                self.runs_block(*statement, 0);
                let writer = self.open.last().map(|open| open.node);
                if let StatementKind::Foreach { variable, .. } = &program.statements[statement.0].kind {
                    self.variables.insert(*variable, Variable { writer, maybe: None, value: element.clone() });
                }
            }
            Event::LoopLeave(statement) => {
                self.back_to(program.statements[statement.0].span);
                if let Some((slot, outer)) = self.open.last_mut().and_then(|open| open.outer.take()) {
                    self.variables.insert(slot, outer);
                }
            }
            Event::Halted(statement) => {
                self.back_to(program.statements[statement.0].span);
                if let (Some(open), Some(halted)) = (self.open.last(), self.passed.halted.last_mut()) {
                    halted.push(open.node);
                }
            }
        }
    }

    /// Statements that do not hold a place are through when something happens there.
    fn back_to(&mut self, span: Span) {
        while self.open.last().is_some_and(|open| !(open.span.start <= span.start && span.end <= open.span.end)) {
            self.close();
        }
    }

    /// A statement is through: it needed what it read. (A block has settled that when it chose.)
    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        for (_, other) in open.uses {
            self.passed.graph.needs(open.node, other);
        }
    }

    fn begins(&mut self, run: &Run, statement: StatementId) {
        let node = &run.program.statements[statement.0];
        self.back_to(node.span);
        // The same statement again, in the next turn of a loop.
        while self.open.last().is_some_and(|open| open.span == node.span) {
            self.close();
        }
        let id = self.passed.graph.statement(Place { run: self.run, statement });
        let aside = self.open.last().is_some_and(|around| around.aside || node.parent.is_none());
        if let Some(around) = self.open.last() {
            self.passed.graph.needs(id, around.node);
        }
        if aside && let Some(holder) = self.open.iter_mut().rfind(|open| !open.aside) {
            holder.uses.push((node.span, id));
        }
        if let Some(breaks) = self.open.iter().rev().find_map(|open| open.breaks) {
            self.passed.graph.needs(id, breaks);
        }
        if self.prints.contains(&statement) {
            self.prints(id);
        }
        self.open.push(Open {
            node: id,
            statement,
            span: node.span,
            uses: Vec::new(),
            atoms: Vec::new(),
            aside,
            changed: false,
            outer: None,
            breaks: None,
            assigns: None,
        });
        if let StatementKind::Break(_) = node.kind
            && let Some((of, body)) = self.innermost_loop(run)
        {
            let body = body.clone();
            self.might(run, &body, id, of);
        }
    }

    /// The loop that is running: its index among the open statements, and its body.
    fn innermost_loop<'p>(&self, run: &'p Run) -> Option<(usize, &'p Block)> {
        self.open.iter().enumerate().rev().find_map(|(at, open)| match &run.program.statements[open.statement.0].kind {
            StatementKind::Foreach { body, .. } => Some((at, body)),
            _ => None,
        })
    }

    fn uses(&mut self, span: Span, nodes: impl IntoIterator<Item = NodeId>) {
        if let Some(open) = self.open.last_mut() {
            open.uses.extend(nodes.into_iter().map(|node| (span, node)));
        }
    }

    fn step(&mut self, run: &Run, step: u32, receiver: &Value) {
        let span = run.program.steps[step].span;
        self.back_to(span);
        if self.open.last().is_some_and(|open| open.assigns == Some(step)) {
            return self.assigned(run, step, receiver);
        }
        match &run.program.steps[step].kind {
            StepKind::Call { .. } => {
                self.receivers.insert(step, receiver.clone());
            }
            StepKind::Property(_) | StepKind::Index(_) => {
                let key = effects::key(run, step);
                if key.as_deref() == Some("outErrors") {
                    self.uses(span, self.appended);
                }
                self.uses(span, self.of_entry(receiver, key.as_deref()));
            }
        }
    }

    fn of_entry(&self, receiver: &Value, key: Option<&str>) -> Vec<NodeId> {
        match (receiver, key) {
            (Value::Map(_), Some(key)) => self.heap.entry(receiver, key),
            (Value::List(_) | Value::Map(_) | Value::Object(_), _) => self.heap.all_of(receiver),
            _ => Vec::new(),
        }
    }

    fn read(&mut self, run: &Run, reference: ReferenceId, value: &Value) {
        let node = &run.program.references[reference.0];
        self.back_to(node.span);
        let nodes = self.of_variable(run, node.slot);
        self.uses(node.span, nodes);
        // A variable that is given to another is not looked into.
        let handed_on = self.open.last().is_some_and(|open| match &run.program.statements[open.statement.0].kind {
            StatementKind::Set(_, given) => {
                matches!(&run.program.expressions[given.0].kind, ExpressionKind::Reference(given) if *given == reference)
            }
            _ => false,
        });
        if !handed_on && matches!(value, Value::List(_) | Value::Map(_) | Value::Object(_)) {
            let nodes = self.heap.all_of(value);
            self.uses(node.span, nodes);
        }
    }

    /// Who decided what a variable is.
    fn of_variable(&self, run: &Run, slot: Slot) -> Vec<NodeId> {
        if matches!(&*run.program.slots[slot.0], "foreach" | "velocityCount" | "velocityHasNext") {
            return self
                .innermost_loop(run)
                .and_then(|(at, _)| self.open.get(at))
                .map(|open| open.node)
                .into_iter()
                .collect();
        }
        let variable = self.variables.get(&slot);
        variable.into_iter().flat_map(|variable| variable.writer.into_iter().chain(variable.maybe)).collect()
    }

    fn called(&mut self, run: &Run, step: u32, receiver: Option<&Value>, arguments: &[Value], result: &Value) {
        let StepKind::Call { method, arguments: written, .. } = &run.program.steps[step].kind else { return };
        let span = run.program.steps[step].span;
        self.back_to(span);
        let Some(receiver) = receiver else { return self.helped(run, step, arguments) };
        let computed = |id: &ExpressionId| matches!(run.program.expressions[id.0].kind, ExpressionKind::Reference(_));
        if method.is_some_and(|method| throws_on_null(method, receiver))
            && run.program.lists.slice(written).iter().any(computed)
            && let Some(open) = self.open.last()
        {
            self.passed.ends = Some(self.passed.graph.joined(self.passed.ends, open.node));
        }
        let first = arguments.first().map(java::to_string);
        let key = first.filter(|_| {
            matches!(
                method,
                Some(Method::Get | Method::Put | Method::PutIfAbsent | Method::Remove | Method::ContainsKey)
            ) && matches!(receiver, Value::Map(_))
        });
        let Some(open) = self.open.last_mut().filter(|_| heap::identity(receiver).is_some()) else { return };
        let node = open.node;
        let changes = method.is_some_and(Method::mutates);
        open.changed |= changes;
        let discards = matches!(
            &run.program.statements[open.statement.0].kind,
            StatementKind::Output(reference, _)
                if run.program.references[reference.0].helper.is_some_and(|call| call.discarded.is_some())
        );
        // What `put` and `add` give back says nothing of what was there, unless somebody looks.
        let blind = match method {
            Some(Method::Put) => discards || result.is_null(),
            Some(Method::Add | Method::AddAll | Method::PutAll) => true,
            _ => false,
        };
        if !blind {
            let nodes = self.of_entry(receiver, key.as_deref());
            self.uses(span, nodes);
        }
        if changes {
            self.heap.write(&mut self.passed.graph, receiver, key, node);
        }
    }

    fn helped(&mut self, run: &Run, step: u32, arguments: &[Value]) {
        let Some(open) = self.open.last() else { return };
        let (node, statement) = (open.node, open.statement);
        let calls = |path: &str| {
            run.references_of(statement).into_iter().any(|reference| {
                let reference = &run.program.references[reference.0];
                reference
                    .helper
                    .is_some_and(|call| call.helper.path == path && reference.steps.start + call.steps == step + 1)
            })
        };
        if calls("util.validate") {
            self.passed.ends = Some(self.passed.graph.joined(self.passed.ends, node));
        }
        if calls("util.appendError") {
            self.appended = Some(self.passed.graph.joined(self.appended, node));
            if self.passed.appended.is_none() && arguments.get(1).and_then(Value::as_str) == Some("Unauthorized") {
                self.passed.appended = Some((self.run, node, self.passed.ends));
            }
        }
    }

    fn chose(&mut self, run: &Run, statement: StatementId, arm: Option<u16>) {
        let StatementKind::If(arms) = &run.program.statements[statement.0].kind else { return };
        let Some(open) = self.open.last_mut() else { return };
        let (node, uses, atoms) = (open.node, std::mem::take(&mut open.uses), std::mem::take(&mut open.atoms));
        let asked = arm.map_or(arms.len(), |arm| usize::from(arm) + 1);
        let mut deciding: Vec<Span> = Vec::new();
        for (number, arm_node) in arms.iter().enumerate().take(asked) {
            let Some(condition) = arm_node.condition else { continue };
            let around = run.program.expressions[condition.0].span;
            let own = |atom: &&Atom| within(run.program.expressions[atom.expression.0].span, around);
            let truth = arm.is_some_and(|arm| usize::from(arm) == number);
            let at = Moment { run: self.run, event: 0 };
            let evaluated = Evaluated { condition, truth, atoms: atoms.iter().filter(own).cloned().collect(), at };
            deciding.extend(
                evaluated.deciding(run).into_iter().map(|atom| run.program.expressions[atom.expression.0].span),
            );
        }
        let changed = open.changed;
        for (span, other) in uses {
            if changed || deciding.iter().any(|around| within(span, *around)) {
                self.passed.graph.needs(node, other);
            }
        }
        self.passed.graph.asked(node, asked);
        if let Some(arm) = arm {
            self.runs_block(statement, arm);
        }
        let around = self.innermost_loop(run).map_or(usize::MAX, |(at, _)| at);
        for (number, other) in arms.iter().enumerate() {
            if arm.is_none_or(|arm| usize::from(arm) != number) {
                self.might(run, &other.body, node, around);
            }
        }
    }

    /// A block did not run, or not as often as it could have: `by` decided that. `around` is the open loop that a
    /// `#break` in it would have left.
    fn might(&mut self, run: &Run, block: &Block, by: NodeId, around: usize) {
        let effects = self.effects.of(run, block);
        let Pass { passed, variables, heap, open, context, .. } = self;
        let graph = &mut passed.graph;
        for effect in effects.iter() {
            match effect {
                Effect::Set(slot) => {
                    let variable = variables.entry(*slot).or_default();
                    variable.maybe = Some(graph.joined(variable.maybe, by));
                }
                Effect::Change(reference, step) => {
                    let slot = run.program.references[reference.0].slot;
                    let root = match &*run.program.slots[slot.0] {
                        "ctx" | "context" => context.clone().unwrap_or_default(),
                        _ => variables.get(&slot).map(|variable| variable.value.clone()).unwrap_or_default(),
                    };
                    let (target, exact) = effects::target(run, &root, *reference, *step);
                    let key = effects::key(run, *step).filter(|_| exact && matches!(target, Value::Map(_)));
                    let targets =
                        if exact { heap::identity(&target).into_iter().collect() } else { heap::reachable(&target) };
                    targets.into_iter().for_each(|target| heap.might_write(graph, target, key.clone(), by));
                }
                Effect::Print => passed.printed.last_mut().into_iter().for_each(|printed| printed.push(by)),
                Effect::End => passed.ends = Some(graph.joined(passed.ends, by)),
                Effect::Break => {
                    if let Some(left) = open.get_mut(around) {
                        left.breaks = Some(graph.joined(left.breaks, by));
                    }
                }
            }
        }
    }

    fn set(&mut self, run: &Run, statement: StatementId, value: &Value, kept: bool) {
        let StatementKind::Set(target, _) = &run.program.statements[statement.0].kind else { return };
        let reference = &run.program.references[target.0];
        let Some(open) = self.open.last().filter(|_| reference.assignable) else { return };
        let node = open.node;
        if !reference.steps.is_empty() {
            let nodes = self.of_variable(run, reference.slot);
            self.uses(reference.span, nodes);
            if let (false, Some(open)) = (kept, self.open.last_mut()) {
                open.assigns = reference.steps.end.checked_sub(1);
            }
        } else if kept {
            // Both matter: what it was, and that this did not change it.
            let variable = self.variables.entry(reference.slot).or_default();
            variable.maybe = Some(self.passed.graph.joined(variable.maybe, node));
        } else {
            let variable = Variable { writer: Some(node), maybe: None, value: value.clone() };
            self.variables.insert(reference.slot, variable);
        }
    }

    /// The last step of an assignment's target.
    fn assigned(&mut self, run: &Run, step: u32, parent: &Value) {
        let Some(open) = self.open.last_mut() else { return };
        open.assigns = None;
        open.changed = true;
        let key = effects::key(run, step).filter(|_| matches!(parent, Value::Map(_)));
        let node = open.node;
        self.heap.write(&mut self.passed.graph, parent, key, node);
    }

    fn loop_begins(&mut self, run: &Run, statement: StatementId) {
        let StatementKind::Foreach { variable, body, .. } = &run.program.statements[statement.0].kind else { return };
        let saved = self.variables.get(variable).cloned().unwrap_or_default();
        let Some(open) = self.open.last_mut() else { return };
        open.outer = Some((*variable, saved));
        let (node, uses) = (open.node, std::mem::take(&mut open.uses));
        for (_, other) in uses {
            self.passed.graph.needs(node, other);
        }
        // With more elements it would have turned more often.
        let at = self.open.len() - 1;
        self.might(run, body, node, at);
    }
}

/// Whether a call throws when its argument is null: it would end the template if what sets the argument were not there.
fn throws_on_null(method: Method, receiver: &Value) -> bool {
    use Method::{AddAll, ContainsAll, Equals, PutAll, RemoveAll, RetainAll};
    match receiver {
        Value::Str(_) => method != Equals,
        _ => matches!(method, AddAll | ContainsAll | PutAll | RemoveAll | RetainAll),
    }
}

fn is_text(kind: &StatementKind) -> bool {
    matches!(kind, StatementKind::Text(_))
}

fn within(inner: Span, outer: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
