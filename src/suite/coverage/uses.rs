//! Where an API's templates run, and for whom.

use indexmap::{IndexMap, IndexSet};

use crate::api::{Api, AuthMode, Code, ResolverKind, Template};
use crate::error::Result;

/// A template, and the fields whose resolvers run it.
#[derive(Debug)]
pub(super) struct Used {
    pub template: Template,
    /// Type and field.
    pub fields: Vec<(String, String)>,
    /// The templates that may have run before it for the same field.
    pub before: IndexSet<String>,
    /// Whether code that is no template may have.
    pub after_code: bool,
}

impl Used {
    /// The modes that callers can come by.
    pub fn modes(&self, api: &Api) -> Vec<AuthMode> {
        let admitted = |mode: &AuthMode| {
            self.fields.iter().any(|(type_name, field)| api.effective_modes(type_name, field).admits(*mode).is_some())
        };
        AuthMode::ALL.into_iter().filter(admitted).collect()
    }
}

/// Every template that a resolver runs, in the order of resolvers and of what runs in them.
///
/// # Errors
/// As [`Api::resolver`].
pub(super) fn templates(api: &Api) -> Result<Vec<Used>> {
    let mut found: IndexMap<String, Used> = IndexMap::new();
    for (type_name, field) in api.resolvers()? {
        let Some(resolver) = api.resolver(&type_name, &field)? else { continue };
        let mut before: IndexSet<String> = IndexSet::new();
        let mut after_code = false;
        let mut add = |code: &Code, first: bool| {
            let Code::Vtl { request, response } = code else {
                after_code = true;
                return;
            };
            let Some(template) = (if first { request } else { response }) else { return };
            let entry = found.entry(template.name.clone());
            let used = entry.or_insert_with(|| Used {
                template: template.clone(),
                fields: Vec::new(),
                before: IndexSet::new(),
                after_code: false,
            });
            used.before.extend(before.iter().cloned());
            used.after_code |= after_code;
            before.insert(template.name.clone());
            let place = (type_name.clone(), field.clone());
            if used.fields.last() != Some(&place) {
                used.fields.push(place);
            }
        };
        add(&resolver.code, true);
        if let ResolverKind::Pipeline(functions) = &resolver.kind {
            for function in functions {
                add(&function.code, true);
                add(&function.code, false);
            }
        }
        add(&resolver.code, false);
    }
    Ok(found.into_values().collect())
}
