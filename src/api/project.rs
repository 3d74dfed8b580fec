//! What an Amplify Gen 1 project knows about its environment: role names, ids, account and region.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::Value;

/// The facts of a project.
#[derive(Debug, Default)]
pub(super) struct Project {
    team: Value,
    meta: Value,
}

impl Project {
    /// Reads what there is under the folder that holds `amplify/`. A file that is missing or broken says nothing:
    /// everything here can also be given as a parameter.
    pub(super) fn read(project: &Path, backend: &Path) -> Project {
        let amplify = project.join("amplify");
        let meta = [backend.to_owned(), amplify.join("backend"), amplify.join("#current-cloud-backend")]
            .iter()
            .map(|folder| json(&folder.join("amplify-meta.json")))
            .find(|meta| !meta.is_null())
            .unwrap_or_default();
        let envs = json(&amplify.join("team-provider-info.json"));
        let local = json(&amplify.join(".config").join("local-env-info.json"));
        let env = local.get("envName").and_then(Value::as_str);
        let only = envs.as_object().filter(|envs| envs.len() == 1).and_then(|envs| envs.keys().next());
        let env = env.or(only.map(String::as_str));
        let team = env.and_then(|env| {
            let mut team = envs.get(env).cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
            team.as_object_mut()?.insert("envName".into(), env.into());
            Some(team)
        });
        Project { team: team.unwrap_or_default(), meta }
    }

    /// Parameters and pseudo parameters by their names in the API's template.
    pub(super) fn facts(&self, api: &str) -> IndexMap<String, String> {
        let mut facts = IndexMap::new();
        let mut add = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                facts.insert(name.to_owned(), value.to_owned());
            }
        };
        add("env", self.team.get("envName").and_then(Value::as_str));
        add("authRoleName", self.provider("AuthRoleName"));
        add("unauthRoleName", self.provider("UnauthRoleName"));
        add("AWS::Region", self.provider("Region"));
        let arn = ["AuthRoleArn", "UnauthRoleArn", "StackId"].iter().find_map(|name| self.provider(name));
        add("AWS::AccountId", arn.and_then(account_of));
        add("ApiId", text(&self.meta, &["api", api, "output", "GraphQLAPIIdOutput"]));
        facts
    }

    /// The value of an output of another resource of the project: `authapp`, `Outputs.UserPoolId`. The logical id is
    /// the category followed by the resource's name.
    pub(super) fn output(&self, logical_id: &str, attribute: &str) -> Option<String> {
        let output = attribute.strip_prefix("Outputs.").unwrap_or(attribute);
        self.meta.as_object()?.iter().find_map(|(category, resources)| {
            let name = logical_id.strip_prefix(category.as_str())?;
            text(resources, &[name, "output", output]).map(str::to_owned)
        })
    }

    fn provider(&self, name: &str) -> Option<&str> {
        text(&self.team, &["awscloudformation", name])
            .or_else(|| text(&self.meta, &["providers", "awscloudformation", name]))
    }
}

fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(value, |value, key| value.get(key))?.as_str()
}

fn json(path: &Path) -> Value {
    std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// The account of an ARN.
fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
}
