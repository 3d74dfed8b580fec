//! Text by a pattern, and the moment it names (Java's resolver style SMART).

use jiff::civil::{Date, DateTime, Time};

use super::super::time_zone::Zone;
use super::print::days_after_sunday;
use super::{Field, Item, Number, OffsetStyle, Pattern, Sign, names, text_field};

impl Pattern {
    /// Milliseconds since 1970 of the moment that the text names; the zone counts where the text has none.
    /// `None` for text that does not fit, names no date and time, or has no zone at all.
    pub(in super::super) fn parse(&self, text: &str, zone: Option<&Zone>) -> Option<i64> {
        let mut parsed = Parsed::default();
        let rest = parse_items(&self.items, text, &mut parsed)?;
        if !rest.is_empty() {
            return None;
        }
        parsed.moment(zone)
    }

    /// Milliseconds since 1970 of an ISO 8601 text with an offset; letters in either case, as in Java.
    pub(in super::super) fn parse_iso(text: &str) -> Option<i64> {
        Pattern::iso().parse(&text.to_ascii_uppercase(), None)
    }
}

#[derive(Clone, Debug, Default)]
struct Parsed {
    fields: Vec<(Field, i64)>,
    offset: Option<i32>,
    zone: Option<Zone>,
}

fn parse_items<'t>(items: &[Item], text: &'t str, parsed: &mut Parsed) -> Option<&'t str> {
    let mut rest = text;
    for item in items {
        rest = match item {
            Item::Literal(literal) => rest.strip_prefix(literal.as_str())?,
            Item::Number(number) => parse_number(*number, rest, parsed)?,
            Item::Fraction(digits) => parse_fraction(*digits, rest, parsed)?,
            Item::IsoFraction => parse_iso_fraction(rest, parsed)?,
            Item::Text(field, style) => {
                let mut known = names(*field, *style);
                known.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
                let (name, value) = known.into_iter().find(|(name, _)| rest.starts_with(name.as_str()))?;
                parsed.set(text_field(*field), value)?;
                rest.get(name.len()..)?
            }
            Item::Offset(style) => parse_offset(*style, rest, parsed)?,
            Item::LocalizedOffset { full } => parse_localized_offset(*full, rest, parsed)?,
            Item::ZoneId | Item::ZoneName { .. } => parse_zone(rest, parsed)?,
            Item::Optional(inner) => {
                let mut attempt = parsed.clone();
                match parse_items(inner, rest, &mut attempt) {
                    Some(after) => {
                        *parsed = attempt;
                        after
                    }
                    None => rest,
                }
            }
            Item::Padded(width, inner) => {
                let (field, after) = rest.split_at_checked(*width)?;
                let unread = parse_items(std::slice::from_ref(inner), field.trim_start_matches(' '), parsed)?;
                if !unread.is_empty() {
                    return None;
                }
                after
            }
        };
    }
    Some(rest)
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn parse_number<'t>(number: Number, text: &'t str, parsed: &mut Parsed) -> Option<&'t str> {
    let signed = number.sign != Sign::Never;
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) if signed => (true, rest),
        _ => (false, text),
    };
    let (positive, unsigned) = match unsigned.strip_prefix('+') {
        Some(rest) if number.sign == Sign::ExceedsPad && !negative => (true, rest),
        _ => (false, unsigned),
    };
    let found = digits(unsigned).min(number.max + number.reserved);
    let width = found.saturating_sub(number.reserved).max(number.min).min(number.max);
    if found < width {
        return None;
    }
    // A plus sign says that there are more digits than the pattern's letters, and only then.
    if number.sign == Sign::ExceedsPad && !negative && positive != (width > number.min) {
        return None;
    }
    let (value, rest) = unsigned.split_at_checked(width)?;
    let mut value: i64 = value.parse().ok()?;
    if number.two_digit_year {
        value += 2000;
    }
    parsed.set(number.field, if negative { -value } else { value })?;
    Some(rest)
}

fn parse_fraction<'t>(width: usize, text: &'t str, parsed: &mut Parsed) -> Option<&'t str> {
    let (digits, rest) = text.split_at_checked(width)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    parsed.set(Field::Nano, format!("{digits:0<9}").parse().ok()?)?;
    Some(rest)
}

fn parse_iso_fraction<'t>(text: &'t str, parsed: &mut Parsed) -> Option<&'t str> {
    let Some(fraction) = text.strip_prefix('.') else { return Some(text) };
    parse_fraction(digits(fraction).min(9), fraction, parsed)
}

/// Two digits below a bound, after a colon where there must be one.
fn two_digits(text: &str, colon: bool, below: i32) -> Option<(i32, &str)> {
    let text = if colon { text.strip_prefix(':')? } else { text };
    let (value, rest) = text.split_at_checked(2)?;
    let value = if digits(value) == 2 { value.parse().ok()? } else { return None };
    (value < below).then_some((value, rest))
}

fn sign(text: &str) -> Option<(i32, &str)> {
    text.strip_prefix('+').map(|rest| (1, rest)).or_else(|| text.strip_prefix('-').map(|rest| (-1, rest)))
}

fn parse_offset<'t>(style: OffsetStyle, text: &'t str, parsed: &mut Parsed) -> Option<&'t str> {
    if let Some(rest) = text.strip_prefix(style.zero) {
        parsed.set_offset(0)?;
        return Some(rest);
    }
    let (sign, rest) = sign(text)?;
    let (hours, mut rest) = two_digits(rest, false, 19)?;
    let mut seconds = hours * 3600;
    match two_digits(rest, style.colon, 60) {
        Some((minutes, after)) => {
            seconds += minutes * 60;
            rest = after;
            if let Some((more, after)) = two_digits(rest, style.colon, 60).filter(|_| style.seconds) {
                seconds += more;
                rest = after;
            }
        }
        None if style.minutes_always => return None,
        None => {}
    }
    parsed.set_offset(sign * seconds)?;
    Some(rest)
}

fn parse_localized_offset<'t>(full: bool, text: &'t str, parsed: &mut Parsed) -> Option<&'t str> {
    let rest = text.strip_prefix("GMT")?;
    let Some((sign, rest)) = sign(rest) else {
        parsed.set_offset(0)?;
        return Some(rest);
    };
    let width = if full { 2 } else { digits(rest).clamp(1, 2) };
    let (hours, mut rest) = rest.split_at_checked(width)?;
    let mut seconds = hours.parse::<i32>().ok().filter(|hours| (0..19).contains(hours))? * 3600;
    match two_digits(rest, true, 60) {
        Some((minutes, after)) => {
            seconds += minutes * 60;
            rest = after;
            if let Some((more, after)) = two_digits(rest, true, 60) {
                seconds += more;
                rest = after;
            }
        }
        None if full => return None,
        None => {}
    }
    parsed.set_offset(sign * seconds)?;
    Some(rest)
}

/// The longest beginning that is a zone's id. Names such as `PST` are unknown: they are ambiguous, and Java's
/// choice among them is unverified.
fn parse_zone<'t>(text: &'t str, parsed: &mut Parsed) -> Option<&'t str> {
    let id = |c: char| c.is_ascii_alphanumeric() || "/_+-:.~".contains(c);
    let longest = text.chars().take(64).take_while(|c| id(*c)).count();
    for length in (1..=longest).rev() {
        let (candidate, rest) = text.split_at_checked(length)?;
        if let Some(zone) = Zone::parse(candidate) {
            parsed.zone = Some(zone);
            return Some(rest);
        }
    }
    None
}

impl Parsed {
    /// Keeps a value; `None` when the field already has another.
    fn set(&mut self, field: Field, value: i64) -> Option<()> {
        match self.get(field) {
            Some(known) => (known == value).then_some(()),
            None => {
                self.fields.push((field, value));
                Some(())
            }
        }
    }

    fn set_offset(&mut self, seconds: i32) -> Option<()> {
        let known = *self.offset.get_or_insert(seconds);
        (known == seconds).then_some(())
    }

    fn get(&self, field: Field) -> Option<i64> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, value)| *value)
    }

    fn moment(&self, default: Option<&Zone>) -> Option<i64> {
        let (date, (time, next_day)) = (self.date()?, self.time()?);
        let date = if next_day { date.tomorrow().ok()? } else { date };
        let local = DateTime::from_parts(date, time);
        let zone = match self.offset {
            Some(seconds) => Zone::offset(seconds)?,
            None => self.zone.as_ref().or(default)?.clone(),
        };
        let moment = zone.moment(local)?;
        // Java's toEpochMilli rounds down.
        i64::try_from(moment.as_nanosecond().div_euclid(1_000_000)).ok()
    }

    fn date(&self) -> Option<Date> {
        let year = match (self.get(Field::Year), self.get(Field::YearOfEra), self.get(Field::Era)) {
            (_, Some(year), _) if year < 1 => return None,
            (Some(year), _, _) => year,
            (None, Some(year), Some(0)) => 1 - year,
            (None, Some(year), _) => year,
            (None, None, _) => return None,
        };
        let year = i16::try_from(year).ok()?;
        let date = match (self.get(Field::Month), self.get(Field::Day), self.get(Field::DayOfYear)) {
            (Some(month), Some(day), _) => {
                let month = Date::new(year, i8::try_from(month).ok()?, 1).ok()?;
                let day = i8::try_from(day).ok().filter(|day| (1..=31).contains(day))?;
                Date::new(year, month.month(), day.min(month.days_in_month())).ok()?
            }
            (_, _, Some(day)) => {
                let first = Date::new(year, 1, 1).ok()?;
                first.with().day_of_year(i16::try_from(day).ok()?).build().ok()?
            }
            _ => return None,
        };
        let wrong_day = self.get(Field::DayOfWeek).is_some_and(|day| day != days_after_sunday(date) + 1);
        let wrong_quarter =
            self.get(Field::Quarter).is_some_and(|quarter| quarter != i64::from((date.month() - 1) / 3 + 1));
        (!wrong_day && !wrong_quarter).then_some(date)
    }

    /// The time, and whether it is the end of the day (24:00).
    fn time(&self) -> Option<(Time, bool)> {
        if let Some(nanos) = self.get(Field::NanoOfDay) {
            return time_of_day(nanos);
        }
        if let Some(millis) = self.get(Field::MilliOfDay) {
            return time_of_day(millis.checked_mul(1_000_000)?);
        }
        let hour = self.hour()?;
        let (minute, second, nano) = (self.get(Field::Minute), self.get(Field::Second), self.get(Field::Nano));
        // A second without a minute names no time.
        if (minute.is_none() && (second.is_some() || nano.is_some())) || (second.is_none() && nano.is_some()) {
            return None;
        }
        let (minute, second, nano) = (minute.unwrap_or(0), second.unwrap_or(0), nano.unwrap_or(0));
        if (hour, minute, second, nano) == (24, 0, 0, 0) {
            return Some((Time::midnight(), true));
        }
        let small = |value: i64| i8::try_from(value).ok();
        // jiff would take the leap second 60; Java does not.
        let second = small(second).filter(|second| *second < 60)?;
        Time::new(small(hour)?, small(minute)?, second, i32::try_from(nano).ok()?).ok().map(|time| (time, false))
    }

    fn hour(&self) -> Option<i64> {
        let in_range = |field, range: std::ops::RangeInclusive<i64>| match self.get(field) {
            Some(value) if !range.contains(&value) => Err(()),
            value => Ok(value),
        };
        if let Some(hour) = in_range(Field::Hour, 0..=24).ok()? {
            return Some(hour);
        }
        if let Some(hour) = in_range(Field::HourFromOne, 1..=24).ok()? {
            return Some(hour % 24);
        }
        let half_from_one = in_range(Field::HalfHourFromOne, 1..=12).ok()?;
        let half = half_from_one.map(|hour| hour % 12).or(in_range(Field::HalfHour, 0..=11).ok()?)?;
        Some(half + 12 * self.get(Field::AmPm)?)
    }
}

fn time_of_day(nanos: i64) -> Option<(Time, bool)> {
    let seconds = nanos.div_euclid(1_000_000_000);
    let small = |value: i64| i8::try_from(value).ok();
    let nano = i32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    let time = Time::new(small(seconds / 3600)?, small(seconds / 60 % 60)?, small(seconds % 60)?, nano).ok()?;
    Some((time, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, pattern: &str, zone: &str) -> Option<i64> {
        let zone = (!zone.is_empty()).then(|| Zone::parse(zone).expect("a zone"));
        Pattern::compile(pattern).unwrap_or_else(|| panic!("{pattern}")).parse(text, zone.as_ref())
    }

    #[test]
    fn text_that_names_a_moment() {
        for (text, pattern, zone, expected) in [
            ("2018-02-02 01:19:22+0800", "yyyy-MM-dd HH:mm:ssZ", "", 1_517_505_562_000),
            ("2018-02-02 01:19:22", "yyyy-MM-dd HH:mm:ss", "+08:00", 1_517_505_562_000),
            ("2010-02-28 17:34:32.045", "yyyy-MM-dd HH:mm:ss.SSS", "UTC", 1_267_378_472_045),
            ("2010228 17", "yMMdd H", "UTC", -55_819_177_200_000),
            ("-0001-02-28 17", "uuuu-MM-dd HH", "UTC", -62_193_682_800_000),
            ("2010-03-01 01:34:32.045 +0800", "yyyy-MM-dd HH:mm:ss.SSS Z", "", 1_267_378_472_045),
            ("20100228173432045", "yyyyMMddHHmmssSSS", "UTC", 1_267_378_472_045),
            ("2/28/10 5:34 PM", "M/d/yy h:mm a", "UTC", 1_267_378_440_000),
            ("Sun, 28 Feb 2010 17:34:32 GMT", "EEE, dd MMM yyyy HH:mm:ss z", "", 1_267_378_472_000),
            ("28 February 2010 17 Europe/Berlin", "d MMMM yyyy HH VV", "", 1_267_372_800_000),
            ("2010 059 17", "uuuu DDD HH", "UTC", 1_267_376_400_000),
            ("2010-02-28T24:00Z", "yyyy-MM-dd'T'HH:mmX", "", 1_267_401_600_000),
            // Java clamps a day that its month does not have, up to 31.
            ("2010-02-31 00", "yyyy-MM-dd HH", "UTC", 1_267_315_200_000),
            ("2010-02-28 00", "yyyy-MM-dd HH[:mm]", "UTC", 1_267_315_200_000),
            ("2010-02-28 00 GMT+8", "yyyy-MM-dd HH O", "", 1_267_286_400_000),
            // The text's own offset wins.
            ("2010-02-28 00+08:00", "yyyy-MM-dd HHXXX", "UTC", 1_267_286_400_000),
            // The hour that Berlin skipped, and the earlier of the hour it had twice.
            ("2018-03-25 02:30", "yyyy-MM-dd HH:mm", "Europe/Berlin", 1_521_941_400_000),
            ("2018-10-28 02:30", "yyyy-MM-dd HH:mm", "Europe/Berlin", 1_540_686_600_000),
            ("1969-12-31 23:59:59.9999", "yyyy-MM-dd HH:mm:ss.SSSS", "UTC", -1),
        ] {
            assert_eq!(parse(text, pattern, zone), Some(expected), "{text} by {pattern} in {zone}");
        }
    }

    #[test]
    fn text_that_names_none() {
        for (text, pattern, zone) in [
            ("2018-02-02 01:19:22", "yyyy-MM-dd HH:mm:ss", ""),
            ("2018-02-02", "yyyy-MM-dd", "UTC"),
            ("2018-02-02 1:19", "yyyy-MM-dd HH:mm", "UTC"),
            ("2018-02-02 01:19x", "yyyy-MM-dd HH:mm", "UTC"),
            ("2018-02-32 01:19", "yyyy-MM-dd HH:mm", "UTC"),
            ("2018-13-02 01:19", "yyyy-MM-dd HH:mm", "UTC"),
            ("2018-02-02 25:19", "yyyy-MM-dd HH:mm", "UTC"),
            ("2018-02-02 01:60", "yyyy-MM-dd HH:mm", "UTC"),
            ("2018-02-02 01:19:60", "yyyy-MM-dd HH:mm:ss", "UTC"),
            ("+2018-02-02 01:19", "yyyy-MM-dd HH:mm", "UTC"),
            ("12018-02-02 01:19", "yyyy-MM-dd HH:mm", "UTC"),
            ("Mon, 28 Feb 2010 17", "EEE, dd MMM yyyy HH", "UTC"),
            ("28 feb 2010 17", "dd MMM yyyy HH", "UTC"),
            ("2010-02-28 5", "yyyy-MM-dd h", "UTC"),
            ("2010-02-28 5 am", "yyyy-MM-dd h a", "UTC"),
            ("-2010-02-28 17", "yyyy-MM-dd HH", "UTC"),
            ("2010-02-28 17 5", "yyyy-MM-dd HH S", "UTC"),
            ("2010-02-28 00+8", "yyyy-MM-dd HHX", ""),
        ] {
            assert_eq!(parse(text, pattern, zone), None, "{text} by {pattern} in {zone}");
        }
    }

    #[test]
    fn iso_8601() {
        for (text, expected) in [
            ("2018-02-01T17:21:05.180+08:00", Some(1_517_476_865_180)),
            ("2018-02-06T19:01:35.749Z", Some(1_517_943_695_749)),
            ("2018-02-06T19:01:35Z", Some(1_517_943_695_000)),
            ("2018-02-06T19:01Z", Some(1_517_943_660_000)),
            ("2018-02-06T19:01:35.749123456-07:00:30", Some(1_517_968_925_749)),
            ("2018-02-06t19:01:35z", Some(1_517_943_695_000)),
            ("2018-02-06T19:01:35", None),
            ("2018-02-06", None),
            ("2018-02-06 19:01:35Z", None),
            ("yesterday", None),
        ] {
            assert_eq!(Pattern::parse_iso(text), expected, "{text}");
        }
    }
}
