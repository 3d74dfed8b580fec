//! How much a way past a denial says about why this caller was let in, by what its conditions asked.

use super::ways::{Act, Search, Way};
use crate::compile::program::{ExpressionId, StatementKind};
use crate::eval::Event;
use crate::explain::condition::{self, Atom, Evaluated};
use crate::explain::origin::Origin;
use crate::explain::run::{Moment, Run};
use crate::explain::words::{self, Question};
use crate::value::Value;

/// How much a grant says about why this caller was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It runs for everybody, or asks only whether something is there, or that a mode is *not* used.
    Weak,
    /// It asks for the mode alone.
    Mode,
    /// It asks for more.
    Strong,
}

impl Search<'_> {
    /// Whether any condition that was asked, or loop that was entered, hangs on who the caller is.
    pub(super) fn ask_of_caller(&self) -> bool {
        self.runs.iter().enumerate().any(|(index, run)| {
            run.events.iter().enumerate().any(|(event, recorded)| {
                let at = Moment { run: index, event };
                let expression = match recorded {
                    Event::Atom { expression, .. } => *expression,
                    Event::LoopEnter { statement, .. } => match &run.program.statements[statement.0].kind {
                        StatementKind::Foreach { iterable: Some(iterable), .. } => *iterable,
                        _ => return false,
                    },
                    _ => return false,
                };
                run.references_in(expression).into_iter().any(|reference| {
                    let steps = run.program.references[reference.0].steps.len();
                    words::is_owner(&self.origins.of_prefix(reference, steps, at))
                }) || words::is_owner(&self.origins.of(expression, at))
            })
        })
    }

    /// How much a way says.
    pub(super) fn weight(&self, way: &Way) -> Weight {
        // A condition that came out speaks for itself, not those around it.
        let guards = match (way.act, way.guards.split_last()) {
            (Act::CameOut, Some((last, _))) => std::slice::from_ref(last),
            _ => way.guards.as_slice(),
        };
        let tells = |guard: &Evaluated| self.specific(guard) && (way.act != Act::CameOut || !self.not_asked_for(guard));
        if way.act == Act::Filled && !guards.is_empty() || guards.iter().any(tells) {
            return Weight::Strong;
        }
        if guards.iter().any(|guard| self.names_mode(guard)) { Weight::Mode } else { Weight::Weak }
    }

    /// Whether a condition only found that an argument was not given: a field that nobody sets needs no rule.
    pub(super) fn not_asked_for(&self, evaluated: &Evaluated) -> bool {
        let Some(run) = self.runs.get(evaluated.at.run) else { return false };
        evaluated.deciding(run).iter().all(|atom| {
            let operands = condition::operands(self.origins, run, atom);
            let of_arguments =
                operands.iter().all(|(_, origin)| !given(origin) || matches!(origin, Origin::Argument(_)));
            of_arguments
                && matches!(words::question(run, atom.expression), Question::Contains | Question::ContainsKey)
                && !atom.truth
        })
    }

    /// Whether a condition asks more than whether something is there, or for the mode.
    pub(super) fn specific(&self, evaluated: &Evaluated) -> bool {
        let Some(run) = self.runs.get(evaluated.at.run) else { return false };
        evaluated.deciding(run).iter().any(|atom| self.specific_atom(run, atom))
    }

    /// Whether an atom does.
    pub(super) fn specific_atom(&self, run: &Run, atom: &Atom) -> bool {
        let asks = words::question(run, atom.expression);
        let operands = condition::operands(self.origins, run, atom);
        let found_none = |origin: &Origin| match origin {
            Origin::Record(path) | Origin::Result(path) => {
                path.is_empty() || path.starts_with("items") || path == "scannedCount"
            }
            _ => false,
        };
        let counts =
            asks == Question::Compare && run.program.source_text(span(run, atom.expression)).contains("size()");
        let contained = asks == Question::Truth && matches!(atom.left, Value::List(_) | Value::Map(_) | Value::Null);
        !matches!(asks, Question::Missing | Question::Empty | Question::Kind(_))
            && !counts
            && !contained
            && operands.iter().any(|(_, origin)| origin.any(&|part| given(part) && !matches!(part, Origin::Mode)))
            && !operands.iter().any(|(_, origin)| origin.any(&found_none))
    }

    pub(super) fn names_mode(&self, evaluated: &Evaluated) -> bool {
        let Some(run) = self.runs.get(evaluated.at.run) else { return false };
        evaluated.deciding(run).iter().any(|atom| {
            let same = (words::question(run, atom.expression) == Question::Equal) == atom.truth;
            let operands = condition::operands(self.origins, run, atom);
            same && operands.iter().any(|(_, origin)| matches!(origin, Origin::Mode))
        })
    }

    /// Whether a condition holds something of the caller against a value, and so came out.
    pub(super) fn asks_caller(&self, evaluated: &Evaluated) -> bool {
        let Some(run) = self.runs.get(evaluated.at.run) else { return false };
        evaluated.deciding(run).iter().any(|atom| {
            let operands = condition::operands(self.origins, run, atom);
            self.specific_atom(run, atom) && operands.iter().any(|(_, origin)| words::is_owner(origin))
        })
    }

    pub(super) fn given(&self, run: &Run, atom: &Atom) -> bool {
        condition::operands(self.origins, run, atom).iter().any(|(_, origin)| origin.any(&given))
    }
}

/// Whether a value is something that the templates were given, rather than wrote themselves.
pub(super) fn given(origin: &Origin) -> bool {
    !matches!(
        origin,
        Origin::Literal(_) | Origin::Unset(_) | Origin::Computed(_) | Origin::Several(_) | Origin::Absent(_)
    )
}

fn span(run: &Run, expression: ExpressionId) -> crate::source_file::Span {
    run.program.expressions[expression.0].span
}
