//! Root fields without a resolver: whatever is asked, the answer is null.

use super::finding::{CheckPlace, Found, Severity};
use super::subject::Subject;

/// Reports queries and mutations without a resolver. A subscription needs none.
pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    let api = subject.api;
    for root in [api.schema.query_type(), api.schema.mutation_type()] {
        for field in api.schema.type_def(root).into_iter().flat_map(|def| def.fields.values()) {
            let has_one = subject.resolvers.iter().any(|r| r.type_name == root && r.field == field.name);
            // The look-up fails where a stack that may hold it is not on disk.
            if has_one || !matches!(api.resolver(root, &field.name), Ok(None)) {
                continue;
            }
            let place = CheckPlace::at(api.schema.file(), field.line, field.column, &field.name);
            let message = |answer: &str| format!("`{root}.{}` has no resolver: {answer}", field.name);
            let only = api.schema.type_def(root).is_some_and(|def| def.fields.len() == 1);
            if field.ty.is_non_null() {
                let answer = message("every request fails, as null is no value of it");
                found.add(place, answer, "attach a resolver, or take the field out");
            } else if only {
                let help = "fine, if it is only there so that the type is not empty";
                found.graded(Severity::Note, place, message("the answer is always null"), help);
            } else {
                let answer = message("the answer is always null, without an error");
                found.add(place, answer, "attach a resolver, or take the field out");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::sample;
    use super::*;

    #[test]
    fn the_only_field_of_a_type_may_be_there_for_the_type() {
        let report = sample("type Query { noop: String } type Mutation { a: Int! }").report();
        let found: Vec<Severity> = report.of("no-resolver").iter().map(|f| f.severity).collect();
        assert_eq!(found, [Severity::Note, Severity::Warning]);
    }

    #[test]
    fn queries_and_mutations_need_a_resolver_subscriptions_do_not() {
        let schema = "type Query {\n  a: Int\n  b: Int!\n  c: P\n}\ntype P { x: Int }\ntype Subscription { s: P }";
        let report = sample(schema).resolver("Query.c", "{}", "{}").report();
        assert_eq!(report.places("no-resolver"), [(2, 3), (3, 3)]);
        assert!(report.of("no-resolver")[1].message.contains("every request fails"));
    }
}
