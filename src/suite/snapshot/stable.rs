//! What generating an API again changes without changing the API: the hashes in names of resources and assets, and the
//! lines and columns that statements stand on.

use std::sync::LazyLock;

use fancy_regex::Regex;
use serde_json::{Map, Value as Json};

/// Form, and what stands in its place.
const NOISE: [(&str, &str); 5] = [
    // Assets are named by what they hold.
    (r"\b[0-9a-f]{32,64}\b", "…"),
    // The CDK ends logical ids with eight hexadecimal digits.
    (r"(?<=[A-Za-z0-9])[0-9A-F]{8}(?![0-9A-Za-z])", ""),
    // `(schema.graphql:15)`, `Query.get.res.vtl:7:3`
    (r"(?<=\.vtl|\.graphql|\.json|Template):\d+(?::\d+)?\b", ""),
    (r" (?:since|of|at|on|in) lines? \d+(?:(?:,| and| to) \d+)*\b", ""),
    (r"\bliteral at \d+:\d+\b", "literal"),
];

static COMPILED: LazyLock<Vec<(Regex, &str)>> =
    LazyLock::new(|| NOISE.iter().filter_map(|(form, with)| Some((Regex::new(form).ok()?, *with))).collect());

/// A name of ours, or words of ours, without what is noise.
pub(super) fn text(text: &str) -> String {
    COMPILED.iter().fold(text.to_owned(), |text, (form, with)| form.replace_all(&text, *with).into_owned())
}

/// A value with its members by name: the order of a map means nothing.
pub(super) fn sorted(json: &Json) -> Json {
    match json {
        Json::Array(items) => items.iter().map(sorted).collect(),
        Json::Object(members) => {
            let mut members: Vec<(String, Json)> =
                members.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Json::Object(members.into_iter().collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn noise_goes_and_nothing_else() {
        for (before, after) in [
            (
                "stacks/Post.json#MutationupdatePostinit0FunctionAppSyncFunctionBAC7D532.ResponseMappingTemplate",
                "stacks/Post.json#MutationupdatePostinit0FunctionAppSyncFunction.ResponseMappingTemplate",
            ),
            ("asset.041534e5fd916595f752318f161512d7c7f83b9f2cf32d0f0be381c12253ff68.vtl", "asset.….vtl"),
            ("AmplifyStackApiNoteDEFBB6BF.nested.template.json", "AmplifyStackApiNote.nested.template.json"),
            ("resolvers/Mutation.updatePost.auth.1.res.vtl:79", "resolvers/Mutation.updatePost.auth.1.res.vtl"),
            ("$isAuthorized is false since line 7; $x is [] since line 8", "$isAuthorized is false; $x is []"),
            ("literal at 16:67", "literal"),
            ("record owner is \"DEADBEEF\"", "record owner is \"DEADBEEF\""),
            ("resolvers/Query.getPost.res.vtl", "resolvers/Query.getPost.res.vtl"),
        ] {
            assert_eq!(super::text(before), after);
        }
    }
}
