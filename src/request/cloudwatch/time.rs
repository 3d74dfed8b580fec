//! Times as exports write them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::Value as Json;

/// Milliseconds since 1970 of a number of them, or of a text.
pub(super) fn of_json(time: &Json) -> Option<i64> {
    match time {
        Json::Number(ms) => ms.as_i64(),
        Json::String(text) => of_text(text),
        _ => None,
    }
}

/// Milliseconds since 1970 of `1714557600123`, `2024-05-01T10:00:00.123Z`, `2024-05-01 10:00:00.123`; a time without
/// a zone is UTC, as Logs Insights and `aws logs tail` print it.
pub(super) fn of_text(text: &str) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    let time = text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(time.timestamp().as_millisecond())
}

/// The time at the beginning of a line, and what stands behind it.
pub(super) fn leading(line: &str) -> Option<(i64, &str)> {
    // `2024-05-01T…`: anything else is not worth parsing.
    let bytes = line.as_bytes();
    let dated = bytes.get(..4).is_some_and(|year| year.iter().all(u8::is_ascii_digit))
        && bytes.get(4) == Some(&b'-')
        && matches!(bytes.get(10), Some(b'T' | b' '));
    if !dated {
        return None;
    }
    let end = line.get(11..)?.find([' ', '\t']).map_or(line.len(), |at| at + 11);
    let time = of_text(line.get(..end)?)?;
    Some((time, line.get(end..)?.trim_start_matches([' ', '\t'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_exports() {
        for text in [
            "1714557600123",
            "2024-05-01T10:00:00.123Z",
            "2024-05-01T10:00:00.123000+00:00",
            "2024-05-01T12:00:00.123+02:00",
            "2024-05-01 10:00:00.123",
        ] {
            assert_eq!(of_text(text), Some(1_714_557_600_123), "{text}");
        }
        assert_eq!(of_text("yesterday"), None);
        assert_eq!(leading("2024-05-01T10:00:00.123Z a b"), Some((1_714_557_600_123, "a b")));
        assert_eq!(leading("2024-05-01 10:00:00.123\ta"), Some((1_714_557_600_123, "a")));
        assert_eq!((leading("2024 was good"), leading("2024-05-ö1T"), leading("")), (None, None, None));
    }
}
