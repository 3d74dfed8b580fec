//! A directive that neither AppSync nor the schema declares: it does nothing, and nothing says so.

use super::finding::{CheckPlace, Found, Severity};
use super::subject::Subject;
use crate::api::schema::Directive;
use crate::json_file::nearest;

/// Reports directives of types and fields that nobody declared.
pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    let schema = &subject.api.schema;
    let known: Vec<&str> = schema.library().directive_definitions.keys().map(|name| name.as_str()).collect();
    let mut judge = |directive: &Directive, what: String| {
        if known.contains(&directive.name.as_str()) {
            return;
        }
        let word = format!("@{}", directive.name);
        let place = CheckPlace::at(schema.file(), directive.line, directive.column, &word);
        match nearest(&directive.name, &known) {
            Some(meant) => found.add(
                place,
                format!("AppSync knows no directive {word}: it does nothing at {what}"),
                format!("did you mean @{meant}?"),
            ),
            None => found.graded(
                Severity::Note,
                place,
                format!("AppSync knows no directive {word}: it does nothing at {what}"),
                "declare it in the schema if a tool of yours reads it, or take it out",
            ),
        }
    };
    for def in schema.types() {
        def.directives.iter().for_each(|directive| judge(directive, format!("type `{}`", def.name)));
        for field in def.fields.values() {
            field.directives.iter().for_each(|d| judge(d, format!("`{}.{}`", def.name, field.name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::sample;
    use super::*;

    #[test]
    fn a_misspelt_directive_is_named_with_the_nearest() {
        let report = sample("type Query {\n  a: Int @aws_oicd\n  b: Int @aws_oidc @deprecated\n}").report();
        let [finding] = report.of("unknown-directive")[..] else { panic!("{report:?}") };
        assert_eq!(
            (finding.severity, finding.place.line, finding.help.as_str()),
            (Severity::Warning, 2, "did you mean @aws_oidc?")
        );
    }

    #[test]
    fn a_declared_one_is_fine_and_a_foreign_one_a_note() {
        let text = "directive @mine on OBJECT type Query @mine @somebodyElses { a: Int @hidden }";
        let report = sample(text).report();
        let [finding] = report.of("unknown-directive")[..] else { panic!("{report:?}") };
        assert_eq!((finding.severity, finding.message.contains("@somebodyElses")), (Severity::Note, true));
    }
}
