//! Which claims, and which members of other objects, name a person. One list for explanations, edits and redaction.

/// Names that say who somebody is.
const IDENTIFYING: [&str; 6] = ["sub", "username", "email", "user_id", "phone_number", "preferred_username"];

/// More names of what belongs to a person alone, as they are written without `_`, `-` and capitals.
const PERSONAL: [&str; 17] = [
    "owner",
    "owners",
    "userid",
    "phonenumber",
    "phone",
    "emailaddress",
    "preferredusername",
    "givenname",
    "familyname",
    "middlename",
    "firstname",
    "lastname",
    "fullname",
    "nickname",
    "birthdate",
    "cognitoidentityid",
    "sourceip",
];

/// Whether a claim says who somebody is, rather than what he belongs to: `sub`, `cognito:username`, `custom:email`.
pub fn identifies(claim: &str) -> bool {
    let claim = claim.to_ascii_lowercase();
    IDENTIFYING.iter().any(|name| claim == *name || claim.ends_with(&format!(":{name}")))
}

/// Whether a member of this name holds what belongs to a person alone, however it is written: `phoneNumber`,
/// `given_name`.
pub fn is_personal(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    identifies(name) || PERSONAL.contains(&plain.as_str())
}

/// As [`is_personal`], of a claim: there a name is a person's.
pub fn is_personal_claim(claim: &str) -> bool {
    is_personal(claim) || matches!(claim, "name" | "address" | "picture" | "profile" | "website")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_person() {
        for (name, identifying, personal, claim) in [
            ("sub", true, true, true),
            ("cognito:username", true, true, true),
            ("custom:email", true, true, true),
            ("phoneNumber", false, true, true),
            ("given_name", false, true, true),
            ("name", false, false, true),
            ("cognito:groups", false, false, false),
            ("custom:tenant", false, false, false),
            ("title", false, false, false),
        ] {
            assert_eq!(
                (identifies(name), is_personal(name), is_personal_claim(name)),
                (identifying, personal, claim),
                "{name}"
            );
        }
    }
}
