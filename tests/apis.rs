//! Every way an API lies on disk: opened from each of its paths, read whole, and never a resolver left out in silence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;
use std::path::Path;

use assert_cmd::Command;
use vtlens::api::{Api, Code, LoadOptions, ResolverKind};

/// What an API is, in lines: each resolver with what it runs, in order.
fn described(api: &Api) -> String {
    let mut out = format!("{} · {}\n", api.kind.words(), api.name);
    let modes: Vec<&str> = api.modes().map(|mode| mode.name()).collect();
    writeln!(out, "modes {} · schema {}", modes.join(", "), api.schema.file().name()).unwrap();
    for (type_name, field) in api.resolvers().unwrap() {
        let resolver = api.resolver(&type_name, &field).unwrap_or_else(|error| panic!("{error:#}")).unwrap();
        match &resolver.kind {
            ResolverKind::Unit(source) => {
                writeln!(out, "{type_name}.{field} on {} {}", source.name, code(&resolver.code)).unwrap();
            }
            ResolverKind::Pipeline(functions) => {
                writeln!(out, "{type_name}.{field} pipeline {}", code(&resolver.code)).unwrap();
                for function in functions {
                    let source = &function.data_source.name;
                    writeln!(out, "    {} on {source} {}", function.name, code(&function.code)).unwrap();
                }
            }
        }
    }
    api.notes().iter().for_each(|note| writeln!(out, "note: {note}").unwrap());
    out
}

fn code(code: &Code) -> String {
    match code {
        Code::JavaScript(file) => format!("JavaScript {file}"),
        Code::Vtl { request, response } => {
            let name = |t: &Option<vtlens::api::Template>| t.as_ref().map_or("-".to_owned(), |t| t.name.clone());
            format!("{} | {}", name(request), name(response))
        }
    }
}

fn open(path: &str) -> Api {
    Api::open(&Path::new("tests/api").join(path), &LoadOptions::default()).unwrap_or_else(|e| panic!("{path}: {e:#}"))
}

#[test]
fn each_layout_is_read_whole() {
    for (layout, paths) in [
        ("cdk-app", &["cdk-app", "cdk-app/cdk.out", "cdk-app/cdk.out/NotesApi.template.json"][..]),
        ("cloudformation", &["cloudformation", "cloudformation/template.yaml"]),
        ("serverless", &["serverless", "serverless/serverless.yml", "serverless/.serverless"]),
    ] {
        let first = described(&open(paths[0]));
        for path in paths {
            let again = described(&open(path));
            let body = |text: &str| text.split_once('\n').map(|(_, body)| body.to_owned());
            assert_eq!(body(&first), body(&again), "{path}");
        }
        insta::assert_snapshot!(layout, first);
    }
}

#[test]
fn an_api_is_found_from_any_folder_below_it() {
    for (from, found) in [
        ("cdk-app/cdk.out", "cdk-app/cdk.out"),
        ("cloudformation/vtl", "cloudformation"),
        ("cloudformation/templates", "cloudformation"),
        ("serverless/.serverless", "serverless/.serverless"),
        ("project/amplify/backend/api/blog/resolvers", "project/amplify/backend/api/blog"),
    ] {
        // A copy: the checkout is a repository of its own, and may be none at all.
        let folder = tempfile::tempdir().unwrap();
        copy(Path::new("tests/api"), folder.path());
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        let answer = Api::find_from(&folder.path().join(from)).unwrap_or_else(|error| panic!("{from}: {error:#}"));
        assert_eq!(answer, std::fs::canonicalize(folder.path().join(found)).unwrap(), "{from}");
    }
}

#[test]
fn what_amplify_deployed_is_an_api_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = folder.path().join("amplify/#current-cloud-backend");
    copy(Path::new("tests/api/project/amplify/backend"), &cloud);
    for path in ["api/blog", "api/blog/build", ""] {
        let api = Api::open(&cloud.join(path), &LoadOptions::default()).unwrap_or_else(|e| panic!("{path}: {e:#}"));
        assert!(api.resolver("Query", "getPost").unwrap().is_some(), "{path}");
    }
}

/// Wherever a file ends: the API is read, or one error says what is wrong with which file.
#[test]
fn a_file_that_is_cut_off_is_refused_or_read() {
    for (sample, file) in [
        ("cloudformation", "template.yaml"),
        ("cloudformation", "templates/writes.yaml"),
        ("serverless", ".serverless/cloudformation-template-update-stack.json"),
        ("cdk-app", "cdk.out/NotesWrites.template.json"),
        ("cdk-app", "cdk.out/manifest.json"),
        ("cdk-app", "cdk.out/NotesWrites.assets.json"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new("tests/api").join(sample), folder.path());
        let path = folder.path().join(file);
        let whole = std::fs::read_to_string(&path).unwrap();
        for length in (0..whole.len()).step_by(whole.len() / 60 + 1) {
            std::fs::write(&path, whole.get(..length).unwrap_or_default()).unwrap();
            let read = Api::open(folder.path(), &LoadOptions::default()).and_then(|api| {
                api.resolvers()?.iter().map(|(of, field)| api.resolver(of, field)).collect::<Result<Vec<_>, _>>()
            });
            if let Err(error) = read {
                assert!(error.place().is_some() || !error.message().is_empty(), "{file} up to {length}: {error:#}");
            }
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = std::fs::copy(entry.path(), target).unwrap(),
        }
    }
}

/// A copy of a build whose stack has all its functions in JavaScript.
fn in_javascript(from: &Path, to: &Path, stack: &str) {
    copy(from, to);
    let mut json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(to.join(stack)).unwrap()).unwrap();
    for resource in json["Resources"].as_object_mut().unwrap().values_mut() {
        if resource["Type"] == "AWS::AppSync::FunctionConfiguration" {
            let properties = resource["Properties"].as_object_mut().unwrap();
            properties.retain(|name, _| !name.contains("MappingTemplate"));
            properties.insert("Runtime".into(), serde_json::json!({ "Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0" }));
            properties.insert("Code".into(), "export const request = () => ({})".into());
        }
    }
    std::fs::write(to.join(stack), json.to_string()).unwrap();
}

/// A resolver in JavaScript, and a function of it in a pipeline, whatever the API is written in.
#[test]
fn javascript_is_undecided_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    file("schema.graphql", "type Query { a(id: ID): String, b(id: ID): String }");
    file("before.vtl", "{}");
    let by_hand = "[api]\ndefault = { mode = \"AMAZON_COGNITO_USER_POOLS\" }\n\
        [[data_sources]]\nname = \"none\"\ntype = \"NONE\"\n\
        [[functions]]\nname = \"f\"\ndata_source = \"none\"\nrequest = \"f.js\"\n\
        [[resolvers]]\nfield = \"Query.a\"\ndata_source = \"none\"\nrequest = \"a.js\"\n\
        [[resolvers]]\nfield = \"Query.b\"\nkind = \"PIPELINE\"\nfunctions = [\"f\"]\nrequest = \"before.vtl\"\n";
    let by_hand = file("vtlens.toml", by_hand);
    let identity = file(
        "who.json",
        r#"{"mode": "userPool", "claims": {"sub": "1", "username": "ann", "cognito:groups": ["Editors"]}}"#,
    );
    let project = folder.path().join("project");
    in_javascript(Path::new("tests/api/project"), &project, "amplify/backend/api/blog/build/stacks/Post.json");
    let gen2 = folder.path().join("gen2");
    in_javascript(Path::new("tests/api/cdk.out"), &gen2, "AmplifyStackApiPost56AE57B2.nested.template.json");
    let notes = file("notes.json", r#"{"notes": []}"#);
    let source = file("source.json", r#"{"NotesSource": []}"#);
    for (api, field, what) in [
        ("tests/api/cdk-app", "Query.summary", "asset."),
        ("tests/api/cdk-app", "Mutation.archiveNote", "NotesWrites.template.json#ArchiveDA4CB258.Code"),
        ("tests/api/cloudformation", "Query.summary", "vtl/summary.js"),
        ("tests/api/cloudformation", "Mutation.archiveNote", "templates/writes.yaml#Archive.Code"),
        ("tests/api/serverless", "Query.summary", "#GraphQlResolverQuerysummary.Code"),
        (project.to_str().unwrap(), "Query.getPost", "stacks/Post.json#"),
        (gen2.to_str().unwrap(), "Query.getPost", ".nested.template.json#"),
        (by_hand.as_str(), "Query.a", "a.js"),
        (by_hand.as_str(), "Query.b", "f.js"),
    ] {
        let arguments =
            ["explain", "--api", api, "--field", field, "--identity", &identity, "--args", "{\"id\": \"1\"}"];
        let mut command = Command::cargo_bin("vtlens").unwrap();
        command.args(arguments);
        match api {
            "tests/api/cdk-app" => _ = command.args(["--data", &source]),
            "tests/api/cloudformation" | "tests/api/serverless" => _ = command.args(["--data", &notes]),
            _ => {}
        }
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{api} {field}: {text}");
        assert!(text.contains("APPSYNC_JS") && text.replace('\n', "").contains(what), "{api} {field}: {text}");
    }
}
