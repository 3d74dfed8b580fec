//! `$$ctx`: a dollar sign that is printed, and a reference behind it.

use super::finding::{CheckPlace, Found};
use super::subject::{Parsed, Subject};
use super::walk::{self, Node};
use crate::source_file::Span;
use crate::syntax::ast::{Statement, StatementKind};

/// Reports dollar signs that directly precede a reference.
pub(super) fn check(_: &Subject<'_>, template: &Parsed, found: &mut Found) {
    walk::walk(template.statements(), &mut |node| {
        let Node::Block(block) = node else { return };
        for pair in block.windows(2) {
            let [before, Statement { kind: StatementKind::Output { reference, slashes: 0 }, .. }] = pair else {
                continue;
            };
            let StatementKind::Text(text) = &before.kind else { continue };
            let start = reference.span.start.saturating_sub(1);
            let adjacent = template.source.slice(Span { start, end: reference.span.start }) == "$";
            if text.ends_with('$') && adjacent {
                let span = Span { start, end: reference.span.end };
                let name = template.source.slice(reference.span);
                let name = name.split('(').next().unwrap_or(name);
                let message = format!("${name} prints a dollar sign before the value");
                found.add(CheckPlace::of(&template.source, span), message, format!("write {name}"));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::request;

    #[test]
    fn two_dollar_signs_are_seen_in_text_and_in_strings() {
        let report = request("{ \"a\": $$util.toJson($ctx.args.id) }\n#set($x = \"$$ctx.args.id\")");
        assert_eq!(report.places("double-dollar"), [(1, 8), (2, 12)]);
        assert_eq!(report.of("double-dollar")[0].help, "write $util.toJson");
    }

    #[test]
    fn a_lone_dollar_sign_is_text() {
        for template in ["AND $ $util.toJson(1)", "$5.00", "\"$\"", "#set($p = \"US$\")", "$util.toJson($ctx.args.id)"]
        {
            assert!(request(template).of("double-dollar").is_empty(), "{template}");
        }
    }
}
