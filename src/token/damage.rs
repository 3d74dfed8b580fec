//! What is wrong with a text that should be a token: each kind of damage by its name, with what to do about it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::identity::jwt::{DecodedToken, TokenFault, decode, strip_bearer};
use crate::{Error, ErrorKind};

/// What a text is, in place of a token, and what helps.
struct Damage {
    what: String,
    help: &'static str,
}

const WHOLE: &str = "give the whole token as the app sends it: three parts with dots between, nothing around it";
const AGAIN: &str = "copy it again, whole: terminals and editors cut and wrap long lines";

/// Reads a token, without `Bearer ` in front of it; whether that was there.
///
/// # Errors
/// What keeps the text from being a token.
pub(super) fn read(text: &str) -> Result<(bool, DecodedToken), Error> {
    let (prefixed, bare) = strip_bearer(text);
    let read = decode(bare);
    let damage = match &read {
        Ok(token) => in_signature(token),
        Err(fault) => Some(around(text).unwrap_or_else(|| within(bare, fault))),
    };
    match (read, damage) {
        (Ok(token), None) => Ok((prefixed, token)),
        (_, damage) => {
            let Damage { what, help } = damage.unwrap_or(Damage { what: String::from("no token"), help: WHOLE });
            Err(Error::new(ErrorKind::Token, format!("this is {what}")).help(help))
        }
    }
}

/// What stands around the token, or in its place.
fn around(text: &str) -> Option<Damage> {
    let damage = |what: &str, help| Some(Damage { what: what.to_owned(), help });
    let lower = text.to_ascii_lowercase();
    let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    if text.starts_with("AWS4-") {
        return damage(
            "a SigV4 signature, IAM's kind of credential, no token",
            "`vtlens replay` checks signed requests",
        );
    }
    if lower.starts_with("da2-") {
        return damage("an API key, no token", "it goes into the header x-api-key, not into Authorization");
    }
    if lower.starts_with("authorization:") || lower.starts_with("x-api-key:") {
        return damage("a header with its name", "give what stands behind the colon");
    }
    if lower.starts_with("bearer bearer ") {
        return damage(
            "a token with `Bearer ` in front of it twice",
            "send the token with one `Bearer `, or with none",
        );
    }
    if lower.starts_with("bearer:") {
        return damage("a token behind `Bearer:`", "there is no colon in `Bearer TOKEN`");
    }
    let scheme = (2..=10).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    if scheme && rest.trim_start().starts_with("ey") && !word.eq_ignore_ascii_case("bearer") {
        return Some(Damage {
            what: format!("a token with `{word} ` in front of it"),
            help: "AppSync takes a token alone, or with `Bearer `; any other word makes it unreadable",
        });
    }
    if text.starts_with(['"', '\'', '`', '“', '‘', '{', '[']) {
        let json = text.starts_with(['{', '[']);
        return match json {
            true => damage("JSON, no token", "give one token out of it"),
            false => damage("a token in quotation marks", "they are sent with it: take them off"),
        };
    }
    None
}

/// What is wrong within it.
fn within(text: &str, fault: &TokenFault) -> Damage {
    let damage = |what: String, help| Damage { what, help };
    match fault {
        TokenFault::Empty => damage(fault.to_string(), "the variable or the file it came from holds nothing"),
        TokenFault::Whitespace(at) => {
            let character = text.trim_matches([' ', '\t']).chars().nth(at - 1);
            let what = match character {
                Some('\n' | '\r') => "line break",
                _ => "blank",
            };
            damage(format!("a token with a {what} at character {at}"), AGAIN)
        }
        TokenFault::Parts(1) if text.starts_with("ey") => {
            damage("the first part of a token: the other two are missing".to_owned(), AGAIN)
        }
        TokenFault::Parts(1) => damage(
            fault.to_string(),
            "only a Lambda authorizer takes such: name its API with --api. A file of that name is not there either",
        ),
        TokenFault::Parts(2) => damage(fault.to_string(), AGAIN),
        TokenFault::Parts(_) => damage(fault.to_string(), WHOLE),
        TokenFault::Encrypted => {
            damage(fault.to_string(), "AppSync reads signed tokens: the issuer has a setting for its access tokens")
        }
        TokenFault::Quoted => damage(fault.to_string(), "they are sent with it: take them off"),
        TokenFault::Base64(part, at) => {
            let segment = text.split('.').nth(usize::from(*part != "header")).unwrap_or_default();
            // Padding is told as a wrong length: then the first character that shows where it comes from.
            let foreign = segment.chars().position(|c| "+/=%".contains(c)).map(|at| at + 1);
            let at = foreign.filter(|foreign| *at == 0 || foreign == at);
            match at.and_then(|at| Some((at, segment.chars().nth(at - 1)?))) {
                Some((at, '%')) => {
                    damage(format!("a token that is percent-encoded, at character {at} of its {part}"), WHOLE)
                }
                Some((at, _)) => damage(
                    format!("a token whose {part} is in plain base64, not base64url, at character {at}"),
                    "a token has `-` and `_` in place of `+` and `/`, and no `=`",
                ),
                None => damage(fault.to_string(), AGAIN),
            }
        }
        TokenFault::NotJson(part, why) if why.starts_with("EOF") => {
            damage(format!("a token whose {part} is cut off: its JSON ends too early"), AGAIN)
        }
        TokenFault::NotJson(..) => damage(fault.to_string(), WHOLE),
    }
}

/// A signature that somebody cut, or that has something behind it. One that a sanitizer took out says nothing against
/// the claims.
fn in_signature(token: &DecodedToken) -> Option<Damage> {
    if token.signature_removed() {
        let [_, _, signature] = &token.segments;
        let odd = signature.chars().position(|c| !c.is_ascii_alphanumeric() && !"-_*".contains(c));
        // Long, and unreadable for one character: no sanitizer's work.
        return odd.filter(|_| signature.len() > 40).map(|at| Damage {
            what: format!("a token whose signature is not base64url at character {}", at + 1),
            help: WHOLE,
        });
    }
    let [_, _, signature] = &token.segments;
    let bytes = URL_SAFE_NO_PAD.decode(signature).map_or(0, |bytes| bytes.len());
    let lengths = signature_lengths(token.algorithm()?)?;
    (!lengths.contains(&bytes)).then(|| {
        let lengths: Vec<String> = lengths.iter().map(ToString::to_string).collect();
        let algorithm = token.algorithm().unwrap_or_default();
        Damage {
            what: format!(
                "a token whose signature is cut off: {bytes} bytes, where {algorithm} makes {}",
                lengths.join(" or ")
            ),
            help: AGAIN,
        }
    })
}

/// The lengths of an algorithm's signatures, in bytes (RFC 7518, section 3); of RSA those of the keys in use.
fn signature_lengths(algorithm: &str) -> Option<&'static [usize]> {
    Some(match algorithm {
        "HS256" => &[32],
        "HS384" => &[48],
        "HS512" | "ES256" => &[64],
        "ES384" => &[96],
        "ES512" => &[132],
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => &[128, 256, 384, 512, 1024],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::jwt::tests::{fixture, unsigned};
    use serde_json::json;

    #[test]
    fn every_kind_of_damage_has_its_name() {
        let good = unsigned(&json!({"sub": "u1", "name": "Zoë"}));
        let parts: Vec<&str> = good.split('.').collect();
        let [header, payload, signature] = parts[..] else { panic!("{good}") };
        let cases: Vec<(String, &str)> = vec![
            (String::new(), "an empty text"),
            (format!("\"{good}\""), "a token in quotation marks"),
            (format!("'{good}'"), "a token in quotation marks"),
            (format!("Bearer Bearer {good}"), "a token with `Bearer ` in front of it twice"),
            (format!("Bearer: {good}"), "a token behind `Bearer:`"),
            (format!("JWT {good}"), "a token with `JWT ` in front of it"),
            (format!("Authorization: Bearer {good}"), "a header with its name"),
            (format!("{{\"idToken\": \"{good}\"}}"), "JSON, no token"),
            ("da2-abcdefghijklmnopqrstuvwxyz".into(), "an API key, no token"),
            ("AWS4-HMAC-SHA256 Credential=x".into(), "a SigV4 signature, IAM's kind of credential, no token"),
            ("pt-1234".into(), "a text of one part, where a JWT has three with dots between: an opaque token"),
            (header.into(), "the first part of a token: the other two are missing"),
            (format!("{header}.{payload}"), "a token of two parts, where a JWT has three: unsigned, or cut off"),
            ("a.b.c.d.e".into(), "a token of five parts: encrypted (JWE), not a signed JWT"),
            (format!("{header}.\n{payload}.x"), "a token with a line break at character 36"),
            (format!("{header}. {payload}.x"), "a token with a blank at character 36"),
            (format!("{header}$.{payload}.x"), "a token whose header is not base64url at character 35"),
            (
                format!("{header}.{payload}=.x"),
                "a token whose payload is in plain base64, not base64url, at character 36",
            ),
            (
                format!("{header}.{}.x", &payload[..9]),
                "a token whose payload is cut off: its length is not base64url's",
            ),
            (format!("{header}.{}.x", &payload[..8]), "a token whose payload is cut off: its JSON ends too early"),
            (
                format!("{header}.aGVsbG8.x"),
                "a token whose payload is not a JSON object: expected value at line 1 column 1",
            ),
            (
                format!("{header}.{payload}.{}", &signature[..200]),
                "a token whose signature is cut off: 150 bytes, where RS256 makes 128 or 256 or 384 or 512 or 1024",
            ),
            (format!("{good}\","), "a token whose signature is not base64url at character 343"),
        ];
        for (text, words) in cases {
            let error = read(&text).expect_err(words);
            assert_eq!(error.to_string(), format!("this is {words}"), "{text}");
            assert!(error.help_text().is_some(), "{text}");
        }
    }

    #[test]
    fn what_is_whole_is_read() {
        for name in ["rs256", "ps256", "es256", "hs256", "none"] {
            assert!(read(&fixture(name)).is_ok(), "{name}");
        }
        let good = unsigned(&json!({"sub": "u1"}));
        assert!(read(&format!("Bearer {good}")).unwrap().0);
        let (rest, _) = good.rsplit_once('.').unwrap();
        for sanitized in ["", "redacted", "***"] {
            assert!(read(&format!("{rest}.{sanitized}")).is_ok(), "{sanitized}");
        }
    }
}
