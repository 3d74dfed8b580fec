//! `$util.time`: the clock, and moments as text.

use super::Helper;
use super::Type::{Int, Str};
use super::time_format::{Moment, Pattern};
use super::time_zone::Zone;
use crate::value::Value;

const PAGE: &str = "time-helpers-in-util-time";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.time.nowISO8601",
        overloads: &[&[]],
        returns: "String",
        doc: "Now as ISO 8601 in UTC with three digits of a second's fraction.",
        source: PAGE,
        unverified: "that zero milliseconds print as `.000`",
        examples: &[("#set($t = $util.time.nowISO8601())$t.length()", "24")],
        run: |host, _| Ok(iso(host.env.now_ms)),
    },
    Helper {
        path: "util.time.nowEpochSeconds",
        overloads: &[&[]],
        returns: "Long",
        doc: "Now in seconds since 1970.",
        source: PAGE,
        unverified: "",
        examples: &[("#set($t = $util.time.nowEpochSeconds())$util.isNumber($t)", "true")],
        run: |host, _| Ok(Value::Long(host.env.now_ms.div_euclid(1000))),
    },
    Helper {
        path: "util.time.nowEpochMilliSeconds",
        overloads: &[&[]],
        returns: "Long",
        doc: "Now in milliseconds since 1970.",
        source: PAGE,
        unverified: "",
        examples: &[("#set($t = $util.time.nowEpochMilliSeconds())$util.isNumber($t)", "true")],
        run: |host, _| Ok(Value::Long(host.env.now_ms)),
    },
    Helper {
        path: "util.time.nowFormatted",
        overloads: &[&[Str], &[Str, Str]],
        returns: "String",
        doc: "Now by a `DateTimeFormatter` pattern, in UTC or in the zone given second. A pattern or zone that Java does not know gives null.",
        source: PAGE,
        unverified: "null for what cannot be formatted",
        examples: &[("#set($t = $util.time.nowFormatted('yyyy-MM-dd HH:mm:ssZ', '+08:00'))$t.substring(19)", "+0800")],
        run: |host, args| {
            let formatted = match args {
                [pattern] => formatted(host.env.now_ms, pattern, &Zone::utc()),
                [pattern, zone] => zone_of(zone).and_then(|zone| formatted(host.env.now_ms, pattern, &zone)),
                _ => None,
            };
            Ok(formatted.unwrap_or_default())
        },
    },
    Helper {
        path: "util.time.parseFormattedToEpochMilliSeconds",
        overloads: &[&[Str, Str], &[Str, Str, Str]],
        returns: "Long",
        doc: "Milliseconds since 1970 of a text by a `DateTimeFormatter` pattern. The pattern has a zone or offset, or the zone is given third. Text that does not fit gives null.",
        source: PAGE,
        unverified: "null for text that does not fit",
        examples: &[
            (
                "$util.time.parseFormattedToEpochMilliSeconds('2018-02-02 01:19:22+0800', 'yyyy-MM-dd HH:mm:ssZ')",
                "1517505562000",
            ),
            (
                "$util.time.parseFormattedToEpochMilliSeconds('2018-02-02 01:19:22', 'yyyy-MM-dd HH:mm:ss', '+08:00')",
                "1517505562000",
            ),
        ],
        run: |_, args| {
            let parsed = match args {
                [text, pattern] => parsed(text, pattern, None),
                [text, pattern, zone] => zone_of(zone).and_then(|zone| parsed(text, pattern, Some(&zone))),
                _ => None,
            };
            Ok(parsed.unwrap_or_default())
        },
    },
    Helper {
        path: "util.time.parseISO8601ToEpochMilliSeconds",
        overloads: &[&[Str]],
        returns: "Long",
        doc: "Milliseconds since 1970 of an ISO 8601 text with an offset; seconds and fraction may be missing. Other text gives null.",
        source: PAGE,
        unverified: "null for other text",
        examples: &[("$util.time.parseISO8601ToEpochMilliSeconds('2018-02-01T17:21:05.180+08:00')", "1517476865180")],
        run: |_, args| {
            let text = args.first().and_then(Value::as_str);
            Ok(text.and_then(Pattern::parse_iso).map(Value::Long).unwrap_or_default())
        },
    },
    Helper {
        path: "util.time.epochMilliSecondsToSeconds",
        overloads: &[&[Int]],
        returns: "Long",
        doc: "Milliseconds since 1970 as seconds, rounded down.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.time.epochMilliSecondsToSeconds(1517943695758)", "1517943695")],
        run: |_, args| {
            let ms = args.first().and_then(millis);
            Ok(ms.map(|ms| Value::Long(ms.div_euclid(1000))).unwrap_or_default())
        },
    },
    Helper {
        path: "util.time.epochMilliSecondsToISO8601",
        overloads: &[&[Int]],
        returns: "String",
        doc: "Milliseconds since 1970 as ISO 8601 in UTC with three digits of a second's fraction.",
        source: PAGE,
        unverified: "that zero milliseconds print as `.000`",
        examples: &[("$util.time.epochMilliSecondsToISO8601(1517943695758)", "2018-02-06T19:01:35.758Z")],
        run: |_, args| Ok(args.first().and_then(millis).map(iso).unwrap_or_default()),
    },
    Helper {
        path: "util.time.epochMilliSecondsToFormatted",
        overloads: &[&[Int, Str], &[Int, Str, Str]],
        returns: "String",
        doc: "Milliseconds since 1970 by a `DateTimeFormatter` pattern, in UTC or in the zone given third. A pattern or zone that Java does not know gives null.",
        source: PAGE,
        unverified: "null for what cannot be formatted",
        examples: &[(
            "$util.time.epochMilliSecondsToFormatted(1517943695758, 'yyyy-MM-dd HH:mm:ssZ', 'Australia/Perth')",
            "2018-02-07 03:01:35+0800",
        )],
        run: |_, args| {
            let formatted = match args {
                [ms, pattern] => millis(ms).and_then(|ms| formatted(ms, pattern, &Zone::utc())),
                [ms, pattern, zone] => {
                    zone_of(zone).and_then(|zone| millis(ms).and_then(|ms| formatted(ms, pattern, &zone)))
                }
                _ => None,
            };
            Ok(formatted.unwrap_or_default())
        },
    },
];

fn millis(value: &Value) -> Option<i64> {
    match value {
        Value::Int(ms) => Some(i64::from(*ms)),
        Value::Long(ms) => Some(*ms),
        _ => None,
    }
}

fn zone_of(value: &Value) -> Option<Zone> {
    Zone::parse(value.as_str()?)
}

/// Three digits also where they are zeros. Unverified: Java's own printer would leave `.000` out.
fn iso(ms: i64) -> Value {
    formatted(ms, &Value::str("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'"), &Zone::utc()).unwrap_or_default()
}

/// A moment by a pattern. Unverified: what cannot be formatted gives null; the service may raise an error.
fn formatted(ms: i64, pattern: &Value, zone: &Zone) -> Option<Value> {
    let pattern = Pattern::compile(pattern.as_str()?)?;
    pattern.print(&Moment::at(ms, zone)?).map(Value::from)
}

/// The moment of a text. Unverified: what does not fit gives null; the service may raise an error.
fn parsed(text: &Value, pattern: &Value, zone: Option<&Zone>) -> Option<Value> {
    Pattern::compile(pattern.as_str()?)?.parse(text.as_str()?, zone).map(Value::Long)
}

#[cfg(test)]
mod tests {
    use super::super::Host;
    use super::super::tests::{call_in, call_json};
    use super::*;
    use crate::limits::Env;
    use crate::value::json::to_json;

    #[test]
    fn the_clock_is_the_hosts() {
        for (now_ms, path, args, expected) in [
            (1_517_943_695_749, "nowISO8601", &[][..], "\"2018-02-06T19:01:35.749Z\""),
            (1_517_943_695_000, "nowISO8601", &[], "\"2018-02-06T19:01:35.000Z\""),
            (1_517_943_695_749, "nowEpochSeconds", &[], "1517943695"),
            (1_517_943_695_750, "nowEpochMilliSeconds", &[], "1517943695750"),
            (-1, "nowEpochSeconds", &[], "-1"),
            (1_517_943_695_749, "nowFormatted", &["yyyy-MM-dd HH:mm:ssZ"], "\"2018-02-06 19:01:35+0000\""),
            (1_517_943_695_749, "nowFormatted", &["yyyy-MM-dd HH:mm:ssZ", "+08:00"], "\"2018-02-07 03:01:35+0800\""),
            (
                1_517_943_695_749,
                "nowFormatted",
                &["yyyy-MM-dd HH:mm:ssZ", "Australia/Perth"],
                "\"2018-02-07 03:01:35+0800\"",
            ),
            (1_531_347_285_000, "nowFormatted", &["yyyy-MM-dd[XXX]", "-07:00:30"], "\"2018-07-11-07:00\""),
            (
                1_531_347_285_000,
                "nowFormatted",
                &["yyyy-MM-dd'T'HH:mm:ss[XXXXX]", "-07:00:30"],
                "\"2018-07-11T15:14:15-07:00:30\"",
            ),
            (0, "nowFormatted", &["yyyy-bb"], "null"),
            (0, "nowFormatted", &["yyyy", "Mars/Base"], "null"),
            (i64::MAX, "nowISO8601", &[], "null"),
        ] {
            let env = Env::at(now_ms);
            let args: Vec<Value> = args.iter().map(|text| Value::str(text)).collect();
            let value = call_in(&mut Host::new(&env, ""), &format!("util.time.{path}"), &args).expect("an overload");
            assert_eq!(to_json(&value), expected, "{path} at {now_ms}");
        }
    }

    #[test]
    fn moments_as_text_and_back() {
        for (path, args, expected) in [
            ("epochMilliSecondsToSeconds", "[1517943695758]", "1517943695"),
            ("epochMilliSecondsToSeconds", "[-1]", "-1"),
            ("epochMilliSecondsToISO8601", "[1517943695758]", "\"2018-02-06T19:01:35.758Z\""),
            ("epochMilliSecondsToISO8601", "[1267378472045]", "\"2010-02-28T17:34:32.045Z\""),
            ("epochMilliSecondsToISO8601", "[0]", "\"1970-01-01T00:00:00.000Z\""),
            ("epochMilliSecondsToISO8601", "[null]", "null"),
            ("epochMilliSecondsToISO8601", "[\"0\"]", "none"),
            ("epochMilliSecondsToISO8601", "[1.5]", "none"),
            (
                "epochMilliSecondsToFormatted",
                "[1517943695758,\"yyyy-MM-dd HH:mm:ssZ\"]",
                "\"2018-02-06 19:01:35+0000\"",
            ),
            (
                "epochMilliSecondsToFormatted",
                "[1517943695758,\"yyyy-MM-dd HH:mm:ssZ\",\"+08:00\"]",
                "\"2018-02-07 03:01:35+0800\"",
            ),
            (
                "epochMilliSecondsToFormatted",
                "[1267378472045,\"yyyy-MM-dd HH:mm:ss.SSS Z\",\"Australia/Perth\"]",
                "\"2010-03-01 01:34:32.045 +0800\"",
            ),
            ("epochMilliSecondsToFormatted", "[0,null]", "null"),
            ("epochMilliSecondsToFormatted", "[0,\"yyyy\",null]", "null"),
            ("parseISO8601ToEpochMilliSeconds", "[\"2018-02-01T17:21:05.180+08:00\"]", "1517476865180"),
            ("parseISO8601ToEpochMilliSeconds", "[\"2018-02-01\"]", "null"),
            ("parseISO8601ToEpochMilliSeconds", "[null]", "null"),
            (
                "parseFormattedToEpochMilliSeconds",
                "[\"2018-02-02 01:19:22+0800\",\"yyyy-MM-dd HH:mm:ssZ\"]",
                "1517505562000",
            ),
            (
                "parseFormattedToEpochMilliSeconds",
                "[\"2018-02-02 01:19:22\",\"yyyy-MM-dd HH:mm:ss\",\"+08:00\"]",
                "1517505562000",
            ),
            ("parseFormattedToEpochMilliSeconds", "[\"2018-02-02 01:19:22\",\"yyyy-MM-dd HH:mm:ss\"]", "null"),
            ("parseFormattedToEpochMilliSeconds", "[null,null]", "null"),
        ] {
            assert_eq!(call_json(&format!("util.time.{path}"), args), expected, "{path}{args}");
        }
    }
}
