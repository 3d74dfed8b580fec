//! Root fields without a resolver: whatever is asked, the answer is null.

use super::finding::{CheckPlace, Found};
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
            let (answer, help) = if field.ty.is_non_null() {
                ("every request fails, as null is no value of it", "attach a resolver, or take the field out")
            } else {
                ("the answer is always null, without an error", "attach a resolver, or take the field out")
            };
            found.add(place, format!("`{root}.{}` has no resolver: {answer}", field.name), help);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::sample;

    #[test]
    fn queries_and_mutations_need_a_resolver_subscriptions_do_not() {
        let schema = "type Query {\n  a: Int\n  b: Int!\n  c: P\n}\ntype P { x: Int }\ntype Subscription { s: P }";
        let report = sample(schema).resolver("Query.c", "{}", "{}").report();
        assert_eq!(report.places("no-resolver"), [(2, 3), (3, 3)]);
        assert!(report.of("no-resolver")[1].message.contains("every request fails"));
    }
}
