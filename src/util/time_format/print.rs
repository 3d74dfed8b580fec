//! A moment by a pattern.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};

use super::super::time_zone::Zone;
use super::{Field, Item, Number, OffsetStyle, Pattern, Sign, names, text_field};

/// A moment as a clock in a zone shows it.
#[derive(Debug)]
pub(in super::super) struct Moment {
    local: DateTime,
    /// Seconds east.
    offset: i32,
    zone_id: String,
    zone_name: String,
}

impl Moment {
    /// The moment so many milliseconds after 1970; `None` outside the years -9999 to 9999.
    pub(in super::super) fn at(epoch_ms: i64, zone: &Zone) -> Option<Moment> {
        let timestamp = Timestamp::from_millisecond(epoch_ms).ok()?;
        let (offset, zone_name) = zone.at(timestamp);
        let local = jiff::tz::Offset::from_seconds(offset).ok()?.to_datetime(timestamp);
        Some(Moment { local, offset, zone_id: zone.id.clone(), zone_name })
    }

    fn value(&self, field: Field) -> i64 {
        let (date, time) = (self.local.date(), self.local.time());
        let second_of_day = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        let hour = i64::from(time.hour());
        let nano = i64::from(time.subsec_nanosecond());
        match field {
            Field::Year => i64::from(date.year()),
            Field::YearOfEra => {
                let year = i64::from(date.year());
                if year > 0 { year } else { 1 - year }
            }
            Field::Era => i64::from(date.year() > 0),
            Field::Quarter => i64::from((date.month() - 1) / 3 + 1),
            Field::Month => i64::from(date.month()),
            Field::Day => i64::from(date.day()),
            Field::DayOfYear => i64::from(date.day_of_year()),
            Field::WeekYear => week_of_week_year(date).0,
            Field::Week => week_of_week_year(date).1,
            Field::WeekOfMonth => (i64::from(date.day()) - 1 + days_after_sunday(date.first_of_month())) / 7 + 1,
            Field::DayOfWeek => days_after_sunday(date) + 1,
            Field::AlignedDay => (i64::from(date.day()) - 1) % 7 + 1,
            Field::AmPm => i64::from(hour >= 12),
            Field::Hour => hour,
            Field::HourFromOne => (hour + 23) % 24 + 1,
            Field::HalfHour => hour % 12,
            Field::HalfHourFromOne => (hour + 11) % 12 + 1,
            Field::Minute => i64::from(time.minute()),
            Field::Second => i64::from(time.second()),
            Field::Nano => nano,
            Field::MilliOfDay => second_of_day * 1000 + nano / 1_000_000,
            Field::NanoOfDay => second_of_day * 1_000_000_000 + nano,
        }
    }
}

pub(super) fn days_after_sunday(date: Date) -> i64 {
    i64::from(date.weekday().to_sunday_zero_offset())
}

/// Year and week where weeks begin on Sunday and the one with January 1 is the first, as in the United States.
fn week_of_week_year(day: Date) -> (i64, i64) {
    let year = day.year();
    let left = i64::from(day.days_in_year()) - i64::from(day.day_of_year());
    // The last days of December share their week with the next January 1.
    if left < 6 - days_after_sunday(day) {
        return (i64::from(year) + 1, 1);
    }
    let week = (i64::from(day.day_of_year()) - 1 + days_after_sunday(date(year, 1, 1))) / 7 + 1;
    (i64::from(year), week)
}

impl Pattern {
    /// The moment as text; `None` when a number does not fit its width or a name is not known.
    pub(in super::super) fn print(&self, moment: &Moment) -> Option<String> {
        let mut out = String::new();
        print_items(&self.items, moment, &mut out)?;
        Some(out)
    }
}

fn print_items(items: &[Item], moment: &Moment, out: &mut String) -> Option<()> {
    for item in items {
        match item {
            Item::Literal(text) => out.push_str(text),
            Item::Number(number) => out.push_str(&number_text(*number, moment.value(number.field))?),
            Item::Fraction(digits) => {
                let nanos = format!("{:09}", moment.local.subsec_nanosecond());
                out.push_str(nanos.get(..*digits)?);
            }
            Item::IsoFraction => {}
            Item::Text(field, style) => {
                let value = moment.value(text_field(*field));
                let (name, _) = names(*field, *style).into_iter().find(|(_, named)| *named == value)?;
                out.push_str(&name);
            }
            Item::Offset(style) => out.push_str(&offset_text(*style, moment.offset)),
            Item::LocalizedOffset { full } => out.push_str(&localized_offset(*full, moment.offset)),
            Item::ZoneId => out.push_str(&moment.zone_id),
            Item::ZoneName { full } => out.push_str(zone_name(moment, *full)?),
            Item::Optional(inner) => {
                let before = out.len();
                if print_items(inner, moment, out).is_none() {
                    out.truncate(before);
                }
            }
            Item::Padded(width, inner) => {
                let mut text = String::new();
                print_items(std::slice::from_ref(inner), moment, &mut text)?;
                let missing = width.checked_sub(text.chars().count())?;
                out.extend(std::iter::repeat_n(' ', missing));
                out.push_str(&text);
            }
        }
    }
    Some(())
}

fn number_text(number: Number, value: i64) -> Option<String> {
    if number.two_digit_year {
        return Some(format!("{:02}", value.rem_euclid(100)));
    }
    let digits = value.unsigned_abs().to_string();
    let too_wide = digits.len() > number.max || (value < 0 && number.sign == Sign::Never);
    if too_wide {
        return None;
    }
    let sign = match number.sign {
        _ if value < 0 => "-",
        Sign::ExceedsPad if digits.len() > number.min => "+",
        _ => "",
    };
    Some(format!("{sign}{digits:0>width$}", width = number.min))
}

fn offset_text(style: OffsetStyle, offset: i32) -> String {
    let size = offset.unsigned_abs();
    let (hours, minutes, seconds) = (size / 3600, size / 60 % 60, size % 60);
    let colon = if style.colon { ":" } else { "" };
    let with_minutes = style.minutes_always || minutes > 0;
    let with_seconds = with_minutes && style.seconds && seconds > 0;
    if hours == 0 && !(with_minutes && minutes > 0) && !with_seconds {
        return style.zero.to_owned();
    }
    let mut out = format!("{}{hours:02}", sign(offset));
    if with_minutes {
        out.push_str(&format!("{colon}{minutes:02}"));
    }
    if with_seconds {
        out.push_str(&format!("{colon}{seconds:02}"));
    }
    out
}

fn localized_offset(full: bool, offset: i32) -> String {
    let size = offset.unsigned_abs();
    let (hours, minutes, seconds) = (size / 3600, size / 60 % 60, size % 60);
    if offset == 0 {
        return "GMT".to_owned();
    }
    let mut out = if full { format!("GMT{}{hours:02}", sign(offset)) } else { format!("GMT{}{hours}", sign(offset)) };
    if full || minutes > 0 || seconds > 0 {
        out.push_str(&format!(":{minutes:02}"));
    }
    if seconds > 0 {
        out.push_str(&format!(":{seconds:02}"));
    }
    out
}

fn sign(offset: i32) -> char {
    if offset < 0 { '-' } else { '+' }
}

/// The short name is that of the time zone database, which Java's own list follows for most zones
/// (unverified); full names other than UTC's we do not have.
fn zone_name(moment: &Moment, full: bool) -> Option<&str> {
    match (full, moment.zone_id.as_str()) {
        (false, _) => Some(&moment.zone_name),
        (true, "UTC") => Some("Coordinated Universal Time"),
        (true, "GMT") => Some("Greenwich Mean Time"),
        (true, id) if id == moment.zone_name => Some(id),
        (true, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(pattern: &str, ms: i64, zone: &str) -> Option<String> {
        let moment = Moment::at(ms, &Zone::parse(zone).expect("a zone")).expect("a moment");
        Pattern::compile(pattern).unwrap_or_else(|| panic!("{pattern}")).print(&moment)
    }

    /// 2018-02-06T19:01:35.749Z, a Tuesday.
    const TUESDAY: i64 = 1_517_943_695_749;

    #[test]
    fn every_letter() {
        for (pattern, expected) in [
            ("G GGGG GGGGG", "AD Anno Domini A"),
            ("y yy yyy yyyy yyyyy", "2018 18 2018 2018 02018"),
            ("u uuuu YYYY", "2018 2018 2018"),
            ("D DDD", "37 037"),
            ("M MM MMM MMMM MMMMM L LL", "2 02 Feb February F 2 02"),
            ("d dd", "6 06"),
            ("Q QQ QQQ QQQQ QQQQQ", "1 01 Q1 1st quarter 1"),
            ("w ww W F", "6 06 2 6"),
            ("E EEEE EEEEE e ee", "Tue Tuesday T 3 03"),
            ("a h hh K KK k kk H HH", "PM 7 07 7 07 19 19 19 19"),
            ("m mm s ss S SS SSS SSSSSS", "1 01 35 35 7 74 749 749000"),
            ("A n N", "68495749 749000000 68495749000000"),
            ("pppH ppppM", " 19    2"),
            ("'T''x' ''", "T'x '"),
            ("yyyy[-MM[-dd]]", "2018-02-06"),
            ("yyyyMMddHHmmssSSS", "20180206190135749"),
        ] {
            assert_eq!(print(pattern, TUESDAY, "UTC").as_deref(), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn offsets_and_zones() {
        for (pattern, zone, expected) in [
            ("X XX XXX XXXX XXXXX", "UTC", "Z Z Z Z Z"),
            ("x xx xxx xxxx xxxxx", "UTC", "+00 +0000 +00:00 +0000 +00:00"),
            ("Z ZZZZ ZZZZZ O OOOO", "UTC", "+0000 GMT Z GMT GMT"),
            ("X XX XXX XXXX XXXXX", "+08:00:30", "+08 +0800 +08:00 +080030 +08:00:30"),
            ("X Z ZZZZ ZZZZZ O OOOO", "-07:30", "-0730 -0730 GMT-07:30 -07:30 GMT-7:30 GMT-07:30"),
            ("O OOOO", "+08:00", "GMT+8 GMT+08:00"),
            ("XXX", "-00:00:30", "Z"),
            ("VV z", "Australia/Perth", "Australia/Perth AWST"),
            ("VV z", "Europe/Berlin", "Europe/Berlin CET"),
            ("VV z", "+08:00", "+08:00 +08:00"),
            ("VV z zzzz", "UTC", "UTC UTC Coordinated Universal Time"),
        ] {
            assert_eq!(print(pattern, TUESDAY, zone).as_deref(), Some(expected), "{pattern} in {zone}");
        }
        assert_eq!(print("zzzz", TUESDAY, "Europe/Berlin"), None);
    }

    #[test]
    fn midnight_noon_and_the_turn_of_the_year() {
        for (ms, expected) in [(0, "AM 12 0 24 0"), (43_200_000, "PM 12 0 12 12")] {
            assert_eq!(print("a h K k H", ms, "UTC").as_deref(), Some(expected));
        }
        // Saturday 2016-12-31, Sunday 2017-12-31 (in the week of 2018-01-01), Monday 2018-01-01.
        for (ms, expected) in
            [(1_483_142_400_000, "2016 53"), (1_514_678_400_000, "2018 1"), (1_514_764_800_000, "2018 1")]
        {
            assert_eq!(print("YYYY w", ms, "UTC").as_deref(), Some(expected), "{ms}");
        }
    }

    #[test]
    fn years_before_christ_and_numbers_too_wide() {
        // -0001-01-01: 2 BC.
        let ms = -62_198_755_200_000;
        assert_eq!(print("G y u uuuu", ms, "UTC").as_deref(), Some("BC 2 -1 -0001"));
        assert_eq!(print("pH", TUESDAY, "UTC"), None);
    }
}
