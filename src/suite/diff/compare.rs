//! Where two readings of one request differ, field by field.

use super::model::Change;
use super::reading::{Reached, Reading, open};
use crate::verdict::Decision;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) change: Change,
    /// The field's path in the response; empty for the request as a whole.
    pub(super) path: String,
    /// `Type.field`, where it is known.
    pub(super) name: Option<String>,
    /// Where both decide alike, what differs instead.
    pub(super) extent: Option<Extent>,
}

/// How much is reached, on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Rows that came back of a list from which some were withheld.
    Rows(usize, usize),
    /// Places of the response at which the field was refused, and how many there are.
    Refused(usize, usize, usize),
    /// Other events reach the subscriber.
    Events,
}

/// What a change of the decision means for the caller.
fn change(old: Decision, new: Decision) -> Change {
    match (old, new) {
        (Decision::Denied, new) if open(new) => Change::Gained,
        (Decision::Filtered, Decision::Allowed) => Change::Gained,
        (old, Decision::Denied) if open(old) => Change::Lost,
        (Decision::Allowed, Decision::Filtered) => Change::Lost,
        _ => Change::Other,
    }
}

/// The differences of two readings. A field that only one side came to is not compared: the field above it that was
/// decided otherwise is told, or the rows that came back.
pub(super) fn differences(old: &Reading, new: &Reading) -> Vec<Difference> {
    let both = old.fields.iter().filter_map(|(path, before)| Some((path, before, new.fields.get(path)?)));
    let mut found: Vec<Difference> = both
        .filter_map(|(path, before, after)| {
            let (change, extent) = match before.decision == after.decision {
                false => (change(before.decision, after.decision), None),
                true => extent(old, new, path, before, after)?,
            };
            let name = after.name.clone().or_else(|| before.name.clone()).or_else(|| owner(old, new, path));
            Some(Difference { change, path: path.clone(), name, extent })
        })
        .collect();
    // Before any field; or a field decided that the other side did not come to, of which nobody gained or lost anything.
    let whole = change(old.decision, new.decision);
    if old.decision != new.decision && !found.iter().any(|one| one.change == whole && one.extent.is_none()) {
        let before_fields = old.fields.is_empty() || new.fields.is_empty();
        let whole = if before_fields { whole } else { Change::Other };
        found.insert(0, Difference { change: whole, path: String::new(), name: None, extent: None });
    }
    found
}

/// What differs where the decision does not.
fn extent(
    old: &Reading,
    new: &Reading,
    path: &str,
    before: &Reached,
    after: &Reached,
) -> Option<(Change, Option<Extent>)> {
    if let (Some(was), Some(is)) = (&before.events, &after.events) {
        let change = match (was.is_within(is), is.is_within(was)) {
            (true, true) => return None,
            (true, false) => Change::Gained,
            (false, true) => Change::Lost,
            (false, false) => Change::Other,
        };
        return Some((change, Some(Extent::Events)));
    }
    let told = |more: bool, extent| Some((if more { Change::Gained } else { Change::Lost }, Some(extent)));
    if let (Some(was), Some(is)) = (before.rows, after.rows)
        && was != is
        && withheld(old, path)
        && withheld(new, path)
    {
        return told(is > was, Extent::Rows(was, is));
    }
    if before.decision == Decision::Denied && before.places == after.places && before.refused != after.refused {
        return told(after.refused < before.refused, Extent::Refused(before.refused, after.refused, after.places));
    }
    None
}

/// Whether rows of a list were withheld, by the field that gave it.
fn withheld(reading: &Reading, path: &str) -> bool {
    above(path).filter_map(|path| reading.fields.get(path)).any(|reached| reached.decision == Decision::Filtered)
}

/// The field that a path belongs to, as the nearest one above it that has a name.
fn owner(old: &Reading, new: &Reading, path: &str) -> Option<String> {
    let named = |reading: &Reading, path: &str| reading.fields.get(path).and_then(|reached| reached.name.clone());
    above(path).find_map(|path| named(new, path).or_else(|| named(old, path)))
}

/// A path and those above it, the nearest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('.').map(|(above, _)| above))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::report::{FieldReport, HttpResponse, RequestReport};

    /// A reading of what came back, and the decisions that were not simply allowed.
    fn reading(data: Json, told: &[(Json, Decision)]) -> Reading {
        let fields: Vec<FieldReport> = told
            .iter()
            .map(|(path, decision)| FieldReport {
                path: path.as_array().cloned().unwrap(),
                parent_type: "T".into(),
                field: path.as_array().unwrap().last().unwrap().as_str().unwrap().to_owned(),
                decision: *decision,
                ..FieldReport::default()
            })
            .collect();
        let decision = fields.iter().map(|field| field.decision).max().unwrap_or_default();
        let response = Some(HttpResponse { status: 200, body: json!({ "data": data }) });
        Reading::of(&RequestReport { decision, fields, response, ..RequestReport::default() })
    }

    #[test]
    fn a_field_is_compared_where_both_sides_came_to_it() {
        use Decision::{Allowed, Denied, Filtered, Undecided};
        let post = |secret: Json| json!({ "post": { "id": "1", "secret": secret } });
        let rows = |n: usize| json!({ "posts": { "items": vec![json!({ "s": null }); n] } });
        let (root, secret) = (json!(["post"]), json!(["post", "secret"]));
        let at = |n: usize| json!(["posts", "items", n, "s"]);
        let posts = json!(["posts"]);
        for (case, old, new, expected) in [
            (
                "nothing",
                reading(post(json!("x")), &[(root.clone(), Allowed)]),
                reading(post(json!("y")), &[(root.clone(), Allowed)]),
                vec![],
            ),
            (
                "a root field opens",
                reading(json!({ "post": null }), &[(root.clone(), Denied)]),
                reading(post(json!("x")), &[(root.clone(), Allowed)]),
                vec![("post", Change::Gained)],
            ),
            (
                "a nested field closes, and with it the request",
                reading(post(json!("x")), &[(root.clone(), Allowed)]),
                reading(post(json!(null)), &[(root.clone(), Allowed), (secret.clone(), Denied)]),
                vec![("post.secret", Change::Lost)],
            ),
            (
                "the request stays denied, by another field",
                reading(post(json!(null)), &[(root.clone(), Allowed), (secret.clone(), Denied)]),
                reading(json!({ "post": null }), &[(root.clone(), Denied)]),
                vec![("post", Change::Lost)],
            ),
            (
                "a field that is no longer met has not opened",
                reading(rows(1), &[(posts.clone(), Filtered), (at(0), Denied)]),
                reading(rows(0), &[(posts.clone(), Filtered)]),
                vec![("", Change::Other), ("posts.items", Change::Lost)],
            ),
            (
                "more rows, and denied in each of them",
                reading(rows(1), &[(posts.clone(), Filtered), (at(0), Denied)]),
                reading(rows(2), &[(posts.clone(), Filtered), (at(0), Denied), (at(1), Denied)]),
                vec![("posts.items", Change::Gained)],
            ),
            (
                "as many rows, and denied in more of them",
                reading(rows(2), &[(posts.clone(), Filtered), (at(0), Denied)]),
                reading(rows(2), &[(posts.clone(), Filtered), (at(0), Denied), (at(1), Denied)]),
                vec![("posts.items.s", Change::Lost)],
            ),
            (
                "all rows instead of some",
                reading(rows(1), &[(posts.clone(), Filtered)]),
                reading(rows(2), &[(posts.clone(), Allowed)]),
                vec![("posts", Change::Gained)],
            ),
            (
                "nobody knows any more",
                reading(json!({ "post": null }), &[(root.clone(), Denied)]),
                reading(json!({ "post": null }), &[(root.clone(), Undecided)]),
                vec![("post", Change::Other)],
            ),
        ] {
            let found = differences(&old, &new);
            let found: Vec<(&str, Change)> = found.iter().map(|one| (one.path.as_str(), one.change)).collect();
            assert_eq!(found, expected, "{case}");
        }
    }

    #[test]
    fn what_the_gate_refuses_has_no_fields() {
        let refused = Reading::of(&RequestReport { decision: Decision::Denied, ..RequestReport::default() });
        let allowed = reading(json!({ "post": {} }), &[(json!(["post"]), Decision::Allowed)]);
        let found = differences(&refused, &allowed);
        assert_eq!((found.len(), found[0].change, found[0].path.as_str()), (1, Change::Gained, ""));
        assert_eq!(differences(&allowed, &refused)[0].change, Change::Lost);
    }
}
