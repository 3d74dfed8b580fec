//! What AppSync makes of the text that a mapping template printed: read as JSON, checked as a request, and, where it
//! cannot be read, led back to the statement of the template that printed it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::{Map, Value as Json, json};
use tempfile::TempDir;
use vtlens::api::{Api, AuthMode, LoadOptions};
use vtlens::execute::FieldInput;
use vtlens::identity::IdentityFacts;
use vtlens::replay::Replay;
use vtlens::report::{FieldReport, RequestReport};
use vtlens::source::Data;

/// An API with one field, `Query.f`, over one data source of a type.
struct OneField {
    folder: TempDir,
}

impl OneField {
    fn new(kind: &str, request: &str, response: &str) -> OneField {
        let folder = TempDir::new().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("schema.graphql", "type Query { f(id: ID, name: String): AWSJSON }\nschema { query: Query }\n");
        write("f.req.vtl", request);
        write("f.res.vtl", response);
        write(
            "vtlens.toml",
            &format!(
                "[api]\nschema = \"schema.graphql\"\ndefault = {{ mode = \"API_KEY\" }}\n\n[[data_sources]]\nname = \
                 \"Source\"\ntype = \"{kind}\"\n\n[[resolvers]]\nfield = \"Query.f\"\ndata_source = \
                 \"Source\"\nrequest = \"f.req.vtl\"\nresponse = \"f.res.vtl\"\n"
            ),
        );
        OneField { folder }
    }

    fn run(&self, arguments: Json, data: Data) -> RequestReport {
        let api = Api::open(self.folder.path(), &LoadOptions::default()).unwrap();
        let mut replay = Replay::new(&api, 0);
        replay.facts = Some(IdentityFacts::of_mode(AuthMode::ApiKey));
        replay.data = data;
        let arguments: Map<String, Json> = arguments.as_object().cloned().unwrap_or_default();
        replay.field(&FieldInput::new("Query", "f", arguments)).unwrap()
    }
}

fn asked(request: &str, response: &str) -> FieldReport {
    let report = OneField::new("NONE", request, response).run(json!({"name": "bob"}), Data::not_given());
    report.fields.into_iter().next().unwrap()
}

const ANY: &str = r#"{"version": "2018-05-29", "payload": {}}"#;

/// Template, AppSync's message, then cause, place and text of the site.
#[test]
fn what_a_template_printed_wrongly_is_found_in_the_template() {
    let convert = |text: &str| {
        format!(
            "Unable to convert {text} to class com.amazonaws.deepdish.transform.model.lambda.LambdaVersionedConfig."
        )
    };
    let cases = [
        // A reference that is null prints itself.
        (
            "{\"version\": \"2018-05-29\",\n  \"payload\": $ctx.args.id\n}",
            convert("{\"version\": \"2018-05-29\",\n  \"payload\": $ctx.args.id\n}"),
            ("renders-itself", 2, 14, "$ctx.args.id"),
        ),
        // A text without toJson.
        (
            "#set($who = $ctx.args.name)\n{\"version\": \"2018-05-29\", \"payload\": $who}",
            convert("{\"version\": \"2018-05-29\", \"payload\": bob}"),
            ("output-not-json", 2, 38, "$who"),
        ),
        // The template's own text.
        (
            "{\"version\": \"2018-05-29\",\n \"payload\": {\"a\": 1,\n  }\n}",
            convert("{\"version\": \"2018-05-29\",\n \"payload\": {\"a\": 1,\n  }\n}"),
            ("output-not-json", 3, 3, "}"),
        ),
        // A loop that leaves its last comma.
        (
            "{\"version\": \"2018-05-29\", \"payload\": [\n#foreach($i in [1,2])\n  $i,\n#end\n]}",
            convert("{\"version\": \"2018-05-29\", \"payload\": [\n  1,\n  2,\n]}"),
            ("output-not-json", 5, 1, "]"),
        ),
        // What a string was made of is printed where the string is.
        (
            "#set($body = \"{ $ctx.args.name }\")\n{\"version\": \"2018-05-29\", \"payload\": $body}",
            convert("{\"version\": \"2018-05-29\", \"payload\": { bob }}"),
            ("output-not-json", 2, 38, "$body"),
        ),
        // It ends too early: the last thing printed.
        (
            "{\"version\": \"2018-05-29\"#if($ctx.args.id)}#end",
            convert("{\"version\": \"2018-05-29\""),
            ("output-not-json", 1, 24, "\""),
        ),
        (
            "{\"version\": \"2018-05-29\",\n \"payload\": {\"a\": 1,\n  \"a\": 2}}",
            "Duplicate field 'a' detected on Object. Duplicate JSON keys are not allowed.".to_owned(),
            ("output-not-json", 3, 3, "\""),
        ),
        (
            "{\"version\": \"2018-05-29\"}\n)",
            "Trailing characters at the end of the JSON string are not allowed.".to_owned(),
            ("output-not-json", 2, 1, ")"),
        ),
    ];
    for (template, message, (code, line, column, text)) in cases {
        let field = asked(template, "{}");
        let error = field.error.unwrap();
        assert_eq!((error.message, error.error_type.as_deref()), (message, Some("MappingTemplate")), "{template}");
        let (cause, site) = (field.cause.unwrap(), field.site.unwrap());
        assert_eq!(
            (cause.code, site.line, site.column, &*site.text),
            (code, line, column, text),
            "{template}: {cause:?}"
        );
        assert_eq!(site.template, "f.req.vtl");
    }
}

#[test]
fn a_response_is_read_the_same_way() {
    for (template, message, text) in [
        ("# a comment", "Unable to convert # a comment to Object.", "#"),
        ("$ctx.result.nope", "Unable to convert $ctx.result.nope to Object.", "$ctx.result.nope"),
        ("  \n", "Unable to convert   \n to Object.", "\n"),
        ("{\"a\": 1, \"a\": 1}", "Duplicate field 'a' detected on Object. Duplicate JSON keys are not allowed.", "\""),
    ] {
        let field = asked(ANY, template);
        assert_eq!(field.error.unwrap().message, message);
        let site = field.site.unwrap();
        assert_eq!((&*site.template, &*site.text), ("f.res.vtl", text));
    }
}

/// What people read: the statement under its line; the request that would be sent, and what to paste.
#[test]
fn the_output_shows_the_statement_and_the_request() {
    let explained = |request: &str, more: &[&str]| {
        let api = OneField::new("AWS_LAMBDA", request, "$util.toJson($ctx.result)");
        let mut command = assert_cmd::Command::cargo_bin("vtlens").unwrap();
        command.args(["explain", "--field", "Query.f", "--args", "{\"name\": \"bob\"}", "--api"]);
        let output =
            command.arg(api.folder.path()).args(more).env("NO_COLOR", "1").env("COLUMNS", "100").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let broken =
        "{\n  \"version\": \"2018-05-29\",\n  \"operation\": \"Invoke\",\n  \"payload\": {\"id\": $ctx.args.id}\n}\n";
    let sound = broken.replace("$ctx.args.id", "$util.toJson($ctx.args.name)");
    insta::assert_snapshot!("a_null_reference", explained(broken, &[]));
    insta::assert_snapshot!("a_missing_response", explained(&sound, &[]));
    let json: Json = serde_json::from_str(&explained(&sound, &["--format", "json"])).unwrap();
    let missing = &json["requests"][0]["missing"][0];
    assert_eq!(missing["request"]["payload"], json!({"id": "bob"}));
    assert_eq!(missing["fixture"], json!({"responses": {"Query.f": null}}));
}
