//! What the lints look at: the API with every resolver read and every template parsed once.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Checked, Options};
use crate::api::{Api, AuthMode, Code, DataSource, DataSourceKind, Resolver, ResolverKind, Template};
use crate::error::Result;
use crate::source_file::SourceFile;
use crate::syntax::ast::Block;
use crate::syntax::{self, SyntaxError};

/// A Lambda authorizer's answer that the person gave.
#[derive(Debug, Clone)]
pub struct AuthorizerAnswer {
    /// The file that it is in, with its text.
    pub file: SourceFile,
    /// Whose it is.
    pub identity: String,
    /// The answer.
    pub answer: Json,
}

/// The API under the lints.
pub(super) struct Subject<'a> {
    pub api: &'a Api,
    pub options: &'a Options,
    pub resolvers: Vec<Resolver>,
    pub templates: Vec<Parsed>,
    /// The API's modes, the default one first.
    pub modes: Vec<AuthMode>,
}

/// Which side of a data source a template is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

/// Where a template runs.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub type_name: String,
    pub field: String,
}

/// A template with its syntax tree.
pub(super) struct Parsed {
    pub template: Template,
    pub source: SourceFile,
    pub block: Result<Block, SyntaxError>,
    /// Whether Amplify made it.
    pub generated: bool,
    /// The fields whose resolvers run it.
    pub uses: Vec<Use>,
}

impl Parsed {
    /// The statements; none when it does not parse.
    pub fn statements(&self) -> &[crate::syntax::ast::Statement] {
        self.block.as_deref().unwrap_or_default()
    }
}

/// A request and a response template around one data source.
pub(super) struct Exchange<'s> {
    pub source: &'s Arc<DataSource>,
    pub code: &'s Code,
    /// The resolver's field, or the function's name.
    pub name: String,
}

impl<'a> Subject<'a> {
    pub fn read(api: &'a Api, options: &'a Options) -> Result<Subject<'a>> {
        let mut resolvers = Vec::new();
        for (type_name, field) in api.resolvers()? {
            resolvers.extend(api.resolver(&type_name, &field)?);
        }
        let mut subject =
            Subject { api, options, resolvers: Vec::new(), templates: Vec::new(), modes: api.modes().collect() };
        let mut known: HashMap<String, usize> = HashMap::new();
        for resolver in &resolvers {
            let at = Use { type_name: resolver.type_name.clone(), field: resolver.field.clone() };
            subject.add(&resolver.code, Side::Request, &at, &mut known);
            if let ResolverKind::Pipeline(functions) = &resolver.kind {
                for function in functions {
                    subject.add(&function.code, Side::Request, &at, &mut known);
                    subject.add(&function.code, Side::Response, &at, &mut known);
                }
            }
            subject.add(&resolver.code, Side::Response, &at, &mut known);
        }
        subject.resolvers = resolvers;
        Ok(subject)
    }

    fn add(&mut self, code: &Code, side: Side, at: &Use, known: &mut HashMap<String, usize>) {
        let Code::Vtl { request, response } = code else { return };
        let Some(template) = (if side == Side::Request { request } else { response }) else { return };
        let index = *known.entry(template.name.clone()).or_insert_with(|| {
            self.templates.push(Parsed {
                source: SourceFile::new(template.name.clone(), &*template.text),
                block: syntax::parse(&template.text),
                generated: self.api.is_generated(template),
                template: template.clone(),
                uses: Vec::new(),
            });
            self.templates.len() - 1
        });
        if let Some(parsed) = self.templates.get_mut(index) {
            parsed.uses.push(at.clone());
        }
    }

    /// The parsed template of a name.
    pub fn parsed(&self, template: &Template) -> Option<&Parsed> {
        self.templates.iter().find(|parsed| parsed.template.name == template.name)
    }

    /// Every pair of templates around a data source, each function once.
    pub fn exchanges(&self) -> Vec<Exchange<'_>> {
        let mut found: Vec<Exchange<'_>> = Vec::new();
        for resolver in &self.resolvers {
            match &resolver.kind {
                ResolverKind::Unit(source) => found.push(Exchange {
                    source,
                    code: &resolver.code,
                    name: format!("{}.{}", resolver.type_name, resolver.field),
                }),
                ResolverKind::Pipeline(functions) => {
                    for function in functions {
                        if !found.iter().any(|known| std::ptr::eq(known.code, &function.code)) {
                            found.push(Exchange {
                                source: &function.data_source,
                                code: &function.code,
                                name: format!("function {}", function.name),
                            });
                        }
                    }
                }
            }
        }
        found
    }

    /// Where a file lies that a finding names: a template where it was read from, anything else in the API's folder
    /// or its build.
    pub fn path_of(&self, file: &str) -> Option<String> {
        let template = self.templates.iter().find(|parsed| parsed.template.name == file);
        let root = &self.api.root;
        let beside = || [root.join(file), root.join("build").join(file)].into_iter().find(|path| path.is_file());
        let path = template.and_then(|parsed| parsed.template.path.clone()).or_else(beside)?;
        Some(path.display().to_string())
    }

    pub fn checked(&self, generated_too: bool) -> Checked {
        let generated = if generated_too { 0 } else { self.templates.iter().filter(|t| t.generated).count() };
        Checked {
            fields: self.api.schema.types().map(|def| def.fields.len()).sum(),
            resolvers: self.resolvers.len(),
            templates: self.templates.len() - generated,
            generated,
        }
    }
}

/// Whether a data source can fail: `NONE` cannot.
pub(super) fn can_fail(source: &DataSource) -> bool {
    source.kind != DataSourceKind::None
}
