//! An AppSync API as it lies on disk: modes, schema, resolvers, functions, data sources.
//!
//! May read files; knows CloudFormation and Amplify's folder, not templates' meaning, requests or identities.

mod amplify;
mod cdk;
mod cloudformation;
mod config;
mod discover;
mod edit;
mod files;
mod folder;
mod inspect;
pub mod model;
mod project;
pub mod schema;
mod templates;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

pub use cloudformation::RolePolicies;
pub use model::*;
pub use schema::{EffectiveModes, Schema};

use crate::error::{Error, ErrorKind, Result};
use crate::json_file;
use crate::source_file::SourceFile;
use amplify::Gen1;
use cloudformation::{Deployment, Described, SchemaSource, read_text};
use config::{Config, Param};
use discover::Layout;
use folder::FolderApi;

/// What a person adds to what is on disk.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Values of CloudFormation parameters, of the pseudo parameters `AWS::AccountId`, `AWS::Region` … and of `ApiId`;
    /// also of a resource by its logical id (`AuthRole900B840B`) or attribute (`LogicalId.Arn`).
    pub params: IndexMap<String, String>,
    /// The author's schema, with its `@auth` rules.
    pub schema: Option<PathBuf>,
}

/// An API. Opening it reads the root template and the schema; resolvers are read when asked for. It can be shared by
/// threads; a clone shares what is read of it.
#[derive(Debug, Clone)]
pub struct Api {
    /// Its name in AppSync, or its folder's when that is not known.
    pub name: String,
    /// The folder that defaults lie in: the API's folder, or the one with `vtlens.toml`.
    pub root: PathBuf,
    /// How it is written down.
    pub kind: ApiKind,
    /// Its id, when known.
    pub id: Option<String>,
    /// Its region, when known.
    pub region: Option<String>,
    /// Its account, when known.
    pub account: Option<String>,
    /// The provider of the default mode. Values nobody gave are placeholders: see [`has_placeholder`].
    pub default_provider: AuthProvider,
    /// The additional providers.
    pub additional: Vec<AuthProvider>,
    /// The API keys that the build declares.
    pub api_keys: Vec<DeclaredApiKey>,
    /// The schema that AppSync serves.
    pub schema: Schema,
    /// The schema its author wrote, in one file or several; none when it was not found.
    pub author_schemas: Arc<[SourceFile]>,
    /// Where data and keys are, when the folder says so.
    pub defaults: Defaults,
    loader: Arc<Loader>,
}

#[derive(Debug)]
enum Loader {
    Deployment { deployment: Box<Deployment>, gen1: Option<Gen1> },
    Folder(Box<FolderApi>),
}

impl Api {
    /// Opens the API at a path: an Amplify Gen 1 project, API folder or build folder, a `cdk.out`, a CloudFormation
    /// template (JSON or YAML) or a folder with exactly one, a packaged Serverless Framework project, a folder with
    /// `vtlens.toml`. Behind a template with several APIs stands the logical id of one: `template.yaml#Api`.
    ///
    /// # Errors
    /// `Api` when the path holds no API, several, or one that cannot be read; `GraphQl` when its schema is none; `Io`
    /// when a file cannot be read. Each names the file and what to do.
    pub fn open(path: &Path, options: &LoadOptions) -> Result<Api> {
        let found = discover::look_at(path)?;
        let api = found.api.clone();
        let mut params: IndexMap<String, String> = IndexMap::new();
        if let Some(config) = &found.config {
            params.extend(config.body.params.iter().map(|(name, value)| (name.clone(), Param::text(value))));
        }
        params.extend(options.params.clone());
        let defaults = defaults(&found.root, found.config.as_ref());
        let author = author_schemas(options, &found.root, found.config.as_ref())?;
        let opened = Opened { root: found.root, defaults, author };
        match found.layout {
            Layout::Gen1(gen1) => {
                let deployment = gen1.deployment(params)?.with_wanted(api);
                opened.deployed(ApiKind::AmplifyGen1, deployment, Some(gen1))
            }
            Layout::Cdk(folder) => opened.deployed(ApiKind::Cdk, cdk::only(&folder, &params)?.with_wanted(api), None),
            Layout::Template(file) => {
                let deployment = templates::deployment(&file, params)?.with_wanted(api);
                opened.deployed(ApiKind::CloudFormation, deployment, None)
            }
            Layout::Folder(folder) => match found.config {
                Some(config) => opened.declared(folder, config, &params),
                None => {
                    Err(Error::new(ErrorKind::Api, "there is no vtlens.toml").in_file(folder.display().to_string()))
                }
            },
        }
    }

    /// Walks up from a folder to the first one that holds an API; its path is one for [`Api::open`].
    ///
    /// # Errors
    /// `Api` when there is none up to the root of the file system.
    pub fn find_from(folder: &Path) -> Result<PathBuf> {
        discover::find_from(folder)
    }

    /// Every provider, the default one first.
    pub fn providers(&self) -> impl Iterator<Item = &AuthProvider> {
        std::iter::once(&self.default_provider).chain(&self.additional)
    }

    /// The modes, each once, the default one first.
    pub fn modes(&self) -> impl Iterator<Item = AuthMode> {
        let mut seen = HashSet::new();
        self.providers().filter_map(|provider| provider.mode).filter(move |mode| seen.insert(*mode))
    }

    /// The modes that a field admits.
    pub fn effective_modes(&self, type_name: &str, field: &str) -> EffectiveModes {
        let configured: Vec<AuthMode> = self.providers().filter_map(|provider| provider.mode).collect();
        self.schema.effective_modes(type_name, field, &configured)
    }

    /// The resolver of a field, with the text of its templates; `None` when the field has none. Reads only the
    /// stacks it needs, and each file once.
    ///
    /// # Errors
    /// `Api` when a template, function or data source of it is missing or a function of its CloudFormation cannot be
    /// evaluated; `Io` when a file cannot be read.
    pub fn resolver(&self, type_name: &str, field: &str) -> Result<Option<Resolver>> {
        match &*self.loader {
            Loader::Deployment { deployment, .. } => {
                Ok(deployment.resolver(type_name, field)?.map(|resolver| Resolver::clone(&resolver)))
            }
            Loader::Folder(folder) => folder.resolver(type_name, field),
        }
    }

    /// Type and field of every resolver. Reads every stack.
    ///
    /// # Errors
    /// As [`Api::resolver`].
    pub fn resolvers(&self) -> Result<Vec<(String, String)>> {
        match &*self.loader {
            Loader::Deployment { deployment, .. } => deployment.resolvers(),
            Loader::Folder(folder) => folder.resolvers(),
        }
    }

    /// Every data source. Reads every stack.
    ///
    /// # Errors
    /// As [`Api::resolver`].
    pub fn data_sources(&self) -> Result<Vec<Arc<DataSource>>> {
        match &*self.loader {
            Loader::Deployment { deployment, .. } => deployment.data_sources(),
            Loader::Folder(folder) => Ok(folder.data_sources()),
        }
    }

    /// What the build shows of the policies of an IAM role. Reads the stacks that have policies.
    ///
    /// # Errors
    /// `Api` when a stack cannot be read.
    pub fn role_policies(&self, role: &str) -> Result<Arc<RolePolicies>> {
        match &*self.loader {
            Loader::Deployment { deployment, .. } => deployment.role_policies(role),
            Loader::Folder(_) => Ok(Arc::default()),
        }
    }

    /// Every template that some resolver runs, each once, in the order of resolvers and of what runs in them.
    ///
    /// # Errors
    /// As [`Api::resolver`].
    pub fn template_files(&self) -> Result<Vec<Template>> {
        let mut seen = HashSet::new();
        let mut templates = Vec::new();
        let mut add = |code: &Code, first: bool| {
            if let Code::Vtl { request, response } = code {
                let template = if first { request } else { response };
                templates.extend(template.iter().filter(|t| seen.insert(t.name.clone())).cloned());
            }
        };
        for (type_name, field) in self.resolvers()? {
            let Some(resolver) = self.resolver(&type_name, &field)? else { continue };
            add(&resolver.code, true);
            if let ResolverKind::Pipeline(functions) = &resolver.kind {
                for function in functions {
                    add(&function.code, true);
                    add(&function.code, false);
                }
            }
            add(&resolver.code, false);
        }
        Ok(templates)
    }

    /// Parameters that were needed so far and that nobody gave, by the names `--param` takes.
    pub fn parameters_left_open(&self) -> Vec<String> {
        match &*self.loader {
            Loader::Deployment { deployment, .. } => deployment.given.open(),
            Loader::Folder(_) => Vec::new(),
        }
    }

    /// What a person should know about the folder: files of the author that the build does not have or has
    /// differently. The build is what was deployed, so its files are the ones that run.
    pub fn notes(&self) -> Vec<String> {
        match &*self.loader {
            Loader::Deployment { gen1, deployment } => {
                let mut notes = gen1.as_ref().map(Gen1::notes).unwrap_or_default();
                notes.extend(deployment.notes());
                notes
            }
            Loader::Folder(_) => Vec::new(),
        }
    }
}

/// What every kind of API has, before its own parts are read.
struct Opened {
    root: PathBuf,
    defaults: Defaults,
    author: Vec<SourceFile>,
}

impl Opened {
    fn deployed(mut self, kind: ApiKind, deployment: Deployment, gen1: Option<Gen1>) -> Result<Api> {
        let Described { name, default_provider, additional, api_keys, schema } = deployment.describe()?;
        let schema = Schema::parse(schema_file(&deployment, gen1.as_ref(), schema)?)?;
        if self.author.is_empty() {
            let files = gen1.as_ref().map(Gen1::author_schemas).unwrap_or_default();
            self.author = files.iter().map(|path| author_file(path, &self.root)).collect::<Result<_>>()?;
        }
        let given = &deployment.given;
        let known = |name: &str| given.pseudo(name).filter(|value| !has_placeholder(value));
        Ok(Api {
            name: name.unwrap_or_else(|| gen1.as_ref().map_or_else(|| folder_name(&self.root), Gen1::name)),
            kind,
            id: given.api_id().map(str::to_owned),
            region: known("AWS::Region"),
            account: known("AWS::AccountId"),
            default_provider,
            additional,
            api_keys,
            schema,
            author_schemas: self.author.into(),
            defaults: self.defaults,
            root: self.root,
            loader: Arc::new(Loader::Deployment { deployment: Box::new(deployment), gen1 }),
        })
    }

    fn declared(self, folder: PathBuf, config: Config, params: &IndexMap<String, String>) -> Result<Api> {
        let api = config.body.api.as_ref();
        let schema = api.and_then(|api| api.schema.clone()).unwrap_or_else(|| PathBuf::from("schema.graphql"));
        let shown = schema.display().to_string();
        let text = read_text(&folder.join(&schema), &shown);
        let text = text.map_err(|error| error.help("`schema` of `[api]` names the schema, if not `schema.graphql`"))?;
        let schema = Schema::parse(SourceFile::new(shown, text))?;
        let name = api.and_then(|api| api.name.clone()).unwrap_or_else(|| folder_name(&folder));
        let declared_id = api.and_then(|api| api.id.clone());
        let loader = FolderApi::new(folder, config);
        let (default_provider, additional) = loader.providers()?;
        loader.check(&schema)?;
        let param = |name: &str| params.get(name).cloned();
        Ok(Api {
            name,
            root: self.root,
            kind: ApiKind::Folder,
            id: param("ApiId").or_else(|| param("apiId")).or(declared_id),
            region: param("AWS::Region").or_else(|| default_provider.region.clone()),
            account: param("AWS::AccountId"),
            default_provider,
            additional,
            api_keys: Vec::new(),
            schema,
            author_schemas: self.author.into(),
            defaults: self.defaults,
            loader: Arc::new(Loader::Folder(Box::new(loader))),
        })
    }
}

/// The schema that was deployed: where the template says, else `schema.graphql` beside it.
fn schema_file(deployment: &Deployment, gen1: Option<&Gen1>, source: SchemaSource) -> Result<SourceFile> {
    let located = match source {
        SchemaSource::Inline(name, text) => return Ok(SourceFile::new(name, text)),
        SchemaSource::File(located) => located,
    };
    if !located.path.is_file() {
        return Err(Error::new(ErrorKind::Api, format!("the API's schema `{}` is missing", located.name))
            .in_file(located.path.display().to_string())
            .help(deployment.rebuild));
    }
    // The author's schema has the same name, one folder up.
    let in_build = gen1.is_some_and(|gen1| gen1.folder != gen1.build);
    let name = if in_build { format!("build/{}", located.name) } else { located.name };
    Ok(SourceFile::new(name.clone(), read_text(&located.path, &name)?))
}

fn author_schemas(options: &LoadOptions, root: &Path, config: Option<&Config>) -> Result<Vec<SourceFile>> {
    let declared = config.and_then(|config| config.body.author_schema.as_ref());
    match (&options.schema, declared) {
        (Some(path), _) => {
            let name = path.display().to_string();
            Ok(vec![SourceFile::new(name.clone(), read_text(path, &name)?)])
        }
        (None, Some(path)) => Ok(vec![author_file(&root.join(path), root)?]),
        (None, None) => Ok(Vec::new()),
    }
}

fn author_file(path: &Path, root: &Path) -> Result<SourceFile> {
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    Ok(SourceFile::new(name.clone(), read_text(path, &name)?))
}

/// What `vtlens.toml` names, else `data/` or `data.json` and `jwks.json` beside it.
fn defaults(root: &Path, config: Option<&Config>) -> Defaults {
    let declared = |path: Option<&PathBuf>| path.map(|path| root.join(path));
    let beside = |names: &[&str]| names.iter().map(|name| root.join(name)).find(|path| path.exists());
    let body = config.map(|config| &config.body);
    Defaults {
        data: declared(body.and_then(|b| b.data.as_ref())).or_else(|| beside(&["data", "data.json"])),
        jwks: declared(body.and_then(|b| b.jwks.as_ref())).or_else(|| beside(&["jwks.json"])),
    }
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().map_or_else(|| "api".into(), |name| name.to_string_lossy().into_owned())
}

/// A JSON file of a build as a value, or an error at the place where it is none.
fn parse_json<T: serde::de::DeserializeOwned>(text: &str, path: &Path) -> Result<T> {
    json_file::parse_as(ErrorKind::Api, &path.display().to_string(), text)
}
