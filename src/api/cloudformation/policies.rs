//! What a build shows of a role's IAM policies: its own inline ones, and those that name it.

use std::sync::Arc;

use serde_json::Value;

use super::intrinsics::as_text;
use super::{At, Deployment, kind_of};
use crate::error::Result;
use crate::iam::Policy;

const ROLE: &str = "AWS::IAM::Role";
const MANAGED: &str = "AWS::IAM::ManagedPolicy";
const ATTACHED: [&str; 2] = ["AWS::IAM::Policy", MANAGED];

/// The policies of a role that a build shows. The role may have others.
#[derive(Debug, Default)]
pub struct RolePolicies {
    /// The policies.
    pub policies: Vec<Policy>,
    /// Those that could not be read, each with the reason.
    pub unread: Vec<String>,
}

impl Deployment {
    /// The policies of the role of a name.
    pub(in crate::api) fn role_policies(&self, role: &str) -> Result<Arc<RolePolicies>> {
        if let Ok(cache) = self.cache.lock()
            && let Some(known) = cache.role_policies.get(role)
        {
            return Ok(Arc::clone(known));
        }
        let mut found = RolePolicies::default();
        for (number, stack) in self.stacks()? {
            for kind in [ROLE].into_iter().chain(ATTACHED) {
                for (id, resource) in stack.resources_of(kind)? {
                    let read = match kind {
                        ROLE => self.of_role(number, id, resource, role),
                        _ => self.attached(number, id, resource, Some(role)),
                    };
                    match read {
                        Ok(policies) => found.add(policies),
                        Err(error) => found.unread.push(format!("`{id}` of {}: {}", stack.name, error.message())),
                    }
                }
            }
        }
        let found = Arc::new(found);
        if let Ok(mut cache) = self.cache.lock() {
            cache.role_policies.insert(role.to_owned(), Arc::clone(&found));
        }
        Ok(found)
    }

    /// The inline policies of a role resource, and the managed ones of the build that it names, if it is the role.
    fn of_role(&self, stack: usize, id: &str, resource: &Value, role: &str) -> Result<Vec<Policy>> {
        let (top, section, at);
        top = At::top(stack);
        section = top.key("Resources");
        at = section.key(id);
        if self.reference(&at, id, &mut Vec::new())?.as_str() != Some(role) || !self.deployed(&at, resource)? {
            return Ok(Vec::new());
        }
        let at = at.key("Properties");
        let property = |name: &str| resource.get("Properties").and_then(|p| p.get(name)).unwrap_or(&Value::Null);
        let inline = self.eval(&at.key("Policies"), property("Policies"), &mut Vec::new())?;
        let mut policies = Vec::new();
        for policy in inline.as_array().into_iter().flatten() {
            let name = policy.get("PolicyName").and_then(as_text).unwrap_or_default();
            policies.push(self.policy(&at, &name, policy.get("PolicyDocument").unwrap_or(&Value::Null))?);
        }
        let arns_at = at.key("ManagedPolicyArns");
        for (index, arn) in property("ManagedPolicyArns").as_array().into_iter().flatten().enumerate() {
            let Some(origin) = self.origin(&arns_at.index(index), arn)? else { continue };
            let managed = self.stack(origin.stack)?.resource(&origin.id)?;
            if let Some(managed) = managed.filter(|managed| kind_of(managed) == MANAGED) {
                policies.extend(self.attached(origin.stack, &origin.id, managed, None)?);
            }
        }
        Ok(policies)
    }

    /// A policy resource, if it names the role among those it is attached to.
    fn attached(&self, stack: usize, id: &str, resource: &Value, role: Option<&str>) -> Result<Vec<Policy>> {
        let (top, section, at);
        top = At::top(stack);
        section = top.key("Resources");
        at = section.key(id);
        if !self.deployed(&at, resource)? {
            return Ok(Vec::new());
        }
        let at = at.key("Properties");
        let property = |name: &str| resource.get("Properties").and_then(|p| p.get(name)).unwrap_or(&Value::Null);
        if let Some(role) = role {
            let roles = self.eval(&at.key("Roles"), property("Roles"), &mut Vec::new())?;
            if !roles.as_array().is_some_and(|roles| roles.iter().any(|named| named.as_str() == Some(role))) {
                return Ok(Vec::new());
            }
        }
        let document = self.eval(&at.key("PolicyDocument"), property("PolicyDocument"), &mut Vec::new())?;
        Ok(vec![self.policy(&at, id, &document)?])
    }

    fn policy(&self, at: &At<'_>, name: &str, document: &Value) -> Result<Policy> {
        let stack = self.stack(at.stack)?;
        Policy::of_build(name, document).map_err(|message| stack.refuse(at, message))
    }
}

impl RolePolicies {
    /// A policy that its role and itself name is there once.
    fn add(&mut self, policies: Vec<Policy>) {
        for policy in policies {
            if !self.policies.contains(&policy) {
                self.policies.push(policy);
            }
        }
    }
}
