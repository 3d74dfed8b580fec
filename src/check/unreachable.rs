//! Statements that no request reaches: a rule there allows nobody, and denies nobody.

use super::finding::{CheckPlace, Found};
use super::literal_condition::constant;
use super::subject::{Parsed, Subject};
use super::walk::{self, Node};
use crate::syntax::ast::{Statement, StatementKind};

/// Reports what stands behind a statement that always ends the template, and branches behind one that is always taken.
pub(super) fn check(_: &Subject<'_>, template: &Parsed, found: &mut Found) {
    walk::walk(template.statements(), &mut |node| match node {
        Node::Block(block) => {
            let Some(end) = block.iter().position(ends) else { return };
            let mut rest = block.iter().skip(end + 1);
            if let Some(first) = rest.find(|statement| !is_blank(statement)) {
                let stop = block.get(end).map_or("", |statement| first_word(template.source.slice(statement.span)));
                let message = format!("this never runs: {stop} before it always ends the template");
                found.add(CheckPlace::of(&template.source, first.span), message, "move it up, or take it out");
            }
        }
        Node::Statement(Statement { kind: StatementKind::If { arms, otherwise }, .. }) => {
            let Some(always) = arms.iter().position(|(condition, _)| constant(condition) == Some(true)) else { return };
            let next = arms.get(always + 1).map(|(condition, _)| condition.span);
            let next = next
                .or_else(|| otherwise.iter().flatten().find(|statement| !is_blank(statement)).map(|first| first.span));
            if let Some(span) = next {
                let message = "this branch is never taken: the one before it always is";
                found.add(CheckPlace::of(&template.source, span), message, "correct the condition before it");
            }
        }
        _ => {}
    });
}

/// Whether a statement ends the template whenever it is reached.
fn ends(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Stop | StatementKind::Return(_) => true,
        StatementKind::Output { reference, slashes: 0 } => matches!(
            walk::helper_path(reference),
            Some((path, true)) if path == "util.unauthorized" || path == "util.error"
        ),
        StatementKind::If { arms, otherwise: Some(otherwise) } => {
            arms.iter().all(|(_, body)| body.iter().any(ends)) && otherwise.iter().any(ends)
        }
        _ => false,
    }
}

fn is_blank(statement: &Statement) -> bool {
    matches!(&statement.kind, StatementKind::Text(text) if text.trim().is_empty())
}

/// `#return`, `$util.unauthorized()`.
fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| c == '\n' || c == '\r').unwrap_or(text.len());
    let line = text.get(..end).unwrap_or(text).trim_end();
    if line.starts_with('#') {
        line.split(['(', ' ']).next().unwrap_or(line)
    } else {
        line.split('(').next().unwrap_or(line)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::request;

    #[test]
    fn what_stands_behind_the_end_is_reported_once() {
        for (template, place) in [
            ("#return($x)\n#set($a = 1)\n#set($b = 1)", Some((2, 1))),
            ("#if($a)\n$util.unauthorized()\n#set($b = 1)\n#end", Some((3, 1))),
            ("#if($a)#return#else$util.error(\"no\")#end\n{}", Some((2, 1))),
            ("#if(true)\na\n#elseif($admin)\nb\n#end", Some((3, 9))),
            ("#if(true)\na\n#else\n$util.unauthorized()#end", Some((4, 1))),
            ("#if($a)\n$util.unauthorized()\n#end\n{}", None),
            ("#if($a)#return#end {}", None),
            ("$util.unauthorized()\n  ", None),
            ("$util.appendError(\"a\") {}", None),
            ("\\$util.unauthorized() {}", None),
        ] {
            assert_eq!(request(template).places("unreachable-rule"), Vec::from_iter(place), "{template}");
        }
    }
}
