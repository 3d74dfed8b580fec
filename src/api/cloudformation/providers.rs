//! The API itself: its name, modes and keys.

use serde_json::Value;

use super::intrinsics::as_text;
use super::{At, Deployment, Located};
use crate::api::model::{AuthMode, AuthProvider, DeclaredApiKey};
use crate::error::Result;

/// What the API's own resources say.
#[derive(Debug)]
pub(in crate::api) struct Described {
    /// Its name, when every part of it is known.
    pub(in crate::api) name: Option<String>,
    pub(in crate::api) default_provider: AuthProvider,
    pub(in crate::api) additional: Vec<AuthProvider>,
    pub(in crate::api) api_keys: Vec<DeclaredApiKey>,
    /// The schema's S3 location or its text.
    pub(in crate::api) schema: SchemaSource,
}

/// The schema.
#[derive(Debug)]
pub(in crate::api) enum SchemaSource {
    File(Located),
    /// The name people know it by, and the text.
    Inline(String, String),
}

impl Deployment {
    /// Reads the API resource and those around it.
    pub(in crate::api) fn describe(&self) -> Result<Described> {
        let api = self.api_resource()?;
        self.mean(&api);
        let (number, id, resource) = api;
        let properties = resource.get("Properties").unwrap_or(&Value::Null);
        let (top, section, resource_at);
        top = At::top(number);
        section = top.key("Resources");
        resource_at = section.key(id);
        let at = resource_at.key("Properties");
        let name = self.text(&at.key("Name"), properties.get("Name"))?;
        let additional_at = at.key("AdditionalAuthenticationProviders");
        let additional = properties.get("AdditionalAuthenticationProviders").unwrap_or(&Value::Null);
        let mut open = Vec::new();
        let additional = self.eval(&additional_at, additional, &mut open)?;
        self.given.note(&open);
        let additional = additional.as_array().into_iter().flatten().enumerate();
        Ok(Described {
            name: name.filter(|name| name.placeholders.is_empty()).map(|name| name.text),
            default_provider: self.provider(&at, properties)?,
            additional: additional.map(|(i, p)| self.provider(&additional_at.index(i), p)).collect::<Result<_>>()?,
            api_keys: self.api_keys(number)?,
            schema: self.schema_source(number)?,
        })
    }

    fn provider(&self, at: &At<'_>, properties: &Value) -> Result<AuthProvider> {
        let kind_at = at.key("AuthenticationType");
        let kind = self.text(&kind_at, properties.get("AuthenticationType"))?.unwrap_or_default().text;
        let Some(mode) = AuthMode::from_name(&kind) else {
            let known: Vec<&str> = AuthMode::ALL.into_iter().map(AuthMode::name).collect();
            let error = self.stack(at.stack)?.refuse(&kind_at, format!("`{kind}` is no authentication type"));
            return Err(error.help(format!("the types are {}", known.join(", "))));
        };
        let section = match mode {
            AuthMode::UserPool => "UserPoolConfig",
            AuthMode::Oidc => "OpenIDConnectConfig",
            AuthMode::Lambda => "LambdaAuthorizerConfig",
            AuthMode::ApiKey | AuthMode::Iam => return Ok(AuthProvider { mode: Some(mode), ..Default::default() }),
        };
        let mut open = Vec::new();
        let config = properties.get(section).unwrap_or(&Value::Null);
        let config = self.eval(&at.key(section), config, &mut open)?;
        self.given.note(&open);
        let text = |name: &str| config.get(name).and_then(as_text).filter(|t| !t.is_empty());
        Ok(AuthProvider {
            mode: Some(mode),
            user_pool_id: text("UserPoolId"),
            region: text("AwsRegion"),
            default_allow: text("DefaultAction").map(|action| action != "DENY"),
            client_id_regex: text("AppIdClientRegex").or_else(|| text("ClientId")),
            issuer: text("Issuer"),
            iat_ttl_ms: config.get("IatTTL").and_then(as_i64),
            auth_ttl_ms: config.get("AuthTTL").and_then(as_i64),
            authorizer: text("AuthorizerUri"),
            identity_validation: text("IdentityValidationExpression"),
            result_ttl_s: config.get("AuthorizerResultTtlInSeconds").and_then(as_i64),
        })
    }

    fn api_keys(&self, number: usize) -> Result<Vec<DeclaredApiKey>> {
        let mut keys = Vec::new();
        for (id, resource) in self.stack(number)?.resources_of("AWS::AppSync::ApiKey")? {
            let top = At::top(number);
            let section = top.key("Resources");
            let resource_at = section.key(id);
            let at = resource_at.key("Properties");
            if !self.deployed(&resource_at, resource)? || !self.belongs(&at, resource)? {
                continue;
            }
            let expires = resource.get("Properties").and_then(|p| p.get("Expires")).unwrap_or(&Value::Null);
            let expires = self.eval(&at.key("Expires"), expires, &mut Vec::new())?;
            keys.push(DeclaredApiKey { id: id.to_owned(), expires: as_i64(&expires) });
        }
        Ok(keys)
    }

    fn schema_source(&self, number: usize) -> Result<SchemaSource> {
        let stack = self.stack(number)?;
        for (id, resource) in stack.resources_of("AWS::AppSync::GraphQLSchema")? {
            let (top, section, resource_at);
            top = At::top(number);
            section = top.key("Resources");
            resource_at = section.key(id);
            let at = resource_at.key("Properties");
            if self.belongs(&at, resource)? && self.deployed(&resource_at, resource)? {
                return self.schema_of(&at, id, resource.get("Properties").unwrap_or(&Value::Null));
            }
        }
        Ok(self.schema_beside())
    }

    fn schema_of(&self, at: &At<'_>, id: &str, properties: &Value) -> Result<SchemaSource> {
        let stack = self.stack(at.stack)?;
        if let Some(text) = self.text(&at.key("Definition"), properties.get("Definition"))? {
            return Ok(SchemaSource::Inline(format!("{}#{id}.Definition", stack.name), text.text));
        }
        let location = properties.get("DefinitionS3Location");
        Ok(match self.location(&at.key("DefinitionS3Location"), location)? {
            Some(location) => SchemaSource::File(self.files.locate(&stack.path, &location.text)),
            None => self.schema_beside(),
        })
    }
}

impl Deployment {
    /// A template that does not say where the schema is has it beside it.
    fn schema_beside(&self) -> SchemaSource {
        SchemaSource::File(self.files.locate(&self.root().path, "schema.graphql"))
    }
}

/// A whole number, written as one or as text.
fn as_i64(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
}
