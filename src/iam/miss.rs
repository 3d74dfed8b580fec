//! The nearest miss: which part of which statement keeps it from allowing a field.

use strsim::levenshtein;

use super::arn::{FieldArn, Segment};
use super::condition::split_arn;
use super::pattern::{Fit, NoPattern, Pattern};
use super::policy::Names;
use super::truth::Truth;
use super::{ACTION, Access, Found, names_action, statement};

/// How a statement misses a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The statement, in words.
    pub statement: String,
    /// The pattern of it that comes nearest.
    pub resource: Option<String>,
    /// What is not as it would have to be, each in words.
    pub differs: Vec<String>,
    /// Whether it looks like a slip: one thing is wrong, and it is not that another field is meant.
    pub near: bool,
    /// The policy's name.
    pub policy: String,
    /// The statement's number.
    pub number: usize,
    /// `Resource` or `Action` of the statement, and what it would have to list.
    pub corrected: Option<(&'static str, Vec<String>)>,
    weight: usize,
}

impl Miss {
    /// The less, the nearer: a slip before anything else.
    pub(super) fn distance(&self) -> (bool, usize) {
        (!self.near, self.weight)
    }

    /// In words.
    pub fn in_words(&self) -> String {
        let of = self.resource.as_ref().map(|resource| format!(", resource `{resource}`")).unwrap_or_default();
        format!("{}{of}: {}", self.statement, self.differs.join(" and "))
    }
}

/// How a statement that allows misses a field: once for each of its resources.
pub(super) fn of(access: &Access, found: Found<'_>, arn: &FieldArn) -> Vec<Miss> {
    let (policy, wanted) = found;
    let miss = |resource: Option<&String>, differs: Vec<String>, near: bool, weight: usize| Miss {
        statement: statement(found),
        resource: resource.cloned(),
        differs,
        near,
        policy: policy.name.clone(),
        number: wanted.number,
        corrected: None,
        weight,
    };
    let (named, _) = access.names_resource(policy, wanted, &arn.parts());
    if named != Truth::No {
        if !names_action(wanted) {
            let corrected = corrected_actions(&wanted.actions);
            let miss = |differs| Miss { corrected, ..miss(None, vec![differs], true, 1) };
            return actions(&wanted.actions).map(miss).into_iter().collect();
        }
        let failing = wanted.conditions.iter();
        let failing = failing.filter(|test| test.holds(&access.keys, policy.variables, policy.of_build) == Truth::No);
        let differs: Vec<String> =
            failing.map(|test| format!("its condition {} does not hold", test.shown())).collect();
        return if differs.is_empty() { Vec::new() } else { vec![miss(None, differs, true, 0)] };
    }
    if !names_action(wanted) {
        return Vec::new();
    }
    match &wanted.resources {
        Names::AllBut(_) => vec![miss(None, vec!["its `NotResource` names the field".to_owned()], false, 9)],
        Names::These(patterns) => patterns
            .iter()
            .map(|pattern| {
                let Compared { differs, near } = compared(access, found, pattern, arn);
                let weight = differs.len();
                let right = corrected(access, found, pattern, arn);
                let all = patterns.iter().map(|known| if known == pattern { right.clone() } else { known.clone() });
                let corrected = near.then(|| ("Resource", all.collect()));
                Miss { corrected, ..miss(Some(pattern), differs, near, weight) }
            })
            .collect(),
    }
}

/// Actions of AppSync that are not the one.
fn actions(actions: &Names) -> Option<String> {
    match actions {
        Names::These(actions) => {
            let other = actions.iter().find(|action| action.to_ascii_lowercase().starts_with("appsync:"))?;
            Some(format!("its action is `{other}`, not `{ACTION}`"))
        }
        Names::AllBut(_) => Some(format!("its `NotAction` names `{ACTION}`")),
    }
}

/// A list of actions with the one among them; `NotAction` stays as it is.
fn corrected_actions(actions: &Names) -> Option<(&'static str, Vec<String>)> {
    let Names::These(actions) = actions else { return None };
    let mut all = actions.clone();
    all.push(ACTION.to_owned());
    Some(("Action", all))
}

/// A pattern with what does not fit put right: segment by segment where it has those of a field, else what is missing
/// behind it, else the field's own ARN.
fn corrected(access: &Access, found: Found<'_>, pattern: &str, arn: &FieldArn) -> String {
    let head = split_arn(pattern);
    let [prefix, partition, service, region, account, path] = head.as_slice() else { return arn.pattern() };
    let reading = access.reading(found.0);
    let right = |(part, segment): (&str, &Segment)| match Pattern::read(part, reading) {
        Ok(pattern) if pattern.fit(&segment.parts()) == Fit::No => segment.pattern().to_owned(),
        _ => part.to_owned(),
    };
    let parts: Vec<&str> = path.split('/').collect();
    let head: Vec<String> =
        [*prefix, *partition, *service, *region, *account].into_iter().zip(&arn.head).map(right).collect();
    let path: Vec<String> = parts.iter().copied().zip(&arn.path).map(right).collect();
    let behind = match (parts.len(), parts.iter().any(|part| part.contains('*'))) {
        (6.., _) => "",
        (2 | 4, false) => "/*",
        _ => return arn.pattern(),
    };
    format!("{}:{}{behind}", head.join(":"), path.join("/"))
}

struct Compared {
    differs: Vec<String>,
    near: bool,
}

/// A pattern and the field's ARN, segment by segment.
fn compared(access: &Access, found: Found<'_>, pattern: &str, arn: &FieldArn) -> Compared {
    let head = split_arn(pattern);
    let [prefix, partition, service, region, account, path] = head.as_slice() else {
        let differs = vec!["it is no ARN of six parts between colons".to_owned()];
        return Compared { differs, near: pattern.contains("appsync") };
    };
    let reading = access.reading(found.0);
    // A segment with a variable whose value is not known is not what differs for certain.
    let fits = |part: &str, segment: &Segment| match Pattern::read(part, reading) {
        Ok(pattern) => pattern.fit(&segment.parts()) != Fit::No,
        Err(missing) => matches!(missing, NoPattern::Unknown(_)),
    };
    let mut differs = Vec::new();
    let mut slips = true;
    for (part, segment) in [prefix, partition, service, region, account].into_iter().zip(&arn.head) {
        if !fits(part, segment) {
            slips &= segment.name != "service";
            differs.push(other(part, segment));
        }
    }
    let parts: Vec<&str> = path.split('/').collect();
    let aligned = align(&parts, arn.path.len());
    for (part, segment) in aligned.iter().zip(&arn.path) {
        let Some(part) = part else { continue };
        if !fits(part, segment) {
            slips &= match segment.name {
                // Another field is another permission, unless it is misspelt.
                "field" => misspelt(part, &segment.text),
                "type" => is_slip_of_type(part, segment, aligned.last().copied().flatten(), arn),
                _ => true,
            };
            differs.push(other(part, segment));
        }
    }
    differs.extend(shape(&parts, arn));
    let near = slips && differs.len() == 1;
    if differs.is_empty() {
        differs.push("it does not match as a whole".to_owned());
    }
    Compared { differs, near }
}

/// The parts of a pattern's path, each at the segment it stands for. `*` stands for several, so what follows one is
/// counted from the end.
fn align<'p>(parts: &[&'p str], segments: usize) -> Vec<Option<&'p str>> {
    let mut aligned = vec![None; segments];
    let star = parts.iter().position(|part| *part == "*").filter(|_| parts.len() < segments);
    let left = star.unwrap_or(parts.len());
    for (at, part) in parts.iter().enumerate().take(left) {
        // A part that ends in a wildcard may stand for all that follows.
        let swallows = at + 1 == parts.len() && parts.len() < segments && part.contains('*');
        if let Some(slot) = aligned.get_mut(at).filter(|_| !swallows) {
            *slot = Some(*part);
        }
    }
    for (back, part) in parts.iter().skip(left + 1).rev().enumerate() {
        if let Some(slot) = segments.checked_sub(back + 1).and_then(|at| aligned.get_mut(at)) {
            *slot = Some(*part);
        }
    }
    aligned
}

/// What is too much or too little of a pattern's path.
fn shape(parts: &[&str], arn: &FieldArn) -> Option<String> {
    let has_star = parts.iter().any(|part| part.contains('*'));
    match parts.len() {
        6 => None,
        1..6 if has_star => None,
        2 => Some("it is the ARN of the API itself: its fields need `/*` behind".to_owned()),
        4 => Some("it is the ARN of a type: its fields need `/fields/…` or `/*` behind".to_owned()),
        1..6 => Some("it ends before the field".to_owned()),
        _ => {
            let behind = parts.iter().skip(arn.path.len()).copied().collect::<Vec<_>>().join("/");
            Some(format!("it goes on with `/{behind}` after the field, where an ARN ends"))
        }
    }
}

fn other(part: &str, segment: &Segment) -> String {
    let Segment { name, text, .. } = segment;
    if part.eq_ignore_ascii_case(text) {
        return format!("it says `{part}` for `{text}`, and case counts");
    }
    match *name {
        "keyword" => format!("it says `{part}` where a field's ARN has `{text}`"),
        "prefix" => format!("it begins with `{part}`, not with `{text}`"),
        name => format!("its {name} is `{part}`, and the request's is `{text}`"),
    }
}

/// Whether another type looks like a slip: it is none, differs in case, or the same field is looked for on it. All
/// fields of another type are another permission.
fn is_slip_of_type(part: &str, wanted: &Segment, field: Option<&str>, arn: &FieldArn) -> bool {
    const VERBS: [&str; 8] = ["create", "read", "update", "delete", "get", "list", "search", "sync"];
    let [.., asked] = &arn.path;
    VERBS.contains(&part.to_lowercase().as_str())
        || misspelt(part, &wanted.text)
        || field.is_some_and(|field| *field == asked.text)
}

/// Of short names one letter makes another name.
fn misspelt(part: &str, name: &str) -> bool {
    let off = levenshtein(&part.to_lowercase(), &name.to_lowercase());
    !part.contains(['*', '?']) && (off == 0 || (off == 1 && name.chars().count() >= 4))
}
