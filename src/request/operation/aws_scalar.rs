//! The formats of AWS's scalars, as its documentation (page `scalars.html`) describes them.

use serde_json::Value as Json;

use super::scalar::java_text;

/// Whether a type is one of AWS's scalars that are texts of a certain form.
pub(super) fn is_text(type_name: &str) -> bool {
    matches!(type_name, "AWSDate" | "AWSTime" | "AWSDateTime" | "AWSEmail" | "AWSURL" | "AWSPhone" | "AWSIPAddress")
}

/// Whether a text has the form of its type.
pub(super) fn fits(type_name: &str, text: &str) -> bool {
    match type_name {
        "AWSDate" => date(text).is_some_and(|rest| rest.is_empty() || offset(rest)),
        "AWSTime" => time(text).is_some_and(|rest| rest.is_empty() || offset(rest)),
        // Recorded: without an offset it is refused.
        "AWSDateTime" => date(text).and_then(|rest| time(rest.strip_prefix('T')?)).is_some_and(offset),
        "AWSEmail" => email(text),
        "AWSURL" => url(text),
        "AWSPhone" => phone(text),
        "AWSIPAddress" => ip_address(text),
        _ => true,
    }
}

/// What AppSync says of a value that does not fit; `verb` is `parse` on the way in, `serialize` on the way out.
///
/// Recorded for `AWSDate`, `AWSDateTime`, `AWSPhone` and `AWSTimestamp`; unverified for the others.
pub(super) fn invalid(verb: &str, type_name: &str, json: &Json) -> String {
    let noun = match type_name {
        "AWSDate" => "date",
        "AWSTime" => "time",
        "AWSDateTime" => "DateTime Object",
        "AWSTimestamp" => "timestamp",
        "AWSEmail" => "email address",
        "AWSURL" => "URL",
        "AWSPhone" => "phone number",
        _ => "IP address",
    };
    format!("Unable to {verb} `{}` as a valid {noun}.", java_text(json))
}

/// The text behind `YYYY-MM-DD`.
fn date(text: &str) -> Option<&str> {
    let (date, rest) = text.split_at_checked(10)?;
    date.parse::<jiff::civil::Date>().ok().map(|_| rest)
}

/// The text behind `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s…`; as many digits of a second as one likes, up to nine.
fn time(text: &str) -> Option<&str> {
    let rest = two_digits(text, 23)?;
    let rest = two_digits(rest.strip_prefix(':')?, 59)?;
    let Some(seconds) = rest.strip_prefix(':') else { return Some(rest) };
    let rest = two_digits(seconds, 59)?;
    let Some(fraction) = rest.strip_prefix('.') else { return Some(rest) };
    let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    (1..=9).contains(&(fraction.len() - rest.len())).then_some(rest)
}

/// `Z`, `±hh:mm` or `±hh:mm:ss`, and nothing behind it.
fn offset(text: &str) -> bool {
    let signed = || {
        let rest = two_digits(text.strip_prefix(['+', '-'])?, 18)?;
        let rest = two_digits(rest.strip_prefix(':')?, 59)?;
        match rest.strip_prefix(':') {
            Some(seconds) => two_digits(seconds, 59),
            None => Some(rest),
        }
    };
    text == "Z" || signed() == Some("")
}

fn two_digits(text: &str, highest: u8) -> Option<&str> {
    let (digits, rest) = text.split_at_checked(2)?;
    let number: u8 = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
    (number <= highest).then_some(rest)
}

/// `local-part@domain-part`. Unverified in what RFC 822 has beyond that: quoted parts, comments.
fn email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let quoted = local.starts_with('"') && local.ends_with('"') && local.len() > 2;
    let local_fits =
        quoted || !local.is_empty() && !local.contains(|c: char| c.is_whitespace() || "@()<>,;:\\\"[]".contains(c));
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    local_fits && domain.split('.').all(label)
}

/// A schema, something behind it, and no `//` in the path. Unverified: which hosts and characters are refused.
fn url(text: &str) -> bool {
    let Some((schema, rest)) = text.split_once(':') else { return false };
    let schema_fits = schema.starts_with(|c: char| c.is_ascii_alphabetic())
        && schema.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    let path = match rest.strip_prefix("//") {
        Some(behind) if behind.is_empty() || behind.starts_with(['/', '?', '#']) => return false,
        Some(behind) => behind.find(['/', '?', '#']).and_then(|end| behind.get(end..)).unwrap_or(""),
        None => rest,
    };
    let path = path.split(['?', '#']).next().unwrap_or(path);
    schema_fits && !rest.is_empty() && !text.contains(char::is_whitespace) && !path.contains("//")
}

/// Digits in groups; without a country code it is a number of North America: neither the area code nor the exchange
/// begins with 0 or 1. Unverified: AWS knows every country's plan.
fn phone(text: &str) -> bool {
    let (country, digits) = match text.trim().strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text.trim()),
    };
    if !digits.chars().all(|c| c.is_ascii_digit() || " -.()".contains(c)) {
        return false;
    }
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_digit).collect();
    match (country, digits.as_slice()) {
        (true, digits) => (7..=15).contains(&digits.len()),
        (false, [b'1', rest @ ..] | rest) if rest.len() == 10 => {
            rest.first().is_some_and(|d| *d > b'1') && rest.get(3).is_some_and(|d| *d > b'1')
        }
        _ => false,
    }
}

/// IPv4 or IPv6, with the length of a prefix or without.
fn ip_address(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let Ok(address) = address.parse::<core::net::IpAddr>() else { return false };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    prefix.is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|length| length <= longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_aws_scalars_have_the_documented_form() {
        let table: [(&str, &[&str], &[&str]); 7] = [
            (
                "AWSDate",
                &["1970-01-01", "1970-01-01Z", "1970-01-01-07:00", "1970-01-01+05:30", "1970-01-01+05:30:10"],
                &["1970-1-1", "1970-13-01", "2019-12-24T04:15:57.798Z", "19700101", "", "1970-01-01+0530"],
            ),
            (
                "AWSTime",
                &["12:30", "12:30Z", "12:30:24-07:00", "12:30:24.500+05:30", "12:30:24.5", "00:00:00.123456789"],
                &["24:00", "12", "12:30:", "12:30:24.", "1:30", "12:30:24.1234567891", "noon"],
            ),
            (
                "AWSDateTime",
                &[
                    "2026-01-15T12:00:00Z",
                    "2021-01-26T16:44Z",
                    "2020-01-01T20:00+00:00",
                    "1970-01-01T12:30:00.5-07:00:30",
                ],
                &[
                    "2019",
                    "2026-01-15",
                    "2026-05-06T00:00:00.000",
                    "2020-05-23T06:4:37.000Z",
                    "2024-05-12T07:49:46+0000",
                    "2026-01-15 12:00:00Z",
                    "2026-02-30T12:00:00Z",
                ],
            ),
            (
                "AWSEmail",
                &["a@b", "jeff.o'b+x@amazon.co.uk", "\"a b\"@c.de"],
                &["a", "@b", "a@", "a b@c", "a@b@", "a@b..c"],
            ),
            (
                "AWSURL",
                &["https://www.amazon.com/dp/B000NZW3KC/", "mailto:example@example.com", "http://foo.blog?x=//y"],
                &["www.amazon.com", "https://", "http://a/b//c", "https:///a", "http://a b"],
            ),
            (
                "AWSPhone",
                &["+1 555-010-9999", "508-918-0293", "5089180293", "+49 30 1234567", "1 (508) 918 0293"],
                &["1110004444", "12345", "phone", "", "+1"],
            ),
            (
                "AWSIPAddress",
                &["123.12.34.56", "2001:db8::1", "10.0.0.0/8", "::1/128"],
                &["256.1.1.1", "10.0.0.0/33", "localhost", "1.2.3", "10.0.0.0/"],
            ),
        ];
        for (type_name, right, wrong) in table {
            for text in right {
                assert!(fits(type_name, text), "{text} is an {type_name}");
            }
            for text in wrong {
                assert!(!fits(type_name, text), "{text} is no {type_name}");
            }
        }
    }
}
