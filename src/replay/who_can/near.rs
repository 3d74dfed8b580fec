//! The caller who is nearly the one that gets in, and does not: a representative of those left outside.

use serde_json::{Value as Json, json};

use super::explore::{Explorer, Found};
use super::proof;
use crate::error::Result;
use crate::identity::IdentityFacts;
use crate::report::{Decision, Edit};

/// The same caller without the last thing that let him in, or as another person; none when neither is denied.
pub fn miss(explorer: &mut Explorer<'_, '_>, found: &Found, facts: &IdentityFacts) -> Result<Option<Json>> {
    let is_his = |edit: &Edit| matches!(edit.target, "claims" | "identity");
    let mut tries: Vec<Vec<Edit>> = Vec::new();
    if let Some(at) = found.edits.iter().rposition(is_his) {
        let mut fewer = found.edits.clone();
        fewer.remove(at);
        tries.push(fewer);
    }
    if found.edits.iter().any(|edit| !is_his(edit)) {
        let mut other = found.edits.clone();
        let names = ["sub", "username", "cognito:username"].into_iter();
        let has = |name: &&str| facts.claims.as_ref().is_some_and(|claims| claims.contains_key(*name));
        other.extend(names.filter(has).map(|name| Edit::claim(name, "set", json!(format!("another-{name}")))));
        tries.push(other);
    }
    for edits in tries {
        let outside =
            explorer.run(&edits)?.is_some_and(|seen| matches!(seen.decision, Decision::Denied | Decision::Filtered));
        if outside {
            let case = explorer.case(&edits);
            return Ok(case.as_ref().and_then(|case| case.facts()).map(proof::identity));
        }
    }
    Ok(None)
}
