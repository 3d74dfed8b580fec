//! Entries of `deniedFields` that name no field: they deny nothing.

use serde_json::Value as Json;

use super::finding::{CheckPlace, Found};
use super::subject::{AuthorizerAnswer, Subject};
use crate::api::Schema;
use crate::execute::denied_by;
use crate::json_file::nearest;

/// Reports every entry of every answer that the person gave which no field of the schema goes by.
pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    for AuthorizerAnswer { file, identity, answer } in &subject.options.authorizers {
        let entries = answer.get("deniedFields").and_then(Json::as_array).into_iter().flatten();
        for entry in entries.filter_map(Json::as_str) {
            if let Some(why) = matches_nothing(&subject.api.schema, entry) {
                let place = CheckPlace::find(file, &[entry]);
                let message = format!("`{entry}` in deniedFields of `{identity}` denies nothing: {why}");
                found.add(place, message, "an entry is `Type.field`, or the field's ARN; there are no wildcards");
            }
        }
    }
}

/// Why an entry names no field; `None` when it does.
fn matches_nothing(schema: &Schema, entry: &str) -> Option<String> {
    if schema.types().any(|def| def.fields.keys().any(|field| denied_by(entry, &def.name, field))) {
        return None;
    }
    let (type_name, field) = match entry.rsplit_once(":apis/") {
        Some((_, path)) => match path.split('/').collect::<Vec<_>>().as_slice() {
            [_, "types", type_name, "fields", field] => ((*type_name).to_owned(), (*field).to_owned()),
            _ => return Some("a field's ARN ends in apis/ID/types/TYPE/fields/FIELD".to_owned()),
        },
        None => match entry.split_once('.') {
            Some((type_name, field)) => (type_name.to_owned(), field.to_owned()),
            None => return Some("it names no field of a type".to_owned()),
        },
    };
    let Some(def) = schema.type_def(&type_name) else {
        let names: Vec<&str> = schema.types().map(|def| def.name.as_str()).collect();
        return Some(format!("the schema has no type `{type_name}`{}", meant(&type_name, &names)));
    };
    let names: Vec<&str> = def.fields.keys().map(String::as_str).collect();
    Some(format!("type `{type_name}` has no field `{field}`{}", meant(&field, &names)))
}

fn meant(name: &str, known: &[&str]) -> String {
    nearest(name, known).map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::sample;
    use serde_json::json;

    #[test]
    fn entries_are_held_against_the_schema_letter_by_letter() {
        let answer = json!({ "isAuthorized": true, "deniedFields": [
            "Query.a", "User.email", "arn:aws:appsync:us-east-1:111122223333:apis/x/types/User/fields/email",
            "Mutation.*", "Mutation", "user.email", "User.mail",
            "arn:aws:appsync:us-east-1:111122223333:apis/x/types/User/email",
        ] });
        let report = sample("type Query { a: User } type User { email: String }").authorizer(answer).report();
        let found: Vec<String> = report.of("denied-field-matches-nothing").iter().map(|f| f.message.clone()).collect();
        assert_eq!(found.len(), 5, "{found:#?}");
        assert!(found.iter().any(|message| message.contains("no type `user`; did you mean `User`?")), "{found:#?}");
        assert!(found.iter().any(|message| message.contains("no field `mail`; did you mean `email`?")), "{found:#?}");
        assert_eq!(report.of("denied-field-matches-nothing")[0].place.file, "caller.json");
    }
}
