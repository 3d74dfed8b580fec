//! Tokens: taken apart by hand, so that a malformed one can be explained, and verified with given keys.
//!
//! The only file that names the JWT library. It is asked for signatures alone: clocks, issuers and audiences are
//! the gate's.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value as Json};

use super::jwks::KeySet;

/// A JWT, read without verifying it.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodedToken {
    /// The header: `alg`, `kid` …
    pub header: Map<String, Json>,
    /// The payload.
    pub claims: Map<String, Json>,
    /// Header, payload and signature as written.
    pub segments: [String; 3],
}

impl DecodedToken {
    /// The signature's algorithm, as the header names it.
    pub fn algorithm(&self) -> Option<&str> {
        self.header.get("alg").and_then(Json::as_str)
    }

    /// The id of the key it was signed with.
    pub fn key_id(&self) -> Option<&str> {
        self.header.get("kid").and_then(Json::as_str)
    }

    /// A claim that is a text.
    pub fn text_claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Json::as_str)
    }

    /// The token as written.
    pub fn text(&self) -> String {
        self.segments.join(".")
    }

    /// Whether a sanitizer took the signature out: nothing is left of it, or less than any algorithm makes.
    pub fn signature_removed(&self) -> bool {
        let [_, _, signature] = &self.segments;
        URL_SAFE_NO_PAD.decode(signature).map_or(true, |bytes| bytes.len() < 32)
    }
}

/// Why a text is no JWT. `{}` says it in words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenFault {
    /// Nothing there.
    Empty,
    /// A blank or line break inside; its position in characters, from 1.
    Whitespace(usize),
    /// Quotation marks around it.
    Quoted,
    /// Not three parts.
    Parts(usize),
    /// Five parts: an encrypted token.
    Encrypted,
    /// A part is not base64url: which, and the position in it from 1 (0: its length is wrong).
    Base64(&'static str, usize),
    /// A part is not a JSON object: which, and why.
    NotJson(&'static str, String),
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenFault::Empty => f.write_str("an empty text"),
            TokenFault::Whitespace(at) => write!(f, "a text with a blank or line break at character {at}"),
            TokenFault::Quoted => f.write_str("a token in quotation marks"),
            TokenFault::Parts(1) => {
                f.write_str("a text of one part, where a JWT has three with dots between: an opaque token")
            }
            TokenFault::Parts(2) => f.write_str("a token of two parts, where a JWT has three: unsigned, or cut off"),
            TokenFault::Parts(n) => write!(f, "a text of {n} parts, where a JWT has three"),
            TokenFault::Encrypted => f.write_str("a token of five parts: encrypted (JWE), not a signed JWT"),
            TokenFault::Base64(part, 0) => write!(f, "a token whose {part} is cut off: its length is not base64url's"),
            TokenFault::Base64(part, at) => write!(f, "a token whose {part} is not base64url at character {at}"),
            TokenFault::NotJson(part, why) => write!(f, "a token whose {part} is not a JSON object: {why}"),
        }
    }
}

/// The text after a `Bearer ` prefix, and whether there was one.
pub fn strip_bearer(text: &str) -> (bool, &str) {
    match text.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer ") => (true, rest.trim_start_matches(' ')),
        _ => (false, text),
    }
}

/// Takes a JWT apart. Its signature is not looked at, so that tokens whose signature a sanitizer took out still
/// say whose they are. Blanks around it are of no account (HTTP drops them); a `Bearer ` prefix is the caller's to
/// strip and to report.
///
/// # Errors
///
/// What keeps the text from being a JWT.
pub fn decode(text: &str) -> Result<DecodedToken, TokenFault> {
    let text = text.trim_matches([' ', '\t']);
    if text.is_empty() {
        return Err(TokenFault::Empty);
    }
    if text.starts_with(['"', '\'']) {
        return Err(TokenFault::Quoted);
    }
    if let Some(at) = text.chars().position(char::is_whitespace) {
        return Err(TokenFault::Whitespace(at + 1));
    }
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        [header, payload, signature] => Ok(DecodedToken {
            header: read_part("header", header)?,
            claims: read_part("payload", payload)?,
            segments: [(*header).to_owned(), (*payload).to_owned(), (*signature).to_owned()],
        }),
        [_, _, _, _, _] => Err(TokenFault::Encrypted),
        other => Err(TokenFault::Parts(other.len())),
    }
}

fn read_part(part: &'static str, text: &str) -> Result<Map<String, Json>, TokenFault> {
    use base64::DecodeError::InvalidByte;
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|error| match error {
        InvalidByte(at, _) => TokenFault::Base64(part, at + 1),
        // A wrong length, or a last symbol with bits that no byte uses: characters are missing after it.
        _ => TokenFault::Base64(part, 0),
    })?;
    match serde_json::from_slice(&bytes) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(other) => Err(TokenFault::NotJson(part, format!("it is {}", crate::json_file::describe(&other)))),
        Err(error) => Err(TokenFault::NotJson(part, error.to_string())),
    }
}

/// What became of a token's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// A given key made it.
    Valid,
    /// No given key made it, or it could never be valid; why.
    Invalid(String),
    /// None of the given keys has the token's key id.
    UnknownKey,
    /// Not checked; why.
    NotChecked(String),
}

/// The algorithms AppSync verifies (AppSync developer guide, "OPENID_CONNECT authorization").
const ALGORITHMS: [&str; 12] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "HS256", "HS384", "HS512", "ES256", "ES384", "ES512"];

/// Verifies a token's signature with given keys. Its claims are not looked at.
pub fn verify(token: &DecodedToken, keys: Option<&KeySet>) -> SignatureVerdict {
    let name = token.algorithm().unwrap_or("none");
    if !ALGORITHMS.contains(&name) {
        return SignatureVerdict::Invalid(format!("AppSync does not verify algorithm {name}"));
    }
    if token.signature_removed() {
        return SignatureVerdict::NotChecked("the capture's signature was removed".to_owned());
    }
    let Some(keys) = keys else {
        return SignatureVerdict::NotChecked("not checked: no --jwks".to_owned());
    };
    let Ok(algorithm) = name.parse::<Algorithm>() else {
        return SignatureVerdict::NotChecked(format!("not checked: {name} is not supported here"));
    };
    let candidates = keys.candidates(token.key_id());
    if candidates.is_empty() {
        return SignatureVerdict::UnknownKey;
    }
    let [header, payload, signature] = &token.segments;
    let message = format!("{header}.{payload}");
    let mut reason = "the signature does not match the key".to_owned();
    for candidate in candidates {
        let key = serde_json::from_value::<Jwk>(candidate.clone()).map_err(|error| error.to_string());
        let key = key.and_then(|jwk| DecodingKey::from_jwk(&jwk).map_err(|error| error.to_string()));
        match key {
            Err(_) => reason = "the key in the JWKS cannot be used".to_owned(),
            Ok(key) if !key.family().algorithms().contains(&algorithm) => {
                reason = format!("the key is not one for {name}");
            }
            Ok(key) => {
                if let Ok(true) = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, algorithm) {
                    return SignatureVerdict::Valid;
                }
            }
        }
    }
    SignatureVerdict::Invalid(reason)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    const TOKENS: &str = include_str!("../../tests/fixtures/tokens/tokens.json");

    /// A token of the fixtures, signed by the key in `jwks.json`.
    pub(crate) fn fixture(name: &str) -> String {
        let tokens: Json = serde_json::from_str(TOKENS).unwrap();
        tokens[name].as_str().unwrap_or_else(|| panic!("no token {name}")).to_owned()
    }

    /// The public keys of the fixtures.
    pub(crate) fn keys() -> KeySet {
        KeySet::read("jwks.json", include_str!("../../tests/fixtures/tokens/jwks.json")).unwrap()
    }

    /// A token with claims and a signature that nothing made.
    pub(crate) fn unsigned(claims: &Json) -> String {
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}.{}", part(&json!({"alg": "RS256", "kid": "k"})), part(claims), "A".repeat(342))
    }

    #[test]
    fn a_malformed_token_says_what_is_wrong_with_it() {
        let good = unsigned(&json!({"sub": "u1"}));
        let (header, rest) = good.split_once('.').unwrap();
        let cases = [
            (String::new(), "an empty text"),
            ("  ".into(), "an empty text"),
            (format!("{header}\n.{rest}"), "a text with a blank or line break at character 35"),
            (format!("{good}\n"), &*format!("a text with a blank or line break at character {}", good.len() + 1)),
            (format!("\"{good}\""), "a token in quotation marks"),
            ("3f2a9c".into(), "a text of one part, where a JWT has three with dots between: an opaque token"),
            (header.to_owned() + ".e30", "a token of two parts, where a JWT has three: unsigned, or cut off"),
            ("a.b.c.d".into(), "a text of 4 parts, where a JWT has three"),
            ("a.b.c.d.e".into(), "a token of five parts: encrypted (JWE), not a signed JWT"),
            ("ey$0.e30.x".into(), "a token whose header is not base64url at character 3"),
            (format!("{header}.e.x"), "a token whose payload is cut off: its length is not base64url's"),
            ("aGVsbG8.e30.x".into(), "a token whose header is not a JSON object: expected value at line 1 column 1"),
            (format!("{header}.WzFd.x"), "a token whose payload is not a JSON object: it is a list of 1"),
        ];
        for (text, words) in cases {
            assert_eq!(decode(&text).unwrap_err().to_string(), words, "{text:?}");
        }
        assert_eq!(decode(&format!(" {good} ")).unwrap().text(), good);
    }

    #[test]
    fn a_bearer_prefix_is_taken_off_once() {
        assert_eq!(strip_bearer("Bearer  a.b.c"), (true, "a.b.c"));
        assert_eq!(strip_bearer("bearer a.b.c"), (true, "a.b.c"));
        assert_eq!(strip_bearer("Bearer: a.b.c"), (false, "Bearer: a.b.c"));
        assert_eq!(strip_bearer("Bearer Bearer a"), (true, "Bearer a"));
        assert_eq!(strip_bearer("ключ"), (false, "ключ"));
    }

    #[test]
    fn signatures_are_verified_with_the_keys_given() {
        let keys = keys();
        let verdict = |token: &str| verify(&decode(token).unwrap(), Some(&keys));
        for name in ["rs256", "ps256", "es256", "hs256", "expired", "no_kid"] {
            assert_eq!(verdict(&fixture(name)), SignatureVerdict::Valid, "{name}");
        }
        let valid = fixture("rs256");
        let (rest, signature) = valid.rsplit_once('.').unwrap();
        let (header, _) = rest.split_once('.').unwrap();
        let forged = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode("{\"sub\":\"root\"}"));
        assert_eq!(verdict(&forged), SignatureVerdict::Invalid("the signature does not match the key".into()));
        assert_eq!(verdict(&fixture("unknown_key")), SignatureVerdict::UnknownKey);
        assert_eq!(
            verdict(&fixture("hs256_with_rsa_key")),
            SignatureVerdict::Invalid("the key is not one for HS256".into())
        );
        assert_eq!(
            verdict(&fixture("none")),
            SignatureVerdict::Invalid("AppSync does not verify algorithm none".into())
        );
        for sanitized in [format!("{rest}."), format!("{rest}.redacted"), format!("{rest}.***")] {
            assert_eq!(verdict(&sanitized), SignatureVerdict::NotChecked("the capture's signature was removed".into()));
        }
        let unchecked = verify(&decode(&valid).unwrap(), None);
        assert_eq!(unchecked, SignatureVerdict::NotChecked("not checked: no --jwks".into()));
    }
}
