//! `@aws_auth` where AppSync ignores it: what looks protected is open.

use super::finding::{CheckPlace, Found, Severity};
use super::subject::Subject;
use crate::api::AuthMode;
use crate::api::schema::{ModesFrom, TypeKind};

/// Reports every `@aws_auth` without effect, and to whom its field is open.
pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    let api = subject.api;
    let open_to = api.default_provider.mode.map_or("the default mode", AuthMode::words);
    let denied =
        api.default_provider.default_allow == Some(false) && api.default_provider.mode == Some(AuthMode::UserPool);
    for def in api.schema.types().filter(|def| def.kind == TypeKind::Object) {
        for field in def.fields.keys() {
            let effective = api.effective_modes(&def.name, field);
            for ignored in &effective.ignored {
                let place = CheckPlace::at(api.schema.file(), ignored.line, ignored.column, "@aws_auth");
                let on_type = !def
                    .fields
                    .get(field)
                    .is_some_and(|f| f.directives.iter().any(|d| d.line == ignored.line && d.column == ignored.column));
                let what = if on_type { format!("type `{}`", def.name) } else { format!("`{}.{field}`", def.name) };
                let (severity, outcome) = match effective.from {
                    ModesFrom::Default if denied => {
                        (Severity::Warning, format!("the user pool's default action DENY refuses every user at {what}"))
                    }
                    ModesFrom::Default => (Severity::Error, format!("{what} is open to every caller with {open_to}")),
                    ModesFrom::Field | ModesFrom::Type => {
                        (Severity::Note, format!("the other directives of {what} decide alone"))
                    }
                };
                found.graded(severity, place, format!("@aws_auth has no effect here: {outcome}"), ignored.reason);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::sample;
    use super::*;

    const SCHEMA: &str = "type Query {\n  a: Int @aws_auth(cognito_groups: [\"Admin\"])\n}";

    #[test]
    fn a_second_mode_switches_it_off_and_the_field_is_open() {
        let report = sample(SCHEMA).mode("mode = \"API_KEY\"").report();
        let [finding] = report.of("aws-auth-ignored")[..] else { panic!("{report:?}") };
        assert_eq!((finding.severity, finding.place.line, finding.place.column), (Severity::Error, 2, 10));
        assert!(finding.message.contains("`Query.a` is open to every caller with user pool"), "{}", finding.message);
        assert!(finding.help.contains("aws_cognito_user_pools"), "{}", finding.help);
    }

    #[test]
    fn alone_it_works_and_beside_another_directive_nothing_is_open() {
        assert!(sample(SCHEMA).report().of("aws-auth-ignored").is_empty());
        let both =
            "type Query { a: Int @aws_auth(cognito_groups: [\"A\"]) @aws_cognito_user_pools(cognito_groups: [\"A\"]) }";
        let report = sample(both).mode("mode = \"API_KEY\"").report();
        assert_eq!(report.of("aws-auth-ignored")[0].severity, Severity::Note);
    }

    #[test]
    fn under_default_action_deny_it_refuses_everybody() {
        let pool = "mode = \"AMAZON_COGNITO_USER_POOLS\", default_action = \"DENY\"";
        let report = sample(SCHEMA).default_mode(pool).mode("mode = \"API_KEY\"").report();
        assert_eq!(report.of("aws-auth-ignored")[0].severity, Severity::Warning);
    }
}
