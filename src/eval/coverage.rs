//! The tracer that counts: how often every statement began, every branch was taken and every condition came out true
//! or false. The counts of a program are shared by all threads that run it.

use std::sync::atomic::{AtomicU32, Ordering};

use super::tracer::Tracer;
use crate::compile::Program;
use crate::compile::branches::Branch;
use crate::compile::program::{ExpressionId, StatementId, StatementKind};
use crate::value::Value;

/// How often everything of a program ran.
#[derive(Debug)]
pub struct Counts {
    statements: Box<[Count]>,
    /// Where the ways through a statement begin in `ways`, by statement.
    first_way: Box<[u32]>,
    ways: Box<[Count]>,
    /// By expression: false, true.
    atoms: Box<[[Count; 2]]>,
}

/// A count that stays at the largest number instead of starting over.
#[derive(Debug, Default)]
struct Count(AtomicU32);

impl Count {
    fn add_one(&self) {
        if self.0.load(Ordering::Relaxed) < u32::MAX / 2 {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counts {
    /// For a program that has not run.
    pub fn new(program: &Program) -> Counts {
        let mut ways = 0_u32;
        let mut first_way = Vec::with_capacity(program.statements.len());
        for statement in program.statements.iter() {
            first_way.push(ways);
            ways = ways.saturating_add(u32::try_from(statement.ways().count()).unwrap_or(u32::MAX));
        }
        let of = |many: usize| (0..many).map(|_| Count::default()).collect();
        Counts {
            statements: of(program.statements.len()),
            first_way: first_way.into(),
            ways: of(ways as usize),
            atoms: (0..program.expressions.len()).map(|_| <[Count; 2]>::default()).collect(),
        }
    }

    /// How often a statement began; of text, how often it printed.
    pub fn statement(&self, statement: StatementId) -> u32 {
        self.statements.get(statement.index()).map_or(0, Count::get)
    }

    /// How often the program ran; never of one without anything in it.
    pub fn runs(&self, program: &Program) -> u32 {
        program.block_items.slice(&program.body).first().map_or(0, |first| self.statement(*first))
    }

    /// How often a branch was taken. `program` is the one that was counted.
    pub fn branch(&self, program: &Program, branch: Branch) -> u32 {
        let at = program.statements[branch.statement.0].ways().position(|way| way == branch.way);
        at.and_then(|at| self.way(branch.statement, at)).map_or(0, Count::get)
    }

    /// How often a condition came out one way.
    pub fn atom(&self, expression: ExpressionId, truth: bool) -> u32 {
        self.truths(expression, truth).map_or(0, Count::get)
    }

    fn way(&self, statement: StatementId, at: usize) -> Option<&Count> {
        let first = self.first_way.get(statement.index())?;
        self.ways.get((*first as usize).checked_add(at)?)
    }

    fn truths(&self, expression: ExpressionId, truth: bool) -> Option<&Count> {
        let [no, yes] = self.atoms.get(expression.index())?;
        Some(if truth { yes } else { no })
    }
}

/// Counts one run.
#[derive(Debug)]
pub struct Coverage<'c> {
    program: &'c Program,
    counts: &'c Counts,
}

impl<'c> Coverage<'c> {
    /// Into the counts of a program.
    pub fn new(program: &'c Program, counts: &'c Counts) -> Self {
        Coverage { program, counts }
    }

    fn begun(&self, statement: StatementId) {
        self.counts.statements.get(statement.index()).into_iter().for_each(Count::add_one);
    }

    fn taken(&self, statement: StatementId, at: usize) {
        self.counts.way(statement, at).into_iter().for_each(Count::add_one);
    }
}

impl Tracer for Coverage<'_> {
    fn statement(&mut self, statement: StatementId) {
        self.begun(statement);
    }

    fn arm(&mut self, statement: StatementId, arm: Option<u16>) {
        let StatementKind::If(arms) = &self.program.statements[statement.0].kind else { return };
        // Going past all arms is the way behind them.
        self.taken(statement, arm.map_or(arms.len(), usize::from));
    }

    fn atom(&mut self, expression: ExpressionId, truth: bool, _left: &Value, _right: &Value) {
        self.counts.truths(expression, truth).into_iter().for_each(Count::add_one);
    }

    fn loop_turn(&mut self, statement: StatementId, _element: &Value) {
        self.taken(statement, 0);
    }

    fn printed(&mut self, statement: StatementId, _end: usize) {
        // Text does not begin: it only prints.
        if matches!(self.program.statements[statement.0].kind, StatementKind::Text(_)) {
            self.begun(statement);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::branches::Way;
    use crate::compile::compile;
    use crate::eval::{NoTrace, Session};
    use crate::limits::Env;
    use crate::util::Host;

    /// Every branch with how often it was taken, over runs with these values of `$x`.
    fn taken(template: &str, values: &[Value]) -> Vec<(Way, u32)> {
        let program = compile("t", template).unwrap();
        let counts = Counts::new(&program);
        let env = Env::at(0);
        for value in values {
            let session = Session::new(&program);
            let run = |tracer: &mut Coverage<'_>| {
                session.run([("x", value.clone())], &mut Host::new(&env, ""), tracer).output
            };
            let counted = run(&mut Coverage::new(&program, &counts));
            assert_eq!(counted, session.run([("x", value.clone())], &mut Host::new(&env, ""), &mut NoTrace).output);
        }
        program.branches().map(|branch| (branch.way, counts.branch(&program, branch))).collect()
    }

    #[test]
    fn every_way_is_counted_once_a_run() {
        let (one, two) = (Value::Int(1), Value::Int(2));
        let list = Value::list(vec![one.clone(), two.clone(), Value::Null]);
        for (template, values, expected) in [
            ("#if($x) a #end", vec![Value::Null, one.clone(), one.clone()], vec![(Way::Arm(0), 2), (Way::Past, 1)]),
            ("#if($x) a #else b #end", vec![Value::Null], vec![(Way::Arm(0), 0), (Way::Arm(1), 1)]),
            (
                "#if($x == 1) a #elseif($x == 2) #if($x) b #end #end",
                vec![one.clone(), two, Value::Null],
                vec![(Way::Arm(0), 1), (Way::Arm(1), 1), (Way::Past, 1), (Way::Arm(0), 1), (Way::Past, 0)],
            ),
            ("#foreach($y in $x) $y #end", vec![list, Value::Null], vec![(Way::Turn, 3)]),
            ("#set($s = \"#if($x) a #end\")", vec![one], vec![(Way::Arm(0), 1), (Way::Past, 0)]),
        ] {
            assert_eq!(taken(template, &values), expected, "{template}");
        }
    }

    #[test]
    fn what_is_not_asked_is_not_counted() {
        let program = compile("t", "#if($x && !$y)\na\n#end\nb").unwrap();
        let counts = Counts::new(&program);
        let env = Env::at(0);
        let _ = Session::new(&program).run([], &mut Host::new(&env, ""), &mut Coverage::new(&program, &counts));
        let asked = program.atoms().into_iter().map(|atom| [counts.atom(atom, false), counts.atom(atom, true)]);
        assert_eq!(asked.collect::<Vec<_>>(), [[1, 0], [0, 0]]);
        let texts = (0..).map(StatementId).take(program.statements.len()).map(|id| counts.statement(id));
        assert_eq!(texts.collect::<Vec<_>>(), [1, 0, 1]);
    }
}
