//! The claims that an API's templates read, over all of its resolvers, held against those of a token.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::cognito::{Carrier, carrier};
use super::reads;
use crate::Result;
use crate::api::{Api, AuthMode, Code, Resolver, ResolverKind, Template};
use crate::compile::compile;
use crate::explain::{AuthorRules, model, site};
use crate::report::{AuthorRule, Site};

/// A claim that templates read.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClaimRead {
    /// The claim, and those that stand in for it where it is absent.
    pub claims: Vec<String>,
    /// Whether the token has one of them.
    pub present: bool,
    /// Of a user pool's token: which of a login's tokens carry it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried_by: Option<Carrier>,
    /// How many places read it.
    pub reads: usize,
    /// The fields whose resolvers do, as `Type.field`.
    pub fields: Vec<String>,
    /// The first place.
    pub first: Site,
    /// The author's rule that it comes from, when the schema is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<AuthorRule>,
}

/// What the templates of an API read of a token.
#[derive(Debug, Default)]
pub(super) struct ClaimsRead {
    pub named: Vec<ClaimRead>,
    /// Reads of claims whose name only a run knows.
    pub computed: Vec<Site>,
    /// Templates that could not be looked through, in words.
    pub notes: Vec<String>,
}

/// Looks through every template that can run for a caller of a mode; of every mode where it is not known.
pub(super) fn of(api: &Api, mode: Option<AuthMode>, claims: &Map<String, Json>) -> ClaimsRead {
    let mut all = ClaimsRead::default();
    let mut found: IndexMap<Vec<String>, ClaimRead> = IndexMap::new();
    let author = AuthorRules::read(&api.author_schemas);
    let mut read_templates: IndexMap<String, Vec<Place>> = IndexMap::new();
    let looked = each_template(api, &mut |resolver, template| {
        let name = format!("{}.{}", resolver.type_name, resolver.field);
        let known = read_templates.contains_key(&template.name);
        let places = read_templates
            .entry(template.name.clone())
            .or_insert_with(|| places(template, mode, &mut all.computed, &mut all.notes));
        for Place { claims: group, site } in places.iter() {
            let read = found.entry(group.clone()).or_insert_with(|| ClaimRead {
                present: group.iter().any(|claim| claims.contains_key(claim)),
                carried_by: (mode == Some(AuthMode::UserPool)).then(|| carried(group)),
                reads: 0,
                fields: Vec::new(),
                first: site.clone(),
                rule: group
                    .iter()
                    .find_map(|claim| author.reading(claim, &model(&api.schema, &resolver.type_name, &resolver.field))),
                claims: group.clone(),
            });
            read.reads += usize::from(!known);
            if !read.fields.contains(&name) {
                read.fields.push(name.clone());
            }
        }
    });
    if let Err(error) = looked {
        all.notes.push(format!("not every template could be looked through: {error}"));
    }
    all.named = found.into_values().collect();
    all
}

/// Which tokens carry a claim, or one that stands in for it.
fn carried(claims: &[String]) -> Carrier {
    let all = claims.iter().map(|claim| carrier(claim)).filter(|carrier| *carrier != Carrier::Neither);
    all.reduce(|one, other| if one == other { one } else { Carrier::Both }).unwrap_or(Carrier::Neither)
}

struct Place {
    claims: Vec<String>,
    site: Site,
}

fn places(
    template: &Template,
    mode: Option<AuthMode>,
    computed: &mut Vec<Site>,
    notes: &mut Vec<String>,
) -> Vec<Place> {
    if !template.text.contains("claims") {
        return Vec::new();
    }
    let program = match compile(&template.name, &template.text) {
        Ok(program) => program,
        Err(error) => {
            notes.push(format!("a template could not be looked through: {error}"));
            return Vec::new();
        }
    };
    let reads = reads::of(&program);
    computed.extend(reads.computed.into_iter().map(|span| site(&template.name, &program, span)));
    let runs = |read: &reads::Read| match (mode, &read.auth_type) {
        (Some(mode), Some(auth_type)) => mode.auth_type() == auth_type,
        _ => true,
    };
    let named = reads.named.into_iter().filter(runs);
    named.map(|read| Place { site: site(&template.name, &program, read.span), claims: read.claims }).collect()
}

/// Every template of every resolver, in the order they run.
fn each_template(api: &Api, look: &mut dyn FnMut(&Resolver, &Template)) -> Result<()> {
    for (type_name, field) in api.resolvers()? {
        let Some(resolver) = api.resolver(&type_name, &field)? else { continue };
        let mut all: Vec<&Template> = Vec::new();
        let (before, after) = templates(&resolver.code);
        all.extend(before);
        if let ResolverKind::Pipeline(functions) = &resolver.kind {
            for function in functions {
                let (request, response) = templates(&function.code);
                all.extend(request.into_iter().chain(response));
            }
        }
        all.extend(after);
        all.into_iter().for_each(|template| look(&resolver, template));
    }
    Ok(())
}

fn templates(code: &Code) -> (Option<&Template>, Option<&Template>) {
    match code {
        Code::Vtl { request, response } => (request.as_ref(), response.as_ref()),
        Code::JavaScript(_) => (None, None),
    }
}
