//! What of a credential is secret: of a signature the signature, of a cookie its value, of Basic the password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Gives the secret parts of the value of a header, or of whatever else has a credential's name.
pub(super) fn of(name: &str, value: &str, give: &mut dyn FnMut(&str)) {
    let value = value.trim();
    if is_placeholder(value) {
        return;
    }
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "cookie" => cookies(value, give),
        // Its attributes (`Path`, `Expires`) are nobody's secret.
        "set-cookie" => cookies(value.split(';').next().unwrap_or_default(), give),
        "sec-websocket-protocol" => {}
        // The signature has a form of its own; scope and signed headers are what a report explains.
        _ if value.starts_with("AWS4-") => {}
        _ => match value.split_once(' ') {
            Some((scheme, rest)) if is_scheme(scheme) => {
                give(rest);
                if scheme.eq_ignore_ascii_case("basic") {
                    basic(rest, give);
                }
            }
            _ => give(value),
        },
    }
}

/// What somebody took out of a capture, or a template puts in.
fn is_placeholder(value: &str) -> bool {
    value.starts_with(['*', '…', '<', '[', '{', '$'])
        || value.contains("$ctx")
        || value.contains("${")
        || value.to_ascii_lowercase().contains("redacted")
}

fn is_scheme(word: &str) -> bool {
    let word = word.trim_end_matches(':');
    (2..=10).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn cookies(value: &str, give: &mut dyn FnMut(&str)) {
    for (_, cookie) in value.split(';').filter_map(|pair| pair.split_once('=')) {
        give(cookie.trim().trim_matches('"'));
    }
}

fn basic(encoded: &str, give: &mut dyn FnMut(&str)) {
    let Some(text) = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return;
    };
    if let Some((_, password)) = text.split_once(':') {
        give(password);
    }
    give(&text);
}
