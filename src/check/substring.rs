//! `.contains(..)` on a text: a part of it is enough, so that more callers match than were meant.

use super::finding::{CheckPlace, Found};
use super::subject::{Parsed, Subject};
use super::walk::{self, Node};
use crate::syntax::ast::{ExpressionKind, Reference, Statement, StatementKind, StepKind};

/// Claims that are texts whoever issued the token. Lists, such as `cognito:groups`, are compared by element.
const TEXTS: [&str; 12] = [
    "sub",
    "username",
    "cognito:username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "iss",
    "client_id",
    "token_use",
];
/// Members of `$ctx.identity` that are texts.
const MEMBERS: [&str; 8] = [
    "userArn",
    "username",
    "sub",
    "issuer",
    "accountId",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "cognitoIdentityAuthProvider",
];

/// Reports `.contains(..)` on what of the caller is a text, also through a variable that is set once.
pub(super) fn check(_: &Subject<'_>, template: &Parsed, found: &mut Found) {
    let block = template.statements();
    for reference in walk::references(block) {
        let Some(StepKind::Call { name, arguments }) = reference.steps.last().map(|step| &step.kind) else { continue };
        if name != "contains" || arguments.len() != 1 {
            continue;
        }
        let before = walk::path_before_last(reference);
        let Some(what) = before.as_deref().and_then(|path| text_of_caller(path, block)) else { continue };
        let message = format!("{what} is a text: .contains(..) holds for every part of it, \"adm\" for \"admin\" too");
        let help = "compare whole values: == for one, a list and $list.contains(..) for several";
        found.add(CheckPlace::of(&template.source, reference.span), message, help);
    }
}

/// The claim or member that a path leads to, when it is a text.
fn text_of_caller(path: &[&str], block: &[Statement]) -> Option<String> {
    match path {
        ["ctx", "identity", member] if MEMBERS.contains(member) => Some(format!("$ctx.identity.{member}")),
        ["ctx", "identity", "claims", claim] if TEXTS.contains(claim) || claim.starts_with("custom:") => {
            Some(format!("claim {claim}"))
        }
        [variable] => {
            let source = only_value(variable, block)?;
            let path = walk::path(source)?;
            (path.len() > 1).then(|| text_of_caller(&path, block)).flatten()
        }
        _ => None,
    }
}

/// The reference that a variable is set to, when nothing else sets it.
fn only_value<'t>(variable: &str, block: &'t [Statement]) -> Option<&'t Reference> {
    let mut values = Vec::new();
    walk::walk(block, &mut |node| {
        let Node::Statement(statement) = node else { return };
        match &statement.kind {
            StatementKind::Set { target, value } if target.name == variable && target.steps.is_empty() => {
                values.push(match &value.kind {
                    ExpressionKind::Reference(reference) => Some(&**reference),
                    _ => None,
                });
            }
            StatementKind::Foreach { variable: loop_variable, .. } if loop_variable.name == variable => {
                values.push(None)
            }
            _ => {}
        }
    });
    match values.as_slice() {
        [Some(reference)] => Some(reference),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::request;

    #[test]
    fn texts_of_the_caller_are_reported_lists_are_not() {
        for (template, found) in [
            ("#if($ctx.identity.userArn.contains(\"Admin\"))#end", 1),
            ("#if($context.identity.claims.get(\"email\").contains(\"@example.com\"))#end", 1),
            ("#if($ctx.identity.claims[\"custom:tenant\"].contains($ctx.args.id))#end", 1),
            ("#set($arn = $ctx.identity.userArn)#if($arn.contains(\"Admin\"))#end", 1),
            ("#set($arn = $ctx.identity.userArn)#set($arn = [])#if($arn.contains(\"Admin\"))#end", 0),
            ("#if($ctx.identity.claims.get(\"cognito:groups\").contains(\"Admin\"))#end", 0),
            ("#if($ctx.identity.groups.contains(\"Admin\"))#end", 0),
            ("#if($ctx.args.name.contains(\"a\"))#end", 0),
            ("#foreach($arn in $ctx.identity.userArn)#if($arn.contains(\"Admin\"))#end#end", 0),
        ] {
            assert_eq!(request(template).of("substring-match").len(), found, "{template}");
        }
    }
}
