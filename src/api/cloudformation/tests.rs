//! Intrinsic functions and conditions on small templates.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::intrinsics::Text;
use super::*;

fn deployment(
    folder: &tempfile::TempDir,
    root: &Value,
    stacks: &[(&str, Value)],
    params: &[(&str, &str)],
) -> Deployment {
    let write = |name: &str, value: &Value| {
        std::fs::write(folder.path().join(name), serde_json::to_string_pretty(value).unwrap()).unwrap();
    };
    write("root.json", root);
    std::fs::create_dir_all(folder.path().join("stacks")).unwrap();
    for (name, stack) in stacks {
        write(&format!("stacks/{name}.json"), stack);
    }
    let params: IndexMap<String, String> = params.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    let root = Stack::read("root.json".into(), folder.path().join("root.json"), None).unwrap();
    let files = Files { folder: folder.path().to_owned(), ..Files::default() };
    Deployment::new(root, files, Given::new(params, IndexMap::new()), "build again")
}

/// A root with everything a value can refer to.
fn root(value: Value) -> Value {
    json!({
        "Parameters": {
            "env": { "Type": "String", "Default": "NONE" },
            "list": { "Type": "CommaDelimitedList", "Default": "a, b,c" },
            "open": { "Type": "String" },
            "one": { "Type": "Number", "Default": 1 }
        },
        "Mappings": { "M": { "eu": { "x": "mapped" } } },
        "Conditions": {
            "HasEnv": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "env" }, "NONE"] }] },
            "One": { "Fn::And": [{ "Fn::Equals": [{ "Ref": "one" }, "1"] }, { "Fn::Or": [{ "Condition": "HasEnv" }, { "Fn::Equals": [1, 1] }] }] },
            "Loop": { "Condition": "Loop" }
        },
        "Resources": {
            "Api": { "Type": "AWS::AppSync::GraphQLApi", "Properties": {} },
            "Table": { "Type": "AWS::DynamoDB::Table", "Properties": { "TableName": { "Fn::Sub": "T-${env}" } } },
            "Role": { "Type": "AWS::IAM::Role", "Properties": { "RoleName": "r" } },
            "Signed": { "Type": "AWS::IAM::Role", "Properties": {} },
            "Guest": { "Type": "AWS::IAM::Role", "Properties": {} },
            "ApiAuthRolePolicy0112345678": {
                "Type": "AWS::IAM::ManagedPolicy", "Properties": { "Roles": [{ "Ref": "Signed" }, { "Ref": "Role" }] }
            },
            "ApiUnauthRolePolicy0112345678": {
                "Type": "AWS::IAM::ManagedPolicy", "Properties": { "Roles": [{ "Ref": "Guest" }] }
            },
            "Nested": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "TemplateURL": { "Fn::Join": ["/", ["https://s3.amazonaws.com", { "Ref": "open" }, "stacks", "N.json"]] },
                    "Parameters": { "handed": { "Fn::Join": ["-", ["from", { "Ref": "env" }]] } }
                }
            },
            "Probe": { "Type": "Custom::Probe", "Properties": { "Value": value } }
        }
    })
}

fn nested() -> Value {
    json!({
        "Parameters": { "handed": { "Type": "String" }, "kept": { "Type": "String", "Default": "own" } },
        "Resources": {},
        "Outputs": {
            "Out": { "Value": { "Fn::Sub": "${handed}/${kept}" }, "Export": { "Name": { "Fn::Join": [":", ["x", "Out"]] } } }
        }
    })
}

fn probe(value: Value, params: &[(&str, &str)]) -> Result<Text> {
    let folder = tempfile::tempdir().unwrap();
    let deployment = deployment(&folder, &root(value), &[("N", nested())], params);
    let top = At::top(0);
    let (section, id);
    section = top.key("Resources");
    id = section.key("Probe");
    let properties = id.key("Properties");
    let value = deployment.root().resource("Probe").unwrap().unwrap().pointer("/Properties/Value").cloned();
    Ok(deployment.text(&properties.key("Value"), value.as_ref())?.unwrap_or_default())
}

#[test]
fn functions_give_what_cloudformation_gives() {
    for (value, expected) in [
        (json!("plain"), "plain"),
        (json!(7), "7"),
        (json!({ "Ref": "env" }), "NONE"),
        (json!({ "Ref": "one" }), "1"),
        (json!({ "Ref": "AWS::Partition" }), "aws"),
        (json!({ "Ref": "AWS::Region" }), "${Region}"),
        (json!({ "Ref": "open" }), "${open}"),
        (json!({ "Ref": "Table" }), "T-NONE"),
        (json!({ "Fn::GetAtt": ["Table", "Arn"] }), "arn:aws:dynamodb:${Region}:${AccountId}:table/T-NONE"),
        (json!({ "Fn::GetAtt": "Role.Arn" }), "arn:aws:iam::${AccountId}:role/r"),
        (json!({ "Fn::GetAtt": ["Api", "ApiId"] }), "${ApiId}"),
        (json!({ "Fn::GetAtt": ["Probe", "Some.Thing"] }), "${Probe_Some_Thing}"),
        (json!({ "Fn::GetAtt": ["Nested", "Outputs.Out"] }), "from-NONE/own"),
        (json!({ "Fn::ImportValue": "x:Out" }), "from-NONE/own"),
        (json!({ "Fn::ImportValue": "elsewhere" }), "${elsewhere}"),
        (json!({ "Fn::Sub": "${env}-${!literal}-${Table}-${Api.ApiId}" }), "NONE-${literal}-T-NONE-${ApiId}"),
        (json!({ "Fn::Sub": ["${x}/${env}", { "x": { "Fn::Join": [".", ["a", "b"]] } }] }), "a.b/NONE"),
        (json!({ "Fn::Join": [",", { "Ref": "list" }] }), "a,b,c"),
        (json!({ "Fn::Join": ["", ["a", { "Ref": "AWS::NoValue" }, "b"]] }), "ab"),
        (json!({ "Fn::Select": ["1", { "Fn::Split": [":", "a:b:c"] }] }), "b"),
        (json!({ "Fn::Select": [5, { "Fn::Split": [":", { "Ref": "open" }] }] }), "${open}"),
        (json!({ "Fn::If": ["HasEnv", { "Fn::Bogus": 1 }, "no"] }), "no"),
        (json!({ "Fn::If": ["One", "yes", "no"] }), "yes"),
        (json!({ "Fn::FindInMap": ["M", "eu", "x"] }), "mapped"),
    ] {
        let text = probe(value.clone(), &[]).unwrap_or_else(|e| panic!("{value}: {e:#}"));
        assert_eq!(text.text, expected, "{value}");
        let shown = text.placeholders.iter().all(|p| text.text.contains(p.as_str()));
        assert!(shown, "{value}: {:?} stand in the text", text.placeholders);
        assert_eq!(text.placeholders.is_empty(), !text.text.replace("${literal}", "").contains("${"), "{value}");
    }
}

#[test]
fn what_a_person_says_about_any_name_is_taken() {
    for (value, params, expected) in [
        (json!({ "Ref": "env" }), ("env", "dev"), "dev"),
        (json!({ "Ref": "Table" }), ("Table", "mine"), "mine"),
        (json!({ "Fn::GetAtt": ["Probe", "Arn"] }), ("Probe.Arn", "arn"), "arn"),
        (json!({ "Fn::GetAtt": ["Api", "Arn"] }), ("apiId", "i"), "arn:aws:appsync:${Region}:${AccountId}:apis/i"),
        (json!({ "Fn::GetAtt": ["Nested", "Outputs.Out"] }), ("env", "dev"), "from-dev/own"),
        (json!({ "Fn::ImportValue": "elsewhere" }), ("elsewhere", "there"), "there"),
        (json!({ "Fn::If": ["HasEnv", "yes", "no"] }), ("env", "dev"), "yes"),
    ] {
        assert_eq!(probe(value.clone(), &[params]).unwrap().text, expected, "{value} {params:?}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_shown_where_it_stands() {
    for (value, key, message, help) in [
        (json!({ "Fn::Sub": ["${x}", { "x": { "Fn::Bogus": 1 } }] }), "\"Fn::Bogus\"", "`Fn::Bogus` of `Probe`", true),
        (json!({ "Fn::Transform": {} }), "\"Fn::Transform\"", "`Fn::Transform` of `Probe`", true),
        (json!({ "Ref": "nope" }), "\"Ref\": \"nope\"", "`nope` of `Probe` is neither a parameter", false),
        (json!({ "Fn::GetAtt": ["nope", "Arn"] }), "\"Fn::GetAtt\"", "`nope` of `Probe` is no resource", false),
        (json!({ "Fn::GetAtt": ["Nested", "Outputs.Nope"] }), "\"Fn::GetAtt\"", "`stacks/N.json`", false),
        (json!({ "Fn::If": ["Loop", 1, 2] }), "\"Loop\": {", "this value refers to itself", false),
        (json!({ "Fn::Join": [1] }), "\"Fn::Join\"", "`Fn::Join` of `Probe` takes", false),
        (json!({ "a": 1 }), "\"Value\"", "a text is expected here", false),
    ] {
        let pretty = serde_json::to_string_pretty(&root(value.clone())).unwrap();
        let error = probe(value.clone(), &[]).unwrap_err();
        assert!(error.message().contains(message), "{error}");
        let place = error.place().unwrap();
        let line = pretty.lines().nth(place.line as usize - 1).unwrap();
        let shown = line.get(place.column as usize - 1..).unwrap();
        let in_loop = key.contains("Loop");
        assert!(in_loop || shown.starts_with(key), "{error}: {shown}");
        assert_eq!(error.help_text().is_some_and(|h| h.contains("Fn::GetAtt")), help, "{error:#}");
    }
}

#[test]
fn only_the_stacks_a_field_leads_to_are_parsed() {
    let resolver = |field: &str| {
        json!({ "Resources": {
            "R": { "Type": "AWS::AppSync::Resolver", "Properties": {
                "TypeName": "Query", "FieldName": field, "DataSourceName": "D", "RequestMappingTemplate": "{}" } },
            "S": { "Type": "AWS::AppSync::DataSource", "Properties": { "Name": "D", "Type": "NONE" } }
        } })
    };
    let stack = |name: &str| json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": format!("s3://b/stacks/{name}.json") } });
    let root = json!({ "Resources": { "A": stack("A"), "B": stack("B") } });
    let folder = tempfile::tempdir().unwrap();
    let deployment = deployment(&folder, &root, &[("A", resolver("a")), ("B", resolver("b"))], &[]);
    // B is no JSON: reading `a` must not notice.
    std::fs::write(folder.path().join("stacks/B.json"), "{{{ \"FieldName\": \"b\", AWS::AppSync::Resolver").unwrap();
    assert!(deployment.resolver("Query", "a").unwrap().is_some());
    // But a field without a resolver is one only when every stack could be read.
    for field in ["b", "c"] {
        let error = deployment.resolver("Query", field).unwrap_err();
        assert_eq!(error.place().unwrap().file, "stacks/B.json");
    }
}

#[test]
fn templates_that_go_in_circles_end_in_an_error() {
    let stack = |name: &str, value: Value| {
        json!({ "Type": "AWS::CloudFormation::Stack",
                "Properties": { "TemplateURL": format!("s3://b/stacks/{name}.json"), "Parameters": { "p": value } } })
    };
    let child = json!({ "Parameters": { "p": { "Type": "String" } }, "Outputs": { "o": { "Value": { "Ref": "p" } } },
                        "Resources": {} });
    let root = json!({ "Resources": {
        "A": stack("A", json!({ "Fn::GetAtt": ["A", "Outputs.o"] })),
        "R": { "Type": "AWS::AppSync::Resolver", "Properties": {
            "TypeName": "Query", "FieldName": "f", "DataSourceName": "D",
            "RequestMappingTemplate": { "Fn::GetAtt": ["A", "Outputs.o"] } } },
        "S": { "Type": "AWS::AppSync::DataSource", "Properties": { "Name": "D", "Type": "NONE" } }
    } });
    let folder = tempfile::tempdir().unwrap();
    let deployment = deployment(&folder, &root, &[("A", child)], &[]);
    let error = deployment.resolver("Query", "f").unwrap_err();
    assert!(error.message().contains("refers to itself"), "{error}");
}

#[test]
fn stacks_that_nest_each_other_are_refused_where_they_do() {
    let stack = |url: &str| json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": url } });
    for (again, message) in [
        ("s3://b/stacks/A.json", "stack `Again` nests `stacks/A.json`, which nests it in turn"),
        ("../root.json", "stack `Again` nests `root.json`, which nests it in turn"),
    ] {
        let root = json!({ "Resources": { "A": stack("s3://b/stacks/A.json") } });
        let folder = tempfile::tempdir().unwrap();
        let deployment = deployment(&folder, &root, &[("A", json!({ "Resources": { "Again": stack(again) } }))], &[]);
        let error = deployment.resolver("Query", "f").unwrap_err();
        assert_eq!(error.message(), message);
        assert_eq!(error.place().map(|place| (place.file.as_str(), place.line)), Some(("stacks/A.json", 3)));
    }
}

#[test]
fn what_belongs_to_another_api_is_left_alone() {
    let of = |api: &str, kind: &str, mut properties: Value| {
        properties["ApiId"] = json!({ "Fn::GetAtt": [api, "ApiId"] });
        json!({ "Type": format!("AWS::AppSync::{kind}"), "Properties": properties })
    };
    let resolver = |api: &str, text: &str| {
        let properties =
            json!({ "TypeName": "Query", "FieldName": "f", "DataSourceName": "D", "RequestMappingTemplate": text });
        of(api, "Resolver", properties)
    };
    let api = |mode: &str| json!({ "Type": "AWS::AppSync::GraphQLApi", "Properties": { "AuthenticationType": mode } });
    let merged = json!({ "Type": "AWS::AppSync::GraphQLApi", "Properties": { "ApiType": "MERGED", "AuthenticationType": "AWS_IAM" } });
    let root = json!({ "Resources": {
        "One": api("API_KEY"), "Two": api("AWS_IAM"), "Both": merged,
        "R1": resolver("One", "1"), "R2": resolver("Two", "2"),
        "D1": of("One", "DataSource", json!({ "Name": "D", "Type": "NONE" })),
        "D2": of("Two", "DataSource", json!({ "Name": "D", "Type": "AWS_LAMBDA" })),
        "S1": of("One", "GraphQLSchema", json!({ "Definition": "type Query { f: Int }" })),
        "S2": of("Two", "GraphQLSchema", json!({ "Definition": "type Query { f: String }" })),
    } });
    let folder = tempfile::tempdir().unwrap();
    let read = |wanted: Option<&str>| {
        let deployment = deployment(&folder, &root, &[], &[]).with_wanted(wanted.map(str::to_owned));
        let described = deployment.describe()?;
        let resolver = deployment.resolver("Query", "f")?.unwrap();
        let crate::api::ResolverKind::Unit(source) = &resolver.kind else { panic!("{resolver:?}") };
        let SchemaSource::Inline(_, schema) = described.schema else { panic!("no schema") };
        Ok::<_, Error>((described.default_provider.mode, source.kind.clone(), schema, deployment.resolvers()?.len()))
    };
    let (mode, source, schema, count) = read(Some("Two")).unwrap();
    assert_eq!(
        (mode, source),
        (Some(crate::api::AuthMode::Iam), crate::api::DataSourceKind::Other("AWS_LAMBDA".into()))
    );
    assert_eq!((schema.as_str(), count), ("type Query { f: String }", 1));
    assert_eq!(read(Some("One")).unwrap().1, crate::api::DataSourceKind::None);
    for (wanted, message, help) in [
        (None, "the template holds 2 APIs: `One`, `Two`", "`--api root.json#One`"),
        (Some("Three"), "there is no API `Three` in this template", "`One`, `Two`, `Both`"),
    ] {
        let error = read(wanted).unwrap_err();
        assert_eq!(error.message(), message);
        assert!(error.help_text().is_some_and(|text| text.contains(help)), "{error:#}");
    }
}

#[test]
fn tables_and_nested_applications_of_sam_are_read() {
    let nested = json!({ "Parameters": { "table": { "Type": "String" } }, "Resources": {
        "D": { "Type": "AWS::AppSync::DataSource", "Properties": {
            "Name": "D", "Type": "AMAZON_DYNAMODB", "DynamoDBConfig": { "TableName": { "Ref": "table" } } } },
        "R": { "Type": "AWS::AppSync::Resolver", "Properties": {
            "TypeName": "Query", "FieldName": "f", "DataSourceName": { "Fn::GetAtt": ["D", "Name"] },
            "RequestMappingTemplate": "{}" } },
    } });
    let root = json!({ "Transform": ["AWS::Serverless-2016-10-31", "Ours"], "Resources": {
        "Table": { "Type": "AWS::Serverless::SimpleTable", "Properties": {
            "TableName": "notes", "PrimaryKey": { "Name": "key", "Type": "String" } } },
        "App": { "Type": "AWS::Serverless::Application", "Properties": {
            "Location": "stacks/App.json", "Parameters": { "table": { "Ref": "Table" } } } },
        "Public": { "Type": "AWS::Serverless::Application", "Properties": {
            "Location": { "ApplicationId": "arn:aws:serverlessrepo:us-east-1:1:applications/x", "SemanticVersion": "1" } } },
    } });
    let folder = tempfile::tempdir().unwrap();
    let deployment = deployment(&folder, &root, &[("App", nested)], &[]);
    let resolver = deployment.resolver("Query", "f").unwrap().unwrap();
    let crate::api::ResolverKind::Unit(source) = &resolver.kind else { panic!("{resolver:?}") };
    let crate::api::DataSourceKind::DynamoDb(table) = &source.kind else { panic!("{source:?}") };
    assert_eq!((table.name.as_str(), table.keys.as_slice()), ("notes", &["key".to_owned()][..]));
    assert_eq!(deployment.notes(), ["the macro `Ours` is not applied: what it changes is not known"]);
}

#[test]
fn only_what_is_deployed_counts() {
    let api = |mode: &str, condition: &str| json!({ "Type": "AWS::AppSync::GraphQLApi", "Condition": condition, "Properties": { "AuthenticationType": mode } });
    let root = json!({
        "Parameters": { "stage": { "Type": "String", "Default": "dev" } },
        "Conditions": {
            "Prod": { "Fn::Equals": [{ "Ref": "stage" }, "prod"] }, "Dev": { "Fn::Not": [{ "Condition": "Prod" }] },
        },
        "Resources": { "One": api("AWS_IAM", "Prod"), "Two": api("API_KEY", "Dev") },
    });
    let folder = tempfile::tempdir().unwrap();
    for (params, mode) in [(vec![], crate::api::AuthMode::ApiKey), (vec![("stage", "prod")], crate::api::AuthMode::Iam)]
    {
        let described = deployment(&folder, &root, &[], &params).describe().unwrap();
        assert_eq!(described.default_provider.mode, Some(mode));
    }
}

#[test]
fn roles_of_amplify_s_policies_have_the_names_that_a_person_knows_them_by() {
    let params = [("authRoleName", "signed-in"), ("unauthRoleName", "guests")];
    for (role, given, name) in [
        ("Signed", &params[..], "signed-in"),
        ("Guest", &params, "guests"),
        ("Role", &params, "r"),
        ("Signed", &[], "${Signed}"),
        ("Signed", &[("Signed", "mine"), ("authRoleName", "signed-in")], "mine"),
    ] {
        assert_eq!(probe(json!({ "Ref": role }), given).unwrap().text, name, "{role}");
    }
}
