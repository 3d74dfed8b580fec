//! What the build's IAM policies allow AppSync's callers: the patterns, each where it is written.

use serde_json::Value;

use super::{At, Deployment};
use crate::api::model::AllowedPattern;
use crate::error::Result;

/// Where resources keep policies: a property that is one, or a list of them.
const POLICIES: [(&str, &str); 3] =
    [("AWS::IAM::Policy", ""), ("AWS::IAM::ManagedPolicy", ""), ("AWS::IAM::Role", "Policies")];

impl Deployment {
    /// Every pattern that a statement of the build allows `appsync:GraphQL` on by name. A policy whose values cannot
    /// be computed is left out: it is no part of the API.
    pub(in crate::api) fn allowed_patterns(&self) -> Result<Vec<AllowedPattern>> {
        let mut found = Vec::new();
        for (number, stack) in self.stacks()? {
            if !stack.mentions("appsync:GraphQL") {
                continue;
            }
            for (kind, list) in POLICIES {
                for (id, resource) in stack.resources_of(kind)? {
                    let Some(properties) = resource.get("Properties") else { continue };
                    let (top, section, resource_at);
                    top = At::top(number);
                    section = top.key("Resources");
                    resource_at = section.key(id);
                    let at = resource_at.key("Properties");
                    if list.is_empty() {
                        self.patterns_of(&at, id, properties, &mut found)?;
                    } else {
                        let list_at = at.key(list);
                        let policies = properties.get(list).and_then(Value::as_array);
                        for (index, policy) in policies.into_iter().flatten().enumerate() {
                            self.patterns_of(&list_at.index(index), id, policy, &mut found)?;
                        }
                    }
                }
            }
        }
        Ok(found)
    }

    fn patterns_of(&self, at: &At<'_>, id: &str, policy: &Value, found: &mut Vec<AllowedPattern>) -> Result<()> {
        let document_at = at.key("PolicyDocument");
        let Some(document) = policy.get("PolicyDocument") else { return Ok(()) };
        let statements_at = document_at.key("Statement");
        let Some(statements) = document.get("Statement").and_then(Value::as_array) else { return Ok(()) };
        for (index, statement) in statements.iter().enumerate() {
            let statement_at = statements_at.index(index);
            let Ok(evaluated) = self.eval(&statement_at, statement, &mut Vec::new()) else { continue };
            let allows = evaluated.get("Effect").and_then(Value::as_str) == Some("Allow");
            let graphql = texts(evaluated.get("Action")).any(|action| action.eq_ignore_ascii_case("appsync:GraphQL"));
            if !allows || !graphql {
                continue;
            }
            let resource_at = statement_at.key("Resource");
            // A list keeps its order when it is evaluated, so that the n-th pattern is the n-th written.
            for (at_index, pattern) in texts(evaluated.get("Resource")).enumerate() {
                let element = resource_at.index(at_index);
                let is_list = statement.get("Resource").is_some_and(Value::is_array);
                let stack = self.stack(at.stack)?;
                let place = stack.refuse(if is_list { &element } else { &resource_at }, "");
                let place = place.place().cloned();
                found.push(AllowedPattern { pattern: pattern.to_owned(), policy: id.to_owned(), place });
            }
        }
        Ok(())
    }
}

/// One text or several.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let one = value.and_then(Value::as_str);
    let many = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(many)
}
