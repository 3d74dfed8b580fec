//! What AppSync decides before a resolver runs: the caller's IAM policies, the field's modes and groups, the pool's default action, and the
//! fields that a Lambda authorizer denied (appsync-authz §4, §2.6).

use super::Caller;
use crate::api::schema::{IgnoredDirective, ModesFrom};
use crate::api::{Api, AuthMode};
use crate::iam::Denial;

/// Whether the schema lets a caller through to a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Admission {
    /// It does; directives that have no effect on the way.
    Admitted(Vec<IgnoredDirective>),
    /// It does not.
    Refused(Refusal),
}

/// A root field that the caller's IAM policies refuse.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyRefusal {
    /// The type that has the field.
    pub parent_type: String,
    /// The field.
    pub field: String,
    /// Why.
    pub denial: Denial,
}

/// Why the schema refuses a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// The caller's mode is not among the field's.
    Mode {
        /// The caller's.
        mode: AuthMode,
        /// The field's.
        admitted: Vec<AuthMode>,
        /// Where those are written.
        from: ModesFrom,
        /// Line in the schema; 0 when not known.
        line: u32,
    },
    /// The token holds none of the groups.
    Groups {
        /// The field's.
        wanted: Vec<String>,
        /// The token's.
        held: Vec<String>,
        /// Line in the schema.
        line: u32,
    },
    /// The user pool's default action is DENY and no directive admits the field.
    DefaultActionDeny,
    /// The Lambda authorizer denied the field.
    DeniedField {
        /// The entry of `deniedFields` that matched.
        entry: String,
    },
    /// The caller's IAM policies refuse it.
    Policy(Box<Denial>),
}

/// The schema's decision on a field for a caller.
pub fn admit(api: &Api, parent_type: &str, field: &str, caller: Caller<'_>) -> Admission {
    if let Some(entry) = caller.denied_fields.iter().find(|entry| names(api, entry, parent_type, field)) {
        return Admission::Refused(Refusal::DeniedField { entry: entry.clone() });
    }
    let by_policy = |refusal: &&PolicyRefusal| refusal.parent_type == parent_type && refusal.field == field;
    if let Some(refusal) = caller.policy_refusals.iter().find(by_policy) {
        return Admission::Refused(Refusal::Policy(Box::new(refusal.denial.clone())));
    }
    let effective = api.effective_modes(parent_type, field);
    let Some(groups) = effective.admits(caller.mode) else {
        return Admission::Refused(Refusal::Mode {
            mode: caller.mode,
            admitted: effective.modes.iter().map(|(mode, _)| *mode).collect(),
            from: effective.from,
            line: effective.line,
        });
    };
    if let Some(wanted) = groups {
        let held = caller.groups.unwrap_or(&[]);
        if !wanted.iter().any(|group| held.contains(group)) {
            return Admission::Refused(Refusal::Groups {
                wanted: wanted.to_vec(),
                held: held.to_vec(),
                line: effective.line,
            });
        }
    }
    let denies = caller.mode == AuthMode::UserPool && api.default_provider.default_allow == Some(false);
    if denies && effective.from == ModesFrom::Default {
        return Admission::Refused(Refusal::DefaultActionDeny);
    }
    Admission::Admitted(effective.ignored)
}

/// Whether an entry of `deniedFields` names a field: `Type.field`, or the field's ARN.
///
/// Unverified: it is case-sensitive, and an ARN of another API names nothing. That there are no wildcards is documented
/// by AWS in a public thread.
fn names(api: &Api, entry: &str, parent_type: &str, field: &str) -> bool {
    let Some(arn) = entry.strip_prefix("arn:") else {
        return entry.split_once('.').is_some_and(|(t, f)| t == parent_type && f == field);
    };
    let parts: Vec<&str> = arn.splitn(5, ':').collect();
    let [_, "appsync", region, account, path] = parts.as_slice() else { return false };
    let path: Vec<&str> = path.split('/').collect();
    let ["apis", id, "types", type_name, "fields", name] = path.as_slice() else { return false };
    let same = |known: &Option<String>, said: &str| known.as_deref().is_none_or(|known| known == said);
    *type_name == parent_type
        && *name == field
        && same(&api.region, region)
        && same(&api.account, account)
        && same(&api.id, id)
}

/// The entries of `deniedFields` that name no field of the schema, and so deny nothing.
pub fn denied_for_nothing<'e>(api: &Api, entries: &'e [String]) -> Vec<&'e str> {
    let named =
        |entry: &str| api.schema.types().any(|def| def.fields.keys().any(|field| names(api, entry, &def.name, field)));
    entries.iter().map(String::as_str).filter(|entry| !named(entry)).collect()
}
