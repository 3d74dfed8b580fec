//! Flips of one field by one branch, together.

use super::model::{Change, Denial, Flip, Group, Side};
use crate::suite::matrix::Grant;

/// Groups flips, gained access first, then by field and branch, in the order in which they were met.
pub(super) fn groups(flips: Vec<(Change, String, Flip)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (change, field, flip) in flips {
        let (lets_in, refuses) = match change {
            Change::Gained => (&flip.new, &flip.old),
            Change::Lost | Change::Other => (&flip.old, &flip.new),
        };
        let (allowed_by, denied_at) = (lets_in.allowed_by.clone(), denial(refuses));
        let same = |group: &&mut Group| {
            group.change == change
                && group.field == field
                && same_branch((&group.allowed_by, &group.denied_at), (&allowed_by, &denied_at))
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.cases.push(flip),
            None => groups.push(Group { change, field, allowed_by, denied_at, cases: vec![flip] }),
        }
    }
    // What is of one field stands together.
    let mut fields: Vec<String> = Vec::new();
    for group in &groups {
        if !fields.contains(&group.field) {
            fields.push(group.field.clone());
        }
    }
    let place = |group: &Group| fields.iter().position(|field| *field == group.field);
    groups.sort_by_key(|group| (group.change, place(group)));
    groups
}

/// The branch is the rule that lets in, wherever it refused before; where no rule is known, the refusal.
fn same_branch(one: (&Option<Grant>, &Option<Denial>), other: (&Option<Grant>, &Option<Denial>)) -> bool {
    let rule = |grant: &Grant| (grant.auth.clone(), grant.site.template.clone(), grant.site.line);
    let place = |denial: &Denial| {
        let cause = denial.cause.as_ref().map(|cause| cause.code);
        (denial.stage, denial.site.as_ref().map(|site| (site.template.clone(), site.line)), cause)
    };
    match (one.0, other.0) {
        (None, None) => one.1.as_ref().map(place) == other.1.as_ref().map(place),
        (one, other) => one.as_ref().map(rule) == other.as_ref().map(rule),
    }
}

fn denial(side: &Side) -> Option<Denial> {
    let known = side.site.is_some() || side.cause.is_some() || side.stage.is_some();
    known.then(|| Denial { stage: side.stage, site: side.site.clone(), cause: side.cause.clone() })
}
