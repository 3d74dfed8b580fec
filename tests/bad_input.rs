//! Input that cannot be used: one clear error that says what, where and what to do, exit 2; a missing fact: exit 3,
//! and its name. Never a panic, never a guess.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

const CAPTURE: &str = "templates/blog/captures/denied-update.har";

fn vtlens(args: &[&str]) -> Output {
    Command::cargo_bin("vtlens").unwrap().args(args).env("NO_COLOR", "1").output().unwrap()
}

/// Runs a command that must fail with exit 2; its message, with the temporary folder's name taken out.
fn refused(args: &[&str], folder: &Path) -> String {
    let output = vtlens(args);
    let message = String::from_utf8(output.stderr).unwrap().replace(&*folder.to_string_lossy(), "[folder]");
    assert_eq!(output.status.code(), Some(2), "{args:?}: {message}{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty(), "{args:?} printed a result");
    message
}

fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the blog sample that a test may break.
fn broken_blog(folder: &TempDir) -> String {
    let blog = folder.path().join("blog");
    copy(Path::new("templates/blog"), &blog);
    blog.to_string_lossy().into_owned()
}

#[test]
fn captures_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let whole = std::fs::read_to_string(CAPTURE).unwrap();
    let half: String = whole.chars().take(whole.chars().count() / 2).collect();
    let cases = [
        ("cut off in the middle", file(&folder, "half.har", &half)),
        (
            "without an AppSync request",
            file(
                &folder,
                "web.har",
                r#"{"log":{"version":"1.2","entries":[{"request":{"method":"GET","url":"https://example.com/","headers":[]},"response":{"status":200}}]}}"#,
            ),
        ),
        ("not JSON", file(&folder, "text.har", "hello\n")),
        (
            "with a preflight alone, which failed",
            file(
                &folder,
                "preflight.har",
                r#"{"log":{"entries":[{"request":{"method":"OPTIONS","url":"https://abc.appsync-api.eu-west-1.amazonaws.com/graphql"},"response":{"status":403}}]}}"#,
            ),
        ),
        (
            "a curl command whose quote is open",
            file(&folder, "open.sh", "curl 'https://x/graphql' \\\n  -d '{\"query\":\n"),
        ),
        (
            "a curl command for Windows, cut off",
            file(&folder, "open.bat", "curl ^\"https://x/graphql^\" ^\r\n  -H ^\"a: b\r\n"),
        ),
        ("a curl command without a URL", file(&folder, "nowhere.sh", "curl -H 'a: b'\n")),
        ("a curl command of PowerShell", file(&folder, "curl.ps1", "curl.exe https://x/graphql `\n  -d '{}'\n")),
        ("a call that is cut off", file(&folder, "cut.js", "fetch('https://x/graphql', {\n  method: 'POST',\n")),
        (
            "a table that is cut off",
            file(&folder, "cut.ps1", "Invoke-WebRequest https://x `\n  -Headers @{\n    \"a\"=\"b\"\n"),
        ),
        (
            "a raw request without the empty line",
            file(&folder, "raw.http", "POST /graphql HTTP/1.1\nHost: x\n{\"query\": 1}\n"),
        ),
        ("lines that are no requests", file(&folder, "lines.ndjson", "{\"body\": 3}\n{\"body\": 4}\n")),
        ("empty", file(&folder, "empty.har", "")),
        ("a folder", folder.path().to_string_lossy().into_owned()),
        ("not there", folder.path().join("nowhere.har").to_string_lossy().into_owned()),
    ];
    let mut messages = String::new();
    for (name, path) in cases {
        let message = refused(&["replay", &path, "--api", "templates/blog"], folder.path());
        messages.push_str(&format!("# {name}\n{message}\n"));
    }
    insta::assert_snapshot!("captures", messages);
}

#[test]
fn apis_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let blog = broken_blog(&folder);
    let build = Path::new(&blog).join("build");
    let replay = |api: &str| refused(&["replay", CAPTURE, "--api", api], folder.path());
    let mut messages = String::new();
    let mut add = |name: &str, message: String| messages.push_str(&format!("# {name}\n{message}\n"));

    let template = build.join("resolvers/Mutation.updatePost.auth.1.res.vtl");
    let text = std::fs::read_to_string(&template).unwrap();
    std::fs::remove_file(&template).unwrap();
    add("a missing build file", replay(&blog));

    std::fs::write(&template, text.replacen("#end", "", 1)).unwrap();
    add("a template with an unclosed #if", replay(&blog));
    std::fs::write(&template, &text).unwrap();

    let stack = build.join("stacks/Post.json");
    let json = std::fs::read_to_string(&stack).unwrap();
    std::fs::write(&stack, json.replacen("\"Fn::Join\"", "\"Fn::Bogus\"", 1000)).unwrap();
    add("an unknown CloudFormation function", replay(&blog));
    std::fs::write(&stack, json.get(..json.len() / 2).unwrap()).unwrap();
    add("half a stack", replay(&blog));
    std::fs::write(&stack, &json).unwrap();

    std::fs::write(build.join("schema.graphql"), "type Query {").unwrap();
    add("a schema that does not parse", replay(&blog));
    add("a folder without an API", replay(&folder.path().join("blog/captures").to_string_lossy()));
    insta::assert_snapshot!("apis", messages);
}

/// A copy of a sample of `tests/api`, with one thing in one file replaced by another.
fn changed(folder: &TempDir, sample: &str, edit: Option<(&str, &str, &str)>) -> String {
    let copied = tempfile::Builder::new().prefix("api").tempdir_in(folder.path()).unwrap().keep();
    copy(&Path::new("tests/api").join(sample), &copied);
    if let Some((name, from, to)) = edit {
        let path = copied.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
    copied.to_string_lossy().into_owned()
}

/// Asks for a field of an API that cannot be read; the message, with what differs from run to run taken out.
fn unreadable(folder: &TempDir, api: &str, field: &str) -> String {
    let who =
        file(folder, "who.json", r#"{"mode": "userPool", "claims": {"sub": "1", "cognito:groups": ["Editors"]}}"#);
    let data = file(folder, "data.json", r#"{"notes-dev": []}"#);
    let arguments = ["explain", "--api", api, "--field", field, "--args", "{\"id\": \"1\"}"];
    let message = refused(&[&arguments[..], &["--identity", &who, "--data", &data]].concat(), Path::new("\0"));
    let folder_of_api = api.split('#').next().unwrap().trim_end_matches("/template.yaml");
    message.replace(folder_of_api, "[api]").replace(&*folder.path().to_string_lossy(), "[folder]")
}

#[test]
fn templates_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let (note, create) = ("Query.note", "Mutation.createNote");
    let (root, writes) = ("template.yaml", "templates/writes.yaml");
    let cases = [
        ("a missing nested template", create, (root, "templates/writes.yaml", "templates/write.yaml")),
        ("a template that nests itself", create, (root, "templates/writes.yaml", "template.yaml")),
        ("a missing resolver file", note, (root, "vtl/note.req.vtl", "vtl/notes.req.vtl")),
        ("a schema that is not there", note, (root, "schema.graphql", "schemas/notes.graphql")),
        (
            "a function that does not exist",
            create,
            (writes, "!GetAtt Authorize.FunctionId", "!GetAtt Authorise.FunctionId"),
        ),
        ("a data source that does not exist", note, (root, "!GetAtt NotesSource.Name", "NoteSource")),
        ("a reference to nothing", note, (root, "!GetAtt NotesSource.Name", "!GetAtt NotesSources.Name")),
        ("a condition that does not exist", note, (root, "- IsProduction", "- IsProd")),
        ("a function of CloudFormation that is not evaluated", note, (root, "!Sub 'notes-${Stage}'", "!Base64 notes")),
        ("an authentication type that is none", note, (root, "Type: API_KEY", "Type: APIKEY")),
        ("no API", note, (root, "AWS::AppSync::GraphQLApi", "AWS::ApiGateway::RestApi")),
        ("an API of SAM", note, (root, "AWS::AppSync::GraphQLApi", "AWS::Serverless::GraphQLApi")),
        (
            "a merged API",
            note,
            (root, "      AuthenticationType: AMAZON", "      ApiType: MERGED\n      AuthenticationType: AMAZON"),
        ),
        (
            "two APIs",
            note,
            (root, "  Schema:\n", "  Second: { Type: AWS::AppSync::GraphQLApi, Properties: { Name: b } }\n  Schema:\n"),
        ),
        (
            "resources made by a loop",
            note,
            (root, "  NoteResolver:\n", "  Fn::ForEach::Fields: [Name, [a], {}]\n  NoteResolver:\n"),
        ),
        ("no YAML", note, (root, "  Notes:\n", "  Notes: [\n")),
        ("a tab in YAML", note, (root, "  Notes:\n", "  Notes:\n\t\tType: x\n")),
        ("a key written twice", note, (root, "  Notes:\n", "  Api: {}\n  Notes:\n")),
        ("text and no template", note, (root, "AWSTemplateFormatVersion: '2010-09-09'\n", "- hello\n")),
    ];
    let mut messages = String::new();
    for (name, field, edit) in cases {
        let api = changed(&folder, "cloudformation", Some(edit));
        let message = unreadable(&folder, &format!("{api}/template.yaml"), field);
        messages.push_str(&format!("# {name}\n{message}\n"));
    }
    insta::assert_snapshot!("templates", messages);
}

#[test]
fn folders_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let mut messages = String::new();
    let mut add = |name: &str, api: &str, field: &str| {
        let message = unreadable(&folder, api, field);
        messages.push_str(&format!("# {name}\n{message}\n"));
    };
    let write = |api: &str, name: &str, text: &str| {
        let path = Path::new(api).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let remove = |api: &str, name: &str| {
        let path = Path::new(api).join(name);
        if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
    };

    let api =
        changed(&folder, "cdk-app", Some(("cdk.out/manifest.json", "NotesApi.template.json", "Gone.template.json")));
    add("an assembly without one of its templates", &api, "Query.note");
    let asset = "cdk.out/asset.add992b68da83efab38bfb5e3d2d5d77d7dcd55e78d4d3a7657821f5a3e159b1.vtl";
    let api = changed(&folder, "cdk-app", None);
    remove(&api, asset);
    add("an assembly without one of its assets", &api, "Subscription.onCreateNote");
    let api = changed(&folder, "cdk-app", Some(("cdk.out/manifest.json", "\"artifacts\"", "artifacts")));
    add("a manifest that is no JSON", &api, "Query.note");
    let api =
        changed(&folder, "cdk-app", Some(("cdk.out/NotesApi.template.json", "AppSync::GraphQLApi", "AppSync::Api")));
    add("an assembly without an API", &api, "Query.note");
    let api = changed(&folder, "cdk-app", None);
    let one = std::fs::read_to_string(Path::new(&api).join("cdk.out/NotesApi.template.json")).unwrap();
    write(&api, "cdk.out/NotesWrites.template.json", &one);
    add("an assembly with two APIs", &api, "Query.note");

    let api = changed(&folder, "serverless", None);
    remove(&api, ".serverless");
    add("a Serverless project that is not packaged", &api, "Query.note");

    let api = changed(&folder, "project", None);
    copy(&Path::new(&api).join("amplify/backend/api/blog"), &Path::new(&api).join("amplify/backend/api/shop"));
    add("a project with two APIs", &api, "Query.getPost");
    let api = changed(&folder, "project", None);
    remove(&api, "amplify/backend/api/blog/build");
    add("a project that is not built", &api, "Query.getPost");
    copy(
        Path::new("tests/api/project/amplify/backend/api/blog/build"),
        &Path::new(&api).join("amplify/#current-cloud-backend/api/blog/build"),
    );
    add("a project of which only the deployed build is there", &api, "Query.getPost");

    let api = changed(&folder, "cloudformation", None);
    write(&api, "other.json", r#"{"Resources": {"Api": {"Type": "AWS::AppSync::GraphQLApi"}}}"#);
    add("a folder with two templates", &api, "Query.note");
    add("an API that the template does not hold", &format!("{api}/template.yaml#Apis"), "Query.note");
    add("a file that is no API", &format!("{api}/schema.graphql"), "Query.note");
    add("a folder that is not there", &format!("{api}/nope"), "Query.note");
    insta::assert_snapshot!("folders", messages);
}

#[test]
fn hand_written_apis_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let source = "[[data_sources]]\nname = \"orders\"\ntype = \"NONE\"\n";
    let api = "[api]\ndefault = { mode = \"AMAZON_COGNITO_USER_POOLS\" }\n";
    let resolver = |rest: &str| format!("{api}{source}[[resolvers]]\n{rest}\n");
    file(&folder, "schema.graphql", "type Query { order(id: ID): String }");
    file(&folder, "order.vtl", "{}");
    let mut messages = String::new();
    for (name, text) in [
        ("an unknown key", format!("{api}[[resolver]]\nfield = \"Query.order\"\n")),
        ("an unknown key of a resolver", resolver("field = \"Query.order\"\ndatasource = \"orders\"")),
        ("a key without a value", "[api]\ndefault =\n".to_owned()),
        ("a field that the schema lacks", resolver("field = \"Query.odrer\"\ndata_source = \"orders\"")),
        ("a type that the schema lacks", resolver("field = \"Subscription.onOrder\"\ndata_source = \"orders\"")),
        ("a field without its type", resolver("field = \"order\"\ndata_source = \"orders\"")),
        ("a data source that is not declared", resolver("field = \"Query.order\"\ndata_source = \"order\"")),
        (
            "a function that is not declared",
            resolver("field = \"Query.order\"\nkind = \"PIPELINE\"\nfunctions = [\"f\"]"),
        ),
        (
            "a template that is not there",
            resolver("field = \"Query.order\"\ndata_source = \"orders\"\nrequest = \"orders.vtl\""),
        ),
        (
            "a schema that is not there",
            "[api]\nschema = \"s.graphql\"\ndefault = { mode = \"AMAZON_COGNITO_USER_POOLS\" }\n".to_owned(),
        ),
        ("an unknown mode", "[api]\ndefault = { mode = \"APIKEY\" }\n".to_owned()),
        ("a build that is not there", "build = \"out\"\n".to_owned()),
    ] {
        file(&folder, "vtlens.toml", &text);
        let message = unreadable(&folder, &folder.path().to_string_lossy(), "Query.order");
        messages.push_str(&format!("# {name}\n{message}\n"));
    }
    insta::assert_snapshot!("hand_written", messages);
}

#[test]
fn documents_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let cases = [
        ("half a document", "query Q {\n  listPosts { items { id", None),
        ("empty", "", None),
        ("a word too many", "query Q {\n  listPosts(limit: 1 of 2) { items { id } }\n}", None),
        ("not GraphQL", "SELECT * FROM posts", None),
        ("an unknown field", "{\n  listPosts { items { id titel } }\n}", None),
        ("an unknown field at the root, and more", "{ getPots(id: 1) { id } other }", None),
        ("an unknown argument", "{ listPosts(limits: 1) { items { id } } }", None),
        ("a missing argument", "{ getPost { id } }", None),
        ("a field of a leaf", "{ getPost(id: 1) { id { x } } }", None),
        ("no field of an object", "{ getPost(id: 1) }", None),
        ("an unknown fragment", "{ getPost(id: 1) { ...Parts } } fragment Part on Post { id }", None),
        ("an unknown type", "query($f: ModelPostFilter) { listPosts(filter: $f) { items { id } } }", None),
        ("a text for a number", "{ listPosts(limit: \"1\") { items { id } } }", None),
        ("an undeclared variable", "{ listPosts(limit: $n) { items { id } } }", None),
        ("a variable of the wrong type", "query($n: String) { listPosts(limit: $n) { items { id } } }", None),
        (
            "a variable's wrong value",
            "query($n: Int) {\n  listPosts(limit: $n) { items { id } }\n}",
            Some(r#"{"n": "five"}"#),
        ),
        ("a variable that is missing", "query($id: ID!) { getPost(id: $id) { id } }", Some("{}")),
        (
            "an input's unknown field",
            "mutation($i: CreatePostInput!) { createPost(input: $i) { id } }",
            Some(r#"{"i": {"title": "x", "colour": "red"}}"#),
        ),
        ("which operation?", "query A { getPost(id: 1) { id } } query B { getPost(id: 2) { id } }", None),
        ("variables that are no object", "{ getPost(id: 1) { id } }", Some("[1]")),
    ];
    let mut messages = String::new();
    for (name, document, variables) in cases {
        let query = file(&folder, "query.graphql", document);
        let mut args = vec!["explain", "--api", "templates/blog", "--query", &query];
        let variables = variables.map(|variables| file(&folder, "variables.json", variables));
        args.extend(variables.iter().flat_map(|file| ["--variables", file.as_str()]));
        messages.push_str(&format!("# {name}\n{}\n", refused(&args, folder.path())));
    }
    insta::assert_snapshot!("documents", messages);
}

#[test]
fn schemas_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    file(&folder, "vtlens.toml", "[api]\nschema = \"schema.graphql\"\ndefault = { mode = \"API_KEY\" }\n");
    let cases = [
        ("half a schema", "type Query {\n  post: Post\n"),
        ("empty", ""),
        ("a word too many", "type Query {\n  post: Post of 1\n}"),
        ("a type that is not there", "type Query {\n  post(id: ID): Pots\n}\ntype Post { id: ID }"),
        ("an argument's type that is not there", "type Query { post(filter: PostFilter): ID }"),
        ("a type twice", "type Query { post: Post }\ntype Post { id: ID }\n\ntype Post { name: String }"),
        ("an input as a field's type", "type Query { post: Post }\ninput Post { id: ID }"),
        ("an object as an argument", "type Query { post(by: Post): Post }\ntype Post { id: ID }"),
        ("a query", "{ getPost(id: 1) { id } }"),
    ];
    let mut messages = String::new();
    for (name, schema) in cases {
        file(&folder, "schema.graphql", schema);
        let api = folder.path().to_string_lossy().into_owned();
        let message = refused(&["explain", "--field", "Query.post", "--api", &api], folder.path());
        messages.push_str(&format!("# {name}\n{message}\n"));
    }
    insta::assert_snapshot!("schemas", messages);
}

#[test]
fn facts_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let with = |option: &str, path: &str| {
        refused(&["replay", CAPTURE, "--api", "templates/blog", option, path], folder.path())
    };
    let mut messages = String::new();
    let mut add = |name: &str, message: String| messages.push_str(&format!("# {name}\n{message}\n"));
    add(
        "an identity with an unknown key",
        with("--identity", &file(&folder, "who.json", "{\"mode\": \"userPool\",\n \"claim\": {}}")),
    );
    add("an identity of no mode", with("--identity", &file(&folder, "mode.json", "{\"mode\": \"cognito\"}")));
    add("data that is no list", with("--data", &file(&folder, "data.json", "{\"PostTable\": {\"id\": 1}}")));
    add("a JWKS without keys", with("--jwks", &file(&folder, "jwks.json", "{\"kid\": 1}")));
    add(
        "a token of two parts",
        refused(&["token", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0", "--api", "templates/blog"], folder.path()),
    );
    add("no token at all", refused(&["token", "hello"], folder.path()));
    add(
        "a field that is not there",
        refused(&["explain", "--field", "Mutation.updatePots", "--api", "templates/blog"], folder.path()),
    );
    add(
        "a context that is no JSON",
        refused(&["eval", "--template", "x", "--context", "{\"a\":\n nope}"], folder.path()),
    );
    add(
        "an identity that no mode has",
        refused(&["eval", "--template", "x", "--context", "{\"identity\": {\"nick\": 1}}"], folder.path()),
    );
    insta::assert_snapshot!("facts", messages);
}

#[test]
fn data_that_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let with = |path: &str| refused(&["replay", CAPTURE, "--api", "templates/blog", "--data", path], folder.path());
    let mut messages = String::new();
    let mut add = |name: &str, message: String| messages.push_str(&format!("# {name}\n{message}\n"));
    add("a misspelt table", with(&file(&folder, "data.json", "{\"CommentTable\": [],\n \"PostsTable\": []}")));
    add("a table of another API", with(&file(&folder, "other.json", "{\"Warehouse\": []}")));
    let listed = file(&folder, "tables/PstTable.json", "[]");
    add("a misspelt file", with(&Path::new(&listed).parent().unwrap().to_string_lossy()));
    add("not JSON", with(&file(&folder, "text.json", "{\"PostTable\": [\n  id: 1\n]}")));
    add("cut off", with(&file(&folder, "cut.json", "{\"PostTable\": [{\"id\": \"1")));
    let responses = file(&folder, "recorded/responses.json", "{\"Query.f\": {'ok': true}}");
    add("a fixture that is not JSON", with(&Path::new(&responses).parent().unwrap().to_string_lossy()));
    add("responses that are a list of nothing", with(&file(&folder, "list.json", "{\"responses\": 5}")));
    insta::assert_snapshot!("data", messages);
}

#[test]
fn a_missing_fact_is_undecided_and_named() {
    let iam =
        vtlens(&["replay", "templates/handwritten/captures/denied-iam-role.har", "--api", "templates/handwritten"]);
    assert_eq!(iam.status.code(), Some(3));
    assert!(String::from_utf8(iam.stdout).unwrap().contains("--identity"));

    // A HAR exported without sensitive data: the answer was 200, so a credential was there.
    let folder = TempDir::new().unwrap();
    let mut har: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(CAPTURE).unwrap()).unwrap();
    for entry in har["log"]["entries"].as_array_mut().unwrap() {
        let headers = entry["request"]["headers"].as_array_mut().unwrap();
        headers.retain(|header| !header["name"].as_str().unwrap().eq_ignore_ascii_case("authorization"));
    }
    let path = file(&folder, "sanitized.har", &har.to_string());
    let sanitized = vtlens(&["replay", &path, "--api", "templates/blog"]);
    assert_eq!(sanitized.status.code(), Some(3));
    assert!(String::from_utf8(sanitized.stdout).unwrap().contains("--identity"));

    // Nobody said what the table holds.
    let blog = broken_blog(&folder);
    std::fs::remove_dir_all(Path::new(&blog).join("data")).unwrap();
    std::fs::write(
        Path::new(&blog).join("vtlens.toml"),
        "[params]\nAuthCognitoUserPoolId = \"us-east-1_Blog12345\"\n\"AWS::Region\" = \"us-east-1\"\n",
    )
    .unwrap();
    let without_data = vtlens(&["replay", CAPTURE, "--api", &blog]);
    let text = String::from_utf8(without_data.stdout).unwrap();
    assert_eq!(without_data.status.code(), Some(3), "{text}");
    assert!(text.contains("--data"), "{text}");
}

/// What Amplify's SQL models ask the service to decide is not public: neither allowed nor denied, whatever the template
/// makes of a null.
#[test]
fn rules_that_are_not_public_decide_nothing() {
    let folder = TempDir::new().unwrap();
    file(&folder, "schema.graphql", "type Query { todos: [String] }");
    file(
        &folder,
        "vtlens.toml",
        "[api]\nschema = \"schema.graphql\"\ndefault = { mode = \"API_KEY\" }\n\n\
         [[data_sources]]\nname = \"NONE_DS\"\ntype = \"NONE\"\n\n\
         [[resolvers]]\nfield = \"Query.todos\"\ndata_source = \"NONE_DS\"\nrequest = \"todos.vtl\"\n",
    );
    file(
        &folder,
        "todos.vtl",
        "#set( $rules = [{\"type\": \"public\"}] )\n#set( $result = $util.authRules.queryAuth($rules) )\n\
         #if( !$result || !$result.authorized )\n  $util.unauthorized()\n#end\n{\"version\": \"2018-05-29\"}\n",
    );
    let api = folder.path().to_string_lossy();
    let who = file(&folder, "who.json", "{\"mode\": \"apiKey\"}");
    let output = vtlens(&["explain", "--field", "Query.todos", "--api", &api, "--identity", &who]);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    insta::assert_snapshot!("sql_rules", text.replace(&*api, "[folder]"));
}

/// The mistakes of a person in a hurry, one suite or a few files each; the first file is the one that is run.
const SUITES: &[(&str, &[(&str, &str)])] = &[
    (
        "several mistakes in one file are told at once",
        &[(
            "s.vtlens.yaml",
            "nwo: 2026-01-15T12:00:00Z\nidentities:\n  bob: { mode: userpool }\n  eve: { mode: iam, userarn: x, claim: {} }\ntests:\n  - name: a\n    feild: Query.getPost\n    expect: { bob: allowed, evee: deny }\n  - name: b\n    field: Query.getPost\n    expect: { bob: { stages: gate } }\n",
        )],
    ),
    (
        "what the API does not have is told at once",
        &[(
            "s.vtlens.yaml",
            "data: { PostTabel: [] }\nresponses: { Query.getPots: 1 }\nidentities: { bob: { mode: apiKey } }\ntests:\n  - { name: a, field: Query.getPots, expect: { bob: deny } }\n  - { name: b, field: Mutation.createPost, arguments: { input: { titel: x } }, expect: { bob: deny } }\n",
        )],
    ),
    (
        "an unknown field inside a block",
        &[(
            "s.vtlens.yaml",
            "identities: { bob: { mode: apiKey } }\ntests:\n  - name: a\n    query: |\n      query One {\n        getPost(id: 1) { id titel }\n      }\n    expect: { bob: deny }\n",
        )],
    ),
    (
        "an unknown argument inside a block, with the line ends of Windows",
        &[(
            "s.vtlens.yaml",
            "identities: { bob: { mode: apiKey } }\r\ntests:\r\n  - name: a\r\n    query: |\r\n      {\r\n        getPost(idd: 1) { id }\r\n      }\r\n    expect: { bob: deny }\r\n",
        )],
    ),
    (
        "an unknown field in quotes",
        &[(
            "s.vtlens.yaml",
            "identities: { bob: { mode: apiKey } }\ntests:\n  - { query: \"{ getPots(id: 1) { id } }\", expect: { bob: deny } }\n",
        )],
    ),
    (
        "an unknown field in a folded text",
        &[(
            "s.vtlens.yaml",
            "identities: { bob: { mode: apiKey } }\ntests:\n  - query: >\n      { getPost(id: 1)\n      { id titel } }\n    expect: { bob: deny }\n",
        )],
    ),
    (
        "an unknown field in JSON",
        &[(
            "s.vtlens.json",
            "{\"identities\": {\"bob\": {\"mode\": \"apiKey\"}},\n \"tests\": [{\"query\": \"{\\n getPots(id: 1) { id } }\", \"expect\": {\"bob\": \"deny\"}}]}",
        )],
    ),
    (
        "half a query",
        &[(
            "s.vtlens.yaml",
            "identities: { bob: { mode: apiKey } }\ntests:\n  - { query: '{ getPost(id: 1) { id }', expect: { bob: deny } }\n",
        )],
    ),
    (
        "a cause that is none",
        &[(
            "s.vtlens.yaml",
            "identities: { bob: { mode: apiKey } }\ntests:\n  - { field: Query.getPost, expect: { bob: { cause: group-mising } } }\n",
        )],
    ),
    ("a tab", &[("s.vtlens.yaml", "identities:\n  bob:\n\t\tmode: apiKey\ntests: []\n")]),
    ("a key twice", &[("s.vtlens.yaml", "identities:\n  bob: { mode: apiKey }\n  bob: { mode: iam }\ntests: []\n")]),
    ("an anchor that is none", &[("s.vtlens.yaml", "identities: { bob: *people }\ntests: []\n")]),
    (
        "no mode",
        &[(
            "s.vtlens.yaml",
            "identities: { bob: { claims: {} } }\ntests: [{ field: Query.getPost, expect: { bob: deny } }]\n",
        )],
    ),
    ("nobody to name", &[("s.vtlens.yaml", "tests: [{ field: Query.getPost, expect: { bob: deny } }]\n")]),
    ("half a file", &[("s.vtlens.json", "{\"identities\": {\"bob\": {\"mode\": \"api")]),
    ("nothing", &[("s.vtlens.yaml", "\n")]),
    (
        "a missing token file",
        &[
            (
                "s.vtlens.yaml",
                "identities:\n  eve: { mode: userPool, token: tokens/eev.jwt }\ntests: [{ field: Query.getPost, expect: { eve: deny } }]\n",
            ),
            ("tokens/eve.jwt", "x"),
        ],
    ),
    (
        "an empty token file",
        &[
            (
                "s.vtlens.yaml",
                "identities:\n  eve: { mode: userPool, token: tokens/eve.jwt }\ntests: [{ field: Query.getPost, expect: { eve: deny } }]\n",
            ),
            ("tokens/eve.jwt", "\n"),
        ],
    ),
    (
        "a token file without a token",
        &[
            (
                "s.vtlens.yaml",
                "identities:\n  eve: { mode: oidc, token: tokens/eve.jwt }\ntests: [{ field: Query.getPost, expect: { eve: deny } }]\n",
            ),
            ("tokens/eve.jwt", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0"),
        ],
    ),
    (
        "missing data",
        &[
            (
                "s.vtlens.yaml",
                "identities: { bob: { mode: apiKey } }\ndata: dta\ntests: [{ field: Query.getPost, expect: { bob: deny } }]\n",
            ),
            ("data/PostTable.json", "[]"),
        ],
    ),
    (
        "a circular include",
        &[
            ("s.vtlens.yaml", "include: shared/a.yaml\ntests: [{ field: Query.getPost, expect: { bob: deny } }]\n"),
            ("shared/a.yaml", "note: people\ninclude:\n  - b.yaml\n"),
            ("shared/b.yaml", "include: [ ../shared/a.yaml ]\n"),
        ],
    ),
    (
        "a suite that includes itself",
        &[("s.vtlens.yaml", "include: s.vtlens.yaml\ntests: [{ field: Query.getPost, expect: { bob: deny } }]\n")],
    ),
    (
        "a missing include",
        &[
            ("s.vtlens.yaml", "include: [people.yml]\ntests: [{ field: Query.getPost, expect: { bob: deny } }]\n"),
            ("people.yaml", "identities: {}\n"),
        ],
    ),
    (
        "a folder as an include, and one that is no text",
        &[
            ("s.vtlens.yaml", "include: [shared, 5]\ntests: [{ field: Query.getPost, expect: { bob: deny } }]\n"),
            ("shared/people.yaml", "identities: {}\n"),
        ],
    ),
    (
        "mistakes in an included file have its own place",
        &[
            ("s.vtlens.yaml", "include: people.yaml\ntests: [{ field: Query.getPost, expect: { bub: deny } }]\n"),
            ("people.yaml", "identity:\n  bob: { mode: apiKey }\nidentities:\n  eve: { mode: apikey }\n"),
        ],
    ),
    (
        "an included file with tests",
        &[
            ("s.vtlens.yaml", "include: other.yaml\ntests: [{ field: Query.getPost, expect: { bob: deny } }]\n"),
            (
                "other.yaml",
                "identities: { bob: { mode: apiKey } }\ntests:\n  - { field: Query.getPost, expect: { bob: deny } }\n",
            ),
        ],
    ),
    (
        "one caller in two ways",
        &[
            (
                "s.vtlens.yaml",
                "include:\n  - a.yaml\n  - b.yaml\ntests: [{ field: Query.getPost, expect: { bob: deny } }]\n",
            ),
            ("a.yaml", "identities:\n  bob: { mode: apiKey }\n"),
            ("b.yaml", "note: other people\nidentities: { bob: { mode: iam } }\n"),
        ],
    ),
    (
        "a misspelt table in an included file",
        &[
            (
                "s.vtlens.yaml",
                "include: data.yaml\nidentities: { bob: { mode: apiKey } }\ntests: [{ field: Query.getPost, expect: { bob: deny } }]\n",
            ),
            ("data.yaml", "data:\n  PstTable: []\n"),
        ],
    ),
    ("no tests, and nobody includes it", &[("s.vtlens.yaml", "identities: { bob: { mode: apiKey } }\n")]),
];

#[test]
fn suites_that_cannot_be_used() {
    let mut messages = String::new();
    for (name, files) in SUITES {
        let folder = TempDir::new().unwrap();
        let paths: Vec<String> = files.iter().map(|(path, text)| file(&folder, path, text)).collect();
        let message = refused(&["test", &paths[0], "--api", "templates/blog"], folder.path());
        messages.push_str(&format!("# {name}\n{message}\n"));
    }
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("x.vtlens.yaml")).unwrap();
    let path = folder.path().join("x.vtlens.yaml").to_string_lossy().into_owned();
    messages.push_str(&format!("# a folder with a suite's name\n{}\n", refused(&["test", &path], folder.path())));
    let path = folder.path().join("latin.vtlens.yaml");
    std::fs::write(&path, b"note: x\n# caf\xe9\ntests: []\n").unwrap();
    let message = refused(&["test", &path.to_string_lossy()], folder.path());
    messages.push_str(&format!("# not UTF-8\n{message}\n"));
    let path = folder.path().join("huge.vtlens.yaml");
    std::fs::File::create(&path).unwrap().set_len(65 << 20).unwrap();
    let message = refused(&["test", &path.to_string_lossy()], folder.path());
    messages.push_str(&format!("# huge\n{message}\n"));
    insta::assert_snapshot!("suites", messages);
}
