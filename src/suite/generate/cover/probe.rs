//! Runs of one field, each with the branches that it takes of the templates that decide about access.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::compile::Program;
use crate::compile::branches::Branch;
use crate::error::Result;
use crate::execute::{Coverage, FieldInput};
use crate::identity::IdentityFacts;
use crate::limits::Env;
use crate::replay::{Replay, World};
use crate::source::Data;
use crate::suite::coverage::TemplateCoverage;
use crate::suite::generate::model::DraftTest;

/// Branches, each by its number among those of a field's templates.
pub(super) type Taken = BTreeSet<usize>;

/// One way to ask a field.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Ask {
    pub arguments: Map<String, Json>,
    pub source: Json,
    /// Tables that hold something else.
    pub data: Map<String, Json>,
}

impl Ask {
    /// As a test asks.
    pub(super) fn of(test: &DraftTest) -> Ask {
        Ask { arguments: test.arguments.clone(), source: test.source.clone(), data: test.data.clone() }
    }
}

/// A field that is run again and again.
pub(super) struct Probe<'a> {
    replay: Replay<'a>,
    parent: String,
    field: String,
    /// Its templates that decide.
    programs: Vec<Arc<Program>>,
    /// The branches that some request may take, each with the number of its template.
    branches: Vec<(usize, Branch)>,
    data: Data,
    now_ms: i64,
}

impl<'a> Probe<'a> {
    /// Of a field; `templates` are the API's.
    pub(super) fn new(
        replay: &Replay<'a>,
        (parent, field): (&str, &str),
        templates: &[TemplateCoverage],
        data: Data,
        now_ms: i64,
    ) -> Self {
        let name = format!("{parent}.{field}");
        let its = templates.iter().filter(|template| template.auth && template.fields.contains(&name));
        let (mut programs, mut branches) = (Vec::new(), Vec::new());
        for (at, template) in its.enumerate() {
            let program = Arc::clone(&template.counted.program);
            let open = template.branches.iter().map(|branch| branch.unreachable.is_none());
            let open = program.branches().zip(open).filter(|(_, open)| *open);
            branches.extend(open.map(|(branch, _)| (at, branch)));
            programs.push(program);
        }
        let (parent, field) = (parent.to_owned(), field.to_owned());
        Probe { replay: replay.bare(), parent, field, programs, branches, data, now_ms }
    }

    /// How many branches there are.
    pub(super) fn branches(&self) -> usize {
        self.branches.len()
    }

    /// The branches that one run takes.
    pub(super) fn run(&mut self, facts: &IdentityFacts, ask: &Ask) -> Result<Taken> {
        let coverage: Arc<Coverage> = Arc::default();
        self.replay.count(Arc::clone(&coverage));
        let over =
            (!ask.data.is_empty()).then(|| Data::from_json("data", &Json::Object(ask.data.clone()))).transpose()?;
        let mut data = self.data.clone().with_tables(over.as_ref());
        let env = Env::at(self.now_ms);
        let mut world = World {
            facts: Some(facts),
            data: &mut data,
            env: &env,
            clock: "suite",
            record: false,
            skip_absent_policies: true,
            arguments: &[],
        };
        let input = FieldInput {
            source: ask.source.clone(),
            ..FieldInput::new(&self.parent, &self.field, ask.arguments.clone())
        };
        self.replay.field_in(&input, &mut world)?;
        let counted: Vec<_> = self.programs.iter().map(|program| coverage.template(program.source.name())).collect();
        let was_taken = |(_, (at, branch)): &(usize, &(usize, Branch))| {
            let counted = counted.get(*at).and_then(Option::as_ref);
            counted.is_some_and(|counted| counted.counts.branch(&counted.program, *branch) > 0)
        };
        Ok(self.branches.iter().enumerate().filter(was_taken).map(|(number, _)| number).collect())
    }

    /// Where a branch begins: `Mutation.updatePost.auth.1.res.vtl:26`.
    pub(super) fn place(&self, number: usize) -> Option<String> {
        let (at, branch) = self.branches.get(number)?;
        let program = self.programs.get(*at)?;
        let span = match program.condition(*branch) {
            Some(condition) => program.expressions[condition.0].span,
            None => program.statements[branch.statement.0].span,
        };
        let name = program.source.name();
        let name = name.rsplit('/').next().unwrap_or(name);
        Some(format!("{name}:{}", program.source.line_column(span.start).line))
    }
}
