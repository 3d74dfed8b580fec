//! The claims of Cognito's tokens: what each means, and which kind of token carries it (Cognito developer guide, "Using
//! the ID token", "Using the access token").

use serde::Serialize;

/// Which tokens of a login carry a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Carrier {
    /// The ID token and the access token.
    Both,
    /// The ID token.
    Id,
    /// The access token.
    Access,
    /// Neither, unless a trigger adds it.
    Neither,
}

/// Claim, carrier, meaning.
const CLAIMS: &[(&str, Carrier, &str)] = &[
    ("sub", Carrier::Both, "the user's id, which never changes"),
    ("cognito:groups", Carrier::Both, "the user's groups when the token was issued"),
    ("iss", Carrier::Both, "the pool that issued it"),
    ("token_use", Carrier::Both, "which kind of token it is"),
    ("auth_time", Carrier::Both, "when the user signed in"),
    ("iat", Carrier::Both, "when it was issued"),
    ("exp", Carrier::Both, "until when it is good"),
    ("nbf", Carrier::Both, "since when it is good"),
    ("jti", Carrier::Both, "the token's own id"),
    ("origin_jti", Carrier::Both, "the login it comes from"),
    ("event_id", Carrier::Both, "the sign-in it comes from"),
    ("aud", Carrier::Id, "the app client it was made for"),
    ("cognito:username", Carrier::Id, "the user's name in the pool"),
    ("cognito:roles", Carrier::Id, "IAM roles of the user's groups"),
    ("cognito:preferred_role", Carrier::Id, "the IAM role of the user's first group"),
    ("nonce", Carrier::Id, "what the app sent along, to know its own login again"),
    ("identities", Carrier::Id, "who vouched for the user: Google, SAML …"),
    ("email", Carrier::Id, "an attribute of the user"),
    ("email_verified", Carrier::Id, "whether the pool has seen the mail address work"),
    ("phone_number", Carrier::Id, "an attribute of the user"),
    ("phone_number_verified", Carrier::Id, "whether the pool has seen the number work"),
    ("client_id", Carrier::Access, "the app client it was made for"),
    ("username", Carrier::Access, "the user's name in the pool"),
    ("scope", Carrier::Access, "what it was made for; AppSync does not look at it"),
    ("device_key", Carrier::Access, "the user's device"),
    ("version", Carrier::Access, "the version of the token's form"),
];

/// Attributes of OpenID Connect that a user of a pool may have.
const ATTRIBUTES: [&str; 16] = [
    "address",
    "birthdate",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
    "email",
];

/// Which of a pool's tokens carry a claim.
pub(super) fn carrier(claim: &str) -> Carrier {
    match CLAIMS.iter().find(|(name, ..)| *name == claim) {
        Some((_, carrier, _)) => *carrier,
        None if claim.starts_with("custom:") || ATTRIBUTES.contains(&claim) => Carrier::Id,
        None => Carrier::Neither,
    }
}

/// What a claim means; nothing where nobody but the API's author knows.
pub(super) fn meaning(claim: &str) -> Option<&'static str> {
    if let Some((_, _, meaning)) = CLAIMS.iter().find(|(name, ..)| *name == claim) {
        return Some(meaning);
    }
    match claim {
        "azp" => Some("the client it was made for"),
        _ if claim.starts_with("custom:") => Some("an attribute of the user that the pool's owner defined; a text"),
        _ if ATTRIBUTES.contains(&claim) => Some("an attribute of the user"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_token_carries_what() {
        for (claim, expected) in [
            ("sub", Carrier::Both),
            ("cognito:groups", Carrier::Both),
            ("custom:tenant", Carrier::Id),
            ("email", Carrier::Id),
            ("given_name", Carrier::Id),
            ("cognito:username", Carrier::Id),
            ("username", Carrier::Access),
            ("client_id", Carrier::Access),
            ("tenant", Carrier::Neither),
        ] {
            assert_eq!(carrier(claim), expected, "{claim}");
        }
    }
}
