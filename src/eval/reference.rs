//! References: reading along their steps, calling methods and helpers, assigning.

use super::machine::Machine;
use super::outcome::{Failure, FailureKind, Halt, Run};
use super::tracer::Tracer;
use crate::compile::program::{ExpressionId, HelperCall, Reference, ReferenceId, StatementId, Step, StepKind, TextId};
use crate::source_file::Span;
use crate::util::{self, Helper, Raised};
use crate::value::method::{self, Method};
use crate::value::{Object, Thrown, Value, access, java};

impl<T: Tracer> Machine<'_, '_, '_, T> {
    /// The value of a reference; null anywhere on the way makes the whole null.
    #[inline]
    pub(super) fn reference(&mut self, id: ReferenceId) -> Run<Value> {
        if let (false, Some(value)) = (T::ACTIVE, self.variable(id)) {
            return Ok(value.clone());
        }
        let value = self.walk(&self.program().references[id.0], false)?;
        if T::ACTIVE {
            self.tracer.read(id, &value);
        }
        Ok(value)
    }

    /// The variable that a reference without steps is, where it lies.
    #[inline]
    pub(super) fn variable(&self, id: ReferenceId) -> Option<&Value> {
        let reference = &self.program().references[id.0];
        reference.steps.is_empty().then(|| self.slot(reference.slot))
    }

    /// Follows the steps; of an assignment's target all but the last.
    fn walk(&mut self, reference: &Reference, but_last: bool) -> Run<Value> {
        let program = self.program();
        let mut at = reference.steps.start;
        let end = reference.steps.end - u32::from(but_last);
        let mut value = match reference.helper {
            Some(call) if is_namespace(self.slot(reference.slot)) && at + call.steps <= end => {
                at += call.steps;
                self.helper_call(reference, call)?
            }
            _ => match (self.slot(reference.slot), program.steps.slice(&(at..end)).first()) {
                // `$ctx.args`, the most common start, is looked up where it lies.
                (Value::Map(map), Some(Step { kind: StepKind::Property(name), .. }))
                    if !is_class(program.text(*name)) =>
                {
                    at += 1;
                    let value = map.get_str(program.text(*name)).unwrap_or_default();
                    if T::ACTIVE {
                        self.tracer.step(at - 1, &self.slot(reference.slot).clone());
                    }
                    value
                }
                (variable, _) => variable.clone(),
            },
        };
        while at < end && !value.is_null() {
            value = self.follow(&value, at)?;
            at += 1;
        }
        Ok(value)
    }

    fn follow(&mut self, receiver: &Value, step_id: u32) -> Run<Value> {
        let program = self.program();
        let step = &program.steps[step_id];
        if T::ACTIVE {
            self.tracer.step(step_id, receiver);
        }
        match &step.kind {
            StepKind::Property(name) => {
                let name = program.text(*name);
                if let Value::Map(map) = receiver
                    && !is_class(name)
                {
                    return Ok(map.get_str(name).unwrap_or_default());
                }
                if let Some(namespace) = namespace(receiver) {
                    return Ok(member_namespace(namespace, name));
                }
                access::property(receiver, name).map_err(|thrown| exception(receiver, name, &thrown, step))
            }
            StepKind::Call { name, method, arguments } => {
                let start = self.push_arguments(arguments)?;
                let result = self.call_method(receiver, (step_id, step), (*name, *method), start);
                self.operands.truncate(start);
                result
            }
            StepKind::Index(index) => {
                let index = self.value(*index)?;
                access::index(receiver, &index).map_err(|thrown| {
                    let message = format!(
                        "Error invoking method 'get(java.lang.Integer)' in {}: {}: {}",
                        java::class_name(receiver),
                        thrown.class,
                        thrown.message
                    );
                    Failure::new(FailureKind::Runtime, message, step.span, step.span.start).into()
                })
            }
        }
    }

    /// Calls a method with the operands from `start` on.
    fn call_method(
        &mut self,
        receiver: &Value,
        (step_id, step): (u32, &Step),
        (name, method): (TextId, Option<Method>),
        start: usize,
    ) -> Run<Value> {
        self.step(step.span)?;
        let program = self.program();
        if let Some(namespace) = namespace(receiver) {
            let path = format!("{namespace}.{}", program.text(name));
            return match util::find(&path) {
                Some(helper) => self.call_helper(helper, start, step.span, step.span.start + 1),
                None => Ok(Value::Null),
            };
        }
        let Some(method) = method else { return Ok(Value::Null) };
        let frozen = if T::ACTIVE && !method.mutates() { super::recorder::freeze(receiver) } else { Value::Null };
        let arguments = self.operands.get(start..).unwrap_or(&[]);
        let result = method::invoke(receiver, method, arguments, self.host.env)
            .map_err(|thrown| exception(receiver, program.text(name), &thrown, step))?
            .unwrap_or_default();
        if T::ACTIVE {
            let receiver = if method.mutates() { receiver } else { &frozen };
            self.tracer.call(step_id, receiver, arguments, &result);
        }
        Ok(result)
    }

    fn helper_call(&mut self, reference: &Reference, call: HelperCall) -> Run<Value> {
        let program = self.program();
        let step_id = reference.steps.start + call.steps - 1;
        let step = &program.steps[step_id];
        let StepKind::Call { arguments, .. } = &step.kind else { return Ok(Value::Null) };
        let start = self.push_arguments(arguments)?;
        let span = Span { start: reference.span.start, end: step.span.end };
        let result = match self.step(step.span) {
            Ok(()) => self.call_helper(call.helper, start, span, step.span.start + 1),
            Err(limit) => Err(limit),
        };
        if let (true, Ok(result)) = (T::ACTIVE, &result) {
            self.tracer.call(step_id, &Value::Null, self.operands.get(start..).unwrap_or(&[]), result);
        }
        self.operands.truncate(start);
        result
    }

    /// Runs `$util.qr(..)` without making the empty string that it prints; whether it was one. Only unwatched: a
    /// tracer sees the call.
    #[inline]
    pub(super) fn discard(&mut self, reference: &Reference) -> Run<bool> {
        match reference.helper {
            Some(HelperCall { discarded: Some(argument), .. })
                if !T::ACTIVE && is_namespace(self.slot(reference.slot)) =>
            {
                self.value(argument)?;
                self.step(reference.span)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Calls a helper with the operands from `start` on.
    fn call_helper(&mut self, helper: &'static Helper, start: usize, span: Span, at: u32) -> Run<Value> {
        let arguments = self.operands.get(start..).unwrap_or(&[]);
        helper.call(self.host, arguments).map(Option::unwrap_or_default).map_err(|raised| {
            let failure = match raised {
                Raised::Unauthorized => Failure::new(FailureKind::Unauthorized, "Unauthorized", span, at),
                Raised::Error(error) => Failure {
                    error_type: error.error_type,
                    data: error.data,
                    info: error.info,
                    ..Failure::new(FailureKind::Error, error.message.unwrap_or_default(), span, at)
                },
                Raised::Thrown(thrown) => invocation_failure(helper.path, "$util", &thrown, span, at),
                Raised::Undecided => {
                    let message = format!("the rules of `${}` are not public", helper.path);
                    Failure::new(FailureKind::Undecided, message, span, at)
                }
            };
            failure.into()
        })
    }

    /// `#set`. A null right side leaves the left side as it was; so do targets that cannot be assigned, and a
    /// loop's variable while its element is null.
    pub(super) fn set(&mut self, id: StatementId, target: ReferenceId, value: ExpressionId) -> Run<()> {
        let value = self.value(value)?;
        let program = self.program();
        let reference = &program.references[target.0];
        let kept = value.is_null() || reference.steps.is_empty() && self.held.contains(&reference.slot);
        if T::ACTIVE {
            self.tracer.set(id, &value, kept);
        }
        if kept || !reference.assignable {
            return Ok(());
        }
        if reference.steps.is_empty() {
            *self.slot_mut(reference.slot) = value;
            return Ok(());
        }
        let last = reference.steps.end - 1;
        let parent = self.walk(reference, true)?;
        let step = &program.steps[last];
        if T::ACTIVE {
            self.tracer.step(last, &parent);
        }
        let class = java::class_name(&parent);
        let failure = match &step.kind {
            // Velocity 1.7 takes the name of a method for a property here.
            StepKind::Property(name) | StepKind::Call { name, .. } => {
                let Err(thrown) = access::set_property(&parent, program.text(*name), value) else { return Ok(()) };
                invocation_failure("set", class, &thrown, reference.span, reference.span.start + 1)
            }
            StepKind::Index(index) => {
                let index = self.value(*index)?;
                let (key_class, value_class) = (java::class_name(&index), java::class_name(&value));
                let Err(thrown) = access::set_index(&parent, &index, value) else { return Ok(()) };
                let Thrown { class: exception, message, .. } = thrown;
                let message = format!(
                    "Exception calling method 'set({key_class},{value_class})' in  class {class}: {exception}: {message}"
                );
                Failure::new(FailureKind::Runtime, message, step.span, step.span.start)
            }
        };
        Err(failure.into())
    }
}

fn exception(receiver: &Value, name: &str, thrown: &Thrown, step: &Step) -> Box<Halt> {
    invocation_failure(name, java::class_name(receiver), thrown, step.span, step.span.start + 1).into()
}

fn invocation_failure(method: &str, class: &str, thrown: &Thrown, span: Span, at: u32) -> Failure {
    let message = format!(
        "Invocation of method '{method}' in  class {class} threw exception {}: {}",
        thrown.class, thrown.message
    );
    Failure::new(FailureKind::Runtime, message, span, at)
}

/// On maps only `.class` is shadowed by Java.
fn is_class(property: &str) -> bool {
    property == "class"
}

fn namespace(value: &Value) -> Option<&'static str> {
    match value {
        Value::Object(object) => match &**object {
            Object::Namespace(path) => Some(path),
            _ => None,
        },
        _ => None,
    }
}

fn is_namespace(value: &Value) -> bool {
    namespace(value).is_some()
}

/// `$util.dynamodb` as a value of its own.
fn member_namespace(parent: &str, name: &str) -> Value {
    let path = format!("{parent}.{name}");
    util::namespaces().find(|known| *known == path).map_or(Value::Null, |known| Value::object(Object::Namespace(known)))
}
