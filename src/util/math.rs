//! `$util.math`.

use super::Type::{Int, Num};
use super::{Helper, null_argument};
use crate::value::{Thrown, Value, java};

const PAGE: &str = "math-helpers-in-util-math";
/// The page says Double.
const INTEGERS: &str = "that an Integer fits too";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.math.roundNum",
        overloads: &[&[Num]],
        returns: "Integer",
        doc: "The nearest integer; halves go up.",
        source: PAGE,
        unverified: "that an Integer fits too, and that halves go up, as by `Math.round`",
        examples: &[("$util.math.roundNum(10.8)", "11"), ("$util.math.roundNum(10.2)", "10")],
        run: |_, args| match args {
            [value] => Ok(round(java::as_f64(value).ok_or_else(null_argument)?)),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.math.minVal",
        overloads: &[&[Num, Num]],
        returns: "Double",
        doc: "The smaller of two numbers.",
        source: PAGE,
        unverified: INTEGERS,
        examples: &[("$util.math.minVal(13.45, 45.67)", "13.45")],
        run: |_, args| match args {
            [a, b] => pair(a, b).map(|(a, b)| Value::Double(a.min(b))).ok_or_else(null_argument),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.math.maxVal",
        overloads: &[&[Num, Num]],
        returns: "Double",
        doc: "The larger of two numbers.",
        source: PAGE,
        unverified: INTEGERS,
        examples: &[("$util.math.maxVal(13.45, 45.67)", "45.67")],
        run: |_, args| match args {
            [a, b] => pair(a, b).map(|(a, b)| Value::Double(a.max(b))).ok_or_else(null_argument),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.math.randomDouble",
        overloads: &[&[]],
        returns: "Double",
        doc: "A random number from 0 up to, and without, 1. A replay draws it from a fixed stream.",
        source: PAGE,
        unverified: "",
        examples: &[("#set($r = $util.math.randomDouble())#if($r >= 0.0 && $r < 1.0)ok#end", "ok")],
        run: |host, _| {
            // The upper 53 bits are what a double holds exactly.
            let bits = u32::try_from(host.env.next_random() >> 32).unwrap_or(0);
            let more = u32::try_from(host.env.next_random() >> 43).unwrap_or(0);
            Ok(Value::Double((f64::from(bits) + f64::from(more) / 2_097_152.0) / 4_294_967_296.0))
        },
    },
    Helper {
        path: "util.math.randomWithinRange",
        overloads: &[&[Int, Int]],
        returns: "Integer",
        doc: "A random integer between two bounds, both included. Bounds in the wrong order throw.",
        source: PAGE,
        unverified: "that the upper bound is included, and that bounds in the wrong order throw",
        examples: &[("$util.math.randomWithinRange(7, 7)", "7")],
        run: |host, args| match args {
            [low, high] => {
                let (Some(low), Some(high)) = (integer(low), integer(high)) else { return Err(null_argument()) };
                let Ok(span) = u128::try_from(i128::from(high) - i128::from(low)) else {
                    let message = "bound must be greater than origin";
                    return Err(Thrown::new("java.lang.IllegalArgumentException", message).into());
                };
                let offset = i128::try_from(u128::from(host.env.next_random()) % (span + 1)).unwrap_or(0);
                Ok(long(i64::try_from(i128::from(low) + offset).unwrap_or(low)))
            }
            _ => Err(null_argument()),
        },
    },
];

fn pair(a: &Value, b: &Value) -> Option<(f64, f64)> {
    Some((java::as_f64(a)?, java::as_f64(b)?))
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) => Some(i64::from(*n)),
        Value::Long(n) => Some(*n),
        _ => None,
    }
}

fn long(value: i64) -> Value {
    i32::try_from(value).map_or(Value::Long(value), Value::Int)
}

/// `Math.round`: halves go toward positive infinity, NaN is 0, the far ends are cut off.
fn round(value: f64) -> Value {
    let floor = value.floor();
    let rounded = if value - floor >= 0.5 { floor + 1.0 } else { floor };
    #[expect(clippy::cast_possible_truncation, reason = "Java's cast saturates too, and takes NaN for 0")]
    let rounded = rounded as i64;
    long(rounded)
}

#[cfg(test)]
mod tests {
    use super::super::Host;
    use super::super::tests::{call_in, call_json, thrown};
    use super::*;
    use crate::limits::Env;

    #[test]
    fn rounding_is_that_of_java() {
        for (argument, expected) in [
            ("10.2", "10"),
            ("10.8", "11"),
            ("2.5", "3"),
            ("-1.5", "-1"),
            ("-1.6", "-2"),
            ("0.49999999999999994", "0"),
            ("7", "7"),
            ("3e10", "30000000000"),
            ("1e300", "9223372036854775807"),
        ] {
            assert_eq!(call_json("util.math.roundNum", &format!("[{argument}]")), expected, "{argument}");
        }
        assert_eq!(call_json("util.math.roundNum", r#"["1"]"#), "none");
    }

    #[test]
    fn the_smaller_and_the_larger() {
        assert_eq!(call_json("util.math.minVal", "[13.45,45.67]"), "13.45");
        assert_eq!(call_json("util.math.maxVal", "[13.45,45.67]"), "45.67");
        assert_eq!(thrown("util.math.maxVal", &[Value::Null, Value::Int(1)]), "java.lang.NullPointerException");
    }

    #[test]
    fn random_numbers_stay_in_range_and_reach_its_ends() {
        let env = Env::at(0);
        let mut host = Host::new(&env, "");
        let mut seen = [0u32; 4];
        for _ in 0..200 {
            let value = call_in(&mut host, "util.math.randomWithinRange", &[Value::Int(-1), Value::Int(2)]).unwrap();
            let Value::Int(n) = value else { panic!("{value:?}") };
            seen[usize::try_from(n + 1).expect("from the lower bound up")] += 1;
            let value = call_in(&mut host, "util.math.randomDouble", &[]).unwrap();
            assert!(matches!(value, Value::Double(d) if (0.0..1.0).contains(&d)), "{value:?}");
        }
        assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
        assert_eq!(
            thrown("util.math.randomWithinRange", &[Value::Int(2), Value::Int(1)]),
            "java.lang.IllegalArgumentException"
        );
    }
}
