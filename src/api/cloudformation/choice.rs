//! Which API of a deployment is meant, and what belongs to it.

use serde_json::Value;

use super::references::Origin;
use super::{API, At, Deployment, Missing, NESTED};
use crate::error::{Error, ErrorKind, Result};

/// SAM's own resource: CloudFormation replaces it by others when it deploys.
const SAM_API: &str = "AWS::Serverless::GraphQLApi";
/// An API that joins others.
const ASSOCIATION: &str = "AWS::AppSync::SourceApiAssociation";

/// An API resource: its stack, its logical id, the resource.
pub(super) type ApiResource<'a> = (usize, &'a str, &'a Value);

impl Deployment {
    /// The API resource: the one the person named, else the only one. The root is searched first, so that nested
    /// stacks stay unread when it has what is needed. An API that merges others has no resolvers of its own, and does
    /// not count beside one that has.
    pub(super) fn api_resource(&self) -> Result<ApiResource<'_>> {
        let mut all = self.apis_of(0)?;
        if all.is_empty() {
            for (number, stack) in self.stacks()? {
                if stack.mentions(API) && self.outermost(number)? == 0 {
                    all.extend(self.apis_of(number)?);
                }
            }
        }
        if let Some(wanted) = &self.wanted {
            let ids = all.iter().map(|(_, id, _)| *id).collect::<Vec<_>>();
            let found = all.iter().find(|(_, id, _)| id == wanted).copied();
            return found.ok_or_else(|| {
                let error = Error::new(ErrorKind::Api, format!("there is no API `{wanted}` in this template"));
                error.in_file(&self.root().name).help(format!("it holds {}", quoted(&ids)))
            });
        }
        let (merged, own): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, _, resource)| is_merged(resource));
        match (own.as_slice(), merged.as_slice()) {
            ([only], _) => Ok(*only),
            ([], []) => Err(self.no_api()),
            ([], [(_, id, _), ..]) => {
                let message = format!("`{id}` merges other APIs: its schema and its resolvers are theirs");
                Err(Error::new(ErrorKind::Api, message)
                    .in_file(&self.root().name)
                    .help("name the template of the source API that has the field"))
            }
            (many, _) => {
                let ids: Vec<&str> = many.iter().map(|(_, id, _)| *id).collect();
                let message = format!("the template holds {} APIs: {}", many.len(), quoted(&ids));
                let first = ids.first().copied().unwrap_or_default();
                Err(Error::new(ErrorKind::Api, message)
                    .in_file(&self.root().name)
                    .help(format!("name one behind the template: `--api {}#{first}`", self.root().name)))
            }
        }
    }

    /// The APIs of a stack whose conditions hold.
    fn apis_of(&self, number: usize) -> Result<Vec<ApiResource<'_>>> {
        let (top, section);
        top = At::top(number);
        section = top.key("Resources");
        let mut found = Vec::new();
        for (id, resource) in self.stack(number)?.resources_of(API)? {
            if self.deployed(&section.key(id), resource)? {
                found.push((number, id, resource));
            }
        }
        Ok(found)
    }

    fn no_api(&self) -> Error {
        let missing = self.nested().map(|nested| nested.missing.as_slice()).unwrap_or_default();
        if let Some(Missing { id, file, .. }) = missing.first() {
            let message =
                format!("`{}` is missing, which stack `{id}` nests, and nothing else holds an API", file.name);
            return Error::new(ErrorKind::Api, message).in_file(file.path.display().to_string()).help(self.rebuild);
        }
        if let Ok(Some((id, _))) = self.root().resources_of(SAM_API).map(|found| found.into_iter().next()) {
            let message = format!("`{id}` is of type `{SAM_API}`, which is not read");
            return Error::new(ErrorKind::Api, message)
                .in_file(&self.root().name)
                .help("its resolvers are all in JavaScript, which this tool does not run");
        }
        let nests = NESTED.iter().any(|(kind, _)| self.root().mentions(kind));
        let message = match nests {
            true => "there is no `AWS::AppSync::GraphQLApi` in this template or the stacks it nests",
            false => "there is no `AWS::AppSync::GraphQLApi` in this template",
        };
        Error::new(ErrorKind::Api, message)
            .in_file(&self.root().name)
            .help("name the template that declares the API, or the folder it is in")
    }

    /// Whether a resource of AppSync belongs to the API that is meant. Only asked when there are several: its `ApiId`
    /// leads to one of them. One that leads nowhere here may belong to any.
    pub(super) fn belongs(&self, properties: &At<'_>, resource: &Value) -> Result<bool> {
        let Some(api) = self.api.get() else { return Ok(true) };
        if self.apis()? < 2 {
            return Ok(true);
        }
        let Some(value) = resource.get("Properties").and_then(|p| p.get("ApiId")) else { return Ok(true) };
        Ok(self.origin(&properties.key("ApiId"), value)?.is_none_or(|origin| origin == *api))
    }

    /// How many APIs all stacks declare.
    fn apis(&self) -> Result<usize> {
        let mut count = 0;
        for (number, _) in self.stacks()? {
            count += self.apis_of(number)?.len();
        }
        Ok(count)
    }

    /// Remembers which API is meant.
    pub(super) fn mean(&self, api: &ApiResource<'_>) {
        let _ = self.api.set(Origin { stack: api.0, id: api.1.to_owned() });
    }

    /// What a person should know about the API as a whole.
    pub(in crate::api) fn notes(&self) -> Vec<String> {
        let associations = self.root().resources_of(ASSOCIATION).unwrap_or_default();
        let macros = self.root().macros().into_iter();
        let macros = macros.map(|name| format!("the macro `{name}` is not applied: what it changes is not known"));
        associations
            .into_iter()
            .map(|(id, _)| {
                format!(
                    "`{id}` makes an API a source of a merged one: what is decided here is for calls of this API itself"
                )
            })
            .chain(macros)
            .collect()
    }
}

fn is_merged(resource: &Value) -> bool {
    resource.pointer("/Properties/ApiType").and_then(Value::as_str) == Some("MERGED")
}

fn quoted(ids: &[&str]) -> String {
    if ids.is_empty() {
        return "none".to_owned();
    }
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}
