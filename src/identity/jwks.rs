//! Key sets to verify tokens with, as issuers publish them.

use serde_json::Value as Json;

use crate::error::{Error, ErrorKind, Result};
use crate::json_file;

/// A JSON Web Key Set (RFC 7517).
#[derive(Debug, Clone, PartialEq)]
pub struct KeySet {
    keys: Vec<Json>,
}

impl KeySet {
    /// Reads a JWKS file: `{"keys": [..]}`, or one key alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Token`] with the place: no JSON, no key in it, a key without `kty`.
    pub fn read(file: &str, text: &str) -> Result<KeySet> {
        let error = |message: String| Error::new(ErrorKind::Token, message).in_file(file);
        let help = "an issuer publishes its keys: ISSUER/.well-known/jwks.json";
        let json = json_file::parse(ErrorKind::Token, file, text)?;
        let keys = match &json {
            Json::Object(members) if members.contains_key("kty") => vec![json.clone()],
            Json::Object(members) => match members.get("keys") {
                Some(Json::Array(keys)) => keys.clone(),
                _ => return Err(error(format!("not a JWKS: this is {}", json_file::describe(&json))).help(help)),
            },
            _ => return Err(error(format!("not a JWKS: this is {}", json_file::describe(&json))).help(help)),
        };
        if keys.is_empty() {
            return Err(error("the JWKS holds no keys".to_owned()).help(help));
        }
        if let Some(index) = keys.iter().position(|key| key.get("kty").and_then(Json::as_str).is_none()) {
            return Err(error(format!("`keys[{index}]` is not a key: it has no `kty`")));
        }
        Ok(KeySet { keys })
    }

    /// The keys a token may be signed with: those of its key id, or all where it names none.
    pub(super) fn candidates(&self, key_id: Option<&str>) -> Vec<&Json> {
        let of_id = |key: &&Json| key_id.is_none() || key.get("kid").and_then(Json::as_str) == key_id;
        self.keys.iter().filter(of_id).collect()
    }

    /// The ids of its keys, for messages.
    pub fn key_ids(&self) -> Vec<&str> {
        self.keys.iter().filter_map(|key| key.get("kid").and_then(Json::as_str)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_key_set_says_what_it_is() {
        let cases = [
            ("", "k.json: the file is empty"),
            ("{\"keys\":[{\"kty\":", "k.json:1:16: the file ends in the middle of a value, at `keys[0].kty`"),
            ("{\"issuer\":\"x\"}", "k.json: not a JWKS: this is an object with the keys `issuer`"),
            ("[]", "k.json: not a JWKS: this is a list of 0"),
            ("{\"keys\":[]}", "k.json: the JWKS holds no keys"),
            ("{\"keys\":[{\"kty\":\"RSA\"},{}]}", "k.json: `keys[1]` is not a key: it has no `kty`"),
        ];
        for (text, message) in cases {
            assert_eq!(KeySet::read("k.json", text).unwrap_err().to_string(), message);
        }
        let one = KeySet::read("k.json", r#"{"kty":"oct","k":"AA","kid":"a"}"#).unwrap();
        assert_eq!((one.key_ids(), one.candidates(Some("b")).len()), (vec!["a"], 0));
    }
}
