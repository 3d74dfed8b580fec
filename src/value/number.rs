//! `Integer`, `Long`, `Double` and `BigInteger`, with the static methods reachable through an instance.
//!
//! Java's `float`, `short` and `byte` have no value of their own here: a float stands as the Double that prints
//! alike, the small integers as Integer.

use std::cmp::Ordering;
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, One, Signed, ToPrimitive, Zero};

use super::method::{Method, Outcome, class_cast, null_pointer};
use super::{Thrown, Value, java};

/// What `Integer` and `Long` have without parameters: see [`super::method::invoke`] on wrong numbers of arguments.
pub(super) const WITHOUT_PARAMETERS: &[Method] = &[
    Method::ByteValue,
    Method::DoubleValue,
    Method::FloatValue,
    Method::IntValue,
    Method::LongValue,
    Method::ShortValue,
];

/// The same for `Double`.
pub(super) const WITHOUT_PARAMETERS_DOUBLE: &[Method] = &[
    Method::ByteValue,
    Method::DoubleValue,
    Method::FloatValue,
    Method::IntValue,
    Method::IsInfinite,
    Method::IsNaN,
    Method::LongValue,
    Method::ShortValue,
];

/// The same for `BigInteger`.
pub(super) const WITHOUT_PARAMETERS_BIG: &[Method] = &[
    Method::Abs,
    Method::BitCount,
    Method::ByteValue,
    Method::DoubleValue,
    Method::FloatValue,
    Method::IntValue,
    Method::LongValue,
    Method::Negate,
    Method::ShortValue,
    Method::Signum,
];

/// Calls a method of a number; `None` when these arguments fit none.
pub(super) fn invoke(receiver: &Value, method: Method, args: &[Value]) -> Outcome {
    if let Some(value) = conversion(receiver, method, args) {
        return Ok(Some(value));
    }
    if let (Method::CompareTo, [other]) = (method, args) {
        return compare_to(receiver, other).map(Some);
    }
    match receiver {
        Value::Int(_) => of_int(method, args),
        Value::Long(_) => of_long(method, args),
        Value::Double(number) => of_double(*number, method, args),
        Value::Big(number) => of_big(number, method, args),
        _ => Ok(None),
    }
}

/// `intValue()` and its kin: integers wrap, doubles stop at the ends of the range.
fn conversion(receiver: &Value, method: Method, args: &[Value]) -> Option<Value> {
    if !args.is_empty() {
        return None;
    }
    let long = || match receiver {
        Value::Double(number) => *number as i64,
        Value::Big(number) => low_bits(number),
        _ => java::as_i64(receiver).unwrap_or(0),
    };
    let int = || match receiver {
        Value::Double(number) => *number as i32,
        _ => long() as i32,
    };
    Some(match method {
        Method::IntValue => Value::Int(int()),
        Method::LongValue => Value::Long(long()),
        Method::DoubleValue => Value::Double(java::as_f64(receiver)?),
        Method::FloatValue => Value::Double(float(match receiver {
            Value::Int(n) => *n as f32,
            Value::Long(n) => *n as f32,
            Value::Big(n) => n.to_f32()?,
            _ => java::as_f64(receiver)? as f32,
        })),
        Method::ShortValue => Value::Int(i32::from(int() as i16)),
        Method::ByteValue => Value::Int(i32::from(int() as i8)),
        _ => return None,
    })
}

/// The lowest 64 bits, in two's complement.
fn low_bits(number: &BigInt) -> i64 {
    let magnitude = number.magnitude().iter_u64_digits().next().unwrap_or(0).cast_signed();
    if number.is_negative() { magnitude.wrapping_neg() } else { magnitude }
}

/// The Double that prints as the float does.
fn float(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

fn compare_to(receiver: &Value, other: &Value) -> Result<Value, Thrown> {
    let order = match (receiver, other) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Long(a), Value::Long(b)) => a.cmp(b),
        (Value::Double(a), Value::Double(b)) => compare_doubles(*a, *b),
        (Value::Big(a), Value::Big(b)) => a.cmp(b),
        (_, Value::Null) => {
            return Err(null_pointer(match receiver {
                Value::Int(_) => "Cannot read field \"value\" because \"anotherInteger\" is null",
                Value::Long(_) => "Cannot read field \"value\" because \"anotherLong\" is null",
                Value::Double(_) => "Cannot read field \"value\" because \"anotherDouble\" is null",
                _ => "Cannot read field \"signum\" because \"val\" is null",
            }));
        }
        _ => return Err(class_cast(other, java::class_name(receiver))),
    };
    Ok(Value::Int(order as i32))
}

/// `Double.compare`: -0.0 before 0.0, NaN after all.
pub(super) fn compare_doubles(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        _ => a.total_cmp(&b),
    }
}

fn of_int(method: Method, args: &[Value]) -> Outcome {
    use Value::{Int, Null, Str};
    Ok(Some(match (method, args) {
        (Method::ParseInt | Method::ValueOf, [Str(text)]) => Int(parse(text, 10)?),
        (Method::ParseInt | Method::ValueOf, [Str(text), Int(radix)]) => Int(parse(text, *radix)?),
        (Method::ParseInt | Method::ValueOf, [Null] | [Null, Int(_)]) => return Err(null_string()),
        (Method::ValueOf, [Int(n)]) => Int(*n),
        (Method::Decode, [Str(text)]) => Int(decode(text)?),
        (Method::Decode, [Null]) => {
            return Err(null_pointer("Cannot invoke \"String.isEmpty()\" because \"nm\" is null"));
        }
        (Method::Max, [Int(a), Int(b)]) => Int(*a.max(b)),
        (Method::Min, [Int(a), Int(b)]) => Int(*a.min(b)),
        (Method::Sum, [Int(a), Int(b)]) => Int(a.wrapping_add(*b)),
        (Method::Compare, [Int(a), Int(b)]) => Int(a.cmp(b) as i32),
        (Method::Signum, [Int(n)]) => Int(n.signum()),
        (Method::BitCount, [Int(n)]) => Int(n.count_ones().cast_signed()),
        (Method::HashCode, [Int(n)]) => Int(*n),
        (Method::ToString, [Int(n)]) => n.to_string().into(),
        (Method::ToString, [Int(n), Int(radix)]) => in_radix(&BigInt::from(*n), *radix).into(),
        (Method::ToBinaryString, [Int(n)]) => format!("{n:b}").into(),
        (Method::ToHexString, [Int(n)]) => format!("{n:x}").into(),
        (Method::ToOctalString, [Int(n)]) => format!("{n:o}").into(),
        _ => return Ok(None),
    }))
}

fn of_long(method: Method, args: &[Value]) -> Outcome {
    use Value::{Int, Long, Null, Str};
    let longs = || args.iter().map(java::as_i64).collect::<Option<Vec<i64>>>();
    Ok(Some(match (method, args) {
        (Method::ParseLong | Method::ValueOf, [Str(text)]) => Long(parse(text, 10)?),
        (Method::ParseLong | Method::ValueOf, [Str(text), Int(radix)]) => Long(parse(text, *radix)?),
        (Method::ParseLong | Method::ValueOf, [Null] | [Null, Int(_)]) => return Err(null_string()),
        (Method::Decode, [Str(text)]) => Long(decode(text)?),
        (Method::Decode, [Null]) => {
            return Err(null_pointer("Cannot invoke \"String.isEmpty()\" because \"nm\" is null"));
        }
        (Method::ToString, [Int(_) | Long(_), Int(radix)]) => match longs().as_deref() {
            Some([n, _]) => in_radix(&BigInt::from(*n), *radix).into(),
            _ => return Ok(None),
        },
        _ => match (method, longs().as_deref()) {
            (Method::ValueOf, Some([n])) => Long(*n),
            (Method::Max, Some([a, b])) => Long(*a.max(b)),
            (Method::Min, Some([a, b])) => Long(*a.min(b)),
            (Method::Sum, Some([a, b])) => Long(a.wrapping_add(*b)),
            (Method::Compare, Some([a, b])) => Int(a.cmp(b) as i32),
            (Method::Signum, Some([n])) => Int(n.signum() as i32),
            (Method::BitCount, Some([n])) => Int(n.count_ones().cast_signed()),
            (Method::HashCode, Some([n])) => Int(java::hash_code(&Long(*n))),
            (Method::ToString, Some([n])) => n.to_string().into(),
            (Method::ToBinaryString, Some([n])) => format!("{n:b}").into(),
            (Method::ToHexString, Some([n])) => format!("{n:x}").into(),
            (Method::ToOctalString, Some([n])) => format!("{n:o}").into(),
            _ => return Ok(None),
        },
    }))
}

fn of_double(number: f64, method: Method, args: &[Value]) -> Outcome {
    use Value::{Double, Int, Null, Str};
    // BigInteger is a Number, but no primitive: it does not fit `double`.
    let primitive = |value: &Value| if matches!(value, Value::Big(_)) { None } else { java::as_f64(value) };
    let doubles = || args.iter().map(primitive).collect::<Option<Vec<f64>>>();
    Ok(Some(match (method, args) {
        (Method::IsNaN, []) => number.is_nan().into(),
        (Method::IsInfinite, []) => number.is_infinite().into(),
        (Method::ParseDouble | Method::ValueOf, [Str(text)]) => Double(parse_double(text)?),
        (Method::ParseDouble | Method::ValueOf, [Null]) => {
            return Err(null_pointer("Cannot invoke \"String.trim()\" because \"in\" is null"));
        }
        _ => match (method, doubles().as_deref()) {
            (Method::IsNaN, Some([n])) => n.is_nan().into(),
            (Method::IsInfinite, Some([n])) => n.is_infinite().into(),
            (Method::IsFinite, Some([n])) => n.is_finite().into(),
            (Method::ValueOf, Some([n])) => Double(*n),
            (Method::Max, Some([a, b])) => Double(if compare_doubles(*a, *b).is_ge() { *a } else { *b }),
            (Method::Min, Some([a, b])) => {
                Double(if a.is_nan() || compare_doubles(*a, *b).is_le() && !b.is_nan() { *a } else { *b })
            }
            (Method::Sum, Some([a, b])) => Double(a + b),
            (Method::Compare, Some([a, b])) => Int(compare_doubles(*a, *b) as i32),
            (Method::HashCode, Some([n])) => Int(java::hash_code(&Double(*n))),
            (Method::ToString, Some([n])) => java::to_string(&Double(*n)).into(),
            _ => return Ok(None),
        },
    }))
}

fn of_big(number: &BigInt, method: Method, args: &[Value]) -> Outcome {
    let big = |number: BigInt| Value::Big(Rc::new(number));
    let zero_division = || Thrown::new("java.lang.ArithmeticException", "BigInteger divide by zero");
    Ok(Some(match (method, args) {
        (Method::Abs, []) => big(number.abs()),
        (Method::Negate, []) => big(-number),
        (Method::Signum, []) => Value::Int(number.signum().to_i32().unwrap_or(0)),
        (Method::BitCount, []) => {
            // The bits that differ from the sign bit.
            let base = if number.is_negative() { -number - BigInt::one() } else { number.clone() };
            Value::Int(i32::try_from(base.magnitude().count_ones()).unwrap_or(i32::MAX))
        }
        (Method::Add, [Value::Big(other)]) => big(number + &**other),
        (Method::Subtract, [Value::Big(other)]) => big(number - &**other),
        (Method::Multiply, [Value::Big(other)]) => big(number * &**other),
        (Method::Max, [Value::Big(other)]) => big(number.max(other).clone()),
        (Method::Min, [Value::Big(other)]) => big(number.min(other).clone()),
        (Method::Divide | Method::Remainder, [Value::Big(other)]) if other.is_zero() => return Err(zero_division()),
        (Method::Divide, [Value::Big(other)]) => big(number / &**other),
        (Method::Remainder, [Value::Big(other)]) => big(number % &**other),
        (Method::Mod, [Value::Big(other)]) => {
            if !other.is_positive() {
                return Err(Thrown::new("java.lang.ArithmeticException", "BigInteger: modulus not positive"));
            }
            let rest = number % &**other;
            big(if rest.is_negative() { rest + &**other } else { rest })
        }
        (Method::Add | Method::Subtract | Method::Multiply | Method::Max | Method::Min, [Value::Null]) => {
            return Err(null_pointer("Cannot read field \"signum\" because \"val\" is null"));
        }
        (Method::Divide | Method::Remainder, [Value::Null]) => {
            return Err(null_pointer("Cannot read field \"mag\" because \"val\" is null"));
        }
        (Method::Mod, [Value::Null]) => {
            return Err(null_pointer("Cannot read field \"signum\" because \"m\" is null"));
        }
        (Method::Pow, [Value::Int(exponent)]) => big(power(number, *exponent)?),
        (Method::ToString, [Value::Int(radix)]) => in_radix(number, *radix).into(),
        (Method::ValueOf, [n @ (Value::Int(_) | Value::Long(_))]) => match java::as_i64(n) {
            Some(n) => big(BigInt::from(n)),
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
}

/// `pow`, up to a size that no template needs.
fn power(number: &BigInt, exponent: i32) -> Result<BigInt, Thrown> {
    let Ok(times) = u32::try_from(exponent) else {
        return Err(Thrown::new("java.lang.ArithmeticException", "Negative exponent"));
    };
    if number.bits().saturating_mul(u64::from(times)) > 1 << 24 {
        return Err(Thrown::new("java.lang.ArithmeticException", "BigInteger would overflow supported range"));
    }
    Ok(number.pow(times))
}

fn not_a_number(text: &str, radix: u32) -> Thrown {
    let under = if radix == 10 { String::new() } else { format!(" under radix {radix}") };
    Thrown::new("java.lang.NumberFormatException", format!("For input string: \"{text}\"{under}"))
}

fn null_string() -> Thrown {
    Thrown::new("java.lang.NumberFormatException", "Cannot parse null string")
}

/// `parseInt` and `parseLong`.
fn parse<T: FromPrimitive>(text: &str, radix: i32) -> Result<T, Thrown> {
    let bound = |message: &str| Thrown::new("java.lang.NumberFormatException", format!("radix {radix} {message}"));
    let radix = match u32::try_from(radix) {
        Ok(radix @ 2..=36) => radix,
        Ok(37..) => return Err(bound("greater than Character.MAX_RADIX")),
        _ => return Err(bound("less than Character.MIN_RADIX")),
    };
    // `i128` takes what both types hold, and the same signs and digits as Java.
    let number = if text.len() > 130 { None } else { i128::from_str_radix(text, radix).ok() };
    number.and_then(T::from_i128).ok_or_else(|| not_a_number(text, radix))
}

/// `decode`: decimal, `0x…`, `#…` or octal `0…`.
fn decode<T: FromPrimitive>(text: &str) -> Result<T, Thrown> {
    if text.is_empty() {
        return Err(Thrown::new("java.lang.NumberFormatException", "Zero length string"));
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).or_else(|| digits.strip_prefix('#'));
    let (digits, radix) = match hex {
        Some(digits) => (digits, 16),
        None => match digits.strip_prefix('0') {
            Some(rest) if !rest.is_empty() => (rest, 8),
            _ => (digits, 10),
        },
    };
    if digits.starts_with(['-', '+']) {
        return Err(Thrown::new("java.lang.NumberFormatException", "Sign character in wrong position"));
    }
    parse(&format!("{sign}{digits}"), radix)
}

/// `Integer.toString(n, radix)`: decimal when the radix is out of range.
fn in_radix(number: &BigInt, radix: i32) -> String {
    number.to_str_radix(u32::try_from(radix).ok().filter(|radix| (2..=36).contains(radix)).unwrap_or(10))
}

/// `Double.parseDouble`, but for hexadecimal floating point.
fn parse_double(text: &str) -> Result<f64, Thrown> {
    let trimmed = text.trim_matches(|c: char| c <= ' ');
    if trimmed.is_empty() {
        return Err(Thrown::new("java.lang.NumberFormatException", "empty String"));
    }
    let unsigned = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
    match unsigned {
        "NaN" => return Ok(f64::NAN),
        "Infinity" => return Ok(if trimmed.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        _ => {}
    }
    let digits = trimmed.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(trimmed);
    // Rust also reads names such as `inf`; Java's decimal forms begin with a digit or a point.
    if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && let Ok(number) = digits.parse()
    {
        return Ok(number);
    }
    Err(Thrown::new("java.lang.NumberFormatException", format!("For input string: \"{trimmed}\"")))
}
