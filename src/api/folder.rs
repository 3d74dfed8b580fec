//! An API written by hand: `vtlens.toml` declares modes, data sources, functions and resolvers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;

use super::Schema;
use super::cloudformation::read_text;
use super::config::{Config, DataSourceSection, ProviderSection, ResolverSection};
use super::model::{
    AuthMode, AuthProvider, Code, DataSource, DataSourceKind, Function, Resolver, ResolverKind, Table, Template,
};
use crate::error::{Error, ErrorKind, Result};
use crate::json_file::nearest;
use crate::source_file::SourceFile;

/// The declared API.
#[derive(Debug)]
pub(super) struct FolderApi {
    root: PathBuf,
    config: Config,
    sources: Vec<Arc<DataSource>>,
}

impl FolderApi {
    pub(super) fn new(root: PathBuf, config: Config) -> FolderApi {
        let sources = config.body.data_sources.iter().map(|source| Arc::new(data_source(source))).collect();
        FolderApi { root, config, sources }
    }

    /// `vtlens.toml`.
    pub(super) fn declaration(&self) -> SourceFile {
        SourceFile::new(super::config::CONFIG_FILE, self.config.file.text())
    }

    /// The default provider, then the additional ones.
    pub(super) fn providers(&self) -> Result<(AuthProvider, Vec<AuthProvider>)> {
        let Some(api) = &self.config.body.api else {
            return Err(Error::new(ErrorKind::Api, "there is no section `[api]`").in_file(self.config.file.name()));
        };
        let additional = api.additional.iter().map(|section| self.provider(section)).collect::<Result<_>>()?;
        Ok((self.provider(&api.default)?, additional))
    }

    fn provider(&self, section: &ProviderSection) -> Result<AuthProvider> {
        let Some(mode) = AuthMode::from_name(section.mode.get_ref()) else {
            let known: Vec<&str> = AuthMode::ALL.into_iter().map(AuthMode::name).collect();
            let message = format!("`{}` is no authorization mode", section.mode.get_ref());
            return Err(self.config.refuse(&section.mode, message).help(format!("the modes are {}", known.join(", "))));
        };
        let default_allow = match &section.default_action {
            None => None,
            Some(action) => match action.get_ref().as_str() {
                "ALLOW" => Some(true),
                "DENY" => Some(false),
                other => {
                    return Err(self.config.refuse(action, format!("`{other}` is no default action: ALLOW or DENY")));
                }
            },
        };
        Ok(AuthProvider {
            mode: Some(mode),
            user_pool_id: section.user_pool_id.clone(),
            // The pool's id starts with its region.
            region: section.region.clone().or_else(|| {
                let (region, _) = section.user_pool_id.as_deref()?.split_once('_')?;
                Some(region.to_owned())
            }),
            default_allow,
            client_id_regex: section.app_id_client_regex.clone().or_else(|| section.client_id.clone()),
            issuer: section.issuer.clone(),
            iat_ttl_ms: section.iat_ttl,
            auth_ttl_ms: section.auth_ttl,
            authorizer: section.authorizer.clone(),
            identity_validation: section.identity_validation.clone(),
            result_ttl_s: section.ttl,
        })
    }

    /// Type and field of every resolver.
    pub(super) fn resolvers(&self) -> Result<Vec<(String, String)>> {
        self.config.body.resolvers.iter().map(|section| self.names(section)).collect()
    }

    fn names(&self, section: &ResolverSection) -> Result<(String, String)> {
        match section.field.get_ref().split_once('.') {
            Some((type_name, field)) => Ok((type_name.to_owned(), field.to_owned())),
            None => Err(self
                .config
                .refuse(&section.field, format!("`{}` is not of the form `Type.field`", section.field.get_ref()))
                .help(format!("name the type too, as in `Query.{}`", section.field.get_ref()))),
        }
    }

    /// AppSync takes no resolver for a field that the schema lacks.
    pub(super) fn check(&self, schema: &Schema) -> Result<()> {
        for section in &self.config.body.resolvers {
            let (type_name, field) = self.names(section)?;
            if schema.field(&type_name, &field).is_some() {
                continue;
            }
            let known: Vec<String> =
                schema.types().flat_map(|def| def.fields.keys().map(|field| format!("{}.{field}", def.name))).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let name = section.field.get_ref();
            let help = match nearest(name, &known) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("add the field to {}, or take the resolver out", schema.file().name()),
            };
            return Err(self
                .config
                .refuse(&section.field, format!("the schema has no field `{name}`, so no resolver can be on it"))
                .help(help));
        }
        Ok(())
    }

    pub(super) fn resolver(&self, type_name: &str, field: &str) -> Result<Option<Resolver>> {
        for section in &self.config.body.resolvers {
            let (of_type, of_field) = self.names(section)?;
            if of_type == type_name && of_field == field {
                return self.read(section, of_type, of_field).map(Some);
            }
        }
        Ok(None)
    }

    fn read(&self, section: &ResolverSection, type_name: String, field: String) -> Result<Resolver> {
        let kind = section.kind.as_ref().map_or("UNIT", |kind| kind.get_ref());
        let kind = match (kind, &section.kind, &section.data_source) {
            ("PIPELINE", ..) => {
                let functions = section.functions.iter().map(|name| self.function(name));
                ResolverKind::Pipeline(functions.collect::<Result<_>>()?)
            }
            ("UNIT", _, Some(source)) => ResolverKind::Unit(self.source(source)?),
            ("UNIT", _, None) => {
                let message = format!("`{}` names no data source", section.field.get_ref());
                let help = "add `data_source = \"…\"`, or `kind = \"PIPELINE\"` with functions";
                return Err(self.config.refuse(&section.field, message).help(help));
            }
            (other, Some(at), _) => {
                return Err(self.config.refuse(at, format!("`{other}` is no kind of resolver: UNIT or PIPELINE")));
            }
            (other, None, _) => return Err(self.config.refuse(&section.field, format!("`{other}` is no kind"))),
        };
        let code = self.code(section.request.as_ref(), section.response.as_ref())?;
        Ok(Resolver { type_name, field, kind, conflicts: None, code })
    }

    /// Every data source, in the order of the file.
    pub(super) fn data_sources(&self) -> Vec<Arc<DataSource>> {
        self.sources.clone()
    }

    fn function(&self, name: &Spanned<String>) -> Result<Arc<Function>> {
        let Some(section) = self.config.body.functions.iter().find(|f| f.name == *name.get_ref()) else {
            let known: Vec<&str> = self.config.body.functions.iter().map(|f| f.name.as_str()).collect();
            let message = format!("there is no function `{}`", name.get_ref());
            return Err(self.config.refuse(name, message).help(instead(name.get_ref(), &known)));
        };
        Ok(Arc::new(Function {
            name: section.name.clone(),
            data_source: self.source(&section.data_source)?,
            conflicts: None,
            code: self.code(section.request.as_ref(), section.response.as_ref())?,
        }))
    }

    fn source(&self, name: &Spanned<String>) -> Result<Arc<DataSource>> {
        match self.sources.iter().find(|source| source.name == *name.get_ref()) {
            Some(source) => Ok(Arc::clone(source)),
            None => {
                let known: Vec<&str> = self.sources.iter().map(|source| source.name.as_str()).collect();
                let message = format!("there is no data source `{}`", name.get_ref());
                Err(self.config.refuse(name, message).help(instead(name.get_ref(), &known)))
            }
        }
    }

    fn code(&self, request: Option<&Spanned<PathBuf>>, response: Option<&Spanned<PathBuf>>) -> Result<Code> {
        for file in [request, response].into_iter().flatten() {
            if file.get_ref().extension().is_some_and(|e| e == "js" || e == "ts") {
                return Ok(Code::JavaScript(shown(file.get_ref())));
            }
        }
        let read = |file: Option<&Spanned<PathBuf>>| file.map(|file| self.template(file)).transpose();
        Ok(Code::Vtl { request: read(request)?, response: read(response)? })
    }

    fn template(&self, file: &Spanned<PathBuf>) -> Result<Template> {
        let name = shown(file.get_ref());
        let path = self.root.join(file.get_ref());
        if !path.is_file() {
            let help = "paths lead on from the folder of vtlens.toml";
            return Err(self.config.refuse(file, format!("`{name}` is not there")).help(help));
        }
        let text = read_text(&path, &name)?.into();
        Ok(Template { name, text, placeholders: Vec::new(), path: Some(path) })
    }
}

/// What to write in place of a name that is not declared.
fn instead(name: &str, known: &[&str]) -> String {
    match (nearest(name, known), known) {
        (Some(nearest), _) => format!("did you mean `{nearest}`?"),
        (None, []) => "none is declared".to_owned(),
        (None, known) => format!("declared are {}", known.join(", ")),
    }
}

/// A relative path with `/`, the same on every system.
fn shown(path: &Path) -> String {
    path.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn data_source(section: &DataSourceSection) -> DataSource {
    let kind = match section.kind.as_str() {
        "NONE" => DataSourceKind::None,
        "AMAZON_DYNAMODB" => DataSourceKind::DynamoDb(Table {
            name: section.table.clone().unwrap_or_else(|| section.name.clone()),
            keys: section.keys.clone(),
            indexes: section.indexes.clone(),
            versioned: section.versioned,
            ..Table::default()
        }),
        other => DataSourceKind::Other(other.to_owned()),
    };
    DataSource { name: section.name.clone(), kind }
}
