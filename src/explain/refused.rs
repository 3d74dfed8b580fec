//! What could be changed about a refusal before the resolver: another mode, a group, a directive, an authorizer's
//! answer, a policy. Guesses, until a run with them applied says otherwise.

use serde_json::{Value as Json, json};

use super::propose::Proposal;
use super::{Question, directives, schema};
use crate::api::schema::{Directive, ModesFrom};
use crate::api::{Api, AuthMode};
use crate::execute::Refusal;
use crate::iam::Denial;
use crate::report::Edit;

/// Fields of a type that comes back through which its own parts come: those of a connection.
const PASSED_THROUGH: [&str; 2] = ["items", "edges"];

/// Proposals about a refusal of a field.
pub fn proposals(question: Question<'_>, refusal: &Refusal) -> Vec<Proposal> {
    let (api, parent, field) = (question.api, &question.input.parent_type, &question.input.field);
    match refusal {
        Refusal::Mode { mode, admitted, .. } => {
            let mut found: Vec<Proposal> = admitted.iter().map(|mode| vec![Edit::mode(*mode)]).collect();
            let meant = schema::let_in_if_spelt(question, *mode).map(|found| found.name);
            match meant.or_else(|| ignored(question, *mode)) {
                Some(name) => found.extend(as_meant(api, parent, field, &name, *mode)),
                None => found.extend(admitting(api, parent, field, *mode)),
            }
            found
        }
        Refusal::Groups { wanted, held, .. } => {
            let join = wanted.iter().map(|group| vec![Edit::claim("cognito:groups", "add", json!(group))]);
            join.chain(held.iter().filter_map(|group| widened(api, parent, field, group))).collect()
        }
        Refusal::DefaultActionDeny => {
            let mode = AuthMode::UserPool;
            let meant = ignored(question, mode).and_then(|name| as_meant(api, parent, field, &name, mode));
            let added = || schema_edit(place(api, parent, field), "add", directive(mode, None));
            vec![meant.unwrap_or_else(|| vec![added()])]
        }
        Refusal::DeniedField { entry } => {
            vec![vec![Edit::new("identity", vec![json!("deniedFields")], "remove", json!(entry))]]
        }
        Refusal::Policy(denial) => of_policies(denial),
    }
}

/// The name of an `@aws_auth` that was to admit a mode and does nothing.
fn ignored(question: Question<'_>, mode: AuthMode) -> Option<String> {
    directives::ignored(question).filter(|_| mode == AuthMode::UserPool).map(|found| found.name)
}

/// Directives with which a field admits a mode, and those who are admitted today are admitted still: alone, and with
/// those that the type that comes back needs for the same.
pub fn admitting(api: &Api, parent: &str, field: &str, mode: AuthMode) -> Vec<Proposal> {
    let Some(own) = admit(api, parent, field, mode) else { return Vec::new() };
    let mut all = vec![own.clone()];
    let mut of = api.schema.field(parent, field);
    while let Some(returned) = of.map(|field| field.ty.base_name()) {
        let Some(def) = api.schema.type_def(returned) else { break };
        let named = def.fields.keys().find(|name| !has_own(api, returned, name));
        if let Some(edit) = named.and_then(|name| admit(api, returned, name, mode)).filter(|edit| !all.contains(edit)) {
            all.push(edit);
        }
        of = PASSED_THROUGH.iter().find_map(|name| api.schema.field(returned, name)).filter(|_| all.len() < 4);
    }
    if all.len() == 1 { vec![all] } else { vec![vec![own], all] }
}

/// The directives that are missing for a field to admit a mode, where somebody would write them.
pub fn admit(api: &Api, parent: &str, field: &str, mode: AuthMode) -> Option<Edit> {
    let effective = api.effective_modes(parent, field);
    if effective.admits(mode).is_some() {
        return None;
    }
    let place = place(api, parent, field);
    let beside = match (effective.from, place.len()) {
        (ModesFrom::Field, 2) | (ModesFrom::Type, 1) => Vec::new(),
        // Directives there replace what counts today.
        _ => effective.modes,
    };
    let kept = beside.iter().map(|(mode, groups)| directive(*mode, groups.as_deref()));
    let text: Vec<String> = std::iter::once(directive(mode, None)).chain(kept).collect();
    Some(schema_edit(place, "add", text.join(" ")))
}

/// On a root type each field has its own directive; of a type that comes back the type has it, but for fields that have
/// directives of their own.
fn place(api: &Api, parent: &str, field: &str) -> Vec<Json> {
    if api.schema.is_root(parent) || has_own(api, parent, field) {
        vec![json!(parent), json!(field)]
    } else {
        vec![json!(parent)]
    }
}

fn has_own(api: &Api, parent: &str, field: &str) -> bool {
    api.effective_modes(parent, field).from == ModesFrom::Field
}

/// A directive that does not do what was meant, as one that does.
fn as_meant(api: &Api, parent: &str, field: &str, name: &str, mode: AuthMode) -> Option<Proposal> {
    let (path, written) = find(api, parent, field, |directive| directive.name == name)?;
    let groups = written.strings("cognito_groups");
    Some(vec![schema_edit(path, "add", directive(mode, groups.as_deref()))])
}

/// A directive with one more group.
fn widened(api: &Api, parent: &str, field: &str, group: &str) -> Option<Proposal> {
    let names = [AuthMode::UserPool.directive(), "aws_auth"];
    let asks = |directive: &Directive| {
        names.contains(&directive.name.as_str()) && directive.argument("cognito_groups").is_some()
    };
    let (path, written) = find(api, parent, field, asks)?;
    let mut groups = written.strings("cognito_groups")?;
    groups.push(group.to_owned());
    Some(vec![schema_edit(path, "set", with_groups(&written.name, &groups))])
}

/// A directive of a field, else of its type, and where it stands.
fn find<'a>(
    api: &'a Api,
    parent: &str,
    field: &str,
    wanted: impl Fn(&Directive) -> bool,
) -> Option<(Vec<Json>, &'a Directive)> {
    let def = api.schema.type_def(parent)?;
    let own = def.fields.get(field).and_then(|field| field.directives.iter().find(|directive| wanted(directive)));
    match own {
        Some(own) => Some((vec![json!(parent), json!(field)], own)),
        None => Some((vec![json!(parent)], def.directives.iter().find(|directive| wanted(directive))?)),
    }
}

fn directive(mode: AuthMode, groups: Option<&[String]>) -> String {
    match groups {
        Some(groups) => with_groups(mode.directive(), groups),
        None => format!("@{}", mode.directive()),
    }
}

fn with_groups(name: &str, groups: &[String]) -> String {
    let groups: Vec<String> = groups.iter().map(|group| json!(group).to_string()).collect();
    format!("@{name}(cognito_groups: [{}])", groups.join(", "))
}

fn schema_edit(path: Vec<Json>, op: &'static str, text: String) -> Edit {
    Edit::new("schema", path, op, json!(text))
}

/// A statement put right, one more that allows the field, or without the one that denies it.
fn of_policies(denial: &Denial) -> Vec<Proposal> {
    let Some(layer) = denial.layer else { return Vec::new() };
    let edit = |path: Vec<Json>, op, value| vec![Edit::new("identity", [vec![json!(layer)], path].concat(), op, value)];
    if let Some((policy, number)) = &denial.denies {
        return vec![edit(vec![json!(policy), json!(number)], "remove", Json::Null)];
    }
    let mut found = Vec::new();
    let nearest = denial.nearest.as_ref().filter(|miss| miss.near);
    if let Some((miss, (member, names))) = nearest.and_then(|miss| Some((miss, miss.corrected.as_ref()?))) {
        let value = match names.as_slice() {
            [one] => json!(one),
            many => json!(many),
        };
        found.push(edit(vec![json!(miss.policy), json!(miss.number), json!(member)], "set", value));
    }
    let statement = json!({ "Effect": "Allow", "Action": "appsync:GraphQL", "Resource": denial.arn });
    found.push(edit(Vec::new(), "add", json!({ "Version": "2012-10-17", "Statement": [statement] })));
    found
}
