//! `$util.x` where there is no `x`: the text of the call is printed in place of its value.

use super::finding::{CheckPlace, Found};
use super::subject::{Parsed, Subject};
use super::walk;
use crate::syntax::ast::{Statement, StatementKind};
use crate::util;

/// Reports helpers that do not exist, and helpers that are named without being called.
pub(super) fn check(_: &Subject<'_>, template: &Parsed, found: &mut Found) {
    for reference in walk::references(template.statements()) {
        let written = template.source.slice(reference.span);
        let place = || CheckPlace::of(&template.source, reference.span);
        let name = written.split(['(', '[']).next().unwrap_or(written);
        if let Some((path, called)) = walk::helper_path(reference) {
            if is_set(template.statements(), &reference.name) || util::is_namespace(&path) {
                continue;
            }
            match (util::find(&path), called) {
                (Some(_), true) => {}
                (Some(_), false) => found.add(
                    place(),
                    format!("{name} is named, not called: it prints itself"),
                    format!("write {name}(…)"),
                ),
                (None, _) => {
                    let help = util::nearest(&path).map_or_else(
                        || "docs/util.md lists every helper".to_owned(),
                        |near| format!("did you mean ${near}?"),
                    );
                    found.add(place(), format!("there is no helper {name}: its text stands for its value"), help);
                }
            }
        } else if !reference.steps.is_empty()
            && is_misspelt_util(&reference.name)
            && !is_set(template.statements(), &reference.name)
        {
            found.add(
                place(),
                format!("nothing sets ${}: the text of {name} stands for its value", reference.name),
                "did you mean $util?",
            );
        }
    }
}

/// `$utl`, `$uitl`, `$Util`: a name nobody would choose for a variable of his own.
fn is_misspelt_util(name: &str) -> bool {
    matches!(name, "utl" | "uti" | "uitl" | "utill" | "ultil" | "Util" | "Utils" | "utilss" | "ultis" | "uitls")
}

fn is_set(block: &[Statement], name: &str) -> bool {
    let mut set = false;
    walk::walk(block, &mut |node| {
        if let walk::Node::Statement(statement) = node {
            set |= match &statement.kind {
                StatementKind::Set { target, .. } => target.name == name && target.steps.is_empty(),
                StatementKind::Foreach { variable, .. } => variable.name == name,
                _ => false,
            };
        }
    });
    set
}

#[cfg(test)]
mod tests {
    use super::super::testing::request;

    #[test]
    fn a_misspelt_helper_is_named_with_the_nearest() {
        for (template, help) in [
            ("$util.autoid()", "did you mean $util.autoId?"),
            ("\"$utils.dynamoDB.toDynamoDBJson($ctx.args.id)\"", "did you mean $util.dynamodb.toDynamoDBJson?"),
            ("#if($util.isNul($x)) #end", "did you mean $util.isNull?"),
            ("#set($x = \"$util.sendMail('a')\")", "docs/util.md lists every helper"),
            ("$util.autoId", "write $util.autoId(…)"),
            ("$extensions.setSubscriptionFilters($x)", "did you mean $extensions.setSubscriptionFilter?"),
            ("$utl.toJson($x)", "did you mean $util?"),
        ] {
            let report = request(template);
            let [finding] = report.of("unknown-helper")[..] else { panic!("{template}: {report:?}") };
            assert_eq!(finding.help, help, "{template}");
        }
    }

    #[test]
    fn methods_of_values_and_variables_of_ones_own_are_none() {
        for template in [
            "$util.toJson($m.autoid())",
            "$util.time.nowISO8601().substring(0, 4)",
            "#set($util = {})$util.mine",
            "$utl",
        ] {
            assert!(request(template).of("unknown-helper").is_empty(), "{template}");
        }
    }
}
