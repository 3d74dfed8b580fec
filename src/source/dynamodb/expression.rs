//! The expression language as a tree, and its text: `Display` gives text that parses to the same tree.

use std::fmt;

use super::attribute::Attribute;

/// Which parameter of a request an expression is; its name stands in DynamoDB's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// `condition.expression`
    Condition,
    /// `filter.expression`
    Filter,
    /// `query.expression`
    KeyCondition,
    /// `update.expression`
    Update,
    /// `projection.expression`
    Projection,
}

impl Parameter {
    /// DynamoDB's name: `FilterExpression` …
    pub fn name(self) -> &'static str {
        match self {
            Parameter::Condition => "ConditionExpression",
            Parameter::Filter => "FilterExpression",
            Parameter::KeyCondition => "KeyConditionExpression",
            Parameter::Update => "UpdateExpression",
            Parameter::Projection => "ProjectionExpression",
        }
    }
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Any of two or more.
    Or(Vec<Condition>),
    /// All of two or more.
    And(Vec<Condition>),
    /// Its contrary.
    Not(Box<Condition>),
    /// In parentheses.
    Group(Box<Condition>),
    /// A comparison or a function.
    Atom(Box<Atom>),
}

/// The smallest part of a condition that is true or false.
#[derive(Debug, Clone, PartialEq)]
pub enum Atom {
    /// `left = right` …
    Compare {
        /// The first operand.
        left: Operand,
        /// What it is held against by.
        comparator: Comparator,
        /// The second operand.
        right: Operand,
    },
    /// `operand BETWEEN low AND high`, both ends included.
    Between {
        /// What is tested.
        operand: Operand,
        /// The lower bound.
        low: Operand,
        /// The upper bound.
        high: Operand,
    },
    /// `operand IN (a, b)`
    In {
        /// What is tested.
        operand: Operand,
        /// The values it may have.
        list: Vec<Operand>,
    },
    /// `attribute_exists(path)` …
    Call {
        /// The function.
        function: Function,
        /// Its operands: one or two, as the function wants.
        operands: Vec<Operand>,
    },
}

/// A comparator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// `=`
    Eq,
    /// `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl Comparator {
    /// Every comparator.
    pub const ALL: [Comparator; 6] =
        [Comparator::Eq, Comparator::Ne, Comparator::Lt, Comparator::Le, Comparator::Gt, Comparator::Ge];

    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            Comparator::Eq => "=",
            Comparator::Ne => "<>",
            Comparator::Lt => "<",
            Comparator::Le => "<=",
            Comparator::Gt => ">",
            Comparator::Ge => ">=",
        }
    }
}

/// A function that is true or false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `attribute_exists(path)`
    AttributeExists,
    /// `attribute_not_exists(path)`
    AttributeNotExists,
    /// `attribute_type(path, type)`
    AttributeType,
    /// `begins_with(path, start)`
    BeginsWith,
    /// `contains(path, operand)`
    Contains,
}

impl Function {
    /// Every function.
    pub const ALL: [Function; 5] = [
        Function::AttributeExists,
        Function::AttributeNotExists,
        Function::AttributeType,
        Function::BeginsWith,
        Function::Contains,
    ];

    /// As written; case matters.
    pub fn name(self) -> &'static str {
        match self {
            Function::AttributeExists => "attribute_exists",
            Function::AttributeNotExists => "attribute_not_exists",
            Function::AttributeType => "attribute_type",
            Function::BeginsWith => "begins_with",
            Function::Contains => "contains",
        }
    }

    /// How many operands it takes.
    pub fn arity(self) -> usize {
        match self {
            Function::AttributeExists | Function::AttributeNotExists => 1,
            Function::AttributeType | Function::BeginsWith | Function::Contains => 2,
        }
    }
}

/// A value in an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// An attribute of the item.
    Path(Path),
    /// `:value`, before its value was put in.
    Placeholder(String),
    /// A value put in for its placeholder; printed as plain JSON.
    Literal(Attribute),
    /// `size(operand)`
    Size(Box<Operand>),
}

/// A document path: `a.b[0]`, `#alias.c`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path {
    /// Its steps; the first is a name.
    pub steps: Vec<Step>,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An attribute's name.
    Name(String),
    /// `#alias`, before its name was put in.
    Alias(String),
    /// `[0]`
    Index(usize),
}

impl Path {
    /// The attribute of the item it starts from.
    pub fn attribute(&self) -> Option<&str> {
        match self.steps.first()? {
            Step::Name(name) | Step::Alias(name) => Some(name),
            Step::Index(_) => None,
        }
    }

    /// The steps as DynamoDB lists them: `[a, [0], b]`.
    fn listed(&self) -> String {
        let steps: Vec<String> = self
            .steps
            .iter()
            .map(|step| match step {
                Step::Name(name) | Step::Alias(name) => name.clone(),
                Step::Index(index) => format!("[{index}]"),
            })
            .collect();
        format!("[{}]", steps.join(", "))
    }
}

/// An update: what to do to an item.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Update {
    /// `SET path = sum`
    pub sets: Vec<(Path, Sum)>,
    /// `REMOVE path`
    pub removes: Vec<Path>,
    /// `ADD path value`
    pub adds: Vec<(Path, Operand)>,
    /// `DELETE path value`
    pub deletes: Vec<(Path, Operand)>,
}

/// The right side of an assignment.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// The first term.
    pub first: Term,
    /// What is added (true) or taken off (false).
    pub rest: Option<(bool, Term)>,
}

/// A part of a sum.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A path or a value.
    Operand(Operand),
    /// `if_not_exists(path, term)`
    IfNotExists(Path, Box<Term>),
    /// `list_append(term, term)`
    ListAppend(Box<Term>, Box<Term>),
}

/// Refuses paths of which one leads through another. The error is DynamoDB's reason.
pub fn overlap(paths: &[&Path]) -> Result<(), String> {
    for (index, one) in paths.iter().enumerate() {
        for two in paths.iter().skip(index + 1) {
            if one.steps.starts_with(&two.steps) || two.steps.starts_with(&one.steps) {
                return Err(format!(
                    "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: \
                     {}, path two: {}",
                    one.listed(),
                    two.listed()
                ));
            }
        }
    }
    Ok(())
}

fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[T], by: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(by)?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Or(parts) => joined(f, parts, " OR "),
            Condition::And(parts) => joined(f, parts, " AND "),
            Condition::Not(inner) => write!(f, "NOT {inner}"),
            Condition::Group(inner) => write!(f, "({inner})"),
            Condition::Atom(atom) => write!(f, "{atom}"),
        }
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Atom::Compare { left, comparator, right } => write!(f, "{left} {} {right}", comparator.symbol()),
            Atom::Between { operand, low, high } => write!(f, "{operand} BETWEEN {low} AND {high}"),
            Atom::In { operand, list } => {
                write!(f, "{operand} IN (")?;
                joined(f, list, ", ")?;
                f.write_str(")")
            }
            Atom::Call { function, operands } => {
                write!(f, "{}(", function.name())?;
                joined(f, operands, ", ")?;
                f.write_str(")")
            }
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Path(path) => write!(f, "{path}"),
            Operand::Placeholder(name) => f.write_str(name),
            Operand::Literal(value) => write!(f, "{}", value.to_plain()),
            Operand::Size(inner) => write!(f, "size({inner})"),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            match step {
                Step::Name(name) | Step::Alias(name) if index == 0 => f.write_str(name)?,
                Step::Name(name) | Step::Alias(name) => write!(f, ".{name}")?,
                Step::Index(at) => write!(f, "[{at}]")?,
            }
        }
        Ok(())
    }
}
