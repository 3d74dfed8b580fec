//! Every way an API can lie on disk, opened and read whole.

use std::path::{Path, PathBuf};

use super::*;

/// Every resolver of an API is read; returns how many resolvers, functions and templates there are.
fn read_whole(api: &Api) -> (usize, usize, usize) {
    let mut functions = HashSet::new();
    let resolvers = api.resolvers().unwrap();
    for (type_name, field) in &resolvers {
        let resolver = api.resolver(type_name, field).unwrap_or_else(|e| panic!("{type_name}.{field}: {e:#}"));
        let resolver = resolver.unwrap_or_else(|| panic!("{type_name}.{field} is listed but not found"));
        assert_eq!((&resolver.type_name, &resolver.field), (type_name, field));
        assert!(api.schema.field(type_name, field).is_some(), "{type_name}.{field} is no field of the schema");
        if let ResolverKind::Pipeline(list) = &resolver.kind {
            assert!(!list.is_empty(), "{type_name}.{field} runs nothing");
            functions.extend(list.iter().map(|f| format!("{f:?}")));
        }
    }
    let templates = api.template_files().unwrap();
    assert!(templates.iter().all(|t| !t.text.is_empty() && t.path.as_ref().is_some_and(|p| p.is_file())));
    (resolvers.len(), functions.len(), templates.len())
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(of).unwrap().flatten().map(|e| e.path()).collect();
    folders.sort();
    folders
}

#[test]
fn every_build_of_the_collection_is_read_whole() {
    let Some(shared) = std::env::var_os("VTLENS_SHARED").map(PathBuf::from) else {
        println!("skipped: VTLENS_SHARED names no folder with amplify/builds");
        return;
    };
    let mut total = (0, 0, 0);
    for (collection, kind) in [("amplify/builds", ApiKind::AmplifyGen1), ("amplify/builds-gen2", ApiKind::Cdk)] {
        for build in folders(&shared.join(collection)) {
            let start = std::time::Instant::now();
            let api =
                Api::open(&build, &LoadOptions::default()).unwrap_or_else(|e| panic!("{}: {e:#}", build.display()));
            let opened = start.elapsed();
            assert_eq!(api.kind, kind);
            let counts = read_whole(&api);
            println!(
                "{}: {counts:?} open {opened:?}, whole {:?}, left open {:?}",
                build.file_name().unwrap().to_string_lossy(),
                start.elapsed(),
                api.parameters_left_open()
            );
            total = (total.0 + counts.0, total.1 + counts.1, total.2 + counts.2);
            for directive_field in api.schema.types().flat_map(|t| t.fields.keys().map(|f| (t.name.clone(), f.clone())))
            {
                let modes = api.effective_modes(&directive_field.0, &directive_field.1);
                assert!(!modes.modes.is_empty());
            }
        }
    }
    println!("total: {} resolvers, {} functions, {} templates", total.0, total.1, total.2);
    assert!(total.0 > 500);
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api").join(name)
}

fn options(params: &[(&str, &str)]) -> LoadOptions {
    let params = params.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    LoadOptions { params, schema: None }
}

fn open(name: &str) -> Api {
    Api::open(&fixture(name), &LoadOptions::default()).unwrap_or_else(|e| panic!("{name}: {e:#}"))
}

fn request(code: &Code) -> &Template {
    match code {
        Code::Vtl { request: Some(template), .. } => template,
        other => panic!("no request template: {other:?}"),
    }
}

fn pipeline(resolver: &Resolver) -> &[std::sync::Arc<Function>] {
    match &resolver.kind {
        ResolverKind::Pipeline(functions) => functions,
        ResolverKind::Unit(_) => panic!("not a pipeline"),
    }
}

#[test]
fn an_api_is_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Api>();
}

#[test]
fn a_gen_1_resolver_runs_its_functions_in_the_order_of_the_pipeline() {
    let api = open("project");
    let resolver = api.resolver("Mutation", "updatePost").unwrap().unwrap();
    let names: Vec<&str> = pipeline(&resolver).iter().map(|f| request(&f.code).name.as_str()).collect();
    assert_eq!(
        names,
        [
            "resolvers/Mutation.updatePost.init.1.req.vtl",
            "resolvers/Mutation.updatePost.auth.1.req.vtl",
            "resolvers/Query.getPost.postAuth.1.req.vtl",
            "resolvers/Mutation.updatePost.req.vtl",
        ]
    );
    let sources: Vec<&str> = pipeline(&resolver).iter().map(|f| f.data_source.name.as_str()).collect();
    assert_eq!(sources, ["NONE_DS", "PostTable", "NONE_DS", "PostTable"]);
    assert_eq!(request(&resolver.code).name, "stacks/Post.json#UpdatePostResolver.RequestMappingTemplate");
    assert!(api.resolver("Post", "title").unwrap().is_none(), "a plain field has no resolver");
    assert!(api.resolver("Remark", "getPost").unwrap().is_none(), "the type counts, not only the field");
}

#[test]
fn a_project_fills_in_what_its_environment_knows() {
    let api = open("project");
    assert_eq!((api.kind, api.name.as_str()), (ApiKind::AmplifyGen1, "api-dev"));
    assert_eq!(api.id.as_deref(), Some("abcdefghijklmnopqrstuvwxyz"));
    assert_eq!((api.region.as_deref(), api.account.as_deref()), (Some("us-east-1"), Some("123456789012")));
    assert_eq!(api.default_provider.user_pool_id.as_deref(), Some("us-east-1_Blog01"));
    assert_eq!(api.default_provider.default_allow, Some(true));
    assert_eq!(api.modes().collect::<Vec<_>>(), [AuthMode::UserPool, AuthMode::Iam]);
    let resolver = api.resolver("Query", "getPost").unwrap().unwrap();
    let before = request(&resolver.code);
    let role = "arn:aws:sts::123456789012:assumed-role/amplify-blog-dev-202020-authRole/CognitoIdentityCredentials";
    assert!(before.text.contains(role), "{}", before.text);
    assert!(before.placeholders.is_empty());
    let table = match &pipeline(&resolver)[2].data_source.kind {
        DataSourceKind::DynamoDb(table) => table.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(table.name, "Post-abcdefghijklmnopqrstuvwxyz-dev");
    assert_eq!((table.logical_id.as_deref(), table.keys), (Some("PostTable"), vec!["id".to_owned()]));
    assert_eq!(api.parameters_left_open(), Vec::<String>::new());
    assert_eq!(api.author_schemas[0].name(), "schema.graphql");
    assert_eq!(api.schema.file().name(), "build/schema.graphql");
}

#[test]
fn what_nobody_gave_is_a_placeholder_and_what_a_person_gave_wins() {
    // The build alone, outside its project, knows neither roles nor ids.
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&fixture("project/amplify/backend/api/blog/build"), copy.path());
    let api = Api::open(copy.path(), &options(&[("unauthRoleName", "guests")])).unwrap();
    let resolver = api.resolver("Query", "getPost").unwrap().unwrap();
    let before = request(&resolver.code);
    assert!(before.text.contains("arn:aws:sts::${AccountId}:assumed-role/${authRoleName}/Cognito"), "{}", before.text);
    assert!(before.text.contains(":assumed-role/guests/Cognito"));
    assert_eq!(before.placeholders, ["${ApiId}", "${AccountId}", "${authRoleName}"]);
    assert!(before.text.contains("Post-${ApiId}-NONE"), "the template's default of env");
    let open = api.parameters_left_open();
    assert_eq!(open, ["AWS::AccountId", "AWS::Region", "ApiId", "AuthCognitoUserPoolId", "authRoleName"]);
    assert!(has_placeholder(api.default_provider.user_pool_id.as_deref().unwrap()));
    let given = options(&[("AWS::AccountId", "1"), ("apiId", "x"), ("authRoleName", "users"), ("env", "qa")]);
    let api = Api::open(&fixture("project"), &given).unwrap();
    let before = api.resolver("Query", "getPost").unwrap().unwrap();
    assert!(request(&before.code).text.contains("arn:aws:sts::1:assumed-role/users/Cognito"));
    assert!(request(&before.code).text.contains("Post-x-qa"));
}

#[test]
fn relations_lead_through_other_stacks() {
    let api = open("project");
    let resolver = api.resolver("Post", "comments").unwrap().unwrap();
    let data = &pipeline(&resolver)[1].data_source;
    assert_eq!(data.name, "RemarkTable");
    let DataSourceKind::DynamoDb(table) = &data.kind else { panic!("{data:?}") };
    assert_eq!(table.indexes["gsi-Post.comments"], ["postCommentsId"]);
    let stats = api.resolver("Query", "stats").unwrap().unwrap();
    let last = pipeline(&stats).last().unwrap();
    assert_eq!(last.data_source.kind, DataSourceKind::Other("AWS_LAMBDA".into()));
}

#[test]
fn a_build_of_the_old_transformer_has_unit_resolvers_and_imports() {
    let api = open("v1");
    for (type_name, field, source, file) in [
        ("BPost", "blog", "BlogTable", "resolvers/BPost.blog.req.vtl"),
        ("Blog", "posts", "BPostTable", "resolvers/Blog.posts.req.vtl"),
        ("Mutation", "updateBPost", "BPostTable", "resolvers/Mutation.updateBPost.req.vtl"),
    ] {
        let resolver = api.resolver(type_name, field).unwrap().unwrap();
        let ResolverKind::Unit(data) = &resolver.kind else { panic!("{type_name}.{field}") };
        assert_eq!((data.name.as_str(), request(&resolver.code).name.as_str()), (source, file));
        let DataSourceKind::DynamoDb(table) = &data.kind else { panic!("{data:?}") };
        assert_eq!(table.keys, ["id"], "the table that a name written twice stands for");
    }
    assert!(api.api_keys.is_empty(), "its condition does not hold");
    assert_eq!(api.name, "api", "`env` is NONE, so no suffix");
    assert_eq!(api.default_provider.user_pool_id.as_deref(), Some("${AuthCognitoUserPoolId}"), "not the text NONE");
    assert!(!api.parameters_left_open().contains(&"S3DeploymentBucket".to_owned()), "locations do not count");
}

#[test]
fn an_assembly_leads_from_hashes_to_files_with_the_generators_names() {
    let api = Api::open(&fixture("cdk.out"), &options(&[("AuthRole900B840B", "app-auth")])).unwrap();
    assert_eq!((api.kind, api.name.as_str()), (ApiKind::Cdk, "Api"));
    let resolver = api.resolver("Query", "getPost").unwrap().unwrap();
    let names: Vec<&str> = pipeline(&resolver).iter().map(|f| request(&f.code).name.as_str()).collect();
    assert_eq!(names.first(), Some(&"resolvers/Query.getPost.auth.1.req.vtl"));
    assert!(request(&resolver.code).text.contains(":assumed-role/app-auth/Cognito"));
    assert!(api.parameters_left_open().contains(&"UnauthRole74358E81".to_owned()));
    let by_template = Api::open(&fixture("cdk.out/AmplifyStack.template.json"), &LoadOptions::default()).unwrap();
    assert_eq!(by_template.resolvers().unwrap(), api.resolvers().unwrap());
    read_whole(&by_template);
}

#[test]
fn any_folder_of_a_project_leads_to_its_api() {
    let project = fixture("project");
    for path in ["", "amplify", "amplify/backend", "amplify/backend/api/blog", "amplify/backend/api/blog/build"] {
        let api = Api::open(&project.join(path), &LoadOptions::default()).unwrap_or_else(|e| panic!("{path}: {e:#}"));
        assert_eq!(api.id.as_deref(), Some("abcdefghijklmnopqrstuvwxyz"), "{path}");
    }
    let found = Api::find_from(&project.join("amplify/backend/api/blog/build/resolvers")).unwrap();
    assert!(found.ends_with("amplify/backend/api/blog/build"));
    let found = Api::find_from(&project.join("amplify/backend")).unwrap();
    assert!(found.ends_with("tests/api/project"), "{found:?}");
}

#[test]
fn overrides_of_a_project_run_in_place_of_the_builds_files() {
    let data = |api: &Api| {
        let resolver = api.resolver("Query", "getPost").unwrap().unwrap();
        request(&pipeline(&resolver).last().unwrap().code).text.to_string()
    };
    let project = open("project");
    assert!(data(&project).contains("newer than the build"));
    assert_eq!(
        project.notes(),
        [
            "override `resolvers/Query.getPost.postAuth.2.req.vtl` is not in the build: build again with amplify api \
             gql-compile",
            "override `resolvers/Query.getPost.req.vtl` differs from the build and runs in its place: amplify push \
             deploys it",
        ]
    );
    // Whoever names the build asks for what was built.
    let build = open("project/amplify/backend/api/blog/build");
    assert!(!data(&build).contains("newer than the build"));
    assert!(build.notes()[1].contains("differs from the build, which runs"), "{:?}", build.notes());
}

#[test]
fn a_slot_of_the_author_never_replaces_what_other_fields_share() {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&fixture("project"), copy.path());
    let api = copy.path().join("amplify/backend/api/blog");
    std::fs::write(api.join("resolvers/Query.getPost.postAuth.1.req.vtl"), "{}").unwrap();
    std::fs::create_dir(api.join("stacks")).unwrap();
    std::fs::write(api.join("stacks/CustomResources.json"), "{}").unwrap();
    std::fs::write(api.join("override.ts"), "export function override() {}").unwrap();
    std::fs::create_dir(api.join("schema")).unwrap();
    std::fs::rename(api.join("schema.graphql"), api.join("schema/post.graphql")).unwrap();
    std::fs::write(api.join("schema/remark.graphql"), "type Other { id: ID }").unwrap();
    let api = Api::open(copy.path(), &LoadOptions::default()).unwrap();
    let resolver = api.resolver("Query", "getPost").unwrap().unwrap();
    assert_ne!(&*request(&pipeline(&resolver)[1].code).text, "{}");
    let notes = api.notes().join("\n");
    for part in [
        "`resolvers/Query.getPost.postAuth.1.req.vtl` differs from the build, which runs",
        "custom stack `stacks/CustomResources.json` is not in the build",
        "`override.ts` is not run",
    ] {
        assert!(notes.contains(part), "{notes}");
    }
    let files: Vec<&str> = api.author_schemas.iter().map(SourceFile::name).collect();
    assert_eq!(files, ["schema/post.graphql", "schema/remark.graphql"]);
}

#[test]
fn a_missing_file_is_named_with_its_user_and_the_way_out() {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&fixture("project/amplify/backend/api/blog/build"), copy.path());
    std::fs::remove_file(copy.path().join("resolvers/Query.getPost.auth.1.req.vtl")).unwrap();
    std::fs::remove_file(copy.path().join("stacks/Remark.json")).unwrap();
    let api = Api::open(copy.path(), &LoadOptions::default()).unwrap();
    let error = api.resolver("Query", "getPost").unwrap_err();
    assert!(
        error.message().starts_with("`resolvers/Query.getPost.auth.1.req.vtl` is missing: `Query.getPost` runs it")
    );
    assert!(error.help_text().unwrap().contains("amplify api gql-compile"));
    // Another stack of the same API still answers, but what may be in the missing one is not guessed.
    assert!(api.resolver("Mutation", "updatePost").unwrap().is_some());
    let error = api.resolver("Query", "getRemark").unwrap_err();
    assert!(error.message().contains("nests `stacks/Remark.json`, which is missing"), "{error}");
}

#[test]
fn a_wrong_folder_is_told_what_was_looked_for() {
    let empty = tempfile::tempdir().unwrap();
    std::fs::write(empty.path().join("package.json"), "{}").unwrap();
    let error = Api::open(empty.path(), &LoadOptions::default()).unwrap_err();
    let help = error.help_text().unwrap();
    assert!(help.contains("vtlens.toml") && help.contains("it holds package.json"), "{help}");
    let error = Api::open(&empty.path().join("nope"), &LoadOptions::default()).unwrap_err();
    assert!(error.message().contains("nope` is not there"));
    for api in ["one", "two"] {
        let build = empty.path().join("amplify/backend/api").join(api).join("build");
        std::fs::create_dir_all(&build).unwrap();
        std::fs::write(build.join("cloudformation-template.json"), "{}").unwrap();
    }
    let error = Api::open(empty.path(), &LoadOptions::default()).unwrap_err();
    assert!(error.help_text().unwrap().contains("`one`, `two`"), "{error:#}");
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

const BY_HAND: &str = r#"
author_schema = "schema.graphql"
[params]
"AWS::AccountId" = 123456789012
[api]
id = "abc"
default = { mode = "AMAZON_COGNITO_USER_POOLS", user_pool_id = "eu-west-1_AbC", default_action = "DENY" }
additional = [{ mode = "OPENID_CONNECT", issuer = "https://id.example", client_id = "a|b", iat_ttl = 60000 }, { mode = "API_KEY" }]
[[data_sources]]
name = "Orders"
type = "AMAZON_DYNAMODB"
table = "orders"
keys = ["id"]
indexes = { byOwner = ["owner", "createdAt"] }
[[data_sources]]
name = "Nothing"
type = "NONE"
[[functions]]
name = "authorize"
data_source = "Nothing"
request = "vtl/authorize.vtl"
[[resolvers]]
field = "Mutation.updateOrder"
kind = "PIPELINE"
functions = ["authorize"]
response = "vtl/after.vtl"
[[resolvers]]
field = "Query.order"
data_source = "Orders"
request = "vtl/order.vtl"
"#;

fn by_hand(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("vtl")).unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    write("vtlens.toml", config);
    write("schema.graphql", "type Query { order(id: ID): String } type Mutation { updateOrder: String }");
    write("vtl/authorize.vtl", "$util.unauthorized()");
    write("vtl/after.vtl", "$ctx.prev.result");
    write("vtl/order.vtl", "{}");
    folder
}

#[test]
fn an_api_written_by_hand_is_what_its_file_says() {
    let folder = by_hand(BY_HAND);
    let api = Api::open(folder.path(), &LoadOptions::default()).unwrap_or_else(|e| panic!("{e:#}"));
    assert_eq!((api.kind, api.id.as_deref(), api.region.as_deref()), (ApiKind::Folder, Some("abc"), Some("eu-west-1")));
    assert_eq!(api.account.as_deref(), Some("123456789012"));
    assert_eq!(api.default_provider.default_allow, Some(false));
    assert_eq!(api.modes().collect::<Vec<_>>(), [AuthMode::UserPool, AuthMode::Oidc, AuthMode::ApiKey]);
    assert_eq!(api.additional[0].client_id_regex.as_deref(), Some("a|b"));
    assert_eq!(
        api.defaults.data.as_deref(),
        Some(std::fs::canonicalize(folder.path()).unwrap().join("data").as_path())
    );
    assert_eq!(api.author_schemas.len(), 1);
    let update = api.resolver("Mutation", "updateOrder").unwrap().unwrap();
    assert_eq!(request(&pipeline(&update)[0].code).name, "vtl/authorize.vtl");
    let order = api.resolver("Query", "order").unwrap().unwrap();
    let ResolverKind::Unit(source) = &order.kind else { panic!("{order:?}") };
    let DataSourceKind::DynamoDb(table) = &source.kind else { panic!("{source:?}") };
    assert_eq!((table.name.as_str(), &table.indexes["byOwner"][1]), ("orders", &"createdAt".to_owned()));
    assert!(api.resolver("Query", "other").unwrap().is_none());
    assert_eq!(api.template_files().unwrap().len(), 3);
}

#[test]
fn mistakes_in_a_hand_written_api_are_shown_where_they_are() {
    for (wrong, right, line, message) in [
        ("functions = [\"authorise\"]", "functions = [\"authorize\"]", 25, "there is no function `authorise`"),
        ("data_source = \"Order\"\n", "data_source = \"Orders\"\n", 29, "there is no data source `Order`"),
        ("vtl/oder.vtl", "vtl/order.vtl", 30, "`vtl/oder.vtl` is not there"),
        ("kind = \"PIPE\"", "kind = \"PIPELINE\"", 24, "`PIPE` is no kind of resolver"),
        ("mode = \"COGNITO\"", "mode = \"AMAZON_COGNITO_USER_POOLS\"", 7, "`COGNITO` is no authorization mode"),
    ] {
        let folder = by_hand(&BY_HAND.replace(right, wrong));
        let error = Api::open(folder.path(), &LoadOptions::default()).and_then(|api| api.template_files()).unwrap_err();
        assert!(error.message().starts_with(message), "{error}");
        assert_eq!(error.place().unwrap().line, line, "{error}");
    }
}

#[test]
fn a_file_beside_a_build_only_adds_to_it() {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&fixture("project/amplify/backend/api/blog/build"), &folder.path().join("out"));
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("vtlens.toml", "build = \"out\"\njwks = \"keys.json\"\n[params]\nauthRoleName = \"users\"\nenv = \"qa\"\n");
    let api = Api::open(folder.path(), &options(&[("env", "prod")])).unwrap();
    assert_eq!((api.kind, api.name.as_str()), (ApiKind::AmplifyGen1, "api-prod"), "the command line wins");
    assert!(api.defaults.jwks.as_ref().is_some_and(|path| path.ends_with("keys.json")));
    let resolver = api.resolver("Query", "getPost").unwrap().unwrap();
    assert!(request(&resolver.code).text.contains("assumed-role/users/"));
    copy_folder(&fixture("project/amplify"), &folder.path().join("amplify"));
    let inside = Api::open(&folder.path().join("amplify/backend/api/blog"), &LoadOptions::default()).unwrap();
    assert_eq!(inside.name, "api-qa", "the project's file counts for its API folder too");
    write("vtlens.toml", "\nbuild = \"other\"\n");
    let error = Api::open(folder.path(), &LoadOptions::default()).unwrap_err();
    assert_eq!((error.message(), error.place().unwrap().line), ("`other` holds no build", 2));
}
