//! Values and truth of expressions.

use std::rc::Rc;

use super::machine::Machine;
use super::outcome::Run;
use super::tracer::Tracer;
use crate::compile::program::{ExpressionId, ExpressionKind, Expressions};
use crate::syntax::ast::Operator;
use crate::value::java::{self, Arithmetic};
use crate::value::{Entries, Key, Map, MapKind, Value};

impl<T: Tracer> Machine<'_, '_, '_, T> {
    /// The value of an expression.
    #[inline]
    pub(super) fn value(&mut self, id: ExpressionId) -> Run<Value> {
        match &self.program().expressions[id.0].kind {
            ExpressionKind::Reference(reference) => self.reference(*reference),
            ExpressionKind::Text(text) => Ok(self.session.literal(*text).clone()),
            kind => self.computed(id, kind),
        }
    }

    /// The value of an expression that is neither reference nor plain string.
    fn computed(&mut self, id: ExpressionId, kind: &ExpressionKind) -> Run<Value> {
        let program = self.program();
        Ok(match kind {
            ExpressionKind::Reference(reference) => return self.reference(*reference),
            ExpressionKind::Text(text) => self.session.literal(*text).clone(),
            ExpressionKind::Int(n) => Value::Int(*n),
            ExpressionKind::Long(n) => Value::Long(*n),
            ExpressionKind::Big(n) => Value::Big(Rc::new((**n).clone())),
            ExpressionKind::Double(d) => Value::Double(*d),
            ExpressionKind::Boolean(b) => Value::Bool(*b),
            ExpressionKind::Word => Value::Null,
            ExpressionKind::Interpolated(block) => Value::Str(self.rendered(block)?),
            ExpressionKind::List(items) => Value::list(self.values(items)?),
            ExpressionKind::Range(from, to) => {
                let (from, to) = (self.value(*from)?, self.value(*to)?);
                range(&from, &to, self.host.env.limits.steps)
            }
            ExpressionKind::Map(pairs) => {
                let mut entries = Entries::with_capacity_and_hasher(pairs.len() / 2, rustc_hash::FxBuildHasher);
                for pair in program.lists.slice(pairs).chunks_exact(2) {
                    if let [key, value] = pair {
                        let key = self.value(*key)?;
                        let value = self.value(*value)?;
                        entries.insert(Key(key), value);
                    }
                }
                Value::Map(Map::of(MapKind::LinkedHashMap, entries))
            }
            ExpressionKind::Not(_) => Value::Bool(self.truth(id)?),
            ExpressionKind::Binary(operator, left, right) => match arithmetic(*operator) {
                Some(arithmetic) => return self.arithmetic(arithmetic, *left, *right),
                None => Value::Bool(self.truth(id)?),
            },
        })
    }

    fn values(&mut self, ids: &Expressions) -> Run<Vec<Value>> {
        let program = self.program();
        let mut values = Vec::with_capacity(ids.len());
        for &id in program.lists.slice(ids) {
            values.push(self.value(id)?);
        }
        Ok(values)
    }

    /// Evaluates arguments onto the stack of operands; where they begin. Whoever calls takes them off again.
    pub(super) fn push_arguments(&mut self, ids: &Expressions) -> Run<usize> {
        let program = self.program();
        let start = self.operands.len();
        for &id in program.lists.slice(ids) {
            match self.value(id) {
                Ok(value) => self.operands.push(value),
                Err(halt) => {
                    self.operands.truncate(start);
                    return Err(halt);
                }
            }
        }
        Ok(start)
    }

    /// The value of a variable or a string, where it lies; `None` for what must be computed.
    #[inline]
    fn at_hand(&self, id: ExpressionId) -> Option<&Value> {
        match &self.program().expressions[id.0].kind {
            ExpressionKind::Text(text) => Some(self.session.literal(*text)),
            ExpressionKind::Reference(reference) => self.variable(*reference),
            _ => None,
        }
    }

    /// The truth of a condition. Literals and arithmetic are never true, whatever their value.
    pub(super) fn truth(&mut self, id: ExpressionId) -> Run<bool> {
        let program = self.program();
        match &program.expressions[id.0].kind {
            ExpressionKind::Not(operand) => Ok(!self.truth(*operand)?),
            ExpressionKind::Binary(Operator::And, left, right) => Ok(self.truth(*left)? && self.truth(*right)?),
            ExpressionKind::Binary(Operator::Or, left, right) => Ok(self.truth(*left)? || self.truth(*right)?),
            ExpressionKind::Binary(operator, left, right) if arithmetic(*operator).is_none() => {
                if !T::ACTIVE && self.at_hand(*right).is_some() {
                    return self.compare_in_place(*operator, *left, *right);
                }
                let (left, right) = (self.value(*left)?, self.value(*right)?);
                let truth = compare(*operator, &left, &right);
                if T::ACTIVE {
                    self.tracer.atom(id, truth, &left, &right);
                }
                Ok(truth)
            }
            ExpressionKind::Reference(reference) => {
                if let (false, Some(value)) = (T::ACTIVE, self.variable(*reference)) {
                    return Ok(value.truth());
                }
                let value = self.reference(*reference)?;
                let truth = value.truth();
                if T::ACTIVE {
                    self.tracer.atom(id, truth, &value, &Value::Null);
                }
                Ok(truth)
            }
            ExpressionKind::Boolean(truth) => {
                if T::ACTIVE {
                    self.tracer.atom(id, *truth, &Value::Bool(*truth), &Value::Null);
                }
                Ok(*truth)
            }
            // Literals and arithmetic are false without being looked at: nothing in them runs.
            _ => {
                if T::ACTIVE {
                    self.tracer.atom(id, false, &Value::Null, &Value::Null);
                }
                Ok(false)
            }
        }
    }

    /// A comparison whose right side lies at hand: nothing that can be compared where it lies is copied.
    fn compare_in_place(&mut self, operator: Operator, left: ExpressionId, right: ExpressionId) -> Run<bool> {
        let computed;
        let left = match self.at_hand(left) {
            Some(left) => left,
            None => {
                computed = self.value(left)?;
                &computed
            }
        };
        Ok(self.at_hand(right).is_some_and(|right| compare(operator, left, right)))
    }

    fn arithmetic(&mut self, operator: Arithmetic, left: ExpressionId, right: ExpressionId) -> Run<Value> {
        let (a, b) = (self.value(left)?, self.value(right)?);
        if operator == Arithmetic::Add && (matches!(a, Value::Str(_)) || matches!(b, Value::Str(_))) {
            let mut text = String::new();
            for (value, id) in [(&a, left), (&b, right)] {
                // A null operand contributes its own source.
                if value.is_null() {
                    text.push_str(self.program().source_text(self.program().expressions[id.0].span));
                } else {
                    java::write_to(value, &mut text);
                }
            }
            return Ok(Value::from(text));
        }
        Ok(java::arithmetic(operator, &a, &b))
    }
}

fn arithmetic(operator: Operator) -> Option<Arithmetic> {
    Some(match operator {
        Operator::Add => Arithmetic::Add,
        Operator::Subtract => Arithmetic::Subtract,
        Operator::Multiply => Arithmetic::Multiply,
        Operator::Divide => Arithmetic::Divide,
        Operator::Modulo => Arithmetic::Modulo,
        _ => return None,
    })
}

/// `<` and its kin are false for anything but two numbers, all four of them.
fn compare(operator: Operator, left: &Value, right: &Value) -> bool {
    match operator {
        Operator::Equal => java::loosely_equal(left, right),
        Operator::NotEqual => !java::loosely_equal(left, right),
        Operator::Less => java::compare_numbers(left, right).is_some_and(std::cmp::Ordering::is_lt),
        Operator::LessEqual => java::compare_numbers(left, right).is_some_and(std::cmp::Ordering::is_le),
        Operator::Greater => java::compare_numbers(left, right).is_some_and(std::cmp::Ordering::is_gt),
        Operator::GreaterEqual => java::compare_numbers(left, right).is_some_and(std::cmp::Ordering::is_ge),
        _ => false,
    }
}

/// `[a..b]`, both ends included, downwards when a > b. Bounds that are no integers make it null.
fn range(from: &Value, to: &Value, most: u64) -> Value {
    let bound = |value: &Value| match value {
        Value::Int(n) => Some(i64::from(*n)),
        Value::Long(n) => Some(*n),
        Value::Double(_) | Value::Big(_) => java::as_f64(value).map(|d| d as i64),
        _ => None,
    };
    let (Some(from), Some(to)) = (bound(from), bound(to)) else { return Value::Null };
    if from.abs_diff(to) >= most {
        return Value::Null;
    }
    let item = |n: i64| i32::try_from(n).map_or(Value::Long(n), Value::Int);
    let items = if from <= to { (from..=to).map(item).collect() } else { (to..=from).rev().map(item).collect() };
    Value::list(items)
}
