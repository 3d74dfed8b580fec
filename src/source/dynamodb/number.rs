//! DynamoDB's numbers: exact decimals of up to 38 digits.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

/// Digits DynamoDB keeps.
const DIGITS: usize = 38;
/// Powers of ten DynamoDB keeps: 1E-130 to 9.99…E+125.
const EXPONENTS: std::ops::RangeInclusive<i64> = -130..=125;

/// An exact decimal, kept without trailing zeros so that equal numbers are the same value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number {
    digits: BigInt,
    exponent: i32,
}

impl Number {
    /// The number of a decimal text: `12`, `-1.50`, `1e3`. The error is DynamoDB's message.
    pub fn parse(text: &str) -> Result<Number, String> {
        let malformed = || format!("The parameter cannot be converted to a numeric value: {text}");
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i64>().map_err(|_| malformed())?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let unsigned = whole.strip_prefix(['-', '+']).unwrap_or(whole);
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (unsigned.is_empty() && fraction.is_empty()) || !all_digits(unsigned) || !all_digits(fraction) {
            return Err(malformed());
        }
        let significant = format!("{unsigned}{fraction}");
        let kept = significant.trim_start_matches('0').trim_end_matches('0');
        if kept.is_empty() {
            return Ok(Number { digits: BigInt::zero(), exponent: 0 });
        }
        if kept.len() > DIGITS {
            return Err("Attempting to store more than 38 significant digits in a Number".into());
        }
        let dropped = significant.len() - significant.trim_end_matches('0').len();
        let shift = i64::try_from(dropped).unwrap_or(i64::MAX) - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        let exponent = power.saturating_add(shift);
        let leading = exponent.saturating_add(i64::try_from(kept.len()).unwrap_or(i64::MAX) - 1);
        if leading > *EXPONENTS.end() {
            return Err(
                "Number overflow. Attempting to store a number with magnitude larger than supported range".into()
            );
        }
        if leading < *EXPONENTS.start() {
            return Err(
                "Number underflow. Attempting to store a number with magnitude smaller than supported range".into()
            );
        }
        let mut digits: BigInt = kept.parse().map_err(|_| malformed())?;
        if whole.starts_with('-') {
            digits = -digits;
        }
        Ok(Number { digits, exponent: i32::try_from(exponent).map_err(|_| malformed())? })
    }

    /// The number of a JSON number.
    pub fn from_json(number: &serde_json::Number) -> Result<Number, String> {
        Number::parse(&number.to_string())
    }

    /// The number of an integer.
    pub fn from_integer(integer: i64) -> Number {
        Number { digits: BigInt::from(integer), exponent: 0 }.without_trailing_zeros()
    }

    /// As JSON: an integer where it is one and 64 bits hold it, else a double.
    pub fn to_json(&self) -> serde_json::Value {
        if self.exponent >= 0 {
            let whole = self.scaled_to(0);
            if let Some(number) = whole.to_i64() {
                return number.into();
            }
            if let Some(number) = whole.to_u64() {
                return number.into();
            }
        }
        self.to_string().parse::<f64>().map_or(serde_json::Value::Null, serde_json::Value::from)
    }

    /// The number as an integer, when it is one of 64 bits.
    pub fn to_i64(&self) -> Option<i64> {
        if self.exponent >= 0 { self.scaled_to(0).to_i64() } else { None }
    }

    /// The sum; the error is DynamoDB's message.
    pub fn plus(&self, other: &Number) -> Result<Number, String> {
        let exponent = self.exponent.min(other.exponent);
        let sum = Number { digits: self.scaled_to(exponent) + other.scaled_to(exponent), exponent };
        Number::parse(&sum.without_trailing_zeros().to_string())
    }

    /// The number with its sign turned.
    #[must_use]
    pub fn negated(&self) -> Number {
        Number { digits: -self.digits.clone(), exponent: self.exponent }
    }

    /// How many digits it has without zeros at its ends.
    pub fn digits(&self) -> usize {
        self.digits.magnitude().to_string().len()
    }

    /// The digits as a multiple of `10^exponent`; `exponent` is at most the number's own.
    fn scaled_to(&self, exponent: i32) -> BigInt {
        let power = u32::try_from(self.exponent.saturating_sub(exponent)).unwrap_or(0);
        &self.digits * BigInt::from(10).pow(power)
    }

    fn without_trailing_zeros(mut self) -> Number {
        if self.digits.is_zero() {
            return Number { digits: self.digits, exponent: 0 };
        }
        let ten = BigInt::from(10);
        while (&self.digits % &ten).is_zero() {
            self.digits /= &ten;
            self.exponent += 1;
        }
        self
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        let exponent = self.exponent.min(other.exponent);
        self.scaled_to(exponent).cmp(&other.scaled_to(exponent))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.exponent == 0 { write!(f, "{}", self.digits) } else { write!(f, "{}e{}", self.digits, self.exponent) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_are_one_value_however_they_are_written() {
        for (left, right) in [("1", "1.0"), ("100", "1e2"), ("-0.50", "-5e-1"), ("0", "-0.000"), ("007", "7")] {
            assert_eq!(Number::parse(left), Number::parse(right), "{left} and {right}");
        }
    }

    #[test]
    fn order_and_sums_are_exact_beyond_doubles() {
        let number = |text: &str| Number::parse(text).unwrap();
        assert!(number("9007199254740993") > number("9007199254740992"));
        assert!(number("-2") < number("1e-100"));
        assert_eq!(number("0.1").plus(&number("0.2")), Ok(number("0.3")));
        assert_eq!(number("5").plus(&number("5").negated()), Ok(number("0")));
    }

    #[test]
    fn what_dynamodb_cannot_hold_is_refused() {
        for text in ["", ".", "-", "1.2.3", "0x1", "NaN", "1e126", "1e-131", "1e99999999999", &"9".repeat(39)] {
            assert!(Number::parse(text).is_err(), "{text}");
        }
        assert!(Number::parse(&format!("{}00", "9".repeat(38))).is_ok(), "trailing zeros are not digits to keep");
    }

    #[test]
    fn json_keeps_integers_integers() {
        assert_eq!(Number::parse("1.0").unwrap().to_json().to_string(), "1");
        assert_eq!(Number::parse("1.5").unwrap().to_json().to_string(), "1.5");
        assert_eq!(Number::parse("18446744073709551615").unwrap().to_json().to_string(), "18446744073709551615");
    }
}
