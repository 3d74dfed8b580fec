//! The model that every loader fills.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

/// An authorization mode, by AppSync's own names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AuthMode {
    /// `API_KEY`
    ApiKey,
    /// `AMAZON_COGNITO_USER_POOLS`
    UserPool,
    /// `OPENID_CONNECT`
    Oidc,
    /// `AWS_IAM`
    Iam,
    /// `AWS_LAMBDA`
    Lambda,
}

impl AuthMode {
    /// Every mode.
    pub const ALL: [AuthMode; 5] =
        [AuthMode::ApiKey, AuthMode::UserPool, AuthMode::Oidc, AuthMode::Iam, AuthMode::Lambda];

    /// AppSync's name: `AMAZON_COGNITO_USER_POOLS` …
    pub fn name(self) -> &'static str {
        match self {
            AuthMode::ApiKey => "API_KEY",
            AuthMode::UserPool => "AMAZON_COGNITO_USER_POOLS",
            AuthMode::Oidc => "OPENID_CONNECT",
            AuthMode::Iam => "AWS_IAM",
            AuthMode::Lambda => "AWS_LAMBDA",
        }
    }

    /// The mode of AppSync's name.
    pub fn from_name(name: &str) -> Option<AuthMode> {
        AuthMode::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// In words: `API key`, `user pool` …
    pub fn words(self) -> &'static str {
        match self {
            AuthMode::ApiKey => "API key",
            AuthMode::UserPool => "user pool",
            AuthMode::Oidc => "OIDC",
            AuthMode::Iam => "IAM",
            AuthMode::Lambda => "Lambda authorizer",
        }
    }

    /// The schema directive that admits it: `aws_api_key` …
    pub fn directive(self) -> &'static str {
        match self {
            AuthMode::ApiKey => "aws_api_key",
            AuthMode::UserPool => "aws_cognito_user_pools",
            AuthMode::Oidc => "aws_oidc",
            AuthMode::Iam => "aws_iam",
            AuthMode::Lambda => "aws_lambda",
        }
    }

    /// What `$util.authType()` returns.
    pub fn auth_type(self) -> &'static str {
        match self {
            AuthMode::ApiKey => "API Key Authorization",
            AuthMode::UserPool => "User Pool Authorization",
            AuthMode::Oidc => "Open ID Connect Authorization",
            AuthMode::Iam => "IAM Authorization",
            AuthMode::Lambda => "Lambda Authorization",
        }
    }
}

/// One configured provider of a mode.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AuthProvider {
    /// The mode; `None` only in a default-constructed value.
    pub mode: Option<AuthMode>,
    /// User pool: its id.
    pub user_pool_id: Option<String>,
    /// User pool: its region.
    pub region: Option<String>,
    /// User pool as default mode: `true` for `ALLOW`, `false` for `DENY`.
    pub default_allow: Option<bool>,
    /// User pool: `appIdClientRegex`; OIDC: `clientId` (a regex).
    pub client_id_regex: Option<String>,
    /// OIDC: the issuer's URL.
    pub issuer: Option<String>,
    /// OIDC: `iatTTL` in milliseconds.
    pub iat_ttl_ms: Option<i64>,
    /// OIDC: `authTTL` in milliseconds.
    pub auth_ttl_ms: Option<i64>,
    /// Lambda: the function's name or ARN.
    pub authorizer: Option<String>,
    /// Lambda: `identityValidationExpression`.
    pub identity_validation: Option<String>,
    /// Lambda: `authorizerResultTtlInSeconds`.
    pub result_ttl_s: Option<i64>,
}

/// An API key the build declares (its value is only known after deployment).
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredApiKey {
    /// Logical id or key id.
    pub id: String,
    /// Expiry, epoch seconds.
    pub expires: Option<i64>,
}

/// A mapping template: text and the place it comes from.
#[derive(Debug, Clone)]
pub struct Template {
    /// Name shown to people: the path relative to the API's folder; for an inline template
    /// `stacks/Post.json#LogicalId.RequestMappingTemplate`.
    pub name: String,
    /// The text, intrinsics resolved.
    pub text: Arc<str>,
    /// Placeholders that stand for parameters nobody gave (`${authRoleName}` …), as they appear in the text.
    pub placeholders: Vec<String>,
    /// The file that holds it, to open it with: of an inline template the stack.
    pub path: Option<PathBuf>,
}

/// Whether a text still holds a placeholder for a value nobody gave, such as `${AuthCognitoUserPoolId}`: a decision
/// that compares it is not certain.
pub fn has_placeholder(text: &str) -> bool {
    text.find("${").is_some_and(|start| text.get(start..).is_some_and(|rest| rest.contains('}')))
}

/// How an API was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiKind {
    /// An Amplify Gen 1 build folder.
    AmplifyGen1,
    /// A `cdk.out` folder (CDK, Amplify Gen 2).
    Cdk,
    /// A CloudFormation template with its files beside it.
    CloudFormation,
    /// A folder with a `vtlens.toml` that declares the API.
    Folder,
}

impl ApiKind {
    /// In words: `Amplify Gen 1 build` …
    pub fn words(self) -> &'static str {
        match self {
            ApiKind::AmplifyGen1 => "Amplify Gen 1 build",
            ApiKind::Cdk => "cdk.out",
            ApiKind::CloudFormation => "CloudFormation template",
            ApiKind::Folder => "folder with vtlens.toml",
        }
    }
}

/// Where the API's folder says that data and keys are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defaults {
    /// What the data sources hold: a folder of `TABLE.json` item lists, or one file.
    pub data: Option<PathBuf>,
    /// Keys to verify signatures with.
    pub jwks: Option<PathBuf>,
}

/// What kind of thing a data source is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "an API has a few, each behind an Arc")]
pub enum DataSourceKind {
    /// `NONE`
    None,
    /// `AMAZON_DYNAMODB`
    DynamoDb(Table),
    /// Anything else, by AppSync's type name: `AWS_LAMBDA`, `HTTP`, `RELATIONAL_DATABASE`,
    /// `AMAZON_OPENSEARCH_SERVICE`, `AMAZON_ELASTICSEARCH`, `AMAZON_EVENTBRIDGE` …
    Other(String),
}

/// A DynamoDB table behind a data source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Its name with parameters resolved.
    pub name: String,
    /// CloudFormation logical id, when it is a resource of the build.
    pub logical_id: Option<String>,
    /// Partition key, then sort key.
    pub keys: Vec<String>,
    /// Index name → its keys (partition, then sort).
    pub indexes: IndexMap<String, Vec<String>>,
    /// Types of key attributes (`S`, `N`, `B`), as far as they are declared.
    pub attribute_types: IndexMap<String, String>,
    /// Which attributes an index holds; one that is not here holds all of them.
    pub projections: IndexMap<String, Projection>,
    /// Whether AppSync versions it (conflict detection).
    pub versioned: bool,
    /// Versioned: how long a deleted item stays, in minutes.
    pub base_ttl_min: Option<i64>,
    /// Versioned: how long the delta table keeps a change, in minutes.
    pub delta_ttl_min: Option<i64>,
}

/// The attributes that an index holds beside the keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Projection {
    /// Attributes besides the keys of the table and of the index.
    pub attributes: Vec<String>,
    /// Whether it is a local index: DynamoDB fetches from the table what it lacks.
    pub local: bool,
}

/// What AppSync does with a write that does not see the stored version (`SyncConfig`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConflictHandler {
    /// Conflicts are not detected.
    Off,
    /// `OPTIMISTIC_CONCURRENCY`: the write is rejected.
    OptimisticConcurrency,
    /// `AUTOMERGE`: what does not collide is written.
    Automerge,
    /// `LAMBDA`: a function decides; its ARN.
    Lambda(String),
}

/// A data source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSource {
    /// Its AppSync name: `PostTable`, `NONE_DS` …
    pub name: String,
    /// Its kind.
    pub kind: DataSourceKind,
}

/// The code of a resolver or function.
#[derive(Debug, Clone)]
pub enum Code {
    /// VTL mapping templates; a missing one means AppSync's default for the place.
    Vtl {
        /// Request (of a pipeline resolver: before) template.
        request: Option<Template>,
        /// Response (of a pipeline resolver: after) template.
        response: Option<Template>,
    },
    /// `APPSYNC_JS`: not run by this tool; the file's name.
    JavaScript(String),
}

/// One pipeline function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its AppSync name or logical id.
    pub name: String,
    /// Its data source.
    pub data_source: Arc<DataSource>,
    /// What it does about conflicts, when the API says so.
    pub conflicts: Option<ConflictHandler>,
    /// Its templates.
    pub code: Code,
}

/// What a resolver does.
#[derive(Debug, Clone)]
pub enum ResolverKind {
    /// `UNIT`: one data source.
    Unit(Arc<DataSource>),
    /// `PIPELINE`: functions in order.
    Pipeline(Vec<Arc<Function>>),
}

/// A resolver of one field.
#[derive(Debug, Clone)]
pub struct Resolver {
    /// The type that has the field.
    pub type_name: String,
    /// The field.
    pub field: String,
    /// Unit or pipeline.
    pub kind: ResolverKind,
    /// What it does about conflicts, when the API says so.
    pub conflicts: Option<ConflictHandler>,
    /// Request/before and response/after templates.
    pub code: Code,
}

/// A pattern of field ARNs that a policy of the build allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedPattern {
    /// `arn:aws:appsync:us-east-1:123456789012:apis/ID/types/Query/fields/getPost`; what nobody gave is a placeholder.
    pub pattern: String,
    /// The logical id of the policy, or of the role that holds it.
    pub policy: String,
    /// Where it is written.
    pub place: Option<crate::error::Place>,
}
