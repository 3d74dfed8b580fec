//! `Condition`: operators, set operators, `…IfExists`, values with variables.

// Addresses alone: `core` has no sockets.
use core::net::IpAddr;
use std::cmp::Ordering;

use serde_json::Value as Json;

use super::keys::{Keys, Known};
use super::pattern::{NoPattern, Pattern, Reading};
use super::truth::Truth;
use crate::json_file::{describe, nearest};

/// One operator on one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    /// As it is written: `ForAnyValue:StringLikeIfExists`.
    pub operator: String,
    pub key: String,
    pub values: Vec<String>,
    set: Set,
    compare: Compare,
    negated: bool,
    if_exists: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    /// No set operator.
    Plain,
    /// `ForAnyValue:`
    Any,
    /// `ForAllValues:`
    All,
}

/// How one value of the key is compared with one of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Text,
    TextIgnoringCase,
    TextLike,
    Arn,
    Number(Order),
    Date(Order),
    Bool,
    Ip,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Every operator without set operator and `IfExists`: how it compares, and whether it says not.
const OPERATORS: [(&str, Compare, bool); 27] = [
    ("StringEquals", Compare::Text, false),
    ("StringNotEquals", Compare::Text, true),
    ("StringEqualsIgnoreCase", Compare::TextIgnoringCase, false),
    ("StringNotEqualsIgnoreCase", Compare::TextIgnoringCase, true),
    ("StringLike", Compare::TextLike, false),
    ("StringNotLike", Compare::TextLike, true),
    ("BinaryEquals", Compare::Text, false),
    ("ArnEquals", Compare::Arn, false),
    ("ArnLike", Compare::Arn, false),
    ("ArnNotEquals", Compare::Arn, true),
    ("ArnNotLike", Compare::Arn, true),
    ("NumericEquals", Compare::Number(Order::Equals), false),
    ("NumericNotEquals", Compare::Number(Order::Equals), true),
    ("NumericLessThan", Compare::Number(Order::Less), false),
    ("NumericLessThanEquals", Compare::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Compare::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Compare::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Compare::Date(Order::Equals), false),
    ("DateNotEquals", Compare::Date(Order::Equals), true),
    ("DateLessThan", Compare::Date(Order::Less), false),
    ("DateLessThanEquals", Compare::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Compare::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Compare::Date(Order::GreaterOrEqual), false),
    ("Bool", Compare::Bool, false),
    ("IpAddress", Compare::Ip, false),
    ("NotIpAddress", Compare::Ip, true),
    ("Null", Compare::Null, false),
];

/// Reads the `Condition` of a statement.
pub(super) fn read(json: Option<&Json>) -> Result<Vec<Test>, String> {
    let Some(json) = json else { return Ok(Vec::new()) };
    let operators = json.as_object().ok_or_else(|| format!("its `Condition` is {}", describe(json)))?;
    let mut tests = Vec::new();
    for (operator, keys) in operators {
        let keys = keys.as_object().ok_or_else(|| format!("its condition `{operator}` is {}", describe(keys)))?;
        for (key, values) in keys {
            tests.push(test(operator, key, values)?);
        }
    }
    Ok(tests)
}

fn test(operator: &str, key: &str, values: &Json) -> Result<Test, String> {
    let (set, rest) = if let Some(rest) = operator.strip_prefix("ForAnyValue:") {
        (Set::Any, rest)
    } else if let Some(rest) = operator.strip_prefix("ForAllValues:") {
        (Set::All, rest)
    } else {
        (Set::Plain, operator)
    };
    let (name, if_exists) = match rest.strip_suffix("IfExists") {
        Some(name) => (name, true),
        None => (rest, false),
    };
    let Some((_, compare, negated)) = OPERATORS.into_iter().find(|(known, ..)| *known == name) else {
        let known: Vec<&str> = OPERATORS.iter().map(|(known, ..)| *known).collect();
        let hint = nearest(name, &known).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        return Err(format!("its condition operator `{operator}` is not known{hint}"));
    };
    let text = |value: &Json| match value {
        Json::String(text) => Ok(text.clone()),
        Json::Bool(_) | Json::Number(_) => Ok(value.to_string()),
        other => Err(format!("its condition on `{key}` holds {}", describe(other))),
    };
    let values = match values {
        Json::Array(many) => many.iter().map(text).collect::<Result<_, _>>()?,
        one => vec![text(one)?],
    };
    Ok(Test { operator: operator.to_owned(), key: key.to_owned(), values, set, compare, negated, if_exists })
}

impl Test {
    /// Whether it holds for the caller. `variables` says that the policy's version has them.
    pub fn holds(&self, keys: &Keys, variables: bool, of_build: bool) -> Truth {
        let known = keys.get(&self.key);
        if self.compare == Compare::Null {
            let wants_absent = self.values.iter().any(|value| value.eq_ignore_ascii_case("true"));
            return match known {
                Known::Unknown => Truth::unknown(&self.key),
                Known::Absent => Truth::of(wants_absent),
                Known::Values(_) => Truth::of(!wants_absent),
            };
        }
        let held = match known {
            Known::Unknown => return Truth::unknown(&self.key),
            Known::Absent => return Truth::of(self.on_absent()),
            Known::Values(held) => held,
        };
        let reading = Reading {
            keys,
            wildcards: matches!(self.compare, Compare::TextLike | Compare::Arn),
            variables,
            placeholders: of_build,
        };
        let one = |value: &String| {
            let equal = Truth::any(self.values.iter().map(|wanted| self.compare.compare(wanted, value, reading)));
            if self.negated { equal.negated() } else { equal }
        };
        match self.set {
            Set::All => Truth::all(held.iter().map(one)),
            Set::Any => Truth::any(held.iter().map(one)),
            // Without a set operator a negated one asks that no value is among those of the policy.
            Set::Plain if self.negated => Truth::all(held.iter().map(one)),
            Set::Plain => Truth::any(held.iter().map(one)),
        }
    }

    /// Of a key that the request does not have (IAM user guide, "Condition operators").
    fn on_absent(&self) -> bool {
        match self.set {
            Set::All => true,
            Set::Any => self.if_exists,
            Set::Plain => self.if_exists || self.negated,
        }
    }

    /// `StringEquals aws:username "ci"`
    pub fn shown(&self) -> String {
        let values: Vec<String> = self.values.iter().map(|value| format!("\"{value}\"")).collect();
        format!("{} {} {}", self.operator, self.key, values.join(" or "))
    }
}

impl Compare {
    fn compare(self, wanted: &str, is: &str, reading: Reading<'_>) -> Truth {
        match self {
            Compare::Text | Compare::TextIgnoringCase | Compare::TextLike => {
                let folds = self == Compare::TextIgnoringCase;
                let is = if folds { is.to_ascii_lowercase() } else { is.to_owned() };
                of_pattern(
                    wanted,
                    reading,
                    |pattern| {
                        if folds { pattern.lower().matches(&is) } else { pattern.matches(&is) }
                    },
                )
            }
            Compare::Arn => arn(wanted, is, reading),
            Compare::Number(order) => {
                let number = |text: &str| text.trim().parse::<f64>().ok();
                let compared = number(is).zip(number(wanted)).and_then(|(is, wanted)| is.partial_cmp(&wanted));
                Truth::of(compared.is_some_and(|compared| order.holds(compared)))
            }
            Compare::Date(order) => {
                let compared = moment(is).zip(moment(wanted)).map(|(is, wanted)| is.cmp(&wanted));
                Truth::of(compared.is_some_and(|compared| order.holds(compared)))
            }
            Compare::Bool => Truth::of(wanted.eq_ignore_ascii_case(is)),
            Compare::Ip => Truth::of(in_range(is, wanted) == Some(true)),
            Compare::Null => Truth::No,
        }
    }
}

fn of_pattern(text: &str, reading: Reading<'_>, matches: impl FnOnce(Pattern) -> bool) -> Truth {
    match Pattern::read(text, reading) {
        Ok(pattern) => Truth::of(matches(pattern)),
        Err(NoPattern::Absent) => Truth::No,
        Err(NoPattern::Unknown(key)) => Truth::Unknown(vec![key]),
    }
}

/// Each of the six parts between colons by itself.
fn arn(wanted: &str, is: &str, reading: Reading<'_>) -> Truth {
    // A variable has a colon of its own, which separates nothing.
    let wanted = split_arn(wanted);
    let is: Vec<&str> = is.splitn(6, ':').collect();
    if wanted.len() != is.len() {
        return Truth::No;
    }
    Truth::all(wanted.iter().zip(is).map(|(wanted, is)| of_pattern(wanted, reading, |pattern| pattern.matches(is))))
}

/// The parts between the first five colons that are not inside of a `${…}`.
pub(super) fn split_arn(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut inside) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '{' if text.get(..at).is_some_and(|before| before.ends_with('$')) => inside = true,
            '}' => inside = false,
            ':' if !inside && parts.len() < 5 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

impl Order {
    fn holds(self, compared: Ordering) -> bool {
        match self {
            Order::Equals => compared.is_eq(),
            Order::Less => compared.is_lt(),
            Order::LessOrEqual => compared.is_le(),
            Order::Greater => compared.is_gt(),
            Order::GreaterOrEqual => compared.is_ge(),
        }
    }
}

/// A date of W3C's profile of ISO 8601, or seconds since 1970; in seconds.
fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(seconds);
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_second());
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Whether an address is in a range: `203.0.113.0/24`, `2001:db8::/32`, or one address. `None` for what is neither.
fn in_range(address: &str, range: &str) -> Option<bool> {
    let (network, length) = match range.split_once('/') {
        Some((network, length)) => (network, Some(length.parse::<u32>().ok()?)),
        None => (range, None),
    };
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()), 32),
        IpAddr::V6(ip) => (ip.to_bits(), 128),
    };
    let (address, width) = bits(address.trim().parse().ok()?);
    let (network, network_width) = bits(network.trim().parse().ok()?);
    if width != network_width {
        return Some(false);
    }
    let length = length.unwrap_or(width);
    if length > width {
        return None;
    }
    let ignored = width - length;
    let kept = |bits: u128| bits.checked_shr(ignored).unwrap_or(0);
    Some(kept(address) == kept(network))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_ranges() {
        for (address, range, expected) in [
            ("203.0.113.7", "203.0.113.0/24", Some(true)),
            ("203.0.114.7", "203.0.113.0/24", Some(false)),
            ("203.0.113.7", "203.0.113.7", Some(true)),
            ("203.0.113.7", "0.0.0.0/0", Some(true)),
            ("2001:db8::1", "2001:DB8::/32", Some(true)),
            ("2001:db8::1", "::/0", Some(true)),
            ("203.0.113.7", "::/0", Some(false)),
            ("203.0.113.7", "203.0.113.0/33", None),
            ("203.0.113.7", "203.0.113", None),
        ] {
            assert_eq!(in_range(address, range), expected, "{address} {range}");
        }
    }
}
