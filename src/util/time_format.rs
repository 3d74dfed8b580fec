//! Patterns of `java.time.format.DateTimeFormatter`, locale English, as `$util.time` takes them.

mod parse;
mod print;

pub(super) use print::Moment;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    items: Vec<Item>,
}

#[derive(Debug)]
enum Item {
    Literal(String),
    Number(Number),
    /// `S…`: the fraction of a second, cut off after so many digits.
    Fraction(usize),
    /// A dot and up to nine digits, or nothing: what ISO 8601 allows and no letter can say.
    IsoFraction,
    Text(Text, Style),
    Offset(OffsetStyle),
    /// `O`, `OOOO`, `ZZZZ`: `GMT+8`, `GMT+08:00`.
    LocalizedOffset {
        full: bool,
    },
    ZoneId,
    ZoneName {
        full: bool,
    },
    Optional(Vec<Item>),
    Padded(usize, Box<Item>),
}

#[derive(Clone, Copy, Debug)]
struct Number {
    field: Field,
    min: usize,
    max: usize,
    sign: Sign,
    /// `yy`: two digits counted from 2000.
    two_digit_year: bool,
    /// Digits that adjacent numbers after this one need.
    reserved: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Normal,
    Never,
    ExceedsPad,
}

/// A number of a date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Year,
    YearOfEra,
    Era,
    Quarter,
    Month,
    Day,
    DayOfYear,
    WeekYear,
    Week,
    WeekOfMonth,
    /// 1 is Sunday.
    DayOfWeek,
    AlignedDay,
    AmPm,
    Hour,
    /// `k`, 1 to 24.
    HourFromOne,
    /// `K`, 0 to 11.
    HalfHour,
    /// `h`, 1 to 12.
    HalfHourFromOne,
    Minute,
    Second,
    Nano,
    MilliOfDay,
    NanoOfDay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Era,
    Month,
    Quarter,
    DayOfWeek,
    AmPm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Short,
    Full,
    Narrow,
}

#[derive(Clone, Copy, Debug)]
struct OffsetStyle {
    colon: bool,
    minutes_always: bool,
    seconds: bool,
    /// What stands for no offset.
    zero: &'static str,
}

impl Pattern {
    /// Compiles a pattern; `None` for one that Java refuses, or for letters we do not know.
    pub(super) fn compile(pattern: &str) -> Option<Pattern> {
        let mut chars = pattern.chars().peekable();
        let mut levels: Vec<Vec<Item>> = vec![Vec::new()];
        while let Some(c) = chars.next() {
            let item = match c {
                'A'..='Z' | 'a'..='z' => {
                    let mut run = |letter: char| {
                        let mut count = 0;
                        while chars.next_if_eq(&letter).is_some() {
                            count += 1;
                        }
                        count
                    };
                    let count = 1 + run(c);
                    if c == 'p' {
                        let letter = chars.next_if(char::is_ascii_alphabetic)?;
                        let mut inner = 1;
                        while chars.next_if_eq(&letter).is_some() {
                            inner += 1;
                        }
                        Item::Padded(count, Box::new(letter_item(letter, inner)?))
                    } else {
                        letter_item(c, count)?
                    }
                }
                '\'' => Item::Literal(quoted(&mut chars)?),
                '[' => {
                    levels.push(Vec::new());
                    continue;
                }
                ']' => {
                    let inner = levels.pop()?;
                    Item::Optional(reserve(inner))
                }
                '{' | '}' | '#' => return None,
                _ => Item::Literal(c.to_string()),
            };
            levels.last_mut()?.push(item);
        }
        // Sections left open close at the end.
        let mut items = reserve(levels.pop()?);
        while let Some(mut outer) = levels.pop() {
            outer.push(Item::Optional(items));
            items = reserve(outer);
        }
        Some(Pattern { items })
    }

    /// ISO 8601 with an offset: seconds and fraction may be missing.
    fn iso() -> Pattern {
        let mut pattern = Pattern::compile("uuuu-MM-dd'T'HH:mm").unwrap_or(Pattern { items: Vec::new() });
        let seconds = vec![Item::Literal(":".to_owned()), fixed(Field::Second, 2), Item::IsoFraction];
        let offset = OffsetStyle { colon: true, minutes_always: true, seconds: true, zero: "Z" };
        pattern.items.extend([Item::Optional(seconds), Item::Offset(offset)]);
        pattern
    }
}

fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            '\'' if chars.next_if_eq(&'\'').is_some() => text.push('\''),
            // Two quotes by themselves are one quote.
            '\'' if text.is_empty() => return Some("'".to_owned()),
            '\'' => return Some(text),
            c => text.push(c),
        }
    }
}

fn fixed(field: Field, width: usize) -> Item {
    Item::Number(Number { field, min: width, max: width, sign: Sign::Never, two_digit_year: false, reserved: 0 })
}

fn number(field: Field, min: usize, max: usize, sign: Sign) -> Item {
    Item::Number(Number { field, min, max, sign, two_digit_year: false, reserved: 0 })
}

/// A number of one digit or more, or of exactly two digits.
fn one_or_two(field: Field, count: usize) -> Option<Item> {
    match count {
        1 => Some(number(field, 1, 19, Sign::Normal)),
        2 => Some(fixed(field, 2)),
        _ => None,
    }
}

fn text(field: Text, count: usize) -> Option<Item> {
    let style = match count {
        1..=3 => Style::Short,
        4 => Style::Full,
        5 => Style::Narrow,
        _ => return None,
    };
    Some(Item::Text(field, style))
}

fn year(field: Field, count: usize) -> Item {
    match count {
        2 => Item::Number(Number { field, min: 2, max: 2, sign: Sign::Never, two_digit_year: true, reserved: 0 }),
        1 | 3 => number(field, count, 19, Sign::Normal),
        _ => number(field, count, 19, Sign::ExceedsPad),
    }
}

fn letter_item(letter: char, count: usize) -> Option<Item> {
    let numeric_then_text = |field, name| if count < 3 { one_or_two(field, count) } else { text(name, count) };
    match letter {
        'G' => text(Text::Era, count),
        'u' if count <= 19 => Some(year(Field::Year, count)),
        'y' if count <= 19 => Some(year(Field::YearOfEra, count)),
        'Y' if count <= 19 => Some(year(Field::WeekYear, count)),
        'D' => match count {
            1 => Some(number(Field::DayOfYear, 1, 19, Sign::Normal)),
            2 => Some(number(Field::DayOfYear, 2, 3, Sign::Never)),
            3 => Some(fixed(Field::DayOfYear, 3)),
            _ => None,
        },
        'M' | 'L' => numeric_then_text(Field::Month, Text::Month),
        'Q' | 'q' => numeric_then_text(Field::Quarter, Text::Quarter),
        'd' => one_or_two(Field::Day, count),
        'w' => one_or_two(Field::Week, count),
        'W' if count == 1 => one_or_two(Field::WeekOfMonth, count),
        'F' if count == 1 => one_or_two(Field::AlignedDay, count),
        'E' => text(Text::DayOfWeek, count),
        'e' => numeric_then_text(Field::DayOfWeek, Text::DayOfWeek),
        'c' if count != 2 => numeric_then_text(Field::DayOfWeek, Text::DayOfWeek),
        'a' if count == 1 => text(Text::AmPm, count),
        'h' => one_or_two(Field::HalfHourFromOne, count),
        'K' => one_or_two(Field::HalfHour, count),
        'k' => one_or_two(Field::HourFromOne, count),
        'H' => one_or_two(Field::Hour, count),
        'm' => one_or_two(Field::Minute, count),
        's' => one_or_two(Field::Second, count),
        'S' if count <= 9 => Some(Item::Fraction(count)),
        'A' if count <= 19 => Some(number(Field::MilliOfDay, count, 19, Sign::Never)),
        'n' if count <= 19 => Some(number(Field::Nano, count, 19, Sign::Never)),
        'N' if count <= 19 => Some(number(Field::NanoOfDay, count, 19, Sign::Never)),
        'V' if count == 2 => Some(Item::ZoneId),
        'z' if count <= 4 => Some(Item::ZoneName { full: count == 4 }),
        'O' if count == 1 || count == 4 => Some(Item::LocalizedOffset { full: count == 4 }),
        'Z' => match count {
            1..=3 => Some(offset(2, "+0000")),
            4 => Some(Item::LocalizedOffset { full: true }),
            5 => Some(offset(5, "Z")),
            _ => None,
        },
        'X' if count <= 5 => Some(offset(count, "Z")),
        'x' if count <= 5 => Some(offset(
            count,
            match count {
                1 => "+00",
                2 | 4 => "+0000",
                _ => "+00:00",
            },
        )),
        _ => None,
    }
}

/// The offset of so many letters X.
fn offset(letters: usize, zero: &'static str) -> Item {
    Item::Offset(OffsetStyle {
        colon: matches!(letters, 3 | 5),
        minutes_always: letters > 1,
        seconds: letters > 3,
        zero,
    })
}

/// Lets a number of open width leave digits to the numbers of fixed width right after it (`yyyyMMdd`).
fn reserve(mut items: Vec<Item>) -> Vec<Item> {
    let mut needed = 0;
    for item in items.iter_mut().rev() {
        match item {
            Item::Number(number) if number.min == number.max && number.sign == Sign::Never => {
                needed += number.max;
            }
            Item::Fraction(digits) => needed += *digits,
            Item::Number(number) => {
                number.reserved = needed;
                needed = 0;
            }
            _ => needed = 0,
        }
    }
    items
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ERAS: [&str; 2] = ["Before Christ", "Anno Domini"];

/// Every name of a field in a style, with its value, in the order of the calendar.
fn names(field: Text, style: Style) -> Vec<(String, i64)> {
    let cut = |names: &[&str], first: i64| -> Vec<(String, i64)> {
        let length = match style {
            Style::Short => 3,
            Style::Full => usize::MAX,
            Style::Narrow => 1,
        };
        names.iter().zip(first..).map(|(name, value)| (name.chars().take(length).collect(), value)).collect()
    };
    let listed = |names: &[&str]| -> Vec<(String, i64)> { names.iter().map(ToString::to_string).zip(0..).collect() };
    match (field, style) {
        (Text::Month, _) => cut(&MONTHS, 1),
        (Text::DayOfWeek, _) => cut(&DAYS, 1),
        (Text::Era, Style::Short) => listed(&["BC", "AD"]),
        (Text::Era, Style::Full) => listed(&ERAS),
        (Text::Era, Style::Narrow) => listed(&["B", "A"]),
        (Text::AmPm, _) => listed(&["AM", "PM"]),
        (Text::Quarter, Style::Short) => (1..=4).map(|n| (format!("Q{n}"), n)).collect(),
        (Text::Quarter, Style::Narrow) => (1..=4).map(|n| (n.to_string(), n)).collect(),
        (Text::Quarter, Style::Full) => {
            ["1st", "2nd", "3rd", "4th"].iter().zip(1..).map(|(name, n)| (format!("{name} quarter"), n)).collect()
        }
    }
}

fn text_field(field: Text) -> Field {
    match field {
        Text::Era => Field::Era,
        Text::Month => Field::Month,
        Text::Quarter => Field::Quarter,
        Text::DayOfWeek => Field::DayOfWeek,
        Text::AmPm => Field::AmPm,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_java_refuses() {
        for pattern in [
            "b",
            "yyyy-MM-dd'T",
            "{",
            "#",
            "ddd",
            "HHH",
            "aa",
            "V",
            "p",
            "]",
            "XXXXXX",
            "SSSSSSSSSS",
            "MMMMMM",
            "cc",
            "yyyyyyyyyyyyyyyyyyyy",
        ] {
            assert!(Pattern::compile(pattern).is_none(), "{pattern}");
        }
        for pattern in ["", "''", "[yyyy", "yyyy[-MM[-dd]]", "ppppH", "é/.:,-"] {
            assert!(Pattern::compile(pattern).is_some(), "{pattern}");
        }
    }
}
