//! `String.format`: the conversions of `java.util.Formatter`, in the US locale, but for dates and hexadecimal
//! floating point.

use super::method::within_memory;
use super::{Object, Thrown, Value, java, string};

/// Widest field and longest fraction that is honoured: a template must not fill the memory with blanks.
const WIDEST: usize = 1 << 16;

/// `String.format(pattern, args...)`.
///
/// # Errors
///
/// The exceptions of `java.util.Formatter`, by their own names.
pub(super) fn format(pattern: &str, args: &[Value]) -> Result<String, Thrown> {
    let mut out = String::new();
    let mut rest = pattern;
    let (mut ordinary, mut last) = (0usize, None);
    while let Some(start) = rest.find('%') {
        let (plain, tail) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(plain);
        let (spec, after) = Spec::parse(tail)?;
        rest = after;
        within_memory(out.len())?;
        match spec.conversion {
            'n' => out.push('\n'),
            '%' => out.push_str(&spec.pad("%".to_owned())),
            _ => {
                let index = match spec.argument {
                    Argument::Next => {
                        ordinary += 1;
                        Some(ordinary - 1)
                    }
                    Argument::Last => last,
                    Argument::At(position) => position.checked_sub(1),
                };
                last = index;
                let argument = index.and_then(|index| args.get(index)).ok_or_else(|| {
                    illegal("MissingFormatArgumentException", format!("Format specifier '{}'", spec.source))
                })?;
                out.push_str(&spec.convert(argument)?);
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

enum Argument {
    Next,
    Last,
    At(usize),
}

struct Spec<'a> {
    source: &'a str,
    argument: Argument,
    flags: &'a str,
    width: Option<usize>,
    precision: Option<usize>,
    conversion: char,
    upper: bool,
}

fn illegal(class: &'static str, message: String) -> Thrown {
    let class = match class {
        "MissingFormatArgumentException" => "java.util.MissingFormatArgumentException",
        "UnknownFormatConversionException" => "java.util.UnknownFormatConversionException",
        "IllegalFormatConversionException" => "java.util.IllegalFormatConversionException",
        "IllegalFormatPrecisionException" => "java.util.IllegalFormatPrecisionException",
        "IllegalFormatFlagsException" => "java.util.IllegalFormatFlagsException",
        "MissingFormatWidthException" => "java.util.MissingFormatWidthException",
        "FormatFlagsConversionMismatchException" => "java.util.FormatFlagsConversionMismatchException",
        _ => "java.util.IllegalFormatException",
    };
    Thrown::new(class, message)
}

/// Splits leading ASCII digits off.
fn number(text: &str) -> (Option<usize>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).unwrap_or(("", text));
    (digits.parse().ok(), rest)
}

impl<'a> Spec<'a> {
    /// Reads `%[index$][flags][width][.precision]conversion`, and returns what follows.
    fn parse(text: &'a str) -> Result<(Spec<'a>, &'a str), Thrown> {
        let body = text.get(1..).unwrap_or("");
        let unknown = |c: char| illegal("UnknownFormatConversionException", format!("Conversion = '{c}'"));
        let (argument, body) = match (number(body), body.strip_prefix('<')) {
            ((Some(position), rest), _) if rest.starts_with('$') => {
                (Argument::At(position), rest.get(1..).unwrap_or(""))
            }
            (_, Some(rest)) => (Argument::Last, rest),
            _ => (Argument::Next, body),
        };
        let flags_end = body.find(|c: char| !"-#+ 0,(".contains(c)).unwrap_or(body.len());
        let (flags, body) = body.split_at_checked(flags_end).unwrap_or(("", body));
        let (width, mut body) = number(body);
        let mut precision = None;
        if let Some(fraction) = body.strip_prefix('.') {
            let (digits, rest) = number(fraction);
            precision = Some(digits.ok_or_else(|| unknown('.'))?);
            body = rest;
        }
        let Some(letter) = body.chars().next() else {
            return Err(unknown(text.get(1..).and_then(|spec| spec.chars().next()).unwrap_or('%')));
        };
        let rest = body.get(letter.len_utf8()..).unwrap_or("");
        let source = text.get(..text.len() - rest.len()).unwrap_or(text);
        if !"bBhHsScCdoxXeEfgGn%".contains(letter) {
            return Err(unknown(letter));
        }
        let spec = Spec {
            source,
            argument,
            flags,
            width: width.map(|width| width.min(WIDEST)),
            precision: precision.map(|precision| precision.min(WIDEST)),
            conversion: letter.to_ascii_lowercase(),
            upper: letter.is_ascii_uppercase(),
        };
        spec.check(letter)?;
        Ok((spec, rest))
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    /// Refuses flags, widths and precisions that do not go with the conversion.
    fn check(&self, letter: char) -> Result<(), Thrown> {
        if (self.has('-') || self.has('0')) && self.width.is_none() {
            return Err(illegal("MissingFormatWidthException", self.source.to_owned()));
        }
        if self.has('-') && self.has('0') || self.has('+') && self.has(' ') {
            return Err(illegal("IllegalFormatFlagsException", format!("Flags = '{}'", self.flags)));
        }
        let wrong: &str = match self.conversion {
            'b' | 'h' | 's' | 'c' => "+ 0,(",
            'x' | 'o' => ",",
            'e' => ",",
            'd' => "#",
            'g' => "#",
            _ => "",
        };
        if let Some(flag) = wrong.chars().find(|flag| self.has(*flag)) {
            return Err(illegal(
                "FormatFlagsConversionMismatchException",
                format!("Conversion = {letter}, Flags = {flag}"),
            ));
        }
        match self.precision {
            Some(precision) if "dxoc".contains(self.conversion) => {
                Err(illegal("IllegalFormatPrecisionException", precision.to_string()))
            }
            _ => Ok(()),
        }
    }

    fn pad(&self, text: String) -> String {
        let text = if self.upper { text.to_uppercase() } else { text };
        let missing = self.width.unwrap_or(0).saturating_sub(super::utf16::length(&text));
        match self.has('-') {
            true => text + &" ".repeat(missing),
            false => " ".repeat(missing) + &text,
        }
    }

    fn convert(&self, argument: &Value) -> Result<String, Thrown> {
        let cut = |text: String| match self.precision {
            Some(most) => text.chars().take(most).collect(),
            None => text,
        };
        let mismatch = || {
            illegal(
                "IllegalFormatConversionException",
                format!("{} != {}", self.conversion, java::class_name(argument)),
            )
        };
        Ok(match (self.conversion, argument) {
            ('b', Value::Bool(flag)) => self.pad(cut(flag.to_string())),
            ('b', other) => self.pad(cut((!other.is_null()).to_string())),
            (_, Value::Null) => self.pad(cut("null".to_owned())),
            ('s', other) => self.pad(cut(java::to_string(other))),
            ('h', other) => self.pad(cut(format!("{:x}", java::hash_code(other)))),
            ('c', Value::Int(point)) => {
                let one = char::from_u32(point.cast_unsigned()).ok_or_else(|| {
                    Thrown::new("java.util.IllegalFormatCodePointException", format!("Code point = 0x{point:x}"))
                })?;
                self.pad(one.to_string())
            }
            ('c', Value::Object(object)) if matches!(**object, Object::Char(_)) => {
                let unit = string::as_char(argument).unwrap_or(0);
                self.pad(String::from_utf16_lossy(&[unit]))
            }
            ('d', Value::Int(_) | Value::Long(_) | Value::Big(_)) => {
                let text = java::to_string(argument);
                match text.strip_prefix('-') {
                    Some(digits) => self.signed(true, digits, ""),
                    None => self.signed(false, &text, ""),
                }
            }
            ('x' | 'o', Value::Int(_) | Value::Long(_) | Value::Big(_)) => self.based(argument),
            ('e' | 'f' | 'g', Value::Double(number)) => self.floating(*number),
            _ => return Err(mismatch()),
        })
    }

    /// `x` and `o`: two's complement for Integer and Long, a sign for BigInteger.
    fn based(&self, argument: &Value) -> String {
        let hex = self.conversion == 'x';
        let prefix = match (self.has('#'), hex) {
            (true, true) => "0x",
            (true, false) => "0",
            _ => "",
        };
        let (negative, digits) = match argument {
            Value::Int(n) => (false, if hex { format!("{n:x}") } else { format!("{n:o}") }),
            Value::Long(n) => (false, if hex { format!("{n:x}") } else { format!("{n:o}") }),
            Value::Big(n) => {
                (n.sign() == num_bigint::Sign::Minus, n.magnitude().to_str_radix(if hex { 16 } else { 8 }))
            }
            _ => (false, String::new()),
        };
        self.signed(negative, &digits, prefix)
    }

    fn floating(&self, number: f64) -> String {
        if !number.is_finite() {
            let (sign, name) = match (number.is_nan(), number > 0.0) {
                (true, _) => ("", "NaN"),
                (_, true) => (if self.has('+') { "+" } else { "" }, "Infinity"),
                _ => ("-", "Infinity"),
            };
            return self.pad(format!("{sign}{name}"));
        }
        let precision = self.precision.unwrap_or(6);
        let negative = number.is_sign_negative();
        let size = number.abs();
        let digits = match self.conversion {
            'f' => fixed(size, precision),
            'e' => scientific(size, precision),
            _ => {
                let significant = precision.max(1);
                // Java decides by the value rounded to that many digits.
                let rounded: f64 = scientific(size, significant - 1).parse().unwrap_or(size);
                if rounded != 0.0
                    && !(1e-4..10f64.powi(i32::try_from(significant).unwrap_or(i32::MAX))).contains(&rounded)
                {
                    scientific(size, significant - 1)
                } else {
                    let exponent = if rounded == 0.0 { 0 } else { rounded.log10().floor() as i64 };
                    let fraction = i64::try_from(significant).unwrap_or(i64::MAX) - 1 - exponent;
                    fixed(size, usize::try_from(fraction).unwrap_or(0))
                }
            }
        };
        self.signed(negative, &digits, "")
    }

    /// Sign, grouping, prefix and padding around digits.
    fn signed(&self, negative: bool, digits: &str, prefix: &str) -> String {
        let (before, after) = match (negative, self.has('('), self.has('+'), self.has(' ')) {
            (true, true, _, _) => ("(", ")"),
            (true, false, _, _) => ("-", ""),
            (false, _, true, _) => ("+", ""),
            (false, _, false, true) => (" ", ""),
            _ => ("", ""),
        };
        let digits = if self.has(',') { grouped(digits) } else { digits.to_owned() };
        let zeros = if self.has('0') {
            let used = before.len() + prefix.len() + digits.len() + after.len();
            "0".repeat(self.width.unwrap_or(0).saturating_sub(used))
        } else {
            String::new()
        };
        self.pad(format!("{before}{prefix}{zeros}{digits}{after}"))
    }
}

/// Fixed-point digits, rounded half up from the shortest decimal form as Java's formatter does.
fn fixed(number: f64, precision: usize) -> String {
    let shortest = format!("{number:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
    let exponent: i64 = exponent.parse().unwrap_or(0);
    // Digits before the point, counted from the first one; below one there are none.
    let point = exponent + 1;
    let wanted = point + i64::try_from(precision).unwrap_or(i64::MAX);
    let mut kept: Vec<u8> = (0..wanted.max(0))
        .map(|at| usize::try_from(at).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0))
        .collect();
    let mut point = point;
    let next = usize::try_from(wanted).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0);
    if next >= 5 {
        let mut carry = true;
        for digit in kept.iter_mut().rev() {
            if *digit == 9 {
                *digit = 0;
            } else {
                *digit += 1;
                carry = false;
                break;
            }
        }
        if carry {
            kept.insert(0, 1);
            point += 1;
        }
    }
    let mut text = String::new();
    let missing = usize::try_from(-point).unwrap_or(0).min(precision);
    let whole = usize::try_from(point).unwrap_or(0);
    let digit = |value: &u8| char::from(b'0' + value);
    if whole == 0 {
        text.push('0');
    }
    text.extend(kept.iter().take(whole).map(digit));
    if precision > 0 {
        text.push('.');
        text.extend(std::iter::repeat_n('0', missing));
        text.extend(kept.iter().skip(whole).map(digit));
        let have = missing + kept.len().saturating_sub(whole);
        text.extend(std::iter::repeat_n('0', precision.saturating_sub(have)));
    }
    text
}

/// `d.ddde±dd`
fn scientific(number: f64, precision: usize) -> String {
    if number == 0.0 {
        return format!("{}e+00", fixed(0.0, precision));
    }
    let shortest = format!("{number:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let mut exponent: i32 = exponent.parse().unwrap_or(0);
    let mut digits = fixed(mantissa.parse().unwrap_or(0.0), precision);
    if digits.starts_with("10") {
        exponent += 1;
        digits = fixed(1.0, precision);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Commas between groups of three digits before the point.
fn grouped(digits: &str) -> String {
    let whole = digits.find('.').unwrap_or(digits.len());
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index < whole && (whole - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from Java 17.
    #[test]
    fn conversions_print_as_in_java() {
        let big = || Value::Big(std::rc::Rc::new((-255).into()));
        let cases: &[(&str, Vec<Value>, &str)] = &[
            (
                "%5d|%-5d|%05d|%,d|%+d|%(d|% d",
                vec![1.into(), 2.into(), 3.into(), 1_234_567.into(), 4.into(), (-5).into(), 6.into()],
                "    1|2    |00003|1,234,567|+4|(5)| 6",
            ),
            ("%x|%o|%X", vec![255.into(), 8.into(), (-1).into()], "ff|10|FFFFFFFF"),
            ("%x%x", vec![255i64.into(), big()], "ff-ff"),
            ("%#x %#o", vec![255.into(), 8.into()], "0xff 010"),
            ("%010d|%(,d", vec![(-42).into(), (-1_234_567).into()], "-000000042|(1,234,567)"),
            (
                "%f|%.2f|%e|%g",
                vec![1.5.into(), 1.555.into(), 12345.678.into(), 0.0001.into()],
                "1.500000|1.56|1.234568e+04|0.000100000",
            ),
            ("%10.3f|%,.2f|%.0f", vec![3.24159.into(), 1_234_567.891.into(), 2.5.into()], "     3.242|1,234,567.89|3"),
            ("%.1f %.1f %.2f %.1f", vec![0.25.into(), 0.35.into(), 1.005.into(), 0.05.into()], "0.3 0.4 1.01 0.1"),
            ("%08.2f|%+.1f|%(.1f", vec![3.24159.into(), 2.0.into(), (-2.0).into()], "00003.24|+2.0|(2.0)"),
            ("%f %f %f", vec![f64::NAN.into(), f64::INFINITY.into(), (-0.0).into()], "NaN Infinity -0.000000"),
            ("%e %.3e %E", vec![0.0.into(), 123_456.0.into(), 1e-10.into()], "0.000000e+00 1.235e+05 1.000000E-10"),
            ("%g %g", vec![12345.678.into(), 1e10.into()], "12345.7 1.00000e+10"),
            ("%b|%B|%s|%S", vec![true.into(), Value::Null, Value::Null, "ab".into()], "true|FALSE|null|AB"),
            (
                "%10s|%-10s|%.2s|%%|%h",
                vec!["r".into(), "l".into(), "trunc".into(), "hash".into()],
                "         r|l         |tr|%|30c10e",
            ),
            ("%2$s %1$s %<s", vec![1.into(), 2.into()], "2 1 1"),
            ("%c%c", vec![65.into(), Value::object(Object::Char(98))], "Ab"),
            ("%d %f %c", vec![Value::Null, Value::Null, Value::Null], "null null null"),
        ];
        for (pattern, args, wanted) in cases {
            assert_eq!(format(pattern, args).as_deref(), Ok(*wanted), "{pattern}");
        }
    }

    #[test]
    fn bad_patterns_throw_what_java_throws() {
        let one: Value = 1.into();
        for (pattern, arg, class, message) in [
            ("%q", &one, "java.util.UnknownFormatConversionException", "Conversion = 'q'"),
            ("%", &one, "java.util.UnknownFormatConversionException", "Conversion = '%'"),
            ("%5", &one, "java.util.UnknownFormatConversionException", "Conversion = '5'"),
            ("%s %s", &one, "java.util.MissingFormatArgumentException", "Format specifier '%s'"),
            ("%3$s", &one, "java.util.MissingFormatArgumentException", "Format specifier '%3$s'"),
            ("%d", &"x".into(), "java.util.IllegalFormatConversionException", "d != java.lang.String"),
            ("%f", &one, "java.util.IllegalFormatConversionException", "f != java.lang.Integer"),
            ("%-d", &one, "java.util.MissingFormatWidthException", "%-d"),
            ("%.2d", &one, "java.util.IllegalFormatPrecisionException", "2"),
            ("%05s", &one, "java.util.FormatFlagsConversionMismatchException", "Conversion = s, Flags = 0"),
            ("%,x", &one, "java.util.FormatFlagsConversionMismatchException", "Conversion = x, Flags = ,"),
            ("%-05d", &one, "java.util.IllegalFormatFlagsException", "Flags = '-0'"),
        ] {
            let thrown = format(pattern, std::slice::from_ref(arg)).unwrap_err();
            assert_eq!((thrown.class, thrown.message.as_str()), (class, message), "{pattern}");
        }
    }
}
