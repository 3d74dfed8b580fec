//! What names stand for: parameters, pseudo parameters, resources and their attributes, outputs and exports.

use serde_json::Value;

use super::intrinsics::{as_text, attribute_of, call_of, of_id};
use super::{At, Deployment, SAM_TABLE, kind_of};
use crate::error::{Error, Result};
use crate::json_file::nearest;

/// A resource that a reference ends at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) stack: usize,
    pub(super) id: String,
}

/// What a name of a stack is.
enum Meaning<'a> {
    Parameter(&'a Value),
    Resource(&'a Value),
    Unknown,
}

/// Where a parameter's value is written.
enum Source<'a> {
    /// By the stack that nests this one: its number, the nesting resource, the value.
    Parent(usize, &'a str, &'a Value),
    /// Somewhere outside the templates.
    Given(String),
    /// As the template's default.
    Default(&'a Value),
    Nowhere,
}

impl Deployment {
    /// `Ref`.
    pub(super) fn reference(&self, at: &At<'_>, name: &str, open: &mut Vec<String>) -> Result<Value> {
        if name == "AWS::NoValue" {
            return Ok(Value::Null);
        }
        if name.starts_with("AWS::") {
            let value = self.given.pseudo(name);
            return Ok(Value::String(value.unwrap_or_else(|| self.missing(name, open))));
        }
        match self.meaning(at.stack, name)? {
            Meaning::Parameter(declared) => self.parameter(at, name, declared, open),
            Meaning::Resource(resource) => self.physical_id(at, name, resource, open),
            Meaning::Unknown => {
                let message = format!("`{name}`{} is neither a parameter nor a resource of this template", of_id(at));
                Err(self.refuse_name(at, message, name, &["Parameters", "Resources"])?)
            }
        }
    }

    /// `Fn::GetAtt`.
    pub(super) fn attribute(&self, at: &At<'_>, id: &str, attribute: &str, open: &mut Vec<String>) -> Result<Value> {
        let said = format!("{id}.{attribute}");
        if let Some(value) = self.given.said(&said) {
            return Ok(Value::String(value.to_owned()));
        }
        let Meaning::Resource(resource) = self.meaning(at.stack, id)? else {
            let message = format!("`{id}`{} is no resource of this template", of_id(at));
            return Err(self.refuse_name(at, message, id, &["Resources"])?);
        };
        let kind = kind_of(resource);
        let text = match (kind, attribute) {
            _ if Deployment::is_nested(resource) => {
                let Some(output) = attribute.strip_prefix("Outputs.") else { return self.open(&said, open) };
                let Some(nested) = self.nested_as(at.stack, id)? else { return self.open(&said, open) };
                return self.output(at, nested, output, open);
            }
            ("AWS::AppSync::GraphQLApi", "ApiId") => match self.given.api_id() {
                Some(api_id) => api_id.to_owned(),
                None => self.missing("ApiId", open),
            },
            ("AWS::AppSync::GraphQLApi", "Arn") => return self.physical_id(at, id, resource, open),
            ("AWS::AppSync::DataSource" | "AWS::AppSync::FunctionConfiguration", "Name") => {
                return self.property(at, id, resource, "Name", open);
            }
            ("Custom::AmplifyDynamoDBTable" | "Custom::ImportedAmplifyDynamoDBTable", "TableName") => {
                return self.physical_id(at, id, resource, open);
            }
            ("AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" | SAM_TABLE, "Arn") => {
                self.arn(at, "dynamodb", true, "table/", id, resource, open)?
            }
            ("AWS::IAM::Role", "Arn") => self.arn(at, "iam", false, "role/", id, resource, open)?,
            ("AWS::Lambda::Function", "Arn") => self.arn(at, "lambda", true, "function:", id, resource, open)?,
            _ => return self.open(&said, open),
        };
        Ok(Value::String(text))
    }

    /// An error about a name that the sections of a template do not have, with the nearest one that they have.
    pub(super) fn refuse_name(&self, at: &At<'_>, message: String, name: &str, sections: &[&str]) -> Result<Error> {
        let stack = self.stack(at.stack)?;
        let mut known: Vec<&str> = Vec::new();
        for section in sections {
            known.extend(stack.section(section)?.into_iter().flatten().map(|(name, _)| name.as_str()));
        }
        let help = match nearest(name, &known) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("declare it under `{}`, or correct the name", sections.join("` or `")),
        };
        Ok(stack.refuse(at, message).help(help))
    }

    /// What `Ref` of a resource gives: the name in its properties, where it has one, else a placeholder.
    fn physical_id(&self, at: &At<'_>, id: &str, resource: &Value, open: &mut Vec<String>) -> Result<Value> {
        if let Some(value) = self.given.said(id) {
            return Ok(Value::String(value.to_owned()));
        }
        let property = match kind_of(resource) {
            "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" | SAM_TABLE => "TableName",
            "Custom::AmplifyDynamoDBTable" | "Custom::ImportedAmplifyDynamoDBTable" => "tableName",
            "AWS::IAM::Role" => match self.amplify_role(at.stack, id, resource)? {
                Some(name) => return Ok(Value::String(name)),
                None => "RoleName",
            },
            "AWS::Lambda::Function" => "FunctionName",
            "AWS::S3::Bucket" => "BucketName",
            "AWS::AppSync::GraphQLApi" => {
                let api_id = self.attribute(at, id, "ApiId", open)?;
                let mut arn = self.arn_prefix("appsync", true, open)?;
                arn.push_str("apis/");
                arn.push_str(&as_text(&api_id).unwrap_or_default());
                return Ok(Value::String(arn));
            }
            _ => return self.open(id, open),
        };
        self.property(at, id, resource, property, open)
    }

    /// The role that Amplify's construct gives its policy for signed-in callers or for guests, by the parameter of
    /// Gen 1 that names it. CloudFormation makes up the name of a role without `RoleName`, so only a person can know it.
    fn amplify_role(&self, stack: usize, id: &str, role: &Value) -> Result<Option<String>> {
        let named = role.get("Properties").is_some_and(|properties| properties.get("RoleName").is_some());
        let Some(resources) = self.stack(stack)?.section("Resources")?.filter(|_| !named) else { return Ok(None) };
        let is_of = |policy: &Value| {
            let roles = policy.get("Properties").and_then(|p| p.get("Roles")).and_then(Value::as_array);
            roles.is_some_and(|roles| roles.iter().any(|role| role.get("Ref").and_then(Value::as_str) == Some(id)))
        };
        let policies = resources.iter().filter(|(_, policy)| kind_of(policy) == "AWS::IAM::ManagedPolicy");
        for (policy_id, _) in policies.filter(|(_, policy)| is_of(policy)) {
            for (part, parameter) in [("UnauthRolePolicy", "unauthRoleName"), ("AuthRolePolicy", "authRoleName")] {
                if policy_id.contains(part) {
                    return Ok(self.given.said(parameter).map(str::to_owned));
                }
            }
        }
        Ok(None)
    }

    /// A text property of a resource, or a placeholder named after the resource.
    fn property(
        &self,
        at: &At<'_>,
        id: &str,
        resource: &Value,
        property: &str,
        open: &mut Vec<String>,
    ) -> Result<Value> {
        let Some(value) = resource.get("Properties").and_then(|p| p.get(property)) else { return self.open(id, open) };
        let top = at.jump(at.stack);
        let (section, resource_at);
        section = top.key("Resources");
        resource_at = section.key(id);
        let properties = resource_at.key("Properties");
        match self.eval(&properties.key(property), value, open)? {
            Value::Null => self.open(id, open),
            value => Ok(value),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of an ARN and where its name stands")]
    fn arn(
        &self,
        at: &At<'_>,
        service: &str,
        regional: bool,
        kind: &str,
        id: &str,
        resource: &Value,
        open: &mut Vec<String>,
    ) -> Result<String> {
        let mut arn = self.arn_prefix(service, regional, open)?;
        arn.push_str(kind);
        arn.push_str(&as_text(&self.physical_id(at, id, resource, open)?).unwrap_or_default());
        Ok(arn)
    }

    fn arn_prefix(&self, service: &str, regional: bool, open: &mut Vec<String>) -> Result<String> {
        let mut pseudo = |name: &str| self.given.pseudo(name).unwrap_or_else(|| self.missing(name, open));
        let partition = pseudo("AWS::Partition");
        let region = if regional { pseudo("AWS::Region") } else { String::new() };
        let account = pseudo("AWS::AccountId");
        Ok(format!("arn:{partition}:{service}:{region}:{account}:"))
    }

    fn open(&self, name: &str, open: &mut Vec<String>) -> Result<Value> {
        Ok(Value::String(self.missing(name, open)))
    }

    fn missing(&self, name: &str, open: &mut Vec<String>) -> String {
        let placeholder = self.given.placeholder(name);
        if !open.contains(&placeholder) {
            open.push(placeholder.clone());
        }
        placeholder
    }

    fn meaning(&self, stack: usize, name: &str) -> Result<Meaning<'_>> {
        let stack = self.stack(stack)?;
        if let Some(declared) = stack.section("Parameters")?.and_then(|p| p.get(name)) {
            return Ok(Meaning::Parameter(declared));
        }
        Ok(stack.resource(name)?.map_or(Meaning::Unknown, Meaning::Resource))
    }

    fn source<'a>(&'a self, stack: usize, name: &str, declared: &'a Value) -> Result<Source<'a>> {
        if let Some((parent, id)) = &self.stack(stack)?.parent {
            let nesting = self.stack(*parent)?.resource(id)?;
            if let Some(value) = nesting.and_then(|r| r.get("Properties")?.get("Parameters")?.get(name)) {
                return Ok(Source::Parent(*parent, id, value));
            }
        }
        Ok(match (self.given.parameter(name), declared.get("Default")) {
            (Some(value), _) => Source::Given(value.to_owned()),
            (None, Some(default)) if !stands_for_nothing(name, default) => Source::Default(default),
            (None, _) => Source::Nowhere,
        })
    }

    fn parameter(&self, at: &At<'_>, name: &str, declared: &Value, open: &mut Vec<String>) -> Result<Value> {
        let value = match self.source(at.stack, name, declared)? {
            Source::Parent(parent, id, value) => {
                return self.in_parent(at, parent, id, name, |at| self.eval(at, value, open));
            }
            Source::Given(value) => Value::String(value),
            Source::Default(value) => value.clone(),
            Source::Nowhere => return self.open(name, open),
        };
        let kind = declared.get("Type").and_then(Value::as_str).unwrap_or("String");
        match value {
            Value::String(text) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
                Ok(Value::Array(text.split(',').map(|item| Value::String(item.trim().into())).collect()))
            }
            value => Ok(value),
        }
    }

    /// Runs something at the place where the nesting stack gives a parameter.
    fn in_parent<T>(
        &self,
        at: &At<'_>,
        parent: usize,
        id: &str,
        name: &str,
        run: impl FnOnce(&At<'_>) -> Result<T>,
    ) -> Result<T> {
        self.guard(at)?;
        let top = at.jump(parent);
        let (section, resource);
        section = top.key("Resources");
        resource = section.key(id);
        let properties = resource.key("Properties");
        let parameters = properties.key("Parameters");
        run(&parameters.key(name))
    }

    fn output(&self, at: &At<'_>, nested: usize, output: &str, open: &mut Vec<String>) -> Result<Value> {
        let stack = self.stack(nested)?;
        let value = stack.section("Outputs")?.and_then(|outputs| outputs.get(output)?.get("Value"));
        let Some(value) = value else {
            let message = format!("`{}`{} has no output `{output}`", stack.name, of_id(at));
            return Err(self.stack(at.stack)?.refuse(at, message));
        };
        self.guard(at)?;
        let top = at.jump(nested);
        let section = top.key("Outputs");
        let output_at = section.key(output);
        self.eval(&output_at.key("Value"), value, open)
    }

    /// `Fn::ImportValue`: an export of a stack of this deployment, else what the person said, else a placeholder.
    pub(super) fn import(&self, at: &At<'_>, arg: &Value, open: &mut Vec<String>) -> Result<Value> {
        let mut name_open = Vec::new();
        let name = as_text(&self.eval(at, arg, &mut name_open)?).unwrap_or_default();
        match self.exported_as(at, &name)? {
            Some((stack, output)) => self.output(at, stack, &output, open),
            None => match self.given.said(&name) {
                Some(value) => Ok(Value::String(value.to_owned())),
                None => self.open(&name, open),
            },
        }
    }

    /// The stack and output that an export name belongs to. Stacks whose text has the name's longest part come first,
    /// so that the others need no parsing.
    fn exported_as(&self, at: &At<'_>, export: &str) -> Result<Option<(usize, String)>> {
        let hint = export.split(':').filter(|part| !part.starts_with("${")).max_by_key(|part| part.len()).unwrap_or("");
        let exporting = |(_, stack): &(usize, &super::Stack)| stack.mentions("Export");
        let (likely, rest): (Vec<_>, Vec<_>) =
            self.stacks()?.filter(exporting).partition(|(_, stack)| stack.mentions(hint));
        for (number, stack) in likely.into_iter().chain(rest) {
            let top = at.jump(number);
            let section = top.key("Outputs");
            for (output, declared) in stack.section("Outputs")?.into_iter().flatten() {
                let Some(name) = declared.get("Export").and_then(|e| e.get("Name")) else { continue };
                let output_at = section.key(output);
                let mut open = Vec::new();
                // An export that cannot be evaluated cannot be the one: its own user will be told.
                if let Ok(Value::String(text)) = self.eval(&output_at.key("Export"), name, &mut open)
                    && text == export
                {
                    return Ok(Some((number, output.clone())));
                }
            }
        }
        Ok(None)
    }

    /// The resource that a value ends at when every reference is followed: `FunctionId` of a function in another
    /// stack, say. `None` when it ends in a plain text.
    pub(super) fn origin(&self, at: &At<'_>, value: &Value) -> Result<Option<Origin>> {
        self.guard(at)?;
        let Some((name, arg)) = value.as_object().and_then(call_of) else { return Ok(None) };
        let at = &at.key(name);
        match (name, arg) {
            ("Ref", Value::String(name)) => self.origin_of_name(at, name),
            ("Fn::GetAtt", _) => match attribute_of(arg) {
                Some((id, attribute)) => self.origin_of_attribute(at, id, &attribute),
                None => Ok(None),
            },
            ("Fn::Sub", Value::String(text)) => {
                let Some(name) = text.strip_prefix("${").and_then(|t| t.strip_suffix('}')) else { return Ok(None) };
                match name.split_once('.') {
                    Some((id, attribute)) => self.origin_of_attribute(at, id, attribute),
                    None => self.origin_of_name(at, name),
                }
            }
            ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(condition), yes, no] => {
                    let (branch, value) = if self.holds(at, condition)? { (1, yes) } else { (2, no) };
                    self.origin(&at.index(branch), value)
                }
                _ => Ok(None),
            },
            ("Fn::ImportValue", _) => {
                let mut open = Vec::new();
                let name = as_text(&self.eval(at, arg, &mut open)?).unwrap_or_default();
                match self.exported_as(at, &name)? {
                    Some((stack, output)) => self.origin_of_output(at, stack, &output),
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    fn origin_of_name(&self, at: &At<'_>, name: &str) -> Result<Option<Origin>> {
        match self.meaning(at.stack, name)? {
            Meaning::Resource(_) => Ok(Some(Origin { stack: at.stack, id: name.to_owned() })),
            Meaning::Parameter(declared) => match self.source(at.stack, name, declared)? {
                Source::Parent(parent, id, value) => self.in_parent(at, parent, id, name, |at| self.origin(at, value)),
                _ => Ok(None),
            },
            Meaning::Unknown => Ok(None),
        }
    }

    fn origin_of_attribute(&self, at: &At<'_>, id: &str, attribute: &str) -> Result<Option<Origin>> {
        let Meaning::Resource(resource) = self.meaning(at.stack, id)? else { return Ok(None) };
        match attribute.strip_prefix("Outputs.") {
            Some(output) if Deployment::is_nested(resource) => match self.nested_as(at.stack, id)? {
                Some(nested) => self.origin_of_output(at, nested, output),
                None => Ok(None),
            },
            _ => Ok(Some(Origin { stack: at.stack, id: id.to_owned() })),
        }
    }

    fn origin_of_output(&self, at: &At<'_>, stack: usize, output: &str) -> Result<Option<Origin>> {
        let value = self.stack(stack)?.section("Outputs")?.and_then(|outputs| outputs.get(output)?.get("Value"));
        let Some(value) = value else { return Ok(None) };
        self.guard(at)?;
        let top = at.jump(stack);
        let section = top.key("Outputs");
        let output_at = section.key(output);
        self.origin(&output_at.key("Value"), value)
    }
}

/// The old transformer's default for a user pool it does not know is the text `NONE`: no pool has that id, and a token
/// must not be compared with it.
fn stands_for_nothing(name: &str, default: &Value) -> bool {
    name == "AuthCognitoUserPoolId" && default == "NONE"
}
