//! Time zones as `java.time.ZoneId.of` reads them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// Java takes offsets up to 18 hours.
const MAX_SECONDS: i32 = 18 * 3600;

/// A zone under the id that Java gives it.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    /// `Australia/Perth`, `UTC`, `+08:00`, `Z`, `UTC+02:00`.
    pub(super) id: String,
    rules: TimeZone,
    /// Whether the id is a plain offset, which has no name of its own.
    is_offset: bool,
}

impl Zone {
    /// The zone of helpers that are given none. Unverified that its id is `UTC` and not `Z`.
    pub(super) fn utc() -> Zone {
        Zone { id: "UTC".to_owned(), rules: TimeZone::UTC, is_offset: false }
    }

    /// A plain offset in seconds east.
    pub(super) fn offset(seconds: i32) -> Option<Zone> {
        let rules = TimeZone::fixed(Offset::from_seconds(seconds).ok()?);
        Some(Zone { id: offset_id(seconds), rules, is_offset: true })
    }

    /// `ZoneId.of(id)`; ids are case-sensitive.
    pub(super) fn parse(id: &str) -> Option<Zone> {
        if id == "Z" {
            return Zone::offset(0);
        }
        if id.starts_with(['+', '-']) {
            return Zone::offset(parse_offset(id)?);
        }
        for prefix in ["UTC", "GMT", "UT"] {
            match id.strip_prefix(prefix) {
                Some("") => return Some(Zone { id: id.to_owned(), rules: TimeZone::UTC, is_offset: false }),
                Some(rest) if rest.starts_with(['+', '-']) => {
                    let mut zone = Zone::offset(parse_offset(rest)?)?;
                    let suffix = if zone.id == "Z" { "" } else { zone.id.as_str() };
                    zone.id = format!("{prefix}{suffix}");
                    zone.is_offset = false;
                    return Some(zone);
                }
                _ => {}
            }
        }
        // The time zone database has these, `ZoneId.of` does not.
        if matches!(id, "EST" | "MST" | "HST") {
            return None;
        }
        let rules = TimeZone::get(id).ok()?;
        (rules.iana_name() == Some(id)).then(|| Zone { id: id.to_owned(), rules, is_offset: false })
    }

    /// Seconds east and short name at a moment.
    pub(super) fn at(&self, moment: Timestamp) -> (i32, String) {
        let info = self.rules.to_offset_info(moment);
        let fixed = self.is_offset || self.rules.iana_name().is_none() || self.rules == TimeZone::UTC;
        let name = if fixed { self.id.clone() } else { info.abbreviation().to_owned() };
        (info.offset().seconds(), name)
    }

    /// The moment of a local time: the earlier one where clocks were set back, shifted on where set forward.
    pub(super) fn moment(&self, local: DateTime) -> Option<Timestamp> {
        self.rules.to_ambiguous_timestamp(local).compatible().ok()
    }
}

/// `ZoneOffset.getId`.
fn offset_id(seconds: i32) -> String {
    if seconds == 0 {
        return "Z".to_owned();
    }
    let (sign, size) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let rest = if size % 60 == 0 { String::new() } else { format!(":{:02}", size % 60) };
    format!("{sign}{:02}:{:02}{rest}", size / 3600, size / 60 % 60)
}

/// `ZoneOffset.of`: `+h`, `+hh`, `+hhmm`, `+hh:mm`, `+hhmmss`, `+hh:mm:ss`.
fn parse_offset(id: &str) -> Option<i32> {
    let sign = if id.starts_with('-') { -1 } else { 1 };
    let digits = id.get(1..)?;
    let parts: Vec<&str> = match (digits.len(), digits.contains(':')) {
        (1 | 2, false) => vec![digits],
        (4, false) => vec![digits.get(..2)?, digits.get(2..)?],
        (6, false) => vec![digits.get(..2)?, digits.get(2..4)?, digits.get(4..)?],
        (5 | 8, true) => digits.split(':').collect(),
        _ => return None,
    };
    let mut seconds = 0;
    for (index, unit) in [3600, 60, 1].into_iter().enumerate() {
        let part = parts.get(index).copied().unwrap_or("0");
        let well_formed = part.bytes().all(|byte| byte.is_ascii_digit()) && (part.len() == 2 || parts.get(1).is_none());
        let value: i32 = part.parse().ok().filter(|value| index == 0 || *value < 60)?;
        if !well_formed && parts.get(index).is_some() {
            return None;
        }
        seconds += value * unit;
    }
    (parts.len() <= 3 && seconds <= MAX_SECONDS).then_some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_java() {
        for (id, shown, seconds) in [
            ("Z", "Z", 0),
            ("+8", "+08:00", 28_800),
            ("+08", "+08:00", 28_800),
            ("-0730", "-07:30", -27_000),
            ("+08:00", "+08:00", 28_800),
            ("-07:00:30", "-07:00:30", -25_230),
            ("-070030", "-07:00:30", -25_230),
            ("+00:00", "Z", 0),
            ("+18:00", "+18:00", 64_800),
            ("UTC", "UTC", 0),
            ("GMT", "GMT", 0),
            ("UTC+02:00", "UTC+02:00", 7200),
            ("GMT-3", "GMT-03:00", -10_800),
            ("GMT+0", "GMT", 0),
            ("Australia/Perth", "Australia/Perth", 28_800),
        ] {
            let zone = Zone::parse(id).unwrap_or_else(|| panic!("{id} is a zone"));
            assert_eq!((zone.id.as_str(), zone.at(Timestamp::UNIX_EPOCH).0), (shown, seconds), "{id}");
        }
        for id in [
            "",
            "+",
            "z",
            "+8:00",
            "+19:00",
            "+18:01",
            "+08:60",
            "+08:0",
            "+1:2:3:4",
            "utc",
            "australia/perth",
            "Mars/Base",
            "PST",
            "EST",
        ] {
            assert!(Zone::parse(id).is_none(), "{id} is no zone");
        }
    }
}
