//! A rule written again from what the build made of it, where the author's schema is not at hand.

use super::role::{Asks, Role};
use crate::api::AuthMode;
use crate::explain::rule::{Known, Subject};
use crate::report::AuthorRule;

/// The rule that a branch of a generated template was made of, without what the template does not show: on which
/// field it stands, which operations it names. `None` where several rules could have led to the branch.
pub(super) fn rule(known: &Known, mode: AuthMode) -> Option<AuthorRule> {
    let role = Role::of(known, mode)?;
    let provider = match role.mode {
        AuthMode::Oidc => ", provider: oidc",
        _ => "",
    };
    let text = match role.asks {
        Asks::Mode => match role.mode {
            AuthMode::ApiKey => "{ allow: public }".to_owned(),
            AuthMode::Lambda => "{ allow: custom }".to_owned(),
            _ => return None,
        },
        Asks::IamRole { signed_in: true, guest: false } => "{ allow: private, provider: identityPool }".to_owned(),
        Asks::IamRole { signed_in: false, guest: true } => "{ allow: public, provider: identityPool }".to_owned(),
        Asks::IamRole { .. } => return None,
        Asks::Groups(subject) => {
            let groups: Vec<String> = subject.wanted.iter().map(|group| format!("\"{group}\"")).collect();
            format!("{{ allow: groups, groups: [{}]{}{provider} }}", groups.join(", "), group_claim(subject))
        }
        Asks::Field(subject) => {
            let field = subject.object.as_deref()?.rsplit('.').next()?;
            match known.rule.kind {
                "dynamicGroup" => {
                    format!("{{ allow: groups, groupsField: \"{field}\"{}{provider} }}", group_claim(subject))
                }
                "owner" => {
                    let field = if field == "owner" { String::new() } else { format!(", ownerField: \"{field}\"") };
                    format!("{{ allow: owner{field}{}{provider} }}", identity_claim(subject))
                }
                _ => return None,
            }
        }
    };
    Some(AuthorRule { text, reconstructed: true, ..AuthorRule::default() })
}

fn group_claim(subject: &Subject) -> String {
    match subject.claims.as_slice() {
        [claim] if claim != "cognito:groups" => format!(", groupClaim: \"{claim}\""),
        _ => String::new(),
    }
}

/// The claims that say who the caller is; by default his `sub` and his name.
fn identity_claim(subject: &Subject) -> String {
    let named = |claim: &String| matches!(claim.as_str(), "username" | "cognito:username");
    let (names, others): (Vec<&String>, Vec<&String>) = subject.claims.iter().partition(|claim| named(claim));
    match (others.as_slice(), names.is_empty()) {
        ([sub], false) if *sub == "sub" => String::new(),
        ([], true) => String::new(),
        ([], false) => ", identityClaim: \"username\"".to_owned(),
        (others, _) => {
            let joined = others.iter().map(|claim| claim.as_str()).collect::<Vec<_>>().join("::");
            format!(", identityClaim: \"{joined}\"")
        }
    }
}
