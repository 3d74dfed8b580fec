//! The sentence for the check that refused: what a reader needs first, above the list of checks.

/// Why a check refused, from what it found and what it expected.
pub(super) fn because(code: &str, found: &str, expected: &str) -> String {
    let thing = found.starts_with("a ") || found.starts_with("an ");
    match code {
        "no-credential" => format!("the request carries {found}; expected {expected}"),
        "mode-not-configured" if thing => format!("{found} was sent, and the API's modes are: {expected}"),
        "mode-not-configured" => format!("{found}, and the API's modes are: {expected}"),
        "wrong-credential-kind" | "not-a-jwt" if thing => format!("Authorization holds {found}; expected {expected}"),
        "bearer-prefix" => format!("Authorization starts with {found}; send {expected}"),
        "token-expired" => format!("the token has expired: {found}"),
        "token-not-yet-valid" => format!("the token is not valid yet: {found}"),
        "issuer-mismatch" => format!("the token is of another issuer: {found}; expected {expected}"),
        "client-id-mismatch" => format!("the token is for another client: {found}; expected {expected}"),
        "token-ttl-exceeded" => format!("the token is too old for this API: {found}; expected {expected}"),
        "authorizer-denied" => format!("the Lambda authorizer said no: {found}. The message is AppSync's own, always"),
        "sigv4-mismatch" => format!("the signature does not fit the request: {found}; expected {expected}"),
        "sigv4-scope" => format!("the request is signed for {found}; expected {expected}"),
        "api-key-expired" => found.to_owned(),
        _ if expected.is_empty() => found.to_owned(),
        _ => format!("{found}; expected {expected}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_says_what_was_sent_before_what_was_expected() {
        for (code, found, expected, sentence) in [
            ("not-a-jwt", "an empty text", "a JWT", "Authorization holds an empty text; expected a JWT"),
            ("mode-not-configured", "an API key", "IAM", "an API key was sent, and the API's modes are: IAM"),
            (
                "mode-not-configured",
                "the caller comes by IAM",
                "API key",
                "the caller comes by IAM, and the API's modes are: API key",
            ),
            ("wrong-credential-kind", "the access key is", "another", "the access key is; expected another"),
            ("token-expired", "exp 3", "after 4", "the token has expired: exp 3"),
            ("session-token-expired", "the session ends", "", "the session ends"),
        ] {
            assert_eq!(because(code, found, expected), sentence);
        }
    }
}
