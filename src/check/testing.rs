//! Small APIs for the tests of lints.

use super::{AuthorizerAnswer, CheckReport, Finding, Options, check};
use crate::api::{Api, LoadOptions};
use crate::source_file::SourceFile;

/// An API of a schema, its modes and a few resolvers over one table.
pub(super) struct Sample {
    schema: String,
    default: String,
    additional: Vec<String>,
    resolvers: Vec<(String, String, String)>,
    options: Options,
}

/// An API whose only mode is a user pool.
pub(super) fn sample(schema: &str) -> Sample {
    Sample {
        schema: schema.to_owned(),
        default: "mode = \"AMAZON_COGNITO_USER_POOLS\", user_pool_id = \"us-east-1_a\"".to_owned(),
        additional: Vec::new(),
        resolvers: Vec::new(),
        options: Options { days: 30, ..Options::default() },
    }
}

/// What `template` makes of an API with the one query `a(id: ID!, name: String): Thing`, as its request template.
pub(super) fn request(template: &str) -> CheckReport {
    sample("type Query { a(id: ID!, name: String): Thing } type Thing { id: ID! title: String }")
        .resolver("Query.a", template, "$util.toJson($ctx.result)")
        .report()
}

impl Sample {
    pub fn default_mode(mut self, provider: &str) -> Self {
        self.default = provider.to_owned();
        self
    }

    pub fn mode(mut self, provider: &str) -> Self {
        self.additional.push(format!("{{ {provider} }}"));
        self
    }

    pub fn resolver(mut self, field: &str, request: &str, response: &str) -> Self {
        self.resolvers.push((field.to_owned(), request.to_owned(), response.to_owned()));
        self
    }

    pub fn authorizer(mut self, answer: serde_json::Value) -> Self {
        let file = SourceFile::new("caller.json", answer.to_string());
        self.options.authorizers.push(AuthorizerAnswer { file, identity: "eve".to_owned(), answer });
        self
    }

    pub fn report(self) -> CheckReport {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("schema.graphql", &self.schema);
        let mut config =
            format!("[api]\ndefault = {{ {} }}\nadditional = [{}]\n", self.default, self.additional.join(", "));
        config.push_str("[[data_sources]]\nname = \"Table\"\ntype = \"AMAZON_DYNAMODB\"\nkeys = [\"id\"]\n");
        for (field, request, response) in &self.resolvers {
            let extension = if request.starts_with("import") { "js" } else { "vtl" };
            write(&format!("{field}.req.{extension}"), request);
            write(&format!("{field}.res.vtl"), response);
            config.push_str(&format!(
                "[[resolvers]]\nfield = \"{field}\"\ndata_source = \"Table\"\nrequest = \"{field}.req.{extension}\"\n\
                 response = \"{field}.res.vtl\"\n"
            ));
        }
        write("vtlens.toml", &config);
        let api = Api::open(folder.path(), &LoadOptions::default()).unwrap();
        check(&api, &self.options).unwrap()
    }
}

impl CheckReport {
    /// The findings of a code.
    pub(super) fn of(&self, code: &str) -> Vec<&Finding> {
        self.findings.iter().filter(|finding| finding.code == code).collect()
    }

    /// Lines and columns of the findings of a code.
    pub(super) fn places(&self, code: &str) -> Vec<(u32, u32)> {
        self.of(code).iter().map(|finding| (finding.place.line, finding.place.column)).collect()
    }
}
