//! Text to trees. The only file of the data sources that names pest.

use pest::Parser as _;
use pest::iterators::{Pair, Pairs};
use pest_derive::Parser;

use super::expression::{Atom, Comparator, Condition, Function, Operand, Parameter, Path, Step, Sum, Term, Update};
use super::reserved::is_reserved;

#[derive(Parser)]
#[grammar = "../grammar/expression.pest"]
struct Grammar;

/// Bytes of an expression DynamoDB takes.
const MAX_LENGTH: usize = 4096;
/// Parentheses in parentheses we follow; DynamoDB's own limits keep real expressions far below.
const MAX_NESTING: usize = 100;

/// The tree of a condition, filter or key condition. The error is DynamoDB's message.
pub fn condition(text: &str, parameter: Parameter) -> Result<Condition, String> {
    let tree = parse(text, parameter, Rule::condition_expression)?;
    let inner = tree.into_iter().find(|pair| pair.as_rule() == Rule::condition);
    let condition = inner.map_or_else(|| Err(internal()), condition_of).map_err(|why| invalid(parameter, &why))?;
    Ok(condition)
}

/// The tree of an update. The error is DynamoDB's message.
pub fn update(text: &str) -> Result<Update, String> {
    let parameter = Parameter::Update;
    update_of(parse(text, parameter, Rule::update_expression)?).map_err(|why| invalid(parameter, &why))
}

/// The paths of a projection. The error is DynamoDB's message.
pub fn projection(text: &str) -> Result<Vec<Path>, String> {
    let tree = parse(text, Parameter::Projection, Rule::projection_expression)?;
    tree.filter(|pair| pair.as_rule() == Rule::path)
        .map(|pair| path_of(pair).map_err(|why| invalid(Parameter::Projection, &why)))
        .collect()
}

/// A message about an expression: `Invalid FilterExpression: …`.
pub fn invalid(parameter: Parameter, why: &str) -> String {
    format!("Invalid {}: {why}", parameter.name())
}

fn parse(text: &str, parameter: Parameter, rule: Rule) -> Result<Pairs<'_, Rule>, String> {
    if text.trim().is_empty() {
        return Err(invalid(parameter, "The expression can not be empty;"));
    }
    if text.len() > MAX_LENGTH {
        return Err(invalid(
            parameter,
            &format!(
                "Expression size has exceeded the maximum allowed size; expression size: {}, maximum allowed size: \
                 {MAX_LENGTH}",
                text.len()
            ),
        ));
    }
    let mut depth = 0usize;
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(invalid(parameter, "The expression is nested too deeply"));
        }
    }
    let mut pairs = Grammar::parse(rule, text).map_err(|error| {
        let at = match error.location {
            pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
        };
        invalid(parameter, &syntax_error(text, at))
    })?;
    Ok(pairs.next().map_or_else(|| pairs, Pair::into_inner))
}

/// `Syntax error; token: "AND", near: ") AND <EOF>"`. The words are DynamoDB's, which tokens it shows is our reading.
fn syntax_error(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or("").split_whitespace().next_back().unwrap_or("");
    let rest = text.get(at..).unwrap_or("").trim_start();
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | ':');
    let token = match rest.chars().next() {
        None => "<EOF>",
        Some(first) if is_word(first) => rest.split(|c| !is_word(c)).next().unwrap_or(rest),
        Some(first) => rest.get(..first.len_utf8()).unwrap_or(rest),
    };
    format!("Syntax error; token: \"{token}\", near: \"{}\"", format!("{before} {token}").trim())
}

/// Unreachable by the grammar; said instead of a panic.
fn internal() -> String {
    "Syntax error".into()
}

type Parsed<T> = Result<T, String>;

fn condition_of(pair: Pair<'_, Rule>) -> Parsed<Condition> {
    let mut parts = pair
        .into_inner()
        .filter(|p| p.as_rule() == Rule::conjunction)
        .map(conjunction_of)
        .collect::<Parsed<Vec<_>>>()?;
    Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Or(parts) })
}

fn conjunction_of(pair: Pair<'_, Rule>) -> Parsed<Condition> {
    let mut parts =
        pair.into_inner().filter(|p| p.as_rule() == Rule::negation).map(negation_of).collect::<Parsed<Vec<_>>>()?;
    Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::And(parts) })
}

fn negation_of(pair: Pair<'_, Rule>) -> Parsed<Condition> {
    let mut nots = 0usize;
    let mut result = Err(internal());
    for part in pair.into_inner() {
        result = match part.as_rule() {
            Rule::not_word => {
                nots += 1;
                continue;
            }
            Rule::group => group_of(part),
            Rule::between | Rule::in_list | Rule::comparison | Rule::call => {
                atom_of(part).map(|atom| Condition::Atom(Box::new(atom)))
            }
            _ => Err(internal()),
        };
    }
    let mut condition = result?;
    for _ in 0..nots {
        condition = Condition::Not(Box::new(condition));
    }
    Ok(condition)
}

fn group_of(pair: Pair<'_, Rule>) -> Parsed<Condition> {
    match pair.into_inner().next().map_or_else(|| Err(internal()), condition_of)? {
        Condition::Group(_) => Err("The expression has redundant parentheses;".into()),
        inner => Ok(Condition::Group(Box::new(inner))),
    }
}

fn atom_of(pair: Pair<'_, Rule>) -> Parsed<Atom> {
    let rule = pair.as_rule();
    let mut comparator = None;
    let mut function = None;
    let mut operands = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::operand => operands.push(operand_of(part)?),
            Rule::comparator => comparator = Comparator::ALL.into_iter().find(|c| c.symbol() == part.as_str()),
            Rule::function => function = Some(function_of(part.as_str())?),
            _ => {}
        }
    }
    if let (Rule::call, Some(function)) = (rule, function) {
        if operands.len() != function.arity() {
            return Err(format!(
                "Incorrect number of operands for operator or function; operator or function: {}, number of \
                 operands: {}",
                function.name(),
                operands.len()
            ));
        }
        return Ok(Atom::Call { function, operands });
    }
    let mut operands = operands.into_iter();
    let mut next = || operands.next().ok_or_else(internal);
    match rule {
        Rule::comparison => {
            let comparator = comparator.ok_or_else(internal)?;
            Ok(Atom::Compare { left: next()?, comparator, right: next()? })
        }
        Rule::between => Ok(Atom::Between { operand: next()?, low: next()?, high: next()? }),
        _ => Ok(Atom::In { operand: next()?, list: operands.collect() }),
    }
}

fn function_of(name: &str) -> Parsed<Function> {
    Function::ALL
        .into_iter()
        .find(|function| function.name() == name)
        .ok_or_else(|| format!("Invalid function name; function: {name}"))
}

fn operand_of(pair: Pair<'_, Rule>) -> Parsed<Operand> {
    let inner = pair.into_inner().next().ok_or_else(internal)?;
    match inner.as_rule() {
        Rule::value => Ok(Operand::Placeholder(inner.as_str().to_owned())),
        Rule::path => path_of(inner).map(Operand::Path),
        _ => {
            let operand = inner.into_inner().find(|p| p.as_rule() == Rule::operand).ok_or_else(internal)?;
            Ok(Operand::Size(Box::new(operand_of(operand)?)))
        }
    }
}

fn path_of(pair: Pair<'_, Rule>) -> Parsed<Path> {
    let mut steps = Vec::new();
    for part in pair.into_inner() {
        steps.push(match part.as_rule() {
            Rule::alias => Step::Alias(part.as_str().to_owned()),
            Rule::index => Step::Index(
                part.as_str()
                    .parse()
                    .map_err(|_| format!("List index is not within the allowable range; index: [{}]", part.as_str()))?,
            ),
            _ if is_reserved(part.as_str()) => {
                return Err(format!("Attribute name is a reserved keyword; reserved keyword: {}", part.as_str()));
            }
            _ => Step::Name(part.as_str().to_owned()),
        });
    }
    Ok(Path { steps })
}

fn update_of(pairs: Pairs<'_, Rule>) -> Parsed<Update> {
    let mut update = Update::default();
    let mut seen = Vec::new();
    for clause in pairs {
        let rule = clause.as_rule();
        let section = match rule {
            Rule::set_clause => "SET",
            Rule::remove_clause => "REMOVE",
            Rule::add_clause => "ADD",
            Rule::delete_clause => "DELETE",
            _ => continue,
        };
        if seen.contains(&section) {
            return Err(format!("The \"{section}\" section can only be used once in an update expression;"));
        }
        seen.push(section);
        for part in clause.into_inner() {
            match (rule, part.as_rule()) {
                (_, Rule::assignment) => update.sets.push(assignment_of(part)?),
                (_, Rule::path) => update.removes.push(path_of(part)?),
                (Rule::add_clause, Rule::change) => update.adds.push(change_of(part)?),
                (_, Rule::change) => update.deletes.push(change_of(part)?),
                _ => {}
            }
        }
    }
    Ok(update)
}

fn assignment_of(pair: Pair<'_, Rule>) -> Parsed<(Path, Sum)> {
    let mut parts = pair.into_inner();
    let path = path_of(parts.next().ok_or_else(internal)?)?;
    let mut first = None;
    let mut rest = None;
    let mut plus = true;
    for part in parts.next().ok_or_else(internal)?.into_inner() {
        match part.as_rule() {
            Rule::sign => plus = part.as_str() == "+",
            _ if first.is_none() => first = Some(term_of(part)?),
            _ => rest = Some((plus, term_of(part)?)),
        }
    }
    Ok((path, Sum { first: first.ok_or_else(internal)?, rest }))
}

fn change_of(pair: Pair<'_, Rule>) -> Parsed<(Path, Operand)> {
    let mut parts = pair.into_inner();
    let path = path_of(parts.next().ok_or_else(internal)?)?;
    let value = parts.next().ok_or_else(internal)?;
    Ok((path, Operand::Placeholder(value.as_str().to_owned())))
}

fn term_of(pair: Pair<'_, Rule>) -> Parsed<Term> {
    let inner = pair.into_inner().next().ok_or_else(internal)?;
    match inner.as_rule() {
        Rule::value => Ok(Term::Operand(Operand::Placeholder(inner.as_str().to_owned()))),
        Rule::path => Ok(Term::Operand(Operand::Path(path_of(inner)?))),
        _ => update_call_of(inner),
    }
}

fn update_call_of(pair: Pair<'_, Rule>) -> Parsed<Term> {
    let mut parts = pair.into_inner();
    let name = parts.next().map_or("", |part| part.as_str());
    let terms = parts.map(term_of).collect::<Parsed<Vec<_>>>()?;
    let count = terms.len();
    let mut terms = terms.into_iter();
    match (name, terms.next(), terms.next(), count) {
        ("if_not_exists", Some(Term::Operand(Operand::Path(path))), Some(otherwise), 2) => {
            Ok(Term::IfNotExists(path, Box::new(otherwise)))
        }
        ("if_not_exists", _, Some(_), 2) => {
            Err("Operator or function requires a document path; operator or function: if_not_exists".into())
        }
        ("list_append", Some(left), Some(right), 2) => Ok(Term::ListAppend(Box::new(left), Box::new(right))),
        ("if_not_exists" | "list_append", ..) => Err(format!(
            "Incorrect number of operands for operator or function; operator or function: {name}, number of \
             operands: {count}"
        )),
        _ => Err(format!("Invalid function name; function: {name}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_appsync_and_amplify_send_parses_and_prints_back() {
        for text in [
            "(contains(#owner1, :identity1))",
            "(attribute_exists(#id)) AND (#version = :version_eq)",
            "( #owner0 = :identity0 OR contains(#owner1, :identity1)) AND attribute_exists(#id)",
            "(((#a = :or_0_and_0_a_eq) AND (#b = :or_0_and_1_b_eq)) OR (#c = :or_1_c_eq))",
            "(NOT (NOT (#a = :not_not_a_eq)))",
            "(#v IN (:v_in_0, :v_in_1))",
            "(size(#v) BETWEEN :lo AND :hi)",
            "not a.b[0].c <> :x and d >= size(e)",
            "android = :x or notes = :y",
        ] {
            let tree = condition(text, Parameter::Filter).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(condition(&tree.to_string(), Parameter::Filter).unwrap(), tree, "{text}");
        }
    }

    #[test]
    fn or_binds_weaker_than_and_weaker_than_not() {
        let tree = condition("NOT a = :a AND b = :b OR c = :c", Parameter::Condition).unwrap();
        let Condition::Or(parts) = &tree else { panic!("{tree:?}") };
        assert!(matches!(parts.first(), Some(Condition::And(all)) if matches!(all.first(), Some(Condition::Not(_)))));
    }

    #[test]
    fn what_dynamodb_refuses_is_refused() {
        for (text, words) in [
            ("", "can not be empty"),
            ("  ", "can not be empty"),
            ("(null)", "Syntax error"),
            ("(NOT )", "Syntax error"),
            ("(#a = :a_eq) AND ", "token: \"<EOF>\""),
            ("#a.b = :a.b_eq", "Syntax error"),
            ("_version = :v", "Syntax error"),
            ("((a = :a))", "redundant parentheses"),
            ("Contains(a, :b)", "Invalid function name; function: Contains"),
            ("contains(a)", "Incorrect number of operands"),
            ("createdAt + :n < :m", "Syntax error"),
        ] {
            let error = condition(text, Parameter::Filter).unwrap_err();
            assert!(error.starts_with("Invalid FilterExpression: ") && error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn runaway_expressions_are_refused_not_followed() {
        for text in [format!("{}a = :a{}", "(".repeat(2000), ")".repeat(2000)), "a".repeat(5000)] {
            assert!(condition(&text, Parameter::Filter).is_err());
        }
        let nots = format!("{}a = :a", "NOT ".repeat(1000));
        assert!(condition(&nots, Parameter::Filter).is_ok());
    }

    #[test]
    fn updates_parse_by_section() {
        let tree =
            update("SET #a = :a, b[1] = if_not_exists(b[0], :z) + :i REMOVE #c, d ADD n :n DELETE s :s").unwrap();
        assert_eq!((tree.sets.len(), tree.removes.len(), tree.adds.len(), tree.deletes.len()), (2, 2, 1, 1));
        let tree = update("set l = list_append(if_not_exists(l, :empty), :new)").unwrap();
        assert!(matches!(tree.sets.first(), Some((_, Sum { first: Term::ListAppend(..), rest: None }))));
        for text in ["", "SET", "SET a = :a SET b = :b", "SET a = nope(:a)", "ADD a b", "SET a = :a REMOVE"] {
            assert!(update(text).is_err(), "{text}");
        }
    }

    fn path() -> impl Strategy<Value = Path> {
        let name = prop_oneof!["[a-z][a-z0-9_]{0,4}z".prop_map(Step::Name), "#[a-zA-Z0-9_]{1,4}".prop_map(Step::Alias)];
        let more = prop_oneof![name.clone(), (0usize..9).prop_map(Step::Index)];
        (name, prop::collection::vec(more, 0..3))
            .prop_map(|(first, rest)| Path { steps: std::iter::once(first).chain(rest).collect() })
    }

    fn operand() -> impl Strategy<Value = Operand> {
        prop_oneof![
            3 => path().prop_map(Operand::Path),
            3 => ":[a-zA-Z0-9_]{1,4}".prop_map(Operand::Placeholder),
            1 => path().prop_map(|path| Operand::Size(Box::new(Operand::Path(path)))),
        ]
    }

    fn atom() -> impl Strategy<Value = Atom> {
        prop_oneof![
            (operand(), prop::sample::select(Comparator::ALL.to_vec()), operand())
                .prop_map(|(left, comparator, right)| Atom::Compare { left, comparator, right }),
            (operand(), operand(), operand()).prop_map(|(operand, low, high)| Atom::Between { operand, low, high }),
            (operand(), prop::collection::vec(operand(), 1..3)).prop_map(|(operand, list)| Atom::In { operand, list }),
            (prop::sample::select(Function::ALL.to_vec()), operand(), operand()).prop_map(|(function, a, b)| {
                Atom::Call { function, operands: [a, b].into_iter().take(function.arity()).collect() }
            }),
        ]
    }

    /// A condition as the grammar builds it: what binds weaker stands in a group.
    fn tree() -> impl Strategy<Value = Condition> {
        atom().prop_map(|atom| Condition::Atom(Box::new(atom))).prop_recursive(4, 24, 3, |inner| {
            let grouped = inner.clone().prop_map(|condition| match condition {
                Condition::Or(_) | Condition::And(_) => Condition::Group(Box::new(condition)),
                other => other,
            });
            prop_oneof![
                prop::collection::vec(grouped.clone(), 2..4).prop_map(Condition::And),
                prop::collection::vec(grouped.clone(), 2..4).prop_map(Condition::Or),
                grouped.prop_map(|condition| Condition::Not(Box::new(condition))),
                inner.prop_filter_map("redundant parentheses", |condition| {
                    (!matches!(condition, Condition::Group(_))).then(|| Condition::Group(Box::new(condition)))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn printing_then_parsing_gives_the_same_tree(tree in tree()) {
            let text = tree.to_string();
            prop_assume!(text.len() <= MAX_LENGTH);
            prop_assert_eq!(condition(&text, Parameter::Filter).map_err(|e| format!("{text}: {e}")), Ok(tree));
        }

        #[test]
        fn no_text_panics(text in "[a-c#:()\\[\\].,=<> ANDORNOTsize0-9]{0,40}") {
            let _ = (condition(&text, Parameter::Condition), update(&text), projection(&text));
        }
    }
}
