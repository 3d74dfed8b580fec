//! What was run, in the form that options of the command line take: whoever doubts a way runs it again.

use serde_json::{Map, Value as Json, json};

use super::super::counterfactual::Case;
use super::model::Proof;
use crate::api::AuthMode;
use crate::execute::FieldInput;
use crate::identity::IdentityFacts;
use crate::report::Edit;

/// The run of a case.
pub fn of(case: &Case<'_>, input: &FieldInput, edits: Vec<Edit>) -> Proof {
    let data = case.data();
    let mut held = Map::new();
    for name in data.table_names() {
        held.insert(name.to_owned(), data.table(name).map(|table| table.to_json()).unwrap_or_default());
    }
    if !data.responses().is_empty() {
        held.insert("responses".to_owned(), Json::Object(data.responses().clone()));
    }
    Proof {
        identity: case.facts().map(identity).unwrap_or_default(),
        arguments: input.arguments.clone(),
        source: input.source.clone(),
        data: Json::Object(held),
        edits,
    }
}

/// The records of all tables.
pub fn records(case: &Case<'_>) -> Vec<Json> {
    let data = case.data();
    let tables = data.table_names().filter_map(|name| data.table(name));
    tables.flat_map(|table| table.to_json().as_array().cloned().unwrap_or_default()).collect()
}

/// A caller as `--identity` takes it.
pub fn identity(facts: &IdentityFacts) -> Json {
    let mode = match facts.mode {
        AuthMode::ApiKey => "apiKey",
        AuthMode::UserPool => "userPool",
        AuthMode::Oidc => "oidc",
        AuthMode::Iam => "iam",
        AuthMode::Lambda => "lambda",
    };
    let mut all = Map::new();
    let mut put = |name: &str, value: Json| {
        if !value.is_null() {
            all.insert(name.to_owned(), value);
        }
    };
    put("mode", json!(mode));
    put("claims", json!(facts.claims));
    put("userArn", json!(facts.user_arn));
    put("accountId", json!(facts.account_id));
    put("username", json!(facts.username));
    if let Some(cognito) = &facts.cognito {
        let members = [
            ("identityPoolId", &cognito.identity_pool_id),
            ("identityId", &cognito.identity_id),
            ("authType", &cognito.auth_type),
            ("authProvider", &cognito.auth_provider),
        ];
        let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?))));
        put("cognito", Json::Object(given.collect()));
    }
    put("resolverContext", json!(facts.resolver_context));
    Json::Object(all)
}
