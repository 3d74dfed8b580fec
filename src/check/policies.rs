//! Patterns of IAM policies that match no field of the schema: nobody is allowed anything by them.

use super::finding::{CheckPlace, Found};
use super::subject::Subject;
use crate::api::{Schema, has_placeholder};
use crate::iam;
use crate::json_file::nearest;

/// Reports patterns of the build's own policies for this API that match no field.
pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    // A stack that cannot be read is an error where it matters; policies decide nothing here.
    let Ok(patterns) = subject.api.allowed_patterns() else { return };
    let schema = &subject.api.schema;
    for allowed in patterns {
        let Some((_, path)) = allowed.pattern.split_once(":apis/") else { continue };
        let (id, below) = path.split_once('/').unwrap_or((path, ""));
        // A pattern for another API is no business of this one.
        let other =
            !id.contains(['*', '?']) && !has_placeholder(id) && subject.api.id.as_deref().is_some_and(|own| own != id);
        if other || below.is_empty() && id.ends_with('*') || matches_a_field(schema, below) {
            continue;
        }
        let Some(place) = allowed.place.as_ref().map(CheckPlace::from_place) else { continue };
        let shown = if below.is_empty() { "apis/ID".to_owned() } else { below.to_owned() };
        found.add(
            place,
            format!("`{shown}` of policy `{}` matches no field: it allows nothing", allowed.policy),
            help(schema, below),
        );
    }
}

/// Whether what stands behind `apis/ID/` of a pattern matches the ARN of a field.
fn matches_a_field(schema: &Schema, below: &str) -> bool {
    schema.types().any(|def| def.fields.keys().any(|field| like(below, &format!("types/{}/fields/{field}", def.name))))
}

/// Whether a pattern fits a text; what nobody gave counts as `*`.
fn like(pattern: &str, text: &str) -> bool {
    iam::wildcards_match(&without_placeholders(pattern), text)
}

fn without_placeholders(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        out.push('*');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}

/// What was probably meant.
fn help(schema: &Schema, below: &str) -> String {
    let segments: Vec<&str> = below.split('/').collect();
    match segments.as_slice() {
        [""] => "an API's ARN alone names no field: add /*".to_owned(),
        ["types", type_name, "fields", field, _, ..] if schema.field(type_name, field).is_some() => {
            format!("nothing follows a field's name: types/{type_name}/fields/{field}")
        }
        ["types", type_name, part, ..] if *part != "fields" && schema.type_def(type_name).is_some() => {
            format!("`{part}` must be `fields`: types/{type_name}/fields/NAME")
        }
        ["types", type_name, rest @ ..] if schema.type_def(type_name).is_none() => {
            let names: Vec<&str> = schema.types().map(|def| def.name.as_str()).collect();
            let of_field = rest.get(1).and_then(|field| schema.types().find(|def| def.fields.contains_key(*field)));
            match (of_field, nearest(type_name, &names)) {
                (Some(def), _) => format!("the field is one of type `{}`", def.name),
                (None, Some(near)) => format!("the schema has no type `{type_name}`; did you mean `{near}`?"),
                (None, None) => format!(
                    "the schema has no type `{type_name}`; queries are fields of type `{}`",
                    schema.query_type()
                ),
            }
        }
        ["types", type_name, "fields", field] => {
            if let Some(def) = schema.types().find(|def| def.fields.contains_key(*field)) {
                return format!("`{field}` is a field of type `{}`", def.name);
            }
            let names: Vec<&str> =
                schema.type_def(type_name).into_iter().flat_map(|def| def.fields.keys()).map(String::as_str).collect();
            match nearest(field, &names) {
                Some(near) => format!("did you mean types/{type_name}/fields/{near}?"),
                None => format!("type `{type_name}` has no field `{field}`"),
            }
        }
        _ => "a field's ARN ends in apis/ID/types/TYPE/fields/FIELD".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Api, LoadOptions};
    use crate::check::{Options, check};

    #[test]
    fn wildcards_are_those_of_iam() {
        for (pattern, text, matches) in [
            ("*", "types/Query/fields/a", true),
            ("types/*", "types/Query/fields/a", true),
            ("types/Query/*", "types/Query/fields/a", true),
            ("types/*/fields/a", "types/Query/fields/a", true),
            ("types/Q?ery/fields/?", "types/Query/fields/a", true),
            ("types/${name}/fields/a", "types/Query/fields/a", true),
            ("types/Query/fields/a/*", "types/Query/fields/a", false),
            ("types/query/fields/a", "types/Query/fields/a", false),
            ("types/Query/fields/", "types/Query/fields/a", false),
            ("", "types/Query/fields/a", false),
        ] {
            assert_eq!(like(pattern, text), matches, "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_matches_no_field_is_named_with_what_was_meant() {
        for (pattern, help) in [
            ("/*", None),
            ("/types/Query/fields/getPost", None),
            ("/types/Post/*", None),
            ("", Some("add /*")),
            ("/types/Query/resolvers/getPost", Some("`resolvers` must be `fields`")),
            ("/types/Query/fields/getPost/*", Some("nothing follows a field's name")),
            ("/types/Mutation/fields/getPost", Some("type `Query`")),
            ("/types/Query/fields/getPosts", Some("did you mean types/Query/fields/getPost?")),
            ("/types/create/*", Some("no type `create`")),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let template = serde_json::json!({ "Resources": {
                "Api": { "Type": "AWS::AppSync::GraphQLApi", "Properties": { "Name": "a", "AuthenticationType": "AWS_IAM" } },
                "Schema": { "Type": "AWS::AppSync::GraphQLSchema", "Properties": {
                    "ApiId": { "Fn::GetAtt": ["Api", "ApiId"] },
                    "Definition": "type Query { getPost: Post } type Post { id: ID! }" } },
                "Policy": { "Type": "AWS::IAM::Policy", "Properties": { "PolicyDocument": { "Statement": [
                    { "Effect": "Allow", "Action": "appsync:GraphQL",
                      "Resource": [{ "Fn::Sub": format!("arn:aws:appsync:*:*:apis/${{Api.ApiId}}{pattern}") }] },
                    { "Effect": "Allow", "Action": "appsync:GetGraphqlApi", "Resource": "*" } ] } } } } });
            let text = serde_json::to_string_pretty(&template).unwrap();
            std::fs::write(folder.path().join("template.json"), text).unwrap();
            let api = Api::open(folder.path(), &LoadOptions::default()).unwrap();
            let report = check(&api, &Options::default()).unwrap();
            let found = report.of("policy-matches-nothing");
            assert_eq!(found.len(), usize::from(help.is_some()), "{pattern}: {found:?}");
            if let Some(help) = help {
                assert!(found[0].help.contains(help), "{pattern}: {}", found[0].help);
                assert!(found[0].place.line > 1, "{:?}", found[0].place);
            }
        }
    }
}
