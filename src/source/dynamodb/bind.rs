//! Puts names and values in for `#aliases` and `:values`, and makes DynamoDB's checks of an expression that need
//! no item: undefined and unused placeholders, operand types, operands that are the same path.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::attribute::Attribute;
use super::expression::{
    Atom, Comparator, Condition, Function, Operand, Parameter, Path, Step, Sum, Term, Update, overlap,
};
use super::failure::Refusal;
use super::parse::invalid;

/// One expression of a request with its own placeholders.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    /// The text.
    pub expression: String,
    /// `expressionNames`, when given.
    pub names: Option<IndexMap<String, String>>,
    /// `expressionValues`, when given.
    pub values: Option<IndexMap<String, Attribute>>,
}

/// The placeholders of a request. DynamoDB knows one map of names and one of values for all expressions of a
/// request, so AppSync joins what the sections give; where two sections give one placeholder different meanings,
/// each keeps its own here (unverified).
pub struct Binder<'r> {
    sections: Vec<&'r Section>,
    used: BTreeSet<String>,
}

/// DynamoDB's types, as `attribute_type` takes them.
const TYPES: [&str; 10] = ["B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"];

impl<'r> Binder<'r> {
    /// A binder over the sections that are present.
    pub fn new(sections: impl IntoIterator<Item = Option<&'r Section>>) -> Result<Binder<'r>, Refusal> {
        let sections: Vec<&Section> = sections.into_iter().flatten().collect();
        // An empty map is sent as it is, and DynamoDB refuses it (aws-appsync-community#178).
        let sizes = |of: fn(&Section) -> Option<usize>| sections.iter().copied().filter_map(of).max();
        for (name, size) in [
            ("ExpressionAttributeNames", sizes(|section| section.names.as_ref().map(IndexMap::len))),
            ("ExpressionAttributeValues", sizes(|section| section.values.as_ref().map(IndexMap::len))),
        ] {
            if size == Some(0) {
                return Err(Refusal::validation(format!("{name} must not be empty")));
            }
        }
        Ok(Binder { sections, used: BTreeSet::new() })
    }

    /// After all sections were bound: placeholders that nothing used are an error.
    pub fn finish(self) -> Result<(), Refusal> {
        let unused = |given: Vec<&String>| {
            let keys: Vec<&str> =
                given.into_iter().filter(|key| !self.used.contains(*key)).map(String::as_str).collect();
            (!keys.is_empty()).then(|| keys.join(", "))
        };
        let names = self.sections.iter().flat_map(|section| section.names.iter().flat_map(IndexMap::keys)).collect();
        let values = self.sections.iter().flat_map(|section| section.values.iter().flat_map(IndexMap::keys)).collect();
        for (map, keys) in [("Names", unused(names)), ("Values", unused(values))] {
            if let Some(keys) = keys {
                return Err(Refusal::validation(format!(
                    "Value provided in ExpressionAttribute{map} unused in expressions: keys: {{{keys}}}"
                )));
            }
        }
        Ok(())
    }

    /// A condition with everything put in, checked.
    pub fn condition(
        &mut self,
        section: &Section,
        parameter: Parameter,
        condition: &Condition,
    ) -> Result<Condition, Refusal> {
        let refuse = |why: String| Refusal::validation(invalid(parameter, &why));
        self.condition_in(section, condition).map_err(refuse)
    }

    /// An update with everything put in.
    pub fn update(&mut self, section: &Section, update: &Update) -> Result<Update, Refusal> {
        let refuse = |why: String| Refusal::validation(invalid(Parameter::Update, &why));
        let mut changes = |list: &[(Path, Operand)]| {
            list.iter()
                .map(|(path, value)| Ok((self.path(section, path)?, self.operand(section, value)?)))
                .collect::<Result<Vec<_>, String>>()
        };
        let (adds, deletes) = (changes(&update.adds).map_err(refuse)?, changes(&update.deletes).map_err(refuse)?);
        let mut bound = Update { adds, deletes, ..Update::default() };
        for (path, sum) in &update.sets {
            let path = self.path(section, path).map_err(refuse)?;
            bound.sets.push((path, self.sum(section, sum).map_err(refuse)?));
        }
        for path in &update.removes {
            bound.removes.push(self.path(section, path).map_err(refuse)?);
        }
        Ok(bound)
    }

    /// A projection's paths with names put in.
    pub fn projection(&mut self, section: &Section, paths: &[Path]) -> Result<Vec<Path>, Refusal> {
        let refuse = |why: String| Refusal::validation(invalid(Parameter::Projection, &why));
        let paths = paths
            .iter()
            .map(|path| self.path(section, path).map_err(refuse))
            .collect::<Result<Vec<Path>, Refusal>>()?;
        overlap(&paths.iter().collect::<Vec<_>>()).map_err(refuse)?;
        Ok(paths)
    }

    fn condition_in(&mut self, section: &Section, condition: &Condition) -> Result<Condition, String> {
        let mut all = |parts: &[Condition]| {
            parts.iter().map(|part| self.condition_in(section, part)).collect::<Result<Vec<_>, String>>()
        };
        Ok(match condition {
            Condition::Or(parts) => Condition::Or(all(parts)?),
            Condition::And(parts) => Condition::And(all(parts)?),
            Condition::Not(inner) => Condition::Not(Box::new(self.condition_in(section, inner)?)),
            Condition::Group(inner) => Condition::Group(Box::new(self.condition_in(section, inner)?)),
            Condition::Atom(atom) => {
                let atom = self.atom(section, atom)?;
                check(&atom)?;
                Condition::Atom(Box::new(atom))
            }
        })
    }

    fn atom(&mut self, section: &Section, atom: &Atom) -> Result<Atom, String> {
        let mut bind = |operand: &Operand| self.operand(section, operand);
        Ok(match atom {
            Atom::Compare { left, comparator, right } => {
                Atom::Compare { left: bind(left)?, comparator: *comparator, right: bind(right)? }
            }
            Atom::Between { operand, low, high } => {
                Atom::Between { operand: bind(operand)?, low: bind(low)?, high: bind(high)? }
            }
            Atom::In { operand, list } => {
                Atom::In { operand: bind(operand)?, list: list.iter().map(bind).collect::<Result<_, _>>()? }
            }
            Atom::Call { function, operands } => {
                Atom::Call { function: *function, operands: operands.iter().map(bind).collect::<Result<_, _>>()? }
            }
        })
    }

    fn operand(&mut self, section: &Section, operand: &Operand) -> Result<Operand, String> {
        Ok(match operand {
            Operand::Path(path) => Operand::Path(self.path(section, path)?),
            Operand::Size(inner) => Operand::Size(Box::new(self.operand(section, inner)?)),
            Operand::Literal(value) => Operand::Literal(value.clone()),
            Operand::Placeholder(name) => {
                let own = section.values.as_ref().and_then(|values| values.get(name));
                let found = own.or_else(|| self.sections.iter().find_map(|other| other.values.as_ref()?.get(name)));
                let value = found.ok_or_else(|| {
                    format!("An expression attribute value used in expression is not defined; attribute value: {name}")
                })?;
                self.used.insert(name.clone());
                Operand::Literal(value.clone())
            }
        })
    }

    fn path(&mut self, section: &Section, path: &Path) -> Result<Path, String> {
        let mut steps = Vec::with_capacity(path.steps.len());
        for step in &path.steps {
            let Step::Alias(alias) = step else {
                steps.push(step.clone());
                continue;
            };
            let own = section.names.as_ref().and_then(|names| names.get(alias));
            let found = own.or_else(|| self.sections.iter().find_map(|other| other.names.as_ref()?.get(alias)));
            let name = found.ok_or_else(|| {
                format!(
                    "An expression attribute name used in the document path is not defined; attribute name: {alias}"
                )
            })?;
            self.used.insert(alias.clone());
            steps.push(Step::Name(name.clone()));
        }
        Ok(Path { steps })
    }

    fn sum(&mut self, section: &Section, sum: &Sum) -> Result<Sum, String> {
        let first = self.term(section, &sum.first)?;
        let rest = match &sum.rest {
            Some((plus, term)) => Some((*plus, self.term(section, term)?)),
            None => None,
        };
        Ok(Sum { first, rest })
    }

    fn term(&mut self, section: &Section, term: &Term) -> Result<Term, String> {
        Ok(match term {
            Term::Operand(operand) => Term::Operand(self.operand(section, operand)?),
            Term::IfNotExists(path, otherwise) => {
                Term::IfNotExists(self.path(section, path)?, Box::new(self.term(section, otherwise)?))
            }
            Term::ListAppend(left, right) => {
                Term::ListAppend(Box::new(self.term(section, left)?), Box::new(self.term(section, right)?))
            }
        })
    }
}

fn check(atom: &Atom) -> Result<(), String> {
    match atom {
        Atom::Compare { left, comparator, right } => {
            distinct(left, [right], comparator.symbol())?;
            if !matches!(comparator, Comparator::Eq | Comparator::Ne) {
                for operand in [left, right] {
                    one_of(operand, &["S", "N", "B"], "operator", comparator.symbol())?;
                }
            }
            Ok(())
        }
        Atom::Between { operand, low, high } => {
            for operand in [operand, low, high] {
                one_of(operand, &["S", "N", "B"], "operator", "BETWEEN")?;
            }
            match (low, high) {
                (Operand::Literal(low), Operand::Literal(high)) => match low.order(high) {
                    None => Err(format!(
                        "The BETWEEN operator requires same data type for lower and upper bounds; lower bound \
                         operand: AttributeValue: {}, upper bound operand: AttributeValue: {}",
                        shown(low),
                        shown(high)
                    )),
                    Some(std::cmp::Ordering::Greater) => Err(format!(
                        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; \
                         lower bound operand: AttributeValue: {}, upper bound operand: AttributeValue: {}",
                        shown(low),
                        shown(high)
                    )),
                    Some(_) => Ok(()),
                },
                _ => Ok(()),
            }
        }
        Atom::In { operand, list } => distinct(operand, list, "IN"),
        Atom::Call { function, operands } => check_call(*function, operands),
    }
}

/// A value as DynamoDB prints it: `{N:1}`.
fn shown(value: &Attribute) -> String {
    let plain = match value.to_plain() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    format!("{{{}:{plain}}}", value.type_name())
}

fn check_call(function: Function, operands: &[Operand]) -> Result<(), String> {
    let name = function.name();
    let (Some(first), second) = (operands.first(), operands.get(1)) else { return Ok(()) };
    let needs_path = !matches!(function, Function::Contains | Function::BeginsWith);
    if needs_path && !matches!(first, Operand::Path(_)) {
        return Err(format!("Operator or function requires a document path; operator or function: {name}"));
    }
    let Some(second) = second else { return Ok(()) };
    match function {
        Function::AttributeType => match second {
            Operand::Literal(Attribute::S(kind)) if TYPES.contains(&kind.as_str()) => Ok(()),
            Operand::Literal(Attribute::S(kind)) => {
                Err(format!("Invalid attribute type name found; type: {kind}, valid types: {{{}}}", TYPES.join(",")))
            }
            other => one_of(other, &["S"], "operator or function", name),
        },
        Function::BeginsWith => {
            distinct(first, [second], name)?;
            one_of(first, &["S", "B"], "operator or function", name)?;
            one_of(second, &["S", "B"], "operator or function", name)
        }
        _ => distinct(first, [second], name),
    }
}

fn one_of(operand: &Operand, types: &[&str], what: &str, name: &str) -> Result<(), String> {
    match operand {
        Operand::Literal(value) if !types.contains(&value.type_name()) => Err(format!(
            "Incorrect operand type for operator or function; {what}: {name}, operand type: {}",
            value.type_name()
        )),
        _ => Ok(()),
    }
}

fn distinct<'o>(first: &Operand, rest: impl IntoIterator<Item = &'o Operand>, name: &str) -> Result<(), String> {
    let Operand::Path(path) = first else { return Ok(()) };
    if rest.into_iter().any(|other| matches!(other, Operand::Path(other) if other == path)) {
        return Err(format!(
            "The first operand must be distinct from the remaining operands for this operator or function; operator: \
             {name}, first operand: [{path}]"
        ));
    }
    Ok(())
}
