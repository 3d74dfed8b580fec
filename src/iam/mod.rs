//! IAM policies: may this caller call `appsync:GraphQL` on this field?
//!
//! Knows policies, ARNs and condition keys; knows neither schema nor templates nor where policies come from. The
//! algorithm is IAM's for a caller of the API's own account (IAM user guide, "Policy evaluation logic"); AppSync has no
//! resource policies. What nobody gave is never guessed: a decision that hangs on it is open, and names it.

mod arn;
mod condition;
mod edit;
mod keys;
mod miss;
mod pattern;
mod policy;
#[cfg(test)]
mod tests;
mod truth;

use indexmap::IndexMap;
use serde_json::Value as Json;

pub use arn::ApiArn;
pub use edit::edit_policies;
pub use keys::Circumstances;
pub use miss::Miss;
pub use pattern::wildcards_match;
pub use policy::Policy;

use arn::FieldArn;
use keys::Keys;
use pattern::{Fit, NoPattern, Part, Pattern, Reading};
use policy::{Effect, Names, Statement};
use truth::Truth;

/// The action that every GraphQL request asks for.
const ACTION: &str = "appsync:GraphQL";

/// What a person said about a caller's permissions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Permissions {
    /// All of the identity's policies; `None` when nobody gave them.
    pub policies: Option<Vec<Policy>>,
    /// The permissions boundary.
    pub boundary: Option<Vec<Policy>>,
    /// The session's policies.
    pub session: Option<Vec<Policy>>,
    /// The organization's service control policies.
    pub control: Option<Vec<Policy>>,
    /// Values of condition keys; `None` for a key that the request does not have.
    pub keys: IndexMap<String, Option<Vec<String>>>,
}

/// A decision on one field.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// A statement allows it.
    Allowed {
        /// Which, in words.
        by: String,
        /// Parameters of the ARN that nobody gave and that the statement's pattern was taken to have right.
        open: Vec<&'static str>,
    },
    /// Refused.
    Denied(Denial),
    /// A condition hangs on keys that nobody gave.
    KeysMissing {
        /// The keys.
        keys: Vec<String>,
        /// The statement that asks for them, in words.
        by: String,
    },
    /// No known policy allows it, and there may be others.
    PoliciesMissing {
        /// What came nearest, where some policies are known.
        nearest: Option<Miss>,
    },
}

/// Why a field is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Denial {
    /// `iam-explicit-deny`, `iam-no-allow`, `iam-near-miss`
    pub code: &'static str,
    /// One sentence.
    pub text: String,
    /// The statement that denies, or that comes nearest, in words.
    pub statement: Option<String>,
    /// How the nearest one misses.
    pub nearest: Option<Miss>,
    /// Parameters of the ARN that nobody gave and that the statement's pattern was taken to have right.
    pub open: Vec<&'static str>,
    /// The policies that refuse, by the member of the caller's facts that holds them; none when it is not known which.
    pub layer: Option<&'static str>,
    /// Policy and number of the statement that denies.
    pub denies: Option<(String, usize)>,
    /// The field's ARN as a statement that allows it would name it.
    pub arn: String,
}

/// The policies of a caller: the member of his facts that holds them, and what people call them.
const LAYERS: [(&str, &str); 3] = [
    ("serviceControlPolicies", "service control policy"),
    ("boundary", "permissions boundary"),
    ("sessionPolicy", "session policy"),
];

/// The member of the facts that holds the caller's own policies.
const OWN: &str = "policies";

/// One caller's permissions on one API.
#[derive(Debug, Clone)]
pub struct Access {
    permissions: Permissions,
    /// Policies that the build shows of the caller's role. There may be others.
    build: Vec<Policy>,
    keys: Keys,
    api: ApiArn,
    /// The account's root user needs no policy.
    is_root: bool,
}

/// A statement, and the policy it is in.
type Found<'a> = (&'a Policy, &'a Statement);

/// What the policies of one kind make of a field.
enum Verdict<'a> {
    Applies(Found<'a>, Fit),
    /// These keys decide, of that statement.
    Unknown(Vec<String>, Found<'a>),
    Nothing,
}

impl Access {
    /// What a caller may do, whose `$ctx.identity` is given. `build` are policies that a build shows of his role.
    pub fn new(
        permissions: Permissions,
        build: Vec<Policy>,
        identity: &Json,
        api: ApiArn,
        around: Circumstances<'_>,
    ) -> Access {
        let keys = Keys::of(identity, &permissions.keys, around);
        let arn = identity.get("userArn").and_then(Json::as_str).unwrap_or_default();
        let is_root = arn.splitn(6, ':').nth(5) == Some("root");
        Access { permissions, build, keys, api, is_root }
    }

    /// Whether the caller may access a field.
    pub fn decide(&self, type_name: &str, field: &str) -> Decision {
        let arn = FieldArn::new(&self.api, type_name, field);
        let target = arn.parts();
        let Permissions { policies, boundary, session, control, .. } = &self.permissions;
        let own = policies.as_ref().unwrap_or(&self.build);
        let layers = LAYERS.into_iter().zip([control, boundary, session]);
        let layers: Vec<_> = layers.filter_map(|(layer, given)| Some((layer, given.as_ref()?))).collect();
        let mut open = None;
        for (member, policies) in layers.iter().map(|((member, _), given)| (*member, *given)).chain([(OWN, own)]) {
            match self.verdict(policies, Effect::Deny, &target) {
                Verdict::Applies(found, fit) => return Decision::Denied(explicit(found, member, &arn, fit)),
                Verdict::Unknown(keys, found) => _ = open.get_or_insert((keys, found)),
                Verdict::Nothing => {}
            }
        }
        for (layer, policies) in layers {
            match self.verdict(policies, Effect::Allow, &target) {
                Verdict::Applies(..) => {}
                Verdict::Unknown(keys, found) => _ = open.get_or_insert((keys, found)),
                Verdict::Nothing => return Decision::Denied(self.no_allow(policies, Some(layer), &arn)),
            }
        }
        let allowing = self.verdict(own, Effect::Allow, &target);
        let by = match allowing {
            Verdict::Applies(found, fit) => Some((statement(found), fit)),
            _ if self.is_root => Some(("the account's root user needs no policy".to_owned(), Fit::Yes)),
            Verdict::Unknown(keys, found) => {
                open.get_or_insert((keys, found));
                None
            }
            Verdict::Nothing if policies.is_some() => return Decision::Denied(self.no_allow(own, None, &arn)),
            Verdict::Nothing => return Decision::PoliciesMissing { nearest: self.nearest(own, &arn) },
        };
        match (open, by) {
            (Some((keys, found)), _) => Decision::KeysMissing { keys, by: statement(found) },
            (None, Some((by, fit))) => Decision::Allowed { by, open: if_open(fit, &arn) },
            (None, None) => Decision::PoliciesMissing { nearest: None },
        }
    }

    /// The ARN of a field, as far as it is known.
    pub fn arn(&self, type_name: &str, field: &str) -> String {
        FieldArn::new(&self.api, type_name, field).shown()
    }

    /// The same as a policy would name it.
    pub fn arn_pattern(&self, type_name: &str, field: &str) -> String {
        FieldArn::new(&self.api, type_name, field).pattern()
    }

    /// What the statements of one effect make of a field: the first that certainly applies, else the first that may.
    fn verdict<'a>(
        &self,
        policies: impl IntoIterator<Item = &'a Policy>,
        effect: Effect,
        target: &[Part],
    ) -> Verdict<'a> {
        let mut best = Verdict::Nothing;
        for policy in policies {
            for statement in policy.statements.iter().filter(|statement| statement.effect == effect) {
                let (truth, fit) = self.applies(policy, statement, target);
                match (truth, &best) {
                    (Truth::Yes, _) if fit == Fit::Yes => return Verdict::Applies((policy, statement), fit),
                    (Truth::Yes, Verdict::Nothing | Verdict::Unknown(..)) => {
                        best = Verdict::Applies((policy, statement), fit);
                    }
                    (Truth::Unknown(keys), Verdict::Nothing) => best = Verdict::Unknown(keys, (policy, statement)),
                    _ => {}
                }
            }
        }
        best
    }

    /// Whether a statement applies, and whether its resource fits whatever the open segments are.
    fn applies(&self, policy: &Policy, statement: &Statement, target: &[Part]) -> (Truth, Fit) {
        if !names_action(statement) {
            return (Truth::No, Fit::No);
        }
        let (resource, fit) = self.names_resource(policy, statement, target);
        if resource == Truth::No {
            return (Truth::No, fit);
        }
        (resource.and(self.conditions(policy, statement)), fit)
    }

    fn conditions(&self, policy: &Policy, statement: &Statement) -> Truth {
        Truth::all(statement.conditions.iter().map(|test| test.holds(&self.keys, policy.variables, policy.of_build)))
    }

    fn names_resource(&self, policy: &Policy, statement: &Statement, target: &[Part]) -> (Truth, Fit) {
        let (patterns, these) = match &statement.resources {
            Names::These(patterns) => (patterns, true),
            Names::AllBut(patterns) => (patterns, false),
        };
        let mut best = Fit::No;
        let mut listed = Truth::No;
        for pattern in patterns {
            let one = match Pattern::read(pattern, self.reading(policy)) {
                Ok(pattern) => {
                    let fit = pattern.fit(target);
                    best = best.max(fit);
                    Truth::of(fit != Fit::No)
                }
                Err(NoPattern::Absent) => Truth::No,
                Err(NoPattern::Unknown(key)) => Truth::Unknown(vec![key]),
            };
            listed = listed.or(one);
        }
        match these {
            true => (listed, best),
            // What is certainly not listed is certainly named by `NotResource`.
            false if best == Fit::No => (listed.negated(), Fit::Yes),
            false => (listed.negated(), best),
        }
    }

    fn reading(&self, policy: &Policy) -> Reading<'_> {
        Reading { keys: &self.keys, wildcards: true, variables: policy.variables, placeholders: policy.of_build }
    }

    /// No statement of these policies allows it.
    fn no_allow(&self, policies: &[Policy], layer: Option<(&'static str, &str)>, arn: &FieldArn) -> Denial {
        let nearest = self.nearest(policies, arn);
        let whose = match layer {
            Some((_, kind)) => format!("the {kind} allows"),
            None if policies.is_empty() => "the caller has no policies: nothing allows".to_owned(),
            None => "no statement of the caller's policies allows".to_owned(),
        };
        let not = if layer.is_some() { "no " } else { "" };
        let mut text = format!("{whose} {not}{ACTION} on {}", arn.shown());
        if let Some(miss) = &nearest {
            text.push_str("; nearest is ");
            text.push_str(&miss.in_words());
        }
        let near = nearest.as_ref().is_some_and(|miss| miss.near);
        Denial {
            code: if near { "iam-near-miss" } else { "iam-no-allow" },
            text,
            statement: nearest.as_ref().map(|miss| miss.statement.clone()),
            nearest,
            open: Vec::new(),
            layer: Some(layer.map_or(OWN, |(member, _)| member)),
            denies: None,
            arn: arn.pattern(),
        }
    }

    fn nearest(&self, policies: &[Policy], arn: &FieldArn) -> Option<Miss> {
        let mut best: Option<Miss> = None;
        for policy in policies {
            for statement in policy.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
                for miss in miss::of(self, (policy, statement), arn) {
                    if best.as_ref().is_none_or(|best| miss.distance() < best.distance()) {
                        best = Some(miss);
                    }
                }
            }
        }
        best
    }
}

/// Whether an element names the action. Action names are not case-sensitive.
fn names_action(statement: &Statement) -> bool {
    let listed = |patterns: &[String]| patterns.iter().any(|pattern| is_action(pattern));
    match &statement.actions {
        Names::These(patterns) => listed(patterns),
        Names::AllBut(patterns) => !listed(patterns),
    }
}

fn is_action(pattern: &str) -> bool {
    let keys = Keys::default();
    let reading = Reading { keys: &keys, wildcards: true, variables: false, placeholders: false };
    Pattern::read(pattern, reading).is_ok_and(|pattern| pattern.lower().matches(&ACTION.to_ascii_lowercase()))
}

fn explicit(found: Found<'_>, layer: &'static str, arn: &FieldArn, fit: Fit) -> Denial {
    let denies = Some((found.0.name.clone(), found.1.number));
    let statement = statement(found);
    Denial {
        code: "iam-explicit-deny",
        text: format!("{statement} denies {ACTION} on {}", arn.shown()),
        statement: Some(statement),
        nearest: None,
        open: if_open(fit, arn),
        layer: Some(layer),
        denies,
        arn: arn.pattern(),
    }
}

fn if_open(fit: Fit, arn: &FieldArn) -> Vec<&'static str> {
    if fit == Fit::Open { arn.open() } else { Vec::new() }
}

/// A statement in words.
fn statement((policy, statement): Found<'_>) -> String {
    format!("statement {} of policy `{}`", statement.label(), policy.name)
}

/// Whether AppSync asks the caller's policies about the fields of a type.
///
/// Unverified: only those of the root types. The guide's role for a field that returns a list of objects names that
/// field alone; Amplify's roles name the objects' types too.
pub fn is_asked_about(is_root_type: bool) -> bool {
    is_root_type
}
