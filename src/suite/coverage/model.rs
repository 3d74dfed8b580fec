//! Coverage as plain data: part of `vtlens.tests/1`.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::compile::reach::Reach;
use crate::execute::Counted;
use crate::report::AuthorRule;

/// What of the templates ran.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Coverage {
    /// Over the templates that decide about access.
    pub auth: Totals,
    /// Over all templates.
    pub all: Totals,
    /// The share of the branches that is asked for, in percent, of the templates that decide about access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// One entry an API, in the order of their paths.
    pub apis: Vec<ApiCoverage>,
}

/// How much of several templates ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// How many templates.
    pub templates: usize,
    /// Their branches.
    pub branches: Share,
    /// Their conditions, each of which can come out true and false.
    pub conditions: Share,
}

/// A part of a whole; what cannot be reached is in neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Share {
    /// How many ran.
    pub covered: usize,
    /// Of how many.
    pub total: usize,
    /// How many more there are that no request can reach.
    pub unreachable: usize,
}

/// One API's templates.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ApiCoverage {
    /// Its name.
    pub name: String,
    /// The path that suites name it by.
    pub path: String,
    /// Over its templates that decide about access.
    pub auth: Totals,
    /// Over all its templates.
    pub all: Totals,
    /// The `@auth` rules of its author, in the order of the schema; without that schema at hand those that tests met, as
    /// the build lets them be written again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleCoverage>,
    /// Its templates, in the order of its resolvers.
    pub templates: Vec<TemplateCoverage>,
}

/// One `@auth` rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RuleCoverage {
    /// Its place among the rules of its type or field, from 1; 0 where it was written again from the build.
    #[serde(skip_serializing_if = "is_zero")]
    pub number: usize,
    /// The type that it is on, and the field, if it is on one: `Post`, `Post.title`.
    pub on: String,
    /// The rule. Where it was written again from the build, its place is that in the template.
    #[serde(flatten)]
    pub rule: AuthorRule,
    /// How often it let somebody in.
    pub satisfied: u32,
    /// How often somebody was refused, or records were kept from him, who would have got in by it.
    pub refused: u32,
    /// Whether it asks for more than a mode, so that it can refuse callers of its own mode.
    pub asks: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl RuleCoverage {
    /// `Post rule 3`; a rule written again from the build has no number.
    pub fn title(&self) -> String {
        match self.number {
            0 => self.on.clone(),
            number => format!("{} rule {number}", self.on),
        }
    }

    /// Whether a test is missing that the rule lets somebody in.
    pub fn never_satisfied(&self) -> bool {
        self.satisfied == 0
    }

    /// Whether a test is missing that the rule keeps somebody out. What only asks for a mode keeps nobody of that mode out.
    pub fn never_refused(&self) -> bool {
        self.asks && self.refused == 0
    }
}

/// One template.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct TemplateCoverage {
    /// Its name, as reports show it.
    pub template: String,
    /// The file that holds it, to open it with: of an inline template the stack.
    #[serde(skip)]
    pub path: Option<PathBuf>,
    /// The same as tools that run in the same folder find it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Whether it decides about access.
    pub auth: bool,
    /// The fields whose resolvers run it: `Query.getPost`.
    pub fields: Vec<String>,
    /// How often it ran.
    pub runs: u32,
    /// Why it cannot be read, with the place; it then counts as one branch that was never taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How much of it ran.
    pub totals: Totals,
    /// Its branches, in the order of the source.
    pub branches: Vec<BranchCoverage>,
    /// Its conditions, in the order of the source.
    pub conditions: Vec<ConditionCoverage>,
    /// The program with all counts.
    #[serde(skip)]
    pub counted: Arc<Counted>,
    /// What of it can be reached.
    #[serde(skip)]
    pub reach: Arc<Reach>,
}

/// A branch of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BranchCoverage {
    /// Which way it is.
    pub kind: BranchKind,
    /// Where the condition stands that leads into it; of `#else` and of what goes past an `#if` without one, the `#if`.
    pub line: u32,
    /// Counted in characters, from 1.
    pub column: u32,
    /// The condition's text, of `#else` and of what goes past those of the `#if`; of a loop what it runs over.
    pub condition: String,
    /// How often it was taken.
    pub count: u32,
    /// Which statement of the template it belongs to: branches of one are ways out of the same question.
    #[serde(skip)]
    pub block: u32,
    /// Whether the statement ran at all.
    #[serde(skip)]
    pub asked: bool,
    /// Why no request can reach it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreachable: Option<Unreachable>,
}

/// Why no request can reach something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Unreachable {
    /// The template's own values decide it.
    Template,
    /// The fields that run the template admit no caller of the mode that it asks for.
    Mode,
}

/// What way a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum BranchKind {
    /// The body of an `#if`.
    If,
    /// The body of an `#elseif`.
    ElseIf,
    /// The body of an `#else`.
    Else,
    /// Past an `#if` without an `#else`: no condition held.
    Past,
    /// The body of a loop.
    Loop,
}

/// A condition without `&&`, `||` and `!` in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConditionCoverage {
    /// Where it stands.
    pub line: u32,
    /// Counted in characters, from 1.
    pub column: u32,
    /// Its text.
    pub text: String,
    /// How often it came out true.
    #[serde(rename = "true")]
    pub held: u32,
    /// How often it came out false.
    #[serde(rename = "false")]
    pub failed: u32,
    /// Why it cannot come out true.
    #[serde(rename = "neverTrue", skip_serializing_if = "Option::is_none")]
    pub never_true: Option<Unreachable>,
    /// Why it cannot come out false.
    #[serde(rename = "neverFalse", skip_serializing_if = "Option::is_none")]
    pub never_false: Option<Unreachable>,
}

impl Share {
    /// Counts one thing that ran `count` times.
    pub(super) fn add(&mut self, count: u32, unreachable: bool) {
        if unreachable && count == 0 {
            self.unreachable += 1;
        } else {
            self.total += 1;
            self.covered += usize::from(count > 0);
        }
    }

    /// How much ran, in percent; all of nothing.
    pub fn percent(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "nobody counts as many branches")]
        let share = |covered: usize, total: usize| covered as f64 * 100.0 / total as f64;
        if self.total == 0 { 100.0 } else { share(self.covered, self.total) }
    }
}

impl std::ops::AddAssign for Share {
    fn add_assign(&mut self, other: Share) {
        self.covered += other.covered;
        self.total += other.total;
        self.unreachable += other.unreachable;
    }
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Totals) {
        self.templates += other.templates;
        self.branches += other.branches;
        self.conditions += other.conditions;
    }
}

impl TemplateCoverage {
    /// The branches that were never taken and could be.
    pub fn missed_branches(&self) -> impl Iterator<Item = &BranchCoverage> {
        self.branches.iter().filter(|branch| branch.count == 0 && branch.unreachable.is_none())
    }

    /// The conditions that never came out one way and could, each with the way.
    pub fn missed_conditions(&self) -> impl Iterator<Item = (&ConditionCoverage, bool)> {
        self.conditions.iter().flat_map(|condition| {
            let open = |count: u32, never: Option<Unreachable>| count == 0 && never.is_none();
            let held = open(condition.held, condition.never_true).then_some((condition, true));
            held.into_iter().chain(open(condition.failed, condition.never_false).then_some((condition, false)))
        })
    }
}

impl Coverage {
    /// How many more branches of the templates that decide about access must be taken for a share, in percent.
    pub fn short_of(&self, minimum: f64) -> usize {
        let Share { covered, total, .. } = self.auth.branches;
        let enough = |covered: usize| Share { covered, ..self.auth.branches }.percent() >= minimum;
        (covered..=total).find(|covered| enough(*covered)).unwrap_or(total) - covered
    }

    pub(super) fn new(apis: Vec<ApiCoverage>) -> Self {
        let sum = |of: fn(&ApiCoverage) -> Totals| {
            apis.iter().map(of).fold(Totals::default(), |mut sum, totals| {
                sum += totals;
                sum
            })
        };
        Coverage { auth: sum(|api| api.auth), all: sum(|api| api.all), minimum: None, apis }
    }
}
