//! What statements read and write: variables, and entries of lists and maps.

use super::super::effects;
use super::super::graph::NodeId;
use super::super::heap;
use super::{Pass, Variable};
use crate::compile::program::{ExpressionId, ExpressionKind, ReferenceId, Slot, StatementId, StatementKind, StepKind};
use crate::explain::run::Run;
use crate::value::method::Method;
use crate::value::{Value, java};

impl Pass {
    pub(super) fn step(&mut self, run: &Run, step: u32, receiver: &Value) {
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

    pub(super) fn of_entry(&self, receiver: &Value, key: Option<&str>) -> Vec<NodeId> {
        match (receiver, key) {
            (Value::Map(_), Some(key)) => self.heap.entry(receiver, key),
            (Value::List(_) | Value::Map(_) | Value::Object(_), _) => self.heap.all_of(receiver),
            _ => Vec::new(),
        }
    }

    pub(super) fn read(&mut self, run: &Run, reference: ReferenceId, value: &Value) {
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
    pub(super) fn of_variable(&self, run: &Run, slot: Slot) -> Vec<NodeId> {
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

    pub(super) fn called(
        &mut self,
        run: &Run,
        step: u32,
        receiver: Option<&Value>,
        arguments: &[Value],
        result: &Value,
    ) {
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

    pub(super) fn helped(&mut self, run: &Run, step: u32, arguments: &[Value]) {
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

    pub(super) fn set(&mut self, run: &Run, statement: StatementId, value: &Value, kept: bool) {
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
    pub(super) fn assigned(&mut self, run: &Run, step: u32, parent: &Value) {
        let Some(open) = self.open.last_mut() else { return };
        open.assigns = None;
        open.changed = true;
        let key = effects::key(run, step).filter(|_| matches!(parent, Value::Map(_)));
        let node = open.node;
        self.heap.write(&mut self.passed.graph, parent, key, node);
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
