//! Whole APIs: every template of every build parses, and every root field runs for a caller of every mode without an
//! error of ours. Decisions are the business of `suites.rs`; here the question is what an API can contain.
//!
//! Runs this repository's builds and samples; `VTLENS_SUITES=FOLDER` adds `FOLDER/builds` and `FOLDER/builds-gen2`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};
use vtlens::api::schema::{InputValue, TypeKind, TypeRef};
use vtlens::api::{Api, AuthMode, DataSourceKind, LoadOptions, ResolverKind, Schema};
use vtlens::compile::compile;
use vtlens::execute::{Caller, Execution, Executor, FieldInput};
use vtlens::limits::Env;
use vtlens::source::Data;

/// 2026-01-02T03:04:05Z
const NOW: i64 = 1_767_323_045_000;

/// Failures that are AppSync's answer to these requests, not ours: part of the message.
const EXPECTED: [&str; 2] = [
    // A caller without groups cannot subscribe where only his groups admit him (seen live).
    "is compared with an empty list, so nothing can pass",
    // An index query of the old transformer without its key renders no key condition.
    "Value for field '$[query][expression]' not found.",
];

fn builds() -> Vec<PathBuf> {
    let mut folders = ["templates/blog", "templates/classic", "templates/handwritten", "tests/api/project"]
        .into_iter()
        .chain(["tests/api/v1", "tests/api/cdk.out"])
        .map(PathBuf::from)
        .collect::<Vec<_>>();
    let mut add = |parent: PathBuf| {
        let Ok(entries) = std::fs::read_dir(parent) else { return };
        folders.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()));
    };
    add(packed::at("tests/amplify/builds"));
    add(packed::at("tests/live/builds"));
    if let Some(more) = std::env::var_os("VTLENS_SUITES") {
        add(Path::new(&more).join("builds"));
        add(Path::new(&more).join("builds-gen2"));
    }
    folders.sort();
    folders
}

fn open(folder: &Path) -> Api {
    let params = [("env", "dev"), ("AWS::Region", "us-east-1"), ("AWS::AccountId", "123456789012")];
    let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let options = LoadOptions { params, ..LoadOptions::default() };
    Api::open(folder, &options).unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn every_template_parses() {
    let (mut count, mut failures) = (0, Vec::new());
    for folder in builds() {
        for template in open(&folder).template_files().unwrap_or_else(|error| panic!("{error:#}")) {
            count += 1;
            if let Err(error) = compile(&template.name, &template.text) {
                failures.push(format!("{}: {error}", folder.display()));
            }
        }
    }
    println!("{} builds, {count} templates", builds().len());
    assert!(count > 500, "only {count} templates");
    assert!(failures.is_empty(), "{} of {count} do not parse:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_root_field_runs_for_every_mode() {
    let (mut fields, mut decisions, mut failures) = (0, BTreeMap::new(), Vec::new());
    for folder in builds() {
        let api = open(&folder);
        let (executor, items) = (Executor::new(&api), items(&api));
        for (parent, field) in root_fields(&api.schema) {
            fields += 1;
            for mode in AuthMode::ALL {
                for optional in [false, true] {
                    let filler = Filler { schema: &api.schema, optional, operator: fields };
                    let arguments = filler.arguments(&parent, &field);
                    let input = FieldInput::new(&parent, &field, arguments);
                    let plain = run(&executor, &input, mode, &items, false);
                    let recorded = run(&executor, &input, mode, &items, true);
                    *decisions.entry(plain.as_ref().map_or("unreadable".into(), decision)).or_insert(0) += 1;
                    if let Some(fault) = fault(&plain, &recorded) {
                        let shown = Json::Object(input.arguments.clone());
                        failures.push(format!("{} {parent}.{field} {mode:?} {shown}\n    {fault}", folder.display()));
                    }
                }
            }
        }
    }
    let runs: usize = decisions.values().sum();
    println!("{} builds, {fields} root fields, {runs} runs: {decisions:?}", builds().len());
    assert!(runs > 2000, "only {runs} runs");
    assert!(failures.is_empty(), "{} of {runs} failed:\n{}", failures.len(), failures.join("\n"));
}

fn decision(execution: &Execution) -> String {
    format!("{:?}", execution.decision)
}

fn root_fields(schema: &Schema) -> Vec<(String, String)> {
    [schema.query_type(), schema.mutation_type(), schema.subscription_type()]
        .into_iter()
        .filter_map(|name| schema.type_def(name))
        .flat_map(|root| root.fields.keys().map(|field| (root.name.clone(), field.clone())))
        .collect()
}

fn run(
    executor: &Executor<'_>,
    input: &FieldInput,
    mode: AuthMode,
    items: &Data,
    record: bool,
) -> vtlens::Result<Execution> {
    let (identity, groups) = identity(mode);
    let caller =
        Caller { mode, identity: &identity, groups: groups.as_deref(), denied_fields: &[], policy_refusals: &[] };
    executor.field(input, caller, &mut items.clone(), &Env::at(NOW), record)
}

/// What went wrong on our side: unreadable input, a template that threw a Java exception, or a run that came out
/// otherwise because it was recorded.
fn fault(plain: &vtlens::Result<Execution>, recorded: &vtlens::Result<Execution>) -> Option<String> {
    let (plain, recorded) = match (plain, recorded) {
        (Ok(plain), Ok(recorded)) => (plain, recorded),
        (Err(error), _) | (_, Err(error)) => return Some(format!("{error:#}")),
    };
    let answer = |execution: &Execution| (execution.value.clone(), execution.faults.clone(), execution.decision);
    if answer(plain) != answer(recorded) {
        return Some(format!("recording changed it: {:?}, {:?}", answer(plain), answer(recorded)));
    }
    let expected = |message: &str| EXPECTED.iter().any(|text| message.contains(text));
    plain
        .faults
        .iter()
        .find(|fault| fault.error_type.as_deref() == Some("MappingTemplate") && !expected(&fault.message))
        .map(|fault| format!("{} ({})", fault.message, plain.runs.last().map_or("", |run| &run.template)))
}

/// `$ctx.identity` of a plausible caller, and the groups of his token.
fn identity(mode: AuthMode) -> (Json, Option<Vec<String>>) {
    let issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_POOL1234";
    let identity = match mode {
        AuthMode::ApiKey => Json::Null,
        AuthMode::UserPool => json!({
            "sub": "u1", "issuer": issuer, "username": "bob", "sourceIp": ["203.0.113.7"],
            "defaultAuthStrategy": "ALLOW", "groups": ["Admin"],
            "claims": {
                "sub": "u1", "cognito:username": "bob", "cognito:groups": ["Admin"], "iss": issuer,
                "token_use": "id", "aud": "client", "email": "bob@x.test",
            },
        }),
        AuthMode::Oidc => json!({
            "sub": "o1", "issuer": "https://oidc.x.test",
            "claims": { "sub": "o1", "iss": "https://oidc.x.test", "aud": "client", "username": "bob" },
        }),
        AuthMode::Iam => json!({
            "accountId": "123456789012", "sourceIp": ["203.0.113.7"], "username": "AROAEXAMPLE:session",
            "userArn": "arn:aws:sts::123456789012:assumed-role/authRole/session",
            "cognitoIdentityPoolId": "us-east-1:11111111-2222-3333-4444-555555555555",
            "cognitoIdentityId": "us-east-1:66666666-7777-8888-9999-000000000000",
            "cognitoIdentityAuthType": "authenticated", "cognitoIdentityAuthProvider": "cognito",
        }),
        AuthMode::Lambda => json!({ "resolverContext": { "tenant": "t1" } }),
    };
    (identity, (mode == AuthMode::UserPool).then(|| vec!["Admin".to_owned()]))
}

/// One item with id `1` in every table, which belongs to Bob.
fn items(api: &Api) -> Data {
    let mut tables = Map::new();
    for (parent, field) in api.resolvers().unwrap() {
        let Some(resolver) = api.resolver(&parent, &field).unwrap() else { continue };
        let sources = match &resolver.kind {
            ResolverKind::Unit(source) => vec![source],
            ResolverKind::Pipeline(functions) => functions.iter().map(|function| &function.data_source).collect(),
        };
        for source in sources {
            if let DataSourceKind::DynamoDb(table) = &source.kind {
                let mut item: Map<String, Json> = table.keys.iter().map(|key| (key.clone(), json!("1"))).collect();
                item.insert("owner".into(), json!("bob"));
                tables.insert(source.name.clone(), json!([item]));
            }
        }
    }
    Data::from_json("data", &Json::Object(tables)).unwrap()
}

/// Arguments made from a schema as a client would fill them.
struct Filler<'a> {
    schema: &'a Schema,
    /// Optional arguments and fields too.
    optional: bool,
    /// Which operator filters use, modulo how many there are.
    operator: usize,
}

impl Filler<'_> {
    fn arguments(&self, parent: &str, field: &str) -> Map<String, Json> {
        let args = self.schema.field(parent, field).unwrap().args.iter();
        // A page token is the service's own.
        let wanted = args.filter(|arg| arg.ty.is_non_null() || self.optional && arg.name != "nextToken");
        wanted.map(|arg| (arg.name.clone(), self.value(&arg.ty))).collect()
    }

    fn value(&self, ty: &TypeRef) -> Json {
        let name = match ty {
            TypeRef::NonNull(inner) => return self.value(inner),
            TypeRef::List(inner) => return json!([self.value(inner)]),
            TypeRef::Named(name) => name.as_str(),
        };
        match (self.schema.type_kind(name), name) {
            (Some(TypeKind::Input), _) => self.input(self.schema.input_fields(name).unwrap()),
            (Some(TypeKind::Enum), _) => json!(self.schema.enum_values(name).unwrap()[0]),
            (_, "Int" | "AWSTimestamp") => json!(1),
            (_, "Float") => json!(1.5),
            (_, "Boolean") => json!(true),
            (_, "AWSDate") => json!("2026-01-02"),
            (_, "AWSDateTime") => json!("2026-01-02T03:04:05.678Z"),
            (_, "AWSJSON") => json!("{}"),
            _ => json!("1"),
        }
    }

    fn input(&self, fields: &IndexMap<String, InputValue>) -> Json {
        let one = if fields.contains_key("eq") {
            // `{ne: ..., eq: ..., between: ...}`: one operator.
            fields.values().nth(self.operator % fields.len())
        } else if fields.contains_key("and") {
            // A filter: one field; that alone keeps to the limits of subscription filters.
            fields.values().find(|field| !["and", "or", "not"].contains(&field.name.as_str()))
        } else {
            let wanted = fields.values().filter(|field| field.ty.is_non_null() || self.optional);
            return wanted.map(|field| (field.name.clone(), self.value(&field.ty))).collect::<Map<_, _>>().into();
        };
        let one = one.unwrap();
        let mut value = self.value(&one.ty);
        if let (Json::Array(bounds), "between") = (&mut value, one.name.as_str()) {
            bounds.push(bounds[0].clone());
        }
        json!({ &one.name: value })
    }
}
