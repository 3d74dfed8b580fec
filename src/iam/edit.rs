//! Policies with a change: what somebody who may write them could do.

use serde_json::Value as Json;

use super::policy::{Names, Policy};

/// What is told of a policy that was not there before.
const NEW: &str = "new";

/// Changes a caller's policies: `[]` adds a document, `[POLICY, STATEMENT, "Resource" | "Action"]` sets what a statement
/// names, `[POLICY, STATEMENT]` removes one. Statements are numbered from 1. `None` when there is nothing to change.
pub fn edit_policies(policies: &mut Option<Vec<Policy>>, path: &[Json], op: &str, value: &Json) -> Option<()> {
    if let ([], "add") = (path, op) {
        let mut new = Policy::read_all(value).ok()?;
        new.iter_mut().for_each(|policy| policy.name = NEW.to_owned());
        policies.get_or_insert_default().extend(new);
        return Some(());
    }
    let (name, rest) = path.split_first()?;
    let (number, member) = rest.split_first()?;
    let policy = policies.as_mut()?.iter_mut().find(|policy| Some(policy.name.as_str()) == name.as_str())?;
    let at = policy.statements.iter().position(|statement| number.as_u64() == u64::try_from(statement.number).ok())?;
    match (member, op) {
        ([], "remove") => {
            policy.statements.remove(at);
        }
        ([member], "set") => {
            let names = Names::These(texts(value)?);
            let statement = policy.statements.get_mut(at)?;
            match member.as_str()? {
                "Resource" => statement.resources = names,
                "Action" => statement.actions = names,
                _ => return None,
            }
        }
        _ => return None,
    }
    Some(())
}

fn texts(value: &Json) -> Option<Vec<String>> {
    match value {
        Json::String(one) => Some(vec![one.clone()]),
        Json::Array(many) => many.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}
