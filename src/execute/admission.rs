//! What AppSync decides before a resolver runs: the field's modes and groups, the pool's default action, and the
//! fields that a Lambda authorizer denied (appsync-authz §4, §2.6).

use super::Caller;
use crate::api::schema::{IgnoredDirective, ModesFrom};
use crate::api::{Api, AuthMode};

/// Whether the schema lets a caller through to a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Admission {
    /// It does; directives that have no effect on the way.
    Admitted(Vec<IgnoredDirective>),
    /// It does not.
    Refused(Refusal),
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
}

/// The schema's decision on a field for a caller.
pub fn admit(api: &Api, parent_type: &str, field: &str, caller: Caller<'_>) -> Admission {
    if let Some(entry) = caller.denied_fields.iter().find(|entry| names(entry, parent_type, field)) {
        return Admission::Refused(Refusal::DeniedField { entry: entry.clone() });
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

/// `Type.field` or the field's ARN; case-sensitive, without wildcards (unverified: the case).
pub(crate) fn names(entry: &str, parent_type: &str, field: &str) -> bool {
    match entry.strip_prefix("arn:") {
        Some(arn) => arn.ends_with(&format!("/types/{parent_type}/fields/{field}")),
        None => entry.split_once('.').is_some_and(|(t, f)| t == parent_type && f == field),
    }
}
