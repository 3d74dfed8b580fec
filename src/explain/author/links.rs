//! Which attributes the templates hold against which claims, read off their source: every comparison, every entry of a
//! filter, every value that is filled in, also those that did not run. One branch of an owner rule asks for his `sub`, the
//! next for his name; all of them together are what the author wrote.

use rustc_hash::FxHashMap;

use crate::api::AuthMode;
use crate::compile::program::{ExpressionId, ExpressionKind, ReferenceId, Slot, StatementId, StatementKind, StepKind};
use crate::explain::mode::mode_asked;
use crate::explain::run::Run;
use crate::explain::variable::literal_text;
use crate::syntax::ast::Operator;

/// An attribute that is held against claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// The mode of the callers for whom; `None` for all.
    mode: Option<AuthMode>,
    /// A field of the record, an argument or the parent.
    pub attribute: String,
    /// The claims, in the order in which they are read.
    pub claims: Vec<String>,
    /// Whether a claim is read as a list: of groups.
    list: bool,
}

impl Link {
    /// Whether the attribute holds groups, not people.
    pub(super) fn of_groups(&self) -> bool {
        self.list || self.claims.as_slice() == ["cognito:groups"]
    }
}

/// All such links of the templates of one execution.
#[derive(Debug, Clone, Default)]
pub struct Links(Vec<Link>);

impl Links {
    /// Reads them.
    pub fn of(runs: &[Run]) -> Links {
        let mut found = Vec::new();
        runs.iter().for_each(|run| Reader { run, known: FxHashMap::default(), mode: None, found: &mut found }.read());
        Links(found)
    }

    /// Whether an attribute is held against a claim.
    pub fn has(&self, mode: AuthMode, attribute: &str) -> bool {
        self.of_mode(mode).any(|link| link.attribute == attribute)
    }

    /// The widest link of an attribute that has the claims which a branch read.
    pub(super) fn widest(&self, mode: AuthMode, attribute: &str, claims: &[String]) -> Option<&Link> {
        let all = || self.of_mode(mode).filter(|link| link.attribute == attribute);
        let reads = |link: &&Link| claims.iter().all(|claim| link.claims.contains(claim));
        let widest = |link: &&Link| link.claims.len();
        all().filter(reads).max_by_key(widest).or_else(|| all().max_by_key(widest))
    }

    /// The only attribute that is held against claims.
    pub(super) fn only(&self, mode: AuthMode, claims: &[String]) -> Option<&str> {
        let mut all = self.of_mode(mode).filter(|link| claims.iter().all(|claim| link.claims.contains(claim)));
        let first = all.next()?.attribute.as_str();
        all.all(|link| link.attribute == first).then_some(first)
    }

    fn of_mode(&self, mode: AuthMode) -> impl Iterator<Item = &Link> {
        self.0.iter().filter(move |link| link.mode.is_none_or(|only| only == mode))
    }
}

/// What a value is made of.
#[derive(Debug, Clone, Default)]
struct Made {
    claims: Vec<String>,
    attributes: Vec<String>,
    list: bool,
}

impl Made {
    fn add(&mut self, more: Made) {
        let add = |all: &mut Vec<String>, more: Vec<String>| {
            more.into_iter().for_each(|one| {
                if !all.contains(&one) {
                    all.push(one);
                }
            });
        };
        add(&mut self.claims, more.claims);
        add(&mut self.attributes, more.attributes);
        self.list |= more.list;
    }
}

/// Goes through one template from its first statement to its last.
struct Reader<'r> {
    run: &'r Run,
    known: FxHashMap<Slot, Made>,
    mode: Option<AuthMode>,
    found: &'r mut Vec<Link>,
}

impl Reader<'_> {
    fn read(mut self) {
        let program = &self.run.program;
        let mut statements: Vec<StatementId> = self.run.statements().collect();
        statements.sort_by_key(|statement| program.statements[statement.0].span.start);
        for statement in statements {
            self.mode = self.mode_around(statement);
            match &program.statements[statement.0].kind {
                StatementKind::Set(target, value) => {
                    self.links_in(*value);
                    let made = self.made_of(*value);
                    let target = &program.references[target.0];
                    if target.steps.is_empty() {
                        self.known.insert(target.slot, made);
                    }
                }
                StatementKind::Output(reference, _) => self.links_of(*reference),
                StatementKind::If(arms) => {
                    arms.iter().filter_map(|arm| arm.condition).for_each(|condition| self.links_in(condition));
                }
                StatementKind::Foreach { variable, iterable: Some(iterable), .. } => {
                    let made = self.made_of(*iterable);
                    self.known.insert(*variable, Made { list: true, ..made });
                }
                _ => {}
            }
        }
    }

    /// The mode that the conditions around a statement ask for.
    fn mode_around(&self, statement: StatementId) -> Option<AuthMode> {
        self.run.ancestors(statement).into_iter().find_map(|(outer, arm)| {
            let StatementKind::If(arms) = &self.run.program.statements[outer.0].kind else { return None };
            let asked = mode_asked(self.run, arms.get(usize::from(arm))?.condition?)?;
            AuthMode::ALL.into_iter().find(|mode| mode.auth_type() == asked)
        })
    }

    fn made_of(&self, expression: ExpressionId) -> Made {
        let mut made = Made::default();
        for reference in self.run.references_in(expression) {
            made.add(self.made_of_reference(reference));
        }
        made
    }

    /// What the root of a reference and its names lead to; not what its calls are given.
    fn made_of_reference(&self, reference: ReferenceId) -> Made {
        let program = &self.run.program;
        let node = &program.references[reference.0];
        let steps = program.steps.slice(&node.steps);
        // A claim that is a list is one without elements where it is absent.
        if let Some(call) = &node.helper {
            let or_list = steps.iter().any(|step| match &step.kind {
                StepKind::Call { arguments, .. } => program
                    .lists
                    .slice(arguments)
                    .get(1)
                    .is_some_and(|other| matches!(program.expressions[other.0].kind, ExpressionKind::List(_))),
                _ => false,
            });
            return Made { list: or_list && call.helper.path == "util.defaultIfNull", ..Made::default() };
        }
        if !matches!(&*program.slots[node.slot.0], "ctx" | "context") {
            return self.known.get(&node.slot).cloned().unwrap_or_default();
        }
        let names: Vec<String> = steps.iter().map_while(|step| self.name(&step.kind)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let one = |name: &str| vec![name.to_owned()];
        match names.as_slice() {
            ["identity", "claims", claim, ..] => Made { claims: one(claim), ..Made::default() },
            ["args" | "arguments", "input"] => Made::default(),
            ["args" | "arguments", "input", attribute, ..]
            | ["args" | "arguments" | "result" | "source", attribute, ..] => {
                Made { attributes: one(attribute), ..Made::default() }
            }
            _ => Made::default(),
        }
    }

    /// `.name`, `.get("name")`, `["name"]`
    fn name(&self, step: &StepKind) -> Option<String> {
        let program = &self.run.program;
        match step {
            StepKind::Property(name) => Some(program.text(*name).to_owned()),
            StepKind::Call { name, arguments, .. } if program.text(*name) == "get" => {
                literal_text(self.run, *program.lists.slice(arguments).first()?)
            }
            StepKind::Index(index) => literal_text(self.run, *index),
            StepKind::Call { .. } => None,
        }
    }

    /// The links that an expression makes.
    fn links_in(&mut self, expression: ExpressionId) {
        let run = self.run;
        let program = &run.program;
        match &program.expressions[expression.0].kind {
            ExpressionKind::Reference(reference) => self.links_of(*reference),
            ExpressionKind::Not(operand) => self.links_in(*operand),
            ExpressionKind::Binary(operator, left, right) => {
                self.links_in(*left);
                self.links_in(*right);
                if *operator == Operator::Equal {
                    let (left, right) = (self.made_of(*left), self.made_of(*right));
                    self.held_against(&left, &right);
                    self.held_against(&right, &left);
                }
            }
            ExpressionKind::List(items) => program.lists.slice(items).iter().for_each(|item| self.links_in(*item)),
            ExpressionKind::Map(pairs) => {
                for (key, value) in program.lists.slice(pairs).chunks_exact(2).filter_map(|pair| match pair {
                    [key, value] => Some((*key, *value)),
                    _ => None,
                }) {
                    // `{"owner": {"eq": $me}}`
                    if let (Some(attribute), ExpressionKind::Map(_)) =
                        (literal_text(run, key), &program.expressions[value.0].kind)
                    {
                        let made = self.made_of(value);
                        self.link(&attribute, &made);
                    }
                    self.links_in(value);
                }
            }
            _ => {}
        }
    }

    fn links_of(&mut self, reference: ReferenceId) {
        let run = self.run;
        let program = &run.program;
        let node = &program.references[reference.0];
        let mut before = match node.helper {
            Some(_) => Made::default(),
            None => self.made_of_reference(reference),
        };
        let in_stash = program.steps.slice(&node.steps).first().and_then(|step| self.name(&step.kind));
        for step in program.steps.slice(&node.steps) {
            let StepKind::Call { name, method, arguments } = &step.kind else { continue };
            let arguments = program.lists.slice(arguments);
            arguments.iter().for_each(|argument| self.links_in(*argument));
            match (program.text(*name), arguments) {
                ("contains", [asked]) => {
                    let asked = self.made_of(*asked);
                    self.held_against(&before, &asked);
                    self.held_against(&asked, &before);
                }
                ("put", [key, value]) if in_stash.as_deref() != Some("stash") => {
                    if let Some(attribute) = literal_text(run, *key) {
                        let made = self.made_of(*value);
                        self.link(&attribute, &made);
                    }
                }
                _ => {}
            }
            if method.is_some_and(crate::value::method::Method::mutates) && node.helper.is_none() {
                arguments.iter().for_each(|argument| before.add(self.made_of(*argument)));
                if !matches!(&*program.slots[node.slot.0], "ctx" | "context") {
                    self.known.insert(node.slot, before.clone());
                }
            }
        }
    }

    fn held_against(&mut self, attributes: &Made, claims: &Made) {
        attributes.attributes.iter().for_each(|attribute| self.link(attribute, claims));
    }

    fn link(&mut self, attribute: &str, made: &Made) {
        if made.claims.is_empty() {
            return;
        }
        let link =
            Link { mode: self.mode, attribute: attribute.to_owned(), claims: made.claims.clone(), list: made.list };
        if !self.found.contains(&link) {
            self.found.push(link);
        }
    }
}
