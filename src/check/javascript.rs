//! Resolvers in JavaScript, which vtlens does not run.

use super::finding::{CheckPlace, Found};
use super::subject::Subject;
use crate::api::{Code, ResolverKind};

/// Names every resolver and function in JavaScript, each file once.
pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    let mut name = |code: &Code, what: String| {
        if let Code::JavaScript(file) = code {
            let place = CheckPlace {
                file: file.clone(),
                path: None,
                line: 0,
                column: 0,
                end_line: 0,
                end_column: 0,
                source_line: String::new(),
            };
            let help = "vtlens runs VTL only: what passes through here is undecided, and nothing in it was checked";
            found.add(place, format!("{what} is written in JavaScript"), help);
        }
    };
    for resolver in &subject.resolvers {
        name(&resolver.code, format!("the resolver of `{}.{}`", resolver.type_name, resolver.field));
        if let ResolverKind::Pipeline(functions) = &resolver.kind {
            functions.iter().for_each(|function| name(&function.code, format!("function `{}`", function.name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::testing::sample;

    #[test]
    fn a_javascript_resolver_is_a_note() {
        let report = sample("type Query { a: Int b: Int }")
            .resolver("Query.a", "import { util } from '@aws-appsync/utils'", "")
            .resolver("Query.b", "{}", "{}")
            .report();
        let [finding] = report.of("javascript-resolver")[..] else { panic!("{report:?}") };
        assert_eq!((finding.severity, finding.place.file.as_str()), (Severity::Note, "Query.a.req.js"));
    }
}
