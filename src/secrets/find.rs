//! Credentials in texts of any form, complete or cut off: by the name in front of them, and by their own form.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use fancy_regex::Regex;

/// Headers, members of JSON and options of tools whose value is a credential.
const NAMES: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "authorizationtoken",
    "x-api-key",
    "x-amz-security-token",
    "x-amz-signature",
    "x-auth-token",
    "x-access-token",
    "x-id-token",
    "x-csrf-token",
    "x-xsrf-token",
    "cookie",
    "set-cookie",
    "sec-websocket-protocol",
    "access_token",
    "accesstoken",
    "id_token",
    "idtoken",
    "refresh_token",
    "refreshtoken",
    "client_secret",
    "clientsecret",
    "secretaccesskey",
    "aws_secret_access_key",
    "aws_session_token",
    "sessiontoken",
    "password",
];

/// Whether the value of a header or member of this name is a credential.
pub(super) fn is_credential(name: &str) -> bool {
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let mut names = NAMES.to_vec();
    // Of two names the longer: `authorizationToken` is not `authorization`.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    Regex::new(&format!("(?i:{})", names.join("|"))).ok()
});

/// Gives every name of a credential with the value that follows it.
pub(super) fn named(text: &str, give: &mut dyn FnMut(&str, &str)) {
    let Some(regex) = NAMED.as_ref() else { return };
    for found in regex.find_iter(text).flatten() {
        let (before, after) =
            (text.get(..found.start()).unwrap_or_default(), text.get(found.end()..).unwrap_or_default());
        // Part of a longer name, a variable, or a member that a template reads.
        if before.ends_with(|c: char| c.is_alphanumeric() || "-_$.".contains(c)) {
            continue;
        }
        let called = before.trim_end_matches(['"', '\'', '\\']).ends_with('(');
        if let Some(value) = value_after(after, called) {
            let plain = unescaped(value);
            give(found.as_str(), &plain);
        }
    }
}

/// The value behind a name: `: x`, `= x`, `","value":"x"` of HAR, `", "x")` of a call.
fn value_after(rest: &str, called: bool) -> Option<&str> {
    const CLOSING: [char; 6] = ['"', '\'', '\\', '^', ']', '`'];
    let blank = |c: char| c.is_ascii_whitespace();
    let rest = rest.trim_start_matches(CLOSING).trim_start_matches(blank);
    if let Some(value) = rest.strip_prefix([':', '=']) {
        return value_at(value.trim_start_matches(blank), rest.starts_with('='));
    }
    let rest = rest.strip_prefix(',')?.trim_start_matches(blank);
    let member = rest.trim_start_matches(['"', '\\']);
    if let Some(pair) = member.strip_prefix("value").filter(|_| member.len() < rest.len()) {
        let pair = pair.trim_start_matches(CLOSING).trim_start_matches(blank);
        return value_at(pair.strip_prefix(':')?.trim_start_matches(blank), false);
    }
    if called { value_at(rest, false) } else { None }
}

/// The value that begins here: quoted, also within quotes, or bare up to what ends one. A cut-off text ends it too.
fn value_at(text: &str, in_list: bool) -> Option<&str> {
    let inner = text.trim_start_matches(['\\', '^']);
    let slashes = text.len() - inner.len();
    let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let value = match quote {
        Some(quote) => {
            let body = inner.get(1..)?;
            let ends = |at: &usize| {
                let before = body.get(..*at).unwrap_or_default();
                before.len() - before.trim_end_matches(['\\', '^']).len() <= slashes
            };
            let end = body.match_indices(quote).map(|(at, _)| at).find(ends).unwrap_or(body.len());
            body.get(..end)?.trim_end_matches(['\\', '^'])
        }
        None => {
            let stops =
                |c: char| matches!(c, '\n' | '\r' | '"' | '\'' | '`') || (in_list && matches!(c, ',' | '}' | '&'));
            let value = text.split(stops).next()?.trim_end_matches(['\\', '^']).trim();
            // A type of a schema, an object, a call.
            if value.contains(['$', '!', '(', '{', '[']) {
                return None;
            }
            value
        }
    };
    (!value.is_empty()).then_some(value)
}

/// A text without JSON's escapes, if it has some.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    match serde_json::from_str::<String>(&format!("\"{text}\"")) {
        Ok(plain) => Cow::Owned(plain),
        Err(_) => Cow::Owned(text.replace('\\', "")),
    }
}

/// A credential by its form.
pub(super) enum Found<'t> {
    /// Secret as a whole.
    Secret(&'t str),
    /// As the header `Authorization` holds it.
    Credential(&'t str),
    /// As the header `Cookie` holds it.
    Cookies(&'t str),
    /// Secret as a whole, and what it says.
    Encoded(&'t str, String),
}

static FORMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?P<jwt>eyJ[A-Za-z0-9_-]{5,}\.(?:eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?",
        r"|[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+))",
        r"|(?P<key>da2-[a-z0-9]{16,})",
        r"|[Ss]ignature(?:=|%3D)(?P<signature>[0-9a-f]{32,})",
        r"|[?&]header=(?P<parameter>[A-Za-z0-9+/_=%-]{12,})",
        r"|header-(?P<protocol>[A-Za-z0-9+/_=-]{24,})",
        r"|://[^/\s@:'\x22]+:(?P<user>[^/\s@'\x22]+)@",
    ))
    .ok()
});

/// Options of curl; only in texts that name curl, as other tools' options are called the same.
static CURL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let value = r#"(?:\^?"(?P<d>[^"]*)"|\$?'(?P<s>[^']*)'|(?P<b>[^\s"']+))"#;
    Regex::new(&format!(
        r"(?:^|\s)(?:(?P<user>-u|--user|-U|--proxy-user)|(?P<cookie>-b|--cookie)|--oauth2-bearer)(?:[ =]+|$){value}"
    ))
    .ok()
});

/// Gives every credential of an unmistakable form.
pub(super) fn formed(text: &str, give: &mut dyn FnMut(Found<'_>)) {
    if let Some(regex) = FORMED.as_ref() {
        for captures in regex.captures_iter(text).flatten() {
            let group = |name: &str| captures.name(name).map(|found| found.as_str());
            for name in ["jwt", "key", "signature", "user"] {
                group(name).into_iter().for_each(|secret| give(Found::Secret(secret)));
            }
            if let Some(encoded) = group("parameter").or_else(|| group("protocol")) {
                give(Found::Encoded(encoded, decoded(encoded)));
            }
        }
    }
    if text.contains("curl") {
        for captures in CURL.iter().flat_map(|regex| regex.captures_iter(text)).flatten() {
            option(&|name| captures.name(name).map(|found| found.as_str()), give);
        }
    }
}

fn option<'t>(group: &dyn Fn(&str) -> Option<&'t str>, give: &mut dyn FnMut(Found<'_>)) {
    let Some(value) = ["d", "s", "b"].into_iter().find_map(group) else { return };
    if group("user").is_some() {
        give(Found::Secret(value.split_once(':').map_or(value, |(_, password)| password)));
    } else if group("cookie").is_some() {
        give(Found::Cookies(value));
    } else {
        give(Found::Credential(value));
    }
}

/// Gives whatever begins as a token does: in base64, an object of JSON.
pub(super) fn beginnings(text: &str, give: &mut dyn FnMut(&str)) {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.+/=".contains(c);
    text.split(|c| !inside(c)).filter(|word| word.starts_with("eyJ")).for_each(give);
}

/// What base64 of either alphabet says; of a cut-off one as much as there is.
fn decoded(encoded: &str) -> String {
    let plain = percent_decoded(encoded);
    let plain = plain.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let whole = plain.get(..plain.len() - usize::from(plain.len() % 4 == 1)).unwrap_or_default();
    let bytes = STANDARD_NO_PAD.decode(whole).or_else(|_| URL_SAFE_NO_PAD.decode(whole));
    // Bits behind the last byte of a cut-off text make it unreadable: then without its last characters.
    let bytes = bytes.or_else(|_| STANDARD_NO_PAD.decode(whole.get(..whole.len() / 4 * 4).unwrap_or_default()));
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn percent_decoded(text: &str) -> String {
    text.replace("%3D", "=")
        .replace("%3d", "=")
        .replace("%2B", "+")
        .replace("%2b", "+")
        .replace("%2F", "/")
        .replace("%2f", "/")
}
