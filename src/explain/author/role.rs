//! Whom a branch admits, in the terms of `@auth`.

use super::rule::{AuthRule, Strategy};
use crate::api::AuthMode;
use crate::explain::rule::{Known, Subject};

/// Whom a branch admits.
#[derive(Debug)]
pub(super) struct Role<'k> {
    /// The mode of those whom it admits.
    pub mode: AuthMode,
    /// What it asks.
    pub asks: Asks<'k>,
    /// Whether the branch is one of a rule that asks for the mode alone.
    pub mode_alone: bool,
}

/// What a branch asks besides the mode.
#[derive(Debug)]
pub(super) enum Asks<'k> {
    /// Nothing but the mode: some rule of that mode, whichever.
    Mode,
    /// For the role of signed-in callers of an identity pool, or for that of guests.
    IamRole {
        /// The role of signed-in callers.
        signed_in: bool,
        /// The role of guests.
        guest: bool,
    },
    /// For one of the groups that the template names.
    Groups(&'k Subject),
    /// For a value of the record, an argument or the parent, or for a claim to be there.
    Field(&'k Subject),
}

impl<'k> Role<'k> {
    /// Whom a branch admits; `None` for what no `@auth` rule asks.
    pub(super) fn of(known: &'k Known, mode: AuthMode) -> Option<Role<'k>> {
        let subject = &known.subject;
        let asked =
            AuthMode::ALL.into_iter().find(|mode| subject.wanted.first().is_some_and(|w| w == mode.auth_type()));
        if let Some(asked) = asked {
            return Some(Role { mode: asked, asks: Asks::Mode, mode_alone: subject.mode_alone });
        }
        let asks = match known.rule.kind {
            "adminRole" => return None,
            "iamRole" => iam_role(known)?,
            "staticGroup" if subject.object.is_none() && !subject.wanted.is_empty() => Asks::Groups(subject),
            _ if subject.object.is_some() || !subject.claims.is_empty() => Asks::Field(subject),
            _ => return None,
        };
        Some(Role { mode, asks, mode_alone: false })
    }

    /// Whether it asks for nothing but a mode.
    pub(super) fn is_mode(&self) -> bool {
        matches!(self.asks, Asks::Mode)
    }

    /// Whether a rule asks for the same.
    pub(super) fn fits(&self, rule: &AuthRule) -> bool {
        if rule.mode() != Some(self.mode) {
            return false;
        }
        let strategy = rule.strategy();
        match &self.asks {
            Asks::Mode => true,
            Asks::IamRole { signed_in, guest } => match strategy {
                Some(Strategy::Private) => *signed_in,
                Some(Strategy::Public) => *guest,
                _ => false,
            },
            Asks::Groups(subject) => {
                strategy == Some(Strategy::StaticGroups)
                    && rule.groups().iter().any(|group| subject.wanted.iter().any(|wanted| wanted == group))
                    && (subject.claims.is_empty() || subject.claims.iter().any(|claim| claim == rule.group_claim()))
            }
            Asks::Field(subject) => match (&subject.object, rule.record_field()) {
                (_, None) => false,
                (Some(object), Some(field)) => object.rsplit('.').next() == Some(field),
                (None, Some(_)) => subject.claims.iter().any(|claim| rule.reads(claim)),
            },
        }
    }

    /// Of the rules that fit, those that also read the claims which the branch read, if any does; of a branch that asks
    /// for the mode alone, those that ask for no more.
    pub(super) fn closest<'r>(&self, found: Vec<&'r AuthRule>) -> Vec<&'r AuthRule> {
        let closer = |rule: &&AuthRule| match &self.asks {
            Asks::Field(subject) => subject.claims.iter().any(|claim| rule.reads(claim)),
            Asks::Mode => self.mode_alone && !rule.asks(),
            _ => false,
        };
        if found.iter().any(closer) { found.into_iter().filter(closer).collect() } else { found }
    }
}

/// Which of the two roles of an identity pool a condition compares the caller with. Amplify keeps their ARNs in
/// the stash, under these names. A condition that only asks whether the caller came through an identity pool at all is
/// the API's own, not a rule's.
fn iam_role<'k>(known: &Known) -> Option<Asks<'k>> {
    let text = &known.rule.blocked_by.as_ref()?.text;
    let guest = text.contains("unauthRole");
    let signed_in = text.replace("unauthRole", "").contains("authRole") || text.contains("cognitoIdentityAuthType");
    (guest || signed_in).then_some(Asks::IamRole { signed_in, guest })
}
