//! `#set` in a loop from what may be null: the variable keeps the value of the turn before.

use super::finding::{CheckPlace, Found};
use super::subject::{Parsed, Subject};
use super::walk::{self, Node};
use crate::syntax::ast::{Expression, ExpressionKind, Reference, Statement, StatementKind, StepKind};

/// Reports such assignments to variables that a condition of the loop reads.
pub(super) fn check(_: &Subject<'_>, template: &Parsed, found: &mut Found) {
    walk::walk(template.statements(), &mut |node| {
        let Node::Statement(Statement { kind: StatementKind::Foreach { variable, body, .. }, .. }) = node else {
            return;
        };
        let asked: Vec<&str> = walk::conditions(body)
            .into_iter()
            .flat_map(walk::references_in)
            .map(|reference| reference.name.as_str())
            .collect();
        let mut fresh = Vec::new();
        look(body, &variable.name, &asked, &mut fresh, &mut |target, value| {
            let name = &target.name;
            let text = template.source.slice(value.span);
            let message = format!("where `{text}` is null, ${name} keeps the value of the turn before");
            let help = format!("put #set(${name} = \"\") in front of it, or $util.defaultIfNull({text}, ..)");
            found.add(CheckPlace::of(&template.source, target.span), message, help);
        });
    });
}

/// Looks at the assignments of a loop's body in order; `fresh` are the variables that this turn has surely set.
/// Loops inside are looked at on their own.
fn look<'t>(
    block: &'t [Statement],
    turn: &str,
    asked: &[&str],
    fresh: &mut Vec<&'t str>,
    report: &mut dyn FnMut(&'t Reference, &'t Expression),
) {
    for statement in block {
        match &statement.kind {
            StatementKind::Set { target, value } if target.steps.is_empty() => {
                let name = target.name.as_str();
                if !may_be_null(value, turn) {
                    fresh.push(name);
                } else if asked.contains(&name) && !fresh.contains(&name) {
                    report(target, value);
                }
            }
            StatementKind::If { arms, otherwise } => {
                for body in arms.iter().map(|(_, body)| body).chain(otherwise) {
                    let known = fresh.len();
                    look(body, turn, asked, fresh, report);
                    fresh.truncate(known);
                }
            }
            _ => {}
        }
    }
}

/// Whether a value is a look-up that may find nothing: `.get(..)`, an index, a property. What a helper gives, and the
/// parts of a map's entry, are not.
fn may_be_null(value: &Expression, turn: &str) -> bool {
    let ExpressionKind::Reference(reference) = &value.kind else { return false };
    if matches!(reference.name.as_str(), "util" | "utils" | "extensions" | "foreach") {
        return false;
    }
    match reference.steps.last().map(|step| &step.kind) {
        Some(StepKind::Property(name)) => {
            !(reference.name == turn && reference.steps.len() == 1 && matches!(name.as_str(), "key" | "value"))
        }
        Some(StepKind::Call { name, .. }) => name == "get",
        Some(StepKind::Index(_)) => true,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::request;

    #[test]
    fn only_what_is_not_set_anew_each_turn_and_decides_something_is_reported() {
        let turn = |body: &str| format!("#foreach($item in $items)\n{body}\n#end");
        for (body, found) in [
            ("#set($role = $roles.get($item))\n#if($role == \"admin\")#set($ok = true)#end", 1),
            ("#set($role = $item.role)\n#if($util.isNull($role))#set($ok = false)#end", 1),
            ("#set($role = $roles[$item])#if($role)#end", 1),
            ("#set($role = \"\")\n#set($role = $roles.get($item))\n#if($role == \"admin\")#end", 0),
            ("#set($role = $util.defaultIfNull($roles.get($item), \"\"))#if($role == \"admin\")#end", 0),
            ("#set($role = $roles.get($item))", 0),
            ("#set($role = $item.key)#if($role == \"admin\")#end", 0),
            ("#set($n = $foreach.count)#if($n == 1)#end", 0),
            ("#if($a)#set($role = \"\")#end#set($role = $roles.get($item))#if($role)#end", 1),
        ] {
            let report = request(&turn(body));
            assert_eq!(report.of("null-keeps-old-value").len(), found, "{body}: {report:?}");
        }
        assert!(request("#set($a = $m.get('x'))#if($a)#end").of("null-keeps-old-value").is_empty(), "no loop");
    }
}
