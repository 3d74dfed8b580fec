//! A rule written again from what the build made of it, where the author's schema is not at hand.

use super::links::{Link, Links};
use super::role::{Asks, Role};
use crate::api::AuthMode;
use crate::explain::rule::{Known, Subject};
use crate::report::AuthorRule;

/// The rule that a branch of a generated template was made of, without what the template does not show: on which
/// field it stands, which operations it names. `None` where several rules could have led to the branch.
pub(super) fn rule(known: &Known, mode: AuthMode, links: &Links) -> Option<AuthorRule> {
    let role = Role::of(known, mode)?;
    let provider = match role.mode {
        AuthMode::Oidc => ", provider: oidc",
        _ => "",
    };
    let text = match role.asks {
        // What lets callers in for more than their mode is another rule's.
        Asks::Mode if known.rule.blocked_by.is_none() && !known.subject.mode_alone => return None,
        Asks::Mode => match role.mode {
            AuthMode::ApiKey => "{ allow: public }".to_owned(),
            AuthMode::Lambda => "{ allow: custom }".to_owned(),
            AuthMode::UserPool | AuthMode::Oidc if known.subject.mode_alone => {
                format!("{{ allow: private{provider} }}")
            }
            _ => return None,
        },
        Asks::IamRole { signed_in: true, guest: false } => "{ allow: private, provider: identityPool }".to_owned(),
        Asks::IamRole { signed_in: false, guest: true } => "{ allow: public, provider: identityPool }".to_owned(),
        Asks::IamRole { .. } => return None,
        Asks::Groups(subject) => {
            let groups: Vec<String> = subject.wanted.iter().map(|group| format!("\"{group}\"")).collect();
            format!("{{ allow: groups, groups: [{}]{}{provider} }}", groups.join(", "), group_claim(&subject.claims))
        }
        Asks::Field(subject) => {
            let link = link(subject, role.mode, links)?;
            let field = &link.attribute;
            if link.of_groups() {
                format!("{{ allow: groups, groupsField: \"{field}\"{}{provider} }}", group_claim(&link.claims))
            } else {
                let field = if field == "owner" { String::new() } else { format!(", ownerField: \"{field}\"") };
                format!("{{ allow: owner{field}{}{provider} }}", identity_claim(&link.claims))
            }
        }
    };
    Some(AuthorRule { text, reconstructed: true, ..AuthorRule::default() })
}

/// What the templates hold the attribute against that a branch asks for, or the attribute that alone is held against
/// the claims which it asks for.
fn link<'l>(subject: &Subject, mode: AuthMode, links: &'l Links) -> Option<&'l Link> {
    let attribute = match &subject.object {
        Some(object) => object.rsplit('.').next()?,
        None if subject.wanted.is_empty() => links.only(mode, &subject.claims)?,
        None => return None,
    };
    links.widest(mode, attribute, &subject.claims)
}

fn group_claim(claims: &[String]) -> String {
    match claims {
        [claim] if claim != "cognito:groups" => format!(", groupClaim: \"{claim}\""),
        _ => String::new(),
    }
}

/// The claims that say who the caller is; by default his `sub` and his name. An ID token calls the name
/// `cognito:username`: the same to the author.
fn identity_claim(claims: &[String]) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for claim in claims {
        let part = if claim == "cognito:username" { "username" } else { claim };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    match parts.as_slice() {
        ["sub", "username"] => String::new(),
        parts => format!(", identityClaim: \"{}\"", parts.join("::")),
    }
}
